"""From a text to clauses of tokens: sentences are split, deadlines and quantities become single tokens, verbs are found."""

import re
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from rapidfuzz.distance import OSA

from bot.domain import dates, quantities
from bot.domain.dates import Deadline
from bot.domain.outcome.words import MULTIPLES, TYPO_SAFE, VERBS, Sense, Verb, word_set
from bot.domain.quantities import Quantity

LONGEST = 120  # tokens in a clause; longer ones are cut, which keeps the work in proportion to the text
# Blanked-out places: planes that no text uses, one character per quantity or deadline.
_QUANTITY, _DEADLINE = 0xF0000, 0x100000
_PLANES = re.compile(
    "[\U000f0000-\U0010ffff\ue000-\uf8ff\x00-\x08\x0b-\x1f\ufeff\u200b-\u200f\u2060-\u2064\u00ad]"
)
_TOKEN = re.compile(r"\w+(?:[-'./&+]\w+)*|[^\w\s]")
_SENTENCE = re.compile(
    r"(?<=[.!?])[\"')\]]{0,3} (?=[\"'(\[]?[^\W\d_a-z]|[-*•] |\d)| ?[•▪●◦‣⁃] ?| (?:\d\)|\(\d\)|\([a-h]\)) "
)
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|approx|ca|vs|no|nr|mio|mrd|dr|mr|mrs|ms|st|inc|etc|incl|avg|max|min|est|resp|p\.a|fig|sec|art|dept|jan|feb|apr|jun|jul|aug"
    r"|sept?|oct|nov|dec|z\.b|bzw|u\.s|\d))\.$",
    re.IGNORECASE,
)
_BULLET = re.compile(r"^(?:[-–—*·>#]+\s+|\(?\d{1,2}[.)]\s+(?=\D)|[a-h]\)\s+)")
_TRANSLATE = str.maketrans(
    {
        **dict.fromkeys("“”„‟«»″", '"'),
        **dict.fromkeys("‘‚‛′`´", "'"),
        "’": "'",
        "−": "-",
        "‐": "-",
        "‑": "-",
        "﹪": "%",
        "％": "%",
        "≥": " >= ",
        "≤": " <= ",
        "→": " → ",
        "…": " ",
        "\t": " ",
        **{chr(0xFF10 + n): str(n) for n in range(10)},
        **{chr(0x0660 + n): str(n) for n in range(10)},
    }
)
_ARROW = re.compile(r" ?(?:-{1,3}>|={1,2}>|⇒|➔|➜|→) ?")
_SPACES = re.compile(r"[^\S\n]+|(?:_x000D_)+")


class Token(NamedTuple):
    """A word, a sign, or a blanked-out quantity or deadline; `start` and `end` count in the sentence's masked text."""

    low: str
    start: int
    end: int
    quantity: Quantity | None = None
    deadline: Deadline | None = None
    verb: Verb | None = None

    @property
    def word(self) -> bool:
        return self.low[0].isalnum() and self.quantity is None and self.deadline is None


@dataclass
class Sentence:
    """One sentence with what it is made of; `label` is what stood before a colon ("Time savings: …")."""

    masked: str
    tokens: list[Token]
    originals: dict[int, str]
    label: str = ""
    deadline: Deadline | None = None
    segments: list[tuple[int, int]] = field(default_factory=list)

    def text(self, lo: int, hi: int) -> str:
        """The words of tokens lo to hi as typed, quantities included, deadlines left out."""
        if lo >= hi:
            return ""
        return self.masked[self.tokens[lo].start : self.tokens[hi - 1].end].translate(self.originals)


def tidy(text: str) -> str:
    """One kind of quote, dash, space and digit; nothing that could be taken for a blanked-out place."""
    text = _SPACES.sub(" ", _PLANES.sub(" ", text).translate(_TRANSLATE))
    return _ARROW.sub(" → ", text) if "→" in text or ">" in text else text


def sentences(text: str) -> list[str]:
    """The sentences and list items of a tidy text, none empty."""
    return [part for block in _blocks(text) for part in _split(block)]


def _blocks(text: str) -> list[str]:
    """Paragraphs: a line that goes on in small letters belongs to the one before."""
    blocks: list[list[str]] = []
    fresh = True
    for line in (line.strip() for line in text.split("\n")):
        if line and (fresh or not line[0].islower() or blocks[-1][-1][-1] in ".:;!?"):
            blocks.append([line])
        elif line:
            blocks[-1].append(line)
        fresh = not line
    return [" ".join(lines) for lines in blocks]


def _split(block: str) -> list[str]:
    parts: list[str] = []
    start = 0
    for match in _SENTENCE.finditer(block):
        if match[0][0] not in "•▪●◦‣⁃" and _ABBREVIATION.search(
            block, max(start, match.start() - 12), match.start()
        ):
            continue
        parts.append(block[start : match.start()])
        start = match.end()
    parts.append(block[start:])
    return [part for part in (_BULLET.sub("", part.strip(), count=1).strip() for part in parts) if part]


_DONE = re.compile(
    r"(?:\w{2,}ed|paid|sent|done|made|met|read|built|sold|found|home|shipped|hired|back|taken|seen|given|dealt\swith|attended\sto|response|back|complete)\s*$",
    re.IGNORECASE,
)
_AMOUNT_LATER = re.compile(
    r"^[^,;]{0,80}?\b(?:by|from|to|below|above)\s(?:[a-z]+\s){0,2}[€$£]?\d", re.IGNORECASE
)


