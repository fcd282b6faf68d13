"""The clock's side of the outbox: what may be sent, looked for or given up now, in every workspace."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, bindparam, case, exists, func, or_, select, tuple_, update

from storage import dialects, turns
from storage.dialects import count_of
from storage.outbox_rows import OUTBOX, OutboxRow
from storage.tables import METADATA, MOVING

_WORKSPACES, _HOLDS = METADATA.tables["workspaces"], METADATA.tables["holds"]
#: A claim looks at this many due messages per message it may take, and in a backlog at this many workspaces in turn.
_LOOK, _TURNS = 8, 64

# A person before their channel: the first message to them has none yet.
_RECIPIENT = func.coalesce(
    OUTBOX.c.person_id, case((OUTBOX.c.channel != "", OUTBOX.c.channel), else_=OUTBOX.c.id)
)
_HELD = exists().where(
    _HOLDS.c.workspace_id == OUTBOX.c.workspace_id,
    _HOLDS.c.platform == OUTBOX.c.platform,
    _HOLDS.c.until > bindparam("now"),
)
_STILL_FRESH = or_(OUTBOX.c.not_after.is_(None), OUTBOX.c.not_after > bindparam("now"))
_DUE = (
    select(OUTBOX.c.workspace_id, OUTBOX.c.id, _RECIPIENT.label("recipient"))
    .where(MOVING, OUTBOX.c.state == "pending", OUTBOX.c.not_before <= bindparam("now"), _STILL_FRESH, ~_HELD)
    .order_by(OUTBOX.c.not_before, OUTBOX.c.created_at, OUTBOX.c.id)
    .with_for_update(skip_locked=True, of=OUTBOX)
)
_FIRST_DUE = _DUE.limit(bindparam("most"))
_ACROSS_CLAIM = {"across": "outbox.claim"}
_UNDER_WAY = select(OUTBOX.c.workspace_id, _RECIPIENT).where(
    MOVING, OUTBOX.c.state == "sending", OUTBOX.c.not_before > bindparam("now")
)
# Until `now` only: after a clock was set back, what was tried in the future holds nobody up.
_JUST_TRIED = select(OUTBOX.c.workspace_id, _RECIPIENT).where(
    OUTBOX.c.tried_at > bindparam("began"),
    OUTBOX.c.tried_at <= bindparam("now"),
    func.coalesce(OUTBOX.c.sent_at, OUTBOX.c.tried_at) > bindparam("since"),
)


def claim(
    conn: Connection,
    now: datetime,
    limit: int,
    lease: timedelta,
    *,
    pace: timedelta = timedelta(0),
    per_workspace: int | None = None,
    under_way: Mapping[str, int] | None = None,
) -> list[OutboxRow]:
    """Takes messages that may be sent now: one more attempt, state sending, leased.

    Run it with `durable=True`: what is claimed may be on the platform a moment later.

    Args:
        conn: a writing transaction.
        now: the moment.
        limit: how many at most.
        lease: for how long; what is not told `sent` or otherwise by then becomes unknown.
        pace: how long after the end of one attempt the next to the same person or channel may begin.
        per_workspace: how many of one workspace a worker may have under way, so that one that hangs leaves room.
        under_way: how many of each workspace the caller has under way already. Leases do not tell: those of a worker
            that died would keep its workspaces waiting.

    Returns:
        The rows as they now stand; workspaces take turns, the longest due first. At most one to each person or
        channel, none to one that a send is under way to, none to a workspace whose platform asked for patience.

    """
    turns.wait(
        conn, turns.Turn.CLAIM
    )  # else two replicas, each unseen by the other, would write to one channel
    candidates = _candidates(conn, now, limit)
    if not candidates:
        return []
    sending = conn.execute(_UNDER_WAY, {"now": now}, execution_options=_ACROSS_CLAIM)
    busy = {(row[0], row[1]) for row in sending}
    if pace:
        just = conn.execute(
            _JUST_TRIED,
            {"now": now, "since": now - pace, "began": now - pace - lease},
            execution_options=_ACROSS_CLAIM,
        )
        busy |= {(row[0], row[1]) for row in just}
    taken_of = Counter(under_way)
    most = limit if per_workspace is None else per_workspace
    chosen: list[tuple[str, str]] = []
    for workspace_id, row_id, recipient in _in_turn(candidates):
        free = (workspace_id, recipient) not in busy and taken_of[workspace_id] < most
        if len(chosen) < limit and free:
            busy.add((workspace_id, recipient))
            taken_of[workspace_id] += 1
            chosen.append((workspace_id, row_id))
    if not chosen:
        return []
    these = select(OUTBOX.c.workspace_id, OUTBOX.c.id).where(
        tuple_(OUTBOX.c.workspace_id, OUTBOX.c.id).in_(chosen)
    )
    until = now + lease
    values = {
        "state": "sending",
        "attempt": OUTBOX.c.attempt + 1,
        "tried_at": now,
        "lease_until": until,
        "not_before": until,
    }
    taken = {(row.workspace_id, row.id): row for row in _claim(conn, these, values, "outbox.claim")}
    return [taken[key] for key in chosen if key in taken]


def _candidates(conn: Connection, now: datetime, limit: int) -> list[tuple[str, str, str]]:
    """The longest due messages; where there are many more than we may take, those of each workspace in turn."""
    most = limit * _LOOK
    first = conn.execute(_FIRST_DUE, {"now": now, "most": most}, execution_options=_ACROSS_CLAIM).all()
    if len(first) < most:
        return [(row[0], row[1], row[2]) for row in first]
    mine = (
        OUTBOX.c.workspace_id == _WORKSPACES.c.id,
        MOVING,
        OUTBOX.c.state == "pending",
        OUTBOX.c.not_before <= now,
    )
    oldest = select(func.min(OUTBOX.c.not_before)).where(*mine).scalar_subquery()
    turns = select(_WORKSPACES.c.id, oldest.label("oldest")).subquery()
    waiting = (
        select(turns.c.id)
        .where(turns.c.oldest.is_not(None))
        .order_by(turns.c.oldest, turns.c.id)
        .limit(_TURNS)
    )
    found: list[tuple[str, str, str]] = []
    in_turn = list(conn.scalars(waiting, execution_options=_ACROSS_CLAIM))
    share = -(-most // len(in_turn))
    for workspace_id in in_turn:
        due = _DUE.where(OUTBOX.c.workspace_id == workspace_id).limit(share)
        found += [(row[0], row[1], row[2]) for row in conn.execute(due, {"now": now})]
    return found


def _in_turn(rows: Sequence[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """The first of each workspace, then the second of each, and so on."""
    seen: Counter[str] = Counter()
    turns = []
    for place, row in enumerate(rows):
        turns.append((seen[row[0]], place, row))
        seen[row[0]] += 1
    return [row for _, _, row in sorted(turns)]


def end_leases(conn: Connection, now: datetime) -> int:
    """Makes unknown what was claimed by a worker that never told what became of it. Returns how many."""
    gone = (MOVING, OUTBOX.c.state == "sending", OUTBOX.c.not_before <= now)
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
        .where(MOVING, OUTBOX.c.state == "unknown", OUTBOX.c.not_before <= now - settle, unled)
        .order_by(OUTBOX.c.not_before)
        .limit(limit)
    )
    taken = _claim(conn, due, {"lease_until": now + lease}, "outbox.due_unknown")
    return sorted(taken, key=lambda row: (row.not_before, row.workspace_id, row.id))


def drop_stale(conn: Connection, now: datetime, *, limit: int = 500) -> list[OutboxRow]:
    """Drops messages that could not be sent in time. Returns them: their asks wait again."""
    stale = (
        select(OUTBOX.c.workspace_id, OUTBOX.c.id)
        .where(MOVING, OUTBOX.c.state == "pending", OUTBOX.c.not_before <= now, OUTBOX.c.not_after <= now)
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
