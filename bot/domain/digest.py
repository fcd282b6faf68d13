"""The week as data: what waits for a decision first, then everything else that a leader may want to know.

No words are made here beyond those of the record; `messages.digest` says it. The same function serves the three
editions: leadership sees every pilot, a sponsor the ones they sponsor, an owner the ones they own.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from bot.domain.calendar import Calendar
from bot.domain.findings import Finding, Health, Kind, Picture, gate_passed, look_backs
from bot.domain.ladder import Rung, top
from bot.domain.metric import Guardrail, values_of
from bot.domain.people import Person, name_of_handle
from bot.domain.pilot import Pilot
from bot.domain.record import Counts as ActivityCounts
from bot.domain.record import Entry, Reading, Record, Status
from bot.domain.stages import JUDGED, Rules, Stage
from bot.domain.survival import vanished

#: Who asked whatever happened to a pilot, and when.
Asking = tuple[str, date]


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """A pilot as it stands on the day: what every digest and story is made of."""

    pilot: Pilot
    record: Record
    picture: Picture
    rung: Rung
    #: Person id → name, for authors who hold no role in the pilot.
    people: Mapping[str, str] = field(default_factory=dict)


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
class Ended:
    """An end on the record; scaled, retired and merged alike."""

    pilot: Pilot
    state: Stage
    on: date
    #: Its one sentence.
    sentence: str = ""
    reuse: str = ""
    into: str = ""
    #: Calendar days before the deadline.
    days_early: int = 0
    #: What those days would have cost at the pilot's own weekly average; None where it cannot be said.
    saved: Decimal | None = None
    readings: tuple[Reading, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Ahead:
    """A date in the next fourteen days: deadline, decision, resume or look-back."""

    on: date
    pilot: Pilot
    what: str


class Pattern(StrEnum):
    """Why pilots die."""

    METRIC = "M"
    INFRASTRUCTURE = "I"
    DATA = "D"
    ORGANISATION = "O"


@dataclass(frozen=True, kw_only=True, slots=True)
class Gap:
    """The pattern that holds up most running pilots, and what most of those lack."""

    pattern: Pattern
    blocked: int
    running: int
    #: The commonest lack inside the pattern: ``lack`` of ``lack_of`` pilots that should have it.
    words: str
    lack: int
    lack_of: int


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
        return not (self.decisions or self.quiet or self.moved or self.ended or self.ahead or self.asked)


#: Told before anything older: without an owner nobody answers, and a broken guardrail hurts somebody meanwhile.
_AT_ONCE = frozenset({Kind.ORPHANED, Kind.GUARDRAIL_BROKEN})
#: Told after the others: they say how long or how far, not what to do.
_BESIDE = frozenset({Kind.OFF_PACE, Kind.OVERSTAY, Kind.PROGRESSLESS, Kind.SPONSOR_QUIET})
#: Findings of one day are told in this order.
_LEADING = (
    Kind.ORPHANED,
    Kind.GUARDRAIL_BROKEN,
    Kind.OVERDUE,
    Kind.SAME_BLOCKER,
    Kind.BLIND,
    Kind.NO_METRIC,
    Kind.SNOOZE_LIMIT,
    Kind.REPEATED_ANSWER,
    Kind.SILENT,
    Kind.OVERSTAY,
    Kind.SPONSOR_QUIET,
    Kind.PROGRESSLESS,
)
_WEEK = timedelta(days=7)
_AHEAD = timedelta(days=14)
#: So many different people ask before the digest says so.
_ASKERS = 3
_BEST_PACE = 3
_ID = re.compile(r"\b[A-Za-z]{1,4}-?\d{1,6}\b")
#: A pattern needs so many running pilots.
_PATTERN_NEEDS = 5


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
        counts=_counts(mine, len(decisions), len([one for one in mine if _has(one, Kind.SILENT)])),
        before=before,
        decisions=decisions,
        quiet=quiet,
        moved=_moved(mine, today),
        ended=_ended(mine, names or {one.pilot.id: one.pilot.name for one in seen}, today),
        ahead=_ahead(mine, today, calendar, rules),
        gap=_gap(mine),
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
            _running(one) and one.pilot.stage is not Stage.IDEA and not one.record.readings for one in mine
        ),
    )


def speaker(author: str, pilot: Pilot, people: Mapping[str, str] | None = None) -> str:
    """The name of an entry's author: as the pilot's roles, then the given names, then the handle have it."""
    for one in pilot.people:
        if author in (one.id, one.handle):
            return one.name
    return (people or {}).get(author) or name_of_handle(author)


def newest_guardrail(pilot: Pilot, record: Record) -> tuple[Guardrail, date, Decimal] | None:
    """The newest value on the wrong side of its guardrail: which, when, how much."""
    found = []
    for rail in pilot.guardrails:
        known = values_of(rail, pilot.guardrails, record.activities)
        if known and rail.broken(known[-1][1]):
            found.append((known[-1][0], rail, known[-1][1]))
    if not found:
        return None
    on, rail, value = max(found, key=lambda one: one[0])
    return rail, on, value


def leading(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Findings in the order in which they are told: what hurts meanwhile, then what somebody must answer, oldest first."""
    rank = {kind: spot for spot, kind in enumerate(_LEADING)}

    def order(one: Finding) -> tuple[bool, bool, date, int]:
        return (one.kind not in _AT_ONCE, one.kind in _BESIDE, one.since, rank.get(one.kind, len(rank)))

    return tuple(sorted(findings, key=order))


