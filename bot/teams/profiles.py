"""Who asks: what Teams knows of a person, asked once in a while.

An activity names its sender and their time zone, but neither their e-mail address, by which imported people are recognised, nor
whether they are a guest, who may nothing here. So whoever turns up is looked up among the members of the conversation
(https://learn.microsoft.com/microsoftteams/platform/bots/how-to/get-teams-context), briefly, and then remembered.
"""

import asyncio
from collections import OrderedDict
from dataclasses import replace

from bot.domain.people import Address
from bot.services.chat import ChatError, Place, Profile
from bot.teams.chat import TeamsChat


class Profiles:
    """A short memory in front of the members API."""

    def __init__(
        self,
        chat: TeamsChat,
        *,
        patience: float = 0.8,
        keep: float = 3600.0,
        again: float = 60.0,
        most: int = 20_000,
    ) -> None:
        self._chat = chat
        self._patience = patience
        self._keep = keep
        #: After a failure it is asked again only so much later.
        self._again = again
        self._most = most
        self._known: OrderedDict[tuple[str, str], tuple[float, Profile | None]] = OrderedDict()
        self._asking: dict[tuple[str, str], asyncio.Task[Profile | None]] = {}

    async def of(self, address: Address, place: Place, told: Profile | None) -> Profile | None:
        """The person's profile with the zone that the activity told.

        None where Teams does not tell it, or not soon enough for whoever waits: what is known of a guest must not be
        overwritten by what an activity leaves out.
        """
        found = await self._found(address, place)
        return replace(found, zone=told.zone) if found is not None and told is not None else found

    async def drain(self) -> None:
        """Waits for the questions under way."""
        await asyncio.gather(*self._asking.values(), return_exceptions=True)

    async def _found(self, address: Address, place: Place) -> Profile | None:
        who = (address.workspace, address.user)
        known = self._known.get(who)
        if known is not None and known[0] > asyncio.get_running_loop().time():
            return known[1]
        asking = self._asking.get(who)
        if asking is None:
            asking = asyncio.create_task(self._ask(address, place))
            self._asking[who] = asking
            asking.add_done_callback(lambda _: self._asking.pop(who, None))
        # The answer is kept when it comes, also where nobody waits for it any more.
        done, _ = await asyncio.wait({asking}, timeout=self._patience)
        return asking.result() if done else None

    async def _ask(self, address: Address, place: Place) -> Profile | None:
        try:
            profile = await self._chat.member(place, address.user)
        except ChatError:
            profile = None
        seconds = self._keep if profile else self._again
        self._known[address.workspace, address.user] = (asyncio.get_running_loop().time() + seconds, profile)
        if len(self._known) > self._most:
            self._known.popitem(last=False)
        return profile
