"""A real browser for tests: Debian's Chromium, and what a page complained of.

from tests.playground.browser import browser, needs_chromium, opened

    pytestmark = pytest.mark.asyncio(loop_scope="module")

    @needs_chromium
    async def test_…(browser: Browser) -> None:
        watched = await opened(browser, slack, "anna", "#leads", width=390)
"""

import shutil
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright, expect

from bot.playground import Channel, Message, Playground
from bot.playground.blocks import with_ids

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
#: without the background-networking flags Chromium's own errands fill the log of a closed network
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip

#: A step of the page on a busy machine, in milliseconds; what comes is seen as soon as it is there.
PATIENCE = 120_000
expect.set_options(timeout=PATIENCE)

needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed")


class Watched:
    """A page and everything it complained of."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.set_default_timeout(PATIENCE)
        self.complaints: list[str] = []
        self.strangers: list[str] = []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on("request", lambda request: self._request(request.url))

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"{message.type}: {message.text}")

    def _request(self, url: str) -> None:
        if urlsplit(url).hostname not in {"127.0.0.1", None}:
            self.strangers.append(url)

    def assert_quiet(self) -> None:
        assert self.complaints == [] and self.strangers == []


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        await running.close()


async def opened(
    browser: Browser, slack: Playground, person: str, where: str = "", *, width: int = 1280, **options: Any
) -> Watched:
    watched = Watched(await browser.new_page(viewport={"width": width, "height": 800}, **options))
    await watched.page.add_init_script(
        "window.__pwned = 0; window.__violations = [];"
        "addEventListener('securitypolicyviolation', (event) => window.__violations.push(event.violatedDirective + ' ' + event.blockedURI));"
    )
    place = slack.workspace.channel(where).id if where.startswith("#") else where
    await watched.page.goto(f"{slack.url}/#{slack.workspace.person(person).id}/{place}")
    await watched.page.wait_for_selector("body[data-ready]")
    return watched


def post(slack: Playground, channel: Channel, blocks: list[dict[str, Any]], text: str = "x") -> Message:
    """As chat.postMessage would have it, whatever the limits say."""
    bot = slack.workspace.bot.id
    ready = with_ids(blocks, lambda: slack.workspace.new_id("b"))
    return slack.workspace.add_message(
        channel, user=bot, bot_id=slack.workspace.bot_id, text=text, blocks=ready
    )
