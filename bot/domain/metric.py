"""The number a pilot must move: progress against target, pace against the calendar, guardrails."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from math import ceil

from bot.domain.direction import Direction, Kind
from bot.domain.record import Activity, Counts, Reading

#: By names of their own, as in `clocks`.
_KEPT = (Direction.KEEP_ABOVE, Direction.KEEP_BELOW)
_UPWARDS = (Direction.INCREASE, Direction.KEEP_ABOVE)
_GUARDS = Counts.PROGRESS_GUARDRAIL
#: A hyphen after a number or a word joins or ranges: no minus.
_NUMBER = re.compile(r"(?:(?<!\w)[-−])?\d+(?:[.,]\d+)*")
_GROUPS = re.compile(r"[-−]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")


def last_number(text: str) -> Decimal | None:
    """The last number in a connector's text: ``conversion 5.2 %`` → 5.2, ``6,450 EUR`` → 6450."""
    found = _NUMBER.findall(text)
    return plain_number(found[-1]) if found else None


def plain_number(text: str) -> Decimal | None:
    """A number as our own files and connectors write it: a point for decimals, commas only between thousands."""
    text = text.strip().replace("−", "-")
    if "," in text:
        text = text.replace(",", "") if _GROUPS.fullmatch(text) else text.replace(",", ".")
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Metric:
    """What the pilot promised to move."""

    name: str
    unit: str = ""
    direction: Direction = Direction.DECREASE
    kind: Kind = Kind.FROM_TO
    #: The stated change, for relative and absolute_by.
    amount: Decimal | None = None
    baseline: Decimal | None = None
    baseline_on: date | None = None
    baseline_source: str = ""
    target: Decimal | None = None
    deadline: date | None = None

    @property
    def keeps(self) -> bool:
        """Whether the promise is to hold a level instead of moving it."""
        return self.direction in _KEPT

    def frozen(self, baseline: Decimal, on: date, source: str = "") -> "Metric":
        """The metric with its baseline, and a relative promise turned into an absolute target that day."""
        target = self.target
        if target is None and self.amount is not None:
            sign = 1 if self.direction in _UPWARDS else -1
            change = abs(baseline) * self.amount / 100 if self.kind is Kind.RELATIVE else self.amount
            target = baseline + sign * change
        return replace(self, baseline=baseline, baseline_on=on, baseline_source=source, target=target)

    def measured(self, baseline: Decimal, on: date, source: str = "") -> "Metric":
        """The metric once its baseline is measured: what was promised by share or by amount is counted from there anew."""
        counted = self.amount is not None and self.kind in (Kind.RELATIVE, Kind.ABSOLUTE_BY)
        return (replace(self, target=None) if counted else self).frozen(baseline, on, source)

    def reached(self, value: Decimal) -> bool:
        """Whether a value is at the target or beyond it."""
        if self.target is None:
            return False
        if self.direction in _UPWARDS:
            return value >= self.target
        return value <= self.target

    def progress(self, value: Decimal) -> float | None:
        """The share of the way made, 1.0 at the target; not cut. None without baseline and target."""
        if self.keeps:
            return None if self.target is None else float(self.reached(value))
        if self.baseline is None or self.target is None or self.target == self.baseline:
            return None
        return float((value - self.baseline) / (self.target - self.baseline))

    def expected(self, on: date) -> float | None:
        """The share of the way that the calendar expects by a day, cut to 0..1."""
        if self.keeps:
            return 1.0
        if self.baseline_on is None or self.deadline is None:
            return None
        whole = (self.deadline - self.baseline_on).days
        if whole <= 0:
            return 1.0
        return min(1.0, max(0.0, (on - self.baseline_on).days / whole))

    def gap(self, value: Decimal, on: date) -> float | None:
        """How far behind the calendar, in points; negative is ahead."""
        expected, progress = self.expected(on), self.progress(value)
        if expected is None or progress is None:
            return None
        return (expected - progress) * 100

    def gap_reaches(self, value: Decimal, points: int) -> date | None:
        """The first day on which a value that does not move is that many points behind; None: never."""
        progress = self.progress(value)
        if progress is None:
            return None
        if self.keeps:
            return None if self.reached(value) else date.min
        if self.baseline_on is None or self.deadline is None:
            return None
        share = progress + points / 100
        # A hair beyond the end: 0.67 + 0.33 must not miss it by a rounding error.
        if share > 1 + 1e-9:
            return None
        whole = (self.deadline - self.baseline_on).days
        if whole <= 0 or share <= 0:
            return date.min
        # A hair off the ceiling: 0.3 * 10 must not become four days by a rounding error.
        return self.baseline_on + timedelta(days=max(0, ceil(share * whole - 1e-9)))


_OPS = {"<=": "<=", "≤": "<=", ">=": ">=", "≥": ">=", "=": "=", "==": "=", "<": "<", ">": ">"}
_WORDS = {"not below": ">=", "not under": ">=", "not above": "<=", "not over": "<="}
_GUARDRAIL = re.compile(
    r"^(?P<name>.*?)\s*(?P<op><=|>=|≤|≥|==?|<|>|\bnot (?:below|under|above|over)\b)\s*(?P<limit>[-−+]?\d+(?:[.,]\d+)*)(?P<rest>.*)$",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Guardrail:
    """A second number that must not get worse: ``name op limit``, words after the limit are only shown."""

    text: str
    name: str
    op: str
    limit: Decimal

    def broken(self, value: Decimal) -> bool:
        """Whether a value lies on the wrong side of the limit."""
        match self.op:
            case "<=":
                return value > self.limit
            case ">=":
                return value < self.limit
            case "<":
                return value >= self.limit
            case ">":
                return value <= self.limit
            case _:
                return value != self.limit


@lru_cache(maxsize=4096)  # read from its text for every pilot that is looked at
def guardrail(text: str) -> Guardrail | None:
    """Reads ``honest customers blocked <= 0.4 %``; None where no limit can be read."""
    text = text.strip()
    found = _GUARDRAIL.match(text)
    limit = plain_number(found["limit"].lstrip("+")) if found else None
    if found is None or limit is None:
        return None
    op = " ".join(found["op"].lower().split())
    return Guardrail(text=text, name=found["name"].strip(), op=_WORDS.get(op) or _OPS[op], limit=limit)


def values_of(
    rail: Guardrail, rails: Sequence[Guardrail], activities: Sequence[Activity]
) -> list[tuple[date, Decimal]]:
    """The dated values of one guardrail among several, ascending.

    With one guardrail every guardrail activity is its own; with more, an activity belongs to the one whose
    name shares most words with its text.
    """
    values = []
    for activity in activities:
        if activity.counts is _GUARDS and activity.value is not None:
            nearest = (
                rails[0] if len(rails) == 1 else max(rails, key=lambda one: _shared(one.name, activity.text))
            )
            if nearest == rail:
                values.append((activity.on, activity.value))
    return values


def _shared(name: str, text: str) -> float:
    words = set(re.findall(r"\w+", name.lower()))
    return len(words & set(re.findall(r"\w+", text.lower()))) / len(words) if words else 0.0


def newest(readings: Sequence[Reading]) -> Reading | None:
    """The newest reading."""
    return readings[-1] if readings else None
