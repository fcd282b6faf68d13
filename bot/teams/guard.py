"""Tokens, tenants, hosts, size: nothing unverified goes further.

https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication

The token is judged before the body is read; what the token cannot say (tenant, channel) is judged from the body afterwards. A bad
token is 401; a good one that speaks for another address, channel or tenant is 403; Microsoft's keys out of reach are 503.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jwt
from starlette.requests import ClientDisconnect, Request

from bot.teams.hosts import LOOPBACK, ServiceHosts
from bot.teams.keys import Keys, KeysUnreachable
from bot.teams.payload import MOST_ID, Activity, read

ISSUER = "https://api.botframework.com"
CHANNEL = "msteams"
#: The playground names itself. A web page in somebody's browser cannot set this header without asking first.
PLAYGROUND_HEADER = "x-ms-agents-playground"

#: Teams' own payloads stay far below.
MOST_BYTES = 1_000_000
_SKEW = 300


def refuse_playground(host: str, has_secret: bool) -> str | None:
    """Why the playground must not start, or None. It takes every activity for true, so nobody outside may reach it."""
    if host not in LOOPBACK:
        return f"TEAMS_PLAYGROUND accepts unsigned activities, and {host} can be reached from outside: set HOST=127.0.0.1."
    if has_secret:
        return "TEAMS_PLAYGROUND accepts unsigned activities, and a Teams secret is set: remove TEAMS_APP_PASSWORD, or the playground."
    return None


class Refused(Exception):
    """A request that goes no further."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status
        self.words = words


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
        if (
            len(named) != 1
            or max(map(len, named)) > MOST_ID
            or not (named <= self._tenants or (self._keys is None and not self._tenants))
        ):
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
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > MOST_BYTES:
                raise Refused(413, "too large")
    except ClientDisconnect as error:
        raise Refused(400, "not an activity") from error
    return bytes(body)
