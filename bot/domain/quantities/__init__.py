"""Numbers as people type them, with their units: text in, quantities with their place in the text out.

Values are exact decimals with scales multiplied out ("2.5M" is 2500000). Units come out in one form: "%", "pp" (percentage
points), "x" (times), ISO currencies, time words in the plural, rates as "hours per month" or "per month". A number that can
be read in two ways (a lone "1.200") carries both readings; one that cannot be read safely ("1e400", a version, an id) is no
quantity at all. Every pattern is bounded, so reading takes time in proportion to the length of the text.
"""

from dataclasses import replace
from decimal import Decimal
from itertools import islice

from bot.domain.quantities.fractions import fractions
from bot.domain.quantities.numbers import numbers
from bot.domain.quantities.numerals import DIGIT_WORDS, MAX_DIGITS, POWERS, numeral, plain, spelled
from bot.domain.quantities.quantity import Quantity
from bot.domain.quantities.units import ADVERBS, SECONDS, TIME, in_unit, is_money

__all__ = [
    "ADVERBS",
    "DIGIT_WORDS",
    "MOST",
    "NUMBER_WORDS",
    "SECONDS",
    "TIME",
    "TOO_MUCH",
    "Quantity",
    "find",
    "in_unit",
    "is_money",
    "numeral",
    "plain",
    "spelled",
]

TOO_MUCH = Decimal(10) ** MAX_DIGITS
MOST = 8  # quantities of one text; what has more is a table, and its first ones are read
_PARTS = (
    "half dozen twice thrice third thirds quarter quarters fourth fourths fifth fifths sixth eighth tenth"
)
_SINGLES = "hour minute second day week month year hundredfold"
# A text with none of these words and no figure has no quantity.
NUMBER_WORDS = frozenset(
    (
        *DIGIT_WORDS,
        *POWERS,
        *(word + "fold" for word in DIGIT_WORDS),
        *_PARTS.split(),
        *_SINGLES.split(),
    )
)


def find(text: str) -> list[Quantity]:
    """The quantities of a text, in order, none overlapping. The text has plain spaces and its dates blanked out."""
    found: list[Quantity] = []
    quantities = (*islice(fractions(text), MOST), *islice(numbers(text), MOST))
    for quantity in sorted((q for q in quantities if q.value < TOO_MUCH), key=lambda q: (q.start, -q.end)):
        if not found or quantity.start >= found[-1].end:
            if found and (both := _compound(text, found[-1], quantity)):
                found[-1] = both
            else:
                found.append(quantity)
    return found


def _compound(text: str, first: Quantity, second: Quantity) -> Quantity | None:
    """“1 h 30 min” as 90 minutes: a duration told in two units, the coarser one first."""
    if (
        second.start - first.end > 5
        or first.unit not in SECONDS
        or text[first.end : second.start].strip() not in {"", "and", ","}
    ):
        return None
    unit, _, rate = (second.unit or "").partition(" ")
    if (
        unit not in SECONDS
        or SECONDS[unit] >= SECONDS[first.unit]
        or any(one.high is not None or one.other is not None for one in (first, second))
    ):
        return None
    value = in_unit(first.value, first.unit, unit) + second.value
    return replace(second, start=first.start, value=value, unit=f"{unit} {rate}".strip(), sign=first.sign)
