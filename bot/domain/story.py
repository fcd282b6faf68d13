"""Whatever happened to a pilot, as data: only what the record holds, and no word of our own about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from bot.domain.calendar import Calendar
from bot.domain.digest import Asking, Ended, askers, ended_on, ending, leading, speaker
from bot.domain.findings import Finding, Kind, Picture, gate_passed, look_backs
from bot.domain.ladder import Role, Rung
from bot.domain.metric import values_of
from bot.domain.people import Person
from bot.domain.pilot import Pilot, Risk
from bot.domain.record import ANSWERS, Counts, Entry, Record, Status
from bot.domain.stages import NEXT_GATE, Gate, Rules, Stage


class State(StrEnum):
    """How it stands, told apart as a reader would."""

    ORPHANED = "orphaned"
    SILENT = "silent"
    STALLED = "stalled"
    RUNNING = "running"
    PAUSED = "paused"
    SCALED = "scaled"
    SLIDING_BACK = "sliding_back"
    RETIRED = "retired"
    MERGED = "merged"


class BeatKind(StrEnum):
    """What a dated beat of the story is."""

    STARTED = "started"
    GATE = "gate"
    FIRST = "first"
    BASELINE = "baseline"
    BEST = "best"
    READING = "reading"
    WORD = "word"
    BLOCKED = "blocked"
    STOP = "stop"
    HANDOVER = "handover"
    LEFT = "left"
    GUARDRAIL = "guardrail"
    PAUSE = "pause"
    REFUSED = "refused"
    COST = "cost"
    END = "end"


@dataclass(frozen=True, kw_only=True, slots=True)
class Beat:
    """One dated thing that happened, in the record's own words."""

    on: date
    kind: BeatKind
    text: str = ""
    who: str = ""
    value: Decimal | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Sources:
    """What the story rests on, counted."""

    updates: int
    readings: int
    signals: int
    questions: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Story:
    """The answer to "whatever happened to …?"."""

    pilot: Pilot
    record: Record
    picture: Picture
    today: date
    state: State
    #: Open findings, what most needs deciding first.
    findings: tuple[Finding, ...]
    #: Working days since the last human word, and who said it when; for ended pilots too.
    silent: int
    last_word: Entry | None
    last_word_by: str
    #: The refusal that stands, where the outcome sentence was never accepted.
    refused: Entry | None
    beats: tuple[Beat, ...]
    #: Who decides next, and as what; None: nobody, or nobody who can.
    decides: Person | None
    role: Role | None
    #: The gate it waits for, where nothing else is open.
    gate: Gate | None
    #: A scaled pilot's next look-back.
    look_back_on: date | None
    end: Ended | None
    rung: Rung
    #: Who asked before, first question first.
    askers: tuple[str, ...]
    sources: Sources
    #: The last day on which anything is recorded, where that is long ago.
    nothing_after: date | None
    currency: str = "EUR"
    people: Mapping[str, str] = field(default_factory=dict)


#: A record whose newest row is older than this says so.
_LONG_AGO = timedelta(days=30)
_LEAST_BEATS, _MOST_BEATS = 3, 5
#: What is told first where there is more than fits; the order on the page is by date.
_WEIGHT = {
    BeatKind.END: 100,
    BeatKind.LEFT: 95,
    BeatKind.PAUSE: 90,
    BeatKind.REFUSED: 85,
    BeatKind.GUARDRAIL: 80,
    BeatKind.STOP: 75,
    BeatKind.WORD: 70,
    BeatKind.BLOCKED: 65,
    BeatKind.HANDOVER: 60,
    BeatKind.READING: 55,
    BeatKind.GATE: 50,
    BeatKind.FIRST: 48,
    BeatKind.BASELINE: 45,
    BeatKind.BEST: 40,
    BeatKind.COST: 35,
    BeatKind.STARTED: 20,
}


