"""Socket Mode: the same requests over a connection that we open. A watchdog sees to it that the connection lives.

https://docs.slack.dev/apis/events-api/using-socket-mode

The SDK's own client tries one spent address again for ever, and says so to nobody; known deaths of it were silent. So the
connection is held here: an address is used once, whatever brings nothing for 90 seconds is left, and after three failures in a row the
process ends, because the host starts it again and somebody sees it.
"""

import asyncio
import contextlib
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import aiohttp
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from bot.services.chat import ChatError, Trouble
from bot.slack.web_api import WebApi

#: payload, number of the retry → the answer's status and body
Deliver = Callable[[Mapping[str, Any], str], Awaitable[tuple[int, str]]]
OpenAddress = Callable[[], Awaitable[str]]

_log = logging.getLogger(__name__)

#: Slack pings every few seconds: nothing at all for so long is a dead line.
SILENCE = 90.0
#: Our own ping, which even an idle line answers.
_PING_EVERY = 20.0
_CONNECT = 15.0
FAILURES = 3
#: Before the second and the third attempt.
_PAUSES = (2.0, 15.0)
#: A connection that Slack takes back may still bring acks for so long.
_GRACE = 10.0


class SocketLostError(Exception):
    """Three failures in a row; the text says what the last one was."""


class _FailedError(Exception):
    """One connection that was not to be had, or died."""


