"""What happened to a pilot: entries, readings, activities, items, promises.

The record is append-only and its rows are numbered within a pilot. Nothing is judged here: repeats, mentions
and what an activity counts for arrive judged. Writers hold the pilot's row until they commit, so a look and a
check-in never work on the same pilot at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Table, func, select, update

from bot.domain.record import NO_WORD, Activity, Entry, Item, Promise, Reading, Status
from storage import people
from storage.dialects import chunks, count_of, put
from storage.ids import new_id
from storage.tables import METADATA

_PILOTS = METADATA.tables["pilots"]
_ENTRIES = METADATA.tables["entries"]
_READINGS = METADATA.tables["readings"]
_ACTIVITIES = METADATA.tables["activities"]
_ITEMS = METADATA.tables["items"]
_PROMISES = METADATA.tables["promises"]

Row = dict[str, Any]


def append_entry(
    conn: Connection, workspace_id: str, pilot_id: str, entry: Entry, at: datetime, surface: str
) -> int:
    """Adds one row to the record; `entry.seq` is not looked at.

    Args:
        conn: a writing transaction.
        workspace_id: whose.
        pilot_id: which.
        entry: judged already.
        at: when it arrived.
        surface: import, slack, teams, web, cli or clock.

    Returns:
        Its number within the pilot, from 1.

    """
    row = _entry_row(entry, at, surface)
    return _append(conn, _ENTRIES, workspace_id, {pilot_id: [row]})[pilot_id]


def append_entries(
    conn: Connection, workspace_id: str, entries: Mapping[str, Sequence[Entry]], at: datetime, surface: str
) -> None:
    """Adds many rows by pilot id, each pilot's in the order given; for imports."""
    _append(
        conn,
        _ENTRIES,
        workspace_id,
        {pilot_id: [_entry_row(entry, at, surface) for entry in some] for pilot_id, some in entries.items()},
    )


def undo_entry(conn: Connection, workspace_id: str, pilot_id: str, seq: int, now: datetime) -> bool:
    """Takes an entry back, and with it the reading it brought: both stay stored, neither is read again.

    Returns:
        Whether it stood until now.

    """
    _lock(conn, workspace_id, [pilot_id])
    mine = (
        _ENTRIES.c.workspace_id == workspace_id,
        _ENTRIES.c.pilot_id == pilot_id,
        _ENTRIES.c.seq == seq,
        _ENTRIES.c.undone_at.is_(None),
    )
    return count_of(conn.execute(update(_ENTRIES).where(*mine).values(undone_at=now))) == 1


def append_reading(
    conn: Connection,
    workspace_id: str,
    pilot_id: str,
    reading: Reading,
    *,
    author: str = "",
    entry_seq: int | None = None,
) -> int:
    """Adds one dated value; `entry_seq` names the entry that brought it. Returns its number within the pilot."""
    row = _reading_row(reading) | {"author": author, "entry_seq": entry_seq}
    return _append(conn, _READINGS, workspace_id, {pilot_id: [row]})[pilot_id]


def append_readings(conn: Connection, workspace_id: str, readings: Mapping[str, Sequence[Reading]]) -> None:
    """Adds many values by pilot id; for imports."""
    _append(
        conn,
        _READINGS,
        workspace_id,
        {pilot_id: [_reading_row(one) for one in some] for pilot_id, some in readings.items()},
    )


def append_activity(conn: Connection, workspace_id: str, pilot_id: str, activity: Activity) -> int:
    """Adds one piece of evidence, judged already. Returns its number within the pilot."""
    return _append(conn, _ACTIVITIES, workspace_id, {pilot_id: [_activity_row(activity)]})[pilot_id]


def append_activities(
    conn: Connection, workspace_id: str, activities: Mapping[str, Sequence[Activity]]
) -> None:
    """Adds much evidence by pilot id; for imports."""
    _append(
        conn,
        _ACTIVITIES,
        workspace_id,
        {pilot_id: [_activity_row(one) for one in some] for pilot_id, some in activities.items()},
    )


