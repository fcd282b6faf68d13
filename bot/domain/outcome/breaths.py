"""A promise in two breaths: how it is today, and what is wanted: "It takes 12 minutes per report; we want 8"."""

import re
from datetime import date

from bot.domain.outcome.clauses import read
from bot.domain.outcome.names import name
from bot.domain.outcome.stating import timed

LONGEST = 400  # characters of both breaths
_HINT = re.compile(
    r"\b(?:should|shall|must|ought|want|wants|need|needs|goal|target|aim|like|today|now|currently)\b",
    re.IGNORECASE,
)
_Q, _D = "[\U000f0000-\U000ffffd]", "[\U00100000-\U0010fffd]"
_WORDS = "[^;.,\U000f0000-\U000ffffd]"
_NOW = r"(?:today|currently|now|right\snow|presently|at\spresent|at\sthe\smoment|on\saverage)"
_ABOUT = r"(?:(?:at|about|around|roughly|approximately|some|only|just|an?\saverage\sof|an?)\s)*"
_THIS = rf"{_ABOUT}(?P<now>{_Q})"
_PAUSE = r"(?=\s?[;.,:]|\s(?:and|but)\s)"
_MAYBE_NOW = rf"(?:\s{_NOW})?"
_TODAY = tuple(
    re.compile(rf"^(?:{_NOW},?\s)?(?:(?:our|the)\s)?{pattern}", re.IGNORECASE)
    for pattern in (
        # "it takes 10 minutes to answer a letter", "we ship an order in 5 days", "inspection takes 40 seconds"
        rf"it{_MAYBE_NOW}\stakes\s(?:us\s|them\s)?{_THIS}\sto\s(?P<deed>\w[^;.,]*?){_MAYBE_NOW}{_PAUSE}",
        rf"(?:we|they|i)\s(?:{_NOW}\s)?(?P<deed>\w+\s{_WORDS}*?)\s(?:in|within)\s{_THIS}{_MAYBE_NOW}",
        rf"(?P<time>{_WORDS}+?)\s(?:{_NOW}\s)?(?:takes?|lasts?|needs?)\s{_THIS}{_MAYBE_NOW}",
        # "clerks spend 12 minutes on a file", "patients wait 3 hours"
        rf"(?P<who>{_WORDS}+?)\s(?:{_NOW}\s)?(?P<spend>spends?|waits?)\s{_THIS}(?P<what>\s(?:on|for|per)\s{_WORDS}*?)?{_MAYBE_NOW}{_PAUSE}",
        # "we lose 12 % of leads", "40 % of calls are transferred"
        rf"(?P<who>we|they)\s(?:{_NOW}\s)?(?P<did>\w+)\s{_THIS}\s(?P<of>of\s{_WORDS}+?){_MAYBE_NOW}{_PAUSE}",
        rf"{_THIS}\s(?P<of>of\s{_WORDS}+?){_MAYBE_NOW}{_PAUSE}",
        # "response time is 10 hours", "response time 10 hours today", "response time: baseline 10 hours"
        rf"(?P<name>{_WORDS}+?)\s(?:{_NOW}\s)?(?:is|are|stands?{_MAYBE_NOW}|sits?|runs?|averages?|amounts?\sto)\s(?:{_NOW}\s)?{_THIS}{_MAYBE_NOW}",
        rf"(?P<name>{_WORDS}+?)\s{_THIS}\s{_NOW}",
        rf"(?:(?:kpi|metric|measure|number):?\s)?(?P<name>[^;.,:()]*?)\s?(?:[;.,:(-]\s)?(?:baseline|current(?:\svalue)?|{_NOW})(?:\sis|:)?\s{_THIS}\)?",
    )
)
_NO_NAME = {"kpi", "metric", "measure", "goal", "target", "outcome", "baseline", "number", "today", "now"}
# What is wanted, up to its number.
_WANTED = re.compile(
    rf"^\s?(?:[;.,:-]\s?)?(?:{_D},?\s?)?(?:(?:and|but)\s)?(?:{_D},?\s?)?"
    r"(?:(?:it|this|that|they|these|the\stime)\s)?"
    r"(?:(?:should|shall|must|ought\sto|needs?\sto|has\sto|have\sto|is\sto|are\sto|will)\s(?:only\s|not\s)?(?:be|take|spend|wait|last|need|get|go|come|fall|drop|rise|reach|become)?"
    r"|(?:we|i|they)(?:\swould|'d)?\s(?:want|need|like|aim\sfor|aim|plan|expect|target)(?:\s(?:it|this|that|them))?(?:\s(?:to|for))?"
    r"(?:\s(?:be|take|get|bring|cut|reduce|raise|reach|do|make|have|come|go|fall|drop|rise|see|lower))?(?:\s(?:it|this|that|them))?"
    r"|(?:the|our)\s(?:goal|target|aim|objective)\sis|(?:goal|target|aim):?)?"
    rf"\s?(?:(?:down|up|in|at|to|no\smore\sthan|at\smost|under|below|at\sleast|above|over|less\sthan|more\sthan)\s)*{_ABOUT}(?P<goal>{_Q})(?!\s?\w+ing)",
    re.IGNORECASE,
)  # fmt: skip


def in_one(text: str, on: date) -> str | None:
    """The same promise as "X from A to B by D", or None if a text is no such pair."""
    if len(text) > LONGEST or not _HINT.search(text):
        return None
    sentence = read(text, on)
    for pattern in _TODAY:
        today = pattern.match(sentence.masked)
        wanted = _WANTED.match(sentence.masked[today.end() :]) if today else None
        if today and wanted:
            break
    else:
        return None
    label = "" if sentence.label.lower() in _NO_NAME else sentence.label
    if today.groupdict().get("of") and not _SHARE.search(sentence.originals[ord(today["now"])]):
        return None
    metric = _metric({key: found for key, found in today.groupdict().items() if found}) or name(label)
    if metric is None:
        return None
    was, shall = sentence.originals[ord(today["now"])], sentence.originals[ord(wanted["goal"])]
    was = re.sub(rf"\s{_NOW}$", "", was, flags=re.IGNORECASE)  # "40 seconds per part today"
    day = f" by {sentence.deadline.day}" if sentence.deadline and sentence.deadline.day else ""
    return f"{metric} from {was} to {shall}{day}".translate(sentence.originals)


_SHARE = re.compile(r"%|\bper\s?cent\b", re.IGNORECASE)
_COPULA = re.compile(r"\s(?:is|are|gets?)\s", re.IGNORECASE)


def _metric(said: dict[str, str]) -> str | None:
    """The name of the number out of the verb that states it."""
    if deed := said.get("deed"):
        return name(f"time to {deed}")
    if of := said.get("of"):
        of = _COPULA.sub(" ", of, count=1)
        return name(f"share {of} {said['who']} {said['did']}" if said.get("did") else f"share {of}")
    if spend := said.get("spend"):
        who = name(said["who"]) or ""
        who = who[:1].lower() + who[1:] if who.split(" ")[0].istitle() else who
        return name(f"time {who} {spend.removesuffix('s')}{said.get('what', '')}")
    if time := said.get("time"):
        found = name(time)
        return timed(found) if found else None
    return name(said["name"]) if said.get("name") else None
