"""The registry as tables: rows of pilots, updates and signals in the columns that the product promises.

Readers are lazy: they yield a row, a problem or a note at a time and hold no row themselves, only what is needed to find
a repeated id. A row is a frozen value with people as handles; ``assembly`` makes pilots and records of them.
"""

import re
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TypeVar

from bot.domain.activity import KINDS, absence
from bot.domain.cells import CellError, one_line, pieces, quoted, read_date, read_number, read_word
from bot.domain.direction import Direction
from bot.domain.metric import guardrail, last_number
from bot.domain.pilot import Risk
from bot.domain.record import Status
from bot.domain.sheet import ColumnMap, Note, Noted, Problem, Row, read_rows
from bot.domain.stages import Stage
from bot.domain.words import pause_until, snooze_days

PILOT_COLUMNS = (
    *(
        "pilot_id",
        "name",
        "aliases",
        "department",
        "outcome_sentence",
        "owner",
        "backup",
        "sponsor",
        "stage",
        "stage_since",
    ),
    *(
        "started",
        "metric_name",
        "unit",
        "direction",
        "baseline",
        "baseline_date",
        "target",
        "deadline",
        "guardrail",
    ),
    *("values_over_time", "last_activity", "last_activity_naive", "risk_class", "links", "cost_to_date_eur"),
    *("cost_per_week_eur", "end_state", "end_reason", "merged_into", "scenario"),
    *("kill_line", "decision_date", "process_owner", "data_owner", "run_owner"),
)
UPDATE_COLUMNS = ("date", "pilot", "author", "status", "value", "text", "holder", "holder_by")
SIGNAL_COLUMNS = ("date", "pilot", "source", "actor", "kind", "text", "counts")
#: Columns that are read over: they are worked out, never believed.
WORKED_OUT = frozenset({"last_activity", "last_activity_naive", "counts"})
#: The currency may be left out of a header.
SYNONYMS = {"cost_to_date": "cost_to_date_eur", "cost_per_week": "cost_per_week_eur"}
#: What people call columns of ours in a sheet of their own; not where a map says what is what.
GUESSES = {
    **dict.fromkeys(("pilot", "pilot_name", "project", "project_name"), "name"),
    **dict.fromkeys(("outcome", "goal"), "outcome_sentence"),
    **dict.fromkeys(("start", "start_date"), "started"),
    "metric": "metric_name",
    "risk": "risk_class",
    "team": "department",
}
LINKS = ("repo", "dashboard", "channel", "runbook", "dpia", "notebook", "memo", "demo")

_STAGES = tuple(stage.value for stage in Stage)
_ENDS = (Stage.SCALED.value, Stage.RETIRED.value, Stage.MERGED.value)
_DIRECTIONS = tuple(direction.value for direction in Direction)
_RISKS = tuple(risk.value for risk in Risk)
_STATUSES = tuple(status.value for status in Status)

PILOTS_MOST = 100_000
NAME_MOST = 200
ID_MOST = 64
HANDLE_MOST = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class PilotRow:
    """One row of the pilots table. People are handles, empty where nobody is named."""

    row: int
    #: None: the file gives it none.
    pilot_id: str | None
    name: str
    aliases: tuple[str, ...] = ()
    department: str = ""
    outcome_sentence: str = ""
    owner: str = ""
    backup: str = ""
    sponsor: str = ""
    process_owner: str = ""
    data_owner: str = ""
    run_owner: str = ""
    stage: Stage = Stage.IDEA
    stage_since: date
    started: date
    metric_name: str = ""
    unit: str = ""
    direction: Direction | None = None
    baseline: Decimal | None = None
    baseline_date: date | None = None
    target: Decimal | None = None
    deadline: date | None = None
    #: As written, one each; also those that no limit can be read from.
    guardrails: tuple[str, ...] = ()
    values: tuple[tuple[date, Decimal], ...] = ()
    risk: Risk = Risk.MINIMAL
    links: Mapping[str, str] = field(default_factory=dict)
    cost_to_date: Decimal = Decimal(0)
    cost_per_week: Decimal = Decimal(0)
    end_state: Stage | None = None
    end_reason: str = ""
    #: The id or name of the pilot in which a merged one goes on, as written.
    merged_into: str = ""
    kill_line: str = ""
    decision_date: date | None = None
    #: What a pilot has no place for: filled cells of columns that are not ours, by the file's own column name; ``scenario``;
    #: under ``guardrail`` those that no limit can be read from.
    extra: Mapping[str, str] = field(default_factory=dict)

    @property
    def people(self) -> tuple[str, ...]:
        """The handles named in it, each once, owner first."""
        named = (self.owner, self.backup, self.sponsor, self.process_owner, self.data_owner, self.run_owner)
        return tuple(dict.fromkeys(handle for handle in named if handle))


