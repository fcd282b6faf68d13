"""What is owed beside the check-in: the first week, one due item, promises."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from bot.domain.due import (
    due_item,
    expiries,
    lapsed,
    left_in_peace,
    open_promises,
    week_one,
    week_one_due,
)
from bot.domain.findings import examine
from bot.domain.ladder import NOT_MINE, Role, Rung, addressees, blocker_holder
from bot.domain.pilot import Risk
from bot.domain.readiness import ITEMS
from bot.domain.record import Entry, Item, Promise, Record
from bot.domain.stages import Rules, Stage
from bot.domain.stalls import Kind
from tests.domain.build import ALICE, DAY, HOLLY, MONDAY, PLAIN, day, entry, pilot, record

BUILD = pilot(Stage.BUILD, cost_per_week=Decimal(500))


def rows(codes: str, state: str = "done", *, on: date = MONDAY) -> tuple[Item, ...]:
    return tuple(Item(code=code, state=state, on=on, by="alice") for code in codes.split())


# B7: the week-one clock.


def test_b7_ticked_on_day_4_no_question() -> None:
    its = record(items=rows("I1 I2 I3 I4", on=day(4)))
    assert [week_one(BUILD, its, day(on), PLAIN) for on in (4, 5, 6, 7)] == [None] * 4


def test_b7_none_by_day_6_one_question_with_the_cost_of_later() -> None:
    """Due on working day 5: nothing is late on it; on day 6 it is, and each further day costs more."""
    its = record(items=rows("I1 I2 I3 I4", "open"))
    assert week_one_due(BUILD, PLAIN) == day(5)
    assert week_one(BUILD, its, day(5), PLAIN) is None

    late = week_one(BUILD, its, day(6), PLAIN)
    assert late is not None
    assert (late.codes, late.late, late.cost) == (("I1", "I2", "I3", "I4"), 1, Decimal(100))
    later = week_one(BUILD, its, day(9), PLAIN)
    assert later is not None
    assert (later.late, later.cost) == (4, Decimal(400))


def test_b7_only_what_is_open_is_late_and_it_is_no_finding() -> None:
    its = record(items=(*rows("I1 I3"), *rows("I2", "na"), *rows("I4", "open")))
    late = week_one(BUILD, its, day(6), PLAIN)
    assert late is not None
    assert late.codes == ("I4",)
    assert examine(BUILD, its, day(6), PLAIN).findings == ()


@pytest.mark.parametrize(
    ("story", "stage", "items"),
    [
        ("no checklist is kept", Stage.BUILD, ()),
        ("not in build", Stage.TRIAL, rows("I1", "open")),
        ("not yet in build", Stage.FRAMED, rows("I1", "open")),
    ],
)
def test_b7_is_judged_only_in_build_and_where_rows_exist(
    story: str, stage: Stage, items: tuple[Item, ...]
) -> None:
    assert week_one(pilot(stage), record(items=items), day(9), PLAIN) is None, story


# One due item at a time.


@pytest.mark.parametrize(
    ("story", "stage", "risk", "items", "code"),
    [
        ("nothing ticked: the first week first", Stage.BUILD, Risk.MINIMAL, (), "I1"),
        ("then what G3 needs", Stage.BUILD, Risk.MINIMAL, rows("I1 I2 I3 I4"), "I6"),
        ("for its risk class", Stage.BUILD, Risk.LIMITED, rows("I1 I2 I3 I4"), "I5"),
        ("not what another class needs", Stage.BUILD, Risk.MINIMAL, rows("I1 I2 I3 I4 I6 D1 D2 O3"), None),
        ("high risk needs more", Stage.BUILD, Risk.HIGH, rows("I1 I2 I3 I4 I5 I6 D1 D2 D3 D4 D5 O3"), "O7"),
        ("set aside is not asked", Stage.BUILD, Risk.MINIMAL, rows("I1 I2 I3 I4 I6", "na"), "D1"),
        ("in trial what G4 needs; the pulse asks for O1", Stage.TRIAL, Risk.MINIMAL, (), "O2"),
        ("in rollout all", Stage.ROLLOUT, Risk.MINIMAL, (), "I1"),
        (
            "what may be skipped comes last",
            Stage.ROLLOUT,
            Risk.MINIMAL,
            rows(" ".join(code for code in ITEMS if code not in ("I7", "D6", "O7", "O8"))),
            "O8",
        ),
        ("an idea is left alone", Stage.IDEA, Risk.HIGH, (), None),
        ("so is a framed pilot", Stage.FRAMED, Risk.HIGH, (), None),
        ("and an ended one", Stage.SCALED, Risk.HIGH, (), None),
    ],
)
def test_which_item_is_due(
    story: str, stage: Stage, risk: Risk, items: tuple[Item, ...], code: str | None
) -> None:
    due = due_item(pilot(stage, risk=risk), record(items=items), MONDAY, PLAIN)
    assert (due.code if due else None) == code, story


def test_b9_an_expired_item_is_asked_again_one_at_a_time_and_says_why() -> None:
    """In trial, with O2 to O6 done, the rollback test of day 0 and the image of day 0 have expired on day 91."""
    its = record(items=(*rows("I2 I6 O2 O4 O5 O6"), replace(rows("O3")[0], evidence="42 of 50")))
    due = due_item(pilot(), its, MONDAY + 91 * DAY, PLAIN)
    assert due is not None
    assert (due.code, due.reopened) == ("I2", True)
    assert "ticked on 5 Jan 2026" in due.why
    put_off = due_item(pilot(), its, MONDAY + 91 * DAY, PLAIN, later=["I2"])
    assert put_off is not None
    assert put_off.code == "I6"
    assert due_item(pilot(), its, MONDAY + 29 * DAY, PLAIN) is None


def test_what_was_put_off_is_asked_again_where_nothing_else_is_due() -> None:
    its = record(items=rows("I1 I2 I3 I4 I6 D1 D2"))
    due = due_item(BUILD, its, MONDAY, PLAIN, later=["O3"])
    assert due is not None
    assert due.code == "O3"


def test_the_day_an_item_expires_is_a_day_to_look() -> None:
    its = record(items=rows("I2 I6"))
    assert expiries(BUILD, its, MONDAY, PLAIN) == [MONDAY + 30 * DAY, MONDAY + 90 * DAY]
    assert expiries(BUILD, its, MONDAY + 31 * DAY, PLAIN) == [MONDAY + 90 * DAY]


# Promises.


def test_a_promise_lapses_the_day_after_its_date_and_one_without_never() -> None:
    due = Promise(text="Danish training", by=day(4), made_on=MONDAY, holder=ALICE)
    its = record(promises=(due, Promise(text="soon", by=None, made_on=MONDAY)))
    assert lapsed(its, day(4)) == []
    assert lapsed(its, day(4) + DAY) == [due]
    kept = record(promises=(replace(due, kept_on=day(2)),))
    assert lapsed(kept, day(9)) == []


# B5: a blocker goes to its holder.


def stuck(on: date, until: date, text: str = "waits for SEC-12") -> Entry:
    return entry(on, "stuck", text, holder=HOLLY, holder_by=until)


def held(*rows_: Entry, until: date) -> Record:
    promise = Promise(text="waits for SEC-12", by=until, made_on=day(1), holder=HOLLY)
    return record(*rows_, promises=(promise,))


def test_b5_the_third_mention_goes_to_the_holder_and_not_to_the_owner() -> None:
    its = held(
        stuck(day(1), day(9)),
        stuck(day(4), day(9), "SEC-12 once more, the vendor answers nobody"),
        stuck(day(7), day(9), "nothing new about the firewall, SEC-12"),
        until=day(9),
    )
    found = examine(pilot(), its, day(7), PLAIN)
    assert [finding.kind for finding in found.findings] == [Kind.SAME_BLOCKER]
    for rung in (Rung.OWNER, Rung.TEAM):
        to = addressees(Kind.SAME_BLOCKER, rung, pilot(), its, day(7), PLAIN, Rules())
        assert [(one.person, one.role) for one in to] == [(HOLLY, Role.HOLDER)]


def test_b5_the_owner_is_left_in_peace_until_the_promise_date() -> None:
    its = held(stuck(day(1), day(9)), until=day(9))
    assert left_in_peace(its, day(9)) == day(9)
    assert left_in_peace(its, day(10)) is None
    moves = held(stuck(day(1), day(9)), entry(day(3), "moving"), until=day(9))
    assert left_in_peace(moves, day(4)) is None
    gate = record(promises=(Promise(text="training", by=day(9), made_on=MONDAY, holder=ALICE),))
    assert left_in_peace(gate, day(4)) is None


def test_b5_without_a_holder_the_owners_line_climbs() -> None:
    its = record(*(entry(day(on), "stuck", "waits for SEC-12") for on in (1, 4, 7)))
    to = addressees(Kind.SAME_BLOCKER, Rung.OWNER, pilot(), its, day(7), PLAIN, Rules())
    assert [one.person for one in to] == [ALICE]


def test_b5_a_holder_who_cannot_clear_it_takes_no_time() -> None:
    named = stuck(day(1), day(9))
    assert blocker_holder(record(named)) == HOLLY
    assert blocker_holder(record(named, entry(day(2), "note", NOT_MINE, "holly"))) is None
    assert blocker_holder(record(named, entry(day(2), "note", NOT_MINE, "bob"))) == HOLLY
    again = record(named, entry(day(2), "note", NOT_MINE, "holly"), stuck(day(3), day(9)))
    assert blocker_holder(again) == HOLLY


def test_of_one_holders_promises_the_newest_counts() -> None:
    first = Promise(text="waits for SEC-12", by=day(3), made_on=day(1), holder=HOLLY)
    newer = replace(first, by=day(9), made_on=day(2))
    its = record(stuck(day(1), day(3)), stuck(day(2), day(9)), promises=(first, newer))
    assert open_promises(its) == [newer]
