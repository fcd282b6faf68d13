"""The registry: nothing is lost in a row, names are found again, two workers never look at the same pilot."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from itertools import chain
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Select, event
from sqlalchemy.exc import IntegrityError

from bot.domain.direction import Direction, Kind
from bot.domain.metric import Guardrail, Metric, guardrail
from bot.domain.people import Person
from bot.domain.pilot import Cause, End, Pilot, Risk
from bot.domain.record import Record
from bot.domain.resemblance import known
from bot.domain.stages import Stage
from storage import asks, episodes, people, pilots, record, record_rows, workspaces
from storage.database import Database
from storage.pilots import Origin
from tests.storage.kit import (
    ALICE,
    BOB,
    DAY,
    DORA,
    EVERYBODY,
    HOUR,
    MINUTE,
    NOW,
    OURS,
    THEIRS,
    TODAY,
    entry,
    origin,
    pilot,
    seed,
    workspace,
)

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
DATES = st.dates(date(2000, 1, 1), date(2100, 1, 1))
NUMBERS = st.builds(
    lambda digits, places: Decimal(digits).scaleb(-places), st.integers(-(10**18), 10**18), st.integers(-3, 9)
)
PEOPLE = st.none() | st.sampled_from(EVERYBODY)
METRICS = st.builds(
    Metric,
    name=TEXTS,
    unit=TEXTS,
    direction=st.sampled_from(Direction),
    kind=st.sampled_from(Kind),
    amount=st.none() | NUMBERS,
    baseline=st.none() | NUMBERS,
    baseline_on=st.none() | DATES,
    baseline_source=TEXTS,
    target=st.none() | NUMBERS,
    deadline=st.none() | DATES,
)
ENDS = st.builds(
    End,
    state=st.sampled_from([Stage.SCALED, Stage.RETIRED, Stage.MERGED]),
    reason=TEXTS,
    cause=st.none() | st.sampled_from(Cause),
    learning=TEXTS,
    retry_when=TEXTS,
    reuse=TEXTS,
    switched_off=TEXTS,
    merged_into=st.none() | TEXTS,
    acknowledged_by=st.none() | TEXTS,
)


def _rail(text: str) -> Guardrail:
    found = guardrail(text)
    assert found is not None
    return found


RAILS = st.builds(
    lambda name, op, limit: _rail(f"{name} {op} {limit}"),
    st.sampled_from(["wrong postings", "blocked customers", "x"]),
    st.sampled_from(["<=", ">=", "<", ">", "=", "not below", "not above"]),
    st.integers(-1000, 1000),
)
PILOTS = st.builds(
    Pilot,
    id=st.text("Pabc0123456789-_", min_size=1, max_size=64),
    name=TEXTS,
    stage=st.sampled_from(Stage),
    stage_since=DATES,
    started=DATES,
    aliases=st.lists(TEXTS, max_size=3).map(tuple),
    old_names=st.lists(TEXTS, max_size=3).map(tuple),
    department=TEXTS,
    outcome_sentence=TEXTS,
    metric=st.none() | METRICS,
    guardrails=st.lists(RAILS, max_size=2).map(tuple),
    owner=PEOPLE,
    backup=PEOPLE,
    sponsor=PEOPLE,
    process_owner=PEOPLE,
    data_owner=PEOPLE,
    run_owner=PEOPLE,
    decision_on=st.none() | DATES,
    kill_line=TEXTS,
    risk=st.sampled_from(Risk),
    links=st.dictionaries(TEXTS, TEXTS, max_size=3),
    cost_to_date=NUMBERS,
    cost_per_week=NUMBERS,
    end=st.none() | ENDS,
    cadence=st.none() | st.integers(1, 100),
)


def empty(conn: Connection) -> None:
    """A workspace with everybody in it and no pilot."""
    workspaces.add(conn, workspace())
    people.add_many(conn, OURS, EVERYBODY, NOW)


class RollbackError(Exception):
    """Ends an example and leaves nothing of it."""


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made=PILOTS, changed=PILOTS)
def test_no_part_of_a_pilot_is_lost(db: Database, made: Pilot, changed: Pilot) -> None:
    changed = replace(changed, id=made.id)
    if db.read_now(workspaces.count) == 0:
        db.write_now(empty)

    def there_and_back(conn: Connection) -> None:
        pilots.add(conn, OURS, made, origin(), next_look_at=None)
        assert pilots.load(conn, OURS, [made.id]) == {made.id: (made, Record())}
        assert pilots.list_all(conn, OURS) == [made]
        assert pilots.save(conn, OURS, changed)
        assert pilots.get_many(conn, OURS, [made.id]) == [changed]
        raise RollbackError

    with pytest.raises(RollbackError):
        db.write_now(there_and_back)


def test_a_pilots_origin_outlives_every_change(db: Database) -> None:
    came = Origin(
        created_by="import",
        created_at=NOW,
        source="import",
        imported_on=TODAY,
        extra={"vendor": "none", "PII": "no"},
    )

    def go(conn: Connection) -> None:
        seed(conn, OURS, pilot("P01"))
        pilots.add(conn, OURS, pilot("P02"), came, next_look_at=NOW)
        pilots.save(conn, OURS, pilot("P02", name="Another", links={}))

    db.write_now(go)
    assert db.read_now(lambda conn: pilots.origins(conn, OURS)) == {"P01": origin(), "P02": came}
    assert db.read_now(lambda conn: pilots.origins(conn, OURS, ["P01", "P9"])) == {"P01": origin()}


def test_a_pilot_that_is_not_there_is_not_saved(db: Database) -> None:
    db.write_now(seed)
    assert not db.write_now(lambda conn: pilots.save(conn, OURS, pilot("P99")))
    assert not db.write_now(lambda conn: pilots.touch(conn, OURS, "P99", NOW))
    assert not db.write_now(lambda conn: pilots.lock(conn, OURS, "P99"))
    assert db.read_now(lambda conn: pilots.get(conn, OURS, "P99")) is None


def test_an_import_is_all_or_nothing(db: Database) -> None:
    db.write_now(seed)
    several = [(pilot(pilot_id), origin()) for pilot_id in ("P02", "P03", "P01")]
    with pytest.raises(IntegrityError):
        db.write_now(lambda conn: pilots.add_many(conn, OURS, several, next_look_at=NOW))
    assert db.read_now(lambda conn: pilots.ids(conn, OURS)) == ["P01"]
    db.write_now(lambda conn: pilots.add_many(conn, OURS, [], next_look_at=NOW))


def test_somebody_erased_leaves_an_empty_place(db: Database) -> None:
    stranger = Person(id="nobody", name="Nobody")
    db.write_now(lambda conn: seed(conn, OURS, pilot(owner=stranger)))
    assert db.read_now(lambda conn: pilots.list_all(conn, OURS)) == [pilot(owner=None)]


def test_what_a_new_idea_is_compared_with_is_read_without_the_rest(db: Database) -> None:
    """The names, the stage and the promise of each, as if they had been read whole; nobody else's workspace."""
    some = [
        pilot("P01", aliases=("the reader", "IR"), old_names=("Scanner",), outcome_sentence="Halve it"),
        pilot("P02", stage=Stage.IDEA, metric=None, outcome_sentence="Let's see", department="Sales"),
        pilot("P03", stage=Stage.IDEA, metric=None, owner=BOB, backup=None),
        pilot("P04", stage=Stage.IDEA),
    ]
    db.write_now(lambda conn: seed(conn, OURS, *some))
    db.write_now(lambda conn: seed(conn, THEIRS))
    assert db.read_now(lambda conn: pilots.compared(conn, OURS)) == known(some)
    assert db.read_now(lambda conn: pilots.with_number(conn, OURS)) == [("P01", ""), ("P04", "")]
    assert db.read_now(lambda conn: pilots.without_number(conn, OURS, ALICE.id)) == ["P02"]


