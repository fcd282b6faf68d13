"""What this process has learned of places and people from authenticated activities, and where to ask for the rest.

Teams lets a bot write only to people and conversations it has met: a service address is trusted only from a checked activity, and
nobody can be addressed by e-mail. The store behind remembers over restarts; this is its short memory.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import replace
from typing import Generic, TypeVar

from bot.domain.people import Address, Platform
from bot.services.chat import Place

#: The store's answers: the place of one person, and the shared conversations of one tenant.
PlaceOf = Callable[[Address], Awaitable[Place | None]]
PlacesIn = Callable[[str], Awaitable[Sequence[Place]]]

_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value")
_MOST = 20_000


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


async def _nobody(_address: Address) -> Place | None:
    return None


async def _nowhere(_workspace: str) -> Sequence[Place]:
    return ()


class Known:
    """Places by person, people by either of their ids, the newest service address of each tenant."""

    def __init__(self, place_of: PlaceOf = _nobody, places_in: PlacesIn = _nowhere) -> None:
        self._place_of = place_of
        self._places_in = places_in
        #: (tenant, object id) → the chat with them.
        self._chats: _Recent[tuple[str, str], Place] = _Recent()
        #: (tenant, 29:…) → object id, and back.
        self._objects: _Recent[tuple[str, str], str] = _Recent()
        self._teams_ids: _Recent[tuple[str, str], str] = _Recent()
        self._names: _Recent[tuple[str, str], str] = _Recent()
        self._shared: _Recent[tuple[str, str], Place] = _Recent(1000)
        self._service_urls: dict[str, str] = {}

    def met(
        self, place: Place, *, personal: bool, teams_id: str = "", object_id: str = "", name: str = ""
    ) -> None:
        """An authenticated activity came from there, by this person."""
        tenant = place.workspace
        self._service_urls[tenant] = place.service_url
        self.named(tenant, teams_id=teams_id, object_id=object_id, name=name)
        if not personal:
            self._shared.keep((tenant, place.channel), place)
        elif object_id:
            self._chats.keep((tenant, object_id), place)

    def named(self, tenant: str, *, teams_id: str, object_id: str, name: str) -> None:
        """Both ids of one person."""
        if teams_id and object_id:
            self._objects.keep((tenant, teams_id), object_id)
            self._teams_ids.keep((tenant, object_id), teams_id)
        if object_id and name:
            self._names.keep((tenant, object_id), name)

    def opened(self, place: Place, channel: str) -> None:
        """The chat with a person was created."""
        object_id = self._objects.get((place.workspace, place.user)) or place.user
        self._chats.keep((place.workspace, object_id), replace(place, channel=channel))

    def lost(self, place: Place) -> None:
        """Teams says there is no such conversation: forget the id."""
        self._shared.drop((place.workspace, place.channel))
        object_id = self._objects.get((place.workspace, place.user)) or place.user
        chat = self._chats.get((place.workspace, object_id))
        if chat is not None and chat.channel == place.channel:
            self._chats.drop((place.workspace, object_id))

    def object_id(self, tenant: str, teams_id: str) -> str:
        return self._objects.get((tenant, teams_id)) or ""

    def teams_id(self, tenant: str, object_id: str) -> str:
        return self._teams_ids.get((tenant, object_id)) or ""

    def name(self, tenant: str, object_id: str) -> str:
        return self._names.get((tenant, object_id)) or ""

    def service_url(self, tenant: str) -> str:
        return self._service_urls.get(tenant, "")

    async def chat_with(self, tenant: str, user: str) -> Place | None:
        """The chat with a person, by either id."""
        object_id = self._objects.get((tenant, user)) or user
        known = self._chats.get((tenant, object_id))
        if known is None:
            known = await self._place_of(Address(platform=Platform.TEAMS, workspace=tenant, user=object_id))
        return known if known is not None and known.channel else None

    async def shared_in(self, tenant: str) -> list[Place]:
        """The channels and group chats of a tenant that we were added to or spoken to in."""
        found = {place.channel: place for place in await self._places_in(tenant)}
        for (of, channel), place in self._shared.items():
            if of == tenant:
                found[channel] = place
        return list(found.values())
