"""What is stored about somebody, and erasing it, from chat: never more than three clicks."""

import asyncio
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.playground.seen import Seen
from bot.services import erasing, housekeeping
from storage import audit, outbox, people, workspaces
from storage.database import Connection
from storage.tables import METADATA
from tests.journeys.kit import House, house
from tests.journeys.test_both_houses import both
from tests.teams.kit import activity


def alices(home: House) -> str:
    """Alice's id: she became known by registering."""
    [found] = [
        one.id
        for one in home.app.database.read_now(lambda conn: people.all_of(conn, home.workspace_id)).values()
        if one.name == "Alice Owner"
    ]
    return found


def everywhere(home: House, *words: str) -> list[str]:
    """Where in the database one of some words stands, whatever the table."""

    def search(conn: Connection) -> list[str]:
        found = []
        for name in METADATA.tables:
            for row in conn.exec_driver_sql(f"SELECT * FROM {name}").mappings():
                found += [
                    f"{name}.{column}: {value}"
                    for column, value in row.items()
                    if isinstance(value, str) and any(word in value for word in words)
                ]
        return found

    return home.app.database.read_now(search)


async def said(home: House, who: str, seen: Seen) -> str:
    """What came of a press or a form, also where a busy machine answers late."""
    if not seen.all and seen.view is not None:
        return home.hands.read(seen.view)
    if not seen.all:
        ledger = home.slack.ledger
        assert await home.slack.workspace.until(lambda: bool(ledger.untaken(who)), timeout=60.0)
        return "\n".join(home.read(message) for message in ledger.take_all(who))
    return "\n".join(home.read(message) for message in seen.all)


