"""One program, one registry, people in two houses: Slack's and Microsoft's, each over its own HTTP."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import httpx

from bot.app import App, build, configured
from bot.domain.people import Address, Person, Platform
from bot.playground import Playground
from bot.services import installing
from bot.teams.listeners import Door
from storage import people, pilots, workspaces
from storage.database import Connection
from storage.workspaces import Installation, Settings, Workspace
from tests.journeys.kit import START, _serving
from tests.playground.kit import VirtualClock, slack_workspace
from tests.storage.template import migrated
from tests.teams.check_card import actions_of, check_card, texts_of
from tests.teams.kit import APP, SECRET, TENANT, Json, Microsoft, Trouble, activity, execute, served, sign

#: Who is in Microsoft's house: first name → object id. Their chat with the bot is a:<name>.
IN_TEAMS = {
    "sam": "00000000-0000-4000-8000-0000000000a1",
    "tom": "00000000-0000-4000-8000-0000000000a2",
    "alice": "00000000-0000-4000-8000-0000000000a3",
    "ines": "00000000-0000-4000-8000-0000000000a4",
}
NAMES = {"sam": "Sam Sponsor", "tom": "Tom Owner", "alice": "Alice Owner", "ines": "Ines Admin"}
#: Who is in Slack.
CAST = {"alice": "Alice Owner", "bob": "Bob Backup", "ada": "Ada Admin"}
OUTCOME = "Reduce invoice handling time from 10 to 6 minutes by 29 October 2027"
CODE = "40718293"


@dataclass
class Both:
    """Both houses and the program between them."""

    app: App
    slack: Playground
    microsoft: Microsoft
    clock: VirtualClock
    http: httpx.AsyncClient
    url: str
    said: int = 0

    async def post(self, who: str, body: Json) -> httpx.Response:
        """An activity of somebody in Teams, in their own chat, signed by Microsoft."""
        self.said += 1
        person = {"id": f"29:{who}", "name": NAMES[who], "aadObjectId": IN_TEAMS[who]}
        chat = {"id": f"a:{who}", "conversationType": "personal", "tenantId": TENANT}
        made = {**body, "from": person, "conversation": chat, "timestamp": self.clock().isoformat()}
        if body["type"] == "message":
            made["id"] = f"17{self.said:011}"
        headers = {"authorization": f"Bearer {sign(self.microsoft)}"}
        answer = await self.http.post(f"{self.url}/api/messages", json=made, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer

    async def say(self, who: str, text: str) -> str:
        """Types in Teams; the new cards, as they read."""
        before = self.cards(who)
        await self.post(who, activity(self.microsoft, text=text))
        await until(lambda: len(self.cards(who)) > len(before))
        return "\n".join(text for card in self.cards(who)[len(before) :] for text in texts_of(card))

    async def press(self, who: str, title: str) -> str:
        """Presses a button of the newest card that has it; what stands there then."""
        message_id, action = next(
            (message_id, action)
            for message_id, card in reversed(self._standing(who))
            for action in actions_of(card)
            if action["title"].startswith(title)
        )
        answer = await self.post(who, execute(self.microsoft, action, reply_to=message_id))
        value = answer.json()["value"]
        return " ".join(texts_of(value)) if isinstance(value, dict) else str(value)

    def cards(self, who: str) -> list[Json]:
        """The cards in somebody's chat; each is one that Teams takes."""
        found = [card for _, card in self._standing(who)]
        assert [check_card(card) for card in found] == [[] for _ in found]
        return found

    def read(self, who: str) -> str:
        """All that stands in somebody's chat."""
        return "\n".join(text for card in self.cards(who) for text in texts_of(card))

    def _standing(self, who: str) -> list[tuple[str, Json]]:
        held = self.microsoft.conversations[f"a:{who}"]
        return [(message_id, one["attachments"][0]["content"]) for message_id, one in held.items()]

    async def days(self, count: int) -> None:
        """Days pass; what is due each day is done."""
        for _ in range(count):
            self.clock.advance(days=1)
            await self.app.tasks.all_due()


async def until(true: Callable[[], bool]) -> None:
    """Waits for what somebody else brings about."""
    async with asyncio.timeout(60):
        while not true():
            await asyncio.sleep(0.02)


