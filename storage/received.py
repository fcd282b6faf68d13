"""Requests of sources outside chat: taken in as they come, read one by one afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select, update

from storage.dialects import add_once, claim, count_of
from storage.ids import new_id
from storage.tables import METADATA, WAITING

_RECEIVED = METADATA.tables["received"]
#: So often a request is read before it is set aside as unreadable.
ATTEMPTS = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """One row."""

    workspace_id: str
    id: str
    source: str
    key: str
    subject: str
    body: str
    received_at: datetime
    attempt: int


_FIELDS = tuple(field.name for field in fields(Request))


def add(
    conn: Connection, workspace_id: str, *, source: str, key: str, subject: str, body: str, now: datetime
) -> bool:
    """Takes a request in; whether it is new: one that bears a known id is not taken again."""
    row = {
        "workspace_id": workspace_id,
        "id": new_id(),
        "source": source,
        "key": key,
        "subject": subject,
        "body": body,
        "state": "waiting",
        "received_at": now,
        "not_before": now,
        "attempt": 0,
        "error": "",
    }
    return add_once(conn, _RECEIVED, row)


def take(conn: Connection, now: datetime, limit: int) -> Sequence[Request]:
    """The requests that are due, oldest first, each for one worker; one whose worker dies comes again in ten minutes."""
    due = (
        select(_RECEIVED.c.workspace_id, _RECEIVED.c.id)
        .where(WAITING, _RECEIVED.c.not_before <= now)
        .order_by(_RECEIVED.c.not_before, _RECEIVED.c.received_at)
        .limit(limit)
    )
    values = {"not_before": now + timedelta(minutes=10), "attempt": _RECEIVED.c.attempt + 1}
    rows = claim(conn, _RECEIVED, due, values, across="received.take")
    found = [Request(**{name: row._mapping[name] for name in _FIELDS}) for row in rows]  # noqa: SLF001 - SQLAlchemy's name for it
    return sorted(found, key=lambda one: (one.received_at, one.id))


def done(conn: Connection, workspace_id: str, request_id: str) -> bool:
    """Read: its body is forgotten, its id stays. Whether it is there."""
    return _set(conn, workspace_id, request_id, state="done", body="")


def failed(conn: Connection, workspace_id: str, request_id: str, error: str) -> bool:
    """Cannot be read, ever: kept with the reason. Whether it is there."""
    return _set(conn, workspace_id, request_id, state="failed", body="", error=error)


def later(conn: Connection, workspace_id: str, request_id: str, at: datetime) -> bool:
    """Is read again at a moment. Whether it is there."""
    return _set(conn, workspace_id, request_id, not_before=at)


def forget(conn: Connection, before: datetime) -> int:
    """Forgets every workspace's requests that were read and came before a moment. Returns how many."""
    old = delete(_RECEIVED).where(_RECEIVED.c.received_at < before, _RECEIVED.c.state != "waiting")
    return count_of(conn.execute(old, execution_options={"across": "received.forget"}))


def _set(conn: Connection, workspace_id: str, request_id: str, **values: object) -> bool:
    mine = (_RECEIVED.c.workspace_id == workspace_id, _RECEIVED.c.id == request_id)
    return count_of(conn.execute(update(_RECEIVED).where(*mine).values(**values))) == 1
