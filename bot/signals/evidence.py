"""Repository facts → checklist items I1 to I5: what speaks for each, what against it, and where the proof stands.

Nothing here runs anything or guesses: a file is known by its name, a pipeline by its text, a run by its result.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from bot.domain.stages import Stage
from bot.signals.places import names_folder, within

#: A pilot in build may live in a notebook for so many working days.
NOTEBOOK_DAYS = 15
#: An image older than this was not built by a living pipeline.
IMAGE_DAYS = 30

_CODE = frozenset(
    [
        "py",
        "r",
        "jl",
        "js",
        "jsx",
        "ts",
        "tsx",
        "mjs",
        "go",
        "java",
        "kt",
        "kts",
        "scala",
        "rs",
        "cs",
        "fs",
        "rb",
        "php",
        "swift",
        "c",
        "cc",
        "cpp",
        "h",
        "hpp",
        "sql",
    ]
)
#: Code that only packs or prepares other code.
_NO_CODE = frozenset({"setup.py", "conftest.py", "__init__.py", "noxfile.py"})
_CONTAINER = re.compile(
    r"(?:^|/)(?:(?:Dockerfile|Containerfile)(?:\.[\w.\-]+)?|[\w.\-]+\.(?:dockerfile|containerfile))$",
    re.IGNORECASE,
)
_SERVING = re.compile(r"(?:^|/)Procfile$")
_PIPELINE = re.compile(r"^(?:\.github/workflows/[^/]+\.ya?ml|\.gitlab-ci\.ya?ml)$")
_DASHBOARD = re.compile(
    r"(?:^|/)(?:[^/]*(?:grafana|dashboard)[^/]*/)*[^/]*(?:(?<=grafana/)|dashboard)[^/]*\.(?:json|ya?ml|jsonnet|tf)$",
    re.IGNORECASE,
)
_IN_DASHBOARDS = re.compile(r"(?:^|/)(?:grafana|dashboards)/.+\.(?:json|ya?ml|jsonnet|tf)$", re.IGNORECASE)
_ALERT = re.compile(
    r"(?:^|/)(?:alerts?|alerting)/.+\.(?:json|ya?ml|tf|rules)$|(?:^|/)[^/]*(?:alert|\.rules)[^/]*\.(?:json|ya?ml|tf)$",
    re.IGNORECASE,
)
_BUILDS = re.compile(
    r"docker/build-push-action|docker(?:-compose| compose)?\s+(?:buildx\s+)?(?:build|bake)\b|\bbuildah\b|\bkaniko\b|"
    r"\bpodman\s+build\b|\bpack\s+build\b|\bko\s+(?:build|publish)\b|\bjib:build\b",
    re.IGNORECASE,
)
_TESTS = re.compile(
    r"\bpytest\b|\bunittest\b|\btox\b|\bnox\b|\b(?:npm|pnpm|yarn|bun|go|cargo|dotnet|make|mix)\s+(?:run\s+)?test\b|"
    r"\b(?:jest|vitest|rspec|phpunit|testthat|ctest)\b|\bmvnw?\b.*\b(?:test|verify)\b|\bgradlew?\b.*\b(?:test|check)\b",
    re.IGNORECASE,
)
_EVALUATES = re.compile(r"\beval(?:s|uate|uation|uations)?\b|[_\-/]eval(?:s|uate|uation)?\b", re.IGNORECASE)
_SERVES_NOTEBOOK = re.compile(
    r"\bvoila\b|\bpapermill\b|\bnbconvert\b|\bjupyter(?:-?lab|[ -](?:lab|notebook|server))\b|\.ipynb\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class Read:
    """What the text of one file says."""

    builds: bool = False
    tests: bool = False
    evaluates: bool = False
    serves_notebook: bool = False
    #: Which of the folders asked for it speaks of.
    folders: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A finished run of a pipeline, or a deployment."""

    on: date
    link: str
    green: bool = True
    name: str = ""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a repository shows of one pilot."""

    #: Where its files are seen.
    link: str
    notebooks: int = 0
    code: int = 0
    container: str = ""
    #: The file that puts a notebook before users.
    serves_notebook: str = ""
    #: Pipeline files that build an image, run tests, run an evaluation.
    builders: tuple[str, ...] = ()
    testers: tuple[str, ...] = ()
    evaluators: tuple[str, ...] = ()
    dashboard: str = ""
    alert: str = ""
    #: The last finished runs on the main branch, and the last deployment that succeeded.
    build: Ran | None = None
    image: Ran | None = None
    tested: Ran | None = None
    deploy: Ran | None = None
    #: Whether all files were read; what was not seen in a part of them may be in the rest.
    whole: bool = True

    @property
    def only_notebooks(self) -> bool:
        """Whether a notebook is all there is."""
        return self.whole and self.notebooks > 0 and self.code == 0

    @property
    def share(self) -> float:
        """The share of notebooks among the files that do something, 0..1."""
        return self.notebooks / (self.notebooks + self.code) if self.notebooks else 0.0


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What speaks about one item now."""

    code: str
    #: done or open
    state: str
    why: str
    link: str
    #: The day of the proof; None: it is a file, and files tell no day.
    on: date | None = None
    #: Against a person's word as well: the notebook and the image that is too old (not only no proof).
    firm: bool = False


