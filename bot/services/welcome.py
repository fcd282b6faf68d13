"""Who brought Pilotlight here: said in the first message that somebody gets from it."""

from bot.domain.people import Address, Person
from storage import people, workspaces
from storage.database import Connection


def installed_by(conn: Connection, workspace_id: str, reader: Person) -> str:
    """The name of whoever installed it; empty: the reader did, or nobody can say.

    With tokens Slack tells no installer: then it is who typed the code, as long as no other admin was named.
    """
    found = [
        person
        for one in workspaces.installations(conn, workspace_id)
        if one.installed_by and one.removed_at is None
        if (person := people.by_address(conn, workspace_id, _address(one)))
    ]
    brought = found or people.admins(conn, workspace_id)
    if len(brought) != 1 or brought[0].id == reader.id:
        return ""
    [who] = brought
    return "" if who.name in {address.user for address in who.addresses} else who.name


def _address(installation: workspaces.Installation) -> Address:
    return Address(
        platform=installation.platform, workspace=installation.external_id, user=installation.installed_by
    )
