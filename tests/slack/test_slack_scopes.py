"""Least privilege: what is asked is used, what is called is allowed, and the manifest says exactly that."""

import json
import os
import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

import bot.slack
from bot.app import build, configured
from bot.domain.people import Address, Person, Platform
from bot.messages.model import say
from bot.playground import Playground
from bot.playground.deliveries import EVENT_SCOPES
from bot.services import installing
from bot.services.chat import CannotLook, Place
from bot.slack import manifest, scopes
from storage import outbox, people, workspaces
from storage.database import Connection
from storage.guard import require_workspace
from tests.playground.bolt_app import served
from tests.playground.kit import VirtualClock, slack_workspace
from tests.setup.kit import invoked
from tests.storage.template import migrated

FIVE = frozenset(scope.name for scope in scopes.asked())
SOURCES = {path.name: path.read_text() for path in Path(bot.slack.__file__).parent.glob("*.py")}
_METHOD = re.compile(
    r'"((?:chat|views|users|conversations|auth|bots|apps|oauth|team|dnd|reactions|files)\.[A-Za-z.0-9]+)"'
)


def test_the_five_and_no_more() -> None:
    assert frozenset({"chat:write", "commands", "users:read", "im:write", "im:history"}) == FIVE
    assert all(scope.why for scope in scopes.SCOPES)


def test_every_method_in_the_code_is_in_the_list_and_the_other_way_round() -> None:
    called = {
        method
        for name, source in SOURCES.items()
        if name != "scopes.py"
        for method in _METHOD.findall(source)
    }
    called |= {"bots.info"}  # asked by the check-up, which lies outside this folder
    listed = {method for scope in scopes.SCOPES for method in scope.methods}
    assert called - {"users:read.email"} == listed | scopes.FREE_METHODS


def test_every_event_is_one_that_its_scope_allows_and_that_is_listened_to() -> None:
    ways = SOURCES["ways.py"]
    for scope in scopes.asked(scopes.FEATURES):
        for event in scope.events:
            assert scope.name in EVENT_SCOPES[event]
    for event in scopes.events(scopes.FEATURES):
        assert f'"{event.split(".")[0]}"' in ways
    assert "app_rate_limited" not in scopes.events(scopes.FEATURES)


@pytest.mark.parametrize(
    ("socket", "oauth", "features"),
    [
        (True, False, ()),
        (False, False, ()),
        (False, True, ()),
        (False, True, scopes.FEATURES),
        (True, True, ("mentions",)),
    ],
)
def test_the_manifest_is_one_that_slack_takes(socket: bool, oauth: bool, features: tuple[str, ...]) -> None:
    folder = os.environ.get("PILOTLIGHT_EXTRA_DATA")
    if not folder:
        pytest.skip("PILOTLIGHT_EXTRA_DATA with slack-manifest.schema.json is not set")
    jsonschema = pytest.importorskip("jsonschema")
    made = manifest.manifest(
        socket=socket, public_url="https://pilots.example.com/", oauth=oauth, features=features
    )
    schema = json.loads((Path(folder) / "slack-manifest.schema.json").read_text())
    jsonschema.Draft7Validator(schema).validate(made)
    spoilt = {**made, "display_information": {"name": "x" * 36}}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft7Validator(schema).validate(spoilt)


def test_over_http_everything_goes_to_one_address_and_over_the_socket_to_none() -> None:
    over_http = manifest.manifest(socket=False, public_url="https://p.example", oauth=True)
    there = "https://p.example/slack/events"
    settings = over_http["settings"]
    assert settings["event_subscriptions"]["request_url"] == settings["interactivity"]["request_url"] == there
    assert over_http["features"]["slash_commands"][0]["url"] == there
    assert over_http["oauth_config"]["redirect_urls"] == ["https://p.example/slack/oauth_redirect"]
    socket = manifest.manifest(socket=True)
    assert "https://" not in json.dumps(socket["features"]) + json.dumps(socket["settings"])
    assert socket["settings"]["socket_mode_enabled"] and not settings["socket_mode_enabled"]
    assert socket["features"]["shortcuts"][0]["callback_id"] == "log_as_check_in"
    with pytest.raises(ValueError, match="PUBLIC_URL"):
        manifest.manifest(socket=False)


def test_the_link_holds_the_whole_manifest() -> None:
    made = manifest.manifest(socket=True)
    link = urlsplit(manifest.link(made))
    query = parse_qs(link.query)
    assert (link.netloc, query["new_app"]) == ("api.slack.com", ["1"])
    assert json.loads(query["manifest_json"][0]) == made
    assert len(manifest.link(made)) < 4_000


def test_the_verb_prints_what_the_settings_make_of_it(tmp_path: Path) -> None:
    socket = json.loads(invoked(tmp_path, "manifest", "slack").said)
    assert socket["settings"]["socket_mode_enabled"]
    http = json.loads(invoked(tmp_path, "manifest", "slack", PUBLIC_URL="https://p.example").said)
    assert http["features"]["slash_commands"][0]["url"].startswith("https://p.example/")
    more = json.loads(invoked(tmp_path, "manifest", "slack", "--with", "mentions").said)
    assert "app_mentions:read" in more["oauth_config"]["scopes"]["bot"]
    assert invoked(tmp_path, "manifest", "slack", "--with", "everything").code == 2
    assert invoked(tmp_path, "manifest", "slack", SLACK_MODE="http").code == 1
    assert invoked(tmp_path, "manifest", "slack", "--link").said.startswith(
        "https://api.slack.com/apps?new_app=1&"
    )


