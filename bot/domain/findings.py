"""What is wrong with a pilot today, since when, why, and when to look again."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from bot.domain.calendar import Calendar
from bot.domain.clocks import Pause, Sight, Snooze, absent_days, long_absence, look_backs, snoozes
from bot.domain.metric import newest
from bot.domain.pilot import Pilot
from bot.domain.record import Entry, Record
from bot.domain.stages import Rules, Stage
from bot.domain.stalls import RULES, Kind, red_on
from bot.domain.words import gate_passed

__all__ = [
    "Finding",
    "Health",
    "Kind",
    "Pause",
    "Picture",
    "Snooze",
    "absent_days",
    "examine",
    "gate_passed",
    "long_absence",
    "look_backs",
    "snoozes",
    "went_quiet",
]


class Health(StrEnum):
    """The colour of a pilot: never the owner's choice, never green without a number."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"
    GREY = "grey"
    PAUSED = "paused"
    ENDED = "ended"


#: Red whenever open; SILENT and OFF_PACE turn red on their second threshold.
_RED = frozenset(
    {
        Kind.ORPHANED,
        Kind.NO_METRIC,
        Kind.OVERSTAY,
        Kind.OVERDUE,
        Kind.WATERMELON,
        Kind.GUARDRAIL_BROKEN,
        Kind.SAME_BLOCKER,
        Kind.REPEATED_ANSWER,
        Kind.SLIDING_BACK,
        Kind.SNOOZE_LIMIT,
    }
)
#: PROGRESSLESS stays unsaid beside these, which say the same louder.
_LOUDER = frozenset({Kind.SILENT, Kind.OVERSTAY, Kind.ORPHANED, Kind.SAME_BLOCKER})


class Finding(NamedTuple):
    """One open stall."""

    kind: Kind
    since: date
    why: str
    red: bool


class Picture(NamedTuple):
    """What looking at a pilot shows."""

    health: Health
    findings: tuple[Finding, ...]
    #: Working days since the last human word; None once retired or merged.
    silent: int | None
    last_word: Entry | None
    #: Points behind the calendar, unrounded; None where it cannot be said.
    gap: float | None
    pause: Pause | None
    #: The working day on which the silence reaches the stage's cadence; None where none is owed.
    check_in_on: date | None
    #: When the picture changes by itself, if nothing else happens; None: never.
    next_on: date | None

    def finding(self, kind: Kind) -> Finding | None:
        """The open finding of a kind."""
        return next((finding for finding in self.findings if finding.kind is kind), None)


def examine(
    pilot: Pilot, record: Record, today: date, calendar: Calendar, rules: Rules | None = None
) -> Picture:
    """Looks at a pilot as it stands on a day.

    Args:
        pilot: the pilot at the end of that day.
        record: its record; rows after the day are left out.
        today: the day, in the workspace's zone.
        calendar: the workspace's working days.
        rules: thresholds; the defaults where None.

    Returns:
        The findings open that day, the pilot's health, and the next day on which either may change by itself.

    """
    sight = Sight(
        pilot=pilot, record=record.so_far(today), today=today, calendar=calendar, rules=rules or Rules()
    )
    if pilot.stage in (Stage.RETIRED, Stage.MERGED):
        return _picture(sight, Health.ENDED)
    pause = sight.pause
    if pause is not None:
        because = f": {pause.reason}" if pause.reason else ""
        why = f"paused until {_day(pause.end)}{because}"
        resting = Finding(kind=Kind.PAUSED, since=pause.start, why=why, red=False)
        return _picture(sight, Health.PAUSED, [resting], ahead=[pause.end])
    found, ahead = _judge(sight)
    if pilot.stage.running:
        check_in_on = sight.owners.add(sight.spoke_on, sight.cadence)
        return _picture(
            sight, _health(sight, found), found, ahead=[*ahead, check_in_on], check_in_on=check_in_on
        )
    # A look-back that falls due takes the place of the one before it, missed or not.
    ahead += look_backs(pilot, calendar, sight.rules)
    return _picture(sight, _health(sight, found), found, ahead=ahead)


#: What it means to go quiet: nobody speaks, or nobody is there who could.
_QUIET = (Kind.ORPHANED, Kind.SILENT)


