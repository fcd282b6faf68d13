"""A pilot as it stands on a day, and what every digest, story and card says of it: who spoke, what leads, who asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from bot.domain.findings import Finding, Kind, Picture
from bot.domain.ladder import Rung
from bot.domain.metric import Guardrail, values_of
from bot.domain.people import name_of_handle
from bot.domain.pilot import Pilot
from bot.domain.record import Counts as ActivityCounts
from bot.domain.record import Record, Status

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


WEEK = timedelta(days=7)
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


def has(one: Seen, *kinds: Kind) -> bool:
    return any(finding.kind in kinds for finding in one.picture.findings)


def is_running(one: Seen) -> bool:
    return one.pilot.stage.running and one.picture.pause is None
