"""What may be said to whom now: never more than one message a day, three a week, three sections in a message."""

from collections import Counter
from datetime import date, timedelta
from itertools import permutations
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from bot.domain.budget import (
    APART,
    ASKS_IN_A_MESSAGE,
    SINGLE,
    Choice,
    Waiting,
    choose,
    may_send,
    may_send_edition,
    week_of,
)
from bot.domain.ladder import Role
from tests.domain.build import DAY, MONDAY

MOST_A_DAY, MOST_A_WEEK = 1, 3


def ask(
    name: str,
    role: Role = Role.OWNER,
    *,
    pilot: str = "",
    kind: str = "SILENT",
    rung: int = 1,
    since: date = MONDAY,
) -> Waiting:
    """One ask; a pilot of its own unless one is named."""
    return Waiting(ask_id=name, pilot_id=pilot or f"p-{name}", kind=kind, role=role, rung=rung, since=since)


def said(waiting: list[Waiting]) -> tuple[list[str], list[str]]:
    """The ids that speak, in order: in the message, and left waiting."""
    chosen, left = choose(waiting)
    return [one.speaks.ask_id for one in chosen], [one.speaks.ask_id for one in left]


# The charge.


@pytest.mark.parametrize(
    ("story", "charged", "today", "may"),
    [
        ("nothing yet", [], 0, True),
        ("one today", [0], 0, False),
        ("one yesterday", [0], 1, True),
        ("two this week", [0, 1], 2, True),
        ("three this week", [0, 1, 2], 3, False),
        ("three this week, Sunday", [0, 1, 2], 6, False),
        ("three last week", [0, 1, 2], 7, True),
        ("Sunday belongs to the week before", [4, 5, 6], 7, True),
        ("three in seven days, over two weeks", [5, 6, 7], 8, True),
        ("one is on its way for tomorrow", [1], 0, True),
    ],
)
def test_one_message_a_day_and_three_a_monday_to_sunday_week(
    story: str, charged: list[int], today: int, may: bool
) -> None:
    """Days are counted from a Monday."""
    assert may_send([MONDAY + n * DAY for n in charged], MONDAY + today * DAY) is may, story


@pytest.mark.parametrize(
    ("story", "charged", "editions", "question", "edition"),
    [
        ("an edition today leaves no room for a question", [], [4], False, False),
        ("an edition of yesterday takes none of the three", [0, 1], [3], True, True),
        ("three questions this week still leave room for an edition", [0, 1, 2], [], False, True),
        ("a question today carries the edition, or it waits", [4], [], False, False),
    ],
)
def test_an_edition_alone_is_the_days_message_and_none_of_the_weeks_three(
    story: str, charged: list[int], editions: list[int], question: bool, edition: bool
) -> None:
    told, alone, friday = (
        [MONDAY + n * DAY for n in charged],
        [MONDAY + n * DAY for n in editions],
        MONDAY + 4 * DAY,
    )
    assert may_send(told, friday, alone) is question, story
    assert may_send_edition([*told, *alone], friday) is edition, story


@pytest.mark.parametrize("offset", range(7))
def test_a_week_runs_from_monday_to_sunday(offset: int) -> None:
    assert week_of(MONDAY + offset * DAY) == (MONDAY, MONDAY + 6 * DAY)


def test_the_last_week_of_a_year_runs_on_into_the_next() -> None:
    """Week 53 of 2026: a message on New Year's Eve counts on New Year's Day."""
    assert week_of(date(2027, 1, 1)) == (date(2026, 12, 28), date(2027, 1, 3))
    assert not may_send([date(2026, 12, 29), date(2026, 12, 30), date(2026, 12, 31)], date(2027, 1, 1))


