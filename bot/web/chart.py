"""A metric as a picture: inline SVG from pure functions, coloured by the style sheet, with its words beside it.

    baseline   where it began         pace      the straight way from baseline to target
    target     where it should be     readings  what was measured
    forecast   where it goes on this course, and between which bounds

The picture carries `role="img"` and all its facts as one sentence, so it can be read without being seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup, escape

from bot.domain.forecast import CannotSay, Forecast, as_float
from bot.domain.metric import Metric
from bot.domain.record import Reading
from bot.messages.figures import bare, short_day
from bot.messages.page import said

#: Beyond the other values by so much of their range a forecast's bounds are cut: they must not flatten everything else.
_REACH = 0.35


@dataclass(frozen=True, kw_only=True)
class Frame:
    """The paper: its size and the margins around the drawing."""

    width: int
    height: int
    left: int = 6
    right: int = 8
    top: int = 8
    bottom: int = 8


SMALL = Frame(width=240, height=72)
WIDE = Frame(width=760, height=290, left=60, right=76, top=26, bottom=34)
NARROW = Frame(width=350, height=250, left=46, right=54, top=26, bottom=32)


@dataclass(frozen=True, kw_only=True)
class Scale:
    """Days and values → places on the paper."""

    frame: Frame
    first: date
    last: date
    low: float
    high: float

    def x(self, day: date) -> float:
        """From the left; a day outside lies on the edge."""
        days = max((self.last - self.first).days, 1)
        inner = self.frame.width - self.frame.left - self.frame.right
        return round(self.frame.left + inner * min(max((day - self.first).days / days, 0.0), 1.0), 1)

    def y(self, value: float) -> float:
        """From the top; a value outside lies on the edge."""
        inner = self.frame.height - self.frame.top - self.frame.bottom
        share = (value - self.low) / (self.high - self.low)
        return round(self.frame.top + inner * (1 - min(max(share, 0.0), 1.0)), 1)


def drawn(
    metric: Metric | None,
    readings: Sequence[Reading],
    told: Forecast | CannotSay,
    today: date,
    words: str,
    frame: Frame = SMALL,
) -> Markup:
    """The picture; empty where there is nothing to draw.

    Args:
        metric: what is measured.
        readings: ascending by day.
        told: the forecast, if one can be made.
        today: the day of looking.
        words: all of it in one sentence.
        frame: the paper.

    """
    if metric is None or (not readings and metric.baseline is None):
        return Markup("")
    scale = _scale(metric, readings, told, today, frame)
    parts = [*_lines(metric, scale), *_band(told, readings, scale), *_course(readings, scale, frame)]
    if frame is SMALL:
        at = scale.x(today)
        parts = [_line("today", (at, 0), (at, frame.height)), *parts]
    else:
        parts = [*_axes(scale, today), *parts, *_labels(metric, readings, told, scale)]
    head = Markup(
        '<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}" focusable="false">'
    ).format(frame.width, frame.height, words)
    return head + Markup("").join(parts) + Markup("</svg>")


def _scale(
    metric: Metric, readings: Sequence[Reading], told: Forecast | CannotSay, today: date, frame: Frame
) -> Scale:
    days = [today, *(one.on for one in readings)]
    days += [one for one in (metric.baseline_on, metric.deadline) if one is not None]
    values = [as_float(one.value) for one in readings]
    values += [as_float(one) for one in (metric.baseline, metric.target) if one is not None]
    low, high = min(values), max(values)
    reach = (high - low) * _REACH
    if isinstance(told, Forecast):
        low, high = min(low, max(told.low, low - reach)), max(high, min(told.high, high + reach))
    room = (high - low) * 0.06 or abs(high) * 0.1 or 1.0
    return Scale(frame=frame, first=min(days), last=max(days), low=low - room, high=high + room)


def _line(kind: str, one: tuple[float, float], two: tuple[float, float]) -> Markup:
    return Markup('<line class="{}" x1="{}" y1="{}" x2="{}" y2="{}"/>').format(kind, *one, *two)


def _lines(metric: Metric, scale: Scale) -> list[Markup]:
    """Target, baseline and pace."""
    left, right = scale.x(scale.first), scale.x(scale.last)
    found = []
    for kind, value in (("baseline", metric.baseline), ("target", metric.target)):
        if value is not None:
            at = scale.y(as_float(value))
            found.append(_line(kind, (left, at), (right, at)))
    if metric.baseline is not None and metric.target is not None and metric.baseline_on and metric.deadline:
        start = (scale.x(metric.baseline_on), scale.y(as_float(metric.baseline)))
        found.append(_line("pace", start, (scale.x(metric.deadline), scale.y(as_float(metric.target)))))
    return found


def _band(told: Forecast | CannotSay, readings: Sequence[Reading], scale: Scale) -> list[Markup]:
    """Where it goes from the newest reading."""
    if isinstance(told, CannotSay) or not readings:
        return []
    x, y = scale.x(readings[-1].on), scale.y(as_float(readings[-1].value))
    end, expected = scale.x(told.on), scale.y(told.expected)
    cone = Markup('<polygon class="band" points="{},{} {},{} {},{}"/>').format(
        x, y, end, scale.y(told.low), end, scale.y(told.high)
    )
    dot = Markup('<circle class="expected" cx="{}" cy="{}" r="3.5"/>').format(end, expected)
    return [cone, _line("forecast", (x, y), (end, expected)), dot]


def _course(readings: Sequence[Reading], scale: Scale, frame: Frame) -> list[Markup]:
    """What was measured."""
    if not readings:
        return []
    points = [(scale.x(one.on), scale.y(as_float(one.value))) for one in readings]
    way = " ".join(f"{x},{y}" for x, y in points)
    dots = points[-1:] if frame is SMALL else points
    return [
        Markup('<polyline class="readings" points="{}"/>').format(way),
        *(Markup('<circle class="reading" cx="{}" cy="{}" r="3.2"/>').format(x, y) for x, y in dots),
    ]


def _text(kind: str, x: float, y: float, anchor: str, words: str) -> Markup:
    # What the picture says is said by its label already.
    return Markup('<text class="{}" x="{}" y="{}" text-anchor="{}" aria-hidden="true">{}</text>').format(
        kind, x, y, anchor, escape(words)
    )


def _axes(scale: Scale, today: date) -> list[Markup]:
    """Today, and the days at both ends."""
    bottom = scale.frame.height - scale.frame.bottom
    at, under = scale.x(today), bottom + 22
    found = [_line("today", (at, scale.frame.top - 4), (at, bottom))]
    left, right = scale.x(scale.first), scale.x(scale.last)
    found.append(_text("axis", left, under, "start", short_day(scale.first, today)))
    if right - left > 120:
        found.append(_text("axis", right, under, "end", short_day(scale.last, today)))
    anchor = "end" if right - at < 24 else "start" if at - left < 24 else "middle"
    return [*found, _text("axis now", at, scale.frame.top - 8, anchor, "today")]


def _labels(
    metric: Metric, readings: Sequence[Reading], told: Forecast | CannotSay, scale: Scale
) -> list[Markup]:
    """The values of the lines on the left, of the newest reading and the forecast on the right."""
    found = []
    left, right = scale.frame.left - 8, scale.frame.width - scale.frame.right + 10
    marks = [
        (scale.y(as_float(value)), kind, bare(value, metric, readings))
        for kind, value in (("target", metric.target), ("baseline", metric.baseline))
        if value is not None
    ]
    for y, kind, words in _apart(marks):
        found.append(_text(f"mark {kind}", left, y + 4, "end", words))
    ends = []
    if isinstance(told, Forecast) and readings:
        ends.append((scale.y(told.expected), "expected", said(told.expected, metric, readings, unit=False)))
    for y, kind, words in _apart(ends):
        found.append(_text(f"mark {kind}", right, y + 4, "start", words))
    if readings:
        last = readings[-1]
        x, y = scale.x(last.on), scale.y(as_float(last.value))
        above = y > scale.frame.top + 24
        found.append(
            _text(
                "mark reading", x, y - 10 if above else y + 20, "middle", bare(last.value, metric, readings)
            )
        )
    return found


def _apart(marks: list[tuple[float, str, str]], least: float = 15) -> list[tuple[float, str, str]]:
    """Labels moved down until none lies on another."""
    placed: list[tuple[float, str, str]] = []
    for y, kind, words in sorted(marks):
        at = max(y, placed[-1][0] + least) if placed else y
        placed.append((at, kind, words))
    return placed


def share(part: float, whole: float, kind: str = "") -> Markup:
    """A bar: how much of the whole a part is. The number stands beside it, so it is decoration to a reader by ear."""
    width = round(100 * part / whole, 2) if whole else 0
    return Markup(
        '<svg class="bar {}" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        '<rect class="rest" width="100" height="8" rx="0"/><rect class="part" width="{}" height="8"/></svg>'
    ).format(kind, width)


def between(start: date, end: date, first: date, last: date, kind: str) -> Markup:
    """A time on an axis that others share. Both days stand beside it, so it is decoration to a reader by ear."""
    days = max((last - first).days, 1)
    x, width = 100 * (start - first).days / days, max(100 * (end - start).days / days, 0.6)
    return Markup(
        '<svg class="between {}" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        '<rect class="rest" y="3.5" width="100" height="1"/><rect class="part" x="{}" width="{}" height="8"/></svg>'
    ).format(kind, round(min(x, 99.4), 2), round(width, 2))


def stacked(parts: Sequence[tuple[str, int]], most: int, words: str) -> Markup:
    """A bar of several parts, each with a class of its own, on a scale that `most` fills."""
    found, at = [], 0.0
    for kind, count in parts:
        width = 100 * count / most if most else 0
        found.append(
            Markup('<rect class="{}" x="{}" width="{}" height="14"/>').format(
                kind, round(at, 2), round(width, 2)
            )
        )
        at += width
    head = Markup(
        '<svg class="stack" viewBox="0 0 100 14" preserveAspectRatio="none" role="img" aria-label="{}" focusable="false">'
    ).format(words)
    return head + Markup("").join(found) + Markup("</svg>")
