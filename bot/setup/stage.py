"""The stage of the demo: a Slack of our own with the sample's people, and a clock that stands still.

It needs nothing of the program, so that the page answers while the program is still being loaded.
"""

import contextlib
import csv
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path

from bot.domain.json_files import read_settings
from bot.domain.people import name_of_handle
from bot.playground import Channel, Playground, Workspace
from bot.playground.page.host import Host

DATA = Path(__file__).parent.parent / "data"
SAMPLE = DATA / "pilots.csv"
#: The programme office that installed Pilotlight: the admin of the demo.
ADMIN = "astrid.falk"
#: Who may decide beside the sponsors.
LEADERS = ("petra.holm", "karl.maurer", "dorothea.bauer")
CHANNEL = "ai-leadership"
#: Whom somebody who looks around wants to be first, and as what.
FACES = {
    "mara.lindqvist": "Owner of Support Reply Assistant",
    "jonas.ebert": "Backup of Support Reply Assistant",
    "petra.holm": "Sponsor",
    "dorothea.bauer": "Leader",
    ADMIN: "Admin, programme office",
}
#: Whose message waits on the first morning: an owner who has been silent.
FIRST = "samir.haddad"
COMMANDS = frozenset({"/pilot"})


@dataclass
class Clock:
    """Stands still until it is moved."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True, kw_only=True)
class Stage:
    """The people, their channel and their clock, before the program has come."""

    playground: Playground
    clock: Clock
    channel: Channel


def sample_start() -> datetime:
    """The morning of the sample's as-of day."""
    settings = read_settings((DATA / "settings.json").read_text(encoding="utf-8"), date(2026, 1, 1))
    assert not isinstance(settings, tuple)
    day = settings.as_of or date(2026, 11, 20)
    return settings.calendar.at(day, time(8, 0))


@contextlib.asynccontextmanager
async def stage(
    *, port: int = 0, start: datetime | None = None, page: Host | None = None
) -> AsyncIterator[Stage]:
    """The sample's people in a Slack of our own, with its page."""
    clock = Clock(start or sample_start())
    slack = Workspace("T0HALDENVOSS", "Halden & Voss", clock=clock, app_name="Pilotlight")
    channel = _populate(slack)
    async with Playground(slack, port=port, page=page) as playground:
        playground.app.commands = COMMANDS
        yield Stage(playground=playground, clock=clock, channel=channel)


def _populate(slack: Workspace) -> Channel:
    titles, gone = {**_titles(), **FACES}, _gone()
    for handle in dict.fromkeys((*FACES, FIRST, *_handles())):
        slack.add_user(
            handle,
            real_name=name_of_handle(handle),
            title=titles.get(handle, ""),
            tz="Europe/Berlin",
            deleted=handle in gone,
            is_admin=handle == ADMIN,
        )
    return slack.add_channel(CHANNEL, members=[*LEADERS, ADMIN, slack.bot])


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8") as file:
        yield from csv.DictReader(file)


def _handles() -> list[str]:
    """Everybody in the sample, as the files name them."""
    named = {row[role] for row in _rows("pilots.csv") for role in ("owner", "backup", "sponsor")}
    spoke = {row["author"] for row in _rows("updates.csv")} - {"pilotlight"}
    return sorted((named | spoke) - {""})


def _titles() -> dict[str, str]:
    """What each of them is, by the pilot that still runs."""
    parts: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for role, called in (("owner", "Owner of"), ("backup", "Backup of"), ("sponsor", "Sponsor of")):
        for row in _rows("pilots.csv"):
            if row[role] and not row["end_state"]:
                parts[row[role]].append((called, row["name"]))
    first = {handle: f"{called} {name}" for handle, [(called, name), *_] in parts.items()}
    return first | dict.fromkeys(LEADERS, "Leader")


def _gone() -> set[str]:
    return {row["text"].split()[0] for row in _rows("signals.csv") if row["kind"] == "user_deactivated"}
