"""Microsoft's own client, driven over HTTP and its websocket: npm `@microsoft/m365agentsplayground`, this version only.

It is not fetched here. `npm i @microsoft/m365agentsplayground@0.2.28` in any folder, then PILOTLIGHT_TEAMS_CLIENT=that folder.
"""

import asyncio
import json
import os
import shutil
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import pytest

Json = dict[str, Any]
Event = Json

PACKAGE, VERSION = "@microsoft/m365agentsplayground", "0.2.28"
FOLDER = "PILOTLIGHT_TEAMS_CLIENT"

TENANT = "00000000-0000-0000-0000-000000000001"
BOT = "00000000-0000-0000-0000-0000000000aa"
ALEX, MEGAN = "00000000-0000-0000-0000-000000000020", "00000000-0000-0000-0000-000000000021"
PERSONAL, LEADERSHIP = "personal-chat-1", "channel-leadership"
_NAMES = ("Alex Wilber", "Megan Bowen", "Adele Vance", "Isaiah Langer", "Patti Fernandez", "Lynne Robbins")

#: It listens on every interface and has no option against it; so node is told to listen on this machine only.
_FENCE = """
const net = require("net");
const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (port, ...rest) {
  const done = rest.find((one) => typeof one === "function");
  const wanted = typeof port === "object" && port !== null ? port.port : port;
  return listen.call(this, { port: Number(wanted), host: "127.0.0.1" }, done);
};
"""


def script() -> Path:
    """Where the client lies; skips with the reason where it cannot be started."""
    if not os.environ.get(FOLDER):
        pytest.skip(f"{FOLDER} does not say where {PACKAGE}@{VERSION} is installed")
    if shutil.which("node") is None:
        pytest.skip("Node is not installed")
    home = Path(os.environ[FOLDER]) / "node_modules" / PACKAGE
    if not (home / "package.json").exists():
        pytest.skip(f"{PACKAGE} is not installed in {os.environ[FOLDER]}")
    found = json.loads((home / "package.json").read_text())["version"]
    if found != VERSION:
        pytest.skip(f"{PACKAGE} is {found}; its interface is known for {VERSION} only")
    return home / "cli.js"


def _people() -> list[Json]:
    return [
        {
            "id": f"user-id-{number}",
            "name": name,
            "userPrincipleName": f"{name.split()[0].lower()}@example.com",
            "aadObjectId": f"00000000-0000-0000-0000-00000000002{number}",
            "givenName": name.split()[0],
            "surname": name.split()[1],
            "email": f"{name.split()[0].lower()}@example.com",
        }
        for number, name in enumerate(_NAMES)
    ]


def _config() -> Json:
    """YAML takes JSON."""
    people = _people()
    return {
        "version": "0.1.1",
        "tenantId": TENANT,
        "bot": {"id": BOT, "name": "Pilotlight"},
        "currentUser": people[0],
        "users": people[1:],
        "personalChat": {"id": PERSONAL},
        "groupChat": {"id": "group-chat-1", "name": "Pilot owners"},
        "team": {
            "id": "team-id",
            "name": "AI Programme",
            "aadGroupId": "00000000-0000-0000-0000-000000000031",
            "channels": [{"id": LEADERSHIP, "name": "Leadership"}],
        },
    }


