"""What an activity means, row by row; and that no activity at all breaks anything."""

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.commands import (
    AppAdded,
    AppRemoved,
    Away,
    CheckIn,
    Command,
    Handover,
    Help,
    ListPilots,
    Pressed,
    Said,
    Submitted,
)
from bot.domain.errors import UserError
from bot.domain.people import Address, Platform
from bot.messages.model import Field, Form, Press
from bot.services.incoming import Incoming
from bot.teams.ids import Origin, data_of
from bot.teams.parse import parse
from bot.teams.payload import address_of, read
from bot.teams.ways import Kind, way_of
from tests.teams.kit import (
    ALICE,
    APP,
    BOB,
    CALM,
    CHANNEL,
    CHAT,
    NOW,
    TENANT,
    Json,
    Microsoft,
    activity,
    in_channel,
)

MS = Microsoft()
FORM = Form(title="F", fields=(Field(id="name", label="Name"),), submit=Press("register"), submit_label="S")
US = {"id": f"28:{APP}", "name": "Pilotlight"}


def understood(made: Json, **more: Any) -> Incoming | None:
    return parse(read(json.dumps(made).encode()), NOW, **more)


def command(made: Json, **more: Any) -> Command | None:
    incoming = understood(made, **more)
    return incoming.command if incoming is not None else None


def way(made: Json) -> Kind | None:
    found = way_of(read(json.dumps(made).encode()))
    return found.kind if found is not None else None


# Words


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("help", Help()),
        ("/pilot help", Help()),
        ("list mine", ListPilots(which="mine")),
        ("38, moving, Danish added", Said(text="38, moving, Danish added")),
        ("thanks!", Said(text="thanks!")),
        ("help&nbsp;", Help()),
        ("  list\u00a0mine \r\n", ListPilots(which="mine")),
    ],
)
def test_words_in_ones_own_chat(text: str, meant: Command) -> None:
    made = activity(MS, text=text)
    assert command(made) == meant
    assert way(made) is Kind.WORDS


def test_words_that_are_no_command_say_what_to_do() -> None:
    with pytest.raises(UserError):
        command(activity(MS, text="snooze"))


def test_a_mention_of_us_is_taken_out_by_its_entity() -> None:
    assert command(in_channel(MS, "list mine")) == ListPilots(which="mine")
    named = {"type": "mention", "text": "<at>P*i.l(o)t</at>", "mentioned": US}
    made = in_channel(MS, "") | {
        "text": "hello <at>P*i.l(o)t</at> <at>not a mention</at>",
        "entities": [named],
    }
    assert command(made) == Said(text="hello <at>not a mention</at>")
    assert way(made) is Kind.MENTION


def test_what_is_said_in_a_channel_without_us_is_none_of_ours() -> None:
    made = in_channel(MS, "") | {"text": "list", "entities": []}
    assert command(made) is None
    other = {"type": "mention", "text": "<at>Bob</at>", "mentioned": {"id": "29:bob", "name": "Bob"}}
    assert command(in_channel(MS, "") | {"text": "<at>Bob</at> list", "entities": [other]}) is None


def _mention(text: str, who: Json) -> Json:
    return {"type": "mention", "text": text, "mentioned": who}


@pytest.mark.parametrize(
    ("who", "people", "to"),
    [
        ({"id": "29:bob", "name": "Bob Brandt", "aadObjectId": BOB}, {}, f"<@{BOB}>"),
        ({"id": "29:bob", "name": "Bob Brandt"}, {"29:bob": BOB}, f"<@{BOB}>"),
        ({"id": "29:bob", "name": "Bob Brandt"}, {}, "Bob Brandt"),
        ({"id": "29:bob", "name": "Bob Brandt", "aadObjectId": "<@x> y"}, {}, "Bob Brandt"),
    ],
)
def test_people_in_words_stand_by_their_object_id(who: Json, people: dict[str, str], to: str) -> None:
    made = activity(
        MS, text='handover "Contract search" <at>Bob</at>', entities=[_mention("<at>Bob</at>", who)]
    )
    found = command(made, people=people)
    assert isinstance(found, Handover)
    assert found.to == to


