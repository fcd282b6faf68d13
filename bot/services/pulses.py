"""A message that somebody put on a pilot's record: by the shortcut "Log as check-in", or by mentioning the bot in a channel.

It postpones the question (a pulse); a word with a number or a status ends it. Channels are not read.
"""

from collections.abc import Mapping

from bot.domain import activity
from bot.domain.checkin import effect, read_reply
from bot.domain.errors import UserError
from bot.domain.people import Person
from bot.domain.pilot import Pilot
from bot.domain.record import Activity, Counts, Status
from bot.domain.roles import Action
from bot.messages import forms
from bot.services import find, look
from bot.services.context import Context, told
from bot.services.incoming import Reply
from storage import asks, pilots, record

#: What is kept of a message.
_MOST = 2000
#: Pilots offered: as many as a menu holds in groups.
_OFFERED = 1000


def form(context: Context, args: Mapping[str, str]) -> Reply:
    """Which pilot it is about, the actor's own first, with the message's words ready to be cut."""
    mine = pilots.of_person(context.conn, context.workspace.id, context.actor.id)
    own = [one for one in mine if one.stage.running and _may(context, one)]
    rest: list[Pilot] = []
    if context.admin:
        known = {one.id for one in own}
        rest = [
            one
            for one in pilots.list_all(context.conn, context.workspace.id)
            if one.stage.running and one.id not in known
        ]
    offered = [*sorted(own, key=lambda one: one.name.casefold()), *rest][:_OFFERED]
    if not offered:
        raise UserError(
            "You own or back up no running pilot, so there is no record to log this on. Ask its owner to log it."
        )
    text = args.get("text", "").strip()
    near = [one for one in offered if any(name.casefold() in text.casefold() for name in one.called)]
    return Reply(
        form=forms.log(
            offered, text=text[:_MOST], author=args.get("author", ""), chosen=near[0].id if near else ""
        )
    )


def save(context: Context, args: Mapping[str, str], fields: Mapping[str, str]) -> Reply:
    """Takes the form.

    Raises:
        UserError: on the field it belongs to.

    """
    if not fields.get("pilot"):
        raise UserError("Pick the pilot it is about.", field="pilot")
    pilot = find.pilot(context, fields["pilot"])
    context.require(Action.CHECK_IN, pilot)
    if not pilot.stage.running:
        raise UserError(
            f"{pilot.name} has ended as {pilot.stage}; its record takes no sign of life.", field="pilot"
        )
    text = fields.get("text", "").strip()
    if not text:
        raise UserError("Leave a few words: they stand on the record.", field="text")
    author = _author(context, args.get("author", ""))
    return told(_put(context, pilot, text[:_MOST], author))


def mentioned(context: Context, text: str) -> Reply | None:
    """A mention of the bot in a channel that is about one of the actor's pilots; None: it is about none of them."""
    mine = [
        one
        for one in pilots.of_person(context.conn, context.workspace.id, context.actor.id)
        if one.stage.running and _may(context, one)
    ]
    said = text.casefold()
    named = [one for one in mine if any(name.casefold() in said for name in one.called)]
    here = [one for one in mine if context.incoming.place.channel in one.links.get("channel", "-").split("/")]
    about = named or here or mine
    if len(about) != 1 or len(text.strip()) < activity.MESSAGE_CHARACTERS:
        return None
    said_so = effect(read_reply(text, today=context.today, last=None, unit=""))
    if said_so not in (None, Status.NOTE) and _asked(context, about[0]):
        return None  # an answer to what is asked is worth more than a sign of life
    return told(_put(context, about[0], text[:_MOST], context.actor))


def _asked(context: Context, pilot: Pilot) -> bool:
    """Whether a question about it stands before the actor's eyes."""
    open_asks = asks.open_of_pilot(context.conn, context.workspace.id, pilot.id)
    return any(ask.person_id == context.actor.id and ask.state == "in_message" for ask in open_asks)


def _may(context: Context, pilot: Pilot) -> bool:
    return context.may(Action.CHECK_IN, pilot) > 0


def _author(context: Context, reference: str) -> Person:
    """Whose words they are; somebody we have not met is nobody of the team."""
    if not reference:
        return context.actor
    try:
        return find.person(context, reference)
    except UserError:
        return context.actor


def _put(context: Context, pilot: Pilot, text: str, author: Person) -> str:
    """Files it and says what it is worth."""
    team = frozenset(one.id for one in pilot.people) | {
        one.author for one in record.recent(context.conn, context.workspace.id, pilot.id, 50)
    }
    filed = activity.judged(
        Activity(
            on=context.today,
            source=context.surface,
            actor=author.id,
            kind="message",
            text=text,
            counts=Counts.NO,
        ),
        pilot,
        team,
    )
    record.append_activity(context.conn, context.workspace.id, pilot.id, filed)
    context.log("logged a message", pilot.id, author=author.id, counts=filed.counts.value)
    pilots.touch(context.conn, context.workspace.id, pilot.id, context.now)
    look.look_now(context.conn, context.workspace, [pilot.id], context.now)
    head = f"Logged on {pilot.name}, in {author.name}'s name."
    if filed.counts is Counts.PULSE:
        days = context.rules.cadence(pilot.stage, pilot.cadence) // 2
        return (
            f"{head} A sign of life: it postpones the question by up to {days} working days, twice at most; then a word is "
            f"needed: checkin {pilot.name} moving"
        )
    if len(text) < activity.MESSAGE_CHARACTERS:
        return f"{head} It is too short to count as a sign of life ({activity.MESSAGE_CHARACTERS} characters do)."
    return f"{head} It does not count as a sign of life: only the owner's, the backup's and the team's own words do."
