"""A PostgreSQL server of our own for trials that need one."""

from collections.abc import Iterator

import pytest

from tests.storage import postgres


@pytest.fixture(scope="session")
def server() -> Iterator[postgres.Server]:
    """A server; skips where there is none, and says why."""
    running = postgres.server()
    try:
        found = running.__enter__()
    except postgres.NoServer as reason:
        pytest.skip(f"PostgreSQL is not tested: {reason}")
    yield found
    running.__exit__(None, None, None)


@pytest.fixture
def postgres_url(server: postgres.Server) -> Iterator[str]:
    """The address of an empty database."""
    url = server.create()
    yield url
    server.drop(url)
