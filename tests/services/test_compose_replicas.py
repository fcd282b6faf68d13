"""Two replicas compose the same workspaces at once: one message a person a day, three a week, nothing twice and nothing lost."""

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, time, timedelta

import pytest

from bot.domain.people import Address, Person, Platform
from bot.services import compose, digests
from storage import asks, outbox, people, pilots, turns, workspaces
from storage.database import Connection, Database
from storage.guard import require_workspace
from storage.rounds import Round
from storage.workspaces import Settings, Workspace
from tests.services.kit import BERLIN, MONDAY, pilot

#: Two workspaces, one of them large, and how often each replica tries.
CROWD = {"large": 16, "small": 4}
TRIES = 2


def _people(workspace_id: str) -> list[Person]:
    return [
        Person(
            id=f"{workspace_id}{n}",
            name=f"Person {n}",
            addresses=(Address(platform=Platform.SLACK, workspace=workspace_id, user=f"U{n}"),),
        )
        for n in range(CROWD[workspace_id])
    ]


def _furnish(conn: Connection) -> None:
    created = BERLIN.at(MONDAY - timedelta(days=28), time(9))
    for workspace_id in CROWD:
        workspaces.add(
            conn,
            Workspace(
                id=workspace_id,
                name=workspace_id,
                settings=Settings(zone="Europe/Berlin"),
                created_at=created,
            ),
        )
        crew = _people(workspace_id)
        people.add_many(conn, workspace_id, crew, created)
        origin = pilots.Origin(created_by="x", created_at=created)
        its = [(pilot(f"P{n}", owner=one, sponsor=None, backup=None), origin) for n, one in enumerate(crew)]
        pilots.add_many(conn, workspace_id, its, next_look_at=None)


def _ask_everybody(conn: Connection, day: date) -> None:
    """Two questions for each: a check-in that is due, and one that takes a section of its own."""
    now = BERLIN.at(day, time(9))
    for workspace_id in CROWD:
        for n, one in enumerate(_people(workspace_id)):
            for kind in ("checkin", "handover"):
                asks.add(
                    conn,
                    workspace_id,
                    pilot_id=f"P{n}",
                    kind=kind,
                    person_id=one.id,
                    role="owner",
                    on=day,
                    now=now,
                    details={"from": "x", "to": one.id},
                )


@pytest.fixture
def replicas(postgres_url: str) -> Iterator[tuple[Database, Database]]:
    one, two = Database(postgres_url), Database(postgres_url)
    require_workspace(*one.engines, *two.engines)
    one.write_now(_furnish)
    yield one, two
    one.close()
    two.close()


def _written(database: Database) -> dict[str, list[outbox.OutboxRow]]:
    return {
        whose: database.read_now(lambda conn: outbox.history(conn, whose, limit=10_000))  # noqa: B023
        for whose in CROWD
    }


def _race(replicas: tuple[Database, Database], at: Callable[[], time], day: date) -> None:
    """Both begin together and go on until neither finds anything more."""
    gate = threading.Barrier(2)

    def replica(database: Database) -> None:
        around = Round()
        gate.wait()
        for _ in range(TRIES):
            now = BERLIN.at(day, at())
            while database.write_now(lambda conn: compose.compose(conn, now, around)).people:  # noqa: B023
                pass

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(replica, replicas))


def test_two_replicas_at_once_write_to_everybody_once_a_day_and_three_times_a_week(
    replicas: tuple[Database, Database],
) -> None:
    luck = random.Random(41)
    for days in range(4):
        day = MONDAY + timedelta(days=days)
        replicas[0].write_now(lambda conn: _ask_everybody(conn, day))  # noqa: B023
        _race(replicas, lambda: time(10, luck.randrange(60)), day)

    for whose, rows in _written(replicas[0]).items():
        assert len({row.key for row in rows}) == len(rows)
        each = Counter(row.person_id for row in rows)
        assert set(each) == {one.id for one in _people(whose)}
        assert set(each.values()) == {3}, "Monday, Tuesday and Wednesday; then the week's three are spent"
        days_of = Counter((row.person_id, row.charged_on) for row in rows)
        assert set(days_of.values()) == {1}
        carried = replicas[0].read_now(
            lambda conn: asks.of_messages(conn, whose, [row.id for row in rows])  # noqa: B023
        )
        assert {ask.state for ask in carried} == {"in_message"}
        assert len({ask.id for ask in carried}) == len(carried)


def test_while_one_replica_has_a_workspace_the_other_composes_the_rest_and_does_not_wait(
    replicas: tuple[Database, Database],
) -> None:
    one, two = replicas
    now = BERLIN.at(MONDAY, time(10))
    one.write_now(lambda conn: _ask_everybody(conn, MONDAY))
    with one.writing.connect() as mine:
        done = compose.compose(mine, now)
        assert (done.messages, done.people) == (20, 20)
        assert not two.write_now(lambda conn: compose.compose(conn, now)).people
        mine.rollback()
        assert turns.mine(mine, turns.Turn.COMPOSE, "large")
        assert two.write_now(lambda conn: compose.compose(conn, now)).messages == CROWD["small"]
        mine.rollback()
    assert two.write_now(lambda conn: compose.compose(conn, now)).messages == CROWD["large"]
    assert {whose: len(rows) for whose, rows in _written(one).items()} == CROWD


def test_no_edition_is_written_where_another_replica_composes(replicas: tuple[Database, Database]) -> None:
    """An edition alone is its reader's message of the day: it must not be decided beside another."""
    one, two = replicas
    now = BERLIN.at(MONDAY, time(10))

    def due(conn: Connection) -> None:
        people.set_role(conn, "large", "large0", "admin", has=True)
        for whose in CROWD:
            workspaces.set_digest_at(conn, whose, now - timedelta(hours=1))

    one.write_now(due)
    with one.writing.connect() as mine:
        assert turns.mine(mine, turns.Turn.COMPOSE, "large")
        assert not two.write_now(lambda conn: digests.digests(conn, now))
        mine.rollback()
    assert two.write_now(lambda conn: digests.digests(conn, now))
    assert [row.person_id for row in _written(one)["large"]] == ["large0"]
