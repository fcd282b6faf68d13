"""One transaction is one function over a Connection, run on one thread.

SQLite has one dedicated writer thread, so that our own writes queue up here and never meet a locked file, and a
few readers that see a snapshot (WAL). PostgreSQL has several of both.
"""

import random
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import TypeVar

from sqlalchemy import Connection, Engine, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    OperationalError,
    ProgrammingError,
    SQLAlchemyError,
)

from storage import engines, migrations, recall
from storage.lanes import Lane, Line

#: `Connection` is what every function of the memory takes; `SQLAlchemyError` is what it may raise.
__all__ = ["Connection", "Database", "SQLAlchemyError", "is_refused", "normalised"]

T = TypeVar("T")

#: How often a transaction is tried: on SQLite, where each try waits by itself for a foreign writer, half a minute in all.
ATTEMPTS = 6
#: The writers and readers of one process on PostgreSQL; SQLite has as many readers.
WRITERS, READERS = 8, 4
#: How long a server that takes no connections is waited for, in seconds: a restart takes one or two.
CONNECTING = 8.0
#: For how long a write that failed makes us say so, in seconds.
_REMEMBERED = 30.0
#: Serialization failure, deadlock, lock not available: rolled back by the server, safe to run again.
_AGAIN = frozenset({"40001", "40P01", "55P03"})
#: A unique key is taken: where somebody else took it since we looked, a second look finds theirs. So often it is looked again.
_TAKEN, _LOOKS = "23505", 3


class Database:
    """One database of ours: SQLite or PostgreSQL, by its address.

    Args:
        url: `sqlite:///file.db`, `postgres://…` or `postgresql://…`.

    Raises:
        ValueError: the address is of neither engine.

    """

    def __init__(self, url: str) -> None:
        self.url = normalised(url)
        self.writing = engines.opened(self.url, writes=True)
        recall.watch(self.writing)
        writers = 1 if self.writing.dialect.name == "sqlite" else WRITERS
        self._writers = self._readers = Lane("storage-write", self.writing, writers)
        self.reading = self.writing
        if not engines.in_memory(self.url):
            self.reading = engines.opened(self.url, writes=False)
            self._readers = Lane("storage-read", self.reading, READERS)
        #: When a write last failed for want of disk or server, by the steady clock, and why.
        self._failed: tuple[float, str] | None = None

    @property
    def engines(self) -> tuple[Engine, ...]:
        """Every engine in use, each once."""
        return (self.writing,) if self.writing is self.reading else (self.writing, self.reading)

    async def read(self, fn: Callable[[Connection], T]) -> T:
        """Runs a function in one read-only transaction: all of it sees one state of the database."""
        return await self._readers.do(partial(_run, fn, writes=False))

    async def write(self, fn: Callable[[Connection], T], *, durable: bool = False) -> T:
        """Runs a function in one writing transaction; commits, or rolls back and raises what it raised.

        A transaction that the engine threw out (locked, serialization, deadlock, a key that another one has just
        taken, connection lost before the commit) runs again, so the function must have no effect outside its connection.

        Args:
            fn: what to do.
            durable: whether the commit must survive a power cut; on PostgreSQL it always does.

        Raises:
            sqlalchemy.exc.DBAPIError: the engine still refused after the last attempt.

        """
        return await self._writers.do(partial(self._written, fn, durable=durable))

    def written(self, fn: Callable[[Connection], T]) -> Future[T]:
        """`write` for what must come to its end whoever stops waiting for it: it runs before `close` returns."""
        return self._writers.later(partial(self._written, fn, durable=False))

    def read_now(self, fn: Callable[[Connection], T]) -> T:
        """`read` for the command line: blocks."""
        return self._readers.do_now(partial(_run, fn, writes=False))

    def write_now(self, fn: Callable[[Connection], T], *, durable: bool = False) -> T:
        """`write` for the command line: blocks."""
        return self._writers.do_now(partial(self._written, fn, durable=durable))

    def troubles(self) -> list[str]:
        """One sentence where a write failed a moment ago; a full disk is seen by nothing else."""
        if self._failed is None or time.monotonic() - self._failed[0] > _REMEMBERED:
            return []
        return [f"The database does not take writes: {self._failed[1]}."]

    def migrate(self) -> None:
        """Brings the database to the current schema; safe to start twice at once."""
        self.write_now(migrations.upgrade, durable=True)

    def close(self) -> None:
        """Waits for transactions under way, then closes every connection."""
        self._writers.close()
        self._readers.close()
        for engine in self.engines:
            engine.dispose()

    def _written(self, fn: Callable[[Connection], T], line: Line, *, durable: bool) -> T:
        try:
            return _run(fn, line, durable=durable)
        except OperationalError as error:
            self._failed = time.monotonic(), str(error.orig).strip().partition("\n")[0][:120]
            raise


def is_refused(error: Exception) -> bool:
    """Whether the statement or its values are at fault: the same would fail again, whatever the server does."""
    return not isinstance(error, DBAPIError) or isinstance(
        error, DataError | IntegrityError | ProgrammingError
    )


def normalised(url: str) -> URL:
    """The address as SQLAlchemy wants it, with our driver.

    Raises:
        ValueError: it is of neither engine, or none at all.

    """
    scheme, _, rest = url.partition("://")
    if scheme in ("postgres", "postgresql", "postgresql+psycopg"):
        return make_url(f"postgresql+psycopg://{rest}")
    if scheme == "sqlite":
        return make_url(url)
    raise ValueError(f"a database address begins with sqlite:/// or postgresql://, not with {scheme[:20]!r}")


def _run(fn: Callable[[Connection], T], line: Line, *, writes: bool = True, durable: bool = False) -> T:
    until = time.monotonic() + CONNECTING
    attempt = 0
    while True:
        attempt += 1
        connected = committing = False
        try:
            conn = line.open()
            connected = True
            conn.info[engines.DURABLE] = durable
            transaction = line.begin()
            try:
                result = fn(conn)
                committing = writes  # what only read has nothing to lose
                transaction.commit()
            except BaseException:
                line.undo(transaction)
                raise
            return result
        except DBAPIError as error:
            away = (
                not connected
                and line.engine.dialect.name == "postgresql"
                and isinstance(error, OperationalError)
            )
            if away and time.monotonic() < until:
                attempt = min(attempt, 4)
            elif getattr(error.orig, "sqlstate", None) == _TAKEN and attempt < _LOOKS:
                pass  # at worst it is taken every time, and that is what is raised
            elif away or attempt >= ATTEMPTS or not _is_transient(error, committing=committing):
                raise
        time.sleep(random.uniform(0.5, 1.0) * 0.02 * 2**attempt)  # noqa: S311 - spreads retries, hides nothing


def _is_transient(error: DBAPIError, *, committing: bool) -> bool:
    """Whether the transaction certainly had no effect and may succeed if run again."""
    if isinstance(error.orig, sqlite3.OperationalError):
        return error.orig.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
    if getattr(error.orig, "sqlstate", None) in _AGAIN:
        return True
    # A connection lost while committing leaves open whether it was committed.
    return error.connection_invalidated and not committing
