"""Gates: each decided by a named person with its evidence. Stages never move by themselves."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from bot.domain import commands, evidence
from bot.domain.checkin import read_reply
from bot.domain.due import WEEK_ONE, week_one_due
from bot.domain.errors import UserError
from bot.domain.gains import gains_of
from bot.domain.gates import refusal
from bot.domain.people import Person
from bot.domain.pilot import Pilot
from bot.domain.readiness import DONE_MEANS, ITEMS, NEEDED, Standing, evidence_of, standings
from bot.domain.record import Entry, Item, Reading, Status
from bot.domain.roles import Action
from bot.domain.stages import NEXT_GATE, Gate
from bot.domain.typed import typed_date
from bot.messages import forms, pilot_card
from bot.messages.figures import number_line, upper_first
from bot.messages.forms import ItemView
from bot.messages.model import day
from bot.services import answers, find, gaining, owed, passing, promises, readiness, running
from bot.services.context import Context, NotTheirs, told
from bot.services.incoming import Reply
from storage import pilots, record
from storage.asks import Ask

#: Who puts the first week's items on the list: no person.
OURSELVES = "pilotlight"
#: What a gate lets be promised is due after so many working days.
PROMISE_DAYS = 10
#: The stakeholders of O4 by their field, as its evidence calls them.
_STAKEHOLDERS = {
    "o4_legal": "legal",
    "o4_security": "security",
    "o4_council": "works council",
    "o4_it": "IT",
}


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
    passing.passed(context, pilot, Gate.G1, f"metric agreed, backed by {context.actor.name}")
    metric = pilot.metric
    by = f" by {day(metric.deadline)}" if metric and metric.deadline else ""
    line = (
        f"Backed: {pilot.name} is framed. Next: the baseline, within 15 working days. Target{by}. "
        f'The kill line you agreed to: "{pilot.kill_line}".'
    )
    return answers.settle(context, pilot, [ask], line)


def show_gate(context: Context, name: str) -> Reply:
    """What the next gate wants, what is there, and who decides."""
    pilot = find.pilot(context, name)
    return Reply(
        message=pilot_card.gate(
            pilot,
            passing.record_of(context, pilot),
            today=context.today,
            calendar=context.calendar,
            may_pass=passing.may_pass(context, pilot),
            may_propose=passing.may_propose(context, pilot),
            reopened=promises.reopened_gate(context, pilot),
        )
    )


def form(context: Context, name: str) -> Reply:
    """The one form of the gate that a pilot waits for.

    Raises:
        UserError: this gate has no form, or somebody else decides it.

    """
    pilot = find.pilot(context, name)
    gate = NEXT_GATE.get(pilot.stage)
    passes = passing.may_pass(context, pilot)
    if not passes and not passing.may_propose(context, pilot):
        raise _not_yours(pilot, gate)
    match gate:
        case Gate.G2:
            return Reply(form=forms.g2(pilot))
        case Gate.G3:
            items = _items(context, pilot, NEEDED[pilot.risk])
            return Reply(form=forms.g3(pilot, items, passes=passes))
        case Gate.G4:
            items = _items(context, pilot, ("O2", "O3", "O5"))
            return Reply(form=forms.g4(pilot, items, passes=passes, known=_known(context, pilot)))
        case Gate.G5:
            return _done_form(context, pilot, passes=passes)
        case _:
            return show_gate(context, name)


def _done_form(context: Context, pilot: Pilot, *, passes: bool) -> Reply:
    stand, its = _standings(context, pilot), passing.record_of(context, pilot)
    # The sponsor's tap has its own question; O8 counts once its day is over.
    codes = tuple(code for code in ITEMS if code != "O1" and stand[code].state == "open")
    gains = gains_of(its, pilot.stage_since)
    known = {"run_owner": pilot.run_owner.id} if pilot.run_owner else {}
    known |= {"saving": gains.saving, "switched_off": gains.switched_off}
    return Reply(
        form=forms.g5(
            pilot,
            _items(context, pilot, codes),
            passes=passes,
            known=known,
            intro=number_line(pilot, its),
        )
    )


def _not_yours(pilot: Pilot, gate: Gate | None) -> UserError:
    return UserError(
        f"{gate or 'No gate'} of {pilot.name} is not yours to pass. See who decides with: gate {pilot.name}"
    )


def _standings(context: Context, pilot: Pilot) -> dict[str, Standing]:
    its = passing.record_of(context, pilot)
    return standings(evidence_of(pilot, its), context.today, context.calendar)


def _items(context: Context, pilot: Pilot, codes: tuple[str, ...]) -> list[ItemView]:
    """Items for a form, with what is ticked already; one that expired is open again and says why."""
    stand = _standings(context, pilot)
    return [
        ItemView(
            code=code,
            title=ITEMS[code],
            state=stand[code].state,
            evidence=_told(stand[code]),
            must=True,
            hint=f"Open again: {stand[code].reopened}."
            if stand[code].reopened
            else f"{upper_first(DONE_MEANS[code])}.",
        )
        for code in codes
    ]


def _told(one: Standing) -> str:
    """The evidence that stands; what has expired is to be told anew, but numbers are only brought up to date."""
    if one.item is None:
        return ""
    return one.item.evidence if one.state != "open" or one.code == "O3" else ""


def _known(context: Context, pilot: Pilot) -> dict[str, str]:
    """What G4's form can fill in: who runs it, the budget, and what each stakeholder said when."""
    stand = _standings(context, pilot)
    known = {"run_owner": pilot.run_owner.id} if pilot.run_owner else {}
    budget = stand["O6"].item
    if budget is not None:
        known["budget"] = budget.evidence
    row = stand["O4"].item
    for field, who in _STAKEHOLDERS.items():
        part = next(
            (one for one in (row.evidence if row else "").split("; ") if one.startswith(f"{who} ")), ""
        )
        answer, _, since = part.removeprefix(f"{who} ").partition(" since ")
        if answer in ("yes", "no", "not needed"):
            known |= {field: answer, f"{field}_on": since}
    return known


