"""Names for rows that nobody else names."""

from uuid import uuid4


def new_id() -> str:
    """Twelve hexadecimal characters: unique within a workspace."""
    return uuid4().hex[:12]
