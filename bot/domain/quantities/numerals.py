"""Numerals in any locale's form, and number words: their exact values."""

import re
from decimal import Decimal

MAX_DIGITS = 15  # more than any business number has, and every product stays exact in 28 digits

DIGIT_WORDS = {
    word: value
    for value, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ]
    )
} | {
    word: 10 * tens
    for tens, word in enumerate(
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], 2
    )
}
POWERS = {"hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9}


# Groups of thousands with what parts them; Indian grouping is by twos above the thousands and is written with commas.
_GROUPED = [
    (group, re.compile(rf"([1-9]\d{{0,2}}(?:{re.escape(group)}\d{{3}})+{indian})(?:[{points}](\d+))?"))
    for group, points, indian in (
        (",", ".", r"|[1-9]\d?(?:,\d{2})+,\d{3}"),
        (".", ",", ""),
        (" ", ".,", ""),
        ("'", ".,", ""),
    )
]


def numeral(text: str) -> tuple[Decimal, Decimal | None] | None:
    """The value of a numeral in any locale's form and, where there are two readings, the other one; None if it is no number.

    >>> numeral("1.200,50")
    (Decimal('1200.50'), None)
    >>> numeral("1.200")
    (Decimal('1200'), Decimal('1.200'))
    """
    if sum(map(str.isdigit, text)) > MAX_DIGITS or (not text.replace(" ", "").isascii() and "’" not in text):
        return None
    text = text.replace("’", "'")
    if re.fullmatch(r"\d+", text):
        return None if len(text) > 1 and text[0] == "0" else (Decimal(text), None)
    for group, pattern in _GROUPED:
        if match := pattern.fullmatch(text):
            whole, part = match[1].replace(group, ""), match[2]
            lone = group == "." and part is None and text.count(".") == 1
            return Decimal(f"{whole}.{part}" if part else whole), Decimal(text) if lone else None
    if match := re.fullmatch(r"(\d+)[.,](\d+)", text):
        return Decimal(f"{match[1]}.{match[2]}"), None
    return None


def spelled(text: str) -> Decimal | None:
    """The value of number words: "twenty-five" is 25, "one hundred and twenty" is 120."""
    total, part = 0, 0
    for word in re.split(r"[\s-]+", text.lower()):
        if word in DIGIT_WORDS:
            part += DIGIT_WORDS[word]
        elif word == "hundred":
            part = max(part, 1) * 100
        elif word in POWERS:
            total, part = total + max(part, 1) * POWERS[word], 0
        elif word not in {"a", "an", "and"}:
            return None
    return Decimal(total + part)


def plain(value: Decimal) -> Decimal:
    """Without trailing zeros or an exponent: 3.0 and 3 are one value, 4.1E+6 is 4100000."""
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()
