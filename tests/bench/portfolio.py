"""What the page costs as the registry grows: `python -m tests.bench.portfolio`.

Each time is processor time, the median of several in one process; the ratio compares the page, read and drawn, with one aggregate
statement over the same rows, so it carries over to other machines. Hindsight reads every record once; asked again, what changed.
"""

import random
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy import text

from bot.domain.record import Reading
from bot.services import login, look, portfolio, transfer
from bot.services.hindsight import in_hindsight
from bot.web.dashboard import _SORTS
from bot.web.pages import environment
from storage import people, pilots, record, workspaces
from storage.database import Connection, Database
from storage.portfolio import Wanted
from tests.domain.test_replay import SAMPLE
from tests.storage.kit import NOW, OURS, TODAY, origin, workspace

SIZES = (0, 1, 24, 1_000, 10_000)
ROUNDS = 7
AGGREGATE = text(
    "SELECT stage, count(*), sum(CAST(cost_to_date AS FLOAT)), sum(CAST(cost_per_week AS FLOAT)) FROM pilots AS p"
    " WHERE workspace_id = 'ours' GROUP BY stage"
)


def fill(conn: Connection, count: int) -> None:
    """A workspace with so many pilots."""
    workspaces.add(conn, workspace())
    stock(conn, count)


def stock(conn: Connection, count: int) -> None:
    """The sample over and over, with its readings and entries."""
    cast = {person.id: person for one, _ in SAMPLE for person in one.people}
    people.add_many(conn, OURS, list(cast.values()), NOW)
    dice, rows, readings, entries = random.Random(1), [], {}, {}
    for at in range(count):
        one, its = SAMPLE[at % len(SAMPLE)]
        pilot_id = f"X{at:05}"
        started = one.started - timedelta(days=dice.randrange(300))
        rows.append((replace(one, id=pilot_id, name=f"{one.name} {at}", started=started), origin()))
        readings[pilot_id] = [Reading(on=row.on, value=row.value, source=row.source) for row in its.readings]
        entries[pilot_id] = its.entries
    pilots.add_many(conn, OURS, rows, next_look_at=NOW)
    if rows:
        record.append_readings(conn, OURS, readings)
        record.append_entries(conn, OURS, entries, NOW, "import")


def median(go: Callable[[], object]) -> float:
    """Milliseconds of processor time."""
    times = []
    for _ in range(ROUNDS):
        began = time.process_time()
        go()
        times.append((time.process_time() - began) * 1000)
    return statistics.median(times)


def measure(count: int) -> None:
    """One size."""
    with tempfile.TemporaryDirectory(prefix="pilotlight-") as folder:
        database = Database(f"sqlite:///{Path(folder) / 'bench.db'}")
        database.migrate()
        database.write_now(lambda conn: fill(conn, count))
        while database.write_now(lambda conn: look.look(conn, NOW, limit=500)):
            pass
        found = database.read_now(lambda conn: workspaces.get(conn, OURS))
        assert found is not None
        person = next(iter(database.read_now(lambda conn: people.all_of(conn, OURS)).values()))
        viewer = login.Viewer(workspace=found, person=person, admin=False, leader=False, today=TODAY)

        def read(conn: Connection) -> portfolio.Overview:
            return portfolio.overview(conn, found, TODAY, Wanted(), 1)

        aggregate = median(lambda: database.read_now(lambda conn: conn.execute(AGGREGATE).all()))
        reading = median(lambda: database.read_now(read))
        seen = database.read_now(read)
        template = environment().get_template("portfolio.html")
        pages: list[str] = []

        def draw() -> None:
            shown = template.render(
                viewer=viewer, proof="", it=seen, today=TODAY, sorts=_SORTS, wanted=[], link=_link, only=_link
            )
            pages.append(shown)

        drawing = median(draw)
        began = time.process_time()
        first = database.read_now(lambda conn: in_hindsight(conn, found, TODAY))
        once = (time.process_time() - began) * 1000
        again = median(lambda: database.read_now(lambda conn: in_hindsight(conn, found, TODAY)))
        assert first == database.read_now(lambda conn: transfer.in_hindsight(conn, OURS, TODAY)[0])
        print(
            f"{count:>6,} pilots: read {reading:7.1f} ms, drawn {drawing:6.1f} ms, {len(pages[0]) / 1000:5.0f} kB;"
            f" one aggregate {aggregate:6.2f} ms; ratio {reading / aggregate:5.1f} read,"
            f" {(reading + drawing) / aggregate:5.1f} read and drawn; hindsight {once:7.1f} ms, again {again:6.1f} ms"
        )
        database.close()


def _link(**_: object) -> str:
    return "/"


def main() -> None:
    """Prints every size."""
    for count in SIZES:
        measure(count)


if __name__ == "__main__":
    main()
