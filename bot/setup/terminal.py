"""Questions in a terminal, or from whatever stands in for one: a pipe, a file, a test."""

import getpass
import sys
from typing import TextIO

from bot.domain.faults import SetupError, fault


class Terminal:
    """Asks on one stream and reads from another. What is pasted as a secret is not shown where a person types."""

    def __init__(self, *, read: TextIO | None = None, write: TextIO | None = None) -> None:
        self._read = read or sys.stdin
        self._write = write or sys.stdout
        #: How many questions were asked.
        self.asked = 0

    def say(self, *lines: str) -> None:
        """Lines for whoever reads."""
        for line in lines:
            self._write.write(f"{line}\n")
        self._write.flush()

    def ask(self, question: str, *, default: str = "", secret: bool = False) -> str:
        """One answer; the default where nothing was typed.

        Raises:
            SetupError: the input has ended.
        """
        self.asked += 1
        prompt = f"{question} [{default}]: " if default else f"{question}: "
        if secret and self._read is sys.stdin and sys.stdin.isatty():
            return getpass.getpass(prompt) or default
        self._write.write(prompt)
        self._write.flush()
        line = self._read.readline()
        if not line:
            self._write.write("\n")
            raise SetupError(fault("PL-080"))
        if not self._read.isatty():
            self._write.write("\n")
        return line.rstrip("\r\n") or default

    def agrees(self, question: str) -> bool:
        """Yes unless no was said."""
        return self.ask(f"{question} (y/n)", default="y").strip().lower() not in ("n", "no")
