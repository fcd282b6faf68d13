"""A message as e-mail: plain text, and the same as modest HTML. Nothing that was typed can become a header or a tag."""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from html import escape

from bot.messages.model import (
    Bold,
    Buttons,
    Chart,
    Divider,
    Facts,
    Heading,
    Link,
    Message,
    Part,
    Span,
    Spans,
    Table,
    Text,
    plain,
)
from bot.messages.text import with_slash

_SUBJECT = 150
#: An e-mail has no buttons: where an answer is heard, and where it is not.
HOW_TO_ANSWER = (
    "You get this by e-mail because Pilotlight cannot write to you in chat yet. To answer, write to Pilotlight in Slack or "
    "Teams; from then on it asks you there. Replies to this e-mail are read by nobody."
)


def rendered(
    message: Message, *, sender: Address, to: Address, key: str, workspace: str, now: datetime
) -> EmailMessage:
    """One e-mail, ready to leave; the same key gives the same Message-ID, by which a repetition is known."""
    made = EmailMessage(policy=SMTP)
    made["From"], made["To"] = sender, to
    made["Subject"] = _line(message.headline)[:_SUBJECT] or "Pilotlight"
    made["Date"] = format_datetime(now)
    made["Message-ID"] = message_id(key, workspace, sender.domain)
    made["Auto-Submitted"] = "auto-generated"
    made["X-Auto-Response-Suppress"] = "All"
    made.set_content(_safe("\n".join([*_text(message), "", "--", HOW_TO_ANSWER, ""])))
    made.add_alternative(_safe(_html(message)), subtype="html")
    return made


def message_id(key: str, workspace: str, domain: str) -> str:
    """By the outbox key, in which no name can be read."""
    whole = f"{workspace}\n{key}"
    return f"<{hashlib.sha256(whole.encode()).hexdigest()[:40]}@{domain}>"


def _safe(text: str) -> str:
    """What can be sent as UTF-8: lone surrogates and control characters are no text."""
    kept = "".join(sign for sign in text if sign in "\n\t" or sign.isprintable() or sign == "\u200d")
    return kept.encode(errors="replace").decode()


def _line(text: str) -> str:
    return " ".join(_safe(with_slash(text)).split())


def _text(message: Message) -> Iterator[str]:
    for section in message.sections:
        for part in section.parts:
            yield from _lines(part)
        yield ""


def _lines(part: Part) -> list[str]:
    match part:
        case Heading():
            return [with_slash(part.text)]
        case Text():
            return with_slash("".join(_said(span) for span in part.spans)).split("\n")
        case Facts():
            return [with_slash(f"{label}: {plain(spans)}") for label, spans in part.rows]
        case Table():
            return [part.caption, *(" | ".join(row) for row in (part.columns, *part.rows))]
        case Chart():
            return [part.says]
        case Buttons():
            return []
        case Divider():
            return [""]


def _said(span: Span) -> str:
    if isinstance(span, Link) and _http(span.url):
        return span.text if span.text == span.url else f"{span.text} ({span.url})"
    return plain((span,))


def _http(url: str) -> bool:
    return url.lower().startswith(("https://", "http://")) and not any(sign in url for sign in ' "<>\n\r')


def _html(message: Message) -> str:
    body = "".join(
        "<div>" + "".join(_tags(part) for part in section.parts) + "</div>" for section in message.sections
    )
    return (
        '<!doctype html><html lang="en"><body style="font-family: sans-serif; font-size: 16px; line-height: 1.5; max-width: 40em">'
        f'{body}<hr><p style="color: #555; font-size: 14px">{escape(HOW_TO_ANSWER)}</p></body></html>'
    )


def _tags(part: Part) -> str:
    match part:
        case Heading():
            return f"<h2>{escape(with_slash(part.text))}</h2>"
        case Text():
            style = ' style="color: #555; font-size: 14px"' if part.quiet else ""
            return f"<p{style}>{_spans(part.spans)}</p>"
        case Facts():
            rows = "".join(
                f"<tr><th align=left>{escape(label)}</th><td>{_spans(spans)}</td></tr>"
                for label, spans in part.rows
            )
            return f"<table>{rows}</table>"
        case Table():
            head = "".join(f"<th align=left>{escape(cell)}</th>" for cell in part.columns)
            rows = "".join(
                "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in part.rows
            )
            return f"<table><caption>{escape(part.caption)}</caption><tr>{head}</tr>{rows}</table>"
        case Chart():
            return f"<p>{escape(part.says)}</p>"
        case Buttons():
            return ""
        case Divider():
            return "<hr>"


def _spans(spans: Spans) -> str:
    return with_slash("".join(_tag(span) for span in spans)).replace("\n", "<br>")


def _tag(span: Span) -> str:
    said = escape(plain((span,)))
    match span:
        case Bold():
            return f"<b>{said}</b>"
        case Link() if _http(span.url):
            return f'<a href="{escape(span.url)}">{said}</a>'
        case _:
            return said
