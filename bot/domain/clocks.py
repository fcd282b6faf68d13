"""What the clocks of a pilot run from, and the days on which they stand: words, pauses, absences, pulses, snoozes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from bot.domain.calendar import Calendar
from bot.domain.once import once
from bot.domain.people import Absence
from bot.domain.pilot import Pilot
from bot.domain.record import ANSWERS, Counts, Entry, Reading, Record, Status
from bot.domain.stages import Rules, Stage
from bot.domain.words import gate_passed, pause_until, snooze_days

_DAY = timedelta(days=1)
#: Python 3.11 takes five times as long over `Status.PAUSE` as over a name of its own, and every row of every record is asked.
_PAUSE, _SNOOZE, _GATE, _PULSE = Status.PAUSE, Status.SNOOZE, Status.GATE, Counts.PULSE
_RESTS = (Status.PAUSE, Status.RESUME)


@dataclass(frozen=True, kw_only=True, slots=True)
class Pause:
    """A sanctioned rest: from the day it was said until the day it ends by itself."""

    start: date
    end: date
    reason: str


def pauses_of(entries: Sequence[Entry], calendar: Calendar, rules: Rules) -> tuple[Pause, ...]:
    """The pauses of a record, ascending, none overlapping.

    There is one rest at a time: a new pause takes the place of one that still runs, a resume ends it early, and
    none is longer than the rules allow.
    """
    pauses: list[Pause] = []
    for entry in entries:
        if entry.status not in _RESTS:
            continue
        if pauses and entry.on < pauses[-1].end:
            pauses[-1] = replace(pauses[-1], end=entry.on)
        if entry.status is _PAUSE:
            until, reason = pause_until(entry.text)
            most = calendar.add(entry.on, rules.pause_most)
            end = min(until, most) if until else most
            pauses.append(Pause(start=entry.on, end=max(end, entry.on), reason=reason))
    return tuple(pauses)


@dataclass(frozen=True, kw_only=True, slots=True)
class Snooze:
    """One "not before": asked on a day, over at the end of its last day."""

    on: date
    days: int
    until: date


def snoozes(record: Record, calendar: Calendar) -> list[Snooze]:
    """The snoozes since the last word, ascending."""
    found: list[Snooze] = []
    for entry in reversed(record.entries):
        if entry.word:
            break
        if entry.status is _SNOOZE and entry.human:
            days = snooze_days(entry.text)
            found.append(Snooze(on=entry.on, days=days, until=calendar.add(entry.on, days)))
    return found[::-1]


def days_between(first: date, last: date) -> Iterator[date]:
    """Every day from the first to the last; none if they are not in order."""
    return (first + step * _DAY for step in range((last - first).days + 1))


def _working_days(absence: Absence, calendar: Calendar) -> int:
    return calendar.working_days(absence.start - _DAY, absence.end)


def absent_days(absences: Sequence[Absence], today: date, calendar: Calendar, most: int) -> list[date]:
    """The days of short absences, told by today, on which an owner's silence does not count."""
    return [
        day
        for absence in absences
        if absence.told_on <= today and _working_days(absence, calendar) <= most
        for day in days_between(absence.start, absence.end)
    ]


def long_absence(absences: Sequence[Absence], today: date, calendar: Calendar, most: int) -> Absence | None:
    """The absence, too long to wait for, that covers today."""
    for absence in absences:
        if (
            absence.told_on <= today
            and absence.start <= today <= absence.end
            and _working_days(absence, calendar) > most
        ):
            return absence
    return None


def look_backs(pilot: Pilot, calendar: Calendar, rules: Rules) -> list[date]:
    """The days on which a scaled pilot's value is looked at again."""
    return [calendar.add(pilot.stage_since, days) for days in rules.look_backs]


