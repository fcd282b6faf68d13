"""One transaction, one thread hop."""

import asyncio
import os
import socket
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, OperationalError

from storage import database, engines, inbox, workspaces
from storage.database import Database, normalised
from tests.storage.kit import NOW, OURS, workspace


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_spelling_of_a_postgres_address_gets_our_driver(scheme: str) -> None:
    url = normalised(f"{scheme}://me:s%40cret@db.example:5432/pilots?sslmode=require")
    assert (url.drivername, url.password, url.database) == ("postgresql+psycopg", "s@cret", "pilots")
    assert url.query == {"sslmode": "require"}


@pytest.mark.parametrize("url", ["mysql://localhost/x", "pilotlight.db", "", "sqlite+aiosqlite:///x"])
def test_an_address_of_another_engine_is_refused_without_repeating_a_password(url: str) -> None:
    with pytest.raises(ValueError, match="begins with sqlite:/// or postgresql://"):
        Database(url)


async def test_what_is_written_is_read(db: Database) -> None:
    await db.write(lambda conn: workspaces.add(conn, workspace()))
    assert await db.read(workspaces.all_of) == [OURS]


async def test_an_exception_rolls_everything_back_and_comes_out(db: Database) -> None:
    def add_and_fail(conn: Connection) -> None:
        workspaces.add(conn, workspace())
        raise LookupError("no")

    with pytest.raises(LookupError, match="no"):
        await db.write(add_and_fail)
    assert await db.read(workspaces.all_of) == []


def test_the_command_line_does_the_same_without_a_loop(db: Database) -> None:
    db.write_now(lambda conn: workspaces.add(conn, workspace()))
    assert db.read_now(workspaces.all_of) == [OURS]


async def test_reading_cannot_write(db: Database) -> None:
    with pytest.raises(DBAPIError, match=r"read-?only"):
        await db.read(lambda conn: workspaces.add(conn, workspace()))


def test_a_reader_sees_one_state_while_others_write(db: Database) -> None:
    started, written = threading.Event(), threading.Event()

    def look_twice(conn: Connection) -> tuple[int, int]:
        before = workspaces.count(conn)
        started.set()
        assert written.wait(60)
        return before, workspaces.count(conn)

    with ThreadPoolExecutor(1) as pool:
        seen = pool.submit(db.read_now, look_twice)
        assert started.wait(60)
        db.write_now(lambda conn: workspaces.add(conn, workspace()))
        written.set()
        assert seen.result() == (0, 0)
    assert db.read_now(workspaces.count) == 1


async def test_sqlite_has_one_writer_thread_and_several_readers(sqlite_url: str) -> None:
    db = Database(sqlite_url)
    names = await asyncio.gather(*(db.write(lambda _: threading.current_thread().name) for _ in range(20)))
    assert len(set(names)) == 1
    inside, readers = threading.Barrier(3), []

    def meet(_: Connection) -> None:
        inside.wait(60)
        readers.append(threading.current_thread().name)

    await asyncio.gather(*(db.read(meet) for _ in range(3)))
    assert len(set(readers)) == 3
    db.close()


def test_a_durable_write_is_synced_and_others_are_not(sqlite_url: str) -> None:
    db = Database(sqlite_url)

    def level(conn: Connection) -> int:
        return int(conn.exec_driver_sql("PRAGMA synchronous").scalar_one())

    normal, full = 1, 2
    wanted = [False, True, True, False, True]
    assert [db.write_now(level, durable=durable) for durable in wanted] == [
        full if durable else normal for durable in wanted
    ]
    assert db.read_now(lambda conn: conn.exec_driver_sql("PRAGMA journal_mode").scalar_one()) == "wal"
    db.close()


def test_a_write_waits_for_a_foreign_writer(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "BUSY_MILLISECONDS", 50)
    db = Database(sqlite_url)
    foreign = sqlite3.connect(
        sqlite_url.removeprefix("sqlite:///"), isolation_level=None, check_same_thread=False
    )
    foreign.execute("BEGIN IMMEDIATE")
    threading.Timer(0.3, lambda: foreign.execute("COMMIT")).start()
    db.write_now(lambda conn: workspaces.add(conn, workspace()))
    assert db.read_now(workspaces.all_of) == [OURS]
    foreign.close()
    db.close()


