"""Pilots, records and signals with defaults: Alice owns, Bob backs, Sam sponsors, and nothing is wrong yet."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from bot.domain import activity, words
from bot.domain.calendar import Calendar
from bot.domain.direction import Direction
from bot.domain.findings import Picture, examine
from bot.domain.metric import Guardrail, Metric, guardrail
from bot.domain.people import Absence, Person
from bot.domain.pilot import Pilot
from bot.domain.record import Activity, Entry, Reading, Record, Status
from bot.domain.stages import RUNNING, Stage

ALICE = Person(id="alice", name="Alice Berg", handle="alice.berg")
BOB = Person(id="bob", name="Bob Lund", handle="bob.lund")
SAM = Person(id="sam", name="Sam Holm", handle="sam.holm")
HOLLY = Person(id="holly", name="Holly Ray")
RUTH = Person(id="ruth", name="Ruth Vogt")
#: Never has anything to do with a pilot.
CHARLIE = Person(id="charlie", name="Charlie Roth")

#: A Monday; the week after it is a plain one.
MONDAY = date(2026, 1, 5)
DAY = timedelta(days=1)
#: Monday to Friday, no holidays.
PLAIN = Calendar()
#: A promise so long that nobody is behind, measured on the first day.
CALM = Metric(
    name="minutes per case",
    unit="min",
    direction=Direction.DECREASE,
    baseline=Decimal(10),
    baseline_on=MONDAY,
    target=Decimal(5),
    deadline=date(2046, 1, 5),
)


def day(count: int) -> date:
    """The count-th working day after the Monday: 5 is the next Monday, 4 the Friday before it."""
    return MONDAY + timedelta(weeks=count // 5, days=count % 5)


def pilot(stage: Stage = Stage.TRIAL, since: date = MONDAY, **changes: Any) -> Pilot:
    """A pilot in a stage, begun on the same day."""
    base: dict[str, Any] = {
        "id": "p1",
        "name": "Reply Helper",
        "stage": stage,
        "stage_since": since,
        "started": since,
        "metric": CALM,
        "owner": ALICE,
        "backup": BOB,
        "sponsor": SAM,
    }
    return Pilot(**{**base, **changes})


def entry(on: date, status: str, text: str = "", author: str = "alice", **changes: Any) -> Entry:
    """One row of the record; a value may be a string."""
    value = changes.pop("value", None)
    return Entry(
        on=on,
        author=author,
        status=Status(status),
        text=text,
        value=None if value is None else Decimal(value),
        **changes,
    )


def signal(
    on: date, kind: str, text: str, actor: str = "alice", *, of: Pilot | None = None, team: Sequence[str] = ()
) -> Activity:
    """One piece of evidence with our verdict on it."""
    raw = Activity(on=on, source="test", actor=actor, kind=kind, text=text)
    return activity.judged(raw, of or pilot(), frozenset(team))


def reading(on: date, value: str) -> Reading:
    return Reading(on=on, value=Decimal(value))


def rails(*texts: str) -> tuple[Guardrail, ...]:
    """Guardrails as people write them."""
    return tuple(found for text in texts if (found := guardrail(text)) is not None)


def record(
    *rows: Entry, signals: Sequence[Activity] = (), readings: Sequence[Reading] = (), **changes: Any
) -> Record:
    """A record whose answers are judged in order, and whose values are readings beside those given."""
    entries: list[Entry] = []
    for number, row in enumerate(sorted(rows, key=lambda one: one.on)):
        entries.append(words.judged(row._replace(seq=number), entries))
    found = [
        *readings,
        *(
            Reading(on=one.on, value=one.value, source=one.source)
            for one in signals
            if one.kind == "reading" and one.value
        ),
        *(Reading(on=one.on, value=one.value) for one in entries if one.value is not None),
    ]
    return Record(
        entries=tuple(entries),
        activities=tuple(sorted(signals, key=lambda one: one.on)),
        readings=tuple(sorted(found, key=lambda one: one.on)),
        **changes,
    )


def seen(a_pilot: Pilot, its: Record, on: date, calendar: Calendar = PLAIN) -> Picture:
    """What a look on a day shows; later rows are not known yet."""
    return examine(a_pilot, its.until(on), on, calendar)


def kinds(a_pilot: Pilot, its: Record, on: date, calendar: Calendar = PLAIN) -> dict[str, date]:
    """The open findings of a day and since when."""
    return {one.kind.value: one.since for one in seen(a_pilot, its, on, calendar).findings}


# Histories that nobody wrote: what the rules are compared with their oracle on.

_TEXTS = (
    "",
    "SEC-12 open",
    "still SEC-12",
    "archive contract",
    "archive contract legal",
    "legal vendor budget",
    "printer toner",
    "Team uses it daily, users are happy",
    "team uses it daily; users are happy!",
    "everything goes according to plan",
)
_REST = ("note", "gate", "item", "reading", "handover", "stop", "refused", "snooze", "ack", "pause", "resume")
#: What people of different tempers write.
_TEMPERS = (
    (*("moving",) * 9, "note", "gate", "item", "pause"),
    (*("stuck", "waiting") * 5, "moving", "snooze", "ack", "pause", "resume"),
    (*("moving",) * 5, *("stuck", "waiting") * 2, *_REST),
    ("moving", "snooze", "snooze", "snooze", "ack", "refused"),
)
_RAILS = ("errors not above 5", "errors not below 3", "errors < 6", "errors = 4", "complaints >= 4 per week")


def _row(on: date, status: str, text: int, number: int, author: str) -> Entry:
    values = {
        "snooze": f"{1 + number % 10} working days: quarter closing",
        "pause": f"Paused until {on + timedelta(days=number):%-d %B %Y}: rest",
        "item": ("I1 done", "I1 open again", "D2 n/a no personal data")[number % 3],
        "gate": f"G{1 + number % 5} passed" if number % 4 else "G4 sent back",
    }
    if status in values:
        return entry(on, status, values[status], author)
    value = f"{4 + number % 8}" if number < 40 else None
    holder = HOLLY if status in ("stuck", "waiting") and number % 7 == 0 else None
    return entry(on, status, _TEXTS[text], author, value=value, holder=holder)


def _signal(on: date, kind: str, number: int, of: Pilot) -> Activity:
    match kind:
        case "merge" | "run":
            robot = number % 4 == 0
            return signal(on, kind, "Danish tone guide", "dependabot[bot]" if robot else "alice", of=of)
        case "message":
            text = "The first ten users have asked for a second queue already"
            return signal(on, kind, text if number % 3 else "fine", "bob", of=of)
        case "reading":
            return signal(on, kind, f"now {4 + number % 8}.5 min", "svc-metrics", of=of)
        case _:
            name = ("errors", "complaints")[number % 5 == 0]
            return signal(on, kind, f"{name} {2 + number % 6} per week", "svc-metrics", of=of)


@st.composite
def histories(draw: st.DrawFn, most: int = 170) -> tuple[Pilot, Record, Calendar]:
    """A pilot with some history over half a year, on some calendar."""
    offset = st.integers(0, most)
    pick = st.integers(0, 99)
    calendar = Calendar(
        weekdays=draw(
            st.sampled_from([frozenset(range(5)), frozenset({6, 0, 1, 2, 3}), frozenset(range(6))])
        ),
        holidays=frozenset(MONDAY + n * DAY for n in draw(st.lists(offset, max_size=8))),
    )
    started = MONDAY + draw(st.integers(0, 9)) * DAY
    stage = draw(st.sampled_from([*RUNNING, *RUNNING, Stage.SCALED]))
    since = started + draw(st.integers(0, 50)) * DAY
    owner: Person | None = ALICE
    whose = draw(st.integers(0, 9))
    if whose == 0:
        owner = None
    elif whose == 1:
        owner = replace(ALICE, left_on=MONDAY + draw(offset) * DAY)
    elif whose in (2, 3, 4):
        away = MONDAY + draw(offset) * DAY
        told = Absence(
            start=away,
            end=away + draw(st.integers(0, 24)) * DAY,
            told_on=away - draw(st.integers(0, 6)) * DAY,
        )
        owner = replace(ALICE, absences=(told,))
    metric: Metric | None = None
    shape = draw(st.integers(0, 5))
    if shape:
        metric = Metric(
            name="m",
            direction=Direction.DECREASE if shape < 4 else Direction.INCREASE,
            target=Decimal(5) if shape < 4 else Decimal(11),
            deadline=started + draw(st.integers(20, 260)) * DAY,
        )
        if shape == 5:
            metric = replace(metric, direction=Direction.KEEP_BELOW, target=Decimal(7))
        if shape > 1:
            metric = replace(
                metric, baseline=Decimal(10), baseline_on=started + draw(st.integers(0, 40)) * DAY
            )
    usual = stage in RUNNING and draw(st.integers(0, 4)) == 0
    cadence = {Stage.IDEA: 8, Stage.FRAMED: 20, Stage.BUILD: 21, Stage.TRIAL: 15, Stage.ROLLOUT: 13}
    left_too = replace(BOB, left_on=MONDAY + draw(offset) * DAY)
    a_pilot = Pilot(
        id="p1",
        name="p",
        stage=stage,
        stage_since=since,
        started=started,
        metric=metric,
        owner=owner,
        backup=draw(st.sampled_from([BOB, None, left_too])),
        sponsor=draw(st.sampled_from([SAM, SAM, None])),
        run_owner=draw(st.sampled_from([RUTH, None])),
        guardrails=rails(*draw(st.lists(st.sampled_from(_RAILS), max_size=2, unique=True))),
        cadence=cadence[stage] if usual else None,
    )
    author = st.sampled_from(["alice", "alice", "alice", "bob", "sam", "svc-x"])
    status = st.sampled_from(draw(st.sampled_from(_TEMPERS)))
    texts = st.sampled_from(draw(st.lists(st.integers(0, len(_TEXTS) - 1), min_size=1, max_size=6)))
    rows = [
        _row(started + on * DAY, what, text, number, who)
        for on, what, text, number, who in draw(
            st.lists(
                st.tuples(offset, status, texts, pick, author),
                min_size=draw(st.sampled_from([0, 6])),
                max_size=16,
                unique_by=lambda one: one[0],
            )
        )
    ]
    kind = st.sampled_from(["merge", "run", "message", "reading", "reading", "guardrail"])
    signals = [
        _signal(MONDAY + on * DAY, what, number, a_pilot)
        for on, what, number in draw(
            st.lists(st.tuples(offset, kind, pick), max_size=12, unique_by=lambda one: (one[0], one[1]))
        )
    ]
    first = (
        [Reading(on=metric.baseline_on, value=metric.baseline)]
        if metric is not None and metric.baseline is not None and metric.baseline_on is not None
        else []
    )
    asked = MONDAY + draw(st.integers(0, 100)) * DAY
    pulses = (asked, asked + 42 * DAY) if draw(st.integers(0, 3)) == 0 else ()
    return a_pilot, record(*rows, signals=signals, readings=first, pulses_asked=pulses), calendar
