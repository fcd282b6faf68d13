"""Messages decided but not yet delivered, and what became of them.

pending → sending → sent | pending | failed | unknown;  unknown → sent | pending | unverified.  Who moves a row says
which attempt it saw: a worker that lost its lease changes nothing. `not_before` is always the moment at which a row
next moves by itself: when it may be sent, when its lease ends, since when it is unknown.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    case,
    func,
    or_,
    select,
    tuple_,
    update,
)

from storage import dialects
from storage.dialects import add_once, chunks, count_of
from storage.ids import new_id
from storage.tables import METADATA, MOVING

_OUTBOX = METADATA.tables["outbox"]
_WORKSPACES = METADATA.tables["workspaces"]
#: A claim looks at this many due messages per message it may take, and in a backlog at this many workspaces in turn.
_LOOK, _TURNS = 8, 64
#: What counts against a person's budget.
_CHARGED = ("pending", "sending", "sent", "unknown", "unverified")


@dataclass(frozen=True, kw_only=True, slots=True)
class OutboxRow:
    """One message to one person or channel."""

    workspace_id: str
    id: str
    #: nudge:<person>:<local date>, digest:<edition>:<recipient>:<iso week>, …: one message each, ever.
    key: str
    #: nudge | digest | update | notice
    kind: str
    person_id: str | None = None
    platform: str = ""
    external_id: str = ""
    channel: str = ""
    #: For an update: the message that changes; for a sent one: itself.
    message_id: str = ""
    #: messages.model.Message as text, frozen at insert.
    content: str
    #: pending | sending | sent | unknown | unverified | failed | dropped
    state: str = "pending"
    attempt: int = 0
    lease_until: datetime | None = None
    #: When the last attempt began.
    tried_at: datetime | None = None
    not_before: datetime
    #: After this moment it is stale and dropped, not sent.
    not_after: datetime | None = None
    #: The recipient's local day it is charged to; None: free.
    charged_on: date | None = None
    created_at: datetime
    sent_at: datetime | None = None
    error: str = ""


_COLUMNS = tuple(_OUTBOX.c[field.name] for field in fields(OutboxRow))


def add(
    conn: Connection,
    workspace_id: str,
    *,
    key: str,
    kind: str,
    content: str,
    now: datetime,
    person_id: str | None = None,
    platform: str = "",
    external_id: str = "",
    channel: str = "",
    message_id: str = "",
    not_before: datetime | None = None,
    not_after: datetime | None = None,
    charged_on: date | None = None,
) -> str | None:
    """Puts a message into the outbox, in the transaction that decided it.

    Returns:
        Its id; None where the key exists: that message was decided before.

    """
    row = OutboxRow(
        workspace_id=workspace_id,
        id=new_id(),
        key=key,
        kind=kind,
        person_id=person_id,
        platform=platform,
        external_id=external_id,
        channel=channel,
        message_id=message_id,
        content=content,
        not_before=not_before or now,
        not_after=not_after,
        charged_on=charged_on,
        created_at=now,
    )
    return (
        row.id
        if add_once(conn, _OUTBOX, {field.name: getattr(row, field.name) for field in fields(row)})
        else None
    )


# The clock's side: rows of every workspace.

_RECIPIENT = case(
    (_OUTBOX.c.channel != "", _OUTBOX.c.channel), else_=func.coalesce(_OUTBOX.c.person_id, _OUTBOX.c.id)
)
_STILL_FRESH = or_(_OUTBOX.c.not_after.is_(None), _OUTBOX.c.not_after > bindparam("now"))
_DUE = (
    select(_OUTBOX.c.workspace_id, _OUTBOX.c.id, _RECIPIENT.label("recipient"))
    .where(MOVING, _OUTBOX.c.state == "pending", _OUTBOX.c.not_before <= bindparam("now"), _STILL_FRESH)
    .order_by(_OUTBOX.c.not_before, _OUTBOX.c.created_at, _OUTBOX.c.id)
    .with_for_update(skip_locked=True)
)
_FIRST_DUE = _DUE.limit(bindparam("most"))
_ACROSS_CLAIM = {"across": "outbox.claim"}
_UNDER_WAY = select(_OUTBOX.c.workspace_id, _RECIPIENT).where(
    MOVING, _OUTBOX.c.state == "sending", _OUTBOX.c.not_before > bindparam("now")
)


def claim(conn: Connection, now: datetime, limit: int, lease: timedelta) -> list[OutboxRow]:
    """Takes messages that may be sent now: one more attempt, state sending, leased.

    Run it with `durable=True`: what is claimed may be on the platform a moment later.

    Args:
        conn: a writing transaction.
        now: the moment.
        limit: how many at most.
        lease: for how long; what is not told `sent` or otherwise by then becomes unknown.

    Returns:
        The rows as they now stand; workspaces take turns, the longest due first. At most one to each person or
        channel, and none to one that a send is under way to.

    """
    candidates = _candidates(conn, now, limit)
    if not candidates:
        return []
    busy = {
        (row[0], row[1]) for row in conn.execute(_UNDER_WAY, {"now": now}, execution_options=_ACROSS_CLAIM)
    }
    chosen: list[tuple[str, str]] = []
    for workspace_id, row_id, recipient in _in_turn(candidates):
        if len(chosen) < limit and (workspace_id, recipient) not in busy:
            busy.add((workspace_id, recipient))
            chosen.append((workspace_id, row_id))
    if not chosen:
        return []
    these = select(_OUTBOX.c.workspace_id, _OUTBOX.c.id).where(
        tuple_(_OUTBOX.c.workspace_id, _OUTBOX.c.id).in_(chosen)
    )
    until = now + lease
    values = {
        "state": "sending",
        "attempt": _OUTBOX.c.attempt + 1,
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
        _OUTBOX.c.workspace_id == _WORKSPACES.c.id,
        MOVING,
        _OUTBOX.c.state == "pending",
        _OUTBOX.c.not_before <= now,
    )
    oldest = select(func.min(_OUTBOX.c.not_before)).where(*mine).scalar_subquery()
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
        due = _DUE.where(_OUTBOX.c.workspace_id == workspace_id).limit(share)
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
    gone = (MOVING, _OUTBOX.c.state == "sending", _OUTBOX.c.not_before <= now)
    values = {
        "state": "unknown",
        "lease_until": None,
        "not_before": now,
        "error": "the worker never came back",
    }
    return count_of(
        conn.execute(
            update(_OUTBOX).where(*gone).values(values), execution_options={"across": "outbox.end_leases"}
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
    unled = or_(_OUTBOX.c.lease_until.is_(None), _OUTBOX.c.lease_until <= now)
    due = (
        select(_OUTBOX.c.workspace_id, _OUTBOX.c.id)
        .where(MOVING, _OUTBOX.c.state == "unknown", _OUTBOX.c.not_before <= now - settle, unled)
        .order_by(_OUTBOX.c.not_before)
        .limit(limit)
    )
    taken = _claim(conn, due, {"lease_until": now + lease}, "outbox.due_unknown")
    return sorted(taken, key=lambda row: (row.not_before, row.workspace_id, row.id))


def drop_stale(conn: Connection, now: datetime, *, limit: int = 500) -> list[OutboxRow]:
    """Drops messages that could not be sent in time. Returns them: their asks wait again."""
    stale = (
        select(_OUTBOX.c.workspace_id, _OUTBOX.c.id)
        .where(MOVING, _OUTBOX.c.state == "pending", _OUTBOX.c.not_before <= now, _OUTBOX.c.not_after <= now)
        .limit(limit)
    )
    return _claim(conn, stale, {"state": "dropped", "error": "too late"}, "outbox.drop_stale")


def standing(conn: Connection) -> dict[str, tuple[int, datetime]]:
    """How many messages still move, by state, and the earliest moment one of them should: what health and auditor ask."""
    chosen = (
        select(_OUTBOX.c.state, func.count(), func.min(_OUTBOX.c.not_before))
        .where(MOVING)
        .group_by(_OUTBOX.c.state)
    )
    rows = conn.execute(chosen, execution_options={"across": "outbox.standing"})
    return {state: (number, oldest) for state, number, oldest in rows}


def tally(conn: Connection, since: datetime) -> dict[str, int]:
    """How many messages that were decided since a moment stand in each state; for figures over all workspaces."""
    chosen = (
        select(_OUTBOX.c.state, func.count()).where(_OUTBOX.c.created_at >= since).group_by(_OUTBOX.c.state)
    )
    return dict(conn.execute(chosen, execution_options={"across": "outbox.tally"}).all())


def _claim(conn: Connection, chosen: Select[Any], values: dict[str, Any], across: str) -> list[OutboxRow]:
    return [OutboxRow(**row._mapping) for row in dialects.claim(conn, _OUTBOX, chosen, values, across=across)]  # noqa: SLF001 - public


# What became of one attempt. Each returns whether the row was still ours to move.


def _move(conn: Connection, row: OutboxRow, states: Collection[str], **values: Any) -> bool:
    mine = (
        _OUTBOX.c.workspace_id == row.workspace_id,
        _OUTBOX.c.id == row.id,
        _OUTBOX.c.attempt == row.attempt,
        _OUTBOX.c.state.in_(states),
    )
    return count_of(conn.execute(update(_OUTBOX).where(*mine).values(lease_until=None, **values))) == 1


def sent(conn: Connection, row: OutboxRow, now: datetime, *, channel: str, message_id: str) -> bool:
    """It is on the platform: the send was answered, or it was found there."""
    values = {"state": "sent", "sent_at": now, "channel": channel, "message_id": message_id, "error": ""}
    return _move(conn, row, ("sending", "unknown"), **values)


def pending_again(conn: Connection, row: OutboxRow, not_before: datetime, error: str) -> bool:
    """It certainly did not arrive: refused for now, never connected, or looked for and not found.

    A change in place that a later one has overtaken is dropped instead.
    """
    if row.kind == "update":
        change = row.key.rpartition(":")[0] + ":"
        later = (_OUTBOX.c.key.startswith(change, autoescape=True), _OUTBOX.c.created_at > row.created_at)
        if _find(conn, row.workspace_id, *later) is not None:
            return _move(conn, row, ("sending", "unknown"), state="dropped", error="overtaken")
    return _move(conn, row, ("sending", "unknown"), state="pending", not_before=not_before, error=error)


def unknown(conn: Connection, row: OutboxRow, now: datetime, error: str) -> bool:
    """It may have arrived: it is looked for once SETTLE has passed."""
    return _move(conn, row, ("sending",), state="unknown", not_before=now, error=error)


def unverified(conn: Connection, row: OutboxRow, error: str) -> bool:
    """It may have arrived and nobody can look: never sent again under its key, charged as if delivered."""
    return _move(conn, row, ("sending", "unknown"), state="unverified", error=error)


def failed(conn: Connection, row: OutboxRow, error: str) -> bool:
    """It cannot be delivered; somebody who can act is told."""
    return _move(conn, row, ("sending", "unknown"), state="failed", error=error)


def dropped(conn: Connection, row: OutboxRow, why: str) -> bool:
    """It is no longer wanted, and was not sent yet."""
    return _move(conn, row, ("pending", "sending"), state="dropped", error=why)


# One workspace's side.


def hold_workspace(conn: Connection, workspace_id: str, platform: str, until: datetime) -> int:
    """Sends nothing to a workspace's platform before a moment: it asked for patience. Returns how many messages wait."""
    mine = (
        _OUTBOX.c.workspace_id == workspace_id,
        _OUTBOX.c.platform == platform,
        MOVING,
        _OUTBOX.c.state == "pending",
        _OUTBOX.c.not_before < until,
    )
    return count_of(conn.execute(update(_OUTBOX).where(*mine).values(not_before=until)))


