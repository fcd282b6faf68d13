"""The door through real HTTP: what somebody types or presses, what they then see, and when."""

import asyncio
import logging
from dataclasses import replace

import pytest

from bot.domain.commands import AppAdded, AppRemoved, Handover, Help, ListPilots, Pressed, Submitted
from bot.domain.errors import UserError
from bot.messages.model import Button, Buttons, Field, Form, Message, Press, Section, Text, say
from bot.services.incoming import Incoming, Reply
from bot.teams.outlets import ADD_FIRST
from bot.teams.respond import DONE, FORM_BELOW, IN_OUR_CHAT, OUTDATED, STILL
from tests.teams.check_card import actions_of, check_card, elements_of, texts_of
from tests.teams.kit import (
    ALICE,
    APP,
    BOB,
    CARD,
    CHANNEL,
    CHAT,
    Here,
    Json,
    Trouble,
    activity,
    execute,
    in_channel,
    place,
    submit,
    teams_door,
)

MOVING = Button(label="Moving", press=Press("answer", {"ask": "1", "status": "moving"}))
STUCK = Button(label="Stuck…", press=Press("form_checkin", {"ask": "1"}))
NUDGE = Message(
    headline="No word for 12 working days",
    sections=(
        Section(id="ask:1", parts=(Text(spans=("Contract search",)), Buttons(buttons=(MOVING, STUCK)))),
        Section(id="ask:2", parts=(Text(spans=("Invoice triage",)),)),
    ),
)
NOTED = NUDGE.with_section(
    "ask:1", Text(spans=("Noted, thanks.",)), Buttons(buttons=(Button(label="Undo", press=Press("undo")),))
)
FORM = Form(
    title="Where does it hang?",
    fields=(
        Field(id="text", label="What is in the way"),
        Field(id="value", label="New number", kind="number", optional=True),
    ),
    submit=Press("checkin", {"ask": "1"}),
    submit_label="Send",
)
TOAST = "application/vnd.microsoft.activity.message"


async def nudged(here: Here) -> tuple[str, Json]:
    """A nudge stands in Alice's chat; its id and its card."""
    delivered = await here.chat.send(place(here.microsoft), NUDGE, key="nudge:1")
    return delivered.message_id, here.microsoft.cards()[-1]


def button(card: Json, title: str) -> Json:
    return next(action for action in actions_of(card) if action["title"] == title)


def shown(here: Here, conversation: str = CHAT) -> list[list[str]]:
    """Every card's texts, and each card is one that Teams takes."""
    cards = here.microsoft.cards(conversation)
    assert [problem for card in cards for problem in check_card(card)] == []
    return [texts_of(card) for card in cards]


class Slow:
    """A desk that takes its time: until the test lets it go."""

    def __init__(self) -> None:
        self.go = asyncio.Event()

    async def __call__(self, _incoming: Incoming) -> Reply:
        await self.go.wait()
        return Reply(message=NOTED, in_place=True)


# Words


async def test_typed_words_are_answered_in_the_chat() -> None:
    async with teams_door() as here:
        here.answers(Reply(message=say("Here is what I can do.", buttons=(MOVING,))))
        answer = await here.post(activity(here.microsoft))
        assert (answer.status_code, answer.content) == (200, b"")
        await here.settled()
        assert here.handled.last.command == Help()
        assert len(here.handled.last.reference) == 8
        assert shown(here) == [["Here is what I can do.", "Moving"]]


async def test_the_same_activity_twice_has_one_effect() -> None:
    async with teams_door() as here:
        here.answers(Reply(message=say("once")))
        for _ in range(2):
            await here.post(activity(here.microsoft))
        assert len(here.handled.asked) == 1


async def test_words_that_are_no_command_are_answered_with_what_to_do() -> None:
    async with teams_door() as here:
        await here.post(activity(here.microsoft, text="snooze"))
        await here.settled()
        assert not here.handled.asked
        assert "Example" in shown(here)[0][0]


