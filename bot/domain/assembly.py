"""From table rows to the registry's values: people, pilots and their records, every verdict made here."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from bot.domain import activity, words
from bot.domain.direction import Direction, Kind
from bot.domain.metric import Guardrail, Metric, guardrail
from bot.domain.outcome import Verdict, judge
from bot.domain.people import Absence, Person, is_robot, name_of_handle
from bot.domain.pilot import End, Pilot
from bot.domain.record import Activity, Counts, Entry, Item, Promise, Reading, Record, Status
from bot.domain.replay import as_of
from bot.domain.stages import Stage
from bot.domain.tables import PilotRow, SignalRow, UpdateRow, handle, item_codes


def people_of(
    rows: Iterable[PilotRow | UpdateRow | SignalRow], also: Iterable[str] = ()
) -> dict[str, Person]:
    """Everybody the rows name, by handle: owners and the like, human authors, holders, absent people.

    A handle is a person without an address; its id is the handle until the registry gives it another. What the signals tell
    of a person (deactivated, absent) is on the person, whichever pilot the row was filed under.

    Args:
        rows: rows of all three tables; who is only named in rows that are not here is not found to have left.
        also: further handles, for rows that were read before.

    """
    people = {
        one: Person(id=one, handle=one, name=name_of_handle(one)) for one in also if one and not is_robot(one)
    }
    left: dict[str, date] = {}
    away: dict[str, list[Absence]] = {}
    for row in rows:
        match row:
            case PilotRow():
                named: tuple[str, ...] = row.people
            case UpdateRow():
                named = tuple(one for one in (row.author, row.holder) if one)
            case SignalRow(kind="absence"):
                told = absence_of(row)
                if told is not None:
                    away.setdefault(row.actor, []).append(told)
                named = (row.actor,)
            case SignalRow(kind="user_deactivated"):
                for word in _handles_in(row):
                    left[word] = min(row.on, left.get(word, row.on))
                named = ()
            case _:
                named = ()
        for one in named:
            if one not in people and not is_robot(one):
                people[one] = Person(id=one, handle=one, name=name_of_handle(one))
    return {
        one: replace(
            person,
            left_on=left.get(one),
            absences=tuple(sorted(away.get(one, ()), key=lambda told: (told.start, told.told_on))),
        )
        for one, person in people.items()
    }


def absence_of(row: SignalRow) -> Absence | None:
    """What an absence row tells; None where no two days in order can be read."""
    span = activity.absence(row.text)
    return Absence(start=span[0], end=span[1], told_on=row.on) if span else None


def _handles_in(row: SignalRow) -> set[str]:
    words = {handle(word.strip(".,;:()@\"'")) for word in row.text.split()}
    return {word for word in words | {row.actor} if word and not is_robot(word)}


def assemble(
    row: PilotRow,
    updates: Iterable[UpdateRow],
    signals: Iterable[SignalRow],
    people: Mapping[str, Person],
    *,
    pilot_id: str | None = None,
) -> tuple[Pilot, Record]:
    """One pilot and its record.

    Args:
        row: the pilot.
        updates: its updates, in the file's order; sorted by day here, the order within a day kept.
        signals: its signals.
        people: by handle, as ``people_of`` found them or as the registry knows them; a handle not in it becomes a person
            whose id is the handle.
        pilot_id: the id it gets where the row has none.

    Returns:
        The pilot, and its record with every answer, activity, reading, item and promise judged.

    """
    who = _Who(people)
    entries: list[Entry] = []
    for number, update in enumerate(sorted(updates, key=lambda one: (one.on, one.row))):
        entry = Entry(
            on=update.on,
            author=who.id(update.author),
            status=update.status,
            value=update.value,
            text=update.text,
            holder=who(update.holder),
            holder_by=update.holder_by,
            seq=number,
        )
        entries.append(words.judged(entry, entries))
    pilot = _pilot(row, entries, who, pilot_id or row.pilot_id or "")
    record = Record(entries=tuple(entries))
    activities = _activities(pilot, record, sorted(signals, key=lambda one: (one.on, one.row)))
    return pilot, replace(
        record,
        activities=activities,
        readings=readings_of(pilot.metric, row.values, entries, activities),
        items=items_of(entries),
        promises=promises_of(entries),
    )


@dataclass(frozen=True, slots=True)
class _Who:
    people: Mapping[str, Person]

    def __call__(self, name: str) -> Person | None:
        if not name:
            return None
        return self.people.get(name) or Person(id=name, handle=name, name=name_of_handle(name))

    def id(self, name: str) -> str:
        person = None if is_robot(name) else self(name)
        return person.id if person is not None else name


def _pilot(row: PilotRow, entries: Sequence[Entry], who: _Who, pilot_id: str) -> Pilot:
    return Pilot(
        id=pilot_id,
        name=row.name,
        stage=row.stage,
        stage_since=row.stage_since,
        started=row.started,
        aliases=row.aliases,
        department=row.department,
        outcome_sentence=row.outcome_sentence,
        metric=metric_of(row),
        guardrails=guardrails_of(row),
        owner=who(row.owner),
        backup=who(row.backup),
        sponsor=who(row.sponsor),
        process_owner=who(row.process_owner),
        data_owner=who(row.data_owner),
        run_owner=who(row.run_owner),
        decision_on=row.decision_date,
        kill_line=row.kill_line,
        risk=row.risk,
        links=dict(row.links),
        cost_to_date=row.cost_to_date,
        cost_per_week=row.cost_per_week,
        end=_end(row, entries, who),
    )


def guardrails_of(row: PilotRow) -> tuple[Guardrail, ...]:
    """The guardrails that a limit can be read from."""
    return tuple(rail for text in row.guardrails if (rail := guardrail(text)) is not None)


def metric_of(row: PilotRow) -> Metric | None:
    """The metric its columns describe; None where they name none.

    What the columns leave open (a relative change, the direction) is taken from the outcome sentence, if the gate accepts
    it; a relative change becomes an absolute target as soon as there is a baseline.
    """
    if not row.metric_name and row.baseline is None and row.target is None:
        return None
    settled = Kind.ABSOLUTE_TO if row.baseline is None else Kind.FROM_TO
    metric = Metric(
        name=row.metric_name or "the metric",
        unit=row.unit,
        direction=_direction(row),
        kind=Kind.RELATIVE if row.target is None else settled,
        amount=_relative(row),
        target=row.target,
        deadline=row.deadline,
    )
    if row.baseline is None or row.baseline_date is None:
        return metric
    return metric.frozen(row.baseline, row.baseline_date)


def _relative(row: PilotRow) -> Decimal | None:
    if row.target is not None or not row.outcome_sentence:
        return None
    stated = judge(row.outcome_sentence, row.started)
    return stated.amount if stated.verdict is Verdict.ACCEPTED and stated.kind is Kind.RELATIVE else None


def _direction(row: PilotRow) -> Direction:
    if row.direction is not None:
        return row.direction
    if row.baseline is not None and row.target is not None and row.baseline != row.target:
        return Direction.INCREASE if row.target > row.baseline else Direction.DECREASE
    stated = judge(row.outcome_sentence, row.started) if row.outcome_sentence else None
    return stated.direction if stated is not None and stated.direction is not None else Direction.DECREASE


_REUSE = re.compile(r"^reusable\s*:\s*", re.IGNORECASE)
_RETRY = re.compile(r"^worth another try\b", re.IGNORECASE)
_OFF = re.compile(r"^switched off\s*:\s*", re.IGNORECASE)


def _end(row: PilotRow, entries: Iterable[Entry], who: _Who) -> End | None:
    if row.end_state is None:
        return None
    sponsor = who(row.sponsor)
    end = end_of(row.end_state, row.end_reason, row.merged_into or None)
    return replace(
        end, acknowledged_by=sponsor.id if sponsor is not None and signed(entries, sponsor) else None
    )


def signed(entries: Iterable[Entry], sponsor: Person) -> bool:
    """Whether the sponsor put the end on the record."""
    return any(entry.status is Status.END and entry.author == sponsor.id for entry in entries)


def end_of(state: Stage, reason: str, merged_into: str | None) -> End:
    """An end with the parts of its reason told apart: what to try again, what can be used again, what was switched off."""
    learning, retry, reuse, off = [], "", "", ""
    for sentence in re.split(r"(?<=[.!?])\s+", reason.strip()):
        if _REUSE.match(sentence):
            reuse = _REUSE.sub("", sentence)
        elif _RETRY.match(sentence):
            retry = sentence
        elif _OFF.match(sentence):
            off = _OFF.sub("", sentence)
        elif sentence:
            learning.append(sentence)
    return End(
        state=state,
        reason=reason,
        learning=" ".join(learning) if state is Stage.RETIRED else "",
        retry_when=retry,
        reuse=reuse,
        switched_off=off,
        merged_into=merged_into,
    )


def _activities(pilot: Pilot, record: Record, signals: Sequence[SignalRow]) -> tuple[Activity, ...]:
    """The signals with our verdicts, each against the pilot as it stood that day."""
    judged: list[Activity] = []
    then: dict[date, tuple[Pilot, frozenset[str]]] = {}
    names = {person.id: person.handle for person in pilot.people}
    for signal in signals:
        if signal.on not in then:
            stood = as_of(pilot, record, signal.on)
            team = {entry.author for entry in record.entries if entry.human and entry.on <= signal.on}
            team |= {names[one] for one in team if names.get(one)}
            then[signal.on] = (
                stood[0] if stood else replace(pilot, stage=Stage.IDEA, stage_since=pilot.started, end=None),
                frozenset(team),
            )
        found = Activity(
            on=signal.on, source=signal.source, actor=signal.actor, kind=signal.kind, text=signal.text
        )
        judged.append(activity.judged(found, *then[signal.on]))
    return tuple(judged)


def readings_of(
    metric: Metric | None,
    values: Iterable[tuple[date, Decimal]],
    entries: Iterable[Entry],
    activities: Iterable[Activity],
) -> tuple[Reading, ...]:
    """Every dated value, ascending; the same date and value is one reading, told by the one who knows most of it."""
    found: dict[tuple[date, Decimal], str] = {}
    if metric is not None and metric.baseline is not None and metric.baseline_on is not None:
        found[metric.baseline_on, metric.baseline] = metric.baseline_source or "baseline"
    for on, value in values:
        found.setdefault((on, value), "import")
    for one in activities:
        if (
            one.counts is Counts.PROGRESS
            and one.value is not None
            and found.get((one.on, one.value)) in (None, "import")
        ):
            found[one.on, one.value] = one.source
    for entry in entries:
        if entry.value is not None:
            # Within a day a person's own word is the newest.
            found.pop((entry.on, entry.value), None)
            found[entry.on, entry.value] = (
                "check-in" if entry.status is not Status.READING else entry.text or "reading"
            )
    return tuple(
        Reading(on=on, value=value, source=source)
        for (on, value), source in sorted(found.items(), key=lambda one: one[0][0])
    )


_OPEN = re.compile(r"(?:re)?open(?:ed)?\b[\s:,.\-–—]*", re.IGNORECASE)
_NOT_APPLICABLE = re.compile(r"(?:n/?a\b|not applicable\b(?:\s+because\b)?)[\s:,.\-–—]*", re.IGNORECASE)
_DONE = re.compile(r"(?:done|ticked)\b[\s:,.\-–—]*", re.IGNORECASE)


def items_of(entries: Iterable[Entry]) -> tuple[Item, ...]:
    """The checklist rows of a record, ascending; of each code the last one holds."""
    items: list[Item] = []
    for entry in entries:
        found = item_codes(entry.text) if entry.status is Status.ITEM else None
        if found is None:
            continue
        codes, rest = found
        state = "done"
        for pattern, word in ((_OPEN, "open"), (_NOT_APPLICABLE, "na"), (_DONE, "done")):
            head = pattern.match(rest)
            if head:
                state, rest = word, rest[head.end() :]
                break
        items += [
            Item(
                code=code, state=state, on=entry.on, by=entry.author, evidence=rest, automatic=not entry.human
            )
            for code in codes
        ]
    return tuple(items)


_PROMISE = re.compile(r"\bpromises?\s*:\s*(.+)", re.IGNORECASE | re.DOTALL)
_KEPT = re.compile(r"\bpromise(?P<all>s)?\s+kept\b[\s:,.\-–—]*(?P<what>.*)", re.IGNORECASE | re.DOTALL)
_MOVED = re.compile(
    r"\bpromise moved\s*:\s*(?P<what>.+)\s+by\s+(?P<day>\d{1,2} \w{3,9} \d{4})\s*:", re.IGNORECASE | re.DOTALL
)
_DUE = re.compile(r"\s*\bby\b\s*(?P<day>(?:(?!\bby\b).)*)$", re.IGNORECASE | re.DOTALL)


def promises_of(entries: Iterable[Entry]) -> tuple[Promise, ...]:
    """What was promised in a record's words, in order, each with the day it was kept, if it was.

    "… promise: X by DATE" makes one (several split at ";"), "promise kept" closes the one it names, else the oldest open one;
    "promise moved: X by DATE: REASON" gives it a new day.
    A stuck or waiting answer with a holder and a date is the holder's promise; it is kept when the owner moves again.
    """
    promises: list[Promise] = []
    for entry in entries:
        kept, moved = _KEPT.search(entry.text), _MOVED.search(entry.text)
        if moved is not None:
            _move(promises, moved["what"], words.first_date(moved["day"]))
        elif kept is not None:
            _keep(promises, kept["what"], entry.on, every=bool(kept["all"]))
        elif entry.word and (made := _PROMISE.search(entry.text)) is not None:
            promises += [_promise(part, entry.on) for part in made[1].split(";") if part.strip()]
        if entry.status is Status.MOVING and entry.human:
            promises[:] = [
                replace(one, kept_on=entry.on) if one.holder is not None and one.kept_on is None else one
                for one in promises
            ]
        if (
            entry.status in (Status.STUCK, Status.WAITING)
            and entry.human
            and entry.holder is not None
            and entry.holder_by is not None
        ):
            promises.append(
                Promise(text=entry.text, by=entry.holder_by, made_on=entry.on, holder=entry.holder)
            )
    return tuple(promises)


def _promise(text: str, on: date) -> Promise:
    due = _DUE.search(text)
    by = words.first_date(due["day"]) if due else None
    # Without a date that can be read it never lapses, and keeps all its words.
    return Promise(text=(text[: due.start()] if due and by else text).strip(" ."), by=by, made_on=on)


def _move(promises: list[Promise], what: str, by: date | None) -> None:
    for place, one in enumerate(promises):
        if one.kept_on is None and by is not None and _same(one.text, what):
            promises[place] = replace(one, by=by)


def _same(one: str, other: str) -> bool:
    # A gate's entry says a semicolon as a comma.
    return one.replace(";", ",").strip() == other.replace(";", ",").strip()


def moves_of(entries: Iterable[Entry], text: str) -> int:
    """How often the day of a promise was moved."""
    moved = (_MOVED.search(entry.text) for entry in entries)
    return sum(found is not None and _same(found["what"], text) for found in moved)


def _keep(promises: list[Promise], what: str, on: date, *, every: bool) -> None:
    waiting = [place for place, one in enumerate(promises) if one.kept_on is None and one.holder is None]
    named = [place for place in waiting if what.strip() and words.same_blocker(what, promises[place].text)]
    for place in waiting if every else (named or waiting)[:1]:
        promises[place] = replace(promises[place], kept_on=on)
