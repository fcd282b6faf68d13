"""Asks GitLab what a webhook missed, and what a project shows.

https://docs.gitlab.com/api/rest: a project, its commits, pipelines, deployments and, when its head moved, its files.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.signals import evidence, gitlab
from bot.signals.asking import MOST_FILES, MOST_PAGES, Commit, Memory, Question, Step, Told, steps
from bot.signals.evidence import Ran
from bot.signals.fetch import Answer, Api, AskFailed, HoldOff, NotThere, segment
from bot.signals.sighting import Change, Sighting, inside, moment, number, rows, strings, table, title, word

_FINISHED = {"success": True, "failed": False}
#: GitLab lists files a hundred at a time; a larger project is not read.
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
            memory=memory, sightings=tuple(asking.told), problem=problem, missing=missing, hold_until=hold
        )


class _Asking:
    """One asking of one project; the memory moves on part by part, each when it is whole."""

    def __init__(self, api: Api, question: Question, memory: Memory) -> None:
        self.api, self.question, self.memory = api, question, memory
        self.told: list[Sighting] = []
        self.where = question.repository
        self.root = f"/projects/{segment(question.repository.path)}"

    async def everything(self) -> None:
        await self._branch()
        await self._commits()
        for part in (self._pipelines, self._deployments, self._files):
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
        path = f"{self.root}/repository/commits?ref_name={segment(memory.branch)}&per_page=50"
        answer = await self._get(path, etag=memory.etags.get("commits", ""))
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
        first, last_look = not memory.head_at, memory.looked_at
        for step in steps(listing, memory.head):
            if first and step.commit.at < self.question.since:
                continue
            old = (
                rewritten
                and last_look is not None
                and all(one.written_at <= last_look for one in step.brought or (step.commit,))
            )
            await self._step(step, old=old)
            if not rewritten:
                memory.head, memory.head_at = step.commit.sha, step.commit.at
        memory.head, memory.head_at, memory.looked_at = listing[0].sha, listing[0].at, self.question.now
        memory.etags["commits"] = etag

    async def _step(self, step: Step, *, old: bool) -> None:
        commit, key = step.commit, f"commit/{step.commit.sha}"
        if key in self.question.known:
            return
        if not step.whole:
            step = await self._whole(step)
        commits = step.brought or (commit,)
        people = [one for one in commits if not one.robot]
        paths = await self._paths(commit.sha) if people and not old else None
        self.told.append(
            Sighting(
                source=gitlab.SOURCE,
                kind="rebase" if old else "merge",
                key=key,
                covers=tuple(f"commit/{one.sha}" for one in step.brought),
                repository=self.where,
                at=commit.at,
                changes=tuple(
                    Change(actor=one.actor, text=one.text, robot=one.robot, paths=paths) for one in commits
                ),
                rewritten=old,
                link=commit.link,
            )
        )

    async def _whole(self, step: Step) -> Step:
        """The step with all that it brought, where the branch is older than the listing."""
        first, second = step.commit.parents[0], step.commit.parents[1]
        answer = await self._get(f"{self.root}/repository/compare?from={segment(first)}&to={segment(second)}")
        found = [commit for commit in map(_commit, rows(answer.data, "commits")) if commit is not None]
        return replace(step, brought=tuple(one for one in found if len(one.parents) < 2), whole=True)

    async def _paths(self, sha: str) -> tuple[str, ...]:
        answer = await self._get(f"{self.root}/repository/commits/{segment(sha)}/diff?per_page=100")
        return tuple(
            sorted(
                {
                    word(one, name, most=500)
                    for one in rows(answer.data)
                    for name in ("new_path", "old_path")
                    if word(one, name)
                }
            )
        )

    async def _pipelines(self) -> None:
        memory = self.memory
        answer = await self._get(f"{self.root}/pipelines?per_page=50", etag=memory.etags.get("runs", ""))
        if answer.unchanged:
            return
        etag, found = answer.etag, rows(answer.data)
        for _ in range(MOST_PAGES if memory.run else 0):
            if not answer.next or any((number(run, "id") or 0) <= memory.run for run in found):
                break
            answer = await self._get(answer.next)
            found += rows(answer.data)
        for run in reversed(found):
            await self._pipeline(run, number(run, "id") or 0)
        memory.run = max([memory.run, *(number(run, "id") or 0 for run in found)])
        memory.scheduled = memory.scheduled[-200:]
        memory.etags["runs"] = etag

    async def _pipeline(self, run: Mapping[str, Any], run_id: int) -> None:
        memory, cause = self.memory, word(run, "source")
        if cause == "schedule" and run_id not in memory.scheduled:
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
        etag, found = answer.etag, rows(answer.data)
        for _ in range(MOST_PAGES if memory.deploy else 0):
            if not answer.next or any((number(one, "id") or 0) <= memory.deploy for one in found):
                break
            answer = await self._get(answer.next)
            found += rows(answer.data)
        for made in reversed(found):
            self._deployment(made, number(made, "id") or 0)
        memory.deploy = max([memory.deploy, *(number(one, "id") or 0 for one in found)])
        memory.etags["deployments"] = etag

    def _deployment(self, made: Mapping[str, Any], made_id: int) -> None:
        memory, job = self.memory, table(made, "deployable")
        pipeline = table(job, "pipeline")
        at, key = moment(made, "created_at"), f"deploy/{made_id}"
        environment = word(made, "environment", "name")
        user = word(made, "user", "username")
        link = word(pipeline, "web_url", most=500) or word(job, "web_url", most=500)
        new = made_id > memory.deploy and key not in self.question.known and at is not None
        if new and at is not None and (memory.deploy or at >= self.question.since):
            scheduled = (
                word(pipeline, "source") == "schedule" or number(pipeline, "id") in self.memory.scheduled
            )
            what = title(str(inside(job, "commit", "title") or "")) or "deployed"
            self.told.append(
                Sighting(
                    source=gitlab.SOURCE,
                    kind="deploy",
                    key=key,
                    repository=self.where,
                    at=at,
                    changes=(Change(actor=user, text=f"{what} to {environment}", robot=gitlab.robot(user)),),
                    by_hand=not scheduled,
                    link=link,
                )
            )
        ended = moment(made, "updated_at") or at
        if word(made, "status") == "success" and job and ended is not None:
            memory.deployed = Ran(on=ended.date(), link=link, name=environment)

    # What there is.

    async def _files(self) -> None:
        memory, folders = self.memory, sorted(self.question.folders)
        if not memory.head or (memory.tree == memory.head and memory.folders == folders):
            return
        blobs: dict[str, str] = {}
        page = f"{self.root}/repository/tree?ref={segment(memory.head)}&recursive=true&per_page=100&pagination=keyset"
        for _ in range(_MOST_TREE_PAGES):
            answer = await self._get(page)
            blobs |= {
                word(one, "path", most=500): word(one, "id")
                for one in rows(answer.data)
                if word(one, "type") == "blob"
            }
            page = answer.next
            if not page:
                break
        if page:
            raise AskFailed("the project has too many files to list")
        if memory.folders != folders:
            memory.texts = {}
        for path in [path for path in blobs if evidence.wanted(path)][:MOST_FILES]:
            if path not in memory.texts or memory.texts[path][0] != blobs[path]:
                where = f"{self.root}/repository/files/{segment(path)}/raw?ref={segment(memory.head)}"
                text = (await self._get(where, raw=True)).text
                memory.texts[path] = (blobs[path], evidence.read(path, text, folders))
        memory.texts = {path: found for path, found in memory.texts.items() if path in blobs}
        texts = {path: found for path, (_, found) in memory.texts.items()}
        memory.facts = {
            folder: evidence.seen(blobs, texts, folder=folder, link=self._page(folder), others=folders)
            for folder in folders
        }
        memory.tree, memory.folders = memory.head, folders

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