async def test_a_refusal_of_the_services_reaches_the_asker() -> None:
    async def refuse(_incoming: Incoming) -> Reply:
        raise UserError("Only the owner may do that. Ask Petra.")

    async with teams_door() as here:
        here.answers(refuse)
        await here.post(activity(here.microsoft))
        await here.settled()
        assert shown(here) == [["Only the owner may do that. Ask Petra."]]


async def test_anything_else_is_logged_once_with_the_reference_that_is_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def broken(_incoming: Incoming) -> Reply:
        raise ZeroDivisionError("at home")

    async with teams_door() as here:
        here.answers(broken)
        assert (await here.post(activity(here.microsoft, text="list"))).status_code == 200
        await here.settled()
        (record,) = [one for one in caplog.records if one.levelno >= logging.ERROR]
        reference = str(vars(record)["request"])
        ((said,),) = shown(here)
        assert reference in said and "ZeroDivisionError" not in said


async def test_help_needs_no_memory(caplog: pytest.LogCaptureFixture) -> None:
    async def broken(_incoming: Incoming) -> Reply:
        raise ZeroDivisionError

    async with teams_door() as here:
        here.answers(broken)
        await here.post(activity(here.microsoft, text="help"))
        await here.settled()
        assert "reference" not in " ".join(shown(here)[0])
        assert caplog.records


async def test_an_answer_that_takes_long_follows_once() -> None:
    async with teams_door(patience=0.2) as here:
        here.answers(desk := Slow())
        answer = await here.post(activity(here.microsoft))
        assert answer.status_code == 200
        assert shown(here) == []
        desk.go.set()
        await here.settled()
        assert len(shown(here)) == 1


async def test_who_is_mentioned_is_found_out_first() -> None:
    async with teams_door() as here:
        bob = {"type": "mention", "text": "<at>Bob</at>", "mentioned": {"id": "29:bob", "name": "Bob Brandt"}}
        text = 'handover "Contract search" <at>Bob</at>'
        for number in range(2):
            await here.post(activity(here.microsoft, id=str(number), text=text, entities=[bob]))
        found = here.handled.last.command
        assert isinstance(found, Handover)
        assert found.to == f"<@{BOB}>"
        looks = [path for method, path, _ in here.microsoft.seen if method == "GET" and path.endswith("bob")]
        assert len(looks) == 1


async def test_who_asks_is_looked_up_once() -> None:
    async with teams_door() as here:
        for number in range(3):
            await here.post(activity(here.microsoft, id=str(number)))
        profile = here.handled.last.profile
        assert profile is not None
        assert (profile.email, profile.zone, profile.guest) == ("alice@example.com", "Europe/Berlin", False)
        assert here.microsoft.calls("GET") == 1


async def test_nothing_is_said_of_a_person_whom_teams_does_not_tell() -> None:
    """An activity does not say who is a guest: what is known of that must stay."""
    async with teams_door() as here:
        here.microsoft.members.clear()
        await here.post(activity(here.microsoft))
        assert here.handled.last.profile is None


# In a channel


async def test_a_mention_is_answered_to_the_asker_alone() -> None:
    async with teams_door() as here:
        here.answers(Reply(message=say("Only you see this.")))
        await here.post(in_channel(here.microsoft, "list mine"))
        await here.settled()
        assert here.handled.last.command == ListPilots(which="mine")
        assert shown(here, CHANNEL) == []
        assert shown(here, "a:new-29:alice") == [["Only you see this."]]


async def test_somebody_without_the_app_is_told_what_to_do() -> None:
    async with teams_door() as here:
        refusal = {"error": {"code": "ForbiddenOperationException"}}
        here.answers(Reply(message=say("Only you see this.")))
        # The first POST opens the chat.
        here.microsoft.troubles = [Trouble(403, refusal, times=1)]
        await here.post(in_channel(here.microsoft, "list mine"))
        await here.settled()
        assert shown(here, CHANNEL) == [[ADD_FIRST]]
        posted = [path for method, path, _ in here.microsoft.seen if method == "POST" and path]
        assert posted == [f"/{CHANNEL};messageid=1690000000000/activities"]


