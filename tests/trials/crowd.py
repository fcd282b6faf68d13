"""Fifty people at once before a program that is a process of its own; a Slack that is slow on its side, too.

Ten ask in words, ten register, ten open a form, ten send one that was open, ten press a button. What each of them is owed is one thing
before their eyes, and "One moment" is none.
"""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bot.playground import Playground, Workspace, real_clock
from bot.playground.models import Message
from tests.trials.program import running

#: How late the database and Slack are, in seconds; Slack hangs up after three.
DATABASE, SLACK, LIMIT = 2.0, 2.5, 3.0
METHODS = (
    "views.open",
    "views.update",
    "chat.postMessage",
    "chat.postEphemeral",
    "chat.update",
    "users.info",
)
SENTENCE = "Halve the error rate by 29 October 2027"


@dataclass
class Person:
    """One of the fifty, and what they are owed."""

    handle: str
    kind: str
    number: int
    wave: int = 0
    before: int = 0

    @property
    def name(self) -> str:
        """The pilot they register, in this wave."""
        return f"Crowd {self.wave}-{self.number}"


KINDS = ("asks", "registers", "opens", "sends", "presses")


@dataclass
class Crowd:
    """The people, and how long each answer took."""

    slack: Playground
    people: list[Person]
    #: (seconds, kind) of every request.
    taken: list[tuple[float, str]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    async def ready(self, wave: int) -> None:
        """What has to stand before their eyes before it begins."""
        for person in self.people:
            await self._ready(person, wave)

    async def at_once(self) -> None:
        await asyncio.gather(*(self._timed(person) for person in self.people))

    async def comes(self, person: Person, wave: int) -> bool:
        """One of them alone, until their result is there; whether it came, once."""
        await self._ready(person, wave)
        await self._timed(person)
        return await self._until(lambda: self.results(person) - person.before == 1)

    async def _ready(self, person: Person, wave: int) -> None:
        """A form that is filled in, a message with a button, where their kind needs one."""
        person.wave = wave
        self.slack.workspace.clear_views(self.slack.workspace.person(person.handle).id)
        if person.kind == "sends":
            await self._do(person, "/pilot new")
            assert await self._until(lambda: self._form(person)), person
        elif person.kind == "presses" and wave == 1:
            await self._do(person, "/pilot help")
        person.before = self.results(person)

    async def _timed(self, person: Person) -> None:
        began = time.perf_counter()
        status = await self._request(person)
        self.taken.append((time.perf_counter() - began, person.kind))
        if status != 200:
            self.refused.append(f"{person}: {status}")

    async def _request(self, person: Person) -> int:
        hands = self.slack.hands
        match person.kind:
            case "asks":
                return (await hands.command(person.handle, "/pilot show Invoice Reader", patience=0.0)).status
            case "registers":
                typed = f"/pilot register {person.name}: {SENTENCE}"
                return (await hands.command(person.handle, typed, patience=0.0)).status
            case "opens":
                return (await hands.command(person.handle, "/pilot new", patience=0.0)).status
            case "sends":
                sponsor = self.slack.workspace.person("sam").id
                fields = {"name": person.name, "outcome": SENTENCE, "sponsor": sponsor}
                return (await hands.submit(person.handle, None, fields, patience=0.0)).status
        help_page = next(one for one in reversed(hands.see(person.handle)) if "What you can type" in one.text)
        return (await hands.press(person.handle, help_page, "My pilots", patience=0.0)).status

    def results(self, person: Person) -> int:
        """How often what they are owed is before their eyes."""
        if person.kind == "opens":
            return int(self._form(person))
        if person.kind == "sends":
            view = self.slack.workspace.top_view(person.handle)
            told = view is not None and person.name in self.slack.hands.read(view) and not self._form(person)
            return int(told) + sum(person.name in self._read(one) for one in self._seen(person))
        wanted = {"asks": "Invoice Reader", "registers": person.name, "presses": "No pilot"}[person.kind]
        return sum(wanted in self._read(one) for one in self._seen(person))

    def owed(self) -> list[tuple[Person, int]]:
        """Who has not exactly one result of this wave, and how many they have."""
        counts = [(person, self.results(person) - person.before) for person in self.people]
        return [(person, count) for person, count in counts if count != 1]

    async def all_there(self, timeout: float) -> bool:
        return await self._until(lambda: not any(count < 1 for _, count in self.owed()), timeout)

    async def _until(self, true: Callable[[], bool], timeout: float = 60.0) -> bool:
        return await self.slack.workspace.until(true, timeout)

    async def _do(self, person: Person, text: str) -> None:
        await self.slack.hands.command(person.handle, text)

    def _form(self, person: Person) -> bool:
        view = self.slack.workspace.top_view(person.handle)
        return view is not None and "submit" in view.payload

    def _seen(self, person: Person) -> list[Message]:
        return [one for one in self.slack.hands.see(person.handle) if one.by_bot or one.ephemeral]

    def _read(self, message: Message) -> str:
        return self.slack.hands.read(message)


def slow(slack: Playground, *, on: bool) -> None:
    """Slack's answers come late, or at once again; what it is asked takes effect at once."""
    slack.faults.clear()
    slack.faults.slow_responses = SLACK if on else 0.0
    for method in METHODS if on else ():
        slack.faults.slow(method, SLACK, times=None)


@asynccontextmanager
async def crowd(folder: Path, database_url: str, size: int) -> AsyncIterator[tuple[Crowd, Path]]:
    """Slack with its people in this process, the program in another; and the flag that makes the database slow."""
    people = [Person(f"person{n:02}", KINDS[n % len(KINDS)], n) for n in range(size)]
    workspace = Workspace(clock=real_clock, app_name="Pilotlight")
    for handle in ("alice", "sam", *(one.handle for one in people)):
        workspace.add_user(handle, real_name=handle.capitalize(), tz="Europe/Berlin")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    flag = folder / "slow"
    async with Playground(workspace, patience=30.0) as slack:
        ours = {
            "DATABASE_URL": database_url,
            "SLACK_BOT_TOKEN": slack.token,
            "SLACK_SIGNING_SECRET": slack.app.signing_secret,
            "SLACK_API_URL": slack.api_url,
            "PILOTLIGHT_VANISHING": "1",
            "PORT": str(port),
        }
        async with running(folder, flag, DATABASE, ours):
            slack.app_url = f"http://127.0.0.1:{port}/slack/events"
            for handle in ("alice", *(one.handle for one in people)):  # as in a workspace that uses it
                await slack.hands.command(handle, "/pilot help")
            await slack.hands.command("alice", f"/pilot register Invoice Reader: {SENTENCE}")
            yield Crowd(slack, people), flag
