"""I2–I4: clicked twice, sent twice, too late, in the wrong order, by somebody else: one effect, and a kind answer.

Every delivery goes to one of two processes' doors by chance, which share a database and nothing else. The short form runs with
everything else; `make trial` runs 5,000.
"""

import asyncio
import contextlib
import json
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from bot.app import build
from bot.domain.pilot import Pilot
from bot.domain.record import Entry, Status
from bot.domain.stages import Stage
from bot.messages.model import Press
from bot.playground.deliveries import sign
from bot.playground.payloads import epoch
from bot.slack.ids import Origin, metadata_of, value_of
from bot.slack.listeners import Door
from storage import asks, people, pilots
from storage.database import Database
from tests.faults.world import seed, times
from tests.journeys.kit import House, house
from tests.journeys.test_roles_matrix import Bench

Json = dict[str, Any]
BREAKS = "on our side"


def signed(home: House, fields: Json, *, form: bool = True) -> tuple[bytes, dict[str, str]]:
    """A body as Slack posts it, and its headers."""
    body = (urlencode(fields) if form else json.dumps(fields)).encode()
    stamp = str(epoch(home.slack.workspace.clock()))
    return body, {
        "Content-Type": "application/x-www-form-urlencoded" if form else "application/json",
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": sign(home.slack.app.signing_secret, stamp, body),
    }


class Doors:
    """Two processes' doors."""

    def __init__(
        self, home: House, doors: list[httpx.AsyncClient], behind: list[Door], chance: random.Random
    ) -> None:
        self.home = home
        self.bench = Bench(home)
        self.chance = chance
        self._doors = doors
        self._behind = behind
        self._made = 0
        #: What was answered in bodies, to be read at the end.
        self.said: list[str] = []

    async def post(self, fields: Json) -> httpx.Response:
        """One signed request, to either door."""
        return await self._posted(*signed(self.home, fields))

    async def _posted(self, body: bytes, headers: dict[str, str]) -> httpx.Response:
        answer = await self.chance.choice(self._doors).post("/slack/events", content=body, headers=headers)
        self.said.append(answer.text)
        for door in self._behind:
            await door.drain(60.0)  # a busy machine answers first and writes then
        return answer

    async def interaction(self, payload: Json) -> httpx.Response:
        return await self.post({"payload": json.dumps(payload)})

    async def event(self, event: Json, event_id: str, at: int | None = None) -> int:
        slack = self.home.slack
        envelope = {
            "type": "event_callback",
            "team_id": slack.workspace.team_id,
            "event_id": event_id,
            "event_time": at or epoch(slack.workspace.clock()),
            "authorizations": [{"team_id": slack.workspace.team_id, "user_id": slack.workspace.bot.id}],
            "event": event,
        }
        return (await self._posted(*signed(self.home, envelope, form=False))).status_code

    def click(self, who: str, press: Press) -> Json:
        """A click of its own: another one on the same button comes with another time."""
        slack, self._made = self.home.slack, self._made + 1
        action = {
            "type": "button",
            "action_id": "x",
            "value": value_of(press),
            "action_ts": f"{self._made}.1",
        }
        envelope: Json = slack.hands.interactions._envelope(slack.workspace.person(who), "block_actions")
        return envelope | {"container": {"type": "view", "view_id": "V0"}, "actions": [action]}

    def sent(self, who: str, metadata: str, fields: dict[str, str]) -> Json:
        """A form of its own; delivered twice it is the same one."""
        slack, self._made = self.home.slack, self._made + 1
        block = {"type": "input", "label": {"type": "plain_text", "text": "x"}}
        view = {
            "id": f"VF{self._made}",
            "type": "modal",
            "hash": "1.a",
            "callback_id": "x",
            "private_metadata": metadata,
            "title": {"type": "plain_text", "text": "A form"},
            "submit": {"type": "plain_text", "text": "Save"},
            "blocks": [
                {**block, "block_id": name, "element": {"type": "plain_text_input", "action_id": name}}
                for name in fields
            ],
            "state": {
                "values": {
                    name: {name: {"type": "plain_text_input", "value": value}}
                    for name, value in fields.items()
                }
            },
            "app_installed_team_id": slack.workspace.team_id,
        }
        envelope: Json = slack.hands.interactions._envelope(slack.workspace.person(who), "view_submission")
        return envelope | {"view": view}

    def entries(self, pilot: Pilot) -> list[Entry]:
        read = self.home.app.database.read_now
        found = read(lambda conn: pilots.load(conn, self.home.workspace_id, [pilot.id]))
        return list(found[pilot.id][1].entries)

    def now(self, pilot: Pilot) -> Pilot:
        found = self.home.app.database.read_now(
            lambda conn: pilots.load(conn, self.home.workspace_id, [pilot.id])
        )
        return found[pilot.id][0]

    def open(self, ask: str) -> bool:
        found = self.home.app.database.read_now(lambda conn: asks.get(conn, self.home.workspace_id, ask))
        return found is not None and found.state in asks.OPEN

    async def all_at_once(self, payloads: list[Json]) -> list[httpx.Response]:
        self.chance.shuffle(payloads)
        answers = await asyncio.gather(*(self.interaction(one) for one in payloads))
        assert all(one.status_code == 200 for one in answers)
        return list(answers)


