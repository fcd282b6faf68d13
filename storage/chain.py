"""How the rows of the audit record hold on to each other: whoever changes one behind its back breaks the chain."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

#: What the first row of a workspace holds on to.
START = "0" * 64


def digest(*, actor: str, subject: str, details: Mapping[str, Any]) -> str:
    """What a row says of people and things, as 64 hexadecimal digits.

    It stands apart from the link, so that what a row says of an erased person can be taken out and the chain still
    shows that nothing else was touched.
    """
    return _hash([actor, subject, json.loads(json.dumps(dict(details), default=str))])


def link(
    before: str, *, workspace_id: str, seq: int, at: datetime, what: str, surface: str, said: str
) -> str:
    """The row's own link: from the one before, and everything in it.

    Args:
        before: the link of the row before, `START` for the first.
        said: the row's digest.

    """
    return _hash([before, workspace_id, seq, at.astimezone(UTC).isoformat(), what, surface, said])


def _hash(parts: list[Any]) -> str:
    return sha256(json.dumps(parts, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
