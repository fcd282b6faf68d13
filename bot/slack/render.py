"""Message → Block Kit. No I/O. Whatever the message holds, Slack takes the result.

https://docs.slack.dev/reference/block-kit/blocks · 50 blocks a message, 100 a view, 3,000 characters a section, 10 fields of 2,000, 25
elements in a row of buttons; and an unpublished total near 13,200 characters (bolt-js issue 2509).

What does not fit is counted: "…and n more".
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.messages.model import (
    Bold,
    Buttons,
    Chart,
    Divider,
    Facts,
    Heading,
    Message,
    Part,
    Section,
    Table,
    Text,
    text_of,
)
from bot.messages.text import clean, clip, label
from bot.slack import buttons, ids
from bot.slack.charts import chart_block, table_block
from bot.slack.mrkdwn import escape
from bot.slack.paragraphs import MOST_TEXT, chunks, fact, plain_text

Block = dict[str, Any]
Surface = Literal["message", "view"]

_MOST_BLOCKS = {"message": 50, "view": 100}
#: Characters of the blocks' JSON; a view may hold 250 kB, but nobody reads that.
_MOST_CHARACTERS = {"message": 12_000, "view": 30_000}
_MOST_HEADLINE = 3000
#: What ids add to a block, and what the note about the rest takes.
_IDS, _NOTE = 160, 250


def render(message: Message, *, team: str, key: str = "", fallback: bool = False) -> dict[str, Any]:
    """A message as `text` and `blocks`, as the workspace `team` reads it: only its own people are mentioned.

    The first block carries the outbox `key`. The `fallback` shows tables and charts as words.
    """
    shown = blocks(message.sections, team=team, key=key, rich=not fallback)
    return {"text": headline(message), "blocks": shown or [_only_headline(message, key)]}


def drawn(message: Message) -> frozenset[type]:
    """What in it a `fallback` says in words: tables, charts, neither."""
    return frozenset(
        type(part)
        for section in message.sections
        for part in section.parts
        if isinstance(part, Table | Chart)
    )


def headline(message: Message) -> str:
    """The notification, and what a screen reader reads first. "Always send top-level text with blocks"."""
    words = clean(message.headline.strip() or text_of(message))
    words = clip(" ".join(words.split()), _MOST_HEADLINE) or "Pilotlight"
    while len(escape(words)) > _MOST_HEADLINE:  # cut before escaping: an entity in two is none
        words = clip(words, len(words) * 3 // 4)
    return escape(words)


def blocks(
    sections: Iterable[Section], *, team: str, key: str = "", rich: bool = True, surface: Surface = "message"
) -> list[Block]:
    """Sections as blocks, as many as there is room for."""
    page = _Page(surface=surface, key=key)
    writer = _Writer(team=team, rich=rich and surface == "message")
    waiting = list(sections)
    for index, section in enumerate(waiting):
        left = page.place(section.id, list(writer.pieces(section)))
        if left:
            page.note(left + len(waiting) - index - 1)
            break
    return page.blocks


@dataclass(frozen=True, slots=True)
class _Piece:
    """One block, and how many things it shows: lines, facts, rows."""

    block: Block
    shows: int = 1
    #: The characters of a table's cells.
    cells: int = 0

    @property
    def size(self) -> int:
        """Characters. A table's cells are counted as text: Slack gives tables a limit of their own."""
        if self.block["type"] == "data_table":
            return self.cells
        return len(ids.compact(self.block)) + _IDS


