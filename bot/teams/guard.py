"""Tokens, tenants, hosts, size: nothing unverified goes further.

https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication

The token is judged before the body is read; what the token cannot say (tenant, channel) is judged from the body afterwards. A bad
token is 401; a good one that speaks for another address, channel or tenant is 403; Microsoft's keys out of reach are 503.
"""

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import monotonic as real_monotonic
from typing import Any

import httpx
import jwt
from starlette.requests import Request

from bot.teams.activity import Activity, read
from bot.teams.flight import Flight

METADATA_URL = "https://login.botframework.com/v1/.well-known/openidconfiguration"
ISSUER = "https://api.botframework.com"
CHANNEL = "msteams"
SERVICE_HOSTS = frozenset(
    {"smba.trafficmanager.net", "smba.infra.gcc.teams.microsoft.com", "smba.infra.gov.teams.microsoft.us"}
)
#: The playground names itself. A web page in somebody's browser cannot set this header without asking first.
PLAYGROUND_HEADER = "x-ms-agents-playground"

#: Teams' own payloads stay far below.
MOST_BYTES = 1_000_000
_SKEW = 300
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1", "[::1]"})
#: Scheme, host, port, path: what a service address consists of, and nothing that two readers could read differently.
_ADDRESS = re.compile(r"(https?)://([A-Za-z0-9.-]+|\[::1\])(?::\d{1,5})?(?:/[A-Za-z0-9._~/-]*)?")

#: "Keys may be cached for long": fresh for a day, and used for five while Microsoft cannot be asked.
_FRESH, _STALE = 86_400.0, 5 * 86_400.0
#: Between two questions for the sake of an unknown key id, which anybody can make up; and after one that failed.
_FLOOR, _FAILED_FLOOR = 300.0, 5.0
_FETCH = httpx.Timeout(3.0)

_log = logging.getLogger(__name__)


def refuse_playground(host: str, has_secret: bool) -> str | None:
    """Why the playground must not start, or None. It takes every activity for true, so nobody outside may reach it."""
    if host not in _LOOPBACK:
        return f"TEAMS_PLAYGROUND accepts unsigned activities, and {host} can be reached from outside: set HOST=127.0.0.1."
    if has_secret:
        return "TEAMS_PLAYGROUND accepts unsigned activities, and a Teams secret is set: remove TEAMS_APP_PASSWORD, or the playground."
    return None