def set_item(conn: Connection, workspace_id: str, pilot_id: str, item: Item) -> None:
    """Replaces the state of one checklist row."""
    row = {
        "state": item.state,
        "day": item.on,
        "by": item.by,
        "evidence": item.evidence,
        "automatic": item.automatic,
    }
    put(conn, _ITEMS, {"workspace_id": workspace_id, "pilot_id": pilot_id, "code": item.code, **row})


def add_promise(conn: Connection, workspace_id: str, pilot_id: str, promise: Promise) -> str:
    """Notes something owed. Returns its id."""
    promise_id = new_id()
    conn.execute(
        _PROMISES.insert().values(
            workspace_id=workspace_id,
            id=promise_id,
            pilot_id=pilot_id,
            text=promise.text,
            by=promise.by,
            made_on=promise.made_on,
            kept_on=promise.kept_on,
            holder_id=promise.holder.id if promise.holder else None,
        )
    )
    return promise_id


def keep_promise(
    conn: Connection, workspace_id: str, pilot_id: str, on: date, *, text: str | None = None
) -> int:
    """Marks what a pilot owes as kept: the promise of that text, or all that are open.

    Returns:
        How many were open until now.

    """
    mine = [
        _PROMISES.c.workspace_id == workspace_id,
        _PROMISES.c.pilot_id == pilot_id,
        _PROMISES.c.kept_on.is_(None),
    ]
    if text is not None:
        mine.append(_PROMISES.c.text == text)
    return count_of(conn.execute(update(_PROMISES).where(*mine).values(kept_on=on)))


def move_promise(conn: Connection, workspace_id: str, pilot_id: str, *, text: str, to: date) -> int:
    """Gives the open promises of that text a new day; returns how many there were."""
    mine = (
        _PROMISES.c.workspace_id == workspace_id,
        _PROMISES.c.pilot_id == pilot_id,
        _PROMISES.c.kept_on.is_(None),
        _PROMISES.c.text == text,
    )
    return count_of(conn.execute(update(_PROMISES).where(*mine).values(by=to)))


def recent(conn: Connection, workspace_id: str, pilot_id: str, n: int) -> list[Entry]:
    """The newest entries that stand, newest first."""
    mine = (
        _ENTRIES.c.workspace_id == workspace_id,
        _ENTRIES.c.pilot_id == pilot_id,
        _ENTRIES.c.undone_at.is_(None),
    )
    rows = conn.execute(
        select(_ENTRIES).where(*mine).order_by(_ENTRIES.c.day.desc(), _ENTRIES.c.seq.desc()).limit(n)
    ).all()
    known = people.by_ids(conn, workspace_id, {row.holder_id for row in rows if row.holder_id})
    return [
        Entry(
            on=row.day,
            author=row.author,
            status=Status(row.status),
            value=row.value,
            text=row.text,
            holder=known.get(row.holder_id or ""),
            holder_by=row.holder_by,
            repeats=row.repeats,
            mentions=row.mentions,
            seq=row.seq,
        )
        for row in rows
    ]


def entry_at(conn: Connection, workspace_id: str, pilot_id: str, seq: int) -> datetime | None:
    """When an entry that stands arrived: how long it may still be undone. None: there is none, or it is undone."""
    mine = (_ENTRIES.c.workspace_id == workspace_id, _ENTRIES.c.pilot_id == pilot_id, _ENTRIES.c.seq == seq)
    return conn.scalar(select(_ENTRIES.c.at).where(*mine, _ENTRIES.c.undone_at.is_(None)))


# Numbering.


