"""Pilots with everything a view needs of them: the record, the picture of today, the rung."""

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from typing import TypeVar

from bot.domain.calendar import Calendar
from bot.domain.digest import Seen
from bot.domain.findings import Picture, examine
from bot.domain.ladder import Rung
from bot.domain.pilot import Pilot
from bot.domain.record import Record
from bot.domain.stages import Rules
from storage import episodes, people, pilots
from storage.database import Connection
from storage.recall import recall
from storage.workspaces import Workspace

T = TypeVar("T")

#: The newest judgement of each pilot: most lists are asked for again before anything about most pilots changed.
_JUDGED: dict[tuple[str, str], tuple[Pilot, Record, date, Calendar, Rules, Picture]] = {}
_MOST_JUDGED = 50_000
#: Loaded at once: a registry of any size is seen a part at a time.
_BATCH = 1000


def see(
    conn: Connection,
    workspace: Workspace,
    today: date,
    ids: Sequence[str] | None = None,
    *,
    recalled: bool = False,
) -> list[Seen]:
    """The pilots asked for, or all; their rungs are those really climbed.

    `recalled`: what nobody has written since is not read again; for a list that is asked for often, and shown only.
    """
    calendar, rules = workspace.settings.calendar(), workspace.settings.rules()

    def read(what: str, ask: Callable[[], T]) -> T:
        return recall(conn, workspace.id, ("see", what), ask) if recalled else ask()

    wanted = list(ids) if ids is not None else read("ids", lambda: pilots.ids(conn, workspace.id))
    everybody = read("people", lambda: people.all_of(conn, workspace.id)) if wanted else {}
    names = {one.id: one.name for one in everybody.values()}
    seen: list[Seen] = []
    for start in range(0, len(wanted), _BATCH):
        part = wanted[start : start + _BATCH]
        climbed = partial(_rungs, conn, workspace.id, part)
        rungs = recall(conn, workspace.id, ("rungs", *part), climbed) if recalled else climbed()
        for pilot_id, (pilot, whole) in pilots.load(
            conn, workspace.id, part, known=everybody, recalled=recalled
        ).items():
            record = whole.so_far(today)
            picture = _judged(workspace.id, pilot, record, today, calendar, rules)
            rung = Rung(rungs.get(pilot_id, 0))
            seen.append(Seen(pilot=pilot, record=record, picture=picture, rung=rung, people=names))
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


def _rungs(conn: Connection, workspace_id: str, ids: Sequence[str]) -> dict[str, int]:
    """The highest open rung of each pilot that has one."""
    rungs: dict[str, int] = {}
    for episode in episodes.open_of(conn, workspace_id, ids):
        rungs[episode.pilot_id] = max(rungs.get(episode.pilot_id, 0), episode.rung)
    return rungs
