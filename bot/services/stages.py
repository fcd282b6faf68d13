"""Gates: each decided by a named person. Stages never move by themselves."""

from collections.abc import Mapping
from dataclasses import replace

from bot.domain.checkin import read_reply
from bot.domain.errors import UserError
from bot.domain.pilot import End, Pilot
from bot.domain.readiness import ITEMS, NEEDED
from bot.domain.record import Entry, Item, Promise, Reading, Record, Status
from bot.domain.roles import Action, May
from bot.domain.stages import NEXT_GATE, OPENS, Gate, Stage
from bot.messages import forms, pilot_card
from bot.messages.forms import ItemView
from bot.messages.model import day
from bot.services import answers, decisions, find, look
from bot.services.context import Context, told
from bot.services.incoming import Reply
from storage import asks, gates, pilots, record
from storage.asks import Ask

#: What a gate lets be promised is due after so many working days.
PROMISE_DAYS = 10


def back(context: Context, ask: Ask, *, agreed: bool) -> Reply:
    """The sponsor's tap: [I back this] is G1, [Not me] asks the owner for another sponsor."""
    pilot = find.pilot(context, ask.pilot_id)
    if ask.person_id != context.actor.id:
        context.require(Action.BACK, pilot)
    if not agreed:
        pilots.save(context.conn, context.workspace.id, replace(pilot, sponsor=None))
        context.note(pilot, Status.NOTE, f"{context.actor.name} is not the sponsor")
        return answers.settle(
            context, pilot, [ask], "Noted: not you. The owner is asked for another sponsor."
        )
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
        raise UserError(
            f"{pilot.name} is in {pilot.stage}" + (f" and waits for {waits_for}." if waits_for else ".")
        )
    opened = gates.propose(
        context.conn,
        context.workspace.id,
        pilot.id,
        gate,
        by=context.actor.id,
        now=context.now,
        evidence=evidence,
    )
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


def form(context: Context, name: str) -> Reply:
    """The one form of the gate that a pilot waits for.

    Raises:
        UserError: this gate has no form, or somebody else decides it.

    """
    pilot = find.pilot(context, name)
    gate = NEXT_GATE.get(pilot.stage)
    if not may_pass(context, pilot):
        raise UserError(
            f"{gate or 'No gate'} of {pilot.name} is not yours to pass. See who decides with: gate {pilot.name}"
        )
    _, its = pilots.load(context.conn, context.workspace.id, [pilot.id])[pilot.id]
    match gate:
        case Gate.G2:
            return Reply(form=forms.g2(pilot))
        case Gate.G3:
            return Reply(form=forms.g3(pilot, _items(pilot, its)))
        case _:
            return show_gate(context, name)


def _items(pilot: Pilot, its: Record) -> list[ItemView]:
    """The items that the pilot's risk class must show, with what is ticked already."""
    known = {item.code: item for item in its.items}
    return [
        ItemView(
            code=code,
            title=ITEMS[code],
            state=known[code].state if code in known else "open",
            evidence=known[code].evidence if code in known else "",
            must=True,
        )
        for code in NEEDED[pilot.risk]
    ]


def submit_gate(context: Context, name: str, gate: str, fields: Mapping[str, str]) -> Reply:
    """What the form of G2 or G3 says: taken into the record, then the gate is passed or sent back.

    Raises:
        UserError: on the field that is missing.

    """
    pilot = find.pilot(context, name)
    if NEXT_GATE.get(pilot.stage) != gate:
        raise UserError(f"{pilot.name} is in {pilot.stage}; {gate} is not the gate it waits for.")
    if not may_pass(context, pilot):
        raise UserError(
            f"{gate} of {pilot.name} is not yours to pass. See who decides with: gate {pilot.name}"
        )
    return _start(context, pilot, fields) if gate == Gate.G2 else _go_live(context, pilot, fields)


