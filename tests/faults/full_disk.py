"""D10, run inside a mount namespace of its own: `python -m tests.faults.full_disk FOLDER TIMES`. Prints lines of JSON.

The disk fills just before one write of the program: what is to be written is made to wait, then every byte is taken, then
the clock moves or the platform answers. Somebody reads meanwhile, so that SQLite cannot use old room in its log anew.
"""

import contextlib
import json
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import httpx

from storage import outbox, workspaces
from storage.database import Connection, SQLAlchemyError
from tests.faults.stalls import START, furnish
from tests.faults.world import World, world
from tests.storage.postgres import free_port

#: Room for a database, its log and what a round adds.
MEGABYTES = 48
#: Alembic brings up one schema at a time in a process.
_MAKING = threading.Lock()
_EARLY, _DAY = START - timedelta(hours=1), START + timedelta(minutes=30)
_PATIENCE = 600.0


def look_and_digest(here: World) -> None:
    """Pilots and a digest are due in an hour."""
    here.clock.set(_EARLY)
    furnish(here, look_at=START)


def compose(here: World) -> None:
    """Everybody's question waits for the working day to begin."""
    here.clock.set(_EARLY)
    furnish(here)
    _until(lambda: here.count("asks") >= len(here.expected))


def claim(here: World) -> None:
    """Messages may be sent in an hour."""
    here.clock.set(_EARLY)
    here.seed(20, not_before=START)


def mark(here: World) -> None:
    """Slack has the messages, and answers in a moment."""
    here.clock.set(_DAY)
    here.plan(share=1.0, kinds=["hang"], hang=5.0, seed=1)
    here.seed(10)
    _until(lambda: here.posted_lines() >= 5)


def reconcile(here: World) -> None:
    """Sends in doubt are looked for, and Slack takes a moment to show them."""
    here.clock.set(_DAY)
    here.plan(share=1.0, kinds=["lost_reply", "down"], seed=1)
    here.seed(10)
    _until(lambda: set(here.standing()) == {"unknown"})
    here.plan(delay=6.0)
    asked = here.ask("calls").get("conversations.open", 0)
    here.clock.advance(4 * here.settle)
    _until(lambda: here.ask("calls").get("conversations.open", 0) > asked)


#: What waits for the write.
STEPS: dict[str, Callable[[World], None]] = {
    "look and digest": look_and_digest,
    "compose": compose,
    "claim": claim,
    "mark": mark,
    "reconcile": reconcile,
}


@contextlib.contextmanager
def full(disk: Path, database: Path) -> Iterator[None]:
    """Not one byte is left."""
    filler = disk / "filler"
    reader = sqlite3.connect(database, isolation_level=None)
    # Somebody who reads what the log alone holds keeps it from being begun anew; where all of it is in the file, nobody does.
    reader.execute("PRAGMA user_version = 1")
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM outbox").fetchone()
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 20, 4_096, 512, 1):
            with contextlib.suppress(OSError):
                while True:
                    file.write(bytes(size))
    try:
        yield
    finally:
        filler.unlink()
        reader.close()


def once(disk: Path, number: int, step: str) -> dict[str, object]:
    """One round; what was seen."""
    database = disk / f"{number}.db"
    with contextlib.ExitStack() as stack:
        with _MAKING:
            here = stack.enter_context(world(f"sqlite:///{database}", shared=True))
        here.clock.set(_EARLY)
        port = free_port()
        here.start(web=True, port=port)
        url = f"http://127.0.0.1:{port}/readyz"
        _until(lambda: _status(url) == 200)
        STEPS[step](here)
        posted = here.posted_lines()
        with full(disk, database):
            refused = _is_refused(here)
            if here.now() < START:
                here.clock.set(_DAY)
            not_ready = _until(lambda: _status(url) == 503)
            meanwhile = here.posted_lines() - posted
        here.plan()
        ready = _until(lambda: _status(url) == 200)
        why = "" if ready else httpx.get(url, timeout=60, trust_env=False).text[:300]
        here.seed(5)
        until = time.monotonic() + _PATIENCE
        while (here.moving() or here.missing()) and time.monotonic() < until:
            time.sleep(3)
            here.clock.advance(40)
        verdict = here.verdict(leases=False)
        unrecorded = {post.key for post in here.history()} - here.database.read_now(_sent)
        failed, stuck = sorted(_failed_ticks(here)), here.stuck()
    with sqlite3.connect(database) as raw:
        sound = raw.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    for file in disk.glob(f"{number}.db*"):
        file.unlink()
    well = refused and not_ready and ready and sound and verdict.good and not unrecorded
    return {
        "step": step, "well": well, "refused": refused, "503": not_ready,
        "200 again": ready, "arrived meanwhile": meanwhile, "sound": sound, "verdict": str(verdict),
        "unrecorded": len(unrecorded), "messages": len(here.expected), "failed": failed,
        "lost": verdict.lost, "why": why, "stuck": stuck,
    }  # fmt: skip


def _is_refused(here: World) -> bool:
    """Whether a decision is refused as a whole while nothing can be written: then nothing of it is expected."""
    before = list(here.expected)
    try:
        here.seed(5)
    except SQLAlchemyError:
        here.expected = before
        return True
    return False


def _sent(conn: Connection) -> set[str]:
    return {
        row.key
        for one in workspaces.all_of(conn)
        for row in outbox.history(conn, one, limit=100_000)
        if row.state == "sent"
    }


def _failed_ticks(here: World) -> set[str]:
    log = here.folder / "worker.log"
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []
    return {word for line in lines if "tick failed" in line for word in _TICKS if word in line}


_TICKS = ("look", "compose", "digest", "deliver", "housekeeping")


def _status(url: str) -> int:
    try:
        return httpx.get(url, timeout=10, trust_env=False).status_code
    except httpx.HTTPError:
        return 0


def _until(seen: Callable[[], bool]) -> bool:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        if seen():
            return True
        time.sleep(0.1)
    return False


def rounds(folder: Path, step: str, times: int) -> None:
    """So many rounds of a step, on a disk of its own."""
    disk = folder / step.replace(" ", "_")
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "tmpfs", str(disk)], check=True)
    for number in range(times):
        print(json.dumps(once(disk, number, step)), flush=True)


if __name__ == "__main__":
    # Beside each other: each mostly waits for a tick, and for `/readyz` to forget.
    with ThreadPoolExecutor(len(STEPS)) as pool:
        wanted = sys.argv[3:] or STEPS
        list(pool.map(lambda step: rounds(Path(sys.argv[1]), step, int(sys.argv[2])), wanted))
