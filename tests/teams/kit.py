"""Microsoft's side on loopback, over real HTTP: keys, tokens, a connector that can refuse; and the Teams door before it."""

import asyncio
import base64
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any

import httpx
import jwt
import uvicorn
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import HealthCheck, settings
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.domain.people import Platform
from bot.services.chat import Place
from bot.services.incoming import Incoming, Reply
from bot.teams.chat import TeamsChat
from bot.teams.guard import ISSUER, Guard
from bot.teams.hosts import ServiceHosts
from bot.teams.install import Registration, Tokens
from bot.teams.keys import Keys
from bot.teams.known import Known
from bot.teams.listeners import Door, build
from bot.teams.web_api import WebApi

Json = dict[str, Any]

APP = "5d1f5a3e-0000-4000-8000-0000000000aa"
TENANT = "00000000-0000-4000-8000-000000000001"
SECRET = "a secret that must stay one"
ALICE = "00000000-0000-4000-8000-000000000020"
BOB = "00000000-0000-4000-8000-000000000021"
CHARLIE = "00000000-0000-4000-8000-000000000022"
PEOPLE = {"29:alice": (ALICE, "Alice Adler"), "29:bob": (BOB, "Bob Brandt")}
CHAT = "a:chat-with-alice"
CHANNEL = "19:leads@thread.tacv2"
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
CARD = "application/vnd.microsoft.card.adaptive"

#: For hypothesis: a busy machine is no failure.
CALM = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)


@cache
def rsa_key(name: str) -> rsa.RSAPrivateKey:
    """A key pair made once per run; the name only tells several apart."""
    assert name
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def jwk(kid: str, *, endorsements: list[str] | None = None, name: str = "") -> Json:
    """A public key as Microsoft publishes it."""
    numbers = rsa_key(name or kid).public_key().public_numbers()
    found: Json = {"kty": "RSA", "use": "sig", "kid": kid, "n": _number(numbers.n), "e": _number(numbers.e)}
    return found | {"endorsements": ["msteams", "webchat"] if endorsements is None else endorsements}


def _number(value: int) -> str:
    raw = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@dataclass
class Trouble:
    """What the connector answers instead, so many times."""

    status: int
    body: Json = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    times: int = 1
    method: str = "POST"
    path: str = ""
    #: So many pass first.
    skip: int = 0
    #: Whether the message arrives all the same.
    delivers: bool = False
    #: Seconds until the answer.
    after: float = 0.0
    #: Hangs up instead of answering.
    cut: bool = False


class Microsoft:
    """Keys, tokens and conversations, remembering what was asked of them."""

    def __init__(self) -> None:
        self.url = ""
        self.keys: list[Json] = [jwk("k1")]
        self.keys_down = False
        self.keys_delay = 0.0
        self.key_reads = 0
        self.token_reads: list[Json] = []
        self.token_answer: tuple[int, Json] = (200, {})
        self.token_delay = 0.0
        self.seen: list[tuple[str, str, Json]] = []
        self.authorizations: set[str] = set()
        #: conversation → message id → activity, as people see it now.
        self.conversations: dict[str, dict[str, Json]] = {CHAT: {}, CHANNEL: {}}
        self.created: list[Json] = []
        self.troubles: list[Trouble] = []
        self.members = dict(PEOPLE)

    @property
    def connector(self) -> str:
        return f"{self.url}/connector/"

    def cards(self, conversation: str = CHAT) -> list[Json]:
        """The cards that stand in a conversation, oldest first."""
        return [one["attachments"][0]["content"] for one in self.conversations[conversation].values()]

    def calls(self, method: str) -> int:
        return sum(1 for one, _, _ in self.seen if one == method)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        response = await self._answer(request)
        if response is None:
            # Half an answer, and then the connection ends.
            await send(
                {"type": "http.response.start", "status": 201, "headers": [(b"content-length", b"99")]}
            )
            await send({"type": "http.response.body", "body": b'{"id": "1', "more_body": True})
            raise ConnectionAbortedError
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response | None:
        path = request.url.path
        if path == "/openid":
            return JSONResponse({"issuer": ISSUER, "jwks_uri": f"{self.url}/keys"})
        if path == "/keys":
            self.key_reads += 1
            await asyncio.sleep(self.keys_delay)
            return Response(status_code=500) if self.keys_down else JSONResponse({"keys": self.keys})
        if path == "/token":
            self.token_reads.append({name: str(value) for name, value in (await request.form()).items()})
            await asyncio.sleep(self.token_delay)
            status, body = self.token_answer
            number = len(self.token_reads)
            return JSONResponse(body or {"access_token": f"token-{number}", "expires_in": 3599}, status)
        return await self._connector(request, path.removeprefix("/connector/v3/conversations"))

    async def _connector(self, request: Request, path: str) -> Response | None:
        body = json.loads(await request.body() or b"{}")
        self.seen.append((request.method, path, body))
        self.authorizations.add(request.headers.get("authorization", ""))
        trouble = self._trouble(request.method, path)
        if trouble is None:
            return self._do(request.method, path, body)
        if trouble.delivers:
            self._do(request.method, path, body)
        await asyncio.sleep(trouble.after)
        return None if trouble.cut else JSONResponse(trouble.body, trouble.status, trouble.headers)

    def _trouble(self, method: str, path: str) -> Trouble | None:
        for trouble in self.troubles:
            if not trouble.times or trouble.method != method or trouble.path not in path:
                continue
            if trouble.skip:
                trouble.skip -= 1
                continue
            trouble.times -= 1
            return trouble
        return None

    def _do(self, method: str, path: str, body: Json) -> Response:
        parts = [part for part in path.split("/") if part]
        if not parts:
            self.created.append(body)
            person = body["members"][0]["id"]
            conversation = f"a:new-{person}"
            self.conversations.setdefault(conversation, {})
            return JSONResponse({"id": conversation}, 201)
        held = self.conversations.get(parts[0].partition(";")[0])
        if held is None:
            return _error(404, "ConversationNotFound")
        if parts[1] == "members":
            return self._member(parts[2])
        if parts[1] == "pagedmembers":
            people = [_member(teams_id, *who) for teams_id, who in self.members.items()]
            return JSONResponse({"members": people})
        if method == "PUT":
            if parts[2] not in held:
                return _error(404, "ActivityNotFoundInConversation")
            held[parts[2]] = body
            return JSONResponse({"id": parts[2]})
        message_id = f"17000000{len(self.seen):05}"
        held[message_id] = body
        return JSONResponse({"id": message_id}, 201)

    def _member(self, person: str) -> Response:
        for teams_id, (object_id, name) in self.members.items():
            if person in (teams_id, object_id):
                return JSONResponse(_member(teams_id, object_id, name))
        return _error(404, "MemberNotFoundInConversation")


