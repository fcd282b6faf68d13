"""A day in Microsoft's own client with the whole program behind it: the same product in the other house."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.app import App, build, configured
from bot.domain.people import Platform
from bot.domain.record import Status
from storage import people, pilots, workspaces
from storage.database import Connection
from tests.playground.kit import VirtualClock
from tests.storage.template import migrated
from tests.teams.check_card import actions_of, check_card, texts_of
from tests.teams.kit import Json, served
from tests.teams.microsoft_client import (
    LEADERSHIP,
    PERSONAL,
    TENANT,
    Client,
    Event,
    card_of,
    microsoft_client,
    script,
)

#: A Monday morning.
START = datetime(2027, 3, 1, 13, 30, tzinfo=UTC)
#: The Monday after the walk's two weeks, when its digest is due in every zone from Lisbon to Helsinki.
MONDAY = datetime(2027, 3, 22, 10, 30, tzinfo=UTC)


@dataclass
class Walk:
    """The client, the program and the clock between them."""

    client: Client
    app: App
    clock: VirtualClock

    async def card(
        self, *words: str, where: str = PERSONAL, action: str = "createMessage"
    ) -> tuple[str, Json]:
        """The next card with all these words; one that Teams takes."""

        def fits(event: Event) -> bool:
            text = " ".join(texts_of(card_of(event))) if card_of(event) else ""
            here = str(event.get("actionConversationId", "")).startswith(where)
            return event.get("action") == action and here and all(word in text for word in words)

        event = await self.client.seen(fits)
        card = card_of(event)
        assert check_card(card) == []
        assert "/pilot" not in str(card)
        return str(event["message"]["messageId"]), card

    def store(self, read: Callable[[Connection, str], object]) -> object:
        """Asks the program's own database."""

        def ask(conn: Connection) -> object:
            found = workspaces.of_address(conn, Platform.TEAMS, TENANT, even_removed=True)
            assert found is not None
            return read(conn, found)

        return self.app.database.read_now(ask)


@asynccontextmanager
async def walk(folder: Path) -> AsyncIterator[Walk]:
    """The program in its playground mode, on loopback, with Microsoft's client before it."""
    script()  # before anything is started: skips with the reason
    clock = VirtualClock(START)
    settings = configured(
        database_url=f"sqlite:///{folder / 'teams.db'}",
        teams_playground=True,
        host="127.0.0.1",
        pilotlight_settle=1,
    )
    database = migrated(folder / "teams.db")
    app = build(settings, clock=clock, database=database, patience=30.0)
    async with (
        served(app.web(with_clock=False)) as url,
        microsoft_client(f"{url}/api/messages", folder) as client,
    ):
        yield Walk(client, app, clock)
        await app.close()
    database.close()


async def pressed(
    here: Walk, message_id: str, action: Json, containing: str, filled: Json | None = None
) -> Json:
    """The card that a button brings: in the response, or where that took too long, in place a moment later."""
    answer: Json | str = (await here.client.execute(message_id, action, filled))["value"]
    if isinstance(answer, dict):
        card = answer
    else:

        def renewed(event: Event) -> bool:
            same = event.get("action") == "updateMessage" and event["message"]["messageId"] == message_id
            return same and containing in " ".join(texts_of(card_of(event)))

        card = card_of(await here.client.seen(renewed))
    assert containing in " ".join(texts_of(card)), texts_of(card)
    return card


def button(card: Json, title: str) -> Json:
    """The button of a title."""
    return next(action for action in actions_of(card) if action["title"].startswith(title))


async def test_a_pilot_is_registered_asked_about_and_answered_for_in_teams(tmp_path: Path) -> None:
    """Install, help, a form with an error, list, a nudge that arrives by itself, its button, a digest, uninstall."""
    async with walk(tmp_path) as here:
        await _register(here)
        await _nudged(here)
        await _digest(here)
        await _gone(here)


async def _register(here: Walk) -> None:
    await here.client.install()
    await here.card("Pilotlight")
    await here.client.say("help")
    await here.card("checkin")
    await here.client.say("new")
    form_id, form = await here.card("Register a pilot")
    typed = {"name": "Invoice Reader", "outcome": "", "sponsor": ""}
    refused = await pressed(here, form_id, button(form, "Register"), "What number should change", typed)
    typed["outcome"] = "Reduce invoice handling time from 10 to 6 minutes by 29 October 2027"
    await pressed(here, form_id, button(refused, "Register"), "is registered", typed)
    await here.client.say("list")
    await here.card("Invoice Reader")


async def _nudged(here: Walk) -> None:
    """Nobody says a word for a while: the question comes by itself and one tap answers it."""
    for _ in range(14):
        here.clock.advance(days=1)
        await here.app.tasks.all_due()
    message_id, card = await here.card("Invoice Reader", "working days")
    answered = await pressed(here, message_id, button(card, "Moving"), "Read as: moving")
    assert "Next check-in" in " ".join(texts_of(answered))

    def entries(conn: Connection, workspace_id: str) -> list[Status]:
        [pilot_id] = pilots.named(conn, workspace_id, "Invoice Reader")
        return [entry.status for entry in pilots.load(conn, workspace_id, [pilot_id])[pilot_id][1].entries]

    statuses = here.store(entries)
    assert isinstance(statuses, list)
    assert statuses[-1] is Status.MOVING
    await here.client.say("9.4, moving, vendor list cleaned")
    await here.card("9.4")


async def _digest(here: Walk) -> None:
    """Leadership picks its channel, and on Monday morning the digest stands in it."""

    def furnish(conn: Connection) -> None:
        workspace_id = workspaces.of_address(conn, Platform.TEAMS, TENANT)
        assert workspace_id is not None
        found = workspaces.get(conn, workspace_id)
        assert found is not None
        digest = {"digest_platform": "teams", "digest_external": TENANT, "digest_channel": LEADERSHIP}
        workspaces.save_settings(conn, workspace_id, found.settings.model_copy(update=digest))

    here.app.database.write_now(furnish)
    here.clock.now = MONDAY
    await here.app.tasks.all_due()
    await here.card("1 pilot", where=LEADERSHIP)


async def _gone(here: Walk) -> None:
    """Whoever takes the app away is written to no more."""
    await here.client.custom(await here.client.template("uninstall"))

    def reachable(conn: Connection, workspace_id: str) -> list[str]:
        return [one.name for one in people.all_of(conn, workspace_id).values() if one.addresses]

    async with asyncio.timeout(60):
        while here.store(reachable):
            await asyncio.sleep(0.05)
    here.clock.now += timedelta(days=30)
    done = await here.app.tasks.all_due()
    assert done.nudges == 0
