"""What somebody reads after they pressed, sent or typed something: one line that says what changed.

The functions that return text give the line for an answered ask (`nudge.answered`) or a reply of its own (`line`).
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from bot.domain.metric import Metric
from bot.domain.people import Person
from bot.domain.pilot import Pilot
from bot.domain.record import Status
from bot.messages.figures import line as one_line
from bot.messages.figures import name, number, person, places, plural, quoted, shown, values, working_days
from bot.messages.model import Bold, Button, Buttons, Message, Part, Press, Section, Text, day, load, say
from bot.messages.text import to_type


def line(text: str) -> Message:
    """A reply of one line."""
    return say(text)


# Check-ins.


def noted(next_on: date | None, changed: str = "") -> str:
    """Noted, thanks. Next check-in 16 Dec 2026.

    Args:
        next_on: the day of the next check-in, where one is owed.
        changed: what the answer changed, as a sentence.

    """
    after = f" Next check-in {day(next_on)}." if next_on else ""
    return f"Noted, thanks.{' ' + changed if changed else ''}{after}"


def stepped(metric: Metric, before: Decimal | None, now: Decimal) -> str:
    """What a new value changes: the step, and how much of the way is made."""
    told = shown(now, metric)
    if before is not None and before != now:
        told = f"{number(before, places([before, now, *values(metric)]))} → {told}"
    made = metric.progress(now)
    return f"{told}." if made is None else f"{told}, {round(made * 100)} % of the way."


def checked_in(
    pilot: Pilot, told: str, *, undo: Press | None = None, status: Status | str | None = None, ask: str = ""
) -> Message:
    """A check-in read back: to be corrected, taken back, or followed by who can unblock.

    Args:
        pilot: the pilot.
        told: what was read, and what comes next.
        undo: takes it back.
        status: what was answered; stuck and waiting offer to name a person.
        ask: the ask it answered.

    """
    args = {"ask": ask} if ask else {"pilot": pilot.id}
    blocked = status in (Status.STUCK, Status.WAITING)
    name_them = Button(
        label="Name who can clear it", press=Press(verb="form_checkin", args={**args, "status": str(status)})
    )
    return _changed(pilot, told, (name_them,) if blocked else (), undo)


def reading_noted(pilot: Pilot, value: Decimal, on: date, *, baseline: bool = False) -> Message:
    """A reading on the record; the first one is the baseline and freezes a relative target."""
    metric = pilot.metric
    told = shown(value, metric) if metric else number(value)
    if baseline and metric is not None:
        frozen = metric.frozen(value, on)
        target = f" The target is {shown(frozen.target, frozen)}." if frozen.target is not None else ""
        return _changed(pilot, f"{told} on {day(on)} is the baseline.{target}")
    made = metric.progress(value) if metric else None
    way = f", {round(made * 100)} % of the way" if made is not None else ""
    return _changed(pilot, f"{told} on {day(on)} is noted{way}.")


def nothing_asked() -> Message:
    """A plain message where no question is open."""
    told = "Nothing waits for you here, so this went nowhere. To put it on a pilot's record: checkin NAME and your words."
    return say(
        told,
        headline="Nothing waits for you here",
        buttons=(_say("My pilots", "list mine"), _say("Help", "help")),
    )


def reopened(content: str, ask_id: str, called: str) -> Message:
    """The stored message with one answer taken back: its question is open again.

    Args:
        content: the message as it is stored.
        ask_id: the ask whose answer is gone.
        called: the pilot's name.

    """
    taps = (("Moving", "moving"), ("Stuck", "stuck"), ("Waiting", "waiting"), ("I would stop it", "stop"))
    about = one_line(called, 80)
    buttons = tuple(
        Button(
            label=label,
            press=Press(verb="answer", args={"ask": ask_id, "status": status}),
            says=f"{label}: {about}"[:75],
        )
        for label, status in taps
    )
    more = tuple(
        Button(label=label, press=Press(verb=verb, args={"ask": ask_id}))
        for label, verb in (
            ("Number and a line", "form_checkin"),
            ("Snooze", "form_snooze"),
            ("Hand over", "form_handover"),
            ("Retire", "form_retire"),
        )
    )
    parts: tuple[Part, ...] = (
        Text(spans=(Bold(about), ": your answer is taken back. How does it stand?")),
        Buttons(buttons=buttons, more=more),
    )
    return load(content).with_section(f"ask:{ask_id}", *parts)


def held(until: date) -> str:
    """On it: the ladder waits once."""
    return f"Good. The next step waits until {day(until)}; the question stays open until there is a word."


def snoozed(days: int, until: date, reason: str, left: int) -> str:
    """Not now, with what is left of it."""
    return f"Snoozed for {working_days(days)}, until {day(until)}: {quoted(reason, 100)}. {plural(left, 'more snooze') if left else 'No more snooze'} after this one."


def taken_back(pilot: Pilot) -> str:
    return f"Taken back. {name(pilot)} waits for a word again."


def false_alarm() -> str:
    """You were wrong because …"""
    return "Thank you: noted as a false alarm. It counts against the rule in the monthly self-report."


# People.


def handed_over(to: Person) -> str:
    return f"{person(to)} is asked to take it over. It stays yours until then."


def taken_over(pilot: Pilot, former: Person | None) -> str:
    before = f" {person(former)} is told." if former else ""
    return f"You own {name(pilot)} from now on.{before}"


def declined(asked_next: str = "") -> str:
    """Not me."""
    return f"Noted: not you. {asked_next or 'Whoever asked can name somebody else.'}"


def away(start: date, end: date, days: int, stands_in: Sequence[str] = ()) -> str:
    """An absence, and who is asked meanwhile."""
    who = (
        f" {', '.join(stands_in)} {'is' if len(stands_in) == 1 else 'are'} asked meanwhile."
        if stands_in
        else ""
    )
    return f"Away {day(start)} to {day(end)}, {working_days(days)}; questions wait for you.{who}"


def not_allowed(pilot: Pilot, who: str, what: str) -> Message:
    """Somebody else decides; nobody is blamed for having asked, and those who can are told if the asker likes.

    Args:
        pilot: what it is about.
        who: the sentence that says who can.
        what: the action, for the button.

    """
    tell = Button(
        label="Tell them",
        press=Press(verb="tell_them", args={"pilot": pilot.id, "what": what}),
        style="primary",
    )
    return say(f"{one_line(who, 200)} Tell them you asked?", buttons=(tell,))


def passed_on(to: Sequence[Person], pilot: Pilot) -> str:
    """Who reads that somebody asks for a decision."""
    names = " and ".join(person(one) for one in to)
    verb = "reads" if len(to) == 1 else "read"
    return f"{names} {verb} in the next message from here that you ask for a decision about {name(pilot)}."


# Decisions.


def decided(pilot: Pilot, told: str, *, undo: Press | None = None) -> Message:
    """A decision with its maker's name; it can be undone for a day."""
    return _changed(pilot, told, (), undo)


