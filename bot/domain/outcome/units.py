"""Quantities brought to one unit: the noun that is counted, both ends of a change, times in percent."""

from dataclasses import replace
from decimal import Decimal

from bot.domain.outcome.tokens import Token
from bot.domain.outcome.words import word_set
from bot.domain.quantities import ADVERBS, SECONDS, TIME, TOO_MUCH, Quantity, in_unit

_NO_NOUN = word_set(
    "to by in from for within and or at of on with until before after through using via while than as is "
    "are was were will should must without during across under over down up the a an which that thanks "
    "due so compared against when where we per each every it they if because versus vs instead this these "
    "those our their between among including but not be been has have had can could may might"
)


def counted(tokens: list[Token], quantity: Quantity, end: int, hi: int) -> tuple[Quantity, int]:
    """“to 20 open cases per agent”: a number without a unit takes the noun that follows, of at most two words."""
    if quantity.unit is not None or quantity.high is not None:
        return quantity, end
    n = end
    while (
        n < hi
        and n < end + 3
        and tokens[n].word
        and tokens[n].low not in _NO_NOUN
        and not tokens[n].low.endswith("ly")
    ):
        n += 1
    if n == end or n == end + 3:
        return quantity, end
    if n < hi and (tokens[n].low == "than" or tokens[n].quantity):
        return quantity, end
    words = [tokens[k].low for k in range(end, n)]
    if len(words) > 1 and words[-1] in TIME:
        words = [TIME[words[-1]]]  # "4,300 staff hours"
    if n + 1 < hi and tokens[n].low in {"per", "each", "every", "a"} and tokens[n + 1].word:
        k = n + 2
        while (
            tokens[n].low == "per"
            and k < hi
            and k < n + 4
            and tokens[k].word
            and tokens[k].low not in _NO_NOUN
        ):
            k += 1
        words += ["per", *(tokens[m].low for m in range(n + 1, k))]
        n = k
    elif n < hi and tokens[n].low in ADVERBS:
        words, n = [*words, ADVERBS[tokens[n].low]], n + 1
    return replace(quantity, unit=" ".join(words)), n


def alike(base: Quantity | None, value: Quantity) -> tuple[Quantity, Quantity]:
    """Both ends of a change in one unit: the typed one, or the finer of two time units."""
    assert base
    if value.unit is None:
        # "from 22 % to 35", "from 310,000 EUR to 200,000 per quarter"
        value = replace(value, unit=base.unit)
    if base.unit is None or base.unit == value.unit:
        scale = value.scale
        if scale and not base.scale and base.unit is None and base.value < 1000 and not base.sign:
            # "from 4.1 to 3.0 million": the scale belongs to both. Where "from 5 to 8k" can mean 5 or 5000, both are kept.
            grown = base.value * scale
            figure = value.value / scale
            if figure >= 100 * base.value or base.value >= 100 * figure:  # "from 900 to 1.2k"
                return replace(base, unit=value.unit), value
            # nobody goes from ten to twelve million; "from 5 to 8k" is said of both
            base = replace(base, value=grown, other=base.value if scale < 10**6 else None)
        return replace(base, unit=value.unit), value
    unit, _, rate = value.unit.partition(" ") if value.unit else ("", "", "")
    old, _, _ = base.unit.partition(" ")
    if unit in SECONDS and old in SECONDS and unit != old:
        finer = unit if SECONDS[unit] < SECONDS[old] else old
        name = f"{finer} {rate}".strip()
        return _told_in(base, old, finer, name), _told_in(value, unit, finer, name)
    if len(base.unit) > len(value.unit or "") and base.unit.startswith(value.unit or ""):
        return base, replace(value, unit=base.unit)  # "from 30 hours per week to 20 hours"
    return replace(base, unit=value.unit), value


def in_percent(quantity: Quantity, *, down: bool) -> Decimal | None:
    """A relative change in percent: "3x" up is +200 %, down −66.67 %; None for an absolute amount."""
    if quantity.unit and quantity.unit.split(" ")[0] in {"%", "‰"}:
        return quantity.value if quantity.unit.startswith("%") else quantity.value / 10
    if quantity.unit == "x" and 0 < quantity.value < TOO_MUCH / 1000:
        change = 100 - 100 / quantity.value if down else 100 * (quantity.value - 1)
        return change.quantize(Decimal("0.01"))
    return None


def _told_in(quantity: Quantity, old: str, finer: str, name: str) -> Quantity:
    other = in_unit(quantity.other, old, finer) if quantity.other is not None else None
    return replace(quantity, value=in_unit(quantity.value, old, finer), other=other, unit=name)
