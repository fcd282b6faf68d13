"""What was understood, in one plain line, and the way back: the line reads as the same meaning again."""

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal

from bot.domain.direction import Direction, Kind
from bot.domain.outcome.claim import Claim
from bot.domain.outcome.names import is_rate
from bot.domain.outcome.verdict import Outcome, Reason, Verdict
from bot.domain.quantities import numeral, plain

NOTHING = "Nothing measurable yet"
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_VERBS = {
    Direction.INCREASE: "Increase",
    Direction.DECREASE: "Decrease",
    Direction.KEEP_ABOVE: "Keep",
    Direction.KEEP_BELOW: "Keep",
}
_NUM = r"(-?\d[\d,.]*)"
_PART = re.compile(
    r"(?P<verb>increase|decrease|keep)(?:\s“(?P<metric>[^“”]+)”)?"
    rf"(?:\s(?:by\s(?P<by>{_NUM})|from\s(?P<base>{_NUM})\sto\s(?P<target>{_NUM})|to\s(?P<to>{_NUM})|(?P<side>above|below)\s(?P<level>{_NUM})|from\s(?P<way>rising|falling)\sby\smore\sthan\s(?P<most>{_NUM})))?"
    r"(?:\s(?P<unit>[^“”;()]*[^“”;()\s,]))??(?P<relative>\s\(relative\))?",
    re.IGNORECASE,
)
_LINE = re.compile(
    r"(?P<parts>(?:increase|decrease|keep)\b.*?)(?:,\sby\s(?P<day>\d{1,2})\s(?P<month>"
    + "|".join(_MONTHS)
    + r")\s(?P<year>\d{4}))?",
    re.IGNORECASE,
)


def echo(outcome: Outcome) -> str:
    """What was understood: 'Decrease “customer support response time” by 40 %, by 30 June 2026'.

    The metric's name stands in quotes, numbers have commas between thousands, a relative change that could be taken for
    percentage points says so. `judge` reads the line back; of a refused sentence it has what is kept.
    """
    if outcome.verdict is Verdict.NEEDS_CHOICE:
        parts = [_part(choice.outcome) for choice in outcome.choices]
        line = "; ".join([parts[0], *(part[0].lower() + part[1:] for part in parts[1:])])
        return line + _day(outcome.deadline)
    if outcome.verdict is Verdict.REFUSED:
        keeps = outcome.keeps
        if keeps.direction is None or (keeps.metric is None and _VERBS[keeps.direction] == "Keep"):
            return NOTHING
        return _part(
            Outcome(
                text="",
                verdict=Verdict.REFUSED,
                direction=keeps.direction,
                kind=Kind.RELATIVE if keeps.unit and keeps.unit.startswith("%") else Kind.ABSOLUTE_BY,
                metric=keeps.metric,
                amount=keeps.amount,
                unit=keeps.unit,
            )
        )
    return _part(outcome) + _day(outcome.deadline)


def amount_text(outcome: Outcome) -> str:
    """Direction and amount without the name: "decrease to 200000 EUR per quarter", "keep below 0.4 %"."""
    unit = f" {outcome.unit}" if outcome.unit else ""
    if outcome.direction in {Direction.KEEP_ABOVE, Direction.KEEP_BELOW} and outcome.target is not None:
        return f"keep {'below' if outcome.direction is Direction.KEEP_BELOW else 'above'} {_bare(outcome.target)}{unit}"
    if outcome.direction in {Direction.KEEP_ABOVE, Direction.KEEP_BELOW}:
        return f"keep from {'rising' if outcome.direction is Direction.KEEP_BELOW else 'falling'} by more than {_bare(outcome.amount or Decimal(0))}{unit}"
    verb = {Direction.INCREASE: "increase", Direction.DECREASE: "decrease", None: "change"}[outcome.direction]
    if outcome.kind is Kind.FROM_TO and outcome.baseline is not None and outcome.target is not None:
        return f"{verb} from {_bare(outcome.baseline)} to {_bare(outcome.target)}{unit}"
    if outcome.target is not None:
        return f"{verb} to {_bare(outcome.target)}{unit}"
    return f"{verb} by {_bare(outcome.amount or Decimal(0))}{unit}"


def guardrail(outcome: Outcome) -> str:
    """An outcome as the text of a guardrail: "honest-customer block rate <= 0.4 %"."""
    unit = f" {outcome.unit}" if outcome.unit else ""
    falls = outcome.direction in {Direction.DECREASE, Direction.KEEP_BELOW}
    if outcome.target is not None:
        return f"{outcome.metric} {'<=' if falls else '>='} {_bare(outcome.target)}{unit}"
    if outcome.direction in {Direction.KEEP_ABOVE, Direction.KEEP_BELOW}:
        return f"{outcome.metric} {'<= +' if falls else '>= -'}{_bare(outcome.amount or Decimal(0))}{unit}"
    return f"{outcome.metric} {'<= -' if falls else '>= +'}{_bare(outcome.amount or Decimal(0))}{unit}"


