"""Spreadsheets in and out: what is read, what is refused and in which words, and that nothing is lost on the way."""

import csv
import io
import json
import os
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.domain.archive import Archive, from_json, to_json
from bot.domain.assembly import assemble, items_of, people_of, promises_of
from bot.domain.calendar import Calendar
from bot.domain.cells import CellError, clean, escape, kept, read_date, read_number, unescape
from bot.domain.direction import Direction, Kind
from bot.domain.export import left_out, pilots_csv, signals_csv, updates_csv
from bot.domain.json_files import SettingsRow, read_map, read_settings, settings_json
from bot.domain.metric import Metric, guardrail
from bot.domain.people import Absence, Address, Person, Platform
from bot.domain.pilot import Cause, End, Pilot, Risk
from bot.domain.record import Activity, Counts, Entry, Item, Promise, Reading, Record, Status
from bot.domain.sheet import ColumnMap, Note, Noted, Problem, UnreadableError, decode, lines_of
from bot.domain.stages import Stage
from bot.domain.tables import (
    PILOT_COLUMNS,
    PilotRow,
    SignalRow,
    UpdateRow,
    handle,
    item_codes,
    read_pilots,
    read_signals,
    read_updates,
    reference,
)

DATA = Path(__file__).parent.parent / "data"
DEMO = Path(__file__).parents[2] / "bot" / "data"
EXTRA = os.environ.get("PILOTLIGHT_EXTRA_DATA", "")
DOCS = Path(__file__).parents[2] / "docs"
TODAY = date(2026, 11, 20)
D = Decimal


def pilots(data: bytes, mapping: ColumnMap | None = None) -> list[PilotRow | Problem | Note]:
    return list(read_pilots(lines_of([data]), mapping, TODAY))


def test_a_day_that_has_not_come_is_said_once_a_column_with_how_many_follow() -> None:
    """Mostly a year typed wrong; the row is kept, and known from that day on."""
    data = b"name,started,stage_since,values_over_time\nA,2026-11-20,2027-11-19,2026-11-02=4;2026-12-02=5\nB,,2026-11-19,\n"
    assert [(one.kind, one.row, one.column, one.text) for one in pilots(data) if isinstance(one, Note)] == [
        (
            Noted.AHEAD,
            2,
            "stage_since",
            "2027-11-19 has not come yet: it counts from that day on. Is it meant?",
        ),
        (
            Noted.AHEAD,
            2,
            "values_over_time",
            "2026-12-02 has not come yet: it counts from that day on. Is it meant?",
        ),
    ]
    log = b"date,pilot,status,text,author\n2026-11-20,A,note,x,m\n2027-01-04,A,note,y,m\n2028-01-05,A,note,z,m\n2027-01-06,A,note,w,m\n"
    found = [one for one in read_updates(lines_of([log]), TODAY) if isinstance(one, Note)]
    assert [str(one) for one in found] == [
        (
            "row 3, column date: 2027-01-04 has not come yet, nor have those of 2 more rows, the last is 2028-01-05: "
            "it counts from that day on. Is it meant?"
        )
    ]
    signals = b"date,kind,pilot,text\n2026-11-21,message,A,x\n"
    [note] = [one for one in read_signals(lines_of([signals]), TODAY) if isinstance(one, Note)]
    assert (note.kind, note.row) == (Noted.AHEAD, 2)


def rows(data: bytes, mapping: ColumnMap | None = None) -> list[PilotRow]:
    """The rows of a table that has no problem."""
    found = pilots(data, mapping)
    assert problems(found) == []
    return [one for one in found if isinstance(one, PilotRow)]


def row(**cells: str) -> PilotRow:
    return rows(table([{"name": "A", **cells}]))[0]


def table(lines: list[dict[str, str]]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(dict.fromkeys(key for line in lines for key in line)))
    writer.writeheader()
    writer.writerows(lines)
    return out.getvalue().encode()


def problems(found: Iterable[object]) -> list[str]:
    return [str(one) for one in found if isinstance(one, Problem)]


def notes(found: Iterable[object], kind: Noted | None = None) -> list[str]:
    return [str(one) for one in found if isinstance(one, Note) and kind in (None, one.kind)]


def sample() -> tuple[list[tuple[Pilot, Record]], dict[str, Person]]:
    found = rows((DATA / "sample-pilots.csv").read_bytes())
    updates = [
        one
        for one in read_updates(lines_of([(DATA / "sample-updates.csv").read_bytes()]), TODAY)
        if isinstance(one, UpdateRow)
    ]
    signals = [
        one
        for one in read_signals(lines_of([(DATA / "sample-signals.csv").read_bytes()]), TODAY)
        if isinstance(one, SignalRow)
    ]
    return put_together(found, updates, signals)


def put_together(
    found: list[PilotRow], updates: list[UpdateRow], signals: list[SignalRow]
) -> tuple[list[tuple[Pilot, Record]], dict[str, Person]]:
    people = people_of([*found, *updates, *signals])
    made = []
    for number, one in enumerate(found):
        mine = {reference(name) for name in (one.pilot_id, one.name) if name}
        made.append(
            assemble(
                one,
                [update for update in updates if reference(update.pilot) in mine],
                [signal for signal in signals if reference(signal.pilot) in mine],
                people,
                pilot_id=one.pilot_id or f"N{number}",
            )
        )
    return made, people


# The sample.


def test_the_sample_is_read_without_a_word() -> None:
    found = pilots((DATA / "sample-pilots.csv").read_bytes())
    assert problems(found) == []
    assert notes(found) == []
    assert len(found) == 24
    known = {
        reference(name)
        for one in found
        if isinstance(one, PilotRow)
        for name in (one.pilot_id or "", one.name)
    }
    updates = list(read_updates(lines_of([(DATA / "sample-updates.csv").read_bytes()]), TODAY, known))
    signals = list(read_signals(lines_of([(DATA / "sample-signals.csv").read_bytes()]), TODAY, known))
    assert [type(one).__name__ for one in updates] == ["UpdateRow"] * 188
    assert [type(one).__name__ for one in signals] == ["SignalRow"] * 42


def test_the_demo_plays_the_sample() -> None:
    for name in ("pilots.csv", "updates.csv", "signals.csv", "settings.json"):
        assert (DEMO / name).read_bytes() == (DATA / f"sample-{name}").read_bytes()


def test_every_signal_of_the_sample_gets_the_expected_verdict() -> None:
    made, _ = sample()
    given_verdicts = Counter(
        (one["date"], one["pilot"], one["actor"], one["kind"], one["text"], one["counts"])
        for one in csv.DictReader((DATA / "sample-signals.csv").read_text("utf-8").splitlines())
    )
    ours = Counter(
        (one.on.isoformat(), pilot.id, one.actor, one.kind, one.text, one.counts.value)
        for pilot, record in made
        for one in record.activities
    )
    assert ours == given_verdicts


def test_the_sample_costs_what_the_product_says() -> None:
    made, _ = sample()
    expected = {
        one["pilot"]: one
        for one in csv.DictReader((DATA / "sample-expected.csv").read_text("utf-8").splitlines())
    }
    top = [pilot for pilot, _ in made if expected[pilot.id]["rung"] == "leadership digest"]
    assert len(top) == 12
    assert sum(pilot.cost_to_date for pilot in top) == 677_000
    assert sum(pilot.cost_per_week for pilot in top) == 13_650
    assert round(sum(pilot.cost_to_date for pilot, _ in made) / 1_000_000, 2) == D("1.57")


def test_a_row_of_the_sample_is_read_to_the_last_cell() -> None:
    one = rows((DATA / "sample-pilots.csv").read_bytes())[0]
    assert one == PilotRow(
        row=2,
        pilot_id="P01",
        name="Support Reply Assistant",
        aliases=("reply bot", "support drafts"),
        department="Customer Service",
        outcome_sentence="Reduce customer support first response time by 40% by 18 December 2026",
        owner="mara.lindqvist",
        backup="jonas.ebert",
        sponsor="petra.holm",
        stage=Stage.TRIAL,
        stage_since=date(2026, 9, 7),
        started=date(2026, 5, 18),
        metric_name="customer support first response time",
        unit="h",
        direction=Direction.DECREASE,
        baseline=D("10.0"),
        baseline_date=date(2026, 6, 5),
        target=D("6.0"),
        deadline=date(2026, 12, 18),
        guardrails=("customer satisfaction score >= 4.2",),
        values=(
            (date(2026, 6, 5), D("10.0")),
            (date(2026, 8, 3), D("9.6")),
            (date(2026, 8, 24), D("9.1")),
            (date(2026, 9, 21), D("8.4")),
            (date(2026, 10, 5), D("7.9")),
            (date(2026, 10, 19), D("7.2")),
            (date(2026, 11, 2), D("6.8")),
            (date(2026, 11, 16), D("6.5")),
        ),
        risk=Risk.LIMITED,
        links={
            "repo": "https://git.haldenvoss.example/cx/reply-assist",
            "channel": "#pilot-reply-assist",
            "dashboard": "https://bi.haldenvoss.example/d/frt",
        },
        cost_to_date=D(61200),
        cost_per_week=D(2400),
        extra={"scenario": "healthy, on pace"},
    )


# What refuses a file: bytes in, words out.

