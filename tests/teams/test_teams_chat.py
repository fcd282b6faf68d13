"""The connector with every refusal it is known for: nothing repeated, nothing lost, the right trouble told."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.people import Address, Platform
from bot.messages.model import Button, Press, Section, Text, say
from bot.messages.model import Message as Ours
from bot.services.chat import CannotLook, Chat, ChatError, Place, Trouble
from bot.teams.chat import TeamsChat
from bot.teams.hosts import ServiceHosts
from bot.teams.known import Known, Memory
from bot.teams.payload import read
from bot.teams.troubles import name_of, patience
from bot.teams.web_api import WebApi
from tests.teams.check_card import check_card, texts_of
from tests.teams.kit import (
    ALICE,
    APP,
    BOB,
    CHANNEL,
    CHARLIE,
    CHAT,
    NOW,
    TENANT,
    Here,
    Json,
    activity,
    in_channel,
    place,
    teams_door,
)
from tests.teams.kit import Trouble as Planned

NUDGE = say(
    "No word for 12 working days.", buttons=(Button(label="Moving", press=Press("answer", {"ask": "1"})),)
)
LONG = say("\n".join(f"line {number} " + "x" * 900 for number in range(60)))
KEY = "main:nudge:alice:2026-11-23"


def error(code: str) -> Json:
    return {"error": {"code": code, "message": "…"}}


#: The other shape: JSON within the message. https://learn.microsoft.com/answers/questions/1513369
BLOCKED: Json = {
    "errorCode": 209,
    "message": '{\r\n  "subCode": "MessageWritesBlocked",\r\n  "details": "Thread is blocked"}',
}


async def sent(here: Here, where: Place | None = None, message: Ours = NUDGE) -> ChatError | None:
    """Sends once; the error there was."""
    try:
        await here.chat.send(where or place(here.microsoft), message, key=KEY)
    except ChatError as caught:
        return caught
    return None


def posts(here: Here) -> int:
    return sum(
        1 for method, path, _ in here.microsoft.seen if method == "POST" and path.endswith("/activities")
    )


def test_it_is_a_chat() -> None:
    made: type[Chat] = TeamsChat
    assert made


async def test_a_message_arrives_once_with_its_key() -> None:
    async with teams_door() as here:
        delivered = await here.chat.send(place(here.microsoft), NUDGE, key=KEY)
        assert delivered.channel == CHAT
        (arrived,) = here.microsoft.conversations[CHAT].items()
        assert arrived[0] == delivered.message_id
        assert arrived[1]["summary"] == "No word for 12 working days."
        assert "text" not in arrived[1]
        (card,) = here.microsoft.cards()
        assert check_card(card) == []
        assert card["body"][0]["items"][0]["id"] == KEY
        assert here.microsoft.authorizations == {"Bearer token-1"}


async def test_a_message_changes_in_place() -> None:
    async with teams_door() as here:
        delivered = await here.chat.send(place(here.microsoft), NUDGE, key=KEY)
        await here.chat.update(place(here.microsoft), delivered.message_id, say("Noted, thanks."), key=KEY)
        (card,) = here.microsoft.cards()
        assert texts_of(card) == ["Noted, thanks."]


async def test_nothing_can_be_looked_up() -> None:
    async with teams_door() as here:
        with pytest.raises(CannotLook):
            await here.chat.was_sent(place(here.microsoft), key=KEY, since=NOW)


# Refusals: (what the connector says, what it means for the row, how often it was asked, how many messages stand there)

REFUSALS: list[tuple[str, Planned, Trouble, int, int]] = [
    ("400", Planned(400, error("BadSyntax")), Trouble.MESSAGE, 1, 0),
    ("401", Planned(401, error("BotNotRegistered")), Trouble.WORKSPACE, 1, 0),
    ("401 without a body", Planned(401), Trouble.WORKSPACE, 1, 0),
    ("403 blocked", Planned(403, error("ConversationBlockedByUser")), Trouble.RECIPIENT, 1, 0),
    ("403 blocked, the other shape", Planned(403, BLOCKED), Trouble.RECIPIENT, 1, 0),
    ("403 by the admin", Planned(403, error("BotDisabledByAdmin")), Trouble.RECIPIENT, 1, 0),
    ("403 not in the roster", Planned(403, error("BotNotInConversationRoster")), Trouble.RECIPIENT, 1, 0),
    ("403 not installed", Planned(403, error("ForbiddenOperationException")), Trouble.RECIPIENT, 1, 0),
    ("403 unknown", Planned(403, {"odd": 1}), Trouble.RECIPIENT, 1, 0),
    ("403 wrong host", Planned(403, error("InvalidBotApiHost")), Trouble.WORKSPACE, 1, 0),
    ("404", Planned(404, error("ConversationNotFound")), Trouble.RECIPIENT, 1, 0),
    ("405", Planned(405), Trouble.MESSAGE, 1, 0),
    ("412 for ever", Planned(412, error("PreconditionFailed"), times=99), Trouble.LIMITED, 4, 0),
    ("413 however small", Planned(413, error("MessageSizeTooBig"), times=99), Trouble.MESSAGE, 3, 0),
    ("429", Planned(429, error("Throttled"), {"Retry-After": "17"}), Trouble.LIMITED, 1, 0),
    ("500", Planned(500, error("ServiceError")), Trouble.UNCERTAIN, 1, 0),
    ("500 after delivery", Planned(500, delivers=True), Trouble.UNCERTAIN, 1, 1),
    ("502", Planned(502), Trouble.UNCERTAIN, 1, 0),
    ("502 after delivery", Planned(502, delivers=True), Trouble.UNCERTAIN, 1, 1),
    ("503", Planned(503), Trouble.UNCERTAIN, 1, 0),
    ("504", Planned(504), Trouble.UNCERTAIN, 1, 0),
    ("201 without an id", Planned(201, {}, delivers=True), Trouble.UNCERTAIN, 1, 1),
    ("301", Planned(301, headers={"location": "https://evil.example/"}), Trouble.MESSAGE, 1, 0),
    ("hangs up after delivery", Planned(0, cut=True, delivers=True), Trouble.UNCERTAIN, 1, 1),
    (
        "timeout after delivery",
        Planned(201, {"id": "late"}, delivers=True, after=30.0),
        Trouble.UNCERTAIN,
        1,
        1,
    ),
]


@pytest.mark.parametrize(
    ("planned", "trouble", "asked", "standing"),
    [row[1:] for row in REFUSALS],
    ids=[row[0] for row in REFUSALS],
)
async def test_a_refusal_means_what_the_table_says(
    planned: Planned, trouble: Trouble, asked: int, standing: int
) -> None:
    planned.times = min(planned.times, 99)
    seconds = 5.0 if planned.after else 60.0
    async with teams_door(seconds=seconds) as here:
        here.microsoft.troubles = [_fresh(planned)]
        caught = await sent(here)
        assert caught is not None
        assert caught.trouble is trouble, caught
        assert posts(here) == asked
        assert len(here.microsoft.cards()) == standing


def _fresh(planned: Planned) -> Planned:
    return Planned(**vars(planned))


async def test_412_is_asked_again_with_backoff_and_arrives_once() -> None:
    async with teams_door() as here:
        here.microsoft.troubles = [Planned(412, error("PreconditionFailed"), times=2)]
        assert await sent(here) is None
        assert posts(here) == 3
        assert len(here.microsoft.cards()) == 1


async def test_429_tells_how_long_and_the_conversation_is_left_in_peace() -> None:
    async with teams_door() as here:
        here.microsoft.troubles = [Planned(429, error("Throttled"), {"Retry-After": "17"})]
        first, second = await sent(here), await sent(here)
        assert first is not None and first.retry_after == timedelta(seconds=17)
        assert second is not None and second.trouble is Trouble.LIMITED
        assert second.retry_after is not None and second.retry_after > timedelta(seconds=10)
        # The second did not even ask; another conversation is not held up.
        assert posts(here) == 1
        elsewhere = place(here.microsoft, channel=CHANNEL, user="")
        assert await sent(here, elsewhere) is None


async def test_413_is_shrunk_and_nothing_is_lost() -> None:
    async with teams_door() as here:
        here.microsoft.troubles = [Planned(413, error("MessageSizeTooBig"))]
        message = say("\n".join(f"line {number} " + "x" * 300 for number in range(40)))
        assert await sent(here, message=message) is None
        cards = here.microsoft.cards()
        assert len(cards) == 2
        assert sum(1 for card in cards for text in texts_of(card) if text.startswith("line ")) == 40


async def test_several_cards_are_one_message_known_by_the_first() -> None:
    async with teams_door() as here:
        delivered = await here.chat.send(place(here.microsoft), LONG, key=KEY)
        cards = here.microsoft.cards()
        assert len(cards) == 3
        assert delivered.message_id == next(iter(here.microsoft.conversations[CHAT]))
        assert all(check_card(card) == [] for card in cards)


async def test_what_befalls_a_later_card_leaves_the_message_in_doubt() -> None:
    """To send it again would repeat the first card."""
    for planned in (Planned(429, times=9, skip=1), Planned(403, error("x"), skip=1), Planned(500, skip=1)):
        async with teams_door() as here:
            here.microsoft.troubles = [planned]
            caught = await sent(here, message=LONG)
            assert caught is not None and caught.trouble is Trouble.UNCERTAIN
            assert len(here.microsoft.cards()) == 1


async def test_a_change_is_made_again_until_it_holds() -> None:
    for planned in (
        Planned(502, method="PUT", times=2),
        Planned(412, method="PUT", times=2),
        Planned(0, method="PUT", cut=True),
    ):
        async with teams_door() as here:
            delivered = await here.chat.send(place(here.microsoft), NUDGE, key=KEY)
            here.microsoft.troubles = [planned]
            await here.chat.update(place(here.microsoft), delivered.message_id, say("Noted."), key=KEY)
            (card,) = here.microsoft.cards()
            assert texts_of(card) == ["Noted."]


async def test_a_change_of_what_is_gone_says_so() -> None:
    async with teams_door() as here:
        with pytest.raises(ChatError, match="ActivityNotFoundInConversation"):
            await here.chat.update(place(here.microsoft), "1", say("x"), key=KEY)


async def test_a_connector_out_of_reach_is_a_send_that_never_left() -> None:
    async with teams_door() as here:
        caught = await sent(here, place(here.microsoft, service_url="http://127.0.0.1:9/"))
        assert caught is not None and caught.trouble is Trouble.NOT_CONNECTED


async def test_a_token_that_is_not_to_be_had_is_told_as_such() -> None:
    async with teams_door() as here:
        here.microsoft.token_answer = (401, {"error_description": "AADSTS7000215: bad secret"})
        caught = await sent(here)
        assert caught is not None and caught.trouble is Trouble.WORKSPACE
        assert posts(here) == 0


async def test_a_refused_token_is_not_used_again() -> None:
    async with teams_door() as here:
        here.microsoft.troubles = [Planned(401, error("BotNotRegistered"))]
        await sent(here)
        assert await sent(here) is None
        assert here.microsoft.authorizations == {"Bearer token-1", "Bearer token-2"}


@pytest.mark.parametrize(
    "service_url",
    [
        "https://evil.example/",
        "http://localhost:1/",
        "https://smba.trafficmanager.net@evil.example/",
        "ftp://127.0.0.1/",
    ],
)
async def test_the_token_goes_to_no_unlisted_host(service_url: str) -> None:
    async with teams_door() as here:
        caught = await sent(here, place(here.microsoft, service_url=service_url))
        assert caught is not None and caught.trouble is Trouble.RECIPIENT
        assert not here.microsoft.token_reads


async def test_the_other_host_of_a_government_cloud_is_tried_where_it_is_allowed() -> None:
    async with teams_door() as here:
        here.microsoft.troubles = [Planned(403, error("InvalidBotApiHost"))]
        allowed = ServiceHosts(frozenset({"127.0.0.1", "smba.infra.gcc.teams.microsoft.com"}))
        unreachable = "http://127.0.0.1:9"
        async with _proxied(here, unreachable) as http:
            chat = TeamsChat(WebApi(http, token=None, hosts=allowed), bot_id="28:x", known=Known())
            with pytest.raises(ChatError) as caught:
                await chat.send(place(here.microsoft), NUDGE, key=KEY)
        # It went there, and nowhere else; from here that host is out of reach.
        assert caught.value.trouble is Trouble.NOT_CONNECTED
        assert posts(here) == 1


def _proxied(here: Here, proxy: str) -> Any:
    """Everything but loopback goes to a proxy that is not there: no test leaves this machine."""
    import httpx

    return httpx.AsyncClient(trust_env=False, mounts={"https://": httpx.AsyncHTTPTransport(proxy=proxy)})


async def test_our_own_limit_comes_back_later_instead_of_waiting() -> None:
    async with teams_door() as here:
        results = await asyncio.gather(*(sent(here) for _ in range(30)))
        limited = [caught for caught in results if caught is not None]
        assert limited
        assert {caught.trouble for caught in limited} == {Trouble.LIMITED}
        assert len(here.microsoft.cards()) + len(limited) == 30


# Conversations


async def test_a_chat_with_a_person_is_opened_once() -> None:
    async with teams_door() as here:
        where = place(here.microsoft, channel="", user=ALICE)
        results = await asyncio.gather(
            *(here.chat.send(where, NUDGE, key=f"k{number}") for number in range(4))
        )
        assert len(here.microsoft.created) == 1
        assert here.microsoft.created[0] == {
            "bot": {"id": f"28:{APP}"},
            "members": [{"id": ALICE}],
            "isGroup": False,
            "tenantId": TENANT,
            "channelData": {"tenant": {"id": TENANT}},
        }
        assert {one.channel for one in results} == {f"a:new-{ALICE}"}
        await here.chat.send(where, NUDGE, key="later")
        assert len(here.microsoft.created) == 1


async def test_a_person_met_in_a_channel_is_addressed_by_the_id_that_teams_takes() -> None:
    async with teams_door() as here:
        here.chat.known.met(_typed(in_channel(here.microsoft, "help")))
        for person, teams_id in ((ALICE, "29:alice"), (BOB, "29:bob"), (CHARLIE, CHARLIE)):
            await here.chat.send(place(here.microsoft, channel="", user=person), NUDGE, key=person)
            assert here.microsoft.created[-1]["members"] == [{"id": teams_id}]


async def test_a_chat_that_is_not_to_be_opened_never_was_a_send() -> None:
    for planned, trouble in (
        (Planned(502, times=9), Trouble.NOT_CONNECTED),
        (Planned(0, cut=True, times=9), Trouble.NOT_CONNECTED),
        (Planned(201, {}), Trouble.NOT_CONNECTED),
        (Planned(403, error("ForbiddenOperationException")), Trouble.RECIPIENT),
    ):
        async with teams_door() as here:
            here.microsoft.troubles = [planned]
            caught = await sent(here, place(here.microsoft, channel="", user=BOB))
            assert caught is not None and caught.trouble is trouble
            assert posts(here) == 0


async def test_nowhere_to_send_is_told_apart() -> None:
    async with teams_door() as here:
        nobody = await sent(here, place(here.microsoft, channel="", user=""))
        assert nobody is not None and nobody.trouble is Trouble.RECIPIENT
        unknown = await sent(here, place(here.microsoft, service_url=""))
        assert unknown is not None and unknown.trouble is Trouble.NOT_CONNECTED


async def test_the_service_address_is_the_newest_that_was_learned() -> None:
    async with teams_door() as here:
        here.chat.known.met(_typed(activity(here.microsoft)))
        assert await sent(here, place(here.microsoft, service_url="")) is None


async def test_after_a_restart_the_store_remembers() -> None:
    async with teams_door() as here:
        chat = place(here.microsoft)

        async def place_of(address: Address) -> Place | None:
            return chat if address.user == ALICE else None

        async def service_url_of(_tenant: str) -> str:
            return here.microsoft.connector

        known = Known(Memory(place_of=place_of, service_url_of=service_url_of))
        ours = TeamsChat(here.chat.api, bot_id=f"28:{APP}", known=known)
        unknown = Place(platform=Platform.TEAMS, workspace=TENANT, user=ALICE)
        assert (await ours.send(unknown, NUDGE, key=KEY)).channel == CHAT
        digest = Place(platform=Platform.TEAMS, workspace=TENANT, channel=CHANNEL)
        assert (await ours.send(digest, NUDGE, key="d")).channel == CHANNEL


async def test_a_conversation_that_is_gone_is_forgotten() -> None:
    async with teams_door() as here:
        here.chat.known.met(_typed(activity(here.microsoft)))
        del here.microsoft.conversations[CHAT]
        assert await sent(here) is not None
        assert await here.chat.known.chat_with(TENANT, ALICE) is None


def _typed(made: Json) -> Any:
    import json

    return read(json.dumps(made).encode())


# People


def alice() -> Address:
    return Address(platform=Platform.TEAMS, workspace=TENANT, user=ALICE)


async def test_what_teams_knows_of_a_person() -> None:
    async with teams_door() as here:
        here.chat.known.met(_typed(activity(here.microsoft)))
        profile = await here.chat.profile(alice())
        assert profile is not None
        assert (profile.name, profile.real_name, profile.email) == (
            "Alice Adler",
            "Alice Adler",
            "alice@example.com",
        )
        assert profile.address == alice()
        assert not profile.guest


async def test_a_person_who_is_gone_is_nobody_and_one_who_was_never_met_is_unknown() -> None:
    async with teams_door() as here:
        with pytest.raises(ChatError):
            await here.chat.profile(alice())
        here.chat.known.met(_typed(activity(here.microsoft)))
        here.microsoft.members.clear()
        assert await here.chat.profile(alice()) is None
        del here.microsoft.conversations[CHAT]
        with pytest.raises(ChatError):
            await here.chat.profile(alice())


async def test_a_look_is_repeated_where_it_may_help() -> None:
    async with teams_door() as here:
        here.chat.known.met(_typed(activity(here.microsoft)))
        here.microsoft.troubles = [Planned(503, method="GET", times=2)]
        assert await here.chat.profile(alice()) is not None


async def test_everybody_in_the_channels_that_we_are_in() -> None:
    async with teams_door() as here:
        assert await here.chat.people(TENANT) == []
        here.chat.known.met(_typed(in_channel(here.microsoft, "help")))
        found = await here.chat.people(TENANT)
        assert {profile.address.user for profile in found} == {ALICE, BOB}


# The words of refusals


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (b'{"error":{"code":"BotNotInConversationRoster","message":"..."}}', "BotNotInConversationRoster"),
        (b'{"errorCode":209,"message":"{\\"subCode\\":\\"MessageWritesBlocked\\"}"}', "MessageWritesBlocked"),
        (
            b'{"error":{"code":"Forbidden","message":"{\\"subCode\\":\\"MessageWritesBlocked\\"}"}}',
            "MessageWritesBlocked",
        ),
        (b'{"errorCode":209,"message":"plain"}', "209"),
        (b'{"message":"Authorization has been denied for this request."}', ""),
        (b'{"error":"text"}', ""),
        (b'{"error":{"code":["x"]}}', ""),
        (b"[]", ""),
        (b"<html>", ""),
        (b"", ""),
        (b"[" * 100_000, ""),
    ],
)
def test_both_shapes_of_an_error_are_read(body: bytes, name: str) -> None:
    assert name_of(body) == name


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        ("17", 17),
        ("0", 1),
        ("999999999", 86_400),
        (None, 5),
        ("soon", 5),
        ("-3", 5),
        ("Mon, 23 Nov 2026 09:31:00 GMT", 60),
    ],
)
def test_patience_is_read_in_both_its_forms(given: str | None, seconds: int) -> None:
    assert patience(given, "Mon, 23 Nov 2026 09:30:00 GMT") == timedelta(seconds=seconds)


def test_a_section_keeps_its_id_through_a_change() -> None:
    from bot.teams.render import cards

    message = Ours(
        headline="h",
        sections=(
            Section(id="ask:1", parts=(Text(spans=("a",)),)),
            Section(id="ask:2", parts=(Text(spans=("b",)),)),
        ),
    )
    before, after = cards(message)[0], cards(message.with_section("ask:1", Text(spans=("noted",))))[0]
    assert (
        [part["id"] for part in before["body"]]
        == [part["id"] for part in after["body"]]
        == ["ask:1", "ask:2"]
    )
