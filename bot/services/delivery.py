"""Stroke three of the clock: an outbox row → the platform → what became of it.

1. claim: attempt + 1, a lease, committed before anything leaves this machine;
2. send, with one deadline over the whole call;
3. sent, pending again, unknown, or failed - each fenced by the attempt, so that whoever lost the lease changes nothing;
4. what is unknown is looked up once the settling time has passed: found means sent, absent means pending again;
5. what cannot be looked up is unverified: never sent again under its key, its asks go into the next message.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial

from bot.domain.people import Platform
from bot.messages.dates import restyled
from bot.messages.model import load
from bot.services import reaching, troubles
from bot.services.chat import CannotLook, Chat, ChatError, Delivered, Place, Trouble
from storage import asks, outbox, people, workspaces
from storage.database import Connection, Database
from storage.outbox import OutboxRow
from storage.people import Reach

log = logging.getLogger(__name__)

#: Rows claimed at once: at most one per channel, so one message a second per channel holds by itself.
BATCH = 50
#: Three times the ten seconds a call may take.
LEASE = timedelta(seconds=30)
#: One message a second per channel, says Slack.
PACE = timedelta(seconds=1)


async def deliver(
    database: Database, chats: Mapping[Platform, Chat], clock: Callable[[], datetime], *, settle: timedelta
) -> int:
    """Sends everything that is due now; returns how many messages arrived."""
    sent = 0
    while True:
        now = clock()
        await database.write(partial(_forget_late, now=now))
        rows = await database.write(partial(outbox.claim, now=now, limit=BATCH, lease=LEASE), durable=True)
        doubtful = await database.write(partial(outbox.due_unknown, now=now, settle=settle))
        if not rows and not doubtful:
            return sent
        done = await asyncio.gather(
            *(_send(database, chats, clock, row) for row in rows),
            *(_look_up(database, chats, clock, row) for row in doubtful),
        )
        sent += sum(done)
        if not any(done):
            return sent


def waiting(conn: Connection) -> int:
    """Messages that are decided and not yet delivered."""
    return sum(count for count, _ in outbox.standing(conn).values())


async def _send(
    database: Database, chats: Mapping[Platform, Chat], clock: Callable[[], datetime], row: OutboxRow
) -> bool:
    chat = chats.get(Platform(row.platform)) if row.platform else None
    if chat is None:
        await database.write(
            lambda conn: outbox.pending_again(
                conn, row, not_before=clock() + timedelta(minutes=10), error="no such platform is set up"
            )
        )
        return False
    place, style = await database.read(lambda conn: (_place(conn, row), _style(conn, row)))
    message = restyled(load(row.content), style)
    try:
        if row.kind == "update":
            await chat.update(place, row.message_id, message, key=row.key)
            delivered = Delivered(channel=place.channel, message_id=row.message_id)
        else:
            delivered = await chat.send(place, message, key=row.key)
    except ChatError as error:
        trouble = error
        await database.write(lambda conn: _after_trouble(conn, row, trouble, clock()))
        return False
    await database.write(lambda conn: _after_sent(conn, row, delivered, clock()))
    return True


def _style(conn: Connection, row: OutboxRow) -> str:
    """How the workspace writes its dates."""
    workspace = workspaces.get(conn, row.workspace_id)
    return workspace.settings.date_style if workspace is not None else "en"


def _place(conn: Connection, row: OutboxRow) -> Place:
    """Where a row goes; a person's conversation may have been opened since it was written."""
    channel, service_url, user = row.channel, "", ""
    if row.person_id is not None and row.kind != "update":
        found = reach_of(conn, row)
        if found is not None:
            channel, service_url, user = found.channel, found.service_url, found.address.user
    if not service_url:
        service_url = reaching.service_url_of(
            conn, platform=Platform(row.platform), external_id=row.external_id
        )
    return Place(
        platform=Platform(row.platform),
        workspace=row.external_id,
        channel=channel,
        user=user,
        service_url=service_url,
    )


def _after_sent(conn: Connection, row: OutboxRow, delivered: Delivered, now: datetime) -> None:
    arrived = outbox.sent(conn, row, now, channel=delivered.channel, message_id=delivered.message_id)
    reach = reach_of(conn, row) if arrived and row.person_id and row.kind != "update" else None
    if reach is not None and reach.channel != delivered.channel:
        people.touch_address(conn, row.workspace_id, reach.address, channel=delivered.channel)


def reach_of(conn: Connection, row: OutboxRow) -> Reach | None:
    """Where a row's person is reached on its platform."""
    known = people.addresses_of(conn, row.workspace_id, [row.person_id]) if row.person_id else {}
    for reach in known.get(row.person_id or "", []):
        if (reach.address.platform.value, reach.address.workspace) == (row.platform, row.external_id):
            return reach
    return None


def _forget_late(conn: Connection, *, now: datetime) -> None:
    """Ends leases nobody came back for, and lets the asks of messages that came too late wait again."""
    outbox.end_leases(conn, now)
    for row in outbox.drop_stale(conn, now):
        asks.back_to_waiting(conn, row.workspace_id, row.id)


def _after_trouble(conn: Connection, row: OutboxRow, error: ChatError, now: datetime) -> None:
    match error.trouble:
        case Trouble.NOT_CONNECTED:
            outbox.pending_again(conn, row, not_before=now + _backoff(row.attempt), error=error.reason)
        case Trouble.LIMITED:
            wait = error.retry_after or _backoff(row.attempt)
            outbox.pending_again(conn, row, not_before=now + wait, error=error.reason)
            outbox.hold_workspace(conn, row.workspace_id, row.platform, until=now + wait)
        case Trouble.UNCERTAIN:
            outbox.unknown(conn, row, now=now, error=error.reason)
        case Trouble.RECIPIENT | Trouble.WORKSPACE | Trouble.MESSAGE:
            if outbox.failed(conn, row, error=error.reason):
                asks.back_to_waiting(conn, row.workspace_id, row.id)
                troubles.tell(conn, row, error, now)


def _backoff(attempt: int) -> timedelta:
    return timedelta(seconds=min(300, 2**attempt))


async def _look_up(
    database: Database, chats: Mapping[Platform, Chat], clock: Callable[[], datetime], row: OutboxRow
) -> bool:
    """Settles a send in doubt; True only where it turned out to have arrived or may be sent again."""
    chat = chats.get(Platform(row.platform)) if row.platform else None
    if chat is None:
        return False
    if row.kind == "update":  # harmless to repeat
        return await database.write(
            lambda conn: outbox.pending_again(conn, row, not_before=clock(), error=row.error)
        )
    place = await database.read(lambda conn: _place(conn, row))
    try:
        found = await chat.was_sent(place, key=row.key, since=row.tried_at or row.created_at)
    except CannotLook:
        await database.write(lambda conn: _after_no_look(conn, row, clock()))
        return False
    except ChatError as error:
        log.info("look-up failed", extra={"key": row.key, "reason": error.reason})
        return False
    if found is not None:
        await database.write(lambda conn: _after_sent(conn, row, found, clock()))
        return True
    return await database.write(
        lambda conn: outbox.pending_again(conn, row, not_before=clock(), error="not found after settling")
    )


def _after_no_look(conn: Connection, row: OutboxRow, now: datetime) -> None:
    if outbox.unverified(conn, row, error="sent without an answer, and nobody can look"):
        asks.back_to_waiting(conn, row.workspace_id, row.id)
        if row.kind == "digest":
            troubles.ask_admin(conn, row, now)
