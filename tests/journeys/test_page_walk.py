"""A walk through the real demo, by clicking and typing in its page: from a vague idea to what happened to it."""

import contextlib
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from bot.setup.demo import page_host
from bot.setup.host import performing
from bot.setup.showroom import Showroom
from bot.setup.stage import CHANNEL, stage
from tests.playground.browser import PATIENCE, Watched, browser, needs_chromium

pytestmark = [needs_chromium, pytest.mark.asyncio(loop_scope="module")]

__all__ = ["browser"]

OUTCOME = "Cut time to first answer per claim from 9 to 4 hours by 30 June 2027"


@contextlib.asynccontextmanager
async def demo(folder: Path) -> AsyncIterator[Showroom]:
    """As `pilotlight demo` serves it."""
    async with stage(page=page_host()) as set_up, performing(set_up, folder) as room:
        yield room


class Walker:
    """Somebody who tries the page with mouse and keyboard."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.log = page.locator("#log")
        self.modal = page.locator("#modal")

    async def be(self, name: str) -> None:
        """Presses a face, and once more where the page did not hear it."""
        for patience in (20_000, 20_000, PATIENCE):
            await self.page.locator("#people button, #others button", has_text=name).click()
            with contextlib.suppress(AssertionError):
                await expect(self.page.locator("#me")).to_contain_text(name, timeout=patience)
                return
        raise AssertionError(f"nobody became {name}")

    async def app(self) -> None:
        await self.page.locator("#apps button").click()
        await expect(self.page.locator("#place button", has_text="Messages")).to_have_attribute(
            "aria-current", "page"
        )

    async def channel(self) -> None:
        await self.page.locator("#channels button", has_text=CHANNEL).click()
        await expect(self.page.locator("#place h1")).to_have_text(f"# {CHANNEL}")

    async def say(self, text: str) -> None:
        await self.page.fill("#composer textarea", text)
        await self.page.keyboard.press("Enter")

    def message(self, *words: str) -> Locator:
        """The newest message with all of these words."""
        found = self.log.locator(".message")
        for one in words:
            found = found.filter(has_text=one)
        return found.last

    async def sees(self, *words: str) -> Locator:
        message = self.message(*words)
        await expect(message).to_be_visible()
        return message

    async def press(self, message: Locator, button: str, answer: str) -> None:
        """A button of a message, which then says something else at the same place."""
        ts = await message.get_attribute("data-ts")
        await message.get_by_role("button", name=button).first.click()
        changed = self.log.locator(f".message[data-ts='{ts}']")
        await expect(changed).to_contain_text(answer)
        await expect(changed).to_contain_text("(edited)")

    async def week(self) -> None:
        """+1 week, until the clock has come there."""
        button = self.page.get_by_role("button", name="+1 week")
        await button.click()
        await expect(button).to_be_enabled()

    async def fill(self, fields: dict[str, str]) -> None:
        """The open form, by the beginnings of its labels."""
        await expect(self.modal.locator("button[type=submit]")).to_be_visible()
        for label, value in fields.items():
            field = self.modal.get_by_label(re.compile(f"^{re.escape(label)}")).first
            if await field.evaluate("(node) => node.tagName") == "SELECT":
                await field.select_option(label=value)
            else:
                await field.fill(value)

    async def close(self) -> None:
        await self.modal.get_by_role("button", name="Close").last.click()
        await expect(self.modal).not_to_be_visible()

    async def submit(self) -> None:
        await self.modal.locator("button[type=submit]").click()


async def test_a_walk_through_the_demo(browser: Browser, tmp_path: Path) -> None:
    async with demo(tmp_path) as room:
        watched = Watched(await browser.new_page(viewport={"width": 1280, "height": 800}))
        page, walker = watched.page, Walker(watched.page)
        await page.goto(room.playground.url)

        # Somebody who has a message looks first, and a hint says how to go on.
        await expect(page.locator("#me")).to_contain_text("Samir Haddad")
        await walker.sees("Search Re-Ranking", "no word for")
        await expect(page.locator("#first-time")).to_contain_text("+1 week")
        await expect(page.locator("#people button .entry-name")).to_have_text(
            ["Mara Lindqvist", "Jonas Ebert", "Petra Holm", "Dorothea Bauer", "Astrid Falk"]
        )

        # A vague idea is refused, and mended by the button below the refusal.
        await walker.be("Mara Lindqvist")
        await walker.say("/pilot register Claims Chat: Let's see what AI can do")
        refused = await walker.sees("Only visible to you", "Claims Chat", "not accepted as an outcome yet")
        await refused.get_by_role("button", name="Another sentence").click()
        await walker.fill({"Which number should change": OUTCOME})
        await walker.submit()
        await expect(walker.modal).to_contain_text("Claims Chat is registered")
        await walker.close()
        await walker.say("/pilot edit Claims Chat sponsor @petra.holm")
        await walker.sees("Claims Chat", "The sponsor is asked to back it")

        # The sponsor backs it; her message changes in place.
        await walker.be("Petra Holm")
        asked = await walker.sees("Claims Chat", "You would sponsor it")
        await walker.press(asked, "I back this", "is framed")

        # Three weeks later: a nudge, answered by a button.
        for _ in range(3):
            await walker.week()
        await expect(page.locator("#first-time")).not_to_be_visible()
        await expect(page.locator("#now")).to_have_text("Fri, 11 Dec 2026, 09:35")
        await expect(
            page.locator("#people button", has_text="Mara Lindqvist").locator(".count")
        ).to_be_visible()
        await walker.be("Mara Lindqvist")
        nudge = await walker.sees("Support Reply Assistant", "New number?")
        await walker.press(nudge, "Moving", "Noted, thanks: moving")

        # Another pilot, of which nobody said a word, has climbed to its sponsor.
        await walker.be("Dorothea Bauer")
        await walker.sees("Search Re-Ranking", "You sponsor it", "Keep it with a named owner and a new date")

        # Monday's digest; a leader decides with its button and form.
        await walker.channel()
        digest = await walker.sees("decisions wait", "Ask HV")
        await digest.get_by_role("button", name="Retire").first.click()
        await walker.fill({"Why does it end?": "O: not adopted, no owner or no budget"})
        await walker.submit()
        await expect(walker.modal.locator(".error")).to_have_text("Please complete this required field.")
        await walker.fill({"We learned that": "a demo without an owner is no pilot"})
        await walker.submit()
        await expect(walker.modal).not_to_be_visible()
        await expect(
            walker.message("Decided by Dorothea Bauer").get_by_role("button", name="Undo")
        ).to_be_visible()

        # Whatever happened to it?
        await walker.app()
        await walker.say("/pilot whatever happened to the chatbot?")
        await walker.sees("Ask HV", "a demo without an owner is no pilot", "retired with learning")

        # Why it did all that, and that the frame stood still the whole time.
        await page.click("#why-open")
        await expect(page.locator("#reasons .because", has_text="Rule:").first).to_be_visible()
        await expect(
            page.locator("#reasons .because", has_text="It was answered since").first
        ).to_be_visible()
        assert await page.evaluate("document.scrollingElement.scrollHeight <= innerHeight")
        watched.assert_quiet()
        await page.close()
