"""Asking Slack about a token before it is used: who it is, what it may, whether a connection opens, what time it is there.

https://docs.slack.dev/reference/methods/auth.test · https://docs.slack.dev/reference/methods/apps.connections.open

Once, briefly, and without the memory that the door keeps: for the set-up and its check-up.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.faults import Fault, fault
from bot.slack.shapes import WHERE, Wanted
from bot.slack.troubles import DEAD_TOKEN
from bot.slack.web_api import VENDOR_LOG

#: Long enough for a slow line, short enough for a check-up of ten seconds.
SECONDS = 4.0
#: "if the request timestamp is more than five minutes from local time": far before that something is wrong.
MOST_SKEW = timedelta(seconds=60)
_NOT_SLACK = "not_slack"


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What Slack said to one question."""

    ok: bool
    #: Slack's own word for a refusal; a Python name where it was not reached.
    error: str = ""
    reached: bool = True
    needed: str = ""
    scopes: frozenset[str] = frozenset()
    #: How far our clock is ahead of Slack's.
    ahead: timedelta | None = None
    data: dict[str, Any] = field(default_factory=dict, repr=False)

    def text(self, name: str) -> str:
        """A field of the answer."""
        value = self.data.get(name)
        return value if isinstance(value, str) else ""

    @property
    def skewed(self) -> bool:
        """Whether our clock and Slack's are too far apart."""
        return self.ahead is not None and abs(self.ahead) > MOST_SKEW


async def ask(
    api_url: str,
    token: str,
    method: str,
    clock: Callable[[], datetime],
    seconds: float = SECONDS,
    **args: str,
) -> Answer:
    """One method, once."""
    client = AsyncWebClient(
        token=token, base_url=api_url, retry_handlers=[], timeout=int(seconds), logger=VENDOR_LOG
    )
    if urlsplit(api_url).hostname in ("127.0.0.1", "localhost", "::1"):
        client.proxy = None
    try:
        async with asyncio.timeout(seconds):
            made = await client.api_call(method, params=args)
    except SlackApiError as error:
        answer = error.response
        data = answer.data if hasattr(answer, "data") and isinstance(answer.data, dict) else {}
        name = data.get("error")
        headers = getattr(answer, "headers", {})
        return Answer(
            ok=False,
            error=name if isinstance(name, str) else _NOT_SLACK,
            needed=str(data.get("needed") or ""),
            scopes=_scopes(headers),
            ahead=_ahead(headers, clock()),
            data=data,
        )
    except TimeoutError:
        return Answer(ok=False, reached=False, error=f"no answer within {seconds:.0f} seconds")
    except (SlackClientError, aiohttp.ContentTypeError, ValueError, LookupError, AttributeError):
        return Answer(ok=False, error=_NOT_SLACK)
    except (aiohttp.ClientError, OSError) as error:
        return Answer(ok=False, reached=False, error=type(error).__name__)
    data = made.data if isinstance(made.data, dict) else {}
    return Answer(ok=True, scopes=_scopes(made.headers), ahead=_ahead(made.headers, clock()), data=data)


def unreached(answer: Answer, api_url: str) -> Fault | None:
    """Whether it was Slack that answered at all."""
    host = urlsplit(api_url).netloc or api_url
    if not answer.reached:
        return fault("PL-024", url=host, reason=answer.error)
    if answer.error in (_NOT_SLACK, "unknown_method") or answer.error.startswith("<"):
        return fault("PL-025", url=host)
    return None


def refused(answer: Answer, wanted: Wanted) -> Fault | None:
    """Why a token does not work; None: it does."""
    if answer.ok:
        return None
    if answer.error == "missing_scope":
        if wanted is Wanted.APP_TOKEN:
            return fault("PL-019")
        return fault("PL-018", scopes=answer.needed, granted=", ".join(sorted(answer.scopes)) or "none")
    if answer.error == "not_allowed_token_type":
        return fault("PL-010" if wanted is Wanted.BOT_TOKEN else "PL-011")
    if answer.error in DEAD_TOKEN - {"invalid_auth", "not_authed"}:
        return fault("PL-017", reason=answer.error)
    if wanted is Wanted.APP_TOKEN and answer.error not in ("invalid_auth", "not_authed"):
        return fault("PL-020", reason=answer.error)
    return fault("PL-016", reason=answer.error, where=WHERE[wanted])


def clock_fault(answer: Answer) -> Fault | None:
    """Whether our clock is wrong, by Slack's `Date`."""
    if answer.ahead is None or not answer.skewed:
        return None
    way = "ahead of" if answer.ahead > timedelta(0) else "behind"
    return fault("PL-021", seconds=int(abs(answer.ahead).total_seconds()), way=way)


async def opens(address: str, seconds: float = SECONDS) -> str:
    """Opens the connection of an address and waits for Slack's greeting; what was amiss, empty: nothing."""
    local = urlsplit(address).hostname in ("127.0.0.1", "localhost", "::1")
    try:
        async with (
            asyncio.timeout(seconds),
            aiohttp.ClientSession(trust_env=not local) as session,
            session.ws_connect(address) as line,
        ):
            greeting = await line.receive_json()
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError, TypeError) as error:
        return type(error).__name__  # never its text: the address is a key
    return "" if isinstance(greeting, dict) and greeting.get("type") == "hello" else "no greeting came"


def _scopes(headers: Any) -> frozenset[str]:
    said = headers.get("x-oauth-scopes") or headers.get("X-OAuth-Scopes") or ""
    return frozenset(scope.strip() for scope in str(said).split(",") if scope.strip())


def _ahead(headers: Any, now: datetime) -> timedelta | None:
    said = headers.get("date") or headers.get("Date")
    try:
        return now - parsedate_to_datetime(str(said)) if said else None
    except (ValueError, TypeError):
        return None
