"""What Slack sends → what is meant, who, where, under which key."""

import json
import re
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.commands import (
    AppRemoved,
    Command,
    Happened,
    Help,
    Home,
    New,
    PersonChanged,
    Pressed,
    Said,
    Show,
    Submitted,
    Unknown,
)
from bot.domain.errors import UserError
from bot.domain.people import Address, Platform
from bot.messages.model import Press
from bot.services.chat import Place, Profile
from bot.services.incoming import Incoming
from bot.slack import ids
from bot.slack.parse import parse
from bot.slack.ways import Kind, Way, way_of
from bot.slack.words import words
from tests.slack import payloads
from tests.slack.payloads import ANNA, TEAM

TODAY = date(2026, 11, 23)
DIRECT = Place(platform=Platform.SLACK, workspace=TEAM, channel="D0ANNA", user=ANNA)
LEADS = Place(platform=Platform.SLACK, workspace=TEAM, channel="C0LEADS")


def address(user: str = ANNA, team: str = TEAM) -> Address:
    return Address(platform=Platform.SLACK, workspace=team, user=user)


def read(payload: dict[str, Any]) -> Incoming:
    incoming = parse(payload, TODAY)
    assert incoming is not None
    return incoming


def way(payload: dict[str, Any]) -> Way:
    found = way_of(payload)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("payload", "command"),
    [
        (payloads.command("help"), Help()),
        (payloads.command(""), Help()),
        (payloads.command("new Ask HV"), New(name="Ask HV")),
        (payloads.command("show R&amp;D helper"), Show(name="R&D helper")),
        (payloads.command("whatever happened to Ask HV?"), Happened(name="Ask HV")),
        (payloads.press(), Pressed(verb="answer", args={"ask": "7", "status": "moving"})),
        (payloads.press('{"v":"say","a":{"text":"show Ask HV"}}'), Show(name="Ask HV")),
        (payloads.press_in_view("home"), Pressed(verb="list", args={})),
        (payloads.direct_message("38, moving, Danish added"), Said(text="38, moving, Danish added")),
        (payloads.direct_message("help"), Help()),
        (payloads.direct_message("Whatever happened to Ask HV?"), Happened(name="Ask HV")),
        (payloads.direct_message("a &lt;b&gt; &amp; c"), Said(text="a <b> & c")),
        (payloads.direct_message("with a picture", subtype="file_share"), Said(text="with a picture")),
        (payloads.mention("<@U0PILOT> show Ask HV"), Show(name="Ask HV")),
        (payloads.mention("<@U0PILOT>: 38, moving"), Said(text="38, moving")),
        (payloads.mention("38, moving <@U0PILOT>"), Said(text="38, moving")),
        (payloads.mention("<@U0PILOT>"), Help()),
        (
            payloads.event({"type": "app_home_opened", "user": ANNA, "channel": "D0ANNA", "tab": "home"}),
            Home(),
        ),
        (payloads.event({"type": "user_change", "user": payloads.user()}), PersonChanged()),
        (payloads.event({"type": "app_uninstalled"}), AppRemoved(reason="app_uninstalled")),
        (
            payloads.event({"type": "tokens_revoked", "tokens": {"oauth": [], "bot": ["U0PILOT"]}}),
            AppRemoved(reason="tokens_revoked"),
        ),
    ],
)
def test_what_is_meant(payload: dict[str, Any], command: Command) -> None:
    # `raw` and its like belong to the grammar and are tested there.
    meant = read(payload).command
    assert type(meant) is type(command)
    for name in ("name", "topic", "text", "verb", "args", "reason"):
        assert getattr(meant, name, None) == getattr(command, name, None)
    assert way_of(payload) is not None


