"""The list of ticks. APScheduler is the clock only: truth is rows, so a missed tick loses nothing."""

from dataclasses import dataclass
from datetime import timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from bot.jobs.tasks import Tasks

#: Pilots fall due by the day; half a minute is soon enough and an idle sweep costs a fraction of a millisecond.
LOOK_EVERY = timedelta(seconds=30)
#: Just after a look, so that what it decided goes out in the same minute.
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


@dataclass(frozen=True)
class Tick:
    """One entry of the list."""

    name: str
    every: timedelta


TICKS = (
    Tick("look", LOOK_EVERY),
    Tick("compose", COMPOSE_EVERY),
    Tick("deliver", DELIVER_EVERY),
    Tick("digest", DIGEST_EVERY),
    Tick("signals", SIGNALS_EVERY),
    Tick("fetch", FETCH_EVERY),
    Tick("housekeeping", HOUSEKEEPING_EVERY),
)


def clock(tasks: Tasks) -> AsyncIOScheduler:
    """A scheduler with every tick in it, not yet started.

    In memory, in UTC, on every replica alike: a tick that ran late runs once, and never beside itself.
    """
    scheduler = AsyncIOScheduler(
        timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )
    for tick in TICKS:
        scheduler.add_job(
            tasks.run,
            IntervalTrigger(seconds=int(tick.every.total_seconds())),
            args=[tick.name],
            id=tick.name,
        )
    return scheduler
