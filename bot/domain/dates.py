"""Deadlines as people type them: text in, days with their place in the text out.

"by" a month, quarter, season or year is its last day; "from X on" its first; "before X" the day before it begins; a part of the
year that names none is the next one to end after the day of submission. What stays open (a fiscal year, 6/7/2026) is found,
so that it does not end up in the metric's name, but has no day: it is asked for.
"""

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from bot.domain.quantities import DIGIT_WORDS

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january januar jan",
            "february februar feb",
            "march märz maerz mar",
            "april apr",
            "may mai",
            "june juni jun",
            "july juli jul",
            "august aug",
            "september sept sep",
            "october oktober oct okt",
            "november nov",
            "december dezember dec dez",
        ),
        1,
    )
    for name in names.split()
}
# Meteorological seasons of the northern half: the last month of each.
_SEASONS = {"spring": 5, "summer": 8, "autumn": 11, "fall": 11, "winter": 2}
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_ORDINALS = {
    "first": 1,
    "1st": 1,
    "second": 2,
    "2nd": 2,
    "third": 3,
    "3rd": 3,
    "fourth": 4,
    "4th": 4,
    "last": 4,
}
_UNITS = ("day", "week", "month", "quarter", "year")
# A text with none of these words and no figure has no deadline.
WORDS = {
    *_MONTHS,
    *_SEASONS,
    *_WEEKDAYS,
    *_UNITS,
    *(unit + "s" for unit in _UNITS),
    "christmas",
    "xmas",
    "eoy",
    "jahresende",
    "tomorrow",
    "today",
    "half",
}


@dataclass(frozen=True, kw_only=True)
class Deadline:
    """A deadline at text[start:end], its preposition included."""

    start: int
    end: int
    day: date | None  # None: read as a deadline, but on which day is open
    loose: bool = False  # "within 30 days": as well part of a metric's name


