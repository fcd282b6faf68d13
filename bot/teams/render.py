"""Message → Adaptive Cards 1.5. No I/O. Whatever the message holds, Teams takes the result.

https://adaptivecards.io/explorer · https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/cards-format

One card stays below 25 KB: that satisfies both the documented 100 KB in UTF-16 and the older 28 KB. What does not fit goes on in a
second card, up to four; what is left then is counted: "…and n more".
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from bot.messages.model import (
    Bold,
    Button,
    Buttons,
    Chart,
    Divider,
    Facts,
    Heading,
    Link,
    Mention,
    Message,
    Moment,
    Part,
    Section,
    Span,
    Spans,
    Table,
    Text,
    text_of,
)
from bot.teams import ids, markdown
from bot.teams.charts import chart_element, table_rows
from bot.teams.ids import Origin
from bot.teams.mentions import Mentions

Element = dict[str, Any]
Card = dict[str, Any]

#: Bytes of one card's JSON.
MOST_BYTES = 25_000
_MOST_CARDS = 4
#: Characters of one TextBlock; a line of text is cut into pieces of so many before its signs are taken care of.
_MOST_LINE, _PIECE = 1000, 500
_MOST_HEADLINE = 300
_MOST_FACT, _MOST_FACT_NAME = 700, 150
#: "Adaptive Cards support a maximum of six primary actions" in Teams.
_MOST_ROW = 6
_MOST_DATA = 2000
#: Bytes of one element that may consist of many.
_MOST_ELEMENT = 4000
#: Rows of a table that are drawn at all; each takes more than 130 bytes, and there are four cards.
_MOST_ROWS = 1000
#: What the note about the rest takes.
_NOTE = 200


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
        made[0]["body"].append(_text("The rest is in the messages below.", quiet=True))
    return made[0]


def headline(message: Message) -> str:
    """The notification, and what stands where no card can be shown."""
    words = message.headline.strip() or text_of(message).strip()
    return markdown.label(words, _MOST_HEADLINE, empty="Pilotlight")


def skeleton(words: str, body: list[Element], mentions: list[Element]) -> Card:
    """A card around its elements. "version must be 1.5" for what is used here; Teams renders no later one."""
    return {
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": "1.5",
        "fallbackText": words,
        "msteams": {"width": "Full"} | ({"entities": mentions} if mentions else {}),
        "body": body,
    }


# Pages


@dataclass(frozen=True, slots=True)
class _Piece:
    """One element, how many things it shows (lines, facts, rows), and its bytes."""

    element: Element
    shows: int = 1
    bytes: int = 0


@dataclass(slots=True)
class _Page:
    """One card's elements so far, with the room that is left."""

    headline: str
    budget: int
    body: list[Element] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    bytes: int = 0
    section: int = -1

    def room(self, size: int) -> bool:
        return self.bytes + size + _NOTE <= self.budget

    def add(self, number: int, section: Section, piece: _Piece) -> None:
        """Puts an element into its section's container, which carries the section's id."""
        if self.section != number:
            self.section = number
            container: Element = {"type": "Container", "items": [], "spacing": "medium"}
            name = markdown.clip(markdown.clean(section.id), 255)
            if name and name not in self.names:
                self.names.add(name)
                container = {"type": "Container", "id": name, "items": [], "spacing": "medium"}
            self.body.append(container)
            self.bytes += ids.weight(container)
        self.body[-1]["items"].append(piece.element)
        self.bytes += piece.bytes + 1

    def mark(self, key: str) -> None:
        """Writes the key where it travels with the card: as the id of the first element."""
        name = markdown.clip(markdown.clean(key), 255)
        if name and name not in self.names and self.body:
            self.names.add(name)
            first = self.body[0]
            first = first["items"][0] if first["type"] == "Container" else first
            first["id"] = name

    def note(self, more: int) -> None:
        self.body.append(_text(f"…and {more:,} more", quiet=True))

    def card(self, mentions: Mentions) -> Card:
        body = self.body or [_text(markdown.line(markdown.literal(self.headline)))]
        return skeleton(self.headline, body, mentions.used_in(body))


