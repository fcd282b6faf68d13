"""What the rules and their oracle must agree on, day by day."""

from dataclasses import replace
from datetime import date

from bot.domain.calendar import Calendar
from bot.domain.findings import Picture, examine
from bot.domain.ladder import climbed
from bot.domain.pilot import Pilot
from bot.domain.record import Record
from bot.domain.stages import Rules
from tests.domain.build import DAY
from tests.domain.oracle import Oracle


def as_known(pilot: Pilot, on: date) -> Pilot:
    """The pilot without the absences that are told later."""
    if pilot.owner is None:
        return pilot
    told = tuple(one for one in pilot.owner.absences if one.told_on <= on)
    return replace(pilot, owner=replace(pilot.owner, absences=told))


def shows(picture: Picture) -> tuple[str, dict[str, bool]]:
    return picture.health.value, {one.kind.value: one.red for one in picture.findings}


def check_days(history: tuple[Pilot, Record, Calendar], first: int, days: int) -> None:
    """Findings, their first days, the health and the silence of every day, and the rungs, are those of the oracle.

    Rungs on every third day: each is a walk over all days before it.
    """
    pilot, record, calendar = history
    oracle = Oracle(pilot, record, calendar)
    for step in range(first, first + days):
        today = pilot.stage_since + step * DAY
        known = record.until(today)
        picture = examine(pilot, known, today, calendar)
        assert shows(picture) == (oracle.health(today), oracle.shown(today)), today
        if picture.pause is None:
            assert picture.silent == oracle.count(oracle.silent_since(today), today), today
        for finding in picture.findings:
            kind = finding.kind.value
            if picture.pause is not None:
                continue
            assert finding.since == oracle.since(kind, today), (today, kind)
            if step % 3 == 0:
                rung = climbed(finding, pilot, known, today, calendar, Rules())
                assert rung == oracle.rung(kind, today), (today, kind)


def check_next(history: tuple[Pilot, Record, Calendar], offset: int, days: int) -> None:
    """If nothing else happens, nothing changes before `next_on`."""
    pilot, record, calendar = history
    today = pilot.stage_since + offset * DAY
    pilot, known = as_known(pilot, today), record.until(today)
    picture = examine(pilot, known, today, calendar)
    assert picture.next_on is None or picture.next_on > today
    later = today + DAY
    while later <= today + days * DAY and (picture.next_on is None or later < picture.next_on):
        then = examine(pilot, known, later, calendar)
        assert shows(then) == shows(picture), later
        assert [one.since for one in then.findings] == [one.since for one in picture.findings], later
        assert (then.check_in_on, then.next_on) == (picture.check_in_on, picture.next_on), later
        later += DAY
