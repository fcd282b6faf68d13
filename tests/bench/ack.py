"""``python -m tests.bench.ack``: how soon Slack has its answer, beside bolt's own ways, in one run.

Ours answers a real ``/pilot list`` of 20 pilots: the guard, one transaction, its row against repetitions, Block Kit; once on SQLite and
once on PostgreSQL, where there is one. Bolt answers a constant, once by its default settings and once tuned
(`process_before_response`). All stand in this process behind the same ASGI call and check its signature; there is no socket in between, so that the figures compare what each does itself. The
first list goes through the response_url, until Slack has taken a table; every later one is the answer's body. A process of its own
stands for Slack, and the run ends only when every list has arrived, here or there, once. Nothing changes between most calls, so
the pilots need not be read or judged anew; "after a change" is the same list with a pilot of it renamed before each call, once by this
program and once by another one that has the same database open. All take turns.
Ratios are the result; milliseconds belong to the machine.
"""

import asyncio
import hashlib
import hmac
import itertools
import logging
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message

from bot.app import build, configured
from bot.domain.people import Address, Person, Platform
from bot.domain.pilot import Pilot
from bot.domain.stages import Stage
from bot.services import installing
from bot.slack.listeners import Door
from storage import people, pilots, workspaces
from storage.database import Connection, Database
from tests.storage import postgres

SECRET = "made-up"  # the same for all three
PILOTS, WARM, TURNS, ALONE, TOGETHER, CALLERS = 20, 20, 4, 25, 160, 32
_number = itertools.count()

#: Stands for Slack: knows one person, takes lists, counts them.
SLACK = """
import asyncio, json

USER = json.dumps({"ok": True, "user": {"id": "U1", "name": "anna", "real_name": "Anna", "tz": "Europe/Berlin"}}).encode()
lists = 0

async def serve(reader, writer):
    global lists
    try:
        while True:
            head = (await reader.readuntil(b"\\r\\n\\r\\n")).decode().lower()
            size = next((int(one.split(":")[1]) for one in head.split("\\r\\n") if one.startswith("content-length:")), 0)
            sent = await reader.readexactly(size)
            lists += b"Pilot number" in sent
            answer = USER if "users.info" in head else str(lists).encode() if "/count" in head else b"ok"
            kind = b"application/json" if "users.info" in head else b"text/plain"
            writer.write(b"HTTP/1.1 200 OK\\r\\ncontent-type: %s\\r\\ncontent-length: %d\\r\\n\\r\\n%s" % (kind, len(answer), answer))
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()

async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0, limit=2**20)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()

asyncio.run(main())
"""


#: Where that process listens, once it does.
SLACK_AT: list[str] = []


def request() -> tuple[bytes, list[tuple[bytes, bytes]]]:
    """One signed `/pilot list`, like no other."""
    body = urlencode(
        {
            "team_id": "T1",
            "user_id": "U1",
            "channel_id": "D1",
            "command": "/pilot",
            "text": "list",
            "trigger_id": f"t.{next(_number)}",
            "response_url": f"{SLACK_AT[0]}/respond",
        }
    ).encode()
    stamp = str(int(time.time()))
    mark = hmac.new(SECRET.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return body, [
        (b"content-type", b"application/x-www-form-urlencoded"),
        (b"content-length", str(len(body)).encode()),
        (b"x-slack-request-timestamp", stamp.encode()),
        (b"x-slack-signature", f"v0={mark}".encode()),
    ]


async def call(app: ASGIApp) -> bytes:
    """One request through an application; its body, after a 200."""
    body, headers = request()
    got: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        got.append(message)

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "path": "/slack/events",
        "raw_path": b"/slack/events", "query_string": b"", "headers": headers, "scheme": "http", "root_path": "",
        "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 1),
    }  # fmt: skip
    await app(scope, receive, send)
    if got[0]["status"] != 200:
        raise SystemExit(f"answered {got[0]['status']}")
    return b"".join(message.get("body", b"") for message in got[1:])


def bolt(*, tuned: bool) -> ASGIApp:
    """Bolt answering a constant."""

    async def authorize(**_: Any) -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=None, team_id="T1", bot_token="xoxb-made-up", bot_user_id="UB", bot_id="B1"
        )

    app = AsyncApp(signing_secret=SECRET, authorize=authorize, process_before_response=tuned)

    @app.command("/pilot")
    async def answer(ack: Callable[[str], Awaitable[None]]) -> None:
        await ack("Nothing waits for you.")

    handler = AsyncSlackRequestHandler(app)

    async def endpoint(asked: Request) -> Response:
        return await handler.handle(asked)

    return Starlette(routes=[Route("/slack/events", endpoint, methods=["POST"])])


def furnish(conn: Connection) -> None:
    """Twenty pilots, ten of them the caller's."""
    now = datetime.now(UTC)
    workspace = installing.first_workspace(conn, now)
    installing.installed(conn, Platform.SLACK, "T1", name="Acme", bot_user="UB", now=now)
    workspaces.set_quiet_until(conn, workspace.id, None)
    caller = Person(
        id="anna", name="Anna", addresses=(Address(platform=Platform.SLACK, workspace="T1", user="U1"),)
    )
    other = Person(id="ben", name="Ben")
    people.add_many(conn, workspace.id, [caller, other], now)
    for number in range(PILOTS):
        pilot = Pilot(
            id=f"P{number}",
            name=f"Pilot number {number}",
            stage=Stage.TRIAL,
            stage_since=date(2026, 10, 1),
            started=date(2026, 9, 1),
            owner=caller if number % 2 else other,
            outcome_sentence="Cut handling time from 10 to 5 minutes by 1 October 2027",
        )
        origin = pilots.Origin(created_by="anna", created_at=now)
        pilots.add(conn, workspace.id, pilot, origin, next_look_at=None)


