"""The database and the keys of what is stored in it."""

import os
from pathlib import Path

from bot.domain.faults import Fault, SetupError, fault
from bot.messages.figures import plural
from bot.services import keys
from bot.setup import disk
from bot.setup.checks.ground import Check, Found, Ground, failed, passed, waiting, warned
from storage import migrations
from storage.crypto import Cipher, split
from storage.database import Database, SQLAlchemyError, normalised


def open_database(url: str) -> Database | Fault:
    """The database of an address, or what is wrong with it; nothing is created where nothing is."""
    try:
        address = normalised(url)
    except (ValueError, SQLAlchemyError):
        return fault("PL-040")
    path = disk.file_of(url)
    if path is not None and (wrong := _file(path)) is not None:
        return wrong
    try:
        database = Database(url)
    except (SQLAlchemyError, ValueError, ImportError):
        return fault("PL-040")
    if path is not None and not path.exists():
        return database
    try:
        database.read_now(lambda conn: conn.exec_driver_sql("SELECT 1"))
        return database
    except SQLAlchemyError as error:
        database.close()
        if path is not None and "not a database" in str(error):
            return fault("PL-045", path=path)
        # The reason by its kind: the driver's sentence may hold the address with its password.
        reason = type(getattr(error, "orig", None) or error).__name__
        return fault("PL-041", reason=f"{address.host or 'the file'}: {reason}")


def migrated_database(url: str) -> Database:
    """The database of an address at the current schema.

    Raises:
        SetupError: it cannot be had, with what is wrong.

    """
    from alembic.util import CommandError

    opened = open_database(url)
    if isinstance(opened, Fault):
        raise SetupError(opened)
    try:
        opened.migrate()
    except CommandError:
        opened.close()
        raise SetupError(fault("PL-044")) from None
    except SQLAlchemyError as error:
        opened.close()
        raise SetupError(
            fault("PL-041", reason=type(getattr(error, "orig", None) or error).__name__)
        ) from None
    return opened


def steps_ahead(url: str) -> list[tuple[str, str]]:
    """What a migration would do, in order: revision and sentence. Nothing is made where nothing is.

    Raises:
        SetupError: the database cannot be had, or is of a newer version.

    """
    opened = open_database(url)
    if isinstance(opened, Fault):
        raise SetupError(opened)
    try:
        path = disk.file_of(url)
        if path is not None and not path.exists():
            return migrations.steps(None)
        if opened.read_now(migrations.is_newer):
            raise SetupError(fault("PL-044"))
        return opened.read_now(migrations.steps)
    finally:
        opened.close()


def _file(path: Path) -> Fault | None:
    folder = path.parent
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        return fault("PL-043", path=folder)
    if path.is_file() and not os.access(path, os.W_OK):
        return fault("PL-043", path=path)
    return None


def cipher_of(given: str | None) -> Cipher | Fault:
    """The keys, or what is wrong with them."""
    try:
        return Cipher(split(given or ""))
    except ValueError as error:
        return fault("PL-050", why=error)


def _keys(ground: Ground) -> str | None:
    given = ground.settings.pilotlight_keys
    return given.get_secret_value() if given is not None else None


async def reachable(ground: Ground) -> Found:
    if ground.database is None:
        return failed(ground.no_database or fault("PL-040"))
    if _new(ground):
        return passed("SQLite; the file is made at the first start")
    old = ground.settings.database_url.startswith("postgres://")
    said = "; postgres:// is read as postgresql://" if old else ""
    return passed(f"{ground.database.writing.dialect.name} answers{said}")


def _new(ground: Ground) -> bool:
    path = disk.file_of(ground.settings.database_url)
    return path is not None and not path.exists()


async def migrated(ground: Ground) -> Found:
    if ground.database is None:
        return waiting("the database comes first")
    if _new(ground):
        return passed("will be made at the first start")
    if await ground.database.read(migrations.is_newer):
        return failed(fault("PL-044"))
    current = await ground.database.read(migrations.is_current)
    return passed("at this version's schema") if current else warned(fault("PL-046"))


async def persistent(ground: Ground) -> Found:
    url = ground.settings.database_url
    try:
        lost, contained = disk.vanishing(url, ground.environment), disk.in_container(url)
    except ValueError:
        return waiting("the database's address comes first")
    if lost is not None and not ground.settings.pilotlight_vanishing:
        return failed(lost)
    return warned(contained) if contained is not None else passed("stays when the program restarts")


async def keys_usable(ground: Ground) -> Found:
    made = cipher_of(_keys(ground))
    if isinstance(made, Fault):
        return failed(made)
    count = len(split(_keys(ground) or ""))
    return passed(f"{count} given" if made else "none given, and none needed: no token is stored")


async def tokens_readable(ground: Ground) -> Found:
    made = cipher_of(_keys(ground))
    if isinstance(made, Fault) or ground.database is None:
        return waiting("database and keys come first")
    if _new(ground):
        return passed("no token is stored yet")
    if not await ground.database.read(migrations.is_current):
        return waiting("the schema comes first")
    stand = await ground.database.read(lambda conn: keys.stand(conn, made))
    if (wrong := unreadable(stand, given=bool(made))) is not None:
        return failed(wrong)
    if stand.old:
        return warned(fault("PL-053", tokens=plural(stand.old, "stored token")))
    return passed(
        f"{plural(stand.stored, 'stored token')} can be read" if stand.stored else "no token is stored"
    )


def unreadable(stand: keys.Stand, *, given: bool) -> Fault | None:
    """Whether stored tokens are out of reach."""
    if not stand.unreadable:
        return None
    return fault("PL-051" if given else "PL-052", tokens=plural(stand.unreadable, "stored token"))


CHECKS = (
    Check(part="memory", name="database", look=reachable),
    Check(part="memory", name="schema", look=migrated),
    Check(part="memory", name="disk", look=persistent),
    Check(part="memory", name="keys", look=keys_usable),
    Check(part="memory", name="stored tokens", look=tokens_readable),
)
