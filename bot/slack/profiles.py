"""Who asks: what Slack knows of a person, asked once in a while.

A request names its sender and no more: neither their name as people know it, nor their time zone, nor whether they are a guest, who may
nothing here. So whoever turns up is looked up (https://docs.slack.dev/reference/methods/users.info), briefly, and then remembered.
"""

import asyncio
from collections import OrderedDict

from bot.domain.people import Address
from bot.services.chat import ChatError, Profile
from bot.slack.chat import SlackChat


class Profiles:
    """A short memory in front of users.info. A change that Slack reports replaces what is remembered."""

    def __init__(
        self,
        chat: SlackChat,
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

    async def of(self, address: Address) -> Profile | None:
        """The person's profile; None where Slack does not tell it, or not soon enough for whoever waits."""
        who = (address.workspace, address.user)
        known = self._known.get(who)
        if known is not None and known[0] > asyncio.get_running_loop().time():
            return known[1]
        asking = self._asking.get(who)
        if asking is None:
            asking = asyncio.create_task(self._ask(address))
            self._asking[who] = asking
            asking.add_done_callback(lambda _: self._asking.pop(who, None))
        # The answer is kept when it comes, also where nobody waits for it any more.
        done, _ = await asyncio.wait({asking}, timeout=self._patience)
        return asking.result() if done else None

    def learn(self, profile: Profile) -> None:
        """Takes over what Slack reports by itself."""
        self._keep_in_mind((profile.address.workspace, profile.address.user), profile, self._keep)

    async def drain(self) -> None:
        """Waits for the questions under way."""
        await asyncio.gather(*self._asking.values(), return_exceptions=True)

    async def _ask(self, address: Address) -> Profile | None:
        try:
            profile = await self._chat.profile(address)
        except ChatError:
            profile = None
        self._keep_in_mind((address.workspace, address.user), profile, self._keep if profile else self._again)
        return profile

    def _keep_in_mind(self, who: tuple[str, str], profile: Profile | None, seconds: float) -> None:
        self._known[who] = (asyncio.get_running_loop().time() + seconds, profile)
        self._known.move_to_end(who)
        if len(self._known) > self._most:
            self._known.popitem(last=False)
