"""The typed stalls: what is wrong with a pilot today, since when, and when to look again.

Every rule is one function that answers with the day its finding begins on the facts as they stand: a day that
has come is an open finding, a day still ahead is a reason to look again then, None is never. So the same
function serves the look, the replay and the due time, and nothing is counted day by day.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from bot.domain.calendar import Calendar
from bot.domain.metric import newest, values_of
from bot.domain.people import Absence
from bot.domain.pilot import Pilot
from bot.domain.record import ANSWERS, Counts, Entry, Record, Status
from bot.domain.stages import JUDGED, Rules, Stage
from bot.domain.words import kept_until, pause_until, snooze_days


class Kind(StrEnum):
    """A typed reason to speak."""

    ORPHANED = "ORPHANED"
    NO_METRIC = "NO_METRIC"
    SILENT = "SILENT"
    BLIND = "BLIND"
    OVERSTAY = "OVERSTAY"
    OVERDUE = "OVERDUE"
    OFF_PACE = "OFF_PACE"
    WATERMELON = "WATERMELON"
    GUARDRAIL_BROKEN = "GUARDRAIL_BROKEN"
    SAME_BLOCKER = "SAME_BLOCKER"
    REPEATED_ANSWER = "REPEATED_ANSWER"
    SNOOZE_LIMIT = "SNOOZE_LIMIT"
    SLIDING_BACK = "SLIDING_BACK"
    PROGRESSLESS = "PROGRESSLESS"
    SPONSOR_QUIET = "SPONSOR_QUIET"
    PAUSED = "PAUSED"


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


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One open stall."""

    kind: Kind
    since: date
    why: str
    red: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Pause:
    """A sanctioned rest: from the day it was said until the day it ends by itself."""

    start: date
    end: date
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
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


@dataclass(frozen=True, kw_only=True)
class _Sight:
    """What every rule looks at, worked out once."""

    pilot: Pilot
    record: Record
    today: date
    calendar: Calendar
    rules: Rules
    #: Where the clocks restarted: the end of the last pause; the day it started, for a pilot never paused.
    restart: date
    pauses: tuple[Pause, ...]
    last_word: Entry | None

    @property
    def spoke_on(self) -> date:
        """The day the talk clock runs from."""
        said = self.last_word.on if self.last_word else self.pilot.started
        return max(said, self.restart)

    def answers(self) -> list[Entry]:
        """The check-in answers, ascending; notes, gates and readings are none."""
        return [entry for entry in self.record.entries if entry.status in ANSWERS and entry.human]


def examine(
    pilot: Pilot, record: Record, today: date, calendar: Calendar, rules: Rules | None = None
) -> Picture:
    """Looks at a pilot as it stands on a day.

    Args:
        pilot: the pilot at the end of that day.
        record: its record; rows after the day must be gone (``Record.until``).
        today: the day, in the workspace's zone.
        calendar: the workspace's working days.
        rules: thresholds; the defaults where None.

    Returns:
        The findings open that day, the pilot's health, and the next day on which either may change by itself.

    """
    rules = rules or Rules()
    words = [entry for entry in record.entries if entry.word]
    last_word = words[-1] if words else None
    pauses = _pauses(record.entries, calendar, rules)
    over = [pause.end for pause in pauses if pause.end <= today]
    sight = _Sight(
        pilot=pilot,
        record=record,
        today=today,
        calendar=calendar,
        rules=rules,
        restart=max(over, default=pilot.started),
        pauses=pauses,
        last_word=last_word,
    )
    gap = _gap(sight)
    if pilot.stage in (Stage.RETIRED, Stage.MERGED):
        return Picture(
            health=Health.ENDED,
            findings=(),
            silent=None,
            last_word=last_word,
            gap=None,
            pause=None,
            check_in_on=None,
            next_on=None,
        )
    # The raw count of a paused pilot runs on, so it is taken from the word itself.
    said = last_word.on if last_word else pilot.started
    pause = next((one for one in pauses if one.start <= today < one.end), None)
    if pause is not None:
        why = (
            f"paused until {_day(pause.end)}: {pause.reason}"
            if pause.reason
            else f"paused until {_day(pause.end)}"
        )
        return Picture(
            health=Health.PAUSED,
            findings=(Finding(kind=Kind.PAUSED, since=pause.start, why=why, red=False),),
            silent=calendar.working_days(said, today),
            last_word=last_word,
            gap=gap,
            pause=pause,
            check_in_on=None,
            next_on=pause.end,
        )
    found, ahead = _judge(sight)
    check_in_on = _check_in_on(sight)
    if check_in_on is not None and check_in_on > today:
        ahead.append(check_in_on)
    return Picture(
        health=_health(sight, found),
        findings=tuple(found),
        silent=calendar.working_days(sight.spoke_on, today),
        last_word=last_word,
        gap=gap,
        pause=None,
        check_in_on=check_in_on,
        next_on=min(ahead, default=None),
    )


