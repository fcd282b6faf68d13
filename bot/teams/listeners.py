"""Parse, dispatch, respond: the door that Teams knocks at.

https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-send-and-receive-messages

One way for everything: the guard looks, the clock is read, the activity parsed, `handle` asked. The answer leaves when `handle`
returns, never later than 1.5 s; what comes after that follows as a PUT or a POST, once.
"""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from bot.domain.commands import AppRemoved, Help
from bot.domain.errors import UserError
from bot.messages.help import help_page
from bot.messages.model import say
from bot.services.chat import ChatError
from bot.services.incoming import Incoming, Reply
from bot.teams.chat import TeamsChat
from bot.teams.guard import Guard, Refused
from bot.teams.parse import parse
from bot.teams.payload import Activity, place_of
from bot.teams.profiles import Profiles
from bot.teams.respond import OUTDATED, STILL, Responder, toast
from bot.teams.ways import Kind, Way, way_of
from bot.teams.words import unnamed

Handle = Callable[[Incoming, datetime], Awaitable[Reply]]
Clock = Callable[[], datetime]

_log = logging.getLogger(__name__)

#: People wait so long without a sign. Teams' own limit for a card's action is not published; designed for below 5 s.
PATIENCE = 1.5
#: For finding out whom a mention names, before anything can be asked.
_LOOK_PATIENCE = 0.5
_MOST_LOOKS = 5

BROKEN = (
    "Something went wrong on our side, and nothing was saved. Please try again; "
    "if it stays, tell your admin the reference {}."
)


def build(
    *, handle: Handle, clock: Clock, guard: Guard, chat: TeamsChat, patience: float = PATIENCE
) -> "Door":
    """The ASGI application for POST /api/messages."""
    return Door(Desk(handle=handle, clock=clock, chat=chat, patience=patience), guard)


class Door:
    """Teams' requests over HTTP. The guard stands in front of the desk."""

    def __init__(self, desk: "Desk", guard: Guard) -> None:
        self._desk = desk
        self._guard = guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        response = await self._answer(Request(scope, receive))
        await response(scope, receive, send)

    async def drain(self, seconds: float = 8.0) -> None:
        """Waits for the answers that are still on their way, as long as a host lets us."""
        await self._desk.drain(seconds)

    async def _answer(self, request: Request) -> Response:
        arrived = asyncio.get_running_loop().time()
        if request.method != "POST":
            return PlainTextResponse("POST only", 405, {"allow": "POST"})
        try:
            activity = await self._guard.admit(request)
        except Refused as refused:
            return PlainTextResponse(refused.words, refused.status)
        try:
            return await self._desk.serve(activity, arrived)
        except Exception as error:  # noqa: BLE001 - what `handle` raises is caught at the desk; this is ours
            return PlainTextResponse(_broken(error, secrets.token_hex(4)).text, 500)


