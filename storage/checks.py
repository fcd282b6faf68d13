"""What does not fit together: rows that nobody else looks for, because in a sound database there are none.

Each looks into every workspace and counts up to a hundred; only the auditor asks.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, exists, func, select

from storage.tables import METADATA, MOVING_ANYWHERE, WAITING_ANYWHERE

_OUTBOX, _ASKS = METADATA.tables["outbox"], METADATA.tables["asks"]
_EPISODES, _WORKSPACES = METADATA.tables["episodes"], METADATA.tables["workspaces"]
_MOST = 100
_DAY = timedelta(days=1)
_LIVE = ("pending", "sending", "sent", "unknown", "unverified")


def late_asks(conn: Connection, before: datetime) -> int:
    """Questions that could have been written into a message before a moment."""
    return _count(
        conn, select(_ASKS.c.id).where(WAITING_ANYWHERE, _ASKS.c.not_before < before), "checks.late_asks"
    )


def late_digests(conn: Connection, before: datetime) -> int:
    """Workspaces whose digest should have been written before a moment."""
    chosen = select(_WORKSPACES.c.id).where(_WORKSPACES.c.digest_at < before)
    return _count(conn, chosen, "checks.late_digests")


def late_messages(conn: Connection, state: str, before: datetime) -> int:
    """Messages in a state that should have moved on before a moment."""
    chosen = select(_OUTBOX.c.id).where(
        MOVING_ANYWHERE, _OUTBOX.c.state == state, _OUTBOX.c.not_before < before
    )
    return _count(conn, chosen, "checks.late_messages")


def asks_without_message(conn: Connection, since: datetime) -> int:
    """Questions that are said to be in a message which is not there: it was taken away behind our back."""
    message = exists().where(
        _OUTBOX.c.workspace_id == _ASKS.c.workspace_id, _OUTBOX.c.id == _ASKS.c.outbox_id
    )
    chosen = select(_ASKS.c.id).where(
        _ASKS.c.state == "in_message", _ASKS.c.said_on >= since.date() - _DAY, ~message
    )
    return _count(conn, chosen, "checks.asks_without_message")


def messages_without_ask(conn: Connection, since: datetime) -> int:
    """Nudges that carry no question: somebody was written to for nothing, or will be."""
    ask = exists().where(_ASKS.c.workspace_id == _OUTBOX.c.workspace_id, _ASKS.c.outbox_id == _OUTBOX.c.id)
    # An unverified one has given its questions back.
    chosen = select(_OUTBOX.c.id).where(
        _OUTBOX.c.created_at >= since,
        _OUTBOX.c.kind == "nudge",
        _OUTBOX.c.state.in_([state for state in _LIVE if state != "unverified"]),
        ~ask,
    )
    return _count(conn, chosen, "checks.messages_without_ask")


def people_told_twice(conn: Connection, since: datetime) -> int:
    """People with more than one nudge on one of their days."""
    chosen = (
        select(_OUTBOX.c.person_id)
        .where(_OUTBOX.c.created_at >= since, _OUTBOX.c.kind == "nudge", _OUTBOX.c.state.in_(_LIVE))
        .group_by(_OUTBOX.c.workspace_id, _OUTBOX.c.person_id, _OUTBOX.c.charged_on)
        .having(func.count() > 1)
    )
    return _count(conn, chosen, "checks.people_told_twice")


def messages_twice_there(conn: Connection, since: datetime) -> int:
    """Places on a platform that two of our messages claim as theirs: one of them was never sent."""
    chosen = (
        select(_OUTBOX.c.message_id)
        .where(
            _OUTBOX.c.created_at >= since,
            _OUTBOX.c.kind != "update",
            _OUTBOX.c.state == "sent",
            _OUTBOX.c.message_id != "",
        )
        .group_by(_OUTBOX.c.workspace_id, _OUTBOX.c.channel, _OUTBOX.c.message_id)
        .having(func.count() > 1)
    )
    return _count(conn, chosen, "checks.messages_twice_there")


def episodes_without_ask(conn: Connection, since: datetime) -> int:
    """Open episodes that stand on a rung nobody was asked on."""
    ask = exists().where(
        _ASKS.c.workspace_id == _EPISODES.c.workspace_id, _ASKS.c.episode_id == _EPISODES.c.id
    )
    chosen = select(_EPISODES.c.id).where(
        _EPISODES.c.closed_on.is_(None),
        _EPISODES.c.climbs_from >= since.date() - _DAY,
        _EPISODES.c.rung > 0,
        ~ask,
    )
    return _count(conn, chosen, "checks.episodes_without_ask")


def answered_since(conn: Connection, since: datetime) -> int:
    """How many questions were answered since a moment."""
    chosen = select(func.count()).select_from(_ASKS).where(_ASKS.c.answered_at >= since)
    return conn.scalar(chosen, execution_options={"across": "checks.answered_since"}) or 0


def _count(conn: Connection, chosen: Select[Any], across: str) -> int:
    counted = select(func.count()).select_from(chosen.limit(_MOST).subquery())
    return conn.scalar(counted, execution_options={"across": across}) or 0
