"""The grammar of what people type, press and submit → Command.

Accepted sentences, without ``/pilot``:

    new [NAME]
    register NAME: OUTCOME
    list [mine|stalled|decisions|all]
    show NAME
    checkin NAME [VALUE] [moving|stuck|waiting|stop] [TEXT]         also: check in, check-in
    reading NAME VALUE [on DATE] [SOURCE]
    metric NAME SENTENCE
    ready NAME
    gate NAME
    item NAME CODE done|open|na [LINK or REASON]
    promise NAME kept
    promise NAME until DATE REASON                                  a promise made at a gate, or by a holder: its new day
    snooze NAME DAYS REASON                                         5 · 5 days · a week (five working days)
    pause NAME until DATE REASON
    resume NAME
    away DATE to DATE                                               also: away until DATE
    handover NAME @PERSON                                           also: hand over NAME to PERSON
    edit NAME FIELD VALUE                                           FIELD: grammar.FIELDS, also with spaces
    scale NAME [because it saves AMOUNT a year, confirmed by @PERSON, switched off: WHAT]
    retire NAME [because LEARNING]
    merge NAME into NAME
    happened NAME                                                   also: whatever happened to NAME?
    digest · home · portfolio · privacy · settings · export         portfolio, also: page, login
    calendar [off]                                                  also: ics
    claim CODE
    help [VERB]                                                     also: ?, VERB --help, VERB help, nothing at all

Verbs in any case; NAME in quotes of any kind, or bare: `grammar.split_name` says where it ends. DATE and VALUE are read by
`typed`, the answer of a check-in by `checkin`. A first word that is no verb gives `Unknown`, arguments that are missing or
unreadable a UserError with one example that works; nothing else is raised.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal

from bot.domain import grammar
from bot.domain.checkin import Answer, days_prefix, effect, read_reply, unlikely, without_because
from bot.domain.errors import UserError
from bot.domain.record import Status
from bot.domain.typed import (
    amount_prefix,
    begins_with_date,
    date_prefix,
    short,
    tidy,
    typed_date,
    typed_number,
    typed_span,
)

# `name` is what the person called the pilot: resolved by the services, by id, name, alias, old name or typo.
# A person is named by a reference as typed: a mention `<@ID>` of the actor's platform, or a handle or name.
# `raw` is what stood after a typed verb: `resplit` reads it again once the registry's names are known.


@dataclass(frozen=True, kw_only=True, slots=True)
class New:
    """Open the registration form."""

    name: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Register:
    """Register a pilot: by one line (no sponsor yet) or by the form."""

    name: str
    outcome: str
    sponsor: str = ""
    backup: str = ""
    department: str = ""
    #: Which of the candidates leads, where the sentence named two numbers; or "yes" to a confirmation.
    choice: str = ""
    #: Sent by the form, so that errors go to its fields.
    form: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ListPilots:
    """list [mine|stalled|decisions|all]"""

    which: str = "all"


@dataclass(frozen=True, kw_only=True, slots=True)
class Show:
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckIn:
    """checkin NAME [VALUE] [STATUS] [TEXT]; with neither value, status nor text: the form.

    Typed, its fields are what can be read without the metric: the service reads ``rest`` again with
    `checkin.read_reply`, which then knows the last value and the unit (`answer_of`).
    """

    name: str
    value: Decimal | None = None
    status: Status | None = None
    text: str = ""
    holder: str = ""
    holder_by: date | None = None
    no_number: str = ""
    #: The ask that it answers, where it was pressed or submitted from one.
    ask: str = ""
    form: bool = False
    #: Typed: everything after the name.
    rest: str = ""
    raw: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """A plain message in the DM, in a thread or after a mention that is no command: perhaps an answer."""

    text: str
    #: Said in a channel, to the bot by a mention.
    in_channel: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class AddReading:
    name: str
    value: Decimal
    on: date | None = None
    source: str = ""
    #: The unit that was typed after the value, as `typed.Amount` has it: compare with `typed.same_unit`.
    unit: str = ""
    raw: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class SetMetric:
    name: str
    sentence: str
    raw: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ready:
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ShowGate:
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SetItem:
    name: str
    code: str
    state: str
    note: str = ""
    raw: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class PromiseKept:
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PromiseMoved:
    """promise NAME until DATE REASON"""

    name: str
    until: date
    reason: str
    ask: str = ""
    raw: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class SnoozePilot:
    name: str
    days: int
    reason: str
    ask: str = ""
    raw: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class PausePilot:
    name: str
    until: date
    reason: str
    ask: str = ""
    raw: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Resume:
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Away:
    start: date
    end: date


@dataclass(frozen=True, kw_only=True, slots=True)
class Handover:
    name: str
    to: str
    ask: str = ""
    raw: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Edit:
    name: str
    field: str
    value: str
    raw: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Scale:
    """Done: the run owner confirms, the sponsor decides. What it saves and what was switched off may be said along with it."""

    name: str
    saving: str = ""
    confirmed_by: str = ""
    switched_off: str = ""
    raw: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Retire:
    """Typed: opens the form. Submitted: cause and sentence are there."""

    name: str
    cause: str = ""
    learning: str = ""
    retry_when: str = ""
    reuse: str = ""
    switched_off: str = ""
    ask: str = ""
    raw: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Merge:
    name: str
    into: str
    raw: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Happened:
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ShowDigest:
    pass


@dataclass(frozen=True, kw_only=True, slots=True)
class Home:
    pass


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenPortfolio:
    """A personal link to the page."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Feed:
    """The asker's own address of a calendar with the dates that are to come; or an end to it."""

    stop: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Privacy:
    """What is stored about the asker, and the way to erase it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ShowSettings:
    pass


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    code: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Export:
    pass


@dataclass(frozen=True, kw_only=True, slots=True)
class Help:
    topic: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Unknown:
    """Words we do not know: the nearest command and a working example of it."""

    text: str
    nearest: str
    example: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Pressed:
    """A button: its verb and arguments, as `messages` wrote them (`services.presses` gives them their meaning)."""

    verb: str
    args: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Submitted:
    """A form that was sent: its verb and arguments, and what was filled in."""

    verb: str
    args: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class PersonChanged:
    """The platform says that an account was deactivated, came back or was renamed; the profile travels beside it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AppRemoved:
    """The app was uninstalled or its tokens were revoked."""

    reason: str = ""
    #: When it happened, where the platform says so: an installation since then is not meant.
    at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ChannelChanged:
    """A channel was archived or deleted, moved to another id, or the app is no longer in it."""

    channel: str
    what: str
    #: Where it moved.
    to: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class AppThrottled:
    """The platform says that it keeps events from us for a minute: there were too many."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AppAdded:
    """The app was installed, or added to a conversation."""


Command = (
    New
    | Register
    | ListPilots
    | Show
    | CheckIn
    | Said
    | AddReading
    | SetMetric
    | Ready
    | ShowGate
    | SetItem
    | PromiseKept
    | PromiseMoved
    | SnoozePilot
    | PausePilot
    | Resume
    | Away
    | Handover
    | Edit
    | Scale
    | Retire
    | Merge
    | Happened
    | ShowDigest
    | Home
    | OpenPortfolio
    | Feed
    | Privacy
    | ShowSettings
    | Claim
    | Export
    | Help
    | Unknown
    | Pressed
    | Submitted
    | PersonChanged
    | AppRemoved
    | AppAdded
    | ChannelChanged
    | AppThrottled
)


#: Commands whose name may end elsewhere once the registry is known.
_Resplit = (
    CheckIn
    | AddReading
    | SetMetric
    | SetItem
    | PromiseMoved
    | SnoozePilot
    | PausePilot
    | Handover
    | Edit
    | Scale
    | Retire
    | Merge
)


# --- Reading what was typed


def parse(text: str, today: date, known: Sequence[str] = ()) -> Command:
    """Reads one typed command, without ``/pilot`` (with it does no harm).

    Args:
        text: what was typed, of any length.
        today: the day from which relative dates count.
        known: names, aliases, old names and ids of the registry. Where it is not at hand, as in the doors, leave it out
            and let the service call `resplit`.

    Returns:
        The command; `Unknown` for words that begin with no verb, `Help` for no words at all.

    Raises:
        UserError: a verb whose arguments are missing or cannot be read: what is missing, then a working example.

    """
    words = _without_prefix(tidy(text))
    verb, rest = grammar.verb_of(words)
    if not words or verb == "help" or _asks_help(rest):
        return Help(topic=_topic(verb, rest))
    if not verb:
        near = grammar.nearest(words)
        return Unknown(text=short(words, 200), nearest=near, example=grammar.EXAMPLES[near])
    return _read(verb, rest, today, known)


def parse_message(text: str, today: date, known: Sequence[str] = ()) -> Command:
    """Reads a plain message: in a DM, in a thread, after a mention. What is no clear command is `Said`, perhaps an answer.

    "ready for review", "list of suppliers is clean, 38" and "snooze 5 days audit" are said to somebody who asked; "ready
    Ask HV" and "list mine" are commands.

    Raises:
        UserError: as `parse`, where the words are no answer to a check-in either.

    """
    words = _without_prefix(tidy(text))
    verb, rest = grammar.verb_of(words)
    if words and (not verb or grammar.is_prose(verb, rest)):
        return Said(text=words)
    try:
        return parse(words, today, known)
    except UserError:
        if effect(read_reply(words, today=today, last=None, unit="")) not in (None, Status.NOTE):
            return Said(text=words)
        raise


def resplit(command: Command, known: Sequence[str], today: date) -> Command:
    """The command read again, now that the registry's names are known: they tell where the name ends.

    Commands that were pressed, sent by a form or begin with no known name come back as they are.

    Raises:
        UserError: as `parse`: with the name known, something is missing.

    """
    if not isinstance(command, _Resplit) or not command.raw or grammar.known_name(command.raw, known) is None:
        return command
    again = _read(_VERBS[type(command)], command.raw, today, known)
    ask: str = getattr(command, "ask", "")
    if isinstance(again, CheckIn | PromiseMoved | SnoozePilot | PausePilot | Handover | Retire):
        return replace(again, ask=ask)
    return again


def _without_prefix(words: str) -> str:
    """Without the ``/pilot`` of habit, and without the quotes of something copied."""
    if words[:1] == words[-1:] == "`":
        words = words.strip("` ")
    head, _, rest = words.partition(" ")
    return rest if head.casefold() in ("/pilot", "/pilotlight") else words


def _read(verb: str, rest: str, today: date, known: Sequence[str]) -> Command:
    """What follows a verb, read by its reader; an error gets the verb's example."""
    try:
        return _READERS[verb](rest, today, known)
    except UserError as error:
        raise UserError(f"{error.text} Example: {grammar.EXAMPLES[verb]}", field=error.field) from None