def submit_gate(context: Context, name: str, gate: str, fields: Mapping[str, str]) -> Reply:
    """What the form of a gate says: taken into the record, then the gate is passed, put to the sponsor or refused.

    Raises:
        UserError: on the field that is missing.

    """
    pilot = find.pilot(context, name)
    if NEXT_GATE.get(pilot.stage) != gate:
        raise UserError(f"{pilot.name} is in {pilot.stage}; {gate} is not the gate it waits for.")
    if not passing.may_pass(context, pilot) and not passing.may_propose(context, pilot):
        raise _not_yours(pilot, Gate(gate))
    match gate:
        case Gate.G2:
            return _start(context, pilot, fields)
        case Gate.G3:
            return _go_live(context, pilot, fields)
        case Gate.G5:
            return _done(context, pilot, fields)
        case _:
            return _value(context, pilot, fields)


def _start(context: Context, pilot: Pilot, fields: Mapping[str, str]) -> Reply:
    """G2: the baseline is measured, the process has an owner, the data owner agreed, the repository exists."""
    metric, text = pilot.metric, fields.get("baseline", "").strip()
    if metric is not None and (text or metric.baseline is None):
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
        metric = metric.measured(answer.value, context.today, answer.text)
    process = _person(context, fields, "process_owner")
    data = _person(context, fields, "data_owner")
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
    promised = [owed.CALLED[field] for field in owed.empty(ready)]
    by = context.calendar.add(context.today, PROMISE_DAYS)
    passing.passed(context, ready, Gate.G2, "start agreed", [(what, by) for what in promised])
    owed.agreed(context, ready)
    _open_week_one(context, ready)
    after = f" You promised {' and '.join(promised)} by {day(by)}." if promised else ""
    return told(
        f"G2 is passed: {pilot.name} is in build since today. I1 to I4 fall due on working day 5.{after}"
    )


