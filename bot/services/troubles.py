"""When a message cannot be delivered, somebody who can act is told, once a day and cause."""

from datetime import datetime, timedelta

from bot.domain.people import Address, Person
from bot.messages import replies
from bot.messages.model import dump
from bot.services import channels
from bot.services.chat import ChatError, Trouble
from bot.services.places import address_of
from storage import outbox, people, pilots, workspaces
from storage.database import Connection
from storage.outbox import OutboxRow


def tell(conn: Connection, row: OutboxRow, error: ChatError, now: datetime) -> None:
    """Notes what stands in the way and tells the admins; a dead workspace is written to no more."""
    if error.trouble is Trouble.WORKSPACE:
        outbox.hold_workspace(conn, row.workspace_id, row.platform, until=now + timedelta(hours=1))
        return
    if row.channel and row.person_id is None and error.trouble is Trouble.RECIPIENT:
        channels.unreachable(conn, row, error.reason, now)
        return
    who = people.get(conn, row.workspace_id, row.person_id) if row.person_id else None
    if who is not None and error.trouble is Trouble.RECIPIENT:
        for reach in people.addresses_of(conn, row.workspace_id, [who.id]).get(who.id, []):
            if (reach.address.platform.value, reach.address.workspace) == (row.platform, row.external_id):
                lost(conn, row.workspace_id, who, reach.address, error.reason, now)
        return
    text = replies.undelivered(row.kind, who.name if who else row.channel, error.reason)
    notice(conn, row.workspace_id, f"{error.reason}:{row.channel or row.person_id}", text, now)


def lost(
    conn: Connection, workspace_id: str, who: Person, address: Address, reason: str, now: datetime
) -> None:
    """Somebody blocked the app or took it away: nothing is sent there, the next in line is asked, the admins know.

    It ends when they write again.
    """
    people.touch_address(conn, workspace_id, address, trouble=reason[:200])
    left = people.get(conn, workspace_id, who.id)
    theirs = pilots.of_person(conn, workspace_id, who.id)
    if left is None or not left.out_of_reach or not theirs:
        return
    for pilot in theirs:
        pilots.touch(conn, workspace_id, pilot.id, now)
    notice(conn, workspace_id, f"lost:{who.id}", replies.out_of_reach(who.name, reason), now, but=who.id)


def ask_admin(conn: Connection, row: OutboxRow, now: datetime) -> None:
    """A digest that may or may not have arrived: the admin looks, nothing is posted twice."""
    text = replies.uncertain_digest(row.channel)
    notice(conn, row.workspace_id, f"uncertain:{row.channel or row.person_id}", text, now)


def digest_too_late(conn: Connection, row: OutboxRow, now: datetime) -> None:
    """A digest that could not be delivered in time is not posted as new: the admin is told instead."""
    where = row.channel or row.person_id
    notice(conn, row.workspace_id, f"late digest:{where}", replies.late_digest(row.created_at.date()), now)


def notice(
    conn: Connection, workspace_id: str, cause: str, text: str, now: datetime, *, but: str | None = None
) -> None:
    """One free message to each admin per cause and day."""
    workspace = workspaces.get(conn, workspace_id)
    if workspace is None:
        return
    today = workspace.settings.calendar().today(now)
    for admin in people.admins(conn, workspace_id):
        address = address_of(admin)
        if address is None or admin.id == but:
            continue
        outbox.add(
            conn,
            workspace_id,
            key=f"notice:{cause[:120]}:{admin.id}:{today.isoformat()}",
            kind="notice",
            person_id=admin.id,
            platform=address.platform.value,
            external_id=address.workspace,
            content=dump(replies.line(text)),
            now=now,
        )
