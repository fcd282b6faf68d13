"""A walk in Microsoft's own client: the door as it is, a small registry in memory behind it."""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx
from starlette.types import Message as Sent
from starlette.types import Receive, Scope, Send

from bot.domain.commands import AppAdded, AppRemoved, Handover, ListPilots, New, Pressed, Said, Submitted
from bot.domain.errors import UserError
from bot.domain.people import Platform
from bot.messages.help import help_page, welcome
from bot.messages.model import Button, Buttons, Field, Form, Message, Press, Section, Text, plain, say
from bot.services.chat import Place
from bot.services.incoming import Incoming, Reply
from bot.teams.chat import TeamsChat
from bot.teams.guard import Guard
from bot.teams.hosts import ServiceHosts
from bot.teams.known import Known
from bot.teams.listeners import Door, build
from bot.teams.web_api import WebApi
from tests.teams.check_card import actions_of, check_card, elements_of, texts_of
from tests.teams.kit import Json, served
from tests.teams.microsoft_client import (
    ALEX,
    BOT,
    LEADERSHIP,
    MEGAN,
    PERSONAL,
    TENANT,
    Client,
    Event,
    card_of,
    microsoft_client,
    script,
)

NEW = Form(
    title="New pilot",
    fields=(
        Field(id="name", label="Name"),
        Field(id="outcome", label="Outcome", kind="lines"),
        Field(id="sponsor", label="Sponsor", kind="person", optional=True),
        Field(id="by", label="Decide by", kind="date", optional=True),
    ),
    submit=Press("register"),
    submit_label="Register",
)


def nudge(name: str, said: str = "") -> Message:
    """What asks for a word, and what it becomes once there is one."""
    answer = Buttons(
        buttons=(Button(label="Moving", press=Press("answer", {"pilot": name, "status": "moving"})),)
    )
    asks = Text(spans=(f"{name}: {said or 'no word for 12 working days.'}",))
    return Message(
        headline=f"{name} waits for a word",
        sections=(Section(id=f"ask:{name}", parts=(asks,) if said else (asks, answer)),),
    )


@dataclass
class Registry:
    """A handful of rules in place of the services, honest about each of them."""

    pilots: dict[str, str] = field(default_factory=dict)
    asked: list[Incoming] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    removed: bool = False

    async def __call__(self, incoming: Incoming, now: datetime) -> Reply:
        assert now
        if incoming.key in self.seen:
            return Reply()
        self.asked.append(incoming)
        reply = self._answer(incoming)
        self.seen.add(incoming.key)
        return reply

    def _answer(self, incoming: Incoming) -> Reply:
        match incoming.command:
            case AppAdded():
                self.removed = False
                return Reply(message=welcome())
            case AppRemoved():
                self.removed = True
                return Reply()
            case New():
                return Reply(form=NEW)
            case Submitted(verb="register", fields=fields):
                return self._register(fields.get("name", ""), fields.get("outcome", ""))
            case ListPilots():
                return Reply(message=say("\n".join(self.pilots) or "No pilot yet."))
            case Pressed(verb="answer", args=args):
                name, status = args["pilot"], args["status"]
                return Reply(message=nudge(name, f"{status}, noted. Thanks."), in_place=True)
            case Said(text=text):
                return Reply(message=say(f"Read as: {text}"))
            case Handover(to=to):
                return Reply(message=say(f"Offered to {to}."))
        return Reply(message=help_page(""))

    def _register(self, name: str, outcome: str) -> Reply:
        if not re.search(r"\d", outcome):
            raise UserError(
                "An outcome needs a number. For example: cut invoice time from 11 to 5 min.", field="outcome"
            )
        self.pilots[name] = outcome
        return Reply(message=say(f"{name} is registered."))


@dataclass
class Walk:
    client: Client
    registry: Registry
    chat: TeamsChat
    door: Door
    statuses: list[int]

    async def new_card(self, *words: str, conversation: str = PERSONAL) -> tuple[str, Json]:
        """A message with all these words appears; its id and its card, which is one that Teams takes."""
        return self._looked_at(await self.client.seen(_shows("createMessage", conversation, *words)))

    async def changed_card(self, *words: str, conversation: str = PERSONAL) -> tuple[str, Json]:
        return self._looked_at(await self.client.seen(_shows("updateMessage", conversation, *words)))

    def _looked_at(self, event: Event) -> tuple[str, Json]:
        card = card_of(event)
        assert check_card(card) == []
        return str(event["message"]["messageId"]), card

    @property
    def last(self) -> Incoming:
        return self.registry.asked[-1]


def _shows(action: str, conversation: str, *words: str) -> Callable[[Event], bool]:
    def fits(event: Event) -> bool:
        where = event.get("actionConversationId", "")
        text = " ".join(texts_of(card_of(event))) if card_of(event) else ""
        return (
            event.get("action") == action
            and where.startswith(conversation)
            and all(one in text for one in words)
        )

    return fits


def button(card: Json, title: str) -> Json:
    return next(action for action in actions_of(card) if action["title"] == title)


