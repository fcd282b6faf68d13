"""Chat over real HTTP: what arrives, what a failure means, what is found again."""

import socket
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from bot.domain.people import Address, Platform
from bot.messages.model import Message, Section, Table, Text, say
from bot.services.chat import CannotLook, Chat, ChatError, Place, Trouble
from bot.slack.chat import SlackChat
from bot.slack.install import BotToken, Tokens, single
from bot.slack.troubles import TROUBLE_OF, patience, refusal
from bot.slack.web_api import WebApi
from storage.database import Database
from tests.playground.bolt_app import served
from tests.slack.kit import Running, slack_door

KEY = "W1:nudge:anna:2026-11-23"
DRAWN = Message(
    headline="Pilots",
    sections=(
        Section(
            parts=(
                Text(spans=("All of them:",)),
                Table(caption="Pilots", columns=("Name",), rows=(("Ask HV",),)),
            )
        ),
    ),
)


@pytest.fixture
async def here() -> AsyncIterator[Running]:
    async with slack_door(seconds=5.0) as running:
        yield running


def anna(here: Running, **fields: Any) -> Place:
    user = here.slack.workspace.person("anna").id
    return Place(platform=Platform.SLACK, workspace=here.slack.workspace.team_id, **{"user": user, **fields})


def leads(here: Running) -> Place:
    return anna(here, user="", channel=here.slack.workspace.channel("#leads").id)


def texts_to(here: Running, who: str) -> list[str]:
    """What arrived in somebody's direct messages, taken from the ledger."""
    channel = here.slack.workspace.find_im(here.slack.workspace.person(who).id)
    if channel is None:
        return []
    here.slack.ledger.take_all()
    return [message.text for message in here.slack.workspace.history(channel)]


def test_it_is_a_chat() -> None:
    _: type[Chat] = SlackChat


# Sending, changing, finding again


async def test_a_token_that_cannot_be_read_is_a_message_that_did_not_leave(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'away.db'}")

    async def token_of(_: str) -> BotToken | None:
        await database.read(lambda conn: conn.execute(text("SELECT * FROM nothing_yet")))
        return None

    chat = SlackChat(WebApi(tokens=Tokens(token_of), api_url="http://127.0.0.1:9/api/"))
    with pytest.raises(ChatError, match="no token") as failure:
        await chat.send(Place(platform=Platform.SLACK, workspace="T1", user="U1"), say("Hello"), key=KEY)
    assert failure.value.trouble is Trouble.NOT_CONNECTED
    database.close()


async def test_a_message_arrives_once_with_its_key(here: Running) -> None:
    sent = await here.chat.send(anna(here), say("No word for 12 working days"), key=KEY)
    message = here.slack.hands.take("anna", "No word for 12")
    assert (message.channel, message.ts) == (sent.channel, sent.message_id)
    assert message.metadata == {"event_type": "pilotlight", "event_payload": {"key": KEY}}
    assert KEY in str(message.blocks)
    (post,) = [call for call in here.slack.app.calls if call.method == "chat.postMessage"]
    assert (post.args["unfurl_links"], post.args["unfurl_media"], post.args["parse"]) == (
        False,
        False,
        "none",
    )


async def test_a_channel_is_written_to_without_opening_anything(here: Running) -> None:
    await here.chat.send(leads(here), say("12 decisions wait"), key=KEY)
    here.slack.hands.take("#leads", "12 decisions")
    assert [call.method for call in here.slack.app.calls] == ["chat.postMessage"]


async def test_a_changed_message_keeps_its_key(here: Running) -> None:
    sent = await here.chat.send(anna(here), say("before"), key=KEY)
    await here.chat.update(anna(here, channel=sent.channel), sent.message_id, say("after"), key=KEY)
    await here.chat.update(anna(here, channel=sent.channel), sent.message_id, say("after"), key=KEY)
    assert here.slack.hands.take("anna", "after").ts == sent.message_id
    assert await here.chat.was_sent(anna(here), key=KEY, since=here.clock()) == sent