XLSX = b"PK\x03\x04\x14\x00\x06\x00\x08\x00\x00\x00!\x00"
BROKEN = {
    "nothing at all": (b"", "the file is empty"),
    "blank lines only": (b"\r\n\r\n ,,\r\n", "the file is empty"),
    "a thousand blank lines": (b"\n" * 1001 + b"name\nA\n", "the first 1,000 lines are empty"),
    "a workbook": (XLSX, "this is an Excel or other zipped file"),
    "an old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "this is an old Excel file"),
    "a compressed file": (b"\x1f\x8b\x08\x00", "this is a compressed file"),
    "UTF-16 without its mark": (
        "name\nA\n".encode("utf-16-le"),
        "the row holds a NUL character, so this is no plain text",
    ),
    "UTF-16 that breaks off": ("name\nA\n".encode("utf-16")[:-1], "begins as UTF-16 but does not go on"),
    "UTF-8 announced, not kept": (b"\xef\xbb\xbfname\nK\xfcche\n", "begins as UTF-8 but does not go on"),
    "two encodings": (
        "name\nKüche\n".encode() + "Bär\n".encode("cp1252"),
        "mixes UTF-8 with another encoding",
    ),
    "no encoding": (b"name\nA\x81\n", "neither UTF-8 nor Windows-1252"),
    "a NUL": (b"name,owner\nA,b\x00c\n", "row 2: the row holds a NUL character"),
    "no name column": (
        b"title,owner\nA,b\n",
        "row 1, column name: there is no column name. The file has: title, owner.",
    ),
    "no header": (b"Support Bot,mara\nReturns,felix\n", "row 1, column name: there is no column name"),
    "two columns of one name": (
        b"name,owner,Owner\nA,b,c\n",
        'row 1, column owner: two columns are called "owner"',
    ),
    "two columns for one": (
        b"name,cost_to_date,cost_to_date_eur\nA,1,2\n",
        "two columns stand for cost_to_date_eur",
    ),
    "a quote never closed": (
        b'name,owner\nA,b\n"B,c\nC,d\n',
        "row 3: a quote is opened in this row and never closed",
    ),
    "a quote inside": (
        b'name,owner\n"A "big" one",b\n',
        "row 2: a quote stands in the middle of a quoted cell",
    ),
    "a longer row": (b"name,owner\nA,b\nA, B and C,d\n", "row 3: 3 cells, but the header names 2"),
    "a cell without an end": (
        b'name\n"' + b"x\n" * 70_000,
        "row 2: a cell is longer than 131,072 characters",
    ),
    "a long cell": (
        b"name,kill_line\nA," + b"x" * 100_001 + b"\n",
        "row 2, column kill_line: 100,001 characters in one cell",
    ),
    "a line without an end": (b"name\n" + b"x" * 2_200_000, "a line is longer than 2,000,000 characters"),
    "too many columns": (
        b"name," + b",".join(b"c%d" % n for n in range(1001)),
        "the header names 1,002 columns",
    ),
    "an empty name": (b"name,owner\n,b\n", "row 2, column name: a pilot needs a name"),
    "a name of nothing": (
        "name,owner\n\u200b\u202e,b\n".encode(),
        "row 2, column name: a pilot needs a name",
    ),
    "the same id": (
        b"pilot_id,name\nP1,A\nP2,B\np1,C\n",
        'row 4, column pilot_id: "p1" stands in row 2 already',
    ),
    "a long id": (
        b"pilot_id,name\n" + b"P" * 65 + b",A\n",
        "row 2, column pilot_id: 65 characters, at most 64",
    ),
    "an unknown stage": (
        b"name,stage\nA,Pilot\n",
        'row 2, column stage: "Pilot" is not one of: idea, framed, build, trial',
    ),
    "a date with two readings": (
        b"name,started\nA,03/04/2026\n",
        'row 2, column started: "03/04/2026" can mean 2026-04-03 or 2026-03-04. Write the one that is meant',
    ),
    "a thirteenth month": (b"name,started\nA,31.13.2026\n", "is no day of the calendar"),
    "a day as a spreadsheet counts it": (b"name,started\nA,46086\n", "counts 2026-03-05"),
    "a month of no calendar": (b"name,started\nA,1 Smarch 2026\n", "is not a date"),
    "a month without a day": (b"name,started\nA,Sep 2026\n", "is not a date"),
    "a day without a year": (b"name,started\nA,1 Sep\n", "is not a date"),
    "no such day": (b"name,deadline\nA,2026-02-30\n", '"2026-02-30" is no day of the calendar'),
    "a year long gone": (b"name,deadline\nA,0026-02-03\n", "the year of"),
    "a compact date": (b"name,deadline\nA,20260203\n", "is not a date"),
    "a week date": (b"name,deadline\nA,2026-W05-1\n", "is not a date"),
    "a date with half an hour behind it": (b"name,deadline\nA,2026-02-03 14h\n", "is not a date"),
    "NaN": (b"name,baseline\nA,NaN\n", 'row 2, column baseline: "NaN" is not a plain number'),
    "infinity": (b"name,target\nA,inf\n", '"inf" is not a plain number'),
    "an exponent": (b"name,target\nA,1e400\n", '"1e400" is not a plain number'),
    "too many digits": (b"name,target\nA," + b"9" * 16 + b"\n", "more digits than can be kept"),
    "too many places": (b"name,target\nA,0." + b"9" * 13 + b"\n", "more digits than can be kept"),
    "a comma for thousands or decimals": (b'name,target\nA,"1,450"\n', '"1,450" can mean 1450 or 1.450'),
    "a decimal comma": (b'name,target\nA,"7,5"\n', '"7,5" is not a plain number'),
    "a number with its unit": (b"name,target\nA,22 %\n", '"22 %" is not a plain number'),
    "Arabic digits": ("name,target\nA,١٢\n".encode(), "is not a plain number"),
    "an underscore": (b"name,target\nA,1_000\n", '"1_000" is not a plain number'),
    "a cost below zero": (
        b"name,cost_per_week_eur\nA,-5\n",
        "row 2, column cost_per_week_eur: a cost cannot be below zero",
    ),
    "an unknown direction": (
        b"name,direction\nA,down\n",
        "is not one of: increase, decrease, keep_above, keep_below",
    ),
    "an unknown risk": (b"name,risk_class\nA,none\n", "is not one of: minimal, limited, high"),
    "an unknown end": (
        b"name,end_state\nA,cancelled\n",
        '"cancelled" is not one of: scaled, retired, merged',
    ),
    "an end that is none": (
        b"name,stage,end_state\nA,trial,retired\n",
        "column end_state: says retired, but the stage is trial",
    ),
    "a value without a date": (
        b"name,values_over_time\nA,10;9\n",
        'column values_over_time: "10" is no dated value',
    ),
    "a value without a number": (
        b"name,values_over_time\nA,2026-06-05=ten\n",
        'in "2026-06-05=ten": "ten" is not a plain number',
    ),
    "a value on no day": (b"name,values_over_time\nA,2026-13-05=1\n", "is no day of the calendar"),
    "a link to what": (b"name,links\nA,https://git.example/a\n", "does not say what it links to"),
    "a link twice": (
        b"name,links\nA,repo=https://a.example;repo=https://b.example\n",
        "column links: repo is given twice",
    ),
    "a link that runs": (b"name,links\nA,memo=javascript:alert(1)\n", "is no address to open"),
    "merged into nobody": (
        b"name,stage,merged_into\nA,merged,P9\n",
        'row 2, column merged_into: no pilot in this file has the id or name "P9"',
    ),
    "a long handle": (
        b"name,owner\nA," + b"o" * 201 + b"\n",
        "row 2, column owner: 201 characters, at most 200",
    ),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_table_is_refused_with_row_column_and_advice(kind: str) -> None:
    data, words = BROKEN[kind]
    found = problems(pilots(data))
    assert any(words in one for one in found), found
    # What is wrong, then what to do, in whole sentences.
    assert all(one.endswith((".", "}.")) for one in found), found


def test_every_problem_of_a_file_is_told_at_once() -> None:
    found = problems(pilots(b"name,started,target\n,x,y\nB,2026-01-01,z\n"))
    assert [one.split(":")[0] for one in found] == [
        "row 2, column name",
        "row 2, column target",
        "row 2, column started",
        "row 3, column target",
    ]


def test_a_column_is_called_what_the_file_calls_it() -> None:
    mapping = read_map('{"columns": {"Use Case": "name", "Go-Live": "deadline"}}')
    assert isinstance(mapping, ColumnMap)
    assert problems(pilots(b"Use Case,Go-Live\nA,soon\n", mapping))[0].startswith("row 2, column Go-Live: ")


UPDATES = {
    "an unknown status": (
        b"date,pilot,status\n2026-01-05,P1,done\n",
        'row 2, column status: "done" is not one of: moving, stuck, waiting, stop, note,',
    ),
    "an unknown pilot": (
        b"date,pilot,status\n2026-01-05,P1,note\n2026-01-05,P9,note\n",
        'row 3, column pilot: there is no pilot "P9"',
    ),
    "no status column": (b"date,pilot\n2026-01-05,P1\n", "row 1, column status: there is no column status"),
    "a date in words": (b"date,pilot,status\nyesterday,P1,note\n", "row 2, column date"),
    "a value in words": (b"date,pilot,status,value\n2026-01-05,P1,moving,some\n", "row 2, column value"),
    "a promise day in words": (
        b"date,pilot,status,holder,holder_by\n2026-01-05,P1,stuck,a.b,soon\n",
        "row 2, column holder_by",
    ),
}


@pytest.mark.parametrize("kind", UPDATES)
def test_a_broken_update_log_is_refused(kind: str) -> None:
    data, words = UPDATES[kind]
    found = problems(read_updates(lines_of([data]), TODAY, {"p1"}))
    assert any(words in one for one in found), found


def test_an_update_may_name_its_pilot_in_any_case_or_by_its_name() -> None:
    data = b"date,pilot,author,status\n2026-01-05,p1,a.b,note\n2026-01-05,Support  Bot,a.b,note\n"
    known = {reference("P1"), reference("Support Bot")}
    assert problems(read_updates(lines_of([data]), TODAY, known)) == []


def test_an_empty_cell_refuses_no_update() -> None:
    data = b"date,pilot,author,status,value,text\n,P1,,,,\n,P1,a.b,,7,\n2026-01-05,,a.b,note,,lost\n"
    found = list(read_updates(lines_of([data]), TODAY, {"p1"}))
    assert problems(found) == []
    kept_rows = [one for one in found if isinstance(one, UpdateRow)]
    assert [(one.on, one.status, one.author) for one in kept_rows] == [
        (TODAY, Status.NOTE, ""),
        (TODAY, Status.READING, "a.b"),
    ]
    assert notes(found, Noted.SKIPPED) == ["row 4, column pilot: left out: it names no pilot"]
    assert any("nobody's word" in one for one in notes(found))


@pytest.mark.parametrize(
    ("status", "text", "words"),
    [
        ("snooze", "until Monday", "a snooze begins with its length"),
        ("pause", "until further notice", "a pause names its end"),
        ("item", "container is ready", "a checklist row begins with the item"),
    ],
)
def test_words_that_will_not_be_understood_are_noted(status: str, text: str, words: str) -> None:
    found = list(
        read_updates(
            lines_of([f"date,pilot,author,status,text\n2026-01-05,P1,a.b,{status},{text}\n".encode()]), TODAY
        )
    )
    assert problems(found) == []
    assert any(words in one for one in notes(found, Noted.CHECK))


def test_a_signal_of_an_unknown_kind_is_listed_and_kept() -> None:
    data = b"date,pilot,source,actor,kind,text,counts\n2026-01-05,P1,s,a.b,heartbeat,alive,progress\n"
    found = list(read_signals(lines_of([data]), TODAY, {"p1"}))
    assert notes(found, Noted.UNKNOWN_KIND) == [
        'row 2, column kind: "heartbeat" is no kind we know: it counts as no'
    ]
    (one,) = [one for one in found if isinstance(one, SignalRow)]
    _, record = assemble(row(pilot_id="P1"), [], [one], {})
    assert record.activities[0].counts is Counts.NO  # whatever the file says it counts


def test_a_signal_about_a_person_needs_no_pilot() -> None:
    data = b"date,pilot,source,actor,kind,text\n2026-01-05,,hr,a.b,absence,away 2026-02-01 to 2026-02-05\n2026-01-06,,git,a.b,merge,x\n"
    found = list(read_signals(lines_of([data]), TODAY, set()))
    assert [one.kind for one in found if isinstance(one, SignalRow)] == ["absence"]
    assert notes(found, Noted.SKIPPED) == ["row 3, column pilot: left out: it names no pilot"]


# What is tolerated.

SAME = {
    "commas": b"name,owner\nA,b.c\n",
    "semicolons": b"name;owner\nA;b.c\n",
    "tabs": b"name\towner\nA\tb.c\n",
    "CRLF": b"name,owner\r\nA,b.c\r\n",
    "CR": b"name,owner\rA,b.c\r",
    "no last line end": b"name,owner\nA,b.c",
    "a mark": b"\xef\xbb\xbfname,owner\nA,b.c\n",
    "UTF-16": "name,owner\nA,b.c\n".encode("utf-16"),
    "UTF-16 big end first": b"\xfe\xff" + "name,owner\nA,b.c\n".encode("utf-16-be"),
    "UTF-32": "name,owner\nA,b.c\n".encode("utf-32"),
    "quotes everywhere": b'"name","owner"\n"A","b.c"\n',
    "a header of its own case": b"NAME, Owner \nA,b.c\n",
    "Excel's first line": b"sep=;\nname;owner\nA;b.c\n",
    "blank lines between": b"\n\nname,owner\n\n,\n\nA,b.c\n\n",
    "empty columns at the end": b"name,owner,,,\nA,b.c,,,\n",
    "more empty cells than columns": b"name,owner\nA,b.c,,,\n",
    "spaces around": b"name,owner\n  A  , @B.C \n",
    "the end mark of a DOS file": b"name,owner\r\nA,b.c\r\n\x1a",
}


@pytest.mark.parametrize("form", SAME)
def test_one_table_in_many_forms(form: str) -> None:
    (one,) = rows(SAME[form])
    assert (one.name, one.owner, one.stage, one.started, one.stage_since) == (
        "A",
        "b.c",
        Stage.IDEA,
        TODAY,
        TODAY,
    )


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64])
@pytest.mark.parametrize("form", SAME)
def test_it_does_not_matter_where_the_bytes_are_cut(form: str, size: int) -> None:
    data = SAME[form]
    chunks = [data[start : start + size] for start in range(0, len(data), size)]
    assert list(lines_of(chunks)) == list(lines_of([data]))


