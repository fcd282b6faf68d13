"""The questions: every finding and every kind of ask has its own, anew on every rung, with its row of buttons.

The owner is asked what is the case and offered four ways out; the backup, to answer or to take over; the sponsor, for a
decision and never for news.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from bot.domain.calendar import Calendar
from bot.domain.findings import Kind
from bot.domain.gains import gains_of
from bot.domain.ladder import Role, Rung
from bot.domain.pilot import CAUSES, Cause, Pilot
from bot.domain.readiness import DONE_MEANS
from bot.domain.stages import Stage
from bot.messages.ask import AskKind, AskView, owner_name
from bot.messages.figures import (
    a_week,
    closed,
    example,
    fact,
    first,
    last_word,
    line,
    name,
    next_gate,
    number_line,
    person,
    quoted,
    sentence,
    shown,
    upper_first,
    working_days,
)
from bot.messages.model import Button, Press, day


@dataclass(frozen=True, kw_only=True)
class Said:
    """A question with its row of buttons."""

    question: str
    buttons: tuple[Button, ...]
    more: tuple[Button, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One ask on its day, with what its question may need."""

    ask: AskView
    today: date
    calendar: Calendar
    currency: str

    @property
    def pilot(self) -> Pilot:
        return self.ask.pilot

    @property
    def number(self) -> str:
        return number_line(self.ask.pilot, self.ask.record)

    @property
    def reply(self) -> str:
        return f'"{example(self.ask.pilot, self.ask.record)}"'

    @property
    def last(self) -> str:
        return closed(last_word(self.ask.picture, self.ask.pilot, self.ask.people, 110))

    def press(self, label: str, verb: str, *, primary: bool = False, **args: str) -> Button:
        return Button(
            label=label,
            press=Press(verb=verb, args={"ask": self.ask.ask_id, **args}),
            style="primary" if primary else "plain",
            says=f"{label}: {name(self.pilot)}"[:75],
        )

    def say(self, label: str, words: str) -> Button:
        return replace(_say(label, words), says=f"{label}: {name(self.pilot)}"[:75])

    def status(self, label: str, status: str, *, primary: bool = False) -> Button:
        return self.press(label, "answer", primary=primary, status=status)

    def checkin(self, label: str = "Number and a line", *, primary: bool = False) -> Button:
        return self.press(label, "form_checkin", primary=primary)

    def take(self, label: str, yes: str, *, primary: bool = False) -> Button:
        return self.press(label, "take_over", primary=primary, yes=yes)

    @property
    def stop(self) -> Button:
        return self.status("I would stop it", "stop")

    @property
    def snooze(self) -> Button:
        return self.press("Snooze", "form_snooze")

    @property
    def hand_over(self) -> Button:
        return self.press("Hand over", "form_handover")

    @property
    def retire(self) -> Button:
        return self.press("Retire", "form_retire")

    @property
    def wrong(self) -> Button:
        return self.press("You were wrong", "wrong")

    @property
    def show(self) -> Button:
        return self.say("Show it", f"show {self.pilot.id}")

    @property
    def answers(self) -> tuple[Button, ...]:
        """The four taps of a check-in; each is a full answer."""
        return (
            self.status("Moving", "moving", primary=True),
            self.status("Stuck", "stuck"),
            self.status("Waiting", "waiting"),
            self.stop,
        )

    @property
    def ways_out(self) -> tuple[Button, ...]:
        """Behind "more" wherever an owner is asked; retiring is always among them."""
        return (self.snooze, self.hand_over, self.retire, self.wrong)

    @property
    def decisions(self) -> tuple[Button, ...]:
        """The sponsor's three."""
        return (
            self.press("Keep, with owner and date", "form_keep"),
            self.press("Pause until", "form_pause"),
            self.press("Retire with learning", "form_retire"),
        )

    def plain(self, question: str) -> Said:
        """A question that the four taps of a check-in answer."""
        return Said(question=question, buttons=self.answers, more=(self.checkin(), *self.ways_out))

    def wants_words(self, question: str, label: str) -> Said:
        """A question that needs a line or a number: the form first."""
        buttons = (
            self.checkin(label, primary=True),
            self.status("Stuck", "stuck"),
            self.status("Waiting", "waiting"),
            self.stop,
        )
        return Said(question=question, buttons=buttons, more=self.ways_out)


