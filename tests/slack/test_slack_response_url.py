"""What the answer to a response_url means."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from bot.messages.model import Message, Section, Table, say
from bot.services.chat import ChatError, Trouble
from bot.services.incoming import Reply
from bot.slack.chat import SlackChat
from bot.slack.install import BotToken, Tokens, single
from bot.slack.outlets import Outlets
from bot.slack.respond import Responder
from bot.slack.ways import Kind, Way
from bot.slack.web_api import WebApi
from tests.playground.bolt_app import served


class Hook:
    """Stands at a response_url: answers in turn, and remembers what it was sent."""

    def __init__(self, *answers: tuple[int, bytes]) -> None:
        self.answers = list(answers)
        self.bodies: list[dict[str, Any]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.bodies.append(await Request(scope, receive).json())
        status, body = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        headers = {"retry-after": "1"} if status == 429 else {}
        await Response(body, status, headers)(scope, receive, send)


@asynccontextmanager
async def hooked(hook: Hook) -> AsyncIterator[tuple[SlackChat, str]]:
    async with served(hook) as address:
        chat = SlackChat(
            WebApi(tokens=Tokens(single(BotToken(token="x", team="T1"))), api_url=f"{address}/", seconds=60.0)
        )
        yield chat, f"{address}/actions/1"
        await chat.close()


@pytest.mark.parametrize("answer", [b"ok", b'{"ok":true}', b"", b"[]", b"whatever"])
async def test_taken(answer: bytes) -> None:
    async with hooked(Hook((200, answer))) as (chat, url):
        await chat.api.respond(url, {"text": "x"})


@pytest.mark.parametrize(
    ("status", "body", "trouble", "reason"),
    [
        (404, b"used_url", Trouble.RECIPIENT, "used_url"),
        (404, b"expired_url\n", Trouble.RECIPIENT, "expired_url"),
        (404, b"", Trouble.RECIPIENT, "http_404"),
        (400, b"invalid_blocks", Trouble.MESSAGE, "invalid_blocks"),
        (400, b'{"ok":false,"error":"invalid_blocks"}', Trouble.MESSAGE, "invalid_blocks"),
        (200, b'{"ok":false,"error":"invalid_blocks"}', Trouble.MESSAGE, "invalid_blocks"),
        (200, b'{"ok":false}', Trouble.RECIPIENT, "refused"),
        (429, b"", Trouble.LIMITED, "ratelimited"),
        (500, b"server_error", Trouble.UNCERTAIN, "http_500"),
    ],
)
async def test_refused(status: int, body: bytes, trouble: Trouble, reason: str) -> None:
    async with hooked(Hook((status, body))) as (chat, url):
        with pytest.raises(ChatError) as failure:
            await chat.api.respond(url, {"text": "x"})
    assert (failure.value.trouble, failure.value.reason) == (trouble, reason)


async def test_nobody_there() -> None:
    async with hooked(Hook((200, b"ok"))) as (chat, _):
        with pytest.raises(ChatError) as failure:
            await chat.api.respond("http://127.0.0.1:9/actions/1", {"text": "x"})
    assert failure.value.trouble is Trouble.NOT_CONNECTED


DRAWN = Message(
    headline="Pilots",
    sections=(Section(parts=(Table(caption="Pilots", columns=("Name",), rows=(("Ask HV",),)),)),),
)


async def test_a_drawing_that_slack_refuses_follows_in_words() -> None:
    hook = Hook((400, b"invalid_blocks"), (200, b"ok"))
    async with hooked(hook) as (chat, url):
        await Outlets(chat).alone(Way(kind=Kind.COMMAND, team="T1", user="U1", response_url=url), DRAWN)
    drawn, words = hook.bodies
    assert [block["type"] for block in drawn["blocks"]] == ["data_table"]
    assert [block["type"] for block in words["blocks"]] == ["section"]
    assert (words["response_type"], words["replace_original"]) == ("ephemeral", False)


async def test_slack_that_asks_for_patience_gets_the_answer_once() -> None:
    hook = Hook((429, b""), (200, b"ok"))
    async with hooked(hook) as (chat, url):
        await Outlets(chat).alone(Way(kind=Kind.COMMAND, team="T1", user="U1", response_url=url), DRAWN)
    assert len(hook.bodies) == 2


async def test_an_answer_in_doubt_is_not_repeated() -> None:
    hook = Hook((500, b""))
    async with hooked(hook) as (chat, url):
        with pytest.raises(ChatError):
            await Outlets(chat).alone(Way(kind=Kind.COMMAND, team="T1", user="U1", response_url=url), DRAWN)
    assert len(hook.bodies) == 1


async def test_a_drawing_is_the_answer_itself_where_slack_has_taken_one() -> None:
    way, reply = Way(kind=Kind.COMMAND, team="T1", user="U1"), Reply(message=DRAWN)
    async with hooked(Hook((200, b"ok"))) as (chat, url):
        responder, way = Responder(chat), replace(way, response_url=url)
        assert responder.body(way, reply) is None
        await responder.after(way, reply)
        body = json.loads(responder.body(way, reply) or "")
        assert [block["type"] for block in body["blocks"]] == ["data_table"]
        assert body["response_type"] == "ephemeral"
        assert responder.body(replace(way, team="T2"), reply) is None


async def test_a_drawing_that_was_refused_is_not_tried_in_an_answer() -> None:
    reply = Reply(message=DRAWN)
    async with hooked(Hook((200, b"ok"), (400, b"invalid_blocks"), (200, b"ok"))) as (chat, url):
        responder, way = (
            Responder(chat),
            Way(kind=Kind.COMMAND, team="T1", user="U1", response_url=url),
        )
        await responder.after(way, reply)
        await responder.after(way, reply)
        assert responder.body(way, reply) is None


async def test_a_message_said_again_is_rendered_once() -> None:
    way, reply = Way(kind=Kind.COMMAND, team="T1", user="U1"), Reply(message=say("Nothing waits for you."))
    async with hooked(Hook((200, b"ok"))) as (chat, _):
        responder = Responder(chat)
        first, again = responder.body(way, reply), responder.body(way, reply)
        other = responder.body(way, Reply(message=say("One pilot waits for you.")))
    assert first and first is again
    assert other and other != first
