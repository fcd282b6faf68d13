"""Asks GitHub what a webhook missed, and what a repository shows.

https://docs.github.com/rest: a repository, its commits, workflow runs, deployments and, when its head moved, its files.
While nothing changes each of these is answered "not modified", which costs no part of the limit.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.signals import github, github_tree
from bot.signals.asking import Commit, Memory, Question, Told
from bot.signals.evidence import Ran
from bot.signals.fetch import MOST_BYTES_OF_A_TREE, Api, NotThere, segment
from bot.signals.forge import Asking
from bot.signals.sighting import inside, moment, number, rows, table, title, word

_RUN_IN_LINK = "/actions/runs/"
_FINISHED = {"success": True, "failure": False, "timed_out": False, "startup_failure": False}


class GitHub:
    """GitHub or GitHub Enterprise behind one address.

    Args:
        api: with the token in its headers.
        host: as it stands in links.

    """

    name = "GitHub"

    def __init__(self, api: Api, host: str) -> None:
        self.api = api
        self.host = host

    async def ask(self, question: Question, memory: Memory) -> Told:
        """Everything that happened since, oldest first. Raises nothing."""
        return await _Asking(self.api, question, memory).ask()


class _Asking(Asking):
    source = github.SOURCE

    def __init__(self, api: Api, question: Question, memory: Memory) -> None:
        super().__init__(api, question, memory)
        #: What set each run off, as far as this asking saw it.
        self.causes: dict[int, str] = {}

    def _root(self, path: str) -> str:
        return "/repos/" + "/".join(segment(part) for part in path.split("/"))

    def _called(self, data: Any) -> str:
        return word(data, "full_name", most=255)

    def _history(self) -> str:
        return f"{self.root}/commits?sha={segment(self.memory.branch)}&per_page=50"

    def _between(self, first: str, second: str) -> str:
        return f"{self.root}/compare/{segment(first)}...{segment(second)}?per_page=50"

    def _commit(self, listed: Mapping[str, Any]) -> Commit | None:
        return _commit(listed)

    def _files_of(self, sha: str) -> str:
        return f"{self.root}/commits/{segment(sha)}"

    def _named(self, data: Any) -> set[str]:
        names = ("filename", "previous_filename")
        return {
            found for one in rows(data, "files") for name in names if (found := word(one, name, most=500))
        }

    async def _runs(self) -> None:
        memory = self.memory
        answer = await self._get(f"{self.root}/actions/runs?per_page=20", etag=memory.etags.get("runs", ""))
        if answer.unchanged:
            return
        found = await self._back_to(answer, memory.run, "workflow_runs", first=1)
        for run in reversed(found):
            self._run(run, number(run, "id") or 0)
        memory.run = max([memory.run, *(number(run, "id") or 0 for run in found)])
        memory.scheduled = memory.scheduled[-200:]
        memory.etags["runs"] = answer.etag

    def _run(self, run: Mapping[str, Any], run_id: int) -> None:
        if not run_id:
            return
        self.causes[run_id] = word(run, "event")
        if word(run, "event") in github.BY_CLOCK and run_id not in self.memory.scheduled:
            self.memory.scheduled.append(run_id)
        heard = github.run_of(run, self.where)
        # One that nobody started by hand is evidence at most, never life.
        if heard.by_hand and run_id > self.memory.run and heard.key not in self.question.known:
            self.told.append(heard)
        green = _FINISHED.get(word(run, "conclusion"))
        at = moment(run, "updated_at") or moment(run, "created_at")
        if green is None or at is None or word(run, "head_branch", most=255) != self.memory.branch:
            return
        path = word(run, "path", most=300).split("@")[0]
        ran = Ran(on=at.date(), link=heard.link, green=green, name=word(run, "name"))
        self.memory.learn_run(path, run_id, ran)

    async def _deployments(self) -> None:
        memory = self.memory
        answer = await self._get(
            f"{self.root}/deployments?per_page=20", etag=memory.etags.get("deployments", "")
        )
        if answer.unchanged:
            return
        found = await self._back_to(answer, memory.deploy)
        newest = {number(one, "id") for one in found[:3]}
        for made in reversed(found):
            made_id = number(made, "id") or 0
            if made_id > memory.deploy or made_id in newest:
                await self._deployment(made, made_id)
        memory.deploy = max([memory.deploy, *(number(one, "id") or 0 for one in found)])
        memory.etags["deployments"] = answer.etag

    async def _deployment(self, made: Mapping[str, Any], made_id: int) -> None:
        statuses = rows((await self._get(f"{self.root}/deployments/{made_id}/statuses?per_page=20")).data)
        links = [
            word(one, name, most=500)
            for one in statuses
            for name in ("log_url", "target_url")
            if word(one, name)
        ]
        runs = {_run_id(link) for link in links}
        heard = github.deployment_of(made, self.where)
        if made_id > self.memory.deploy and heard.key not in self.question.known:
            at, since = heard.at, self.question.since
            if self.memory.deploy or (at is not None and at >= since):
                by_hand = not await self._by_clock(runs - {0})
                self.told.append(replace(heard, by_hand=by_hand, link=next(iter(links), "")))
        succeeded = next((one for one in statuses if word(one, "state") == "success"), None)
        # Somebody's own machine can tell GitHub of a deployment too; a pipeline does so as an app.
        by_pipeline = bool(table(made, "performed_via_github_app")) or github.robot(table(made, "creator"))
        at = moment(succeeded, "created_at") if succeeded else None
        if at is not None and (by_pipeline or runs - {0}):
            link = next(iter(links), f"https://{self.where.id}/deployments")
            self.memory.deployed = Ran(on=at.date(), link=link, name=word(made, "environment"))

    async def _by_clock(self, runs: set[int]) -> bool:
        """Whether a clock set off the run that deployed; one older than the listing is asked for by itself."""
        if runs & set(self.memory.scheduled):
            return True
        for run in runs - self.causes.keys():
            try:
                answer = await self._get(f"{self.root}/actions/runs/{run}")
                self.causes[run] = word(answer.data, "event")
            except NotThere:
                return True  # taken away since: nobody can say
        return any(self.causes[run] in github.BY_CLOCK for run in runs)

    # What there is.

    async def _blobs(self) -> tuple[dict[str, str], bool]:
        return await github_tree.blobs(self._tree, self.memory.head, self.question.folders)

    async def _tree(self, sha: str, deep: bool) -> Any:
        path = f"{self.root}/git/trees/{segment(sha)}" + ("?recursive=1" if deep else "")
        return (await self._get(path, most=MOST_BYTES_OF_A_TREE)).data

    def _file(self, path: str) -> str:
        place = "/".join(segment(part) for part in path.split("/"))
        return f"{self.root}/contents/{place}?ref={segment(self.memory.head)}"

    def _page(self, folder: str) -> str:
        return f"https://{self.where.id}/tree/{self.memory.branch}" + (f"/{folder}" if folder else "")


def _run_id(link: str) -> int:
    """The workflow run that a deployment's log belongs to; 0: none."""
    _, found, rest = link.partition(_RUN_IN_LINK)
    digits = rest.split("/", 1)[0] if found else ""
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 19 else 0


def _commit(found: Mapping[str, Any]) -> Commit | None:
    made, account = table(found, "commit"), table(found, "author")
    at = moment(made, "committer", "date")
    sha = word(found, "sha")
    if at is None or not sha:
        return None
    text = title(str(inside(made, "message") or ""))
    return Commit(
        sha=sha,
        parents=tuple(word(one, "sha") for one in rows(found, "parents")),
        at=at,
        written_at=moment(made, "author", "date") or at,
        actor=word(account, "login") or word(made, "author", "name"),
        robot=github.robot(account)
        or github.robot_by_address(word(made, "author", "email"))
        or github.merges_a_robots(text),
        text=text,
        link=word(found, "html_url", most=500),
    )
