"""Worker processes that are quick to start and easy to kill: forked from one that has everything imported."""

import asyncio
import faulthandler
import multiprocessing
import os
import signal
import sys
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import Any

from bot.app import App, build, configured, wall_clock
from bot.domain.people import Platform
from bot.messages.model import load
from bot.services import reaching
from bot.services.chat import ChatError
from bot.setup.process import serve, work_on
from storage import outbox
from storage.database import Connection
from tests.faults.clocks import SharedClock
from tests.faults.network import Wire

MAKING: ForkServerContext = multiprocessing.get_context("forkserver")
MAKING.set_forkserver_preload(
    ["pytest", "tests.faults.workers", "tests.faults.fake_slack", "storage.migrations"]
)


def start(
    folder: Path,
    settings: dict[str, Any],
    *,
    rival: str = "",
    shared: bool = False,
    web: bool = False,
    enter: Wire | None = None,
) -> ForkServerProcess:
    """One worker: ours, or a rival's way to deliver. `shared` lets it live by the trial's clock; `web` serves as well."""
    process = MAKING.Process(target=_work, args=(str(folder), settings, rival, shared, web, enter))
    process.start()
    return process


def _work(
    folder: str, settings: dict[str, Any], rival: str, shared: bool, web: bool, enter: Wire | None
) -> None:
    if enter is not None:
        enter.enter()
    log = os.open(Path(folder) / "worker.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)
    faulthandler.register(signal.SIGUSR1)
    clock = SharedClock(Path(folder) / "clock") if shared else wall_clock
    app = build(configured(**settings), clock=clock)
    if rival:
        asyncio.run(RIVALS[rival](app))
    elif web:
        serve(app, with_clock=True)
    else:
        work_on(app)
    sys.stdout.flush()
    os._exit(0)


async def _naive(app: App) -> None:
    """What most bots do: read what waits, post it, mark it as sent."""
    await _rival(app, take=_waiting)


async def _lease_only(app: App) -> None:
    """What job queues do: claim with a lease; a lease that ends is sent again."""
    await _rival(app, take=_leased)


RIVALS = {"naive": _naive, "lease_only": _lease_only}


async def _rival(app: App, take: Any) -> None:
    async def send(row: outbox.OutboxRow) -> None:
        place = await app.database.read(partial(reaching.place_of_row, row=row))
        chat = app.chats[Platform(row.platform)]
        try:
            delivered = await chat.send(place, load(row.content), key=row.key)
        except ChatError:
            return
        now = datetime.now(UTC)
        await app.database.write(
            lambda conn: outbox.sent(
                conn, row, now, channel=delivered.channel, message_id=delivered.message_id
            )
        )

    while True:
        rows = await app.database.write(partial(take, now=datetime.now(UTC)))
        await asyncio.gather(*map(send, rows))
        await asyncio.sleep(0.02)


def _waiting(conn: Connection, now: datetime) -> list[outbox.OutboxRow]:
    """A claim whose lease is over at once, so that nobody is kept out of a row."""
    _free(conn, now)
    return outbox.claim(conn, now, 50, timedelta(0))


def _leased(conn: Connection, now: datetime) -> list[outbox.OutboxRow]:
    _free(conn, now)
    return outbox.claim(conn, now, 50, timedelta(seconds=1))


def _free(conn: Connection, now: datetime) -> None:
    outbox.end_leases(conn, now)
    for row in outbox.due_unknown(conn, now, timedelta(0), limit=1000):
        outbox.pending_again(conn, row, now, "once more")
