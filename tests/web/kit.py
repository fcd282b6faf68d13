"""The real program's page over the wire's own format, without a network: two workspaces, their people, a clock.

Theirs holds what nobody of ours may see. Alice owns, Bob backs, Dora sponsors, Lea leads, Ada is the admin, Charlie is a
member without a part, Gus is a guest.
"""

import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

import httpx
from starlette.applications import Starlette

from bot.app import App, build, configured
from bot.domain.commands import OpenPortfolio
from bot.domain.people import Address, Person, Platform
from bot.domain.pilot import Pilot
from bot.messages.model import Link, Text
from bot.services import dispatch
from bot.services.chat import Place
from bot.services.incoming import Incoming, Reply
from storage import people, pilots, record, workspaces
from storage.database import Connection, Database
from storage.guard import require_workspace
from storage.workspaces import Installation
from tests.storage.kit import ALICE, BOB, DORA, NOW, OURS, THEIRS, address, entry, origin, pilot, workspace
from tests.storage.template import migrated

HTTPS = "https://pilotlight.example"
LEA = Person(id="lea", name="Lea Leader", addresses=(address("ULEA"),))
ADA = Person(id="ada", name="Ada Admin", addresses=(address("UADA"),))
CHARLIE = Person(id="charlie", name="Charlie Cole", addresses=(address("UCHARLIE"),))
GUS = Person(id="gus", name="Gus Guest", addresses=(address("UGUS"),), guest=True)
CAST = (ALICE, BOB, DORA, LEA, ADA, CHARLIE, GUS)
#: A word of theirs that must never be seen.
SECRET = "Quetzalcoatl"
_PROOF = re.compile(r'name="proof" value="([0-9a-f]{64})"')


def proof_in(page: str) -> str:
    """What the form of a page carries."""
    found = _PROOF.search(page)
    assert found, page[:500]
    return found[1]


class Clock:
    """Stands still until it is moved."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, by: timedelta) -> None:
        self.now += by


class Site:
    """The page with its people."""

    def __init__(self, app: App, web: Starlette, clock: Clock) -> None:
        self.app, self.web, self.clock = app, web, clock
        self._asked = 0

    @property
    def database(self) -> Database:
        return self.app.database

    def write(self, fn: Callable[[Connection], Any]) -> Any:
        """One transaction beside the page."""
        return self.database.write_now(fn)

    def browser(self, *, ip: str = "127.0.0.1") -> httpx.AsyncClient:
        """A browser of its own: it keeps its cookies and says where its requests come from."""
        transport = httpx.ASGITransport(self.web, client=(ip, 5000), raise_app_exceptions=True)
        return httpx.AsyncClient(transport=transport, base_url=self.app.address)

    async def ask(self, user: str, team: str = "T1") -> Reply:
        """Somebody types "portfolio"."""
        self._asked += 1
        place = Place(platform=Platform.SLACK, workspace=team, user=user)
        actor = Address(platform=Platform.SLACK, workspace=team, user=user)
        incoming = Incoming(actor=actor, command=OpenPortfolio(), key=f"k{self._asked}", place=place)
        return await dispatch.handle(self.database, {}, incoming, self.clock(), page=lambda: self.app.address)

    async def link(self, user: str = "UALICE", team: str = "T1") -> str:
        """The path of somebody's link."""
        reply = await self.ask(user, team)
        assert reply.message is not None
        [part] = [
            part for part in reply.message.sections[0].parts if isinstance(part, Text) and not part.quiet
        ]
        [span] = [span for span in part.spans if isinstance(span, Link)]
        return urlsplit(span.url).path

    def headers(self, **more: str) -> dict[str, str]:
        """What a browser sends with a form of the page."""
        given = {
            "Origin": self.app.address,
            "Sec-Fetch-Site": "same-origin",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        return {name: value for name, value in {**given, **more}.items() if value}

    async def press(self, browser: httpx.AsyncClient, path: str) -> httpx.Response:
        """Opens a link and presses its button."""
        shown = await browser.get(path)
        assert shown.status_code == 200, shown.text
        return await browser.post(path, content=f"proof={proof_in(shown.text)}", headers=self.headers())

    async def enter(self, browser: httpx.AsyncClient, user: str = "UALICE", team: str = "T1") -> None:
        """Signs somebody in."""
        entered = await self.press(browser, await self.link(user, team))
        assert (entered.status_code, entered.headers["location"]) == (303, "/")


def furnish(conn: Connection) -> None:
    """Ours with one pilot, theirs with one of the same id and one of its own; both hold different things."""
    for workspace_id, team in ((OURS, "T1"), (THEIRS, "T2")):
        workspaces.add(conn, workspace(workspace_id, company=workspace_id.title()))
        workspaces.install(
            conn,
            Installation(
                workspace_id=workspace_id, platform=Platform.SLACK, external_id=team, installed_at=NOW
            ),
        )
        cast = [
            replace(one, addresses=tuple(replace(at, workspace=team) for at in one.addresses)) for one in CAST
        ]
        people.add_many(conn, workspace_id, cast, NOW)
        people.set_role(conn, workspace_id, "ada", "admin", has=True)
        people.set_role(conn, workspace_id, "lea", "leader", has=True)
    add_pilot(conn, OURS, pilot())
    add_pilot(conn, THEIRS, pilot(name=f"{SECRET} one", outcome_sentence=f"{SECRET} sentence"))
    add_pilot(conn, THEIRS, pilot("T77", name=f"{SECRET} two", department=SECRET))
    record.append_entry(conn, THEIRS, "P01", entry(text=f"{SECRET} said"), NOW, "slack")


def add_pilot(conn: Connection, workspace_id: str, one: Pilot) -> None:
    """Registers one more."""
    pilots.add(conn, workspace_id, one, origin(), next_look_at=NOW)


@cache
def furnished() -> bytes:
    """The file of a database in which everybody is: migrated once, copied for each test."""
    with TemporaryDirectory(prefix="pilotlight-") as folder:
        file = Path(folder) / "furnished.db"
        database = migrated(file)
        database.write_now(furnish)
        database.close()
        return file.read_bytes()


@contextmanager
def site(folder: Path, *, public_url: str = HTTPS) -> Iterator[Site]:
    """The page as the program serves it, on a database of its own."""
    url = f"sqlite:///{folder / 'page.db'}"
    (folder / "page.db").write_bytes(furnished())
    database = Database(url)
    require_workspace(*database.engines)
    clock = Clock()
    app = build(configured(database_url=url, public_url=public_url), clock=clock, database=database)
    try:
        yield Site(app, app.web(with_clock=False), clock)
    finally:
        database.close()


@asynccontextmanager
async def signed_in(here: Site, user: str = "UALICE", team: str = "T1") -> AsyncIterator[httpx.AsyncClient]:
    """Somebody at the page."""
    async with here.browser() as browser:
        await here.enter(browser, user, team)
        yield browser