_MONTH = "(?:" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")(?![\w])\.?"
_YEAR = r"(?:20\d\d(?![\d.,]*\d|\w|%)|['’]\d\d(?!\d))"
_COUNT = "(?:" + "|".join(sorted((*DIGIT_WORDS, "an?", r"\d{1,3}"), key=len, reverse=True)) + ")"
# A bare year, month or season followed by a noun is no date: "by 2000 hours", "in fall detection".
_NO_NOUN = (
    r"(?!\s(?!(?:in|at|to|for|from|and|or|but|while|with|without|compared|the|our|through|across|on|of|by|using|via|so|we|is|are|will|should|must"
    r"|latest|onwards?|versus|vs|against|as|per|over|under|during|next|this|if|when|down|up)\b)[^\W\d_])"
)
_PERIOD = rf"""
    (?P<iso>20\d\d[-/]\d{{1,2}}[-/]\d{{1,2}})(?!\d)
  | (?P<dotted>\d{{1,2}}\.\s?\d{{1,2}}\.\s?(?:20\d\d|\d\d)?)(?![\d%])
  | (?P<slashed>\d{{1,2}}/\d{{1,2}}/(?:20)?\d\d)(?!\d)
  | (?P<d1>\d{{1,2}})(?:st|nd|rd|th|\.)?\s(?:of\s)?(?P<m1>{_MONTH})(?:,?\s(?P<y1>{_YEAR}))?
  | (?P<m2>{_MONTH})\s(?:the\s)?(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?(?![\d%.]|\s?[-–]\s?\d)(?:,?\s(?P<y2>{_YEAR}))?
  | (?P<m3>{_MONTH})(?:,?\s(?:of\s)?(?P<y3>{_YEAR}|next\syear|this\syear)|{_NO_NOUN})
  | (?P<yq>20\d\d)[\s-]?q(?P<qy>[1-4])(?!\w)
  | q(?P<q1>[1-4])(?:[\s/-]\s?(?:of\s)?(?P<y4>{_YEAR}|\d\d(?!\d)|next\syear|this\syear))?(?!\w)
  | (?P<qo>first|second|third|fourth|last|1st|2nd|3rd|4th)\s(?P<part>quarter|half)(?:(?:\sof)?\s(?P<y5>{_YEAR}|next\syear|this\syear|the\syear))?
  | h(?P<h>[12])(?:[\s/-]\s?(?P<y6>{_YEAR}|\d\d(?!\d)))?(?!\w)
  | (?P<season>spring|summer|autumn|fall|winter)(?:(?:\sof)?\s(?P<y7>{_YEAR}|next\syear|this\syear)|(?!\w){_NO_NOUN})(?!\w)
  | (?P<fiscal>fy\s?['’]?\d{{2,4}}|(?:the\s)?(?:fiscal|financial|school|academic)\syear(?:\s{_YEAR}(?:/\d\d)?)?|fiscal\s{_YEAR}|(?:this|next)\s(?:fiscal|financial)\syear)(?!\w)
  | (?P<which>this|next|the\scurrent|the\sfollowing|the\scoming|current)\s(?:calendar\s)?(?P<unit>year|month|quarter|week|spring|summer|autumn|fall|winter|friday|monday)(?!\w|['’])
  | (?P<yearend>(?:the\s)?(?:year[\s-]?end|eoy|year['’]s\send|christmas|xmas|jahresende))(?!\w)
  | (?P<tomorrow>tomorrow|today)(?!\w)
  | (?P<weekday>monday|tuesday|wednesday|thursday|friday|saturday|sunday)(?!\w)
  | (?P<my>\d{{1,2}}/20\d\d)(?![\d/])
  | (?:year\s)?(?P<y>{_YEAR}){_NO_NOUN}(?!\sper\b)
"""
_PART = r"(?:the\s)?(?P<part_of>very\send|end|close|ende|start|beginning|mid(?:dle)?|early|late)[\s-](?:of\s)?(?:in\s)?(?:the\s)?"
_PREPOSITION = (
    r"(?:(?P<prep>by|before|until|till|untill|bis|(?:no|not)\slater\sthan|latest|at\sthe\slatest\s(?:by|in)|in|during|on|at|from"
    r"|starting(?:\s(?:in|from|on))?|as\s(?:of|from)|due(?:\s(?:by|on))?|ending|through(?=\s(?:the\send|end|20|q))|over(?=\s(?:this|the\scurrent))|for(?=\s(?:this|next)))"
    r"\s(?:the\s)?(?:latest\s)?)"
)
_DATED = re.compile(
    rf"(?<![\w./-])[,(]?\s?{_PREPOSITION}?(?:{_PART})?(?:{_PERIOD})(?P<on>\s(?:on|onwards?|at\sthe\slatest)(?!\w))?",
    re.IGNORECASE | re.VERBOSE,
)
_END_OF_UNIT = re.compile(
    r"(?<![\w-])(?:(?:by|before|until|till|at|to)\s)?(?:the\s)?(?P<end>end|close)\s(?:of\s)?(?:the\s)?(?:calendar\s)?(?P<unit>year|quarter|month|week)(?![\w-])(?!\s20\d\d)",
    re.IGNORECASE,
)
_WITHIN = re.compile(
    rf"(?<![\w-])(?P<prep>within|in|over|during|inside|after|throughout)\s(?P<the>the\s)?(?P<next>next\s|coming\s|following\s|first\s)?"
    rf"(?:about\s|around\s)?(?P<count>{_COUNT})?\s?(?P<unit>day|week|month|quarter|year)s?(?P<now>\s(?:from\s(?:now|today)))?(?P<later>\s(?:of|after)\s(?:go|launch|start|roll|intro|deploy|use|oper)[\w-]*)?(?![\w'’-]){_NO_NOUN}",
    re.IGNORECASE,
)
_FROM_NOW = re.compile(
    rf"(?<![\w-])(?P<count>{_COUNT})\s(?P<unit>day|week|month|quarter|year)s?\sfrom\s(?:now|today)(?!\w)",
    re.IGNORECASE,
)


