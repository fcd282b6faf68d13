"""A month of a repository: pushes, robots, schedules, bad days and limits, told by webhooks or found by asking.

Whatever happens to the requests, each thing that counts stands in the record once, and a repository in which nothing
happens costs nothing but "not modified".
"""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar

import pytest

from bot.domain.record import Record, Status
from bot.signals.asking import MOST_PAGES
from storage import pilots, repositories
from tests.playground.bolt_app import served
from tests.signals import payloads as p
from tests.signals.kit import OURS, Running, a_pilot, running
from tests.signals.stand_in import ROOT, TOKEN, GitLabStandIn, Made, Repo, StandIn, address_of

START = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
PEOPLE = ("mara-l", "linh", "petra")
WORKFLOW = "on: [push]\njobs:\n  a:\n    steps:\n    - run: pytest\n    - run: python -m evals\n    - uses: docker/build-push-action@v6\n"
FILES = {
    "README.md": "",
    "src/app.py": "",
    "Dockerfile": 'CMD ["python", "-m", "app"]',
    ".github/workflows/ci.yml": WORKFLOW,
    "monitoring/grafana/board.json": "{}",
    "monitoring/alerts/late.yml": "",
}


class GitHubVoice:
    """How GitHub tells of what happens: each thing in one request or more."""

    door, by = "github", "GitHub"
    host = StandIn
    robots = ("dependabot[bot]", "renovate[bot]", "github-actions[bot]")
    merges = Repo.merges
    by_hand = "workflow_dispatch"
    files = FILES

    def settings(self, address: str) -> dict[str, str]:
        return {"github_token": TOKEN, "github_api_url": address + ROOT}

    def pushed(self, commits: Sequence[Made]) -> list[tuple[str, p.Json]]:
        told = [
            p.commit(0, one.message, one.login, paths=one.paths, at=one.at.isoformat()) | {"id": one.sha}
            for one in commits
        ]
        return [("push", p.github_push(*told))]

    def ran(self, run: p.Json) -> list[tuple[str, p.Json]]:
        return [("workflow_run", {"action": "completed", "workflow_run": run})]

    def deployed(self, run: p.Json, made: p.Json) -> list[tuple[str, p.Json]]:
        told = {"action": "created", "deployment": made, "workflow_run": run}
        if run["event"] != "schedule":
            return [("deployment", told)]
        return [*self.ran(run), ("deployment_status", told | {"deployment_status": {"state": "success"}})]

    def whole(self, payload: p.Json, repo: Repo) -> p.Json:
        where = {"html_url": f"https://{repo.host}/{repo.name}"}
        return payload | {"repository": p.repository(repo.name) | where}

    def headers(self, body: bytes, event: str, number: int) -> dict[str, str]:
        return p.github_headers(body, event, f"d{number}")


class GitLabVoice:
    """How GitLab does: what set a deployment off is told by its pipeline's request."""

    door, by = "gitlab", "GitLab"
    host = GitLabStandIn
    robots = ("project_15_bot_4f", "renovate-bot", "service_account_group_9_ab")
    merges = "Merge branch 'branch-{number}' into 'main'"
    by_hand = "web"
    files: ClassVar = {name: text for name, text in FILES.items() if not name.startswith(".github")} | {
        ".gitlab-ci.yml": "a:\n  script: [pytest, python -m evals, docker build .]"
    }

    def settings(self, address: str) -> dict[str, str]:
        return {"gitlab_token": TOKEN, "gitlab_api_url": address + ROOT}

    def pushed(self, commits: Sequence[Made]) -> list[tuple[str, p.Json]]:
        told = [
            p.gitlab_commit(
                0,
                one.message,
                name=one.login,
                email=address_of(one.login),
                paths=one.paths,
                at=one.at.isoformat(),
            )
            | {"id": one.sha}
            for one in commits
        ]
        return [("Push Hook", p.gitlab_push(*told))]

    def ran(self, run: p.Json, job: int = 0) -> list[tuple[str, p.Json]]:
        source = "web" if run["event"] == "workflow_dispatch" else run["event"]
        told = p.gitlab_pipeline(source, username=run["actor"]["login"], n=run["id"], job=job)
        told["object_attributes"] |= {"name": run["name"], "created_at": run["created_at"]}
        return [("Pipeline Hook", told)]

    def deployed(self, run: p.Json, made: p.Json) -> list[tuple[str, p.Json]]:
        job = made["id"] + 90_000
        told = p.gitlab_deployment(username=made["creator"]["login"], n=made["id"], job=job)
        said = {"commit_title": made["description"], "status_changed_at": made["created_at"]}
        return [*self.ran(run, job), ("Deployment Hook", told | said)]

    def whole(self, payload: p.Json, repo: Repo) -> p.Json:
        where = {"web_url": f"https://{repo.host}/{repo.name}"}
        return payload | {"project": p.project(repo.name) | where}

    def headers(self, body: bytes, event: str, number: int) -> dict[str, str]:
        return p.gitlab_headers(body, event, f"d{number}")


