"""Whom e-mail may reach: everybody whose address is known and whom no chat reaches, while there is a server for it."""

from datetime import UTC, datetime

from bot.domain.people import Address, Platform
from storage import asks, people, workspaces
from storage.database import Connection

#: Older than any use of a chat, so that e-mail is always the last way.
_LAST = datetime(1970, 1, 1, tzinfo=UTC)


def enlist(conn: Connection, workspace_id: str, now: datetime, *, on: bool) -> int:
    """Notes the e-mail addresses that are known as a way of last resort, or forgets them all; how many changed.

    Args:
        conn: a writing transaction.
        workspace_id: whose people.
        now: the moment.
        on: whether e-mail can be sent.

    """
    changed = 0
    known = people.all_of(conn, workspace_id)
    reached = people.addresses_of(conn, workspace_id, list(known))
    for person in known.values():
        wanted = person.email.strip() if on and person.left_on is None and not person.guest else ""
        for reach in reached.get(person.id, []):
            if reach.address.platform is Platform.EMAIL:
                if reach.address.user == wanted:
                    wanted = ""
                else:
                    changed += people.drop_address(conn, workspace_id, reach.address)
        there = Address(platform=Platform.EMAIL, workspace=workspace_id, user=wanted)
        if not wanted or people.by_address(conn, workspace_id, there) is not None:
            continue
        people.add_address(conn, workspace_id, person.id, there, _LAST)
        if not person.addresses:
            asks.wake(conn, workspace_id, now, person.id)
        changed += 1
    return changed


def enlist_everywhere(conn: Connection, now: datetime, *, on: bool) -> int:
    """The same in every workspace: at a start, since the settings may have changed."""
    return sum(enlist(conn, one, now, on=on) for one in workspaces.all_of(conn))