@dataclass(frozen=True, kw_only=True, slots=True)
class UpdateRow:
    """One row of the update log."""

    row: int
    on: date
    #: The pilot's id or name, as written.
    pilot: str
    #: A handle or a robot's account name; empty: nobody signed it.
    author: str
    status: Status
    value: Decimal | None = None
    text: str = ""
    holder: str = ""
    holder_by: date | None = None
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class SignalRow:
    """One row of the signal log; its verdict is ours to make, the file's is not kept."""

    row: int
    on: date
    #: The pilot's id or name, as written; empty where the row is about a person alone.
    pilot: str
    source: str
    actor: str
    kind: str
    text: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)


def reference(text: str) -> str:
    """An id or a name as one table refers to another's row: case and white space do not matter."""
    return one_line(text).casefold()


_PLATFORM_ID = re.compile(r"<@\w+>|[UW][A-Z0-9]{6,}")


def handle(text: str) -> str:
    """A person as every row names them alike: ``@Mara.Lindqvist`` → ``mara.lindqvist``; a name with spaces stays."""
    if not text:
        return ""
    text = one_line(text).removeprefix("@")
    return text if " " in text or _PLATFORM_ID.fullmatch(text) else text.casefold()


# The three tables.


class _Cells:
    """One row's cells, read one by one; what cannot be read is gathered."""

    def __init__(self, row: Row, told: set[str]) -> None:
        """`told`: the columns of which it was said already how their dates are read."""
        self.row = row
        self._told = told
        self._cells = row.cells
        self.problems: list[Problem] = []
        self.notes: list[Note] = [
            Note(
                kind=Noted.CLEANED,
                row=row.number,
                column=row.header(column),
                text="control or invisible characters were taken out",
            )
            for column in row.cleaned
        ]

    def text(self, column: str, most: int | None = None) -> str:
        text = self._cells.get(column, "")
        if text and most is not None and len(text) > most:
            self.refuse(column, f"{len(text):,} characters, at most {most} are kept. Shorten it.")
        return text

    def line(self, column: str, most: int | None = None) -> str:
        text = self.text(column, most)
        return " ".join(text.split()) if text else text

    def handle(self, column: str) -> str:
        text = self.text(column, HANDLE_MOST)
        return handle(text) if text else text

    def date(self, column: str) -> date | None:
        day, text = self._read(column, read_date), self._cells.get(column, "")
        # Said once a column, so that whoever reads the dry run can see that it was read as it was meant.
        if day is not None and not text.startswith(f"{day}") and column not in self._told:
            self._told.add(column)
            self.note(Noted.READ_AS, column, f"{quoted(text)} is read as {day}")
        return day

    def number(self, column: str) -> Decimal | None:
        return self._read(column, read_number)

    def word(self, column: str, words: Collection[str], hint: str = "") -> str | None:
        try:
            text = self._cells.get(column, "")
            return read_word(text, words) if text else None
        except CellError as error:
            self.refuse(column, f"{error}{hint}")
            return None

    def _read(self, column: str, read: "Callable[[str], _T]") -> "_T | None":
        text = self._cells.get(column, "")
        if not text:
            return None
        try:
            return read(text)
        except CellError as error:
            self.refuse(column, str(error))
            return None

    def refuse(self, column: str, text: str) -> None:
        self.problems.append(Problem(row=self.row.number, column=self.row.header(column), text=text))

    def note(self, kind: Noted, column: str, text: str) -> None:
        self.notes.append(Note(kind=kind, row=self.row.number, column=self.row.header(column), text=text))


