"""The one direct message a person gets on a day: at most three asks, each its own section with its own buttons.

An ask's section is at most four lines: the fact with the reader's role, the question, the buttons, the rule with
what happens next. Every finding asks its own question, and asks it anew on every rung; the sponsor is asked for a
decision and never for news.

What the buttons carry (`Press`), for `services.presses`:

==================  ============================  ============================================================
verb                arguments                     means
==================  ============================  ============================================================
answer              ask, status                   a full answer in one tap: moving, stuck, waiting or stop
form_checkin        ask                           open the check-in form
form_snooze         ask                           open the snooze form
form_handover       ask, to (perhaps)             open the handover form; ``to`` is the person it starts with
form_retire         ask                           open the retire form
form_pause          ask                           open the pause form
form_keep           ask                           open the form "keep, with an owner and a date"
wrong               ask                           open the form "you were wrong because"
on_it               ask                           hold the ladder once; the clock runs on
back                ask, yes (yes/no)             gate G1: the sponsor backs it, or is not the one
take_over           ask, yes (yes/no)             take a pilot, a handover or a blocker over, or say "not me"
pulse               ask, yes (yes/no)             the sponsor's "still worth it?"
item                ask, state (done/open/na)     one checklist item
confirm             ask, yes (yes/no)             the backup's answer to "is it really?"
decide_keep         pilot                         in digests and on cards: open the keep form
decide_pause        pilot                         open the pause form
decide_retire       pilot                         open the retire form
form_metric         ask                           open the outcome sentence anew
form_register       name (perhaps)                open the registration form
form_gate           pilot                         open the form of the gate it waits for (G2, G3)
acknowledge         ask, yes (yes/no)             the sponsor's answer to an owner's retirement
choose_metric       pilot, choice                 a sentence's leading number (0, 1 …), or "yes" as it stands
merge_accept        ask, yes (yes/no)             the target pilot's owner takes the other one in
tell_me             pilot                         note that the presser wants to hear of the decision
say                 text                          run what could have been typed
undo                entry, pilot                  take the last answer back
undo_decision       entry, pilot                  take a decision back
==================  ============================  ============================================================
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from bot.domain.calendar import Calendar
from bot.domain.digest import speaker
from bot.domain.findings import Finding, Kind, Picture
from bot.domain.ladder import Role, Rung, blocker
from bot.domain.people import Person
from bot.domain.pilot import CAUSES, Cause, Pilot
from bot.domain.record import Record
from bot.domain.stages import Rules, Stage
from bot.messages.figures import (
    STAGES,
    closed,
    example,
    fact,
    first,
    from_today,
    last_word,
    line,
    money,
    name,
    next_gate,
    number_line,
    per_week,
    person,
    quoted,
    rule_words,
    sentence,
    shown,
    upper_first,
    word_of,
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
    Text,
    day,
)


class AskKind(StrEnum):
    """What is asked where no finding is: an ask's kind is one of these or a finding's."""

    CHECKIN = "checkin"
    PULSE = "pulse"
    ITEM = "item"
    WEEK_ONE = "week_one"
    PROMISE = "promise"
    GATE = "gate"
    HANDOVER = "handover"
    ANNOUNCE = "announce"
    BLOCKER = "blocker"
    LOOK_BACK = "look_back"
    KILL_LINE = "kill_line"
    RETIRE = "retire"
    MERGE = "merge"
    TOLD = "told"


@dataclass(frozen=True, kw_only=True, slots=True)
class AskView:
    """One ask with all that its words need.

    ``details`` by kind: item (code, title) · week_one (codes) · promise (text, by) · gate (gate) ·
    handover (from, reason) · announce (sponsor_on, digest_on) · blocker (by, until, text) · look_back (number, due) ·
    kill_line (agreed_by, agreed_on, crossed) · retire (by, cause, learning, stands_on) · merge (into_name, by) ·
    told (news) · checkin (extra). Dates are ISO, people names or ids; all are optional.
    """

    ask_id: str
    #: A finding's kind, or an `AskKind`.
    kind: str
    rung: Rung
    role: Role
    pilot: Pilot
    record: Record
    picture: Picture
    finding: Finding | None = None
    #: What happens if nobody answers (`then`), and on which day.
    next_words: str = ""
    next_on: date | None = None
    #: This message's number of at most so many about the episode; 0: it is not counted.
    number: int = 0
    of: int = 0
    details: Mapping[str, str] = field(default_factory=dict)
    #: Person id → name, for authors who hold no role in the pilot.
    people: Mapping[str, str] = field(default_factory=dict)


#: So many asks ride in one message.
MOST = 3

_ROLES = {
    Role.OWNER: "you own it",
    Role.BACKUP: "you are its backup",
    Role.SPONSOR: "you sponsor it",
    Role.HOLDER: "you were named as the one who can clear it",
    Role.RUN_OWNER: "you run it now",
    Role.LEADER: "you are asked as one of the leaders",
}


def nudge(
    to: Person,
    asks: Sequence[AskView],
    *,
    today: date,
    more: int,
    first_time: bool,
    calendar: Calendar,
    rules: Rules | None = None,
    currency: str = "EUR",
    installed_by: str = "",
    edition: str = "",
) -> Message:
    """The day's message to one person.

    Args:
        to: who reads it.
        asks: in the order in which they are shown; those beyond the third count as left out.
        today: the reader's day.
        more: how many further asks wait and were left out.
        first_time: whether the reader has never heard from us.
        calendar: the workspace's working days.
        rules: the workspace's thresholds.
        currency: the workspace's.
        installed_by: who brought us here, for the first message.
        edition: the digest edition that rides along, as one line.
    """
    rules = rules or Rules()
    more += max(0, len(asks) - MOST)
    asks = asks[:MOST]
    total = len(asks) + more
    header = waiting(asks, total, today)
    sections: list[Section] = []
    if first_time:
        sections.append(Section(parts=(Text(spans=_introduction(to, installed_by)),)))
    if total > 1:
        sections.append(Section(parts=(Heading(text=header),)))
    for ask in asks:
        sections += asked(ask, today=today, calendar=calendar, rules=rules, currency=currency)
    if edition:
        sections.append(
            Section(parts=(Text(spans=(line(edition, 200),)), Buttons(buttons=(_say("Read it", "digest"),))))
        )
    if more:
        sections.append(Section(parts=(Text(spans=(f"{more:,} more: /pilot list mine",), quiet=True),)))
    return Message(headline=header, sections=tuple(sections))


def waiting(asks: Sequence[AskView], total: int, today: date) -> str:
    """The headline: the one question, or how many wait."""
    if not asks:
        return "Nothing waits for you"
    if total == 1:
        ask = asks[0]
        return line(f"{name(ask.pilot)}: {_fact(ask, today)}", 140)
    if len({ask.pilot.id for ask in asks}) < len(asks):
        return f"{total:,} questions wait for a word from you"
    return f"{total:,} pilots wait for a word from you"


def asked(
    ask: AskView, *, today: date, calendar: Calendar, rules: Rules, currency: str = "EUR"
) -> tuple[Section, ...]:
    """One ask: its section, and the packet where a pilot lost its owner."""
    said = _question(_Asked(ask=ask, today=today, calendar=calendar, currency=currency))
    told = f": {closed(_fact(ask, today))} {_role(ask, today, currency)}\n{said.question}"
    parts: list[Part] = [
        Text(spans=(Bold(name(ask.pilot)), told)),
        Buttons(buttons=said.buttons, more=said.more),
    ]
    rule = _rule(ask, rules)
    if rule:
        parts.append(Text(spans=(rule,), quiet=True))
    section = Section(id=f"ask:{ask.ask_id}", parts=tuple(parts))
    if ask.kind == Kind.ORPHANED:
        return (section, Section(parts=(packet(ask.pilot, ask.record, ask.people),)))
    return (section,)


def answered(
    pilot: Pilot | str, said: str, undo: Press | None = None, more: tuple[Button, ...] = ()
) -> tuple[Part, ...]:
    """What stands in an ask's section once it is answered: what changed, in one line.

    Args:
        pilot: the pilot or its name; a full message may hold several.
        said: the line, from `messages.replies`.
        undo: what takes it back, for as long as that is possible.
        more: what may follow, such as naming who can unblock.
    """
    called = name(pilot) if isinstance(pilot, Pilot) else line(pilot, 80)
    parts: tuple[Part, ...] = (Text(spans=(Bold(called), f": {said}")),)
    buttons = (
        *more,
        *((Button(label="Undo", press=undo, says=f"Undo the answer for {called}"[:75]),) if undo else ()),
    )
    return (*parts, Buttons(buttons=buttons)) if buttons else parts


def then(rung: Rung, pilot: Pilot, *, digest: str = "the leadership digest") -> str:
    """What happens if nobody answers: the words for `AskView.next_words`."""
    match rung:
        case Rung.OWNER:
            return "asked once more"
        case Rung.TEAM:
            return f"once more, with {person(pilot.backup)}" if pilot.backup else "once more"
        case Rung.SPONSOR:
            return person(pilot.sponsor) if pilot.sponsor else "the sponsor"
        case Rung.DIGEST:
            return digest
        case _:
            return ""


def packet(pilot: Pilot, record: Record, people: Mapping[str, str] | None = None) -> Facts:
    """What somebody needs who takes a pilot over: the number, open blockers, links, the last five words."""
    rows: list[tuple[str, Spans]] = [
        ("Stage", (f"{STAGES[pilot.stage]} since {day(pilot.stage_since)}",)),
        ("Number", (number_line(pilot, record),)),
    ]
    standing = blocker(record)
    if standing is not None:
        rows.append(("Blocked by", (word_of(standing, pilot, people),)))
    if pilot.links:
        spans: list[Span] = []
        for kind, address in list(pilot.links.items())[:8]:
            webbed = address.startswith(("https://", "http://"))
            spans += [", "] if spans else []
            spans.append(Link(text=line(kind, 30), url=address) if webbed else line(address, 60))
        rows.append(("Links", tuple(spans)))
    words = [entry for entry in record.entries if entry.word][-5:]
    said = "\n".join(word_of(entry, pilot, people, 100) for entry in reversed(words))
    rows.append(("Last words", (said or "none on record",)))
    return Facts(rows=tuple(rows))


# The lines of an ask.


def _introduction(to: Person, installed_by: str) -> Spans:
    who = (
        f"{line(installed_by, 60)} installed Pilotlight here"
        if installed_by
        else "Pilotlight was installed here"
    )
    what = "it keeps the register of AI pilots and asks the people named in it for a word now and then"
    seen = (
        "What you answer stands on the pilot's record, which your colleagues can read; channels are not read"
    )
    return (f"Hello {first(to)}. {who}: {what}.\n{seen}. To stop, hand the pilot over or retire it.",)


def _fact(ask: AskView, today: date) -> str:
    """What is the case, as a clause that follows the pilot's name."""
    pilot, details = ask.pilot, ask.details
    if ask.finding is not None and ask.kind not in (AskKind.ANNOUNCE, AskKind.KILL_LINE):
        return fact(ask.finding, pilot, ask.record, ask.picture)
    by = _by(ask)
    match ask.kind:
        case AskKind.CHECKIN:
            silent, spoke = ask.picture.silent, ask.picture.last_word
            if not silent:
                return "time for a check-in"
            return f"time for a check-in, {working_days(silent)} since the last word" + (
                f" ({day(spoke.on)})" if spoke else ""
            )
        case AskKind.PULSE:
            return f"is it still worth it? In {STAGES[pilot.stage]} since {day(pilot.stage_since)}"
        case AskKind.ITEM:
            return f"one open item, {details.get('code', '')} {line(details.get('title', ''), 100)}".strip()
        case AskKind.WEEK_ONE:
            return f"{details.get('codes', 'I1 to I4')} fell due on working day 5 of build"
        case AskKind.PROMISE:
            due = _date(details, "by")
            return f"the promise {quoted(details.get('text', ''))}" + (
                f" was due on {day(due)}" if due else " is due"
            )
        case AskKind.GATE:
            gate = details.get("gate", "") or next_gate(pilot)
            return f"{by} asks for your yes at gate {gate}" if by else f"it waits for your yes at gate {gate}"
        case AskKind.HANDOVER:
            return f"{by or _owner(pilot)} would like to hand it to you"
        case AskKind.ANNOUNCE:
            told_on = _date(details, "sponsor_on")
            when = told_on or _date(details, "digest_on") or ask.next_on
            who = person(pilot.sponsor) if pilot.sponsor and told_on else "leadership"
            return (
                f"{from_today(when, today) if when else 'soon'} {who} gets this; answer or retire, both fine"
            )
        case AskKind.BLOCKER:
            return f"{by or _owner(pilot)} waits for you: {quoted(details.get('text', '') or _blocker_text(ask))}"
        case AskKind.LOOK_BACK:
            due, days = _date(details, "due"), details.get("number", "")
            which = f"the look-back after {days} working days" if days else "a look-back"
            return f"{which} falls on {day(due)}" if due else f"{which} is due"
        case AskKind.KILL_LINE:
            return "its kill line is crossed" if details.get("crossed") else "its decision date is here"
        case AskKind.RETIRE:
            return f"{by or _owner(pilot)} proposes to retire it"
        case AskKind.MERGE:
            into = line(details.get("into_name", ""), 80) or "a pilot of yours"
            return f"{by or _owner(pilot)} would like to merge it into {into}"
        case AskKind.TOLD:
            return line(details.get("news", "it is decided"), 200)
        case _:
            return "a word is wanted"


