"""To the admin: the digest's channel cannot be written to, why, and the one thing that mends it."""

from collections.abc import Mapping

from bot.messages.figures import line
from bot.messages.model import Button, Message, Press, say

#: The platform's word → what is the case, and what helps beside another channel.
_WHY: Mapping[str, tuple[str, str]] = {
    "is_archived": ("it was archived or deleted", ""),
    "channel_not_found": (
        "it does not exist any more, or it is private and Pilotlight is not in it",
        "If it is private, type /invite @Pilotlight there.",
    ),
    "not_in_channel": (
        "Pilotlight is not in it",
        "Type /invite @Pilotlight there, and nothing has to be changed.",
    ),
    "restricted_action": (
        "only some people may post in it",
        "Whoever looks after it can let Pilotlight post.",
    ),
}


def unreachable(reason: str) -> Message:
    """Why, and the button to the settings."""
    known = "restricted_action" if reason.startswith("restricted_action") else reason.partition(" ")[0]
    why, helps = _WHY.get(known, (f"the answer was {line(reason, 60)}", ""))
    words = f"The channel of the weekly digest cannot be written to: {why}. Until that is mended the digest comes to you. {helps}"
    return say(words.strip(), headline="The digest's channel cannot be written to", buttons=(_CHOOSE,))


def instead(headline: str) -> str:
    """The notification of a digest that came to the admin because its channel refused it."""
    return f"Not posted in its channel: {headline}"


def throttled() -> Message:
    """Slack stopped bringing events for a minute."""
    return say(
        "Slack kept messages and presses from Pilotlight for a minute, because there were more than 30,000 in an hour. "
        "Whoever pressed or answered then and saw nothing should do it once more. If it stays, another automation may be posting to it.",
        headline="Slack kept events from Pilotlight for a minute",
    )


_CHOOSE = Button(
    label="Choose another channel",
    press=Press(verb="form_settings"),
    style="primary",
    says="Choose another channel for the weekly digest",
)
