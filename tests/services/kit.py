"""The services over a real database, without a platform: time is an argument, and what is due is taken as delivered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from bot.domain.calendar import Calendar
from bot.domain.direction import Direction
from bot.domain.metric import Metric
from bot.domain.people import Address, Person, Platform
from bot.domain.pilot import Pilot
from bot.domain.record import Entry, Reading, Status
from bot.domain.stages import Stage
from bot.messages.model import Message, load, text_of
from bot.services import chat, compose, digests, dispatch, incoming, look
from storage import outbox, people, pilots, record, workspaces
from storage.database import Connection, Database
from storage.guard import require_workspace
from storage.outbox import OutboxRow
from storage.workspaces import Settings, Workspace
from tests.storage.template import migrated

WORKSPACE = "w"
BERLIN = Calendar(zone="Europe/Berlin")
#: A Monday in a week without holidays.
MONDAY = date(2026, 11, 9)


def somebody(who: str, zone: str | None = None) -> Person:
    there = Address(platform=Platform.SLACK, workspace="T1", user=f"U{who.upper()}")
    return Person(id=who, handle=who, name=f"{who.title()} Able", zone=zone, addresses=(there,))


ALICE, SAM, ADA, DORA, CHARLIE = (somebody(who) for who in ("alice", "sam", "ada", "dora", "charlie"))


def pilot(pilot_id: str = "P01", **changes: Any) -> Pilot:
    """In trial since four weeks, measured, on pace."""
    started = MONDAY - timedelta(days=28)
    metric = Metric(
        name="handling time",
        unit="min",
        direction=Direction.DECREASE,
        baseline=Decimal(10),
        baseline_on=started,
        target=Decimal(6),
        deadline=MONDAY + timedelta(days=200),
    )
    given: dict[str, Any] = {
        "id": pilot_id,
        "name": f"Pilot {pilot_id}",
        "stage": Stage.TRIAL,
        "stage_since": started,
        "started": started,
        "metric": metric,
        "owner": ALICE,
        "sponsor": SAM,
        "cost_to_date": Decimal(9000),
        "cost_per_week": Decimal(700),
    }
    return Pilot(**given | changes)


def word(on: date, status: str = "moving", value: str | None = "9", text: str = "first users") -> Entry:
    number = Decimal(value) if value is not None else None
    return Entry(on=on, author="alice", status=Status(status), value=number, text=text)


@dataclass
class Office:
    """A database with one workspace in it, and a clock that the test moves."""

    database: Database
    now: datetime
    #: The database's file, for whoever counts its rows without us.
    path: Path
    requests: int = 0
    delivered: list[OutboxRow] = field(default_factory=list)

    def at(self, day: date, clock: str = "10:00", *, zone: str = "Europe/Berlin") -> "Office":
        self.now = Calendar(zone=zone).at(day, time.fromisoformat(clock))
        return self

    def write(self, do: Any) -> Any:
        return self.database.write_now(do)

    def tick(self) -> list[OutboxRow]:
        """All that is due now; returns what was delivered."""
        fresh: list[OutboxRow] = []

        def round_(conn: Connection) -> None:
            for _ in range(2):
                look.look(conn, self.now, limit=500)
                look.admit(conn, self.now)
            digests.digests(conn, self.now)
            compose.compose(conn, self.now)
            outbox.drop_stale(conn, self.now)
            for row in outbox.claim(conn, self.now, 500, timedelta(seconds=30)):
                outbox.sent(
                    conn,
                    row,
                    self.now,
                    channel=row.channel or f"D{row.person_id}",
                    message_id=row.message_id or row.id,
                )
                found = outbox.get(conn, WORKSPACE, row.id)
                assert found is not None
                fresh.append(found)

        self.write(round_)
        self.delivered += fresh
        return fresh

    def days(self, first: date, last: date, *clocks: str) -> list[OutboxRow]:
        """Ticks on each day at the given times; returns what was delivered on the way."""
        found: list[OutboxRow] = []
        day = first
        while day <= last:
            for clock in clocks or ("00:10", "09:30", "10:00", "10:01"):
                found += self.at(day, clock).tick()
            day += timedelta(days=1)
        return found

    def settle(self, **changes: Any) -> None:
        """Changes the workspace's settings, as the form would."""

        def go(conn: Connection) -> None:
            found = workspaces.get(conn, WORKSPACE)
            assert found is not None
            workspaces.save_settings(conn, WORKSPACE, found.settings.model_copy(update=changes))
            workspaces.set_digest_at(conn, WORKSPACE, None)

        self.write(go)

    def workspace(self) -> Workspace:
        found = self.database.read_now(lambda conn: workspaces.get(conn, WORKSPACE))
        assert found is not None
        return found

    def rows(self, kind: str = "") -> list[OutboxRow]:
        """The whole outbox, oldest first."""
        found = self.database.read_now(lambda conn: outbox.history(conn, WORKSPACE, limit=10_000))
        return [row for row in reversed(found) if not kind or row.kind == kind]

    def does(self, who: Person, command: Any, *, message_id: str = "", channel: str = "") -> incoming.Reply:
        """One request of somebody's."""
        self.requests += 1
        asked = incoming.Incoming(
            actor=who.addresses[0],
            command=command,
            key=f"request-{self.requests}",
            place=chat.Place(
                platform=Platform.SLACK, workspace="T1", channel=channel, user=who.addresses[0].user
            ),
            message_id=message_id,
        )
        reply: incoming.Reply = self.write(lambda conn: dispatch._handle(conn, asked, self.now, ""))
        return reply


