"""Workbooks (extra `xlsx`): the same registry as from CSV, and nothing that a stranger packed into one does harm."""

import csv
import io
import json
import random
import re
import time
import zipfile
from collections.abc import Callable
from datetime import date
from html import escape
from pathlib import Path

import pytest

from bot.setup.workbook import TABLES, WorkbookError, taken_apart
from tests.setup.kit import ROOT, invoked

DATA = ROOT / "tests" / "data"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKED = "http://schemas.openxmlformats.org/package/2006"
TYPES = (
    f'<Types xmlns="{PACKED}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
)
#: Style 1 is a date.
STYLES = (
    f'<styleSheet xmlns="{MAIN}"><fonts count="1"><font/></fonts><fills count="1"><fill/></fills><borders count="1"><border/></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0"/></cellStyleXfs><cellXfs count="2"><xf numFmtId="0"/>'
    '<xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>'
)
_DAY, _NUMBER = re.compile(r"\d{4}-\d\d-\d\d"), re.compile(r"-?\d+(?:\.\d+)?")


def rows_of(name: str) -> list[list[str]]:
    with (DATA / f"sample-{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def _column(number: int) -> str:
    return (chr(64 + number // 26) if number // 26 else "") + chr(65 + number % 26)


def _cell(at: str, value: str) -> str:
    """As Excel keeps what somebody types: dates and numbers as numbers."""
    if _DAY.fullmatch(value):
        days = (date.fromisoformat(value) - date(1899, 12, 30)).days
        return f'<c r="{at}" s="1"><v>{days}</v></c>'
    if _NUMBER.fullmatch(value):
        return f'<c r="{at}"><v>{value}</v></c>'
    return (
        f'<c r="{at}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>' if value else ""
    )


def sheet(rows: list[list[str]], *, above: int = 0) -> str:
    lines = [
        f'<row r="{number}">{"".join(_cell(f"{_column(at)}{number}", value) for at, value in enumerate(row))}</row>'
        for number, row in enumerate(rows, 1 + above)
    ]
    return (
        f'<?xml version="1.0"?><worksheet xmlns="{MAIN}"><sheetData>{"".join(lines)}</sheetData></worksheet>'
    )


def workbook(sheets: dict[str, str], *, hidden: tuple[str, ...] = ()) -> bytes:
    """A whole workbook, made by hand."""
    out = io.BytesIO()
    listed = "".join(
        f'<sheet name="{name}" sheetId="{n}" r:id="rId{n}"{" state=" + chr(34) + "hidden" + chr(34) if name in hidden else ""}/>'
        for n, name in enumerate(sheets, 1)
    )
    rels = "".join(
        f'<Relationship Id="rId{n}" Type="{REL}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, len(sheets) + 1)
    )
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("[Content_Types].xml", TYPES)
        packed.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{PACKED}/relationships"><Relationship Id="r" Type="{REL}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        packed.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{MAIN}" xmlns:r="{REL}"><sheets>{listed}</sheets></workbook>',
        )
        packed.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{PACKED}/relationships">{rels}<Relationship Id="s" Type="{REL}/styles" Target="styles.xml"/></Relationships>',
        )
        packed.writestr("xl/styles.xml", STYLES)
        for number, content in enumerate(sheets.values(), 1):
            packed.writestr(f"xl/worksheets/sheet{number}.xml", content)
    return out.getvalue()


def apart(folder: Path, content: bytes, name: str = "book.xlsx") -> dict[str, list[list[str]]]:
    """What becomes of a workbook: rows by table."""
    (folder / name).write_bytes(content)
    inside = folder / "inside"
    inside.mkdir(exist_ok=True)
    return {
        table: list(csv.reader(io.StringIO(one.path.read_text(encoding="utf-8"), newline="")))
        for table, one in taken_apart(folder / name, inside).items()
    }


pytest.importorskip("python_calamine", reason="the extra xlsx is not installed")


def test_every_cell_of_the_sample_comes_as_it_stands_in_its_csv_file(tmp_path: Path) -> None:
    found = apart(tmp_path, workbook({name.capitalize(): sheet(rows_of(name)) for name in TABLES}))
    for name in TABLES:
        assert found[name] == [[_as_number(cell) for cell in row] for row in rows_of(name)]


def _as_number(cell: str) -> str:
    """A number that a spreadsheet keeps: 6.0 is 6 there."""
    return re.sub(r"(\.\d*?)0+$", r"\1", cell).rstrip(".") if re.fullmatch(r"-?\d+\.\d+", cell) else cell


def test_a_workbook_of_three_sheets_is_a_registry(tmp_path: Path) -> None:
    book = tmp_path / "registry.xlsx"
    book.write_bytes(
        workbook({name.capitalize(): sheet(rows_of(name)) for name in ("updates", "pilots", "signals")})
    )
    given = ["--settings", str(DATA / "sample-settings.json"), "--at", "2026-11-20", "--json", "--dry-run"]
    told = invoked(tmp_path, "import", str(book), *given)
    assert told.code == 0, told.said
    counts = json.loads(told.said.splitlines()[0])
    assert (counts["pilots"], counts["updates"], counts["signals"]) == tuple(
        len(rows_of(name)) - 1 for name in TABLES
    )
    broken = rows_of("pilots")[:3]
    broken[2][broken[0].index("baseline")] = "about ten"
    book.write_bytes(workbook({"Register": sheet(broken)}))
    refused = invoked(tmp_path, "import", str(book), *given)
    assert refused.code == 1
    assert "registry.xlsx, sheet Register, row 3, column baseline" in refused.said


def test_cells_come_as_they_were_typed_in_the_rows_of_the_sheet(tmp_path: Path) -> None:
    rows = [
        ["name", "started", "baseline", "note"],
        ["Ünï", "2026-02-28", "38", "=1+1"],
        ["b", "2026-11-20", "0.1", ""],
    ]
    assert apart(tmp_path, workbook({"x": sheet(rows, above=2)})) == {"pilots": [[], [], *rows]}


def test_the_first_visible_sheet_is_the_pilots(tmp_path: Path) -> None:
    book = workbook({"a": sheet([["secret"]]), "b": sheet([["name"], ["x"]])}, hidden=("a",))
    assert apart(tmp_path, book) == {"pilots": [["name"], ["x"]]}


FAR = f'<worksheet xmlns="{MAIN}"><sheetData><row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + f']><worksheet xmlns="{MAIN}"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>&j;</t></is></c></row></sheetData></worksheet>'
)
OUTSIDE = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    f'<worksheet xmlns="{MAIN}"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>&e;</t></is></c></row></sheetData></worksheet>'
)
WHOLE = workbook({"pilots": sheet(rows_of("pilots")[:6])})
HOSTILE: dict[str, Callable[[], bytes]] = {
    "unpacked far too large": lambda: workbook({"x": f"<worksheet>{' ' * 160_000_000}</worksheet>"}),
    "a cell in every corner": lambda: workbook({"x": FAR}),
    "entities in entities": lambda: workbook({"x": LAUGHS}),
    "no XML": lambda: workbook({"x": "nonsense <<<"}),
    "cut in half": lambda: WHOLE[: len(WHOLE) // 2],
    "nothing": lambda: b"",
    "an old one that is none": lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2_000),
    "text": lambda: b"name,started\nx,2026-01-01\n",
}


