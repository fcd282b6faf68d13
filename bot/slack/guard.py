"""Signatures, size, replay: nothing unverified goes further.

https://docs.slack.dev/authentication/verifying-requests-from-slack

Bolt's own check answers 500 with a traceback to a malformed timestamp and takes a byte-identical replay for five minutes; so
this stands in front of it, and Bolt's is off.
"""

import hashlib
import hmac
import re
from collections import OrderedDict
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: As ASGI has them: names in lower case.
Headers = Iterable[tuple[bytes, bytes]]

#: Slack's own payloads stay far below.
MOST_BYTES = 1_000_000
_TIMESTAMP = re.compile(rb"[0-9]{10}")
_SIGNATURE = re.compile(rb"v0=[0-9a-f]{64}")
_STAMP, _MARK = b"x-slack-request-timestamp", b"x-slack-signature"
#: "if the request timestamp is more than five minutes from local time, it could be a replay attack"
_AGE = timedelta(minutes=5)


class Replays:
    """Signatures seen in the last ten minutes, twice as long as any of them stays valid."""

    def __init__(self, *, keep: timedelta = 2 * _AGE, most: int = 100_000) -> None:
        self._keep = keep
        self._most = most
        self._seen: OrderedDict[bytes, datetime] = OrderedDict()

    def first(self, mark: bytes, now: datetime) -> bool:
        """Whether this signature is new; it is remembered."""
        while self._seen and next(iter(self._seen.values())) < now - self._keep:
            self._seen.popitem(last=False)
        if mark in self._seen:
            return False
        self._seen[mark] = now
        if len(self._seen) > self._most:
            self._seen.popitem(last=False)
        return True

    def forget(self, mark: bytes) -> None:
        """Had no effect after all: Slack's retry within the same second bears the same signature."""
        self._seen.pop(mark, None)


class Guard:
    """ASGI middleware: lets through what Slack signed, once."""

    def __init__(self, app: ASGIApp, *, signing_secret: str, clock: Callable[[], datetime]) -> None:
        self._app = app
        self._secret = signing_secret.encode()
        self._clock = clock
        self._replays = Replays()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if scope["method"] != "POST":
            await _answer("POST only", 405)(scope, receive, send)
            return
        body = await _body(scope, receive)
        if body is None:
            await _answer("too large", 413)(scope, receive, send)
            return
        now = self._clock()
        signature = self._signature(scope["headers"], body, now)
        if signature is None:
            await _answer("not from Slack", 401)(scope, receive, send)
            return
        mark = hashlib.sha256(signature).digest()
        if not self._replays.first(mark, now):
            await Response(status_code=200)(scope, receive, send)
            return
        await self._pass(mark, body, scope, send)

    def _signature(self, headers: Headers, body: bytes, now: datetime) -> bytes | None:
        """The signature if it is Slack's and fresh. A header sent twice has no one meaning, so it is refused."""
        stamp, given = _only(headers, _STAMP), _only(headers, _MARK)
        if not _TIMESTAMP.fullmatch(stamp) or not _SIGNATURE.fullmatch(given):
            return None
        if abs(now.timestamp() - int(stamp)) > _AGE.total_seconds():
            return None
        expected = b"v0=" + hmac.digest(self._secret, b"v0:" + stamp + b":" + body, "sha256").hex().encode()
        return given if hmac.compare_digest(expected, given) else None

    async def _pass(self, mark: bytes, body: bytes, scope: Scope, send: Send) -> None:
        """Hands the request on, and forgets it where it failed on our side: the retry must then count."""
        done = False

        async def replay() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def watched(message: Message) -> None:
            nonlocal done
            if message["type"] == "http.response.start":
                done = message["status"] < 500
            await send(message)

        try:
            await self._app(scope, replay, watched)
        finally:
            if not done:
                self._replays.forget(mark)


def _only(headers: Headers, name: bytes) -> bytes:
    """A header's value; empty where it is missing, or not the only one of its name."""
    given = [value for called, value in headers if called == name]
    return given[0] if len(given) == 1 else b""


async def _body(scope: Scope, receive: Receive) -> bytes | None:
    """The whole body, or None where it is larger than anything Slack sends; no more than that is ever held."""
    declared = next((value for called, value in scope["headers"] if called == b"content-length"), b"0")
    if not declared.isdigit() or int(declared[:12]) > MOST_BYTES:
        return None
    body, more = bytearray(), True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > MOST_BYTES:
            return None
    return bytes(body)


def _answer(words: str, status: int) -> Response:
    return PlainTextResponse(words, status)
