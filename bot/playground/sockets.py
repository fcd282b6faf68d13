"""Socket Mode as Slack offers it: a one-time address from apps.connections.open, a greeting, pings, envelopes and their acks.

https://docs.slack.dev/apis/events-api/using-socket-mode: up to 10 connections, each payload to any one of them, and nothing over
HTTP while it is on.
"""

import asyncio
import contextlib
import json
import secrets

from aiohttp import WSMsgType, web

from bot.playground.models import Json

#: "an app can have up to 10 open WebSocket connections"
MOST = 10


class Sockets:
    """`silent` freezes every connection as a dead network does: they stay open, and nothing comes through them any more."""

    def __init__(self, *, host: str = "127.0.0.1", ping_every: float = 5.0, greets: bool = True) -> None:
        self.host, self.ping_every, self.greets = host, ping_every, greets
        self.port = 0
        self.silent = False
        self.connections: list[web.WebSocketResponse] = []
        #: how many were ever opened
        self.opened = 0
        self._tickets: set[str] = set()
        self._acks: dict[str, asyncio.Future[Json]] = {}
        self._next = 0
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        application = web.Application()
        application.router.add_get("/link/", self._link)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.host, 0)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        for socket in list(self.connections):
            await socket.close()
        if self._runner is not None:
            await self._runner.cleanup()

    def address(self, app_id: str) -> str:
        """A fresh one, good for one connection."""
        ticket = secrets.token_hex(16)
        self._tickets.add(ticket)
        return f"ws://{self.host}:{self.port}/link/?ticket={ticket}&app_id={app_id}"

    async def _link(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=401, text="this address was used before")
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        self.connections.append(socket)
        self.opened += 1
        pinging = asyncio.create_task(self._ping(socket))
        try:
            if self.greets and not self.silent:
                info = {"app_id": request.query.get("app_id", "")}
                hello = {
                    "type": "hello",
                    "num_connections": len(self.connections),
                    "connection_info": info,
                    "debug_info": {"host": "applink-playground", "approximate_connection_time": 18060},
                }
                await socket.send_json(hello)
            async for message in socket:
                if self.silent:
                    continue
                if message.type is WSMsgType.PING:
                    await socket.pong(message.data)
                elif message.type is WSMsgType.TEXT:
                    self._take(message.data)
        finally:
            pinging.cancel()
            self.connections.remove(socket)
        return socket

    async def _ping(self, socket: web.WebSocketResponse) -> None:
        with contextlib.suppress(ConnectionError):
            while not socket.closed:
                await asyncio.sleep(self.ping_every)
                if not self.silent:
                    await socket.ping(b"Ping from applink-playground")

    def _take(self, text: str) -> None:
        """An ack: the envelope's id, and a payload where Slack reads one."""
        try:
            said = json.loads(text)
        except ValueError:
            return
        waiting = self._acks.get(str(said.get("envelope_id", ""))) if isinstance(said, dict) else None
        if waiting is not None and not waiting.done():
            payload = said.get("payload")
            waiting.set_result(payload if isinstance(payload, dict) else {})

    async def deliver(
        self, kind: str, payload: Json, *, limit: float, accepts: bool, attempt: int = 0, reason: str = ""
    ) -> Json | None:
        """One payload over any one connection; what the ack brought, None without an ack in time."""
        living = [socket for socket in self.connections if not socket.closed]
        if not living or self.silent:
            return None
        self._next += 1
        socket = living[self._next % len(living)]
        envelope_id = secrets.token_hex(16)
        envelope: Json = {
            "envelope_id": envelope_id,
            "payload": payload,
            "type": kind,
            "accepts_response_payload": accepts,
        }
        if kind == "events_api":
            envelope |= {"retry_attempt": attempt, "retry_reason": reason}
        waiting: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._acks[envelope_id] = waiting
        try:
            async with asyncio.timeout(limit):
                await socket.send_json(envelope)
                return await waiting
        except (TimeoutError, ConnectionError):
            return None
        finally:
            del self._acks[envelope_id]

    async def ask_to_reconnect(self, reason: str = "refresh_requested") -> None:
        """`warning` and `refresh_requested` come every few hours, `link_disabled` when Socket Mode is switched off."""
        for socket in list(self.connections):
            await socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {}})
            if reason != "warning":
                await socket.close()