def story(
    pilot: Pilot,
    record: Record,
    picture: Picture,
    *,
    today: date,
    calendar: Calendar,
    rules: Rules,
    asked: Sequence[Asking] = (),
    rung: Rung = Rung.NONE,
    asker: str = "",
    people: Mapping[str, str] | None = None,
    names: Mapping[str, str] | None = None,
    currency: str = "EUR",
) -> Story:
    """What happened to a pilot, from its record alone.

    Args:
        pilot: as it stands.
        record: everything recorded until the day.
        picture: what looking at it shows.
        today: the day of the question.
        calendar: the workspace's working days.
        rules: thresholds.
        asked: who asked before through us; questions found in the record are added.
        rung: the step its ladder has reached.
        asker: the name of the person who asks now, who does not count among those before.
        people: person id → name, for authors without a role.
        names: pilot id → name, for the pilot it was merged into.
        currency: the workspace's.

    """
    words = [entry for entry in record.entries if entry.word]
    last_word = words[-1] if words else None
    decides, role = _decides(pilot, picture, today)
    asking = askers(record, asked, pilot, people)
    return Story(
        pilot=pilot,
        record=record,
        picture=picture,
        today=today,
        state=_state(pilot, picture),
        findings=leading(picture.findings),
        silent=calendar.working_days(last_word.on if last_word else pilot.started, today),
        last_word=last_word,
        last_word_by=speaker(last_word.author, pilot, people) if last_word else "",
        refused=_refused(pilot, record),
        beats=_beats(pilot, record, people),
        decides=decides,
        role=role,
        gate=NEXT_GATE.get(pilot.stage),
        look_back_on=next((day for day in look_backs(pilot, calendar, rules) if day > today), None)
        if pilot.stage is Stage.SCALED
        else None,
        end=ending(pilot, record, names) if pilot.stage.ended else None,
        rung=rung,
        askers=tuple(name for name, _ in asking if name.casefold() != asker.casefold()),
        sources=Sources(
            updates=len(record.entries),
            readings=len(record.readings),
            signals=sum(one.counts is not Counts.INTEREST for one in record.activities),
            questions=len(asking),
        ),
        nothing_after=_nothing_after(pilot, record, today),
        currency=currency,
        people=people or {},
    )


def _state(pilot: Pilot, picture: Picture) -> State:
    match pilot.stage:
        case Stage.RETIRED:
            return State.RETIRED
        case Stage.MERGED:
            return State.MERGED
        case Stage.SCALED:
            return State.SLIDING_BACK if picture.finding(Kind.SLIDING_BACK) else State.SCALED
        case _ if picture.pause is not None:
            return State.PAUSED
        case _ if picture.finding(Kind.ORPHANED):
            return State.ORPHANED
        case _ if picture.finding(Kind.SILENT):
            return State.SILENT
        case _:
            return State.STALLED if picture.findings else State.RUNNING


def _decides(pilot: Pilot, picture: Picture, today: date) -> tuple[Person | None, Role | None]:
    """Who has the next word: the sponsor over what is open, else whoever passes the next gate."""
    if pilot.stage in (Stage.RETIRED, Stage.MERGED):
        return None, None
    if pilot.stage is Stage.SCALED:
        return _first_there(
            [(pilot.run_owner, Role.RUN_OWNER), (pilot.owner, Role.OWNER), (pilot.sponsor, Role.SPONSOR)],
            today,
        )
    owner_passes = pilot.stage is Stage.FRAMED or (pilot.stage is Stage.BUILD and pilot.risk is not Risk.HIGH)
    if owner_passes and not picture.findings:
        return _first_there(
            [(pilot.owner, Role.OWNER), (pilot.backup, Role.BACKUP), (pilot.sponsor, Role.SPONSOR)], today
        )
    return _first_there([(pilot.sponsor, Role.SPONSOR)], today)


def _first_there(
    wanted: Sequence[tuple[Person | None, Role]], today: date
) -> tuple[Person | None, Role | None]:
    return next(
        ((person, role) for person, role in wanted if person is not None and not person.gone(today)),
        (None, None),
    )


