"""What went forward in a week, and which dates the next two hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from bot.domain.calendar import Calendar
from bot.domain.findings import gate_passed, look_backs
from bot.domain.pilot import Pilot
from bot.domain.record import Reading, Status
from bot.domain.seen import WEEK, Seen
from bot.domain.stages import JUDGED, Rules, Stage


class MoveKind(StrEnum):
    GATE = "gate"
    TARGET = "target"
    PACE = "pace"


@dataclass(frozen=True, kw_only=True, slots=True)
class Move:
    """Something that went forward this week."""

    pilot: Pilot
    kind: MoveKind
    on: date
    gate: str = ""
    was: Reading | None = None
    now: Reading | None = None
    readings: tuple[Reading, ...] = ()
    gap: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Ahead:
    """A date in the next fourteen days: deadline, decision, resume or look-back."""

    on: date
    pilot: Pilot
    what: str


_AHEAD = timedelta(days=14)
_BEST_PACE = 3


def moved(mine: Sequence[Seen], today: date) -> tuple[Move, ...]:
    gates: list[Move] = []
    targets: list[Move] = []
    paces: list[Move] = []
    for one in mine:
        pilot, readings, metric = one.pilot, one.record.readings, one.pilot.metric
        passed = [
            (entry.on, gate)
            for entry in one.record.entries
            if entry.status is Status.GATE
            and today - WEEK < entry.on <= today
            and (gate := gate_passed(entry.text))
        ]
        if passed:
            gates.append(Move(pilot=pilot, kind=MoveKind.GATE, on=passed[-1][0], gate=passed[-1][1]))
            continue
        now = readings[-1] if readings else None
        was = next((reading for reading in reversed(readings) if reading.on <= today - WEEK), None)
        if metric is None or metric.target is None or now is None or was is None or now.on <= today - WEEK:
            continue
        move = Move(
            pilot=pilot,
            kind=MoveKind.TARGET,
            on=now.on,
            was=was,
            now=now,
            readings=readings,
            gap=one.picture.gap,
        )
        if metric.reached(now.value) and not metric.reached(was.value):
            targets.append(move)
        elif (
            pilot.stage in JUDGED
            and one.picture.gap is not None
            and one.picture.gap <= 0
            and _forward(one, was, now)
        ):
            paces.append(
                Move(
                    pilot=pilot,
                    kind=MoveKind.PACE,
                    on=now.on,
                    was=was,
                    now=now,
                    readings=readings,
                    gap=one.picture.gap,
                )
            )
    paces.sort(key=lambda one: (one.gap or 0.0, one.pilot.id))
    return (*gates, *targets, *paces[:_BEST_PACE])


def _forward(one: Seen, was: Reading, now: Reading) -> bool:
    metric = one.pilot.metric
    if metric is None:
        return False
    earlier, later = metric.progress(was.value), metric.progress(now.value)
    return earlier is not None and later is not None and later > earlier


def ahead(mine: Sequence[Seen], today: date, calendar: Calendar, rules: Rules) -> tuple[Ahead, ...]:
    found = []
    for one in mine:
        dates: list[tuple[str, date | None]] = []
        if one.pilot.stage.running:
            deadline = one.pilot.metric.deadline if one.pilot.metric else None
            decision = one.pilot.decision_on
            same = deadline is not None and deadline == decision
            dates += (
                [("deadline and decision", deadline)]
                if same
                else [("deadline", deadline), ("decision", decision)]
            )
            dates.append(("resumes", one.picture.pause.end if one.picture.pause else None))
        elif one.pilot.stage is Stage.SCALED:
            dates += [("look-back", day) for day in look_backs(one.pilot, calendar, rules)]
        found += [
            Ahead(on=on, pilot=one.pilot, what=what)
            for what, on in dates
            if on is not None and today < on <= today + _AHEAD
        ]
    return tuple(sorted(found, key=lambda one: (one.on, one.pilot.id)))
