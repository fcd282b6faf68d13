"""What the page's own files must never hold, read without a browser."""

import re
from pathlib import Path

import pytest

from bot.playground import page

FILES = Path(page.__file__).parent
SCRIPTS = sorted((FILES / "static").glob("*.js"))
STYLES = sorted((FILES / "static").glob("*.css"))

# what parses text as HTML or as script
PARSERS = [
    "innerHTML", "outerHTML", "insertAdjacentHTML", "createContextualFragment", "DOMParser", "document.write", "srcdoc", "eval(",
    "new Function", 'setTimeout("', "setHTML",
]  # fmt: skip


def test_there_are_scripts_and_styles_to_read() -> None:
    assert len(SCRIPTS) > 10 and len(STYLES) == 2


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_makes_nodes_only_and_names_no_other_host(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    code = re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE)
    assert [word for word in PARSERS if word in code] == []
    assert re.findall(r"https?://[\w.-]+", code) in ([], ["http://www.w3.org"])


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_a_style_fetches_nothing(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "url(" not in text and "@import" not in text


def test_the_shell_holds_no_script_no_style_and_no_address() -> None:
    shell = (FILES / "shell.html").read_text(encoding="utf-8")
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|https?://", shell)
    assert "|safe" not in shell