class Mailbox(RuleBasedStateMachine):
    """One person over months: days go by, asks come in, messages go out whenever they may."""

    def __init__(self) -> None:
        super().__init__()
        self.today = MONDAY
        self.charged: list[date] = []
        self.editions: list[date] = []
        self.waiting: list[Waiting] = []
        self.said: Counter[str] = Counter()
        self.asked = 0

    @rule(days=st.integers(1, 4))
    def days_go_by(self, days: int) -> None:
        self.today += timedelta(days=days)

    @rule(
        role=st.sampled_from(list(Role)),
        pilot=st.sampled_from("abcde"),
        kind=st.sampled_from(["SILENT", "BLIND", "OVERSTAY", "checkin", "pulse", "item", "announce", "gate"]),
        rung=st.integers(0, 3),
        age=st.integers(0, 30),
    )
    def somebody_asks(self, role: Role, pilot: str, kind: str, rung: int, age: int) -> None:
        self.asked += 1
        since = self.today - timedelta(days=age)
        self.waiting.append(ask(f"a{self.asked}", role, pilot=pilot, kind=kind, rung=rung, since=since))

    @rule(tries=st.integers(1, 3))
    def the_clock_ticks(self, tries: int) -> None:
        for _ in range(tries):
            if not self.waiting or not may_send(self.charged, self.today, self.editions):
                continue
            chosen, left = choose(self.waiting)
            self.charged.append(self.today)
            for one in chosen:
                self.said.update(each.ask_id for each in (one.speaks, *one.with_it))
            self.waiting = [each for one in left for each in (one.speaks, *one.with_it)]
            assert 1 <= len(chosen) <= ASKS_IN_A_MESSAGE

    @rule()
    def an_edition_is_due(self) -> None:
        """It rides in the day's message, which is then no other; alone it goes only where there is none."""
        if may_send_edition([*self.charged, *self.editions], self.today):
            self.editions.append(self.today)

    @invariant()
    def never_more_than_one_a_day_and_three_a_week(self) -> None:
        days = Counter([*self.charged, *self.editions])
        weeks = Counter(day.isocalendar()[:2] for day in self.charged)
        assert max(days.values(), default=0) <= MOST_A_DAY
        assert max(weeks.values(), default=0) <= MOST_A_WEEK

    @invariant()
    def nothing_is_lost_and_nothing_is_said_twice(self) -> None:
        assert set(self.said.values()) <= {1}
        assert len(self.said) + len(self.waiting) == self.asked


TestMailbox = Mailbox.TestCase
TestMailbox.settings = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


# The order: as sponsor, as holder and owner, as backup, then single taps; within each the oldest first.

SPONSOR = ask("sponsor", Role.SPONSOR, since=MONDAY + 5 * DAY)
HOLDER = ask("holder", Role.HOLDER, kind="SAME_BLOCKER", since=MONDAY + 2 * DAY)
OWNER = ask("owner", Role.OWNER, since=MONDAY + 3 * DAY)
BACKUP = ask("backup", Role.BACKUP, since=MONDAY)
PULSE = ask("pulse", Role.SPONSOR, kind="pulse", since=MONDAY - 9 * DAY)


@pytest.mark.parametrize("waiting", list(permutations([SPONSOR, HOLDER, OWNER, BACKUP, PULSE])))
def test_a_message_is_in_order_whatever_came_first(waiting: tuple[Waiting, ...]) -> None:
    assert said(list(waiting)) == (["sponsor", "holder", "owner"], ["backup", "pulse"])


@pytest.mark.parametrize("role", list(Role))
def test_within_a_role_the_oldest_comes_first(role: Role) -> None:
    some = [ask(f"d{n}", role, since=MONDAY + n * DAY) for n in (3, 0, 4, 1, 2)]

    assert said(some) == (["d0", "d1", "d2"], ["d3", "d4"])


def test_a_section_is_as_old_as_the_oldest_ask_in_it() -> None:
    """The louder one speaks, the older one gives the place."""
    young, old = (
        ask("young", pilot="x", rung=2, since=MONDAY + 8 * DAY),
        ask("old", pilot="x", kind="OVERSTAY", since=MONDAY),
    )
    other = ask("other", since=MONDAY + DAY)

    assert said([other, young, old]) == (["young", "other"], [])


@pytest.mark.parametrize("kind", sorted(SINGLE))
def test_single_taps_come_last_in_whatever_role(kind: str) -> None:
    tap = ask("tap", Role.SPONSOR, kind=kind, since=MONDAY - 30 * DAY)

    assert said([tap, BACKUP]) == (["backup", "tap"], [])


# One section per pilot and role.


def test_questions_about_one_pilot_in_one_role_are_one_section() -> None:
    """The highest rung speaks, then the oldest; the others ride with it."""
    some = [
        ask("blind", pilot="x", kind="BLIND", since=MONDAY),
        ask("stay", pilot="x", kind="OVERSTAY", rung=2, since=MONDAY + 2 * DAY),
        ask("silent", pilot="x", rung=2, since=MONDAY + DAY),
    ]
    ((section,), left) = choose(some)

    assert left == []
    assert section.speaks.ask_id == "silent"
    assert [one.ask_id for one in section.with_it] == ["stay", "blind"]


