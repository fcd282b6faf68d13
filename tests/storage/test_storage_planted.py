"""S13: what is secret is planted everywhere, every door and every way out fails, and then everything that was written is searched.

On both engines: the database's files or its dump, the copies that `pilotlight backup` makes, what the terminal writes and says, every
answer of a door, and the log at its most talkative. The platforms are one server that fails and repeats what it was sent.
"""

import asyncio
import io
import json
import logging
import re
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
import uvicorn
from sqlalchemy import make_url
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from bot.app import App, build, configured
from bot.domain.people import Platform
from bot.messages.model import dump, say
from bot.services import installing
from bot.setup.logs import logs
from bot.signals.asking import Memory, Question
from bot.signals.places import Repository
from storage import outbox, workspaces
from storage.crypto import Cipher, new_key
from storage.database import Connection, Database
from tests.setup.kit import invoked
from tests.slack.test_slack_oauth import Quiet
from tests.storage.kit import NOW, OURS
from tests.storage.test_storage_crypto import PLANTED, granted
from tests.web.kit import Clock, Site, furnish
from tests.web.test_web_fuzz import WORDS, signed

KEY, FOREIGN = new_key(), new_key()
HOOKS = "PlantedHookSecret0000000001"
#: Each secret of the settings, in the shape in which people get it.
GIVEN = {
    "slack_client_secret": "0f1e2d3c4b5aPlantedClient",
    "slack_signing_secret": HOOKS,
    "teams_app_password": "Pl~nted.Teams_Password-123456",
    "github_token": "ghp_PlantedPlantedPlantedPlanted0001",
    "gitlab_token": "glpat-PlantedPlanted0001",
    "github_webhook_secret": HOOKS,
    "gitlab_webhook_secret": HOOKS,
    "signal_webhook_secret": HOOKS,
}
#: Whose lines are not written else; the first two are the browser's as well, and what it says of itself is not ours.
CLIENTS = ("httpx", "httpcore", "slack_sdk", "slack_bolt", "aiohttp")
MAIL, DATABASE = "PlantedMailPassword", "PlantedDatabasePassword"
TENANT = "00000000-0000-4000-8000-000000000001"


async def mirror(scope: Scope, receive: Receive, send: Send) -> None:
    """Every platform at its worst: it fails, and its answer repeats all that it was sent."""
    assert scope["type"] == "http"
    request = Request(scope, receive)
    sent = f"{request.method} {request.url} {dict(request.headers)} {(await request.body()).decode()}"
    await PlainTextResponse(f"that went wrong: {sent}", 500)(scope, receive, send)


@asynccontextmanager
async def served(app: object) -> AsyncIterator[int]:
    """On a port of loopback, as the program serves: its failures go to the log."""
    config = uvicorn.Config(app, port=0, log_config=None, access_log=False, lifespan="off")  # type: ignore[arg-type]
    server = Quiet(config)
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.005)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await task


class House(Site):
    """The page and every other door, over HTTP."""

    def __init__(self, app: App, web: Starlette, clock: Clock, mirror: str) -> None:
        super().__init__(app, web, clock)
        self.mirror, self.cookie = mirror, ""

    def browser(self, *, ip: str = "127.0.0.1") -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self.app.address, trust_env=False, timeout=30)


