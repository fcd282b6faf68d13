"""The guard against everything that only looks like Slack: attacks S1 and S2 of the reliability page, over real HTTP."""

import hashlib
import hmac
import logging
import random
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from bot.slack.guard import MOST_BYTES, Guard, Replays
from tests.playground.bolt_app import served

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
NOW = datetime(2026, 11, 23, 9, 0, 0, tzinfo=UTC)
BODY = b"token=made-up&command=%2Fpilot&text=help&secret=do-not-log-me"

Headers = list[tuple[bytes, bytes]]


@dataclass
class Behind:
    """What stands behind the guard: remembers what reached it, fails when told to."""

    status: int = 200
    bodies: list[bytes] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.bodies.append(await Request(scope, receive).body())
        await PlainTextResponse("done", self.status)(scope, receive, send)


@dataclass
class Standing:
    behind: Behind
    address: str
    client: httpx.AsyncClient

    async def post(self, body: bytes, headers: Headers) -> httpx.Response:
        return await self.client.post(self.address, content=body, headers=headers)


@pytest.fixture
async def here() -> AsyncIterator[Standing]:
    behind = Behind()
    async with (
        served(Guard(behind, signing_secret=SECRET, clock=lambda: NOW)) as address,
        httpx.AsyncClient(trust_env=False, timeout=60) as client,
    ):
        yield Standing(behind, f"{address}/slack/events", client)


def stamp(seconds: float = 0) -> bytes:
    return str(int((NOW + timedelta(seconds=seconds)).timestamp())).encode()


def sign(body: bytes, at: bytes, secret: str = SECRET) -> bytes:
    return b"v0=" + hmac.new(secret.encode(), b"v0:" + at + b":" + body, hashlib.sha256).hexdigest().encode()


def signed(body: bytes = BODY, at: bytes | None = None, secret: str = SECRET) -> Headers:
    at = stamp() if at is None else at
    return [(b"X-Slack-Request-Timestamp", at), (b"X-Slack-Signature", sign(body, at, secret))]


GOOD = signed()
SIGNATURE = GOOD[1][1]

#: name → headers and body of a forgery
FORGED: dict[str, tuple[Headers, bytes]] = {
    "nothing": ([], BODY),
    "no signature": (GOOD[:1], BODY),
    "no timestamp": (GOOD[1:], BODY),
    "another secret": (signed(secret="another"), BODY),
    "empty secret": (signed(secret=""), BODY),
    "another body": (GOOD, BODY + b"&admin=1"),
    "empty body": (GOOD, b""),
    "too old": (signed(at=stamp(-301)), BODY),
    "from the future": (signed(at=stamp(301)), BODY),
    "timestamp of another moment": ([(b"X-Slack-Request-Timestamp", stamp(1)), GOOD[1]], BODY),
    "signature cut": ([GOOD[0], (b"X-Slack-Signature", SIGNATURE[:-1])], BODY),
    "signature longer": ([GOOD[0], (b"X-Slack-Signature", SIGNATURE + b"0")], BODY),
    "signature in capitals": ([GOOD[0], (b"X-Slack-Signature", SIGNATURE.upper())], BODY),
    "signature of version 1": ([GOOD[0], (b"X-Slack-Signature", b"v1" + SIGNATURE[2:])], BODY),
    "signature without version": ([GOOD[0], (b"X-Slack-Signature", SIGNATURE[3:])], BODY),
    "signature not ASCII": ([GOOD[0], (b"X-Slack-Signature", SIGNATURE[:-1] + b"\xff")], BODY),
    "empty signature": ([GOOD[0], (b"X-Slack-Signature", b"")], BODY),
    "two signatures": ([*GOOD, GOOD[1]], BODY),
    "two signatures, one forged": ([*GOOD, (b"X-Slack-Signature", b"v0=" + b"0" * 64)], BODY),
    "two timestamps": ([GOOD[0], *GOOD], BODY),
    "two timestamps, another case": ([*GOOD, (b"x-slack-request-timestamp", stamp(1))], BODY),
    **{
        f"timestamp {at!r}": (signed(at=at), BODY)
        for at in (
            b"", b"abc", b"1e3", b"-1", b"0", b"17637156", b"17637156000", b"1763715600 x", b"1763715600.0", b"0x691f7a10",
            b"+176371560", "１７６３７１５６００".encode(), "١٧٦٣٧١٥٦٠٠".encode(), b"nan", b"inf", b"9999999999", b"1_63715600",
        )
    },
}  # fmt: skip


@pytest.mark.parametrize("name", FORGED)
async def test_forgeries_go_no_further(here: Standing, name: str, caplog: pytest.LogCaptureFixture) -> None:
    headers, body = FORGED[name]
    with caplog.at_level(logging.DEBUG, "bot"):
        answer = await here.post(body, headers)
    assert answer.status_code == 401
    assert here.behind.bodies == []
    assert "do-not-log-me" not in caplog.text
    assert "Traceback" not in caplog.text + answer.text


@pytest.mark.parametrize("seconds", [-300, -1, 0, 1, 299, 300])
async def test_what_slack_signed_in_time_goes_through(here: Standing, seconds: int) -> None:
    answer = await here.post(BODY, signed(at=stamp(seconds)))
    assert (answer.status_code, answer.text) == (200, "done")
    assert here.behind.bodies == [BODY]


async def test_any_one_changed_byte_is_noticed() -> None:
    chance = random.Random(20261123)
    behind = Behind()
    guard = Guard(behind, signing_secret=SECRET, clock=lambda: NOW)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(guard), base_url="http://guarded") as client:
        for _ in range(1000):
            body, at, signature = bytearray(BODY), bytearray(stamp()), bytearray(SIGNATURE)
            part = chance.choice([body, at, signature])
            part[chance.randrange(len(part))] ^= 1 << chance.randrange(8)
            headers = [(b"X-Slack-Request-Timestamp", bytes(at)), (b"X-Slack-Signature", bytes(signature))]
            answer = await client.post("/slack/events", content=bytes(body), headers=headers)
            assert answer.status_code == 401
    assert behind.bodies == []


