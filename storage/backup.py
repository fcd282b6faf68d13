"""A copy of the whole database while the program runs, and a copy put back where nothing is yet.

SQLite copies itself into one file (`VACUUM INTO`: one moment of the database, writers go on). PostgreSQL has its own
programs for it, `pg_dump` and `pg_restore`; they must be installed beside us. A copy appears under its name only when it
is whole, readable by its owner alone.
"""

import os
import shutil
import sqlite3
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, inspect
from sqlalchemy.engine import URL

from bot.domain.faults import SetupError, fault
from storage.database import Database, normalised

#: How much is done, from 0 to 1.
Progress = Callable[[float], None]

_SQLITE, _POSTGRES = b"SQLite format 3\0", b"PGDMP"
#: How often a growing file is measured, in seconds.
_GLANCE = 0.2


class BackupError(SetupError):
    """Why there is no copy, or nothing was put back; nothing was changed."""

    def __init__(self, code: str, **given: object) -> None:
        super().__init__(fault(code, **given))


def save(address: str, to: Path, progress: Progress) -> int:
    """Copies the database of an address into a file that is not there yet; returns the file's size in bytes.

    Raises:
        BackupError: there is no database, no room, or no program to copy it.

    """
    url = normalised(address)
    _free(to)
    partial = to.with_name(f"{to.name}.partial")
    _new(partial)
    try:
        (_save_sqlite if url.get_backend_name() == "sqlite" else _save_postgres)(url, partial, progress)
        _settle(partial)
        os.link(partial, to)  # unlike a rename, it never overwrites
    except OSError as error:
        raise BackupError("PL-104", path=to, reason=error.strerror) from error
    finally:
        partial.unlink(missing_ok=True)
    return to.stat().st_size


def could_save(address: str, to: Path) -> int:
    """About how many bytes `save` would write.

    Raises:
        BackupError: why it would not.

    """
    url = normalised(address)
    _free(to)
    if url.get_backend_name() == "sqlite":
        path = _file(url)
        if not path.is_file():
            raise BackupError("PL-116", path=path)
        return path.stat().st_size
    _program("pg_dump")
    database = Database(address)
    try:
        return database.read_now(_size)
    finally:
        database.close()


def _size(conn: Connection) -> int:
    return int(conn.exec_driver_sql("SELECT pg_database_size(current_database())").scalar_one())


def _free(to: Path) -> None:
    if to.exists():
        raise BackupError("PL-110", path=to)
    if not to.parent.is_dir():
        raise BackupError("PL-111", path=to.parent)


def could_put_back(address: str, source: Path) -> int:
    """How many bytes `put_back` would read.

    Raises:
        BackupError: why it would not.

    """
    url = normalised(address)
    sqlite = url.get_backend_name() == "sqlite"
    _of_engine(source, sqlite=sqlite)
    if sqlite:
        _empty(_file(url))
        _whole(source)
    else:
        _program("pg_restore")
        database = Database(address)
        try:
            _nothing_in(database, url)
        finally:
            database.close()
    return source.stat().st_size


def put_back(address: str, source: Path, mend: Callable[[Database], None], progress: Progress) -> None:
    """Puts a copy into the database of an address, which must be empty.

    Args:
        address: where to.
        source: the copy.
        mend: what must be done to it before anybody may use it; on SQLite nobody can until it is done.
        progress: told how much is done.

    Raises:
        BackupError: it is no copy of ours, of the other engine, or there is something already.

    """
    url = normalised(address)
    sqlite = url.get_backend_name() == "sqlite"
    _of_engine(source, sqlite=sqlite)
    if sqlite:
        _put_back_sqlite(url, source, mend, progress)
    else:
        _put_back_postgres(address, url, source, mend)


def _mend(database: Database, mend: Callable[[Database], None]) -> None:
    from alembic.util import CommandError

    try:
        mend(database)
    except CommandError as error:
        raise BackupError("PL-125") from error


def _new(path: Path) -> None:
    """An empty file that only its owner can read."""
    path.unlink(missing_ok=True)
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError as error:
        raise BackupError("PL-104", path=path, reason=error.strerror) from error


