"""What the connector's refusals mean for a send: one table, by Microsoft's own names. No I/O.

https://learn.microsoft.com/microsoftteams/platform/bots/build-conversational-capability#status-codes-from-bot-conversational-apis
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from bot.services.chat import ChatError, Trouble

#: Statuses after which a call that only looks, or that is harmless to repeat, may be made again; a send only after 412.
PASSING = frozenset({412, 502, 503, 504})
NOT_DELIVERED = frozenset({412})

#: The conversation belongs to a GCC tenant: "update the service URL and retry".
WRONG_HOST = "InvalidBotApiHost"
GCC_URL = "https://smba.infra.gcc.teams.microsoft.com/teams"

_MOST_PATIENCE = timedelta(days=1)
_PATIENCE = timedelta(seconds=5)
_SECONDS = re.compile(r"[0-9]{1,9}")
_NAME = re.compile(r"[^A-Za-z0-9_.-]+")

#: A 403 concerns this one conversation, also under a name nobody knows: it must not stop a tenant, nor go round for ever.
_OF_TENANT = frozenset({WRONG_HOST})


def refusal(
    status: int, body: bytes, *, retry_after: str | None = None, date: str | None = None
) -> ChatError:
    """A status and its body as the outbox needs it. "Other statuses must not be retried."""
    name = name_of(body)
    reason = f"{status} {name}".strip()
    match status:
        case HTTPStatus.UNAUTHORIZED:
            return ChatError(Trouble.WORKSPACE, reason)
        case HTTPStatus.FORBIDDEN:
            return ChatError(Trouble.WORKSPACE if name in _OF_TENANT else Trouble.RECIPIENT, reason)
        case HTTPStatus.NOT_FOUND:
            return ChatError(Trouble.RECIPIENT, reason)
        case HTTPStatus.PRECONDITION_FAILED | HTTPStatus.TOO_MANY_REQUESTS:
            return ChatError(Trouble.LIMITED, reason, retry_after=patience(retry_after, date))
        case _ if 400 <= status < 500 or 300 <= status < 400:
            return ChatError(Trouble.MESSAGE, reason)
    return ChatError(Trouble.UNCERTAIN, reason)


def name_of(body: bytes) -> str:
    """Microsoft's word for it, out of both shapes: {"error": {"code"}}, and {"errorCode", "message"} with JSON inside the message."""
    found = _loaded(body)
    error = found.get("error")
    held = error if isinstance(error, Mapping) else found
    inner = _loaded(str(held.get("message", "")).encode("utf-8", "replace"))
    for name in (inner.get("subCode"), held.get("code"), inner.get("code"), held.get("errorCode")):
        if isinstance(name, str | int) and name:
            return _NAME.sub(" ", str(name)).strip()[:80]
    return ""


def patience(retry_after: str | None, date: str | None = None) -> timedelta:
    """`Retry-After` in seconds, or as a date read against the answer's own `Date`; some seconds where it says nothing usable."""
    text = (retry_after or "").strip()
    if _SECONDS.fullmatch(text):
        return max(timedelta(seconds=1), min(timedelta(seconds=int(text)), _MOST_PATIENCE))
    until, now = _moment(text), _moment(date or "")
    if until is None or now is None:
        return _PATIENCE
    return max(timedelta(seconds=1), min(until - now, _MOST_PATIENCE))


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _loaded(text: bytes) -> Mapping[str, object]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
