"""Slack's Web API over HTTP, as slack_sdk calls it: GET and POST, forms and JSON, the token in a header or among the arguments.

https://docs.slack.dev/apis/web-api
"""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from bot.playground import methods_chat, methods_conversations, methods_users, methods_views
from bot.playground.app import Call, Installation, SlackApp, SlackError
from bot.playground.calls import Method, MethodCall
from bot.playground.faults import Fault, Faults
from bot.playground.models import Json
from bot.playground.oauth import APP_METHODS
from bot.playground.rate_limits import RateLimits

METHODS: dict[str, Method] = {
    **methods_chat.METHODS,
    **methods_conversations.METHODS,
    **methods_users.METHODS,
    **methods_views.METHODS,
}


@dataclass(kw_only=True)
class Reply:
    body: Json
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    def response(self, body: bytes | None = None) -> Response:
        content = json.dumps(self.body).encode() if body is None else body
        return Response(content, self.status, self.headers, media_type="application/json; charset=utf-8")


@dataclass(eq=False)
class WebApi:
    """An ASGI application to be mounted at /api."""

    app: SlackApp
    faults: Faults = field(default_factory=Faults)
    rate_limits: RateLimits = field(default_factory=RateLimits)
    #: how far this Slack's clock, as its `Date` header tells it, is ahead of the world's
    ahead: timedelta = timedelta(0)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        dated = partial(self._dated, send)
        await self._serve(scope, receive, dated)

    async def _dated(self, send: Send, message: Message) -> None:
        if message["type"] == "http.response.start":
            date = format_datetime(datetime.now(UTC) + self.ahead, usegmt=True).encode()
            message = {**message, "headers": [*message.get("headers", []), (b"date", date)]}
        await send(message)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        method = scope["path"].rsplit("/", 1)[-1]
        args = await _arguments(request)
        fault = self.faults.strike(method, args) if method in METHODS or method in APP_METHODS else None
        if fault is None:
            await self.answer(method, args, request).response()(scope, receive, send)
            return
        await self._spoil(fault, method, args, request, send)

    async def _spoil(self, fault: Fault, method: str, args: Json, request: Request, send: Send) -> None:
        late = timedelta(seconds=fault.seconds) if fault.kind == "late_commit" else None
        reply = Reply(body={"ok": True})
        if fault.accepted:
            reply = self.answer(method, args, request, late=late)
        scope, receive = request.scope, request.receive
        response: Response | None = None
        match fault.kind:
            case "rate_limited":
                response = _too_many(fault.retry_after).response()
            case "server_error":
                response = Response("upstream error", fault.status, media_type="text/plain")
            case "slack_error":
                response = Reply(body={"ok": False, "error": fault.error}).response()
            case "broken_json":
                response = reply.response(b'{"ok": tru')
            case "slow":
                await asyncio.sleep(fault.seconds)
                response = reply.response()
            case "cut_mid_body":
                whole = reply.response()
                await send({"type": "http.response.start", "status": 200, "headers": whole.raw_headers})
                await send({"type": "http.response.body", "body": bytes(whole.body)[:10], "more_body": True})
            case "cut_before" | "lost_reply" | "late_commit":
                pass
        if response is not None:
            await response(scope, receive, send)
            return
        cut: Callable[[], None] = scope["cut"]
        cut()
        while (await receive())["type"] != "http.disconnect":
            pass

    def answer(self, method: str, args: Json, request: Request, *, late: timedelta | None = None) -> Reply:
        """The method itself: token, limits, scope, effect, record."""
        installation: Installation | None = None
        call: MethodCall | None = None
        try:
            if method in APP_METHODS:
                return self._without_workspace(method, args, request)
            if method not in METHODS:
                raise SlackError("unknown_method", req_method=method)
            installation = self._installation(request, args)
            wait = self.rate_limits.wait(
                installation.workspace.team_id, method, str(args.get("channel") or "")
            )
            if wait:
                return _too_many(str(wait))
            call = MethodCall(app=self.app, method=method, installation=installation, args=args, late=late)
            reply = Reply(body={"ok": True, **METHODS[method](call)})
        except SlackError as refusal:
            reply = Reply(body=_refused(refusal))
        if installation is None:
            return reply
        reply.headers["X-OAuth-Scopes"] = ",".join(sorted(installation.scopes))
        if call is not None:
            reply.headers["X-Accepted-OAuth-Scopes"] = call.scope
            self.app.refusals += call.refused
            self.app.calls.append(
                Call(
                    method=method,
                    scope=call.scope,
                    team_id=installation.workspace.team_id,
                    args=args,
                    error=str(reply.body.get("error", "")),
                    status=reply.status,
                    at=installation.workspace.clock(),
                )
            )
        return reply

    def _without_workspace(self, method: str, args: Json, request: Request) -> Reply:
        """A method of the app itself. Its secrets are not kept among the calls."""
        try:
            reply = Reply(body={"ok": True, **APP_METHODS[method](self.app, request, args)})
        except SlackError as refusal:
            reply = Reply(body=_refused(refusal))
        self.app.calls.append(
            Call(
                method=method,
                scope="",
                team_id="",
                args={},
                error=str(reply.body.get("error", "")),
                status=reply.status,
                at=datetime.now(UTC),
            )
        )
        return reply

    def _installation(self, request: Request, args: Json) -> Installation:
        """https://docs.slack.dev/authentication/tokens"""
        header = request.headers.get("authorization", "")
        token = (
            header.removeprefix("Bearer ").strip()
            if header.startswith("Bearer ")
            else str(args.pop("token", ""))
        )
        args.pop("token", None)
        if not token:
            raise SlackError("not_authed")
        self.app.shown.append(token)
        installation = self.app.installations.get(token)
        if installation is None:
            known = token in self.app.app_tokens
            raise SlackError("not_allowed_token_type" if known else "invalid_auth")
        if installation.dead:
            raise SlackError(installation.dead)
        return installation


async def _arguments(request: Request) -> Json:
    """Query, form and JSON together; what the body says wins."""
    args: Json = dict(request.query_params)
    body = await request.body()
    if not body:
        return args
    if request.headers.get("content-type", "").startswith("application/json"):
        try:
            parsed: Any = json.loads(body)
        except ValueError:
            return args
        return args | {k: v for k, v in parsed.items() if v is not None} if isinstance(parsed, dict) else args
    return args | dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def _refused(refusal: SlackError) -> Json:
    body: Json = {"ok": False, "error": refusal.code, **refusal.extra}
    if refusal.messages:
        body["response_metadata"] = {"messages": refusal.messages}
    return body


def _too_many(retry_after: str | None) -> Reply:
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return Reply(body={"ok": False, "error": "ratelimited"}, status=429, headers=headers)