def wanted(path: str) -> bool:
    """Whether a file's text is read: pipelines, container files, what is started."""
    return any(pattern.search(path) for pattern in (_PIPELINE, _CONTAINER, _SERVING))


def read(path: str, text: str, folders: Iterable[str]) -> Read:
    """What one such file says."""
    # A comment serves and tests nothing.
    lines = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    pipeline = _PIPELINE.search(path) is not None
    return Read(
        builds=pipeline and _BUILDS.search(lines) is not None,
        tests=pipeline and _TESTS.search(lines) is not None,
        evaluates=pipeline and _EVALUATES.search(lines) is not None,
        serves_notebook=not pipeline and _SERVES_NOTEBOOK.search(lines) is not None,
        folders=tuple(folder for folder in folders if folder and names_folder(lines, folder)),
    )


def seen(
    paths: Iterable[str], texts: Mapping[str, Read], *, folder: str, link: str, others: Iterable[str] = ()
) -> Facts:
    """The facts that files tell; runs are added by `dataclasses.replace`.

    Args:
        paths: every file of the main branch.
        texts: what the wanted ones say, by path.
        folder: of the pilot; empty: the whole repository.
        link: where these files are seen.
        others: folders of other pilots, whose files are not this one's.

    """
    apart = [other for other in others if len(other) > len(folder) and within(other, folder)]
    mine = [
        path for path in paths if within(path, folder) and not any(within(path, other) for other in apart)
    ]
    pipelines = {
        path: text
        for path, text in texts.items()
        if _PIPELINE.search(path) and (not folder or folder in text.folders)
    }
    return Facts(
        link=link,
        notebooks=sum(_is_notebook(path) for path in mine),
        code=sum(_is_code(path) for path in mine),
        container=next((path for path in mine if _CONTAINER.search(path)), ""),
        serves_notebook=next((path for path in mine if path in texts and texts[path].serves_notebook), ""),
        builders=tuple(path for path, text in pipelines.items() if text.builds),
        testers=tuple(path for path, text in pipelines.items() if text.tests),
        evaluators=tuple(path for path, text in pipelines.items() if text.evaluates),
        dashboard=next((path for path in mine if _DASHBOARD.search(path) or _IN_DASHBOARDS.search(path)), ""),
        alert=next((path for path in mine if _ALERT.search(path) and not _PIPELINE.search(path)), ""),
    )


def _is_notebook(path: str) -> bool:
    return path.endswith(".ipynb") and ".ipynb_checkpoints/" not in path


def _is_code(path: str) -> bool:
    name = path.rsplit("/", 1)[-1]
    return "." in name and name.rsplit(".", 1)[-1].lower() in _CODE and name.lower() not in _NO_CODE


def items(facts: Facts, *, stage: Stage, days_in_stage: int, today: date) -> list[Evidence]:
    """What the facts say of I1 to I5; an item about which they say nothing is left out.

    Args:
        facts: of the pilot.
        stage: where it stands; ideas and ended pilots are not judged.
        days_in_stage: working days since it came there.
        today: in the workspace's zone.

    """
    if not stage.running or stage is Stage.IDEA:
        return []
    found = [
        _repository(facts, stage, days_in_stage),
        _image(facts, today),
        _tests(facts),
        _deploy(facts),
        _monitoring(facts),
    ]
    return [one for one in found if one is not None]


