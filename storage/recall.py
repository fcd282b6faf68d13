"""What was read before, until something it was read from is written: an answer asked for again needs no second reading.

Each answer knows the tables that its statements named; whatever is written there, by whomever, ends it. Of our own transactions we know
what they wrote. That nobody else committed since, the engine itself says: SQLite by a number, PostgreSQL by its snapshot, which
holds every transaction there was (`storage.snapshots`). Nothing read from a table that this transaction has written is kept, so a
rollback leaves nothing behind. Where we only read, everything is read anew.

On PostgreSQL an answer is as old as the first one remembered in the same transaction: what is decided under a lock is read, not recalled.
"""

import re
from collections.abc import Callable, Hashable
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, event

from storage.snapshots import Known, Snapshot
from storage.tables import METADATA

T = TypeVar("T")

#: Answers kept by one connection.
_MOST = 2_000
_NOTHING: Any = object()
#: Stands for every table, where we do not know which.
_EVERY = frozenset(METADATA.tables)
_WORD = re.compile(r"\w+")
_WRITES = re.compile(
    r'\b(?:INSERT\s+INTO|DELETE\s+FROM|UPDATE\s+"?\w+"?\s+(?:AS\s+\w+\s+)?SET)\b', re.IGNORECASE
)
_HARMLESS = ("BEGIN", "PRAGMA", "SELECT", "WITH", "SAVEPOINT", "RELEASE", "ROLLBACK")


class _Kept:
    """What one connection has read."""

    def __init__(self, known: Known | None) -> None:
        #: (workspace, key) → the answer, and the tables it was read from.
        self.answers: dict[Hashable, tuple[Any, frozenset[str]]] = {}
        #: The tables that the transaction under way has written.
        self.written: set[str] = set()
        #: The tables read so far by each answer that is being made; one may need another.
        self.making: list[set[str]] = []
        #: SQLite's number of what others have committed.
        self.others = -1
        #: PostgreSQL: what all connections know of transactions, what was visible when last asked, whether this one has asked.
        self.known = known
        self.snapshot: Snapshot | None = None
        self.asked = True

    def forget(self, tables: frozenset[str] | set[str]) -> None:
        """Ends every answer that was read from one of these."""
        if tables >= _EVERY:
            self.answers.clear()
            return
        for key in [key for key, (_, of) in self.answers.items() if not of.isdisjoint(tables)]:
            del self.answers[key]


def recall(conn: Connection, workspace_id: str, key: tuple[Hashable, ...], read: Callable[[], T]) -> T:
    """What `read` answered under this key before, where nothing of it was written since; else what it answers now.

    Args:
        conn: a transaction.
        workspace_id: whose answer it is; empty: the question is whose.
        key: everything that the answer depends on beside the database: the question, its parameters, the day.
        read: asks the database, and may recall other answers; what it answers is never changed by whoever gets it.

    """
    kept: _Kept | None = conn.info.get("kept")
    if kept is None or (kept.known is not None and conn.get_execution_options().get("postgresql_readonly")):
        return read()
    if not kept.asked:
        _ask(conn, kept)
    answer, tables = kept.answers.get((workspace_id, key), (_NOTHING, frozenset()))
    if answer is _NOTHING:
        kept.making.append(set())
        try:
            answer = read()
        finally:
            tables = frozenset(kept.making.pop())
        if kept.written.isdisjoint(tables):
            if len(kept.answers) >= _MOST:
                kept.answers.clear()
            kept.answers[workspace_id, key] = answer, tables
    if kept.making:
        kept.making[-1].update(tables)
    found: T = answer
    return found


def _ask(conn: Connection, kept: _Kept) -> None:
    """Ends what others have written since this connection asked last (PostgreSQL)."""
    assert kept.known is not None
    now = Snapshot.parse(str(conn.exec_driver_sql("SELECT pg_current_snapshot()").scalar_one()))
    kept.forget(_EVERY if kept.snapshot is None else kept.known.written_between(kept.snapshot, now))
    kept.snapshot, kept.asked = now, True


def watch(engine: Engine) -> None:
    """Lets the connections of an engine that writes keep what they read."""
    known = Known(_EVERY) if engine.dialect.name == "postgresql" else None

    @event.listens_for(engine, "connect")
    def connected(_: Any, record: Any) -> None:
        record.info["kept"] = _Kept(known)

    @event.listens_for(engine, "begin")
    def begun(conn: Connection) -> None:
        kept: _Kept = conn.info["kept"]
        kept.written.clear()
        kept.making.clear()
        if kept.known is not None:
            kept.asked = False  # asked for by the first answer: most transactions recall nothing
            return
        raw: Any = conn.connection.driver_connection
        (others,) = raw.execute("PRAGMA data_version").fetchone()
        if others != kept.others:
            kept.answers.clear()
            kept.others = others

    @event.listens_for(engine, "before_cursor_execute")
    def executing(conn: Connection, _: Any, statement: str, *rest: Any) -> None:
        kept: _Kept = conn.info["kept"]
        compiled = getattr(rest[1], "compiled", None)
        # The text before its lists are filled in, which is the same each time.
        tables, writes = _named(statement if compiled is None else str(compiled))
        if writes:
            kept.written |= tables
            kept.forget(tables)
        elif kept.making:
            kept.making[-1] |= tables

    if known is not None:

        @event.listens_for(engine, "commit")
        def committing(conn: Connection) -> None:
            kept: _Kept = conn.info["kept"]
            if not kept.asked or not kept.written:
                return
            number = conn.exec_driver_sql("SELECT pg_current_xact_id_if_assigned()::text").scalar_one()
            if number is not None:
                known.add(int(number), frozenset(kept.written))


@lru_cache(maxsize=4_096)
def _named(statement: str) -> tuple[frozenset[str], bool]:
    """The tables of ours that a statement names, and whether it writes; one of unknown meaning writes to all."""
    writes = _WRITES.search(statement) is not None
    if not writes and not statement.lstrip().upper().startswith(_HARMLESS):
        return _EVERY, True
    named = _EVERY.intersection(_WORD.findall(statement))
    return (named or _EVERY, True) if writes else (named, False)
