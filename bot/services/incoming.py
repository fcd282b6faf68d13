"""A parsed request and its reply: what the doors hand to `dispatch` and take back."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.domain.commands import Command
from bot.domain.people import Address
from bot.messages.model import Form, Message
from bot.services.chat import Place, Profile


@dataclass(frozen=True, kw_only=True, slots=True)
class Incoming:
    """Who wants what, and where they said it."""

    actor: Address
    command: Command
    #: The platform's id of this request (event id, trigger id, activity id): one effect each. Empty: it has none, and each arrival counts.
    key: str
    #: Where it was said or pressed.
    place: Place
    #: The message that was pressed, or the thread that was replied in; empty for a typed command.
    message_id: str = ""
    #: What the platform told about the actor along with the request.
    profile: Profile | None = None
    #: The log's reference of this request.
    reference: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """What the asker sees. Messages to others travel through the outbox, never through a reply."""

    #: Shown to the asker alone, or in place of the message pressed.
    message: Message | None = None
    #: Whether `message` replaces the message that was pressed.
    in_place: bool = False
    #: Opened as a modal, or shown as a card with inputs.
    form: Form | None = None
    #: Field id → what is wrong with it; the form stays open with what was typed.
    errors: Mapping[str, str] = field(default_factory=dict)
