"""The harness: a database, a Slack and workers that may be killed, and in the end the history that is judged."""

import contextlib
import os
import random
import shutil
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection as Pipe
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from bot.domain.people import Address, Person, Platform
from bot.messages.model import dump
from bot.messages.replies import line
from bot.services.delivery import LEASE
from storage import outbox, people, workspaces
from storage.crypto import Cipher, new_key
from storage.database import Connection, Database
from storage.tables import METADATA
from storage.workspaces import Installation, Settings, Workspace
from tests.faults import fake_slack, workers
from tests.faults.clocks import SharedClock
from tests.faults.history import Held, Post, Verdict, check_history, read_history
from tests.faults.network import Wire
from tests.storage.template import migrated

#: The app as it is installed by many: each workspace has a token of its own, encrypted in the database.
KEY = new_key()
INSTALLED = {
    "slack_signing_secret": "trial",
    "slack_client_id": "1.1",
    "slack_client_secret": "trial",
    "public_url": "https://trial.invalid",
    "pilotlight_keys": KEY,
}
#: Teams beside it, where a trial asks for it: one app, a tenant to each workspace.
TEAMS = {
    "teams_app_id": "5d1f5a3e-0000-4000-8000-0000000000aa",
    "teams_app_password": "trial",
    "teams_tenant_id": "tenant0",
    "teams_service_hosts": "127.0.0.1",
}
#: What the uncertain rest a moment for in trials; the default is a minute.
SETTLE = 2.0
PER_WORKSPACE = 100