@pytest.mark.parametrize(
    ("payload", "actor", "place", "key", "message_id"),
    [
        (payloads.command("help"), address(), LEADS, "command:13345224609.738474920.8088930838d88f008e0", ""),
        (
            payloads.press(),
            address(),
            DIRECT,
            "press:1763715600.123456",
            "1763700000.000100",
        ),
        (
            payloads.press_in_view("home"),
            address(),
            Place(platform=Platform.SLACK, workspace=TEAM, user=ANNA),
            "press:1763715600.2",
            "",
        ),
        (
            payloads.submission({}),
            address(),
            Place(platform=Platform.SLACK, workspace=TEAM, user=ANNA),
            "submit:V0FORM:1763715600.AbCdEf",
            "",
        ),
        (
            payloads.shortcut(),
            address(),
            Place(platform=Platform.SLACK, workspace=TEAM, channel="C0TEAM"),
            "shortcut:12321423423.333649436676.d8c1bb837935619ccad0f624c448ffb3",
            "",
        ),
        (payloads.direct_message("38"), address(), DIRECT, "event:Ev08MFMKH6", ""),
        (
            payloads.direct_message("38", thread_ts="1763700000.000100"),
            address(),
            DIRECT,
            "event:Ev08MFMKH6",
            "1763700000.000100",
        ),
        (payloads.mention("<@U0PILOT> help"), address(), LEADS, "event:Ev08MFMKH6", ""),
        (
            payloads.event({"type": "user_change", "user": payloads.user()}),
            address("U0BEN"),
            Place(platform=Platform.SLACK, workspace=TEAM, user="U0BEN"),
            "event:Ev08MFMKH6",
            "",
        ),
        (
            payloads.event({"type": "app_uninstalled"}),
            address(""),
            Place(platform=Platform.SLACK, workspace=TEAM),
            "event:Ev08MFMKH6",
            "",
        ),
    ],
)
def test_who_where_and_under_which_key(
    payload: dict[str, Any], actor: Address, place: Place, key: str, message_id: str
) -> None:
    incoming = read(payload)
    assert (incoming.actor, incoming.place, incoming.message_id) == (actor, place, message_id)
    assert re.fullmatch(
        f"{re.escape(key)}(:[0-9a-f]{{16}})?", incoming.key
    )  # what stands in it: test_slack_once


IGNORED: list[dict[str, Any]] = [
    {},
    {"type": "block_suggestion"},
    {"type": "view_closed", "view": {}},
    {"type": "shortcut", "callback_id": "anything"},
    {"type": "event_callback"},
    {"type": "event_callback", "event": "a string"},
    {"type": "block_actions"},
    {"type": "block_actions", "actions": "none"},
    {"type": "view_submission", "view": None},
    payloads.shortcut() | {"callback_id": "another"},
    payloads.press("not json"),
    payloads.press('["a","list"]'),
    payloads.press('{"v":7}'),
    payloads.press("[" * 5000),
    payloads.submission({}, metadata="{"),
    payloads.event({"type": "member_joined_channel", "user": ANNA, "channel": "C0LEADS"}),
    payloads.event({"type": "tokens_revoked", "tokens": {"oauth": [ANNA], "bot": []}}),
    payloads.event({"type": "app_home_opened", "user": ANNA, "channel": "D0ANNA", "tab": "messages"}),
    payloads.direct_message("mine", bot_id="B0PILOT"),
    payloads.direct_message("edited", subtype="message_changed"),
    payloads.direct_message("gone", subtype="message_deleted"),
    payloads.direct_message("from Slackbot", user="USLACKBOT"),
    payloads.direct_message("in a channel", channel_type="channel"),
    payloads.mention("<@U0PILOT> help", bot_id="B0OTHER"),
]


@pytest.mark.parametrize("payload", IGNORED)
def test_what_is_not_for_us_is_ignored(payload: dict[str, Any]) -> None:
    assert parse(payload, TODAY) is None
    assert way_of(payload) is None


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("handover Ask HV <@U0BEN|ben>", "handover Ask HV <@U0BEN>"),
        ("in <#C0LEADS|leads>", "in #leads"),
        ("see <https://ci.example.com/runs/7?a=1&amp;b=2>", "see https://ci.example.com/runs/7?a=1&b=2"),
        ("see <https://ci.example.com/runs/7|run 7>", "see https://ci.example.com/runs/7"),
        ("ask <mailto:ben@halden.example|ben@halden.example>", "ask ben@halden.example"),
        ("<!here> look", "@here look"),
        ("<!subteam^S0LEADS|@leads>", "@leads"),
        ("by <!date^1392734382^{date}|18 Feb 2014>", "by 18 Feb 2014"),
        ("1 &lt; 2 &amp;&amp; 3 &gt; 2", "1 < 2 && 3 > 2"),
        ("&amp;lt;", "&lt;"),
    ],
)
def test_words_come_out_as_they_were_typed(typed: str, meant: str) -> None:
    assert words(typed) == meant


def test_a_verb_without_what_it_needs_is_told_so() -> None:
    with pytest.raises(UserError):
        parse(payloads.command("pause"), TODAY)
    with pytest.raises(UserError):
        parse(payloads.direct_message("pause"), TODAY)