class Refused(Exception):  # noqa: N818 - it is an answer
    """A request that goes no further."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status
        self.words = words


@dataclass(frozen=True, slots=True)
class ServiceHosts:
    """Where the connector may be: the only addresses that ever see our token."""

    hosts: frozenset[str] = SERVICE_HOSTS
    #: The playground's connector is on this machine.
    playground: bool = False

    def trusts(self, url: str) -> bool:
        """https and a listed host. This machine without https too, where it is listed by name: tests and the playground."""
        found = _ADDRESS.fullmatch(url)
        if found is None:
            return False
        scheme, host = found[1], found[2].lower()
        if host in _LOOPBACK:
            return self.playground or host in self.hosts
        return scheme == "https" and host in self.hosts


@dataclass(frozen=True, slots=True)
class _Key:
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
        self._keys: Mapping[str, _Key] = {}
        self._read_at = float("-inf")
        self._tried_at = float("-inf")
        self._failed = False
        self._flight: Flight[None] = Flight()

    async def of(self, kid: str) -> _Key | None:
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

    async def _keys_now(self) -> dict[str, _Key]:
        metadata = await self._json(self._url)
        listed = await self._json(str(metadata["jwks_uri"]))
        found = {}
        for raw in listed["keys"]:
            # Other kinds of key are none of ours: the algorithm is RS256 and nothing else.
            if raw.get("kty") == "RSA" and isinstance(raw.get("kid"), str):
                found[raw["kid"]] = _Key(
                    jwt.PyJWK(raw, algorithm="RS256"), frozenset(raw.get("endorsements", ()))
                )
        if not found:
            raise ValueError("no keys")
        return found

    async def _json(self, url: str) -> Mapping[str, Any]:
        if not _ADDRESS.fullmatch(url) or (url.startswith("http:") and httpx.URL(url).host not in _LOOPBACK):
            raise ValueError("not an address to read keys from")
        response = await self._http.get(url, timeout=_FETCH)
        response.raise_for_status()
        found = response.json()
        if not isinstance(found, dict):
            raise TypeError("not an object")
        return found


class Guard:
    """Lets through what Teams signed for this bot and this tenant.

    Args:
        app_id: the bot; empty in the playground.
        tenants: the customers we serve; in the playground empty means any.
        keys: None in the playground, where nothing is signed.
    """

    def __init__(
        self, *, app_id: str, tenants: frozenset[str], keys: Keys | None, hosts: ServiceHosts
    ) -> None:
        if keys is None and not hosts.playground:
            raise ValueError("without keys there is only the playground")
        self._app_id = app_id
        self._tenants = frozenset(tenant.lower() for tenant in tenants)
        self._keys = keys
        self._hosts = hosts

    async def admit(self, request: Request) -> Activity:
        """The activity of a request that may go on.

        Raises:
            Refused: with the status to answer.
        """
        verified = await self._token(request)
        body = await _body(request)
        try:
            activity = read(body)
        except ValueError as error:
            raise Refused(400, "not an activity") from error
        self._judge(activity, verified)
        return activity

    # The token

    async def _token(self, request: Request) -> "_Verified | None":
        """What the token says; None in the playground."""
        if self._keys is None:
            if request.headers.get(PLAYGROUND_HEADER) != "true":
                raise Refused(401, "not from the playground")
            return None
        # A header sent twice has no one meaning.
        given = request.headers.getlist("authorization")
        scheme, _, token = given[0].partition(" ") if len(given) == 1 else ("", "", "")
        if scheme.lower() != "bearer" or not token:
            raise Refused(401, "a bearer token is needed")
        return await self._verified(token.strip())

    async def _verified(self, token: str) -> "_Verified":
        assert self._keys is not None
        try:
            header = jwt.get_unverified_header(token)
            kid = header.get("kid")
            if header.get("alg") != "RS256" or not isinstance(kid, str):
                raise Refused(401, "not signed by Teams")
            key = await self._keys.of(kid)
            if key is None:
                raise Refused(401, "not signed by Teams")
            claims = jwt.decode(
                token,
                key.key,
                algorithms=["RS256"],
                audience=self._app_id,
                issuer=ISSUER,
                leeway=_SKEW,
                options={"require": ["exp", "iss", "aud"], "strict_aud": True},
            )
        except KeysUnreachable as error:
            raise Refused(503, "signing keys are out of reach") from error
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
            raise Refused(401, "the token does not hold") from error
        return _Verified(_service_url(claims), key.endorsements)

    # The activity

    def _judge(self, activity: Activity, verified: "_Verified | None") -> None:
        """What a good token does not say: whom it speaks for, from where, for which customer."""
        if verified is not None and (
            not verified.service_url or verified.service_url != activity.service_url
        ):
            raise Refused(403, "the token is for another service address")
        if not self._hosts.trusts(activity.service_url):
            raise Refused(403, "the service address is not allowed")
        if activity.channel_id != CHANNEL:
            raise Refused(403, "another channel")
        if verified is not None and CHANNEL not in verified.endorsements:
            raise Refused(403, "the key is not endorsed for this channel")
        named = {tenant.lower() for tenant in (activity.conversation.tenant, activity.tenant) if tenant}
        if len(named) != 1 or not (named <= self._tenants or (self._keys is None and not self._tenants)):
            raise Refused(403, "another tenant")


@dataclass(frozen=True, slots=True)
class _Verified:
    service_url: str
    endorsements: frozenset[str]


def _service_url(claims: Mapping[str, Any]) -> str:
    """Written serviceUrl in the documentation and serviceurl in every token; both, and different, is neither."""
    named = {claims[name] for name in ("serviceurl", "serviceUrl") if isinstance(claims.get(name), str)}
    return str(named.pop()) if len(named) == 1 else ""


async def _body(request: Request) -> bytes:
    """The whole body, or a refusal where it is larger than anything Teams sends; no more than that is ever held."""
    declared = request.headers.get("content-length", "0")
    if not declared.isascii() or not declared.isdigit() or int(declared[:12]) > MOST_BYTES:
        raise Refused(413, "too large")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise Refused(413, "too large")
    return bytes(body)
