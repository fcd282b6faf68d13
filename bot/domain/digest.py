"""The week as data: what waits for a decision first, then everything else that a leader may want to know.

No words are made here beyond those of the record; `messages.digest` says it. The same function serves the three
editions: leadership sees every pilot, a sponsor the ones they sponsor, an owner the ones they own.
"""

from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from bot.domain.calendar import Calendar
from bot.domain.endings import Ended, ended, ending
from bot.domain.findings import Finding, Health, Kind, Picture, gate_passed
from bot.domain.gaps import Gap, Pattern, gap
from bot.domain.ladder import Rung, top
from bot.domain.moves import Ahead, Move, MoveKind, ahead, moved
from bot.domain.people import Person
from bot.domain.pilot import Pilot
from bot.domain.record import Entry, Reading, Record, Status
from bot.domain.seen import (
    Asking,
    Seen,
    askers,
    ended_on,
    has,
    is_running,
    leading,
    newest_guardrail,
    speaker,
)
from bot.domain.stages import Rules, Stage
from bot.domain.survival import vanished

__all__ = [
    "LEADERSHIP",
    "Adrift",
    "Ahead",
    "Asking",
    "Audience",
    "Counts",
    "Decision",
    "Digest",
    "Edition",
    "Ended",
    "Funnel",
    "Gap",
    "Move",
    "MoveKind",
    "OwnWeek",
    "Pattern",
    "PeopleAsk",
    "Quiet",
    "Seen",
    "Standing",
    "askers",
    "digest",
    "ended_on",
    "ending",
    "for_owner",
    "for_sponsor",
    "leading",
    "newest_guardrail",
    "speaker",
]


class Edition(StrEnum):
    """The digest as one audience gets it."""

    LEADERSHIP = "leadership"
    SPONSOR = "sponsor"
    OWNER = "owner"


@dataclass(frozen=True, kw_only=True, slots=True)
class Audience:
    """Who reads it; leadership is no one person."""

    edition: Edition = Edition.LEADERSHIP
    person: Person | None = None

    def concerns(self, pilot: Pilot) -> bool:
        """Whether a pilot belongs into this edition."""
        if self.edition is Edition.LEADERSHIP or self.person is None:
            return True
        role = pilot.sponsor if self.edition is Edition.SPONSOR else pilot.owner
        return role is not None and role.id == self.person.id


LEADERSHIP = Audience()


def for_sponsor(person: Person) -> Audience:
    return Audience(edition=Edition.SPONSOR, person=person)


def for_owner(person: Person) -> Audience:
    return Audience(edition=Edition.OWNER, person=person)


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """The portfolio in numbers: kept for a week, so that the next digest can say what changed."""

    pilots: int = 0
    on_pace: int = 0
    attention: int = 0
    #: Running, nothing open, and no number yet: neither on pace nor in need.
    no_number: int = 0
    paused: int = 0
    ended: int = 0
    decisions: int = 0
    silent: int = 0
    #: Gates passed since the registry began.
    gates: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """One pilot that waits for a decision, and what waiting costs."""

    pilot: Pilot
    #: What is open; the one that most needs deciding first.
    findings: tuple[Finding, ...]
    since: date
    #: Working days it has been open.
    days: int
    picture: Picture
    record: Record
    people: Mapping[str, str]

    @property
    def lead(self) -> Finding:
        return self.findings[0]

    @property
    def per_week(self) -> Decimal:
        return self.pilot.cost_per_week

    @property
    def spent(self) -> Decimal:
        return self.pilot.cost_to_date


@dataclass(frozen=True, kw_only=True, slots=True)
class Quiet:
    """A pilot without a word or without an owner."""

    pilot: Pilot
    days: int
    orphaned: bool
    last_word: Entry | None
    people: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Adrift:
    """A pilot that is not on course: its owner was asked, nobody is escalated to, and here it is shown."""

    pilot: Pilot
    #: What does not hold, the one that most needs somebody first.
    findings: tuple[Finding, ...]
    picture: Picture
    record: Record


@dataclass(frozen=True, kw_only=True, slots=True)
class Funnel:
    """How many pilots stand in each stage; vanished ended without a recorded end."""

    stages: Mapping[Stage, int]
    vanished: int


