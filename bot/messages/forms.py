"""The forms: a modal in Slack, a card with inputs in Teams. Field ids and submit verbs are stable.

==============  ===================  ======================================================================
submit verb     arguments            fields (a star: optional)
==============  ===================  ======================================================================
register        (none)               name, outcome, sponsor, backup*, department*
checkin         pilot, ask*, item*   value*, no_number*, status, text*, holder*, holder_by*, extra*
retire          pilot, ask*          cause, learning, retry_when*, reuse*, switched_off*
pause           pilot, ask*          until, reason
snooze          pilot, ask*          days, reason
handover        pilot, ask*          to, reason*
keep            pilot, ask*          until, owner, reason*
metric          pilot, ask*          outcome
g2              pilot                baseline, process_owner*, data_owner*, repository*
g3              pilot                per item: i1 … o8 (done, open or na) and i1_evidence* … o8_evidence*
g4              pilot                run_owner*, budget*, o2, o2_evidence*, o3_evidence*, o4_legal, o4_legal_on*,
                                     o4_security, o4_security_on*, o4_council, o4_council_on*, o4_it, o4_it_on*, o5,
                                     o5_evidence*, and for the sponsor reason*
g5              pilot                run_owner*, saving*, confirmed_by*, switched_off*, o8_on*, and per open item as g3
promise         pilot, ask           until, reason
kept            pilot, ask*          data_owner*, repository*: those that were promised and are not there
decide          pilot, ask           outcome (passed or back), reason*, promise_1*, promise_1_by*, promise_2*,
                                     promise_2_by*
item            pilot, code, state,  evidence
                ask*
wrong           ask, pilot           because
log             author*              pilot, text
wishes          (none)               not_before, platform*
==============  ===================  ======================================================================

The forms of the settings are in `setting_forms`. ``pilot`` is the pilot's id. People come back as person references, days as ISO dates, several people separated by
spaces. Values typed before an error are given back through ``typed``; what is wrong with them through ``errors``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from decimal import Decimal

from bot.domain.calendar import Calendar
from bot.domain.checkin import DATA_LATE, FORGOT, LONGEST, NOT_MEASURABLE
from bot.domain.pilot import CAUSES, Pilot
from bot.domain.record import Record, Status
from bot.domain.stages import Rules
from bot.messages.figures import last_hint, line, name, plural, quoted, shown, unit_words, upper_first
from bot.messages.model import Field, Form, Option, Part, Press, Text, day

#: What a check-in's "since last time" offers.
STATUSES = {
    Status.MOVING: "Moving",
    Status.STUCK: "Stuck",
    Status.WAITING: "Waiting for someone",
    Status.STOP: "I would stop it",
}
#: Why there is no new number.
NO_NUMBER = {NOT_MEASURABLE: "Not measurable yet", DATA_LATE: "The data is late", FORGOT: "Forgot to look"}
#: Where a platform cuts a title.
_TITLE = 24


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemView:
    """One checklist row as a form shows it."""

    code: str
    title: str
    #: done | open | na
    state: str = "open"
    evidence: str = ""
    #: Whether the pilot's risk class cannot go live without it.
    must: bool = False
    #: Why it is open again, or what its evidence must say.
    hint: str = ""


def register(
    *,
    called: str = "",
    outcome: str = "",
    sponsor: str = "",
    backup: str = "",
    department: str = "",
    errors: Mapping[str, str] | None = None,
) -> Form:
    """Three inputs and a tap; backup and department may follow."""
    fields = (
        Field(id="name", label="What is it called?", value=called, most=80, placeholder="Invoice triage"),
        Field(
            id="outcome",
            label="Which number should change, by how much, by when?",
            kind="lines",
            value=outcome,
            most=500,
            placeholder="Cut handling time per invoice from 7.5 to 3 minutes by 30 June 2027",
            hint="One sentence. What gets better, not what gets built.",
        ),
        Field(
            id="sponsor",
            label="Who wants this outcome, and could stop the money?",
            kind="person",
            value=sponsor,
        ),
        Field(
            id="backup", label="Who steps in when you are away?", kind="person", value=backup, optional=True
        ),
        Field(id="department", label="Department", value=department, most=80, optional=True),
    )
    return _form("Register a pilot", fields, Press(verb="register"), "Register", errors)


def checkin(
    pilot: Pilot,
    record: Record,
    *,
    ask: str = "",
    known: Decimal | None = None,
    typed: Mapping[str, str] | None = None,
    extra: Field | None = None,
    item: str = "",
    errors: Mapping[str, str] | None = None,
) -> Form:
    """The three questions of a check-in; only the second must be answered.

    Args:
        pilot: the pilot.
        record: its record, for the last value.
        ask: the ask it answers.
        known: a connector's newer value, filled in so that nobody types what is known.
        typed: what was filled in before, or tapped: field id → value.
        extra: the one due extra (a readiness item, "still yours?", the kill line); its id becomes ``extra``.
        item: the code of the item that the extra is about.
        errors: field id → what is wrong with it.

    """
    metric = pilot.metric
    asks_number = metric is not None
    fields: list[Field] = []
    if metric is not None:
        unit = f" ({unit_words(metric.unit)})" if unit_words(metric.unit) else ""
        fields += [
            Field(
                id="value",
                label=f"{upper_first(line(metric.name, 80)) or 'The number'} now?{unit}",
                kind="number",
                value=f"{known:f}" if known is not None else "",
                hint=last_hint(pilot, record),
                optional=True,
            ),
            Field(
                id="no_number",
                label="No new number?",
                kind="choice",
                options=tuple(Option(label=label, value=value) for value, label in NO_NUMBER.items()),
                optional=True,
            ),
        ]
    fields += [
        Field(
            id="status",
            label="Since last time",
            kind="choice",
            options=tuple(Option(label=label, value=str(status)) for status, label in STATUSES.items()),
        ),
        Field(
            id="text",
            label="One line: what changed, or what you need",
            kind="lines",
            most=LONGEST,
            optional=True,
            hint="Not needed if it is moving and the number is there." if asks_number else "",
        ),
        Field(
            id="holder",
            label="Stuck or waiting: who can clear it?",
            kind="person",
            optional=True,
            hint="They are asked from then on, not you.",
        ),
        Field(id="holder_by", label="By when?", kind="date", optional=True),
    ]
    if extra is not None:
        fields.append(replace(extra, id="extra", optional=True))
    submit = _about(pilot, "checkin", ask)
    if item:
        submit = replace(submit, args={**submit.args, "item": item})
    return _form("Check-in", _filled(fields, typed), submit, "Send", errors, about=pilot)


def extra_item(code: str, title: str, why: str) -> Field:
    """The one due item as a line of the check-in's form; answered with done, later, or why it does not apply."""
    return Field(
        id="extra",
        label=line(f"One item: {code} {title}?", 150),
        hint=line(
            f'{upper_first(why)}. "done" with a link, "later", or "na" and why it does not apply.', 150
        ),
        most=500,
    )


