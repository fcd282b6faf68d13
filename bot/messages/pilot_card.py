"""A pilot as a card: what was understood at its registration, how it stands, what its next gate wants; and lists."""

from collections.abc import Mapping, Sequence
from datetime import date

from bot.domain.calendar import Calendar
from bot.domain.digest import Seen, leading, speaker
from bot.domain.direction import Kind
from bot.domain.due import lapsed, of_blocker, week_one
from bot.domain.findings import Health
from bot.domain.gates import lacks, refusal
from bot.domain.ladder import Rung
from bot.domain.metric import values_of
from bot.domain.outcome import Outcome, Verdict, echo
from bot.domain.outcome.echo import NOTHING
from bot.domain.people import Person
from bot.domain.pilot import Pilot, Risk
from bot.domain.readiness import ITEMS, Standing, evidence_of, shares, standings
from bot.domain.record import Record
from bot.domain.stages import NEXT_GATE, Gate, Rules, Stage
from bot.messages.figures import (
    STAGES,
    bare,
    closed,
    cost_of_later,
    facts,
    first_week,
    health_words,
    last_word,
    line,
    money,
    name,
    number,
    number_line,
    pace,
    per_week,
    person,
    plural,
    quoted,
    shown,
    upper_first,
    working_days,
)
from bot.messages.model import (
    Bold,
    Button,
    Buttons,
    Facts,
    Heading,
    Link,
    Message,
    Part,
    Press,
    Section,
    Span,
    Spans,
    Table,
    Text,
    day,
)
from bot.messages.text import to_type

#: Rows of a list in one message.
ROWS = 15


# One pilot.


def card(
    seen: Seen,
    *,
    today: date,
    calendar: Calendar,
    rules: Rules,
    viewer: Person | None = None,
    currency: str = "EUR",
) -> Message:
    """Everything about one pilot on one screen.

    Args:
        seen: the pilot as it stands.
        today: the day.
        calendar: the workspace's working days.
        rules: thresholds.
        viewer: who looks: it decides which buttons come first.
        currency: the workspace's.

    """
    pilot, picture = seen.pilot, seen.picture
    rows: list[tuple[str, Spans]] = [
        ("Stage", (_stage(seen, today, calendar, rules),)),
        ("State", (_state(seen),)),
        ("Number", (_number(seen),)),
    ]
    rows += [("Guardrail", (_guardrails(seen),))] if pilot.guardrails else []
    rows.append(("People", (_people(pilot),)))
    rows.append(
        (
            "Money",
            (f"{money(pilot.cost_to_date, currency)} spent, {per_week(pilot.cost_per_week, currency)}",),
        )
    )
    rows.append(("Last word", (last_word(picture, pilot, seen.people, 160).removeprefix("Last word "),)))
    ahead = _ahead(seen, today)
    rows += [("Next", (ahead,))] if ahead else []
    questions = _questions(seen, today, calendar, currency)
    rows += [("Asked", (questions,))] if questions else []
    rows += [("Kill line", (quoted(pilot.kill_line, 300),))] if pilot.kill_line else []
    rows += [("Links", _links(pilot))] if pilot.links else []
    outcome = (Text(spans=(quoted(pilot.outcome_sentence, 300),)),) if pilot.outcome_sentence.strip() else ()
    parts: tuple[Part, ...] = (
        Heading(text=name(pilot)),
        *outcome,
        Facts(rows=tuple(rows)),
        Buttons(buttons=(*_buttons(seen, viewer), _say("Open the portfolio", "portfolio"))),
    )
    return Message(headline=f"{name(pilot)}: {_state(seen)}", sections=(Section(parts=parts),))


def _stage(seen: Seen, today: date, calendar: Calendar, rules: Rules) -> str:
    pilot = seen.pilot
    since = f"{STAGES[pilot.stage]} since {day(pilot.stage_since)}"
    if not pilot.stage.running:
        return since
    return f"{since}, {working_days(calendar.working_days(pilot.stage_since, today))} ({rules.of(pilot.stage).stay} planned)"


