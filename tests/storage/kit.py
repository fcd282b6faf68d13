"""Builders: Alice owns, Bob backs, Dora sponsors, Charlie must not see."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, select

from bot.domain.direction import Direction, Kind
from bot.domain.metric import Metric, guardrail
from bot.domain.people import Absence, Address, Person, Platform
from bot.domain.pilot import Pilot
from bot.domain.record import Entry, Status
from bot.domain.stages import Stage
from storage import asks, asks_due, outbox, people, pilots, workspaces
from storage.outbox import OutboxRow
from storage.pilots import Origin
from storage.tables import METADATA
from storage.workspaces import Settings, Workspace

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
TODAY = date(2026, 11, 20)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
#: The workspace of most tests, and the one of somebody else.
OURS, THEIRS = "ours", "theirs"


def address(user: str, *, workspace: str = "T1", platform: Platform = Platform.SLACK) -> Address:
    return Address(platform=platform, workspace=workspace, user=user)


ALICE = Person(
    id="alice",
    name="Alice Able",
    handle="alice.able",
    email="alice@example.com",
    addresses=(address("UALICE"),),
)
BOB = Person(
    id="bob", name="Bob Baker", handle="bob.baker", zone="Europe/Berlin", addresses=(address("UBOB"),)
)
DORA = Person(
    id="dora",
    name="Dora Dent",
    handle="dora.dent",
    addresses=(address("UDORA"),),
    absences=(Absence(start=TODAY, end=TODAY + DAY, told_on=TODAY),),
)
CHARLIE = Person(id="charlie", name="Charlie Cole", addresses=(address("UCHARLIE"),), guest=True)
EVERYBODY = (ALICE, BOB, DORA, CHARLIE)


def workspace(workspace_id: str = OURS, **settings: Any) -> Workspace:
    return Workspace(
        id=workspace_id, name=workspace_id.title(), settings=Settings(**settings), created_at=NOW
    )


def metric(**changes: Any) -> Metric:
    given: dict[str, Any] = {
        "name": "first response time",
        "unit": "h",
        "direction": Direction.DECREASE,
        "kind": Kind.FROM_TO,
        "baseline": Decimal("10.0"),
        "baseline_on": TODAY - 100 * DAY,
        "target": Decimal("6.0"),
        "deadline": TODAY + 28 * DAY,
    }
    return Metric(**given | changes)


def pilot(pilot_id: str = "P01", **changes: Any) -> Pilot:
    rail = guardrail("customer satisfaction score >= 4.2")
    assert rail is not None
    given: dict[str, Any] = {
        "id": pilot_id,
        "name": f"Pilot {pilot_id}",
        "stage": Stage.TRIAL,
        "stage_since": TODAY - 50 * DAY,
        "started": TODAY - 150 * DAY,
        "owner": ALICE,
        "backup": BOB,
        "sponsor": DORA,
        "metric": metric(),
        "guardrails": (rail,),
        "links": {"repo": "https://git.example/p"},
        "cost_per_week": Decimal(2400),
    }
    return Pilot(**given | changes)


def origin(**changes: Any) -> Origin:
    given: dict[str, Any] = {"created_by": ALICE.id, "created_at": NOW, "source": "slack"}
    return Origin(**given | changes)


def entry(status: Status = Status.MOVING, **changes: Any) -> Entry:
    given: dict[str, Any] = {"on": TODAY, "author": ALICE.id, "status": status, "text": "Danish added"}
    return Entry(**given | changes)


def seed(
    conn: Connection, workspace_id: str = OURS, *some: Pilot, next_look_at: datetime | None = NOW
) -> None:
    """A workspace with everybody in it and some pilots, one by default."""
    workspaces.add(conn, workspace(workspace_id))
    people.add_many(conn, workspace_id, EVERYBODY, NOW)
    for one in some or (pilot(),):
        pilots.add(conn, workspace_id, one, origin(), next_look_at=next_look_at)


def ask(conn: Connection, workspace_id: str = OURS, **changes: Any) -> str:
    """An ask to Alice about P01; its id."""
    given: dict[str, Any] = {
        "pilot_id": "P01",
        "kind": "checkin",
        "person_id": ALICE.id,
        "role": "owner",
        "on": TODAY,
        "now": NOW,
    }
    made = asks.add(conn, workspace_id, **given | changes)
    assert made is not None
    return made


def message(conn: Connection, workspace_id: str = OURS, **changes: Any) -> OutboxRow:
    """A pending nudge to Alice."""
    given: dict[str, Any] = {
        "key": "nudge:alice:2026-11-20",
        "kind": "nudge",
        "content": "{}",
        "now": NOW,
        "person_id": ALICE.id,
        "platform": "slack",
        "external_id": "T1",
        "charged_on": TODAY,
    }
    made = outbox.add(conn, workspace_id, **given | changes)
    assert made is not None
    row = outbox.get(conn, workspace_id, made)
    assert row is not None
    return row


def dump(conn: Connection, workspace_id: str) -> dict[str, list[dict[Any, Any]]]:
    """Everything stored of one workspace, by table."""
    found = {}
    for name, table in sorted(METADATA.tables.items()):
        whose = table.c.id if name == "workspaces" else table.c.workspace_id
        rows = conn.execute(select(table).where(whose == workspace_id).order_by(*table.primary_key.columns))
        found[name] = [dict(row) for row in rows.mappings()]
    return found


def carried(conn: Connection, workspace_id: str, ask_ids: list[str], message_id: str, on: date) -> int:
    """Lets one message carry some asks."""
    return asks_due.take_into_messages(conn, workspace_id, dict.fromkeys(ask_ids, message_id), on)
