"""Tokens and people: asked for seldom, forgotten at once."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.slack.install import Authorize, BotToken, Tokens, single
from bot.slack.payload import address
from bot.slack.profiles import Profiles
from tests.slack.kit import Running, slack_door


class Rows:
    """A table of tokens that remembers how often it was read."""

    def __init__(self, *tokens: BotToken) -> None:
        self.tokens = {token.team: token for token in tokens}
        self.reads = 0

    async def token_of(self, team: str) -> BotToken | None:
        self.reads += 1
        return self.tokens.get(team)


ONE = BotToken(token="xoxb-1", team="T1", bot_user="U1", bot_id="B1", scopes=("chat:write", "commands"))


@pytest.fixture
async def here() -> AsyncIterator[Running]:
    async with slack_door() as running:
        yield running


async def test_a_token_is_read_once_in_a_while() -> None:
    rows = Rows(ONE)
    tokens = Tokens(rows.token_of)
    assert [await tokens.of("T1") for _ in range(5)] == [ONE] * 5
    assert rows.reads == 1
    short = Tokens(rows.token_of, keep=0.05)
    assert await short.of("T1") == ONE
    await asyncio.sleep(0.06)
    await short.of("T1")
    assert rows.reads == 3


async def test_a_forgotten_token_is_read_again_and_an_absence_is_never_kept() -> None:
    rows = Rows()
    tokens = Tokens(rows.token_of)
    assert await tokens.of("T1") is None
    rows.tokens["T1"] = ONE
    assert await tokens.of("T1") == ONE
    rows.tokens["T1"] = BotToken(token="xoxb-2", team="T1")
    assert await tokens.of("T1") == ONE
    tokens.forget("T1")
    assert (await tokens.of("T1")) == rows.tokens["T1"]


async def test_the_memory_of_tokens_is_bounded() -> None:
    rows = Rows(*(BotToken(token=f"xoxb-{number}", team=f"T{number}") for number in range(10)))
    tokens = Tokens(rows.token_of, most=3)
    for number in range(10):
        assert await tokens.of(f"T{number}") is not None
    assert rows.reads == 10


async def test_one_token_from_the_settings() -> None:
    assert await single(ONE)("T1") == ONE
    assert await single(ONE)("T2") is None
    unnamed = BotToken(token="xoxb-1", team="")
    assert await single(unnamed)("T2") == unnamed


async def test_bolt_is_told_who_we_are_without_asking_slack() -> None:
    authorize = Authorize(Tokens(Rows(ONE).token_of))
    known = await authorize(enterprise_id=None, team_id="T1", user_id="U7")
    assert (known.bot_token, known.bot_user_id, known.bot_id, known.bot_scopes, known.user_id) == (
        "xoxb-1",
        "U1",
        "B1",
        ["chat:write", "commands"],
        "U7",
    )
    unknown = await authorize(enterprise_id=None, team_id="T2", user_id="U7")
    assert unknown.bot_token is None


async def test_an_organisation_wide_installation_is_found_by_the_organisation() -> None:
    authorize = Authorize(Tokens(Rows(BotToken(token="xoxb-org", team="E1")).token_of))
    assert (await authorize(enterprise_id="E1", team_id=None, user_id="U7")).bot_token == "xoxb-org"


# People


async def test_many_questions_about_one_person_are_one(here: Running) -> None:
    profiles = Profiles(here.chat, patience=60.0)
    ben = address(here.slack.workspace.team_id, here.slack.workspace.person("ben").id)
    found = await asyncio.gather(*(profiles.of(ben) for _ in range(20)))
    assert {profile.name for profile in found if profile is not None} == {"ben"}
    assert sum(call.method == "users.info" for call in here.slack.app.calls) == 1


async def test_an_answer_that_comes_late_is_kept_for_the_next_time(here: Running) -> None:
    profiles = Profiles(here.chat, patience=0.1)
    ben = address(here.slack.workspace.team_id, here.slack.workspace.person("ben").id)
    here.slack.faults.slow("users.info", 3.0)
    assert await profiles.of(ben) is None
    await profiles.drain()
    profile = await profiles.of(ben)
    assert profile is not None
    assert profile.name == "ben"


async def test_whoever_slack_does_not_tell_about_is_asked_for_again_later(here: Running) -> None:
    later = Profiles(here.chat, patience=60.0)
    ben = address(here.slack.workspace.team_id, here.slack.workspace.person("ben").id)
    here.slack.faults.slack_error("users.info", "missing_scope")
    assert await later.of(ben) is None
    assert await later.of(ben) is None
    soon = Profiles(here.chat, patience=60.0, again=0.05, most=1)
    here.slack.faults.slack_error("users.info", "missing_scope")
    assert await soon.of(ben) is None
    await asyncio.sleep(0.06)
    assert await soon.of(ben) is not None
    assert await soon.of(address(ben.workspace, "U0NOBODY")) is None
