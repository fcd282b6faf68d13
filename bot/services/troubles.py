"""When a message cannot be delivered, somebody who can act is told, once a day and cause."""

from datetime import datetime, timedelta

from bot.messages import replies
from bot.messages.model import dump
from bot.services.chat import ChatError, Trouble
from bot.services.places import address_of
from storage import outbox, people, workspaces
from storage.database import Connection
from storage.outbox import OutboxRow


def tell(conn: Connection, row: OutboxRow, error: ChatError, now: datetime) -> None:
    """Notes what stands in the way and tells the admins; a dead workspace is written to no more."""
    if error.trouble is Trouble.WORKSPACE:
        outbox.hold_workspace(conn, row.workspace_id, row.platform, until=now + timedelta(hours=1))
        return
    if row.person_id is not None and error.trouble is Trouble.RECIPIENT:
        for reach in people.addresses_of(conn, row.workspace_id, [row.person_id]).get(row.person_id, []):
            if reach.address.platform.value == row.platform:
                people.touch_address(conn, row.workspace_id, reach.address, trouble=error.reason)
    who = people.get(conn, row.workspace_id, row.person_id) if row.person_id else None
    notice(
        conn,
        row,
        replies.undelivered(row.kind, who.name if who else row.channel, error.reason),
        now,
        error.reason,
    )


def ask_admin(conn: Connection, row: OutboxRow, now: datetime) -> None:
    """A digest that may or may not have arrived: the admin looks, nothing is posted twice."""
    notice(conn, row, replies.uncertain_digest(row.channel), now, "uncertain")


def digest_too_late(conn: Connection, row: OutboxRow, now: datetime) -> None:
    """A digest that could not be delivered in time is not posted as new: the admin is told instead."""
    notice(conn, row, replies.late_digest(row.created_at.date()), now, "late digest")


def notice(conn: Connection, row: OutboxRow, text: str, now: datetime, cause: str) -> None:
    """One free message to each admin per cause and day."""
    workspace = workspaces.get(conn, row.workspace_id)
    if workspace is None:
        return
    today = workspace.settings.calendar().today(now)
    for admin in people.admins(conn, row.workspace_id):
        address = address_of(admin)
        if address is None or admin.id == row.person_id:
            continue
        outbox.add(
            conn,
            row.workspace_id,
            key=f"notice:{cause}:{row.channel or row.person_id}:{admin.id}:{today.isoformat()}"[:255],
            kind="notice",
            person_id=admin.id,
            platform=address.platform.value,
            external_id=address.workspace,
            content=dump(replies.line(text)),
            now=now,
        )