def _by(ask: AskView) -> str:
    """Whose wish it is, by name."""
    by = ask.details.get("by", "") or ask.details.get("from", "")
    return line(speaker(by, ask.pilot, ask.people), 60) if by else ""


def _owner(pilot: Pilot) -> str:
    return person(pilot.owner) if pilot.owner else "its team"


def _role(ask: AskView, today: date, currency: str) -> str:
    """The reader's role, and with it whom or what a reader of that role should know."""
    pilot = ask.pilot
    sponsor = f"sponsor {person(pilot.sponsor)}" if pilot.sponsor else "it has no sponsor yet"
    owner = f"owner {person(pilot.owner)}" if pilot.owner else "nobody owns it"
    if pilot.owner is not None and pilot.owner.gone(today):
        owner = "nobody owns it now"
    if ask.kind == AskKind.TOLD:
        return "You asked to be told."
    if ask.kind == AskKind.MERGE:
        return f"You own {line(ask.details.get('into_name', ''), 80) or 'that one'}; {owner}."
    if ask.kind == AskKind.HANDOVER:
        return f"{upper_first(owner)}; {sponsor}."
    if ask.kind == AskKind.GATE and ask.details.get("gate") == "G1":
        return f"You would sponsor it; {owner}."
    words = upper_first(_ROLES[ask.role])
    if ask.role in (Role.SPONSOR, Role.LEADER):
        return f"{words}; {owner}. {money(pilot.cost_to_date, currency)} spent, {per_week(pilot.cost_per_week, currency)}."
    return f"{words}; {sponsor if ask.role is Role.OWNER else owner}."


