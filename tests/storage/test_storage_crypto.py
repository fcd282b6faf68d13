"""Tokens at rest: nothing readable in any file, readable with the keys, and through every interruption of a rotation."""

import os
import signal
import subprocess
import sys
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.people import Platform
from bot.services import installing, keys, transfer
from bot.services.installing import Granted
from storage import tokens, workspaces
from storage.crypto import Cipher, NoKeysError, UnreadableError, new_key, split
from storage.database import Connection, Database
from storage.workspaces import Installation
from tests.setup.kit import ROOT, environment, invoked
from tests.storage.kit import NOW
from tests.storage.template import migrated

OLD, NEW, FOREIGN = new_key(), new_key(), new_key()
#: Thirty secrets in the shapes that people store, made up here.
PLANTED = tuple(
    f"{prefix}{number:03}{'PlantedSecret' * 2}"
    for number, prefix in enumerate(("xoxb-9-", "xoxe.xoxb-1-", "xoxe-1-") * 10)
)


@given(st.text(max_size=200))
def test_what_is_encrypted_comes_back_and_looks_like_nothing(text: str) -> None:
    cipher = Cipher([NEW, OLD])
    stored = cipher.encrypt(text)
    assert cipher.decrypt(stored) == text
    assert len(text) < 8 or text not in stored
    assert cipher.encrypt(text) != stored, "the same twice looks different"


@given(st.text(max_size=40), st.integers(min_value=0), st.integers(0, 7))
def test_one_changed_sign_is_noticed(text: str, place: int, bit: int) -> None:
    cipher = Cipher([NEW])
    stored = bytearray(urlsafe_b64decode(cipher.encrypt(text)))
    stored[place % len(stored)] ^= 1 << bit
    with pytest.raises(UnreadableError):
        cipher.decrypt(urlsafe_b64encode(bytes(stored)).decode())


def test_the_newest_key_writes_and_every_key_reads() -> None:
    before = Cipher([OLD]).encrypt("x")
    both = Cipher([NEW, OLD])
    assert both.decrypt(before) == "x" and not both.is_newest(before)
    assert both.is_newest(both.encrypt("x"))
    with pytest.raises(UnreadableError):
        Cipher([FOREIGN]).decrypt(before)
    with pytest.raises(UnreadableError):
        both.decrypt("no token at all ✂")
    with pytest.raises(NoKeysError):
        Cipher().encrypt("x")
    with pytest.raises(NoKeysError):
        Cipher().decrypt(before)
    assert not Cipher() and Cipher([NEW])


@pytest.mark.parametrize(
    "wrong",
    ["", "abc", NEW[:-2], NEW + "x", NEW + OLD, "clé", "x" * 10_000],
    ids=["empty", "short", "cut", "longer", "two in one", "no ASCII", "long"],
)
def test_a_key_that_is_none_is_said_by_its_place_and_never_shown(wrong: str) -> None:
    with pytest.raises(ValueError, match="key 2 of 2") as told:
        Cipher([NEW, wrong])
    assert wrong == "" or wrong not in str(told.value)


def test_keys_are_separated_as_people_separate_them() -> None:
    assert split(f" {NEW}, {OLD}\n;{FOREIGN} ") == [NEW, OLD, FOREIGN]
    assert split("") == []


def granted(number: int, token: str, refresh: str = "") -> Granted:
    return Granted(
        platform=Platform.SLACK,
        external_id=f"T{number:05}",
        name="x",
        bot_user="U1",
        scopes="",
        token=token,
        refresh_token=refresh,
        expires_at=datetime(2030, 1, 1, tzinfo=UTC) if refresh else None,
    )


def test_thirty_planted_tokens_are_in_no_file_and_no_export(tmp_path: Path) -> None:
    """Database, write-ahead log, a copy of both, and everything that is written out of them."""
    file = tmp_path / "pilotlight.db"
    database = migrated(file)
    cipher = Cipher([NEW])

    def plant(conn: Connection) -> None:
        for number in range(0, len(PLANTED), 2):
            installing.authorised(conn, granted(number, PLANTED[number], PLANTED[number + 1]), cipher, NOW)

    database.write_now(plant)
    for whole in database.read_now(workspaces.all_of)[:3]:
        pieces = database.read_now(lambda conn: list(transfer.as_json(conn, whole)))  # noqa: B023 - read at once
        (tmp_path / f"{whole}.json").write_text("".join(pieces))
    (tmp_path / "pilotlight.db.copy").write_bytes(file.read_bytes())
    written = {path: path.read_bytes() for path in tmp_path.iterdir()}
    assert len(written) >= 5
    for secret in (*PLANTED, NEW):
        assert [path for path, content in written.items() if secret.encode() in content] == []
    held = database.read_now(lambda conn: keys.held(conn, cipher, Platform.SLACK, "T00004"))
    assert held is not None and (held.token, held.refresh_token) == (PLANTED[4], PLANTED[5])
    assert PLANTED[4] not in repr(held) and PLANTED[4] not in repr(granted(4, PLANTED[4], PLANTED[5]))
    database.close()


def fill(db: Database, cipher: Cipher, count: int) -> None:
    def plant(conn: Connection) -> None:
        for number in range(count):
            workspaces.install(
                conn,
                Installation(
                    workspace_id="main",
                    platform=Platform.SLACK,
                    external_id=f"T{number:05}",
                    token=cipher.encrypt(f"xoxb-{number}"),
                    refresh_token=cipher.encrypt(f"xoxe-{number}") if number % 3 == 0 else "",
                    installed_at=NOW,
                ),
            )

    db.write_now(plant)