def test_loading_takes_the_same_few_statements_for_one_pilot_and_for_many(db: Database) -> None:
    some = [pilot(f"P{n:02}") for n in range(40)]

    def fill(conn: Connection) -> None:
        seed(conn, OURS, *some)
        record.append_entries(
            conn, OURS, {one.id: [entry(), entry(holder=BOB)] for one in some}, NOW, "import"
        )

    db.write_now(fill)
    statements: list[str] = []
    event.listen(db.reading, "before_cursor_execute", lambda *given: statements.append(given[2]))

    def cost(ids: list[str] | None) -> int:
        statements.clear()
        db.read_now(lambda conn: pilots.load(conn, OURS, ids))
        return len([statement for statement in statements if statement.startswith("SELECT")])

    assert cost(["P01"]) == cost([one.id for one in some]) == cost(None) == 10


def test_loading_nothing_is_nothing(db: Database) -> None:
    db.write_now(seed)
    assert db.read_now(lambda conn: pilots.load(conn, OURS, [])) == {}
    assert db.read_now(lambda conn: pilots.get_many(conn, OURS, [])) == []


def test_the_pilots_of_a_person_in_any_role(db: Database) -> None:
    some = [
        pilot("P01"),
        pilot("P02", owner=DORA, sponsor=ALICE),
        pilot("P03", owner=None, backup=None, run_owner=ALICE),
        pilot("P04", owner=BOB, backup=None),
    ]
    db.write_now(lambda conn: seed(conn, OURS, *some))
    assert db.read_now(lambda conn: pilots.of_person(conn, OURS, "alice")) == some[:3]
    assert db.read_now(lambda conn: pilots.of_person(conn, OURS, "charlie")) == []


