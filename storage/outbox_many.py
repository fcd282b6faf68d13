"""What composing reads and writes of the outbox for many people at once: one statement each, however many there are."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import fields, replace
from datetime import date, datetime

from sqlalchemy import Connection, bindparam, exists, select

from storage.dialects import add_all_once, among
from storage.outbox import CHARGED, LOOK_BACK, is_doubtful
from storage.outbox_rows import OUTBOX, OutboxRow
from storage.tables import METADATA

_PEOPLE = METADATA.tables["people"]
_NAMES = tuple(one.name for one in fields(OutboxRow))

_CHARGED_TO = (
    select(OUTBOX.c.person_id, OUTBOX.c.charged_on, OUTBOX.c.kind)
    .where(
        OUTBOX.c.workspace_id == bindparam("whose"),
        among(OUTBOX.c.person_id, "people"),
        OUTBOX.c.charged_on.between(bindparam("first"), bindparam("last")),
        OUTBOX.c.state.in_(CHARGED),
    )
    .order_by(OUTBOX.c.charged_on, OUTBOX.c.created_at)
)


def charged(
    conn: Connection, workspace_id: str, person_ids: Collection[str], first: date, last: date
) -> dict[str, list[tuple[date, str]]]:
    """`outbox.charged` of some people, by person; whose budget is untouched is left out."""
    found: dict[str, list[tuple[date, str]]] = defaultdict(list)
    values = {"whose": workspace_id, "people": sorted(person_ids), "first": first, "last": last}
    for person_id, day, kind in conn.execute(_CHARGED_TO, values).all():
        found[person_id].append((day, kind))
    return found


_HEARD = select(_PEOPLE.c.id).where(
    _PEOPLE.c.workspace_id == bindparam("whose"),
    among(_PEOPLE.c.id, "people"),
    exists().where(
        OUTBOX.c.workspace_id == _PEOPLE.c.workspace_id,
        OUTBOX.c.person_id == _PEOPLE.c.id,
        OUTBOX.c.kind != "held",
    ),
)


def heard(conn: Connection, workspace_id: str, person_ids: Collection[str]) -> set[str]:
    """Which of some people have a message of ours, whatever became of it; a day that is only held is none."""
    return set(conn.scalars(_HEARD, {"whose": workspace_id, "people": sorted(person_ids)}))


_THERE = select(OUTBOX.c.id).where(OUTBOX.c.workspace_id == bindparam("whose"), among(OUTBOX.c.id, "these"))


def add(conn: Connection, workspace_id: str, rows: Sequence[OutboxRow], now: datetime) -> set[str]:
    """Puts messages into the outbox, in the transaction that decided them.

    Returns:
        The ids of those that are there now; one whose key exists was decided before and is left out.

    """
    if not rows:
        return set()
    if is_doubtful(conn, workspace_id, now):
        rows = [
            replace(row, state="unknown", tried_at=now - LOOK_BACK) if row.state == "pending" else row
            for row in rows
        ]
    add_all_once(conn, OUTBOX, [{name: getattr(row, name) for name in _NAMES} for row in rows])
    return set(conn.scalars(_THERE, {"whose": workspace_id, "these": sorted(row.id for row in rows)}))
