"""Another client than Slack's own knocks: a proxy, a load test, somebody who plays Slack and leaves out or makes up what Slack never would.

Signed it is, so it is answered as Slack's documentation asks: 200 to what there is nothing in for us, the answer by whichever way is
left to what there is, and never a failure of ours.
"""

import itertools
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.playground.deliveries import sign
from bot.playground.payloads import epoch
from bot.slack.listeners import Door
from storage import people
from tests.journeys.kit import House, house
from tests.journeys.test_door_twice import signed

Json = dict[str, Any]
#: A response_url at which nobody listens.
NOBODY = "http://127.0.0.1:9/commands/1"
SAY = json.dumps({"v": "say", "a": {"text": "show Invoice Reader"}})


class Client:
    """Somebody who has the signing secret, and habits of their own."""

    def __init__(self, home: House, http: httpx.AsyncClient) -> None:
        self.home, self._http = home, http
        self.alice = home.slack.workspace.person("alice")
        self.im = home.slack.workspace.im(self.alice)
        self.team = home.slack.workspace.team_id

    async def form(self, fields: Json) -> httpx.Response:
        return await self._posted(*signed(self.home, {k: v for k, v in fields.items() if v is not None}))

    async def json(self, body: Any) -> httpx.Response:
        return await self._posted(*signed(self.home, body, form=False))

    async def raw(self, body: bytes) -> httpx.Response:
        _, headers = signed(self.home, {})
        stamp = headers["X-Slack-Request-Timestamp"]
        headers["X-Slack-Signature"] = sign(self.home.slack.app.signing_secret, stamp, body)
        return await self._posted(body, headers)

    async def _posted(self, body: bytes, headers: dict[str, str]) -> httpx.Response:
        answer = await self._http.post("/slack/events", content=body, headers=headers)
        self.home.clock.advance(seconds=1)  # the same bytes within one second are a replay
        door = self.home.app.doors["/slack/events"]
        assert isinstance(door, Door)
        await door.drain(60.0)
        return answer

    def command(self, text: str | None, **fields: Any) -> Json:
        typed = {
            "token": "x",
            "team_id": self.team,
            "channel_id": self.im.id,
            "user_id": self.alice.id,
            "command": "/pilot",
            "text": text,
        }
        return typed | fields

    def press(self, **action: Any) -> Json:
        pressed = {"type": "button", "action_id": "x", "block_id": "b", "value": SAY, **action}
        return {
            "type": "block_actions",
            "user": {"id": self.alice.id, "team_id": self.team},
            "team": {"id": self.team},
            "channel": {"id": self.im.id},
            "container": {"type": "message", "message_ts": "1.1", "channel_id": self.im.id},
            "actions": [pressed],
        }

    def event(self, event: Any, **outer: Any) -> Json:
        now = epoch(self.home.slack.workspace.clock())
        return {"type": "event_callback", "team_id": self.team, "event_time": now, "event": event, **outer}

    def words(self, text: str, **fields: Any) -> Json:
        ts = self.home.slack.workspace.new_ts()
        said = {
            "type": "message",
            "user": self.alice.id,
            "channel": self.im.id,
            "channel_type": "im",
            "ts": ts,
        }
        return said | {"text": text} | fields

    def seen(self) -> list[str]:
        """What has arrived in Alice's direct messages."""
        return [self.home.read(message) for message in self.home.slack.ledger.take_all("alice")]


@asynccontextmanager
async def client(folder: Path) -> AsyncIterator[Client]:
    async with house(folder, expect_all=False) as home:
        await home.register()
        home.slack.ledger.take_all()
        transport = httpx.ASGITransport(app=home.app.doors["/slack/events"])
        async with httpx.AsyncClient(transport=transport, base_url="http://door", timeout=60) as http:
            yield Client(home, http)


async def test_commands_that_bear_one_trigger_or_none_are_each_answered(tmp_path: Path) -> None:
    async with client(tmp_path) as here:
        for trigger, url in itertools.product((None, "1.1.a"), (None, "https://hooks.slack.test/1")):
            for text, said in (
                ("show Invoice Reader", "Invoice handling time"),
                ("help", "What you can type"),
            ):
                answer = await here.form(here.command(text, trigger_id=trigger, response_url=url))
                assert said in answer.text, (trigger, url, text, answer.text)
        # Named in no way at all, the same words are said twice by somebody who wants them twice.
        for _ in range(2):
            assert "What you can type" in (await here.form(here.command("help"))).text


async def test_an_answer_with_a_table_finds_its_way_without_a_response_url(tmp_path: Path) -> None:
    """None given: in the body, in words. One at which nobody listens: in our direct messages."""
    async with client(tmp_path) as here:
        answer = await here.form(here.command("list mine", trigger_id="1.1"))
        assert "Invoice Reader" in answer.text
        assert "table" not in answer.text
        answer = await here.form(here.command("list mine", trigger_id="1.2", response_url=NOBODY))
        assert answer.text == ""
        [seen] = here.seen()
        assert "Invoice Reader" in seen


async def test_a_form_whose_trigger_nobody_knows_waits_behind_a_button(tmp_path: Path) -> None:
    async with client(tmp_path) as here:
        await here.form(here.command("new", trigger_id="made-up", response_url=NOBODY))
        [seen] = here.seen()
        assert "Open it here" in seen
        answer = await here.form(here.command("new"))
        assert "Open it here" in answer.text or any("Open it here" in one for one in here.seen())


