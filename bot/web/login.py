"""In and out: a link from chat shows a button, the button opens the page."""

import secrets
from collections import OrderedDict, deque
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.services import login
from bot.web.headers import Address, cookie_name, form_of, secured, set_cookie
from bot.web.pages import Pages
from bot.web.refusals import Refusals
from storage.database import Database

#: Links that do not open, from one address, before it has to wait.
TRIES = 5
_WITHIN = timedelta(minutes=1)
_MOST_ADDRESSES = 10_000
_TOLD = {
    login.Trouble.UNKNOWN: "This link is not one of ours, or not a whole one.",
    login.Trouble.USED: "This link was used already.",
    login.Trouble.OLD: "This link is older than ten minutes.",
    login.Trouble.GONE: "This link belongs to somebody who may not look any more.",
}


class Tries:
    """Failures of the last minute by client address; in this process only, which is a second bolt on a door of 256 bits."""

    def __init__(self) -> None:
        self._failed: OrderedDict[str, deque[datetime]] = OrderedDict()

    def too_many(self, who: str, now: datetime) -> bool:
        """Whether somebody has to wait."""
        failed = self._failed.get(who)
        while failed and failed[0] <= now - _WITHIN:
            failed.popleft()
        return failed is not None and len(failed) >= TRIES

    def failed(self, who: str, now: datetime) -> None:
        """Counts one more."""
        self._failed.setdefault(who, deque(maxlen=TRIES)).append(now)
        self._failed.move_to_end(who)
        while len(self._failed) > _MOST_ADDRESSES:
            self._failed.popitem(last=False)


class Doorkeeper:
    """The routes of signing in and out."""

    def __init__(
        self,
        database: Database,
        clock: Callable[[], datetime],
        address: Address,
        pages: Pages,
        refusals: Refusals,
    ) -> None:
        self._database, self._clock, self._address, self._pages = database, clock, address, pages
        self._refusals = refusals
        self._tries = Tries()

    def routes(self) -> list[Route]:
        """`/login`, `/login/TOKEN` and `/logout`."""
        return [
            Route("/login", self.how),
            Route("/login/{token}", self.knock, methods=["GET"]),
            Route("/login/{token}", self.enter, methods=["POST"]),
            Route("/logout", self.leave, methods=["POST"]),
        ]

    async def how(self, _: Request) -> Response:
        """How to get in."""
        return self._pages.page("login.html", trouble="")

    async def knock(self, request: Request) -> Response:
        """The button. Nothing is used up: whatever looks at links before people do may look at this one."""
        self._patience(request)
        token, now = request.path_params["token"], self._clock()
        try:
            workspace, person = await self._database.read(partial(login.whose, token=token, now=now))
        except login.NotOpened as error:
            return self._refused(request, error)
        address = self._address()
        name = cookie_name(address, "_door")
        held = request.cookies.get(name, "") or secrets.token_urlsafe(32)
        response = self._pages.page(
            "enter.html", held=held, company=workspace.settings.company or workspace.name, person=person
        )
        set_cookie(response, address, name, held, seconds=int(login.LINK_LASTS.total_seconds()))
        return response

    async def enter(self, request: Request) -> Response:
        """The press: the link is used up, a session with a new id begins."""
        self._patience(request)
        address, now = self._address(), self._clock()
        door, session = cookie_name(address, "_door"), cookie_name(address)
        await form_of(request, address, request.cookies.get(door, ""))
        before, token = request.cookies.get(session, ""), request.path_params["token"]
        try:
            held = await self._database.write(lambda conn: login.enter(conn, token, now, before=before))
        except login.NotOpened as error:
            return self._refused(request, error)
        response = secured(RedirectResponse("/", HTTPStatus.SEE_OTHER), address)
        set_cookie(response, address, session, held, seconds=int(login.ABSOLUTE.total_seconds()))
        response.delete_cookie(
            door, path="/", secure=address.startswith("https://"), httponly=True, samesite="lax"
        )
        return response

    async def leave(self, request: Request) -> Response:
        """Ends the session, on this side too."""
        address, now = self._address(), self._clock()
        name = cookie_name(address)
        held = request.cookies.get(name, "")
        await form_of(request, address, held)
        await self._database.write(lambda conn: login.leave(conn, held, now))
        response = secured(RedirectResponse("/login", HTTPStatus.SEE_OTHER), address)
        response.delete_cookie(
            name, path="/", secure=address.startswith("https://"), httponly=True, samesite="lax"
        )
        return response

    def _patience(self, request: Request) -> None:
        if self._tries.too_many(_who(request), self._clock()):
            self._refusals.note("/login", 429, _who(request))
            raise HTTPException(429, "Too many links that do not open. Wait a minute, then use a new one.")

    def _refused(self, request: Request, error: login.NotOpened) -> Response:
        self._tries.failed(_who(request), self._clock())
        self._refusals.note("/login", 410, _who(request))
        return self._pages.page("login.html", status=HTTPStatus.GONE, trouble=_TOLD[error.trouble])


def _who(request: Request) -> str:
    return request.client.host if request.client else ""
