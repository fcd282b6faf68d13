"""A fresh database per test, on both engines; every statement must say whose rows it wants."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from storage.database import Database
from storage.guard import require_workspace
from storage.tables import METADATA
from tests.storage import postgres
from tests.storage.template import migrated_file


@pytest.fixture(scope="session")
def server() -> Iterator[postgres.Server]:
    """A PostgreSQL server; fails where there is none, and says what to do."""
    with postgres.server_or_say() as found:
        yield found


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file, to be copied."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    path.write_bytes(migrated_file())
    return path


@pytest.fixture(scope="session")
def migrated(server: postgres.Server) -> Iterator[Database]:
    """A migrated database on that server, emptied after every test: making one takes a second."""
    database = Database(server.create())
    database.migrate()
    yield database
    database.close()


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    path = tmp_path / "pilotlight.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_url(migrated: Database) -> Iterator[str]:
    yield migrated.url.render_as_string(hide_password=False)
    tables = ", ".join(METADATA.tables)
    migrated.write_now(lambda conn: conn.exec_driver_sql(f"TRUNCATE {tables}"))


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """The address of a migrated, empty database."""
    return str(request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url"))


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database nobody has migrated."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server: postgres.Server = request.getfixturevalue("server")
    url = server.create()
    yield url
    server.drop(url)


@pytest.fixture
def connect(url: str) -> Iterator[Callable[[], Database]]:
    """Opens the same database again, as another process would; closed after the test."""
    opened: list[Database] = []

    def open_again() -> Database:
        database = Database(url)
        require_workspace(*database.engines)
        opened.append(database)
        return database

    yield open_again
    for database in opened:
        database.close()


@pytest.fixture
def db(connect: Callable[[], Database]) -> Database:
    return connect()
