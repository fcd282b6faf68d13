"""Templates: what they may call, and how a page leaves the house."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse, Response

from bot.domain.findings import Health
from bot.domain.readiness import ITEMS
from bot.domain.stages import Stage
from bot.messages import figures, page, story
from bot.messages.model import day
from bot.services import login
from bot.web import chart
from bot.web.headers import secured

FOLDER = Path(__file__).parent
STATIC = FOLDER / "static"

#: Functions of the figures and words that templates use, under the names that they use.
_FILTERS: dict[str, Callable[..., Any]] = {
    "day": day,
    "line": figures.line,
    "pilot_name": figures.name,
    "person": figures.person,
    "money": figures.money,
    "per_week": figures.per_week,
    "working_days": figures.working_days,
    "closed": figures.closed,
    "upper_first": figures.upper_first,
}
_GLOBALS: dict[str, Any] = {
    "plural": figures.plural,
    "short_day": figures.short_day,
    "facts": figures.facts,
    "health_words": figures.health_words,
    "metric_name": figures.metric_name,
    "shown": figures.shown,
    "said": figures.said,
    "pace": figures.pace,
    "page": page,
    "story": story,
    "chart": chart,
    "STAGES": figures.STAGES,
    "Stage": Stage,
    "Health": Health,
    "ITEMS": ITEMS,
}


def _http(address: str) -> str:
    """An address that may be followed; anything else is only shown."""
    shown = figures.line(address, 2000)
    return shown if shown.lower().startswith(("http://", "https://")) and " " not in shown else ""


def _strong(text: str) -> Markup:
    """What stands between asterisks carries weight; the text is ours, and escaped like any other."""
    parts = text.split("*")
    return Markup("").join(
        Markup("<strong>{}</strong>").format(part) if at % 2 else escape(part)
        for at, part in enumerate(parts)
    )


@cache
def environment() -> jinja2.Environment:
    """Everything is escaped, and a name that is not there is a mistake of ours."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(_FILTERS, http=_http, strong=_strong)
    made.globals.update(_GLOBALS)
    return made


class Pages:
    """Renders pages, signed in or not."""

    def __init__(self, address: Callable[[], str]) -> None:
        self._address = address
        self._templates = environment()

    def page(
        self,
        template: str,
        *,
        status: int = 200,
        viewer: login.Viewer | None = None,
        held: str = "",
        **more: Any,
    ) -> Response:
        """A page with its headers.

        Args:
            template: its file.
            status: of the answer.
            viewer: who looks; None: nobody who has signed in.
            held: the cookie of the session, for the form that ends it.
            more: what the template shows.

        """
        text = self._templates.get_template(template).render(
            viewer=viewer, proof=login.proof(held) if held else "", **more
        )
        return secured(HTMLResponse(text, status), self._address())