def _repository(facts: Facts, stage: Stage, days: int) -> Evidence | None:
    if facts.only_notebooks:
        if stage is Stage.FRAMED:
            return None
        late = stage is not Stage.BUILD or days > NOTEBOOK_DAYS
        which = "a notebook is" if facts.notebooks == 1 else f"{facts.notebooks} notebooks are"
        why = f"{which} all there is"
        if late:
            why += f" after {NOTEBOOK_DAYS} working days of build"
        return Evidence(code="I1", state="open", why=why, link=facts.link, firm=late)
    if facts.serves_notebook:
        why = f"{facts.serves_notebook} serves a notebook"
        return Evidence(code="I1", state="open", why=why, link=facts.link)
    if facts.build is not None and not facts.build.green:
        why = f"the last run on the main branch failed on {_day(facts.build.on)}"
        return Evidence(code="I1", state="open", why=why, link=facts.build.link)
    if facts.build is None or facts.code == 0:
        return None
    share = f", {facts.share:.0%} of its files are notebooks and none is served" if facts.notebooks else ""
    why = f"{facts.code} code files, the main branch built on {_day(facts.build.on)}{share}"
    return Evidence(code="I1", state="done", why=why, link=facts.build.link, on=facts.build.on)


def _image(facts: Facts, today: date) -> Evidence | None:
    if facts.image is not None and (today - facts.image.on).days > IMAGE_DAYS:
        age = (today - facts.image.on).days
        why = f"the last container image is {age} days old, built on {_day(facts.image.on)}"
        return Evidence(code="I2", state="open", why=why, link=facts.image.link, firm=True)
    if not (facts.container and facts.builders) and not facts.whole:
        return None
    if not facts.container:
        return Evidence(code="I2", state="open", why="no container file", link=facts.link)
    if not facts.builders:
        why = f"{facts.container} is there, no pipeline builds it"
        return Evidence(code="I2", state="open", why=why, link=facts.link)
    if facts.image is None:
        return None
    why = f"{facts.builders[0]} built the image on {_day(facts.image.on)}"
    return Evidence(code="I2", state="done", why=why, link=facts.image.link, on=facts.image.on)


def _tests(facts: Facts) -> Evidence | None:
    if not facts.testers and not facts.whole:
        return None
    if not facts.testers:
        return Evidence(code="I3", state="open", why="no pipeline runs tests", link=facts.link)
    if facts.tested is None:
        return None
    if not facts.tested.green:
        why = f"the last test run on the main branch failed on {_day(facts.tested.on)}"
        return Evidence(code="I3", state="open", why=why, link=facts.tested.link)
    if not facts.evaluators and not facts.whole:
        return None
    if not facts.evaluators:
        why = f"tests were green on {_day(facts.tested.on)}, no pipeline runs an evaluation"
        return Evidence(code="I3", state="open", why=why, link=facts.tested.link)
    why = f"tests and evaluation were green on the main branch on {_day(facts.tested.on)}"
    return Evidence(code="I3", state="done", why=why, link=facts.tested.link, on=facts.tested.on)


def _deploy(facts: Facts) -> Evidence | None:
    if facts.deploy is None:
        return None
    where = f" to {facts.deploy.name}" if facts.deploy.name else ""
    why = f"a pipeline deployed{where} on {_day(facts.deploy.on)}"
    return Evidence(code="I4", state="done", why=why, link=facts.deploy.link, on=facts.deploy.on)


def _monitoring(facts: Facts) -> Evidence | None:
    if facts.dashboard and facts.alert:
        why = f"dashboard {facts.dashboard}, alert {facts.alert}"
        return Evidence(code="I5", state="done", why=why, link=facts.link)
    if not facts.whole:
        return None
    lacks = " and ".join(
        word for word, there in (("no dashboard", facts.dashboard), ("no alert", facts.alert)) if not there
    )
    return Evidence(code="I5", state="open", why=f"{lacks} in the repository", link=facts.link)


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"