def test_an_old_encoding_is_read_and_noted() -> None:
    text, told = decode("name\nKüche “neu”\n".encode("cp1252"))
    assert text == "name\nKüche “neu”\n"
    assert [one.kind for one in told] == [Noted.ENCODING]
    text, told = decode("name\nKüche\n".encode())
    assert (text, told) == ("name\nKüche\n", ())


def test_a_short_row_is_read_and_noted() -> None:
    found = pilots(b"name,owner,sponsor\nA,b.c\n")
    assert problems(found) == []
    assert notes(found, Noted.SHORT_ROW) == ["row 2: ends after 2 of 3 cells: the rest is read as empty"]


def test_a_cell_may_hold_delimiters_line_breaks_and_quotes() -> None:
    (one,) = rows(b'name,kill_line\n"A, the ""first""","we stop\r\nif less than half"\n')
    assert (one.name, one.kill_line) == ('A, the "first"', "we stop\nif less than half")


def test_rows_are_counted_as_a_spreadsheet_counts_them() -> None:
    found = problems(pilots(b'name,kill_line,target\n"A","two\nlines",1\n\nB,,x\n'))
    assert found[0].startswith("row 4, column target")


def test_unknown_columns_are_listed_and_their_cells_kept() -> None:
    found = pilots("name,Ampel,,Ampel,scenario\nA,rot,x,gelb,gut für alle\n".encode())
    assert problems(found) == []
    assert [one.column for one in found if isinstance(one, Note)] == [
        "Ampel",
        "Ampel (column 4)",
        "(column 3, without a name)",
    ]
    (one,) = [one for one in found if isinstance(one, PilotRow)]
    assert one.extra == {
        "Ampel": "rot",
        "Ampel (column 4)": "gelb",
        "(column 3, without a name)": "x",
        "scenario": "gut für alle",
    }


def test_what_is_worked_out_is_not_believed() -> None:
    (one,) = rows(b"name,last_activity,last_activity_naive\nA,tomorrow,never\n")
    assert one.extra == {}


def test_the_currency_may_be_left_out_of_a_header() -> None:
    (one,) = rows(b"name,Cost per week\nA,250\n")
    assert one.cost_per_week == 250


NAMES = {
    "decomposed letters": ("Ku\u0308che", "Küche", False),
    "an emoji family": ("👩‍👩‍👧 Care", "👩‍👩‍👧 Care", False),
    "a turned direction": ("abc\u202egnp.exe", "abcgnp.exe", True),
    "nothing visible": ("a\u200bb\u2060c\ufeff", "abc", True),
    "a bell": ("ring\x07ring", "ring ring", True),
    "line breaks": ("two\nlines", "two lines", False),
    "piled marks": ("Z" + "\u0335" * 1000, "Z" + "\u0335" * 4, True),
    "markup": ("<!channel> *bold* &lt;", "<!channel> *bold* &lt;", False),
    "a formula": ("=HYPERLINK(1)", "=HYPERLINK(1)", False),
    "an escaped formula": ("'=HYPERLINK(1)", "=HYPERLINK(1)", False),
}


@pytest.mark.parametrize("kind", NAMES)
def test_a_name_is_cleaned_and_that_is_noted(kind: str) -> None:
    text, cleaned, noted = NAMES[kind]
    found = pilots(table([{"name": text}]))
    (one,) = [one for one in found if isinstance(one, PilotRow)]
    assert one.name == cleaned
    assert bool(notes(found, Noted.CLEANED)) is noted


def test_a_long_name_is_cut_and_that_is_noted() -> None:
    found = pilots(table([{"name": "N" * 201}]))
    (one,) = [one for one in found if isinstance(one, PilotRow)]
    assert len(one.name) == 200
    assert "cut to 200 of its 201 characters" in notes(found, Noted.CLEANED)[0]


