"""S18: one person asks a thousand times; they are told politely, and nobody else waits longer for it."""

import asyncio
import time
from pathlib import Path

import httpx
import pytest

from bot.services.pace import MOST
from tests.faults.world import times
from tests.journeys.kit import House, house
from tests.journeys.test_door_twice import signed

pytestmark = [pytest.mark.trial, pytest.mark.timeout(1800)]
#: Commands of somebody else, one after the other, for each measurement.
CALLS = 100


def p99(seconds: list[float]) -> float:
    return sorted(seconds)[min(len(seconds) - 1, int(len(seconds) * 0.99))]


async def asked(home: House, door: httpx.AsyncClient, who: str, text: str) -> tuple[float, str]:
    slack = home.slack
    user = slack.workspace.person(who)
    form = slack.hands.interactions.command_form(user, slack.workspace.im(user), text, "")
    body, headers = signed(home, form)
    began = time.perf_counter()
    answer = await door.post("/slack/events", content=body, headers=headers)
    assert answer.status_code == 200
    return time.perf_counter() - began, answer.text


async def flood(home: House, door: httpx.AsyncClient, enough: asyncio.Event) -> int:
    """A thousand commands a minute, until it is enough and some were told to wait; how many were."""
    polite = 0
    for _ in range(1000):
        _, said = await asked(home, door, "charlie", "/pilot list all")
        polite += "Please wait a moment" in said
        if enough.is_set() and polite:
            break
        await asyncio.sleep(0.06)
    return polite


async def test_s18_a_flood_is_answered_politely_and_nobody_else_notices(tmp_path: Path) -> None:
    async with house(tmp_path, pace=MOST, patience=None, expect_all=False) as home:
        await home.register()
        transport = httpx.ASGITransport(app=home.app.doors["/slack/events"])
        async with httpx.AsyncClient(transport=transport, base_url="http://door", timeout=60) as door:
            worst: list[tuple[float, float]] = []
            for _ in range(times(20)):
                home.clock.advance(minutes=5)
                alone = [(await asked(home, door, "alice", "/pilot list mine"))[0] for _ in range(CALLS)]
                enough = asyncio.Event()
                flooding = asyncio.create_task(flood(home, door, enough))
                beside = [(await asked(home, door, "alice", "/pilot list mine"))[0] for _ in range(CALLS)]
                enough.set()
                polite = await flooding
                worst.append((p99(alone), p99(beside)))
                assert polite > 0
            before, during = (sorted(one[at] for one in worst)[len(worst) // 2] for at in (0, 1))
            print(
                f"{len(worst)} floods: p99 of others {before * 1000:.0f} ms alone, {during * 1000:.0f} ms beside it"
            )
            assert during < 3 * before + 0.1