def test_a_write_gives_up_on_a_foreign_writer_that_never_ends(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "BUSY_MILLISECONDS", 10)
    monkeypatch.setattr(database, "ATTEMPTS", 3)
    db = Database(sqlite_url)
    foreign = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    foreign.execute("BEGIN IMMEDIATE")
    with pytest.raises(OperationalError, match="locked"):
        db.write_now(lambda conn: workspaces.add(conn, workspace()))
    foreign.close()
    db.write_now(lambda conn: workspaces.add(conn, workspace()))
    db.close()


def _raised(error: Exception, *, lost: bool = False) -> DBAPIError:
    return DBAPIError("statement", None, error, connection_invalidated=lost)


def test_a_thrown_out_transaction_runs_again_from_its_start(db: Database) -> None:
    runs = []

    def fail_twice(conn: Connection) -> int:
        workspaces.add(conn, workspace())
        runs.append(1)
        if len(runs) < 3:
            raise _raised(
                psycopg.errors.SerializationFailure() if len(runs) == 1 else psycopg.errors.DeadlockDetected()
            )
        return len(runs)

    assert db.write_now(fail_twice) == 3
    assert db.read_now(workspaces.all_of) == [OURS]


def test_a_mistake_of_ours_is_not_run_again(db: Database) -> None:
    runs = []

    def wrong(conn: Connection) -> None:
        runs.append(1)
        conn.execute(text("SELECT nothing FROM nowhere"))

    with pytest.raises(DBAPIError):
        db.write_now(wrong)
    assert len(runs) == 1


def test_a_connection_lost_while_committing_is_never_run_again() -> None:
    lost = _raised(psycopg.OperationalError("server closed the connection"), lost=True)
    assert database._is_transient(lost, committing=False)
    assert not database._is_transient(lost, committing=True)
    assert database._is_transient(_raised(psycopg.errors.SerializationFailure()), committing=True)


def test_the_server_is_told_how_long_to_wait_for_a_replica_that_was_cut_off(migrated: Database) -> None:
    """Else its session, and the turn to claim with it, lives on for two hours."""

    def told(conn: Connection) -> list[str]:
        names = ("tcp_keepalives_idle", "idle_in_transaction_session_timeout")
        return [str(conn.scalar(text(f"SHOW {name}"))) for name in names]

    assert migrated.write_now(told) == ["10", "2min"]
    assert migrated.read_now(told) == ["10", "2min"]


def test_a_server_that_went_away_between_two_transactions_is_connected_to_again(
    postgres_url: str, migrated: Database
) -> None:
    """Each thread keeps its connection; a restart ends them all, and nobody who comes afterwards notices."""
    db = Database(postgres_url)

    def mine(conn: Connection) -> int:
        return int(conn.scalar(text("SELECT pg_backend_pid()")) or 0)

    cut = text("SELECT pg_terminate_backend(:pid)")
    for ask in (db.write_now, db.read_now):
        before = ask(mine)
        migrated.write_now(lambda conn, pid=before: conn.scalar(cut, {"pid": pid}))  # type: ignore[misc]
        assert ask(mine) != before
    db.close()


def _cut(conn: Connection, how: int = socket.SHUT_RDWR) -> None:
    """Ends the line to the server as when its host falls over: nothing is said, so there is no code to go by."""
    raw: Any = conn.connection.driver_connection
    with socket.socket(fileno=os.dup(raw.fileno())) as end:
        end.shutdown(how)


@pytest.mark.parametrize("how", [socket.SHUT_RDWR, socket.SHUT_WR])
def test_a_line_that_ended_without_a_farewell_is_connected_to_again(postgres_url: str, how: int) -> None:
    db = Database(postgres_url)
    lines: list[Connection] = []
    for ask in (db.write_now, db.read_now):
        ask(lines.append)
        _cut(lines[-1], how)
        assert ask(workspaces.all_of) == []
    db.close()


def test_only_what_wrote_is_left_open_where_the_line_ends_at_the_commit(postgres_url: str) -> None:
    db = Database(postgres_url)
    runs: list[int] = []

    def cut_at_the_end(conn: Connection) -> int:
        runs.append(int(conn.scalar(text("SELECT pg_backend_pid()")) or 0))
        if len(runs) == 1:
            _cut(conn)
        return runs[-1]

    assert db.read_now(cut_at_the_end) != runs[0]
    runs.clear()
    with pytest.raises(OperationalError):
        db.write_now(cut_at_the_end)
    assert len(runs) == 1, "nobody knows whether it was committed"
    db.close()


