"""Which indexes PostgreSQL may use, whatever its statistics say.

They may be from the night, when nothing was due. Then an index of everything that is due looks as cheap for one person's rows as that
person's own, and on a morning of ten thousand workspaces each of a hundred thousand questions would be searched for among all of them.
"""

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event, text

from storage import asks, asks_due, checks, outbox, outbox_claim, outbox_clock, pilots
from storage.database import Connection, Database
from storage.rounds import Round
from tests.storage.kit import HOUR, MINUTE, NOW, OURS, ask, message, pilot, seed


def _round_of(conn: Connection) -> None:
    """A claim in a backlog: turns, then each workspace's first."""
    moments = {"now": NOW, "since": NOW, "ahead": NOW}
    conn.execute(outbox_claim._ROUND, {**moments, "after": "", "turns": 9, "most": 9})
    conn.execute(outbox_claim._OF_MANY, {**moments, "share": 3, "whose": [OURS]})


#: Everything that asks for what is due, in one workspace or in all.
ASKED: dict[str, list[Callable[[Connection], Any]]] = {
    "asks": [
        lambda conn: asks_due.in_turn(conn, NOW, 10, Round()),
        lambda conn: conn.execute(asks_due._ROUND, {"now": NOW, "after": "", "turns": 9, "most": 9}),
        lambda conn: asks_due.people(conn, OURS, NOW, 5),
        lambda conn: asks_due.waiting(conn, OURS, ["mara"]),
        lambda conn: asks_due.hold(conn, OURS, {"mara": NOW}),
        lambda conn: asks_due.take_into_messages(conn, OURS, {"A1": "M1"}, NOW.date()),
        lambda conn: asks.waiting(conn, OURS, "mara"),
        lambda conn: asks.wake(conn, OURS, NOW, "mara"),
        lambda conn: checks.late_asks(conn, NOW),
    ],
    "outbox": [
        lambda conn: outbox_claim.claim(conn, NOW, 5, MINUTE),
        _round_of,
        lambda conn: outbox.hold_workspace(conn, OURS, "slack", NOW + HOUR),
        lambda conn: outbox.restored(conn, OURS, NOW),
        lambda conn: outbox_clock.end_leases(conn, NOW),
        lambda conn: outbox_clock.due_unknown(conn, NOW, MINUTE),
        lambda conn: outbox_clock.drop_stale(conn, NOW),
        lambda conn: checks.late_messages(conn, "pending", NOW),
    ],
    "pilots": [
        lambda conn: pilots.claim_due(conn, NOW, 1),
        lambda conn: pilots.claim_due(conn, NOW, 5),
        lambda conn: pilots.overdue(conn, NOW, 5),
        lambda conn: pilots.late(conn, OURS, NOW),
        lambda conn: pilots.touch_all(conn, OURS, NOW),
    ],
}


@pytest.fixture
def furnished(postgres_url: str) -> Database:
    db = Database(postgres_url)

    def write(conn: Connection) -> None:
        seed(conn, OURS, *(pilot(f"P0{number}") for number in (1, 2, 3)), next_look_at=NOW - HOUR)
        ask(conn)
        message(conn)

    db.write_now(write)
    return db


@pytest.mark.parametrize("table", ASKED)
def test_what_is_due_everywhere_is_not_searched_for_one_workspace(furnished: Database, table: str) -> None:
    """With that index alone, and told to avoid walking the table: it is used by who looks everywhere, and can be by nobody else."""
    said: dict[str, Any] = {}

    @event.listens_for(furnished.writing, "before_cursor_execute")
    def heard(_c: Any, _k: Any, statement: str, given: Any, _x: Any, _m: bool) -> None:
        if re.search(rf"(?:FROM|UPDATE) {table}\b", statement):
            said.setdefault(statement, given[0] if isinstance(given, list) else given)

    for ask_it in ASKED[table]:
        furnished.write_now(ask_it)
    event.remove(furnished.writing, "before_cursor_execute", heard)

    def plans(conn: Connection) -> dict[str, str]:
        conn.execute(text("SET LOCAL enable_seqscan = off"))
        conn.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT pk_{table}"))
        others = conn.scalars(
            text("SELECT indexname FROM pg_indexes WHERE tablename = :table AND indexname <> :due"),
            {"table": table, "due": f"ix_{table}_due"},
        )
        for index in others.all():
            conn.execute(text(f"DROP INDEX {index}"))
        return {
            one: "\n".join(conn.exec_driver_sql(f"EXPLAIN {one}", given).scalars())
            for one, given in said.items()
        }

    found = furnished.write_now(plans)
    used = {one: f"ix_{table}_due" in plan for one, plan in found.items()}
    assert used == {one: "2000-01-01" in one for one in found}
    assert set(used.values()) == {True, False}
    furnished.close()
