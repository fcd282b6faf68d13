"""Episodes and asks: at most one open, one question per rung and person, nothing asked twice."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from storage import asks, asks_due, episodes, turns
from storage.asks import Ask
from storage.database import Database
from storage.episodes import Episode
from storage.rounds import Round
from tests.storage.kit import (
    DAY,
    HOUR,
    MINUTE,
    NOW,
    OURS,
    THEIRS,
    TODAY,
    ask,
    carried,
    pilot,
    seed,
)


def opened(conn: Connection, workspace_id: str = OURS, **changes: Any) -> Episode:
    given: dict[str, Any] = {
        "pilot_id": "P01",
        "family": "SILENT",
        "opened_on": TODAY,
        "why": "no word for 12 working days",
    }
    made = episodes.open_(conn, workspace_id, **given | changes)
    assert made is not None
    return made


# Episodes.


def test_an_episode_comes_back_as_it_was_opened(db: Database) -> None:
    db.write_now(seed)
    made = db.write_now(lambda conn: opened(conn, climbs_from=TODAY + DAY, rung_due_on=TODAY + DAY))
    assert db.read_now(lambda conn: episodes.get(conn, OURS, made.id)) == made
    assert db.read_now(lambda conn: episodes.open_of(conn, OURS, ["P01"])) == [made]
    assert db.read_now(lambda conn: episodes.get(conn, OURS, "no")) is None


def test_many_rows_at_once_are_as_many_as_one_by_one_would_be(db: Database) -> None:
    def go(conn: Connection) -> None:
        seed(conn)
        first = opened(conn)
        fresh = Episode(id="fresh", pilot_id="P01", family="BLIND", opened_on=TODAY, why="no number yet")
        episodes.open_many(conn, OURS, [first._replace(id="second"), fresh])
        assert {one.id for one in episodes.open_of(conn, OURS)} == {first.id, "fresh"}
        episodes.climb_many(conn, OURS, [(first.id, 2, TODAY + DAY), ("fresh", 1, None), ("none", 1, None)])
        climbed = {one.id: (one.rung, one.rung_due_on) for one in episodes.open_of(conn, OURS)}
        assert climbed == {first.id: (2, TODAY + DAY), "fresh": (1, None)}
        ask(conn, episode_id=first.id, rung=1)
        [asked] = asks.of_pilots(conn, OURS, ["P01"])
        asks.add_many(conn, OURS, [asked._replace(id="again"), asked._replace(id="next", rung=2)])
        assert {one.id for one in asks.of_pilots(conn, OURS, ["P01"])} == {asked.id, "next"}
        assert asks.get(conn, OURS, "next") == asked._replace(id="next", rung=2)

    db.write_now(go)


def test_a_family_is_open_once_and_may_come_again(db: Database) -> None:
    def go(conn: Connection) -> None:
        seed(conn)
        first = opened(conn)
        assert episodes.open_(conn, OURS, pilot_id="P01", family="SILENT", opened_on=TODAY, why="") is None
        other = opened(conn, family="BLIND")
        assert episodes.close(conn, OURS, first.id, TODAY + DAY, "alice")
        assert not episodes.close(conn, OURS, first.id, TODAY + DAY, "alice")
        again = opened(conn, opened_on=TODAY + 9 * DAY)
        assert episodes.open_of(conn, OURS) == [other, again]
        assert episodes.of_pilot(conn, OURS, "P01") == [
            other,
            first._replace(closed_on=TODAY + DAY, closed_by="alice"),
            again,
        ]

    db.write_now(go)


def test_two_workers_open_one_episode(connect: Callable[[], Database]) -> None:
    one, two = connect(), connect()
    one.write_now(seed)
    with ThreadPoolExecutor(4) as pool:
        made = [
            done.result()
            for done in [
                pool.submit(
                    db.write_now,
                    lambda conn: episodes.open_(
                        conn, OURS, pilot_id="P01", family="SILENT", opened_on=TODAY, why=""
                    ),
                )
                for db in (one, two) * 4
            ]
        ]
    assert len([episode for episode in made if episode is not None]) == 1


def test_a_ladder_is_climbed_only_while_its_episode_is_open(db: Database) -> None:
    def go(conn: Connection) -> None:
        seed(conn)
        made = opened(conn, climbs_from=TODAY, rung_due_on=TODAY)
        assert episodes.climb(conn, OURS, made.id, 1, TODAY + 3 * DAY)
        assert episodes.climb(conn, OURS, made.id, rung=4, rung_due_on=None)
        assert episodes.get(conn, OURS, made.id) == made._replace(rung=4, rung_due_on=None)
        episodes.close(conn, OURS, made.id, TODAY, "alice")
        assert not episodes.climb(conn, OURS, made.id, 1, TODAY)
        assert not episodes.begin(conn, OURS, made.id, TODAY, TODAY)
        assert episodes.mark_wrong(conn, OURS, made.id, "I was away")
        found = episodes.get(conn, OURS, made.id)
        assert found is not None
        assert (found.wrong, found.rung) == ("I was away", 4)

    db.write_now(go)


def test_held_episodes_begin_a_few_a_day_the_dearest_first(db: Database) -> None:
    cost = {
        "P01": ("0", "90"),
        "P02": ("900", "0"),
        "P03": ("1000", "0"),
        "P04": ("0", "90"),
        "P05": ("0", "100"),
    }

    def go(conn: Connection) -> list[str]:
        seed(
            conn,
            OURS,
            *(
                pilot(one, cost_per_week=Decimal(week), cost_to_date=Decimal(sum_))
                for one, (week, sum_) in cost.items()
            ),
        )
        seed(conn, THEIRS)
        for one in cost:
            opened(conn, pilot_id=one, opened_on=TODAY - 9 * DAY if one == "P04" else TODAY)
        opened(conn, family="BLIND", climbs_from=TODAY)
        opened(conn, THEIRS, climbs_from=TODAY)
        closed = opened(conn, pilot_id="P02", family="BLIND")
        episodes.close(conn, OURS, closed.id, TODAY, "gone")
        return [episode.pilot_id for episode in episodes.held(conn, OURS, 10)]

    assert db.write_now(go) == ["P03", "P02", "P05", "P04", "P01"]
    assert db.read_now(episodes.holding) == [OURS]
    assert db.read_now(lambda conn: episodes.count_held(conn, OURS)) == 5
    assert db.read_now(lambda conn: episodes.opened_today(conn, OURS, TODAY)) == 1
    [first] = db.read_now(lambda conn: episodes.held(conn, OURS, 1))
    assert db.write_now(lambda conn: episodes.begin(conn, OURS, first.id, TODAY, TODAY))
    assert db.read_now(lambda conn: episodes.opened_today(conn, OURS, TODAY)) == 2
    assert db.read_now(lambda conn: episodes.held(conn, OURS, 0)) == []


# Asks.


def test_an_ask_waits_until_it_is_taken_answered_or_dropped(db: Database) -> None:
    def go(conn: Connection) -> None:
        seed(conn)
        made = ask(conn, details={"last": "41", "quote": "fünf"})
        [waiting] = asks.waiting(conn, OURS, "alice")
        assert (waiting.id, waiting.state, waiting.details, waiting.created_at) == (
            made,
            "waiting",
            {"last": "41", "quote": "fünf"},
            NOW,
        )
        assert carried(conn, OURS, [made, "no"], "m1", TODAY) == 1
        assert carried(conn, OURS, [made], "m2", TODAY) == 0
        assert asks.waiting(conn, OURS, "alice") == []
        [taken] = asks.of_message(conn, OURS, "m1")
        assert (taken.state, taken.said_on) == ("in_message", TODAY)
        assert asks.open_of_pilot(conn, OURS, "P01") == [taken]
        assert asks.answer(conn, OURS, made, "Alice: moving, 41", NOW + HOUR)
        assert not asks.answer(conn, OURS, made, "again", NOW + HOUR)
        done = asks.get(conn, OURS, made)
        assert done == taken._replace(state="answered", answer="Alice: moving, 41", answered_at=NOW + HOUR)
        assert asks.open_of_pilot(conn, OURS, "P01") == []
        assert not asks.drop(conn, OURS, made)

    db.write_now(go)


def test_an_episode_asks_a_person_once_per_rung(db: Database) -> None:
    def go(conn: Connection) -> None:
        seed(conn)
        episode = opened(conn).id
        ask(conn, kind="SILENT", episode_id=episode, rung=1)
        again = {
            "pilot_id": "P01",
            "kind": "SILENT",
            "role": "owner",
            "on": TODAY + DAY,
            "now": NOW + DAY,
            "episode_id": episode,
        }
        assert asks.add(conn, OURS, person_id="alice", rung=1, **again) is None  # type: ignore[arg-type]
        assert asks.add(conn, OURS, person_id="alice", rung=2, **again) is not None  # type: ignore[arg-type]
        assert asks.add(conn, OURS, person_id="bob", rung=2, **again) is not None  # type: ignore[arg-type]
        ask(conn, kind="announce", episode_id=episode, rung=1)
        ask(conn)
        ask(conn)  # without an episode nothing is compared

    db.write_now(go)


def test_an_answer_taken_back_lets_the_question_stand_again(db: Database) -> None:
    def go(conn: Connection) -> None:
        seed(conn)
        made = ask(conn)
        carried(conn, OURS, [made], "m1", TODAY)
        asks.answer(conn, OURS, made, "moving", NOW)
        [answered] = asks.answered_since(conn, OURS, "P01", NOW - MINUTE)
        asks.note(conn, OURS, answered, entry="7")
        assert asks.answered_since(conn, OURS, "P01", NOW + MINUTE) == []
        assert asks.reopen(conn, OURS, made)
        assert not asks.reopen(conn, OURS, made)
        found = asks.get(conn, OURS, made)
        assert found is not None
        assert (found.state, found.answer, found.answered_at, found.details) == (
            "in_message",
            "",
            None,
            {"entry": "7"},
        )

    db.write_now(go)


def test_a_message_that_may_never_have_arrived_gives_its_open_asks_back(db: Database) -> None:
    def go(conn: Connection) -> None:
        seed(conn)
        first, second = ask(conn), ask(conn, kind="pulse")
        carried(conn, OURS, [first, second], "m1", TODAY)
        asks.answer(conn, OURS, first, "it did arrive", NOW)
        assert asks.back_to_waiting(conn, OURS, "m1") == 1
        assert [one.id for one in asks.waiting(conn, OURS, "alice")] == [second]
        assert [one.id for one in asks.of_message(conn, OURS, "m1")] == [first]
        assert carried(conn, OURS, [second], "m2", TODAY + DAY) == 1

    db.write_now(go)


def test_what_nobody_needs_any_more_is_dropped_and_told(db: Database) -> None:
    def go(conn: Connection) -> None:
        seed(conn, OURS, pilot("P01"), pilot("P02"))
        episode = opened(conn).id
        said = ask(conn, kind="SILENT", episode_id=episode, rung=2)
        waits = ask(conn, kind="SILENT", episode_id=episode, rung=2, person_id="bob", now=NOW + MINUTE)
        answered = ask(conn, kind="SILENT", episode_id=episode, rung=1)
        plain, elsewhere = ask(conn), ask(conn, pilot_id="P02")
        carried(conn, OURS, [said], "m1", TODAY)
        asks.answer(conn, OURS, answered, "yes", NOW)
        dropped = asks.drop_of_episode(conn, OURS, episode, "Bob answered")
        assert [(one.id, one.state, one.outbox_id, one.answer) for one in dropped] == [
            (said, "dropped", "m1", "Bob answered"),
            (waits, "dropped", None, "Bob answered"),
        ]
        assert asks.drop_of_episode(conn, OURS, episode) == []
        assert [one.id for one in asks.drop_of_pilot(conn, OURS, "P01")] == [plain]
        assert [one.id for one in asks.of_pilots(conn, OURS, ["P01", "P02"])] == sorted([answered, elsewhere])

    db.write_now(go)


def test_the_workspace_that_waits_longest_comes_first_and_its_people_likewise(db: Database) -> None:
    def go(conn: Connection) -> None:
        seed(conn, "large")
        seed(conn, "small")
        for n, person in enumerate(("alice", "bob", "dora", "charlie")):
            ask(conn, "large", person_id=person, now=NOW - HOUR + n * MINUTE)
            ask(conn, "large", person_id=person, kind="pulse", now=NOW - HOUR)
        ask(conn, "small", person_id="dora", now=NOW)
        ask(conn, "small", person_id="bob", now=NOW + HOUR)

    db.write_now(go)
    with db.reading.connect() as conn:
        assert asks_due.in_turn(conn, NOW, 10, Round()) == ["large", "small"]
        assert asks_due.in_turn(conn, NOW, 1, Round()) == ["large"]
        assert asks_due.in_turn(conn, NOW - 2 * HOUR, 10, Round()) == []
        assert asks_due.people(conn, "large", NOW, 100) == ["alice", "bob", "charlie", "dora"]
        assert asks_due.people(conn, "large", NOW, 3) == ["alice", "bob", "charlie"]
        assert asks_due.people(conn, "small", NOW, 100) == ["dora"]


def test_in_a_backlog_each_workspace_has_its_turn_and_the_round_goes_on(db: Database) -> None:
    """One has more than a glance takes in; the others are found all the same, some at a time, and it again."""
    many = asks_due._LOOK

    def go(conn: Connection) -> None:
        for name in ("huge", "large", "small", "tiny", "zoned"):
            seed(conn, name)
        asks.add_many(
            conn,
            "huge",
            [
                Ask(
                    id=f"a{n}",
                    pilot_id="P01",
                    kind="checkin",
                    person_id=f"somebody{n}",
                    role="owner",
                    created_on=TODAY,
                    created_at=NOW - HOUR,
                    not_before=NOW - HOUR,
                )
                for n in range(many)
            ],
        )
        for name in ("small", "tiny"):
            ask(conn, name, now=NOW)
        ask(conn, "large", now=NOW + HOUR)  # held
        ask(conn, "zoned", now=NOW)

    db.write_now(go)
    around = Round()
    with db.reading.connect() as conn:
        assert asks_due.in_turn(conn, NOW, 2, around) == ["huge", "small"]
        assert asks_due.in_turn(conn, NOW, 2, around) == ["tiny", "zoned"]
        assert asks_due.in_turn(conn, NOW, 2, around) == ["huge", "small"]
        assert asks_due.in_turn(conn, NOW, 3, around) == ["tiny", "zoned", "huge"]
        assert asks_due.in_turn(conn, NOW, 10, around) == ["small", "tiny", "zoned", "huge"]
        assert len(asks_due.people(conn, "huge", NOW, many)) == many


def test_one_replica_has_a_workspaces_turn_and_the_others_are_free(connect: Callable[[], Database]) -> None:
    one, two = connect(), connect()
    postgres = one.url.get_backend_name() == "postgresql"
    if not postgres:
        assert one.write_now(lambda conn: turns.mine(conn, turns.Turn.COMPOSE, OURS))
        return
    with one.writing.connect() as mine, two.writing.connect() as yours:
        assert turns.mine(mine, turns.Turn.COMPOSE, OURS)
        assert turns.mine(mine, turns.Turn.COMPOSE, OURS)
        assert not turns.mine(yours, turns.Turn.COMPOSE, OURS)
        assert turns.mine(yours, turns.Turn.COMPOSE, THEIRS)
        assert turns.mine(yours, turns.Turn.INSTALL, OURS)
        mine.rollback()
        assert turns.mine(yours, turns.Turn.COMPOSE, OURS)


def test_who_may_not_be_written_to_rests_until_then_and_no_longer(db: Database) -> None:
    def go(conn: Connection) -> None:
        seed(conn)
        ask(conn)
        ask(conn, kind="pulse")
        ask(conn, person_id="bob")
        assert asks_due.hold(conn, OURS, {"alice": NOW + HOUR}) == 2
        assert asks_due.people(conn, OURS, NOW, 10) == ["bob"]
        assert len(asks.waiting(conn, OURS, "alice")) == 2
        assert asks_due.people(conn, OURS, NOW + HOUR, 10) == ["bob", "alice"]
        asks.wake(conn, OURS, NOW + HOUR, "bob")
        assert asks_due.people(conn, OURS, NOW, 10) == ["bob"]
        asks.wake(conn, OURS, NOW, "alice")
        assert len(asks_due.people(conn, OURS, NOW, 10)) == 2
        asks_due.hold(conn, OURS, {"alice": NOW + HOUR})
        ask(conn, kind="gate")  # something new wakes them by itself
        assert "alice" in asks_due.people(conn, OURS, NOW, 10)
        asks_due.hold(conn, OURS, {"alice": NOW + HOUR, "bob": NOW + HOUR})
        asks.wake(conn, OURS, NOW)
        assert len(asks_due.people(conn, OURS, NOW, 10)) == 2

    db.write_now(go)


def test_two_messages_never_take_the_same_ask(connect: Callable[[], Database]) -> None:
    one, two = connect(), connect()
    one.write_now(seed)
    made = one.write_now(lambda conn: [ask(conn) for _ in range(20)])

    def compose(n: int) -> int:
        return (one, two)[n % 2].write_now(lambda conn: carried(conn, OURS, made, f"m{n}", TODAY))

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(compose, range(8))) == [0] * 7 + [20]


def test_asks_are_of_one_workspace(db: Database) -> None:
    def go(conn: Connection) -> None:
        seed(conn)
        seed(conn, THEIRS)
        made = ask(conn)
        assert asks.get(conn, THEIRS, made) is None
        assert not asks.answer(conn, THEIRS, made, "mine now", NOW)
        assert carried(conn, THEIRS, [made], "m1", TODAY) == 0
        assert asks.waiting(conn, THEIRS, "alice") == []

    db.write_now(go)