class _Watched:
    """Notes what the door answers; the client does not tell."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self.statuses: list[int] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def noted(message: Sent) -> None:
            if message["type"] == "http.response.start":
                self.statuses.append(message["status"])
            await send(message)

        await self.door(scope, receive, noted)


@asynccontextmanager
async def walk(folder: Path) -> AsyncIterator[Walk]:
    script()  # before anything is started
    registry = Registry()
    hosts = ServiceHosts(playground=True)
    async with httpx.AsyncClient(trust_env=False, timeout=60) as http:
        chat = TeamsChat(WebApi(http, token=None, hosts=hosts), bot_id=BOT, known=Known())
        guard = Guard(app_id="", tenants=frozenset({TENANT}), keys=None, hosts=hosts)
        door = build(handle=registry, clock=lambda: datetime.now(UTC), guard=guard, chat=chat)
        watched = _Watched(door)
        async with served(watched) as url, microsoft_client(f"{url}/api/messages", folder) as client:
            yield Walk(client, registry, chat, door, watched.statuses)
            await door.drain()


async def test_a_day_in_microsofts_own_client(tmp_path: Path) -> None:
    async with walk(tmp_path) as here:
        await _install_and_help(here)
        await _register_with_an_error(here)
        await _check_in(here)
        await _in_the_channel(here)
        await _remove(here)
        assert set(here.statuses) <= {200, 403, 405}
        assert here.statuses.count(403) == 1


async def _install_and_help(here: Walk) -> None:
    """Both activities arrive, in either order; the greeting once."""
    await here.client.install()
    greeting = plain(next(part.spans for part in welcome().sections[0].parts if isinstance(part, Text)))
    await here.new_card(greeting.split("\n")[0][:20])
    await here.client.say("help")
    await here.new_card("help")
    greeted = [incoming for incoming in here.registry.asked if isinstance(incoming.command, AppAdded)]
    assert len(greeted) == 1
    profile = here.last.profile
    assert profile is not None
    assert (profile.name, profile.email, profile.address.user) == ("Alex Wilber", "alex@example.com", ALEX)


async def _register_with_an_error(here: Walk) -> None:
    await here.client.say("new")
    form_id, form = await here.new_card("New pilot")
    filled = {"name": "Contract *search*", "outcome": "make it better"}
    refused = await here.client.execute(form_id, button(form, "Register"), filled)
    again = refused["value"]
    assert "An outcome needs a number" in " ".join(texts_of(again))
    values = {
        element["id"]: element.get("value") for element in elements_of(again) if "Input" in element["type"]
    }
    assert values == {"name": "Contract *search*", "outcome": "make it better", "sponsor": None, "by": None}
    await here.changed_card("An outcome needs a number")
    filled["outcome"] = "cut search time from 30 to 10 min"
    done = await here.client.execute(form_id, button(again, "Register"), filled)
    assert "is registered" in " ".join(texts_of(done["value"]))
    await here.changed_card("is registered")
    assert here.registry.pilots == {"Contract *search*": "cut search time from 30 to 10 min"}
    await here.client.say("list")
    await here.new_card("Contract \u2217search\u2217")


async def _check_in(here: Walk) -> None:
    """A nudge arrives unasked, is answered by a button, by words, and by an old client's button."""
    place = Place(platform=Platform.TEAMS, workspace=TENANT, user=ALEX)
    delivered = await here.chat.send(place, nudge("Search"), key="nudge:1")
    assert delivered.channel == PERSONAL
    message_id, card = await here.new_card("no word for 12 working days")
    assert message_id == delivered.message_id
    answer = await here.client.execute(message_id, button(card, "Moving"))
    assert "moving, noted" in " ".join(texts_of(answer["value"]))
    await here.changed_card("moving, noted")
    await here.client.say("38, moving, Danish added")
    await here.new_card("Read as: 38, moving, Danish added")
    second = await here.chat.send(place, nudge("Invoices"), key="nudge:2")
    _, card = await here.new_card("Invoices: no word")
    await here.client.submit(second.message_id, button(card, "Moving"))
    await here.changed_card("Invoices: moving, noted")


async def _in_the_channel(here: Walk) -> None:
    """A digest for all, a mention answered to the asker alone, a person named in words."""
    channel = Place(platform=Platform.TEAMS, workspace=TENANT, channel=LEADERSHIP)
    service_url = here.registry.asked[0].place.service_url
    assert service_url.startswith("http://localhost:")
    await here.chat.send(channel, say("4 decisions wait."), key="digest:1")
    await here.new_card("4 decisions wait", conversation=LEADERSHIP)
    us = {"mentioned": {"id": BOT}, "text": "<at>Pilotlight</at>"}
    megan = {"mentioned": {"id": "user-id-1"}, "text": "<at>Megan Bowen</at>"}
    text = '<at>Pilotlight</at> handover "Search" <at>Megan Bowen</at>'
    await here.client.say(text, LEADERSHIP, mentions=[us, megan])
    await here.new_card(f"Offered to <@{MEGAN}>")
    command = here.last.command
    assert isinstance(command, Handover)
    assert command.to == f"<@{MEGAN}>"


async def _remove(here: Walk) -> None:
    """What is not ours is let pass, what is foreign refused; in the end the app goes without a word."""
    made = await here.client.template("install")
    await here.client.custom(made | {"action": "add-upgrade", "id": "upgrade"})
    await here.client.custom(made | {"type": "messageReaction", "id": "reaction"})
    foreign = {"id": "99999999-0000-0000-0000-000000000009"}
    other = made["conversation"] | {"tenantId": foreign["id"]}
    await here.client.custom(
        made | {"id": "foreign", "conversation": other, "channelData": {"tenant": foreign}}
    )
    await here.client.custom(await here.client.template("uninstall"))
    await here.client.custom(await here.client.template("botRemoved"))
    await here.client.say("help")
    await here.new_card("help")
    await here.door.drain()
    removed = [incoming for incoming in here.registry.asked if isinstance(incoming.command, AppRemoved)]
    assert len(removed) == 1
    assert here.registry.removed
    # Whatever else was said or changed on the way was looked at above.
    assert [event for event in here.client.events if event.get("action") != "typing"] == []
