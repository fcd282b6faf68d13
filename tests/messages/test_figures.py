"""Numbers, money and days as they are spelled everywhere."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.direction import Direction, Kind
from bot.domain.metric import Metric
from bot.messages import figures
from tests.messages.kit import TODAY, portfolio


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        ("6.50", "h", "6.5 h"),
        ("1450", "calls/week", "1,450 calls per week"),
        ("4.1", "MEUR", "4.1 million EUR"),
        ("310000", "EUR", "310,000 EUR"),
        ("12.5", "EUR/m2", "12.5 EUR per m²"),
        ("6.2", "per 1000", "6.2 per 1,000"),
        ("140", "count", "140"),
        ("11", "d", "11 days"),
        ("1", "d", "1 day"),
        ("22", "%", "22 %"),
        ("0.8", "pp", "0.8 percentage points"),
        ("0", "", "0"),
        ("-3", "h", "-3 h"),
        ("1E+3", "EUR", "1,000 EUR"),
        ("0.123456", "h", "0.1235 h"),
    ],
)
def test_a_number_stands_with_its_unit(value: str, unit: str, words: str) -> None:
    assert figures.amount(Decimal(value), unit) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("677000", "677,000 EUR"),
        ("13650.4", "13,650 EUR"),
        ("0", "0 EUR"),
        ("0.5", "0.50 EUR"),
        ("9.999", "10.00 EUR"),
        ("-20", "-20 EUR"),
    ],
)
def test_money_is_told_without_cents_unless_they_matter(value: str, words: str) -> None:
    assert figures.money(Decimal(value)) == words


def test_round_sums() -> None:
    assert figures.short_money(Decimal(999_999)) == "999,999 EUR"
    assert figures.short_money(Decimal(25_400_000), "CHF") == "25 million CHF"
    assert figures.short_money(Decimal(10) ** 13) == "10 trillion EUR"


def test_neighbours_have_as_many_decimals() -> None:
    assert figures.places([Decimal("6.50"), Decimal(6), None]) == 1
    metric = portfolio().one("P01").pilot.metric
    assert metric is not None
    assert figures.shown(Decimal(6), metric, portfolio().records["P01"].readings) == "6.0 h"


def test_days_are_spelled_one_way() -> None:
    assert figures.weekday(date(2026, 12, 7)) == "Monday, 7 Dec 2026"
    assert figures.short_day(date(2026, 3, 3), TODAY) == "3 Mar"
    assert figures.short_day(date(2025, 3, 3), TODAY) == "3 Mar 2025"
    assert figures.from_today(date(2026, 11, 21), TODAY) == "tomorrow"
    assert figures.from_today(date(2026, 11, 23), TODAY) == "on Monday, 23 Nov 2026"
    assert [figures.span(days) for days in (1, 6, 7, 14, 15)] == [
        "1 day",
        "6 days",
        "1 week",
        "2 weeks",
        "15 days",
    ]


def test_ordinals() -> None:
    assert [figures.ordinal(one) for one in (1, 2, 3, 4, 11, 12, 13, 21, 102, 111, 1001)] == [
        *("1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "102nd", "111th", "1,001st"),
    ]  # fmt: skip


def test_pace_is_told_in_points() -> None:
    assert [figures.pace(gap) for gap in (None, 0.4, 1.0, 29.4, -17.0)] == [
        "pace not known",
        "on pace",
        "1 point behind",
        "29 points behind",
        "17 points ahead",
    ]


def test_somebodys_words_stay_on_one_line_and_end_between_words() -> None:
    assert figures.line("a\n b\tc\x00d\u2028e") == "a b c d e"
    assert figures.line("word " * 100, 20) == "word word word word…"
    assert figures.line("x" * 50, 10) == "x" * 9 + "…"
    assert figures.line("safe \u202eevil") == "safe evil"
    assert figures.quoted('he said "no"') == "\"he said 'no'\""


def test_a_sentence_has_one_full_stop() -> None:
    assert [figures.closed(text) for text in ("a", "a.", 'a "b"', 'a "b."', "a?", "", '""')] == [
        "a.",
        "a.",
        'a "b".',
        'a "b."',
        "a?",
        "",
        '""',
    ]


@given(st.text(max_size=400), st.integers(2, 200))
def test_no_text_is_longer_than_it_may_be_or_breaks_a_line(text: str, most: int) -> None:
    shown = figures.line(text, most)
    assert len(shown) <= most
    assert len(shown.splitlines()) <= 1


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30))
def test_every_number_can_be_told(value: Decimal) -> None:
    assert figures.amount(value, "h").endswith(" h")
    assert figures.money(value).endswith(" EUR")
    assert figures.short_money(value)


@pytest.mark.parametrize(
    ("metric", "words"),
    [
        (
            Metric(
                name="x", direction=Direction.DECREASE, kind=Kind.RELATIVE, amount=Decimal(40), deadline=TODAY
            ),
            "target 40 % less by 20 Nov 2026, baseline not measured yet",
        ),
        (
            Metric(
                name="x", unit="h", direction=Direction.INCREASE, kind=Kind.ABSOLUTE_BY, amount=Decimal("1.5")
            ),
            "target 1.5 h more, baseline not measured yet",
        ),
        (Metric(name="x", deadline=TODAY), "neither baseline nor target yet, due by 20 Nov 2026"),
        (Metric(name="x"), "neither baseline nor target yet"),
        (Metric(name="x", baseline=Decimal(3)), "no target yet"),
        (Metric(name="x", target=Decimal(3), unit="h"), "target 3 h"),
    ],
)
def test_a_target_says_what_is_known_of_it(metric: Metric, words: str) -> None:
    assert figures.target_words(metric) == words
