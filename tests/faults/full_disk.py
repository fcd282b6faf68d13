"""D10, run inside a mount namespace of its own: `python -m tests.faults.full_disk TMPFS TIMES`. Prints one line of JSON."""

import json
import os
import sqlite3
import sys
import time
from pathlib import Path

import httpx

from tests.faults.world import world


def main() -> None:
    disk, times = Path(sys.argv[1]), int(sys.argv[2])
    filler = disk / "filler"
    with world(f"sqlite:///{disk / 'p.db'}") as here:
        port = _free_port()
        here.seed(40)
        worker = here.start(web=True, port=port)
        url = f"http://127.0.0.1:{port}/readyz"
        refused = ready_again = 0
        _until(url, 200)
        for _ in range(times):
            _fill(filler)
            _try_seed(here)
            refused += _until(url, 503)
            filler.unlink()
            here.seed(20)
            ready_again += _until(url, 200)
        here.until_still(120)
        verdict = here.verdict()
        here.stop(worker)
        with sqlite3.connect(disk / "p.db") as raw:
            sound = raw.execute("PRAGMA integrity_check").fetchone()[0]
        print(
            json.dumps(
                {
                    "full": times, "not_ready": refused, "ready_again": ready_again, "nudges": len(here.expected),
                    "verdict": str(verdict), "good": verdict.good, "integrity": sound,
                }
            )
        )  # fmt: skip


def _try_seed(here) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    """Something to do while nothing can be written; it may itself be refused."""
    expected = list(here.expected)
    try:
        here.seed(5)
    except Exception:  # noqa: BLE001 - refused, as it should be: nothing of it is expected
        here.expected = expected


def _fill(filler: Path) -> None:
    with filler.open("wb", buffering=0) as file:
        for size in (65_536, 4_096, 512):
            try:
                while True:
                    file.write(os.urandom(size))
            except OSError:
                continue


def _until(url: str, status: int, within: float = 180.0) -> bool:
    until = time.monotonic() + within
    while time.monotonic() < until:
        try:
            if httpx.get(url, timeout=10, trust_env=False).status_code == status:
                return True
        except httpx.HTTPError:
            pass
        time.sleep(0.3)
    return False


def _free_port() -> int:
    from tests.storage.postgres import _free_port as free

    return free()


if __name__ == "__main__":
    main()