# Buttons


async def test_a_press_is_answered_by_the_card_in_its_place_and_for_everybody() -> None:
    async with teams_door() as here:
        message_id, card = await nudged(here)
        here.answers(Reply(message=NOTED, in_place=True))
        answer = await here.post(execute(here.microsoft, button(card, "Moving"), reply_to=message_id))
        body = answer.json()
        assert (body["statusCode"], body["type"]) == (200, CARD)
        assert texts_of(body["value"]) == ["Noted, thanks.", "Undo", "Invoice triage"]
        assert check_card(body["value"]) == []
        assert here.handled.last.command == Pressed(verb="answer", args={"ask": "1", "status": "moving"})
        assert here.handled.last.message_id == message_id
        await here.settled()
        assert here.microsoft.conversations[CHAT][message_id]["attachments"][0]["content"] == body["value"]
        assert len(here.microsoft.cards()) == 1


async def test_the_same_press_twice_has_one_effect_and_undo_makes_it_new() -> None:
    async with teams_door() as here:
        message_id, card = await nudged(here)
        here.answers(Reply(message=NOTED, in_place=True))
        pressed = execute(here.microsoft, button(card, "Moving"), reply_to=message_id)
        first = await here.post(pressed)
        again = await here.post(pressed | {"id": "f:2"})
        assert len(here.handled.asked) == 1
        assert again.json()["type"] == CARD
        here.answers(Reply(message=NUDGE, in_place=True))
        undone = await here.post(
            execute(here.microsoft, button(first.json()["value"], "Undo"), reply_to=message_id)
        )
        back = button(undone.json()["value"], "Moving")
        await here.post(execute(here.microsoft, back, reply_to=message_id, id="f:3"))
        assert [
            incoming.command.verb for incoming in here.handled.asked if isinstance(incoming.command, Pressed)
        ] == [
            "answer",
            "undo",
            "answer",
        ]


async def test_a_short_answer_is_a_toast() -> None:
    async with teams_door() as here:
        message_id, card = await nudged(here)
        here.answers(Reply(message=say("You may not do that.")))
        answer = await here.post(execute(here.microsoft, button(card, "Moving"), reply_to=message_id))
        assert answer.json() == {"statusCode": 200, "type": TOAST, "value": "You may not do that."}
        await here.settled()
        assert len(shown(here)) == 1


async def test_a_longer_answer_is_a_message_of_its_own() -> None:
    async with teams_door() as here:
        message_id, card = await nudged(here)
        here.answers(Reply(message=say("Here it is.", buttons=(MOVING,), headline="Contract search")))
        answer = await here.post(execute(here.microsoft, button(card, "Moving"), reply_to=message_id))
        assert answer.json()["value"] == "Contract search"
        await here.settled()
        assert shown(here)[1] == ["Here it is.", "Moving"]


async def test_a_reply_that_says_nothing_is_a_sign_all_the_same() -> None:
    async with teams_door() as here:
        message_id, card = await nudged(here)
        answer = await here.post(execute(here.microsoft, button(card, "Moving"), reply_to=message_id))
        assert answer.json()["value"] == DONE
        await here.settled()
        assert len(shown(here)) == 1


async def test_a_press_that_takes_long_is_answered_in_time_and_changes_the_card_later() -> None:
    async with teams_door(patience=0.2) as here:
        message_id, card = await nudged(here)
        here.answers(desk := Slow())
        answer = await here.post(execute(here.microsoft, button(card, "Moving"), reply_to=message_id))
        assert answer.json()["value"] == STILL
        desk.go.set()
        await here.settled()
        assert shown(here) == [["Noted, thanks.", "Undo", "Invoice triage"]]
        assert here.microsoft.calls("PUT") == 1


