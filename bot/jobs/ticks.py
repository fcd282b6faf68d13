"""How the ticks of this process fare: when each last came to its end, and what stopped it since."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

#: A tick is amiss once it has not come to its end for ten minutes, or twice its own time where that is longer; a failing one
#: after one minute.
LATE, FAILING = 600.0, 60.0


@dataclass(slots=True)
class _Fare:
    #: After how many seconds without an end it is amiss.
    late: float
    ended_at: float
    #: The first of the failures in a row; None: the last one ended well.
    failing_since: float | None = None
    reason: str = ""


@dataclass(slots=True)
class Ticks:
    """Kept by a steady clock that nobody sets."""

    clock: Callable[[], float] = time.monotonic
    fares: dict[str, _Fare] = field(default_factory=dict)

    def expect(self, every: Mapping[str, timedelta]) -> None:
        """From now on these should come to their end again and again, each as often as it says."""
        for name, often in every.items():
            late = max(LATE, 2 * often.total_seconds())
            self.fares[name] = _Fare(late=late, ended_at=self.clock())

    def ended(self, name: str) -> None:
        if (fare := self.fares.get(name)) is not None:
            fare.ended_at, fare.failing_since, fare.reason = self.clock(), None, ""

    def failed(self, name: str, error: BaseException) -> None:
        if (fare := self.fares.get(name)) is not None:
            fare.failing_since = fare.failing_since or self.clock()
            fare.reason = type(error).__name__

    def ages(self) -> dict[str, float]:
        """Seconds since each tick last came to its end."""
        now = self.clock()
        return {name: now - fare.ended_at for name, fare in self.fares.items()}

    def amiss(self) -> list[str]:
        """One sentence for each tick that stopped or keeps failing."""
        now = self.clock()
        found = []
        for name, fare in self.fares.items():
            if fare.failing_since is not None and now - fare.failing_since >= FAILING:
                found.append(f"The {name} tick keeps failing ({fare.reason}): see the log.")
            elif now - fare.ended_at >= fare.late:
                found.append(
                    f"The {name} tick has not come to its end for {int((now - fare.ended_at) / 60)} minutes: restart the process."
                )
        return found
