"""A migrated SQLite file, made once in a process and copied from then on: migrating takes a tenth of a second each time."""

import tempfile
from functools import cache
from pathlib import Path

from storage.database import Database


@cache
def migrated_file() -> bytes:
    """What a migrated, empty database is on disk."""
    with tempfile.TemporaryDirectory(prefix="pilotlight-template-") as folder:
        path = Path(folder) / "template.db"
        database = Database(f"sqlite:///{path}")
        database.migrate()
        database.close()
        return path.read_bytes()


def migrated(path: Path) -> Database:
    """The database there; a migrated and empty one where there was none."""
    if not path.exists():
        path.write_bytes(migrated_file())
    return Database(f"sqlite:///{path}")
