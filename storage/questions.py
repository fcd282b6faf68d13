"""Who asked whatever happened to what, and whether they want to be told."""

from dataclasses import dataclass, fields
from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, func, select, update

from storage.dialects import count_of
from storage.ids import new_id
from storage.tables import METADATA

_QUESTIONS = METADATA.tables["questions"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """One row."""

    id: str
    #: None: nothing is registered under what was asked.
    pilot_id: str | None
    #: As it was typed.
    asked: str
    #: A person's id.
    asker: str
    at: datetime
    day: date
    #: Whether the asker wants to be told when it is decided.
    tell: bool = False
    told_at: datetime | None = None


_COLUMNS = tuple(_QUESTIONS.c[field.name] for field in fields(Question))


def add(
    conn: Connection,
    workspace_id: str,
    *,
    pilot_id: str | None,
    asked: str,
    asker: str,
    day: date,
    now: datetime,
) -> str:
    """Logs a question. Returns its id."""
    question_id = new_id()
    row = {
        "id": question_id,
        "pilot_id": pilot_id,
        "asked": asked,
        "asker": asker,
        "at": now,
        "day": day,
        "tell": False,
        "told_at": None,
    }
    conn.execute(_QUESTIONS.insert().values(workspace_id=workspace_id, **row))
    return question_id


def _find(conn: Connection, workspace_id: str, *conditions: ColumnElement[bool]) -> list[Question]:
    chosen = select(*_COLUMNS).where(_QUESTIONS.c.workspace_id == workspace_id, *conditions)
    return [
        Question(**row) for row in conn.execute(chosen.order_by(_QUESTIONS.c.at, _QUESTIONS.c.id)).mappings()
    ]


def of_pilot(conn: Connection, workspace_id: str, pilot_id: str) -> list[Question]:
    """Every question about a pilot, oldest first."""
    return _find(conn, workspace_id, _QUESTIONS.c.pilot_id == pilot_id)


def unregistered(conn: Connection, workspace_id: str, since: date) -> list[Question]:
    """Questions about what nobody registered, oldest first."""
    return _find(conn, workspace_id, _QUESTIONS.c.pilot_id.is_(None), _QUESTIONS.c.day >= since)


def last_asked(conn: Connection, workspace_id: str, since: date) -> dict[str, list[tuple[str, date]]]:
    """Who asked about each pilot since a day and on which day last, in the order they first asked; by pilot id."""
    chosen = (
        select(_QUESTIONS.c.pilot_id, _QUESTIONS.c.asker, func.max(_QUESTIONS.c.day))
        .where(
            _QUESTIONS.c.workspace_id == workspace_id,
            _QUESTIONS.c.pilot_id.is_not(None),
            _QUESTIONS.c.day >= since,
        )
        .group_by(_QUESTIONS.c.pilot_id, _QUESTIONS.c.asker)
        .order_by(_QUESTIONS.c.pilot_id, func.min(_QUESTIONS.c.at), _QUESTIONS.c.asker)
    )
    found: dict[str, list[tuple[str, date]]] = {}
    for pilot_id, asker, day in conn.execute(chosen):
        found.setdefault(pilot_id, []).append((asker, day))
    return found


def tell_when_decided(conn: Connection, workspace_id: str, question_id: str) -> bool:
    """Notes that the asker wants to be told; whether there is such a question."""
    mine = (_QUESTIONS.c.workspace_id == workspace_id, _QUESTIONS.c.id == question_id)
    return count_of(conn.execute(update(_QUESTIONS).where(*mine).values(tell=True))) == 1


def to_tell(conn: Connection, workspace_id: str, pilot_id: str) -> list[Question]:
    """The questions about a pilot whose askers want to be told and were not yet, oldest first."""
    return _find(
        conn,
        workspace_id,
        _QUESTIONS.c.pilot_id == pilot_id,
        _QUESTIONS.c.tell,
        _QUESTIONS.c.told_at.is_(None),
    )


def told(conn: Connection, workspace_id: str, pilot_id: str, now: datetime) -> int:
    """Notes that everybody who wanted to be told about a pilot was. Returns how many questions that ends."""
    mine = (
        _QUESTIONS.c.workspace_id == workspace_id,
        _QUESTIONS.c.pilot_id == pilot_id,
        _QUESTIONS.c.tell,
        _QUESTIONS.c.told_at.is_(None),
    )
    return count_of(conn.execute(update(_QUESTIONS).where(*mine).values(told_at=now)))


def wants_again(conn: Connection, workspace_id: str, pilot_id: str, told_at: datetime) -> list[Question]:
    """Takes back that askers were told at a moment: what they were told was undone. Returns their questions."""
    mine = (
        _QUESTIONS.c.workspace_id == workspace_id,
        _QUESTIONS.c.pilot_id == pilot_id,
        _QUESTIONS.c.told_at == told_at,
    )
    found = _find(conn, workspace_id, *mine[1:])
    conn.execute(update(_QUESTIONS).where(*mine).values(told_at=None))
    return found
