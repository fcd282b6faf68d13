"""Dates and days inside the record's own sentences, and how answers resemble each other."""

import re
from collections.abc import Sequence
from datetime import date
from difflib import SequenceMatcher

from bot.domain.record import ANSWERS, Entry, Status

_MONTHS = {
    name: number
    for number, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1
    )
}
_ISO = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
_NAMED = re.compile(r"\b(\d{1,2})\.? ([A-Za-z]{3,9})\.?,? (\d{4})\b")
_SNOOZE = re.compile(r"^\s*(\d{1,3})\s+working days?\b", re.IGNORECASE)


def first_date(text: str) -> date | None:
    """The first date in a sentence: ``14 December 2026`` or ``2026-12-14``; None where none is real."""
    found: list[tuple[int, date]] = []
    for match in _ISO.finditer(text):
        found += _made(match.start(), int(match[1]), int(match[2]), int(match[3]))
    for match in _NAMED.finditer(text):
        month = _MONTHS.get(match[2][:3].lower())
        if month is not None:
            found += _made(match.start(), int(match[3]), month, int(match[1]))
    return min(found)[1] if found else None


def _made(at: int, year: int, month: int, day: int) -> list[tuple[int, date]]:
    try:
        return [(at, date(year, month, day))]
    except ValueError:
        return []


def pause_until(text: str) -> tuple[date | None, str]:
    """``Paused until 14 December 2026: works agreement`` → its resume day and its reason."""
    head, _, reason = text.partition(":")
    until = first_date(head)
    return until, reason.strip() if until else text.strip()


def kept_until(entry: Entry) -> date | None:
    """The new date of a decision to keep: ``Kept until 5 March 2027, owner Tom Weber``; None for every other entry."""
    if entry.status is not Status.NOTE or not entry.text.startswith("Kept until "):
        return None
    return first_date(entry.text)


_GATE = re.compile(r"\b(G[1-5])\s+passed\b", re.IGNORECASE)


def gate_passed(text: str) -> str | None:
    """The gate that an entry's text says was passed."""
    found = _GATE.search(text)
    return found[1].upper() if found else None


_NOT_TICKED = re.compile(
    r"\s*(?:[IDO][1-8]\b[\s:,./&+\-–—]*(?:and\b\s*)?)+(?:(?:re)?open(?:ed)?|n/?a|not applicable)\b",
    re.IGNORECASE,
)


def ticked(text: str) -> bool:
    """Whether a checklist row ticks its items: ``I1 done https://…`` does, ``I1 open again`` and ``D6 n/a`` do not."""
    return _NOT_TICKED.match(text) is None


def snooze_days(text: str) -> int:
    """``5 working days: quarter closing`` → 5; 0 where no number leads."""
    found = _SNOOZE.match(text)
    return int(found[1]) if found else 0


#: Words that name no blocker.
_EMPTY = frozenset(
    [
        "the",
        "a",
        "an",
        "and",
        "or",
        "but",
        "not",
        "no",
        "nor",
        "still",
        "yet",
        "just",
        "for",
        "from",
        "with",
        "without",
        "into",
        "onto",
        "upon",
        "about",
        "after",
        "before",
        "since",
        "until",
        "have",
        "has",
        "had",
        "are",
        "was",
        "were",
        "been",
        "being",
        "this",
        "that",
        "these",
        "those",
        "they",
        "them",
        "their",
        "our",
        "ours",
        "your",
        "yours",
        "his",
        "her",
        "its",
        "can",
        "could",
        "will",
        "would",
        "shall",
        "should",
        "may",
        "might",
        "must",
        "need",
        "needs",
        "needed",
        "want",
        "wants",
        "waiting",
        "waits",
        "wait",
        "stuck",
        "blocked",
        "open",
        "access",
        "again",
        "work",
        "working",
        "works",
        "instead",
        "now",
        "soon",
        "week",
        "weeks",
        "day",
        "days",
        "month",
        "months",
        "there",
        "here",
        "what",
        "who",
        "when",
        "where",
        "why",
        "how",
        "all",
        "any",
        "some",
        "more",
        "most",
        "very",
        "also",
        "only",
        "same",
        "first",
        "next",
        "last",
        "get",
        "got",
        "give",
        "given",
        "granted",
        "answer",
        "reply",
        "asked",
        "ask",
        "asks",
    ]
)
_TICKET = re.compile(r"\b[A-Z][A-Z0-9]{1,9}-\d+\b|#\d+\b")
#: Two letters name something only in capitals: HR, IT, QA.
_WORD = re.compile(r"[^\W\d_]{3,}|\b[A-Z]{2}\b")


def _tickets(text: str) -> set[str]:
    return {ticket.upper() for ticket in _TICKET.findall(text)}


def _content(text: str) -> set[str]:
    return {
        word
        for word in (found.casefold() for found in _WORD.findall(_TICKET.sub(" ", text)))
        if word not in _EMPTY
    }


def same_blocker(one: str, other: str) -> bool:
    """Whether two answers name one blocker: a shared ticket id, or half of the shorter one's content words."""
    if _tickets(one) & _tickets(other):
        return True
    mine, yours = _content(one), _content(other)
    shorter = min(len(mine), len(yours))
    return shorter > 0 and 2 * len(mine & yours) >= shorter


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[\W_]+", " ", text.casefold()).split())


def alike(one: str, other: str) -> bool:
    """Whether two texts say the same: at least 0.9 similar in lower case without punctuation, and not empty."""
    mine, yours = _plain(one)[:1000], _plain(other)[:1000]
    if not mine or not yours:
        return False
    return mine == yours or SequenceMatcher(None, mine, yours, autojunk=False).ratio() >= 0.9


def judged(answer: Entry, earlier: Sequence[Entry]) -> Entry:
    """The answer with its repeats and mentions, judged against the answers before it (ascending)."""
    if answer.status not in ANSWERS or not answer.human:
        return answer
    answers = [entry for entry in earlier if entry.status in ANSWERS and entry.human]
    repeats = 0
    if answers:
        last = answers[-1]
        first = answers[-1 - last.repeats] if last.repeats < len(answers) else answers[0]
        if (answer.status, answer.value) == (first.status, first.value) and alike(answer.text, first.text):
            repeats = last.repeats + 1
    mentions = 0
    if answer.status in (Status.STUCK, Status.WAITING):
        mentions = 1 + sum(same_blocker(answer.text, entry.text) for entry in _blocked_run(answers))
    return answer._replace(repeats=repeats, mentions=mentions)


def _blocked_run(answers: Sequence[Entry]) -> list[Entry]:
    run: list[Entry] = []
    for entry in reversed(answers):
        if entry.status not in (Status.STUCK, Status.WAITING):
            break
        run.append(entry)
    return run
