"""Stroke three of the clock: an outbox row → the platform → what became of it.

1. claim: attempt + 1, a lease, committed before anything leaves this machine;
2. send, with one deadline over the whole call, and never when the lease could end before the deadline;
3. sent, pending again, unknown, or failed - each fenced by the attempt, so that whoever lost the lease changes nothing;
4. what is unknown is looked up once the settling time has passed (`reconcile`).

Sends run beside each other: one that hangs keeps its place for ten seconds, and the others go on.
"""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from bot.domain.people import Platform
from bot.messages.dates import restyled
from bot.messages.model import load
from bot.services import failpoint, reaching, reconcile, troubles
from bot.services.chat import Chat, ChatError, Delivered, Trouble
from bot.services.reconcile import Arrived, Marking, Outcome, record
from storage import asks, cause, outbox
from storage.database import Connection, Database, SQLAlchemyError, is_refused
from storage.outbox import Destination, OutboxRow

log = logging.getLogger(__name__)

#: Sends and look-ups under way at once in this process: at least, at most, and sends to one workspace. In between it is as
#: many as came to their end within the last second: more would all be late together where the machine has little time for us.
WINDOW, WIDEST, OF_ONE_WORKSPACE = 40, 240, 10
#: One clock over a whole call to a platform.
DEADLINE = timedelta(seconds=10)
#: Three times that.
LEASE = 3 * DEADLINE
#: One message a second per channel, says Slack; two requests do not travel equally long.
PACE = timedelta(seconds=1.02)
#: How long before its moment a message is claimed, so that it leaves at that moment and not at the next claim's.
AHEAD = timedelta(seconds=0.25)
#: How long finished sends gather before the next claim, in seconds: a claim is a commit to disk.
_GATHER, _IDLE = 0.05, 0.5
#: How often leases that ended and messages that came too late are looked for, in seconds: they wait for half a minute and more.
_SWEEP = 1.0
#: How long sends under way may take to end when the process is told to, in seconds.
GRACE = 3.0
#: And how long what arrived by then may take to be written down.
_LAST = 2.5
_Places = Mapping[tuple[str, str], Destination]


@dataclass(slots=True)
class _Ended:
    """When sends came to their end, by the steady clock, and when the leases were last looked at."""

    at: deque[float] = field(default_factory=deque)
    swept_at: float = float("-inf")

    def window(self, now: float) -> int:
        """How many may be under way."""
        while self.at and self.at[0] < now - 1:
            self.at.popleft()
        return min(WIDEST, max(WINDOW, len(self.at)))


@dataclass(frozen=True, kw_only=True)
class _Desk:
    """What every send needs."""

    database: Database
    chats: Mapping[Platform, Chat]
    clock: Callable[[], datetime]
    settle: timedelta
    pace: timedelta
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    marking: Marking
    ended: _Ended
    #: How many sends to each workspace this process has under way.
    sending: Counter[str] = field(default_factory=Counter)
    around: outbox.Round = field(default_factory=outbox.Round)
    #: When the last send to each person or channel began, by the steady clock: it may have begun later than was planned.
    began: dict[tuple[str, str], float] = field(default_factory=dict)


async def deliver(
    database: Database,
    chats: Mapping[Platform, Chat],
    clock: Callable[[], datetime],
    *,
    settle: timedelta,
    pace: timedelta = timedelta(0),
    stopping: asyncio.Event | None = None,
    grace: float = GRACE,
) -> int:
    """Sends everything that is due now; returns how many messages arrived.

    Args:
        database: where the outbox is.
        chats: by platform.
        clock: now.
        settle: how long a request may still be on its way after it is unknown.
        pace: how long after one message the next to the same person or channel may leave; nothing where time stands still.
        stopping: once set nothing more is claimed, and what is under way is finished or released.
        grace: how long it may take to finish then, in seconds.

    Raises:
        SQLAlchemyError: the database does not answer. What was under way is finished first.

    """
    desk = _Desk(
        database=database,
        chats=chats,
        clock=clock,
        settle=settle,
        pace=pace,
        stopping=stopping or asyncio.Event(),
        marking=Marking(database),
        ended=_Ended(),
    )
    under_way: set[asyncio.Task[Outcome]] = set()
    arrived = vain = 0
    last_at = float("-inf")
    loop = asyncio.get_running_loop()
    try:
        while not desk.stopping.is_set():
            # Where nothing arrives any more the rest waits for the next tick: the platform is down.
            room = desk.ended.window(loop.time()) - len(under_way) if vain < WINDOW else 0
            started = await _take(desk, room, loop.time()) if room else []
            under_way |= {asyncio.create_task(one) for one in started}
            if not under_way:
                if loop.time() - last_at >= pace.total_seconds() or vain >= WINDOW:
                    break
                await asyncio.sleep(_GATHER)  # the same channels may have more
                continue
            done, under_way = await asyncio.wait(under_way, timeout=_GATHER)
            if not done and not started:
                done, under_way = await asyncio.wait(
                    under_way, timeout=_IDLE, return_when=asyncio.FIRST_COMPLETED
                )
            desk.ended.at.extend([loop.time()] * len(done))
            for task in done:
                outcome = task.result()
                arrived += outcome is Outcome.ARRIVED
                vain = vain + 1 if outcome is Outcome.STUCK else 0
                last_at = loop.time() if outcome is Outcome.ARRIVED else last_at
            if (
                done
                and not started
                and not under_way
                and all(task.result() is Outcome.STUCK for task in done)
            ):
                break
    finally:
        arrived += await _finish(desk, under_way, grace)
    return arrived


