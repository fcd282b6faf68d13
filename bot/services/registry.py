"""Looking at the registry and correcting its facts: list, show, edit."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from bot.domain import commands
from bot.domain.errors import UserError
from bot.domain.metric import guardrail
from bot.domain.people import Person
from bot.domain.pilot import Pilot, Risk
from bot.domain.record import Status
from bot.domain.roles import Action
from bot.domain.stages import JUDGED, Gate
from bot.domain.typed import typed_date, typed_number
from bot.messages import digest, pilot_card
from bot.messages.model import Message
from bot.services import digests, find, look, promises, register, running, seeing
from bot.services.context import Context, told
from bot.services.incoming import Reply
from storage import pilots
from storage.recall import recall


def list_pilots(context: Context, which: str) -> Reply:
    """The registry, or the part of it that was asked for."""
    if which == "decisions":
        return Reply(
            message=digest.decisions(digests.edition_of(context.conn, context.workspace, context.now))
        )
    whose = context.actor.id if which == "mine" else ""
    key = ("list", which, whose, context.today)
    return Reply(message=recall(context.conn, context.workspace.id, key, lambda: _listed(context, which)))


def _listed(context: Context, which: str) -> Message:
    ids = None
    if which == "mine":
        ids = [pilot.id for pilot in pilots.of_person(context.conn, context.workspace.id, context.actor.id)]
    seen = seeing.see(context.conn, context.workspace, context.today, ids, recalled=True)
    return pilot_card.listing(seen, which=which, today=context.today)


def show(context: Context, name: str) -> Reply:
    """One pilot: facts, state, next dates."""
    pilot = find.pilot(context, name)
    seen = seeing.see(context.conn, context.workspace, context.today, [pilot.id])[0]
    return Reply(
        message=pilot_card.card(seen, today=context.today, calendar=context.calendar, rules=context.rules)
    )


def edit(context: Context, command: commands.Edit) -> Reply:
    """Corrects one field.

    Raises:
        UserError: no such field, or a value it cannot take.

    """
    pilot = find.pilot(context, command.name)
    context.require(Action.EDIT, pilot)
    change = _FIELDS.get(command.field)
    if change is None:
        raise UserError(f"There is no field “{command.field}”. You can edit: {', '.join(sorted(_FIELDS))}.")
    changed = change(context, pilot, command.value.strip())
    if changed.owner is not None and changed.sponsor is not None and changed.owner.id == changed.sponsor.id:
        raise UserError("Owner and sponsor are two people. Name somebody else.")
    if changed.backup is not None and changed.backup.id in {
        one.id for one in (changed.owner, changed.sponsor) if one
    }:
        raise UserError("The backup is a third person, beside owner and sponsor.")
    pilots.save(context.conn, context.workspace.id, changed)
    if command.field == "owner" and changed.owner is not None:
        context.note(changed, Status.HANDOVER, f"{changed.owner.name} is the owner now")
    context.log("edited", pilot.id, field=command.field, value=command.value)
    asked = register.ask_sponsor(context, changed)
    runs = (
        command.field == "run_owner"
        and changed.stage in JUDGED
        and running.ask_runner(context, changed, Gate.G4)
    )
    pilots.touch(context.conn, context.workspace.id, pilot.id, context.now)
    look.look_now(context.conn, context.workspace, [pilot.id], context.now)
    after = " The sponsor is asked to back it." if asked else ""
    after += " They are asked whether they will." if runs else ""
    # A data owner who is named has not said yes by that; a repository that is named is there.
    kept = promises.shown(context, changed, "repository") if command.field == "repo" else ""
    after += f" {kept}" if kept else ""
    return told(f"{changed.name}: {command.field} is now {_shown(changed, command)}.{after}")


def _shown(changed: Pilot, command: commands.Edit) -> str:
    """The value as it was understood: a person by name, everything else as it was typed."""
    person = getattr(changed, command.field, None)
    if isinstance(person, Person):
        return person.name
    return command.value.strip() or "empty"


_Change = Callable[[Context, Pilot, str], Pilot]


def _person(role: str) -> _Change:
    def change(context: Context, pilot: Pilot, value: str) -> Pilot:
        person = find.person(context, value) if value and value.lower() not in ("none", "nobody") else None
        return replace(pilot, **{role: person})  # type: ignore[arg-type]  # the table names person fields only

    return change


def _link(kind: str) -> _Change:
    def change(_: Context, pilot: Pilot, value: str) -> Pilot:
        links = {name: link for name, link in pilot.links.items() if name != kind}
        return replace(pilot, links={**links, kind: value} if value else links)

    return change


def _money(field: str) -> _Change:
    def change(_: Context, pilot: Pilot, value: str) -> Pilot:
        return replace(pilot, **{field: typed_number(value)})  # type: ignore[arg-type]  # the table names numbers only

    return change


def _name(context: Context, pilot: Pilot, value: str) -> Pilot:
    if not value:
        raise UserError("The pilot needs a name.")
    if pilots.named(context.conn, context.workspace.id, value) not in ([], [pilot.id]):
        raise UserError(f"“{value}” is another pilot's name.")
    return replace(pilot, name=value, old_names=(*pilot.old_names, pilot.name))


def _day(context: Context, value: str) -> date:
    return typed_date(value, context.today)


def _deadline(context: Context, pilot: Pilot, value: str) -> Pilot:
    if pilot.metric is None:
        raise UserError(
            "A deadline belongs to a metric. Say first what should change: metric NAME Reduce … by …"
        )
    day = typed_date(value, context.today, future=True)
    return replace(pilot, metric=replace(pilot.metric, deadline=day), decision_on=pilot.decision_on or day)


def _guardrail(_: Context, pilot: Pilot, value: str) -> Pilot:
    rail = guardrail(value)
    if rail is None:
        raise UserError("A guardrail has a limit, for example: customer satisfaction >= 4.2")
    return replace(pilot, guardrails=(rail,))


def _risk(_: Context, pilot: Pilot, value: str) -> Pilot:
    if value.lower() not in set(Risk):
        raise UserError("The risk class is minimal, limited or high.")
    return replace(pilot, risk=Risk(value.lower()))


def _cadence(context: Context, pilot: Pilot, value: str) -> Pilot:
    usual = context.rules.of(pilot.stage).cadence
    if not value.isdecimal() or len(value) > 5 or not usual <= int(value) <= 2 * usual:
        raise UserError(
            f"A check-in can be asked for every {usual} to {2 * usual} working days in {pilot.stage}."
        )
    return replace(pilot, cadence=int(value))


_FIELDS: dict[str, _Change] = {
    "name": _name,
    "aliases": lambda _, pilot, value: replace(
        pilot, aliases=tuple(part.strip() for part in value.split(";") if part.strip())
    ),
    "department": lambda _, pilot, value: replace(pilot, department=value),
    "kill_line": lambda _, pilot, value: replace(pilot, kill_line=value),
    "deadline": _deadline,
    "decision_date": lambda context, pilot, value: replace(pilot, decision_on=_day(context, value)),
    "guardrail": _guardrail,
    "risk_class": _risk,
    "cadence": _cadence,
    "cost_to_date": _money("cost_to_date"),
    "cost_per_week": _money("cost_per_week"),
    **{
        role: _person(role)
        for role in ("owner", "backup", "sponsor", "process_owner", "data_owner", "run_owner")
    },
    **{
        kind: _link(kind)
        for kind in ("repo", "dashboard", "channel", "runbook", "dpia", "notebook", "memo", "demo")
    },
}
