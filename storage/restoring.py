"""After a backup was put back: what may have been said today, and is not known here (`outbox.restored` does the rest)."""

from sqlalchemy import Connection, update

from storage.dialects import count_of
from storage.outbox_rows import OUTBOX


def hold(conn: Connection, workspace_id: str, row_id: str, why: str) -> bool:
    """Charges a message that is never sent as if it may have been; whether it waited until now."""
    mine = (OUTBOX.c.workspace_id == workspace_id, OUTBOX.c.id == row_id, OUTBOX.c.state == "pending")
    return count_of(conn.execute(update(OUTBOX).where(*mine).values(state="unverified", error=why))) == 1
