"""The door through real HTTP: what people do in the playground, and what they then see."""

import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from bot.domain.commands import AppRemoved, Help, Home, New, PersonChanged, Pressed, Said, Show, Submitted
from bot.domain.errors import UserError
from bot.domain.people import Platform
from bot.messages.model import Button, Buttons, Field, Form, Message, Press, Section, Table, Text, say
from bot.playground.deliveries import ACK_LIMIT
from bot.playground.models import View
from bot.services.chat import Place
from bot.services.incoming import Incoming, Reply
from bot.slack.listeners import PATIENCE
from bot.slack.respond import HERE, LOOKING, NO_FORM, OPEN, SAVING, STILL
from tests.slack.kit import Running, slack_door

KEY = "W1:nudge:anna:2026-11-23"
NUDGE = Message(
    headline="No word for 12 working days",
    sections=(
        Section(
            id="ask:1",
            parts=(
                Text(spans=("Support Reply Assistant: no word for 12 working days.",)),
                Buttons(
                    buttons=(
                        Button(label="Moving", press=Press("answer", {"ask": "1", "status": "moving"})),
                    ),
                    more=(
                        Button(label="Snooze", press=Press("form_snooze", {"ask": "1"})),
                        Button(label="Retire", press=Press("form_retire", {"ask": "1"})),
                    ),
                ),
            ),
        ),
    ),
)
FORM = Form(
    title="Snooze",
    submit=Press("snooze", {"ask": "1"}),
    submit_label="Snooze",
    fields=(
        Field(id="days", label="How many working days?", kind="number"),
        Field(id="reason", label="Why?", kind="lines"),
    ),
)
#: The menu of a nudge: block 1, element 1.
MORE = "more:1.1"
NOTED = Reply(message=say("Noted, thanks."), in_place=True)


@pytest.fixture
async def here() -> AsyncIterator[Running]:
    async with slack_door() as running:
        yield running


@pytest.fixture
async def slow() -> AsyncIterator[Running]:
    """People wait a fifth of a second here."""
    async with slack_door(patience=0.2) as running:
        yield running


async def nudge(here: Running) -> Any:
    """A nudge in Anna's direct messages."""
    anna = here.slack.workspace.person("anna")
    place = Place(platform=Platform.SLACK, workspace=here.slack.workspace.team_id, user=anna.id)
    await here.chat.send(place, NUDGE, key=KEY)
    return here.slack.hands.take("anna", "no word for 12")


async def modal(here: Running, *words: str) -> View:
    """Anna's modal, once it shows these words."""

    def shown() -> bool:
        view = here.slack.workspace.top_view("anna")
        return view is not None and all(word in here.slack.hands.read(view) for word in words)

    assert await here.slack.workspace.until(shown), words
    view = here.slack.workspace.top_view("anna")
    assert view is not None, "no modal is open"
    return view


class Held:
    """An answer that comes when the test lets it go, and not before."""

    def __init__(self, reply: Reply | UserError) -> None:
        self.go = asyncio.Event()
        self._reply = reply

    async def __call__(self, _: Incoming) -> Reply:
        await self.go.wait()
        if isinstance(self._reply, UserError):
            raise self._reply
        return self._reply


def refuse(text: str, field: str | None = None) -> Callable[[Incoming], Awaitable[Reply]]:
    async def answer(_: Incoming) -> Reply:
        raise UserError(text, field=field)

    return answer


async def crash(_: Incoming) -> Reply:
    raise ZeroDivisionError("secret detail")


# Commands


async def test_a_command_is_answered_to_the_asker_alone(here: Running) -> None:
    here.answers(Reply(message=say("Type /pilot new to begin.")))
    seen = await here.slack.hands.command("anna", "/pilot help", "#leads")
    assert here.handled.last.command == Help()
    assert [message.text for message in seen.ephemerals] == ["Type /pilot new to begin."]
    assert here.slack.hands.see("ben", "#leads") == []


async def test_a_command_that_takes_long_is_answered_twice_and_no_more(slow: Running) -> None:
    slow.answers(held := Held(Reply(message=say("Registered."))))
    seen = await slow.slack.hands.command("anna", "/pilot show Ask HV", "#leads")
    assert STILL in seen.text
    held.go.set()
    await slow.door.drain()
    texts = [message.text for message in slow.slack.hands.see("anna", "#leads")]
    assert texts == [STILL, "Registered."]
    slow.slack.ledger.take_all()


