"""The page's pictures in docs/pictures, made again from the real demo: `python -m tests.web.pictures [FOLDER]`."""

import asyncio
import re
import sys
import tempfile
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Literal

from playwright.async_api import Page, async_playwright

from bot.setup.showroom import Showroom, showroom
from tests.playground.browser import CHROMIUM, FLAGS
from tests.playground.pictures import FOLDER, SIZES

#: To the fourth Monday: nobody has answered, so what began on the first days waits for leadership.
AHEAD = timedelta(days=24, minutes=30)
DARK_TOO = ("login", "page", "pilot", "page-story")
LINK = re.compile(r"http://127\.0\.0\.1:\d+/login/[\w.-]+")


async def link_for(room: Showroom, who: str) -> str:
    """The personal link that somebody gets in chat."""
    seen = await room.playground.hands.command(who, "/pilot portfolio")
    found = LINK.search(seen.text) or LINK.search(str([message.blocks for message in seen.all]))
    assert found, seen.text
    return found[0]


async def shoot(page: Page, folder: Path, name: str, go: Callable[[], Awaitable[object]]) -> None:
    """One view in every size, and in the dark where the guide shows it so."""
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark") if name in DARK_TOO else ("light",)
    for size in SIZES:
        await page.set_viewport_size(size)
        await go()
        for scheme in schemes:
            await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            path = folder / f"{name}-{size['width']}-{scheme}.png"
            await page.screenshot(path=path, animations="disabled")


async def make(folder: Path = FOLDER, *, whole: bool = False) -> None:
    """All of them; `whole` keeps each page's full length for the critical eye."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="pilotlight-") as database:
        async with showroom(Path(database)) as room, async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            page = await browser.new_page(locale="en-GB")
            await room.advance(AHEAD)
            base = room.app.address

            async def login() -> None:
                await page.goto(await link_for(room, "dorothea.bauer"))

            await shoot(page, folder, "login", login)
            await page.get_by_role("button", name="Open the portfolio").click()
            await page.wait_for_url(f"{base}/")
            views = {
                "page": ("/", "main"),
                "pilot": ("/pilots/P18", "main"),
                "page-story": ("/pilots/P20", "#story"),
                "survival": ("/survival", "main"),
                "hindsight": ("/hindsight", "main"),
                "list": ("/?sort=newest", "#pilots"),
            }
            for name, (path, at) in views.items():

                async def go(path: str = path, at: str = at) -> None:
                    await page.goto(f"{base}{path}")
                    await page.locator(at).first.evaluate(
                        "(node) => node.tagName !== 'MAIN' && node.scrollIntoView()"
                    )

                await shoot(page, folder, name, go)
                if whole:
                    for size in SIZES:
                        await page.set_viewport_size(size)
                        await page.goto(f"{base}{path}")
                        await page.emulate_media(color_scheme="light")
                        await page.screenshot(
                            path=folder / f"whole-{name}-{size['width']}.png", full_page=True
                        )
                    await page.pdf(path=folder / f"printed-{name}.pdf", format="A4", print_background=True)
            await browser.close()


if __name__ == "__main__":
    where = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    asyncio.run(make(where, whole="--whole" in sys.argv))
