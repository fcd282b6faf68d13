"""One sentence in, a measurable promise out: registering a pilot, and mending its sentence."""

from dataclasses import replace
from datetime import date

from bot.domain import commands
from bot.domain.direction import Direction
from bot.domain.errors import UserError
from bot.domain.metric import Metric, guardrail
from bot.domain.outcome import Outcome, Reason, Verdict, choose, confirm, echo, judge, turn
from bot.domain.people import Person
from bot.domain.pilot import Pilot
from bot.domain.record import Entry, Reading, Status
from bot.domain.resemblance import resembling
from bot.domain.roles import Action
from bot.domain.stages import Stage
from bot.messages import forms, pilot_card
from bot.services import find, look
from bot.services.context import Context
from bot.services.incoming import Reply
from storage import asks, people, pilots

#: Then it offers a talk with the metric steward instead of a fourth question.
ROUNDS = 3
LONGEST_NAME = 120
KILL_LINE = "we stop if less than half the way is made by the decision date"


def form(context: Context, name: str = "") -> Reply:
    """The registration form."""
    context.require(Action.READ)
    return Reply(form=forms.register(called=name))


def register(context: Context, command: commands.Register) -> Reply:
    """Registers a pilot with its owner, and judges its sentence; a refused one stays on the record as an idea.

    Raises:
        UserError: no name or no sentence, a name that is taken, a sponsor who is the owner.

    """
    context.require(Action.READ)
    name = _clean_name(context, command.name)
    if not command.outcome.strip():
        raise UserError(
            "What number should change, and by how much? One sentence is enough.", field="outcome"
        )
    sponsor = find.person(context, command.sponsor, field="sponsor") if command.sponsor else None
    backup = find.person(context, command.backup, field="backup") if command.backup else None
    _check_roles(context.actor, backup, sponsor)
    pilot = Pilot(
        id=pilots.next_id(context.conn, context.workspace.id),
        name=name,
        stage=Stage.IDEA,
        stage_since=context.today,
        started=context.today,
        department=command.department.strip(),
        owner=context.actor,
        backup=backup,
        sponsor=sponsor,
        kill_line=KILL_LINE,
    )
    origin = pilots.Origin(created_by=context.actor.id, created_at=context.now, source=context.surface)
    pilots.add(context.conn, context.workspace.id, pilot, origin, next_look_at=context.now)
    context.log("registered", pilot.id, name=name)
    others = pilots.compared(context.conn, context.workspace.id)
    alike = pilots.get_many(context.conn, context.workspace.id, resembling(pilot, command.outcome, others))
    return _judged(context, pilot, command.outcome, command.choice, alike)


def set_metric(context: Context, name: str, sentence: str, choice: str = "") -> Reply:
    """A new sentence for a pilot: mends a refused one, or replaces the promise of one that is not live yet."""
    pilot = find.pilot(context, name)
    context.require(Action.CHECK_IN, pilot)
    if pilot.stage not in (Stage.IDEA, Stage.FRAMED):
        raise UserError(
            f"{pilot.name} is in {pilot.stage}: its metric was agreed at G1. A new target needs the sponsor: they can keep it with a new date."
        )
    if not sentence.strip():
        return Reply(form=forms.metric(pilot))
    return _judged(context, pilot, sentence, choice, [])


def mend(context: Context, text: str) -> Reply | None:
    """A plain line as the answer to a refusal: it mends the one idea of the speaker's that was refused last.

    None where nothing of theirs was refused, or where the line says nothing that could be a promise ("thanks").
    """
    if judge(text, context.today).reason is Reason.NO_OUTCOME:
        return None
    mine = pilots.without_number(context.conn, context.workspace.id, context.actor.id)
    refused = [
        (its.entries[-1].on, its.entries[-1].seq, pilot.id)
        for pilot, its in pilots.load(context.conn, context.workspace.id, mine).values()
        if its.entries and its.entries[-1].status is Status.REFUSED
    ]
    return set_metric(context, max(refused)[-1], text) if refused else None


def _judged(context: Context, pilot: Pilot, sentence: str, choice: str, alike: list[Pilot]) -> Reply:
    outcome, rails = _chosen(judge(sentence, context.today), choice)
    if outcome.verdict is not Verdict.ACCEPTED:
        return _not_yet(context, pilot, outcome, alike)
    guardrails = tuple(one for text in rails if (one := guardrail(text)) is not None)
    metric = metric_of(outcome, context.today)
    framed = replace(
        pilot,
        outcome_sentence=sentence,
        metric=metric,
        guardrails=(*pilot.guardrails, *guardrails),
        decision_on=pilot.decision_on or metric.deadline,
    )
    pilots.save(context.conn, context.workspace.id, framed)
    context.note(framed, Status.NOTE, f"Outcome accepted: {echo(outcome)}")
    if metric.baseline is not None:
        context.read(framed, Reading(on=context.today, value=metric.baseline, source="outcome sentence"))
    asked = ask_sponsor(context, framed)
    return Reply(
        message=pilot_card.registered(
            framed,
            echo(outcome),
            ask=outcome.ask,
            sponsor_asked=asked,
            resembling=alike,
            today=context.today,
        )
    )