async def test_words_without_what_they_need_are_explained_before_anything_is_asked(here: Running) -> None:
    seen = await here.slack.hands.command("anna", "/pilot pause", "#leads")
    assert "pause" in seen.text
    assert here.handled.asked == []


async def test_a_refusal_is_for_the_asker_alone(here: Running) -> None:
    here.answers(refuse("Only Petra can decide. Tell her you asked?"))
    seen = await here.slack.hands.command("anna", "/pilot show Ask HV", "#leads")
    assert [message.text for message in seen.ephemerals] == ["Only Petra can decide. Tell her you asked?"]


async def test_a_table_in_an_answer_is_drawn(here: Running) -> None:
    table = Table(caption="Pilots", columns=("Name",), rows=(("Ask HV",),))
    here.answers(Reply(message=Message(headline="Pilots", sections=(Section(parts=(table,)),))))
    seen = await here.slack.hands.command("anna", "/pilot list", "#leads")
    assert [block["type"] for block in seen.ephemerals[0].blocks or []] == ["data_table"]


async def test_an_empty_reply_says_nothing(here: Running) -> None:
    seen = await here.slack.hands.command("anna", "/pilot list", "#leads", patience=0.0)
    await here.door.drain()
    assert (seen.status, here.slack.hands.see("anna", "#leads")) == (200, [])


# Forms


async def test_a_form_opens_before_anything_is_read(here: Running) -> None:
    reading = asyncio.Event()

    async def answer(_: Incoming) -> Reply:
        await reading.wait()
        return Reply(form=FORM)

    here.answers(answer)
    await here.slack.hands.command("anna", "/pilot new", "#leads")
    waiting = await modal(here, LOOKING)
    reading.set()
    view = await modal(here, "How many working days?")
    assert view.id == waiting.id
    assert here.handled.last.command == New(name="")


async def test_a_form_is_corrected_and_sent(here: Running) -> None:
    here.answers(Reply(form=FORM))
    await here.slack.hands.command("anna", "/pilot new", "#leads")
    view = await modal(here, "How many")
    here.answers(refuse("1 to 10 working days.", field="days"))
    seen = await here.slack.hands.submit("anna", view, {"days": "90", "reason": "closing"})
    assert seen.errors == {"days": "1 to 10 working days."}
    here.answers(Reply(message=say("Snoozed until 30 Nov 2026.")))
    seen = await here.slack.hands.submit("anna", await modal(here), {"days": "5", "reason": "closing"})
    assert here.handled.last.command == Submitted(
        verb="snooze", args={"ask": "1"}, fields={"days": "5", "reason": "closing"}
    )
    assert "Snoozed until 30 Nov 2026." in here.slack.hands.read(await modal(here, "Snoozed"))


async def test_a_form_that_nobody_expected_still_opens(here: Running) -> None:
    here.answers(Reply(form=FORM))
    await here.slack.hands.command("anna", "/pilot show Ask HV", "#leads")
    assert (await modal(here, "How many")).title == "Snooze"


async def test_a_form_whose_trigger_has_run_out_comes_behind_a_button(here: Running) -> None:
    here.slack.faults.slack_error("views.open", "expired_trigger_id")
    here.answers(Reply(form=FORM))
    seen = await here.slack.hands.command("anna", "/pilot show Ask HV", "#leads")
    assert HERE in seen.text
    await here.slack.hands.press("anna", seen.ephemerals[0], OPEN)
    assert (await modal(here, "How many")).title == "Snooze"
    assert isinstance(here.handled.last.command, Show)


async def test_a_form_asked_for_in_words_comes_behind_a_button(here: Running) -> None:
    here.answers(Reply(form=FORM))
    seen = await here.slack.hands.type("anna", "anna", "new Ask HV")
    assert HERE in seen.text
    await here.slack.hands.press("anna", seen.message, OPEN)
    assert (await modal(here, "How many")).title == "Snooze"
    assert here.handled.last.command == New(name="Ask HV")


