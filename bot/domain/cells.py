"""One cell of a table: text made safe to keep, and read as a date, a number or a word. Nothing is guessed."""

import re
import unicodedata
from collections.abc import Collection
from datetime import date, timedelta
from decimal import Decimal

from bot.domain.dates.words import MONTHS

#: What a number in a table may have at most: before the point, and after it.
DIGITS_MOST = 15
PLACES_MOST = 12
YEARS = range(1970, 2200)

_INVISIBLE = re.compile(
    "[\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_SURROGATE = re.compile("[\ud800-\udfff]")
#: More marks on one letter than any script has.
_MARKS = re.compile(
    "([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{4})[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)


def clean(text: str) -> str:
    """Text as it may be stored: composed (NFC), without control, invisible or direction-turning characters, trimmed."""
    if text.isascii() and text.isprintable():
        return text.strip()
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    text = _SURROGATE.sub("\ufffd", _INVISIBLE.sub("", _CONTROL.sub(" ", text)))
    return _MARKS.sub(r"\1", unicodedata.normalize("NFC", text)).strip()


def one_line(text: str) -> str:
    """Clean text whose white space is single spaces."""
    return " ".join(clean(text).split())


def kept(cell: str) -> str:
    """A cell's text as it is kept: clean, and without the sign that an export put before what looks like a formula."""
    text = clean(cell)
    return unescape(text).strip() if text.startswith("'") else text


def changed(cell: str, text: str) -> bool:
    """Whether ``kept`` took more from a cell than white space, an escape or the way its letters are composed."""
    if cell.isascii() and cell.isprintable():
        return False
    before = unicodedata.normalize("NFC", unescape(cell.strip()))
    return "".join(before.split()) != "".join(text.split())


_FORMULA = re.compile("'*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_ESCAPED = re.compile("'+[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")


def escape(text: str) -> str:
    """The text as a spreadsheet opens it without taking it for a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def unescape(text: str) -> str:
    """The text that was escaped."""
    return text[1:] if _ESCAPED.match(text) else text


#: 2026-12-31, and with the time that databases and spreadsheets write behind it: the day as written counts.
_DATE = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?(?:\s?(?:Z|UTC|[+-][0-9]{2}(?::?[0-9]{2})?))?)?"
)
#: 1 Sep 2026, 1. September 2026, 1-Sep-26: a month in letters leaves one reading.
_DAY_FIRST = re.compile(
    r"([0-9]{1,2})(?:st|nd|rd|th)?[-./ ]{1,2}([^\W\d_]{3,9})[-./, ]{1,2}([0-9]{4}|[0-9]{2})"
)
_MONTH_FIRST = re.compile(r"([^\W\d_]{3,9})[-. ]{1,2}([0-9]{1,2})(?:st|nd|rd|th)?[, ]{1,2}([0-9]{4})")
_YEAR_FIRST = re.compile(r"([0-9]{4})[/.]([0-9]{1,2})[/.]([0-9]{1,2})")
_FIGURES = re.compile(r"([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{4})")
#: Days since the end of 1899, as a spreadsheet holds a date whose cell is formatted as a number: 1982 to 2064.
_SERIAL = re.compile(r"[3-5][0-9]{4}")
_NUMBER = re.compile(r"[-+−]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_GROUPED = re.compile(r"[-+−]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")


class CellError(Exception):
    """A cell that cannot be read; the text says what it should look like."""


def read_date(text: str) -> date:
    """A date as spreadsheets and people write it: ``2026-12-31``, ``31 Dec 2026``, ``Dec 31, 2026``, ``31.12.2026``, ``31-Dec-26``.

    Figures between strokes are read where only one reading is a day: ``12/31/2026``. With dots the day comes first.

    Raises:
        CellError: it is none, can be read in two ways, or is of no year that a pilot lives in.

    """
    found = _DATE.fullmatch(text) or _YEAR_FIRST.fullmatch(text)
    if found is not None:
        return _day(text, found[1], found[2], found[3])
    named = _named_month(text)
    if named is not None:
        return named
    figures = _FIGURES.fullmatch(text)
    if figures is None and _SERIAL.fullmatch(text):
        day = date(1899, 12, 30) + timedelta(days=int(text))
        raise CellError(
            f"{quoted(text)} is how a spreadsheet counts {day}. Write the day itself, year-month-day."
        )
    if figures is None:
        raise CellError(f"{quoted(text)} is not a date. Write year-month-day, like 2026-12-31.")
    first, sign, second, year = figures.groups()
    if sign == "." or first == second or int(first) > 12:
        return _day(text, year, second, first)
    if int(second) > 12:
        return _day(text, year, first, second)
    one, other = _day(text, year, second, first), _day(text, year, first, second)
    raise CellError(f"{quoted(text)} can mean {one} or {other}. Write the one that is meant, year-month-day.")


def _named_month(text: str) -> date | None:
    found = _DAY_FIRST.fullmatch(text)
    if found is not None:
        day, name, year = found.groups()
    else:
        found = _MONTH_FIRST.fullmatch(text)
        if found is None:
            return None
        name, day, year = found.groups()
    month = MONTHS.get(name.casefold())
    return _day(text, year if len(year) == 4 else f"20{year}", str(month), day) if month else None


def _day(text: str, year: str, month: str, day: str) -> date:
    try:
        made = date(int(year), int(month), int(day))
    except ValueError:
        raise CellError(
            f"{quoted(text)} is no day of the calendar. Write year-month-day, like 2026-12-31."
        ) from None
    if made.year not in YEARS:
        raise CellError(f"the year of {quoted(text)} cannot be right. Write year-month-day, like 2026-12-31.")
    return made


def read_number(text: str) -> Decimal:
    """A plain decimal: ``-7.5``, ``1450``, ``1,450.5``, ``1,450,000``.

    Raises:
        CellError: it is none, or can be read in two ways.

    """
    plain = text.replace("−", "-")
    if _GROUPED.fullmatch(text):
        bare = plain.replace(",", "")
        if plain.count(",") == 1 and "." not in plain:
            point = plain.replace(",", ".")
            raise CellError(f"{quoted(text)} can mean {bare} or {point}. Write it without the comma.")
        plain = bare
    elif not _NUMBER.fullmatch(text):
        raise CellError(
            f"{quoted(text)} is not a plain number. Write digits and at most one point, like 1450 or 7.5."
        )
    whole, _, places = plain.lstrip("-+").partition(".")
    if len(whole.lstrip("0")) > DIGITS_MOST or len(places) > PLACES_MOST:
        raise CellError(
            f"{quoted(text)} has more digits than can be kept. Round it, at most {DIGITS_MOST} before the point."
        )
    return Decimal(plain)


def read_word(text: str, words: Collection[str]) -> str:
    """One of a few words, whatever its case.

    Raises:
        CellError: another word; all that are allowed are named.

    """
    word = text.casefold()
    if word not in words:
        raise CellError(f"{quoted(text)} is not one of: {', '.join(words)}.")
    return word


def quoted(text: str) -> str:
    """A cell's text for a sentence about it, shortened."""
    short = " ".join(text.split())
    return f'"{short[:60]}…"' if len(short) > 60 else f'"{short}"'


def pieces(text: str) -> list[str]:
    """A list cell's parts, split at ``;``."""
    return [part for part in (piece.strip() for piece in text.split(";")) if part]
