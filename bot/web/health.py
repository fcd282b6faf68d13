"""Alive, ready, and the figures that say how well."""

from collections.abc import Callable
from datetime import datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.services import audit
from storage.database import Database


def routes(database: Database, clock: Callable[[], datetime], watch: Callable[[], str] = str) -> list[Route]:
    """`/healthz`, `/readyz` and `/metrics`. `watch` says what else is amiss in this process; empty: nothing."""

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def readyz(_: Request) -> Response:
        now = clock()
        try:
            state = await database.read(lambda conn: audit.state(conn, now))
        except Exception as error:  # noqa: BLE001 - whatever the database says, the answer is "not ready"
            return JSONResponse(
                {"ready": False, "why": f"the database does not answer: {type(error).__name__}"}, 503
            )
        amiss = " ".join(why for why in (state.amiss, watch()) if why)
        return JSONResponse({"ready": not amiss, "why": amiss, **state.figures}, 503 if amiss else 200)

    async def metrics(_: Request) -> Response:
        now = clock()
        state = await database.read(lambda conn: audit.state(conn, now))
        lines = [f"pilotlight_{name} {value}" for name, value in state.figures.items()]
        return PlainTextResponse("\n".join(lines) + "\n", media_type="text/plain; version=0.0.4")

    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]
