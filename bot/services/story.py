"""The story of a pilot, for whoever asks what happened to it, and the small questions to sponsors and backups."""

from bot.domain.errors import UserError
from bot.domain.pilot import Pilot
from bot.domain.record import Status
from bot.domain.story import Story, story
from bot.domain.story import timeline as beats_of
from bot.messages import story as words
from bot.messages.text import to_type
from bot.services import answers, asking, find, seeing
from bot.services.context import Context, told
from bot.services.incoming import Reply
from storage import asks, pilots, questions
from storage.asks import Ask


def happened(context: Context, name: str) -> Reply:
    """The story of a pilot; every question is counted, also one about a pilot nobody registered."""
    try:
        pilot = find.asked_for(context, name)
    except find.Nobody as nobody:
        before = asking.of_unknown(context.conn, context.workspace.id, nobody.asked, besides=context.actor.id)
        questions.add(
            context.conn,
            context.workspace.id,
            pilot_id=None,
            asked=name,
            asker=context.actor.id,
            now=context.now,
            day=context.today,
        )
        return Reply(message=words.nobody(nobody.asked, nobody.near, askers=before))
    told_story = _story(context, pilot)
    questions.add(
        context.conn,
        context.workspace.id,
        pilot_id=pilot.id,
        asked=name,
        asker=context.actor.id,
        now=context.now,
        day=context.today,
    )
    return Reply(message=words.happened(told_story))


def timeline(context: Context, pilot_id: str) -> Reply:
    """Every dated beat of a pilot; a look into the record, not another question."""
    pilot = find.pilot(context, pilot_id)
    told_story = _story(context, pilot)
    every = beats_of(told_story.pilot, told_story.record, told_story.people)
    return Reply(message=words.timeline(pilot, every, told_story))


def _story(context: Context, pilot: Pilot) -> Story:
    seen = seeing.see(context.conn, context.workspace, context.today, [pilot.id])[0]
    return story(
        seen.pilot,
        seen.record,
        seen.picture,
        today=context.today,
        calendar=context.calendar,
        rules=context.rules,
        asked=asking.of_pilot(context.conn, context.workspace.id, pilot.id),
        rung=seen.rung,
        asker=context.actor.name,
        people=seen.people,
        names=dict(pilots.titles(context.conn, context.workspace.id)),
        currency=context.workspace.settings.currency,
    )


def tell_me(context: Context, pilot_id: str) -> Reply:
    """Notes that somebody wants to hear of the decision."""
    pilot = find.pilot(context, pilot_id)
    mine = [
        one
        for one in questions.of_pilot(context.conn, context.workspace.id, pilot.id)
        if one.asker == context.actor.id and one.told_at is None
    ]
    question_id = (
        mine[-1].id
        if mine
        else questions.add(
            context.conn,
            context.workspace.id,
            pilot_id=pilot.id,
            asked=pilot.name,
            asker=context.actor.id,
            now=context.now,
            day=context.today,
        )
    )
    questions.tell_when_decided(context.conn, context.workspace.id, question_id)
    return told(f"You will hear it when {pilot.name} is decided.")


def pulse(context: Context, ask: Ask, *, still: bool) -> Reply:
    """The sponsor's one tap."""
    pilot = find.pilot(context, ask.pilot_id)
    if ask.person_id != context.actor.id:
        raise UserError("Only the sponsor who was asked can answer that.")
    context.note(pilot, Status.NOTE, "Still worth it" if still else "No longer worth it")
    if still:
        return answers.settle(
            context, pilot, [ask], "Noted: still worth it. The owner sees that you said so."
        )
    return answers.settle(
        context,
        pilot,
        [ask],
        f"Noted: no longer worth it. Decide when you like: {to_type(f'retire {pilot.name}')}",
    )


def confirm(context: Context, ask: Ask, *, really: bool) -> Reply:
    """The backup's private answer to "is it really moving?"."""
    pilot = find.pilot(context, ask.pilot_id)
    if ask.person_id != context.actor.id:
        raise UserError("Only the person who was asked can answer that.")
    context.note(pilot, Status.NOTE, "It is really moving" if really else "It is not really moving")
    asks.answer(context.conn, context.workspace.id, ask.id, line="answered", now=context.now)
    line = (
        "Thank you. The number decides in the end; the next reading is asked for."
        if really
        else "Thank you for saying it. The sponsor sees the number, not your name."
    )
    return answers.settle(context, pilot, [ask], line)