async def test_a_message_is_found_by_its_key_and_by_no_other(here: Running) -> None:
    sent = await here.chat.send(anna(here), say("one"), key=KEY)
    channel, bot = here.slack.workspace.im("anna"), here.slack.workspace.bot
    for number in range(130):  # more than a page
        here.slack.workspace.add_message(channel, user=bot.id, text=str(number))
    texts_to(here, "anna")
    since = here.clock()
    assert await here.chat.was_sent(anna(here), key=KEY, since=since) == sent
    assert await here.chat.was_sent(anna(here, channel=sent.channel), key=KEY, since=since) == sent
    assert await here.chat.was_sent(anna(here), key="W1:nudge:anna:2026-11-24", since=since) is None
    assert await here.chat.was_sent(anna(here), key=KEY, since=since + timedelta(days=1)) is None
    assert await here.chat.was_sent(anna(here), key="", since=since) is None


async def test_it_is_found_by_its_block_where_metadata_is_kept_from_us(here: Running) -> None:
    sent = await here.chat.send(anna(here), say("one"), key=KEY)
    here.slack.hands.take("anna", "one").metadata = None
    assert await here.chat.was_sent(anna(here), key=KEY, since=here.clock()) == sent


async def test_channels_and_a_missing_permission_cannot_be_looked_into(here: Running) -> None:
    with pytest.raises(CannotLook):
        await here.chat.was_sent(leads(here), key=KEY, since=here.clock())
    here.slack.installation.scopes.remove("im:history")
    with pytest.raises(CannotLook, match="im:history"):
        await here.chat.was_sent(anna(here), key=KEY, since=here.clock())


async def test_what_slack_refuses_to_draw_follows_in_words(here: Running) -> None:
    here.slack.faults.slack_error("chat.postMessage", "invalid_blocks")
    await here.chat.send(anna(here), DRAWN, key=KEY)
    message = here.slack.hands.take("anna", "Ask HV")
    assert [block["type"] for block in message.blocks or []] == ["section", "section"]
    here.slack.faults.slack_error("chat.update", "msg_blocks_too_long")
    await here.chat.update(anna(here, channel=message.channel), message.ts, DRAWN, key=KEY)
    here.slack.faults.slack_error("chat.postMessage", "invalid_blocks", times=2)
    with pytest.raises(ChatError) as refused:
        await here.chat.send(anna(here), DRAWN, key=KEY)
    assert refused.value.trouble is Trouble.MESSAGE


async def test_an_answer_in_a_thread(here: Running) -> None:
    sent = await here.chat.send(anna(here), say("question"), key=KEY)
    answered = await here.chat.send(anna(here), say("answer"), key="k2", thread=sent.message_id)
    here.slack.ledger.take_all()
    message = here.slack.workspace.find_message(sent.channel, answered.message_id)
    assert message is not None
    assert message.thread_ts == sent.message_id


# People


async def test_profiles(here: Running) -> None:
    team = here.slack.workspace.team_id
    ben = here.slack.workspace.person("ben")
    profile = await here.chat.profile(Address(platform=Platform.SLACK, workspace=team, user=ben.id))
    assert profile is not None
    assert (profile.name, profile.zone, profile.deleted) == ("ben", "Europe/Berlin", False)
    assert await here.chat.profile(Address(platform=Platform.SLACK, workspace=team, user="U0NOBODY")) is None


async def test_everybody_page_by_page(here: Running) -> None:
    for number in range(450):
        here.slack.workspace.add_user(f"person{number}")
    people = await here.chat.people(here.slack.workspace.team_id)
    assert {f"person{number}" for number in range(450)} <= {profile.name for profile in people}
    assert sum(call.method == "users.list" for call in here.slack.app.calls) == 3


# What a failure means


