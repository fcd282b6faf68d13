"""The sample portfolio as the domain sees it, made-up pilots, and asks about both."""

import csv
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
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
from bot.messages.model import Buttons, Form, Message, Press, Text, plain
from bot.messages.nudge import AskView, then
from bot.messages.text import with_slash

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
    details: Mapping[str, str] | None = None,
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
        details=details or {},
    )


# Made-up portfolios, for limits that the sample does not reach.

_STAGES = (
    Stage.IDEA,
    Stage.FRAMED,
    Stage.BUILD,
    Stage.TRIAL,
    Stage.ROLLOUT,
    Stage.SCALED,
    Stage.RETIRED,
    Stage.MERGED,
)

_PLAIN = Calendar()


def somebody(handle: str, *, left_on: date | None = None) -> Person:
    return Person(id=handle, handle=handle, name=name_of_handle(handle), left_on=left_on)


def made_up(
    count: int, *, named: str = "Pilot", said: str = "All is well", money: Decimal = Decimal(1000)
) -> list[Seen]:
    """So many pilots, every stage and every silence among them; the same for the same arguments."""
    return [one_made_up(at, named=named, said=said, money=money) for at in range(count)]


@cache
def ten_thousand(said: str = "All is well", money: Decimal = Decimal(1000)) -> tuple[Seen, ...]:
    """The largest registry that is promised, made once."""
    return tuple(
        made_up(10_000, named="Predictive maintenance of conveyor belts in hall", said=said, money=money)
    )


def one_made_up(
    at: int, *, named: str = "Pilot", said: str = "All is well", money: Decimal = Decimal(1000)
) -> Seen:
    """The pilot at a place of a made-up portfolio."""
    stage = _STAGES[at % len(_STAGES)]
    spoke = TODAY - timedelta(days=(at * 7) % 200)
    started = spoke - timedelta(days=30 + at % 90)
    metric = Metric(
        name=f"{named} cost",
        unit="EUR",
        baseline=Decimal(100),
        baseline_on=started,
        target=Decimal(50),
        deadline=TODAY + timedelta(days=at % 60 - 20),
    )
    left_on = spoke if at % 11 == 0 else None
    pilot = Pilot(
        id=f"P{at:05}",
        name=f"{named} {at}",
        stage=stage,
        stage_since=started,
        started=started,
        metric=metric if at % 5 else None,
        owner=somebody(f"owner.o{'abcdefg'[at % 7]}", left_on=left_on) if at % 13 else None,
        backup=somebody("backup.b") if at % 3 else None,
        sponsor=somebody(f"sponsor.s{'abc'[at % 3]}") if at % 17 else None,
        cost_to_date=money * (at % 9),
        cost_per_week=money / 10,
        end=End(state=stage, learning=said) if stage.ended else None,
    )
    status = Status.END if stage.ended else Status.MOVING
    entry = Entry(on=spoke, author="owner.oa", status=status, text=said)
    readings = (Reading(on=started, value=Decimal(100)), Reading(on=spoke, value=Decimal(100 - at % 60)))
    record = Record(entries=(entry,), readings=readings if at % 5 else ())
    picture = examine(pilot, record, TODAY, _PLAIN, RULES)
    rung = rung_of(picture.findings, pilot, record, TODAY, _PLAIN, RULES)
    return Seen(pilot=pilot, record=record, picture=picture, rung=rung)


# What people read.


def presses(message: Message) -> list[Press]:
    """What every button of a message carries."""
    found = []
    for section in message.sections:
        for part in section.parts:
            if isinstance(part, Buttons):
                found += [button.press for button in (*part.buttons, *part.more)]
    return found


def shown(form: Form) -> str:
    """A form as text: title, fields with their ids, the button."""
    lines = [f"{form.title} → {form.submit.verb} {dict(form.submit.args)}"]
    lines += [text for part in form.intro if isinstance(part, Text) for text in [plain(part.spans)]]
    for field in form.fields:
        extras = [
            field.hint,
            f"e.g. {field.placeholder}" if field.placeholder else "",
            f"! {field.error}" if field.error else "",
        ]
        extras += [" / ".join(option.label for option in field.options)]
        filled = f" = {field.value}" if field.value else ""
        told = "; ".join(extra for extra in extras if extra)
        lines.append(
            f"  {field.id}{'?' if field.optional else ''} ({field.kind}){filled}: {field.label}{f' [{told}]' if told else ''}"
        )
    lines.append(f"[{form.submit_label}]")
    return "\n".join(lines)


def golden(name: str, text: str) -> None:
    """Compares what is shown with what was read and approved; PILOTLIGHT_GOLDEN=1 writes it anew, to be read again."""
    path, text = Path(__file__).parent.parent / "golden" / f"{name}.txt", with_slash(text)
    if os.environ.get("PILOTLIGHT_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text + "\n", encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text + "\n"
