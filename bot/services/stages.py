"""Gates: each decided by a named person. Stages never move by themselves."""

from dataclasses import replace

from bot.domain.errors import UserError
from bot.domain.pilot import End, Pilot
from bot.domain.record import Status
from bot.domain.roles import Action, May
from bot.domain.stages import NEXT_GATE, OPENS, Gate, Stage
from bot.messages import pilot_card
from bot.messages.model import day
from bot.services import answers, decisions, find, look
from bot.services.context import Context, told
from bot.services.incoming import Reply
from storage import asks, gates, pilots
from storage.asks import Ask


def back(context: Context, ask: Ask, *, agreed: bool) -> Reply:
    """The sponsor's tap: [I back this] is G1, [Not me] asks the owner for another sponsor."""
    pilot = find.pilot(context, ask.pilot_id)
    if ask.person_id != context.actor.id:
        context.require(Action.BACK, pilot)
    if not agreed:
        pilots.save(context.conn, context.workspace.id, replace(pilot, sponsor=None))
        context.note(pilot, Status.NOTE, f"{context.actor.name} is not the sponsor")
        return answers.settle(context, pilot, [ask], "Noted: not you. The owner is asked for another sponsor.")
    passed(context, pilot, Gate.G1, f"metric agreed, backed by {context.actor.name}")
    metric = pilot.metric
    by = f" by {day(metric.deadline)}" if metric and metric.deadline else ""
    line = f"Backed: {pilot.name} is framed. Next: the baseline, within 15 working days. Target{by}. We stop as agreed: {pilot.kill_line}."
    return answers.settle(context, pilot, [ask], line)


def passed(context: Context, pilot: Pilot, gate: Gate, evidence: str) -> None:
    """Moves a pilot through a gate, on the record, with who decided and why.

    Raises:
        UserError: the gate is not the one that its stage waits for.
    """
    waits_for = NEXT_GATE.get(pilot.stage)
    if waits_for is not gate:
        raise UserError(f"{pilot.name} is in {pilot.stage}" + (f" and waits for {waits_for}." if waits_for else "."))
    opened = gates.propose(context.conn, context.workspace.id, pilot.id, gate, by=context.actor.id, now=context.now, evidence=evidence)
    gates.decide(context.conn, context.workspace.id, opened, "passed", by=context.actor.id, now=context.now)
    moved = replace(pilot, stage=OPENS[gate], stage_since=context.today)
    pilots.save(context.conn, context.workspace.id, moved)
    context.note(moved, Status.GATE, f"{gate} passed: {evidence}")
    context.log("gate passed", pilot.id, gate=gate.value)
    look.look_now(context.conn, context.workspace, [pilot.id], context.now)


def show_gate(context: Context, name: str) -> Reply:
    """What the next gate wants, what is there, and who decides."""
    pilot = find.pilot(context, name)
    _, its = pilots.load(context.conn, context.workspace.id, [pilot.id])[pilot.id]
    return Reply(message=pilot_card.gate(pilot, its, today=context.today, may_pass=may_pass(context, pilot)))


def may_pass(context: Context, pilot: Pilot) -> bool:
    """Whether the actor may pass the gate that a pilot waits for."""
    gate = NEXT_GATE.get(pilot.stage)
    match gate:
        case None:
            return False
        case Gate.G1:
            return context.may(Action.BACK, pilot) is May.YES
        case Gate.G3:
            return context.may(Action.BACK if pilot.risk == "high" else Action.PASS, pilot) is May.YES
        case Gate.G2:
            return context.may(Action.PASS, pilot) is May.YES
        case _:
            return context.may(Action.SCALE, pilot) is May.YES


def missing_for(pilot: Pilot, gate: Gate) -> list[str]:
    """What a gate still wants that the pilot itself shows."""
    metric = pilot.metric
    missing = []
    if metric is None:
        missing.append("an accepted outcome sentence")
    if metric is not None and metric.deadline is None:
        missing.append("a deadline")
    if pilot.sponsor is None:
        missing.append("a sponsor")
    if gate is not Gate.G1:
        if metric is not None and metric.baseline is None:
            missing.append("the baseline, measured")
        if "repo" not in pilot.links and "notebook" not in pilot.links:
            missing.append("a repository")
        if pilot.process_owner is None and pilot.sponsor is None:
            missing.append("a process owner")
    return missing


def pass_gate(context: Context, name: str, gate_name: str, evidence: str) -> Reply:
    """Passes the next gate in the actor's name.

    Raises:
        UserError: somebody else decides it, or something is missing.
    """
    pilot = find.pilot(context, name)
    gate = NEXT_GATE.get(pilot.stage)
    if gate is None or gate.value != gate_name:
        raise UserError(f"{pilot.name} is in {pilot.stage}" + (f" and waits for {gate}." if gate else "."))
    if not may_pass(context, pilot):
        raise UserError(f"{gate} of {pilot.name} is not yours to pass. See who decides with: gate {pilot.name}")
    missing = missing_for(pilot, gate)
    if missing:
        raise UserError(f"{gate} is sent back: {pilot.name} still needs {', '.join(missing)}.")
    if gate is Gate.G5:
        return scale(context, name)
    passed(context, pilot, gate, evidence or f"passed by {context.actor.name}")
    return told(f"{gate} is passed: {pilot.name} is in {OPENS[gate]} since today. {context.actor.name} decided.")


def scale(context: Context, name: str) -> Reply:
    """Done: the target held on two readings and the line runs it. The sponsor decides, an owner proposes."""
    pilot = find.pilot(context, name)
    granted = context.may(Action.SCALE, pilot)
    if granted is May.NO:
        context.require(Action.SCALE, pilot)
    _, its = pilots.load(context.conn, context.workspace.id, [pilot.id])[pilot.id]
    held = pilot.metric is not None and len(its.readings) >= 2 and all(pilot.metric.reached(one.value) for one in its.readings[-2:])  # noqa: PLR2004
    if not held:
        raise UserError(f"{pilot.name} is not there yet: the target must hold on two readings. Add one with: reading {pilot.name} VALUE")
    if pilot.run_owner is None:
        raise UserError(f"Who runs {pilot.name} from now on? Name them: edit {pilot.name} run_owner @person")
    if granted is May.PROPOSE:
        sponsor = pilot.sponsor
        who = sponsor.name if sponsor else "the sponsor"
        if sponsor is not None:
            asks.add(
                context.conn,
                context.workspace.id,
                pilot_id=pilot.id,
                kind="gate",
                person_id=sponsor.id,
                role="sponsor",
                on=context.today,
                now=context.now,
                details={"gate": "G5"},
            )
        return told(f"{who} decides that {pilot.name} is done; the question is on its way.")
    scaled = replace(
        pilot,
        stage=Stage.SCALED,
        stage_since=context.today,
        end=End(state=Stage.SCALED, reason=f"target held on two readings; run by {pilot.run_owner.name}"),
    )
    pilots.save(context.conn, context.workspace.id, scaled)
    context.note(scaled, Status.END, "Scaled")
    decisions.finish(context, scaled, f"{pilot.name} is scaled: the target held and {pilot.run_owner.name} runs it.")
    look.look_now(context.conn, context.workspace, [pilot.id], context.now)
    return told(f"{pilot.name} is scaled. {pilot.run_owner.name} runs it; the look-backs are booked.")
