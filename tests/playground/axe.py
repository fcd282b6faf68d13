"""axe-core in a page under test: what it calls serious or critical.

The script comes with the test group's axe-playwright-python; `PILOTLIGHT_AXE` names a folder with another axe.min.js.
"""

import os
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest
from playwright.async_api import Page

_FINDING = "serious", "critical"


@cache
def script() -> Path | None:
    """Where axe.min.js lies; None: nowhere."""
    folders = [Path(os.environ["PILOTLIGHT_AXE"])] if os.environ.get("PILOTLIGHT_AXE") else []
    found = find_spec("axe_playwright_python")
    folders += [Path(one) for one in found.submodule_search_locations or ()] if found else []
    return next((folder / "axe.min.js" for folder in folders if (folder / "axe.min.js").is_file()), None)


needs_axe = pytest.mark.skipif(
    script() is None, reason="neither axe-playwright-python nor a folder PILOTLIGHT_AXE with axe.min.js"
)


async def serious(page: Page, where: str) -> list[str]:
    """What axe-core finds on the page as it stands, all of it printed, the serious told by where and rule."""
    source = script()
    assert source is not None
    await page.evaluate(source.read_text(encoding="utf-8"))
    result = await page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert len(result["passes"]) > 10, "it has looked"
    found = []
    for one in result["violations"]:
        nodes = [node["html"][:160] for node in one["nodes"][:3]]
        print(where, one["impact"], one["id"], nodes)
        found += [f"{where}: {one['id']}"] if one["impact"] in _FINDING else []
    return found
