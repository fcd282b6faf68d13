"""The three checklists: points over applicable items, and the weakest of the three."""

from dataclasses import replace
from datetime import date

import pytest

from bot.domain.pilot import Risk
from bot.domain.readiness import (
    DONE_MEANS,
    ITEMS,
    NEEDED,
    NO_LONGER,
    SHELF_DAYS,
    SHELF_WORKING_DAYS,
    by_list,
    evidence_of,
    readiness,
    standing,
    standings,
)
from bot.domain.record import Item
from tests.domain.build import DAY, MONDAY, PLAIN, day, entry, pilot, record


def items(codes: str, state: str = "done", *, automatic: bool = True) -> list[Item]:
    """One row for each code."""
    return [
        Item(code=code, state=state, on=MONDAY, by="alice", automatic=automatic) for code in codes.split()
    ]


INFRASTRUCTURE, DATA, ORGANISATION = (
    " ".join(code for code in ITEMS if code.startswith(letter)) for letter in "IDO"
)


def test_the_lists_have_eight_seven_and_eight_items() -> None:
    assert [len(one.split()) for one in (INFRASTRUCTURE, DATA, ORGANISATION)] == [8, 7, 8]


@pytest.mark.parametrize(
    ("story", "ticked", "shares"),
    [
        ("nothing", [], (0, 0, 0)),
        ("everything, by machines", items(" ".join(ITEMS)), (1, 1, 1)),
        ("everything, on somebody's word", items(" ".join(ITEMS), automatic=False), (0.5, 0.5, 0.5)),
        ("four of eight", items("I1 I2 I3 I4"), (0.5, 0, 0)),
        (
            "two by machines and two by word: 3 of 8",
            items("I1 I2") + items("I3 I4", automatic=False),
            (0.375, 0, 0),
        ),
        ("two do not apply: 3 of 5", items("D6 D7", "na") + items("D1 D2 D3"), (0, 0.6, 0)),
        ("an item open again is open", items("I1 I2 I3 I4") + items("I1", "open"), (0.375, 0, 0)),
        ("a list of which nothing applies holds nothing back", items(DATA, "na"), (0, 1, 0)),
    ],
)
def test_a_list_is_points_over_applicable_items(
    story: str, ticked: list[Item], shares: tuple[float, float, float]
) -> None:
    """Automatic evidence counts 1, a person's word a half."""
    assert tuple(by_list(ticked, MONDAY, PLAIN).values()) == pytest.approx(shares), story


@pytest.mark.parametrize(
    ("story", "ticked", "least"),
    [
        ("a brilliant model, no trained users: 8/8, 7/7, 0/8", items(f"{INFRASTRUCTURE} {DATA}"), 0),
        ("everything", items(" ".join(ITEMS)), 1),
        ("never their average", items(f"{INFRASTRUCTURE} {DATA} O1 O2"), 0.25),
        ("nothing", [], 0),
    ],
)
def test_readiness_is_the_weakest_list(story: str, ticked: list[Item], least: float) -> None:
    assert readiness(ticked, MONDAY, PLAIN) == pytest.approx(least), story


def test_the_newest_row_of_an_item_holds() -> None:
    """Set open on one day, ticked on the next."""
    rows = [
        Item(code="I1", state="open", on=MONDAY, by="alice", automatic=True),
        Item(code="I1", state="done", on=MONDAY + DAY, by="alice", automatic=True),
    ]

    assert by_list(rows, MONDAY + DAY, PLAIN)["I"] == pytest.approx(1 / 8)


@pytest.mark.parametrize(
    ("risk", "needed"),
    [
        (Risk.MINIMAL, "I1 I4 I6 D1 D2 O3"),
        (Risk.LIMITED, "I1 I4 I6 D1 D2 O3 I2 I3 I5 D3"),
        (Risk.HIGH, "I1 I2 I3 I4 I5 I6 D1 D2 D3 D4 D5 O3 O7"),
    ],
)
def test_what_a_risk_class_must_show_before_people_use_it(risk: Risk, needed: str) -> None:
    assert set(NEEDED[risk]) == set(needed.split())
    assert set(NEEDED[risk]) <= set(ITEMS)


# B9: evidence expires.


def ticked(code: str, evidence: str = "", *, on: date = MONDAY) -> Item:
    return Item(code=code, state="done", on=on, by="alice", evidence=evidence)


def state(item: Item, on: date) -> str:
    return standing(item.code, item, on, PLAIN).state