def _settle(path: Path) -> None:
    """Lets a file reach the disk."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _of_engine(source: Path, *, sqlite: bool) -> None:
    try:
        with source.open("rb") as file:
            head = file.read(len(_SQLITE))
    except OSError as error:
        raise BackupError("PL-112", path=source, reason=error.strerror) from error
    ours, other = (_SQLITE, _POSTGRES) if sqlite else (_POSTGRES, _SQLITE)
    if head.startswith(other):
        raise BackupError("PL-113", path=source, found="PostgreSQL" if sqlite else "SQLite")
    if not head.startswith(ours):
        raise BackupError("PL-114", path=source)


# SQLite.


def _file(url: URL) -> Path:
    if url.database in (None, "", ":memory:"):
        raise BackupError("PL-115")
    return Path(str(url.database))


def _save_sqlite(url: URL, partial: Path, progress: Progress) -> None:
    path = _file(url)
    if not path.is_file():
        raise BackupError("PL-116", path=path)
    partial.unlink()
    mask = os.umask(0o077)  # SQLite makes the file itself
    try:
        conn = sqlite3.connect(path, timeout=30)
        try:
            total = (
                conn.execute("PRAGMA page_count").fetchone()[0]
                * conn.execute("PRAGMA page_size").fetchone()[0]
            )
            with _Watched(partial, total, progress):
                conn.execute("VACUUM INTO ?", (str(partial),))
        finally:
            conn.close()
    except sqlite3.Error as error:
        raise BackupError("PL-117", reason=error) from error
    finally:
        os.umask(mask)
    _whole(partial)
    progress(1.0)


class _Watched:
    """While a file grows on another thread's work, tells how much of it is there."""

    def __init__(self, path: Path, total: int, progress: Progress) -> None:
        self._path, self._total, self._progress = path, max(total, 1), progress
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(_GLANCE):
            size = self._path.stat().st_size if self._path.exists() else 0
            self._progress(min(0.99, size / self._total))


def _whole(path: Path) -> None:
    """Reads every page and checks that they fit together.

    Raises:
        BackupError: they do not.

    """
    conn = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        answer = conn.execute("PRAGMA integrity_check(1)").fetchone()[0]
        tables = {row[0] for row in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except sqlite3.Error as error:
        answer, tables = str(error), set[str]()
    finally:
        conn.close()
    if answer != "ok":
        raise BackupError("PL-118", path=path, reason=answer)
    if not {"workspaces", "alembic_version"} <= tables:
        raise BackupError("PL-119", path=path)


def _put_back_sqlite(url: URL, source: Path, mend: Callable[[Database], None], progress: Progress) -> None:
    path = _file(url)
    _empty(path)
    _whole(source)
    partial = path.with_name(f"{path.name}.partial")
    _new(partial)
    try:
        _copy(source, partial, progress)
        database = Database(str(url.set(database=str(partial))))
        try:
            _mend(database, mend)
        finally:
            database.close()
        _settle(partial)
        partial.replace(path)
    except OSError as error:
        raise BackupError("PL-104", path=path, reason=error.strerror) from error
    finally:
        for tail in ("", "-wal", "-shm"):
            partial.with_name(f"{partial.name}{tail}").unlink(missing_ok=True)


def _empty(path: Path) -> None:
    if path.exists() and _tables_of(path):
        raise BackupError("PL-120", path=path)
    left = [
        one for one in (path.with_name(f"{path.name}{tail}") for tail in ("-wal", "-shm")) if one.exists()
    ]
    if left and not path.exists():
        raise BackupError("PL-121", path=left[0])


def _tables_of(path: Path) -> list[str]:
    try:
        conn = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            return [row[0] for row in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        finally:
            conn.close()
    except sqlite3.Error as error:
        raise BackupError("PL-112", path=path, reason=error) from error


def _copy(source: Path, to: Path, progress: Progress) -> None:
    size, done = max(source.stat().st_size, 1), 0
    with source.open("rb") as read, to.open("wb") as write:
        while chunk := read.read(1 << 20):
            write.write(chunk)
            done += len(chunk)
            progress(done / size)


# PostgreSQL.


def _save_postgres(url: URL, partial: Path, progress: Progress) -> None:
    _run("pg_dump", url, "--format=custom", "--no-owner", "--no-privileges", f"--file={partial}")
    progress(1.0)


def _put_back_postgres(address: str, url: URL, source: Path, mend: Callable[[Database], None]) -> None:
    database = Database(address)
    try:
        _nothing_in(database, url)
        _run(
            "pg_restore",
            url,
            "--no-owner",
            "--no-privileges",
            "--exit-on-error",
            "--single-transaction",
            str(source),
        )
        _mend(database, mend)
    finally:
        database.close()


def _nothing_in(database: Database, url: URL) -> None:
    if database.read_now(_anything):
        raise BackupError("PL-122", name=url.database)


def _anything(conn: Connection) -> bool:
    return bool(inspect(conn).get_table_names())


def _program(name: str) -> None:
    if shutil.which(name) is None:
        raise BackupError("PL-123", program=name)


def _run(program: str, url: URL, *arguments: str) -> None:
    """Runs one of PostgreSQL's programs; the password goes by the environment, which no other user can list."""
    _program(program)
    environment = {**os.environ, **({"PGPASSWORD": str(url.password)} if url.password else {})}
    where = url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    done = subprocess.run(  # noqa: S603 - one of two programs, with arguments of ours
        [program, "--no-password", f"--dbname={where}", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"]
        said = next((line for line in lines if "error" in line.lower()), lines[-1])
        raise BackupError("PL-124", program=program, said=said.partition("error:")[2].strip() or said)