_T = TypeVar("_T")


class _Ahead:
    """Days that have not come: often a year or a month typed wrong. Said once a column, with how many follow."""

    def __init__(self, today: date) -> None:
        self._today = today
        self._found: dict[str, list[tuple[int, date]]] = {}

    def see(self, row: Row, column: str, *days: date | None) -> None:
        late = [day for day in days if day is not None and day > self._today]
        if late:
            self._found.setdefault(row.header(column), []).append((row.number, max(late)))

    def notes(self) -> Iterator[Note]:
        for column, found in self._found.items():
            (row, day), more = found[0], len(found) - 1
            others = f"nor have those of {more:,} more row{'s' if more > 1 else ''}" if more else ""
            last = f", the last is {max(on for _, on in found)}" if more else ""
            text = f"{day} has not come yet{f', {others}{last}' if more else ''}: it counts from that day on. Is it meant?"
            yield Note(kind=Noted.AHEAD, row=row, column=column, text=text)


def read_pilots(
    lines: Iterable[str], mapping: ColumnMap | None, today: date
) -> Iterator[PilotRow | Problem | Note]:
    """The rows of a pilots table, lazily.

    Args:
        lines: text lines; ``sheet.lines_of`` makes them of bytes.
        mapping: how another registry's columns become ours.
        today: the import day, which an empty ``started`` or ``stage_since`` gets.

    Yields:
        Every row that could be read, every problem (each refuses the file), every note. Nothing is raised.

    """
    ids: dict[str, int] = {}
    names: dict[str, int] = {}
    merged: list[tuple[int, str, str]] = []
    told, ahead = set[str](), _Ahead(today)
    names_of = SYNONYMS if mapping is not None else {**GUESSES, **SYNONYMS}
    for item in read_rows(lines, PILOT_COLUMNS, ("name",), mapping, synonyms=names_of, most=PILOTS_MOST):
        if not isinstance(item, Row):
            yield item
            continue
        cells = _Cells(item, told)
        row = _pilot(cells, today)
        if row.pilot_id is not None:
            first = ids.setdefault(reference(row.pilot_id), row.row)
            if first != row.row:
                cells.refuse(
                    "pilot_id",
                    f"{quoted(row.pilot_id)} stands in row {first} already. Every pilot needs an id of its own, or none.",
                )
        first = names.setdefault(_look(row.name), row.row)
        if first != row.row and row.name:
            cells.note(
                Noted.CHECK,
                "name",
                f"{quoted(row.name)} looks like the name in row {first}: two pilots, or one twice?",
            )
        for alias in row.aliases:
            names.setdefault(_look(alias), row.row)
        ahead.see(item, "started", row.started)
        ahead.see(item, "stage_since", row.stage_since)
        ahead.see(item, "baseline_date", row.baseline_date)
        ahead.see(item, "values_over_time", *(on for on, _ in row.values))
        if row.merged_into:
            merged.append((row.row, item.header("merged_into"), row.merged_into))
        yield from cells.notes
        if cells.problems:
            yield from cells.problems
        else:
            yield row
    yield from ahead.notes()
    for number, column, into in merged:
        if reference(into) not in ids and _look(into) not in names:
            text = (
                f"no pilot in this file has the id or name {quoted(into)}. Add it, or leave the cell empty."
            )
            yield Problem(row=number, column=column, text=text)


#: Letters of other scripts that look like Latin ones.
_ALIKE = str.maketrans("авекмнорстухіјѕԁɡоΑΒΕΖΗΙΚΜΝΟΡΤΥΧοɑ", "abekmhopctyxijsdgoabezhikmnoptyxoa")


def _look(name: str) -> str:
    """A name as the eye takes it: case, spaces and look-alike letters of other scripts are one."""
    return reference(name).translate(_ALIKE)