class Socket:
    """Holds one connection to Slack at any time, and tells whether it does."""

    def __init__(
        self,
        *,
        address: OpenAddress,
        deliver: Deliver,
        proxy: str | None = None,
        silence: float = SILENCE,
        pauses: tuple[float, ...] = _PAUSES,
    ) -> None:
        self._address = address
        self._deliver = deliver
        self._proxy = proxy
        self._silence = silence
        self._pauses = pauses
        self._session: aiohttp.ClientSession | None = None
        self._work: set[asyncio.Task[None]] = set()
        self._failures = 0
        #: Empty while the line is up, else why it is not.
        self.amiss = "Slack's socket is not open yet."

    async def run(self) -> None:
        """Holds the line until cancelled.

        Raises:
            SocketLostError: three failures in a row.

        """
        try:
            while True:
                try:
                    await self._hold()
                except _FailedError as failed:
                    self._failures += 1
                    self.amiss = f"Slack's socket is down: {failed}."
                    _log.warning(
                        "socket: %s (failure %d of %d)",
                        failed,
                        self._failures,
                        FAILURES,
                        extra={"part": "socket"},
                    )
                    if self._failures >= FAILURES:
                        raise SocketLostError(str(failed)) from None
                    await asyncio.sleep(self._pauses[min(self._failures, len(self._pauses)) - 1])
        finally:
            await self._close()

    async def drain(self, seconds: float = 5.0) -> None:
        """Waits for requests that came through the line and are not answered yet."""
        if self._work:
            await asyncio.wait(self._work, timeout=seconds)

    async def _close(self) -> None:
        await self.drain(1.0)
        for task in self._work:
            task.cancel()
        if self._session is not None:
            await self._session.close()

    async def _hold(self) -> None:
        """One connection from its greeting to the moment Slack wants another one; returns to be followed by the next.

        Raises:
            _FailedError: it was not to be had, or brought nothing for too long, or broke.

        """
        line = await self._open()
        leaving = False
        try:
            pinging = asyncio.create_task(self._ping(line))
            try:
                leaving = await self._listen(line)
            finally:
                pinging.cancel()
        finally:
            if leaving:
                # The next connection is opened while this one brings its last, and acks go where a request came from.
                self._start(self._see_out(line))
            else:
                await _close(line)

    async def _open(self) -> aiohttp.ClientWebSocketResponse:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        try:
            async with asyncio.timeout(_CONNECT):
                # A fresh address each time: each is good for one connection.
                address = await self._address()
                return await self._session.ws_connect(address, autoping=False, proxy=self._proxy)
        except ChatError as error:
            raise _FailedError(f"apps.connections.open: {error.reason}") from None
        except TimeoutError:
            raise _FailedError("no answer in time") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            # Never its text: the address in it is a key.
            raise _FailedError(type(error).__name__) from None

    async def _listen(self, line: aiohttp.ClientWebSocketResponse) -> bool:
        """Whether Slack wants us to take another connection.

        Raises:
            _FailedError: see `_hold`.

        """
        greeted = proved = False
        loop = asyncio.get_running_loop()
        # Pongs alone are no greeting.
        until = loop.time() + min(self._silence, _CONNECT)
        while True:
            try:
                async with asyncio.timeout_at(loop.time() + self._silence if greeted else until):
                    message = await line.receive()
            except TimeoutError:
                what = f"nothing came for {self._silence:.0f} seconds" if greeted else "no greeting came"
                raise _FailedError(what) from None
            match message.type:
                case aiohttp.WSMsgType.PING:
                    await line.pong(message.data)
                case aiohttp.WSMsgType.TEXT:
                    said = _read(message.data)
                    match said.get("type"):
                        case "hello":
                            greeted = True
                            self.amiss = ""
                            _log.info("socket: open", extra={"part": "socket"})
                            continue
                        case "disconnect" if said.get("reason") == "link_disabled":
                            raise _FailedError("Socket Mode is switched off in the app's settings")
                        case "disconnect":
                            if proved:
                                return True
                            raise _FailedError("Slack took the connection back at once")
                    self._take(said, line)
                case aiohttp.WSMsgType.CLOSE | aiohttp.WSMsgType.CLOSING | aiohttp.WSMsgType.CLOSED:
                    if proved:
                        return True  # Slack changes machines without a word now and then
                    raise _FailedError("Slack closed the connection")
                case aiohttp.WSMsgType.ERROR:
                    raise _FailedError("the connection broke")
            if greeted:
                # A greeting alone proves little; what follows it does.
                proved, self._failures = True, 0

    async def _see_out(self, line: aiohttp.ClientWebSocketResponse) -> None:
        with contextlib.suppress(TimeoutError, aiohttp.ClientError, ConnectionError):
            async with asyncio.timeout(_GRACE):
                async for message in line:
                    if message.type is aiohttp.WSMsgType.TEXT:
                        self._take(_read(message.data), line)
        await _close(line)

    async def _ping(self, line: aiohttp.ClientWebSocketResponse) -> None:
        with contextlib.suppress(aiohttp.ClientError, ConnectionError):
            while not line.closed:
                await asyncio.sleep(min(_PING_EVERY, self._silence / 3))
                await line.ping()

    def _take(self, said: Mapping[str, Any], line: aiohttp.ClientWebSocketResponse) -> None:
        readable = isinstance(said.get("envelope_id"), str) and isinstance(said.get("payload"), dict)
        request = SocketModeRequest.from_dict(dict(said)) if readable else None
        if request is not None:
            self._start(self._answer(request, line))

    async def _answer(self, request: SocketModeRequest, line: aiohttp.ClientWebSocketResponse) -> None:
        """What is not acknowledged comes again, an event at least: so a failure says nothing."""
        again = str(request.retry_attempt or "") if request.retry_attempt else ""
        status, body = await self._deliver(request.payload, again)
        if status != 200:
            return
        answer = _read(body) if request.accepts_response_payload else {}
        response = SocketModeResponse(envelope_id=request.envelope_id, payload=dict(answer) or None)
        with contextlib.suppress(aiohttp.ClientError, ConnectionError):
            await line.send_str(json.dumps(response.to_dict()))

    def _start(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._work.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._work.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("a request of the socket was not answered", exc_info=error)


async def open_address(api: WebApi, token: str) -> str:
    """A fresh address from Slack, with the app-level token.

    https://docs.slack.dev/reference/methods/apps.connections.open

    Raises:
        ChatError: it gives none.
    """
    url = (await api.as_app(token, "apps.connections.open")).get("url")
    if not isinstance(url, str):
        raise ChatError(Trouble.UNCERTAIN, "no address in the answer")
    return url


async def _close(line: aiohttp.ClientWebSocketResponse) -> None:
    with contextlib.suppress(aiohttp.ClientError, ConnectionError, TimeoutError):
        async with asyncio.timeout(1.0):
            await line.close()


def _read(text: Any) -> Mapping[str, Any]:
    try:
        said = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}
