"""B14 to B16 on the sample portfolio and on made-up pilots: orphans, the sponsor's pulse, aftercare."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.domain.findings import Kind, examine
from bot.domain.ladder import Role, Rung, addressees, next_step
from bot.domain.pilot import Pilot
from bot.domain.record import Record
from bot.domain.replay import as_of
from bot.domain.stages import Rules, Stage
from tests.domain.build import ALICE, BOB, PLAIN, RUTH, SAM, day, entry, kinds, pilot, reading, record
from tests.messages.kit import Portfolio, portfolio


@pytest.fixture(scope="module")
def sample() -> Portfolio:
    return portfolio()


def _whole(sample: Portfolio, pilot_id: str) -> tuple[Pilot, Record]:
    return next(one for one in sample.pilots if one.id == pilot_id), sample.records[pilot_id]


def test_b14_p13_is_rescued_on_31_august_the_same_day_by_the_sponsor(sample: Portfolio) -> None:
    """The owner's account is deactivated and there is no backup to ask: rungs without a person take no time."""
    left = date(2026, 8, 31)
    a_pilot, its = _whole(sample, "P13")
    stood = as_of(a_pilot, its, left)
    assert stood is not None
    found = examine(*stood, left, sample.calendar).finding(Kind.ORPHANED)
    assert found is not None
    assert found.since == left
    step = next_step(Kind.ORPHANED, Rung.NONE, *stood, left, sample.calendar, Rules())
    assert step is not None
    assert step.rung is Rung.SPONSOR
    assert [(one.person, one.role) for one in step.to] == [(a_pilot.sponsor, Role.SPONSOR)]


def test_b14_p22_has_no_gap(sample: Portfolio) -> None:
    """A leave with a good handover: on no day of its history was it an orphan."""
    a_pilot, its = _whole(sample, "P22")
    on = a_pilot.started
    while on <= date(2026, 11, 20):
        stood = as_of(a_pilot, its, on)
        assert stood is not None
        assert examine(*stood, on, sample.calendar).finding(Kind.ORPHANED) is None, on
        on += timedelta(days=1)


@pytest.mark.parametrize(
    ("story", "backup", "rung", "person"),
    [
        ("to the backup", BOB, Rung.TEAM, BOB),
        ("without one to the sponsor", None, Rung.SPONSOR, SAM),
        ("a backup who left takes no time", replace(BOB, left_on=day(2)), Rung.SPONSOR, SAM),
    ],
)
def test_b14_dead_rungs_take_zero_time(story: str, backup, rung: Rung, person) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 - people
    orphan = pilot(owner=replace(ALICE, left_on=day(3)), backup=backup)
    step = next_step(Kind.ORPHANED, Rung.NONE, orphan, record(), day(3), PLAIN, Rules())
    assert step is not None
    assert (step.rung, [one.person for one in step.to]) == (rung, [person]), story


def test_b15_two_pulses_asked_none_answered_is_sponsor_quiet() -> None:
    """Missed when the next falls due: the second of day 60 on day 90; it asks the sponsor, then the digest."""
    asked = record(entry(day(88), "moving"), pulses_asked=(day(30), day(60)))
    assert "SPONSOR_QUIET" not in kinds(pilot(), asked, day(89))
    assert kinds(pilot(), asked, day(90))["SPONSOR_QUIET"] == day(90)
    to = addressees(Kind.SPONSOR_QUIET, Rung.OWNER, pilot(), asked, day(90), PLAIN, Rules())
    assert [one.person for one in to] == [SAM]
    step = next_step(Kind.SPONSOR_QUIET, Rung.OWNER, pilot(), asked, day(93), PLAIN, Rules())
    assert step is not None
    assert step.rung is Rung.DIGEST


@pytest.mark.parametrize("status", ["note", "gate", "pause", "resume", "moving"])
def test_b15_any_decision_of_the_sponsors_answers_the_pulse(status: str) -> None:
    spoke = entry(day(61), status, "Paused until 6 January 2026: rest" if status == "pause" else "x", "sam")
    its = record(spoke, entry(day(88), "moving"), pulses_asked=(day(30), day(60)))
    assert "SPONSOR_QUIET" not in kinds(pilot(), its, day(95))


def test_b16_p07_slides_back_and_p02_is_quiet(sample: Portfolio) -> None:
    assert [one.kind for one in sample.one("P07").picture.findings] == [Kind.SLIDING_BACK]
    assert sample.one("P02").picture.findings == ()


def test_b16_sliding_back_asks_the_run_owner_and_the_pilot_stays_scaled() -> None:
    scaled = pilot(Stage.SCALED, run_owner=RUTH)
    its = record(readings=(reading(day(28), "4"), reading(day(58), "7")))
    assert kinds(scaled, its, day(59)) == {"SLIDING_BACK": day(58)}
    to = addressees(Kind.SLIDING_BACK, Rung.OWNER, scaled, its, day(59), PLAIN, Rules())
    assert [(one.person, one.role) for one in to] == [(RUTH, Role.RUN_OWNER)]
    assert next_step(Kind.SLIDING_BACK, Rung.OWNER, scaled, its, day(80), PLAIN, Rules()) is None
