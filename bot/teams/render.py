"""Message → Adaptive Cards 1.5. No I/O. Whatever the message holds, Teams takes the result.

https://adaptivecards.io/explorer · https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/cards-format

One card stays below 25 KB: that satisfies both the documented 100 KB in UTF-16 and the older 28 KB. What does not fit goes on in a
second card, up to four; what is left then is counted: "…and n more".
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from bot.messages.model import (
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
from bot.messages.text import clip
from bot.teams import ids, markdown
from bot.teams.buttons import rows
from bot.teams.charts import chart_element, table_rows
from bot.teams.ids import Origin
from bot.teams.mentions import Mentions
from bot.teams.paragraphs import facts, paragraph, text_block

Element = dict[str, Any]
Card = dict[str, Any]

#: Bytes of one card's JSON.
MOST_BYTES = 25_000
_MOST_CARDS = 4
_MOST_HEADLINE = 300
_MOST_ID = 255
#: Rows of a table that are drawn at all; each takes more than 130 bytes, and there are four cards.
_MOST_ROWS = 1000
#: What a container takes around its elements, and what the note about the rest takes.
_CONTAINER, _NOTE = 400, 200


def cards(
    message: Message, *, tenant: str = "", key: str = "", stamp: str = "", budget: int = MOST_BYTES
) -> list[Card]:
    """A message as one card, or as several where one cannot hold it.

    Args:
        tenant: who reads it; only its own people are mentioned. Empty: names only, as in a chat of two, where it notifies nobody.
        key: the outbox key, carried as the id of the first element.
        stamp: what came before this state of the card; see `ids.Origin`.
        budget: bytes of one card.
    """
    writer = _Writer(mentions=Mentions(tenant), origin=Origin(stamp=ids.stamp_of(stamp, key, repr(message))))
    book = _Book(headline=headline(message), budget=budget, key=key)
    book.fill(message.sections, writer)
    return [page.card(writer.mentions) for page in book.pages]


def card(
    message: Message, *, tenant: str = "", key: str = "", stamp: str = "", budget: int = MOST_BYTES
) -> Card:
    """A message as the one card that takes another's place. What did not fit stands in the messages below already."""
    made = cards(message, tenant=tenant, key=key, stamp=stamp, budget=budget - _NOTE)
    if len(made) > 1:
        made[0]["body"].append(text_block("The rest is in the messages below.", quiet=True))
    return made[0]


def headline(message: Message) -> str:
    """The notification, and what stands where no card can be shown."""
    words = message.headline.strip() or text_of(message).strip()
    return markdown.label(words, _MOST_HEADLINE, empty="Pilotlight")


def skeleton(words: str, body: list[Element], mentions: list[Element]) -> Card:
    """A card around its elements. "version must be 1.5" for what is used here; Teams renders no later one."""
    wide: Element = {"width": "Full"} if any(_is_wide(element) for element in body) else {}
    teams = wide | ({"entities": mentions} if mentions else {})
    return {
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": "1.5",
        "fallbackText": markdown.words(words, _MOST_HEADLINE),
        **({"msteams": teams} if teams else {}),
        "body": body,
    }


def _is_wide(element: Element) -> bool:
    """Tables and charts want all the room there is."""
    drawn = element["type"] == "ColumnSet" or element["type"].startswith("Chart.")
    return drawn or any(_is_wide(inner) for inner in element.get("items", ()))


def elements(parts: Iterable[Part]) -> list[Element]:
    """Parts alone, as they stand above a form's inputs."""
    writer = _Writer(mentions=Mentions(""), origin=Origin())
    return [piece.element for piece in writer.pieces(Section(parts=tuple(parts)))]


# Parts


@dataclass(frozen=True, slots=True)
class _Piece:
    """One element, how many things it shows (lines, facts, rows), and its bytes with the mentions it needs."""

    element: Element
    shows: int
    bytes: int


