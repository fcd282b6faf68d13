"""From a sentence to clauses: deadlines and quantities are found and blanked out, verbs open clauses."""

import re
from datetime import date
from itertools import islice

from bot.domain import dates, quantities
from bot.domain.dates import Deadline
from bot.domain.outcome.plainly import plainly
from bot.domain.outcome.tokens import DEADLINE, QUANTITY, VERB_AFTER, Sentence, Token, tokenize
from bot.domain.outcome.words import MOVES_BY_ITSELF, MULTIPLES, VERBS, Sense, word_set

LONGEST = 120  # tokens in a clause; longer ones are cut, which keeps the work in proportion to the text
FARTHEST = 700  # characters of a sentence, what stands behind them is no longer part of its promise,
MANY = 20  # nor what stands behind so many numerals: that is a table
_DONE = re.compile(
    r"(?:\w{2,}ed|paid|sent|done|made|met|read|built|sold|found|home|shipped|hired|back|taken|seen|given|dealt\swith|attended\sto|response|back|complete)\s*$",
    re.IGNORECASE,
)
_AMOUNT_LATER = re.compile(
    r"^[^,;]{0,80}?\b(?:by|from|to|below|above)\s(?:[a-z]+\s){0,2}[€$£]?\d", re.IGNORECASE
)


def read(text: str, on: date) -> Sentence:
    """One sentence with its deadline found, its numbers and deadlines blanked out, and its clauses marked."""
    label, text = _label(plainly(_promise(text)))
    dated, numbered = _hints(text)
    found = [d for d in dates.find(text, on) if not _part_of_name(text, d)] if dated else []
    if (
        len(found) == 1
        and found[0].loose
        and not quantities.find(text[: found[0].start] + text[found[0].end :])
    ):
        found = []  # "answer every letter within 5 days": the only number is the goal
    originals: dict[int, str] = {}
    blanked = _blank(text, [(d.start, d.end) for d in found], DEADLINE, originals, keep=False)
    numbers = quantities.find(blanked) if numbered else []
    masked = _blank(blanked, [(q.start, q.end) for q in numbers], QUANTITY, originals, keep=True)
    days = [d for d in found if d.day]
    tokens = tokenize(masked, numbers, found)
    sentence = Sentence(
        masked=masked,
        tokens=tokens,
        originals=originals,
        label=label,
        deadline=max(days, key=lambda d: d.day or date.min) if days else None,
    )
    sentence.segments = _segments(tokens)
    return sentence


_NUMERAL = re.compile(r"\d+")


def _promise(text: str) -> str:
    """As much of a sentence as can be one promise, up to a whole word."""
    if len(text) > FARTHEST:
        text = text[:FARTHEST].rpartition(" ")[0] or text[:FARTHEST]
    table = next(islice(_NUMERAL.finditer(text), MANY, None), None)
    return text if table is None else text[: table.start()]


# Cheap tests that spare most sentences of prose the whole grammar.
_WORDS = re.compile(r"[a-zä]+|[\d½¼¾]")
_FIGURES = {*"0123456789½¼¾"}


_COUNTLESS = {form for form, verb in VERBS.items() if verb.base in MULTIPLES} | {"no", "nil", "none"}


def may_count(text: str) -> bool:
    """Whether a sentence can state a quantity at all; False is certain, True is not."""
    return not (quantities.NUMBER_WORDS | _FIGURES | _COUNTLESS).isdisjoint(_WORDS.findall(text.lower()))


def _hints(text: str) -> tuple[bool, bool]:
    """Whether a sentence can have a date, and whether it can have a number."""
    words = set(_WORDS.findall(text.lower()))
    return not words.isdisjoint(dates.WORDS) or not words.isdisjoint(_FIGURES), not words.isdisjoint(
        quantities.NUMBER_WORDS | _FIGURES
    )


_LABEL = re.compile(r"^([^\d:;,.()]{2,60}?)\s?(?::|\s[-–—=])\s(?=\S)")


def _label(text: str) -> tuple[str, str]:
    """“Time savings: 90 % less …” as label and rest. At most seven words, and no number in them."""
    match = _LABEL.match(text)
    if match is None or len(match[1].split()) > 7:
        return "", text
    label, rest = match[1].strip(" *_-"), text[match.end() :]
    # "Reduce handling time: 8 → 5 min" is no label, "Accelerated learning: reduces …" is one
    orders = match[1].split(maxsplit=1)[0].lower() in VERBS
    return ("", text) if orders and rest.split(maxsplit=1)[0].lower() not in VERBS else (label, rest)


def _part_of_name(text: str, deadline: Deadline) -> bool:
    """Whether "within 30 days" says how fast each one is done rather than when the goal is due."""
    if not deadline.loose:
        return False
    return bool(
        _DONE.search(text[max(0, deadline.start - 24) : deadline.start])
        or _AMOUNT_LATER.match(text[deadline.end : deadline.end + 120])
    )


def _blank(
    text: str, spans: list[tuple[int, int]], plane: int, originals: dict[int, str], *, keep: bool
) -> str:
    parts, start = [], 0
    for number, (lo, hi) in enumerate(spans):
        parts += [text[start:lo], chr(plane + number)]
        originals[plane + number] = text[lo:hi] if keep else ""
        start = hi
    return "".join((*parts, text[start:]))


_HARD = word_set("; while whilst whereas but | — – without although though because")
_SOFT = word_set(", and to by through via which that & plus then for of ( thereby thus - → so in from with")
_ADVERB = word_set(
    "also then help helps helping to will would should can could thereby thus it they we further "
    "significantly greatly at the same time even"
)


def _segments(tokens: list[Token]) -> list[tuple[int, int]]:
    """Clauses as ranges of tokens: a verb that points somewhere opens one when a joint stands before it."""
    cuts = [0]
    verb_seen = number_seen = False
    for n, token in enumerate(tokens):
        if n > cuts[-1] and (
            n - cuts[-1] >= LONGEST or _opens(tokens, n, verb_seen=verb_seen, number_seen=number_seen)
        ):
            cuts.append(n)
            verb_seen = number_seen = False
        verb_seen = verb_seen or token.verb is not None
        number_seen = number_seen or token.quantity is not None
    return [(lo, hi) for lo, hi in zip(cuts, [*cuts[1:], len(tokens)], strict=True) if lo < hi]


def _opens(tokens: list[Token], n: int, *, verb_seen: bool, number_seen: bool) -> bool:
    """Whether a clause begins at token n, given what the clause so far has."""
    low = tokens[n].low
    if low in _HARD:
        return low not in {"without", "but"} or any(t.verb for t in tokens[n + 1 : n + 5])
    if low not in _SOFT:
        return False
    k = n + 1
    while k < len(tokens) and k < n + 4 and (tokens[k].low in _ADVERB or tokens[k].low.endswith("ly")):
        k += 1
    verb = tokens[k].verb if k < len(tokens) else None
    if verb is None or (verb.sense is Sense.KEEP and verb.nounlike):
        return False
    if low == "to" and not verb_seen and k + 1 < len(tokens):
        moves = tokens[k + 1].quantity is not None and verb.base in MOVES_BY_ITSELF
        if moves or tokens[k + 1].low in VERB_AFTER:
            return False  # "we want review time to drop from …", "costs to fall 15 %": what comes before is what drops
    if low in {"that", "which"} and verb_seen and not number_seen:
        return False  # "reduce calls that fall …": part of the name
    return low not in {"for", "of", "in", "from", "with"} or tokens[k].low.endswith("ing")