def askers(
    record: Record, asked: Sequence[Asking], pilot: Pilot, people: Mapping[str, str] | None = None
) -> list[Asking]:
    """Everybody who asked what happened to a pilot, each once, in the order of their first question."""
    imported = [
        (speaker(one.actor, pilot, people), one.on)
        for one in record.activities
        if one.counts is ActivityCounts.INTEREST
    ]
    first: dict[str, Asking] = {}
    for name, on in sorted([*imported, *asked], key=lambda one: one[1]):
        first.setdefault(" ".join(name.casefold().split()), (name, on))
    return list(first.values())


def ended_on(pilot: Pilot, record: Record) -> date:
    """The day a pilot ended: its end on the record, else the day its last stage began."""
    ends = [entry.on for entry in record.entries if entry.status is Status.END]
    return ends[-1] if ends else pilot.stage_since


def _has(one: Seen, *kinds: Kind) -> bool:
    return any(finding.kind in kinds for finding in one.picture.findings)


def _running(one: Seen) -> bool:
    return one.pilot.stage.running and one.picture.pause is None


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
            orphaned=_has(one, Kind.ORPHANED),
            last_word=one.picture.last_word,
            people=one.people,
        )
        for one in mine
        if _has(one, Kind.SILENT, Kind.ORPHANED)
    ]
    return tuple(sorted(found, key=lambda one: (-one.days, one.pilot.id)))


def _moved(mine: Sequence[Seen], today: date) -> tuple[Move, ...]:
    gates: list[Move] = []
    targets: list[Move] = []
    paces: list[Move] = []
    for one in mine:
        pilot, readings, metric = one.pilot, one.record.readings, one.pilot.metric
        passed = [
            (entry.on, gate)
            for entry in one.record.entries
            if entry.status is Status.GATE
            and today - _WEEK < entry.on <= today
            and (gate := gate_passed(entry.text))
        ]
        if passed:
            gates.append(Move(pilot=pilot, kind=MoveKind.GATE, on=passed[-1][0], gate=passed[-1][1]))
            continue
        now = readings[-1] if readings else None
        was = next((reading for reading in reversed(readings) if reading.on <= today - _WEEK), None)
        if metric is None or metric.target is None or now is None or was is None or now.on <= today - _WEEK:
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


def _ended(mine: Sequence[Seen], names: Mapping[str, str], today: date) -> tuple[Ended, ...]:
    found = [
        ending(one.pilot, one.record, names)
        for one in mine
        if one.pilot.stage.ended and today - _WEEK < ended_on(one.pilot, one.record) <= today
    ]
    return tuple(sorted(found, key=lambda one: (one.on, one.pilot.id)))


