"""The audit record as a chain: whole after everything we do, broken by whatever is done behind its back."""

import contextlib
import random
from datetime import timedelta
from typing import Any

import pytest
from alembic import command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from storage import audit, migrations
from storage.database import Database
from tests.storage.kit import NOW, OURS, seed

#: Lifts the trigger as somebody with the database's password would.
LIFT = {
    "sqlite": ["DROP TRIGGER IF EXISTS audit_no_update", "DROP TRIGGER IF EXISTS audit_no_delete"],
    "postgresql": ["ALTER TABLE audit DISABLE TRIGGER audit_append_only"],
}


def happen(conn: Connection, count: int = 8) -> None:
    seed(conn)
    for n in range(count):
        details = {"value": "ä" * n, "n": n, "nested": {"a": [1, None, 2.5]}}
        audit.append(
            conn,
            OURS,
            actor=["alice", "bob"][n % 2],
            what="edited",
            subject="P01",
            surface="slack",
            now=NOW + timedelta(microseconds=n),
            details=details,
        )


def test_what_we_wrote_is_whole(db: Database) -> None:
    db.write_now(happen)
    found = db.read_now(lambda conn: audit.check(conn, OURS))
    assert found.whole
    assert found.rows == 8
    assert len(found.head) == 64


def test_an_empty_record_is_whole(db: Database) -> None:
    assert db.read_now(lambda conn: audit.check(conn, OURS)).whole


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit SET actor = 'mallory' WHERE seq = 4",
        "UPDATE audit SET details = '{}' WHERE seq = 4",
        "UPDATE audit SET what = 'nothing' WHERE seq = 4",
        "UPDATE audit SET subject = 'P02' WHERE seq = 4",
        "UPDATE audit SET surface = 'web' WHERE seq = 4",
        "UPDATE audit SET link = digest WHERE seq = 4",
        "UPDATE audit SET at = '2026-01-01 00:00:00' WHERE seq = 4",
        "DELETE FROM audit WHERE seq = 4",
        "UPDATE audit SET actor = 'mallory', redacted = {true} WHERE seq = 4",
    ],
)
def test_a_row_changed_behind_its_back_is_found(db: Database, change: str) -> None:
    """Also where the one who changed it marks it as redacted: no erasure accounts for that."""

    def tamper(conn: Connection) -> None:
        for statement in LIFT[conn.dialect.name]:
            conn.exec_driver_sql(statement)
        true = "1" if conn.dialect.name == "sqlite" else "true"
        conn.exec_driver_sql(change.replace("{true}", true))

    db.write_now(happen)
    db.write_now(tamper)
    found = db.read_now(lambda conn: audit.check(conn, OURS))
    assert not found.whole
    assert found.broken_at == (None if "redacted" in change else 4)
    if db.url.get_backend_name() == "postgresql":
        db.write_now(lambda conn: conn.exec_driver_sql("ALTER TABLE audit ENABLE TRIGGER audit_append_only"))


#: What can be written into a column of the record, each something else than what stands there.
FORGED = {
    "actor": "'mallory'", "what": "'forged'", "subject": "'P99'", "surface": "'web'", "details": "'{{\"n\": 99}}'",
    "at": "'2026-01-01 00:00:00'", "digest": "link", "link": "digest", "seq": "seq + 1000",
}  # fmt: skip