Voice = GitHubVoice | GitLabVoice
VOICES: tuple[Voice, ...] = (GitHubVoice(), GitLabVoice())


class Month:
    """What happens, and what of it must be found in the record."""

    def __init__(self, here: Running, repo: Repo, draw: random.Random, voice: Voice) -> None:
        self.here, self.repo, self.draw, self.voice = here, repo, draw, voice
        self.expected: Counter[tuple[str, str, str]] = Counter()
        self.late: list[tuple[str, p.Json]] = []
        self.numbers = 0
        self.webhooks = 0

    def text(self, what: str) -> str:
        self.numbers += 1
        return f"{what} {self.numbers}"

    def count(self, kind: str, text: str) -> None:
        self.expected[(kind, text, f"{self.here.clock():%Y-%m-%d}")] += 1

    async def tell(self, told: Sequence[tuple[str, p.Json]]) -> None:
        """Each by webhook at once, twice, only after the next asking, or never."""
        for event, payload in told:
            how = self.draw.choice(("now", "twice", "late", "never", "never"))
            whole = self.voice.whole(payload, self.repo)
            if how == "late":
                self.late.append((event, whole))
            for _ in range({"now": 1, "twice": 2}.get(how, 0)):
                await self.send(event, whole)

    async def send(self, event: str, payload: p.Json) -> None:
        self.webhooks += 1
        body = p.bytes_of(payload)
        answer = await self.here.post(self.voice.door, body, self.voice.headers(body, event, self.webhooks))
        assert answer.status_code == 202

    async def push(self, *commits: Made) -> None:
        await self.tell(self.voice.pushed(commits))

    async def something(self) -> None:
        """One thing of a kind drawn by lot."""
        now, draw, voice = self.here.clock(), self.draw, self.voice
        person, robot = draw.choice(PEOPLE), draw.choice(voice.robots)
        match draw.randrange(10):
            case 0 | 1:
                text = self.text("Prompt")
                self.count("merge", text)
                await self.push(self.repo.commit(text, person, now))
            case 2:
                await self.push(
                    self.repo.commit(self.text("Bump"), robot, now, paths=("uv.lock", "src/a.py"))
                )
            case 3:
                await self.push(self.repo.commit(self.text("Newer"), person, now, paths=("poetry.lock",)))
            case 4:
                text = self.text("Branch")
                self.count("merge", text)
                branch = self._branch([(text, person), (self.text("More"), person)], now)
                await self.push(*branch, self.repo.merge(branch, self.numbers, person, now))
            case 5:
                branch = self._branch([(self.text("Bump"), robot)], now)
                await self.push(*branch, self.repo.merge(branch, self.numbers, person, now))
            case 6:
                run = self.repo.run("workflow_dispatch", person, now, path=".github/workflows/train.yml")
                self.count("run", f"train ({voice.by_hand})")
                await self.tell(voice.ran(run))
            case 7:
                run = self.repo.run("schedule", person, now, path=".github/workflows/nightly.yml")
                await self.tell(voice.deployed(run, self.repo.deploy(person, now, run=run)))
            case 8:
                run = self.repo.run("push", person, now, path=".github/workflows/ci.yml")
                made = self.repo.deploy(person, now, run=run)
                self.count("deploy", f"{made['description']} to staging")
                await self.tell(voice.deployed(run, made))
            case 9:
                self.repo.run("push", robot, now, path=".github/workflows/ci.yml")

    def _branch(self, commits: list[tuple[str, str]], now: datetime) -> list[Made]:
        """Written on the days before, on a branch of its own."""
        parent, made = self.repo.head, []
        for text, login in commits:
            one = self.repo.commit(text, login, now - timedelta(hours=30), parents=(parent,), move=False)
            made.append(one)
            parent = one.sha
        return made

    def kept(self) -> Counter[tuple[str, str, str]]:
        """What counts in the record."""
        return Counter(
            (one.kind, one.text, one.on.isoformat())
            for one in self.here.activities()
            if one.counts.value == "pulse"
        )


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What a month left behind."""

    expected: Counter[tuple[str, str, str]]
    kept: Counter[tuple[str, str, str]]
    record: Record
    there: StandIn
    by: str


async def a_month(folder: Path, voice: Voice, *, seed: int, every: timedelta, days: int = 30) -> Seen:
    draw = random.Random(seed)
    there = voice.host(clock=lambda: START)
    async with served(there.app()) as address:
        host = address.removeprefix("http://")
        some = (a_pilot("P01", f"http://{host}/acme/active"), a_pilot("P02", f"http://{host}/acme/quiet"))
        async with running(folder, *some, now=START, **voice.settings(address)) as here:
            there.clock = here.clock
            for name in ("acme/active", "acme/quiet"):
                repo = Repo(name=name, host=host, files=dict(voice.files), merges=voice.merges)
                repo.commit("Old, from before", "mara-l", START - timedelta(days=60))
                repo.run("push", "mara-l", START - timedelta(days=1), path=".github/workflows/ci.yml")
                there.repos[name] = repo
            month = Month(here, there.repos["acme/active"], draw, voice)
            trouble = random.Random(seed + 1)

            def fault(_: str) -> int | None:
                return trouble.choice((500, 502, 429)) if trouble.random() < 0.06 else None

            while here.clock() < START + timedelta(days=days):
                now = here.clock()
                there.fault = fault if now.day % 3 == 0 else lambda _: None
                there.limit = 6 if now.weekday() == 1 else 5000
                if now.weekday() < 5 and 7 <= now.hour <= 20:
                    for _ in range(draw.randrange(5 if every > timedelta(hours=6) else 2)):
                        await month.something()
                if now.day == 17 and now.hour == START.hour:
                    for _ in range(70):  # more than a page
                        text = month.text("Burst")
                        month.count("merge", text)
                        month.repo.commit(text, "linh", now)
                await here.app.tasks.signals()
                await here.app.tasks.run("fetch")
                for event, payload in month.late:
                    await month.send(event, payload)
                month.late = []
                here.clock.advance(seconds=every.total_seconds())
            # Whatever was still held up on the last day.
            there.fault, there.limit = (lambda _: None), 5000
            for _ in range(6):
                await here.app.tasks.signals()
                await here.app.tasks.run("fetch")
                here.clock.advance(hours=7)
            return Seen(
                expected=month.expected,
                kept=month.kept(),
                record=here.record("P01"),
                there=there,
                by=voice.by,
            )


def check(month: Seen) -> None:
    there = month.there
    assert month.kept == month.expected
    assert sum(month.expected.values()) > 80
    assert there.impatient == [], "asked while patience was asked for"
    quiet = [one for one in there.book if "/acme/quiet" in one.path and one.status in (200, 304)]
    again = [one for one in quiet if one.at > quiet[0].at + timedelta(days=4)]
    assert again
    assert {one.status for one in again} == {304}, "nothing happened there"
    full = Counter(one.path for one in there.book if one.status == 200 and "/commits/" in one.path)
    assert max(full.values()) == 1, "a commit's files are read once"
    assert {one.status for one in there.book} & {429, 500, 502}, "bad days as well"
    assert 403 not in {one.status for one in there.book}, "the last request of an hour is the last"
    assert there.exhausted > 0
    items = month.record.items
    assert {one.code: one.state for one in items} == dict.fromkeys(("I1", "I2", "I3", "I4", "I5"), "done")
    assert all(item.automatic and item.by == month.by for item in items)
    assert [one for one in month.record.entries if one.word] == [], "a tick by a machine is no person's word"


def told(month: Seen) -> str:
    """The figures of a month."""
    of = Counter(one.status for one in month.there.book)
    return (
        f"{month.by}: {len(month.there.book)} requests, {of[304]} not modified, {of[200]} read, "
        f"{sum(count for status, count in of.items() if status not in (200, 304))} refused or failed, "
        f"limit used up {month.there.exhausted} times; {sum(month.kept.values())} things counted"
    )


@pytest.mark.parametrize("voice", VOICES, ids=lambda voice: voice.by)
async def test_a_month_of_asking_misses_nothing_and_counts_nothing_twice(
    tmp_path: Path, voice: Voice
) -> None:
    """Sixteen days of it, the burst on the last; the whole month hour by hour is a trial."""
    month = await a_month(tmp_path, voice, seed=3, every=timedelta(hours=12), days=16)
    print(f"sixteen days, {told(month)}")
    check(month)


@pytest.mark.trial
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("voice", VOICES, ids=lambda voice: voice.by)
async def test_trial_months_of_asking_hour_by_hour(tmp_path: Path, seed: int, voice: Voice) -> None:
    month = await a_month(tmp_path, voice, seed=100 + seed, every=timedelta(hours=1))
    print(f"month {100 + seed}, {told(month)}")
    check(month)


async def test_more_news_than_one_asking_reads_is_no_rewritten_history(tmp_path: Path) -> None:
    """Of a branch written before the last look and merged since: what is reached counts, the head moves on."""
    there = StandIn(clock=lambda: START)
    async with served(there.app()) as address:
        host = address.removeprefix("http://")
        link = f"http://{host}/acme/x"
        settings = GitHubVoice().settings(address)
        async with running(tmp_path, a_pilot("P01", link), now=START, **settings) as here:
            there.clock = here.clock
            repo = there.repos["acme/x"] = Repo(name="acme/x", host=host)
            repo.commit("Base", "mara-l", START - timedelta(days=1))
            await here.app.tasks.fetch()
            written = here.clock() - timedelta(hours=1)
            here.clock.advance(hours=3)
            parent, brought = repo.head, []
            for n in range(MOST_PAGES * 50 + 20):
                one = repo.commit(f"Bump {n}", "dependabot[bot]", here.clock(), parents=(parent,), move=False)
                parent = one.sha
                brought.append(one)
            repo.merge(brought, 1, "mara-l", here.clock())
            for n in range(3):
                repo.commit(f"Late {n}", "mara-l", here.clock(), written_at=written)
            await here.app.tasks.fetch()
            assert [one.text for one in here.activities() if one.counts.value == "pulse"] == [
                "Base",
                "Late 0",
                "Late 1",
                "Late 2",
            ]
            before = len(there.book)
            here.clock.advance(hours=2)
            await here.app.tasks.fetch()
            assert {one.status for one in there.book[before:]} == {304}


async def test_a_renamed_repository_goes_on_and_counts_once(tmp_path: Path) -> None:
    """By its old name it is redirected to once a day at most; a webhook of the new name is ours; a new link tells nothing anew."""
    there = StandIn(clock=lambda: START)
    async with served(there.app()) as address:
        host = address.removeprefix("http://")
        settings = GitHubVoice().settings(address)
        async with running(
            tmp_path, a_pilot("P01", f"http://{host}/acme/old"), now=START, **settings
        ) as here:
            there.clock = here.clock
            repo = there.repos["acme/old"] = Repo(name="acme/old", host=host)
            repo.commit("Before", "mara-l", START - timedelta(days=1))
            await here.app.tasks.fetch()
            # Renamed overnight.
            there.repos["acme/new"] = there.repos.pop("acme/old")
            repo.name, there.moved = "acme/new", {"acme/old": "acme/new"}
            here.clock.advance(hours=24)
            repo.commit("After", "mara-l", here.clock())
            await here.app.tasks.fetch()
            assert [one.text for one in here.activities()] == ["Before", "After"]
            before = len(there.book)
            here.clock.advance(hours=1)
            await here.app.tasks.fetch()
            assert {one.status for one in there.book[before:]} == {304}, "asked by its new name"

            made = repo.commit("Told by the new name", "mara-l", here.clock())
            [(event, payload)] = GitHubVoice().pushed([made])
            body = p.bytes_of(GitHubVoice().whole(payload, repo))
            await here.post("github", body, p.github_headers(body, event, "n1"))
            await here.app.tasks.signals()
            here.database.write_now(
                lambda conn: pilots.save(conn, OURS, a_pilot("P01", f"http://{host}/acme/new"))
            )
            for _ in range(3):
                here.clock.advance(hours=2)
                await here.app.tasks.run("fetch")
            counted = [one.text for one in here.activities() if one.counts.value == "pulse"]
            assert counted == ["Before", "After", "Told by the new name"]


@pytest.mark.parametrize("voice", VOICES, ids=lambda voice: voice.by)
async def test_a_deployment_of_a_schedule_longer_ago_than_the_listing_does_not_count(
    tmp_path: Path, voice: Voice
) -> None:
    """Its run is asked for by itself; one that a push set off counts."""
    there = voice.host(clock=lambda: START)
    async with served(there.app()) as address:
        host = address.removeprefix("http://")
        link = f"http://{host}/acme/x"
        async with running(tmp_path, a_pilot("P01", link), now=START, **voice.settings(address)) as here:
            there.clock = here.clock
            repo = there.repos["acme/x"] = Repo(name="acme/x", host=host)
            repo.commit("Base", "renovate-bot", START - timedelta(days=3))
            for event in ("schedule", "push"):
                then = START - timedelta(days=2)
                run = repo.run(event, "mara-l", then, path=".github/workflows/ci.yml")
                repo.deploy("mara-l", then, run=run)
            for _ in range(60):
                repo.run("push", "mara-l", START - timedelta(days=1), path=".github/workflows/ci.yml")
            await here.app.tasks.fetch()
            counted = {one.text: one.counts.value for one in here.activities() if one.kind == "deploy"}
            assert counted == {"Release 5000 to staging": "no", "Release 5001 to staging": "pulse"}


async def test_rewritten_history_does_not_count_again(tmp_path: Path) -> None:
    there = StandIn(clock=lambda: START)
    async with served(there.app()) as address:
        host = address.removeprefix("http://")
        async with running(
            tmp_path,
            a_pilot("P01", f"http://{host}/acme/x"),
            now=START,
            github_token=TOKEN,
            github_api_url=address + ROOT,
        ) as here:
            there.clock = here.clock
            repo = there.repos["acme/x"] = Repo(name="acme/x", host=host)
            base = repo.commit("Base", "mara-l", START - timedelta(days=3))
            for n in range(3):
                repo.commit(f"Work {n}", "mara-l", START - timedelta(days=2, hours=n))
            await here.app.tasks.fetch()
            assert len(here.activities()) == 4
            here.clock.advance(hours=2)
            # The same three commits again on another base, then one that is new.
            parent = base.sha
            for n in range(3):
                written = START - timedelta(days=2, hours=n)
                one = repo.commit(f"Work {n}", "mara-l", here.clock(), parents=(parent,), written_at=written)
                parent = one.sha
            repo.commit("Really new", "mara-l", here.clock())
            await here.app.tasks.fetch()
            counted = [one.text for one in here.activities() if one.counts.value == "pulse"]
            assert sorted(counted) == ["Base", "Really new", "Work 0", "Work 1", "Work 2"]
            assert [one.kind for one in here.activities() if one.counts.value == "no"] == ["rebase"]
            row = here.database.read_now(lambda conn: repositories.get(conn, OURS, f"{host}/acme/x"))
            assert row is not None
            assert (row.problem, row.failures) == ("", 0)
            assert [one for one in here.record().entries if one.status is not Status.ITEM] == []
