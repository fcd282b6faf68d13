"""What was promised at a gate, or by whoever can clear a blocker: made, kept, lapsed."""

from collections.abc import Mapping, Sequence
from datetime import date

from bot.domain.due import of_blocker, open_promises
from bot.domain.errors import UserError
from bot.domain.people import Person
from bot.domain.pilot import Pilot
from bot.domain.record import Promise, Record, Status
from bot.domain.roles import Action
from bot.domain.stages import Gate
from bot.messages import forms
from bot.messages.figures import upper_first
from bot.services import answers, find, news, owed
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
    """Closes what was promised at a gate; where it was a field of G2, a form asks for that first.

    Raises:
        UserError: nothing is owed.

    """
    pilot = find.pilot(context, name)
    mine = _owed(context, pilot)
    wanted = owed.wanted(pilot, mine)
    return Reply(form=forms.kept(pilot, wanted)) if wanted else _closed(context, pilot, mine)


def pressed(context: Context, ask: Ask) -> Reply:
    """[Kept], by whoever was asked about it."""
    pilot = find.pilot(context, ask.pilot_id)
    meant = _asked_about(context, pilot, ask)
    if not meant:
        context.log("answered", pilot.id, ask=ask.kind)
        return answers.settle(context, pilot, [ask], "This was kept already.")
    wanted = owed.wanted(pilot, meant)
    return Reply(form=forms.kept(pilot, wanted, ask=ask.id)) if wanted else _close(context, pilot, meant)


def brought(context: Context, name: str, ask: Ask | None, fields: Mapping[str, str]) -> Reply:
    """What the form behind [Kept] brings: it goes where a gate looks for it, and what it keeps is closed.

    Raises:
        UserError: nothing is owed any more, or nothing was filled in.

    """
    pilot = find.pilot(context, ask.pilot_id if ask is not None else name)
    mine = _asked_about(context, pilot, ask) if ask is not None else _owed(context, pilot)
    if not mine:
        raise UserError(f"{pilot.name} owes that no more: it was kept already.")
    asked = owed.wanted(pilot, mine)
    filled = owed.fill(context, pilot, fields, asked)
    still = owed.kept_by(owed.empty(filled), mine)
    return _closed(context, filled, [one for one in mine if one not in still])


def shown(context: Context, pilot: Pilot, field: str) -> str:
    """A field that was promised is filled in by itself: the sentence that says so, empty where nobody had promised it."""
    meant = owed.kept_by([field], open_promises(_record(context, pilot)))
    if not meant or field in owed.empty(pilot):
        return ""
    _close(context, pilot, meant)
    return upper_first(_line(meant))


def _owed(context: Context, pilot: Pilot) -> list[Promise]:
    """What the actor can say is kept: what was promised at a gate, else their own word about a blocker."""
    its = _record(context, pilot)
    still = open_promises(its)
    mine = [one for one in still if one.holder is not None and one.holder.id == context.actor.id]
    if not mine:
        context.require(Action.PASS, pilot)
    found = [one for one in still if not of_blocker(one, its)] or mine
    if not found:
        raise UserError(f"{pilot.name} owes nothing: no promise is open.")
    return found


def _asked_about(context: Context, pilot: Pilot, ask: Ask) -> list[Promise]:
    if ask.person_id != context.actor.id:
        context.require(Action.PASS, pilot)
    return [one for one in open_promises(_record(context, pilot)) if one.text == ask.details.get("text")]


def _closed(context: Context, pilot: Pilot, meant: Sequence[Promise]) -> Reply:
    reply = _close(context, pilot, meant)
    return reply if reply.message is not None else told(f"{pilot.name}: {_line(meant)}")


def _record(context: Context, pilot: Pilot) -> Record:
    return pilots.load(context.conn, context.workspace.id, [pilot.id])[pilot.id][1]


def _line(meant: Sequence[Promise]) -> str:
    return f"promise{'s' if len(meant) > 1 else ''} kept: {'; '.join(one.text for one in meant)}. Thank you."


def _close(context: Context, pilot: Pilot, meant: Sequence[Promise]) -> Reply:
    """Writes promises off, closes the gate question that their lapse reopened, and answers who was asked."""
    conn, workspace_id = context.conn, context.workspace.id
    its = _record(context, pilot)
    for promise in meant:
        record.keep_promise(conn, workspace_id, pilot.id, on=context.today, text=promise.text)
        context.note(pilot, Status.NOTE, f"promise kept: {promise.text}")
    close_questions(context, pilot, [one.text for one in open_promises(its) if one not in meant])
    texts = {one.text for one in meant}
    if owed.CALLED["data_owner"] in texts:
        owed.agreed(context, pilot)
    open_asks = [
        ask
        for ask in asks.open_of_pilot(conn, workspace_id, pilot.id)
        if ask.kind in ("promise", "blocker") and ask.details.get("text") in texts
    ]
    return answers.settle(context, pilot, open_asks, upper_first(_line(meant)))


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
