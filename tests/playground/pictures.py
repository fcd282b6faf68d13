"""The pictures in docs/pictures, made again from the real demo: `python -m tests.playground.pictures [FOLDER]`."""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Literal

from playwright.async_api import Page, ViewportSize, async_playwright

from bot.setup.demo import page_host
from bot.setup.host import performing
from bot.setup.showroom import Showroom
from bot.setup.stage import ADMIN, CHANNEL, stage
from storage import workspaces
from tests.playground.browser import CHROMIUM, FLAGS

WORD = "Support Reply Assistant: the Danish replies went through without a single correction today."
FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
SIZES: tuple[ViewportSize, ...] = ({"width": 1280, "height": 780}, {"width": 390, "height": 844})
#: Light alone is kept: dark is looked at by the tests, and twice the pictures would be twice the repository.
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light",)
#: To the third Monday's digest: decisions wait.
AHEAD = timedelta(days=17, minutes=30)


def shown_in_pages() -> str:
    """The guides' text: a picture that none of them shows is not kept."""
    root = FOLDER.parents[1]
    return "".join(path.read_text("utf-8") for path in (root / "README.md", *root.glob("docs/*.md")))


class Camera:
    """One open page of the demo, and where its pictures go."""

    def __init__(self, room: Showroom, page: Page, folder: Path) -> None:
        self.room, self.page, self.folder = room, page, folder
        self.slack = room.playground.workspace

    async def look(self, who: str, where: str = "") -> None:
        """As somebody, at a channel or at the direct message."""
        place = self.slack.channel(where) if where else self.slack.im(who)
        await self.page.goto(f"{self.room.playground.url}/#{self.slack.person(who).id}/{place.id}")
        await self.page.reload()
        await self.page.wait_for_selector("body[data-ready]")

    async def say(self, text: str) -> None:
        await self.page.fill("#composer textarea", text)
        await self.page.keyboard.press("Enter")

    async def take(self, name: str, prepare: Callable[[], Awaitable[object]]) -> None:
        """The same view in every size and scheme."""
        for size in SIZES:
            await self.page.set_viewport_size(size)
            await prepare()
            for scheme in SCHEMES:
                if self.folder == FOLDER and f"/{name}-{size['width']}-{scheme}.png" not in shown_in_pages():
                    continue
                await self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                await self.page.mouse.move(0, 0)
                path = self.folder / f"{name}-{size['width']}-{scheme}.png"
                await self.page.screenshot(path=path, animations="disabled")

    async def to_top(self, words: str) -> None:
        """The message with these words begins at the top of the conversation."""
        message = self.page.locator("#log .message", has_text=words).last
        await message.wait_for()
        await message.evaluate(
            "(node) => { const log = node.closest('.log'); log.scrollTop += node.getBoundingClientRect().top - log.getBoundingClientRect().top - 44; }"
        )


@asynccontextmanager
async def camera(folder: Path) -> AsyncIterator[Camera]:
    """The demo as `pilotlight demo` serves it, and a browser before it."""
    with tempfile.TemporaryDirectory(prefix="pilotlight-") as database:
        async with (
            stage(page=page_host()) as set_up,
            performing(set_up, Path(database)) as room,
            async_playwright() as playwright,
        ):
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            page = await browser.new_page(locale="en-GB")
            page.set_default_timeout(180_000)  # a busy machine is waited for
            yield Camera(room, page, folder)
            await browser.close()


