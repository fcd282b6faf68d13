"""E-mail over SMTP: what each of a server's answers means for a message, and what a message looks like there."""

import asyncio
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from bot.domain.people import Platform
from bot.mail.chat import MailChat, is_address, server
from bot.mail.render import HOW_TO_ANSWER
from bot.messages.model import Button, Buttons, Facts, Heading, Link, Message, Press, Section, Text, say
from bot.services.chat import CannotLook, ChatError, Place, Trouble
from tests.mail.kit import Post, mail_server

pytest.importorskip("aiosmtplib", reason="the extra email is not installed")

NOW = datetime(2026, 12, 4, 9, 30, tzinfo=UTC)
MARA = Place(platform=Platform.EMAIL, workspace="w", user="mara@example.com")
FROM = "Pilotlight <pilotlight@example.com>"


def chat(post: Post, credentials: str = "") -> MailChat:
    return MailChat(server(f"smtp://{credentials}127.0.0.1:{post.port}", FROM), clock=lambda: NOW)


def text_in(made: EmailMessage, kind: str = "plain") -> str:
    part = made.get_body((kind,))
    assert part is not None
    return str(part.get_content())


async def refused(post: Post, place: Place = MARA, credentials: str = "") -> ChatError:
    with pytest.raises(ChatError) as error:
        await chat(post, credentials).send(place, say("No word."), key="k")
    return error.value


async def test_a_message_arrives_with_the_ways_to_answer() -> None:
    message = Message(
        headline="Support Reply Assistant: no word for 12 working days",
        sections=(
            Section(
                parts=(
                    Heading(text="No word"),
                    Text(
                        spans=(
                            "New number? ",
                            Link(text="See it", url="https://p.example/x"),
                            "\nReply in `list mine`.",
                        )
                    ),
                    Facts(rows=(("Owner", ("Mara",)),)),
                    Buttons(buttons=(Button(label="Moving", press=Press(verb="moving")),)),
                )
            ),
        ),
    )
    async with mail_server() as post:
        done = await chat(post).send(MARA, message, key="nudge:mara:2026-12-04")
    [made] = post.kept
    assert (made["To"], made["X-To"], made["From"]) == ("mara@example.com", "mara@example.com", FROM)
    assert made["Subject"] == "Support Reply Assistant: no word for 12 working days"
    assert made["Message-ID"] == done.message_id
    assert "nudge" not in done.message_id and made["Auto-Submitted"] == "auto-generated"
    words = text_in(made)
    assert "See it (https://p.example/x)" in words and "Owner: Mara" in words and "Moving" not in words
    assert HOW_TO_ANSWER in words and HOW_TO_ANSWER in text_in(made, "html")
    assert '<a href="https://p.example/x">See it</a>' in text_in(made, "html")


async def test_the_same_key_is_the_same_message_to_every_server_on_the_way() -> None:
    async with mail_server() as post:
        ids = [(await chat(post).send(MARA, say("x"), key=key)).message_id for key in ("a", "a", "b")]
    assert ids[0] == ids[1] != ids[2]


HOSTILE = [
    "x\r\nBcc: everybody@example.com",
    "<script>alert(1)</script>",
    "\x00\x1b[2J",
    "\ud800",
    "é" * 100_000,
    "\u202eevil",
    ".\r\n.",
    "<!channel>",
]


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
async def test_no_name_becomes_a_header_or_a_tag(name: str) -> None:
    message = Message(
        headline=f"{name}: no word",
        sections=(Section(parts=(Text(spans=(name, Link(text=name, url=f"javascript:{name}"))),)),),
    )
    async with mail_server() as post:
        await chat(post).send(MARA, message, key="k")
    [made] = post.kept
    assert made["Bcc"] is None and made["X-To"] == "mara@example.com"
    assert len(made["Subject"]) <= 150 and "\x1b" not in made["Subject"]
    assert "<script" not in text_in(made, "html") and "javascript:" not in text_in(made, "html")
    assert "\x00" not in text_in(made)


@pytest.mark.parametrize(
    ("how", "trouble", "reason"),
    [
        ({"rcpt": "550 5.1.1 nobody here"}, Trouble.RECIPIENT, "smtp_550"),
        ({"rcpt": "451 4.7.1 greylisted"}, Trouble.LIMITED, "smtp_451"),
        ({"data": "552 too large"}, Trouble.MESSAGE, "smtp_552"),
        ({"data": "452 no room now"}, Trouble.LIMITED, "smtp_452"),
        ({"cut": "before"}, Trouble.UNCERTAIN, "SMTPServerDisconnected"),
        ({"cut": "after"}, Trouble.UNCERTAIN, "SMTPServerDisconnected"),
    ],
)
async def test_each_answer_has_its_meaning(how: dict[str, str], trouble: Trouble, reason: str) -> None:
    async with mail_server() as post:
        for name, value in how.items():
            setattr(post, name, value)
        told = await refused(post)
    assert (told.trouble, told.reason) == (trouble, reason)


async def test_a_server_that_is_not_there_took_nothing() -> None:
    async with mail_server() as post:
        pass
    assert (await refused(post)).trouble is Trouble.NOT_CONNECTED


async def test_a_server_without_tls_gets_nothing_from_elsewhere_and_a_wrong_password_stops_the_way() -> None:
    async with mail_server(login=True) as post:
        assert (await refused(post, credentials="pilot:wrong@")).trouble is Trouble.WORKSPACE
        assert (await refused(post)).trouble is Trouble.WORKSPACE
        await chat(post, "pilot:p%40ss%2Fword@").send(MARA, say("x"), key="k")
    assert len(post.kept) == 1
    outside = server(f"smtp://mail.example.com:{post.port}", FROM)
    assert not outside.tls and outside.port == post.port
    assert server("smtps://mail.example.com", FROM).port == 465
    assert "p@ss" not in repr(server("smtp://u:p%40ss@mail.example.com", FROM))


async def test_an_answer_that_never_comes_is_uncertain_within_the_deadline() -> None:
    async with mail_server() as post:
        post.hang = True
        made = chat(post)
        sending = asyncio.create_task(made.send(MARA, say("x"), key="k"))
        while not post.kept:
            await asyncio.sleep(0.01)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending


async def test_nobody_can_look_and_nothing_changes_in_place() -> None:
    async with mail_server() as post:
        made = chat(post)
        with pytest.raises(CannotLook):
            await made.was_sent(MARA, key="k", since=NOW)
        await made.update(MARA, "<1@x>", say("x"), key="k")
        assert await made.people("w") == [] and post.kept == []


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("mara@example.com", True), ("m.l+x@a.example.co", True), ("mara", False), ("@x.de", False), ("a@b", False), ("a@b@c.de", False),
        ("a b@c.de", False), ("a@c.de\r\nX: y", False), ("<a@c.de>", False), ("a@c.de,b@c.de", False), ("", False), ("x" * 250 + "@c.de", False),
    ],
)  # fmt: skip
def test_what_is_an_address(text: str, is_one: bool) -> None:
    assert is_address(text) is is_one


@pytest.mark.parametrize(
    "url", ["", "mail.example.com", "http://x", "smtp://", "smtp://x:99999", "smtp://[::1"]
)
def test_a_server_that_cannot_be_read_is_told_without_its_password(url: str) -> None:
    with pytest.raises(ValueError, match="smtp://user:password@"):
        server(url, FROM)
    with pytest.raises(ValueError, match="a sender like"):
        server("smtp://u:hunter2@mail.example.com", "nobody")