@pytest.mark.parametrize(
    ("fault", "trouble", "arrived"),
    [
        (lambda faults: faults.cut_before("chat.postMessage"), Trouble.UNCERTAIN, 0),
        (lambda faults: faults.lost_reply("chat.postMessage"), Trouble.UNCERTAIN, 1),
        (lambda faults: faults.cut_mid_body("chat.postMessage"), Trouble.UNCERTAIN, 1),
        (lambda faults: faults.broken_json("chat.postMessage"), Trouble.UNCERTAIN, 1),
        (lambda faults: faults.slow("chat.postMessage", 30.0), Trouble.UNCERTAIN, 1),
        (
            lambda faults: faults.server_error("chat.postMessage", status=500, accepted=True),
            Trouble.UNCERTAIN,
            1,
        ),
        (lambda faults: faults.server_error("chat.postMessage", status=502), Trouble.UNCERTAIN, 0),
        (lambda faults: faults.rate_limited("chat.postMessage", retry_after="30"), Trouble.LIMITED, 0),
        (lambda faults: faults.slack_error("chat.postMessage", "is_archived"), Trouble.RECIPIENT, 0),
        (lambda faults: faults.slack_error("chat.postMessage", "token_revoked"), Trouble.WORKSPACE, 0),
        (lambda faults: faults.slack_error("chat.postMessage", "invalid_blocks"), Trouble.MESSAGE, 0),
        (lambda faults: faults.slack_error("chat.postMessage", "invented_yesterday"), Trouble.RECIPIENT, 0),
        # Before the message itself nothing can have arrived.
        (lambda faults: faults.lost_reply("conversations.open"), Trouble.NOT_CONNECTED, 0),
        (lambda faults: faults.slow("conversations.open", 30.0), Trouble.NOT_CONNECTED, 0),
        (lambda faults: faults.rate_limited("conversations.open"), Trouble.LIMITED, 0),
        (lambda faults: faults.slack_error("conversations.open", "user_disabled"), Trouble.RECIPIENT, 0),
    ],
)
async def test_a_failed_send_is_told_apart_and_never_repeated(
    here: Running, fault: Any, trouble: Trouble, arrived: int
) -> None:
    planned = fault(here.slack.faults)
    with pytest.raises(ChatError) as failure:
        await here.chat.send(anna(here), say("once"), key=KEY)
    assert failure.value.trouble is trouble
    assert planned.struck == 1
    assert len(texts_to(here, "anna")) == arrived
    found = await here.chat.was_sent(anna(here), key=KEY, since=here.clock())
    assert (found is not None) == bool(arrived)


async def test_one_deadline_spans_the_whole_call(here: Running) -> None:
    """Opening the conversation takes its part of it: each alone would come back in these five seconds."""
    here.slack.faults.slow("conversations.open", 2.5)
    here.slack.faults.slow("chat.postMessage", 4.0)
    with pytest.raises(ChatError) as failure:
        await SlackChat(here.chat.api).send(anna(here), say("once"), key=KEY)
    assert failure.value.trouble is Trouble.UNCERTAIN
    here.slack.ledger.take_all()


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("1", 1),
        ("30", 30),
        ("300", 300),
        ("0", 1),
        (None, 60),
        ("soon", 60),
        ("-5", 60),
        ("1.5", 60),
        ("9" * 30, 86_400),
    ],
)
async def test_patience_is_what_slack_asks_for(here: Running, header: str | None, seconds: int) -> None:
    here.slack.faults.rate_limited("chat.postMessage", retry_after=header)
    with pytest.raises(ChatError) as failure:
        await here.chat.send(leads(here), say("once"), key=KEY)
    assert failure.value.retry_after == timedelta(seconds=seconds)


def test_patience_until_a_date_is_read_against_the_answers_own() -> None:
    date = "Mon, 23 Nov 2026 09:00:00 GMT"
    assert patience("Mon, 23 Nov 2026 09:00:45 GMT", date) == timedelta(seconds=45)
    assert patience("Mon, 23 Nov 2026 08:00:00 GMT", date) == timedelta(seconds=1)
    assert patience("Mon, 23 Nov 2099 08:00:00 GMT", date) == timedelta(days=1)
    assert patience("Mon, 23 Nov 2026 09:00:45 GMT", None) == timedelta(minutes=1)
    assert patience("Mon, 99 Nov 2026 09:00:45 GMT", date) == timedelta(minutes=1)


