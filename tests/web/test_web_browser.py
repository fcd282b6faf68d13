"""The page in a real browser: hostile strings (S10), keyboard alone, narrow and zoomed windows, no script (U6)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page

from tests.journeys.kit import _serving
from tests.playground.browser import Watched, browser, needs_chromium
from tests.playground.hostile import HOSTILE
from tests.storage.kit import DAY
from tests.web import hostile_pilots
from tests.web.kit import Site, site
from tests.web.test_web_pages import fill, looked

pytestmark = [needs_chromium, pytest.mark.asyncio(loop_scope="module")]

__all__ = ["browser"]

PAGES = ("/", "/pilots/P01", "/pilots/P05", "/survival", "/hindsight")
_WATCH = (
    "window.__pwned = 0; window.__violations = [];"
    "addEventListener('securitypolicyviolation', (event) => window.__violations.push(event.violatedDirective + ' ' + event.blockedURI));"
)


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[Site]:
    """The page on a port of its own."""
    with site(folder, public_url="http://127.0.0.1:8000") as here:
        async with _serving(here.app) as address:
            here.app.address = address
            yield here


async def entered(here: Site, context: BrowserContext) -> Watched:
    """Somebody who has pressed the button of their link."""
    watched = Watched(await context.new_page())
    await watched.page.goto(here.app.address + await here.link())
    await watched.page.get_by_role("button", name="Open the portfolio").click()
    await watched.page.wait_for_url(f"{here.app.address}/")
    return watched


async def sane(page: Page) -> None:
    """Nothing ran and nothing was refused."""
    assert await page.evaluate("window.__pwned") == 0
    assert await page.evaluate("window.__violations") == []


async def no_sideways(page: Page) -> None:
    """Nobody has to scroll sideways to read."""
    wide, window = await page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert wide <= window, f"{page.url}: {wide} in {window}"


async def look_at(browser: Browser, here: Site, texts: list[str], *, each: int = 1) -> None:
    """Every page that shows a pilot with one of these strings; of the pilots' own pages only each n-th."""
    here.write(lambda conn: hostile_pilots.fill(conn, texts))
    context = await browser.new_context(viewport={"width": 390, "height": 800})
    await context.add_init_script(_WATCH)
    watched = await entered(here, context)
    page, base = watched.page, here.app.address
    last = -(-(len(texts) + 1) // 50)
    paths = ["/survival", "/hindsight", *(f"/?sort=name&page={at}" for at in range(1, last + 1))]
    paths += [f"/pilots/H{at}" for at in range(0, len(texts), each)]
    for path in paths:
        answer = await page.goto(base + path)
        assert answer is not None and answer.status == 200, path
        await sane(page)
        await no_sideways(page)
    for text in texts[:: max(1, len(texts) // 4)]:
        here.write(lambda conn, text=text: hostile_pilots.company(conn, text))  # type: ignore[misc]
        for path in ("/", "/?words=x", here.app.address + await here.link("UBOB")):
            await page.goto(path if path.startswith("http") else base + path)
            await sane(page)
        here.clock.forward(DAY / 288)
    watched.assert_quiet()
    await context.close()


async def test_nothing_hostile_runs_or_breaks_the_page(browser: Browser, tmp_path: Path) -> None:
    async with served(tmp_path) as here:
        await look_at(browser, here, hostile_pilots.SOME, each=8)


@pytest.mark.trial
@pytest.mark.timeout(1800)
async def test_s10_five_hundred_hostile_strings_in_every_field(browser: Browser, tmp_path: Path) -> None:
    assert len(HOSTILE) >= 500
    async with served(tmp_path) as here:
        await look_at(browser, here, HOSTILE)
    print(f"\n{len(HOSTILE)} strings in every field: no script ran, no policy was violated")


async def test_the_page_reads_at_any_width_and_twice_as_large(browser: Browser, tmp_path: Path) -> None:
    async with served(tmp_path) as here:
        here.write(fill)
        looked(here)
        # 1280 pixels at 200 % are 640 of the page's own.
        for width, scale in ((320, 2), (390, 3), (640, 2)):
            context = await browser.new_context(
                viewport={"width": width, "height": 800}, device_scale_factor=scale
            )
            watched = await entered(here, context)
            for path in (*PAGES, "/login"):
                await watched.page.goto(here.app.address + path)
                await no_sideways(watched.page)
            watched.assert_quiet()
            await context.close()
            here.clock.forward(DAY / 24)


async def test_everything_is_there_without_scripts(browser: Browser, tmp_path: Path) -> None:
    async with served(tmp_path) as here:
        here.write(fill)
        looked(here)
        context = await browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
        page = (await entered(here, context)).page
        await page.get_by_text("Filter and sort").click()
        await page.get_by_label("Sort by").select_option(label="name")
        await page.get_by_label("Find").fill("stopped")
        await page.get_by_role("button", name="Show").click()
        assert "sort=name" in page.url
        await page.get_by_role("link", name="Stopped", exact=True).click()
        assert "/pilots/P03" in page.url
        await page.goto(f"{here.app.address}/pilots/P01")
        await page.get_by_text("6 readings as a table").click()
        assert await page.get_by_role("cell", name="5 h").is_visible()
        await page.get_by_role("button", name="Sign out").click()
        assert page.url.endswith("/login")
        await context.close()


@pytest.mark.parametrize("width", [1280, 390])
async def test_a_keyboard_is_enough(browser: Browser, tmp_path: Path, width: int) -> None:
    async with served(tmp_path) as here:
        here.write(fill)
        looked(here)
        context = await browser.new_context(viewport={"width": width, "height": 900})
        page = await context.new_page()
        await page.goto(here.app.address + await here.link())
        await tab_to(page, "Open the portfolio")
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"{here.app.address}/")
        await page.keyboard.press("Tab")
        assert await focused(page) == "Skip to the content"
        await page.keyboard.press("Enter")
        assert await page.evaluate("document.activeElement.id") == "main"
        await tab_to(page, "Find")
        await page.keyboard.type("no metric")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**words=no+metric**")
        await tab_to(page, "No Metric")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/pilots/P05")
        await tab_to(page, "Sign out")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/login")
        await context.close()


async def focused(page: Page) -> str:
    """What has the focus, by its words."""
    words: str = await page.evaluate(
        "(() => { const at = document.activeElement; return (at.labels?.[0]?.innerText || at.innerText || '').trim(); })()"
    )
    return words


async def tab_to(page: Page, words: str) -> None:
    """Tabs until something has the focus; on the way everything that has it can be seen to have it."""
    for _ in range(80):
        await page.keyboard.press("Tab")
        shown = await page.evaluate(
            "(() => { const at = document.activeElement; if (at === document.body) return true;"
            "const style = getComputedStyle(at); const box = at.getBoundingClientRect();"
            "return box.width > 1 && box.height > 1 && (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1); })()"
        )
        assert shown, await focused(page)
        if (await focused(page)).startswith(words):
            return
    raise AssertionError(f"no tab stop says {words}")
