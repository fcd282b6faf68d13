"""Tokens at rest, across all customers, and the states of installations under way."""

import hashlib
from datetime import datetime

from sqlalchemy import Connection, delete, select, tuple_, update

from bot.domain.people import Platform
from storage.dialects import add_once, count_of
from storage.tables import METADATA
from storage.workspaces import Installation

_INSTALLATIONS = METADATA.tables["installations"]
_STATES = METADATA.tables["installstates"]


def stored(conn: Connection, *, after: tuple[str, str] = ("", ""), limit: int = 500) -> list[Installation]:
    """Installations with a stored token, of every workspace, by platform and outside id.

    Args:
        conn: a transaction.
        after: the platform and outside id of the last one already seen.
        limit: at most so many.

    """
    place = tuple_(_INSTALLATIONS.c.platform, _INSTALLATIONS.c.external_id)
    chosen = (
        select(_INSTALLATIONS)
        .where(_INSTALLATIONS.c.token != "", place > after)
        .order_by(_INSTALLATIONS.c.platform, _INSTALLATIONS.c.external_id)
        .limit(limit)
    )
    rows = conn.execute(chosen, execution_options={"across": "tokens.stored"}).mappings()
    return [Installation(**{**row, "platform": Platform(row["platform"])}) for row in rows]


def renew(
    conn: Connection,
    workspace_id: str,
    installation: Installation,
    *,
    token: str,
    refresh_token: str,
    expires_at: datetime | None,
) -> bool:
    """Replaces what is stored unless somebody else did so meanwhile; whether it was replaced."""
    mine = (
        _INSTALLATIONS.c.workspace_id == workspace_id,
        _INSTALLATIONS.c.platform == installation.platform,
        _INSTALLATIONS.c.external_id == installation.external_id,
        _INSTALLATIONS.c.token == installation.token,
    )
    values = {"token": token, "refresh_token": refresh_token, "expires_at": expires_at}
    return count_of(conn.execute(update(_INSTALLATIONS).where(*mine).values(values))) == 1


def issue_state(conn: Connection, workspace_id: str, state: str, *, until: datetime, now: datetime) -> None:
    """Remembers that somebody left for the platform; forgets those who did not come back in time."""
    conn.execute(delete(_STATES).where(_STATES.c.workspace_id == workspace_id, _STATES.c.until < now))
    add_once(conn, _STATES, {"workspace_id": workspace_id, "state": _mark(state), "until": until})


def use_state(conn: Connection, workspace_id: str, state: str, now: datetime) -> bool:
    """Whether somebody left with it and is back in time: true once."""
    mine = (
        _STATES.c.workspace_id == workspace_id,
        _STATES.c.state == _mark(state),
        _STATES.c.until >= now,
    )
    return count_of(conn.execute(delete(_STATES).where(*mine))) == 1


def _mark(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()