async def test_alice_sees_all_that_is_stored_and_is_erased_in_two_clicks(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        await home.register()
        await home.hands.command("alice", "/pilot checkin Invoice Reader 9 moving scanner works")
        home.slack.ledger.mark(home.slack.ledger.untaken())
        [shown] = await home.shown("alice", "/pilot privacy")
        told = home.read(shown)
        assert "How long" in told
        assert "Who sees it" in told
        assert "400 days" in told
        assert "Erase a person" not in told, "the admin's buttons are the admin's"
        # Click: everything.
        told = await said(
            home, "alice", await home.hands.press("alice", shown, "Show everything stored about me")
        )
        assert "Everything stored about you" in told
        assert "scanner works" in told
        assert "Alice Owner" in told
        # Clicks: the form, and sending it. First without the word.
        account = home.slack.workspace.person("alice").id
        await home.hands.press("alice", shown, "Erase me")
        await home.form("alice")
        seen = await home.submit("alice", erase="yes")
        assert "Type erase here" in str(seen.errors)
        assert everywhere(home, account)
        assert "Done:" in await said(home, "alice", await home.submit("alice", erase="Erase"))
        assert everywhere(home, "Alice Owner", account, "alice") == []
        pilot, record = home.pilot()
        assert pilot.owner is not None
        assert pilot.owner.name == erasing.SOMEBODY
        assert any("scanner works" in entry.text for entry in record.entries), (
            "what was written keeps its place"
        )
        assert home.app.database.read_now(lambda conn: audit.check(conn, home.workspace_id)).whole
        home.slack.ledger.mark(home.slack.ledger.untaken())


@pytest.mark.trial
async def test_whoever_writes_again_becomes_known_anew_and_nothing_comes_back(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        await home.register()
        home.slack.ledger.mark(home.slack.ledger.untaken())
        [shown] = await home.shown("alice", "/pilot privacy")
        await home.hands.press("alice", shown, "Erase me")
        await home.submit("alice", erase="erase")
        home.slack.ledger.mark(home.slack.ledger.untaken())
        before = home.pilot()[0].owner
        await home.hands.command("alice", "/pilot list mine")
        home.slack.ledger.mark(home.slack.ledger.untaken())
        assert home.pilot()[0].owner == before
        assert before is not None
        assert alices(home) != before.id
        await home.at(date(2027, 3, 3))
        assert "alice" not in [
            home.slack.workspace.users[message.user].name for message in home.slack.ledger.untaken()
        ]
        home.slack.ledger.mark(home.slack.ledger.untaken())


async def test_the_admin_erases_a_person_and_then_everything(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        await home.register()
        home.slack.ledger.mark(home.slack.ledger.untaken())
        [shown] = await home.shown("ada", "/pilot privacy")
        told = home.read(shown)
        assert "Export everything" in told
        assert "pilotlight erase --everything" in told
        await home.hands.press("ada", shown, "Erase a person")
        done = await home.submit("ada", person="alice", erase="erase")
        assert "Alice Owner is erased" in await said(home, "ada", done)
        assert everywhere(home, "Alice Owner") == []
        [row] = home.app.database.read_now(
            lambda conn: [
                one for one in audit.recent(conn, home.workspace_id, 50) if one.what == audit.ERASED
            ]
        )
        assert (row.actor, row.surface) == ("ada", "slack")
        home.slack.ledger.mark(home.slack.ledger.untaken())
        await home.hands.press("ada", shown, "Erase this workspace")
        form = await home.modal("ada", "nothing can bring them back")
        assert "pilotlight export" in form
        await home.submit("ada", erase="erase")
        home.slack.ledger.mark(home.slack.ledger.untaken())
        assert home.app.database.read_now(workspaces.all_of) == []
        assert everywhere(home, home.workspace_id) == []


async def test_others_cannot_erase_whom_they_like(tmp_path: Path) -> None:
    """Forged: the buttons are not shown to them, the verbs are known all the same."""
    async with house(tmp_path) as home:
        await home.register()
        home.slack.ledger.mark(home.slack.ledger.untaken())
        [shown] = await home.shown("ada", "/pilot privacy")
        home.slack.ledger.mark(home.slack.ledger.untaken())
        before = home.app.database.read_now(lambda conn: people.all_of(conn, home.workspace_id))
        for button in ("Erase a person", "Erase this workspace"):
            await home.hands.press("charlie", shown, button)
            await home.modal("charlie", "Only the admin")
        after = home.app.database.read_now(lambda conn: people.all_of(conn, home.workspace_id))
        assert set(before) <= set(after)
        home.slack.ledger.mark(home.slack.ledger.untaken())


async def test_messages_are_forgotten_when_their_time_is_over(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        await home.register()
        home.slack.ledger.mark(home.slack.ledger.untaken())

        def shorter(conn: Connection) -> None:
            found = workspaces.get(conn, home.workspace_id)
            assert found is not None
            workspaces.save_settings(
                conn, home.workspace_id, found.settings.model_copy(update={"keep_messages_days": 30})
            )

        home.app.database.write_now(shorter)
        assert home.app.database.read_now(lambda conn: outbox.history(conn, home.workspace_id))
        record = home.pilot()[1]
        now = home.clock() + timedelta(days=29)
        await housekeeping.housekeeping(home.app.database, home.app.chats, now)
        assert home.app.database.read_now(lambda conn: outbox.history(conn, home.workspace_id))
        await housekeeping.housekeeping(home.app.database, home.app.chats, now + timedelta(days=2))
        assert home.app.database.read_now(lambda conn: outbox.history(conn, home.workspace_id)) == []
        assert home.pilot()[1] == record, "the record of a pilot stays"


@pytest.mark.trial
async def test_in_teams_it_is_the_same(tmp_path: Path) -> None:
    async with both(tmp_path) as here:
        await here.post("tom", activity(here.microsoft, type="installationUpdate", action="add", text=None))
        while "is installed" not in here.read("tom"):
            await asyncio.sleep(0.02)
        told = await here.say("tom", "privacy")
        assert "Who sees it" in told
        assert "/pilot" not in told
        assert "Everything stored about you" in await here.press("tom", "Show everything")
        await here.press("tom", "Erase me")
        while "you become known anew" not in here.read("tom"):
            await asyncio.sleep(0.02)
