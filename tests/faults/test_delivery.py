"""What a delivery promises beyond the rows: leases kept, a second between messages, patience, and one workspace that hangs."""

import asyncio
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bot.domain.people import Address, Person, Platform
from bot.messages.model import Message, dump
from bot.messages.replies import line
from bot.services import failpoint, reaching
from bot.services.chat import ChatError, Delivered, Place, Profile, Trouble
from bot.services.delivery import deliver
from storage import outbox, people, workspaces
from storage.database import Connection, Database
from storage.outbox import OutboxRow
from storage.workspaces import Settings, Workspace
from tests.faults.history import Held, Post, check_history
from tests.storage.template import migrated

NOW = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
SETTLE = timedelta(seconds=60)


class Platformlet:
    """A platform in one object: what arrived and when, and what happens on the way."""

    def __init__(self, on_send: Callable[[Place], object] | None = None) -> None:
        self.arrived: list[tuple[float, str, str]] = []
        self.on_send = on_send

    async def send(self, place: Place, message: Message, *, key: str) -> Delivered:
        answer = self.on_send(place) if self.on_send else None
        if asyncio.iscoroutine(answer):
            await answer
        self.arrived.append((time.monotonic(), place.user, key))
        return Delivered(channel=f"D{place.user}", message_id=f"{len(self.arrived)}.0")

    async def update(self, place: Place, message_id: str, message: Message, *, key: str) -> None:
        self.arrived.append((time.monotonic(), place.channel, key))

    async def was_sent(self, place: Place, *, key: str, since: datetime) -> Delivered | None:
        found = [number for number, (_, _, sent) in enumerate(self.arrived, 1) if sent == key]
        return Delivered(channel=f"D{place.user}", message_id=f"{found[0]}.0") if found else None

    async def profile(self, address: Address) -> Profile | None:
        return None

    async def people(self, workspace: str) -> list[Profile]:
        return []


class Hanging:
    """A send that does not come back; says when it left, and when somebody gave it up."""

    def __init__(self) -> None:
        self.left, self.given_up = asyncio.Event(), asyncio.Event()

    async def __call__(self, _: Place) -> None:
        self.left.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.given_up.set()


class Desk:
    """A database with some workspaces, two people in each."""

    def __init__(self, path: Path, count: int = 1, url: str = "") -> None:
        self.database = Database(url) if url else migrated(path / "d.db")
        self.database.migrate()
        self.now = NOW
        for number in range(count):
            made = Workspace(id=f"w{number}", name="", settings=Settings(), created_at=NOW)
            self.database.write_now(lambda conn: workspaces.add(conn, made))  # noqa: B023
            for name in ("ann", "ben"):
                there = Address(platform=Platform.SLACK, workspace=f"T{number}", user=f"{name}{number}")
                person = Person(id=name, name=name, addresses=(there,))
                self.database.write_now(lambda conn: people.add(conn, f"w{number}", person, NOW))  # noqa: B023

    def clock(self) -> datetime:
        return self.now

    def add(self, key: str, person: str = "ann", workspace: int = 0, now: datetime | None = None) -> None:
        self.database.write_now(
            lambda conn: outbox.add(
                conn, f"w{workspace}", key=key, kind="notice", content=dump(line("Hello.")), now=now or self.now,
                person_id=person, platform="slack", external_id=f"T{workspace}",
            )
        )  # fmt: skip

    def add_here(self, workspace: int, person: str) -> str:
        """One to a person of a workspace; its key."""
        key = f"{person}{workspace}"
        self.add(key, person, workspace)
        return key

    def row(self, key: str, workspace: int = 0) -> OutboxRow:
        found = self.database.read_now(lambda conn: outbox.by_key(conn, f"w{workspace}", key))
        assert found is not None
        return found

    async def deliver(self, chat: Platformlet, **more: Any) -> int:
        return await deliver(
            self.database, {Platform.SLACK: chat}, more.pop("clock", self.clock), settle=SETTLE, **more
        )


async def test_no_send_begins_when_its_lease_could_end_before_its_deadline(tmp_path: Path) -> None:
    """The host slept between claim and send: somebody else may have the message by now."""
    desk, chat = Desk(tmp_path), Platformlet()
    desk.add("one")
    times = iter([NOW, NOW + timedelta(hours=9)])

    def clock() -> datetime:
        desk.now = next(times, desk.now)
        return desk.now

    assert await desk.deliver(chat, clock=clock) in (0, 1)
    row = desk.row("one")
    assert row.attempt == len(chat.arrived) + 1, "the first claim was given back unsent"


async def test_a_fault_of_ours_fails_once_and_is_told(tmp_path: Path) -> None:
    """It may have left: it is looked for first, and never goes round for ever."""

    def broken(_: Place) -> None:
        raise TypeError("a renderer that trips")

    desk, chat = Desk(tmp_path), Platformlet(broken)
    desk.add("one")
    assert await desk.deliver(chat) == 0
    assert desk.row("one").state == "unknown"
    desk.now += SETTLE + timedelta(seconds=1)
    await desk.deliver(chat)
    row = desk.row("one")
    assert (row.state, row.error) == ("failed", "a fault of ours: TypeError")


