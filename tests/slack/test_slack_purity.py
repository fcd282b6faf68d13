"""Parsing and rendering think; they do not wait, look at the clock or speak to anybody."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import bot.slack

DOOR = Path(bot.slack.__path__[0])
#: parse and render are in the import contract; what they are made of is held here.
PURE = (
    "parse", "ways", "payload", "words", "render", "views", "paragraphs", "buttons", "charts", "mrkdwn", "ids", "once",
    "troubles",
)  # fmt: skip
WAITING = {
    "asyncio", "threading", "subprocess", "socket", "ssl", "os", "logging", "time", "random", "pathlib", "sqlite3", "urllib",
    "httpx", "aiohttp", "slack_bolt", "slack_sdk", "starlette", "storage",
}  # fmt: skip
#: The only place in the door that is given the clock's hands; the event loop's own time measures how long things take.
CLOCKS = {"now", "utcnow", "today", "time_ns", "monotonic"}


def _tree(name: str) -> ast.Module:
    return ast.parse((DOOR / f"{name}.py").read_text())


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


@pytest.mark.parametrize("name", PURE)
def test_a_pure_part_imports_nothing_that_waits(name: str) -> None:
    imported = set(_imported(_tree(name)))
    assert not {one.split(".")[0] for one in imported} & WAITING
    ours = {one.removeprefix("bot.slack.") for one in imported if one.startswith("bot.slack.")}
    assert ours <= set(PURE)


@pytest.mark.parametrize("path", sorted(DOOR.glob("*.py")), ids=lambda path: path.stem)
def test_nobody_reads_the_clock(path: Path) -> None:
    called = {
        node.func.attr
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    assert not called & CLOCKS
