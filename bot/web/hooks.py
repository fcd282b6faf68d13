"""The doors for sources outside chat: signature first, then a row, then the answer. Nothing is read here.

Which variable holds the secret is said to whoever finds the door closed; a body is never logged.
"""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.services import requests
from bot.signals import generic, github, gitlab
from bot.web.refusals import Refusals
from storage import cause
from storage.database import Database

log = logging.getLogger(__name__)

#: A push of two thousand commits stays below; GitHub itself would send up to 25 MB, which nobody needs to know of a pilot.
MOST_BYTES = 1_000_000


class _Source(Protocol):
    """What each of the three parsers offers to its door."""

    SOURCE: str

    def delivery(self, headers: Mapping[str, str], body: bytes, /) -> str: ...
    def subject(self, headers: Mapping[str, str], /) -> str: ...


@dataclass(frozen=True, kw_only=True)
class Secrets:
    """What each source signs with; empty: its door is closed."""

    github: str = ""
    gitlab: str = ""
    signal: str = ""


def routes(
    database: Database, clock: Callable[[], datetime], secrets: Secrets, refusals: Refusals
) -> list[Route]:
    """`/hooks/github`, `/hooks/gitlab` and `/hooks/signal`."""

    def of_github(headers: Mapping[str, str], body: bytes) -> bool:
        return github.verify(headers, body, secrets.github)

    def of_gitlab(headers: Mapping[str, str], body: bytes) -> bool:
        return gitlab.verify(headers, body, secrets.gitlab, clock())

    def of_signal(headers: Mapping[str, str], body: bytes) -> bool:
        return generic.verify(headers, body, secrets.signal)

    doors = (
        _Door(
            database, clock, github, of_github, "GITHUB_WEBHOOK_SECRET", refusals, open_=bool(secrets.github)
        ),
        _Door(
            database, clock, gitlab, of_gitlab, "GITLAB_WEBHOOK_SECRET", refusals, open_=bool(secrets.gitlab)
        ),
        _Door(
            database, clock, generic, of_signal, "SIGNAL_WEBHOOK_SECRET", refusals, open_=bool(secrets.signal)
        ),
    )
    return [Route(f"/hooks/{door.source.SOURCE}", door.receive, methods=["POST"]) for door in doors]


class _Door:
    def __init__(
        self,
        database: Database,
        clock: Callable[[], datetime],
        source: _Source,
        verify: Callable[[Mapping[str, str], bytes], bool],
        variable: str,
        refusals: Refusals,
        *,
        open_: bool,
    ) -> None:
        self._database = database
        self._clock = clock
        self.source = source
        self._verify = verify
        self._variable = variable
        self._refusals = refusals
        self._open = open_

    async def receive(self, request: Request) -> Response:
        """Answers one request; 202: taken in, 200: known already or nothing to do."""
        name = self.source.SOURCE
        if not self._open:
            return _said(404, f"Signals from {name} are not set up: set {self._variable} and start again.")
        try:
            body = await _body(request)
        except ClientDisconnect:
            return _said(400, "The body ended early.")
        if body is None:
            return _said(413, f"The body is larger than {MOST_BYTES:,} bytes.")
        headers = _headers(request)
        if not self._verify(headers, body):
            self._refusals.note(f"/hooks/{name}", 401, request.client.host if request.client else "")
            return _said(401, f"The signature is not made with {self._variable}.")
        if self.source.subject(headers) == "ping":
            return _said(200, "pong")
        text = _json(body)
        if text is None:
            return _said(400, "The body is not a JSON object. Set the content type to application/json.")
        now, named = self._clock(), request.query_params.get("workspace", "")
        key, subject = self.source.delivery(headers, body), self.source.subject(headers)
        new = await self._database.write(
            lambda conn: requests.take_in(
                conn, named, source=name, key=key, subject=subject, body=text, now=now
            )
        )
        with cause.of(key):
            log.info("taken in", extra={"source": name, "subject": subject, "new": bool(new)})
        if new is None:
            return _said(
                404,
                "There is no such workspace. With several, the address ends in ?workspace=ID; with none, install first.",
            )
        return _said(202, "Taken in.") if new else _said(200, "Known already.")


def _headers(request: Request) -> Mapping[str, str]:
    """By their names in lower case; one that is sent twice has no one meaning, so it counts as not sent."""
    found: dict[str, str] = {}
    for name in request.headers.keys():  # noqa: SIM118 - a header sent twice is in it twice
        values = request.headers.getlist(name)
        if len(values) == 1:
            found[name] = values[0].replace("\x00", "")
    return found


async def _body(request: Request) -> bytes | None:
    """The whole body, or None where it is too large; no more than that is ever held."""
    declared = request.headers.get("content-length", "0")
    if not declared.isascii() or not declared.isdigit() or int(declared[:12]) > MOST_BYTES:
        return None
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            return None
    return bytes(body)


def _json(body: bytes) -> str | None:
    """The body as text if it is a JSON object, storable on both engines."""
    try:
        text = body.decode()
        found: Any = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return text.replace("\x00", "") if isinstance(found, dict) else None


def _said(status: int, words: str) -> Response:
    return PlainTextResponse(words + "\n", status)
