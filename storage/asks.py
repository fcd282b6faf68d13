"""Asks: one question to one person each, waiting to be composed, said, answered or dropped."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, TextClause, bindparam, case, select, update

from storage import cause
from storage.dialects import add_all_once, add_once, among, chunks, count_of
from storage.ids import new_id
from storage.tables import METADATA, WAITING

_ASKS = METADATA.tables["asks"]
#: Asked or about to be.
OPEN = ("waiting", "in_message")


class Ask(NamedTuple):
    """One row."""

    id: str
    pilot_id: str
    #: A finding's kind, or checkin, pulse, item, gate, announce, handover, told, welcome.
    kind: str
    person_id: str
    role: str
    created_on: date
    created_at: datetime
    #: Not composed before.
    not_before: datetime
    #: None for a check-in, a pulse, a gate or an item.
    episode_id: str | None = None
    rung: int = 0
    #: waiting | in_message | answered | dropped
    state: str = "waiting"
    outbox_id: str | None = None
    #: The day its message was written; None while it waits.
    said_on: date | None = None
    #: The line shown in place of the question once it is answered.
    answer: str = ""
    answered_at: datetime | None = None
    #: What the words need beside the pilot.
    details: Mapping[str, Any] = MappingProxyType({})
    #: The log's name of the request or round that led to it; empty in a new one: what goes on.
    cause: str = ""


COLUMNS = tuple(_ASKS.c[name] for name in Ask._fields)
OLDEST_FIRST = (_ASKS.c.created_at, _ASKS.c.id)


def _find(conn: Connection, workspace_id: str, *conditions: ColumnElement[bool] | TextClause) -> list[Ask]:
    chosen = select(*COLUMNS).where(_ASKS.c.workspace_id == workspace_id, *conditions).order_by(*OLDEST_FIRST)
    return list(map(Ask._make, conn.execute(chosen).all()))


def add(
    conn: Connection,
    workspace_id: str,
    *,
    pilot_id: str,
    kind: str,
    person_id: str,
    role: str,
    on: date,
    now: datetime,
    episode_id: str | None = None,
    rung: int = 0,
    details: Mapping[str, Any] | None = None,
) -> str | None:
    """Adds a question to somebody.

    Returns:
        Its id; None where that person was asked that on the same rung of the same episode before. Asks without an
        episode are not compared.

    """
    ask_id = new_id()
    values = {
        "id": ask_id,
        "pilot_id": pilot_id,
        "episode_id": episode_id,
        "kind": kind,
        "rung": rung,
        "person_id": person_id,
        "role": role,
        "state": "waiting",
        "created_on": on,
        "created_at": now,
        "not_before": now,
        "outbox_id": None,
        "said_on": None,
        "answer": "",
        "answered_at": None,
        "details": dict(details or {}),
        "cause": cause.current(),
    }
    return ask_id if add_once(conn, _ASKS, {"workspace_id": workspace_id, **values}) else None


def add_many(conn: Connection, workspace_id: str, asks: Sequence[Ask]) -> None:
    """Adds questions in one round; those that `add` would not add are left out."""
    rows = [
        {
            "workspace_id": workspace_id,
            **ask._asdict(),
            "details": dict(ask.details),
            "cause": ask.cause or cause.current(),
        }
        for ask in asks
    ]
    add_all_once(conn, _ASKS, rows)


def get(conn: Connection, workspace_id: str, ask_id: str) -> Ask | None:
    """One ask; None: no such in this workspace."""
    return next(iter(_find(conn, workspace_id, _ASKS.c.id == ask_id)), None)


_WAITING_FOR = (
    select(*COLUMNS)
    .where(_ASKS.c.workspace_id == bindparam("whose"), _ASKS.c.person_id == bindparam("person"), WAITING)
    .order_by(*OLDEST_FIRST)
)


def waiting(conn: Connection, workspace_id: str, person_id: str) -> list[Ask]:
    """What waits for one person's next message, oldest first."""
    return list(
        map(Ask._make, conn.execute(_WAITING_FOR, {"whose": workspace_id, "person": person_id}).all())
    )


def wake(conn: Connection, workspace_id: str, now: datetime, person_id: str | None = None) -> None:
    """Ends the rest of what waits for somebody, or for everybody: an address or a setting changed."""
    mine: list[ColumnElement[bool] | TextClause] = [_ASKS.c.workspace_id == workspace_id, WAITING]
    if person_id is not None:
        mine.append(_ASKS.c.person_id == person_id)
    at = _ASKS.c.not_before
    conn.execute(update(_ASKS).where(*mine).values(not_before=case((at > now, now), else_=at)))


def answer(conn: Connection, workspace_id: str, ask_id: str, line: str, now: datetime) -> bool:
    """Notes an answer and the line that stands in the question's place; whether the ask was open until now."""
    mine = (_ASKS.c.workspace_id == workspace_id, _ASKS.c.id == ask_id, _ASKS.c.state.in_(OPEN))
    return (
        count_of(
            conn.execute(update(_ASKS).where(*mine).values(state="answered", answer=line, answered_at=now))
        )
        == 1
    )


