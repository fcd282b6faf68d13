"""The schema's history: complete, harmless to repeat, safe to start twice at once."""

import subprocess
import sys

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from storage import audit, migrations, workspaces
from storage.database import Database
from storage.tables import METADATA
from tests.storage.kit import NOW, OURS, THEIRS, seed


def test_the_migrated_schema_is_that_of_the_tables(empty_url: str) -> None:
    db = Database(empty_url)
    db.migrate()

    def differences(conn: Connection) -> list[object]:
        context = MigrationContext.configure(conn, opts={"compare_type": True, "target_metadata": METADATA})
        return list(compare_metadata(context, METADATA))

    assert db.read_now(differences) == []
    assert db.read_now(migrations.is_current)
    db.close()


def test_partial_indexes_have_their_conditions_on_both_engines(empty_url: str) -> None:
    db = Database(empty_url)
    db.migrate()
    partial = {
        index.name
        for table in METADATA.tables.values()
        for index in table.indexes
        if index.dialect_options["sqlite"]["where"] is not None
    }

    def conditions(conn: Connection) -> set[str]:
        found = inspect(conn)
        key = f"{conn.dialect.name}_where"
        return {
            str(index["name"])
            for table in METADATA.tables
            for index in found.get_indexes(table)
            if index.get("dialect_options", {}).get(key) is not None
        }

    assert db.read_now(conditions) == partial
    assert len(partial) >= 8
    db.close()


def test_migrating_again_changes_nothing(empty_url: str) -> None:
    db = Database(empty_url)
    db.migrate()
    db.write_now(seed)
    db.migrate()
    assert db.read_now(workspaces.all_of) == [OURS]
    db.close()


def test_two_processes_that_start_at_once_migrate_once(empty_url: str) -> None:
    program = "import sys; from storage.database import Database; db = Database(sys.argv[1]); db.migrate(); db.close()"
    started = [
        subprocess.Popen([sys.executable, "-c", program, empty_url], stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for process in started:
        _, errors = process.communicate(timeout=300)
        assert process.returncode == 0, errors
    db = Database(empty_url)
    assert db.read_now(migrations.is_current)
    assert db.read_now(lambda conn: conn.scalar(text("SELECT count(*) FROM alembic_version"))) == 1
    db.close()


def test_an_interrupted_migration_leaves_nothing_and_runs_again(
    empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    db = Database(empty_url)

    def cut(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr("alembic.runtime.migration.HeadMaintainer.update_to_step", cut)
        with pytest.raises(KeyboardInterrupt):
            db.migrate()
    assert db.read_now(lambda conn: inspect(conn).get_table_names()) == []
    db.migrate()
    assert db.read_now(migrations.is_current)
    db.close()


def test_a_database_of_a_newer_version_is_refused(empty_url: str) -> None:
    db = Database(empty_url)
    db.migrate()
    db.write_now(lambda conn: conn.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    assert not db.read_now(migrations.is_current)
    with pytest.raises(CommandError, match="9999"):
        db.migrate()
    db.close()


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor = 'x'", "DELETE FROM audit"])
def test_the_audit_cannot_be_changed(db: Database, statement: str) -> None:
    def append(conn: Connection) -> None:
        seed(conn)
        audit.append(conn, OURS, actor="alice", what="registered", subject="P01", surface="slack", now=NOW)

    db.write_now(append)
    with pytest.raises(DBAPIError, match="append-only"):
        db.write_now(lambda conn: conn.exec_driver_sql(statement))


def test_only_erasing_a_workspace_takes_its_audit_away(db: Database) -> None:
    def two(conn: Connection) -> None:
        for workspace_id in (OURS, THEIRS):
            seed(conn, workspace_id)
            audit.append(
                conn, workspace_id, actor="alice", what="registered", subject="P01", surface="slack", now=NOW
            )

    db.write_now(two)
    assert db.write_now(lambda conn: audit.erase(conn, OURS)) == 1
    assert db.read_now(lambda conn: audit.recent(conn, OURS, 10)) == []
    assert len(db.read_now(lambda conn: audit.recent(conn, THEIRS, 10))) == 1
    with pytest.raises(DBAPIError, match="append-only"):
        db.write_now(lambda conn: conn.exec_driver_sql("DELETE FROM audit"))
