"""The whole program before a connector that refuses: nothing repeated, nothing lost, the right person told."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.app import App, build, configured
from bot.domain.people import Address, Person, Platform
from bot.messages.model import dump, say
from bot.services import installing
from bot.services.chat import Place
from bot.setup.teams_checks import Verdict, teams_people
from storage import outbox, people, pilots, workspaces
from storage.database import Connection
from storage.outbox import OutboxRow
from storage.pilots import Origin
from tests.playground.kit import VirtualClock
from tests.storage.kit import pilot
from tests.storage.template import migrated
from tests.teams.check_card import check_card, texts_of
from tests.teams.kit import ALICE, APP, BOB, CHANNEL, SECRET, TENANT, Microsoft, served
from tests.teams.kit import Trouble as Planned
from tests.teams.test_teams_chat import BLOCKED, error

START = datetime(2027, 3, 1, 9, 30, tzinfo=UTC)
WORDS = "No word for 12 working days."
TOM, ADA, LEADS = "a:tom", "a:ada", CHANNEL


@dataclass
class Post:
    """The program, the clock, and Microsoft's side."""

    app: App
    clock: VirtualClock
    microsoft: Microsoft

    def write(self, *, digest: bool = False) -> None:
        """A message waits for Tom, or for the leaders' channel."""

        def add(conn: Connection) -> None:
            outbox.add(
                conn,
                "main",
                key="digest:1" if digest else "nudge:tom:1",
                kind="digest" if digest else "nudge",
                platform="teams",
                external_id=TENANT,
                content=dump(say(WORDS)),
                now=self.clock(),
                channel=LEADS if digest else "",
                person_id=None if digest else "tom",
            )

        self.app.database.write_now(add)

    async def pass_time(self, minutes: int = 30) -> None:
        for _ in range(4):
            await self.app.tasks.deliver()
            self.clock.advance(minutes=minutes / 4)

    def standing(self, where: str, words: str) -> int:
        """How often a card with these words stands there."""
        held = [one["attachments"][0]["content"] for one in self.microsoft.conversations[where].values()]
        assert [check_card(card) for card in held] == [[] for _ in held]
        return sum(1 for card in held if words in " ".join(texts_of(card)))

    def row(self, key: str) -> OutboxRow:
        def read(conn: Connection) -> OutboxRow | None:
            return outbox.by_key(conn, "main", key)

        found = self.app.database.read_now(read)
        assert found is not None
        return found


