"""A repository speaks: from a stand-in GitHub over HTTP, by asking and by signed webhooks, to what people read in Slack."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx

from bot.domain.record import Counts
from bot.domain.stages import Stage
from tests.journeys.kit import House, house
from tests.playground.bolt_app import served
from tests.signals import payloads as p
from tests.signals.stand_in import ROOT, TOKEN, Repo, StandIn
from tests.signals.test_month import FILES

NAME = "Invoice Reader"
CI = ".github/workflows/ci.yml"


class There:
    """The house, and the repository of its pilot."""

    def __init__(self, home: House, repo: Repo, link: str) -> None:
        self.home, self.repo, self.link = home, repo, link
        self.sent = 0

    async def on(self, day: date, clock: time = time(10, 30)) -> None:
        """Day by day to a moment, as the clock would: asked, read, looked at, delivered."""
        until = datetime.combine(day, clock, tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)
        while self.home.clock() < until:
            self.home.clock.now = min(self.home.clock() + timedelta(days=1), until)
            await self.home.tick()

    async def webhook(self, event: str, payload: p.Json, secret: str = p.SECRET) -> int:
        """A request as GitHub would send it."""
        self.sent += 1
        payload = payload | {"repository": p.repository(self.repo.name) | {"html_url": self.link}}
        body = p.bytes_of(payload)
        headers = p.github_headers(body, event, f"walk-{self.sent}", secret)
        address = self.home.slack.app_url.removesuffix("/slack/events")
        async with httpx.AsyncClient(timeout=30) as http:
            return (await http.post(f"{address}/hooks/github", content=body, headers=headers)).status_code


@asynccontextmanager
async def started(folder: Path, files: dict[str, str]) -> AsyncIterator[There]:
    """In build since Monday 1 March 2027, with a repository that GitHub shows."""
    forge = StandIn(clock=lambda: datetime(2027, 3, 1, tzinfo=UTC))
    async with served(forge.app()) as address:
        outside = {
            "github_token": TOKEN,
            "github_api_url": address + ROOT,
            "github_webhook_secret": p.SECRET,
        }
        async with house(folder, outside=outside) as home:
            forge.clock = home.clock
            link = f"{address}/acme/invoices"
            repo = forge.repos["acme/invoices"] = Repo(
                name="acme/invoices", host=address.removeprefix("http://"), files=files
            )
            repo.commit("First look", "alice-o", home.clock() - timedelta(days=3))
            await home.register()
            [gate] = await home.shown("alice", f"/pilot gate {NAME}")
            await home.hands.press("alice", gate, "Open the form of G2")
            await home.submit("alice", baseline="10, ledger export", data_owner="charlie", repository=link)
            await home.modal("alice", "in build")
            yield There(home, repo, link)


async def test_a_notebook_only_pilot_is_asked_about_on_working_day_6(tmp_path: Path) -> None:
    """Nothing is written by hand: GitHub is asked, shows one notebook, and the question says so, once."""
    async with started(tmp_path, {"returns.ipynb": "", "README.md": ""}) as it:
        home = it.home
        before = home.pilot()[1]
        await home.say("alice", f"/pilot edit {NAME} cost_per_week 500")
        await home.say("alice", f"/pilot show {NAME}")
        assert home.pilot()[1] == before, "an edit and a look are no life"
        await it.on(date(2027, 3, 8), time(16, 0))
        assert home.slack.ledger.untaken("alice") == [], "working day 5 is the day on which it is due"
        await it.on(date(2027, 3, 9))
        asked = home.read(home.take("alice", NAME))
        assert (
            "I1 code, I2 container, I3 tests, I4 deployment fell due on working day 5 of build, 8 Mar 2027"
            in asked
        )
        assert "I1: a notebook is all there is." in asked
        assert "Cost of later: 1 working day, 100 EUR." in asked
        shown = await home.say("alice", f"/pilot show {NAME}")
        assert "cost of later: 1 working day, 100 EUR" in shown
        assert "grey" in shown or "green" in shown, "no colour of its own"
        ready = await home.say("alice", f"/pilot ready {NAME}")
        assert "a notebook is all there is" in ready

        # A robot is no life, a person is; and once the code is there GitHub's own proof ticks what it shows.
        assert await it.webhook("push", p.github_push(p.commit(1, "Bump torch", "dependabot[bot]"))) == 202
        assert await it.webhook("push", p.github_push(p.commit(2)), secret="another") == 401
        made = it.repo.commit("Serve it from a container", "alice-o", home.clock())
        told = p.commit(0, made.message, made.login, at=made.at.isoformat()) | {"id": made.sha}
        assert await it.webhook("push", p.github_push(told)) == 202
        it.repo.files = dict(FILES)
        run = it.repo.run("push", "alice-o", home.clock(), path=CI)
        it.repo.deploy("alice-o", home.clock(), run=run)
        await it.on(date(2027, 3, 10))
        pilot, its = home.pilot()
        # What was before build is no life of build; pushed and asked for, the commit counts once.
        assert sorted(one.text for one in its.activities if one.counts is Counts.PULSE) == [
            "Release 5000 to staging",
            "Serve it from a container",
        ]
        ticked = {item.code: item for item in its.items if item.code in ("I1", "I2", "I3", "I4")}
        assert {code: (item.state, item.by) for code, item in ticked.items()} == dict.fromkeys(
            ("I1", "I2", "I3", "I4"), ("done", "GitHub")
        )
        assert "/actions/runs/1000" in ticked["I1"].evidence
        await it.on(date(2027, 3, 19))
        assert home.slack.ledger.untaken("alice") == [], "one question, and it is answered by what is there"
        assert pilot.stage is Stage.BUILD
        home.slack.ledger.take_all()


async def test_a_repository_that_was_ready_before_build_is_not_asked_about(tmp_path: Path) -> None:
    """The first week's items are on the list since G2; what the repository showed earlier that day ticks them."""
    async with started(tmp_path, dict(FILES)) as it:
        run = it.repo.run("push", "alice-o", it.home.clock() - timedelta(hours=2), path=CI)
        it.repo.deploy("github-actions[bot]", it.home.clock() - timedelta(hours=1), run=run)
        await it.on(date(2027, 3, 12))
        assert it.home.slack.ledger.untaken("alice") == []
        _, its = it.home.pilot()
        assert {item.code for item in its.items if item.state == "done" and item.automatic} >= {
            "I1",
            "I2",
            "I3",
            "I4",
        }
        it.home.slack.ledger.take_all()
