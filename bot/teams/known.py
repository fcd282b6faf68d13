"""What this process has learned of places and people from authenticated activities, and where to ask for the rest.

Teams lets a bot write only to people and conversations it has met: a service address is trusted only from a checked activity, and
nobody can be addressed by e-mail. The store behind remembers over restarts; this is its short memory.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from bot.domain.people import Address, Platform
from bot.services.chat import Place
from bot.teams import ids
from bot.teams.payload import THREAD, Activity, place_of, tenant_of

_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value")
_MOST = 20_000


async def _nobody(_address: Address) -> Place | None:
    return None


async def _nowhere(_workspace: str) -> Sequence[Place]:
    return ()


async def _no_address(_workspace: str) -> str:
    return ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Memory:
    """What the store remembers."""

    #: Our chat with one person.
    place_of: Callable[[Address], Awaitable[Place | None]] = _nobody
    #: The channels and group chats of a tenant that we are in.
    places_in: Callable[[str], Awaitable[Sequence[Place]]] = _nowhere
    #: The newest service address of a tenant.
    service_url_of: Callable[[str], Awaitable[str]] = _no_address


@dataclass(frozen=True, slots=True)
class _Installation:
    mark: str
    there: bool


class _Recent(Generic[_Key, _Value]):
    """As many as fit; what was used longest ago goes first."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._kept: OrderedDict[_Key, _Value] = OrderedDict()

    def get(self, key: _Key) -> _Value | None:
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key)

    def keep(self, key: _Key, value: _Value) -> None:
        self._kept[key] = value
        self._kept.move_to_end(key)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)

    def drop(self, key: _Key) -> None:
        self._kept.pop(key, None)

    def items(self) -> list[tuple[_Key, _Value]]:
        return list(self._kept.items())


class Known:
    """Chats by person, people by either of their ids, the newest service address of each tenant."""

    def __init__(self, memory: Memory = Memory()) -> None:
        self._memory = memory
        #: (tenant, object id) → the chat with them.
        self._chats: _Recent[tuple[str, str], Place] = _Recent()
        #: (tenant, 29:…) → object id, and back, and the name.
        self._objects: _Recent[tuple[str, str], str] = _Recent()
        self._teams_ids: _Recent[tuple[str, str], str] = _Recent()
        self._names: _Recent[tuple[str, str], str] = _Recent()
        #: (tenant, conversation) → the channel or group chat; and which installation it is in.
        self._shared: _Recent[tuple[str, str], Place] = _Recent(1000)
        self._installations: _Recent[tuple[str, str], _Installation] = _Recent()
        self._service_urls: dict[str, str] = {}

    # Learning

    def met(self, activity: Activity) -> None:
        """An authenticated activity came from there, by this person."""
        place, sender = place_of(activity), activity.sender
        self._service_urls[place.workspace] = place.service_url
        self.named(place.workspace, teams_id=sender.id, object_id=sender.object_id, name=sender.name)
        if not activity.personal:
            self._shared.keep((place.workspace, place.channel), place)
        elif sender.object_id:
            self._chats.keep((place.workspace, sender.object_id), place)

    def named(self, tenant: str, *, teams_id: str, object_id: str, name: str) -> None:
        """Both ids of one person."""
        if teams_id and object_id:
            self._objects.keep((tenant, teams_id), object_id)
            self._teams_ids.keep((tenant, object_id), teams_id)
        if object_id and name:
            self._names.keep((tenant, object_id), name)

    def opened(self, place: Place) -> None:
        """The chat with a person was created."""
        self._chats.keep((place.workspace, place.user), place)

    def lost(self, place: Place) -> None:
        """There is no such conversation, or not for us any more: forget the id."""
        self._shared.drop((place.workspace, place.channel.partition(THREAD)[0]))
        chat = self._chats.get((place.workspace, place.user))
        if chat is not None and chat.channel == place.channel:
            self._chats.drop((place.workspace, place.user))

    def installation(self, activity: Activity) -> str:
        """What both activities of an install have in common, and those of the next install have not.

        The minute, where nobody remembers more: both carry it, on whichever replica they arrive.
        """
        where, minute = (tenant_of(activity), activity.conversation.id), activity.timestamp[:16]
        known = self._installations.get(where)
        if known is None:
            known = _Installation(minute, there=not activity.removes)
        elif known.there == activity.removes:
            mark = known.mark if activity.removes else ids.digest(minute, known.mark)
            known = _Installation(mark, there=not activity.removes)
        self._installations.keep(where, known)
        return known.mark

    # Asking

    def object_id(self, tenant: str, teams_id: str) -> str:
        return self._objects.get((tenant, teams_id)) or ""

    def teams_id(self, tenant: str, object_id: str) -> str:
        return self._teams_ids.get((tenant, object_id)) or ""

    def name(self, tenant: str, object_id: str) -> str:
        return self._names.get((tenant, object_id)) or ""

    async def service_url(self, tenant: str) -> str:
        return self._service_urls.get(tenant) or await self._memory.service_url_of(tenant)

    async def chat_with(self, tenant: str, user: str) -> Place | None:
        """Our chat with a person, by Entra's id."""
        known = self._chats.get((tenant, user))
        if known is None:
            known = await self._memory.place_of(Address(platform=Platform.TEAMS, workspace=tenant, user=user))
        return known if known is not None and known.channel else None

    async def shared_in(self, tenant: str) -> list[Place]:
        """The channels and group chats of a tenant that we were added to or spoken to in."""
        found = {place.channel: place for place in await self._memory.places_in(tenant)}
        for (of, channel), place in self._shared.items():
            if of == tenant:
                found[channel] = place
        return list(found.values())
