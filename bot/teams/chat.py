"""Chat over the Teams connector: send, update, who is there. Whether something was sent cannot be looked up.

https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/send-proactive-messages ·
https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference#conversation-operations
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.domain.people import Address
from bot.messages.model import Message
from bot.services.chat import CannotLook, ChatError, Delivered, Place, Profile, Trouble
from bot.teams.flight import Flight
from bot.teams.known import Known
from bot.teams.payload import THREAD, Member, profile_of, read_members
from bot.teams.rates import Kind
from bot.teams.render import MOST_BYTES, Card, card, cards
from bot.teams.web_api import Call, WebApi

Json = Mapping[str, Any]

CARD = "application/vnd.microsoft.card.adaptive"
#: Bytes of a card, and of a smaller one where Teams called it too large (413); below that it would hold nothing.
_BUDGETS = (MOST_BYTES, MOST_BYTES // 2, MOST_BYTES // 3)
_TOO_LARGE, _NOT_FOUND = "413", "404"
_PAGE, _MOST_PAGES = 200, 100


class TeamsChat:
    """Teams, for all its tenants."""

    def __init__(self, api: WebApi, *, bot_id: str, known: Known) -> None:
        self.api = api
        self.known = known
        self._bot_id = bot_id
        self._opening: dict[tuple[str, str], Flight[Place]] = {}

    # Messages

    async def send(self, place: Place, message: Message, *, key: str, stamp: str = "") -> Delivered:
        """Posts a message once; see `services.chat.Chat`. Of several cards the first gives the message its id.

        Once one card stands there, whatever befalls the next is uncertain: to try again would repeat the first.
        """
        until = self.api.deadline()
        place = await self._reachable(place, until)
        first, rest = await self._first(place, message, key, stamp, until)
        for shown in rest:
            try:
                await self._post(place, shown, until)
            except ChatError as error:
                raise ChatError(Trouble.UNCERTAIN, f"in part: {error.reason}") from error
        return Delivered(channel=place.channel, message_id=first)

    async def update(
        self, place: Place, message_id: str, message: Message, *, key: str, stamp: str = ""
    ) -> None:
        """Changes a message in place; the key stays with it."""
        for budget in _BUDGETS:
            shown = card(message, tenant=readers(place), key=key, stamp=stamp, budget=budget)
            try:
                await self.put_card(place, message_id, shown)
                return
            except ChatError as error:
                if not error.reason.startswith(_TOO_LARGE) or budget == _BUDGETS[-1]:
                    raise

    async def was_sent(self, place: Place, *, key: str, since: datetime) -> Delivered | None:  # noqa: ARG002 - the seam's
        """Never to be known: a bot cannot read its messages back."""
        raise CannotLook("Teams does not let a bot read a conversation")

    async def post_card(self, place: Place, shown: Card) -> Delivered:
        """Posts one card, once.

        Raises:
            ChatError: as `send`.
        """
        until = self.api.deadline()
        place = await self._reachable(place, until)
        return Delivered(channel=place.channel, message_id=await self._post(place, shown, until))

    async def put_card(self, place: Place, message_id: str, shown: Card) -> None:
        """Puts a card in another's place; harmless to repeat.

        Raises:
            ChatError: as `update`.
        """
        until = self.api.deadline()
        place = await self._reachable(place, until)
        path = ("v3", "conversations", place.channel, "activities", message_id)
        body = self._activity(place, shown) | {"id": message_id}
        await self._call(place, Call(method="PUT", path=path, kind=Kind.SEND, body=body, **_at(place)), until)

    async def _first(
        self, place: Place, message: Message, key: str, stamp: str, until: float
    ) -> tuple[str, list[Card]]:
        """Posts the first card; its id, and the cards that are left. Made smaller only where Teams took nothing."""
        for budget in _BUDGETS:
            shown = cards(message, tenant=readers(place), key=key, stamp=stamp, budget=budget)
            try:
                return await self._post(place, shown[0], until), shown[1:]
            except ChatError as error:
                if not error.reason.startswith(_TOO_LARGE) or budget == _BUDGETS[-1]:
                    raise
        raise AssertionError

    async def _post(self, place: Place, shown: Card, until: float) -> str:
        path = ("v3", "conversations", place.channel, "activities")
        call = Call(
            method="POST",
            path=path,
            kind=Kind.SEND,
            body=self._activity(place, shown),
            sends=True,
            **_at(place),
        )
        answer = await self._call(place, call, until)
        sent = answer.get("id")
        if not isinstance(sent, str) or not sent:
            raise ChatError(Trouble.UNCERTAIN, "no id in the answer")
        return sent

    async def _call(self, place: Place, call: Call, until: float) -> Json:
        try:
            return await self.api.call(call, until=until)
        except ChatError as error:
            if error.reason.startswith(f"{_NOT_FOUND} Conversation"):
                self.known.lost(place)
            raise

    def _activity(self, place: Place, shown: Card) -> dict[str, Any]:
        """`summary` is what the notification says; a text would stand above the card as well."""
        return {
            "type": "message",
            "from": {"id": self._bot_id},
            "conversation": {"id": place.channel},
            "summary": shown["fallbackText"],
            "attachments": [{"contentType": CARD, "content": shown}],
        }

    # Conversations

    async def _reachable(self, place: Place, until: float) -> Place:
        """The place with its conversation, created where there is none, and with the address of its service."""
        if not place.channel and place.user:
            chat = await self.known.chat_with(place.workspace, place.user)
            place = replace(chat, service_url=chat.service_url or place.service_url) if chat else place
        if not place.service_url:
            place = replace(place, service_url=await self.known.service_url(place.workspace))
        if not place.service_url:
            # No activity came from this tenant yet. Nothing has left this machine; the next one tells.
            raise ChatError(Trouble.NOT_CONNECTED, "no service address known yet")
        if place.channel:
            return place
        if not place.user:
            raise ChatError(Trouble.RECIPIENT, "neither a conversation nor a person")
        who = (place.workspace, place.user)
        flight = self._opening.setdefault(who, Flight())
        try:
            opened = await flight.join(lambda: self._open(place, until))
        finally:
            self._opening.pop(who, None)
        self.known.opened(opened)
        return opened

    async def _open(self, place: Place, until: float) -> Place:
        """The chat with a person; Teams gives the same one each time. Whatever fails here, no message has left yet."""
        body = {
            "bot": {"id": self._bot_id},
            "members": [{"id": await self._teams_id(place.workspace, place.user)}],
            "isGroup": False,
            "tenantId": place.workspace,
            "channelData": {"tenant": {"id": place.workspace}},
        }
        call = Call(
            method="POST",
            path=("v3", "conversations"),
            kind=Kind.CREATE,
            body=body,
            service_url=place.service_url,
            tenant=place.workspace,
            conversation=place.workspace,
        )
        try:
            answer = await self.api.call(call, until=until)
        except ChatError as error:
            if error.trouble is Trouble.UNCERTAIN:
                raise ChatError(Trouble.NOT_CONNECTED, f"conversation not created: {error.reason}") from error
            raise
        channel = answer.get("id")
        if not isinstance(channel, str) or not channel:
            raise ChatError(Trouble.NOT_CONNECTED, "conversation not created: no id in the answer")
        return replace(place, channel=channel)

    # People

    async def profile(self, address: Address) -> Profile | None:
        """What Teams knows of one person, asked in our chat with them; None: there is nobody by that id any more."""
        chat = await self.known.chat_with(address.workspace, address.user)
        for place in [chat] if chat is not None else await self.known.shared_in(address.workspace):
            try:
                return await self.member(place, address.user)
            except ChatError as error:
                if not error.reason.startswith(_NOT_FOUND):
                    raise
                if chat is not None and "Conversation" not in error.reason.partition("Member")[0]:
                    return None
        # Not being in a channel is no sign of having left the company.
        raise ChatError(Trouble.RECIPIENT, "no conversation with this person to ask in")

    async def member(self, place: Place, person: str) -> Profile:
        """One of a conversation, by either id.

        Raises:
            ChatError: there is nobody of that id there, or it could not be asked.
        """
        place = await self._reachable(place, self.api.deadline())
        person = self.known.teams_id(place.workspace, person) or person
        path = ("v3", "conversations", place.channel.partition(THREAD)[0], "members", person)
        found = Member.model_validate(
            await self.api.call(Call(method="GET", path=path, kind=Kind.READ, **_at(place)))
        )
        if not found.object_id:
            raise ChatError(Trouble.RECIPIENT, f"{_NOT_FOUND} MemberWithoutObjectId")
        self.known.named(place.workspace, teams_id=found.id, object_id=found.object_id, name=found.name)
        return profile_of(place.workspace, found)

    async def people(self, workspace: str) -> list[Profile]:
        """Everybody in the teams and group chats that we are in. Teams has no list of a tenant for a bot."""
        found: dict[str, Profile] = {}
        for place in await self.known.shared_in(workspace):
            async for member in self._members(await self._reachable(place, self.api.deadline())):
                self.known.named(workspace, teams_id=member.id, object_id=member.object_id, name=member.name)
                found[member.object_id] = profile_of(workspace, member)
        return list(found.values())

    async def _teams_id(self, tenant: str, user: str) -> str:
        """The id by which Teams is told whom to write to: remembered, or found where we are together.

        Else Entra's own: whether Teams takes that as well is not documented.
        """
        for place in await self.known.shared_in(tenant) if not self.known.teams_id(tenant, user) else ():
            try:
                await self.member(place, user)
                break
            except ChatError:
                continue
        return self.known.teams_id(tenant, user) or user

    async def _members(self, place: Place) -> AsyncIterator[Member]:
        """Page by page; one deadline for each."""
        path = ("v3", "conversations", place.channel.partition(THREAD)[0], "pagedmembers")
        token = ""
        for _ in range(_MOST_PAGES):
            query = {"pageSize": str(_PAGE)} | ({"continuationToken": token} if token else {})
            answer = await self.api.call(
                Call(method="GET", path=path, kind=Kind.READ, query=query, **_at(place))
            )
            for member in read_members(answer.get("members")):
                if member.object_id:
                    yield member
            token = str(answer.get("continuationToken") or "")
            if not token:
                return


def readers(place: Place) -> str:
    """Whose people a card there may mention: nobody is notified in a chat of two, so there names stand."""
    return "" if place.user else place.workspace


def _at(place: Place) -> dict[str, Any]:
    return {
        "service_url": place.service_url,
        "tenant": place.workspace,
        "conversation": place.channel.partition(THREAD)[0],
    }
