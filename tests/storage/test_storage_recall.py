"""What was read is remembered exactly as long as it is still so."""

import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.people import Person
from bot.domain.pilot import Pilot
from bot.domain.stages import Stage
from storage import inbox, people, pilots, workspaces
from storage.database import Connection, Database
from storage.recall import recall
from storage.settings import Settings
from storage.workspaces import Workspace

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
HERE = "w1"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = _furnished(tmp_path / "recall.db")
    yield made
    made.close()


def _furnished(path: Path) -> Database:
    made = Database(f"sqlite:///{path}")
    made.migrate()
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
        database.write_now(partial(_noted, key=key))
        database.write_now(titles)
    assert titles.readings == 1


def _noted(conn: Connection, key: str) -> None:
    inbox.seen(conn, HERE, key, NOW)


def test_what_another_process_wrote_is_seen(database: Database, tmp_path: Path) -> None:
    titles = Titles()
    database.write_now(_add(1))
    assert database.write_now(titles) == [("P1", "Pilot 1")]
    with sqlite3.connect(tmp_path / "recall.db") as other:
        other.execute("UPDATE pilots SET name = 'Renamed'")
    other.close()
    assert database.write_now(titles) == [("P1", "Renamed")]


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


@settings(max_examples=60, deadline=None, derandomize=True)
@given(steps=st.lists(STEP, max_size=14))
def test_the_remembered_answer_is_always_what_a_reading_would_say(steps: list[tuple[str, bool]]) -> None:
    database = Database("sqlite://")
    database.migrate()
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


def _renamed(pilot: Pilot, number: int) -> Pilot:
    return Pilot(
        id=pilot.id,
        name=f"Renamed {number}",
        stage=pilot.stage,
        stage_since=pilot.stage_since,
        started=pilot.started,
    )
