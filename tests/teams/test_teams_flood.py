"""Five hundred tokens that are not Teams', and five hundred service addresses that are not Microsoft's: nobody gets in, nothing gets out."""

import base64
import json
import random

import pytest

from bot.services.chat import ChatError
from bot.teams.hosts import ServiceHosts
from tests.teams.kit import APP, Here, Json, activity, claims, jwk, place, rsa_key, sign, teams_door
from tests.teams.test_teams_guard import TOKENS, Made

CASES = 500


def _part(data: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(data).encode()).rstrip(b"=").decode()


def _token(here: Here, chance: random.Random) -> tuple[str, str]:
    """A token with one thing wrong, and what it is."""
    microsoft, now = here.microsoft, claims(here.microsoft)["exp"] - 3600
    good = sign(microsoft)
    head, body, signature = good.split(".")
    wrongs = {
        "alg none": lambda: (
            f"{_part({'alg': chance.choice(['none', 'None', 'NONE', '']), 'kid': 'k1'})}.{body}."
        ),
        "alg none, signed": lambda: f"{_part({'alg': 'none', 'kid': 'k1'})}.{body}.{signature}",
        "another algorithm named": lambda: (
            f"{_part({'alg': chance.choice(['HS256', 'HS384', 'RS384', 'PS256', 'ES256', 'EdDSA']), 'kid': 'k1'})}.{body}.{signature}"
        ),
        "its own key": lambda: (
            f"{_part({'alg': 'RS256', 'kid': 'k1', 'jwk': jwk('mine', name='mine')})}.{body}.{signature[:-4]}AAAA"
        ),
        "a key elsewhere": lambda: (
            f"{_part({'alg': 'RS256', 'kid': 'k9', 'jku': 'https://evil.example/keys'})}.{body}.{signature}"
        ),
        "aud": lambda: sign(
            microsoft, aud=chance.choice(["", "other", [APP, "other"], APP + " ", APP.upper() + "x", None])
        ),
        "iss": lambda: sign(
            microsoft,
            iss=chance.choice(["", "https://api.botframework.com/", "https://sts.windows.net/x/", None]),
        ),
        "kid": lambda: sign(microsoft, kid=chance.choice(["k2", "", "../k1", "K1", "k1\x00", "' OR 1=1"])),
        "expired": lambda: sign(microsoft, exp=now - chance.randrange(301, 10**8)),
        "never ends": lambda: sign(microsoft, exp=None),
        "not yet": lambda: sign(microsoft, nbf=now + chance.randrange(400, 10**6)),
        "signed by another": lambda: sign(microsoft, key="mallory"),
        "service address": lambda: sign(
            microsoft, serviceurl=chance.choice([None, "", "https://evil.example/", here.microsoft.url])
        ),
        "cut": lambda: good[: chance.randrange(1, len(good) - 3)],
        "changed": lambda: (
            f"{head}.{_part(claims(microsoft) | {'aud': APP, 'x': chance.random()})}.{signature}"
        ),
        "noise": lambda: "".join(chance.choice("abcXYZ019._-=") for _ in range(chance.randrange(1, 900))),
    }
    what = chance.choice(sorted(wrongs))
    return what, wrongs[what]()


@pytest.mark.trial
async def test_five_hundred_bad_tokens_open_nothing() -> None:
    chance = random.Random(1)
    async with teams_door() as here:
        rsa_key("mallory")
        for number in range(CASES):
            here.microsoft.keys_down = chance.random() < 0.2
            what, token = _token(here, chance)
            answer = await here.post(activity(here.microsoft, id=str(number)), token=token)
            assert answer.status_code in (401, 403, 503), (what, answer.status_code)
            assert answer.status_code != 503 or here.microsoft.keys_down, what
        assert not here.handled.asked
        assert not here.microsoft.seen
        here.microsoft.keys_down = False
        assert (await here.post(activity(here.microsoft))).status_code in (200, 503)


@pytest.mark.trial
async def test_five_hundred_foreign_addresses_never_see_a_token() -> None:
    chance = random.Random(2)
    listed = "smba.trafficmanager.net"
    shapes = (
        "https://{evil}/", "https://{good}.{evil}/", "https://{good}@{evil}/", "https://{evil}#{good}", "https://{evil}?{good}",
        "http://{good}/", "https://{good}:x@{evil}/", "https://{good}\\@{evil}/", "//{good}/", "https://{good}%2e{evil}/",
        "https:/{good}/", "javascript:{good}", "https://[::ffff:10.0.0.1]/", "https://{good}\t.{evil}/", "https://x{good}/",
    )  # fmt: skip
    async with teams_door() as here:
        for _ in range(CASES):
            evil = f"h{chance.randrange(10**9)}.example"
            url = chance.choice(shapes).format(good=listed, evil=evil)
            assert not ServiceHosts().trusts(url), url
            foreign = activity(here.microsoft, serviceUrl=url)
            answer = await here.post(foreign, token=sign(here.microsoft, serviceurl=url))
            assert answer.status_code == 403, url
            with pytest.raises(ChatError, match="allowed hosts"):
                await here.chat.post_card(place(here.microsoft, service_url=url), _CARD)
        assert not here.handled.asked
        assert not here.microsoft.token_reads


@pytest.mark.trial
@pytest.mark.parametrize("made", [made for _, made, _ in TOKENS], ids=[what for what, _, _ in TOKENS])
async def test_while_the_keys_are_out_of_reach_nobody_is_let_in_and_nothing_breaks(made: Made) -> None:
    async with teams_door() as here:
        here.microsoft.keys_down = True
        answer = await here.post(activity(here.microsoft), token=made(here.microsoft))
        assert answer.status_code in (401, 503)
        assert not here.handled.asked


_CARD: Json = {"type": "AdaptiveCard", "version": "1.5", "body": [], "fallbackText": "x"}