async def test_a_database_that_is_away_in_the_middle_of_a_send_fails_no_message(tmp_path: Path) -> None:
    """Where the address was asked for and not answered: it is looked for, and sent again."""
    other = Database(f"sqlite:///{tmp_path / 'away.db'}")

    async def away(_: Place) -> None:
        await other.read(lambda conn: conn.execute(text("SELECT * FROM nothing_yet")))

    desk, chat = Desk(tmp_path), Platformlet(away)
    desk.add("one")
    assert await desk.deliver(chat) == 0
    assert (desk.row("one").state, desk.row("one").error) == ("unknown", "OperationalError")
    chat.on_send = None
    desk.now += SETTLE + timedelta(seconds=1)
    while desk.row("one").state != "sent":
        await desk.deliver(chat)
    assert [key for _, _, key in chat.arrived] == ["one"]
    other.close()


async def test_one_message_a_second_to_one_person(tmp_path: Path) -> None:
    desk, chat = Desk(tmp_path), Platformlet()
    for number in range(3):
        desk.add(f"{number}", now=datetime.now(UTC))
    desk.add("ben's", "ben", now=datetime.now(UTC))
    done = 0
    for _ in range(60):  # where the machine is late itself, the rest is left to the next tick
        done += await deliver(
            desk.database,
            {Platform.SLACK: chat},
            lambda: datetime.now(UTC),
            settle=SETTLE,
            pace=timedelta(seconds=1),
        )
        if done == 4:
            break
        await asyncio.sleep(0.5)
    assert done == 4
    anns = [at for at, user, _ in chat.arrived if user == "ann0"]
    # Without a pace nothing would lie between them; how much of the second a busy machine leaves is its own affair.
    assert all(later - earlier > 0.2 for earlier, later in pairwise(anns))
    assert [key for _, _, key in chat.arrived].index("ben's") <= 1


async def test_patience_holds_also_what_is_written_later(tmp_path: Path) -> None:
    """Ours is told to wait; theirs goes on."""
    asked = 0

    def limited(place: Place) -> None:
        nonlocal asked
        if place.workspace == "T0":
            asked += 1
            raise ChatError(Trouble.LIMITED, "ratelimited", retry_after=timedelta(seconds=30))

    desk, chat = Desk(tmp_path, 2), Platformlet(limited)
    desk.add("one")
    assert await desk.deliver(chat) == 0
    desk.add("two", "ben")
    desk.add("theirs", workspace=1)
    desk.now += timedelta(seconds=29)
    assert await desk.deliver(chat) == 1
    assert asked == 1
    chat.on_send = None
    desk.now += timedelta(seconds=2)
    assert await desk.deliver(chat) == 2


async def test_one_workspace_that_hangs_does_not_hold_the_others_up(tmp_path: Path) -> None:
    released = asyncio.Event()

    def hanging(place: Place) -> object:
        return released.wait() if place.workspace == "T0" else None

    desk, chat = Desk(tmp_path, 8), Platformlet(hanging)
    for workspace in range(8):
        desk.add("a", "ann", workspace)
        desk.add("b", "ben", workspace)
    delivering = asyncio.create_task(desk.deliver(chat))
    while len(chat.arrived) < 14:
        await asyncio.sleep(0.01)
    released.set()
    assert await delivering == 16


async def test_what_cannot_be_marked_does_not_take_along_what_arrived_with_it(tmp_path: Path) -> None:
    """They are written down together; a platform's answer that no database takes concerns its own message alone."""

    class Odd(Platformlet):
        async def send(self, place: Place, message: Message, *, key: str) -> Delivered:
            answer = await super().send(place, message, key=key)
            return Delivered(channel=answer.channel, message_id="\ud800") if key == "odd" else answer

    desk, chat = Desk(tmp_path), Odd()
    desk.add("odd")
    desk.add("even", "ben")
    with pytest.raises(UnicodeEncodeError):
        await desk.deliver(chat)
    assert desk.row("even").state == "sent"
    row = desk.row("odd")
    assert row.state == "sending", "its lease ends, and then it is looked for"


