"""One call of Slack's Web API: our token, one deadline over the whole of it, never sent twice, its failure classified.

https://docs.slack.dev/apis/web-api · slack_sdk's own retry after a lost reply posted two copies: `retry_handlers=[]`.
"""

import asyncio
import base64
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from slack_sdk.webhook.async_client import AsyncWebhookClient
from slack_sdk.webhook.webhook_response import WebhookResponse

from bot.services.chat import ChatError, Trouble
from bot.slack.install import Tokens
from bot.slack.troubles import DEAD_TOKEN, patience, refusal
from storage.database import SQLAlchemyError

Json = Mapping[str, Any]

#: Bolt and the SDK write payloads at debug level, and look at their own logger's level only: theirs is fixed here.
VENDOR_LOG = logging.getLogger("bot.slack.vendor")
VENDOR_LOG.setLevel(logging.WARNING)

#: One clock over a whole send or look, in seconds (design.md 5).
DEADLINE = 10.0
#: A connection that takes longer is not coming; until then nothing has left this machine.
_CONNECT = 5.0
#: All that can go wrong between the call and a readable answer. What is not a failure to connect may have arrived.
_FAILURES = (
    SlackClientError,
    aiohttp.ClientError,
    OSError,
    ValueError,
    LookupError,
    AttributeError,
    RecursionError,
)
_NEVER_CONNECTED = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.InvalidURL,
    aiohttp.NonHttpUrlClientError,
)


class WebApi:
    """Slack's methods, for all workspaces."""

    def __init__(self, *, tokens: Tokens, api_url: str, seconds: float = DEADLINE) -> None:
        self._tokens = tokens
        self._seconds = seconds
        self.client = AsyncWebClient(
            base_url=api_url, retry_handlers=[], timeout=int(seconds), logger=VENDOR_LOG
        )
        if urlsplit(api_url).hostname in ("127.0.0.1", "localhost", "::1"):
            self.client.proxy = None  # the SDK reads HTTPS_PROXY, but knows nothing of NO_PROXY
        self._session: aiohttp.ClientSession | None = None

    def deadline(self) -> float:
        """The moment on the event loop's clock at which a call that begins now is given up."""
        return asyncio.get_running_loop().time() + self._seconds

    async def close(self) -> None:
        """Closes the connections that were kept."""
        if self._session is not None:
            await self._session.close()

    async def write(self, team: str, method: str, args: Json, *, until: float | None = None) -> Json:
        """A method that changes something.

        Raises:
            ChatError: with the trouble told apart.
        """
        return await self._call(team, method, until, json=dict(args))

    async def read(self, team: str, method: str, args: Json, *, until: float | None = None) -> Json:
        """A method that only looks; Slack wants its arguments in the query.

        Raises:
            ChatError: likewise.
        """
        return await self._call(team, method, until, http_verb="GET", params=dict(args))

    async def respond(self, url: str, body: Json) -> None:
        """Answers through a response_url: five times within thirty minutes.

        https://docs.slack.dev/interactivity/handling-user-interaction#message_responses

        Raises:
            ChatError: likewise.
        """
        client = AsyncWebhookClient(url, session=self._open_session(), retry_handlers=[], logger=VENDOR_LOG)
        client.proxy = self.client.proxy
        try:
            async with asyncio.timeout(self._seconds):
                answer = await client.send_dict(dict(body))
        except _FAILURES as error:
            raise _failure(error) from error
        _check(answer)

    async def as_app(self, token: str, method: str) -> Json:
        """A method with the very token given: the app's own, or one whose workspace is to be learned.

        Raises:
            ChatError: likewise.
        """
        return await self._answered(
            lambda: self.client.api_call(method, headers={"Authorization": f"Bearer {token}"}), None
        )

    async def exchange(self, *, client_id: str, client_secret: str, **given: str) -> Json:
        """A code, or what an expiring token is exchanged with, for a token.

        https://docs.slack.dev/reference/methods/oauth.v2.access

        Raises:
            ChatError: likewise.
        """
        # The SDK's own method says the same through a class that aiohttp is about to remove.
        basic = base64.b64encode(f"{client_id}:{client_secret}".encode()).decode()
        headers = {"Authorization": f"Basic {basic}"}
        return await self._answered(
            lambda: self.client.api_call("oauth.v2.access", headers=headers, data=given), None
        )

    async def _call(self, team: str, method: str, until: float | None, **how: Any) -> Json:
        try:
            token = await self._tokens.of(team)
        except SQLAlchemyError as error:  # the database is away; nothing has left this machine
            raise ChatError(Trouble.NOT_CONNECTED, f"no token: {type(error).__name__}") from error
        if token is None:
            raise refusal("not_installed")
        headers = {"Authorization": f"Bearer {token.token}"}
        try:
            return await self._answered(lambda: self.client.api_call(method, headers=headers, **how), until)
        except ChatError as failure:
            if failure.reason in DEAD_TOKEN:
                self._tokens.forget(team)
            raise

    async def _answered(self, call: Callable[[], Awaitable[AsyncSlackResponse]], until: float | None) -> Json:
        self.client.session = self._open_session()
        try:
            async with asyncio.timeout_at(self.deadline() if until is None else until):
                answer = await call()
        except _FAILURES as error:
            raise _failure(error) from error
        data = answer.data
        return data if isinstance(data, dict) else {}

    def _open_session(self) -> aiohttp.ClientSession:
        """One pool of connections; made here because it belongs to the running loop."""
        if self._session is None or self._session.closed:
            limits = aiohttp.ClientTimeout(total=None, connect=_CONNECT, sock_connect=_CONNECT)
            # One workspace's cookies are none of another's business.
            self._session = aiohttp.ClientSession(timeout=limits, cookie_jar=aiohttp.DummyCookieJar())
        return self._session


