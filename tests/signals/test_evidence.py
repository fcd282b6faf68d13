"""Repository facts → items I1 to I5; the notebook detector (B6)."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.domain.stages import Stage
from bot.signals.evidence import Evidence, Facts, Ran, Read, items, read, seen, wanted

TODAY = date(2026, 11, 20)
ROOT = "https://github.com/acme/x/tree/main"
GREEN = Ran(on=date(2026, 11, 18), link=ROOT + "/runs/1")
RED = replace(GREEN, green=False)
FULL = Facts(
    link=ROOT,
    code=12,
    notebooks=3,
    container="Dockerfile",
    builders=(".github/workflows/image.yml",),
    testers=(".github/workflows/tests.yml",),
    evaluators=(".github/workflows/tests.yml",),
    dashboard="grafana/pilot.json",
    alert="alerts/pilot.yml",
    build=GREEN,
    image=GREEN,
    tested=GREEN,
    deploy=replace(GREEN, name="staging"),
)


def said(facts: Facts, *, stage: Stage = Stage.BUILD, days: int = 16) -> dict[str, Evidence]:
    return {one.code: one for one in items(facts, stage=stage, days_in_stage=days, today=TODAY)}


def test_everything_there_ticks_all_five_each_with_its_reason_and_proof() -> None:
    found = said(FULL)
    assert {code: one.state for code, one in found.items()} == dict.fromkeys(
        ("I1", "I2", "I3", "I4", "I5"), "done"
    )
    assert found["I1"].why == (
        "12 code files, the main branch built on 18 Nov 2026, 20% of its files are notebooks and none is served"
    )
    assert found["I2"].why == ".github/workflows/image.yml built the image on 18 Nov 2026"
    assert found["I4"].why == "a pipeline deployed to staging on 18 Nov 2026"
    assert all(one.link.startswith("https://") for one in found.values())


def test_a_notebook_alone_fails_by_itself_on_working_day_16_of_build() -> None:
    """B6: own rows."""
    alone = Facts(link=ROOT, notebooks=1)
    young = said(alone, days=15)["I1"]
    assert (young.state, young.firm, young.why) == ("open", False, "a notebook is all there is")
    late = said(alone, days=16)["I1"]
    assert (late.state, late.firm) == ("open", True)
    assert late.why == "a notebook is all there is after 15 working days of build"
    assert said(alone, stage=Stage.TRIAL, days=1)["I1"].firm, "and in every stage after"
    assert "I1" not in said(alone, stage=Stage.FRAMED, days=40)


@pytest.mark.parametrize(("age", "state", "firm"), [(30, "done", False), (31, "open", True)])
def test_an_image_31_days_old_is_no_image(age: int, state: str, firm: bool) -> None:
    """B6: own rows."""
    found = said(replace(FULL, image=replace(GREEN, on=TODAY - timedelta(days=age))))["I2"]
    assert (found.state, found.firm) == (state, firm)
    if firm:
        assert found.why == "the last container image is 31 days old, built on 20 Oct 2026"


@pytest.mark.parametrize(
    ("facts", "code", "why"),
    [
        (replace(FULL, serves_notebook="Dockerfile"), "I1", "Dockerfile serves a notebook"),
        (replace(FULL, build=RED), "I1", "the last run on the main branch failed on 18 Nov 2026"),
        (replace(FULL, container=""), "I2", "no container file"),
        (replace(FULL, builders=()), "I2", "Dockerfile is there, no pipeline builds it"),
        (replace(FULL, testers=()), "I3", "no pipeline runs tests"),
        (replace(FULL, tested=RED), "I3", "the last test run on the main branch failed on 18 Nov 2026"),
        (
            replace(FULL, evaluators=()),
            "I3",
            "tests were green on 18 Nov 2026, no pipeline runs an evaluation",
        ),
        (replace(FULL, alert=""), "I5", "no alert in the repository"),
        (replace(FULL, alert="", dashboard=""), "I5", "no dashboard and no alert in the repository"),
    ],
)
def test_what_speaks_against_an_item_says_why(facts: Facts, code: str, why: str) -> None:
    found = said(facts)[code]
    assert (found.state, found.why, found.firm) == ("open", why, False)


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        (replace(FULL, build=None), "I1"),
        (replace(FULL, image=None), "I2"),
        (replace(FULL, tested=None), "I3"),
        (replace(FULL, deploy=None), "I4"),
    ],
)
def test_where_nothing_ran_nothing_is_said(facts: Facts, code: str) -> None:
    assert code not in said(facts)


@pytest.mark.parametrize("stage", [Stage.IDEA, Stage.SCALED, Stage.RETIRED, Stage.MERGED])
def test_ideas_and_ended_pilots_are_not_judged(stage: Stage) -> None:
    assert said(FULL, stage=stage) == {}


# Files.


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        (
            ".github/workflows/ci.yml",
            "steps:\n- uses: docker/build-push-action@v6\n- run: pytest",
            Read(builds=True, tests=True),
        ),
        (
            ".github/workflows/ci.yml",
            "- run: npm run test\n- run: python eval.py",
            Read(tests=True, evaluates=True),
        ),
        (".github/workflows/ci.yml", "# - run: pytest\n# docker build .", Read()),
        (".github/workflows/ci.yml", "- run: docker buildx build --push .", Read(builds=True)),
        (
            ".gitlab-ci.yml",
            "script:\n  - docker build -t $IMAGE .\n  - go test ./...",
            Read(builds=True, tests=True),
        ),
        (".gitlab-ci.yml", "script: [tox, run-eval-set]", Read(tests=True, evaluates=True)),
        ("Dockerfile", 'CMD ["voila", "app.ipynb"]', Read(serves_notebook=True)),
        ("Dockerfile", 'CMD ["python", "-m", "app"]\n# jupyter lab for those who like it', Read()),
        ("Dockerfile", "RUN pytest", Read()),
        ("Procfile", "web: jupyter notebook --port $PORT", Read(serves_notebook=True)),
        ("Procfile", "web: gunicorn app:app", Read()),
        ("docker/api.Dockerfile", "CMD papermill run.ipynb out.ipynb", Read(serves_notebook=True)),
    ],
)
def test_a_file_is_known_by_its_text(path: str, text: str, expected: Read) -> None:
    assert wanted(path)
    assert read(path, text, ()) == expected


@pytest.mark.parametrize(
    "path", ["README.md", "src/app.py", "docs/.github/workflows/x.yml", "a.ipynb", "Dockerfiles/x"]
)
def test_other_files_are_not_read(path: str) -> None:
    assert not wanted(path)


PATHS = (
    "README.md",
    "setup.py",
    "explore.ipynb",
    ".ipynb_checkpoints/explore-checkpoint.ipynb",
    "pilots/x/app/main.py",
    "pilots/x/app/__init__.py",
    "pilots/x/Dockerfile",
    "pilots/x/monitoring/grafana/board.json",
    "pilots/x/monitoring/alerts/late.yml",
    "pilots/y/try.ipynb",
    "pilots/y/Dockerfile",
    ".github/workflows/x.yml",
)
TEXTS = {
    ".github/workflows/x.yml": Read(builds=True, tests=True, folders=("pilots/x",)),
    "pilots/y/Dockerfile": Read(serves_notebook=True),
}


def test_each_pilot_of_a_shared_repository_has_the_facts_of_its_folder() -> None:
    folders = ["", "pilots/x", "pilots/y"]
    x, y, root = (
        seen(PATHS, TEXTS, folder=folder, link=ROOT, others=folders)
        for folder in ("pilots/x", "pilots/y", "")
    )
    assert (x.code, x.notebooks, x.container) == (1, 0, "pilots/x/Dockerfile")
    assert (x.builders, x.testers) == ((".github/workflows/x.yml",),) * 2
    assert (x.dashboard, x.alert) == (
        "pilots/x/monitoring/grafana/board.json",
        "pilots/x/monitoring/alerts/late.yml",
    )
    assert (y.only_notebooks, y.serves_notebook, y.builders) == (True, "pilots/y/Dockerfile", ())
    assert (root.only_notebooks, root.container) == (True, ""), "setup.py alone is no code"
    assert root.share == 1.0


def test_a_repository_of_one_pilot_is_all_its_own() -> None:
    facts = seen(PATHS, TEXTS, folder="", link=ROOT)
    assert (facts.code, facts.notebooks, facts.only_notebooks) == (1, 2, False)
    assert facts.share == pytest.approx(2 / 3)
