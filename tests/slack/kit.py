"""The Slack door on loopback with a small honest `handle` in place of the services, against the playground's workspace."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.playground import Playground
from bot.services.incoming import Incoming, Reply
from bot.slack.chat import SlackChat
from bot.slack.install import BotToken, TokenOf, Tokens
from bot.slack.listeners import Door, build
from bot.slack.web_api import WebApi
from tests.playground.bolt_app import served
from tests.playground.kit import VirtualClock, slack_workspace

Answer = Callable[[Incoming], Awaitable[Reply]]


@dataclass
class Handled:
    """Remembers what it was asked, and answers what the test says.

    Like the services in their transactions it acts once per key, and a second request with the same key waits for the first.
    """

    answer: Answer
    asked: list[Incoming] = field(default_factory=list)
    calls: int = 0
    home: Reply = field(default_factory=Reply)
    locks: dict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))

    async def __call__(self, incoming: Incoming, now: datetime) -> Reply:
        if incoming.key.startswith("home:"):
            return self.home  # an open Home tab is drawn anew after whatever its owner does
        self.calls += 1
        async with self.locks[incoming.key]:
            if any(known.key == incoming.key for known in self.asked):
                return Reply()
            reply = await self.answer(incoming)
            self.asked.append(incoming)
            return reply

    @property
    def last(self) -> Incoming:
        return self.asked[-1]


@dataclass
class Running:
    slack: Playground
    door: Door
    chat: SlackChat
    handled: Handled
    clock: VirtualClock
    tokens: Tokens

    def answers(self, answer: "Answer | Reply") -> None:
        if isinstance(answer, Reply):
            fixed = answer

            async def always(_: Incoming) -> Reply:
                return fixed

            self.handled.answer = always
        else:
            self.handled.answer = answer


def token_of(slack: Playground) -> TokenOf:
    """The playground's installations, as rows would give them."""

    async def found(team: str) -> BotToken | None:
        for installation in slack.app.installations.values():
            if installation.workspace.team_id == team and not installation.dead:
                workspace = installation.workspace
                return BotToken(
                    token=installation.token, team=team, bot_user=workspace.bot.id, bot_id=workspace.bot_id
                )
        return None

    return found


async def silence(_: Incoming) -> Reply:
    return Reply()


@asynccontextmanager
async def slack_door(
    *, patience: float = 30.0, seconds: float = 60.0, **workspace: Any
) -> AsyncIterator[Running]:
    """Anna, Ben and Cleo, #leads with Anna and Ben, and the door behind a real address.

    `patience` is the door's: more than any test needs, for what is said and not for how soon.
    """
    clock = VirtualClock()
    channels = workspace.pop("channels", {"leads": ["anna", "ben"]})
    async with slack_workspace(clock, channels=channels, **workspace) as slack:
        tokens = Tokens(token_of(slack))
        chat = SlackChat(WebApi(tokens=tokens, api_url=slack.api_url, seconds=seconds))
        handled = Handled(silence)
        door = build(
            handle=handled,
            clock=clock,
            signing_secret=slack.app.signing_secret,
            tokens=tokens,
            chat=chat,
            patience=patience,
        )
        async with served(door) as address:
            slack.app_url = f"{address}/slack/events"
            yield Running(slack=slack, door=door, chat=chat, handled=handled, clock=clock, tokens=tokens)
            await door.drain()
            await chat.close()
