"""The sample portfolio as the domain sees it, made-up pilots, and asks about both."""

import csv
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

from bot.domain import activity, words
from bot.domain.calendar import Calendar
from bot.domain.digest import Seen
from bot.domain.direction import Direction
from bot.domain.findings import Finding, Kind, examine
from bot.domain.ladder import Role, Rung, rung_of
from bot.domain.metric import Metric, guardrail
from bot.domain.people import Person, name_of_handle
from bot.domain.pilot import End, Pilot, Risk
from bot.domain.record import Activity, Entry, Reading, Record, Status
from bot.domain.stages import Rules, Stage
from bot.messages.nudge import AskView, then

RULES = Rules()
TODAY = date(2026, 11, 20)


def folder() -> Path:
    """Where the sample files lie: copied beside the tests, or where the environment says."""
    places = [Path(__file__).parent.parent / "data"]
    if os.environ.get("PILOTLIGHT_EXTRA_DATA"):
        places.append(Path(os.environ["PILOTLIGHT_EXTRA_DATA"]))
    for place in places:
        if (place / "sample-pilots.csv").exists():
            return place
    pytest.skip("the sample portfolio is neither in tests/data nor where PILOTLIGHT_EXTRA_DATA points")


@dataclass(frozen=True)
class Portfolio:
    calendar: Calendar
    pilots: tuple[Pilot, ...]
    records: Mapping[str, Record]

    def seen(self, day: date = TODAY) -> list[Seen]:
        """Every pilot as it stands on a day; stages as they are, the record as it was."""
        return [self.one(pilot.id, day) for pilot in self.pilots]

    def one(self, pilot_id: str, day: date = TODAY) -> Seen:
        pilot = next(pilot for pilot in self.pilots if pilot.id == pilot_id)
        record = self.records[pilot_id].until(day)
        picture = examine(pilot, record, day, self.calendar, RULES)
        rung = rung_of(picture.findings, pilot, record, day, self.calendar, RULES)
        return Seen(pilot=pilot, record=record, picture=picture, rung=rung)


def _rows(name: str) -> list[dict[str, str]]:
    with (folder() / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _number(text: str) -> Decimal | None:
    return Decimal(text) if text else None


@cache
def portfolio() -> Portfolio:
    """The sample, loaded the plain way."""
    settings = json.loads((folder() / "sample-settings.json").read_text(encoding="utf-8"))
    holidays = frozenset(date.fromisoformat(day) for day in settings["holidays"])
    updates, signals = _rows("sample-updates.csv"), _rows("sample-signals.csv")
    left = {
        row["text"].split()[0]: date.fromisoformat(row["date"])
        for row in signals
        if row["kind"] == "user_deactivated"
    }
    pilots, records = [], {}
    for row in _rows("sample-pilots.csv"):
        pilot = _pilot(row, left)
        pilots.append(pilot)
        records[pilot.id] = _record(pilot, row, updates, signals)
    return Portfolio(Calendar(zone=settings["zone"], holidays=holidays), tuple(pilots), records)


def _pilot(row: Mapping[str, str], left: Mapping[str, date]) -> Pilot:
    def somebody(handle: str) -> Person | None:
        return (
            Person(id=handle, handle=handle, name=name_of_handle(handle), left_on=left.get(handle))
            if handle
            else None
        )

    metric = None
    if row["metric_name"]:
        metric = Metric(
            name=row["metric_name"],
            unit=row["unit"],
            direction=Direction(row["direction"]),
            baseline=_number(row["baseline"]),
            baseline_on=_day(row["baseline_date"]),
            target=_number(row["target"]),
            deadline=_day(row["deadline"]),
        )
    end = None
    if row["end_state"]:
        end = End(
            state=Stage(row["end_state"]), reason=row["end_reason"], merged_into=row["merged_into"] or None
        )
    links = dict(pair.split("=", 1) for pair in row["links"].split(";") if pair)
    return Pilot(
        id=row["pilot_id"],
        name=row["name"],
        aliases=tuple(alias.strip() for alias in row["aliases"].split(";")),
        department=row["department"],
        outcome_sentence=row["outcome_sentence"],
        stage=Stage(row["stage"]),
        stage_since=date.fromisoformat(row["stage_since"]),
        started=date.fromisoformat(row["started"]),
        metric=metric,
        guardrails=tuple(rail for text in row["guardrail"].split(";") if (rail := guardrail(text))),
        owner=somebody(row["owner"]),
        backup=somebody(row["backup"]),
        sponsor=somebody(row["sponsor"]),
        risk=Risk(row["risk_class"]),
        links=links,
        cost_to_date=Decimal(row["cost_to_date_eur"]),
        cost_per_week=Decimal(row["cost_per_week_eur"]),
        end=end,
    )


def _record(
    pilot: Pilot,
    row: Mapping[str, str],
    updates: Sequence[Mapping[str, str]],
    signals: Sequence[Mapping[str, str]],
) -> Record:
    entries: list[Entry] = []
    for seq, update in enumerate(updates):
        if update["pilot"] == pilot.id:
            entry = Entry(
                on=date.fromisoformat(update["date"]),
                author=update["author"],
                status=Status(update["status"]),
                value=_number(update["value"]),
                text=update["text"],
                seq=seq,
            )
            entries.append(words.judged(entry, entries))
    activities = [
        activity.judged(
            Activity(
                on=date.fromisoformat(one["date"]),
                source=one["source"],
                actor=one["actor"],
                kind=one["kind"],
                text=one["text"],
            ),
            pilot,
        )
        for one in signals
        if one["pilot"] == pilot.id
    ]
    dated = {
        (date.fromisoformat(pair.split("=")[0]), Decimal(pair.split("=")[1]))
        for pair in row["values_over_time"].split(";")
        if pair
    }
    dated |= {(entry.on, entry.value) for entry in entries if entry.value is not None}
    dated |= {
        (one.on, one.value) for one in activities if one.value is not None and one.counts.value == "progress"
    }
    readings = tuple(Reading(on=on, value=value) for on, value in sorted(dated))
    return Record(entries=tuple(entries), activities=tuple(activities), readings=readings)


def ask(
    seen: Seen,
    kind: str,
    rung: Rung,
    role: Role,
    *,
    nth: int = 0,
    next_rung: Rung = Rung.NONE,
    next_on: date | None = None,
    **details: str,
) -> AskView:
    """An ask about a pilot as it stands."""
    finding: Finding | None = seen.picture.finding(Kind(kind)) if kind in list(Kind) else None
    return AskView(
        ask_id="7f3a",
        kind=kind,
        rung=rung,
        role=role,
        pilot=seen.pilot,
        record=seen.record,
        picture=seen.picture,
        finding=finding,
        next_words=then(next_rung, seen.pilot),
        next_on=next_on,
        number=nth,
        of=3 if nth else 0,
        details=details,
    )