def _say(label: str, words: str) -> Button:
    return Button(label=label, press=Press(verb="say", args={"text": words}))


# The questions.


def question(asked_: Asked) -> Said:
    ask = asked_.ask
    special = _SPECIAL.get(ask.kind)
    if special is not None:
        return special(asked_)
    if ask.role is Role.HOLDER:
        return _holder(asked_)
    if ask.role in (Role.SPONSOR, Role.LEADER):
        question = f"{asked_.last} {_TO_SPONSOR.get(ask.kind, _DECIDE)}"
        return Said(question=question, buttons=asked_.decisions, more=(asked_.show, asked_.wrong))
    if ask.kind == Kind.ORPHANED:
        return _orphaned(asked_)
    if ask.role is Role.BACKUP:
        return _to_backup(asked_)
    return _second(asked_) if ask.rung >= Rung.TEAM else _first(asked_)


def _first(row: Asked) -> Said:
    """Rung 1: the owner, or whoever stands in."""
    pilot = row.pilot
    match row.ask.kind:
        case Kind.BLIND if pilot.stage is Stage.SCALED:
            return _look_back(row)
        case Kind.BLIND if pilot.stage is Stage.FRAMED:
            return row.wants_words(
                'What was it before you began? A value and where it comes from: "10.0, moving, Zendesk export of May".',
                "Tell the baseline",
            )
        case Kind.BLIND:
            return row.wants_words(
                f'{row.number} What is it today? "Not measurable yet" and "the data is late" are answers too.',
                "Tell the number",
            )
        case Kind.NO_METRIC:
            question = 'Which number should change, from what to what, by when? "Cut handling time per invoice from 7.5 to 3 minutes within 6 months."'
            named = row.press("Name the number", "form_metric")
            return Said(
                question=question,
                buttons=(named, row.status("Waiting", "waiting"), row.stop),
                more=row.ways_out,
            )
        case Kind.OVERSTAY:
            gate = next_gate(pilot)
            question = f"What is missing for gate {gate}, and who has it? If nothing will come, stopping is a good end."
            opened = row.say(f"Open gate {gate}", f"gate {pilot.id}")
            return Said(
                question=question, buttons=(opened, *row.answers[1:]), more=(row.checkin(), *row.ways_out)
            )
        case Kind.OVERDUE:
            return row.wants_words(
                "What do you propose: a new date, the value as it is, or stopping? The sponsor decides, with your line beside it.",
                "Propose",
            )
        case Kind.OFF_PACE:
            return row.plain(f"{row.number} What would bring it back, and who can help? Reply {row.reply}.")
        case Kind.GUARDRAIL_BROKEN:
            return row.wants_words("What brings it back inside, and until when?", "Tell what is done")
        case Kind.SAME_BLOCKER:
            question = f"{quoted(row.ask.blocked_by)}: who can clear it, and by when? From then on they are asked, not you."
            named, moves = row.checkin("Name who can", primary=True), row.status("It moves again", "moving")
            return Said(question=question, buttons=(named, moves, row.stop), more=row.ways_out)
        case Kind.REPEATED_ANSWER:
            return row.wants_words(
                f"{_repeated(row.ask)} What is different since the first time? If nothing is, that is an answer.",
                "Tell what changed",
            )
        case Kind.SNOOZE_LIMIT:
            over = f"over to {person(pilot.backup)}" if pilot.backup else "over to somebody else"
            question = f"{row.last} A line now, {over}, or stop it?"
            return Said(
                question=question,
                buttons=row.answers,
                more=(row.checkin(), row.hand_over, row.retire, row.wrong),
            )
        case Kind.SLIDING_BACK:
            question = "What changed since it was scaled, and who brings it back? It stays scaled; only this question is open."
            told, fixed = (
                row.checkin("Tell what changed", primary=True),
                row.status("It is being fixed", "moving"),
            )
            return Said(
                question=question, buttons=(told, fixed, *row.answers[1:3]), more=(row.hand_over, row.wrong)
            )
        case Kind.PROGRESSLESS:
            return row.plain(
                "What is the next piece, and what keeps it? A ticked item or a merge answers this by itself."
            )
        case _:
            return row.plain(f"{row.number} New number? Reply {row.reply}.")


