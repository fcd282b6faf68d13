"""Which messages may be sent now: claimed once, workspaces in turn, one at a time to each person or channel.

What a claim costs follows what it takes, not what waits: where little is due all of it is seen, in a backlog only the workspaces
whose turn it is. The statements over all workspaces are plain text, because they walk an index from workspace to workspace.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, TextClause, bindparam, select, text, tuple_, update

from storage import turns
from storage.outbox_rows import COLUMNS, OUTBOX, OutboxRow
from storage.rounds import Round, go_on
from storage.tables import MOVING, MOVING_ANYWHERE, Utc

#: A claim looks at this many due messages per message it may take, and in a backlog at this many workspaces in turn.
_LOOK, _TURNS = 8, 512
_ACROSS = {"across": "outbox.claim"}


class _Candidate(NamedTuple):
    workspace_id: str
    id: str
    recipient: str


#: What the statements have in common.
_PARTS = {
    "moving": MOVING.text,
    "anywhere": MOVING_ANYWHERE.text,
    # A person before their channel: the first message to them has none yet.
    "recipient": "coalesce(person_id, CASE WHEN channel <> '' THEN channel ELSE id END)",
    "due": """{moving} AND state = 'pending' AND not_before <= :now AND (not_after IS NULL OR not_after > :now)
        AND NOT EXISTS (SELECT 1 FROM holds WHERE holds.workspace_id = outbox.workspace_id
            AND holds.platform = outbox.platform AND holds.until > :now)""",
    "from_due": "SELECT workspace_id, id, {recipient} AS recipient FROM outbox WHERE {due}",
    "sending": "FROM outbox WHERE {anywhere} AND state = 'sending' AND not_before > :now",
    # Up to `ahead` of now only: after a clock was set back, what was tried in the future holds nobody up.
    "just_tried": "FROM outbox WHERE tried_at > :since AND tried_at <= :ahead",
    "busy": """busy(workspace_id, recipient) AS MATERIALIZED (
        SELECT workspace_id, {recipient} {sending} UNION ALL SELECT workspace_id, {recipient} {just_tried})""",
    "free": "(workspace_id, {recipient}) NOT IN (SELECT workspace_id, recipient FROM busy)",
}


def _made(statement: str, *moments: str) -> TextClause:
    while "{" in statement:
        statement = statement.format_map(_PARTS)
    return text(statement).bindparams(*(bindparam(name, type_=Utc()) for name in ("now", *moments)))


#: Whether there is more than a claim would look at.
_BACKLOG = _made("SELECT 1 FROM outbox WHERE {anywhere} AND {due} LIMIT 1 OFFSET :most")
_FIRST = _made("{from_due} AND {anywhere} ORDER BY not_before, created_at, id LIMIT :most")
_ENGAGED = _made(
    """SELECT workspace_id, {recipient} AS recipient, NULL AS tried_at {sending}
    UNION ALL SELECT workspace_id, {recipient}, tried_at {just_tried}""",
    "since",
    "ahead",
).columns(tried_at=Utc())
#: From workspace to workspace in the order of their ids, until enough are found that somebody may be written to in.
_ROUND = _made(
    """WITH RECURSIVE {busy},
    turn(whose, place, found) AS (
        SELECT (SELECT min(workspace_id) FROM outbox WHERE {moving} AND workspace_id > :after), 1, 0
        UNION ALL
        SELECT (SELECT min(workspace_id) FROM outbox WHERE {moving} AND workspace_id > turn.whose), turn.place + 1,
            turn.found + CASE WHEN EXISTS (
                SELECT 1 FROM outbox WHERE workspace_id = turn.whose AND {due} AND {free}) THEN 1 ELSE 0 END
        FROM turn WHERE turn.whose IS NOT NULL AND turn.place <= :turns AND turn.found < :most
    )
    SELECT whose, found FROM turn ORDER BY place""",
    "since",
    "ahead",
)
_OF_ONE = _made(
    """WITH {busy} {from_due} AND workspace_id = :whose AND {free}
    ORDER BY not_before, created_at, id LIMIT :share""",
    "since",
    "ahead",
)
#: The same for all of them at once, where the engine can.
_OF_MANY = _made(
    """WITH {busy}
    SELECT due.workspace_id, due.id, due.recipient
    FROM unnest(CAST(:whose AS text[])) WITH ORDINALITY AS turn(whose, place) CROSS JOIN LATERAL (
        {from_due} AND workspace_id = turn.whose AND {free} ORDER BY not_before, created_at, id LIMIT :share
    ) AS due ORDER BY turn.place""",
    "since",
    "ahead",
)

_THESE = (
    select(*COLUMNS)
    .where(
        tuple_(OUTBOX.c.workspace_id, OUTBOX.c.id).in_(bindparam("these", expanding=True)),
        OUTBOX.c.state == "pending",
    )
    .with_for_update(skip_locked=True)
)
_TAKE = (
    update(OUTBOX)
    .where(OUTBOX.c.workspace_id == bindparam("whose"), OUTBOX.c.id == bindparam("which"))
    .values(
        state="sending",
        attempt=OUTBOX.c.attempt + 1,
        tried_at=bindparam("at"),
        lease_until=bindparam("until"),
        not_before=bindparam("until"),
    )
)


def claim(
    conn: Connection,
    now: datetime,
    limit: int,
    lease: timedelta,
    *,
    pace: timedelta = timedelta(0),
    ahead: timedelta = timedelta(0),
    per_workspace: int | None = None,
    under_way: Mapping[str, int] | None = None,
    around: Round | None = None,
) -> list[OutboxRow]:
    """Takes messages that may be sent now: one more attempt, state sending, leased.

    Run it with `durable=True`: what is claimed may be on the platform a moment later.

    Args:
        conn: a writing transaction.
        now: the moment.
        limit: how many at most.
        lease: for how long; what is not told `sent` or otherwise by then becomes unknown.
        pace: how long after the begin of one attempt the next to the same person or channel may begin.
        ahead: how long before that moment it may be claimed already; then `tried_at` says when it may begin.
        per_workspace: how many of one workspace a worker may have under way, so that one that hangs leaves room.
        under_way: how many of each workspace the caller has under way already. Leases do not tell: those of a worker
            that died would keep its workspaces waiting.
        around: in a backlog the turns go on from here, and this is moved; None: from the first workspace.

    Returns:
        The rows as they now stand. Workspaces take turns: the longest due first, in a backlog in the order of their ids.
        At most one to each person or channel, none to one that a send is under way to, none to a workspace whose
        platform asked for patience.

    """
    turns.wait(
        conn, turns.Turn.CLAIM
    )  # else two replicas, each unseen by the other, would write to one channel
    moments = {"now": now, "since": now + ahead - pace, "ahead": now + ahead}
    if not pace:
        moments["since"] = moments["ahead"]  # nobody was just written to
    candidates = _candidates(conn, moments, limit, around or Round())
    if not candidates:
        return []
    free_at = _free_at(conn, {**moments, "since": now - pace if pace else moments["since"]}, pace)
    taken_of = Counter(under_way)
    most = limit if per_workspace is None else per_workspace
    chosen: dict[tuple[str, str], datetime] = {}
    for one in _in_turn(candidates):
        recipient = (one.workspace_id, one.recipient)
        begins = free_at.get(recipient, now)
        if begins is None or begins > moments["ahead"] or taken_of[one.workspace_id] >= most:
            continue
        free_at[recipient] = None
        taken_of[one.workspace_id] += 1
        chosen[one.workspace_id, one.id] = max(begins, now)
        if len(chosen) == limit:
            break
    return _take(conn, chosen, now + lease)


def _candidates(
    conn: Connection, moments: Mapping[str, datetime], limit: int, around: Round
) -> list[_Candidate]:
    """All that is due; where that is more than we may look at, the first of each workspace whose turn it is."""
    now, most = {"now": moments["now"]}, limit * _LOOK
    if conn.execute(_BACKLOG, {**now, "most": most}, execution_options=_ACROSS).first() is None:
        return [
            _Candidate(*row) for row in conn.execute(_FIRST, {**now, "most": most}, execution_options=_ACROSS)
        ]
    whose = go_on(conn, _ROUND, moments, around, most=limit, turns=_TURNS, across=_ACROSS)
    if not whose:
        return []
    values = {**moments, "share": -(-most // len(whose))}
    if conn.dialect.name == "postgresql":
        rows = conn.execute(_OF_MANY, {**values, "whose": whose}, execution_options=_ACROSS)
        return [_Candidate(*row) for row in rows]
    return [
        _Candidate(*row)
        for one in whose
        for row in conn.execute(_OF_ONE, {**values, "whose": one}, execution_options=_ACROSS)
    ]


def _free_at(
    conn: Connection, moments: Mapping[str, datetime], pace: timedelta
) -> dict[tuple[str, str], datetime | None]:
    """When each of those who are written to, or just were, may be written to again; None: not before that send has ended."""
    free: dict[tuple[str, str], datetime | None] = {}
    for whose, recipient, tried_at in conn.execute(_ENGAGED, moments, execution_options=_ACROSS):
        until = None if tried_at is None else tried_at + pace
        before = free.setdefault((whose, recipient), until)
        if until is None or (before is not None and before < until):
            free[whose, recipient] = until
    return free


def _in_turn(rows: Sequence[_Candidate]) -> Iterator[_Candidate]:
    """The first of each workspace, then the second of each, and so on."""
    seen: Counter[str] = Counter()
    ordered = []
    for place, row in enumerate(rows):
        ordered.append((seen[row.workspace_id], place, row))
        seen[row.workspace_id] += 1
    return (row for _, _, row in sorted(ordered))


def _take(conn: Connection, chosen: Mapping[tuple[str, str], datetime], until: datetime) -> list[OutboxRow]:
    """Leases the chosen rows, but for those that somebody has changed or is changing."""
    if not chosen:
        return []
    these = list(chosen)
    # Lists of few lengths: each is a statement of its own, which the engine plans once.
    these += these[-1:] * ((1 << (len(these) - 1).bit_length()) - len(these))
    rows = [
        OutboxRow(**row)
        for row in conn.execute(_THESE, {"these": these}, execution_options=_ACROSS).mappings()
    ]
    if not rows:
        return []
    taken: dict[tuple[str, str], OutboxRow] = {}
    values: list[dict[str, Any]] = []
    for row in rows:
        key = row.workspace_id, row.id
        begins = chosen[key]
        taken[key] = replace(
            row,
            state="sending",
            attempt=row.attempt + 1,
            tried_at=begins,
            lease_until=until,
            not_before=until,
        )
        values.append({"whose": row.workspace_id, "which": row.id, "at": begins, "until": until})
    conn.execute(_TAKE, values)
    return [taken[key] for key in chosen if key in taken]
