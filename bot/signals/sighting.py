"""What a source tells, in our words and not yet filed under a pilot. Verdicts are not given here."""

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from bot.signals.places import Repository

#: Longer words of others are cut: a title says it, an essay does not say it better.
MOST_TEXT = 500
MOST_NAME = 100
#: Files of one change; more say nothing that these do not.
MOST_PATHS = 3_000
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


class Unreadable(ValueError):
    """A body that is not what its source sends; the words say what it is instead."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One commit, or whoever set off one run: who, in what words, touching what."""

    actor: str
    text: str
    #: By its kind the account is no person's.
    robot: bool = False
    #: Paths of the files changed; None: not told.
    paths: tuple[str, ...] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Sighting:
    """One thing that happened, told by one source."""

    source: str
    #: merge, rebase, deploy or run from a forge; any word from `/hooks/signal`.
    kind: str
    #: Names it within its repository whoever tells it: commit/SHA, deploy/ID, run/ID.
    key: str
    #: What is told along with it and need not be told again.
    covers: tuple[str, ...] = ()
    #: Where it happened; None: `pilot` says whose it is.
    repository: Repository | None = None
    pilot: str = ""
    #: Only pilots of this folder; empty: the source does not say.
    folder: str = ""
    #: When; a source that only knows the day gives `on`.
    at: datetime | None = None
    on: date | None = None
    #: At least one.
    changes: tuple[Change, ...]
    by_hand: bool = True
    rewritten: bool = False
    #: The CI job that made it, and the jobs that a clock or somebody started: GitLab tells of each in another request.
    job: str = ""
    scheduled_jobs: tuple[str, ...] = ()
    started_jobs: tuple[str, ...] = ()
    #: Another request usually tells the same with its files: better to wait for that one.
    patient: bool = False
    link: str = ""


# Reading other people's JSON.


def body_of(body: bytes) -> dict[str, Any]:
    """The JSON object of a request.

    Raises:
        Unreadable: it is none.

    """
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Unreadable("the body is not JSON") from error
    if not isinstance(found, dict):
        raise Unreadable("the body is not a JSON object")
    return found


def inside(data: Any, *names: str) -> Any:
    """The value under names, one within the other; None where one is missing."""
    for name in names:
        if not isinstance(data, dict):
            return None
        data = data.get(name)
    return data


def table(data: Any, *names: str) -> Mapping[str, Any]:
    """An object under names, empty where there is none."""
    found = inside(data, *names)
    return found if isinstance(found, dict) else {}


def rows(data: Any, *names: str) -> list[Mapping[str, Any]]:
    """The objects of a list under names; whatever else is in it is passed over."""
    found = inside(data, *names)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def word(data: Any, *names: str, most: int = MOST_NAME) -> str:
    """A text under names, on one line and storable; empty where there is none."""
    found = inside(data, *names)
    return clean(found, most) if isinstance(found, str) else ""


def number(data: Any, *names: str) -> int | None:
    """A whole number under names that a source would use as an id."""
    found = inside(data, *names)
    return found if isinstance(found, int) and not isinstance(found, bool) and 0 <= found < 1 << 63 else None


def moment(data: Any, *names: str) -> datetime | None:
    """A moment under names: ISO 8601 as GitHub writes it, or `2016-08-12 15:23:28 UTC` as GitLab does."""
    found = word(data, *names, most=40)
    if not found:
        return None
    text = found.removesuffix(" UTC") if found.endswith(" UTC") else found
    # 2021-04-28 21:50:00 +0200
    text = re.sub(r" ([+-]\d{2}:?\d{2})$", r"\1", text)
    try:
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def strings(data: Any, *names: str, most: int = MOST_PATHS) -> tuple[str, ...]:
    """The texts of a list under names."""
    found = inside(data, *names)
    if not isinstance(found, list):
        return ()
    return tuple(clean(one, MOST_TEXT) for one in found[:most] if isinstance(one, str))


def clean(text: str, most: int) -> str:
    """A text that every database takes: one line, composed, no half characters, of a bounded length."""
    text = text[: 4 * most].encode("utf-8", "replace").decode("utf-8")
    return _CONTROL.sub(" ", unicodedata.normalize("NFC", text)).strip()[:most]


def title(text: str) -> str:
    """The first line of a commit's message."""
    return clean(text.strip().split("\n", 1)[0], MOST_TEXT)