async def make(folder: Path = FOLDER) -> None:
    """All of them."""
    folder.mkdir(parents=True, exist_ok=True)
    async with camera(folder) as shot:

        async def nudge() -> None:
            await shot.look("samir.haddad")
            await shot.to_top("Search Re-Ranking")

        async def form() -> None:
            modal = shot.page.locator("#modal")
            if await modal.is_visible():
                return
            await shot.look("petra.holm")
            keep = shot.page.get_by_role("button", name="Keep, with owner and date")
            message = shot.page.locator("#log .message", has_text="Ask HV").filter(has=keep).first
            await message.get_by_role("button", name="Keep, with owner and date").click()
            await modal.get_by_label("Decide again on").fill("2026-12-01")
            await modal.get_by_label("Who owns it from here?").select_option(label="Jonas Ebert")
            await modal.locator("button[type=submit]").click()
            await modal.locator(".error").wait_for()

        async def digest() -> None:
            await shot.look("dorothea.bauer", f"#{CHANNEL}")
            await shot.to_top("decisions wait")

        async def sponsor() -> None:
            await shot.look("dorothea.bauer")
            await shot.to_top("Only the pilots that you sponsor")

        async def owner() -> None:
            await shot.look("samir.haddad")
            await shot.to_top("Something wrong? Correct it here")

        async def report() -> None:
            await shot.look(ADMIN)
            await shot.to_top("What each rule asked")

        async def timeline() -> None:
            await shot.look("dorothea.bauer")
            await shot.to_top("dated beats")

        async def story() -> None:
            await shot.look("dorothea.bauer")
            await shot.to_top("What happened")

        async def why() -> None:
            await shot.look(ADMIN, f"#{CHANNEL}")
            await shot.to_top("decisions wait")
            await shot.page.click("#why-open")
            await shot.page.locator("#reasons li").nth(3).wait_for()

        async def newcomer() -> None:
            await shot.to_top("not accepted as an outcome yet")

        await shot.take("nudge", nudge)
        await shot.page.click("#first-time-close")
        await shot.look("alexander.roth")
        await shot.say("/pilot register Shelf Photos: Let's see what AI can do")
        await newcomer()
        await shot.say(
            "/pilot metric Shelf Photos Cut wrong shelf labels from 40 to 15 a week by 30 June 2027"
        )
        await shot.page.locator("#log .message", has_text="Understood").wait_for()
        await shot.take("newcomer", newcomer)
        await shot.room.advance(AHEAD)
        await shot.take("digest", digest)
        await shot.take("why", why)
        await shot.take("form", form)
        await shot.page.locator("#modal button", has_text="Cancel").click()
        await shot.take("edition-sponsor", sponsor)
        await shot.take("edition-owner", owner)
        await shot.take("self-report", report)
        await shot.look("dorothea.bauer")
        await shot.say("/pilot whatever happened to the chatbot?")
        await shot.take("story", story)
        await (
            shot.page.locator("#log .message", has_text="What happened")
            .last.get_by_role("button", name="Timeline")
            .click()
        )
        await shot.page.locator("#log .message", has_text="dated beats").last.wait_for()
        await shot.take("timeline", timeline)
        await surfaces(shot)


async def surfaces(shot: Camera) -> None:
    """Home, the settings, the shortcut's form and the preview of a quiet start."""

    async def home() -> None:
        await shot.page.goto(f"{shot.room.playground.url}/#{shot.slack.person(ADMIN).id}/home")
        await shot.page.reload()
        await shot.page.locator("#home", has_text="The portfolio").wait_for()

    async def settings() -> None:
        if await shot.page.locator("#modal").is_visible():
            return
        await home()
        await shot.page.locator("#home").get_by_role("button", name="Settings").click()
        await shot.page.locator("#modal", has_text="Time zone").wait_for()

    async def closed() -> None:
        """It goes away in its own time; while it does, it is seen."""
        await shot.page.locator("#modal button", has_text="Cancel").click()
        await shot.page.locator("#modal").wait_for(state="hidden")

    async def logged() -> None:
        slack = shot.slack
        if await shot.page.locator("#modal").is_visible():
            return
        await shot.look("mara.lindqvist", f"#{CHANNEL}")
        posted = slack.seen_by(slack.person("mara.lindqvist"), f"#{CHANNEL}")[-1]
        await shot.room.playground.hands.shortcut("mara.lindqvist", posted, "log_as_check_in")
        await shot.page.locator("#modal", has_text="Which pilot").wait_for()

    async def preview() -> None:
        await shot.look(ADMIN)
        await shot.to_top("Quiet start")

    await shot.take("home", home)
    await shot.take("settings", settings)
    await closed()
    hands = shot.room.playground.hands
    shot.slack.channel(f"#{CHANNEL}").members.append(shot.slack.person("mara.lindqvist").id)
    await hands.type("mara.lindqvist", f"#{CHANNEL}", WORD, patience=0.0)
    await shot.take("shortcut", logged)
    await closed()
    until = shot.room.clock() + timedelta(hours=48)
    await shot.room.app.database.write(
        lambda conn: workspaces.set_quiet_until(conn, shot.room.workspace_id, until)
    )
    await shot.room.advance(timedelta(days=1))
    await shot.take("quiet", preview)


if __name__ == "__main__":
    asyncio.run(make(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER))
