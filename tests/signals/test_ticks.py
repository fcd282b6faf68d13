"""Evidence becomes ticks: by whom, against whom, and on which day by itself (B6, over real HTTP and days)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.assembly import items_of
from bot.domain.calendar import Calendar
from bot.domain.findings import examine
from bot.domain.people import is_robot
from bot.domain.pilot import Pilot
from bot.domain.readiness import by_list
from bot.domain.record import Item
from bot.domain.stages import Rules
from bot.services import evidence
from storage import pilots, record, workspaces
from storage.database import Connection
from tests.playground.bolt_app import served
from tests.signals.kit import OURS, Running, a_pilot, running
from tests.signals.stand_in import ROOT, TOKEN, Repo, StandIn
from tests.signals.test_evidence import FULL, GREEN
from tests.signals.test_month import FILES

#: A Monday: build begins, day 0.
MONDAY = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


@dataclass
class Lived:
    """A pilot, its repository, and the days between."""

    here: Running
    repo: Repo

    async def on(self, day: date) -> dict[str, Item]:
        """The items as they stand on a day, asked every day on the way."""
        while self.here.clock().date() < day:
            self.here.clock.advance(hours=24)
            await self.here.app.tasks.fetch()
        await self.here.app.tasks.fetch()
        return {item.code: item for item in self.here.record().items}


@asynccontextmanager
async def lived(folder: Path, files: dict[str, str]) -> AsyncIterator[Lived]:
    there = StandIn(clock=lambda: MONDAY)
    async with served(there.app()) as address:
        host = address.removeprefix("http://")
        pilot = a_pilot(link=f"{address}/acme/x", stage_since=date(2026, 11, 2))
        async with running(
            folder, pilot, now=MONDAY, github_token=TOKEN, github_api_url=address + ROOT
        ) as here:
            there.clock = here.clock
            repo = there.repos["acme/x"] = Repo(name="acme/x", host=host, files=files)
            repo.commit("Base", "mara-l", MONDAY)
            yield Lived(here, repo)


async def test_a_notebook_alone_opens_i1_on_working_day_16(tmp_path: Path) -> None:
    """B6: build began on 2 Nov; 23 Nov is working day 15, 24 Nov the sixteenth."""
    async with lived(tmp_path, {"returns.ipynb": "", "README.md": ""}) as it:
        assert "I1" not in await it.on(date(2026, 11, 23))
        item = (await it.on(date(2026, 11, 24)))["I1"]
        assert (item.state, item.by, item.automatic) == ("open", "GitHub", True)
        assert item.evidence.startswith("a notebook is all there is after 15 working days of build: https://")
        entries = [entry for entry in it.here.record().entries if entry.text.startswith("I1")]
        assert [entry.text.split(":")[0] for entry in entries] == ["I1 open"]
        await it.on(date(2026, 11, 27))
        assert len([one for one in it.here.record().entries if one.text.startswith("I1")]) == 1, "said once"


async def test_a_notebook_opens_i1_against_a_persons_tick(tmp_path: Path) -> None:
    async with lived(tmp_path, {"returns.ipynb": ""}) as it:
        said = Item(code="I1", state="done", on=date(2026, 11, 5), by="mara", evidence="it is in git")
        it.here.database.write_now(lambda conn: record.set_item(conn, OURS, "P01", said))
        assert (await it.on(date(2026, 11, 23)))["I1"] == said
        assert (await it.on(date(2026, 11, 24)))["I1"].state == "open"


async def test_an_image_31_days_old_opens_i2(tmp_path: Path) -> None:
    """B6: built on 2 Nov, 30 days old on 2 Dec, 31 on 3 Dec; and nothing in the repository changes meanwhile."""
    async with lived(tmp_path, dict(FILES)) as it:
        it.repo.run("push", "mara-l", MONDAY, path=".github/workflows/ci.yml")
        assert (await it.on(date(2026, 11, 2)))["I2"].state == "done"
        assert (await it.on(date(2026, 12, 2)))["I2"].state == "done"
        item = (await it.on(date(2026, 12, 3)))["I2"]
        assert item.state == "open"
        assert item.evidence.startswith(
            "the last container image is 31 days old, built on 2 Nov 2026: https://"
        )
        it.repo.run("push", "mara-l", it.here.clock(), path=".github/workflows/ci.yml")
        assert (await it.on(date(2026, 12, 4)))["I2"].state == "done", "a new image ticks it again"


async def test_a_red_run_opens_what_a_green_one_ticked(tmp_path: Path) -> None:
    async with lived(tmp_path, dict(FILES)) as it:
        run = it.repo.run("push", "mara-l", MONDAY, path=".github/workflows/ci.yml")
        it.repo.deploy("github-actions[bot]", MONDAY, run=run)
        first = await it.on(date(2026, 11, 2))
        assert {code: item.state for code, item in first.items()} == dict.fromkeys(
            ("I1", "I2", "I3", "I4", "I5"), "done"
        )
        it.repo.run("push", "linh", it.here.clock(), path=".github/workflows/ci.yml", conclusion="failure")
        then = await it.on(date(2026, 11, 3))
        assert [code for code, item in then.items() if item.state == "open"] == ["I1", "I3"]
        assert "failed on 2 Nov 2026" in then["I3"].evidence
        assert then["I3"].evidence.endswith("/actions/runs/1001")


async def test_a_tick_by_a_machine_is_no_word_and_no_progress_of_a_person(tmp_path: Path) -> None:
    async with lived(tmp_path, dict(FILES)) as it:
        it.repo.run("push", "mara-l", MONDAY, path=".github/workflows/ci.yml")
        await it.on(date(2026, 11, 2))
        its = it.here.record()
        assert its.entries
        assert not any(entry.human or entry.word for entry in its.entries)
        assert by_list(its.items, date(2026, 11, 2), Calendar())["I"] == 4 / 8, (
            "I1, I2, I3 and I5, whole points"
        )
        assert {item.code for item in items_of(its.entries)} == {"I1", "I2", "I3", "I5"}
        assert all(item.automatic for item in items_of(its.entries)), "and so it is read again from an export"
        found = it.here.database.read_now(lambda conn: workspaces.get(conn, OURS))
        assert found is not None
        pilot = replace(a_pilot(), started=date(2026, 10, 1), stage_since=date(2026, 10, 1))
        picture = examine(pilot, its, date(2026, 11, 20), found.settings.calendar(), Rules())
        assert [finding.kind.value for finding in picture.findings if finding.kind.value == "SILENT"] == [
            "SILENT"
        ]


@pytest.mark.parametrize("name", ["GitHub", "GitLab", "github"])
def test_a_forge_is_no_person(name: str) -> None:
    assert is_robot(name)


# Against whom.

ON = date(2026, 11, 20)


def after(here: Running, stands: Item | None, facts: object = FULL) -> tuple[str, str, bool]:
    """I3 after the evidence had its say: state, by whom, automatic."""

    def go(conn: Connection) -> tuple[str, str, bool]:
        pilot, its = pilots.load(conn, OURS, ["P01"])["P01"]
        if stands is not None:
            record.set_item(conn, OURS, "P01", stands)
            its = pilots.load(conn, OURS, ["P01"])["P01"][1]
        workspace = workspaces.get(conn, OURS)
        assert workspace is not None
        now = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
        evidence.tick(conn, workspace, pilot, its, facts, "GitHub", now)  # type: ignore[arg-type]
        found = {item.code: item for item in pilots.load(conn, OURS, ["P01"])["P01"][1].items}.get("I3")
        return (found.state, found.by, found.automatic) if found else ("never ticked", "", False)

    return here.database.write_now(go)


RED = replace(FULL, tested=replace(GREEN, green=False))
WORD = Item(code="I3", state="done", on=ON - timedelta(days=9), by="mara", evidence="we test by hand")
OURS_DONE = Item(
    code="I3", state="done", on=ON - timedelta(days=9), by="GitHub", evidence="x", automatic=True
)


@pytest.mark.parametrize(
    ("story", "stands", "facts", "expected"),
    [
        ("nothing said yet, green", None, FULL, ("done", "GitHub", True)),
        ("nothing said yet, red: open already", None, RED, ("never ticked", "", False)),
        ("a person's word becomes evidence", WORD, FULL, ("done", "GitHub", True)),
        ("a person's word stands against a red run", WORD, RED, ("done", "mara", False)),
        ("a machine's tick does not", OURS_DONE, RED, ("open", "GitHub", True)),
        ("not applicable stays so", replace(WORD, state="na"), FULL, ("na", "mara", False)),
        (
            "a person opened it after the run",
            replace(WORD, state="open", on=ON),
            FULL,
            ("open", "mara", False),
        ),
        ("a person opened it before the run", replace(WORD, state="open"), FULL, ("done", "GitHub", True)),
        ("a machine opened it", replace(OURS_DONE, state="open"), FULL, ("done", "GitHub", True)),
    ],
)
async def test_who_is_believed(
    tmp_path: Path, story: str, stands: Item | None, facts: object, expected: tuple[str, str, bool]
) -> None:
    async with running(tmp_path) as here:
        assert after(here, stands, facts) == expected, story


async def test_a_folder_of_a_shared_repository_has_its_own_ticks(tmp_path: Path) -> None:
    files = {
        "pilots/x/app.py": "",
        "pilots/x/Dockerfile": "CMD python app.py",
        "pilots/y/try.ipynb": "",
        ".github/workflows/x.yml": "run: pytest pilots/x && python -m evals && docker build pilots/x",
    }
    async with lived(tmp_path, files) as it:
        host = it.repo.host

        def move(conn: Connection) -> None:
            for pilot_id, folder in (("P01", "x"), ("P02", "y")):
                link = f"http://{host}/acme/x/tree/main/pilots/{folder}"
                made: Pilot = a_pilot(pilot_id, link, stage_since=date(2026, 10, 1))
                if not pilots.save(conn, OURS, made):
                    pilots.add(
                        conn,
                        OURS,
                        made,
                        pilots.Origin(created_by="mara", created_at=MONDAY),
                        next_look_at=None,
                    )

        it.here.database.write_now(move)
        it.repo.run("push", "mara-l", MONDAY, path=".github/workflows/x.yml")
        await it.on(date(2026, 11, 3))
        x = {item.code: item.state for item in it.here.record("P01").items}
        y = {item.code: item.state for item in it.here.record("P02").items}
        assert x == {"I1": "done", "I2": "done", "I3": "done"}
        assert y == {"I1": "open"}
