"""The Teams pictures in docs/pictures, made again in Microsoft's own client: `python -m tests.teams.pictures [FOLDER]`.

It wants PILOTLIGHT_TEAMS_CLIENT, Node and Chromium, and the whole program runs behind it in its playground mode.
"""

import asyncio
import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from playwright.async_api import Locator, Page, async_playwright

from bot.app import App, build, configured
from bot.domain.editions import next_digest
from bot.domain.people import Platform
from storage import people, pilots, workspaces
from storage.database import Connection, Database
from tests.playground.browser import CHROMIUM, FLAGS
from tests.playground.kit import VirtualClock
from tests.teams.kit import served
from tests.teams.microsoft_client import LEADERSHIP, TENANT, client_page

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
START = datetime(2027, 3, 1, 13, 30, tzinfo=UTC)
SIZE = {"width": 1280, "height": 900}
OUTCOME = "Reduce invoice handling time from 10 to 6 minutes by 29 October 2027"


class Eyes:
    """A browser before the client, and where its pictures go."""

    def __init__(self, page: Page, app: App, clock: VirtualClock, folder: Path) -> None:
        self.page, self.app, self.clock, self.folder = page, app, clock, folder

    async def say(self, text: str) -> None:
        box = self.page.get_by_role("textbox").last
        await box.click()
        await box.fill(text)
        await self.page.keyboard.press("Enter")

    async def sees(self, text: str) -> Locator:
        found = self.page.get_by_text(text).last
        await found.wait_for(timeout=60_000)
        return found

    async def take(self, name: str) -> None:
        await self.page.mouse.move(640, 5)
        await self.page.wait_for_timeout(600)
        await self.page.screenshot(path=self.folder / f"teams-{name}.png", animations="disabled")

    async def fill(self, label: str, text: str) -> None:
        await self.page.get_by_role("textbox", name=label).last.fill(text)

    async def press(self, title: str) -> None:
        await self.page.get_by_role("button", name=title).last.click()

    async def days(self, count: int) -> None:
        for _ in range(count):
            self.clock.advance(days=1)
            await self.app.tasks.all_due()


async def _walk(eyes: Eyes) -> None:
    await eyes.page.get_by_role("button", name="Send Message").wait_for(timeout=60_000)
    await eyes.sees("Pilotlight is installed")
    await eyes.take("welcome")
    await eyes.say("new")
    await eyes.sees("Register a pilot")
    await eyes.fill("What is it called", "Invoice Reader")
    await eyes.fill("Which number", OUTCOME)
    await eyes.fill("Who wants this", "Megan Bowen")
    await eyes.press("Register")
    await eyes.page.wait_for_timeout(2500)
    await eyes.take("form")
    await eyes.fill("Who wants this", "megan.bowen@example.com")
    await eyes.press("Register")
    await eyes.sees("Invoice Reader is registered")
    await eyes.days(14)
    await eyes.sees("working days")
    await eyes.take("nudge")
    await eyes.press("Moving")
    await eyes.sees("Next check-in")
    await eyes.say("9.4, moving, vendor list cleaned")
    await eyes.sees("9.4 minutes")
    await eyes.app.tasks.deliver()
    await eyes.take("answered")
    eyes.app.database.write_now(lambda conn: _leave(conn, eyes.clock()))
    await eyes.days(45)
    await eyes.page.get_by_text("Leadership", exact=True).first.click()
    await eyes.page.wait_for_timeout(1500)
    due = eyes.app.database.write_now(lambda conn: _furnish(conn, eyes.clock()))
    eyes.clock.advance(seconds=(due - eyes.clock()).total_seconds() + 60)
    await eyes.app.tasks.all_due()
    await eyes.sees("1 decision waits")
    await eyes.take("digest")


def _leave(conn: Connection, now: datetime) -> None:
    """The sponsor leaves, so that what nobody answers climbs past them, and waiting has its price."""
    workspace_id = workspaces.of_address(conn, Platform.TEAMS, TENANT) or ""
    for one, _ in pilots.load(conn, workspace_id, pilots.ids(conn, workspace_id)).values():
        assert one.sponsor is not None
        people.save(conn, workspace_id, replace(one.sponsor, left_on=now.date()))
        pilots.save(
            conn, workspace_id, replace(one, cost_to_date=Decimal(18_400), cost_per_week=Decimal(1_150))
        )


def _furnish(conn: Connection, now: datetime) -> datetime:
    """Leadership gets its channel; the moment of its next digest."""
    workspace_id = workspaces.of_address(conn, Platform.TEAMS, TENANT)
    found = workspaces.get(conn, workspace_id or "")
    assert found is not None
    channel = {"digest_platform": "teams", "digest_external": TENANT, "digest_channel": LEADERSHIP}
    settings = found.settings.model_copy(update=channel)
    workspaces.save_settings(conn, found.id, settings)
    due = next_digest(settings.calendar(), settings.digest_weekday, settings.digest_time, now)
    workspaces.set_digest_at(conn, found.id, due)
    return due


async def make(folder: Path) -> None:
    """Walks through it once and writes the pictures."""
    with tempfile.TemporaryDirectory() as place:
        clock, home = VirtualClock(START), Path(place)
        url = f"sqlite:///{home / 'pictures.db'}"
        database = Database(url)
        database.migrate()
        settings = configured(database_url=url, teams_playground=True, host="127.0.0.1", pilotlight_settle=1)
        app = build(settings, clock=clock, database=database)
        async with (
            served(app.web(with_clock=False)) as ours,
            client_page(f"{ours}/api/messages", home) as theirs,
            async_playwright() as playwright,
        ):
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            page = await browser.new_page(viewport={"width": SIZE["width"], "height": SIZE["height"]})
            await page.goto(theirs)
            try:
                await _walk(Eyes(page, app, clock, folder))
            except BaseException:
                await page.screenshot(path=home.parent / "teams-pictures-failed.png")
                raise
            finally:
                await browser.close()
                await app.close()
        database.close()


if __name__ == "__main__":
    asyncio.run(make(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER))
