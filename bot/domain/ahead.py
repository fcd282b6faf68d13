"""The dates of a pilot on which something is to be decided: what a calendar shows."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bot.domain.calendar import Calendar
from bot.domain.clocks import look_backs
from bot.domain.pilot import Pilot
from bot.domain.stages import Rules, Stage


class What(StrEnum):
    """What a date is."""

    DECISION = "decision"
    #: The day by which the number was promised.
    DEADLINE = "deadline"
    BOTH = "deadline and decision"
    #: A scaled pilot's number is looked at again.
    LOOK_BACK = "look-back"


@dataclass(frozen=True, kw_only=True, slots=True)
class Date:
    """One date of one pilot."""

    on: date
    what: What
    pilot: Pilot


def dates(pilot: Pilot, calendar: Calendar, rules: Rules) -> list[Date]:
    """A running pilot's decision and deadline, a scaled one's look-backs; past ones as well, nothing of one that ended."""
    found: list[tuple[What, date | None]] = []
    if pilot.stage.running:
        deadline = pilot.metric.deadline if pilot.metric is not None else None
        if deadline is not None and deadline == pilot.decision_on:
            found = [(What.BOTH, deadline)]
        else:
            found = [(What.DECISION, pilot.decision_on), (What.DEADLINE, deadline)]
    elif pilot.stage is Stage.SCALED:
        found = [(What.LOOK_BACK, day) for day in look_backs(pilot, calendar, rules)]
    return [Date(on=on, what=what, pilot=pilot) for what, on in found if on is not None]
