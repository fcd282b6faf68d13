"""The first ten minutes, walked by script and timed: who looks, who installs, who owns, who leads. `make trial T=first_minutes`

PILOTLIGHT_PICTURES=1 keeps what was seen in docs/pictures; docs/first-minutes.md shows it.
"""

import os
import time
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright, expect

from bot.setup.stage import ADMIN, CHANNEL
from tests.playground.browser import CHROMIUM, FLAGS, needs_chromium
from tests.playground.pictures import FOLDER, SIZES, camera
from tests.setup.kit import BOT_TOKEN, slack
from tests.setup.test_setup_journey import set_up

pytestmark = [pytest.mark.trial, pytest.mark.timeout(1200), needs_chromium]
#: Milliseconds; the machine may be busy.
PATIENCE = 120_000
OWNER, LEADER = "samir.haddad", "dorothea.bauer"
SHEET = "project,outcome,owner,start date\nShelf Photos,Cut wrong shelf labels from 40 to 15 a week by 30 June 2027,mara.lindqvist,1 Sep 2026\n"


def folder_of(tmp_path: Path) -> Path:
    return FOLDER if os.environ.get("PILOTLIGHT_PICTURES") else tmp_path


class Watch:
    """Says how long each step took."""

    def __init__(self, walk: str) -> None:
        self.walk = walk
        self._began = self._last = time.monotonic()

    def step(self, what: str) -> None:
        now = time.monotonic()
        print(f"{self.walk}: {what} after {now - self._last:.1f} s, {now - self._began:.1f} s in all")
        self._last = now


async def picture(page: Page, folder: Path, name: str, words: str) -> None:
    """The message with these words at the top, in both widths."""
    for size in SIZES:
        await page.set_viewport_size(size)
        message = page.locator("#log .message", has_text=words).last
        await message.wait_for(timeout=PATIENCE)
        await message.evaluate(
            "(node) => { const log = node.closest('.log'); log.scrollTop += node.getBoundingClientRect().top - log.getBoundingClientRect().top - 44; }"
        )
        wide = await page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert wide <= 0, f"{name} scrolls sideways at {size['width']}"
        await page.mouse.move(0, 0)
        await page.screenshot(path=folder / f"{name}-{size['width']}-light.png", animations="disabled")


async def test_1_who_looks_sees_it_work_and_tries_a_sheet_of_their_own(tmp_path: Path) -> None:
    watch = Watch("looking")
    async with camera(tmp_path) as shot:
        page = shot.page
        page.set_default_timeout(PATIENCE)
        await shot.look(OWNER)
        await page.locator("#log .message", has_text="Search Re-Ranking").first.wait_for()
        watch.step("the first question stands there")
        await page.click("#first-time-close")
        before = sum(len(channel.messages) for channel in shot.slack.channels.values())
        await page.get_by_role("button", name="+1 week").click()
        assert await shot.slack.until(
            lambda: sum(len(channel.messages) for channel in shot.slack.channels.values()) > before + 1,
            timeout=PATIENCE / 1000,
        )
        watch.step("a week on, further messages came")
        await page.click("#try-open")
        await page.set_input_files(
            "#try-file", {"name": "mine.csv", "mimeType": "text/csv", "buffer": SHEET.encode()}
        )
        await page.click("#try-dry")
        result = page.locator("#try-result")
        await expect(result).to_contain_text("Would import 1 pilot", timeout=PATIENCE)
        await expect(result).to_contain_text('"1 Sep 2026" is read as 2026-09-01')
        watch.step("their own sheet was looked at")
        await page.click("#try-import")
        await expect(result).to_contain_text("Imported 1 pilot", timeout=PATIENCE)
        await page.keyboard.press("Escape")
        await expect(page.locator("body")).to_contain_text("pilotlight init")
        watch.step("imported; the way to a real Slack is said at the foot")


