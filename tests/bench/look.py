"""``python -m tests.bench.look``: a whole look at due pilots, against raw SQL on the same rows with the rules left out.

The whole look is the program's own: claim, load with history, people, episodes and questions, judge, write. Beside it the same
driver claims the same pilots, loads the same rows workspace by workspace, and writes the rows that the look had decided on,
which are read from its database afterwards. Both start from equal databases; the best of several rounds counts. Factors compare
processor time, the server's included: on a busy machine the clock on the wall measures the neighbours.
"""

import shutil
import sqlite3
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from psycopg.types.json import set_json_loads

from bot.services import look
from storage.database import Database
from tests.bench import registry

WORKSPACES, BATCH, ROUNDS = 40, 500, 3
#: What a look loads of each pilot besides the pilot and its people.
HISTORY = ("entries", "readings", "activities", "items", "promises", "episodes", "asks")
ROLES = ("owner_id", "backup_id", "sponsor_id", "process_owner_id", "data_owner_id", "run_owner_id")
#: What a look changes in rows that were there before.
CHANGES = {
    "episodes": ("climbs_from", "rung", "rung_due_on", "closed_on", "closed_by"),
    "asks": ("state", "answer"),
    "pilots": ("next_look_at", "health"),
}
Row = tuple[Any, ...]


@dataclass(frozen=True)
class Cost:
    """Pilots, and the seconds of processor time they took: in all, and of this process."""

    pilots: int
    cpu: float
    here: float

    def __str__(self) -> str:
        each = 1000 / max(1, self.pilots)
        return f"{each * self.cpu:.3f} ms each ({each * self.here:.3f} ms of it this process)"


def timed(once: Callable[[], int]) -> Cost:
    """Calls until nothing is left to do."""
    pilots, cpu, here = 0, registry.processor(), time.process_time()
    while done := once():
        pilots += done
    return Cost(pilots, registry.processor() - cpu, time.process_time() - here)


def whole(database: Database) -> Cost:
    """The program's look, batch by batch."""
    return timed(lambda: database.write_now(partial(look.look, now=registry.DAY, limit=BATCH)))


class Raw:
    """The same database through its driver alone."""

    def __init__(self, database: Database) -> None:
        self.postgres = database.url.get_backend_name() == "postgresql"
        if self.postgres:
            address = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
            self.conn: Any = psycopg.connect(address, autocommit=True)
            set_json_loads(lambda said: said.decode() if isinstance(said, bytes) else said, self.conn)
        else:
            self.conn = sqlite3.connect(database.url.database or "", isolation_level=None)
            self.conn.execute("PRAGMA synchronous=NORMAL")
        now = registry.DAY if self.postgres else f"{registry.DAY:%Y-%m-%d %H:%M:%S.%f}"
        self.now, self.cursor = now, self.conn.cursor()

    def all(self, statement: str, values: Sequence[Any] = ()) -> list[Row]:
        self.cursor.execute(self._said(statement), values)
        return list(self.cursor.fetchall())

    def many(self, statement: str, rows: list[Row]) -> None:
        if rows:
            self.cursor.executemany(self._said(statement), rows)

    def _said(self, statement: str) -> str:
        return statement.replace("?", "%s") if self.postgres else statement

    def of_pilots(self, table: str, workspace: str, ids: list[str], column: str = "pilot_id") -> list[Row]:
        """Rows of some pilots, as the look asks for them."""
        marks = ", ".join("?" * len(ids))
        more = " AND closed_on IS NULL" if table == "episodes" else ""
        more += " AND state <> 'dropped'" if table == "asks" else ""
        return self.all(
            f"SELECT * FROM {table} WHERE workspace_id = ? AND {column} IN ({marks}){more}", [workspace, *ids]
        )

    def names(self, table: str) -> list[str]:
        self.cursor.execute(f"SELECT * FROM {table} LIMIT 0")
        return [column[0] for column in self.cursor.description]


class Decided:
    """What a look decided: the rows that it added and changed, by the pilot they are about."""

    def __init__(self, before: Raw, after: Raw) -> None:
        self.new: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
        self.changed: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
        self.columns = {table: before.names(table) for table in CHANGES}
        for table, changes in CHANGES.items():
            columns = self.columns[table]
            key, about = columns.index("id"), columns.index("id" if table == "pilots" else "pilot_id")
            old = {(row[0], row[key]): row for row in before.all(f"SELECT * FROM {table}")}
            for row in after.all(f"SELECT * FROM {table}"):
                was = old.get((row[0], row[key]))
                if was is None:
                    self.new[table, row[0], row[about]].append(row)
                elif was != row:
                    values = tuple(row[columns.index(name)] for name in changes)
                    self.changed[table, row[0], row[about]].append((*values, row[0], row[key]))


