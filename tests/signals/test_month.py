"""A month of a repository: pushes, robots, schedules, bad days and limits, told by webhooks or found by asking.

Whatever happens to the requests, each thing that counts stands in the record once, and a repository in which nothing
happens costs nothing but "not modified".
"""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain.record import Status
from storage import repositories
from tests.playground.bolt_app import served
from tests.signals import payloads as p
from tests.signals.kit import OURS, Running, a_pilot, running
from tests.signals.stand_in import ROOT, TOKEN, Made, Repo, StandIn

START = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
PEOPLE, ROBOTS = ("mara-l", "linh", "petra"), ("dependabot[bot]", "renovate[bot]", "github-actions[bot]")
WORKFLOW = "on: [push]\njobs:\n  a:\n    steps:\n    - run: pytest\n    - run: python -m evals\n    - uses: docker/build-push-action@v6\n"
FILES = {
    "README.md": "",
    "src/app.py": "",
    "Dockerfile": 'CMD ["python", "-m", "app"]',
    ".github/workflows/ci.yml": WORKFLOW,
    "monitoring/grafana/board.json": "{}",
    "monitoring/alerts/late.yml": "",
}


class Month:
    """What happens, and what of it must be found in the record."""

    def __init__(self, here: Running, repo: Repo, draw: random.Random) -> None:
        self.here, self.repo, self.draw = here, repo, draw
        self.expected: Counter[tuple[str, str, str]] = Counter()
        self.late: list[tuple[str, p.Json]] = []
        self.numbers = 0
        self.webhooks = 0

    def _text(self, what: str) -> str:
        self.numbers += 1
        return f"{what} {self.numbers}"

    def _count(self, kind: str, text: str) -> None:
        self.expected[(kind, text, f"{self.here.clock():%Y-%m-%d}")] += 1

    async def tell(self, event: str, payload: p.Json) -> None:
        """By webhook at once, twice, only after the next asking, or never."""
        how = self.draw.choice(("now", "twice", "late", "never", "never"))
        payload = payload | {
            "repository": p.repository(self.repo.name)
            | {"html_url": f"https://{self.repo.host}/{self.repo.name}"}
        }
        if how == "late":
            self.late.append((event, payload))
        for _ in range({"now": 1, "twice": 2}.get(how, 0)):
            await self.send(event, payload)

    async def send(self, event: str, payload: p.Json) -> None:
        self.webhooks += 1
        body = p.bytes_of(payload)
        answer = await self.here.post("github", body, p.github_headers(body, event, f"d{self.webhooks}"))
        assert answer.status_code == 202

    async def push(self, *commits: Made, **changes: Any) -> None:
        told = [
            p.commit(0, one.message, one.login, paths=one.paths, at=one.at.isoformat()) | {"id": one.sha}
            for one in commits
        ]
        await self.tell("push", p.github_push(*told, **changes))

    async def something(self) -> None:
        """One thing of a kind drawn by lot."""
        now, draw = self.here.clock(), self.draw
        person, robot = draw.choice(PEOPLE), draw.choice(ROBOTS)
        match draw.randrange(10):
            case 0 | 1:
                text = self._text("Prompt")
                self._count("merge", text)
                await self.push(self.repo.commit(text, person, now))
            case 2:
                await self.push(
                    self.repo.commit(self._text("Bump"), robot, now, paths=("uv.lock", "src/a.py"))
                )
            case 3:
                await self.push(self.repo.commit(self._text("Newer"), person, now, paths=("poetry.lock",)))
            case 4:
                text = self._text("Branch")
                self._count("merge", text)
                branch = self._branch([(text, person), (self._text("More"), person)], now)
                await self.push(*branch, self.repo.merge(branch, self.numbers, person, now))
            case 5:
                branch = self._branch([(self._text("Bump"), robot)], now)
                await self.push(*branch, self.repo.merge(branch, self.numbers, person, now))
            case 6:
                run = self.repo.run("workflow_dispatch", person, now, path=".github/workflows/train.yml")
                self._count("run", "train (workflow_dispatch)")
                await self.tell("workflow_run", {"action": "completed", "workflow_run": run})
            case 7:
                run = self.repo.run("schedule", person, now, path=".github/workflows/nightly.yml")
                await self.tell("workflow_run", {"action": "completed", "workflow_run": run})
                made = self.repo.deploy(person, now, run=run)
                await self.tell(
                    "deployment_status",
                    {
                        "action": "created",
                        "deployment": made,
                        "workflow_run": run,
                        "deployment_status": {"state": "success"},
                    },
                )
            case 8:
                run = self.repo.run("push", person, now, path=".github/workflows/ci.yml")
                made = self.repo.deploy(person, now, run=run)
                self._count("deploy", f"{made['description']} to staging")
                await self.tell("deployment", {"action": "created", "deployment": made, "workflow_run": run})
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


