"""The three checklists: ticking an item, seeing what is open, keeping a promise."""

from bot.domain import commands
from bot.domain.errors import UserError
from bot.domain.readiness import ITEMS
from bot.domain.record import Item, Status
from bot.domain.roles import Action
from bot.messages import pilot_card
from bot.services import find, look
from bot.services.context import Context, told
from bot.services.incoming import Reply
from storage import pilots, record

_STATES = {"done": "done", "open": "open again", "na": "not applicable"}


def set_item(context: Context, command: commands.SetItem) -> Reply:
    """Ticks an item, opens it again, or sets it aside with a reason.

    Raises:
        UserError: no such item, or a reason is missing.

    """
    pilot = find.pilot(context, command.name)
    context.require(Action.CHECK_IN, pilot)
    code = command.code.upper()
    if code not in ITEMS:
        raise UserError(
            f"There is no item {code}. The items are I1–I8, D1–D7 and O1–O8: see them with: ready {pilot.name}"
        )
    if command.state == "na" and not command.note.strip():
        raise UserError(
            f"Why does {code} not apply? For example: item {pilot.name} {code} na no personal data"
        )
    record.set_item(
        context.conn,
        context.workspace.id,
        pilot.id,
        Item(code=code, state=command.state, on=context.today, by=context.actor.id, evidence=command.note),
    )
    text = f"{code} {_STATES[command.state]}" + (f": {command.note}" if command.note else "")
    context.note(pilot, Status.ITEM, text)
    look.look_now(context.conn, context.workspace, [pilot.id], context.now)
    return told(f"{pilot.name}: {code} ({ITEMS[code]}) is {_STATES[command.state]}.")


def ready(context: Context, name: str) -> Reply:
    """Every item with its state, and the weakest of the three lists."""
    pilot = find.pilot(context, name)
    _, its = pilots.load(context.conn, context.workspace.id, [pilot.id])[pilot.id]
    return Reply(message=pilot_card.checklist(pilot, its))


def promise_kept(context: Context, name: str) -> Reply:
    """Closes what was promised."""
    pilot = find.pilot(context, name)
    context.require(Action.PASS, pilot)
    kept = record.keep_promise(context.conn, context.workspace.id, pilot.id, on=context.today)
    if not kept:
        raise UserError(f"{pilot.name} owes nothing: no promise is open.")
    context.note(pilot, Status.NOTE, "promise kept")
    return told(f"{pilot.name}: promise kept. Thank you.")
