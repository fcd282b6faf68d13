"""A workbook of Excel or LibreOffice, taken apart into CSV files (extra `xlsx`).

What is inside was made by strangers: a few hundred bytes can claim a thousand million cells. So it is opened by a process of its
own, `python -m bot.setup.workbook FILE FOLDER`, that has little memory and little time, and that nobody misses.
"""

import contextlib
import csv
import importlib.util
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from bot.domain.faults import SetupError, fault

ENDINGS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
#: Bytes of a file, and of everything that is packed in it.
FILE_MOST, INSIDE_MOST = 50_000_000, 150_000_000
#: Memory in bytes and seconds that taking it apart may cost.
MEMORY, SECONDS = 1_000_000_000, 60
#: Sheets of these names are the three tables; without them the first visible sheet is the pilots'.
TABLES = ("pilots", "updates", "signals")
#: Columns beyond this are no table.
_WIDE = 1_000
#: How the other process says what is wrong, in words for whoever imports.
_REFUSED = 3


class WorkbookError(SetupError):
    """The workbook cannot be read."""

    def __init__(self, code: str, **given: object) -> None:
        super().__init__(fault(code, **given))
        self.given = given


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """One table of a workbook: its sheet's name, and the CSV file that it became."""

    name: str
    path: Path


def is_workbook(path: Path) -> bool:
    """By its name, as a spreadsheet itself would tell."""
    return path.suffix.casefold() in ENDINGS


def taken_apart(path: Path, folder: Path) -> dict[str, Sheet]:
    """The tables of a workbook, by their names among `TABLES`; `pilots` is always there.

    Args:
        path: the workbook.
        folder: an empty one, for what is inside.

    Raises:
        WorkbookError: it cannot be read.

    """
    if importlib.util.find_spec("python_calamine") is None:
        raise WorkbookError("PL-130")
    if path.stat().st_size > FILE_MOST:
        raise WorkbookError("PL-131", path=path.name, most=FILE_MOST // 1_000_000)
    command = [sys.executable, "-m", "bot.setup.workbook", str(path.resolve()), str(folder)]
    unreadable = WorkbookError("PL-132", path=path.name)
    try:
        done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)  # noqa: S603 - ourselves
    except subprocess.TimeoutExpired:
        raise unreadable from None
    if done.returncode == _REFUSED:
        told = json.loads(done.stdout)
        raise WorkbookError(told.pop("code"), **told)
    if done.returncode:
        raise unreadable
    return {
        table: Sheet(name=name, path=folder / f"{table}.csv")
        for table, name in json.loads(done.stdout).items()
    }


# The other process.


def _main(path: Path, folder: Path) -> int:
    with contextlib.suppress(ImportError):  # not every system has limits
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    try:
        print(json.dumps(_unpack(path, folder)))  # noqa: T201 - what the first process reads
    except WorkbookError as error:
        print(json.dumps({"code": error.fault.code, **error.given}))  # noqa: T201
        return _REFUSED
    return 0


def _unpack(path: Path, folder: Path) -> dict[str, str]:
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as packed:
            inside = sum(member.file_size for member in packed.infolist())
        if inside > INSIDE_MOST:
            raise WorkbookError("PL-133", path=path.name, most=INSIDE_MOST // 1_000_000)
    import python_calamine as calamine

    try:
        book = calamine.load_workbook(str(path))
    except calamine.PasswordError:
        raise WorkbookError("PL-134", path=path.name) from None
    visible = [one.name for one in book.sheets_metadata if one.visible == calamine.SheetVisibleEnum.Visible]
    found = {name.strip().casefold(): name for name in reversed(visible)}
    chosen = {table: found[table] for table in TABLES if table in found}
    if "pilots" not in chosen:
        if not visible:
            raise WorkbookError("PL-135", path=path.name)
        chosen["pilots"] = visible[0]
    for table, name in chosen.items():
        sheet = book.get_sheet_by_name(name)
        rows: Iterable[list[Any]] = sheet.iter_rows()
        with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(_rows(rows))
    return chosen


def _rows(rows: Iterable[list[Any]]) -> Iterator[list[str]]:
    """The cells as text, in the rows and columns where the sheet shows them; as wide as the header, unless a row has more."""
    wide = 0
    for row in rows:
        cells = [_text(cell) for cell in row[: _WIDE + 1]]
        while cells and not cells[-1]:
            cells.pop()
        wide = wide or len(cells)
        yield cells + [""] * (wide - len(cells))


def _text(cell: Any) -> str:
    """A cell as somebody would have typed it into a CSV file: dates are ISO, numbers have no exponent."""
    match cell:
        case bool():
            return "yes" if cell else "no"
        case datetime():
            return cell.date().isoformat() if cell.time() == time() else cell.isoformat(sep=" ")
        case date() | time():
            return cell.isoformat()
        case timedelta():
            return str(cell)
        case float() if cell == cell and abs(cell) != float("inf"):  # noqa: PLR0124 - not NaN
            whole = Decimal(repr(cell))
            return f"{whole.to_integral_value():f}" if whole == whole.to_integral_value() else f"{whole:f}"
        case _:
            return str(cell)


if __name__ == "__main__":
    sys.exit(_main(Path(sys.argv[1]), Path(sys.argv[2])))
