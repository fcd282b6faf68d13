"""The page's addresses: the shell, its files, what a person sees, what a person does."""

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jinja2
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from bot.playground.models import Json, User
from bot.playground.page.feed import Feed
from bot.playground.page.host import Host, NotTakenError
from bot.playground.page.picture import conversation, first_person, picture
from bot.playground.people import Hands
from bot.playground.state import NoSuchOptionError

FILES = Path(__file__).parent
#: nothing from elsewhere, no inline script, no frame around it
CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_MOST_UPLOAD = 20_000_000
#: "play until something happens" gives up after so many days
_MOST_DAYS = 120

Endpoint = Callable[[Request], Awaitable[Response]]


def page_routes(hands: Hands, host: Host, feed: Feed) -> list[BaseRoute]:
    page = _Page(hands, host, feed)
    posts: dict[str, Endpoint] = {
        "say": page.say,
        "act": page.act,
        "submit": page.submit,
        "close": page.close,
        "home": page.home,
        "read": page.read,
        "dismiss": page.dismiss,
        "advance": page.advance,
        "upload": page.upload,
    }
    return [
        Route("/", page.shell),
        Route("/page/picture", page.picture),
        Route("/page/conversation", page.conversation),
        Route("/page/explain", page.explain),
        Route("/page/events", page.events),
        Route("/page/sample.csv", page.sample),
        *(
            Route(f"/page/{name}", _from_this_page(endpoint), methods=["POST"])
            for name, endpoint in posts.items()
        ),
        Mount("/page/static", StaticFiles(directory=FILES / "static")),
    ]


def _from_this_page(endpoint: Endpoint) -> Endpoint:
    """Another site open in the same browser must not act here: its Origin is another, its Host may be a rebound name."""

    async def guarded(request: Request) -> Response:
        origin, host = request.headers.get("origin"), request.headers.get("host", "")
        if host.rsplit(":", 1)[0] not in {"127.0.0.1", "localhost", "[::1]"}:
            raise HTTPException(403, "This page answers on loopback only.")
        if origin is not None and origin != f"http://{host}":
            raise HTTPException(403, "Only this page may do that.")
        try:
            return await endpoint(request)
        except (
            AssertionError,
            NoSuchOptionError,
        ) as impossible:  # what no hand could do: the person is told why
            raise HTTPException(409, str(impossible)) from impossible

    return guarded


