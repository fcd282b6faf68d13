"""The clock's side of the outbox: what is looked for or given up now, and how much waits, in every workspace."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, func, or_, select, update

from storage import dialects
from storage.dialects import count_of
from storage.outbox_rows import OUTBOX, OutboxRow
from storage.tables import MOVING, MOVING_ANYWHERE


def end_leases(conn: Connection, now: datetime) -> int:
    """Makes unknown what was claimed by a worker that never told what became of it. Returns how many."""
    gone = (MOVING_ANYWHERE, OUTBOX.c.state == "sending", OUTBOX.c.not_before <= now)
    values = {
        "state": "unknown",
        "lease_until": None,
        "not_before": now,
        "error": "the worker never came back",
    }
    return count_of(
        conn.execute(
            update(OUTBOX).where(*gone).values(values), execution_options={"across": "outbox.end_leases"}
        )
    )


def due_unknown(
    conn: Connection,
    now: datetime,
    settle: timedelta,
    *,
    limit: int = 50,
    lease: timedelta = timedelta(minutes=1),
) -> list[OutboxRow]:
    """Takes messages that have been unknown long enough to be looked for on the platform, the longest first.

    Each is given to one worker for the lease; one that cannot find out leaves the row, which comes again after it.
    Look since the row's `tried_at`: `not_before` is only when it became unknown.

    Args:
        conn: a writing transaction.
        now: the moment.
        settle: how long a request may still be on its way.
        limit: how many at most.
        lease: for how long.

    """
    unled = or_(OUTBOX.c.lease_until.is_(None), OUTBOX.c.lease_until <= now)
    due = (
        select(OUTBOX.c.workspace_id, OUTBOX.c.id)
        .where(MOVING_ANYWHERE, OUTBOX.c.state == "unknown", OUTBOX.c.not_before <= now - settle, unled)
        .order_by(OUTBOX.c.not_before)
        .limit(limit)
    )
    taken = _claim(conn, due, {"lease_until": now + lease}, "outbox.due_unknown")
    return sorted(taken, key=lambda row: (row.not_before, row.workspace_id, row.id))


def drop_stale(conn: Connection, now: datetime, *, limit: int = 500) -> list[OutboxRow]:
    """Drops messages that could not be sent in time. Returns them: their asks wait again."""
    stale = (
        select(OUTBOX.c.workspace_id, OUTBOX.c.id)
        .where(
            MOVING_ANYWHERE,
            OUTBOX.c.state == "pending",
            OUTBOX.c.not_before <= now,
            OUTBOX.c.not_after <= now,
        )
        .limit(limit)
    )
    return _claim(conn, stale, {"state": "dropped", "error": "too late"}, "outbox.drop_stale")


def standing(conn: Connection) -> dict[str, tuple[int, datetime]]:
    """How many messages still move, by state, and the earliest moment one of them should: what health and auditor ask."""
    chosen = (
        select(OUTBOX.c.state, func.count(), func.min(OUTBOX.c.not_before))
        .where(MOVING)
        .group_by(OUTBOX.c.state)
    )
    rows = conn.execute(chosen, execution_options={"across": "outbox.standing"})
    return {state: (number, oldest) for state, number, oldest in rows}


def tally(conn: Connection, since: datetime) -> dict[str, int]:
    """How many messages that were decided since a moment stand in each state; for figures over all workspaces."""
    chosen = select(OUTBOX.c.state, func.count()).where(OUTBOX.c.created_at >= since).group_by(OUTBOX.c.state)
    return dict(conn.execute(chosen, execution_options={"across": "outbox.tally"}).all())


def newest(conn: Connection) -> datetime | None:
    """When the newest message of all was decided; None: there is none."""
    chosen = select(OUTBOX.c.created_at).order_by(OUTBOX.c.created_at.desc()).limit(1)
    return conn.scalar(chosen, execution_options={"across": "outbox.newest"})


def _claim(conn: Connection, chosen: Select[Any], values: dict[str, Any], across: str) -> list[OutboxRow]:
    return [OutboxRow(**row._mapping) for row in dialects.claim(conn, OUTBOX, chosen, values, across=across)]  # noqa: SLF001 - public