def _open_week_one(context: Context, pilot: Pilot) -> None:
    """Puts the first week's items on the list, so that what is late is seen."""
    built = find.pilot(context, pilot.id)
    its, due_on = passing.record_of(context, built), week_one_due(built, context.calendar)
    known = {item.code for item in its.items}
    codes = [code for code in WEEK_ONE if code not in known]
    due = f"due on {day(due_on)}" if due_on is not None else ""
    for code in codes:
        item = Item(code=code, state="open", on=context.today, by=OURSELVES, evidence=due, automatic=True)
        record.set_item(context.conn, context.workspace.id, pilot.id, item)
    if codes:
        # Nobody opened them by hand: what the repository shows already may tick them at once.
        entry = Entry(
            on=context.today, author=OURSELVES, status=Status.ITEM, text=f"{' '.join(codes)} open: {due}"
        )
        context.write(built, entry)


def _person(context: Context, fields: Mapping[str, str], field: str) -> Person | None:
    return find.person(context, fields[field], field=field) if fields.get(field) else None


def _go_live(context: Context, pilot: Pilot, fields: Mapping[str, str]) -> Reply:
    """G3: every item that the risk class needs is done, or set aside with a reason. High risk goes to the sponsor."""
    stand = _standings(context, pilot)
    codes = NEEDED[pilot.risk]
    for code in codes:
        _from_form(context, pilot, stand[code], fields, code)
    stand = _standings(context, pilot)
    still_open = [code for code in codes if stand[code].state == "open"]
    if still_open:
        missing = passing.missing(context, pilot, Gate.G3)
        raise UserError(
            f"{refusal(missing)} {pilot.risk.capitalize()} risk needs that before people use it.",
            field=still_open[0].lower(),
        )
    shown = f"{', '.join(codes)} shown"
    if not passing.may_pass(context, pilot):
        passing.propose(context, pilot, Gate.G3, shown)
        who = passing.ask_sponsor(context, pilot, Gate.G3)
        return told(
            f"{who} decides about G3 of {pilot.name}: high risk is the sponsor's. What you filled in is on the record."
        )
    passing.passed(context, pilot, Gate.G3, shown)
    return told(f"G3 is passed: {pilot.name} is in trial since today. {context.actor.name} decided.")


def _from_form(context: Context, pilot: Pilot, known: Standing, fields: Mapping[str, str], code: str) -> None:
    """One item as a form tells it; what stands already and was not changed keeps its evidence and its date."""
    field = f"{code.lower()}_evidence"
    state, note = fields.get(code.lower(), known.state), fields.get(field, "").strip()
    if state == known.state and note in ("", _told(known)):
        return
    if state == "na" and not note:
        raise UserError(f"Why does {code} not apply?", field=field)
    if state == "done" and (wanted := evidence.wanted(code, note or _told(known))) is not None:
        raise UserError(f"{wanted[0]} For example: {wanted[1]}", field=field)
    readiness.tick(context, pilot, code, state, note or _told(known))