def answer_of(command: CheckIn, *, today: date, last: Decimal | None, unit: str) -> Answer:
    """The answer in a check-in: what was typed is read again with what is known of the metric, the rest is as it came."""
    if command.rest:
        return read_reply(command.rest, today=today, last=last, unit=unit)
    return Answer(
        value=command.value,
        status=command.status,
        text=command.text,
        no_number=command.no_number,
        holder=command.holder,
        holder_by=command.holder_by,
        unlikely=command.value is not None and unlikely(command.value, last),
    )


def about(command: Command, name: str) -> Command:
    """The same command about one certain pilot, named by its id; unchanged where it is about none."""
    if isinstance(command, _Resplit):
        return replace(command, name=name, raw="")
    if isinstance(command, Show | Ready | ShowGate | PromiseKept | Resume | Happened):
        return replace(command, name=name)
    return command


def sentence(command: Command) -> str:
    """The words that `parse` reads as this command about a pilot: for a button that repeats it. Empty for any other."""
    if type(command) not in _VERBS:
        return ""
    name = _quoted(getattr(command, "name", ""))
    words = [part for part in _arguments(command) if part]
    # Their words begin with anything, so a colon says where the name ends.
    name = f"{name}:" if words and isinstance(command, CheckIn | SetMetric | Handover) else name
    return " ".join((_VERBS[type(command)], name, *words))