def _judge(sight: _Sight) -> tuple[list[Finding], list[date]]:
    found: list[Finding] = []
    ahead: list[date] = []
    for kind, rule in _RULES:
        begins = rule(sight)
        if begins is None:
            continue
        if begins > sight.today:
            ahead.append(begins)
            continue
        red_on = _red_on(kind, sight)
        red = kind in _RED or (red_on is not None and red_on <= sight.today)
        if red_on is not None and red_on > sight.today:
            ahead.append(red_on)
        found.append(Finding(kind=kind, since=begins, why=_why(kind, sight, begins), red=red))
    if any(finding.kind in _LOUDER for finding in found):
        found = [finding for finding in found if finding.kind is not Kind.PROGRESSLESS]
    return found, ahead


def _health(sight: _Sight, found: Sequence[Finding]) -> Health:
    if any(finding.red for finding in found):
        return Health.RED
    if any(finding.kind is not Kind.BLIND for finding in found):
        return Health.AMBER
    if found or not sight.record.readings:
        return Health.GREY
    return Health.GREEN


# The clocks.


def _pauses(entries: Sequence[Entry], calendar: Calendar, rules: Rules) -> tuple[Pause, ...]:
    """The pauses of a record; a resume ends one early, and none is longer than the rules allow."""
    pauses: list[Pause] = []
    for entry in entries:
        if entry.status is Status.PAUSE:
            until, reason = pause_until(entry.text)
            most = calendar.add(entry.on, rules.pause_most)
            pauses.append(Pause(start=entry.on, end=min(until, most) if until else most, reason=reason))
        elif entry.status is Status.RESUME and pauses and entry.on < pauses[-1].end:
            pauses[-1] = Pause(
                start=pauses[-1].start, end=max(entry.on, pauses[-1].start), reason=pauses[-1].reason
            )
    return tuple(pauses)


def _resting(sight: _Sight, after: date) -> list[date]:
    """The paused days after a day: they are no stay."""
    return [
        day
        for pause in sight.pauses
        for day in _days(max(after, pause.start) + timedelta(days=1), min(pause.end, sight.today))
    ]


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=step) for step in range((last - first).days + 1)]


def absent_days(absences: Sequence[Absence], today: date, calendar: Calendar, most: int) -> list[date]:
    """The days of short absences, told by today, on which an owner's silence does not count."""
    return [
        day
        for absence in absences
        if absence.told_on <= today
        and calendar.working_days(absence.start - timedelta(days=1), absence.end) <= most
        for day in _days(absence.start, absence.end)
    ]


def long_absence(absences: Sequence[Absence], today: date, calendar: Calendar, most: int) -> Absence | None:
    """The absence, too long to wait for, that covers today."""
    for absence in absences:
        if (
            absence.told_on <= today
            and absence.start <= today <= absence.end
            and calendar.working_days(absence.start - timedelta(days=1), absence.end) > most
        ):
            return absence
    return None


def _owners_calendar(sight: _Sight) -> Calendar:
    owner = sight.pilot.owner
    if owner is None or not owner.absences:
        return sight.calendar
    return sight.calendar.without(
        absent_days(owner.absences, sight.today, sight.calendar, sight.rules.absence_short)
    )


def _pulse_days(sight: _Sight) -> list[date]:
    """The first two working days with a pulse since the last word."""
    days = sorted(
        {
            activity.on
            for activity in sight.record.activities
            if activity.counts is Counts.PULSE
            and activity.on > sight.spoke_on
            and sight.calendar.is_working(activity.on)
        }
    )
    return days[:2]