async def test_slack_that_is_not_there_took_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    tokens = Tokens(single(BotToken(token="xoxb-1", team="T1")))
    for url in (f"http://127.0.0.1:{port}/api/", "http://no-such-host.invalid/api/", "not a url"):
        chat = SlackChat(WebApi(tokens=tokens, api_url=url, seconds=60.0))
        with pytest.raises(ChatError) as failure:
            await chat.send(Place(platform=Platform.SLACK, workspace="T1", channel="C1"), say("x"), key=KEY)
        assert failure.value.trouble is Trouble.NOT_CONNECTED
        await chat.close()


@pytest.mark.parametrize(
    ("status", "content", "kind"),
    [
        (200, b"[]", "application/json"),
        (200, b'"ok"', "application/json"),
        (200, b"null", "application/json"),
        (200, b"", "application/json"),
        (200, b"[" * 20_000, "application/json"),
        (200, b'{"ok": true}', "application/json"),
        (200, b'{"ok": false}', "application/json"),
        (200, b'{"ok": false, "error": 7}', "application/json"),
        (200, b"ok", "text/plain"),
        (200, b"<html>", "text/html"),
        (200, b"\xff\xfe", "application/json; charset=utf-8"),
        (200, b"{}", "application/json; charset=klingon"),
        (302, b"", "text/html"),
        (403, b"<html>blocked by a proxy</html>", "text/html"),
        (503, b'{"ok": true, "ts": "1.2", "channel": "C1"}', "application/json"),
    ],
)
async def test_an_answer_nobody_can_read_leaves_the_send_in_doubt(
    status: int, content: bytes, kind: str
) -> None:
    async def slack(scope: Scope, receive: Receive, send: Send) -> None:
        await Response(content, status, headers={"content-type": kind})(scope, receive, send)

    async with served(slack) as address:
        tokens = Tokens(single(BotToken(token="xoxb-1", team="T1")))
        chat = SlackChat(WebApi(tokens=tokens, api_url=f"{address}/api/", seconds=60.0))
        with pytest.raises(ChatError) as failure:
            await chat.send(Place(platform=Platform.SLACK, workspace="T1", channel="C1"), say("x"), key=KEY)
        assert failure.value.trouble is Trouble.UNCERTAIN
        await chat.close()


# The table

#: https://docs.slack.dev/reference/methods/chat.postMessage#errors and …/chat.update, as listed in August 2026
LISTED = (  # noqa: SIM905 - as the pages list them
    """
app_access_restricted as_user_not_supported attachment_payload_limit_exceeded cannot_reply_to_message channel_not_found
draft_already_deleted draft_already_sent draft_has_conflict draft_not_found duplicate_channel_not_found
duplicate_message_not_found ekm_access_denied invalid_blocks invalid_blocks_format invalid_metadata_format
invalid_metadata_schema is_archived markdown_text_conflict message_limit_exceeded messages_tab_disabled
metadata_must_be_sent_from_app metadata_too_large missing_file_data msg_blocks_too_long no_text not_in_channel rate_limited
restricted_action restricted_action_non_threadable_channel restricted_action_read_only_channel
restricted_action_thread_locked restricted_action_thread_only_channel send_on_behalf_not_allowed
slack_connect_canvas_sharing_blocked slack_connect_file_link_sharing_blocked slack_connect_lists_sharing_blocked
team_not_found too_many_attachments too_many_contact_cards
block_mismatch blocked_file_type cant_broadcast_message cant_update_message edit_window_closed external_channel_migrating
file_deleted file_is_deleted file_not_found file_share_limit_reached invalid_attachments is_inactive max_file_sharing_exceeded
message_not_found msg_too_long no_dual_broadcast_content_update posting_to_channel_denied slack_connect_blocked_file_type
slack_connect_clip_sharing_blocked slack_connect_file_upload_sharing_blocked streaming_state_conflict unable_to_share_files
update_failed user_not_in_channel
access_denied accesslimited account_inactive deprecated_endpoint enterprise_is_restricted fatal_error invalid_arg_name
invalid_array_arg invalid_charset invalid_form_data invalid_post_type invalid_user_combination is_bot method_deprecated
method_not_supported_for_channel_type missing_post_type missing_scope no_permission not_allowed_token_type not_authed
not_enough_users org_login_required ratelimited request_timeout service_unavailable team_added_to_org token_expired
token_revoked too_many_users two_factor_setup_required unknown_method user_disabled user_not_found user_not_visible
users_list_not_supplied channel_is_limited_access invalid_cursor invalid_ts_latest invalid_ts_oldest thread_not_found
expired_trigger_id exchanged_trigger_id invalid_trigger_id trigger_expired trigger_exchanged view_too_large hash_conflict
duplicate_external_id not_found not_enabled push_limit_reached invalid_auth internal_error
"""
).split()


