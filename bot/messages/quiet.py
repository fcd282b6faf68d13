"""The quiet start: what the admin sees before anybody else hears a word, and how it ends."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.people import Person
from bot.messages.figures import line, person, plural
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
    Text,
    say,
)

#: Messages shown in full; the rest is counted.
MOST = 8
#: One message's own lines in the preview.
_LINES = 6

GO_LIVE = Button(
    label="Go live",
    press=Press(verb="go_live"),
    style="primary",
    says="Go live: from now on Pilotlight writes to these people",
)
KEEP_QUIET = Button(
    label="Keep quiet for two more days",
    press=Press(verb="keep_quiet"),
    says="Keep quiet for two more days: nobody but you hears from Pilotlight",
)


@dataclass(frozen=True, kw_only=True)
class Preview:
    """One message that would have gone to somebody."""

    to: Person
    message: Message
    #: Nobody knows yet where this person is reached.
    unmatched: bool = False


def preview(previews: Sequence[Preview], *, total: int, until: str) -> Message:
    """The one message to the admin, changed in place as it changes.

    Args:
        previews: who would be written to, and what; those beyond the eighth are counted.
        total: how many people in all.
        until: when it goes live by itself, in words.

    """
    head = f"Quiet start: {plural(total, 'person', 'people')} would hear from Pilotlight"
    intro = f"Nobody but you sees this. It goes live by itself on {until}; then each of them gets their message, within their hours."
    sections = [
        Section(
            parts=(
                Heading(text=head),
                Text(spans=(intro,)),
                Buttons(
                    buttons=(
                        GO_LIVE,
                        KEEP_QUIET,
                        Button(label="Settings", press=Press(verb="form_settings")),
                    )
                ),
            )
        )
    ]
    sections += [Section(parts=_one(shown)) for shown in previews[:MOST]]
    if total > MOST:
        sections.append(
            Section(
                parts=(
                    Text(spans=(f"and {plural(total - MOST, 'more person', 'more people')}",), quiet=True),
                )
            )
        )
    return Message(headline=head, sections=tuple(sections))


def _one(shown: Preview) -> tuple[Part, ...]:
    """To whom, then the message's own words without its buttons."""
    known = ", not matched with an account yet: Settings, People" if shown.unmatched else ""
    parts: list[Part] = [Divider(), Text(spans=("To ", Bold(person(shown.to)), known))]
    said = [part for section in shown.message.sections for part in section.parts if isinstance(part, Text)]
    parts += [Text(spans=part.spans, quiet=True) for part in said[:_LINES]]
    return tuple(parts)


def live(how: str) -> Message:
    """What stands in the preview's place once it is over."""
    return say(f"Pilotlight is live: {line(how, 200)} People hear from it within their hours from now on.")


def kept(until: str) -> str:
    """The line after the admin asked for more time."""
    return f"Kept quiet until {until}. Nobody but you hears from Pilotlight."


def nothing_yet(until: str) -> Message:
    """What stands in the preview while nobody would be written to any more."""
    return say(
        f"Quiet start until {until}: right now Pilotlight would write to nobody.",
        buttons=(GO_LIVE, KEEP_QUIET),
    )