def test_two_people_of_one_name_stay_two() -> None:
    first = _mention("<at>Bob</at>", {"id": "29:1", "aadObjectId": ALICE})
    second = _mention("<at>Bob</at>", {"id": "29:2", "aadObjectId": BOB})
    made = activity(MS, text="ask <at>Bob</at> and <at>Bob</at>", entities=[first, second])
    assert command(made) == Said(text=f"ask <@{ALICE}> and <@{BOB}>")


def test_dates_are_read_as_of_the_askers_own_day() -> None:
    """09:30 UTC is still the day before on Hawaii, and the next one on Kiritimati."""
    at_night = NOW.replace(hour=5)
    for zone, today in (("Pacific/Honolulu", date(2026, 11, 22)), ("Europe/Berlin", date(2026, 11, 23))):
        made = activity(MS, text="away today to 2026-12-24", localTimezone=zone)
        found = parse(read(json.dumps(made).encode()), at_night)
        assert found is not None
        assert found.command == Away(start=today, end=date(2026, 12, 24))


# Cards


def _sent(kind: str, data: Json, **changes: Any) -> Json:
    made = activity(MS, replyToId="17", text=None, **changes)
    if kind == "submit":
        return made | {"value": data}
    verb = {"type": "Action.Execute", "verb": "answer", "data": data}
    return made | {
        "type": "invoke",
        "name": "adaptiveCard/action",
        "value": {"action": verb, "trigger": "manual"},
    }


@pytest.mark.parametrize("kind", ["execute", "submit"])
def test_a_press_by_either_action(kind: str) -> None:
    data = data_of(Press("answer", {"ask": "1"}), Origin(stamp="s"))
    incoming = understood(_sent(kind, data))
    assert incoming is not None
    assert incoming.command == Pressed(verb="answer", args={"ask": "1"})
    assert incoming.message_id == "17"
    assert way(_sent(kind, data)) is Kind(kind)


@pytest.mark.parametrize("kind", ["execute", "submit"])
def test_a_form_by_either_action(kind: str) -> None:
    data = data_of(FORM.submit, Origin(message="16"), form=FORM, submits=True)
    filled = {
        "name": "Contract search",
        "value": "38",
        "by": "2026-12-18",
        "empty": "",
        "msteams": {"x": 1},
        "n": 4.5,
    }
    incoming = understood(_sent(kind, data | filled))
    assert incoming is not None
    assert incoming.command == Submitted(
        verb="register", fields={"name": "Contract search", "value": "38", "by": "2026-12-18", "n": "4.5"}
    )
    assert incoming.message_id == "16"


@pytest.mark.parametrize(
    "data", [{}, {"pilotlight": 1}, {"pilotlight": {"args": {}}}, {"ask": "1"}, [], None, "x"]
)
def test_a_card_that_is_not_ours_means_nothing(data: Any) -> None:
    assert command(_sent("submit", data if isinstance(data, dict) else {})) is None
    made = _sent("execute", data)
    made["value"]["action"]["verb"] = ""
    assert command(made) is None


def test_a_form_that_somebody_meddled_with_is_read_without_its_form() -> None:
    data = data_of(FORM.submit, Origin(), form=FORM, submits=True)
    data["pilotlight"]["form"] = {"title": 7}
    data["pilotlight"]["args"] = {"a": "1", "b": 2}
    made = _sent("execute", data)
    assert command(made) == Submitted(verb="register", args={"a": "1"}, fields={})
    found = way_of(read(json.dumps(made).encode()))
    assert found is not None and found.submitted and found.form is None


# Installing


def _install(action: str, **changes: Any) -> Json:
    return activity(MS, type="installationUpdate", action=action, text=None, **changes)


def _update(**changes: Any) -> Json:
    return activity(MS, type="conversationUpdate", text=None, **changes)