def office(
    folder: Path,
    *some: Pilot,
    start: date = MONDAY,
    words: Mapping[str, Sequence[Entry]] | None = None,
    crew: Sequence[Person] = (ALICE, SAM, ADA, DORA, CHARLIE),
    **settings: Any,
) -> Office:
    """A workspace in Berlin since four weeks, live; Ada is its admin, the digest goes to a channel."""
    database = migrated(folder / "office.db")
    require_workspace(*database.engines)
    return furnished(database, folder / "office.db", *some, start=start, words=words, crew=crew, **settings)


def furnished(
    database: Database,
    path: Path,
    *some: Pilot,
    start: date = MONDAY,
    words: Mapping[str, Sequence[Entry]] | None = None,
    crew: Sequence[Person] = (ALICE, SAM, ADA, DORA, CHARLIE),
    **settings: Any,
) -> Office:
    """The same in an empty database that is there already."""
    now = BERLIN.at(start, time(0, 5))
    given = {
        "zone": "Europe/Berlin",
        "digest_platform": "slack",
        "digest_external": "T1",
        "digest_channel": "C1",
        **settings,
    }

    def furnish(conn: Connection) -> None:
        created = now - timedelta(days=28)
        workspaces.add(
            conn,
            Workspace(id=WORKSPACE, name="Acme", settings=Settings(**given), created_at=created),
        )
        workspaces.install(
            conn,
            workspaces.Installation(
                workspace_id=WORKSPACE, platform=Platform.SLACK, external_id="T1", installed_at=created
            ),
        )
        people.add_many(conn, WORKSPACE, list(crew), created)
        people.set_role(conn, WORKSPACE, "ada", "admin", has=True)
        for one in some:
            origin = pilots.Origin(created_by="alice", created_at=created, source="slack")
            pilots.add(conn, WORKSPACE, one, origin, next_look_at=now)
            for entry in (words or {}).get(one.id, ()):
                seq = record.append_entry(conn, WORKSPACE, one.id, entry, created, "slack")
                if entry.value is not None:
                    record.append_reading(
                        conn,
                        WORKSPACE,
                        one.id,
                        Reading(on=entry.on, value=entry.value),
                        author="alice",
                        entry_seq=seq,
                    )

    database.write_now(furnish)
    return Office(database=database, now=now, path=path)


def told(row: OutboxRow) -> str:
    """A message as its reader sees it."""
    return text_of(load(row.content))


def message(row: OutboxRow) -> Message:
    return load(row.content)


def of(rows: Sequence[OutboxRow], who: str, kind: str = "") -> list[OutboxRow]:
    return [row for row in rows if row.person_id == who and (not kind or row.kind == kind)]


__all__ = [
    "ADA",
    "ALICE",
    "BERLIN",
    "CHARLIE",
    "DORA",
    "MONDAY",
    "SAM",
    "UTC",
    "WORKSPACE",
    "Office",
    "message",
    "of",
    "office",
    "pilot",
    "replace",
    "somebody",
    "told",
    "word",
]
