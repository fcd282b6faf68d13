"""Repositories that pilots name: when each is asked next, what was learned of it, what was told already."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, select, update

from bot.domain.stages import RUNNING
from storage.dialects import add_once, chunks, claim, count_of
from storage.tables import METADATA

_PILOTS = METADATA.tables["pilots"]
_REPOSITORIES = METADATA.tables["repositories"]
_TOLD = METADATA.tables["told"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One repository as it is remembered."""

    workspace_id: str
    #: host/path
    id: str
    host: str
    memory: Mapping[str, Any]
    asked_at: datetime | None
    failures: int
    problem: str


_FIELDS = tuple(field.name for field in fields(Row))


def follow(conn: Connection, workspace_id: str, wanted: Mapping[str, str], now: datetime) -> int:
    """Asks for these from now on and for no others.

    Args:
        conn: a writing transaction.
        workspace_id: whose.
        wanted: id → host.
        now: when a new one is first asked.

    Returns:
        How many are new.

    """
    mine = _REPOSITORIES.c.workspace_id == workspace_id
    stored = conn.execute(select(_REPOSITORIES.c.id, _REPOSITORIES.c.next_ask_at).where(mine)).all()
    known: dict[str, datetime | None] = {row.id: row.next_ask_at for row in stored}
    for one in [one for one, at in known.items() if one not in wanted and at is not None]:
        conn.execute(update(_REPOSITORIES).where(mine, _REPOSITORIES.c.id == one).values(next_ask_at=None))
    new = 0
    for one, host in sorted(wanted.items()):
        if one not in known:
            row = {"memory": {}, "next_ask_at": now, "asked_at": None, "failures": 0, "problem": ""}
            new += add_once(
                conn, _REPOSITORIES, {"workspace_id": workspace_id, "id": one, "host": host, **row}
            )
        elif known[one] is None:
            conn.execute(update(_REPOSITORIES).where(mine, _REPOSITORIES.c.id == one).values(next_ask_at=now))
    return new


def claim_due(conn: Connection, now: datetime, limit: int) -> list[Row]:
    """Takes repositories that are due, each for one worker; one whose worker dies is due again in ten minutes."""
    at = _REPOSITORIES.c.next_ask_at
    due = select(_REPOSITORIES.c.workspace_id, _REPOSITORIES.c.id).where(at <= now).order_by(at).limit(limit)
    rows = claim(
        conn,
        _REPOSITORIES,
        due,
        {"next_ask_at": now + timedelta(minutes=10)},
        across="repositories.claim_due",
    )
    return sorted((_row(row) for row in rows), key=lambda one: (one.workspace_id, one.id))


def asked(
    conn: Connection,
    workspace_id: str,
    repository: str,
    *,
    memory: Mapping[str, Any],
    now: datetime,
    again_at: datetime,
    failures: int,
    problem: str,
) -> bool:
    """Keeps what an asking taught and says when the next is due; whether the repository is there."""
    values = {
        "memory": dict(memory),
        "asked_at": now,
        "next_ask_at": again_at,
        "failures": failures,
        "problem": problem,
    }
    mine = (_REPOSITORIES.c.workspace_id == workspace_id, _REPOSITORIES.c.id == repository)
    return count_of(conn.execute(update(_REPOSITORIES).where(*mine).values(**values))) == 1


def hold(conn: Connection, workspace_id: str, host: str, until: datetime) -> int:
    """Asks nothing of a host before a moment. Returns how many repositories wait for it."""
    mine = (
        _REPOSITORIES.c.workspace_id == workspace_id,
        _REPOSITORIES.c.host == host,
        _REPOSITORIES.c.next_ask_at < until,
    )
    return count_of(conn.execute(update(_REPOSITORIES).where(*mine).values(next_ask_at=until)))


def get(conn: Connection, workspace_id: str, repository: str) -> Row | None:
    """One repository; None: nobody ever named it."""
    mine = (_REPOSITORIES.c.workspace_id == workspace_id, _REPOSITORIES.c.id == repository)
    row = conn.execute(select(_REPOSITORIES).where(*mine)).one_or_none()
    return None if row is None else _row(row)


def all_of(conn: Connection, workspace_id: str) -> list[Row]:
    """Every repository of a workspace, by id: what an admin may want to see."""
    chosen = select(_REPOSITORIES).where(_REPOSITORIES.c.workspace_id == workspace_id)
    return [_row(row) for row in conn.execute(chosen.order_by(_REPOSITORIES.c.id))]


def renamed(conn: Connection, workspace_id: str) -> list[tuple[str, str]]:
    """The id and the new path of every repository that goes by another name than the one it was named by."""
    called = _REPOSITORIES.c.memory["called"].as_string()
    chosen = select(_REPOSITORIES.c.id, called).where(
        _REPOSITORIES.c.workspace_id == workspace_id, called.is_not(None), called != ""
    )
    return [(repository, path) for repository, path in conn.execute(chosen.order_by(_REPOSITORIES.c.id))]


def _row(row: Any) -> Row:
    return Row(**{name: row._mapping[name] for name in _FIELDS})  # noqa: SLF001 - SQLAlchemy's name for it


def links(conn: Connection, workspace_id: str) -> list[tuple[str, str]]:
    """The id and the repository link of every running pilot that has one, by id."""
    link = _PILOTS.c.details["links"]["repo"].as_string()
    chosen = select(_PILOTS.c.id, link).where(
        _PILOTS.c.workspace_id == workspace_id,
        _PILOTS.c.stage.in_([stage.value for stage in RUNNING]),
        link.is_not(None),
    )
    return [(pilot_id, found) for pilot_id, found in conn.execute(chosen.order_by(_PILOTS.c.id)) if found]


# What was told.


def first_told(conn: Connection, workspace_id: str, repository: str, key: str, now: datetime) -> bool:
    """Notes that something was told; whether it is the first time."""
    row = {"workspace_id": workspace_id, "repository": repository, "key": key, "told_at": now}
    return add_once(conn, _TOLD, row)


def told_of(conn: Connection, workspace_id: str, repository: str, keys: Collection[str]) -> set[str]:
    """Which of these were told already."""
    mine = (_TOLD.c.workspace_id == workspace_id, _TOLD.c.repository == repository)
    return {
        key
        for part in chunks(sorted(keys))
        for key in conn.scalars(select(_TOLD.c.key).where(*mine, _TOLD.c.key.in_(part)))
    }


def all_told(conn: Connection, workspace_id: str, repository: str, since: datetime) -> set[str]:
    """Everything told of a repository since a moment."""
    mine = (_TOLD.c.workspace_id == workspace_id, _TOLD.c.repository == repository, _TOLD.c.told_at >= since)
    return set(conn.scalars(select(_TOLD.c.key).where(*mine)))


def forget(conn: Connection, before: datetime) -> int:
    """Forgets what was told in every workspace before a moment. Returns how many."""
    old = delete(_TOLD).where(_TOLD.c.told_at < before)
    return count_of(conn.execute(old, execution_options={"across": "repositories.forget"}))
