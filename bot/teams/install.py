"""Who we are at Microsoft: the token that lets us call the connector.

https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication

A single-tenant bot asks the token endpoint of its own tenant; asking botframework.com's answers AADSTS700016.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from time import monotonic as real_monotonic

import httpx
import jwt

from bot.services.chat import ChatError, Trouble
from bot.teams.flight import Flight

TOKEN_URL = "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token"  # noqa: S105 - an address, no secret
SCOPE = "https://api.botframework.com/.default"

#: A token is renewed this long before it ends, so that none dies on its way.
_EARLY = 300.0
_DEADLINE = httpx.Timeout(10.0)
_CODE = re.compile(r"AADSTS\d+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Registration:
    """The bot as it is registered: one app in one tenant."""

    app_id: str
    tenant: str
    secret: str = field(repr=False)

    @property
    def bot_id(self) -> str:
        """What the bot is called inside conversations."""
        return f"28:{self.app_id}"


@dataclass(frozen=True, slots=True)
class _Token:
    value: str = field(repr=False)
    renew_at: float


class Tokens:
    """The token of the moment; however many want one, Microsoft is asked once."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        registration: Registration,
        *,
        url: str = TOKEN_URL,
        monotonic: Callable[[], float] = real_monotonic,
    ) -> None:
        self._http = http
        self._registration = registration
        self._url = url.replace("{tenant}", registration.tenant)
        self._monotonic = monotonic
        self._token: _Token | None = None
        self._flight: Flight[_Token] = Flight()

    async def current(self) -> str:
        """A token that is good for some minutes.

        Raises:
            ChatError: nothing was sent; NOT_CONNECTED where asking again may help, WORKSPACE where it cannot.
        """
        if self._token is None or self._token.renew_at <= self._monotonic():
            self._token = await self._flight.join(self._fetch)
        return self._token.value

    def forget(self) -> None:
        """The connector refused it: the next call asks for another."""
        self._token = None

    async def _fetch(self) -> _Token:
        asked_at = self._monotonic()
        form = {
            "grant_type": "client_credentials",
            "client_id": self._registration.app_id,
            "client_secret": self._registration.secret,
            "scope": SCOPE,
        }
        try:
            response = await self._http.post(self._url, data=form, timeout=_DEADLINE)
        except httpx.HTTPError as error:
            raise ChatError(Trouble.NOT_CONNECTED, f"token endpoint: {type(error).__name__}") from error
        if response.status_code != HTTPStatus.OK:
            raise _refused(response)
        value, seconds = _token_of(response)
        if not value:
            raise ChatError(Trouble.NOT_CONNECTED, "token endpoint: unreadable answer")
        return _Token(value, asked_at + max(seconds - _EARLY, seconds / 2))


def told_by(token: str) -> Mapping[str, object]:
    """What our own token says of us, unverified: for the set-up's checks, never for letting anybody in."""
    try:
        found = jwt.decode(token, options={"verify_signature": False})
    except jwt.PyJWTError:
        return {}
    return found if isinstance(found, dict) else {}


def _token_of(response: httpx.Response) -> tuple[str, float]:
    try:
        match response.json():
            case {"access_token": str() as value, "expires_in": int() | float() | str() as seconds}:
                return value, float(seconds)
    except ValueError:
        pass
    return "", 0.0


def _refused(response: httpx.Response) -> ChatError:
    """A wrong secret or tenant stays wrong until somebody mends it; anything else may pass."""
    found = _CODE.search(response.text)
    reason = f"token endpoint: {response.status_code} {found[0] if found else ''}".strip()
    if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        return ChatError(Trouble.LIMITED, reason, retry_after=timedelta(seconds=30))
    if response.is_client_error:
        return ChatError(Trouble.WORKSPACE, reason)
    return ChatError(Trouble.NOT_CONNECTED, reason)
