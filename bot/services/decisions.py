"""What sponsor and leadership decide: keep, pause, retire, merge. Each names its maker and can be undone for a day."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from bot.domain import commands
from bot.domain.clocks import pauses_of
from bot.domain.endings import proposed, retired
from bot.domain.errors import UserError
from bot.domain.people import Person
from bot.domain.pilot import Cause, End, Pilot
from bot.domain.record import Status
from bot.domain.roles import Action, May
from bot.domain.stages import Stage
from bot.messages import forms, nudge, replies
from bot.messages.model import Press, day, load
from bot.messages.text import to_type
from bot.services import answers, find, look, telling
from bot.services.context import Context, told
from bot.services.incoming import Reply
from storage import asks, audit, episodes, outbox, people, pilots, record
from storage.asks import Ask
from storage.outbox import OutboxRow
from storage.pilot_rows import from_row, to_row

#: How long a decision can be undone.
UNDO_FOR = timedelta(hours=24)
#: An owner's retirement stands after this many working days without an answer.
STANDS_AFTER = 10
#: The columns of a pilot that are days.
_DAYS = frozenset({"stage_since", "started", "decision_on"})


def keep(context: Context, pilot: Pilot, *, until: date, owner: Person) -> Reply:
    """Goes on, with a new date and a named owner.

    Raises:
        UserError: the date is not ahead, or owner and sponsor would be one person.

    """
    context.require(Action.PAUSE, pilot)
    pilot = find.one_that_goes_on(context, pilot.id)
    if until <= context.today:
        raise UserError(f"{day(until)} is not ahead. Keeping it needs a new date.", field="until")
    if pilot.sponsor is not None and owner.id == pilot.sponsor.id:
        raise UserError("Owner and sponsor are two people. Name somebody else as owner.", field="owner")
    metric = replace(pilot.metric, deadline=until) if pilot.metric else None
    kept = replace(pilot, owner=owner, metric=metric, decision_on=until)
    _remember(context, pilot)
    pilots.save(context.conn, context.workspace.id, kept)
    if pilot.owner is None or pilot.owner.id != owner.id:
        context.note(kept, Status.HANDOVER, f"{owner.name} takes over")
    seq = context.note(kept, Status.NOTE, f"Kept until {until:%-d %B %Y}, owner {owner.name}")
    line = replies.kept(until, owner, context.actor)
    return _decided(context, pilot, "keep", line, seq)


def pause(context: Context, command: commands.PausePilot) -> Reply:
    """A sanctioned rest, sixty working days at the longest, twice at the most."""
    pilot = find.pilot(context, command.name)
    context.require(Action.PAUSE, pilot)
    if not pilot.stage.running:
        raise UserError(f"{pilot.name} has ended as {pilot.stage}; there is nothing to pause.")
    if command.until <= context.today:
        raise UserError(
            f"{day(command.until)} is not ahead. A pause needs a day to resume on.", field="until"
        )
    latest = context.calendar.add(context.today, context.rules.pause_most)
    if command.until > latest:
        raise UserError(
            f"A pause lasts {context.rules.pause_most} working days at the longest: until {day(latest)}.",
            field="until",
        )
    if not command.reason.strip():
        raise UserError("Say why in a few words; everybody who asks will read it.", field="reason")
    _, its = pilots.load(context.conn, context.workspace.id, [pilot.id])[pilot.id]
    if sum(entry.status is Status.PAUSE for entry in its.entries) >= context.rules.pauses:
        raise UserError(
            f"{pilot.name} was paused twice already. Decide: keep it with a new date, or retire it."
        )
    seq = context.note(pilot, Status.PAUSE, f"Paused until {command.until:%-d %B %Y}: {command.reason}")
    line = replies.paused(command.until, command.reason, context.actor)
    return _decided(context, pilot, "pause", line, seq)


def resume(context: Context, name: str) -> Reply:
    """Ends a pause today; the clocks start again."""
    pilot = find.pilot(context, name)
    context.require(Action.PAUSE, pilot)
    _, its = pilots.load(context.conn, context.workspace.id, [pilot.id])[pilot.id]
    resting = pauses_of(its.entries, context.calendar, context.rules)
    if not any(one.start <= context.today < one.end for one in resting):
        raise UserError(f"{pilot.name} is not paused, so there is nothing to resume.")
    context.note(pilot, Status.RESUME, "Resumed")
    look.look_now(context.conn, context.workspace, [pilot.id], context.now)
    return told(f"{pilot.name} goes on. Its clocks start again today.")


def retire(context: Context, command: commands.Retire) -> Reply:
    """Stopped on purpose. Sponsor, leader and admin decide; an owner proposes and the sponsor acknowledges."""
    pilot = find.pilot(context, command.name)
    if pilot.stage in (Stage.RETIRED, Stage.MERGED):
        raise UserError(f"{pilot.name} has ended already: {pilot.stage}.")
    granted = context.may(Action.RETIRE, pilot)
    if granted is May.NO:
        context.require(Action.RETIRE, pilot)
    if commands.opens_form(command):
        typed = {"learning": command.learning} if command.learning else None
        return Reply(form=forms.retire(pilot, ask=command.ask, typed=typed))
    if command.cause not in set(Cause):
        raise UserError("Pick the cause that fits best.", field="cause")
    if granted is May.PROPOSE:
        return _propose(context, pilot, command)
    seq = end(context, pilot, _end(command, acknowledged_by=context.actor))
    line = replies.retired(command.learning, context.actor)
    return _decided(context, pilot, "retire", line, seq)


def _end(command: commands.Retire, *, acknowledged_by: Person | None) -> End:
    return retired(
        command.learning,
        Cause(command.cause),
        retry_when=command.retry_when,
        reuse=command.reuse,
        switched_off=command.switched_off,
        acknowledged_by=acknowledged_by.id if acknowledged_by else None,
    )


def end(context: Context, pilot: Pilot, how: End) -> int:
    """Writes the end of a pilot; its questions stop, and whoever wanted to know is told."""
    _remember(context, pilot)
    ended = replace(pilot, stage=Stage.RETIRED, stage_since=context.today, end=how)
    pilots.save(context.conn, context.workspace.id, ended)
    seq = context.note(ended, Status.END, f"Retired: {how.reason}")
    finish(context, ended, replies.retired(how.learning, context.actor))
    return seq


def finish(context: Context, pilot: Pilot, news: str) -> None:
    """Closes what was open about an ended pilot and tells those who asked to be told."""
    for episode in episodes.open_of(context.conn, context.workspace.id, [pilot.id]):
        episodes.close(
            context.conn,
            context.workspace.id,
            episode.id,
            on=context.today,
            by=f"ended by {context.actor.id}",
        )
    for ask in asks.open_of_pilot(context.conn, context.workspace.id, pilot.id):
        if ask.state == "waiting":
            asks.drop(context.conn, context.workspace.id, ask.id)
    _tell(context, pilot, news)


def _tell(context: Context, pilot: Pilot, news: str) -> None:
    telling.tell(context.conn, context.workspace, pilot, news, context.now, decided_by=context.actor.id)


def _propose(context: Context, pilot: Pilot, command: commands.Retire) -> Reply:
    """An owner's retirement goes to the sponsor; without an answer it stands after ten working days."""
    context.note(pilot, Status.STOP, f"Proposes to retire it: {command.learning}")
    if pilot.sponsor is None or pilot.sponsor.gone(context.today):
        end(context, pilot, _end(command, acknowledged_by=None))
        return told(
            f"{pilot.name} is retired with learning. There is no sponsor to acknowledge it, and the record says so."
        )
    stands_on = context.calendar.add(context.today, STANDS_AFTER)
    asks.add(
        context.conn,
        context.workspace.id,
        pilot_id=pilot.id,
        kind="retire",
        person_id=pilot.sponsor.id,
        role="sponsor",
        on=context.today,
        now=context.now,
        details={
            "by": context.actor.name,
            "cause": command.cause,
            "learning": command.learning,
            "retry_when": command.retry_when,
            "reuse": command.reuse,
            "switched_off": command.switched_off,
            "stands_on": stands_on.isoformat(),
        },
    )
    line = f"Noted: you would retire it. {pilot.sponsor.name} is asked; without an answer it stands on {day(stands_on)}."
    reply = answers.settle(context, pilot, answers.by_check_in(context, pilot, command.ask), line)
    return reply if reply.message is not None else told(f"{pilot.name}: {line}")