def _arguments(command: Command) -> Sequence[str]:
    """What stands after the name."""
    match command:
        case CheckIn(rest="", value=None):
            return (command.status or "", command.text)
        case CheckIn(rest="", value=Decimal() as value):
            return (_plain(value), command.status or "", command.text)
        case CheckIn():
            return (command.rest,)
        case AddReading():
            return (
                _plain(command.value),
                command.unit,
                f"on {command.on.isoformat()}" if command.on else "",
                command.source,
            )
        case SetMetric():
            return (command.sentence,)
        case SetItem():
            return (command.code, command.state, command.note)
        case SnoozePilot():
            return (f"{command.days} days", command.reason)
        case Scale():
            return (f"because {gains}",) if (gains := said_gains(command)) else ()
        case PausePilot() | PromiseMoved():
            return ("until", command.until.isoformat(), command.reason)
        case Handover():
            return ("to", command.to)
        case Edit():
            return (command.field, command.value)
        case Retire():
            return ("because", command.learning) if command.learning else ()
        case Merge():
            return ("into", _quoted(command.into))
        case PromiseKept():
            return ("kept",)
        case _:
            return ()


def _quoted(name: str) -> str:
    inside = re.sub('["“”„‟«»]', "'", name)
    return name if name.isalnum() and name.casefold() != "help" else f"“{inside}”"


