"""One request as the services see it: who asks, in which workspace, on which day, over which connection."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from bot.domain.calendar import Calendar
from bot.domain.errors import UserError
from bot.domain.people import Person
from bot.domain.pilot import Pilot
from bot.domain.record import Entry, Reading, Status
from bot.domain.roles import DECISIONS, Action, May, may, standings, who_decides, who_may
from bot.domain.stages import Rules
from bot.domain.words import judged
from bot.messages import replies
from bot.services.incoming import Incoming, Reply
from storage import audit, pilots, record
from storage.database import Connection
from storage.workspaces import Workspace


class NotTheirs(UserError):
    """A decision that the actor may not make: who may is told, with the offer to tell them."""

    def __init__(self, action: Action, pilot: Pilot) -> None:
        super().__init__(who_decides(action, pilot))
        self.action = action
        self.pilot = pilot


@dataclass(frozen=True, kw_only=True)
class Context:
    """Everything a service may need beside its command."""

    conn: Connection
    workspace: Workspace
    calendar: Calendar
    rules: Rules
    today: date
    now: datetime
    actor: Person
    admin: bool
    leader: bool
    incoming: Incoming
    #: What this request changed so far: (what, of what, details). One row of the audit record is made of it at the end.
    changes: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    #: The pilot as it stood before a decision, kept in that row: it can be undone for a day.
    stood: dict[str, Any] = field(default_factory=dict)
    #: Where people reach the page, without a slash at its end; empty: nowhere yet.
    page: str = ""

    @property
    def surface(self) -> str:
        """Where the request came from, for the record."""
        return self.incoming.actor.platform.value

    def may(self, action: Action, pilot: Pilot | None = None) -> May:
        """What the table of roles grants the actor."""
        return may(action, standings(self.actor, pilot, admin=self.admin, leader=self.leader))

    def require(self, action: Action, pilot: Pilot | None = None) -> None:
        """Goes on only if the actor may.

        Raises:
            UserError: who can, said to the actor alone.

        """
        if self.may(action, pilot) is not May.YES:
            if pilot is not None and action in DECISIONS:
                raise NotTheirs(action, pilot)
            raise UserError(who_may(action, pilot) if pilot is not None else "Only the admin can do that.")

    def write(self, pilot: Pilot, entry: Entry) -> int:
        """Appends an entry, judged against the answers before it, and leaves the pilot due for a look.

        Returns:
            Its number in the pilot's record.

        """
        entry = judged(entry, pilots.load(self.conn, self.workspace.id, [pilot.id])[pilot.id][1].entries)
        seq = record.append_entry(
            self.conn, self.workspace.id, pilot.id, entry, at=self.now, surface=self.surface
        )
        pilots.touch(self.conn, self.workspace.id, pilot.id, self.now)
        self.changes.append((f"wrote: {entry.status.value}", pilot.id, {}))
        return seq

    def note(self, pilot: Pilot, status: Status, text: str) -> int:
        """Appends an entry of the actor's without a value."""
        return self.write(pilot, Entry(on=self.today, author=self.actor.id, status=status, text=text))

    def read(self, pilot: Pilot, reading: Reading, entry: int | None = None) -> None:
        """Appends a reading; the first one of a metric becomes its baseline, frozen on its day."""
        record.append_reading(
            self.conn, self.workspace.id, pilot.id, reading, author=self.actor.id, entry_seq=entry
        )

    def log(self, what: str, subject: str, **details: str) -> None:
        """Says for the audit record what is being done; it tells more than the entries written on the way."""
        named = [change for change in self.changes if not change[0].startswith("wrote: ")]
        self.changes[:] = [*named, (what, subject, details)]

    def close(self) -> None:
        """Writes what the request changed as one row of the audit record, with what its subject was before and is now."""
        if not self.changes:
            return
        what, subject, details = self.changes[0]
        also = [f"{one} {of}".strip() for one, of, _ in self.changes[1:] if (one, of) != (what, subject)]
        state = pilots.fingerprint(self.conn, self.workspace.id, subject)
        earlier = audit.of_subject(self.conn, self.workspace.id, subject, 5)
        before = next((row.details["after"] for row in earlier if "after" in row.details), "")
        audit.append(
            self.conn,
            self.workspace.id,
            actor=self.actor.id,
            what=what,
            subject=subject,
            details={
                **details,
                **({"also": "; ".join(also)} if also else {}),
                **({"before": before, "after": state} if state else {}),
                **({"stood": self.stood} if self.stood else {}),
            },
            surface=self.surface,
            now=self.now,
        )


def told(text: str) -> Reply:
    """A reply of one line, to the asker alone."""
    return Reply(message=replies.line(text))