def acknowledge(context: Context, ask: Ask, *, agreed: bool) -> Reply:
    """The sponsor's answer to an owner's retirement."""
    pilot = find.pilot(context, ask.pilot_id)
    if ask.person_id != context.actor.id:
        context.require(Action.RETIRE, pilot)
    if not agreed:
        context.note(pilot, Status.NOTE, "Does not agree to retire it")
        line = f"{context.actor.name} does not agree to retire it. Next: agree on a date, or hand it over."
        return answers.settle(context, pilot, [ask], line)
    seq = end(context, pilot, proposed(ask.details, acknowledged_by=context.actor.id))
    undo = Press("undo_decision", {"pilot": pilot.id, "entry": str(seq)})
    return answers.settle(
        context, pilot, [ask], f"Retired with learning, acknowledged by {context.actor.name}.", undo=undo
    )


def merge(context: Context, command: commands.Merge) -> Reply:
    """Goes on inside another pilot, once that pilot's owner accepts."""
    pilot, target = find.pilot(context, command.name), find.pilot(context, command.into)
    if pilot.id == target.id:
        raise UserError("A pilot cannot be merged into itself. Name two pilots: merge NAME into NAME")
    if not target.stage.running and target.stage is not Stage.SCALED:
        raise UserError(f"{target.name} has ended as {target.stage}. Name a pilot that goes on.")
    if context.may(Action.MERGE, pilot) is May.NO:
        context.require(Action.MERGE, pilot)
    if target.owner is not None and target.owner.id == context.actor.id:
        return merged(context, pilot, target)
    if target.owner is None or target.owner.gone(context.today):
        raise UserError(
            f"{target.name} has no owner who could accept it. Give it an owner first: handover {target.name} @person"
        )
    asks.add(
        context.conn,
        context.workspace.id,
        pilot_id=pilot.id,
        kind="merge",
        person_id=target.owner.id,
        role="owner",
        on=context.today,
        now=context.now,
        details={"into": target.id, "into_name": target.name, "by": context.actor.name},
    )
    return told(
        f"{target.owner.name} is asked to take {pilot.name} into {target.name}. Until then nothing changes."
    )