async def test_a_short_answer_that_takes_long_is_said_in_the_chat() -> None:
    may_go = asyncio.Event()

    async def refuse(_incoming: Incoming) -> Reply:
        await may_go.wait()
        raise UserError("You may not do that.")

    async with teams_door(patience=0.2) as here:
        message_id, card = await nudged(here)
        here.answers(refuse)
        await here.post(execute(here.microsoft, button(card, "Moving"), reply_to=message_id))
        may_go.set()
        await here.settled()
        assert shown(here)[1:] == [["You may not do that."]]


async def test_an_old_client_presses_by_submit() -> None:
    async with teams_door() as here:
        message_id, card = await nudged(here)
        here.answers(Reply(message=NOTED, in_place=True))
        answer = await here.post(submit(here.microsoft, button(card, "Moving"), reply_to=message_id))
        assert (answer.status_code, answer.content) == (200, b"")
        await here.settled()
        assert shown(here) == [["Noted, thanks.", "Undo", "Invoice triage"]]


async def test_a_card_of_another_time_says_so() -> None:
    async with teams_door() as here:
        old = {"type": "Action.Execute", "verb": "", "data": {"x": 1}}
        answer = await here.post(execute(here.microsoft, old, reply_to="17"))
        assert answer.json()["value"] == OUTDATED


# Forms


async def opened(here: Here) -> tuple[str, str, Json]:
    """Alice opened the form of her nudge; the nudge's id, the form's id and its card."""
    message_id, card = await nudged(here)
    here.answers(Reply(form=FORM))
    answer = await here.post(execute(here.microsoft, button(card, "Stuck…"), reply_to=message_id))
    assert answer.json()["value"] == FORM_BELOW
    await here.settled()
    form_id = list(here.microsoft.conversations[CHAT])[-1]
    return message_id, form_id, here.microsoft.cards()[-1]


async def test_a_form_stands_below_the_message_that_it_came_from() -> None:
    async with teams_door() as here:
        await opened(here)
        assert [texts[0] for texts in shown(here)] == ["Contract search", "Where does it hang?"]


async def test_a_form_that_was_sent_changes_the_message_and_makes_room() -> None:
    async with teams_door() as here:
        message_id, form_id, form = await opened(here)
        here.answers(Reply(message=replace(NOTED, headline="Noted, thanks."), in_place=True))
        answer = await here.post(
            execute(
                here.microsoft,
                button(form, "Send"),
                reply_to=form_id,
                filled={"text": "legal", "value": "38"},
            )
        )
        assert texts_of(answer.json()["value"]) == ["Noted, thanks."]
        assert here.handled.last.command == Submitted(
            verb="checkin", args={"ask": "1"}, fields={"text": "legal", "value": "38"}
        )
        assert here.handled.last.message_id == message_id
        await here.settled()
        assert shown(here) == [["Noted, thanks.", "Undo", "Invoice triage"], ["Noted, thanks."]]


@pytest.mark.parametrize("raised", [True, False])
@pytest.mark.parametrize("action", ["execute", "submit"])
async def test_a_form_with_an_error_comes_back_with_what_was_typed(raised: bool, action: str) -> None:
    async def wrong(_incoming: Incoming) -> Reply:
        if raised:
            raise UserError("That is no number.", field="value")
        return Reply(errors={"value": "That is no number."})

    async with teams_door() as here:
        _, form_id, form = await opened(here)
        here.answers(wrong)
        filled = {"text": "legal", "value": "many"}
        made = (execute if action == "execute" else submit)(
            here.microsoft, button(form, "Send"), reply_to=form_id, filled=filled
        )
        answer = await here.post(made)
        await here.settled()
        card = here.microsoft.cards()[-1]
        if action == "execute":
            assert answer.json()["value"] == card
        assert "That is no number." in texts_of(card)
        inputs = {
            element["id"]: element.get("value")
            for element in elements_of(card)
            if element["type"] == "Input.Text"
        }
        assert inputs == {"text": "legal", "value": "many"}
        # The second try comes from the changed card, and counts.
        here.answers(Reply(message=say("Noted.")))
        await here.post(execute(here.microsoft, button(card, "Send"), reply_to=form_id, filled={"text": "x"}))
        await here.settled()
        assert here.microsoft.cards()[-1]["fallbackText"] == "Noted."


