"""The registry: pilots, their names, and when each is looked at next."""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import sha256
from math import ceil
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Executable,
    Row,
    RowMapping,
    TextClause,
    bindparam,
    func,
    or_,
    select,
    update,
)

from bot.domain.people import Person
from bot.domain.pilot import Pilot
from bot.domain.record import Record
from bot.domain.resemblance import Known
from bot.domain.stages import RUNNING, Stage
from storage import people, workspaces
from storage.dialects import among, count_of
from storage.pilot_rows import PEOPLE_COLUMNS, from_row, name_key, to_row
from storage.recall import recall
from storage.record_rows import Rows
from storage.tables import LOOKED_AT_ANYWHERE, METADATA

_PILOTS = METADATA.tables["pilots"]
_WORKSPACES = METADATA.tables["workspaces"]
#: Empty where a pilot promises no number.
_PROMISED = _PILOTS.c.details[("metric", "name")].as_string()
_NUMBERED = re.compile(r"P(\d{1,9})")
#: A claim that meets a backlog takes from this many workspaces in turn.
_TURNS = 64
#: A turn is at least this part of a claim: what is looked at together is loaded together, at a fraction of the cost.
_TOGETHER = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """Where a pilot came from: what the registry keeps beside the pilot itself."""

    created_by: str
    created_at: datetime
    #: import, slack, teams or web.
    source: str = ""
    #: The day of the first import that brought it, where its amnesty holds.
    imported_on: date | None = None
    #: Columns of an imported registry that we do not know, kept for the export.
    extra: Mapping[str, str] = field(default_factory=dict)


def add(
    conn: Connection, workspace_id: str, pilot: Pilot, origin: Origin, *, next_look_at: datetime | None
) -> None:
    """Registers a pilot; its people must be there already.

    Raises:
        sqlalchemy.exc.IntegrityError: the id is taken.

    """
    add_many(conn, workspace_id, [(pilot, origin)], next_look_at=next_look_at)


def add_many(
    conn: Connection,
    workspace_id: str,
    pilots: Sequence[tuple[Pilot, Origin]],
    *,
    next_look_at: datetime | None,
) -> None:
    """Registers many pilots at once; for imports.

    Raises:
        sqlalchemy.exc.IntegrityError: an id is taken.

    """
    rows = []
    for pilot, origin in pilots:
        row = to_row(pilot)
        row["details"] |= {"source": origin.source, "extra": dict(origin.extra)}
        row |= {
            "created_by": origin.created_by,
            "created_at": origin.created_at,
            "imported_on": origin.imported_on,
        }
        rows.append({**row, "workspace_id": workspace_id, "next_look_at": next_look_at})
    if rows:
        conn.execute(_PILOTS.insert(), rows)


def save(conn: Connection, workspace_id: str, pilot: Pilot) -> bool:
    """Overwrites a pilot; its origin and its next look stay. Whether it exists."""
    mine = (_PILOTS.c.workspace_id == workspace_id, _PILOTS.c.id == pilot.id)
    stored = conn.scalar(select(_PILOTS.c.details).where(*mine).with_for_update())
    if stored is None:
        return False
    row = to_row(pilot)
    row["details"] = stored | row["details"]
    return count_of(conn.execute(update(_PILOTS).where(*mine).values(row))) == 1


def lock(conn: Connection, workspace_id: str, pilot_id: str) -> bool:
    """Holds a pilot until the commit, so that what is read next cannot be changed beside us; whether it exists."""
    mine = (_PILOTS.c.workspace_id == workspace_id, _PILOTS.c.id == pilot_id)
    return conn.scalar(select(_PILOTS.c.id).where(*mine).with_for_update()) is not None


def get(conn: Connection, workspace_id: str, pilot_id: str) -> tuple[Pilot, Record] | None:
    """One pilot and its record; None: no such in this workspace."""
    return load(conn, workspace_id, [pilot_id]).get(pilot_id)


def fingerprint(conn: Connection, workspace_id: str, pilot_id: str) -> str:
    """What a pilot is at this moment, as sixteen hexadecimal digits for the audit record; empty: there is no such pilot."""
    chosen = select(_PILOTS).where(_PILOTS.c.workspace_id == workspace_id, _PILOTS.c.id == pilot_id)
    row = conn.execute(chosen).mappings().first()
    if row is None:
        return ""
    said = {name: value for name, value in row.items() if name != "next_look_at"}
    entries = METADATA.tables["entries"].c
    newest = select(func.max(entries.seq), func.count(entries.undone_at)).where(
        entries.workspace_id == workspace_id, entries.pilot_id == pilot_id
    )
    said["record"] = list(conn.execute(newest).one())
    return sha256(json.dumps(said, default=str, sort_keys=True).encode()).hexdigest()[:16]


