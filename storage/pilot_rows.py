"""A pilot as a row of the table, and back without loss."""

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from bot.domain.direction import Direction, Kind
from bot.domain.metric import Guardrail, Metric, guardrail
from bot.domain.people import Person
from bot.domain.pilot import Cause, End, Pilot, Risk
from bot.domain.stages import Stage

#: The columns that name a person: column → field of `Pilot`.
PEOPLE_COLUMNS = {
    "owner_id": "owner",
    "backup_id": "backup",
    "sponsor_id": "sponsor",
    "process_owner_id": "process_owner",
    "data_owner_id": "data_owner",
    "run_owner_id": "run_owner",
}
#: What `details` holds of the pilot itself; other keys in it are left alone.
_PLAIN = (
    "name",
    "stage_since",
    "started",
    "department",
    "outcome_sentence",
    "decision_on",
    "kill_line",
    "cost_to_date",
    "cost_per_week",
    "cadence",
)


def name_key(text: str) -> str:
    """What two spellings of one name have in common: case, width and spaces do not count."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def to_row(pilot: Pilot) -> dict[str, Any]:
    """The columns of a pilot, without those that only storage knows (workspace, created_…, next_look_at)."""
    row: dict[str, Any] = {name: getattr(pilot, name) for name in _PLAIN}
    for column, name in PEOPLE_COLUMNS.items():
        person: Person | None = getattr(pilot, name)
        row[column] = person.id if person else None
    return row | {
        "id": pilot.id,
        "name_key": name_key(pilot.name),
        "stage": pilot.stage.value,
        "risk": pilot.risk.value,
        "details": {
            "aliases": list(pilot.aliases),
            "old_names": list(pilot.old_names),
            "metric": _metric_to(pilot.metric),
            "guardrails": [rail.text for rail in pilot.guardrails],
            "links": dict(pilot.links),
            "end": _end_to(pilot.end),
        },
    }


def from_row(row: Mapping[Any, Any], known: Mapping[str, Person]) -> Pilot:
    """The pilot of a row.

    Args:
        row: every column by name.
        known: the people by id; a column that names somebody else is read as empty.

    Raises:
        KeyError: a column is missing.

    """
    details = row["details"]
    named: dict[str, Any] = {
        name: known.get(row[column]) if row[column] else None for column, name in PEOPLE_COLUMNS.items()
    }
    return Pilot(
        id=row["id"],
        stage=Stage(row["stage"]),
        risk=Risk(row["risk"]),
        aliases=tuple(details.get("aliases", ())),
        old_names=tuple(details.get("old_names", ())),
        metric=_metric_from(details.get("metric")),
        guardrails=_guardrails(details.get("guardrails", ())),
        links=details.get("links", {}),
        end=_end_from(details.get("end")),
        **{name: row[name] for name in _PLAIN},
        **named,
    )


def _guardrails(texts: Sequence[str]) -> tuple[Guardrail, ...]:
    return tuple(rail for rail in map(guardrail, texts) if rail is not None)


def _metric_to(metric: Metric | None) -> dict[str, Any] | None:
    if metric is None:
        return None
    return {
        "name": metric.name,
        "unit": metric.unit,
        "direction": metric.direction.value,
        "kind": metric.kind.value,
        "amount": _text(metric.amount),
        "baseline": _text(metric.baseline),
        "baseline_on": _text(metric.baseline_on),
        "baseline_source": metric.baseline_source,
        "target": _text(metric.target),
        "deadline": _text(metric.deadline),
    }


def _metric_from(stored: Mapping[str, Any] | None) -> Metric | None:
    if stored is None:
        return None
    return Metric(
        name=stored["name"],
        unit=stored["unit"],
        direction=Direction(stored["direction"]),
        kind=Kind(stored["kind"]),
        amount=_number(stored["amount"]),
        baseline=_number(stored["baseline"]),
        baseline_on=_day(stored["baseline_on"]),
        baseline_source=stored["baseline_source"],
        target=_number(stored["target"]),
        deadline=_day(stored["deadline"]),
    )


def _end_to(end: End | None) -> dict[str, Any] | None:
    if end is None:
        return None
    return {
        "state": end.state.value,
        "reason": end.reason,
        "cause": end.cause.value if end.cause else None,
        "learning": end.learning,
        "retry_when": end.retry_when,
        "reuse": end.reuse,
        "switched_off": end.switched_off,
        "merged_into": end.merged_into,
        "acknowledged_by": end.acknowledged_by,
    }


def _end_from(stored: Mapping[str, Any] | None) -> End | None:
    if stored is None:
        return None
    return End(
        **{
            **stored,
            "state": Stage(stored["state"]),
            "cause": Cause(stored["cause"]) if stored["cause"] else None,
        }
    )


def _text(value: Decimal | date | None) -> str | None:
    return None if value is None else str(value)


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
