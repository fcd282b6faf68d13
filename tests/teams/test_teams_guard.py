"""The token matrix: every row as the contract demands, against keys served over HTTP."""

import asyncio
import json
import time
from collections.abc import Callable

import jwt
import pytest
from cryptography.hazmat.primitives import serialization

from bot.teams.guard import Guard, refuse_playground
from bot.teams.hosts import SERVICE_HOSTS, ServiceHosts
from bot.teams.keys import Keys
from tests.teams.kit import (
    APP,
    TENANT,
    Here,
    Json,
    Microsoft,
    activity,
    claims,
    jwk,
    rsa_key,
    sign,
    teams_door,
)

Made = Callable[[Microsoft], str]


def _at(seconds: int) -> int:
    return int(time.time()) + seconds


def _public_pem() -> bytes:
    return (
        rsa_key("k1")
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )


def _hs256_with_the_public_key(microsoft: Microsoft) -> str:
    """The classic: the public key as the shared secret. Signed by hand, as PyJWT itself refuses to."""
    import base64
    import hashlib
    import hmac

    def part(found: object) -> bytes:
        return base64.urlsafe_b64encode(json.dumps(found).encode()).rstrip(b"=")

    signed = part({"alg": "HS256", "typ": "JWT", "kid": "k1"}) + b"." + part(claims(microsoft))
    mark = hmac.new(_public_pem(), signed, hashlib.sha256).digest()
    return (signed + b"." + base64.urlsafe_b64encode(mark).rstrip(b"=")).decode()


def _without_kid(microsoft: Microsoft) -> str:
    return jwt.encode(claims(microsoft), rsa_key("k1"), algorithm="RS256")


def _other_body(microsoft: Microsoft) -> str:
    head, _, mark = sign(microsoft).split(".")
    _, body, _ = sign(microsoft, exp=_at(9000)).split(".")
    return f"{head}.{body}.{mark}"


TOKENS: list[tuple[str, Made, int]] = [
    ("good", sign, 200),
    ("two minutes past its end", lambda m: sign(m, exp=_at(-120)), 200),
    ("ten minutes past its end", lambda m: sign(m, exp=_at(-600)), 401),
    ("not valid for ten minutes", lambda m: sign(m, nbf=_at(600)), 401),
    ("no end", lambda m: sign(m, exp=None), 401),
    ("an end that is no number", lambda m: sign(m, exp="tomorrow"), 401),
    ("none", lambda _: "", 401),
    ("rubbish", lambda _: "rubbish", 401),
    ("rubbish in three parts", lambda _: "a.b.c", 401),
    ("other audience", lambda m: sign(m, aud="somebody-else"), 401),
    ("no audience", lambda m: sign(m, aud=None), 401),
    ("two audiences", lambda m: sign(m, aud=[APP, "somebody-else"]), 401),
    ("other issuer", lambda m: sign(m, iss="https://sts.windows.net/x/"), 401),
    ("no issuer", lambda m: sign(m, iss=None), 401),
    ("signed by a stranger", lambda m: sign(m, key="stranger"), 401),
    ("another body than signed", _other_body, 401),
    ("unknown key id", lambda m: sign(m, key="stranger", kid="k9"), 401),
    ("no key id", _without_kid, 401),
    ("alg none", lambda m: jwt.encode(claims(m), "", algorithm="none", headers={"kid": "k1"}), 401),
    ("HS256", lambda m: jwt.encode(claims(m), "s" * 64, algorithm="HS256", headers={"kid": "k1"}), 401),
    ("HS256 with the public key", _hs256_with_the_public_key, 401),
    ("RS512", lambda m: jwt.encode(claims(m), rsa_key("k1"), algorithm="RS512", headers={"kid": "k1"}), 401),
    ("other service address", lambda m: sign(m, serviceurl="https://smba.trafficmanager.net/emea/"), 403),
    ("no service address", lambda m: sign(m, serviceurl=None), 403),
    ("the claim as documented", lambda m: sign(m, serviceurl=None, serviceUrl=m.connector), 200),
    ("two claims that differ", lambda m: sign(m, serviceUrl="https://smba.trafficmanager.net/"), 403),
    ("a key endorsed for no channel", lambda m: sign(m, key="k2", kid="k2"), 403),
    ("a key endorsed for another channel", lambda m: sign(m, key="k3", kid="k3"), 403),
]


@pytest.mark.parametrize(("made", "status"), [row[1:] for row in TOKENS], ids=[row[0] for row in TOKENS])
async def test_a_token_is_answered_as_the_contract_demands(made: Made, status: int) -> None:
    async with teams_door() as here:
        here.microsoft.keys += [jwk("k2", endorsements=[]), jwk("k3", endorsements=["webchat"])]
        answer = await here.post(activity(here.microsoft), token=made(here.microsoft))
        assert answer.status_code == status, answer.text
        await here.settled()
        assert len(here.handled.asked) == (status == 200)


