"""A lean Slack in a process of its own: keeps what was posted, shows it again, misbehaves on request.

The playground is the honest one; this one takes some thousand messages a second and writes each into `history.jsonl`.
What went wrong is asked for by a plan: `{"share": 0.3, "kinds": ["lost_reply", …], "seed": 1}`.
"""

import asyncio
import json
import os
import random
import signal
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.faults.clocks import SharedClock
from tests.faults.history import Post

Json = dict[str, Any]


class FakeSlack:
    """Everything is kept in memory; the file is for whoever judges."""

    def __init__(self, path: Path, clock: SharedClock) -> None:
        self.clock = clock
        self.posts: dict[str, list[tuple[str, Json]]] = defaultdict(list)
        self.plan: Json = {}
        self.chance = random.Random(0)
        self.calls: dict[str, int] = defaultdict(int)
        #: Not before these moments, by workspace: what a 429 said, and how often it was disregarded.
        self.patience: dict[str, tuple[float, float]] = {}
        self.impatient = 0
        #: When each channel last took a message, by the steady clock, and how many came sooner than `per_channel` allows.
        self.took_at: dict[str, float] = {}
        self.crowded = 0
        self._number = 0
        self._file = path.open("a", encoding="utf-8")
        self._late: set[asyncio.Task[None]] = set()

    def take_plan(self, plan: Json) -> None:
        self.plan = plan
        self.chance = random.Random(plan.get("seed", 0))

    async def handle(self, request: web.Request) -> web.StreamResponse:
        args: Json = dict(request.query)
        if request.can_read_body:
            args |= await request.json()
        return await self._do(request, request.match_info["method"], args)

    async def teams_token(self, _: web.Request) -> web.StreamResponse:
        return web.json_response({"access_token": "trial", "expires_in": 3600})

    async def teams_post(self, request: web.Request) -> web.StreamResponse:
        """Teams' connector: the conversation's name stands for the key, which only cards carry."""
        channel = request.match_info["conversation"]
        args = {"channel": channel, "metadata": {"event_payload": {"key": f"digest:{channel}"}}}
        return await self._do(request, "teams.post", args)

    async def _do(self, request: web.Request, method: str, args: Json) -> web.StreamResponse:
        self.calls[method] += 1
        plan = self.plan
        delay = plan.get("delay", 0.0)
        if delay:
            await asyncio.sleep(self.chance.uniform(0, delay))
        kind = ""
        if method in plan.get(
            "methods", ("chat.postMessage", "teams.post")
        ) and self.chance.random() < plan.get("share", 0):
            kind = self.chance.choice(plan["kinds"])
        refused = self._limited(plan, method, args, kind)
        if refused is not None:
            return refused
        if method == "chat.postMessage" and self._crowds(args["channel"]):
            return web.json_response(
                {"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": "1"}
            )
        if kind == "down":
            return _cut(request)
        if kind == "refused_500":
            return web.Response(status=500, text="upstream error")
        if kind == "late_commit":
            self._late_post(args, self.chance.uniform(*plan.get("seconds", (1.0, 10.0))))
            return _cut(request)
        answer = getattr(self, "do_" + method.replace(".", "_"), self.do_other)(args)
        if kind == "kill" and plan.get("pids"):
            for pid in plan.pop("pids"):
                os.kill(pid, signal.SIGKILL)
            return _cut(request)
        return await self._spoilt(request, kind, answer)

    async def _spoilt(self, request: web.Request, kind: str, answer: Json) -> web.StreamResponse:
        match kind:
            case "lost_reply":
                return _cut(request)
            case "cut_mid_body":
                whole = json.dumps(answer).encode()
                half = web.StreamResponse(
                    headers={"Content-Length": str(len(whole)), "Content-Type": "application/json"}
                )
                await half.prepare(request)
                await half.write(whole[: len(whole) // 2])
                return _cut(request)
            case "hang":
                await asyncio.sleep(self.plan.get("hang", 30.0))
            case "broken_json":
                return web.Response(text='{"ok": tru', content_type="application/json")
            case "error_500":
                return web.Response(status=500, text="upstream error")
        return web.json_response(answer)

    def _limited(self, plan: Json, method: str, args: Json, kind: str) -> web.Response | None:
        """429 with every header there may be; and counts who did not wait."""
        if method != "chat.postMessage":
            return None
        team = str(args.get("channel", "")).partition("x")[0]
        now, real = self.clock.seconds(), time.monotonic()
        asked_at, until = self.patience.get(team, (real, 0.0))
        # What was on its way when we asked for patience cannot know of it.
        if now < until and real - asked_at > 2.0:
            self.impatient += 1
        spared = plan.get("odd_teams") and int(team[2:]) % 2 == 0
        if not kind.startswith("429") or spared:
            return None
        header = self.chance.choice(plan["retry_after"])
        seconds = max(1.0, float(header)) if header and header.isdecimal() else 1.0
        self.patience[team] = real, max(until, now + seconds)
        return web.Response(
            status=429,
            text='{"ok": false, "error": "ratelimited"}',
            content_type="application/json",
            headers={} if header is None else {"Retry-After": header},
        )

    def _crowds(self, channel: str) -> bool:
        """Whether a message comes too soon after the last one to its channel: Slack takes one a second."""
        least, now = self.plan.get("per_channel", 0.0), time.monotonic()
        if now - self.took_at.get(channel, float("-inf")) < least:
            self.crowded += 1
            return True
        self.took_at[channel] = now
        return False

    def _keep(self, args: Json) -> str:
        self._number += 1
        ts = f"{self.clock.seconds():.0f}.{self._number:06}"
        key = (args.get("metadata") or {}).get("event_payload", {}).get("key", "")
        self.posts[args["channel"]].append(
            (ts, {"ts": ts, "metadata": args.get("metadata"), "blocks": args.get("blocks")})
        )
        post = Post(at=self.clock.seconds(), channel=args["channel"], key=key, ts=ts, wall=time.time())
        self._file.write(json.dumps(asdict(post)) + "\n")
        self._file.flush()
        return ts

    def _late_post(self, args: Json, seconds: float) -> None:
        async def later() -> None:
            await asyncio.sleep(seconds)
            self._keep(args)

        task = asyncio.create_task(later())
        self._late.add(task)
        task.add_done_callback(self._late.discard)

    def do_chat_postMessage(self, args: Json) -> Json:  # noqa: N802 - Slack's name
        return {"ok": True, "channel": args["channel"], "ts": self._keep(args)}

    def do_teams_post(self, args: Json) -> Json:
        return {"id": self._keep(args)}

    def do_conversations_open(self, args: Json) -> Json:
        return {"ok": True, "channel": {"id": "D" + str(args["users"])}}

    def do_conversations_history(self, args: Json) -> Json:
        """Newest first, a page at a time, nothing before `oldest`."""
        kept = [
            (ts, message)
            for ts, message in self.posts[args["channel"]]
            if float(ts) > float(args.get("oldest", 0))
        ]
        kept.reverse()
        start, limit = int(args.get("cursor") or 0), int(args.get("limit", 100))
        page = [message for _, message in kept[start : start + limit]]
        more = str(start + limit) if start + limit < len(kept) else ""
        return {
            "ok": True,
            "messages": page,
            "has_more": bool(more),
            "response_metadata": {"next_cursor": more},
        }

    def do_auth_test(self, args: Json) -> Json:
        return {"ok": True, "team_id": "TBOT", "team": "Trial", "user_id": "UBOT", "bot_id": "BBOT"}

    def do_users_list(self, args: Json) -> Json:
        return {"ok": True, "members": []}

    def do_other(self, args: Json) -> Json:
        return {"ok": True}


def _cut(request: web.Request) -> web.Response:
    if request.transport is not None:  # else the other side went first
        request.transport.abort()
    return web.Response()


def serve(folder: str, pipe: Pipe, host: str = "127.0.0.1", port: int = 0) -> None:
    """Runs until the pipe closes. Each message through it is `(verb, argument)`; each is answered."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asyncio.run(_serve(Path(folder), pipe, host, port))


async def _serve(folder: Path, pipe: Pipe, host: str, port: int) -> None:
    slack = FakeSlack(folder / "history.jsonl", SharedClock(folder / "clock"))
    app = web.Application()
    app.router.add_route("*", "/api/{method}", slack.handle)
    app.router.add_post("/teams/token", slack.teams_token)
    app.router.add_post("/teams/v3/conversations/{conversation}/activities", slack.teams_post)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, host, port)
    await site.start()
    assert site._server is not None
    pipe.send(site._server.sockets[0].getsockname()[1])  # type: ignore[attr-defined]
    done = asyncio.Event()
    answers: dict[str, Callable[[Any], Any]] = {
        "plan": slack.take_plan,
        "calls": lambda _: dict(slack.calls),
        "impatient": lambda _: slack.impatient,
        "patience": lambda _: {team: until for team, (_, until) in slack.patience.items()},
        "late": lambda _: len(slack._late),
        "crowded": lambda _: slack.crowded,
    }

    def read() -> None:
        try:
            verb, argument = pipe.recv()
        except EOFError:
            done.set()
            asyncio.get_running_loop().remove_reader(pipe.fileno())
            return
        pipe.send(answers[verb](argument))

    asyncio.get_running_loop().add_reader(pipe.fileno(), read)
    await done.wait()
    await runner.cleanup()
