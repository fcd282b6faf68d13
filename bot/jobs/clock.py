"""The list of ticks. APScheduler is the clock only: truth is rows, so a missed tick loses nothing."""

import asyncio
import logging
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from bot.jobs.tasks import Tasks

log = logging.getLogger(__name__)

#: Pilots fall due by the day, and what they bring goes out in the same minute: an idle sweep costs a fraction of a millisecond.
LOOK_EVERY = timedelta(seconds=10)
#: Also whenever a look has come to its end; by itself for what waited for somebody's working day.
COMPOSE_EVERY = timedelta(seconds=30)
#: Answers and edits are waited for by somebody at the screen.
DELIVER_EVERY = timedelta(seconds=2)
#: What a webhook sent stands in its row already; nobody waits for it at a screen.
SIGNALS_EVERY = timedelta(seconds=10)
#: A repository is asked once an hour; a minute is how late a new one is found.
FETCH_EVERY = timedelta(seconds=60)
#: Digests are due on the minute.
DIGEST_EVERY = timedelta(seconds=60)
#: Forgetting old request keys, refreshing people: nobody waits for it.
HOUSEKEEPING_EVERY = timedelta(minutes=10)
#: What is amiss for ten minutes is reported within eleven.
AUDIT_EVERY = timedelta(seconds=60)

#: A tick that failed comes again so soon: what comes every ten minutes would else be amiss for ten, over one moment of trouble.
AGAIN = timedelta(seconds=20)

#: A wall clock that moves so much apart from the steady one was set, or the host slept.
_JUMP = 5.0
#: How long ticks under way may take to end: a host gives ten seconds in all. Twice what sends may take to end, so that
#: a busy machine still has the time to write down what became of them.
_GRACE = 6.0


@dataclass(frozen=True)
class Tick:
    """One entry of the list."""

    name: str
    every: timedelta
    #: How long after the start it comes first: after a crash nothing waits half a minute.
    first: timedelta = timedelta(0)
    #: The tick that takes up what this one decided: it comes as soon as this one has ended.
    then: str = ""


TICKS = (
    Tick("look", LOOK_EVERY, then="compose"),
    Tick("compose", COMPOSE_EVERY, first=timedelta(seconds=1)),
    Tick("deliver", DELIVER_EVERY),
    Tick("digest", DIGEST_EVERY),
    Tick("signals", SIGNALS_EVERY),
    Tick("fetch", FETCH_EVERY),
    Tick("housekeeping", HOUSEKEEPING_EVERY),
    Tick("audit", AUDIT_EVERY, first=timedelta(seconds=20)),
)


class Clock:
    """The ticks of one process. In memory, in UTC, on every replica alike: a late tick runs once, never beside itself."""

    def __init__(self, tasks: Tasks, *, again: timedelta = AGAIN) -> None:
        self.tasks = tasks
        self._again = again
        self._scheduler = AsyncIOScheduler(
            timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        )
        self._running: set[asyncio.Task[bool]] = set()
        self._watching: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Starts every tick, and the watch over the wall clock."""
        self.tasks.ticks.expect({tick.name: tick.every for tick in TICKS})
        for tick in TICKS:
            self._scheduler.add_job(
                self._run,
                IntervalTrigger(seconds=int(tick.every.total_seconds())),
                args=[tick],
                id=tick.name,
                next_run_time=datetime.now(UTC) + tick.first,
            )
        self._scheduler.start()
        self._watching = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        """Begins nothing more, lets what is under way end; what does not in time is ended."""
        self.tasks.stopping.set()
        self._scheduler.pause()
        if self._watching is not None:
            self._watching.cancel()
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=_GRACE)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        self._scheduler.shutdown(wait=False)

    async def _run(self, tick: Tick) -> None:
        # A task of our own: the scheduler's are thrown away when it ends.
        task = asyncio.create_task(self.tasks.run(tick.name))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        well = await asyncio.shield(task)
        if self.tasks.stopping.is_set():
            return
        if well and tick.then:
            self._scheduler.modify_job(tick.then, next_run_time=datetime.now(UTC))
        if not well and tick.every > self._again:
            self._scheduler.modify_job(tick.name, next_run_time=datetime.now(UTC) + self._again)

    async def _watch(self) -> None:
        """The scheduler plans by the wall clock: one that is set back two days would rest for two days."""
        ahead = time.time() - time.monotonic()
        await self.tasks.run("set_right")
        while True:
            await asyncio.sleep(1)
            now = time.time() - time.monotonic()
            moved, ahead = now - ahead, now
            if abs(moved) < _JUMP:
                continue
            log.warning("the clock was set, or this host slept", extra={"seconds": round(moved)})
            if moved < 0:
                await self.tasks.run("set_right")
            for tick in TICKS:
                self._scheduler.modify_job(tick.name, next_run_time=datetime.now(UTC))
