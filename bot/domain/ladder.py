"""The ladder of one episode: whom to ask next, what, and when; or to wait until.

Times are working days after the finding began. The wait belongs to the rung: rung 1 waits 3, rung 2 waits 4,
rung 3 waits 5; a rung nobody can be reached on waits 0. A snooze and one "on it" stop the ladder's clock,
never the finding's.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from enum import IntEnum, StrEnum
from typing import NamedTuple

from bot.domain.calendar import Calendar
from bot.domain.clocks import days_between, long_absence, pauses_of
from bot.domain.findings import Finding, Kind
from bot.domain.people import Person
from bot.domain.pilot import Pilot
from bot.domain.record import ANSWERS, BLOCKED, Entry, Record, Status
from bot.domain.stages import Rules, Stage
from bot.domain.words import snooze_days

_DAY = timedelta(days=1)


class Rung(IntEnum):
    """The steps of the ladder; 0 is not yet on it."""

    NONE = 0
    OWNER = 1
    TEAM = 2
    SPONSOR = 3
    DIGEST = 4

    @property
    def words(self) -> str:
        """What the replay prints."""
        return ("none", "owner", "owner+backup", "sponsor", "leadership digest")[self]


_RUNGS = tuple(Rung)
#: By names of their own, as in `clocks`: each episode of each look is asked.
_NONE, _OWNER, _TEAM, _SPONSOR, _DIGEST = Rung
_BLIND, _PAUSED, _WATERMELON, _SPONSOR_QUIET = Kind.BLIND, Kind.PAUSED, Kind.WATERMELON, Kind.SPONSOR_QUIET
_SAME_BLOCKER, _SCALED = Kind.SAME_BLOCKER, Stage.SCALED


class Role(StrEnum):
    """Why somebody is asked."""

    OWNER = "owner"
    BACKUP = "backup"
    SPONSOR = "sponsor"
    HOLDER = "holder"
    RUN_OWNER = "run_owner"
    LEADER = "leader"


#: These ask once; the digest shows them, nobody is escalated to.
STAY_ON_FIRST = frozenset({Kind.OFF_PACE, Kind.WATERMELON, Kind.SLIDING_BACK})


class Addressee(NamedTuple):
    """One person asked, and in which role."""

    person: Person
    role: Role


class Step(NamedTuple):
    """The next rung: who is asked on it, and the working days until the one after it falls due."""

    rung: Rung
    to: tuple[Addressee, ...]
    #: None: the ladder ends here.
    wait: int | None


def top(kind: Kind, pilot: Pilot) -> Rung:
    """The highest rung that a finding climbs to."""
    if kind is _PAUSED:
        return _NONE
    if kind in STAY_ON_FIRST or (kind is _BLIND and pilot.stage is _SCALED):
        return _OWNER
    return _DIGEST


def addressees(
    kind: Kind, rung: Rung, pilot: Pilot, record: Record, day: date, calendar: Calendar, rules: Rules
) -> tuple[Addressee, ...]:
    """Who is asked on a rung; only people who can be reached on that day, so it may be nobody."""
    if rung is _NONE or rung is _DIGEST:
        return ()
    if rung is _SPONSOR:
        return _reachable([(pilot.sponsor, Role.SPONSOR)], day)
    if kind is _SPONSOR_QUIET:
        return _reachable([(pilot.sponsor, Role.SPONSOR)], day) if rung is _OWNER else ()
    holder = blocker_holder(record) if kind is _SAME_BLOCKER else None
    if holder is not None:
        return _reachable([(holder, Role.HOLDER)], day)
    if rung is _TEAM:
        return _reachable([(pilot.owner, Role.OWNER), (pilot.backup, Role.BACKUP)], day)
    if kind is _WATERMELON:
        return _reachable([(pilot.backup, Role.BACKUP)], day) or _reachable(
            [(pilot.sponsor, Role.SPONSOR)], day
        )
    if pilot.stage is _SCALED:
        return _reachable([(pilot.run_owner, Role.RUN_OWNER)], day) or _reachable(
            [(pilot.owner, Role.OWNER)], day
        )
    owner = pilot.owner
    if owner is not None and long_absence(owner.absences, day, calendar, rules.absence_short):
        return _reachable([(pilot.backup, Role.BACKUP)], day)
    return _reachable([(owner, Role.OWNER)], day)


def _reachable(wanted: Sequence[tuple[Person | None, Role]], day: date) -> tuple[Addressee, ...]:
    return tuple(
        [
            Addressee(person, role)
            for person, role in wanted
            if person is not None and person.can_be_asked(day)
        ]
    )


def blocker(record: Record) -> Entry | None:
    """The answer that names the blocker still standing: the newest, if it is stuck or waiting."""
    last = next(_answers_back(record), None)
    return last if last is not None and last.status in BLOCKED else None


def blocker_holder(record: Record) -> Person | None:
    """Who can unblock, as the run of stuck and waiting answers last named them."""
    for entry in _answers_back(record):
        if entry.status not in BLOCKED:
            return None
        if entry.holder is not None:
            return None if _declined(record, entry) else entry.holder
    return None


def _answers_back(record: Record) -> Iterator[Entry]:
    """The check-in answers, newest first."""
    return (entry for entry in reversed(record.entries) if entry.status in ANSWERS and entry.human)


#: What somebody says who was named and cannot clear a blocker.
NOT_MINE = "Not the one who can clear it"


def _declined(record: Record, named: Entry) -> bool:
    """Whether the holder of an answer has said since that they cannot clear it: then they cannot be asked."""
    return named.holder is not None and any(
        entry.author == named.holder.id
        and entry.on >= named.on
        and entry.seq > named.seq
        and entry.text.startswith(NOT_MINE)
        for entry in record.entries
    )


def wait_after(kind: Kind, rung: Rung, rules: Rules) -> int:
    """Working days from one rung to the next."""
    if kind is _SPONSOR_QUIET:
        return rules.sponsor_quiet_wait
    return rules.waits[rung - 1]


def next_step(
    kind: Kind, rung: Rung, pilot: Pilot, record: Record, day: date, calendar: Calendar, rules: Rules
) -> Step | None:
    """The rung after the one last asked: rungs without a reachable person take no time and are passed over.

    Returns:
        None where the ladder is climbed to its end.

    """
    highest = top(kind, pilot)
    for candidate in _RUNGS[rung + 1 : highest + 1]:
        if kind is _SPONSOR_QUIET and candidate in (_TEAM, _SPONSOR):
            continue
        to = addressees(kind, candidate, pilot, record, day, calendar, rules)
        if to or candidate is _DIGEST:
            return Step(
                rung=candidate,
                to=to,
                wait=wait_after(kind, candidate, rules) if candidate < highest else None,
            )
    return None


def held_days(record: Record, opened_on: date, calendar: Calendar, rules: Rules) -> list[date]:
    """The days on which the ladder's clock stands: paused and snoozed days, and those after the first "on it"."""
    held = [
        day
        for pause in pauses_of(record.entries, calendar, rules)
        for day in days_between(pause.start, pause.end - _DAY)
    ]
    acked = False
    for entry in record.entries:
        days = 0
        if entry.status is Status.SNOOZE and entry.human:
            days = snooze_days(entry.text)
        elif entry.status is Status.ACK and entry.human and entry.on >= opened_on and not acked:
            acked, days = True, rules.ack_days
        held += days_between(entry.on + _DAY, calendar.add(entry.on, days))
    return held


def climbed(
    finding: Finding, pilot: Pilot, record: Record, today: date, calendar: Calendar, rules: Rules
) -> Rung:
    """The rung reached by due times alone, as if every message had gone out on its day."""
    own = calendar.without(held_days(record, finding.since, calendar, rules))
    due = own.on_or_after(finding.since)
    rung = Rung.NONE
    while due <= today:
        step = next_step(finding.kind, rung, pilot, record, due, calendar, rules)
        if step is None:
            break
        rung = step.rung
        if step.wait is None:
            break
        due = own.add(due, step.wait)
    return rung


def rung_of(
    findings: Sequence[Finding], pilot: Pilot, record: Record, today: date, calendar: Calendar, rules: Rules
) -> Rung:
    """A pilot's rung: the highest of its open findings'."""
    return max(
        (climbed(finding, pilot, record, today, calendar, rules) for finding in findings), default=Rung.NONE
    )