def test_look_alike_names_are_pointed_out() -> None:
    found = pilots("name\nScope\nSсоре\nSCOPE\n".encode())  # the second in Cyrillic letters
    assert problems(found) == []
    assert [one[:5] for one in notes(found, Noted.CHECK)] == ["row 3", "row 4"]


def test_one_person_in_two_roles_is_pointed_out() -> None:
    found = pilots(b"name,owner,backup,sponsor\nA,b.c,B.C,b.c\n")
    assert len(notes(found, Noted.CHECK)) == 3


def test_an_unreadable_guardrail_is_kept_as_text() -> None:
    found = pilots(table([{"name": "A", "guardrail": "errors <= 0.4 %; customers stay happy"}]))
    (one,) = [one for one in found if isinstance(one, PilotRow)]
    assert one.guardrails == ("errors <= 0.4 %", "customers stay happy")
    assert "no limit can be read" in notes(found, Noted.KEPT_AS_TEXT)[0]
    pilot, record = assemble(one, [], [], {}, pilot_id="P1")
    assert [rail.name for rail in pilot.guardrails] == ["errors"]
    # It leaves in its column again, beside the one that is watched.
    assert one.extra == {"guardrail": "customers stay happy"}
    (out,) = csv.DictReader(pilots_csv([(pilot, record)], {"P1": one.extra}))
    assert out["guardrail"] == "errors <= 0.4 %; customers stay happy"


def test_an_end_without_a_sentence_is_asked_for_not_refused() -> None:
    found = pilots(b"name,stage\nA,retired\n")
    assert problems(found) == []
    assert "retired without a sentence why" in notes(found, Noted.CHECK)[0]
    assert row(end_state="retired").stage is Stage.RETIRED  # an empty stage beside an end


def test_a_baseline_without_a_date_gets_one_and_that_is_noted() -> None:
    assert row(baseline="10", values_over_time="2026-06-05=10;2026-07-05=9").baseline_date == date(2026, 6, 5)
    assert row(baseline="10", started="2026-03-01").baseline_date == date(2026, 3, 1)


def test_links_may_hold_what_separates_them() -> None:
    links = row(links="repo=https://git.example/a?x=1;y=2; channel=#ops;Jira=https://jira.example/B").links
    assert links == {
        "repo": "https://git.example/a?x=1;y=2",
        "channel": "#ops",
        "jira": "https://jira.example/B",
    }


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("7", "7"),
        ("-7.50", "-7.50"),
        ("−3", "-3"),
        ("+4", "4"),
        (".5", "0.5"),
        ("1,450.5", "1450.5"),
        ("1,450,000", "1450000"),
        ("007", "7"),
    ],
)
def test_plain_numbers(text: str, number: str) -> None:
    assert read_number(text) == D(number)


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-28",
        "2026-02-28T00:00:00",
        "2026-02-28 00:00:00.000",
        "2026-02-28T00:00:00Z",
        "2026-02-28 14:30",
        "2026-02-28T23:59:59.123+02:00",
        "2026-02-28 08:15:00 UTC",
    ],
)
def test_a_day_may_carry_a_time_which_counts_for_nothing(text: str) -> None:
    """As databases write it; the day as written counts."""
    assert read_date(text) == date(2026, 2, 28)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("1 Sep 2026", date(2026, 9, 1)),
        ("1. September 2026", date(2026, 9, 1)),
        ("1st Sept. 2026", date(2026, 9, 1)),
        ("01-Sep-26", date(2026, 9, 1)),
        ("1-SEP-2026", date(2026, 9, 1)),
        ("3. März 2026", date(2026, 3, 3)),
        ("Sep 1, 2026", date(2026, 9, 1)),
        ("September 1st 2026", date(2026, 9, 1)),
        ("31.12.2026", date(2026, 12, 31)),
        ("3.4.2026", date(2026, 4, 3)),
        ("31/12/2026", date(2026, 12, 31)),
        ("12/31/2026", date(2026, 12, 31)),
        ("5/5/2026", date(2026, 5, 5)),
        ("31-12-2026", date(2026, 12, 31)),
        ("2026/9/1", date(2026, 9, 1)),
        ("2026.09.01", date(2026, 9, 1)),
    ],
)
def test_a_date_is_read_as_people_write_it(text: str, day: date) -> None:
    assert read_date(text) == day


def test_how_a_date_was_read_is_said_once_a_column() -> None:
    found = list(
        read_pilots(
            lines_of([b"name,started,deadline\nA,1 Sep 2026,2026-12-31\nB,2 Sep 2026,31.12.2026\n"]),
            None,
            TODAY,
        )
    )
    assert notes(found, Noted.READ_AS) == [
        'row 2, column started: "1 Sep 2026" is read as 2026-09-01',
        'row 3, column deadline: "31.12.2026" is read as 2026-12-31',
    ]


@given(st.dates(date(1970, 1, 1), date(2199, 12, 31)), st.sampled_from(["%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y"]))
def test_a_date_in_figures_is_never_another_day(day: date, style: str) -> None:
    text = day.strftime(style)
    if day.day > 12 or day.day == day.month:
        assert read_date(text) == day
    else:
        with pytest.raises(CellError, match=str(day)):
            read_date(text)


@given(st.text(max_size=40))
def test_a_number_is_read_or_refused_and_never_another(text: str) -> None:
    try:
        value = read_number(text)
    except CellError:
        return
    assert value == D(text.replace(",", "").replace("−", "-"))


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("@Mara.Lindqvist", "mara.lindqvist"),
        ("Mara Lindqvist", "Mara Lindqvist"),
        ("U02ABCDEF", "U02ABCDEF"),
        ("M@X.example", "m@x.example"),
        ("", ""),
    ],
)
def test_a_person_is_named_alike_in_every_row(text: str, same: str) -> None:
    assert handle(text) == same


# The map of another registry.


def mapping_of(**parts: object) -> ColumnMap:
    made = read_map(json.dumps(parts))
    assert isinstance(made, ColumnMap), made
    return made


def test_a_map_turns_their_columns_and_words_into_ours() -> None:
    mapping = mapping_of(
        columns={"Use Case": "name", "Phase": "stage"},
        values={"stage": {"Pilot": "trial", "": "idea"}},
        skip_if_empty=["name"],
    )
    found = pilots(b"Use Case,Phase,Team\nA, pilot ,x\n,Pilot,y\nB,,z\n", mapping)
    assert problems(found) == []
    assert [(one.name, one.stage) for one in found if isinstance(one, PilotRow)] == [
        ("A", Stage.TRIAL),
        ("B", Stage.IDEA),
    ]
    assert notes(found, Noted.SKIPPED) == ["row 3, column name: left out: name is empty"]
    assert [one.column for one in found if isinstance(one, Note) and one.kind is Noted.UNKNOWN_COLUMN] == [
        "Team"
    ]


def test_the_first_filled_of_several_columns_counts() -> None:
    mapping = mapping_of(columns={"benefits": "outcome_sentence", "problem": "outcome_sentence"})
    data = b"name,problem,benefits\nA,slow,faster\nB,slow,\n"
    assert [one.outcome_sentence for one in rows(data, mapping)] == ["faster", "slow"]


def test_one_column_may_fill_several_and_set_fills_the_rest() -> None:
    mapping = mapping_of(
        columns={"state": ["stage", "end_reason"]},
        values={
            "state": {"gone": "retired"},
            "end_reason": {"gone": "no reason given", "on": ""},
            "stage": {"on": "rollout"},
        },
        set={"sponsor": "petra.holm"},
    )
    gone, on = rows(b"name,state,sponsor\nA,gone,\nB,on,karl.maurer\n", mapping)
    assert (gone.stage, gone.end_reason, gone.sponsor) == (Stage.RETIRED, "no reason given", "petra.holm")
    assert (on.stage, on.end_reason, on.sponsor) == (Stage.ROLLOUT, "", "karl.maurer")


def test_the_map_wins_over_a_column_of_our_name() -> None:
    mapping = mapping_of(columns={"title": "name"})
    (one,) = rows(b"name,title\nold,new\n", mapping)
    assert (one.name, one.extra) == ("new", {"name": "old"})


MAPS = {
    "no JSON": ("{columns: 1}", "this is not JSON: line 1, column 2"),
    "a list": ("[]", "this JSON is no object"),
    "an unknown key": ('{"colums": {}}', "colums: a map has no such key"),
    "a key twice": ('{"columns": {"a": "name", "a": "stage"}}', "the key stands there twice"),
    "an unknown column": ('{"columns": {"a": "nmae"}}', '"nmae" is no column of ours. Did you mean name?'),
    "a column that is worked out": ('{"columns": {"a": "last_activity"}}', "is no column of ours"),
    "a number for a column": ('{"columns": {"a": 3}}', "is no column of ours"),
    "columns as a list": ('{"columns": ["name"]}', "columns: write an object"),
    "values that are no words": ('{"values": {"stage": {"Pilot": 3}}}', 'values: for "stage" write'),
    "values for what": ('{"values": {"phase": {"Pilot": "trial"}}}', '"phase" is no column of ours'),
    "skip as a word": ('{"skip_if_empty": "name"}', "skip_if_empty: write a list"),
    "set as a number": ('{"set": {"sponsor": 3}}', 'set: for "sponsor" write a text'),
    "not a number": ('{"set": NaN}', "this is not JSON"),
    "too deep": ("[" * 100_000, "this is not JSON"),
}


