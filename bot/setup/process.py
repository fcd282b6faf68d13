"""The program as a process: serving, working, one tick and out."""

import asyncio
import logging
import secrets
import signal
import socket
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from functools import partial

import uvicorn

from bot.app import App
from bot.domain.faults import SetupError, fault
from bot.jobs.clock import Clock
from bot.messages.model import load, text_of
from bot.services import compose, digests, installing, look
from bot.setup.logs import logs
from storage import outbox, people, workspaces
from storage.database import Connection

log = logging.getLogger(__name__)


def serve(app: App, *, with_clock: bool) -> None:
    """Serves until told to stop; with the clock it is the whole program.

    SIGTERM ends it: requests under way are answered, sends under way are recorded, then it is gone.

    Raises:
        SetupError: nothing can be heard at its address, or Slack's socket is lost for good.

    """
    logs(app)
    door = _door(app.settings.host, app.settings.port)
    _print_claim_code(app)
    config = uvicorn.Config(
        app.web(with_clock=with_clock),
        host=app.settings.host,
        port=app.settings.port,
        log_config=None,
        timeout_graceful_shutdown=3,  # and then sends under way: ten seconds in all
        access_log=False,
        server_header=False,
    )
    server = uvicorn.Server(config)

    def stop() -> None:
        server.should_exit = True

    app.stop = stop
    try:
        server.run(sockets=[door])
    finally:
        app.database.close()
    if app.lost:
        # The host starts it again; a process that hears nothing and stays would only look alive.
        raise SetupError(app.lost)


def _door(host: str, port: int) -> socket.socket:
    """The open socket of an address, before anything is said or begun.

    Raises:
        SetupError: somebody else listens there, or it is no address of this machine.

    """
    try:
        family, kind, proto, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        door = socket.socket(family, kind, proto)
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind(where)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise SetupError(fault("PL-055", where=f"{host}:{port}", reason=why)) from None
    return door


def _print_claim_code(app: App) -> None:
    """While nobody is admin, a one-time code makes its sender so."""
    code = app.database.write_now(
        partial(installing.open_claim, code=f"{secrets.randbelow(10**8):08}", now=app.clock())
    )
    if code is not None:
        slack = (
            [f"type in Slack: /pilot claim {code}"] if app.settings.slack or not app.settings.teams else []
        )
        teams = [f"write to Pilotlight in Teams: claim {code}"] if app.settings.teams else []
        print(f"To become the admin, {', or '.join(slack + teams)}")  # noqa: T201 - for whoever started it


def work_on(app: App) -> None:
    """The clock and the delivery, without the web."""
    logs(app)
    asyncio.run(_work(app))
    app.database.close()


async def _work(app: App) -> None:
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    await app.introduce()
    if app.socket is not None:
        log.info("Slack's socket is held by the web process; this one looks, writes and sends")
    ticking = Clock(app.tasks)
    ticking.start()
    await stop.wait()
    await ticking.stop()
    await app.close()


def tick_once(app: App, at: datetime | None) -> dict[str, int]:
    """Does all that is due once; with a moment given, as if it were now, and as if no quiet start were on."""
    logs(app)
    quiet: dict[str, datetime] = {}
    if at is not None:
        app = replace(app, clock=lambda: at)
        quiet = app.database.write_now(_without_quiet_start)
    try:
        return asyncio.run(_tick(app))
    finally:
        app.database.write_now(lambda conn: _quiet_again(conn, quiet))
        app.database.close()


def _without_quiet_start(conn: Connection) -> dict[str, datetime]:
    """Ends every quiet start; until when each was to last."""
    found = {one: workspaces.get(conn, one) for one in workspaces.in_quiet_start(conn)}
    for workspace_id in found:
        workspaces.set_quiet_until(conn, workspace_id, None)
    return {one: its.quiet_until for one, its in found.items() if its is not None and its.quiet_until}


def _quiet_again(conn: Connection, quiet: Mapping[str, datetime]) -> None:
    for workspace_id, until in quiet.items():
        workspaces.set_quiet_until(conn, workspace_id, until)


async def _tick(app: App) -> dict[str, int]:
    await app.introduce()
    done = await app.tasks.all_due()
    await app.close()
    return asdict(done)


def rehearse(app: App, at: datetime | None) -> list[tuple[str, str]]:
    """What would be sent, and to whom: everything is decided and written in one transaction that is taken back.

    With a moment given, as if it were now, and as if no quiet start were on.
    """
    logs(app)
    now = at or app.clock()
    found: list[tuple[str, str]] = []

    class _TakenBack(Exception):
        pass

    def decide(conn: Connection) -> None:
        if at is not None:
            _without_quiet_start(conn)
        before = {
            row.id for one in workspaces.all_of(conn) for row in outbox.history(conn, one, limit=10_000)
        }
        for _ in range(2):
            while look.look(conn, now, limit=500) == 500:
                pass
            look.admit(conn, now)
        digests.digests(conn, now)
        compose.compose(conn, now)
        for workspace_id in workspaces.all_of(conn):
            known = people.all_of(conn, workspace_id)
            for row in reversed(outbox.history(conn, workspace_id, limit=10_000)):
                if row.id not in before and row.state != "dropped":
                    person = known.get(row.person_id or "")
                    found.append((person.name if person else row.channel, text_of(load(row.content))))
        raise _TakenBack

    try:
        app.database.write_now(decide)
    except _TakenBack:
        pass
    finally:
        app.database.close()
    return found
