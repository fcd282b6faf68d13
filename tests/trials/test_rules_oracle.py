"""Twenty thousand made-up histories, day by day against the oracle. D19 for the rules alone."""

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.domain.calendar import Calendar
from bot.domain.pilot import Pilot
from bot.domain.record import Record
from tests.domain.agree import check_days, check_next
from tests.domain.build import histories

pytestmark = [pytest.mark.trial, pytest.mark.timeout(4 * 3600)]
LONG = settings(
    max_examples=20_000,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@LONG
@given(histories())
def test_d19_findings_and_rungs_agree_with_the_oracle(history: tuple[Pilot, Record, Calendar]) -> None:
    check_days(history, 0, 170)


@LONG
@given(histories(), st.integers(0, 160))
def test_d19_nothing_changes_before_the_day_that_was_named(
    history: tuple[Pilot, Record, Calendar], offset: int
) -> None:
    check_next(history, offset, 250)