def _check_in_on(sight: _Sight) -> date | None:
    if not sight.pilot.stage.running:
        return None
    cadence = sight.pilot.cadence or sight.rules.of(sight.pilot.stage).cadence
    return _owners_calendar(sight).add(sight.spoke_on, cadence)


# The rules, each: the day its finding begins, or None.


def _orphaned(sight: _Sight) -> date | None:
    pilot = sight.pilot
    if not pilot.stage.running:
        return None
    if pilot.owner is None:
        return pilot.started
    left = pilot.owner.left_on
    if left is None:
        return None
    taken_over = any(entry.status is Status.HANDOVER and entry.on >= left for entry in sight.record.entries)
    return None if taken_over else max(left, pilot.started)


def _no_metric(sight: _Sight) -> date | None:
    if sight.pilot.stage is not Stage.IDEA or sight.pilot.metric is not None:
        return None
    return _exceeds(sight, sight.pilot.stage_since, sight.rules.no_metric)


def _silent(sight: _Sight) -> date | None:
    if not sight.pilot.stage.running:
        return None
    rule, own = sight.rules.of(sight.pilot.stage), _owners_calendar(sight)
    stretch = (sight.pilot.cadence or rule.cadence) - rule.cadence
    red = own.add(sight.spoke_on, rule.red + 2 * stretch)
    # Without a pulse amber begins on one day; each pulse before a day moves that day's amber.
    begins: date | None = None
    pulses = _pulse_days(sight)
    for count in range(len(pulses), -1, -1):
        opens = min(own.add(sight.spoke_on, rule.amber + stretch + count * rule.half), red)
        from_day = pulses[count - 1] if count else sight.spoke_on
        until_day = pulses[count] - timedelta(days=1) if count < len(pulses) else None
        start = max(opens, from_day)
        if until_day is not None and start > until_day:
            break
        begins = start
        if start > from_day or count == 0:
            break
    return begins


def _silent_red_on(sight: _Sight) -> date:
    rule = sight.rules.of(sight.pilot.stage)
    stretch = (sight.pilot.cadence or rule.cadence) - rule.cadence
    return _owners_calendar(sight).add(sight.spoke_on, rule.red + 2 * stretch)


def _blind(sight: _Sight) -> date | None:
    pilot, last = sight.pilot, newest(sight.record.readings)
    if pilot.stage is Stage.SCALED:
        return _look_back_missed(sight)
    if not pilot.stage.running:
        return None
    most = sight.rules.of(pilot.stage).blind
    if most is None or (
        pilot.stage is Stage.FRAMED and pilot.metric is not None and pilot.metric.baseline is not None
    ):
        return None
    return _exceeds(
        sight, max(last.on if last else pilot.stage_since, pilot.stage_since, sight.restart), most
    )


def look_backs(pilot: Pilot, calendar: Calendar, rules: Rules) -> list[date]:
    """The days on which a scaled pilot's value is looked at again."""
    return [calendar.add(pilot.stage_since, days) for days in rules.look_backs]


def _look_back_missed(sight: _Sight) -> date | None:
    readings, calendar, rules = sight.record.readings, sight.calendar, sight.rules
    due = look_backs(sight.pilot, calendar, rules)
    came = [day for day in due if day <= sight.today]
    ahead = [calendar.add(day, rules.look_back_late + 1) for day in due if day > sight.today]
    if not came:
        return min(ahead, default=None)
    latest = came[-1]
    early = _working_days_before(calendar, latest, rules.look_back_early)
    if any(reading.on >= early for reading in readings):
        return min(ahead, default=None)
    return calendar.add(latest, rules.look_back_late + 1)


def _working_days_before(calendar: Calendar, day: date, count: int) -> date:
    for _ in range(count):
        day = calendar.before(day)
    return day


def _overstay(sight: _Sight) -> date | None:
    if not sight.pilot.stage.running:
        return None
    begins = _exceeds(sight, sight.pilot.stage_since, sight.rules.of(sight.pilot.stage).stay)
    # A sponsor who keeps it with a new date has answered the question until that date.
    kept = [until for entry in sight.record.entries if entry.human and (until := kept_until(entry))]
    return max(begins, kept[-1] + timedelta(days=1)) if kept else begins


