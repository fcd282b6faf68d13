"""``python -m tests.bench.delivery``: how much of what Slack's limits allow delivery keeps, over 400 channels in 400 workspaces.

Slack lets one message a second into each channel, so 400 a second here. The fake answers after a tenth of a second, refuses what
comes too early with Retry-After, and counts what arrives twice. The real delivery runs against it on PostgreSQL, by the clock on
the wall; beside it the processor time per message, ours and the database's, which says where the ceiling is on a machine that is
not shared.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial

from bot.domain.people import Address, Person, Platform
from bot.messages.model import Message, dump, say
from bot.services import delivery
from bot.services.chat import Chat, ChatError, Delivered, Place, Profile, Trouble
from storage import outbox, people, workspaces
from storage.database import Connection, Database
from storage.settings import Settings
from storage.workspaces import Installation, Workspace
from tests.bench import registry

CHANNELS, EACH, SECONDS, LATENCY = 400, 16, 12.0, 0.1


class Paced:
    """Slack's pace and nothing else of it: one message a second per channel."""

    def __init__(self) -> None:
        self.arrived: Counter[str] = Counter()
        self.refused = 0
        self._last: dict[str, float] = {}

    async def send(self, place: Place, message: Message, *, key: str) -> Delivered:
        now = time.monotonic()
        await asyncio.sleep(LATENCY)
        if now - self._last.get(place.channel, 0.0) < 1.0:
            self.refused += 1
            raise ChatError(Trouble.LIMITED, "ratelimited", retry_after=timedelta(seconds=1))
        self._last[place.channel] = now
        self.arrived[key] += 1
        return Delivered(channel=place.channel, message_id=f"{now:.6f}")

    async def update(self, place: Place, message_id: str, message: Message, *, key: str) -> None:
        raise NotImplementedError

    async def was_sent(self, place: Place, *, key: str, since: datetime) -> Delivered | None:
        raise NotImplementedError

    async def profile(self, address: Address) -> Profile | None:
        raise NotImplementedError

    async def people(self, workspace: str) -> list[Profile]:
        raise NotImplementedError


def filled(conn: Connection, *, now: datetime) -> None:
    """A customer per channel, each with a queue."""
    content = dump(say("Search Re-Ranking: no word for 57 working days. New number?"))
    for number in range(CHANNELS):
        whose, team = f"w{number}", f"T{number}"
        workspaces.add(conn, Workspace(id=whose, name=whose, settings=Settings(), created_at=now))
        workspaces.install(
            conn,
            Installation(workspace_id=whose, platform=Platform.SLACK, external_id=team, installed_at=now),
        )
        address = Address(platform=Platform.SLACK, workspace=team, user="U1")
        people.add(conn, whose, Person(id="p1", name="Alice Able", addresses=(address,)), now)
        people.touch_address(conn, whose, address, channel=f"D{number}")
        for turn in range(EACH):
            outbox.add(
                conn, whose, key=f"nudge:{number}:{turn}", kind="notice", content=content, now=now,
                person_id="p1", platform="slack", external_id=team, channel=f"D{number}",
            )  # fmt: skip


async def delivered(database: Database, slack: Paced) -> float:
    """Ticks for some seconds as the program does, and ends after the round under way; how long it was."""
    chats: Mapping[Platform, Chat] = {Platform.SLACK: slack}
    began = time.monotonic()
    ticking = asyncio.create_task(_tick(database, chats))
    await asyncio.sleep(SECONDS)
    arrived, lasted = sum(slack.arrived.values()), time.monotonic() - began
    ticking.cancel()
    await asyncio.gather(ticking, return_exceptions=True)
    print(f"{arrived:,} messages in {lasted:.1f} s: {arrived / lasted:.0f} a second, "
          f"{100 * arrived / lasted / CHANNELS:.0f} % of what the limits allow (aim: 95)")  # fmt: skip
    return lasted


async def _tick(database: Database, chats: Mapping[Platform, Chat]) -> None:
    while True:
        await delivery.deliver(
            database, chats, lambda: datetime.now(UTC), settle=timedelta(seconds=60), pace=delivery.PACE
        )
        await asyncio.sleep(0.1)


def main() -> None:
    """Prints the share, and what a message costs."""
    with registry.engines() as server:
        database = Database(server.create())
        database.migrate()
        database.write_now(partial(filled, now=datetime.now(UTC)))
        registry.analyse(database)
        slack = Paced()
        here, everything = time.process_time(), registry.processor()
        asyncio.run(delivered(database, slack))
        here, everything = time.process_time() - here, registry.processor() - everything
        count = max(1, sum(slack.arrived.values()))
        twice = sum(times > 1 for times in slack.arrived.values())
        print(f"{slack.refused:,} calls refused, {twice} messages twice")
        ours, its = 1000 * here / count, 1000 * (everything - here) / count
        print(
            f"processor time per message: {ours:.2f} ms ours, {its:.2f} ms of the database: "
            f"one core of it is enough for {1000 / its:.0f} a second (aim: 500)"
        )
        database.close()


if __name__ == "__main__":
    main()
