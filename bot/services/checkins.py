"""Check-ins in all their shapes: a tap, a form, a line; readings, snoozes, "on it", "you were wrong"."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from bot.domain import commands
from bot.domain.checkin import Answer, effect, read_back, read_reply
from bot.domain.due import due_item
from bot.domain.errors import UserError
from bot.domain.findings import examine, snoozes
from bot.domain.people import Person
from bot.domain.pilot import Pilot
from bot.domain.readiness import ITEMS
from bot.domain.record import Entry, Reading, Record, Status
from bot.domain.roles import Action, May
from bot.domain.stages import Stage
from bot.messages import forms, replies, story
from bot.messages.model import Press, day
from bot.messages.text import to_type
from bot.services import answers, find, look, promises, readiness, register
from bot.services.context import Context, told
from bot.services.incoming import Reply
from storage import asks, episodes, outbox, pilots, record
from storage.asks import Ask

#: How long an answer can be taken back or corrected by a second one.
UNDO_FOR = timedelta(minutes=10)
#: What a tap said, where its word alone would read oddly.
_TAPPED = {Status.STOP: "you would stop it"}
#: A snooze at the least and at the most.
SNOOZE_MOST = 10


def check_in(context: Context, command: commands.CheckIn) -> Reply:
    """A typed or submitted check-in; without any content the form."""
    pilot = find.pilot(context, command.name)
    ask = asks.get(context.conn, context.workspace.id, command.ask) if command.ask else None
    _may_answer(context, pilot, ask)
    if commands.opens_form(command):
        return form(context, pilot, command.ask)
    last, unit = _last(context, pilot)
    answer = commands.answer_of(command, today=context.today, last=last, unit=unit)
    if command.form and answer.status is None:
        raise UserError("Pick what happened since last time.", field="status")
    if ask is None and (answer.ack or answer.false_alarm):
        mine = [one for one in answers.by_check_in(context, pilot) if one.person_id == context.actor.id]
        ask = mine[0] if mine else None
    if answer.ack:
        return (
            on_it(context, ask)
            if ask
            else told("Nothing is asked about it right now, so nothing has to wait.")
        )
    if answer.false_alarm and ask is not None:
        return wrong(context, ask, answer.text)
    # A form's holder is a person that was picked; typed words may name nobody we know, and stay words then.
    holder = find.person(context, command.holder, field="holder") if command.form and command.holder else None
    return apply(
        context, pilot, answer, holder=holder or _holder(context, answer), ask=ask, quiet=command.form
    )


def form(context: Context, pilot: Pilot, ask_id: str = "", status: str = "") -> Reply:
    """The three questions, pre-filled with what is known."""
    _, its = pilots.load(context.conn, context.workspace.id, [pilot.id])[pilot.id]
    typed = {"status": status} if status else None
    due = (
        due_item(pilot, its, context.today, context.calendar)
        if context.may(Action.CHECK_IN, pilot) is May.YES
        else None
    )
    if due is None:
        return Reply(form=forms.checkin(pilot, its, ask=ask_id, typed=typed))
    extra = forms.extra_item(due.code, ITEMS[due.code], due.why)
    return Reply(form=forms.checkin(pilot, its, ask=ask_id, typed=typed, extra=extra, item=due.code))


def tap(context: Context, ask: Ask, status: Status) -> Reply:
    """One tap: a full answer."""
    pilot = _pilot_of(context, ask)
    _may_answer(context, pilot, ask)
    return apply(context, pilot, Answer(status=status), ask=ask, tapped=True)


def said(context: Context, text: str) -> Reply:
    """A plain line: the answer to the question it stands under, or to the newest one in the direct messages."""
    row = answers.pressed_row(context) or outbox.newest_nudge(
        context.conn, context.workspace.id, context.actor.id
    )
    open_asks = asks.of_message(context.conn, context.workspace.id, row.id) if row else []
    mine = [ask for ask in open_asks if _answerable(context, ask)]
    about = list(dict.fromkeys(ask.pilot_id for ask in mine))
    if not about:
        return register.mend(context, text) or Reply(message=replies.nothing_asked())
    if len(about) > 1:
        found = pilots.get_many(context.conn, context.workspace.id, about)
        named = [one for one in found if any(name.casefold() in text.casefold() for name in one.called)]
        if len(named) != 1:
            return Reply(
                message=story.several(text, found, again=lambda pilot_id: f"checkin {pilot_id} {text}")
            )
        about = [named[0].id]
    ask = next(
        (ask for ask in mine if ask.pilot_id == about[0] and ask.kind != "item"),
        next(ask for ask in mine if ask.pilot_id == about[0]),
    )
    pilot = _pilot_of(context, ask)
    _may_answer(context, pilot, ask)
    ticked = readiness.typed(context, pilot, text)
    if ticked is not None:
        return ticked
    last, unit = _last(context, pilot)
    answer = read_reply(text, today=context.today, last=last, unit=unit)
    if answer.ack:
        return on_it(context, ask)
    if answer.false_alarm:
        return wrong(context, ask, answer.text)
    if ask.state == "answered":
        _take_back(context, pilot, ask)
    if answer.snooze_days:
        return snooze(
            context,
            commands.SnoozePilot(name=pilot.id, days=answer.snooze_days, reason=answer.text, ask=ask.id),
        )
    return apply(context, pilot, answer, holder=_holder(context, answer), ask=ask)


def _holder(context: Context, answer: Answer) -> Person | None:
    """The person a reply names as able to unblock; words that name nobody we know stay words."""
    if not answer.holder:
        return None
    try:
        return find.person(context, answer.holder)
    except UserError:
        return None


def _answerable(context: Context, ask: Ask) -> bool:
    if ask.state == "in_message":
        return True
    return (
        ask.state == "answered" and ask.answered_at is not None and context.now - ask.answered_at <= UNDO_FOR
    )


def apply(
    context: Context,
    pilot: Pilot,
    answer: Answer,
    *,
    holder: Person | None = None,
    ask: Ask | None = None,
    quiet: bool = False,
    tapped: bool = False,
) -> Reply:
    """Writes a check-in into the record and says in one line what it changed."""
    if pilot.stage in (Stage.RETIRED, Stage.MERGED):
        raise UserError(
            f"{pilot.name} has ended as {pilot.stage}, so nothing more is asked about it. "
            f"Its record: {to_type(f'show {pilot.name}')}"
        )
    if not pilot.stage.running and answer.value is None:
        raise UserError(
            f"{pilot.name} has ended as {pilot.stage}. A look-back takes a number: reading {pilot.name} VALUE"
        )
    status = effect(answer)
    if status is None or (answer.question and answer.status is None and answer.value is None):
        raise UserError(
            answer.question or "I could read no answer in that. For example: 38, moving, Danish added"
        )
    blocked = status in (Status.STUCK, Status.WAITING)
    by = answer.holder_by
    if blocked and holder is not None and by is None:
        by = context.calendar.add(context.today, promises.BLOCKER_DAYS)
    text = _with_reason(answer)
    if holder is not None and answer.holder.startswith("<@"):
        # The record is read everywhere: a mention becomes the name.
        text = text.replace(answer.holder, holder.name)
    seq = context.write(
        pilot,
        Entry(
            on=context.today,
            author=context.actor.id,
            status=status,
            value=answer.value,
            text=text,
            holder=holder,
            holder_by=by,
        ),
    )
    if blocked and holder is not None and by is not None:
        promises.of_holder(context, pilot, text, holder, by)
    elif status is Status.MOVING:
        _, its = pilots.load(context.conn, context.workspace.id, [pilot.id])[pilot.id]
        promises.cleared(context, pilot, its)
    if answer.value is not None:
        context.read(pilot, Reading(on=context.today, value=answer.value, source="check-in"), entry=seq)
        freeze_baseline(context, pilot, answer.value, "check-in")
    settled = answers.by_check_in(context, pilot, ask.id if ask else "")
    _, unit = _last(context, pilot)
    # After a tap there is nothing that could have been misread, and Undo stands beside it.
    read = f"Noted, thanks: {_TAPPED.get(status, status.value)}." if tapped else read_back(answer, unit=unit)
    line = f"{read} {_next_check_in(context, pilot)}".strip()
    if blocked and holder is not None and by is not None and holder.id != context.actor.id:
        line = f"{line} {holder.name} is asked, by {day(by)}; until then you are not."
    undo = Press("undo", {"pilot": pilot.id, "entry": str(seq)})
    reply = answers.settle(context, pilot, settled, line, undo=undo, entry=seq)
    if reply.message is not None or (quiet and settled):
        return reply
    return Reply(message=replies.checked_in(pilot, line, undo=undo, status=status, ask=ask.id if ask else ""))


def _with_reason(answer: Answer) -> str:
    """The line, with why there is no number where that was told."""
    return "; ".join(part for part in (answer.text, answer.no_number) if part)


def _next_check_in(context: Context, pilot: Pilot) -> str:
    now_pilot, its = pilots.load(context.conn, context.workspace.id, [pilot.id])[pilot.id]
    picture = examine(now_pilot, its, context.today, context.calendar, context.rules)
    return f"Next check-in {day(picture.check_in_on)}." if picture.check_in_on else ""


def freeze_baseline(context: Context, pilot: Pilot, value: Decimal, source: str) -> bool:
    """The first number of a metric without a baseline becomes it, and a relative promise becomes a target."""
    if pilot.metric is None or pilot.metric.baseline is not None:
        return False
    frozen = pilot.metric.frozen(value, context.today, source)
    pilots.save(context.conn, context.workspace.id, replace(pilot, metric=frozen))
    return True


def add_reading(context: Context, command: commands.AddReading) -> Reply:
    """A number with a date and a source, beside any check-in."""
    pilot = find.pilot(context, command.name)
    context.require(Action.CHECK_IN, pilot)
    if pilot.metric is None:
        raise UserError(
            f"{pilot.name} has no metric yet. Say what should change first: metric {pilot.name} Reduce … by …"
        )
    on = command.on or context.today
    if on > context.today:
        raise UserError(f"{day(on)} is still ahead. A reading has a date up to today.")
    entry = Entry(
        on=on, author=context.actor.id, status=Status.READING, value=command.value, text=command.source
    )
    seq = context.write(pilot, entry)
    context.read(pilot, Reading(on=on, value=command.value, source=command.source or "typed"), entry=seq)
    baseline = freeze_baseline(context, pilot, command.value, command.source)
    answers.settle(
        context, pilot, answers.by_check_in(context, pilot), "Noted, thanks: a new reading.", entry=seq
    )
    return Reply(message=replies.reading_noted(pilot, command.value, on, baseline=baseline))


def snooze(context: Context, command: commands.SnoozePilot) -> Reply:
    """Holds the ladder for some working days, twice at the most; the finding goes on.

    Raises:
        UserError: the limit is reached, or no reason is given.

    """
    pilot = find.one_that_goes_on(context, command.name)
    ask = asks.get(context.conn, context.workspace.id, command.ask) if command.ask else None
    context.require(Action.CHECK_IN, pilot)
    if not 1 <= command.days <= SNOOZE_MOST:
        raise UserError(f"A snooze lasts 1 to {SNOOZE_MOST} working days.", field="days")
    if not command.reason.strip():
        raise UserError("Say why in a few words: the sponsor can read it.", field="reason")
    _, its = pilots.load(context.conn, context.workspace.id, [pilot.id])[pilot.id]
    used = snoozes(its, context.calendar)
    left = context.rules.snooze_days - sum(one.days for one in used)
    if len(used) >= context.rules.snoozes or command.days > left:
        raise UserError(_snooze_refused(context, len(used), left), field="days")
    context.note(pilot, Status.SNOOZE, f"{command.days} working days: {command.reason}")
    until = context.calendar.add(context.today, command.days)
    line = f"Snoozed until {day(until)}: {command.reason}. The silence keeps counting; {_snoozes_left(context, len(used) + 1)}."
    reply = answers.settle(context, pilot, answers.by_check_in(context, pilot, command.ask), line)
    return reply if reply.message is not None or (ask and ask.outbox_id) else told(f"{pilot.name}: {line}")


def _snooze_refused(context: Context, used: int, left: int) -> str:
    if used >= context.rules.snoozes:
        return "Both snoozes are used up. A word ends the silence; you can also hand it over, or say you would stop it."
    return f"{left} snooze days are left of {context.rules.snooze_days}. Take fewer, hand it over, or say a word."


def _snoozes_left(context: Context, used: int) -> str:
    left = context.rules.snoozes - used
    return (
        "one more snooze is left"
        if left == 1
        else "no snooze is left"
        if left <= 0
        else f"{left} snoozes are left"
    )


def on_it(context: Context, ask: Ask) -> Reply:
    """Holds the ladder three working days, once; the clock runs on."""
    pilot = _pilot_of(context, ask)
    _may_answer(context, pilot, ask)
    _, its = pilots.load(context.conn, context.workspace.id, [pilot.id])[pilot.id]
    episode = episodes.get(context.conn, context.workspace.id, ask.episode_id) if ask.episode_id else None
    if episode is not None and any(
        entry.status is Status.ACK and entry.on >= episode.opened_on for entry in its.entries
    ):
        return told("You said so before; that holds the ladder once. A number or one line ends the silence.")
    context.note(pilot, Status.ACK, "on it")
    until = context.calendar.add(context.today, context.rules.ack_days)
    if episode is not None and episode.rung_due_on is not None:
        later = context.calendar.add(episode.rung_due_on, context.rules.ack_days)
        episodes.climb(context.conn, context.workspace.id, episode.id, rung=episode.rung, rung_due_on=later)
    return told(f"Good. The ladder waits until {day(until)}; the question stays open until there is a word.")


def wrong(context: Context, ask: Ask, because: str) -> Reply:
    """A false alarm, in the owner's words: stored, counted, and the episode ends."""
    pilot = _pilot_of(context, ask)
    _may_answer(context, pilot, ask)
    if not because.strip():
        return Reply(form=forms.wrong(pilot, ask=ask.id))
    context.note(pilot, Status.NOTE, f"You were wrong because {because}")
    if ask.episode_id is not None:
        episodes.mark_wrong(context.conn, context.workspace.id, ask.episode_id, because)
    settled = answers.by_check_in(context, pilot, ask.id)
    line = (
        "Thank you: stored as a false alarm. It counts in the monthly self-report, and the rule is looked at."
    )
    reply = answers.settle(context, pilot, settled, line)
    return reply if reply.message is not None else told(line)


