"""The plain things of a workspace: people, conversations, messages, views."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

Json = dict[str, Any]
Clock = Callable[[], datetime]
ConversationType = Literal["public_channel", "private_channel", "im"]


def real_clock() -> datetime:
    return datetime.now(UTC)


@dataclass(kw_only=True, eq=False)
class User:
    id: str
    #: the handle, as typed after @
    name: str
    real_name: str
    #: an IANA name; tz_offset is derived when asked for, since it goes stale across clock changes
    tz: str = "UTC"
    email: str = ""
    title: str = ""
    deleted: bool = False
    is_admin: bool = False
    is_bot: bool = False
    #: a guest
    is_restricted: bool = False
    #: somebody from another workspace, seen through Slack Connect
    is_stranger: bool = False
    #: the other id of the same account, in a workspace of an Enterprise organisation
    enterprise_id: str = ""
    #: next Do Not Disturb window in epoch seconds; None when switched off
    dnd: tuple[int, int] | None = None
    updated: int = 0


@dataclass(kw_only=True, eq=False)
class Message:
    ts: str
    channel: str
    #: a person's id, or the bot user's
    user: str
    text: str
    bot_id: str = ""
    blocks: list[Json] = field(default_factory=list)
    thread_ts: str = ""
    metadata: Json | None = None
    #: (user, ts) of the last edit
    edited: tuple[str, str] | None = None
    subtype: str = ""
    #: the one person who sees it ("Only visible to you"); empty for a real message
    only_visible_to: str = ""
    #: a message committed late is in nobody's history before this moment
    visible_at: datetime | None = None
    reactions: dict[str, list[str]] = field(default_factory=dict)
    #: what each person has chosen in the menus of this message: user, block_id, action_id
    choices: dict[str, dict[str, dict[str, Json]]] = field(default_factory=dict)
    #: what the app shows beneath links of its own domain: url, the blocks
    unfurls: dict[str, list[Json]] = field(default_factory=dict)
    #: how often it was changed after it was posted
    revision: int = 0

    @property
    def ephemeral(self) -> bool:
        return bool(self.only_visible_to)

    @property
    def by_bot(self) -> bool:
        return bool(self.bot_id)


@dataclass(kw_only=True, eq=False)
class Channel:
    id: str
    name: str
    type: ConversationType
    created: int
    creator: str = ""
    members: list[str] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    is_archived: bool = False
    topic: str = ""

    @property
    def is_im(self) -> bool:
        return self.type == "im"


@dataclass(kw_only=True, eq=False)
class View:
    id: str
    user: str
    type: Literal["modal", "home"]
    #: what the app sent: title, blocks, submit, close, private_metadata, callback_id, ...
    payload: Json
    hash: str
    root_view_id: str
    previous_view_id: str = ""
    #: what the person has filled in so far: block_id, action_id
    values: dict[str, dict[str, Json]] = field(default_factory=dict)
    #: what the app found wrong at the last submission: block_id, sentence
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def blocks(self) -> list[Json]:
        return list(self.payload.get("blocks", []))

    @property
    def title(self) -> str:
        return str((self.payload.get("title") or {}).get("text", ""))

    @property
    def external_id(self) -> str:
        return str(self.payload.get("external_id") or "")


@dataclass(frozen=True, kw_only=True)
class Notice:
    """What Slack itself tells a person when the app fails: not a message of the app."""

    user: str
    code: str
    text: str
    channel: str
    ts: str


@dataclass(frozen=True, kw_only=True)
class Change:
    """Something happened: message, message_changed, message_deleted, ephemeral, ephemeral_changed, ephemeral_deleted,
    view, home, notice, user, channel, read, reaction.
    """

    kind: str
    user: str = ""
    channel: str = ""
    ts: str = ""


Listener = Callable[[Change], None]
