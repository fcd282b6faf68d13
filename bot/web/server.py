"""The ASGI application: routes of the outward contract, each a door of its own."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from bot.web import health
from storage.database import Database


def application(
    *,
    database: Database,
    doors: Mapping[str, ASGIApp],
    clock: Callable[[], datetime],
    ticks: health.Fares,
    lifespan: Callable[[], AbstractAsyncContextManager[None]],
) -> Starlette:
    """The whole HTTP surface.

    Args:
        doors: path → the ASGI application of one platform, mounted there.
        lifespan: entered before the first request, left after the last.

    """
    acks = health.Acks()

    @asynccontextmanager
    async def alive(_: Starlette) -> AsyncIterator[None]:
        async with lifespan():
            yield

    async def front(_: Request) -> Response:
        return PlainTextResponse(
            "Pilotlight is running. In Slack type /pilot help; in Teams write help to the bot.\n"
        )

    routes: list[BaseRoute] = [
        Route("/", front),
        *health.routes(database, clock, ticks, acks),
        # A route, not a mount: a mount would answer the exact path with a redirect, which Slack follows at best.
        *(Route(path, acks.timed(path, door)) for path, door in doors.items()),
    ]
    return Starlette(routes=routes, lifespan=alive)
