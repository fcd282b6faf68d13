"""Dates and numbers as people type them: the right reading or a question, never a silent other one."""

import unicodedata
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.errors import UserError
from bot.domain.typed import (
    Amount,
    amount_of,
    amount_prefix,
    date_prefix,
    likely_date,
    said,
    same_unit,
    short,
    tidy,
    typed_date,
    typed_number,
    typed_span,
)


def _answer(read: Callable[[], str]) -> str:
    """What was read, or the question."""
    try:
        return read()
    except UserError as refused:
        return refused.text


#: A machine that is busy with other tests is no failure; time has its own trials.
_patient = settings(deadline=None)
FRIDAY = date(2026, 11, 20)
WEDNESDAY = date(2026, 11, 18)
SATURDAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("text", "read", "story"),
    [
        ("2026-12-04", "4 Dec 2026", "ISO, as a form sends it"),
        ("2026/12/04", "4 Dec 2026", "the year in front leaves no doubt"),
        ("2026-1-4", "4 Jan 2026", "ISO without zeros"),
        ("4 Dec 2026", "4 Dec 2026", "as we write it ourselves"),
        ("4 December 2026", "4 Dec 2026", "the month in full"),
        ("4. December 2026", "4 Dec 2026", "with the German full stop"),
        ("4th December 2026", "4 Dec 2026", "an ordinal"),
        ("the 4th of December, 2026", "4 Dec 2026", "spoken"),
        ("4-Dec-2026", "4 Dec 2026", "as airlines print it"),
        ("4dec2026", None, "glued together is a code"),
        ("December 4, 2026", "4 Dec 2026", "American order, in words"),
        ("Dec. 4 2026", "4 Dec 2026", "abbreviated"),
        ("DEC 4", "4 Dec 2026", "shouted"),
        ("4 Dec", "4 Dec 2026", "no year: the nearest one"),
        ("4 January", "4 Jan 2027", "no year: nearer ahead than behind"),
        ("4 October", "4 Oct 2026", "no year: nearer behind than ahead"),
        ("4 sept", "4 Sep 2026", "the four-letter month"),
        ("04.12.2026", "4 Dec 2026", "German: the day first"),
        ("4.12.26", "4 Dec 2026", "two digits of a year"),
        ("4.12.", "4 Dec 2026", "German without a year"),
        ("4. 12. 2026", "4 Dec 2026", "German with spaces"),
        ("٤ Dec 2026", "4 Dec 2026", "an Arabic digit"),
        ("４.１２.２０２６", "4 Dec 2026", "full-width digits"),
        ("4\u00a0Dec\u202f2026", "4 Dec 2026", "spaces that do not break"),
        ("\u200e4 Dec 2026\u200f", "4 Dec 2026", "direction marks from a copy"),
        ("“4 Dec 2026”", "4 Dec 2026", "quoted"),
        ("4 Dec 2026.", "4 Dec 2026", "end of a sentence"),
        ("on 4 Dec 2026", "4 Dec 2026", "with its preposition"),
        ("Fri 4 Dec 2026", "4 Dec 2026", "the weekday agrees"),
        ("Friday, 4 December", "4 Dec 2026", "the weekday agrees, no year"),
        ("31/12", "31 Dec 2026", "no month 31, so one reading"),
        ("12/31", "31 Dec 2026", "no month 31, so one reading"),
        ("31/12/2027", "31 Dec 2027", "with its year"),
        ("12/31/27", "31 Dec 2027", "American, and no doubt"),
        ("31-12-2026", "31 Dec 2026", "dashes"),
        ("5/5", "5 May 2027", "both readings are one day"),
        ("today", "20 Nov 2026", "today"),
        ("Tomorrow", "21 Nov 2026", "tomorrow"),
        ("yesterday", "19 Nov 2026", "yesterday"),
        ("the day after tomorrow", "22 Nov 2026", "in words"),
        ("day before yesterday", "18 Nov 2026", "in words"),
        ("in 3 days", "23 Nov 2026", "counted"),
        ("in two weeks", "4 Dec 2026", "counted in words"),
        ("in a week", "27 Nov 2026", "one of them"),
        ("in one month", "20 Dec 2026", "the same day of the next month"),
        ("in 3 months", "20 Feb 2027", "over the year's end"),
        ("in a year", "20 Nov 2027", "a year"),
        ("3 days ago", "17 Nov 2026", "backwards"),
        ("a week ago", "13 Nov 2026", "backwards"),
        ("two weeks from now", "4 Dec 2026", "the other order"),
        ("10 days from today", "30 Nov 2026", "the other order"),
        ("monday", "23 Nov 2026", "the next one"),
        ("Thu", "26 Nov 2026", "abbreviated"),
        ("thurs", "26 Nov 2026", "abbreviated otherwise"),
        ("this friday", "20 Nov 2026", "said on that Friday"),
        ("next friday", "27 Nov 2026", "said on a Friday: today is not meant"),
        ("last friday", "13 Nov 2026", "said on a Friday: today is not meant"),
        ("end of month", "30 Nov 2026", "its last day"),
        ("end of the month", "30 Nov 2026", "its last day"),
        ("EOM", "30 Nov 2026", "its last day"),
        ("end of next month", "31 Dec 2026", "the month after"),
        ("end of week", "20 Nov 2026", "Friday, and it is Friday"),
        ("end of next week", "27 Nov 2026", "the Friday after"),
        ("end of quarter", "31 Dec 2026", "Q4"),
        ("end of next quarter", "31 Mar 2027", "Q1"),
        ("end of year", "31 Dec 2026", "the year's last day"),
        ("end of Q1 2027", "31 Mar 2027", "a named quarter"),
        ("end of February 2028", "29 Feb 2028", "a leap year"),
        ("end of March", "31 Mar 2027", "no year: the nearest"),
        ("29 Feb 2028", "29 Feb 2028", "a leap year"),
    ],
)
def test_a_date_is_read(text: str, read: str | None, story: str) -> None:
    if read is None:
        with pytest.raises(UserError):
            typed_date(text, FRIDAY)
    else:
        assert said(typed_date(text, FRIDAY)) == read


