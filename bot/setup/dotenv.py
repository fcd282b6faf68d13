"""Writing `.env`: what is there stays, what is new replaces it, and nobody else on the machine can read it."""

import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path

from bot.domain.faults import SetupError, fault

_PLAIN = re.compile(r"[A-Za-z0-9_./:@%+,=?&-]*")
_NAME = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=")


def write(path: Path, values: Mapping[str, str]) -> None:
    """Replaces or adds the values, in one step: a crash leaves the old file or the new one, mode 600.

    Raises:
        SetupError: it cannot be written.
    """
    target = path.resolve()
    try:
        before = target.read_text(encoding="utf-8") if target.is_file() else ""
        _replace(target, merged(before, values))
    except UnicodeDecodeError:
        raise SetupError(fault("PL-004", path=path)) from None
    except OSError as error:
        raise SetupError(fault("PL-081", path=path, reason=error.strerror or "")) from None


def merged(before: str, values: Mapping[str, str]) -> str:
    """The text with the values in it: each name once, comments and others' lines untouched."""
    left = dict(values)
    lines = []
    for line in before.splitlines():
        found = _NAME.match(line)
        name = found[1] if found else ""
        if name not in values:
            lines.append(line)
        elif name in left:
            lines.append(f"{name}={_quoted(left.pop(name))}")
    lines += [f"{name}={_quoted(value)}" for name, value in left.items()]
    return "\n".join(lines) + "\n"


def _quoted(value: str) -> str:
    if _PLAIN.fullmatch(value):
        return value
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _replace(target: Path, text: str) -> None:
    beside = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(target)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
