"""Pilots with everything a view needs of them: the record, the picture of today, the rung."""

from collections.abc import Sequence
from datetime import date

from bot.domain.calendar import Calendar
from bot.domain.digest import Seen
from bot.domain.findings import Picture, examine
from bot.domain.ladder import Rung
from bot.domain.pilot import Pilot
from bot.domain.record import Record
from bot.domain.stages import Rules
from storage import episodes, people, pilots
from storage.database import Connection
from storage.workspaces import Workspace

#: The newest judgement of each pilot: most lists are asked for again before anything about most pilots changed.
_JUDGED: dict[tuple[str, str], tuple[Pilot, Record, date, Calendar, Rules, Picture]] = {}
_MOST_JUDGED = 50_000
#: Loaded at once: a registry of any size is seen a part at a time.
_BATCH = 1000


def see(conn: Connection, workspace: Workspace, today: date, ids: Sequence[str] | None = None) -> list[Seen]:
    """The pilots asked for, or all; their rungs are those really climbed."""
    calendar, rules = workspace.settings.calendar(), workspace.settings.rules()
    wanted = list(ids) if ids is not None else pilots.ids(conn, workspace.id)
    seen: list[Seen] = []
    for start in range(0, len(wanted), _BATCH):
        seen += _part(conn, workspace, today, wanted[start : start + _BATCH], calendar, rules)
    return seen


def _judged(
    workspace_id: str, pilot: Pilot, record: Record, today: date, calendar: Calendar, rules: Rules
) -> Picture:
    """`examine`, which says the same of the same facts: comparing them is cheaper than judging them again."""
    facts = (pilot, record, today, calendar, rules)
    known = _JUDGED.get((workspace_id, pilot.id))
    if known is not None and known[:5] == facts:
        return known[5]
    if len(_JUDGED) >= _MOST_JUDGED:
        _JUDGED.clear()
    picture = examine(pilot, record, today, calendar, rules)
    _JUDGED[workspace_id, pilot.id] = (*facts, picture)
    return picture


def _part(
    conn: Connection, workspace: Workspace, today: date, ids: Sequence[str], calendar: Calendar, rules: Rules
) -> list[Seen]:
    rungs: dict[str, int] = {}
    for episode in episodes.open_of(conn, workspace.id, ids):
        rungs[episode.pilot_id] = max(rungs.get(episode.pilot_id, 0), episode.rung)
    names = {one.id: one.name for one in people.all_of(conn, workspace.id).values()}
    return [
        Seen(
            pilot=pilot,
            record=record,
            picture=_judged(workspace.id, pilot, record, today, calendar, rules),
            rung=Rung(rungs.get(pilot_id, 0)),
            people=names,
        )
        for pilot_id, (pilot, record) in pilots.load(conn, workspace.id, ids).items()
    ]
