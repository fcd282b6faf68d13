"""The number: progress against the target, pace against the calendar, guardrails; each row with its arithmetic."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.direction import Direction, Kind
from bot.domain.metric import Metric, guardrail, last_number, newest, plain_number, values_of
from bot.domain.record import Activity, Counts
from tests.domain.build import DAY, MONDAY, rails, reading

D = Decimal
END = MONDAY + 200 * DAY


def metric(baseline: str, target: str, direction: Direction = Direction.DECREASE) -> Metric:
    """Two hundred days from the Monday on."""
    return Metric(
        name="m",
        direction=direction,
        baseline=D(baseline),
        baseline_on=MONDAY,
        target=D(target),
        deadline=END,
    )


@pytest.mark.parametrize(
    ("baseline", "target", "now", "progress"),
    [
        ("10", "6", "6.5", 0.875),  # 3.5 of 4
        ("10", "6", "10", 0),
        ("10", "6", "11", -0.25),  # worse than before
        ("10", "6", "4", 1.5),  # beyond the target, not cut
        ("22", "35", "30", 8 / 13),
        ("-5", "5", "0", 0.5),
        ("4.1", "3.0", "3.2", 9 / 11),
    ],
)
def test_progress_is_the_share_of_the_way(baseline: str, target: str, now: str, progress: float) -> None:
    assert metric(baseline, target).progress(D(now)) == pytest.approx(progress)


def test_without_a_way_there_is_no_progress() -> None:
    assert metric("10", "10").progress(D(5)) is None
    assert Metric(name="m", target=D(1)).progress(D(5)) is None
    assert Metric(name="m", target=D(1)).gap(D(5), END) is None


@pytest.mark.parametrize(
    ("days", "expected"), [(-10, 0), (0, 0), (50, 0.25), (199, 0.995), (200, 1), (500, 1)]
)
def test_expected_is_the_elapsed_share_of_calendar_days_cut_to_0_and_1(days: int, expected: float) -> None:
    assert metric("10", "5").expected(MONDAY + days * DAY) == pytest.approx(expected)


def test_a_deadline_on_the_day_of_the_baseline_expects_everything() -> None:
    same = Metric(name="m", baseline=D(10), baseline_on=MONDAY, target=D(5), deadline=MONDAY)

    assert same.expected(MONDAY) == 1
    assert same.gap(D(10), MONDAY) == pytest.approx(100)


@pytest.mark.parametrize(
    ("now", "days", "gap"),
    [
        ("7.5", 100, 0),  # half the way at half the time
        ("10", 66, 33),
        ("9", 100, 30),  # 20 % made, 50 % expected
        ("5", 100, -50),
        ("11", 100, 70),  # -20 % made
    ],
)
def test_the_gap_is_expected_less_progress_in_points(now: str, days: int, gap: float) -> None:
    assert metric("10", "5").gap(D(now), MONDAY + days * DAY) == pytest.approx(gap)


@settings(max_examples=300, deadline=None)
@given(st.integers(-40, 140), st.integers(1, 400), st.sampled_from([20, 33]))
def test_the_day_a_gap_is_reached_is_the_first_on_which_it_is_that_wide(
    made: int, length: int, points: int
) -> None:
    """Counted day by day, in whole numbers: expected - made >= points."""
    promise = Metric(
        name="m",
        direction=Direction.INCREASE,
        baseline=D(0),
        baseline_on=MONDAY,
        target=D(100),
        deadline=MONDAY + length * DAY,
    )
    reaches = promise.gap_reaches(D(made), points)
    days = [n for n in range(length + 2) if min(n, length) * 100 >= (made + points) * length]

    if reaches is None:
        assert days == []
    elif reaches == date.min:
        assert made + points <= 0
    else:
        assert reaches == MONDAY + days[0] * DAY


@pytest.mark.parametrize(
    ("kind", "direction", "amount", "baseline", "target"),
    [
        (Kind.RELATIVE, Direction.DECREASE, "40", "10.0", "6"),  # 10 - 40 %
        (Kind.RELATIVE, Direction.INCREASE, "100", "12", "24"),  # doubled
        (Kind.RELATIVE, Direction.DECREASE, "50", "0", "0"),
        (Kind.RELATIVE, Direction.INCREASE, "10", "-20", "-18"),  # up by a tenth of twenty
        (Kind.ABSOLUTE_BY, Direction.INCREASE, "0.8", "5.0", "5.8"),
        (Kind.ABSOLUTE_BY, Direction.DECREASE, "1200", "5000", "3800"),
    ],
)
def test_a_relative_target_is_frozen_the_day_the_baseline_is_recorded(
    kind: Kind, direction: Direction, amount: str, baseline: str, target: str
) -> None:
    promise = Metric(name="m", kind=kind, direction=direction, amount=D(amount))
    frozen = promise.frozen(D(baseline), MONDAY, "export")

    assert frozen.target == D(target)
    assert (frozen.baseline, frozen.baseline_on, frozen.baseline_source) == (D(baseline), MONDAY, "export")
    # Another baseline later does not move what was promised.
    assert frozen.frozen(D(99), MONDAY + DAY).target == D(target)


def test_a_stated_target_stays_when_the_baseline_comes() -> None:
    assert Metric(name="m", kind=Kind.ABSOLUTE_TO, target=D(7)).frozen(D(12), MONDAY).target == 7


@pytest.mark.parametrize(
    ("direction", "below", "at", "above"),
    [
        (Direction.INCREASE, False, True, True),
        (Direction.KEEP_ABOVE, False, True, True),
        (Direction.DECREASE, True, True, False),
        (Direction.KEEP_BELOW, True, True, False),
    ],
)
def test_a_target_is_reached_at_it_and_beyond(
    direction: Direction, below: bool, at: bool, above: bool
) -> None:
    promise = metric("1", "5", direction)

    assert [promise.reached(D(n)) for n in ("4.9", "5", "5.1")] == [below, at, above]


@pytest.mark.parametrize("direction", [Direction.KEEP_ABOVE, Direction.KEEP_BELOW])
def test_a_level_to_keep_expects_all_of_it_at_any_time(direction: Direction) -> None:
    promise = metric("5", "5", direction)

    assert promise.keeps
    assert promise.expected(MONDAY - 99 * DAY) == 1
    assert promise.gap(D(5), MONDAY) == 0
    assert promise.gap_reaches(D(5), 20) is None


# Guardrails.


@pytest.mark.parametrize(
    ("text", "name", "op", "limit"),
    [
        ("honest customers blocked <= 0.4 %", "honest customers blocked", "<=", "0.4"),
        ("customer satisfaction score >= 4.2", "customer satisfaction score", ">=", "4.2"),
        ("out-of-stock rate ≤ 3.5 %", "out-of-stock rate", "<=", "3.5"),
        ("false alarms not above 5 per week", "false alarms", "<=", "5"),
        ("score not below 4.2 of 5", "score", ">=", "4.2"),
        ("Score Not Below 4,2", "Score", ">=", "4.2"),
        ("budget < 12,500 EUR in 2026", "budget", "<", "12500"),
        ("missed inspections = 0", "missed inspections", "=", "0"),
        ("margin > -3 %", "margin", ">", "-3"),
        ("<= 5", "", "<=", "5"),
    ],
)
def test_a_guardrail_is_a_name_an_operator_and_a_limit(text: str, name: str, op: str, limit: str) -> None:
    """Words after the limit are only shown."""
    found = guardrail(text)

    assert found is not None
    assert (found.text, found.name, found.op, found.limit) == (text, name, op, D(limit))


def value(text: str, number: str) -> Activity:
    return Activity(
        on=MONDAY,
        source="bi",
        actor="svc-bi",
        kind="guardrail",
        text=text,
        counts=Counts.PROGRESS_GUARDRAIL,
        value=D(number),
    )


def test_one_guardrail_takes_every_value_and_several_share_them_by_their_words() -> None:
    one = rails("wrong postings <= 0.5 %")
    two = rails("wrong postings per month <= 0.5 %", "customer complaints < 3")
    signals = [value("share of postings corrected 0.4", "0.4"), value("complaints 2", "2")]

    assert [number for _, number in values_of(one[0], one, signals)] == [D("0.4"), D(2)]
    assert [number for _, number in values_of(two[0], two, signals)] == [D("0.4")]
    assert [number for _, number in values_of(two[1], two, signals)] == [D(2)]


# Numbers in words.


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("conversion 5.2 %", "5.2"),
        ("6,450 EUR", "6450"),
        ("1,234,567.5", "1234567.5"),
        ("5,2", "5.2"),  # no group of three: a decimal comma
        ("week 41: 7", "7"),
        ("300-320", "320"),
        ("now -3", "-3"),
        ("nothing", None),
        ("", None),
    ],
)
def test_the_last_number_of_a_text(text: str, number: str | None) -> None:
    assert last_number(text) == (None if number is None else D(number))


@pytest.mark.parametrize("text", ["", "x", "1.2.3", "NaN", "Infinity", "1,2,3"])
def test_what_is_no_number_is_none(text: str) -> None:
    assert plain_number(text) is None


def test_the_newest_reading_is_the_last() -> None:
    assert newest([]) is None
    assert newest([reading(MONDAY, "1"), reading(MONDAY + timedelta(days=1), "2")]) == reading(
        MONDAY + DAY, "2"
    )


def test_a_share_is_counted_from_what_was_measured() -> None:
    """The sentence said 10 and promised 40 % less; 12 was measured: 7.2 is the target now, and a level stays a level."""
    share = Metric(name="x", kind=Kind.RELATIVE, amount=Decimal(40)).frozen(Decimal(10), date(2026, 3, 2))
    assert share.target == 6
    assert share.measured(Decimal(12), date(2026, 4, 2), "export").target == Decimal("7.2")
    level = Metric(name="x", baseline=Decimal(10), target=Decimal(6))
    again = level.measured(Decimal(12), date(2026, 4, 2), "export")
    assert (again.target, again.baseline, again.baseline_on) == (D(6), D(12), date(2026, 4, 2))