@dataclass(frozen=True, kw_only=True, slots=True)
class PeopleAsk:
    """A pilot that three or more people asked about, although or because nobody speaks for it."""

    pilot: Pilot
    askers: tuple[str, ...]
    last_on: date


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """Where one running pilot's number stands."""

    pilot: Pilot
    last: Reading | None
    gap: float | None
    readings: tuple[Reading, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnWeek:
    """The bot's own week."""

    sent: int
    answered: int
    median_hours: float | None = None
    #: Questions whose answer changed a fact on the record, and those that somebody called a false alarm.
    changed: int = 0
    wrong: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Digest:
    """One edition."""

    audience: Audience
    today: date
    counts: Counts
    before: Counts | None
    #: Oldest first.
    decisions: tuple[Decision, ...]
    #: Longest silent first; all of them.
    quiet: tuple[Quiet, ...]
    #: Neither decided on nor quiet: furthest behind first; all of them.
    adrift: tuple[Adrift, ...]
    moved: tuple[Move, ...]
    ended: tuple[Ended, ...]
    ahead: tuple[Ahead, ...]
    gap: Gap | None
    funnel: Funnel
    asked: tuple[PeopleAsk, ...]
    standings: tuple[Standing, ...]
    #: A person's edition: every pilot that it is about and that has not ended, those in need first.
    pilots: tuple[Pilot, ...] = ()
    own_week: OwnWeek | None = None
    currency: str = "EUR"
    #: The day this edition was due, where it comes late.
    due_on: date | None = None
    #: The owner's edition: the day leadership reads it.
    read_on: date | None = None
    #: What could not be looked at, each in words: "GitHub has not answered since 17 Nov 2026".
    missing: tuple[str, ...] = ()
    #: New episodes that wait for their turn after an import.
    waiting: int = 0
    #: Running pilots past the idea that have reported no number.
    unreported: int = 0

    @property
    def spent(self) -> Decimal:
        """What the pilots that wait for a decision have cost."""
        return sum((one.spent for one in self.decisions), Decimal(0))

    @property
    def per_week(self) -> Decimal:
        """What waiting costs a week."""
        return sum((one.per_week for one in self.decisions), Decimal(0))

    @property
    def calm(self) -> bool:
        """Whether nothing in it needs a reader: then it is two lines."""
        parts = (self.decisions, self.quiet, self.adrift, self.moved, self.ended, self.ahead, self.asked)
        return not any(parts)


#: So many different people ask before the digest says so.
_ASKERS = 3


def digest(
    seen: Sequence[Seen],
    *,
    today: date,
    calendar: Calendar,
    rules: Rules,
    before: Counts | None = None,
    asked: Mapping[str, Sequence[Asking]] | None = None,
    own_week: OwnWeek | None = None,
    audience: Audience = LEADERSHIP,
    currency: str = "EUR",
    due_on: date | None = None,
    read_on: date | None = None,
    missing: Sequence[str] = (),
    waiting: int = 0,
    names: Mapping[str, str] | None = None,
) -> Digest:
    """The week up to and including a day, for one audience.

    Args:
        seen: every pilot of the workspace.
        today: the day it is posted, in the workspace's zone.
        calendar: the workspace's working days.
        rules: thresholds.
        before: last week's counts for the same audience; None: there is nothing to compare with.
        asked: pilot id → who asked about it through us; questions found in the record are added.
        own_week: how the bot itself did.
        audience: whose edition.
        currency: the workspace's.
        due_on: the day it was due, given only where it comes late.
        read_on: the day leadership reads what an owner reads now.
        missing: sources that could not be read, in words.
        waiting: episodes held back after an import.
        names: pilot id → name, where `seen` does not hold every pilot that an end may speak of.

    """
    mine = [one for one in seen if audience.concerns(one.pilot)]
    decisions = _decisions(mine, today, calendar)
    quiet = _quiet(mine)
    return Digest(
        audience=audience,
        today=today,
        counts=_counts(mine, len(decisions), len([one for one in mine if has(one, Kind.SILENT)])),
        before=before,
        decisions=decisions,
        quiet=quiet,
        adrift=_adrift(mine, {one.pilot.id for one in decisions} | {one.pilot.id for one in quiet}),
        moved=moved(mine, today),
        ended=ended(mine, names or {one.pilot.id: one.pilot.name for one in seen}, today),
        ahead=ahead(mine, today, calendar, rules),
        gap=gap(mine),
        funnel=_funnel(mine),
        asked=_asked(mine, asked or {}),
        standings=_standings(mine),
        pilots=_pilots(mine) if audience.person is not None else (),
        own_week=own_week,
        currency=currency,
        due_on=due_on,
        read_on=read_on,
        missing=tuple(missing),
        waiting=waiting,
        unreported=sum(
            is_running(one) and one.pilot.stage is not Stage.IDEA and not one.record.readings for one in mine
        ),
    )


def _counts(mine: Sequence[Seen], decisions: int, silent: int) -> Counts:
    sorts: Counter[str] = Counter()
    for one in mine:
        match one.picture.health:
            case Health.PAUSED:
                sorts["paused"] += 1
            case Health.ENDED:
                sorts["ended"] += 1
            case _ if one.picture.findings:
                sorts["attention"] += 1
            case _ if one.pilot.stage is Stage.SCALED:
                sorts["ended"] += 1
            case Health.GREEN:
                sorts["on_pace"] += 1
            case _:
                sorts["no_number"] += 1
    gates = sum(
        entry.status is Status.GATE and gate_passed(entry.text) is not None
        for one in mine
        for entry in one.record.entries
    )
    return Counts(pilots=len(mine), decisions=decisions, silent=silent, gates=gates, **sorts)


def _decisions(mine: Sequence[Seen], today: date, calendar: Calendar) -> tuple[Decision, ...]:
    found = []
    for one in mine:
        open_ = [finding for finding in one.picture.findings if top(finding.kind, one.pilot) is Rung.DIGEST]
        if one.rung is not Rung.DIGEST or not open_:
            continue
        since = min(finding.since for finding in open_)
        found.append(
            Decision(
                pilot=one.pilot,
                findings=leading(open_),
                since=since,
                days=calendar.working_days(since, today),
                picture=one.picture,
                record=one.record,
                people=one.people,
            )
        )
    return tuple(sorted(found, key=lambda one: (one.since, -one.per_week, one.pilot.id)))


def _quiet(mine: Sequence[Seen]) -> tuple[Quiet, ...]:
    found = [
        Quiet(
            pilot=one.pilot,
            days=one.picture.silent or 0,
            orphaned=has(one, Kind.ORPHANED),
            last_word=one.picture.last_word,
            people=one.people,
        )
        for one in mine
        if has(one, Kind.SILENT, Kind.ORPHANED)
    ]
    return tuple(sorted(found, key=lambda one: (-one.days, one.pilot.id)))


def _adrift(mine: Sequence[Seen], told: Container[str]) -> tuple[Adrift, ...]:
    """The pilots with a finding that only the digest carries further, besides those that are told already."""
    found = []
    for one in mine:
        alone = [finding for finding in one.picture.findings if top(finding.kind, one.pilot) is Rung.OWNER]
        if alone and one.pilot.id not in told:
            found.append(
                Adrift(pilot=one.pilot, findings=leading(alone), picture=one.picture, record=one.record)
            )
    return tuple(sorted(found, key=lambda one: (-(one.picture.gap or 0.0), one.pilot.id)))


def _funnel(mine: Sequence[Seen]) -> Funnel:
    stages = Counter(one.pilot.stage for one in mine)
    lost = sum(vanished(one.pilot, one.record) for one in mine)
    return Funnel(stages={stage: stages[stage] for stage in Stage}, vanished=lost)


def _asked(mine: Sequence[Seen], asked: Mapping[str, Sequence[Asking]]) -> tuple[PeopleAsk, ...]:
    found = []
    for one in mine:
        if not (one.pilot.stage.ended or has(one, Kind.SILENT, Kind.ORPHANED)):
            continue
        people = askers(one.record, asked.get(one.pilot.id, ()), one.pilot, one.people)
        if len(people) >= _ASKERS:
            found.append(
                PeopleAsk(
                    pilot=one.pilot,
                    askers=tuple(name for name, _ in people),
                    last_on=max(on for _, on in people),
                )
            )
    return tuple(sorted(found, key=lambda one: (-len(one.askers), one.pilot.id)))


def _pilots(mine: Sequence[Seen]) -> tuple[Pilot, ...]:
    found = sorted(
        (one for one in mine if not one.pilot.stage.ended or one.picture.findings),
        key=lambda one: (not one.picture.findings, one.pilot.id),
    )
    return tuple(one.pilot for one in found)


def _standings(mine: Sequence[Seen]) -> tuple[Standing, ...]:
    """The running pilots' numbers, furthest behind first; those without a number last."""
    found = [
        Standing(
            pilot=one.pilot,
            last=one.record.readings[-1] if one.record.readings else None,
            gap=one.picture.gap,
            readings=one.record.readings,
        )
        for one in mine
        if is_running(one) and one.pilot.metric is not None
    ]
    return tuple(sorted(found, key=lambda one: (one.gap is None, -(one.gap or 0.0), one.pilot.id)))
