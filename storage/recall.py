"""What was read before, until something is written: an answer asked for again needs no second reading.

Only SQLite can tell: one connection writes for this process, and the engine says whether any other has committed since. Nothing of a
transaction that has written is kept, so a rollback leaves nothing behind. On PostgreSQL, and where we only read, everything is read anew.
"""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, event

T = TypeVar("T")

#: Answers kept by one connection.
_MOST = 2_000
#: The row against repetitions, which every request writes and no answer is made of.
_UNSEEN = frozenset({"inbox"})
_NOTHING: Any = object()


class _Kept:
    """What one connection has read."""

    def __init__(self) -> None:
        self.answers: dict[Hashable, Any] = {}
        #: SQLite's number of what others have committed.
        self.others = -1
        #: Whether the transaction under way has written.
        self.written = False


def recall(conn: Connection, workspace_id: str, key: tuple[Hashable, ...], read: Callable[[], T]) -> T:
    """What `read` answered under this key before, where nothing was written since; else what it answers now.

    Args:
        conn: a transaction.
        workspace_id: whose answer it is; empty: the question is whose.
        key: everything that the answer depends on beside the database: the question, its parameters, the day.
        read: asks the database; its answer is never changed by whoever gets it.

    """
    kept: _Kept | None = conn.info.get("kept")
    if kept is None or kept.written:
        return read()
    answer = kept.answers.get((workspace_id, key), _NOTHING)
    if answer is _NOTHING:
        answer = read()
        if not kept.written:
            if len(kept.answers) >= _MOST:
                kept.answers.clear()
            kept.answers[workspace_id, key] = answer
    found: T = answer
    return found


def watch(engine: Engine) -> None:
    """Lets the connections of an engine keep what they read. It is SQLite's, and nobody else in this process writes."""

    @event.listens_for(engine, "connect")
    def connected(_: Any, record: Any) -> None:
        record.info["kept"] = _Kept()

    @event.listens_for(engine, "begin")
    def begun(conn: Connection) -> None:
        kept: _Kept = conn.info["kept"]
        kept.written = False
        raw: Any = conn.connection.driver_connection
        (others,) = raw.execute("PRAGMA data_version").fetchone()
        if others != kept.others:
            kept.answers.clear()
            kept.others = others

    @event.listens_for(engine, "before_cursor_execute")
    def executing(conn: Connection, _: Any, statement: str, *rest: Any) -> None:
        if _changes(statement, rest[1]):
            kept: _Kept = conn.info["kept"]
            kept.answers.clear()
            kept.written = True


def _changes(statement: str, context: Any) -> bool:
    """Whether a statement may change an answer; one of unknown meaning does."""
    compiled = getattr(context, "compiled", None)
    if compiled is None:
        return not statement.startswith(("BEGIN", "PRAGMA"))
    element = compiled.statement
    if getattr(element, "is_select", False):
        return False
    table = getattr(element, "table", None)
    return table is None or table.name not in _UNSEEN