async def _take(desk: _Desk, room: int, at: float) -> list[Coroutine[Any, Any, Outcome]]:
    """Claims what may be sent and what may be looked up now, in one transaction, and says what is to be done."""
    now, sweep = desk.clock(), at - desk.ended.swept_at >= _SWEEP

    def take(conn: Connection) -> tuple[list[OutboxRow], list[OutboxRow], _Places]:
        doubtful: list[OutboxRow] = []
        if sweep:
            _forget_late(conn, now)
            doubtful = outbox.due_unknown(conn, now, desk.settle, limit=max(1, room // 2), lease=LEASE)
        rows = outbox.claim(
            conn,
            now,
            room - len(doubtful),
            LEASE,
            pace=desk.pace,
            ahead=min(AHEAD, desk.pace),
            per_workspace=OF_ONE_WORKSPACE,
            under_way=+desk.sending,
            around=desk.around,
        ) if room > len(doubtful) else []  # fmt: skip
        if rows:
            failpoint.reach("claim.before_commit")
        return rows, doubtful, outbox.destinations(conn, rows)

    rows, doubtful, places = await desk.database.write(take, durable=True)
    if sweep and not doubtful:
        desk.ended.swept_at = at
    if rows:
        failpoint.reach("claim.committed")
        desk.sending.update(row.workspace_id for row in rows)
    return [
        *(_send(desk, row, places.get((row.workspace_id, row.id), Destination()), at, now) for row in rows),
        *(_look_up(desk, row) for row in doubtful),
    ]


async def _look_up(desk: _Desk, row: OutboxRow) -> Outcome:
    with cause.of(row.cause):
        outcome = await reconcile.look_up(desk.database, desk.chats, desk.clock, row)
        _note(row, "looked up", outcome=outcome.name.lower())
        return outcome


async def _finish(desk: _Desk, under_way: set[asyncio.Task[Outcome]], grace: float) -> int:
    """Waits for what is under way; when told to stop only so long, then it is released. Returns how many arrived."""
    if not under_way:
        return 0
    done, late = await asyncio.wait(under_way, timeout=grace if desk.stopping.is_set() else None)
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)
    await desk.marking.close(_LAST if desk.stopping.is_set() else None)
    return sum(not task.exception() and task.result() is Outcome.ARRIVED for task in done)


def waiting(conn: Connection) -> int:
    """Messages that are decided and not yet delivered."""
    return sum(count for count, _ in outbox.standing(conn).values())


async def _send(desk: _Desk, row: OutboxRow, there: Destination, claimed_at: float, now: datetime) -> Outcome:
    """One send; whatever happens, the row says so afterwards, or its lease ends."""
    try:
        with cause.of(row.cause):
            return await _try(desk, row, there, claimed_at, now)
    finally:
        desk.sending[row.workspace_id] -= 1


async def _try(desk: _Desk, row: OutboxRow, there: Destination, claimed_at: float, now: datetime) -> Outcome:
    leaving = False
    try:
        chat = desk.chats.get(Platform(row.platform)) if row.platform else None
        if chat is None:
            return await _not_here(desk, row)
        place = reaching.place_at(row, there)
        message = restyled(load(row.content), there.date_style)
        await _its_moment(desk, row, claimed_at + ((row.tried_at or now) - now).total_seconds())
        if _too_late(desk, row, claimed_at):
            return await _put_back(desk, row, "the lease was nearly over")
        failpoint.reach("send.before")
        leaving = True
        if row.kind == "update":
            await chat.update(place, row.message_id, message, key=row.key)
            delivered = Delivered(channel=place.channel, message_id=row.message_id)
        else:
            delivered = await chat.send(place, message, key=row.key)
        failpoint.reach("send.answered")
    except ChatError as error:
        _note(row, "not sent", reason=error.reason, trouble=error.trouble.name.lower())
        await record(desk.database, partial(_after_trouble, row=row, error=error, now=desk.clock()))
        failpoint.reach("refused.committed")
        return Outcome.STUCK
    except asyncio.CancelledError:
        # Told to stop: what may have left is looked for, what has not is free at once.
        released = partial(outbox.unknown, row=row, now=desk.clock(), error="stopped while sending")
        free = partial(outbox.pending_again, row=row, not_before=desk.clock(), error="stopped before sending")
        await record(desk.database, released if leaving else free)
        raise
    except Exception as error:  # the others go on; and a fault of ours does not go round for ever
        log.exception("send failed", extra={"key": row.key})
        # A database that was away while we asked it for an address will be there again.
        away = isinstance(error, SQLAlchemyError) and not is_refused(error)
        why = type(error).__name__ if away else f"{reconcile.OURS}: {type(error).__name__}"
        await record(desk.database, partial(outbox.unknown, row=row, now=desk.clock(), error=why))
        return Outcome.STUCK
    opened = row.person_id is not None and row.kind != "update" and delivered.channel != place.channel
    await desk.marking.sent(Arrived(row=row, delivered=delivered, at=desk.clock(), opened=opened))
    failpoint.reach("mark.committed")
    _note(row, "sent")
    return Outcome.ARRIVED


def _note(row: OutboxRow, became: str, **why: str) -> None:
    """One line a send: which message, not what it says."""
    told = {"key": row.key, "platform": row.platform, "team": row.external_id, "attempt": row.attempt}
    log.info(became, extra={**told, **why})


async def _its_moment(desk: _Desk, row: OutboxRow, at: float) -> None:
    """Waits until a message may leave: it was claimed a moment before."""
    if not desk.pace:
        return
    loop, pace = asyncio.get_running_loop(), desk.pace.total_seconds()
    recipient = (row.workspace_id, row.person_id or row.channel)
    last = desk.began.pop(recipient, None)
    wait = max(at, last + pace if last is not None else at) - loop.time()
    if wait > 0:
        await asyncio.sleep(wait)
    while desk.began and next(iter(desk.began.values())) < loop.time() - pace:
        del desk.began[next(iter(desk.began))]
    desk.began[recipient] = loop.time()


def _too_late(desk: _Desk, row: OutboxRow, claimed_at: float) -> bool:
    """Whether a send that begins now could outlive its lease: by the wall clock, which sleeps through nothing,
    and by the steady one, which nobody sets back.
    """
    left = (row.lease_until or desk.clock()) - desk.clock()
    passed = timedelta(seconds=asyncio.get_running_loop().time() - claimed_at)
    return left < DEADLINE or passed > LEASE - DEADLINE


async def _not_here(desk: _Desk, row: OutboxRow) -> Outcome:
    later = desk.clock() + timedelta(minutes=10)
    await record(
        desk.database,
        partial(outbox.pending_again, row=row, not_before=later, error="no such platform is set up"),
    )
    return Outcome.STUCK


async def _put_back(desk: _Desk, row: OutboxRow, why: str) -> Outcome:
    await record(desk.database, partial(outbox.pending_again, row=row, not_before=desk.clock(), error=why))
    return Outcome.STUCK


def _forget_late(conn: Connection, now: datetime) -> None:
    """Ends leases nobody came back for, and lets the asks of messages that came too late wait again."""
    outbox.end_leases(conn, now)
    for row in outbox.drop_stale(conn, now):
        asks.back_to_waiting(conn, row.workspace_id, row.id)
        if row.kind == "digest":
            troubles.digest_too_late(conn, row, now)


def _after_trouble(conn: Connection, row: OutboxRow, error: ChatError, now: datetime) -> None:
    match error.trouble:
        case Trouble.NOT_CONNECTED:
            outbox.pending_again(conn, row, not_before=now + backoff(row.attempt), error=error.reason)
        case Trouble.LIMITED:
            wait = error.retry_after or backoff(row.attempt)
            outbox.pending_again(conn, row, not_before=now + wait, error=error.reason)
            outbox.be_patient(conn, row.workspace_id, row.platform, until=now + wait)
        case Trouble.UNCERTAIN:
            outbox.unknown(conn, row, now=now, error=error.reason)
        case Trouble.RECIPIENT | Trouble.WORKSPACE | Trouble.MESSAGE:
            if outbox.failed(conn, row, error=error.reason):
                asks.back_to_waiting(conn, row.workspace_id, row.id)
                troubles.tell(conn, row, error, now)
    failpoint.reach("refused.before_commit")


def backoff(attempt: int) -> timedelta:
    """How long a message rests that could not leave."""
    return timedelta(seconds=min(300, 2 ** min(attempt, 9)))
