"""Requests already seen: a repetition has no second effect and gets the same answer."""

from datetime import UTC, datetime

from sqlalchemy import Connection, delete, select, update

from storage import engines, recall
from storage.dialects import count_of
from storage.tables import METADATA

_INBOX = METADATA.tables["inbox"]
_TABLE = frozenset({_INBOX.name})
#: In plain words: every request says it, and through SQLAlchemy it takes three times as long.
_NOTE = (
    "INSERT INTO inbox (workspace_id, key, received_at, reply) VALUES (?, ?, ?, '') "
    "ON CONFLICT DO NOTHING RETURNING workspace_id"
)


def seen(conn: Connection, workspace_id: str, key: str, now: datetime) -> str | None:
    """Notes a request by the platform's id of it, in the transaction that does what it asks.

    Returns:
        None the first time; afterwards what was remembered as its reply, empty where nothing was.

    """
    moment = now.astimezone(UTC).replace(tzinfo=None)  # as both engines read it: PostgreSQL is told the zone
    zone = "" if conn.dialect.name == "sqlite" else "+00"
    recall.wrote(conn, _TABLE)
    if engines.returns_a_row(
        conn, _NOTE, (workspace_id, key, f"{moment.isoformat(' ', 'microseconds')}{zone}")
    ):
        return None
    mine = (_INBOX.c.workspace_id == workspace_id, _INBOX.c.key == key)
    return conn.scalar(select(_INBOX.c.reply).where(*mine)) or ""


def remember(conn: Connection, workspace_id: str, key: str, reply: str) -> bool:
    """Keeps a request's reply for its repetitions; whether the request was noted."""
    mine = (_INBOX.c.workspace_id == workspace_id, _INBOX.c.key == key)
    return count_of(conn.execute(update(_INBOX).where(*mine).values(reply=reply))) == 1


def forget(conn: Connection, before: datetime) -> int:
    """Forgets every workspace's requests that arrived before a moment. Returns how many."""
    old = delete(_INBOX).where(_INBOX.c.received_at < before)
    return count_of(conn.execute(old, execution_options={"across": "inbox.forget"}))
