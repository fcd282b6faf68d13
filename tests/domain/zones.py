"""Every zone's changes of the clock from 2026 to 2031, and what must hold around them."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from functools import cache
from zoneinfo import available_timezones

from bot.domain.calendar import Calendar, QuietHours, zone_named

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
FIRST, LAST = datetime(2026, 1, 1, tzinfo=UTC), datetime(2032, 1, 1, tzinfo=UTC)
HOURS = QuietHours()
#: So that a change on any weekday is one of a working day.
WEEKS = (frozenset(range(5)), frozenset({6, 0, 1, 2, 3}), frozenset(range(7)))


def names() -> list[str]:
    """Every zone that people can pick."""
    return sorted(available_timezones() - {"localtime", "posixrules", "Factory"})


@cache
def changes(zone: str) -> tuple[datetime, ...]:
    """The moments at which a zone's clock jumps, to the minute."""
    clock = zone_named(zone)
    found, here = [], FIRST
    while here < LAST:
        # No zone changes there and back within six hours.
        there = here + 6 * HOUR
        if here.astimezone(clock).utcoffset() != there.astimezone(clock).utcoffset():
            low, high = here, there
            while high - low > timedelta(minutes=1):
                middle = low + (high - low) // 2
                same = low.astimezone(clock).utcoffset() == middle.astimezone(clock).utcoffset()
                low, high = (middle, high) if same else (low, middle)
            found.append(high.replace(second=0, microsecond=0))
        here = there
    return tuple(found)


def moments_around(zone: str) -> Iterator[datetime]:
    """The change itself, and noons of zones without any."""
    yield from changes(zone) or (datetime(year, 6, 15, 12, tzinfo=UTC) for year in range(2026, 2032))


def every_moment(zone: str, around: datetime, step: timedelta = HOUR) -> None:
    """Around a moment, daily, weekly and quiet hours all give exactly one moment per local date, inside the window."""
    clock = zone_named(zone)
    for weekdays in WEEKS:
        calendar = Calendar(zone=zone, weekdays=weekdays)
        openings: dict[object, set[datetime]] = {}
        moment = around - 2 * DAY
        while moment <= around + 2 * DAY:
            opening = HOURS.next_opening(moment, calendar)
            local = opening.astimezone(clock)
            opens, closes = HOURS.window(local.date())
            assert opening >= moment
            assert calendar.is_working(local.date())
            assert opens <= local.time() <= closes
            if opening > moment:
                openings.setdefault(local.date(), set()).add(opening)
            moment += step
        assert all(len(found) == 1 for found in openings.values()), (zone, openings)
        # A daily time: each local date its own moment, on that very date, in order.
        for at in (time(0, 5), time(9, 30), time(16, 30)):
            start = around.astimezone(clock).date() - 3 * DAY
            daily = [calendar.at(start + n * DAY, at) for n in range(7)]
            assert [one.astimezone(clock).date() for one in daily] == [start + n * DAY for n in range(7)]
            assert daily == sorted(set(daily))
            # A weekly one: once in the seven days, whichever weekday it falls on.
            assert len({one.astimezone(clock).weekday() for one in daily}) == 7