def went_quiet(
    pilot: Pilot, record: Record, today: date, calendar: Calendar, rules: Rules
) -> tuple[Kind, date] | None:
    """Which of the two kinds of quiet began first, and when, as `examine` finds it, without asking any other rule.

    Args:
        pilot: the pilot at the end of that day.
        record: what was said up to it, and the pulses; the rest of the record is not looked at.
        today: the day, in the workspace's zone.
        calendar: the workspace's working days.
        rules: thresholds.

    """
    sight = Sight(pilot=pilot, record=record, today=today, calendar=calendar, rules=rules)
    if not pilot.stage.running or sight.pause is not None:
        return None
    begun = [(begins, kind) for kind, rule in RULES if kind in _QUIET and (begins := rule(sight)) is not None]
    open_ = [(begins, _QUIET.index(kind), kind) for begins, kind in begun if begins <= today]
    if not open_:
        return None
    since, _, kind = min(open_)
    return kind, since


def _picture(
    sight: Sight,
    health: Health,
    found: Sequence[Finding] = (),
    *,
    ahead: Sequence[date] = (),
    check_in_on: date | None = None,
) -> Picture:
    ended = health is Health.ENDED
    # The raw count of a paused pilot runs on, so it is taken from the word itself.
    since = sight.said_on if health is Health.PAUSED else sight.spoke_on
    return Picture(
        health=health,
        findings=tuple(found),
        silent=None if ended else sight.calendar.working_days(since, sight.today),
        last_word=sight.last_word,
        gap=None if ended else sight.gap,
        pause=sight.pause if health is Health.PAUSED else None,
        check_in_on=check_in_on,
        next_on=min((day for day in ahead if day > sight.today), default=None),
    )


def _judge(sight: Sight) -> tuple[list[Finding], list[date]]:
    found: list[Finding] = []
    ahead: list[date] = []
    for kind, rule in RULES:
        begins = rule(sight)
        if begins is None:
            continue
        if begins > sight.today:
            ahead.append(begins)
            continue
        turns = red_on(kind, sight)
        red = kind in _RED or (turns is not None and turns <= sight.today)
        if turns is not None:
            ahead.append(turns)
        found.append(Finding(kind=kind, since=begins, why=_why(kind, sight, begins), red=red))
    if any(finding.kind in _LOUDER for finding in found):
        found = [finding for finding in found if finding.kind is not Kind.PROGRESSLESS]
    return found, ahead


def _health(sight: Sight, found: Sequence[Finding]) -> Health:
    if any(finding.red for finding in found):
        return Health.RED
    if any(finding.kind is not Kind.BLIND for finding in found):
        return Health.AMBER
    if found or not sight.record.readings:
        return Health.GREY
    return Health.GREEN


# In words: the reason that every message carries.


def _why(kind: Kind, sight: Sight, since: date) -> str:
    pilot, count = sight.pilot, sight.calendar.working_days
    last = newest(sight.record.readings)
    match kind:
        case Kind.ORPHANED:
            if pilot.owner is None:
                return "it has no owner"
            return f"{pilot.owner.name} left on {_day(since)} and nobody took over"
        case Kind.NO_METRIC:
            return f"an idea for {count(pilot.stage_since, sight.today)} working days without a metric"
        case Kind.SILENT:
            return f"no word for {count(sight.spoke_on, sight.today)} working days"
        case Kind.BLIND if pilot.stage is Stage.SCALED:
            return "the look-back is missed: no number since it fell due"
        case Kind.BLIND if pilot.stage is Stage.FRAMED:
            return f"no baseline after {count(pilot.stage_since, sight.today)} working days"
        case Kind.BLIND:
            return f"no number since {_day(last.on)}" if last else "no number yet"
        case Kind.OVERSTAY:
            return f"in {pilot.stage} for {count(pilot.stage_since, sight.today)} working days, {sight.rules.of(pilot.stage).stay} are planned"
        case Kind.OVERDUE:
            return f"the deadline was {_day(since - timedelta(days=1))}"
        case Kind.OFF_PACE:
            return f"{_points(sight.gap)} points behind the calendar"
        case Kind.WATERMELON:
            return f"three times moving, {_points(sight.gap)} points behind the calendar"
        case Kind.GUARDRAIL_BROKEN:
            return f"the guardrail is broken since {_day(since)}"
        case Kind.SAME_BLOCKER:
            return f"the same blocker {max(entry.mentions for entry in sight.answers)} times"
        case Kind.REPEATED_ANSWER:
            return f"the same answer {sight.answers[-1].repeats + 1} times"
        case Kind.SNOOZE_LIMIT:
            return "the snoozes are used up"
        case Kind.SLIDING_BACK:
            return (
                f"below what was reached: {_number(last.value)} on {_day(last.on)}"
                if last
                else "below what was reached"
            )
        case Kind.PROGRESSLESS:
            return f"no item and no merge for {sight.rules.progressless} working days"
        case Kind.SPONSOR_QUIET:
            return "the sponsor left two pulses unanswered"
        case _:
            return ""


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _day(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _number(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _points(gap: float | None) -> str:
    return "?" if gap is None else str(round(gap))
