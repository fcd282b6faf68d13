"""What was read before, until something it was read from is written: an answer asked for again needs no second reading.

Each answer knows the tables that its statements named; whatever is written there, by whomever, ends it. What was written since, the engine's
witness says when a transaction begins (`storage.snapshots`). What is read from a table that this very transaction has written is not kept, so
a rollback leaves nothing behind. All connections that write share one memory; where we only read, everything is read anew.

On PostgreSQL an answer may be as old as the beginning of the transaction: what is decided under a lock is read, not recalled.
"""

import re
import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, Engine, event

from storage.engines import BEGAN
from storage.snapshots import ManyWriters, OneWriter, Tables, Witness
from storage.tables import METADATA

T = TypeVar("T")

#: Answers kept at once.
_MOST = 2_000
#: Stands for every table, where we do not know which.
_EVERY: Tables = frozenset(METADATA.tables)
_WORD = re.compile(r"\w+")
_WRITES = re.compile(
    r'\b(?:INSERT\s+INTO|DELETE\s+FROM|UPDATE\s+"?\w+"?\s+(?:AS\s+\w+\s+)?SET)\b', re.IGNORECASE
)
_HARMLESS = ("BEGIN", "PRAGMA", "SELECT", "WITH", "SAVEPOINT", "RELEASE", "ROLLBACK")


class _Answer(NamedTuple):
    said: Any
    #: What it was read from.
    tables: Tables


class _Memory:
    """What the connections of one engine have read, and when each table was last seen to be written."""

    def __init__(self, witness: Witness) -> None:
        self.witness = witness
        #: Goes up with everything that is seen to be written.
        self.count = 0
        self._written_at = dict.fromkeys(_EVERY, 0)
        self._answers: dict[Hashable, _Answer] = {}
        #: Every table that an answer was ever read from: most writes are to others.
        self._read_from: set[str] = set()
        self._lock = threading.Lock()

    def begins(self, began: Any) -> None:
        """A transaction begins: what rests on anything that has ended by then is forgotten."""
        with self._lock:
            written = self.witness.begins(began)
            if not written:
                return
            self.count += 1
            self._written_at.update(dict.fromkeys(written, self.count))
            if not written.isdisjoint(self._read_from):
                for key in [key for key, one in self._answers.items() if not one.tables.isdisjoint(written)]:
                    del self._answers[key]

    def answer(self, key: Hashable) -> _Answer | None:
        return self._answers.get(key)

    def keep(self, key: Hashable, answer: _Answer, as_of: int) -> None:
        """Unless it was overtaken since the count at which its reading began; the oldest make room."""
        with self._lock:
            if any(self._written_at[table] > as_of for table in answer.tables):
                return
            self._answers[key] = answer
            self._read_from |= answer.tables
            if len(self._answers) > _MOST:
                del self._answers[next(iter(self._answers))]


@dataclass(slots=True)
class _Here:
    """The transaction under way on one connection."""

    memory: _Memory
    #: The tables that it has written.
    written: set[str] = field(default_factory=set)
    #: The tables read so far by each answer that is being made; one may need another.
    making: list[set[str]] = field(default_factory=list)


def recall(conn: Connection, workspace_id: str, key: tuple[Hashable, ...], read: Callable[[], T]) -> T:
    """What `read` answered under this key before, where nothing of it was written since; else what it answers now.

    Args:
        conn: a transaction.
        workspace_id: whose answer it is; empty: the question is whose.
        key: everything that the answer depends on beside the database: the question, its parameters, the day.
        read: asks the database, and may recall other answers; what it answers is never changed by whoever gets it.

    """
    here: _Here | None = conn.info.get("recall")
    if here is None:
        return read()
    memory, written = here.memory, here.written
    answer = memory.answer((workspace_id, key))
    if answer is None or not written.isdisjoint(answer.tables):
        as_of = memory.count
        here.making.append(set())
        try:
            said = read()
        finally:
            tables = frozenset(here.making.pop())
        answer = _Answer(said, tables)
        if written.isdisjoint(tables):
            memory.keep((workspace_id, key), answer, as_of)
    if here.making:
        here.making[-1].update(answer.tables)
    found: T = answer.said
    return found


def wrote(conn: Connection, tables: Tables) -> None:
    """Says that a transaction writes there, where SQLAlchemy does not see it."""
    info = conn.info
    here: _Here | None = info.get("recall")
    if here is not None:
        here.written |= tables
        here.memory.witness.writes(info[BEGAN], tables)


def watch(engine: Engine) -> None:
    """Lets the connections of an engine that writes remember what they read."""
    memory = _Memory((ManyWriters if engine.dialect.name == "postgresql" else OneWriter)(_EVERY))

    @event.listens_for(engine, "connect")
    def connected(_: Any, record: Any) -> None:
        record.info["recall"] = _Here(memory)

    @event.listens_for(engine, "begin")
    def begun(conn: Connection) -> None:
        info = conn.info
        here: _Here = info["recall"]
        here.written.clear()
        here.making.clear()
        memory.begins(info[BEGAN])

    @event.listens_for(engine, "before_cursor_execute")
    def executing(conn: Connection, _: Any, statement: str, *rest: Any) -> None:
        here: _Here = conn.info["recall"]
        compiled = getattr(rest[1], "compiled", None)
        # The text before its lists are filled in, which is the same each time.
        tables, writes = _named(statement if compiled is None else str(compiled))
        if writes:
            wrote(conn, tables)
        elif here.making:
            here.making[-1] |= tables


@lru_cache(maxsize=4_096)
def _named(statement: str) -> tuple[Tables, bool]:
    """The tables of ours that a statement names, and whether it writes; one of unknown meaning writes to all."""
    writes = _WRITES.search(statement) is not None
    if not writes and not statement.lstrip().upper().startswith(_HARMLESS):
        return _EVERY, True
    named = _EVERY.intersection(_WORD.findall(statement))
    return (named or _EVERY, True) if writes else (named, False)
