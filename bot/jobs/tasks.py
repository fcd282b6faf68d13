"""What a tick does: reads the clock, opens a transaction, calls one service."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain.people import Platform
from bot.services import compose, delivery, digests, housekeeping, look
from bot.services.chat import Chat
from storage.database import Database

log = logging.getLogger(__name__)

#: Due pilots judged in one transaction: large enough to be cheap, short enough not to hold the writer.
BATCH = 500


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

    async def run(self, name: str) -> None:
        """One tick by name; a failure is logged and the next tick comes all the same."""
        task = {
            "look": self.look,
            "compose": self.compose,
            "deliver": self.deliver,
            "digest": self.digest,
            "housekeeping": self.housekeeping,
        }[name]
        try:
            await task()
        except Exception:  # the one broad catch of this door: a tick must not end the clock
            log.exception("tick failed", extra={"tick": name})

    async def look(self) -> int:
        """Judges every pilot that is due; returns how many."""
        total = 0
        while True:
            now = self.clock()
            seen = await self.database.write(lambda conn: look.look(conn, now, limit=BATCH))  # noqa: B023
            total += seen
            # Not `seen < BATCH`: with many workspaces in turn a claim may take less than the batch and leave more.
            if not seen:
                break
        now = self.clock()
        await self.database.write(lambda conn: look.admit(conn, now))
        return total

    async def compose(self) -> int:
        """Turns waiting asks into messages; returns how many messages."""
        now = self.clock()
        return await self.database.write(lambda conn: compose.compose(conn, now))

    async def digest(self) -> int:
        """Writes the digests that are due; returns how many editions."""
        now = self.clock()
        return await self.database.write(lambda conn: digests.digests(conn, now))

    async def deliver(self) -> int:
        """Sends what is due until nothing is; returns how many were sent."""
        return await delivery.deliver(self.database, self.chats, self.clock, settle=self.settle)

    async def housekeeping(self) -> None:
        """Refreshes people and forgets what is old."""
        await housekeeping.housekeeping(self.database, self.chats, self.clock())

    async def all_due(self) -> Done:
        """Everything that is due now, once: what `tick` and the demo's clock call."""
        await self.housekeeping()
        done = Done(looked_at=await self.look())
        # A new episode is due on the day it is admitted.
        done = replace(done, looked_at=done.looked_at + await self.look())
        done = replace(done, digests=await self.digest(), nudges=await self.compose())
        done = replace(done, sent=await self.deliver())
        waiting = await self.database.read(delivery.waiting)
        return replace(done, waiting=waiting)
