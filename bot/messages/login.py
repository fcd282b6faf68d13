"""The link to the page."""

from bot.messages.model import Bold, Link, Message, Section, Text
from bot.messages.text import to_type


def link(url: str, *, minutes: int) -> Message:
    """A personal link, and what to know of it."""
    told = "Your link to the portfolio"
    return Message(
        headline=told,
        sections=(
            Section(
                parts=(
                    Text(spans=(Bold(told), ": ", Link(text="Open the portfolio", url=url))),
                    Text(
                        spans=(
                            f"It is yours alone, works once and for {minutes} minutes. A new one: {to_type('portfolio')}.",
                        ),
                        quiet=True,
                    ),
                )
            ),
        ),
    )
