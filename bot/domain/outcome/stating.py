"""How a stated quantity becomes a claim: relative or absolute, by or to, with its unit and direction."""

import re
from dataclasses import replace
from decimal import Decimal

from bot.domain.direction import Direction, Kind
from bot.domain.outcome.amounts import Amount
from bot.domain.outcome.bounds import Form
from bot.domain.outcome.claim import Claim, signed, with_rate
from bot.domain.outcome.names import head, is_rate, polarity
from bot.domain.outcome.units import in_percent
from bot.domain.outcome.words import Sense, forms, word_list
from bot.domain.quantities import Quantity, plain


def stated(amount: Amount, metric: str | None, end: int, sense: Sense) -> Claim:
    """The claim that `metric` moves by or to an amount, the way that the verb's sense points."""
    value = amount.value
    if sense is Sense.FASTER and amount.form is not Form.FROM_TO and metric:
        metric = timed(metric)
    down = sense in {Sense.DOWN, Sense.FASTER}
    if sense is Sense.BETTER:
        if amount.base:
            down = signed(value.value, value.sign) < signed(amount.base.value, amount.base.sign)
        else:
            down = bool(metric) and (
                polarity(metric or "") is Direction.DECREASE
                or head(metric or "") in {"inventory", "inventories", "stock", "stocks", "spend", "usage"}
                or "stock" in (metric or "").lower().split()
            )
    claim = Claim(
        direction=Direction.DECREASE if down else Direction.INCREASE,
        metric=metric,
        end=end,
        hedged=amount.hedged,
        sense=sense,
        good=sense is Sense.BETTER,
        other=value.other,
    )
    if amount.base:
        unit = points(value.unit, metric)
        return replace(
            claim,
            other=_signed(value.other, value.sign),
            other_base=_signed(_second_reading(amount.base, value, down=down), amount.base.sign),
            kind=Kind.FROM_TO,
            baseline=plain(signed(amount.base.value, amount.base.sign)),
            target=plain(signed(value.value, value.sign)),
            unit=unit,
        )
    if amount.form in {Form.TO, Form.AT_MOST, Form.AT_LEAST}:
        if value.share and amount.form is Form.TO and down and amount.value.unit == "%":
            return replace(claim, kind=Kind.RELATIVE, amount=plain(100 - value.value), unit="%")
        return replace(
            claim,
            kind=Kind.ABSOLUTE_TO,
            target=plain(signed(value.value, value.sign)),
            other=_signed(value.other, value.sign),
            unit=value.unit,
        )
    percent = in_percent(value, down=down)
    if amount.was:
        base = signed(amount.was.value, amount.was.sign)
        change = value.value if percent is None else abs(base) * percent / 100
        return replace(
            claim,
            kind=Kind.FROM_TO,
            other=None,
            other_base=_signed(amount.was.other, amount.was.sign),
            baseline=plain(base),
            target=plain(base - change if down else base + change),
            unit=points(amount.was.unit, metric),
        )
    if percent is not None:
        unit = value.unit if value.unit and value.unit.startswith("%") else "%"
        return replace(
            claim,
            kind=Kind.RELATIVE,
            amount=plain(percent),
            other=in_percent(replace(value, value=value.other), down=down) if value.other else None,
            unit=unit,
            percent=value.unit == "%" and not value.share,
        )
    return replace(claim, kind=Kind.ABSOLUTE_BY, amount=plain(value.value), unit=points(value.unit, metric))


def _signed(reading: Decimal | None, sign: str) -> Decimal | None:
    return None if reading is None else signed(reading, sign)


def _second_reading(base: Quantity, value: Quantity, *, down: bool) -> Decimal | None:
    """The other value of a "from": the typed 5 of "from 5 to 8k" counts where it lies on the same side."""
    return (
        None
        if base.other is not None and base.value == base.other * (value.scale or 1) and down
        else base.other
    )


def level(amount: Amount, metric: str | None, end: int, direction: Direction) -> Claim:
    """The claim that `metric` reaches or holds a level."""
    value = amount.value
    metric, unit = with_rate(metric, value.unit)
    return Claim(
        direction=direction,
        metric=metric,
        end=end,
        kind=Kind.ABSOLUTE_TO,
        target=plain(signed(value.value, value.sign)),
        unit=unit,
        hedged=amount.hedged,
        other=_signed(value.other, value.sign),
    )


def points(unit: str | None, metric: str | None) -> str | None:
    """The unit, where "points" of a rate are percentage points."""
    return "pp" if unit == "points" and metric and is_rate(metric) else unit


# "Detects X three times faster", "sorting X faster": what is done, as its verb.
_DOING = {
    form: base
    for base in word_list(
        "detect find identify produce provide generate create extract analyse analyze sort review process handle "
        "complete answer resolve translate draft deliver search classify approve issue write prepare"
    )
    for form in (base + "s", *(f for f in forms(base) if f.endswith(("es", "ies", "ing"))))
    if form
    not in {"processes", "answers", "searches", "reviews", "drafts", "issues", "processing", "handling"}
}


def doing(word: str) -> str | None:
    """The verb of a thing that is done: "sorting", "sorts" of sort; None for any other word."""
    return _DOING.get(word) or (word if word in _DOING.values() else None)


def timed(metric: str) -> str:
    """What is made faster is its time: "permit processing" gives "permit processing time"."""
    if metric.lower().endswith(("time", "times", "duration")):
        return metric
    verb, _, done = metric.partition(" ")
    if done and (base := _DOING.get(verb.lower())):
        return f"time to {base} {done}"
    first, joint, rest = re.match(r"(.*?)( (?:of|in|for|at|on|per|from)\b|$)(.*)", metric, re.DOTALL).groups()  # type: ignore[union-attr]
    return f"{first} time{joint}{rest}"