def parse_echo(text: str) -> tuple[list[Claim], date | None] | None:
    """The claims and the deadline of an echoed line; None if a text is anything else."""
    if text == NOTHING:
        return [], None
    if not (match := _LINE.fullmatch(text)):
        return None
    found: list[Claim] = []
    for part in re.split(r";\s(?=(?:increase|decrease|keep)\b)", match["parts"]):
        claim = _claim(part)
        if claim is None:
            return None
        found.append(claim)
    if not match["day"]:
        return found, None
    try:
        month = [m.lower() for m in _MONTHS].index(match["month"].lower()) + 1
        return found, date(int(match["year"]), month, int(match["day"]))
    except ValueError:
        return None


def _claim(part: str) -> Claim | None:
    match = _PART.fullmatch(part)
    if not match or not (match["metric"] or part.lower().split()[1:2] in ([], ["by"])):
        return None
    values = {
        key: _value(match[key]) for key in ("by", "base", "target", "to", "level", "most") if match[key]
    }
    if None in values.values():
        return None
    read = {key: value for key, value in values.items() if value}
    other = next((value[1] for key, value in read.items() if key != "base"), None)
    keep = match["verb"].lower() == "keep"
    if keep and "level" not in read and not match["metric"]:
        return None
    if keep:
        low = (match["side"] or "below").lower() == "below" and match["way"] != "falling"
        direction = Direction.KEEP_BELOW if low else Direction.KEEP_ABOVE
    else:
        direction = Direction.INCREASE if match["verb"].lower() == "increase" else Direction.DECREASE
    unit = match["unit"]
    metric = match["metric"]
    claim = Claim(direction=direction, metric=metric, end=0, other=other)
    if "base" in read:
        return replace(
            claim,
            other_base=read["base"][1],
            kind=Kind.FROM_TO,
            baseline=read["base"][0],
            target=read["target"][0],
            unit=unit,
        )
    if "to" in read or "level" in read:
        return replace(claim, kind=Kind.ABSOLUTE_TO, target=(read.get("to") or read["level"])[0], unit=unit)
    if "by" in read or "most" in read:
        relative = bool(unit and unit.startswith("%"))
        return replace(
            claim,
            kind=Kind.RELATIVE if relative else Kind.ABSOLUTE_BY,
            amount=(read.get("by") or read["most"])[0],
            unit=unit,
            percent=relative and not match["relative"],
        )
    return None if unit else claim


def _value(text: str) -> tuple[Decimal, Decimal | None] | None:
    reading = numeral(text.lstrip("-"))
    if reading is None:
        return None
    sign = -1 if text.startswith("-") else 1
    return sign * reading[0], None if reading[1] is None else sign * reading[1]


def _part(outcome: Outcome) -> str:
    assert outcome.direction
    words = [_VERBS[outcome.direction]]
    if outcome.metric:
        words.append(f"“{outcome.metric}”")
    if outcome.direction in {Direction.KEEP_ABOVE, Direction.KEEP_BELOW}:
        below = outcome.direction is Direction.KEEP_BELOW
        if outcome.target is not None:
            words.append("below" if below else "above")
        elif outcome.amount is not None:
            words.append(f"from {'rising' if below else 'falling'} by more than")
    elif outcome.kind is Kind.FROM_TO and outcome.baseline is not None:
        words += ["from", _typed(outcome, "baseline"), "to"]
    elif outcome.target is not None:
        words.append("to")
    elif outcome.amount is not None:
        words.append("by")
    value = outcome.target if outcome.target is not None else outcome.amount
    if value is not None:
        words.append(_typed(outcome, "amount" if outcome.target is None else "target"))
    if outcome.unit and value is not None:
        words.append(outcome.unit)
    line = " ".join(words)
    if (
        outcome.kind is Kind.RELATIVE
        and outcome.verdict is not Verdict.REFUSED
        and outcome.metric
        and is_rate(outcome.metric)
        and "relative_or_points" not in outcome.ask
        and outcome.unit == "%"
    ):
        line += " (relative)"
    return line


def _typed(outcome: Outcome, field: str) -> str:
    """A number as it can be read back: an ambiguous one as it was typed, any other one plainly."""
    value: Decimal = getattr(outcome, field)
    if outcome.reason is Reason.AMBIGUOUS_NUMBER:
        readings: list[Decimal] = [getattr(choice.outcome, field) for choice in outcome.choices]
        for reading in readings if len(set(readings)) > 1 else []:
            typed = numeral(f"{reading:f}".lstrip("-"))
            if typed and typed[1] is not None:
                return f"{reading:f}"
    return _grouped(value)


def _day(day: date | None) -> str:
    return f", by {day.day} {_MONTHS[day.month - 1]} {day.year:04d}" if day else ""


def _bare(value: Decimal) -> str:
    return f"{plain(value):f}"


def _grouped(value: Decimal) -> str:
    """With commas between thousands; three decimals get a fourth, for a lone "1.200" could be read in two ways."""
    whole, _, part = f"{plain(value):,f}".partition(".")
    if not part:
        return whole
    lone = len(part) == 3 and "," not in whole and whole.lstrip("-") != "0"
    return f"{whole}.{part}0" if lone else f"{whole}.{part}"
