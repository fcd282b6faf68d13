"""Registries to measure on: the sample's pilots, lived through two and a half weeks, copied as often as a size asks for.

One workspace of a hundred pilots is imported and ticked day by day like any other (looks, ladders, messages, editions), so that
its rows are what the program itself leaves behind. Every further workspace is a copy of those rows, made inside the database.
"""

import csv
import io
import itertools
import random
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import Connection, text

from bot.domain import commands
from bot.domain.errors import UserError
from bot.domain.people import Address, Platform
from bot.messages.model import Buttons, Press, load
from bot.services import compose, digests, dispatch, look
from bot.services.chat import Place
from bot.services.incoming import Incoming
from bot.services.transfer import Files, read_in
from storage import outbox, people, workspaces
from storage.database import Database
from storage.ids import new_id
from storage.outbox import OutboxRow
from storage.settings import Settings
from storage.tables import METADATA
from storage.workspaces import Installation, Workspace
from tests.storage import postgres

DATA = Path(__file__).parents[2] / "bot" / "data"
#: Pilots of each workspace.
EACH = 100
#: The workspace that the others are copies of.
FIRST = "w0"
IMPORTED = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)
#: The Tuesday that is measured: its local midnight has just passed.
DAY = datetime(2026, 12, 7, 23, 10, tzinfo=UTC)
#: The sample's pilots that are well, or new.
_WELL = ("P01", "P04", "P14", "P19", "P22")
#: So many questions are answered on the day they were asked, where the registry is an ordinary one, and with what.
_ANSWERED = 0.8
_ANSWERS = ("answer", "pulse", "item", "back", "take_over", "promise", "run", "acknowledge")
#: When on a day something can happen: after midnight the looks, in the hours the messages.
_MOMENTS = (timedelta(hours=0), timedelta(hours=10), timedelta(hours=14))
_MOMENTS_AT_WORK = (timedelta(hours=0), timedelta(hours=5), timedelta(hours=8))


def _rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _as_csv(rows: Iterable[dict[str, str]]) -> bytes:
    out = io.StringIO(newline="")
    known = list(rows)
    writer = csv.DictWriter(out, known[0].keys())
    writer.writeheader()
    writer.writerows(known)
    return out.getvalue().encode()


def _sample(count: int, *, ordinary: bool = False) -> Files:
    """The sample's pilots over and over; each round has ids, names and people of its own.

    Args:
        count: how many pilots.
        ordinary: each round is the pilots that are well, and one of the others.

    """
    merged = {row["pilot_id"] for row in _rows("pilots.csv") if row["end_state"] == "merged"}
    pilots: list[dict[str, str]] = []
    rounds: dict[str, int] = {}
    everyone = {row[role] for row in _rows("pilots.csv") for role in ("owner", "backup", "sponsor")} - {""}
    others = [row for row in _rows("pilots.csv") if row["pilot_id"] not in _WELL]
    for number in itertools.count():
        well = [row for row in _rows("pilots.csv") if row["pilot_id"] in _WELL]
        for row in [*well, others[number % len(others)]] if ordinary else _rows("pilots.csv"):
            if row["pilot_id"] in merged or len(pilots) == count:
                continue
            own = {role: _of(number, row[role], everyone) for role in ("owner", "backup", "sponsor")}
            its = f"{row['pilot_id']}-{number}"
            rounds[its] = number
            pilots.append(
                {
                    **row,
                    **own,
                    "pilot_id": its,
                    "name": f"{row['name']} {number}",
                    "aliases": "",
                    "merged_into": "",
                }
            )
        if len(pilots) == count:
            break

    def told(name: str, who: str) -> list[dict[str, str]]:
        return [
            {**row, "pilot": its, who: _of(number, row[who], everyone)}
            for its, number in rounds.items()
            for row in _rows(name)
            if its == f"{row['pilot']}-{number}"
        ]

    return Files(
        pilots=lambda: [_as_csv(pilots)],
        updates=lambda: [_as_csv(told("updates.csv", "author"))],
        signals=lambda: [_as_csv(told("signals.csv", "actor"))],
        settings=(DATA / "settings.json").read_text(encoding="utf-8"),
    )