def _furnish(conn: Connection, slack: Playground) -> str:
    now = slack.workspace.clock()
    workspace = installing.first_workspace(conn, now)
    installing.installed(conn, Platform.SLACK, slack.workspace.team_id, name="Acme", bot_user="U1", now=now)
    workspaces.set_quiet_until(conn, workspace.id, None)
    for handle in ("alice", "sam"):
        there = Address(
            platform=Platform.SLACK, workspace=slack.workspace.team_id, user=slack.workspace.person(handle).id
        )
        people.add(conn, workspace.id, Person(id=handle, handle=handle, name=handle, addresses=(there,)), now)
    people.set_role(conn, workspace.id, "alice", "admin", has=True)
    return workspace.id


async def walk(slack: Playground, folder: Path) -> tuple[set[str], dict[str, str], list[str]]:
    """A pilot from its form to its first nudge, a reply, Home, somebody who leaves; scopes used, methods, what was refused."""
    clock = slack.workspace.clock
    assert isinstance(clock, VirtualClock)
    database = migrated(folder / "walk.db")
    require_workspace(*database.engines)
    app = build(
        configured(
            slack_bot_token=slack.token,
            slack_signing_secret=slack.app.signing_secret,
            slack_api_url=slack.api_url,
            database_url=f"sqlite:///{folder}/walk.db",
            pilotlight_settle=1,
        ),
        clock=clock,
        database=database,
        patience=30.0,
    )
    hands, workspace_id = slack.hands, database.write_now(lambda conn: _furnish(conn, slack))
    async with served(app.web(with_clock=False)) as address:
        slack.app_url = f"{address}/slack/events"
        await app.introduce()
        await hands.command(
            "alice", "/pilot register Claims Chat: Cut claims from 9 to 4 hours by 30 June 2027"
        )
        await hands.command("alice", "/pilot edit Claims Chat sponsor @sam")
        await app.tasks.all_due()
        backing = [one for one in slack.ledger.untaken("sam") if "Claims Chat" in hands.read(one)]
        if backing:
            await hands.press("sam", backing[0], "I back this")
        await hands.open_home("alice")
        await hands.command("alice", "/pilot new")
        await hands.type("alice", "alice", "38, moving")
        # A reply is lost: whether it arrived is looked up where that is allowed.
        slack.faults.lost_reply("chat.postMessage")
        await database.write(
            lambda conn: outbox.add(
                conn, workspace_id, key="doubt:1", kind="notice", person_id="alice", platform="slack",
                external_id=slack.workspace.team_id, content=_content(), now=clock(),
            )
        )  # fmt: skip
        await app.tasks.deliver()
        clock.advance(minutes=3)
        await app.tasks.deliver()
        await hands.deactivate("sam")
        await app.tasks.housekeeping()
        row = await database.read(lambda conn: outbox.by_key(conn, workspace_id, "doubt:1"))
        await app.close()
    database.close()
    refused = [f"{call.method}: {call.error}" for call in slack.app.calls if call.error == "missing_scope"]
    state = row.state if row is not None else "gone"
    return slack.app.scopes_used(), slack.app.methods_called(), [state, *refused]


def _content() -> str:
    from bot.messages.model import dump

    return dump(say("Whether this arrived is in doubt."))


async def test_with_the_five_every_call_is_allowed_and_each_scope_is_used(tmp_path: Path) -> None:
    clock = VirtualClock()
    async with slack_workspace(clock, people=["alice", "sam"], scopes=FIVE, expect_all=False) as slack:
        slack.app.bot_events = frozenset(scopes.events())
        used, methods, (state, *refused) = await walk(slack, tmp_path)
    assert not refused
    assert state == "sent", "found by looking, not sent again"
    assert used == FIVE
    allowed = {method: scope.name for scope in scopes.SCOPES for method in scope.methods}
    for method, scope in methods.items():
        assert allowed.get(method, "") == scope or method in scopes.FREE_METHODS, method


async def test_with_im_history_refused_it_works_and_a_send_in_doubt_stays_unverified(tmp_path: Path) -> None:
    clock = VirtualClock()
    granted = FIVE - {"im:history"}
    async with slack_workspace(clock, people=["alice", "sam"], scopes=granted, expect_all=False) as slack:
        slack.app.bot_events = frozenset(scopes.events())
        used, _, (state, *refused) = await walk(slack, tmp_path)
        assert used == granted
        assert state == "unverified"
        assert set(refused) == {"conversations.history: missing_scope"}
        [posted] = [one for one in slack.app.calls if "in doubt" in str(one.args.get("text", ""))]
        assert posted.status == 200, "once there, and never a second time"


async def test_looking_without_the_permission_is_told_apart_from_not_finding() -> None:
    from bot.slack.chat import SlackChat
    from bot.slack.install import Tokens
    from bot.slack.web_api import WebApi
    from tests.slack.kit import token_of

    async with slack_workspace(VirtualClock(), scopes=FIVE - {"im:history"}) as slack:
        chat = SlackChat(WebApi(tokens=Tokens(token_of(slack)), api_url=slack.api_url))
        place = Place(platform=Platform.SLACK, workspace="T0PLAY", user=slack.workspace.person("anna").id)
        with pytest.raises(CannotLook):
            await chat.was_sent(place, key="k", since=slack.workspace.clock() - timedelta(minutes=1))
        await chat.close()
