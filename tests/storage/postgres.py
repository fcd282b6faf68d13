"""A PostgreSQL server for tests: one that an address names, else one of our own on loopback, else none."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg

#: A superuser's address of a server that tests may make databases on.
ADDRESS = "PILOTLIGHT_TEST_POSTGRES"


class NoServer(Exception):
    """Why there is no server to test on."""


class Server:
    """A running server; databases are made and dropped again."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._numbers = count(1)

    def create(self) -> str:
        """Makes a database, and returns its address."""
        name = f"pilotlight_test_{os.getpid()}_{next(self._numbers)}"
        self._do(f'CREATE DATABASE "{name}"')
        return f"{self.url}/{name}"

    def copy(self, url: str) -> str:
        """Makes a database that is a copy of one made by `create`, to which nobody is connected."""
        name = f"pilotlight_test_{os.getpid()}_{next(self._numbers)}"
        self._do(f'CREATE DATABASE "{name}" TEMPLATE "{url.rsplit("/", 1)[1]}"')
        return f"{self.url}/{name}"

    def drop(self, url: str) -> None:
        """Drops a database made by `create`, whoever is connected."""
        self._do(f'DROP DATABASE IF EXISTS "{url.rsplit("/", 1)[1]}" WITH (FORCE)')

    def _do(self, statement: str) -> None:
        with psycopg.connect(f"{self.url}/postgres", autocommit=True) as conn:
            conn.execute(statement.encode())


@contextmanager
def server() -> Iterator[Server]:
    """A server for the length of a test session.

    Raises:
        NoServer: none is named and none can be started here.
    """
    if named := os.environ.get(ADDRESS):
        yield Server(named)
        return
    programs = _programs()
    # Not pytest's own folder: the server runs as another user, who may not look into it.
    folder = Path(tempfile.mkdtemp(prefix="pilotlight-postgres-"))
    user = "postgres" if os.geteuid() == 0 else None
    if user:
        shutil.chown(folder, user)
    data, port = folder / "data", _free_port()
    made = subprocess.run(
        [programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"],
        user=user, group=user, extra_groups=[] if user else None, cwd=folder, capture_output=True, check=False,
    )  # fmt: skip
    if made.returncode:
        raise NoServer(f"initdb failed: {made.stderr.decode()[-300:]}")
    options = {
        "listen_addresses": "127.0.0.1",
        "port": port,
        "unix_socket_directories": "",
        "fsync": "off",
        "max_connections": 200,
    }
    running = subprocess.Popen(
        [programs / "postgres", "-D", data, *(part for name, value in options.items() for part in ("-c", f"{name}={value}"))],
        user=user, group=user, extra_groups=[] if user else None, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        url = f"postgresql://postgres@127.0.0.1:{port}"
        _wait_for(url, running)
        yield Server(url)
    finally:
        running.terminate()
        try:
            running.wait(20)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path:
    found = shutil.which("postgres")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise NoServer(
        f"no PostgreSQL here: install postgresql, or let {ADDRESS} name a server (postgresql://user@host:port)"
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(url: str, running: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        if running.poll() is not None:
            raise NoServer(f"postgres ended at once with {running.returncode}")
        try:
            psycopg.connect(f"{url}/postgres", connect_timeout=2).close()
            return
        except psycopg.OperationalError:
            time.sleep(0.05)
    raise NoServer("postgres did not answer within ten seconds")
