"""Numbers as people type them: the right value and unit, both readings, or no quantity at all."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.quantities import find, numeral, spelled


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("1,200", "1200", None),
        ("1.200,50", "1200.5", None),
        ("1,200.50", "1200.5", None),
        ("1 200 hours", "1200", "hours"),
        ("12'500 CHF", "12500", "CHF"),
        ("1,20 €", "1.2", "EUR"),
        ("0.125", "0.125", None),
        ("12,50,000", "1250000", None),
        ("1.234.567,89", "1234567.89", None),
        ("3k", "3000", None),
        ("$12k", "12000", "USD"),
        ("USD 3.5M", "3500000", "USD"),
        ("2.5M", "2500000", None),
        ("1,2 Mio. EUR", "1200000", "EUR"),
        ("5 Mrd. €", "5000000000", "EUR"),
        ("£1.5bn", "1500000000", "GBP"),
        ("5 lakh rupees", "500000", "INR"),
        ("Rs 2 lakh", "200000", "INR"),
        ("2 crore", "20000000", None),
        ("TEUR 500", "500000", "EUR"),
        ("5 k€", "5000", "EUR"),
        ("€3m", "3000000", "EUR"),
        ("200 euros", "200", "EUR"),
        ("40 percent", "40", "%"),
        ("0.8 percentage points", "0.8", "pp"),
        ("50 bps", "0.5", "pp"),
        ("5-point increase", "5", "points"),
        ("six hours", "6", "hours"),
        ("twenty-five minutes", "25", "minutes"),
        ("a dozen", "12", None),
        ("half an hour", "0.5", "hours"),
        ("one and a half hours", "1.5", "hours"),
        ("2½ h", "2.5", "hours"),
        ("1 h 30 min", "90", "minutes"),
        ("3 working days", "3", "working days"),
        ("7 per month", "7", "per month"),
        ("200 a week", "200", "per week"),
        ("€500,000 annually", "500000", "EUR per year"),
        ("12 EUR/m2", "12", "EUR per m2"),
        ("250 kWh per day", "250", "kWh per day"),
        ("30 minutes per supplier invoice", "30", "minutes per supplier invoice"),
        ("4.2 out of 5", "4.2", None),
        ("nine out of ten permits", "90", "%"),
        ("threefold", "3", "x"),
        ("4.5x", "4.5", "x"),
        ("3000+ cases", "3000", None),
        ("-20%", "20", "%"),
    ],
)
def test_a_number_is_read_with_its_unit(text: str, value: str, unit: str | None) -> None:
    """Locales, scales, currencies, words, durations, rates."""
    (quantity,) = find(text)
    assert (quantity.value, quantity.unit) == (Decimal(value), unit)


@pytest.mark.parametrize(
    ("text", "percent"),
    [
        ("cut by half", "50"),
        ("by a third", "33.33"),
        ("by two thirds", "66.67"),
        ("by a quarter", "25"),
        ("by 1/4", "25"),
    ],
)
def test_a_fraction_is_a_share(text: str, percent: str) -> None:
    """Fractions come out in percent, two decimals."""
    (quantity,) = find(text)
    assert (quantity.value, quantity.unit, quantity.share) == (Decimal(percent), "%", True)


@pytest.mark.parametrize(
    "text",
    [
        "24/7",
        "GPT-4",
        "S/4HANA",
        "ISO 9001",
        "COVID-19",
        "Office 365",
        "Q3",
        "2019's backlog",
        "in 2024",
        "30-day readmissions",
        "10 day metric",
        "10,000-employee company",
        "a third-party tool",
        "zero-touch",
        "one of the teams",
        "1e400",
        "NaN",
        "inf",
        "1.2.3",
        "192.168.0.1",
        "007",
        "9" * 400,
        "2019-2024",
    ],
)
def test_a_name_a_year_or_a_version_is_no_quantity(text: str) -> None:
    """What only looks like a number stays part of the text."""
    assert find(text) == []


@pytest.mark.parametrize(
    ("text", "low", "high", "unit"),
    [
        ("25-50%", 25, 50, "%"),
        ("20% - 30%", 20, 30, "%"),
        ("$2-5M", 2000000, 5000000, "USD"),
        ("$30,000–$50,000", 30000, 50000, "USD"),
        ("30–60 minutes", 30, 60, "minutes"),
    ],
)
def test_a_range_has_two_ends_in_one_unit(text: str, low: int, high: int, unit: str) -> None:
    """The unit and the scale behind the second end belong to both."""
    (quantity,) = find(text)
    assert (quantity.value, quantity.high, quantity.unit) == (Decimal(low), Decimal(high), unit)


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [("1.200", "1200", "1.2"), ("12.500 EUR", "12500", "12.5"), ("1,250 million", "1250000000", "1250000")],
)
def test_a_number_with_two_readings_carries_both(text: str, first: str, second: str) -> None:
    """Never one of them in silence."""
    (quantity,) = find(text)
    assert (quantity.value, quantity.other) == (Decimal(first), Decimal(second))


LOCALES = [(",", "."), (".", ","), (" ", "."), (" ", ","), ("'", ".")]


@given(st.integers(0, 10**11), st.integers(0, 99), st.sampled_from(LOCALES))
def test_a_formatted_number_is_read_back_in_every_locale(
    whole: int, cents: int, locale: tuple[str, str]
) -> None:
    """With two decimals there is one reading, whatever stands between the thousands."""
    group, point = locale
    text = f"{whole:,}".replace(",", group) + f"{point}{cents:02}"
    assert numeral(text) == (Decimal(f"{whole}.{cents:02}"), None)


@given(st.integers(1000, 10**14), st.sampled_from([",", " ", "'"]))
def test_a_grouped_integer_is_read_back(whole: int, group: str) -> None:
    """Commas, spaces and apostrophes between thousands leave no doubt."""
    assert numeral(f"{whole:,}".replace(",", group)) == (Decimal(whole), None)


@given(st.integers(0, 999_999))
def test_a_number_in_words_is_read_back(number: int) -> None:
    """Up to the hundreds of thousands."""
    assert spelled(_words(number)) == number


def _words(number: int) -> str:
    small = (
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
        " eighteen nineteen"
    )
    tens = "twenty thirty forty fifty sixty seventy eighty ninety"
    if number < 20:
        return small.split()[number]
    if number < 100:
        return tens.split()[number // 10 - 2] + (f"-{_words(number % 10)}" if number % 10 else "")
    if number < 1000:
        return f"{_words(number // 100)} hundred" + (f" and {_words(number % 100)}" if number % 100 else "")
    return f"{_words(number // 1000)} thousand" + (f" {_words(number % 1000)}" if number % 1000 else "")


@given(st.text(max_size=200))
def test_any_text_is_searched_without_an_exception(text: str) -> None:
    """Quantities come in order, inside the text, and do not overlap."""
    end = 0
    for quantity in find(text):
        assert end <= quantity.start < quantity.end <= len(text)
        assert quantity.value.is_finite()
        end = quantity.end