def test_a_connection_cut_in_the_middle_is_run_again_from_the_start(
    postgres_url: str, migrated: Database
) -> None:
    db, runs = Database(postgres_url), []

    def cut_once(conn: Connection) -> None:
        workspaces.add(conn, workspace())
        runs.append(conn.scalar(text("SELECT pg_backend_pid()")))
        if len(runs) == 1:
            cut = text("SELECT pg_terminate_backend(:pid)")
            migrated.write_now(lambda other: other.scalar(cut, {"pid": runs[0]}))
        assert inbox.seen(conn, OURS, "Ev1", NOW) is None

    db.write_now(cut_once)
    assert len(set(runs)) == 2
    assert db.read_now(workspaces.all_of) == [OURS]
    db.close()


async def test_who_no_longer_waits_when_the_turn_comes_is_passed_over(sqlite_url: str) -> None:
    db, may_go = Database(sqlite_url), threading.Event()
    first = asyncio.create_task(db.write(lambda _: may_go.wait(60)))
    given_up = asyncio.create_task(db.write(lambda conn: workspaces.add(conn, workspace())))
    await asyncio.sleep(0.05)
    given_up.cancel()
    await asyncio.sleep(0)
    may_go.set()
    assert await first
    assert await db.write(workspaces.all_of) == []
    db.close()


def test_a_closed_database_says_so(sqlite_url: str) -> None:
    db = Database(sqlite_url)
    db.read_now(workspaces.all_of)
    db.close()
    db.close()
    with pytest.raises(RuntimeError, match="closed"):
        db.read_now(workspaces.all_of)


def test_two_processes_that_write_lose_nothing(connect: Callable[[], Database]) -> None:
    one, two = connect(), connect()
    one.write_now(lambda conn: workspaces.add(conn, workspace(company="0")))

    def add_one(conn: Connection) -> None:
        workspaces.lock(conn, OURS)
        now = workspaces.get(conn, OURS)
        assert now is not None
        more = now.settings.model_copy(update={"company": str(int(now.settings.company) + 1)})
        workspaces.save_settings(conn, OURS, more)

    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit((one, two)[turn % 2].write_now, add_one) for turn in range(60)]:
            done.result()
    found = one.read_now(lambda conn: workspaces.get(conn, OURS))
    assert found is not None
    assert found.settings.company == "60"


async def test_a_database_in_memory_is_one_database() -> None:
    db = Database("sqlite://")
    db.migrate()
    await asyncio.gather(*(db.write(partial(workspaces.add, workspace=workspace(f"w{n}"))) for n in range(5)))
    counts = await asyncio.gather(*(db.read(workspaces.count) for _ in range(5)))
    assert counts == [5] * 5
    db.close()


async def test_closing_waits_for_what_is_under_way(sqlite_url: str, tmp_path: Path) -> None:
    db = Database(sqlite_url)

    def slow(conn: Connection) -> None:
        workspaces.add(conn, workspace())
        time.sleep(0.2)

    under_way = asyncio.create_task(db.write(slow))
    await asyncio.sleep(0.05)
    await asyncio.to_thread(db.close)
    await under_way
    again = Database(sqlite_url)
    assert again.read_now(workspaces.all_of) == [OURS]
    again.close()


async def test_who_finds_a_key_taken_that_was_free_a_moment_ago_looks_again(postgres_url: str) -> None:
    """Two requests name the same newcomer at once: both look, neither finds them, both add them. SQLite has one writer."""
    here, beside = Database(postgres_url), Database(postgres_url)
    looked: list[int] = []

    def add_unless_there(conn: Connection) -> str:
        found = workspaces.get(conn, OURS)
        looked.append(found is not None)
        if found is None:
            if len(looked) == 1:
                beside.write_now(lambda other: workspaces.add(other, workspace()))
            workspaces.add(conn, workspace())
        return "there"

    assert await here.write(add_unless_there) == "there"
    assert looked == [False, True]
    with pytest.raises(DBAPIError, match="duplicate key"):
        await here.write(lambda conn: workspaces.add(conn, workspace()))  # taken for good: that is said
    here.close()
    beside.close()
