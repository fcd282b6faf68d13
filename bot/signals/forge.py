"""One asking of one repository, as both hosts are asked: its branch, its history, its files.

What differs between them (paths, the names of fields, runs and deployments) is in `github_api` and `gitlab_api`.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.signals import evidence
from bot.signals.asking import MOST_FILES, MOST_PAGES, Commit, Memory, Question, Step, Told, steps
from bot.signals.fetch import MOST_BYTES, Answer, Api, AskFailed, HoldOff, NotThere, TooLarge
from bot.signals.sighting import Change, Sighting, number, rows, word

#: More commits of one merge are not read one by one.
_MOST_BROUGHT = 10


class Asking(ABC):
    """The memory moves on part by part, each when it is whole."""

    #: As signals call their source.
    source: str

    def __init__(self, api: Api, question: Question, memory: Memory) -> None:
        self.api, self.question, self.memory = api, question, memory
        self.told: list[Sighting] = []
        self.where = question.repository

    @property
    def root(self) -> str:
        """The path of the repository below the API's address, under the name that it bears by now."""
        return self._root(self.memory.called or self.where.path)

    async def ask(self) -> Told:
        """Everything that happened since, oldest first. Raises nothing."""
        problem, missing, hold = "", False, None
        try:
            await self._everything()
        except HoldOff as error:
            problem, hold = str(error), error.until
        except NotThere as error:
            problem, missing = str(error), True
        except AskFailed as error:
            problem = str(error)
        return Told(
            memory=self.memory,
            sightings=tuple(self.told),
            problem=problem,
            missing=missing,
            hold_until=hold,
        )

    async def _everything(self) -> None:
        await self._branch()
        await self._commits()
        for part in (self._runs, self._deployments, self._files):
            try:
                await part()
            except NotThere:
                continue  # switched off there, or our token may not see it

    async def _get(self, path: str, *, etag: str = "", raw: bool = False, most: int = MOST_BYTES) -> Answer:
        return await self.api.get(path, self.question.now, etag=etag, raw=raw, most=most)

    async def _branch(self) -> None:
        today, memory = self.question.now.date(), self.memory
        if memory.branch and memory.branch_read_on == today:
            return
        answer = await self._get(self.root, etag=memory.etags.get("branch", "") if memory.branch else "")
        if not answer.unchanged:
            branch = word(answer.data, "default_branch", most=255) or "main"
            if branch != memory.branch:
                memory.etags.pop("commits", None)
            memory.branch = branch
            # Asked under its new name, it is not redirected, and "not modified" is all that a quiet hour costs.
            called = self._called(answer.data).lower()
            memory.called = called if called != self.where.path else ""
            memory.etags["branch"] = answer.etag
        memory.branch_read_on = today

    # What happened.

    async def _commits(self) -> None:
        memory = self.memory
        answer = await self._get(self._history(), etag=memory.etags.get("commits", ""))
        if answer.unchanged:
            return
        etag, bound = answer.etag, memory.head_at or self.question.since
        listing, cut = self._read(rows(answer.data)), False
        page = listing
        for _ in range(MOST_PAGES - 1):
            found = any(commit.sha == memory.head for commit in page)
            cut = not found and bool(answer.next) and any(commit.at >= bound for commit in page)
            if not cut:
                break
            answer = await self._get(answer.next)
            page = self._read(rows(answer.data))
            listing += page
        if not listing:
            return
        # A head that is further back than is read was not taken away.
        rewritten = bool(memory.head) and not cut and all(one.sha != memory.head for one in listing)
        first, looked_at = not memory.head_at, memory.looked_at if rewritten else None
        for step in steps(listing, memory.head):
            if first and step.commit.at < self.question.since:
                continue
            if f"commit/{step.commit.sha}" not in self.question.known:
                whole = step if step.whole else await self._whole(step)
                commits = whole.brought or (step.commit,)
                # Written before the last look and new in the history: an old one under a new name.
                old = looked_at is not None and all(one.written_at <= looked_at for one in commits)
                await self._tell(whole, commits, old=old)
            if not rewritten:
                memory.head, memory.head_at = step.commit.sha, step.commit.at
        memory.head, memory.head_at, memory.looked_at = listing[0].sha, listing[0].at, self.question.now
        memory.etags["commits"] = etag

    def _read(self, listed: Iterable[Mapping[str, Any]]) -> list[Commit]:
        return [commit for commit in map(self._commit, listed) if commit is not None]

    async def _whole(self, step: Step) -> Step:
        """The step with all that it brought, where the branch is older than the listing."""
        first, second = step.commit.parents[0], step.commit.parents[1]
        found = self._read(rows((await self._get(self._between(first, second))).data, "commits"))
        return replace(step, brought=tuple(one for one in found if len(one.parents) < 2), whole=True)

    async def _tell(self, step: Step, commits: Sequence[Commit], *, old: bool) -> None:
        self.told.append(
            Sighting(
                source=self.source,
                kind="rebase" if old else "merge",
                key=f"commit/{step.commit.sha}",
                covers=tuple(f"commit/{one.sha}" for one in step.brought),
                repository=self.where,
                at=step.commit.at,
                changes=tuple(await self._changes(step.commit, commits, old=old)),
                rewritten=old,
                link=step.commit.link,
            )
        )

    async def _changes(self, step: Commit, commits: Sequence[Commit], *, old: bool) -> list[Change]:
        """Each commit that a step brought, with the files it changed where they are needed."""
        people = [one for one in commits if not one.robot]
        # All by people: what the merge changed in all is one request instead of one for each.
        whole = len(people) == len(commits) or len(people) > _MOST_BROUGHT
        paths = await self._paths(step.sha) if people and whole and not old else None
        found = []
        for one in commits:
            own = paths if whole else None
            if not whole and not one.robot and not old:
                own = await self._paths(one.sha)
            found.append(Change(actor=one.actor, text=one.text, robot=one.robot, paths=own))
        return found

    async def _paths(self, sha: str) -> tuple[str, ...] | None:
        """The files of a commit; None: its answer is too large, so that nobody can say, and what comes after it is told."""
        page, paths = self._files_of(sha), set[str]()
        try:
            for _ in range(MOST_PAGES):
                answer = await self._get(page)
                paths |= self._named(answer.data)
                page = answer.next
                if not page:
                    break
        except TooLarge:
            return None
        return tuple(sorted(paths))

    async def _back_to(
        self, answer: Answer, known: int, *names: str, first: int = 0
    ) -> list[Mapping[str, Any]]:
        """A listing by falling number, newest first, page by page down to the number known; `first` pages more where none is."""
        found = rows(answer.data, *names)
        for _ in range(MOST_PAGES if known else first):
            if not answer.next or any((number(one, "id") or 0) <= known for one in found):
                break
            answer = await self._get(answer.next)
            found += rows(answer.data, *names)
        return found

    # What there is.

    async def _files(self) -> None:
        memory, folders = self.memory, sorted(self.question.folders)
        if not memory.head or (memory.tree == memory.head and memory.folders == folders):
            return
        blobs, whole = await self._blobs()
        if memory.folders != folders:
            memory.texts = {}
        for path in [path for path in blobs if evidence.wanted(path)][:MOST_FILES]:
            if path not in memory.texts or memory.texts[path][0] != blobs[path]:
                text = (await self._get(self._file(path), raw=True)).text
                memory.texts[path] = (blobs[path], evidence.read(path, text, folders))
        memory.texts = {path: found for path, found in memory.texts.items() if path in blobs}
        texts = {path: found for path, (_, found) in memory.texts.items()}
        memory.facts = {
            folder: replace(
                evidence.seen(blobs, texts, folder=folder, link=self._page(folder), others=folders),
                whole=whole,
            )
            for folder in folders
        }
        memory.tree, memory.folders = memory.head, folders

    # What each host says in its own way.

    @abstractmethod
    def _root(self, path: str) -> str:
        """The path of a repository below the API's address."""

    @abstractmethod
    def _called(self, data: Any) -> str:
        """What a repository says that it is called; empty: it does not say."""

    @abstractmethod
    def _history(self) -> str:
        """The path of the branch's newest fifty commits."""

    @abstractmethod
    def _between(self, first: str, second: str) -> str:
        """The path of what the second commit has and the first has not."""

    @abstractmethod
    def _commit(self, listed: Mapping[str, Any]) -> Commit | None:
        """One commit of a listing; None where it has no id or day."""

    @abstractmethod
    def _files_of(self, sha: str) -> str:
        """The path of what a commit changed."""

    @abstractmethod
    def _named(self, data: Any) -> set[str]:
        """The files that such an answer names."""

    @abstractmethod
    async def _runs(self) -> None: ...

    @abstractmethod
    async def _deployments(self) -> None: ...

    @abstractmethod
    async def _blobs(self) -> tuple[dict[str, str], bool]:
        """The files of the main branch, by their path, with their hash; and whether they are all."""

    @abstractmethod
    def _file(self, path: str) -> str:
        """The path of one file's text."""

    @abstractmethod
    def _page(self, folder: str) -> str:
        """Where people see a folder."""
