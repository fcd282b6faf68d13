"""D24: rows are taken away, doubled or delayed behind the program's back; the auditor says so and the heartbeat stays out."""

import asyncio
import contextlib
import http.server
import random
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import OperationalError

from bot.domain.people import Address, Person, Platform
from bot.jobs.tasks import Tasks
from bot.jobs.ticks import Ticks
from bot.services.audit import state
from bot.web.server import application
from storage import asks, episodes, outbox, people, pilots, workspaces
from storage.database import Connection, Database
from storage.ids import new_id
from storage.tables import METADATA
from tests.storage.kit import carried, origin, pilot, workspace
from tests.storage.template import migrated

NOW = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
TODAY = NOW.date()
LATER = timedelta(minutes=10, seconds=1)
OUTBOX, ASKS = METADATA.tables["outbox"], METADATA.tables["asks"]
PILOTS, WORKSPACES = METADATA.tables["pilots"], METADATA.tables["workspaces"]


def sound(conn: Connection) -> None:
    """Twelve people, each asked about a stalled pilot of theirs: most messages sent, some still to go."""
    workspaces.add(conn, workspace("w"))
    workspaces.set_digest_at(conn, "w", NOW + timedelta(days=3))
    for number in range(12):
        person = Person(
            id=f"p{number}", name=f"Person {number}",
            addresses=(Address(platform=Platform.SLACK, workspace="T1", user=f"U{number}"),),
        )  # fmt: skip
        people.add(conn, "w", person, NOW)
        one = pilot(f"P{number:02}", owner=person, backup=None, sponsor=None)
        pilots.add(conn, "w", one, origin(), next_look_at=NOW + timedelta(days=1))
        episode = episodes.open_(conn, "w", pilot_id=one.id, family="SILENT", opened_on=TODAY, why="x")
        assert episode is not None
        episodes.begin(conn, "w", episode.id, climbs_from=TODAY, rung_due_on=TODAY)
        episodes.climb(conn, "w", episode.id, rung=1, rung_due_on=TODAY + timedelta(days=5))
        ask = asks.add(
            conn, "w", pilot_id=one.id, kind="SILENT", person_id=person.id, role="owner", on=TODAY, now=NOW,
            episode_id=episode.id, rung=1,
        )  # fmt: skip
        assert ask is not None
        message = outbox.add(
            conn, "w", key=f"nudge:p{number}:{TODAY}", kind="nudge", content="{}", now=NOW, person_id=person.id,
            platform="slack", external_id="T1", charged_on=TODAY, not_before=NOW + timedelta(minutes=5 * (number % 2)),
        )  # fmt: skip
        assert message is not None
        carried(conn, "w", [ask], message, TODAY)
    for row in outbox.claim(conn, NOW, 20, timedelta(seconds=30)):
        outbox.sent(conn, row, NOW, channel=f"D{row.person_id}", message_id=f"1.{row.person_id}")


def one_of(conn: Connection, chance: random.Random, *conditions: object) -> str:
    rows = conn.execute(select(OUTBOX.c.id).where(OUTBOX.c.workspace_id == "w", *conditions)).scalars().all()  # type: ignore[arg-type]
    return str(chance.choice(sorted(rows)))


def sent_message_removed(conn: Connection, chance: random.Random) -> None:
    row = one_of(conn, chance, OUTBOX.c.state == "sent")
    conn.execute(delete(OUTBOX).where(OUTBOX.c.workspace_id == "w", OUTBOX.c.id == row))


def pending_message_removed(conn: Connection, chance: random.Random) -> None:
    row = one_of(conn, chance, OUTBOX.c.state == "pending")
    conn.execute(delete(OUTBOX).where(OUTBOX.c.workspace_id == "w", OUTBOX.c.id == row))


def ask_removed(conn: Connection, chance: random.Random) -> None:
    row = one_of(conn, chance)
    conn.execute(delete(ASKS).where(ASKS.c.workspace_id == "w", ASKS.c.outbox_id == row))


def message_doubled(conn: Connection, chance: random.Random) -> None:
    row = one_of(conn, chance)
    values = (
        conn.execute(select(OUTBOX).where(OUTBOX.c.workspace_id == "w", OUTBOX.c.id == row)).mappings().one()
    )
    conn.execute(insert(OUTBOX).values({**values, "id": new_id(), "key": f"{values['key']} again"}))


def message_held_back(conn: Connection, chance: random.Random) -> None:
    """Pushed into the past: it should have gone long ago and nobody sends it."""
    row = one_of(conn, chance, OUTBOX.c.state == "pending")
    mine = (OUTBOX.c.workspace_id == "w", OUTBOX.c.id == row)
    conn.execute(update(OUTBOX).where(*mine).values(not_before=NOW - timedelta(seconds=5)))


def send_abandoned(conn: Connection, chance: random.Random) -> None:
    row = one_of(conn, chance, OUTBOX.c.state == "pending")
    mine = (OUTBOX.c.workspace_id == "w", OUTBOX.c.id == row)
    conn.execute(update(OUTBOX).where(*mine).values(state="sending", not_before=NOW, attempt=1))


