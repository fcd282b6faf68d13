"""The whole house for a journey: the real program behind its real Slack door, and people with hands.

Alice owns, Bob is the backup, Sam sponsors, Lea leads, Ada is the admin; Charlie has no part in anything.
Time stands still until the journey moves it.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import uvicorn

from bot.app import App, build, configured
from bot.domain.people import Address, Person, Platform
from bot.jobs.tasks import Done
from bot.playground import Message, Playground
from bot.playground.deliveries import ACK_LIMIT
from bot.playground.seen import Seen
from bot.services import installing
from bot.slack.listeners import Door
from storage import people, pilots, workspaces
from storage.database import Connection
from storage.guard import require_workspace
from tests.journeys.models import sound
from tests.playground.kit import VirtualClock, slack_workspace
from tests.storage.template import migrated

CAST = ("alice", "bob", "sam", "lea", "ada", "charlie")
NAMES = {
    "alice": "Alice Owner",
    "bob": "Bob Backup",
    "sam": "Sam Sponsor",
    "lea": "Lea Leader",
    "ada": "Ada Admin",
    "charlie": "Charlie Stranger",
}
#: A Monday, half past ten in Berlin.
START = datetime(2027, 3, 1, 9, 30, tzinfo=UTC)
SENTENCE = "Reduce invoice handling time from 10 to 6 minutes by 29 October 2027"


class House:
    """What a journey holds in its hands."""

    def __init__(self, app: App, slack: Playground, clock: VirtualClock, workspace_id: str) -> None:
        self.app = app
        self.slack = slack
        self.clock = clock
        self.workspace_id = workspace_id
        self.hands = slack.hands
        #: What owners and sponsors read of the digest by itself, kept apart: most journeys are about something else.
        self.editions: list[Message] = []

    async def tick(self) -> Done:
        """Everything that is due now."""
        done = await self.app.tasks.all_due()
        fresh = [
            message
            for message in self.slack.ledger.untaken()
            if ":owner:" in key_of(message) or ":sponsor:" in key_of(message)
        ]
        self.slack.ledger.mark(fresh)
        self.editions += fresh
        return done

    async def at(self, day: date, clock: time = time(10, 30)) -> Done:
        """Moves to a local moment, stopping each morning and each half past ten on the way, and ticks."""
        calendar = self.app.database.read_now(self._calendar)
        while calendar.today(self.clock()) < day:
            tomorrow = calendar.today(self.clock()) + timedelta(days=1)
            for hour in (time(0, 10), time(10, 30)):
                moment = calendar.at(tomorrow, hour)
                if moment <= calendar.at(day, clock):
                    self.clock.now = moment
                    await self.tick()
        self.clock.now = max(self.clock.now, calendar.at(day, clock))
        return await self.tick()

    def _calendar(self, conn: Connection):  # type: ignore[no-untyped-def]  # noqa: ANN202 - a domain Calendar
        found = workspaces.get(conn, self.workspace_id)
        assert found is not None
        return found.settings.calendar()

    def take(self, who: str, *containing: str) -> Message:
        """The message that arrived there, and that the journey expected."""
        return self.slack.ledger.take(who, *containing)

    def read(self, message: Message) -> str:
        """A message as its reader sees it."""
        return self.hands.read(message)

    async def say(self, who: str, text: str) -> str:
        """Types a command; returns what the person then sees."""
        return "\n".join(self.read(message) for message in await self.shown(who, text))

    async def shown(self, who: str, text: str) -> list[Message]:
        """Types a command; returns the messages that answer it, also where a busy machine answers late."""
        seen = await self.hands.command(who, text)
        if not seen.all or all("One moment" in message.text for message in seen.all):
            ledger = self.slack.ledger
            assert await self.slack.workspace.until(lambda: bool(ledger.untaken(who)), timeout=60.0), text
            return ledger.take_all(who)
        return seen.all

    async def answered(self) -> None:
        """Waits until the door has nothing more to say to what was asked."""
        door = self.app.doors["/slack/events"]
        assert isinstance(door, Door)
        await door.drain(60.0)

    async def form(self, who: str) -> None:
        """Waits until a form stands where "one moment" stood."""
        slack = self.slack.workspace

        def ready() -> bool:
            view = slack.top_view(who)
            return view is not None and "submit" in view.payload

        assert await slack.until(ready, timeout=60.0), "no form opened"

    async def modal(self, who: str, containing: str) -> str:
        """The text of the open modal, once it says what is waited for."""
        slack = self.slack.workspace

        def says() -> bool:
            view = slack.top_view(who)
            return view is not None and containing in self.hands.read(view)

        assert await slack.until(says, timeout=60.0), "the modal never said so"
        view = slack.top_view(who)
        assert view is not None
        return self.hands.read(view)

    async def submit(self, who: str, **fields: str) -> Seen:
        """Fills the open form and sends it; people by their handles."""
        await self.form(who)
        known = {user.name: user.id for user in self.slack.workspace.people()}
        return await self.hands.submit(
            who, None, {name: known.get(value, value) for name, value in fields.items()}
        )

    async def register(self, name: str = "Invoice Reader", sentence: str = SENTENCE) -> None:
        """A framed pilot by the light path: three inputs, then the sponsor's tap."""
        await self.hands.command("alice", "/pilot new")
        await self.submit("alice", name=name, outcome=sentence, sponsor="sam", backup="bob")
        await self.tick()
        await self.hands.press("sam", self.take("sam", name), "I back this")

    def pilot(self, name: str = "Invoice Reader"):  # type: ignore[no-untyped-def]  # noqa: ANN201 - (Pilot, Record)
        """The pilot and its record, as they are stored."""

        def found(conn: Connection):  # type: ignore[no-untyped-def]  # noqa: ANN202
            [pilot_id] = pilots.named(conn, self.workspace_id, name)
            return pilots.load(conn, self.workspace_id, [pilot_id])[pilot_id]

        return self.app.database.read_now(found)