def _exceeds(sight: _Sight, since: date, most: int) -> date:
    """The first working day on which the count since a day exceeds a number, paused days left out."""
    resting = _resting(sight, since)
    calendar = sight.calendar.without(resting) if resting else sight.calendar
    return calendar.add(since, most + 1)


def _overdue(sight: _Sight) -> date | None:
    metric = sight.pilot.metric
    if not sight.pilot.stage.running or metric is None or metric.deadline is None:
        return None
    return metric.deadline + timedelta(days=1)


def _gap(sight: _Sight) -> float | None:
    last = newest(sight.record.readings)
    if not sight.pilot.stage.running or sight.pilot.metric is None or last is None:
        return None
    return sight.pilot.metric.gap(last.value, sight.today)


def _behind(sight: _Sight, points: int) -> date | None:
    """Since when the gap has been that wide without a break, judged from the day the trial began."""
    pilot, readings = sight.pilot, sight.record.readings
    if pilot.stage not in JUDGED or pilot.metric is None or not readings:
        return None
    judged_from = max(_judged_from(sight), sight.restart)
    begins: date | None = None
    until: date | None = None
    for reading in reversed(readings):
        reaches = pilot.metric.gap_reaches(reading.value, points)
        if reaches is None:
            break
        start = max(reaches, reading.on, judged_from)
        if until is not None and start >= until:
            break
        begins, until = start, reading.on
        if start > reading.on:
            break
    return begins


def _judged_from(sight: _Sight) -> date:
    """The day the pilot went live: its G3, where the record has it, else the day its stage began."""
    pilot = sight.pilot
    if pilot.stage is Stage.TRIAL:
        return pilot.stage_since
    live = [
        entry.on
        for entry in sight.record.entries
        if entry.status is Status.GATE and gate_passed(entry.text) == "G3"
    ]
    return min(live[-1], pilot.stage_since) if live else pilot.stage_since


_GATE = re.compile(r"\b(G[1-5])\s+passed\b", re.IGNORECASE)


def gate_passed(text: str) -> str | None:
    """The gate that an entry's text says was passed."""
    found = _GATE.search(text)
    return found[1].upper() if found else None


def _off_pace(sight: _Sight) -> date | None:
    return _behind(sight, sight.rules.gap_amber)


def _watermelon(sight: _Sight) -> date | None:
    behind = _behind(sight, sight.rules.gap_red)
    last = sight.answers()[-3:]
    if behind is None or len(last) < 3 or any(entry.status is not Status.MOVING for entry in last):
        return None
    # Open since the third `moving` of the run that still lasts, or since the gap, whichever came later.
    run: list[Entry] = []
    for entry in reversed(sight.answers()):
        if entry.status is not Status.MOVING:
            break
        run.append(entry)
    return max(behind, run[-3].on)


def _guardrail_broken(sight: _Sight) -> date | None:
    pilot = sight.pilot
    if pilot.stage not in JUDGED:
        return None
    starts = []
    for rail in pilot.guardrails:
        broken_on: date | None = None
        for on, value in values_of(rail, pilot.guardrails, sight.record.activities):
            broken_on = (broken_on or on) if rail.broken(value) else None
        if broken_on is not None:
            starts.append(max(broken_on, _judged_from(sight)))
    return min(starts, default=None)


def _same_blocker(sight: _Sight) -> date | None:
    if not sight.pilot.stage.running:
        return None
    for entry in sight.answers()[::-1]:
        if entry.status not in (Status.STUCK, Status.WAITING):
            return None
        if entry.mentions >= 3:
            return _third_mention(sight)
    return None


def _third_mention(sight: _Sight) -> date:
    """The day the run that still lasts came to its third mention of one blocker."""
    third = sight.today
    for entry in reversed(sight.answers()):
        if entry.status not in (Status.STUCK, Status.WAITING):
            break
        if entry.mentions == 3:
            third = entry.on
    return third


def _repeated_answer(sight: _Sight) -> date | None:
    if not sight.pilot.stage.running:
        return None
    answers = sight.answers()
    if not answers or answers[-1].repeats < 2:
        return None
    back = answers[-1].repeats - 2
    return answers[-1 - back].on if back < len(answers) else answers[0].on


@dataclass(frozen=True, kw_only=True, slots=True)
class Snooze:
    """One "not before": asked on a day, over at the end of its last day."""

    on: date
    days: int
    until: date


