"""A spreadsheet as text: bytes → lines → numbered rows of named cells, and cells back to text.

Nothing here knows what a pilot is. Everything that cannot be read is told with its row and column; nothing is guessed
where a guess could be wrong by a thousand or by a month.
"""

import codecs
import csv
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import chain

from bot.domain.cells import changed, clean, kept, one_line, quoted, unescape

#: A physical line longer than this is no table; neither is a header with more columns, nor a cell with more characters.
LINE_MOST = 2_000_000
COLUMNS_MOST = 1_000
CELL_MOST = 100_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """Why a file is refused: where, what is wrong, and what to do about it."""

    #: The row as a spreadsheet counts it, the header being row 1; None: the file as a whole.
    row: int | None
    #: The column as the file's header writes it; empty: the row as a whole.
    column: str
    text: str

    def __str__(self) -> str:
        place = ", ".join(
            part
            for part in (
                f"row {self.row}" if self.row else "",
                f"column {self.column}" if self.column else "",
            )
            if part
        )
        return f"{place}: {self.text}" if place else self.text


class Noted(StrEnum):
    """Why a note was made."""

    ENCODING = "encoding"
    UNKNOWN_COLUMN = "unknown_column"
    SKIPPED = "skipped"
    SHORT_ROW = "short_row"
    CLEANED = "cleaned"
    ASSUMED = "assumed"
    READ_AS = "read_as"
    KEPT_AS_TEXT = "kept_as_text"
    UNKNOWN_KIND = "unknown_kind"
    AHEAD = "ahead"
    CHECK = "check"


@dataclass(frozen=True, kw_only=True, slots=True)
class Note:
    """Something that a reader of the dry run should know; it refuses nothing."""

    kind: Noted
    row: int | None
    column: str
    text: str

    def __str__(self) -> str:
        return str(Problem(row=self.row, column=self.column, text=self.text))


class UnreadableError(Exception):
    """Raised by an iterator of lines whose bytes are no text; the text says what to do."""


# Bytes to lines.

_MAGIC = (
    (b"PK\x03\x04", "an Excel or other zipped file"),
    (b"\xd0\xcf\x11\xe0", "an old Excel file"),
    (b"\x1f\x8b", "a compressed file"),
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"SQLite format 3", "a database"),
)
_SAVE_AS = "Save it as CSV UTF-8 and import that"
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


def lines_of(chunks: Iterable[bytes], notes: list[Note] | None = None) -> Iterator[str]:
    """Text lines of a file that arrives in pieces, each with its line end; only one line is held at a time.

    The encoding is the one its first bytes announce, else UTF-8, else Windows-1252, which is noted.

    Args:
        chunks: the file's bytes, cut anywhere.
        notes: where a note on the encoding is put.

    Raises:
        UnreadableError: the bytes are no text in any of these, or a line has no end.

    """
    source = _whole_head(iter(chunks))
    head = next(source, b"")
    _refuse_magic(head)
    encoding, announced = next(
        ((name, label) for bom, name, label in _BOMS if head.startswith(bom)), ("utf-8", "")
    )
    if announced not in ("", "UTF-8"):
        _note_encoding(notes, announced)
    decoder = codecs.getincrementaldecoder(encoding)()
    plain = True
    #: Text that has not come to its line end.
    parts: list[str] = []
    waiting = 0
    for chunk, last in _with_last(head, source):
        pending = decoder.getstate()[0]
        try:
            text = decoder.decode(chunk, last)
        except UnicodeDecodeError as error:
            if encoding != "utf-8":
                raise UnreadableError(
                    f"the file begins as {announced} but does not go on as that. {_SAVE_AS}."
                ) from error
            if not plain or not error.object[: error.start].isascii():
                raise UnreadableError(f"the file mixes UTF-8 with another encoding. {_SAVE_AS}.") from error
            encoding, decoder = "cp1252", codecs.getincrementaldecoder("cp1252")()
            _note_encoding(notes, "Windows-1252")
            text = _windows(decoder, pending + chunk, last=last)
        plain = plain and text.isascii()
        parts.append(text)
        if not last and "\n" not in text and "\r" not in text:
            waiting += len(text)
        else:
            rest, cut = "".join(parts), 0
            for match in _LINE.finditer(rest):
                # A trailing CR may be half of a CRLF that the next piece completes.
                if not last and match.end() == len(rest) and not rest.endswith("\n"):
                    break
                cut = match.end()
                yield match[0]
            parts, waiting = [rest[cut:]], len(rest) - cut
        if waiting > LINE_MOST:
            raise UnreadableError(
                f"a line is longer than {LINE_MOST:,} characters. This is no table. {_SAVE_AS}."
            )


