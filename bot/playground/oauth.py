"""Installing through Slack's own pages: the consent, the code, the token, and the next one where tokens expire.

https://docs.slack.dev/authentication/installing-with-oauth · https://docs.slack.dev/authentication/using-token-rotation
"""

import base64
import binascii
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from bot.playground.app import Installation, SlackApp, SlackError
from bot.playground.models import Json

#: "expires_in": 12 hours
TOKEN_LIFE = 43_200


@dataclass(frozen=True, kw_only=True)
class Code:
    installer: str
    team: str
    redirect_uri: str
    scopes: frozenset[str]


def authorize(app: SlackApp, request: Request) -> Response:
    """The consent page. `app.approves` presses Allow, and nobody there presses Cancel."""
    asked = request.query_params
    if asked.get("client_id") != app.client_id:
        return PlainTextResponse("invalid_client_id", 400)
    redirect_uri = asked.get("redirect_uri", "") or next(iter(app.redirect_urls), "")
    if not any(redirect_uri.startswith(url) for url in app.redirect_urls):
        return PlainTextResponse("redirect_uri did not match any configured URIs", 400)
    back: dict[str, str] = {"state": asked.get("state", "")}
    if app.approves is None:
        return RedirectResponse(f"{redirect_uri}?{urlencode({'error': 'access_denied', **back})}", 302)
    workspace, user = app.approves
    code = f"{secrets.token_hex(6)}.{secrets.token_hex(16)}"
    app.codes[code] = Code(
        installer=user,
        team=workspace.team_id,
        redirect_uri=asked.get("redirect_uri", ""),
        scopes=frozenset(scope for scope in asked.get("scope", "").split(",") if scope),
    )
    return RedirectResponse(f"{redirect_uri}?{urlencode({'code': code, **back})}", 302)


def access(app: SlackApp, request: Request, args: Json) -> Json:
    """oauth.v2.access: a code or a refresh token, each once."""
    client_id, secret = _client(request, args)
    if client_id != app.client_id:
        raise SlackError("invalid_client_id")
    if secret != app.client_secret:
        raise SlackError("bad_client_secret")
    if args.get("grant_type") == "refresh_token":
        return _refreshed(app, str(args.get("refresh_token", "")))
    code = app.codes.pop(str(args.get("code", "")), None)
    if not isinstance(code, Code):
        raise SlackError("invalid_code")
    if str(args.get("redirect_uri", "")) != code.redirect_uri:
        raise SlackError("bad_redirect_uri")
    workspace = next(one for one in app.workspaces if one.team_id == code.team)
    installation = app.install(workspace, scopes=code.scopes)
    return _answer(app, installation, code.installer)


def _answer(app: SlackApp, installation: Installation, installer: str) -> Json:
    workspace = installation.workspace
    org = app.org_install
    answer: Json = {
        "app_id": workspace.app_id,
        "authed_user": {"id": installer},
        "scope": ",".join(sorted(installation.scopes)),
        "token_type": "bot",
        "access_token": installation.token,
        "bot_user_id": workspace.bot.id,
        "team": None if org else {"id": workspace.team_id, "name": workspace.name},
        "enterprise": {"id": "E0PLAY", "name": "Grid"} if org else None,
        "is_enterprise_install": org,
    }
    if app.token_rotation:
        refresh = f"xoxe-1-{secrets.token_hex(16)}"
        app.refresh_tokens[refresh] = (installation, installer)
        answer |= {"refresh_token": refresh, "expires_in": TOKEN_LIFE}
    return answer


def _refreshed(app: SlackApp, token: str) -> Json:
    held = app.refresh_tokens.pop(token, None)
    if held is None:
        raise SlackError("invalid_refresh_token")
    old, installer = held
    old.dead = "token_expired"
    return _answer(app, app.install(old.workspace, scopes=old.scopes), installer)


def _client(request: Request, args: Json) -> tuple[str, str]:
    """HTTP Basic, as Slack recommends, or among the arguments."""
    header = request.headers.get("authorization", "")
    if header.startswith("Basic "):
        try:
            name, _, secret = (
                base64.b64decode(header.removeprefix("Basic "), validate=True).decode().partition(":")
            )
        except (ValueError, binascii.Error):
            return "", ""
        return name, secret
    return str(args.get("client_id", "")), str(args.get("client_secret", ""))


def open_connection(app: SlackApp, request: Request, args: Json) -> Json:
    """apps.connections.open: an app-level token with `connections:write`."""
    header = request.headers.get("authorization", "")
    token = header.removeprefix("Bearer ").strip() or str(args.get("token", ""))
    if not token:
        raise SlackError("not_authed")
    if not token.startswith("xapp-"):
        raise SlackError("not_allowed_token_type" if token in app.installations else "invalid_auth")
    scopes = app.app_tokens.get(token)
    if scopes is None:
        raise SlackError("invalid_auth")
    if "connections:write" not in scopes:
        raise SlackError("missing_scope", needed="connections:write", provided=",".join(sorted(scopes)))
    if app.sockets is None or not app.socket_mode:
        raise SlackError("socket_mode_not_enabled")
    app_id = token.split("-")[2] if token.count("-") > 2 else ""
    return {"url": app.sockets.address(app_id)}


#: What is called without a workspace's token.
APP_METHODS: dict[str, Callable[[SlackApp, Request, Json], Json]] = {
    "oauth.v2.access": access,
    "apps.connections.open": open_connection,
}
