"""Ways to kill: what the short tests and the long trials have in common."""

import time
from datetime import timedelta
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
    here: World, chance: Random, kills: int, *, replicas: int = 1, rival: str = "", backlog: int = 300
) -> None:
    """Kills one of the workers again and again while there is plenty to send, then lets the rest arrive."""
    here.plan(delay=0.05)
    running = [here.start(rival=rival) for _ in range(replicas)]
    while here.kills < kills:
        if here.waiting() < backlog // 2:
            here.seed(backlog)
        # Not before it sends: a process that is still starting has nothing to lose.
        posted, until = here.posted(), time.monotonic() + 10
        while here.posted() == posted and time.monotonic() < until:
            time.sleep(0.01)
        time.sleep(chance.uniform(0.0, 0.5))
        victim = chance.randrange(replicas)
        here.kill(running[victim])
        running[victim] = here.start(rival=rival)
    here.until_still(600)


def kill_at_point(here: World, chance: Random, point: str, times: int) -> int:
    """Lets a worker die at one step so many times, each time a worker more; the clock passes over lease and settling."""
    assert here.shared
    doubt = 0.5 if point.startswith(("lookup", "reconcile")) else 0.0
    died = rounds = 0
    while died < times and rounds < 3 * times + 5:
        rounds += 1
        here.seed(4)
        here.clock.advance(_LATER)
        if point == "bytes out":
            here.plan()
            worker = here.start()
            here.plan(share=0.5, kinds=["kill"], pids=[worker.pid], seed=chance.random())
        else:
            here.plan(share=doubt, kinds=["lost_reply"], seed=chance.random())
            nth = 1 if point.startswith("claim") else chance.randint(1, 2)
            worker = here.start(failpoint=f"{point}:{nth}")
        worker.join(15)
        if worker.exitcode is None:
            here.kill(worker)
            continue
        died += here.gone(worker) in (EXIT_CODE, -9)
    drain(here)
    return died


def drain(here: World) -> None:
    """One healthy worker, until nothing moves."""
    here.plan()
    here.clock.advance(_LATER)
    worker = here.start()
    until = time.monotonic() + 90
    while here.moving() and time.monotonic() < until:
        # Time passes only now and then: a clock that races would end leases under way.
        still = time.monotonic() + 4
        while here.moving() and time.monotonic() < still:
            time.sleep(0.05)
        if here.moving():
            here.clock.advance(_LATER)
    here.stop(worker)


def minutes(began: float) -> str:
    return str(timedelta(seconds=round(time.monotonic() - began)))