@contextlib.asynccontextmanager
async def both(folder: Path, *, apart: bool = False) -> AsyncIterator[Both]:
    """Both platforms set up in one program; `apart`: Teams came first and has a registry of its own, still empty."""
    clock, microsoft = VirtualClock(START), Microsoft()
    microsoft.members = {f"29:{who}": (found, NAMES[who]) for who, found in IN_TEAMS.items()}
    microsoft.conversations = {f"a:{who}": {} for who in IN_TEAMS}
    cast = [{"name": name, "real_name": real, "tz": "Europe/Berlin"} for name, real in CAST.items()]
    async with (
        slack_workspace(clock, people=cast, channels={"leadership": ["ada"]}, expect_all=False) as slack,
        served(microsoft) as address,
        httpx.AsyncClient(trust_env=False, timeout=60) as http,
    ):
        microsoft.url = address
        url = f"sqlite:///{folder / 'both.db'}"
        database = migrated(folder / "both.db")
        app = build(
            configured(
                database_url=url,
                slack_bot_token=slack.token,
                slack_signing_secret=slack.app.signing_secret,
                slack_api_url=slack.api_url,
                teams_app_id=APP,
                teams_app_password=SECRET,
                teams_tenant_id=TENANT,
                teams_openid_metadata_url=f"{address}/openid",
                teams_token_url=f"{address}/token",
                teams_service_hosts="127.0.0.1",
                pilotlight_settle=1,
            ),
            clock=clock,
            database=database,
            patience=30.0,
        )
        database.write_now(lambda conn: _furnish(conn, slack, clock(), apart=apart))
        async with _serving(app) as at:
            slack.app_url = f"{at}/slack/events"
            yield Both(app, slack, microsoft, clock, http, at)
        database.close()


def _furnish(conn: Connection, slack: Playground, now: datetime, *, apart: bool) -> None:
    main = installing.first_workspace(conn, now)
    team = slack.workspace.team_id
    installing.installed(conn, Platform.SLACK, team, name="Acme", bot_user=slack.workspace.bot.id, now=now)
    workspaces.set_quiet_until(conn, main.id, None)  # its first two days are over
    workspaces.save_settings(conn, main.id, main.settings.model_copy(update={"zone": "Europe/Berlin"}))
    for handle, name in CAST.items():
        there = Address(platform=Platform.SLACK, workspace=team, user=slack.workspace.person(handle).id)
        known = Person(id=handle, name=name, email=f"{handle}@example.com", addresses=(there,))
        people.add(conn, main.id, known, now)
    people.set_role(conn, main.id, "ada", "admin", has=True)
    # Imported by name and e-mail, and met by nobody yet.
    people.add(conn, main.id, Person(id="sam", name="Sam Sponsor", email="sam@example.com"), now)
    if apart:
        other = Workspace(id="other", name="", settings=Settings(), created_at=now)
        workspaces.add(conn, other)
        workspaces.install(
            conn,
            Installation(workspace_id="other", platform=Platform.TEAMS, external_id=TENANT, installed_at=now),
        )
        workspaces.set_claim_code(conn, main.id, CODE)


async def test_an_owner_in_slack_and_a_sponsor_in_teams_both_get_theirs(tmp_path: Path) -> None:
    async with both(tmp_path) as here:
        # The keys were fetched before anybody knocked.
        await until(lambda: here.microsoft.key_reads == 1)
        await here.post("sam", activity(here.microsoft, type="installationUpdate", action="add", text=None))
        seen = await here.slack.hands.command("alice", f"/pilot register Invoice Reader: {OUTCOME}")
        assert "Invoice Reader" in seen.text
        await here.slack.hands.command("alice", "/pilot edit Invoice Reader sponsor Sam Sponsor")
        await here.app.tasks.all_due()
        assert "Invoice Reader" in here.read("sam")
        assert "/pilot" not in here.read("sam")
        await here.press("sam", "I back this")
        await here.days(14)
        asked = here.slack.ledger.take("alice", "Invoice Reader", "working days")
        assert "[Moving]" in here.slack.hands.read(asked)
        await here.days(14)
        assert "No word" in here.read("sam") or "no word" in here.read("sam")
        home = await here.say("sam", "home")
        assert "Invoice Reader" in home
        assert here.microsoft.key_reads == 1


async def test_somebody_with_an_address_in_each_house_is_one_person_and_asked_where_they_last_answered(
    tmp_path: Path,
) -> None:
    async with both(tmp_path) as here:
        await here.slack.hands.command("alice", f"/pilot register Invoice Reader: {OUTCOME}")
        here.clock.advance(minutes=5)
        assert "Invoice Reader" in await here.say("alice", "list mine")
        here.slack.ledger.take_all("alice")
        await here.days(14)
        assert "working days" in here.read("alice")
        assert not [one for one in here.slack.ledger.untaken("alice") if "working days" in one.text]
        same = await here.slack.hands.command("alice", "/pilot list mine")
        assert "Invoice Reader" in same.text