@contextlib.asynccontextmanager
async def two_doors(folder: Path, seed: int) -> AsyncIterator[Doors]:
    async with house(folder, extra=("gus", "stella"), expect_all=False) as home:
        other = Database(str(home.app.settings.database_url))
        second = build(home.app.settings, clock=home.clock, database=other, pace=10**9, patience=30.0)
        await second.introduce()
        try:
            async with contextlib.AsyncExitStack() as stack:
                doors, behind = [], list[Door]()
                for app in (home.app, second):
                    door = app.doors["/slack/events"]
                    assert isinstance(door, Door)
                    behind.append(door)
                    transport = httpx.ASGITransport(app=door)
                    doors.append(
                        await stack.enter_async_context(
                            httpx.AsyncClient(transport=transport, base_url="http://door")
                        )
                    )
                made = Doors(home, doors, behind, random.Random(seed))
                made.bench.furnish()
                yield made
        finally:
            await second.close()
            other.close()


# One trial each


async def clicked_twice(doors: Doors) -> None:
    """The same click delivered again, and the button clicked again before it changed."""
    pilot = doors.bench.pilot(Stage.TRIAL)
    ask = doors.bench.ask(pilot, "checkin", "alice")
    status = doors.chance.choice(("moving", "stop"))
    press = Press("answer", {"ask": ask, "status": status})
    first = doors.click("alice", press)
    again = [first] * doors.chance.randrange(2) + [doors.click("alice", press) for _ in range(2)]
    await doors.all_at_once([first, *again])
    assert [one.status.value for one in doors.entries(pilot)] == [status]
    assert not doors.open(ask)


async def backed_and_refused(doors: Doors) -> None:
    """Both buttons at once: one of them counts."""
    pilot = doors.bench.pilot(Stage.IDEA)
    pilot = replace(pilot, stage=Stage.IDEA)
    ask = doors.bench.ask(pilot, "gate", "sam", gate="G1")
    yes, no = (doors.click("sam", Press("back", {"ask": ask, "yes": word})) for word in ("yes", "no"))
    await doors.all_at_once([yes, no])
    now = doors.now(pilot)
    assert not doors.open(ask)
    assert (now.stage is Stage.FRAMED) is (now.sponsor is not None)
    assert len(doors.entries(pilot)) == 1


async def sent_twice(doors: Doors) -> None:
    """One form, delivered up to three times."""
    pilot = doors.bench.pilot(Stage.TRIAL)
    metadata = metadata_of(Press("checkin", {"pilot": pilot.id}), Origin())
    form = doors.sent("alice", metadata, {"status": "stuck", "text": "waits for legal", "value": ""})
    await doors.all_at_once([form] * doors.chance.randrange(2, 4))
    assert [one.status for one in doors.entries(pilot)] == [Status.STUCK]


async def too_late(doors: Doors) -> None:
    """A form that was open while the pilot ended: nothing is written behind its end, and it is said."""
    pilot = doors.bench.pilot(Stage.TRIAL)
    verb, fields = doors.chance.choice(
        [
            ("pause", {"until": "2027-04-01", "reason": "audit"}),
            ("snooze", {"days": "3", "reason": "audit"}),
            ("checkin", {"status": "moving", "text": "went well", "value": ""}),
            ("handover", {"to": f"<@{doors.home.slack.workspace.person('charlie').id}>"}),
            ("keep", {"until": "2027-09-01", "owner": ""}),
            ("retire", {"cause": "M", "learning": "again"}),
        ]
    )
    who = "sam" if verb in ("pause", "keep", "retire") else "alice"
    learning = {"cause": "O", "learning": "Nobody wanted it", "reason": ""}
    ends = metadata_of(Press("retire", {"pilot": pilot.id}), Origin())
    await doors.interaction(doors.sent("sam", ends, learning))
    assert doors.now(pilot).stage is Stage.RETIRED
    before, end = len(doors.entries(pilot)), doors.now(pilot).end
    late = await doors.interaction(
        doors.sent(who, metadata_of(Press(verb, {"pilot": pilot.id}), Origin()), fields)
    )
    assert len(late.text) > 2, (verb, "nothing was said")
    assert len(doors.entries(pilot)) == before, (verb, late.text)
    assert doors.now(pilot).end == end


