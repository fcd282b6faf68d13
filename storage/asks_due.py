"""Whom something waits for now, and what composing does to the asks of many people at once.

What it costs to find them follows what is taken, not what waits: where little is due all of it is seen, in a backlog only the
workspaces whose turn it is.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import Connection, bindparam, func, select, text, update

from storage.asks import COLUMNS, OLDEST_FIRST, OPEN, Ask
from storage.dialects import among, count_of
from storage.rounds import Round, go_on
from storage.tables import METADATA, WAITING, WAITING_ANYWHERE, Utc

_ASKS = METADATA.tables["asks"]
#: So many due asks are looked at before it is a backlog; then so many workspaces in turn.
_LOOK, _TURNS = 2_000, 512
_ACROSS = {"across": "asks_due.in_turn"}

_FIRST = (
    select(_ASKS.c.workspace_id)
    .where(WAITING_ANYWHERE, _ASKS.c.not_before <= bindparam("now"))
    .order_by(_ASKS.c.not_before)
    .limit(bindparam("most"))
)
_ROUND = text(
    """WITH RECURSIVE turn(whose, place, found) AS (
        SELECT (SELECT min(workspace_id) FROM asks WHERE state = 'waiting' AND workspace_id > :after), 1, 0
        UNION ALL
        SELECT (SELECT min(workspace_id) FROM asks WHERE state = 'waiting' AND workspace_id > turn.whose), turn.place + 1,
            turn.found + CASE WHEN EXISTS (
                SELECT 1 FROM asks WHERE state = 'waiting' AND workspace_id = turn.whose AND not_before <= :now
            ) THEN 1 ELSE 0 END
        FROM turn WHERE turn.whose IS NOT NULL AND turn.place <= :turns AND turn.found < :most
    )
    SELECT whose, found FROM turn ORDER BY place"""
).bindparams(bindparam("now", type_=Utc()))


def in_turn(conn: Connection, now: datetime, most: int, around: Round) -> list[str]:
    """Workspaces in which something waits that is not held: the longest waiting first, in a backlog in the order of their ids.

    Args:
        conn: a transaction.
        now: the moment.
        most: how many are enough.
        around: in a backlog the turns go on from here, and this is moved.

    """
    seen = list(conn.scalars(_FIRST, {"now": now, "most": _LOOK}, execution_options=_ACROSS))
    if len(seen) < _LOOK:
        return list(dict.fromkeys(seen))[:most]
    return go_on(conn, _ROUND, {"now": now}, around, most=most, turns=_TURNS, across=_ACROSS)


_DUE_OF = (
    select(_ASKS.c.person_id)
    .where(_ASKS.c.workspace_id == bindparam("whose"), WAITING, _ASKS.c.not_before <= bindparam("now"))
    .group_by(_ASKS.c.person_id)
    .order_by(func.min(_ASKS.c.not_before), _ASKS.c.person_id)
    .limit(bindparam("most"))
)


def people(conn: Connection, workspace_id: str, now: datetime, limit: int) -> list[str]:
    """For whom something waits in a workspace that is not held, the longest waiting first."""
    return list(conn.scalars(_DUE_OF, {"whose": workspace_id, "now": now, "most": limit}))


_OF_PEOPLE = (
    select(*COLUMNS)
    .where(_ASKS.c.workspace_id == bindparam("whose"), among(_ASKS.c.person_id, "people"), WAITING)
    .order_by(*OLDEST_FIRST)
)


def waiting(conn: Connection, workspace_id: str, person_ids: Collection[str]) -> dict[str, list[Ask]]:
    """What waits for some people's next messages, by person, oldest first."""
    found: dict[str, list[Ask]] = defaultdict(list)
    if person_ids:
        for row in conn.execute(_OF_PEOPLE, {"whose": workspace_id, "people": sorted(person_ids)}).all():
            ask = Ask._make(row)
            found[ask.person_id].append(ask)
    return found


_HOLD = (
    update(_ASKS)
    .where(_ASKS.c.workspace_id == bindparam("whose"), _ASKS.c.person_id == bindparam("person"), WAITING)
    .values(not_before=bindparam("until"))
)


def hold(conn: Connection, workspace_id: str, until: Mapping[str, datetime]) -> int:
    """Lets what waits for people rest, each until they may be written to again. Returns how many asks."""
    if not until:
        return 0
    rows = [{"whose": workspace_id, "person": one, "until": at} for one, at in sorted(until.items())]
    return count_of(conn.execute(_HOLD, rows))


_TAKE = (
    update(_ASKS)
    .where(_ASKS.c.workspace_id == bindparam("whose"), _ASKS.c.id == bindparam("which"), WAITING)
    .values(state="in_message", outbox_id=bindparam("within"), said_on=bindparam("on"))
)


def take_into_messages(conn: Connection, workspace_id: str, within: Mapping[str, str], on: date) -> int:
    """Puts waiting asks into messages written on a local day: ask → message. Returns how many were still waiting."""
    if not within:
        return 0
    rows = [
        {"whose": workspace_id, "which": ask_id, "within": row_id, "on": on}
        for ask_id, row_id in sorted(within.items())
    ]
    return count_of(conn.execute(_TAKE, rows))


_DROP = (
    update(_ASKS)
    .where(
        _ASKS.c.workspace_id == bindparam("whose"),
        among(_ASKS.c.id, "these"),
        _ASKS.c.state.in_(OPEN),
    )
    .values(state="dropped", answer="")
)


def drop(conn: Connection, workspace_id: str, ask_ids: Sequence[str]) -> None:
    """Drops asks whose reason is gone."""
    if ask_ids:
        conn.execute(_DROP, {"whose": workspace_id, "these": sorted(ask_ids)})
