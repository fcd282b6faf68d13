"""D21, D22: the schema brought up by one that dies on the way, and by two at once."""

import os
import time
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import event

from storage.database import Connection, Database
from storage.tables import METADATA
from tests.faults import workers
from tests.faults.kills import minutes
from tests.faults.world import times
from tests.storage.test_storage_upgrade import REVISIONS, at, fill, rows, to

long = [pytest.mark.trial, pytest.mark.timeout(3600)]
# Processes that start and die: on a machine that has no time for them they say nothing.
pytestmark = long
_DIED = 86


def bring_up(url: str) -> None:
    database = Database(url)
    database.migrate()
    database.close()


def die_at(url: str, statement: int) -> None:
    """Brings the schema up, and dies before its nth statement."""
    database = Database(url)
    seen = 0

    def count(*_: Any) -> None:
        nonlocal seen
        seen += 1
        if seen >= statement:
            os._exit(_DIED)

    event.listen(database.writing, "before_cursor_execute", count)
    database.migrate()
    os._exit(0)


def differences(conn: Connection) -> list[Any]:
    options = {"compare_type": True, "target_metadata": METADATA}
    return list(compare_metadata(MigrationContext.configure(conn, opts=options), METADATA))


@pytest.mark.parametrize("n", [pytest.param(times(50), marks=long)])
@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_d22_two_bring_the_schema_up_at_once(
    engine: str, n: int, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    began = time.monotonic()
    for number in range(n):
        if engine == "sqlite":
            url = f"sqlite:///{tmp_path / f'{number}.db'}"
        else:
            server = request.getfixturevalue("server")
            url = server.create()
        both = [workers.MAKING.Process(target=bring_up, args=(url,)) for _ in range(2)]
        for one in both:
            one.start()
        for one in both:
            one.join(120)
        assert [one.exitcode for one in both] == [0, 0]
        database = Database(url)
        assert database.read_now(differences) == []
        database.close()
        if engine == "postgresql":
            server.drop(url)
    print(f"\nD22 {engine}: {n} times two at once, 0 differences; {minutes(began)}")


@pytest.mark.parametrize("start", ["nothing", *REVISIONS[:-1]])
@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_d21_an_interrupted_migration_is_completed(
    engine: str, start: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """From each schema that there was, full of rows, dying before every statement, one after the other."""
    began = time.monotonic()
    url = (
        f"sqlite:///{tmp_path / 'old.db'}" if engine == "sqlite" else request.getfixturevalue("postgres_url")
    )
    database = Database(url)
    if start != "nothing":
        database.write_now(to(start))
        database.write_now(fill)
    before = database.read_now(rows)
    columns = {name: list(found[0]) for name, found in before.items()}
    died = 0
    while True:
        dying = workers.MAKING.Process(target=die_at, args=(url, died + 1))
        dying.start()
        dying.join(120)
        if dying.exitcode == 0:
            break
        assert dying.exitcode == _DIED
        died += 1
        # All of it or nothing.
        assert database.read_now(at) == (start if start != "nothing" else None)
        assert database.read_now(rows) == before
    assert database.read_now(differences) == []
    assert database.read_now(lambda conn: rows(conn, columns)) == before
    database.close()
    kept = sum(len(found) for found in before.values())
    print(
        f"\nD21 {engine} from {start}: died before each of {died} statements, then completed; {kept} rows in {len(before)} "
        f"tables equal; {minutes(began)}"
    )
    assert died > 3
