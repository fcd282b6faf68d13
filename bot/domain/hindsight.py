"""Had Pilotlight been here: the day each silent or ownerless pilot would have been noticed, and the money since then.

What was spent after that day is an estimate, and the only one that the registry allows: the pilot's cost per week as it
stands today, times the weeks from that day to the end (or to the day of the question), never more than it cost in all.
A pilot without a running cost counts 0, and one that costs nothing a week today may have cost something then.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from bot.domain.calendar import Calendar
from bot.domain.digest import ended_on
from bot.domain.findings import Kind, went_quiet
from bot.domain.pilot import Pilot
from bot.domain.record import Record
from bot.domain.replay import as_of
from bot.domain.stages import Rules, Stage


class Fate(StrEnum):
    """What became of a pilot that had gone quiet."""

    OPEN = "open"
    RETIRED = "retired"
    MERGED = "merged"


@dataclass(frozen=True, kw_only=True, slots=True)
class Caught:
    """One pilot that went quiet."""

    pilot_id: str
    name: str
    fate: Fate
    #: SILENT or ORPHANED, whichever began first.
    kind: Kind
    #: The day it would have been noticed: the first question goes out on the next working day.
    on: date
    #: Its end on the record; else the day of the question.
    until: date
    #: Calendar days between the two.
    days: int
    cost_per_week: Decimal
    #: Estimated (see above), in the workspace's currency, whole units.
    spent_after: Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class Hindsight:
    """Everything that would have been noticed, what cost most first."""

    until: date
    #: Pilots that the registry knew on that day.
    pilots: int
    caught: tuple[Caught, ...]

    @property
    def spent_after(self) -> Decimal:
        """What was spent after the days on which they would have been noticed."""
        return sum((one.spent_after for one in self.caught), Decimal(0))

    @property
    def without_cost(self) -> int:
        """How many of them have no running cost recorded, and so count 0."""
        return sum(not one.cost_per_week for one in self.caught)


#: What is known of one pilot: nothing yet on that day, or how it went quiet, if it did.
NotYet = Literal["not yet"]
Known = Caught | None | NotYet


def hindsight(
    registry: Iterable[tuple[Pilot, Record]], until: date, calendar: Calendar, rules: Rules
) -> Hindsight:
    """Which pilots had gone quiet on a day, or before they ended, and since when.

    Args:
        registry: every pilot with what was said of it and its pulses; read once, so it may be a stream.
        until: the day of the question; what is recorded later is not known yet.
        calendar: the workspace's working days.
        rules: thresholds.

    """
    return gathered((known(pilot, record, until, calendar, rules) for pilot, record in registry), until)


def gathered(found: Iterable[Known], until: date) -> Hindsight:
    """All that is known of each pilot, put together."""
    there = [one for one in found if one != "not yet"]
    caught = sorted(filter(None, there), key=lambda one: (-one.spent_after, one.on, one.pilot_id))
    return Hindsight(until=until, pilots=len(there), caught=tuple(caught))


def known(pilot: Pilot, record: Record, until: date, calendar: Calendar, rules: Rules) -> Known:
    """What is known of one pilot at the end of a day."""
    stood = as_of(pilot, record, until)
    return "not yet" if stood is None else _caught(*stood, until, calendar, rules)


def _caught(pilot: Pilot, record: Record, until: date, calendar: Calendar, rules: Rules) -> Caught | None:
    fate, last, then = Fate.OPEN, until, (pilot, record)
    if pilot.stage in (Stage.RETIRED, Stage.MERGED):
        last = min(ended_on(pilot, record), until)
        stood = as_of(pilot, record, last - timedelta(days=1))
        if stood is None:
            return None
        fate, then = Fate(pilot.stage.value), stood
    looked_at = last if fate is Fate.OPEN else last - timedelta(days=1)
    first = went_quiet(*then, looked_at, calendar, rules)
    if first is None:
        return None
    kind, since = first
    days = (last - since).days
    spent = min(pilot.cost_per_week * days / 7, pilot.cost_to_date)
    return Caught(
        pilot_id=pilot.id,
        name=pilot.name,
        fate=fate,
        kind=kind,
        on=since,
        until=last,
        days=days,
        cost_per_week=pilot.cost_per_week,
        spent_after=spent.to_integral_value(),
    )
