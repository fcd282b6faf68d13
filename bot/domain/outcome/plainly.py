"""Turns of phrase brought to the plain one that says the same, before a sentence is read."""

import re

from bot.domain.dates import WORDS
from bot.domain.outcome.words import VERBS

_NOW = r"(?:currently|today|now|at\spresent|at\sthe\smoment|presently|baseline(?:\sis|\sof)?|current(?:\svalue)?)"
_TIME = r"\b(?:hours?|hrs?|h|minutes?|mins?|days?|weeks?)\b"
_ORDERS = "|".join(sorted((form for form, verb in VERBS.items() if form == verb.base), key=len, reverse=True))
_PERIODS = "|".join(sorted(WORDS, key=len, reverse=True))
_TURNS = (
    # "…, currently 18 hours, to 9": an aside as good as one in brackets
    (rf",\s({_NOW}\s(?=[^,()]*\d)[^,()]{{1,40}}),\s(?=(?:down\s|up\s)?to\b)", r" (\1) "),
    # "(today 41 days, target 30 days)"
    (rf"\({_NOW}:?\s([^,;()]{{1,30}})[,;]\s?(?:target|goal|aim|wanted|then):?\s([^,;()]{{1,30}})\)", r"from \1 to \2"),
    # "give each nurse back 30 minutes", "give planners 5 hours a week back", "win back 2 hours for each clerk"
    (r"\bback\san?\s(?=(?:hour|day|week)\b)", "back 1 "),
    (rf"\b(?:give|giving|hand|win|winning|get|buy)\s([^.,;]{{1,40}}?)\sback\s(?!in\b|within\b|by\b|after\b)(?=[^.,;]{{0,20}}{_TIME})", r"save \1 "),
    (rf"\b(?:give|giving|hand|win|winning|get|buy)\s([^.,;]{{1,40}}?{_TIME}(?:\s(?:a|per|each|every)\s\w+)?)\sback\b(?!\sto)", r"save \1"),
    (rf"\b(?:give|giving|hand|win|winning)\sback\s([^.,;]{{1,30}}?{_TIME}(?:\s(?:a|per|each|every)\s\w+)?)(?:\s(?:to|for)(?=\s))?", r"save \1 for"),
    # "In 2026 cut …", "Within 3 months lower …": the comma that tells the day from the deed
    (rf"^((?:in|within|by|until|till|before|during|over|from)\s(?:[\w'.-]+\s){{0,4}}?(?:{_PERIODS}|q[1-4]|20\d\d)(?:\s20\d\d)?)\s(?=(?:{_ORDERS})\b)", r"\1, "),
    (r"^(?:and\s)?what\sif\s", ""),
)  # fmt: skip
TURNS = tuple((re.compile(pattern, re.IGNORECASE), plain) for pattern, plain in _TURNS)


def plainly(text: str) -> str:
    """The same sentence in the words that the grammar of claims knows."""
    for pattern, plain in TURNS:
        text = pattern.sub(plain, text)
    return text