@pytest.mark.parametrize("kind", MAPS)
def test_an_error_in_the_map_is_named(kind: str) -> None:
    text, words = MAPS[kind]
    found = read_map(text)
    assert isinstance(found, tuple)
    assert any(words in f"{one.column}: {one.text}" for one in found), [str(one) for one in found]


def test_a_map_that_does_not_fit_the_file_is_refused() -> None:
    found = problems(pilots(b"title\nA\n", mapping_of(columns={"use_case": "name"}, skip_if_empty=["phase"])))
    assert 'the map names the column "use_case", which the file does not have. It has: title.' in found[0]
    assert any('skip_if_empty names "phase"' in one for one in found)


@pytest.mark.skipif(not EXTRA, reason="the public inventory lies beside the project")
def test_the_public_inventory_comes_in_as_it_is() -> None:
    mapping = read_map((DOCS / "omb-mapping.json").read_text("utf-8"))
    assert isinstance(mapping, ColumnMap)
    found = pilots((Path(EXTRA) / "omb-2025-ai-use-cases.csv").read_bytes(), mapping)
    assert problems(found) == []
    made = [one for one in found if isinstance(one, PilotRow)]
    skipped = [one.row for one in found if isinstance(one, Note) and one.kind is Noted.SKIPPED]
    assert len(made) + len(skipped) == 3611
    assert skipped == [839]
    assert Counter(one.stage.value for one in made) == {
        "build": 1479,
        "rollout": 1039,
        "trial": 440,
        "idea": 338,
        "retired": 314,
    }
    assert all(one.end_reason for one in made if one.stage is Stage.RETIRED)
    assert not any(one.end_reason for one in made if one.stage is not Stage.RETIRED)
    assert all(one.department for one in made)
    assert sum(bool(one.outcome_sentence) for one in made) == 3116


# The settings.


def test_the_settings_of_the_sample() -> None:
    found = read_settings((DATA / "sample-settings.json").read_text("utf-8"), TODAY)
    assert isinstance(found, SettingsRow)
    assert (found.zone, found.as_of, len(found.holidays), found.company[:14]) == (
        "Europe/Berlin",
        TODAY,
        9,
        "Halden & Voss ",
    )
    assert found.calendar.working_days(date(2026, 6, 12), date(2026, 7, 7)) == 17


def test_holidays_of_a_country_and_a_week_of_ones_own() -> None:
    found = read_settings(
        '{"zone": "Asia/Dubai", "holidays": {"country": "ae"}, "working_days": ["Sun", "Mon", "Tue", "Wed", "Thu"]}',
        TODAY,
    )
    assert isinstance(found, SettingsRow)
    assert (found.country, found.region, found.weekdays) == ("AE", None, frozenset({6, 0, 1, 2, 3}))
    assert not found.calendar.is_working(date(2026, 12, 2))  # the national day
    assert found.calendar.is_working(date(2026, 11, 22))  # a Sunday


SETTINGS = {
    "no JSON": ('{"zone": }', "this is not JSON: line 1, column 10"),
    "no such zone": ('{"zone": "Berlin"}', 'column zone: "Berlin" is not a time zone'),
    "a way out": ('{"zone": "../../etc/passwd"}', "is not a time zone"),
    "a zone that is no text": ('{"zone": 1}', "column zone: write a name"),
    "a holiday in words": ('{"holidays": ["Christmas"]}', 'column holidays: "Christmas" is not a date'),
    "a number for a holiday": ('{"holidays": [3]}', "is not a date"),
    "no such country": ('{"holidays": {"country": "XX"}}', 'no holidays are known for "XX"'),
    "no such region": (
        '{"holidays": {"country": "DE", "region": "ZZ"}}',
        'no holidays are known for "DE-ZZ"',
    ),
    "a country that is no code": ('{"holidays": {"country": "__class__"}}', "no holidays are known"),
    "a region alone": ('{"holidays": {"region": "BE"}}', "write dates"),
    "holidays in words": ('{"holidays": "all of them"}', "write dates"),
    "a day that is none": ('{"working_days": ["someday"]}', "column working_days: write weekday names"),
    "no working day": ('{"working_days": []}', "name at least one weekday"),
    "a date in words": ('{"as_of": "today"}', "column as_of"),
    "a company that is none": ('{"company": ["a"]}', "column company"),
}


@pytest.mark.parametrize("kind", SETTINGS)
def test_an_error_in_the_settings_is_named(kind: str) -> None:
    text, words = SETTINGS[kind]
    found = read_settings(text, TODAY)
    assert isinstance(found, tuple)
    assert any(words in str(one) for one in found), [str(one) for one in found]


def test_settings_leave_and_come_back() -> None:
    calendar = Calendar(
        zone="Asia/Dubai", weekdays=frozenset({6, 0, 1, 2, 3}), holidays=frozenset({date(2027, 3, 9)})
    )
    found = read_settings(settings_json(calendar, company="Marhaba", today=TODAY), TODAY)
    assert isinstance(found, SettingsRow)
    assert (found.calendar, found.company, found.as_of) == (calendar, "Marhaba", TODAY)
    country = Calendar(zone="Europe/Berlin", country="DE", region="BE")
    found = read_settings(settings_json(country), TODAY)
    assert isinstance(found, SettingsRow)
    assert found.calendar == country


# Mutants: never anything but problems.

READERS = (
    lambda lines: read_pilots(lines, None, TODAY),
    lambda lines: read_updates(lines, TODAY, {"p01"}),
    lambda lines: read_signals(lines, TODAY, {"p01"}),
)
SOURCES = [(DATA / f"sample-{name}.csv").read_bytes()[:4000] for name in ("pilots", "updates", "signals")]


@st.composite
def mutants(draw: st.DrawFn) -> tuple[int, bytes]:
    which = draw(st.integers(0, 2))
    data = bytearray(SOURCES[which])
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        match draw(st.sampled_from(["put", "cut", "swap", "twice", "end"])):
            case "put":
                data[at:at] = draw(
                    st.one_of(
                        st.binary(max_size=8),
                        st.sampled_from(
                            [b'"', b"\x00", b"\r", b"\n", b",", b";", b"\xff", b"'=", "١٢".encode()]
                        ),
                    )
                )
            case "cut":
                del data[at : at + draw(st.integers(1, 200))]
            case "swap":
                data[at : at + 1] = draw(st.binary(min_size=1, max_size=1))
            case "twice":
                data[at:at] = data[at : at + draw(st.integers(1, 400))]
            case _:
                del data[at:]
    return which, bytes(data)


def judge_mutant(which: int, data: bytes) -> None:
    for one in READERS[which](lines_of([data])):
        if isinstance(one, Problem | Note):
            assert one.text
        else:
            assert one.row >= 2


@settings(max_examples=100, deadline=None)
@given(mutants())
def test_a_mutant_is_read_or_refused(mutant: tuple[int, bytes]) -> None:
    judge_mutant(*mutant)


@pytest.mark.trial
@settings(max_examples=2000, deadline=None)
@given(mutants())
def test_two_thousand_mutants(mutant: tuple[int, bytes]) -> None:
    judge_mutant(*mutant)


CELL = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            "2026-02-30",
            "1e400",
            "=1+1",
            "'=1",
            "a;b=c",
            "x" * 250,
            "Paused until 1 May 2026: x",
            "I1 done",
            "−3",
            "1,450",
            "2026-01-01=1",
        ]
    ),
)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.lists(CELL, min_size=1, max_size=len(PILOT_COLUMNS)), max_size=4), st.integers(0, 2))
def test_any_cells_are_read_or_refused(cells: list[list[str]], which: int) -> None:
    header = (
        PILOT_COLUMNS,
        ("date", "pilot", "author", "status", "value", "text", "holder", "holder_by"),
        ("date", "pilot", "source", "actor", "kind", "text"),
    )
    out = io.StringIO()
    csv.writer(out).writerows([header[which], *cells])
    read: list[Any] = list(READERS[which](out.getvalue().splitlines(keepends=True)))
    for one in read:
        assert one.row is None or one.row >= 1
    whole = [one for one in read if isinstance(one, PilotRow)]
    for one in whole:
        assemble(one, [], [], {})  # what was read can be put together


