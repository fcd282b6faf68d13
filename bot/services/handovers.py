"""Owners who change: handed over and accepted, away, or gone."""

from dataclasses import replace
from datetime import date

from bot.domain import commands
from bot.domain.errors import UserError
from bot.domain.ladder import NOT_MINE
from bot.domain.people import Absence, Address, Person
from bot.domain.record import Status
from bot.domain.roles import Action
from bot.messages import forms
from bot.messages.model import day
from bot.services import answers, find, promises
from bot.services.context import Context, told
from bot.services.incoming import Reply
from storage import asks, people, pilots
from storage.asks import Ask


def hand_over(context: Context, command: commands.Handover) -> Reply:
    """Asks somebody to take a pilot over; nothing changes until they accept.

    Raises:
        UserError: the person is gone, or is the owner or the sponsor already.

    """
    pilot = find.one_that_goes_on(context, command.name)
    ask = asks.get(context.conn, context.workspace.id, command.ask) if command.ask else None
    if ask is None or ask.person_id != context.actor.id:
        context.require(Action.CHECK_IN, pilot)
    if not command.to:
        return Reply(form=forms.handover(pilot, ask=command.ask))
    to = find.person(context, command.to, field="to")
    if to.gone(context.today):
        raise UserError(f"{to.name} has left. Name somebody who can be asked.", field="to")
    if pilot.owner is not None and to.id == pilot.owner.id:
        raise UserError(f"{to.name} owns {pilot.name} already.", field="to")
    if pilot.sponsor is not None and to.id == pilot.sponsor.id:
        raise UserError("Owner and sponsor are two people. Name somebody else.", field="to")
    if to.id == context.actor.id:
        return take_over(context, pilot.id, None)
    asks.add(
        context.conn,
        context.workspace.id,
        pilot_id=pilot.id,
        kind="handover",
        person_id=to.id,
        role="backup",
        on=context.today,
        now=context.now,
        details={"from": context.actor.name},
    )
    context.log("asked to take over", pilot.id, to=to.id)
    line = f"{to.name} is asked to take over. You stay the owner until then."
    reply = answers.settle(context, pilot, [ask] if ask else [], line)
    return reply if reply.message is not None else told(f"{pilot.name}: {line}")


def accept(context: Context, ask: Ask, *, agreed: bool) -> Reply:
    """The answer of the person who was asked to take over."""
    if ask.person_id != context.actor.id:
        raise UserError("Only the person who was asked can answer that.")
    if not agreed and ask.role == "holder":
        return promises.not_mine(context, ask, NOT_MINE)
    if agreed:
        return take_over(context, ask.pilot_id, ask)
    pilot = find.pilot(context, ask.pilot_id)
    context.note(pilot, Status.NOTE, "Does not take it over")
    return answers.settle(context, pilot, [ask], "You do not take it over; the owner can ask somebody else.")


def take_over(context: Context, pilot_id: str, ask: Ask | None) -> Reply:
    """The actor becomes the owner; the former owner steps back."""
    pilot = find.pilot(context, pilot_id)
    if pilot.sponsor is not None and pilot.sponsor.id == context.actor.id:
        raise UserError("Owner and sponsor are two people. Ask somebody else to take it over.")
    backup = None if pilot.backup is not None and pilot.backup.id == context.actor.id else pilot.backup
    pilots.save(context.conn, context.workspace.id, replace(pilot, owner=context.actor, backup=backup))
    before = pilot.owner.name if pilot.owner else "nobody"
    context.note(pilot, Status.HANDOVER, f"{context.actor.name} takes over from {before}")
    context.log("handed over", pilot.id, to=context.actor.id)
    settled = [ask] if ask else []
    settled += [one for one in answers.by_check_in(context, pilot) if one not in settled]
    line = f"You own {pilot.name} now. Thank you."
    reply = answers.settle(context, pilot, settled, line)
    return reply if reply.message is not None else told(line)


def away(context: Context, start: date, end: date) -> Reply:
    """Notes an absence: a short one holds the owner's clock, in a long one the backup is asked.

    Raises:
        UserError: the days are in the wrong order, or all behind us.

    """
    if end < start:
        raise UserError(f"{day(end)} lies before {day(start)}. Say it as: away {start.isoformat()} to …")
    if end < context.today:
        raise UserError("Those days are past. Say when you are away next: away DATE to DATE")
    absence = Absence(start=start, end=end, told_on=context.today)
    people.add_absence(context.conn, context.workspace.id, context.actor.id, absence)
    context.log("is away", context.actor.id, start=start.isoformat(), end=end.isoformat())
    mine = pilots.of_person(context.conn, context.workspace.id, context.actor.id)
    for pilot in mine:
        pilots.touch(context.conn, context.workspace.id, pilot.id, context.now)
    days = sum(
        context.calendar.is_working(date.fromordinal(one))
        for one in range(start.toordinal(), end.toordinal() + 1)
    )
    if days <= context.rules.absence_short:
        what = "your clocks stand still meanwhile"
    else:
        what = "your backups are asked meanwhile"
    return told(f"Noted: away {day(start)} to {day(end)}, {days} working days; {what}.")


def _stays(person: Person, ended: Address) -> bool:
    """Whether somebody has another account in the same place."""
    return any(
        (one.platform, one.workspace) == (ended.platform, ended.workspace) and one != ended
        for one in person.addresses
    )


def person_changed(context: Context) -> Reply:
    """An account is new, was deactivated or came back: every pilot it is named in is looked at within the hour."""
    profile = context.incoming.profile
    if profile is None:
        return Reply()
    person = people.by_address(context.conn, context.workspace.id, profile.address)
    if person is None:
        return Reply()
    if profile.deleted and _stays(person, profile.address):
        # One of two ids of theirs has ended, as when a workspace joins an organisation: nobody left.
        people.drop_address(context.conn, context.workspace.id, profile.address)
        return Reply()
    left_on = (person.left_on or context.today) if profile.deleted else None
    if left_on != person.left_on:
        people.save(context.conn, context.workspace.id, replace(person, left_on=left_on, guest=profile.guest))
        context.log("left" if left_on else "came back", person.id)
    if not profile.deleted:
        # What kept a message from them before may be over.
        people.touch_address(context.conn, context.workspace.id, profile.address, trouble="")
    for pilot in pilots.of_person(context.conn, context.workspace.id, person.id):
        pilots.touch(context.conn, context.workspace.id, pilot.id, context.now)
    return Reply()