@pytest.mark.parametrize(
    ("text", "today", "asked", "story"),
    [
        ("5/6", FRIDAY, "“5/6” can mean 5 Jun 2026 or 6 May 2027", "day and month can be swapped"),
        ("5/6/2027", FRIDAY, "can mean 5 Jun 2027 or 6 May 2027", "with a year, still two readings"),
        ("12-11-2026", FRIDAY, "can mean 12 Nov 2026 or 11 Dec 2026", "dashes do not help"),
        ("friday", FRIDAY, "can mean 20 Nov 2026 or 27 Nov 2026", "today, or in a week"),
        ("next friday", WEDNESDAY, "can mean 20 Nov 2026 or 27 Nov 2026", "this week's or next week's"),
        ("next monday", date(2026, 11, 16), None, "on a Monday there is one"),
        ("last friday", SATURDAY, "can mean 13 Nov 2026 or 20 Nov 2026", "yesterday, or the week before"),
        ("Feb 30", FRIDAY, "February 2026 ends on 28 Feb 2026", "no such day"),
        ("30 Feb 2028", FRIDAY, "February 2028 ends on 29 Feb 2028", "not even in a leap year"),
        ("29 Feb 2027", FRIDAY, "February 2027 ends on 28 Feb 2027", "no leap year"),
        ("31.06.2026", FRIDAY, "June 2026 ends on 30 Jun 2026", "June has 30"),
        ("0 Dec 2026", FRIDAY, "December 2026 ends on 31 Dec 2026", "no day zero"),
        ("2026-13-01", FRIDAY, "month 13", "no such month"),
        ("13/13/2026", FRIDAY, "month 13", "neither order helps"),
        ("Thu 4 Dec 2026", FRIDAY, "4 Dec 2026 is a Friday", "weekday and date disagree"),
        ("4 Dec 1066", FRIDAY, "the year 1066", "no business date"),
        ("in 9999 years", FRIDAY, "the year", "nobody will be there"),
        ("9999 weeks ago", FRIDAY, "the year", "nobody was there"),
        ("December 2026", FRIDAY, "no date that can be read", "a month is no day"),
        ("soon", FRIDAY, "no date that can be read", "prose"),
        ("", FRIDAY, "no date that can be read", "nothing"),
        ("2026", FRIDAY, "no date that can be read", "a year is no day"),
        ("4", FRIDAY, "no date that can be read", "a bare day"),
        ("KW 49", FRIDAY, "no date that can be read", "a week is no day"),
        ("in 3 working days", FRIDAY, "no date that can be read", "would need the calendar"),
        ("4 Dec 2026 10:00", FRIDAY, "no date that can be read", "a time has no place here"),
        ("x" * 100_000, FRIDAY, "no date that can be read", "too long to look at"),
    ],
)
def test_a_doubtful_date_is_asked_about(text: str, today: date, asked: str | None, story: str) -> None:
    if asked is None:
        typed_date(text, today)
        return
    with pytest.raises(UserError) as refused:
        typed_date(text, today)

    assert asked in refused.value.text
    assert len(refused.value.text) < 300


