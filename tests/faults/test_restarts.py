"""D7: the database restarts at once, again and again, in the middle of everything."""

import time

import pytest

from tests.faults.kills import minutes
from tests.faults.servers import shootable
from tests.faults.world import seed_of, world

long = [pytest.mark.trial, pytest.mark.timeout(3600)]


@pytest.mark.parametrize(("seconds", "nudges"), [pytest.param(300, 1_500, marks=long)])
def test_d7_the_database_restarts_in_the_middle_of_everything(seconds: int, nudges: int) -> None:
    began = time.monotonic()
    chance = seed_of("D7")
    with shootable() as server, world(server.create()) as here:
        here.plan(delay=0.2)
        here.seed(nudges)
        workers = [here.start(), here.start()]
        restarts, slowest, until = 0, 0.0, time.monotonic() + seconds
        while time.monotonic() < until:
            time.sleep(chance.uniform(5, 40) if seconds > 60 else 2)
            if here.waiting() < nudges / 3:
                here.seed(nudges // 3)
            before = here.posted()
            server.restart()
            restarts += 1
            up, back = time.monotonic(), time.monotonic() + 30
            while here.posted() == before and time.monotonic() < back:
                time.sleep(0.02)
            slowest = max(slowest, time.monotonic() - up)
            assert all(one.is_alive() for one in workers), "a worker gave up"
        here.until_still(1200)
        verdict = here.verdict()
        print(
            f"D7: {restarts} immediate restarts, {len(here.expected)} nudges, {verdict}, {here.moving()} still moving; back within {slowest:.1f} s; {minutes(began)}"
        )
        for one in workers:
            here.stop(one)
        assert verdict.good, (verdict, here.stuck())
        assert slowest < 15
