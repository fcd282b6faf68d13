"""What SQLite and PostgreSQL say differently."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import islice
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    CursorResult,
    Dialect,
    Executable,
    Row,
    Select,
    Table,
    Text,
    TypeDecorator,
    bindparam,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

#: Below both engines' limit of variables in one statement.
CHUNK = 5_000


def insert_for(conn: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that knows `on_conflict_do_nothing` and `on_conflict_do_update` on this connection's engine."""
    return postgresql.insert(table) if conn.dialect.name == "postgresql" else sqlite.insert(table)


def add_once(conn: Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """Inserts a row unless a unique key of it exists; whether it was inserted."""
    return conn.execute(_once(conn.dialect.name, table), dict(values)).first() is not None


@cache
def _once(dialect: str, table: Table) -> Executable:
    """Made once. Not by the number of rows: psycopg's is not kept for an INSERT."""
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return insert(table).on_conflict_do_nothing().returning(table.c.workspace_id)


@lru_cache(maxsize=64)
def _unless_there(table: Table, engine: str) -> sqlite.Insert | postgresql.Insert:
    """Built once per table: building it costs more than running it."""
    made = postgresql.insert(table) if engine == "postgresql" else sqlite.insert(table)
    return made.on_conflict_do_nothing()


def add_all_once(conn: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Inserts rows in one round, but for those of which a unique key exists."""
    if rows:
        conn.execute(_unless_there(table, conn.dialect.name), rows)


def put(conn: Connection, table: Table, values: Mapping[str, Any]) -> None:
    """Inserts a row, or overwrites the one with the same primary key."""
    key = [column.name for column in table.primary_key]
    changed = {name: value for name, value in values.items() if name not in key}
    conn.execute(
        insert_for(conn, table).values(**values).on_conflict_do_update(index_elements=key, set_=changed)
    )


def claim(
    conn: Connection, table: Table, chosen: Select[Any], values: Mapping[str, Any], *, across: str | None
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Changes the chosen rows and returns them, so that no two workers ever get the same one.

    On PostgreSQL the choice passes over rows that another transaction holds (``FOR UPDATE SKIP LOCKED``); on
    SQLite the clause says nothing and ``BEGIN IMMEDIATE`` lets one writer in at a time.

    Args:
        conn: a writing transaction.
        table: of the rows; its key is (workspace_id, id).
        chosen: selects `workspace_id` and `id` of the rows.
        values: what is set on each.
        across: the name under which the claim is listed in `storage.guard`, if it looks into every workspace.

    Returns:
        The whole rows as they now stand, in no order.

    """
    due = chosen.with_for_update(skip_locked=True).cte("due")
    statement = (
        update(table)
        .where(table.c.workspace_id == due.c.workspace_id, table.c.id == due.c.id)
        .values(**values)
        .returning(*table.c)
    )
    return conn.execute(statement, execution_options={"across": across}).all()


def count_of(result: CursorResult[Any]) -> int:
    """How many rows a statement changed."""
    return max(result.rowcount, 0)


class _Listed(TypeDecorator[Collection[str]]):
    """A list of texts as one parameter: an array on PostgreSQL, JSON on SQLite."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(postgresql.ARRAY(Text) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Collection[str] | None, dialect: Dialect) -> Any:
        given = list(value or ())
        return given if dialect.name == "postgresql" else json.dumps(given)


class _Among(FunctionElement[bool]):
    """Made by `among`."""

    name = "among"
    type = Boolean()
    inherit_cache = True

    def self_group(self, against: Any = None) -> "_Among":  # noqa: ARG002 - as SQLAlchemy asks
        """Itself: on SQLite a condition would else be compared with 1, and then finds no index."""
        return self


def among(column: ColumnElement[Any], name: str) -> _Among:
    """Whether a column is one of the texts of the parameter `name`, which may be of any number.

    Unlike an IN it is the same statement for every number of them: nothing is spelled out anew each time, and PostgreSQL plans it once.
    """
    return _Among(column, bindparam(name, type_=_Listed()))


@compiles(_Among)
def _among_array(element: _Among, compiler: SQLCompiler, **options: Any) -> str:
    column, values = (compiler.process(one, **options) for one in element.clauses)
    return f"{column} = ANY ({values})"


@compiles(_Among, "sqlite")
def _among_json(element: _Among, compiler: SQLCompiler, **options: Any) -> str:
    column, values = (compiler.process(one, **options) for one in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608 - what SQLAlchemy itself has compiled


def chunks(values: Sequence[str]) -> Iterator[list[str]]:
    """The values in lists that fit into one ``IN``."""
    rest = iter(values)
    while part := list(islice(rest, CHUNK)):
        yield part