@pytest.mark.parametrize(
    ("made", "meant", "kind"),
    [
        (_install("add"), AppAdded(), Kind.ADDED),
        (_update(membersAdded=[{"id": "29:alice"}, US]), AppAdded(), Kind.ADDED),
        (_install("add-upgrade"), AppAdded(), Kind.QUIET),
        (_install("remove"), AppRemoved(reason="remove"), Kind.QUIET),
        (_install("remove-upgrade"), AppRemoved(reason="remove-upgrade"), Kind.QUIET),
        (_update(membersRemoved=[US]), AppRemoved(reason="conversationUpdate"), Kind.QUIET),
        (_update(membersAdded=[{"id": "29:bob"}]), None, None),
        (_update(membersRemoved=[{"id": "29:bob"}]), None, None),
        (_install("something"), None, None),
    ],
)
def test_installing_and_removing(made: Json, meant: Command | None, kind: Kind | None) -> None:
    assert command(made) == meant
    assert way(made) is kind


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "messageUpdate"},
        {"type": "messageDelete"},
        {"type": "messageReaction", "reactionsAdded": [{"type": "like"}]},
        {"type": "event", "name": "application/vnd.microsoft.readReceipt"},
        {"type": "typing"},
        {"type": "endOfConversation"},
        {"type": "invoke", "name": "composeExtension/query", "value": {"commandId": "x"}},
        {"type": "invoke", "name": "task/fetch", "value": {"data": {}}},
        {"type": "somethingNew"},
        {"text": ""},
        {"text": "   ", "attachments": [{"contentType": "image/png"}]},
        {"from": {"id": "29:stranger", "name": "Guest of a meeting"}},
        {"from": {"id": "28:other-bot", "aadObjectId": BOB}},
        {"from": {"id": "29:x", "aadObjectId": BOB, "role": "bot"}},
        {"conversation": None},
    ],
)
def test_everything_else_means_nothing(changes: Json) -> None:
    assert command(activity(MS, **changes)) is None


# Who, where


def test_who_asks_and_where() -> None:
    incoming = understood(activity(MS))
    assert incoming is not None
    assert incoming.actor == Address(platform=Platform.TEAMS, workspace=TENANT, user=ALICE)
    # A person's own chat is known by the id that their address has.
    assert (incoming.place.channel, incoming.place.user) == (CHAT, ALICE)
    assert incoming.place.service_url == MS.connector
    assert incoming.profile is not None
    assert (incoming.profile.name, incoming.profile.zone) == ("Alice Adler", "Europe/Berlin")
    assert incoming.message_id == ""


def test_a_channel_is_known_without_its_thread() -> None:
    incoming = understood(in_channel(MS, "list"))
    assert incoming is not None
    assert (incoming.place.channel, incoming.place.user) == (CHANNEL, "")
    assert incoming.message_id == "1690000000000"
    found = way_of(read(json.dumps(in_channel(MS, "list")).encode()))
    assert found is not None
    assert found.place.channel == f"{CHANNEL};messageid=1690000000000"
    assert (found.alone.channel, found.alone.user) == ("", ALICE)


@pytest.mark.parametrize(
    ("changes", "zone"),
    [
        ({}, "Europe/Berlin"),
        ({"localTimezone": None}, "Europe/Berlin"),
        ({"localTimezone": "America/New_York"}, "America/New_York"),
        ({"localTimezone": "../../etc/passwd", "entities": []}, None),
        ({"localTimezone": "Europe", "entities": []}, None),
        ({"localTimezone": "W. Europe Standard Time", "entities": []}, None),
        ({"localTimezone": 7, "entities": [{"type": "clientInfo"}]}, None),
    ],
)
def test_the_zone_is_learned_where_teams_tells_it(changes: Json, zone: str | None) -> None:
    incoming = understood(activity(MS, **changes))
    assert incoming is not None and incoming.profile is not None
    assert incoming.profile.zone == zone


def test_an_install_without_a_name_tells_nothing_about_a_person() -> None:
    incoming = understood(_install("add", **{"from": {"id": "29:alice", "aadObjectId": ALICE}}))
    assert incoming is not None and incoming.profile is None


# One effect each


def key(made: Json, **more: Any) -> str:
    incoming = understood(made, **more)
    assert incoming is not None
    assert len(incoming.key) <= 255
    return incoming.key


def test_words_are_the_same_only_if_the_activity_is() -> None:
    assert key(activity(MS)) == key(activity(MS))
    assert key(activity(MS)) != key(activity(MS, text="list"))
    assert key(activity(MS, id="")) == ""
    assert key(activity(MS)) != key(activity(MS, id="2"))
    elsewhere = {"id": "a:other", "conversationType": "personal", "tenantId": TENANT}
    assert key(activity(MS)) != key(activity(MS, conversation=elsewhere))