def ending(pilot: Pilot, record: Record, names: Mapping[str, str] | None = None) -> Ended:
    """How a pilot ended, with what stopping early left unspent.

    Args:
        pilot: an ended pilot.
        record: its record.
        names: pilot id → name, for the pilots that its end speaks of.

    """
    on, end = ended_on(pilot, record), pilot.end
    said = [entry.text for entry in record.entries if entry.status is Status.END and entry.text.strip()]
    sentence = (end.learning or end.reason if end else "") or (said[-1] if said else "")
    names = names or {}
    into = names.get(end.merged_into, end.merged_into) if end and end.merged_into else ""
    deadline = pilot.metric.deadline if pilot.metric else None
    early = max(0, (deadline - on).days) if deadline is not None and pilot.stage is Stage.RETIRED else 0
    weeks = Decimal((on - pilot.started).days) / 7
    saved = (
        (pilot.cost_to_date / weeks * early / 7).quantize(Decimal("1E2"))
        if early and weeks >= 1 and pilot.cost_to_date
        else None
    )
    return Ended(
        pilot=pilot,
        state=pilot.stage,
        on=on,
        sentence=_with_names(sentence, names),
        reuse=_with_names(end.reuse, names) if end else "",
        into=into,
        days_early=early,
        saved=saved,
        readings=record.readings,
    )


def _with_names(text: str, names: Mapping[str, str]) -> str:
    """A sentence with the ids of other pilots, as an import may hold them, replaced by their names."""
    return _ID.sub(lambda found: names.get(found[0], found[0]), text) if names else text


def _ahead(mine: Sequence[Seen], today: date, calendar: Calendar, rules: Rules) -> tuple[Ahead, ...]:
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


# The gap: findings and missing facts, sorted by why pilots die.

_PATTERN_OF = {
    Kind.NO_METRIC: Pattern.METRIC,
    Kind.BLIND: Pattern.METRIC,
    Kind.OFF_PACE: Pattern.METRIC,
    Kind.WATERMELON: Pattern.METRIC,
    Kind.GUARDRAIL_BROKEN: Pattern.METRIC,
    Kind.PROGRESSLESS: Pattern.INFRASTRUCTURE,
    Kind.ORPHANED: Pattern.ORGANISATION,
    Kind.SILENT: Pattern.ORGANISATION,
    Kind.SAME_BLOCKER: Pattern.ORGANISATION,
    Kind.OVERDUE: Pattern.ORGANISATION,
    Kind.SNOOZE_LIMIT: Pattern.ORGANISATION,
    Kind.REPEATED_ANSWER: Pattern.ORGANISATION,
    Kind.SPONSOR_QUIET: Pattern.ORGANISATION,
}
_MADE = (Stage.BUILD, Stage.TRIAL, Stage.ROLLOUT)


@dataclass(frozen=True, kw_only=True)
class _Lack:
    """Something a pilot of some stages should have. A fact that nobody records is unknown, not lacking."""

    pattern: Pattern
    words: str
    stages: tuple[Stage, ...]
    has: Callable[[Seen], bool]
    #: Counted even where no pilot has it: the rules themselves found it missing.
    found: bool = False


def _item_done(one: Seen, *codes: str) -> bool:
    done = {item.code for item in one.record.items if item.state == "done"}
    return all(code in done for code in codes)