def _pilot(cells: _Cells, today: date) -> PilotRow:
    name = cells.line("name")
    if not name:
        cells.refuse("name", "a pilot needs a name. Fill it in, or delete the row.")
    if len(name) > NAME_MOST:
        cells.note(Noted.CLEANED, "name", f"cut to {NAME_MOST} of its {len(name):,} characters")
        name = name[:NAME_MOST].rstrip()
    hint = ' A map may translate it: {"values": {"stage": {…: "trial"}}}.'
    stage_word = cells.word("stage", _STAGES, hint)
    end_word = cells.word("end_state", _ENDS)
    if end_word and not stage_word and not cells.row["stage"]:
        stage_word = end_word
        cells.note(Noted.ASSUMED, "stage", f"empty: taken from end_state, {end_word}")
    stage = Stage(stage_word) if stage_word else Stage.IDEA
    if end_word and stage_word and end_word != stage_word:
        cells.refuse(
            "end_state",
            f"says {end_word}, but the stage is {stage_word}. Let both say the same, or leave this empty.",
        )
    end = Stage(end_word) if end_word else stage if stage.ended else None
    reason = cells.text("end_reason")
    if end is not None and not reason:
        cells.note(Noted.CHECK, "end_reason", f"{end} without a sentence why: it will be asked for")
    baseline, target = cells.number("baseline"), cells.number("target")
    direction = cells.word("direction", _DIRECTIONS)
    values = _values(cells)
    baseline_date = cells.date("baseline_date")
    started = cells.date("started") or today
    if baseline is not None and baseline_date is None and not cells.row["baseline_date"]:
        baseline_date = next((on for on, value in values if value == baseline), started)
        cells.note(Noted.ASSUMED, "baseline_date", f"empty: the baseline counts from {baseline_date}")
    costs = {
        column: cells.number(column) or Decimal(0) for column in ("cost_to_date_eur", "cost_per_week_eur")
    }
    for column, cost in costs.items():
        if cost < 0:
            cells.refuse(column, f"a cost cannot be below zero: {cost}. Correct it, or leave it empty.")
    people = {
        column: cells.handle(column)
        for column in ("owner", "backup", "sponsor", "process_owner", "data_owner", "run_owner")
    }
    _note_roles(cells, people)
    row = PilotRow(
        row=cells.row.number,
        pilot_id=cells.line("pilot_id", ID_MOST) or None,
        name=name,
        aliases=tuple(" ".join(alias.split())[:NAME_MOST] for alias in pieces(cells.row["aliases"])),
        department=cells.line("department"),
        outcome_sentence=cells.text("outcome_sentence"),
        **people,
        stage=stage,
        stage_since=cells.date("stage_since") or today,
        started=started,
        metric_name=cells.line("metric_name"),
        unit=cells.line("unit"),
        direction=Direction(direction) if direction else None,
        baseline=baseline,
        baseline_date=baseline_date,
        target=target,
        deadline=cells.date("deadline"),
        guardrails=_guardrails(cells),
        values=values,
        risk=Risk(cells.word("risk_class", _RISKS) or Risk.MINIMAL),
        links=_links(cells),
        cost_to_date=costs["cost_to_date_eur"],
        cost_per_week=costs["cost_per_week_eur"],
        end_state=end,
        end_reason=reason,
        merged_into=cells.line("merged_into"),
        kill_line=cells.text("kill_line"),
        decision_date=cells.date("decision_date"),
        extra={**cells.row.extra, **_beside(cells)},
    )
    if (
        row.direction is None
        and row.baseline is not None
        and row.target is not None
        and row.baseline == row.target
    ):
        cells.note(
            Noted.CHECK, "target", "equals the baseline, and no direction is given: there is no way to go"
        )
    return row


def _note_roles(cells: _Cells, people: Mapping[str, str]) -> None:
    for one, other in (("backup", "owner"), ("sponsor", "owner"), ("sponsor", "backup")):
        if people[one] and people[one] == people[other]:
            cells.note(Noted.CHECK, one, f"{people[one]} is {other} as well: two people should be")


