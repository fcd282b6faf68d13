"""Chat over the Teams connector: send, update, who is there. Whether something was sent cannot be looked up.

https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/send-proactive-messages ·
https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference#conversation-operations
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.domain.people import Address, Platform
from bot.messages.model import Message
from bot.services.chat import CannotLook, ChatError, Delivered, Place, Profile, Trouble
from bot.teams.activity import Member, read_members
from bot.teams.flight import Flight
from bot.teams.known import Known
from bot.teams.rates import Kind
from bot.teams.render import MOST_BYTES, Card, card, cards
from bot.teams.web_api import Call, WebApi

Json = Mapping[str, Any]

CARD = "application/vnd.microsoft.card.adaptive"
#: Bytes of a card, and of a smaller one where Teams called it too large (413); below that it would hold nothing.
_BUDGETS = (MOST_BYTES, MOST_BYTES // 2, MOST_BYTES // 3)
_TOO_LARGE, _NOT_FOUND = "413", "404"
_PAGE, _MOST_PAGES = 200, 100
_THREAD = ";messageid="


class TeamsChat:
    """Teams, for all its tenants."""

    def __init__(self, api: WebApi, *, bot_id: str, known: Known) -> None:
        self.api = api
        self.known = known
        self._bot_id = bot_id
        self._opening: dict[tuple[str, str], Flight[str]] = {}

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

    async def was_sent(self, place: Place, *, key: str, since: datetime) -> Delivered | None:
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
        service_url = place.service_url or self.known.service_url(place.workspace)
        if place.channel:
            return replace(place, service_url=service_url)
        known = await self.known.chat_with(place.workspace, place.user)
        if known is not None:
            return replace(known, service_url=known.service_url or service_url)
        if not service_url or not place.user:
            raise ChatError(Trouble.RECIPIENT, "never met: the app is not installed for this person")
        place = replace(place, service_url=service_url)
        flight = self._opening.setdefault((place.workspace, place.user), Flight())
        try:
            channel = await flight.join(lambda: self._open(place, until))
        finally:
            self._opening.pop((place.workspace, place.user), None)
        self.known.opened(place, channel)
        return replace(place, channel=channel)

    async def _open(self, place: Place, until: float) -> str:
        """The chat with a person; Teams gives the same one each time. Whatever fails here, no message has left yet."""
        person = self.known.teams_id(place.workspace, place.user) or place.user
        body = {
            "bot": {"id": self._bot_id},
            "members": [{"id": person}],
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
        return channel

    # People

    async def profile(self, address: Address) -> Profile | None:
        """What Teams knows of one person, asked in our chat with them; None: there is nobody by that id any more."""
        chat = await self.known.chat_with(address.workspace, address.user)
        places = [chat] if chat is not None else await self.known.shared_in(address.workspace)
        person = self.known.teams_id(address.workspace, address.user) or address.user
        for place in places:
            try:
                member = await self._member(place, person)
            except ChatError as error:
                if not error.reason.startswith(_NOT_FOUND):
                    raise
                if chat is not None and not error.reason.startswith(f"{_NOT_FOUND} Conversation"):
                    return None
                continue
            return _profile(address.workspace, member)
        # Not being in a channel is no sign of having left the company.
        raise ChatError(Trouble.RECIPIENT, "no conversation with this person to ask in")

    async def object_id(self, place: Place, teams_id: str) -> str:
        """Who a mention names, where Teams told its own id only; empty where that cannot be known."""
        known = self.known.object_id(place.workspace, teams_id)
        if not known:
            member = await self._member(place, teams_id)
            known = member.object_id
            self.known.named(place.workspace, teams_id=teams_id, object_id=known, name=member.name)
        return known

    async def people(self, workspace: str) -> list[Profile]:
        """Everybody in the teams and group chats that we are in. Teams has no list of a tenant for a bot."""
        found: dict[str, Profile] = {}
        for place in await self.known.shared_in(workspace):
            async for member in self._members(place):
                self.known.named(workspace, teams_id=member.id, object_id=member.object_id, name=member.name)
                found[member.object_id] = _profile(workspace, member)
        return list(found.values())

    async def _member(self, place: Place, person: str) -> Member:
        path = ("v3", "conversations", place.channel.partition(_THREAD)[0], "members", person)
        answer = await self.api.call(Call(method="GET", path=path, kind=Kind.READ, **_at(place)))
        return Member.model_validate(answer)

    async def _members(self, place: Place) -> AsyncIterator[Member]:
        """Page by page; one deadline for each."""
        path = ("v3", "conversations", place.channel.partition(_THREAD)[0], "pagedmembers")
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
        "conversation": place.channel.partition(_THREAD)[0],
    }


def _profile(tenant: str, member: Member) -> Profile:
    full = f"{member.given_name} {member.surname}".strip()
    return Profile(
        address=Address(platform=Platform.TEAMS, workspace=tenant, user=member.object_id),
        name=member.name or full,
        real_name=full or member.name,
        email=member.email or member.principal,
        guest=member.role == "guest",
    )
