"""A small slack-bolt application on loopback, as a stand-in for the app under test."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import uvicorn
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.playground import Playground

# The playground logs nothing; what bolt says of broken payloads is not of interest here.
logging.getLogger("slack_bolt").setLevel(logging.CRITICAL)


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def served(endpoint: object) -> AsyncIterator[str]:
    """Any ASGI application on a free port; its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(endpoint, log_config=None, log_level="critical", lifespan="off", ws="none")  # type: ignore[arg-type]
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:
        await asyncio.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


def client(slack: Playground, token: str | None = None) -> AsyncWebClient:
    return AsyncWebClient(
        token=slack.token if token is None else token, base_url=slack.api_url, retry_handlers=[], timeout=60
    )


def bolt(slack: Playground) -> AsyncApp:
    return AsyncApp(
        client=client(slack), signing_secret=slack.app.signing_secret, process_before_response=True
    )


@asynccontextmanager
async def running(slack: Playground, app: AsyncApp) -> AsyncIterator[None]:
    handler = AsyncSlackRequestHandler(app)

    async def endpoint(request: Request) -> Response:
        return await handler.handle(request)

    async with served(Starlette(routes=[Route("/slack/events", endpoint, methods=["POST"])])) as address:
        slack.app_url = f"{address}/slack/events"
        yield
