"""How soon: from due to posted, and from a crash until every send in doubt is settled."""

import time
from datetime import timedelta

import pytest

from bot.services.delivery import LEASE
from storage import outbox, workspaces
from storage.database import Connection
from tests.faults.kills import minutes
from tests.faults.stalls import START, furnish
from tests.faults.world import World, seed_of, times, world

long = [pytest.mark.trial, pytest.mark.timeout(3600)]
# Real time is what is measured.
pytestmark = long
_WORKSPACES, _SETTLE = 100, 60.0
#: Until the look at it, a tick of delivery at each of the two waits, and what a busy machine takes.
_TICKS = 10.0


@pytest.mark.parametrize("n", [pytest.param(times(2_000), marks=long)])
@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_due_to_posted(engine: str, n: int, request: pytest.FixtureRequest) -> None:
    """All fall due at one moment, each workspace has its digest as well, and Slack takes one a second per channel."""
    began = time.monotonic()
    url = request.getfixturevalue("postgres_url") if engine == "postgresql" else ""
    with world(url, shared=True) as here:
        here.plan(delay=0.2, per_channel=1.0)
        here.clock.set(START - timedelta(hours=1))
        for _ in range(_WORKSPACES):
            furnish(here, look_at=START, owners=n // _WORKSPACES)
        for _ in range(2 if engine == "postgresql" else 1):
            here.start()
        # Until they are up, and their first ticks have found nothing.
        time.sleep(20)
        here.clock.set(START - timedelta(seconds=5))
        until = time.monotonic() + 600
        while (here.moving() or here.missing()) and time.monotonic() < until:
            time.sleep(2)
        verdict, crowded = here.verdict(), here.ask("crowded")
        nudges = [post for post in here.history() if post.key.startswith("nudge:")]
        took = sorted(post.at - START.timestamp() for post in nudges)
        at = {share: took[int(share * (len(took) - 1))] for share in (0.0, 0.5, 0.99, 1.0)}
        print(
            f"due to posted, {engine}: {len(took)} nudges and {_WORKSPACES} digests, {verdict}, {crowded} too soon; the first "
            f"after {at[0.0]:.1f} s, half within {at[0.5]:.1f} s, 99 % within {at[0.99]:.1f} s, all within {at[1.0]:.1f} s; {minutes(began)}"
        )
        assert verdict.good, verdict
        assert at[0.99] < 60


def in_doubt(here: World) -> set[str]:
    """What is under way or unknown."""

    def found(conn: Connection) -> set[str]:
        return {
            row.key
            for one in workspaces.all_of(conn)
            for row in outbox.history(conn, one, limit=100_000)
            if row.state in ("sending", "unknown")
        }

    return here.database.read_now(found)


@pytest.mark.parametrize("n", [pytest.param(times(10), marks=long)])
@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_a_send_in_doubt_settles(engine: str, n: int, request: pytest.FixtureRequest) -> None:
    """Killed while Slack holds its answers back: what came of each is known within a lease and the settling time."""
    began = time.monotonic()
    url = request.getfixturevalue("postgres_url") if engine == "postgresql" else ""
    slowest, doubtful, flows = 0.0, 0, 0.0
    with world(url, settle=_SETTLE) as here:
        chance = seed_of(f"in doubt {engine}")
        for _ in range(n):
            # Half of the requests never arrive, the other half does.
            here.plan(share=1.0, kinds=["hang", "down"], hang=5.0, delay=0.3, seed=chance.random())
            here.seed(60)
            worker, posted = here.start(), here.posted()
            while here.posted() == posted:
                time.sleep(0.01)
            time.sleep(chance.uniform(0.0, 0.5))
            here.kill(worker)
            killed = time.monotonic()
            left = in_doubt(here)
            doubtful += len(left)
            here.plan()
            # Nothing that hung is answered any more; a message that arrives from here on is new work.
            posted, worker = here.posted(), here.start()
            fresh = here.seed(20)
            while not {post.key for post in here.history()} & set(fresh):
                time.sleep(0.05)
            flows = max(flows, time.monotonic() - killed)
            while left & in_doubt(here) and time.monotonic() < killed + 300:
                time.sleep(0.25)
            slowest = max(slowest, time.monotonic() - killed)
            here.until_still(300)
            here.stop(worker)
        verdict = here.verdict()
        print(
            f"in doubt, {engine}: {n} kills, {doubtful} sends in doubt, all settled within {slowest:.1f} s of the kill (lease "
            f"{LEASE.total_seconds():.0f} s, settling {_SETTLE:.0f} s); new work flowed within {flows:.1f} s; {verdict}; {minutes(began)}"
        )
        assert verdict.good, (verdict, here.stuck())
        assert doubtful > n
        assert flows < 15
        assert slowest < LEASE.total_seconds() + _SETTLE + _TICKS
