"""Who may do what: the table of product.md 1.2, every action, every standing, every combination of them."""

from dataclasses import replace
from itertools import product

import pytest

from bot.domain.people import Person
from bot.domain.pilot import Pilot
from bot.domain.roles import TABLE, Action, May, Standing, may, standings, who_may
from tests.domain.build import ALICE, BOB, CHARLIE, RUTH, SAM, pilot

#: The columns: guest or outsider, member, owner or backup, sponsor, leader, admin. y yes, p proposes, - no.
MATRIX = {
    Action.READ: "-yyyyy",
    Action.CHECK_IN: "--y--y",
    Action.PAUSE: "---yyy",
    Action.RETIRE: "--pyyy",
    Action.SCALE: "--py--",
    Action.BACK: "---y--",
    Action.PASS: "--y--y",
    Action.MERGE: "--pyyy",
    Action.EDIT: "--yy-y",
    Action.CONFIGURE: "-----y",
}
COLUMNS = (
    Standing.OUTSIDER,
    Standing.MEMBER,
    Standing.OWNER,
    Standing.SPONSOR,
    Standing.LEADER,
    Standing.ADMIN,
)
VERDICTS = {"y": May.YES, "p": May.PROPOSE, "-": May.NO}


def granted(action: Action, standing: Standing) -> May:
    return VERDICTS[MATRIX[action][COLUMNS.index(standing)]]


def test_the_matrix_of_the_tests_is_whole() -> None:
    assert set(MATRIX) == set(Action) == set(TABLE)
    assert set(COLUMNS) == set(Standing)


@pytest.mark.parametrize(("action", "standing"), list(product(Action, Standing)))
def test_every_cell_of_the_table(action: Action, standing: Standing) -> None:
    assert may(action, {standing}) is granted(action, standing)


@pytest.mark.parametrize("action", list(Action))
def test_whoever_is_several_things_may_the_most_of_them(action: Action) -> None:
    """All 63 combinations of standings."""
    for picked in product((False, True), repeat=len(COLUMNS)):
        held = {one for one, chosen in zip(COLUMNS, picked, strict=True) if chosen}

        assert may(action, held) is max((granted(action, one) for one in held), default=May.NO)


@pytest.mark.parametrize(
    ("person", "admin", "leader"),
    list(product((ALICE, BOB, SAM, RUTH, CHARLIE), (False, True), (False, True))),
)
def test_standings_are_towards_this_very_pilot(person: Person, admin: bool, leader: bool) -> None:
    """Owner and backup count alike; a run owner is a member; admin and leader come from the settings."""
    wanted = {Standing.MEMBER}
    wanted |= {Standing.OWNER} if person in (ALICE, BOB) else set()
    wanted |= {Standing.SPONSOR} if person == SAM else set()
    wanted |= {Standing.LEADER} if leader else set()
    wanted |= {Standing.ADMIN} if admin else set()
    other = pilot(owner=CHARLIE, backup=None, sponsor=RUTH)

    assert standings(person, pilot(run_owner=RUTH), admin=admin, leader=leader) == wanted
    assert Standing.OWNER not in standings(ALICE, other, admin=admin, leader=leader)
    assert standings(person, None, admin=False, leader=False) == {Standing.MEMBER}


@pytest.mark.parametrize(("action", "person"), list(product(Action, (ALICE, BOB, SAM, CHARLIE))))
def test_a_guest_may_nothing_whatever_the_row_says(action: Action, person: Person) -> None:
    """Even as owner, sponsor, leader and admin at once."""
    guest = replace(person, guest=True)
    held = standings(guest, pilot(), admin=True, leader=True)

    assert held == {Standing.OUTSIDER}
    assert may(action, held) is May.NO


def test_nobody_may_anything_without_a_standing() -> None:
    assert {may(action, set()) for action in Action} == {May.NO}


@pytest.mark.parametrize(
    ("action", "a_pilot", "says"),
    [
        (Action.RETIRE, pilot(), "Only Sam or the leadership group can do that."),
        (Action.PAUSE, pilot(), "Only Sam or the leadership group can do that."),
        (Action.PAUSE, pilot(sponsor=None), "Only the leadership group can do that."),
        (Action.BACK, pilot(), "Only Sam can do that."),
        (Action.SCALE, pilot(), "Only Sam can do that."),
        (Action.CHECK_IN, pilot(), "Only Alice, Bob or the admin can do that."),
        (Action.CHECK_IN, pilot(backup=None), "Only Alice or the admin can do that."),
        (Action.EDIT, pilot(), "Only Alice, Bob, Sam or the admin can do that."),
        (Action.CONFIGURE, pilot(), "Only the admin can do that."),
        (
            Action.BACK,
            pilot(sponsor=None),
            "Nobody can do that yet: the pilot needs an owner and a sponsor first.",
        ),
    ],
)
def test_whoever_may_not_is_told_who_can(action: Action, a_pilot: Pilot, says: str) -> None:
    assert who_may(action, a_pilot) == says
