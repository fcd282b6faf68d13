"""What counts as life, on which clock; what never counts (product rules 1.5)."""

import re
from dataclasses import dataclass
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

#: Runs and deploys that a clock started, not a person.
_SCHEDULED = re.compile(
    r"\b(?:nightly|scheduled|cron(?:[ -]?job)?|(?:hourly|daily|weekly) (?:build|job|pipeline|run)s?)\b|\(schedule\)",
    re.IGNORECASE,
)
#: Commits that say themselves that nothing changed.
_SAYS_EMPTY = re.compile(
    r"\bno content changes?\b|\b(?:lock ?files?|format(?:ting)?|white ?space|licen[cs]e headers?)[ -]only\b",
    re.IGNORECASE,
)
#: What a commit is about that touches no content: a lock file, the formatting, a licence header.
_EMPTY_TOPIC = re.compile(
    r"\b(?:(?:package-lock\.json|(?:poetry|yarn|uv|pipfile|cargo|composer|gemfile)\.lock|pnpm-lock\.yaml|go\.sum)|"
    r"lock ?files?|auto-?update|auto[ -]?fix(?:es)?|(?:re-?)?format(?:s|ted|ting)?|white ?space|line endings?|indent(?:s|ation)?|"
    r"black|ruff|prettier|isort|sort imports|import sorting|gofmt|goimports|rustfmt|cargo fmt|autopep8|yapf|clang-format|"
    r"spdx(?: licen[cs]e)?(?: headers?| identifiers?)?|(?:licen[cs]e|copyright) (?:headers?|years?|notices?))(?!\w)",
    re.IGNORECASE,
)
#: What stands around a commit's subject: "build(deps): … (#123)".
_FRAME = re.compile(
    r"^\s*(?:build|chore|ci|deps|docs|feat|fix|lint|perf|refactor|revert|style|test)(?:\([^()]*\))?!?:|[#!]\d+",
    re.IGNORECASE,
)
#: Words that add nothing to such a topic: "chore(deps): update all lock files".
_FILLER = frozenset(
    re.findall(
        r"\w+",
        "a across add added again all and apache applied apply auto automatic bump bumped by change changes "
        "chore ci clean code codebase com commit consistent deps entire everything everywhere file files fix "
        "fixed for from hooks identifiers import imports in maintenance minor mit new normalise normalize of "
        "on only our over pass pre project refresh refreshed regenerate regenerated remove repo repository "
        "rerun revert reverts run sort source sources style sync the to trailing up update updated updates "
        "using version via whole with",
    )
)
#: Mail and chat programs answering for an absent person.
_AUTO_REPLY = re.compile(
    r"\b(?:out of (?:the )?office|ooo|auto(?:matic|mated)?[- ]?(?:reply|response)|abwesenheits\w*|"
    r"automatische antwort|réponse automatique|nicht im (?:büro|haus)|"
    r"on (?:annual |sick |parental )?(?:leave|vacation|holiday) until|"
    r"(?:i am|i'm|i’m) (?:away until|currently (?:away|out|on (?:\w+ )?(?:leave|vacation|holiday))))\b",
    re.IGNORECASE,
)
#: Files that tools write: a commit that touches nothing else has no content.
_LOCK_FILES = frozenset(
    [
        "package-lock.json",
        "npm-shrinkwrap.json",
        "yarn.lock",
        "pnpm-lock.yaml",
        "bun.lock",
        "bun.lockb",
        "poetry.lock",
        "uv.lock",
        "pdm.lock",
        "pixi.lock",
        "pipfile.lock",
        "conda-lock.yml",
        "chart.lock",
        "deno.lock",
        ".terraform.lock.hcl",
        "package.resolved",
        "renv.lock",
        "cargo.lock",
        "composer.lock",
        "gemfile.lock",
        "go.sum",
        "go.work.sum",
        "gradle.lockfile",
        "mix.lock",
        "flake.lock",
        "packages.lock.json",
        "podfile.lock",
        "pubspec.lock",
    ]
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Circumstances:
    """How something came about, as far as its source tells it beside the words."""

    #: The account is a bot's, an app's or a service's by its kind, whatever it is called.
    robot: bool = False
    #: A person set it off; not a schedule, nor another machine.
    by_hand: bool = True
    #: History was rewritten: the same commits under new names.
    rewritten: bool = False
    #: The files a merge changed, by their paths; None: not told.
    paths: tuple[str, ...] | None = None


_USUAL = Circumstances()
_ABSENCE = re.compile(
    r"\b(\d{4}-\d{2}-\d{2})\s*(?:to|until|till|–|-|bis)\s*(\d{4}-\d{2}-\d{2})\b", re.IGNORECASE
)


def judged(
    activity: Activity, pilot: Pilot, team: frozenset[str] = frozenset(), how: Circumstances = _USUAL
) -> Activity:
    """The activity with our verdict on it.

    Args:
        activity: as it came from the source, its own ``counts`` ignored.
        pilot: the pilot it is filed under, as it stands on the activity's day.
        team: ids of people who wrote to the pilot's record, beside owner and backup.
        how: what the source tells of how it came about.

    """
    counts = _verdict(activity, pilot, team, how)
    value = last_number(activity.text) if counts in (Counts.PROGRESS, Counts.PROGRESS_GUARDRAIL) else None
    return activity._replace(counts=counts, value=value)


def _verdict(activity: Activity, pilot: Pilot, team: frozenset[str], how: Circumstances) -> Counts:
    kind, text = activity.kind, activity.text
    robot = how.robot or is_robot(activity.actor)
    if kind == "reading":
        return Counts.PROGRESS if last_number(text) is not None else Counts.NO
    if kind == "guardrail":
        return Counts.PROGRESS_GUARDRAIL if last_number(text) is not None else Counts.NO
    if kind == "question":
        return Counts.INTEREST if not robot else Counts.NO
    if kind == "user_deactivated":
        owner = pilot.owner
        return Counts.ORPHAN if owner is not None and _names(activity, owner) else Counts.NO
    if robot:
        return Counts.NO
    if kind in _WORK:
        working = pilot.stage in (Stage.BUILD, Stage.TRIAL)
        if kind == "merge":
            empty = how.rewritten or _touches_nothing(how.paths) or _changes_nothing(text)
        else:
            empty = not how.by_hand or _SCHEDULED.search(text) is not None
        return Counts.PULSE if working and not empty else Counts.NO
    if kind == "message":
        word = len(text.strip()) >= MESSAGE_CHARACTERS and not _AUTO_REPLY.search(text)
        return Counts.PULSE if word and _is_team(activity.actor, pilot, team) else Counts.NO
    return Counts.NO


def _touches_nothing(paths: tuple[str, ...] | None) -> bool:
    """Whether no file is changed but those that tools write; where the files are not told, nothing is held against it."""
    return paths is not None and all(path.rsplit("/", 1)[-1].casefold() in _LOCK_FILES for path in paths)


def _changes_nothing(text: str) -> bool:
    """Whether a commit is about nothing but a lock file, formatting or licence headers."""
    if _SAYS_EMPTY.search(text):
        return True
    rest, topics = _EMPTY_TOPIC.subn(" ", _FRAME.sub(" ", text))
    words = set(re.findall(r"[^\W\d_]{2,}", rest.casefold()))
    return topics > 0 and words <= _FILLER


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
