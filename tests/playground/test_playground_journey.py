"""A person, a slack-bolt app and the workspace between them, over real HTTP on both sides."""

from typing import Any

import pytest

from bot.playground import Playground
from bot.playground.models import real_clock
from tests.playground.bolt_app import bolt, running
from tests.playground.kit import slack_workspace


def section(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def button(text: str, action_id: str, **more: Any) -> dict[str, Any]:
    return {"type": "button", "text": {"type": "plain_text", "text": text}, "action_id": action_id, **more}


FORM = {
    "type": "modal",
    "callback_id": "register",
    "title": {"type": "plain_text", "text": "New pilot"},
    "submit": {"type": "plain_text", "text": "Save"},
    "blocks": [
        {
            "type": "input",
            "block_id": "name",
            "label": {"type": "plain_text", "text": "Name"},
            "element": {"type": "plain_text_input", "action_id": "value"},
        },
        {
            "type": "input",
            "block_id": "sponsor",
            "label": {"type": "plain_text", "text": "Sponsor"},
            "element": {"type": "users_select", "action_id": "value"},
            "optional": True,
        },
    ],
}


async def test_a_command_opens_a_form_whose_errors_stand_on_the_field_and_whose_answer_is_a_message() -> None:
    async with slack_workspace(people=["anna", "ben"], signing_clock=real_clock) as slack:
        app = bolt(slack)

        @app.command("/pilot")
        async def on_command(ack: Any, body: dict[str, Any], client: Any) -> None:
            await ack()
            await client.views_open(trigger_id=body["trigger_id"], view=FORM)

        @app.view("register")
        async def on_submit(ack: Any, body: dict[str, Any], client: Any) -> None:
            name = body["view"]["state"]["values"]["name"]["value"]["value"]
            if "AI" in name:
                await ack(response_action="errors", errors={"name": "Say what it does."})
                return
            await ack()
            sponsor = body["view"]["state"]["values"]["sponsor"]["value"]["selected_user"]
            await client.chat_postMessage(channel=sponsor, text=f"You sponsor {name}")
            await client.chat_postMessage(channel=body["user"]["id"], text=f"Registered {name}")

        async with running(slack, app):
            seen = await slack.hands.command("anna", "/pilot new")
            assert seen.view is not None and seen.view.title == "New pilot"

            empty = await slack.hands.submit("anna", seen.view, {})
            assert empty.errors == {"name": "Please complete this required field."} and empty.status == 0

            vague = await slack.hands.submit("anna", None, {"Name": "AI", "sponsor": "ben"})
            assert vague.errors == {"name": "Say what it does."} and vague.view is not None

            done = await slack.hands.submit("anna", None, {"name": "Contract search"})
            assert done.view is None and done.message.text == "Registered Contract search"
            assert slack.hands.unexpected() == ["to Ben: 'You sponsor Contract search'"]
            slack.hands.take("ben", "You sponsor")


async def test_a_press_changes_the_message_in_place_and_the_ephemeral_answer_is_for_the_presser_alone() -> (
    None
):
    async with slack_workspace(
        people=["anna", "ben"], channels={"leads": ["anna", "ben"]}, signing_clock=real_clock
    ) as slack:
        app = bolt(slack)

        @app.command("/digest")
        async def on_command(ack: Any, client: Any, command: dict[str, Any]) -> None:
            await ack()
            blocks = [
                section("*Contract search*"),
                {"type": "actions", "elements": [button("Keep", "keep.1"), button("Stop", "stop.1")]},
                section("*Invoice triage*"),
                {"type": "actions", "elements": [button("Keep", "keep.2"), button("Stop", "stop.2")]},
            ]
            await client.chat_postMessage(
                channel=command["channel_id"], text="2 decisions wait", blocks=blocks
            )

        @app.action({"action_id": "keep.2"})
        async def on_keep(ack: Any, body: dict[str, Any], client: Any, respond: Any) -> None:
            await ack()
            await client.chat_update(
                channel=body["channel"]["id"], ts=body["message"]["ts"], text="1 decision waits", blocks=[]
            )
            await respond("Kept by you")

        async with running(slack, app):
            seen = await slack.hands.command("anna", "/digest", "#leads")
            assert "2 decisions wait" not in seen and "[Keep]" in seen.text
            pressed = await slack.hands.press("ben", seen.message, "Keep", near="Invoice triage")
            assert pressed.updated[0].text == "1 decision waits" and pressed.updated[0].edited
            assert [m.text for m in pressed.ephemerals] == ["Kept by you"]
            assert [m.text for m in slack.hands.see("anna", "#leads")] == ["1 decision waits"]


async def test_a_plain_reply_reaches_the_app_escaped_and_with_its_thread() -> None:
    async with slack_workspace(people=["anna", "ben"], signing_clock=real_clock) as slack:
        app = bolt(slack)
        heard: list[dict[str, Any]] = []

        @app.event("message")
        async def on_message(event: dict[str, Any], say: Any) -> None:
            heard.append(event)
            await say(text=f"Read: {event['text']}", thread_ts=event.get("thread_ts"))

        async with running(slack, app):
            seen = await slack.hands.type("anna", "anna", "6.2 <b> & @ben, see https://a.example/?x=1&y=2")
            assert (
                heard[0]["text"] == "6.2 &lt;b&gt; &amp; <@U0PLAY0003>, see <https://a.example/?x=1&amp;y=2>"
            )
            assert heard[0]["channel_type"] == "im"
            assert seen.message.text.startswith("Read: 6.2")
            assert "@Ben" in seen.text and "<b> &" in seen.text
            reply = await slack.hands.type("anna", "anna", "again", thread_ts=seen.message.ts)
            assert reply.message.thread_ts == seen.message.ts


async def _surprise() -> None:
    async with slack_workspace() as slack:
        anna = slack.workspace.im("anna")
        slack.workspace.add_message(anna, user=slack.workspace.bot.id, bot_id="B1", text="surprise")


async def test_a_message_that_nobody_took_fails_the_test() -> None:
    with pytest.raises(AssertionError, match="to Anna: 'surprise'"):
        await _surprise()


async def test_home_is_drawn_when_it_is_opened_and_its_buttons_work() -> None:
    async with slack_workspace(signing_clock=real_clock) as slack:
        app = bolt(slack)

        @app.event("app_home_opened")
        async def on_home(event: dict[str, Any], client: Any) -> None:
            actions = {"type": "actions", "elements": [button("New pilot", "new")]}
            await client.views_publish(
                user_id=event["user"], view={"type": "home", "blocks": [section("Your pilots"), actions]}
            )

        @app.action("new")
        async def on_new(ack: Any, body: dict[str, Any], client: Any) -> None:
            await ack()
            await client.views_open(trigger_id=body["trigger_id"], view=FORM)

        async with running(slack, app):
            seen = await slack.hands.open_home("anna")
            assert seen.home is not None and "Your pilots" in slack.hands.read(seen.home)
            pressed = await slack.hands.press("anna", "home", "New pilot")
            assert pressed.view is not None
            assert (await slack.hands.close("anna")).view is None


async def _no_app(slack: Playground) -> None:
    slack.app_url = "http://127.0.0.1:9/slack/events"


async def test_an_app_that_cannot_be_reached_is_told_to_the_person_not_to_the_test() -> None:
    async with slack_workspace() as slack:
        await _no_app(slack)
        seen = await slack.hands.command("anna", "/pilot help")
        assert [notice.code for notice in seen.notices] == ["dispatch_failed"]