def _start(context: Context, pilot: Pilot, fields: Mapping[str, str]) -> Reply:
    """G2: the baseline is measured, the process has an owner, the data owner agreed, the repository exists."""
    metric, text = pilot.metric, fields.get("baseline", "").strip()
    if metric is not None and metric.baseline is None:
        answer = read_reply(text, today=context.today, last=None, unit=metric.unit)
        if answer.value is None:
            raise UserError(
                "Write the number first, then its source: 10.0 h, Zendesk export, May", field="baseline"
            )
        entry = Entry(
            on=context.today,
            author=context.actor.id,
            status=Status.READING,
            value=answer.value,
            text=answer.text,
        )
        seq = context.write(pilot, entry)
        context.read(
            pilot, Reading(on=context.today, value=answer.value, source=answer.text or "typed"), entry=seq
        )
        metric = metric.frozen(answer.value, context.today, answer.text)
    process = (
        find.person(context, fields["process_owner"], field="process_owner")
        if fields.get("process_owner")
        else None
    )
    data = (
        find.person(context, fields["data_owner"], field="data_owner") if fields.get("data_owner") else None
    )
    repository = fields.get("repository", "").strip()
    links = {**pilot.links, "repo": repository} if repository else dict(pilot.links)
    ready = replace(
        pilot,
        metric=metric,
        process_owner=process or pilot.process_owner or pilot.sponsor,
        data_owner=data or pilot.data_owner,
        links=links,
    )
    pilots.save(context.conn, context.workspace.id, ready)
    owed = [
        what
        for what, there in (("the data owner's yes", ready.data_owner), ("a repository", links.get("repo")))
        if not there
    ]
    by = context.calendar.add(context.today, PROMISE_DAYS)
    for what in owed:
        promise = Promise(text=what, by=by, made_on=context.today, holder=context.actor)
        record.add_promise(context.conn, context.workspace.id, pilot.id, promise)
    promised = f", promise: {' and '.join(owed)} by {by:%-d %B %Y}" if owed else ""
    passed(context, ready, Gate.G2, f"start agreed{promised}")
    after = f" You promised {' and '.join(owed)} by {day(by)}." if owed else ""
    return told(
        f"G2 is passed: {pilot.name} is in build since today. I1 to I4 fall due on working day 5.{after}"
    )


def _go_live(context: Context, pilot: Pilot, fields: Mapping[str, str]) -> Reply:
    """G3: every item that the risk class needs is done, or set aside with a reason."""
    states = {code: fields.get(code.lower(), "open") for code in NEEDED[pilot.risk]}
    for code, state in states.items():
        evidence = fields.get(f"{code.lower()}_evidence", "").strip()
        if state == "na" and not evidence:
            raise UserError(f"Why does {code} not apply?", field=f"{code.lower()}_evidence")
    still_open = [code for code, state in states.items() if state == "open"]
    if still_open:
        raise UserError(
            f"Still open: {', '.join(still_open)}. {pilot.risk} risk needs them before people use it.",
            field=still_open[0].lower(),
        )
    for code, state in states.items():
        evidence = fields.get(f"{code.lower()}_evidence", "").strip()
        item = Item(code=code, state=state, on=context.today, by=context.actor.id, evidence=evidence)
        record.set_item(context.conn, context.workspace.id, pilot.id, item)
    passed(context, pilot, Gate.G3, f"{', '.join(states)} shown")
    return told(f"G3 is passed: {pilot.name} is in trial since today. {context.actor.name} decided.")


def scale(context: Context, name: str) -> Reply:
    """Done: the target held on two readings and the line runs it. The sponsor decides, an owner proposes."""
    pilot = find.pilot(context, name)
    granted = context.may(Action.SCALE, pilot)
    if granted is May.NO:
        context.require(Action.SCALE, pilot)
    _, its = pilots.load(context.conn, context.workspace.id, [pilot.id])[pilot.id]
    held = (
        pilot.metric is not None
        and len(its.readings) >= 2
        and all(pilot.metric.reached(one.value) for one in its.readings[-2:])
    )
    if not held:
        raise UserError(
            f"{pilot.name} is not there yet: the target must hold on two readings. Add one with: reading {pilot.name} VALUE"
        )
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
    decisions.finish(
        context, scaled, f"{pilot.name} is scaled: the target held and {pilot.run_owner.name} runs it."
    )
    look.look_now(context.conn, context.workspace, [pilot.id], context.now)
    return told(f"{pilot.name} is scaled. {pilot.run_owner.name} runs it; the look-backs are booked.")