def test_in_a_thread_words_that_only_begin_like_a_command_are_an_answer() -> None:
    incoming = read(payloads.direct_message("pause helped a lot", thread_ts="1763700000.000100"))
    assert incoming.command == Said(text="pause helped a lot")


def test_unknown_words_after_the_slash_command_stay_unknown() -> None:
    assert isinstance(read(payloads.command("frobnicate it")).command, Unknown)


def test_a_form_comes_back_as_text_per_field() -> None:
    metadata = ids.metadata_of(
        Press(verb="checkin", args={"pilot": "P01", "ask": "7"}),
        ids.Origin(channel="D0ANNA", message="1763700000.000100", key="T0HALDEN:nudge:anna"),
    )
    payload = payloads.submission(
        {
            "value": {"type": "plain_text_input", "value": "12k & <more>"},
            "status": {"type": "radio_buttons", "selected_option": {"value": "moving"}},
            "cause": {"type": "static_select", "selected_option": {"value": "M"}},
            "holder": {"type": "users_select", "selected_user": "U0BEN"},
            "by": {"type": "datepicker", "selected_date": "2026-12-04"},
            "text": {"type": "plain_text_input", "value": None},
            "nobody": {"type": "users_select", "selected_user": None},
            "none": {"type": "static_select", "selected_option": None},
        },
        metadata=metadata,
    )
    incoming = read(payload)
    assert incoming.command == Submitted(
        verb="checkin",
        args={"pilot": "P01", "ask": "7"},
        fields={
            "value": "12k & <more>",
            "status": "moving",
            "cause": "M",
            "holder": "<@U0BEN>",
            "by": "2026-12-04",
            "text": "",
            "nobody": "",
            "none": "",
        },
    )
    assert incoming.place == DIRECT
    assert incoming.message_id == "1763700000.000100"
    back = way(payload)
    assert back.kind is Kind.SUBMIT
    assert back.origin == ids.Origin(channel="D0ANNA", message="1763700000.000100", key="T0HALDEN:nudge:anna")
    assert back.inputs == ("value", "status", "cause", "holder", "by", "text", "nobody", "none")


def test_a_form_is_kept_with_what_was_typed() -> None:
    option = {"text": {"type": "plain_text", "text": "Moving", "emoji": False}, "value": "moving"}
    payload = payloads.submission({"value": {"type": "plain_text_input", "value": "twelve"}})
    payload["view"]["blocks"] += [
        {"type": "section", "text": {"type": "plain_text", "text": "intro"}},
        {
            "type": "input",
            "block_id": "status",
            "element": {"type": "radio_buttons", "action_id": "status", "options": [option]},
        },
    ]
    # Slack writes the chosen option in its own way, but takes it back only as it was offered.
    chosen = {"text": {"type": "plain_text", "text": "Moving", "emoji": True}, "value": "moving"}
    payload["view"]["state"]["values"]["status"] = {
        "status": {"type": "radio_buttons", "selected_option": chosen}
    }
    form = way(payload).form
    first, _, third = form["blocks"]
    assert first["element"]["initial_value"] == "twelve"
    assert third["element"]["initial_option"] == option
    assert "state" not in form
    assert "hash" not in form


def test_an_overflow_option_carries_its_press() -> None:
    short = payloads.overflow('{"v":"form_snooze","a":{"ask":"7"}}', "more:1.4")
    assert read(short).command == Pressed(verb="form_snooze", args={"ask": "7"})
    shared = payloads.overflow('{"v":"form_snooze","a":{"days":"3"}}', 'more:1.4:{"ask":"7","pilot":"a:b"}')
    assert read(shared).command == Pressed(verb="form_snooze", args={"ask": "7", "pilot": "a:b", "days": "3"})


def test_the_outbox_key_of_a_pressed_message_is_kept() -> None:
    in_block = payloads.press(
        message={"blocks": [{"type": "section", "block_id": "~0.abcdef~T0:nudge:anna:2026-11-23"}]}
    )
    assert way(in_block).origin.key == "T0:nudge:anna:2026-11-23"
    in_metadata = payloads.press(
        message={"metadata": {"event_type": "pilotlight", "event_payload": {"key": "k"}}}
    )
    assert way(in_metadata).origin.key == "k"
    foreign = payloads.press(
        message={"blocks": [{"type": "section", "block_id": "Xy1"}, {"type": "divider"}]}
    )
    assert way(foreign).origin.key == ""


