"""What was read is remembered exactly as long as it is still so."""

import asyncio
import contextlib
import itertools
import random
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from bot.domain.people import Person
from bot.domain.pilot import Pilot
from bot.domain.stages import Stage
from storage import inbox, people, pilots, workspaces
from storage.database import Connection, Database
from storage.ids import new_id
from storage.recall import _EVERY, _named, recall
from storage.settings import Settings
from storage.workspaces import Workspace
from tests.storage.template import migrated

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
HERE = "w1"


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    made = _furnished(url)
    yield made
    made.close()


@pytest.fixture
def beside(database: Database, url: str) -> Iterator[Database]:
    """The same database in another process."""
    made = Database(url)
    yield made
    made.close()


def _furnished(url: str) -> Database:
    made = Database(url)
    made.write_now(
        lambda conn: workspaces.add(
            conn, Workspace(id=HERE, name="Acme", settings=Settings(), created_at=NOW)
        )
    )
    return made


class Titles:
    """Reads the names of pilots, and counts how often it really did."""

    def __init__(self) -> None:
        self.readings = 0

    def __call__(self, conn: Connection) -> list[tuple[str, str]]:
        return recall(conn, HERE, ("titles",), lambda: self._read(conn))

    def _read(self, conn: Connection) -> list[tuple[str, str]]:
        self.readings += 1
        return pilots.titles(conn, HERE)


def _add(number: int) -> Callable[[Connection], object]:
    pilot = Pilot(
        id=f"P{number}",
        name=f"Pilot {number}",
        stage=Stage.IDEA,
        stage_since=date(2026, 9, 1),
        started=date(2026, 9, 1),
    )
    origin = pilots.Origin(created_by="", created_at=NOW)
    return lambda conn: pilots.add(conn, HERE, pilot, origin, next_look_at=None)


def test_asked_again_it_is_not_read_again(database: Database) -> None:
    titles = Titles()
    assert database.write_now(titles) == database.write_now(titles) == []
    assert titles.readings == 1


def test_the_row_against_repetitions_changes_no_answer(database: Database) -> None:
    titles = Titles()
    for key in ("a", "b", "c"):
        database.write_now(partial(_noted, key=key, titles=titles))
    assert titles.readings == 1


def _noted(conn: Connection, key: str, titles: Titles) -> None:
    titles(conn)
    inbox.seen(conn, HERE, key, NOW)


def test_what_another_process_wrote_is_seen(database: Database, beside: Database) -> None:
    titles = Titles()
    database.write_now(_add(1))
    assert database.write_now(titles) == [("P1", "Pilot 1")]
    beside.write_now(lambda conn: conn.execute(text("UPDATE pilots SET name = 'Renamed'")))
    assert database.write_now(titles) == [("P1", "Renamed")]


def test_only_what_was_read_from_a_table_ends_with_it(database: Database) -> None:
    titles = Titles()
    outer = Titles()

    def nested(conn: Connection) -> int:
        outer.readings += 1
        return len(titles(conn))

    def asked(conn: Connection) -> int:
        return recall(conn, HERE, ("how many",), lambda: nested(conn))

    def told(conn: Connection) -> None:
        assert asked(conn) == len(titles(conn))
        people.add(conn, HERE, Person(id=new_id(), name="Anna"), NOW)
        assert asked(conn) == len(titles(conn))

    for _ in range(3):
        database.write_now(told)
    assert (titles.readings, outer.readings) == (1, 1)
    database.write_now(lambda conn: (titles(conn), _add(1)(conn)))
    assert (
        database.write_now(asked) == 1
    )  # its answer was made of another, which was read from what is written now
    assert outer.readings == 2


def test_a_statement_says_what_it_reads_and_writes() -> None:
    assert _named("SELECT a FROM pilots JOIN people ON 1 = 1 FOR UPDATE") == (
        frozenset({"pilots", "people"}),
        False,
    )
    assert _named("WITH due AS (SELECT 1) UPDATE pilots SET x = 1") == (frozenset({"pilots"}), True)
    assert _named("WITH gone AS (DELETE FROM inbox RETURNING 1) SELECT 1 FROM gone") == (
        frozenset({"inbox"}),
        True,
    )
    assert _named("INSERT INTO inbox VALUES (1) ON CONFLICT DO NOTHING") == (frozenset({"inbox"}), True)
    assert _named("TRUNCATE pilots") == (_EVERY, True)
    assert _named('UPDATE "unheard_of" SET x = 1') == (_EVERY, True)


async def test_what_was_under_way_when_it_was_read_is_seen_once_it_is_committed(
    postgres_url: str,
) -> None:
    """PostgreSQL: a transaction that began before our reading and ends after it moves no number; its leaving the list is seen."""
    database, beside = _furnished(postgres_url), Database(postgres_url)
    database.write_now(_add(1))
    titles, written, may_end = Titles(), threading.Event(), threading.Event()

    def slowly(conn: Connection) -> None:
        conn.execute(text("UPDATE pilots SET name = 'Renamed'"))
        written.set()
        assert may_end.wait(60)

    ending = asyncio.create_task(beside.write(slowly))
    assert await asyncio.to_thread(written.wait, 60)
    assert await database.write(titles) == [("P1", "Pilot 1")]
    may_end.set()
    await ending
    assert await database.write(titles) == [("P1", "Renamed")]
    database.close()
    beside.close()