def _chosen(outcome: Outcome, choice: str) -> tuple[Outcome, tuple[str, ...]]:
    """The outcome after a button: one of the candidates, "yes" to it as it stands, or "other" for the other direction."""
    if choice.isdecimal() and len(choice) < 6 and int(choice) < len(outcome.choices):
        return choose(outcome, int(choice))
    if outcome.verdict is Verdict.NEEDS_CONFIRM and choice == "yes":
        return confirm(outcome), ()
    if outcome.verdict is Verdict.NEEDS_CONFIRM and choice == "other":
        return turn(outcome), ()
    return outcome, ()


def _not_yet(context: Context, pilot: Pilot, outcome: Outcome, alike: list[Pilot]) -> Reply:
    """A refusal or a question: what was understood is kept, one question is asked, the idea's clock runs."""
    pilots.save(context.conn, context.workspace.id, replace(pilot, outcome_sentence=outcome.text))
    said = f"{outcome.reason}: {outcome.question}" if outcome.reason else outcome.question or ""
    context.write(pilot, Entry(on=context.today, author="pilotlight", status=Status.REFUSED, text=said))
    _, its = pilots.load(context.conn, context.workspace.id, [pilot.id])[pilot.id]
    rounds = sum(entry.status is Status.REFUSED for entry in its.entries)
    return Reply(
        message=pilot_card.refused(
            pilot,
            outcome,
            example=_example(context, pilot),
            rounds=rounds,
            steward=_steward(context) if rounds >= ROUNDS else None,
            resembling=alike,
        )
    )


def metric_of(outcome: Outcome, on: date) -> Metric:
    """The metric of an accepted sentence; a baseline in it is frozen on its day."""
    metric = Metric(
        name=outcome.metric or "",
        unit=outcome.unit or "",
        direction=outcome.direction or Direction.DECREASE,
        kind=outcome.kind or Metric(name="").kind,
        amount=outcome.amount,
        target=outcome.target,
        deadline=outcome.deadline,
    )
    return metric.frozen(outcome.baseline, on, "outcome sentence") if outcome.baseline is not None else metric


def ask_sponsor(context: Context, pilot: Pilot) -> bool:
    """Puts G1 to the sponsor once the promise is whole: metric, deadline, owner, sponsor. Whether it was asked."""
    metric, sponsor = pilot.metric, pilot.sponsor
    if pilot.stage is not Stage.IDEA or metric is None or metric.deadline is None or sponsor is None:
        return False
    open_asks = asks.open_of_pilot(context.conn, context.workspace.id, pilot.id)
    if not any(ask.kind == "gate" for ask in open_asks):
        asks.add(
            context.conn,
            context.workspace.id,
            pilot_id=pilot.id,
            kind="gate",
            person_id=sponsor.id,
            role="sponsor",
            on=context.today,
            now=context.now,
            details={"gate": "G1"},
        )
    look.look_now(context.conn, context.workspace, [pilot.id], context.now)
    return True


def _clean_name(context: Context, typed: str) -> str:
    name = " ".join(typed.split())
    if not name:
        raise UserError(
            "The pilot needs a name, for example: register Invoice Reader: Cut handling time from 7.5 to 3 minutes",
            field="name",
        )
    if len(name) > LONGEST_NAME:
        raise UserError(
            f"That name has {len(name)} characters; {LONGEST_NAME} are the most. Give it a short one.",
            field="name",
        )
    taken = pilots.named(context.conn, context.workspace.id, name)
    if taken:
        raise UserError(f"“{name}” is registered already. See it with: show {name}", field="name")
    return name


def _check_roles(owner: Person, backup: Person | None, sponsor: Person | None) -> None:
    if sponsor is not None and sponsor.id == owner.id:
        raise UserError(
            "Owner and sponsor are two people: the sponsor is somebody who can stop the money.",
            field="sponsor",
        )
    if backup is not None and backup.id in {owner.id, sponsor.id if sponsor else ""}:
        raise UserError("The backup is a third person, beside owner and sponsor.", field="backup")


def _example(context: Context, pilot: Pilot) -> Pilot | None:
    """An accepted pilot of the same department, else of any."""
    known = pilots.with_number(context.conn, context.workspace.id)
    accepted = [(one, department.casefold()) for one, department in known if one != pilot.id]
    ours = pilot.department.casefold()
    same = [one for one, department in accepted if ours and department == ours]
    chosen = [*same[:1], *(one for one, _ in accepted[:1])][:1]
    return next(iter(pilots.get_many(context.conn, context.workspace.id, chosen)), None)


def _steward(context: Context) -> str:
    """Who helps to find a number: whom the settings name while they are here, else the admin."""
    chosen = context.workspace.settings.steward
    named = people.get(context.conn, context.workspace.id, chosen) if chosen else None
    if named is not None and not named.gone(context.today):
        return named.name
    admins = people.admins(context.conn, context.workspace.id)
    return admins[0].name if admins else "the admin"
