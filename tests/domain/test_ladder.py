"""The ladder: who is asked on which rung, how long each waits, what holds it, and what takes no time."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from itertools import product

import pytest

from bot.domain.calendar import Calendar
from bot.domain.findings import Finding, Kind
from bot.domain.ladder import (
    STAY_ON_FIRST,
    Rung,
    addressees,
    blocker,
    blocker_holder,
    climbed,
    held_days,
    next_step,
    rung_of,
    top,
    wait_after,
)
from bot.domain.people import Absence, Person
from bot.domain.pilot import Pilot
from bot.domain.record import Entry, Record
from bot.domain.stages import Rules, Stage
from tests.domain.build import (
    ALICE,
    BOB,
    DAY,
    HOLLY,
    MONDAY,
    PLAIN,
    RUTH,
    SAM,
    day,
    entry,
    pilot,
    record,
)

RULES = Rules()
#: The kinds that climb the whole ladder on the owner's line.
CLIMBING = [
    one
    for one in Kind
    if one not in STAY_ON_FIRST and one not in (Kind.PAUSED, Kind.SPONSOR_QUIET, Kind.SAME_BLOCKER)
]


def finding(kind: Kind = Kind.SILENT, since: date = MONDAY) -> Finding:
    return Finding(kind=kind, since=since, why="because", red=False)


def gone(person: Person, on: date = MONDAY) -> Person:
    return replace(person, left_on=on)


def asked(
    kind: Kind, rung: Rung, a_pilot: Pilot, its: Record | None = None, on: date = MONDAY + DAY
) -> list[tuple[str, str]]:
    found = addressees(kind, rung, a_pilot, its or record(), on, PLAIN, RULES)
    return [(one.person.id, one.role.value) for one in found]


def walk(
    a_pilot: Pilot,
    its: Record | None = None,
    *,
    kind: Kind = Kind.SILENT,
    since: date = MONDAY,
    calendar: Calendar = PLAIN,
    days: int = 60,
) -> dict[int, date]:
    """The first day of each rung that is reached, day by day."""
    reached: dict[int, date] = {}
    for step in range(days):
        today = since + step * DAY
        known = (its or record()).until(today)
        rung = climbed(finding(kind, since), a_pilot, known, today, calendar, RULES)
        if rung and rung not in reached:
            reached[int(rung)] = today
    return reached


# Rungs and waits: +0, +3, +7, +12 working days.


@pytest.mark.parametrize("kind", CLIMBING)
def test_the_rungs_fall_on_0_3_7_and_12(kind: Kind) -> None:
    """Rung 1 waits 3, rung 2 waits 4, rung 3 waits 5; rung 4 stays."""
    assert walk(pilot(), kind=kind) == {1: day(0), 2: day(3), 3: day(7), 4: day(12)}


@pytest.mark.parametrize(
    ("story", "since", "calendar", "reached"),
    [
        ("begun on a Saturday: from Monday on", day(4) + DAY, PLAIN, (5, 8, 12, 17)),
        ("begun on a Friday", day(4), PLAIN, (4, 7, 11, 16)),
        (
            "a holiday postpones every later rung",
            MONDAY,
            Calendar(holidays=frozenset({day(2)})),
            (0, 4, 8, 13),
        ),
        (
            "begun on a holiday: the next working day",
            MONDAY,
            Calendar(holidays=frozenset({MONDAY})),
            (1, 4, 8, 13),
        ),
    ],
)
def test_rungs_are_counted_in_working_days(
    story: str, since: date, calendar: Calendar, reached: Sequence[int]
) -> None:
    wanted = {rung: day(on) for rung, on in enumerate(reached, 1)}

    assert walk(pilot(), since=since, calendar=calendar) == wanted, story


def test_a_rung_is_reached_on_its_day_and_not_before() -> None:
    for rung, due in ((2, 3), (3, 7), (4, 12)):
        for on, wanted in ((day(due) - DAY, rung - 1), (day(due), rung)):
            assert climbed(finding(), pilot(), record(), on, PLAIN, RULES) == wanted


def test_overdue_rungs_are_caught_up_to_the_one_that_is_due() -> None:
    """Seen for the first time after a hundred days: the digest."""
    assert climbed(finding(), pilot(), record(), MONDAY + 100 * DAY, PLAIN, RULES) is Rung.DIGEST


def test_a_finding_of_the_future_is_on_no_rung() -> None:
    assert climbed(finding(since=day(5)), pilot(), record(), day(4), PLAIN, RULES) is Rung.NONE


def test_a_pilots_rung_is_the_highest_of_its_findings() -> None:
    found = [finding(Kind.OFF_PACE), finding(since=day(8)), finding(Kind.OVERSTAY, day(4))]

    assert rung_of(found, pilot(), record(), day(8), PLAIN, RULES) is Rung.TEAM
    assert rung_of([], pilot(), record(), day(8), PLAIN, RULES) is Rung.NONE


# What stays on rung 1.


@pytest.mark.parametrize(
    ("kind", "a_pilot"),
    [
        (Kind.OFF_PACE, pilot()),
        (Kind.WATERMELON, pilot()),
        (Kind.SLIDING_BACK, pilot(Stage.SCALED)),
        (Kind.BLIND, pilot(Stage.SCALED)),
    ],
    ids=["off pace", "watermelon", "sliding back", "missed look-back"],
)
def test_some_findings_ask_once_and_stay_on_rung_1(kind: Kind, a_pilot: Pilot) -> None:
    assert walk(a_pilot, kind=kind) == {1: MONDAY}
    assert top(kind, a_pilot) is Rung.OWNER


def test_a_running_pilot_that_is_blind_climbs() -> None:
    assert top(Kind.BLIND, pilot()) is Rung.DIGEST


def test_a_paused_pilot_is_on_no_rung() -> None:
    assert walk(pilot(), kind=Kind.PAUSED) == {}


def test_sponsor_quiet_asks_the_sponsor_and_then_the_digest() -> None:
    """Its digest rung follows 3 working days after rung 1."""
    assert walk(pilot(), kind=Kind.SPONSOR_QUIET) == {1: day(0), 4: day(3)}
    assert asked(Kind.SPONSOR_QUIET, Rung.OWNER, pilot()) == [("sam", "sponsor")]
    assert walk(pilot(sponsor=gone(SAM)), kind=Kind.SPONSOR_QUIET) == {4: day(0)}


# Who is asked.


@pytest.mark.parametrize("kind", CLIMBING)
def test_the_owner_then_owner_and_backup_then_the_sponsor_then_the_digest(kind: Kind) -> None:
    assert asked(kind, Rung.OWNER, pilot()) == [("alice", "owner")]
    assert asked(kind, Rung.TEAM, pilot()) == [("alice", "owner"), ("bob", "backup")]
    assert asked(kind, Rung.SPONSOR, pilot()) == [("sam", "sponsor")]
    assert asked(kind, Rung.DIGEST, pilot()) == []


@pytest.mark.parametrize(
    ("a_pilot", "who"),
    [
        (pilot(), [("bob", "backup")]),
        (pilot(backup=None), [("sam", "sponsor")]),
        (pilot(backup=gone(BOB)), [("sam", "sponsor")]),
        (pilot(backup=None, sponsor=None), []),
    ],
    ids=["the backup", "without one the sponsor", "one who left is none", "nobody"],
)
def test_watermelon_asks_the_backup_not_the_owner(a_pilot: Pilot, who: list[tuple[str, str]]) -> None:
    assert asked(Kind.WATERMELON, Rung.OWNER, a_pilot) == who


@pytest.mark.parametrize("kind", [Kind.SLIDING_BACK, Kind.BLIND])
def test_look_backs_ask_the_run_owner_else_the_owner(kind: Kind) -> None:
    scaled = pilot(Stage.SCALED, run_owner=RUTH)

    assert asked(kind, Rung.OWNER, scaled) == [("ruth", "run_owner")]
    assert asked(kind, Rung.OWNER, replace(scaled, run_owner=gone(RUTH))) == [("alice", "owner")]
    assert asked(kind, Rung.OWNER, replace(scaled, run_owner=None)) == [("alice", "owner")]


# Unreachable rungs take no time.


@pytest.mark.parametrize(
    ("story", "a_pilot", "reached"),
    [
        ("no owner: rung 2 now", pilot(owner=None), {2: 0, 3: 4, 4: 9}),
        ("the owner left", pilot(owner=gone(ALICE)), {2: 0, 3: 4, 4: 9}),
        ("no backup: the owner alone on rung 2", pilot(backup=None), {1: 0, 2: 3, 3: 7, 4: 12}),
        ("owner and backup both: the sponsor now", pilot(owner=None, backup=gone(BOB)), {3: 0, 4: 5}),
        ("no sponsor: the digest after rung 2", pilot(sponsor=None), {1: 0, 2: 3, 4: 7}),
        ("the sponsor left", pilot(sponsor=gone(SAM)), {1: 0, 2: 3, 4: 7}),
        ("nobody at all: the digest now", pilot(owner=None, backup=None, sponsor=None), {4: 0}),
        ("an owner who leaves later was asked", pilot(owner=gone(ALICE, day(2))), {1: 0, 2: 3, 3: 7, 4: 12}),
        (
            "owner and backup leave before rung 2 is due",
            pilot(owner=gone(ALICE, day(2)), backup=gone(BOB, day(3))),
            {1: 0, 3: 3, 4: 8},
        ),
    ],
)
def test_an_unreachable_rung_waits_nothing(story: str, a_pilot: Pilot, reached: dict[int, int]) -> None:
    assert walk(a_pilot) == {rung: day(on) for rung, on in reached.items()}, story


def test_every_combination_of_missing_people_reaches_the_digest() -> None:
    """Whoever is missing, the waits of those who are there are all that it takes."""
    for owner, backup, sponsor in product((ALICE, None), (BOB, None), (SAM, None)):
        waits = 3 * bool(owner) + 4 * bool(owner or backup) + 5 * bool(sponsor)
        a_pilot = pilot(owner=owner, backup=backup, sponsor=sponsor)

        assert walk(a_pilot)[4] == day(waits), (owner, backup, sponsor)


# Absence: longer than 10 working days, the backup is rung 1.


def away(days: int, backup: Person | None = BOB) -> Pilot:
    """The owner is away from the Monday on, for so many working days."""
    told = Absence(start=MONDAY, end=day(days - 1), told_on=MONDAY - 7 * DAY)
    return pilot(owner=replace(ALICE, absences=(told,)), backup=backup)


def test_the_backup_is_rung_1_in_a_long_absence_only() -> None:
    assert asked(Kind.SILENT, Rung.OWNER, away(10)) == [("alice", "owner")]
    assert asked(Kind.SILENT, Rung.OWNER, away(11)) == [("bob", "backup")]
    assert asked(Kind.SILENT, Rung.OWNER, away(11), on=day(10)) == [("bob", "backup")]
    assert asked(Kind.SILENT, Rung.OWNER, away(11), on=day(11)) == [("alice", "owner")]


def test_in_a_long_absence_without_a_backup_rung_1_is_unreachable() -> None:
    assert walk(away(11, backup=None)) == {2: day(0), 3: day(4), 4: day(9)}


# The blocker's holder.


def blocked(*holders: Person | None, moving: bool = False) -> Record:
    rows: list[Entry] = [
        entry(day(n), "waiting", "SEC-12 open", holder=holder, holder_by=day(9) if holder else None)
        for n, holder in enumerate(holders)
    ]
    return record(*rows, *([entry(day(len(holders)), "moving", "done")] if moving else []))


def test_a_blocker_with_a_holder_climbs_the_holders_line() -> None:
    """Rungs 1 and 2 ask the holder; the owner hears nothing of it."""
    its = blocked(None, HOLLY, None)

    assert asked(Kind.SAME_BLOCKER, Rung.OWNER, pilot(), its) == [("holly", "holder")]
    assert asked(Kind.SAME_BLOCKER, Rung.TEAM, pilot(), its) == [("holly", "holder")]
    assert asked(Kind.SAME_BLOCKER, Rung.SPONSOR, pilot(), its) == [("sam", "sponsor")]
    assert walk(pilot(), its, kind=Kind.SAME_BLOCKER, since=day(2)) == {
        1: day(2),
        2: day(5),
        3: day(9),
        4: day(14),
    }


def test_a_blocker_without_a_holder_climbs_the_owners_line() -> None:
    assert asked(Kind.SAME_BLOCKER, Rung.OWNER, pilot(), blocked(None, None, None)) == [("alice", "owner")]


def test_a_holder_who_left_takes_no_time() -> None:
    its = blocked(gone(HOLLY))

    assert walk(pilot(), its, kind=Kind.SAME_BLOCKER) == {3: day(0), 4: day(5)}


def test_the_holder_is_the_one_named_last_in_the_run() -> None:
    assert blocker_holder(blocked(HOLLY, RUTH, None)) == RUTH
    assert blocker_holder(blocked(HOLLY, RUTH, moving=True)) is None
    assert blocker_holder(record()) is None


def test_the_blocker_still_standing_is_the_newest_answer_and_its_promise() -> None:
    standing = blocker(blocked(None, HOLLY))

    assert standing is not None
    assert (standing.holder, standing.holder_by) == (HOLLY, day(9))
    assert blocker(blocked(HOLLY, moving=True)) is None


def test_other_findings_do_not_go_to_the_holder() -> None:
    assert asked(Kind.SILENT, Rung.OWNER, pilot(), blocked(HOLLY, HOLLY)) == [("alice", "owner")]


# What holds the ladder: snoozes, one "on it", a pause. Never the finding.


@pytest.mark.parametrize(
    ("story", "rows", "reached"),
    [
        ("five days from day 1 on", [entry(day(1), "snooze", "5 working days: x")], (0, 8, 12, 17)),
        ("on the very first day", [entry(day(0), "snooze", "2 working days: x")], (0, 5, 9, 14)),
        ("from before the finding", [entry(day(-1), "snooze", "3 working days: x")], (3, 6, 10, 15)),
        (
            "two, one after the other",
            [entry(day(1), "snooze", "2 working days: x"), entry(day(4), "snooze", "3 working days: x")],
            (0, 8, 12, 17),
        ),
        (
            "two that overlap count once",
            [entry(day(1), "snooze", "4 working days: x"), entry(day(2), "snooze", "3 working days: x")],
            (0, 7, 11, 16),
        ),
        (
            "one by a robot holds nothing",
            [entry(day(1), "snooze", "5 working days: x", "svc-x")],
            (0, 3, 7, 12),
        ),
        ("on it: three days", [entry(day(1), "ack", "on it")], (0, 6, 10, 15)),
        (
            "on it counts once in an episode",
            [entry(day(1), "ack", "on it"), entry(day(5), "ack", "on it")],
            (0, 6, 10, 15),
        ),
        ("on it from before the finding holds nothing", [entry(day(-1), "ack", "on it")], (0, 3, 7, 12)),
        (
            "on it and a snooze on one day: the longer one",
            [entry(day(1), "ack", "on it"), entry(day(1), "snooze", "5 working days: x")],
            (0, 8, 12, 17),
        ),
        ("a word holds nothing by itself", [entry(day(1), "note", "hello")], (0, 3, 7, 12)),
    ],
)
def test_snoozes_and_one_on_it_postpone_the_rungs(
    story: str, rows: list[Entry], reached: Sequence[int]
) -> None:
    wanted = {rung: day(on) for rung, on in enumerate(reached, 1)}

    assert walk(pilot(), record(*rows), kind=Kind.OVERSTAY) == wanted, story


def test_a_snooze_over_a_weekend_is_counted_in_working_days() -> None:
    """Thursday day 3, two working days: Friday and Monday; the weekend between is held as well."""
    held = held_days(record(entry(day(3), "snooze", "2 working days: x")), MONDAY, PLAIN, RULES)

    assert held == [day(3) + n * DAY for n in range(1, 5)]


def test_a_pause_holds_the_ladder() -> None:
    """Paused on day 5, before rung 3 at 7; resumed on day 20: of its four days two had gone."""
    its = record(entry(day(5), "pause", f"Paused until {day(20).isoformat()}: x", "sam"))

    assert walk(pilot(), its, kind=Kind.OVERSTAY) == {1: day(0), 2: day(3), 3: day(22), 4: day(27)}


def test_what_begins_on_the_day_of_a_pause_is_asked_when_it_ends() -> None:
    its = record(entry(day(0), "pause", f"Paused until {day(20).isoformat()}: x", "sam"))

    assert walk(pilot(), its, kind=Kind.OVERSTAY)[1] == day(20)


# Steps.


@pytest.mark.parametrize(
    ("rung", "following", "wait"),
    [
        (Rung.NONE, Rung.OWNER, 3),
        (Rung.OWNER, Rung.TEAM, 4),
        (Rung.TEAM, Rung.SPONSOR, 5),
        (Rung.SPONSOR, Rung.DIGEST, None),
    ],
)
def test_each_step_names_its_rung_and_its_wait(rung: Rung, following: Rung, wait: int | None) -> None:
    step = next_step(Kind.SILENT, rung, pilot(), record(), day(1), PLAIN, RULES)

    assert step is not None
    assert (step.rung, step.wait) == (following, wait)


def test_after_the_digest_there_is_no_step() -> None:
    assert next_step(Kind.SILENT, Rung.DIGEST, pilot(), record(), day(1), PLAIN, RULES) is None
    assert next_step(Kind.OFF_PACE, Rung.OWNER, pilot(), record(), day(1), PLAIN, RULES) is None


def test_a_workspace_may_set_the_waits() -> None:
    slow = replace(RULES, waits=(5, 5, 10))

    assert [wait_after(Kind.SILENT, rung, slow) for rung in (Rung.OWNER, Rung.TEAM, Rung.SPONSOR)] == [
        5,
        5,
        10,
    ]
    assert climbed(finding(), pilot(), record(), day(19), PLAIN, slow) is Rung.SPONSOR
    assert climbed(finding(), pilot(), record(), day(20), PLAIN, slow) is Rung.DIGEST


def test_the_rungs_are_named_as_the_replay_prints_them() -> None:
    assert [one.words for one in Rung] == ["none", "owner", "owner+backup", "sponsor", "leadership digest"]


@pytest.mark.parametrize("kind", [one for one in Kind if one is not Kind.PAUSED])
@pytest.mark.parametrize("rung", [Rung.OWNER, Rung.TEAM, Rung.SPONSOR])
def test_nobody_who_left_is_ever_asked(kind: Kind, rung: Rung) -> None:
    everyone_left = pilot(owner=gone(ALICE), backup=gone(BOB), sponsor=gone(SAM), run_owner=gone(RUTH))

    assert asked(kind, rung, everyone_left, blocked(gone(HOLLY))) == []