def decode(data: bytes) -> tuple[str, tuple[Note, ...]]:
    """The text of a whole file and what there is to note about its encoding.

    Raises:
        UnreadableError: the bytes are no text.

    """
    notes: list[Note] = []
    return "".join(lines_of([data], notes)), tuple(notes)


def _whole_head(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The same bytes with the first piece at least as long as the longest mark."""
    head = b""
    for chunk in chunks:
        head += chunk
        if len(head) >= 16:
            break
    yield head
    yield from chunks


def _with_last(head: bytes, chunks: Iterator[bytes]) -> Iterator[tuple[bytes, bool]]:
    # A piece as large as the whole file is cut, so that no more than a line of it is held twice.
    for chunk in chain((head,), chunks):
        for start in range(0, len(chunk), 1 << 16):
            yield chunk[start : start + (1 << 16)], False
    yield b"", True


def _windows(decoder: codecs.IncrementalDecoder, data: bytes, *, last: bool) -> str:
    try:
        return decoder.decode(data, last)
    except UnicodeDecodeError as error:
        raise UnreadableError(f"the file is neither UTF-8 nor Windows-1252. {_SAVE_AS}.") from error


def _refuse_magic(head: bytes) -> None:
    for magic, what in _MAGIC:
        if head.startswith(magic):
            raise UnreadableError(f"this is {what}, not a table as text. {_SAVE_AS}.")


def _note_encoding(notes: list[Note] | None, name: str) -> None:
    if notes is not None:
        text = f"read as {name}; if names look wrong, save it as CSV UTF-8"
        notes.append(Note(kind=Noted.ENCODING, row=None, column="", text=text))


# Lines to rows.


@dataclass(frozen=True, kw_only=True, slots=True)
class ColumnMap:
    """How another registry's columns become ours.

    ``columns`` names for each of our columns the file's columns, the first filled one counting; ``values`` replaces what a
    column of ours would get (the key "" stands for an empty cell); a row is left out where a column in ``skip_if_empty`` is
    empty; ``constants`` fill our columns wherever the file leaves them empty.
    """

    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    skip_if_empty: tuple[str, ...] = ()
    constants: Mapping[str, str] = field(default_factory=dict)


def key_of(header: str) -> str:
    """A column's name as it is compared: case, spaces, hyphens and underscores do not matter."""
    return "_".join(re.split(r"[\s_\-]+", unescape(clean(header)).casefold())).strip("_")


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One row: our columns' cleaned cells, and the filled cells of columns that are not ours."""

    number: int
    cells: Mapping[str, str]
    #: Raw text of cells that cleaning changed by more than white space.
    cleaned: tuple[str, ...] = ()
    extra: Mapping[str, str] = field(default_factory=dict)
    #: Our column → the file's header it came from.
    headers: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")

    def header(self, column: str) -> str:
        """What the file calls a column of ours."""
        return self.headers.get(column, column)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Plan:
    """Where each of our columns is found in a row."""

    #: Our column → positions in the row, the first filled one counting.
    places: Mapping[str, tuple[int, ...]]
    headers: Mapping[str, str]
    unknown: Mapping[int, str]
    unnamed: Mapping[int, str]
    #: Both of these.
    foreign: tuple[tuple[int, str], ...]
    skip: tuple[tuple[str, tuple[int, ...]], ...]
    values: Mapping[str, Mapping[str, str]]
    constants: Mapping[str, str]
    width: int


def read_rows(
    lines: Iterable[str],
    known: Collection[str],
    required: Collection[str],
    mapping: ColumnMap | None = None,
    *,
    synonyms: Mapping[str, str] | None = None,
    most: int = 1_000_000,
) -> Iterator[Row | Problem | Note]:
    """The rows of a table, one at a time.

    Args:
        lines: text lines with or without their ends.
        known: our columns.
        required: those without which there is no table.
        mapping: how the file's columns become ours.
        synonyms: other names under which a column of ours is accepted.
        most: more rows than this refuse the file.

    Yields:
        Problems of the file's form (then the rest is not read), notes on unknown columns, short and skipped rows, and rows.

    """
    mapping = mapping or ColumnMap()
    number = 0
    try:
        checked = _checked(lines)
        first, blank = None, 0
        for line in checked:
            if line.strip("\r\n\t ,;"):
                first = line
                break
            blank += 1
            if blank > COLUMNS_MOST:
                break
        if first is None:
            told = (
                "the file is empty"
                if blank <= COLUMNS_MOST
                else f"the first {COLUMNS_MOST:,} lines are empty"
            )
            yield Problem(row=None, column="", text=f"{told}. It needs a header row that names its columns.")
            return
        declared = re.fullmatch(r'"?sep=([,;\t|])"?\s*', first, re.IGNORECASE)
        if declared:
            first = next(checked, "")
        wanted = {
            *known,
            *(synonyms or {}),
            *(key_of(source) for sources in mapping.columns.values() for source in sources),
        }
        delimiter = declared[1] if declared else _delimiter(first, wanted)
        table = csv.reader(chain((first,), checked), delimiter=delimiter, strict=True)
        header = next(table, [])
        number = blank + 1
        plan = _plan(header, known, required, mapping, synonyms or {})
        if not isinstance(plan, _Plan):
            yield from plan
            return
        unnamed = dict(plan.unnamed)
        for column in plan.unknown.values():
            yield _unknown(column)
        for cells in table:
            number += 1
            if number > most + 1 + blank:
                yield Problem(
                    row=number,
                    column="",
                    text=f"more than {most:,} rows. Split the file and import it in parts.",
                )
                return
            if not "".join(cells).strip(_BLANK):
                continue
            for place in [place for place in unnamed if place < len(cells) and cells[place].strip()]:
                yield _unknown(unnamed.pop(place))
            yield from _row(number, cells, plan)
    except UnreadableError as error:
        yield Problem(row=number + 1 if number else None, column="", text=str(error))
    except csv.Error as error:
        yield Problem(row=number + 1, column="", text=_quoting(str(error)))


#: What an empty row is made of; the last is the end mark of an old DOS file.
_BLANK = " \t\r\n\u00a0\x1a"


def _unknown(column: str) -> Note:
    return Note(
        kind=Noted.UNKNOWN_COLUMN,
        row=None,
        column=column,
        text="not a column of ours: its cells are kept beside the row",
    )


def _checked(lines: Iterable[str]) -> Iterator[str]:
    mark = "\ufeff"
    for line in lines:
        if "\0" in line:
            raise UnreadableError(f"the row holds a NUL character, so this is no plain text. {_SAVE_AS}.")
        if len(line) > LINE_MOST:
            raise UnreadableError(
                f"a line is longer than {LINE_MOST:,} characters. This is no table. {_SAVE_AS}."
            )
        if "\r" in line[:-2]:
            yield from _LINE.findall(line.removeprefix(mark))
        else:
            yield line.removeprefix(mark) if mark else line
        mark = ""


def _quoting(error: str) -> str:
    if "field larger" in error:
        return "a cell is longer than 131,072 characters: probably a quote that is opened here and never closed. Close it, or shorten the cell."
    if "unexpected end" in error:
        return "a quote is opened in this row and never closed. Close it, or double a quote that belongs to the text."
    return 'a quote stands in the middle of a quoted cell. Double each quote that belongs to the text: "" instead of ".'


def _delimiter(line: str, wanted: Collection[str]) -> str:
    """The delimiter by which the header's first line shows most of our columns, then most columns; a comma when in doubt."""

    def score(delimiter: str) -> tuple[int, int]:
        try:
            cells = next(csv.reader([line], delimiter=delimiter), [])
        except csv.Error:
            return (0, 0)
        return (sum(key_of(cell) in wanted for cell in cells), len(cells))

    return max(",;\t", key=score)


def _plan(
    header: Sequence[str],
    known: Collection[str],
    required: Collection[str],
    mapping: ColumnMap,
    synonyms: Mapping[str, str],
) -> _Plan | list[Problem]:
    if len(header) > COLUMNS_MOST:
        text = f"the header names {len(header):,} columns, at most {COLUMNS_MOST:,} are read. Leave out what is not needed."
        return [Problem(row=1, column="", text=text)]
    problems: list[Problem] = []

    def refuse(column: str, text: str) -> None:
        problems.append(Problem(row=1, column=column, text=text))

    found: dict[str, list[int]] = {}
    for place, cell in enumerate(header):
        if key_of(cell):
            found.setdefault(key_of(cell), []).append(place)
    places: dict[str, tuple[int, ...]] = {}
    for target, sources in mapping.columns.items():
        for source in sources:
            if key_of(source) not in found:
                refuse(
                    "",
                    f"the map names the column {quoted(source)}, which the file does not have. It has: {_listed(header)}.",
                )
        places[target] = tuple(place for source in sources for place in found.get(key_of(source), ()))
    mapped = {place for spots in places.values() for place in spots}
    for key, named in found.items():
        target = key if key in known else synonyms.get(key, "")
        if target != key and target in found and not target.startswith(key):
            continue  # ours is there by its own name: the other is somebody's own
        if target and target not in mapping.columns and not mapped.intersection(named):
            if target in places:
                refuse(one_line(header[named[0]]), f"two columns stand for {target}. Delete one.")
            places[target] = tuple(named)
    for spots in places.values():
        keys = [key_of(header[spot]) for spot in spots]
        for name in {
            header[spot]: None for spot, key in zip(spots, keys, strict=True) if keys.count(key) > 1
        }:
            refuse(one_line(name), f"two columns are called {quoted(name)}. Rename or delete one.")
    for column in required:
        if not places.get(column) and column not in mapping.constants and not problems:
            refuse(
                column,
                f"there is no column {column}. The file has: {_listed(header)}. Rename one, or tell with --map which it is.",
            )
    skip = tuple(
        (column, places.get(key_of(column)) or tuple(found.get(key_of(column), ())))
        for column in mapping.skip_if_empty
    )
    for column, needed in skip:
        if not needed:
            refuse(
                "",
                f"skip_if_empty names {quoted(column)}, which is no column of the file. It has: {_listed(header)}.",
            )
    if problems:
        return problems
    used = {place for spots in places.values() for place in spots}
    unknown: dict[int, str] = {}
    for place, cell in enumerate(header):
        if place not in used and key_of(cell):
            name = one_line(cell)
            unknown[place] = f"{name} (column {place + 1})" if name in unknown.values() else name
    unnamed = {
        place: f"(column {place + 1}, without a name)"
        for place, cell in enumerate(header)
        if not key_of(cell)
    }
    return _Plan(
        places=places,
        headers={target: one_line(header[spots[0]]) for target, spots in places.items() if spots},
        unknown=unknown,
        unnamed=unnamed,
        foreign=(*unknown.items(), *unnamed.items()),
        skip=skip,
        values={
            target: {one_line(old).casefold(): new for old, new in change.items()}
            for target, change in mapping.values.items()
        },
        constants=mapping.constants,
        width=len(header),
    )


def _listed(header: Sequence[str]) -> str:
    names = [one_line(cell) for cell in header if one_line(cell)]
    return ", ".join(name[:40] for name in names[:30]) + (
        f" and {len(names) - 30} more" if len(names) > 30 else ""
    )


def _row(number: int, cells: list[str], plan: _Plan) -> Iterator[Row | Problem | Note]:
    if len(cells) > plan.width and any(cell.strip() for cell in cells[plan.width :]):
        text = f"{len(cells)} cells, but the header names {plan.width}. Put quotes around a cell that holds the delimiter or a line break."
        yield Problem(row=number, column="", text=text)
        return
    if len(cells) < plan.width:
        yield Note(
            kind=Noted.SHORT_ROW,
            row=number,
            column="",
            text=f"ends after {len(cells)} of {plan.width} cells: the rest is read as empty",
        )
        cells = cells + [""] * (plan.width - len(cells))
    for column, spots in plan.skip:
        if not any(clean(cells[spot]) for spot in spots):
            yield Note(kind=Noted.SKIPPED, row=number, column=column, text=f"left out: {column} is empty")
            return
    ours: dict[str, str] = {}
    cleaned: list[str] = []
    for column, spots in plan.places.items():
        text = ""
        for spot in spots:
            raw = cells[spot]
            if not raw:
                continue
            text = kept(raw)
            if text:
                if changed(raw, text):
                    cleaned.append(column)
                break
        ours[column] = text
    for column, change in plan.values.items():
        text = ours.get(column, "")
        ours[column] = change.get(" ".join(text.split()).casefold(), text)
    for column, constant in plan.constants.items():
        ours[column] = ours.get(column) or constant
    for column, text in ours.items() if max(map(len, cells)) > CELL_MOST else ():
        if len(text) > CELL_MOST:
            told = f"{len(text):,} characters in one cell, at most {CELL_MOST:,} are kept. Shorten it."
            yield Problem(row=number, column=plan.headers.get(column, column), text=told)
            return
    extra = {name: text for place, name in plan.foreign if cells[place] and (text := kept(cells[place]))}
    yield Row(number=number, cells=ours, cleaned=tuple(cleaned), extra=extra, headers=plan.headers)
