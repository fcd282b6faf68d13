"""Ways to kill: what the short tests and the long trials have in common."""

import time
from datetime import timedelta
from multiprocessing.context import ForkServerProcess
from random import Random

from bot.services.failpoint import EXIT_CODE
from tests.faults.world import World

#: Steps of a delivery at which a process dies by itself. `bytes out` is Slack's doing: it has the message, we have no answer.
DELIVERY = (
    "claim.before_commit", "claim.committed", "send.before", "bytes out", "send.answered", "mark.before_commit",
    "mark.committed", "lookup.before", "lookup.answered", "reconcile.before_commit", "reconcile.committed",
)  # fmt: skip
#: More than a lease and a settling time.
_LATER = 40.0


def kill_at_random(
    here: World,
    chance: Random,
    kills: int,
    *,
    replicas: int = 1,
    rival: str = "",
    backlog: int = 300,
) -> float:
    """Kills one of the workers again and again while there is plenty to send, then lets the rest arrive.

    Returns:
        The longest time from a kill to the next message that arrived, in seconds.

    """
    here.plan(delay=0.05)
    running = [here.start(rival=rival) for _ in range(replicas)]
    slowest = 0.0
    while here.kills < kills:
        if here.waiting() < backlog // 2:
            here.seed(backlog)
        # Not before it sends: a process that is still starting has nothing to lose.
        posted, began = here.posted(), time.monotonic()
        while here.posted() == posted and time.monotonic() - began < 30:
            time.sleep(0.01)
        slowest = max(slowest, time.monotonic() - began)
        time.sleep(chance.uniform(0.0, 0.5))
        victim = chance.randrange(replicas)
        here.kill(running[victim])
        running[victim] = here.start(rival=rival)
    if here.shared:
        for worker in running:
            here.kill(worker)
        drain(here)
    else:
        here.until_still(600)
    return slowest


def kill_at_point(here: World, chance: Random, point: str, times: int) -> int:
    """Lets a worker die at one step so many times, then lets the rest arrive. Returns how many died."""
    died = die_at(here, chance, point, times)
    drain(here)
    return died


def die_at(here: World, chance: Random, point: str, times: int) -> int:
    """Each time a worker more dies at that step; the clock passes over lease and settling."""
    assert here.shared
    looking = point.startswith(("lookup", "reconcile"))
    died = rounds = 0
    while died < times and rounds < 2 * times + 5:
        rounds += 1
        here.clock.advance(_LATER)
        if looking:
            # One that arrived and one that did not: only the second is freed again.
            here.plan(share=1.0, kinds=["lost_reply", "down"], seed=chance.random())
        here.seed(4)
        if point == "bytes out":
            worker = here.start()
            here.plan(share=0.5, kinds=["kill"], pids=[worker.pid], seed=chance.random())
        else:
            nth = 1 if point.startswith("claim") else chance.randint(1, 2)
            worker = here.start(failpoint=f"{point}:{nth}")
        died += _end_of(here, worker, past_settling=looking) in (EXIT_CODE, -9)
    return died


def _end_of(here: World, worker: ForkServerProcess, *, past_settling: bool) -> int | None:
    """The exit code of a worker that dies by itself; None: it had nothing left to die over, and was killed."""
    until = time.monotonic() + 60
    while worker.exitcode is None and time.monotonic() < until:
        worker.join(0.05)
        standing = here.standing()
        if past_settling and set(standing) == {"unknown"}:
            here.plan()
            here.clock.advance(2 * here.settle)
            past_settling = False
        elif not standing:
            worker.join(0.5)
            break
    if worker.exitcode is None:
        here.kill(worker)
        return None
    return here.gone(worker)


def drain(here: World) -> None:
    """One healthy worker, until nothing moves. Nobody sends when it starts: whatever is under way then was abandoned."""
    here.plan()
    here.clock.advance(_LATER)
    worker = here.start()
    until = time.monotonic() + 240
    while here.moving() and time.monotonic() < until:
        # A clock that races would end leases under way.
        still = time.monotonic() + 6
        while here.moving() and time.monotonic() < still:
            time.sleep(0.05)
        if here.moving():
            here.clock.advance(_LATER)
    here.stop(worker)


def minutes(began: float) -> str:
    return str(timedelta(seconds=round(time.monotonic() - began)))