async def test_presses_that_bear_one_moment_are_each_answered(tmp_path: Path) -> None:
    async with client(tmp_path) as here:
        for text, said in (("show Invoice Reader", "Invoice handling time"), ("help", "What you can type")):
            value = json.dumps({"v": "say", "a": {"text": text}})
            answer = await here.form({"payload": json.dumps(here.press(value=value, action_ts="1.1"))})
            assert answer.status_code == 200
            [seen] = here.seen()
            assert said in seen
        await here.form({"payload": json.dumps(here.press(action_ts="2.1") | {"response_url": NOBODY})})
        assert "Invoice handling time" in here.seen()[0]


async def test_words_are_heard_however_little_stands_around_them(tmp_path: Path) -> None:
    async with client(tmp_path) as here:
        heard = [
            here.words("help", subtype=None, bot_id=None, thread_ts=None),
            here.words("help", channel_type=None),
            here.words("help", client_msg_id=None, blocks=[], team=None),
            # The message that it answers is gone.
            here.words("help", thread_ts="1.1"),
        ]
        for event in heard:
            assert (await here.json(here.event(event))).status_code == 200
            [seen] = here.seen()
            assert "What you can type" in seen, event
        unheard = [
            here.words("help", bot_profile={"id": "B1"}, app_id="A9"),
            here.words("help", bot_id="B1"),
            here.words("help", user=here.home.slack.workspace.bot.id, bot_id="B0"),
            here.words("help", channel="C0X", channel_type=None),
            here.words("help", subtype="message_changed", message={"text": "help"}),
            here.words("help", subtype="message_deleted"),
            here.words("help", user=None),
        ]
        for event in unheard:
            assert (await here.json(here.event(event))).status_code == 200
            assert here.seen() == [], event


async def test_the_home_tab_opens_where_the_tab_is_not_named(tmp_path: Path) -> None:
    async with client(tmp_path) as here:
        homes = here.home.slack.workspace.homes
        for tab in ({}, {"tab": None}, {"tab": "home"}):
            homes.clear()
            await here.json(here.event({"type": "app_home_opened", "user": here.alice.id, **tab}))
            assert list(homes) == [here.alice.id]


async def test_what_comes_from_nobody_makes_nobody_known(tmp_path: Path) -> None:
    async with client(tmp_path) as here:
        read = here.home.app.database.read_now
        before = set(read(lambda conn: people.all_of(conn, here.home.workspace_id)))
        nobody: list[Json] = [
            here.command("list", user_id=None, trigger_id="1.1"),
            {"payload": json.dumps(here.press(action_ts="1.1") | {"user": None})},
            {
                "payload": json.dumps(
                    {"type": "view_submission", "view": {"private_metadata": '{"v":"new","a":{}}'}}
                )
            },
        ]
        for fields in nobody:
            assert (await here.form(fields)).status_code == 200
        for user in (None, {}, {"id": None}, "U1"):
            assert (await here.json(here.event({"type": "user_change", "user": user}))).status_code == 200
        assert set(read(lambda conn: people.all_of(conn, here.home.workspace_id))) == before


#: What may stand where Slack puts something else.
ODD: tuple[Any, ...] = (0, 1.5, True, None, "", "x", [], [None], {}, {"id": 5}, "\u202e\x00")
KINDS = (
    "block_actions", "view_submission", "view_closed", "block_suggestion", "message_action", "shortcut", "interactive_message",
    "dialog_submission", "workflow_step_edit", "event_callback", "app_rate_limited", "url_verification", "never_heard_of", None, 7,
)  # fmt: skip
EVENTS = (
    "message", "app_mention", "app_home_opened", "user_change", "team_join", "member_joined_channel", "channel_archive", "channel_id_changed",
    "tokens_revoked", "link_shared", "star_added", None,
)  # fmt: skip


async def test_nothing_signed_breaks_us(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Every kind of request with every field of another type: 200, or 400 where it is no shape at all; never a failure."""
    async with client(tmp_path) as here:
        with caplog.at_level(logging.ERROR, "bot"):
            for kind, odd in itertools.product(KINDS, ODD):
                whole = dict.fromkeys(("user", "team", "channel", "container", "view", "actions", "event", "message", "callback_id", "trigger_id", "response_url", "authorizations", "enterprise", "event_id", "event_time", "challenge", "minute_rate_limited"), odd)  # fmt: skip
                for made in (
                    (whole | {"type": kind}, {"type": kind}) if odd == 0 else (whole | {"type": kind},)
                ):
                    assert (await here.form({"payload": json.dumps(made)})).status_code in (200, 400), made
                    assert (await here.json(made)).status_code in (200, 400), made
            for kind, odd in itertools.product(EVENTS, ODD):
                event = dict.fromkeys(
                    ("user", "channel", "text", "ts", "thread_ts", "tab", "links", "tokens", "subtype"), odd
                )
                answer = await here.json(
                    here.event({"type": kind, **event}, event_id=f"Ev{kind}{odd!r}"[:40])
                )
                assert answer.status_code in (200, 400), (kind, odd)
            bodies = (
                b"", b"null", b"[1]", b'"x"', b'{"type":', b'{"a":' * 50_000, b"payload=", b"payload=%7B", b"payload=null", b"payload=5",
                b"payload=%5B%5D", b"payload=%7B%7D&payload=%7B%7D", b"command=%2Fpilot", b"command=%2Fpilot&text=%FF%E9&user_id=U1", b"\xff\xfe",
                b"command=&text=x", b"ssl_check=1&token=x", b"ssl_check=1&command=%2Fpilot", b"%00=%00", b"=&=&=", b"a" * 900_000,
            )  # fmt: skip
            for body in bodies:
                assert (await here.raw(body)).status_code in (200, 400), body[:60]
        assert (await here.json({"type": "url_verification", "challenge": "abc"})).json() == {
            "challenge": "abc"
        }
        errors = [one for one in caplog.records if one.levelno >= logging.ERROR]
        broken = [one for one in errors if "not delivered" not in one.getMessage()]
        assert not broken, caplog.text