def _refused(pilot: Pilot, record: Record) -> Entry | None:
    if pilot.metric is not None:
        return None
    return next((entry for entry in reversed(record.entries) if entry.status is Status.REFUSED), None)


def _beats(pilot: Pilot, record: Record, people: Mapping[str, str] | None) -> tuple[Beat, ...]:
    """Three to five beats: the weightiest, one a day, shown by date; a thin record is filled with its other rows."""
    told = _candidates(pilot, record, people)
    told.sort(key=lambda one: (-_WEIGHT[one.kind], -one.on.toordinal()))
    chosen = _chosen([], told, _MOST_BEATS)
    others = [
        _beat(_KIND_OF.get(entry.status, BeatKind.WORD), entry, pilot, people)
        for entry in reversed(record.entries)
        if entry.text.strip() and (entry.human or entry.status is Status.REFUSED)
    ]
    chosen = _chosen(chosen, others, _LEAST_BEATS)
    chosen = _chosen(chosen, (*told, *others), _LEAST_BEATS, one_a_day=False)
    return tuple(sorted(chosen, key=lambda one: one.on))


_KIND_OF = {
    Status.GATE: BeatKind.GATE,
    Status.END: BeatKind.END,
    Status.PAUSE: BeatKind.PAUSE,
    Status.REFUSED: BeatKind.REFUSED,
    Status.STOP: BeatKind.STOP,
    Status.HANDOVER: BeatKind.HANDOVER,
    Status.STUCK: BeatKind.BLOCKED,
    Status.WAITING: BeatKind.BLOCKED,
}


def timeline(pilot: Pilot, record: Record, people: Mapping[str, str] | None = None) -> tuple[Beat, ...]:
    """Every dated beat of a pilot, oldest first: all that people wrote, each reading without words, what signals tell."""
    found = [Beat(on=pilot.started, kind=BeatKind.STARTED), *_signalled(pilot, record)]
    found += [
        _beat(_KIND_OF.get(entry.status, BeatKind.WORD), entry, pilot, people)
        for entry in record.entries
        if entry.text.strip() or entry.value is not None or entry.status in _KIND_OF
    ]
    said = {(entry.on, entry.value) for entry in record.entries}
    metric = pilot.metric
    for reading in dict.fromkeys((one.on, one.value) for one in record.readings):
        on, value = reading
        if reading not in said:
            base = metric is not None and (on, value) == (metric.baseline_on, metric.baseline)
            found.append(Beat(on=on, kind=BeatKind.BASELINE if base else BeatKind.READING, value=value))
    if pilot.stage.ended and not any(one.kind is BeatKind.END for one in found):
        found.append(Beat(on=ended_on(pilot, record), kind=BeatKind.END))
    order = {kind: spot for spot, kind in enumerate((BeatKind.STARTED, BeatKind.BASELINE))}
    return tuple(sorted(found, key=lambda one: (one.on, order.get(one.kind, len(order)))))


def _chosen(chosen: Sequence[Beat], more: Sequence[Beat], most: int, *, one_a_day: bool = True) -> list[Beat]:
    """As many more as fit: none of a day that is told, or at least none in the same words."""
    found = list(chosen)
    for beat in more:
        days = {one.on for one in found if one_a_day or not (one.text and beat.text)}
        taken = beat.on in days or (beat.text and beat.text in {one.text for one in found})
        if len(found) < most and not taken:
            found.append(beat)
    return found


def _beat(kind: BeatKind, entry: Entry, pilot: Pilot, people: Mapping[str, str] | None) -> Beat:
    return Beat(
        on=entry.on, kind=kind, text=entry.text, who=speaker(entry.author, pilot, people), value=entry.value
    )


#: Told by their newest entry.
_NEWEST = (
    (BeatKind.END, Status.END),
    (BeatKind.PAUSE, Status.PAUSE),
    (BeatKind.REFUSED, Status.REFUSED),
    (BeatKind.STOP, Status.STOP),
    (BeatKind.HANDOVER, Status.HANDOVER),
)