def _member(teams_id: str, object_id: str, name: str) -> Json:
    given, _, surname = name.partition(" ")
    email = f"{given.lower()}@example.com"
    return {
        "id": teams_id,
        "aadObjectId": object_id,
        "name": name,
        "givenName": given,
        "surname": surname,
        "email": email,
        "userPrincipalName": email,
        "tenantId": TENANT,
        "userRole": "user",
    }


def _error(status: int, code: str) -> Response:
    return JSONResponse({"error": {"code": code, "message": "…"}}, status)


class _Server(uvicorn.Server):
    """Leaves the signals of the test run alone."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def served(app: ASGIApp) -> AsyncIterator[str]:
    """An application on a free port of loopback; its address."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        config = uvicorn.Config(app, log_level="critical", lifespan="off", timeout_graceful_shutdown=1)
        server = _Server(config)
        running = asyncio.create_task(server.serve(sockets=[listening]))
        while not server.started:
            await asyncio.sleep(0.005)
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = True
            await running


@dataclass
class Handled:
    """Remembers what it was asked, and answers what the test says; like the services it acts once per key."""

    answer: Callable[[Incoming], Awaitable[Reply]]
    asked: list[Incoming] = field(default_factory=list)
    said: dict[str, Reply] = field(default_factory=dict)

    async def __call__(self, incoming: Incoming, now: datetime) -> Reply:
        assert now.tzinfo is not None
        if incoming.key in self.said:
            return self.said[incoming.key]
        self.asked.append(incoming)
        reply = await self.answer(incoming)
        self.said[incoming.key] = reply
        return reply

    @property
    def last(self) -> Incoming:
        return self.asked[-1]


@dataclass
class Here:
    """The door, what stands behind it, and Microsoft's side."""

    microsoft: Microsoft
    http: httpx.AsyncClient
    chat: TeamsChat
    guard: Guard
    keys: Keys
    door: Door
    handled: Handled
    url: str = ""

    def answers(self, reply: Reply | Callable[[Incoming], Awaitable[Reply]]) -> None:
        if isinstance(reply, Reply):
            self.handled.answer = _always(reply)
        else:
            self.handled.answer = reply

    async def post(
        self, activity: Json | bytes, *, token: str | None = None, headers: Json | None = None
    ) -> httpx.Response:
        """An activity knocks at the door; signed as Microsoft would where the test gives no token."""
        content = activity if isinstance(activity, bytes) else json.dumps(activity).encode()
        given = sign(self.microsoft) if token is None else token
        sent = {"content-type": "application/json"} | ({"authorization": f"Bearer {given}"} if given else {})
        return await self.http.post(
            f"{self.url}/api/messages", content=content, headers=sent | (headers or {})
        )

    async def settled(self) -> None:
        await self.door.drain(60.0)