async def test_an_error_for_no_field_stands_above_them_and_a_failure_loses_no_word() -> None:
    async def broken(_incoming: Incoming) -> Reply:
        raise ZeroDivisionError

    async with teams_door() as here:
        _, form_id, form = await opened(here)
        here.answers(broken)
        answer = await here.post(
            execute(here.microsoft, button(form, "Send"), reply_to=form_id, filled={"text": "legal"})
        )
        card = answer.json()["value"]
        assert "reference" in texts_of(card)[1]
        assert [element["value"] for element in elements_of(card) if element.get("id") == "text"] == ["legal"]


async def test_a_form_that_was_typed_for_is_answered_in_its_place() -> None:
    async with teams_door() as here:
        here.answers(Reply(form=FORM))
        await here.post(activity(here.microsoft, text="new"))
        await here.settled()
        (form,) = here.microsoft.cards()
        form_id = next(iter(here.microsoft.conversations[CHAT]))
        here.answers(Reply(message=say("Registered.", buttons=(MOVING,))))
        answer = await here.post(
            execute(here.microsoft, button(form, "Send"), reply_to=form_id, filled={"text": "a"})
        )
        assert here.handled.last.message_id == ""
        assert texts_of(answer.json()["value"]) == ["Registered.", "Moving"]
        await here.settled()
        assert shown(here) == [["Registered.", "Moving"]]


async def test_a_form_asked_for_in_a_channel_comes_to_the_asker_alone() -> None:
    async with teams_door() as here:
        digest = await here.chat.send(place(here.microsoft, channel=CHANNEL, user=""), NUDGE, key="digest")
        card = here.microsoft.cards(CHANNEL)[0]
        here.answers(Reply(form=FORM))
        pressed = execute(here.microsoft, button(card, "Stuck…"), reply_to=digest.message_id)
        answer = await here.post(pressed | {"conversation": in_channel(here.microsoft, "")["conversation"]})
        assert answer.json()["value"] == IN_OUR_CHAT
        await here.settled()
        (form,) = here.microsoft.cards("a:new-29:alice")
        assert "message" not in button(form, "Send")["data"]["pilotlight"]
        assert len(shown(here, CHANNEL)) == 1


# Installing


def install(here: Here, action: str, **changes: object) -> Json:
    return activity(here.microsoft, type="installationUpdate", action=action, text=None, **changes)


def joined(here: Here, **changes: object) -> Json:
    return activity(
        here.microsoft, type="conversationUpdate", text=None, membersAdded=[{"id": f"28:{APP}"}], **changes
    )


@pytest.mark.parametrize("first", ["install", "update"])
async def test_both_activities_of_an_install_greet_once(first: str) -> None:
    async with teams_door() as here:
        here.answers(Reply(message=say("Hello, this is what I do.")))
        both = [install(here, "add", id="1"), joined(here, id="2", timestamp="2026-11-23T09:31:00.1Z")]
        for made in both if first == "install" else reversed(both):
            await here.post(made)
        await here.settled()
        assert [incoming.command for incoming in here.handled.asked] == [AppAdded()]


async def test_removing_and_adding_again_within_a_minute_is_another_install() -> None:
    async with teams_door() as here:
        here.answers(Reply())
        steps = [
            install(here, "add", id="1"),
            install(here, "remove", id="2"),
            activity(here.microsoft, type="conversationUpdate", id="3", membersRemoved=[{"id": f"28:{APP}"}]),
            install(here, "add", id="4"),
            joined(here, id="5"),
            install(here, "remove", id="6"),
        ]
        for made in steps:
            await here.post(made)
        assert [type(incoming.command) for incoming in here.handled.asked] == [
            AppAdded,
            AppRemoved,
            AppAdded,
            AppRemoved,
        ]


