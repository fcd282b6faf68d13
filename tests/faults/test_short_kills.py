"""The promise in short: kill -9 at every step and at random, lost answers, and two rivals that are caught by the same judge.

Nothing here asserts a time. Leases and settling pass by the trial's own clock, so a busy machine is only slower.
"""

import asyncio
import contextlib
import random
import time
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from storage import outbox
from storage.database import SQLAlchemyError
from tests.faults.kills import DECIDING, DELIVERY, die_at, die_deciding, drain, kill_at_random
from tests.faults.test_delivery import Desk, Platformlet
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


async def test_a_server_that_throws_everybody_out_again_and_again_loses_nothing(
    tmp_path: Path, postgres_url: str
) -> None:
    """What a restart does, in short: every session ends, in the middle of whatever it was doing."""
    others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    chance, ended = random.Random(7), 0

    async def throw_out() -> None:
        nonlocal ended
        async with await psycopg.AsyncConnection.connect(postgres_url, autocommit=True) as conn:
            while ended < 5:
                await asyncio.sleep(chance.uniform(0.0, 0.02))
                ended += len(
                    await (await conn.execute(f"SELECT pg_terminate_backend(pid) {others}")).fetchall()
                )

    desk = Desk(tmp_path, 20, postgres_url)
    chat = Platformlet(lambda _: asyncio.sleep(chance.uniform(0.0, 0.1)))
    keys = [desk.add_here(number, name) for number in range(20) for name in ("ann", "ben")]
    throwing = asyncio.create_task(throw_out())
    while desk.database.read_now(outbox.standing) or not throwing.done():
        with contextlib.suppress(SQLAlchemyError):  # as a tick: the next one comes all the same
            await desk.deliver(chat)
        # A claim or a mark whose commit was lost waits for its lease, and then to be looked for.
        desk.now += timedelta(seconds=40)
    assert sorted(key for _, _, key in chat.arrived) == sorted(keys)
    desk.database.close()


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