@contextlib.asynccontextmanager
async def post(folder: Path) -> AsyncIterator[Post]:
    clock, microsoft = VirtualClock(START), Microsoft()
    microsoft.conversations = {TOM: {}, ADA: {}, LEADS: {}}
    async with served(microsoft) as address:
        microsoft.url = address
        url = f"sqlite:///{folder / 'post.db'}"
        database = migrated(folder / "post.db")
        app = build(
            configured(
                database_url=url,
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
        )
        app.chats[Platform.TEAMS].api._seconds = 5.0  # type: ignore[attr-defined]
        database.write_now(lambda conn: _furnish(conn, microsoft.connector, clock()))
        yield Post(app, clock, microsoft)
        await app.close()
        database.close()


def _furnish(conn: Connection, service_url: str, now: datetime) -> None:
    main = installing.first_workspace(conn, now)
    installing.installed(conn, Platform.TEAMS, TENANT, name="Acme", bot_user="", now=now)
    workspaces.set_quiet_until(conn, main.id, None)
    installing.reached_at(
        conn, main.id, Place(platform=Platform.TEAMS, workspace=TENANT, service_url=service_url)
    )
    # The next start says again that we are here, and forgets nothing of it.
    installing.installed(conn, Platform.TEAMS, TENANT, name="", bot_user="", now=now)
    for who, user, chat in (("tom", ALICE, TOM), ("ada", BOB, ADA)):
        there = Address(platform=Platform.TEAMS, workspace=TENANT, user=user)
        people.add(conn, main.id, Person(id=who, name=f"{who.title()} Someone", addresses=(there,)), now)
        people.touch_address(conn, main.id, there, channel=chat, service_url=service_url)
    people.set_role(conn, main.id, "ada", "admin", has=True)


#: What the connector does → how often the message stands there in the end, the row's state, how often it was posted.
TABLE: list[tuple[str, Planned, int, str, int]] = [
    ("412 once", Planned(412, error("PreconditionFailed")), 1, "sent", 2),
    ("412 for a while", Planned(412, error("PreconditionFailed"), times=5), 1, "sent", 6),
    ("429", Planned(429, error("Throttled"), {"Retry-After": "1"}), 1, "sent", 2),
    ("502, undelivered", Planned(502), 0, "unverified", 1),
    ("502 after delivery", Planned(502, delivers=True), 1, "unverified", 1),
    ("timeout after delivery", Planned(201, {"id": "1"}, delivers=True, after=30.0), 1, "unverified", 1),
    ("hung up after delivery", Planned(0, cut=True, delivers=True), 1, "unverified", 1),
    ("403 blocked", Planned(403, error("ConversationBlockedByUser"), times=99), 0, "failed", 1),
    ("403 blocked, the other shape", Planned(403, BLOCKED, times=99), 0, "failed", 1),
    ("404", Planned(404, error("ConversationNotFound"), times=99), 0, "failed", 1),
    ("413 once", Planned(413, error("MessageSizeTooBig")), 1, "sent", 2),
    ("413 however small", Planned(413, error("MessageSizeTooBig"), times=99), 0, "failed", 3),
]


@pytest.mark.parametrize(
    ("planned", "standing", "state", "posted"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
async def test_a_nudge_stands_there_once_or_somebody_knows(
    planned: Planned, standing: int, state: str, posted: int, tmp_path: Path
) -> None:
    async with post(tmp_path) as here:
        here.microsoft.troubles = [Planned(**vars(planned) | {"path": TOM})]
        here.write()
        await here.pass_time()
        assert here.standing(TOM, WORDS) == standing
        assert here.row("nudge:tom:1").state == state
        attempts = [path for method, path, _ in here.microsoft.seen if method == "POST" and TOM in path]
        assert len(attempts) == posted
        if state == "failed" and planned.status in (403, 404):
            found = here.app.database.read_now(lambda conn: people.get(conn, "main", "tom"))
            assert found is not None
            assert found.out_of_reach


@pytest.mark.parametrize(
    ("planned", "told"),
    [
        (Planned(403, error("BotNotInConversationRoster"), times=99), "cannot be written to"),
        (Planned(404, error("ConversationNotFound"), times=99), "cannot be written to"),
        (Planned(502, delivers=True), "may or may not have arrived"),
    ],
    ids=["not in the channel", "no such channel", "in doubt"],
)
async def test_a_digest_that_did_not_certainly_arrive_is_told_to_the_admin(
    planned: Planned, told: str, tmp_path: Path
) -> None:
    async with post(tmp_path) as here:
        here.microsoft.troubles = [Planned(**vars(planned) | {"path": "19"})]
        here.write(digest=True)
        await here.pass_time(90)
        assert here.standing(ADA, told) == 1
        assert here.standing(LEADS, WORDS) == int(planned.delivers)
        assert "/pilot" not in str(here.microsoft.conversations[ADA])


async def test_who_cannot_be_written_to_yet_is_listed(tmp_path: Path) -> None:
    async with post(tmp_path) as here:

        def read(conn: Connection) -> tuple[Verdict, str]:
            tom = people.get(conn, "main", "tom")
            stranger = Person(id="mia", name="Mia Later")
            people.add(conn, "main", stranger, here.clock())
            made = pilot(owner=tom, sponsor=stranger, backup=None)
            pilots.add(
                conn, "main", made, Origin(created_by="ada", created_at=here.clock()), next_look_at=None
            )
            found = teams_people(conn, "main", here.clock())
            return found.verdict, found.said

        verdict, said = here.app.database.write_now(read)
        assert verdict is Verdict.WARN
        assert said == "not yet reachable: Mia Later"
