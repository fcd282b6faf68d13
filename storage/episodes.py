"""Episodes: one pilot, one finding, open while its condition holds."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Float,
    and_,
    bindparam,
    cast,
    func,
    select,
    update,
)

from storage.dialects import add_all_once, add_once, among, chunks, count_of
from storage.ids import new_id
from storage.tables import HELD, METADATA

_EPISODES = METADATA.tables["episodes"]
_PILOTS = METADATA.tables["pilots"]


class Episode(NamedTuple):
    """One row; at most one is open per pilot and family."""

    id: str
    pilot_id: str
    #: The finding's kind.
    family: str
    #: The day the finding began.
    opened_on: date
    #: The day its ladder began; None: held, because a workspace opens only so many a day.
    climbs_from: date | None = None
    #: The last rung asked.
    rung: int = 0
    #: When the next rung falls due; None: the ladder is climbed, or held.
    rung_due_on: date | None = None
    closed_on: date | None = None
    #: What ended it: a person's id, or a word of ours.
    closed_by: str = ""
    why: str = ""
    #: What the answerer said after "you were wrong because".
    wrong: str = ""


_COLUMNS = tuple(_EPISODES.c[name] for name in Episode._fields)


def _mine(workspace_id: str, episode_id: str) -> tuple[ColumnElement[bool], ...]:
    return (_EPISODES.c.workspace_id == workspace_id, _EPISODES.c.id == episode_id)


def open_(
    conn: Connection,
    workspace_id: str,
    *,
    pilot_id: str,
    family: str,
    opened_on: date,
    why: str,
    climbs_from: date | None = None,
    rung_due_on: date | None = None,
) -> Episode | None:
    """Opens an episode; None where one of the family is open already."""
    episode = Episode(
        id=new_id(),
        pilot_id=pilot_id,
        family=family,
        opened_on=opened_on,
        climbs_from=climbs_from,
        rung_due_on=rung_due_on,
        why=why,
    )
    values = {"workspace_id": workspace_id, **episode._asdict()}
    return episode if add_once(conn, _EPISODES, values) else None


def open_many(conn: Connection, workspace_id: str, opened: Sequence[Episode]) -> None:
    """Opens episodes in one round; where one of a pilot's family is open already, that one stays."""
    add_all_once(conn, _EPISODES, [{"workspace_id": workspace_id, **one._asdict()} for one in opened])


_ALL_OPEN = (
    select(*_COLUMNS)
    .where(_EPISODES.c.workspace_id == bindparam("whose"), _EPISODES.c.closed_on.is_(None))
    .order_by(_EPISODES.c.pilot_id, _EPISODES.c.opened_on, _EPISODES.c.family)
)
_OPEN_OF = _ALL_OPEN.where(among(_EPISODES.c.pilot_id, "pilots"))


def open_of(conn: Connection, workspace_id: str, pilot_ids: Collection[str] | None = None) -> list[Episode]:
    """The open episodes of some pilots, or of all of the workspace, by pilot and the day the finding began."""
    if pilot_ids is None:
        return list(map(Episode._make, conn.execute(_ALL_OPEN, {"whose": workspace_id}).all()))
    if not pilot_ids:
        return []
    rows = conn.execute(_OPEN_OF, {"whose": workspace_id, "pilots": sorted(set(pilot_ids))}).all()
    return list(map(Episode._make, rows))


def of_pilot(conn: Connection, workspace_id: str, pilot_id: str) -> list[Episode]:
    """Every episode a pilot has or had, oldest first."""
    mine = (_EPISODES.c.workspace_id == workspace_id, _EPISODES.c.pilot_id == pilot_id)
    chosen = (
        select(*_COLUMNS).where(*mine).order_by(_EPISODES.c.opened_on, _EPISODES.c.family, _EPISODES.c.id)
    )
    return list(map(Episode._make, conn.execute(chosen).all()))


def get(conn: Connection, workspace_id: str, episode_id: str) -> Episode | None:
    """One episode; None: no such in this workspace."""
    row = conn.execute(select(*_COLUMNS).where(*_mine(workspace_id, episode_id))).one_or_none()
    return None if row is None else Episode._make(row)


def called_wrong(conn: Connection, workspace_id: str, episode_ids: Collection[str]) -> set[str]:
    """Which of some episodes somebody called a false alarm."""
    found: set[str] = set()
    for part in chunks(sorted(set(episode_ids))):
        mine = (_EPISODES.c.workspace_id == workspace_id, _EPISODES.c.id.in_(part), _EPISODES.c.wrong != "")
        found |= set(conn.scalars(select(_EPISODES.c.id).where(*mine)))
    return found