def _state(seen: Seen) -> str:
    """The colour in words, with every open finding behind it."""
    told = health_words(seen.picture, seen.pilot)
    if seen.picture.health is Health.PAUSED or not seen.picture.findings:
        return told
    open_ = facts(leading(seen.picture.findings), seen.pilot, seen.record, seen.picture)
    return f"{told}: {open_}"


def _number(seen: Seen) -> str:
    told = number_line(seen.pilot, seen.record)
    return f"{told} {upper_first(pace(seen.picture.gap))}." if seen.picture.gap is not None else told


def _guardrails(seen: Seen) -> str:
    pilot, told = seen.pilot, []
    for rail in pilot.guardrails:
        known = values_of(rail, pilot.guardrails, seen.record.activities)
        if not known:
            told.append(f"{line(rail.text, 100)} (not reported)")
            continue
        on, value = known[-1]
        told.append(
            f"{line(rail.text, 100)} ({'broken' if rail.broken(value) else 'kept'}, {number(value)} on {day(on)})"
        )
    return "; ".join(told)


def _people(pilot: Pilot) -> str:
    roles = [
        ("owner", pilot.owner),
        ("backup", pilot.backup),
        ("sponsor", pilot.sponsor),
        ("process owner", pilot.process_owner),
        ("data owner", pilot.data_owner),
        ("run owner", pilot.run_owner),
    ]
    told = [
        f"{role} {person(who)}{' (left)' if who.left_on else ''}" for role, who in roles if who is not None
    ]
    missing = [role for role, who in roles[:3] if who is None]
    return upper_first(", ".join(told + [f"no {role}" for role in missing]))


def _ahead(seen: Seen, today: date) -> str:
    """The next dates, the soonest first."""
    pilot, picture = seen.pilot, seen.picture
    if not pilot.stage.running:
        return ""
    dates = [
        ("check-in", picture.check_in_on),
        ("resumes", picture.pause.end if picture.pause else None),
        ("deadline", pilot.metric.deadline if pilot.metric else None),
        ("decision", pilot.decision_on),
    ]
    told = [
        f"{what} {day(on)}"
        for what, on in sorted(
            ((what, on) for what, on in dates if on and on > today), key=lambda one: one[1]
        )
    ]
    gate = NEXT_GATE.get(pilot.stage)
    return upper_first("; ".join([*told, f"then gate {gate}" if told else f"gate {gate}"]))


def _questions(seen: Seen, today: date, calendar: Calendar, currency: str) -> str:
    """What is owed without being a finding: the first week's items, promises that have lapsed."""
    if not seen.pilot.stage.running:
        return ""
    told = []
    late = week_one(seen.pilot, seen.record, today, calendar)
    if late is not None:
        told.append(
            f"{first_week(late.codes)} fell due on {day(late.due_on)}; cost of later: {cost_of_later(late.late, late.cost, currency)}"
        )
    told += [
        f"the promise {quoted(one.text, 80)} was due on {day(one.by)}"
        for one in lapsed(seen.record, today)
        if one.by is not None
    ]
    return upper_first("; ".join(told))


def _links(pilot: Pilot) -> Spans:
    spans: list[Span] = []
    for kind, address in list(pilot.links.items())[:8]:
        spans += [", "] if spans else []
        webbed = address.startswith(("https://", "http://"))
        spans.append(Link(text=line(kind, 30), url=address) if webbed else line(address, 60))
    return tuple(spans)