def _plain(value: Decimal) -> str:
    """A number that has one reading: 1.450 is written 1.4500."""
    text = f"{value:f}"
    return f"{text}0" if text[-4:-3] == "." else text


def opens_form(command: Command) -> bool:
    """Whether a command is answered by a form: it must be opened before anything else is read."""
    match command:
        case New() | ShowSettings():
            return True
        case CheckIn():
            said = command.status or command.text or command.no_number or command.rest
            return command.value is None and not said and not command.form
        case Retire():
            return not (command.cause and command.learning)
        case Pressed():
            return command.verb.startswith(("form", "decide_")) or command.verb in (
                "wrong",
                "log_as_check_in",
            )
        case _:
            return False


def _asks_help(rest: str) -> bool:
    words = rest.casefold().split(" ")
    return rest.casefold() in ("?", "help", "help?") or "--help" in (words[0], words[-1]) or words[-1] == "-h"


def _topic(verb: str, rest: str) -> str:
    """The verb that help is wanted for: the one before "help", else the first one after it."""
    if verb and verb != "help":
        return verb
    words = rest.split(" ", 12)
    return next(
        (
            found
            for word in range(len(words))
            if (found := grammar.verb_of(" ".join(words[word:]))[0]) not in ("", "help")
        ),
        "",
    )


def _new(rest: str, _today: date, _known: Sequence[str]) -> New:
    return New(name=grammar.unquoted(rest))


def _register(rest: str, _today: date, _known: Sequence[str]) -> Register:
    quoted = grammar.quoted(rest)
    name, outcome = quoted or _at_colon(rest)
    if not name or not outcome:
        raise grammar.missing("register")
    return Register(name=name, outcome=outcome)


def _at_colon(rest: str) -> tuple[str, str]:
    name, _, outcome = rest.replace("：", ":", 1).partition(":")
    return grammar.unquoted(name), outcome.strip()


_LISTS = {"": "all", "my": "mine", "me": "mine", "decision": "decisions", "everything": "all"}


def _list(rest: str, _today: date, _known: Sequence[str]) -> ListPilots:
    told = rest.casefold().strip(" .!?").split(" ")[:5]
    which = " ".join(word for word in told if word not in ("pilots", "please", "the"))
    which = _LISTS.get(which, which)
    if which not in ("mine", "stalled", "decisions", "all"):
        raise grammar.missing(
            "list", f"“{short(rest)}” is no list: there are mine, stalled, decisions and all."
        )
    return ListPilots(which=which)


def _named(verb: str, rest: str) -> str:
    name = grammar.unquoted(rest)
    if not name:
        raise grammar.missing(verb)
    return name


def _check_in(rest: str, today: date, known: Sequence[str]) -> CheckIn | SnoozePilot:
    name, words = grammar.split_name(rest, known)
    if not name:
        raise grammar.missing("checkin")
    answer = read_reply(words, today=today, last=None, unit="")
    if answer.snooze_days and answer.text:
        return SnoozePilot(name=name, days=answer.snooze_days, reason=answer.text, raw=rest)
    return CheckIn(
        name=name,
        value=answer.value,
        status=Status.ACK if answer.ack else answer.status,
        text=answer.text,
        holder=answer.holder,
        holder_by=answer.holder_by,
        no_number=answer.no_number,
        rest=words,
        raw=rest,
    )