def read(text: str, on: date) -> Sentence:
    """One sentence with its deadline found, its numbers and deadlines blanked out, and its clauses marked."""
    label, text = _label(text)
    dated, numbered = _hints(text)
    found = [d for d in dates.find(text, on) if not _part_of_name(text, d)] if dated else []
    if (
        len(found) == 1
        and found[0].loose
        and not quantities.find(text[: found[0].start] + text[found[0].end :])
    ):
        found = []  # "answer every letter within 5 days": the only number is the goal
    originals: dict[int, str] = {}
    blanked = _blank(text, [(d.start, d.end) for d in found], _DEADLINE, originals, keep=False)
    numbers = quantities.find(blanked) if numbered else []
    masked = _blank(blanked, [(q.start, q.end) for q in numbers], _QUANTITY, originals, keep=True)
    days = [d for d in found if d.day]
    tokens = _tokens(masked, numbers, found)
    sentence = Sentence(
        masked=masked,
        tokens=tokens,
        originals=originals,
        label=label,
        deadline=max(days, key=lambda d: d.day or date.min) if days else None,
    )
    sentence.segments = _segments(tokens)
    return sentence


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


def _tokens(masked: str, numbers: list[Quantity], found: list[Deadline]) -> list[Token]:
    tokens: list[Token] = []
    for match in _TOKEN.finditer(masked):
        low = match[0].lower()
        code = ord(low[0])
        if code < _QUANTITY:
            tokens.append(Token(low, *match.span(), None, None, VERBS.get(low)))
        elif code < _DEADLINE:
            tokens.append(Token(low, *match.span(), quantity=numbers[code - _QUANTITY]))
        else:
            tokens.append(Token(low, *match.span(), deadline=found[code - _DEADLINE]))
    return _verbs(tokens)


# After these a word that could be a noun is a verb.
_VERB_BEFORE = word_set(
    "to will would should must shall can could may might cannot not and or help helps helped helping we "
    "they it that which i let's lets us please by through via while thereby also thus then be been being "
    "is are was were has have had wants want need needs without goal aim target significantly "
    "substantially greatly further , : ; - ( → ↑ ↓"
)
_PERIODIC = word_set("daily weekly monthly yearly quarterly hourly early family supply only assembly")
_NOUN_BEFORE = word_set(
    "a an the any this our of in no each every per from s further average total overall staff price cost "
    "temperature"
)
_VERB_AFTER = word_set("by from to below under above over down up")


def _verbs(tokens: list[Token]) -> list[Token]:
    """Keeps the verb of a token only where it stands as a verb; forgives a typo where a verb has to be."""
    before = ""
    for n, token in enumerate(tokens):
        verb = token.verb
        if verb is None:
            if (
                (n < 2 or before in {"to", "will"})
                and len(token.low) >= 5
                and (not before or before in _VERB_BEFORE)
                and token.word
            ):
                tokens[n] = token._replace(verb=_forgive(token.low))
        elif (
            verb.nounlike
            and n
            and not (before.endswith("ly") and before not in _PERIODIC)
            and not _acts(tokens, n, before, tokens[n + 1] if n + 1 < len(tokens) else None)
        ):
            tokens[n] = token._replace(verb=None)
        before = token.low
    return tokens


def _acts(tokens: list[Token], n: int, before: str, after: Token | None) -> bool:
    """Whether a word that is a noun as well ("cut", "falls") is a verb here."""
    if after is None or (
        after.low in {"in", "of", "and", "or", ","} and before not in {"to", "will", "must", "should", "can"}
    ):
        return False
    if tokens[n - 1].quantity:
        return False
    if before in _VERB_BEFORE:
        # "and time by 30%" is no verb; "has", "is" before "cut" make a passive.
        return before not in {"and", "or", ","} or after.low not in {"rate", "time"}
    if before in _NOUN_BEFORE:
        return False
    if after.low in _VERB_AFTER or after.quantity is not None:
        return True
    # "the system cuts handling time", "sensors cut stops": subject and verb agree, and no verb came before
    agrees = tokens[n].low.endswith("s") != before.endswith("s")
    return (
        agrees
        and n <= 8
        and after.word
        and tokens[n - 1].word
        and not any(token.verb for token in tokens[:n])
    )


def _forgive(word: str) -> Verb | None:
    """The verb that was meant by "redcue" or "incrase": one slip in a short word, two in a long one."""
    for form in TYPO_SAFE:
        if form[0] == word[0] and abs(len(form) - len(word)) <= 2:
            limit = 2 if len(form) >= 7 and len(word) >= 7 else 1
            if OSA.distance(form, word, score_cutoff=limit) <= limit and word not in _NOT_TYPOS:
                return VERBS[form]
    return None


_NOT_TYPOS = word_set(
    "impress imprint achiever rinse release releases releasing roast boats boots boosts lover loser reuse "
    "reused raisin increment doubt doubts decree degree double"
)

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
    if low == "to" and not verb_seen and k + 1 < len(tokens) and tokens[k + 1].low in _VERB_AFTER:
        return False  # "we want review time to drop from …": what comes before is what drops
    if low in {"that", "which"} and verb_seen and not number_seen:
        return False  # "reduce calls that fall …": part of the name
    return low not in {"for", "of", "in", "from", "with"} or tokens[k].low.endswith("ing")
