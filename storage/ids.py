"""Names for rows that nobody else names."""

import os
import threading
from collections.abc import Iterator

#: Names made from one request for randomness: a look makes some for every pilot, and each request is a system call.
_AT_ONCE, _BYTES = 128, 6


class _Stock(threading.local):
    """What is left of the last request, for each thread its own."""

    left: Iterator[str] = iter(())


_stock = _Stock()


def _begin_anew() -> None:
    """A forked process must not give out the names that its parent will."""
    global _stock  # noqa: PLW0603 - the one stock of the process
    _stock = _Stock()


if hasattr(os, "register_at_fork"):  # nowhere else is a process forked
    os.register_at_fork(after_in_child=_begin_anew)


def new_id() -> str:
    """Twelve hexadecimal characters: unique within a workspace."""
    found = next(_stock.left, None)
    if found is None:
        made = os.urandom(_BYTES * _AT_ONCE).hex()
        _stock.left = iter([made[at : at + 2 * _BYTES] for at in range(0, len(made), 2 * _BYTES)])
        found = next(_stock.left)
    return found