def _value(context: Context, pilot: Pilot, fields: Mapping[str, str]) -> Reply:
    """G4: what was filled in goes on the record in any case; then the sponsor decides, or the sentence says what is missing."""
    pilot = _runner(context, pilot, fields)
    stand = _standings(context, pilot)
    for code in ("O2", "O5"):
        _from_form(context, pilot, stand[code], fields, code)
    trained = fields.get("o3_evidence", "").strip()
    if trained and trained != _told(stand["O3"]):
        if evidence.training(trained) is None:
            raise UserError("Two numbers, trained of intended. For example: 42 of 50", field="o3_evidence")
        readiness.tick(context, pilot, "O3", "done", trained)
    _stakeholders(context, pilot, stand["O4"], fields)
    _budget(context, pilot, stand["O6"], fields.get("budget", "").strip())
    asked = running.ask_runner(context, pilot, Gate.G4)
    reason, decides = fields.get("reason", "").strip(), passing.may_pass(context, pilot)
    passing.propose(context, pilot, Gate.G4, reason)
    missing = passing.missing(context, pilot, Gate.G4, reason=reason, decides=decides)
    if missing:
        runs = f" {pilot.run_owner.name} is asked whether they run it." if asked and pilot.run_owner else ""
        return told(
            f"G4 of {pilot.name} is not passed. {refusal(missing)}{runs} What you filled in is on the record."
        )
    if not decides:
        who = passing.ask_sponsor(context, pilot, Gate.G4)
        return told(f"{who} decides about G4 of {pilot.name}; the question is on its way.")
    passing.passed(
        context, pilot, Gate.G4, f"decided by {context.actor.name}" + (f", {reason}" if reason else "")
    )
    return told(f"G4 is passed: {pilot.name} is in rollout since today. {context.actor.name} decided.")


def _done(context: Context, pilot: Pilot, fields: Mapping[str, str]) -> Reply:
    """G5: what was filled in goes on the record in any case; then it is decided, asked for, or refused with the sentence."""
    pilot = _runner(context, pilot, fields)
    stand = _standings(context, pilot)
    for code in ITEMS:
        if code.lower() in fields:
            _from_form(context, pilot, stand[code], fields, code)
    ended = fields.get("o8_on", "").strip()
    if ended:
        on = _day(context, ended, "o8_on")
        readiness.tick(context, pilot, "O8", "done", f"the old way ends on {day(on)}")
    gaining.gained(
        context,
        pilot,
        fields.get("saving", ""),
        fields.get("confirmed_by", ""),
        fields.get("switched_off", ""),
    )
    try:
        return running.scale(context, commands.Scale(name=pilot.id))
    except NotTheirs:
        raise
    except UserError as refused:
        return told(f"{refused.text} What you filled in is on the record.")


def _runner(context: Context, pilot: Pilot, fields: Mapping[str, str]) -> Pilot:
    """The pilot with whoever is named to run it."""
    runner = _person(context, fields, "run_owner")
    if runner is None or (pilot.run_owner is not None and runner.id == pilot.run_owner.id):
        return pilot
    named = replace(pilot, run_owner=runner)
    pilots.save(context.conn, context.workspace.id, named)
    return named


def _stakeholders(context: Context, pilot: Pilot, known: Standing, fields: Mapping[str, str]) -> None:
    """O4: yes, no or not needed from each, since a day; done once all four agree."""
    said = []
    for field, who in _STAKEHOLDERS.items():
        answer = fields.get(field, "open")
        if answer in ("yes", "no", "not needed"):
            text = fields.get(f"{field}_on", "").strip()
            since = _day(context, text, f"{field}_on") if text else context.today
            said.append(f"{who} {answer} since {day(since)}")
    told_ = "; ".join(said)
    if not said or told_ == (known.item.evidence if known.item else ""):
        return
    heard = evidence.stakeholders(told_)
    agree = len(heard) == len(_STAKEHOLDERS) and all(heard.values())
    readiness.tick(context, pilot, "O4", "done" if agree else "open", told_)


def _day(context: Context, text: str, field: str) -> date:
    try:
        return typed_date(text, context.today)
    except UserError as error:
        raise UserError(error.text, field=field) from error


def _budget(context: Context, pilot: Pilot, known: Standing, budget: str) -> None:
    """O6: the budget is noted; the item is done once whoever runs it says yes."""
    if not budget or known.state == "done" or (known.item is not None and known.item.evidence == budget):
        return
    yes = not running.ask_runner(context, pilot, Gate.G4) and pilot.run_owner is not None
    readiness.tick(context, pilot, "O6", "done" if yes else "open", budget)
