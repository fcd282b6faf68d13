"""Hindsight asked again reads only what changed, and never tells what was true before."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bot.domain.hindsight import Hindsight
from bot.domain.record import Status
from bot.services import transfer
from bot.services.hindsight import in_hindsight
from storage import people, pilots, record, workspaces
from storage.database import Connection
from tests.storage.kit import ALICE, DAY, NOW, OURS, TODAY, entry, pilot
from tests.web.kit import Site, add_pilot, site

BACK = TODAY - 200 * DAY
LOST = pilot(
    "L1", name="Lost", started=BACK, stage_since=BACK, cost_per_week=Decimal(100), cost_to_date=Decimal(9000)
)


def _spoke(conn: Connection) -> None:
    record.append_entry(
        conn, OURS, "L1", entry(on=TODAY, status=Status.MOVING, text="We are back"), NOW, "slack"
    )


def _taken_back(conn: Connection) -> None:
    seq = record.recent(conn, OURS, "L1", 1)[0].seq
    assert record.undo_entry(conn, OURS, "L1", seq, NOW)


def _left(conn: Connection) -> None:
    people.save(conn, OURS, replace(ALICE, left_on=BACK + DAY))


def _dearer(conn: Connection) -> None:
    pilots.save(conn, OURS, replace(LOST, cost_per_week=Decimal(300)))


def _renamed(conn: Connection) -> None:
    pilots.save(conn, OURS, replace(LOST, name="Found"))


def _one_more(conn: Connection) -> None:
    add_pilot(conn, OURS, replace(LOST, id="L2", name="Lost too"))


def _slower(conn: Connection) -> None:
    pilots.save(conn, OURS, replace(LOST, cadence=20))


STEPS: tuple[Callable[[Connection], object], ...] = (
    _spoke,
    _taken_back,
    _left,
    _dearer,
    _renamed,
    _one_more,
    _slower,
)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Site]:
    with site(tmp_path) as made:
        made.write(lambda conn: add_pilot(conn, OURS, LOST))
        yield made


def told(conn: Connection) -> Hindsight:
    """As the page asks, twice: what was kept, and what was read."""
    workspace = workspaces.get(conn, OURS)
    assert workspace is not None
    first, again = (in_hindsight(conn, workspace, TODAY) for _ in range(2))
    assert first == again
    return first


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.__name__.strip("_"))
def test_whatever_changes_is_told_at_once(here: Site, step: Callable[[Connection], object]) -> None:
    if step is _taken_back:
        here.write(_spoke)
    before = here.write(told)
    here.write(step)
    after = here.write(told)
    assert after == here.write(lambda conn: transfer.in_hindsight(conn, OURS, TODAY)[0])
    assert after != before, "the step changes what is seen"


def test_another_day_is_another_answer(here: Site) -> None:
    workspace = here.write(lambda conn: workspaces.get(conn, OURS))
    here.write(told)
    early = here.write(lambda conn: in_hindsight(conn, workspace, BACK + timedelta(days=5)))
    assert early.caught == () and here.write(told).caught