def test_a_plain_check_in_never_speaks_beside_a_finding() -> None:
    """A day's ask that carries a finding replaces it, however old the check-in is."""
    check_in = ask("checkin", pilot="x", kind="checkin", rung=0, since=MONDAY - 30 * DAY)
    ((section,), _) = choose([check_in, ask("silent", pilot="x", since=MONDAY)])

    assert section == Choice(speaks=ask("silent", pilot="x", since=MONDAY), with_it=(check_in,))


def test_what_climbs_further_speaks_before_what_stays_on_its_first_rung() -> None:
    """“Message 1 of at most 1” is not said where a second one follows."""
    pace = ask("pace", pilot="x", kind="OFF_PACE", since=MONDAY - 9 * DAY)
    ((section,), _) = choose([pace, ask("stay", pilot="x", kind="OVERSTAY")])

    assert section == Choice(speaks=ask("stay", pilot="x", kind="OVERSTAY"), with_it=(pace,))


def test_a_check_in_rides_with_an_announcement() -> None:
    """The announcement carries the finding, so one pilot is not asked about twice in one message."""
    check_in = ask("checkin", pilot="x", kind="checkin", rung=0)
    told = ask("told", pilot="x", kind="announce", rung=3)

    assert choose([check_in, told]) == ([Choice(speaks=told, with_it=(check_in,))], [])


def test_one_pilot_in_two_roles_is_two_sections() -> None:
    assert said([ask("as-owner", pilot="x"), ask("as-backup", Role.BACKUP, pilot="x")]) == (
        ["as-owner", "as-backup"],
        [],
    )


@pytest.mark.parametrize("kind", sorted(APART | SINGLE))
def test_a_question_with_buttons_of_its_own_is_a_section_of_its_own(kind: str) -> None:
    found, _ = said([ask("a", pilot="x"), ask("b", pilot="x", kind=kind)])

    assert sorted(found) == ["a", "b"]


asks_ = st.lists(
    st.builds(
        ask,
        name=st.text("abcdefgh", min_size=1, max_size=4),
        role=st.sampled_from(list(Role)),
        pilot=st.sampled_from("xyz"),
        kind=st.sampled_from(["SILENT", "BLIND", "checkin", "pulse", "item", "gate", "WATERMELON"]),
        rung=st.integers(0, 3),
        since=st.dates(MONDAY, MONDAY + 20 * DAY),
    ),
    max_size=14,
    unique_by=lambda one: one.ask_id,
)


def test_what_is_announced_of_one_pilot_is_one_section_beside_its_questions() -> None:
    def waits(ask_id: str, kind: str, pilot: str = "x") -> Waiting:
        return Waiting(ask_id=ask_id, pilot_id=pilot, kind=kind, role=Role.OWNER, rung=3, since=MONDAY)

    told = [waits("a", "announce"), waits("b", "announce"), waits("c", "SILENT"), waits("d", "announce", "y")]
    chosen, left = choose(told)
    assert [(one.speaks.ask_id, [other.ask_id for other in one.with_it]) for one in chosen] == [
        ("a", ["b"]),
        ("c", []),
        ("d", []),
    ]
    assert left == []


@settings(max_examples=200, deadline=None)
@given(asks_, st.randoms(use_true_random=False))
def test_choosing_neither_loses_nor_doubles_and_does_not_depend_on_the_order(
    waiting: list[Waiting], rng: Random
) -> None:
    chosen, left = choose(waiting)
    shuffled = list(waiting)
    rng.shuffle(shuffled)
    all_of = [each.ask_id for one in (*chosen, *left) for each in (one.speaks, *one.with_it)]

    assert sorted(all_of) == sorted(one.ask_id for one in waiting)
    assert choose(shuffled) == (chosen, left)
    assert len(chosen) == min(ASKS_IN_A_MESSAGE, len(chosen) + len(left))
    usual = [
        (one.speaks.pilot_id, one.speaks.role)
        for one in (*chosen, *left)
        if one.speaks.kind not in APART | SINGLE
    ]
    assert len(set(usual)) == len(usual)
