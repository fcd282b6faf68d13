"""Whoever runs it after the pilot: accepts before G4, confirms before G5; then the sponsor decides that it is done."""

from dataclasses import replace

from bot.domain import commands
from bot.domain.errors import UserError
from bot.domain.gains import gains_of
from bot.domain.gates import ACCEPTS, RUNS, accepted, refusal, team
from bot.domain.pilot import End, Pilot
from bot.domain.record import Item, Status
from bot.domain.roles import Action, May
from bot.domain.stages import NEXT_GATE, Gate, Stage
from bot.messages.model import day
from bot.messages.text import to_type
from bot.services import answers, decisions, find, gaining, look, news, passing
from bot.services.context import Context, told
from bot.services.incoming import Reply
from storage import asks, gates, pilots, record
from storage.asks import Ask


def ask_runner(context: Context, pilot: Pilot, gate: Gate) -> bool:
    """Asks whoever is named to run it for their word, once for each gate; whether they are asked now."""
    runner, its = pilot.run_owner, passing.record_of(context, pilot)
    if runner is None or runner.gone(context.today):
        return False
    words, since = (RUNS, pilot.stage_since) if gate is Gate.G5 else (ACCEPTS, pilot.started)
    if accepted(its, runner, words, since):
        return False
    for ask in asks.open_of_pilot(context.conn, context.workspace.id, pilot.id):
        if ask.kind != "run":
            continue
        if ask.person_id == runner.id and ask.details.get("gate") == gate:
            return True
        # Somebody else is named now, or the next gate asks.
        asks.drop(context.conn, context.workspace.id, ask.id)
    asks.add(
        context.conn,
        context.workspace.id,
        pilot_id=pilot.id,
        kind="run",
        person_id=runner.id,
        role="run_owner",
        on=context.today,
        now=context.now,
        details={"gate": gate.value},
    )
    return True


def answer(context: Context, ask: Ask, *, agreed: bool) -> Reply:
    """The run owner's own word.

    Raises:
        UserError: somebody else pressed, or no longer runs it.

    """
    pilot, gate = find.pilot(context, ask.pilot_id), Gate(ask.details.get("gate", "G4"))
    if ask.person_id != context.actor.id or pilot.run_owner is None or pilot.run_owner.id != context.actor.id:
        raise UserError("Only the person who is named to run it can answer that.")
    if not agreed:
        no = "does not run it yet" if gate is Gate.G5 else "will not run it"
        context.note(pilot, Status.NOTE, f"{context.actor.name} {no}")
        if gate is not Gate.G5:
            pilots.save(context.conn, context.workspace.id, replace(pilot, run_owner=None))
        news.tell_owner(context, pilot, f"{context.actor.name} {no}")
        return answers.settle(context, pilot, [ask], "Noted. Whoever owns it hears so.")
    context.note(pilot, Status.NOTE, RUNS if gate is Gate.G5 else ACCEPTS)
    if gate is Gate.G4:
        _accept_budget(context, pilot)
    line = "Noted: you run it." + _forward(context, pilot, gate)
    return answers.settle(context, pilot, [ask], line)


def _accept_budget(context: Context, pilot: Pilot) -> None:
    """With the run owner's yes, item O6 is done if its budget is named."""
    its = passing.record_of(context, pilot)
    row = next((item for item in its.items if item.code == "O6"), None)
    if row is not None and row.state == "open" and row.evidence:
        evidence = f"{context.actor.name} accepted; {row.evidence}"
        item = Item(code="O6", state="done", on=context.today, by=context.actor.id, evidence=evidence)
        record.set_item(context.conn, context.workspace.id, pilot.id, item)
        context.note(pilot, Status.ITEM, f"O6 done: {evidence}")


def _forward(context: Context, pilot: Pilot, gate: Gate) -> str:
    """Puts a gate that waited for this word to the sponsor."""
    proposed = [
        one for one in gates.open_of(context.conn, context.workspace.id, pilot.id) if one.gate is gate
    ]
    if NEXT_GATE.get(pilot.stage) is not gate or not proposed:
        return ""
    missing = passing.missing(context, pilot, gate, decides=False)
    if missing:
        return f" {gate} still waits. {refusal(missing)}"
    return f" {passing.ask_sponsor(context, pilot, gate)} decides about {gate} now."