def _buttons(seen: Seen, viewer: Person | None) -> tuple[Button, ...]:
    """What the reader can do; what only others may do is refused at the press, so nothing is promised here."""
    pilot = seen.pilot
    happened = _say("Whatever happened", f"happened {pilot.id}")
    if pilot.stage in (Stage.RETIRED, Stage.MERGED):
        return (happened,)
    if _decides(seen, viewer):
        verbs = (("Keep", "decide_keep"), ("Pause", "decide_pause"), ("Retire", "decide_retire"))
        return (
            *(Button(label=label, press=Press(verb=verb, args={"pilot": pilot.id})) for label, verb in verbs),
            happened,
        )
    gate = NEXT_GATE.get(pilot.stage)
    gated = (_say(f"Gate {gate}", f"gate {pilot.id}"),) if gate else ()
    return (_say("Check in", f"checkin {pilot.id}"), *gated, _say("Checklist", f"ready {pilot.id}"), happened)


def _decides(seen: Seen, viewer: Person | None) -> bool:
    """Whether the three decisions stand first: for its sponsor, and for others once leadership has the question."""
    if viewer is None or not seen.pilot.stage.running:
        return False
    if seen.pilot.sponsor is not None and viewer.id == seen.pilot.sponsor.id:
        return True
    team = {one.id for one in (seen.pilot.owner, seen.pilot.backup) if one is not None}
    return seen.rung is Rung.DIGEST and viewer.id not in team


# Registration.

_STILL = {
    "baseline": "the baseline, the number before you begin",
    "deadline": "a deadline",
    "relative_or_points": "whether the % is relative or in percentage points",
    "past_result": "whether this is a target or a past result",
}


def registered(
    pilot: Pilot,
    understood: str,
    *,
    ask: Sequence[str] = (),
    sponsor_asked: bool = False,
    resembling: Sequence[Pilot] = (),
    today: date | None = None,
) -> Message:
    """An accepted outcome: what was understood, the visible defaults, what is still to come.

    Args:
        pilot: as it now stands.
        understood: the sentence read back.
        ask: codes of what is still missing.
        sponsor_asked: whether the sponsor has been asked to back it.
        resembling: ended pilots that tried something alike, with what they learned.
        today: the day, for the decision date's distance.

    """
    rows: list[tuple[str, Spans]] = [("Understood", (line(understood, 300),)), ("People", (_people(pilot),))]
    decision = pilot.decision_on or (pilot.metric.deadline if pilot.metric else None)
    if decision is not None:
        ahead = (
            f", {plural((decision - today).days, 'day')} from now"
            if today is not None and decision > today
            else ""
        )
        rows.append(("Decision on", (f"{day(decision)}{ahead}",)))
    rows.append(("Kill line", (quoted(pilot.kill_line, 300) if pilot.kill_line else "none yet",)))
    rows.append(("Guardrail", ("; ".join(line(rail.text, 100) for rail in pilot.guardrails) or "none yet",)))
    still = [_STILL.get(code, code) for code in ask]
    rows += [("Still to come", (upper_first("; ".join(still)),))] if still else []
    parts: list[Part] = [
        Text(spans=(Bold(name(pilot)), " is registered.")),
        Facts(rows=tuple(rows)),
        Text(spans=(_next(pilot, sponsor_asked=sponsor_asked),)),
    ]
    parts += _learned(resembling, "What will you do differently?")
    parts.append(
        Buttons(
            buttons=(
                _say("Show it", f"show {pilot.id}"),
                Button(
                    label="Change the sentence", press=Press(verb="form_metric", args={"pilot": pilot.id})
                ),
            )
        )
    )
    return Message(headline=f"{name(pilot)} is registered", sections=(Section(parts=tuple(parts)),))


def _next(pilot: Pilot, *, sponsor_asked: bool) -> str:
    told = []
    if sponsor_asked and pilot.sponsor is not None:
        told.append(f"{person(pilot.sponsor)} gets one message; that yes is gate G1.")
    elif pilot.sponsor is None:
        told.append(
            f"It has no sponsor yet. Who wants this outcome? Name them with {to_type(f'edit {name(pilot)} sponsor @person')}."
        )
    else:
        told.append(f"Once nothing is missing, {person(pilot.sponsor)} is asked to back it.")
    if pilot.backup is None and pilot.owner is not None:
        told.append(
            f"Nobody stands in when {person(pilot.owner)} is away; a backup can be named at any time."
        )
    return " ".join(told)


