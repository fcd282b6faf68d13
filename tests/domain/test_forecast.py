"""The forecast against a slow computation of another kind, against simulated courses, and where it keeps silent."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from itertools import pairwise
from math import exp, lgamma, pi, sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.direction import Direction
from bot.domain.forecast import (
    LEAST_DAYS,
    LEAST_READINGS,
    CannotSay,
    Forecast,
    Outlook,
    Silence,
    extrapolated,
    forecast,
    student,
)
from bot.domain.metric import Metric
from bot.domain.record import Reading
from tests.bench.forecast import held
from tests.domain.test_replay import SAMPLE

DAY0 = date(2026, 1, 5)
METRIC = Metric(
    name="hours per case",
    unit="h",
    direction=Direction.DECREASE,
    baseline=Decimal(10),
    baseline_on=DAY0,
    target=Decimal(6),
    deadline=DAY0 + timedelta(days=140),
)


def read(*values: tuple[int, str]) -> tuple[Reading, ...]:
    return tuple(Reading(on=DAY0 + timedelta(days=day), value=Decimal(value)) for day, value in values)


def on(day: int) -> date:
    return DAY0 + timedelta(days=day)


# Slow and of another kind: generalised least squares with the whole covariance, in fractions.


def solved(matrix: list[list[Fraction]], right: list[Fraction]) -> list[Fraction]:
    """Gauss and Jordan."""
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    for at in range(len(rows)):
        pivot = next(row for row in range(at, len(rows)) if rows[row][at])
        rows[at], rows[pivot] = rows[pivot], rows[at]
        rows[at] = [value / rows[at][at] for value in rows[at]]
        for other in range(len(rows)):
            if other != at:
                factor = rows[other][at]
                rows[other] = [one - factor * two for one, two in zip(rows[other], rows[at], strict=True)]
    return [row[-1] for row in rows]


def slowly(days: Sequence[int], values: Sequence[Fraction], ahead: int) -> tuple[Fraction, float]:
    """y(t) = y(0) + βt + W(t), where W is a walk whose covariance of two days is the earlier of them."""
    times = [day - days[0] for day in days[1:]]
    gone = [value - values[0] for value in values[1:]]
    covariance = [[Fraction(min(one, two)) for two in times] for one in times]
    by_time = solved(covariance, [Fraction(time) for time in times])
    information = sum((weight * time for weight, time in zip(by_time, times, strict=True)), Fraction(0))
    drift = (
        sum((weight * value for weight, value in zip(by_time, gone, strict=True)), Fraction(0)) / information
    )
    rest = [value - drift * time for value, time in zip(gone, times, strict=True)]
    spread = sum(one * two for one, two in zip(rest, solved(covariance, rest), strict=True)) / (
        len(times) - 1
    )
    # What the walk adds on the way, and what is not known of the drift.
    variance = spread * (ahead + Fraction(ahead) ** 2 / information)
    reach = max((days[-1] - days[0]) / 2, float(days[-1] - days[-2]))
    later = [at for at in range(len(days)) if days[-1] - days[at] <= reach]
    first = later[0]
    late = (values[-1] - values[first]) / (days[-1] - days[first])
    expected = values[-1] + ahead * (drift + late) / 2
    half = quantile(len(times) - 1) * sqrt(variance) + float(abs(late - drift) * ahead / 2)
    steps = [abs(two - one) for one, two in pairwise(values) if one != two]
    return expected, max(half, float(min(steps, default=Fraction(0)) / 2))


@cache
def quantile(freedom: int) -> float:
    """Student's t for 95 % below, by adding up the density and halving the interval."""
    scale: float = exp(lgamma((freedom + 1) / 2) - lgamma(freedom / 2)) / sqrt(freedom * pi)

    def below(x: float) -> float:
        parts, total = 2000, 0.5
        width = x / parts
        for at in range(parts):
            total += scale * float((1 + ((at + 0.5) * width) ** 2 / freedom) ** (-(freedom + 1) / 2)) * width
        return total

    low, high = 0.0, 20.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if below(middle) < 0.95 else (low, middle)
    return low


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 5, 8, 15, 20, 30, 60])
def test_the_table_of_students_t_is_right(freedom: int) -> None:
    assert student(freedom) == pytest.approx(quantile(freedom), abs=0.002)


def test_between_two_rows_the_table_is_never_narrower_than_it_should_be() -> None:
    values = [student(freedom) for freedom in range(1, 300)]
    assert values == sorted(values, reverse=True)
    assert all(student(freedom) >= 1.645 for freedom in (121, 500, 10_000))


@settings(max_examples=60, derandomize=True, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 40), st.integers(-500, 500)), min_size=3, max_size=11),
    st.integers(0, 100),
)
def test_the_forecast_is_that_of_the_slow_computation(steps: list[tuple[int, int]], ahead: int) -> None:
    days, values = [0], [Fraction(1000)]
    for gap, change in steps:
        days.append(days[-1] + gap)
        values.append(values[-1] + Fraction(change, 10))
    expected, half = extrapolated(
        [(on(day), float(value)) for day, value in zip(days, values, strict=True)], ahead
    )
    slow, slow_half = slowly(days, values, ahead)
    assert expected == pytest.approx(float(slow), rel=1e-9, abs=1e-6)
    # The table has three decimals.
    assert half == pytest.approx(slow_half, rel=1e-3, abs=1e-6)