@pytest.mark.parametrize(
    ("text", "future", "past", "read"),
    [
        ("4 Dec", True, False, "4 Dec 2026"),
        ("4 October", True, False, "4 Oct 2027"),
        ("4 October", False, True, "4 Oct 2026"),
        ("4 December", False, True, "4 Dec 2025"),
        ("20 Nov", True, False, "20 Nov 2026"),
        ("friday", False, True, "20 Nov 2026"),
        ("monday", False, True, "16 Nov 2026"),
        ("monday", True, False, "23 Nov 2026"),
        ("3 Nov 2026", True, False, "3 Nov 2026 is in the past"),
        ("yesterday", True, False, "19 Nov 2026 is in the past"),
        ("last friday", True, False, "13 Nov 2026 is in the past"),
        ("tomorrow", False, True, "21 Nov 2026 is still to come"),
        ("29 Feb", True, False, "ends on 28 Feb"),
        ("5/6", True, False, "5 Jun 2027 or 6 May 2027"),
        ("5/6", False, True, "5 Jun 2026 or 6 May 2026"),
        ("5/12", True, False, "5 Dec 2026 or 12 May 2027"),
        ("5/12/2026", True, False, "5 Dec 2026 or 12 May 2026"),
    ],
)
def test_past_and_future_choose_the_year_or_refuse(text: str, *, future: bool, past: bool, read: str) -> None:
    assert read in _answer(lambda: said(typed_date(text, FRIDAY, future=future, past=past)))


#: A day in ten writings; their reading does not depend on the day.
_WRITINGS: tuple[Callable[[date], str], ...] = (
    lambda d: d.isoformat(),
    said,
    lambda d: f"{d.day} {d:%B} {d.year}",
    lambda d: f"{d:%B} {d.day}, {d.year}",
    lambda d: f"{d:%b} {d.day} {d.year}",
    lambda d: f"{d.day:02}.{d.month:02}.{d.year}",
    lambda d: f"{d.day}.{d.month}.{d.year % 100:02}",
    lambda d: f"{d:%a}, {said(d)}",
    lambda d: f"{d.day}th of {d:%B} {d.year}".upper(),
    lambda d: f"in {(d - FRIDAY).days} days" if d > FRIDAY else f"{(FRIDAY - d).days} days ago",
)


