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
item                ask, state (done/na/later)    one checklist item
promise             ask, yes                      what was promised is kept
form_promise        ask                           open the form of its new day
gate_pass           ask                           pass the gate that the ask is about
form_decide         ask                           open the decision of a gate: with promises, or sent back
run                 ask, yes (yes/no)             the run owner's word before G4 and before G5
confirm             ask, yes (yes/no)             the backup's answer to "is it really?"
decide_keep         pilot                         in digests and on cards: open the keep form
decide_pause        pilot                         open the pause form
decide_retire       pilot                         open the retire form
form_metric         ask                           open the outcome sentence anew
form_register       name (perhaps)                open the registration form
form_gate           pilot                         open the form of the gate it waits for (G2 to G5)
acknowledge         ask, yes (yes/no)             the sponsor's answer to an owner's retirement
tell_them           pilot, what                   tell those who may decide that the presser asks for it
timeline            pilot                         every dated beat of a pilot
edition             edition, part (full, …)       the presser's own edition of the digest
rule_off, rule_on   rule                          the admin lets a rule ask nobody, or again
rule_keep           rule                          the admin lets a rule be that proposed its own end
choose_metric       pilot, choice                 a sentence's leading number (0, 1 …), or "yes" as it stands
merge_accept        ask, yes (yes/no)             the target pilot's owner takes the other one in
tell_me             pilot                         note that the presser wants to hear of the decision
say                 text                          run what could have been typed
undo                entry, pilot                  take the last answer back
undo_decision       entry, pilot                  take a decision back
==================  ============================  ============================================================
"""

from collections.abc import Mapping, Sequence
from datetime import date

from bot.domain.calendar import Calendar
from bot.domain.findings import Kind
from bot.domain.ladder import Role, Rung, blocker
from bot.domain.people import Person
from bot.domain.pilot import Pilot
from bot.domain.readiness import ITEMS
from bot.domain.record import Record
from bot.domain.stages import Rules
from bot.messages.ask import AskKind, AskView
from bot.messages.figures import (
    STAGES,
    a_week,
    closed,
    fact,
    first,
    first_week,
    from_today,
    line,
    money,
    name,
    next_gate,
    number_line,
    person,
    quoted,
    rule_words,
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
from bot.messages.questions import Asked, question
from bot.messages.text import to_type

__all__ = [
    "MOST",
    "AskKind",
    "AskView",
    "answered",
    "asked",
    "introduction",
    "nudge",
    "packet",
    "then",
    "waiting",
]

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
    editions: Sequence[tuple[str, Press]] = (),
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
        editions: the digest editions that ride along: each as one line, with what its button means.

    """
    rules = rules or Rules()
    more += max(0, len(asks) - MOST)
    asks = asks[:MOST]
    total = len(asks) + more
    header = waiting(asks, total, today)
    sections: list[Section] = []
    if first_time:
        sections.append(Section(parts=(Text(spans=introduction(to, installed_by)),)))
    if total > 1:
        sections.append(Section(parts=(Heading(text=header),)))
    for ask in asks:
        sections += asked(ask, today=today, calendar=calendar, rules=rules, currency=currency)
    sections += [
        Section(
            parts=(Text(spans=(line(told, 200),)), Buttons(buttons=(Button(label="Read it", press=press),)))
        )
        for told, press in editions
    ]
    if more:
        sections.append(Section(parts=(Text(spans=(f"{more:,} more: {to_type('list mine')}",), quiet=True),)))
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
    said = question(Asked(ask=ask, today=today, calendar=calendar, currency=currency))
    told = f": {closed(_fact(ask, today))} {_role(ask, today, currency)}{_also(ask)}\n{said.question}"
    parts: list[Part] = [
        Text(spans=(Bold(name(ask.pilot)), told)),
        Buttons(buttons=said.buttons, more=said.more),
    ]
    rule = _rule(ask, rules)
    if rule:
        parts.append(Text(spans=(rule,), quiet=True))
    section = Section(id=f"ask:{ask.ask_id}", parts=tuple(parts))
    if ask.extra is not None:
        return (section, _extra(Asked(ask=ask.extra, today=today, calendar=calendar, currency=currency)))
    if ask.kind == Kind.ORPHANED:
        return (section, Section(parts=(packet(ask.pilot, ask.record, ask.people),)))
    return (section,)


def _extra(row: Asked) -> Section:
    """The one due item of a check-in: one line and its own three buttons, so that the message fits a phone."""
    code, said = row.ask.detail("code"), question(row)
    why = row.ask.detail("why", 140)
    told = f"One item: {code} {line(ITEMS.get(code, ''), 80)}" + (f" ({why})." if why else ".")
    parts = (Text(spans=(told,)), Buttons(buttons=said.buttons, more=said.more))
    return Section(id=f"ask:{row.ask.ask_id}", parts=parts)


