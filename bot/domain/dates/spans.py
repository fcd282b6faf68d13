"""From a matched date to its first and last day."""

import re
from calendar import monthrange
from datetime import date, timedelta

from bot.domain.dates.words import MONTHS, ORDINALS, SEASONS, WEEKDAYS


def add_months(day: date, months: int) -> date:
    """The same day so many months on, or the last one of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(min(year, 9999), month + 1, min(day.day, monthrange(min(year, 9999), month + 1)[1]))


def span(match: re.Match[str], on: date) -> tuple[date, date] | None:
    """First and last day of what was named; None if there is no such day."""
    try:
        return _named(match, on)
    except (ValueError, OverflowError):
        return None


def _named(match: re.Match[str], on: date) -> tuple[date, date] | None:
    text = {name: value for name, value in match.groupdict().items() if value}
    if "iso" in text:
        return _one(date(*(int(n) for n in re.split("[-/]", text["iso"]))))
    if "dotted" in text:
        day, month, year = [*re.split(r"\.\s?", text["dotted"]), ""][:3]
        return _one(_next_day(int(day), int(month), year, on))
    if "slashed" in text:
        a, b, year = text["slashed"].split("/")
        day, month = (a, b) if int(a) > 12 else (b, a)
        return _one(_next_day(int(day), int(month), year, on))
    for d, m, y in (("d1", "m1", "y1"), ("d2", "m2", "y2")):
        if d in text:
            return _one(_next_day(int(text[d]), MONTHS[text[m].lower().rstrip(".")], text.get(y, ""), on))
    if "m3" in text:
        return _months(MONTHS[text["m3"].lower().rstrip(".")], 1, text.get("y3", ""), on)
    if "qy" in text:
        return _months(3 * int(text["qy"]) - 2, 3, text["yq"], on)
    if "q1" in text:
        return _months(3 * int(text["q1"]) - 2, 3, text.get("y4", ""), on)
    if "qo" in text:
        number, half = ORDINALS[text["qo"].lower()], text["part"].lower() == "half"
        if half:
            return _months(1 if number == 1 else 7, 6, text.get("y5", ""), on)
        return _months(3 * number - 2, 3, text.get("y5", ""), on)
    if "h" in text:
        return _months(6 * int(text["h"]) - 5, 6, text.get("y6", ""), on)
    if "season" in text:
        return _season(text["season"].lower(), text.get("y7", ""), on)
    if "which" in text:
        return _this_or_next(text["which"].lower(), text["unit"].lower(), on)
    if "yearend" in text:
        return _one(date(on.year, 12, 24 if "mas" in text["yearend"].lower() else 31))
    if "tomorrow" in text:
        return _one(on + timedelta(days=text["tomorrow"].lower() == "tomorrow"))
    if "weekday" in text:
        return _one(on + timedelta(days=(WEEKDAYS.index(text["weekday"].lower()) - on.weekday()) % 7))
    if "my" in text:
        month, _, year = text["my"].partition("/")
        return _months(int(month), 1, year, on)
    if "y" in text:
        return _months(1, 12, text["y"], on)
    return None


def _one(day: date | None) -> tuple[date, date] | None:
    return (day, day) if day else None


def _year(text: str, on: date) -> int | None:
    text = " ".join(text.lower().split()).lstrip("'’")
    if text in {"this year", "the year"}:
        return on.year
    if text == "next year":
        return on.year + 1
    if not text:
        return None
    return int(text) if len(text) == 4 else 2000 + int(text)


def _next_day(day: int, month: int, year: str, on: date) -> date:
    if (number := _year(year, on)) is not None:
        return date(number, month, day)
    this = date(on.year, month, day)
    return this if this >= on else date(on.year + 1, month, day)


def _months(first: int, count: int, year: str, on: date) -> tuple[date, date]:
    """First and last day of so many months; without a year those that end next."""
    number = _year(year, on)
    start = date(on.year if number is None else number, first, 1)
    end = add_months(start, count) - timedelta(days=1)
    if number is None and end < on:
        start, end = add_months(start, 12), add_months(start, 12 + count) - timedelta(days=1)
    return start, end


def _season(name: str, year: str, on: date) -> tuple[date, date]:
    last = SEASONS[name]
    number = _year(year, on)
    start = add_months(date(on.year if number is None else number, last, 1), -2)
    end = add_months(start, 3) - timedelta(days=1)
    if number is None and end < on:
        start, end = add_months(start, 12), add_months(start, 15) - timedelta(days=1)
    return start, end


def unit_start(on: date, unit: str) -> date:
    if unit == "week":
        return on - timedelta(days=on.weekday())
    if unit == "day":
        return on
    return date(on.year, {"month": on.month, "quarter": (on.month - 1) // 3 * 3 + 1}.get(unit, 1), 1)


def last_day(start: date, unit: str) -> date:
    if unit in {"day", "week"}:
        return start + timedelta(days=6 if unit == "week" else 0)
    return add_months(start, {"month": 1, "quarter": 3}.get(unit, 12)) - timedelta(days=1)


def _this_or_next(which: str, unit: str, on: date) -> tuple[date, date] | None:
    later = which in {"next", "the following", "the coming"}
    if unit in SEASONS:
        first, last = _season(unit, "", on)
        return (
            (add_months(first, 12), add_months(first, 15) - timedelta(days=1))
            if later and first <= on
            else (first, last)
        )
    if unit in WEEKDAYS:
        return _one(on + timedelta(days=(WEEKDAYS.index(unit) - on.weekday()) % 7 or 7))
    start = unit_start(on, unit)
    if later:
        start = last_day(start, unit) + timedelta(days=1)
    return start, last_day(start, unit)
