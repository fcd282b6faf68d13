"""A clock that was wrong and was set right: what was planned by the wrong one is planned anew.

A host that woke a month in the future looked at every pilot, planned every digest for after that month and let every
question rest. Nothing of it would move before that day comes.
"""

from datetime import datetime, timedelta

from storage import asks, outbox, pilots, workspaces
from storage.database import Connection

#: No digest is planned further ahead: a week, and holidays before the next working day.
FARTHEST = timedelta(days=21)
#: Clocks of replicas may differ by less than this.
SKEW = timedelta(minutes=10)


def was_ahead(conn: Connection, now: datetime) -> bool:
    """Whether something was written at a moment that has not come yet."""
    newest = outbox.newest(conn)
    return newest is not None and newest > now + SKEW


def set_right(conn: Connection, now: datetime) -> int:
    """Makes every pilot due, wakes every question, plans every digest that is too far off anew; how many workspaces."""
    found = workspaces.all_of(conn)
    for workspace_id in found:
        pilots.touch_all(conn, workspace_id, now)
        asks.wake(conn, workspace_id, now)
        workspace = workspaces.get(conn, workspace_id)
        if workspace is not None and workspace.digest_at is not None and workspace.digest_at > now + FARTHEST:
            workspaces.set_digest_at(conn, workspace_id, None)
    return len(found)
