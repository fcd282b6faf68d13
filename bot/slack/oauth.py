"""Installing into a workspace through Slack's own pages: away with a state, back with a code, the code for a token.

https://docs.slack.dev/authentication/installing-with-oauth

The state is mandatory, works once, within ten minutes and in the browser that it was given to. Nothing of a token or a code is ever
logged or shown.
"""

import logging
import re
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from slack_sdk.oauth import AuthorizeUrlGenerator
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.domain.people import Platform
from bot.services.chat import ChatError
from bot.services.installing import Granted
from bot.slack.manifest import INSTALL, REDIRECT
from bot.slack.oauth_pages import PROBLEMS, installed_page, problem_page
from bot.slack.scopes import asked, missing
from bot.slack.web_api import WebApi

_log = logging.getLogger(__name__)

#: Who leaves for Slack must be back within this time.
STATE_LIFE = timedelta(minutes=10)
_COOKIE = "__Host-pilotlight-install"
_TEAM = re.compile(r"[TE][A-Z0-9]{1,20}")
#: A token that ends sooner than this is exchanged for the next one.
_SOON = timedelta(hours=2)


@dataclass(frozen=True, kw_only=True, slots=True)
class Client:
    """Our app, as Slack knows it."""

    client_id: str
    client_secret: str = field(repr=False)
    public_url: str
    #: Where people agree.
    authorize_url: str = "https://slack.com/oauth/v2/authorize"


@dataclass(frozen=True, kw_only=True, slots=True)
class Stores:
    """What is remembered elsewhere."""

    issue_state: Callable[[str, datetime], Awaitable[None]]
    use_state: Callable[[str], Awaitable[bool]]
    save: Callable[[Granted], Awaitable[None]]


def authorize_url(api_url: str) -> str:
    """Slack's consent page beside its Web API: another base for a test server brings another page."""
    return api_url.removesuffix("/").removesuffix("/api") + "/oauth/v2/authorize"


class Install:
    """`GET /slack/install` and `GET /slack/oauth_redirect`."""

    def __init__(
        self,
        *,
        client: Client,
        api: WebApi,
        stores: Stores,
        clock: Callable[[], datetime],
        forget: Callable[[str], None],
    ) -> None:
        self._client = client
        self._api = api
        self._stores = stores
        self._clock = clock
        self._forget = forget
        self._redirect = client.public_url.rstrip("/") + REDIRECT
        self._urls = AuthorizeUrlGenerator(
            client_id=client.client_id,
            scopes=[scope.name for scope in asked()],
            redirect_uri=self._redirect,
            authorization_url=client.authorize_url,
        )

    @property
    def doors(self) -> dict[str, ASGIApp]:
        """Path → what answers there."""
        return {INSTALL: _Page(self.leave), REDIRECT: _Page(self.back)}

    async def leave(self, request: Request) -> Response:
        """To Slack, with a fresh state."""
        state = secrets.token_urlsafe(32)
        await self._stores.issue_state(state, self._clock() + STATE_LIFE)
        team = request.query_params.get("team", "")
        url = self._urls.generate(state, team if _TEAM.fullmatch(team) else None)
        answer = RedirectResponse(url, 302, headers={"Cache-Control": "no-store"})
        answer.set_cookie(
            _COOKIE,
            state,
            max_age=int(STATE_LIFE.total_seconds()),
            secure=True,
            httponly=True,
            samesite="lax",
        )
        return answer

    async def back(self, request: Request) -> Response:
        """From Slack, with a code or a refusal."""
        given = request.query_params
        state = given.get("state", "")
        # The state first: without it nobody's word is taken for anything, not even a refusal.
        here = secrets.compare_digest(request.cookies.get(_COOKIE, "").encode(), state.encode())
        if not state or not here or not await self._stores.use_state(state):
            return self._problem("invalid_state")
        if given.get("error") or not given.get("code"):
            return self._problem(given.get("error") or "missing_code")
        try:
            answer = await self._api.exchange(
                client_id=self._client.client_id,
                client_secret=self._client.client_secret,
                code=given["code"],
                redirect_uri=self._redirect,
            )
        except ChatError as error:
            return self._problem(error.reason)
        if answer.get("is_enterprise_install"):
            return self._problem("org_install")
        granted = granted_of(answer, self._clock())
        if granted is None:
            return self._problem("no_bot_token")
        await self._stores.save(granted)
        self._forget(granted.external_id)
        _log.info("installed", extra={"team": granted.external_id})
        lacking = [scope.name for scope in missing(granted.scopes.split(","))]
        return installed_page(granted.name, lacking, _deep_link(answer))

    def _problem(self, reason: str) -> Response:
        known = reason if reason in PROBLEMS else "other"
        _log.warning("not installed", extra={"reason": known})
        return problem_page(known, again=self._client.public_url.rstrip("/") + INSTALL)


def granted_of(answer: Any, now: datetime, *, installer: str | None = None) -> Granted | None:
    """What oauth.v2.access gave, read field by field; None where there is no bot token or no workspace in it."""
    team = answer.get("team")
    team_id = team.get("id") if isinstance(team, dict) else None
    token = answer.get("access_token")
    if not isinstance(token, str) or not isinstance(team_id, str) or not token.startswith("xox"):
        return None
    user = answer.get("authed_user")
    seconds = answer.get("expires_in")
    return Granted(
        platform=Platform.SLACK,
        external_id=team_id,
        name=str((team or {}).get("name") or ""),
        bot_user=str(answer.get("bot_user_id") or ""),
        scopes=str(answer.get("scope") or ""),
        token=token,
        installer=str(user.get("id") or "") if installer is None and isinstance(user, dict) else "",
        refresh_token=str(answer.get("refresh_token") or ""),
        expires_at=now + timedelta(seconds=seconds) if isinstance(seconds, int) and seconds > 0 else None,
    )


def due(expires_at: datetime | None, now: datetime) -> bool:
    """Whether a token should be exchanged for the next one."""
    return expires_at is not None and expires_at - now < _SOON


async def refreshed(api: WebApi, client: Client, refresh_token: str, now: datetime) -> Granted | None:
    """The next token for an expiring one. A refresh token works once.

    https://docs.slack.dev/authentication/using-token-rotation

    Raises:
        ChatError: Slack does not give it.
    """
    answer = await api.exchange(
        client_id=client.client_id,
        client_secret=client.client_secret,
        grant_type="refresh_token",
        refresh_token=refresh_token,
    )
    return granted_of(answer, now, installer="")


def _deep_link(answer: Any) -> str:
    """Opens the app in Slack: https://docs.slack.dev/interactivity/deep-linking"""
    team, app = answer.get("team") or {}, answer.get("app_id")
    return f"slack://app?team={team.get('id', '')}&id={app}&tab=messages" if isinstance(app, str) else ""


class _Page:
    """An ASGI application of its own: a bare function would be taken for one that takes a request."""

    def __init__(self, handle: Callable[[Request], Awaitable[Response]]) -> None:
        self._handle = handle

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if scope["method"] not in ("GET", "HEAD"):
            await Response("GET only", 405)(scope, receive, send)
            return
        response = await self._handle(Request(scope, receive))
        await response(scope, receive, send)
