"""What counts as life, on which clock; what never counts (product rules 1.5)."""

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal

from bot.domain.metric import last_number
from bot.domain.people import Person, is_robot
from bot.domain.pilot import Pilot
from bot.domain.record import Activity, Counts
from bot.domain.stages import Stage

#: Signal kinds we know; any other counts as no and is listed on import.
KINDS = frozenset(
    [
        "question",
        "run",
        "merge",
        "deploy",
        "rebase",
        "message",
        "reaction",
        "reading",
        "guardrail",
        "cost",
        "user_deactivated",
        "absence",
    ]
)
_WORK = frozenset({"merge", "deploy", "run"})
#: A message shorter than this is a wave, not a word.
MESSAGE_CHARACTERS = 40

#: Work that changes nothing anybody asked for, or that nobody started.
_NO_WORK = re.compile(
    r"\b(?:nightly|scheduled|cron(?:job)?|no content change|force[- ]push(?:ed)?|"
    r"lock ?files?(?: only| update| refresh| bump)?|lock file maintenance|"
    r"(?:re)?format(?:ting|ted)?(?:[- ]only| the code| code)?|"
    r"(?:run|apply) (?:black|ruff|prettier|isort|gofmt|clang-format)|white ?space|"
    r"licen[cs]e headers?|copyright (?:year|header)s?|autoupdate)\b",
    re.IGNORECASE,
)
#: Mail and chat programs answering for an absent person.
_AUTO_REPLY = re.compile(
    r"\b(?:out of (?:the )?office|auto(?:matic|mated)?[- ]?(?:reply|response)|abwesenheits|on (?:annual )?leave until|"
    r"i am away until|i'm away until)\b",
    re.IGNORECASE,
)
_ABSENCE = re.compile(
    r"\b(\d{4}-\d{2}-\d{2})\s*(?:to|until|till|–|-|bis)\s*(\d{4}-\d{2}-\d{2})\b", re.IGNORECASE
)


def judged(activity: Activity, pilot: Pilot, team: frozenset[str] = frozenset()) -> Activity:
    """The activity with our verdict on it.

    Args:
        activity: as it came from the source, its own ``counts`` ignored.
        pilot: the pilot it is filed under, as it stands on the activity's day.
        team: ids of people who wrote to the pilot's record, beside owner and backup.

    """
    counts = _verdict(activity, pilot, team)
    value = last_number(activity.text) if counts in (Counts.PROGRESS, Counts.PROGRESS_GUARDRAIL) else None
    return replace(activity, counts=counts, value=value)


def _verdict(activity: Activity, pilot: Pilot, team: frozenset[str]) -> Counts:
    kind, text = activity.kind, activity.text
    if kind == "reading":
        return Counts.PROGRESS if last_number(text) is not None else Counts.NO
    if kind == "guardrail":
        return Counts.PROGRESS_GUARDRAIL if last_number(text) is not None else Counts.NO
    if kind == "question":
        return Counts.INTEREST if not is_robot(activity.actor) else Counts.NO
    if kind == "user_deactivated":
        owner = pilot.owner
        return Counts.ORPHAN if owner is not None and _names(activity, owner) else Counts.NO
    if is_robot(activity.actor) or _AUTO_REPLY.search(text):
        return Counts.NO
    if kind in _WORK:
        working = pilot.stage in (Stage.BUILD, Stage.TRIAL)
        return Counts.PULSE if working and not _NO_WORK.search(text) else Counts.NO
    if kind == "message":
        return (
            Counts.PULSE
            if _is_team(activity.actor, pilot, team) and len(text.strip()) >= MESSAGE_CHARACTERS
            else Counts.NO
        )
    return Counts.NO


def _is_team(actor: str, pilot: Pilot, team: frozenset[str]) -> bool:
    if any(
        person is not None and actor in (person.id, person.handle) for person in (pilot.owner, pilot.backup)
    ):
        return True
    # The sponsor asking "any news?" is a question to the team, not its life.
    sponsor = pilot.sponsor
    return actor in team and not (sponsor is not None and actor in (sponsor.id, sponsor.handle))


def _names(activity: Activity, person: Person) -> bool:
    words = {word.strip(".,;:()@") for word in activity.text.split()} | {activity.actor}
    return bool(words & {person.id, person.handle} - {""})


def absence(text: str) -> tuple[date, date] | None:
    """Reads ``away 2026-10-05 to 2026-10-16``; None where two dates in order cannot be read."""
    found = _ABSENCE.search(text)
    if found is None:
        return None
    try:
        start, end = date.fromisoformat(found[1]), date.fromisoformat(found[2])
    except ValueError:
        return None
    return (start, end) if start <= end else None


def reading_value(activity: Activity) -> Decimal | None:
    """The number of a connector's reading."""
    return activity.value if activity.counts is Counts.PROGRESS else None
