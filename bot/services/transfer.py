"""Whole registries in and out: import with its dry run, export, the replay of recorded history."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from bot.domain import export
from bot.domain.archive import Archive, from_json, to_json
from bot.domain.assembly import assemble, people_of
from bot.domain.hindsight import Hindsight, hindsight
from bot.domain.json_files import SettingsRow, read_map, read_settings, settings_json
from bot.domain.outcome import Verdict, judge
from bot.domain.people import Person
from bot.domain.pilot import Pilot
from bot.domain.record import Record
from bot.domain.sheet import ColumnMap, Note, Noted, Problem, lines_of
from bot.domain.tables import (
    PilotRow,
    SignalRow,
    UpdateRow,
    read_pilots,
    read_signals,
    read_updates,
    reference,
)
from storage import audit, people, pilots, record, workspaces
from storage.database import Connection
from storage.workspaces import Settings

#: Pilots written at once: large enough to be quick, small enough to keep memory flat.
_BATCH = 500

#: A file as its pieces of bytes; called once per pass, so that nothing has to be held in memory.
Source = Callable[[], Iterable[bytes]]


class Refused(Exception):
    """The files cannot be imported as they are; nothing was changed."""

    def __init__(self, problems: Sequence[tuple[str, Problem]]) -> None:
        super().__init__(f"{len(problems)} problems")
        #: (file, problem) pairs.
        self.problems = problems


@dataclass(frozen=True, kw_only=True)
class Files:
    """What is imported; a name is what a problem calls the file."""

    pilots: Source
    pilots_name: str = "pilots"
    updates: Source | None = None
    updates_name: str = "updates"
    signals: Source | None = None
    signals_name: str = "signals"
    settings: str | None = None
    settings_name: str = "settings"
    mapping: str | None = None
    mapping_name: str = "map"


@dataclass(kw_only=True)
class Report:
    """What an import did, or would do."""

    pilots: int = 0
    updates: int = 0
    signals: int = 0
    people: int = 0
    measurable: int = 0
    stages: Counter[str] = field(default_factory=Counter)
    notes: list[tuple[str, Note]] = field(default_factory=list)
    #: People without an account on any platform yet, by name.
    unmatched: list[str] = field(default_factory=list)

    @property
    def skipped(self) -> list[Note]:
        """Rows that the mapping itself leaves out."""
        return [note for _, note in self.notes if note.kind is Noted.SKIPPED]


def read_in(
    conn: Connection,
    workspace_id: str,
    files: Files,
    *,
    today: date,
    now: datetime,
    progress: Callable[[int], None] = lambda _: None,
) -> Report:
    """Imports a registry in the caller's transaction: all of it or, when anything is wrong, nothing.

    Args:
        progress: called with the number of pilots written so far.

    Raises:
        Refused: every problem of every file.

    """
    problems: list[tuple[str, Problem]] = []
    report = Report()
    _read_settings(conn, workspace_id, files, today, problems)
    mapping = _mapping(files, problems)
    updates = _grouped(
        files.updates, files.updates_name, lambda lines: read_updates(lines, today), problems, report
    )
    signals = _grouped(
        files.signals, files.signals_name, lambda lines: read_signals(lines, today), problems, report
    )
    known = set(pilots.ids(conn, workspace_id))
    named: dict[str, str] = {}
    handles: dict[str, Person] = {}
    for row in _rows(files, mapping, today, problems, report):
        if row.pilot_id is not None and row.pilot_id in known:
            text = (
                f"{row.pilot_id} is in the registry already. Leave the row out, or give the pilot another id."
            )
            problems.append((files.pilots_name, Problem(row=row.row, column="pilot_id", text=text)))
        for one in (row.pilot_id, row.name, *row.aliases):
            if one:
                named.setdefault(reference(one), row.pilot_id or row.name)
        handles |= people_of([row])
    _check_references(files, named, updates, signals, problems)
    if problems:
        raise Refused(problems)
    report.notes = list(dict.fromkeys(report.notes))
    everybody = _everybody(conn, workspace_id, handles, updates, signals, now, report)
    _write(
        conn,
        workspace_id,
        files,
        mapping,
        everybody,
        updates,
        signals,
        today=today,
        now=now,
        report=report,
        progress=progress,
    )
    report.unmatched = [person.name for person in people.without_address(conn, workspace_id)]
    _log(conn, workspace_id, report, files.pilots_name, now)
    return report


def _log(conn: Connection, workspace_id: str, report: Report, source: str, now: datetime) -> None:
    counts = {"pilots": report.pilots, "updates": report.updates, "signals": report.signals}
    audit.append(
        conn,
        workspace_id,
        actor="terminal",
        what="imported",
        subject=source[:255],
        surface="import",
        now=now,
        details=counts,
    )


def _mapping(files: Files, problems: list[tuple[str, Problem]]) -> ColumnMap | None:
    if files.mapping is None:
        return None
    read = read_map(files.mapping)
    if isinstance(read, tuple):
        problems.extend((files.mapping_name, problem) for problem in read)
        return None
    return read


def _read_settings(
    conn: Connection, workspace_id: str, files: Files, today: date, problems: list[tuple[str, Problem]]
) -> None:
    if files.settings is None:
        return
    read = read_settings(files.settings, today)
    if isinstance(read, tuple):
        problems.extend((files.settings_name, problem) for problem in read)
        return
    workspace = workspaces.get(conn, workspace_id)
    current = workspace.settings if workspace else Settings()
    workspaces.save_settings(conn, workspace_id, with_file(current, read))


def with_file(current: Settings, read: SettingsRow) -> Settings:
    """Settings with what a settings file says."""
    return current.model_copy(
        update={
            "company": read.company,
            "zone": read.zone,
            "as_of": read.as_of,
            "holidays": tuple(sorted(read.holidays)),
            "country": read.country,
            "region": read.region,
            "weekdays": tuple(sorted(read.weekdays)),
        }
    )


def _rows(
    files: Files, mapping: ColumnMap | None, today: date, problems: list[tuple[str, Problem]], report: Report
) -> Iterator[PilotRow]:
    notes: list[Note] = []
    for item in read_pilots(lines_of(files.pilots(), notes), mapping, today):
        match item:
            case PilotRow():
                yield item
            case Problem():
                problems.append((files.pilots_name, item))
            case Note():
                report.notes.append((files.pilots_name, item))
    report.notes += [(files.pilots_name, note) for note in notes]


def _grouped(
    source: Source | None,
    name: str,
    read: Callable[[Iterable[str]], Iterable[UpdateRow | SignalRow | Problem | Note]],
    problems: list[tuple[str, Problem]],
    report: Report,
) -> dict[str, list[UpdateRow | SignalRow]]:
    """The rows of an update or signal log by the pilot they name."""
    found: dict[str, list[UpdateRow | SignalRow]] = defaultdict(list)
    if source is None:
        return found
    notes: list[Note] = []
    for item in read(lines_of(source(), notes)):
        match item:
            case UpdateRow() | SignalRow():
                found[reference(item.pilot)].append(item)
            case Problem():
                problems.append((name, item))
            case Note():
                report.notes.append((name, item))
    report.notes += [(name, note) for note in notes]
    return found


def _check_references(
    files: Files,
    named: Mapping[str, str],
    updates: Mapping[str, list[UpdateRow | SignalRow]],
    signals: Mapping[str, list[UpdateRow | SignalRow]],
    problems: list[tuple[str, Problem]],
) -> None:
    for name, logs in ((files.updates_name, updates), (files.signals_name, signals)):
        for pilot, rows in logs.items():
            if pilot and pilot not in named:
                text = f"no pilot is called “{rows[0].pilot}” in {files.pilots_name}. Correct the name, or leave the row out."
                problems.append((name, Problem(row=rows[0].row, column="pilot", text=text)))


def _everybody(
    conn: Connection,
    workspace_id: str,
    handles: dict[str, Person],
    updates: Mapping[str, list[UpdateRow | SignalRow]],
    signals: Mapping[str, list[UpdateRow | SignalRow]],
    now: datetime,
    report: Report,
) -> dict[str, Person]:
    """Everybody the files name, by handle: known people as they are, new ones added."""
    logged = [row for logs in (updates, signals) for rows in logs.values() for row in rows]
    told = people_of(logged, also=handles)
    found = {handle: told.get(handle, person) for handle, person in handles.items()} | told
    known = {person.handle: person for person in people.all_of(conn, workspace_id).values() if person.handle}
    for handle, person in found.items():
        if handle in known:
            merged = replace(known[handle], left_on=known[handle].left_on or person.left_on)
            people.save(conn, workspace_id, merged)
            for absence in person.absences:
                people.add_absence(conn, workspace_id, merged.id, absence)
            found[handle] = replace(merged, absences=merged.absences + person.absences)
    fresh = [person for handle, person in found.items() if handle not in known]
    people.add_many(conn, workspace_id, fresh, now)
    report.people = len(found)
    return found


def _write(
    conn: Connection,
    workspace_id: str,
    files: Files,
    mapping: ColumnMap | None,
    everybody: Mapping[str, Person],
    updates: Mapping[str, list[UpdateRow | SignalRow]],
    signals: Mapping[str, list[UpdateRow | SignalRow]],
    *,
    today: date,
    now: datetime,
    report: Report,
    progress: Callable[[int], None],
) -> None:
    batch: list[tuple[Pilot, Record, pilots.Origin]] = []
    merged: list[tuple[str, str]] = []
    by_reference: dict[str, str] = {}
    number = int(pilots.next_id(conn, workspace_id).removeprefix("P"))
    for row in _rows(files, mapping, today, [], Report()):
        pilot_id = row.pilot_id
        if pilot_id is None:
            pilot_id, number = f"P{number:02}", number + 1
        mine = dict.fromkeys(reference(one) for one in (row.pilot_id, row.name, *row.aliases) if one)
        about = [update for key in mine for update in updates.get(key, ()) if isinstance(update, UpdateRow)]
        heard = [signal for key in mine for signal in signals.get(key, ()) if isinstance(signal, SignalRow)]
        pilot, its = assemble(row, about, heard, everybody, pilot_id=pilot_id)
        for key in mine:
            by_reference.setdefault(key, pilot.id)
        if pilot.end is not None and pilot.end.merged_into:
            merged.append((pilot.id, pilot.end.merged_into))
        origin = pilots.Origin(
            created_by="import", created_at=now, source="import", imported_on=today, extra=dict(row.extra)
        )
        batch.append((pilot, its, origin))
        report.pilots += 1
        report.updates += len(about)
        report.signals += len(heard)
        report.stages[pilot.stage.value] += 1
        report.measurable += _measurable(pilot, today)
        if len(batch) >= _BATCH:
            _write_batch(conn, workspace_id, batch, now)
            batch = []
            progress(report.pilots)
    _write_batch(conn, workspace_id, batch, now)
    progress(report.pilots)
    _point_merged(conn, workspace_id, merged, by_reference)


def _measurable(pilot: Pilot, today: date) -> bool:
    """Whether a pilot names an outcome that could be measured: a metric, or a sentence that is one."""
    sentence = pilot.outcome_sentence
    return pilot.metric is not None or (
        bool(sentence.strip()) and judge(sentence, today).verdict is not Verdict.REFUSED
    )


def _write_batch(
    conn: Connection, workspace_id: str, batch: Sequence[tuple[Pilot, Record, pilots.Origin]], now: datetime
) -> None:
    pilots.add_many(conn, workspace_id, [(pilot, origin) for pilot, _, origin in batch], next_look_at=now)
    put_records(conn, workspace_id, {pilot.id: its for pilot, its, _ in batch}, now)


def put_records(conn: Connection, workspace_id: str, records: Mapping[str, Record], now: datetime) -> None:
    """Writes whole records of pilots that are there already."""
    record.append_entries(
        conn,
        workspace_id,
        {one: its.entries for one, its in records.items() if its.entries},
        at=now,
        surface="import",
    )
    record.append_readings(
        conn, workspace_id, {one: its.readings for one, its in records.items() if its.readings}
    )
    record.append_activities(
        conn, workspace_id, {one: its.activities for one, its in records.items() if its.activities}
    )
    for one, its in records.items():
        for item in its.items:
            record.set_item(conn, workspace_id, one, item)
        for promise in its.promises:
            record.add_promise(conn, workspace_id, one, promise)


def _point_merged(
    conn: Connection, workspace_id: str, merged: Sequence[tuple[str, str]], by_reference: Mapping[str, str]
) -> None:
    """A merged pilot names the other as the file did; from now on by its id."""
    for pilot_id, into in merged:
        target = by_reference.get(reference(into))
        found = pilots.get(conn, workspace_id, pilot_id)
        if target is not None and target != into and found is not None and found[0].end is not None:
            pilots.save(conn, workspace_id, replace(found[0], end=replace(found[0].end, merged_into=target)))


# Out.


def everything(conn: Connection, workspace_id: str) -> Iterator[tuple[Pilot, Record]]:
    """Every pilot with its record, a batch in memory at a time."""
    ids = pilots.ids(conn, workspace_id)
    for start in range(0, len(ids), _BATCH):
        yield from pilots.load(conn, workspace_id, ids[start : start + _BATCH]).values()


def replay(conn: Connection, workspace_id: str, until: date) -> Iterator[dict[str, str]]:
    """One row per pilot: the rules run over recorded history as if they had been there from the start."""
    workspace = workspaces.get(conn, workspace_id)
    if workspace is None:
        return
    calendar, rules = workspace.settings.calendar(), workspace.settings.rules()
    for pilot, its in everything(conn, workspace_id):
        row = export.replay_row(pilot, its, until, calendar, rules)
        if row is not None:
            yield row


def in_hindsight(conn: Connection, workspace_id: str, until: date) -> tuple[Hindsight, str]:
    """Had Pilotlight been here: what would have been noticed when and the money since then; with the currency."""
    workspace = workspaces.get(conn, workspace_id)
    settings = workspace.settings if workspace else Settings()
    made = hindsight(everything(conn, workspace_id), until, settings.calendar(), settings.rules())
    return made, settings.currency


def _settings_row(settings: Settings) -> SettingsRow:
    return SettingsRow(
        company=settings.company,
        zone=settings.zone,
        as_of=settings.as_of,
        holidays=frozenset(settings.holidays),
        country=settings.country,
        region=settings.region,
        weekdays=frozenset(settings.weekdays),
    )


def as_json(conn: Connection, workspace_id: str) -> Iterator[str]:
    """Everything, as JSON that reads back without loss."""
    workspace = workspaces.get(conn, workspace_id)
    if workspace is None:
        return
    extras = {one: origin.extra for one, origin in pilots.origins(conn, workspace_id).items() if origin.extra}
    yield from to_json(
        Archive(
            settings=_settings_row(workspace.settings),
            people=people.all_of(conn, workspace_id).values(),
            pilots=everything(conn, workspace_id),
            extras=extras,
            more={"settings": json.loads(workspace.settings.model_dump_json())},
        )
    )


def read_json(conn: Connection, workspace_id: str, text: str, *, today: date, now: datetime) -> Report:
    """Reads an archive back into an empty workspace.

    Raises:
        Refused: it cannot be read, or a pilot is in the registry already.

    """
    archive = from_json(text)
    if isinstance(archive, tuple):
        raise Refused([("archive", problem) for problem in archive])
    known = set(pilots.ids(conn, workspace_id))
    found = list(archive.pilots)
    clash = [pilot.id for pilot, _ in found if pilot.id in known]
    if clash:
        text = f"{clash[0]} is in the registry already. Read the archive into an empty database."
        raise Refused([("archive", Problem(row=None, column="", text=text))])
    if "settings" in archive.more:
        workspaces.save_settings(conn, workspace_id, Settings.model_validate(archive.more["settings"]))
    else:
        workspaces.save_settings(conn, workspace_id, with_file(Settings(), archive.settings))
    there = people.all_of(conn, workspace_id)
    people.add_many(conn, workspace_id, [person for person in archive.people if person.id not in there], now)
    report = Report(pilots=len(found), people=len(list(archive.people)))
    for start in range(0, len(found), _BATCH):
        batch = []
        for pilot, its in found[start : start + _BATCH]:
            extra = dict(archive.extras.get(pilot.id, {}))
            origin = pilots.Origin(
                created_by="import", created_at=now, source="import", imported_on=today, extra=extra
            )
            batch.append((pilot, its, origin))
            report.stages[pilot.stage.value] += 1
            report.measurable += _measurable(pilot, today)
            report.updates += len(its.entries)
            report.signals += len(its.activities)
        _write_batch(conn, workspace_id, batch, now)
    _log(conn, workspace_id, report, "archive", now)
    return report


@dataclass(frozen=True, kw_only=True)
class Folder:
    """The files of a CSV export, each as lines still to be read from the database, and what they cannot hold."""

    files: Mapping[str, Iterator[str]]
    left_out: Mapping[str, int]


def as_csv(conn: Connection, workspace_id: str) -> Folder:
    """The sample's columns; what they cannot hold is counted."""
    workspace = workspaces.get(conn, workspace_id)
    settings = workspace.settings if workspace else Settings()
    known = people.all_of(conn, workspace_id)
    extras = {one: origin.extra for one, origin in pilots.origins(conn, workspace_id).items() if origin.extra}
    return Folder(
        files={
            "pilots.csv": export.pilots_csv(everything(conn, workspace_id), extras),
            "updates.csv": export.updates_csv(everything(conn, workspace_id), known),
            "signals.csv": export.signals_csv(everything(conn, workspace_id)),
            "settings.json": iter(
                [settings_json(settings.calendar(), company=settings.company, today=settings.as_of)]
            ),
        },
        left_out=export.left_out(everything(conn, workspace_id), settings.calendar(), extras),
    )
