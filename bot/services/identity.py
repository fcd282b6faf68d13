"""Who is behind a request, and who they are in the workspace."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.domain.commands import AppRemoved, ChannelChanged, PersonChanged
from bot.domain.errors import UserError
from bot.domain.people import Person
from bot.messages import help as help_page
from bot.messages.text import to_type
from bot.services import troubles
from bot.services.chat import Profile
from bot.services.context import Context, told
from bot.services.incoming import Incoming, Reply
from storage import asks, people, pilots, workspaces
from storage.database import Connection
from storage.ids import new_id
from storage.recall import recall
from storage.workspaces import Workspace

#: Where somebody was heard from is noted at most so often.
_MOMENT = timedelta(minutes=1)
#: When somebody was last heard from at an address that was only told of.
_NEVER = datetime(2000, 1, 1, tzinfo=UTC)
#: What a platform tells by itself: whoever it is about has done nothing here.
_UNASKED = (PersonChanged, ChannelChanged)


def person_of(conn: Connection, workspace: Workspace, incoming: Incoming, now: datetime) -> Person:
    """The person at the address of a request; somebody new becomes known by what the platform told of them."""
    address = incoming.actor
    if not address.user:
        return Person(id="", name=address.platform.value.capitalize())  # the platform itself speaks
    if isinstance(incoming.command, _UNASKED):
        return _told_of(conn, workspace, incoming, now)
    known = recall(
        conn, workspace.id, ("person", address), lambda: people.by_address(conn, workspace.id, address)
    )
    if known is None:
        known = _new(conn, workspace, incoming, now)
    _heard(conn, workspace.id, known, incoming, now)
    if incoming.profile is not None:
        known = learn(conn, workspace.id, known, incoming.profile)
    return known


def _told_of(conn: Connection, workspace: Workspace, incoming: Incoming, now: datetime) -> Person:
    """Somebody a platform tells of: nobody becomes known who is not named in the registry, as in the daily reading of people.

    Whoever an import named and has an account from now on can be asked from now on.
    """
    profile = incoming.profile
    known = people.by_address(conn, workspace.id, incoming.actor)
    if known is None and profile is not None and (known := _same_account(conn, workspace, profile)):
        people.add_address(conn, workspace.id, known.id, incoming.actor, now)
    if known is None and profile is not None and not profile.robot:
        known = matching(list(people.without_address(conn, workspace.id)), profile)
        if known is not None:
            people.add_address(conn, workspace.id, known.id, incoming.actor, now)
            asks.wake(conn, workspace.id, now, known.id)
    if known is None:
        return Person(id="", name=incoming.actor.user)
    return learn(conn, workspace.id, known, profile) if profile is not None else known


def _heard(conn: Connection, workspace_id: str, person: Person, incoming: Incoming, now: datetime) -> None:
    """Notes where somebody was heard from last. What was noted a moment ago is not written again."""
    address, place = incoming.actor, incoming.place
    channel = place.channel if place.user == address.user and place.channel else None
    reached = recall(
        conn,
        workspace_id,
        ("reached", person.id),
        lambda: people.addresses_of(conn, workspace_id, [person.id]).get(person.id, []),
    )
    last = reached[0] if reached else None
    if (
        last is not None
        and last.address == address
        and not last.trouble
        and last.channel == (channel or last.channel)
        and last.service_url == (place.service_url or last.service_url)
        and timedelta(0) <= now - last.used_at < _MOMENT
        and all(other.used_at < last.used_at for other in reached[1:])
    ):
        return
    people.touch_address(
        conn,
        workspace_id,
        address,
        used_at=now,
        channel=channel,
        service_url=place.service_url or None,
        trouble="",
    )


def _new(conn: Connection, workspace: Workspace, incoming: Incoming, now: datetime) -> Person:
    """Somebody we have not met: an imported handle that is certainly theirs, else a new person."""
    profile = incoming.profile
    if profile is not None:
        match = _same_account(conn, workspace, profile)
        match = match or matching(list(people.without_address(conn, workspace.id)), profile)
        match = match or _same_mailbox(conn, workspace, profile)
        if match is not None:
            people.add_address(conn, workspace.id, match.id, incoming.actor, now)
            return replace(match, addresses=(incoming.actor, *match.addresses))
    name = (profile.real_name or profile.name) if profile else incoming.actor.user
    person = Person(id=new_id(), name=name or incoming.actor.user, addresses=(incoming.actor,))
    people.add(conn, workspace.id, person, now)
    return person


def _same_account(conn: Connection, workspace: Workspace, profile: Profile) -> Person | None:
    """Somebody whose account got an organisation's id beside its own: the platform itself says that both are one."""
    if not profile.also:
        return None
    return people.by_address(conn, workspace.id, replace(profile.address, user=profile.also))


