"""D19: random lives of pilots through the real services, watched by a small oracle that knows nothing of them.

It keeps its own book of who closed, paused, snoozed or answered what, and reads only what was delivered.
"""

import os
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from datetime import date, timedelta
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bot.domain import commands
from bot.domain.errors import UserError
from bot.domain.record import Status
from storage import asks, audit, episodes, pilots
from storage.database import Connection, Database
from storage.guard import require_workspace
from storage.outbox import OutboxRow
from storage.tables import METADATA
from tests.services.kit import ADA, ALICE, BERLIN, DORA, MONDAY, SAM, WORKSPACE, Office, furnished, pilot

PILOTS = ("P01", "P02", "P03")
#: A pilot in trial is silent after so many working days (product rules, written down here anew).
SILENT_AFTER = 10
#: An episode may rest so many working days without a step, a question or a reason.
REST = 12
STEPS = Counter[str]()
which = st.sampled_from(PILOTS)


class Houses:
    """One office for life after life: emptied and furnished anew, so that no life waits for files, threads and compiled statements."""

    def __init__(self) -> None:
        self._database: Database | None = None

    def anew(self) -> Office:
        if self._database is None:
            self._database = Database("sqlite:///:memory:")
            self._database.migrate()
            require_workspace(*self._database.engines)
        else:
            self._database.write_now(_emptied)
        return furnished(self._database, Path(), *(pilot(one, backup=DORA) for one in PILOTS))

    def close(self) -> None:
        if self._database is not None:
            self._database.close()
        self._database = None


def _emptied(conn: Connection) -> None:
    audit.erase(conn, WORKSPACE)
    for table in reversed(METADATA.sorted_tables):
        conn.exec_driver_sql(f"DELETE FROM {table.name}")


HOUSES = Houses()


