"""What the evidence of a checklist item says: numbers, days and answers read from its own words."""

import re
from dataclasses import dataclass
from datetime import date

from bot.domain.words import first_date

#: Training holds while so large a share of the intended users is trained …
TRAINED_ENOUGH = 0.8
#: … and until so large a share of new users has come.
NEW_USERS = 0.25

_SHARE = re.compile(r"(?<![\d.,])(\d{1,7})\s*(?:of|/|out of)\s*(\d{1,7})(?![\d.,]*\d)", re.IGNORECASE)
_USERS = re.compile(r"(?<![\d.,])(\d{1,7})\s+(?:intended\s+)?users?\b", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Training:
    """How many are trained, of how many, and how many users there are by now."""

    trained: int
    intended: int
    users: int

    @property
    def share(self) -> float:
        """Trained over intended, 0 or more."""
        return self.trained / self.intended

    @property
    def new(self) -> float:
        """New users since the training, as a share of those it was meant for."""
        return max(0.0, self.users / self.intended - 1)


def training(text: str) -> Training | None:
    """``42 of 50 trained; 63 users`` → 42, 50, 63; None where no such pair of numbers stands."""
    pair = _SHARE.search(text)
    if pair is None or int(pair[2]) == 0:
        return None
    users = users_of(text[pair.end(1) :])
    return Training(
        trained=int(pair[1]),
        intended=int(pair[2]),
        users=int(pair[2]) if users is None else max(users, int(pair[2])),
    )


def users_of(text: str) -> int | None:
    """``63 users now`` → 63: the last such number; None: there is none."""
    found = _USERS.findall(text)
    return int(found[-1]) if found else None


#: Who must have answered, with the words they go by; IT and HR in capitals, since "it" is a word of every sentence.
_WHO = {
    "legal": r"\b(?i:legal)",
    "security": r"\b(?i:security)",
    "works council or HR": r"\b(?:(?i:works council)(?:\s*(?:/|or)\s*HR)?|HR)",
    "IT": r"\bIT",
}
STAKEHOLDERS = tuple(_WHO)
_ANSWER = r"\b[\s:,.=()–—-]*(?i:(?:says?|said)\s+)?(?P<answer>(?i:yes|no|agreed|refused|not needed|n/a))\b"
_ANSWERS = {name: re.compile(words + _ANSWER) for name, words in _WHO.items()}
_AGREES = frozenset({"yes", "agreed", "not needed", "n/a"})


def stakeholders(text: str) -> dict[str, bool]:
    """``legal yes 3 Nov 2026; IT no`` → who answered, and whether they agree (or need not be asked)."""
    found = {name: pattern.search(text) for name, pattern in _ANSWERS.items()}
    return {name: one["answer"].lower() in _AGREES for name, one in found.items() if one is not None}


_LINK = re.compile(r":? ?https?://\S+$")


def reason(text: str) -> str:
    """Why a machine ticked or opened an item, without the link to its proof."""
    return _LINK.sub("", text).rstrip()


_ENDS = re.compile(r"\b(?:expir\w*|valid|until|till|through|runs? out|ends?|renew\w*)\b", re.IGNORECASE)


def stated_expiry(text: str, ticked_on: date) -> date | None:
    """The day on which what the evidence names ends, where it says so: ``svc-invoice, expires 2027-06-30``."""
    ends = _ENDS.search(text)
    told = first_date(text[ends.end() :]) if ends else None
    if told is None:
        named = first_date(text)
        told = named if named is not None and named > ticked_on else None
    return told


#: The way back takes so many minutes at most, and so many cases are an evaluation set.
WAY_BACK_MINUTES = 15
EVALUATION_CASES = 100

_MINUTES = re.compile(r"(?<![\d.,])(\d{1,5})\s*(?P<unit>min(?:ute)?s?|h|hours?)\b", re.IGNORECASE)
_CASES = re.compile(r"(?<![\d.,])(\d{1,3}(?:,\d{3})+|\d{1,7})\s+(?:\w+\s+){0,2}cases\b", re.IGNORECASE)


def falls_short(code: str, text: str) -> str:
    """What the evidence itself says that keeps an item open: ``45 of 70`` of O3; empty: nothing does.

    An item whose numbers are not told is taken at its word.
    """
    match code:
        case "O3":
            known = training(text)
            if known is not None and known.share < TRAINED_ENOUGH:
                share, enough = percent(known.share), percent(TRAINED_ENOUGH)
                return f"{known.trained:,} of {known.intended:,} trained is {share}, {enough} are needed"
        case "O4":
            refused = [name for name, agrees in stakeholders(text).items() if not agrees]
            return f"{', '.join(refused)} said no" if refused else ""
        case "I6":
            took = [
                int(one[1]) * (60 if one["unit"].lower().startswith("h") else 1)
                for one in _MINUTES.finditer(text)
            ]
            if took and min(took) > WAY_BACK_MINUTES:
                return f"it took {min(took)} minutes, {WAY_BACK_MINUTES} are the most"
        case "D5":
            cases = [int(found.replace(",", "")) for found in _CASES.findall(text)]
            if cases and max(cases) < EVALUATION_CASES:
                return f"{max(cases)} cases, {EVALUATION_CASES} are needed"
    return ""


def overtaken(text: str) -> str:
    """Why training no longer stands although enough were trained: a quarter of the users is new since."""
    known = training(text)
    if known is None or known.share < TRAINED_ENOUGH or known.new < NEW_USERS:
        return ""
    return (
        f"{known.users:,} users now, {known.intended:,} when they were trained: {percent(known.new)} are new"
    )


def percent(share: float) -> str:
    """A share in per cent, cut: 79.6 % is never shown as the 80 % it is not."""
    return f"{int(share * 100 + 1e-9)} %"


def wanted(code: str, note: str) -> tuple[str, str] | None:
    """What the evidence of an item must say before it counts as done; None: it says it.

    Returns:
        The question, and words that would answer it.

    """
    match code:
        case "O3" if training(note) is None:
            return "How many are trained, of how many who should be?", "42 of 50"
        case "O4" if missing := [one for one in STAKEHOLDERS if one not in stakeholders(note)]:
            return (
                f"What do {', '.join(missing)} say, and since when?",
                "legal yes 3 Nov 2026; security yes 5 Nov 2026; works council yes 9 Nov 2026; IT yes 2 Nov 2026",
            )
        case "O8" if first_date(note) is None:
            return "On which day is the old way switched off?", "31 March 2027"
        case _:
            return None
