"""``python rival_engines.py NAME ADDRESS COUNT``: the work that other engines do for so many pilots that are due today.

A program of its own, because it needs only the rival's packages: `tests.bench.rivals` starts it. It makes its tables and jobs, says
``ready``, waits for a line, works, says ``done`` and waits again. What a pilot's job does itself is left out: an empty function stands for the whole look.
"""

import asyncio
import importlib
import os
import sys
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

ADDRESS, COUNT = sys.argv[2], int(sys.argv[3])
TOMORROW = timedelta(days=1)
looked_at = 0
all_done = threading.Event()


def look(pilot: str) -> None:
    """What a pilot's own job would do."""
    global looked_at  # noqa: PLW0603 - the job is named by its address, so its state is the module's
    looked_at += 1
    if looked_at == COUNT:
        all_done.set()


def tell(what: str) -> None:
    """Says where we are, and waits until whoever started us has read it."""
    print(what, flush=True)
    sys.stdin.readline()


def apscheduler(due: Sequence[str] = ()) -> None:
    """One interval job per pilot in a SQLAlchemy job store."""
    from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
    from apscheduler.schedulers.background import BackgroundScheduler

    address = ADDRESS.replace("postgresql://", "postgresql+psycopg://")
    scheduler = BackgroundScheduler(
        jobstores={"default": SQLAlchemyJobStore(url=address)},
        job_defaults={"misfire_grace_time": None, "coalesce": True},
        timezone="UTC",
    )
    scheduler.start(paused=True)
    for pilot in due or [f"P{number}" for number in range(COUNT)]:
        scheduler.add_job(look, "interval", days=1, args=[pilot], next_run_time=datetime.now(UTC))
    tell("ready")
    scheduler.resume()
    all_done.wait()
    tell("done")
    os._exit(0)


def apscheduler_whole() -> None:
    """The same, and each job looks at its pilot as the program would if it looked at one: in a transaction of its own."""
    from functools import partial

    from bot.services.look import look_now
    from storage import pilots, workspaces
    from storage.database import Connection, Database

    global look  # noqa: PLW0603 - the job is named by its address
    database, empty = Database(ADDRESS), look
    now = datetime.fromisoformat(sys.argv[4])

    def looked(conn: Connection, pilot: str) -> None:
        workspace_id, _, pilot_id = pilot.partition(" ")
        workspace = workspaces.get(conn, workspace_id)
        if workspace is not None:
            look_now(conn, workspace, [pilot_id], now)

    def whole(pilot: str) -> None:
        database.write_now(partial(looked, pilot=pilot))
        empty(pilot)

    look = whole
    whole.__qualname__ = "look"
    apscheduler(
        [" ".join(pair) for pair in database.read_now(partial(pilots.overdue, before=now, limit=COUNT))]
    )


def procrastinate() -> None:
    """One job per pilot; each plans tomorrow's."""
    engine = importlib.import_module(
        "procrastinate"
    )  # no requirement of ours, so nothing a type checker finds

    app = engine.App(connector=engine.PsycopgConnector(conninfo=ADDRESS))

    @app.task(name="look")  # type: ignore[untyped-decorator]
    async def look_later(pilot: str) -> None:
        look(pilot)
        await look_later.configure(schedule_at=datetime.now(UTC) + TOMORROW).defer_async(pilot=pilot)

    async def work() -> None:
        async with app.open_async():
            await app.schema_manager.apply_schema_async()
            for number in range(COUNT):
                await look_later.defer_async(pilot=f"P{number}")
            tell("ready")
            await app.run_worker_async(wait=False, concurrency=10, install_signal_handlers=False)
            tell("done")

    asyncio.run(work())


def dbos() -> None:
    """One workflow of one step per pilot; that a day begins is left out."""
    DBOS: Any = importlib.import_module("dbos").DBOS  # noqa: N806 - its own name

    DBOS(
        config={
            "name": "looks",
            "system_database_url": ADDRESS,
            "log_level": "ERROR",
            "run_admin_server": False,
        }
    )

    @DBOS.step()  # type: ignore[untyped-decorator]
    def step(pilot: str) -> None:
        look(pilot)

    @DBOS.workflow()  # type: ignore[untyped-decorator]
    def workflow(pilot: str) -> None:
        step(pilot)

    DBOS.launch()
    tell("ready")
    handles = [DBOS.start_workflow(workflow, f"P{number}") for number in range(COUNT)]
    for handle in handles:
        handle.get_result()
    tell("done")
    os._exit(0)


if __name__ == "__main__":
    {
        "apscheduler": apscheduler,
        "apscheduler_whole": apscheduler_whole,
        "procrastinate": procrastinate,
        "dbos": dbos,
    }[sys.argv[1]]()
