"""ack, parse, dispatch, respond: the door that Slack knocks at.

https://docs.slack.dev/interactivity/handling-user-interaction · https://docs.slack.dev/apis/events-api

One way for everything: the clock is read, the payload parsed, `handle` asked. The answer leaves when `handle` returns, never
later than 1.5 s; what comes after that follows by another way, once. An event is only acknowledged once `handle` is through
with it, because Bolt would acknowledge first and lose it in a crash: until then Slack is told 503 and sends it again.
"""

import asyncio
import logging
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import unquote_plus

from slack_bolt.async_app import AsyncApp, AsyncBoltContext, AsyncBoltRequest
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.response import BoltResponse
from starlette.datastructures import Headers
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from bot.domain.commands import AppRemoved, Help, Home, opens_form
from bot.domain.errors import UserError
from bot.messages.help import help_page
from bot.messages.model import say
from bot.services.chat import ChatError
from bot.services.incoming import Incoming, Reply
from bot.slack.arrivals import Arrivals
from bot.slack.chat import SlackChat
from bot.slack.guard import Guard
from bot.slack.homes import Homes
from bot.slack.ids import Origin
from bot.slack.install import Authorize, Tokens
from bot.slack.parse import parse
from bot.slack.payload import address, text
from bot.slack.profiles import Profiles
from bot.slack.respond import Responder
from bot.slack.unfurl import unfurling
from bot.slack.ways import Kind, Way, way_of
from bot.slack.web_api import VENDOR_LOG

Handle = Callable[[Incoming, datetime], Awaitable[Reply]]
Clock = Callable[[], datetime]

_log = logging.getLogger(__name__)

#: People wait 1.5 s without a sign, Slack hangs up after 3: what is left is for the answers themselves, where fifty leave at once.
PATIENCE = 1.2
#: However long a request has been on its way, its answer gets so much time: enough, where nothing is slow but the way.
_LEAST = 0.25
#: For an event nobody waits but Slack.
_LONGER = 1.0
#: A sign of life gets so much of a start on the answer: Slack would put "Saving…" over what came before it.
_START = 0.5
_LAST_RETRY = "3"
#: Under this name Bolt carries it along.
ARRIVED = "arrived"

NOT_INSTALLED = "Pilotlight is not installed in this workspace, or no longer. Ask whoever looks after your Slack apps to install it."
BROKEN = "Something went wrong on our side, and nothing was saved. Please try again; if it stays, tell your admin the reference {}."
UNSAID = (
    "Something went wrong on our side after your request was read. Look with /pilot list mine whether it was saved; "
    "if not, try again, or tell your admin the reference {}."
)


def build(
    *,
    handle: Handle,
    clock: Clock,
    tokens: Tokens,
    chat: SlackChat,
    signing_secret: str = "",
    patience: float = PATIENCE,
    public_url: str = "",
) -> "Door":
    """The ASGI application for POST /slack/events. `public_url`: where our own pages are, whose links get a card."""
    desk = Desk(
        handle=handle, clock=clock, tokens=tokens, chat=chat, patience=patience, public_url=public_url
    )
    return Door(desk, signing_secret)


