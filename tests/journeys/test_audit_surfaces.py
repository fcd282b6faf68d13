"""S17: whatever changes something, from whichever surface, leaves one row of the audit record; whatever changes nothing leaves none.

Every button, every form and every typed verb there is, pressed by whoever may, in Slack; the same words in Teams; the page;
the verbs of the terminal. What changed is seen by comparing all that is stored of pilots, people, questions and settings.
"""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.domain.stages import Stage
from bot.messages.model import Press
from bot.services import presses, submissions
from storage import audit, workspaces
from storage.audit import Happening
from storage.database import Database
from tests.journeys.kit import House, house
from tests.journeys.test_roles_matrix import Bench, _all_of_it

SAMPLE = Path(__file__).parents[2] / "bot" / "data" / "pilots.csv"
#: What is typed, with a pilot's name in place of {}.
TYPED = (
    "register Ledger {}: Reduce booking time from 10 to 6 minutes by 29 October 2027", "checkin {} 9 moving first users",
    "reading {} 8", "metric {} Reduce handling time from 10 to 5 minutes by 29 October 2027", "item {} I1 done https://git.example/1",
    "snooze {} 3 quarter closing", "pause {} until 2027-04-12 because the budget rests", "resume {}", "away 2027-05-03 to 2027-05-07",
    "edit {} department Sales", "edit {} backup @charlie", "handover {} @charlie", "promise {} kept", "scale {}", "show {}", "list all",
    "ready {}", "gate {}", "happened {}", "digest", "home", "help", "settings", "privacy", "portfolio", "calendar", "calendar off",
    "nonsense {}",
)  # fmt: skip
FIELDS = {
    "status": "moving", "text": "first users", "cause": "X", "learning": "the vendor does it now", "until": "2027-04-12",
    "reason": "the budget rests", "days": "3", "to": "charlie", "owner": "charlie", "because": "it is worth it", "baseline": "10 min",
    "zone": "Europe/Berlin", "digest_weekday": "monday", "digest_time": "10:00", "opens": "09:00", "closes": "10:00",
    "monday_from": "09:00", "friday_until": "10:00", "currency": "EUR", "person_1": "charlie", "ack_days": "1", "name": "New one",
    "outcome": "Halve errors from 10 to 5 by 2027-10-29", "sponsor": "sam", "value": "8", "on": "2027-03-01", "keep_messages_days": "90",
}  # fmt: skip
#: Erasing takes the record itself along; test_privacy_walk.py follows it.
APART = {"erase_me", "erase_person", "erase_everything", "erase_workspace", "erase"}


def rows(home: House) -> list[Happening]:
    return home.app.database.read_now(lambda conn: audit.recent(conn, home.workspace_id, 10_000))


class Watch:
    """Compares what is stored before and after, and counts the rows of the record."""

    def __init__(self, home: House, surface: str) -> None:
        self.home, self.surface = home, surface
        self.changed = self.same = 0
        self.wrong: list[str] = []
        self._state, self._rows = _all_of_it(home), rows(home)

    def judge(self, what: str) -> None:
        state, found = _all_of_it(self.home), rows(self.home)
        fresh = found[: len(found) - len(self._rows)]
        moved = state != self._state
        self.changed, self.same = self.changed + moved, self.same + (not moved)
        if moved and (len(fresh) != 1 or fresh[0].surface != self.surface or not fresh[0].actor):
            self.wrong.append(f"{what}: changed something, and left {[row.what for row in fresh]}")
        if not moved and len(fresh) > 1:
            self.wrong.append(f"{what}: changed nothing, and left {[row.what for row in fresh]}")
        self._state, self._rows = state, found

    def whole(self) -> None:
        assert not self.wrong, "\n".join(self.wrong)
        assert self.home.app.database.read_now(lambda conn: audit.check(conn, self.home.workspace_id)).whole


@pytest.mark.parametrize(
    "every", [9, pytest.param(1, marks=[pytest.mark.trial, pytest.mark.timeout(3600)])], ids=["short", "all"]
)
async def test_s17_every_word_button_and_form_of_slack(every: int, tmp_path: Path) -> None:
    async with house(tmp_path, extra=("gus", "stella"), expect_all=False) as home:
        bench = Bench(home)
        bench.furnish()
        watch = Watch(home, "slack")
        for line in TYPED[::every]:
            pilot = bench.pilot(Stage.TRIAL)
            watch = _again(watch)
            await bench.typed("alice", line.replace("{}", pilot.name))
            watch.judge(f"typed {line}")
        for verb in sorted({*submissions._VERBS} - APART)[::every]:
            for who in ("alice", "sam", "ada"):
                pilot, into = bench.pilot(Stage.TRIAL), bench.pilot(Stage.TRIAL)
                ask = bench.ask(pilot, "SILENT", who, gate="G1", into=into.id, code="I1")
                args = {
                    "pilot": pilot.id,
                    "ask": ask,
                    "status": "moving",
                    "yes": "yes",
                    "state": "done",
                    "code": "I1",
                    "person_1": "alice",
                }
                watch = _again(watch)
                await bench.sent(who, Press(verb, args), FIELDS | {"pilot": pilot.id})
                watch.judge(f"form {verb} by {who}")
        for verb in sorted({*presses._VERBS} - APART)[::every]:
            if verb.startswith("form"):
                continue
            for who in ("alice", "sam"):
                pilot, into = bench.pilot(Stage.TRIAL), bench.pilot(Stage.TRIAL)
                ask = bench.ask(pilot, "SILENT", who, gate="G1", into=into.id, code="I1")
                args = {
                    "pilot": pilot.id,
                    "ask": ask,
                    "status": "moving",
                    "yes": "yes",
                    "state": "done",
                    "code": "I1",
                }
                watch = _again(watch)
                await bench.pressed(who, Press(verb, args))
                watch.judge(f"button {verb} by {who}")
        watch.whole()
        assert watch.changed > 50 // every and watch.same > 20 // every, (watch.changed, watch.same)
        print(
            f"\nS17: Slack: {watch.changed} changes left one row each, {watch.same} requests changed nothing"
        )
        home.slack.ledger.take_all()


def _again(before: Watch) -> Watch:
    """The same count, on what stands now: the bench has made pilots meanwhile."""
    watch = Watch(before.home, before.surface)
    watch.changed, watch.same, watch.wrong = before.changed, before.same, before.wrong
    return watch


def test_every_verb_of_the_terminal_that_changes_something(tmp_path: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 - pytest's own
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", "sqlite:///x.db")

    def record() -> list[Happening]:
        database = Database("sqlite:///x.db")
        try:
            [whose] = database.read_now(workspaces.all_of)
            found = database.read_now(lambda conn: audit.recent(conn, whose, 10_000))
            assert database.read_now(lambda conn: audit.check(conn, whose)).whole
            return found
        finally:
            database.close()

    def said(*arguments: str) -> None:
        done = CliRunner().invoke(app, list(arguments))
        assert done.exit_code == 0, done.output

    said("import", str(SAMPLE))
    [imported] = record()
    assert (imported.surface, bool(imported.actor)) == ("import", True)
    for looking in (
        ["digest"],
        ["replay", "--until", "2026-11-20"],
        ["happened", "Ask HV"],
        ["export"],
        ["audit"],
        ["tick", "--dry-run"],
    ):
        said(*looking)
        assert len(record()) == 1, looking
    said("erase", "--person", "Mara Lindqvist", "--yes", "--no-export")
    found = record()
    assert len(found) == 2 and (found[0].what, found[0].surface) == (audit.ERASED, "cli")
    assert "Lindqvist" not in json.dumps([row.details for row in found])
