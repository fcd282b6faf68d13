"""Chat over Slack's Web API: send, update, look whether it was sent, who is there.

https://docs.slack.dev/reference/methods/chat.postMessage · …/chat.update · …/conversations.history · …/users.info · …/users.list
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.domain.people import Address
from bot.messages.model import Message
from bot.services.chat import CannotLook, ChatError, Delivered, Place, Profile, Trouble
from bot.slack.ids import key_mark, key_of
from bot.slack.payload import profile_of
from bot.slack.render import drawn, render
from bot.slack.troubles import REFUSED_BLOCKS
from bot.slack.web_api import WebApi

Json = Mapping[str, Any]

EVENT_TYPE = "pilotlight"
#: Slack's clock and ours need not agree to the second.
_SKEW = timedelta(minutes=1)
_PAGE, _MOST_PAGES = 100, 10
_PEOPLE_PAGE, _MOST_PEOPLE_PAGES = 200, 500


class SlackChat:
    """Slack, for all its workspaces."""

    def __init__(self, api: WebApi) -> None:
        self.api = api

    async def send(self, place: Place, message: Message, *, key: str, thread: str = "") -> Delivered:
        """Posts a message once; see `services.chat.Chat`. `thread` answers in a thread."""
        until = self.api.deadline()
        channel = place.channel or await self._open(place, until)
        # Both kinds of unfurling: each flag stops one, and together they keep Slack from fetching the address.
        args = {"channel": channel, "unfurl_links": False, "unfurl_media": False}
        if thread:
            args["thread_ts"] = thread
        answer = await self._write("chat.postMessage", _Content(place.workspace, message, key), args, until)
        sent = answer.get("ts")
        if not isinstance(sent, str):
            raise ChatError(Trouble.UNCERTAIN, "no ts in the answer")
        return Delivered(channel=str(answer.get("channel") or channel), message_id=sent)

    async def update(self, place: Place, message_id: str, message: Message, *, key: str) -> None:
        """Changes a message in place; the key stays with it."""
        until = self.api.deadline()
        channel = place.channel or await self._open(place, until)
        content = _Content(place.workspace, message, key)
        await self._write("chat.update", content, {"channel": channel, "ts": message_id}, until)

    async def was_sent(self, place: Place, *, key: str, since: datetime) -> Delivered | None:
        """Reads our direct messages back. Channels are not read: the app asks for no history of them."""
        if place.channel and not place.channel.startswith("D"):
            raise CannotLook("channels are not read")
        until = self.api.deadline()
        try:
            channel = place.channel or await self._open(place, until)
            return await self._find(place.workspace, channel, key, since - _SKEW, until)
        except ChatError as error:
            if error.reason.partition(" ")[0] in ("missing_scope", "not_allowed_token_type"):
                raise CannotLook(error.reason) from error
            raise

    async def profile(self, address: Address) -> Profile | None:
        """What Slack knows of one person; None: nobody by that id, or not to be seen by us."""
        try:
            answer = await self.api.read(address.workspace, "users.info", {"user": address.user})
        except ChatError as error:
            if error.reason in ("user_not_found", "user_not_visible", "users_not_found"):
                return None
            raise
        user = answer.get("user")
        return profile_of(address.workspace, user) if isinstance(user, dict) else None

    async def people(self, workspace: str) -> list[Profile]:
        """Everybody in a workspace, page by page; one deadline for each page."""
        found: list[Profile] = []
        cursor = ""
        for _ in range(_MOST_PEOPLE_PAGES):
            args = {"limit": _PEOPLE_PAGE} | ({"cursor": cursor} if cursor else {})
            answer = await self.api.read(workspace, "users.list", args)
            found += [profile_of(workspace, user) for user in _dicts(answer, "members")]
            cursor = _next(answer)
            if not cursor:
                break
        return found

    async def tell(self, place: Place, message: Message, *, thread: str = "") -> None:
        """Shows a message to one person alone, in the channel where they spoke."""
        rendered = render(message, team=place.workspace)
        args = {"channel": place.channel, "user": place.user, **rendered} | (
            {"thread_ts": thread} if thread else {}
        )
        await self.api.write(place.workspace, "chat.postEphemeral", args)

    async def close(self) -> None:
        await self.api.close()

    async def _open(self, place: Place, until: float) -> str:
        """The direct message channel with a person; `im:write`. Whatever fails here, no message has left yet."""
        try:
            answer = await self.api.write(
                place.workspace, "conversations.open", {"users": place.user}, until=until
            )
        except ChatError as error:
            if error.trouble is Trouble.UNCERTAIN:
                raise ChatError(Trouble.NOT_CONNECTED, f"conversations.open: {error.reason}") from error
            raise
        channel = answer.get("channel")
        opened = channel.get("id") if isinstance(channel, dict) else None
        if not isinstance(opened, str):
            raise ChatError(Trouble.NOT_CONNECTED, "conversations.open: no channel in the answer")
        return opened

    async def _write(self, method: str, content: "_Content", args: Json, until: float) -> Json:
        """Posts or updates; where Slack refused the drawing for certain, once more with the same facts in words."""
        try:
            return await self.api.write(content.team, method, {**args, **content.args()}, until=until)
        except ChatError as error:
            if error.reason not in REFUSED_BLOCKS or not drawn(content.message):
                raise
        return await self.api.write(
            content.team, method, {**args, **content.args(fallback=True)}, until=until
        )

    async def _find(
        self, team: str, channel: str, key: str, oldest: datetime, until: float
    ) -> Delivered | None:
        # Newest first, and a whole page whatever our clock says: one that was set wrong must not hide what arrived.
        args = {"channel": channel, "limit": _PAGE, "include_all_metadata": True}
        cursor = ""
        for _ in range(_MOST_PAGES):
            answer = await self.api.read(
                team, "conversations.history", args | ({"cursor": cursor} if cursor else {}), until=until
            )
            page = list(_dicts(answer, "messages"))
            for message in page:
                if _carries(message, key):
                    return Delivered(channel=channel, message_id=str(message.get("ts")))
            cursor = _next(answer)
            if not cursor or (page and _moment(page[-1]) < oldest.timestamp()):
                return None
        # Not found is only said after all was seen.
        raise ChatError(Trouble.UNCERTAIN, "more messages than can be looked through")


@dataclass(frozen=True, slots=True)
class _Content:
    """What a message says to Slack, with its key twice: in metadata, and in a block_id, which history always returns."""

    team: str
    message: Message
    key: str

    def args(self, *, fallback: bool = False) -> dict[str, Any]:
        rendered = render(self.message, team=self.team, key=self.key, fallback=fallback)
        marked = (
            {"metadata": {"event_type": EVENT_TYPE, "event_payload": {"key": self.key}}} if self.key else {}
        )
        return {**rendered, **marked, "parse": "none"}


def _carries(message: Json, key: str) -> bool:
    """Whether a message of history is ours with that key."""
    metadata = message.get("metadata")
    payload = metadata.get("event_payload") if isinstance(metadata, dict) else None
    if not key or (isinstance(payload, dict) and payload.get("key") == key):
        return bool(key)
    return key_of([str(block.get("block_id", "")) for block in _dicts(message, "blocks")]) == key_mark(key)


def _moment(message: Json) -> float:
    try:
        return float(str(message.get("ts")))
    except ValueError:
        return float("inf")  # not to be read: what lies behind it is looked through all the same


def _next(answer: Json) -> str:
    """https://docs.slack.dev/apis/web-api/pagination"""
    more = answer.get("response_metadata")
    return str(more.get("next_cursor") or "") if isinstance(more, dict) else ""


def _dicts(answer: Json, name: str) -> Iterable[Json]:
    found = answer.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
