"""A PostgreSQL server of our own for trials that need one."""

from collections.abc import Iterator

import pytest

from tests.storage import postgres


@pytest.fixture(scope="session")
def server() -> Iterator[postgres.Server]:
    """A server; fails where there is none, and says what to do."""
    with postgres.server_or_say() as found:
        yield found


@pytest.fixture
def postgres_url(server: postgres.Server) -> Iterator[str]:
    """The address of an empty database."""
    url = server.create()
    yield url
    server.drop(url)
