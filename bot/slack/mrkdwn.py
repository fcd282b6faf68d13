"""Text that people typed, made safe for Slack: shown as it is, and nothing in it takes effect.

https://docs.slack.dev/messaging/formatting-message-text

Pure text in, pure text out. Two kinds of Slack text are spoken here: `plain_text` objects, where only hidden characters
matter, and mrkdwn, where `& < >` are escaped and the signs of formatting are replaced by their look-alikes.
"""

import re
from datetime import UTC, datetime

from bot.domain.people import Platform
from bot.messages.model import Bold, Link, Mention, Moment, Span

#: Characters that nobody sees and that reorder, hide or forge what is seen: controls, zero-width, bidi, tags, fillers.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0"
    "\ufff9-\ufffb\U000e0000-\U000e007f]"
)
#: Joiners belong inside emoji families and some scripts; anywhere else they only tell look-alike names apart.
_STRAY_JOINER = re.compile(
    "(?<![\u0300-\U0010ffff])[\u200c\u200d]+|[\u200c\u200d]+(?![\u0300-\u200b\u200e-\U0010ffff])"
)
_MARKS = "[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
_PILED_MARKS = re.compile(f"({_MARKS}{{4}}){_MARKS}+")
_LINE_ENDS = re.compile("\r\n?|\u2028|\u2029")
_SURROGATES = re.compile("[\ud800-\udfff]")

#: Escaping leaves `* _ ~ \`` active at the edge of a word; there is no sign to escape them with.
_FORMATTING = re.compile(r"(?<![^\W_])[*_~`]|[*_~`](?![^\W_])")
_LOOK_ALIKE = {"*": "\u2217", "_": "\u02cd", "~": "\u223c", "`": "\u02cb"}
_QUOTE = re.compile(r"^(\s*)>")

_WEB = re.compile(r"https?://[^\s<>\"|^`{}\\]+", re.IGNORECASE)
_USER = re.compile(r"[UW][A-Z0-9]+")

#: Slack's range for a timestamp of a date token is not published; these are four-digit years.
_FIRST, _LAST = 0, 253402300799


def clean(text: str) -> str:
    """The text without what nobody can see; line ends are one sign, lone surrogates a replacement sign."""
    if text.isascii() and text.isprintable():
        return text
    text = _LINE_ENDS.sub("\n", text)
    text = _SURROGATES.sub("\ufffd", text)
    text = _HIDDEN.sub("", text)
    text = _STRAY_JOINER.sub("", text)
    return _PILED_MARKS.sub(r"\1", text)


def clip(text: str, most: int) -> str:
    """At most so many characters, an ellipsis where something is missing."""
    return text if len(text) <= most else text[: max(0, most - 1)].rstrip() + "…"


def label(text: str, most: int, *, empty: str = "–") -> str:
    """Text of a plain_text object: one line, never empty, never too long."""
    return clip(" ".join(clean(text).split()), most) or empty


def escape(text: str) -> str:
    """The three characters that Slack asks for, and no others."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def literal(text: str, *, at_line_start: bool = False) -> str:
    """Somebody's words inside mrkdwn: as they are, with no sign taking effect."""
    text = _FORMATTING.sub(lambda found: _LOOK_ALIKE[found[0]], clean(text))
    if at_line_start:
        text = _QUOTE.sub("\\1\u203a", text)
    return escape(text)


def token(span: Span, team: str) -> str:
    """One span as mrkdwn; words in it are literal."""
    match span:
        case str():
            return literal(span)
        case Bold():
            return bold(span.text)
        case Mention():
            return _mention(span, team)
        case Moment():
            return _moment(span)
        case Link():
            return _link(span)


def bold(text: str) -> str:
    """Bold, where there is something to embolden: stars around blanks would show as stars."""
    words = " ".join(literal(text).split())
    return f"*{words}*" if words else ""


def _mention(mention: Mention, team: str) -> str:
    for address in mention.addresses:
        # A user id means nothing in another workspace, or names a stranger there.
        if address.platform is Platform.SLACK and address.workspace == team and _USER.fullmatch(address.user):
            return f"<@{address.user}>"
    return literal(mention.name)


def _moment(moment: Moment) -> str:
    """https://docs.slack.dev/messaging/formatting-message-text#date-formatting"""
    fallback = literal(moment.fallback).replace("|", "/").replace("\n", " ").strip()
    seconds = int((moment.at - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds())
    if not _FIRST <= seconds <= _LAST or not fallback:
        return fallback
    return f"<!date^{seconds}^{{date_short_pretty}} at {{time}}|{fallback}>"


def _link(link: Link) -> str:
    words = literal(link.text).replace("\n", " ").strip()
    if not _WEB.fullmatch(link.url) or len(link.url) > 2000:
        return words
    return f"<{escape(link.url)}|{words or 'link'}>"
