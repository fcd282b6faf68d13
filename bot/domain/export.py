"""From the registry's values back to tables: CSV in the columns that the product promises, and the rows of a replay."""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from bot.domain.assembly import end_of, items_of, promises_of, readings_of, signed
from bot.domain.calendar import Calendar
from bot.domain.cells import escape, pieces
from bot.domain.findings import Health, Picture, examine
from bot.domain.ladder import rung_of
from bot.domain.people import Person
from bot.domain.pilot import Pilot
from bot.domain.record import Counts, Record
from bot.domain.replay import as_of
from bot.domain.stages import Rules
from bot.domain.tables import PILOT_COLUMNS, SIGNAL_COLUMNS, UPDATE_COLUMNS

REPLAY_COLUMNS = (
    "pilot",
    "name",
    "stage",
    "health",
    "findings",
    "wd_silent",
    "pace_gap",
    "rung",
    "why",
    "first_seen",
)


def replay_row(
    pilot: Pilot, record: Record, day: date, calendar: Calendar, rules: Rules | None = None
) -> dict[str, str] | None:
    """A pilot as the rules saw it at the end of a day, as if Pilotlight had been there from the start.

    Returns:
        A cell for each of ``REPLAY_COLUMNS``; None where the pilot had not begun.

    """
    rules = rules or Rules()
    then = as_of(pilot, record, day)
    if then is None:
        return None
    stood, known = then
    picture = examine(stood, known, day, calendar, rules)
    return {
        "pilot": stood.id,
        "name": stood.name,
        "stage": stood.stage.value,
        "health": picture.health.value,
        "findings": " ".join(finding.kind.value for finding in picture.findings),
        "wd_silent": "" if picture.silent is None else str(picture.silent),
        "pace_gap": "" if picture.gap is None else str(round(picture.gap)),
        "rung": rung_of(picture.findings, stood, known, day, calendar, rules).words,
        "why": _why(stood, picture),
        "first_seen": " ".join(f"{finding.kind}={finding.since.isoformat()}" for finding in picture.findings),
    }


def _why(pilot: Pilot, picture: Picture) -> str:
    if picture.findings:
        return "; ".join(finding.why for finding in picture.findings)
    if picture.health is Health.ENDED:
        return pilot.end.reason if pilot.end is not None else ""
    if picture.health is Health.GREY:
        return "no number yet"
    return "nothing to say"


def replay_lines(rows: Iterable[Mapping[str, str]]) -> Iterator[str]:
    """A replay as CSV, safe to open in a spreadsheet."""
    return csv_lines(
        REPLAY_COLUMNS,
        ({column: escape(cell) if column in _FREE else cell for column, cell in row.items()} for row in rows),
    )


#: Cells of a replay that hold people's words; the others may begin with a minus.
_FREE = frozenset({"pilot", "name", "why"})


class _Line:
    """A file for the csv writer that only ever holds the line being written."""

    text = ""

    def write(self, text: str) -> None:
        self.text += text

    def take(self) -> str:
        text, self.text = self.text, ""
        return text


