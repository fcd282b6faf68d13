"""``python -m tests.bench.crowd``: how soon each of fifty people has their answer, nothing being slow.

The people and their Slack are those of the trial (`tests/trials/crowd.py`): ten ask, ten register, ten open a form, ten send one, ten press
a button; the program is `pilotlight run` in a process of its own, over HTTP. What is told is how long Slack waited for each answer. First
everybody works side by side: asks, reads what came, and asks again after one to four seconds. Then all fifty ask in the same instant, again
and again, as they do in the trial. Half a second for ninety-nine of a hundred who work side by side is to hold, three seconds for all.
"""

import asyncio
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

from tests.storage import postgres
from tests.trials.crowd import LIMIT, Crowd, Person, crowd

PEOPLE, SECONDS, WAVES, SEED = 50, 40.0, 6, 20261130
P99 = 0.5


async def side_by_side(people: Crowd) -> None:
    """Everybody at their own pace."""
    chance, end = random.Random(SEED), time.monotonic() + SECONDS

    async def works(person: Person) -> None:
        await asyncio.sleep(chance.uniform(0, 4))
        wave = 1  # the first was for warming up
        while time.monotonic() < end:
            wave += 1
            if not await people.comes(person, wave):
                raise SystemExit(f"not one result: {people.owed()}, {people.refused}")
            await asyncio.sleep(chance.uniform(1, 4))

    await asyncio.gather(*(works(person) for person in people.people))


async def in_one_instant(people: Crowd) -> None:
    """Everybody, and everybody again once each has their result."""
    for wave in range(1_000, 1_000 + WAVES):
        await people.ready(wave)
        await people.at_once()
        if not await people.all_there(60.0) or people.refused:
            raise SystemExit(f"not everybody has one result: {people.owed()}, {people.refused}")


async def measured(engine: str, folder: Path, url: str) -> None:
    """Both, on one engine."""
    async with crowd(folder, url, PEOPLE) as (people, _):
        await people.ready(1)
        await people.at_once()
        if not await people.all_there(60.0):  # the program has just begun
            raise SystemExit(f"not everybody has one result: {people.owed()}")
        for what, does in (("side by side", side_by_side), ("in one instant", in_one_instant)):
            people.taken.clear()
            await does(people)
            report(f"{engine}, {PEOPLE} {what}", people.taken)


def report(what: str, found: list[tuple[float, str]]) -> None:
    """In milliseconds."""
    taken = sorted(seconds * 1000 for seconds, _ in found)
    print(
        f"{what}: {len(taken)} answers, median {statistics.median(taken):.0f} ms, p99 {taken[len(taken) * 99 // 100]:.0f} ms "
        f"(to hold side by side: {P99 * 1000:.0f}), slowest {taken[-1]:.0f} ms (to hold: {LIMIT * 1000:.0f})",
        flush=True,
    )
    for kind in sorted({kind for _, kind in found}):
        mine = sorted(seconds * 1000 for seconds, of in found if of == kind)
        print(f"  {kind}: median {statistics.median(mine):.0f} ms, slowest {mine[-1]:.0f} ms", flush=True)


def main() -> None:
    """Both engines, or the one that is named."""
    wanted = sys.argv[1:] or ["sqlite", "postgresql"]
    with tempfile.TemporaryDirectory(prefix="pilotlight-crowd-") as name:
        folder = Path(name)
        if "sqlite" in wanted:
            asyncio.run(measured("SQLite", folder, f"sqlite:///{folder / 'house.db'}"))
        if "postgresql" in wanted:
            try:
                with postgres.server() as server:
                    asyncio.run(measured("PostgreSQL", folder, server.create()))
            except postgres.NoServer as reason:
                print(f"PostgreSQL: {reason}")


if __name__ == "__main__":
    main()