def _learned(resembling: Sequence[Pilot], question: str = "") -> list[Part]:
    """What ended pilots of the kind learned, before the same is learned again; and who is at the same idea now."""
    told = []
    for one in resembling[:2]:
        learning = (one.end.learning or one.end.reason) if one.end else ""
        if one.stage in (Stage.RETIRED, Stage.MERGED):
            if learning:
                told.append(
                    f"{name(one)} tried something alike and was {STAGES[one.stage]}: {closed(quoted(learning, 220))}"
                )
        else:
            who = f", {person(one.owner)} owns it" if one.owner is not None else ", nobody owns it"
            told.append(
                f"{name(one)} looks like the same idea ({STAGES[one.stage]}{who}): join it, or say what differs."
            )
    told += [question] if told and question else []
    return [Text(spans=("Before you begin. " + " ".join(told),))] if told else []


_REASONS = {
    "NO_OUTCOME": "it names no outcome",
    "OUTPUT_NOT_OUTCOME": "it says what is built, not what gets better",
    "MODEL_METRIC": "it measures the model, not the business; it can become a guardrail",
    "VANITY_METRIC": "it counts what is done, not what gets better",
    "VAGUE_METRIC": "what should change has no count and no unit",
    "HEDGED": "the amount leaves everything open",
    "NO_QUANTITY": "it says where to, not how far",
    "IMPLAUSIBLE": "as it stands the numbers cannot be right",
    "DIRECTION_CLASH": "the direction and the number seem to contradict each other",
    "MULTI_METRIC": "it holds two numbers, and one must lead",
    "AMBIGUOUS_NUMBER": "one number can be read in two ways",
}


def refused(
    pilot: Pilot,
    outcome: Outcome,
    *,
    example: Pilot | None = None,
    rounds: int = 1,
    steward: Person | str | None = None,
    resembling: Sequence[Pilot] = (),
) -> Message:
    """Not accepted yet: what was kept, one question, one example; after the third round a person helps.

    Args:
        pilot: the idea, which stays on the record.
        outcome: the gate's verdict.
        example: an accepted pilot of the same department.
        rounds: how many sentences it has taken so far, this one included.
        steward: who helps to find a number, once the rounds are used up.
        resembling: ended pilots that tried something alike.

    """
    asks = outcome.verdict is not Verdict.REFUSED
    why = _REASONS.get(outcome.reason.value, "") if outcome.reason else ""
    verdict = "one question before it counts" if asks else "not accepted as an outcome yet"
    lines = [f": {verdict}{': ' + why if why else ''}."]
    kept = echo(outcome)
    if kept != NOTHING and (asks or outcome.keeps.metric):
        lines.append(f"Understood so far: {closed(line(kept, 240))}")
    if steward is not None:
        who = person(steward) if isinstance(steward, Person) else line(steward, 60)
        lines.append(
            f"Three sentences are enough for one day: {who} takes 15 minutes with you to find the number."
        )
    elif outcome.question:
        lines.append(line(outcome.question, 300))
    if example is not None and example.outcome_sentence and not asks and steward is None:
        where = f" in {line(example.department, 60)}" if example.department else ""
        lines.append(f"One that was accepted{where}: {closed(quoted(example.outcome_sentence, 200))}")
    lines.append(f"It stays on the record as an idea, and its clock runs. {_round(rounds)}".strip())
    parts: list[Part] = [Text(spans=(Bold(name(pilot)), "\n".join(lines))), *_learned(resembling)]
    parts.append(Buttons(buttons=_choices(pilot, outcome)))
    return Message(headline=f"{name(pilot)}: {verdict}", sections=(Section(parts=tuple(parts)),))


def _round(rounds: int) -> str:
    """How many sentences are left, once one is used."""
    return f"Sentence {rounds} of 3." if 1 < rounds < 3 else ""