async def test_a_button_whose_form_did_not_open_says_so(here: Running) -> None:
    message = await nudge(here)
    here.slack.faults.slack_error("views.open", "expired_trigger_id", times=2)
    here.answers(Reply(form=FORM))
    seen = await here.slack.hands.choose("anna", message, MORE, "Snooze")
    assert NO_FORM in seen.text


async def test_a_form_opened_ahead_can_be_refused(here: Running) -> None:
    message = await nudge(here)
    here.answers(refuse("That question is gone."))
    await here.slack.hands.choose("anna", message, MORE, "Retire")
    view = await modal(here, "That question is gone.")
    assert "submit" not in view.payload
    assert here.handled.asked == []


async def test_a_form_opened_from_a_message_changes_it_when_sent(here: Running) -> None:
    message = await nudge(here)
    here.answers(Reply(form=FORM))
    await here.slack.hands.choose("anna", message, MORE, "Snooze")
    view = await modal(here, "How many")
    assert here.handled.last.command == Pressed(verb="form_snooze", args={"ask": "1"})
    here.answers(NOTED)
    await here.slack.hands.submit("anna", view, {"days": "5", "reason": "closing"})
    assert here.handled.last.message_id == message.ts
    assert await here.slack.workspace.until(lambda: here.slack.hands.last("anna").text == "Noted, thanks.")
    assert here.slack.hands.last("anna").ts == message.ts
    assert here.slack.workspace.top_view("anna") is None
    place = here.handled.last.place
    found = await here.chat.was_sent(place, key=KEY, since=here.clock())
    assert found is not None
    assert found.message_id == message.ts
    here.slack.ledger.take_all()


async def test_a_form_may_be_followed_by_another(here: Running) -> None:
    here.answers(Reply(form=FORM))
    await here.slack.hands.command("anna", "/pilot new", "#leads")
    view = await modal(here, "How many")
    here.answers(Reply(form=Form(title="Sure?", fields=(), submit=Press("sure"), submit_label="Yes")))
    await here.slack.hands.submit("anna", view, {"days": "5", "reason": "closing"})
    assert (await modal(here)).title == "Sure?"


async def test_a_form_that_takes_long_to_save_shows_it(slow: Running) -> None:
    slow.answers(Reply(form=FORM))
    await slow.slack.hands.command("anna", "/pilot new", "#leads")
    view = await modal(slow, "How many")
    slow.answers(held := Held(Reply(message=say("Snoozed."))))
    await slow.slack.hands.submit("anna", view, {"days": "5", "reason": "closing"})
    assert SAVING in slow.slack.hands.read(await modal(slow, SAVING))
    held.go.set()
    assert "Snoozed." in slow.slack.hands.read(await modal(slow, "Snoozed."))


async def test_no_typing_is_lost_when_a_late_answer_finds_a_mistake(slow: Running) -> None:
    slow.answers(Reply(form=FORM))
    await slow.slack.hands.command("anna", "/pilot new", "#leads")
    view = await modal(slow, "How many")
    slow.answers(late := Held(UserError("1 to 10 working days.", field="days")))
    await slow.slack.hands.submit("anna", view, {"days": "90", "reason": "year-end <closing>"})
    late.go.set()
    again = await modal(slow, "1 to 10 working days.")
    starts = {
        block["block_id"]: block["element"].get("initial_value")
        for block in again.blocks
        if "element" in block
    }
    assert starts == {"days": "90", "reason": "year-end <closing>"}
    slow.answers(Reply(message=say("Snoozed.")))
    await slow.slack.hands.submit("anna", again, {"days": "5"})
    await modal(slow, "Snoozed.")
    assert slow.handled.last.command == Submitted(
        verb="snooze", args={"ask": "1"}, fields={"days": "5", "reason": "year-end <closing>"}
    )


async def test_a_late_answer_in_place_closes_with_a_word(slow: Running) -> None:
    message = await nudge(slow)
    slow.answers(Reply(form=FORM))
    await slow.slack.hands.choose("anna", message, MORE, "Snooze")
    view = await modal(slow, "How many")
    slow.answers(held := Held(NOTED))
    await slow.slack.hands.submit("anna", view, {"days": "5", "reason": "closing"})
    held.go.set()
    await modal(slow, "Done.")
    await slow.door.drain()
    assert slow.slack.hands.last("anna").text == "Noted, thanks."
    slow.slack.ledger.take_all()


