"""The page itself: the portfolio, one pilot, survival, hindsight, and the list as a file. It changes nothing.

Decisions are taken in chat, where the one table of roles is obeyed; every page here shows registry facts that each
member may see. A session's workspace is the only one that any page reads.
"""

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from datetime import date, datetime
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.domain.cells import escape
from bot.domain.findings import Health
from bot.domain.forecast import Forecast
from bot.domain.stages import Stage
from bot.messages import page as words
from bot.messages.figures import STAGES, facts, line
from bot.messages.hindsight import ESTIMATE
from bot.services import login, portfolio
from bot.services.hindsight import in_hindsight
from bot.services.portfolio import Row
from bot.web.headers import Address, cookie_name, secured
from bot.web.pages import Pages
from storage.database import Connection, Database
from storage.portfolio import SORTS, Wanted

T = TypeVar("T")
Shows = Callable[[Connection, login.Viewer], T]
_MOST_TYPED = 100


class Dashboard:
    """The routes of whoever has signed in."""

    def __init__(
        self, database: Database, clock: Callable[[], datetime], address: Address, pages: Pages
    ) -> None:
        self._database, self._clock, self._address, self._pages = database, clock, address, pages

    def routes(self) -> list[Route]:
        """`/` and below."""
        return [
            Route("/", self.portfolio),
            Route("/pilots.csv", self.table),
            Route("/pilots/{pilot:path}", self.pilot),
            Route("/survival", self.survival),
            Route("/hindsight", self.hindsight),
        ]

    async def portfolio(self, request: Request) -> Response:
        """Decisions, the funnel, one page of pilots."""
        wanted, page = _wanted(request), _page(request)
        return await self._show(
            request,
            "portfolio.html",
            lambda conn, viewer: portfolio.overview(conn, viewer.workspace, viewer.today, wanted, page),
            link=lambda **changes: _link(wanted, **changes),
            only=lambda **changes: _link(Wanted(), **changes),
            sorts=_SORTS,
            wanted=_chosen(wanted),
        )

    async def pilot(self, request: Request) -> Response:
        """One pilot; somebody else's is as unknown as none at all."""
        pilot_id = request.path_params["pilot"]

        def found(conn: Connection, viewer: login.Viewer) -> portfolio.One:
            if "\x00" in pilot_id:
                raise HTTPException(404)
            one = portfolio.one(conn, viewer.workspace, viewer.today, pilot_id)
            if one is None:
                raise HTTPException(404)
            return one

        return await self._show(request, "pilot.html", found)

    async def survival(self, request: Request) -> Response:
        """What became of each quarter's pilots."""
        return await self._show(
            request, "survival.html", lambda conn, viewer: portfolio.survival(conn, viewer.workspace)
        )

    async def hindsight(self, request: Request) -> Response:
        """When each pilot that went quiet would have been seen."""
        return await self._show(
            request,
            "hindsight.html",
            lambda conn, viewer: in_hindsight(conn, viewer.workspace, viewer.today),
            estimate=ESTIMATE,
        )

    async def table(self, request: Request) -> Response:
        """The pilots wanted, as a file that a spreadsheet opens as text."""
        wanted = _wanted(request)
        viewer, found = await self._read(
            request,
            lambda conn, viewer: "".join(
                csv_lines(portfolio.every(conn, viewer.workspace, viewer.today, wanted), viewer.today)
            ),
        )
        if viewer is None:
            return self._to_login()
        name = f"pilots-{viewer.today.isoformat()}.csv"
        response = Response(found or "", media_type="text/csv; charset=utf-8")
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return secured(response, self._address())

    async def _show(self, request: Request, template: str, shows: Shows[Any], **more: Any) -> Response:
        viewer, found = await self._read(request, shows)
        if viewer is None:
            return self._to_login()
        held = self._held(request)
        return self._pages.page(template, viewer=viewer, held=held, it=found, today=viewer.today, **more)

    async def _read(self, request: Request, shows: Shows[T]) -> tuple[login.Viewer | None, T | None]:
        """Who looks and what they see, in one transaction; nothing for somebody who is not signed in."""
        held, now = self._held(request), self._clock()

        def read(conn: Connection) -> tuple[login.Viewer | None, T | None]:
            viewer = login.viewer(conn, held, now)
            return viewer, shows(conn, viewer) if viewer is not None else None

        viewer, found = await self._database.read(read)
        if viewer is not None and viewer.stale:
            await self._database.write(lambda conn: login.still_here(conn, held, now))
        return viewer, found

    def _held(self, request: Request) -> str:
        return request.cookies.get(cookie_name(self._address()), "")

    def _to_login(self) -> Response:
        return secured(RedirectResponse("/login", HTTPStatus.SEE_OTHER), self._address())


