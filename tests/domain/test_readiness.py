"""The three checklists: points over applicable items, and the weakest of the three."""

import pytest

from bot.domain.pilot import Risk
from bot.domain.readiness import ITEMS, NEEDED, by_list, readiness
from bot.domain.record import Item
from tests.domain.build import DAY, MONDAY, PLAIN


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