def _values(cells: _Cells) -> tuple[tuple[date, Decimal], ...]:
    values = []
    for piece in pieces(cells.row["values_over_time"]):
        day, sign, number = piece.partition("=")
        if not sign:
            cells.refuse(
                "values_over_time",
                f"{quoted(piece)} is no dated value. Write 2026-06-05=10.0;2026-08-03=9.6.",
            )
            continue
        try:
            values.append((read_date(day.strip()), read_number(number.strip())))
        except CellError as error:
            cells.refuse("values_over_time", f"in {quoted(piece)}: {error}")
    return tuple(values)


def _guardrails(cells: _Cells) -> tuple[str, ...]:
    rails = pieces(cells.row["guardrail"])
    for rail in rails:
        if guardrail(rail) is None and rail.casefold() not in ("none", "none yet"):
            cells.note(
                Noted.KEPT_AS_TEXT,
                "guardrail",
                f"no limit can be read from {quoted(rail)}: kept as text, not watched. Write: name <= 0.4",
            )
    return tuple(rails)


def _beside(cells: _Cells) -> dict[str, str]:
    unread = "; ".join(rail for rail in pieces(cells.row["guardrail"]) if guardrail(rail) is None)
    beside = {"scenario": cells.row["scenario"], "guardrail": unread}
    return {column: text for column, text in beside.items() if text}


_NEXT_LINK = re.compile(
    rf";(?=\s*(?:(?:{'|'.join(LINKS)})\s*=|\w+\s*=\s*(?:https?://|#)|\s*$|\s*https?://))", re.IGNORECASE
)
_SCHEME = re.compile(r"([a-z][a-z0-9+.\-]*):", re.IGNORECASE)
_SAFE = ("http", "https", "mailto", "ssh", "git", "slack")


def _links(cells: _Cells) -> dict[str, str]:
    links: dict[str, str] = {}
    for piece in _NEXT_LINK.split(cells.row["links"]):
        kind, sign, address = (part.strip() for part in piece.partition("="))
        kind = kind.casefold()
        if not piece.strip():
            continue
        scheme = _SCHEME.match(address)
        if not sign or not address or not re.fullmatch(r"[\w\-]{1,40}", kind):
            cells.refuse(
                "links", f"{quoted(piece)} does not say what it links to. Write repo=https://…;channel=#name."
            )
        elif kind in links:
            cells.refuse("links", f"{kind} is given twice. Keep one.")
        elif scheme and scheme[1].casefold() not in _SAFE:
            cells.refuse("links", f"{quoted(address)} is no address to open. Begin it with https://.")
        else:
            links[kind] = "".join(address.split())
            if kind not in LINKS:
                cells.note(
                    Noted.CHECK, "links", f"{kind} is kept, but only these are understood: {', '.join(LINKS)}"
                )
    return links


def read_updates(
    lines: Iterable[str], today: date, known: Container[str] | None = None, mapping: ColumnMap | None = None
) -> Iterator[UpdateRow | Problem | Note]:
    """The rows of an update log, lazily.

    Args:
        lines: text lines.
        today: the import day, which an empty ``date`` gets.
        known: ``reference`` of every pilot's id and name that a row may refer to; None: not checked.
        mapping: how another log's columns become ours.

    Yields:
        As ``read_pilots``.

    """
    told, ahead = set[str](), _Ahead(today)
    for item in read_rows(lines, UPDATE_COLUMNS, ("date", "pilot", "status"), mapping):
        if not isinstance(item, Row):
            yield item
            continue
        cells = _Cells(item, told)
        value = cells.number("value")
        word = cells.word("status", _STATUSES)
        if not item["status"]:
            word = Status.READING if value is not None else Status.NOTE
            cells.note(Noted.ASSUMED, "status", f"empty: read as {word}")
        row = UpdateRow(
            row=item.number,
            on=_day(cells, today),
            pilot=cells.line("pilot"),
            author=cells.handle("author"),
            status=Status(word) if word else Status.NOTE,
            value=value,
            text=cells.text("text"),
            holder=cells.handle("holder"),
            holder_by=cells.date("holder_by"),
            extra=item.extra,
        )
        _note_update(cells, row)
        ahead.see(item, "date", row.on)
        yield from _kept(cells, row, known, skip_without_pilot=True)
    yield from ahead.notes()


