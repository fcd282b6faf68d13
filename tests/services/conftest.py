"""A migrated PostgreSQL, for what two replicas do beside each other."""

from collections.abc import Iterator

import pytest

from storage.database import Database
from tests.storage import postgres


@pytest.fixture(scope="session")
def server() -> Iterator[postgres.Server]:
    """A server; fails where there is none, and says what to do."""
    with postgres.server_or_say() as found:
        yield found


@pytest.fixture(scope="session")
def template(server: postgres.Server) -> str:
    """A migrated database, to be copied."""
    url = server.create()
    database = Database(url)
    database.migrate()
    database.close()
    return url


@pytest.fixture
def postgres_url(server: postgres.Server, template: str) -> Iterator[str]:
    """The address of a migrated, empty database."""
    url = server.copy(template)
    yield url
    server.drop(url)
