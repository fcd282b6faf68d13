"""A network namespace with one wire to ours, and a cut in it on request: silent, as a partition is. Needs root."""

import ctypes
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_CLONE_NEWNET = 0x40000000


class NoNamespaces(Exception):
    """Why none can be made here."""


class Wire:
    """Our end is `ours`, the other's `theirs`; `name` is the namespace at the other end."""

    def __init__(self, name: str, number: int) -> None:
        self.name = name
        self.ours, self.theirs = f"10.231.{number}.1", f"10.231.{number}.2"

    def cut(self, *ports: int) -> None:
        """Drops everything to and from these ports of ours, without a word."""
        for port in ports:
            self._nft("add", "rule", "inet", "cut", "out", "tcp", "dport", str(port), "drop")
            self._nft("add", "rule", "inet", "cut", "back", "tcp", "sport", str(port), "drop")

    def heal(self) -> None:
        self._nft("flush", "table", "inet", "cut")

    def enter(self) -> None:
        """Moves the calling process to the other end."""
        descriptor = os.open(Path("/var/run/netns") / self.name, os.O_RDONLY)
        if ctypes.CDLL(None, use_errno=True).setns(descriptor, _CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")
        os.close(descriptor)

    def _nft(self, *arguments: str) -> None:
        _run("ip", "netns", "exec", self.name, "nft", *arguments)


def _run(*arguments: str) -> None:
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NoNamespaces(f"{' '.join(arguments)}: {done.stderr.strip()}")


@contextmanager
def wire() -> Iterator[Wire]:
    """Raises NoNamespaces: not root, or no `ip` and `nft` here."""
    number = os.getpid() % 250
    here = Wire(f"pilotlight{os.getpid()}", number)
    one, other = f"pl{number}a", f"pl{number}b"
    try:
        _run("ip", "netns", "add", here.name)
    except (OSError, NoNamespaces) as error:
        raise NoNamespaces(str(error)) from error
    try:
        _run("ip", "link", "add", one, "type", "veth", "peer", "name", other, "netns", here.name)
        _run("ip", "addr", "add", f"{here.ours}/24", "dev", one)
        _run("ip", "link", "set", one, "up")
        for what in (
            ["addr", "add", f"{here.theirs}/24", "dev", other],
            ["link", "set", other, "up"],
            ["link", "set", "lo", "up"],
        ):
            _run("ip", "-n", here.name, *what)
        here._nft("add", "table", "inet", "cut")
        here._nft("add", "chain", "inet", "cut", "out", "{ type filter hook output priority 0 ; }")
        here._nft("add", "chain", "inet", "cut", "back", "{ type filter hook input priority 0 ; }")
        yield here
    finally:
        subprocess.run(["ip", "netns", "del", here.name], check=False)
        subprocess.run(["ip", "link", "del", one], capture_output=True, check=False)
