"""Dates and numbers as people type them into commands and forms: what is clear is read, what is not is asked.

Nothing is guessed silently: "5/6" and "1.200" have two readings, so the person is asked with both of them named, and every
date that was read is said back as "4 Dec 2026" (`said`). Input is cut before it is looked at, so any length is read in
proportion to it.
"""

import re
import unicodedata
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from bot.domain import quantities
from bot.domain.dates import add_months
from bot.domain.errors import UserError

_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

#: Combining marks on one letter: no script needs more, and normalising a thousand of them takes seconds.
_MOST_MARKS = 8
#: Drawn as nothing although they count as letters, signs or marks.
_INVISIBLE = frozenset("\u034f\u115f\u1160\u2800\u3164\uffa0")
#: The longest thing that can still be a date or a number.
_LONGEST = 64
_LARGEST = Decimal(10) ** 15


def tidy(text: str) -> str:
    """One line of what can be seen: NFC, single spaces; control, bidi, zero-width and broken characters are gone."""
    if not (text.isascii() and text.isprintable()):
        text = unicodedata.normalize("NFC", _visible(text))
    return " ".join(text.split())


def _visible(text: str) -> str:
    """Before NFC, which takes seconds for a thousand marks on one letter."""
    signs = {sign: unicodedata.category(sign) for sign in set(text)}
    gone = dict.fromkeys((ord(sign) for sign, category in signs.items() if _unseen(sign, category)), "")
    blank = dict.fromkeys(
        (ord(sign) for sign, category in signs.items() if category in ("Cc", "Zl", "Zp", "Zs")), " "
    )
    text = text.translate(gone | blank)
    marks = "".join(
        sign for sign, category in signs.items() if category in ("Mn", "Me") and ord(sign) not in gone
    )
    return re.sub(f"([{marks}]{{{_MOST_MARKS}}})[{marks}]+", r"\1", text) if marks else text


def _unseen(sign: str, category: str) -> bool:
    no_character = ord(sign) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(sign) <= 0xFDEF
    return category in ("Cf", "Cs") or sign in _INVISIBLE or no_character


def short(text: str, most: int = 60) -> str:
    """A text for quoting back: tidy, and cut with an ellipsis where it is longer."""
    text = tidy(text[: 4 * most])
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def said(day: date) -> str:
    """The only way we write a date: ``4 Dec 2026``."""
    return f"{day.day} {_MONTHS[day.month - 1][:3].capitalize()} {day.year}"


def _ascii_digits(text: str) -> str:
    return "".join(
        str(unicodedata.decimal(sign)) if not sign.isascii() and sign.isdecimal() else sign for sign in text
    )


# --- Dates


@dataclass(frozen=True, slots=True)
class _Readings:
    """Every day that the words can mean; without a year the one that fits is taken, else the person is asked."""

    days: tuple[date, ...]
    yearless: bool = False
    #: The same figures with day and month swapped.
    swapped: tuple[date, ...] = ()


def typed_date(text: str, today: date, *, future: bool = False, past: bool = False) -> date:
    """The day that was typed: ISO, ``4 Dec``, ``04.12.2026``, ``in two weeks``, ``end of month``, ``friday`` …

    Args:
        text: nothing but the date.
        today: the day from which relative words count.
        future: a day before today is refused, and a date without a year is the next such day.
        past: a day after today is refused, and a date without a year is the latest such day. With neither of them
            a date without a year is the nearest such day.

    Raises:
        UserError: no date, no real day, two readings (both are named), or on the wrong side of today.

    """
    readings = _readings(text, today, past=past)
    if readings is None:
        raise UserError(f"“{short(text)}” is no date that can be read. Type it like {said(today)}.")
    return _chosen(readings, text, today, future=future, past=past)


def date_prefix(
    text: str, today: date, *, future: bool = False, past: bool = False
) -> tuple[date | None, str]:
    """The date at the beginning of a text and the rest: ``4 Dec works agreement`` → 4 Dec, ``works agreement``.

    Returns:
        None and the whole text where it begins with no date.

    Raises:
        UserError: as `typed_date`, for what begins like a date.

    """
    words = text.split(" ", 7)
    for count in range(min(len(words), 7), 0, -1):
        head = " ".join(words[:count])
        readings = _readings(head, today, past=past)
        if readings is not None:
            return _chosen(readings, head, today, future=future, past=past), " ".join(words[count:])
    return None, text


