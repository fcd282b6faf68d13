"""Asks GitHub what a webhook missed, and what a repository shows.

https://docs.github.com/rest: a repository, its commits, workflow runs, deployments and, when its head moved, its files.
While nothing changes each of these is answered "not modified", which costs no part of the limit.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.signals import evidence, github
from bot.signals.asking import (
    MOST_FILES,
    MOST_PAGES,
    Commit,
    Memory,
    Question,
    Step,
    Told,
    steps,
)
from bot.signals.evidence import Ran
from bot.signals.fetch import Answer, Api, AskFailed, HoldOff, NotThere, segment
from bot.signals.sighting import Change, Sighting, inside, moment, number, rows, table, title, word

_RUN_IN_LINK = "/actions/runs/"
_FINISHED = {"success": True, "failure": False, "timed_out": False, "startup_failure": False}
#: More commits of one merge are not read one by one.
_MOST_BROUGHT = 10


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
        asking = _Asking(self.api, question, memory)
        problem, missing, hold = "", False, None
        try:
            await asking.everything()
        except HoldOff as error:
            problem, hold = str(error), error.until
        except NotThere as error:
            problem, missing = str(error), True
        except AskFailed as error:
            problem = str(error)
        return Told(
            memory=memory,
            sightings=tuple(asking.told),
            problem=problem,
            missing=missing,
            hold_until=hold,
        )


class _Asking:
    """One asking of one repository; the memory moves on part by part, each when it is whole."""

    def __init__(self, api: Api, question: Question, memory: Memory) -> None:
        self.api, self.question, self.memory = api, question, memory
        self.told: list[Sighting] = []
        self.where = question.repository
        self.root = "/repos/" + "/".join(segment(part) for part in question.repository.path.split("/"))

    async def everything(self) -> None:
        await self._branch()
        await self._commits()
        for part in (self._runs, self._deployments, self._files):
            try:
                await part()
            except NotThere:
                continue  # switched off there, or our token may not see it

    async def _get(self, path: str, *, etag: str = "", raw: bool = False) -> Answer:
        return await self.api.get(path, self.question.now, etag=etag, raw=raw)

    async def _branch(self) -> None:
        today = self.question.now.date()
        if self.memory.branch and self.memory.branch_read_on == today:
            return
        answer = await self._get(
            self.root, etag=self.memory.etags.get("branch", "") if self.memory.branch else ""
        )
        if not answer.unchanged:
            branch = word(answer.data, "default_branch", most=255) or "main"
            if branch != self.memory.branch:
                self.memory.etags.pop("commits", None)
            self.memory.branch = branch
            self.memory.etags["branch"] = answer.etag
        self.memory.branch_read_on = today

    # What happened.

    async def _commits(self) -> None:
        memory = self.memory
        answer = await self._get(
            f"{self.root}/commits?sha={segment(memory.branch)}&per_page=50",
            etag=memory.etags.get("commits", ""),
        )
        if answer.unchanged:
            return
        etag, bound = answer.etag, memory.head_at or self.question.since
        listing: list[Commit] = []
        for _ in range(MOST_PAGES):
            page = [commit for commit in map(_commit, rows(answer.data)) if commit is not None]
            listing += page
            found = any(commit.sha == memory.head for commit in page)
            if found or not answer.next or all(commit.at < bound for commit in page):
                break
            answer = await self._get(answer.next)
        if not listing:
            return
        rewritten = bool(memory.head) and all(commit.sha != memory.head for commit in listing)
        for step in steps(listing, memory.head):
            if not memory.head_at and step.commit.at < self.question.since:
                continue
            await self._step(step, memory.looked_at if rewritten else None)
        memory.head, memory.head_at, memory.looked_at = listing[0].sha, listing[0].at, self.question.now
        memory.etags["commits"] = etag

    async def _step(self, step: Step, rewritten_before: datetime | None) -> None:
        commit, key = step.commit, f"commit/{step.commit.sha}"
        if not step.whole and key not in self.question.known:
            step = await self._whole(step)
        commits = step.brought or (commit,)
        # A commit that is written before the last look and new in the history is an old one under a new name.
        old = rewritten_before is not None and all(one.written_at <= rewritten_before for one in commits)
        if key not in self.question.known:
            self.told.append(
                Sighting(
                    source=github.SOURCE,
                    kind="rebase" if old else "merge",
                    key=key,
                    covers=tuple(f"commit/{one.sha}" for one in step.brought),
                    repository=self.where,
                    at=commit.at,
                    changes=tuple([change async for change in self._changes(commit, commits, old=old)]),
                    rewritten=old,
                    link=commit.link,
                )
            )
        if rewritten_before is None:
            self.memory.head, self.memory.head_at = commit.sha, commit.at

    async def _whole(self, step: Step) -> Step:
        """The step with all that it brought, where the branch is older than the listing."""
        first, second = step.commit.parents[0], step.commit.parents[1]
        answer = await self._get(f"{self.root}/compare/{segment(first)}...{segment(second)}?per_page=50")
        found = [commit for commit in map(_commit, rows(answer.data, "commits")) if commit is not None]
        return replace(step, brought=tuple(one for one in found if len(one.parents) < 2), whole=True)

    async def _changes(self, step: Commit, commits: tuple[Commit, ...], *, old: bool) -> Any:
        people = [one for one in commits if not one.robot]
        # All by people: what the merge changed in all is one request instead of one for each.
        whole = len(people) == len(commits) or len(people) > _MOST_BROUGHT
        paths = await self._paths(step.sha) if people and whole and not old else None
        for one in commits:
            own = paths if whole else None
            if not whole and not one.robot and not old:
                own = await self._paths(one.sha)
            yield Change(actor=one.actor, text=one.text, robot=one.robot, paths=own)

    async def _paths(self, sha: str) -> tuple[str, ...]:
        answer = await self._get(f"{self.root}/commits/{segment(sha)}")
        return tuple(word(one, "filename", most=500) for one in rows(answer.data, "files"))

    async def _runs(self) -> None:
        memory = self.memory
        answer = await self._get(f"{self.root}/actions/runs?per_page=20", etag=memory.etags.get("runs", ""))
        if answer.unchanged:
            return
        etag, found = answer.etag, rows(answer.data, "workflow_runs")
        for _ in range(MOST_PAGES if memory.run else 1):
            if not answer.next or any((number(run, "id") or 0) <= memory.run for run in found):
                break
            answer = await self._get(answer.next)
            found += rows(answer.data, "workflow_runs")
        for run in reversed(found):
            self._run(run, number(run, "id") or 0)
        memory.run = max([memory.run, *(number(run, "id") or 0 for run in found)])
        memory.scheduled = memory.scheduled[-200:]
        memory.etags["runs"] = etag

    def _run(self, run: Mapping[str, Any], run_id: int) -> None:
        if not run_id:
            return
        if word(run, "event") == "schedule" and run_id not in self.memory.scheduled:
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
        etag, found = answer.etag, rows(answer.data)
        for _ in range(MOST_PAGES if memory.deploy else 0):
            if not answer.next or any((number(one, "id") or 0) <= memory.deploy for one in found):
                break
            answer = await self._get(answer.next)
            found += rows(answer.data)
        newest = {number(one, "id") for one in found[:3]}
        for made in reversed(found):
            made_id = number(made, "id") or 0
            if made_id > memory.deploy or made_id in newest:
                await self._deployment(made, made_id)
        memory.deploy = max([memory.deploy, *(number(one, "id") or 0 for one in found)])
        memory.etags["deployments"] = etag

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
                by_hand = not runs & set(self.memory.scheduled)
                self.told.append(replace(heard, by_hand=by_hand, link=next(iter(links), "")))
        succeeded = next((one for one in statuses if word(one, "state") == "success"), None)
        # Somebody's own machine can tell GitHub of a deployment too; a pipeline does so as an app.
        by_pipeline = bool(table(made, "performed_via_github_app")) or github.robot(table(made, "creator"))
        at = moment(succeeded, "created_at") if succeeded else None
        if at is not None and (by_pipeline or runs - {0}):
            link = next(iter(links), f"https://{self.where.id}/deployments")
            self.memory.deployed = Ran(on=at.date(), link=link, name=word(made, "environment"))

    # What there is.

    async def _files(self) -> None:
        memory, folders = self.memory, sorted(self.question.folders)
        if not memory.head or (memory.tree == memory.head and memory.folders == folders):
            return
        answer = await self._get(f"{self.root}/git/trees/{segment(memory.head)}?recursive=1")
        if inside(answer.data, "truncated") is True:
            raise AskFailed("the repository has too many files to list")
        blobs = {
            word(one, "path", most=500): word(one, "sha")
            for one in rows(answer.data, "tree")
            if word(one, "type") == "blob"
        }
        if memory.folders != folders:
            memory.texts = {}
        for path in [path for path in blobs if evidence.wanted(path)][:MOST_FILES]:
            if path not in memory.texts or memory.texts[path][0] != blobs[path]:
                place = "/".join(segment(part) for part in path.split("/"))
                text = (
                    await self._get(f"{self.root}/contents/{place}?ref={segment(memory.head)}", raw=True)
                ).text
                memory.texts[path] = (blobs[path], evidence.read(path, text, folders))
        memory.texts = {path: found for path, found in memory.texts.items() if path in blobs}
        texts = {path: found for path, (_, found) in memory.texts.items()}
        memory.facts = {
            folder: evidence.seen(blobs, texts, folder=folder, link=self._page(folder), others=folders)
            for folder in folders
        }
        memory.tree, memory.folders = memory.head, folders

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