# Presses


async def test_a_press_changes_the_message_in_place(here: Running) -> None:
    message = await nudge(here)
    here.answers(NOTED)
    seen = await here.slack.hands.press("anna", message, "Moving")
    assert here.handled.last.command == Pressed(verb="answer", args={"ask": "1", "status": "moving"})
    assert (here.handled.last.message_id, here.handled.last.place.channel) == (message.ts, message.channel)
    assert [one.text for one in seen.updated] == ["Noted, thanks."]
    found = await here.chat.was_sent(here.handled.last.place, key=KEY, since=here.clock())
    assert found is not None


async def test_a_press_is_answered_alone_and_the_message_stays(here: Running) -> None:
    message = await nudge(here)
    here.answers(refuse("Only the owner can answer this."))
    seen = await here.slack.hands.press("anna", message, "Moving")
    assert [one.text for one in seen.ephemerals] == ["Only the owner can answer this."]
    assert seen.updated == []


async def test_a_press_that_takes_long_gives_a_sign_and_then_its_answer(slow: Running) -> None:
    message = await nudge(slow)
    slow.answers(held := Held(NOTED))
    seen = await slow.slack.hands.press("anna", message, "Moving")
    assert STILL in seen.text
    held.go.set()
    await slow.door.drain()
    assert [one.text for one in slow.slack.hands.see("anna", "anna")] == ["Noted, thanks.", STILL]
    slow.slack.ledger.take_all()


async def test_a_press_in_a_message_only_the_presser_sees(here: Running) -> None:
    here.answers(
        Reply(message=say("Which?", buttons=(Button(label="Ask HV", press=Press("show", {"pilot": "P20"})),)))
    )
    asked = await here.slack.hands.command("anna", "/pilot show ask", "#leads")
    here.answers(Reply(message=say("Ask HV: not ended."), in_place=True))
    seen = await here.slack.hands.press("anna", asked.ephemerals[0], "Ask HV")
    assert [one.text for one in seen.updated] == ["Ask HV: not ended."]


async def test_where_the_response_url_is_used_up_the_message_changes_all_the_same(here: Running) -> None:
    message = await nudge(here)

    async def spent(_: Incoming) -> Reply:
        for url in here.slack.app.response_urls.values():
            url.uses = 5
        return NOTED

    here.answers(spent)
    seen = await here.slack.hands.press("anna", message, "Moving")
    assert [one.text for one in seen.updated] == ["Noted, thanks."]
    assert [call.method for call in here.slack.app.calls][-1] == "chat.update"


async def test_where_the_response_url_is_used_up_the_answer_comes_as_a_direct_message(here: Running) -> None:
    message = await nudge(here)

    async def spent(_: Incoming) -> Reply:
        for url in here.slack.app.response_urls.values():
            url.uses = 5
        return Reply(message=say("Only Petra can decide."))

    here.answers(spent)
    seen = await here.slack.hands.press("anna", message, "Moving")
    assert [one.text for one in seen.messages] == ["Only Petra can decide."]


def _top(here: Running, who: str) -> str:
    view = here.slack.workspace.top_view(who)
    return here.slack.hands.read(view) if view is not None else ""


async def test_a_shortcut_is_answered_to_the_presser_alone(here: Running) -> None:
    message = here.slack.workspace.add_message(
        here.slack.workspace.channel("#leads"),
        user=here.slack.workspace.person("ben").id,
        text="6.2 min &amp; falling",
    )
    here.answers(Reply(message=say("Logged.")))
    seen = await here.slack.hands.shortcut("anna", message, "log_as_check_in")
    # A trigger lives for three seconds, so a view opens at once and then says what came of it.
    assert not seen.messages, "nobody else sees it"
    assert await here.slack.workspace.until(lambda: "Logged." in _top(here, "anna"), timeout=60.0)
    command = here.handled.last.command
    assert isinstance(command, Pressed)
    assert command.args["text"] == "6.2 min & falling"
    here.slack.ledger.take_all()


# Words