@dataclass(frozen=True, kw_only=True)
class Sight:
    """A pilot on a day, with its clocks: what every rule looks at."""

    pilot: Pilot
    record: Record
    today: date
    calendar: Calendar
    rules: Rules
    #: What the rules found out about the gap so far, by its points.
    behind: dict[int, date | None] = field(default_factory=dict, repr=False, compare=False)

    @once
    def last_word(self) -> Entry | None:
        """The newest entry that resets the talk clock."""
        return next((entry for entry in reversed(self.record.entries) if entry.word), None)

    @once
    def answers(self) -> tuple[Entry, ...]:
        """The check-in answers, ascending; notes, gates and readings are none."""
        return tuple(entry for entry in self.record.entries if entry.status in ANSWERS and entry.human)

    @once
    def pauses(self) -> tuple[Pause, ...]:
        """Every pause up to today, over or not."""
        return pauses_of(self.record.entries, self.calendar, self.rules)

    @once
    def pause(self) -> Pause | None:
        """The one that covers today."""
        return next((one for one in self.pauses if one.start <= self.today < one.end), None)

    @once
    def restart(self) -> date:
        """Where talk, reading and progress clocks began anew: the end of the last pause."""
        return max((pause.end for pause in self.pauses if pause.end <= self.today), default=date.min)

    @once
    def said_on(self) -> date:
        """The day of the last word; before any, the day the pilot started."""
        return self.last_word.on if self.last_word else self.pilot.started

    @once
    def spoke_on(self) -> date:
        """The day the talk clock runs from."""
        return max(self.said_on, self.restart)

    @once
    def live_since(self) -> date:
        """The day a pilot in trial or rollout went live: its G3, where the record has it, else the day its stage began."""
        if self.pilot.stage is Stage.TRIAL:
            return self.pilot.stage_since
        live = [
            entry.on
            for entry in self.record.entries
            if entry.status is _GATE and gate_passed(entry.text) == "G3"
        ]
        return min(live[-1], self.pilot.stage_since) if live else self.pilot.stage_since

    @once
    def cadence(self) -> int:
        """Working days from one check-in to the next: the stage's, or the longer one somebody asked for."""
        return self.rules.cadence(self.pilot.stage, self.pilot.cadence)

    @once
    def stretch(self) -> int:
        """How much longer than the stage's that is."""
        return self.cadence - self.rules.of(self.pilot.stage).cadence

    @once
    def silent_red_on(self) -> date:
        """The day on which the silence turns red."""
        red = self.rules.of(self.pilot.stage).red + 2 * self.stretch
        return self.owners.add(self.spoke_on, red)

    @once
    def owners(self) -> Calendar:
        """The calendar of the talk clock: without the days of the owner's short absences."""
        owner = self.pilot.owner
        if owner is None or not owner.absences:
            return self.calendar
        return self.calendar.without(
            absent_days(owner.absences, self.today, self.calendar, self.rules.absence_short)
        )

    @once
    def gap(self) -> float | None:
        """Points behind the calendar; None where it cannot be said."""
        metric, readings = self.pilot.metric, self.record.readings
        if not self.pilot.stage.running or metric is None or not readings:
            return None
        return metric.gap(readings[-1].value, self.today)

    @once
    def daily(self) -> tuple[Reading, ...]:
        """The last reading of each day: what the day ended with."""
        return tuple({reading.on: reading for reading in self.record.readings}.values())

    @property
    def pulse_days(self) -> list[date]:
        """The first two working days with a pulse since the last word."""
        days = {
            activity.on
            for activity in self.record.activities
            if activity.counts is _PULSE
            and activity.on > self.spoke_on
            and self.calendar.is_working(activity.on)
        }
        return sorted(days)[:2]

    def exceeds(self, since: date, most: int) -> date:
        """The first working day on which the count since a day exceeds a number; paused days are no stay."""
        if not self.pauses:
            return self.calendar.add(since, most + 1)
        resting = [
            day
            for pause in self.pauses
            for day in days_between(max(since, pause.start) + _DAY, min(pause.end, self.today))
        ]
        return self.calendar.without(resting).add(since, most + 1)