def accept_merge(context: Context, ask: Ask, *, agreed: bool) -> Reply:
    """The target's owner answers."""
    pilot, target = find.pilot(context, ask.pilot_id), find.pilot(context, ask.details["into"])
    if ask.person_id != context.actor.id:
        raise UserError(f"Only the owner of {target.name} can accept that.")
    if not agreed:
        return answers.settle(context, pilot, [ask], f"Not taken into {target.name}. It goes on by itself.")
    if pilot.stage is not Stage.MERGED:
        merged(context, pilot, target)
    return answers.settle(
        context, pilot, [ask], f"It goes on in {target.name}. Accepted by {context.actor.name}."
    )


def merged(context: Context, pilot: Pilot, target: Pilot) -> Reply:
    """Writes the merger; both are found by their names."""
    ended = replace(
        pilot,
        stage=Stage.MERGED,
        stage_since=context.today,
        end=End(state=Stage.MERGED, reason=f"goes on inside {target.name}", merged_into=target.id),
    )
    pilots.save(context.conn, context.workspace.id, ended)
    context.note(ended, Status.END, f"Merged into {target.name}")
    finish(context, ended, replies.merged(target, context.actor))
    return told(f"{pilot.name} is merged into {target.name}. It is still found by its name.")


def _decided(context: Context, pilot: Pilot, what: str, line: str, seq: int) -> Reply:
    """Shows a decision wherever the question stood: in the sponsor's message, in the digest."""
    context.log(f"decided: {what}", pilot.id, line=line)
    _tell(context, pilot, line)
    for ask in asks.open_of_pilot(context.conn, context.workspace.id, pilot.id):
        if ask.kind == "wanted" and ask.state == "waiting":  # what somebody asked for is done
            asks.drop(context.conn, context.workspace.id, ask.id)
    open_asks = [
        ask
        for ask in asks.open_of_pilot(context.conn, context.workspace.id, pilot.id)
        if ask.state == "in_message"
    ]
    undo = Press("undo_decision", {"pilot": pilot.id, "entry": str(seq)})
    reply = answers.settle(context, pilot, open_asks, line, undo=undo)
    for row in _digests(context, pilot):
        message = load(row.content).with_section(
            f"decide:{pilot.id}", *nudge.answered(pilot.name, line, undo=undo)
        )
        if answers.show(context, row, message):
            reply = Reply(message=message, in_place=True)
    return reply if reply.message is not None else Reply(message=replies.decided(pilot, line, undo=undo))


