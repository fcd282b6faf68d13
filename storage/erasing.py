"""Forgetting: a whole workspace, or one person, whatever table they stand in.

Both walk every table that exists, so that a table added later is forgotten as well.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection, Row, Table, and_, delete, select, update

from storage import audit
from storage.dialects import count_of
from storage.tables import METADATA

#: Rows that are about a person and nothing else go with them.
_GO_WITH_THE_PERSON = ("addresses", "absences", "sessions", "logins")
#: Shorter words than this are no names that could be told from others.
_SHORTEST = 3


def workspace(conn: Connection, workspace_id: str) -> dict[str, int]:
    """Takes away every row of a workspace; how many by table."""
    gone = {}
    for name, table in METADATA.tables.items():
        if name == "audit":
            gone[name] = audit.erase(conn, workspace_id)
        elif name != "workspaces":
            gone[name] = count_of(conn.execute(delete(table).where(_whose(table) == workspace_id)))
    last = METADATA.tables["workspaces"]
    gone[last.name] = count_of(conn.execute(delete(last).where(last.c.id == workspace_id)))
    return {name: count for name, count in gone.items() if count}


def rows_of(conn: Connection, workspace_id: str, ids: set[str]) -> dict[str, list[dict[str, Any]]]:
    """Every row that has one of a person's ids as a value of its own, by table."""
    found: dict[str, list[dict[str, Any]]] = {}
    settings = _settings_of(conn, workspace_id)
    wishes = {who: wish for who, wish in settings.get("wishes", {}).items() if who in ids}
    helps = {"steward": settings["steward"]} if settings.get("steward") in ids else {}
    if wishes or helps:
        found["workspaces"] = [{"settings": {**({"wishes": wishes} if wishes else {}), **helps}}]
    for name, table in METADATA.tables.items():
        if name == "workspaces":
            continue
        for row in conn.execute(select(table).where(_whose(table) == workspace_id)).mappings():
            if any(isinstance(value, str) and value in ids for value in row.values()):
                found.setdefault(name, []).append(dict(row))
    return found


def person(conn: Connection, workspace_id: str, person_id: str, names: Mapping[str, str]) -> dict[str, int]:
    """Takes a person out of every row: their own rows go, what others wrote keeps its place without the name.

    Args:
        conn: a writing transaction.
        workspace_id: whose.
        person_id: the person's id.
        names: what is known of them (id, names, handles, addresses) → what is written instead.

    Returns:
        How many rows were taken away or changed, by table.

    """
    touched: dict[str, int] = {}
    for name in _GO_WITH_THE_PERSON:
        table = METADATA.tables.get(name)
        if table is not None:
            own = delete(table).where(_whose(table) == workspace_id, table.c.person_id == person_id)
            touched[name] = count_of(conn.execute(own))
    change = _replacing(names)
    for name, table in METADATA.tables.items():
        if name not in {"workspaces", "installations", "audit"}:
            touched[name] = touched.get(name, 0) + _rewrite(conn, table, workspace_id, change)
    touched["workspaces"] = _out_of_settings(conn, workspace_id, person_id)
    redacted = audit.redact(conn, workspace_id, change)
    return {name: count for name, count in {**touched, "audit": redacted}.items() if count}


def _settings_of(conn: Connection, workspace_id: str) -> dict[str, Any]:
    """What a workspace has set; empty: no such workspace."""
    table = METADATA.tables["workspaces"]
    return dict(conn.scalar(select(table.c.settings).where(table.c.id == workspace_id)) or {})


def _out_of_settings(conn: Connection, workspace_id: str, person_id: str) -> int:
    """Drops a person's wishes, and their name as the metric steward; how many rows that changed."""
    settings, table = _settings_of(conn, workspace_id), METADATA.tables["workspaces"]
    wishes = {who: wish for who, wish in settings.get("wishes", {}).items() if who != person_id}
    steward = "" if settings.get("steward") == person_id else settings.get("steward", "")
    left = {**settings, "wishes": wishes, "steward": steward}
    if left == {"wishes": {}, "steward": "", **settings}:
        return 0
    conn.execute(update(table).where(table.c.id == workspace_id).values(settings=left))
    return 1


def _whose(table: Table) -> Any:
    return table.c.id if table.name == "workspaces" else table.c.workspace_id


def _replacing(names: Mapping[str, str]) -> Callable[[Any], Any]:
    """Replaces every name in a text, or in the texts of a structure, where it stands as a word of its own."""
    longest = sorted((name for name in names if len(name) >= _SHORTEST), key=len, reverse=True)
    # A stored message is JSON text, which writes "ü" as an escape.
    longest += [json.dumps(name)[1:-1] for name in longest if not name.isascii()]
    plain = {name.casefold(): instead for name, instead in names.items()}
    plain |= {json.dumps(name)[1:-1].casefold(): instead for name, instead in names.items()}
    any_name = re.compile(
        r"(?<![\w.])(?:" + "|".join(re.escape(name) for name in longest) + r")(?!\.?\w)", re.IGNORECASE
    )

    def change(value: Any) -> Any:
        if isinstance(value, str):
            return any_name.sub(lambda found: plain[found[0].casefold()], value)
        if isinstance(value, dict):
            return {change(key): change(one) for key, one in value.items()}
        return [change(one) for one in value] if isinstance(value, list) else value

    return change


def _rewrite(conn: Connection, table: Table, workspace_id: str, change: Callable[[Any], Any]) -> int:
    """Rewrites the rows of a table that name the person; how many."""
    count = 0
    for row in conn.execute(select(table).where(_whose(table) == workspace_id)).all():
        changed = _changed(row, change)
        if changed:
            key = and_(*(column == row._mapping[column.name] for column in table.primary_key))  # noqa: SLF001 - SQLAlchemy's public name for it
            conn.execute(update(table).where(_whose(table) == workspace_id, key).values(**changed))
            count += 1
    return count


def _changed(row: Row[Any], change: Callable[[Any], Any]) -> dict[str, Any]:
    values = row._mapping  # noqa: SLF001 - likewise
    found = {name: change(value) for name, value in values.items() if name != "workspace_id"}
    return {name: value for name, value in found.items() if value != values[name]}
