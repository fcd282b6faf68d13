"""What we say, in no platform's dialect: only what both platforms can show.

Text is a tuple of spans, never marked-up text: a plain ``str`` is shown as it is, whatever signs it holds, and the
renderer escapes it. A message can be stored and read back (`dump`, `load`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Literal

from pydantic import TypeAdapter

from bot.domain.people import Address
from bot.messages.text import with_slash


@dataclass(frozen=True, slots=True)
class Bold:
    """Emphasis; never the only carrier of meaning."""

    text: str
    span: Literal["bold"] = "bold"


@dataclass(frozen=True, slots=True)
class Mention:
    """A person: a real mention where the platform knows them, else the name. Mentions in a DM notify nobody."""

    name: str
    addresses: tuple[Address, ...] = ()
    span: Literal["mention"] = "mention"


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment, shown on the reader's own clock where the platform can; ``fallback`` names its zone."""

    at: datetime
    fallback: str
    span: Literal["moment"] = "moment"


@dataclass(frozen=True, slots=True)
class Link:
    """A link; shown as plain text unless the address is http or https."""

    text: str
    url: str
    span: Literal["link"] = "link"


Span = str | Bold | Mention | Moment | Link
Spans = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Press:
    """What a button, a menu option or a form carries: a verb of `domain.commands` and its arguments."""

    verb: str
    args: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Button:
    """One button; the label is a verb, at most 75 characters."""

    label: str
    press: Press
    style: Literal["plain", "primary", "danger"] = "plain"
    #: Asked before it is done; empty: done at once.
    confirm: str = ""
    #: Read out by a screen reader instead of the label, at most 75 characters; empty: the label.
    says: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Heading:
    text: str
    part: Literal["heading"] = "heading"


@dataclass(frozen=True, kw_only=True, slots=True)
class Text:
    """A paragraph; quiet ones are the small print (rule, next step)."""

    spans: Spans
    quiet: bool = False
    part: Literal["text"] = "text"


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """Short labelled facts, side by side where there is room."""

    rows: tuple[tuple[str, Spans], ...]
    part: Literal["facts"] = "facts"


@dataclass(frozen=True, kw_only=True, slots=True)
class Buttons:
    """One row of buttons; ``more`` are offered behind a "more" menu (at most 5)."""

    buttons: tuple[Button, ...]
    more: tuple[Button, ...] = ()
    part: Literal["buttons"] = "buttons"


@dataclass(frozen=True, kw_only=True, slots=True)
class Divider:
    part: Literal["divider"] = "divider"


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """A table; platforms without one show a line per row."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    part: Literal["table"] = "table"


@dataclass(frozen=True, kw_only=True, slots=True)
class Series:
    name: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Chart:
    """A chart; ``says`` carries the same facts in words, shown where there is no chart."""

    shape: Literal["line", "bar"]
    title: str
    categories: tuple[str, ...]
    series: tuple[Series, ...]
    says: str
    part: Literal["chart"] = "chart"


Part = Heading | Text | Facts | Buttons | Divider | Table | Chart


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """The parts that belong together and change together: one ask, one decision, or a plain stretch.

    ``id`` names what it is about ("ask:…"); a stretch that never changes has none.
    """

    parts: tuple[Part, ...]
    id: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """One message. The headline is its notification and what a screen reader reads first."""

    headline: str
    sections: tuple[Section, ...]

    def with_section(self, section_id: str, *parts: Part) -> "Message":
        """The message with one section's parts replaced; unchanged where it has no such section."""
        changed = tuple(
            replace(section, parts=parts) if section.id == section_id and section_id else section
            for section in self.sections
        )
        return replace(self, sections=changed)


@dataclass(frozen=True, kw_only=True, slots=True)
class Option:
    label: str
    value: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """One input of a form. Values go in and come out as strings: ISO dates, person references, option values."""

    id: str
    label: str
    #: "people" are several; a "channel" is the platform's id of one, or its name where there is no picker.
    kind: Literal["text", "lines", "number", "date", "person", "people", "channel", "choice"] = "text"
    value: str = ""
    hint: str = ""
    placeholder: str = ""
    optional: bool = False
    options: tuple[Option, ...] = ()
    most: int = 3000
    #: Shown beside the field where the platform has no error of its own for it.
    error: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Form:
    """A form: a modal in Slack, a card with inputs in Teams. ``submit`` is what sending it means."""

    title: str
    fields: tuple[Field, ...]
    submit: Press
    submit_label: str
    intro: tuple[Part, ...] = ()


_MESSAGE = TypeAdapter(Message)


def dump(message: Message) -> str:
    """A message as JSON, for its outbox row."""
    return _MESSAGE.dump_json(message).decode()


def load(text: str) -> Message:
    """A stored message, read back."""
    return _MESSAGE.validate_json(text)


def say(text: str | Spans, *, headline: str = "", buttons: tuple[Button, ...] = ()) -> Message:
    """A message of one paragraph, perhaps with buttons."""
    spans = (text,) if isinstance(text, str) else text
    parts: tuple[Part, ...] = (Text(spans=spans),)
    if buttons:
        parts = (*parts, Buttons(buttons=buttons))
    return Message(headline=headline or plain(spans), sections=(Section(parts=parts),))


def plain(spans: Spans) -> str:
    """Spans as plain text."""
    words = []
    for span in spans:
        match span:
            case str():
                words.append(span)
            case Bold() | Link():
                words.append(span.text)
            case Mention():
                words.append(span.name)
            case Moment():
                words.append(span.fallback)
    return "".join(words)


def text_of(message: Message) -> str:
    """A whole message as plain text: what the command line prints and a dry run shows, commands with their slash."""
    lines: list[str] = []
    for section in message.sections:
        for part in section.parts:
            lines += _lines_of(part)
    return with_slash("\n".join(lines))


def _lines_of(part: Part) -> list[str]:
    match part:
        case Heading():
            return [part.text]
        case Text():
            return plain(part.spans).split("\n")
        case Facts():
            return [f"{label}: {plain(spans)}" for label, spans in part.rows]
        case Buttons():
            row = " ".join(f"[{button.label}]" for button in part.buttons)
            more = " · ".join(button.label for button in part.more)
            return [f"{row} [more: {more}]" if more else row]
        case Divider():
            return [""]
        case Table():
            return [part.caption, *(" | ".join(row) for row in (part.columns, *part.rows))]
        case Chart():
            return [part.says]


def day(when: date) -> str:
    """4 Dec 2026: the one way a date is written."""
    return f"{when.day} {when:%b %Y}"
