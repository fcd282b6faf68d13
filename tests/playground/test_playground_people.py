"""The hands: each thing a person can touch sends what Slack sends."""

from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.playground import Playground
from bot.playground.state import NoSuchOptionError
from tests.playground.bolt_app import served
from tests.playground.gallery import DATETIME, MENUS, OVERFLOW, TEXT_INPUTS, button, mrkdwn, plain
from tests.playground.kit import VirtualClock
from tests.playground.test_playground_deliveries import Recorder

Json = dict[str, Any]


@pytest.fixture
async def app(slack: Playground) -> Any:
    recorder = Recorder()

    async def endpoint(request: Request) -> Response:
        return await recorder(request)

    async with served(Starlette(routes=[Route("/slack/events", endpoint, methods=["POST"])])) as address:
        slack.app_url = f"{address}/slack/events"
        slack.hands.patience = 0.0
        yield recorder


def post(slack: Playground, blocks: list[Json], where: str = "anna") -> Any:
    """A message of the app, as if by chat.postMessage."""
    channel = slack.workspace.channel(where)
    return slack.workspace.add_message(
        channel, user=slack.workspace.bot.id, bot_id=slack.workspace.bot_id, text="x", blocks=blocks
    )


def open_form(slack: Playground, *blocks: Json, **more: Any) -> Any:
    anna = slack.workspace.person("anna")
    payload = {
        "type": "modal",
        "title": plain("Form"),
        "submit": plain("Save"),
        "blocks": list(blocks),
        **more,
    }
    return slack.workspace.add_view(anna.id, payload)


# element, what is chosen, what the app gets
CHOICES: dict[str, tuple[Json, Any, Json]] = {
    "static_select by text": (MENUS["static_select"], "Second", {"selected_option": MENUS["static_select"]["options"][1]}),
    "static_select by value": (MENUS["static_select"], "3", {"selected_option": MENUS["static_select"]["options"][2]}),
    "static_select in groups": (MENUS["static_select groups"], "Third", {"selected_option": MENUS["static_select"]["options"][2]}),
    "users_select by handle": (MENUS["users_select"], "ben", {"selected_user": "U0PLAY0003"}),
    "users_select by id": (MENUS["users_select"], "U0PLAY0003", {"selected_user": "U0PLAY0003"}),
    "conversations_select": (MENUS["conversations_select"], "C0PLAY0001", {"selected_conversation": "C0PLAY0001"}),
    "channels_select": (MENUS["channels_select"], "C0PLAY0001", {"selected_channel": "C0PLAY0001"}),
    "multi_static_select": (MENUS["multi_static_select"], ["First", "3"], {"selected_options": MENUS["multi_static_select"]["options"][::2]}),
    "multi_users_select": (MENUS["multi_users_select"], ["U0PLAY0002"], {"selected_users": ["U0PLAY0002"]}),
    "multi_conversations_select": (MENUS["multi_conversations_select"], ["C0PLAY0001"], {"selected_conversations": ["C0PLAY0001"]}),
    "multi_channels_select": (MENUS["multi_channels_select"], "C0PLAY0001", {"selected_channels": ["C0PLAY0001"]}),
    "datepicker": (MENUS["datepicker"], "2026-12-07", {"selected_date": "2026-12-07"}),
    "timepicker": (MENUS["timepicker"], "10:15", {"selected_time": "10:15"}),
    "datetimepicker": (DATETIME, 1796400060, {"selected_date_time": 1796400060}),
    "radio_buttons": (MENUS["radio_buttons"], "Second", {"selected_option": MENUS["radio_buttons"]["options"][1]}),
    "checkboxes": (MENUS["checkboxes"], ["First", "Second"], {"selected_options": MENUS["checkboxes"]["options"][:2]}),
    "checkboxes emptied": (MENUS["checkboxes"], [], {"selected_options": []}),
    "overflow": (OVERFLOW, "Hand over", {"selected_option": OVERFLOW["options"][1]}),
}  # fmt: skip


