"""D6: one of two replicas is cut off from the database, from Slack or from both, longer than a lease or shorter, then healed."""

import time
from multiprocessing.synchronize import Event

import pytest

from storage import turns
from storage.database import Connection, Database
from tests.faults import workers
from tests.faults.kills import minutes
from tests.faults.network import NoNamespaces, Wire, wire
from tests.faults.servers import shootable
from tests.faults.world import seed_of, times, world

long = [pytest.mark.trial, pytest.mark.timeout(3600)]


def hold(url: str, between: Wire, held: Event) -> None:
    """Takes the turn to claim at the far end of a wire, and never gives it back."""
    between.enter()

    def go(conn: Connection) -> None:
        turns.wait(conn, turns.Turn.CLAIM)
        held.set()
        time.sleep(3600)

    Database(url).write_now(go)


@pytest.mark.trial
@pytest.mark.timeout(600)
def test_d6_a_replica_cut_off_for_good_gives_its_turn_back() -> None:
    """It was cut off in the middle of a claim; the server takes the lock from it, and the others go on."""
    try:
        with wire() as between, shootable(listen="*") as server, world(server.create()) as here:
            held = workers.MAKING.Event()
            arguments = (here.database_url_at(between.ours), between, held)
            far = workers.MAKING.Process(target=hold, args=arguments)
            far.start()
            assert held.wait(120)
            between.cut(server.port)
            began = time.monotonic()
            here.database.write_now(lambda conn: turns.wait(conn, turns.Turn.CLAIM))
            took = time.monotonic() - began
            far.kill()
            print(f"\nD6: the turn of a replica that was cut off was free again after {took:.0f} s")
            assert took < 60
    except NoNamespaces as reason:
        pytest.skip(f"no partition can be made here: {reason}")


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
