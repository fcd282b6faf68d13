"""Numbers in figures and words, with their range, scale, currency and unit."""

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from bot.domain.quantities.labels import after_a_name, before_change, is_year, like_a_year, noun_next
from bot.domain.quantities.numerals import DIGIT_WORDS, POWERS, numeral, plain, spelled
from bot.domain.quantities.quantity import Quantity, with_rate
from bot.domain.quantities.units import ADVERBS, CURRENCIES, MEASURES, SCALES, TIME, either

_CODES = either(
    spelling for spelling in CURRENCIES if not spelling[:1].isalpha() or len(spelling) == 3 or "$" in spelling
)
_BEFORE = rf"(?:(?P<thousands>[tkm])?(?P<currency>{_CODES}|rs\.?(?=[\s\d]))\s?)?"
# A sign counts after a space or bracket only; a number glued to a word, a slash or a hyphen is part of a name.
_LEFT = r"(?:(?<![^\s(\[:~\"“=<>≤≥,;])(?P<sign>[+-])\s?|(?<![\w./#+&@*^-])(?<!\d[,'’]))"
_NUMERAL = r"(?:\d{1,3}(?: \d{3})+(?:[.,]\d{1,2})?(?![\d.,']*\d)|\d+(?:[.,'’]\d+)*)"
_SPELLED = either((*DIGIT_WORDS, *POWERS))
_NUMBER = re.compile(
    _LEFT
    + rf"(?:{_BEFORE}(?P<number>{_NUMERAL})"
    + rf"|(?P<words>(?:an?\s(?={either(POWERS)}))?(?:{_SPELLED})(?:(?:\s|-|\sand\s)(?:{_SPELLED})){{0,6}})(?!\w)"
    + r"|(?P<dozen>(?:half\s)?an?\sdozen|half\sa\s(?:million|billion|thousand))(?!\w)"
    + r"|(?P<glyph>[½¼¾]))",
    re.IGNORECASE,
)
# The grammar of numbers is tried only around what can be the heart of one.
_HEART = re.compile(rf"\d+|[½¼¾]|\b(?:{_SPELLED}|dozen)\b", re.IGNORECASE)
_AHEAD, _REACH = (
    8,
    80,
)  # characters that a currency or "half a" takes before it, and the rest of a number after it
_HIGH = re.compile(rf"\s?[-–—]\s?{_BEFORE}(?P<number>{_NUMERAL})(?![\w.,]*-\d)", re.IGNORECASE)
_MIXED = re.compile(
    r"\s?(?P<glyph>[½¼¾])|\s(?P<over>[1-3]/[2-4])(?![\d/])|\sand\sa\s(?P<half>half)(?!\w)", re.IGNORECASE
)
_PARTS = {"½": Decimal("0.5"), "¼": Decimal("0.25"), "¾": Decimal("0.75"), "half": Decimal("0.5")}
_SCALE = re.compile(
    rf"[\s-]?(?P<scale>{either(SCALES)})(?:\.(?=\s?[€$£a-z]))?(?=\W|$|eur(?!\w)|usd(?!\w))", re.IGNORECASE
)
_THOUSANDS_OF = re.compile(
    rf"\s?(?P<scale>[tkm])(?=(?:{either(code for code in CURRENCIES if len(code) == 3 and code.isalpha())}|€)(?!\w))",
    re.IGNORECASE,
)
_CURRENCY = re.compile(rf"[\s-]?(?P<unit>{either(CURRENCIES)})(?!\w)(?!(?<=pounds)\sof\b)", re.IGNORECASE)
_MEASURE = re.compile(rf"[\s-]?(?P<unit>{either(MEASURES)})(?![\w²³]|\sviews?\b)", re.IGNORECASE)
_DURATION = re.compile(
    r"[\s-]?(?P<kind>(?:working|business|calendar|person|man|staff|clerk|staff|fte|labou?r)[\s-])?"
    rf"(?P<unit>{either(TIME)})(?![\w²³])",
    re.IGNORECASE,
)
_TIMES = re.compile(
    r"\s?[x×](?!\w)|[\s-]?fold(?!\w)|[\s-]?times(?!\s(?:per|a|an|each|every|daily|weekly|monthly|in)\b)(?!\w)",
    re.IGNORECASE,
)
_SCORE = re.compile(r"(?:\s?/\s?|\sout\sof\s|\sof\s)(?:5|10|100)(?![\w%]|[.,]\d)", re.IGNORECASE)
_OUT_OF = re.compile(
    r"\s(?:out\sof|in|of(?=\s(?:every\s)?(?:10|20|100|five|ten|twenty|hundred)\s))\s(?:every\s)?"
    rf"(?P<all>\d{{1,4}}|{_SPELLED})(?![\w%]|[.,:/-]\w)(?!\s?(?-i:{either(TIME)})\b)",  # "HR" is no hour
    re.IGNORECASE,
)
_NOT_A_NUMBER = re.compile(r"[^\W\d_]|[-'’][^\W\d_]|[/:]\d|-\d|\s?[x×]\s?\d|%?[\w]")