class Client:
    """One person's Teams: Alex, in the personal chat and in a channel."""

    def __init__(self, url: str, http: httpx.AsyncClient, socket_: aiohttp.ClientWebSocketResponse) -> None:
        self.connector = f"{url}/_connector"
        self._url = url
        self._http = http
        self._socket = socket_
        self.events: list[Event] = []

    async def install(self, conversation: str = PERSONAL) -> None:
        await self._post(f"/_debug/conversation/{conversation}/installation", {})

    async def say(
        self, text: str, conversation: str = PERSONAL, *, mentions: list[Json] | None = None
    ) -> None:
        body: Json = {"from": {"id": "user-id-0"}, "text": text, "textFormat": "plain"}
        await self._post(
            f"/_conversation/v1/conversations/{conversation}/messages",
            body | ({"mentions": mentions} if mentions else {}),
        )

    async def execute(
        self, message_id: str, action: Json, filled: Json | None = None, conversation: str = PERSONAL
    ) -> Json:
        """Presses a button; what the bot answers in its response."""
        pressed = {
            "type": action["type"],
            "verb": action["verb"],
            "data": {**action["data"], **(filled or {})},
        }
        body = {
            "name": "adaptiveCard/action",
            "value": {"action": pressed, "trigger": "manual"},
            "from": {"id": "user-id-0"},
            "conversation": {"id": conversation},
            "replyToId": message_id,
        }
        answered: Json = (await self._post("/_conversation/v1/invoke", body)).json()
        return answered

    async def submit(self, message_id: str, action: Json, conversation: str = PERSONAL) -> None:
        """Presses it as a client would that knows no Execute."""
        body = {
            "value": action["fallback"]["data"],
            "from": {"id": "user-id-0"},
            "conversation": {"id": conversation},
            "replyToId": message_id,
        }
        await self._post("/_conversation/v1/submit", body)

    async def template(self, kind: str, conversation: str = PERSONAL) -> Json:
        """An activity ready made: install, uninstall, botAdded, …"""
        query = {"conversationId": conversation, "type": kind}
        answer = await self._http.get(f"{self._url}/_internal/v1/customActivities/template", params=query)
        made: Json = answer.json()
        return made

    async def custom(self, activity: Json) -> None:
        """Any activity, sent as it is."""
        await self._post("/_internal/v1/customActivities", activity)

    async def seen(self, fits: Callable[[Event], bool], *, seconds: float = 100.0) -> Event:
        """The first event that fits, of those not yet looked at and those to come; each is found once."""
        looked = 0
        async with asyncio.timeout(seconds):
            while True:
                for event in self.events[looked:]:
                    if fits(event):
                        self.events.remove(event)
                        return event
                looked = len(self.events)
                message = await self._socket.receive()
                if message.type is not aiohttp.WSMsgType.TEXT:
                    raise ConnectionError(f"the client's websocket ended: {message.type}")
                self.events.append(json.loads(message.data))

    async def _post(self, path: str, body: Json) -> httpx.Response:
        answer = await self._http.post(self._url + path, json=body, timeout=100)
        answer.raise_for_status()
        return answer


def card_of(event: Event) -> Json:
    """The card of a message that was created or updated."""
    for attachment in event.get("message", {}).get("attachments", []):
        found: Json = attachment["content"]
        return found
    return {}


@asynccontextmanager
async def microsoft_client(endpoint: str, folder: Path) -> AsyncIterator[Client]:
    """The client against a bot on this machine, with hands; its files lie in `folder`."""
    async with (
        client_page(endpoint, folder) as url,
        httpx.AsyncClient(trust_env=False, timeout=60) as http,
        aiohttp.ClientSession() as session,
    ):
        stream = f"ws{url.removeprefix('http')}/_ws_conversation/v1/conversations/stream"
        async with session.ws_connect(stream) as socket_:
            yield Client(url, http, socket_)


@asynccontextmanager
async def client_page(endpoint: str, folder: Path) -> AsyncIterator[str]:
    """The client against a bot on this machine, for a browser or for our hands, never for both; its address."""
    cli = script()
    (folder / ".m365agentsplayground.yml").write_text(json.dumps(_config()))
    (folder / "fence.cjs").write_text(_FENCE)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["--require", str(folder / "fence.cjs"), str(cli), "start"]
    options = ["-e", endpoint, "-c", "msteams", "-p", str(port), "--dt"]
    with (folder / "client.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            "node",
            *command,
            *options,
            cwd=folder,
            env={**os.environ, "TEAMSAPPTESTER_BROWSER": "none"},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        try:
            url = f"http://127.0.0.1:{port}"
            async with httpx.AsyncClient(trust_env=False, timeout=60) as http:
                await _ready(http, url, process)
            yield url
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()


async def _ready(http: httpx.AsyncClient, url: str, process: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(60):
        while process.returncode is None:
            try:
                if (await http.get(f"{url}/_debug/ping")).text == "pong":
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.1)
    raise RuntimeError("the client ended before it was ready")