def doubt_without_end(conn: Connection, chance: random.Random) -> None:
    row = one_of(conn, chance, OUTBOX.c.state == "pending")
    mine = (OUTBOX.c.workspace_id == "w", OUTBOX.c.id == row)
    conn.execute(update(OUTBOX).where(*mine).values(state="unknown", not_before=NOW, attempt=1))


def look_delayed(conn: Connection, chance: random.Random) -> None:
    mine = (PILOTS.c.workspace_id == "w", PILOTS.c.id == f"P{chance.randrange(12):02}")
    conn.execute(update(PILOTS).where(*mine).values(next_look_at=NOW))


def ask_forgotten(conn: Connection, chance: random.Random) -> None:
    asks.add(conn, "w", pilot_id="P01", kind="checkin", person_id="p1", role="owner", on=TODAY, now=NOW)


def digest_forgotten(conn: Connection, chance: random.Random) -> None:
    conn.execute(update(WORKSPACES).where(WORKSPACES.c.id == "w").values(digest_at=NOW))


PLANTED: tuple[Callable[[Connection, random.Random], None], ...] = (
    sent_message_removed, pending_message_removed, ask_removed, message_doubled, message_held_back, send_abandoned,
    doubt_without_end, look_delayed, ask_forgotten, digest_forgotten,
)  # fmt: skip


class Beats(http.server.BaseHTTPRequestHandler):
    """Counts the heartbeats."""

    count = 0

    def do_GET(self) -> None:
        type(self).count += 1
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@pytest.fixture(scope="module")
def heart() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Beats)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


def beats(database: Database, heart: str, at: datetime) -> int:
    """How often one round of the auditor calls."""
    before = Beats.count
    tasks = Tasks(
        database=database, chats={}, clock=lambda: at, settle=timedelta(seconds=60), heartbeat_url=heart
    )
    asyncio.run(tasks.audit())
    return Beats.count - before


def audited(url: str, heart: str, n: int) -> None:
    database = Database(url)
    database.migrate()
    database.write_now(sound)
    chance = random.Random(24)

    class _TakenBack(Exception):
        pass

    # Pending ones are due in five minutes: what is late for ten is not late before fifteen.
    assert beats(database, heart, NOW + timedelta(minutes=9)) == 1
    for number in range(n):
        plant = PLANTED[number % len(PLANTED)]
        found: list[str] = []

        def go(
            conn: Connection,
            plant: Callable[[Connection, random.Random], None] = plant,
            found: list[str] = found,
        ) -> None:
            plant(conn, chance)
            found += state(conn, NOW + LATER).amiss
            raise _TakenBack

        with pytest.raises(_TakenBack):
            database.write_now(go)
        assert found, plant.__name__
    # And once for good, through the tick: the heartbeat stays out.
    database.write_now(lambda conn: ask_removed(conn, chance))
    assert beats(database, heart, NOW + timedelta(minutes=9)) == 0
    database.close()


def test_a_database_that_takes_no_writes_withholds_the_heartbeat(heart: str, tmp_path: Path) -> None:
    """As on a full disk: everything that is read looks as it should."""
    database = migrated(tmp_path / "h.db")
    assert beats(database, heart, NOW) == 1
    with pytest.raises(OperationalError):
        database.write_now(lambda conn: conn.execute(text("INSERT INTO nowhere VALUES (1)")))
    assert beats(database, heart, NOW) == 0
    database.close()


async def asked(database: Database, at: datetime, path: str) -> httpx.Response:
    @contextlib.asynccontextmanager
    async def alive() -> AsyncIterator[None]:
        yield

    app = application(database=database, doors={}, clock=lambda: at, ticks=Ticks(), lifespan=alive)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here") as http:
        return await http.get(path)


async def test_readyz_gives_the_reasons_and_metrics_the_figures(tmp_path: Path) -> None:
    database = migrated(tmp_path / "r.db")
    database.write_now(sound)
    well = await asked(database, NOW, "/readyz")
    assert (well.status_code, well.json()["heartbeat"]) == (200, "goes out")
    assert "pilotlight_heartbeat_withheld 0.0" in (await asked(database, NOW, "/metrics")).text
    late = await asked(database, NOW + timedelta(minutes=16), "/readyz")
    assert (late.status_code, late.json()["heartbeat"]) == (503, "withheld")
    assert late.json()["reasons"] == [
        "Messages that wait longer than ten minutes: 6. Does the platform answer? See the log."
    ]
    figures = (await asked(database, NOW + timedelta(minutes=16), "/metrics")).text
    for line in (
        "pilotlight_database_up 1.0", "pilotlight_messages_late 6.0", "pilotlight_queue_age_seconds 660.0",
        'pilotlight_messages_last_day{state="sent"} 6.0', "pilotlight_amiss 1.0",
        "pilotlight_heartbeat_withheld 1.0",
    ):  # fmt: skip
        assert line in figures, figures
    database.close()


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_d24_what_is_planted_is_found_and_no_heart_beats(
    engine: str, heart: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = f"sqlite:///{tmp_path / 'a.db'}" if engine == "sqlite" else request.getfixturevalue("postgres_url")
    audited(url, heart, 50)
    print(
        f"\nD24 {engine}: 50 faults of {len(PLANTED)} kinds planted, 50 reported within 10 min 1 s, heartbeat withheld"
    )
