"""The playground itself: one workspace, its Web API and its page on a loopback port, in the event loop of whoever starts it."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from typing import Self

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.playground.app import DEFAULT_SCOPES, Installation, SlackApp
from bot.playground.deliveries import ACK_LIMIT, Deliveries
from bot.playground.faults import Faults
from bot.playground.models import Clock
from bot.playground.oauth import authorize
from bot.playground.page import Host, page_routes
from bot.playground.page.feed import Feed
from bot.playground.people import Hands
from bot.playground.rate_limits import RateLimits
from bot.playground.responses import take_response
from bot.playground.seen import Ledger
from bot.playground.web_api import WebApi
from bot.playground.workspace import Workspace

SIGNING_SECRET = "playground-signing-secret"  # noqa: S105 — made up, and of use on loopback only
BOT_TOKEN = "xoxb-playground"  # noqa: S105


class Playground:
    def __init__(
        self,
        workspace: Workspace | None = None,
        *,
        signing_secret: str = SIGNING_SECRET,
        token: str = BOT_TOKEN,
        scopes: "set[str] | frozenset[str]" = DEFAULT_SCOPES,
        app_url: str = "",
        signing_clock: Clock | None = None,
        ack_limit: float = ACK_LIMIT,
        patience: float = 1.0,
        enforce_rate_limits: bool = False,
        page: Host | None = None,
        socket_mode: bool = False,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        """`signing_clock` is whose time signs deliveries: the workspace's, unless the app checks against another."""
        self.workspace = workspace or Workspace()
        self.app = SlackApp(signing_secret=signing_secret, request_url=app_url)
        self.installation: Installation = self.app.install(self.workspace, token=token, scopes=scopes)
        if socket_mode:
            from bot.playground.sockets import (
                Sockets,
            )  # its server takes a while to load, and the demo has no use for it

            self.app.socket_mode = True
            self.app.sockets = Sockets(host=host)
        self.app.app_tokens[self.app_token] = frozenset({"connections:write"})
        self.signing_clock, self.ack_limit, self.patience = signing_clock, ack_limit, patience
        #: who acts in each workspace, by team id
        self.everybody: dict[str, Hands] = {}
        self.hands = self._hands(self.workspace)
        self.deliveries = self.hands.deliveries
        self.web_api = WebApi(self.app, Faults(), RateLimits(enforced=enforce_rate_limits))
        self.host, self.port = host, port
        #: what the page may ask of whoever started us; may be filled in after the start
        self.page = page or Host()
        self._feed = Feed(self.workspace)
        self._server: _Server | None = None
        self._tasks: list[asyncio.Task[None]] = []

    def _hands(self, workspace: Workspace) -> Hands:
        deliveries = Deliveries(
            self.app, workspace, signing_clock=self.signing_clock, ack_limit=self.ack_limit
        )
        hands = Hands(self.app, workspace, deliveries, patience=self.patience)
        self.everybody[workspace.team_id] = hands
        return hands

    def add_workspace(
        self, workspace: Workspace, *, token: str = "", scopes: "set[str] | frozenset[str]" = DEFAULT_SCOPES
    ) -> tuple[Installation, Hands]:
        """Another customer of the same app, behind the same Web API and request URL."""
        return self.app.install(workspace, token=token, scopes=scopes), self._hands(workspace)

    @property
    def token(self) -> str:
        return self.installation.token

    @property
    def app_token(self) -> str:
        """The app-level one, for Socket Mode."""
        return f"xapp-1-{self.workspace.app_id}-5550001-playground"

    @property
    def faults(self) -> Faults:
        return self.web_api.faults

    @property
    def ledger(self) -> Ledger:
        return self.hands.ledger

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def api_url(self) -> str:
        """For SLACK_API_URL."""
        return f"{self.url}/api/"

    @property
    def app_url(self) -> str:
        return self.app.request_url

    @app_url.setter
    def app_url(self, url: str) -> None:
        self.app.request_url = url

    def routes(self) -> list[BaseRoute]:
        async def response_url(request: Request) -> Response:
            answer = await take_response(self.app, request)
            await asyncio.sleep(self.faults.slow_responses)
            return answer

        async def authorize_url(request: Request) -> Response:
            return authorize(self.app, request)

        return [
            Mount("/api", app=self.web_api),
            Route("/oauth/v2/authorize", authorize_url),
            Route("/actions/{team}/{key}", response_url, methods=["POST"]),
            *page_routes(self.hands, self.page, self._feed),
        ]

    async def start(self) -> Self:
        listener = socket.create_server((self.host, self.port))
        self.port = listener.getsockname()[1]
        self.app.base_url = self.url
        if self.app.sockets is not None:
            await self.app.sockets.start()
        config = uvicorn.Config(
            _Cuttable(Starlette(routes=self.routes())),
            log_config=None,
            log_level="critical",
            access_log=False,
            lifespan="off",
            ws="none",
            http="h11",
            proxy_headers=False,
            date_header=False,  # the Web API tells Slack's own time
            timeout_graceful_shutdown=1,
        )
        self._server = _Server(config)
        serving = asyncio.create_task(self._server.serve(sockets=[listener]))
        retrying = asyncio.create_task(self._retry())
        self._tasks = [serving, retrying]
        while not self._server.started:
            if serving.done():
                serving.result()
            await asyncio.sleep(0.005)
        return self

    async def stop(self) -> None:
        self._feed.close()
        for hands in self.everybody.values():
            await hands.deliveries.close()
        if self.app.sockets is not None:
            await self.app.sockets.stop()
        if self._server is None:
            return
        self._server.stopping.set()
        serving, retrying = self._tasks
        retrying.cancel()
        await asyncio.gather(serving, retrying, return_exceptions=True)
        self._server = None

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def _retry(self) -> None:
        while True:
            await asyncio.sleep(0.25)
            for hands in list(self.everybody.values()):
                await hands.deliveries.run_due()


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.stopping = asyncio.Event()

    async def main_loop(self) -> None:
        """As uvicorn's, but it ends at once when told, not at the next tick."""
        ticks = 0
        while not await self.on_tick(ticks) and not self.stopping.is_set():
            ticks = (ticks + 1) % 864_000
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.stopping.wait(), 0.1)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals belong to whoever started us."""
        yield


class _Cuttable:
    """Gives the application inside a way to cut the connection: `scope["cut"]()`."""

    def __init__(self, inner: ASGIApp) -> None:
        self.inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        cycle = getattr(receive, "__self__", None)
        if cycle is not None:
            scope["cut"] = cycle.transport.abort
        await self.inner(scope, receive, send)