def test_where_messages_go_is_the_same_read_at_once_or_one_by_one(tmp_path: Path) -> None:
    desk = Desk(tmp_path, 2)
    made: list[OutboxRow] = []

    def fill(conn: Connection) -> None:
        teams = Address(platform=Platform.TEAMS, workspace="tenant", user="29:ann")
        people.add_address(
            conn, "w0", "ann", teams, NOW, channel="a:1", service_url="https://smba.example/emea/"
        )
        second = Address(platform=Platform.SLACK, workspace="T0", user="ann-again")
        people.add_address(conn, "w0", "ann", second, NOW - timedelta(days=1), channel="Dold")
        for whose, platform, external in (
            ("w0", Platform.SLACK, "T0"),
            ("w0", Platform.TEAMS, "tenant"),
            ("w1", Platform.SLACK, "T1"),
        ):
            workspaces.install(
                conn,
                workspaces.Installation(
                    workspace_id=whose,
                    platform=platform,
                    external_id=external,
                    installed_at=NOW,
                    service_url="https://smba.example/teams/" if platform is Platform.TEAMS else "",
                ),
            )
        there: list[tuple[str, dict[str, Any]]] = [
            ("w0", {"person_id": "ann", "platform": "slack", "external_id": "T0"}),
            ("w0", {"person_id": "ann", "platform": "teams", "external_id": "tenant"}),
            ("w0", {"person_id": "ben", "platform": "teams", "external_id": "tenant", "channel": "a:2"}),
            ("w0", {"platform": "teams", "external_id": "tenant", "channel": "19:team"}),
            ("w0", {"person_id": "ann", "platform": "slack", "external_id": "T0", "channel": "D9", "kind": "update"}),
            ("w1", {"person_id": "ann", "platform": "slack", "external_id": "T1"}),
            ("w1", {"person_id": "gone", "platform": "slack", "external_id": "T1", "channel": "D8"}),
            ("w1", {"platform": "slack", "external_id": "elsewhere", "channel": "C1"}),
        ]  # fmt: skip
        for number, (whose, given) in enumerate(there):
            key = f"k{number}"
            outbox.add(conn, whose, **{"key": key, "kind": "notice", "content": "", "now": NOW, **given})
            row = outbox.by_key(conn, whose, key)
            assert row is not None
            made.append(row)

    desk.database.write_now(fill)
    found = desk.database.read_now(lambda conn: outbox.destinations(conn, made))
    one_by_one = [desk.database.read_now(partial(reaching.place_of_row, row=row)) for row in made]
    assert [reaching.place_at(row, found[row.workspace_id, row.id]) for row in made] == one_by_one
    assert len({(place.channel, place.user, place.service_url) for place in one_by_one}) == len(made)
    assert {one.date_style for one in found.values()} == {"en"}


async def test_told_to_stop_it_releases_what_may_have_left(tmp_path: Path) -> None:
    """A send that does not come back in time is looked for by the next process, at once and not after its lease."""
    desk, stopping = Desk(tmp_path), asyncio.Event()
    send = Hanging()
    desk.add("one")
    delivering = asyncio.create_task(desk.deliver(Platformlet(send), stopping=stopping, grace=0.05))
    await asyncio.wait_for(send.left.wait(), 60)
    assert desk.row("one").state == "sending"
    stopping.set()
    assert await delivering == 0
    assert desk.row("one").state == "unknown"


async def test_what_became_of_a_send_is_written_though_the_process_cannot_wait_for_it(tmp_path: Path) -> None:
    """The disk is slow when it is told to stop, and the time is up before the writer's turn comes."""
    desk, stopping = Desk(tmp_path), asyncio.Event()
    send = Hanging()
    desk.add("one")
    delivering = asyncio.create_task(desk.deliver(Platformlet(send), stopping=stopping, grace=0.0))
    await asyncio.wait_for(send.left.wait(), 60)
    busy, disk = threading.Event(), threading.Event()

    def slowly(_: Connection) -> None:
        busy.set()
        assert disk.wait(60)

    slow = asyncio.create_task(desk.database.write(slowly))
    assert await asyncio.to_thread(busy.wait, 60)
    stopping.set()
    await asyncio.wait_for(send.given_up.wait(), 60)
    delivering.cancel()
    with pytest.raises(asyncio.CancelledError):
        await delivering
    disk.set()
    await slow
    desk.database.close()
    again = Database(f"sqlite:///{tmp_path / 'd.db'}")
    row = again.read_now(lambda conn: outbox.by_key(conn, "w0", "one"))
    again.close()
    assert row is not None
    assert row.state == "unknown"


def test_after_a_backup_was_put_back_everything_is_looked_for_first(tmp_path: Path) -> None:
    """What waited, and what is decided again under the same key."""
    desk = Desk(tmp_path)
    desk.add("waited")
    assert desk.database.write_now(lambda conn: outbox.restored(conn, "w0", NOW)) == 1
    desk.add("decided again", "ben")
    assert [desk.row(key).state for key in ("waited", "decided again")] == ["unknown", "unknown"]
    desk.add("a day later", "ben", now=NOW + timedelta(days=1, seconds=1))
    assert desk.row("a day later").state == "pending"


def post(key: str, at: float = 1.0) -> Post:
    return Post(at=at, channel="D1", key=key, ts="1")


def test_the_judge_sees_what_it_must() -> None:
    assert check_history([post("a"), post("b")], ["a", "b"], {"a": Held(tried_at=0, until=30)}).good
    assert check_history([post("a")], ["a", "b"]).lost == ("b",)
    assert check_history([post("a"), post("a")], ["a"]).twice == ("a",)
    assert check_history([post("a"), post("c")], ["a"]).unasked == ("c",)
    assert check_history([post("a", at=40)], ["a"], {"a": Held(tried_at=0, until=30)}).outside == ("a",)


@pytest.mark.parametrize("wanted", ["nowhere:1", "claim.committed:x", "send.before:-1"])
def test_a_failpoint_that_is_none_is_refused(wanted: str) -> None:
    with pytest.raises(ValueError, match="no failpoint"):
        failpoint.arm(wanted)
    failpoint.arm(None)
