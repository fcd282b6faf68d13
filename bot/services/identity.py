"""Who is behind a request, and who they are in the workspace."""

from dataclasses import replace
from datetime import datetime

from bot.domain.commands import AppRemoved
from bot.domain.errors import UserError
from bot.domain.people import Person
from bot.messages import help as help_page
from bot.services.chat import Profile
from bot.services.context import Context, told
from bot.services.incoming import Incoming, Reply
from storage import people, workspaces
from storage.database import Connection
from storage.ids import new_id
from storage.workspaces import Workspace


def person_of(conn: Connection, workspace: Workspace, incoming: Incoming, now: datetime) -> Person:
    """The person at the address of a request; somebody new becomes known by what the platform told of them."""
    address = incoming.actor
    known = people.by_address(conn, workspace.id, address)
    if known is None:
        known = _new(conn, workspace, incoming, now)
    direct = incoming.place.user == address.user and incoming.place.channel
    people.touch_address(
        conn,
        workspace.id,
        address,
        used_at=now,
        channel=incoming.place.channel if direct else None,
        service_url=incoming.place.service_url or None,
        trouble="",
    )
    if incoming.profile is not None:
        known = learn(conn, workspace.id, known, incoming.profile)
    return known


def _new(conn: Connection, workspace: Workspace, incoming: Incoming, now: datetime) -> Person:
    """Somebody we have not met: an imported handle that is certainly theirs, else a new person."""
    profile = incoming.profile
    if profile is not None:
        match = matching(list(people.without_address(conn, workspace.id)), profile)
        if match is not None:
            people.add_address(conn, workspace.id, match.id, incoming.actor, now)
            return replace(match, addresses=(incoming.actor,))
    name = (profile.real_name or profile.name) if profile else incoming.actor.user
    person = Person(id=new_id(), name=name or incoming.actor.user, addresses=(incoming.actor,))
    people.add(conn, workspace.id, person, now)
    return person


def matching(unmatched: list[Person], profile: Profile) -> Person | None:
    """The one imported person that a platform's profile certainly is.

    In this order, each only where it is unique: the e-mail, the platform's name equal to the handle, the real
    name equal after dropping everything but letters.
    """
    tests = (
        lambda one: bool(one.email) and one.email.casefold() == profile.email.casefold(),
        lambda one: bool(one.handle) and one.handle.casefold() == profile.name.casefold(),
        lambda one: bool(_letters(one.name)) and _letters(one.name) == _letters(profile.real_name),
    )
    for test in tests:
        fits = [one for one in unmatched if test(one)]
        if len(fits) == 1:
            return fits[0]
    return None


def _letters(name: str) -> str:
    return "".join(sign for sign in name.casefold() if sign.isalpha())


def learn(conn: Connection, workspace_id: str, person: Person, profile: Profile) -> Person:
    """Takes over what the platform knows better than we do: the zone, the name of somebody who had none."""
    learned = replace(
        person,
        zone=profile.zone or person.zone,
        guest=profile.guest,
        email=person.email or profile.email,
        name=profile.real_name if profile.real_name and person.name == profile.address.user else person.name,
    )
    if learned != person:
        people.save(conn, workspace_id, learned)
    return learned


def roles_of(conn: Connection, workspace: Workspace, person: Person) -> frozenset[str]:
    """Which of admin and leader somebody is; where no leader is named, the admins are."""
    roles = people.roles_of(conn, workspace.id, person.id)
    if any(leader.id == person.id for leader in people.leaders(conn, workspace.id)):
        roles |= {"leader"}
    return roles


def claim(context: Context, code: str) -> Reply:
    """Makes the sender of the one-time code admin.

    Raises:
        UserError: the code is not the one that was printed, or was used.

    """
    if not code.strip() or workspaces.claim_code(context.conn, context.workspace.id) != code.strip():
        raise UserError(
            "That code is not valid. The current one is printed when Pilotlight starts; each works once."
        )
    workspaces.set_claim_code(context.conn, context.workspace.id, None)
    people.set_role(context.conn, context.workspace.id, context.actor.id, "admin", has=True)
    context.log("claimed", context.actor.id)
    return told("You are the admin now. Next: /pilot settings to pick the channel of the weekly digest.")


def app_added(context: Context) -> Reply:
    """Greets once; an installation that comes back is taken up where it was."""
    platform, external = context.incoming.actor.platform, context.incoming.actor.workspace
    url = context.incoming.place.service_url
    for installation in workspaces.installations(context.conn, context.workspace.id):
        if (installation.platform, installation.external_id) == (platform, external):
            back = replace(installation, removed_at=None, service_url=url or installation.service_url)
            workspaces.install(context.conn, back)
    return Reply(message=help_page.welcome())


def app_removed(context: Context, removed: AppRemoved) -> Reply:
    """Stops every send to that platform, or to the one person who took the app away; the data stays.

    The news may come late and twice: an installation since then stays.
    """
    if context.incoming.place.user:
        people.touch_address(
            context.conn, context.workspace.id, context.incoming.actor, trouble="took the app away"
        )
        context.log("app removed by", context.actor.id)
        return Reply()
    platform, external = context.incoming.actor.platform, context.incoming.actor.workspace
    here = workspaces.installation_of(context.conn, context.workspace.id, platform, external)
    if here is None or (removed.at is not None and removed.at < here.installed_at):
        return Reply()
    workspaces.uninstall(context.conn, context.workspace.id, platform, external, context.now)
    context.log("app removed", f"{platform}:{external}", reason=removed.reason)
    return Reply()
