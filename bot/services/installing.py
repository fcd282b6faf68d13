"""A workspace of ours for a customer of a platform: the first one takes up what is there already."""

from datetime import datetime, timedelta

from bot.domain.people import Platform
from storage import people, turns, workspaces
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
    turns.wait(conn, turns.Turn.INSTALL)  # two replicas that start at once make one workspace
    known = workspaces.of_address(conn, platform, external_id, even_removed=True)
    workspace_id = known or _home(conn, platform, external_id, name, now)
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
    turns.wait(conn, turns.Turn.INSTALL)
    try:
        workspace = first_workspace(conn, now, quiet=True)
    except LookupError:
        return None
    if people.admins(conn, workspace.id):
        return None
    workspaces.set_claim_code(conn, workspace.id, code)
    return code
