"""Registries to measure on: the sample's pilots, lived through two and a half weeks, copied as often as a size asks for.

One workspace of a hundred pilots is imported and ticked day by day like any other (looks, ladders, messages, editions), so that
its rows are what the program itself leaves behind. Every further workspace is a copy of those rows, made inside the database.
"""

import csv
import io
import itertools
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import Connection, text

from bot.domain.people import Address, Platform
from bot.services import compose, digests, look
from bot.services.transfer import Files, read_in
from storage import people, workspaces
from storage.database import Database
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
#: When on a day something can happen: after midnight the looks, in the hours the messages.
_MOMENTS = (timedelta(hours=0), timedelta(hours=10), timedelta(hours=14))


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


def _sample(count: int) -> Files:
    """The sample's pilots over and over; each round has ids, names and people of its own."""
    merged = {row["pilot_id"] for row in _rows("pilots.csv") if row["end_state"] == "merged"}
    pilots: list[dict[str, str]] = []
    rounds: dict[str, int] = {}
    everyone = {row[role] for row in _rows("pilots.csv") for role in ("owner", "backup", "sponsor")} - {""}
    for number in itertools.count():
        for row in _rows("pilots.csv"):
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


def lived(database: Database) -> None:
    """The first workspace as it stands on the morning of the measured day."""
    database.migrate()
    database.write_now(_imported)
    for day in range((DAY.date() - IMPORTED.date()).days):
        for moment in _MOMENTS:
            database.write_now(partial(tick, now=IMPORTED + timedelta(days=day) + moment))


def _imported(conn: Connection) -> None:
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
    read_in(conn, FIRST, _sample(EACH), today=IMPORTED.date(), now=IMPORTED)
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
