"""A quantity, and the rate that follows one."""

import re
from dataclasses import dataclass, replace
from decimal import Decimal

from bot.domain.quantities.units import ADVERBS, PERIODS, either


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """One number with its unit, at text[start:end]."""

    start: int
    end: int
    value: Decimal
    unit: str | None = None
    high: Decimal | None = None  # the upper end of a range
    other: Decimal | None = None  # the second reading of an ambiguous number
    scale: Decimal | None = None  # what the typed figure was multiplied by
    sign: str = ""
    share: bool = False  # a fraction in words: "half", "two thirds"
    spelled: bool = False  # a number word


# What cannot follow "per": the words that begin the next part of the sentence.
END_OF_RATE = (
    r"(?!(?:to|by|in|from|for|within|and|or|at|of|on|with|until|before|after|through|using|via|while|than|as|is|are|was|will"
    r"|without|during|across|under|over|down|up|the|which|that|should|must|thanks|due|so|compared|against|when|where|we)\b)"
)
_PERIOD = either(PERIODS)
_RATE = re.compile(
    rf"\s?(?:/\s?|(?:per|pro)\s)(?P<of>{END_OF_RATE}[^\W\d_][\w-]*(?:\s{END_OF_RATE}[^\W\d_][\w-]*){{0,2}}(?:\sand\s(?:{_PERIOD})\b)?)"
    rf"|\s(?:an?|each|every)\s(?P<period>{_PERIOD})\b"
    rf"|\s(?P<adverb>{either(ADVERBS)})(?!\w)",
    re.IGNORECASE,
)
# What can begin a rate; everything else is spared the pattern.
_FIRST = re.compile(r"\s?/|\s(?:[pae]|[wmdyqh]\w+ly\b|annu)", re.IGNORECASE)


def with_rate(text: str, quantity: Quantity) -> Quantity:
    """“7 per month”, “200 a week”, “500,000 EUR annually”: the rate joins the unit."""
    if not _FIRST.match(text, quantity.end) or not (found := _RATE.match(text, quantity.end)):
        return quantity
    if found["adverb"]:
        rate = ADVERBS[found["adverb"].lower()]
    else:
        words = (found["period"] or found["of"]).split()
        if words[0].lower() in PERIODS and words[1:2] != ["and"]:
            end = found.start("of") + len(words[0]) if found["of"] else found.end()
            rate = "per " + words[0].lower().removesuffix("s")
            return replace(quantity, end=end, unit=f"{quantity.unit} {rate}" if quantity.unit else rate)
        rate = "per " + " ".join(words)
    return replace(quantity, end=found.end(), unit=f"{quantity.unit} {rate}" if quantity.unit else rate)


def has_rate(text: str, end: int) -> bool:
    return _RATE.match(text, end) is not None
