"""What reaches the app: signed, in time, again when it failed."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from slack_sdk.signature import SignatureVerifier
from slack_sdk.webhook.async_client import AsyncWebhookClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.playground import Playground
from tests.playground.bolt_app import served
from tests.playground.kit import VirtualClock

Answer = Callable[[Request], Awaitable[Response]]


class Recorder:
    """An app that only writes down what it gets; `answers` decide what it says: None is silence, until it may speak."""

    def __init__(self) -> None:
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[Response | None] = []
        self.may_speak = asyncio.Event()

    async def __call__(self, request: Request) -> Response:
        self.requests.append((dict(request.headers), await request.body()))
        answer = self.answers.pop(0) if self.answers else Response("")
        if answer is None:
            await self.may_speak.wait()
            return Response("")
        return answer

    def bodies(self) -> list[Any]:
        return [json.loads(body) for _, body in self.requests]

    def payload(self) -> Any:
        return json.loads(parse_qs(self.requests[-1][1].decode())["payload"][0])


@pytest.fixture
async def app(slack: Playground) -> AsyncIterator[Recorder]:
    recorder = Recorder()

    async def endpoint(request: Request) -> Response:
        return await recorder(request)

    async with served(
        Starlette(routes=[Route("/slack/events", endpoint, methods=["POST", "GET"])])
    ) as address:
        slack.app_url = f"{address}/slack/events"
        slack.hands.patience = 0.0
        yield recorder
        recorder.may_speak.set()


async def test_a_command_is_a_signed_form(slack: Playground, app: Recorder) -> None:
    await slack.hands.command("anna", "/pilot show  <Contract> & @ben in #leads ")
    headers, body = app.requests[0]
    assert SignatureVerifier(slack.app.signing_secret).is_valid_request(body, headers)
    assert not SignatureVerifier("another").is_valid_request(body, headers)
    fields = {key: value[0] for key, value in parse_qs(body.decode()).items()}
    assert fields["command"] == "/pilot"
    leads = slack.workspace.channel("#leads")
    assert fields["text"] == f"show  &lt;Contract&gt; &amp; <@U0PLAY0003|ben> in <#{leads.id}|leads>"
    assert (fields["channel_name"], fields["user_name"]) == ("directmessage", "anna")
    assert {
        "token",
        "team_id",
        "team_domain",
        "channel_id",
        "user_id",
        "api_app_id",
        "response_url",
        "trigger_id",
    } <= set(fields)
    slack.app.should_escape = False
    await slack.hands.command("anna", "/pilot handover X @ben")
    assert "@ben" in parse_qs(app.requests[1][1].decode())["text"][0]


async def test_the_workspace_clock_signs_unless_told_otherwise(
    slack: Playground, app: Recorder, clock: VirtualClock
) -> None:
    slack.deliveries.signing_clock = clock
    await slack.hands.command("anna", "/pilot help")
    assert app.requests[0][0]["x-slack-request-timestamp"] == str(int(clock().timestamp()))


# an ack's body → what the person sees
ACKS: list[tuple[Response, list[str], list[str]]] = [
    (Response(""), [], []),
    (Response("plain words", media_type="text/plain"), ["plain words"], []),
    (JSONResponse({"text": "for you"}), ["for you"], []),
    (JSONResponse({"text": "for all", "response_type": "in_channel"}), [], ["for all"]),
]


@pytest.mark.parametrize(("answer", "alone", "everybody"), ACKS)
async def test_an_ack_may_answer(
    slack: Playground, app: Recorder, answer: Response, alone: list[str], everybody: list[str]
) -> None:
    app.answers = [answer]
    seen = await slack.hands.command("anna", "/pilot help", "#leads")
    assert [m.text for m in seen.ephemerals] == alone
    assert [m.text for m in seen.messages] == everybody
    assert len(slack.hands.see("ben", "#leads")) == len(everybody)


async def test_blocks_in_an_ack_are_held_to_the_limits(slack: Playground, app: Recorder) -> None:
    app.answers = [
        JSONResponse({"text": "x", "blocks": [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}]})
    ]
    seen = await slack.hands.command("anna", "/pilot help")
    assert [n.code for n in seen.notices] == ["invalid_blocks"]
    assert slack.app.refusals[0].errors == ["unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]"]


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Response("", 500), "dispatch_failed"),
        (Response("", 404), "dispatch_failed"),
        (None, "operation_timeout"),
    ],
)
async def test_a_failed_command_shows_slacks_own_notice(
    slack: Playground, app: Recorder, answer: Response | None, code: str
) -> None:
    if answer is None:
        slack.deliveries.ack_limit = 0.2
    app.answers = [answer]
    seen = await slack.hands.command("anna", "/pilot help")
    assert [n.code for n in seen.notices] == [code]
    assert code in seen.text


async def test_an_unknown_command_never_reaches_the_app(slack: Playground, app: Recorder) -> None:
    slack.app.commands = frozenset({"/pilot"})
    seen = await slack.hands.command("anna", "/pilto help")
    assert "/pilto is not a valid command." in seen
    assert app.requests == []


async def test_an_event_has_slacks_envelope(slack: Playground, app: Recorder) -> None:
    await slack.hands.type("anna", "anna", "hello")
    body = app.bodies()[0]
    assert body["type"] == "event_callback" and body["event_id"].startswith("Ev0")
    assert body["team_id"] == "T0PLAY" and body["api_app_id"] == "A0PLAY"
    assert body["authorizations"][0]["user_id"] == slack.workspace.bot.id
    assert body["event"]["channel_type"] == "im" and body["event"]["text"] == "hello"
    assert body["event_time"] == int(slack.workspace.clock().timestamp())


async def test_a_failed_event_comes_again_at_once_then_after_one_and_five_minutes(
    slack: Playground, app: Recorder, clock: VirtualClock
) -> None:
    app.answers = [Response("", 500), Response("", 503), Response("", 500), Response("", 500)]
    await slack.hands.type("anna", "anna", "hello")
    assert len(app.requests) == 2, "the first retry is immediate"
    retry = app.requests[1][0]
    assert (retry["x-slack-retry-num"], retry["x-slack-retry-reason"]) == ("1", "http_error")
    assert await slack.deliveries.run_due() == 0
    clock.advance(minutes=1)
    assert await slack.deliveries.run_due() == 1
    clock.advance(minutes=4)
    assert await slack.deliveries.run_due() == 0
    clock.advance(minutes=1)
    assert await slack.deliveries.run_due() == 1
    clock.advance(hours=1)
    assert await slack.deliveries.run_due() == 0, "three retries, no more"
    assert [headers.get("x-slack-retry-num") for headers, _ in app.requests] == [None, "1", "2", "3"]
    assert len({json.loads(body)["event_id"] for _, body in app.requests}) == 1


async def test_a_retry_stops_when_told_and_when_two_hours_late(
    slack: Playground, app: Recorder, clock: VirtualClock
) -> None:
    app.answers = [Response("", 500, {"x-slack-no-retry": "1"})]
    await slack.hands.type("anna", "anna", "stop")
    assert len(app.requests) == 1
    app.answers = [Response("", 500), Response("", 500)]
    await slack.hands.type("anna", "anna", "late")
    clock.advance(hours=3)
    assert await slack.deliveries.run_due() == 1
    assert len(app.requests) == 3, "dropped, not delivered"


async def test_reasons_of_failure_are_named(slack: Playground, app: Recorder) -> None:
    slack.deliveries.ack_limit = 2.0
    app.answers = [None]
    await slack.hands.type("anna", "anna", "slow")
    assert app.requests[1][0]["x-slack-retry-reason"] == "http_timeout"
    app.answers = [RedirectResponse(slack.app_url, 307) for _ in range(3)]
    delivery = await slack.deliveries.event(
        {"type": "app_home_opened", "user": "U1", "channel": "D1", "tab": "home"}
    )
    assert delivery is not None and delivery.attempts[0].failure == "too_many_redirects"
    slack.app_url = "http://127.0.0.1:9/"
    gone = await slack.deliveries.event(
        {"type": "app_home_opened", "user": "U1", "channel": "D1", "tab": "home"}
    )
    assert gone is not None and gone.attempts[0].failure == "connection_failed"


# an event and the scope without which the app does not get it
EVENT_NEEDS = [
    ("message.im", "im:history"),
    ("app_mention", "app_mentions:read"),
    ("member_joined_channel", "channels:read"),
    ("user_change", "users:read"),
    ("team_join", "users:read"),
    ("channel_archive", "channels:read"),
    ("channel_rename", "channels:read"),
]


async def _cause(slack: Playground, event: str) -> None:
    hands = slack.hands
    causes: dict[str, Callable[[], Awaitable[object]]] = {
        "message.im": lambda: hands.type("anna", "anna", "x"),
        "app_mention": lambda: hands.type("anna", "#leads", "@pilotlight hello"),
        "member_joined_channel": lambda: hands.join("cleo", "#leads", inviter="anna"),
        "user_change": lambda: hands.deactivate("cleo"),
        "team_join": lambda: hands.join_team("dora"),
        "channel_archive": lambda: hands.archive("#leads", "anna"),
        "channel_rename": lambda: hands.rename("#leads", "chiefs"),
    }
    await causes[event]()


@pytest.mark.parametrize(("event", "scope"), EVENT_NEEDS)
async def test_an_event_needs_its_scope(slack: Playground, app: Recorder, event: str, scope: str) -> None:
    await _cause(slack, event)
    assert [body["event"]["type"] for body in app.bodies()] == [event.removesuffix(".im")]
    assert scope in slack.app.scopes_used()


@pytest.mark.parametrize(("event", "scope"), EVENT_NEEDS)
async def test_without_its_scope_or_subscription_it_does_not_come(
    slack: Playground, app: Recorder, event: str, scope: str
) -> None:
    slack.installation.scopes = {"commands"}
    await _cause(slack, event)
    slack.installation.scopes = {"commands", scope}
    slack.app.bot_events = frozenset({"app_home_opened"})
    await slack.deliveries.event({"type": event.removesuffix(".im")}, name=event)
    assert app.requests == []


async def test_uninstalling_kills_tokens_and_tells_twice(slack: Playground, app: Recorder) -> None:
    await slack.hands.uninstall()
    assert [body["event"]["type"] for body in app.bodies()] == ["tokens_revoked", "app_uninstalled"]
    assert slack.installation.dead == "account_inactive"


async def test_url_verification_and_app_rate_limited_have_their_own_forms(
    slack: Playground, app: Recorder
) -> None:
    app.answers = [JSONResponse({"challenge": "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"})]
    assert await slack.deliveries.verify_url()
    assert not await slack.deliveries.verify_url()
    await slack.deliveries.app_rate_limited()
    assert app.bodies()[-1]["type"] == "app_rate_limited" and app.bodies()[-1]["minute_rate_limited"]


async def test_the_app_hears_itself_only_when_asked(slack: Playground, app: Recorder) -> None:
    dm = slack.workspace.im("anna")
    bot: dict[str, Any] = {"user": slack.workspace.bot.id, "bot_id": slack.workspace.bot_id}
    slack.workspace.add_message(dm, text="quiet", **bot)
    slack.app.echo_own_messages = True
    message = slack.workspace.add_message(dm, text="echo", **bot)
    assert await slack.workspace.until(lambda: len(app.requests) == 1)
    assert app.bodies()[0]["event"]["bot_id"] == slack.workspace.bot_id
    slack.workspace.change(message, text="new", blocks=None, by=slack.workspace.bot_id)
    assert await slack.workspace.until(lambda: len(app.requests) == 2)
    assert app.bodies()[1]["event"]["subtype"] == "message_changed"


# response_url


async def _response_url(slack: Playground, app: Recorder) -> str:
    await slack.hands.command("anna", "/pilot help", "#leads")
    return parse_qs(app.requests[-1][1].decode())["response_url"][0]


async def test_a_response_url_works_five_times_in_thirty_minutes(
    slack: Playground, app: Recorder, clock: VirtualClock
) -> None:
    hook = AsyncWebhookClient(await _response_url(slack, app))
    first = await hook.send(text="one")
    assert (first.status_code, first.body) == (200, "ok")
    await hook.send(text="two", response_type="in_channel")
    await hook.send(text="instead of one", replace_original=True)
    await hook.send(delete_original=True)
    await hook.send(text="five")
    assert [m.text for m in slack.hands.see("anna", "#leads")] == ["two", "five"]
    assert [m.text for m in slack.hands.see("ben", "#leads")] == ["two"]
    assert (await hook.send(text="six")).status_code == 404
    later = AsyncWebhookClient(await _response_url(slack, app))
    clock.advance(minutes=31)
    assert (await later.send(text="too late")).body == "expired_url"


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        (b"no json", 400, "invalid_payload"),
        (b"[]", 400, "invalid_payload"),
        (b"{}", 400, "no_text"),
        (b'{"text": "x", "blocks": [{"type": "alert"}]}', 400, "invalid_blocks"),
        (b'{"delete_original": true}', 404, "message_not_found"),
    ],
)
async def test_a_response_url_refuses(
    slack: Playground, app: Recorder, body: bytes, status: int, reason: str
) -> None:
    async with httpx.AsyncClient(trust_env=False, timeout=60) as http:
        answer = await http.post(await _response_url(slack, app), content=body)
        assert (answer.status_code, answer.text) == (status, reason)
        assert (await http.post(f"{slack.url}/actions/T0PLAY/nonsense", content=body)).status_code == 404
