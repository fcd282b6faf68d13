"""D4 and D5: the answer is lost, or the request lands after the crash."""

import contextlib
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection as Pipe

import pytest

from tests.faults import proxy, workers
from tests.faults.kills import minutes
from tests.faults.world import World, seed_of, times, world

long = [pytest.mark.trial, pytest.mark.timeout(3600)]
# Processes that start and die: on a machine that has no time for them they say nothing.
pytestmark = long


@contextlib.contextmanager
def behind_a_proxy(here: World) -> Iterator[Pipe]:
    ours, theirs = workers.MAKING.Pipe()
    process = workers.MAKING.Process(target=proxy.serve, args=(here.port, theirs))
    process.start()
    theirs.close()
    here.slack_port = ours.recv()
    try:
        yield ours
    finally:
        ours.close()
        process.join(5)
        process.kill()


def spoil(here: World, kind: str, n: int, seed: int, rival: str = "") -> None:
    """Sends so many while every other answer is spoilt; then the sky clears."""
    here.plan(share=0.5, kinds=[kind], seed=seed, hang=30.0)
    here.seed(2 * n)
    here.seed_blind(n)
    worker = here.start(rival=rival)
    time.sleep(1)
    until = time.monotonic() + 1200
    while here.waiting() > 0.02 * n and time.monotonic() < until:
        time.sleep(0.2)
    here.plan()
    here.until_still(600)
    here.stop(worker)


KINDS = ("lost_reply", "cut_mid_body", "hang", "broken_json", "error_500")


@pytest.mark.parametrize("n", [pytest.param(times(500), marks=long)])
@pytest.mark.parametrize("kind", KINDS)
def test_d4_the_answer_is_lost(kind: str, n: int) -> None:
    began = time.monotonic()
    with world(teams=True) as here:
        spoil(here, kind, n, seed_of(f"D4 {kind}").randrange(1000))
        verdict = here.verdict()
        print(f"D4 {kind}: {here.said()}, half of all answers spoilt, {verdict}; {minutes(began)}")
        assert verdict.good, (verdict, here.stuck())


@pytest.mark.parametrize("n", [pytest.param(times(50), marks=long)])
@pytest.mark.parametrize("rival", ["naive", "lease_only"])
def test_d4_catches_what_others_do(rival: str, n: int) -> None:
    with world(teams=True) as here:
        spoil(here, "lost_reply", n, seed_of(f"D4 {rival}").randrange(1000), rival)
        verdict = here.verdict(leases=False)
        print(f"D4 {rival}: {here.said()}, half of all answers lost, {verdict}")
        assert any(key.startswith("nudge") for key in verdict.twice)
        assert any(key.startswith("digest") for key in verdict.twice)


@pytest.mark.parametrize("n", [pytest.param(times(500), marks=long)])
@pytest.mark.parametrize("kind", ["cut", "reset", "half_open"])
def test_d4_the_way_back_is_cut(kind: str, n: int) -> None:
    began = time.monotonic()
    with world(teams=True) as here, behind_a_proxy(here) as between:
        chance = seed_of(f"D4 proxy {kind}")
        between.send(("plan", {"share": 0.2, "kinds": [kind], "seed": chance.random(), "hang": 30}))
        between.recv()
        here.seed(2 * n)
        here.seed_blind(n // 2)
        worker = here.start()
        spoilt, until = 0, time.monotonic() + 1200
        while (spoilt < n or here.waiting() > 10) and time.monotonic() < until:
            time.sleep(0.5)
            between.send(("count", None))
            spoilt = between.recv()
            if spoilt < n and here.waiting() < 20:
                here.seed(100)
        between.send(("plan", {}))
        between.recv()
        here.until_still(600)
        here.stop(worker)
        verdict = here.verdict()
        print(f"D4 proxy {kind}: {here.said()}, {spoilt} answers spoilt, {verdict}; {minutes(began)}")
        assert spoilt >= n
        assert verdict.good, verdict


@pytest.mark.parametrize("n", [pytest.param(times(100), marks=long)])
def test_d5_a_request_lands_after_the_crash(n: int) -> None:
    began = time.monotonic()
    with world(settle=12.0) as here:
        here.plan(share=1.0, kinds=["late_commit"], seconds=(1.0, 10.0), seed=seed_of("D5").random())
        here.seed(n)
        worker = here.start()
        until = time.monotonic() + 60
        while here.waiting() and time.monotonic() < until:
            time.sleep(0.05)
        here.kill(worker)
        here.plan()
        worker = here.start()
        here.until_still(600)
        here.stop(worker)
        # Late ones came in after their attempt was over; that is what is tried here.
        verdict = here.verdict(leases=False)
        print(f"D5: {n} requests in flight when killed, landing 1-10 s later, {verdict}; {minutes(began)}")
        assert verdict.good, verdict


@pytest.mark.parametrize("n", [pytest.param(times(40), marks=long)])
def test_d5_without_settling_it_would_repeat(n: int) -> None:
    """The harness sees what the settling time is for."""
    with world(settle=0.0) as here:
        here.plan(
            share=1.0, kinds=["late_commit"], seconds=(8.0, 12.0), seed=seed_of("D5 unsettled").random()
        )
        here.seed(n)
        worker = here.start()
        until = time.monotonic() + 60
        while here.ask("late") < n // 4 and time.monotonic() < until:
            time.sleep(0.02)
        here.plan()
        here.until_still(120)
        time.sleep(13)
        here.stop(worker)
        verdict = here.verdict(leases=False)
        print(f"D5 without settling: {n} nudges, {verdict}")
        assert verdict.twice
