"""One call of the connector: our token, one deadline over the whole of it, never a send twice, its failure classified.

https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import httpx

from bot.services.chat import ChatError, Trouble
from bot.teams.hosts import ServiceHosts
from bot.teams.rates import Kind, Rates
from bot.teams.troubles import GCC_URL, NOT_DELIVERED, PASSING, WRONG_HOST, refusal

Json = Mapping[str, Any]

#: One clock over a whole send or look, in seconds (design.md 5).
DEADLINE = 10.0
#: A connection that takes longer is not coming; until then nothing has left this machine.
_CONNECT = 5.0
#: Whoever would have to wait longer for our own limits comes back later, instead of holding its place.
_MOST_WAIT = 3.0
_TRIES = 4
_FIRST_PAUSE = 0.3
_NEVER_CONNECTED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """What is asked of the connector."""

    method: str
    service_url: str
    path: tuple[str, ...]
    tenant: str
    #: What its rate is counted by.
    conversation: str
    kind: Kind
    body: Json | None = None
    query: Mapping[str, str] | None = None
    #: Posts something that people see: what may have arrived is not made again.
    sends: bool = False

    @property
    def url(self) -> str:
        """Ids hold colons, semicolons and at signs: each is one segment, whatever it holds."""
        return self.service_url.rstrip("/") + "/" + "/".join(quote(part, safe="") for part in self.path)


def deadline(seconds: float = DEADLINE) -> float:
    """The moment on the event loop's clock after which a call is given up."""
    return asyncio.get_running_loop().time() + seconds


class WebApi:
    """The connector's methods, for all tenants.

    Args:
        token: what says who we are; none in the playground, which asks for none.
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        *,
        token: Callable[[], Awaitable[str]] | None,
        hosts: ServiceHosts,
        forget_token: Callable[[], None] = lambda: None,
        seconds: float = DEADLINE,
    ) -> None:
        self._http = http
        self._token = token
        self._forget_token = forget_token
        self._hosts = hosts
        self._seconds = seconds
        self._rates = Rates()

    def deadline(self) -> float:
        """The moment after which a call that begins now is given up."""
        return deadline(self._seconds)

    async def call(self, call: Call, *, until: float | None = None) -> Json:
        """Makes a call, again where Microsoft's table says so and the deadline allows it.

        Raises:
            ChatError: with the trouble told apart.
        """
        until = self.deadline() if until is None else until
        again = NOT_DELIVERED if call.sends else PASSING
        for attempt in range(_TRIES):
            try:
                return await self._once(call, until)
            except _Answered as error:
                failure, status = error.failure, error.status
            except ChatError as error:
                failure, status = error, 0
            if (
                failure.reason == f"403 {WRONG_HOST}"
                and call.service_url != GCC_URL
                and self._hosts.trusts(GCC_URL)
            ):
                call = replace(call, service_url=GCC_URL)
                continue
            passing = status in again or (
                not call.sends and status == 0 and failure.trouble is Trouble.UNCERTAIN
            )
            pause = _FIRST_PAUSE * 2**attempt * random.uniform(0.7, 1.3)  # noqa: S311 - spreads, hides nothing
            if not passing or attempt == _TRIES - 1 or deadline(pause) >= until:
                raise failure
            await asyncio.sleep(pause)
        raise failure

    async def _once(self, call: Call, until: float) -> Json:
        if not self._hosts.trusts(call.service_url):
            # The token goes to Microsoft and to nobody else, whatever address was stored.
            raise ChatError(Trouble.RECIPIENT, "service address is not one of the allowed hosts")
        headers = {"Authorization": f"Bearer {await self._token()}"} if self._token is not None else {}
        await self._in_turn(call, until)
        try:
            async with asyncio.timeout_at(until):
                response = await self._http.request(
                    call.method,
                    call.url,
                    json=call.body,
                    params=call.query,
                    headers=headers,
                    timeout=httpx.Timeout(self._seconds, connect=_CONNECT),
                    follow_redirects=False,
                )
        except _NEVER_CONNECTED as error:
            raise ChatError(Trouble.NOT_CONNECTED, type(error).__name__) from error
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError) as error:
            # It may have arrived: a lost answer looks the same as a lost question.
            raise ChatError(Trouble.UNCERTAIN, type(error).__name__) from error
        return self._judged(call, response)

    def _judged(self, call: Call, response: httpx.Response) -> Json:
        if response.is_success:
            try:
                found = response.json()
            except ValueError:
                found = None
            return found if isinstance(found, dict) else {}
        failure = refusal(
            response.status_code,
            response.content[:20_000],
            retry_after=response.headers.get("Retry-After"),
            date=response.headers.get("Date"),
        )
        if response.status_code == 401:
            self._forget_token()
        if response.status_code == 429:
            wait = failure.retry_after or timedelta()
            self._rates.pause(call.kind, call.conversation, deadline(wait.total_seconds()))
        raise _Answered(failure, response.status_code)

    async def _in_turn(self, call: Call, until: float) -> None:
        """Waits for our own limits; nothing has left this machine yet."""
        given_up = min(until, deadline(_MOST_WAIT))
        while wait := self._rates.take(call.kind, call.conversation, call.tenant, deadline(0)):
            if deadline(wait) > given_up:
                raise ChatError(
                    Trouble.LIMITED, "our own limit", retry_after=timedelta(seconds=max(wait, 1.0))
                )
            await asyncio.sleep(wait)


class _Answered(Exception):
    """The connector answered, and refused."""

    def __init__(self, failure: ChatError, status: int) -> None:
        super().__init__(str(failure))
        self.failure = failure
        self.status = status
