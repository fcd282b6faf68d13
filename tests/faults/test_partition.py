"""D6: one of two replicas is cut off from the database, from Slack or from both, longer than a lease or shorter, then healed."""

import time

import pytest

from tests.faults.kills import minutes
from tests.faults.network import NoNamespaces, wire
from tests.faults.servers import shootable
from tests.faults.world import seed_of, times, world

long = [pytest.mark.trial, pytest.mark.timeout(3600)]


@pytest.mark.parametrize("n", [pytest.param(times(100), marks=long)])
def test_d6_one_replica_is_cut_off(n: int) -> None:
    began = time.monotonic()
    chance = seed_of("D6")
    try:
        with (
            wire() as between,
            shootable(listen="*") as server,
            world(server.create(), host="0.0.0.0") as here,
        ):
            here.plan(delay=0.3)
            near = here.start()
            far = here.start(
                enter=between,
                database_url=here.database_url_at(between.ours),
                slack_api_url=f"http://{between.ours}:{here.port}/api/",
            )
            cuts = {"database": (server.port,), "Slack": (here.port,), "both": (server.port, here.port)}
            for number in range(n):
                if here.waiting() < 150:
                    here.seed(150)
                what = chance.choice(sorted(cuts))
                between.cut(*cuts[what])
                # Some longer than a lease.
                time.sleep(chance.choice([0.5, 1, 2, 3, 20]) if number % 20 else 35)
                between.heal()
                time.sleep(0.5)
            here.until_still(180)
            verdict = here.verdict()
            assert far.is_alive()
            print(f"D6: {n} partitions, {len(here.expected)} nudges, {verdict}; {minutes(began)}")
            here.stop(near)
            here.stop(far)
            assert verdict.good, verdict
    except NoNamespaces as reason:
        pytest.skip(f"no partition can be made here: {reason}")
