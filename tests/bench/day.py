"""``python -m tests.bench.day [workspaces]``: a simulated working day of many workspaces, two `work` processes on one PostgreSQL.

Every workspace has a hundred pilots and is in its third week with us (`registry.lived`, ordinary): five in six pilots are well, the
others are the sample's stalls; four in five questions were answered on the day they were asked. On the Tuesday that is measured half
of the pilots are due for a look and eleven people are asked something. All workspaces are in one zone and open at the same minute, which
is the worst a day can do. A pilot has at most four entries and two readings (`registry.slim`), so that a million fit.

The clock of the day moves from tick to tick; at each moment both processes do at once all that is due, against a Slack of our own that
lets one message a second into each channel and answers 429 to more. What arrives is counted by its key and judged by the day's clock:
once, and inside the working window. Each process says what it cost, its start included (some three seconds).
"""

import asyncio
import json
import resource
import sys
import time
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from bot.app import build, configured
from bot.domain.calendar import zone_named
from storage.database import Database
from storage.settings import Settings
from tests.bench import registry

WORKSPACES, PROCESSES = 100, 2
#: From the morning's look to the end of the window.
MOMENTS = tuple(
    registry.DAY + timedelta(hours=hours) for hours in (0, 9.5, 10, 10.5, 11, 12, 13, 14, 15, 16, 17)
)
ZONE = "Europe/Berlin"


class Slack:
    """What a day's messages need of Slack: its pace per channel, and a memory of what arrived."""

    def __init__(self) -> None:
        self.now = registry.DAY
        self.arrived: Counter[tuple[str, str]] = Counter()
        self.refused = self.outside = self.looked = 0
        self._last: dict[str, float] = {}
        self._there: dict[str, list[dict[str, Any]]] = defaultdict(list)

    async def post(self, request: Request) -> JSONResponse:
        message = json.loads(await request.body())
        channel, now = message["channel"], time.monotonic()
        if now - self._last.get(channel, 0.0) < 1.0:
            self.refused += 1
            return JSONResponse({"ok": False, "error": "ratelimited"}, 429, {"Retry-After": "1"})
        self._last[channel] = now
        key = message.get("metadata", {}).get("event_payload", {}).get("key", "")
        self.arrived[channel, key] += 1
        hours = Settings(zone=ZONE).quiet_hours()
        if not hours.allows(self.now, Settings(zone=ZONE).calendar()):
            self.outside += 1
        ts = f"{time.time():.6f}"
        self._there[channel].insert(0, {"ts": ts, "metadata": message.get("metadata", {})})
        return JSONResponse({"ok": True, "channel": channel, "ts": ts})

    async def history(self, request: Request) -> JSONResponse:
        """What arrived in a channel, for a send whose answer came too late on a busy machine."""
        wanted = dict(parse_qsl((await request.body()).decode())) | dict(request.query_params)
        self.looked += 1
        return JSONResponse({"ok": True, "messages": self._there[wanted["channel"]], "has_more": False})


async def work(database_url: str, api_url: str) -> None:
    """One `work` process, whose clock is what it is told on each line."""
    now = registry.DAY
    settings = configured(
        database_url=database_url,
        slack_bot_token="xoxb-bench",
        slack_signing_secret="bench",
        slack_api_url=api_url,
    )
    app = build(settings, clock=lambda: now)
    tasks = app.tasks
    for line in sys.stdin:
        now = datetime.fromisoformat(line.strip())
        await tasks.look()
        await tasks.look()
        await tasks.digest()
        await tasks.compose()
        await tasks.deliver()
        used = resource.getrusage(resource.RUSAGE_SELF)
        print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, flush=True)
    await app.close()
    app.database.close()


async def _day(database: Database, count: int) -> None:
    slack = Slack()
    app = Starlette(
        routes=[
            Route("/api/chat.postMessage", slack.post, methods=["POST"]),
            Route("/api/conversations.history", slack.history, methods=["GET", "POST"]),
        ]
    )
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", access_log=False))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    address = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    workers = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.bench.day", "--work", address, f"http://127.0.0.1:{port}/api/",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )
        for _ in range(PROCESSES)
    ]  # fmt: skip
    told: list[bytes] = [b""] * PROCESSES
    began = time.monotonic()
    for moment in MOMENTS:
        slack.now = moment
        for worker in workers:
            if worker.stdin is not None:
                worker.stdin.write(f"{moment.isoformat()}\n".encode())
        told = [await worker.stdout.readline() for worker in workers if worker.stdout is not None]
        print(
            f"  {moment.astimezone(zone_named(ZONE)):%H:%M} {sum(slack.arrived.values()):,} messages",
            flush=True,
        )
    for worker in workers:
        if worker.stdin is not None:
            worker.stdin.close()
        await worker.wait()
    server.should_exit = True
    await serving
    twice = sum(times > 1 for times in slack.arrived.values())
    print(
        f"{count:,} workspaces, {count * registry.EACH:,} pilots, {PROCESSES} processes: {len(slack.arrived):,} messages, "
        f"{twice} twice, {slack.outside} outside the window, {slack.refused} refused for now, "
        f"{slack.looked} looked for; {time.monotonic() - began:.0f} s on the wall"
    )
    for number, line in enumerate(told, start=1):
        cpu, peak = map(float, line.split())
        print(f"  process {number}: {cpu:.1f} s of processor time, {peak:.0f} MB at the peak")
    left = database.read_now(
        lambda conn: registry.said(conn, "SELECT count(*) FROM outbox WHERE state NOT IN ('sent', 'dropped')")
    )
    due = database.read_now(
        lambda conn: registry.said(
            conn, "SELECT count(*) FROM pilots WHERE next_look_at <= :now", now=MOMENTS[-1]
        )
    )
    print(f"left at the end of the day: {left} messages, {due} looks")


def main(count: int) -> None:
    """Prints what the day brought and what each process cost."""
    with registry.engines() as server:
        database = Database(server.create())
        began = time.monotonic()
        registry.lived(database, ordinary=True)
        database.write_now(registry.slim)
        registry.fill(database, count)
        print(f"filled in {time.monotonic() - began:.0f} s", flush=True)
        asyncio.run(_day(database, count))
        database.close()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--work"]:
        asyncio.run(work(sys.argv[2], sys.argv[3]))
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else WORKSPACES)