async def test_an_upgrade_is_noted_without_a_welcome_and_a_farewell_is_not_answered() -> None:
    async with teams_door() as here:
        here.answers(Reply(message=say("Hello.")))
        await here.post(install(here, "add-upgrade"))
        await here.post(install(here, "remove"))
        await here.settled()
        assert [type(incoming.command) for incoming in here.handled.asked] == [AppAdded, AppRemoved]
        assert shown(here) == []


async def test_a_greeting_of_a_team_is_for_the_team() -> None:
    async with teams_door() as here:
        here.answers(Reply(message=say("Hello.")))
        conversation = {
            "id": CHANNEL,
            "conversationType": "channel",
            "tenantId": in_channel(here.microsoft, "")["conversation"]["tenantId"],
        }
        await here.post(install(here, "add", conversation=conversation))
        await here.settled()
        assert shown(here, CHANNEL) == [["Hello."]]
        assert (here.handled.last.place.channel, here.handled.last.place.user) == (CHANNEL, "")


# Answers on their way


async def test_an_answer_that_teams_did_not_take_is_tried_again() -> None:
    async with teams_door() as here:
        here.answers(Reply(message=say("Once.")))
        here.microsoft.troubles = [Trouble(429, headers={"Retry-After": "1"})]
        await here.post(activity(here.microsoft))
        await here.settled()
        assert shown(here) == [["Once."]]


async def test_an_answer_in_doubt_is_not_said_twice(caplog: pytest.LogCaptureFixture) -> None:
    async with teams_door() as here:
        here.answers(Reply(message=say("Once.")))
        here.microsoft.troubles = [Trouble(502, delivers=True, times=9)]
        await here.post(activity(here.microsoft))
        await here.settled()
        assert shown(here) == [["Once."]]
        assert "was not delivered" in caplog.text


async def test_nobody_is_kept_waiting_by_another() -> None:
    answered = asyncio.Event()

    async def by_person(incoming: Incoming) -> Reply:
        if incoming.actor.user == ALICE:
            await answered.wait()
        return Reply(message=say("done"))

    async with teams_door() as here:
        here.answers(by_person)
        bob = {"id": "29:bob", "name": "Bob Brandt", "aadObjectId": BOB}
        slowly = asyncio.create_task(here.post(activity(here.microsoft)))
        async with asyncio.timeout(60):
            while not here.handled.asked:
                await asyncio.sleep(0.01)
        await here.post(activity(here.microsoft, id="2", **{"from": bob}))
        while not shown(here):
            await asyncio.sleep(0.02)
        assert shown(here) == [["done"]]
        answered.set()
        await slowly


async def test_an_older_change_gives_way_to_a_newer_one() -> None:
    async with teams_door() as here:
        message_id, card = await nudged(here)
        here.microsoft.troubles = [Trouble(502, method="PUT", times=4)]
        here.answers(Reply(message=NOTED, in_place=True))
        first = await here.post(execute(here.microsoft, button(card, "Moving"), reply_to=message_id))
        here.answers(Reply(message=NUDGE.with_section("ask:1", Text(spans=("Undone.",))), in_place=True))
        await here.post(execute(here.microsoft, button(first.json()["value"], "Undo"), reply_to=message_id))
        await here.settled()
        assert shown(here) == [["Undone.", "Invoice triage"]]


async def test_one_answer_that_fails_does_not_keep_back_the_next(caplog: pytest.LogCaptureFixture) -> None:
    async with teams_door() as here:
        _, form_id, form = await opened(here)
        long = say("\n".join(f"line {number} " + "x" * 900 for number in range(40)))
        here.answers(Reply(message=long))
        here.microsoft.troubles = [Trouble(404, method="PUT", times=9)]
        answer = await here.post(
            execute(here.microsoft, button(form, "Send"), reply_to=form_id, filled={"text": "a"})
        )
        first = len(texts_of(answer.json()["value"]))
        await here.settled()
        assert first + sum(len(texts) for texts in shown(here)[2:]) == 40
        assert "404" in caplog.text
