"""What is owed beside the check-in: the first week's items, one due item at a time, promises that have lapsed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from bot.domain.calendar import Calendar
from bot.domain.pilot import Pilot
from bot.domain.readiness import ITEMS, NEEDED, SKIPPABLE, evidence_of, standing, standings
from bot.domain.record import Promise, Record, Status
from bot.domain.stages import Stage

#: The infrastructure that is due at the start of build, not at its end.
WEEK_ONE = ("I1", "I2", "I3", "I4")
#: The working day of build on which it is due.
WEEK_ONE_DAY = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class WeekOne:
    """The first week's items that are still open after it: a question with its price, no finding and no colour."""

    due_on: date
    codes: tuple[str, ...]
    #: Working days past the due day.
    late: int
    #: What these days cost, in the workspace's currency.
    cost: Decimal


def week_one_due(pilot: Pilot, calendar: Calendar) -> date | None:
    """The day on which I1 to I4 are due; None outside build."""
    return calendar.add(pilot.stage_since, WEEK_ONE_DAY) if pilot.stage is Stage.BUILD else None


def week_one(pilot: Pilot, record: Record, today: date, calendar: Calendar) -> WeekOne | None:
    """The first week's items that are late; None: nothing is, or no checklist is kept for this pilot."""
    due_on = week_one_due(pilot, calendar)
    if due_on is None or not record.items:
        return None
    late = calendar.working_days(due_on, today)
    stand = standings(evidence_of(pilot, record), today, calendar)
    codes = tuple(code for code in WEEK_ONE if stand[code].state == "open")
    if not codes or not late:
        return None
    cost = (pilot.cost_per_week * late / 5).quantize(Decimal(1), ROUND_HALF_UP)
    return WeekOne(due_on=due_on, codes=codes, late=late, cost=cost)


@dataclass(frozen=True, kw_only=True, slots=True)
class Due:
    """The one item that a check-in asks about, and why it is due."""

    code: str
    why: str
    #: Whether it had been ticked before.
    reopened: bool = False


def due_item(
    pilot: Pilot, record: Record, today: date, calendar: Calendar, *, later: Sequence[str] = ()
) -> Due | None:
    """The one item to ask about: the first week's first, then what the next gate needs, then what expired.

    Args:
        pilot: the pilot.
        record: its record.
        today: the day.
        calendar: the workspace's working days.
        later: codes put off at the last check-in: they come last.

    Returns:
        None where nothing is due, which is so for an idea, a framed pilot and one that has ended.

    """
    stand = standings(evidence_of(pilot, record), today, calendar)
    wanted: dict[str, str] = {}
    if pilot.stage is Stage.BUILD:
        wanted |= dict.fromkeys(WEEK_ONE, "due in the first week of build")
    wanted |= dict.fromkeys(_of_next_gate(pilot), _GATE.get(pilot.stage, ""))
    # The sponsor's tap has its own question.
    wanted |= {
        code: one.reopened for code, one in stand.items() if one.reopened and wanted and code not in wanted
    }
    found = [
        Due(code=code, why=stand[code].reopened or why, reopened=bool(stand[code].reopened))
        for code, why in wanted.items()
        if stand[code].state == "open" and code != "O1"
    ]
    return min(found, key=lambda one: one.code in later, default=None)


_GATE = {Stage.BUILD: "gate G3 needs it", Stage.TRIAL: "gate G4 needs it", Stage.ROLLOUT: "gate G5 needs it"}


def _of_next_gate(pilot: Pilot) -> tuple[str, ...]:
    match pilot.stage:
        case Stage.BUILD:
            return NEEDED[pilot.risk]
        case Stage.TRIAL:
            return tuple(f"O{number}" for number in range(1, 7))
        case Stage.ROLLOUT:
            return (*(code for code in ITEMS if code not in SKIPPABLE), *SKIPPABLE)
        case _:
            return ()


def expiries(pilot: Pilot, record: Record, today: date, calendar: Calendar) -> list[date]:
    """The days on which ticked items expire, those ahead only."""
    newest = {item.code: item for item in evidence_of(pilot, record) if item.code in ITEMS}
    stand = [standing(code, item, today, calendar) for code, item in newest.items()]
    return [one.expires_on for one in stand if one.expires_on is not None and one.expires_on >= today]


def of_blocker(promise: Promise, record: Record) -> bool:
    """Whether a promise is somebody's to clear a blocker, and not one made at a gate."""
    return promise.holder is not None and any(
        entry.status in (Status.STUCK, Status.WAITING)
        and entry.holder is not None
        and entry.holder.id == promise.holder.id
        and entry.text == promise.text
        for entry in record.entries
    )


def open_promises(record: Record) -> list[Promise]:
    """What is promised and not kept, oldest first; of one person's promises about blockers the newest only."""
    waiting = [one for one in record.promises if one.kept_on is None]
    newest = {one.holder.id: one for one in waiting if one.holder is not None and of_blocker(one, record)}
    return [
        one for one in waiting if not of_blocker(one, record) or (one.holder and newest[one.holder.id] is one)
    ]


def lapsed(record: Record, today: date) -> list[Promise]:
    """The promises whose day has passed; one without a date never lapses."""
    return [one for one in open_promises(record) if one.by is not None and one.by < today]


def left_in_peace(record: Record, today: date) -> date | None:
    """The day until which the owner is not asked, because somebody else promised to clear what blocks; None: none."""
    if not record.promises:
        return None
    answers = [
        entry
        for entry in record.entries
        if entry.human and entry.status in (Status.STUCK, Status.WAITING, Status.MOVING, Status.STOP)
    ]
    if not answers or answers[-1].status not in (Status.STUCK, Status.WAITING):
        return None
    until = [
        one.by
        for one in open_promises(record)
        if one.by is not None and one.by >= today and of_blocker(one, record)
    ]
    return max(until, default=None)
