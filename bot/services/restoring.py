"""After a backup was put back: nothing that was sent since it was taken is sent again.

Messages that the copy calls unsent are looked for first, and so is whatever is decided within a day
(`outbox.restored`). What was decided after the copy it does not know at all, so:

1. everybody's message of today is charged as if it had been delivered: questions go on when their next day begins;
2. the digest slots that have begun are passed over, leadership's, sponsors' and owners' alike, and so is a report
   that is due.
"""

from dataclasses import dataclass
from datetime import datetime

from bot.messages.model import dump
from bot.messages.replies import line
from bot.services import editions, report
from bot.services.places import address_of
from storage import audit, outbox, people, restoring, workspaces
from storage.database import Connection
from storage.workspaces import Workspace

_WHY = "a backup was put back"


@dataclass(frozen=True, kw_only=True)
class PutBack:
    """What holds now."""

    workspaces: int
    #: Messages that are looked for before they are sent.
    doubted: int
    #: People who are asked nothing more today.
    held: int


def put_back(conn: Connection, now: datetime) -> PutBack:
    """Makes a database that was put back safe to run."""
    doubted = held = 0
    found = workspaces.all_of(conn)
    for workspace_id in found:
        workspace = workspaces.get(conn, workspace_id)
        if workspace is None:
            continue
        held += _hold(conn, workspace, now)
        _pass_over(conn, workspace, now)
        doubted += outbox.restored(conn, workspace_id, now)
        workspaces.set_digest_at(conn, workspace_id, None)
        details = {"looked for": str(doubted), "held": str(held)}
        audit.append(
            conn,
            workspace_id,
            actor="terminal",
            what="backup put back",
            subject=workspace_id,
            surface="cli",
            now=now,
            details=details,
        )
    return PutBack(workspaces=len(found), doubted=doubted, held=held)


def _hold(conn: Connection, workspace: Workspace, now: datetime) -> int:
    """Charges today, on each person's own calendar, to everybody who can be written to and has no message yet."""
    calendar, held = workspace.settings.calendar(), 0
    content = dump(
        line("Nothing was sent: a backup was put back, and today's message may have been sent before.")
    )
    for person in people.all_of(conn, workspace.id).values():
        address = address_of(person)
        today = calendar.in_zone(person.zone).today(now)
        if address is None or outbox.charged(conn, workspace.id, person.id, today, today):
            continue
        row_id = outbox.add(
            conn,
            workspace.id,
            key=f"held:{person.id}:{today.isoformat()}",
            kind="held",
            person_id=person.id,
            platform=address.platform.value,
            external_id=address.workspace,
            content=content,
            charged_on=today,
            now=now,
        )
        held += row_id is not None and restoring.hold(conn, workspace.id, row_id, _WHY)
    return held


def _pass_over(conn: Connection, workspace: Workspace, now: datetime) -> None:
    """Takes the keys of everything periodic that has begun to be due: it may have been sent."""
    content = dump(line("Passed over: a backup was put back, and this may have been sent before."))
    due = (*editions.undecided(conn, workspace, now), *report.undecided(conn, workspace, now))
    for key, person_id, kind in due:
        row_id = outbox.add(
            conn, workspace.id, key=key, kind=kind, person_id=person_id, content=content, now=now
        )
        row = outbox.get(conn, workspace.id, row_id) if row_id else None
        if row is not None:
            outbox.dropped(conn, row, _WHY)
