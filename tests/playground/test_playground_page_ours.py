"""What our own messages and forms are made of is drawn, and what whoever starts the page tells it is shown."""

import ast
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, expect

import bot.slack
from bot.playground import Playground
from bot.playground.page.host import Host, NotTakenError
from tests.playground.browser import browser, needs_chromium, opened, post
from tests.playground.gallery import EVERYWHERE, IN_MESSAGES, IN_MODALS
from tests.playground.kit import VirtualClock, slack_workspace

pytestmark = pytest.mark.asyncio(loop_scope="module")

__all__ = ["browser"]


def _written(file: Path) -> Iterator[str]:
    """Every `"type": "…"` that a file writes into a dictionary."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == "type" and isinstance(value, ast.Constant):
                    yield str(value.value)


def _types(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("type"), str):
            yield value["type"]
        for inner in value.values():
            yield from _types(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _types(inner)


async def test_every_type_that_our_slack_door_writes_stands_in_the_gallery_of_what_is_drawn() -> None:
    [folder] = bot.slack.__path__
    ours = {
        kind for file in Path(folder).glob("*.py") for kind in _written(file) if not kind.startswith("http.")
    }
    drawn = {kind for each in (EVERYWHERE, IN_MESSAGES, IN_MODALS) for kind in _types(list(each.values()))}
    assert {"section", "actions", "context", "input", "button"} <= ours
    assert ours - drawn <= {"modal", "home", "message"}  # what is drawn around blocks, or told of


async def _advance(slack: Playground, body: dict[str, Any]) -> Any:
    async with httpx.AsyncClient(trust_env=False, timeout=60) as http:
        return (await http.post(f"{slack.url}/page/advance", json=body)).json()


async def test_until_something_happens_is_asked_of_whoever_can_tell() -> None:
    clock = VirtualClock()
    async with slack_workspace(clock, page=Host()) as slack:
        answers = [True, False]

        async def on_advance(_delta: timedelta) -> None:
            raise AssertionError("not asked")

        async def on_until() -> bool:
            clock.now += timedelta(days=3, hours=2)
            return answers.pop(0)

        slack.page.on_advance, slack.page.on_until = on_advance, on_until
        assert await _advance(slack, {"until": True}) == {"days": 3}
        assert await _advance(slack, {"until": True}) == {"days": 3, "nothing": True}


@needs_chromium
async def test_the_faces_come_first_and_whoever_has_something_to_read_looks(browser: Browser) -> None:
    people = [f"person{n}" for n in range(20)]
    page = Host(faces=("person7", "person3"), starting=True)
    async with slack_workspace(people=people, page=page, expect_all=False) as slack:
        watched = await opened(browser, slack, "person7")
        await watched.page.goto(f"{slack.url}/#")
        await watched.page.reload()
        await expect(watched.page.locator("#composer textarea")).to_be_disabled()
        await expect(watched.page.locator("#people .entry-name")).to_have_text(["Person3", "Person7"])
        await expect(watched.page.locator("#others li")).to_have_count(18)
        await expect(watched.page.locator("#first-time")).not_to_be_visible()

        post(slack, slack.workspace.im("person12"), [], "For you")
        page.starting = False
        slack.workspace.tell("host")
        await expect(watched.page.locator("#me")).to_contain_text("You are Person12")
        await expect(watched.page.locator("#log")).to_contain_text("For you")
        await expect(watched.page.locator("#others .entry-name").first).to_have_text("Person12")

        post(slack, slack.workspace.im("person3"), [], "For somebody else")
        await expect(watched.page.locator("#people .count")).to_have_count(1)
        await expect(watched.page.locator("#me")).to_contain_text("You are Person12")
        watched.assert_quiet()
        await watched.page.close()


@needs_chromium
async def test_the_hint_goes_away_and_a_refused_file_cannot_be_imported(browser: Browser) -> None:
    async with slack_workspace(people=["anna"], page=Host()) as slack:

        async def on_advance(_delta: timedelta) -> None:
            return

        async def on_upload(_content: bytes, _dry_run: bool, _mapping: str) -> str:
            raise NotTakenError("row 2, column name: a pilot needs a name.")

        slack.page.on_advance, slack.page.on_upload = on_advance, on_upload
        watched = await opened(browser, slack, "anna")
        page = watched.page
        await expect(page.locator("#first-time")).to_be_visible()
        await page.click("#first-time-close")
        await expect(page.locator("#first-time")).not_to_be_visible()
        await page.reload()
        await page.wait_for_selector("body[data-ready]")
        await expect(page.locator("#first-time")).not_to_be_visible()

        await page.click("#try-open")
        await page.set_input_files(
            "#try-file", {"name": "p.csv", "mimeType": "text/csv", "buffer": b"name\n\n"}
        )
        await page.click("#try-dry")
        await expect(page.locator("#try-result")).to_contain_text("row 2, column name")
        await expect(page.locator("#try-import")).to_be_disabled()
        watched.assert_quiet()
        await page.close()
