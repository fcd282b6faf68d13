"""What happened to a pilot is added, numbered and read back in order."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from bot.domain.record import Activity, Counts, Entry, Item, Promise, Reading, Record, Status
from storage import asks, pilots, record, workspaces
from storage.database import Database
from tests.storage.kit import (
    BOB,
    DAY,
    DORA,
    EVERYBODY,
    HOUR,
    NOW,
    OURS,
    THEIRS,
    TODAY,
    ask,
    carried,
    entry,
    pilot,
    seed,
)
from tests.storage.test_storage_pilots import NUMBERS, TEXTS, RollbackError

DAYS = st.dates(date(2026, 1, 1), date(2026, 3, 1))
HOLDERS = st.none() | st.sampled_from(EVERYBODY)
ENTRIES = st.builds(
    Entry, on=DAYS, author=TEXTS, status=st.sampled_from(Status), value=st.none() | NUMBERS, text=TEXTS, holder=HOLDERS,
    holder_by=st.none() | DAYS, repeats=st.integers(0, 9), mentions=st.integers(0, 9),
)  # fmt: skip
READINGS = st.builds(Reading, on=DAYS, value=NUMBERS, source=TEXTS)
ACTIVITIES = st.builds(
    Activity, on=DAYS, source=TEXTS, actor=TEXTS, kind=st.sampled_from(["merge", "message"]), text=TEXTS, counts=st.sampled_from(Counts),
    value=st.none() | NUMBERS,
)  # fmt: skip
PROMISES = st.builds(
    Promise, text=TEXTS, by=st.none() | DAYS, made_on=DAYS, kept_on=st.none() | DAYS, holder=HOLDERS
)
ITEMS = st.builds(
    Item,
    code=st.sampled_from(["I1", "D2", "O3"]),
    state=st.sampled_from(["done", "open", "na"]),
    on=DAYS,
    by=TEXTS,
    evidence=TEXTS,
    automatic=st.booleans(),
)


def its_record(db: Database, workspace_id: str = OURS, pilot_id: str = "P01") -> Record:
    found = db.read_now(lambda conn: pilots.get(conn, workspace_id, pilot_id))
    assert found is not None
    return found[1]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    entries=st.lists(ENTRIES, max_size=5), readings=st.lists(READINGS, max_size=5), activities=st.lists(ACTIVITIES, max_size=5),
    promises=st.lists(PROMISES, max_size=3), items=st.lists(ITEMS, max_size=5),
)  # fmt: skip
def test_no_part_of_a_record_is_lost(
    db: Database,
    entries: list[Entry],
    readings: list[Reading],
    activities: list[Activity],
    promises: list[Promise],
    items: list[Item],
) -> None:
    if db.read_now(workspaces.count) == 0:
        db.write_now(seed)

    def there_and_back(conn: Connection) -> None:
        for one in entries[:2]:
            record.append_entry(conn, OURS, "P01", one, NOW, "slack")
        record.append_entries(conn, OURS, {"P01": entries[2:]}, NOW, "import")
        record.append_readings(conn, OURS, {"P01": readings})
        record.append_activities(conn, OURS, {"P01": activities})
        for item in items:
            record.set_item(conn, OURS, "P01", item)
        for promise in promises:
            record.add_promise(conn, OURS, "P01", promise)
        _, found = pilots.load(conn, OURS)["P01"]
        numbered = [one._replace(seq=seq) for seq, one in enumerate(entries, 1)]
        assert found.entries == tuple(sorted(numbered, key=lambda one: one.on))
        assert found.readings == tuple(sorted(readings, key=lambda one: one.on))
        assert found.activities == tuple(sorted(activities, key=lambda one: one.on))
        assert {item.code: item for item in found.items} == {item.code: item for item in items}
        assert sorted(map(repr, found.promises)) == sorted(map(repr, promises))
        raise RollbackError

    with pytest.raises(RollbackError):
        db.write_now(there_and_back)


def test_entries_of_one_day_keep_their_order(db: Database) -> None:
    def add(conn: Connection) -> list[int]:
        seed(conn)
        days = [TODAY, TODAY - DAY, TODAY]
        return [
            record.append_entry(conn, OURS, "P01", entry(on=day, text=str(n)), NOW, "slack")
            for n, day in enumerate(days)
        ]

    assert db.write_now(add) == [1, 2, 3]
    assert [one.text for one in its_record(db).entries] == ["1", "0", "2"]
    assert [one.text for one in db.read_now(lambda conn: record.recent(conn, OURS, "P01", 2))] == ["2", "0"]


def test_who_can_unblock_comes_back_as_a_person(db: Database) -> None:
    def add(conn: Connection) -> None:
        seed(conn)
        record.append_entry(
            conn, OURS, "P01", entry(Status.STUCK, holder=DORA, holder_by=TODAY + DAY), NOW, "slack"
        )

    db.write_now(add)
    assert its_record(db).entries[0].holder == DORA
    assert db.read_now(lambda conn: record.recent(conn, OURS, "P01", 1))[0].holder == DORA


def test_undoing_an_entry_undoes_its_reading_and_nothing_else(db: Database) -> None:
    def add(conn: Connection) -> int:
        seed(conn)
        first = record.append_entry(conn, OURS, "P01", entry(value=Decimal(7)), NOW, "slack")
        record.append_reading(
            conn, OURS, "P01", Reading(on=TODAY, value=Decimal(7)), author="alice", entry_seq=first
        )
        second = record.append_entry(conn, OURS, "P01", entry(value=Decimal(9)), NOW, "slack")
        record.append_reading(
            conn, OURS, "P01", Reading(on=TODAY, value=Decimal(9)), author="alice", entry_seq=second
        )
        record.append_reading(conn, OURS, "P01", Reading(on=TODAY, value=Decimal(8), source="dashboard"))
        return second

    second = db.write_now(add)
    assert db.read_now(lambda conn: record.entry_at(conn, OURS, "P01", second)) == NOW
    assert db.write_now(lambda conn: record.undo_entry(conn, OURS, "P01", second, NOW + HOUR))
    assert not db.write_now(lambda conn: record.undo_entry(conn, OURS, "P01", second, NOW + HOUR))
    assert not db.write_now(lambda conn: record.undo_entry(conn, OURS, "P01", 99, NOW))
    found = its_record(db)
    assert [one.value for one in found.entries] == [7]
    assert [one.value for one in found.readings] == [7, 8]
    assert db.read_now(lambda conn: record.entry_at(conn, OURS, "P01", second)) is None
    assert db.read_now(lambda conn: record.written(conn, OURS, "P01", second)) is None
    assert db.read_now(lambda conn: [one.seq for one in record.recent(conn, OURS, "P01", 5)]) == [1]
    third = db.write_now(lambda conn: record.append_entry(conn, OURS, "P01", entry(), NOW, "slack"))
    assert third == 3  # a number is never given twice


def test_author_and_moment_of_an_entry_say_who_may_take_it_back(db: Database) -> None:
    def add(conn: Connection) -> None:
        seed(conn)
        record.append_entry(conn, OURS, "P01", entry(author="bob"), NOW, "slack")

    db.write_now(add)
    assert db.read_now(lambda conn: record.written(conn, OURS, "P01", 1)) == record.Written(
        author="bob", at=NOW
    )


def test_the_newest_state_of_an_item_counts(db: Database) -> None:
    def tick(conn: Connection) -> None:
        seed(conn)
        for state in ("done", "open", "na"):
            record.set_item(
                conn, OURS, "P01", Item(code="I1", state=state, on=TODAY, by="alice", evidence=state)
            )

    db.write_now(tick)
    assert its_record(db).items == (Item(code="I1", state="na", on=TODAY, by="alice", evidence="na"),)


def test_a_promise_is_kept_once(db: Database) -> None:
    def promise(conn: Connection) -> list[int]:
        seed(conn)
        for text in ("data owner's yes", "run book", "training"):
            record.add_promise(conn, OURS, "P01", Promise(text=text, by=TODAY, made_on=TODAY, holder=BOB))
        return [
            record.keep_promise(conn, OURS, "P01", TODAY + DAY, text="run book"),
            record.keep_promise(conn, OURS, "P01", TODAY + DAY, text="run book"),
            record.keep_promise(conn, OURS, "P01", TODAY + 2 * DAY),
        ]

    assert db.write_now(promise) == [1, 0, 2]
    kept = {one.text: one.kept_on for one in its_record(db).promises}
    assert kept == {"run book": TODAY + DAY, "data owner's yes": TODAY + 2 * DAY, "training": TODAY + 2 * DAY}


def test_pulses_are_those_asked_and_not_dropped(db: Database) -> None:
    def pulses(conn: Connection) -> None:
        seed(conn)
        said = ask(conn, kind="pulse", person_id="dora", role="sponsor", on=TODAY - 40 * DAY)
        carried(conn, OURS, [said], "m1", TODAY - 39 * DAY)
        ask(conn, kind="pulse", person_id="dora", role="sponsor")
        dropped = ask(conn, kind="pulse", person_id="dora", role="sponsor", on=TODAY - 80 * DAY)
        asks.drop(conn, OURS, dropped)
        ask(conn, kind="checkin")

    db.write_now(pulses)
    assert its_record(db).pulses_asked == (TODAY - 39 * DAY, TODAY)


def test_two_writers_never_take_the_same_number(connect: Callable[[], Database]) -> None:
    one, two = connect(), connect()
    one.write_now(lambda conn: seed(conn, OURS, pilot("P01"), pilot("P02")))

    def add(n: int) -> int:
        return (one, two)[n % 2].write_now(
            lambda conn: record.append_entry(
                conn, OURS, f"P0{n % 3 % 2 + 1}", entry(text=str(n)), NOW, "slack"
            )
        )

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(add, range(60)))
    for pilot_id, expected in (("P01", 40), ("P02", 20)):
        assert [entry.seq for entry in its_record(one, OURS, pilot_id).entries] == list(
            range(1, expected + 1)
        )


def test_a_record_is_that_of_one_pilot_in_one_workspace(db: Database) -> None:
    def fill(conn: Connection) -> None:
        seed(conn, OURS, pilot("P01"), pilot("P02"))
        seed(conn, THEIRS)
        record.append_entry(conn, THEIRS, "P01", entry(), NOW, "slack")
        record.append_entry(conn, OURS, "P02", entry(), NOW, "slack")

    db.write_now(fill)
    assert its_record(db) == Record()
    assert len(its_record(db, OURS, "P02").entries) == len(its_record(db, THEIRS).entries) == 1