def charged(
    conn: Connection, workspace_id: str, person_id: str, first: date, last: date
) -> list[tuple[date, str]]:
    """What counts against somebody's budget from one of their local days to another: (day, kind) of each, ascending.

    A message counts from the moment it is decided; one that failed or was dropped no longer does.
    """
    mine = (
        _OUTBOX.c.workspace_id == workspace_id,
        _OUTBOX.c.person_id == person_id,
        _OUTBOX.c.charged_on.between(first, last),
        _OUTBOX.c.state.in_(_CHARGED),
    )
    chosen = select(_OUTBOX.c.charged_on, _OUTBOX.c.kind).where(*mine)
    return [
        (day, kind) for day, kind in conn.execute(chosen.order_by(_OUTBOX.c.charged_on, _OUTBOX.c.created_at))
    ]


def _find(conn: Connection, workspace_id: str, *conditions: ColumnElement[bool]) -> OutboxRow | None:
    chosen = select(*_COLUMNS).where(_OUTBOX.c.workspace_id == workspace_id, *conditions)
    row = (
        conn.execute(chosen.order_by(_OUTBOX.c.created_at.desc(), _OUTBOX.c.id).limit(1))
        .mappings()
        .one_or_none()
    )
    return None if row is None else OutboxRow(**row)


