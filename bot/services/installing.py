"""A workspace of ours for a customer of a platform: the first one takes up what is there already."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.domain.people import Address, Person, Platform
from bot.services.chat import Place
from storage import audit, people, pilots, turns, workspaces
from storage.crypto import Cipher
from storage.database import Connection
from storage.ids import new_id
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
    installation on this platform yet. The first platform of all begins quietly, whatever was imported before it.
    """
    turns.wait(conn, turns.Turn.INSTALL)  # two replicas that start at once make one workspace
    known = workspaces.of_address(conn, platform, external_id, even_removed=True)
    workspace_id = known or _home(conn, platform, external_id, name, now)
    _begin_quietly(conn, workspace_id, now)
    before = workspaces.installation_of(conn, workspace_id, platform, external_id)
    fresh = Installation(
        workspace_id=workspace_id, platform=platform, external_id=external_id, installed_at=now
    )
    # What an installation through the platform's own pages brought, its token above all, stays.
    told = before or fresh
    workspaces.install(conn, replace(told, name=name or told.name, bot_user=bot_user or told.bot_user))
    return workspace_id


@dataclass(frozen=True, kw_only=True, slots=True)
class Granted:
    """What a platform gives when somebody installs the app there."""

    platform: Platform
    external_id: str
    name: str
    bot_user: str
    scopes: str
    token: str = field(repr=False)
    #: Who did it, by the platform's id.
    installer: str = ""
    #: Where the token expires: what the next one is to be had for, and when.
    refresh_token: str = field(default="", repr=False)
    expires_at: datetime | None = None


def authorised(conn: Connection, granted: Granted, cipher: Cipher, now: datetime) -> str:
    """Takes up an installation with its token, encrypted; returns our workspace's id.

    Whoever installs becomes admin. A workspace that had the app before goes on where it was; one that never had any begins quietly.

    Raises:
        NoKeysError: nothing can be encrypted.

    """
    known = workspaces.of_address(conn, granted.platform, granted.external_id, even_removed=True)
    workspace_id = known or _newcomer(conn, granted, now)
    _begin_quietly(conn, workspace_id, now)
    workspaces.install(
        conn,
        Installation(
            workspace_id=workspace_id,
            platform=granted.platform,
            external_id=granted.external_id,
            name=granted.name,
            bot_user=granted.bot_user,
            scopes=granted.scopes,
            token=cipher.encrypt(granted.token),
            refresh_token=cipher.encrypt(granted.refresh_token) if granted.refresh_token else "",
            expires_at=granted.expires_at,
            installed_by=granted.installer,
            installed_at=now,
        ),
    )
    admin = _make_admin(conn, workspace_id, granted, now) if granted.installer else ""
    audit.append(
        conn,
        workspace_id,
        actor=admin,
        what="installed",
        subject=f"{granted.platform}:{granted.external_id}",
        surface=granted.platform.value,
        now=now,
    )
    return workspace_id


def reached_at(conn: Connection, workspace_id: str, place: Place) -> None:
    """Remembers the newest service address of a platform's customer: the next start writes there first."""
    found = workspaces.installation_of(conn, workspace_id, place.platform, place.workspace)
    if found is not None and found.service_url != place.service_url:
        workspaces.install(conn, replace(found, service_url=place.service_url))


def _newcomer(conn: Connection, granted: Granted, now: datetime) -> str:
    """Whoever finds the page can install: an empty registry becomes theirs, one that holds something is somebody's."""
    only = workspaces.the_only_one(conn)
    if only is not None and pilots.count(conn, only.id):
        return _own(conn, granted.platform, granted.external_id, granted.name, now)
    return _home(conn, granted.platform, granted.external_id, granted.name, now)


def _make_admin(conn: Connection, workspace_id: str, granted: Granted, now: datetime) -> str:
    address = Address(platform=granted.platform, workspace=granted.external_id, user=granted.installer)
    person = people.by_address(conn, workspace_id, address)
    if person is None:
        person = Person(id=new_id(), name=granted.installer, addresses=(address,))
        people.add(conn, workspace_id, person, now)
    people.set_role(conn, workspace_id, person.id, "admin", has=True)
    workspaces.set_claim_code(conn, workspace_id, None)
    return person.id


def _begin_quietly(conn: Connection, workspace_id: str, now: datetime) -> None:
    """Where nobody could be written to so far, nobody but the admin is for two days. E-mail alone is no platform."""
    if any(one.platform is not Platform.EMAIL for one in workspaces.installations(conn, workspace_id)):
        return
    found = workspaces.get(conn, workspace_id)
    if found is not None and found.quiet_until is None:
        workspaces.set_quiet_until(conn, workspace_id, now + QUIET_START)


def _home(conn: Connection, platform: Platform, external_id: str, name: str, now: datetime) -> str:
    if workspaces.count(conn) <= 1:
        only = first_workspace(conn, now)
        # One that was taken away counts as well: what is remembered belongs to that customer, not to the next one.
        if all(one.platform is not platform for one in workspaces.installations(conn, only.id)):
            if not only.name:
                workspaces.rename(conn, only.id, name)
            return only.id
    return _own(conn, platform, external_id, name, now)


def _own(conn: Connection, platform: Platform, external_id: str, name: str, now: datetime) -> str:
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