def begins_with_date(text: str, today: date) -> bool:
    """Whether a text begins like a date, be it a real one or not."""
    try:
        return date_prefix(text, today)[0] is not None
    except UserError:
        return True


def likely_date(text: str, today: date) -> tuple[date | None, str]:
    """As `date_prefix` for prose, where nobody can be asked: the latest of several readings; None for a day gone by."""
    words = text.split(" ", 7)
    for count in range(min(len(words), 7), 0, -1):
        try:
            readings = _readings(" ".join(words[:count]), today)
        except UserError:
            return None, text
        if readings is not None:
            days = [day for day in readings.days if day >= today and not readings.swapped]
            best = (min(days) if readings.yearless else max(days)) if days else None
            return best, " ".join(words[count:])
    return None, text


def typed_span(first: str, last: str, today: date) -> tuple[date, date]:
    """First and last day of an absence; a year or month named once holds for both: ``28 Dec``, ``3 Jan`` · ``4``, ``10 Dec``.

    Raises:
        UserError: as `typed_date`; the end before the start; over already.

    """
    first, last = _month_for_both(tidy(first[:_LONGEST]), tidy(last[:_LONGEST]))
    begins, ends = _readings(first, today), _readings(last, today)
    if begins is None or ends is None:
        raise UserError(
            f"“{short(last if begins else first)}” is no date that can be read. Type it like {said(today)}."
        )
    if begins.yearless and not begins.swapped:
        end = _chosen(ends, last, today, future=ends.yearless)
        fitting = [day for day in begins.days if day <= end]
        start = max(fitting) if fitting else min(begins.days)
    else:
        start = _chosen(begins, first, today)
        ends = _by_weekday(last.casefold(), start) or ends
        end = _chosen(ends, last, start, future=ends.yearless)
    if end < start:
        raise UserError(f"{said(end)} lies before {said(start)}. Type the first day, then the last.")
    if end < today:
        raise UserError(f"{said(start)} to {said(end)} is over. Type days from {said(today)} on.")
    return start, end


def _month_for_both(first: str, last: str) -> tuple[str, str]:
    """``4``, ``10 Dec`` → ``4 Dec``, ``10 Dec``; ``Dec 4``, ``10`` → ``Dec 4``, ``Dec 10``."""
    if first.rstrip(".").isdecimal() and len(first) <= 3:
        day = re.match(r"\d{1,2}(?:st|nd|rd|th)?\.? ?", last)
        if day and day.end() < len(last):
            return f"{first.rstrip('.')} {last[day.end() :]}", last
    if last.isdecimal() and len(last) <= 2:
        month = re.match(r"[^\W\d_]{3,9}\.? (?=\d)", first)
        if month:
            return first, month[0] + last
    return first, last


def _chosen(readings: _Readings, text: str, today: date, *, future: bool = False, past: bool = False) -> date:
    def fitting(days: tuple[date, ...]) -> list[date]:
        return [day for day in days if not (future and day < today) and not (past and day > today)]

    def nearest(days: Sequence[date]) -> date:
        return min(days, key=lambda day: (abs(day - today), today - day))

    days = fitting(readings.days)
    if readings.swapped:
        raise _two_readings(
            text, [nearest(days or readings.days), nearest(fitting(readings.swapped) or readings.swapped)]
        )
    if not days:
        day = nearest(readings.days)
        side = (
            f"in the past. Type a day from {said(today)} on"
            if future
            else f"still to come. Type a day up to {said(today)}"
        )
        raise UserError(f"{said(day)} is {side}.")
    if len(days) > 1 and not readings.yearless:
        raise _two_readings(text, days)
    return nearest(days)


def _two_readings(text: str, days: list[date]) -> UserError:
    return UserError(
        f"“{short(text)}” can mean {' or '.join(said(day) for day in days)}. Type the one that you mean."
    )


def _readings(text: str, today: date, *, past: bool = False) -> _Readings | None:
    """All readings of a text that is nothing but a date; None where it has no date's form.

    Raises:
        UserError: a date's form, but no such day.

    """
    if len(text) > _LONGEST:
        return None
    words = (
        _ascii_digits(tidy(text)).casefold().strip(" .,;:!?\"'“”()").removeprefix("on ").removeprefix("the ")
    )
    found = (
        _relative(words, today)
        or _by_weekday(words, today, past=past)
        or _end(words, today)
        or _dated(words, today)
    )
    if found is not None:
        return found
    weekday, _, rest = words.partition(" ")
    named, dated = _weekday(weekday.rstrip(".,")), _dated(rest, today)
    return None if dated is None or named is None else _on_weekday(dated, named, text)