@pytest.mark.parametrize("name", CHOICES)
async def test_a_choice_in_a_message_is_sent_as_slack_sends_it(
    slack: Playground, app: Recorder, name: str
) -> None:
    element, choice, sent = CHOICES[name]
    message = post(slack, [{"type": "actions", "block_id": "b1", "elements": [element]}])
    await slack.hands.choose("anna", message, element["action_id"], choice)
    payload = app.payload()
    action = payload["actions"][0]
    assert payload["type"] == "block_actions"
    assert payload["container"] == {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": message.channel,
        "is_ephemeral": False,
    }
    assert (action["type"], action["action_id"], action["block_id"]) == (
        element["type"],
        element["action_id"],
        "b1",
    )
    assert {key: action[key] for key in sent} == sent
    if element["type"] != "overflow":
        state = payload["state"]["values"]["b1"][element["action_id"]]
        assert {key: state[key] for key in sent} == sent


# element, what is typed, what stands in state.values
FIELDS: dict[str, tuple[Json, Any, Json]] = {
    **{name: case for name, case in CHOICES.items() if "overflow" not in name},
    "plain_text_input": (TEXT_INPUTS["plain_text_input"], "hello", {"value": "hello"}),
    "multiline": (TEXT_INPUTS["plain_text_input multiline"], "a\nb", {"value": "a\nb"}),
    "email": (TEXT_INPUTS["email_text_input"], "a@b.example", {"value": "a@b.example"}),
    "url": (TEXT_INPUTS["url_text_input"], "https://e.x", {"value": "https://e.x"}),
    "number": (TEXT_INPUTS["number_input"], 6.5, {"value": "6.5"}),
    "rich_text_input": (
        TEXT_INPUTS["rich_text_input"],
        "hello",
        {"rich_text_value": {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "hello"}]}]}},
    ),
    "left empty": (TEXT_INPUTS["email_text_input"], None, {"value": None}),
}  # fmt: skip


@pytest.mark.parametrize("name", FIELDS)
async def test_a_field_of_a_form_is_sent_as_slack_sends_it(
    slack: Playground, app: Recorder, name: str
) -> None:
    element, typed, sent = FIELDS[name]
    block = {"type": "input", "block_id": "f1", "label": plain("Field"), "optional": True, "element": element}
    form = open_form(slack, block, callback_id="c", private_metadata="m")
    seen = await slack.hands.submit("anna", form, {"f1": typed})
    payload = app.payload()
    assert payload["type"] == "view_submission" and seen.view is None
    assert (payload["view"]["callback_id"], payload["view"]["private_metadata"]) == ("c", "m")
    state = payload["view"]["state"]["values"]["f1"][element["action_id"]]
    assert state == {"type": element["type"], **sent}


# what Slack's own client refuses: element, typed, the sentence
CLIENT_SIDE: list[tuple[Json, Any, str]] = [
    (TEXT_INPUTS["plain_text_input"], "", "Please complete this required field."),
    (TEXT_INPUTS["plain_text_input"], "x", "Please enter at least 2 characters."),
    (TEXT_INPUTS["plain_text_input"], "x" * 41, "Please enter at most 40 characters."),
    (TEXT_INPUTS["email_text_input"], "nobody", "Please enter a valid email address."),
    (TEXT_INPUTS["url_text_input"], "example", "Please enter a valid URL."),
    (TEXT_INPUTS["number_input"], "many", "Please enter a valid number."),
    (TEXT_INPUTS["number_input"], "101", "Please enter a number of at most 100."),
    (TEXT_INPUTS["number_input"], "-1", "Please enter a number of at least 0."),
    (TEXT_INPUTS["number_input"] | {"is_decimal_allowed": False}, "1.5", "Please enter a whole number."),
    (MENUS["users_select"], None, "Please complete this required field."),
]


@pytest.mark.parametrize(("element", "typed", "sentence"), CLIENT_SIDE)
async def test_what_slacks_client_refuses_never_reaches_the_app(
    slack: Playground, app: Recorder, element: Json, typed: Any, sentence: str
) -> None:
    form = open_form(slack, {"type": "input", "block_id": "f1", "label": plain("Field"), "element": element})
    seen = await slack.hands.submit("anna", form, {"Field": typed})
    assert seen.errors == {"f1": sentence} and app.requests == []
    await slack.hands.submit("anna", form, {}, force=True)
    assert len(app.requests) == 1


SECTION = {"type": "section", "text": mrkdwn("words")}
INPUT = {
    "type": "input",
    "block_id": "f1",
    "label": plain("Field"),
    "optional": True,
    "element": TEXT_INPUTS["email_text_input"],
}
NEXT = {"type": "modal", "title": plain("Next"), "blocks": [SECTION]}

