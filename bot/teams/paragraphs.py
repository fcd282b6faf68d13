"""Spans → TextBlocks and facts. No I/O.

https://adaptivecards.io/explorer/TextBlock.html · https://adaptivecards.io/explorer/FactSet.html

One TextBlock a line: what a line end does inside one differs from client to client.
"""

from collections.abc import Iterator
from typing import Any

from bot.messages.model import Bold, Facts, Link, Mention, Moment, Span, Spans, Text
from bot.messages.text import clip
from bot.teams import ids, markdown
from bot.teams.mentions import Mentions

Element = dict[str, Any]

#: Characters of one TextBlock; text is cut into pieces of so many before its signs are taken care of.
_MOST_LINE, _PIECE = 1000, 500
_MOST_FACT, _MOST_NAME = 700, 150
#: Bytes of one set of facts.
_MOST_FACTS = 4000


def text_block(text: str, *, quiet: bool = False) -> Element:
    """A line. Its text is markdown by now."""
    shown: Element = {"type": "TextBlock", "text": text or "–", "wrap": True}
    return shown | {"isSubtle": True, "size": "small"} if quiet else shown


def paragraph(text: Text, mentions: Mentions) -> Iterator[Element]:
    """A TextBlock for each line, close together; an empty line is a gap."""
    spacing: Element = {}
    for line in _lines(text.spans, mentions):
        if line.strip():
            yield text_block(line, quiet=text.quiet) | spacing
        spacing = {"spacing": "none" if line.strip() else "small"}


def facts(part: Facts, mentions: Mentions) -> Iterator[Element]:
    """A FactSet, or several where they are many."""
    held: list[dict[str, str]] = []
    for name, spans in part.rows:
        held.append({"title": markdown.words(name, _MOST_NAME), "value": _fact(spans, mentions)})
        if ids.weight(held) > _MOST_FACTS:
            yield {"type": "FactSet", "facts": held}
            held = []
    if held:
        yield {"type": "FactSet", "facts": held}


def _fact(spans: Spans, mentions: Mentions) -> str:
    """On one line; what is longer is cut, and says so."""
    held = ""
    for bit in _bits(spans, mentions):
        if len(held) + len(bit) > _MOST_FACT:
            return markdown.line(held) + " …"
        held += bit if bit != "\n" else " "
    return markdown.line(held).strip() or "–"


def _lines(spans: Spans, mentions: Mentions) -> Iterator[str]:
    held = ""
    for bit in _bits(spans, mentions):
        if bit == "\n" or len(held) + len(bit) > _MOST_LINE:
            yield markdown.line(held)
            held = ""
        held += bit if bit != "\n" else ""
    yield markdown.line(held)


def _bits(spans: Spans, mentions: Mentions) -> Iterator[str]:
    """What must not be cut, and the line ends between."""
    for span in spans:
        if not isinstance(span, str):
            yield _token(span, mentions)
            continue
        for index, text in enumerate(markdown.clean(span).split("\n")):
            if index:
                yield "\n"
            for start in range(0, len(text), _PIECE):
                yield markdown.literal(text[start : start + _PIECE])


def _token(span: Span, mentions: Mentions) -> str:
    match span:
        case str():
            return markdown.literal(span)
        case Bold():
            return markdown.bold(clip(markdown.clean(span.text), _PIECE))
        case Mention():
            return mentions.token(span)
        case Moment():
            return markdown.moment(span)
        case Link():
            return markdown.link(Link(markdown.label(span.text, _PIECE), span.url))