#: Rung 2 asks in other words.
_SECOND: Mapping[str, str] = {
    Kind.SILENT: "A line is enough, even that nothing happened.",
    Kind.BLIND: "Without a number nobody can say whether it works.",
    Kind.NO_METRIC: "Without a number it stays an idea.",
    Kind.OVERSTAY: "The next gate or an end, both are progress.",
    Kind.OVERDUE: "A passed deadline stays open until somebody decides.",
    Kind.GUARDRAIL_BROKEN: "The limit was agreed; is it still the right one?",
    Kind.SAME_BLOCKER: "Nobody is named yet who can clear it.",
    Kind.REPEATED_ANSWER: "Another sentence, another owner or an end, each is fine.",
    Kind.SNOOZE_LIMIT: "The snoozes are used up; the other three ways are open.",
    Kind.PROGRESSLESS: "Work that left no trace can be told in a line.",
}


def _second(row: Asked) -> Said:
    """Rung 2, to the owner: update, hand over, snooze, or stop."""
    ask, backup = row.ask, row.pilot.backup
    since = row.calendar.working_days(ask.finding.since, row.today) if ask.finding else 0
    words = [f"Open for {working_days(since)}." if since else "", _SECOND.get(ask.kind, "")]
    words.append(f"{person(backup)} is asked as well; either answer is enough." if backup else "")
    update = (
        row.press("Name the number", "form_metric")
        if ask.kind == Kind.NO_METRIC
        else row.checkin("Update", primary=True)
    )
    over = (
        row.press(f"Hand over to {first(backup)}"[:75], "form_handover", to=backup.id)
        if backup
        else row.hand_over
    )
    snooze = () if ask.kind == Kind.SNOOZE_LIMIT else (row.snooze,)
    return Said(
        question=" ".join(word for word in words if word),
        buttons=(update, over, *snooze, row.stop),
        more=(row.press("On it", "on_it"), row.retire, row.wrong),
    )


def _to_backup(row: Asked) -> Said:
    """The backup: instead of an owner who is away, or beside one who did not answer."""
    if row.ask.rung is Rung.OWNER:
        return row.plain(
            f"{owner_name(row.pilot)} is away, so you are asked. {row.number} Reply {row.reply}."
        )
    return Said(
        question=f"{row.last} The owner is asked as well; either answer is enough. Can you say how it stands, or take it over?",
        buttons=(
            row.checkin("Update", primary=True),
            row.take("I take it over", "yes"),
            row.snooze,
            row.stop,
        ),
        more=(row.take("Not me", "no"), row.retire, row.wrong),
    )


#: Rung 3 asks the sponsor for a decision: keep, pause or retire.
_DECIDE = "Keep it with a named owner and a new date, pause it, or retire it with what was learned?"
_TO_SPONSOR: Mapping[str, str] = {
    Kind.ORPHANED: "Who should own it from here? Or let it rest, or retire it with what was learned.",
    Kind.BLIND: "Is it worth keeping without a number? If so, with an owner and a date for one.",
    Kind.NO_METRIC: "Is there a number you want changed? If so, keep it with an owner and a date for it.",
    Kind.OVERSTAY: "Is the next gate worth a new date, or is this the end of it?",
    Kind.OVERDUE: "A new date, a rest, or the end with what was learned: which is right?",
    Kind.GUARDRAIL_BROKEN: "Keep it with an owner and a date for the fix, pause it until then, or retire it?",
    Kind.SAME_BLOCKER: "Can you clear it? Otherwise a new date, a pause until it is cleared, or the end.",
    Kind.REPEATED_ANSWER: "Is something happening that the sentence does not say? Keep, pause or retire it.",
    Kind.SNOOZE_LIMIT: "It was put off as often as it can be. Keep it with an owner and a date, pause or retire it?",
    Kind.PROGRESSLESS: "Is the next gate worth a new date, a rest, or is this the end of it?",
}


