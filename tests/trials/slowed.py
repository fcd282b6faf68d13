"""``python -m tests.trials.slowed FLAG SECONDS run``: the program as it is, over a database whose transactions take so long.

Slow is the database only while the file FLAG is there: whoever tries it has to furnish a house first.
"""

import sys
import time
from pathlib import Path

from sqlalchemy import Connection, Engine, event

from bot.cli import main


def slow(flag: Path, seconds: float) -> None:
    """Every transaction of this process waits at its beginning."""

    @event.listens_for(Engine, "begin")
    def begun(_: Connection) -> None:
        if flag.exists():
            time.sleep(seconds)


if __name__ == "__main__":
    slow(Path(sys.argv[1]), float(sys.argv[2]))
    sys.argv[1:] = sys.argv[3:]
    main()