def test_running_pilots_are_counted_apart(db: Database) -> None:
    db.write_now(
        lambda conn: seed(conn, OURS, *(pilot(f"P{n}", stage=stage) for n, stage in enumerate(Stage)))
    )
    assert db.read_now(lambda conn: pilots.count(conn, OURS)) == 8
    assert db.read_now(lambda conn: pilots.count(conn, OURS, running=True)) == 5


# Names.


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("P01", ["P01"]), ("p01", ["P01"]), (" P01 ", ["P01"]),
        ("Reply Bot", ["P01"]), ("reply   BOT", ["P01"]), ("ＲＥＰＬＹ bot", ["P01"]),
        ("drafts", ["P01", "P02"]), ("Straßenbot", ["P02"]), ("strassenbot", ["P02"]), ("old name", ["P02"]),
        ("Reply", []), ("", []), ("%", []),
    ],
)  # fmt: skip
def test_a_pilot_is_found_by_any_of_its_names(db: Database, typed: str, found: list[str]) -> None:
    some = [
        pilot("P01", name="Reply Bot", aliases=("Drafts",)),
        pilot("P02", name="Straßenbot", aliases=("drafts",), old_names=("Old Name",)),
    ]
    db.write_now(lambda conn: seed(conn, OURS, *some))
    assert db.read_now(lambda conn: pilots.named(conn, OURS, typed)) == found


def test_a_name_hides_another_pilots_alias(db: Database) -> None:
    db.write_now(
        lambda conn: seed(
            conn,
            OURS,
            pilot("P01", name="Bot"),
            pilot("P02", name="X", aliases=("Bot",)),
            pilot("BOT", name="Y"),
        )
    )
    assert db.read_now(lambda conn: pilots.named(conn, OURS, "bot")) == ["BOT"]
    assert db.read_now(lambda conn: pilots.named(conn, OURS, "x")) == ["P02"]


def test_every_name_is_listed(db: Database) -> None:
    db.write_now(
        lambda conn: seed(
            conn, OURS, pilot("P02", name="B"), pilot("P01", name="A", aliases=("ä", "c"), old_names=("d",))
        )
    )
    assert db.read_now(lambda conn: pilots.names(conn, OURS)) == [
        ("P01", ["A", "ä", "c", "d"]),
        ("P02", ["B"]),
    ]
    assert db.read_now(lambda conn: pilots.titles(conn, OURS)) == [("P01", "A"), ("P02", "B")]


@pytest.mark.parametrize(
    ("taken", "expected"),
    [([], "P01"), (["P24", "P03"], "P25"), (["P9", "P10"], "P11"), (["OMB-0001", "Pilot-7", "P", "P-3", "p88"], "P01"), (["P99"], "P100"), (["P٣"], "P04")],
)  # fmt: skip
def test_the_next_id_follows_the_highest(db: Database, taken: list[str], expected: str) -> None:
    def fill(conn: Connection) -> None:
        empty(conn)
        pilots.add_many(conn, OURS, [(pilot(one), origin()) for one in taken], next_look_at=None)

    db.write_now(fill)
    assert db.write_now(lambda conn: pilots.next_id(conn, OURS)) == expected