def item(
    pilot: Pilot,
    *,
    code: str,
    title: str,
    state: str,
    hint: str,
    ask: str = "",
    evidence: str = "",
    errors: Mapping[str, str] | None = None,
) -> Form:
    """One checklist item: what shows that it is done, or why it does not apply."""
    label = f"{code}: why does it not apply?" if state == "na" else f"{code}: what shows that it is done?"
    field = Field(id="evidence", label=label, kind="lines", most=500, hint=line(hint, 150), value=evidence)
    args = {"pilot": pilot.id, "code": code, "state": state, **({"ask": ask} if ask else {})}
    submit = Press(verb="item", args=args)
    called = _note(f"{code} {title}")
    return _form(f"Item {code}", (field,), submit, "Save", errors, about=pilot, intro=called)


def retire(
    pilot: Pilot,
    *,
    ask: str = "",
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> Form:
    """The cause and one sentence; the rest may follow later, one thing at a time."""
    fields = (
        Field(
            id="cause",
            label="Why does it end?",
            kind="choice",
            options=tuple(
                Option(label=f"{cause}: {words}", value=str(cause)) for cause, words in CAUSES.items()
            ),
        ),
        Field(
            id="learning",
            label="We learned that …",
            kind="lines",
            most=500,
            placeholder="drivers know access times the map does not",
        ),
        Field(
            id="retry_when",
            label="Worth another try when …",
            most=300,
            optional=True,
            placeholder="gate times are recorded",
        ),
        Field(
            id="reuse", label="What can others use?", most=300, optional=True, placeholder="address cleaning"
        ),
        Field(
            id="switched_off",
            label="What was switched off?",
            most=300,
            optional=True,
            hint="Keys, compute, licences, data.",
        ),
    )
    intro = _note("Stopping on purpose is a good end: it stands in the digest beside those that scaled.")
    return _form(
        "Retire with learning",
        _filled(fields, typed),
        _about(pilot, "retire", ask),
        "Retire",
        errors,
        about=pilot,
        intro=intro,
    )


def pause(
    pilot: Pilot,
    *,
    today: date,
    calendar: Calendar,
    rules: Rules | None = None,
    ask: str = "",
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> Form:
    """A sanctioned rest: until when, and why."""
    rules = rules or Rules()
    most = calendar.add(today, rules.pause_most)
    fields = (
        Field(
            id="until",
            label="Rests until",
            kind="date",
            hint=f"At the latest {day(most)}, {rules.pause_most} working days from now.",
        ),
        Field(id="reason", label="Why?", kind="lines", most=LONGEST, placeholder="works agreement under way"),
    )
    return _form("Pause", _filled(fields, typed), _about(pilot, "pause", ask), "Pause", errors, about=pilot)


def snooze(
    pilot: Pilot,
    *,
    used: int = 0,
    used_days: int = 0,
    rules: Rules | None = None,
    ask: str = "",
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> Form:
    """Not before so many working days, with a reason that others can read.

    Args:
        pilot: the pilot.
        used: snoozes since the last word.
        used_days: their days together.
        rules: the workspace's thresholds.
        ask: the ask it answers.
        typed: what was filled in before.
        errors: field id → what is wrong with it.

    """
    rules = rules or Rules()
    left = max(0, min(10, rules.snooze_days - used_days))
    hint = (
        f"1 to {left}. Snooze {used + 1} of {rules.snoozes}; the finding stays visible."
        if left
        else "None is left."
    )
    fields = (
        Field(
            id="days",
            label="How many working days?",
            kind="number",
            hint=hint,
            value=str(min(5, left)) if left else "",
        ),
        Field(id="reason", label="Why? Others can read it", most=LONGEST, placeholder="quarter closing"),
    )
    return _form(
        "Snooze", _filled(fields, typed), _about(pilot, "snooze", ask), "Snooze", errors, about=pilot
    )


def handover(
    pilot: Pilot,
    *,
    ask: str = "",
    to: str = "",
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> Form:
    """To whom; that person accepts before anything changes."""
    fields = (
        Field(
            id="to",
            label="Who takes it over?",
            kind="person",
            value=to,
            hint="It stays yours until they say yes.",
        ),
        Field(id="reason", label="Anything they should know?", kind="lines", most=LONGEST, optional=True),
    )
    return _form(
        "Hand over", _filled(fields, typed), _about(pilot, "handover", ask), "Ask them", errors, about=pilot
    )


def keep(
    pilot: Pilot,
    *,
    ask: str = "",
    owner: str = "",
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> Form:
    """The decision to go on: a new date and a named owner."""
    fields = (
        Field(
            id="until",
            label="Decide again on",
            kind="date",
            hint="The new date; on it somebody decides once more.",
        ),
        Field(id="owner", label="Who owns it from here?", kind="person", value=owner),
        Field(id="reason", label="Why go on?", kind="lines", most=LONGEST, optional=True),
    )
    return _form(
        "Keep, owner and date",
        _filled(fields, typed),
        _about(pilot, "keep", ask),
        "Keep it",
        errors,
        about=pilot,
    )


def metric(
    pilot: Pilot,
    *,
    ask: str = "",
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> Form:
    """The outcome sentence anew, for a pilot whose number is missing or wrong."""
    fields = (
        Field(
            id="outcome",
            label="Which number should change, by how much, by when?",
            kind="lines",
            value=pilot.outcome_sentence,
            most=500,
            hint="One sentence. What gets better, not what gets built.",
        ),
    )
    return _form(
        "Name the number",
        _filled(fields, typed),
        _about(pilot, "metric", ask),
        "Check it",
        errors,
        about=pilot,
    )


def g2(
    pilot: Pilot,
    *,
    process_owner: str = "",
    data_owner: str = "",
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> Form:
    """Gate G2 in four fields; what is not there yet may become one of two dated promises."""
    metric = pilot.metric
    said = shown(metric.baseline, metric) if metric is not None and metric.baseline is not None else ""
    fields = (
        Field(
            id="baseline",
            label="The number before you begin",
            placeholder="10.0 h, Zendesk export, May",
            hint=(
                f"Your sentence says {said}. Left empty, it stays; measured, write it with its source and when."
                if said
                else "Value, source, and when it was measured."
            ),
            optional=bool(said),
            most=200,
        ),
        Field(
            id="process_owner",
            label="Whose process is it?",
            kind="person",
            value=process_owner,
            optional=True,
            hint="Left empty: the sponsor.",
        ),
        Field(
            id="data_owner",
            label="Who said yes to the data?",
            kind="person",
            value=data_owner,
            optional=True,
            hint="Left empty: one of your two promises.",
        ),
        Field(
            id="repository",
            label="Repository",
            value=pilot.links.get("repo", ""),
            placeholder="https://",
            optional=True,
            most=500,
        ),
    )
    return _form(
        "Gate G2: start",
        _filled(fields, typed),
        Press(verb="g2", args={"pilot": pilot.id}),
        "Pass G2",
        errors,
        about=pilot,
    )


def g3(
    pilot: Pilot,
    items: Sequence[ItemView],
    *,
    passes: bool = True,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> Form:
    """Gate G3 with all its items at once; those with evidence are ticked already."""
    states = (
        Option(label="Done", value="done"),
        Option(label="Open", value="open"),
        Option(label="Not applicable", value="na"),
    )
    fields: list[Field] = []
    for item in items:
        code = item.code.lower()
        must = "" if item.must else " (may stay open)"
        fields.append(
            Field(
                id=code,
                label=line(f"{item.code} {item.title}{must}", 150),
                kind="choice",
                options=states,
                value=item.state,
            )
        )
        if item.state == "open" or not item.evidence:
            fields.append(
                Field(
                    id=f"{code}_evidence",
                    label=f"{item.code}: link, or why not applicable",
                    value=item.evidence,
                    hint=line(item.hint, 150),
                    most=500,
                    optional=True,
                )
            )
    ready = sum(item.state != "open" for item in items if item.must)
    intro = _note(
        f"{ready} of {plural(sum(item.must for item in items), 'item')} that {pilot.risk} risk needs are done."
    )
    return _form(
        "Gate G3: go live",
        _filled(fields, typed),
        Press(verb="g3", args={"pilot": pilot.id}),
        "Pass G3" if passes else "Ask the sponsor",
        errors,
        about=pilot,
        intro=intro,
    )


#: Who must have answered before G4, by their field.
ANSWERS = {
    "o4_legal": "Legal",
    "o4_security": "Security",
    "o4_council": "Works council or HR",
    "o4_it": "IT",
}


def g4(
    pilot: Pilot,
    items: Sequence[ItemView],
    *,
    passes: bool,
    known: Mapping[str, str] | None = None,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> Form:
    """Gate G4: who runs it, what that costs, and what the organisation says; the number speaks for itself.

    Args:
        pilot: the pilot.
        items: O2, O3 and O5 as they stand.
        passes: whether whoever fills it in may pass the gate (the sponsor), or puts it to the sponsor.
        known: field id → what is on the record already.
        typed: what was filled in before.
        errors: field id → what is wrong with it.

    """
    known = known or {}
    views = {one.code: one for one in items}
    answers = (
        Option(label="Yes", value="yes"),
        Option(label="No", value="no"),
        Option(label="Not needed", value="not needed"),
        Option(label="Not asked yet", value="open"),
    )
    fields: list[Field] = [
        Field(
            id="run_owner",
            label="Who runs it after the pilot?",
            kind="person",
            value=known.get("run_owner", ""),
            hint="They are asked, and say yes themselves.",
            optional=True,
        ),
        Field(
            id="budget",
            label="Run budget for 12 months, and who accepted it",
            value=known.get("budget", ""),
            placeholder="24,000 EUR, cost centre 4711, accepted by Petra Holm",
            most=200,
            optional=True,
        ),
        *_state(views["O2"]),
        Field(
            id="o3_evidence",
            label="O3: how many are trained, of how many intended?",
            value=views["O3"].evidence,
            placeholder="42 of 50",
            hint=line(views["O3"].hint, 150),
            most=200,
            optional=True,
        ),
    ]
    for code, who in ANSWERS.items():
        fields += [
            Field(
                id=code,
                label=f"O4: {who} says",
                kind="choice",
                options=answers,
                value=known.get(code, "open"),
            ),
            Field(
                id=f"{code}_on",
                label=f"O4: {who}, since",
                kind="date",
                value=known.get(f"{code}_on", ""),
                optional=True,
            ),
        ]
    fields += _state(views["O5"])
    if passes:
        fields.append(
            Field(
                id="reason",
                label="Less than half of the way: why go on?",
                kind="lines",
                most=LONGEST,
                optional=True,
                hint="Needed only where less than 50 % of the way is made.",
            )
        )
    return _form(
        "Gate G4: value",
        _filled(fields, typed),
        Press(verb="g4", args={"pilot": pilot.id}),
        "Pass G4" if passes else "Ask the sponsor",
        errors,
        about=pilot,
    )


def _state(item: ItemView) -> list[Field]:
    code = item.code.lower()
    states = (
        Option(label="Done", value="done"),
        Option(label="Open", value="open"),
        Option(label="Not applicable", value="na"),
    )
    return [
        Field(
            id=code,
            label=line(f"{item.code} {item.title}", 150),
            kind="choice",
            options=states,
            value=item.state,
        ),
        Field(
            id=f"{code}_evidence",
            label=f"{item.code}: link, or why not applicable",
            value=item.evidence,
            hint=line(item.hint, 150),
            most=500,
            optional=True,
        ),
    ]


def decide(
    pilot: Pilot,
    *,
    gate: str,
    ask: str,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> Form:
    """A gate's decision: passed, passed with at most two dated promises, or sent back with a reason."""
    fields: list[Field] = [
        Field(
            id="outcome",
            label="Your decision",
            kind="choice",
            options=(
                Option(label="Passed, with the promises below if there are any", value="passed"),
                Option(label="Sent back, for the reason below", value="back"),
            ),
            value="passed",
        ),
        Field(
            id="reason",
            label="Reason",
            kind="lines",
            most=LONGEST,
            optional=True,
            hint="Needed to send it back, and at G4 under 50 % of the way.",
        ),
    ]
    for number in (1, 2):
        fields += [
            Field(
                id=f"promise_{number}",
                label=f"Promise {number}: what is owed",
                most=200,
                optional=True,
                placeholder="Danish training for the night shift" if number == 1 else "",
            ),
            Field(id=f"promise_{number}_by", label=f"Promise {number}: by when", kind="date", optional=True),
        ]
    submit = Press(verb="decide", args={"pilot": pilot.id, "ask": ask})
    return _form(f"Decide gate {gate}", _filled(fields, typed), submit, "Decide", errors, about=pilot)


def g5(
    pilot: Pilot,
    items: Sequence[ItemView],
    *,
    passes: bool,
    known: Mapping[str, str] | None = None,
    intro: str = "",
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> Form:
    """Gate G5: who runs it, what it saves and who confirmed that, what was switched off, and every item still open.

    Args:
        pilot: the pilot.
        items: what is open of the three lists; O8 is asked for its day.
        passes: whether whoever fills it in decides (the sponsor), or puts it to the sponsor.
        known: field id → what is on the record already.
        intro: the final value, in words.
        typed: what was filled in before.
        errors: field id → what is wrong with it.

    """
    known = known or {}
    fields: list[Field] = [
        Field(
            id="run_owner",
            label="Who runs it from here?",
            kind="person",
            value=known.get("run_owner", ""),
            hint="Not the pilot team. They are asked, and say yes themselves.",
            optional=True,
        ),
        Field(
            id="saving",
            label="What does it save a year?",
            value=known.get("saving", ""),
            placeholder="84,000 EUR",
            hint="Left empty: the record says nothing of a saving.",
            most=100,
            optional=True,
        ),
        Field(
            id="confirmed_by",
            label="Who confirmed the saving?",
            kind="person",
            value=known.get("confirmed_by", ""),
            hint="Finance, or whoever owns the process.",
            optional=True,
        ),
        Field(
            id="switched_off",
            label="What was switched off?",
            value=known.get("switched_off", ""),
            placeholder="the manual ledger, two licences, the pilot's own machine",
            most=300,
            optional=True,
        ),
    ]
    for item in items:
        if item.code == "O8":
            fields.append(
                Field(
                    id="o8_on",
                    label="O8: the old way ended on",
                    kind="date",
                    value=known.get("o8_on", ""),
                    hint="The day it was switched off, told to everybody.",
                    optional=True,
                )
            )
        else:
            fields += _state(item)
    return _form(
        "Gate G5: done",
        _filled(fields, typed),
        Press(verb="g5", args={"pilot": pilot.id}),
        "Scale it" if passes else "Ask the sponsor",
        errors,
        about=pilot,
        intro=_note(intro) if intro else (),
    )


def promise(
    pilot: Pilot,
    *,
    text: str,
    ask: str,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> Form:
    """A new day for what was promised, with its reason."""
    fields = (
        Field(id="until", label="Until when?", kind="date"),
        Field(
            id="reason",
            label="Why does it need longer?",
            kind="lines",
            most=300,
            hint="The sponsor reads it. A promise moves twice at the most.",
        ),
    )
    submit = Press(verb="promise", args={"pilot": pilot.id, "ask": ask})
    intro = _note(f"Promised: {quoted(text, 200)}.") if text else ()
    return _form("A new date", _filled(fields, typed), submit, "Move it", errors, about=pilot, intro=intro)


def kept(
    pilot: Pilot,
    wanted: Sequence[str],
    *,
    ask: str = "",
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> Form:
    """What was promised at G2, brought: the fields that are empty still; of two, one may come first."""
    both = len(wanted) > 1
    fields = {
        "data_owner": Field(id="data_owner", label="Who said yes to the data?", kind="person", optional=both),
        "repository": Field(
            id="repository", label="Repository", placeholder="https://", optional=both, most=500
        ),
    }
    args = {"pilot": pilot.id, **({"ask": ask} if ask else {})}
    return _form(
        "Promise kept",
        _filled([fields[one] for one in wanted], typed),
        Press(verb="kept", args=args),
        "Kept",
        errors,
        about=pilot,
        intro=_note("What you leave empty stays promised.") if both else (),
    )


def wrong(
    pilot: Pilot, *, ask: str, typed: Mapping[str, str] | None = None, errors: Mapping[str, str] | None = None
) -> Form:
    """You were wrong because …: stored, counted, and the reason a rule may change."""
    fields = (Field(id="because", label="You were wrong because …", kind="lines", most=LONGEST),)
    return _form(
        "You were wrong",
        _filled(fields, typed),
        Press(verb="wrong", args={"ask": ask, "pilot": pilot.id}),
        "Tell us",
        errors,
        about=pilot,
    )


def log(offered: Sequence[Pilot], *, text: str, author: str = "", chosen: str = "") -> Form:
    """A message on its way to a pilot's record.

    Args:
        offered: the pilots to choose from, the reader's own first.
        text: the message's words.
        author: who said them, as a person reference; empty: the reader.
        chosen: the pilot that the words name.

    """
    fields = (
        Field(
            id="pilot",
            label="Which pilot is it about?",
            kind="choice",
            options=tuple(Option(label=name(one), value=one.id) for one in offered),
            value=chosen or (offered[0].id if len(offered) == 1 else ""),
            placeholder="Choose a pilot",
        ),
        Field(
            id="text",
            label="What stands on its record",
            kind="lines",
            value=text,
            hint="40 characters or more count as a sign of life: the next question comes later. A number or a status ends it.",
            most=2000,
        ),
    )
    press = Press(verb="log", args={"author": author} if author else {})
    return _form(
        "Log as check-in",
        fields,
        press,
        "Log it",
        intro=_note("The channel is not read: only this message is kept."),
    )


def wishes(
    *, opens: time, closes: time, not_before: time | None, platform: str, platforms: Sequence[str]
) -> Form:
    """When and where one person is written to: an hour inside the window, and a place where there are two."""
    first = Option(label=f"As soon as it may, from {opens:%H:%M}", value="opens")
    times = [
        time(minutes // 60, minutes % 60)
        for minutes in range(30, 24 * 60, 30)
        if opens < time(minutes // 60, minutes % 60) <= closes
    ]
    fields = [
        Field(
            id="not_before",
            label="Write to me",
            kind="choice",
            options=(first, *(Option(label=f"From {one:%H:%M}", value=f"{one:%H:%M}") for one in times)),
            value=f"{not_before:%H:%M}" if not_before else "opens",
            hint="On your own clock. On a day that closes earlier, as soon as it opens.",
        )
    ]
    if len(platforms) > 1:
        either = Option(label="Where I last answered", value="")
        names = (Option(label=one.capitalize(), value=one) for one in platforms)
        fields.append(
            Field(
                id="platform",
                label="Where",
                kind="choice",
                options=(replace(either, value="any"), *names),
                value=platform or "any",
            )
        )
    note = "At most one message a day and three a week. A pilot you own cannot be muted: hand it over or retire it."
    return _form("Write to me", fields, Press(verb="wishes"), "Save", intro=_note(note))


def _about(pilot: Pilot, verb: str, ask: str) -> Press:
    return Press(verb=verb, args={"pilot": pilot.id, **({"ask": ask} if ask else {})})


def _note(text: str) -> tuple[Part, ...]:
    return (Text(spans=(text,), quiet=True),)


def _filled(fields: Sequence[Field], typed: Mapping[str, str] | None) -> tuple[Field, ...]:
    return tuple(replace(field, value=(typed or {}).get(field.id, field.value)) for field in fields)


def _form(
    title: str,
    fields: Sequence[Field],
    submit: Press,
    label: str,
    errors: Mapping[str, str] | None = None,
    *,
    about: Pilot | None = None,
    intro: tuple[Part, ...] = (),
) -> Form:
    """A form with its errors; a pilot's name stands above the fields, the title is too short for it."""
    named: tuple[Part, ...] = (Text(spans=(name(about),)),) if about is not None else ()
    drawn = tuple(replace(field, error=(errors or {}).get(field.id, "")) for field in fields)
    return Form(
        title=title[:_TITLE], fields=drawn, submit=submit, submit_label=label[:_TITLE], intro=(*named, *intro)
    )
