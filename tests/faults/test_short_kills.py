"""The promise in short: kill -9 at every step and at random, lost answers, and two rivals that are caught by the same judge.

Nothing here asserts a time. Leases and settling pass by the trial's own clock, so a busy machine is only slower.
"""

import time

import pytest

from tests.faults.kills import DECIDING, DELIVERY, die_at, die_deciding, drain, kill_at_random
from tests.faults.world import seed_of, world

#: Processes are started by the dozen: on a busy machine that alone takes minutes.
pytestmark = pytest.mark.timeout(400)


def test_dying_once_at_every_step_loses_nothing_and_repeats_nothing() -> None:
    with world(shared=True) as here:
        for point in DELIVERY:
            assert die_at(here, seed_of(f"short {point}"), point, 1) == 1, point
        drain(here)
        assert len(here.expected) >= 4 * len(DELIVERY)
        assert here.verdict(leases=False).good, here.verdict(leases=False)


def test_dying_once_at_every_step_before_it_asks_everybody_once() -> None:
    """While it looks, lets in, writes nudges and digests: of each stall and each week one message comes of it."""
    with world(shared=True) as here:
        for point in DECIDING:
            assert die_deciding(here, point, 1) == 1, point
        drain(here)
        assert here.verdict(leases=False).good, here.verdict(leases=False)


def test_dying_at_random_loses_nothing_and_repeats_nothing() -> None:
    with world(shared=True) as here:
        kill_at_random(here, seed_of("short random"), 4, backlog=50)
        assert here.verdict(leases=False).good, here.verdict(leases=False)


def test_one_of_two_replicas_dies_on_postgresql(postgres_url: str) -> None:
    with world(postgres_url, shared=True) as here:
        here.start()
        assert die_at(here, seed_of("short replicas"), "bytes out", 1) == 1
        drain(here)
        assert here.verdict(leases=False).good, here.verdict(leases=False)


def test_lost_answers_are_found_again() -> None:
    with world(shared=True) as here:
        here.plan(share=0.7, kinds=["lost_reply", "cut_mid_body", "broken_json", "error_500", "down"], seed=3)
        here.seed(20)
        worker = here.start()
        until = time.monotonic() + 120
        while set(here.standing()) - {"unknown"} and time.monotonic() < until:
            time.sleep(0.05)
        here.kill(worker)
        assert here.standing(), "no answer was lost"
        drain(here)
        assert here.verdict(leases=False).good, here.verdict(leases=False)


@pytest.mark.parametrize("rival", ["naive", "lease_only"])
def test_the_judge_catches_what_others_do(rival: str) -> None:
    """Killed after Slack took a message and before we heard of it."""
    with world() as here:
        here.seed(3)
        worker = here.start(rival=rival)
        here.plan(share=1.0, kinds=["kill"], pids=[worker.pid])
        here.gone(worker)
        here.plan()
        here.start(rival=rival)
        here.until_still(60)
        assert here.verdict(leases=False).twice