def _reading(rest: str, today: date, known: Sequence[str]) -> AddReading:
    name, words = _split("reading", rest, known, grammar.before_number)
    amount, words = amount_prefix(grammar.without_lead(words))
    if amount is None:
        raise grammar.missing("reading", f"“{short(words)}” begins with no number." if words else "")
    on: date | None = None
    dated = words.casefold().startswith("on ")
    if dated or words[:1].isdigit() or words.casefold().startswith(("yesterday", "today")):
        on, words = date_prefix(words[3:] if dated else words, today, past=True)
        if on is None and dated:
            raise grammar.missing("reading", f"“{short(words)}” begins with no date.")
    return AddReading(
        name=name, value=amount.value, unit=amount.unit, on=on, source=words.strip(" ,;:"), raw=rest
    )


def _metric(rest: str, _today: date, known: Sequence[str]) -> SetMetric:
    name, sentence = _split("metric", rest, known, grammar.before_sentence)
    return SetMetric(name=name, sentence=sentence, raw=rest)


def _split(verb: str, rest: str, known: Sequence[str], cut: grammar.Cut) -> tuple[str, str]:
    """Name and rest of a verb that needs both.

    Raises:
        UserError: one of them is missing.

    """
    name, words = grammar.known_name(rest, known) or grammar.cut_name(rest, cut)
    if not name or not words:
        raise grammar.missing(verb)
    return name, words


_STATES = {
    "done": "done",
    "open": "open",
    "na": "na",
    "n/a": "na",
    "n.a": "na",
    "yes": "done",
    "ticked": "done",
    "reopen": "open",
}


def _item(rest: str, _today: date, known: Sequence[str]) -> SetItem:
    name, words = _split("item", rest, known, grammar.before_code)
    code, _, words = words.partition(" ")
    state, _, note = words.partition(" ")
    if not grammar.is_code(code):
        raise grammar.missing(
            "item", f"“{short(code)}” is no item: the codes are I1 to I8, D1 to D7 and O1 to O8."
        )
    if state.casefold().strip(",;:.") not in _STATES:
        raise grammar.missing("item", f"“item” needs done, open or na after {code.upper()}.")
    note = without_because(note)
    state = _STATES[state.casefold().strip(",;:.")]
    if state == "na" and not note:
        raise grammar.missing("item", f"{code.upper()} is not applicable: why? Add the reason.")
    return SetItem(name=name, code=code.upper().strip(",;:."), state=state, note=note, raw=rest)


def _promise(rest: str, today: date, known: Sequence[str]) -> PromiseKept | PromiseMoved:
    words = rest.rstrip(" .!")
    moved = _moved(rest, today, known)
    if moved is not None:
        return moved
    name = (
        words[:-5]
        if words.casefold().endswith(" kept")
        else words[5:]
        if words.casefold().startswith("kept ")
        else ""
    )
    if not grammar.unquoted(name):
        raise grammar.missing("promise")
    return PromiseKept(name=grammar.unquoted(name))


def _moved(rest: str, today: date, known: Sequence[str]) -> PromiseMoved | None:
    """A new day for a promise; None where no "until" with a date stands."""

    def dated(text: str) -> bool:
        return begins_with_date(text, today)

    name, words = grammar.known_name(rest, known) or grammar.cut_name(
        rest, lambda tokens: grammar.before_until(tokens, dated)
    )
    head, _, after = words.partition(" ")
    if not name or not grammar.is_until(head) or not dated(after):
        return None
    until, words = date_prefix(after, today, future=True)
    reason = without_because(words)
    if until is None or not reason:
        raise grammar.missing("promise", "A new day for a promise needs a reason: the sponsor reads it.")
    return PromiseMoved(name=name, until=until, reason=reason, raw=rest)


def _snooze(rest: str, _today: date, known: Sequence[str]) -> SnoozePilot:
    name, words = _split("snooze", rest, known, grammar.before_days)
    days, words = days_prefix(words.removeprefix("snooze ").removeprefix("for "))
    if not days:
        raise grammar.missing("snooze")
    reason = without_because(words)
    if not reason:
        raise grammar.missing("snooze", "A snooze needs a reason: the others see it.")
    return SnoozePilot(name=name, days=days, reason=reason, raw=rest)


