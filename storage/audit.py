"""Everything that happened: who, what, about what, from where. Rows are added, never changed."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, select

from storage import workspaces
from storage.dialects import count_of
from storage.tables import METADATA

_AUDIT = METADATA.tables["audit"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Happening:
    """One row."""

    #: Its number within the workspace, from 1, without a gap.
    seq: int
    at: datetime
    #: A person's id, or pilotlight.
    actor: str
    what: str
    #: The id of what it was done to.
    subject: str
    details: Mapping[str, Any]
    #: import, slack, teams, web, cli or clock.
    surface: str


_COLUMNS = tuple(_AUDIT.c[field.name] for field in fields(Happening))


def append(
    conn: Connection,
    workspace_id: str,
    *,
    actor: str,
    what: str,
    subject: str,
    surface: str,
    now: datetime,
    details: Mapping[str, Any] | None = None,
) -> int:
    """Adds a row. Call it last in a transaction: it makes others that audit in this workspace wait for the commit.

    Returns:
        Its number within the workspace.

    """
    workspaces.lock(conn, workspace_id)
    last = conn.scalar(select(func.max(_AUDIT.c.seq)).where(_AUDIT.c.workspace_id == workspace_id)) or 0
    row = {
        "at": now,
        "actor": actor,
        "what": what,
        "subject": subject,
        "details": dict(details or {}),
        "surface": surface,
    }
    conn.execute(_AUDIT.insert().values(workspace_id=workspace_id, seq=last + 1, **row))
    return last + 1


def _find(conn: Connection, workspace_id: str, n: int, *conditions: ColumnElement[bool]) -> list[Happening]:
    chosen = select(*_COLUMNS).where(_AUDIT.c.workspace_id == workspace_id, *conditions)
    return [
        Happening(**row) for row in conn.execute(chosen.order_by(_AUDIT.c.seq.desc()).limit(n)).mappings()
    ]


def recent(conn: Connection, workspace_id: str, n: int, *, before: int | None = None) -> list[Happening]:
    """The newest rows, newest first; with `before` those of a lower number, for the next page."""
    return _find(conn, workspace_id, n, *([] if before is None else [_AUDIT.c.seq < before]))


def of_subject(conn: Connection, workspace_id: str, subject: str, n: int) -> list[Happening]:
    """The newest rows about one thing, newest first."""
    return _find(conn, workspace_id, n, _AUDIT.c.subject == subject)


#: Lifting the trigger that forbids it (migrations/versions/first_tables), and putting it back.
_ALLOWING_DELETE = {
    "sqlite": (
        "DROP TRIGGER audit_no_delete",
        "CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END",
    ),
    "postgresql": (
        "ALTER TABLE audit DISABLE TRIGGER audit_append_only",
        "ALTER TABLE audit ENABLE TRIGGER audit_append_only",
    ),
}


def erase(conn: Connection, workspace_id: str) -> int:
    """Takes away a whole workspace's rows because the customer wants to be forgotten: the only way to. Returns how many."""
    lift, restore = _ALLOWING_DELETE[conn.dialect.name]
    conn.exec_driver_sql(lift)
    erased = count_of(conn.execute(delete(_AUDIT).where(_AUDIT.c.workspace_id == workspace_id)))
    conn.exec_driver_sql(restore)
    return erased