class Lives(RuleBasedStateMachine):
    """Three pilots, their people, and days that pass."""

    def __init__(self) -> None:
        super().__init__()
        self.here: Office = HOUSES.anew()
        self.day: date = MONDAY
        self.closed: dict[str, date] = {}
        self.paused: dict[str, date] = {}
        self.snoozed: dict[str, date] = {}
        self.answered: dict[str, date] = {}
        self.charged: Counter[tuple[str, date]] = Counter()
        #: Episode → the days on which somebody of the team was asked about it.
        self.team: dict[str, list[date]] = {}

    @initialize()
    def morning(self) -> None:
        self.here.at(self.day, "12:00")

    def _does(self, name: str, who: Any, command: Any) -> bool:
        STEPS[name] += 1
        try:
            self.here.at(self.day, "12:00").does(who, command)
        except UserError:
            return False
        return True

    # What people do.

    @rule(
        one=which,
        status=st.sampled_from([Status.MOVING, Status.STUCK, Status.WAITING]),
        value=st.integers(5, 10),
    )
    def checks_in(self, one: str, status: Status, value: int) -> None:
        text = "" if status is Status.MOVING else "the supplier"
        if self._does(
            "check-in", ALICE, commands.parse(f"checkin {one} {value} {status.value} {text}", self.day)
        ):
            self.answered[one] = self.day

    @rule(one=which, days=st.integers(1, 10))
    def snoozes(self, one: str, days: int) -> None:
        if self._does("snooze", ALICE, commands.SnoozePilot(name=one, days=days, reason="quarter closing")):
            self.snoozed[one] = BERLIN.add(self.day, days)

    @rule(one=which, days=st.integers(3, 40))
    def pauses(self, one: str, days: int) -> None:
        until = self.day + timedelta(days=days)
        if self._does("pause", SAM, commands.PausePilot(name=one, until=until, reason="works council")):
            self.paused[one] = until

    @precondition(lambda self: bool(self.paused))
    @rule(one=which)
    def resumes(self, one: str) -> None:
        if self._does("resume", SAM, commands.Resume(name=one)):
            self.paused.pop(one, None)

    @rule(one=which, to=st.sampled_from(["Dora Able", "Alice Able"]))
    def changes_owner(self, one: str, to: str) -> None:
        self._does("owner", ADA, commands.Edit(name=one, field="owner", value=to))

    @precondition(lambda self: len(self.closed) < 2)
    @rule(one=which)
    def retires(self, one: str) -> None:
        command = commands.Retire(name=one, cause="C3", learning="drivers know what the map does not")
        if self._does("retire", SAM, command):
            stage = self.here.database.read_now(
                lambda conn: pilots.load(conn, WORKSPACE, [one])[one][0].stage
            )
            if stage.value == "retired":
                self.closed[one] = self.day

    @rule(days=st.integers(1, 6))
    def days_pass(self, days: int) -> None:
        for _ in range(days):
            STEPS["day"] += 1
            self.day += timedelta(days=1)
            for row in self.here.days(self.day, self.day, "00:10", "09:30", "12:00"):
                if row.kind == "nudge":
                    self._watch(row)
        self._nothing_forgotten()

    # What the oracle demands.

    def _watch(self, row: OutboxRow) -> None:
        person = str(row.person_id)
        self.charged[person, self.day] += 1
        assert self.charged[person, self.day] == 1, f"two messages to {person} on {self.day}"
        monday = self.day - timedelta(days=self.day.weekday())
        week = sum(
            count for (who, on), count in self.charged.items() if who == person and monday <= on <= self.day
        )
        assert week <= 3, f"{week} messages to {person} in the week of {monday}"
        assert BERLIN.is_working(self.day), f"a message on {self.day}, no working day"
        for ask in self.here.database.read_now(lambda conn: asks.of_message(conn, WORKSPACE, row.id)):
            if ask.kind == "told":
                continue
            assert ask.pilot_id not in self.closed, f"{ask.kind} about {ask.pilot_id}, which is closed"
            until = self.paused.get(ask.pilot_id)
            assert until is None or self.day >= until, (
                f"{ask.kind} about {ask.pilot_id}, paused until {until}"
            )
            if ask.kind == "SILENT":
                last = self.answered.get(ask.pilot_id)
                assert last is None or BERLIN.working_days(last, self.day) >= SILENT_AFTER, (
                    f"asked {last} → {self.day}"
                )
            if ask.episode_id and ask.kind != "announce":
                self._in_order(ask, ask.episode_id)

    def _in_order(self, ask: asks.Ask, episode: str) -> None:
        """The sponsor hears of a silence only after the team did, on an earlier day."""
        if ask.rung in (1, 2):
            self.team.setdefault(episode, []).append(self.day)
        elif ask.rung == 3 and ask.kind == "SILENT" and ask.role == "sponsor":
            earlier = [on for on in self.team.get(episode, []) if on < self.day]
            assert earlier, f"the sponsor was asked about {ask.pilot_id} before its team"

    def _nothing_forgotten(self) -> None:
        """Each stall moves on, is asked about, or rests for a reason."""
        standing, asked = self.here.database.read_now(
            lambda conn: (episodes.open_of(conn, WORKSPACE), asks.of_pilots(conn, WORKSPACE, PILOTS))
        )
        for one in standing:
            if one.climbs_from is None or one.rung_due_on is None:
                continue
            resting = max(
                self.paused.get(one.pilot_id, one.rung_due_on),
                self.snoozed.get(one.pilot_id, one.rung_due_on),
            )
            waits = [ask for ask in asked if ask.episode_id == one.id and ask.state == "waiting"]
            late = BERLIN.working_days(max(one.rung_due_on, resting), self.day) if self.day > resting else 0
            assert late <= REST or waits, f"{one.family} of {one.pilot_id} stands since {one.rung_due_on}"


def run(number: int, examples: int, steps: int) -> Counter[str]:
    """So many lives from a seed; what was done in them."""
    STEPS.clear()
    calm = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    try:
        run_state_machine_as_test(seed(number)(Lives), settings=calm)
    finally:
        HOUSES.close()
    return Counter(STEPS)


def test_random_lives_are_asked_as_the_oracle_allows() -> None:
    assert run(1, 3, 30).total() >= 40


#: Lives in one process before it makes room for the next.
LIVES = 50


@pytest.mark.trial
@pytest.mark.timeout(7200)
def test_d19_a_hundred_thousand_steps() -> None:
    """On every processor there is, each with seeds of its own, until there were so many steps."""
    wanted = round(100_000 * float(os.environ.get("TRIAL_SHARE", "1")))
    numbers, done, lives = count(1_000 * int(os.environ.get("TRIAL_SEED", "1"))), Counter[str](), 0
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as processes:
        under_way = {processes.submit(run, next(numbers), LIVES, 60) for _ in range(os.cpu_count() or 1)}
        while under_way:
            ended, under_way = wait(under_way, return_when=FIRST_COMPLETED)
            for one in ended:
                done += one.result()
                lives += LIVES
                print(f"{lives:,} lives, {done.total():,} steps", flush=True)
                if done.total() < wanted:
                    under_way.add(processes.submit(run, next(numbers), LIVES, 60))
    assert done.total() >= wanted
    print(f"\nD19: {done.total():,} steps in {lives:,} lives: {dict(done)}; the oracle agrees with all")