class _Book:
    """The pages of one message."""

    def __init__(self, *, headline: str, budget: int, key: str) -> None:
        self._headline = headline
        self._key = key
        self._frame = ids.weight(skeleton(headline, [], [])) + 2 * len(key) + 100
        self._budget = budget
        self.pages = [self._page()]

    def fill(self, sections: tuple[Section, ...], writer: "_Writer") -> None:
        """Places each section whole where any page could hold it whole; else in parts."""
        for number, section in enumerate(sections):
            pieces = [_weighed(piece, writer.mentions) for piece in writer.pieces(section)]
            left = self._place(number, section, pieces)
            if left:
                self.pages[-1].note(left + len(sections) - number - 1)
                break
        self.pages[0].mark(self._key)

    def _place(self, number: int, section: Section, pieces: list[_Piece]) -> int:
        """Returns how many things had no room."""
        whole = sum(piece.bytes + 1 for piece in pieces) + 400
        if (
            self.pages[-1].body
            and not self.pages[-1].room(whole)
            and self._page().room(whole)
            and not self._turn()
        ):
            return sum(piece.shows for piece in pieces)
        for index, piece in enumerate(pieces):
            if not self.pages[-1].room(piece.bytes + 400) and self.pages[-1].body and not self._turn():
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


def _weighed(piece: _Piece, mentions: Mentions) -> _Piece:
    size = ids.weight(piece.element) + ids.weight(mentions.used_in([piece.element]))
    return _Piece(piece.element, piece.shows, size)


# Parts


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
            for piece in self._pieces_of(part):
                if self.divide:
                    piece.element["separator"] = True
                    self.divide = False
                yield piece

    def _pieces_of(self, part: Part) -> Iterator[_Piece]:
        match part:
            case Heading():
                words = markdown.line(markdown.literal(markdown.label(part.text, 150)))
                yield _Piece(_text(words) | {"size": "large", "weight": "bolder", "style": "heading"})
            case Text():
                yield from self._paragraph(part)
            case Facts():
                yield from self._facts(part)
            case Buttons():
                yield from (_Piece(row) for row in _rows_of_buttons(part, self.origin))
            case Table():
                yield from self._table(part)
            case Chart():
                drawn = chart_element(part)
                if drawn is not None:
                    yield _Piece(drawn, 0)
                # The words stand under the drawing as well: not every client draws, and not everybody sees.
                yield from self._paragraph(Text(spans=(part.says,), quiet=drawn is not None))
            case Divider():
                pass

    def _paragraph(self, text: Text) -> Iterator[_Piece]:
        """One TextBlock a line: what a line end does inside one differs from client to client."""
        spacing = "default"
        for words in self._lines(text.spans):
            if words.strip():
                yield _Piece(
                    _text(words, quiet=text.quiet) | ({"spacing": spacing} if spacing != "default" else {})
                )
            spacing = "none" if words.strip() else "small"

    def _lines(self, spans: Spans) -> Iterator[str]:
        held = ""
        for bit in self._bits(spans):
            if bit == "\n" or len(held) + len(bit) > _MOST_LINE:
                yield markdown.line(held)
                held = ""
            held += bit if bit != "\n" else ""
        yield markdown.line(held)

    def _bits(self, spans: Spans) -> Iterator[str]:
        """What must not be cut, and the line ends between."""
        for span in spans:
            if not isinstance(span, str):
                yield self._token(span)
                continue
            for index, text in enumerate(markdown.clean(span).split("\n")):
                if index:
                    yield "\n"
                for start in range(0, len(text), _PIECE):
                    yield markdown.literal(text[start : start + _PIECE])

    def _token(self, span: Span) -> str:
        match span:
            case str():
                made = markdown.literal(span)
            case Bold():
                made = markdown.bold(markdown.clip(markdown.clean(span.text), _PIECE))
            case Mention():
                made = self.mentions.token(span)
            case Moment():
                made = markdown.moment(span)
            case Link():
                made = markdown.link(Link(markdown.label(span.text, _PIECE), span.url))
        return made

    def _table(self, table: Table) -> Iterator[_Piece]:
        caption = markdown.line(markdown.literal(markdown.label(table.caption, 300)))
        yield _Piece(_text(caption) | {"weight": "bolder"}, 0)
        for row in table_rows(replace(table, rows=table.rows[:_MOST_ROWS])):
            yield _Piece(row, 0 if row.get("separator") else 1)
        if len(table.rows) > _MOST_ROWS:
            # No number of cards holds so many: these are counted, and not drawn first.
            yield _Piece(_text("…"), len(table.rows) - _MOST_ROWS)

    def _facts(self, facts: Facts) -> Iterator[_Piece]:
        held: list[dict[str, str]] = []
        for name, spans in facts.rows:
            title = markdown.line(markdown.literal(markdown.label(name, _MOST_FACT_NAME)))
            held.append({"title": title, "value": self._fact(spans)})
            if ids.weight(held) > _MOST_ELEMENT:
                yield _Piece({"type": "FactSet", "facts": held}, len(held))
                held = []
        if held:
            yield _Piece({"type": "FactSet", "facts": held}, len(held))

    def _fact(self, spans: Spans) -> str:
        held = ""
        for bit in self._bits(spans):
            if len(held) + len(bit) > _MOST_FACT:
                return markdown.line(held) + " …"
            held += bit if bit != "\n" else " "
        return markdown.line(held).strip() or "–"