def _on_weekday(readings: _Readings, weekday: int, text: str) -> _Readings:
    """``Fri 4 Dec``: the weekday must be the date's; without a year it also chooses the year."""
    days = tuple(day for day in readings.days if day.weekday() == weekday)
    if not days:
        day = readings.days[len(readings.days) // 2]
        raise UserError(
            f"“{short(text)}” names two days: {said(day)} is a {_WEEKDAYS[day.weekday()].capitalize()}. Type the date alone."
        )
    return _Readings(days, readings.yearless)


_FIXED = {
    "today": 0,
    "tomorrow": 1,
    "yesterday": -1,
    "day after tomorrow": 2,
    "day before yesterday": -2,
}
_COUNTED = re.compile(
    r"(?P<when>in )?(?P<count>an?|\d{1,4}|[a-z]{3,9}(?:-[a-z]{3,5})?) (?P<unit>day|week|month|year)s?(?P<from> from (?:now|today)| ago)?"
)


def _relative(words: str, today: date) -> _Readings | None:
    """``tomorrow``, ``in 3 days``, ``two weeks from now``, ``a month ago``."""
    if words in _FIXED:
        return _Readings((today + timedelta(days=_FIXED[words]),))
    match = _COUNTED.fullmatch(words)
    count = _count(match["count"]) if match else None
    if match is None or count is None or bool(match["when"]) == bool(match["from"]):
        return None
    count = -count if match["from"] == " ago" else count
    try:
        if match["unit"] in ("day", "week"):
            day = today + timedelta(days=count * (7 if match["unit"] == "week" else 1))
        else:
            day = add_months(today, count * (12 if match["unit"] == "year" else 1))
    except (OverflowError, ValueError):
        day = date.max
    _year(str(day.year), words)
    return _Readings((day,))


def _count(word: str) -> int | None:
    if word.isdecimal():
        return int(word)
    if word in ("a", "an"):
        return 1
    value = quantities.spelled(word)
    return int(value) if value else None


def _weekday(word: str) -> int | None:
    """``fri``, ``thurs``, ``friday`` → 4, 3, 4."""
    if len(word) < 3:
        return None
    return next(
        (
            number
            for number, name in enumerate(_WEEKDAYS)
            if name == word or (name.startswith(word) and len(word) <= 5)
        ),
        None,
    )


def _by_weekday(words: str, today: date, *, past: bool = False) -> _Readings | None:
    """``friday`` is the next one (or the last, of things past); ``next friday`` said on a Wednesday has two readings."""
    which, _, name = words.rpartition(" ")
    number = _weekday(name.rstrip("."))
    if number is None or which not in ("", "this", "coming", "this coming", "next", "last", "past"):
        return None
    ahead = (number - today.weekday()) % 7
    monday = today - timedelta(days=today.weekday())
    if which == "next":
        days = {today + timedelta(days=ahead or 7), monday + timedelta(days=7 + number)}
    elif which in ("last", "past"):
        days = {today - timedelta(days=(-ahead % 7) or 7), monday - timedelta(days=7 - number)}
    elif past:
        days = {today - timedelta(days=-ahead % 7)}
    elif which == "" and ahead == 0:
        days = {today, today + timedelta(days=7)}
    else:
        days = {today + timedelta(days=ahead)}
    return _Readings(tuple(sorted(days)))


_END = re.compile(
    r"end of (?:(?P<next>next |the |this )?(?P<unit>week|month|quarter|year)|(?:q(?P<quarter>[1-4])|(?P<month>[a-z]{3,9}))(?P<year> \d{4})?)"
)
_END_SHORT = {
    "eow": "week",
    "eom": "month",
    "eoq": "quarter",
    "eoy": "year",
    "month end": "month",
    "year end": "year",
}
_MONTHS_IN = {"month": 1, "quarter": 3, "year": 12}


def _end(words: str, today: date) -> _Readings | None:
    """``end of month``, ``end of next quarter``, ``end of Q1 2027``, ``end of March``, ``eow`` (the week's Friday)."""
    match = _END.fullmatch(f"end of {_END_SHORT[words]}" if words in _END_SHORT else words)
    if match is None:
        return None
    later = match["next"] == "next "
    if match["unit"] == "week":
        friday = today + timedelta(days=(4 - today.weekday()) % 7)
        return _Readings((friday + timedelta(days=7 * later),))
    if match["unit"]:
        size = _MONTHS_IN[match["unit"]]
        first = date(today.year, (today.month - 1) // size * size + 1, 1)
        return _Readings((add_months(first, size * (1 + later)) - timedelta(days=1),))
    month = int(match["quarter"]) * 3 if match["quarter"] else _month(match["month"])
    if month is None:
        return None
    years = [_year(match["year"].strip(), words)] if match["year"] else _years_round(today)
    return _Readings(
        tuple(date(year, month, monthrange(year, month)[1]) for year in years), yearless=not match["year"]
    )


def _month(word: str) -> int | None:
    """``dec``, ``sept``, ``december`` → 12, 9, 12."""
    word = word.rstrip(".,")
    if len(word) < 3:
        return None
    return next((number for number, name in enumerate(_MONTHS, 1) if name.startswith(word)), None)


_ISO = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})")
_DAY_FIRST = re.compile(
    r"(?P<day>\d{1,2})(?:st|nd|rd|th|\.)?[ -]?(?:of )?(?P<month>[a-z]{3,9})\.?,?(?:[ -](?P<year>\d{4}))?"
)
_MONTH_FIRST = re.compile(
    r"(?P<month>[a-z]{3,9})\.? (?:the )?(?P<day>\d{1,2})(?:st|nd|rd|th)?(?:,? (?P<year>\d{4}))?"
)
_DOTTED = re.compile(r"(\d{1,2})\. ?(\d{1,2})(?:\.|\. ?(\d{4}|\d{2}))?")
_SLASHED = re.compile(r"(\d{1,2})([-/])(\d{1,2})(?:\2(\d{4}|\d{2}))?")