# the app's answer to a submission → titles of what is open, errors, notices
ANSWERS: dict[str, tuple[Json | None, list[str], Json, list[str]]] = {
    "nothing closes it": (None, [], {}, []),
    "clear": ({"response_action": "clear"}, [], {}, []),
    "errors": ({"response_action": "errors", "errors": {"f1": "No."}}, ["Form"], {"f1": "No."}, []),
    "update": ({"response_action": "update", "view": NEXT}, ["Next"], {}, []),
    "push": ({"response_action": "push", "view": NEXT}, ["Form", "Next"], {}, []),
    "errors on no field": (
        {"response_action": "errors", "errors": {"zz": "No."}},
        ["Form"],
        {},
        ["invalid_response"],
    ),
    "a broken view": (
        {"response_action": "update", "view": {"type": "modal"}},
        ["Form"],
        {},
        ["invalid_response"],
    ),
    "no view": ({"response_action": "push"}, ["Form"], {}, ["invalid_response"]),
    "an unknown action": ({"response_action": "sing"}, ["Form"], {}, ["invalid_response"]),
}


@pytest.mark.parametrize("name", ANSWERS)
async def test_the_answer_to_a_submission_is_applied_to_what_is_open(
    slack: Playground, app: Recorder, name: str
) -> None:
    answer, titles, errors, notices = ANSWERS[name]
    form = open_form(slack, INPUT)
    app.answers = [JSONResponse(answer) if answer else Response("")]
    seen = await slack.hands.submit("anna", form, {"f1": "a@b.example"})
    anna = slack.workspace.person("anna").id
    assert [view.title for view in slack.workspace.modals[anna]] == titles
    assert seen.errors == errors
    assert [notice.code for notice in seen.notices] == notices
    assert bool(slack.app.refusals) == bool(notices)


async def test_closing_the_upper_form_shows_the_lower_with_what_was_typed(
    slack: Playground, app: Recorder
) -> None:
    lower = open_form(slack, INPUT, notify_on_close=True)
    await slack.hands.fill("anna", {"Field": "a@b.example"})
    upper = slack.workspace.add_view(lower.user, NEXT, push=True)
    seen = await slack.hands.close("anna")
    assert upper.root_view_id == lower.id and app.requests == []
    assert seen.view is not None and seen.view.id == lower.id
    gone = await slack.hands.close("anna")
    assert gone.view is None
    payload = app.payload()
    assert payload["type"] == "view_closed" and not payload["is_cleared"]
    assert payload["view"]["state"]["values"]["f1"]["e.email"]["value"] == "a@b.example"


async def test_a_press_in_a_form_carries_what_is_typed_so_far(slack: Playground, app: Recorder) -> None:
    form = open_form(slack, INPUT, {"type": "actions", "elements": [button("Check", "check")]})
    await slack.hands.fill("anna", {"f1": "a@b.example"}, form)
    await slack.hands.press("anna", "modal", "Check")
    payload = app.payload()
    assert payload["container"] == {"type": "view", "view_id": form.id}
    assert payload["view"]["state"]["values"]["f1"]["e.email"]["value"] == "a@b.example"
    assert "response_url" not in payload and "message" not in payload


async def test_dispatch_action_tells_of_a_field_as_soon_as_it_is_filled(
    slack: Playground, app: Recorder
) -> None:
    open_form(slack, INPUT | {"dispatch_action": True})
    await slack.hands.fill("anna", {"f1": "a@b.example"})
    assert app.payload()["actions"][0]["value"] == "a@b.example"


async def test_an_ephemeral_message_is_not_repeated_to_the_app(slack: Playground, app: Recorder) -> None:
    leads = slack.workspace.channel("#leads")
    anna = slack.workspace.person("anna")
    blocks: list[Json] = [
        {"type": "actions", "block_id": "b", "elements": [button("Undo", "undo", value="7")]}
    ]
    message = slack.workspace.add_ephemeral(leads, user=anna.id, text="Noted", blocks=blocks)
    await slack.hands.press("anna", message, "Undo")
    payload = app.payload()
    assert payload["container"]["is_ephemeral"] and "message" not in payload
    assert payload["actions"][0]["value"] == "7"