def _orphaned(row: Asked) -> Said:
    return Said(
        question="Can you take it over? What there is to take over stands below.",
        buttons=(
            row.take("I take it", "yes", primary=True),
            row.take("Not me", "no"),
            row.press("Somebody else", "form_handover"),
        ),
        more=(row.retire, row.wrong),
    )


def _watermelon(row: Asked) -> Said:
    return Said(
        question=f"{row.number} Is it really moving? Only you are asked.",
        buttons=(
            row.press("Yes, it is", "confirm", yes="yes"),
            row.press("No, it is not", "confirm", yes="no"),
        ),
        more=(row.checkin(), row.wrong),
    )


def _repeated(ask: AskView) -> str:
    answers = [entry for entry in ask.record.entries if entry.word and entry.repeats]
    if not answers:
        return ""
    last = answers[-1]
    value = (
        f" at {shown(last.value, ask.pilot.metric, ask.record.readings)}"
        if last.value is not None and ask.pilot.metric
        else ""
    )
    return f"{quoted(last.text, 100)}{value}."


def _holder(row: Asked) -> Said:
    """Whoever can clear a blocker, with the owner's own words."""
    ask, until = row.ask, row.ask.blocked_until
    by = ask.by
    told = f"{by}: {closed(quoted(ask.blocked_by))} " if ask.kind != AskKind.BLOCKER else ""
    due = (
        f"By {day(until)}, if you can. "
        if until and until >= row.today
        else f"It was due on {day(until)}. "
        if until
        else ""
    )
    question = (
        "Is it cleared by now, or who else can?"
        if ask.rung >= Rung.TEAM
        else "Can you clear it, or say who can?"
    )
    return Said(
        question=f"{told}{due}{question}",
        buttons=(
            row.status("It is cleared", "moving", primary=True),
            row.press("I am on it", "on_it"),
            row.take("Not me", "no"),
        ),
        more=(row.checkin("Answer in a line"), row.wrong),
    )


def _pulse(row: Asked) -> Said:
    return Said(
        question=f"{row.number} One tap is enough.",
        buttons=(
            row.press("Still worth it", "pulse", primary=True, yes="yes"),
            row.press("No longer", "pulse", yes="no"),
        ),
        more=(*row.decisions, row.wrong),
    )


def _checkin(row: Asked) -> Said:
    extra = f" {sentence(row.ask.detail('extra', 160))}" if row.ask.detail("extra") else ""
    return row.plain(f"{row.number} New number? Reply {row.reply}.{extra}")


def _item(row: Asked) -> Said:
    code = row.ask.detail("code")
    means = DONE_MEANS.get(code, "")
    question = f"{upper_first(means)}. " if means else ""
    return Said(
        question=f'{question}Done, or put off? A reply like "{code or "I6"} done LINK" does as well.',
        buttons=(
            row.press("Done", "item", primary=True, state="done"),
            row.press("Not applicable", "item", state="na"),
            row.press("Later", "item", state="later"),
        ),
    )


def _week_one(row: Asked) -> Said:
    due, late = row.ask.day("due"), row.ask.detail("late")
    cost = row.ask.detail("cost")
    later = f" Cost of later: {late}{f', {cost}' if cost else ''}." if late and due else ""
    why = f"{closed(row.ask.detail('why', 100))} " if row.ask.detail("why") else ""
    return Said(
        question=f"{why}Which of them stand, and what keeps the others?{later}",
        buttons=(
            row.say("Open the checklist", f"ready {row.pilot.id}"),
            row.status("Stuck", "stuck"),
            row.status("Waiting", "waiting"),
            row.stop,
        ),
        more=row.ways_out,
    )