def add_months(day: date, months: int) -> date:
    """The same day so many months on, or the last one of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(min(year, 9999), month + 1, min(day.day, monthrange(min(year, 9999), month + 1)[1]))


def find(text: str, on: date) -> list[Deadline]:
    """All deadlines of a text, in order, none overlapping; `on` is the day of submission."""
    found: list[Deadline] = []
    end = 0
    for deadline in sorted(
        (*_dated(text, on), *_counted(text, on), *_ends(text, on)), key=lambda d: (d.start, -d.end)
    ):
        if deadline.start >= end:
            found.append(deadline)
            end = deadline.end
    return found


def _counted(text: str, on: date) -> Iterator[Deadline]:
    """“within 9 months”, “in the next 6 weeks”, “over the next year”, “two years from now”."""
    for match in _WITHIN.finditer(text):
        count, unit = match["count"], match["unit"].lower()
        if count is None and not match["next"] and match["prep"].lower() != "within":
            continue
        first = (match["next"] or "").strip().lower() == "first"
        if match["later"] or first or match["prep"].lower() == "after":
            day = None  # counted from a day that nobody has named
        elif count is None and not match["next"]:
            day = _last_day(_unit_start(on, unit), unit)
        else:
            day = _counted_day(on, count or "1", unit)
        loose = (unit in {"day", "week"} and not match["next"]) or (
            match["prep"].lower() in {"in", "over", "after"} and not match["next"]
        )
        if match["prep"].lower() in {"over", "after"} and not match["next"] and not match["later"]:
            continue
        yield Deadline(start=match.start(), end=match.end(), day=day, loose=loose)
    for match in _FROM_NOW.finditer(text):
        yield Deadline(
            start=match.start(), end=match.end(), day=_counted_day(on, match["count"], match["unit"].lower())
        )


def _counted_day(on: date, count: str, unit: str) -> date | None:
    number = int(count) if count.isdigit() else DIGIT_WORDS.get(count.lower(), 1)
    if unit in {"day", "week"}:
        return on + timedelta(days=number * (7 if unit == "week" else 1))
    return add_months(on, number * {"month": 1, "quarter": 3, "year": 12}[unit]) if number <= 600 else None


def _ends(text: str, on: date) -> Iterator[Deadline]:
    """“by the end of the year”, “before the end of the quarter”."""
    for match in _END_OF_UNIT.finditer(text):
        unit = match["unit"].lower()
        yield Deadline(start=match.start(), end=match.end(), day=_last_day(_unit_start(on, unit), unit))


# The grammar of dates is tried only around what can be the heart of one.
_HEART = re.compile(
    r"20\d\d|['’]\d\d|\d[./-]\s?\d|(?<!\w)(?:q[1-4]|h[12]|fy\s?['’]?\d+|fiscal|"
    + "|".join(sorted(WORDS, key=len, reverse=True))
    + r")(?!\w)",
    re.IGNORECASE,
)
_REACH = 48  # characters that prepositions and years take around it


def _windows(text: str) -> list[tuple[int, int]]:
    """The stretches of a text in which a date can stand, none overlapping."""
    windows: list[tuple[int, int]] = []
    for match in _HEART.finditer(text):
        lo, hi = max(0, match.start() - _REACH), match.end() + _REACH
        if windows and lo <= windows[-1][1]:
            windows[-1] = (windows[-1][0], hi)
        else:
            windows.append((lo, hi))
    return windows


def _dated(text: str, on: date) -> Iterator[Deadline]:
    for match in (m for lo, hi in _windows(text) for m in _DATED.finditer(text, lo, hi)):
        prep = " ".join((match["prep"] or "").lower().split())
        start = match.start() + len(match[0]) - len(match[0].lstrip(" ,("))
        if not prep and not _stands_alone(match):
            continue
        if match["fiscal"] or _unclear(match):
            yield Deadline(start=start, end=match.end(), day=None)
            continue
        span = _span(match, on)
        if span is None:
            if prep:  # "by 31 February": meant as a deadline, so it is asked for
                yield Deadline(start=start, end=match.end(), day=None)
            continue
        first, last = span
        part = (match["part_of"] or "").lower()
        if part in {"start", "beginning", "early"}:
            last = min(last, add_months(first, 3) - timedelta(days=1)) if part == "early" else first
        elif part.startswith("mid"):
            last = first + (last - first) // 2 if (last - first).days < 200 else date(first.year, 6, 30)
        onward = (match["on"] or "").strip().lower().startswith("on")
        if prep in {"from", "as of", "as from"} or prep.startswith("starting"):
            if prep == "from" and not onward and not _END.match(text, match.end()):
                continue  # "from June to August"
            last = first
        elif prep == "before" and first != last and not part:
            last = first - timedelta(days=1)
        elif prep in {"in", "during", "on", "at", "from"} and last < on:
            continue  # when something was counted, not when it is due
        yield Deadline(
            start=start, end=match.end() if onward or not match["on"] else match.end("on"), day=last
        )


_END = re.compile(r"\s*[,.;)]?\s*$")


def _stands_alone(match: re.Match[str]) -> bool:
    """Whether a date without a preposition is a deadline: a full date or "this year" is, "2026" and "May" are not."""
    full = (
        match["iso"]
        or match["dotted"]
        or match["slashed"]
        or (match["d1"] and match["y1"])
        or (match["d2"] and match["y2"])
    )
    return bool(
        full
        or match["yearend"]
        or (match["part_of"] or "").lower() in {"end", "ende", "very end"}
        or (match["which"] and match["unit"].lower() in {"year", "quarter", "month"})
    )


def _unclear(match: re.Match[str]) -> bool:
    """Whether day and month can be swapped: 6/7/2026 is June to some and July to others."""
    if not match["slashed"]:
        return False
    a, b, _ = (int(n) for n in match["slashed"].split("/"))
    return a <= 12 and b <= 12 and a != b


def _span(match: re.Match[str], on: date) -> tuple[date, date] | None:
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
            return _one(_next_day(int(text[d]), _MONTHS[text[m].lower().rstrip(".")], text.get(y, ""), on))
    if "m3" in text:
        return _months(_MONTHS[text["m3"].lower().rstrip(".")], 1, text.get("y3", ""), on)
    if "qy" in text:
        return _months(3 * int(text["qy"]) - 2, 3, text["yq"], on)
    if "q1" in text:
        return _months(3 * int(text["q1"]) - 2, 3, text.get("y4", ""), on)
    if "qo" in text:
        number, half = _ORDINALS[text["qo"].lower()], text["part"].lower() == "half"
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
        return _one(on + timedelta(days=(_WEEKDAYS.index(text["weekday"].lower()) - on.weekday()) % 7))
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
    last = _SEASONS[name]
    number = _year(year, on)
    start = add_months(date(on.year if number is None else number, last, 1), -2)
    end = add_months(start, 3) - timedelta(days=1)
    if number is None and end < on:
        start, end = add_months(start, 12), add_months(start, 15) - timedelta(days=1)
    return start, end


def _unit_start(on: date, unit: str) -> date:
    if unit == "week":
        return on - timedelta(days=on.weekday())
    if unit == "day":
        return on
    return date(on.year, {"month": on.month, "quarter": (on.month - 1) // 3 * 3 + 1}.get(unit, 1), 1)


def _last_day(start: date, unit: str) -> date:
    if unit in {"day", "week"}:
        return start + timedelta(days=6 if unit == "week" else 0)
    return add_months(start, {"month": 1, "quarter": 3}.get(unit, 12)) - timedelta(days=1)


def _this_or_next(which: str, unit: str, on: date) -> tuple[date, date] | None:
    later = which in {"next", "the following", "the coming"}
    if unit in _SEASONS:
        first, last = _season(unit, "", on)
        return (
            (add_months(first, 12), add_months(first, 15) - timedelta(days=1))
            if later and first <= on
            else (first, last)
        )
    if unit in _WEEKDAYS:
        return _one(on + timedelta(days=(_WEEKDAYS.index(unit) - on.weekday()) % 7 or 7))
    start = _unit_start(on, unit)
    if later:
        start = _last_day(start, unit) + timedelta(days=1)
    return start, _last_day(start, unit)