@pytest.mark.parametrize("write", _WRITINGS)
@pytest.mark.parametrize(
    "offset",
    [-700, -366, -90, -31, -20, -1, 1, 2, 9, 10, 11, 12, 40, 41, 42, 60, 100, 101, 102, 365, 467, 800],
)
def test_every_writing_of_a_day_is_that_day(write: Callable[[date], str], offset: int) -> None:
    day = FRIDAY + timedelta(days=offset)

    assert typed_date(write(day), FRIDAY) == day


@_patient
@given(st.dates(date(2000, 1, 1), date(2150, 1, 1)), st.dates(date(2000, 1, 1), date(2150, 1, 1)))
def test_what_we_write_we_read(day: date, today: date) -> None:
    assert typed_date(said(day), today) == day
    assert typed_date(day.isoformat(), today) == day


@pytest.mark.parametrize(
    ("text", "day", "rest"),
    [
        ("4 Dec works agreement", date(2026, 12, 4), "works agreement"),
        ("4 Dec 2026, works agreement", date(2026, 12, 4), "works agreement"),
        ("Friday, 4 December 2026 works", date(2026, 12, 4), "works"),
        ("next friday works council", date(2026, 11, 27), "works council"),
        ("in two weeks because", date(2026, 12, 4), "because"),
        ("tomorrow", date(2026, 11, 21), ""),
        ("works agreement", None, "works agreement"),
        ("2 suppliers", None, "2 suppliers"),
        ("", None, ""),
    ],
)
def test_a_date_in_front_is_cut_off(text: str, day: date | None, rest: str) -> None:
    assert date_prefix(text, FRIDAY) == (day, rest)


def test_a_date_that_does_not_exist_is_told_by_its_prefix() -> None:
    with pytest.raises(UserError, match="28 Feb 2027"):
        date_prefix("30 Feb 2027 works agreement", FRIDAY)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Friday", date(2026, 11, 27)),
        ("next friday", date(2026, 11, 27)),
        ("4 Dec, says Anna", date(2026, 12, 4)),
        ("1 Nov 2026", None),
        ("5/6", None),
        ("Anna", None),
    ],
)
def test_in_prose_the_later_reading_is_taken(text: str, day: date | None) -> None:
    assert likely_date(text, FRIDAY)[0] == day


@pytest.mark.parametrize(
    ("first", "last", "today", "span"),
    [
        ("14 Dec 2026", "3 Jan 2027", FRIDAY, "14 Dec 2026 – 3 Jan 2027"),
        ("28 Dec", "3 Jan", FRIDAY, "28 Dec 2026 – 3 Jan 2027"),
        ("28 Dec", "3 Jan", date(2026, 12, 30), "28 Dec 2026 – 3 Jan 2027"),
        ("28 Dec", "3 Jan", date(2027, 1, 2), "28 Dec 2026 – 3 Jan 2027"),
        ("4", "10 December", FRIDAY, "4 Dec 2026 – 10 Dec 2026"),
        ("4.", "10. December", FRIDAY, "4 Dec 2026 – 10 Dec 2026"),
        ("December 4", "10", FRIDAY, "4 Dec 2026 – 10 Dec 2026"),
        ("today", "tomorrow", FRIDAY, "20 Nov 2026 – 21 Nov 2026"),
        ("1 Nov", "30 Nov", FRIDAY, "1 Nov 2026 – 30 Nov 2026"),
        ("friday", "monday", WEDNESDAY, "20 Nov 2026 – 23 Nov 2026"),
        ("friday", "monday", date(2026, 11, 22), "27 Nov 2026 – 30 Nov 2026"),
        ("28 Dec 2026", "3 Jan", FRIDAY, "28 Dec 2026 – 3 Jan 2027"),
        ("10 Dec 2026", "4 Dec 2026", FRIDAY, "lies before"),
        ("1 Nov 2026", "10 Nov 2026", FRIDAY, "is over"),
        ("soon", "10 Dec", FRIDAY, "“soon” is no date"),
        ("4 Dec", "later", FRIDAY, "“later” is no date"),
        ("5/6", "7 June", FRIDAY, "can mean"),
    ],
)
def test_an_absence_has_two_days(first: str, last: str, today: date, span: str) -> None:
    assert span in _answer(lambda: " – ".join(said(day) for day in typed_span(first, last, today)))