def test_two_who_register_at_once_get_two_ids(connect: Callable[[], Database]) -> None:
    one, two = connect(), connect()
    one.write_now(seed)

    def register(conn: Connection) -> str:
        made = pilots.next_id(conn, OURS)
        pilots.add(conn, OURS, pilot(made), origin(), next_look_at=None)
        return made

    with ThreadPoolExecutor(6) as pool:
        made = [
            done.result() for done in [pool.submit((one, two)[n % 2].write_now, register) for n in range(24)]
        ]
    assert sorted(made) == [f"P{n:02}" for n in range(2, 26)]


# Looks.


def _due(conn: Connection, looks: dict[str, dict[str, datetime | None]]) -> None:
    for workspace_id, its in looks.items():
        workspaces.add(conn, workspace(workspace_id))
        pilots.add_many(
            conn,
            workspace_id,
            [(pilot(one, owner=None, backup=None, sponsor=None), origin()) for one in its],
            next_look_at=None,
        )
        pilots.set_next_look(conn, workspace_id, its)


def test_what_is_due_is_claimed_once(db: Database) -> None:
    looks: dict[str, dict[str, datetime | None]] = {
        OURS: {"late": NOW - DAY, "now": NOW, "soon": NOW + MINUTE, "never": None},
        THEIRS: {"late": NOW - HOUR},
    }
    db.write_now(lambda conn: _due(conn, looks))
    assert db.write_now(lambda conn: pilots.claim_due(conn, NOW, 10)) == [
        (OURS, "late"),
        (OURS, "now"),
        (THEIRS, "late"),
    ]
    assert db.write_now(lambda conn: pilots.claim_due(conn, NOW, 10)) == []


def test_a_claim_nobody_finished_is_due_again_when_its_lease_ends(db: Database) -> None:
    db.write_now(seed)
    claim = [(OURS, "P01")]
    assert db.write_now(lambda conn: pilots.claim_due(conn, NOW, 10, lease=HOUR)) == claim
    assert db.write_now(lambda conn: pilots.claim_due(conn, NOW + HOUR - MINUTE, 10)) == []
    assert db.write_now(lambda conn: pilots.claim_due(conn, NOW + HOUR, 10)) == claim


def test_a_pilot_is_looked_at_when_it_was_said_or_when_it_is_touched(db: Database) -> None:
    db.write_now(seed)

    def judge(conn: Connection) -> None:
        assert pilots.claim_due(conn, NOW, 10)
        pilots.set_next_look(conn, OURS, {"P01": NOW + 3 * DAY})

    db.write_now(judge)
    assert db.write_now(lambda conn: pilots.claim_due(conn, NOW + DAY, 10)) == []
    db.write_now(lambda conn: pilots.touch(conn, OURS, "P01", NOW + DAY))
    assert db.write_now(lambda conn: pilots.claim_due(conn, NOW + DAY, 10)) == [(OURS, "P01")]
    db.write_now(lambda conn: pilots.set_next_look(conn, OURS, {"P01": None}))
    assert db.write_now(lambda conn: pilots.touch_all(conn, OURS, NOW)) == 0
    db.write_now(lambda conn: pilots.set_next_look(conn, OURS, {"P01": NOW + 9 * DAY}))
    assert db.write_now(lambda conn: pilots.touch_all(conn, OURS, NOW)) == 1
    assert db.write_now(lambda conn: pilots.claim_due(conn, NOW, 10)) == [(OURS, "P01")]


def test_what_is_overdue_is_shown_to_the_auditor(db: Database) -> None:
    db.write_now(lambda conn: _due(conn, {OURS: {"a": NOW - HOUR, "b": NOW - DAY, "c": NOW, "d": None}}))
    assert db.read_now(lambda conn: pilots.overdue(conn, NOW - MINUTE, 10)) == [(OURS, "b"), (OURS, "a")]


def test_a_large_workspace_does_not_starve_a_small_one(db: Database) -> None:
    large: dict[str, datetime | None] = {f"L{n:04}": NOW - 2 * DAY for n in range(1000)}
    small: dict[str, datetime | None] = {f"S{n:04}": NOW - HOUR for n in range(5)}
    db.write_now(lambda conn: _due(conn, {"large": large, "small": small, "quiet": {"q": NOW + DAY}}))
    claimed = db.write_now(lambda conn: pilots.claim_due(conn, NOW, 100))
    assert len(claimed) == 100
    assert {pilot_id for workspace_id, pilot_id in claimed if workspace_id == "small"} == set(small)
    unfair = db.write_now(lambda conn: pilots.claim_due(conn, NOW, 100, fair=False))
    assert {workspace_id for workspace_id, _ in unfair} == {"large"}


