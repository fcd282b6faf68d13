"""What was promised at a gate, or by whoever can clear a blocker: made, kept, lapsed."""

from collections.abc import Sequence
from datetime import date

from bot.domain.due import of_blocker, open_promises
from bot.domain.errors import UserError
from bot.domain.people import Person
from bot.domain.pilot import Pilot
from bot.domain.record import Promise, Record, Status
from bot.domain.roles import Action
from bot.domain.stages import Gate
from bot.services import answers, find, news
from bot.services.context import Context, told
from bot.services.incoming import Reply
from storage import asks, gates, pilots, record
from storage.asks import Ask

#: A blocker whose holder was named without a day is due after so many working days.
BLOCKER_DAYS = 5


def make(context: Context, pilot: Pilot, what: str, by: date, holder: Person) -> None:
    """Notes one promise; the gate's own entry says it in the record."""
    promise = Promise(text=what, by=by, made_on=context.today, holder=holder)
    record.add_promise(context.conn, context.workspace.id, pilot.id, promise)


def in_words(promises: Sequence[tuple[str, date]]) -> str:
    """How a gate's entry says them, so that an import reads them back: ``, promises: X by 5 March 2027; …``."""
    if not promises:
        return ""
    # A semicolon parts promises, so inside one it becomes a comma.
    told = "; ".join(f"{what.replace(';', ',')} by {by:%-d %B %Y}" for what, by in promises)
    return f", promise{'s' if len(promises) > 1 else ''}: {told}"


def kept(context: Context, name: str) -> Reply:
    """Closes what was promised at a gate.

    Raises:
        UserError: nothing is owed.

    """
    pilot = find.pilot(context, name)
    its = _record(context, pilot)
    mine = [one for one in open_promises(its) if one.holder is not None and one.holder.id == context.actor.id]
    if not mine:
        context.require(Action.PASS, pilot)
    owed = [one for one in open_promises(its) if not of_blocker(one, its)] or mine
    if not owed:
        raise UserError(f"{pilot.name} owes nothing: no promise is open.")
    reply = _close(context, pilot, owed)
    return reply if reply.message is not None else told(f"{pilot.name}: {_line(owed)}")


def pressed(context: Context, ask: Ask) -> Reply:
    """[Kept], by whoever was asked about it."""
    pilot = find.pilot(context, ask.pilot_id)
    if ask.person_id != context.actor.id:
        context.require(Action.PASS, pilot)
    its = _record(context, pilot)
    owed = [one for one in open_promises(its) if one.text == ask.details.get("text")]
    if not owed:
        context.log("answered", pilot.id, ask=ask.kind)
        return answers.settle(context, pilot, [ask], "This was kept already.")
    return _close(context, pilot, owed)


def _record(context: Context, pilot: Pilot) -> Record:
    return pilots.load(context.conn, context.workspace.id, [pilot.id])[pilot.id][1]


def _line(owed: Sequence[Promise]) -> str:
    return f"promise{'s' if len(owed) > 1 else ''} kept: {'; '.join(one.text for one in owed)}. Thank you."


def _close(context: Context, pilot: Pilot, owed: Sequence[Promise]) -> Reply:
    """Writes promises off, closes the gate question that their lapse reopened, and answers who was asked."""
    conn, workspace_id = context.conn, context.workspace.id
    its = _record(context, pilot)
    for promise in owed:
        record.keep_promise(conn, workspace_id, pilot.id, on=context.today, text=promise.text)
        context.note(pilot, Status.NOTE, f"promise kept: {promise.text}")
    close_questions(context, pilot, [one.text for one in open_promises(its) if one not in owed])
    texts = {one.text for one in owed}
    open_asks = [
        ask
        for ask in asks.open_of_pilot(conn, workspace_id, pilot.id)
        if ask.kind in ("promise", "blocker") and ask.details.get("text") in texts
    ]
    said = _line(owed)
    return answers.settle(context, pilot, open_asks, said[:1].upper() + said[1:])


def close_questions(context: Context, pilot: Pilot, still: Sequence[str]) -> None:
    """Closes the gate questions that a lapse reopened, unless one of these promises still holds them open."""
    conn, workspace_id = context.conn, context.workspace.id
    for decision in gates.open_of(conn, workspace_id, pilot.id):
        if _lapsed_gate(decision.evidence) and not any(text in decision.evidence for text in still):
            gates.decide(conn, workspace_id, decision.id, "passed", by=context.actor.id, now=context.now)
            context.log("gate question closed", pilot.id, gate=decision.gate.value)


def _lapsed_gate(evidence: str) -> bool:
    return "promise" in evidence


def reopened_gate(context: Context, pilot: Pilot) -> Gate | None:
    """The gate whose question is open again because a promise lapsed; None: there is none."""
    waiting = gates.open_of(context.conn, context.workspace.id, pilot.id)
    return next((one.gate for one in waiting if _lapsed_gate(one.evidence)), None)


def of_holder(context: Context, pilot: Pilot, text: str, holder: Person, by: date) -> None:
    """Somebody was named who can clear a blocker: it is their promise now, and they are asked."""
    if holder.id == context.actor.id:
        return
    make(context, pilot, text, by, holder)
    conn, workspace_id = context.conn, context.workspace.id
    # The newest naming counts: who was asked about this before is asked anew, with the new day.
    for ask in asks.open_of_pilot(conn, workspace_id, pilot.id):
        if ask.kind == "blocker":
            asks.drop(conn, workspace_id, ask.id)
    if holder.gone(context.today):
        return
    asks.add(
        conn,
        workspace_id,
        pilot_id=pilot.id,
        kind="blocker",
        person_id=holder.id,
        role="holder",
        on=context.today,
        now=context.now,
        details={"by": context.actor.name, "until": by.isoformat(), "text": text},
    )


def cleared(context: Context, pilot: Pilot, its: Record) -> None:
    """It moves again: nobody owes the clearing of a blocker any more, and whoever was asked hears so."""
    conn, workspace_id = context.conn, context.workspace.id
    texts = {one.text for one in its.promises if one.kept_on is None and of_blocker(one, its)}
    for text in texts:
        record.keep_promise(conn, workspace_id, pilot.id, on=context.today, text=text)
    open_asks = [
        ask
        for ask in asks.open_of_pilot(conn, workspace_id, pilot.id)
        if ask.person_id != context.actor.id
        and (ask.kind == "blocker" or (ask.kind == "promise" and ask.details.get("text") in texts))
    ]
    if open_asks:
        answers.settle(context, pilot, open_asks, f"It moves again, {context.actor.name} says. Thank you.")


def not_mine(context: Context, ask: Ask, words: str) -> Reply:
    """Whoever was named cannot clear it: their promise ends, and the owner's line goes on."""
    pilot = find.pilot(context, ask.pilot_id)
    its = _record(context, pilot)
    for promise in its.promises:
        if (
            promise.kept_on is None
            and of_blocker(promise, its)
            and promise.holder is not None
            and promise.holder.id == ask.person_id
        ):
            record.keep_promise(
                context.conn, context.workspace.id, pilot.id, on=context.today, text=promise.text
            )
    context.note(pilot, Status.NOTE, words)
    news.tell_owner(context, pilot, f"{context.actor.name} cannot clear it; who else can?")
    return answers.settle(context, pilot, [ask], "Noted: not you. The owner is asked who else can clear it.")
