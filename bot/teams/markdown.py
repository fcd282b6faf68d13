"""Text that people typed, made safe for Adaptive Cards: shown as it is, and nothing in it takes effect.

https://learn.microsoft.com/adaptive-cards/authoring-cards/text-features

Pure text in, pure text out. A TextBlock knows bold, italic, lists, links and `{{DATE()}}`. Teams on a computer and Teams on a phone
read it with different parsers: a backslash or an `&#42;` that the one swallows is shown by the other. So no sign is escaped; a
look-alike or an invisible space takes the effect out of it, in every parser.
"""

import re
from datetime import UTC, datetime

from bot.messages import text as text_of_any
from bot.messages.model import Link, Moment
from bot.messages.text import without_slash

#: Zero-width space: seen by no reader, and between two signs it keeps them from being one sign of markdown.
_APART = "\u200b"
#: Emphasis, code and strike-through. An underscore works at the edge of a word only: my_pilot is nobody's italics.
_FORMATTING = re.compile(r"[*~`]|(?<![^\W_])_|_(?![^\W_])")
_LOOK_ALIKE = {"*": "\u2217", "_": "\u02cd", "~": "\u223c", "`": "\u02cb"}
# What stands at the end of these words may meet its other half in the next ones.
#: [words](address), [words][name], [name]: address.
_LINK = re.compile(r"\](?=[(\[:]|$)")
#: <at>, <https://…>, <b>.
_TAG = re.compile(r"<(?=[A-Za-z/!?]|$)")
#: &lt; would be shown as <.
_ENTITY = re.compile(r"&(?=#?\w+;|#?\w*$)")
#: {{DATE(…)}}, {{TIME(…)}}, and ${…} of card templates.
_FUNCTION = re.compile(r"\{(?=\{|$)|\$(?=\{|$)")
#: A backslash before one of these signs is swallowed.
_SWALLOWED = re.compile(r"\\(?=[!-/:-@\[-`{-~]|$)")
#: What makes a list, a heading, a quotation, a rule, a table or a code block of a line.
_LINE_START = re.compile(r"[#>=|~`]|--|[-+](?=\s|$)|\d+[.)](?=\s|$)")

_WEB = re.compile(r"https?://[^\s<>\"|^`{}\\()\[\]]+", re.IGNORECASE)
_MOST_ADDRESS = 2000
_EDGES = re.compile(r"^(?=[^\w\s])|(?<=[^\w\s])$")


def clean(text: str) -> str:
    """The text without what nobody can see, and without the slash before our commands: Teams has none to type."""
    return text_of_any.clean(without_slash(text))


def label(text: str, most: int, *, empty: str = "–") -> str:
    """Text that no parser reads (a button, an input's label): one line, never empty, never too long."""
    return text_of_any.label(without_slash(text), most, empty=empty)


def literal(text: str) -> str:
    """Somebody's words inside a TextBlock: as they are, with no sign taking effect."""
    text = _FORMATTING.sub(lambda found: _LOOK_ALIKE[found[0]], clean(text))
    text = _LINK.sub("]" + _APART, text)
    text = _TAG.sub("\u2039", text)
    text = _ENTITY.sub("&" + _APART, text)
    text = _FUNCTION.sub(lambda found: found[0] + _APART, text)
    return _SWALLOWED.sub(lambda _: "\\" + _APART, text)


def line(text: str) -> str:
    """Literal words as the start of a line."""
    text = text.lstrip(" \t")
    return _APART + text if _LINE_START.match(text) else text


def words(text: str, most: int) -> str:
    """Somebody's words as one short line of a TextBlock."""
    return line(literal(label(text, most)))


def bold(text: str) -> str:
    """Bold, where there is something to embolden. Signs at its edges would keep the stars from being read."""
    words = _joined(text)
    return f"**{_EDGES.sub(_APART, words)}**" if words else ""


def _joined(text: str) -> str:
    """Literal words on one line, without blanks around them."""
    return literal(" ".join(clean(text).split()))


def moment(span: Moment) -> str:
    """On the reader's own clock: "Adaptive Cards offers DATE() and TIME() formatting functions". No fractions of seconds."""
    at = span.at.astimezone(UTC).replace(microsecond=0)
    if not datetime(1970, 1, 1, tzinfo=UTC) <= at <= datetime(2999, 1, 1, tzinfo=UTC):
        return literal(label(span.fallback, 100))
    stamp = at.strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"{{{{DATE({stamp}, SHORT)}}}} {{{{TIME({stamp})}}}}"


def link(span: Link) -> str:
    """A link, or its words where the address is not one of the web."""
    words = _joined(span.text)
    if not _WEB.fullmatch(span.url) or len(span.url) > _MOST_ADDRESS:
        return words
    # A bracket inside would end the words early.
    words = words.replace("[", "(").replace("]", ")") or "link"
    # An exclamation mark before it would make a picture of it.
    return f"{_APART}[{words}]({span.url})"