def kept(until: date, owner: Person, by: Person) -> str:
    return f"Kept: {person(owner)} owns it, next decision on {day(until)}. Decided by {person(by)}."


def paused(until: date, reason: str, by: Person) -> str:
    return f"Paused until {day(until)}: {quoted(reason, 100)}. It resumes by itself. Decided by {person(by)}."


def resumed() -> str:
    return "It goes on; its clocks start again today."


def retired(learning: str, by: Person) -> str:
    return f"Retired with learning: {quoted(learning, 160)}. Decided by {person(by)}."


def proposed_end(sponsor: Person, stands_on: date) -> str:
    return f"Noted: you would retire it. {person(sponsor)} is asked; unanswered, it stands from {day(stands_on)}."


def merged(into: Pilot, by: Person) -> str:
    return f"Merged into {name(into)}, and still found by its own name. Accepted by {person(by)}."


def scaled(run_owner: Person, look_back_on: date | None) -> str:
    after = f" The first look-back is on {day(look_back_on)}." if look_back_on else ""
    return f"Scaled: the target held, and {person(run_owner)} runs it.{after}"


def still_worth_it(*, yes: bool) -> str:
    if yes:
        return "Noted: still worth it. The owner reads that you said so."
    return "Noted: no longer worth it. It is yours to decide: keep with a new date, pause, or retire."


def will_be_told(pilot: Pilot) -> str:
    return f"You hear it when {name(pilot)} is decided."


def promise_kept() -> str:
    return "Promise kept, thanks."


# Trouble, told to an admin.


def undelivered(kind: str, who: str, reason: str) -> str:
    """A message that cannot arrive: whose, why, and what helps."""
    return f"A {one_line(kind, 30)} for {one_line(who, 60)} could not be delivered ({one_line(reason, 60)}). Check whether the app may write there; nothing is lost, the question waits."


def out_of_reach(who: str, reason: str) -> str:
    """Somebody who blocked the app or does not have it: who, why, and what happens to their questions."""
    return f"{one_line(who, 60)} cannot be written to ({one_line(reason, 60)}): the app was blocked or taken away there. Their questions go to the next in line until they write to it again; you can add it for them."


def nobody_left(pilot: str, people: Sequence[str]) -> str:
    """A pilot about which nobody can be asked: who they are, where it shows, and the one thing that mends it."""
    names = ", ".join(one_line(one, 60) for one in people)
    return f"Nobody can be asked about {one_line(pilot, 60)}: {names} cannot be written to any more, or may not answer as guests. It waits for a decision in the digest; {to_type(f'edit {one_line(pilot, 60)} owner @PERSON')} gives it somebody who can."


def uncertain_digest(channel: str) -> str:
    """A digest that may or may not be there: a person looks, it is never posted twice."""
    return f"The digest for {one_line(channel, 60) or 'its channel'} may or may not have arrived: the platform does not let us look. If it is missing, {to_type('digest')} shows it."


def late_digest(due_on: date) -> str:
    """A digest whose day is over: an old week is never posted as new."""
    return f"The digest of {day(due_on)} was not posted: it could not go out for a day and a half, and an old week is not posted as new. The next one comes on its usual day; until then /pilot digest shows the week."


def saving() -> str:
    """The answer while the database takes its time."""
    return "One moment, still saving."


def _changed(pilot: Pilot, told: str, buttons: tuple[Button, ...] = (), undo: Press | None = None) -> Message:
    parts: tuple[Part, ...] = (Text(spans=(Bold(name(pilot)), f": {told}")),)
    undoing = (Button(label="Undo", press=undo, says=f"Undo for {name(pilot)}"[:75]),) if undo else ()
    if buttons or undoing:
        parts = (*parts, Buttons(buttons=(*buttons, *undoing)))
    return Message(headline=f"{name(pilot)}: {one_line(told, 120)}", sections=(Section(parts=parts),))


def _say(label: str, words: str) -> Button:
    return Button(label=label, press=Press(verb="say", args={"text": words}))
