"""Every zone of the world, every change of its clock from 2026 to 2031, each quarter of an hour around it."""

from datetime import timedelta

import pytest

from tests.domain.zones import changes, every_moment, moments_around, names

pytestmark = [pytest.mark.trial, pytest.mark.timeout(3600)]


@pytest.mark.parametrize("zone", names())
def test_d17_every_local_date_of_a_zone_has_one_opening(zone: str) -> None:
    for moment in moments_around(zone):
        every_moment(zone, moment, timedelta(minutes=15))


def test_d17_there_are_as_many_changes_as_the_world_makes() -> None:
    """About 600 zones; some two hundred change twice a year for six years."""
    found = sum(len(changes(zone)) for zone in names())
    print(f"\n{len(names())} zones, {found} changes")

    assert len(names()) > 590
    assert found > 2000