class Door:
    """Slack's requests over HTTP. The guard stands in front of Bolt, Bolt in front of the desk, but for what is typed."""

    def __init__(self, desk: "Desk", signing_secret: str) -> None:
        self._desk = desk
        self._arrivals = Arrivals()
        self._bolt = _listening(desk)
        # An empty secret would let everybody sign.
        self._guarded = (
            Guard(self._endpoint, signing_secret=signing_secret, clock=desk.clock) if signing_secret else None
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._guarded is None:
            await Response("not here", 404)(scope, receive, send)
            return
        await self._guarded(scope, receive, send)

    async def deliver(self, payload: Mapping[str, Any], retry: str = "") -> tuple[int, str]:
        """What came through a connection that we opened ourselves: the same way, without a signature; status and body."""
        if not _known(payload):
            return 200, ""
        arrived = self._arrivals.moment()
        headers: dict[str, str | Sequence[str]] = {"x-slack-retry-num": retry} if retry else {}
        made = await self._bolt.async_dispatch(
            AsyncBoltRequest(
                mode="socket_mode", body=dict(payload), headers=headers, context={ARRIVED: arrived}
            )
        )
        return made.status, made.body

    async def drain(self, seconds: float = 8.0) -> None:
        """Waits for the answers that are still on their way, as long as a host lets us."""
        await self._desk.drain(seconds)

    async def _endpoint(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        arrived = self._arrivals.moment(ago=_ago(headers, self._desk.clock()))
        try:
            body = (await receive())["body"].decode()  # whole: the guard has read it
            command = _typed(body)
            bolt = (
                AsyncBoltRequest(body=body, headers=dict(headers), context={ARRIVED: arrived})
                if command is None
                else None
            )
        except (ValueError, TypeError, AttributeError, LookupError, RecursionError):
            # Signed, but of no shape that Slack sends.
            await Response("not understood", 400)(scope, receive, send)
            return
        if bolt is None:
            assert command is not None
            await _sent(await self._at_once(command, arrived))(scope, receive, send)
            return
        if bolt.body.get("type") == "url_verification":  # Slack asks whether somebody is at this address
            await JSONResponse({"challenge": bolt.body.get("challenge")})(scope, receive, send)
            return
        if not _known(bolt.body):
            await Response(b"", 200)(scope, receive, send)
            return
        if not isinstance(bolt.body.get("event", {}), dict):
            del bolt.body["event"]  # of no use to us, and Bolt looks into it whatever it is
        if bolt.body.get("type") == "app_rate_limited":  # an outer type of its own, which Bolt does not know
            made = await self._desk.serve(bolt.body, installed=True, last=True, arrived=arrived)
        else:
            made = await self._bolt.async_dispatch(bolt)
        await _sent(made)(scope, receive, send)

    async def _at_once(self, command: Mapping[str, Any], arrived: float) -> BoltResponse:
        """What somebody typed and waits for. Of Bolt it needs nothing, and does not pay for its matching and its arguments."""
        try:
            found = await self._desk.tokens.of(text(command, "team_id") or text(command, "enterprise_id"))
            installed = found is not None and bool(found.token)
            return await self._desk.serve(command, installed=installed, last=False, arrived=arrived)
        except Exception as error:  # noqa: BLE001 - as Bolt does, whatever it is
            return self._desk.failed(command, error)


def _ago(headers: Headers, now: datetime) -> float:
    """How long ago Slack sent it, at least, in seconds: its stamp, which the guard has read, has none of their parts."""
    return max(0.0, now.timestamp() - int(headers["x-slack-request-timestamp"]) - 1.0)


def _typed(body: str) -> dict[str, str] | None:
    """A slash command as Slack posts it, a form without a payload; None: it is something else."""
    if body.startswith("{") or "command=" not in body:
        return None
    form = dict(_field(pair) for pair in body.split("&"))
    return form if form.get("command") and not {"payload", "ssl_check"} & form.keys() else None


def _field(pair: str) -> tuple[str, str]:
    """Name and value. Most of a form's thirteen have nothing in them that is written otherwise."""
    name, _, value = pair.partition("=")
    return name, unquote_plus(value) if "%" in value or "+" in value else value


def _sent(made: BoltResponse) -> Response:
    kind = "application/json" if made.body.startswith("{") else "text/plain"
    return Response(made.body, made.status, media_type=kind)


def _known(payload: Mapping[str, Any]) -> bool:
    """Whether there is something for us in it, or for Bolt, which answers Slack's check of our certificate."""
    return "ssl_check" in payload or way_of(payload) is not None


def _listening(desk: "Desk") -> AsyncApp:
    """Bolt with one listener per mechanism of Slack's; all of them do the same."""
    app = AsyncApp(
        name="pilotlight",
        logger=VENDOR_LOG,
        client=desk.chat.api.client,
        authorize=Authorize(desk.tokens),
        # Without it Bolt waits for the ack by polling: 10.9 ms instead of 0.125 (design.md 4).
        process_before_response=True,
        # The guard has done it, by our clock.
        request_verification_enabled=False,
        attaching_function_token_enabled=False,
        # What no listener wants comes to `on_error`, to be answered 200: a 404 counts as a failure and comes again.
        raise_error_for_unhandled_request=True,
    )

    async def on_request(request: AsyncBoltRequest, context: AsyncBoltContext) -> BoltResponse:
        retry = next(iter(request.headers.get("x-slack-retry-num", ())), "")
        return await desk.serve(
            request.body,
            installed=bool(context.bot_token),
            last=retry == _LAST_RETRY,
            arrived=context[ARRIVED],
        )

    async def on_error(error: Exception, body: Mapping[str, Any]) -> BoltResponse:
        return _ok() if isinstance(error, BoltUnhandledRequestError) else desk.failed(body, error)

    anything = re.compile(".*", re.DOTALL)
    for listen in (app.command, app.event, app.action, app.view, app.shortcut):
        listen(anything)(on_request)
    app.error(on_error)
    return app


class Desk:
    """One request after the other: read, handed on, answered in time or later."""

    def __init__(
        self,
        *,
        handle: Handle,
        clock: Clock,
        tokens: Tokens,
        chat: SlackChat,
        patience: float,
        public_url: str = "",
    ) -> None:
        self.clock = clock
        self.tokens = tokens
        self.chat = chat
        self._handle = handle
        self._patience = patience
        self._profiles = Profiles(chat)
        self._responder = Responder(chat)
        self._homes = Homes(time.monotonic)
        self._public_url = public_url
        self._tasks: set[asyncio.Task[Any]] = set()

    async def serve(
        self, payload: Mapping[str, Any], *, installed: bool, last: bool, arrived: float
    ) -> BoltResponse:
        """What is answered to Slack, while the rest goes on.

        Args:
            payload: what Slack says.
            installed: whether we may speak there.
            last: Slack will not bring this event again.
            arrived: when it came, by the loop's clock; people wait since then.

        """
        now, way = self.clock(), way_of(payload)
        if way is None:
            return _ok()
        if way.kind is Kind.LINK:
            cards = unfurling(payload, self._public_url)
            if cards is not None and installed:
                self._start(self.chat.api.write(way.team, "chat.unfurl", cards))
            return _ok()
        found = self._read(payload, way, now, installed=installed)
        if found is None:
            return _ok()
        if isinstance(found, Reply):
            return self._respond(way, found)
        if way.trigger and way.kind is not Kind.MODAL_PRESS and opens_form(found.command):
            self._start(self._with_form_ahead(way, found, now))
            return _ok()
        return await self._in_time(way, found, now, last=last, arrived=arrived)

    def failed(self, payload: Mapping[str, Any], error: Exception) -> BoltResponse:
        """Something broke outside `handle`: before it (the token was not to be had) or after it (the answer was not rendered)."""
        way = way_of(payload)
        reply = _broken(way, error, UNSAID, secrets.token_hex(4))
        return _try_again() if way is None or way.event else self._respond(way, reply)

    async def drain(self, seconds: float) -> None:
        """Waits for what was started, and for what that starts."""
        try:
            async with asyncio.timeout(seconds):
                while self._tasks:
                    await asyncio.gather(*self._tasks, return_exceptions=True)
                await self._profiles.drain()
        except TimeoutError:
            _log.warning("%d answers were still on their way", len(self._tasks))
            for task in self._tasks:
                task.cancel()

    def _read(
        self, payload: Mapping[str, Any], way: Way, now: datetime, *, installed: bool
    ) -> Incoming | Reply | None:
        """The request, or what is answered at once; None where nothing is."""
        try:
            incoming = parse(payload, now.date())
        except UserError as error:
            return _refused(way, error)
        if incoming is None:
            return None
        if isinstance(incoming.command, AppRemoved):
            self.tokens.forget(way.team)
        elif not installed:
            return None if way.event else Reply(message=say(NOT_INSTALLED))
        if incoming.profile is not None:
            self._profiles.learn(incoming.profile)
        return replace(incoming, reference=secrets.token_hex(4))

    async def _in_time(
        self, way: Way, incoming: Incoming, now: datetime, *, last: bool, arrived: float
    ) -> BoltResponse:
        """Waits for the answer as long as people do, and lets it follow where it takes longer."""
        asking = self._start(self._ask(way, incoming, now, last=last))
        until = arrived + self._patience + (_LONGER if way.event else 0.0)
        left = until - asyncio.get_running_loop().time()
        await asyncio.wait({asking}, timeout=max(min(_LEAST, self._patience), left))
        if not asking.done():
            self._start(self._late(way, asking))
            return _try_again() if way.event else _ok(self._responder.holding(way))
        reply = asking.result()
        return self._respond(way, reply) if reply is not None else _try_again()

    async def _ask(self, way: Way, incoming: Incoming, now: datetime, *, last: bool = False) -> Reply | None:
        """What `handle` says; None: an event that failed, and that Slack will bring again."""
        try:
            if incoming.profile is None and way.user:
                incoming = replace(incoming, profile=await self._profiles.of(address(way.team, way.user)))
            reply = await self._handle(incoming, now)
            if isinstance(incoming.command, AppRemoved):
                self.tokens.forget(way.team)  # again: meanwhile somebody may have asked for it
            if self._homes.stale(way):
                self._start(self._home_anew(way, incoming))
            return reply
        except UserError as error:
            return _refused(way, error)
        except Exception as error:  # noqa: BLE001 - the one place of this door that lets nothing pass
            reply = _broken(way, error, BROKEN, incoming.reference)
            if isinstance(incoming.command, Help):
                return Reply(message=help_page(incoming.command.topic))  # always works: it needs no memory
            return reply if not way.event or (last and way.typed) else None

    async def _home_anew(self, way: Way, incoming: Incoming) -> None:
        """The open Home tab, as it stands after what was done. No event asked for it, so its key is its own."""
        again = replace(incoming, command=Home(), key=f"home:{secrets.token_hex(8)}", message_id="")
        try:
            reply = await self._handle(again, self.clock())
        except UserError:
            return  # what stands there may stay
        await self._responder.after(replace(way, kind=Kind.HOME, origin=Origin()), reply)

    def _respond(self, way: Way, reply: Reply) -> BoltResponse:
        body = self._responder.body(way, reply)
        if body is None:
            self._start(self._responder.after(way, reply))
        return _ok(body)

    async def _late(self, way: Way, asking: "asyncio.Task[Reply | None]") -> None:
        """The sign of life first, then what came of it, so that the last word is the answer."""
        await asyncio.wait(
            {self._start(self._responder.hold(way)), self._start(asyncio.sleep(_START)), asking}
        )
        reply = asking.result()
        if reply is not None:
            await self._responder.after(way, reply, late=True)

    async def _with_form_ahead(self, way: Way, incoming: Incoming, now: datetime) -> None:
        """The trigger lives three seconds: the modal first, then what stands in it."""
        asking = self._start(self._ask(way, incoming, now))
        view = await self._responder.open_ahead(way)
        reply = await asking
        if reply is None:
            return
        if view:
            await self._responder.into(view, way, reply)
        else:
            await self._responder.after(way, reply)

    def _start(self, work: Coroutine[Any, Any, Any]) -> "asyncio.Task[Any]":
        """A task that is kept until it is done: the event loop alone holds it weakly."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: "asyncio.Task[Any]") -> None:
        self._tasks.discard(task)
        if task.cancelled() or (error := task.exception()) is None:
            return
        if isinstance(error, ChatError):
            _log.error(
                "an answer was not delivered: %s", error
            )  # the way there is known; its reason says it all
        else:
            _log.error("an answer was not delivered", exc_info=error)


def _broken(way: Way | None, error: BaseException, words: str, reference: str) -> Reply:
    """Logged with a reference, which is also what the person gets."""
    _log.error("a request failed: reference %s", reference, exc_info=error, extra={"request": reference})
    return _refused(way, UserError(words.format(reference)))


def _refused(way: Way | None, error: UserError) -> Reply:
    """A refusal for the asker alone: beside the field of a form, else as a sentence."""
    if way is not None and way.kind is Kind.SUBMIT and way.inputs:
        return Reply(errors={error.field or way.inputs[0]: error.text})
    return Reply(message=say(error.text))


def _ok(body: str | None = None) -> BoltResponse:
    return BoltResponse(status=200, body=body or "")


def _try_again() -> BoltResponse:
    """Slack brings an event again: at once, after a minute, after five."""
    return BoltResponse(status=503, body="")
