"""Home: what wants the reader first, their pilots, the whole portfolio for those who lead, and the three things most often done.

The same on Slack's Home tab and as a message.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from bot.domain.digest import Seen, leading
from bot.domain.people import Person
from bot.messages.figures import closed, fact, health_words, line, name, plural
from bot.messages.model import (
    Bold,
    Button,
    Buttons,
    Divider,
    Heading,
    Message,
    Part,
    Press,
    Section,
    Table,
    Text,
)
from bot.messages.pilot_card import needs_most, row_of, ways_on
from bot.messages.quiet import GO_LIVE, KEEP_QUIET

#: What wants the reader, each with its buttons; their other pilots, each a row.
_FIRST, _ROWS = 5, 15


@dataclass(frozen=True, kw_only=True)
class Portfolio:
    """The whole registry in a few lines, for leaders and the admin."""

    #: The digest's headline and its line of counts.
    headline: str
    counts: str
    #: The oldest open decisions, each in a line.
    decisions: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Home:
    """What one person sees."""

    viewer: Person
    today: date
    #: The pilots they have a role in.
    seen: Sequence[Seen]
    #: Ids of pilots that wait for a word from them.
    wants: Sequence[str] = ()
    #: How many pilots the registry holds.
    registered: int = 0
    portfolio: Portfolio | None = None
    admin: bool = False
    #: Until when only the admin hears; empty once it is live. For the admin alone.
    quiet_until: str = ""
    #: What the admin should still set, in a sentence; empty: nothing.
    to_set: str = ""
    #: When the reader is written to, in words.
    hours: str = ""
    #: More buttons that a door or a service knows of.
    more: tuple[Button, ...] = field(default=())


def home(view: Home) -> Message:
    """The page as a message."""
    waiting = set(view.wants)
    first = [one for one in view.seen if one.pilot.id in waiting]
    rest = sorted((one for one in view.seen if one.pilot.id not in waiting), key=needs_most)
    head = (
        f"{plural(len(first), 'pilot')} {'waits' if len(first) == 1 else 'wait'} for a word from you"
        if first
        else "Nothing waits for you"
    )
    sections = [*_for_the_admin(view), Section(parts=(Heading(text=head),)), *_first(first, view.viewer)]
    sections += _mine(rest, view.today) if rest else []
    sections += _nobodys(view) if not view.seen else []
    if view.portfolio is not None and view.registered:
        sections.append(_portfolio(view.portfolio))
    sections.append(_ways(view))
    if view.hours:
        change = Button(
            label="Change",
            press=Press(verb="form_wishes"),
            says="Change when and where Pilotlight writes to you",
        )
        sections.append(
            Section(parts=(Text(spans=(view.hours,), quiet=True), Buttons(buttons=(change,)))),
        )
    return Message(headline=head, sections=tuple(sections))


def _for_the_admin(view: Home) -> list[Section]:
    sections: list[Section] = []
    if view.quiet_until:
        words = f" until {view.quiet_until}: nobody but you hears from Pilotlight. It goes live by itself then, or now."
        sections.append(
            Section(
                parts=(
                    Text(spans=(Bold("Quiet start"), words)),
                    Buttons(buttons=(GO_LIVE, KEEP_QUIET)),
                )
            )
        )
    if view.to_set:
        sections.append(Section(parts=(Text(spans=(view.to_set,)),)))
    return sections


def _first(first: Sequence[Seen], viewer: Person) -> list[Section]:
    sections = []
    for one in first[:_FIRST]:
        open_ = leading(one.picture.findings)
        what = (
            fact(open_[0], one.pilot, one.record, one.picture)
            if open_
            else health_words(one.picture, one.pilot)
        )
        text = Text(spans=(Bold(name(one.pilot)), f": {closed(what)}"))
        sections.append(Section(parts=(text, Buttons(buttons=ways_on(one, viewer)))))
    if len(first) > _FIRST:
        sections.append(Section(parts=(Text(spans=(f"and {len(first) - _FIRST:,} more",), quiet=True),)))
    return sections


def _mine(rest: Sequence[Seen], today: date) -> list[Section]:
    more = f" (and {len(rest) - _ROWS:,} more)" if len(rest) > _ROWS else ""
    table = Table(
        caption=f"Your pilots{more}",
        columns=("Pilot", "Stage", "State", "Number", "Owner"),
        rows=tuple(row_of(one, today) for one in rest[:_ROWS]),
    )
    return [Section(parts=(table,))]


def _nobodys(view: Home) -> list[Section]:
    """For whoever has no part in any pilot: what they can do all the same."""
    words = (
        f"You have no part in any of the {plural(view.registered, 'pilot')}. Any of them can be asked about: "
        "whatever happened to NAME?"
        if view.registered
        else "No pilot is registered yet. Three things are enough for the first: its name, what should get "
        "better, and who wants that."
    )
    return [Section(parts=(Text(spans=(words,)),))]


def _portfolio(portfolio: Portfolio) -> Section:
    parts: list[Part] = [
        Divider(),
        Heading(text="The portfolio"),
        Text(spans=(Bold(portfolio.headline), f"\n{portfolio.counts}")),
    ]
    if portfolio.decisions:
        lines = "\n".join(f"{at}. {line(one, 200)}" for at, one in enumerate(portfolio.decisions, start=1))
        parts.append(Text(spans=(lines,)))
    parts.append(
        Buttons(
            buttons=(
                # All pilots stand below, in everybody's ways on.
                *([_say("Decide", "list decisions")] if portfolio.decisions else []),
                _say("This week", "digest"),
            )
        )
    )
    return Section(parts=tuple(parts))


def _ways(view: Home) -> Section:
    """At most three for a member; the admin's settings are a fourth."""
    new = Button(label="Register a pilot", press=Press(verb="form_register"), style="primary")
    buttons = [new, _say("All pilots", "list"), _say("Help", "help"), *view.more]
    if view.admin:
        buttons.append(Button(label="Settings", press=Press(verb="form_settings")))
    return Section(parts=(Divider(), Buttons(buttons=tuple(buttons))))


def _say(label: str, words: str) -> Button:
    return Button(label=label, press=Press(verb="say", args={"text": words}))
