"""What a tick does: reads the clock, opens a transaction, calls one service."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from bot.domain.people import Platform
from bot.jobs import heartbeat
from bot.jobs.ticks import Ticks
from bot.services import (
    audit,
    compose,
    delivery,
    digests,
    failpoint,
    forges,
    housekeeping,
    look,
    quiet,
    requests,
    setback,
)
from bot.services.chat import Chat
from bot.signals.asking import Forge
from storage import cause
from storage.database import Connection, Database
from storage.rounds import Round

log = logging.getLogger(__name__)

#: Due pilots judged in one transaction: large enough to be cheap, short enough not to hold the writer.
BATCH = 500
#: Requests and repositories taken at once; each is then worked on in a transaction of its own.
REQUESTS, REPOSITORIES = 50, 10


@dataclass(frozen=True, kw_only=True)
class Done:
    """What a round of ticks did."""

    looked_at: int = 0
    nudges: int = 0
    digests: int = 0
    sent: int = 0
    waiting: int = 0


@dataclass(frozen=True, kw_only=True)
class Tasks:
    """Every task with what it needs."""

    database: Database
    chats: Mapping[Platform, Chat]
    clock: Callable[[], datetime]
    settle: timedelta
    #: Hosts of repositories that may be asked, by their name in links.
    forges: Mapping[str, Forge] = field(default_factory=dict)
    pace: timedelta = timedelta(0)
    heartbeat_url: str | None = None
    ticks: Ticks = field(default_factory=Ticks)
    #: Workspaces whose ladders of the day have all begun, and until when this process leaves them alone.
    full: dict[str, datetime] = field(default_factory=dict)
    #: Where this process goes on composing in a backlog.
    around: Round = field(default_factory=Round)
    #: Set when the process is told to end.
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, name: str) -> bool:
        """One tick by name; a failure is logged and the next tick comes all the same. Whether it ended well."""
        task = {
            "look": self.look,
            "compose": self.compose,
            "deliver": self.deliver,
            "digest": self.digest,
            "signals": self.signals,
            "fetch": self.fetch,
            "housekeeping": self.housekeeping,
            "audit": self.audit,
            "set_right": self.set_right,
        }[name]
        try:
            await task()
        except Exception as error:  # the one broad catch of this door: a tick must not end the clock
            self.ticks.failed(name, error)
            log.exception("tick failed", extra={"tick": name})
            return False
        self.ticks.ended(name)
        return True

    async def look(self) -> int:
        """Judges every pilot that is due; returns how many."""
        total = 0
        while True:
            now = self.clock()
            with cause.of(cause.fresh()):
                seen = await self.database.write(lambda conn: look.look(conn, now, limit=BATCH))  # noqa: B023
                if seen:
                    log.info("looked", extra={"count": seen})
            if seen:
                failpoint.reach("look.committed")
            total += seen
            # Not `seen < BATCH`: with many workspaces in turn a claim may take less than the batch and leave more.
            if not seen or self.stopping.is_set():
                break
        now = self.clock()
        if await self.database.write(lambda conn: look.admit(conn, now, self.full)):
            failpoint.reach("admit.committed")
        return total

    async def compose(self) -> int:
        """Turns waiting asks into messages; returns how many messages. While it starts quietly, into previews."""
        now, total = self.clock(), 0
        await self.database.write(lambda conn: quiet.previews(conn, now))
        while not self.stopping.is_set():
            now = self.clock()
            with cause.of(cause.fresh()):
                done = await self.database.write(lambda conn: compose.compose(conn, now, self.around))  # noqa: B023
                _decided("compose", done.messages)
            if not done.people:
                break
            failpoint.reach("compose.committed")
            total += done.messages
        return total

    async def digest(self) -> int:
        """Writes the digests that are due; returns how many editions."""
        total = 0
        while not self.stopping.is_set():
            now = self.clock()
            with cause.of(cause.fresh()):
                written = await self.database.write(lambda conn: digests.digests(conn, now))  # noqa: B023
                _decided("digest", written)
            if not written:
                break
            failpoint.reach("digest.committed")
            total += written
        return total

    async def deliver(self) -> int:
        """Sends what is due until nothing is; returns how many were sent."""
        return await delivery.deliver(
            self.database,
            self.chats,
            self.clock,
            settle=self.settle,
            pace=self.pace,
            stopping=self.stopping,
        )

    async def signals(self) -> int:
        """Reads what webhooks sent; returns how many requests."""
        total = 0
        while True:
            now = self.clock()
            taken = await self.database.write(partial(requests.due, now=now, limit=REQUESTS))
            for request in taken:
                try:
                    await self.database.write(partial(requests.read, request=request, now=now))
                except Exception:  # one that cannot be read must not stand before the others; it comes again
                    log.exception("a request was not read", extra={"source": request.source})
            total += len(taken)
            if len(taken) < REQUESTS:
                return total

    async def fetch(self) -> int:
        """Asks the forges what webhooks missed; returns how many repositories were asked."""
        if not self.forges:
            return 0
        now, total = self.clock(), 0
        await self.database.write(partial(forges.follow, hosts=self.forges.keys(), now=now))
        while True:
            taken = await self.database.write(partial(forges.due, now=now, limit=REPOSITORIES))
            for row, question, memory in taken:
                forge = self.forges.get(row.host)
                if forge is None:
                    continue
                told = await forge.ask(question, memory)
                await self.database.write(
                    partial(forges.heard, row=row, question=question, told=told, by=forge.name, now=now)
                )
            total += len(taken)
            if len(taken) < REPOSITORIES:
                return total

    async def housekeeping(self) -> None:
        """Refreshes people and forgets what is old."""
        await housekeeping.housekeeping(self.database, self.chats, self.clock())

    async def audit(self) -> None:
        """Looks whether everything is as it should be; only then the heartbeat goes out."""
        now = self.clock()
        found = await self.database.read(lambda conn: audit.state(conn, now))
        amiss = [*found.amiss, *self.ticks.amiss(), *self.database.troubles()]
        for sentence in amiss:
            log.error("amiss", extra={"what": sentence})
        if self.heartbeat_url and not amiss:
            await heartbeat.beat(self.heartbeat_url)

    async def set_right(self) -> None:
        """After the clock was set back: plans anew what was planned by the wrong one."""
        now = self.clock()

        def mend(conn: Connection) -> int:
            return setback.set_right(conn, now) if setback.was_ahead(conn, now) else 0

        if await self.database.write(mend):
            log.warning("planned anew what was planned by a clock that was ahead")

    async def all_due(self) -> Done:
        """Everything that is due now, once: what `tick` and the demo's clock call."""
        await self.housekeeping()
        await self.signals()
        await self.run("fetch")  # a host that does not answer holds up nobody
        done = Done(looked_at=await self.look())
        # A new episode is due on the day it is admitted.
        done = replace(done, looked_at=done.looked_at + await self.look())
        done = replace(done, digests=await self.digest(), nudges=await self.compose())
        done = replace(done, sent=await self.deliver())
        waiting = await self.database.read(delivery.waiting)
        return replace(done, waiting=waiting)


def _decided(stroke: str, count: int) -> None:
    """A line for each round of the clock that wrote something; its name stands with what it wrote."""
    if count:
        log.info("decided", extra={"by": stroke, "count": count})
