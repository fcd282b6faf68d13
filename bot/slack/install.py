"""Who we are in each workspace: the bot's token, where the app is installed.

https://docs.slack.dev/authentication/tokens

The tokens' home is elsewhere (one from the settings, or encrypted rows); here is only the question and its short memory.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize


@dataclass(frozen=True, kw_only=True, slots=True)
class BotToken:
    """Our permission in one workspace."""

    token: str = field(repr=False)
    #: T…, or E… for an organisation-wide installation.
    team: str
    bot_user: str = ""
    bot_id: str = ""
    scopes: tuple[str, ...] = ()


#: Team id → its token; None where the app is not installed.
TokenOf = Callable[[str], Awaitable[BotToken | None]]


def single(token: BotToken) -> TokenOf:
    """One workspace, whose token stands in the settings; every other is a stranger. An unknown own team is any team."""

    async def token_of(team: str) -> BotToken | None:
        return token if not token.team or team == token.team else None

    return token_of


class Tokens:
    """Asks for a workspace's token at most every few seconds: requests come in bursts, revocations seldom."""

    def __init__(self, token_of: TokenOf, *, keep: float = 30.0, most: int = 10_000) -> None:
        self._token_of = token_of
        self._keep = keep
        self._most = most
        self._known: dict[str, tuple[float, BotToken | None]] = {}

    async def of(self, team: str) -> BotToken | None:
        """The token, from memory where it is fresh."""
        now = asyncio.get_running_loop().time()
        known = self._known.get(team)
        if known is not None and known[0] > now:
            return known[1]
        found = await self._token_of(team)
        if len(self._known) >= self._most:
            self._known.clear()
        # An absence is not remembered: the next request may come right after the installation.
        if found is not None:
            self._known[team] = (now + self._keep, found)
        return found

    def forget(self, team: str) -> None:
        """After a reinstall, a revocation or a refusal by Slack."""
        self._known.pop(team, None)


class Authorize(AsyncAuthorize):
    """What Bolt asks for on every request. Its own default asks Slack each time; this one never does.

    Where the app is not installed the result has no token, and the listener says so in its own words.
    """

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens

    async def __call__(
        self, *, enterprise_id: str | None, team_id: str | None, user_id: str | None, **_: object
    ) -> AuthorizeResult:
        found = await self._tokens.of(team_id or enterprise_id or "")
        return AuthorizeResult(
            enterprise_id=enterprise_id,
            team_id=team_id,
            user_id=user_id,
            bot_token=found.token if found else None,
            bot_user_id=(found.bot_user or None) if found else None,
            bot_id=(found.bot_id or None) if found else None,
            bot_scopes=list(found.scopes) if found else None,
        )
