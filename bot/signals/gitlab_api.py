"""Asks GitLab what a webhook missed, and what a project shows.

https://docs.gitlab.com/api/rest: a project, its commits, pipelines, deployments and, when its head moved, its files.
"""

from collections.abc import Mapping
from typing import Any

from bot.signals import gitlab
from bot.signals.asking import Commit, Memory, Question, Told
from bot.signals.evidence import Ran
from bot.signals.fetch import Api, NotThere, segment
from bot.signals.forge import Asking
from bot.signals.sighting import Change, Sighting, inside, moment, number, rows, strings, table, title, word

_FINISHED = {"success": True, "failed": False}
#: GitLab lists files a hundred at a time; a larger project is partly read.
_MOST_TREE_PAGES = 30
#: GitLab runs one pipeline file; others are included by it.
_PIPELINE_FILES = (".gitlab-ci.yml", ".gitlab-ci.yaml")


class GitLab:
    """GitLab.com or one's own GitLab behind one address.

    Args:
        api: with the token in its headers.
        host: as it stands in links.

    """

    name = "GitLab"

    def __init__(self, api: Api, host: str) -> None:
        self.api = api
        self.host = host

    async def ask(self, question: Question, memory: Memory) -> Told:
        """Everything that happened since, oldest first. Raises nothing."""
        return await _Asking(self.api, question, memory).ask()