def _choices(pilot: Pilot, outcome: Outcome) -> tuple[Button, ...]:
    another = Button(label="Another sentence", press=Press(verb="form_metric", args={"pilot": pilot.id}))

    def choose(label: str, choice: str) -> Button:
        return Button(
            label=line(label, 70),
            press=Press(verb="choose_metric", args={"pilot": pilot.id, "choice": choice}),
        )

    match outcome.verdict:
        case Verdict.NEEDS_CHOICE:
            return (*(choose(text, str(at)) for at, text in enumerate(outcome.candidates[:4])), another)
        case Verdict.NEEDS_CONFIRM if outcome.choices:
            return (*(choose(text, str(at)) for at, text in enumerate(outcome.candidates[:4])), another)
        case Verdict.NEEDS_CONFIRM:
            other = () if outcome.kind is Kind.FROM_TO else (choose("No, the other way", "other"),)
            return (choose("Yes, as it stands", "yes"), *other, another)
        case _:
            return (another, _say("Show it", f"show {pilot.id}"))


# Lists.

_TITLES = {
    "mine": (
        "pilot has you in it",
        "pilots have you in them",
        "No pilot has you as owner, backup or sponsor.",
    ),
    "stalled": ("pilot needs attention", "pilots need attention", "No pilot needs attention."),
    "decisions": (
        "pilot waits for a decision",
        "pilots wait for a decision",
        "No pilot waits for a decision.",
    ),
    "all": ("pilot", "pilots", f"No pilot is registered yet. Register the first with {to_type('new')}."),
}


def listing(seen: Sequence[Seen], *, which: str = "all", today: date, total: int | None = None) -> Message:
    """Pilots in rows; what needs attention first, the rest counted.

    Args:
        seen: the pilots to list.
        which: mine, stalled, decisions or all; stalled and decisions leave out the others.
        today: the day.
        total: how many there are, where ``seen`` holds only some.

    """
    rows = sorted((one for one in seen if _belongs(one, which)), key=needs_most)
    one, many, none = _TITLES.get(which, _TITLES["all"])
    count = max(total or 0, len(rows))
    if not count:
        return Message(headline=none, sections=(Section(parts=(Text(spans=(none,)),)),))
    head = plural(count, one, many)
    table = Table(
        caption=head,
        columns=("Pilot", "Stage", "State", "Number", "Owner"),
        rows=tuple(row_of(one, today) for one in rows[:ROWS]),
    )
    parts: list[Part] = [table]
    more = count - min(len(rows), ROWS)
    if more:
        parts.append(
            Text(spans=(f"and {more:,} more; {to_type('show NAME')} tells everything about one",), quiet=True)
        )
    return Message(headline=head, sections=(Section(parts=tuple(parts)),))


def _belongs(one: Seen, which: str) -> bool:
    match which:
        case "stalled":
            return bool(one.picture.findings) and one.picture.health is not Health.PAUSED
        case "decisions":
            return one.rung is Rung.DIGEST
        case _:
            return True


_ORDER = (Health.RED, Health.AMBER, Health.GREY, Health.GREEN, Health.PAUSED, Health.ENDED)


def needs_most(one: Seen) -> tuple[int, int, str]:
    """The order of a list: red first, the longest silent before the others."""
    return (_ORDER.index(one.picture.health), -(one.picture.silent or 0), one.pilot.name.casefold())


def row_of(one: Seen, today: date) -> tuple[str, ...]:
    """Pilot, stage, state, number, owner."""
    pilot, findings = one.pilot, leading(one.picture.findings)
    state = (
        health_words(one.picture, one.pilot)
        if not findings or one.picture.health is Health.PAUSED
        else f"{one.picture.health}: {line(findings[0].why, 60)}"
    )
    owner = person(pilot.owner) if pilot.owner and not pilot.owner.gone(today) else "nobody"
    return (line(pilot.name, 40), STAGES[pilot.stage], state, _short_number(one), owner)


