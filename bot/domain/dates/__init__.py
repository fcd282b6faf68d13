"""Deadlines as people type them: text in, days with their place in the text out.

"by" a month, quarter, season or year is its last day; "from X on" its first; "before X" the day before it begins; a part of the
year that names none is the next one to end after the day of submission. What stays open (a fiscal year, 6/7/2026) is found,
so that it does not end up in the metric's name, but has no day: it is asked for.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice

from bot.domain.dates.grammar import DATED, END, END_OF_UNIT, FROM_NOW, WITHIN, stands_alone, unclear, windows
from bot.domain.dates.spans import add_months, last_day, span, unit_start
from bot.domain.dates.words import WORDS
from bot.domain.quantities import DIGIT_WORDS

__all__ = ["WORDS", "Deadline", "add_months", "find"]

MOST = 8  # dates of one text, of each kind; what has more is a calendar


@dataclass(frozen=True, kw_only=True)
class Deadline:
    """A deadline at text[start:end], its preposition included."""

    start: int
    end: int
    day: date | None  # None: read as a deadline, but on which day is open
    loose: bool = False  # "within 30 days": as well part of a metric's name


def find(text: str, on: date) -> list[Deadline]:
    """All deadlines of a text, in order, none overlapping; `on` is the day of submission."""
    found: list[Deadline] = []
    end = 0
    for deadline in sorted(
        (way for found_by in (_dated, _counted, _ends) for way in islice(found_by(text, on), MOST)),
        key=lambda d: (d.start, -d.end),
    ):
        if deadline.start >= end:
            found.append(deadline)
            end = deadline.end
    return found


def _counted(text: str, on: date) -> Iterator[Deadline]:
    """“within 9 months”, “in the next 6 weeks”, “over the next year”, “two years from now”."""
    for match in WITHIN.finditer(text):
        count, unit = match["count"], match["unit"].lower()
        if count is None and not match["next"] and match["prep"].lower() != "within":
            continue
        first = (match["next"] or "").strip().lower() == "first"
        if match["later"] or first or match["prep"].lower() == "after":
            day = None  # counted from a day that nobody has named
        elif count is None and not match["next"]:
            day = last_day(unit_start(on, unit), unit)
        else:
            day = _counted_day(on, count or "1", unit)
        loose = (unit in {"day", "week"} and not match["next"]) or (
            match["prep"].lower() in {"in", "over", "after"} and not match["next"]
        )
        if match["prep"].lower() in {"over", "after"} and not match["next"] and not match["later"]:
            continue
        yield Deadline(start=match.start(), end=match.end(), day=day, loose=loose)
    for match in FROM_NOW.finditer(text):
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
    for match in END_OF_UNIT.finditer(text):
        unit = match["unit"].lower()
        yield Deadline(start=match.start(), end=match.end(), day=last_day(unit_start(on, unit), unit))


def _dated(text: str, on: date) -> Iterator[Deadline]:
    for match in (m for lo, hi in windows(text) for m in DATED.finditer(text, lo, hi)):
        prep = " ".join((match["prep"] or "").lower().split())
        start = match.start() + len(match[0]) - len(match[0].lstrip(" ,("))
        if not prep and not stands_alone(match):
            continue
        if match["fiscal"] or match["feast"] or unclear(match):
            yield Deadline(start=start, end=match.end(), day=None)
            continue
        days = span(match, on)
        if days is None:
            if prep:  # "by 31 February": meant as a deadline, so it is asked for
                yield Deadline(start=start, end=match.end(), day=None)
            continue
        first, last = days
        part = (match["part_of"] or "").lower()
        if part in {"start", "beginning", "early"}:
            last = min(last, add_months(first, 3) - timedelta(days=1)) if part == "early" else first
        elif part.startswith("mid"):
            last = first + (last - first) // 2 if (last - first).days < 200 else date(first.year, 6, 30)
        onward = (match["on"] or "").strip().lower().startswith("on")
        if prep in {"from", "as of", "as from"} or prep.startswith("starting"):
            if prep == "from" and not onward and not END.match(text, match.end()):
                continue  # "from June to August"
            last = first
        elif prep == "before" and first != last and not part:
            last = first - timedelta(days=1)
        elif prep in {"in", "during", "on", "at", "from"} and last < on:
            continue  # when something was counted, not when it is due
        yield Deadline(
            start=start, end=match.end() if onward or not match["on"] else match.end("on"), day=last
        )
