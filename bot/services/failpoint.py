"""Where a process dies on request, for trials of crashes only: `PILOTLIGHT_FAILPOINT=claim.committed:3`.

Without the variable every `reach` is one comparison with nothing.
"""

import os

#: Every step at which a crash is tried, in the order in which a message meets them.
POINTS = (
    "look.before_commit", "look.committed", "admit.before_commit", "admit.committed",
    "compose.before_commit", "compose.committed",
    "digest.before_commit", "digest.committed",
    "claim.before_commit", "claim.committed",
    "send.before", "send.answered", "mark.before_commit", "mark.committed",
    "refused.before_commit", "refused.committed",
    "lookup.before", "lookup.answered", "reconcile.before_commit", "reconcile.committed",
)  # fmt: skip
#: What a process that died so leaves behind as its exit code.
EXIT_CODE = 86

_armed: dict[str, int] = {}


def arm(wanted: str | None) -> None:
    """Lets the process end when it reaches a point for the nth time.

    Args:
        wanted: `name:nth`, the first time where no number is given; None: never.

    Raises:
        ValueError: there is no such point.

    """
    _armed.clear()
    if wanted:
        name, _, nth = wanted.partition(":")
        if name not in POINTS or not (nth or "1").isdecimal():
            raise ValueError(f"{wanted} is no failpoint: write name:nth with one of {', '.join(POINTS)}")
        _armed[name] = int(nth or "1")


def reach(name: str) -> None:
    """Passes a point; nothing happens unless it is armed."""
    if _armed and name in _armed:
        _armed[name] -= 1
        if _armed[name] <= 0:
            os._exit(EXIT_CODE)