def _promise(row: Asked) -> Said:
    gate = row.ask.detail("gate")
    reopened = f" The question of gate {gate} is open again until then." if gate else ""
    kept = row.press("Kept", "promise", primary=True, yes="yes")
    if row.ask.role in (Role.SPONSOR, Role.LEADER):
        question = (
            f"Nobody said that it is kept.{reopened} Keep the pilot with a new date, pause or retire it?"
        )
        return Said(question=question, buttons=(kept, *row.decisions), more=(row.show, row.wrong))
    question = f"Is it kept? If it needs longer, say until when and why.{reopened}"
    more = (row.hand_over, row.retire, row.wrong) if row.ask.role is Role.OWNER else (row.wrong,)
    moved = row.press("New date", "form_promise")
    return Said(question=question, buttons=(kept, moved), more=more)


def _run(row: Asked) -> Said:
    gate = row.ask.detail("gate")
    if gate == "G5":
        question = f"{row.number} Does your team run it by now, without the pilot team?"
        yes, no = "Yes, we run it", "Not yet"
    else:
        question = f"{row.number} Would you run it once the pilot is over, with its budget for 12 months?"
        yes, no = "I will run it", "Not me"
    return Said(
        question=question,
        buttons=(row.press(yes, "run", primary=True, yes="yes"), row.press(no, "run", yes="no")),
        more=(row.show,),
    )


def _gate(row: Asked) -> Said:
    pilot, gate = row.pilot, row.ask.detail("gate") or next_gate(row.pilot)
    if gate == "G5":
        runs = (
            f"{person(pilot.run_owner)} runs it from here."
            if pilot.run_owner
            else "Nobody is named yet who runs it."
        )
        done = (
            row.press("Yes, it is done", "back", primary=True, yes="yes"),
            row.press("Not yet", "back", yes="no"),
        )
        gains = line(gains_of(row.ask.record, pilot.stage_since).sentences, 300)
        return Said(
            question=f"{row.number} {runs} {f'{gains} ' if gains else ''}Scaled, then?",
            buttons=done,
            more=(row.show, row.wrong),
        )
    if gate != "G1":
        buttons = (
            row.press(f"Pass {gate}", "gate_pass", primary=True),
            row.press("With promises, or back", "form_decide"),
            row.say("See its gate", f"gate {pilot.id}"),
        )
        question = f"{row.number} Passed, passed with promises, or sent back?"
        return Said(question=question, buttons=buttons, more=(*row.decisions[1:], row.show, row.wrong))
    decision = f" Decision on {day(pilot.decision_on)}." if pilot.decision_on else ""
    kill = f" Kill line: {_kill_quote(pilot)}" if pilot.kill_line else ""
    return Said(
        question=f"{closed(quoted(pilot.outcome_sentence, 160))}{decision}{kill}",
        buttons=(
            row.press("I back this", "back", primary=True, yes="yes"),
            row.press("Not me", "back", yes="no"),
        ),
        more=(row.show,),
    )


def _handover(row: Asked) -> Said:
    reason = f"{closed(quoted(row.ask.details['reason']))} " if row.ask.details.get("reason") else ""
    return Said(
        question=f"{reason}{row.number} It stays where it is until you say yes.",
        buttons=(row.take("I take it", "yes", primary=True), row.take("Not me", "no")),
        more=(row.show,),
    )


def _announce(row: Asked) -> Said:
    ask, pilot, digest_on = row.ask, row.pilot, row.ask.day("digest_on")
    found = ([ask.finding] if ask.finding else []) + list(ask.also)
    told = [line(fact(finding, pilot, ask.record, ask.picture), 140) for finding in found]
    sees = line("; ".join(told), 300) if told else "what stands on the record"
    who = first(pilot.sponsor) if pilot.sponsor and row.ask.day("sponsor_on") else "Leadership"
    later = f" Unanswered, it stands in the leadership digest of {day(digest_on)}." if digest_on else ""
    return row.plain(
        f"{who} will read: {sees}; {a_week(pilot.cost_per_week, row.currency)}; your last word.{later}"
    )


