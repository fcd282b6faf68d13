"""What kind of thing a sentence speaks of: something built, the model itself, the pilot itself, or nothing that measures."""

import re

from bot.domain.direction import Kind
from bot.domain.outcome.claim import Claim
from bot.domain.outcome.names import is_vague
from bot.domain.outcome.reading import Read
from bot.domain.outcome.words import (
    MODEL_ALONE,
    MODEL_QUALITY,
    MODEL_WORD,
    OUTPUT,
    OUTPUT_NOUNS,
    SOFT_OUTPUT,
    TOOLS,
    TRAIN,
    VANITY,
)

_PILOT = re.compile(r"^(?:pilot|pilots|piloting|test|testing)\s", re.IGNORECASE)


def outputs(words: list[str], found: Read) -> bool:
    """Whether the main verb makes or installs something."""
    if not words:
        return False
    first = words[0]
    if first in {"roll", "rolls", "rolling", "rolled"}:
        return "out" in words[1:4]
    if first in {"set", "sets", "setting"}:
        return "up" in words[1:3]
    if first in {"run", "test", "pilot"}:
        return bool(_PILOT.match(found.opening)) and not VANITY.search(found.opening)
    if first in OUTPUT:
        return not any(
            c.kind
            and c.metric
            and c.end
            and c.direction
            and first in {"automate", "digitise", "digitize", "automates"}
            for c in found.claims
        )
    if first in OUTPUT_NOUNS and words[1:2] == ["of"]:
        return True
    if first in SOFT_OUTPUT:
        return (
            bool(set(words[1:8]) & TOOLS)
            and not any(c.kind for c in found.claims)
            and not _COUNTED_VANITY.search(found.opening)
        )
    return False


_MEANS = re.compile(
    r"^(?:(?:hire|hires|hiring|recruit|recruits|recruiting|get|add|have|employ|employing|buy|find|engage|fund)\s(?:up\s)?)?(?:(?:at\sleast|about|some)\s)?"
    r"(?P<count>[\U000f0000-\U000ffffd])\s(?:(?P<more>more|additional|extra|further|new|other)\s)?(?:(?:data|software|machine|learning|ml|ai|prompt|senior|junior|full-time|external|skilled|good|cloud|it)\s){0,3}"
    r"(?:(?P<own>scientists?|engineers?|developers?|programmers?|architects?|gpus?|servers?|laptops?|freelancers?)|analysts?|experts?|consultants?|specialists?|people|colleagues|employees|heads|headcount|hires|fte)"
    r"(?=\s?(?:[\U00100000-\U0010fffd.,;!]|$)|\s(?:for|in|on|to|who|from|at|with)\b)",
    re.IGNORECASE,
)


def asks_for_means(found: Read) -> bool:
    """Whether a sentence asks for people or machines to do it with: "we need 3 more data scientists"."""
    match = _MEANS.match(found.opening)
    if match is None or not (match["own"] or match["more"]):
        return False
    return (
        next((t.quantity.unit is None for t in found.sentence.tokens if t.quantity), False)
        or "fte" in match[0].lower()
    )


def purpose(numbered: list[Claim], found: Read) -> bool:
    """Whether a clause after the output names a direction and a quantity: "deploy X to cut Y by 60 %"."""
    first_end = found.sentence.segments[0][1] if found.sentence.segments else 0
    return any(c.end > first_end or c.sense is not None for c in numbered if c.direction)


def is_model(claim: Claim, found: Read) -> bool:
    """Whether the number is the model's own: "model accuracy", "F1", "precision on the test set"."""
    metric = (claim.metric or "").lower()
    if MODEL_ALONE.search(metric):
        return True
    around = (
        metric if found.sentence.tokens and len(found.sentence.tokens) > 40 else found.sentence.masked.lower()
    )
    return bool(
        MODEL_QUALITY.search(metric)
        and MODEL_WORD.search(around)
        and not re.search(r"\b(?:cost|time|price|customer|service|credit|employee)\b", metric)
    ) and (
        bool(MODEL_WORD.search(metric))
        or re.search(r"\b(?:accurac|error\srate|f1|r\^?2)", metric) is not None
    )


ACCURACY = re.compile(r"\b(?:accura(?:c|te)|true[\s-]positive|error\srate)")
_NOUN = re.compile(
    r"(?:(?:number|share|percentage|count|proportion|volume)\sof\s)?(?:[^\W\d_][\w-]*\s){0,3}?"
)


def is_vanity(claim: Claim, found: Read) -> bool:
    """Whether what a claim counts is the pilot itself: pilots, prompts, people trained, "managers using the chatbot"."""
    metric = (claim.metric or "").lower()
    if not metric:
        return False
    low = found.sentence.masked.translate(found.sentence.originals).lower()
    start = low.find(metric)
    if start < 0:
        low, start = metric, 0
    noun = _NOUN.match(low, start)
    hit = VANITY.search(low, start, start + len(metric) + 40)
    if not hit or not noun:
        return False
    between = low[start : hit.start()]
    if re.search(r"\b(?:for|in|per|with|by|among|to|on|at|from)\s", between) or re.search(
        r"(?<!number\s)(?<!share\s)(?<!percentage\s)(?<!count\s)(?<!proportion\s)\bof\s", between
    ):
        return False
    return hit.start() < start + len(metric) and not re.search(
        r"\b(?:cost|costs|time|errors?|per\s(?:user|licen[cs]e|pilot))\b", metric
    )


_COUNTED_VANITY = re.compile(r"[\U000f0000-\U000ffffd]\s(?:[\w-]+\s){0,2}?(?=(" + VANITY.pattern + "))")


def vain(found: Read, business: list[Claim]) -> bool:
    """Whether a sentence counts nothing but the pilot itself."""
    if any(is_vanity(c, found) for c in business or found.claims[:1]):
        return True
    if business or found.claims:
        return False
    low = found.opening
    counted = any(t.quantity for t in found.sentence.tokens)
    if low.startswith(("train ", "upskill ", "onboard ", "educate ")) and counted:
        return True
    return bool(_COUNTED_VANITY.search(low)) or (
        bool(TRAIN.match(low)) and bool(VANITY.search(low)) and counted
    )


def measures_nothing(claim: Claim) -> bool:
    """Whether a claim's noun measures nothing; a unit of its own, or two levels of it, is a measure."""
    if claim.metric is None:
        return True
    if claim.unit not in {"%", "pp", None} and claim.kind is not None and not claim.unit.startswith("per"):
        return False
    if claim.kind is Kind.FROM_TO:
        return (
            is_vague(claim.metric, numbered=True)
            and claim.unit in {"%", "pp"}
            and len(claim.metric.split()) == 1
        )
    return is_vague(claim.metric, numbered=True)
