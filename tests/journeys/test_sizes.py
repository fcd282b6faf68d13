"""I6, I7: no pilot, one, forty-nine to fifty-one, a hundred, ten thousand, and names that bite, on every surface."""

import json
import random
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from bot.domain.people import Address, Person, Platform
from bot.domain.pilot import Pilot
from bot.domain.stages import Stage
from bot.playground.limits import check_message, check_view
from storage import asks, people, pilots
from storage.database import Connection
from tests.faults.world import seed, times
from tests.journeys.kit import House, house
from tests.journeys.test_surfaces import page
from tests.playground.hostile import HOSTILE

#: Blocks that slack_sdk has no model for, or none that is up to date: our own checks judge them.
UNKNOWN = {"data_table", "data_visualization", "table", "markdown"}
COMMANDS = (
    "list all",
    "list mine",
    "list stalled",
    "list decisions",
    "home",
    "digest",
    "show Pilot 0",
    "help",
)


def fill(home: House, count: int, names: tuple[str, ...] = ()) -> None:
    """So many pilots of Alice's, each with a question open."""

    def write(conn: Connection) -> None:
        there = Address(
            platform=Platform.SLACK,
            workspace=home.slack.workspace.team_id,
            user=home.slack.workspace.person("alice").id,
        )
        alice = Person(id="alice", handle="alice", name=names[0] if names else "Alice", addresses=(there,))
        people.add(conn, home.workspace_id, alice, home.clock())
        many = [
            Pilot(
                id=f"P{number}",
                name=(names[number % len(names)] + f" {number}") if names else f"Pilot {number}",
                stage=Stage.TRIAL,
                stage_since=date(2026, 9, 1),
                started=date(2026, 9, 1),
                owner=alice,
                outcome_sentence=names[number % len(names)] if names else "Halve it",
            )
            for number in range(count)
        ]
        origin = pilots.Origin(created_by="alice", created_at=home.clock())
        pilots.add_many(conn, home.workspace_id, [(one, origin) for one in many], next_look_at=None)
        for one in many[:60]:
            asks.add(
                conn, home.workspace_id, pilot_id=one.id, kind="checkin", person_id="alice", role="owner",
                on=date(2027, 3, 1), now=home.clock(),
            )  # fmt: skip

    home.app.database.write_now(write)


def sound(home: House) -> int:
    """Every message, view and Home in the workspace: within the limits, labelled, pinging nobody. How many there were."""
    workspace = home.slack.workspace
    seen = 0
    for channel in workspace.channels.values():
        alone = home.hands.see("alice", channel) if channel.type == "im" else []
        for message in [*channel.messages, *alone]:
            if message.by_bot:
                assert message.text.strip()
                assert not check_message(message.blocks)
                _blocks(message.blocks)
                _pings_nobody(message.text + json.dumps(message.blocks))
                seen += 1
    views: list[Any] = [
        *workspace.homes.values(),
        *(one for stack in workspace.modals.values() for one in stack),
    ]
    for view in views:
        assert not check_view(view.payload)
        known = [block for block in view.payload["blocks"] if block["type"] not in UNKNOWN]
        View(**{**view.payload, "blocks": known}).validate_json()
        _blocks(view.payload["blocks"])
        _pings_nobody(json.dumps(view.payload["blocks"]))
        seen += 1
    assert not home.slack.app.refusals
    return seen


def _blocks(blocks: list[dict[str, Any]]) -> None:
    for block in blocks:
        if block["type"] not in UNKNOWN:
            made = Block.parse(block)
            assert made is not None, block
            made.validate_json()
    for one in _inside(blocks):
        if one.get("type") == "button":
            assert one["text"]["text"].strip()
            assert len(one.get("accessibility_label", "")) <= 75
            assert any(sign.isalnum() for sign in one["text"]["text"]), one  # no sign or colour says it alone
        if one.get("type") == "image":
            assert one.get("alt_text", "").strip(), one


def _inside(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, dict):
        return [value, *(found for part in value.values() for found in _inside(part))]
    return [found for part in value for found in _inside(part)] if isinstance(value, list) else []


def _pings_nobody(text: str) -> None:
    for ping in ("<!channel", "<!here", "<!everyone", "<!subteam"):
        assert ping not in text
    for sign in ("\u202e", "\u202d", "\\u0000"):
        assert sign not in text


async def everywhere(home: House) -> None:
    for command in COMMANDS:
        for _ in await home.shown("alice", f"/pilot {command}"):
            pass
    for who in ("alice", "lea", "ada", "charlie"):
        await page(home, who)
    await home.hands.command("ada", "/pilot settings")
    await home.form("ada")
    assert sound(home) > len(COMMANDS)


@pytest.mark.parametrize(
    "count", [0, 51, *(pytest.param(count, marks=pytest.mark.trial) for count in (1, 49, 50, 100))]
)
async def test_every_surface_holds_any_number_of_pilots(tmp_path: Path, count: int) -> None:
    async with house(tmp_path, expect_all=False) as home:
        fill(home, count)
        await everywhere(home)


def made_up(chance: random.Random) -> str:
    """A hostile name of its own: two or three pieces of the fixed ones, between signs from anywhere in Unicode."""
    pieces = [chance.choice(HOSTILE)[: chance.randrange(1, 80)] for _ in range(chance.randrange(1, 4))]
    signs = "".join(
        chr(chance.choice((chance.randrange(0xD800), chance.randrange(0xE000, 0x110000)))) for _ in range(6)
    )
    return signs[:3].join(pieces) + signs[3:]


@pytest.mark.trial
@pytest.mark.timeout(3600)
async def test_i6_ten_thousand_hostile_names(tmp_path: Path) -> None:
    """500 to a house."""
    chance = random.Random(seed(16))
    houses = times(20)
    for number in range(houses):
        folder = tmp_path / str(number)
        folder.mkdir()
        async with house(folder, expect_all=False) as home:
            fill(home, 500, tuple(made_up(chance) for _ in range(500)))
            await everywhere(home)
    print(f"{500 * houses} names")


async def test_hostile_names_ping_nobody_and_break_nothing(tmp_path: Path) -> None:
    async with house(tmp_path, expect_all=False) as home:
        fill(home, len(HOSTILE), tuple(HOSTILE))
        await everywhere(home)


@pytest.mark.trial
@pytest.mark.timeout(900)
async def test_every_surface_holds_ten_thousand_pilots(tmp_path: Path) -> None:
    async with house(tmp_path, expect_all=False) as home:
        fill(home, 10_000)
        await everywhere(home)
