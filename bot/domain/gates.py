"""What each gate wants and does not have: one clause each, so that a refusal says which."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bot.domain import evidence
from bot.domain.calendar import Calendar
from bot.domain.metric import values_of
from bot.domain.people import Person
from bot.domain.pilot import Pilot, Risk
from bot.domain.readiness import ITEMS, NEEDED, SKIPPABLE, Standing, evidence_of, standings
from bot.domain.record import Record, Status
from bot.domain.stages import Gate
from bot.domain.words import first_date

#: G4: so many readings over so many days, and so much of the way.
READINGS = 3
READINGS_OVER = 28
HALF = 0.5
#: G5: the target holds on so many readings in a row.
HELD_ON = 2
#: A gate is passed with so many promises at the most.
PROMISES = 2
#: What the run owner says before G4, and again before G5: written into the record word for word.
ACCEPTS = "Accepts to run it after the pilot"
RUNS = "Runs it without the pilot team"


@dataclass(frozen=True, kw_only=True, slots=True)
class Lack:
    """One thing that a gate wants and that is not there."""

    #: An item's code, or baseline, repository, readings, half, guardrail, run_owner, confirmed, held, switched_off …
    code: str
    #: The clause, without its full stop: "Users are not trained (O3)".
    says: str


_OPEN = {
    "I1": "The code is not shown to be in a repository",
    "I2": "No container is built by CI",
    "I3": "Tests and an evaluation do not run in CI",
    "I4": "It is not deployed by a pipeline",
    "I5": "Nothing is monitored",
    "I6": "The way back is not tested",
    "I7": "The data pipeline is not watched",
    "I8": "Version and cost per unit are not pinned",
    "D1": "The data owner has not agreed",
    "D2": "No lawful purpose is recorded",
    "D3": "Access is not by service account",
    "D4": "The data's quality is not checked",
    "D5": "The business side owns no evaluation set",
    "D6": "No retention of logs is set",
    "D7": "Users' corrections arrive nowhere",
    "O1": "The sponsor has not said that it is still worth it",
    "O2": "The process is not redesigned",
    "O3": "Users are not trained",
    "O4": "Not every stakeholder has agreed",
    "O5": "Users have nowhere to report trouble",
    "O6": "No run owner with a 12-month budget is accepted",
    "O7": "Nobody oversees it with the power to stop",
    "O8": "The old way has no last day",
}


def lacks(
    gate: Gate,
    pilot: Pilot,
    record: Record,
    today: date,
    calendar: Calendar,
    *,
    reason: str = "",
    decided_by: Person | None = None,
) -> tuple[Lack, ...]:
    """What a gate wants and does not have on a day.

    Args:
        gate: the gate.
        pilot: the pilot.
        record: its record.
        today: the day.
        calendar: the workspace's working days.
        reason: G4, less than half of the way: why it goes on, in the sponsor's words.
        decided_by: who decides now; the sponsor's decision is itself the tap that O1 wants.

    Returns:
        One lack each, those of the number first; none: the gate can be passed.

    """
    stand = standings(evidence_of(pilot, record), today, calendar)
    tapped = decided_by is not None and pilot.sponsor is not None and decided_by.id == pilot.sponsor.id
    match gate:
        case Gate.G1:
            return _metric(pilot)
        case Gate.G2:
            return _start(pilot)
        case Gate.G3:
            return _items(stand, NEEDED[pilot.risk])
        case Gate.G4:
            codes = [f"O{number}" for number in range(2 if tapped else 1, 7)]
            return (
                *_value(pilot, record, reason),
                *_run(pilot, record, stand),
                *_items(stand, codes, but="O6"),
            )
        case Gate.G5:
            items = [one for one in _all_items(pilot, stand, today) if not (tapped and one.code == "O1")]
            return (*_held(pilot, record), *_line(pilot, record), *items)


def _metric(pilot: Pilot) -> tuple[Lack, ...]:
    metric = pilot.metric
    wants = {
        "number": (metric is not None, "It names no number"),
        "deadline": (metric is not None and metric.deadline is not None, "It has no deadline"),
        "owner": (pilot.owner is not None, "It has no owner"),
        "sponsor": (pilot.sponsor is not None, "It has no sponsor"),
    }
    return tuple(Lack(code=code, says=says) for code, (there, says) in wants.items() if not there)


def _start(pilot: Pilot) -> tuple[Lack, ...]:
    wants = {
        "baseline": (
            pilot.metric is not None and pilot.metric.baseline is not None,
            "The baseline is not measured",
        ),
        # Left open, it is the sponsor.
        "process_owner": (
            pilot.process_owner is not None or pilot.sponsor is not None,
            "Nobody is named whose process it is",
        ),
        "data_owner": (pilot.data_owner is not None, "The data owner's yes is not there"),
        "repository": (bool(pilot.links.get("repo")), "There is no repository"),
    }
    return tuple(Lack(code=code, says=says) for code, (there, says) in wants.items() if not there)


def _items(stand: Mapping[str, Standing], codes: Sequence[str], but: str = "") -> tuple[Lack, ...]:
    return tuple(_item(stand[code]) for code in codes if stand[code].state == "open" and code != but)


def _item(one: Standing) -> Lack:
    short = evidence.falls_short(one.code, one.item.evidence) if one.item is not None else ""
    more = f", {one.reopened or short}" if one.reopened or short else ""
    known = evidence.training(one.item.evidence) if one.code == "O3" and one.item is not None else None
    if known is not None and known.share < evidence.TRAINED_ENOUGH:
        more = f", {known.trained:,} of {known.intended:,} where 80 % are needed"
    return Lack(code=one.code, says=f"{_OPEN[one.code]} ({one.code}){more}")


def _value(pilot: Pilot, record: Record, reason: str) -> list[Lack]:
    found = []
    taken = [one.on for one in record.readings if one.on >= pilot.stage_since]
    over = (taken[-1] - taken[0]).days if taken else 0
    if len(taken) < READINGS or over < READINGS_OVER:
        there = f"there {'is' if len(taken) == 1 else 'are'} {len(taken)} since {_day(pilot.stage_since)}"
        spread = f", over {over} {'day' if over == 1 else 'days'}" if len(taken) > 1 else ""
        found.append(
            Lack(code="readings", says=f"Three readings over four weeks are wanted, {there}{spread}")
        )
    made = pilot.metric.progress(record.readings[-1].value) if pilot.metric and record.readings else None
    if (made is None or made < HALF) and not reason.strip():
        way = (
            "Nobody can say how much of the way is made"
            if made is None
            else f"{int(made * 100)} % of the way is made"
        )
        found.append(Lack(code="half", says=f"{way}, under 50 % it takes the sponsor's written reason"))
    for rail in pilot.guardrails:
        known = values_of(rail, pilot.guardrails, record.activities)
        if known and rail.broken(known[-1][1]):
            on, value = known[-1]
            found.append(
                Lack(
                    code="guardrail", says=f"The guardrail {rail.text[:80]} is broken, {value} on {_day(on)}"
                )
            )
    return found


def accepted(record: Record, person: Person | None, words: str, since: date) -> bool:
    """Whether somebody put these words on the record since a day."""
    return person is not None and any(
        entry.author == person.id
        and entry.on >= since
        and entry.status is Status.NOTE
        and entry.text.startswith(words)
        for entry in record.entries
    )


def _run(pilot: Pilot, record: Record, stand: Mapping[str, Standing]) -> list[Lack]:
    """O6: a run owner and a 12-month budget, both accepted."""
    if pilot.run_owner is None:
        return [Lack(code="O6", says="Nobody is named who runs it after the pilot (O6)")]
    if stand["O6"].state == "done":
        return []
    if not accepted(record, pilot.run_owner, ACCEPTS, date.min):
        return [Lack(code="O6", says=f"{pilot.run_owner.name} has not accepted to run it (O6)")]
    return [Lack(code="O6", says="The run budget for 12 months is not named (O6)")]


def team(pilot: Pilot) -> frozenset[str]:
    """The ids of the pilot's own team: owner and backup."""
    return frozenset(one.id for one in (pilot.owner, pilot.backup) if one is not None)