async def forged(doors: Doors) -> None:
    """Somebody without a part in it writes the metadata by hand."""
    pilot = doors.bench.pilot(Stage.TRIAL)
    ask = doors.bench.ask(pilot, "checkin", "alice")
    verb = doors.chance.choice(
        ("checkin", "retire", "pause", "handover", "keep", "settings", "g3", "erase_workspace")
    )
    metadata = doors.chance.choice(
        [
            metadata_of(Press(verb, {"pilot": pilot.id}), Origin()),
            metadata_of(Press(verb, {"ask": ask}), Origin(channel="C1", message="1.1")),
            json.dumps({"v": verb, "a": {"pilot": [pilot.id]}, "c": 7}),
            json.dumps([verb]),
            "{" * 2000,
            "\u202e\x00",
            "",
        ]
    )
    junk = {
        "status": "moving",
        "text": "x",
        "until": "2027-04-01",
        "reason": "x",
        "to": "charlie",
        "learning": "x",
    }
    before = doors.now(pilot)
    answer = await doors.interaction(doors.sent("charlie", metadata, junk))
    assert answer.status_code == 200
    assert doors.now(pilot) == before
    assert not doors.entries(pilot)
    assert doors.open(ask)


async def trigger_gone(doors: Doors) -> None:
    """Slack no longer takes the trigger: the form waits behind a button, whose press brings a new one."""
    slack = doors.home.slack
    user = slack.workspace.person("alice")
    word = doors.chance.choice(
        ("expired_trigger_id", "trigger_expired", "trigger_exchanged", "invalid_trigger_id")
    )
    slack.faults.slack_error("views.open", word, times=None)
    url = slack.app.new_response_url(
        slack.workspace, channel=slack.workspace.im(user).id, user=user.id, original=None
    )
    form = slack.hands.interactions.command_form(user, slack.workspace.im(user), "/pilot new", url)
    await doors.post(form)
    offered = await slack.hands.wait_for("alice", "Open it here")
    slack.faults.clear()
    await slack.hands.press("alice", offered, "Open the form")
    await doors.home.form("alice")
    slack.workspace.modals.pop(user.id)
    slack.ledger.take_all("alice")


async def in_any_order(doors: Doors) -> None:
    """A newcomer joins, changes, writes and leaves, and an old removal arrives late: the end is the same in every order."""
    slack, number = doors.home.slack, doors.chance.randrange(10**12)
    who = slack.workspace.add_user(f"new{number}", real_name=f"New {number}", tz="Europe/Berlin")
    user = {
        "id": who.id,
        "name": who.name,
        "real_name": who.real_name,
        "tz": who.tz,
        "team_id": slack.workspace.team_id,
    }
    events: list[tuple[Json, int | None]] = [
        ({"type": "team_join", "user": user}, None),
        ({"type": "user_change", "user": {**user, "tz": "Europe/Rome"}}, None),
        (
            {
                "type": "message",
                "channel_type": "im",
                "channel": slack.workspace.im(who).id,
                "user": who.id,
                "text": "help",
                "ts": slack.workspace.new_ts(),
            },
            None,
        ),
        ({"type": "app_uninstalled"}, epoch(slack.workspace.clock()) - 90_000),
    ]
    wave = [(event, at, f"Ev{number}{at_}") for at_, (event, at) in enumerate(events)]
    wave *= doors.chance.randrange(1, 3)
    doors.chance.shuffle(wave)
    for event, at, name in wave:
        # Slack brings what is not taken again.
        for _ in range(4):
            if await doors.event(event, name, at) == 200:
                break
        else:
            raise AssertionError(event)
    known = doors.home.app.database.read_now(lambda conn: people.all_of(conn, doors.home.workspace_id))
    assert sum(who.id in (address.user for address in one.addresses) for one in known.values()) == 1
    assert await slack.workspace.until(lambda: bool(slack.ledger.untaken(who.name)), timeout=60.0)
    answers = slack.ledger.take_all(who.name)
    assert len(answers) == 1
    assert "What you can type" in doors.home.read(answers[0])


TRIALS: tuple[Callable[[Doors], Awaitable[None]], ...] = (
    clicked_twice,
    backed_and_refused,
    sent_twice,
    too_late,
    forged,
    trigger_gone,
    in_any_order,
)


async def tried(folder: Path, seed: int, deliveries: int) -> None:
    """Each trial in turn, until so many deliveries were made and all had their turn."""
    async with two_doors(folder, seed) as doors:
        rounds = 0
        while len(doors.said) < deliveries:
            for trial in TRIALS:
                await trial(doors)
                rounds += 1
        print(f"{len(doors.said)} deliveries in {rounds} trials, seed {seed}")
        slack = doors.home.slack
        shown = [one.text for those in slack.workspace.ephemerals.values() for one in those] + [
            one.text
            for channel in slack.workspace.channels.values()
            for one in channel.messages
            if one.by_bot
        ]
        assert not any(BREAKS in one for one in [*doors.said, *shown])
        assert any("answered already" in one or "settled in the meantime" in one for one in shown)
        assert not slack.app.refusals


@pytest.mark.timeout(600)
async def test_twice_late_out_of_order_or_forged_has_one_effect(tmp_path: Path) -> None:
    await tried(tmp_path, 7, 1)


@pytest.mark.trial
@pytest.mark.timeout(3600)
async def test_five_thousand_deliveries_twice_late_out_of_order_or_forged(tmp_path: Path) -> None:
    await tried(tmp_path, seed(8), times(5000))
