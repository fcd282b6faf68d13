"""Everything that happened: who, what, about what, from where. Rows are added, never changed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, select, update

from storage import chain, workspaces
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
    newest = select(_AUDIT.c.seq, _AUDIT.c.link).where(_AUDIT.c.workspace_id == workspace_id)
    last = conn.execute(newest.order_by(_AUDIT.c.seq.desc()).limit(1)).first()
    seq, before = (last.seq + 1, last.link) if last else (1, chain.START)
    details = dict(details or {})
    said = chain.digest(actor=actor, subject=subject, details=details)
    link = chain.link(
        before, workspace_id=workspace_id, seq=seq, at=now, what=what, surface=surface, said=said
    )
    conn.execute(
        _AUDIT.insert().values(
            workspace_id=workspace_id,
            seq=seq,
            at=now,
            actor=actor,
            what=what,
            subject=subject,
            details=details,
            surface=surface,
            digest=said,
            link=link,
        )
    )
    return seq


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


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """What became of a chain."""

    rows: int
    #: The first row that does not hold on to the one before, or says something else than it said; None: whole.
    broken_at: int | None
    #: Rows that name an erased person no more, and how many of them the record itself accounts for.
    redacted: int
    accounted: int
    #: The last link: written down elsewhere, it also shows whether rows were cut off at the end.
    head: str

    @property
    def whole(self) -> bool:
        """Nothing was changed but what an erasure took out and wrote down."""
        return self.broken_at is None and self.redacted == self.accounted


#: What an erasure writes of itself; its details count the rows that it redacted.
ERASED = "person erased"


def check(conn: Connection, workspace_id: str) -> Check:
    """Walks the whole chain of a workspace, oldest first."""
    chosen = select(_AUDIT).where(_AUDIT.c.workspace_id == workspace_id).order_by(_AUDIT.c.seq)
    before, rows, redacted, accounted = chain.START, 0, 0, 0
    broken: int | None = None
    for row in conn.execute(chosen).mappings():
        rows += 1
        link = chain.link(
            before,
            workspace_id=workspace_id,
            seq=rows,
            at=row["at"],
            what=row["what"],
            surface=row["surface"],
            said=row["digest"],
        )
        said = chain.digest(actor=row["actor"], subject=row["subject"], details=row["details"])
        if broken is None and (
            row["seq"] != rows or row["link"] != link or (said != row["digest"] and not row["redacted"])
        ):
            broken = rows
        redacted += row["redacted"]
        accounted += int(row["details"].get("redacted", 0)) if row["what"] == ERASED else 0
        before = row["link"]
    return Check(rows=rows, broken_at=broken, redacted=redacted, accounted=accounted, head=before)


#: Lifting the triggers that forbid it (migrations/versions/first_tables), and putting them back.
_ALLOWING_UPDATE = {
    "sqlite": (
        "DROP TRIGGER audit_no_update",
        "CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END",
    ),
    "postgresql": (
        "ALTER TABLE audit DISABLE TRIGGER audit_append_only",
        "ALTER TABLE audit ENABLE TRIGGER audit_append_only",
    ),
}
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


def redact(conn: Connection, workspace_id: str, change: Callable[[Any], Any]) -> int:
    """Takes what `change` takes out of who, what about and the details; the links stay. Returns how many rows more are redacted.

    An erasure writes that number into its own row (`ERASED`), which is how `check` tells it from tampering.
    """
    whose = _AUDIT.c.workspace_id == workspace_id
    count = 0
    lift, restore = _ALLOWING_UPDATE[conn.dialect.name]
    conn.exec_driver_sql(lift)
    for row in conn.execute(select(_AUDIT).where(whose)).mappings().all():
        said = {name: change(row[name]) for name in ("actor", "subject", "details")}
        if any(said[name] != row[name] for name in said):
            this = update(_AUDIT).where(whose, _AUDIT.c.seq == row["seq"])
            conn.execute(this.values(**said, redacted=True))
            count += not row["redacted"]
    conn.exec_driver_sql(restore)
    return count


def erase(conn: Connection, workspace_id: str) -> int:
    """Takes away a whole workspace's rows because the customer wants to be forgotten: the only way to. Returns how many."""
    lift, restore = _ALLOWING_DELETE[conn.dialect.name]
    conn.exec_driver_sql(lift)
    erased = count_of(conn.execute(delete(_AUDIT).where(_AUDIT.c.workspace_id == workspace_id)))
    conn.exec_driver_sql(restore)
    return erased