@pytest.mark.parametrize(
    ("text", "value", "story"),
    [
        ("38", "38", "plain"),
        ("6.2", "6.2", "a point"),
        ("6,2", "6.2", "a decimal comma"),
        ("0.500", "0.500", "a leading zero: no thousands"),
        (".5", "0.5", "no zero in front"),
        (",5", "0.5", "no zero in front"),
        ("5.", "5", "end of a sentence"),
        ("1,200", "1200", "English thousands"),
        ("1,200.50", "1200.50", "English"),
        ("1.200,50", "1200.50", "German"),
        ("1.200.000", "1200000", "German millions"),
        ("1,200,000", "1200000", "English millions"),
        ("1 200", "1200", "a space"),
        ("1\u00a0200", "1200", "a space that does not break"),
        ("1\u202f200,50", "1200.50", "a narrow one, and a comma"),
        ("1'200", "1200", "Swiss"),
        ("1’200.50", "1200.50", "Swiss, typographic"),
        ("1,20,000", "120000", "Indian grouping"),
        ("12,34,56,789", "123456789", "Indian grouping"),
        ("1234.567", "1234.567", "four digits in front: no thousands"),
        ("1.2345", "1.2345", "four digits behind: no thousands"),
        ("12k", "12000", "k"),
        ("45 K", "45000", "K with a space"),
        ("1.5k", "1500", "a point before k"),
        ("3.5M", "3500000", "M"),
        ("3 Mio", "3000000", "Mio"),
        ("3 Mio.", "3000000", "Mio."),
        ("3,5 Mio", "3500000", "a comma before Mio"),
        ("2 million", "2000000", "in words"),
        ("2bn", "2000000000", "bn"),
        ("1.5 Mrd", "1500000000", "Mrd"),
        ("3 lakh", "300000", "lakh"),
        ("1.5 crore", "15000000", "crore"),
        ("40%", "40", "percent"),
        ("40 %", "40", "percent with a space"),
        ("0,8 pp", "0.8", "points"),
        ("-5", "-5", "negative"),
        ("−5", "-5", "a real minus"),
        ("- 5", "-5", "a minus with a space"),
        ("+5", "5", "a plus"),
        ("-0", "0", "there is no minus nothing"),
        ("0", "0", "nothing"),
        ("٣٨", "38", "Arabic digits"),
        ("١٬٢٠٠", "1200", "Arabic thousands"),
        ("٣٫٥", "3.5", "an Arabic decimal sign"),
        ("३८", "38", "Devanagari digits"),
        ("３８", "38", "full-width digits"),
        ("€12k", "12000", "a currency in front"),
        ("12,000 EUR", "12000", "a currency behind"),
        ("$3.5M", "3500000", "both"),
        ("38 h", "38", "a unit"),
        ("6.2h", "6.2", "a unit, glued"),
        ("~38", "38", "about"),
        ("about 38", "38", "about"),
        ("38!", "38", "glad of it"),
        ("“38”", "38", "quoted"),
        ("five", "5", "a word"),
        ("twenty-five", "25", "two words"),
        ("\u200b38\u200b", "38", "zero-width characters"),
        ("2026", "2026", "a number that looks like a year"),
        ("999999999999999", "999999999999999", "the largest"),
    ],
)
def test_a_number_is_read(text: str, value: str, story: str) -> None:
    assert typed_number(text) == Decimal(value)


