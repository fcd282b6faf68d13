"""Working days and quiet hours: against a naive loop, over every change of the clocks."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.calendar import MONDAY_TO_FRIDAY, Calendar, QuietHours, public_holidays, zone_named
from tests.domain.zones import every_moment, moments_around, names

DAY = timedelta(days=1)
BERLIN = Calendar(zone="Europe/Berlin")
EASTER = Calendar(holidays=frozenset({date(2026, 4, 3), date(2026, 4, 6)}))


def naive_works(calendar: Calendar, day: date) -> bool:
    return day.weekday() in calendar.weekdays and day not in calendar.holidays


def naive_days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += DAY


calendars = st.builds(
    Calendar,
    weekdays=st.frozensets(st.integers(0, 6), min_size=1),
    holidays=st.frozensets(st.dates(date(2023, 12, 1), date(2029, 2, 1)), max_size=30),
)
days = st.dates(date(2024, 1, 1), date(2028, 12, 31))


# Counting.


@settings(max_examples=120, deadline=None)
@given(calendars, days, st.integers(-40, 400))
def test_working_days_agree_with_a_naive_loop(calendar: Calendar, after: date, length: int) -> None:
    """After the first day, up to and including the second; never negative."""
    to = after + length * DAY
    wanted = sum(naive_works(calendar, day) for day in naive_days(after + DAY, to))

    assert calendar.working_days(after, to) == wanted


@settings(max_examples=120, deadline=None)
@given(calendars, days, st.integers(0, 130))
def test_adding_working_days_agrees_with_a_naive_loop(calendar: Calendar, day: date, count: int) -> None:
    """The count-th working day after a day."""
    wanted, left = day, count
    while left:
        wanted += DAY
        left -= naive_works(calendar, wanted)

    assert calendar.add(day, count) == wanted


@settings(max_examples=80, deadline=None)
@given(calendars, days)
def test_the_next_and_the_last_working_day_agree_with_a_naive_loop(calendar: Calendar, day: date) -> None:
    """`on_or_after` may be the day itself, `before` never is."""
    later = next(one for one in naive_days(day, day + 60 * DAY) if naive_works(calendar, one))
    earlier = day - DAY
    while not naive_works(calendar, earlier):
        earlier -= DAY

    assert calendar.on_or_after(day) == later
    assert calendar.before(day) == earlier
    assert calendar.is_working(day) is naive_works(calendar, day)


@settings(max_examples=80, deadline=None)
@given(calendars, days, st.integers(1, 130))
def test_adding_and_counting_undo_each_other(calendar: Calendar, day: date, count: int) -> None:
    """Between a day and its count-th working day lie exactly so many."""
    assert calendar.working_days(day, calendar.add(day, count)) == count


@pytest.mark.parametrize(
    ("calendar", "day", "count", "wanted"),
    [
        (EASTER, date(2026, 4, 2), 1, date(2026, 4, 7)),  # Thursday + 1: Good Friday, weekend, Easter Monday
        (EASTER, date(2026, 4, 4), 0, date(2026, 4, 4)),  # nothing added: the Saturday itself
        (EASTER, date(2026, 4, 4), 1, date(2026, 4, 7)),
        (Calendar(), date(2024, 2, 28), 1, date(2024, 2, 29)),  # leap day, a Thursday
        (Calendar(), date(2024, 2, 28), 2, date(2024, 3, 1)),
        (Calendar(), date(2028, 2, 28), 1, date(2028, 2, 29)),
        (Calendar(), date(2026, 2, 27), 1, date(2026, 3, 2)),  # no leap year: Friday to Monday
        (Calendar(), date(2026, 12, 31), 1, date(2027, 1, 1)),  # ISO week 53 of 2026 runs on into 2027
        (Calendar(), date(2026, 12, 27), 5, date(2027, 1, 1)),  # that week's Friday
        (Calendar(), date(2020, 12, 31), 2, date(2021, 1, 4)),  # from week 53 to week 1
        (Calendar(weekdays=frozenset({2})), date(2026, 1, 7), 10, date(2026, 3, 18)),  # ten Wednesdays on
    ],
)
def test_adding_over_edges_of_months_and_years(
    calendar: Calendar, day: date, count: int, wanted: date
) -> None:
    assert calendar.add(day, count) == wanted


def test_iso_week_53_has_five_working_days() -> None:
    """28 December 2026 to 3 January 2027, without a holiday."""
    assert date(2026, 12, 28).isocalendar().week == date(2027, 1, 3).isocalendar().week == 53
    assert Calendar().working_days(date(2026, 12, 27), date(2027, 1, 3)) == 5


def test_the_holidays_of_a_country_and_region_are_days_off() -> None:
    """Epiphany is one in Bavaria and none in Berlin; single dates come on top."""
    epiphany, bridge = date(2026, 1, 6), date(2026, 5, 15)
    bavaria = Calendar(country="DE", region="BY", holidays=frozenset({bridge}))

    assert not bavaria.is_working(epiphany)
    assert not bavaria.is_working(bridge)
    assert Calendar(country="DE", region="BE").is_working(epiphany)
    assert epiphany in public_holidays("DE", "BY", 2026)


def test_a_holiday_on_a_weekend_is_counted_once() -> None:
    """26 December 2026 is a Saturday: the week has lost Friday only."""
    calendar = Calendar(holidays=frozenset({date(2026, 12, 25), date(2026, 12, 26)}))

    assert calendar.working_days(date(2026, 12, 20), date(2026, 12, 27)) == 4


def test_days_taken_out_of_a_calendar_do_not_count_in_the_new_one_only() -> None:
    monday = date(2026, 1, 5)

    assert BERLIN.without([monday]).working_days(monday - DAY, monday) == 0
    assert BERLIN.working_days(monday - DAY, monday) == 1
    assert BERLIN.without([]) is BERLIN


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Calendar(weekdays=frozenset()), "at least one working weekday"),
        (lambda: zone_named("Mars/Olympus"), "not a time zone"),
        (lambda: zone_named(""), "not a time zone"),
        (lambda: public_holidays("XX", None, 2026), "no holidays are known for XX"),
        (lambda: public_holidays("DE", "ZZ", 2026), "no holidays are known for DE-ZZ"),
    ],
    ids=["no weekday", "no such zone", "no zone", "no such country", "no such region"],
)
def test_what_cannot_be_a_calendar_is_refused_in_words(make: object, says: str) -> None:
    assert callable(make)
    with pytest.raises(ValueError, match=says):
        make()


# The hours: 09:30 to 16:30, not Monday before 10 nor Friday after 15, both ends allowed.


def berlin(text: str) -> datetime:
    """A time on a Berlin wall, in January 2026: Monday is the 5th."""
    return datetime.fromisoformat(f"2026-01-{text}").replace(tzinfo=zone_named("Europe/Berlin"))


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("05T09:59", "05T10:00"),  # Monday starts later
        ("05T10:00", None),
        ("05T16:30", None),
        ("05T16:31", "06T09:30"),
        ("06T09:29", "06T09:30"),
        ("06T09:30", None),
        ("06T16:30", None),
        ("06T16:31", "07T09:30"),
        ("08T23:59", "09T09:30"),
        ("09T15:00", None),  # Friday ends earlier
        ("09T15:01", "12T10:00"),
        ("10T12:00", "12T10:00"),  # Saturday
        ("11T12:00", "12T10:00"),  # Sunday
    ],
)
def test_the_next_opening_is_now_or_the_first_moment_of_the_hours(now: str, opens: str | None) -> None:
    moment = berlin(now)
    wanted = moment if opens is None else berlin(opens)

    assert QuietHours().allows(moment, BERLIN) is (opens is None)
    assert QuietHours().next_opening(moment, BERLIN) == wanted


def test_a_holiday_has_no_opening() -> None:
    """Epiphany off: from Monday evening to Wednesday."""
    calendar = Calendar(zone="Europe/Berlin", holidays=frozenset({date(2026, 1, 6)}))

    assert QuietHours().next_opening(berlin("05T17:00"), calendar) == berlin("07T09:30")
    assert not QuietHours().allows(berlin("06T12:00"), calendar)


def test_the_recipients_clock_decides_not_the_workspaces() -> None:
    """Noon in Berlin is five in the morning in Mexico City."""
    noon = berlin("07T12:00")
    mexico = BERLIN.in_zone("America/Mexico_City")

    assert not QuietHours().allows(noon, mexico)
    assert QuietHours().next_opening(noon, mexico).astimezone(UTC) == datetime(2026, 1, 7, 15, 30, tzinfo=UTC)
    assert BERLIN.in_zone(None) is BERLIN


def test_a_weekday_that_the_hours_leave_empty_is_passed_over() -> None:
    """From 15:30 on: Friday, which ends at 15:00, has no moment."""
    late = QuietHours(opens=time(15, 30), closes=time(18))

    assert late.next_opening(berlin("09T12:00"), BERLIN) == berlin("12T15:30")


def test_hours_without_any_moment_are_refused() -> None:
    with pytest.raises(ValueError, match="no moment"):
        QuietHours(opens=time(17), closes=time(9)).next_opening(berlin("09T12:00"), BERLIN)


# The clocks of the world.


@pytest.mark.parametrize(
    ("zone", "day", "clock", "utc"),
    [
        ("Europe/Berlin", date(2026, 3, 29), time(2, 30), "2026-03-29T01:30+00:00"),  # skipped: 03:30 CEST
        ("Europe/Berlin", date(2026, 10, 25), time(2, 30), "2026-10-25T00:30+00:00"),  # twice: the first
        ("Australia/Lord_Howe", date(2026, 10, 4), time(2, 15), "2026-10-03T15:45+00:00"),  # half an hour
        ("Australia/Lord_Howe", date(2026, 4, 5), time(1, 45), "2026-04-04T14:45+00:00"),  # half an hour back
        ("Africa/Casablanca", date(2026, 2, 15), time(2, 30), "2026-02-15T01:30+00:00"),  # Ramadan: +1 to 0
        ("Africa/Casablanca", date(2026, 3, 22), time(2, 30), "2026-03-22T02:30+00:00"),  # and back
        ("Asia/Kolkata", date(2026, 7, 1), time(9, 30), "2026-07-01T04:00+00:00"),
        ("Asia/Kathmandu", date(2026, 7, 1), time(9, 30), "2026-07-01T03:45+00:00"),
        ("Asia/Calcutta", date(2026, 7, 1), time(9, 30), "2026-07-01T04:00+00:00"),  # its old name
        ("Europe/Kiev", date(2026, 7, 1), time(9, 30), "2026-07-01T06:30+00:00"),  # renamed in 2022
    ],
)
def test_a_local_time_is_one_moment(zone: str, day: date, clock: time, utc: str) -> None:
    assert Calendar(zone=zone).at(day, clock) == datetime.fromisoformat(utc)


def test_a_date_that_a_zone_skips_is_passed_over() -> None:
    """Samoa had no 30 December 2011: after Thursday evening the next opening is on Saturday, where that is a working day."""
    every_day = Calendar(zone="Pacific/Apia", weekdays=frozenset(range(7)))
    hours = QuietHours()
    thursday = datetime(2011, 12, 29, 20, tzinfo=zone_named("Pacific/Apia"))

    opening = hours.next_opening(thursday, every_day)
    assert opening == every_day.at(date(2011, 12, 31), time(9, 30))
    assert every_day.today(opening) == date(2011, 12, 31)

    usual = Calendar(zone="Pacific/Apia", weekdays=MONDAY_TO_FRIDAY)
    assert usual.today(hours.next_opening(thursday, usual)) == date(2012, 1, 2)


#: One zone of each habit: both hemispheres, half hours, Ramadan, midnight changes, far ends of the day, none.
HABITS = (
    *("Europe/Berlin", "America/New_York", "America/Santiago", "Australia/Lord_Howe", "Australia/Adelaide"),
    *("Africa/Casablanca", "Africa/Cairo", "Asia/Beirut", "Asia/Gaza", "America/Nuuk", "Antarctica/Troll"),
    *("Pacific/Chatham", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu", "UTC"),
)


def test_the_zones_of_the_tests_are_known() -> None:
    assert set(HABITS) <= set(names())


@pytest.mark.parametrize("zone", HABITS)
def test_every_local_date_around_a_change_of_clocks_has_one_opening(zone: str) -> None:
    """Every change from 2026 to 2031, the days before and after it, each hour of them."""
    for moment in moments_around(zone):
        every_moment(zone, moment)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 11, 23), (time(14), time(16, 30))),  # a Monday
        (date(2026, 11, 24), (time(14), time(16, 30))),
        (date(2026, 11, 27), (time(14), time(15))),  # a Friday closes at three
    ],
)
def test_a_person_may_wish_to_be_written_to_later(day: date, expected: tuple[time, time]) -> None:
    assert QuietHours(not_before=time(14)).window(day) == expected


def test_a_wish_that_a_short_day_cannot_fulfil_gives_way() -> None:
    assert QuietHours(not_before=time(16)).window(date(2026, 11, 27)) == (time(9, 30), time(15))