async def test_words_in_the_direct_message_are_heard_and_answered_there(here: Running) -> None:
    async def echo(incoming: Incoming) -> Reply:
        assert isinstance(incoming.command, Said)
        return Reply(message=say(f"Heard: {incoming.command.text}"))

    here.answers(echo)
    seen = await here.slack.hands.type("anna", "anna", "38, moving & Danish <added>")
    assert [one.text for one in seen.messages] == ["Heard: 38, moving &amp; Danish &lt;added&gt;"]


async def test_an_answer_in_a_thread_changes_the_question(here: Running) -> None:
    message = await nudge(here)
    here.answers(NOTED)
    seen = await here.slack.hands.type("anna", "anna", "38, moving", thread_ts=message.ts)
    assert here.handled.last.message_id == message.ts
    assert [one.text for one in seen.updated] == ["Noted, thanks."]
    here.answers(Reply(message=say("Which pilot?")))
    seen = await here.slack.hands.type("anna", "anna", "and another", thread_ts=message.ts)
    assert [one.thread_ts for one in seen.messages] == [message.ts]


async def test_a_mention_is_answered_in_the_channel_to_the_asker_alone(here: Running) -> None:
    here.slack.workspace.channel("#leads").members.append(here.slack.workspace.bot.id)
    here.answers(Reply(message=say("Ask HV: not ended.")))
    seen = await here.slack.hands.type(
        "anna", "#leads", f"<@{here.slack.workspace.bot.id}> whatever happened to Ask HV?"
    )
    assert [one.text for one in seen.ephemerals] == ["Ask HV: not ended."]
    here.slack.faults.slack_error("chat.postEphemeral", "user_not_in_channel")
    await here.slack.hands.type(
        "anna", "#leads", f"<@{here.slack.workspace.bot.id}> show Ask HV", patience=0.0
    )
    await here.slack.hands.wait_for("anna", "Ask HV: not ended.")


async def test_our_own_messages_are_not_heard(here: Running) -> None:
    here.slack.app.echo_own_messages = True
    here.answers(Reply(message=say("never again")))
    await here.slack.hands.type("anna", "anna", "hello")
    events = here.slack.deliveries.events
    assert await here.slack.workspace.until(lambda: len(events) == 2 and bool(events[1].attempts))
    await here.door.drain()
    assert here.handled.calls == 1
    here.slack.ledger.take_all()


# The Home tab


async def test_the_home_tab(here: Running) -> None:
    home = say(
        "Nothing waits for you.", buttons=(Button(label="My pilots", press=Press("list", {"which": "mine"})),)
    )
    here.answers(Reply(message=home))
    seen = await here.slack.hands.open_home("anna")
    assert here.handled.last.command == Home()
    assert seen.home is not None
    assert "Nothing waits for you." in here.slack.hands.read(seen.home)
    here.answers(Reply(message=say("You own 2 pilots.")))
    await here.slack.hands.press("anna", "home", "My pilots")
    await modal(here, "You own 2 pilots.")
    here.answers(Reply(message=say("Two wait."), in_place=True))
    await here.slack.hands.press("anna", "home", "My pilots")
    assert await here.slack.workspace.until(
        lambda: "Two wait." in here.slack.hands.read(here.slack.workspace.homes[anna_id(here)])
    )
    here.slack.faults.slack_error("views.open", "expired_trigger_id")
    here.answers(Reply(message=home))
    await here.slack.hands.open_home("anna")
    here.answers(Reply(message=say("Too late for a modal.")))
    seen = await here.slack.hands.press("anna", "home", "My pilots")
    assert [one.text for one in seen.messages] == ["Too late for a modal."]


def anna_id(here: Running) -> str:
    return here.slack.workspace.person("anna").id


async def test_a_press_inside_a_modal_answers_inside_it(here: Running) -> None:
    here.answers(Reply(message=say("Home", buttons=(Button(label="List", press=Press("list")),))))
    await here.slack.hands.open_home("anna")
    here.answers(
        Reply(message=say("Two pilots", buttons=(Button(label="Snooze", press=Press("snooze_now")),)))
    )
    await here.slack.hands.press("anna", "home", "List")
    view = await modal(here, "Two pilots")
    here.answers(Reply(form=FORM))
    await here.slack.hands.press("anna", view, "Snooze")
    assert (await modal(here, "How many")).id == view.id


# People


