"""The auditor: what is due and not done, what is recorded and does not fit together. Asked by health, metrics, heartbeat.

What was posted behind our back on a platform cannot be seen from here; a message that lost its row, or a row that
lost its questions, can.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from storage import checks, outbox, pilots
from storage.database import Connection

#: What is later than this is amiss.
LATE = timedelta(minutes=10)
#: How far back the record is read: what is older was audited before.
_BACK = timedelta(days=2)
_DAY = timedelta(days=1)
#: Where the counting of what is late ends.
_MOST = 100


@dataclass(frozen=True, kw_only=True)
class State:
    """How the work stands."""

    figures: Mapping[str, int]
    #: Messages decided within the last day, by what became of them.
    messages: Mapping[str, int] = field(default_factory=dict)
    #: Seconds for which the oldest message that may be sent has waited; 0: none waits.
    queue_age: float = 0.0
    #: What is amiss: a sentence each that says what to do; empty: nothing.
    amiss: tuple[str, ...] = ()


def state(conn: Connection, now: datetime) -> State:
    """Counts what moves, what is late and what does not fit."""
    before, since = now - LATE, now - _BACK
    standing = outbox.standing(conn)
    pending = standing.get("pending")
    figures = {
        "pilots_due": len(pilots.overdue(conn, now, limit=_MOST)),
        **{
            f"messages_{name}": standing[name][0] if name in standing else 0
            for name in ("pending", "sending", "unknown")
        },
        "answered_last_day": checks.answered_since(conn, now - _DAY),
    }
    found = {name: (count(conn, before), says) for name, (count, says) in _OVERDUE.items()}
    found |= {name: (count(conn, since), says) for name, (count, says) in _BROKEN.items()}
    return State(
        figures=figures | {name: number for name, (number, _) in found.items()},
        messages=outbox.tally(conn, now - _DAY),
        queue_age=max(0.0, (now - pending[1]).total_seconds()) if pending else 0.0,
        amiss=tuple(
            says.format(many=f"{_MOST} or more" if number >= _MOST else number)
            for number, says in found.values()
            if number
        ),
    )


_Count = Callable[[Connection, datetime], int]
_WORKING = "Is a work process running?"
#: What should have moved before a moment, and the sentence for whoever runs the program.
_OVERDUE: dict[str, tuple[_Count, str]] = {
    "looks_late": (
        lambda conn, before: len(pilots.overdue(conn, before, limit=_MOST)),
        f"Pilots that should have been looked at ten minutes ago: {{many}}. {_WORKING}",
    ),
    "asks_late": (
        checks.late_asks,
        f"Questions that no message took up for ten minutes: {{many}}. {_WORKING}",
    ),
    "digests_late": (
        checks.late_digests,
        f"Digests due for ten minutes and not written: {{many}}. {_WORKING}",
    ),
    "messages_late": (
        lambda conn, before: checks.late_messages(conn, "pending", before),
        "Messages that wait longer than ten minutes: {many}. Does the platform answer? See the log.",
    ),
    "leases_late": (
        lambda conn, before: checks.late_messages(conn, "sending", before),
        f"Sends that nobody came back from: {{many}}. {_WORKING}",
    ),
    "unknown_late": (
        lambda conn, before: checks.late_messages(conn, "unknown", before),
        "Sends in doubt for more than ten minutes: {many}. Does the platform let us look (im:history)?",
    ),
}
_REMOVED = "Rows were removed behind the program; restore a backup."
_ADDED = "Rows were added behind the program; compare the outbox with a backup."
#: What does not fit together since a moment.
_BROKEN: dict[str, tuple[_Count, str]] = {
    "asks_without_message": (
        checks.asks_without_message,
        f"Questions whose message is gone from the database: {{many}}. {_REMOVED}",
    ),
    "messages_without_ask": (
        checks.messages_without_ask,
        f"Messages whose questions are gone from the database: {{many}}. {_REMOVED}",
    ),
    "people_told_twice": (
        checks.people_told_twice,
        f"People with two messages on one day: {{many}}. {_ADDED}",
    ),
    "messages_twice_there": (
        checks.messages_twice_there,
        f"Messages recorded twice for one place: {{many}}. {_ADDED}",
    ),
    "episodes_without_ask": (
        checks.episodes_without_ask,
        f"Stalls on a rung that nobody was asked on: {{many}}. {_REMOVED}",
    ),
}
