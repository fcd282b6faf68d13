"""The test nudge of the set-up: one message there, one press back, and nothing of it in the registry."""

from collections.abc import Mapping

from bot.messages.model import Button, Message, Press, say
from bot.messages.text import to_type
from bot.services.context import Context
from bot.services.incoming import Reply
from bot.services.quiet import until_words
from storage import audit
from storage.database import Connection

VERB = "tried"
_WHAT = "test nudge answered"


def test_nudge(reference: str) -> Message:
    """What whoever sets it up gets, looking like what owners will get."""
    args = {"reference": reference}
    buttons = tuple(
        Button(label=label, press=Press(verb=VERB, args={**args, "as": label}))
        for label in ("Moving", "Stuck", "Waiting")
    )
    return say(
        "This is a test, about no pilot. A nudge comes like this: one question, one tap as the answer. Press one to see it come back.",
        headline="A test nudge from Pilotlight",
        buttons=buttons,
    )


def answered(context: Context, args: Mapping[str, str]) -> Reply:
    """Notes the press, for the terminal that waits for it; and says how it goes on from here."""
    context.log(_WHAT, args.get("reference", "")[:64])
    until = until_words(context.workspace, context.now)
    quiet = f" Until {until} only you see what would be said, and to whom." if until else ""
    return Reply(
        message=say(
            f"{args.get('as', 'Pressed')[:20]}: it came back. Pilotlight can reach you and hear you.\n"
            f"Next: {to_type('new')} for one pilot, or in the terminal pilotlight import for a whole list.{quiet}"
        ),
        in_place=True,
    )


def was_answered(conn: Connection, workspace_id: str, reference: str) -> bool:
    """Whether the press has come."""
    return any(one.what == _WHAT for one in audit.of_subject(conn, workspace_id, reference, 5))
