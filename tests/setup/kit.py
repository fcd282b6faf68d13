"""The real program on the command line, and a Slack for it on loopback that lives in a thread of its own."""

import asyncio
import os
import re
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from typer.testing import CliRunner

from bot.cli import app
from bot.playground import Playground, Workspace

T = TypeVar("T")
ROOT = Path(__file__).parents[2]
SCOPES = frozenset({"chat:write", "commands", "users:read", "im:write", "im:history"})
BOT_TOKEN = "xoxb-5550001-5550002-PlantedPlantedPlanted01"
SIGNING_SECRET = "0123456789abcdef0123456789abcdef"
_OURS = re.compile(
    r"^(?:SLACK|TEAMS|PILOTLIGHT|GITHUB|GITLAB)_|^(?:DATABASE|PUBLIC|HEARTBEAT)_URL$|^(?:HOST|PORT)$"
)


class Slack:
    """A playground somebody else's program can call while a test waits for that program."""

    def __init__(self, loop: asyncio.AbstractEventLoop, playground: Playground) -> None:
        self.loop = loop
        self.playground = playground

    def does(self, act: Callable[[], Awaitable[T]], timeout: float = 120.0) -> T:
        """Runs something in the playground's own loop."""

        async def acted() -> T:
            return await act()

        future: Future[T] = asyncio.run_coroutine_threadsafe(acted(), self.loop)
        return future.result(timeout)


@contextmanager
def slack(*, socket_mode: bool = True, **playground: Any) -> Iterator[Slack]:
    """Ada's workspace, with the app installed by its five scopes."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def start() -> Playground:
        workspace = Workspace("T0ACME", "Acme", app_name="Pilotlight", app_id="A0ACME")
        workspace.add_user("ada", real_name="Ada Admin", tz="Europe/Berlin")
        given = {"token": BOT_TOKEN, "scopes": SCOPES, "signing_secret": SIGNING_SECRET, **playground}
        return await Playground(
            workspace, socket_mode=socket_mode, patience=60.0, ack_limit=120.0, **given
        ).start()

    try:
        running = asyncio.run_coroutine_threadsafe(start(), loop).result(120)
        try:
            yield Slack(loop, running)
        finally:
            asyncio.run_coroutine_threadsafe(running.stop(), loop).result(120)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(60)
        loop.close()


@dataclass
class Ran:
    """How a run of the program ended."""

    code: int
    said: str


def environment(**ours: str) -> dict[str, str]:
    """The environment of this process, without any setting of the program but those given."""
    others = {name: value for name, value in os.environ.items() if not _OURS.match(name)}
    return {**others, "PYTHONPATH": str(ROOT), **ours}


def program(folder: Path, *arguments: str, typed: str = "", **ours: str) -> Ran:
    """A process of its own, in a folder of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=folder,
        env=environment(**ours),
        input=typed,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return Ran(done.returncode, done.stdout + done.stderr)


def invoked(folder: Path, *arguments: str, typed: str = "", **ours: str) -> Ran:
    """The same program without starting a process: thirty of them in the time of three."""
    before, kept = Path.cwd(), dict(os.environ)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment(**ours))
    try:
        result = CliRunner().invoke(app, list(arguments), input=typed)
    finally:
        os.chdir(before)
        os.environ.clear()
        os.environ.update(kept)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Ran(result.exit_code, result.output)
