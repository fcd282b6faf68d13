"""Which pilots a new idea resembles: by the telling words that they share.

A word tells the more, the fewer pilots have it. An ended pilot that shares a third of what the new name says has a lesson
worth one line; a living one has to be called the same, or promise the same, before it is called the same idea.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from math import log
from typing import NamedTuple

from rapidfuzz import fuzz, utils

from bot.domain.outcome.words import OUTPUT, SOFT_OUTPUT, TOOLS, VERBS, word_set
from bot.domain.pilot import Pilot
from bot.domain.stages import Stage

#: Of what a new name says, how much an ended pilot must share to have a lesson.
LESSON = 0.3
#: How alike two names are, of 100, that mean the same.
SAME = 90
MOST = 2
_WORD = re.compile(r"[^\W\d_]{3,}")
_SAYS_NOTHING = (
    word_set(
        "the our for and with from per that this can let see what how why who new use using via into out all any its are was "
        "cost costs time rate number share month year week day hour minute percent eur usd pilot project idea test program "
        "programme process processes team teams service services smart intelligent automated automatic automation "
        "digital generative data llm gpt helper finder writer reader classifier generator optimiser optimizer "
        "copilot assistance based between while without within until about more less fewer least"
    )
    | TOOLS
    | OUTPUT
    | SOFT_OUTPUT
    | (set(VERBS) - word_set("meeting meetings building lead leads yield yields"))
    | word_set("january february march april may june july august september october november december")
)


class Known(NamedTuple):
    """What is compared of a pilot; a large registry is not read whole for it."""

    id: str
    #: Every name it may be asked for by.
    called: Sequence[str]
    stage: Stage
    #: Its outcome sentence, and what its metric is called.
    promised: str


def known(pilots: Iterable[Pilot]) -> list[Known]:
    """What is compared of pilots that were read whole."""
    return [
        Known(
            one.id, one.called, one.stage, f"{one.outcome_sentence} {one.metric.name if one.metric else ''}"
        )
        for one in pilots
    ]


def resembling(new: Pilot, sentence: str, others: Sequence[Known]) -> list[str]:
    """The ids of pilots that a new idea resembles, nearest first, at most two: ended with a lesson, or living and alike."""
    named = {other.id: _words(" ".join(other.called)) for other in others if other.id != new.id}
    common = Counter(word for words in named.values() for word in words)
    mine = _words(new.name)
    name = utils.default_process(new.name)
    promises = _words(sentence)
    wanted = mine | promises

    # What is not said in the new one weighs nothing in a comparison with it.
    weights = {word: log(2 + len(named)) - log(max(1, common[word])) for word in wanted}

    def share(said: set[str], theirs: set[str]) -> float:
        whole = sum(weights[word] for word in said)
        return sum(weights[word] for word in said & theirs) / whole if whole else 0.0

    found = []
    for other in others:
        if other.id == new.id:
            continue
        promised = _words(other.promised)
        if other.stage in (Stage.RETIRED, Stage.MERGED):
            theirs = named[other.id] | promised
            score = max(share(mine, theirs), share(wanted, theirs))
            alike = score >= LESSON
        else:
            score = max(fuzz.token_set_ratio(name, utils.default_process(called)) for called in other.called)
            alike = (" " in name and score >= SAME) or (bool(promised) and promises == promised)
            score /= 100
        if alike:
            found.append((score, other.id))
    return [other for _, other in sorted(found, key=lambda pair: -pair[0])[:MOST]]


def _words(text: str) -> set[str]:
    """The telling words of a text, in the singular."""
    return {told for word in _WORD.findall(text) if (told := _telling(word))}


@lru_cache(maxsize=10_000)
def _telling(word: str) -> str:
    """A word in the singular; empty where it says nothing."""
    low = word.lower()
    one = "" if low in _SAYS_NOTHING else _singular(low)
    return "" if one in _SAYS_NOTHING else one


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 5:
        return word[:-3] + "y"
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 4 else word
