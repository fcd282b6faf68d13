"""Who asked whatever happened to a pilot: through us."""

from datetime import date

from bot.domain.digest import Asking
from storage import people, questions
from storage.database import Connection


def of_pilot(conn: Connection, workspace_id: str, pilot_id: str) -> list[Asking]:
    """Who asked about one pilot through us, oldest first."""
    names = _names(conn, workspace_id)
    return [
        (names.get(one.asker, one.asker), one.day) for one in questions.of_pilot(conn, workspace_id, pilot_id)
    ]


def of_all(conn: Connection, workspace_id: str, since: date) -> dict[str, list[Asking]]:
    """Who asked about each pilot through us since a day, and when last; by its id."""
    names = _names(conn, workspace_id)
    asked = questions.last_asked(conn, workspace_id, since)
    return {pilot_id: [(names.get(who, who), on) for who, on in askers] for pilot_id, askers in asked.items()}


def of_unknown(conn: Connection, workspace_id: str, asked: str, *, besides: str = "") -> int:
    """How many people, besides one, asked for the same name that nobody registered."""
    key = " ".join(asked.casefold().split())
    found = questions.unregistered(conn, workspace_id, date.min)
    return len({one.asker for one in found if " ".join(one.asked.casefold().split()) == key} - {besides})


def _names(conn: Connection, workspace_id: str) -> dict[str, str]:
    return {one.id: one.name for one in people.all_of(conn, workspace_id).values()}
