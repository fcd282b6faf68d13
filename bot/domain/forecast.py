"""Where a metric will stand at its deadline if it goes on as so far, and how sure that is.

The method is the random walk with drift (Hyndman and Athanasopoulos, Forecasting: Principles and Practice, 3rd ed., 5.2
and 5.5), for readings at uneven distances: the next step is the average step so far, and every day adds its own chance.
It is chosen over a straight line because a pilot's number is a level that is pushed about, not a line with noise around
it: the forecast starts from the newest value, and its interval widens with the distance, as an honest one does. Pilots
change their course, so two courses are drawn, that of all readings and that of the later half; the forecast lies between
them, and the interval reaches a whole half-width beyond both. With few readings the width comes from Student's t. It
speaks of the course so far only; nothing in it knows of next week's rollout.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from math import sqrt

from bot.domain.metric import Metric
from bot.domain.record import Reading

#: Fewer readings, or readings over fewer days, say nothing about a course.
LEAST_READINGS = 4
LEAST_DAYS = 28
#: It looks no further ahead than it looks back.
MOST_AHEAD = 1.0
#: Student's t for a two-sided 90 %, by degrees of freedom: where the course is steady nine of ten hold.
_T = (6.314, 2.920, 2.353, 2.132, 2.015, 1.943, 1.895, 1.860, 1.833, 1.812, 1.796, 1.782, 1.771, 1.761, 1.753)
_T_MANY = ((20, 1.725), (30, 1.697), (60, 1.671), (120, 1.658))


_IMMENSE = 1e100


class Outlook(StrEnum):
    """What the interval says of the target."""

    MEETS = "meets"
    OPEN = "open"
    MISSES = "misses"


class Silence(StrEnum):
    """Why nothing can be said."""

    NO_METRIC = "no_metric"
    NO_TARGET = "no_target"
    NO_DEADLINE = "no_deadline"
    OVER = "over"
    FEW = "few"
    SHORT = "short"
    FAR = "far"


@dataclass(frozen=True, kw_only=True, slots=True)
class CannotSay:
    """No forecast, and why."""

    because: Silence
    readings: int = 0
    #: Days that the readings cover, and days from the newest one to the deadline.
    days: int = 0
    ahead: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Forecast:
    """The value expected on a day, and the interval that holds it in nine of ten cases if the course is steady."""

    on: date
    expected: float
    low: float
    high: float
    #: None where there is no target to compare with.
    outlook: Outlook | None
    readings: int


def forecast(metric: Metric | None, readings: Sequence[Reading], today: date) -> Forecast | CannotSay:
    """The value at the metric's deadline.

    Args:
        metric: what is measured; None gives no forecast.
        readings: ascending by day; of several on one day the last counts, of those after today none.
        today: the day on which it is said.

    """
    if metric is None:
        return CannotSay(because=Silence.NO_METRIC)
    if metric.target is None:
        return CannotSay(because=Silence.NO_TARGET)
    if metric.deadline is None:
        return CannotSay(because=Silence.NO_DEADLINE)
    points = course(readings, today)
    days = (points[-1][0] - points[0][0]).days if points else 0
    ahead = (metric.deadline - points[-1][0]).days if points else 0
    found = CannotSay(because=Silence.FEW, readings=len(points), days=days, ahead=ahead)
    if today >= metric.deadline:
        return _because(found, Silence.OVER)
    if len(points) < LEAST_READINGS:
        return found
    if days < LEAST_DAYS:
        return _because(found, Silence.SHORT)
    if ahead > MOST_AHEAD * days:
        return _because(found, Silence.FAR)
    expected, half = extrapolated(points, ahead)
    floor, ceiling = _bounds(metric, points)
    low, high = max(expected - half, floor), min(expected + half, ceiling)
    expected = min(max(expected, floor), ceiling)
    return Forecast(
        on=metric.deadline,
        expected=expected,
        low=low,
        high=high,
        outlook=_outlook(metric, low, high),
        readings=len(points),
    )


def course(readings: Sequence[Reading], today: date) -> list[tuple[date, float]]:
    """One value a day, ascending, none after today."""
    return sorted({one.on: as_float(one.value) for one in readings if one.on <= today}.items())


def as_float(value: Decimal) -> float:
    """A value to compute with; one beyond all measure is cut, so that its square is still a number."""
    return max(-_IMMENSE, min(_IMMENSE, float(value)))


def extrapolated(points: Sequence[tuple[date, float]], ahead: int) -> tuple[float, float]:
    """The value so many days after the last point, and half the width of its interval.

    The width is never less than half of the smallest step that the values show: what was rounded is no surer.

    Args:
        points: at least three, one a day, ascending.
        ahead: days from the last of them.

    """
    last_on, last = points[-1]
    whole = (last_on - points[0][0]).days
    drift = (last - points[0][1]) / whole
    steps = [((later[0] - one[0]).days, later[1] - one[1]) for one, later in pairwise(points)]
    freedom = len(steps) - 1
    variance = sum((change - drift * days) ** 2 / days for days, change in steps) / freedom
    half = student(freedom) * sqrt(variance * ahead * (1 + ahead / whole))
    apart = (_later_drift(points) - drift) * ahead
    moved = [abs(change) for _, change in steps if change]
    return last + drift * ahead + apart / 2, max(half + abs(apart) / 2, min(moved, default=0.0) / 2)


def _later_drift(points: Sequence[tuple[date, float]]) -> float:
    """The change a day over the later half of the time, or over the last step where that is longer."""
    last_on, last = points[-1]
    reach = max((last_on - points[0][0]).days / 2, (last_on - points[-2][0]).days)
    first_on, first = next(one for one in points if (last_on - one[0]).days <= reach)
    return (last - first) / (last_on - first_on).days


def student(freedom: int) -> float:
    """Student's t for a two-sided 90 %; between two rows of the table the wider one."""
    if freedom <= len(_T):
        return _T[freedom - 1]
    return next((t for least, t in reversed(_T_MANY) if freedom >= least), _T[-1])


def _because(found: CannotSay, because: Silence) -> CannotSay:
    return CannotSay(because=because, readings=found.readings, days=found.days, ahead=found.ahead)


def _bounds(metric: Metric, points: Sequence[tuple[date, float]]) -> tuple[float, float]:
    """What the value cannot leave: nothing that was never negative falls below nought, no share exceeds 100 %."""
    values = [value for _, value in points]
    floor = 0.0 if min(values) >= 0 and (metric.target or Decimal(0)) >= 0 else float("-inf")
    ceiling = 100.0 if metric.unit.strip() == "%" and max(values) <= 100 else float("inf")
    return floor, ceiling


def _outlook(metric: Metric, low: float, high: float) -> Outlook:
    ends = [metric.reached(Decimal(repr(end))) for end in (low, high)]
    if all(ends):
        return Outlook.MEETS
    return Outlook.OPEN if any(ends) else Outlook.MISSES