def of_message(conn: Connection, workspace_id: str, outbox_id: str) -> list[Ask]:
    """The asks that a message carries, oldest first; one that waits again is no longer among them."""
    return _find(conn, workspace_id, _ASKS.c.outbox_id == outbox_id)


def of_messages(conn: Connection, workspace_id: str, outbox_ids: Collection[str]) -> list[Ask]:
    """The asks that some messages carried, oldest first, whatever became of them."""
    found: list[Ask] = []
    for part in chunks(sorted(set(outbox_ids))):
        found += _find(conn, workspace_id, _ASKS.c.outbox_id.in_(part))
    return found


def open_of_pilot(conn: Connection, workspace_id: str, pilot_id: str) -> list[Ask]:
    """What a pilot's people are asked or about to be asked, oldest first."""
    return _find(conn, workspace_id, _ASKS.c.pilot_id == pilot_id, _ASKS.c.state.in_(OPEN))


def drop_of_episode(conn: Connection, workspace_id: str, episode_id: str, line: str = "") -> list[Ask]:
    """Drops an episode's open asks: nobody needs the answer any more.

    Args:
        conn: a writing transaction.
        workspace_id: whose.
        episode_id: which.
        line: what stands in the question's place, where it was said already.

    Returns:
        The dropped asks as they now stand, oldest first: those with an `outbox_id` are in a message that changes.

    """
    return _drop(conn, workspace_id, line, _ASKS.c.episode_id == episode_id)


def drop_of_pilot(conn: Connection, workspace_id: str, pilot_id: str, line: str = "") -> list[Ask]:
    """Drops all open asks about a pilot: it ended, or rests. Returns them like `drop_of_episode`."""
    return _drop(conn, workspace_id, line, _ASKS.c.pilot_id == pilot_id)


def _drop(conn: Connection, workspace_id: str, line: str, which: ColumnElement[bool]) -> list[Ask]:
    mine = (_ASKS.c.workspace_id == workspace_id, which, _ASKS.c.state.in_(OPEN))
    dropped = conn.execute(
        update(_ASKS).where(*mine).values(state="dropped", answer=line).returning(*COLUMNS)
    ).all()
    return sorted(map(Ask._make, dropped), key=lambda ask: (ask.created_at, ask.id))


def back_to_waiting(conn: Connection, workspace_id: str, outbox_id: str) -> int:
    """Lets the unanswered asks of a message that may never have arrived wait for the next one. Returns how many."""
    mine = (
        _ASKS.c.workspace_id == workspace_id,
        _ASKS.c.outbox_id == outbox_id,
        _ASKS.c.state == "in_message",
    )
    return count_of(
        conn.execute(update(_ASKS).where(*mine).values(state="waiting", outbox_id=None, said_on=None))
    )


_OF_PILOTS = (
    select(*COLUMNS)
    .where(
        _ASKS.c.workspace_id == bindparam("whose"),
        among(_ASKS.c.pilot_id, "pilots"),
        _ASKS.c.state != "dropped",
    )
    .order_by(*OLDEST_FIRST)
)


def of_pilots(conn: Connection, workspace_id: str, pilot_ids: Collection[str]) -> list[Ask]:
    """Everything ever asked about some pilots, oldest first; what was dropped is left out."""
    if not pilot_ids:
        return []
    rows = conn.execute(_OF_PILOTS, {"whose": workspace_id, "pilots": sorted(set(pilot_ids))}).all()
    return list(map(Ask._make, rows))


def drop(conn: Connection, workspace_id: str, ask_id: str) -> bool:
    """Drops one ask: its reason is gone. Whether it was open until now."""
    return bool(_drop(conn, workspace_id, "", _ASKS.c.id == ask_id))


def note(conn: Connection, workspace_id: str, ask: Ask, **details: str) -> None:
    """Adds to what the words of an ask need."""
    mine = (_ASKS.c.workspace_id == workspace_id, _ASKS.c.id == ask.id)
    conn.execute(update(_ASKS).where(*mine).values(details={**ask.details, **details}))


def reopen(conn: Connection, workspace_id: str, ask_id: str) -> bool:
    """Takes an answer back: the question stands in its message again. Whether it was answered."""
    mine = (_ASKS.c.workspace_id == workspace_id, _ASKS.c.id == ask_id, _ASKS.c.state == "answered")
    return (
        count_of(
            conn.execute(update(_ASKS).where(*mine).values(state="in_message", answer="", answered_at=None))
        )
        == 1
    )


def answered_since(conn: Connection, workspace_id: str, pilot_id: str, since: datetime) -> list[Ask]:
    """What was answered about a pilot since a moment, oldest first."""
    return _find(
        conn,
        workspace_id,
        _ASKS.c.pilot_id == pilot_id,
        _ASKS.c.state == "answered",
        _ASKS.c.answered_at >= since,
    )
