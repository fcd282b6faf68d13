"""The schema's history, run from code: there is no alembic.ini. Alembic is imported when it is needed, not before."""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text

if TYPE_CHECKING:
    from alembic.config import Config

#: Any number that nobody else locks in our database.
_LOCK = 7_454_839_201


def config() -> "Config":
    """Alembic's configuration: where the scripts are, wherever we are installed."""
    from alembic.config import Config

    found = Config()
    found.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return found


def upgrade(conn: Connection) -> None:
    """Brings a database to the newest revision, in the caller's writing transaction.

    A second process that does so at once waits (SQLite lets one writer in, PostgreSQL holds a lock of ours), then
    finds it done.

    Raises:
        alembic.util.CommandError: the database is of a newer version of the program than this one.

    """
    from alembic import command

    if conn.dialect.name == "postgresql":
        conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    arguments = config()
    arguments.attributes["connection"] = conn
    command.upgrade(arguments, "head")


def is_current(conn: Connection) -> bool:
    """Whether the database is at the newest revision."""
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    newest = ScriptDirectory.from_config(config()).get_current_head()
    return MigrationContext.configure(conn).get_current_revision() == newest


def is_newer(conn: Connection) -> bool:
    """Whether the database is at a revision that this program does not know."""
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    known = {script.revision for script in ScriptDirectory.from_config(config()).walk_revisions()}
    found = MigrationContext.configure(conn).get_current_revision()
    return found is not None and found not in known


def steps(conn: Connection | None) -> list[tuple[str, str]]:
    """The revisions that a database has not seen, in order, each with its sentence; None: there is no database yet."""
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory.from_config(config())
    at = MigrationContext.configure(conn).get_current_revision() if conn is not None else None
    ahead = scripts.iterate_revisions("head", at or "base")
    return [(one.revision, (one.doc or "").partition("\n")[0]) for one in reversed(list(ahead))]
