"""Fixtures for the playground's own tests; others use `slack_workspace` of the kit."""

from collections.abc import AsyncIterator

import pytest

from bot.playground import Playground, real_clock
from tests.playground.kit import VirtualClock, slack_workspace


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
async def slack(clock: VirtualClock) -> AsyncIterator[Playground]:
    """Anna, Ben and Cleo; #leads with Anna and Ben; surprises are allowed here."""
    async with slack_workspace(
        clock, channels={"leads": ["anna", "ben"]}, expect_all=False, signing_clock=real_clock
    ) as running:
        yield running
