"""Spans → Slack's text objects, cut where they must be. No I/O.

https://docs.slack.dev/reference/block-kit/composition-objects/text-object

Text that people wrote is shown literally: as a plain_text object where nothing else is in the paragraph, and through
`mrkdwn.literal` where a mention, a date, a link or emphasis stands beside it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bot.messages.model import Bold, Span, Spans
from bot.messages.text import clean, clip, label
from bot.slack.mrkdwn import bold, literal, token

MOST_TEXT = 3000
_MOST_FIELD = 2000
#: Words are cut into pieces of so many characters before escaping, which can make five of one.
_PIECE = 500
_LINE_END = "\n"


@dataclass(frozen=True, slots=True)
class Chunk:
    """One text object, and how many lines it shows."""

    words: dict[str, Any]
    lines: int


def plain_text(text: str, most: int, *, empty: str = "–") -> dict[str, Any]:
    """A plain_text object of one line. Its `emoji` is off: `:fire:` in a name stays what was typed."""
    return {"type": "plain_text", "text": label(text, most, empty=empty), "emoji": False}


def mrkdwn(text: str) -> dict[str, Any]:
    """A mrkdwn object. "Automatic parsing is on by default": verbatim turns it off."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def chunks(spans: Spans, team: str) -> Iterator[Chunk]:
    """A paragraph as text objects, cut between lines where possible."""
    plain = all(isinstance(span, str) for span in spans)
    held: list[str] = []
    size = 0
    for line in _lines(spans, team, plain=plain):
        for bit in _fitting(line, MOST_TEXT):
            if held and size + len(bit) + 1 > MOST_TEXT:
                yield from _chunk(held, plain=plain)
                held, size = [], 0
            held.append(bit)
            size += len(bit) + 1
    yield from _chunk(held, plain=plain)


def fact(name: str, spans: Spans, team: str) -> dict[str, Any]:
    """One labelled fact as a field of a section; what is longer than a field ends in an ellipsis."""
    words = bold(clip(clean(name), 150)) or "–"
    start = len(words)
    for bit in _pieces(spans, team, plain=False):
        if len(words) + len(bit) + 3 > _MOST_FIELD:
            words += " …"
            break
        words += bit if len(words) > start else "\n" + bit
    return mrkdwn(words if words[start:].strip() else f"{words[:start]}\n–")


def _chunk(lines: list[str], *, plain: bool) -> Iterator[Chunk]:
    """Text objects must not be empty."""
    words = _LINE_END.join(lines).strip(_LINE_END)
    if words.strip():
        yield Chunk(
            {"type": "plain_text", "text": words, "emoji": False} if plain else mrkdwn(words), len(lines)
        )


def _pieces(spans: Spans, team: str, *, plain: bool) -> Iterator[str]:
    """What must not be cut: tokens, short stretches of words, ends of lines."""
    at_start = True
    for span in spans:
        for bit in _pieces_of(span, team, plain=plain, at_start=at_start):
            yield bit
            at_start = bit == _LINE_END


def _pieces_of(span: Span, team: str, *, plain: bool, at_start: bool) -> Iterator[str]:
    if isinstance(span, Bold):
        span = Bold(clip(clean(span.text), _PIECE))
    if not isinstance(span, str):
        made = token(span, team)
        yield made if len(made) <= _MOST_FIELD else "…"
        return
    for index, line in enumerate(clean(span).split(_LINE_END)):
        if index:
            yield _LINE_END
        for start in range(0, len(line), _PIECE):
            bit = line[start : start + _PIECE]
            yield bit if plain else literal(bit, at_line_start=not start and (at_start or index > 0))


def _lines(spans: Spans, team: str, *, plain: bool) -> Iterator[list[str]]:
    line: list[str] = []
    for bit in _pieces(spans, team, plain=plain):
        if bit == _LINE_END:
            yield line
            line = []
        else:
            line.append(bit)
    yield line


def _fitting(line: list[str], most: int) -> Iterator[str]:
    """A line as one string, or as several where it is longer than a text object may be."""
    held = ""
    for bit in line:
        if held and len(held) + len(bit) > most:
            yield held
            held = ""
        held += bit
    yield held