@pytest.mark.parametrize(
    ("text", "asked", "story"),
    [
        ("1.200", "can mean 1200 or 1.2.", "thousands or decimals"),
        ("12.345", "can mean 12345 or 12.345.", "thousands or decimals"),
        ("-1.450", "can mean -1450 or -1.45.", "and negative"),
        ("1.200k", "can mean 1200k or 1.2k.", "the suffix does not help"),
        ("1.234 Mio", "can mean 1234 Mio or 1.234 Mio.", "the suffix does not help"),
        ("1.200 EUR", "can mean 1200 EUR or 1.2 EUR.", "nor does a currency"),
        ("٣.٢٠٠", "can mean 3200 or 3.2.", "nor do Arabic digits"),
        ("3m", "3 million or 3 metres or minutes", "m is too small a letter"),
        ("NaN", "no number to count with", "not a number"),
        ("inf", "no number to count with", "not finite"),
        ("-Infinity", "no number to count with", "not finite"),
        ("∞", "no number to count with", "not finite"),
        ("1e400", "no number to count with", "larger than the universe"),
        ("1e3", "no number to count with", "written for machines"),
        ("3-5", "is a range", "a range"),
        ("3 to 5", "is a range", "a range"),
        ("3–5", "is a range", "a range"),
        ("3k-5k", "is a range", "a range"),
        ("3 or 4", "is a range", "a range"),
        ("30%-40%", "is a range", "a range"),
        ("999999999999999 bn", "no number that can be read", "too large"),
        ("1000 trillion", "no number that can be read", "too large"),
        ("9" * 40, "no number that can be read", "too long"),
        ("12kk", "no number that can be read", "a typo"),
        ("1,2,3", "no number that can be read", "a list"),
        ("1.2.3", "no number that can be read", "a version"),
        ("12 34", "no number that can be read", "two numbers"),
        ("1O0", "no number that can be read", "a letter O"),
        ("1_000", "no number that can be read", "written for machines"),
        ("0x1F", "no number that can be read", "written for machines"),
        ("5²", "no number that can be read", "a footnote is no digit"),
        ("half", "no number that can be read", "of what?"),
        ("twice", "no number that can be read", "what?"),
        ("38 agents", "no number that can be read", "prose"),
        ("thirty-eightish", "no number that can be read", "prose"),
        ("", "no number that can be read", "nothing"),
        ("—", "no number that can be read", "a dash"),
        ("%", "no number that can be read", "a sign alone"),
        ("1" * 100_000, "no number that can be read", "too long to look at"),
    ],
)
def test_a_doubtful_number_is_asked_about(text: str, asked: str, story: str) -> None:
    with pytest.raises(UserError) as refused:
        typed_number(text)

    assert asked in refused.value.text
    assert len(refused.value.text) < 300


_WHOLES = ("7", "12", "450", "1450", "65000", "1200000")
_PARTS = ("", "5", "25")
_GROUPS = (("", "."), ("", ","), (",", "."), (".", ","), (" ", ","), (" ", "."), ("'", "."), ("’", "."))
_SIGNS = ("", "-", "−")
_SUFFIXES = (("", 1), ("%", 1), (" EUR", 1), ("k", 1000), (" Mio", 1_000_000))


def _grouped(whole: str, group: str) -> str:
    return f"{int(whole):,}".replace(",", group)


@pytest.mark.parametrize("whole", _WHOLES)
@pytest.mark.parametrize(("group", "point"), _GROUPS)
def test_every_writing_of_a_number_is_that_number_or_a_question(whole: str, group: str, point: str) -> None:
    """Each of 2,160 writings; only a lone full stop before three digits may ask."""
    for part, sign, (suffix, scale) in product(_PARTS, _SIGNS, _SUFFIXES):
        text = sign + _grouped(whole, group) + (point + part if part else "") + suffix
        value = Decimal(f"{whole}.{part or 0}") * scale * (-1 if sign else 1)
        if group == "." and not part and 3 < len(whole) < 7:
            with pytest.raises(UserError, match="can mean"):
                typed_number(text)
        else:
            assert typed_number(text) == value, text


