"""What goes on goes back to something: a request, a signal, a round of the clock. Its name stands in the log and with every
message that was decided meanwhile, so that one search finds both ends.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_CAUSE: ContextVar[str] = ContextVar("cause", default="")
#: As long as the outbox keeps of it.
_LONGEST = 100


@contextmanager
def of(name: str) -> Iterator[None]:
    """What is done within goes back to this."""
    before = _CAUSE.set(name[:_LONGEST])
    try:
        yield
    finally:
        _CAUSE.reset(before)


def current() -> str:
    """What goes on here goes back to; empty: nothing that has a name."""
    return _CAUSE.get()


def fresh() -> str:
    """A name for what begins here."""
    return secrets.token_hex(4)
