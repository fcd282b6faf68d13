"""axe-core over the playground's page: a conversation, everything that is drawn, Home, an open form, the reasons."""

from typing import Any, Literal

import pytest
from playwright.async_api import Browser

from tests.playground.axe import needs_axe, serious
from tests.playground.browser import browser, needs_chromium, opened, post
from tests.playground.gallery import EVERYWHERE, IN_MESSAGES, IN_MODALS, plain
from tests.playground.scene import played

pytestmark = [needs_chromium, needs_axe, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(900)]

__all__ = ["browser"]


@pytest.mark.parametrize(
    ("scheme", "width"), [("light", 390), pytest.param("dark", 1280, marks=pytest.mark.trial)]
)
async def test_axe_finds_nothing_serious_in_the_playground(
    browser: Browser, scheme: Literal["light", "dark"], width: int
) -> None:
    found: list[str] = []
    async with played() as slack:
        gallery = slack.workspace.add_channel("gallery", members=["lena", "maria"])
        for blocks in ({**EVERYWHERE, **IN_MESSAGES}).values():
            post(slack, gallery, [blocks])
        lena = slack.workspace.person("lena").id
        watched = await opened(browser, slack, "lena", width=width, color_scheme=scheme)
        page = watched.page
        found += await serious(page, f"{scheme} {width} conversation")
        await page.goto(f"{slack.url}/#{lena}/{gallery.id}")
        await page.locator("#log .message").nth(len(EVERYWHERE)).wait_for()
        found += await serious(page, f"{scheme} {width} gallery")
        await page.goto(f"{slack.url}/#{lena}/home")
        await page.locator("#home").wait_for()
        found += await serious(page, f"{scheme} {width} home")
        fields: list[dict[str, Any]] = [
            block | {"block_id": f"b{at}"} for at, block in enumerate({**EVERYWHERE, **IN_MODALS}.values())
        ]
        slack.workspace.add_view(
            lena, {"type": "modal", "title": plain("All"), "submit": plain("Go"), "blocks": fields}
        )
        await page.wait_for_selector("#modal[open]")
        found += await serious(page, f"{scheme} {width} form")
        await page.close()
    assert found == []
