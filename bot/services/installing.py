"""A workspace of ours for a customer of a platform: the first one takes up what is there already."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.people import Platform
from bot.services.chat import Place
from storage import people, workspaces
from storage.database import Connection
from storage.workspaces import Installation, Settings, Workspace

#: For so long only the admin sees previews.
QUIET_START = timedelta(hours=48)
#: The id of the first workspace: an import from the command line may come before any platform.
FIRST = "main"


def first_workspace(conn: Connection, now: datetime, *, quiet: bool = False) -> Workspace:
    """The only workspace, made where there is none yet.

    Raises:
        LookupError: there are several; the caller must name one.

    """
    found = workspaces.the_only_one(conn)
    if found is not None:
        return found
    if workspaces.count(conn):
        raise LookupError("there are several workspaces")
    made = Workspace(
        id=FIRST,
        name="",
        settings=Settings(),
        created_at=now,
        quiet_until=now + QUIET_START if quiet else None,
    )
    workspaces.add(conn, made)
    return made


def installed(
    conn: Connection, platform: Platform, external_id: str, *, name: str, bot_user: str, now: datetime
) -> str:
    """Notes that the app is in a platform's workspace; returns our workspace's id.

    A platform's customer seen for the first time joins the only workspace there is, as long as that has no
    installation on this platform yet.
    """
    known = workspaces.of_address(conn, platform, external_id, even_removed=True)
    workspace_id = known or _home(conn, platform, external_id, name, now)
    before = workspaces.installation_of(conn, workspace_id, platform, external_id)
    if before is not None:
        # Every start says so again; what was learned since the first time stays.
        workspaces.install(
            conn, replace(before, name=name or before.name, bot_user=bot_user or before.bot_user)
        )
        return workspace_id
    workspaces.install(
        conn,
        Installation(
            workspace_id=workspace_id,
            platform=platform,
            external_id=external_id,
            name=name,
            bot_user=bot_user,
            installed_at=now,
        ),
    )
    return workspace_id


def reached_at(conn: Connection, workspace_id: str, place: Place) -> None:
    """Remembers the newest service address of a platform's customer: the next start writes there first."""
    found = workspaces.installation_of(conn, workspace_id, place.platform, place.workspace)
    if found is not None and found.service_url != place.service_url:
        workspaces.install(conn, replace(found, service_url=place.service_url))


def _home(conn: Connection, platform: Platform, external_id: str, name: str, now: datetime) -> str:
    if workspaces.count(conn) <= 1:
        only = first_workspace(conn, now)
        if workspaces.installation_of(conn, only.id, platform) is None:
            if not only.name:
                workspaces.rename(conn, only.id, name)
            return only.id
    made = Workspace(id=f"{platform}-{external_id}".lower(), name=name, settings=Settings(), created_at=now)
    workspaces.add(conn, made)
    return made.id


def open_claim(conn: Connection, *, code: str, now: datetime) -> str | None:
    """Opens a one-time code in the only workspace while it has no admin; None: it has one, or there are several."""
    try:
        workspace = first_workspace(conn, now, quiet=True)
    except LookupError:
        return None
    if people.admins(conn, workspace.id):
        return None
    workspaces.set_claim_code(conn, workspace.id, code)
    return code