def _rule(ask: AskView, rules: Rules) -> str:
    """The rule, what happens next and when, and how many messages there can be."""
    rule = _RULES.get(ask.kind) or rule_words(ask.kind, ask.pilot, rules)
    parts = [f"Rule: {rule}."] if rule else []
    if ask.next_words:
        parts.append(
            f"Next: {ask.next_words} on {day(ask.next_on)}." if ask.next_on else f"Next: {ask.next_words}."
        )
    if ask.number and ask.of:
        parts.append(f"Message {ask.number} of at most {ask.of}.")
    return " ".join(parts)


_RULES: Mapping[str, str] = {
    AskKind.ITEM: "one open item with each check-in",
    AskKind.WEEK_ONE: "I1 to I4 within the first week of build",
    AskKind.PROMISE: "a promise made at a gate has a date",
    AskKind.GATE: "a gate is passed by a person, never by itself",
    AskKind.HANDOVER: "a handover counts once it is accepted",
    AskKind.ANNOUNCE: "you hear it first",
    AskKind.BLOCKER: "whoever can clear a blocker is asked, and the owner is left in peace until then",
    AskKind.KILL_LINE: "the kill line is quoted when it is crossed, or on the decision date",
    AskKind.RETIRE: "the owner proposes, the sponsor decides",
    AskKind.MERGE: "a merge needs the yes of whoever takes it in",
}


