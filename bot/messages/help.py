"""What can be typed, on one screen; what to do with words nobody knows; and the first words after the installation."""

from bot.domain.commands import Unknown
from bot.domain.grammar import EXAMPLES, NEEDS
from bot.messages.figures import line, quoted
from bot.messages.model import Bold, Button, Buttons, Heading, Message, Press, Section, Spans, Text
from bot.messages.text import to_type

#: What people come for → what they type.
_GROUPS = (
    ("Start", ("new", "register NAME: OUTCOME")),
    (
        "Answer",
        (
            "checkin NAME [VALUE] [moving|stuck|waiting|stop] [TEXT]",
            "reading NAME VALUE [on DATE] [SOURCE]",
            "snooze NAME DAYS REASON",
            "handover NAME @PERSON",
            "away DATE to DATE",
        ),
    ),
    (
        "Look",
        (
            "list [mine|stalled|decisions|all]",
            "show NAME",
            "happened NAME",
            "digest",
            "home",
            "portfolio",
            "calendar [off]",
        ),
    ),
    (
        "Move on",
        (
            "ready NAME",
            "gate NAME",
            "item NAME CODE done|open|na [LINK or REASON]",
            "promise NAME kept|until DATE REASON",
        ),
    ),
    (
        "Decide",
        ("pause NAME until DATE REASON", "resume NAME", "scale NAME", "retire NAME", "merge NAME into NAME"),
    ),
    (
        "Set up",
        ("metric NAME SENTENCE", "edit NAME FIELD VALUE", "settings", "claim CODE", "export", "privacy"),
    ),
)


def help_page(topic: str = "") -> Message:
    """The grammar with examples; one verb of it, where a topic is given."""
    verb = topic.strip().casefold()
    if verb in EXAMPLES:
        needs = f"It needs {NEEDS[verb]}. " if verb in NEEDS else ""
        return _page(f"How to say {verb}", (f"{needs}For example: {to_type(EXAMPLES[verb])}",))
    spans: list[Bold | str] = []
    for title, typed in _GROUPS:
        spans += [Bold(title), f": {' · '.join(typed)}\n"]
    examples = (
        f"For example: {to_type(EXAMPLES['register'])}\n"
        f"{to_type(EXAMPLES['checkin'])}\n"
        'A plain reply to a question is a full answer: "38, moving, Danish added".\n'
        f"Names may be short, old or mistyped. One verb with its example: {to_type('help snooze')}"
    )
    buttons = Buttons(
        buttons=(
            Button(label="Register a pilot", press=Press(verb="form_register")),
            Button(label="My pilots", press=Press(verb="say", args={"text": "list mine"})),
            Button(label="What wants me", press=Press(verb="say", args={"text": "home"})),
        )
    )
    head = "What you can type"
    parts = (
        Heading(text=head),
        Text(spans=(*spans[:-1], str(spans[-1]).rstrip("\n"))),
        Text(spans=(examples,), quiet=True),
        buttons,
    )
    return Message(headline=head, sections=(Section(parts=parts),))


def unknown(command: Unknown) -> Message:
    """Words nobody knows: the nearest command, and one example that works as it stands."""
    known = (
        f" The nearest is {quoted(command.nearest, 30)}."
        if command.nearest and command.nearest != "help"
        else ""
    )
    example = f" For example: {to_type(line(command.example, 160))}" if command.example else ""
    return _page("That is no command", (f"{quoted(command.text, 80)} is no command.{known}{example}",))


def welcome(admin: str = "", *, quiet_hours: int = 48) -> Message:
    """To the installer, and to nobody else: what it does, what happens first, and the one next step.

    Args:
        admin: who installed it.
        quiet_hours: how long only the admin sees previews; 0 where there is no quiet start.

    """
    hello = f"Hello {line(admin, 60)}. " if admin else ""
    quiet = (
        f" For the first {quiet_hours} hours nobody else hears from it: you see previews and decide when it goes live."
        if quiet_hours
        else ""
    )
    what = "Pilotlight keeps the register of AI pilots: each has an owner, a sponsor, a number and a date."
    how = (
        "When one goes quiet it asks the one person who can answer; open decisions come in one weekly digest."
    )
    then = (
        "Next: settings for the digest's channel and the holidays, then register or import the first pilots."
    )
    spans: Spans = (f"{hello}{what} {how}\nChannels are not read.{quiet}\n{then}",)
    buttons = Buttons(
        buttons=(
            Button(label="Settings", press=Press(verb="form_settings"), style="primary"),
            Button(label="Register a pilot", press=Press(verb="form_register")),
            Button(label="What can be typed", press=Press(verb="say", args={"text": "help"})),
        )
    )
    return Message(
        headline="Pilotlight is installed",
        sections=(Section(parts=(Heading(text="Pilotlight is installed"), Text(spans=spans), buttons)),),
    )


def _page(head: str, spans: Spans) -> Message:
    button = Button(label="All commands", press=Press(verb="say", args={"text": "help"}))
    return Message(headline=head, sections=(Section(parts=(Text(spans=spans), Buttons(buttons=(button,)))),))