@dataclass
class World:
    """What a trial holds in its hands."""

    folder: Path
    database: Database
    slack: Pipe
    port: int
    clock: SharedClock
    shared: bool
    settle: float = SETTLE
    #: Whether workers have Teams beside Slack.
    teams: bool = False
    #: Where workers look for Slack; a proxy may stand between.
    slack_port: int = 0
    database_url: str = ""
    workers: list[ForkServerProcess] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)
    #: Messages to channels and on Teams: nobody can look there, so each comes once or is left unverified.
    blind: list[str] = field(default_factory=list)
    kills: int = 0

    def now(self) -> datetime:
        return self.clock() if self.shared else datetime.now(UTC)

    def ask(self, verb: str, argument: Any = None) -> Any:
        """Asks the fake Slack, or tells it what to do."""
        self.slack.send((verb, argument))
        return self.slack.recv()

    def plan(self, **plan: Any) -> None:
        self.ask("plan", plan)

    def start(
        self,
        *,
        rival: str = "",
        failpoint: str | None = None,
        web: bool = False,
        enter: Wire | None = None,
        **more: Any,
    ) -> ForkServerProcess:
        """A worker more, with these settings beside the usual ones; `enter` puts it at the other end of a wire."""
        settings = {
            "database_url": self.database_url or self.database.url.render_as_string(hide_password=False),
            **INSTALLED,
            "slack_api_url": f"http://127.0.0.1:{self.slack_port or self.port}/api/",
            "pilotlight_settle": self.settle,
            "log_level": "warning",
        }
        if self.teams:
            settings |= TEAMS | {"teams_token_url": f"http://127.0.0.1:{self.port}/teams/token"}
        settings |= more
        if failpoint:
            settings["pilotlight_failpoint"] = failpoint
        worker = workers.start(self.folder, settings, rival=rival, shared=self.shared, web=web, enter=enter)
        self.workers.append(worker)
        return worker

    def database_url_at(self, host: str) -> str:
        """The database's address as somebody elsewhere has it."""
        return self.database.url.set(host=host).render_as_string(hide_password=False)

    def kill(self, worker: ForkServerProcess) -> None:
        """As the machine would: at once, whatever it was doing."""
        worker.kill()
        self.gone(worker)
        self.kills += 1

    def gone(self, worker: ForkServerProcess, within: float = 120.0) -> int:
        """Waits for a worker's end; its exit code."""
        worker.join(within)
        assert worker.exitcode is not None, f"the worker did not end: {self._stands(worker)}"
        if worker in self.workers:
            self.workers.remove(worker)
        return worker.exitcode

    def _stands(self, worker: ForkServerProcess) -> str:
        """Where a worker stands, and how much of the processor it had."""
        assert worker.pid is not None
        os.kill(worker.pid, signal.SIGUSR1)
        worker.join(5)
        had = Path(f"/proc/{worker.pid}/schedstat").read_text().split()[0]
        log = (self.folder / "worker.log").read_text(encoding="utf-8", errors="replace")
        return f"{int(had) / 1e9:.1f} s of the processor\n{log[-6000:]}"

    def stop(self, worker: ForkServerProcess) -> float:
        """SIGTERM; how long it took to end."""
        began = time.monotonic()
        assert worker.pid is not None
        os.kill(worker.pid, signal.SIGTERM)
        self.gone(worker)
        return time.monotonic() - began

    def seed(self, count: int, *, not_before: datetime | None = None) -> list[str]:
        """So many nudges more, each to a person of their own, a hundred people to a workspace."""
        first = len(self.expected)
        keys = self.database.write_now(lambda conn: _seed(conn, range(first, first + count), self.now()))
        self.expected += keys
        return keys

    def seed_blind(self, count: int) -> None:
        """So many posts more to channels of Slack, and as many on Teams."""
        first = len(self.blind) // 2
        url = f"http://127.0.0.1:{self.slack_port or self.port}/teams/"
        numbers = range(first, first + count)
        self.blind += self.database.write_now(lambda conn: _seed_blind(conn, numbers, self.now(), url))

    def standing(self) -> dict[str, int]:
        """What still moves, by state."""
        found = self.database.read_now(outbox.standing)
        return {state: count for state, (count, _) in found.items()}

    def moving(self) -> int:
        return sum(self.standing().values())

    def count(self, table: str) -> int:
        """How many rows a table has."""
        counted = select(func.count()).select_from(METADATA.tables[table])
        return self.database.read_now(lambda conn: conn.scalar(counted)) or 0

    def waiting(self) -> int:
        """What nobody has claimed yet."""
        return self.standing().get("pending", 0)

    def until_still(self, within: float = 120.0) -> float:
        """Waits until nothing moves any more; how long that took, in seconds."""
        began = time.monotonic()
        while self.moving() and time.monotonic() - began < within:
            time.sleep(0.1)
        return time.monotonic() - began

    def posted(self) -> int:
        """How much was posted, in bytes of its history: cheap to ask again and again."""
        path = self.folder / "history.jsonl"
        return path.stat().st_size if path.exists() else 0

    def posted_lines(self) -> int:
        """How much was posted, in messages."""
        path = self.folder / "history.jsonl"
        return path.read_bytes().count(b"\n") if path.exists() else 0

    def history(self) -> list[Post]:
        return read_history(self.folder / "history.jsonl")

    def held(self) -> dict[str, Held]:
        """Each message's last attempt, as the outbox has it."""

        def attempts(conn: Connection) -> dict[str, Held]:
            return {
                row.key: Held(tried_at=row.tried_at.timestamp(), until=(row.tried_at + LEASE).timestamp())
                for one in workspaces.all_of(conn)
                for row in outbox.history(conn, one, limit=100_000)
                if row.tried_at is not None and row.state == "sent"
            }

        return self.database.read_now(attempts)

    def unverified(self) -> set[str]:
        """What may or may not have arrived, by the outbox's word: allowed only where nobody can look."""

        def left(conn: Connection) -> set[str]:
            return {
                row.key
                for one in workspaces.all_of(conn)
                for row in outbox.history(conn, one, limit=100_000)
                if row.state == "unverified"
            }

        return self.database.read_now(left) & set(self.blind)

    def missing(self) -> set[str]:
        """What neither arrived nor is left unverified, whether or not it was written yet."""
        arrived = {post.key for post in self.history()}
        return {*self.expected, *self.blind} - arrived - self.unverified()

    def verdict(self, *, leases: bool = True) -> Verdict:
        """What came of it."""
        maybe = self.unverified() if self.blind else set()
        return check_history(
            self.history(), [*self.expected, *self.blind], self.held() if leases else None, maybe
        )

    def said(self) -> str:
        """The counts, for the line that a trial prints."""
        beside = f", {len(self.blind)} where nobody can look ({len(self.unverified())} unverified)"
        return f"{len(self.expected)} nudges" + (beside if self.blind else "")

    def stuck(self) -> str:
        """What still moves and why, for whoever reads a trial that failed."""

        def left(conn: Connection) -> Counter[tuple[str, int, str]]:
            return Counter(
                (row.state, row.attempt, row.error)
                for one in workspaces.all_of(conn)
                for row in outbox.history(conn, one, limit=100_000)
                if row.state in ("pending", "sending", "unknown")
            )

        return str(dict(self.database.read_now(left)))


def install(conn: Connection, workspace_id: str, team: str, now: datetime) -> None:
    """The app in one Slack workspace."""
    there = Installation(
        workspace_id=workspace_id, platform=Platform.SLACK, external_id=team, installed_at=now,
        token=Cipher([KEY]).encrypt(f"xoxb-{team}"),
    )  # fmt: skip
    workspaces.install(conn, there)


