"""The schema's history, run from code: there is no alembic.ini."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

#: Any number that nobody else locks in our database.
_LOCK = 7_454_839_201


def config() -> Config:
    """Alembic's configuration: where the scripts are, wherever we are installed."""
    found = Config()
    found.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return found


def migrate(engine: Engine) -> None:
    """Brings a database to the newest revision in one transaction; a second process that does so waits, then finds it done.

    Raises:
        alembic.util.CommandError: the database is of a newer version of the program than this one.
    """
    with engine.connect().execution_options(begin="BEGIN EXCLUSIVE", durable=True) as conn, conn.begin():
        if conn.dialect.name == "postgresql":
            conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        arguments = config()
        arguments.attributes["connection"] = conn
        command.upgrade(arguments, "head")


def is_current(conn: Connection) -> bool:
    """Whether the database is at the newest revision."""
    newest = ScriptDirectory.from_config(config()).get_current_head()
    return MigrationContext.configure(conn).get_current_revision() == newest
