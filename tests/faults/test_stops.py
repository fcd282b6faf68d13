"""D20: told to stop in the middle of everything."""

import time
from collections import Counter

import pytest

from storage import outbox, workspaces
from storage.database import Connection
from tests.faults.kills import minutes
from tests.faults.world import World, seed_of, times, world

long = [pytest.mark.trial, pytest.mark.timeout(3600)]
# Processes that start and die: on a machine that has no time for them they say nothing.
pytestmark = long


def states(here: World) -> Counter[str]:
    def count(conn: Connection) -> Counter[str]:
        return Counter(
            row.state for one in workspaces.all_of(conn) for row in outbox.history(conn, one, limit=100_000)
        )

    return here.database.read_now(count)


@pytest.mark.parametrize("n", [1, pytest.param(times(200), marks=long)])
def test_d20_told_to_stop_it_ends_and_leaves_nothing_half_done(n: int) -> None:
    began = time.monotonic()
    with world() as here:
        chance = seed_of("D20")
        # Some answers come late, some not at all while we wait.
        here.plan(share=0.02, kinds=["hang"], hang=20.0, delay=0.3, seed=1)
        slowest, released = 0.0, 0
        for _ in range(n):
            if here.waiting() < 50:
                here.seed(100 if n > 1 else 30)
            worker = here.start()
            # Not before it sends: a process that is still starting has nothing to finish.
            posted, patience = here.posted(), time.monotonic() + 60
            while here.posted() == posted and time.monotonic() < patience:
                time.sleep(0.02)
            time.sleep(chance.uniform(0.0, 1.5) if n > 1 else 0.0)
            took = here.stop(worker)
            slowest = max(slowest, took)
            assert worker.exitcode == 0
            left = states(here)
            released += left["unknown"]
            assert not left["sending"], (left, took)
        here.plan()
        worker = here.start()
        here.until_still(120)
        here.stop(worker)
        verdict = here.verdict()
        print(
            f"D20: {n} stops, slowest {slowest:.1f} s, {len(here.expected)} nudges, {verdict}; {minutes(began)}"
        )
        assert slowest < 10
        assert verdict.good, verdict
