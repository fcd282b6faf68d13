"""Inbox, audit, questions, gates."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from sqlalchemy import Connection

from bot.domain.stages import Gate
from storage import audit, gates, inbox, questions
from storage.audit import Happening
from storage.database import Database
from tests.storage.kit import DAY, HOUR, MINUTE, NOW, OURS, THEIRS, TODAY, pilot, seed


def test_a_request_has_one_effect_and_one_reply(db: Database) -> None:
    def go(conn: Connection) -> None:
        seed(conn)
        assert inbox.seen(conn, OURS, "Ev1", NOW) is None
        assert inbox.seen(conn, OURS, "Ev1", NOW) == ""
        assert inbox.remember(conn, OURS, "Ev1", "registered")
        assert inbox.seen(conn, OURS, "Ev1", NOW + HOUR) == "registered"
        assert inbox.seen(conn, THEIRS, "Ev1", NOW) is None
        assert not inbox.remember(conn, OURS, "Ev2", "never seen")

    db.write_now(go)


def test_a_request_that_failed_may_come_again(db: Database) -> None:
    db.write_now(seed)

    def fail(conn: Connection) -> None:
        assert inbox.seen(conn, OURS, "Ev1", NOW) is None
        raise LookupError

    for _ in range(2):
        try:
            db.write_now(fail)
        except LookupError:
            continue
    assert db.write_now(lambda conn: inbox.seen(conn, OURS, "Ev1", NOW)) is None


def test_of_two_replicas_with_the_same_request_one_acts(connect: Callable[[], Database]) -> None:
    one, two = connect(), connect()
    one.write_now(seed)
    with ThreadPoolExecutor(6) as pool:
        replies = list(
            pool.map(
                lambda n: (one, two)[n % 2].write_now(lambda conn: inbox.seen(conn, OURS, "Ev1", NOW)),
                range(12),
            )
        )
    assert replies.count(None) == 1


def test_old_requests_are_forgotten(db: Database) -> None:
    def go(conn: Connection) -> None:
        seed(conn)
        inbox.seen(conn, OURS, "old", NOW - 3 * DAY)
        inbox.seen(conn, OURS, "new", NOW)
        assert inbox.forget(conn, NOW - DAY) == 1
        assert inbox.seen(conn, OURS, "new", NOW) == ""
        assert inbox.seen(conn, OURS, "old", NOW) is None

    db.write_now(go)


def happen(conn: Connection, n: int, workspace_id: str = OURS) -> int:
    return audit.append(
        conn,
        workspace_id,
        actor="alice",
        what="registered",
        subject=f"P{n % 2}",
        surface="slack",
        now=NOW + n * MINUTE,
        details={"n": n},
    )


def test_the_audit_numbers_what_happens_within_a_workspace(db: Database) -> None:
    def go(conn: Connection) -> None:
        seed(conn)
        seed(conn, THEIRS)
        assert [happen(conn, n) for n in range(4)] == [1, 2, 3, 4]
        assert happen(conn, 0, THEIRS) == 1
        [newest, before] = audit.recent(conn, OURS, 2)
        assert newest == Happening(
            seq=4,
            at=NOW + 3 * MINUTE,
            actor="alice",
            what="registered",
            subject="P1",
            details={"n": 3},
            surface="slack",
        )
        assert [row.seq for row in audit.recent(conn, OURS, 10, before=before.seq)] == [2, 1]
        assert [row.seq for row in audit.of_subject(conn, OURS, "P1", 10)] == [4, 2]

    db.write_now(go)


def test_two_replicas_leave_no_gap_in_the_audit(connect: Callable[[], Database]) -> None:
    one, two = connect(), connect()
    one.write_now(seed)
    with ThreadPoolExecutor(6) as pool:
        numbers = list(
            pool.map(lambda n: (one, two)[n % 2].write_now(lambda conn: happen(conn, n)), range(40))
        )
    assert sorted(numbers) == list(range(1, 41))


def test_every_question_is_counted_and_every_asker_once(db: Database) -> None:
    def go(conn: Connection) -> None:
        seed(conn, OURS, pilot("P01"), pilot("P02"))
        asked = [("P01", "dora"), ("P01", "bob"), ("P01", "dora"), ("P02", "bob"), (None, "alice")]
        for n, (pilot_id, asker) in enumerate(asked):
            questions.add(
                conn,
                OURS,
                pilot_id=pilot_id,
                asked="the bot",
                asker=asker,
                day=TODAY - (9 - n) * DAY,
                now=NOW + n * MINUTE,
            )
        assert [one.asker for one in questions.of_pilot(conn, OURS, "P01")] == ["dora", "bob", "dora"]
        dora, bob, bob_too = ("dora", TODAY - 7 * DAY), ("bob", TODAY - 8 * DAY), ("bob", TODAY - 6 * DAY)
        assert questions.last_asked(conn, OURS, TODAY - 30 * DAY) == {"P01": [dora, bob], "P02": [bob_too]}
        assert questions.last_asked(conn, OURS, TODAY - 8 * DAY) == {"P01": [bob, dora], "P02": [bob_too]}
        assert [one.asker for one in questions.unregistered(conn, OURS, TODAY - 30 * DAY)] == ["alice"]
        assert questions.unregistered(conn, OURS, TODAY) == []
        assert questions.of_pilot(conn, THEIRS, "P01") == []

    db.write_now(go)


def test_who_wants_to_be_told_is_told_once(db: Database) -> None:
    def go(conn: Connection) -> None:
        seed(conn)
        wants = questions.add(conn, OURS, pilot_id="P01", asked="x", asker="bob", day=TODAY, now=NOW)
        questions.add(conn, OURS, pilot_id="P01", asked="x", asker="dora", day=TODAY, now=NOW)
        assert questions.to_tell(conn, OURS, "P01") == []
        assert questions.tell_when_decided(conn, OURS, wants)
        assert not questions.tell_when_decided(conn, OURS, "no")
        assert [one.asker for one in questions.to_tell(conn, OURS, "P01")] == ["bob"]
        assert questions.told(conn, OURS, "P01", NOW + DAY) == 1
        assert questions.told(conn, OURS, "P01", NOW + DAY) == 0
        assert questions.to_tell(conn, OURS, "P01") == []
        assert [one.told_at for one in questions.of_pilot(conn, OURS, "P01") if one.id == wants] == [
            NOW + DAY
        ]
        assert [one.asker for one in questions.wants_again(conn, OURS, "P01", NOW + DAY)] == ["bob"]
        assert [one.asker for one in questions.to_tell(conn, OURS, "P01")] == ["bob"]

    db.write_now(go)


def test_a_gate_is_decided_once_by_a_named_person(db: Database) -> None:
    def go(conn: Connection) -> None:
        seed(conn)
        made = gates.propose(conn, OURS, "P01", Gate.G2, by="alice", now=NOW, evidence="10.0 h, Zendesk, May")
        assert gates.propose(conn, OURS, "P01", Gate.G2, by="bob", now=NOW + HOUR) == made
        [waiting] = gates.open_of(conn, OURS)
        assert (waiting.gate, waiting.state, waiting.by) == (Gate.G2, "open", "alice")
        assert gates.decide(conn, OURS, made, "passed", by="dora", now=NOW + DAY)
        assert not gates.decide(conn, OURS, made, "sent_back", by="alice", now=NOW + DAY)
        passed = replace(waiting, state="passed", by="dora", at=NOW + DAY)
        assert gates.get(conn, OURS, made) == passed
        assert gates.open_of(conn, OURS, "P01") == []
        assert gates.of_pilot(conn, OURS, "P01") == [passed]

    db.write_now(go)


def test_a_decision_can_be_taken_back_and_made_again(db: Database) -> None:
    def go(conn: Connection) -> None:
        seed(conn)
        made = gates.propose(conn, OURS, "P01", Gate.G4, by="alice", now=NOW)
        assert not gates.reopen(conn, OURS, made, by="dora", now=NOW)
        gates.decide(conn, OURS, made, "passed", by="dora", now=NOW, evidence="two promises")
        assert gates.reopen(conn, OURS, made, by="dora", now=NOW + HOUR)
        assert gates.decide(conn, OURS, made, "sent_back", by="dora", now=NOW + HOUR)
        found = gates.get(conn, OURS, made)
        assert found is not None
        assert (found.state, found.evidence) == ("sent_back", "two promises")
        assert gates.propose(conn, OURS, "P01", Gate.G4, by="alice", now=NOW + DAY) != made

    db.write_now(go)
