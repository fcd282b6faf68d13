"""How the ticks of this process fare: when each last came to its end, and what stopped it since."""

import time
from dataclasses import dataclass, field

#: A tick is amiss once it has not come to its end for ten minutes, and a failing one after one minute.
LATE, FAILING = 600.0, 60.0


@dataclass(slots=True)
class _Fare:
    began_at: float
    ended_at: float
    #: The first of the failures in a row; None: the last one ended well.
    failing_since: float | None = None
    reason: str = ""


@dataclass(slots=True)
class Ticks:
    """Kept by a steady clock that nobody sets."""

    fares: dict[str, _Fare] = field(default_factory=dict)

    def expect(self, *names: str) -> None:
        """From now on these should come to their end again and again."""
        now = time.monotonic()
        for name in names:
            self.fares[name] = _Fare(began_at=now, ended_at=now)

    def ended(self, name: str) -> None:
        if name in self.fares:
            now = time.monotonic()
            self.fares[name] = _Fare(began_at=now, ended_at=now)

    def failed(self, name: str, error: BaseException) -> None:
        if (fare := self.fares.get(name)) is not None:
            fare.failing_since = fare.failing_since or time.monotonic()
            fare.reason = type(error).__name__

    def ages(self) -> dict[str, float]:
        """Seconds since each tick last came to its end."""
        now = time.monotonic()
        return {name: now - fare.ended_at for name, fare in self.fares.items()}

    def amiss(self) -> list[str]:
        """One sentence for each tick that stopped or keeps failing."""
        now = time.monotonic()
        found = []
        for name, fare in self.fares.items():
            if fare.failing_since is not None and now - fare.failing_since >= FAILING:
                found.append(f"The {name} tick keeps failing ({fare.reason}): see the log.")
            elif now - fare.ended_at >= LATE:
                found.append(
                    f"The {name} tick has not come to its end for {int((now - fare.ended_at) / 60)} minutes: restart the process."
                )
        return found