async def a_month(folder: Path, *, seed: int, every: timedelta, days: int = 30) -> tuple[Month, StandIn]:
    draw = random.Random(seed)
    there = StandIn(clock=lambda: START)
    async with served(there.app()) as address:
        host = address.removeprefix("http://")
        some = (a_pilot("P01", f"http://{host}/acme/active"), a_pilot("P02", f"http://{host}/acme/quiet"))
        async with running(
            folder, *some, now=START, github_token=TOKEN, github_api_url=address + ROOT
        ) as here:
            there.clock = here.clock
            for name in ("acme/active", "acme/quiet"):
                repo = Repo(name=name, host=host, files=dict(FILES))
                repo.commit("Old, from before", "mara-l", START - timedelta(days=60))
                repo.run("push", "mara-l", START - timedelta(days=1), path=".github/workflows/ci.yml")
                there.repos[name] = repo
            month = Month(here, there.repos["acme/active"], draw)
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
                if now.day == 17 and now.hour < 12:
                    for _ in range(70):  # more than a page
                        text = month._text("Burst")
                        month._count("merge", text)
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
            month.kept_at_last = month.kept()  # type: ignore[attr-defined]
            month.items = {one.code: one for one in here.record("P01").items}  # type: ignore[attr-defined]
            month.words = [one for one in here.record("P01").entries if one.word]  # type: ignore[attr-defined]
            month.noise = [one for one in here.activities() if one.counts.value != "pulse"]  # type: ignore[attr-defined]
            return month, there


def check(month: Any, there: StandIn) -> None:
    assert month.kept_at_last == month.expected
    assert sum(month.expected.values()) > 90
    assert there.impatient == [], "asked while patience was asked for"
    quiet = [
        one for one in there.book if one.path.startswith("/repos/acme/quiet") and one.status in (200, 304)
    ]
    again = [one for one in quiet if one.at > quiet[0].at + timedelta(days=4)]
    assert again
    assert {one.status for one in again} == {304}, "nothing happened there"
    full = Counter(one.path for one in there.book if one.status == 200 and "/commits/" in one.path)
    assert max(full.values()) == 1, "a commit's files are read once"
    assert {one.status for one in there.book} >= {200, 304, 500, 429}
    assert 403 not in {one.status for one in there.book}, "the last request of an hour is the last"
    assert there.exhausted > 0
    assert {code: item.state for code, item in month.items.items()} == dict.fromkeys(
        ("I1", "I2", "I3", "I4", "I5"), "done"
    )
    assert all(item.automatic and item.by == "GitHub" for item in month.items.values())
    assert month.words == [], "a tick by a machine is no word of a person"


async def test_a_month_of_asking_misses_nothing_and_counts_nothing_twice(tmp_path: Path) -> None:
    month, there = await a_month(tmp_path, seed=3, every=timedelta(hours=12))
    check(month, there)


@pytest.mark.trial
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(5))
async def test_trial_months_of_asking_hour_by_hour(tmp_path: Path, seed: int) -> None:
    month, there = await a_month(tmp_path, seed=100 + seed, every=timedelta(hours=1))
    check(month, there)


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