@pytest.mark.parametrize(
    ("code", "last"),
    [
        ("I6", MONDAY + 90 * DAY),
        ("I2", MONDAY + 30 * DAY),
        ("D1", MONDAY + 180 * DAY),
        # Thirty working days, not days.
        ("O1", day(30)),
    ],
)
def test_b9_evidence_expires_and_is_open_again(code: str, last: date) -> None:
    """Ticked on day 0: done up to the last day of its shelf life, open on the day after, and it says why."""
    item = ticked(code)

    assert [state(item, on) for on in (MONDAY, last)] == ["done", "done"]
    assert state(item, last + DAY) == "open" if code != "O1" else state(item, day(31)) == "open"
    reopened = standing(code, item, day(31) if code == "O1" else last + DAY, PLAIN).reopened
    assert "5 Jan 2026" in reopened
    assert "days" in reopened


def test_b9_tick_on_day_0_day_91_open() -> None:
    """The rollback test of product.md: the list itself loses the point on day 91."""
    item = ticked("I6")

    assert by_list([item], MONDAY + 90 * DAY, PLAIN)["I"] == pytest.approx(0.5 / 8)
    assert by_list([item], MONDAY + 91 * DAY, PLAIN)["I"] == 0


@pytest.mark.parametrize("code", [code for code in ITEMS if code not in (*SHELF_DAYS, *SHELF_WORKING_DAYS)])
def test_what_has_no_shelf_life_stands_for_years(code: str) -> None:
    assert state(ticked(code), MONDAY + 3000 * DAY) == "done"


def test_access_stands_until_the_day_it_states() -> None:
    item = ticked("D3", "svc-invoice, expires 2026-06-30")
    assert (state(item, date(2026, 6, 30)), state(item, date(2026, 7, 1))) == ("done", "open")
    assert standing("D3", item, date(2026, 7, 1), PLAIN).reopened == "the access expired on 30 Jun 2026"


@pytest.mark.parametrize(
    ("evidence", "stands", "why"),
    [
        ("42 of 50", "done", ""),
        ("40 of 50", "done", ""),
        ("39 of 50", "open", "39 of 50 trained is 78 %, 80 % are needed"),
        ("7960 of 10000", "open", "7,960 of 10,000 trained is 79 %, 80 % are needed"),
        ("50 of 50; 62 users now", "done", ""),
        ("50 of 50; 63 users now", "open", "63 users now, 50 when they were trained: 26 % are new"),
        ("4 of 4; 5 users now", "open", "5 users now, 4 when they were trained: 25 % are new"),
        ("everybody", "done", ""),
    ],
)
def test_training_stands_while_enough_are_trained_and_few_are_new(
    evidence: str, stands: str, why: str
) -> None:
    one = standing("O3", ticked("O3", evidence), MONDAY, PLAIN)
    assert (one.state, one.reopened) == (stands, why)


def test_training_that_new_users_overtook_is_open_again_and_one_that_never_was_enough_is_open() -> None:
    """The row says open, as the record does; why it is open again is read from its numbers."""
    overtaken = standing("O3", replace(ticked("O3", "50 of 50; 63 users now"), state="open"), MONDAY, PLAIN)
    assert overtaken.reopened == "63 users now, 50 when they were trained: 26 % are new"
    never = standing("O3", replace(ticked("O3", "45 of 70"), state="open"), MONDAY, PLAIN)
    assert (never.state, never.reopened) == ("open", "")


def test_the_sponsors_last_word_is_item_o1() -> None:
    """A tap counts whole for thirty working days; "no longer worth it" is no sign of life; a newer row wins."""
    its = record(entry(day(3), "note", "Still worth it", "sam"))
    stand = standings(evidence_of(pilot(), its), day(33), PLAIN)["O1"]
    assert (stand.state, stand.points, stand.expires_on) == ("done", 1.0, day(33))
    assert standings(evidence_of(pilot(), its), day(34), PLAIN)["O1"].state == "open"

    no = record(entry(day(3), "note", "Still worth it", "sam"), entry(day(4), "note", NO_LONGER, "sam"))
    assert standings(evidence_of(pilot(), no), day(5), PLAIN)["O1"].state == "open"

    told = record(entry(day(3), "note", "x", "sam"), items=(ticked("O1", "in the board", on=day(9)),))
    assert standings(evidence_of(pilot(), told), day(34), PLAIN)["O1"].points == pytest.approx(0.5)
    assert evidence_of(pilot(sponsor=None), its) == ()


def test_every_item_says_when_it_is_done() -> None:
    assert list(DONE_MEANS) == list(ITEMS)
