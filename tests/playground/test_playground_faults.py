"""Trouble on request, seen through the real slack_sdk."""

import asyncio
import time
from collections.abc import Callable

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground import Playground
from bot.playground.faults import Faults
from tests.playground.bolt_app import client
from tests.playground.kit import VirtualClock


def texts(slack: Playground) -> list[str]:
    return [m.text for m in slack.workspace.history(slack.workspace.im("anna"))]


async def post(slack: Playground, text: str = "x") -> None:
    await client(slack).chat_postMessage(channel=slack.workspace.im("anna").id, text=text)


@pytest.mark.parametrize("header", ["1", "300", None, "soon", "Wed, 21 Oct 2026 07:28:00 GMT"])
async def test_429_carries_the_header_it_was_given(slack: Playground, header: str | None) -> None:
    slack.faults.rate_limited("chat.postMessage", retry_after=header)
    with pytest.raises(SlackApiError) as caught:
        await post(slack)
    assert caught.value.response.status_code == 429
    assert caught.value.response.headers.get("Retry-After") == header
    assert texts(slack) == []
    await post(slack)
    assert texts(slack) == ["x"]


# what is planned, whether the message is there all the same
CUTS: dict[str, tuple[Callable[[Faults], object], bool]] = {
    "cut before": (lambda faults: faults.cut_before("chat.postMessage"), False),
    "lost reply": (lambda faults: faults.lost_reply("chat.postMessage"), True),
    "cut mid body": (lambda faults: faults.cut_mid_body("chat.postMessage"), True),
}


@pytest.mark.parametrize("name", CUTS)
async def test_a_cut_connection_leaves_the_sender_in_doubt(slack: Playground, name: str) -> None:
    plan, stored = CUTS[name]
    plan(slack.faults)
    with pytest.raises((aiohttp.ClientError, ConnectionError)):
        await post(slack)
    assert texts(slack) == (["x"] if stored else [])


async def test_the_sdks_default_handler_posts_twice_after_a_lost_reply(slack: Playground) -> None:
    slack.faults.lost_reply("chat.postMessage")
    default = AsyncWebClient(token=slack.token, base_url=slack.api_url)
    await default.chat_postMessage(channel=slack.workspace.im("anna").id, text="nudge")
    assert texts(slack) == ["nudge", "nudge"]


async def test_a_late_commit_is_in_no_history_before_its_time(slack: Playground, clock: VirtualClock) -> None:
    slack.faults.late_commit(seconds=10)
    with pytest.raises((aiohttp.ClientError, ConnectionError)):
        await post(slack)
    dm, api = slack.workspace.im("anna").id, client(slack)
    clock.advance(seconds=9)
    assert (await api.conversations_history(channel=dm))["messages"] == []
    assert slack.hands.unexpected() == []
    clock.advance(seconds=1)
    assert [m["text"] for m in (await api.conversations_history(channel=dm))["messages"]] == ["x"]
    assert slack.hands.take("anna", "x")


@pytest.mark.parametrize(("accepted", "there"), [(False, []), (True, ["x"])])
async def test_a_5xx_may_or_may_not_have_had_its_effect(
    slack: Playground, accepted: bool, there: list[str]
) -> None:
    slack.faults.server_error("chat.postMessage", status=502, accepted=accepted)
    with pytest.raises(SlackApiError) as caught:
        await post(slack)
    assert caught.value.response.status_code == 502
    assert texts(slack) == there


async def test_broken_json_with_status_200(slack: Playground) -> None:
    slack.faults.broken_json("chat.postMessage")
    with pytest.raises(SlackApiError):
        await post(slack)
    assert texts(slack) == ["x"]


async def test_a_slow_reply_is_stored_at_once(slack: Playground) -> None:
    slack.faults.slow("chat.postMessage", 1.0)
    begun = time.monotonic()
    sending = asyncio.create_task(post(slack))
    assert await slack.workspace.until(lambda: texts(slack) == ["x"])
    await sending
    assert time.monotonic() - begun >= 1.0


async def test_a_named_error_for_some_arguments_only(slack: Playground) -> None:
    slack.faults.slack_error(
        "chat.postMessage", "restricted_action", times=None, when=lambda args: args["text"] == "b"
    )
    await post(slack, "a")
    with pytest.raises(SlackApiError, match="restricted_action"):
        await post(slack, "b")
    await post(slack, "c")
    assert texts(slack) == ["a", "c"]


async def test_skip_times_and_share(slack: Playground) -> None:
    fault = slack.faults.server_error("chat.postMessage", skip=1, times=1)
    await post(slack, "passes")
    with pytest.raises(SlackApiError):
        await post(slack, "struck")
    await post(slack, "passes again")
    assert fault.struck == 1
    slack.faults.clear()
    storm = slack.faults.rate_limited(times=None, share=0.5)
    answers = await asyncio.gather(*(post(slack, str(n)) for n in range(40)), return_exceptions=True)
    assert sum(isinstance(answer, SlackApiError) for answer in answers) == storm.struck
    assert 10 <= storm.struck <= 30