async def test_somebody_named_by_e_mail_is_known_by_it_until_they_turn_up(tmp_path: Path) -> None:
    async with both(tmp_path) as here:
        await here.slack.hands.command("alice", f"/pilot register Invoice Reader: {OUTCOME}")
        told = await here.slack.hands.command("alice", "/pilot edit Invoice Reader sponsor Nobody Known")
        assert "type their e-mail address" in told.text
        done = await here.slack.hands.command("alice", "/pilot edit Invoice Reader sponsor ines@example.com")
        assert "sponsor is now ines" in done.text
        await here.app.tasks.all_due()
        assert here.cards("ines") == []
        assert "Invoice Reader" in await here.say("ines", "list mine")
        here.clock.advance(hours=2)
        await here.app.tasks.all_due()
        assert "I back this" in here.read("ines")
        shown = await here.slack.hands.command("alice", "/pilot show Invoice Reader")
        assert "Ines Admin" in shown.text


async def test_who_blocks_the_app_is_told_to_the_admin_and_the_next_in_line_is_asked(tmp_path: Path) -> None:
    blocked = {"errorCode": 209, "message": '{"subCode": "MessageWritesBlocked"}'}
    async with both(tmp_path) as here:
        assert "Contract Search" in await here.say("tom", f"register Contract Search: {OUTCOME}")
        await here.say("tom", "edit Contract Search backup Bob Backup")
        here.microsoft.troubles = [Trouble(403, blocked, times=99, path="a:tom")]
        posts = here.microsoft.calls("POST")
        for _ in range(24):
            await here.days(1)
            if here.slack.ledger.untaken("bob"):
                break
        told = here.slack.hands.read(here.slack.ledger.take("ada", "Tom Owner cannot be written to"))
        assert "MessageWritesBlocked" in told
        asked = here.slack.hands.read(here.slack.ledger.take("bob", "Contract Search"))
        assert "[" in asked
        assert here.microsoft.calls("POST") == posts + 1  # tried once, and not again
        # Whoever writes again is heard from again.
        here.microsoft.troubles = []
        await here.say("tom", "9.1, moving, vendor list cleaned")
        await here.days(14)
        assert here.microsoft.calls("POST") > posts + 2


async def test_taking_the_app_away_is_told_too_and_a_channel_without_it_stops_nobody(tmp_path: Path) -> None:
    async with both(tmp_path) as here:
        await here.say("tom", f"register Contract Search: {OUTCOME}")
        await here.say("sam", f"register Parcel Router: {OUTCOME.replace('invoice', 'parcel')}")
        await here.post(
            "tom", activity(here.microsoft, type="installationUpdate", action="remove", text=None)
        )
        channel = {"id": "19:x@thread.tacv2", "conversationType": "channel", "tenantId": TENANT}
        gone = activity(
            here.microsoft, type="installationUpdate", action="remove", conversation=channel, text=None
        )
        headers = {"authorization": f"Bearer {sign(here.microsoft)}"}
        await here.http.post(f"{here.url}/api/messages", json=gone, headers=headers)
        door = here.app.doors["/api/messages"]
        assert isinstance(door, Door)
        await door.drain(60.0)
        before = len(here.cards("tom"))
        await here.days(14)
        here.slack.ledger.take("ada", "Tom Owner cannot be written to (took the app away)")
        assert len(here.cards("tom")) == before
        assert "Parcel Router" in here.read("sam").split("working days")[0]
        assert "working days" in here.read("sam")


async def test_a_code_typed_on_the_second_platform_joins_the_registry_of_the_first(tmp_path: Path) -> None:
    async with both(tmp_path, apart=True) as here:
        await here.slack.hands.command("alice", f"/pilot register Invoice Reader: {OUTCOME}")
        assert "No pilot" in await here.say("ines", "list all")
        assert "not valid" in await here.say("ines", "claim 00000000")
        joined = await here.say("ines", f"claim {CODE}")
        assert "You are the admin now. Next: settings" in joined.replace("\u200b", "")
        assert "Invoice Reader" in await here.say("ines", "list all")
        assert "not valid" in await here.say("ines", f"claim {CODE}")

        def read(conn: Connection) -> tuple[str | None, int, list[str]]:
            where = workspaces.of_address(conn, Platform.TEAMS, TENANT)
            return where, pilots.count(conn, "main"), [one.name for one in people.admins(conn, "main")]

        assert here.app.database.read_now(read) == ("main", 1, ["Ada Admin", "Ines Admin"])


async def test_two_registries_with_pilots_are_not_made_one(tmp_path: Path) -> None:
    async with both(tmp_path, apart=True) as here:
        await here.say("ines", f"register Parcel Router: {OUTCOME}")
        assert "pilots of its own" in await here.say("ines", f"claim {CODE}")
        assert "Parcel Router" in await here.say("ines", "list all")