def _short_number(one: Seen) -> str:
    """6.4 h, target 6.0."""
    metric, readings = one.pilot.metric, one.record.readings
    if metric is None:
        return "none agreed"
    if not readings:
        return "not reported"
    target = f", target {bare(metric.target, metric, readings)}" if metric.target is not None else ""
    return f"{shown(readings[-1].value, metric, readings)}{target}"


def ways_on(seen: Seen, viewer: Person) -> tuple[Button, ...]:
    """What the reader can do about a pilot, from a page that shows it in one line."""
    return (*_buttons(seen, viewer)[:-1], _say("Show it", f"show {seen.pilot.id}"))


# Gates and checklists.

_GATES = {
    Gate.G1: (
        "metric",
        "the sponsor's yes to a sentence with a number, a deadline and an owner",
        "the sponsor",
    ),
    Gate.G2: (
        "start",
        "a measured baseline, a process owner, the data owner's yes and a repository",
        "the owner",
    ),
    Gate.G3: ("go live", "the items of its risk class", "the owner"),
    Gate.G4: (
        "value",
        "three readings over four weeks, half of the way made, no guardrail broken, a run owner with a budget, O1 to O6",
        "the sponsor",
    ),
    Gate.G5: (
        "done",
        "the target on two readings, all three checklists, the run owner's yes, the old way switched off",
        "the sponsor",
    ),
}


def gate(
    pilot: Pilot,
    record: Record,
    *,
    today: date,
    calendar: Calendar,
    may_pass: bool,
    may_propose: bool = False,
    reopened: Gate | None = None,
) -> Message:
    """What the next gate wants, what is missing, who decides; and whether one that was passed is open again.

    Args:
        pilot: the pilot.
        record: its record.
        today: the day.
        calendar: the workspace's working days.
        may_pass: whether the reader may pass it.
        may_propose: whether the reader may bring its evidence and put it to whoever passes it.
        reopened: the gate whose question a lapsed promise opened again.

    """
    waits = NEXT_GATE.get(pilot.stage)
    if waits is None:
        told = f"{name(pilot)} is {STAGES[pilot.stage]}; no gate is ahead."
        return Message(headline=told, sections=(Section(parts=(Text(spans=(told,)),)),))
    title, wants, who = _GATES[waits]
    high = waits is Gate.G3 and pilot.risk is Risk.HIGH
    decider = pilot.owner if who == "the owner" and not high else pilot.sponsor
    decides = (
        f"{person(decider)} decides"
        if decider is not None and not decider.gone(today)
        else f"{'the sponsor' if high else who} decides"
    )
    missing = lacks(waits, pilot, record, today, calendar)
    rows: list[tuple[str, Spans]] = [
        ("It wants", (wants,)),
        ("There is", (_there(pilot, record, waits, today, calendar),)),
        ("Missing", (line(refusal(missing), 900),)),
        ("Who", (upper_first(decides),)),
    ]
    owed = [one for one in lapsed(record, today) if not of_blocker(one, record)]
    if reopened is not None and owed:
        promised = " and ".join(f'"{line(one.text, 80)}" by {day(one.by)}' for one in owed if one.by)
        kept = to_type(f"promise {name(pilot)} kept")
        rows.append(("Open again", (f"{reopened}: promised was {promised}. Is it kept? {kept}",)))
    buttons: list[Button] = []
    if (may_pass or may_propose) and waits is not Gate.G1:
        buttons.append(
            Button(
                label=f"Open the form of {waits}",
                press=Press(verb="form_gate", args={"pilot": pilot.id}),
                style="primary",
            )
        )
    buttons += [_say("Checklist", f"ready {pilot.id}"), _say("Show it", f"show {pilot.id}")]
    head = f"{name(pilot)}: gate {waits}, {title}"
    parts = (
        Text(spans=(Bold(name(pilot)), f": gate {waits}, {title}")),
        Facts(rows=tuple(rows)),
        Buttons(buttons=tuple(buttons)),
    )
    return Message(headline=head, sections=(Section(parts=parts),))