@pytest.mark.parametrize(
    ("text", "amount", "rest"),
    [
        ("38 h by hand", Amount(Decimal(38), "hours"), "by hand"),
        ("38 on 4 May", Amount(Decimal(38)), "on 4 May"),
        ("1 200 EUR in May", Amount(Decimal(1200), "EUR"), "in May"),
        ("38 2 suppliers", Amount(Decimal(38)), "2 suppliers"),
        ("38, telephony", Amount(Decimal(38)), "telephony"),
        ("telephony 38", None, "telephony 38"),
        ("", None, ""),
    ],
)
def test_a_number_in_front_is_cut_off(text: str, amount: Amount | None, rest: str) -> None:
    assert amount_prefix(text) == (amount, rest)


@pytest.mark.parametrize(
    ("typed", "unit", "same"),
    [
        ("hours", "h", True),
        ("hours", "hours", True),
        ("hours", "min", False),
        ("%", "%", True),
        ("%", "h", False),
        ("EUR", "EUR", True),
        ("EUR", "€", True),
        ("USD", "EUR", False),
        ("", "h", True),
        ("hours", "", True),
    ],
)
def test_units_are_compared_by_what_they_mean(typed: str, unit: str, *, same: bool) -> None:
    assert same_unit(typed, unit) is same


@pytest.mark.parametrize(
    ("text", "seen", "story"),
    [
        ("  a \t b\r\nc  ", "a b c", "white space"),
        ("a\u200b\u200d\ufeffb", "ab", "zero-width characters"),
        ("\u202eabc\u202c\u2066d\u2069", "abcd", "bidi controls"),
        ("a\x00\x07b\x1b[31m", "a b [31m", "control characters"),
        ("a\ud800b", "ab", "half a character"),
        ("a\u2028b\u2029c", "a b c", "separators of lines and paragraphs"),
        ("e\u0301", "é", "NFC"),
        ("a" + "\u0301" * 1000, "á" + "\u0301" * 7, "a thousand accents"),
        ("a\ufffeb\ufdd0", "ab", "no characters at all"),
        ("\u3164\u2800", "", "letters that are drawn as nothing"),
        ("👩🏽 ok", "👩🏽 ok", "a skin tone stays"),
        ("שלום", "שלום", "right to left stays"),
        ("न्यूज़", "न्यूज़", "marks of a script stay"),
    ],
)
def test_only_what_can_be_seen_is_kept(text: str, seen: str, story: str) -> None:
    assert tidy(text) == unicodedata.normalize("NFC", seen)


def test_a_quote_is_short() -> None:
    assert short("x" * 1000) == "x" * 59 + "…"
    assert short(" a\x00b ") == "a b"


_ANYTHING = st.text(max_size=80) | st.text(alphabet="0123456789.,-+/ kKmM%€$'’eE٣", max_size=30)


@_patient
@given(_ANYTHING)
def test_a_number_is_finite_or_asked_about(text: str) -> None:
    try:
        value = typed_number(text)
    except UserError:
        return
    assert value.is_finite()
    assert abs(value) < 10**15


@_patient
@given(
    _ANYTHING | st.text(alphabet="0123456789/.- decfrimon", max_size=30),
    st.dates(date(1990, 1, 1), date(2150, 1, 1)),
    st.booleans(),
)
def test_a_date_is_on_the_right_side_or_asked_about(text: str, today: date, future: bool) -> None:
    try:
        day = typed_date(text, today, future=future, past=not future)
    except UserError:
        return
    assert day >= today if future else day <= today


@_patient
@given(st.text())
def test_tidy_leaves_one_line(text: str) -> None:
    assert tidy(text) == " ".join(tidy(text).split())
    assert all(sign.isprintable() or ord(sign) > 127 for sign in tidy(text))


@_patient
@given(st.text(max_size=60))
def test_an_amount_is_none_or_finite(text: str) -> None:
    try:
        amount = amount_of(text)
    except UserError:
        return
    assert amount is None or amount.value.is_finite()