async def test_2_an_admin_is_through_with_two_pastes(tmp_path: Path) -> None:
    import asyncio

    watch, folder = Watch("installing"), folder_of(tmp_path)
    with slack() as here:
        pastes = f"1\n{BOT_TOKEN}\n{here.playground.app_token}\n"
        took, said = await asyncio.to_thread(set_up, here, tmp_path, pastes)
        watch.step(f"from the first keystroke to the pressed test nudge ({took:.1f} s)")
        assert said.count("Paste ") <= 2
        assert said.count("]: ") + said.count("Paste ") <= 12
        assert "0 failed" in said
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            page = await browser.new_page(locale="en-GB")
            user = here.playground.workspace.person("ada")
            im = here.playground.workspace.im(user)
            await page.goto(f"{here.playground.url}/#{user.id}/{im.id}")
            await page.wait_for_selector("body[data-ready]", timeout=PATIENCE)
            await picture(page, folder, "first-nudge", "it came back")
            await browser.close()
        watch.step("seen in both widths")


async def test_4_an_owner_answers_with_one_tap(tmp_path: Path) -> None:
    watch, folder = Watch("owning"), folder_of(tmp_path)
    async with camera(folder) as shot:
        page = shot.page
        page.set_default_timeout(PATIENCE)
        await shot.look(OWNER)
        await page.click("#first-time-close")
        await picture(page, folder, "nudge", "Search Re-Ranking")
        watch.step("the question is there")
        owned = shot.slack.seen_by(shot.slack.person(OWNER), shot.slack.im(OWNER))
        asked = next(one for one in owned if one.by_bot and "Search Re-Ranking" in one.text)
        rows = [line for line in shot.room.playground.hands.read(asked).split("\n") if line.strip()]
        print(f"owning: {len(rows)} lines, with a line for each button:", *rows, sep="\n    ")
        began = time.monotonic()
        await (
            page.locator("#log .message", has_text="Search Re-Ranking")
            .last.get_by_role("button", name="Moving")
            .click()
        )
        await expect(page.locator("#log .message", has_text="Noted").last).to_be_visible(timeout=PATIENCE)
        print(f"owning: the message changed in place {time.monotonic() - began:.2f} s after the tap")
        assert not await page.locator("#modal").is_visible()
        assert asked.edited or "Noted" in shot.room.playground.hands.read(asked)
        assert "Undo" in shot.room.playground.hands.read(asked)
        await picture(page, folder, "nudge-answered", "Noted")
        watch.step("answered")


async def test_5_a_leader_reads_the_digest_on_a_phone(tmp_path: Path) -> None:
    watch, folder = Watch("leading"), folder_of(tmp_path)
    async with camera(folder) as shot:
        page = shot.page
        page.set_default_timeout(PATIENCE)
        from tests.playground.pictures import AHEAD

        await shot.room.advance(AHEAD)
        watch.step("Monday has come")
        await shot.look(LEADER, f"#{CHANNEL}")
        await page.click("#first-time-close")
        posted = shot.slack.seen_by(shot.slack.person(LEADER), f"#{CHANNEL}")[-1]
        rows = [
            line
            for line in shot.room.playground.hands.read(posted, buttons=False).split("\n")
            if line.strip()
        ]
        print(f"leading: {len(rows)} lines:", *rows, sep="\n    ")
        assert len(rows) <= 12
        assert "decision" in posted.text[:80] and "EUR" in posted.text[:80]
        await picture(page, folder, "digest", "decisions wait")
        shown = page.locator("#log .message", has_text="decisions wait").last
        await shown.get_by_role("button", name="Full list").click()
        assert await shot.slack.until(
            lambda: (
                shot.slack.seen_by(shot.slack.person(LEADER), f"#{CHANNEL}")[-1].ephemeral
                or shot.slack.top_view(LEADER) is not None
            ),
            timeout=PATIENCE / 1000,
        )
        watch.step("the list is one button away, for the reader alone")
        await shot.look(LEADER)
        assert ADMIN