def _candidates(pilot: Pilot, record: Record, people: Mapping[str, str] | None) -> list[Beat]:
    entries = record.entries
    picked: list[tuple[BeatKind, Entry]] = []
    for kind, status in _NEWEST:
        picked += [(kind, entry) for entry in entries if entry.status is status][-1:]
    gates = [entry for entry in entries if entry.status is Status.GATE and gate_passed(entry.text)]
    picked += [(BeatKind.GATE, entry) for entry in gates[-1:]]
    words = [entry for entry in entries if entry.word and entry.text.strip()]
    picked += [(BeatKind.WORD, entry) for entry in words[-1:]]
    # An idea that was never framed has no gate to tell of: its first word is the beginning.
    picked += [(BeatKind.FIRST, entry) for entry in words[:1] if not gates]
    blocked = _blocked_since(entries)
    picked += [(BeatKind.BLOCKED, blocked)] if blocked is not None else []
    found = [_beat(kind, entry, pilot, people) for kind, entry in picked]
    if pilot.stage.ended and not any(one.kind is BeatKind.END for one in found):
        found.append(Beat(on=ended_on(pilot, record), kind=BeatKind.END))
    return [
        Beat(on=pilot.started, kind=BeatKind.STARTED),
        *found,
        *_numbers(pilot, record),
        *_signalled(pilot, record),
    ]


def _signalled(pilot: Pilot, record: Record) -> list[Beat]:
    """What signals tell: the owner's account closed, a guardrail first broken, money still running."""
    found = [
        Beat(on=one.on, kind=BeatKind.LEFT, text=one.text)
        for one in record.activities
        if one.counts is Counts.ORPHAN
    ][-1:]
    found += [
        Beat(on=one.on, kind=BeatKind.COST, text=one.text) for one in record.activities if one.kind == "cost"
    ][-1:]
    for rail in pilot.guardrails:
        known = values_of(rail, pilot.guardrails, record.activities)
        first = next(
            (at for at in range(len(known)) if all(rail.broken(value) for _, value in known[at:])), None
        )
        if first is not None:
            on, value = known[first]
            text = next(
                (one.text for one in record.activities if (one.on, one.value) == (on, value)), rail.text
            )
            found.append(Beat(on=on, kind=BeatKind.GUARDRAIL, text=text, value=value))
    return found


def _blocked_since(entries: Sequence[Entry]) -> Entry | None:
    """Where the answers end in stuck or waiting: the one that began it."""
    run: Entry | None = None
    for entry in reversed([entry for entry in entries if entry.status in ANSWERS and entry.human]):
        if entry.status not in (Status.STUCK, Status.WAITING):
            break
        run = entry
    return run


def _numbers(pilot: Pilot, record: Record) -> list[Beat]:
    """The baseline, the best value and the newest one."""
    metric, readings = pilot.metric, record.readings
    if metric is None or not readings:
        return []
    found = []
    if metric.baseline is not None and metric.baseline_on is not None:
        found.append(Beat(on=metric.baseline_on, kind=BeatKind.BASELINE, value=metric.baseline))
    if readings[-1].on != metric.baseline_on:
        found.append(Beat(on=readings[-1].on, kind=BeatKind.READING, value=readings[-1].value))
    reached = [reading for reading in readings if metric.reached(reading.value)]
    if reached:
        found.append(Beat(on=reached[0].on, kind=BeatKind.BEST, value=reached[0].value))
    return found


def _nothing_after(pilot: Pilot, record: Record, today: date) -> date | None:
    days = [pilot.started, pilot.stage_since]
    days += [entry.on for entry in record.entries]
    days += [activity.on for activity in record.activities if activity.actor != "pilotlight"]
    days += [reading.on for reading in record.readings]
    last = max((day for day in days if day <= today), default=None)
    return last if last is not None and today - last > _LONG_AGO else None
