"""The whole product on one machine's loopback: a Slack workspace of our own, the real program beside it, a clock.

The program runs unchanged, through its real Slack door: only its addresses and its clock are the showroom's.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from functools import partial
from pathlib import Path

import uvicorn

from bot.app import App, build, configured
from bot.domain.calendar import zone_named
from bot.domain.people import Address, Person, Platform, name_of_handle
from bot.jobs.tasks import Done
from bot.playground import Channel, Playground, Workspace
from bot.playground.page.host import Host
from bot.services import installing, transfer
from bot.setup.stage import ADMIN, DATA, LEADERS, Clock, Stage, stage
from storage import people, workspaces
from storage.database import Connection, Database

#: When something can happen on a working day: a look in the morning, the digest, and hours in which people read.
HOURS = (time(0, 10), time(9, 35), time(10, 0), time(10, 5), time(13, 30), time(15, 30))


@dataclass(kw_only=True)
class Showroom:
    """The running demo."""

    app: App
    playground: Playground
    clock: Clock
    workspace_id: str
    channel: Channel
    _step: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def zone_now(self) -> datetime:
        """The moment on the workspace's wall."""
        found = self.app.database.read_now(lambda conn: workspaces.get(conn, self.workspace_id))
        return self.clock.now.astimezone(zone_named(found.settings.zone if found else "UTC"))

    async def step_to(self, moment: datetime) -> Done:
        """Moves the clock and does what has fallen due; one step at a time, whoever asks."""
        async with self._step:
            self.clock.now = max(moment, self.clock.now)
            return await self.app.tasks.all_due()

    def next_hour(self) -> datetime:
        """The next moment at which something can happen."""
        local = self.zone_now
        for day in (local.date(), local.date() + timedelta(days=1)):
            for hour in HOURS:
                moment = datetime.combine(day, hour, tzinfo=local.tzinfo)
                if moment > local:
                    return moment.astimezone(UTC)
        raise AssertionError("a day has hours")

    async def advance(self, by: timedelta) -> int:
        """Lets time pass, hour by hour as on a real day; returns how many messages were sent."""
        end, sent = self.clock.now + by, 0
        while (moment := self.next_hour()) <= end:
            sent += (await self.step_to(moment)).sent
        self.clock.now = max(self.clock.now, end)
        return sent

    async def until_something(self, most: timedelta = timedelta(days=30)) -> int:
        """Lets time pass until a message is sent."""
        end = self.clock.now + most
        while self.clock.now < end:
            sent = (await self.step_to(self.next_hour())).sent
            if sent:
                return sent
        return 0


@contextlib.asynccontextmanager
async def showroom(
    folder: Path, *, port: int = 0, start: datetime | None = None, page: Host | None = None
) -> AsyncIterator[Showroom]:
    """The sample portfolio, its people in a Slack of our own, and the program between them."""
    async with stage(port=port, start=start, page=page) as set_up, played_on(set_up, folder) as room:
        yield room


@contextlib.asynccontextmanager
async def played_on(set_up: Stage, folder: Path) -> AsyncIterator[Showroom]:
    """The program, with the sample imported, on a stage that stands already."""
    playground, clock = set_up.playground, set_up.clock
    slack = playground.workspace
    app = _program(playground, folder, clock)
    workspace_id = await app.database.write(lambda conn: _furnish(conn, slack, set_up.channel, clock.now))
    async with _serving(app) as address:
        app.address, playground.app_url = address, f"{address}/slack/events"
        await app.tasks.housekeeping()
        await app.database.write(lambda conn: _roles(conn, workspace_id, slack, clock.now))
        yield Showroom(
            app=app, playground=playground, clock=clock, workspace_id=workspace_id, channel=set_up.channel
        )
    app.database.close()


def _program(playground: Playground, folder: Path, clock: Clock) -> App:
    settings = configured(
        database_url=f"sqlite:///{folder / 'pilotlight.db'}",
        slack_bot_token=playground.token,
        slack_signing_secret=playground.app.signing_secret,
        slack_api_url=playground.api_url,
        pilotlight_settle=2,
        log_level="error",
    )
    database = Database(settings.database_url)
    database.migrate()
    return build(settings, clock=clock, database=database)


def _furnish(conn: Connection, slack: Workspace, channel: Channel, now: datetime) -> str:
    """The sample, imported as anybody would import it, and the digest's channel."""
    workspace = installing.first_workspace(conn, now)
    installing.installed(conn, Platform.SLACK, slack.team_id, name=slack.name, bot_user=slack.bot.id, now=now)
    files = transfer.Files(
        pilots=partial(_bytes, "pilots.csv"),
        updates=partial(_bytes, "updates.csv"),
        signals=partial(_bytes, "signals.csv"),
        settings=(DATA / "settings.json").read_text(encoding="utf-8"),
    )
    transfer.read_in(conn, workspace.id, files, today=now.date(), now=now)
    found = workspaces.get(conn, workspace.id)
    assert found is not None
    digest = {"digest_platform": "slack", "digest_external": slack.team_id, "digest_channel": channel.id}
    workspaces.save_settings(conn, workspace.id, found.settings.model_copy(update=digest))
    workspaces.set_quiet_until(conn, workspace.id, None)
    return workspace.id


def _roles(conn: Connection, workspace_id: str, slack: Workspace, now: datetime) -> None:
    """The leaders, once their accounts are matched, and the admin, who has no pilot of her own."""
    for handle in LEADERS:
        person = people.by_handle(conn, workspace_id, handle)
        if person is not None:
            people.set_role(conn, workspace_id, person.id, "leader", has=True)
    there = Address(platform=Platform.SLACK, workspace=slack.team_id, user=slack.person(ADMIN).id)
    admin = Person(id=ADMIN, handle=ADMIN, name=name_of_handle(ADMIN), addresses=(there,))
    people.add(conn, workspace_id, admin, now)
    people.set_role(conn, workspace_id, ADMIN, "admin", has=True)


def _bytes(name: str) -> list[bytes]:
    return [(DATA / name).read_bytes()]


@contextlib.asynccontextmanager
async def _serving(app: App) -> AsyncIterator[str]:
    """The program's web on a free loopback port, without its own clock: the showroom moves time."""
    listener = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    config = uvicorn.Config(
        app.web(with_clock=False), log_level="error", access_log=False, timeout_graceful_shutdown=2
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:
        if serving.done():
            serving.result()
        await asyncio.sleep(0.01)
    try:
        yield address
    finally:
        server.should_exit = True
        await serving


class _Server(uvicorn.Server):
    """Leaves the signals to whoever runs the showroom."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