def scale(context: Context, command: commands.Scale) -> Reply:
    """Done: the target held, the lists are complete, the line runs it. The sponsor decides, an owner proposes.

    Raises:
        UserError: something is missing, with the sentence that says what.

    """
    pilot = find.pilot(context, command.name)
    granted = context.may(Action.SCALE, pilot)
    if granted is May.NO:
        context.require(Action.SCALE, pilot)
    _not_too_early(pilot)
    gaining.gained(context, pilot, command.saving, command.confirmed_by, command.switched_off)
    missing = passing.missing(context, pilot, Gate.G5, decides=granted is May.YES)
    if [one.code for one in missing] == ["confirmed"]:
        runner = pilot.run_owner
        if runner is None or not ask_runner(context, pilot, Gate.G5):
            raise UserError(f"{pilot.name} is not done. {refusal(missing)}{_all(pilot)}")
        passing.propose(context, pilot, Gate.G5, "proposed to be scaled")
        return told(
            f"{runner.name} is asked to confirm that it runs without the pilot team; then the sponsor decides."
        )
    if missing:
        raise UserError(f"{pilot.name} is not done yet. {refusal(missing)}{_all(pilot)}")
    if granted is May.PROPOSE:
        passing.propose(context, pilot, Gate.G5, "proposed to be scaled")
        who = passing.ask_sponsor(context, pilot, Gate.G5)
        return told(f"{who} decides that {pilot.name} is done; the question is on its way.")
    sentence = _end(context, pilot)
    return told(f"{pilot.name} is scaled. {sentence}{_look_back(context)}")


def _not_too_early(pilot: Pilot) -> None:
    """Scaling is the last gate's word.

    Raises:
        UserError: another gate comes first, with the way to it; or it has ended.

    """
    first = NEXT_GATE.get(pilot.stage)
    if first is not None and first is not Gate.G5:
        raise UserError(
            f"{pilot.name} is in {pilot.stage}, and only a pilot in rollout can be scaled: {first} comes first.{_all(pilot)}"
        )
    passing.must_wait_for(pilot, Gate.G5)


def _all(pilot: Pilot) -> str:
    return f" What it needs and who decides: {to_type(f'gate {pilot.name}')}"


def decided(context: Context, ask: Ask, *, agreed: bool) -> Reply:
    """The sponsor's answer to "is it done?".

    Raises:
        UserError: something is missing, or somebody else decides.

    """
    pilot = find.pilot(context, ask.pilot_id)
    context.require(Action.SCALE, pilot)
    passing.must_wait_for(pilot, Gate.G5)
    if not agreed:
        context.note(pilot, Status.GATE, "G5 sent back: not done yet")
        for one in gates.open_of(context.conn, context.workspace.id, pilot.id):
            if one.gate is Gate.G5:
                gates.decide(
                    context.conn,
                    context.workspace.id,
                    one.id,
                    "sent_back",
                    by=context.actor.id,
                    now=context.now,
                )
        news.tell_owner(context, pilot, f"{context.actor.name} says that it is not done yet")
        return answers.settle(context, pilot, [ask], f"{pilot.name} goes on as it is; its owner hears so.")
    missing = passing.missing(context, pilot, Gate.G5)
    if missing:
        raise UserError(f"{pilot.name} is not done yet. {refusal(missing)}")
    asks.answer(context.conn, context.workspace.id, ask.id, line="scaled", now=context.now)
    sentence = _end(context, pilot)
    return answers.settle(context, pilot, [ask], f"Scaled. {sentence}{_look_back(context)}")


def _look_back(context: Context) -> str:
    first = context.calendar.add(context.today, context.rules.look_backs[0])
    return f" The first look-back is on {day(first)}."


def _end(context: Context, pilot: Pilot) -> str:
    """G5 is passed: the pilot ends as scaled, and stays under look-backs; returns the sentence of its end."""
    assert pilot.run_owner is not None, "G5 wants one"
    assert pilot.run_owner.id not in team(pilot), "G5 wants the line"
    evidence = gaining.sentence(context, pilot)
    off_ = gains_of(passing.record_of(context, pilot), pilot.stage_since).switched_off
    opened = gates.propose(
        context.conn, context.workspace.id, pilot.id, Gate.G5, by=context.actor.id, now=context.now
    )
    gates.decide(
        context.conn,
        context.workspace.id,
        opened,
        "passed",
        by=context.actor.id,
        now=context.now,
        evidence=evidence,
    )
    scaled = replace(
        pilot,
        stage=Stage.SCALED,
        stage_since=context.today,
        end=End(state=Stage.SCALED, reason=evidence, switched_off=off_, acknowledged_by=context.actor.id),
    )
    pilots.save(context.conn, context.workspace.id, scaled)
    context.note(scaled, Status.GATE, f"G5 passed: {evidence}")
    context.note(scaled, Status.END, f"Scaled: {evidence}")
    context.log("gate passed", pilot.id, gate="G5")
    decisions.finish(context, scaled, f"{pilot.name} is scaled. {evidence}")
    look.look_now(context.conn, context.workspace, [pilot.id], context.now)
    return evidence
