"""D23: a month in virtual time, a thousand pilots, one call in twenty goes wrong: nothing lost, nothing twice, no memory kept."""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from typing import Any

import pytest
from sqlalchemy import text

from bot.services import audit
from storage import asks, outbox
from storage.database import Connection
from tests.faults.history import check_history
from tests.faults.kills import minutes
from tests.faults.soak import WORKSPACE
from tests.faults.world import World, world
from tests.setup.kit import ROOT

#: Everything that a post may come to without a word about whether it arrived, and two refusals.
KINDS = ("lost_reply", "cut_mid_body", "broken_json", "error_500", "refused_500", "down", "429")
#: The month's memory is compared with its first week's end: what is loaded once is loaded by then.
WARM = 7


@pytest.mark.parametrize(("pilots", "days"), [(24, 4), (1_000, 30)])
@pytest.mark.trial
@pytest.mark.timeout(4 * 3600)
def test_d23_a_month_with_faults_loses_nothing_and_keeps_no_memory(pilots: int, days: int) -> None:
    seed, began = int(os.environ.get("TRIAL_SEED", "1")), time.monotonic()
    with world(shared=True) as here:
        here.plan(share=0.05, kinds=list(KINDS), seed=seed, retry_after=["1", "30", None, "soon"])
        told = _lived(here, pilots, days, seed)
        here.plan()
        states, verdict, doubtful = _judged(here)
        print(
            f"\nD23: {pilots:,} pilots, {days} days, seed {seed}: {sum(day['sent'] for day in told):,} messages sent, "
            f"{sum(day.get('answered', 0) for day in told):,} answers, {dict(states)}; {verdict}; "
            f"posts that nobody can look for: {doubtful}; {minutes(began)}"
        )
        print("D23 memory, MB at each day's end: " + " ".join(str(day["mb"]) for day in told))
        assert sum(day["sent"] for day in told) >= pilots / 4
        assert verdict.good, verdict
        assert not {"pending", "sending", "unknown", "failed"} & set(states), states
        assert [day for day in told if day["amiss"]] == [], "the auditor saw what the history does not show"
        if days > WARM:
            growth = told[-1]["mb"] / told[WARM - 1]["mb"] - 1
            print(f"D23: growth from day {WARM} to day {days}: {growth:.1%}")
            assert growth < 0.10
        _both_see_what_is_planted(here)


def _lived(here: World, pilots: int, days: int, seed: int) -> list[dict[str, Any]]:
    given = [str(here.folder), str(here.port), str(pilots), str(days), str(seed)]
    command = [sys.executable, "-m", "tests.faults.soak", *given]
    told = []
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as living:
        assert living.stdout is not None
        for line in living.stdout:
            told.append(json.loads(line))
            if days > WARM:
                print(line, end="", flush=True)
    assert living.returncode == 0
    return told


def _rows(conn: Connection) -> list[outbox.OutboxRow]:
    return outbox.history(conn, WORKSPACE, limit=1_000_000)


def _judged(here: World):  # type: ignore[no-untyped-def]  # noqa: ANN202 - states, verdict, how many in doubt for good
    rows = [row for row in here.database.read_now(_rows) if row.kind != "update"]
    doubtful = {row.key for row in rows if row.state == "unverified"}
    posts = here.history()
    counts = Counter(post.key for post in posts)
    assert all(counts[key] <= 1 for key in doubtful), "what nobody can look for is never sent again"
    known = [post for post in posts if post.key not in doubtful]
    verdict = check_history(known, [row.key for row in rows if row.state == "sent"])
    return Counter(row.state for row in rows), verdict, len(doubtful)


def _unanswered(conn: Connection) -> outbox.OutboxRow:
    """The newest message whose questions still wait for their answers."""
    return next(
        row
        for row in _rows(conn)
        if row.kind == "nudge"
        and any(ask.state == "in_message" for ask in asks.of_message(conn, WORKSPACE, row.id))
    )


def _both_see_what_is_planted(here: World) -> None:
    """A message that loses its row: the history shows it, and so does the auditor, or their agreeing says nothing."""
    newest = here.database.read_now(_unanswered)
    gone = text("DELETE FROM outbox WHERE workspace_id = :whose AND id = :id")
    here.database.write_now(lambda conn: conn.execute(gone, {"whose": WORKSPACE, "id": newest.id}))
    _, verdict, _ = _judged(here)
    assert verdict.unasked == (newest.key,)
    assert here.database.read_now(lambda conn: audit.state(conn, here.now())).amiss
