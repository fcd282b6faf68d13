"""Tokens at rest: encrypted with the newest key, read with any that is still given.

https://cryptography.io/en/latest/fernet/ · A database, its write-ahead log, a backup or an export alone opens nothing.
"""

import re
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

_KEY = re.compile(r"[A-Za-z0-9_-]{43}=")
_BETWEEN = re.compile(r"[\s,;]+")


class NoKeysError(Exception):
    """There is something to encrypt or to read, and no key."""


class UnreadableError(Exception):
    """None of the keys fits: it was encrypted with another one."""


class Cipher:
    """What the keys can do.

    Args:
        keys: newest first, each as `new_key` makes it.

    Raises:
        ValueError: which of them is none; never what it said.

    """

    def __init__(self, keys: Sequence[str] = ()) -> None:
        found = []
        for number, key in enumerate(keys, 1):
            # Base64 alone would pass over what follows the key, and two pasted into one.
            if not _KEY.fullmatch(key):
                raise ValueError(f"key {number} of {len(keys)} is none")
            found.append(Fernet(key))
        self._newest = found[0] if found else None
        self._all = MultiFernet(found) if found else None

    def __bool__(self) -> bool:
        """Whether there is a key at all."""
        return self._all is not None

    def encrypt(self, text: str) -> str:
        """The text for nobody but whoever has the newest key.

        Raises:
            NoKeysError: there is none.

        """
        if self._newest is None:
            raise NoKeysError
        return self._newest.encrypt(text.encode()).decode()

    def decrypt(self, stored: str) -> str:
        """The text again.

        Raises:
            NoKeysError: there is no key.
            UnreadableError: none of them fits.

        """
        if self._all is None:
            raise NoKeysError
        try:
            return self._all.decrypt(stored).decode()
        except (InvalidToken, ValueError):
            raise UnreadableError from None

    def is_newest(self, stored: str) -> bool:
        """Whether the newest key alone reads it: then the older ones may go."""
        if self._newest is None:
            return False
        try:
            self._newest.decrypt(stored)
        except InvalidToken:
            return False
        return True


def split(keys: str) -> list[str]:
    """The keys of one variable: separated by commas or blanks, newest first."""
    return [key for key in _BETWEEN.split(keys) if key]


def new_key() -> str:
    """A fresh one."""
    return Fernet.generate_key().decode()