def _same_mailbox(conn: Connection, workspace: Workspace, profile: Profile) -> Person | None:
    """Somebody who is known on another platform of the same customer: by the e-mail address alone, and where it is unique.

    A name is not enough here: who is taken for whom decides what they may do.
    """
    if not profile.email or profile.guest:
        return None
    here = (profile.address.platform, profile.address.workspace)
    fits = [
        one
        for one in people.named(conn, workspace.id, profile.email)
        if one.email.casefold() == profile.email.casefold() and not one.guest
    ]
    reached = people.addresses_of(conn, workspace.id, [one.id for one in fits])
    if len(fits) != 1 or any(
        (reach.address.platform, reach.address.workspace) == here for reach in reached.get(fits[0].id, [])
    ):
        return None
    return fits[0]


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


def _pair(conn: Connection, workspace_id: str, person: Person, profile: Profile) -> None:
    """Remembers the other id of somebody's account, behind every one that they were heard from."""
    other = replace(profile.address, user=profile.also)
    if profile.also and people.by_address(conn, workspace_id, other) is None:
        people.add_address(conn, workspace_id, person.id, other, _NEVER)


def learn(conn: Connection, workspace_id: str, person: Person, profile: Profile) -> Person:
    """Takes over what the platform knows better than we do: the zone, the name of somebody who had none."""
    _pair(conn, workspace_id, person, profile)
    stands_for = (profile.address.user, person.email.partition("@")[0])
    name = profile.real_name if profile.real_name and person.name in stands_for else person.name
    zone, email = profile.zone or person.zone, person.email or profile.email
    if (name, zone, email, profile.guest) == (person.name, person.zone, person.email, person.guest):
        return person
    learned = replace(person, name=name, zone=zone, email=email, guest=profile.guest)
    people.save(conn, workspace_id, learned)
    return learned


def roles_of(conn: Connection, workspace: Workspace, person: Person) -> frozenset[str]:
    """Which of admin and leader somebody is; where no leader is named, the admins are."""
    return recall(
        conn, workspace.id, ("roles", person.id), lambda: people.holds(conn, workspace.id, person.id)
    )


def claim(context: Context, code: str) -> Reply:
    """Makes the sender of the one-time code admin.

    Raises:
        UserError: the code is not the one that was printed, or was used.

    """
    code = code.strip()
    found = workspaces.of_claim_code(context.conn, code) if code else None
    if found is None:
        raise UserError(
            "That code is not valid. The current one is printed when Pilotlight starts; each works once."
        )
    if found != context.workspace.id:
        _join(context, found)
    workspaces.set_claim_code(context.conn, found, None)
    people.set_role(context.conn, found, context.actor.id, "admin", has=True)
    context.log("claimed", context.actor.id)
    return told(
        f"You are the admin now. Next: {to_type('settings')} to pick the channel of the weekly digest."
    )


def _join(context: Context, workspace_id: str) -> None:
    """The customer is known from another platform already: this one becomes a second door to the same registry.

    Raises:
        UserError: both have pilots, and which of two registries is the right one is not ours to say.

    """
    mine, here = context.workspace.id, context.incoming.actor
    if pilots.count(context.conn, mine):
        raise UserError(
            "This workspace has pilots of its own, so it cannot join another. Export them first, and import them there."
        )
    workspaces.move_installation(context.conn, mine, here.platform, here.workspace, to=workspace_id)
    actor = replace(context.actor, addresses=(here,), absences=())
    people.add(context.conn, workspace_id, actor, context.now)
    people.touch_address(
        context.conn,
        workspace_id,
        here,
        used_at=context.now,
        channel=context.incoming.place.channel if context.incoming.place.user else "",
        service_url=context.incoming.place.service_url,
    )


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

    The app may stay elsewhere: a person's or a channel's farewell is not the customer's. The news may come late and twice:
    an installation since then stays.
    """
    place = context.incoming.place
    if place.user:
        why, here = "took the app away", context.workspace.id
        troubles.lost(context.conn, here, context.actor, context.incoming.actor, why, context.now)
        context.log("app removed by", context.actor.id)
        return Reply()
    if place.channel:
        # From one channel of many: the next message there is refused, and its admin told.
        context.log("app removed from", place.channel, reason=removed.reason)
        return Reply()
    platform, external = context.incoming.actor.platform, context.incoming.actor.workspace
    found = workspaces.installation_of(context.conn, context.workspace.id, platform, external)
    if found is None or (removed.at is not None and removed.at < found.installed_at):
        return Reply()
    workspaces.uninstall(context.conn, context.workspace.id, platform, external, context.now)
    context.log("app removed", f"{platform}:{external}", reason=removed.reason)
    return Reply()
