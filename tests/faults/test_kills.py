"""D1-D3: the promise. Kill -9 at random instants and at every step; nothing lost, nothing twice."""

import time

import pytest

from tests.faults.kills import DECIDING, DELIVERY, kill_at_point, kill_at_random, minutes
from tests.faults.world import seed_of, times, world

long = [pytest.mark.trial, pytest.mark.timeout(3600)]
# Processes that start and die: on a machine that has no time for them they say nothing.
pytestmark = long


@pytest.mark.parametrize("n", [pytest.param(times(200), marks=long)])
def test_d1_kills_at_random_on_sqlite(n: int) -> None:
    began = time.monotonic()
    with world(teams=True) as here:
        pause, rest = kill_at_random(here, seed_of("D1"), n)
        verdict = here.verdict()
        print(
            f"D1: {here.kills} kills, {here.said()}, {verdict}, {here.moving()} still moving; new work flowed within "
            f"{pause:.1f} s, the last arrived {rest:.0f} s after the last kill; {minutes(began)}"
        )
        assert verdict.good, (verdict, here.stuck())
        # What was under way waits for its lease; everything else flows on.
        assert pause < 15


@pytest.mark.parametrize("n", [pytest.param(times(200), marks=long)])
def test_d2_kills_of_either_of_two_replicas_on_postgresql(n: int, postgres_url: str) -> None:
    began = time.monotonic()
    with world(postgres_url, teams=True) as here:
        pause, rest = kill_at_random(here, seed_of("D2"), n, replicas=2)
        verdict = here.verdict()
        print(
            f"D2: {here.kills} kills, {here.said()}, {verdict}; never idle for more than {pause:.1f} s, the last arrived "
            f"{rest:.0f} s after the last kill; {minutes(began)}"
        )
        assert verdict.good, (verdict, here.stuck())
        assert pause < 15


@pytest.mark.parametrize("n", [pytest.param(times(50), marks=long)])
@pytest.mark.parametrize("point", DECIDING + DELIVERY)
def test_d3_kills_at_every_step(point: str, n: int) -> None:
    began = time.monotonic()
    with world(shared=True) as here:
        died = kill_at_point(here, seed_of(f"D3 {point}"), point, n)
        # The trial sets the clock while requests are on their way: leases are judged where time is real.
        verdict = here.verdict(leases=False)
        print(f"D3 {point}: died {died} times, {len(here.expected)} nudges, {verdict}; {minutes(began)}")
        assert died == n
        assert verdict.good, verdict


@pytest.mark.parametrize("n", [pytest.param(times(60), marks=long)])
@pytest.mark.parametrize("rival", ["naive", "lease_only"])
def test_d1_catches_what_others_do(rival: str, n: int) -> None:
    with world() as here:
        kill_at_random(here, seed_of(f"D1 {rival}"), n, rival=rival)
        verdict = here.verdict(leases=False)
        print(f"D1 {rival}: {here.kills} kills, {len(here.expected)} nudges, {verdict}")
        assert verdict.twice
