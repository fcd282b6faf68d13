"""What is due and not done, what was sent and not recorded: the figures of the health routes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from storage import outbox, pilots
from storage.database import Connection

#: A look or a send that is later than this is amiss.
LATE = timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True)
class State:
    """How the work stands."""

    figures: Mapping[str, int]
    #: What is amiss, in words; empty: nothing.
    amiss: str


def state(conn: Connection, now: datetime) -> State:
    """Counts what waits and what is late."""
    late_looks = len(pilots.overdue(conn, now - LATE, limit=100))
    standing = outbox.standing(conn)
    late = [state for state, (_, oldest) in standing.items() if state == "pending" and now - oldest > LATE]
    figures = {"looks_late": late_looks}
    figures |= {
        f"messages_{state}": standing[state][0] if state in standing else 0
        for state in ("pending", "sending", "unknown")
    }
    amiss = []
    if late_looks:
        amiss.append(
            f"{late_looks} pilots should have been looked at ten minutes ago: is the work process running?"
        )
    if late:
        amiss.append("Messages wait longer than ten minutes: does the platform answer?")
    return State(figures=figures, amiss=" ".join(amiss))