# What was asked for.

_SORTS = {
    "need": "need",
    "cost": "cost a week",
    "spent": "spent so far",
    "newest": "newest",
    "name": "name",
}


def _wanted(request: Request) -> Wanted:
    """The filter of the address; what cannot be meant is left out."""

    def typed(name: str) -> str:
        return request.query_params.get(name, "").replace("\x00", "")[:_MOST_TYPED].strip()

    def one_of(name: str, known: object) -> str:
        return typed(name) if typed(name) in known else ""  # type: ignore[operator]  # an enumeration's values

    sort = typed("sort")
    return Wanted(
        stage=one_of("stage", {stage.value for stage in Stage}),
        department=typed("department"),
        health=one_of("health", {health.value for health in Health}),
        who=typed("who"),
        words=typed("words"),
        decisions=typed("decisions") == "yes",
        sort=next((known for known in SORTS if known == sort), "need"),
    )


def _chosen(wanted: Wanted) -> list[tuple[str, str]]:
    """What narrows the list, in words, each with the address of the list without it."""
    called = {
        "words": f"“{wanted.words}”",
        "stage": STAGES.get(Stage(wanted.stage), "") if wanted.stage else "",
        "health": words.HEALTHS.get(Health(wanted.health), "") if wanted.health else "",
        "department": wanted.department,
        "who": wanted.who,
        "decisions": "waits for a decision",
    }
    return [
        (line(told, 60), _link(wanted, **{name: False if name == "decisions" else ""}))
        for name, told in called.items()
        if getattr(wanted, name)
    ]


def _page(request: Request) -> int:
    typed = request.query_params.get("page", "1")
    return max(1, int(typed)) if typed.isascii() and typed.isdigit() and len(typed) < 7 else 1


def _link(wanted: Wanted, **changes: Any) -> str:
    """The address of the same list with something else wanted."""
    page, path = changes.pop("page", 1), changes.pop("path", "/")
    given = asdict(replace(wanted, **changes))
    query = {name: "yes" if value is True else value for name, value in given.items() if value}
    if query.get("sort") == "need":
        del query["sort"]
    if page > 1:
        query["page"] = page
    return f"{path}?{urlencode(query)}" if query else path


# As a file.

COLUMNS = (
    *("pilot_id", "name", "department", "stage", "health", "open", "waits_for_decision_since"),
    *("owner", "backup", "sponsor", "metric_name", "unit", "baseline", "now", "now_on", "target", "deadline"),
    *("forecast", "forecast_low", "forecast_high", "forecast_words", "cost_to_date", "cost_per_week"),
)


#: Signs that no spreadsheet shows: what follows them must not pass for the beginning of a text.
_UNSEEN = " \ufeff\u200b\u2060"


def csv_lines(rows: Iterator[Row], today: date) -> Iterator[str]:
    """The rows as lines of CSV; no cell is taken for a formula."""
    yield _line(COLUMNS)
    for row in rows:
        yield _line(_cells(row, today))


def _line(cells: tuple[str, ...]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([escape(cell.replace("\x00", "").lstrip(_UNSEEN)) for cell in cells])
    return out.getvalue()


def _cells(row: Row, today: date) -> tuple[str, ...]:
    seen = row.seen
    pilot, metric, last = seen.pilot, seen.pilot.metric, (seen.record.readings or (None,))[-1]
    told = row.told if isinstance(row.told, Forecast) and not pilot.stage.ended else None
    people = [one.name if one is not None else "" for one in (pilot.owner, pilot.backup, pilot.sponsor)]
    return (
        *(pilot.id, pilot.name, pilot.department, pilot.stage.value, seen.picture.health.value),
        facts(seen.picture.findings, pilot, seen.record, seen.picture),
        row.waits_since.isoformat() if row.waits_since else "",
        *people,
        *((metric.name, metric.unit) if metric else ("", "")),
        str(metric.baseline) if metric and metric.baseline is not None else "",
        f"{last.value:f}" if last else "",
        last.on.isoformat() if last else "",
        str(metric.target) if metric and metric.target is not None else "",
        metric.deadline.isoformat() if metric and metric.deadline else "",
        *((f"{told.expected:.6g}", f"{told.low:.6g}", f"{told.high:.6g}") if told else ("", "", "")),
        words.forecast_words(row.told, seen)
        if metric and metric.deadline and metric.deadline >= today
        else "",
        f"{pilot.cost_to_date:f}",
        f"{pilot.cost_per_week:f}",
    )