def test_two_workers_never_get_the_same_pilot_and_none_is_left(connect: Callable[[], Database]) -> None:
    one, two = connect(), connect()
    everything = {
        workspace_id: {f"P{n:03}": NOW - n * MINUTE for n in range(150)}
        for workspace_id in ("a", "b", "c", "d")
    }
    one.write_now(lambda conn: _due(conn, {whose: dict(its) for whose, its in everything.items()}))

    def work(db: Database) -> list[tuple[str, str]]:
        mine: list[tuple[str, str]] = []
        idle = 0
        while idle < 3:  # on PostgreSQL a claim passes over what another holds
            claimed = db.write_now(lambda conn: pilots.claim_due(conn, NOW, 25))
            idle = 0 if claimed else idle + 1
            mine += claimed
        return mine

    with ThreadPoolExecutor(4) as pool:
        shares = list(pool.map(work, [one, two, one, two]))
    claimed = list(chain.from_iterable(shares))
    assert len(claimed) == len(set(claimed)) == 600


def test_a_claim_and_a_check_in_do_not_work_on_a_pilot_at_once(connect: Callable[[], Database]) -> None:
    """A touch that comes during a look is not lost: it waits, and makes the pilot due again."""
    one, two = connect(), connect()
    one.write_now(seed)
    with ThreadPoolExecutor(1) as pool:

        def look(conn: Connection) -> None:
            assert pilots.claim_due(conn, NOW, 10) == [(OURS, "P01")]
            touched.append(pool.submit(two.write_now, lambda conn: pilots.touch(conn, OURS, "P01", NOW)))
            pilots.set_next_look(conn, OURS, {"P01": NOW + DAY})

        touched: list[object] = []
        one.write_now(look)
    assert one.write_now(lambda conn: pilots.claim_due(conn, NOW, 10)) == [(OURS, "P01")]


def test_ids_that_two_workspaces_share_stay_apart(db: Database) -> None:
    def both(conn: Connection) -> None:
        seed(conn, OURS, pilot(name="Ours"))
        seed(conn, THEIRS, pilot(name="Theirs"))
        pilots.save(conn, OURS, pilot(name="Still ours"))

    db.write_now(both)
    assert [one.name for one in db.read_now(lambda conn: pilots.list_all(conn, THEIRS))] == ["Theirs"]
    assert db.read_now(lambda conn: pilots.named(conn, OURS, "Theirs")) == []


def test_a_claim_uses_its_index(sqlite_url: str) -> None:
    db = Database(sqlite_url)

    def plan(conn: Connection) -> str:
        compiled = pilots._ANY_DUE.compile(conn)
        return str(
            conn.exec_driver_sql(
                f"EXPLAIN QUERY PLAN {compiled}", ("2026-11-20", 5, 0)[: str(compiled).count("?")]
            ).all()
        )

    assert "ix_pilots_due" in db.read_now(plan)
    assert "TEMP B-TREE" not in db.read_now(plan)
    db.close()


def test_what_a_look_reads_of_some_pilots_is_found_by_their_index(sqlite_url: str) -> None:
    """Else each look would read the whole workspace: of ten thousand pilots to find what is said of fifty."""
    db = Database(sqlite_url)
    statements = [
        *(reads[0] for reads in (record_rows._READ_ENTRIES, record_rows._READ_ACTIVITIES)),
        *(pilots._BY_IDS, asks._OF_PILOTS, episodes._OPEN_OF, people._BY_IDS, people._WHERE_SOME),
    ]

    def plan(conn: Connection, statement: Select[Any]) -> str:
        said = str(statement.compile(conn))
        return str(conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {said}", ("x",) * said.count("?")).all())

    for statement in statements:
        found = db.read_now(partial(plan, statement=statement))
        assert re.search(
            r"SEARCH \w+ USING INDEX \w+ \(workspace_id=\? AND (pilot_|person_)?id=\?\)", found
        ), found
    db.close()