def _append(
    conn: Connection, table: Table, workspace_id: str, rows: Mapping[str, Sequence[Row]]
) -> dict[str, int]:
    """Adds rows by pilot id, numbered after those that are there. Returns each pilot's last number."""
    ids = sorted(pilot_id for pilot_id, some in rows.items() if some)
    _lock(conn, workspace_id, ids)
    last: dict[str, int] = dict.fromkeys(ids, 0)
    for part in chunks(ids):
        numbered = select(table.c.pilot_id, func.max(table.c.seq)).where(
            table.c.workspace_id == workspace_id, table.c.pilot_id.in_(part)
        )
        last.update((pilot_id, seq) for pilot_id, seq in conn.execute(numbered.group_by(table.c.pilot_id)))
    batch = []
    for pilot_id in ids:
        for row in rows[pilot_id]:
            last[pilot_id] += 1
            batch.append({"workspace_id": workspace_id, "pilot_id": pilot_id, "seq": last[pilot_id], **row})
    if batch:
        conn.execute(table.insert(), batch)
    return last


def _lock(conn: Connection, workspace_id: str, ids: Sequence[str]) -> None:
    """Holds the pilots' rows until the commit: a second writer would take the same number (PostgreSQL)."""
    if conn.dialect.name != "postgresql":
        return  # one writer at a time
    for part in chunks(ids):
        mine = (_PILOTS.c.workspace_id == workspace_id, _PILOTS.c.id.in_(part))
        conn.execute(select(_PILOTS.c.id).where(*mine).order_by(_PILOTS.c.id).with_for_update())


def _entry_row(entry: Entry, at: datetime, surface: str) -> Row:
    return {
        "day": entry.on,
        "at": at,
        "author": entry.author,
        "status": entry.status.value,
        "value": entry.value,
        "text": entry.text,
        "holder_id": entry.holder.id if entry.holder else None,
        "holder_by": entry.holder_by,
        "repeats": entry.repeats,
        "mentions": entry.mentions,
        "surface": surface,
        "undone_at": None,
    }


def _reading_row(reading: Reading) -> Row:
    return {
        "day": reading.on,
        "value": reading.value,
        "source": reading.source,
        "author": "",
        "entry_seq": None,
    }


def _activity_row(activity: Activity) -> Row:
    return {
        "day": activity.on,
        "source": activity.source,
        "actor": activity.actor,
        "kind": activity.kind,
        "text": activity.text,
        "counts": activity.counts.value,
        "value": activity.value,
    }


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """Who wrote an entry that stands, and when: who may take it back, and until when."""

    author: str
    at: datetime


def answers_at(
    conn: Connection, workspace_id: str, first: datetime, last: datetime
) -> set[tuple[str, str, datetime]]:
    """What people's words changed between two moments: (pilot, author, moment) of each entry that stands.

    Left out is what changes no fact: acknowledgements, snoozes, refusals, false alarms, repetitions, and what was undone.
    """
    mine = (
        _ENTRIES.c.workspace_id == workspace_id,
        _ENTRIES.c.at >= first,
        _ENTRIES.c.at < last,
        _ENTRIES.c.undone_at.is_(None),
        _ENTRIES.c.status.not_in([status.value for status in NO_WORD]),
        _ENTRIES.c.repeats == 0,
        _ENTRIES.c.text.not_like("You were wrong because%"),
    )
    chosen = select(_ENTRIES.c.pilot_id, _ENTRIES.c.author, _ENTRIES.c.at).where(*mine)
    return {(pilot_id, author, at) for pilot_id, author, at in conn.execute(chosen)}


def written(conn: Connection, workspace_id: str, pilot_id: str, seq: int) -> Written | None:
    """Author and moment of an entry; None: there is none, or it is undone."""
    mine = (_ENTRIES.c.workspace_id == workspace_id, _ENTRIES.c.pilot_id == pilot_id, _ENTRIES.c.seq == seq)
    row = conn.execute(
        select(_ENTRIES.c.author, _ENTRIES.c.at).where(*mine, _ENTRIES.c.undone_at.is_(None))
    ).one_or_none()
    return None if row is None else Written(author=row.author, at=row.at)
