"""A PostgreSQL of the trial's own that it may shoot: `immediate` restarts, and started again as soon as it is gone."""

import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests.storage.postgres import _wait_for, as_user, free_port, programs_for, unprivileged


class Shootable:
    """One server, its data on disk, with everything synchronous."""

    def __init__(self, folder: Path, user: str | None, listen: str) -> None:
        self.folder, self.user, self.port = folder, user, free_port()
        self._programs = programs_for(user, folder)
        self._listen = listen
        self._running: subprocess.Popen[bytes] | None = None
        self.url = f"postgresql://postgres@127.0.0.1:{self.port}"

    def make(self) -> None:
        self._run("initdb", "-D", str(self.folder / "data"), "-U", "postgres", "-A", "trust", "-E", "UTF8")
        with (self.folder / "data" / "pg_hba.conf").open("a") as rules:
            rules.write("host all all 10.0.0.0/8 trust\n")

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [self._programs / program, *arguments], cwd=self.folder, capture_output=True, check=True,
            **as_user(self.user),
        )  # fmt: skip

    def start(self) -> None:
        options = {
            "listen_addresses": self._listen,
            "port": self.port,
            "unix_socket_directories": "",
            "max_connections": 100,
        }
        self._running = subprocess.Popen(
            [self._programs / "postgres", "-D", str(self.folder / "data"), *(part for name, value in options.items() for part in ("-c", f"{name}={value}"))],
            cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **as_user(self.user),
        )  # fmt: skip
        _wait_for(self.url, self._running)

    def restart(self) -> None:
        """Immediate: no checkpoint, every transaction under way is gone."""
        self.stop(signal.SIGQUIT)
        self.start()

    def stop(self, how: signal.Signals = signal.SIGQUIT) -> None:
        assert self._running is not None
        self._running.send_signal(how)
        self._running.wait(120)

    def create(self) -> str:
        with psycopg.connect(f"{self.url}/postgres", autocommit=True) as conn:
            conn.execute("CREATE DATABASE trial")
        return f"{self.url}/trial"


@contextmanager
def shootable(listen: str = "127.0.0.1") -> Iterator[Shootable]:
    folder = Path(tempfile.mkdtemp(prefix="pilotlight-shootable-"))
    user = unprivileged()
    if user:
        shutil.chown(folder, user)
    server = Shootable(folder, user, listen)
    server.make()
    server.start()
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