async def test_whoever_asks_comes_with_a_profile(here: Running) -> None:
    here.slack.workspace.person("ben").is_restricted = True
    for _ in range(3):
        await here.slack.hands.command("ben", "/pilot list", "#leads", patience=0.0)
    profiles = [incoming.profile for incoming in here.handled.asked]
    assert [profile is not None and profile.guest for profile in profiles] == [True, True, True]
    assert sum(call.method == "users.info" for call in here.slack.app.calls) == 1
    await here.slack.hands.change("ben", is_restricted=False)
    assert isinstance(here.handled.last.command, PersonChanged)
    await here.slack.hands.command("ben", "/pilot list", "#leads", patience=0.0)
    last = here.handled.last.profile
    assert last is not None
    assert not last.guest


async def test_a_slow_slack_does_not_keep_anybody_waiting(slow: Running) -> None:
    slow.slack.faults.slow("users.info", 5.0)
    slow.answers(Reply(message=say("Two pilots.")))
    await slow.slack.hands.command("anna", "/pilot list", "#leads", patience=0.0)
    assert await slow.slack.workspace.until(lambda: bool(slow.handled.asked))
    assert slow.handled.last.profile is None
    await slow.door.drain()
    assert "Two pilots." in [message.text for message in slow.slack.hands.see("anna", "#leads")]
    slow.slack.ledger.take_all()


async def test_somebody_left(here: Running) -> None:
    await here.slack.hands.deactivate("ben")
    incoming = here.handled.last
    assert incoming.command == PersonChanged()
    assert incoming.actor.user == here.slack.workspace.person("ben").id
    assert incoming.profile is not None
    assert incoming.profile.deleted


async def test_the_app_is_removed(here: Running) -> None:
    await here.slack.hands.command("anna", "/pilot list", "#leads", patience=0.0)
    await here.slack.hands.uninstall()
    assert {incoming.command for incoming in here.handled.asked if isinstance(incoming.command, AppRemoved)}
    calls = here.handled.calls
    await here.slack.deliveries.form(command_form("show Ask HV", here))
    assert here.handled.calls == calls


def command_form(text: str, here: Running, **fields: str) -> dict[str, str]:
    return {
        "command": "/pilot",
        "text": text,
        "team_id": here.slack.workspace.team_id,
        "user_id": anna_id(here),
        "channel_id": "C0",
        "trigger_id": "1.2.3",
        "response_url": "",
        **fields,
    }


async def test_a_workspace_without_us_is_told_so(here: Running) -> None:
    ack = await here.slack.deliveries.form(command_form("show x", here, team_id="T0STRANGE"))
    assert "not installed" in ack.json()["text"]
    event = {"type": "message", "channel_type": "im", "channel": "D1", "user": "U1", "text": "hello"}
    envelope = {"type": "event_callback", "event_id": "Ev1", "team_id": "T0STRANGE", "event": event}
    ack = await here.slack.deliveries.post(json.dumps(envelope).encode(), "application/json")
    assert ack.status == 200
    assert here.handled.calls == 0


# When something breaks


def reference_in(text: str) -> str:
    found = re.search(r"reference ([0-9a-f]{8})", text)
    assert found is not None, text
    return found[1]


async def test_a_crash_gives_a_reference_that_stands_in_the_log(
    here: Running, caplog: pytest.LogCaptureFixture
) -> None:
    here.answers(crash)
    with caplog.at_level(logging.ERROR):
        seen = await here.slack.hands.command("anna", "/pilot show Ask HV", "#leads")
    reference = reference_in(seen.text)
    assert "nothing was saved" in seen.text
    assert "secret detail" not in seen.text
    (record,) = [record for record in caplog.records if reference in record.getMessage()]
    assert record.exc_info is not None
    assert "ZeroDivisionError" in caplog.text


async def test_what_people_write_is_in_no_log(here: Running, caplog: pytest.LogCaptureFixture) -> None:
    """Not even at debug level, where Bolt and the SDK would write whole payloads."""
    with caplog.at_level(logging.DEBUG):
        here.answers(Reply(message=say("the-answer-in-confidence")))
        await here.slack.hands.command("anna", "/pilot show words-in-confidence", "#leads")
        await here.slack.hands.type("anna", "anna", "words-in-confidence")
        await here.slack.hands.press("anna", await nudge(here), "Moving")
    ours = [
        record
        for record in caplog.records
        if not record.name.startswith(("httpcore", "asyncio", "playground"))
    ]
    assert "in-confidence" not in "".join(record.getMessage() for record in ours)
    assert here.slack.token not in caplog.text


