"""The engine. One transaction is one function over a Connection, run on one thread.

SQLite has one dedicated writer thread, so that our own writes queue up here and never meet a locked file, and a
few readers that see a snapshot (WAL). PostgreSQL has a pool of both.
"""

import asyncio
import random
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, StaticPool, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    OperationalError,
    ProgrammingError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout

from storage import migrations, recall

#: `Connection` is what every function of the memory takes; `SQLAlchemyError` is what it may raise.
__all__ = ["Connection", "Database", "SQLAlchemyError", "is_refused", "normalised"]

T = TypeVar("T")

#: How long SQLite itself waits for a foreign writer, and how often a transaction is tried: half a minute in all.
BUSY_MILLISECONDS = 5_000
ATTEMPTS = 6
#: The writers and readers of one process on PostgreSQL.
WRITERS, READERS = 8, 4
#: How long a server that takes no connections is waited for, in seconds: a restart takes one or two.
CONNECTING = 8.0
#: A connection that is cut without a word is noticed within some twenty seconds, not after the system's quarter of an hour.
_CONNECTING = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
#: What the server is told when we connect: else it keeps the locks of a replica that was cut off, the turn to claim among
#: them, for two hours. One that stands still in the middle of a transaction, its host asleep, loses it after two minutes.
_TOLD = {
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "3",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "15000",
    "idle_in_transaction_session_timeout": "120000",
}
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
        if self.url.get_backend_name() == "sqlite":
            self.writing = _sqlite(self.url, size=1)
            recall.watch(self.writing)
            in_memory = self.url.database in (None, "", ":memory:")
            self.reading = self.writing if in_memory else _sqlite(self.url, size=READERS, query_only=True)
            self._writers = ThreadPoolExecutor(1, "storage-write")
            self._readers = self._writers if in_memory else ThreadPoolExecutor(READERS, "storage-read")
        else:
            self.writing = self.reading = create_engine(
                self.url,
                pool_size=WRITERS + READERS,
                max_overflow=0,
                pool_pre_ping=True,
                connect_args=_CONNECTING,
            )
            recall.watch(self.writing)
            event.listen(self.writing, "connect", _tell)
            self._writers = ThreadPoolExecutor(WRITERS, "storage-write")
            self._readers = ThreadPoolExecutor(READERS, "storage-read")
        #: When a write last failed for want of disk or server, by the steady clock, and why.
        self._failed: tuple[float, str] | None = None

    @property
    def engines(self) -> tuple[Engine, ...]:
        """Every engine in use, each once."""
        return (self.writing,) if self.writing is self.reading else (self.writing, self.reading)

    async def read(self, fn: Callable[[Connection], T]) -> T:
        """Runs a function in one read-only transaction: all of it sees one state of the database."""
        return await asyncio.wrap_future(self._read(fn))

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
        return await asyncio.wrap_future(self._write(fn, durable=durable))

    def written(self, fn: Callable[[Connection], T]) -> Future[T]:
        """`write` for what must come to its end whoever stops waiting for it: it runs before `close` returns."""
        return self._write(fn, durable=False)

    def read_now(self, fn: Callable[[Connection], T]) -> T:
        """`read` for the command line: blocks."""
        return self._read(fn).result()

    def write_now(self, fn: Callable[[Connection], T], *, durable: bool = False) -> T:
        """`write` for the command line: blocks."""
        return self._write(fn, durable=durable).result()

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
        self._writers.shutdown()
        self._readers.shutdown()
        for engine in self.engines:
            engine.dispose()

    def _read(self, fn: Callable[[Connection], T]) -> Future[T]:
        options: dict[str, Any] = {}
        if self.reading.dialect.name == "postgresql":
            options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        return self._readers.submit(copy_context().run, _run, self.reading, fn, options)

    def _write(self, fn: Callable[[Connection], T], *, durable: bool) -> Future[T]:
        options = {"begin": "BEGIN IMMEDIATE", "durable": durable}
        return self._writers.submit(copy_context().run, self._written, fn, options)

    def _written(self, fn: Callable[[Connection], T], options: dict[str, Any]) -> T:
        try:
            return _run(self.writing, fn, options)
        except OperationalError as error:
            self._failed = time.monotonic(), str(error.orig).strip().partition("\n")[0][:120]
            raise


def is_refused(error: Exception) -> bool:
    """Whether the statement or its values are at fault: the same would fail again, whatever the server does."""
    if isinstance(error, DBAPIError):
        return isinstance(error, DataError | IntegrityError | ProgrammingError)
    return not isinstance(error, PoolTimeout)


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


def _tell(raw: Any, _: Any) -> None:
    """Tells PostgreSQL how long it shall wait for us."""
    raw.autocommit = True
    told = ", ".join(f"set_config('{name}', '{value}', false)" for name, value in _TOLD.items())
    raw.execute(f"SELECT {told}")
    raw.autocommit = False


def _run(engine: Engine, fn: Callable[[Connection], T], options: dict[str, Any]) -> T:
    until = time.monotonic() + CONNECTING
    attempt = 0
    while True:
        attempt += 1
        connected = committing = False
        try:
            with engine.connect() as conn:
                connected = True
                conn = conn.execution_options(**options)  # noqa: PLW2901 - the same connection
                transaction = conn.begin()
                try:
                    result = fn(conn)
                    committing = True
                    transaction.commit()
                except BaseException:
                    transaction.rollback()
                    raise
                return result
        except DBAPIError as error:
            away = (
                not connected and engine.dialect.name == "postgresql" and isinstance(error, OperationalError)
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


def _sqlite(url: URL, *, size: int, query_only: bool = False) -> Engine:
    arguments = {"check_same_thread": False, "timeout": BUSY_MILLISECONDS / 1000}
    if url.database in (None, "", ":memory:"):
        engine = create_engine(url, poolclass=StaticPool, connect_args=arguments)
    else:
        engine = create_engine(url, pool_size=size, max_overflow=0, connect_args=arguments)

    @event.listens_for(engine, "connect")
    def connected(raw: sqlite3.Connection, record: Any) -> None:
        raw.isolation_level = None  # we say BEGIN ourselves
        _switch_to_wal(raw)
        raw.execute("PRAGMA synchronous=NORMAL")
        # What is erased is overwritten in the file: some builds of SQLite do so by themselves, others only when told.
        raw.execute("PRAGMA secure_delete=ON")
        if query_only:
            raw.execute("PRAGMA query_only=ON")
        record.info["synchronous"] = "NORMAL"

    @event.listens_for(engine, "begin")
    def begun(conn: Connection) -> None:
        options = conn.get_execution_options()
        wanted = "FULL" if options.get("durable") else "NORMAL"
        if conn.info["synchronous"] != wanted:
            conn.exec_driver_sql(f"PRAGMA synchronous={wanted}")  # nothing inside a transaction changes it
            conn.info["synchronous"] = wanted
        conn.exec_driver_sql(options.get("begin", "BEGIN"))

    return engine


def _switch_to_wal(raw: sqlite3.Connection) -> None:
    """Switches the file to WAL, once for its life; two processes that do so at once do not wait for each other."""
    for attempt in range(ATTEMPTS):
        try:
            if raw.execute("PRAGMA journal_mode").fetchone()[0] not in ("wal", "memory"):
                raw.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            if attempt == ATTEMPTS - 1:
                raise
            time.sleep(0.05 * 2**attempt)