def _held(pilot: Pilot, record: Record) -> list[Lack]:
    last = record.readings[-HELD_ON:]
    held = (
        pilot.metric is not None
        and len(last) == HELD_ON
        and all(pilot.metric.reached(one.value) for one in last)
    )
    return [] if held else [Lack(code="held", says="The target does not hold on two readings yet")]


def _line(pilot: Pilot, record: Record) -> list[Lack]:
    """The line runs it: somebody outside the pilot team says so."""
    runner = pilot.run_owner
    if runner is None:
        return [Lack(code="run_owner", says="Nobody is named who runs it from now on")]
    if runner.id in team(pilot):
        return [
            Lack(code="run_owner", says=f"{runner.name} belongs to the pilot team, and the line must run it")
        ]
    if not accepted(record, runner, RUNS, pilot.stage_since):
        return [Lack(code="confirmed", says=f"{runner.name} has not confirmed that it runs without the team")]
    return []


def _all_items(pilot: Pilot, stand: Mapping[str, Standing], today: date) -> list[Lack]:
    found = list(_items(stand, list(ITEMS)))
    if pilot.risk is not Risk.MINIMAL:
        found += [
            Lack(code=code, says=f"{_OPEN[code]} ({code}), and {pilot.risk} risk cannot do without")
            for code in SKIPPABLE
            if stand[code].state == "na"
        ]
    old = stand["O8"]
    ends = first_date(old.item.evidence) if old.state == "done" and old.item is not None else None
    if old.state == "done" and ends is None:
        found.append(Lack(code="O8", says=f"{_OPEN['O8']} (O8)"))
    if ends is not None and ends > today:
        found.append(Lack(code="O8", says=f"The old way runs until {_day(ends)} (O8)"))
    return found


def refusal(missing: Sequence[Lack], most: int = 4) -> str:
    """The sentence that a refusal says: "Users are not trained (O3): everything else is green."."""
    match missing:
        case []:
            return "Nothing is missing."
        case [one]:
            return f"{one.says}: everything else is green."
        case _:
            told = ". ".join(one.says for one in missing[:most])
            rest = len(missing) - most
            after = f"And {rest} more." if rest > 0 else "Everything else is green."
            return f"{len(missing)} things are missing. {told}. {after}"


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"