def test_each_of_a_hundred_edits_is_found(db: Database) -> None:
    """S17: any row but the last may also be taken away; the last, and a record cut short, need the link that was kept."""
    chance = random.Random(17)
    db.write_now(lambda conn: happen(conn, 30))
    head = db.read_now(lambda conn: audit.check(conn, OURS)).head

    class _TakenBack(Exception):
        pass

    def edit(conn: Connection, statement: str) -> None:
        for lifted in LIFT[conn.dialect.name]:
            conn.exec_driver_sql(lifted)
        assert conn.exec_driver_sql(statement).rowcount >= 1
        found = audit.check(conn, OURS)
        assert not found.whole or found.head != head, statement
        raise _TakenBack

    for _ in range(100):
        seq, column = chance.randint(1, 30), chance.choice([*FORGED, "gone", "cut"])
        match column:
            case "gone":
                statement = f"DELETE FROM audit WHERE seq = {seq}"
            case "cut":
                statement = f"DELETE FROM audit WHERE seq >= {seq}"
            case _:
                statement = f"UPDATE audit SET {column} = {FORGED[column].format()} WHERE seq = {seq}"
        with contextlib.suppress(_TakenBack):
            db.write_now(lambda conn, statement=statement: edit(conn, statement))  # type: ignore[misc]
    assert db.read_now(lambda conn: audit.check(conn, OURS)).whole


def test_rows_cannot_be_changed_without_lifting_the_trigger(db: Database) -> None:
    db.write_now(happen)
    for change in ("UPDATE audit SET actor = 'mallory'", "DELETE FROM audit"):
        with pytest.raises(Exception, match="append-only"):
            db.write_now(lambda conn, change=change: conn.exec_driver_sql(change))  # type: ignore[misc]


def test_what_an_erasure_takes_out_is_accounted_for(db: Database) -> None:
    def change(value: Any) -> Any:
        return "nobody" if value == "alice" else value

    def erase(conn: Connection) -> int:
        count = audit.redact(conn, OURS, change)
        audit.append(
            conn,
            OURS,
            actor="admin",
            what=audit.ERASED,
            subject="nobody",
            surface="cli",
            now=NOW,
            details={"redacted": count},
        )
        return count

    db.write_now(happen)
    assert db.write_now(erase) == 4
    assert db.write_now(erase) == 0, "the same rows are not counted twice"
    found = db.read_now(lambda conn: audit.check(conn, OURS))
    assert found.whole
    assert found.redacted == found.accounted == 4
    rows = db.read_now(lambda conn: conn.exec_driver_sql("SELECT actor FROM audit").all())
    assert ("alice",) not in [tuple(row) for row in rows]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.text(max_size=8), st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=20))
    )
)
def test_whatever_the_details_are_they_hash_as_they_come_back(db: Database, details: dict[str, Any]) -> None:
    details = {
        key.replace("\x00", ""): v.replace("\x00", "") if isinstance(v, str) else v
        for key, v in details.items()
    }
    db.write_now(
        lambda conn: audit.append(
            conn, OURS, actor="a", what="x", subject="s", surface="cli", now=NOW, details=details
        )
    )
    assert db.read_now(lambda conn: audit.check(conn, OURS)).whole


def test_rows_from_before_the_chain_are_linked_by_the_upgrade(empty_url: str) -> None:
    db = Database(empty_url)

    def before(conn: Connection) -> None:
        arguments = migrations.config()
        arguments.attributes["connection"] = conn
        command.upgrade(arguments, "0004")
        # As each engine's own rows hold a moment.
        moment = "2026-11-20 09:30:00" + (".000000" if conn.dialect.name == "sqlite" else "+00:00")
        for seq, workspace_id in ((1, "a"), (2, "a"), (1, "b")):
            conn.exec_driver_sql(
                "INSERT INTO audit (workspace_id, seq, at, actor, what, subject, details, surface) VALUES "
                f"('{workspace_id}', {seq}, '{moment}', 'alice', 'edited', 'P01', '{{\"n\": {seq}}}', 'slack')"
            )

    db.write_now(before)
    db.migrate()
    for workspace_id, rows in (("a", 2), ("b", 1)):
        found = db.read_now(lambda conn, whose=workspace_id: audit.check(conn, whose))  # type: ignore[misc]
        assert found.whole
        assert found.rows == rows
    with pytest.raises(Exception, match="append-only"):
        db.write_now(lambda conn: conn.exec_driver_sql("UPDATE audit SET actor = 'mallory'"))
    db.close()