def _pause(rest: str, today: date, known: Sequence[str]) -> PausePilot:
    name, words = _split(
        "pause",
        rest,
        known,
        lambda tokens: grammar.before_until(tokens, lambda text: begins_with_date(text, today)),
    )
    head, _, after = words.partition(" ")
    until, words = date_prefix(after if grammar.is_until(head) else words, today, future=True)
    if until is None:
        raise grammar.missing("pause", f"“{short(words)}” begins with no date.")
    reason = without_because(words)
    if not reason:
        raise grammar.missing("pause", "A pause needs a reason after the date.")
    return PausePilot(name=name, until=until, reason=reason, raw=rest)


_TO = re.compile(r" (?:to|till|til|until|through|-|–|—) ", re.IGNORECASE)


def _away(rest: str, today: date, _known: Sequence[str]) -> Away:
    words = rest.strip(" .!").removeprefix("from ").removeprefix("From ")
    if grammar.is_until(words.partition(" ")[0]):
        words = f"today to {words.partition(' ')[2]}"
    between = _TO.search(words[:200])
    if between is None or not words[between.end() :].strip():
        raise grammar.missing("away")
    start, end = typed_span(words[: between.start()], words[between.end() :], today)
    return Away(start=start, end=end)


def _handover(rest: str, _today: date, known: Sequence[str]) -> Handover:
    name, words = _split("handover", rest, known, grammar.before_person)
    person = grammar.person(words[3:] if words.casefold().startswith("to ") else words)
    if not person:
        raise grammar.missing("handover")
    return Handover(name=name, to=person, raw=rest)


def _edit(rest: str, today: date, known: Sequence[str]) -> Edit:
    found = grammar.known_name(rest, known)
    if found:
        name, words = found
        return Edit(name=name, **_field_and_value(words, today), raw=rest)
    failed: UserError | None = None
    for name, words in grammar.before_fields(rest):
        try:
            return Edit(name=name, **_field_and_value(words, today), raw=rest)
        except UserError as error:
            failed = failed or error
    raise failed or grammar.missing("edit", _NO_FIELD if " " in rest else "")


_NO_FIELD = f"“edit” needs one of these fields: {', '.join(grammar.FIELDS)}."


def _field_and_value(words: str, today: date) -> dict[str, str]:
    """The field that a text begins with and its value in the form in which forms send it: ISO dates, plain numbers."""
    field, value = grammar.field_at(words)
    if not field:
        raise grammar.missing("edit", _NO_FIELD)
    value = value.strip()
    if not value:
        raise grammar.missing("edit", f"“edit” needs the new value after {field}.")
    if field in ("deadline", "decision_date"):
        return {"field": field, "value": typed_date(value, today, future=True).isoformat()}
    if field in ("cost_to_date", "cost_per_week"):
        return {"field": field, "value": f"{typed_number(value):f}"}
    if field == "cadence":
        days, more = days_prefix(value.removeprefix("every "))
        if not days or more:
            raise grammar.missing("edit", f"“{short(value)}” is no number of working days.")
        return {"field": field, "value": str(days)}
    if field == "risk_class":
        if value.casefold().strip(".") not in ("minimal", "limited", "high"):
            raise grammar.missing(
                "edit", f"“{short(value)}” is no risk class: there are minimal, limited and high."
            )
        return {"field": field, "value": value.casefold().strip(".")}
    return {"field": field, "value": grammar.person(value) if field in grammar.PEOPLE else value}


_GAINS = re.compile(
    r"(?P<saving>\bsav(?:es|ing)\b:?\s+(?P<amount>.+?))?[\s,;.]*"
    r"(?P<confirmed>\bconfirmed by\s+(?P<who>.+?))?[\s,;.]*"
    r"(?P<off>\bswitched off\b:?\s+(?P<what>.+))?",
    re.IGNORECASE,
)


