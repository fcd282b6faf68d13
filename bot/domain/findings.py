"""What is wrong with a pilot today, since when, why, and when to look again."""

from collections.abc import Callable, Sequence
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
from bot.domain.stalls import BY_STAGE, RED_ON, Kind
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
_ENDED = (Stage.RETIRED, Stage.MERGED)
#: By a name of its own, as in `clocks`.
_BLIND = Kind.BLIND
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
    if pilot.stage in _ENDED:
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
    begun = [
        (begins, kind)
        for kind, rule in BY_STAGE[pilot.stage]
        if kind in _QUIET and (begins := rule(sight)) is not None
    ]
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
    today = sight.today
    for kind, rule in BY_STAGE[sight.pilot.stage]:
        begins = rule(sight)
        if begins is None:
            continue
        if begins > today:
            ahead.append(begins)
            continue
        red, turns_red = kind in _RED, RED_ON.get(kind)
        turns = turns_red(sight) if turns_red is not None else None
        if turns is not None:
            red = turns <= today
            ahead.append(turns)
        found.append(Finding(kind, begins, _WHY[kind](sight, begins), red))
    if any(finding.kind in _LOUDER for finding in found):
        found = [finding for finding in found if finding.kind is not Kind.PROGRESSLESS]
    return found, ahead


def _health(sight: Sight, found: Sequence[Finding]) -> Health:
    if any(finding.red for finding in found):
        return Health.RED
    if any(finding.kind is not _BLIND for finding in found):
        return Health.AMBER
    if found or not sight.record.readings:
        return Health.GREY
    return Health.GREEN


# In words: the reason that every message carries.


def _whose_it_was(sight: Sight, since: date) -> str:
    owner = sight.pilot.owner
    return "it has no owner" if owner is None else f"{owner.name} left on {_day(since)} and nobody took over"


def _no_number(sight: Sight, _: date) -> str:
    last = newest(sight.record.readings)
    if sight.pilot.stage is Stage.SCALED:
        return "the look-back is missed: no number since it fell due"
    if sight.pilot.stage is Stage.FRAMED:
        return f"no baseline after {_in_stage(sight)} working days"
    return f"no number since {_day(last.on)}" if last else "no number yet"


def _overstays(sight: Sight, _: date) -> str:
    stage = sight.pilot.stage
    return f"in {stage} for {_in_stage(sight)} working days, {sight.rules.of(stage).stay} are planned"


def _slid(sight: Sight, _: date) -> str:
    last = newest(sight.record.readings)
    return (
        f"below what was reached: {_number(last.value)} on {_day(last.on)}"
        if last
        else "below what was reached"
    )


def _in_stage(sight: Sight) -> int:
    return sight.calendar.working_days(sight.pilot.stage_since, sight.today)


_WHY: dict[Kind, Callable[[Sight, date], str]] = {
    Kind.ORPHANED: _whose_it_was,
    Kind.NO_METRIC: lambda sight, _: f"an idea for {_in_stage(sight)} working days without a metric",
    Kind.SILENT: lambda sight, _: (
        f"no word for {sight.calendar.working_days(sight.spoke_on, sight.today)} working days"
    ),
    Kind.BLIND: _no_number,
    Kind.OVERSTAY: _overstays,
    Kind.OVERDUE: lambda _, since: f"the deadline was {_day(since - timedelta(days=1))}",
    Kind.OFF_PACE: lambda sight, _: f"{_points(sight.gap)} points behind the calendar",
    Kind.WATERMELON: lambda sight, _: f"three times moving, {_points(sight.gap)} points behind the calendar",
    Kind.GUARDRAIL_BROKEN: lambda _, since: f"the guardrail is broken since {_day(since)}",
    Kind.SAME_BLOCKER: lambda sight, _: (
        f"the same blocker {max(entry.mentions for entry in sight.answers)} times"
    ),
    Kind.REPEATED_ANSWER: lambda sight, _: f"the same answer {sight.answers[-1].repeats + 1} times",
    Kind.SNOOZE_LIMIT: lambda *_: "the snoozes are used up",
    Kind.SLIDING_BACK: _slid,
    Kind.PROGRESSLESS: lambda sight, _: f"no item and no merge for {sight.rules.progressless} working days",
    Kind.SPONSOR_QUIET: lambda *_: "the sponsor left two pulses unanswered",
}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _day(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _number(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _points(gap: float | None) -> str:
    return "?" if gap is None else str(round(gap))