# Buttons.


@dataclass(frozen=True, kw_only=True)
class _Said:
    """A question with its row of buttons."""

    question: str
    buttons: tuple[Button, ...]
    more: tuple[Button, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _Asked:
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

    def detail(self, key: str, most: int = 120) -> str:
        return line(self.ask.details.get(key, ""), most)

    def when(self, key: str) -> date | None:
        return _date(self.ask.details, key)

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

    def plain(self, question: str) -> _Said:
        """A question that the four taps of a check-in answer."""
        return _Said(question=question, buttons=self.answers, more=(self.checkin(), *self.ways_out))

    def wants_words(self, question: str, label: str) -> _Said:
        """A question that needs a line or a number: the form first."""
        buttons = (
            self.checkin(label, primary=True),
            self.status("Stuck", "stuck"),
            self.status("Waiting", "waiting"),
            self.stop,
        )
        return _Said(question=question, buttons=buttons, more=self.ways_out)


def _say(label: str, words: str) -> Button:
    return Button(label=label, press=Press(verb="say", args={"text": words}))


# The questions.


def _question(asked_: _Asked) -> _Said:
    ask = asked_.ask
    special = _SPECIAL.get(ask.kind)
    if special is not None:
        return special(asked_)
    if ask.role is Role.HOLDER:
        return _holder(asked_)
    if ask.role in (Role.SPONSOR, Role.LEADER):
        question = f"{asked_.last} {_TO_SPONSOR.get(ask.kind, _DECIDE)}"
        return _Said(question=question, buttons=asked_.decisions, more=(asked_.show, asked_.wrong))
    if ask.kind == Kind.ORPHANED:
        return _orphaned(asked_)
    if ask.role is Role.BACKUP:
        return _to_backup(asked_)
    return _second(asked_) if ask.rung >= Rung.TEAM else _first(asked_)


def _first(row: _Asked) -> _Said:
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
            return _Said(
                question=question,
                buttons=(named, row.status("Waiting", "waiting"), row.stop),
                more=row.ways_out,
            )
        case Kind.OVERSTAY:
            gate = next_gate(pilot)
            question = f"What is missing for gate {gate}, and who has it? If nothing will come, stopping is a good end."
            opened = row.say(f"Open gate {gate}", f"gate {pilot.id}")
            return _Said(
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
            question = f"{quoted(_blocker_text(row.ask))}: who can clear it, and by when? From then on they are asked, not you."
            named, moves = row.checkin("Name who can", primary=True), row.status("It moves again", "moving")
            return _Said(question=question, buttons=(named, moves, row.stop), more=row.ways_out)
        case Kind.REPEATED_ANSWER:
            return row.wants_words(
                f"{_repeated(row.ask)} What is different since the first time? If nothing is, that is an answer.",
                "Tell what changed",
            )
        case Kind.SNOOZE_LIMIT:
            over = f"over to {person(pilot.backup)}" if pilot.backup else "over to somebody else"
            question = f"{row.last} A line now, {over}, or stop it?"
            return _Said(
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
            return _Said(
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


def _second(row: _Asked) -> _Said:
    """Rung 2, to the owner: update, hand over, snooze, or stop."""
    ask, backup = row.ask, row.pilot.backup
    since = row.calendar.working_days(ask.finding.since, row.today) if ask.finding else 0
    words = [f"Open for {working_days(since)}." if since else "", _SECOND.get(ask.kind, "")]
    words.append(f"{person(backup)} is asked as well; either answer is enough." if backup else "")
    update = (
        row.say("Name the number", f"metric {row.pilot.id}")
        if ask.kind == Kind.NO_METRIC
        else row.checkin("Update", primary=True)
    )
    over = (
        row.press(f"Hand over to {first(backup)}"[:75], "form_handover", to=backup.id)
        if backup
        else row.hand_over
    )
    snooze = () if ask.kind == Kind.SNOOZE_LIMIT else (row.snooze,)
    return _Said(
        question=" ".join(word for word in words if word),
        buttons=(update, over, *snooze, row.stop),
        more=(row.press("On it", "on_it"), row.retire, row.wrong),
    )


def _to_backup(row: _Asked) -> _Said:
    """The backup: instead of an owner who is away, or beside one who did not answer."""
    if row.ask.rung is Rung.OWNER:
        return row.plain(
            f"{upper_first(_owner(row.pilot))} is away, so you are asked. {row.number} Reply {row.reply}."
        )
    return _Said(
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


def _orphaned(row: _Asked) -> _Said:
    return _Said(
        question="Can you take it over? What there is to take over stands below.",
        buttons=(
            row.take("I take it", "yes", primary=True),
            row.take("Not me", "no"),
            row.press("Somebody else", "form_handover"),
        ),
        more=(row.retire, row.wrong),
    )


def _watermelon(row: _Asked) -> _Said:
    return _Said(
        question=f"{row.number} Is it really moving? Only you are asked.",
        buttons=(
            row.press("Yes, it is", "confirm", yes="yes"),
            row.press("No, it is not", "confirm", yes="no"),
        ),
        more=(row.checkin(), row.wrong),
    )


def _blocker_text(ask: AskView) -> str:
    standing = blocker(ask.record)
    return standing.text if standing else ""


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


def _holder(row: _Asked) -> _Said:
    """Whoever can clear a blocker, with the owner's own words."""
    ask, until = row.ask, row.when("until")
    by = row.detail("by", 60) or upper_first(_owner(row.pilot))
    told = (
        f"{by}: {closed(quoted(ask.details.get('text', '') or _blocker_text(ask)))} "
        if ask.kind != AskKind.BLOCKER
        else ""
    )
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
    return _Said(
        question=f"{told}{due}{question}",
        buttons=(
            row.status("It is cleared", "moving", primary=True),
            row.press("I am on it", "on_it"),
            row.take("Not me", "no"),
        ),
        more=(row.checkin("Answer in a line"), row.wrong),
    )


def _pulse(row: _Asked) -> _Said:
    twice = "Two taps stayed open. " if row.ask.kind == Kind.SPONSOR_QUIET else ""
    return _Said(
        question=f"{row.number} {twice}One tap is enough.",
        buttons=(
            row.press("Still worth it", "pulse", primary=True, yes="yes"),
            row.press("No longer", "pulse", yes="no"),
        ),
        more=(*row.decisions, row.wrong),
    )


def _checkin(row: _Asked) -> _Said:
    extra = f" {sentence(row.detail('extra', 160))}" if row.detail("extra") else ""
    return row.plain(f"{row.number} New number? Reply {row.reply}.{extra}")


def _item(row: _Asked) -> _Said:
    return _Said(
        question="Done, still open, or not applicable? With a link as evidence it counts in full.",
        buttons=(
            row.press("Done", "item", primary=True, state="done"),
            row.press("Still open", "item", state="open"),
            row.press("Not applicable", "item", state="na"),
        ),
        more=(row.say("Open the checklist", f"ready {row.pilot.id}"), row.retire, row.wrong),
    )


def _week_one(row: _Asked) -> _Said:
    return _Said(
        question="Which of them stand, and what keeps the others? What waits until the end costs more.",
        buttons=(
            row.say("Open the checklist", f"ready {row.pilot.id}"),
            row.status("Stuck", "stuck"),
            row.status("Waiting", "waiting"),
            row.stop,
        ),
        more=row.ways_out,
    )


def _promise(row: _Asked) -> _Said:
    return _Said(
        question="Is it kept? If it needs longer, say until when; the gate's question stays open till then.",
        buttons=(row.say("Kept", f"promise {row.pilot.id} kept"), row.checkin("Say until when"), row.stop),
        more=(row.hand_over, row.retire, row.wrong),
    )


def _gate(row: _Asked) -> _Said:
    pilot, gate = row.pilot, row.detail("gate") or next_gate(row.pilot)
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
        return _Said(question=f"{row.number} {runs} Scaled, then?", buttons=done, more=(row.show, row.wrong))
    if gate != "G1":
        opened = row.say(f"Open gate {gate}", f"gate {pilot.id}")
        question = f"{row.number} Passed, passed with promises, or sent back?"
        return _Said(question=question, buttons=(opened, *row.decisions[1:]), more=(row.show, row.wrong))
    decision = f" Decision on {day(pilot.decision_on)}." if pilot.decision_on else ""
    kill = f" Kill line: {_kill_quote(pilot)}" if pilot.kill_line else ""
    return _Said(
        question=f"{closed(quoted(pilot.outcome_sentence, 160))}{decision}{kill}",
        buttons=(
            row.press("I back this", "back", primary=True, yes="yes"),
            row.press("Not me", "back", yes="no"),
        ),
        more=(row.show,),
    )


def _handover(row: _Asked) -> _Said:
    reason = f"{closed(quoted(row.ask.details['reason']))} " if row.ask.details.get("reason") else ""
    return _Said(
        question=f"{reason}{row.number} It stays where it is until you say yes.",
        buttons=(row.take("I take it", "yes", primary=True), row.take("Not me", "no")),
        more=(row.show,),
    )


def _announce(row: _Asked) -> _Said:
    ask, pilot, digest_on = row.ask, row.pilot, row.when("digest_on")
    sees = (
        line(fact(ask.finding, pilot, ask.record, ask.picture), 140)
        if ask.finding
        else "what stands on the record"
    )
    who = first(pilot.sponsor) if pilot.sponsor and row.when("sponsor_on") else "Leadership"
    later = f" Unanswered, it stands in the leadership digest of {day(digest_on)}." if digest_on else ""
    return row.plain(
        f"{who} will read: {sees}; {per_week(pilot.cost_per_week, row.currency)}; your last word.{later}"
    )


def _told(row: _Asked) -> _Said:
    return _Said(
        question="Nothing else follows.", buttons=(row.say("Whatever happened", f"happened {row.pilot.id}"),)
    )


def _look_back(row: _Asked) -> _Said:
    metric = row.pilot.metric
    target = (
        f" Its target was {shown(metric.target, metric, row.ask.record.readings)}."
        if metric and metric.target is not None
        else ""
    )
    return _Said(
        question=f"Does it still hold?{target} One number with its source is enough.",
        buttons=(row.checkin("Tell the number", primary=True), row.status("It is being measured", "waiting")),
        more=(row.hand_over, row.wrong),
    )


def _kill_line(row: _Asked) -> _Said:
    by = row.detail("agreed_by", 60) or (person(row.pilot.sponsor) if row.pilot.sponsor else "The sponsor")
    agreed_on = row.when("agreed_on")
    on = f" on {day(agreed_on)}" if agreed_on else ""
    question = f"{by} agreed{on}: {_kill_quote(row.pilot)} {row.number}"
    if row.ask.role in (Role.SPONSOR, Role.LEADER):
        return _Said(question=question, buttons=row.decisions, more=(row.show, row.wrong))
    return _Said(
        question=question,
        buttons=(row.checkin("Propose", primary=True), row.status("Waiting", "waiting"), row.stop),
        more=(row.retire, row.wrong),
    )


def _kill_quote(pilot: Pilot) -> str:
    return closed(f'"{_verbatim(pilot.kill_line)}"')


def _verbatim(text: str) -> str:
    """Quoted word for word: only its line breaks go."""
    return " ".join(text.split())


def _retire(row: _Asked) -> _Said:
    code, learning = row.detail("cause"), row.ask.details.get("learning", "")
    cause = (
        f"Cause: {CAUSES[Cause(code)]}. "
        if code in list(Cause)
        else f"Cause: {sentence(code)} "
        if code
        else ""
    )
    stands = row.when("stands_on")
    unanswered = f" Unanswered, it stands from {day(stands)}." if stands else ""
    return _Said(
        question=f"{cause}Learned: {closed(quoted(learning, 160))}{unanswered}",
        buttons=(
            row.press("Agree and retire", "acknowledge", primary=True, yes="yes"),
            row.press("Keep, with owner and date", "form_keep"),
            row.press("Not yet", "acknowledge", yes="no"),
        ),
        more=(row.press("Pause until", "form_pause"), row.show),
    )


def _merge(row: _Asked) -> _Said:
    return _Said(
        question=f"{row.number} With your yes it goes on inside yours, with its record and its people.",
        buttons=(
            row.press("I take it in", "merge_accept", primary=True, yes="yes"),
            row.press("Not here", "merge_accept", yes="no"),
        ),
        more=(row.show,),
    )


_SPECIAL: Mapping[str, Callable[[_Asked], _Said]] = {
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
    Kind.WATERMELON: _watermelon,
    Kind.SPONSOR_QUIET: _pulse,
}


def _date(details: Mapping[str, str], key: str) -> date | None:
    """A day from an ask's details; None where there is none or it cannot be read."""
    try:
        return date.fromisoformat(details.get(key, ""))
    except ValueError:
        return None