async def test_a_crash_while_a_form_is_saved_keeps_the_form_open(here: Running) -> None:
    here.answers(Reply(form=FORM))
    await here.slack.hands.command("anna", "/pilot new", "#leads")
    view = await modal(here, "How many")
    here.answers(crash)
    seen = await here.slack.hands.submit("anna", view, {"days": "5", "reason": "closing"})
    assert reference_in(seen.errors["days"])


async def test_a_crash_behind_a_press(here: Running) -> None:
    message = await nudge(here)
    here.answers(crash)
    seen = await here.slack.hands.press("anna", message, "Moving")
    assert reference_in(seen.text)
    here.answers(crash)
    await here.slack.hands.choose("anna", message, MORE, "Snooze")
    assert reference_in(here.slack.hands.read(await modal(here, "reference")))


async def test_help_always_works(here: Running) -> None:
    here.answers(crash)
    for seen in (
        await here.slack.hands.command("anna", "/pilot help", "#leads"),
        await here.slack.hands.command("anna", "/pilot", "#leads"),
        await here.slack.hands.type("anna", "anna", "help"),
    ):
        assert "What you can type" in seen.text
        assert "reference" not in seen.text


async def test_an_event_that_fails_comes_again_and_has_one_effect(here: Running) -> None:
    tries = 0

    async def sometimes(_: Incoming) -> Reply:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise ZeroDivisionError
        return Reply(message=say("Heard."))

    here.answers(sometimes)
    seen = await here.slack.hands.type("anna", "anna", "38, moving", patience=0.0)
    (delivery,) = here.slack.deliveries.events
    assert [ack.status for ack in delivery.attempts] == [503, 503]  # at once, and again at once
    assert seen.text == ""
    here.clock.advance(minutes=1)
    await here.slack.hands.wait_for("anna", "Heard.")
    await here.slack.deliveries.redeliver(delivery)
    assert len(here.handled.asked) == 1


async def test_whoever_spoke_is_told_when_slack_gives_up(here: Running) -> None:
    here.answers(crash)
    await here.slack.hands.type("anna", "anna", "38, moving", patience=0.0)
    here.clock.advance(minutes=1)
    await here.slack.deliveries.run_due()
    here.clock.advance(minutes=5)
    await here.slack.deliveries.run_due()
    assert reference_in((await here.slack.hands.wait_for("anna", "reference")).text)
    assert [ack.status for ack in here.slack.deliveries.events[0].attempts] == [503, 503, 503, 200]


async def test_an_event_that_takes_long_is_not_acknowledged_before_it_is_safe(slow: Running) -> None:
    slow.answers(held := Held(Reply(message=say("Heard."))))
    await slow.slack.hands.type("anna", "anna", "38, moving", patience=0.0)
    assert slow.slack.deliveries.events[0].attempts[0].status == 503
    held.go.set()
    await slow.door.drain()
    assert [one.text for one in slow.slack.hands.see("anna", "anna")][1:] == ["Heard."]
    slow.slack.ledger.take_all()


async def test_the_same_delivery_twice_has_one_effect(here: Running) -> None:
    here.answers(Reply(message=say("Heard.")))
    await here.slack.hands.type("anna", "anna", "38, moving")
    delivery = here.slack.deliveries.events[0]
    for number in (1, 2, 3):
        here.clock.advance(seconds=61)
        ack = await here.slack.deliveries.redeliver(delivery, retry_num=number)
        assert ack.status == 200
    assert here.handled.calls == 4
    assert len(here.handled.asked) == 1
    await here.door.drain()


async def test_a_late_answer_is_waited_for_when_we_stop(slow: Running) -> None:
    slow.answers(held := Held(Reply(message=say("Registered."))))
    await slow.slack.hands.command("anna", "/pilot show x", "#leads")
    stopping = asyncio.create_task(slow.door.drain())
    await asyncio.sleep(0)
    assert not stopping.done()
    held.go.set()
    await stopping
    assert slow.slack.hands.see("anna", "#leads")[-1].text == "Registered."
    slow.slack.ledger.take_all()


