"""D21: a database of the first schema, full of rows, comes to the newest whatever happens on the way; no row is lost."""

import itertools
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from storage import audit, migrations
from storage.database import Database
from tests.setup.kit import ROOT, environment
from tests.storage.kit import NOW

REVISIONS = [
    one.revision for one in reversed(list(ScriptDirectory.from_config(migrations.config()).walk_revisions()))
]
FIRST = REVISIONS[0]
ROWS = 3
Rows = dict[str, list[dict[str, Any]]]


def to(revision: str) -> Callable[[Connection], None]:
    """Brings a database to a revision, as `storage.migrations` does to the newest."""

    def go(conn: Connection) -> None:
        arguments = migrations.config()
        arguments.attributes["connection"] = conn
        command.upgrade(arguments, revision)

    return go


def at(conn: Connection) -> str | None:
    """The revision that a database is at."""
    if not sa.inspect(conn).has_table("alembic_version"):
        return None
    return str(conn.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one())


def _tables(conn: Connection) -> list[sa.Table]:
    found = sa.MetaData()
    found.reflect(conn)
    return [table for table in found.sorted_tables if table.name != "alembic_version"]


def fill(conn: Connection) -> None:
    """Rows in every table of the schema as it stands, each column with a value of its own."""
    for table in _tables(conn):
        unique = {"claim_code"}
        rows = [
            {column.name: _value(table.name, column, number, unique) for column in table.columns}
            for number in range(1, ROWS + 1)
        ]
        conn.execute(table.insert(), rows)


def _value(table: str, column: sa.Column[Any], number: int, unique: set[str]) -> Any:
    name, kind = column.name, column.type
    if name == "workspace_id" or (table == "workspaces" and name == "id"):
        return "ours" if table != "workspaces" else f"w{number}"
    if isinstance(kind, sa.Boolean):
        return number % 2 == 0
    if isinstance(kind, sa.Integer):
        return number
    if isinstance(kind, sa.Numeric):
        return Decimal(f"{number}.5")
    if isinstance(kind, sa.DateTime):
        return NOW.replace(minute=number)
    if isinstance(kind, sa.Date):
        return date(2026, 11, number)
    if isinstance(kind, sa.JSON):
        return {"n": number, "ü": ["x", None]}
    if isinstance(kind, sa.Time):
        return time(number)
    length = getattr(kind, "length", None) or 40
    return f"{name}ü{number}"[: length - 1] + str(number)


def rows(conn: Connection, only: dict[str, list[str]] | None = None) -> Rows:
    """Every row, in some columns (all by default), in a form that can be compared."""
    found: Rows = {}
    for table in _tables(conn):
        if only is not None and table.name not in only:
            continue
        columns = [column for column in table.columns if only is None or column.name in only[table.name]]
        got = [
            {name: _plain(value) for name, value in row.items()}
            for row in conn.execute(sa.select(*columns)).mappings()
        ]
        found[table.name] = sorted(got, key=str)
    return found


def _plain(value: Any) -> Any:
    """The same on both engines and before and after a table was made anew."""
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)
    return value


@pytest.fixture
def old(empty_url: str) -> Database:
    """A database of the first schema with rows in every table."""
    database = Database(empty_url)
    database.write_now(to(FIRST))
    database.write_now(fill)
    return database


def test_the_newest_keeps_every_row_of_the_first(old: Database) -> None:
    before = old.read_now(rows)
    columns = {name: list(found[0]) for name, found in before.items()}
    assert len(before) > 15
    assert all(len(found) == ROWS for found in before.values())
    old.migrate()
    assert old.read_now(migrations.is_current)
    assert old.read_now(lambda conn: rows(conn, columns)) == before
    assert old.read_now(lambda conn: audit.check(conn, "ours")).whole
    old.close()


def test_each_step_alone_keeps_every_row(old: Database) -> None:
    before = old.read_now(rows)
    columns = {name: list(found[0]) for name, found in before.items()}
    for revision in REVISIONS[1:]:
        old.write_now(to(revision))
        assert old.read_now(at) == revision
        assert old.read_now(lambda conn: rows(conn, columns)) == before, revision
    assert old.read_now(migrations.is_current)
    old.close()


@pytest.mark.parametrize("revision", REVISIONS[1:])
def test_cut_at_a_step_it_is_as_it_was_and_runs_again(
    old: Database, revision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The way to the newest is one transaction: what is cut at any of its steps leaves the first schema whole."""
    before = old.read_now(rows)
    columns = {name: list(found[0]) for name, found in before.items()}
    step = "alembic.runtime.migration.HeadMaintainer.update_to_step"
    whole: Any = pytest.importorskip("alembic.runtime.migration").HeadMaintainer.update_to_step

    def cut(self: object, one: Any) -> None:
        if revision in one.to_revisions_no_deps:
            raise KeyboardInterrupt
        whole(self, one)

    with monkeypatch.context() as broken:
        broken.setattr(step, cut)
        with pytest.raises(KeyboardInterrupt):
            old.migrate()
    assert old.read_now(at) == FIRST
    assert old.read_now(rows) == before
    old.migrate()
    assert old.read_now(migrations.is_current)
    assert old.read_now(lambda conn: rows(conn, columns)) == before
    old.close()


KILLED = """
import os, signal, sys
from sqlalchemy import event
from storage.database import Database
database, last, seen = Database(sys.argv[1]), int(sys.argv[2]), 0
def count(*_):
    global seen
    seen += 1
    if seen == last:
        os.kill(os.getpid(), signal.SIGKILL)
event.listen(database.writing, "before_cursor_execute", count)
database.migrate()
print(seen)
"""


def upgraded_until(url: str, statement: int) -> subprocess.CompletedProcess[str]:
    """An upgrade in a process of its own, killed with -9 before one of its statements; 0: it comes to its end."""
    return subprocess.run(
        [sys.executable, "-c", KILLED, url, str(statement)],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )


def killed_at(old: Database, url: str, statements: Iterable[int]) -> int:
    """Each time the database is of the first schema, whole; then it comes to the newest. Returns how many kills there were."""
    before, kills = old.read_now(rows), 0
    columns = {name: list(found[0]) for name, found in before.items()}
    for statement in statements:
        done = upgraded_until(url, statement)
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL, done.stderr
        kills += 1
        assert old.read_now(at) == FIRST, statement
        assert old.read_now(rows) == before, statement
    assert upgraded_until(url, 0).returncode == 0
    assert old.read_now(migrations.is_current)
    assert old.read_now(lambda conn: rows(conn, columns)) == before
    return kills


def test_killed_at_a_statement_it_is_as_it_was_and_runs_again(old: Database, empty_url: str) -> None:
    assert killed_at(old, empty_url, (30,)) == 1
    old.close()


@pytest.mark.trial
@pytest.mark.timeout(3600)
def test_d21_killed_at_every_statement(old: Database, empty_url: str) -> None:
    kills = killed_at(old, empty_url, itertools.count(1))
    print(f"\nD21: {old.writing.dialect.name}: killed before each of {kills} statements; every row kept")
    assert kills > 30
    old.close()