def _of(number: int, handle: str, everyone: set[str]) -> str:
    return f"{handle}.{number}" if handle in everyone else handle


def lived(database: Database, *, ordinary: bool = False) -> None:
    """The first workspace as it stands on the morning of the measured day.

    Args:
        database: empty.
        ordinary: most pilots are well and four in five questions are answered on the day they are asked, each by one tap;
            else it is the sample's pilots, whom nobody answers for.

    """
    database.migrate()
    database.write_now(partial(_imported, ordinary=ordinary))
    luck = random.Random(6)  # the same registry every time
    days = (DAY.date() - IMPORTED.date()).days + ordinary
    for day, moment in itertools.product(range(days), _MOMENTS_AT_WORK if ordinary else _MOMENTS):
        now = IMPORTED + timedelta(days=day) + moment
        database.write_now(partial(tick, now=now))
        for row in database.read_now(partial(_sent_at, now=now)) if ordinary else ():
            for press in _taps(row):
                if luck.random() < _ANSWERED:
                    _press(database, row, press, now)


def _sent_at(conn: Connection, now: datetime) -> list[OutboxRow]:
    return [row for row in outbox.nudges_sent(conn, FIRST, now, now + timedelta(seconds=1)) if row.person_id]


def _taps(row: OutboxRow) -> Iterator[Press]:
    """The button of each question that says: it goes on."""
    for section in load(row.content).sections:
        pressed = [
            button.press for part in section.parts if isinstance(part, Buttons) for button in part.buttons
        ]
        yield from [press for press in pressed if press.verb in _ANSWERS][:1]


def _press(database: Database, row: OutboxRow, press: Press, now: datetime) -> None:
    """A tap on a button of a message, as the platform's door would bring it."""
    whose = database.read_now(
        partial(people.addresses_of, workspace_id=FIRST, person_ids=[row.person_id or ""])
    )
    [reach] = whose[row.person_id or ""]
    place = Place(platform=Platform.SLACK, workspace="T0", channel=reach.channel, user=reach.address.user)
    command = commands.Pressed(verb=press.verb, args=press.args)
    said = Incoming(
        actor=reach.address, command=command, key=new_id(), place=place, message_id=row.message_id
    )
    with suppress(UserError):  # settled by an answer that came before
        database.write_now(lambda conn: dispatch._handle(conn, said, now, ""))


def _imported(conn: Connection, *, ordinary: bool) -> None:
    workspaces.add(conn, Workspace(id=FIRST, name="The first", settings=Settings(), created_at=IMPORTED))
    workspaces.install(
        conn,
        Installation(
            workspace_id=FIRST,
            platform=Platform.SLACK,
            external_id="T0",
            bot_user="U0",
            installed_at=IMPORTED,
        ),
    )
    read_in(conn, FIRST, _sample(EACH, ordinary=ordinary), today=IMPORTED.date(), now=IMPORTED)
    for number, person_id in enumerate(people.all_of(conn, FIRST)):
        here = Address(platform=Platform.SLACK, workspace="T0", user=f"U{number}")
        people.add_address(conn, FIRST, person_id, here, IMPORTED, channel=f"D0-{number}")


def tick(conn: Connection, now: datetime) -> None:
    """All that is due, with every message taken for delivered."""
    for _ in range(2):
        while look.look(conn, now, limit=500):
            pass
        look.admit(conn, now)
    digests.digests(conn, now)
    compose.compose(conn, now)
    conn.execute(
        text("UPDATE outbox SET state = 'sent', sent_at = :now, message_id = id WHERE state = 'pending'"),
        {"now": now if conn.dialect.name == "postgresql" else f"{now:%Y-%m-%d %H:%M:%S.%f}"},
    )


