"""The wall between customers, checked: a statement that forgets the workspace raises (in tests)."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Delete, Engine, Select, Table, TextClause, Update, event
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import BinaryExpression, BindParameter, BooleanClauseList, ColumnClause, Grouping
from sqlalchemy.sql.selectable import CTE, Alias, Join, Subquery

from storage.tables import METADATA

#: Every statement that may look into several workspaces, by the function that makes it. They only find rows that
#: are due, or the workspace that an outside id belongs to; what follows is done workspace by workspace.
ACROSS_WORKSPACES = frozenset(
    {
        "workspaces.all_of",
        "workspaces.count",
        "workspaces.the_only_one",
        "workspaces.due_digests",
        "workspaces.in_quiet_start",
        "workspaces.due_profiles",
        "workspaces.gone_since",
        "workspaces.without_digest",
        "workspaces.at",
        "workspaces.of_address",
        "workspaces.of_claim_code",
        "pilots.claim_due",
        "pilots.overdue",
        "episodes.holding",
        "asks_due.in_turn",
        "outbox.claim",
        "outbox.destinations",
        "outbox.due_unknown",
        "outbox.end_leases",
        "outbox.drop_stale",
        "outbox.newest",
        "outbox.standing",
        "outbox.tally",
        "inbox.forget",
        "tokens.stored",
        "received.take",
        "received.forget",
        "repositories.claim_due",
        "repositories.forget",
        "checks.late_asks",
        "checks.late_digests",
        "checks.late_messages",
        "checks.asks_without_message",
        "checks.messages_without_ask",
        "checks.people_told_twice",
        "checks.messages_twice_there",
        "checks.episodes_without_ask",
        "checks.answered_since",
    }
)


_PASSED: set[Any] = set()


class WorkspaceMissingError(AssertionError):
    """A statement reads or changes rows without saying whose."""


def require_workspace(*engines: Engine) -> None:
    """Lets every statement on these engines raise unless each table of ours in it is tied to one workspace.

    A table is tied by `workspace_id = value` as a condition of its own (not within an OR), or by being joined on
    `workspace_id` to one that is tied. Statements in plain text that name a table of ours are refused, and so are
    claims across workspaces that are not listed above.
    """
    for engine in engines:
        event.listen(engine, "before_execute", _check)


def _check(_conn: Any, statement: Any, _many: Any, _one: Any, options: Any) -> None:
    across = options.get("across")
    if across is not None:
        if across not in ACROSS_WORKSPACES:
            raise WorkspaceMissingError(f"{across} is not among the claims across workspaces")
    elif isinstance(statement, TextClause):
        if any(name in statement.text.split() for name in METADATA.tables):
            raise WorkspaceMissingError(f"plain text names a table: {statement.text[:200]}")
    else:
        # Statements of one shape are checked once: their values say nothing about whose rows they want.
        key = statement._generate_cache_key()  # noqa: SLF001 - what SQLAlchemy itself tells shapes apart by
        if key is None or key.key not in _PASSED:
            _walk(statement, frozenset())
            if key is not None:
                _PASSED.add(key.key)


def _walk(element: Any, scope: frozenset[str]) -> None:
    """Checks a statement and every one inside it; `scope` are the tied tables that a subquery may refer to."""
    if isinstance(element, CTE | Subquery):
        return  # checked where it is selected from
    if isinstance(element, Select | Update | Delete):
        conditions = list(_conjuncts(element.whereclause))
        sources = list(_sources(element, conditions))
        for source in sources:
            if isinstance(source, CTE | Subquery):
                _walk(source.element, frozenset())
        wanted = {source.name for source in sources if _ours(source)} - scope
        scope |= _tied(conditions, scope)
        if missing := wanted - scope:
            raise WorkspaceMissingError(f"no workspace for {', '.join(sorted(missing))}: {element}")
    for child in element.get_children():
        _walk(child, scope)


def _sources(statement: Select[Any] | Update | Delete, conditions: list[Any]) -> Iterator[Any]:
    """What a statement reads from, and into `conditions` what its joins say."""
    waiting: list[Any] = (
        list(statement.get_final_froms()) if isinstance(statement, Select) else [statement.table]
    )
    if not isinstance(statement, Select):
        waiting += [
            column.table
            for condition in conditions
            for column in _columns(condition)
            if column.table is not statement.table
        ]
    while waiting:
        source = waiting.pop()
        if isinstance(source, Join):
            waiting += [source.left, source.right]
            if not source.isouter:
                conditions += _conjuncts(source.onclause)
        else:
            yield source


def _conjuncts(condition: Any) -> Iterator[Any]:
    """The conditions that must all hold."""
    if isinstance(condition, Grouping):
        yield from _conjuncts(condition.element)
    elif isinstance(condition, BooleanClauseList) and condition.operator is operators.and_:
        for clause in condition.clauses:
            yield from _conjuncts(clause)
    elif condition is not None:
        yield condition


def _columns(element: Any) -> Iterator[Any]:
    if isinstance(element, ColumnClause) and element.table is not None:
        yield element
    elif not isinstance(element, Select):
        for child in element.get_children():
            yield from _columns(child)


def _tied(conditions: list[Any], scope: frozenset[str]) -> frozenset[str]:
    """The names of the tables that conditions tie to a workspace."""
    equal = [
        (condition.left, condition.right)
        for condition in conditions
        if isinstance(condition, BinaryExpression) and condition.operator is operators.eq
    ]
    tied = set(scope)
    for _ in equal:  # a chain of joins is at most as long as there are conditions
        for one, other in [*equal, *((right, left) for left, right in equal)]:
            if _says_whose(one) and (_is_value(other) or (_says_whose(other) and other.table.name in tied)):
                tied.add(one.table.name)
    return frozenset(tied)


def _says_whose(column: Any) -> bool:
    """Whether it is the column that names the workspace of a table of ours."""
    if not isinstance(column, ColumnClause) or not _ours(column.table):
        return False
    return column.name == ("id" if _table(column.table) is METADATA.tables["workspaces"] else "workspace_id")


def _is_value(other: Any) -> bool:
    """Whether it is a value, or a column of a subquery that is checked on its own."""
    return isinstance(other, BindParameter) or (
        isinstance(other, ColumnClause) and isinstance(other.table, CTE | Subquery)
    )


def _table(source: Any) -> Any:
    return _table(source.element) if isinstance(source, Alias) else source


def _ours(source: Any) -> bool:
    table = _table(source)
    return isinstance(table, Table) and table.name in METADATA.tables
