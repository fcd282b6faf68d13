"""Had Pilotlight been here, asked again and again: only what may have changed since the last time is read and judged."""

from datetime import date
from weakref import WeakKeyDictionary

from bot.domain.hindsight import Hindsight, Known, gathered, known
from bot.domain.people import Person
from storage import people, pilots
from storage import portfolio as stored
from storage.database import Connection
from storage.workspaces import Workspace

#: By workspace and pilot, what was known, and from what: its marks, its owner, the day and the rules of the question.
_Kept = dict[tuple[str, str], tuple[tuple[object, ...], Known]]
#: Of each database, by its engine.
_KEPT: WeakKeyDictionary[object, _Kept] = WeakKeyDictionary()
_MOST_KEPT = 50_000
#: Loaded at once: a registry of any size is judged a part at a time.
_BATCH = 1000


def in_hindsight(conn: Connection, workspace: Workspace, until: date) -> Hindsight:
    """What would have been noticed by a day, when, and the money since then; the dearest first.

    Args:
        conn: a transaction.
        workspace: whose.
        until: the day of the question.

    """
    calendar, rules = workspace.settings.calendar(), workspace.settings.rules()
    everybody = people.all_of(conn, workspace.id)
    asked = (until, calendar, rules)
    facts = {
        pilot_id: (mark, _owner(mark, everybody), *asked)
        for pilot_id, mark in stored.marks(conn, workspace.id).items()
    }
    kept = _KEPT.setdefault(conn.engine, {})
    found: dict[str, Known] = {}
    for pilot_id, its in facts.items():
        before = kept.get((workspace.id, pilot_id))
        if before is not None and before[0] == its:
            found[pilot_id] = before[1]
    rest = [pilot_id for pilot_id in facts if pilot_id not in found]
    if len(kept) + len(rest) > _MOST_KEPT:
        kept.clear()
    for start in range(0, len(rest), _BATCH):
        part = pilots.load(conn, workspace.id, rest[start : start + _BATCH], talk_only=True)
        for pilot_id, (pilot, record) in part.items():
            found[pilot_id] = known(pilot, record, *asked)
            kept[workspace.id, pilot_id] = (facts[pilot_id], found[pilot_id])
    return gathered(found.values(), until)


def _owner(mark: tuple[tuple[object, ...], ...], everybody: dict[str, Person]) -> object:
    """What of its owner a pilot's quiet depends on: whether they left, and when they were away."""
    owner = everybody.get(str(mark[0][stored.OWNER]))
    return None if owner is None else (owner.left_on, owner.absences)
