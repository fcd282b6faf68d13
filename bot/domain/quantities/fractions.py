"""Fractions in words and figures: "half", "two thirds of", "3/4", "twofold", "half an hour"."""

import re
from collections.abc import Iterator
from decimal import Decimal

from bot.domain.quantities.numerals import DIGIT_WORDS, plain
from bot.domain.quantities.quantity import Quantity, with_rate
from bot.domain.quantities.units import TIME

_ORDINALS = {
    "half": 2,
    "third": 3,
    "quarter": 4,
    "fourth": 4,
    "fifth": 5,
    "sixth": 6,
    "eighth": 8,
    "tenth": 10,
}
_FRACTION = re.compile(
    r"(?<![\w-])(?:(?P<count>an?|one|two|three|four)[\s-](?P<part>half|(?:third|quarter|fourth|fifth|sixth|eighth|tenth)s?)|(?P<bare>half)"
    r"|(?P<top>[123])/(?P<bottom>[2345]))(?![\w/-]|\sdozen)",
    re.IGNORECASE,
)
# A fraction is a quantity where it measures ("by half", "half of", "a third fewer"), not in "a third party" or "half day".
_MEASURES_BEFORE = re.compile(
    r"(?:\b(?:by|to|be|takes?|in|of|than|about|nearly|almost|over|under|roughly|least|approximately|around|only|just|cut|save|saves|from)|[,:;(~]|^)\s*$",
    re.IGNORECASE,
)
_MEASURES_AFTER = re.compile(
    r"\s*(?:$|[,.;:)!?\U00100000-\U0010fffd])|\s(?:of|the|our|all|fewer|less|more|lower|as|its|by|in|within|until|before|on|for|at|through|compared|while|and)\b",
    re.IGNORECASE,
)
_UNIT = r"(?P<unit>hour|minute|second|day|week|fortnight|month|year)(?![\w-])"
_ONE_UNIT = re.compile(
    r"(?<![\w-])(?:(?P<half>half\sana?|half\sa)|(?P<one>(?:(?<=\bfrom\s)|(?<=\bto\s)|(?<=\bthan\s)|(?<=\bunder\s)|(?<=\bover\s)|(?<=\bbelow\s))an?))"
    rf"\s{_UNIT}(?P<more>\sand\sa\s(?:half|quarter)(?![\w-]))?(?!\s(?:of|reduction|cut|saving)\b)",
    re.IGNORECASE,
)
_PART_OF_UNIT = re.compile(
    rf"(?<![\w-])(?P<count>an?|one|two|three)[\s-](?P<part>third|quarter)s?\sof\san?\s{_UNIT}", re.IGNORECASE
)
_FOLD = re.compile(
    r"(?<![\w-])(?:(?P<n>two|three|four|five|six|seven|eight|nine|ten|twenty|hundred)-?fold|twice|thrice)(?!\w)",
    re.IGNORECASE,
)


def fractions(text: str) -> Iterator[Quantity]:
    for match in _FRACTION.finditer(text):
        if not (
            _MEASURES_BEFORE.search(text[max(0, match.start() - 16) : match.start()])
            and _MEASURES_AFTER.match(text, match.end())
        ):
            continue
        if match["bare"]:
            top, bottom = 1, 2
        elif match["top"]:
            top, bottom = int(match["top"]), int(match["bottom"])
        else:
            top = {"a": 1, "an": 1}.get(match["count"].lower()) or DIGIT_WORDS[match["count"].lower()]
            bottom = _ORDINALS[match["part"].lower().removesuffix("s")]
        if top < bottom:
            share = (Decimal(100 * top) / bottom).quantize(Decimal("0.01"))
            yield Quantity(start=match.start(), end=match.end(), value=plain(share), unit="%", share=True)
    for match in _FOLD.finditer(text):
        word = match[0].lower()
        times = (
            2
            if word == "twice"
            else 3
            if word == "thrice"
            else 100
            if match["n"].lower() == "hundred"
            else DIGIT_WORDS[match["n"].lower()]
        )
        yield Quantity(start=match.start(), end=match.end(), value=Decimal(times), unit="x", spelled=True)
    yield from (with_rate(text, quantity) for quantity in _parts_of_units(text))


def _parts_of_units(text: str) -> Iterator[Quantity]:
    """“half an hour”, “an hour and a half”, “three quarters of an hour”, “a fortnight”."""
    for match in _ONE_UNIT.finditer(text):
        value = Decimal("0.5") if match["half"] else Decimal(1)
        if more := match["more"]:
            value += Decimal("0.5") if more.lower().endswith("half") else Decimal("0.25")
        yield _of_unit(match, value)
    for match in _PART_OF_UNIT.finditer(text):
        count = {"a": 1, "an": 1}.get(match["count"].lower()) or DIGIT_WORDS[match["count"].lower()]
        yield _of_unit(match, Decimal(count) / _ORDINALS[match["part"].lower()])


def _of_unit(match: re.Match[str], value: Decimal) -> Quantity:
    unit = match["unit"].lower()
    if unit == "fortnight":
        unit, value = "week", 2 * value
    return Quantity(
        start=match.start(),
        end=match.end(),
        value=plain(value.quantize(Decimal("0.0001"))),
        unit=TIME[unit],
        spelled=True,
    )