async def test_stopping_does_not_wait_for_ever(slow: Running) -> None:
    slow.answers(Held(Reply()))
    await slow.slack.hands.command("anna", "/pilot show x", "#leads")
    await asyncio.wait_for(slow.door.drain(0.1), 60)
    slow.slack.ledger.take_all()


async def test_slack_asks_for_patience_and_the_answer_still_comes(here: Running) -> None:
    here.slack.faults.rate_limited("chat.postMessage", retry_after="1")
    here.answers(Reply(message=say("Heard.")))
    await here.slack.hands.type("anna", "anna", "38, moving", patience=0.0)
    await here.slack.hands.wait_for("anna", "Heard.")


async def test_an_answer_in_doubt_is_not_said_twice(here: Running) -> None:
    here.slack.faults.lost_reply("chat.postMessage")
    here.answers(Reply(message=say("Heard.")))
    await here.slack.hands.type("anna", "anna", "38, moving")
    await here.door.drain()
    here.slack.ledger.expect_nothing()


@pytest.mark.trial
async def test_fifty_people_at_once_are_answered_in_time() -> None:
    async def answer(_: Incoming) -> Reply:
        await asyncio.sleep(0.4)
        return Reply(message=say("Two pilots."))

    async with slack_door(patience=PATIENCE, ack_limit=ACK_LIMIT) as here:
        here.slack.faults.slow("users.info", 2.5, times=None)
        here.answers(answer)
        for number in range(50):
            here.slack.workspace.add_user(f"person{number}")
        seen = await asyncio.gather(
            *(here.slack.hands.command(f"person{number}", "/pilot list", "#leads") for number in range(50))
        )
        # The playground, like Slack, hangs up after three seconds and says so.
        assert [one.notices for one in seen if one.notices] == []
        await here.door.drain()
        here.slack.ledger.take_all()


# The bare protocol


async def test_slack_checks_our_address(here: Running) -> None:
    assert await here.slack.deliveries.verify_url()
    ack = await here.slack.deliveries.form({"ssl_check": "1", "token": "made-up"})
    assert ack.status == 200


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b'{"type": "event_callback", "event_id": "Ev1", "team_id": "T1", "event": {"type": "star_added", "user": "U1"}}',
        b'{"type": "event_callback"}',
        b"payload=%7B%22type%22%3A%22shortcut%22%2C%22callback_id%22%3A%22x%22%7D",
        b"payload=%7B%22type%22%3A%22view_closed%22%7D",
        b"payload=%7B%22type%22%3A%22invented%22%7D",
        b"command=%2Fother&text=x&team_id=T0NOWHERE",
    ],
)
async def test_shapes_we_do_not_know_are_answered_and_ignored(here: Running, body: bytes) -> None:
    kind = "application/json" if body[:1] == b"{" else "application/x-www-form-urlencoded"
    ack = await here.slack.deliveries.post(body, kind)
    assert ack.status == 200
    assert here.handled.calls == 0


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"{",
        b"[" * 50_000,
        b"\xff\xfe",
        b'"text"',
        b"7",
        b'{"event": "text"}',
        b"payload=%5B%5D",
        b"payload=7",
    ],
)
async def test_shapes_that_slack_never_sends_break_nothing(
    here: Running, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    ack = await here.slack.deliveries.post(
        body, "application/json" if body[:1] != b"p" else "application/x-www-form-urlencoded"
    )
    assert ack.status in (200, 400)
    assert "Traceback" not in caplog.text


async def test_an_environment_meant_for_others_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bolt reads the environment by itself; a client id alone made it switch to OAuth (bolt-python 256)."""
    for name in ("SLACK_BOT_TOKEN", "SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "SLACK_SIGNING_SECRET"):
        monkeypatch.setenv(name, "of-another-program")
    async with slack_door() as here:
        here.answers(Reply(message=say("Two pilots.")))
        seen = await here.slack.hands.command("anna", "/pilot list", "#leads")
        assert "Two pilots." in seen.text
        assert not {call.method for call in here.slack.app.calls} & {"auth.test"}
