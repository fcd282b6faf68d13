"""After a backup was put back: what it calls unsent may have been sent since it was taken."""

from datetime import datetime

from sqlalchemy import Connection, func, update

from storage.dialects import count_of
from storage.outbox_rows import OUTBOX
from storage.tables import MOVING


def doubt(conn: Connection, workspace_id: str, now: datetime) -> int:
    """Makes unknown what waits or was under way: it is looked for on the platform before it is sent.

    Changes in place stay as they are: to repeat one does no harm. Returns how many messages are in doubt.
    """
    mine = (
        OUTBOX.c.workspace_id == workspace_id,
        MOVING,
        OUTBOX.c.state.in_(("pending", "sending")),
        OUTBOX.c.kind != "update",
    )
    values = {
        "state": "unknown",
        # Looked for since it was decided, or since the attempt that is known: another may have come after the copy.
        "tried_at": func.coalesce(OUTBOX.c.tried_at, OUTBOX.c.created_at),
        "not_before": now,
        "lease_until": None,
        "error": "a backup was put back",
    }
    return count_of(conn.execute(update(OUTBOX).where(*mine).values(values)))


def hold(conn: Connection, workspace_id: str, row_id: str, why: str) -> bool:
    """Charges a message that is never sent as if it may have been; whether it waited until now."""
    mine = (OUTBOX.c.workspace_id == workspace_id, OUTBOX.c.id == row_id, OUTBOX.c.state == "pending")
    return count_of(conn.execute(update(OUTBOX).where(*mine).values(state="unverified", error=why))) == 1