def key_of(message: Message) -> str:
    """The key under which a digest was sent; empty for every other message."""
    key = str((message.metadata or {}).get("event_payload", {}).get("key", ""))
    return key if key.startswith("digest:") else ""


@contextlib.asynccontextmanager
async def house(
    folder: Path,
    *,
    start: datetime = START,
    extra: tuple[str, ...] = (),
    pace: int = 1_000_000,
    patience: float | None = 30.0,
    public_url: str = "",
    outside: Mapping[str, str] | None = None,
    **slack_options: Any,
) -> AsyncIterator[House]:
    """Everything on loopback; leaving it fails the test if somebody got a message that it did not take.

    `patience` is the door's, and Slack waits longer: a journey is about what is said, and a busy machine may take its time over it.
    With None both are as people know them. `outside` are settings of sources outside chat: secrets, tokens and addresses
    of GitHub and GitLab.
    """
    if patience is None:
        slack_options = {"ack_limit": ACK_LIMIT} | slack_options
    clock = VirtualClock(start)
    cast = [
        {"name": name, "real_name": NAMES.get(name, name.capitalize()), "tz": "Europe/Berlin"}
        for name in (*CAST, *extra)
    ]
    async with slack_workspace(
        clock, people=cast, channels={"leadership": ["lea", "sam", "ada"]}, **slack_options
    ) as slack:
        slack.workspace.channel("#leadership").members.append(slack.workspace.bot.id)
        database = migrated(folder / "house.db")
        require_workspace(*database.engines)
        settings = configured(
            database_url=f"sqlite:///{folder / 'house.db'}",
            slack_bot_token=slack.token,
            slack_signing_secret=slack.app.signing_secret,
            slack_api_url=slack.api_url,
            pilotlight_settle=1,
            **({"public_url": public_url} if public_url else {}),
            **(outside or {}),
        )
        app = build(settings, clock=clock, database=database, pace=pace, patience=patience)
        workspace_id = database.write_now(lambda conn: _furnish(conn, slack, clock()))
        async with _serving(app) as address:
            slack.app_url = f"{address}/slack/events"
            yield House(app, slack, clock, workspace_id)
            sound(slack)
        database.close()


def _furnish(conn: Connection, slack: Playground, now: datetime) -> str:
    workspace = installing.first_workspace(conn, now)
    team = slack.workspace.team_id
    installing.installed(conn, Platform.SLACK, team, name="Acme", bot_user=slack.workspace.bot.id, now=now)
    settings = workspace.settings.model_copy(
        update={
            "zone": "Europe/Berlin",
            "digest_platform": "slack",
            "digest_external": team,
            "digest_channel": slack.workspace.channel("#leadership").id,
        }
    )
    workspaces.save_settings(conn, workspace.id, settings)
    workspaces.set_quiet_until(conn, workspace.id, None)
    for handle, role in (("ada", "admin"), ("lea", "leader")):
        user = slack.workspace.person(handle)
        there = Address(platform=Platform.SLACK, workspace=team, user=user.id)
        people.add(
            conn, workspace.id, Person(id=handle, handle=handle, name=NAMES[handle], addresses=(there,)), now
        )
        people.set_role(conn, workspace.id, handle, role, has=True)  # type: ignore[arg-type]
    return workspace.id


@contextlib.asynccontextmanager
async def _serving(app: App) -> AsyncIterator[str]:
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app.web(with_clock=False), log_level="error", access_log=False, lifespan="on")
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