def undo(context: Context, pilot_id: str, seq: int) -> Reply:
    """Takes an answer back within ten minutes.

    Raises:
        UserError: too late, or it is somebody else's.

    """
    pilot = find.pilot(context, pilot_id)
    entry = record.written(context.conn, context.workspace.id, pilot.id, seq)
    if entry is None or entry.author != context.actor.id:
        raise UserError("Only the person who answered can take it back.")
    if context.now - entry.at > UNDO_FOR:
        raise UserError("Ten minutes have passed, so it stays in the record. A new check-in corrects it.")
    record.undo_entry(context.conn, context.workspace.id, pilot.id, seq, context.now)
    look.look_now(context.conn, context.workspace, [pilot.id], context.now)
    lately = asks.answered_since(context.conn, context.workspace.id, pilot.id, entry.at)
    reopened = [ask for ask in lately if ask.details.get("entry") == str(seq)]
    reply = Reply()
    for ask in reopened:
        asks.reopen(context.conn, context.workspace.id, ask.id)
        row = outbox.get(context.conn, context.workspace.id, ask.outbox_id) if ask.outbox_id else None
        if row is not None:
            message = replies.reopened(row.content, ask.id, pilot.name)
            if answers.show(context, row, message):
                reply = Reply(message=message, in_place=True)
    return reply if reply.message is not None else told(f"Taken back. {pilot.name} waits for a word again.")


def _take_back(context: Context, pilot: Pilot, ask: Ask) -> None:
    """The newest of two quick answers counts."""
    seq = ask.details.get("entry")
    if seq is not None:
        record.undo_entry(context.conn, context.workspace.id, pilot.id, int(seq), context.now)


def _may_answer(context: Context, pilot: Pilot, ask: Ask | None) -> None:
    """Whoever was asked may answer; everybody else needs the table's leave."""
    if ask is None or ask.person_id != context.actor.id:
        context.require(Action.CHECK_IN, pilot)


def _pilot_of(context: Context, ask: Ask) -> Pilot:
    found = pilots.get_many(context.conn, context.workspace.id, [ask.pilot_id])
    if not found:
        raise UserError("That pilot is no longer in the registry.")
    return found[0]


def _last(context: Context, pilot: Pilot) -> tuple[Decimal | None, str]:
    _, its = pilots.load(context.conn, context.workspace.id, [pilot.id])[pilot.id]
    return _newest(its), pilot.metric.unit if pilot.metric else ""


def _newest(its: Record) -> Decimal | None:
    return its.readings[-1].value if its.readings else None