def _dated(words: str, today: date) -> _Readings | None:
    """A day with its month: ``2026-12-04``, ``4 Dec 2026``, ``December 4``, ``04.12.2026``, ``31/12``."""
    if match := _ISO.fullmatch(words):
        return _day(match[1], int(match[3]), match[4], words, today)
    if match := _DAY_FIRST.fullmatch(words) or _MONTH_FIRST.fullmatch(words):
        month = _month(match["month"])
        return None if month is None else _day(match["year"], month, match["day"], words, today)
    if match := _DOTTED.fullmatch(words):
        return _day(match[3], int(match[2]), match[1], words, today)
    if (match := _SLASHED.fullmatch(words)) and (match[2] == "/" or match[4]):
        return _slashed(match[1], match[3], match[4], words, today)
    return None


def _slashed(one: str, two: str, year: str | None, words: str, today: date) -> _Readings:
    """``31/12`` has one reading, ``5/6`` has two."""
    if int(one) > 12 or one == two:
        return _day(year, int(two), one, words, today)
    if int(two) > 12:
        return _day(year, int(one), two, words, today)
    day_first, month_first = _day(year, int(two), one, words, today), _day(year, int(one), two, words, today)
    return replace(day_first, swapped=month_first.days)


def _day(year: str | None, month: int, day: str, words: str, today: date) -> _Readings:
    """The day in its year, or in each of the years round today.

    Raises:
        UserError: no such month, no such day.

    """
    years = [_year(year, words)] if year else _years_round(today)
    if not 1 <= month <= 12:
        raise UserError(
            f"“{short(words)}” names month {month}, and a year has 12. Type the date like {said(today)}."
        )
    days = [
        date(number, month, int(day)) for number in years if 1 <= int(day) <= monthrange(number, month)[1]
    ]
    if not days:
        number = years[len(years) // 2]
        last = date(number, month, monthrange(number, month)[1])
        raise UserError(
            f"“{short(words)}” is no real day: {_MONTHS[month - 1].capitalize()} {number} ends on {said(last)}."
        )
    return _Readings(tuple(days), yearless=not year)


def _years_round(today: date) -> list[int]:
    return [today.year - 1, today.year, today.year + 1]


def _year(year: str, words: str) -> int:
    number = int(year) + (2000 if len(year) == 2 else 0)
    if not 1900 <= number <= 2199:
        raise UserError(f"“{short(words)}” names the year {number}. Type a year from 1900 to 2199.")
    return number


# --- Numbers

_FORMS = "Type one number like 1200, 6.2 or 1.5M."
_GROUP_OR_POINT = re.compile(r"(?<![\d.,])([1-9]\d{0,2})\.(\d{3})(?![\d.,])")
_METRE_OR_MILLION = re.compile(r"[-+]?[\d.,]{1,20} ?m")
_NOT_FINITE = re.compile(r"[-+]?(?:nan|inf|infinity|∞|[\d.,]{1,20}e[-+]?\d{1,20})", re.IGNORECASE)
_RANGE = re.compile(
    r"[\d.,]{1,20}[^\s\d]{0,4} ?(?:-|–|—|to|bis|or) ?[\d.,]{1,20}\W?[^\W\d]{0,6}", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Amount:
    """A number with the unit that was typed after it, in the one form of `quantities`: ``hours``, ``%``, ``EUR``, or none."""

    value: Decimal
    unit: str = ""


def typed_number(text: str) -> Decimal:
    """The number that was typed: ``1,200`` · ``1.200,50`` · ``1 200`` · ``12k`` · ``3 Mio`` · ``2 lakh`` · ``40 %`` · ``−5``.

    Raises:
        UserError: no number, two readings (``1.200``: both are named), a range, not finite, or too large.

    """
    amount = amount_of(text)
    if amount is None:
        raise UserError(f"“{short(text)}” is no number that can be read. {_FORMS}")
    return amount.value


def amount_of(text: str) -> Amount | None:
    """A text that is nothing but a number and perhaps a unit; None where it is anything else.

    Raises:
        UserError: a number's form, but with two readings, a range, not finite, or too large.

    """
    if len(text) > _LONGEST:
        return None
    typed = (
        _ascii_digits(tidy(text))
        .replace("−", "-")
        .replace("’", "'")
        .replace("٫", ".")
        .replace("٬", ",")
        .strip('"“” ')
    )
    if not typed:
        return None
    _refuse_unsafe(typed)
    bare = typed.lstrip("~≈").removeprefix("about ").removeprefix("ca. ").strip().rstrip("!.,;:")
    bare = "0" + bare if re.match(r"[.,]\d", bare) else bare
    found = quantities.find(bare)
    if (
        len(found) != 1
        or (found[0].start, found[0].end) != (0, len(bare))
        or found[0].share
        or found[0].unit == "x"
    ):
        return None
    return _amount(found[0], typed)


def _refuse_unsafe(typed: str) -> None:
    if _NOT_FINITE.fullmatch(typed):
        raise UserError(f"“{short(typed)}” is no number to count with. {_FORMS}")
    if _RANGE.fullmatch(typed):
        raise UserError(f"“{short(typed)}” is a range. {_FORMS}")
    if _METRE_OR_MILLION.fullmatch(typed):
        number = typed.rstrip("m ")
        raise UserError(
            f"“{short(typed)}” can mean {number} million or {number} metres or minutes. Type {number}M, or {number} alone."
        )


def _amount(quantity: quantities.Quantity, typed: str) -> Amount:
    if match := _GROUP_OR_POINT.search(typed):
        whole, point = (
            typed.replace(match[0], form)
            for form in (match[1] + match[2], f"{match[1]}.{match[2].rstrip('0') or '0'}")
        )
        raise UserError(f"“{short(typed)}” can mean {whole} or {point}. Type the one that you mean.")
    if quantity.high is not None:
        raise UserError(f"“{short(typed)}” is a range. {_FORMS}")
    if quantity.value >= _LARGEST:
        raise UserError(f"“{short(typed)}” is larger than anything that can be kept here. {_FORMS}")
    value = quantities.plain(quantity.value) if quantity.scale else quantity.value
    return Amount(-value if quantity.sign == "-" and value else value, quantity.unit or "")


def amount_prefix(text: str) -> tuple[Amount | None, str]:
    """The number with its unit at the beginning of a text, and the rest: ``38 h by hand`` → 38 hours, ``by hand``.

    Returns:
        None and the whole text where it begins with no number.

    Raises:
        UserError: as `amount_of`.

    """
    words = text.split(" ", 4)
    for count in range(min(len(words), 4), 0, -1):
        amount = amount_of(" ".join(words[:count]))
        if amount is not None:
            return amount, " ".join(words[count:])
    return None, text


def same_unit(typed: str, unit: str) -> bool:
    """Whether a unit as `Amount` has it fits a metric's unit as the registry has it: ``hours`` and ``h``."""
    return not typed or not unit or typed.casefold() in (unit.casefold(), _canonical(unit).casefold())


def _canonical(unit: str) -> str:
    found = quantities.find(f"1 {short(unit)}")
    return (found[0].unit or unit) if len(found) == 1 else unit