def forgery(chance: random.Random) -> tuple[Headers, bytes]:
    """One more way to be wrong: a kind of the table on a body of its own, another moment, another secret, bytes changed."""
    body = b"token=x&command=%2Fpilot&text=" + chance.randbytes(chance.randrange(40)).hex().encode()
    match chance.randrange(5):
        case 0:
            return FORGED[chance.choice(list(FORGED))][0], body
        case 1:
            return signed(body, secret=chance.randbytes(16).hex()), body
        case 2:
            away = chance.choice((-1, 1)) * chance.uniform(301, 10**6)
            return signed(body, at=stamp(away)), body
        case 3:
            headers = signed(body)
            at = chance.randrange(len(body))
            return headers, body[:at] + bytes([body[at] ^ 1 << chance.randrange(8)]) + body[at + 1 :]
        case _:
            headers = signed(body)
            name, value = headers.pop(chance.randrange(2))
            spoilt = chance.choice(
                (value[: chance.randrange(len(value))], value + b"0", b" " + value[1:], value * 2)
            )
            return [*headers, (name, spoilt)], body


async def knocked(chance: random.Random, forgeries: int, replays: int) -> tuple[int, int]:
    """How many forgeries got in, and how many replays had an effect, between requests that are Slack's."""
    behind = Behind()
    guard = Guard(behind, signing_secret=SECRET, clock=lambda: NOW)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(guard), base_url="http://guarded") as client:
        for _ in range(forgeries):
            headers, body = forgery(chance)
            answer = await client.post("/slack/events", content=body, headers=headers)
            assert answer.status_code == 401, (headers, body)
            assert not answer.headers.get("retry-after") and len(answer.content) < 100
        got_in = len(behind.bodies)
        for number in range(replays):
            body = f"token=x&number={number}".encode()
            headers = signed(body, at=stamp(chance.randrange(-299, 299)))
            first = await client.post("/slack/events", content=body, headers=headers)
            assert first.text == "done"
            for _ in range(chance.randrange(1, 4)):
                extra = [(b"X-Slack-Retry-Num", b"1")] if chance.random() < 0.5 else []
                again = await client.post("/slack/events", content=body, headers=[*headers, *extra])
                assert (again.status_code, again.content) == (200, b"")
        return got_in, len(behind.bodies) - got_in - replays


@pytest.mark.parametrize(
    ("forgeries", "replays"), [(100, 10), pytest.param(2000, 200, marks=pytest.mark.trial)]
)
async def test_s1_s2_no_forgery_gets_in_and_no_replay_has_an_effect(forgeries: int, replays: int) -> None:
    assert await knocked(random.Random(20261130), forgeries, replays) == (0, 0)
    print(f"{forgeries} forgeries, {replays} replayed requests")


async def test_a_replay_has_no_second_effect(here: Standing) -> None:
    assert (await here.post(BODY, GOOD)).text == "done"
    for extra in ([], [(b"X-Slack-Retry-Num", b"1")], [(b"X-Forwarded-For", b"10.0.0.1")]):
        answer = await here.post(BODY, [*GOOD, *extra])
        assert (answer.status_code, answer.content) == (200, b"")
    assert len(here.behind.bodies) == 1


async def test_a_retry_with_a_fresh_signature_passes(here: Standing) -> None:
    await here.post(BODY, GOOD)
    again = await here.post(BODY, [*signed(at=stamp(60)), (b"X-Slack-Retry-Num", b"1")])
    assert again.text == "done"


async def test_a_retry_within_the_same_second_passes_where_the_first_one_failed(here: Standing) -> None:
    here.behind.status = 503
    assert (await here.post(BODY, GOOD)).status_code == 503
    here.behind.status = 200
    assert (await here.post(BODY, GOOD)).text == "done"
    assert len(here.behind.bodies) == 2


async def test_only_posts(here: Standing) -> None:
    assert (await here.client.get(here.address)).status_code == 405
    assert (await here.client.put(here.address, content=BODY, headers=GOOD)).status_code == 405


async def test_a_body_that_is_too_large_is_not_read(here: Standing) -> None:
    exactly, more = b"x" * MOST_BYTES, b"x" * (MOST_BYTES + 1)
    assert (await here.post(exactly, signed(exactly))).text == "done"
    assert (await here.post(more, signed(more))).status_code == 413

    async def dribble() -> AsyncIterator[bytes]:
        for _ in range(12):
            yield b"x" * 100_000

    # Chunked: no length is declared beforehand.
    answer = await here.client.post(here.address, content=dribble(), headers=GOOD)
    assert answer.status_code == 413
    assert len(here.behind.bodies) == 1


async def test_a_caller_who_hangs_up_halfway_has_no_effect(here: Standing) -> None:
    host, port = here.address.split("/")[2].split(":")
    with socket.create_connection((host, int(port))) as raw:
        raw.sendall(b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf")
    assert (await here.post(BODY, GOOD)).text == "done"
    assert here.behind.bodies == [BODY]


def test_the_memory_of_replays_is_bounded_and_forgets() -> None:
    replays = Replays(most=3)
    marks = [bytes([number]) for number in range(5)]
    assert all(replays.first(mark, NOW) for mark in marks)
    assert not replays.first(marks[4], NOW + timedelta(minutes=10))
    assert replays.first(marks[0], NOW)  # pushed out by newer ones
    assert replays.first(marks[4], NOW + timedelta(minutes=21))