@pytest.mark.parametrize("name", LISTED)
def test_every_listed_error_has_its_place(name: str) -> None:
    assert name in TROUBLE_OF


@pytest.mark.parametrize(
    ("trouble", "names"),
    [
        (Trouble.LIMITED, "ratelimited rate_limited"),
        (Trouble.UNCERTAIN, "fatal_error internal_error service_unavailable"),
        (
            Trouble.RECIPIENT,
            "user_disabled channel_not_found is_archived not_in_channel messages_tab_disabled restricted_action",
        ),
        (
            Trouble.WORKSPACE,
            "invalid_auth token_revoked account_inactive token_expired missing_scope ekm_access_denied",
        ),
        (Trouble.MESSAGE, "invalid_blocks no_text msg_too_long metadata_too_large"),
        (Trouble.RECIPIENT, "a_name_of_next_year"),
    ],
)
async def test_what_a_refusal_means(trouble: Trouble, names: str) -> None:
    for name in names.split():
        error = refusal(name)
        assert (error.trouble, error.reason) == (trouble, name)
        assert (error.retry_after is not None) == (trouble is Trouble.LIMITED)


async def test_a_refusal_ends_after_one_call(here: Running) -> None:
    for name in LISTED[::6]:
        fault = here.slack.faults.slack_error("chat.postMessage", name)
        with pytest.raises(ChatError) as failure:
            await here.chat.send(leads(here), say("once"), key=KEY)
        assert failure.value.reason == name
        assert fault.struck == 1
        here.tokens.forget(here.slack.workspace.team_id)


# Tokens


async def test_where_the_app_is_not_installed_nothing_is_called(here: Running) -> None:
    with pytest.raises(ChatError) as failure:
        await here.chat.send(
            Place(platform=Platform.SLACK, workspace="T0STRANGE", channel="C1"), say("x"), key=KEY
        )
    assert (failure.value.trouble, failure.value.reason) == (Trouble.WORKSPACE, "not_installed")
    assert here.slack.app.calls == []


async def test_a_dead_token_is_asked_for_again(here: Running) -> None:
    asked: list[str] = []

    async def token_of(team: str) -> BotToken | None:
        asked.append(team)
        return BotToken(token="xoxb-old" if len(asked) == 1 else here.slack.token, team=team)

    chat = SlackChat(WebApi(tokens=Tokens(token_of), api_url=here.slack.api_url))
    with pytest.raises(ChatError, match="invalid_auth"):
        await chat.send(leads(here), say("x"), key=KEY)
    await chat.send(leads(here), say("x"), key=KEY)
    await chat.send(leads(here), say("x"), key=KEY)
    await chat.close()
    here.slack.ledger.take_all()
    assert len(asked) == 2


async def test_the_missing_permission_is_named(here: Running) -> None:
    here.slack.installation.scopes.remove("im:write")
    with pytest.raises(ChatError, match=r"missing_scope \(im:write\)") as failure:
        await here.chat.send(anna(here), say("x"), key=KEY)
    assert failure.value.trouble is Trouble.WORKSPACE


def test_a_token_is_never_shown() -> None:
    assert "xoxb" not in repr(BotToken(token="xoxb-secret", team="T1"))