def load(
    conn: Connection,
    workspace_id: str,
    ids: Collection[str] | None = None,
    *,
    known: Mapping[str, Person] | None = None,
    recalled: bool = False,
    talk_only: bool = False,
) -> dict[str, tuple[Pilot, Record]]:
    """Pilots with everything the rules may look at: ten statements, however many there are.

    Args:
        conn: a transaction.
        workspace_id: whose.
        ids: which; an unknown one is left out. None: all of the workspace.
        known: everybody in the workspace, where the caller has read them already.
        recalled: what nobody has written since need not be read again (`storage.recall`); for showing, not for deciding.
        talk_only: their records hold what was said and the pulses alone.

    Returns:
        By id, ascending. Entries that were undone are not in the records, nor the readings they brought.

    """
    wanted = None if ids is None else sorted(set(ids))

    def read() -> list[RowMapping]:
        return list(_rows(conn, workspace_id, wanted))

    rows = recall(conn, workspace_id, ("pilots", *(wanted or ())), read) if recalled else read()
    parts = Rows(conn, workspace_id, wanted, recalled=recalled, talk_only=talk_only)
    if known is None and wanted is None:
        known = people.all_of(conn, workspace_id)
    elif known is None:
        known = people.by_ids(conn, workspace_id, _named_in(rows) | parts.people)
    return {row["id"]: (from_row(row, known), parts.record(row["id"], known)) for row in rows}


def list_all(conn: Connection, workspace_id: str) -> list[Pilot]:
    """Every pilot of a workspace without its record, by id."""
    return list(stream(conn, workspace_id))


def stream(conn: Connection, workspace_id: str) -> Iterator[Pilot]:
    """Every pilot of a workspace without its record, by id, a few hundred in memory at a time."""
    known = people.all_of(conn, workspace_id)
    chosen = select(_PILOTS).where(_PILOTS.c.workspace_id == workspace_id).order_by(_PILOTS.c.id)
    for row in conn.execute(chosen, execution_options={"yield_per": 500}).mappings():
        yield from_row(row, known)


def of_person(conn: Connection, workspace_id: str, person_id: str) -> list[Pilot]:
    """The pilots that name somebody in any role, by id."""
    rows = list(
        _rows(conn, workspace_id, None, or_(*(_PILOTS.c[column] == person_id for column in PEOPLE_COLUMNS)))
    )
    known = people.by_ids(conn, workspace_id, _named_in(rows))
    return [from_row(row, known) for row in rows]


def in_role(
    conn: Connection, workspace_id: str, role: str, person_ids: Collection[str] | None = None
) -> dict[str, list[str]]:
    """Whose pilots are whose: person id → ids of the pilots that name them, ascending.

    Args:
        conn: a transaction.
        workspace_id: whose.
        role: a person's field of `Pilot`: owner, backup, sponsor, …
        person_ids: of whom; None: of everybody.

    """
    column = _PILOTS.c[f"{role}_id"]
    mine = (_PILOTS.c.workspace_id == workspace_id, column.is_not(None))
    wanted = None if person_ids is None else set(person_ids)
    found: dict[str, list[str]] = {}
    for person_id, pilot_id in conn.execute(select(column, _PILOTS.c.id).where(*mine).order_by(_PILOTS.c.id)):
        if wanted is None or person_id in wanted:
            found.setdefault(person_id, []).append(pilot_id)
    return found


def origins(conn: Connection, workspace_id: str, ids: Collection[str] | None = None) -> dict[str, Origin]:
    """Where pilots came from, by id; None: all of the workspace."""
    return {
        row["id"]: Origin(
            created_by=row["created_by"],
            created_at=row["created_at"],
            source=row["details"].get("source", ""),
            imported_on=row["imported_on"],
            extra=row["details"].get("extra", {}),
        )
        for row in _rows(conn, workspace_id, None if ids is None else sorted(set(ids)))
    }


