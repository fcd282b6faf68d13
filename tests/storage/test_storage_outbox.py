"""The delivery state machine: claimed once, fenced by the attempt, nothing lost and nothing sent twice."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import chain
from typing import Any

import pytest
from sqlalchemy import Connection

from storage import asks, outbox
from storage.database import Database
from storage.outbox import OutboxRow
from tests.storage.kit import DAY, HOUR, MINUTE, NOW, OURS, THEIRS, TODAY, ask, carried, message, seed

LEASE = timedelta(seconds=30)
SETTLE = timedelta(seconds=60)


def claimed(conn: Connection, now: datetime = NOW) -> OutboxRow:
    [row] = outbox.claim(conn, now, 10, LEASE)
    return row


def state(conn: Connection, row: OutboxRow) -> str:
    found = outbox.get(conn, row.workspace_id, row.id)
    assert found is not None
    return found.state


def test_a_key_is_one_message_ever(db: Database) -> None:
    def go(conn: Connection) -> None:
        seed(conn)
        seed(conn, THEIRS)
        first = message(conn)
        again = {"key": first.key, "kind": "nudge", "content": "other words", "now": NOW}
        assert outbox.add(conn, OURS, **again) is None  # type: ignore[arg-type]
        row = claimed(conn)
        assert outbox.sent(conn, row, NOW, channel="D1", message_id="1.1")
        assert outbox.add(conn, OURS, **again) is None  # type: ignore[arg-type]
        assert outbox.add(conn, THEIRS, **again) is not None  # type: ignore[arg-type]
        assert outbox.by_key(conn, OURS, first.key) == outbox.get(conn, OURS, first.id)
        assert outbox.by_key(conn, OURS, "nothing") is None

    db.write_now(go)


def test_two_who_decide_the_same_message_at_once_make_one(connect: Callable[[], Database]) -> None:
    one, two = connect(), connect()
    one.write_now(seed)

    def decide(n: int) -> str | None:
        return (one, two)[n % 2].write_now(
            lambda conn: outbox.add(
                conn, OURS, key="digest:leaders:2026-W47", kind="digest", content="", now=NOW
            )
        )

    with ThreadPoolExecutor(6) as pool:
        assert len([made for made in pool.map(decide, range(12)) if made]) == 1


def test_a_claim_counts_the_attempt_and_leases_the_row(db: Database) -> None:
    db.write_now(seed)
    made = db.write_now(message)
    row = db.write_now(claimed, durable=True)
    assert row == replace(
        made, state="sending", attempt=1, tried_at=NOW, lease_until=NOW + LEASE, not_before=NOW + LEASE
    )
    assert db.write_now(lambda conn: outbox.claim(conn, NOW, 10, LEASE)) == []


def test_nothing_is_sent_before_its_time_nor_after_it(db: Database) -> None:
    def go(conn: Connection) -> None:
        seed(conn)
        early = message(conn, key="early", person_id="bob", not_before=NOW + HOUR)
        late = message(conn, key="late", person_id="dora", not_after=NOW)
        on_time = message(conn, key="on time", not_before=NOW, not_after=NOW + MINUTE)
        assert [row.id for row in outbox.claim(conn, NOW, 10, LEASE)] == [on_time.id]
        assert [row.id for row in outbox.drop_stale(conn, NOW)] == [late.id]
        assert outbox.drop_stale(conn, NOW) == []
        assert (state(conn, late), state(conn, early)) == ("dropped", "pending")
        assert [row.id for row in outbox.claim(conn, NOW + HOUR, 10, LEASE)] == [early.id]

    db.write_now(go)


# What became of an attempt.

OUTCOMES: dict[str, Callable[[Connection, OutboxRow], bool]] = {
    "sent": lambda conn, row: outbox.sent(conn, row, NOW, channel="D1", message_id="1.1"),
    "pending": lambda conn, row: outbox.pending_again(conn, row, NOW + MINUTE, "ratelimited"),
    "unknown": lambda conn, row: outbox.unknown(conn, row, NOW, "timeout"),
    "unverified": lambda conn, row: outbox.unverified(conn, row, "cannot look"),
    "failed": lambda conn, row: outbox.failed(conn, row, "channel_not_found"),
    "dropped": lambda conn, row: outbox.dropped(conn, row, "answered meanwhile"),
}


def sending(conn: Connection) -> OutboxRow:
    return claimed(conn)


def unknown(conn: Connection) -> OutboxRow:
    row = claimed(conn)
    outbox.unknown(conn, row, NOW, "timeout")
    return row


@pytest.mark.parametrize(("start", "possible"), [
    (sending, {"sent", "pending", "unknown", "unverified", "failed", "dropped"}),
    (unknown, {"sent", "pending", "unverified", "failed"}),
])  # fmt: skip
def test_each_state_goes_only_where_it_may(
    db: Database, start: Callable[[Connection], OutboxRow], possible: set[str]
) -> None:
    db.write_now(seed)
    went = set()
    for n, (name, move) in enumerate(OUTCOMES.items()):

        def go(
            conn: Connection,
            n: int = n,
            name: str = name,
            move: Callable[[Connection, OutboxRow], bool] = move,
        ) -> bool:
            message(conn, key=f"k{n}")
            row = start(conn)
            moved = move(conn, row)
            found = outbox.get(conn, OURS, row.id)
            assert found is not None
            if moved:
                assert (found.state, found.lease_until) == (name, None)
            if found.state in ("sending", "unknown", "pending"):  # out of the way of the next one
                outbox.failed(conn, replace(row, attempt=found.attempt), "done") or outbox.dropped(
                    conn, found, "done"
                )
            return moved

        if db.write_now(go):
            went.add(name)
    assert went == possible


@pytest.mark.parametrize("end", ["sent", "unverified", "failed", "dropped"])
def test_what_has_ended_moves_no_more(db: Database, end: str) -> None:
    def go(conn: Connection) -> None:
        seed(conn)
        message(conn)
        row = claimed(conn)
        assert OUTCOMES[end](conn, row)
        assert [name for name, move in OUTCOMES.items() if move(conn, row)] == []
        assert state(conn, row) == end
        assert outbox.end_leases(conn, NOW + DAY) == 0
        assert outbox.claim(conn, NOW + DAY, 10, LEASE) == []

    db.write_now(go)


def test_a_worker_that_lost_its_lease_changes_nothing(db: Database) -> None:
    def go(conn: Connection) -> None:
        seed(conn)
        message(conn)
        slow = claimed(conn)
        later = NOW + LEASE
        assert outbox.end_leases(conn, later) == 1
        assert outbox.pending_again(conn, slow, later, "not found after settling")
        quick = claimed(conn, later)
        assert quick.attempt == 2
        assert [name for name, move in OUTCOMES.items() if move(conn, slow)] == []
        assert outbox.sent(conn, quick, later, channel="D1", message_id="2.2")

    db.write_now(go)


def test_an_answer_that_comes_after_the_lease_still_counts(db: Database) -> None:
    def go(conn: Connection) -> None:
        seed(conn)
        message(conn)
        row = claimed(conn)
        outbox.end_leases(conn, NOW + LEASE)
        assert outbox.sent(conn, row, NOW + LEASE, channel="D1", message_id="1.1")
        assert outbox.due_unknown(conn, NOW + HOUR, SETTLE) == []

    db.write_now(go)


def test_a_send_in_doubt_is_looked_for_only_once_it_has_settled(db: Database) -> None:
    def go(conn: Connection) -> None:
        seed(conn)
        message(conn)
        row = claimed(conn)
        assert outbox.end_leases(conn, NOW + LEASE - MINUTE) == 0
        ended = NOW + LEASE
        assert outbox.end_leases(conn, ended) == 1
        assert outbox.due_unknown(conn, ended + SETTLE - timedelta(seconds=1), SETTLE) == []
        [doubtful] = outbox.due_unknown(conn, ended + SETTLE, SETTLE)
        assert (doubtful.id, doubtful.attempt, doubtful.tried_at) == (row.id, 1, NOW)
        assert outbox.due_unknown(conn, ended + SETTLE, SETTLE) == []  # somebody is looking
        [again] = outbox.due_unknown(conn, ended + SETTLE + MINUTE, SETTLE)
        assert outbox.pending_again(conn, again, ended + SETTLE + MINUTE, "absent")
        assert claimed(conn, ended + SETTLE + MINUTE).attempt == 2

    db.write_now(go)


def test_what_may_not_be_sent_again_gives_its_asks_back_and_stays_charged(db: Database) -> None:
    def go(conn: Connection) -> None:
        seed(conn)
        made = message(conn)
        carried(conn, OURS, [ask(conn)], made.id, TODAY)
        row = claimed(conn)
        outbox.unknown(conn, row, NOW, "timeout")
        assert outbox.unverified(conn, row, "no history permission")
        assert asks.back_to_waiting(conn, OURS, row.id) == 1
        assert outbox.charged(conn, OURS, "alice", TODAY, TODAY) == [(TODAY, "nudge")]

    db.write_now(go)


# Whose turn it is.


def test_workspaces_take_turns(db: Database) -> None:
    def go(conn: Connection) -> list[str]:
        for name in ("large", "middle", "small"):
            seed(conn, name)
        for name, number in (("large", 60), ("middle", 3), ("small", 1)):
            for n in range(number):
                message(
                    conn,
                    name,
                    key=f"k{n:02}",
                    person_id=f"person{n}",
                    not_before=NOW - DAY + n * MINUTE if name == "large" else NOW,
                )
        return [row.workspace_id for row in outbox.claim(conn, NOW, 6, LEASE)]

    assert db.write_now(go) == ["large", "middle", "small", "large", "middle", "large"]


def test_one_person_or_channel_gets_one_message_at_a_time(db: Database) -> None:
    def go(conn: Connection) -> None:
        seed(conn)
        for n in range(3):
            message(conn, key=f"alice{n}", now=NOW - DAY + n * MINUTE)
            message(conn, key=f"leads{n}", person_id=None, channel="C1", now=NOW - DAY + n * MINUTE)
        message(conn, key="bob", person_id="bob")
        keys = [row.key for row in outbox.claim(conn, NOW, 10, LEASE)]
        assert sorted(keys) == ["alice0", "bob", "leads0"]
        assert outbox.claim(conn, NOW, 10, LEASE) == []  # sends to all three are under way
        first = outbox.by_key(conn, OURS, "alice0")
        assert first is not None
        outbox.sent(conn, first, NOW, channel="D1", message_id="1.1")
        assert [row.key for row in outbox.claim(conn, NOW, 10, LEASE)] == ["alice1"]

    db.write_now(go)


def test_in_a_backlog_the_turns_go_round_all_workspaces(db: Database) -> None:
    """Eight are looked at for each that is taken: here more are due, and each claim goes on where the last one ended."""

    def go(conn: Connection) -> tuple[list[str], list[str]]:
        around = outbox.Round()
        for name in ("a", "b", "c", "d"):
            seed(conn, name)
            for n in range(12 if name != "c" else 1):
                message(conn, name, key=f"k{n:02}", person_id=f"person{n}")
        first = [
            row.workspace_id for _ in range(6) for row in outbox.claim(conn, NOW, 1, LEASE, around=around)
        ]
        rest = [
            row.workspace_id for _ in range(3) for row in outbox.claim(conn, NOW, 4, LEASE, around=around)
        ]
        return first, rest

    first, rest = db.write_now(go)
    assert first == ["a", "b", "c", "d", "a", "b"]
    assert len(rest) == 12
    assert "c" not in rest
    assert all(rest.count(name) >= 3 for name in ("a", "b", "d"))


@pytest.mark.parametrize("backlog", [False, True])
def test_a_message_may_be_claimed_shortly_before_its_moment(db: Database, backlog: bool) -> None:
    """One a second to each person: from begin to begin, whenever the send between them ended."""
    second, ahead = timedelta(seconds=1), timedelta(seconds=0.25)

    def go(conn: Connection) -> None:
        seed(conn)
        for n in range(20 if backlog else 3):
            message(conn, key=f"k{n:02}", now=NOW - DAY + n * MINUTE)

        def claim(at: float, **more: Any) -> list[OutboxRow]:
            return outbox.claim(conn, NOW + at * second, 1, LEASE, pace=second, **more)

        [first] = claim(0)
        assert (first.key, first.tried_at) == ("k00", NOW)
        assert claim(1.5, ahead=ahead) == []  # it is still under way
        outbox.sent(conn, first, NOW + 0.7 * second, channel="D1", message_id="1.1")
        assert claim(0.7, ahead=ahead) == claim(0.9) == []
        [second_one] = claim(0.8, ahead=ahead)
        assert (second_one.key, second_one.tried_at) == ("k01", NOW + second)
        assert second_one.lease_until == NOW + 0.8 * second + LEASE
        assert outbox.get(conn, OURS, second_one.id) == second_one
        outbox.sent(conn, second_one, NOW + 3 * second, channel="D1", message_id="1.2")
        [third] = claim(5, ahead=ahead)
        assert third.tried_at == NOW + 5 * second

    db.write_now(go)


def test_what_arrived_is_marked_in_one_round_under_the_same_fence(db: Database) -> None:
    def go(conn: Connection) -> None:
        seed(conn)
        for n, person in enumerate(("alice", "bob", "dora")):
            message(conn, key=f"k{n}", person_id=person)
        rows = {row.key: row for row in outbox.claim(conn, NOW, 10, LEASE)}
        outbox.failed(conn, rows["k1"], "channel_not_found")
        later = NOW + LEASE
        outbox.unknown(conn, rows["k2"], later, "timeout")
        outbox.pending_again(conn, rows["k2"], later, "absent")
        [again] = outbox.claim(conn, later, 10, LEASE)
        assert again.key == "k2"
        outbox.sent_many(conn, [(row, later, f"D{key}", f"{key}.1") for key, row in rows.items()])
        found = [outbox.by_key(conn, OURS, key) for key in ("k0", "k1", "k2")]
        assert [row.state for row in found if row] == ["sent", "failed", "sending"]
        assert found[0] is not None
        assert (found[0].sent_at, found[0].channel, found[0].message_id) == (later, "Dk0", "k0.1")
        assert found[0].lease_until is None
        outbox.sent_many(conn, [])

    db.write_now(go)


def test_a_platform_that_asks_for_patience_gets_it_from_the_whole_workspace(db: Database) -> None:
    def go(conn: Connection) -> None:
        seed(conn)
        seed(conn, THEIRS)
        message(conn, key="a")
        message(conn, key="b", person_id="bob")
        message(conn, key="later", person_id="dora", not_before=NOW + DAY)
        message(conn, key="teams", platform="teams", person_id="dora")
        message(conn, THEIRS)
        assert outbox.hold_workspace(conn, OURS, "slack", NOW + HOUR) == 2
        assert {(row.workspace_id, row.key) for row in outbox.claim(conn, NOW, 10, LEASE)} == {
            (OURS, "teams"),
            (THEIRS, "nudge:alice:2026-11-20"),
        }
        assert {row.key for row in outbox.claim(conn, NOW + HOUR, 10, LEASE)} == {"a", "b"}
        later = outbox.by_key(conn, OURS, "later")
        assert later is not None
        assert later.not_before == NOW + DAY

    db.write_now(go)


def test_workers_never_share_a_message_and_leave_none(connect: Callable[[], Database]) -> None:
    one, two = connect(), connect()

    def fill(conn: Connection) -> None:
        for name in ("a", "b", "c"):
            seed(conn, name)
            for n in range(80):
                message(conn, name, key=f"k{n}", person_id=f"person{n}")

    one.write_now(fill)

    def work(db: Database) -> list[tuple[str, str, int]]:
        mine: list[tuple[str, str, int]] = []
        idle = 0
        while idle < 5:
            rows = db.write_now(lambda conn: outbox.claim(conn, NOW, 7, LEASE), durable=True)
            idle = 0 if rows else idle + 1
            for row in rows:
                mine.append((row.workspace_id, row.key, row.attempt))
                assert db.write_now(
                    partial(outbox.sent, row=row, now=NOW, channel=f"D{row.key}", message_id="1")
                )
        return mine

    with ThreadPoolExecutor(4) as pool:
        done = list(chain.from_iterable(pool.map(work, [one, two, one, two])))
    assert len(done) == len(set(done)) == 240
    assert {attempt for *_, attempt in done} == {1}
    assert one.read_now(lambda conn: outbox.tally(conn, NOW)) == {"sent": 240}
    assert one.read_now(outbox.standing) == {}


# Budget, changes in place, what was said.


def test_only_what_is_said_or_may_be_said_is_charged(db: Database) -> None:
    def go(conn: Connection) -> None:
        seed(conn)
        for n, (name, move) in enumerate(OUTCOMES.items()):
            message(conn, key=name, charged_on=TODAY - n * DAY)
            move(conn, claimed(conn))
            left = outbox.by_key(conn, OURS, name)
            assert left is not None
            if left.state == "pending":  # out of the way of the next
                outbox.hold_workspace(conn, OURS, "slack", NOW + DAY)
        message(conn, key="free", kind="notice", charged_on=None)
        message(conn, key="bob's", person_id="bob")
        message(conn, key="edition", kind="digest", charged_on=TODAY)
        names = list(OUTCOMES)
        charged = outbox.charged(conn, OURS, "alice", TODAY - 9 * DAY, TODAY)
        assert charged == [
            (TODAY - names.index(name) * DAY, "nudge")
            for name in ("unverified", "unknown", "pending", "sent")
        ] + [(TODAY, "digest")]
        assert outbox.charged(conn, OURS, "alice", TODAY, TODAY) == [(TODAY, "nudge"), (TODAY, "digest")]
        assert outbox.charged(conn, OURS, "alice", TODAY + DAY, TODAY + 7 * DAY) == []

    db.write_now(go)


def test_a_pressed_message_is_found_and_changes(db: Database) -> None:
    def go(conn: Connection) -> None:
        seed(conn)
        message(conn)
        row = claimed(conn)
        outbox.sent(conn, row, NOW, channel="D1", message_id="1.1")
        found = outbox.of_message(conn, OURS, "D1", "1.1")
        assert found is not None
        assert (found.id, found.sent_at, found.tried_at) == (row.id, NOW, NOW)
        assert outbox.of_message(conn, OURS, "D1", "9.9") is None
        assert outbox.of_message(conn, THEIRS, "D1", "1.1") is None
        assert outbox.set_content(conn, OURS, row.id, "answered")
        assert not outbox.set_content(conn, THEIRS, row.id, "theirs")
        assert outbox.newest_nudge(conn, OURS, "alice") == replace(found, content="answered")

    db.write_now(go)


def test_the_newest_change_of_a_message_wins_whatever_happens_to_the_others(db: Database) -> None:
    def go(conn: Connection) -> None:
        seed(conn)
        message(conn)
        row = claimed(conn)
        outbox.sent(conn, row, NOW, channel="D1", message_id="1.1")
        sent = outbox.get(conn, OURS, row.id)
        assert sent is not None
        outbox.add_update(conn, sent, content="one", now=NOW + MINUTE)
        outbox.add_update(conn, sent, content="two", now=NOW + 2 * MINUTE)
        under_way = claimed(conn, NOW + 3 * MINUTE)
        assert (under_way.content, under_way.message_id, under_way.channel, under_way.kind) == (
            "two",
            "1.1",
            "D1",
            "update",
        )
        outbox.add_update(conn, sent, content="three", now=NOW + 4 * MINUTE)
        assert outbox.claim(conn, NOW + 4 * MINUTE - LEASE, 10, LEASE) == []
        assert outbox.pending_again(conn, under_way, NOW + 4 * MINUTE, "reset")  # overtaken: dropped
        assert [one.content for one in outbox.claim(conn, NOW + 5 * MINUTE, 10, LEASE)] == ["three"]
        assert outbox.of_message(conn, OURS, "D1", "1.1") == sent

    db.write_now(go)


def test_history_is_newest_first_and_of_whom_it_was_asked(db: Database) -> None:
    def go(conn: Connection) -> None:
        seed(conn)
        for n in range(3):
            message(conn, key=f"alice{n}", now=NOW + n * MINUTE)
        message(conn, key="bob", person_id="bob", now=NOW + HOUR)

        def keys(**which: Any) -> list[str]:
            return [row.key for row in outbox.history(conn, OURS, **which)]

        assert keys() == ["bob", "alice2", "alice1", "alice0"]
        assert keys(person_id="alice", limit=2) == ["alice2", "alice1"]
        assert keys(since=NOW + 2 * MINUTE) == ["bob", "alice2"]
        assert outbox.history(conn, THEIRS) == []

    db.write_now(go)


def test_the_auditor_sees_what_still_moves(db: Database) -> None:
    def go(conn: Connection) -> None:
        seed(conn)
        message(conn, key="a", now=NOW - HOUR)
        message(conn, key="b", person_id="bob", now=NOW - DAY)
        message(conn, key="c", person_id="dora", not_before=NOW + DAY)
        [row, _] = outbox.claim(conn, NOW, 10, LEASE)
        outbox.unknown(conn, row, NOW, "timeout")
        assert outbox.standing(conn) == {
            "pending": (1, NOW + DAY),
            "sending": (1, NOW + LEASE),
            "unknown": (1, NOW),
        }
        assert outbox.tally(conn, NOW - 2 * HOUR) == {"sending": 1, "pending": 1}

    db.write_now(go)


def test_digests_and_answer_times_are_found(db: Database) -> None:
    def go(conn: Connection) -> None:
        seed(conn)
        digest = message(conn, key="digest:leaders:2026-W47", kind="digest", person_id=None, channel="C1")
        outbox.sent(conn, claimed(conn), NOW, channel="C1", message_id="9.9")
        assert [row.id for row in outbox.digests_since(conn, OURS, NOW - DAY)] == [digest.id]
        assert outbox.digests_since(conn, OURS, NOW + DAY) == []
        made = ask(conn)
        nudge = message(conn)
        carried(conn, OURS, [made], nudge.id, TODAY)
        assert outbox.answer_times(conn, OURS, [nudge.id]) == {}
        asks.answer(conn, OURS, made, "moving", NOW + HOUR)
        assert outbox.answer_times(conn, OURS, [nudge.id, digest.id]) == {nudge.id: NOW + HOUR}

    db.write_now(go)
