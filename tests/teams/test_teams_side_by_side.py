"""Two doors of one house: what can be done is decided below them, and they differ where the platforms do."""

import re
from pathlib import Path

import bot.teams

BOT = Path(bot.teams.__file__).parents[1]


def _files(door: str) -> set[str]:
    return {path.stem for path in (BOT / door).glob("*.py")}


def test_what_one_door_has_alone_is_explained() -> None:
    alone = _files("slack") ^ _files("teams")
    told = set(re.findall(r"`([a-z_]+)`", bot.teams.__doc__ or ""))
    assert alone <= told
    assert len(_files("slack") & _files("teams")) >= 15


def test_nothing_below_the_doors_asks_which_platform_it_is_on() -> None:
    # The terminal is on neither; an address has a platform all the same.
    below = [
        path
        for part in (BOT / "services", BOT / "messages", BOT / "domain", BOT.parent / "storage")
        for path in part.rglob("*.py")
        if path.name != "terminal.py" and "migrations" not in path.parts
    ]
    asking = re.compile(r"Platform\.(SLACK|TEAMS)|bot\.(slack|teams)|[=!]= *[\"'](slack|teams)[\"']")
    assert [path.name for path in below if asking.search(path.read_text(encoding="utf-8"))] == []
    assert len(below) > 60


def test_no_word_of_ours_is_written_twice() -> None:
    """What cleans and cuts text stands once, below both."""
    for path in (*(BOT / "slack").glob("*.py"), *(BOT / "teams").glob("*.py")):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"^def clip\(|^_HIDDEN = ", text, re.MULTILINE), path.name
