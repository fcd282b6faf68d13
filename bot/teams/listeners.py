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

from bot.domain.commands import AppRemoved
from bot.domain.errors import UserError
from bot.messages.model import say
from bot.services.chat import ChatError
from bot.services.incoming import Incoming, Reply
from bot.teams.activity import Activity
from bot.teams.chat import TeamsChat
from bot.teams.guard import Guard, Refused
from bot.teams.parse import Kind, Way, parse, place_of, unnamed, way_of
from bot.teams.respond import OUTDATED, STILL, Responder, toast

Handle = Callable[[Incoming, datetime], Awaitable[Reply]]
Clock = Callable[[], datetime]

_log = logging.getLogger(__name__)

#: People wait so long without a sign. Teams' own limit for a card's action is not published; designed for below 5 s.
PATIENCE = 1.5
#: For finding out whom a mention names, before anything can be asked.
_LOOK_PATIENCE = 1.0
_MOST_LOOKS = 5


def build(
    *, handle: Handle, clock: Clock, guard: Guard, chat: TeamsChat, patience: float = PATIENCE
) -> "Door":
    """The ASGI application for POST /api/messages."""
    return Door(handle=handle, clock=clock, guard=guard, chat=chat, patience=patience)


class Door:
    """Teams' requests over HTTP. The guard stands in front of us."""

    def __init__(
        self, *, handle: Handle, clock: Clock, guard: Guard, chat: TeamsChat, patience: float
    ) -> None:
        self._handle = handle
        self._clock = clock
        self._guard = guard
        self._chat = chat
        self._responder = Responder(chat)
        self._patience = patience
        self._tasks: set[asyncio.Task[Any]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        response = await self._answer(Request(scope, receive))
        await response(scope, receive, send)

    async def drain(self) -> None:
        """Waits for the answers that are still on their way."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _answer(self, request: Request) -> Response:
        until = asyncio.get_running_loop().time() + self._patience
        if request.method != "POST":
            return PlainTextResponse("POST only", 405)
        try:
            activity = await self._guard.admit(request)
        except Refused as refused:
            return PlainTextResponse(refused.words, refused.status)
        reference = secrets.token_hex(4)
        try:
            return await self._serve(activity, reference, until)
        except Exception as error:  # noqa: BLE001 - the one place of this door that lets nothing pass
            _failed(error, reference)
            return PlainTextResponse(f"failed, reference {reference}", 500)

    async def _serve(self, activity: Activity, reference: str, until: float) -> Response:
        """One request: what is answered to Teams, while the rest goes on."""
        now, way = self._clock(), way_of(activity)
        if way is None:
            press = activity.type == "invoke" and activity.name == "adaptiveCard/action"
            return JSONResponse(toast(OUTDATED)) if press else Response(status_code=200)
        self._meet(activity, way)
        found = await self._read(activity, way, now, reference)
        if found is None:
            return Response(status_code=200)
        asking = self._start(self._ask(way, found, now), reference)
        await asyncio.wait({asking}, timeout=max(0.0, until - asyncio.get_running_loop().time()))
        if not asking.done():
            self._start(self._late(way, asking), reference)
            return JSONResponse(toast(STILL)) if way.kind is Kind.EXECUTE else Response(status_code=200)
        return self._respond(way, asking.result())

    def _meet(self, activity: Activity, way: Way) -> None:
        """Learns who is where: the only source of addresses that is to be trusted."""
        sender = activity.sender
        self._chat.known.met(
            place_of(activity),
            personal=way.personal,
            teams_id=sender.id,
            object_id=sender.object_id,
            name=sender.name,
        )

    async def _read(
        self, activity: Activity, way: Way, now: datetime, reference: str
    ) -> Incoming | Reply | None:
        try:
            incoming = parse(activity, now, people=await self._people(activity, way))
        except UserError as error:
            return _refused(way, error)
        return replace(incoming, reference=reference) if incoming is not None else None

    async def _people(self, activity: Activity, way: Way) -> dict[str, str]:
        """Who the mentioned are. A mention that stays unclear is read as a name."""
        found: dict[str, str] = {}
        try:
            async with asyncio.timeout(_LOOK_PATIENCE):
                for teams_id in (
                    unnamed(activity)[:_MOST_LOOKS] if way.kind in (Kind.WORDS, Kind.MENTION) else ()
                ):
                    if known := await self._chat.object_id(way.place, teams_id):
                        found[teams_id] = known
        except (ChatError, TimeoutError) as error:
            _log.info("a mention could not be looked up: %s", type(error).__name__)
        return found

    async def _ask(self, way: Way, found: Incoming | Reply, now: datetime) -> Reply:
        """What `handle` says."""
        if isinstance(found, Reply):
            return found
        try:
            return await self._handle(found, now)
        except UserError as error:
            return _refused(way, error)
        except Exception as error:  # noqa: BLE001 - caught once, with the reference that the person gets too
            return _refused(way, _failed(error, found.reference))
        finally:
            if isinstance(found.command, AppRemoved):
                self._chat.known.lost(found.place)

    def _respond(self, way: Way, reply: Reply) -> Response:
        if way.kind is Kind.QUIET or (
            way.kind is not Kind.EXECUTE and not way.submitted and reply == Reply()
        ):
            return Response(status_code=200)
        plan = self._responder.plan(way, reply)
        answered = way.kind is Kind.EXECUTE
        self._start(self._responder.after(way, plan, answered=answered), "")
        return JSONResponse(dict(self._responder.body(plan))) if answered else Response(status_code=200)

    async def _late(self, way: Way, asking: "asyncio.Task[Reply]") -> None:
        reply = await asking
        if way.kind is not Kind.QUIET:
            await self._responder.after(way, self._responder.plan(way, reply), answered=False)

    def _start(self, work: Coroutine[Any, Any, Any], reference: str) -> "asyncio.Task[Any]":
        """A task that is kept until it is done: the event loop alone holds it weakly."""
        task = asyncio.create_task(work)
        self._tasks.add(task)

        def ended(done: "asyncio.Task[Any]") -> None:
            self._tasks.discard(done)
            if not done.cancelled() and (error := done.exception()) is not None:
                _log.error("an answer was not delivered %s", reference, exc_info=error)

        task.add_done_callback(ended)
        return task


def _failed(error: Exception, reference: str) -> UserError:
    """Logged with a reference, which is also what the person gets."""
    _log.error("a request failed: reference %s", reference, exc_info=error, extra={"reference": reference})
    return UserError(
        "Something went wrong on our side, and nothing was saved. Please try again; "
        f"if it stays, tell your admin the reference {reference}."
    )


def _refused(way: Way, error: UserError) -> Reply:
    """A refusal for the asker alone: beside the field of a form or above them all, else as a sentence."""
    if way.submitted and way.form is not None:
        return Reply(errors={error.field or "": error.text})
    return Reply(message=say(error.text))