def test_a_steady_course_is_held_nine_times_of_ten() -> None:
    dice = random.Random(8)
    inside = 0
    for _ in range(1500):
        drift, value, points = dice.uniform(-0.2, 0.2), 50.0, []
        for day in range(0, 141, 14):
            points.append((on(day), value))
            value += drift * 14 + dice.gauss(0, 0.3 * sqrt(14))
        came = points[-1][1] + drift * 56 + dice.gauss(0, 0.3 * sqrt(56))
        expected, half = extrapolated(points, 56)
        inside += abs(came - expected) <= half
    assert 0.88 <= inside / 1500 <= 0.99


def test_what_held_on_the_sample_is_what_the_guide_says() -> None:
    inside, total, misses = held()
    assert (inside, total) == (94, 130)
    assert misses == {"P18": 34, "P07": 2}


# Where it keeps silent.

STEADY = read((0, "10"), (14, "9.6"), (28, "9.1"), (42, "8.8"), (56, "8.3"), (70, "8.0"))


@pytest.mark.parametrize(
    ("metric", "readings", "today", "because"),
    [
        (None, STEADY, on(70), Silence.NO_METRIC),
        (replace(METRIC, target=None), STEADY, on(70), Silence.NO_TARGET),
        (replace(METRIC, deadline=None), STEADY, on(70), Silence.NO_DEADLINE),
        (METRIC, STEADY, on(140), Silence.OVER),
        (METRIC, (), on(70), Silence.FEW),
        (METRIC, STEADY[: LEAST_READINGS - 1], on(70), Silence.FEW),
        (METRIC, STEADY, on(41), Silence.FEW),
        (METRIC, (STEADY[0], *(one._replace(on=on(0)) for one in STEADY)), on(70), Silence.FEW),
        (METRIC, read((0, "10"), (9, "9"), (18, "8"), (27, "7")), on(30), Silence.SHORT),
        (METRIC, STEADY[:5], on(60), Silence.FAR),
    ],
)
def test_where_too_little_is_known_it_says_so(
    metric: Metric | None, readings: tuple[Reading, ...], today: date, because: Silence
) -> None:
    found = forecast(metric, readings, today)
    assert isinstance(found, CannotSay)
    assert found.because is because


def test_the_least_that_is_needed_is_enough() -> None:
    metric = replace(METRIC, deadline=on(2 * LEAST_DAYS))
    found = forecast(metric, read((0, "10"), (10, "9"), (20, "8"), (LEAST_DAYS, "7")), on(LEAST_DAYS))
    assert isinstance(found, Forecast)


def test_a_course_that_falls_to_the_target_in_time_meets_it() -> None:
    found = forecast(METRIC, read((0, "10"), (20, "8.6"), (40, "7.2"), (60, "5.8"), (80, "4.4")), on(80))
    assert isinstance(found, Forecast)
    assert found.outlook is Outlook.MEETS
    assert found.low <= found.expected <= found.high <= 6
    assert found.low >= 0


def test_a_number_that_does_not_move_misses() -> None:
    found = forecast(METRIC, read(*((day, "9.8") for day in range(0, 85, 14))), on(84))
    assert isinstance(found, Forecast)
    assert (found.outlook, found.low, found.high) == (Outlook.MISSES, 9.8, 9.8)


def test_a_course_full_of_ups_and_downs_could_go_either_way() -> None:
    found = forecast(METRIC, read((0, "10"), (20, "7"), (40, "9.5"), (60, "6.5"), (80, "8")), on(80))
    assert isinstance(found, Forecast)
    assert found.outlook is Outlook.OPEN
    assert found.low < 6 < found.high


def test_a_share_stays_between_nought_and_a_hundred() -> None:
    metric = replace(METRIC, unit="%", direction=Direction.INCREASE, baseline=Decimal(60), target=Decimal(95))
    found = forecast(metric, read((0, "60"), (20, "75"), (40, "80"), (60, "96"), (80, "99")), on(80))
    assert isinstance(found, Forecast)
    assert found.high == 100
    assert found.expected <= 100


def test_readings_after_today_are_not_known_yet() -> None:
    later = (*STEADY, Reading(on=on(80), value=Decimal(1)))
    assert forecast(METRIC, later, on(70)) == forecast(METRIC, STEADY, on(70))


def test_every_pilot_of_the_sample_gets_an_answer_that_is_in_order() -> None:
    said = [forecast(pilot.metric, record.readings, date(2026, 11, 20)) for pilot, record in SAMPLE]
    told = [one for one in said if isinstance(one, Forecast)]
    assert len(told) >= 4
    assert all(one.low <= one.expected <= one.high for one in told)
    assert len(said) - len(told) >= 4