def count(conn: Connection, workspace_id: str, *, running: bool = False) -> int:
    """How many pilots a workspace has; with `running` only those that have not ended."""
    chosen = select(func.count()).select_from(_PILOTS).where(_PILOTS.c.workspace_id == workspace_id)
    if running:
        chosen = chosen.where(_PILOTS.c.stage.in_([stage.value for stage in RUNNING]))
    return conn.scalar(chosen) or 0


#: Built once, like everything that a look runs: building a statement costs more than running it.
_BY_IDS = (
    select(_PILOTS)
    .where(_PILOTS.c.workspace_id == bindparam("whose"), among(_PILOTS.c.id, "ids"))
    .order_by(_PILOTS.c.id)
)


def _rows(
    conn: Connection, workspace_id: str, ids: Sequence[str] | None, *conditions: ColumnElement[bool]
) -> Iterator[RowMapping]:
    if ids is None:
        chosen = select(_PILOTS).where(_PILOTS.c.workspace_id == workspace_id, *conditions)
        yield from conn.execute(chosen.order_by(_PILOTS.c.id)).mappings().all()
        return
    if ids:
        yield from conn.execute(_BY_IDS, {"whose": workspace_id, "ids": ids}).mappings().all()


def _named_in(rows: Sequence[RowMapping]) -> set[str]:
    return {row[column] for row in rows for column in PEOPLE_COLUMNS if row[column]}


# Names.


def names(conn: Connection, workspace_id: str) -> list[tuple[str, list[str]]]:
    """Every pilot's id with all it may be called by, its name first; by id."""
    details = _PILOTS.c.details
    chosen = select(_PILOTS.c.id, _PILOTS.c.name, details["aliases"], details["old_names"])
    rows = conn.execute(chosen.where(_PILOTS.c.workspace_id == workspace_id).order_by(_PILOTS.c.id))
    return [
        (pilot_id, [name, *(aliases or ()), *(old_names or ())])
        for pilot_id, name, aliases, old_names in rows
    ]


def compared(conn: Connection, workspace_id: str) -> list[Known]:
    """What of every pilot a new idea is compared with, by id; a fifth of the cost of reading them whole."""
    details = _PILOTS.c.details
    chosen = select(
        _PILOTS.c.id,
        _PILOTS.c.name,
        details["aliases"],
        details["old_names"],
        _PILOTS.c.stage,
        _PILOTS.c.outcome_sentence,
        _PROMISED,
    )
    rows = conn.execute(chosen.where(_PILOTS.c.workspace_id == workspace_id).order_by(_PILOTS.c.id))
    return [
        Known(one, (name, *(aliases or ()), *(old or ())), Stage(stage), f"{sentence} {metric or ''}")
        for one, name, aliases, old, stage, sentence, metric in rows
    ]


def without_number(conn: Connection, workspace_id: str, owner_id: str) -> list[str]:
    """The ids of somebody's ideas that promise no number yet, ascending."""
    mine = (_PILOTS.c.workspace_id == workspace_id, _PILOTS.c.owner_id == owner_id)
    chosen = select(_PILOTS.c.id).where(*mine, _PILOTS.c.stage == Stage.IDEA.value, _PROMISED.is_(None))
    return list(conn.scalars(chosen.order_by(_PILOTS.c.id)))


def with_number(conn: Connection, workspace_id: str) -> list[tuple[str, str]]:
    """The id and the department of every pilot that promises a number, by id."""
    chosen = select(_PILOTS.c.id, _PILOTS.c.department).where(_PILOTS.c.workspace_id == workspace_id)
    rows = conn.execute(chosen.where(_PROMISED.is_not(None)).order_by(_PILOTS.c.id))
    return [(pilot_id, department) for pilot_id, department in rows]


def named(conn: Connection, workspace_id: str, text: str) -> list[str]:
    """The ids of pilots called exactly so: by id, name, alias or old name; case, width and spaces do not count.

    Returns:
        Several where a name is shared, none where nothing fits. An id or a name that fits hides aliases and old names.

    """
    key = name_key(text)
    by_id = or_(_PILOTS.c.id == text.strip(), func.lower(_PILOTS.c.id) == key)
    chosen = select(_PILOTS.c.id).where(_PILOTS.c.workspace_id == workspace_id).order_by(_PILOTS.c.id)
    for condition in (by_id, _PILOTS.c.name_key == key):
        if found := list(conn.scalars(chosen.where(condition))):
            return found
    return [pilot_id for pilot_id, called in names(conn, workspace_id) if key in map(name_key, called)]


