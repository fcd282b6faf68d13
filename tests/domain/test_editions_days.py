"""Which day each edition belongs to: one digest a week at the same time on the wall, the owners' a working day before."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.calendar import Calendar, QuietHours
from bot.domain.digest import Edition
from bot.domain.editions import (
    STALE,
    Issue,
    begins,
    chance,
    digest_day,
    issues,
    last_digest,
    next_digest,
    next_wake,
)

START = datetime(2026, 3, 2, tzinfo=UTC)
calendars = st.builds(
    Calendar,
    zone=st.sampled_from(
        ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Kiritimati", "Pacific/Honolulu"]
    ),
    weekdays=st.sampled_from([frozenset(range(5)), frozenset({6, 0, 1, 2, 3})]),
    holidays=st.frozensets(st.dates(date(2026, 3, 1), date(2026, 12, 31)), max_size=6),
)
moments = st.integers(0, 300 * 24 * 4).map(lambda quarter: START + timedelta(minutes=15 * quarter))


@settings(max_examples=150, deadline=None, derandomize=True)
@given(calendars, st.integers(0, 4), st.sampled_from([time(9), time(10), time(14, 30)]), moments)
def test_the_next_digest_is_a_working_day_at_its_time_and_the_last_one_is_the_one_before_it(
    calendar: Calendar, weekday: int, clock: time, now: datetime
) -> None:
    """Compared with walking through the days one by one."""
    first = calendar.today(now) - timedelta(days=35)
    days = [first + timedelta(days=n) for n in range(70)]
    due = sorted({calendar.at(calendar.on_or_after(day), clock) for day in days if day.weekday() == weekday})
    assert next_digest(calendar, weekday, clock, now) == next(at for at in due if at > now)
    assert last_digest(calendar, weekday, clock, now) == [at for at in due if at <= now][-1]
    day = calendar.today(now)
    assert digest_day(calendar, weekday, day) == next(at for at in map(calendar.today, due) if at >= day)
    assert now < next_wake(calendar, weekday, clock, now) <= next_digest(calendar, weekday, clock, now)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(calendars, moments)
def test_what_may_be_sent_is_fresh_and_the_owners_day_is_the_working_day_before_leaderships(
    calendar: Calendar, now: datetime
) -> None:
    for issue in issues(calendar, 0, time(10), now):
        assert calendar.is_working(issue.day)
        assert begins(issue.day) <= now <= issue.until
        if issue.edition is Edition.SPONSOR:
            assert issue.until - issue.due == STALE
            assert calendar.today(issue.due) == issue.day
        else:
            assert issue.read_on is not None
            assert calendar.working_days(issue.day, issue.read_on) == 1
        at = chance(issue, calendar, QuietHours(), now, alone=True)
        assert at is None or (at >= max(now, issue.due) and QuietHours().allows(at, calendar))


@pytest.mark.parametrize(
    ("story", "now", "alone", "free_from", "hour"),
    [
        ("before the day's first hour", "2026-11-16T04:00", True, None, "2026-11-16T10:00"),
        ("in time", "2026-11-16T11:00", True, None, "2026-11-16T11:00"),
        ("another message was of this day", "2026-11-16T11:00", True, "2026-11-17", "2026-11-17T09:30"),
        ("in the evening it waits for the morning", "2026-11-16T17:00", True, None, "2026-11-17T09:30"),
        ("on Tuesday evening it is stale", "2026-11-17T17:00", True, None, ""),
        (
            "riding it need not wait for the digest's hour",
            "2026-11-16T10:00",
            False,
            None,
            "2026-11-16T10:00",
        ),
    ],
)
def test_a_sponsors_chance(story: str, now: str, alone: bool, free_from: str | None, hour: str) -> None:
    calendar = Calendar()
    due = datetime(2026, 11, 16, 10, tzinfo=UTC)
    issue = Issue(edition=Edition.SPONSOR, day=date(2026, 11, 16), due=due, until=due + STALE)
    free = date.fromisoformat(free_from) if free_from else None
    at = chance(
        issue, calendar, QuietHours(), datetime.fromisoformat(f"{now}+00:00"), alone=alone, free_from=free
    )
    assert (f"{at:%Y-%m-%dT%H:%M}" if at else "") == hour, story
