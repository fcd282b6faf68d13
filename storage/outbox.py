"""Messages decided but not yet delivered, and what became of them.

pending → sending → sent | pending | failed | unknown;  unknown → sent | pending | unverified.  Who moves a row says
which attempt it saw: a worker that lost its lease changes nothing. `not_before` is always the moment at which a row
next moves by itself: when it may be sent, when its lease ends, since when it is unknown.
"""

from collections.abc import Collection, Sequence
from dataclasses import fields
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete, func, or_, select, update

from storage import cause
from storage.dialects import add_once, chunks, count_of, insert_for
from storage.ids import new_id
from storage.outbox_claim import claim
from storage.outbox_clock import drop_stale, due_unknown, end_leases, newest, standing, tally
from storage.outbox_places import Destination, destinations
from storage.outbox_rows import COLUMNS, OUTBOX, OutboxRow
from storage.rounds import Round
from storage.tables import METADATA, MOVING

__all__ = [
    "Destination",
    "OutboxRow",
    "Round",
    "add",
    "add_update",
    "answer_times",
    "be_patient",
    "by_key",
    "charged",
    "claim",
    "destinations",
    "digests_since",
    "drop_stale",
    "dropped",
    "due_unknown",
    "end_leases",
    "failed",
    "forget",
    "get",
    "history",
    "hold_workspace",
    "newest",
    "newest_nudge",
    "nudges_sent",
    "of_message",
    "pending_again",
    "restored",
    "sent",
    "sent_many",
    "set_content",
    "standing",
    "taken",
    "tally",
    "unknown",
    "unverified",
]

_HOLDS = METADATA.tables["holds"]
#: Stands in the place of a platform where a backup was put back: for a day keys may have been used already.
_RESTORED = "restored"
_DOUBT = timedelta(days=1)
#: How far back a message is looked for that was perhaps sent by a database which is gone.
LOOK_BACK = timedelta(days=2)
#: What counts against a person's budget.
CHARGED = ("pending", "sending", "sent", "unknown", "unverified")


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
    because: str = "",
) -> str | None:
    """Puts a message into the outbox, in the transaction that decided it.

    `because` is what it goes back to, where that is something else than what goes on.

    Returns:
        Its id; None where the key exists: that message was decided before.

    """
    doubtful = kind != "update" and is_doubtful(conn, workspace_id, now)
    row = OutboxRow(
        workspace_id=workspace_id,
        id=new_id(),
        state="unknown" if doubtful else "pending",
        tried_at=now - LOOK_BACK if doubtful else None,
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
        cause=because or cause.current(),
    )
    return (
        row.id
        if add_once(conn, OUTBOX, {field.name: getattr(row, field.name) for field in fields(row)})
        else None
    )


#: Built once, like everything that each message needs: building a statement costs more than running it.
_DOUBTFUL = select(_HOLDS.c.until).where(
    _HOLDS.c.workspace_id == bindparam("whose"),
    _HOLDS.c.platform == _RESTORED,
    _HOLDS.c.until > bindparam("now"),
)


def is_doubtful(conn: Connection, workspace_id: str, now: datetime) -> bool:
    """Whether a backup was put back lately: what is decided now may have been sent before, under the same key."""
    return conn.scalar(_DOUBTFUL, {"whose": workspace_id, "now": now}) is not None


def restored(conn: Connection, workspace_id: str, now: datetime) -> int:
    """After a backup was put back: what waits, and what is decided within a day, may have been sent since it was taken.

    It is looked for on the platform before it is sent. Returns how many messages wait for that.
    """
    be_patient(conn, workspace_id, _RESTORED, until=now + _DOUBT)
    mine = (
        OUTBOX.c.workspace_id == workspace_id,
        MOVING,
        OUTBOX.c.state.in_(("pending", "sending")),
        OUTBOX.c.kind != "update",
    )
    values = {
        "state": "unknown",
        "not_before": now,
        "lease_until": None,
        "tried_at": now - LOOK_BACK,
        "error": "a backup was put back",
    }
    return count_of(conn.execute(update(OUTBOX).where(*mine).values(values)))


# What became of one attempt. Each returns whether the row was still ours to move.


def _move(conn: Connection, row: OutboxRow, states: Collection[str], **values: Any) -> bool:
    mine = (
        OUTBOX.c.workspace_id == row.workspace_id,
        OUTBOX.c.id == row.id,
        OUTBOX.c.attempt == row.attempt,
        OUTBOX.c.state.in_(states),
    )
    return count_of(conn.execute(update(OUTBOX).where(*mine).values(lease_until=None, **values))) == 1


def sent(conn: Connection, row: OutboxRow, now: datetime, *, channel: str, message_id: str) -> bool:
    """It is on the platform: the send was answered, or it was found there.

    An answer may come to a worker that was taken for dead, after somebody looked and found nothing: what is pending
    again under the same attempt is on the platform all the same.
    """
    values = {"state": "sent", "sent_at": now, "channel": channel, "message_id": message_id, "error": ""}
    return _move(conn, row, ("sending", "unknown", "pending"), **values)


