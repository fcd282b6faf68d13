"""A repository with more files than GitHub lists in one answer: read folder by folder, and what was not seen is not judged."""

from datetime import timedelta
from pathlib import Path

import pytest

from storage import repositories
from tests.playground.bolt_app import served
from tests.signals.kit import NOW, OURS, Running, a_pilot, running
from tests.signals.stand_in import ROOT, TOKEN, Repo, StandIn

PIPELINE = (
    "on: push\njobs:\n  test:\n    steps:\n      - run: pytest && python -m evals && docker build helper\n"
)
#: What the pilot is made of, in a house that others fill.
OURS_THERE = {
    ".github/workflows/ci.yml": PIPELINE.replace("pytest", "pytest pilots/helper"),
    "pilots/helper/Dockerfile": "CMD python -m app",
    "pilots/helper/app.py": "1",
    "pilots/helper/alerts/late.yml": "1",
    "pilots/helper/grafana/board.json": "1",
}


def _there(crowd: int, files: dict[str, str], host: str) -> StandIn:
    there = StandIn(clock=lambda: NOW, most_entries=40)
    repo = there.repos["acme/mono"] = Repo(name="acme/mono", host=host)
    repo.files = files | {f"crowd/{n // 30:03}/file{n:05}.txt": "x" for n in range(crowd)}
    repo.commit("Danish tone guide", "mara", NOW - timedelta(hours=2))
    repo.run("push", "mara", NOW - timedelta(hours=1), path=".github/workflows/ci.yml")
    return there


def _asked_trees(there: StandIn) -> list[str]:
    return [one.path for one in there.book if "/git/trees/" in one.path]


def _known(here: Running, host: str) -> repositories.Row:
    row = here.database.read_now(lambda conn: repositories.get(conn, OURS, f"{host}/acme/mono"))
    assert row is not None
    return row


@pytest.mark.parametrize(("crowd", "trees"), [(20, 1), (3_000, 4)])
async def test_a_pilots_folder_is_read_however_large_the_house_is(
    tmp_path: Path, crowd: int, trees: int
) -> None:
    there = StandIn(clock=lambda: NOW)
    async with served(there.app()) as address:
        host = address.removeprefix("http://")
        filled = _there(crowd, OURS_THERE, host)
        there.repos, there.most_entries = filled.repos, filled.most_entries
        pilot = a_pilot(link=f"{address}/acme/mono/tree/main/pilots/helper")
        async with running(tmp_path, pilot, github_token=TOKEN, github_api_url=address + ROOT) as here:
            await here.app.tasks.fetch()
            items = {one.code: (one.state, one.evidence) for one in here.record().items}
            assert {code: state for code, (state, _) in items.items()} == dict.fromkeys(
                ("I1", "I2", "I3", "I5"), "done"
            )
            assert "pilots/helper/grafana/board.json" in items["I5"][1]
            assert len(_asked_trees(there)) == trees
            assert _known(here, host).problem == ""


async def test_where_not_all_was_read_what_is_missing_is_not_held_against_it(tmp_path: Path) -> None:
    """The whole house is one pilot's, and larger than is read: a notebook that was seen is not all there is."""
    there = StandIn(clock=lambda: NOW)
    async with served(there.app()) as address:
        host = address.removeprefix("http://")
        files = {".github/workflows/ci.yml": PIPELINE, "notebooks/model.ipynb": "{}"}
        filled = _there(3_000, files | {"crowd/zz/app.py": "1", "crowd/zz/Dockerfile": "CMD run"}, host)
        there.repos, there.most_entries = filled.repos, filled.most_entries
        pilot = a_pilot(link=f"{address}/acme/mono")
        async with running(tmp_path, pilot, github_token=TOKEN, github_api_url=address + ROOT) as here:
            await here.app.tasks.fetch()
            # The pipeline was read and its run was green. Code and container file lie where nobody looked: had that been
            # all there is, I1 would be open, since a notebook alone fails by itself on working day 16.
            assert {one.code: one.state for one in here.record().items} == {"I3": "done"}
            assert _known(here, host).problem == "it has more files than are read"
            assert _known(here, host).failures == 0
            asked = len(there.book)
            assert len(_asked_trees(there)) < 130
            here.clock.advance(hours=1)
            await here.app.tasks.fetch()
            assert len(there.book) - asked <= 4, "it stands where it stood: not read again"
            assert _known(here, host).problem == "it has more files than are read"
