"""Figures that count nothing: years, "Office 365", "level 2", "30-day readmissions"."""

import re

from bot.domain.quantities.quantity import END_OF_RATE, Quantity, has_rate

# A number right after one of these is a name or a place on a list.
_NAMES = frozenset(
    [
        "iso",
        "iec",
        "din",
        "en",
        "bs",
        "gpt",
        "office",
        "microsoft",
        "windows",
        "covid",
        "sap",
        "section",
        "article",
        "art",
        "level",
        "tier",
        "phase",
        "stage",
        "class",
        "category",
        "type",
        "line",
        "plant",
        "building",
        "room",
        "gate",
        "terminal",
        "ward",
        "grade",
        "version",
        "v",
        "no",
        "nr",
        "number",
        "ticket",
        "request",
        "form",
        "title",
        "part",
        "chapter",
        "rule",
        "regulation",
        "industry",
        "web",
        "python",
        "top",
        "route",
        "highway",
        "unit",
        "flight",
        "boeing",
        "airbus",
        "model",
        "priority",
        "prio",
        "p",
        "sprint",
        "wave",
        "batch",
        "step",
        "band",
        "scope",
        "basel",
        "solvency",
        "paragraph",
        "figure",
        "table",
        "page",
        "year",
        "shift",
        "zone",
        "district",
        "region",
        "site",
        "depot",
        "warehouse",
        "pier",
        "berth",
        "track",
        "platform",
        "runway",
        "module",
        "lane",
        "block",
        "floor",
        "series",
        "fy",
        "cohort",
        "quarter",
    ]
)
_COUNTING_BACK = frozenset({"last", "past", "first", "previous"})  # "the last 3 …"
_YEAR = re.compile(r"(?:19[5-9]|20[0-9])\d$")
_YEAR_BEFORE = re.compile(
    r"\b(?:in|by|since|until|before|of|during|for|year|vs\.?|versus|than|over|after|with|against|to|from|and|the|late|early|mid|end|jan\w*|feb\w*|mar|march|apr|april|may|june?|july?|aug\w*|sep\w*|oct\w*|nov\w*|dec\w*)\s$",
    re.IGNORECASE,
)
_NOUN_NEXT = re.compile(
    rf"\s{END_OF_RATE}(?!(?:per|a|an|each|every|it|they|less|more|faster|shorter|earlier)\b)[a-z]",
    re.IGNORECASE,
)
_CHANGE = re.compile(
    r"\s(?:[a-z]+\s)?(?:reduction|decrease|cut|drop|fall|decline|saving|increase|growth|rise|improvement|gain|uplift|boost|lift|jump|target|goal)s?\b",
    re.IGNORECASE,
)


# "Wards 3 and 4", "lines 1, 2 and 5"
_NUMBERED = re.compile(
    r"\b(?:ward|line|plant|hall|lane|site|zone|floor|district|region|shift|terminal|warehouse|depot|phase|room|gate|building|route|block|unit|tier)s"
    r"\s(?P<more>\d+(?:,\s\d+)*,?\s(?:(?:and|&)\s)?)?$",
    re.IGNORECASE,
)
_SEVERAL = re.compile(r"\d+(?:,\s\d+)*,?\s(?:and|&)\s\d+(?![\d.,]*\d|\s?%)")


def after_a_name(text: str, start: int) -> bool:
    """Whether the word before `start` makes the number behind it a name."""
    if not start or not text[start - 1].isspace():
        return False
    if (several := _NUMBERED.search(text[max(0, start - 60) : start])) and (
        several["more"] or _SEVERAL.match(text, start)
    ):
        return True
    before = text[max(0, start - 24) : start - 1].removesuffix(".")
    at = len(before)
    while at and (before[at - 1].isalnum() or before[at - 1] in "_-"):
        at -= 1
    word = before[at:].lower()
    return word in _NAMES or (word in _COUNTING_BACK and before[:at].lower().endswith("the "))


def like_a_year(figure: str) -> bool:
    return _YEAR.match(figure) is not None


def is_year(text: str, quantity: Quantity) -> bool:
    """Whether a bare figure between 1950 and 2099 is a calendar year here."""
    if text[quantity.end : quantity.end + 2] in {"'s", "’s"}:
        return True
    return bool(
        _YEAR_BEFORE.search(text[max(0, quantity.start - 10) : quantity.start])
        and not re.match(r"(?:to|from)\s", text[max(0, quantity.start - 5) : quantity.start].lstrip())
        and not has_rate(text, quantity.end)
    )


def noun_next(text: str, end: int) -> bool:
    """Whether a noun follows, so that the singular unit before it is an adjective: "10 day metric"."""
    return _NOUN_NEXT.match(text, end) is not None


def before_change(text: str, end: int) -> bool:
    """Whether a change follows: in "a 30-minute reduction" the figure does count."""
    return _CHANGE.match(text, end) is not None
