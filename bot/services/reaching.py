"""Where somebody is reached, for a door that has just started and remembers nothing."""

from bot.domain.people import Address, Platform
from bot.services.chat import Place
from storage import people, workspaces
from storage.database import Connection
from storage.outbox import Destination, OutboxRow
from storage.people import Reach


def place_of(conn: Connection, *, address: Address) -> Place | None:
    """Our conversation with one person; None: we never met."""
    workspace_id = workspaces.of_address(conn, address.platform, address.workspace)
    person = people.by_address(conn, workspace_id, address) if workspace_id else None
    if workspace_id is None or person is None:
        return None
    for reach in people.addresses_of(conn, workspace_id, [person.id]).get(person.id, []):
        if reach.address == address and reach.channel:
            return Place(
                platform=address.platform,
                workspace=address.workspace,
                channel=reach.channel,
                user=address.user,
                service_url=reach.service_url,
            )
    return None


def places_in(conn: Connection, *, platform: Platform, external_id: str) -> list[Place]:
    """The channels of a platform's customer that we post to: there its people can be asked for."""
    workspace_id = workspaces.of_address(conn, platform, external_id)
    workspace = workspaces.get(conn, workspace_id) if workspace_id else None
    if workspace is None or not workspace.settings.digest_channel:
        return []
    where = (workspace.settings.digest_platform, workspace.settings.digest_external)
    if where != (platform.value, external_id):
        return []
    return [
        Place(
            platform=platform,
            workspace=external_id,
            channel=workspace.settings.digest_channel,
            service_url=service_url_of(conn, platform=platform, external_id=external_id),
        )
    ]


def service_url_of(conn: Connection, *, platform: Platform, external_id: str) -> str:
    """The service address that a platform's customer last used; empty where none was seen."""
    workspace_id = workspaces.of_address(conn, platform, external_id)
    found = workspaces.installation_of(conn, workspace_id, platform, external_id) if workspace_id else None
    return found.service_url if found else ""


def place_of_row(conn: Connection, row: OutboxRow) -> Place:
    """Where a message goes; a person's conversation may have been opened since it was written."""
    channel, service_url, user = row.channel, "", ""
    if row.person_id is not None and row.kind != "update":
        found = reach_of(conn, row)
        if found is not None:
            channel, service_url, user = found.channel, found.service_url, found.address.user
    platform = Platform(row.platform)
    return Place(
        platform=platform,
        workspace=row.external_id,
        channel=channel,
        user=user,
        service_url=service_url or service_url_of(conn, platform=platform, external_id=row.external_id),
    )


def place_at(row: OutboxRow, there: Destination) -> Place:
    """The same, of what was read for many at once."""
    theirs = row.person_id is not None and row.kind != "update" and bool(there.user)
    return Place(
        platform=Platform(row.platform),
        workspace=row.external_id,
        channel=there.channel if theirs else row.channel,
        user=there.user if theirs else "",
        service_url=(there.service_url if theirs else "") or there.tenant_url,
    )


def reach_of(conn: Connection, row: OutboxRow) -> Reach | None:
    """Where a message's person is reached on its platform."""
    known = people.addresses_of(conn, row.workspace_id, [row.person_id]) if row.person_id else {}
    for reach in known.get(row.person_id or "", []):
        if (reach.address.platform.value, reach.address.workspace) == (row.platform, row.external_id):
            return reach
    return None
