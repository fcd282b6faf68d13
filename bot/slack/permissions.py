"""Whose token opens which workspace: a stored one, replaced in time where it expires, or the one of the settings for its own workspace."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import datetime

from bot.services.chat import ChatError
from bot.services.installing import Granted
from bot.services.keys import Held
from bot.slack.install import BotToken
from bot.slack.oauth import due

_log = logging.getLogger(__name__)


class Permissions:
    """The home of the tokens; `install.Tokens` is the short memory in front of it."""

    def __init__(
        self,
        *,
        held: Callable[[str], Awaitable[Held | None]],
        renewed: Callable[[Granted, Held], Awaitable[bool]],
        clock: Callable[[], datetime],
        own: BotToken | None,
        alone: bool,
    ) -> None:
        self._held = held
        self._renewed = renewed
        self._clock = clock
        #: The token of the settings; its team is learned from Slack.
        self.own = own
        #: Whether the app is installed by its settings only: then an unknown own team is any team.
        self._alone = alone
        #: A refresh token → what it was exchanged for. Set by whoever holds the Web API.
        self.exchange: Callable[[str], Awaitable[Granted | None]] | None = None
        #: Drops what is remembered of a workspace's token. Set by whoever holds that memory.
        self.forget: Callable[[str], None] = _nothing
        self._turn: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def of(self, team: str) -> BotToken | None:
        """The token for a workspace; None: not installed there, or no longer."""
        held = await self._held(team)
        if held is not None and held.removed:
            return None
        if held is None:
            return self._own(team)
        if due(held.expires_at, self._clock()):
            held = await self._renew(team, held)
        return BotToken(token=held.token, team=team, bot_user=held.bot_user, scopes=held.scopes)

    def _own(self, team: str) -> BotToken | None:
        if self.own is None:
            return None
        known = self.own.team
        return self.own if known == team or (not known and self._alone) else None

    async def _renew(self, team: str, held: Held) -> Held:
        """Exchanged once, whoever asks meanwhile; another process may have been first, then its row counts."""
        async with self._turn[team]:
            held = await self._held(team) or held
            if self.exchange is None or not held.refresh_token or not due(held.expires_at, self._clock()):
                return held
            try:
                granted = await self.exchange(held.refresh_token)
            except ChatError as error:
                _log.warning("a token was not renewed", extra={"team": team, "reason": error.reason})
                return await self._held(team) or held
            if granted is not None:
                await self._renewed(granted, held)
            return await self._held(team) or held


def _nothing(_: str) -> None:
    """Nothing is remembered yet."""