@dataclass
class Searched:
    """Everything that was written, by where it stands."""

    secrets: dict[str, str]
    places: dict[str, bytes] = field(default_factory=dict)

    def add(self, where: str, content: str | bytes) -> None:
        self.places[where] = content.encode() if isinstance(content, str) else content

    def has(self, where: str, text: str) -> bool:
        """Whether a search there finds what is written there."""
        return text.encode() in self.places[where]

    def judge(self) -> None:
        """No secret stands anywhere, as it is, quoted for an address, or in JSON."""
        found = [
            (name, where)
            for name, secret in self.secrets.items()
            for form in {secret, quote(secret, safe=""), json.dumps(secret)[1:-1]}
            for where, content in self.places.items()
            if form.encode() in content
        ]
        assert not found, found


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What the log says, put back as it was afterwards."""
    root = logging.getLogger()
    kept, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in CLIENTS}
    yield io.StringIO()
    root.handlers[:] = kept
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)


def talkative(app: App, written: io.StringIO) -> None:
    """The program's own log, with the clients' lines that it leaves out else."""
    logs(app)
    handler = logging.getLogger().handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(written)
    for name in CLIENTS:
        logging.getLogger(name).setLevel(logging.DEBUG)


def planted(conn: Connection) -> None:
    """Two furnished workspaces, and fifteen with two tokens each."""
    furnish(conn)
    for number in range(0, len(PLANTED), 2):
        one = granted(number, PLANTED[number], PLANTED[number + 1])
        installing.authorised(conn, one, Cipher([KEY]), NOW)


def to_be_sent(conn: Connection) -> None:
    """A message by each way out: fifteen Slacks, Teams, e-mail."""
    for number in range(0, len(PLANTED), 2):
        team = f"T{number:05}"
        whose = workspaces.of_address(conn, Platform.SLACK, team)
        assert whose is not None
        _message(conn, whose, f"k{number}", "slack", team, "D1")
    _message(conn, OURS, "kt", "teams", TENANT, "a:chat")
    _message(conn, OURS, "km", "email", "mail", "mara@example.com")


def _message(conn: Connection, whose: str, key: str, platform: str, external: str, channel: str) -> None:
    outbox.add(
        conn,
        whose,
        key=key,
        kind="notice",
        content=dump(say("Hello.")),
        now=NOW,
        platform=platform,
        external_id=external,
        channel=channel,
    )


async def knock(here: House, searched: Searched, round_: str, tokens: dict[str, str]) -> list[int]:
    """Every door by every method, as nobody, as somebody, well signed and ill signed; returns the statuses."""
    statuses = []
    command = f"command=/pilot&team_id=T1&user_id=UALICE&text=list&trigger_id=1&channel_id=D1&response_url={quote(here.mirror + '/r')}"
    event = {"type": "event_callback", "team_id": "T00004", "event_id": f"E{round_}", "event": {"type": "message", "channel_type": "im", "user": "UALICE", "text": "list", "channel": "D1", "ts": "1.1"}}  # fmt: skip
    bodies = [command.encode(), json.dumps(event).encode(), b"payload={}", b"{", b"x" * 1_000_001]
    for name in CLIENTS[:2]:
        logging.getLogger(name).setLevel(logging.WARNING)
    paths = [route.path for route in here.web.routes]  # type: ignore[attr-defined]
    async with here.browser() as browser:
        for number, path in enumerate(paths):
            for word in (WORDS[1], *tokens.values()) if "{" in path else WORDS[1:2]:
                asked = re.sub(r"\{\w+(?::path)?\}", quote(word, safe="") or "x", path)
                body = bodies[(number + len(word)) % len(bodies)]
                for headers in ({}, signed(here.clock(), body, number, HOOKS), {"x-slack-signature": HOOKS, "x-gitlab-token": "no", "authorization": "Bearer eyJhbGciOiJub25lIn0.e30."}):  # fmt: skip
                    for method in ("GET", "POST"):
                        cookies = {"Cookie": here.cookie} if number % 2 or not headers else {}
                        answer = await browser.request(
                            method, asked, content=body, headers={**headers, **cookies}
                        )
                        statuses.append(answer.status_code)
                        searched.add(f"{round_} {method} {asked[:60]} {len(statuses)}", answer.content)
        for query in ("?state=x&code=" + PLANTED[0], "?error=access_denied"):
            answer = await browser.get("/slack/oauth_redirect" + query)
            searched.add(f"{round_} redirect {query[:6]}", answer.content)
    return statuses


def _copies(url: str, folder: Path, searched: Searched) -> None:
    """The database as it lies there, and what `pilotlight backup` makes of it, both as text where they are packed."""
    said = invoked(folder, "backup", "all.copy", DATABASE_URL=url)
    assert said.code == 0, said.said
    searched.add("backup said", said.said)
    if url.startswith("sqlite"):
        for path in folder.glob("planted.db*"):
            searched.add(path.name, path.read_bytes())
        searched.add("copy", (folder / "all.copy").read_bytes())
        return
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    for name, command in (
        ("dump", ["pg_dump", f"--dbname={plain}"]),
        ("copy", ["pg_restore", "--file=-", "all.copy"]),
    ):
        done = subprocess.run(command, cwd=folder, capture_output=True, check=True)
        searched.add(name, done.stdout)
        searched.add(f"{name} said", done.stderr)


def _terminal(url: str, folder: Path, searched: Searched) -> None:
    """What the verbs say and write that look at everything."""
    ours = {name.upper(): value for name, value in GIVEN.items()} | {
        "DATABASE_URL": url,
        "PILOTLIGHT_KEYS": KEY,
    }
    for number, (arguments, more) in enumerate(
        (
            (["export", "--workspace", OURS, "--format", "json"], {}),
            (["audit", "--workspace", OURS], {}),
            (["rotate-keys", "--dry-run"], {}),
            (["rotate-keys"], {"PILOTLIGHT_KEYS": FOREIGN}),
            (["export"], {"PILOTLIGHT_KEYS": PLANTED[0]}),
            (["run", "--dry-run"], {"PILOTLIGHT_KEYS": FOREIGN, "PORT": PLANTED[1]}),
            (["backup", "all.copy"], {}),
        )
    ):
        searched.add(f"terminal {number}", invoked(folder, *arguments, **(ours | more)).said)


async def test_no_secret_lies_readable_anywhere(empty_url: str, tmp_path: Path, written: io.StringIO) -> None:
    url, form = f"sqlite:///{tmp_path / 'planted.db'}", "console"
    if not empty_url.startswith("sqlite"):
        url, form = make_url(empty_url).set(password=DATABASE).render_as_string(hide_password=False), "json"
    database = Database(url)
    database.migrate()
    database.write_now(planted)
    clock = Clock()
    searched = Searched({f"token {n}": one for n, one in enumerate(PLANTED)})
    searched.secrets |= GIVEN | {"key": KEY, "mail": MAIL, "database": DATABASE, "foreign key": FOREIGN}
    async with served(mirror) as port:
        away = f"http://127.0.0.1:{port}"
        app = build(
            configured(
                **GIVEN,
                database_url=url,
                public_url="http://127.0.0.1:1",
                slack_client_id="1.2",
                slack_api_url=f"{away}/api/",
                pilotlight_keys=KEY,
                teams_app_id="00000000-0000-4000-8000-0000000000b0",
                teams_tenant_id=TENANT,
                teams_service_hosts="127.0.0.1",
                teams_token_url=f"{away}/token",
                teams_openid_metadata_url=f"{away}/openid",
                github_api_url=away,
                gitlab_api_url=f"http://localhost:{port}/api/v4",
                smtp_url=f"smtp://pilot:{MAIL}@127.0.0.1:9",
                smtp_from="pilotlight@example.com",
                log_format=form,
                log_level="debug",
            ),
            clock=clock,
            database=database,
        )
        talkative(app, written)
        web = app.web(with_clock=False)
        async with served(web) as own:
            app.address = f"http://127.0.0.1:{own}"
            here = House(app, web, clock, away)
            tokens = await _signed_in(here)
            searched.secrets |= tokens
            known = await knock(here, searched, "well", tokens)
            database.write_now(to_be_sent)
            await everything(app)
            # And now nothing works any more: each door that needs people fails within.
            _copies(url, tmp_path, searched)
            _terminal(url, tmp_path, searched)
            for table in ("people", "sessions", "installations"):
                database.write_now(partial(_take_away, table=table))
            failed = await knock(here, searched, "broken", tokens)
            await everything(app)
        await app.close()
    searched.add("log", written.getvalue())
    database.close()
    # The search would find what is there, and what was to fail has failed.
    assert searched.has("copy", "T00004") and {400, 401, 404, 405, 413} <= set(known)
    assert failed.count(500) > 3 and searched.has("log", "Traceback")
    assert searched.has("log", "not sent") and "gone" in searched.places["log"].decode()
    searched.judge()


def _take_away(conn: Connection, table: str) -> None:
    conn.exec_driver_sql(f"ALTER TABLE {table} RENAME TO {table}_gone")


async def everything(app: App) -> None:
    """Each tick there is, and each forge asked about a repository, with what the clients say of it."""
    for name in CLIENTS:
        logging.getLogger(name).setLevel(logging.DEBUG)
    for tick in ("look", "compose", "digest", "signals", "fetch", "housekeeping", "deliver", "audit"):
        await app.tasks.run(tick)
    assert len(app.forges) == 2
    for host, forge in app.forges.items():
        asked = Question(
            repository=Repository(host, "acme/x"), folders=("",), known=frozenset(), now=NOW, since=NOW
        )
        logging.getLogger("test").info("asked: %r", await forge.ask(asked, Memory()))


async def _signed_in(here: House) -> dict[str, str]:
    """Links and a session as somebody holds them: here they exist as hashes alone."""
    for name in CLIENTS[:2]:
        logging.getLogger(name).setLevel(logging.WARNING)
    async with here.browser() as browser:
        await here.enter(browser)
        [(name, session)] = dict(browser.cookies).items()
        here.cookie = f"{name}={session}"
    unused = (await here.link()).rsplit("/", 1)[1]
    return {"session": session, "link": unused}
