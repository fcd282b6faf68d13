"""The real program behind its real doors, with a few pilots whose code lives somewhere; time stands until it is moved."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx

from bot.app import App, build, configured
from bot.domain.people import Person
from bot.domain.pilot import Pilot
from bot.domain.record import Activity, Record
from bot.domain.stages import Stage
from storage import people, pilots, workspaces
from storage.database import Connection, Database
from storage.guard import require_workspace
from storage.pilots import Origin
from storage.workspaces import Settings, Workspace
from tests.playground.bolt_app import served
from tests.playground.kit import VirtualClock
from tests.signals.payloads import SECRET
from tests.storage.template import migrated

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
MARA = Person(id="mara", name="Mara Lindqvist", handle="mara.lindqvist")
PETRA = Person(id="petra", name="Petra Holm", handle="petra.holm")
OURS = "ours"


def a_pilot(
    pilot_id: str = "P01", link: str = "https://github.com/acme/reply-helper", **changes: object
) -> Pilot:
    given: dict[str, object] = {
        "id": pilot_id,
        "name": f"Pilot {pilot_id}",
        "stage": Stage.BUILD,
        "stage_since": date(2026, 10, 1),
        "started": date(2026, 9, 1),
        "owner": MARA,
        "sponsor": PETRA,
        "links": {"repo": link},
    }
    return Pilot(**(given | changes))  # type: ignore[arg-type]


@dataclass
class Running:
    app: App
    clock: VirtualClock
    http: httpx.AsyncClient
    database: Database

    async def post(self, door: str, body: bytes, headers: dict[str, str]) -> httpx.Response:
        return await self.http.post(f"/hooks/{door}", content=body, headers=headers)

    async def read(self) -> int:
        """Reads what was taken in, as the clock does, and what has to wait five minutes too."""
        seen = await self.app.tasks.signals()
        self.clock.advance(minutes=6)
        return seen + await self.app.tasks.signals()

    def record(self, pilot_id: str = "P01") -> Record:
        return self.database.read_now(lambda conn: pilots.load(conn, OURS, [pilot_id])[pilot_id][1])

    def kept(self, pilot_id: str = "P01") -> list[tuple[str, str, str]]:
        """kind, actor and verdict of everything in a pilot's record."""
        return [(one.kind, one.actor, one.counts.value) for one in self.record(pilot_id).activities]

    def activities(self, pilot_id: str = "P01") -> tuple[Activity, ...]:
        return self.record(pilot_id).activities


def furnish(conn: Connection, *some: Pilot, workspace_id: str = OURS) -> None:
    workspaces.add(
        conn,
        Workspace(
            id=workspace_id,
            name=workspace_id.title(),
            settings=Settings(zone="Europe/Berlin"),
            created_at=NOW - timedelta(days=90),
        ),
    )
    people.add_many(conn, workspace_id, [MARA, PETRA], NOW)
    for one in some:
        pilots.add(conn, workspace_id, one, Origin(created_by="mara", created_at=NOW), next_look_at=None)


@contextlib.asynccontextmanager
async def running(
    folder: Path, *some: Pilot, gitlab: str = SECRET, now: datetime = NOW, **settings: str
) -> AsyncIterator[Running]:
    """Pilots (one by default) in one workspace; every door has a secret unless it is given as empty."""
    database = migrated(folder / "signals.db")
    require_workspace(*database.engines)
    database.write_now(lambda conn: furnish(conn, *(some or (a_pilot(),))))
    clock = VirtualClock(now)
    secrets = {
        "github_webhook_secret": SECRET,
        "gitlab_webhook_secret": gitlab,
        "signal_webhook_secret": SECRET,
    }
    given = {name: value for name, value in (secrets | settings).items() if value}
    app = build(configured(**given), clock=clock, database=database)
    try:
        async with (
            served(app.web(with_clock=False)) as address,
            httpx.AsyncClient(base_url=address, verify=False, timeout=60) as http,
        ):
            yield Running(app, clock, http, database)
    finally:
        await app.close()
        database.close()