def get(conn: Connection, workspace_id: str, row_id: str) -> OutboxRow | None:
    """One message; None: no such in this workspace."""
    return _find(conn, workspace_id, _OUTBOX.c.id == row_id)


def by_key(conn: Connection, workspace_id: str, key: str) -> OutboxRow | None:
    """The message of a key; None: it was never decided."""
    return _find(conn, workspace_id, _OUTBOX.c.key == key)


def of_message(conn: Connection, workspace_id: str, channel: str, message_id: str) -> OutboxRow | None:
    """What we sent as that message of a platform, not what changed it later; None: it is none of ours."""
    here = and_(_OUTBOX.c.channel == channel, _OUTBOX.c.message_id == message_id)
    return _find(conn, workspace_id, here, _OUTBOX.c.kind != "update")


def set_content(conn: Connection, workspace_id: str, row_id: str, content: str) -> bool:
    """Replaces the text after an answer in place; whether there is such a message."""
    mine = (_OUTBOX.c.workspace_id == workspace_id, _OUTBOX.c.id == row_id)
    return count_of(conn.execute(update(_OUTBOX).where(*mine).values(content=content))) == 1


def history(
    conn: Connection,
    workspace_id: str,
    *,
    person_id: str | None = None,
    since: datetime | None = None,
    limit: int = 100,
) -> list[OutboxRow]:
    """The messages of a workspace or of one person, newest first."""
    chosen = select(*_COLUMNS).where(_OUTBOX.c.workspace_id == workspace_id)
    if person_id is not None:
        chosen = chosen.where(_OUTBOX.c.person_id == person_id)
    if since is not None:
        chosen = chosen.where(_OUTBOX.c.created_at >= since)
    rows = conn.execute(chosen.order_by(_OUTBOX.c.created_at.desc(), _OUTBOX.c.id).limit(limit)).mappings()
    return [OutboxRow(**row) for row in rows]


