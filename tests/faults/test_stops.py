"""D20-D22: told to stop in the middle; the schema brought up by two at once, or by one that dies on the way."""

import os
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import MetaData, event, select

from storage import outbox, workspaces
from storage.database import Connection, Database
from storage.migrations import config
from storage.tables import METADATA
from tests.faults import workers
from tests.faults.kills import minutes
from tests.faults.world import World, seed_of, times, world

long = [pytest.mark.trial, pytest.mark.timeout(3600)]
# Processes that start and die: on a machine that has no time for them they say nothing.
pytestmark = long


def states(here: World) -> Counter[str]:
    def count(conn: Connection) -> Counter[str]:
        return Counter(
            row.state for one in workspaces.all_of(conn) for row in outbox.history(conn, one, limit=100_000)
        )

    return here.database.read_now(count)


@pytest.mark.parametrize("n", [1, pytest.param(times(200), marks=long)])
def test_d20_told_to_stop_it_ends_and_leaves_nothing_half_done(n: int) -> None:
    began = time.monotonic()
    with world() as here:
        chance = seed_of("D20")
        # Some answers come late, some not at all while we wait.
        here.plan(share=0.02, kinds=["hang"], hang=20.0, delay=0.3, seed=1)
        slowest, released = 0.0, 0
        for _ in range(n):
            if here.waiting() < 50:
                here.seed(100 if n > 1 else 30)
            worker = here.start()
            # Not before it sends: a process that is still starting has nothing to finish.
            posted, patience = here.posted(), time.monotonic() + 60
            while here.posted() == posted and time.monotonic() < patience:
                time.sleep(0.02)
            time.sleep(chance.uniform(0.0, 1.5) if n > 1 else 0.0)
            slowest = max(slowest, here.stop(worker))
            assert worker.exitcode == 0
            left = states(here)
            released += left["unknown"]
            assert not left["sending"], left
        here.plan()
        worker = here.start()
        here.until_still(120)
        here.stop(worker)
        verdict = here.verdict()
        print(
            f"D20: {n} stops, slowest {slowest:.1f} s, {len(here.expected)} nudges, {verdict}; {minutes(began)}"
        )
        assert slowest < 10
        assert verdict.good, verdict


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
            os._exit(86)

    event.listen(database.writing, "before_cursor_execute", count)
    database.migrate()
    os._exit(0)


def differences(url: str) -> list[Any]:
    database = Database(url)
    try:
        return database.read_now(
            lambda conn: list(
                compare_metadata(
                    MigrationContext.configure(
                        conn, opts={"compare_type": True, "target_metadata": METADATA}
                    ),
                    METADATA,
                )
            )
        )
    finally:
        database.close()


@pytest.mark.parametrize("n", [1, pytest.param(times(50), marks=long)])
@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_d22_two_bring_the_schema_up_at_once(
    engine: str, n: int, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
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
            one.join(60)
        assert [one.exitcode for one in both] == [0, 0]
        assert differences(url) == []
        if engine == "postgresql":
            server.drop(url)
    print(f"\nD22 {engine}: {n} times two at once, 0 differences")


@pytest.mark.parametrize("engine", ["sqlite", pytest.param("postgresql", marks=long)])
def test_d21_an_interrupted_migration_is_completed(
    engine: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """From the first schema with data in it, dying before every statement, one after the other."""
    from alembic import command

    url = (
        f"sqlite:///{tmp_path / 'old.db'}" if engine == "sqlite" else request.getfixturevalue("postgres_url")
    )
    database = Database(url)

    def first(conn: Connection) -> None:
        arguments = config()
        arguments.attributes["connection"] = conn
        command.upgrade(arguments, "0001")
        old = MetaData()
        old.reflect(conn)
        conn.execute(
            old.tables["workspaces"].insert(),
            [
                {"id": f"w{n}", "name": f"n{n}", "settings": {}, "created_at": "2026-11-23 10:00:00"}
                for n in range(20)
            ]
            if engine == "sqlite"
            else [
                {"id": f"w{n}", "name": f"n{n}", "settings": {}, "created_at": "2026-11-23 10:00:00+00"}
                for n in range(20)
            ],
        )

    database.write_now(first)
    database.close()
    died = statement = 0
    while True:
        statement += 1
        dying = workers.MAKING.Process(target=die_at, args=(url, statement))
        dying.start()
        dying.join(60)
        if dying.exitcode == 0:
            break
        assert dying.exitcode == 86
        died += 1
    assert differences(url) == []
    database = Database(url)
    table = METADATA.tables["workspaces"]
    kept = database.read_now(
        lambda conn: conn.execute(select(table.c.id, table.c.name).order_by(table.c.id)).all()
    )
    database.close()
    assert [tuple(row) for row in kept] == sorted((f"w{n}", f"n{n}") for n in range(20))
    print(f"\nD21 {engine}: died before each of {died} statements, then completed; rows equal")
    assert died > 3
