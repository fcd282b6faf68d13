"""D25: a backup is taken while messages go out, the database is lost, the backup is put back elsewhere."""

import sqlite3
import time
from pathlib import Path

import pytest

from storage import outbox, workspaces
from storage.database import Connection, Database
from tests.faults.kills import minutes
from tests.faults.world import seed_of, times, world

long = [pytest.mark.trial, pytest.mark.timeout(3600)]


@pytest.mark.parametrize("n", [pytest.param(times(20), marks=long)])
def test_d25_what_was_sent_after_the_backup_is_not_sent_again(n: int, tmp_path: Path) -> None:
    began = time.monotonic()
    again = 0
    chance = seed_of("D25")
    for number in range(n):
        with world() as here:
            here.plan(delay=0.3)
            here.seed(90)  # and ten more later: all of one workspace, which the backup knows
            worker = here.start()
            before = here.posted()
            while here.posted() == before:
                time.sleep(0.02)
            time.sleep(chance.uniform(0, 0.3))
            copy = tmp_path / f"{number}.db"
            source, target = sqlite3.connect(here.folder / "pilotlight.db"), sqlite3.connect(copy)
            source.backup(target)
            assert target.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
            source.close()
            target.close()
            # More is decided after the backup: decided once more after it is put back, under the same keys.
            first = len(here.expected)
            late = here.seed(10)
            time.sleep(chance.uniform(0.3, 1.5))
            here.kill(worker)
            sent = here.history()
            again += len(sent)
            elsewhere = Database(f"sqlite:///{copy}")
            now = here.now()

            def put_back(conn: Connection) -> None:
                for one in workspaces.all_of(conn):
                    outbox.restored(conn, one, now)  # noqa: B023 - run before the next

            elsewhere.write_now(put_back)
            here.database.close()
            here.database = elsewhere
            here.expected = here.expected[:first]
            assert here.seed(10) == late
            worker = here.start()
            here.until_still(60)
            here.stop(worker)
            verdict = here.verdict(leases=False)
            assert verdict.good, verdict
    print(
        f"D25: {n} backups put back, {again} messages had been sent by then, none lost, none twice; {minutes(began)}"
    )
