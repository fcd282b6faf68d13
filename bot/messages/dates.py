"""Dates in the style that a workspace chose. Messages are made with 4 Dec 2026; this changes nothing but that.

Only full dates with a year are changed, in what we say and in what people typed alike: a date means the same in any style.
The words around them stay English, so the styles are languages of dates, not of the product.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

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
    Span,
    Spans,
    Table,
    Text,
)

#: Style → what the settings form calls it.
STYLES: Mapping[str, str] = {
    "en": "4 Dec 2026",
    "iso": "2026-12-04",
    "de": "4. Dez. 2026 (German)",
    "fr": "4 déc. 2026 (French)",
    "es": "4 dic 2026 (Spanish)",
    "nl": "4 dec 2026 (Dutch)",
}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# As the Unicode CLDR abbreviates them within a date.
_NAMES: Mapping[str, tuple[str, ...]] = {
    "de": ("Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sept.", "Okt.", "Nov.", "Dez."),
    "fr": ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."),
    "es": ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sept", "oct", "nov", "dic"),
    "nl": ("jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec"),
}
_DATE = re.compile(rf"(?<![\w.])([1-9]|[12]\d|3[01]) ({'|'.join(_MONTHS)}) (\d{{4}})(?!\w)")


def written(text: str, style: str) -> str:
    """A text with its dates in that style; an unknown style changes nothing."""
    if style == "en" or style not in STYLES:
        return text

    def change(found: re.Match[str]) -> str:
        month = _MONTHS.index(found[2])
        try:
            when = date(int(found[3]), month + 1, int(found[1]))
        except ValueError:
            return found[0]
        if style == "iso":
            return when.isoformat()
        stop = "." if style == "de" else ""
        return f"{when.day}{stop} {_NAMES[style][month]} {when.year}"

    return _DATE.sub(change, text)


def restyled(message: Message, style: str) -> Message:
    """A message with its dates in that style."""
    if style == "en" or style not in STYLES:
        return message
    sections = tuple(
        replace(section, parts=tuple(_part(part, style) for part in section.parts))
        for section in message.sections
    )
    return Message(headline=written(message.headline, style), sections=sections)


def _part(part: Part, style: str) -> Part:
    match part:
        case Heading():
            return replace(part, text=written(part.text, style))
        case Text():
            return replace(part, spans=_spans(part.spans, style))
        case Facts():
            return replace(
                part, rows=tuple((written(name, style), _spans(said, style)) for name, said in part.rows)
            )
        case Buttons():
            return replace(
                part,
                buttons=tuple(_button(one, style) for one in part.buttons),
                more=tuple(_button(one, style) for one in part.more),
            )
        case Table():
            return replace(
                part,
                caption=written(part.caption, style),
                rows=tuple(tuple(written(cell, style) for cell in row) for row in part.rows),
            )
        case Chart():
            return replace(
                part,
                title=written(part.title, style),
                categories=tuple(written(one, style) for one in part.categories),
                says=written(part.says, style),
            )
        case Divider():
            return part


def _button(button: Button, style: str) -> Button:
    """What it says, never what it does."""
    return replace(
        button,
        label=written(button.label, style),
        confirm=written(button.confirm, style),
        says=written(button.says, style),
    )


def _spans(spans: Spans, style: str) -> Spans:
    return tuple(_span(span, style) for span in spans)


def _span(span: Span, style: str) -> Span:
    match span:
        case str():
            return written(span, style)
        case Bold() | Link():
            return replace(span, text=written(span.text, style))
        case Moment():
            return replace(span, fallback=written(span.fallback, style))
        case Mention():
            return span
