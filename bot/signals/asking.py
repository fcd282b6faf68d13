"""What is remembered of a repository between two askings, and how its history is read from a listing of commits."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Protocol

from pydantic import TypeAdapter

from bot.signals.evidence import Facts, Ran, Read
from bot.signals.places import Repository
from bot.signals.sighting import Sighting

#: How far one asking reads back. What is older by then waits for nobody.
MOST_PAGES = 10
#: What is kept in mind of a repository that was read in part.
PARTLY = "it has more files than are read"
#: A file that is read says it early or not at all.
MOST_FILES = 12


@dataclass(kw_only=True)
class Pipeline:
    """The last finished run of one pipeline on the main branch, and its last green one."""

    last_id: int = 0
    last: Ran | None = None
    green: Ran | None = None


@dataclass(kw_only=True)
class Memory:
    """What was learned of a repository; it is stored together with what it brought, so that a crash repeats both."""

    branch: str = ""
    #: What the repository is called by now, where it was renamed or moved since it was named; empty: as it was named.
    called: str = ""
    branch_read_on: date | None = None
    #: The newest commit told, and when it was made.
    head: str = ""
    head_at: datetime | None = None
    #: When the history was last read to its head.
    looked_at: datetime | None = None
    #: The newest run and deployment told, and the runs that a schedule started.
    run: int = 0
    deploy: int = 0
    scheduled: list[int] = field(default_factory=list)
    etags: dict[str, str] = field(default_factory=dict)
    #: The commit whose files were read, for which folders, and what each file's text said, by path and its own hash.
    tree: str = ""
    folders: list[str] = field(default_factory=list)
    texts: dict[str, tuple[str, Read]] = field(default_factory=dict)
    #: By folder, without runs.
    facts: dict[str, Facts] = field(default_factory=dict)
    pipelines: dict[str, Pipeline] = field(default_factory=dict)
    deployed: Ran | None = None

    @property
    def partly(self) -> bool:
        """Whether the files are too many to be read whole."""
        return any(not one.whole for one in self.facts.values())

    def of(self, folder: str) -> Facts | None:
        """Everything known of one folder; None: its files were not read yet."""
        facts = self.facts.get(folder)
        if facts is None:
            return None
        return replace(
            facts,
            build=_newest(self._runs(self.pipelines if not folder else facts.builders + facts.testers)),
            image=_newest(self._runs(facts.builders, green=True)),
            tested=_newest(self._runs(facts.testers)),
            # In a shared repository a deployment is one pilot's only if its environment says so.
            deploy=self.deployed if not folder or _speaks_of(self.deployed, folder) else None,
        )

    def _runs(self, paths: Iterable[str], *, green: bool = False) -> list[tuple[int, Ran]]:
        known = [self.pipelines[path] for path in paths if path in self.pipelines]
        found = [(one.last_id, one.green if green else one.last) for one in known]
        return [(number, ran) for number, ran in found if ran is not None]

    def learn_run(self, path: str, number: int, ran: Ran) -> None:
        """Takes in a finished run of the main branch; the order in which they come does not matter."""
        pipeline = self.pipelines.setdefault(path, Pipeline())
        if number >= pipeline.last_id:
            pipeline.last_id, pipeline.last = number, ran
        if ran.green and (pipeline.green is None or ran.on >= pipeline.green.on):
            pipeline.green = ran


def _newest(runs: list[tuple[int, Ran]]) -> Ran | None:
    return max(runs, key=lambda one: (one[1].on, one[0]))[1] if runs else None


def _speaks_of(ran: Ran | None, folder: str) -> bool:
    return ran is not None and folder.rsplit("/", 1)[-1].casefold() in ran.name.casefold()


_MEMORY = TypeAdapter(Memory)


def load(stored: dict[str, Any]) -> Memory:
    """A memory as it was stored; one that cannot be read is begun anew."""
    try:
        return _MEMORY.validate_python(stored)
    except ValueError:
        return Memory()


def dump(memory: Memory) -> dict[str, Any]:
    """A memory as JSON."""
    found: dict[str, Any] = _MEMORY.dump_python(memory, mode="json")
    return found


@dataclass(frozen=True, kw_only=True)
class Question:
    """What one asking is about."""

    repository: Repository
    #: Of the pilots that live there.
    folders: tuple[str, ...]
    #: Keys of what webhooks told already.
    known: frozenset[str]
    now: datetime
    #: The first asking reads back to here.
    since: datetime


@dataclass(frozen=True, kw_only=True)
class Told:
    """What one asking brought; whatever went wrong, it holds."""

    memory: Memory
    sightings: tuple[Sighting, ...]
    #: Empty: every part was answered.
    problem: str = ""
    #: There is no such repository, or our token may not see it.
    missing: bool = False
    #: The host wants no request before.
    hold_until: datetime | None = None


class Forge(Protocol):
    """A host that can be asked."""

    #: As it stands in links.
    host: str
    #: Who ticks items: GitHub or GitLab.
    name: str

    async def ask(self, question: Question, memory: Memory) -> Told:
        """Everything that happened since, oldest first. Raises nothing."""
        ...


# History.


@dataclass(frozen=True, kw_only=True)
class Commit:
    """One commit of a listing."""

    sha: str
    parents: tuple[str, ...]
    #: When it came into the history, and when it was written.
    at: datetime
    written_at: datetime
    actor: str
    robot: bool
    text: str
    link: str


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of the main branch: a commit, or a merge with all that it brought."""

    commit: Commit
    brought: tuple[Commit, ...]
    #: Whether the listing reached all that it brought.
    whole: bool = True


def steps(listing: Sequence[Commit], head: str) -> list[Step]:
    """The steps of the main branch after `head`, oldest first.

    Args:
        listing: newest first, as both hosts list commits; the tip stands first.
        head: the newest commit known; empty: none.

    """
    by_sha = {commit.sha: commit for commit in listing}
    told = _reachable([head], by_sha, set())
    chain: list[Commit] = []
    sha = listing[0].sha if listing else ""
    while sha in by_sha and sha not in told:
        chain.append(by_sha[sha])
        told.add(sha)
        sha = by_sha[sha].parents[0] if by_sha[sha].parents else ""
    found = []
    for commit in reversed(chain):
        before = set(told)
        brought = _reachable(commit.parents[1:], by_sha, told)
        told |= brought
        own = [
            by_sha[one.sha]
            for one in reversed(listing)
            if one.sha in brought and one.sha in by_sha and len(one.parents) < 2
        ]
        edge = {parent for sha in brought if sha in by_sha for parent in by_sha[sha].parents}
        whole = all(sha in by_sha or sha in before for sha in {*commit.parents[1:], *edge})
        found.append(Step(commit=commit, brought=tuple(own), whole=whole))
    return found


def _reachable(start: Iterable[str], by_sha: dict[str, Commit], but: set[str]) -> set[str]:
    found: set[str] = set()
    waiting = [sha for sha in start if sha]
    while waiting:
        sha = waiting.pop()
        if sha in found or sha in but:
            continue
        found.add(sha)
        if sha in by_sha:
            waiting += by_sha[sha].parents
    return found
