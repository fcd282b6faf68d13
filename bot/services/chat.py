"""What every chat platform can do for us: the one seam with several implementations."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from bot.domain.people import Address, Platform
from bot.messages.model import Message


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where a message goes or went: a channel, or a person's direct messages."""

    platform: Platform
    #: The platform's id of the customer: Slack team, Teams tenant.
    workspace: str
    #: The channel or conversation; empty for a person whose direct messages were never opened.
    channel: str = ""
    #: The person, for direct messages.
    user: str = ""
    #: Teams only: the service address learned from an authenticated activity.
    service_url: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivered:
    """A message that is on the platform."""

    channel: str
    #: Slack's ts, Teams' activity id.
    message_id: str


class Trouble(StrEnum):
    """What a failed send means for its row."""

    #: Nothing left this machine: try again soon.
    NOT_CONNECTED = "not_connected"
    #: The platform asked for patience: not before `retry_after`.
    LIMITED = "limited"
    #: It may have arrived: wait, look, never just send again.
    UNCERTAIN = "uncertain"
    #: This person or channel cannot be written to: somebody is told.
    RECIPIENT = "recipient"
    #: The whole workspace is out of reach: token dead, app removed.
    WORKSPACE = "workspace"
    #: The message itself was refused: a bug of ours.
    MESSAGE = "message"


class ChatError(Exception):
    """A send, update or look-up that did not succeed."""

    def __init__(self, trouble: Trouble, reason: str, *, retry_after: timedelta | None = None) -> None:
        super().__init__(f"{trouble}: {reason}")
        self.trouble = trouble
        #: The platform's own word for it.
        self.reason = reason
        self.retry_after = retry_after


class CannotLook(Exception):
    """The platform offers no way to see whether a message arrived there."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Profile:
    """What a platform knows of a person."""

    address: Address
    name: str
    real_name: str = ""
    email: str = ""
    zone: str | None = None
    deleted: bool = False
    guest: bool = False
    robot: bool = False
    admin: bool = False
    #: Another id of the same account: an organisation's, beside the workspace's own.
    also: str = ""


class Chat(Protocol):
    """One platform, for all its workspaces."""

    async def send(self, place: Place, message: Message, *, key: str) -> Delivered:
        """Posts a message once; `key` travels with it so that it can be found again.

        Raises:
            ChatError: with the trouble told apart.

        """

    async def update(self, place: Place, message_id: str, message: Message, *, key: str) -> None:
        """Changes a message in place; harmless to repeat.

        Raises:
            ChatError: likewise.

        """

    async def was_sent(self, place: Place, *, key: str, since: datetime) -> Delivered | None:
        """Looks whether a message with that key arrived after a moment; None: it did not.

        Raises:
            CannotLook: the platform or the missing permission does not allow it.
            ChatError: the look itself failed.

        """

    async def profile(self, address: Address) -> Profile | None:
        """What the platform knows of one person; None: it knows nobody by that id.

        Raises:
            ChatError: the question failed.

        """

    async def people(self, workspace: str) -> list[Profile]:
        """Everybody the platform lets us see in one customer's workspace; empty where it offers no list.

        Raises:
            ChatError: the question failed.

        """