def test_two_replicas_and_a_hand_at_the_database_never_tell_old_news(
    database: Database, beside: Database
) -> None:
    """Two hundred steps in any order: each reads, writes what pilots are called or something else, and may be thrown away."""
    chance, titles = random.Random(20261123), {id(one): Titles() for one in (database, beside)}

    def step(conn: Connection, one: Database, number: int) -> None:
        mine = titles[id(one)]
        assert mine(conn) == pilots.titles(conn, HERE)
        match chance.randrange(6):
            case 0:
                _add(number)(conn)
            case 1:
                conn.execute(text("UPDATE pilots SET name = :name"), {"name": f"Renamed {number}"})
            case 2:
                people.add(conn, HERE, Person(id=f"p{number}", name="Anna"), NOW)
            case 3:
                inbox.seen(conn, HERE, str(number), NOW)
        assert mine(conn) == pilots.titles(conn, HERE)
        if chance.random() < 0.2:
            raise LookupError

    for number in range(200):
        one = chance.choice((database, beside))
        with contextlib.suppress(LookupError):
            one.write_now(partial(step, one=one, number=number))
    assert sum(one.readings for one in titles.values()) < 400  # it did remember


def test_whoever_asks_after_a_commit_is_told_of_it_however_many_ask_at_once(
    database: Database, beside: Database
) -> None:
    """Eight who ask and four who write, in two processes' worth of connections, all at once; what is remembered is shared by all."""
    database.write_now(_add(1))
    committed, stop, turn = [0], threading.Event(), itertools.count(1)
    changing = threading.Lock()

    def rename(conn: Connection, number: int) -> None:
        conn.execute(text("UPDATE pilots SET name = :name"), {"name": f"{number:06}"})

    def writes(one: Database) -> None:
        while not stop.is_set():
            with changing:  # so that the newest commit has the highest number
                number = next(turn)
                one.write_now(partial(rename, number=number))
                committed[0] = number

    def notes(one: Database) -> None:
        """Commits that change nothing that is remembered, and some that are thrown away."""
        while not stop.is_set():
            number = next(turn)
            with contextlib.suppress(LookupError):
                one.write_now(partial(_noted_or_not, number=number))

    def asks(one: Database) -> int:
        titles = Titles()
        for _ in range(60):
            since = committed[0]
            [(_, name)] = one.write_now(titles)
            assert not name.isdecimal() or int(name) >= since
        return titles.readings

    with ThreadPoolExecutor(12) as pool:
        busy = [pool.submit(does, one) for one in (database, beside) for does in (writes, notes)]
        asking = [pool.submit(asks, one) for one in (database, beside) * 4]
        try:
            readings = [one.result(60) for one in asking]
        finally:
            stop.set()
        for one in busy:
            one.result(60)
    assert committed[0] > 10
    assert sum(readings) < 8 * 60


def _noted_or_not(conn: Connection, number: int) -> None:
    inbox.seen(conn, HERE, str(number), NOW)
    if number % 3 == 0:
        raise LookupError


def test_what_was_rolled_back_is_not_remembered(database: Database) -> None:
    titles = Titles()

    def failing(conn: Connection) -> None:
        _add(1)(conn)
        assert titles(conn) == [("P1", "Pilot 1")]
        raise LookupError

    with pytest.raises(LookupError):
        database.write_now(failing)
    assert database.write_now(titles) == []


def test_readers_remember_nothing(database: Database) -> None:
    titles = Titles()
    database.read_now(titles)
    database.read_now(titles)
    assert titles.readings == 2


#: One step: what is done in a transaction, and whether it is thrown away at its end.
STEP = st.tuples(st.sampled_from(("add", "rename", "person", "note", "read")), st.booleans())


@settings(max_examples=20, deadline=None, derandomize=True)
@given(steps=st.lists(STEP, max_size=14))
def test_the_remembered_answer_is_always_what_a_reading_would_say(steps: list[tuple[str, bool]]) -> None:
    folder = tempfile.TemporaryDirectory(prefix="pilotlight-recall-")
    database = migrated(Path(folder.name) / "recall.db")
    try:
        database.write_now(
            lambda conn: workspaces.add(
                conn, Workspace(id=HERE, name="Acme", settings=Settings(), created_at=NOW)
            )
        )
        titles = Titles()
        for number, (what, thrown_away) in enumerate(steps):

            def step(
                conn: Connection, number: int = number, what: str = what, bad: bool = thrown_away
            ) -> None:
                assert titles(conn) == pilots.titles(conn, HERE)
                match what:
                    case "add":
                        _add(number)(conn)
                    case "rename":
                        for pilot in pilots.list_all(conn, HERE)[:1]:
                            pilots.save(conn, HERE, _renamed(pilot, number))
                    case "person":
                        people.add(conn, HERE, Person(id=f"p{number}", name="Anna"), NOW)
                    case "note":
                        inbox.seen(conn, HERE, str(number), NOW)
                assert titles(conn) == pilots.titles(conn, HERE)
                if bad:
                    raise LookupError

            if thrown_away:
                with pytest.raises(LookupError):
                    database.write_now(step)
            else:
                database.write_now(step)
        assert database.write_now(titles) == database.write_now(lambda conn: pilots.titles(conn, HERE))
    finally:
        database.close()
        folder.cleanup()


def _renamed(pilot: Pilot, number: int) -> Pilot:
    return Pilot(
        id=pilot.id,
        name=f"Renamed {number}",
        stage=pilot.stage,
        stage_since=pilot.stage_since,
        started=pilot.started,
    )