def without_rules(raw: Raw, decided: Decided) -> Cost:
    """Claims, loads and writes the same, and judges nothing."""
    skip = " FOR UPDATE OF pilots SKIP LOCKED" if raw.postgres else ""
    claim = (
        # Each workspace in turn, fifty pilots at a time, as the look takes them.
        "WITH turns AS (SELECT workspace_id, id, row_number() OVER (PARTITION BY workspace_id ORDER BY next_look_at) AS turn "
        "FROM pilots WHERE next_look_at <= ?), "
        "due AS (SELECT pilots.workspace_id, pilots.id FROM turns JOIN pilots USING (workspace_id, id) ORDER BY (turn - 1) / 50, workspace_id "
        f"LIMIT {BATCH}{skip}) UPDATE pilots SET next_look_at = ? FROM due "
        "WHERE pilots.workspace_id = due.workspace_id AND pilots.id = due.id "
        f"RETURNING {'pilots.*' if raw.postgres else '*'}"
    )
    later = registry.DAY.replace(hour=23, minute=59)
    lease = later if raw.postgres else f"{later:%Y-%m-%d %H:%M:%S.%f}"
    where = {name: at for at, name in enumerate(decided.columns["pilots"])}

    def once() -> int:
        raw.cursor.execute("BEGIN" if raw.postgres else "BEGIN IMMEDIATE")
        by_workspace: dict[str, list[Row]] = defaultdict(list)
        for row in raw.all(claim, [raw.now, lease]):
            by_workspace[row[0]].append(row)
        for workspace, rows in by_workspace.items():
            ids = [row[where["id"]] for row in rows]
            raw.all("SELECT * FROM workspaces WHERE id = ?", [workspace])
            for table in HISTORY:
                raw.of_pilots(table, workspace, ids)
            named = sorted({row[where[role]] for row in rows for role in ROLES} - {None})
            raw.of_pilots("people", workspace, named, "id")
            raw.of_pilots("addresses", workspace, named, "person_id")
            raw.of_pilots("absences", workspace, named, "person_id")
            for table, changes in CHANGES.items():
                columns = decided.columns[table]
                marks = ", ".join("?" * len(columns))
                raw.many(
                    f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks}) ON CONFLICT DO NOTHING",
                    [row for pilot in ids for row in decided.new.get((table, workspace, pilot), ())],
                )
                raw.many(
                    f"UPDATE {table} SET {', '.join(f'{name} = ?' for name in changes)} WHERE workspace_id = ? AND id = ?",
                    [row for pilot in ids for row in decided.changed.get((table, workspace, pilot), ())],
                )
        raw.cursor.execute("COMMIT")
        return sum(map(len, by_workspace.values()))

    return timed(once)


def best(costs: Sequence[Cost]) -> Cost:
    return min(costs, key=lambda cost: cost.cpu)


def report(engine: str, rounds: Sequence[tuple[Cost, Cost]], rows: str) -> None:
    ours, bare = best([one for one, _ in rounds]), best([one for _, one in rounds])
    print(f"{engine}: {ours.pilots:,} due pilots, {WORKSPACES} workspaces of {registry.EACH}; {rows}")
    print(f"  whole look         {ours}")
    print(f"  rules left out     {bare}")
    print(f"  factor             {ours.cpu / bare.cpu:.2f} (aim: at most 3)")


def one_round(before: Database, ours: Database, theirs: Database) -> tuple[Cost, Cost, str]:
    """Both ways over equal databases; also says what was written."""
    cost = whole(ours)
    decided = Decided(Raw(before), Raw(ours))
    bare = without_rules(Raw(theirs), decided)
    if cost.pilots != bare.pilots:
        raise SystemExit(f"{cost.pilots} pilots against {bare.pilots}: the two do not do the same")
    new, changed = (sum(map(len, rows.values())) for rows in (decided.new, decided.changed))
    return cost, bare, f"{new:,} rows written, {changed:,} changed"


def on_sqlite(folder: Path) -> None:
    first = Database(f"sqlite:///{folder / 'first.db'}")
    registry.lived(first)
    registry.grow(first, WORKSPACES)
    first.close()
    rounds = []
    for number in range(ROUNDS):
        copies = []
        for name in ("before", "ours", "theirs"):
            path = folder / f"{name}{number}.db"
            shutil.copy(folder / "first.db", path)
            copies.append(Database(f"sqlite:///{path}"))
        cost, bare, rows = one_round(*copies)
        rounds.append((cost, bare))
        for copy in copies:
            copy.close()
    report("SQLite", rounds, rows)


def on_postgres() -> None:
    with registry.engines() as server:
        url = server.create()
        first = Database(url)
        registry.lived(first)
        registry.grow(first, WORKSPACES)
        first.close()
        rounds = []
        for _ in range(ROUNDS):
            copies = [Database(server.copy(url)) for _ in range(3)]
            cost, bare, rows = one_round(*copies)
            rounds.append((cost, bare))
            for copy in copies:
                copy.close()
        report("PostgreSQL", rounds, rows)


def main(arguments: Sequence[str]) -> None:
    """Prints the factor on both engines, or on the one that is named."""
    if arguments != ["postgres"]:
        with tempfile.TemporaryDirectory(prefix="pilotlight-bench-") as name:
            on_sqlite(Path(name))
    if arguments != ["sqlite"]:
        on_postgres()


if __name__ == "__main__":
    main(sys.argv[1:])