class _Page:
    def __init__(self, hands: Hands, host: Host, feed: Feed) -> None:
        self.hands, self.host, self.feed = hands, host, feed
        self.workspace = hands.workspace
        loader = jinja2.FileSystemLoader(FILES)
        self.shell_template = jinja2.Environment(loader=loader, autoescape=True).get_template("shell.html")

    # looking

    async def shell(self, _request: Request) -> Response:
        html = self.shell_template.render(
            team=self.workspace.name, app=self.workspace.bot.real_name, host=self.host
        )
        return Response(html, headers=HEADERS, media_type="text/html; charset=utf-8")

    async def picture(self, request: Request) -> Response:
        wanted = request.query_params.get("person", "")
        user = self.workspace.users.get(wanted) or first_person(self.workspace, self.host)
        if user is None:
            raise HTTPException(404, "There is nobody in this workspace.")
        return _json(picture(self.hands.app, self.workspace, user, self.host))

    async def conversation(self, request: Request) -> Response:
        user = self._user(request.query_params.get("person", ""))
        channel = self.workspace.channels.get(request.query_params.get("channel", ""))
        if channel is None or (channel.type != "public_channel" and user.id not in channel.members):
            raise HTTPException(404, "There is no such conversation.")
        return _json(conversation(self.workspace, user, channel))

    async def explain(self, _request: Request) -> Response:
        if self.host.explain is None:
            raise HTTPException(404)
        return _json([dict(line) for line in await self.host.explain()])

    async def sample(self, _request: Request) -> Response:
        if self.host.sample is None:
            raise HTTPException(404)
        return FileResponse(
            self.host.sample, media_type="text/csv; charset=utf-8", filename=self.host.sample.name
        )

    async def events(self, _request: Request) -> Response:
        return StreamingResponse(
            self.feed.stream(), headers={"Cache-Control": "no-store"}, media_type="text/event-stream"
        )

    # doing

    async def say(self, request: Request) -> Response:
        body = await _body(request)
        user, channel = self._user(body.get("person")), str(body.get("channel"))
        text = str(body.get("text", ""))
        if channel not in self.workspace.channels or not text.strip():
            raise HTTPException(400, "Nothing to say, or nowhere.")
        if text.startswith("/"):
            await self.hands.command(user, text, channel, patience=0.0)
        else:
            await self.hands.type(user, channel, text, body.get("thread_ts") or None, patience=0.0)
        return _json({})

    async def act(self, request: Request) -> Response:
        """A button, a menu, a picker: in a message, a modal or Home."""
        body = await _body(request)
        user = self._user(body.get("person"))
        view = self.workspace.find_view(str(body["view"])) if body.get("view") else None
        message = self.workspace.find_message(str(body.get("channel")), str(body.get("ts")), seen_by=user.id)
        thing = view if view is not None and view.user == user.id else message
        if thing is None:
            raise HTTPException(404, "That is no longer there.")
        if view is not None:
            self.hands.put(view, body.get("values") or {})
        block_id, action_id = str(body.get("block_id")), str(body.get("action_id"))
        await self.hands.touch(user, thing, block_id, action_id, body.get("choice"))
        return _json({})

    async def submit(self, request: Request) -> Response:
        body = await _body(request)
        user = self._user(body.get("person"))
        view = self.workspace.find_view(str(body.get("view")))
        if view is None or view.user != user.id:
            raise HTTPException(404, "That form is no longer open.")
        self.hands.put(view, body.get("values") or {})
        seen = await self.hands.submit(user, view, {})
        return _json({"errors": seen.errors})

    async def close(self, request: Request) -> Response:
        body = await _body(request)
        user = self._user(body.get("person"))
        view = self.workspace.find_view(str(body.get("view")))
        if view is not None and view.user == user.id:
            self.hands.put(view, body.get("values") or {})
            await self.hands.close(user, view)
        return _json({})

    async def home(self, request: Request) -> Response:
        user = self._user((await _body(request)).get("person"))
        await self.hands.open_home(user, patience=0.0)
        return _json({})

    async def read(self, request: Request) -> Response:
        body = await _body(request)
        channel = self.workspace.channels.get(str(body.get("channel")))
        if channel is not None:
            self.workspace.mark_read(self._user(body.get("person")), channel)
        return _json({})

    async def dismiss(self, request: Request) -> Response:
        """An ephemeral message is put away; Slack does not tell the app."""
        body = await _body(request)
        user = self._user(body.get("person"))
        message = self.workspace.find_message(str(body.get("channel")), str(body.get("ts")), seen_by=user.id)
        if message is not None and message.ephemeral:
            self.workspace.remove(message)
        return _json({})

    async def advance(self, request: Request) -> Response:
        """A number of days, or a day at a time until a message of the app arrives."""
        if self.host.on_advance is None:
            raise HTTPException(404)
        body = await _body(request)
        if not body.get("until"):
            days = body.get("days")
            if not isinstance(days, (int, float)) or not 0 < days <= _MOST_DAYS:
                raise HTTPException(400, "How far?")
            await self.host.on_advance(timedelta(days=days))
            return _json({"days": days})
        if self.host.on_until is not None:
            start = self.workspace.clock()
            happened = await self.host.on_until()
            gone = {"days": (self.workspace.clock() - start).days}
            return _json(gone if happened else gone | {"nothing": True})
        before = self._sent()
        for days in range(1, _MOST_DAYS + 1):
            await self.host.on_advance(timedelta(days=1))
            if self._sent() > before:
                return _json({"days": days})
        return _json({"days": _MOST_DAYS, "nothing": True})

    def _sent(self) -> int:
        channels = self.workspace.channels.values()
        return sum(1 for channel in channels for message in channel.messages if message.by_bot)

    async def upload(self, request: Request) -> Response:
        if self.host.on_upload is None:
            raise HTTPException(404)
        content = b""
        async for piece in request.stream():
            content += piece
            if len(content) > _MOST_UPLOAD:
                raise HTTPException(413, "That file is larger than 20 MB.")
        mapping = unquote(request.headers.get("x-column-map", ""))
        try:
            text = await self.host.on_upload(content, request.query_params.get("dry_run") != "0", mapping)
        except NotTakenError as problem:
            return _json({"text": str(problem), "refused": True})
        return _json({"text": text})

    def _user(self, user_id: Any) -> User:
        user = self.workspace.users.get(str(user_id))
        if user is None or user.is_bot:
            raise HTTPException(404, "There is no such person.")
        return user


def _json(content: Any) -> Response:
    return JSONResponse(content, headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"})


async def _body(request: Request) -> Json:
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise HTTPException(415, "JSON is expected.")
    try:
        body = json.loads(await request.body())
    except ValueError:
        raise HTTPException(400, "That is no JSON.") from None
    if not isinstance(body, dict):
        raise HTTPException(400, "An object is expected.")
    return body
