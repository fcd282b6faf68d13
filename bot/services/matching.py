"""People whom an import named and nobody has matched with an account: listed with a picker each, taken together when picked."""

from collections.abc import Mapping
from dataclasses import replace

from bot.domain.errors import UserError
from bot.domain.people import Person
from bot.domain.pilot import Pilot
from bot.domain.roles import Action
from bot.messages.setting_forms import Unmatched
from bot.services import find
from bot.services.context import Context, told
from bot.services.incoming import Reply
from storage import asks, people, pilots

_ROLES = ("owner", "backup", "sponsor", "process_owner", "data_owner", "run_owner")


def unmatched(context: Context) -> list[Unmatched]:
    """Everybody without an account who is named in a pilot, the most often named first."""
    found = [
        Unmatched(person=one, pilots=len(pilots.of_person(context.conn, context.workspace.id, one.id)))
        for one in people.without_address(context.conn, context.workspace.id)
    ]
    named = [one for one in found if one.pilots]
    return sorted(named, key=lambda one: (-one.pilots, one.person.name.casefold(), one.person.id))


def save(context: Context, args: Mapping[str, str], fields: Mapping[str, str]) -> Reply:
    """Takes the picks; whoever is left empty stays on the list.

    Raises:
        UserError: on the field it belongs to; nothing of the form is taken then.

    """
    context.require(Action.CONFIGURE)
    done = []
    for field, picked in fields.items():
        if field not in args or not picked.strip():
            continue
        handle = people.get(context.conn, context.workspace.id, args[field])
        if handle is None or handle.addresses:
            raise UserError("Somebody matched that person in the meantime. Open the form again.", field=field)
        account = find.person(context, picked, field=field)
        _take_together(context, handle, account, field)
        done.append(f"{handle.name} is {account.name}" if handle.name != account.name else handle.name)
    left = len(unmatched(context))
    if not done:
        return told("Nobody was picked, so nothing changed.")
    rest = f" {left} more wait under Settings, People." if left else " Everybody has an account now."
    return told(f"Matched: {'; '.join(done)}.{rest}")


def _take_together(context: Context, handle: Person, account: Person, field: str) -> None:
    """One person from now on: the imported one, who has the history, with the account's address and roles."""
    conn, workspace_id = context.conn, context.workspace.id
    if account.id == handle.id:
        return
    if account.guest:
        raise UserError(f"{account.name} is a guest here and cannot be asked.", field=field)
    if not account.addresses:
        raise UserError(f"{account.name} has no account here either. Pick one with @.", field=field)
    both = {handle.id, account.id}
    for pilot in pilots.of_person(conn, workspace_id, account.id):
        moved = _with(pilot, account, replace(handle, addresses=account.addresses))
        named = [one.id for one in (moved.owner, moved.backup, moved.sponsor) if one is not None]
        if len(set(named)) < len(named):
            raise UserError(
                f"In {pilot.name} both are named, so they are two people. Change that pilot first, or pick somebody else.",
                field=field,
            )
        pilots.save(conn, workspace_id, moved)
        for ask in asks.open_of_pilot(conn, workspace_id, pilot.id):
            if ask.person_id == account.id and ask.state == "waiting":
                asks.drop(conn, workspace_id, ask.id)  # the next look asks again, under the one name
    for role in people.roles_of(conn, workspace_id, account.id):
        people.set_role(conn, workspace_id, handle.id, "admin" if role == "admin" else "leader", has=True)
        people.set_role(conn, workspace_id, account.id, "admin" if role == "admin" else "leader", has=False)
    reaches = people.addresses_of(conn, workspace_id, [account.id]).get(account.id, [])
    for reach in reaches:
        people.add_address(
            conn,
            workspace_id,
            handle.id,
            reach.address,
            reach.used_at,
            channel=reach.channel,
            service_url=reach.service_url,
        )
    known = handle if handle.zone else replace(handle, zone=account.zone)
    people.save(conn, workspace_id, replace(known, email=known.email or account.email))
    asks.wake(conn, workspace_id, context.now, handle.id)
    for pilot in pilots.of_person(conn, workspace_id, handle.id):
        pilots.touch(conn, workspace_id, pilot.id, context.now)
    context.log("matched", handle.id, account=", ".join(sorted(both)))


def _with(pilot: Pilot, old: Person, new: Person) -> Pilot:
    changed = {
        role: new for role in _ROLES if (person := getattr(pilot, role)) is not None and person.id == old.id
    }
    return replace(pilot, **changed)  # type: ignore[arg-type]  # the table names person fields only
