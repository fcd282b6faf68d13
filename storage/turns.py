"""Turns that replicas take on PostgreSQL; SQLite lets one writer in at a time by itself. Both end with the transaction."""

from enum import IntEnum

from sqlalchemy import Connection, text


class Turn(IntEnum):
    """What only one replica does at a time, COMPOSE in each workspace; the numbers are any that nobody else locks in our database."""

    CLAIM = 7_454_839_202
    COMPOSE = 7_454_839_203
    INSTALL = 7_454_839_204


def wait(conn: Connection, turn: Turn) -> None:
    """Waits until no other replica is at it."""
    if conn.dialect.name == "postgresql":
        conn.execute(text("SELECT pg_advisory_xact_lock(:turn)"), {"turn": int(turn)})


def mine(conn: Connection, turn: Turn, workspace_id: str) -> bool:
    """Whether no other replica is at it in this workspace; then none begins before we are through."""
    if conn.dialect.name != "postgresql":
        return True
    values = {"turn": int(turn), "whose": workspace_id}
    return bool(conn.scalar(_MINE, values))


_MINE = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:whose, :turn))")