_SENT = (
    update(OUTBOX)
    .where(
        OUTBOX.c.workspace_id == bindparam("whose"),
        OUTBOX.c.id == bindparam("which"),
        OUTBOX.c.attempt == bindparam("seen"),
        or_(*(OUTBOX.c.state == state for state in ("sending", "unknown", "pending"))),
    )
    .values(
        state="sent",
        sent_at=bindparam("at"),
        channel=bindparam("there"),
        message_id=bindparam("called"),
        error="",
        lease_until=None,
    )
)


def sent_many(conn: Connection, arrived: Sequence[tuple[OutboxRow, datetime, str, str]]) -> None:
    """`sent` for many in one round, under the same fence: (row, when, channel, message id) of each."""
    values = [
        {
            "whose": row.workspace_id,
            "which": row.id,
            "seen": row.attempt,
            "at": at,
            "there": channel,
            "called": message_id,
        }
        # In one order for everybody: two who write some of the same rows do not wait for each other.
        for row, at, channel, message_id in sorted(arrived, key=lambda one: (one[0].workspace_id, one[0].id))
    ]
    if values:
        conn.execute(_SENT, values)


def pending_again(conn: Connection, row: OutboxRow, not_before: datetime, error: str) -> bool:
    """It certainly did not arrive: refused for now, never connected, or looked for and not found.

    A change in place that a later one has overtaken is dropped instead.
    """
    if row.kind == "update":
        change = row.key.rpartition(":")[0] + ":"
        later = (OUTBOX.c.key.startswith(change, autoescape=True), OUTBOX.c.created_at > row.created_at)
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


def forget(conn: Connection, workspace_id: str, before: datetime, *, limit: int = 5_000) -> int:
    """Deletes messages decided before a moment that no longer move; how many, at most `limit` at once."""
    old = (
        select(OUTBOX.c.id)
        .where(
            OUTBOX.c.workspace_id == workspace_id,
            OUTBOX.c.created_at < before,
            OUTBOX.c.state.in_(("sent", "unverified", "failed", "dropped")),
        )
        .limit(limit)
    )
    gone = delete(OUTBOX).where(OUTBOX.c.workspace_id == workspace_id, OUTBOX.c.id.in_(old))
    return count_of(conn.execute(gone))


def drop_of_person(conn: Connection, workspace_id: str, person_id: str, why: str) -> int:
    """Nothing that waits for a person is sent any more; how many messages."""
    theirs = (OUTBOX.c.workspace_id == workspace_id, OUTBOX.c.person_id == person_id)
    waiting = update(OUTBOX).where(*theirs, OUTBOX.c.state.in_(("pending", "unknown")))
    return count_of(conn.execute(waiting.values(state="dropped", error=why)))


# One workspace's side.


def hold_workspace(conn: Connection, workspace_id: str, platform: str, until: datetime) -> int:
    """Sends nothing of what waits for a workspace's platform before a moment. Returns how many messages wait."""
    mine = (
        OUTBOX.c.workspace_id == workspace_id,
        OUTBOX.c.platform == platform,
        MOVING,
        OUTBOX.c.state == "pending",
        OUTBOX.c.not_before < until,
    )
    return count_of(conn.execute(update(OUTBOX).where(*mine).values(not_before=until)))


def be_patient(conn: Connection, workspace_id: str, platform: str, until: datetime) -> None:
    """The platform asked for patience: nothing of a workspace goes there before a moment, whoever writes it, whoever sends."""
    held = {"workspace_id": workspace_id, "platform": platform, "until": until}
    later = insert_for(conn, _HOLDS).values(**held)
    conn.execute(
        later.on_conflict_do_update(
            index_elements=["workspace_id", "platform"], set_={"until": until}, where=_HOLDS.c.until < until
        )
    )
    hold_workspace(conn, workspace_id, platform, until)


_CHARGED_TO = (
    select(OUTBOX.c.charged_on, OUTBOX.c.kind)
    .where(
        OUTBOX.c.workspace_id == bindparam("whose"),
        OUTBOX.c.person_id == bindparam("person"),
        OUTBOX.c.charged_on.between(bindparam("first"), bindparam("last")),
        OUTBOX.c.state.in_(CHARGED),
    )
    .order_by(OUTBOX.c.charged_on, OUTBOX.c.created_at)
)


def charged(
    conn: Connection, workspace_id: str, person_id: str, first: date, last: date
) -> list[tuple[date, str]]:
    """What counts against somebody's budget from one of their local days to another: (day, kind) of each, ascending.

    A message counts from the moment it is decided; one that failed or was dropped no longer does.
    """
    values = {"whose": workspace_id, "person": person_id, "first": first, "last": last}
    return [(day, kind) for day, kind in conn.execute(_CHARGED_TO, values)]