def test_a_press_is_the_same_by_card_person_verb_and_words() -> None:
    def pressed(
        *,
        stamp: str = "s",
        ask: str = "1",
        user: str = ALICE,
        reply_to: str = "17",
        kind: str = "execute",
        **more: Any,
    ) -> str:
        data = data_of(Press("answer", {"ask": ask}), Origin(stamp=stamp)) | more
        made = _sent(kind, data, id=f"f:{len(more)}{kind}", **{"from": {"id": "29:x", "aadObjectId": user}})
        return key(made | {"replyToId": reply_to})

    assert pressed() == pressed(kind="submit")
    others = [
        pressed(stamp="t"),
        pressed(ask="2"),
        pressed(user=BOB),
        pressed(reply_to="18"),
        pressed(note="x"),
    ]
    assert len({pressed(), *others}) == 6


def test_a_button_that_stands_for_words_can_be_pressed_again_tomorrow() -> None:
    for press in (Press("say", {"text": "list mine"}), Press("form_checkin", {"ask": "1"})):
        data = data_of(press, Origin(stamp="s"))
        assert key(_sent("execute", data, id="f:1")) == key(_sent("execute", data, id="f:1"))
        assert key(_sent("execute", data, id="f:1")) != key(_sent("execute", data, id="f:2"))


def test_both_activities_of_an_install_are_one_request() -> None:
    added, updated = (
        _install("add", id="1"),
        _update(id="2", membersAdded=[US], timestamp="2026-11-23T09:30:01.9Z"),
    )
    assert key(added) == key(updated)
    assert key(added, installation="a") == key(updated, installation="a")
    assert key(added) != key(_install("remove", id="3"))
    assert key(_install("remove", id="3")) == key(_update(id="4", membersRemoved=[US]))
    assert key(added) != key(_install("add", timestamp="2026-11-23T09:35:00Z"))


# Anything at all

JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
NAMES = st.sampled_from(
    sorted(set(activity(MS)) | {"value", "action", "name", "replyToId", "membersAdded", "membersRemoved"})
)


@CALM
@given(
    st.dictionaries(NAMES, JSON, max_size=4),
    st.sampled_from(["message", "invoke", "installationUpdate", "conversationUpdate"]),
)
def test_no_activity_breaks_anything(changes: Json, kind: str) -> None:
    made = {"name": "adaptiveCard/action"} | activity(MS, type=kind) | changes
    try:
        incoming = understood(made)
    except UserError:
        return
    if incoming is not None:
        repr(incoming).encode()
        assert incoming.key or "id" in changes  # without an id it is known by nothing


@CALM
@given(JSON, JSON)
def test_no_card_breaks_anything(data: Any, ours: Any) -> None:
    for sent in (data, {"pilotlight": ours}, {"pilotlight": {"verb": "v", "args": data, "form": ours}}):
        understood(_sent("execute", sent))
        if isinstance(sent, dict):
            understood(_sent("submit", sent))


def test_a_check_in_by_words_is_read_like_everywhere() -> None:
    found = command(activity(MS, text='checkin "Contract search" 38 moving Danish added'))
    assert isinstance(found, CheckIn | Said)


def test_no_nul_and_no_long_id_goes_further() -> None:
    body = {
        "type": "message",
        "text": "list\x00 mine",
        "from": {"id": "29:" + "x" * 150, "aadObjectId": "y" * 65, "name": "A\x00da"},
        "conversation": {"id": "a:1", "conversationType": "personal", "tenantId": TENANT},
        "value": {"\x00": ["a\x00b", {"c": "\x00"}]},
    }
    found = read(json.dumps(body).encode())
    assert found.text == "list mine"
    assert found.sender.name == "Ada"
    assert found.sender.object_id == ""
    assert found.value == {"": ["ab", {"c": ""}]}
    assert len(address_of(found).user) <= 64
    assert address_of(found).user.startswith("29:")


def test_a_backslash_before_u0000_is_somebodys_words() -> None:
    assert read(rb'{"text": "C:\\u0000x"}').text == r"C:\u0000x"
