"""``python -m tests.bench.rivals``: a day's looks at pilots, ours whole, beside what other engines take for empty jobs.

Each gets a database of its own on one PostgreSQL server, one after the other, and as many pilots that are due today. Ours claims,
loads, judges and writes. One APScheduler job per pilot does the same day's work, each job with the look at its one pilot; all
three are also shown with empty jobs, which only claim and plan the next (`rival_engines`). Compared is the processor time per pilot, the server's included.

The rivals are no requirements of the program: PILOTLIGHT_RIVALS names a Python that has apscheduler, procrastinate and dbos
(with sqlalchemy and psycopg); a package that is missing there is left out and named.
"""

import os
import subprocess
import sys
from functools import partial
from pathlib import Path

from bot.services import look
from storage.database import Database
from tests.bench import registry
from tests.storage.postgres import Server

WORKSPACES = 40
RIVALS = {"apscheduler_whole": 1_000, "apscheduler": 1_000, "procrastinate": 1_000, "dbos": 500}
PYTHON = "PILOTLIGHT_RIVALS"


def ours(url: str) -> float:
    """Milliseconds of processor time per due pilot, everything included."""
    database = Database(url)
    began, pilots = registry.processor(), 0
    while done := database.write_now(partial(look.look, now=registry.DAY, limit=500)):
        pilots += done
    cost = registry.processor() - began
    database.close()
    return 1000 * cost / pilots


def theirs(server: Server, name: str, count: int, database: str = "", *more: str) -> float | str:
    """The same of a rival's empty jobs; or why there is none."""
    python = sys.executable if database else os.environ.get(PYTHON, sys.executable)
    program = str(Path(__file__).parent / "rival_engines.py")
    if subprocess.run(
        [python, "-c", f"import {name.removesuffix('_whole')}"], capture_output=True, check=False
    ).returncode:
        return f"left out: {python} has no package {name} ({PYTHON} may name one that has)"
    with subprocess.Popen(
        [python, program, name, database or server.create(), str(count), *more],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    ) as process:  # fmt: skip
        if process.stdin is None or process.stdout is None or process.stdout.readline() != "ready\n":
            process.kill()
            return "left out: it did not start"
        before = registry.processor()
        process.stdin.write("go\n")
        process.stdin.flush()
        finished = process.stdout.readline()
        # It waits for our second line, so that its own time can be read.
        cost = registry.processor() - before
        process.stdin.write("end\n")
    return 1000 * cost / count if finished == "done\n" else "left out: it ended before its work did"


def main() -> None:
    """Prints one line for each, with its factor."""
    with registry.engines() as server:
        url = server.create()
        database = Database(url)
        registry.lived(database)
        registry.grow(database, WORKSPACES)
        database.close()
        same = server.copy(url)
        mine = ours(url)
        print(f"ours, the whole look: {mine:.2f} ms of processor time per due pilot")
        for name, count in RIVALS.items():
            whole = (same, registry.DAY.isoformat()) if name.endswith("_whole") else ()
            cost = theirs(server, name, count, *whole)
            if isinstance(cost, str):
                print(f"{name}: {cost}")
            else:
                print(
                    f"{name}, {count:,} {'looks' if whole else 'empty jobs'}: {cost:.2f} ms each, {cost / mine:.1f} times ours",
                    flush=True,
                )


if __name__ == "__main__":
    main()
