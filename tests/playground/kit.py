"""For every test that needs Slack: a workspace with known people, on loopback, and a ledger that fails on surprises.

from tests.playground.kit import slack_workspace

    async with slack_workspace(people=["anna", "ben"], channels={"leadership": ["anna", "ben"]}) as slack:
        slack.app_url = ...
        seen = await slack.hands.command("anna", "/pilot help")

Leaving the block fails when the app sent a message that nobody took, or blocks that Slack would not take.
"""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.playground import Playground, Workspace

#: How long a test waits for what must come, in seconds: what is there is seen at once, and a starved machine is only slower.
PATIENCE = 60.0


class VirtualClock:
    """Stands still until told otherwise: `clock.advance(days=1)`."""

    def __init__(self, now: datetime | None = None) -> None:
        self.now = now or datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> datetime:
        self.now += timedelta(**by)
        return self.now


def small_workspace(
    clock: VirtualClock,
    people: Iterable[str | Mapping[str, Any]] = ("anna", "ben", "cleo"),
    channels: Mapping[str, Iterable[str]] | None = None,
    **fields: Any,
) -> Workspace:
    """People by handle, or as the fields of a User; channels as name → members."""
    workspace = Workspace(clock=clock, **{"app_name": "Pilotlight", **fields})
    for person in people:
        described: dict[str, Any] = {"name": person} if isinstance(person, str) else dict(person)
        workspace.add_user(**{"tz": "Europe/Berlin", **described})
    for name, members in (channels or {}).items():
        workspace.add_channel(name, members=list(members))
    return workspace


@asynccontextmanager
async def slack_workspace(
    clock: VirtualClock | None = None,
    people: Iterable[str | Mapping[str, Any]] = ("anna", "ben", "cleo"),
    channels: Mapping[str, Iterable[str]] | None = None,
    *,
    expect_all: bool = True,
    workspace: Mapping[str, Any] | None = None,
    **playground: Any,
) -> AsyncIterator[Playground]:
    """`workspace` holds fields of the Workspace, other names go to the Playground; `expect_all=False` lets surprises pass.

    Whoever acts looks until there is something to see, and Slack waits as long for the app: a test in which nothing is to be
    seen says `patience=0.0`, and one about Slack's limit names it.
    """
    playground = {"patience": PATIENCE, "ack_limit": 2 * PATIENCE} | playground
    made = small_workspace(clock or VirtualClock(), people, channels, **(workspace or {}))
    async with Playground(made, **playground) as running:
        # How soon a form must open is asked in trials: until then a trigger lives as long as the test.
        running.app.triggers.monotonic = lambda: 0.0
        yield running
        if expect_all:
            running.ledger.expect_nothing()
            assert not running.app.refusals, running.app.refusals