def _there(pilot: Pilot, record: Record, waits: Gate, today: date, calendar: Calendar) -> str:
    """What of it is on the record."""
    metric = pilot.metric
    match waits:
        case Gate.G1:
            have = {
                "a number": metric is not None,
                "a deadline": metric is not None and metric.deadline is not None,
                "an owner": pilot.owner is not None,
                "a sponsor": pilot.sponsor is not None,
            }
        case Gate.G2:
            have = {
                "baseline": metric is not None and metric.baseline is not None,
                "process owner": pilot.process_owner is not None,
                "data owner": pilot.data_owner is not None,
                "repository": "repo" in pilot.links,
            }
        case _:
            made = metric.progress(record.readings[-1].value) if metric and record.readings else None
            have = {f"{int(made * 100)} % of the way": True} if made is not None and waits is Gate.G4 else {}
            have[plural(len(record.readings), "reading")] = waits is not Gate.G3 and bool(record.readings)
            have[f"run owner {person(pilot.run_owner)}" if pilot.run_owner else ""] = bool(
                pilot.run_owner and waits is not Gate.G3
            )
            stand = standings(evidence_of(pilot, record), today, calendar)
            have |= {code: one.state != "open" for code, one in stand.items()}
    there = [what for what, is_there in have.items() if is_there]
    return upper_first(", ".join(there)) or "Nothing yet"


#: How the lists are called.
LISTS = {"I": "infrastructure", "D": "data", "O": "organisation"}


def checklist(
    pilot: Pilot,
    record: Record,
    *,
    today: date,
    calendar: Calendar,
    people: Mapping[str, str] | None = None,
) -> Message:
    """The three lists with every item's state, evidence, day, person and shelf life; the weakest list is the readiness."""
    stand = standings(evidence_of(pilot, record), today, calendar)
    share = shares(stand)
    weakest = min(share, key=lambda letter: share[letter])
    head = f"{name(pilot)}: readiness {_percent(share[weakest])}, the weakest list is {LISTS[weakest]}"
    parts: list[Part] = [Heading(text=head)]
    for letter, title in LISTS.items():
        lines = [
            f"{code} {ITEMS[code]}: {_item(one, pilot, today, people)}"
            for code, one in stand.items()
            if code.startswith(letter)
        ]
        parts.append(
            Text(spans=(Bold(f"{upper_first(title)}, {_percent(share[letter])}"), "\n" + "\n".join(lines)))
        )
    told = (
        "What a machine shows counts 1, a person's word a half; readiness is the weakest of the three lists."
    )
    parts.append(
        Text(spans=(f"{told}\nTick one with: {to_type(f'item {name(pilot)} I4 done LINK')}",), quiet=True)
    )
    return Message(headline=head, sections=(Section(parts=tuple(parts)),))


def _percent(share: float) -> str:
    return f"{share:.0%}".replace("%", " %")


def _item(one: Standing, pilot: Pilot, today: date, people: Mapping[str, str] | None) -> str:
    item = one.item
    if item is None:
        return "open"
    said = f", {line(item.evidence, 80)}" if item.evidence else ""
    if one.reopened:
        return f"open again, {one.reopened}{said}"
    by = f"{speaker(item.by, pilot, people)}, {day(item.on)}"
    match one.state:
        case "open":
            return f"open{said}"
        case "na":
            return f"not applicable{said} ({by})"
        case _:
            until = f", stands until {day(one.expires_on)}" if one.expires_on else ""
            how = f"by evidence, {day(item.on)}" if item.automatic else f"by word, {by}"
            days = (today - item.on).days
            age = f", {plural(days, 'day')} old" if one.expires_on and days > 0 else ""
            return f"done {how}{age}{until}{said}"


def _say(label: str, words: str) -> Button:
    return Button(label=label, press=Press(verb="say", args={"text": words}))
