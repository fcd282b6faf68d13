"""How each engine is opened, and how a transaction begins on it: we say BEGIN ourselves, SQLAlchemy and the drivers say none.

What a writing transaction is told at its beginning stands in its connection's `info` under `BEGAN`, for `storage.recall`: on SQLite the number of
what other processes have committed, on PostgreSQL what was visible and the transaction's own number. It costs no round trip of its own.
"""

import sqlite3
import time
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import psycopg
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult
from sqlalchemy import Connection, Engine, NullPool, StaticPool, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

#: How long SQLite itself waits for a foreign writer.
BUSY_MILLISECONDS = 5_000
#: So often it is tried to switch a file to WAL.
_ATTEMPTS = 6
BEGAN, DURABLE = "began", "durable"

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


def in_memory(url: URL) -> bool:
    """Whether the database lives in this process alone, on one connection."""
    return url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:")


def opened(url: URL, *, writes: bool) -> Engine:
    """One side of a database. It has no pool: each of our threads keeps its connection (`storage.lanes`)."""
    return (_sqlite if url.get_backend_name() == "sqlite" else _postgresql)(url, writes=writes)


def _sqlite(url: URL, *, writes: bool) -> Engine:
    arguments = {"check_same_thread": False, "timeout": BUSY_MILLISECONDS / 1000}
    engine = create_engine(url, poolclass=StaticPool if in_memory(url) else NullPool, connect_args=arguments)

    @event.listens_for(engine, "connect")
    def connected(raw: sqlite3.Connection, record: Any) -> None:
        raw.isolation_level = None
        _switch_to_wal(raw)
        raw.execute("PRAGMA synchronous=NORMAL")
        # What is erased is overwritten in the file: some builds of SQLite do so by themselves, others only when told.
        raw.execute("PRAGMA secure_delete=ON")
        if not writes:
            raw.execute("PRAGMA query_only=ON")
        record.info["synchronous"] = "NORMAL"

    @event.listens_for(engine, "begin")
    def begun(conn: Connection) -> None:
        raw: Any = conn.connection.driver_connection
        info = conn.info
        try:
            if not writes:
                raw.execute("BEGIN")
                return
            wanted = "FULL" if info.get(DURABLE) else "NORMAL"
            if info["synchronous"] != wanted:
                raw.execute(f"PRAGMA synchronous={wanted}")  # nothing inside a transaction changes it
                info["synchronous"] = wanted
            raw.execute("BEGIN IMMEDIATE")
            (info[BEGAN],) = raw.execute("PRAGMA data_version").fetchone()
        except sqlite3.Error as error:
            raise _wrapped(conn, "BEGIN", error) from error

    return engine


def _switch_to_wal(raw: sqlite3.Connection) -> None:
    """Switches the file to WAL, once for its life; two processes that do so at once do not wait for each other."""
    for attempt in range(_ATTEMPTS):
        try:
            if raw.execute("PRAGMA journal_mode").fetchone()[0] not in ("wal", "memory"):
                raw.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            if attempt == _ATTEMPTS - 1:
                raise
            time.sleep(0.05 * 2**attempt)


def _postgresql(url: URL, *, writes: bool) -> Engine:
    engine = create_engine(url, poolclass=NullPool, connect_args=_CONNECTING)
    begin = (
        b"BEGIN; SELECT pg_current_snapshot(), pg_current_xact_id()"
        if writes
        else b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
    )

    @event.listens_for(engine, "connect")
    def connected(raw: Any, _: Any) -> None:
        raw.autocommit = True
        told = ", ".join(f"set_config('{name}', '{value}', false)" for name, value in _TOLD.items())
        raw.execute(f"SELECT {told}")

    @event.listens_for(engine, "begin")
    def begun(conn: Connection) -> None:
        raw: Any = conn.connection.driver_connection
        answered = _checked(conn, "BEGIN", lambda: raw.pgconn.exec_(begin))
        if writes:
            conn.info[BEGAN] = _text(answered, 0), _text(answered, 1)

    @event.listens_for(engine, "commit")
    def ending(conn: Connection) -> None:
        raw: Any = conn.connection.driver_connection
        _checked(
            conn, "COMMIT", lambda: raw.pgconn.exec_(b"COMMIT")
        )  # the driver finds nothing left to commit

    return engine


def returns_a_row(conn: Connection, statement: str, values: Sequence[str]) -> bool:
    """Whether a statement answers with a row: past SQLAlchemy and the drivers' cursors, which take longer over it than the engine does.

    For what every request does. Nothing watches it: neither `storage.guard` nor, unless it is told, `storage.recall`.

    Args:
        conn: a transaction.
        statement: with a ? for each value.
        values: as the engine writes them.

    Raises:
        sqlalchemy.exc.DBAPIError: as a statement of SQLAlchemy's would.

    """
    raw: Any = conn.connection.driver_connection
    if conn.dialect.name == "sqlite":
        try:
            return raw.execute(statement, values).fetchone() is not None
        except sqlite3.Error as error:
            raise _wrapped(conn, statement, error) from error
    if any("\0" in value for value in values):
        raise _wrapped(conn, statement, psycopg.DataError("text cannot hold a NUL"))  # libpq would end there
    given = [value.encode() for value in values]
    numbered = _numbered(statement)
    return bool(_checked(conn, statement, lambda: raw.pgconn.exec_params(numbered, given)).ntuples)


@cache
def _numbered(statement: str) -> bytes:
    """With $1 for the first ?, as PostgreSQL wants it."""
    first, *rest = statement.split("?")
    return (first + "".join(f"${n}{part}" for n, part in enumerate(rest, 1))).encode()


def _checked(conn: Connection, statement: str, say: Callable[[], PGresult]) -> PGresult:
    """What PostgreSQL answers last."""
    raw: Any = conn.connection.driver_connection
    try:
        answered = say()
        if answered.status not in (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK):
            found = error_from_result(answered, encoding=raw.info.encoding)
            # What has no code was not said by the server: it has gone.
            raise found if found.sqlstate else psycopg.OperationalError(str(found))
    except psycopg.Error as error:
        lost = error.sqlstate is None or raw.closed
        raise _wrapped(conn, statement, error, lost=lost) from error
    return answered


def _wrapped(conn: Connection, statement: str, error: Exception, *, lost: bool = False) -> DBAPIError:
    """As SQLAlchemy raises it; `lost`: with the connection."""
    base = sqlite3.Error if isinstance(error, sqlite3.Error) else psycopg.Error
    made = DBAPIError.instance(
        statement, None, error, base, connection_invalidated=lost, dialect=conn.dialect
    )
    assert isinstance(made, DBAPIError)
    return made


def _text(answered: PGresult, column: int) -> str:
    return str((answered.get_value(0, column) or b"").decode())
