"""The tokens of a sentence: words, signs, and what was blanked out; a verb only where it stands as one."""

import re
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from rapidfuzz.distance import OSA

from bot.domain.dates import Deadline
from bot.domain.outcome.words import TYPO_SAFE, VERBS, Verb, word_set
from bot.domain.quantities import Quantity

MOST = 140  # tokens in a sentence; what stands behind them is no longer part of its promise
# Blanked-out places: planes that no text uses, one character per quantity or deadline.
QUANTITY, DEADLINE = 0xF0000, 0x100000
_TOKEN = re.compile(r"\w+(?:[-'./&+]\w+)*|[^\w\s]")


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
        words = self.masked[self.tokens[lo].start : self.tokens[hi - 1].end]
        return words if words.isascii() else words.translate(self.originals)


_new = tuple.__new__  # spares a call for each word of a long text


def tokenize(masked: str, numbers: list[Quantity], found: list[Deadline]) -> list[Token]:
    tokens: list[Token] = []
    for match in islice(_TOKEN.finditer(masked), MOST):
        low = match[0].lower()
        code = ord(low[0])
        if code < QUANTITY:
            tokens.append(_new(Token, (low, *match.span(), None, None, VERBS.get(low))))
        elif code < DEADLINE:
            tokens.append(Token(low, *match.span(), quantity=numbers[code - QUANTITY]))
        else:
            tokens.append(Token(low, *match.span(), deadline=found[code - DEADLINE]))
    return _verbs(tokens)


# After these a word that could be a noun is a verb.
_VERB_BEFORE = word_set(
    "to will would should must shall can could may might cannot not and or help helps helped helping we "
    "they it that which i let's lets us please by through via while thereby also thus then be been being "
    "is are was were has have had wants want need needs without goal aim target significantly "
    "substantially greatly maybe perhaps further , : ; - ( → ↑ ↓"
)
_PERIODIC = word_set("daily weekly monthly yearly quarterly hourly early family supply only assembly")
_NOUN_BEFORE = word_set(
    "a an the any this our of in no each every per from s further average total overall staff price cost "
    "temperature"
)
# "People at elevated risk", "the reduced staff": how something is, not what shall be done.
_ADJECTIVE_AFTER = word_set("at the a an their its our his her")
VERB_AFTER = word_set("by from to below under above over down up")


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
            (verb.past and before in _ADJECTIVE_AFTER)
            or (not n and _names_a_thing(tokens))
            or (
                verb.nounlike
                and n
                and not (before.endswith("ly") and before not in _PERIODIC)
                and not _acts(tokens, n, before, tokens[n + 1] if n + 1 < len(tokens) else None)
            )
        ):
            tokens[n] = token._replace(verb=None)
        before = token.low
    return tokens


_THINGS = {
    "lead": word_set("time times"),
    "change": word_set("requests request orders"),
    "hold": word_set("time times"),
    "turn": word_set("times"),
}


def _names_a_thing(tokens: list[Token]) -> bool:
    """Whether a sentence begins with a noun that looks like a verb: "Lead time of spare parts"."""
    return len(tokens) > 1 and tokens[1].low in _THINGS.get(tokens[0].low, ())


def _acts(tokens: list[Token], n: int, before: str, after: Token | None) -> bool:
    """Whether a word that is a noun as well ("cut", "falls") is a verb here."""
    if after is None or (
        after.low in {"in", "of", "and", "or", ","} and before not in {"to", "will", "must", "should", "can"}
    ):
        return False
    if tokens[n - 1].quantity:
        # "a 40 % drop from 10 to 6" is a noun, "requests merged within one day rise from 40 % to 65 %" a verb
        return n > 1 and tokens[n - 2].low in {"within", "in", "under", "over"} and after.low in VERB_AFTER
    if before in _VERB_BEFORE:
        # "and time by 30%" is no verb; "has", "is" before "cut" make a passive.
        return before not in {"and", "or", ","} or after.low not in {"rate", "time"}
    if before in _NOUN_BEFORE:
        return False
    agrees = tokens[n].low.endswith("s") != before.endswith("s")
    if after.low in VERB_AFTER or after.quantity is not None:
        return agrees or not any(token.verb for token in tokens[:n])
    # "the system cuts handling time", "sensors cut stops": subject and verb agree, and no verb came before
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