# What can follow a number and belong to it begins with one of these; all other numbers are spared the patterns.
_AFTER = re.compile(r"[\s-]?(?:(?P<word>[^\W\d_]+)|(?P<sign>[^\w\s]))")
_UNIT_WORDS = frozenset(
    word
    for table in (SCALES, CURRENCIES, MEASURES, TIME, ADVERBS)
    for spelling in table
    for word in re.findall(r"[^\W\d_]+", spelling)[:1]
) | frozenset(
    [
        "working",
        "business",
        "calendar",
        "person",
        "man",
        "staff",
        "clerk",
        "fte",
        "labor",
        "labour",
        "x",
        "fold",
        "times",
        "out",
        "in",
        "of",
        "per",
        "pro",
        "a",
        "an",
        "each",
        "every",
        "and",
    ]
)
_GLUED = re.compile(
    rf"\w*(?:{either(code for code in CURRENCIES if len(code) == 3 and code.isalpha())})$"
)  # "5mEUR", "2.5MioEUR"
_UNIT_SIGNS = frozenset("%€$£¥₹°‰/×½¼¾–—+") | {spelling[0] for spelling in (*CURRENCIES, *MEASURES)}
_PLURALS = frozenset({"minute", "hour", "day", "week", "month", "year"})
_KINDS = {
    "working": "working ",
    "business": "business ",
    "person": "person-",
    "man": "person-",
    "fte": "FTE ",
}


def numbers(text: str) -> Iterator[Quantity]:
    """Numbers in figures and words with everything that belongs to them."""
    done = 0
    for heart in _HEART.finditer(text):
        if heart.start() < done:
            continue
        match = _NUMBER.search(text, max(done, heart.start() - _AHEAD), heart.end() + _REACH)
        done = match.end() if match else heart.end() + _REACH // 2
        if match and (quantity := _number(text, match)):
            yield quantity


def _number(text: str, match: re.Match[str]) -> Quantity | None:
    """One number: its value, then range, scale, currency, unit and rate, as far as they follow."""
    read = _value(match)
    if read is None:
        return None
    value, other = read
    end = match.end()
    if mixed := _MIXED.match(text, end):
        value, end = value + _part(mixed), mixed.end()
    unit = CURRENCIES[match["currency"].lower()] if match["currency"] else None
    quantity = Quantity(
        start=match.start(),
        end=end,
        value=value,
        unit=unit,
        other=other,
        sign=match["sign"] or "",
        spelled=bool(match["words"] or match["dozen"]),
    )
    figure = match["number"] or ""
    if not _goes_on(text, end) and not match["thousands"]:
        return quantity if unit else _unitless(text, quantity, figure)
    if match["thousands"]:  # "TEUR 500", "k€ 5", "MEUR 4.1"
        scale = Decimal(10**6 if match["thousands"].lower() == "m" else 1000)
        quantity = replace(
            quantity, scale=scale, value=value * scale, other=other * scale if other is not None else None
        )
    ranged = quantity if quantity.spelled else _ranged(text, quantity, figure)
    return _with_unit(text, _scaled(text, ranged, figure), figure) if ranged else None