def test_the_ways_back() -> None:
    command = way(payloads.command("new"))
    assert (command.kind, command.trigger[:6], command.typed) == (Kind.COMMAND, "133452", "new")
    press = way(payloads.press())
    assert press.origin.message == "1763700000.000100"
    assert press.response_url
    assert way(payloads.press_in_view("home")).kind is Kind.HOME_PRESS
    assert way(payloads.press_in_view("modal")).kind is Kind.MODAL_PRESS
    assert way(payloads.shortcut()).kind is Kind.SHORTCUT
    threaded = way(payloads.direct_message("38", thread_ts="1763700000.000100"))
    assert threaded.origin == ids.Origin(channel="D0ANNA", message="1763700000.000100")
    assert threaded.event
    assert not command.event


def test_a_shortcut_carries_the_message() -> None:
    command = read(payloads.shortcut()).command
    assert command == Pressed(
        verb="log_as_check_in",
        args={
            "text": "Invoices: 6.2 min & falling",
            "author": "<@U0BEN>",
            "channel": "C0TEAM",
            "message": "1763715500.000200",
        },
    )


def test_a_stranger_is_of_their_own_workspace() -> None:
    """Slack Connect: somebody of another company presses in a shared channel."""
    pressed = payloads.press(user={"id": "U0EVE", "username": "eve", "name": "eve", "team_id": "T0ELSEWHERE"})
    incoming = read(pressed)
    assert incoming.actor == address("U0EVE", "T0ELSEWHERE")
    assert incoming.place.workspace == TEAM
    said = payloads.mention("<@U0PILOT> help", user="U0EVE", user_team="T0ELSEWHERE", team="T0ELSEWHERE")
    assert read(said | {"is_ext_shared_channel": True}).actor == address("U0EVE", "T0ELSEWHERE")


def test_a_colleague_of_the_same_organisation_is_no_stranger() -> None:
    pressed = payloads.press(
        user={"id": "U0BEN", "username": "ben", "team_id": "T0SISTER"},
        enterprise={"id": "E0HALDEN", "name": "Halden"},
    )
    assert read(pressed).actor == address("U0BEN")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {}),
        ({"deleted": True}, {"deleted": True}),
        ({"is_ultra_restricted": True}, {"guest": True}),
        (
            {"is_stranger": True, "team_id": "T0ELSEWHERE"},
            {"guest": True, "address": address("U0BEN", "T0ELSEWHERE")},
        ),
        ({"is_bot": True}, {"robot": True}),
        ({"is_owner": True}, {"admin": True}),
        ({"tz": "no zone!"}, {"zone": None}),
        ({"profile": None, "real_name": None, "tz": None}, {"email": "", "real_name": "", "zone": None}),
    ],
)
def test_a_changed_person_comes_with_their_profile(changes: dict[str, Any], expected: dict[str, Any]) -> None:
    incoming = read(payloads.event({"type": "user_change", "user": payloads.user(**changes)}))
    usual: dict[str, Any] = {
        "address": address("U0BEN"),
        "name": "ben",
        "real_name": "Ben Ahlers",
        "email": "ben@halden.example",
        "zone": "Europe/Berlin",
    }
    assert incoming.profile == Profile(**(usual | expected))


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def _paths(data: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [at, *(path for name, inner in items for path in _paths(inner, (*at, name)))]


KNOWN = [
    payloads.command("show x"),
    payloads.press(),
    payloads.press_in_view("home"),
    payloads.submission({"value": {"type": "plain_text_input", "value": "1"}}),
    payloads.shortcut(),
    payloads.direct_message("hello"),
    payloads.mention("<@U0PILOT> hello"),
    payloads.event({"type": "user_change", "user": payloads.user()}),
    payloads.event({"type": "tokens_revoked", "tokens": {"oauth": [], "bot": ["U0PILOT"]}}),
]


@given(data=st.data())
def test_a_payload_with_anything_in_any_place_breaks_nothing(data: st.DataObject) -> None:
    payload = json.loads(json.dumps(data.draw(st.sampled_from(KNOWN))))
    path = data.draw(st.sampled_from([path for path in _paths(payload) if path]))
    spot = payload
    for name in path[:-1]:
        spot = spot[name]
    spot[path[-1]] = data.draw(_JSON)
    try:
        parse(payload, TODAY)
    except UserError:
        pass
    way_of(payload)