@pytest.mark.parametrize("what", HOSTILE)
def test_what_cannot_be_read_is_told_in_a_sentence_within_seconds(what: str, tmp_path: Path) -> None:
    content = HOSTILE[what]()
    began = time.process_time()
    try:
        found = apart(tmp_path, content)
    except WorkbookError as told:
        said = (told.fault.what, told.fault.fix)
    else:
        said = ("book.xlsx", str(found))
    assert "book.xlsx" in said[0] and said[1]
    assert len(said[1]) < 1_000_000, "nothing of it came through"
    assert time.process_time() - began < 5


def test_nothing_outside_the_file_is_read(tmp_path: Path) -> None:
    try:
        found = str(apart(tmp_path, workbook({"x": OUTSIDE})))
    except WorkbookError:
        found = ""
    assert "root:" not in found


def _mutants(count: int, seed: int) -> list[bytes]:
    """The sample with bytes changed: in the archive itself, and inside its sheet."""
    chance, found = random.Random(seed), []
    text = sheet(rows_of("pilots")[:6])
    for number in range(count):
        if number % 2:
            raw = bytearray(WHOLE)
            for _ in range(chance.randint(1, 8)):
                raw[chance.randrange(len(raw))] = chance.randrange(256)
            found.append(bytes(raw))
        else:
            at, length = chance.randrange(len(text)), chance.randint(1, 20)
            with_it = chance.choice(["", "<", "&", '"', "\x00", "999999999", "</row>", "1e999", text[:40]])
            found.append(workbook({"pilots": text[:at] + with_it + text[at + length :]}))
    return found


def judge_mutants(folder: Path, count: int) -> tuple[int, int]:
    read = refused = 0
    for number, content in enumerate(_mutants(count, 10)):
        inside = folder / str(number)
        inside.mkdir()
        try:
            apart(inside, content)
            read += 1
        except WorkbookError as told:
            refused += bool(told.fault.fix)
    assert read + refused == count
    return read, refused


def test_damaged_workbooks_are_read_or_refused(tmp_path: Path) -> None:
    assert sum(judge_mutants(tmp_path, 6)) == 6


@pytest.mark.trial
@pytest.mark.timeout(3600)
def test_i10_two_thousand_damaged_workbooks(tmp_path: Path) -> None:
    read, refused = judge_mutants(tmp_path, 2_000)
    print(
        f"\nI10: 2,000 damaged workbooks (seed 10): {read} read, {refused} refused in a sentence, none more"
    )
