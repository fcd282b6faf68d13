"""I5: the database slowed by two seconds, Slack's API by two and a half, fifty people at once, again and again for ten minutes.

The program is `pilotlight run` in a process of its own, on a file and on PostgreSQL: what is measured is not how busy the trial is.
"""

import statistics
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage import pilots, workspaces
from storage.database import Database
from tests.faults.world import times
from tests.storage import postgres
from tests.trials.crowd import LIMIT, Crowd, crowd, slow

SECONDS = 600
CROWD = 50


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'house.db'}"
        return
    server = postgres.server()
    try:
        found = server.__enter__()
    except postgres.NoServer as reason:
        pytest.skip(f"PostgreSQL is not tried: {reason}")
    yield found.create()
    server.__exit__(None, None, None)


@pytest.mark.trial
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
async def test_fifty_at_once_are_all_answered_in_time_and_every_result_arrives_once(
    database_url: str, tmp_path: Path
) -> None:
    """`TRIAL_SHARE=0.1` plays one minute instead of ten; at least one wave."""
    async with crowd(tmp_path, database_url, CROWD) as (people, flag):
        end, wave = time.monotonic() + times(SECONDS), 0
        while wave == 0 or time.monotonic() < end:
            wave += 1
            await one_wave(people, flag, wave)
        _print(people, wave)
        assert not people.slack.app.refusals, people.slack.app.refusals
    registered = _registered(database_url)
    expected = {
        f"Crowd {turn}-{one.number}"
        for turn in range(1, wave + 1)
        for one in people.people
        if one.kind in ("registers", "sends")
    }
    assert sorted(name for name in registered if name.startswith("Crowd ")) == sorted(expected)
    assert not people.refused, people.refused
    assert max(people.taken)[0] < LIMIT, sorted(people.taken)[-5:]
    said = (tmp_path / "program.log").read_text()
    assert "Traceback" not in said, said[-3000:]


async def one_wave(people: Crowd, flag: Path, wave: int) -> None:
    """Everything is slow from the first request until the last result."""
    await people.ready(wave)
    flag.touch()
    slow(people.slack, on=True)
    await people.at_once()
    began = time.monotonic()
    assert await people.all_there(900.0), people.owed()
    print(f"\nwave {wave}: every result there after {time.monotonic() - began:.0f} s more", flush=True)
    again = await people.slack.workspace.until(lambda: bool(people.owed()), 10.0)  # would a second one come?
    assert not again, people.owed()
    flag.unlink()
    slow(people.slack, on=False)


def _registered(database_url: str) -> list[str]:
    database = Database(database_url)
    try:
        [workspace_id] = database.read_now(workspaces.all_of)
        return [name for _, name in database.read_now(lambda conn: pilots.titles(conn, workspace_id))]
    finally:
        database.close()


def _print(people: Crowd, waves: int) -> None:
    by_kind: dict[str, list[float]] = defaultdict(list)
    for seconds, kind in people.taken:
        by_kind[kind].append(seconds)
    everything = sorted(seconds for seconds, _ in people.taken)
    print(
        f"{waves} waves, {len(everything)} requests: slowest answer {everything[-1]:.2f} s, "
        f"median {statistics.median(everything):.2f} s, failed {len(people.refused)}"
    )
    for kind, some in by_kind.items():
        print(f"  {kind}: slowest {max(some):.2f} s, median {statistics.median(some):.2f} s")