def _always(reply: Reply) -> Callable[[Incoming], Awaitable[Reply]]:
    async def answer(_incoming: Incoming) -> Reply:
        return reply

    return answer


def claims(microsoft: Microsoft, **changes: Any) -> Json:
    """What a token of the connector says; None takes a claim out."""
    now = int(datetime.now(UTC).timestamp())
    made = {
        "iss": ISSUER,
        "aud": APP,
        "nbf": now - 10,
        "exp": now + 3600,
        "serviceurl": microsoft.connector,
    } | changes
    return {name: value for name, value in made.items() if value is not None}


def sign(microsoft: Microsoft, *, key: str = "k1", kid: str = "k1", **changes: Any) -> str:
    """A token as the connector signs it."""
    return jwt.encode(claims(microsoft, **changes), rsa_key(key), algorithm="RS256", headers={"kid": kid})


def activity(microsoft: Microsoft, **changes: Any) -> Json:
    """Alice writes in her own chat; valid until a test overrides something."""
    made: Json = {
        "type": "message",
        "id": "1700000000001",
        "timestamp": "2026-11-23T09:30:00.123Z",
        "localTimezone": "Europe/Berlin",
        "serviceUrl": microsoft.connector,
        "channelId": "msteams",
        "from": {"id": "29:alice", "name": "Alice Adler", "aadObjectId": ALICE},
        "conversation": {"id": CHAT, "conversationType": "personal", "tenantId": TENANT},
        "recipient": {"id": f"28:{APP}", "name": "Pilotlight"},
        "text": "help",
        "channelData": {"tenant": {"id": TENANT}},
        "entities": [{"type": "clientInfo", "locale": "en-US", "timezone": "Europe/Berlin"}],
    }
    return made | changes


def in_channel(microsoft: Microsoft, text: str, **changes: Any) -> Json:
    """Alice mentions the bot in a channel."""
    conversation = {
        "id": f"{CHANNEL};messageid=1690000000000",
        "conversationType": "channel",
        "tenantId": TENANT,
    }
    mention = {
        "type": "mention",
        "text": "<at>Pilotlight</at>",
        "mentioned": {"id": f"28:{APP}", "name": "Pilotlight"},
    }
    made = activity(
        microsoft, conversation=conversation, text=f"<at>Pilotlight</at> {text}", entities=[mention]
    )
    return made | changes


def execute(
    microsoft: Microsoft, action: Json, *, reply_to: str, filled: Json | None = None, **changes: Any
) -> Json:
    """Alice presses a button of a card, with what she filled in."""
    pressed = {"type": action["type"], "verb": action["verb"], "data": {**action["data"], **(filled or {})}}
    made = activity(microsoft, type="invoke", name="adaptiveCard/action", replyToId=reply_to, id="f:1")
    made |= {"value": {"action": pressed, "trigger": "manual"}}
    del made["text"]
    return made | changes


def submit(microsoft: Microsoft, action: Json, *, reply_to: str, filled: Json | None = None) -> Json:
    """The same by a client that knows Submit only."""
    made = activity(microsoft, replyToId=reply_to, id="1700000000077")
    made |= {"value": {**action["fallback"]["data"], **(filled or {})}}
    del made["text"]
    return made


def place(microsoft: Microsoft, **changes: Any) -> Place:
    """Alice's own chat."""
    made: Json = {
        "platform": Platform.TEAMS,
        "workspace": TENANT,
        "channel": CHAT,
        "user": ALICE,
        "service_url": microsoft.connector,
    }
    return Place(**(made | changes))


@asynccontextmanager
async def teams_door(
    *, patience: float = 30.0, seconds: float = 60.0, playground: bool = False
) -> AsyncIterator[Here]:
    """The door on loopback, with Microsoft on loopback behind and before it.

    `patience` is the door's and `seconds` what a call of ours may take: more than any test needs, for what is said and not for
    how soon.
    """
    microsoft = Microsoft()
    async with served(microsoft) as address, httpx.AsyncClient(trust_env=False, timeout=60) as http:
        microsoft.url = address
        hosts = ServiceHosts(frozenset({"127.0.0.1"}), playground=playground)
        keys = Keys(http, url=f"{address}/openid")
        tokens = Tokens(http, Registration(app_id=APP, tenant=TENANT, secret=SECRET), url=f"{address}/token")
        api = WebApi(http, token=tokens.current, forget_token=tokens.forget, hosts=hosts, seconds=seconds)
        chat = TeamsChat(api, bot_id=f"28:{APP}", known=Known())
        guard = Guard(app_id=APP, tenants=frozenset({TENANT}), keys=None if playground else keys, hosts=hosts)
        handled = Handled(_always(Reply()))
        door = build(handle=handled, clock=lambda: NOW, guard=guard, chat=chat, patience=patience)
        async with served(door) as url:
            here = Here(microsoft, http, chat, guard, keys, door, handled, url)
            yield here
            await here.settled()
