"""Who is at the page: one-time links, and the sessions they open. Only hashes are kept."""

from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import Connection, delete, func, or_, select, update

from storage.dialects import count_of
from storage.tables import METADATA

_LOGINS = METADATA.tables["logins"]
_SESSIONS = METADATA.tables["sessions"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Login:
    """A one-time link."""

    person_id: str
    issued_at: datetime
    #: None: its button was not pressed yet.
    used_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Session:
    """Somebody at the page."""

    person_id: str
    began_at: datetime
    seen_at: datetime


_LOGIN = tuple(_LOGINS.c[field.name] for field in fields(Login))
_SESSION = tuple(_SESSIONS.c[field.name] for field in fields(Session))


def issue(conn: Connection, workspace_id: str, id_hash: str, *, person_id: str, now: datetime) -> None:
    """Notes a link that was handed to somebody."""
    conn.execute(
        _LOGINS.insert().values(
            workspace_id=workspace_id, id_hash=id_hash, person_id=person_id, issued_at=now, used_at=None
        )
    )


def issued_since(conn: Connection, workspace_id: str, person_id: str, since: datetime) -> int:
    """How many links somebody got after a moment."""
    mine = (_LOGINS.c.workspace_id == workspace_id, _LOGINS.c.person_id == person_id)
    chosen = select(func.count()).select_from(_LOGINS).where(*mine, _LOGINS.c.issued_at > since)
    return conn.scalar(chosen) or 0


def issued(conn: Connection, workspace_id: str, id_hash: str) -> Login | None:
    """One link; None: no such in this workspace."""
    mine = (_LOGINS.c.workspace_id == workspace_id, _LOGINS.c.id_hash == id_hash)
    row = conn.execute(select(*_LOGIN).where(*mine)).mappings().one_or_none()
    return None if row is None else Login(**row)


def use(
    conn: Connection, workspace_id: str, id_hash: str, *, issued_after: datetime, now: datetime
) -> str | None:
    """Uses a link up: of two presses at once one wins.

    Returns:
        The id of the person it was for; None where it is unknown, used, or too old.

    """
    mine = (_LOGINS.c.workspace_id == workspace_id, _LOGINS.c.id_hash == id_hash)
    still = (_LOGINS.c.used_at.is_(None), _LOGINS.c.issued_at > issued_after)
    used = update(_LOGINS).where(*mine, *still).values(used_at=now).returning(_LOGINS.c.person_id)
    person_id: str | None = conn.scalar(used)
    return person_id


def enter(conn: Connection, workspace_id: str, id_hash: str, *, person_id: str, now: datetime) -> None:
    """Begins a session."""
    conn.execute(
        _SESSIONS.insert().values(
            workspace_id=workspace_id, id_hash=id_hash, person_id=person_id, began_at=now, seen_at=now
        )
    )


def session(conn: Connection, workspace_id: str, id_hash: str) -> Session | None:
    """One session, however old; None: no such in this workspace."""
    mine = (_SESSIONS.c.workspace_id == workspace_id, _SESSIONS.c.id_hash == id_hash)
    row = conn.execute(select(*_SESSION).where(*mine)).mappings().one_or_none()
    return None if row is None else Session(**row)


def seen(conn: Connection, workspace_id: str, id_hash: str, now: datetime) -> bool:
    """Notes that a session was used; whether it is there."""
    mine = (_SESSIONS.c.workspace_id == workspace_id, _SESSIONS.c.id_hash == id_hash)
    return count_of(conn.execute(update(_SESSIONS).where(*mine).values(seen_at=now))) == 1


def leave(conn: Connection, workspace_id: str, id_hash: str) -> bool:
    """Ends a session; whether it was there."""
    mine = (_SESSIONS.c.workspace_id == workspace_id, _SESSIONS.c.id_hash == id_hash)
    return count_of(conn.execute(delete(_SESSIONS).where(*mine))) == 1


def leave_all(conn: Connection, workspace_id: str, person_id: str) -> int:
    """Ends every session of somebody and takes back every link; returns how many rows went."""
    return sum(
        count_of(
            conn.execute(
                delete(table).where(table.c.workspace_id == workspace_id, table.c.person_id == person_id)
            )
        )
        for table in (_SESSIONS, _LOGINS)
    )


def forget(
    conn: Connection,
    workspace_id: str,
    *,
    issued_before: datetime,
    seen_before: datetime,
    began_before: datetime,
) -> int:
    """Drops the links and sessions of a workspace that are worth nothing any more. Returns how many."""
    links = delete(_LOGINS).where(_LOGINS.c.workspace_id == workspace_id, _LOGINS.c.issued_at < issued_before)
    over = or_(_SESSIONS.c.seen_at < seen_before, _SESSIONS.c.began_at < began_before)
    sessions = delete(_SESSIONS).where(_SESSIONS.c.workspace_id == workspace_id, over)
    return count_of(conn.execute(links)) + count_of(conn.execute(sessions))