def _find(conn: Connection, workspace_id: str, *conditions: ColumnElement[bool]) -> OutboxRow | None:
    chosen = select(*COLUMNS).where(OUTBOX.c.workspace_id == workspace_id, *conditions)
    row = (
        conn.execute(chosen.order_by(OUTBOX.c.created_at.desc(), OUTBOX.c.id).limit(1))
        .mappings()
        .one_or_none()
    )
    return None if row is None else OutboxRow(**row)


def get(conn: Connection, workspace_id: str, row_id: str) -> OutboxRow | None:
    """One message; None: no such in this workspace."""
    return _find(conn, workspace_id, OUTBOX.c.id == row_id)


def by_key(conn: Connection, workspace_id: str, key: str) -> OutboxRow | None:
    """The message of a key; None: it was never decided."""
    return _find(conn, workspace_id, OUTBOX.c.key == key)


def of_message(conn: Connection, workspace_id: str, channel: str, message_id: str) -> OutboxRow | None:
    """What we sent as that message of a platform, not what changed it later; None: it is none of ours."""
    here = and_(OUTBOX.c.channel == channel, OUTBOX.c.message_id == message_id)
    return _find(conn, workspace_id, here, OUTBOX.c.kind != "update")


def set_content(conn: Connection, workspace_id: str, row_id: str, content: str) -> bool:
    """Replaces the text after an answer in place; whether there is such a message."""
    mine = (OUTBOX.c.workspace_id == workspace_id, OUTBOX.c.id == row_id)
    return count_of(conn.execute(update(OUTBOX).where(*mine).values(content=content))) == 1


def history(
    conn: Connection,
    workspace_id: str,
    *,
    person_id: str | None = None,
    since: datetime | None = None,
    limit: int = 100,
) -> list[OutboxRow]:
    """The messages of a workspace or of one person, newest first; a day that is only held is none."""
    chosen = select(*COLUMNS).where(OUTBOX.c.workspace_id == workspace_id, OUTBOX.c.kind != "held")
    if person_id is not None:
        chosen = chosen.where(OUTBOX.c.person_id == person_id)
    if since is not None:
        chosen = chosen.where(OUTBOX.c.created_at >= since)
    rows = conn.execute(chosen.order_by(OUTBOX.c.created_at.desc(), OUTBOX.c.id).limit(limit)).mappings()
    return [OutboxRow(**row) for row in rows]


def newest_nudge(conn: Connection, workspace_id: str, person_id: str) -> OutboxRow | None:
    """The newest message of questions that somebody got; None: none yet."""
    return _find(
        conn,
        workspace_id,
        OUTBOX.c.person_id == person_id,
        OUTBOX.c.kind == "nudge",
        OUTBOX.c.state == "sent",
    )


def add_update(conn: Connection, row: OutboxRow, *, content: str, now: datetime) -> str | None:
    """Lets a sent message change in place; each change has a key of its own.

    An earlier change of the same message that is still to come, or that nobody knows of, is dropped: it would
    undo this one.
    """
    change = f"update:{row.id}:"
    earlier = (
        OUTBOX.c.workspace_id == row.workspace_id,
        OUTBOX.c.key.startswith(change, autoescape=True),
        OUTBOX.c.state.in_(("pending", "unknown")),
    )
    conn.execute(update(OUTBOX).where(*earlier).values(state="dropped", error="overtaken"))
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


def taken(conn: Connection, workspace_id: str, keys: Collection[str]) -> set[str]:
    """Which of some keys have a message: those were decided before."""
    found: set[str] = set()
    for part in chunks(sorted(keys)):
        mine = (OUTBOX.c.workspace_id == workspace_id, OUTBOX.c.key.in_(part))
        found |= set(conn.scalars(select(OUTBOX.c.key).where(*mine)))
    return found


def nudges_sent(conn: Connection, workspace_id: str, first: datetime, last: datetime) -> list[OutboxRow]:
    """The messages of questions that arrived from one moment until before another, in the order of their arrival."""
    mine = (
        OUTBOX.c.workspace_id == workspace_id,
        OUTBOX.c.kind == "nudge",
        OUTBOX.c.state == "sent",
        OUTBOX.c.sent_at >= first,
        OUTBOX.c.sent_at < last,
    )
    rows = conn.execute(select(*COLUMNS).where(*mine).order_by(OUTBOX.c.sent_at, OUTBOX.c.id)).mappings()
    return [OutboxRow(**row) for row in rows]


def digests_since(conn: Connection, workspace_id: str, since: datetime) -> list[OutboxRow]:
    """The digests on a platform that were decided since a moment, newest first."""
    mine = (
        OUTBOX.c.workspace_id == workspace_id,
        OUTBOX.c.kind == "digest",
        OUTBOX.c.state == "sent",
        OUTBOX.c.created_at >= since,
    )
    rows = conn.execute(
        select(*COLUMNS).where(*mine).order_by(OUTBOX.c.created_at.desc(), OUTBOX.c.id)
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