@dataclass(slots=True)
class _Page:
    """The blocks so far, with the room that is left."""

    surface: Surface
    key: str = ""
    blocks: list[Block] = field(default_factory=list)
    characters: int = 0

    def place(self, section: str, pieces: list[_Piece]) -> int:
        """Places a section whole; one that no page could hold, in part. Returns how many things had no room."""
        if self.blocks and not self._room(pieces) and _Page(self.surface)._room(pieces):  # noqa: SLF001 - an empty page
            return 1
        for index, piece in enumerate(pieces):
            if not self._room([piece]):
                return sum(later.shows for later in pieces[index:])
            self._add(section, piece)
        return 0

    def note(self, more: int) -> None:
        self._add("", _Piece(_small(f"…and {more:,} more")))

    def _add(self, section: str, piece: _Piece) -> None:
        nth = len(self.blocks)
        block_id = ids.block_id(section, nth, piece.block, self.key if nth == 0 else "")
        buttons.number(piece.block, nth)
        self.blocks.append({"type": piece.block["type"], "block_id": block_id, **piece.block})
        self.characters += piece.size

    def _room(self, pieces: list[_Piece]) -> bool:
        """One block is kept for the note."""
        characters = self.characters + sum(piece.size for piece in pieces) + _NOTE
        return (
            len(self.blocks) + len(pieces) < _MOST_BLOCKS[self.surface]
            and characters <= _MOST_CHARACTERS[self.surface]
        )


@dataclass(slots=True)
class _Writer:
    """Parts → blocks. Slack takes one table and two charts a message; the next ones come as words."""

    team: str
    rich: bool
    tables: int = 1
    charts: int = 2

    def pieces(self, section: Section) -> Iterator[_Piece]:
        for part in section.parts:
            yield from self._pieces_of(part)

    def _pieces_of(self, part: Part) -> Iterator[_Piece]:
        match part:
            case Heading():
                yield _Piece({"type": "header", "text": plain_text(part.text, 150)})
            case Text():
                yield from self._paragraph(part)
            case Facts():
                yield from self._facts(part)
            case Buttons():
                yield from (_Piece(row) for row in buttons.rows(part))
            case Divider():
                yield _Piece({"type": "divider"})
            case Table():
                yield from self._table(part)
            case Chart():
                yield from self._chart(part)

    def _paragraph(self, part: Text) -> Iterator[_Piece]:
        for chunk in chunks(part.spans, self.team):
            block = (
                {"type": "context", "elements": [chunk.words]}
                if part.quiet
                else {"type": "section", "text": chunk.words}
            )
            yield _Piece(block, chunk.lines)

    def _facts(self, part: Facts) -> Iterator[_Piece]:
        fields = [fact(name, spans, self.team) for name, spans in part.rows]
        for start in range(0, len(fields), 10):
            ten = fields[start : start + 10]
            yield _Piece({"type": "section", "fields": ten}, len(ten))

    def _table(self, table: Table) -> Iterator[_Piece]:
        made = table_block(table) if self.rich and self.tables else None
        if made is None:
            lines = [" · ".join(row) for row in (table.columns, *table.rows) if row]
            yield from self._paragraph(Text(spans=(Bold(table.caption), "\n" + "\n".join(lines))))
            return
        self.tables -= 1
        block, left_out = made
        cells = sum(len(cell["text"]) for row in block["rows"] for cell in row)
        yield _Piece(block, len(table.rows), cells)
        if left_out:
            yield _Piece(_small(f"…and {left_out:,} more rows"))

    def _chart(self, chart: Chart) -> Iterator[_Piece]:
        block = chart_block(chart) if self.rich and self.charts else None
        if block is not None:
            self.charts -= 1
            yield _Piece(block)
        # The words stand under the drawing as well: the same facts, for whoever cannot see it.
        yield from self._paragraph(Text(spans=(chart.says,), quiet=block is not None))


def _small(text: str) -> Block:
    return {"type": "context", "elements": [plain_text(text, MOST_TEXT)]}


def _only_headline(message: Message, key: str) -> Block:
    """A message without a part still needs a block: the key travels in its id."""
    words = {
        "type": "plain_text",
        "text": label(message.headline, MOST_TEXT, empty="Pilotlight"),
        "emoji": False,
    }
    block: Block = {"type": "section", "text": words}
    return {"type": "section", "block_id": ids.block_id("", 0, block, key), "text": words}