def _also(ask: AskView) -> str:
    """What else is open, in the same line: one section speaks for one pilot."""
    if ask.kind == AskKind.ANNOUNCE:  # names all that its reader will read
        return ""
    others = [fact(finding, ask.pilot, ask.record, ask.picture) for finding in ask.also]
    return f" Also: {closed('; '.join(others))}" if others else ""


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


def introduction(to: Person, installed_by: str = "") -> Spans:
    """Who writes here, why, who sees the answers, and how to stop: for the first message somebody gets."""
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
    if ask.kind == Kind.SPONSOR_QUIET:
        return "is it still worth it? Two questions about it stayed open"
    if ask.finding is not None and ask.kind not in (AskKind.ANNOUNCE, AskKind.KILL_LINE):
        return fact(ask.finding, pilot, ask.record, ask.picture)
    by = ask.by
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
            code = details.get("code", "")
            return f"one open item, {code} {line(ITEMS.get(code, ''), 100)}".strip()
        case AskKind.WEEK_ONE:
            codes = [part for part in details.get("codes", "").replace(",", " ").split() if part in ITEMS]
            fell = ask.day("due")
            on = f", {day(fell)}" if fell else ""
            return f"{first_week(codes) or 'I1 to I4'} fell due on working day 5 of build{on}"
        case AskKind.PROMISE:
            due = ask.day("by")
            return f"the promise {quoted(details.get('text', ''))}" + (
                f" was due on {day(due)}" if due else " is due"
            )
        case AskKind.GATE:
            gate = line(details.get("gate", ""), 20) or next_gate(pilot)
            return f"{by} asks for your yes at gate {gate}" if by else f"it waits for your yes at gate {gate}"
        case AskKind.RUN:
            return "you are named as the one who runs it after the pilot"
        case AskKind.HANDOVER:
            return f"{by} would like to hand it to you"
        case AskKind.ANNOUNCE:
            told_on = ask.day("sponsor_on")
            when = told_on or ask.day("digest_on") or ask.next_on
            who = person(pilot.sponsor) if pilot.sponsor and told_on else "leadership"
            return (
                f"{from_today(when, today) if when else 'soon'} {who} gets this; answer or retire, both fine"
            )
        case AskKind.BLOCKER:
            return f"{by} waits for you: {quoted(ask.blocked_by)}"
        case AskKind.LOOK_BACK:
            due, days = ask.day("due"), line(details.get("number", ""), 20)
            which = f"the look-back after {days} working days" if days else "a look-back"
            return f"{which} falls on {day(due)}" if due else f"{which} is due"
        case AskKind.KILL_LINE:
            return "its kill line is crossed" if details.get("crossed") else "its decision date is here"
        case AskKind.RETIRE:
            return f"{by} proposes to retire it"
        case AskKind.MERGE:
            into = line(details.get("into_name", ""), 80) or "a pilot of yours"
            return f"{by} would like to merge it into {into}"
        case AskKind.WANTED:
            return f"{by} asks for a decision about it"
        case AskKind.TOLD:
            return line(details.get("news", "it is decided"), 200)
        case _:
            return "a word is wanted"


def _role(ask: AskView, today: date, currency: str) -> str:
    """The reader's role, and with it whom or what a reader of that role should know."""
    pilot = ask.pilot
    sponsor = f"sponsor {person(pilot.sponsor)}" if pilot.sponsor else "it has no sponsor yet"
    owner = f"owner {person(pilot.owner)}" if pilot.owner else "nobody owns it"
    if pilot.owner is not None and pilot.owner.gone(today):
        owner = "nobody owns it now"
    if ask.kind == AskKind.TOLD:
        return ask.detail("as") or "You asked to be told."
    if ask.kind == AskKind.MERGE:
        return f"You own {ask.detail('into_name', 80) or 'that one'}."
    if ask.kind in (AskKind.HANDOVER, AskKind.RUN):
        return f"{upper_first(owner)}; {sponsor}."
    if ask.kind == AskKind.GATE and ask.details.get("gate") == "G1":
        return f"You would sponsor it; {owner}."
    role = Role.OWNER if ask.role is Role.RUN_OWNER and pilot.run_owner is None else ask.role
    words = upper_first(_ROLES[role])
    if ask.role in (Role.SPONSOR, Role.LEADER):
        return f"{words}; {owner}. {money(pilot.cost_to_date, currency)} spent, {a_week(pilot.cost_per_week, currency)}."
    return f"{words}; {sponsor if role is Role.OWNER else owner}."


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
    AskKind.WANTED: "whoever may not decide can ask those who may",
    AskKind.RETIRE: "the owner proposes, the sponsor decides",
    AskKind.RUN: "a pilot is passed on with the yes of whoever runs it",
    AskKind.MERGE: "a merge needs the yes of whoever takes it in",
}
