"""The door through real HTTP: what people do in the playground, and what they then see."""

from bot.domain.commands import Help, Pressed, Said
from bot.domain.people import Platform
from bot.messages.model import Button, Buttons, Message, Press, Section, Text, say
from bot.services.chat import Place
from bot.services.incoming import Incoming, Reply
from tests.slack.kit import slack_door

NUDGE = Message(
    headline="No word for 12 working days",
    sections=(
        Section(
            id="ask:1",
            parts=(
                Text(spans=("Support Reply Assistant: no word for 12 working days.",)),
                Buttons(
                    buttons=(Button(label="Moving", press=Press("answer", {"ask": "1", "status": "moving"})),)
                ),
            ),
        ),
    ),
)


async def test_a_command_is_answered_to_the_asker_alone() -> None:
    async with slack_door() as here:
        here.answers(Reply(message=say("Type /pilot new to begin.")))
        seen = await here.slack.hands.command("anna", "/pilot help", "#leads")
        assert here.handled.last.command == Help()
        assert seen.ephemerals
        assert "Type /pilot new to begin." in seen.text


async def test_a_press_changes_the_message_in_place() -> None:
    async with slack_door() as here:
        anna = here.slack.workspace.person("anna")
        team = here.slack.workspace.team_id
        sent = await here.chat.send(
            Place(platform=Platform.SLACK, workspace=team, user=anna.id), NUDGE, key="nudge:anna:2026-11-23"
        )
        message = here.slack.hands.take("anna", "no word for 12")
        assert message.ts == sent.message_id
        here.answers(Reply(message=say("Noted, thanks."), in_place=True))
        seen = await here.slack.hands.press("anna", message, "Moving")
        assert here.handled.last.command == Pressed(verb="answer", args={"ask": "1", "status": "moving"})
        assert here.handled.last.message_id == sent.message_id
        assert "Noted, thanks." in seen.text
        assert seen.updated


async def test_words_in_the_direct_message_are_heard_and_answered_there() -> None:
    async with slack_door() as here:

        async def echo(incoming: Incoming) -> Reply:
            assert isinstance(incoming.command, Said)
            return Reply(message=say(f"Heard: {incoming.command.text}"))

        here.answers(echo)
        seen = await here.slack.hands.type("anna", "anna", "38, moving, Danish added")
        assert "Heard: 38, moving, Danish added" in seen.text