def _failure(error: BaseException) -> ChatError:
    """What went wrong, as the outbox needs it."""
    if isinstance(error, SlackApiError) and isinstance(error.response, AsyncSlackResponse):
        return _refusal(error.response)
    if isinstance(error, _NEVER_CONNECTED):
        return ChatError(Trouble.NOT_CONNECTED, type(error).__name__)
    if isinstance(error, TimeoutError):
        return ChatError(Trouble.UNCERTAIN, "timeout")
    return ChatError(Trouble.UNCERTAIN, type(error).__name__)


def _refusal(answer: AsyncSlackResponse) -> ChatError:
    data = answer.data if isinstance(answer.data, dict) else {}
    name, needed = data.get("error"), data.get("needed")
    waits = answer.headers.get("Retry-After")
    if answer.status_code == 429:
        return refusal("ratelimited", retry_after=waits, date=answer.headers.get("Date"))
    if answer.status_code >= 500 or not isinstance(name, str):
        return ChatError(Trouble.UNCERTAIN, f"http_{answer.status_code}")
    return refusal(
        name,
        retry_after=waits,
        date=answer.headers.get("Date"),
        needed=needed if isinstance(needed, str) else "",
    )


def _check(answer: WebhookResponse) -> None:
    """A response_url answers in plain words, or in JSON, and not always with a status that says the same."""
    if answer.status_code == 429:
        raise ChatError(
            Trouble.LIMITED, "ratelimited", retry_after=patience(answer.headers.get("Retry-After"))
        )
    if answer.status_code >= 500:
        raise ChatError(Trouble.UNCERTAIN, f"http_{answer.status_code}")
    name = _refused(answer.body)
    if answer.status_code != 200 and not name:
        name = answer.body.strip()[:80] or f"http_{answer.status_code}"  # a plain word, such as used_url
    if name:
        raise refusal(name)


def _refused(body: str) -> str:
    """The name of a refusal that came with status 200; empty where it was none."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    return str(data.get("error") or "refused") if isinstance(data, dict) and data.get("ok") is False else ""
