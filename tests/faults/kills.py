"""Ways to kill: what the short tests and the long trials have in common."""

import time
from datetime import timedelta
from multiprocessing.context import ForkServerProcess
from random import Random

from bot.services.failpoint import EXIT_CODE
from tests.faults.stalls import START, furnish
from tests.faults.world import World

#: Steps of a delivery at which a process dies by itself. `bytes out` is Slack's doing: it has the message, we have no answer.
DELIVERY = (
    "claim.before_commit", "claim.committed", "send.before", "bytes out", "send.answered", "mark.before_commit",
    "mark.committed", "refused.before_commit", "refused.committed", "lookup.before", "lookup.answered",
    "reconcile.before_commit", "reconcile.committed",
)  # fmt: skip
#: Steps before it: what is due is decided, let in, written. In the order in which a stall meets them.
DECIDING = (
    "look.before_commit", "look.committed", "admit.before_commit", "admit.committed", "digest.before_commit",
    "digest.committed", "compose.before_commit", "compose.committed",
)  # fmt: skip
#: For so long after it everybody may be written to.
_WORKING = timedelta(hours=4)
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
) -> tuple[float, float]:
    """Kills one of the workers again and again while there is plenty to send, then lets the rest arrive.

    Returns:
        The longest time from a kill to the next message that arrived, and from the last kill until nothing
        moved any more, in seconds.

    """
    here.plan(delay=0.05)
    if here.teams:
        here.seed(backlog)
        here.seed_blind(backlog // 10)
    running = [here.start(rival=rival) for _ in range(replicas)]
    slowest = 0.0
    while here.kills < kills:
        if here.waiting() < backlog // 2:
            here.seed(backlog)
            if here.teams:
                here.seed_blind(backlog // 10)
        # Not before it sends: a process that is still starting has nothing to lose.
        posted, began = here.posted(), time.monotonic()
        while here.posted() == posted and time.monotonic() - began < 30:
            time.sleep(0.01)
        slowest = max(slowest, time.monotonic() - began)
        time.sleep(chance.uniform(0.0, 0.5))
        victim = chance.randrange(replicas)
        here.kill(running[victim])
        running[victim] = here.start(rival=rival)
    last = time.monotonic()
    if here.shared:
        for worker in running:
            here.kill(worker)
        drain(here)
    else:
        here.until_still(600)
    return slowest, time.monotonic() - last


def kill_at_point(here: World, chance: Random, point: str, times: int) -> int:
    """Lets a worker die at one step so many times, then lets the rest arrive. Returns how many died."""
    died = die_at(here, chance, point, times) if point in DELIVERY else die_deciding(here, point, times)
    drain(here)
    return died


def die_deciding(here: World, point: str, times: int) -> int:
    """Each time a worker dies while it looks, lets in, or writes in a workspace more; the next goes on where it was."""
    if not START <= here.now() < START + _WORKING:
        here.clock.set(START)
    died = 0
    for _ in range(2 * times + 5):
        if died == times:
            break
        here.clock.advance(_LATER)
        furnish(here)
        died += _end_of(here, here.start(failpoint=f"{point}:1"), idle=False) == EXIT_CODE
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
        if point.startswith("refused"):
            here.plan(share=1.0, kinds=["429"], retry_after=["1"], seed=chance.random())
        if point == "bytes out":
            worker = here.start()
            here.plan(share=0.5, kinds=["kill"], pids=[worker.pid], seed=chance.random())
        else:
            nth = 1 if point.startswith("claim") else chance.randint(1, 2)
            worker = here.start(failpoint=f"{point}:{nth}")
        died += _end_of(here, worker, past_settling=looking) in (EXIT_CODE, -9)
        here.plan()
    return died


def _end_of(
    here: World, worker: ForkServerProcess, *, past_settling: bool = False, idle: bool = True
) -> int | None:
    """The exit code of a worker that dies by itself; None: it had nothing left to die over, and was killed.

    `idle`: an empty outbox means that nothing is left; else it only was not written yet.
    """
    until = time.monotonic() + 60
    while worker.exitcode is None and time.monotonic() < until:
        worker.join(0.05)
        standing = here.standing()
        if past_settling and set(standing) == {"unknown"}:
            here.plan()
            here.clock.advance(2 * here.settle)
            past_settling = False
        elif not standing and idle:
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
    until = time.monotonic() + 300
    while _unfinished(here) and time.monotonic() < until:
        # A clock that races would end leases under way.
        still = time.monotonic() + 6
        while _unfinished(here) and time.monotonic() < still:
            time.sleep(0.05)
        if here.moving():
            here.clock.advance(_LATER)
    here.stop(worker)


def _unfinished(here: World) -> bool:
    """Whether something still moves, or was not even written yet."""
    return bool(here.moving() or here.missing())


def minutes(began: float) -> str:
    return str(timedelta(seconds=round(time.monotonic() - began)))
