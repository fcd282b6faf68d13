"""Deadlines as people type them, counted from 2 January 2026."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.dates import add_months, find

ON = date(2026, 1, 2)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("by 30 June 2026", "2026-06-30"),
        ("by June 30, 2026", "2026-06-30"),
        ("by 1st of July 2026", "2026-07-01"),
        ("by 30.06.2026", "2026-06-30"),
        ("by 30.06.", "2026-06-30"),
        ("by 2027-05-31", "2027-05-31"),
        ("by 6/30/2026", "2026-06-30"),
        ("by 31/12/2026", "2026-12-31"),
        ("by October 2027", "2027-10-31"),
        ("by June", "2026-06-30"),
        ("by Dec '26", "2026-12-31"),
        ("by 12/2026", "2026-12-31"),
        ("by end of Q2 2027", "2027-06-30"),
        ("in Q3", "2026-09-30"),
        ("by the second quarter of 2027", "2027-06-30"),
        ("by H2", "2026-12-31"),
        ("by 2027", "2027-12-31"),
        ("by mid-2027", "2027-06-30"),
        ("by the start of 2027", "2027-01-01"),
        ("by summer", "2026-08-31"),
        ("by winter", "2026-02-28"),
        ("by the end of the year", "2026-12-31"),
        ("by year-end", "2026-12-31"),
        ("this year", "2026-12-31"),
        ("next year", "2027-12-31"),
        ("by the end of the quarter", "2026-03-31"),
        ("by next Friday", "2026-01-09"),
        ("by Christmas", "2026-12-24"),
        ("within 9 months", "2026-10-02"),
        ("within a year", "2027-01-02"),
        ("in the next 6 weeks", "2026-02-13"),
        ("over the next 12 months", "2027-01-02"),
        ("two years from now", "2028-01-02"),
        ("before 26 March 2027", "2027-03-26"),
        ("before 2027", "2026-12-31"),
        ("from Q3 2027 on", "2027-07-01"),
        ("starting in May 2026", "2026-05-01"),
        ("no later than 31 May 2026", "2026-05-31"),
        ("bis Ende Juni 2026", "2026-06-30"),
    ],
)
def test_a_deadline_is_read(text: str, day: str) -> None:
    """The last day of what was named, the first after "from", the day before after "before"."""
    (deadline,) = find(f"errors by 20% {text}", ON)
    assert deadline.day == date.fromisoformat(day)


@pytest.mark.parametrize(
    "text", ["by 6/7/2026", "by FY27", "by 31 February 2026", "within 6 months of launch"]
)
def test_a_deadline_that_stays_open_has_no_day(text: str) -> None:
    """Found, so that it does not end up in a name, and asked for."""
    (deadline,) = find(f"errors by 20% {text}", ON)
    assert deadline.day is None


@pytest.mark.parametrize(
    "text",
    [
        "compared to 2024",
        "since 2023",
        "in 2024",
        "by 2000 hours",
        "by 2027 tickets",
        "may reduce errors",
        "March complaints",
        "fall detection",
        "Q4 sales",
        "in 11-year cycles",
        "the 2026 budget",
        "from 2024 to 2025",
    ],
)
def test_what_is_no_deadline_is_left_alone(text: str) -> None:
    """Baselines, names and verbs."""
    assert find(text, ON) == []


def test_days_within_which_things_are_done_are_marked_as_loose() -> None:
    """“within 30 days” may as well be part of a metric's name."""
    assert find("within 30 days", ON)[0].loose
    assert not find("within 9 months", ON)[0].loose


@given(st.dates(date(2020, 1, 1), date(2090, 12, 31)), st.integers(0, 400))
def test_adding_months_keeps_the_day_or_takes_the_last(day: date, months: int) -> None:
    """Months are counted in the calendar."""
    later = add_months(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or (later.day < day.day and later.day >= 28)


@given(
    st.dates(date(2026, 1, 2), date(2090, 12, 31)),
    st.sampled_from(["%d %B %Y", "%B %d, %Y", "%Y-%m-%d", "%d.%m.%Y", "%d %b %Y"]),
)
def test_a_full_date_is_read_back_in_every_style(day: date, style: str) -> None:
    """What was written is what is read."""
    (deadline,) = find(f"by {day.strftime(style)}", ON)
    assert deadline.day == day


@given(st.text(max_size=200))
def test_any_text_is_searched_without_an_exception(text: str) -> None:
    """Deadlines come in order and do not overlap."""
    end = 0
    for deadline in find(text, ON):
        assert end <= deadline.start < deadline.end <= len(text)
        end = deadline.end