_RUNNING = (Stage.IDEA, Stage.FRAMED, *_MADE)
_LACKS = (
    _Lack(
        pattern=Pattern.METRIC,
        words="have no agreed number",
        stages=_RUNNING,
        has=lambda one: not _has(one, Kind.NO_METRIC),
        found=True,
    ),
    _Lack(
        pattern=Pattern.METRIC,
        words="have no current number",
        stages=_RUNNING,
        has=lambda one: not _has(one, Kind.BLIND),
        found=True,
    ),
    _Lack(
        pattern=Pattern.METRIC,
        words="are behind the calendar",
        stages=JUDGED,
        has=lambda one: not _has(one, Kind.OFF_PACE),
        found=True,
    ),
    _Lack(
        pattern=Pattern.INFRASTRUCTURE,
        words="have no repository",
        stages=_MADE,
        has=lambda one: "repo" in one.pilot.links,
    ),
    _Lack(
        pattern=Pattern.INFRASTRUCTURE,
        words="lack the week-one items I1 to I4",
        stages=_MADE,
        has=lambda one: _item_done(one, "I1", "I2", "I3", "I4"),
    ),
    _Lack(
        pattern=Pattern.DATA,
        words="lack a data owner",
        stages=_MADE,
        has=lambda one: one.pilot.data_owner is not None or _item_done(one, "D1"),
    ),
    _Lack(
        pattern=Pattern.DATA,
        words="lack a quality check",
        stages=JUDGED,
        has=lambda one: _item_done(one, "D4"),
    ),
    _Lack(
        pattern=Pattern.ORGANISATION,
        words="have no owner",
        stages=_RUNNING,
        has=lambda one: not _has(one, Kind.ORPHANED),
        found=True,
    ),
    _Lack(
        pattern=Pattern.ORGANISATION,
        words="had no word for too long",
        stages=_RUNNING,
        has=lambda one: not _has(one, Kind.SILENT),
        found=True,
    ),
    _Lack(
        pattern=Pattern.ORGANISATION,
        words="wait for the same blocker",
        stages=_RUNNING,
        has=lambda one: not _has(one, Kind.SAME_BLOCKER),
        found=True,
    ),
    _Lack(
        pattern=Pattern.ORGANISATION,
        words="lack a backup",
        stages=_RUNNING,
        has=lambda one: one.pilot.backup is not None,
    ),
    _Lack(
        pattern=Pattern.ORGANISATION,
        words="lack a run owner",
        stages=JUDGED,
        has=lambda one: one.pilot.run_owner is not None,
    ),
)


def _gap(mine: Sequence[Seen]) -> Gap | None:
    """Which pattern holds up most running pilots. None where nothing is held up, or too few run to speak of a pattern."""
    running = [one for one in mine if _running(one)]
    if len(running) < _PATTERN_NEEDS:
        return None
    blocked: dict[Pattern, set[str]] = {pattern: set() for pattern in Pattern}
    worst: dict[Pattern, tuple[int, int, str]] = {}
    for one in running:
        for finding in one.picture.findings:
            if finding.kind in _PATTERN_OF:
                blocked[_PATTERN_OF[finding.kind]].add(one.pilot.id)
    for lack in _LACKS:
        concerned = [one for one in running if one.pilot.stage in lack.stages]
        without = [one for one in concerned if not lack.has(one)]
        if not without or (not lack.found and len(without) == len(concerned)):
            continue
        blocked[lack.pattern] |= {one.pilot.id for one in without}
        if (len(without), len(concerned)) > worst.get(lack.pattern, (0, 0, ""))[:2]:
            worst[lack.pattern] = (len(without), len(concerned), lack.words)
    pattern = max(worst, key=lambda one: (len(blocked[one]), worst[one][0]), default=None)
    if pattern is None:
        return None
    lacking, of, words = worst[pattern]
    return Gap(
        pattern=pattern,
        blocked=len(blocked[pattern]),
        running=len(running),
        words=words,
        lack=lacking,
        lack_of=of,
    )


def _funnel(mine: Sequence[Seen]) -> Funnel:
    stages = Counter(one.pilot.stage for one in mine)
    lost = sum(vanished(one.pilot, one.record) for one in mine)
    return Funnel(stages={stage: stages[stage] for stage in Stage}, vanished=lost)


def _asked(mine: Sequence[Seen], asked: Mapping[str, Sequence[Asking]]) -> tuple[PeopleAsk, ...]:
    found = []
    for one in mine:
        if not (one.pilot.stage.ended or _has(one, Kind.SILENT, Kind.ORPHANED)):
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
        if _running(one) and one.pilot.metric is not None
    ]
    return tuple(sorted(found, key=lambda one: (one.gap is None, -(one.gap or 0.0), one.pilot.id)))
