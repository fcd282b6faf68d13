"""What was posted, and the one question about it: was everything decided posted once, and by whoever held it?

A line of `history.jsonl` is one message as the platform took it:
`{"at": seconds, "channel": "D1", "key": "nudge:alice:2026-11-20", "ts": "1.000001"}`.
"""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path


@dataclass(frozen=True, kw_only=True, slots=True)
class Post:
    """One message on the platform."""

    #: When it came into the history, by the clock that the senders read, in seconds.
    at: float
    channel: str
    key: str
    ts: str
    #: The same by the clock on the wall, where the senders live by another one.
    wall: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """What the outbox says of the last attempt at a message."""

    tried_at: float
    until: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What is wrong with a history; empty: nothing."""

    lost: tuple[str, ...] = ()
    twice: tuple[str, ...] = ()
    #: Posted though nobody had decided so.
    unasked: tuple[str, ...] = ()
    #: Posted by somebody whose lease was over, or before it began.
    outside: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        return not (self.lost or self.twice or self.unasked or self.outside)

    def __str__(self) -> str:
        return f"{len(self.lost)} lost, {len(self.twice)} twice, {len(self.unasked)} unasked, {len(self.outside)} outside a lease"


#: Clocks are read a moment apart.
_SLACK_SECONDS = 1.0


def check_history(
    posts: Iterable[Post],
    expected: Iterable[str],
    held: Mapping[str, Held] | None = None,
    maybe: Collection[str] = (),
) -> Verdict:
    """Judges a history.

    Args:
        posts: all of it.
        expected: the keys that must have arrived, each once.
        held: by key, the attempt that brought the message; left out where nothing is claimed.
        maybe: of the expected, those that may be missing because the sender says that it does not know.

    """
    found = list(posts)
    counts = Counter(post.key for post in found)
    wanted = set(expected)
    attempts = held or {}
    return Verdict(
        lost=tuple(sorted(wanted - set(counts) - set(maybe))),
        twice=tuple(sorted(key for key, count in counts.items() if count > 1)),
        unasked=tuple(sorted(set(counts) - wanted)),
        outside=tuple(
            sorted(
                post.key
                for post in found
                if (attempt := attempts.get(post.key)) is not None
                and not attempt.tried_at - _SLACK_SECONDS <= post.at <= attempt.until + _SLACK_SECONDS
            )
        ),
    )


def read_history(path: Path) -> list[Post]:
    """Every whole line of a file; the last one may still be on its way."""
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").split("\n")[:-1]
    return [Post(**json.loads(line)) for line in lines if line]


def longest_pause(posts: Iterable[Post]) -> float:
    """The longest time in which nothing arrived, in seconds."""
    at = sorted(post.at for post in posts)
    return max((later - earlier for earlier, later in pairwise(at)), default=0.0)