def _day(cells: _Cells, today: date) -> date:
    if not cells.row["date"]:
        cells.note(Noted.ASSUMED, "date", f"empty: the import day, {today}")
    return cells.date("date") or today


_T_Row = TypeVar("_T_Row", UpdateRow, SignalRow)


def _kept(
    cells: _Cells, row: _T_Row, known: Container[str] | None, *, skip_without_pilot: bool
) -> "Iterator[_T_Row | Problem | Note]":
    if not row.pilot and skip_without_pilot and not cells.problems:
        yield Note(
            kind=Noted.SKIPPED,
            row=row.row,
            column=cells.row.header("pilot"),
            text="left out: it names no pilot",
        )
        return
    if row.pilot and known is not None and reference(row.pilot) not in known:
        cells.refuse(
            "pilot", f"there is no pilot {quoted(row.pilot)}. Add it to the pilots table, or correct its id."
        )
    yield from cells.notes
    if cells.problems:
        yield from cells.problems
    else:
        yield row


def _note_update(cells: _Cells, row: UpdateRow) -> None:
    if not row.author:
        cells.note(Noted.CHECK, "author", "empty: nobody's word, so it resets no clock")
    if row.status is Status.SNOOZE and not snooze_days(row.text):
        cells.note(
            Noted.CHECK,
            "text",
            'a snooze begins with its length, like "5 working days: quarter closing"; this one counts as none',
        )
    if row.status is Status.PAUSE and pause_until(row.text)[0] is None:
        cells.note(
            Noted.CHECK,
            "text",
            'a pause names its end, like "Paused until 14 December 2026: reason"; this one lasts as long as a pause may',
        )
    if row.status is Status.ITEM and not item_codes(row.text):
        cells.note(
            Noted.CHECK,
            "text",
            'a checklist row begins with the item, like "I1 done https://…"; this one ticks none',
        )


_ITEM = re.compile(
    r"\s*((?:I[1-8]|D[1-7]|O[1-8])\b(?:\s*(?:,|/|&|\+|\band\b)\s*(?:I[1-8]|D[1-7]|O[1-8])\b)*)[\s:,.\-–—]*",
    re.IGNORECASE,
)


def item_codes(text: str) -> tuple[tuple[str, ...], str] | None:
    """The checklist items that a text begins with, and the text after them; None: it begins with none."""
    found = _ITEM.match(text)
    if found is None:
        return None
    return tuple(code.upper() for code in re.findall(r"[A-Za-z][0-9]", found[1])), text[found.end() :].strip()


def read_signals(
    lines: Iterable[str], today: date, known: Container[str] | None = None, mapping: ColumnMap | None = None
) -> Iterator[SignalRow | Problem | Note]:
    """The rows of a signal log, lazily; arguments and yields as ``read_updates``."""
    told, ahead = set[str](), _Ahead(today)
    for item in read_rows(lines, SIGNAL_COLUMNS, ("date", "kind"), mapping):
        if not isinstance(item, Row):
            yield item
            continue
        cells = _Cells(item, told)
        kind = cells.line("kind").casefold().replace(" ", "_")
        if kind not in KINDS:
            cells.note(Noted.UNKNOWN_KIND, "kind", f"{quoted(kind)} is no kind we know: it counts as no")
            kind = kind[:32]
        row = SignalRow(
            row=item.number,
            on=_day(cells, today),
            pilot=cells.line("pilot"),
            source=cells.line("source")[:HANDLE_MOST],
            actor=cells.handle("actor"),
            kind=kind,
            text=cells.text("text"),
            extra=item.extra,
        )
        if kind in ("reading", "guardrail") and last_number(row.text) is None:
            cells.note(Noted.CHECK, "text", "no number can be read from it: it counts as no")
        if kind == "absence" and absence(row.text) is None:
            cells.note(
                Noted.CHECK,
                "text",
                'an absence reads "away 2026-10-05 to 2026-10-16"; this one counts as none',
            )
        ahead.see(item, "date", row.on)
        yield from _kept(cells, row, known, skip_without_pilot=kind not in ("absence", "user_deactivated"))
    yield from ahead.notes()