def next_number(conn: Connection, workspace_id: str) -> int:
    """The first number n for which no pilot is called Pn or more; nobody else gets it until the commit."""
    workspaces.lock(conn, workspace_id)
    mine = (_PILOTS.c.workspace_id == workspace_id, _PILOTS.c.id.startswith("P"))
    numbers = [
        int(found[1])
        for found in map(_NUMBERED.fullmatch, conn.scalars(select(_PILOTS.c.id).where(*mine)))
        if found
    ]
    return max(numbers, default=0) + 1


def next_id(conn: Connection, workspace_id: str) -> str:
    """The id of the next pilot: P25 after P24, whatever foreign ids there are."""
    return f"P{next_number(conn, workspace_id):02d}"


# Looks.


#: What a sweep costs while nothing is due: this statement, built once.
_ANY_DUE = (
    select(_PILOTS.c.id)
    .where(LOOKED_AT_ANYWHERE, _PILOTS.c.next_look_at <= bindparam("now"))
    .order_by(_PILOTS.c.next_look_at)
    .limit(bindparam("most"))
)


def _claims(*conditions: ColumnElement[bool] | TextClause) -> Executable:
    """As `dialects.claim`, built once, and of each pilot only its key."""
    at = _PILOTS.c.next_look_at
    due = (
        select(_PILOTS.c.workspace_id, _PILOTS.c.id)
        .where(at <= bindparam("now"), *conditions)
        .order_by(at)
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    return (
        update(_PILOTS)
        .where(_PILOTS.c.workspace_id == due.c.workspace_id, _PILOTS.c.id == due.c.id)
        .values(next_look_at=bindparam("until"))
        .returning(_PILOTS.c.workspace_id, _PILOTS.c.id)
    )


_CLAIM, _CLAIM_OF = _claims(LOOKED_AT_ANYWHERE), _claims(_PILOTS.c.workspace_id == bindparam("whose"))


def claim_due(
    conn: Connection,
    now: datetime,
    limit: int,
    *,
    lease: timedelta = timedelta(minutes=10),
    fair: bool = True,
) -> list[tuple[str, str]]:
    """Takes pilots whose look is due, and sets their next look to the end of the lease.

    Two workers never get the same pilot; one that dies leaves its pilots due again when the lease ends. `set_next_look`
    in the same transaction says when they are really due.

    Args:
        conn: a writing transaction.
        now: the moment.
        limit: how many at most.
        lease: how long the claim holds.
        fair: where more are due than the limit, takes from the workspaces in turn instead of the longest due first.

    Returns:
        (workspace, pilot) pairs, ascending.

    """
    at, across = _PILOTS.c.next_look_at, {"across": "pilots.claim_due"}
    found = conn.execute(_ANY_DUE, {"now": now, "most": limit + 1}, execution_options=across).all()
    if not found:
        return []
    values = {"now": now, "until": now + lease}
    if not fair or len(found) <= limit:
        return sorted(_keys(conn.execute(_CLAIM, {**values, "most": limit}, execution_options=across).all()))
    oldest = (
        select(func.min(at)).where(_PILOTS.c.workspace_id == _WORKSPACES.c.id, at <= now).scalar_subquery()
    )
    turns = select(_WORKSPACES.c.id, oldest.label("oldest")).subquery()
    waiting = (
        select(turns.c.id).where(turns.c.oldest <= now).order_by(turns.c.oldest, turns.c.id).limit(_TURNS)
    )
    in_turn = list(conn.scalars(waiting, execution_options=across))
    # Whose turn comes first is another at every moment: those who are due longest must not be first every time.
    first = int(now.timestamp() * 1000) % max(1, len(in_turn))
    in_turn = in_turn[first:] + in_turn[:first]
    taken: list[tuple[str, str]] = []
    while in_turn and len(taken) < limit:
        share, more = max(ceil((limit - len(taken)) / len(in_turn)), limit // _TOGETHER), []
        for workspace_id in in_turn:
            mine = {**values, "whose": workspace_id, "most": min(share, limit - len(taken))}
            got = _keys(conn.execute(_CLAIM_OF, mine).all())
            taken += got
            if len(got) == share:
                more.append(workspace_id)
        in_turn = more
    return sorted(taken)


def _keys(rows: Sequence[Row[*tuple[Any, ...]]]) -> list[tuple[str, str]]:
    return [(row.workspace_id, row.id) for row in rows]


_NEXT_LOOK = (
    update(_PILOTS)
    .where(_PILOTS.c.workspace_id == bindparam("whose"), _PILOTS.c.id == bindparam("pilot"))
    .values(next_look_at=bindparam("at"))
)


def set_next_look(conn: Connection, workspace_id: str, looks: Mapping[str, datetime | None]) -> None:
    """Says when pilots are looked at next, by id; None: nothing is owed."""
    if looks:
        rows = [{"whose": workspace_id, "pilot": one, "at": at} for one, at in sorted(looks.items())]
        conn.execute(_NEXT_LOOK, rows)


_SEEN = _NEXT_LOOK.values(health=bindparam("seen"))


def set_seen(conn: Connection, workspace_id: str, seen: Mapping[str, tuple[datetime | None, str]]) -> None:
    """What a look leaves, by id: when the next one is due (None: nothing is owed), and the health that it saw."""
    if seen:
        rows = [
            {"whose": workspace_id, "pilot": one, "at": at, "seen": health}
            for one, (at, health) in sorted(seen.items())
        ]
        conn.execute(_SEEN, rows)


def set_health(conn: Connection, workspace_id: str, seen: Mapping[str, str]) -> None:
    """Keeps what a look saw, by id: it holds until the next look."""
    if seen:
        mine = (_PILOTS.c.workspace_id == workspace_id, _PILOTS.c.id == bindparam("pilot"))
        statement = update(_PILOTS).where(*mine).values(health=bindparam("seen"))
        conn.execute(
            statement, [{"pilot": pilot_id, "seen": health} for pilot_id, health in sorted(seen.items())]
        )


def touch(conn: Connection, workspace_id: str, pilot_id: str, now: datetime) -> bool:
    """Makes a pilot due now: something happened to it. Whether it exists."""
    values = {"whose": workspace_id, "pilot": pilot_id, "at": now}
    return count_of(conn.execute(_NEXT_LOOK, values)) == 1


def touch_all(conn: Connection, workspace_id: str, now: datetime) -> int:
    """Makes every pilot that still owes something due now: settings changed. Returns how many."""
    mine = (_PILOTS.c.workspace_id == workspace_id, _PILOTS.c.next_look_at.is_not(None))
    return count_of(conn.execute(update(_PILOTS).where(*mine).values(next_look_at=now)))


def overdue(conn: Connection, before: datetime, limit: int) -> list[tuple[str, str]]:
    """Pilots that should have been looked at before a moment, longest overdue first: what the auditor asks."""
    at = _PILOTS.c.next_look_at
    chosen = (
        select(_PILOTS.c.workspace_id, _PILOTS.c.id)
        .where(LOOKED_AT_ANYWHERE, at < before)
        .order_by(at)
        .limit(limit)
    )
    return _keys(conn.execute(chosen, execution_options={"across": "pilots.overdue"}).all())


def late(conn: Connection, workspace_id: str, before: datetime) -> int:
    """How many pilots of a workspace should have been looked at before a moment: what a digest says of itself."""
    mine = (_PILOTS.c.workspace_id == workspace_id, _PILOTS.c.next_look_at < before)
    return conn.scalar(select(func.count()).select_from(_PILOTS).where(*mine)) or 0


_IDS = select(_PILOTS.c.id).where(_PILOTS.c.workspace_id == bindparam("whose")).order_by(_PILOTS.c.id)


def ids(conn: Connection, workspace_id: str) -> list[str]:
    """Every pilot's id, ascending."""
    return list(conn.scalars(_IDS, {"whose": workspace_id}))


def get_many(conn: Connection, workspace_id: str, wanted: Sequence[str]) -> list[Pilot]:
    """Pilots without their records, in the order asked for; an unknown id is left out."""
    rows = list(_rows(conn, workspace_id, sorted(set(wanted))))
    known = people.by_ids(conn, workspace_id, _named_in(rows))
    found = {row["id"]: from_row(row, known) for row in rows}
    return [found[pilot_id] for pilot_id in wanted if pilot_id in found]


def titles(conn: Connection, workspace_id: str) -> list[tuple[str, str]]:
    """Every pilot's id and name, by id."""
    chosen = (
        select(_PILOTS.c.id, _PILOTS.c.name)
        .where(_PILOTS.c.workspace_id == workspace_id)
        .order_by(_PILOTS.c.id)
    )
    return [(pilot_id, name) for pilot_id, name in conn.execute(chosen)]
