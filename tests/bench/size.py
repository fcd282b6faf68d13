"""``python -m tests.bench.size [pilots …]``: what a due pilot costs in a registry of ten thousand and of a million pilots, on PostgreSQL.

Each size is a database of its own on one server: workspaces of a hundred pilots, a handful of rows each (`registry.slim`). Half of
the pilots are due; the same number of batches is looked at in each, in turns of the sizes, the database's processor time included.
Beside it a look with nothing due, and the peak memory of a process of its own that looks at one batch, also in a registry of a
thousand.
"""

import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from bot.services import look
from storage.database import Database
from tests.bench import registry

SIZES = (10_000, 1_000_000)
#: Only for the memory.
SMALL = 1_000
BATCHES, BATCH, SWEEPS = 6, 500, 50


def idle(database: Database) -> float:
    """Milliseconds on the wall of a look that finds nothing due: the best of several medians, so that neighbours count little."""
    long_ago = registry.IMPORTED - timedelta(days=1)
    medians = []
    for _ in range(6):
        taken = []
        for _ in range(SWEEPS):
            began = time.perf_counter()
            database.write_now(partial(look.look, now=long_ago, limit=BATCH))
            taken.append(time.perf_counter() - began)
        medians.append(statistics.median(taken))
    return 1000 * min(medians)


def batch(database: Database) -> float:
    """Milliseconds of processor time per pilot of one batch."""
    began = registry.processor()
    done = database.write_now(partial(look.look, now=registry.DAY, limit=BATCH))
    return 1000 * (registry.processor() - began) / done


def peak(url: str) -> float:
    """Megabytes at the peak of a process that looks at one batch."""
    ran = subprocess.run(
        [sys.executable, "-m", "tests.bench.size", "--peak", url],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return float(ran.stdout)


def one_batch(url: str) -> None:
    """What that process does."""
    database = Database(url)
    database.write_now(partial(look.look, now=registry.DAY, limit=BATCH))
    database.close()
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def main(sizes: Sequence[int]) -> None:
    """Prints one line per size and the ratio of the last to the first."""
    with registry.engines() as server:
        databases = []
        peaks = []
        for pilots in (SMALL, *sizes):
            began = time.perf_counter()
            url = server.create()
            database = Database(url)
            registry.lived(database)
            database.write_now(registry.slim)
            registry.fill(database, pilots // registry.EACH)
            print(f"{pilots:,} pilots filled in {time.perf_counter() - began:.0f} s", flush=True)
            peaks.append(peak(url))
            print(f"  {peaks[-1]:.0f} MB at the peak of a process that looks at {BATCH} of them", flush=True)
            if pilots == SMALL:
                database.close()
            else:
                databases.append(database)
        costs: list[list[float]] = [[] for _ in sizes]
        for _ in range(BATCHES):
            for mine, database in zip(costs, databases, strict=True):
                mine.append(batch(database))
        for pilots, mine, database in zip(sizes, costs, databases, strict=True):
            nothing = idle(database)
            print(
                f"{pilots:,} pilots: {statistics.median(mine):.3f} ms of processor time per due pilot, "
                f"{nothing:.3f} ms on the wall with nothing due"
            )
            database.close()
        first, last = (statistics.median(mine) for mine in (costs[0], costs[-1]))
        print(f"ratio {last / first:.2f} (aim: at most 1.2)")
        print(f"memory {peaks[-1] / peaks[0]:.2f} times that at {SMALL:,} (aim: at most 1.1)")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--peak"]:
        one_batch(sys.argv[2])
    else:
        main([int(one) for one in sys.argv[1:]] or SIZES)
