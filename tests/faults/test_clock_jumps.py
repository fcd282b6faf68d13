"""D16: somebody sets the clock, or the host sleeps: libfaketime under the real program, whose steady clock stays right."""

import os
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.people import Address, Person, Platform
from bot.messages.model import dump
from bot.messages.replies import line
from storage import outbox, people, pilots, workspaces
from storage.database import Connection
from storage.ids import new_id
from storage.workspaces import Settings, Workspace
from tests.faults.kills import minutes
from tests.faults.world import INSTALLED, World, install, seed_of, times, world
from tests.storage.kit import origin, pilot

long = [pytest.mark.trial, pytest.mark.timeout(3600)]
START = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
LIBRARY = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
#: A jump makes everything due at once; how long a starved machine takes over it says nothing.
_PATIENCE = 180.0
JUMPS = [
    timedelta(days=-2), timedelta(hours=-1), timedelta(seconds=-20), timedelta(seconds=20), timedelta(hours=9),
    timedelta(days=1), timedelta(days=30),
]  # fmt: skip


def furnish(conn: Connection) -> None:
    """Eight owners, each with a pilot nobody said a word about for fifty days."""
    workspaces.add(conn, Workspace(id="w", name="w", settings=Settings(zone="UTC"), created_at=START))
    install(conn, "w", "T0", START)
    workspaces.set_people_at(conn, "w", START + timedelta(days=4000))
    for number in range(8):
        there = Address(platform=Platform.SLACK, workspace="T0", user=f"T0x{number}")
        person = Person(id=f"o{number}", name=f"Owner {number}", handle=f"o{number}", addresses=(there,))
        people.add(conn, "w", person, START)
        one = pilot(
            f"P{number:02}", owner=person, backup=None, sponsor=None, metric=None, guardrails=(),
            started=START.date() - timedelta(days=60 + number), stage_since=START.date() - timedelta(days=20),
        )  # fmt: skip
        pilots.add(conn, "w", one, origin(created_by="o0"), next_look_at=START)
    people.add(
        conn,
        "w",
        Person(
            id="probe",
            name="Probe",
            addresses=(Address(platform=Platform.SLACK, workspace="T0", user="T0x99"),),
        ),
        START,
    )


def probe(here: World, now: datetime) -> float:
    """A message due at once by the program's clock; how long it takes to arrive."""
    key = f"probe:{new_id()}"
    here.database.write_now(
        lambda conn: outbox.add(
            conn, "w", key=key, kind="notice", content=dump(line("Still there.")), now=now, person_id="probe",
            platform="slack", external_id="T0",
        )
    )  # fmt: skip
    began = time.monotonic()
    while time.monotonic() - began < _PATIENCE:
        if any(post.key == key for post in here.history()):
            return time.monotonic() - began
        time.sleep(0.2)
    return time.monotonic() - began


@pytest.mark.skipif(LIBRARY is None, reason="libfaketime is not installed: apt-get install libfaketime")
@pytest.mark.parametrize("n", [pytest.param(times(60), marks=long)])
def test_d16_whatever_the_clock_does_nobody_hears_twice(n: int, tmp_path: Path) -> None:
    began = time.monotonic()
    chance = seed_of("D16")
    stamp = tmp_path / "faketime"

    def set_to(moment: datetime) -> float:
        """The library adds this to the world's clock."""
        ahead = (moment - datetime.now(UTC)).total_seconds()
        stamp.write_text(f"{ahead:+.3f}\n")
        return ahead

    with world() as here:
        here.database.write_now(furnish)
        ahead = set_to(START)
        environment = {
            **os.environ, "LD_PRELOAD": str(LIBRARY), "FAKETIME_TIMESTAMP_FILE": str(stamp), "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DATABASE_URL": f"sqlite:///{here.folder / 'pilotlight.db'}",
            **{name.upper(): value for name, value in INSTALLED.items()}, "PILOTLIGHT_SETTLE": "2",
            "SLACK_API_URL": f"http://127.0.0.1:{here.port}/api/",
        }  # fmt: skip
        log = (tmp_path / "log").open("wb")
        program = subprocess.Popen(
            [sys.executable, "-m", "bot", "work"], env=environment, stdout=log, stderr=log, cwd=Path.cwd()
        )
        slowest, most, days, jump = 0.0, 0, Counter[str](), timedelta(0)
        try:
            probe(here, datetime.now(UTC) + timedelta(seconds=ahead))  # the start is not what is tried
            for _ in range(n):
                before = Counter(
                    post.key.split(":")[1] for post in here.history() if post.key.startswith("nudge:")
                )
                took = probe(here, datetime.now(UTC) + timedelta(seconds=ahead))
                if took > 15:
                    print(f"D16: {took:.1f} s after a jump of {jump}")
                slowest = max(slowest, took)
                time.sleep(2.5)
                after = Counter(
                    post.key.split(":")[1] for post in here.history() if post.key.startswith("nudge:")
                )
                most = max([most, *(after - before).values()])
                now = datetime.now(UTC) + timedelta(seconds=ahead)
                jump = chance.choice(JUMPS)
                ahead = set_to(now + jump)
        finally:
            program.terminate()
            ended = program.wait(20)
            log.close()
        keys = Counter(post.key for post in here.history())
        days = Counter(key.split(":")[1] for key in keys if key.startswith("nudge:"))
        print(
            f"D16: {n} jumps, {sum(days.values())} nudges to {len(days)} owners, at most {most} after one jump, next message within {slowest:.1f} s; {minutes(began)}"
        )
        assert ended in (0, -15), (tmp_path / "log").read_text()[-2000:]
        assert max(keys.values()) == 1
        assert days
        assert most <= 1
        assert slowest < _PATIENCE