async def test_saying_no_in_the_confirmation_sends_nothing(slack: Playground, app: Recorder) -> None:
    confirm = {"title": plain("Sure?"), "text": plain("x"), "confirm": plain("Yes"), "deny": plain("No")}
    message = post(slack, [{"type": "actions", "elements": [button("Stop", "stop", confirm=confirm)]}])
    await slack.hands.press("anna", message, "stop", confirm=False)
    assert app.requests == []
    await slack.hands.press("anna", message, "stop")
    assert len(app.requests) == 1


async def test_a_shortcut_carries_its_message(slack: Playground, app: Recorder) -> None:
    message = post(slack, [SECTION])
    await slack.hands.shortcut("anna", message, "make_pilot")
    payload = app.payload()
    assert (payload["type"], payload["callback_id"], payload["message"]["ts"]) == (
        "message_action",
        "make_pilot",
        message.ts,
    )
    assert payload["response_url"] and payload["trigger_id"]
    await slack.hands.global_shortcut("anna", "new_pilot")
    assert app.payload()["type"] == "shortcut" and "response_url" not in app.payload()


async def test_nobody_touches_what_is_not_there(slack: Playground, app: Recorder) -> None:
    message = post(slack, [{"type": "actions", "elements": [MENUS["static_select"], button("Go", "go")]}])
    with pytest.raises(AssertionError, match=r"there is \['Choose one \(e.static\)', 'Go \(go\)'\]"):
        await slack.hands.press("anna", message, "Stop")
    with pytest.raises(AssertionError, match="no block says 'Contract'"):
        await slack.hands.press("anna", message, "Go", near="Contract")
    with pytest.raises(NoSuchOptionError, match="'Fourth' is not offered"):
        await slack.hands.choose("anna", message, "e.static", "Fourth")
    with pytest.raises(AssertionError, match="has no form open"):
        await slack.hands.submit("anna", None, {})
    with pytest.raises(KeyError, match="nobody here is called 'zoe'"):
        await slack.hands.command("zoe", "/pilot")
    await slack.hands.deactivate("ben")
    with pytest.raises(AssertionError, match="Ben is deactivated"):
        await slack.hands.command("ben", "/pilot")


async def test_a_deactivated_person_looks_so_everywhere(slack: Playground, app: Recorder) -> None:
    await slack.hands.deactivate("ben")
    event = app.bodies()[0]["event"]
    assert event["type"] == "user_change" and event["user"]["deleted"] and "tz" not in event["user"]


async def test_the_ledger_knows_who_was_told_what(slack: Playground, clock: VirtualClock) -> None:
    post(slack, [SECTION])
    post(slack, [], "#leads")
    anna = slack.workspace.person("anna")
    slack.workspace.add_ephemeral(slack.workspace.channel("#leads"), user=anna.id, text="only you")
    assert slack.hands.unexpected() == [
        "to Anna: 'words'",
        "to leads: 'x'",
        "to Anna (only visible to them): 'only you'",
    ]
    with pytest.raises(AssertionError, match="no message to ben"):
        slack.hands.take("ben")
    assert slack.hands.take("anna", "only").ephemeral
    slack.hands.take("#leads")
    with pytest.raises(AssertionError, match="messages that nobody expected:\nto Anna: 'words'"):
        slack.ledger.expect_nothing()
    assert len(slack.ledger.take_all()) == 1
    slack.ledger.expect_nothing()


async def test_unread_marks_are_each_persons_own(slack: Playground, clock: VirtualClock) -> None:
    workspace = slack.workspace
    post(slack, [SECTION], "#leads")
    assert (workspace.unread("anna", "#leads"), workspace.unread("ben", "#leads")) == (1, 1)
    workspace.mark_read("anna", "#leads")
    post(slack, [SECTION], "#leads")
    assert (workspace.unread("anna", "#leads"), workspace.unread("ben", "#leads")) == (1, 2)


async def test_listeners_hear_of_every_change(slack: Playground) -> None:
    heard: list[str] = []
    stop = slack.workspace.listen(lambda change: heard.append(change.kind))
    message = post(slack, [SECTION])
    slack.workspace.change(message, text="y", blocks=None, by=slack.workspace.bot.id)
    slack.workspace.remove(message)
    open_form(slack, INPUT)
    stop()
    post(slack, [SECTION])
    assert heard == ["channel", "message", "message_changed", "message_deleted", "view"]