def _scale(rest: str, _today: date, known: Sequence[str]) -> Scale:
    name, words = grammar.known_name(rest, known) or grammar.cut_name(rest, grammar.before_because)
    if not name:
        raise grammar.missing("scale")
    words = re.sub(r"^it\s+", "", without_because(words), flags=re.IGNORECASE).rstrip(" .")
    if not words:
        return Scale(name=name)
    found = _GAINS.fullmatch(words[:600])
    if found is None and not known:
        # Perhaps all of it is the name: the registry will tell.
        return Scale(name=grammar.unquoted(rest), raw=rest)
    if found is None:
        raise grammar.missing(
            "scale",
            "After “because” say what it saves, who confirmed that, what was switched off, in this order.",
        )
    amount = re.sub(r"\s+(?:a|per|every|each) year$", "", found["amount"] or "", flags=re.IGNORECASE)
    return Scale(
        name=name,
        saving=amount,
        confirmed_by=grammar.person(found["who"] or ""),
        switched_off=(found["what"] or "").strip(),
        raw=rest,
    )


def said_gains(command: Scale) -> str:
    """What a scaling says beside the name, in the words that are read back."""
    told = (
        f"it saves {command.saving} a year" if command.saving else "",
        f"confirmed by {command.confirmed_by}" if command.confirmed_by else "",
        f"switched off: {command.switched_off}" if command.switched_off else "",
    )
    return ", ".join(part for part in told if part)


def _retire(rest: str, _today: date, known: Sequence[str]) -> Retire:
    name, words = grammar.known_name(rest, known) or grammar.cut_name(rest, grammar.before_because)
    if not name:
        raise grammar.missing("retire")
    return Retire(name=name, learning=without_because(words), raw=rest)


def _merge(rest: str, _today: date, known: Sequence[str]) -> Merge:
    name, words = _split("merge", rest, known, grammar.before_into)
    head, _, into = words.partition(" ")
    into = grammar.unquoted(into)
    if head.casefold() not in ("into", "with") or not into:
        raise grammar.missing("merge")
    target = grammar.known_name(into, known)
    return Merge(name=name, into=target[0] if target and not target[1] else into, raw=rest)


def _claim(rest: str, _today: date, _known: Sequence[str]) -> Claim:
    code = "".join(grammar.unquoted(rest).split(" "))
    if not code or len(code) > 100:
        raise grammar.missing("claim")
    return Claim(code=code)


def _feed(rest: str, _today: date, _known: Sequence[str]) -> Feed:
    return Feed(stop=grammar.unquoted(rest).casefold().strip(" .!") in ("off", "stop", "none", "end"))


_READERS: dict[str, Callable[[str, date, Sequence[str]], Command]] = {
    "new": _new,
    "register": _register,
    "list": _list,
    "show": lambda rest, _today, _known: Show(name=_named("show", rest)),
    "checkin": _check_in,
    "reading": _reading,
    "metric": _metric,
    "ready": lambda rest, _today, _known: Ready(name=_named("ready", rest)),
    "gate": lambda rest, _today, _known: ShowGate(name=_named("gate", rest)),
    "item": _item,
    "promise": _promise,
    "snooze": _snooze,
    "pause": _pause,
    "resume": lambda rest, _today, _known: Resume(name=_named("resume", rest)),
    "away": _away,
    "handover": _handover,
    "edit": _edit,
    "scale": _scale,
    "retire": _retire,
    "merge": _merge,
    "happened": lambda rest, _today, _known: Happened(name=_named("happened", rest)),
    "digest": lambda _rest, _today, _known: ShowDigest(),
    "home": lambda _rest, _today, _known: Home(),
    "portfolio": lambda _rest, _today, _known: OpenPortfolio(),
    "calendar": _feed,
    "privacy": lambda _rest, _today, _known: Privacy(),
    "settings": lambda _rest, _today, _known: ShowSettings(),
    "claim": _claim,
    "export": lambda _rest, _today, _known: Export(),
}
#: The verb of a command about a pilot.
_VERBS: dict[type[Command], str] = {
    Show: "show",
    CheckIn: "checkin",
    AddReading: "reading",
    SetMetric: "metric",
    Ready: "ready",
    ShowGate: "gate",
    SetItem: "item",
    PromiseKept: "promise",
    PromiseMoved: "promise",
    SnoozePilot: "snooze",
    PausePilot: "pause",
    Resume: "resume",
    Handover: "handover",
    Edit: "edit",
    Scale: "scale",
    Retire: "retire",
    Merge: "merge",
    Happened: "happened",
}