def undo_decision(context: Context, pilot_id: str, seq: int) -> Reply:
    """Takes a decision back within a day: whoever made it, or the admin."""
    pilot = find.pilot(context, pilot_id)
    entry = record.written(context.conn, context.workspace.id, pilot.id, seq)
    if entry is None or (entry.author != context.actor.id and not context.admin):
        raise UserError("Only the person who decided, or the admin, can undo it.")
    if context.now - entry.at > UNDO_FOR:
        raise UserError("A day has passed, so the decision stands. Decide anew: keep, pause or retire.")
    before = _remembered(context, pilot, entry.at)
    if before is not None:
        pilots.save(context.conn, context.workspace.id, before)
    record.undo_entry(context.conn, context.workspace.id, pilot.id, seq, context.now)
    pilots.touch(context.conn, context.workspace.id, pilot.id, context.now)
    context.log("decision undone", pilot.id)
    telling.take_back(context.conn, context.workspace, pilot, entry.at, context.actor.name, context.now)
    look.look_now(context.conn, context.workspace, [pilot.id], context.now)
    line = f"Undone by {context.actor.name}. The question is open again: {to_type(f'show {pilot.name}')}"
    reply = Reply()
    for row in _digests(context, pilot):
        message = load(row.content).with_section(
            f"decide:{pilot.id}", *nudge.answered(pilot.name, line, undo=None)
        )
        if answers.show(context, row, message):
            reply = Reply(message=message, in_place=True)
    return reply if reply.message is not None else told(f"{pilot.name}: {line}")


def tell_them(context: Context, pilot_id: str, what: str) -> Reply:
    """Tells those who may decide that somebody asks for it: the sponsor, or where there is none the leaders.

    It rides in their next message and stands on no record: asking is no word about the pilot.
    """
    pilot = find.pilot(context, pilot_id)
    sponsor = pilot.sponsor
    if sponsor is not None and not sponsor.gone(context.today):
        to, role = [sponsor], "sponsor"
    else:
        leaders = people.leaders(context.conn, context.workspace.id)
        to, role = leaders or people.admins(context.conn, context.workspace.id), "leader"
    to = [one for one in to if one.id != context.actor.id]
    if not to:
        raise UserError(
            f"Nobody is named who could decide. Ask the admin to name a sponsor: {to_type('edit')}"
        )
    waiting = asks.open_of_pilot(context.conn, context.workspace.id, pilot.id)
    for one in to:
        if any(
            ask.kind == "wanted" and ask.person_id == one.id and ask.details.get("by_id") == context.actor.id
            for ask in waiting
        ):
            continue
        asks.add(
            context.conn,
            context.workspace.id,
            pilot_id=pilot.id,
            kind="wanted",
            person_id=one.id,
            role=role,
            on=context.today,
            now=context.now,
            details={"by": context.actor.name, "by_id": context.actor.id, "what": what},
        )
    context.log("asked for a decision", pilot.id, action=what)
    return told(replies.passed_on(to, pilot))


def _digests(context: Context, pilot: Pilot) -> list[OutboxRow]:
    """The digests of the last two weeks that ask for a decision about a pilot."""
    rows = outbox.digests_since(context.conn, context.workspace.id, context.now - timedelta(days=14))
    return [row for row in rows if f'"decide:{pilot.id}"' in row.content]


def _remember(context: Context, pilot: Pilot) -> None:
    """Keeps a pilot as it stood, for the day in which a decision can be undone."""
    before = {
        key: value for key, value in to_row(pilot).items() if key not in ("cost_to_date", "cost_per_week")
    }
    context.stood.update(
        {key: value.isoformat() if isinstance(value, date) else value for key, value in before.items()}
    )


def _remembered(context: Context, pilot: Pilot, at: datetime) -> Pilot | None:
    """The pilot as it stood before the decision of a moment."""
    for row in audit.of_subject(context.conn, context.workspace.id, pilot.id, n=20):
        # In records of earlier versions it stands in a row of its own.
        stood = row.details if row.what == "before a decision" else row.details.get("stood")
        if stood and row.at == at:
            days = {key: date.fromisoformat(value) for key, value in stood.items() if key in _DAYS and value}
            stored = {
                **stood,
                **days,
                "cost_to_date": pilot.cost_to_date,
                "cost_per_week": pilot.cost_per_week,
            }
            return from_row(stored, people.all_of(context.conn, context.workspace.id))
    return None
