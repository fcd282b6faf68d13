"""D23, a process of its own: a month in a company with many pilots, lived as fast as the machine can.

`python -m tests.faults.soak FOLDER SLACK_PORT PILOTS DAYS SEED` prints a line of JSON for each day. The clock goes from tick to tick;
people answer about half of what they are asked. Only the program lives in this process, so its memory is the program's.
"""

import asyncio
import gc
import json
import random
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from time import process_time

import psutil

from bot.app import App, build, configured
from bot.domain import commands
from bot.domain.errors import UserError
from bot.domain.people import Address, Platform
from bot.services import audit, dispatch
from bot.services.chat import Place
from bot.services.incoming import Incoming
from bot.services.transfer import read_in
from storage import asks, outbox, people, workspaces
from storage.database import Connection
from storage.outbox import OutboxRow
from storage.settings import Settings
from storage.workspaces import Installation, Workspace
from tests.bench.registry import _sample
from tests.faults.clocks import SharedClock

WORKSPACE, TEAM, ZONE = "w", "T1", "Europe/Berlin"
#: The Monday on which the month begins.
FIRST = date(2026, 11, 23)
#: A company asks about a good half of its pilots before anybody looks twice.
ANSWERED = 0.5


def moments(day: date) -> Iterator[datetime]:
    """The ticks of a day: every half hour while people work, every three hours else."""
    calendar = Settings(zone=ZONE).calendar()
    halves = [time(9 + n // 2, 30 * (n % 2)) for n in range(17)]
    for clock in [time(0, 10), time(3), time(6), *halves, time(20), time(23)]:
        yield calendar.at(day, clock)


def furnish(conn: Connection, pilots: int, now: datetime) -> None:
    """The sample's pilots over and over, everybody with an account, a digest every Monday."""
    settings = Settings(zone=ZONE, digest_platform="slack", digest_external=TEAM, digest_channel="C1")
    workspaces.add(conn, Workspace(id=WORKSPACE, name="The company", settings=settings, created_at=now))
    workspaces.install(
        conn,
        Installation(workspace_id=WORKSPACE, platform=Platform.SLACK, external_id=TEAM, installed_at=now),
    )
    read_in(conn, WORKSPACE, _sample(pilots), today=now.date(), now=now)
    found = workspaces.get(conn, WORKSPACE)
    assert found is not None
    workspaces.save_settings(
        conn, WORKSPACE, found.settings.model_copy(update=settings.model_dump(exclude_unset=True))
    )
    everybody = people.all_of(conn, WORKSPACE)
    for number, person_id in enumerate(everybody):
        people.add_address(conn, WORKSPACE, person_id, _address(number), now)
    people.set_role(conn, WORKSPACE, next(iter(everybody)), "admin", has=True)


def _address(number: int) -> Address:
    return Address(platform=Platform.SLACK, workspace=TEAM, user=f"{TEAM}x{number}")


async def answers(app: App, day: date, chance: random.Random) -> Counter[str]:
    """Half of those who were asked since the day began say a word, on the way that a button or a command takes."""
    since = Settings(zone=ZONE).calendar().at(day, time())

    def asked(conn: Connection) -> list[tuple[OutboxRow, list[asks.Ask]]]:
        rows = outbox.history(conn, WORKSPACE, since=since, limit=10_000)
        told = [row for row in rows if row.kind == "nudge" and row.state == "sent"]
        return [
            (row, asks.of_message(conn, WORKSPACE, row.id)) for row in sorted(told, key=lambda row: row.key)
        ]

    said: Counter[str] = Counter()
    known = app.database.read_now(lambda conn: people.all_of(conn, WORKSPACE))
    for row, its in app.database.read_now(asked):
        person = known.get(row.person_id or "")
        if person is None or not person.addresses or chance.random() >= ANSWERED:
            continue
        for ask in its:
            here = person.addresses[0]
            word = chance.choice(["moving", "moving the team uses it daily", "stuck the vendor is late"])
            incoming = Incoming(
                actor=here,
                command=commands.parse(f"checkin {ask.pilot_id} {word}", day),
                key=f"{row.id}:{ask.id}",
                place=Place(platform=Platform.SLACK, workspace=TEAM, channel=row.channel, user=here.user),
            )
            try:
                await dispatch.handle(app.database, app.chats, incoming, app.clock())
                said["answered"] += 1
            except UserError:
                said["refused"] += 1
    return said


async def live(folder: Path, port: int, pilots: int, days: int, seed: int) -> None:
    """The month."""
    clock, chance = SharedClock(folder / "clock"), random.Random(seed)
    settings = configured(
        database_url=f"sqlite:///{folder / 'pilotlight.db'}",
        slack_bot_token="xoxb-soak",
        slack_signing_secret="soak",
        slack_api_url=f"http://127.0.0.1:{port}/api/",
        log_level="error",
    )
    app = build(settings, clock=clock)
    app.database.migrate()
    clock.set(next(moments(FIRST)))
    await app.database.write(lambda conn: furnish(conn, pilots, clock()))
    for number in range(days):
        day = FIRST + timedelta(days=number)
        sent = 0
        said: Counter[str] = Counter()
        for moment in moments(day):
            clock.set(max(moment, clock()))
            sent += (await app.tasks.all_due()).sent
            if moment == _afternoon(day):
                said = await answers(app, day, chance)
        state = app.database.read_now(lambda conn: audit.state(conn, clock()))
        gc.collect()
        told = {
            "day": day.isoformat(), "sent": sent, **said, "amiss": list(state.amiss),
            "mb": round(psutil.Process().memory_info().rss / 1e6, 1), "cpu": round(process_time(), 1),
        }  # fmt: skip
        print(json.dumps(told), flush=True)
    await app.close()
    app.database.close()


def _afternoon(day: date) -> datetime:
    return Settings(zone=ZONE).calendar().at(day, time(15))


if __name__ == "__main__":
    asyncio.run(live(Path(sys.argv[1]), *map(int, sys.argv[2:6])))
