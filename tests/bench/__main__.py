"""``make bench``: what the program costs, printed; nothing here is asserted.

Each figure is taken from a process of its own: processor time and peak memory as the system accounts for them.
"""

import csv
import os
import resource
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

DATA = Path(__file__).parents[2] / "bot" / "data"
PILOTS = 100_000
_PORT = "8799"


@dataclass(frozen=True)
class Cost:
    """Seconds of processor time, megabytes at the peak, seconds on the wall."""

    cpu: float
    peak: float
    wall: float

    def __str__(self) -> str:
        return f"{self.cpu:.2f} s processor, {self.wall:.2f} s on the wall, {self.peak:.0f} MB at the peak"


def run(arguments: Sequence[str], folder: Path) -> Cost:
    """Runs one verb to its end, in a process of its own."""
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{folder / 'bench.db'}"}
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", *arguments], env=environment, stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(arguments)} ended with {status}")
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, time.perf_counter() - began)


def many_pilots(path: Path, count: int) -> None:
    """The sample's pilots over and over, under ids and names of their own."""
    with (DATA / "pilots.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["end_state"] != "merged"]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        for number in range(count):
            row = rows[number % len(rows)]
            writer.writerow({**row, "pilot_id": f"X{number}", "name": f"{row['name']} {number}"})


def web_up(folder: Path) -> Cost:
    """Processor time until the web part answers its first request."""
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{folder / 'web.db'}", "PORT": _PORT}
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "web"], env=environment, stderr=subprocess.DEVNULL
    )
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{_PORT}/healthz", timeout=1)
            break
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.02)
    wall = time.perf_counter() - began
    process.terminate()
    _, _, usage = os.wait4(process.pid, 0)
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, wall)


def main() -> None:
    """Prints every figure with the command that makes it."""
    with tempfile.TemporaryDirectory(prefix="pilotlight-bench-") as name:
        folder = Path(name)
        print(f"pilotlight --help: {run(['--help'], folder)}")
        print(f"web part up (ended included): {web_up(folder)}")
        many_pilots(folder / "many.csv", PILOTS)
        print(
            f"import of {PILOTS:,} pilots: {run(['import', str(folder / 'many.csv'), '--at', '2026-11-23'], folder)}"
        )
        extra = os.environ.get("PILOTLIGHT_EXTRA_DATA")
        inventory = Path(extra or "") / "omb-2025-ai-use-cases.csv"
        if extra and inventory.is_file():
            (folder / "bench.db").unlink()
            mapping = str(Path(__file__).parents[2] / "docs" / "omb-mapping.json")
            print(
                f"import of the inventory: {run(['import', str(inventory), '--map', mapping, '--at', '2026-11-23'], folder)}"
            )
            print(f"a look at all of it: {run(['tick', '--at', '2026-11-23T10:00+00:00'], folder)}")
        else:
            print("the inventory: not there (PILOTLIGHT_EXTRA_DATA is not set)")
        print(f"this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
