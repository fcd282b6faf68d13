"""How often Teams may be called: its published windows, kept in this process. Pure: the moment is an argument.

https://learn.microsoft.com/microsoftteams/platform/bots/how-to/rate-limit

The figures are Microsoft's estimates; a 429 says the rest. Across replicas the outbox keeps a slower pace of its own.
"""

from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What is counted apart."""

    SEND = "send"
    CREATE = "create"
    READ = "read"


#: (so many, in so many seconds) of one bot in one conversation.
_WINDOWS = {
    Kind.SEND: ((7, 1.0), (8, 2.0), (60, 30.0), (1800, 3600.0)),
    Kind.CREATE: ((7, 1.0), (8, 2.0), (60, 30.0), (1800, 3600.0)),
    Kind.READ: ((14, 1.0), (16, 2.0), (120, 30.0), (3600, 3600.0)),
}
#: "50 requests per second per app per tenant" at second hand, 30 on an older page: half of the one satisfies both.
_TENANT = ((25, 1.0),)
#: What has been idle for an hour is forgotten, where there are so many, every so many seconds.
_MOST_KEPT, _SWEEP = 5000, 60.0


@dataclass(slots=True)
class _Calls:
    """When one thing was done, newest last."""

    at: deque[float] = field(default_factory=deque)
    not_before: float = 0.0

    def free_at(self, windows: tuple[tuple[int, float], ...], now: float) -> float:
        """The first moment at which one more keeps to every window."""
        longest = windows[-1][1]
        while self.at and self.at[0] <= now - longest:
            self.at.popleft()
        waits = [self.not_before, now]
        waits += [self.at[-most] + seconds for most, seconds in windows if len(self.at) >= most]
        return max(waits)

    def idle(self, now: float) -> bool:
        return self.not_before <= now and (not self.at or self.at[-1] <= now - 3600.0)


class Rates:
    """The calls of the last hour."""

    def __init__(self) -> None:
        self._calls: dict[tuple[str, str], _Calls] = {}
        self._swept_at = float("-inf")

    def take(self, kind: Kind, conversation: str, tenant: str, now: float) -> float:
        """Counts one call to be made now, and says 0; else the seconds after which it may be asked for again."""
        ours, all_of_it = self._of(kind, conversation, now), self._of("tenant", tenant, now)
        wait = max(ours.free_at(_WINDOWS[kind], now), all_of_it.free_at(_TENANT, now)) - now
        if wait > 0:
            return wait
        ours.at.append(now)
        all_of_it.at.append(now)
        return 0.0

    def pause(self, kind: Kind, conversation: str, until: float) -> None:
        """Teams asked for patience there."""
        calls = self._of(kind, conversation, until)
        calls.not_before = max(calls.not_before, until)

    def _of(self, kind: str, key: str, now: float) -> _Calls:
        if len(self._calls) > _MOST_KEPT and now - self._swept_at > _SWEEP:
            self._swept_at = now
            self._calls = {name: calls for name, calls in self._calls.items() if not calls.idle(now)}
        return self._calls.setdefault((kind, key), _Calls())
