"""axe-core over every page of the portfolio, light and dark, on a phone and on a desk."""

from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Browser

from tests.playground.axe import needs_axe, serious
from tests.playground.browser import browser, needs_chromium
from tests.storage.kit import DAY
from tests.web.test_web_browser import PAGES, entered, served
from tests.web.test_web_pages import fill, looked

pytestmark = [needs_chromium, needs_axe, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(900)]

__all__ = ["browser"]

Scheme = Literal["light", "dark"]
EVERY: tuple[str, ...] = (*PAGES, "/login", "/nothing", "a link")
#: Every page once, and in the dark those on which every colour stands; the trial looks at all of them every way.
SHORT: dict[tuple[Scheme, int], tuple[str, ...]] = {
    ("light", 390): EVERY,
    ("dark", 1280): ("/", "/pilots/P01", "/survival"),
}


async def look(browser: Browser, folder: Path, views: dict[tuple[Scheme, int], tuple[str, ...]]) -> list[str]:
    """What is serious on any page, signed in and not."""
    found: list[str] = []
    async with served(folder) as here:
        here.write(fill)
        looked(here)
        for (scheme, width), paths in views.items():
            context = await browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
            link = here.app.address + await here.link("UBOB")
            page = (await entered(here, context)).page
            for path in paths:
                await page.goto(link if path == "a link" else here.app.address + path)
                found += await serious(page, f"{scheme} {width} {path}")
            await context.close()
            here.clock.forward(DAY / 24)
    return found


async def test_axe_finds_nothing_serious_on_the_portfolio(browser: Browser, tmp_path: Path) -> None:
    assert await look(browser, tmp_path, SHORT) == []


@pytest.mark.trial
async def test_axe_finds_nothing_serious_on_any_page_any_way(browser: Browser, tmp_path: Path) -> None:
    schemes: tuple[Scheme, ...] = ("light", "dark")
    every = {(scheme, width): EVERY for scheme in schemes for width in (390, 1280)}
    assert await look(browser, tmp_path, every) == []
