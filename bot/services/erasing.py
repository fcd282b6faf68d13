"""Forgetting on request: what is stored of a person, taking a person out, taking a workspace away."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.domain.errors import UserError
from bot.domain.people import Person
from storage import asks, audit, erasing, outbox, people, pilots, workspaces
from storage.database import Connection
from storage.ids import new_id

#: What stands where a name stood.
SOMEBODY = "somebody erased"
#: How long the data of a workspace that took the app away is kept, in case it comes back.
KEPT = timedelta(days=30)


@dataclass(frozen=True, kw_only=True)
class Erased:
    """What an erasure changed: rows by table, and the id that stands in place of the person's."""

    person_id: str
    rows: Mapping[str, int]


def find(conn: Connection, workspace_id: str, who: str) -> Person:
    """The one person of that id, handle, e-mail or full name.

    Raises:
        UserError: nobody, or several.

    """
    wanted = who.strip().lstrip("@").casefold()
    fits = [
        person
        for person in people.all_of(conn, workspace_id).values()
        if wanted
        and wanted in {one.casefold() for one in (person.id, person.handle, person.email, person.name)}
    ]
    if not fits:
        raise UserError(f"Nobody here is called {who}. Give the full name, the handle or the e-mail.")
    if len(fits) > 1:
        known = ", ".join(sorted(person.id for person in fits))
        raise UserError(f"{len(fits)} people are called {who}. Give one of these ids: {known}")
    return fits[0]


def about(conn: Connection, workspace_id: str, person: Person) -> dict[str, Any]:
    """Everything stored of a person: every row that names them by id, by table."""
    ids = {person.id, *(address.user for address in person.addresses)} - {""}
    return {"person": person.id, "name": person.name, "rows": erasing.rows_of(conn, workspace_id, ids)}


def erase_person(
    conn: Connection, workspace_id: str, person: Person, *, by: str, surface: str, now: datetime
) -> Erased:
    """Takes a person out of everything; their pilots are looked at again at once, for they have lost somebody.

    What they did keeps its place under an id that means nobody. First names alone, and what people wrote about them in
    words of their own, cannot be told from other words and stay.
    """
    workspace = workspaces.get(conn, workspace_id)
    assert workspace is not None
    today = workspace.settings.calendar().today(now)
    nobody = f"erased-{new_id()}"
    theirs = pilots.of_person(conn, workspace_id, person.id)
    for pilot in theirs:
        for one in asks.open_of_pilot(conn, workspace_id, pilot.id):
            if one.person_id == person.id:
                asks.drop(conn, workspace_id, one.id)
    outbox.drop_of_person(conn, workspace_id, person.id, "the person was erased")
    names = {name: SOMEBODY for name in (person.name, person.email) if name}
    names |= {person.handle: nobody} if person.handle else {}
    names |= {address.user: nobody for address in person.addresses}
    rows = dict(erasing.person(conn, workspace_id, person.id, {**names, person.id: nobody}))
    left_on = min(person.left_on or today, today)
    people.save(conn, workspace_id, Person(id=nobody, name=SOMEBODY, left_on=left_on))
    for pilot in theirs:
        pilots.touch(conn, workspace_id, pilot.id, now)
    audit.append(
        conn,
        workspace_id,
        actor=nobody if by == person.id else by,
        what=audit.ERASED,
        subject=nobody,
        surface=surface,
        now=now,
        details={"redacted": rows.get("audit", 0)},
    )
    return Erased(person_id=nobody, rows=rows)


def erase_workspace(conn: Connection, workspace_id: str) -> Mapping[str, int]:
    """Takes a workspace away with everything in it; nothing of it is left to say that it was there."""
    return erasing.workspace(conn, workspace_id)


def forget_the_gone(conn: Connection, now: datetime) -> int:
    """Erases workspaces that took the app away everywhere and did not come back; how many."""
    gone = workspaces.gone_since(conn, now - KEPT)
    for workspace_id in gone:
        erasing.workspace(conn, workspace_id)
    return len(gone)
