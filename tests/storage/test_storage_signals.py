"""What sources outside chat sent, what was told already, when a repository is asked next; on both engines."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Connection

from bot.domain.stages import Stage
from storage import received, repositories
from storage.database import Database
from tests.storage.kit import DAY, HOUR, MINUTE, NOW, OURS, THEIRS, pilot, seed

HERE, THERE = "github.com/acme/x", "gitlab.com/acme/y"


def send(conn: Connection, key: str = "g1", workspace_id: str = OURS, source: str = "github") -> bool:
    return received.add(conn, workspace_id, source=source, key=key, subject="push", body='{"a": 1}', now=NOW)


def test_a_request_is_taken_in_once(db: Database) -> None:
    def go(conn: Connection) -> None:
        seed(conn)
        assert send(conn)
        assert not send(conn)
        assert send(conn, source="gitlab"), "another source may use the same id"
        assert send(conn, workspace_id=THEIRS)

    db.write_now(go)


def test_a_request_is_read_by_one_worker_and_comes_again_if_that_dies(
    connect: Callable[[], Database],
) -> None:
    one, two = connect(), connect()
    one.write_now(seed)
    one.write_now(lambda conn: [send(conn, f"g{n}") for n in range(20)])
    with ThreadPoolExecutor(4) as pool:
        taken = list(
            pool.map(lambda n: (one, two)[n % 2].write_now(lambda c: received.take(c, NOW, 5)), range(8))
        )
    keys = [request.key for some in taken for request in some]
    assert sorted(keys) == sorted({f"g{n}" for n in range(20)})
    assert one.write_now(lambda conn: received.take(conn, NOW + MINUTE, 50)) == []
    again = one.write_now(lambda conn: received.take(conn, NOW + 11 * MINUTE, 50))
    assert {request.attempt for request in again} == {2}
    assert len(again) == 20


def test_what_was_read_is_forgotten_and_what_waits_is_not(db: Database) -> None:
    def go(conn: Connection) -> None:
        seed(conn)
        for key in ("done", "failed", "waiting", "later"):
            send(conn, key)
        by_key = {request.key: request.id for request in received.take(conn, NOW, 10)}
        assert received.done(conn, OURS, by_key["done"])
        assert received.failed(conn, OURS, by_key["failed"], "not JSON")
        assert received.later(conn, OURS, by_key["later"], NOW + HOUR)
        assert not received.done(conn, THEIRS, by_key["waiting"])
        assert received.forget(conn, NOW) == 0
        assert received.forget(conn, NOW + DAY) == 2
        assert not send(conn, "waiting")
        assert [one.key for one in received.take(conn, NOW + 30 * MINUTE, 10)] == ["waiting"]
        [late] = received.take(conn, NOW + HOUR, 1)
        assert late.body == '{"a": 1}'

    db.write_now(go)


def test_what_happened_is_told_once(db: Database) -> None:
    def go(conn: Connection) -> None:
        seed(conn)
        assert repositories.first_told(conn, OURS, HERE, "commit/1", NOW)
        assert not repositories.first_told(conn, OURS, HERE, "commit/1", NOW + DAY)
        assert repositories.first_told(conn, OURS, THERE, "commit/1", NOW)
        assert repositories.first_told(conn, THEIRS, HERE, "commit/1", NOW)
        assert repositories.told_of(conn, OURS, HERE, ["commit/1", "commit/2"]) == {"commit/1"}
        assert repositories.all_told(conn, OURS, HERE, NOW) == {"commit/1"}
        assert repositories.all_told(conn, OURS, HERE, NOW + MINUTE) == set()
        assert repositories.forget(conn, NOW + DAY) == 3
        assert repositories.first_told(conn, OURS, HERE, "commit/1", NOW)

    db.write_now(go)


def test_only_what_pilots_name_is_asked(db: Database) -> None:
    def go(conn: Connection) -> None:
        seed(conn)
        assert repositories.follow(conn, OURS, {HERE: "github.com", THERE: "gitlab.com"}, NOW) == 2
        assert repositories.follow(conn, OURS, {HERE: "github.com", THERE: "gitlab.com"}, NOW) == 0
        assert [row.id for row in repositories.claim_due(conn, NOW, 10)] == [HERE, THERE]
        assert repositories.claim_due(conn, NOW + MINUTE, 10) == []
        assert repositories.asked(
            conn,
            OURS,
            HERE,
            memory={"head": "abc"},
            now=NOW,
            again_at=NOW + HOUR,
            failures=0,
            problem="",
        )
        assert repositories.follow(conn, OURS, {HERE: "github.com"}, NOW) == 0
        assert [row.id for row in repositories.claim_due(conn, NOW + DAY, 10)] == [HERE]
        found = repositories.get(conn, OURS, HERE)
        assert found is not None
        assert (found.memory, found.asked_at) == ({"head": "abc"}, NOW)
        assert repositories.follow(conn, OURS, {THERE: "gitlab.com"}, NOW + DAY) == 0
        assert [row.id for row in repositories.claim_due(conn, NOW + DAY, 10)] == [THERE], (
            "named again, asked again"
        )

    db.write_now(go)


def test_a_host_that_asks_for_patience_is_left_alone(db: Database) -> None:
    def go(conn: Connection) -> None:
        seed(conn)
        repositories.follow(conn, OURS, {HERE: "github.com", THERE: "gitlab.com"}, NOW)
        assert repositories.hold(conn, OURS, "github.com", NOW + HOUR) == 1
        assert [row.id for row in repositories.claim_due(conn, NOW, 10)] == [THERE]
        assert [row.id for row in repositories.claim_due(conn, NOW + HOUR, 10)] == [HERE, THERE]

    db.write_now(go)


def test_links_are_those_of_running_pilots(db: Database) -> None:
    def go(conn: Connection) -> None:
        link = {"repo": "https://github.com/acme/x", "dashboard": "https://d.example"}
        seed(
            conn,
            OURS,
            pilot("P01", links=link),
            pilot("P02", links={"notebook": "https://n.example"}),
            pilot("P03", links=link, stage=Stage.RETIRED),
            pilot("P04", links={}),
        )
        assert repositories.links(conn, OURS) == [("P01", "https://github.com/acme/x")]
        assert repositories.links(conn, THEIRS) == []

    db.write_now(go)