def csv_lines(columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> Iterator[str]:
    """A table as lines of text with CRLF ends, header first; cells are written as they are."""
    line = _Line()
    writer = csv.writer(line)
    writer.writerow(columns)
    yield line.take()
    for row in rows:
        writer.writerow([row.get(column, "") for column in columns])
        yield line.take()


def pilots_csv(
    pilots: Iterable[tuple[Pilot, Record]], extras: Mapping[str, Mapping[str, str]] | None = None
) -> Iterator[str]:
    """The lines of pilots.csv; ``extras`` (pilot id → ``PilotRow.extra``) is what an import brought beside the pilot."""
    return csv_lines(
        PILOT_COLUMNS,
        (_pilot(pilot, record, (extras or {}).get(pilot.id, {})) for pilot, record in pilots),
    )


def updates_csv(pilots: Iterable[tuple[Pilot, Record]], people: Mapping[str, Person]) -> Iterator[str]:
    """The lines of updates.csv, pilot by pilot; ``people`` by id, so that authors leave as handles."""
    return csv_lines(
        UPDATE_COLUMNS, (row for pilot, record in pilots for row in _updates(pilot, record, people))
    )


def signals_csv(pilots: Iterable[tuple[Pilot, Record]]) -> Iterator[str]:
    """The lines of signals.csv, pilot by pilot; who left or is absent is told beside the first pilot that names them."""
    return csv_lines(SIGNAL_COLUMNS, _signals(pilots))


def left_out(
    pilots: Iterable[tuple[Pilot, Record]],
    calendar: Calendar | None = None,
    extras: Mapping[str, Mapping[str, str]] | None = None,
) -> dict[str, int]:
    """What the CSV form cannot hold, counted by what it is; empty: it holds everything."""
    missing: Counter[str] = Counter()
    for beside in (extras or {}).values():
        missing["cells of other columns"] += len(set(beside) - _BESIDE)
    people: dict[str, Person] = {}
    for pilot, record in pilots:
        missing.update(_beyond_columns(pilot))
        missing.update(_beyond_rows(pilot, record))
        people |= {person.id: person for person in pilot.people}
        people |= {entry.holder.id: entry.holder for entry in record.entries if entry.holder is not None}
    for person in people.values():
        missing["addresses"] += len(person.addresses)
        missing["e-mail addresses"] += bool(person.email)
        missing["time zones of people"] += person.zone is not None
    if calendar is not None and calendar.country and calendar.holidays:
        missing["single holidays beside a country's"] += len(calendar.holidays)
    return {what: count for what, count in missing.items() if count}


#: What an import brought beside a pilot that has a column of its own.
_BESIDE = frozenset({"scenario", "guardrail"})


def _beyond_columns(pilot: Pilot) -> dict[str, int]:
    end, metric = pilot.end, pilot.metric
    lost = {
        "old names": len(pilot.old_names),
        "longer cadences": pilot.cadence is not None,
        "semicolons in a list": sum(
            ";" in part for part in (*pilot.aliases, *(rail.text for rail in pilot.guardrails))
        ),
    }
    if metric is not None:
        lost["sources of a baseline"] = bool(metric.baseline_source)
        lost["relative amounts"] = metric.amount is not None and metric.target is not None
    if end is not None:
        read = end_of(end.state, end.reason, end.merged_into)
        lost["causes of an end"] = end.cause is not None
        lost["parts of an end"] = replace(read, cause=end.cause, acknowledged_by=end.acknowledged_by) != end
    return lost


def _beyond_rows(pilot: Pilot, record: Record) -> dict[str, int]:
    """What a record has beside that which its rows say again when they are read."""
    told = {(one.text, one.by, one.made_on, one.kept_on) for one in promises_of(record.entries)}
    ticked = {item.code: item for item in items_of(record.entries)}
    held = {item.code: item for item in record.items}
    read = readings_of(pilot.metric, _values(record), record.entries, record.activities)
    sources = {(one.on, one.value): one.source for one in read}
    end = pilot.end
    lost = {
        "pulses asked": len(record.pulses_asked),
        "promises": sum((one.text, one.by, one.made_on, one.kept_on) not in told for one in record.promises),
        "checklist items": sum(ticked.get(code) != item for code, item in held.items()),
        "sources of readings": sum(sources.get((one.on, one.value)) != one.source for one in record.readings),
    }
    if end is not None:
        by_record = pilot.sponsor is not None and signed(record.entries, pilot.sponsor)
        lost["acknowledgements of an end"] = (end.acknowledged_by is not None) and not by_record
    return lost


def _values(record: Record) -> list[tuple[date, Decimal]]:
    """The readings that values_over_time repeats: all but those that a signal row tells."""
    told = {(one.on, one.value) for one in record.activities if one.counts is Counts.PROGRESS}
    return [(one.on, one.value) for one in record.readings if (one.on, one.value) not in told]


def _handle(person: Person | None) -> str:
    return escape((person.handle or person.name) if person is not None else "")


def _number(value: Decimal | None) -> str:
    return "" if value is None else f"{value:f}"


def _day(value: date | None) -> str:
    return "" if value is None else value.isoformat()


def _list(parts: Iterable[str]) -> str:
    return escape("; ".join(part.replace(";", ",") for part in parts))


def _pilot(pilot: Pilot, record: Record, beside: Mapping[str, str]) -> dict[str, str]:
    metric, end = pilot.metric, pilot.end
    spoken = [entry.on for entry in record.entries if entry.word]
    stirred = [*(entry.on for entry in record.entries), *(one.on for one in record.activities)]
    return {
        "pilot_id": escape(pilot.id),
        "name": escape(pilot.name),
        "aliases": _list(pilot.aliases),
        "department": escape(pilot.department),
        "outcome_sentence": escape(pilot.outcome_sentence),
        "owner": _handle(pilot.owner),
        "backup": _handle(pilot.backup),
        "sponsor": _handle(pilot.sponsor),
        "stage": pilot.stage.value,
        "stage_since": _day(pilot.stage_since),
        "started": _day(pilot.started),
        "metric_name": escape(metric.name) if metric else "",
        "unit": escape(metric.unit) if metric else "",
        "direction": metric.direction.value if metric else "",
        "baseline": _number(metric.baseline) if metric else "",
        "baseline_date": _day(metric.baseline_on) if metric else "",
        "target": _number(metric.target) if metric else "",
        "deadline": _day(metric.deadline) if metric else "",
        "guardrail": _list((*(rail.text for rail in pilot.guardrails), *pieces(beside.get("guardrail", "")))),
        "values_over_time": ";".join(f"{_day(on)}={_number(value)}" for on, value in _values(record)),
        "last_activity": _day(max(spoken, default=None)),
        "last_activity_naive": _day(max(stirred, default=None)),
        "risk_class": pilot.risk.value,
        "links": escape(
            ";".join(f"{kind}={address.replace(';', '%3B')}" for kind, address in pilot.links.items())
        ),
        "cost_to_date_eur": _number(pilot.cost_to_date),
        "cost_per_week_eur": _number(pilot.cost_per_week),
        "end_state": end.state.value if end else "",
        "end_reason": escape(end.reason) if end else "",
        "merged_into": escape(end.merged_into or "") if end else "",
        "scenario": escape(beside.get("scenario", "")),
        "kill_line": escape(pilot.kill_line),
        "decision_date": _day(pilot.decision_on),
        "process_owner": _handle(pilot.process_owner),
        "data_owner": _handle(pilot.data_owner),
        "run_owner": _handle(pilot.run_owner),
    }


def _updates(pilot: Pilot, record: Record, people: Mapping[str, Person]) -> Iterator[dict[str, str]]:
    for entry in record.entries:
        author = people.get(entry.author)
        yield {
            "date": _day(entry.on),
            "pilot": escape(pilot.id),
            "author": _handle(author) if author is not None else escape(entry.author),
            "status": entry.status.value,
            "value": _number(entry.value),
            "text": escape(entry.text),
            "holder": _handle(entry.holder),
            "holder_by": _day(entry.holder_by),
        }


def _signals(pilots: Iterable[tuple[Pilot, Record]]) -> Iterator[dict[str, str]]:
    told: set[str] = set()
    for pilot, record in pilots:
        said = {(one.on, one.kind, one.actor, one.text) for one in record.activities}
        for one in record.activities:
            yield {
                "date": _day(one.on),
                "pilot": escape(pilot.id),
                "source": escape(one.source),
                "actor": escape(one.actor),
                "kind": escape(one.kind),
                "text": escape(one.text),
                "counts": one.counts.value,
            }
        for person in pilot.people:
            if person.id in told:
                continue
            told.add(person.id)
            name = person.handle or person.name
            for away in person.absences:
                text = f"away {_day(away.start)} to {_day(away.end)}"
                if (away.told_on, "absence", name, text) not in said:
                    yield _about(pilot, away.told_on, name, kind="absence", text=text, counts=Counts.NO)
            if person.left_on is not None and not any(
                on == person.left_on and kind == "user_deactivated" for on, kind, _, _ in said
            ):
                owns = pilot.owner is not None and pilot.owner.id == person.id
                yield _about(
                    pilot,
                    person.left_on,
                    "system",
                    kind="user_deactivated",
                    text=f"{name} deactivated",
                    counts=Counts.ORPHAN if owns else Counts.NO,
                )


def _about(pilot: Pilot, on: date, actor: str, *, kind: str, text: str, counts: Counts) -> dict[str, str]:
    return {
        "date": _day(on),
        "pilot": escape(pilot.id),
        "source": "pilotlight",
        "actor": escape(actor),
        "kind": kind,
        "text": escape(text),
        "counts": counts.value,
    }