class _Asking(Asking):
    source = gitlab.SOURCE

    def __init__(self, api: Api, question: Question, memory: Memory) -> None:
        super().__init__(api, question, memory)
        #: What set each pipeline off, as far as this asking saw it.
        self.causes: dict[int, str] = {}

    def _root(self, path: str) -> str:
        return f"/projects/{segment(path)}"

    def _called(self, data: Any) -> str:
        return word(data, "path_with_namespace", most=255)

    def _history(self) -> str:
        return f"{self.root}/repository/commits?ref_name={segment(self.memory.branch)}&per_page=50"

    def _between(self, first: str, second: str) -> str:
        return f"{self.root}/repository/compare?from={segment(first)}&to={segment(second)}"

    def _commit(self, listed: Mapping[str, Any]) -> Commit | None:
        return _commit(listed)

    def _files_of(self, sha: str) -> str:
        return f"{self.root}/repository/commits/{segment(sha)}/diff?per_page=100"

    def _named(self, data: Any) -> set[str]:
        names = ("new_path", "old_path")
        return {found for one in rows(data) for name in names if (found := word(one, name, most=500))}

    async def _runs(self) -> None:
        memory = self.memory
        answer = await self._get(f"{self.root}/pipelines?per_page=50", etag=memory.etags.get("runs", ""))
        if answer.unchanged:
            return
        found = await self._back_to(answer, memory.run)
        for run in reversed(found):
            await self._pipeline(run, number(run, "id") or 0)
        memory.run = max([memory.run, *(number(run, "id") or 0 for run in found)])
        memory.scheduled = memory.scheduled[-200:]
        memory.etags["runs"] = answer.etag

    async def _pipeline(self, run: Mapping[str, Any], run_id: int) -> None:
        memory, cause = self.memory, word(run, "source")
        self.causes[run_id] = cause
        if cause in gitlab.BY_CLOCK and run_id not in memory.scheduled:
            memory.scheduled.append(run_id)
        key = f"run/{run_id}"
        at = moment(run, "created_at")
        new = run_id > memory.run and key not in self.question.known
        # One that nobody started by hand is evidence at most, never life.
        if new and cause in gitlab.BY_HAND and at is not None and (memory.run or at >= self.question.since):
            # The listing does not say who.
            user = word((await self._get(f"{self.root}/pipelines/{run_id}")).data, "user", "username")
            text = f"{word(run, 'name') or 'Pipeline on ' + word(run, 'ref')} ({cause})"
            self.told.append(
                Sighting(
                    source=gitlab.SOURCE,
                    kind="run",
                    key=key,
                    repository=self.where,
                    at=at,
                    changes=(Change(actor=user, text=text, robot=gitlab.robot(user)),),
                    link=word(run, "web_url", most=500),
                )
            )
        green, ended = _FINISHED.get(word(run, "status")), moment(run, "updated_at") or at
        if green is None or ended is None or word(run, "ref", most=255) != memory.branch:
            return
        ran = Ran(on=ended.date(), link=word(run, "web_url", most=500), green=green)
        for path in _PIPELINE_FILES:
            memory.learn_run(path, run_id, ran)

    async def _deployments(self) -> None:
        memory = self.memory
        answer = await self._get(
            f"{self.root}/deployments?order_by=id&sort=desc&per_page=50",
            etag=memory.etags.get("deployments", ""),
        )
        if answer.unchanged:
            return
        found = await self._back_to(answer, memory.deploy)
        for made in reversed(found):
            await self._deployment(made, number(made, "id") or 0)
        memory.deploy = max([memory.deploy, *(number(one, "id") or 0 for one in found)])
        memory.etags["deployments"] = answer.etag

    async def _by_clock(self, pipeline: Mapping[str, Any]) -> bool:
        """Whether a clock, or another pipeline, set off the one that deployed; a child is in no listing."""
        run_id = number(pipeline, "id")
        if run_id is None:
            return False
        if run_id in self.memory.scheduled:
            return True
        if run_id not in self.causes:
            try:
                answer = await self._get(f"{self.root}/pipelines/{run_id}")
                self.causes[run_id] = word(answer.data, "source")
            except NotThere:
                return True  # taken away since: nobody can say
        return self.causes[run_id] in gitlab.BY_CLOCK

    async def _deployment(self, made: Mapping[str, Any], made_id: int) -> None:
        memory, job = self.memory, table(made, "deployable")
        pipeline = table(job, "pipeline")
        at, key = moment(made, "created_at"), f"deploy/{made_id}"
        environment = word(made, "environment", "name")
        user = word(made, "user", "username")
        link = word(pipeline, "web_url", most=500) or word(job, "web_url", most=500)
        new = made_id > memory.deploy and key not in self.question.known and at is not None
        if new and at is not None and (memory.deploy or at >= self.question.since):
            what = title(str(inside(job, "commit", "title") or "")) or "deployed"
            self.told.append(
                Sighting(
                    source=gitlab.SOURCE,
                    kind="deploy",
                    key=key,
                    repository=self.where,
                    at=at,
                    changes=(Change(actor=user, text=f"{what} to {environment}", robot=gitlab.robot(user)),),
                    by_hand=not await self._by_clock(pipeline),
                    link=link,
                )
            )
        ended = moment(made, "updated_at") or at
        if word(made, "status") == "success" and job and ended is not None:
            memory.deployed = Ran(on=ended.date(), link=link, name=environment)

    # What there is.

    async def _blobs(self) -> tuple[dict[str, str], bool]:
        tree = f"{self.root}/repository/tree?ref={segment(self.memory.head)}&per_page=100&pagination=keyset"
        blobs, whole = await self._listed(f"{tree}&recursive=true")
        if whole:
            return blobs, True
        # Too large to be listed: what stands at its root, and the folders of the pilots.
        blobs |= (await self._listed(tree))[0]
        whole = "" not in self.question.folders
        for folder in filter(None, self.question.folders):
            found, all_of_it = await self._listed(f"{tree}&recursive=true&path={segment(folder)}")
            blobs, whole = blobs | found, whole and all_of_it
        return blobs, whole

    async def _listed(self, page: str) -> tuple[dict[str, str], bool]:
        """The files of a listing, and whether it was read to its end."""
        blobs: dict[str, str] = {}
        for _ in range(_MOST_TREE_PAGES):
            answer = await self._get(page)
            blobs |= {
                word(one, "path", most=500): word(one, "id")
                for one in rows(answer.data)
                if word(one, "type") == "blob"
            }
            page = answer.next
            if not page:
                return blobs, True
        return blobs, False

    def _file(self, path: str) -> str:
        return f"{self.root}/repository/files/{segment(path)}/raw?ref={segment(self.memory.head)}"

    def _page(self, folder: str) -> str:
        return f"https://{self.where.id}/-/tree/{self.memory.branch}" + (f"/{folder}" if folder else "")


def _commit(found: Mapping[str, Any]) -> Commit | None:
    at = moment(found, "committed_date") or moment(found, "created_at")
    sha = word(found, "id")
    if at is None or not sha:
        return None
    return Commit(
        sha=sha,
        parents=strings(found, "parent_ids"),
        at=at,
        written_at=moment(found, "authored_date") or at,
        actor=word(found, "author_name"),
        robot=gitlab.robot_by_address(word(found, "author_email"))
        or gitlab.robot(word(found, "author_name")),
        text=title(str(inside(found, "title") or inside(found, "message") or "")),
        link=word(found, "web_url", most=500),
    )
