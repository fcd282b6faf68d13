"""Passing a gate: by whom, with what evidence and promises, and putting it to whoever decides."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from bot.domain.errors import UserError
from bot.domain.gates import Lack, lacks
from bot.domain.people import Person
from bot.domain.pilot import Pilot, Risk
from bot.domain.record import Record, Status
from bot.domain.roles import Action, May
from bot.domain.stages import NEXT_GATE, OPENS, Gate
from bot.messages.text import to_type
from bot.services import look, promises
from bot.services.context import Context
from storage import asks, gates, pilots

#: What an owner cannot bring: the sponsor's decision is the one, the sponsor's reason the other.
_THE_SPONSORS = frozenset({"O1", "half"})


def record_of(context: Context, pilot: Pilot) -> Record:
    """Everything on the record about a pilot."""
    return pilots.load(context.conn, context.workspace.id, [pilot.id])[pilot.id][1]


def missing(
    context: Context, pilot: Pilot, gate: Gate, *, reason: str = "", decides: bool = True
) -> tuple[Lack, ...]:
    """What a gate lacks today; for whoever only proposes, without what is the sponsor's to give."""
    by = context.actor if decides else None
    found = lacks(
        gate,
        pilot,
        record_of(context, pilot),
        context.today,
        context.calendar,
        reason=reason,
        decided_by=by,
    )
    return found if decides else tuple(one for one in found if one.code not in _THE_SPONSORS)


def may_pass(context: Context, pilot: Pilot) -> bool:
    """Whether the actor may pass the gate that a pilot waits for."""
    gate = NEXT_GATE.get(pilot.stage)
    match gate:
        case None:
            return False
        case Gate.G1:
            return context.may(Action.BACK, pilot) is May.YES
        case Gate.G3:
            return context.may(Action.BACK if pilot.risk is Risk.HIGH else Action.PASS, pilot) is May.YES
        case Gate.G2:
            return context.may(Action.PASS, pilot) is May.YES
        case _:
            return context.may(Action.SCALE, pilot) is May.YES


def may_propose(context: Context, pilot: Pilot) -> bool:
    """Whether the actor may bring a gate's evidence and put it to the sponsor."""
    gate = NEXT_GATE.get(pilot.stage)
    high = gate is Gate.G3 and pilot.risk is Risk.HIGH
    return (high or gate in (Gate.G4, Gate.G5)) and context.may(Action.CHECK_IN, pilot) is May.YES


def must_wait_for(pilot: Pilot, gate: Gate) -> None:
    """Goes on only at the gate that the pilot waits for.

    Raises:
        UserError: it waits for another one, or for none.

    """
    waits_for = NEXT_GATE.get(pilot.stage)
    if waits_for is gate:
        return
    if waits_for is None:
        raise UserError(
            f"{pilot.name} is {pilot.stage} already: no gate is left. Its record: {to_type(f'show {pilot.name}')}"
        )
    raise UserError(
        f"{pilot.name} is in {pilot.stage} and waits for {waits_for}, not for {gate}. "
        f"What it needs and who decides: {to_type(f'gate {pilot.name}')}"
    )


def passed(
    context: Context,
    pilot: Pilot,
    gate: Gate,
    evidence: str,
    promised: Sequence[tuple[str, date]] = (),
    holder: Person | None = None,
) -> None:
    """Moves a pilot through a gate, on the record, with who decided, why, and what is promised by when.

    Raises:
        UserError: the gate is not the one that its stage waits for.

    """
    must_wait_for(pilot, gate)
    told = evidence + promises.in_words(promised)
    opened = gates.propose(
        context.conn, context.workspace.id, pilot.id, gate, by=context.actor.id, now=context.now
    )
    gates.decide(
        context.conn,
        context.workspace.id,
        opened,
        "passed",
        by=context.actor.id,
        now=context.now,
        evidence=told,
    )
    moved = replace(pilot, stage=OPENS[gate], stage_since=context.today)
    pilots.save(context.conn, context.workspace.id, moved)
    for what, by in promised:
        promises.make(context, pilot, what, by, holder or context.actor)
    # In the words of an imported log: what follows "promise:" is read back as what is owed.
    context.note(moved, Status.GATE, f"{gate} passed: {told}")
    context.log("gate passed", pilot.id, gate=gate.value)
    look.look_now(context.conn, context.workspace, [pilot.id], context.now)


def propose(context: Context, pilot: Pilot, gate: Gate, evidence: str) -> None:
    """Notes that a gate is asked for; a second time the first asking stands."""
    gates.propose(
        context.conn,
        context.workspace.id,
        pilot.id,
        gate,
        by=context.actor.id,
        now=context.now,
        evidence=evidence,
    )


def ask_sponsor(context: Context, pilot: Pilot, gate: Gate) -> str:
    """Puts a gate to the sponsor, once; returns who is asked, by name.

    Raises:
        UserError: nobody could be asked.

    """
    sponsor = pilot.sponsor
    if sponsor is None or sponsor.gone(context.today):
        raise UserError(
            f"{gate} is the sponsor's to pass, and {pilot.name} has none who can be asked. Name one: edit {pilot.name} sponsor @person"
        )
    open_asks = asks.open_of_pilot(context.conn, context.workspace.id, pilot.id)
    if not any(ask.kind == "gate" and ask.details.get("gate") == gate for ask in open_asks):
        asks.add(
            context.conn,
            context.workspace.id,
            pilot_id=pilot.id,
            kind="gate",
            person_id=sponsor.id,
            role="sponsor",
            on=context.today,
            now=context.now,
            details={"gate": gate.value, "by": pilot.owner.id if pilot.owner else context.actor.id},
        )
    return sponsor.name
