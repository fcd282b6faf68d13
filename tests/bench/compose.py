"""``python -m tests.bench.compose [workspaces]``: what it costs to write a message, on PostgreSQL.

Workspaces of a hundred pilots on an ordinary day (`registry.lived`), looked at after midnight; what then waits for its people at half
past nine is composed until nothing is left. The processor time is the server's included; the statements are counted at the driver.
"""

import sys
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import event

from bot.services import compose, look
from storage.database import Database
from storage.rounds import Round
from tests.bench import registry

WORKSPACES = 100
#: When people are at work.
OPEN = registry.DAY + timedelta(hours=9.5)


def looked_at(database: Database) -> None:
    """What the looks of the night leave behind."""
    for _ in range(2):
        while database.write_now(partial(look.look, now=registry.DAY, limit=500)):
            pass
        database.write_now(partial(look.admit, now=registry.DAY))


def main(count: int) -> None:
    """Prints the cost of a message."""
    with registry.engines() as server:
        database = Database(server.create())
        registry.lived(database, ordinary=True)
        registry.grow(database, count)
        looked_at(database)
        statements = [0]

        @event.listens_for(database.writing, "before_cursor_execute")
        def counted(*_: Any) -> None:
            statements[0] += 1

        messages, around, began = 0, Round(), registry.processor()
        while (done := database.write_now(partial(compose.compose, now=OPEN, around=around))).people:
            messages += done.messages
        cost = registry.processor() - began
        print(
            f"{messages:,} messages of {count} workspaces: {1000 * cost / messages:.2f} ms of processor time each, "
            f"{statements[0] / messages:.1f} statements each"
        )
        database.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else WORKSPACES)
