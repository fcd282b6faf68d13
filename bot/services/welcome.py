"""Who brought Pilotlight here: said in the first message that somebody gets from it."""

from bot.domain.people import Address, Person
from storage import people, workspaces
from storage.database import Connection


def brought_by(conn: Connection, workspace_id: str) -> Person | None:
    """Whoever installed it; None: nobody can say, or several did.

    With tokens Slack tells no installer: then it is who typed the code, as long as no other admin was named.
    """
    found = [
        person
        for one in workspaces.installations(conn, workspace_id)
        if one.installed_by and one.removed_at is None
        if (person := people.by_address(conn, workspace_id, _address(one)))
    ]
    brought = found or people.admins(conn, workspace_id)
    return brought[0] if len(brought) == 1 else None


def named_to(reader: Person, who: Person | None) -> str:
    """How a reader is told who it was; empty: it was the reader, or there is no name to tell."""
    if who is None or who.id == reader.id or who.name in {address.user for address in who.addresses}:
        return ""
    return who.name


def _address(installation: workspaces.Installation) -> Address:
    return Address(
        platform=installation.platform, workspace=installation.external_id, user=installation.installed_by
    )
