"""The last step of the set-up: become the admin, get a test nudge, press it, and read how long it took."""

import asyncio
import contextlib
import secrets
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import partial

import uvicorn

from bot.app import App
from bot.domain.people import Person, Platform
from bot.services import installing, trying
from bot.services.chat import ChatError, Place
from bot.services.places import address_of
from bot.setup.terminal import Terminal
from storage import people, workspaces
from storage.database import Connection

#: So long somebody is given to change windows and type.
_PATIENCE = 600.0
_LOOK_EVERY = 0.2


def claim_and_try(app: App, terminal: Terminal, *, patience: float = _PATIENCE) -> bool:
    """Whether a nudge went there and a press came back."""
    app.database.migrate()
    return asyncio.run(_claim_and_try(app, terminal, patience))


async def _claim_and_try(app: App, terminal: Terminal, patience: float) -> bool:
    async with _hearing(app, terminal):
        admin = await _claimed(app, terminal, patience)
        if admin is None:
            terminal.say("Nobody claimed it. The code is printed again when Pilotlight starts.")
            return False
        terminal.say(f"{admin.name} is the admin.")
        if not await asyncio.to_thread(terminal.agrees, "Send a test nudge to you?"):
            return False
        return await _nudged(app, terminal, admin, patience)


@contextlib.asynccontextmanager
async def _hearing(app: App, terminal: Terminal) -> AsyncIterator[None]:
    """The program without its clock: it answers, and sends nothing by itself."""
    if app.socket is not None:
        async with app.running(with_clock=False):
            await _until(lambda: app.socket is None or not app.socket.amiss or bool(app.lost), 30.0)
            yield
        return
    try:
        listener = socket.create_server((app.settings.host, app.settings.port))
    except OSError:
        terminal.say(f"Port {app.settings.port} is taken; if Pilotlight runs there already, it answers.")
        await app.introduce()
        yield
        return
    config = uvicorn.Config(app.web(with_clock=False), log_config=None, access_log=False)
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield
    finally:
        server.should_exit = True
        await serving


async def _claimed(app: App, terminal: Terminal, patience: float) -> Person | None:
    code = f"{secrets.randbelow(10**8):08}"
    opened = await app.database.write(partial(installing.open_claim, code=code, now=app.clock()))
    if opened is not None:
        terminal.say(
            "", f"In Slack type:   /pilot claim {code}", "Waiting for it; Ctrl-C leaves it for later."
        )
    found: list[Person] = []

    async def look() -> bool:
        found[:] = await app.database.read(_admins)
        return bool(found)

    await _until_async(look, patience)
    return found[0] if found else None


def _admins(conn: Connection) -> list[Person]:
    return [
        admin
        for workspace_id in workspaces.all_of(conn)
        for admin in people.admins(conn, workspace_id)
        if (here := address_of(admin)) is not None and here.platform is Platform.SLACK
    ]


async def _nudged(app: App, terminal: Terminal, admin: Person, patience: float) -> bool:
    address = address_of(admin)
    assert address is not None
    reference = secrets.token_hex(8)
    place = Place(platform=address.platform, workspace=address.workspace, user=address.user)
    began = time.monotonic()
    try:
        await app.chats[address.platform].send(place, trying.test_nudge(reference), key="")
    except ChatError as error:
        terminal.say(f"Slack did not take it: {error.reason}. What to do is told by: pilotlight doctor")
        return False
    sent = time.monotonic()
    terminal.say(f"Sent in {sent - began:.1f} s. Press one of its buttons in Slack.")
    workspace_id = await app.database.read(
        lambda conn: workspaces.of_address(conn, address.platform, address.workspace)
    )
    assert workspace_id is not None

    async def look() -> bool:
        return await app.database.read(lambda conn: trying.was_answered(conn, workspace_id, reference))

    if not await _until_async(look, patience):
        terminal.say("No press came back. What may be wrong is told by: pilotlight doctor")
        return False
    terminal.say(f"Your press came back {time.monotonic() - sent:.1f} s later: both directions work.")
    return True


async def _until(condition: Callable[[], bool], seconds: float) -> bool:
    async def look() -> bool:
        return condition()

    return await _until_async(look, seconds)


async def _until_async(look: Callable[[], Awaitable[bool]], seconds: float) -> bool:
    """Looks again and again; whether it came true in time."""
    end = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < end:
        if await look():
            return True
        await asyncio.sleep(_LOOK_EVERY)
    return False


class _Server(uvicorn.Server):
    """Leaves the signals to the set-up."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
