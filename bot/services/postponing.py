"""A new day for what was promised, with its reason: by whoever holds it or owns the pilot, and the sponsor reads so."""

from collections.abc import Sequence

from bot.domain import commands
from bot.domain.assembly import moves_of
from bot.domain.due import open_promises
from bot.domain.errors import UserError
from bot.domain.pilot import Pilot
from bot.domain.record import Promise, Status
from bot.domain.roles import Action
from bot.messages import forms
from bot.messages.figures import closed
from bot.messages.model import day
from bot.services import answers, find, look, news, passing, promises
from bot.services.context import Context, told
from bot.services.incoming import Reply
from storage import asks, record
from storage.asks import Ask

#: How often the day of one promise may be moved.
MOVES = 2


def form(context: Context, ask: Ask) -> Reply:
    """[New date]: until when, and why."""
    pilot = find.pilot(context, ask.pilot_id)
    _may_move(context, pilot, ask.person_id == context.actor.id)
    return Reply(form=forms.promise(pilot, text=ask.details.get("text", ""), ask=ask.id))


def _may_move(context: Context, pilot: Pilot, mine: bool) -> None:
    if not mine:
        context.require(Action.PASS, pilot)


def move(context: Context, command: commands.PromiseMoved) -> Reply:
    """Gives a promise a new day, with its reason: twice at the most, and whoever sponsors it reads so.

    From a question it is the promise asked about; typed, those that have lapsed, else the next one that falls due.

    Raises:
        UserError: nothing is owed, the day is not ahead, or it was moved twice already.

    """
    ask = asks.get(context.conn, context.workspace.id, command.ask) if command.ask else None
    pilot = find.pilot(context, ask.pilot_id if ask else command.name)
    if ask is not None and ask.state not in asks.OPEN:
        raise UserError("This was answered already. What is open now: type home")
    its = passing.record_of(context, pilot)
    owed = _meant(context, open_promises(its), ask)
    _may_move(
        context,
        pilot,
        bool(owed) and all(one.holder is not None and one.holder.id == context.actor.id for one in owed),
    )
    if not owed:
        raise UserError(f"{pilot.name} owes nothing: no promise is open.")
    if command.until <= context.today:
        raise UserError(f"{day(command.until)} is not ahead. By when?", field="until")
    latest = context.calendar.add(context.today, context.rules.pause_most)
    if command.until > latest:
        raise UserError(
            f"A promise moves by {context.rules.pause_most} working days at the longest: to {day(latest)}.",
            field="until",
        )
    if not command.reason.strip():
        raise UserError("Why does it need longer? One sentence is enough.", field="reason")
    for promise in owed:
        if moves_of(its.entries, promise.text) >= MOVES:
            raise UserError(
                f"“{promise.text}” was moved {MOVES} times already. Keep it, or let the sponsor decide: keep with a new date, pause or retire.",
                field="until",
            )
    return _move(context, pilot, owed, command)


def _meant(context: Context, owed: Sequence[Promise], ask: Ask | None) -> list[Promise]:
    dated = sorted((one for one in owed if one.by is not None), key=lambda one: one.by or context.today)
    if ask is not None:
        return [one for one in dated if one.text == ask.details.get("text")]
    return [one for one in dated if one.by is not None and one.by < context.today] or dated[:1]


def _move(context: Context, pilot: Pilot, owed: Sequence[Promise], command: commands.PromiseMoved) -> Reply:
    conn, workspace_id = context.conn, context.workspace.id
    until, texts = command.until, {one.text for one in owed}
    for promise in owed:
        record.move_promise(conn, workspace_id, pilot.id, text=promise.text, to=until)
        context.note(
            pilot, Status.NOTE, f"promise moved: {promise.text} by {until:%-d %B %Y}: {command.reason}"
        )
    promises.close_questions(
        context,
        pilot,
        [
            one.text
            for one in open_promises(passing.record_of(context, pilot))
            if one.by and one.by < context.today
        ],
    )
    was = " and ".join(
        f"“{one.text}”" + (f" from {day(one.by)}" if one.by is not None else "") for one in owed
    )
    told_ = f"{context.actor.name} moved the promise {was} to {day(until)}: {command.reason}"
    news.tell_sponsor(context, pilot, told_)
    news.tell_owner(context, pilot, told_)
    open_asks = [
        one
        for one in asks.open_of_pilot(conn, workspace_id, pilot.id)
        if one.kind in ("promise", "blocker") and one.details.get("text") in texts
    ]
    sponsor = pilot.sponsor
    reads = f" {sponsor.name} reads so." if sponsor is not None and sponsor.id != context.actor.id else ""
    line = f"Moved to {day(until)}: {closed(command.reason)}{reads}"
    reply = answers.settle(context, pilot, open_asks, line)
    if not open_asks:
        look.look_now(conn, context.workspace, [pilot.id], context.now)
    return reply if reply.message is not None else told(f"{pilot.name}: {line}")
