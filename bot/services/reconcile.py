"""What became of a send in doubt: found on the platform means sent, absent after SETTLE means it may be sent again.

What cannot be looked up is unverified: never sent again under its key, its asks go into the person's next message.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from functools import partial
from typing import TypeVar

from bot.domain.people import Platform
from bot.services import failpoint, reaching, troubles
from bot.services.chat import CannotLook, Chat, ChatError, Delivered, Trouble
from storage import asks, outbox, people
from storage.database import Connection, Database, SQLAlchemyError, is_refused
from storage.outbox import OutboxRow

log = logging.getLogger(__name__)

_T = TypeVar("_T")

#: How a row's error begins where our own program failed over it: once more is certain to fail again.
OURS = "a fault of ours"
#: For how long what arrived gathers before it is written down together, in seconds.
_GATHER = 0.02
#: Seconds between attempts to write down what became of a send; in all less than a lease.
_AGAIN = (0.2, 0.5, 1.0, 2.0, 4.0)


class Outcome(Enum):
    """What one send or look-up came to."""

    ARRIVED = auto()
    #: It may be sent again, now.
    FREE = auto()
    STUCK = auto()


@dataclass(frozen=True, slots=True)
class Arrived:
    """A send that was answered well."""

    row: OutboxRow
    delivered: Delivered
    at: datetime
    #: Whether the platform opened a conversation that we did not know of.
    opened: bool


class Marking:
    """Writes down what arrived, many in one transaction: a commit to disk costs more than what it holds.

    Until it is written the row is under its lease, as it was while the send was under way.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: list[tuple[Arrived, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def sent(self, arrived: Arrived) -> None:
        """Returns once it is written.

        Raises:
            SQLAlchemyError: the database did not take it in the time that `record` waits.

        """
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((arrived, written))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
        await written

    async def close(self, seconds: float | None) -> None:
        """Waits until all is written, at most so long."""
        if self._writing is not None:
            await asyncio.wait([self._writing], timeout=seconds)

    async def _write(self) -> None:
        try:
            while self._waiting:
                await asyncio.sleep(_GATHER)
                batch, self._waiting = self._waiting, []
                await self._write_all(batch)
        except asyncio.CancelledError:  # the process ends: what arrived by now is written all the same
            if self._waiting:
                self._database.written(partial(after_all_sent, arrived=[one for one, _ in self._waiting]))
            raise
        finally:
            self._writing = None

    async def _write_all(self, batch: list[tuple[Arrived, asyncio.Future[None]]]) -> None:
        try:
            await record(self._database, partial(after_all_sent, arrived=[one for one, _ in batch]))
        except Exception as error:
            if len(batch) > 1 and is_refused(error):
                # One that cannot be written must not take the others along.
                log.exception("what arrived is written one by one")
                for one in batch:
                    await self._write_all([one])
                return
            for _, written in batch:
                if not written.done():
                    written.set_exception(error)
            return
        for _, written in batch:
            if not written.done():
                written.set_result(None)


async def record(database: Database, what: Callable[[Connection], _T]) -> _T:
    """Writes down what became of an attempt, also where the database is away for some seconds.

    What is written is fenced by the attempt, so it may be written twice: also after a commit whose answer was lost.
    And it is written when the process is told to end meanwhile, and nobody waits for it any more.
    """
    for pause in _AGAIN:
        try:
            return await asyncio.shield(asyncio.wrap_future(database.written(what)))
        except SQLAlchemyError as error:
            if is_refused(error):
                raise
            log.warning("what became of a send is not written yet", extra={"reason": type(error).__name__})
        await asyncio.sleep(pause)
    return await database.write(what)


def after_sent(conn: Connection, row: OutboxRow, delivered: Delivered, now: datetime) -> None:
    """Marks a message as sent, and remembers the conversation that was opened for it."""
    arrived = outbox.sent(conn, row, now, channel=delivered.channel, message_id=delivered.message_id)
    reach = reaching.reach_of(conn, row) if arrived and row.person_id and row.kind != "update" else None
    if reach is not None and reach.channel != delivered.channel:
        people.touch_address(conn, row.workspace_id, reach.address, channel=delivered.channel)
    failpoint.reach("mark.before_commit")


def after_all_sent(conn: Connection, arrived: Sequence["Arrived"]) -> None:
    """The same for many in one transaction; only what opened a conversation takes a statement of its own."""
    outbox.sent_many(
        conn,
        [
            (one.row, one.at, one.delivered.channel, one.delivered.message_id)
            for one in arrived
            if not one.opened
        ],
    )
    for one in arrived:
        if one.opened:
            after_sent(conn, one.row, one.delivered, one.at)
    failpoint.reach("mark.before_commit")


async def look_up(
    database: Database, chats: Mapping[Platform, Chat], clock: Callable[[], datetime], row: OutboxRow
) -> Outcome:
    """Settles a send in doubt."""
    chat = chats.get(Platform(row.platform)) if row.platform else None
    if chat is None:
        return Outcome.STUCK
    if row.kind == "update":  # harmless to repeat
        return await _again(database, row, clock(), row.error)
    failpoint.reach("lookup.before")
    try:
        place = await database.read(partial(reaching.place_of_row, row=row))
        found = await chat.was_sent(place, key=row.key, since=row.tried_at or row.created_at)
    except CannotLook:
        await record(database, partial(_after_no_look, row=row, now=clock()))
        failpoint.reach("reconcile.committed")
        return Outcome.STUCK
    except ChatError as error:
        log.info("look-up failed", extra={"key": row.key, "reason": error.reason})
        if error.trouble is Trouble.LIMITED and error.retry_after is not None:
            until = clock() + error.retry_after
            await record(
                database,
                lambda conn: outbox.be_patient(conn, row.workspace_id, row.platform, until=until),
            )
        return Outcome.STUCK
    except SQLAlchemyError as error:
        log.warning("look-up put off", extra={"reason": type(error).__name__})
        return Outcome.STUCK
    failpoint.reach("lookup.answered")
    if found is not None:
        await record(database, partial(after_sent, row=row, delivered=found, now=clock()))
        failpoint.reach("reconcile.committed")
        return Outcome.ARRIVED
    if row.error.startswith(OURS):
        await record(database, partial(_after_our_fault, row=row, now=clock()))
        failpoint.reach("reconcile.committed")
        return Outcome.STUCK
    return await _again(database, row, clock(), "not found after settling")


async def _again(database: Database, row: OutboxRow, now: datetime, why: str) -> Outcome:
    def free(conn: Connection) -> bool:
        moved = outbox.pending_again(conn, row, not_before=now, error=why)
        failpoint.reach("reconcile.before_commit")
        return moved

    moved = await record(database, free)
    failpoint.reach("reconcile.committed")
    return Outcome.FREE if moved else Outcome.STUCK


def _after_our_fault(conn: Connection, row: OutboxRow, now: datetime) -> None:
    if outbox.failed(conn, row, error=row.error):
        asks.back_to_waiting(conn, row.workspace_id, row.id)
        troubles.tell(conn, row, ChatError(Trouble.MESSAGE, row.error), now)
    failpoint.reach("reconcile.before_commit")


def _after_no_look(conn: Connection, row: OutboxRow, now: datetime) -> None:
    if outbox.unverified(conn, row, error="sent without an answer, and nobody can look"):
        asks.back_to_waiting(conn, row.workspace_id, row.id)
        if row.kind == "digest":
            troubles.ask_admin(conn, row, now)
    failpoint.reach("reconcile.before_commit")
