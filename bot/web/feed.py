"""A personal calendar, fetched by programs that cannot sign in: its address is all they bring."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.domain.pilot import Pilot
from bot.messages import feed as words
from bot.services import feed
from bot.web.headers import Address, secured
from bot.web.login import Tries
from storage.database import Database

_END = ".ics"


def routes(database: Database, clock: Callable[[], datetime], address: Address) -> list[Route]:
    """`/calendar/TOKEN.ics`."""
    tries = Tries()

    def link(pilot: Pilot) -> str:
        return f"{address()}/pilots/{quote(pilot.id, safe='')}" if address() else ""

    async def calendar(request: Request) -> Response:
        """What its person may see today; an address that was taken back is as unknown as one that never was."""
        who, now = request.client.host if request.client else "", clock()
        if tries.too_many(who, now):
            raise HTTPException(429, "Too many addresses that show nothing. Wait a minute.")
        token = request.path_params["token"].removesuffix(_END)
        found = await database.read(partial(feed.shown, token=token, now=now))
        if found is None:
            tries.failed(who, now)
            raise HTTPException(404)
        company = found.workspace.settings.company or found.workspace.name
        pieces = words.file(found.dates, workspace_id=found.workspace.id, company=company, link=link, now=now)
        headers = {"Content-Disposition": 'inline; filename="pilotlight.ics"', "X-Robots-Tag": "noindex"}
        return secured(Response("".join(pieces), media_type="text/calendar", headers=headers), address())

    return [Route("/calendar/{token}", calendar)]
