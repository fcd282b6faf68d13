"""The portfolio as one page needs it: counted, filtered and sorted by the database, whatever its size.

No record is read here. Health is what the last look saw; a decision waits where an episode has climbed to the digest.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Float, Select, and_, case, cast, func, or_, select

from bot.domain.findings import Health
from bot.domain.ladder import STAY_ON_FIRST, Rung
from bot.domain.record import Counts, Status
from bot.domain.stages import RUNNING, Stage
from storage.pilot_rows import PEOPLE_COLUMNS, name_key
from storage.tables import METADATA

_PILOTS = METADATA.tables["pilots"]
_PEOPLE = METADATA.tables["people"]
_EPISODES = METADATA.tables["episodes"]
_ENTRIES = METADATA.tables["entries"]
_ACTIVITIES = METADATA.tables["activities"]

Sort = Literal["need", "name", "cost", "spent", "newest"]
SORTS: tuple[Sort, ...] = ("need", "name", "cost", "spent", "newest")

#: The columns of a pilot that hindsight is made of.
_MARKED = (
    "id",
    "owner_id",
    "name",
    "stage",
    "stage_since",
    "started",
    "cadence",
    "cost_to_date",
    "cost_per_week",
)
#: Where the owner stands among them.
OWNER = _MARKED.index("owner_id")
_OVER = (Stage.RETIRED.value, Stage.MERGED.value)
_ENDED = tuple(stage.value for stage in Stage if stage not in RUNNING)
#: A pilot that ended between two looks has ended all the same.
_HEALTH = case((_PILOTS.c.stage.in_(_OVER), Health.ENDED.value), else_=_PILOTS.c.health)
_WORST_FIRST = case(
    {
        health.value: spot
        for spot, health in enumerate(
            (Health.RED, Health.AMBER, Health.GREY, Health.GREEN, Health.PAUSED, Health.ENDED)
        )
    },
    value=_HEALTH,
    else_=2,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """Which pilots, in which order; an empty part asks for nothing."""

    stage: str = ""
    department: str = ""
    health: str = ""
    #: Part of the name of somebody who has a role in it.
    who: str = ""
    #: Part of its name, an alias, its id, its department or its outcome sentence.
    words: str = ""
    #: Only those that wait for a decision.
    decisions: bool = False
    sort: Sort = "need"


@dataclass(frozen=True, kw_only=True, slots=True)
class Count:
    """How many pilots of one department stand in one stage with one health, and their money."""

    stage: Stage
    #: Empty: not looked at yet.
    health: str
    department: str
    pilots: int
    spent: Decimal
    #: How many of them ended without a recorded end.
    vanished: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """Everything that waits for a decision, summed up."""

    pilots: int
    spent: Decimal
    per_week: Decimal
    #: The ids of those that wait longest.
    oldest: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Began:
    """How many pilots that started on a day stand in one stage; `vanished` ended without a recorded end."""

    started: date
    stage: Stage
    vanished: bool
    pilots: int


def _mine(workspace_id: str) -> ColumnElement[bool]:
    return _PILOTS.c.workspace_id == workspace_id


def _vanished(workspace_id: str) -> ColumnElement[bool]:
    """Ended, and neither the pilot nor its record says how."""
    told = select(_ENTRIES.c.seq).where(
        _ENTRIES.c.workspace_id == workspace_id,
        _ENTRIES.c.pilot_id == _PILOTS.c.id,
        _ENTRIES.c.status == Status.END.value,
        _ENTRIES.c.undone_at.is_(None),
    )
    return and_(_PILOTS.c.stage.in_(_ENDED), _PILOTS.c.details["end"].as_string().is_(None), ~told.exists())


def counts(conn: Connection, workspace_id: str) -> list[Count]:
    """The whole portfolio by stage, health and department, in one pass over it."""
    gone = func.sum(case((_vanished(workspace_id), 1), else_=0))
    groups = (_PILOTS.c.stage, _HEALTH, _PILOTS.c.department)
    spent = func.sum(cast(_PILOTS.c.cost_to_date, Float))
    chosen = select(*groups, func.count(), spent, gone).where(_mine(workspace_id)).group_by(*groups)
    return [
        Count(
            stage=Stage(stage),
            health=health,
            department=department,
            pilots=pilots,
            spent=_money(spent),
            vanished=gone,
        )
        for stage, health, department, pilots, spent, gone in conn.execute(chosen)
    ]


def _money(value: float | None) -> Decimal:
    """A sum in cents; the engines add in floats, which carry them exactly enough."""
    return Decimal(f"{value or 0:.2f}")


def began(conn: Connection, workspace_id: str) -> list[Began]:
    """The whole portfolio by the day each pilot started and what became of it."""
    gone = case((_vanished(workspace_id), 1), else_=0).label("gone")
    ended = select(_PILOTS.c.started, _PILOTS.c.stage, gone).where(_mine(workspace_id)).subquery()
    chosen = select(ended.c.started, ended.c.stage, ended.c.gone, func.count()).group_by(
        ended.c.started, ended.c.stage, ended.c.gone
    )
    return [
        Began(started=started, stage=Stage(stage), vanished=bool(gone), pilots=pilots)
        for started, stage, gone, pilots in conn.execute(chosen)
    ]


def marks(conn: Connection, workspace_id: str) -> dict[str, tuple[Any, ...]]:
    """Of each pilot what tells whether its talk clock, its owner, its end or its cost may have changed since; by id.

    Entries and activities are only ever added or taken back, so the newest and the number taken back say it.
    """
    said = (
        select(_ENTRIES.c.pilot_id, func.max(_ENTRIES.c.seq), func.count(_ENTRIES.c.undone_at))
        .where(_ENTRIES.c.workspace_id == workspace_id)
        .group_by(_ENTRIES.c.pilot_id)
    )
    pulses = (
        select(_ACTIVITIES.c.pilot_id, func.max(_ACTIVITIES.c.seq))
        .where(_ACTIVITIES.c.workspace_id == workspace_id, _ACTIVITIES.c.counts == Counts.PULSE.value)
        .group_by(_ACTIVITIES.c.pilot_id)
    )
    entries = {pilot_id: tuple(rest) for pilot_id, *rest in conn.execute(said)}
    moved = {row[0]: row[1] for row in conn.execute(pulses)}
    chosen = select(*(_PILOTS.c[name] for name in _MARKED)).where(_mine(workspace_id)).order_by(_PILOTS.c.id)
    return {row[0]: (tuple(row), entries.get(row[0]), moved.get(row[0])) for row in conn.execute(chosen)}


def _waits(workspace_id: str) -> Select[Any]:
    """The pilots with an open episode at the top of its ladder, and the day the oldest of them began."""
    return (
        select(_EPISODES.c.pilot_id, func.min(_EPISODES.c.opened_on).label("since"))
        .where(
            _EPISODES.c.workspace_id == workspace_id,
            _EPISODES.c.closed_on.is_(None),
            _EPISODES.c.family.not_in([kind.value for kind in STAY_ON_FIRST]),
        )
        .group_by(_EPISODES.c.pilot_id)
        .having(func.max(_EPISODES.c.rung) == int(Rung.DIGEST))
    )


def _open_to_decide() -> ColumnElement[bool]:
    """A paused pilot's episodes rest; an ended one's are over."""
    return and_(_PILOTS.c.stage.not_in(_OVER), _PILOTS.c.health != Health.PAUSED.value)


def waiting(conn: Connection, workspace_id: str, oldest: int) -> Waiting:
    """How many pilots wait for a decision, what they cost so far and every week, and those that wait longest.

    Args:
        conn: a transaction.
        workspace_id: whose.
        oldest: how many of the longest waiting are named.

    """
    open_ = _waits(workspace_id).subquery()
    spent, week = cast(_PILOTS.c.cost_to_date, Float), cast(_PILOTS.c.cost_per_week, Float)
    chosen = (
        select(_PILOTS.c.id, func.count().over(), func.sum(spent).over(), func.sum(week).over())
        .select_from(_PILOTS.join(open_, open_.c.pilot_id == _PILOTS.c.id))
        .where(_mine(workspace_id), _open_to_decide())
        .order_by(open_.c.since, week.desc(), _PILOTS.c.id)
        .limit(oldest)
    )
    rows = conn.execute(chosen).all()
    _, pilots, spent_sum, week_sum = rows[0] if rows else ("", 0, 0, 0)
    return Waiting(
        pilots=pilots,
        spent=_money(spent_sum),
        per_week=_money(week_sum),
        oldest=tuple(row[0] for row in rows),
    )


def find(
    conn: Connection,
    workspace_id: str,
    wanted: Wanted,
    *,
    limit: int,
    offset: int = 0,
    total: int | None = None,
) -> tuple[list[str], int]:
    """One page of the pilots wanted: their ids in order, and how many there are in all.

    Args:
        conn: a transaction.
        workspace_id: whose.
        wanted: which, in which order.
        limit: at most so many.
        offset: after so many.
        total: how many there are in all, where the caller knows; else they are counted.

    """
    where = _where(workspace_id, wanted)
    if total is None:
        total = conn.scalar(select(func.count()).select_from(_PILOTS).where(*where)) or 0
    chosen = select(_PILOTS.c.id).where(*where).order_by(*_order(wanted.sort)).limit(limit).offset(offset)
    return list(conn.scalars(chosen)), total


def _order(sort: Sort) -> list[ColumnElement[Any]]:
    week, spent = cast(_PILOTS.c.cost_per_week, Float).desc(), cast(_PILOTS.c.cost_to_date, Float).desc()
    first: dict[Sort, list[ColumnElement[Any]]] = {
        "need": [_WORST_FIRST, week, spent],
        "name": [_PILOTS.c.name_key],
        "cost": [week, spent],
        "spent": [spent],
        "newest": [_PILOTS.c.started.desc()],
    }
    return [*first[sort], _PILOTS.c.id]


def _where(workspace_id: str, wanted: Wanted) -> list[ColumnElement[bool]]:
    found = [_mine(workspace_id)]
    if wanted.stage:
        found.append(_PILOTS.c.stage == wanted.stage)
    if wanted.department:
        found.append(_PILOTS.c.department == wanted.department)
    if wanted.health:
        found.append(_HEALTH.in_([wanted.health]))
    if wanted.decisions:
        open_ = _waits(workspace_id).subquery()
        found += [_open_to_decide(), _PILOTS.c.id.in_(select(open_.c.pilot_id))]
    if wanted.words.strip():
        key = name_key(wanted.words)
        columns = (_PILOTS.c.name_key, _PILOTS.c.id, _PILOTS.c.department, _PILOTS.c.outcome_sentence)
        aliases = _PILOTS.c.details["aliases"].as_string()
        found.append(or_(*(column.icontains(key, autoescape=True) for column in (*columns, aliases))))
    if wanted.who.strip():
        named = select(_PEOPLE.c.id).where(
            _PEOPLE.c.workspace_id == workspace_id,
            _PEOPLE.c.name.icontains(wanted.who.strip(), autoescape=True),
        )
        found.append(or_(*(_PILOTS.c[column].in_(named) for column in PEOPLE_COLUMNS)))
    return found