def newest_nudge(conn: Connection, workspace_id: str, person_id: str) -> OutboxRow | None:
    """The newest message of questions that somebody got; None: none yet."""
    return _find(
        conn,
        workspace_id,
        _OUTBOX.c.person_id == person_id,
        _OUTBOX.c.kind == "nudge",
        _OUTBOX.c.state == "sent",
    )


def add_update(conn: Connection, row: OutboxRow, *, content: str, now: datetime) -> str | None:
    """Lets a sent message change in place; each change has a key of its own.

    An earlier change of the same message that is still to come, or that nobody knows of, is dropped: it would
    undo this one.
    """
    change = f"update:{row.id}:"
    earlier = (
        _OUTBOX.c.workspace_id == row.workspace_id,
        _OUTBOX.c.key.startswith(change, autoescape=True),
        _OUTBOX.c.state.in_(("pending", "unknown")),
    )
    conn.execute(update(_OUTBOX).where(*earlier).values(state="dropped", error="overtaken"))
    return add(
        conn,
        row.workspace_id,
        key=f"{change}{new_id()}",
        kind="update",
        content=content,
        now=now,
        person_id=row.person_id,
        platform=row.platform,
        external_id=row.external_id,
        channel=row.channel,
        message_id=row.message_id,
    )


def digests_since(conn: Connection, workspace_id: str, since: datetime) -> list[OutboxRow]:
    """The digests on a platform that were decided since a moment, newest first."""
    mine = (
        _OUTBOX.c.workspace_id == workspace_id,
        _OUTBOX.c.kind == "digest",
        _OUTBOX.c.state == "sent",
        _OUTBOX.c.created_at >= since,
    )
    rows = conn.execute(
        select(*_COLUMNS).where(*mine).order_by(_OUTBOX.c.created_at.desc(), _OUTBOX.c.id)
    ).mappings()
    return [OutboxRow(**row) for row in rows]


def answer_times(conn: Connection, workspace_id: str, row_ids: Collection[str]) -> dict[str, datetime]:
    """When the first question of each message was answered, by the message's id; unanswered ones are left out."""
    asks = METADATA.tables["asks"]
    found: dict[str, datetime] = {}
    for part in chunks(sorted(row_ids)):
        mine = (
            asks.c.workspace_id == workspace_id,
            asks.c.outbox_id.in_(part),
            asks.c.answered_at.is_not(None),
        )
        chosen = (
            select(asks.c.outbox_id, func.min(asks.c.answered_at)).where(*mine).group_by(asks.c.outbox_id)
        )
        found |= {row[0]: row[1] for row in conn.execute(chosen)}
    return found