@dataclass
class Taken:
    """What one application took, call by call."""

    #: Seconds of single calls, and of the process's processor.
    alone: list[float] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)
    #: Calls a second of each turn.
    rates: list[float] = field(default_factory=list)
    #: Lists that were the answer's body.
    bodies: int = 0

    async def called(self, app: ASGIApp) -> None:
        body = await call(app)
        self.bodies += b"Pilot number" in body

    async def single(self, app: ASGIApp, before: Callable[[], object] = int) -> None:
        """One turn of single calls."""
        for _ in range(ALONE):
            before()
            busy, began = time.process_time(), time.perf_counter()
            await self.called(app)
            self.alone.append(time.perf_counter() - began)
            self.busy.append(time.process_time() - busy)

    async def crowd(self, app: ASGIApp, drain: Callable[[], Awaitable[None]]) -> None:
        """One turn of callers who each wait for their answer; what follows an answer is waited for, too."""
        left = iter(range(TOGETHER))

        async def caller() -> None:
            for _ in left:
                await self.called(app)

        began = time.perf_counter()
        await asyncio.gather(*(caller() for _ in range(CALLERS)))
        await drain()
        self.rates.append(TOGETHER / (time.perf_counter() - began))


def lists() -> int:
    """The lists that have arrived at Slack."""
    return int(httpx.get(f"{SLACK_AT[0]}/count", trust_env=False).text)


async def measure(url: str) -> dict[str, Taken]:
    """Name → what it took: bolt by default, bolt tuned, ours, ours after a change of our own and after one of another process."""
    logging.getLogger("slack_bolt").setLevel(logging.ERROR)
    database, before = Database(url), lists()
    database.migrate()
    database.write_now(furnish)
    settings = configured(
        database_url=url,
        slack_bot_token="xoxb-made-up",
        slack_signing_secret=SECRET,
        slack_api_url=f"{SLACK_AT[0]}/api/",
    )
    ours = build(settings, database=database, pace=10**9)
    door = ours.doors["/slack/events"]
    assert isinstance(door, Door)
    workspace_id = database.read_now(workspaces.all_of)[0]

    async def drain() -> None:
        await door.drain(120.0)

    def edited(through: Database) -> bool:
        name = f"Pilot number 0, once {next(_number)}"

        def rename(conn: Connection) -> bool:
            [pilot] = pilots.get_many(conn, workspace_id, ["P0"])
            return pilots.save(conn, workspace_id, replace(pilot, name=name))

        return through.write_now(rename)

    apps: dict[str, ASGIApp] = {
        "bolt, default settings, a constant": bolt(tuned=False),
        "bolt tuned, a constant": bolt(tuned=True),
        "ours, /pilot list of 20 pilots": door,
    }
    found = {name: Taken() for name in apps}
    for name, app in apps.items():
        for _ in range(WARM):
            await found[name].called(app)
            await drain()
    for _ in range(TURNS):
        for name, app in apps.items():
            await found[name].single(app)
    for _ in range(TURNS):
        for name, app in apps.items():
            await found[name].crowd(app, drain)
    beside = Database(url)
    for whose, through in (("a change", database), ("another process's change", beside)):
        changed = found[f"ours, after {whose} each time"] = Taken()
        await changed.single(door, lambda through=through: edited(through))  # type: ignore[misc]
    await ours.close()
    database.close()
    beside.close()
    arrived = lists() - before + sum(one.bodies for one in found.values())
    asked = WARM + TURNS * (ALONE + TOGETHER) + 2 * ALONE
    if arrived != asked:
        raise SystemExit(f"{arrived} lists arrived of {asked}")
    return found


def main() -> None:
    """Prints the figures and the two ratios that are held."""
    process = subprocess.Popen([sys.executable, "-c", SLACK], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        SLACK_AT.append(f"http://127.0.0.1:{process.stdout.readline().strip()}")
        with tempfile.TemporaryDirectory(prefix="pilotlight-ack-") as name:
            report("SQLite", f"sqlite:///{Path(name) / 'ack.db'}")
        try:
            with postgres.server() as server:
                report("PostgreSQL", server.create())
        except postgres.NoServer as reason:
            print(f"PostgreSQL: {reason}")
    finally:
        process.terminate()
        process.wait()


def report(engine: str, url: str) -> None:
    """One run on one engine."""
    found = asyncio.run(measure(url))
    print(f"{engine}:")
    for what, taken in found.items():
        print(
            f"{what}: {_median(taken.alone):.2f} ms alone ({_median(taken.busy):.2f} ms of the processor), "
            + (f"{statistics.median(taken.rates):.0f} a second with {CALLERS} callers" if taken.rates else "")
        )
    default, tuned, ours, changed, of_another = found.values()
    print(
        f"alone: ours takes 1/{_median(default.alone) / _median(ours.alone):.1f} of bolt's default (to hold: at most 1/8); "
        f"after a change 1/{_median(default.alone) / _median(changed.alone):.1f}, "
        f"of another process 1/{_median(default.alone) / _median(of_another.alone):.1f}"
    )
    share = statistics.median(ours.rates) / statistics.median(tuned.rates)
    print(f"{CALLERS} callers: ours carries {share:.3f} of bolt tuned (to hold: at least 0.15)")


def _median(seconds: list[float]) -> float:
    """In milliseconds."""
    return statistics.median(seconds) * 1000


if __name__ == "__main__":
    main()
