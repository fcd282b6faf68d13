"""How ticks fare: one moment of trouble is over when it is over, and what rests ten minutes is not late after ten."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.jobs.clock import TICKS, Clock
from bot.jobs.tasks import Tasks
from bot.jobs.ticks import Ticks
from storage import migrations
from storage.database import Database

EVERY = {tick.name: tick.every for tick in TICKS}


class Steady:
    """A steady clock that is moved by hand."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_what_comes_every_ten_minutes_is_late_after_twenty() -> None:
    clock = Steady()
    ticks = Ticks(clock=clock)
    ticks.expect(EVERY)
    clock.now += 599
    for name in EVERY.keys() - {"housekeeping", "look"}:
        ticks.ended(name)
    assert ticks.amiss() == []
    clock.now += 1
    assert [sentence.split()[1] for sentence in ticks.amiss()] == ["look"]
    clock.now += 599
    for name in EVERY.keys() - {"housekeeping"}:
        ticks.ended(name)
    assert ticks.amiss() == []
    clock.now += 1
    assert [sentence.split()[1] for sentence in ticks.amiss()] == ["housekeeping"]


def test_a_tick_is_amiss_once_it_has_failed_for_a_minute_until_it_ends_well() -> None:
    clock = Steady()
    ticks = Ticks(clock=clock)
    ticks.expect(EVERY)
    ticks.failed("look", OSError())
    clock.now += 59
    assert ticks.amiss() == []
    ticks.failed("look", OSError())
    clock.now += 1
    assert ticks.amiss() == ["The look tick keeps failing (OSError): see the log."]
    ticks.ended("look")
    assert ticks.amiss() == []
    ticks.failed("look", ValueError())
    assert ticks.amiss() == []


async def test_a_tick_that_failed_comes_again_soon(tmp_path: Path) -> None:
    """Also the one that comes every ten minutes: here the database has no tables for a moment."""
    database = Database(f"sqlite:///{tmp_path / 't.db'}")
    tasks = Tasks(database=database, chats={}, clock=lambda: datetime.now(UTC), settle=timedelta(seconds=60))
    clock = Clock(tasks, again=timedelta(seconds=0.5))
    clock.start()

    def failing() -> bool:
        return tasks.ticks.fares["housekeeping"].failing_since is not None

    async with asyncio.timeout(120):
        while not failing():
            await asyncio.sleep(0.02)
        await database.write(migrations.upgrade)
        while failing():
            await asyncio.sleep(0.02)
    await clock.stop()
    database.close()
