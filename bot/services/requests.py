"""Requests of sources outside chat: taken in at the door, read when the clock says so."""

import logging
from datetime import datetime, timedelta

from bot.domain.errors import UserError
from bot.services import activity
from bot.services.homes import homes, with_new_names
from bot.signals import generic, github, gitlab
from bot.signals.sighting import Sighting, Unreadable
from storage import cause, received, workspaces
from storage.database import Connection
from storage.received import Request

log = logging.getLogger(__name__)

#: So long something that another request tells better waits for that one.
PATIENCE = timedelta(minutes=5)
#: A request repeated later than this is a new one; what it tells is still told once.
FORGET_AFTER = timedelta(days=14)
_PARSERS = {github.SOURCE: github.parse, gitlab.SOURCE: gitlab.parse, generic.SOURCE: generic.parse}


def whose(conn: Connection, named: str) -> str | None:
    """The workspace that a request is for: the one it names, else the only one; None: there is no such, or no only one."""
    if named:
        return named if len(named) <= 64 and workspaces.get(conn, named) is not None else None
    only = workspaces.the_only_one(conn)
    return only.id if only else None


def take_in(
    conn: Connection, named: str, *, source: str, key: str, subject: str, body: str, now: datetime
) -> bool | None:
    """Keeps a request whose signature holds.

    Returns:
        Whether it is new; None: nobody can say whose it is.

    """
    workspace_id = whose(conn, named)
    if workspace_id is None:
        return None
    return received.add(conn, workspace_id, source=source, key=key, subject=subject, body=body, now=now)


def due(conn: Connection, now: datetime, *, limit: int) -> list[Request]:
    """Takes requests that wait, oldest first, each for one worker; one that fails comes again in ten minutes."""
    return list(received.take(conn, now, limit))


def read(conn: Connection, request: Request, now: datetime) -> int:
    """Reads one request that was taken; returns under how many pilots something was kept."""
    with cause.of(request.key):
        return _read(conn, request, now)


def _read(conn: Connection, request: Request, now: datetime) -> int:
    workspace = workspaces.get(conn, request.workspace_id)
    if workspace is None:
        return 0
    if request.attempt > received.ATTEMPTS:
        log.error("a request could not be read", extra={"source": request.source, "subject": request.subject})
        received.failed(conn, workspace.id, request.id, "reading it failed again and again")
        return 0
    try:
        told = _PARSERS[request.source](request.subject, request.body.encode())
        if _waits(told, request, now):
            received.later(conn, workspace.id, request.id, request.received_at + PATIENCE)
            return 0
        at_home = with_new_names(conn, workspace.id, homes(conn, workspace.id)) if told else {}
        kept = sum(activity.file(conn, workspace, at_home, sighting, now) for sighting in told)
    except (Unreadable, UserError) as error:
        log.info("a signal was set aside", extra={"source": request.source, "reason": str(error)})
        received.failed(conn, workspace.id, request.id, str(error))
        return 0
    received.done(conn, workspace.id, request.id)
    log.info("read", extra={"source": request.source, "subject": request.subject, "pilots": kept})
    return kept


def _waits(told: list[Sighting], request: Request, now: datetime) -> bool:
    return any(one.patient for one in told) and now < request.received_at + PATIENCE


def forget(conn: Connection, now: datetime) -> int:
    """Forgets old requests that were read; returns how many."""
    return received.forget(conn, now - FORGET_AFTER)
