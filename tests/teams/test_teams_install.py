"""Our own token: asked once by however many, renewed in time, and its refusals told apart."""

import asyncio

import httpx
import pytest

from bot.services.chat import ChatError, Trouble
from bot.teams.install import TOKEN_URL, Registration, Tokens
from tests.teams.kit import APP, SECRET, TENANT, Here, teams_door

US = Registration(app_id=APP, tenant=TENANT, secret=SECRET)


def tokens(here: Here, clock: list[float] | None = None) -> Tokens:
    now = clock or [0.0]
    return Tokens(here.http, US, url=f"{here.microsoft.url}/token", monotonic=lambda: now[0])


async def test_the_tenants_own_endpoint_is_asked_as_documented() -> None:
    async with teams_door() as here:
        assert await tokens(here).current() == "token-1"
        assert here.microsoft.token_reads == [
            {
                "grant_type": "client_credentials",
                "client_id": APP,
                "client_secret": SECRET,
                "scope": "https://api.botframework.com/.default",
            }
        ]
    assert "{tenant}" in TOKEN_URL


async def test_many_ask_once() -> None:
    async with teams_door() as here:
        here.microsoft.token_delay = 0.1
        ours = tokens(here)
        assert set(await asyncio.gather(*(ours.current() for _ in range(20)))) == {"token-1"}
        assert len(here.microsoft.token_reads) == 1


async def test_one_who_gives_up_does_not_end_it_for_the_others() -> None:
    async with teams_door() as here:
        here.microsoft.token_delay = 1.0
        ours = tokens(here)
        impatient = asyncio.create_task(ours.current())
        patient = asyncio.create_task(ours.current())
        await asyncio.sleep(0.05)
        impatient.cancel()
        assert await patient == "token-1"
        assert len(here.microsoft.token_reads) == 1


async def test_a_token_is_renewed_shortly_before_it_ends() -> None:
    async with teams_door() as here:
        clock = [1000.0]
        ours = tokens(here, clock)
        assert await ours.current() == "token-1"
        clock[0] += 3599 - 301
        assert await ours.current() == "token-1"
        clock[0] += 2
        assert await ours.current() == "token-2"
        ours.forget()
        assert await ours.current() == "token-3"


@pytest.mark.parametrize(
    ("status", "body", "trouble", "word"),
    [
        (401, {"error": "invalid_client", "error_description": "AADSTS7000215: Invalid client secret"}, Trouble.WORKSPACE, "AADSTS7000215"),
        (400, {"error": "unauthorized_client", "error_description": "AADSTS700016: not found"}, Trouble.WORKSPACE, "AADSTS700016"),
        (429, {"error": "throttled"}, Trouble.LIMITED, "429"),
        (500, {"error": "server"}, Trouble.NOT_CONNECTED, "500"),
        (503, {"error": "server"}, Trouble.NOT_CONNECTED, "503"),
        (200, {"token_type": "Bearer"}, Trouble.NOT_CONNECTED, "unreadable"),
        (200, {"access_token": 7, "expires_in": 1}, Trouble.NOT_CONNECTED, "unreadable"),
    ],
)  # fmt: skip
async def test_a_refusal_says_whether_asking_again_may_help(
    status: int, body: dict[str, object], trouble: Trouble, word: str
) -> None:
    async with teams_door() as here:
        here.microsoft.token_answer = (status, body)
        with pytest.raises(ChatError) as caught:
            await tokens(here).current()
        assert caught.value.trouble is trouble
        assert word in caught.value.reason
        assert SECRET not in str(caught.value)


async def test_an_endpoint_out_of_reach_is_a_send_that_never_left() -> None:
    async with httpx.AsyncClient(trust_env=False, timeout=60) as http:
        with pytest.raises(ChatError) as caught:
            await Tokens(http, US, url="http://127.0.0.1:9/token").current()
        assert caught.value.trouble is Trouble.NOT_CONNECTED


def test_the_secret_is_in_nobodys_repr() -> None:
    assert SECRET not in repr(US)
    assert US.bot_id == f"28:{APP}"
