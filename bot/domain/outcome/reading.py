"""A sentence read for judging: its claims, and the word that acts once "Our aim is to" is left aside."""

import re
from dataclasses import dataclass
from datetime import date

from bot.domain.outcome.claim import Claim
from bot.domain.outcome.claims import claims
from bot.domain.outcome.clauses import read
from bot.domain.outcome.tokens import Sentence

_PREFIX = re.compile(
    r"^(?:(?:our|the|my|its|this|primary|main|overall|key|expected|intended|a)\s){0,3}(?:goal|aim|objective|target|purpose|intention|ambition|mission|plan|idea|vision|benefit|hope|outcome|project|initiative|task|pilot)s?"
    r"(?:\s(?:of|for|in)\s(?:the\s|this\s|our\s)?\w+(?:\s\w+)?)?\s(?:is|are|was|will\sbe|would\sbe)\s(?:to|that|for)?\s*"
    r"|^(?:we|i|they|you|our\steam|the\steam|management|the\scompany|our\scompany|the\sdepartment|our\sdepartment)\s(?:(?:would|'d|are|am|will|should|must|can|could|have|really|also|all|now|need|want|plan|going)\s)*"
    r"(?:like|want|need|plan|aim|intend|hope|wish|try|expect|going|seek|strive|trying|planning|looking|aiming|love|able)?\s?(?:to\s)?"
    r"|^(?:let'?s|let\sus|please|in\sorder\sto|to|help\sus(?:\sto)?|help\sto|and|also|so|then|idea:|just|simply|finally|first|together)\s"
    r"|^(?:the|this|our|its|it|these|those|that)\s(?:[\w-]+\s){0,5}?(?:will|would|aims?\sto|seeks?\sto|plans?\sto|intends?\sto|is\s(?:designed|intended|expected|meant|supposed|going|used|planned)\sto|wants?\sto|is\sto|helps?\sto)\s",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Read:
    """A sentence with its claims and the first word that acts."""

    sentence: Sentence
    claims: list[Claim]
    opening: str  # what is left after "Our aim is to", in lower case


def read_for(text: str, on: date) -> Read:
    sentence = read(text, on)
    opening = sentence.masked.lower().strip(" \"'*-")
    for _ in range(4):
        rest = _PREFIX.sub("", opening, count=1).lstrip(" ,:")
        if rest == opening or not rest:
            break
        opening = rest
    return Read(sentence, claims(sentence), opening)
