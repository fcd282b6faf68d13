"""Asks one configured host, and no other: conditional requests, bounded answers, limits obeyed.

The address of every request is the configured base and a path made here; what a pilot's link says is only ever a path
segment, quoted. A redirect or a next page that leads anywhere else is not followed.
"""

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import httpx

#: One answer, unpacked. A listing of fifty commits stays far below; the list of all files of a shared repository may be longer.
MOST_BYTES, MOST_BYTES_OF_A_TREE = 1_000_000, 8_000_000
#: For connecting and for each wait, and for one answer as a whole: a slow drip ends here.
WAIT, WHOLE = 5.0, 20.0
#: Without a header that says how long.
MINUTE = timedelta(minutes=1)
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_NEXT = re.compile(r'<([^<>]{1,2000})>;\s*rel="next"')
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class AskFailed(Exception):
    """An answer that did not come, or is of no use; the words name no secret."""


class NotThere(AskFailed):
    """There is nothing under that path, or our token may not see it."""


class TooLarge(AskFailed):
    """An answer that was given up because of its size."""


class HoldOff(AskFailed):
    """The host asks for patience until a moment; nothing more is asked of it before."""

    def __init__(self, words: str, until: datetime) -> None:
        super().__init__(words)
        self.until = until


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back."""

    #: None: unchanged since the answer that bore our etag.
    data: Any
    etag: str = ""
    #: The path of the next page; empty: none.
    next: str = ""
    text: str = ""

    @property
    def unchanged(self) -> bool:
        """Whether we know it already."""
        return self.data is None


@dataclass(kw_only=True)
class Api:
    """One host's API.

    Args:
        http: without redirects.
        base: https://api.github.com; plain http only on this machine.
        headers: of every request, the token among them.

    Raises:
        ValueError: the base is no address of https.

    """

    http: httpx.AsyncClient
    base: str
    headers: Mapping[str, str]
    #: Requests made, and of them those answered "unchanged".
    asked: int = 0
    unchanged: int = 0
    #: The host said that nothing is left until then.
    held_until: datetime = _NEVER
    _origin: tuple[str, str, int | None] = field(init=False)
    _root: str = field(init=False)

    def __post_init__(self) -> None:
        parts = urlsplit(self.base.rstrip("/"))
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
            raise ValueError("an API's address begins with https://")
        self._origin = (parts.scheme, parts.hostname or "", parts.port)
        self._root = parts.path

    async def get(
        self, path: str, now: datetime, *, etag: str = "", raw: bool = False, most: int = MOST_BYTES
    ) -> Answer:
        """Asks for a path below the base.

        Args:
            path: begins with a slash; its segments are quoted by `segment`.
            now: the moment, from which "in 60 seconds" counts.
            etag: of the answer we have.
            raw: the text of a file instead of JSON.
            most: bytes of an answer.

        Raises:
            AskFailed: no answer, or one of no use.

        """
        if now < self.held_until:
            raise HoldOff("the limit of requests is reached", self.held_until)
        url = self.base.rstrip("/") + path
        for _ in range(3):
            status, headers, body = await self._send(url, etag, most, raw=raw)
            if status in (301, 302, 307, 308):
                # A repository that moved, on the same host.
                url = self._ours(headers.get("location", ""), url)
                continue
            return self._judge(status, headers, body, now, raw=raw)
        raise AskFailed("redirected in a circle")

    async def _send(self, url: str, etag: str, most: int, *, raw: bool) -> tuple[int, httpx.Headers, bytes]:
        self.asked += 1
        headers = dict(self.headers)
        if etag:
            headers["If-None-Match"] = etag
        if raw:
            headers["Accept"] = "application/vnd.github.raw+json"
        body = bytearray()
        try:
            async with (
                asyncio.timeout(WHOLE),
                self.http.stream(
                    "GET", url, headers=headers, timeout=WAIT, follow_redirects=False
                ) as response,
            ):
                async for part in response.aiter_bytes():
                    body += part
                    if len(body) > most:
                        raise TooLarge(f"the answer is larger than {most:,} bytes")
                return response.status_code, response.headers, bytes(body)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError) as error:
            raise AskFailed(f"no answer: {type(error).__name__}") from None

    def _judge(self, status: int, headers: httpx.Headers, body: bytes, now: datetime, *, raw: bool) -> Answer:
        limited = status == 429 or (
            status == 403 and (headers.get("x-ratelimit-remaining") == "0" or "retry-after" in headers)
        )
        if limited or (status == 403 and b"secondary rate limit" in body):
            self.held_until = _until(headers, now)
            raise HoldOff(f"the limit of requests is reached ({status})", self.held_until)
        if headers.get("x-ratelimit-remaining", headers.get("ratelimit-remaining")) == "0":
            self.held_until = _until(headers, now)
        if status == 304:
            self.unchanged += 1
            return Answer(data=None)
        if status in (404, 409, 410, 451):
            raise NotThere("not found, or the token may not see it")
        if status != 200:
            raise AskFailed(f"answered {status}")
        text = body.decode("utf-8", "replace")
        try:
            data = "" if raw else json.loads(text)
        except (ValueError, RecursionError):
            raise AskFailed("the answer is not JSON") from None
        return Answer(
            data=data,
            etag=headers.get("etag", "")[:200],
            next=self._next(headers),
            text=text if raw else "",
        )

    def _next(self, headers: httpx.Headers) -> str:
        found = _NEXT.search(headers.get("link", ""))
        if found is None:
            return ""
        return self._ours(found[1])[len(self.base.rstrip("/")) :]

    def _ours(self, url: str, said_by: str = "") -> str:
        """An address that a host gave us, if it leads to the same host's API.

        Args:
            url: the address; it may be relative to
            said_by: the one that said it.

        Raises:
            AskFailed: it leads elsewhere.

        """
        try:
            parts = urlsplit(urljoin(said_by, url))
            same = (parts.scheme, parts.hostname or "", parts.port) == self._origin
        except ValueError:
            same = False
        if not same or parts.username or not parts.path.startswith(self._root + "/") or "/.." in parts.path:
            raise AskFailed("led to another address, which is not followed")
        query = f"?{parts.query}" if parts.query else ""
        return self.base.rstrip("/") + parts.path[len(self._root) :] + query


def segment(text: str) -> str:
    """A text as one segment of a path."""
    return quote(text, safe="")


def _until(headers: httpx.Headers, now: datetime) -> datetime:
    """When a host wants to be asked again: seconds, a date or an epoch, and a minute where it says nothing readable."""
    retry = headers.get("retry-after", "").strip()
    if retry.isascii() and retry.isdigit() and len(retry) < 7:
        return now + max(timedelta(seconds=int(retry)), timedelta(seconds=1))
    if retry:
        try:
            at = parsedate_to_datetime(retry)
            return max(at if at.tzinfo else at.replace(tzinfo=UTC), now + MINUTE)
        except (ValueError, TypeError):
            pass
    reset = headers.get("x-ratelimit-reset") or headers.get("ratelimit-reset") or ""
    if reset.isascii() and reset.isdigit() and len(reset) < 12:
        at = datetime.fromtimestamp(int(reset), UTC)
        return min(max(at, now + timedelta(seconds=1)), now + timedelta(hours=24))
    return now + MINUTE