def snoozes(record: Record, calendar: Calendar) -> list[Snooze]:
    """The snoozes since the last word, ascending."""
    found: list[Snooze] = []
    for entry in record.entries:
        if entry.word:
            found = []
        elif entry.status is Status.SNOOZE and entry.human:
            days = snooze_days(entry.text)
            found.append(Snooze(on=entry.on, days=days, until=calendar.add(entry.on, days)))
    return found


def _snooze_limit(sight: _Sight) -> date | None:
    silent = _silent(sight)
    used = snoozes(sight.record, sight.calendar)
    if silent is None or not used:
        return None
    if len(used) < sight.rules.snoozes and sum(one.days for one in used) < sight.rules.snooze_days:
        return None
    over = max(one.until for one in used) + timedelta(days=1)
    return max(silent, over)


def _sliding_back(sight: _Sight) -> date | None:
    metric, readings = sight.pilot.metric, sight.record.readings
    if sight.pilot.stage is not Stage.SCALED or metric is None or metric.target is None or not readings:
        return None
    if metric.reached(readings[-1].value):
        return None
    since = readings[-1].on
    for reading in reversed(readings):
        if metric.reached(reading.value) or reading.on < sight.pilot.stage_since:
            break
        since = reading.on
    return max(since, sight.pilot.stage_since)


def _progressless(sight: _Sight) -> date | None:
    if sight.pilot.stage is not Stage.BUILD:
        return None
    moved = [
        entry.on
        for entry in sight.record.entries
        if entry.human and entry.status in (Status.GATE, Status.ITEM)
    ]
    moved += [one.on for one in sight.record.activities if one.kind == "merge" and one.counts is Counts.PULSE]
    return _exceeds(sight, max([sight.pilot.stage_since, sight.restart, *moved]), sight.rules.progressless)


def _sponsor_quiet(sight: _Sight) -> date | None:
    sponsor = sight.pilot.sponsor
    if not sight.pilot.stage.running or sponsor is None:
        return None
    decided = [entry.on for entry in sight.record.entries if entry.word and entry.author == sponsor.id]
    open_pulses = [asked for asked in sight.record.pulses_asked if not decided or asked > decided[-1]]
    if len(open_pulses) < 2:
        return None
    return sight.calendar.add(open_pulses[1], sight.rules.pulse_every)


#: The written list: in this order findings are shown.
_RULES: tuple[tuple[Kind, Callable[[_Sight], date | None]], ...] = (
    (Kind.ORPHANED, _orphaned),
    (Kind.GUARDRAIL_BROKEN, _guardrail_broken),
    (Kind.BLIND, _blind),
    (Kind.NO_METRIC, _no_metric),
    (Kind.SILENT, _silent),
    (Kind.OVERSTAY, _overstay),
    (Kind.OVERDUE, _overdue),
    (Kind.SAME_BLOCKER, _same_blocker),
    (Kind.OFF_PACE, _off_pace),
    (Kind.WATERMELON, _watermelon),
    (Kind.REPEATED_ANSWER, _repeated_answer),
    (Kind.SNOOZE_LIMIT, _snooze_limit),
    (Kind.SLIDING_BACK, _sliding_back),
    (Kind.PROGRESSLESS, _progressless),
    (Kind.SPONSOR_QUIET, _sponsor_quiet),
)


def _red_on(kind: Kind, sight: _Sight) -> date | None:
    if kind is Kind.SILENT:
        return _silent_red_on(sight)
    if kind is Kind.OFF_PACE:
        return _behind(sight, sight.rules.gap_red)
    return None


# In words: the reason that every message carries.


def _why(kind: Kind, sight: _Sight, since: date) -> str:
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
            return f"{_points(_gap(sight))} points behind the calendar"
        case Kind.WATERMELON:
            return f"three times moving, {_points(_gap(sight))} points behind the calendar"
        case Kind.GUARDRAIL_BROKEN:
            return f"the guardrail is broken since {_day(since)}"
        case Kind.SAME_BLOCKER:
            return f"the same blocker {max(entry.mentions for entry in sight.answers())} times"
        case Kind.REPEATED_ANSWER:
            return f"the same answer {sight.answers()[-1].repeats + 1} times"
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


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def _number(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _points(gap: float | None) -> str:
    return "?" if gap is None else str(round(gap))
