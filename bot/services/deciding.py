"""The decision of a gate that was put to somebody: passed, passed with promises, or sent back."""

from collections.abc import Sequence
from datetime import date

from bot.domain.errors import UserError
from bot.domain.gates import PROMISES, refusal
from bot.domain.pilot import Pilot
from bot.domain.record import Status
from bot.domain.stages import Gate
from bot.messages import forms
from bot.services import answers, find, look, news, passing
from bot.services.context import Context
from bot.services.incoming import Reply
from storage import asks, gates
from storage.asks import Ask


def form(context: Context, ask: Ask) -> Reply:
    """The form of a decision, for whoever may take it."""
    pilot, gate = _asked(context, ask)
    return Reply(form=forms.decide(pilot, gate=gate, ask=ask.id))


def decide(
    context: Context,
    ask: Ask,
    *,
    back: bool = False,
    reason: str = "",
    promised: Sequence[tuple[str, date]] | None = None,
) -> Reply:
    """Takes the decision; None for promises means that the button was pressed and no form was seen.

    Raises:
        UserError: something is missing, with the sentence that says what; or the actor may not decide.

    """
    pilot, gate = _asked(context, ask)
    if back:
        return _send_back(context, pilot, gate, ask, reason)
    if promised is not None and len(promised) > PROMISES:
        raise UserError(f"A gate is passed with {PROMISES} promises at the most.")
    missing = passing.missing(context, pilot, gate, reason=reason)
    if [one.code for one in missing] == ["half"]:
        if promised is None:
            errors = {"reason": f"{missing[0].says}."}
            return Reply(form=forms.decide(pilot, gate=gate, ask=ask.id, errors=errors))
        raise UserError(f"{missing[0].says}.", field="reason")
    if missing:
        raise UserError(f"{gate} of {pilot.name} is not passed. {refusal(missing)}")
    evidence = f"decided by {context.actor.name}" + (f", {reason}" if reason else "")
    holder = pilot.owner or context.actor
    passing.passed(context, pilot, gate, evidence, promised or (), holder)
    line = f"{gate} is passed: {pilot.name} goes on to its next stage. Decided by {context.actor.name}."
    if promised:
        line += (
            f" {holder.name} owes {len(promised)} promise{'s' if len(promised) > 1 else ''} by their dates."
        )
    news.tell_owner(
        context, pilot, f"{context.actor.name} passed {gate}{' with promises' if promised else ''}"
    )
    return answers.settle(context, pilot, _of_gate(context, pilot, gate, ask), line)


def _asked(context: Context, ask: Ask) -> tuple[Pilot, Gate]:
    pilot, gate = find.pilot(context, ask.pilot_id), Gate(ask.details.get("gate", "G1"))
    passing.must_wait_for(pilot, gate)
    if not passing.may_pass(context, pilot):
        raise UserError(
            f"{gate} of {pilot.name} is not yours to pass. See who decides with: gate {pilot.name}"
        )
    return pilot, gate


def _of_gate(context: Context, pilot: Pilot, gate: Gate, ask: Ask) -> list[Ask]:
    others = [
        one
        for one in asks.open_of_pilot(context.conn, context.workspace.id, pilot.id)
        if one.kind == "gate" and one.details.get("gate") == gate and one.id != ask.id
    ]
    return [ask, *others]


def _send_back(context: Context, pilot: Pilot, gate: Gate, ask: Ask, reason: str) -> Reply:
    if not reason:
        raise UserError("Why does it go back? One sentence is enough.", field="reason")
    opened = gates.propose(
        context.conn, context.workspace.id, pilot.id, gate, by=context.actor.id, now=context.now
    )
    gates.decide(
        context.conn,
        context.workspace.id,
        opened,
        "sent_back",
        by=context.actor.id,
        now=context.now,
        evidence=reason,
    )
    context.note(pilot, Status.GATE, f"{gate} sent back: {reason}")
    context.log("gate sent back", pilot.id, gate=gate.value)
    news.tell_owner(context, pilot, f"{context.actor.name} sent {gate} back: {reason}")
    look.look_now(context.conn, context.workspace, [pilot.id], context.now)
    line = f"{gate} is sent back: {reason}. It stays in {pilot.stage}; {pilot.owner.name if pilot.owner else 'the team'} hears why."
    return answers.settle(context, pilot, _of_gate(context, pilot, gate, ask), line)