def _goes_on(text: str, end: int) -> bool:
    """Whether what follows can belong to the number at all."""
    after = _AFTER.match(text, end)
    if after is None:
        return text[end : end + 1] in {"-", " "} and _HIGH.match(text, end) is not None
    if sign := after["sign"]:
        return sign in _UNIT_SIGNS or (sign == "-" and _HIGH.match(text, end) is not None)
    word = after["word"].lower()
    return word in _UNIT_WORDS or _GLUED.match(word) is not None


def _value(match: re.Match[str]) -> tuple[Decimal, Decimal | None] | None:
    if match["number"]:
        return numeral(match["number"])
    if match["glyph"]:
        return _PARTS[match["glyph"]], None
    if match["dozen"]:
        half, _, whole = match["dozen"].lower().rpartition(" ")
        count = Decimal(POWERS.get(whole, 12))
        return count / 2 if half.startswith("half") else count, None
    value = spelled(match["words"])
    return None if value is None else (value, None)


def _part(mixed: re.Match[str]) -> Decimal:
    """The half of “2 ½”, “2 1/2”, “two and a half”."""
    if over := mixed["over"]:
        return Decimal(int(over[0])) / int(over[2])
    return _PARTS[(mixed["glyph"] or mixed["half"]).lower()]


def _ranged(text: str, quantity: Quantity, figure: str) -> Quantity | None:
    """“$2-5M”, “20% - 30%”, “30–60 minutes”: the second end, with a unit of its own or the one that follows."""
    end = bridge = quantity.end
    own = _SCALE.match(text, end)
    if first := (_THOUSANDS_OF.match(text, end) or own):
        bridge = first.end()
    if first := (
        _CURRENCY.match(text, bridge) or _MEASURE.match(text, bridge) or _DURATION.match(text, bridge)
    ):
        bridge = first.end()
    for place in {end: 0, bridge: 0}:
        if (upper := _HIGH.match(text, place)) and (reading := numeral(upper["number"])):
            low_scale = Decimal(SCALES[own["scale"].lower()]) if place == bridge != end and own else None
            high = reading[0]
            if high <= quantity.value and low_scale is None and upper["currency"] is None and place == end:
                return None
            if quantity.unit is None and like_a_year(figure) and like_a_year(str(high)):
                return None
            scaled_below = (
                low_scale
                and not _THOUSANDS_OF.match(text, upper.end())
                and not _SCALE.match(text, upper.end())
            )
            value = quantity.value * low_scale if scaled_below and low_scale else quantity.value
            return replace(quantity, high=high, end=upper.end(), value=value)
    return quantity


def _scaled(text: str, quantity: Quantity, figure: str) -> Quantity:
    """The quantity with “k”, “million”, “Mio” multiplied out, and past a “+”."""
    end = quantity.end
    if found := (_THOUSANDS_OF.match(text, end) or _SCALE.match(text, end)):
        name = found["scale"].lower()
        # A small m may be metres or minutes; only money is counted in "m". A small t before money is German for thousand.
        if (
            found["scale"] not in {"m", "b", "mm", "t", "cr"}
            or quantity.unit
            or _CURRENCY.match(text, found.end())
        ):
            quantity = _times(quantity, Decimal(1000 if name == "t" else SCALES[name]), found.end(), figure)
    if (
        text[quantity.end : quantity.end + 1] == "+"
        and not text[quantity.end + 1 : quantity.end + 2].isdigit()
    ):
        quantity = replace(quantity, end=quantity.end + 1)
    return quantity


