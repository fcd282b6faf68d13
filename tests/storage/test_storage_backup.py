"""A copy of the whole database, and a copy put back, on both engines."""

import shutil
import sqlite3
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from storage import audit, backup, outbox, restoring
from storage.backup import BackupError
from storage.database import Database
from storage.tables import METADATA
from tests.storage import postgres
from tests.storage.kit import ALICE, NOW, OURS, dump, message, seed


@pytest.fixture
def elsewhere(url: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of the same engine."""
    if url.startswith("sqlite"):
        yield f"sqlite:///{tmp_path / 'elsewhere.db'}"
        return
    server: postgres.Server = request.getfixturevalue("server")
    made = server.create()
    yield made
    server.drop(made)


def nothing(_: object) -> None:
    """Looks at no progress, mends nothing."""


def fill(conn: Connection) -> None:
    seed(conn)
    message(conn)
    audit.append(conn, OURS, actor="alice", what="x", subject="P01", surface="slack", now=NOW)


def test_a_copy_holds_everything_and_only_its_owner_reads_it(
    db: Database, url: str, elsewhere: str, tmp_path: Path
) -> None:
    db.write_now(fill)
    heard: list[float] = []
    copy = tmp_path / "a.copy"
    assert backup.save(url, copy, heard.append) == copy.stat().st_size > 0
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert heard[-1] == 1.0
    assert list(tmp_path.glob("*.partial")) == []
    backup.put_back(elsewhere, copy, nothing, nothing)
    before = db.read_now(lambda conn: dump(conn, OURS))
    again = Database(elsewhere)
    assert again.read_now(lambda conn: dump(conn, OURS)) == before
    assert again.read_now(lambda conn: audit.check(conn, OURS)).whole
    again.close()


def test_nothing_is_overwritten(db: Database, url: str, elsewhere: str, tmp_path: Path) -> None:
    db.write_now(fill)
    copy = tmp_path / "a.copy"
    backup.save(url, copy, nothing)
    with pytest.raises(BackupError, match="is there already"):
        backup.save(url, copy, nothing)
    backup.put_back(elsewhere, copy, nothing, nothing)
    with pytest.raises(BackupError, match="already"):
        backup.put_back(elsewhere, copy, nothing, nothing)


def test_a_copy_is_one_moment_while_others_write(
    db: Database, url: str, elsewhere: str, tmp_path: Path
) -> None:
    """People and messages are written in pairs; a copy that holds one without the other was torn."""
    db.write_now(seed)
    over = threading.Event()

    def pair(number: int) -> Callable[[Connection], None]:
        def write(conn: Connection) -> None:
            outbox.add(conn, OURS, key=f"k{number}", kind="notice", content="x", now=NOW, person_id="alice")
            audit.append(conn, OURS, actor="alice", what="x", subject=f"k{number}", surface="cli", now=NOW)

        return write

    def keep_writing() -> None:
        number = 0
        while not over.is_set():
            number += 1
            db.write_now(pair(number))

    writing = threading.Thread(target=keep_writing)
    writing.start()
    copies = [tmp_path / f"{number}.copy" for number in range(3)]
    for copy in copies:
        backup.save(url, copy, nothing)
    over.set()
    writing.join()
    for copy in copies if url.startswith("sqlite") else copies[-1:]:
        if url.startswith("sqlite"):
            Path(elsewhere.removeprefix("sqlite:///")).unlink(missing_ok=True)
        backup.put_back(elsewhere, copy, nothing, nothing)
        again = Database(elsewhere)
        sent, told = again.read_now(
            lambda conn: (len(outbox.history(conn, OURS, limit=10_000)), audit.check(conn, OURS))
        )
        assert (sent, True) == (told.rows, told.whole)
        again.close()


def test_a_held_day_is_charged_and_no_message(db: Database) -> None:
    def go(conn: Connection) -> None:
        seed(conn)
        row_id = outbox.add(
            conn,
            OURS,
            key="held:alice",
            kind="held",
            content="x",
            now=NOW,
            person_id=ALICE.id,
            charged_on=NOW.date(),
        )
        assert row_id is not None
        assert restoring.hold(conn, OURS, row_id, "x")
        assert not restoring.hold(conn, OURS, row_id, "x"), "once"
        assert outbox.charged(conn, OURS, ALICE.id, NOW.date(), NOW.date()) == [(NOW.date(), "held")]
        assert outbox.history(conn, OURS) == []
        assert outbox.standing(conn) == {}

    db.write_now(go)


def another_programs(path: Path) -> None:
    conn = sqlite3.connect(path)
    conn.execute("CREATE TABLE x (y)")
    conn.close()


BAD: dict[str, tuple[Callable[[Path], object], str]] = {
    "no file": (nothing, "cannot be read"),
    "empty": (lambda path: path.write_bytes(b""), "is no backup"),
    "words": (lambda path: path.write_text("hello"), "is no backup"),
    "of PostgreSQL": (lambda path: path.write_bytes(b"PGDMP" + bytes(100)), "a backup of PostgreSQL"),
    "another program's": (another_programs, "no database of Pilotlight"),
}


@pytest.mark.parametrize("named", BAD)
def test_what_is_no_copy_is_refused_and_changes_nothing(named: str, tmp_path: Path) -> None:
    make, says = BAD[named]
    copy, target = tmp_path / "x.copy", tmp_path / "target.db"
    make(copy)
    with pytest.raises(BackupError, match=says) as refused:
        backup.put_back(f"sqlite:///{target}", copy, nothing, nothing)
    assert refused.value.fault.fix
    assert not target.exists()


def test_a_damaged_or_cut_copy_is_refused(sqlite_url: str, tmp_path: Path) -> None:
    copy, target = tmp_path / "x.copy", tmp_path / "target.db"
    backup.save(sqlite_url, copy, nothing)
    whole = copy.read_bytes()
    for damaged in (whole[: len(whole) // 2], whole[:4096] + bytes(4096 * 4) + whole[5 * 4096 :]):
        copy.write_bytes(damaged)
        with pytest.raises(BackupError, match=r"damaged|no database"):
            backup.put_back(f"sqlite:///{target}", copy, nothing, nothing)
    assert sorted(path.name for path in tmp_path.glob("target*")) == []


def test_a_copy_of_a_newer_program_is_refused(sqlite_url: str, tmp_path: Path) -> None:
    db = Database(sqlite_url)
    db.write_now(lambda conn: conn.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    db.close()
    copy, target = tmp_path / "x.copy", tmp_path / "target.db"
    backup.save(sqlite_url, copy, nothing)
    with pytest.raises(BackupError, match="newer version"):
        backup.put_back(f"sqlite:///{target}", copy, lambda database: database.migrate(), nothing)
    assert not target.exists()


def test_what_fails_on_the_way_leaves_nothing_behind(sqlite_url: str, tmp_path: Path) -> None:
    copy, target = tmp_path / "x.copy", tmp_path / "target.db"
    backup.save(sqlite_url, copy, nothing)

    def cut(_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        backup.put_back(f"sqlite:///{target}", copy, cut, nothing)
    with pytest.raises(KeyboardInterrupt):
        backup.put_back(f"sqlite:///{target}", copy, nothing, cut)
    assert list(tmp_path.glob("target*")) == []
    with pytest.raises(KeyboardInterrupt):
        backup.save(sqlite_url, tmp_path / "y.copy", cut)
    assert list(tmp_path.glob("y*")) == []


def test_without_the_client_programs_it_says_what_to_install(
    migrated: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert shutil.which("pg_dump") is None
    with pytest.raises(BackupError, match="pg_dump is not installed") as refused:
        backup.save(migrated.url.render_as_string(hide_password=False), tmp_path / "x.copy", nothing)
    assert "postgresql-client" in refused.value.fault.fix
    assert list(tmp_path.iterdir()) == []


def test_a_password_is_on_no_command_line(migrated: Database, tmp_path: Path) -> None:
    """A password that the server does not ask for: the copy is made, and nothing shows the password."""
    url = migrated.url.set(password="hunter2-secret").render_as_string(hide_password=False)
    backup.save(url, tmp_path / "x.copy", nothing)
    wrong = migrated.url.set(password="hunter2-secret", database="nobody's").render_as_string(
        hide_password=False
    )
    with pytest.raises(BackupError) as refused:
        backup.save(wrong, tmp_path / "y.copy", nothing)
    assert "hunter2" not in refused.value.fault.what + refused.value.fault.fix
    assert "pg_dump" in refused.value.fault.what


def test_every_table_is_in_the_copy(sqlite_url: str, tmp_path: Path) -> None:
    backup.save(sqlite_url, tmp_path / "x.copy", nothing)
    conn = sqlite3.connect(tmp_path / "x.copy")
    there = {row[0] for row in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    conn.close()
    assert set(METADATA.tables) <= there