def test_rotation_renews_every_token_and_can_be_repeated(db: Database) -> None:
    fill(db, Cipher([OLD]), 210)
    both = Cipher([NEW, OLD])
    assert db.read_now(lambda conn: keys.stand(conn, both)) == keys.Stand(stored=210, unreadable=0, old=210)
    assert keys.rotate(db, both) == 210
    alone = Cipher([NEW])
    assert db.read_now(lambda conn: keys.stand(conn, alone)) == keys.Stand(stored=210, unreadable=0, old=0)
    assert keys.rotate(db, both) == 0
    held = db.read_now(lambda conn: keys.held(conn, alone, Platform.SLACK, "T00003"))
    assert held is not None and (held.token, held.refresh_token) == ("xoxb-3", "xoxe-3")
    fill(db, Cipher([FOREIGN]), 1)
    with pytest.raises(UnreadableError):
        keys.rotate(db, both)


def test_what_was_replaced_meanwhile_is_not_overwritten(db: Database) -> None:
    fill(db, Cipher([OLD]), 2)
    [one, _] = db.read_now(tokens.stored)
    fresh = {"token": "new", "refresh_token": "", "expires_at": None}
    assert db.write_now(lambda conn: tokens.renew(conn, "main", one, **fresh))  # type: ignore[arg-type]
    late = {"token": "late", "refresh_token": "", "expires_at": None}
    assert not db.write_now(lambda conn: tokens.renew(conn, "main", one, **late))  # type: ignore[arg-type]
    assert next(row.token for row in db.read_now(tokens.stored)) == "new"


def test_a_state_is_used_once_in_time_and_is_not_stored_as_it_travels(db: Database) -> None:
    later = NOW + timedelta(minutes=10)
    for state in ("one", "two"):
        db.write_now(lambda conn, state=state: tokens.issue_state(conn, "", state, until=later, now=NOW))  # type: ignore[misc]
    assert not db.write_now(lambda conn: tokens.use_state(conn, "", "three", NOW))
    assert not db.write_now(lambda conn: tokens.use_state(conn, "", "one", later + timedelta(seconds=1)))
    assert db.write_now(lambda conn: tokens.use_state(conn, "", "one", later))
    assert not db.write_now(lambda conn: tokens.use_state(conn, "", "one", later))
    rows = db.read_now(lambda conn: list(conn.exec_driver_sql("SELECT state FROM installstates")))
    assert [len(row[0]) for row in rows] == [64]
    after = later + timedelta(days=1)
    db.write_now(lambda conn: tokens.issue_state(conn, "", "four", until=after, now=after))
    assert len(db.read_now(lambda conn: list(conn.exec_driver_sql("SELECT state FROM installstates")))) == 1


def test_the_verb_renews_and_refuses_by_name(tmp_path: Path) -> None:
    database = migrated(tmp_path / "pilotlight.db")
    fill(database, Cipher([OLD]), 30)
    database.close()
    dry = invoked(tmp_path, "rotate-keys", "--dry-run", PILOTLIGHT_KEYS=f"{NEW},{OLD}")
    assert dry.code == 0 and dry.said.startswith("30 of 30 stored tokens would be")
    wrong = invoked(tmp_path, "rotate-keys", PILOTLIGHT_KEYS=FOREIGN)
    assert (
        wrong.code == 1
        and "PL-051: 30 stored tokens cannot be read" in wrong.said
        and FOREIGN not in wrong.said
    )
    done = invoked(tmp_path, "rotate-keys", "--json", PILOTLIGHT_KEYS=f"{NEW},{OLD}")
    assert done.said.strip() == '{"stored": 30, "renewed": 30, "dry_run": false}'
    again = invoked(tmp_path, "rotate-keys", PILOTLIGHT_KEYS=NEW)
    assert again.said.startswith("0 of 30")


@pytest.mark.trial
@pytest.mark.timeout(3600)
def test_a_rotation_of_five_thousand_killed_fifty_times_stays_readable(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/pilotlight.db"
    database = Database(url)
    database.migrate()
    fill(database, Cipher([OLD]), 5_000)
    began, busy = time.monotonic(), time.process_time()
    assert keys.rotate(database, Cipher([NEW, OLD])) == 5_000
    took, processor = time.monotonic() - began, time.process_time() - busy
    ring, kills, partly = [NEW, OLD], 0, 0
    program = (
        "import sys; from storage.database import Database; from storage.crypto import Cipher; from bot.services import keys\n"
        "db = Database(sys.argv[1]); print('go', flush=True); print(keys.rotate(db, Cipher(sys.argv[2].split(','))), flush=True)"
    )
    while kills < 50:
        ring = [new_key(), *ring[:1]]
        while True:
            process = subprocess.Popen(
                [sys.executable, "-c", program, url, ",".join(ring)],
                cwd=ROOT,
                env=environment(),
                stdout=subprocess.PIPE,
                text=True,
            )
            assert process.stdout is not None
            assert process.stdout.readline() == "go\n"
            try:
                process.wait(timeout=0.02 + 0.9 * took * ((kills * 7) % 10) / 10)
            except subprocess.TimeoutExpired:
                os.kill(process.pid, signal.SIGKILL)
                kills += 1
            rest = process.communicate()[0]
            stand = database.read_now(lambda conn: keys.stand(conn, Cipher(ring)))  # noqa: B023 - read at once
            assert (stand.stored, stand.unreadable) == (5_000, 0)
            partly += 0 < stand.old < 5_000
            if rest.strip():
                break
            if kills >= 50:
                break
    print(
        f"5,000 tokens in {took:.2f} s on the wall, {processor:.2f} s of the processor; killed {kills} times, {partly} of them halfway; 0 unreadable"
    )
    assert processor < 5 and partly > 0
    assert keys.rotate(database, Cipher(ring)) >= 0
    assert database.read_now(lambda conn: keys.stand(conn, Cipher(ring[:1]))).unreadable == 0
    database.close()