ANY_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.floats(allow_nan=False)
    | st.text(max_size=12)
    | st.sampled_from(["name", "DE", "2026-01-01", "Europe/Berlin"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "columns",
                    "values",
                    "skip_if_empty",
                    "set",
                    "zone",
                    "holidays",
                    "country",
                    "as_of",
                    "pilotlight",
                    "pilots",
                    "people",
                    "id",
                    "name",
                    "x",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@settings(max_examples=100, deadline=None)
@given(ANY_JSON)
def test_any_json_is_read_or_refused(value: object) -> None:
    text = json.dumps(value)
    for found in (
        read_map(text),
        read_settings(text, TODAY),
        from_json(json.dumps({"pilotlight": 1, "pilots": value, "people": value, "settings": value})),
    ):
        if isinstance(found, tuple):
            assert found
            assert all(str(one) for one in found)


# Memory and time.


def many(count: int) -> Iterator[bytes]:
    head, *body = (DATA / "sample-pilots.csv").read_bytes().splitlines(keepends=True)
    yield head
    line = next(one for one in body if b"Conveyor" in one)
    for number in range(count):
        yield line.replace(b"P21", b"X%d" % number).replace(b"Conveyor Failure Warning", b"Pilot %d" % number)


def test_rows_are_read_one_at_a_time() -> None:
    taken = 0

    def counted() -> Iterator[bytes]:
        nonlocal taken
        for chunk in many(1000):
            taken += 1
            yield chunk

    reader = read_pilots(lines_of(counted()), None, TODAY)
    for number in range(1, 6):
        assert isinstance(next(reader), PilotRow)
        assert taken <= number + 3


def test_memory_does_not_grow_with_the_table() -> None:
    def peak(count: int) -> int:
        tracemalloc.start()
        for one in read_pilots(lines_of(many(count)), None, TODAY):
            assert isinstance(one, PilotRow)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    small, large = peak(50), peak(550)
    # Ids and names are remembered, to find one that comes twice; the rows are not.
    assert large - small < 500 * 600


def test_a_problem_does_not_wait_for_the_rest_of_the_file() -> None:
    def endless() -> Iterator[bytes]:
        yield b"name,target\nA,x\n"
        while True:
            yield b"B,1\n"

    found = next(one for one in read_pilots(lines_of(endless()), None, TODAY) if isinstance(one, Problem))
    assert found.row == 2


def test_a_huge_cell_is_refused_before_it_is_held() -> None:
    def cell() -> Iterator[bytes]:
        yield b'name\n"'
        for _ in range(400):
            yield b"x" * 65536

    tracemalloc.start()
    found = problems(read_pilots(lines_of(cell()), None, TODAY))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "a line is longer than" in found[0]
    assert most < 40_000_000


TIMED: dict[str, Callable[[int], object]] = {
    "letters with marks": lambda n: clean("Z" + "\u0335" * n),
    "invisible": lambda n: clean("\u200b" * n),
    "a number": lambda n: _refused(read_number, "1," * n),
    "a date": lambda n: _refused(read_date, "2026-" * n),
    "items": lambda n: item_codes("I1, " * n),
    "promises": lambda n: promises_of([entry("note", "promise: " + "by " * n)]),
    "kept": lambda n: promises_of([entry("note", "promise kept " + "promise: " * n)]),
    "ends": lambda n: row(end_state="retired", end_reason="Reusable: " + "a. " * min(n, 30_000)),
    "links": lambda n: _seen(links="repo=" + ";" * n),
    "more links": lambda n: _seen(links="a=" * n),
    "guardrails": lambda n: _seen(guardrail="not " * n),
}


def _refused(read: Any, text: str) -> None:
    with pytest.raises(CellError):
        read(text)


def _seen(**cells: str) -> None:
    pilots(table([{"name": "A", **cells}]))


def entry(status: str, text: str, day: int = 1, **more: Any) -> Entry:
    return Entry(on=date(2026, 6, day), author="a.b", status=Status(status), text=text, **more)


@pytest.mark.parametrize("kind", TIMED)
def test_reading_takes_time_in_proportion(kind: str) -> None:
    def seconds(size: int) -> float:
        """Of the processor: a busy machine takes as many of them."""
        least = 1.0
        for _ in range(3):
            begun = time.thread_time()
            TIMED[kind](size)
            least = min(least, time.thread_time() - begun)
        return least

    small, large = seconds(1_000), seconds(20_000)
    assert large < 0.5 or large < small * 100


# Out, and in again.


def read_folder(
    made: list[tuple[Pilot, Record]], people: Mapping[str, Person]
) -> tuple[list[tuple[Pilot, Record]], dict[str, Person]]:
    by_id = {person.id: person for person in people.values()}
    found = list(read_pilots(pilots_csv(made), None, TODAY))
    assert problems(found) == []
    updates = list(read_updates(updates_csv(made, by_id), TODAY))
    signals = list(read_signals(signals_csv(made), TODAY))
    assert problems([*updates, *signals]) == []
    return put_together(
        [one for one in found if isinstance(one, PilotRow)],
        [one for one in updates if isinstance(one, UpdateRow)],
        [one for one in signals if isinstance(one, SignalRow)],
    )


def test_the_sample_leaves_as_csv_and_comes_back_the_same() -> None:
    made, people = sample()
    back, people_back = read_folder(made, people)
    assert people_back == people
    assert back == made
    assert left_out(made, Calendar()) == {}


def test_the_exported_table_is_the_sample_again() -> None:
    made, _ = sample()
    out = list(csv.DictReader(pilots_csv(made, {"P01": {"scenario": "healthy, on pace"}})))
    sources = list(csv.DictReader((DATA / "sample-pilots.csv").read_text("utf-8").splitlines()))
    assert list(out[0]) == [
        *sources[0],
        "kill_line",
        "decision_date",
        "process_owner",
        "data_owner",
        "run_owner",
    ]
    for ours, theirs in zip(out, sources, strict=True):
        for column in theirs:
            if column != "scenario":
                assert ours[column] == theirs[column], (ours["pilot_id"], column)
    assert out[0]["scenario"] == "healthy, on pace"


def test_the_exported_signals_are_the_sample_again() -> None:
    made, _ = sample()
    ours = sorted(tuple(one.values()) for one in csv.DictReader(signals_csv(made)))
    theirs = sorted(
        tuple(one.values())
        for one in csv.DictReader((DATA / "sample-signals.csv").read_text("utf-8").splitlines())
    )
    assert ours == theirs


FORMULAS = [
    "=1+1",
    "+1",
    "-1+2",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "'=1",
    "''=1",
    "＝1",
    "=cmd|' /C calc'!A0",
    '="x"',
]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_leaves_as_text(text: str) -> None:
    assert escape(text).startswith("'")
    assert unescape(escape(text)) == text


@given(st.text())
@example("'")
@example("'-")
@example("''=")
def test_an_escape_is_always_taken_back(text: str) -> None:
    assert unescape(escape(text)) == text
    assert escape(text)[:1] not in ("=", "+", "-", "@", "\t", "\r")


@given(st.text())
def test_clean_text_stays_as_it_is(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert kept(escape(once)) == once


def test_no_cell_of_an_export_opens_as_a_formula() -> None:
    evil = "=HYPERLINK(1)"
    person = Person(id="x", handle=evil, name=evil)
    pilot = Pilot(
        id=evil,
        name=evil,
        stage=Stage.RETIRED,
        stage_since=TODAY,
        started=TODAY,
        aliases=(evil,),
        department=evil,
        outcome_sentence=evil,
        metric=Metric(name=evil, unit=evil, baseline=D(-5), baseline_on=TODAY, target=D(-7)),
        owner=person,
        kill_line=evil,
        links={"memo": evil},
        end=End(state=Stage.RETIRED, reason=evil, merged_into=evil),
    )
    record = Record(
        entries=(Entry(on=TODAY, author=evil, status=Status.STUCK, value=D(-3), text=evil, holder=person),),
        activities=(Activity(on=TODAY, source=evil, actor=evil, kind=evil, text=evil),),
    )
    cells = [
        cell
        for lines in (
            pilots_csv([(pilot, record)], {evil: {"scenario": evil}}),
            updates_csv([(pilot, record)], {}),
            signals_csv([(pilot, record)]),
        )
        for line in csv.reader(lines)
        for cell in line
    ]
    assert sum(cell.endswith(evil) for cell in cells) > 15
    assert not [cell for cell in cells if cell[:1] in ("=", "+", "@", "\t", "\r")]
    assert [cell for cell in cells if cell.startswith("-")] == ["-5", "-7", "-3"]  # numbers stay numbers


def test_what_csv_cannot_hold_is_counted() -> None:
    person = Person(
        id="x",
        handle="a.b",
        name="A B",
        email="a@b.example",
        zone="Europe/Oslo",
        addresses=(Address(platform=Platform.SLACK, workspace="T1", user="U1"),),
    )
    pilot = Pilot(
        id="P1",
        name="A",
        stage=Stage.RETIRED,
        stage_since=TODAY,
        started=TODAY,
        old_names=("B", "C"),
        cadence=20,
        owner=person,
        metric=Metric(
            name="m",
            kind=Kind.RELATIVE,
            amount=D(40),
            baseline=D(10),
            baseline_on=TODAY,
            baseline_source="stopwatch",
            target=D(6),
        ),
        end=End(
            state=Stage.RETIRED, reason="no", cause=Cause.DATA, learning="something else", acknowledged_by="x"
        ),
    )
    record = Record(
        readings=(
            Reading(on=TODAY, value=D(10), source="stopwatch"),
            Reading(on=TODAY, value=D(9), source="a form"),
        ),
        pulses_asked=(TODAY,),
        promises=(Promise(text="a repository", by=TODAY, made_on=TODAY),),
        items=(Item(code="I1", state="done", on=TODAY, by="x", automatic=True),),
    )
    beside = {"P1": {"scenario": "x", "Ampel": "rot"}}
    assert left_out([(pilot, record)], None, beside) == {
        "cells of other columns": 1,
        "old names": 2,
        "longer cadences": 1,
        "sources of a baseline": 1,
        "relative amounts": 1,
        "causes of an end": 1,
        "parts of an end": 1,
        "acknowledgements of an end": 1,
        "pulses asked": 1,
        "promises": 1,
        "checklist items": 1,
        "sources of readings": 1,
        "addresses": 1,
        "e-mail addresses": 1,
        "time zones of people": 1,
    }


def test_absences_and_departures_leave_as_signals() -> None:
    owner = Person(
        id="o.w",
        handle="o.w",
        name="O W",
        left_on=date(2026, 9, 1),
        absences=(Absence(start=date(2026, 7, 1), end=date(2026, 7, 9), told_on=date(2026, 6, 25)),),
    )
    pilot = Pilot(
        id="P1",
        name="A",
        stage=Stage.BUILD,
        stage_since=date(2026, 5, 4),
        started=date(2026, 5, 4),
        owner=owner,
    )
    back, people = read_folder([(pilot, Record())], {"o.w": owner})
    assert people["o.w"] == owner
    assert back[0][0].owner == owner
    assert [one.counts for one in back[0][1].activities] == [Counts.NO, Counts.ORPHAN]


# The archive: everything, without loss.

DAYS = st.dates(date(2024, 1, 1), date(2028, 12, 31))
WORDS = st.text(max_size=20)
NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**9), max_value=10**9)
MAYBE_DAY = st.none() | DAYS
PEOPLE = st.lists(
    st.builds(
        Person,
        id=st.uuids().map(str),
        name=WORDS,
        handle=WORDS,
        email=WORDS,
        zone=st.none() | st.just("Europe/Oslo"),
        addresses=st.lists(
            st.builds(Address, platform=st.sampled_from(Platform), workspace=WORDS, user=WORDS), max_size=2
        ).map(tuple),
        absences=st.lists(st.builds(Absence, start=DAYS, end=DAYS, told_on=DAYS), max_size=2).map(tuple),
        left_on=MAYBE_DAY,
        guest=st.booleans(),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda person: person.id,
)


def tuples(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(inner, max_size=3).map(tuple)


@st.composite
def archives(draw: st.DrawFn) -> Archive:
    people = draw(PEOPLE)
    somebody = st.none() | st.sampled_from(people)
    rails = st.sampled_from(["errors <= 0.4 %", "score >= 4.2 ; x", "not above"]).map(guardrail).filter(bool)
    metric = st.builds(
        Metric,
        name=WORDS,
        unit=WORDS,
        direction=st.sampled_from(Direction),
        kind=st.sampled_from(Kind),
        amount=st.none() | NUMBERS,
        baseline=st.none() | NUMBERS,
        baseline_on=MAYBE_DAY,
        baseline_source=WORDS,
        target=st.none() | NUMBERS,
        deadline=MAYBE_DAY,
    )
    end = st.builds(
        End,
        state=st.sampled_from([Stage.SCALED, Stage.RETIRED, Stage.MERGED]),
        reason=WORDS,
        cause=st.none() | st.sampled_from(Cause),
        learning=WORDS,
        merged_into=st.none() | WORDS,
    )
    pilot = st.builds(
        Pilot,
        id=WORDS,
        name=WORDS,
        stage=st.sampled_from(Stage),
        stage_since=DAYS,
        started=DAYS,
        aliases=tuples(WORDS),
        old_names=tuples(WORDS),
        metric=st.none() | metric,
        guardrails=tuples(rails),
        owner=somebody,
        backup=somebody,
        run_owner=somebody,
        decision_on=MAYBE_DAY,
        kill_line=WORDS,
        risk=st.sampled_from(Risk),
        links=st.dictionaries(WORDS, WORDS, max_size=3),
        cost_to_date=NUMBERS,
        end=st.none() | end,
        cadence=st.none() | st.integers(1, 40),
    )
    record = st.builds(
        Record,
        entries=tuples(
            st.builds(
                Entry,
                on=DAYS,
                author=WORDS,
                status=st.sampled_from(Status),
                value=st.none() | NUMBERS,
                text=WORDS,
                holder=somebody,
                holder_by=MAYBE_DAY,
                repeats=st.integers(0, 5),
                mentions=st.integers(0, 5),
                seq=st.integers(0, 99),
            )
        ),
        activities=tuples(
            st.builds(
                Activity,
                on=DAYS,
                source=WORDS,
                actor=WORDS,
                kind=WORDS,
                text=WORDS,
                counts=st.sampled_from(Counts),
                value=st.none() | NUMBERS,
            )
        ),
        readings=tuples(st.builds(Reading, on=DAYS, value=NUMBERS, source=WORDS)),
        items=tuples(
            st.builds(
                Item, code=WORDS, state=WORDS, on=DAYS, by=WORDS, evidence=WORDS, automatic=st.booleans()
            )
        ),
        promises=tuples(
            st.builds(Promise, text=WORDS, by=MAYBE_DAY, made_on=DAYS, kept_on=MAYBE_DAY, holder=somebody)
        ),
        pulses_asked=tuples(DAYS),
    )
    return Archive(
        settings=draw(
            st.builds(
                SettingsRow,
                company=WORDS,
                as_of=MAYBE_DAY,
                holidays=st.frozensets(DAYS, max_size=3),
                country=st.none() | st.just("DE"),
                weekdays=st.frozensets(st.integers(0, 6), min_size=1),
            )
        ),
        people=tuple(people),
        pilots=draw(tuples(st.tuples(pilot, record))),
        extras=draw(st.dictionaries(WORDS, st.dictionaries(WORDS, WORDS, max_size=2), max_size=2)),
        more={"questions": [{"asked": "what", "n": 3}]},
    )


@settings(max_examples=15, deadline=None)
@given(archives())
def test_an_archive_comes_back_without_loss(archive: Archive) -> None:
    assert from_json("".join(to_json(archive))) == archive


def test_the_sample_as_an_archive() -> None:
    made, people = sample()
    archive = Archive(people=tuple(people.values()), pilots=tuple(made))
    text = "".join(to_json(archive))
    assert from_json(text) == archive
    assert text.count("\n") < 40  # one pilot a line
    assert '"6.0"' in text  # a number keeps its form


def test_a_number_keeps_its_places() -> None:
    pilot = Pilot(id="P1", name="A", stage_since=TODAY, started=TODAY, cost_to_date=D("0.00"))
    back = from_json("".join(to_json(Archive(pilots=[(pilot, Record())]))))
    assert isinstance(back, Archive)
    assert str(next(iter(back.pilots))[0].cost_to_date) == "0.00"


ARCHIVES = {
    "something else": ('{"pilots": []}', "this is no export of Pilotlight"),
    "of the future": ('{"pilotlight": 2}', "this is no export of Pilotlight"),
    "pilots that are no list": ('{"pilotlight": 1, "pilots": {}}', "column pilots: it is no list"),
    "a pilot that is none": (
        '{"pilotlight": 1, "pilots": [3]}',
        "column pilots[0].pilot: an object is expected",
    ),
    "a field too many": (
        '{"pilotlight": 1, "pilots": [{"pilot": {"colour": "red"}, "record": {}}]}',
        '"colour" is none of its fields',
    ),
    "a field too few": (
        '{"pilotlight": 1, "pilots": [{"pilot": {"id": "P1"}, "record": {}}]}',
        "column pilots[0].pilot: it lacks name, stage_since, started",
    ),
    "a date that is none": (
        '{"pilotlight": 1, "people": [{"id": "x", "name": "X", "left_on": "soon"}]}',
        'column people[0].left_on: "soon" is no date',
    ),
    "a word that is none": (
        '{"pilotlight": 1, "pilots": [{"pilot": {"id": "P", "name": "A", "stage": "pilot", "stage_since": "2026-01-01", "started": "2026-01-01"}, "record": {}}]}',
        '"pilot" is no stage',
    ),
    "a stranger": (
        '{"pilotlight": 1, "pilots": [{"pilot": {"id": "P", "name": "A", "owner": "x", "stage_since": "2026-01-01", "started": "2026-01-01"}, "record": {}}]}',
        'nobody in people has the id "x"',
    ),
    "not a number": (
        '{"pilotlight": 1, "pilots": [{"pilot": {"id": "P", "name": "A", "cost_to_date": "NaN", "stage_since": "2026-01-01", "started": "2026-01-01"}, "record": {}}]}',
        '"NaN" is no decimal',
    ),
    "a list for a list": (
        '{"pilotlight": 1, "pilots": [{"pilot": {"id": "P", "name": "A", "aliases": "B", "stage_since": "2026-01-01", "started": "2026-01-01"}, "record": {}}]}',
        "aliases: a list is expected",
    ),
    "settings that are none": ('{"pilotlight": 1, "settings": 3}', "column settings: an object is expected"),
    "more that is none": ('{"pilotlight": 1, "more": 3}', "column more: it is no object"),
}


@pytest.mark.parametrize("kind", ARCHIVES)
def test_a_broken_archive_is_refused(kind: str) -> None:
    text, words = ARCHIVES[kind]
    found = from_json(text)
    assert isinstance(found, tuple)
    assert any(words in str(one) for one in found), [str(one) for one in found]


# Putting together.


def test_a_relative_promise_becomes_a_target_with_its_baseline() -> None:
    cells = {
        "metric_name": "cost",
        "outcome_sentence": "Reduce energy cost per square metre by 15% by 30 September 2027",
    }
    open_one = assemble(row(**cells), [], [], {})[0].metric
    assert open_one is not None
    assert (open_one.kind, open_one.direction, open_one.amount, open_one.target) == (
        Kind.RELATIVE,
        Direction.DECREASE,
        D(15),
        None,
    )
    frozen = assemble(row(**cells, baseline="200", baseline_date="2026-10-05"), [], [], {})[0].metric
    assert frozen is not None
    assert (frozen.baseline, frozen.target) == (D(200), D(170))


def test_a_direction_left_open_is_seen_in_the_numbers_or_the_sentence() -> None:
    def way(**cells: str) -> Direction:
        metric = assemble(row(metric_name="m", **cells), [], [], {})[0].metric
        assert metric is not None
        return metric.direction

    assert way(baseline="10", target="12") is Direction.INCREASE
    assert way(baseline="10", target="8") is Direction.DECREASE
    assert (
        way(outcome_sentence="Double the share of invoices booked without a human touch within 9 months")
        is Direction.INCREASE
    )
    assert way(direction="keep_below", baseline="10", target="12") is Direction.KEEP_BELOW


def test_no_metric_columns_mean_no_metric() -> None:
    assert assemble(row(outcome_sentence="Let us see what AI can do"), [], [], {})[0].metric is None


def test_readings_are_each_told_once_by_the_one_who_knows_most() -> None:
    one = row(
        pilot_id="P1",
        metric_name="m",
        baseline="10",
        baseline_date="2026-06-01",
        target="5",
        values_over_time="2026-06-01=10.0;2026-06-02=9;2026-06-03=8;2026-06-04=7",
    )
    updates = [
        UpdateRow(row=2, on=date(2026, 6, 2), pilot="P1", author="a.b", status=Status.MOVING, value=D(9)),
        UpdateRow(row=3, on=date(2026, 6, 4), pilot="P1", author="a.b", status=Status.MOVING, value=D("6.5")),
    ]
    signals = [
        SignalRow(
            row=2,
            on=date(2026, 6, 3),
            pilot="P1",
            source="bi",
            actor="svc-x",
            kind="reading",
            text="value 8.0 h",
        )
    ]
    _, record = assemble(one, updates, signals, {})
    assert [(reading.on.day, reading.value, reading.source) for reading in record.readings] == [
        (1, 10, "baseline"),
        (2, 9, "check-in"),
        (3, 8, "bi"),
        (4, 7, "import"),
        (4, D("6.5"), "check-in"),  # of one day, the person's own word is the newest
    ]


def test_a_signal_is_judged_against_the_stage_of_its_day() -> None:
    one = row(pilot_id="P1", owner="a.b", stage="rollout", stage_since="2026-09-01", started="2026-01-05")
    updates = [
        UpdateRow(row=2, on=date(2026, 2, 2), pilot="P1", author="a.b", status=Status.GATE, text="G1 passed"),
        UpdateRow(row=3, on=date(2026, 3, 2), pilot="P1", author="a.b", status=Status.GATE, text="G2 passed"),
        UpdateRow(row=4, on=date(2026, 9, 1), pilot="P1", author="a.b", status=Status.GATE, text="G4 passed"),
    ]
    signals = [
        SignalRow(
            row=number,
            on=on,
            pilot="P1",
            source="git",
            actor="a.b",
            kind="merge",
            text="Read the second page too",
        )
        for number, on in enumerate(
            (date(2025, 12, 1), date(2026, 2, 9), date(2026, 4, 6), date(2026, 9, 7)), 2
        )
    ]
    _, record = assemble(one, updates, signals, {})
    # Not yet begun, framed, build, rollout: only in build a merge is a pulse.
    assert [activity.counts for activity in record.activities] == [
        Counts.NO,
        Counts.NO,
        Counts.PULSE,
        Counts.NO,
    ]


def test_who_left_is_known_wherever_it_was_filed() -> None:
    left = SignalRow(
        row=2,
        on=date(2026, 8, 31),
        pilot="P2",
        source="slack",
        actor="system",
        kind="user_deactivated",
        text="@Viktor.Sahl deactivated",
    )
    away = SignalRow(
        row=3,
        on=date(2026, 6, 1),
        pilot="",
        source="hr",
        actor="viktor.sahl",
        kind="absence",
        text="away 2026-06-08 to 2026-06-12",
    )
    people = people_of([row(pilot_id="P1", owner="viktor.sahl"), left, away])
    assert people == {
        "viktor.sahl": Person(
            id="viktor.sahl",
            handle="viktor.sahl",
            name="Viktor Sahl",
            left_on=date(2026, 8, 31),
            absences=(Absence(start=date(2026, 6, 8), end=date(2026, 6, 12), told_on=date(2026, 6, 1)),),
        )
    }
    assert people_of([left, away], also=["viktor.sahl"]) == people


def test_robots_are_no_people() -> None:
    updates = [
        UpdateRow(row=2, on=TODAY, pilot="P1", author=author, status=Status.NOTE)
        for author in ("pilotlight", "svc-etl", "dependabot[bot]", "a.b")
    ]
    assert list(people_of(updates)) == ["a.b"]


def test_the_registrys_own_people_are_used() -> None:
    person = Person(id="01J", handle="a.b", name="Anna B")
    update = UpdateRow(row=2, on=TODAY, pilot="P1", author="a.b", status=Status.STUCK, text="x", holder="c.d")
    pilot, record = assemble(row(pilot_id="P1", owner="a.b"), [update], [], {"a.b": person})
    assert pilot.owner is person
    assert record.entries[0].author == "01J"
    assert record.entries[0].holder == Person(id="c.d", handle="c.d", name="C D")


@pytest.mark.parametrize(
    ("text", "code", "state", "evidence"),
    [
        ("I1 done https://git.example/a", ["I1"], "done", "https://git.example/a"),
        ("i2: image digest 4f2a", ["I2"], "done", "image digest 4f2a"),
        ("O3 not applicable because nobody is trained", ["O3"], "na", "nobody is trained"),
        ("D5 n/a - no evaluation", ["D5"], "na", "no evaluation"),
        ("I6 reopened: rollback failed", ["I6"], "open", "rollback failed"),
        ("I1, I2 and I4 ticked", ["I1", "I2", "I4"], "done", ""),
    ],
)
def test_checklist_rows(text: str, code: list[str], state: str, evidence: str) -> None:
    found = items_of([entry("item", text)])
    assert [(item.code, item.state, item.evidence) for item in found] == [
        (one, state, evidence) for one in code
    ]


@pytest.mark.parametrize("text", ["", "container is ready", "I9 done", "I10 done", "Invoice I1"])
def test_what_is_no_checklist_row(text: str) -> None:
    assert items_of([entry("item", text)]) == ()


def test_promises_are_made_dated_and_kept() -> None:
    found = promises_of(
        [
            entry(
                "gate",
                "G2 passed with two promises: repository by 12 June 2026; labelled photos by 2026-06-20",
                1,
            ),
            entry("gate", "G3 passed with one promise: works agreement by mid July", 2),
            entry("note", "Photos are labelled, promise kept: labelled photos", 10),
            entry("note", "promise kept", 11),
        ]
    )
    assert [(one.text, one.by, one.kept_on) for one in found] == [
        ("repository", date(2026, 6, 12), date(2026, 6, 11)),
        ("labelled photos", date(2026, 6, 20), date(2026, 6, 10)),
        ("works agreement by mid July", None, None),
    ]


def test_a_holder_with_a_date_owes_a_promise_until_the_owner_moves() -> None:
    omar = Person(id="o", name="Omar")
    found = promises_of(
        [
            entry("waiting", "SEC-77", 1, holder=omar, holder_by=date(2026, 6, 9)),
            entry("moving", "access is there", 5),
        ]
    )
    assert found == (
        Promise(
            text="SEC-77",
            by=date(2026, 6, 9),
            made_on=date(2026, 6, 1),
            kept_on=date(2026, 6, 5),
            holder=omar,
        ),
    )


def test_the_reason_of_an_end_is_told_apart() -> None:
    made, _ = sample()
    end = next(pilot.end for pilot, _ in made if pilot.id == "P08")
    assert end is not None
    assert end.learning == "Drivers know access times the map does not; saving was 3 %, not 12 %."
    assert end.retry_when == "Worth another try once gate times are recorded."
    assert end.reuse == "address cleaning, now used by P19"
    assert end.acknowledged_by == "birgit.sorensen"
    merged = next(pilot.end for pilot, _ in made if pilot.id == "P15")
    assert merged is not None
    assert (merged.state, merged.merged_into, merged.learning) == (Stage.MERGED, "P01", "")


def test_a_row_without_an_id_gets_one_from_the_caller() -> None:
    assert row().pilot_id is None
    assert assemble(row(), [], [], {}, pilot_id="P99")[0].id == "P99"


def test_bytes_that_are_no_text_are_told_by_the_decoder_itself() -> None:
    with pytest.raises(UnreadableError, match="Save it as CSV UTF-8"):
        decode(XLSX)
