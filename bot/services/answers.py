"""What happens to a question once it is answered: its section changes in every message that carries it."""

from collections.abc import Sequence

from bot.domain.pilot import Pilot
from bot.messages import nudge
from bot.messages.model import Message, Press, dump, load
from bot.services import look
from bot.services.context import Context
from bot.services.incoming import Reply
from storage import asks, outbox
from storage.asks import Ask
from storage.outbox import OutboxRow

#: Questions that want an answer of their own kind; a check-in answers every other.
_OWN_KIND = frozenset({"pulse", "item", "gate", "run", "handover", "retire", "merge", "told", "wanted"})


def settle(
    context: Context,
    pilot: Pilot,
    answered: Sequence[Ask],
    line: str,
    *,
    undo: Press | None = None,
    entry: int | None = None,
) -> Reply:
    """Marks asks as answered, changes their messages in place, and looks at the pilot as it now stands.

    Returns:
        The changed message, if one of them is the message that was pressed; else an empty reply.

    """
    pressed = Reply()
    by_message: dict[str, list[Ask]] = {}
    for ask in answered:
        asks.answer(context.conn, context.workspace.id, ask.id, line=line, now=context.now)
        if entry is not None:
            asks.note(context.conn, context.workspace.id, ask, entry=str(entry))
        if ask.outbox_id is not None:
            by_message.setdefault(ask.outbox_id, []).append(ask)
    for outbox_id, group in by_message.items():
        row = outbox.get(context.conn, context.workspace.id, outbox_id)
        if row is None:
            continue
        message = load(row.content)
        for ask in group:
            own_undo = undo if ask.person_id == context.actor.id else None
            message = message.with_section(f"ask:{ask.id}", *nudge.answered(pilot.name, line, undo=own_undo))
        if show(context, row, message):
            pressed = Reply(message=message, in_place=True)
    # Last: a look drops the questions whose reason is gone, and these were answered.
    look.look_now(context.conn, context.workspace, [pilot.id], context.now)
    return pressed


def show(context: Context, row: OutboxRow, message: Message) -> bool:
    """Stores a changed message; where it was pressed the reply changes it, elsewhere an update row does.

    Returns:
        Whether it is the message that was pressed.

    """
    outbox.set_content(context.conn, context.workspace.id, row.id, dump(message))
    here = (context.incoming.place.channel, context.incoming.message_id)
    if row.message_id and (row.channel, row.message_id) == here:
        return True
    if row.state == "sent":
        outbox.add_update(context.conn, row, content=dump(message), now=context.now)
    return False


def by_check_in(context: Context, pilot: Pilot, ask_id: str = "") -> list[Ask]:
    """The open asks about a pilot that the actor's check-in answers.

    Their own, the one pressed, and those of the same episode on the same rung: either answer ends both.
    """
    open_asks = [
        ask
        for ask in asks.open_of_pilot(context.conn, context.workspace.id, pilot.id)
        if ask.kind not in _OWN_KIND
        # A word about the pilot keeps no promise: that question is answered where it stands.
        and (ask.kind != "promise" or ask.id == ask_id)
    ]
    mine = [ask for ask in open_asks if ask.person_id == context.actor.id or ask.id == ask_id]
    twins = {(ask.episode_id, ask.rung) for ask in mine if ask.episode_id is not None}
    return [ask for ask in open_asks if ask in mine or (ask.episode_id, ask.rung) in twins]


def pressed_row(context: Context) -> OutboxRow | None:
    """The outbox row of the message that was pressed or replied to."""
    place, message_id = context.incoming.place, context.incoming.message_id
    return (
        outbox.of_message(context.conn, context.workspace.id, place.channel, message_id)
        if message_id
        else None
    )