def _change(
    conn: Connection, workspace_id: str, episode_id: str, *, still_open: bool = True, **values: Any
) -> bool:
    statement = update(_EPISODES).where(*_mine(workspace_id, episode_id)).values(**values)
    if still_open:
        statement = statement.where(_EPISODES.c.closed_on.is_(None))
    return count_of(conn.execute(statement)) == 1


def begin(
    conn: Connection, workspace_id: str, episode_id: str, climbs_from: date, rung_due_on: date | None
) -> bool:
    """Lets the ladder of a held episode begin; whether it is open."""
    return _change(conn, workspace_id, episode_id, climbs_from=climbs_from, rung_due_on=rung_due_on)


def climb(conn: Connection, workspace_id: str, episode_id: str, rung: int, rung_due_on: date | None) -> bool:
    """Notes the rung asked and when the next one falls due; whether the episode is open."""
    return _change(conn, workspace_id, episode_id, rung=rung, rung_due_on=rung_due_on)


_CLIMB = (
    update(_EPISODES)
    .where(
        _EPISODES.c.workspace_id == bindparam("whose"),
        _EPISODES.c.id == bindparam("which"),
        _EPISODES.c.closed_on.is_(None),
    )
    .values(rung=bindparam("to"), rung_due_on=bindparam("due"))
)


def climb_many(conn: Connection, workspace_id: str, climbs: Sequence[tuple[str, int, date | None]]) -> None:
    """`climb` for many in one round: (episode, rung, when the next one falls due) each."""
    if climbs:
        rows = [{"whose": workspace_id, "which": one, "to": rung, "due": due} for one, rung, due in climbs]
        conn.execute(_CLIMB, rows)


def close(conn: Connection, workspace_id: str, episode_id: str, on: date, by: str) -> bool:
    """Ends an episode; whether it was open until now."""
    return _change(conn, workspace_id, episode_id, closed_on=on, closed_by=by)


def mark_wrong(conn: Connection, workspace_id: str, episode_id: str, because: str) -> bool:
    """Notes that the answerer called it a false alarm, open or closed; whether there is such an episode."""
    return _change(conn, workspace_id, episode_id, still_open=False, wrong=because)


# The amnesty: a workspace's ladders begin a few a day.


def opened_today(conn: Connection, workspace_id: str, day: date) -> int:
    """How many ladders began on a local day."""
    mine = (_EPISODES.c.workspace_id == workspace_id, _EPISODES.c.climbs_from == day)
    return conn.scalar(select(func.count()).select_from(_EPISODES).where(*mine)) or 0


def holding(conn: Connection) -> list[str]:
    """The workspaces in which episodes are held, ascending."""
    chosen = select(_EPISODES.c.workspace_id).where(HELD).distinct().order_by(_EPISODES.c.workspace_id)
    return list(conn.scalars(chosen, execution_options={"across": "episodes.holding"}))


def held(conn: Connection, workspace_id: str, limit: int) -> list[Episode]:
    """The held episodes, each pilot's together: its cost per week first, then its cost to date, then the longest since one began."""
    first = func.min(_EPISODES.c.opened_on).over(partition_by=_EPISODES.c.pilot_id)
    per_week, to_date = (cast(column, Float) for column in (_PILOTS.c.cost_per_week, _PILOTS.c.cost_to_date))
    chosen = (
        select(*_COLUMNS)
        .join(
            _PILOTS,
            and_(_PILOTS.c.workspace_id == _EPISODES.c.workspace_id, _PILOTS.c.id == _EPISODES.c.pilot_id),
        )
        .where(_EPISODES.c.workspace_id == workspace_id, HELD)
        .order_by(
            per_week.desc(),
            to_date.desc(),
            first,
            _EPISODES.c.pilot_id,
            _EPISODES.c.opened_on,
            _EPISODES.c.family,
        )
        .limit(limit)
    )
    return list(map(Episode._make, conn.execute(chosen).all()))


def count_held(conn: Connection, workspace_id: str) -> int:
    """How many ladders wait to begin: what the digest says."""
    chosen = select(func.count()).select_from(_EPISODES).where(_EPISODES.c.workspace_id == workspace_id, HELD)
    return conn.scalar(chosen) or 0