@dataclass(slots=True)
class _Writer:
    """Parts → elements."""

    mentions: Mentions
    origin: Origin
    divide: bool = False

    def pieces(self, section: Section) -> Iterator[_Piece]:
        for part in section.parts:
            if isinstance(part, Divider):
                self.divide = True
                continue
            for element, shows in self._elements(part):
                if self.divide:
                    element["separator"] = True
                    self.divide = False
                size = ids.weight(element) + ids.weight(self.mentions.used_in([element])) + 1
                yield _Piece(element, shows, size)

    def _elements(self, part: Part) -> Iterator[tuple[Element, int]]:
        match part:
            case Heading():
                yield (
                    text_block(markdown.words(part.text, 150))
                    | {"size": "large", "weight": "bolder", "style": "heading"},
                    1,
                )
            case Text():
                yield from ((line, 1) for line in paragraph(part, self.mentions))
            case Facts():
                yield from ((some, len(some["facts"])) for some in facts(part, self.mentions))
            case Buttons():
                yield from ((row, 1) for row in rows(part, self.origin))
            case Table():
                yield from self._table(part)
            case Chart():
                yield from self._chart(part)
            case Divider():
                pass

    def _table(self, table: Table) -> Iterator[tuple[Element, int]]:
        yield text_block(markdown.words(table.caption, 300)) | {"weight": "bolder"}, 0
        for row in table_rows(replace(table, rows=table.rows[:_MOST_ROWS])):
            yield row, 0 if row.get("separator") else 1
        if len(table.rows) > _MOST_ROWS:
            # No number of cards holds so many: these are counted, and not drawn first.
            yield text_block("…"), len(table.rows) - _MOST_ROWS

    def _chart(self, chart: Chart) -> Iterator[tuple[Element, int]]:
        drawn = chart_element(chart)
        if drawn is not None:
            yield drawn, 0
        # The words stand under the drawing as well: not every client draws, and not everybody sees.
        says = Text(spans=(chart.says,), quiet=drawn is not None)
        yield from ((line, 1) for line in paragraph(says, self.mentions))


# Pages


@dataclass(slots=True)
class _Page:
    """One card's elements so far, with the room that is left."""

    headline: str
    budget: int
    bytes: int
    body: list[Element] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    section: int = -1

    def room(self, size: int) -> bool:
        return self.bytes + size + _CONTAINER + _NOTE <= self.budget

    def add(self, number: int, section: Section, piece: _Piece) -> None:
        """Puts an element into its section's container, which carries the section's id."""
        if self.section != number:
            self.section = number
            container: Element = {"type": "Container", "spacing": "medium", "items": []}
            name = self._free(section.id)
            self.body.append({"type": "Container", "id": name} | container if name else container)
            self.bytes += ids.weight(self.body[-1])
        self.body[-1]["items"].append(piece.element)
        self.bytes += piece.bytes

    def mark(self, key: str) -> None:
        """Writes the key where it travels with the card: as the id of the first element."""
        name = self._free(key)
        if name and self.body:
            self.body[0]["items"][0]["id"] = name

    def note(self, more: int) -> None:
        self.body.append(text_block(f"…and {more:,} more", quiet=True))

    def card(self, mentions: Mentions) -> Card:
        body = self.body or [text_block(markdown.words(self.headline, _MOST_HEADLINE))]
        return skeleton(self.headline, body, mentions.used_in(body))

    def _free(self, text: str) -> str:
        """An id that no other element of this card has; empty where there is none."""
        name = clip(markdown.clean(text), _MOST_ID)
        if name in self.names:
            return ""
        self.names.add(name)
        return name


class _Book:
    """The pages of one message."""

    def __init__(self, *, headline: str, budget: int, key: str) -> None:
        self._headline = headline
        self._key = key
        self._frame = ids.weight(skeleton(headline, [], [])) + 40 + min(4 * len(key), 4 * _MOST_ID) + 20
        self._budget = budget
        self.pages = [self._page()]

    def fill(self, sections: tuple[Section, ...], writer: _Writer) -> None:
        """Places each section whole where any page could hold it whole; else in parts."""
        for number, section in enumerate(sections):
            left = self._place(number, section, list(writer.pieces(section)))
            if left:
                self.pages[-1].note(left + len(sections) - number - 1)
                break
        self.pages[0].mark(self._key)

    def _place(self, number: int, section: Section, pieces: list[_Piece]) -> int:
        """Returns how many things had no room."""
        whole, page = sum(piece.bytes for piece in pieces), self.pages[-1]
        better_whole = page.body and not page.room(whole) and self._page().room(whole)
        if better_whole and not self._turn():
            return sum(piece.shows for piece in pieces)
        for index, piece in enumerate(pieces):
            if self.pages[-1].body and not self.pages[-1].room(piece.bytes) and not self._turn():
                return sum(later.shows for later in pieces[index:])
            self.pages[-1].add(number, section, piece)
        return 0

    def _turn(self) -> bool:
        """Begins another page; False where there are enough."""
        if len(self.pages) == _MOST_CARDS:
            return False
        self.pages.append(self._page())
        return True

    def _page(self) -> _Page:
        return _Page(headline=self._headline, budget=self._budget, bytes=self._frame)
