"""The Web API through the real slack_sdk: what it answers, what it refuses, and by which name."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground import Playground, Workspace
from bot.playground.app import DEFAULT_SCOPES
from bot.playground.web_api import METHODS
from tests.playground.bolt_app import client
from tests.playground.kit import VirtualClock

Args = dict[str, Any]

SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "hello"}}
MODAL = {"type": "modal", "title": {"type": "plain_text", "text": "Form"}, "blocks": [SECTION]}
HOME = {"type": "home", "blocks": [SECTION]}


async def refusal(call: Awaitable[object]) -> Any:
    with pytest.raises(SlackApiError) as caught:
        await call
    return caught.value.response


async def error_of(slack: Playground, method: str, args: Args, token: str | None = None) -> str:
    answer = await refusal(client(slack, token).api_call(method, json=args))
    return str(answer["error"])


class Places:
    """Ids by short names, so that a table can speak of them."""

    def __init__(self, slack: Playground) -> None:
        workspace = slack.workspace
        bot: dict[str, Any] = {"user": workspace.bot.id, "bot_id": workspace.bot_id}
        leads = workspace.channel("#leads")
        far = workspace.add_channel("far", with_bot=False)
        secret = workspace.add_channel("secret", private=True, with_bot=False)
        old = workspace.add_channel("old")
        left = workspace.add_user("left", deleted=True)
        dm = workspace.im("anna")
        self.ids: dict[str, str] = {
            "LEADS": leads.id,
            "FAR": far.id,
            "SECRET": secret.id,
            "OLD": old.id,
            "DM": dm.id,
            "ANNA": workspace.person("anna").id,
            "CLEO": workspace.person("cleo").id,
            "LEFT": left.id,
            "MINE": workspace.add_message(leads, text="mine", **bot).ts,
            "THEIRS": workspace.add_message(leads, user=workspace.person("anna").id, text="hers").ts,
            "OLDMINE": workspace.add_message(old, text="old", **bot).ts,
        }
        workspace.archive(old)

    def fill(self, args: Args) -> Args:
        return {
            key: self.ids.get(value, value) if isinstance(value, str) else value
            for key, value in args.items()
        }


# (method, arguments, the error) for slack.md 4 and the method pages
REFUSALS: list[tuple[str, Args, str]] = [
    ("chat.postMessage", {"channel": "C0NOWHERE", "text": "x"}, "channel_not_found"),
    ("chat.postMessage", {"text": "x"}, "channel_not_found"),
    ("chat.postMessage", {"channel": "FAR", "text": "x"}, "not_in_channel"),
    ("chat.postMessage", {"channel": "SECRET", "text": "x"}, "channel_not_found"),
    ("chat.postMessage", {"channel": "OLD", "text": "x"}, "is_archived"),
    ("chat.postMessage", {"channel": "LEADS"}, "no_text"),
    ("chat.postMessage", {"channel": "LEADS", "text": "   "}, "no_text"),
    ("chat.postMessage", {"channel": "LEADS", "text": "x", "blocks": "[{"}, "invalid_blocks_format"),
    (
        "chat.postMessage",
        {"channel": "LEADS", "text": "x", "blocks": {"type": "divider"}},
        "invalid_blocks_format",
    ),
    (
        "chat.postMessage",
        {"channel": "LEADS", "text": "x", "blocks": [{"type": "nonsense"}]},
        "invalid_blocks",
    ),
    (
        "chat.postMessage",
        {"channel": "LEADS", "text": "x", "blocks": [{"type": "divider"}] * 51},
        "invalid_blocks",
    ),
    (
        "chat.postMessage",
        {
            "channel": "LEADS",
            "text": "x",
            "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "y" * 2999}}] * 5,
        },
        "msg_blocks_too_long",
    ),
    (
        "chat.postMessage",
        {"channel": "LEADS", "text": "x", "metadata": "nonsense"},
        "invalid_metadata_format",
    ),
    (
        "chat.postMessage",
        {"channel": "LEADS", "text": "x", "metadata": {"event_payload": {}}},
        "invalid_metadata_format",
    ),
    (
        "chat.postMessage",
        {"channel": "LEADS", "text": "x", "metadata": {"event_type": "t", "event_payload": "p"}},
        "invalid_metadata_schema",
    ),
    (
        "chat.postMessage",
        {
            "channel": "LEADS",
            "text": "x",
            "metadata": {"event_type": "t", "event_payload": {"k": "v" * 20_000}},
        },
        "metadata_too_large",
    ),
    ("chat.postMessage", {"channel": "LEADS", "text": "x", "thread_ts": "1.000001"}, "thread_not_found"),
    ("chat.postMessage", {"channel": "LEADS", "text": "x", "markdown_text": "y"}, "markdown_text_conflict"),
    ("chat.update", {"channel": "LEADS", "ts": "1.000001", "text": "x"}, "message_not_found"),
    ("chat.update", {"channel": "LEADS", "ts": "THEIRS", "text": "x"}, "cant_update_message"),
    ("chat.update", {"channel": "OLD", "ts": "OLDMINE", "text": "x"}, "is_inactive"),
    ("chat.update", {"channel": "LEADS", "ts": "MINE"}, "no_text"),
    ("chat.update", {"channel": "LEADS", "ts": "MINE", "text": "x" * 4001}, "msg_too_long"),
    ("chat.delete", {"channel": "LEADS", "ts": "1.000001"}, "message_not_found"),
    ("chat.delete", {"channel": "LEADS", "ts": "THEIRS"}, "cant_delete_message"),
    ("chat.postEphemeral", {"channel": "LEADS", "user": "CLEO", "text": "x"}, "user_not_in_channel"),
    ("chat.postEphemeral", {"channel": "LEADS", "text": "x"}, "invalid_arguments"),
    ("chat.getPermalink", {"channel": "LEADS", "message_ts": "1.000001"}, "message_not_found"),
    ("conversations.open", {}, "users_list_not_supplied"),
    ("conversations.open", {"users": "U0NOBODY"}, "user_not_found"),
    ("conversations.open", {"users": "LEFT"}, "user_disabled"),
    ("conversations.open", {"users": ",".join(f"U{n}" for n in range(9))}, "too_many_users"),
    ("conversations.open", {"channel": "D0NOWHERE"}, "channel_not_found"),
    ("conversations.history", {"channel": "C0NOWHERE"}, "channel_not_found"),
    ("conversations.history", {"channel": "LEADS"}, "missing_scope"),
    ("conversations.history", {"channel": "DM", "oldest": "soon"}, "invalid_ts_oldest"),
    ("conversations.history", {"channel": "DM", "cursor": "%%%"}, "invalid_cursor"),
    ("conversations.replies", {"channel": "DM", "ts": "1.000001"}, "thread_not_found"),
    ("conversations.info", {"channel": "SECRET"}, "channel_not_found"),
    ("conversations.join", {"channel": "OLD"}, "is_archived"),
    ("conversations.join", {"channel": "DM"}, "method_not_supported_for_channel_type"),
    ("conversations.list", {"types": "clubs"}, "invalid_types"),
    ("conversations.list", {"types": "mpim"}, "missing_scope"),
    ("users.info", {"user": "U0NOBODY"}, "user_not_found"),
    ("users.lookupByEmail", {"email": "nobody@playground.example"}, "users_not_found"),
    ("users.lookupByEmail", {"email": "left@playground.example"}, "users_not_found"),
    ("dnd.teamInfo", {}, "no_users_provided"),
    ("reactions.add", {"channel": "LEADS", "timestamp": "1.000001", "name": "eyes"}, "message_not_found"),
    ("reactions.add", {"channel": "LEADS", "timestamp": "MINE"}, "invalid_name"),
    ("team.info", {"team": "T0OTHER"}, "team_not_found"),
    ("bots.info", {"bot": "B0OTHER"}, "bot_not_found"),
    ("views.open", {"trigger_id": "1.2.3", "view": MODAL}, "invalid_trigger_id"),
    ("views.open", {"view": MODAL}, "invalid_arguments"),
    ("views.open", {"trigger_id": "1.2.3"}, "invalid_arguments"),
    ("views.open", {"trigger_id": "1.2.3", "view": HOME}, "invalid_arguments"),
    (
        "views.open",
        {"trigger_id": "1.2.3", "view": MODAL | {"private_metadata": "x" * 250_001}},
        "view_too_large",
    ),
    ("views.update", {"view_id": "V0NONE", "view": MODAL}, "not_found"),
    ("views.publish", {"user_id": "U0NOBODY", "view": HOME}, "user_not_found"),
    ("views.publish", {"user_id": "ANNA", "view": MODAL}, "invalid_arguments"),
    ("chat.sing", {}, "unknown_method"),
]


@pytest.mark.parametrize(
    ("method", "args", "error"), REFUSALS, ids=[f"{m}-{e}-{i}" for i, (m, _, e) in enumerate(REFUSALS)]
)
async def test_it_refuses_by_slacks_own_name(slack: Playground, method: str, args: Args, error: str) -> None:
    assert await error_of(slack, method, Places(slack).fill(args)) == error


async def test_invalid_blocks_come_with_pointers(slack: Playground) -> None:
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}]
    answer = await refusal(client(slack).chat_postMessage(channel="#leads", text="x", blocks=blocks))
    pointed = "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"
    assert answer["errors"] == [pointed]
    assert answer["response_metadata"]["messages"] == [f"[ERROR] {pointed}"]
    assert slack.app.refusals[0].where == "chat.postMessage"


@pytest.mark.parametrize("dead", ["token_revoked", "account_inactive", "token_expired", "invalid_auth"])
async def test_a_dead_token_is_named(slack: Playground, dead: str) -> None:
    slack.installation.dead = dead
    assert await error_of(slack, "auth.test", {}) == dead


async def test_no_token_and_an_unknown_one_are_told_apart(slack: Playground) -> None:
    assert await error_of(slack, "auth.test", {}, token="") == "not_authed"
    assert await error_of(slack, "auth.test", {}, token="xoxb-other") == "invalid_auth"


NEEDS = {
    "chat.postMessage": "chat:write",
    "chat.update": "chat:write",
    "chat.delete": "chat:write",
    "chat.postEphemeral": "chat:write",
    "chat.unfurl": "links:write",
    "reactions.add": "reactions:write",
    "conversations.open": "im:write",
    "conversations.history": "im:history",
    "conversations.replies": "im:history",
    "conversations.info": "im:read",
    "conversations.members": "im:read",
    "conversations.join": "channels:join",
    "conversations.list": "channels:read",
    "users.conversations": "channels:read",
    "users.info": "users:read",
    "users.list": "users:read",
    "users.lookupByEmail": "users:read.email",
    "dnd.info": "dnd:read",
    "dnd.teamInfo": "dnd:read",
    "team.info": "team:read",
    "bots.info": "users:read",
}
NEEDS_NOTHING = {
    "auth.test",
    "auth.revoke",
    "chat.getPermalink",
    "views.open",
    "views.push",
    "views.update",
    "views.publish",
}


def test_every_method_is_in_one_of_the_two_tables() -> None:
    assert set(NEEDS) | NEEDS_NOTHING == set(METHODS)


@pytest.mark.parametrize(("method", "scope"), NEEDS.items())
async def test_a_method_without_its_scope_names_what_is_needed_and_what_is_there(
    slack: Playground, method: str, scope: str
) -> None:
    slack.installation.scopes = {"commands"}
    dm = slack.workspace.im("anna")
    answer = await refusal(client(slack).api_call(method, json={"channel": dm.id, "ts": "1.000001"}))
    assert answer["error"] == "missing_scope"
    assert scope in answer["needed"].split(",")
    assert answer["provided"] == "commands"


async def test_every_method_answers_in_slacks_form(slack: Playground) -> None:
    api, anna = client(slack), slack.workspace.person("anna").id
    who = await api.auth_test()
    assert (who["team_id"], who["user_id"], who["bot_id"]) == ("T0PLAY", "U0PLAY0001", "B0PLAY0001")
    assert who.headers["x-oauth-scopes"] == ",".join(sorted(DEFAULT_SCOPES))

    dm = (await api.conversations_open(users=anna))["channel"]["id"]
    assert dm.startswith("D0")
    assert (await api.conversations_open(users=[anna], return_im=True))["channel"]["is_im"]

    posted = await api.chat_postMessage(
        channel=dm, text="hello", blocks=[SECTION], unfurl_links=False, unfurl_media=False,
        metadata={"event_type": "nudge", "event_payload": {"key": "k1"}},
    )  # fmt: skip
    assert posted["message"]["blocks"][0]["block_id"]
    reply = await api.chat_postMessage(channel=anna, text="in its thread", thread_ts=posted["ts"])
    assert reply["channel"] == dm

    history = await api.conversations_history(channel=dm)
    assert [m["text"] for m in history["messages"]] == ["hello"]
    assert history["messages"][0]["metadata"] == {"event_type": "nudge"}
    assert history["messages"][0]["reply_count"] == 1
    full = await api.conversations_history(channel=dm, include_all_metadata=True)
    assert full["messages"][0]["metadata"]["event_payload"] == {"key": "k1"}
    assert full["messages"][0]["blocks"][0]["block_id"]
    thread = await api.conversations_replies(channel=dm, ts=posted["ts"], include_all_metadata=True)
    assert [m["text"] for m in thread["messages"]] == ["hello", "in its thread"]

    updated = await api.chat_update(channel=dm, ts=posted["ts"], text="changed")
    assert updated["message"]["edited"]
    kept = (await api.conversations_history(channel=dm, include_all_metadata=True))["messages"][0]
    assert kept["blocks"] and kept["metadata"]["event_payload"], "what is not sent stays"
    await api.chat_update(channel=dm, ts=posted["ts"], text="changed", blocks=[], metadata={})
    bare = (await api.conversations_history(channel=dm, include_all_metadata=True))["messages"][0]
    assert "blocks" not in bare and "metadata" not in bare

    assert (await api.chat_getPermalink(channel=dm, message_ts=posted["ts"]))["permalink"].startswith(
        "https://playground.slack.com/"
    )
    await api.reactions_add(channel=dm, timestamp=posted["ts"], name="eyes")
    assert (await refusal(api.reactions_add(channel=dm, timestamp=posted["ts"], name="eyes")))[
        "error"
    ] == "already_reacted"
    await api.chat_delete(channel=dm, ts=posted["ts"])
    assert slack.workspace.find_message(dm, posted["ts"]) is None

    leads = slack.workspace.channel("#leads")
    ephemeral = await api.chat_postEphemeral(channel=leads.id, user=anna, text="for you")
    assert ephemeral["message_ts"]
    assert [m.text for m in slack.hands.see("ben", "#leads")] == []
    assert [m.text for m in slack.hands.see("anna", "#leads")] == ["for you"]

    user = (await api.users_info(user=anna))["user"]
    assert (user["tz"], user["profile"]["email"], user["is_restricted"]) == (
        "Europe/Berlin",
        "anna@playground.example",
        False,
    )
    assert (await api.users_lookupByEmail(email="ANNA@playground.example"))["user"]["id"] == anna
    assert {m["name"] for m in (await api.users_list())["members"]} == {
        "slackbot",
        "pilotlight",
        "anna",
        "ben",
        "cleo",
    }
    assert (await api.conversations_info(channel=leads.id, include_num_members=True))["channel"][
        "num_members"
    ] == 3
    assert (await api.conversations_members(channel=leads.id))["members"][-1] == slack.workspace.bot.id
    assert [c["name"] for c in (await api.conversations_list())["channels"]] == ["leads"]
    assert [c["id"] for c in (await api.users_conversations(types="im", user=anna))["channels"]] == [dm]
    far = slack.workspace.add_channel("far", with_bot=False)
    assert (await api.conversations_join(channel=far.id))["channel"]["is_member"]
    assert (await api.conversations_join(channel=far.id))["warning"] == "already_in_channel"
    assert (await api.team_info())["team"]["id"] == "T0PLAY"
    assert (await api.bots_info(bot=who["bot_id"]))["bot"]["user_id"] == who["user_id"]
    slack.workspace.person("anna").dnd = (100, 200)
    assert (await api.dnd_info(user=anna))["next_dnd_end_ts"] == 200
    assert (await api.dnd_teamInfo(users=[anna]))["users"][anna]["dnd_enabled"]


async def test_views_open_once_update_by_hash_and_push_three_deep(slack: Playground) -> None:
    api, anna, triggers = client(slack), slack.workspace.person("anna"), slack.app.triggers
    trigger = triggers.issue(anna.id)
    view = (await api.views_open(trigger_id=trigger, view=MODAL))["view"]
    assert view["state"] == {"values": {}} and view["root_view_id"] == view["id"]
    assert (await refusal(api.views_open(trigger_id=trigger, view=MODAL)))["error"] == "exchanged_trigger_id"

    newer = (await api.views_update(view_id=view["id"], hash=view["hash"], view=MODAL))["view"]
    stale = await refusal(api.views_update(view_id=view["id"], hash=view["hash"], view=MODAL))
    assert stale["error"] == "hash_conflict" and newer["hash"] != view["hash"]

    outside = await refusal(api.views_push(trigger_id=triggers.issue(anna.id), view=MODAL))
    assert outside["error"] == "not_found"
    for _ in range(2):
        top = slack.workspace.top_view(anna)
        assert top is not None
        pushed = await api.views_push(trigger_id=triggers.issue(anna.id, top.id), view=MODAL)
    assert pushed["view"]["previous_view_id"] and pushed["view"]["root_view_id"] == view["id"]
    fourth = await refusal(
        api.views_push(trigger_id=triggers.issue(anna.id, pushed["view"]["id"]), view=MODAL)
    )
    assert fourth["error"] == "push_limit_reached"

    named = MODAL | {"external_id": "one"}
    await api.views_open(trigger_id=triggers.issue(anna.id), view=named)
    ben = slack.workspace.person("ben")
    twice = await refusal(api.views_open(trigger_id=triggers.issue(ben.id), view=named))
    assert twice["error"] == "duplicate_external_id"
    await api.views_update(external_id="one", view=named)

    home = (await api.views_publish(user_id=anna.id, view=HOME))["view"]
    late = await refusal(api.views_publish(user_id=anna.id, view=HOME, hash="old"))
    assert late["error"] == "hash_conflict" and home["type"] == "home"
    slack.app.home_tab_enabled = False
    assert (await refusal(api.views_publish(user_id=anna.id, view=HOME)))["error"] == "not_enabled"


async def test_a_trigger_dies_after_three_real_seconds(slack: Playground) -> None:
    now = 100.0
    slack.app.triggers.monotonic = lambda: now
    trigger = slack.app.triggers.issue(slack.workspace.person("anna").id)
    now = 103.5
    answer = await refusal(client(slack).views_open(trigger_id=trigger, view=MODAL))
    assert answer["error"] == "expired_trigger_id"


async def test_forms_queries_and_json_are_read_alike(slack: Playground) -> None:
    leads, headers = slack.workspace.channel("#leads").id, {"Authorization": f"Bearer {slack.token}"}
    fields = {"channel": leads, "text": "x", "blocks": json.dumps([SECTION])}
    async with httpx.AsyncClient(base_url=slack.api_url, trust_env=False) as http:
        sends: dict[str, Callable[[], Awaitable[httpx.Response]]] = {
            "form": lambda: http.post("chat.postMessage", data=fields, headers=headers),
            "query": lambda: http.get("chat.postMessage", params=fields, headers=headers),
            "json": lambda: http.post(
                "chat.postMessage", json=fields | {"blocks": [SECTION]}, headers=headers
            ),
            "token among the fields": lambda: http.post(
                "chat.postMessage", data=fields | {"token": slack.token}
            ),
        }
        for way, send in sends.items():
            answer = (await send()).json()
            assert answer["ok"], way
            assert answer["message"]["blocks"][0]["text"]["text"] == "hello", way


async def test_ids_and_ts_are_slacks_and_ts_rises_while_the_clock_stands_still(slack: Playground) -> None:
    api = client(slack)
    stamps = [(await api.chat_postMessage(channel="#leads", text=str(n)))["ts"] for n in range(5)]
    assert stamps == sorted(set(stamps))
    assert all(len(ts.split(".")[0]) == 10 and len(ts.split(".")[1]) == 6 for ts in stamps)
    assert stamps[0].startswith(str(int(slack.workspace.clock().timestamp())))


async def test_history_pages_and_respects_its_window(slack: Playground) -> None:
    api, dm = client(slack), slack.workspace.im("anna").id
    stamps = [(await api.chat_postMessage(channel=dm, text=str(n)))["ts"] for n in range(5)]
    first = await api.conversations_history(channel=dm, limit=2)
    assert [m["text"] for m in first["messages"]] == ["4", "3"] and first["has_more"]
    cursor = first["response_metadata"]["next_cursor"]
    assert [
        m["text"] for m in (await api.conversations_history(channel=dm, limit=9, cursor=cursor))["messages"]
    ] == ["2", "1", "0"]
    since = await api.conversations_history(channel=dm, oldest=stamps[3])
    assert [m["text"] for m in since["messages"]] == ["4"]
    inclusive = await api.conversations_history(
        channel=dm, oldest=stamps[3], latest=stamps[3], inclusive=True
    )
    assert [m["text"] for m in inclusive["messages"]] == ["3"]


async def test_a_call_is_recorded_with_the_scope_that_allowed_it(slack: Playground) -> None:
    await client(slack).chat_postMessage(channel="#leads", text="x")
    await refusal(client(slack).users_info(user="U0NOBODY"))
    assert [(c.method, c.scope, c.error) for c in slack.app.calls] == [
        ("chat.postMessage", "chat:write", ""),
        ("users.info", "users:read", "user_not_found"),
    ]
    assert slack.app.scopes_used() == {"chat:write"}


async def test_a_second_workspace_sees_nothing_of_the_first(slack: Playground, clock: VirtualClock) -> None:
    other, _ = slack.add_workspace(Workspace("T0OTHER", clock=clock), token="xoxb-other")
    leads = slack.workspace.channel("#leads").id
    elsewhere: AsyncWebClient = client(slack, "xoxb-other")
    assert (await elsewhere.auth_test())["team_id"] == "T0OTHER"
    assert (await refusal(elsewhere.chat_postMessage(channel=leads, text="x")))[
        "error"
    ] == "channel_not_found"
    assert (await refusal(elsewhere.users_info(user=slack.workspace.person("anna").id)))[
        "error"
    ] == "user_not_found"
    assert other.workspace.team_id == "T0OTHER"


async def test_rate_limits_hold_when_switched_on(slack: Playground) -> None:
    limits, now = slack.web_api.rate_limits, 0.0
    limits.enforced, limits.now = True, lambda: now
    api = client(slack)
    await api.chat_postMessage(channel="#leads", text="1")
    again = await refusal(api.chat_postMessage(channel="#leads", text="2"))
    assert (again.status_code, again["error"], again.headers["Retry-After"]) == (429, "ratelimited", "1")
    await api.chat_postMessage(channel=slack.workspace.im("anna").id, text="another channel")
    now = 1.1
    await api.chat_postMessage(channel="#leads", text="2")
    for _ in range(20):  # tier 2: 20+ a minute
        await api.users_list()
    full = await refusal(api.users_list())
    assert full.status_code == 429 and int(full.headers["Retry-After"]) == 60
    now = 62.0
    await api.users_list()
