"""D18: leap days, week 53, year ends, 31sts and quarters, against an oracle that counts the days one by one and knows no calendar
library: whoever is wrong about a year is wrong here.
"""

import os
import random
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from functools import cache
from itertools import cycle, islice

import pytest

from bot.domain.calendar import Calendar
from bot.domain.dates import add_months, find
from bot.domain.editions import digest_day, last_digest, next_digest, week_of
from bot.domain.honesty import month_before

FIRST, LAST = date(2024, 1, 1), date(2040, 12, 31)
#: How long a month is, as one learns it on one's knuckles.
_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Kiritimati", "Pacific/Honolulu")
_WEEKDAYS = (frozenset(range(5)), frozenset({6, 0, 1, 2, 3}))


def _leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _length(year: int, month: int) -> int:
    return 29 if month == 2 and _leap(year) else _LENGTHS[month - 1]


@cache
def _weeks() -> dict[str, str]:
    """Every day's week: weeks begin on Monday, and the first one of a year is the one that holds most of its days."""
    days: list[tuple[str, int, int]] = []
    weekday = 0  # 1 January 2018 was a Monday
    for year in range(2018, 2043):
        for month in range(1, 13):
            for number in range(1, _length(year, month) + 1):
                days.append((f"{year}-{month:02}-{number:02}", year, weekday))
                weekday = (weekday + 1) % 7
    found: dict[str, str] = {}
    week, of_year = 0, 2018
    for start in range(0, len(days) - 6, 7):
        whole = days[start : start + 7]
        assert whole[0][2] == 0
        most = max({one[1] for one in whole}, key=[one[1] for one in whole].count)
        week, of_year = (1, most) if most != of_year else (week + 1, of_year)
        found |= {one[0]: f"{of_year}-W{week:02}" for one in whole}
    return found


def _on(year: int, month: int, number: int, months: int) -> date:
    """So many months on, a step at a time; a day that the month does not have is its last."""
    for _ in range(months):
        month += 1
        if month == 13:
            year, month = year + 1, 1
    return date(year, month, min(number, _length(year, month)))


def _quarter_end(day: date) -> date:
    while not (day.month in (3, 6, 9, 12) and day.day == _length(day.year, day.month)):
        day += timedelta(days=1)
    return day


def _digests(calendar: Calendar, weekday: int, day: date) -> list[date]:
    """The days around one on which a digest is read, by walking: its weekday, or the next working day."""
    found = []
    for offset in range(-35, 36):
        at = day + timedelta(days=offset)
        if at.weekday() == weekday:
            while at.weekday() not in calendar.weekdays or at in calendar.holidays:
                at += timedelta(days=1)
            found.append(at)
    return sorted(set(found))


def is_edge(day: date) -> bool:
    """Where calendars are wrong: around a leap day, at the end of a year or of a long month, in a 53rd week."""
    ends = ((2, 28), (2, 29), (3, 1), (12, 31), (1, 1))
    return (day.month, day.day) in ends or day.day == 31 or _weeks()[day.isoformat()].endswith("53")


def judge(days: Iterable[date], seed: int) -> int:
    """Each day judged in every way; returns how many of them were edges."""
    chance, edges = random.Random(seed), 0
    for number, day in enumerate(days):
        edges += is_edge(day)
        assert week_of(day) == _weeks()[day.isoformat()], day
        months = chance.randint(1, 40)
        assert add_months(day, months) == _on(day.year, day.month, day.day, months), (day, months)
        [told] = find(f"from 10 to 6 hours within {months} months", day)
        assert told.day == _on(day.year, day.month, day.day, months), (day, months)
        [told] = find("by the end of the quarter", day)
        assert told.day == _quarter_end(day), day
        before = _on(day.year - 1, day.month, 1, 11)
        assert month_before(day) == (before, day.replace(day=1)), day
        if number % 5 == 0:
            _judge_digest(day, chance)
    return edges


def _judge_digest(day: date, chance: random.Random) -> None:
    calendar = Calendar(
        zone=chance.choice(_ZONES),
        weekdays=chance.choice(_WEEKDAYS),
        holidays=frozenset(day + timedelta(days=chance.randint(-9, 9)) for _ in range(chance.randint(0, 3))),
    )
    weekday, clock = chance.randrange(5), chance.choice((time(9), time(10), time(14, 30)))
    now: datetime = calendar.at(day, time(chance.randrange(24), chance.choice((0, 30))))
    due = [calendar.at(on, clock) for on in _digests(calendar, weekday, day)]
    assert next_digest(calendar, weekday, clock, now) == next(at for at in due if at > now), (day, weekday)
    assert last_digest(calendar, weekday, clock, now) == [at for at in due if at <= now][-1], (day, weekday)
    assert digest_day(calendar, weekday, day) == next(
        on for on in _digests(calendar, weekday, day) if on >= day
    )


_DAYS = [FIRST + timedelta(days=number) for number in range((LAST - FIRST).days + 1)]


def test_every_edge_of_seventeen_years_is_dated_as_the_oracle_says() -> None:
    edges = [day for day in _DAYS if is_edge(day)]
    assert judge(edges[::2], 18) == len(edges[::2]) > 80


@pytest.mark.trial
@pytest.mark.timeout(3600)
def test_d18_a_hundred_thousand_dates() -> None:
    seed, count = int(os.environ.get("TRIAL_SEED", "18")), 100_000
    edges = judge(islice(cycle(_DAYS), count), seed)
    print(
        f"\nD18: {count:,} dates of {FIRST.year} to {LAST.year} (seed {seed}), {edges:,} of them edges; the oracle agrees with all"
    )