class Desk:
    """One activity after the other: read, handed on, answered in time or later."""

    def __init__(self, *, handle: Handle, clock: Clock, chat: TeamsChat, patience: float) -> None:
        self._handle = handle
        self._clock = clock
        self._chat = chat
        self._patience = patience
        self._profiles = Profiles(chat)
        self._responder = Responder(chat)
        self._tasks: set[asyncio.Task[Any]] = set()

    async def serve(self, activity: Activity, arrived: float) -> Response:
        """What is answered to Teams, while the rest goes on."""
        now, way = self._clock(), way_of(activity)
        if way is None:
            pressed = activity.type == "invoke" and activity.name == "adaptiveCard/action"
            return JSONResponse(toast(OUTDATED)) if pressed else Response(status_code=200)
        self._chat.known.met(activity)
        asking = self._start(self._reply(activity, way, now))
        left = arrived + self._patience - asyncio.get_running_loop().time()
        await asyncio.wait({asking}, timeout=max(0.0, left))
        if not asking.done():
            self._start(self._late(way, asking))
            return JSONResponse(toast(STILL)) if way.kind is Kind.EXECUTE else Response(status_code=200)
        return self._respond(way, asking.result())

    async def drain(self, seconds: float) -> None:
        """Waits for what was started, and for what that starts."""
        try:
            async with asyncio.timeout(seconds):
                while self._tasks:
                    await asyncio.gather(*self._tasks, return_exceptions=True)
                await self._profiles.drain()
        except TimeoutError:
            _log.warning("%d answers were still on their way", len(self._tasks))

    async def _reply(self, activity: Activity, way: Way, now: datetime) -> Reply:
        """What came of it: the reply of `handle`, or why there is none."""
        reference = secrets.token_hex(4)
        incoming: Incoming | None = None
        try:
            incoming = await self._incoming(activity, way, now, reference)
            return await self._handle(incoming, now) if incoming is not None else Reply()
        except UserError as error:
            return _refused(way, error)
        except Exception as error:  # noqa: BLE001 - the one place of this door that lets nothing pass
            refusal = _broken(error, reference)
            if incoming is not None and isinstance(incoming.command, Help):
                return Reply(message=help_page(incoming.command.topic))  # always works: it needs no memory
            return _refused(way, refusal)
        finally:
            if incoming is not None and isinstance(incoming.command, AppRemoved):
                self._chat.known.lost(place_of(activity))

    async def _incoming(self, activity: Activity, way: Way, now: datetime, reference: str) -> Incoming | None:
        installs = way.kind in (Kind.ADDED, Kind.QUIET)
        incoming = parse(
            activity,
            now,
            people=await self._people(activity, way),
            installation=self._chat.known.installation(activity) if installs else "",
        )
        if incoming is None:
            return None
        profile = incoming.profile
        if way.user and way.kind is not Kind.QUIET:
            profile = await self._profiles.of(incoming.actor, way.place, profile)
        return replace(incoming, profile=profile, reference=reference)

    async def _people(self, activity: Activity, way: Way) -> dict[str, str]:
        """Who the mentioned are, by both ids. A mention that stays unclear is read as a name."""
        known, tenant = self._chat.known, way.place.workspace
        asked = unnamed(activity)[:_MOST_LOOKS] if way.kind in (Kind.WORDS, Kind.MENTION) else []
        try:
            async with asyncio.timeout(_LOOK_PATIENCE):
                for teams_id in asked:
                    if not known.object_id(tenant, teams_id):
                        await self._chat.member(way.place, teams_id)
        except (ChatError, TimeoutError) as error:
            _log.info("a mention could not be looked up: %s", type(error).__name__)
        return {teams_id: known.object_id(tenant, teams_id) for teams_id in asked}

    def _respond(self, way: Way, reply: Reply) -> Response:
        if way.kind is Kind.QUIET:
            return Response(status_code=200)
        plan, executed = self._responder.plan(way, reply), way.kind is Kind.EXECUTE
        self._start(self._responder.after(way, plan, answered=executed))
        return JSONResponse(dict(self._responder.body(plan))) if executed else Response(status_code=200)

    async def _late(self, way: Way, asking: "asyncio.Task[Reply]") -> None:
        reply = await asking
        if way.kind is not Kind.QUIET:
            await self._responder.after(way, self._responder.plan(way, reply), answered=False)

    def _start(self, work: Coroutine[Any, Any, Any]) -> "asyncio.Task[Any]":
        """A task that is kept until it is done: the event loop alone holds it weakly."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: "asyncio.Task[Any]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("an answer was not delivered", exc_info=error)


def _broken(error: BaseException, reference: str) -> UserError:
    """Logged with a reference, which is also what the person gets."""
    _log.error("a request failed: reference %s", reference, exc_info=error, extra={"request": reference})
    return UserError(BROKEN.format(reference))


def _refused(way: Way, error: UserError) -> Reply:
    """A refusal for the asker alone: beside the field of a form or above them all, else as a sentence."""
    if way.submitted and way.form is not None:
        return Reply(errors={error.field or "": error.text})
    return Reply(message=say(error.text))
