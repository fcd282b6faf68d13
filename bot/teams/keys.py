"""The connector's signing keys, read once in a long while and by nobody's waiting.

https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication#connector-to-bot
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import monotonic as real_monotonic
from typing import Any

import httpx
import jwt

from bot.teams.flight import Flight
from bot.teams.hosts import ADDRESS, LOOPBACK

METADATA_URL = "https://login.botframework.com/v1/.well-known/openidconfiguration"

#: "Keys may be cached for long": fresh for a day, and used for five while Microsoft cannot be asked.
_FRESH, _STALE = 86_400.0, 5 * 86_400.0
#: Between two questions for the sake of an unknown key id, which anybody can make up; and after one that failed.
_FLOOR, _FAILED_FLOOR = 300.0, 5.0
_FETCH = httpx.Timeout(3.0)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Key:
    key: jwt.PyJWK
    endorsements: frozenset[str]


class KeysUnreachable(Exception):
    """Microsoft's keys could not be read: nothing can be said about a token."""


class Keys:
    """The connector's signing keys, as its OpenID metadata names them."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        *,
        url: str = METADATA_URL,
        floor: float = _FLOOR,
        monotonic: Callable[[], float] = real_monotonic,
    ) -> None:
        self._http = http
        self._url = url
        self._floor = floor
        self._monotonic = monotonic
        self._keys: Mapping[str, Key] = {}
        self._read_at = float("-inf")
        self._tried_at = float("-inf")
        self._failed = False
        self._flight: Flight[None] = Flight()

    async def of(self, kid: str) -> Key | None:
        """A key by its id; None: Microsoft has none of that name.

        Whoever bears a known key waits for nobody: an old list is renewed beside it. An unknown id waits for one question, which
        is asked once for all and not again before the floor has passed.

        Raises:
            KeysUnreachable: there is no list, or it could not be renewed to look for this id.
        """
        age = self._monotonic() - self._read_at
        known = self._keys.get(kid) if age < _STALE else None
        if known is not None:
            if age > _FRESH and self._may_ask():
                self._flight.start(self._fetch)
            return known
        if self._may_ask():
            await self._flight.join(self._fetch)
        if self._failed:
            raise KeysUnreachable
        return self._keys.get(kid)

    async def warm(self) -> None:
        """Reads the keys ahead of the first request, which then need not wait; trouble shows then."""
        await self._flight.join(self._fetch)

    def _may_ask(self) -> bool:
        if self._flight.under_way:
            return True
        floor = _FAILED_FLOOR if self._failed else self._floor
        return self._monotonic() - self._tried_at >= floor

    async def _fetch(self) -> None:
        """Never raises: a failure is remembered, and told to whoever needs a key."""
        self._tried_at = self._monotonic()
        try:
            found = await self._keys_now()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, TypeError, LookupError) as error:
            _log.warning("the signing keys of Teams could not be read: %s", type(error).__name__)
            self._failed = True
            return
        self._keys, self._failed = found, False
        self._read_at = self._monotonic()

    async def _keys_now(self) -> dict[str, Key]:
        metadata = await self._json(self._url)
        listed = await self._json(str(metadata["jwks_uri"]))
        found = {}
        for raw in listed["keys"]:
            # Other kinds of key are none of ours: the algorithm is RS256 and nothing else.
            if raw.get("kty") == "RSA" and isinstance(raw.get("kid"), str):
                found[raw["kid"]] = Key(
                    jwt.PyJWK(raw, algorithm="RS256"), frozenset(raw.get("endorsements", ()))
                )
        if not found:
            raise ValueError("no keys")
        return found

    async def _json(self, url: str) -> Mapping[str, Any]:
        if not ADDRESS.fullmatch(url) or (url.startswith("http:") and httpx.URL(url).host not in LOOPBACK):
            raise ValueError("not an address to read keys from")
        response = await self._http.get(url, timeout=_FETCH)
        response.raise_for_status()
        found = response.json()
        if not isinstance(found, dict):
            raise TypeError("not an object")
        return found
