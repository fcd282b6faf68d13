"""Text that people typed, made safe for Slack: shown as it is, and nothing in it takes effect.

https://docs.slack.dev/messaging/formatting-message-text

Pure text in, pure text out. Two kinds of Slack text are spoken here: `plain_text` objects, where only hidden characters
matter, and mrkdwn, where `& < >` are escaped and the signs of formatting are replaced by their look-alikes.
"""

import re
from datetime import UTC, datetime

from bot.domain.people import Platform
from bot.messages.model import Bold, Link, Mention, Moment, Span
from bot.messages.text import clean

#: Escaping leaves `* _ ~ \`` active at the edge of a word; there is no sign to escape them with.
_FORMATTING = re.compile(r"(?<![^\W_])[*_~`]|[*_~`](?![^\W_])")
_LOOK_ALIKE = {"*": "\u2217", "_": "\u02cd", "~": "\u223c", "`": "\u02cb"}
_QUOTE = re.compile(r"^(\s*)>")

_WEB = re.compile(r"https?://[^\s<>\"|^`{}\\]+", re.IGNORECASE)
_USER = re.compile(r"[UW][A-Z0-9]+")

#: Slack's range for a timestamp of a date token is not published; these are four-digit years.
_FIRST, _LAST = 0, 253402300799


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