def copied(conn: Connection, first: int, last: int) -> None:
    """Copies the first workspace as numbers `first` to `last`, in the database itself."""
    for table in METADATA.sorted_tables:
        whose = "id" if table.name == "workspaces" else "workspace_id"
        said = ", ".join(f'"{column.name}"' for column in table.columns)
        columns = ", ".join(_copy(column.name, whose) for column in table.columns)
        conn.execute(
            text(
                "WITH RECURSIVE numbers(n) AS (SELECT CAST(:first AS INTEGER) UNION ALL SELECT n + 1 FROM numbers WHERE n < :last) "
                f'INSERT INTO "{table.name}" ({said}) SELECT {columns} FROM numbers CROSS JOIN "{table.name}" '
                f'WHERE "{whose}" = :whose'
            ),
            {"first": first, "last": last, "whose": FIRST},
        )


def _copy(column: str, whose: str) -> str:
    if column == whose:
        return "'w' || n"
    if column == "external_id":
        return "'T' || n"
    if column == "channel":
        return "CASE WHEN channel LIKE 'D0-%' THEN 'D' || n || substr(channel, 3) ELSE channel END"
    return f'"{column}"'


def grow(database: Database, count: int, *, step: int = 250) -> None:
    """Brings a registry of one workspace to `count` workspaces, and lets the engine know its new size."""
    for first in range(1, count, step):
        database.write_now(partial(copied, first=first, last=min(first + step, count) - 1))
    analyse(database)


def analyse(database: Database) -> None:
    """What any running server does by itself, done at once."""
    with database.writing.connect() as conn:
        raw: Any = conn.connection.driver_connection  # no transaction has begun on it
        raw.execute("VACUUM ANALYZE" if conn.dialect.name == "postgresql" else "ANALYZE")


def said(conn: Connection, statement: str, **values: Any) -> Any:
    """One value."""
    return conn.execute(text(statement), values).scalar()


@contextmanager
def engines() -> Iterator[postgres.Server]:
    """A PostgreSQL server with room for large fills."""
    with postgres.server() as server:
        server._do("ALTER SYSTEM SET max_wal_size = '8GB'")
        server._do("ALTER SYSTEM SET work_mem = '16MB'")
        server._do("SELECT pg_reload_conf()")
        yield server


def slim(conn: Connection) -> None:
    """Leaves a handful of rows per pilot, so that a million pilots fit: the newest four entries and two readings, what is open."""
    for table, keep in (("entries", 4), ("readings", 2), ("activities", 0)):
        newest = f"SELECT count(*) FROM {table} AS later WHERE later.pilot_id = {table}.pilot_id AND later.seq > {table}.seq"
        conn.execute(text(f"DELETE FROM {table} WHERE ({newest}) >= {keep}"))
    conn.execute(text("DELETE FROM episodes WHERE closed_on IS NOT NULL"))
    conn.execute(text("DELETE FROM outbox"))


def fill(database: Database, count: int) -> None:
    """`grow` for large sizes on PostgreSQL: without indexes and write-ahead log while it fills; the indexes are made at the end."""
    tables = [table for table in METADATA.sorted_tables if table.name != "audit"]
    with database.writing.begin() as conn:
        for table in tables:
            conn.exec_driver_sql(f'ALTER TABLE "{table.name}" SET UNLOGGED')
            conn.exec_driver_sql(f'ALTER TABLE "{table.name}" DROP CONSTRAINT "pk_{table.name}"')
            for index in table.indexes:
                conn.exec_driver_sql(f'DROP INDEX "{index.name}"')
        # The copies are found by their number: the one index that the filling needs is a short table.
        copied(conn, 1, count - 1)
        for table in tables:
            key = ", ".join(f'"{column.name}"' for column in table.primary_key)
            conn.exec_driver_sql(
                f'ALTER TABLE "{table.name}" ADD CONSTRAINT "pk_{table.name}" PRIMARY KEY ({key})'
            )
            for index in table.indexes:
                index.create(conn)
    analyse(database)


def processor() -> float:
    """Seconds of processor time of this process and of every one it started, the database's included."""
    total = time.process_time()
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            used = process.cpu_times()
            total += used.user + used.system + used.children_user + used.children_system
    return total