def _seed(conn: Connection, numbers: range, now: datetime) -> list[str]:
    keys = []
    content = dump(line("No word for 17 working days. You own it."))
    for number in numbers:
        workspace_id, team = f"w{number // PER_WORKSPACE}", f"T{number // PER_WORKSPACE}"
        if workspaces.get(conn, workspace_id) is None:
            workspaces.add(conn, Workspace(id=workspace_id, name=team, settings=Settings(), created_at=now))
            install(conn, workspace_id, team, now)
            workspaces.set_digest_at(conn, workspace_id, now + timedelta(days=6))
            workspaces.set_people_at(conn, workspace_id, now + timedelta(days=6))
        person = f"p{number}"
        there = Address(platform=Platform.SLACK, workspace=team, user=f"{team}x{number}")
        people.add(conn, workspace_id, Person(id=person, handle=person, name=person, addresses=(there,)), now)
        key = f"nudge:{person}:{now.date()}"
        # A free message, so that the auditor does not ask for its questions.
        outbox.add(
            conn, workspace_id, key=key, kind="notice", content=content, now=now, person_id=person,
            platform="slack", external_id=team,
        )  # fmt: skip
        keys.append(key)
    return keys


def _seed_blind(conn: Connection, numbers: range, now: datetime, service_url: str) -> list[str]:
    keys = []
    content = dump(line("Two decisions wait."))
    for number in numbers:
        workspace_id, tenant = f"w{number // PER_WORKSPACE}", f"tenant{number // PER_WORKSPACE}"
        if workspaces.installation_of(conn, workspace_id, Platform.TEAMS, tenant) is None:
            there = Installation(
                workspace_id=workspace_id, platform=Platform.TEAMS, external_id=tenant, installed_at=now,
                service_url=service_url,
            )  # fmt: skip
            workspaces.install(conn, there)
        places = (
            ("slack", f"T{number // PER_WORKSPACE}", f"C{number}"), ("teams", tenant, f"19:{number}@thread.tacv2"),
        )  # fmt: skip
        for platform, external_id, channel in places:
            # The conversation's name is all that Teams' side knows of the key.
            key = f"digest:{channel}"
            outbox.add(
                conn, workspace_id, key=key, kind="digest", content=content, now=now, platform=platform,
                external_id=external_id, channel=channel,
            )  # fmt: skip
            keys.append(key)
    return keys


@contextlib.contextmanager
def world(
    url: str = "",
    *,
    shared: bool = False,
    settle: float = SETTLE,
    teams: bool = False,
    folder: Path | None = None,
    host: str = "127.0.0.1",
) -> Iterator[World]:
    """A world with nothing in it yet; everything ends with it.

    Args:
        url: of an empty database; a SQLite file in the world's folder where none is given.
        shared: whether everybody lives by a clock that the trial sets.
        settle: PILOTLIGHT_SETTLE.
        teams: whether workers have Teams beside Slack.
        folder: where the files are; a temporary one where none is given.
        host: where the fake Slack listens.

    """
    made = folder or Path(tempfile.mkdtemp(prefix="pilotlight-faults-"))
    clock = SharedClock(made / "clock")
    ours, theirs = workers.MAKING.Pipe()
    slack = workers.MAKING.Process(target=fake_slack.serve, args=(str(made), theirs, host))
    slack.start()
    theirs.close()
    database = Database(url) if url else migrated(made / "pilotlight.db")
    here: World | None = None
    try:
        port = ours.recv()
        database.migrate()
        here = World(
            folder=made, database=database, slack=ours, port=port, clock=clock, shared=shared, settle=settle,
            teams=teams,
        )  # fmt: skip
        yield here
        for worker in list(here.workers):
            worker.kill()
            worker.join()
    finally:
        for worker in here.workers if here is not None else ():
            worker.kill()
        ours.close()
        slack.join(10)
        slack.kill()
        database.close()
        if folder is None:
            shutil.rmtree(made, ignore_errors=True)


def seed_of(name: str) -> random.Random:
    """Chance that can be repeated: the seed is printed; TRIAL_SEED names another."""
    seed = int(os.environ.get("TRIAL_SEED", "1"))
    print(f"\n{name}: seed {seed}")
    return random.Random(f"{name}:{seed}")


def seed(usual: int) -> int:
    """A trial's seed: its own, or the one that `TRIAL_SEED` names, for another part of the same trial."""
    return int(os.environ.get("TRIAL_SEED", usual))


def times(count: int) -> int:
    """How often a trial is made: in full, or a share of it (`TRIAL_SHARE=0.1`) on a busy machine."""
    return max(1, round(count * float(os.environ.get("TRIAL_SHARE", "1"))))
