"""The repositories that pilots name: which to ask, when, and what to make of the answer."""

import logging
from collections.abc import Collection
from datetime import datetime, timedelta

from bot.services import activity, evidence
from bot.services.homes import homes
from bot.signals.asking import PARTLY, Memory, Question, Told, dump, load
from bot.signals.places import Repository
from storage import pilots, repositories, workspaces
from storage.database import Connection
from storage.repositories import Row

log = logging.getLogger(__name__)

#: A webhook tells at once; asking finds what it missed, and evidence that has no webhook.
ASK_EVERY = timedelta(hours=1)
#: After a failure: five minutes, then twice as long each time.
RETRY_AFTER, RETRY_MOST = timedelta(minutes=5), timedelta(hours=6)
#: A repository that is not there, or not for us, may be there tomorrow.
MISSING_AGAIN = timedelta(hours=24)
#: The first asking reads back so far.
FIRST_LOOK = timedelta(days=30)


def follow(conn: Connection, hosts: Collection[str], now: datetime) -> int:
    """Finds the repositories to ask: those of running pilots, on configured hosts; returns how many are new.

    The token is the installation's, so with several workspaces nothing is asked: one customer's link must not read
    another's repository.
    """
    workspace = workspaces.the_only_one(conn)
    if workspace is None:
        return 0
    wanted = {
        where.id: where.host
        for where in homes(conn, workspace.id)
        if where.host in hosts and len(where.id) <= 255
    }
    return repositories.follow(conn, workspace.id, wanted, now)


def due(conn: Connection, now: datetime, *, limit: int) -> list[tuple[Row, Question, Memory]]:
    """Takes the repositories whose asking is due, each for one worker, with what to ask."""
    found = []
    for row in repositories.claim_due(conn, now, limit):
        where = Repository(row.host, row.id.removeprefix(f"{row.host}/"))
        residents = homes(conn, row.workspace_id).get(where, ())
        known = repositories.all_told(conn, row.workspace_id, row.id, now - activity.REMEMBERED)
        question = Question(
            repository=where,
            folders=tuple(sorted({one.folder for one in residents})),
            known=frozenset(known),
            now=now,
            since=now - FIRST_LOOK,
        )
        found.append((row, question, load(dict(row.memory))))
    return found


def heard(conn: Connection, row: Row, question: Question, told: Told, by: str, now: datetime) -> int:
    """Keeps what an asking brought, together with what it learned; returns under how many pilots something was kept.

    Args:
        conn: a writing transaction.
        row: the repository that was asked.
        question: what was asked.
        told: what came back.
        by: GitHub or GitLab.
        now: the moment.

    """
    workspace = workspaces.get(conn, row.workspace_id)
    if workspace is None:
        return 0
    at_home = homes(conn, row.workspace_id)
    kept = sum(activity.file(conn, workspace, at_home, sighting, now) for sighting in told.sightings)
    if not told.problem:
        residents = at_home.get(question.repository, ())
        loaded = pilots.load(conn, row.workspace_id, [one.pilot_id for one in residents])
        for resident in residents:
            facts = told.memory.of(resident.folder)
            if facts is not None and resident.pilot_id in loaded:
                pilot, its = loaded[resident.pilot_id]
                evidence.tick(conn, workspace, pilot, its, facts, by, now)
    failures = 0 if not told.problem or told.hold_until else row.failures + 1
    repositories.asked(
        conn,
        row.workspace_id,
        row.id,
        memory=dump(told.memory),
        now=now,
        again_at=_again(told, failures, now),
        failures=failures,
        problem=told.problem or (PARTLY if told.memory.partly else ""),
    )
    if told.problem:
        log.warning(
            "a repository was not read to its end", extra={"repository": row.id, "reason": told.problem}
        )
    if told.hold_until is not None:
        repositories.hold(conn, row.workspace_id, row.host, told.hold_until)
    return kept


def _again(told: Told, failures: int, now: datetime) -> datetime:
    if told.hold_until is not None:
        return told.hold_until
    if told.missing:
        return now + MISSING_AGAIN
    if failures:
        wait: timedelta = RETRY_AFTER * 2 ** min(failures - 1, 10)
        return now + min(wait, RETRY_MOST)
    return now + ASK_EVERY


def forget(conn: Connection, now: datetime) -> int:
    """Forgets what was told long ago; returns how much."""
    return repositories.forget(conn, now - activity.REMEMBERED - timedelta(days=10))