def _text(words: str, *, quiet: bool = False) -> Element:
    return {"type": "TextBlock", "text": words or "–", "wrap": True} | (
        {"isSubtle": True, "size": "small"} if quiet else {}
    )


# Buttons


def _rows_of_buttons(part: Buttons, origin: Origin) -> Iterator[Element]:
    """Rows of at most six; what stands behind "more" goes into the overflow menu of the last row."""
    actions = [_action(button, origin) for button in part.buttons]
    menu = [
        action | {"mode": "secondary"}
        for action in (_action(button, origin) for button in part.more)
        if action
    ]
    row: list[Element] = []
    for action in [*(made for made in actions if made), *menu]:
        primary = sum(1 for one in row if "mode" not in one)
        full = primary == _MOST_ROW and "mode" not in action
        if row and (full or ids.weight(row) + ids.weight(action) > _MOST_ELEMENT * 2):
            yield {"type": "ActionSet", "actions": row}
            row = []
        row.append(action)
    if row:
        yield {"type": "ActionSet", "actions": row}


def _action(button: Button, origin: Origin) -> Element:
    """A button; {} where it could not say what it does. One that asks first opens a small card with the question."""
    data = ids.data_of(button.press, origin)
    if ids.weight(data) > _MOST_DATA:
        return {}
    does = execute(markdown.label(button.label, 75), button.press.verb, data)
    if button.says:
        does["tooltip"] = markdown.label(button.says, 75)
    if not button.confirm:
        return does
    question = _text(markdown.line(markdown.literal(markdown.label(button.confirm, 300))))
    return {
        "type": "Action.ShowCard",
        "title": does["title"],
        "card": {"type": "AdaptiveCard", "body": [question], "actions": [does]},
    }


def execute(title: str, verb: str, data: Element) -> Element:
    """Execute, with Submit for clients that do not know it: "add the Action.Submit as fallback"."""
    return {
        "type": "Action.Execute",
        "title": title,
        "verb": verb,
        "data": data,
        "fallback": {"type": "Action.Submit", "title": title, "data": data},
    }


def elements(parts: Iterable[Part]) -> list[Element]:
    """Parts alone, as they stand above a form's inputs."""
    writer = _Writer(mentions=Mentions(""), origin=Origin())
    return [piece.element for piece in writer.pieces(Section(parts=tuple(parts)))]