def _told(row: Asked) -> Said:
    return Said(
        question="Nothing else follows.", buttons=(row.say("Whatever happened", f"happened {row.pilot.id}"),)
    )


def _wanted(row: Asked) -> Said:
    """A decision that somebody else asks for: the same three, no verdict of ours."""
    return Said(question=f"{row.last} {_DECIDE}", buttons=row.decisions, more=(row.show,))


def _look_back(row: Asked) -> Said:
    metric = row.pilot.metric
    target = (
        f" Its target was {shown(metric.target, metric, row.ask.record.readings)}."
        if metric and metric.target is not None
        else ""
    )
    return Said(
        question=f"Does it still hold?{target} One number with its source is enough.",
        buttons=(row.checkin("Tell the number", primary=True), row.status("It is being measured", "waiting")),
        more=(row.hand_over, row.wrong),
    )


def _kill_line(row: Asked) -> Said:
    by = row.ask.detail("agreed_by", 60) or (
        person(row.pilot.sponsor) if row.pilot.sponsor else "The sponsor"
    )
    agreed_on = row.ask.day("agreed_on")
    on = f" on {day(agreed_on)}" if agreed_on else ""
    question = f"{by} agreed{on}: {_kill_quote(row.pilot)} {row.number}"
    if row.ask.role in (Role.SPONSOR, Role.LEADER):
        return Said(question=question, buttons=row.decisions, more=(row.show, row.wrong))
    return Said(
        question=question,
        buttons=(row.checkin("Propose", primary=True), row.status("Waiting", "waiting"), row.stop),
        more=(row.retire, row.wrong),
    )


def _kill_quote(pilot: Pilot) -> str:
    return closed(f'"{_verbatim(pilot.kill_line)}"')


def _verbatim(text: str) -> str:
    """Quoted word for word: only its line breaks go."""
    return " ".join(text.split())


def _retire(row: Asked) -> Said:
    code, learning = row.ask.detail("cause"), row.ask.details.get("learning", "")
    cause = (
        f"Cause: {CAUSES[Cause(code)]}. "
        if code in list(Cause)
        else f"Cause: {sentence(code)} "
        if code
        else ""
    )
    stands = row.ask.day("stands_on")
    unanswered = f" Unanswered, it stands from {day(stands)}." if stands else ""
    return Said(
        question=f"{cause}Learned: {closed(quoted(learning, 160))}{unanswered}",
        buttons=(
            row.press("Agree and retire", "acknowledge", primary=True, yes="yes"),
            row.press("Keep, with owner and date", "form_keep"),
            row.press("Not yet", "acknowledge", yes="no"),
        ),
        more=(row.press("Pause until", "form_pause"), row.show),
    )


def _merge(row: Asked) -> Said:
    return Said(
        question=f"{row.number} With your yes it goes on inside yours, with its record and its people.",
        buttons=(
            row.press("I take it in", "merge_accept", primary=True, yes="yes"),
            row.press("Not here", "merge_accept", yes="no"),
        ),
        more=(row.show,),
    )


_SPECIAL: Mapping[str, Callable[[Asked], Said]] = {
    AskKind.CHECKIN: _checkin,
    AskKind.PULSE: _pulse,
    AskKind.ITEM: _item,
    AskKind.WEEK_ONE: _week_one,
    AskKind.PROMISE: _promise,
    AskKind.GATE: _gate,
    AskKind.HANDOVER: _handover,
    AskKind.ANNOUNCE: _announce,
    AskKind.BLOCKER: _holder,
    AskKind.LOOK_BACK: _look_back,
    AskKind.KILL_LINE: _kill_line,
    AskKind.RETIRE: _retire,
    AskKind.MERGE: _merge,
    AskKind.TOLD: _told,
    AskKind.WANTED: _wanted,
    AskKind.RUN: _run,
    Kind.WATERMELON: _watermelon,
    Kind.SPONSOR_QUIET: _pulse,
}
