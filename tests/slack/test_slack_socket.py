"""Socket Mode: the same requests, the same answers, and a line that is never silently dead."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.app import build as build_app
from bot.app import configured
from bot.domain.commands import Said
from bot.messages.model import say
from bot.playground import Playground
from bot.playground.sockets import Sockets
from bot.services.chat import ChatError
from bot.services.incoming import Incoming, Reply
from bot.slack.chat import SlackChat
from bot.slack.install import Tokens
from bot.slack.listeners import build
from bot.slack.socket import Socket, SocketLostError, open_address
from bot.slack.web_api import WebApi
from tests.playground.bolt_app import served
from tests.playground.kit import VirtualClock, slack_workspace
from tests.slack.kit import Handled, silence, token_of
from tests.storage.template import migrated


@dataclass
class Line:
    slack: Playground
    socket: Socket
    handled: Handled
    running: "asyncio.Task[None]"

    @property
    def theirs(self) -> Sockets:
        assert self.slack.app.sockets is not None
        return self.slack.app.sockets

    async def up(self, connections: int = 1) -> None:
        """Waits until so many connections were ever opened, and the last is greeted."""
        async with asyncio.timeout(60):
            while self.socket.amiss or self.theirs.opened < connections:
                await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def line(
    *, silence_after: float = 60.0, patience: float = 30.0, **playground: Any
) -> AsyncIterator[Line]:
    """The door behind a connection of its own, with Anna and Ben; `patience` is the door's."""
    clock = VirtualClock()
    async with slack_workspace(clock, people=["anna", "ben"], socket_mode=True, **playground) as slack:
        tokens = Tokens(token_of(slack))
        chat = SlackChat(WebApi(tokens=tokens, api_url=slack.api_url))
        handled = Handled(silence)
        door = build(handle=handled, clock=clock, tokens=tokens, chat=chat, patience=patience)
        socket = Socket(
            address=lambda: open_address(chat.api, slack.app_token),
            deliver=door.deliver,
            silence=silence_after,
            pauses=(0.02, 0.02),
        )
        running = asyncio.create_task(socket.run())
        try:
            yield Line(slack=slack, socket=socket, handled=handled, running=running)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await door.drain()
            await chat.close()


def answering(text: str) -> Any:
    async def answer(_: Incoming) -> Reply:
        return Reply(message=say(text))

    return answer


async def test_a_command_is_answered_over_the_line() -> None:
    async with line() as here:
        await here.up()
        here.handled.answer = answering("Two pilots.")
        seen = await here.slack.hands.command("anna", "/pilot list")
        assert seen.text == "Two pilots."
        assert seen.ephemerals and not seen.notices


async def test_words_buttons_and_home_come_the_same_way() -> None:
    async with line() as here:
        await here.up()
        here.handled.answer = answering("Noted.")
        assert (await here.slack.hands.type("anna", "anna", "38, moving")).text == "Noted."
        assert isinstance(here.handled.last.command, Said)
        seen = await here.slack.hands.open_home("ben")
        assert seen.home is not None
        assert {incoming.key.partition(":")[0] for incoming in here.handled.asked} == {"event"}


async def test_an_event_that_fails_is_not_acknowledged_and_comes_again() -> None:
    async with line(ack_limit=3.0) as here:
        await here.up()
        calls = 0

        async def once_broken(incoming: Incoming) -> Reply:
            nonlocal calls
            calls += 1
            if calls == 1:
                raise RuntimeError("the database is away")
            return Reply()

        here.handled.answer = once_broken
        await here.slack.hands.type("anna", "anna", "38, moving", patience=0.0)
        [delivery] = here.slack.deliveries.events
        assert [attempt.ok for attempt in delivery.attempts] == [False, True]
        assert calls == 2


async def test_the_same_event_twice_has_one_effect() -> None:
    async with line() as here:
        await here.up()
        here.handled.answer = answering("Noted.")
        await here.slack.hands.type("anna", "anna", "38, moving")
        [delivery] = here.slack.deliveries.events
        assert (await here.slack.deliveries.redeliver(delivery)).ok
        assert len(here.handled.asked) == 1


async def test_slow_work_is_acknowledged_in_time_and_answered_once() -> None:
    async with line(patience=0.2) as here:
        await here.up()
        may_go = asyncio.Event()

        async def slow(_: Incoming) -> Reply:
            await may_go.wait()
            return Reply(message=say("At last."))

        here.handled.answer = slow
        seen = await here.slack.hands.command("anna", "/pilot list")
        assert "One moment" in seen.text and not seen.notices
        may_go.set()
        await here.slack.hands.wait_for("anna", "At last")


async def test_when_slack_wants_another_connection_nothing_is_lost() -> None:
    async with line() as here:
        await here.up()
        here.handled.answer = answering("Here.")
        for round_ in range(2, 5):
            await asyncio.sleep(0.05)  # a pong or a ping proves the line
            await here.slack.hands.command("anna", "/pilot help")
            await here.theirs.ask_to_reconnect("warning" if round_ % 2 else "refresh_requested")
            await here.up(round_)
            assert (await here.slack.hands.command("anna", "/pilot list")).text == "Here."
        assert not here.running.done()