def _times(quantity: Quantity, scale: Decimal, end: int, figure: str) -> Quantity:
    """“1.250 million” is a decimal; “1,250 million” could be either."""
    value, other = quantity.value * scale, None
    if quantity.other is not None:
        value = quantity.other * scale
    elif re.fullmatch(r"[1-9]\d{0,2},\d{3}", figure):
        other = Decimal(figure.replace(",", ".")) * scale
    high = quantity.high * scale if quantity.high is not None else None
    return replace(quantity, value=value, other=other, high=high, scale=scale, end=end)


def _with_unit(text: str, quantity: Quantity, figure: str) -> Quantity | None:
    """The quantity with the unit that follows it, or None where the number is no quantity."""
    end = quantity.end
    if quantity.unit is None:
        if share := _out_of(text, quantity):
            return share
        if (found := _SCORE.match(text, end)) and figure:
            return replace(quantity, end=found.end())
        if found := _TIMES.match(text, end):
            return replace(quantity, end=found.end(), unit="x")
        measured = _measured(text, quantity)
        if measured is None:
            return None
        quantity = measured
    elif found := _CURRENCY.match(text, end):  # "$5 USD"
        quantity = replace(quantity, end=found.end())
    if quantity.unit == "bps":
        quantity = replace(quantity, value=quantity.value / 100, unit="pp")
    if quantity.unit is None:
        return _unitless(text, quantity, figure)
    if text[quantity.end : quantity.end + 1] == "-" and text[quantity.end + 1 : quantity.end + 2].isalpha():
        return None  # "30-minute-long"
    if figure and text[end : end + 1] == "-" and not before_change(text, quantity.end):
        return None  # "30-day readmissions": an adjective, part of the metric's name
    return with_rate(text, quantity)


def _out_of(text: str, quantity: Quantity) -> Quantity | None:
    """“Nine out of ten” as 90 %."""
    found = _OUT_OF.match(text, quantity.end)
    if found is None:
        return None
    whole = spelled(found["all"]) if found["all"].isalpha() else Decimal(found["all"])
    if not whole or quantity.value > whole or quantity.value != quantity.value.to_integral_value():
        return None
    share = (100 * quantity.value / whole).quantize(Decimal("0.01"))
    return replace(quantity, end=found.end(), value=plain(share), unit="%")


def _measured(text: str, quantity: Quantity) -> Quantity | None:
    """With a measure, a currency or a duration, as it is; None where a duration is an adjective: “10 day metric”."""
    end = quantity.end
    duration = _DURATION.match(text, end)
    for pattern, units in ((_MEASURE, MEASURES), (_CURRENCY, CURRENCIES)):
        if (found := pattern.match(text, end)) and not (found["unit"].lower() == "fte" and duration):
            return replace(quantity, end=found.end(), unit=units[found["unit"].lower()])
    if duration is None:
        return quantity
    kind = (duration["kind"] or "").strip(" -").lower()
    single = duration["unit"].lower() in _PLURALS and quantity.value != 1
    if single and noun_next(text, duration.end()) and not before_change(text, duration.end()):
        return None
    if kind and kind not in _KINDS:
        return quantity
    return replace(quantity, end=duration.end(), unit=_KINDS.get(kind, "") + TIME[duration["unit"].lower()])


def _unitless(text: str, quantity: Quantity, figure: str) -> Quantity | None:
    """A bare number, or None where it is a pronoun, a name, a year or a piece of something else."""
    if _NOT_A_NUMBER.match(text, quantity.end) and not quantity.scale:
        return None
    # "one or more", "the one that": a pronoun unless it states a level
    if (
        quantity.spelled
        and quantity.value == 1
        and not re.search(r"\b(?:from|to|by)\s$", text[max(0, quantity.start - 6) : quantity.start])
    ):
        return None
    if after_a_name(text, quantity.start):
        return None
    if quantity.high is None and like_a_year(figure) and is_year(text, quantity):
        return None
    return with_rate(text, quantity)
