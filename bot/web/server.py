"""The ASGI application: routes of the outward contract, each a door of its own."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from bot.web import feed, health, hooks
from bot.web.dashboard import Dashboard
from bot.web.headers import Address, secured
from bot.web.login import Doorkeeper
from bot.web.pages import STATIC, Pages
from bot.web.refusals import Refusals
from storage.database import Database

#: What the page may fetch: its style and its flame.
_FILES = {"style.css": "text/css; charset=utf-8", "flame.svg": "image/svg+xml"}
_TOLD = {
    403: "That could not be taken",
    404: "There is nothing here",
    405: "That cannot be done here",
    413: "That is too much at once",
    429: "A moment, please",
}


def application(
    *,
    database: Database,
    doors: Mapping[str, ASGIApp],
    clock: Callable[[], datetime],
    ticks: health.Fares,
    lifespan: Callable[[], AbstractAsyncContextManager[None]],
    address: Address = str,
    watch: Callable[[], str] = str,
    secrets: hooks.Secrets = hooks.Secrets(),  # noqa: B008 - frozen: every door closed
) -> Starlette:
    """The whole HTTP surface.

    Args:
        database: of the program.
        doors: path → the ASGI application of one platform, mounted there.
        clock: now.
        lifespan: entered before the first request, left after the last.
        address: where people reach the page; decides which cookies it sets and whose forms it takes.
        watch: says what is amiss in this process besides its database; empty: nothing.
        secrets: of the sources outside chat.

    """
    acks, refusals = health.Acks(), Refusals()

    @asynccontextmanager
    async def alive(_: Starlette) -> AsyncIterator[None]:
        async with lifespan():
            yield

    pages = Pages(address)

    async def told(_: Request, error: Exception) -> Response:
        """An answer to a person, whatever went wrong; nothing of what they sent is in it."""
        assert isinstance(error, HTTPException)
        head = _TOLD.get(error.status_code, "That did not work")
        detail = error.detail if error.status_code in (403, 413, 429) else ""
        response = pages.page("trouble.html", status=error.status_code, head=head, detail=detail)
        response.headers.update(error.headers or {})
        return response

    async def file(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in _FILES:
            raise HTTPException(404)
        return secured(
            FileResponse(STATIC / name, media_type=_FILES[name]), address(), store="public, max-age=300"
        )

    routes: list[BaseRoute] = [
        *Dashboard(database, clock, address, pages).routes(),
        *Doorkeeper(database, clock, address, pages, refusals).routes(),
        *feed.routes(database, clock, address),
        Route("/static/{name}", file),
        *health.routes(database, clock, ticks, acks, watch),
        *hooks.routes(database, clock, secrets, refusals),
        # A route, not a mount: a mount would answer the exact path with a redirect, which Slack follows at best.
        *(Route(path, acks.timed(path, refusals.watched(path, door))) for path, door in doors.items()),
    ]
    return Starlette(routes=routes, lifespan=alive, exception_handlers={HTTPException: told})