async def test_a_dead_line_is_left_for_a_new_one() -> None:
    async with line(silence_after=2.0) as here:
        await here.up()
        await asyncio.sleep(2.5)  # our own pings are answered: idle is not dead
        assert here.theirs.opened == 1
        here.theirs.silent = True
        async with asyncio.timeout(60):
            while here.theirs.opened < 2:
                await asyncio.sleep(0.01)
        assert "nothing came" in here.socket.amiss
        here.theirs.silent = False
        await here.up()
        here.handled.answer = answering("Back.")
        async with asyncio.timeout(60):
            while here.socket.amiss:
                await asyncio.sleep(0.01)
        assert (await here.slack.hands.command("anna", "/pilot list")).text == "Back."


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        ("silent", "no greeting came"),
        ("no greeting, then closed", "closed"),
        ("wrong token", "invalid_auth"),
        ("switched off", "socket_mode_not_enabled"),
    ],
)
async def test_after_three_failures_in_a_row_it_ends(spoil: str, why: str) -> None:
    async with line(silence_after=1.0) as here:
        await here.up()
        match spoil:
            case "silent":
                here.theirs.silent = True
            case "wrong token":
                here.slack.app.app_tokens.clear()
            case "switched off":
                here.slack.app.socket_mode = False
        if spoil != "silent":
            for connection in list(here.theirs.connections):
                await connection.close()
        if spoil.startswith("no greeting"):
            here.theirs.greets = False
            async with asyncio.timeout(60):
                while not here.running.done():
                    for connection in list(here.theirs.connections):
                        await connection.close()
                    await asyncio.sleep(0.01)
        with pytest.raises(SocketLostError, match=why):
            await asyncio.wait_for(here.running, 60)
        assert here.socket.amiss


async def test_an_address_is_used_once() -> None:
    async with line() as here:
        await here.up()
        for _ in range(3):
            await asyncio.sleep(0.05)
            await here.slack.hands.command("anna", "/pilot help", patience=0.0)
            before = here.theirs.opened
            await here.theirs.ask_to_reconnect("refresh_requested")
            await here.up(before + 1)
        opened = [call for call in here.slack.app.calls if call.method == "apps.connections.open"]
        assert len(opened) == here.theirs.opened


async def test_what_is_no_request_is_passed_over() -> None:
    async with line() as here:
        await here.up()
        [connection] = here.theirs.connections
        strange: list[Mapping[str, Any]] = [
            {}, {"type": "news"}, {"type": "events_api"}, {"type": "events_api", "envelope_id": "1", "payload": []},
            {"type": "slash_commands", "envelope_id": "2", "payload": {}, "accepts_response_payload": True},
        ]  # fmt: skip
        for one in strange:
            await connection.send_json(one)
        await connection.send_str("not json")
        here.handled.answer = answering("Still here.")
        assert (await here.slack.hands.command("anna", "/pilot list")).text == "Still here."
        assert not here.running.done()


async def test_without_a_signing_secret_nobody_signs() -> None:
    """An empty secret would let everybody in over HTTP."""
    async with slack_workspace(VirtualClock(), socket_mode=True) as slack:
        tokens = Tokens(token_of(slack))
        chat = SlackChat(WebApi(tokens=tokens, api_url=slack.api_url))
        door = build(handle=Handled(silence), clock=VirtualClock(), tokens=tokens, chat=chat)
        async with served(door) as address, httpx.AsyncClient(trust_env=False, timeout=60) as client:
            assert (await client.post(f"{address}/slack/events", content=b"{}")).status_code == 404
        with pytest.raises(ChatError, match="not_allowed_token_type"):
            await open_address(chat.api, slack.token)
        await chat.close()


async def test_readyz_tells_whether_the_line_is_up(tmp_path: Path) -> None:
    async with slack_workspace(VirtualClock(), people=["anna"], socket_mode=True, expect_all=False) as slack:
        url = f"sqlite:///{tmp_path}/ready.db"
        database = migrated(tmp_path / "ready.db")
        settings = configured(
            slack_bot_token=slack.token,
            slack_app_token=slack.app_token,
            slack_api_url=slack.api_url,
            database_url=url,
        )
        app = build_app(settings, clock=slack.workspace.clock, database=database, patience=30.0)
        assert app.socket is not None
        assert "/slack/events" not in app.doors, "while Socket Mode is on nothing comes over HTTP"
        async with (
            served(app.web(with_clock=False)) as address,
            httpx.AsyncClient(trust_env=False, timeout=60) as client,
        ):
            down = await client.get(f"{address}/readyz")
            assert (down.status_code, "socket" in down.json()["why"]) == (503, True)
            async with app.running(with_clock=False):
                async with asyncio.timeout(60):
                    while app.socket.amiss:
                        await asyncio.sleep(0.01)
                assert (await client.get(f"{address}/readyz")).status_code == 200
                assert "/pilot" in (await slack.hands.command("anna", "/pilot help")).text
        database.close()