OTHER = "99999999-0000-4000-8000-000000000009"
BODIES: list[tuple[str, Json, int]] = [
    ("no service address", {"serviceUrl": None}, 403),
    ("another channel", {"channelId": "webchat"}, 403),
    ("no channel", {"channelId": None}, 403),
    ("unknown kind of activity", {"type": "somethingNew"}, 200),
    ("no kind at all", {"type": None}, 200),
    (
        "another tenant",
        {"conversation": {"id": "a:1", "tenantId": OTHER}, "channelData": {"tenant": {"id": OTHER}}},
        403,
    ),
    ("tenants that disagree", {"channelData": {"tenant": {"id": OTHER}}}, 403),
    ("no tenant", {"conversation": {"id": "a:1"}, "channelData": {}}, 403),
    ("the tenant said once", {"channelData": {}}, 200),
    ("the tenant in capitals", {"channelData": {"tenant": {"id": TENANT.upper()}}}, 200),
]


@pytest.mark.parametrize(("changes", "status"), [row[1:] for row in BODIES], ids=[row[0] for row in BODIES])
async def test_a_good_token_does_not_vouch_for_the_body(changes: Json, status: int) -> None:
    async with teams_door() as here:
        answer = await here.post(activity(here.microsoft, **changes))
        assert answer.status_code == status, answer.text


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b"\xff\xfe", b'"x"', b"[" * 100_000, b'{"id":' + b"9" * 5000 + b"}"],
    ids=["empty", "half", "list", "null", "no UTF-8", "string", "deep", "long number"],
)
async def test_malformed_json_is_400_for_microsoft_and_401_for_everybody_else(
    body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with teams_door() as here:
        assert (await here.post(body)).status_code == 400
        assert (await here.post(body, token="")).status_code == 401
        assert not caplog.records


async def test_a_body_larger_than_any_is_not_read() -> None:
    async with teams_door() as here:
        assert (await here.post(b"{" + b" " * 1_000_001 + b"}")).status_code == 413


async def test_a_header_sent_twice_has_no_meaning() -> None:
    async with teams_door() as here:
        good = f"Bearer {sign(here.microsoft)}"
        headers = [("authorization", good), ("authorization", good)]
        answer = await here.http.post(
            f"{here.url}/api/messages", json=activity(here.microsoft), headers=headers
        )
        assert answer.status_code == 401
        basic = await here.post(activity(here.microsoft), token="", headers={"authorization": "Basic abc"})
        assert basic.status_code == 401


async def test_only_posts_are_answered() -> None:
    async with teams_door() as here:
        assert (await here.http.get(f"{here.url}/api/messages")).status_code == 405
        assert (await here.http.head(f"{here.url}/api/messages")).status_code == 405


# Keys


async def test_keys_out_of_reach_are_503_and_nobody_is_let_in() -> None:
    async with teams_door() as here:
        here.microsoft.keys_down = True
        assert (await here.post(activity(here.microsoft))).status_code == 503
        # The second is told at once: Microsoft is not asked again for some seconds.
        assert (await here.post(activity(here.microsoft))).status_code == 503
        assert here.microsoft.key_reads == 1
        assert not here.handled.asked


async def test_keys_are_read_once_for_many() -> None:
    async with teams_door() as here:
        here.microsoft.keys_delay = 0.1
        bodies = [activity(here.microsoft, id=str(number)) for number in range(20)]
        answers = await asyncio.gather(*(here.post(body) for body in bodies))
        assert {answer.status_code for answer in answers} == {200}
        assert here.microsoft.key_reads == 1


async def test_a_new_key_is_found_and_a_made_up_one_asks_no_second_time() -> None:
    async with teams_door() as here:
        clock = [1000.0]
        keys = Keys(here.http, url=f"{here.microsoft.url}/openid", monotonic=lambda: clock[0])
        assert await keys.of("k1")
        assert await keys.of("k2") is None
        assert here.microsoft.key_reads == 1
        here.microsoft.keys.append(jwk("k2"))
        clock[0] += 299
        assert await keys.of("k2") is None
        clock[0] += 2
        assert await keys.of("k2")
        assert here.microsoft.key_reads == 2


async def test_who_bears_a_known_key_waits_for_nobody() -> None:
    async with teams_door() as here:
        clock = [1000.0]
        keys = Keys(here.http, url=f"{here.microsoft.url}/openid", monotonic=lambda: clock[0])
        await keys.warm()
        here.microsoft.keys_delay = 30.0
        clock[0] += 400
        asking = asyncio.create_task(keys.of("unknown"))
        await asyncio.sleep(0.05)
        assert await keys.of("k1")
        assert not asking.done()
        asking.cancel()


async def test_old_keys_serve_while_they_are_renewed_and_while_microsoft_is_away() -> None:
    async with teams_door() as here:
        clock = [1000.0]
        keys = Keys(here.http, url=f"{here.microsoft.url}/openid", monotonic=lambda: clock[0])
        await keys.warm()
        here.microsoft.keys_down = True
        clock[0] += 2 * 86_400
        assert await keys.of("k1")
        await _reads(here, 2)
        assert await keys.of("k1")
        here.microsoft.keys_down = False
        clock[0] += 60
        async with asyncio.timeout(60):
            # The question before may still be on its way back, and only one is asked at a time.
            while here.microsoft.key_reads < 3:
                assert await keys.of("k1")
                await asyncio.sleep(0.01)


async def _reads(here: Here, count: int) -> None:
    """The list is renewed beside the request: wait for it."""
    async with asyncio.timeout(60):
        while here.microsoft.key_reads < count:
            await asyncio.sleep(0.01)
    assert here.microsoft.key_reads == count


async def test_keys_of_other_kinds_are_passed_over() -> None:
    async with teams_door() as here:
        here.microsoft.keys = [{"kty": "EC", "kid": "e1", "crv": "P-256"}, {"kty": "RSA"}, jwk("k1")]
        assert await here.keys.of("k1")


async def test_a_list_of_keys_elsewhere_without_https_is_not_read() -> None:
    async with teams_door() as here:
        keys = Keys(here.http, url="http://keys.example.com/openid")
        await keys.warm()
        answer = await _status_with(here, keys)
        assert answer == 503


async def _status_with(here: Here, keys: Keys) -> int:
    from bot.teams.listeners import build
    from tests.teams.kit import NOW, served

    guard = Guard(
        app_id=APP, tenants=frozenset({TENANT}), keys=keys, hosts=ServiceHosts(frozenset({"127.0.0.1"}))
    )
    door = build(handle=here.handled, clock=lambda: NOW, guard=guard, chat=here.chat)
    async with served(door) as url:
        headers = {"authorization": f"Bearer {sign(here.microsoft)}"}
        answer = await here.http.post(f"{url}/api/messages", json=activity(here.microsoft), headers=headers)
        return answer.status_code


# Hosts


@pytest.mark.parametrize(
    ("url", "trusted"),
    [
        ("https://smba.trafficmanager.net/emea/", True),
        ("https://SMBA.trafficmanager.net/amer/00000000-0000-4000-8000-000000000001/", True),
        ("https://smba.infra.gcc.teams.microsoft.com", True),
        ("http://smba.trafficmanager.net/emea/", False),
        ("https://smba.trafficmanager.net.evil.example/", False),
        ("https://smba.trafficmanager.net@evil.example/", False),
        ("https://evil.example/https://smba.trafficmanager.net/", False),
        ("https://evil.example#smba.trafficmanager.net", False),
        ("https://smba.trafficmanager.net\\@evil.example/", False),
        ("https://smba.trafficmanager.net/ x", False),
        ("https://smba.trafficmanager.net/\n", False),
        ("//smba.trafficmanager.net/", False),
        ("http://localhost:3978/", False),
        ("http://127.0.0.1:3978/", False),
        ("", False),
    ],
)
def test_only_listed_hosts_ever_see_our_token(url: str, trusted: bool) -> None:
    assert ServiceHosts().trusts(url) is trusted


def test_this_machine_is_trusted_in_the_playground_or_by_name_only() -> None:
    assert ServiceHosts(playground=True).trusts("http://localhost:56150/_connector")
    assert ServiceHosts(SERVICE_HOSTS | {"127.0.0.1"}).trusts("http://127.0.0.1:3978/")
    assert not ServiceHosts(SERVICE_HOSTS | {"127.0.0.1"}).trusts("http://localhost:3978/")
    assert not ServiceHosts(playground=True).trusts("http://10.0.0.1:56150/_connector")


# The playground


@pytest.mark.parametrize(
    ("host", "has_secret", "starts"),
    [
        ("127.0.0.1", False, True),
        ("localhost", False, True),
        ("::1", False, True),
        ("0.0.0.0", False, False),
        ("::", False, False),
        ("", False, False),
        ("10.1.2.3", False, False),
        ("localhost.evil.example", False, False),
        ("127.0.0.1", True, False),
    ],
)
def test_the_playground_starts_only_where_nobody_outside_can_reach_it(
    host: str, has_secret: bool, starts: bool
) -> None:
    refusal = refuse_playground(host, has_secret)
    assert (refusal is None) is starts
    if refusal:
        assert "TEAMS_PLAYGROUND" in refusal


async def test_the_playground_takes_unsigned_activities_that_name_it() -> None:
    async with teams_door(playground=True) as here:
        marked = {"x-ms-agents-playground": "true"}
        assert (await here.post(activity(here.microsoft), token="", headers=marked)).status_code == 200
        assert (await here.post(activity(here.microsoft), token="")).status_code == 401
        foreign = activity(here.microsoft, serviceUrl="https://evil.example/")
        assert (await here.post(foreign, token="", headers=marked)).status_code == 403


def test_without_keys_there_is_only_the_playground() -> None:
    with pytest.raises(ValueError, match="playground"):
        Guard(app_id=APP, tenants=frozenset(), keys=None, hosts=ServiceHosts())
