"""What is asked, of whom, and what never: links are data, and only the configured host is reached (S12)."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from bot.app import build, configured
from bot.signals.fetch import MOST_BYTES, Api, AskFailed, HoldOff, NotThere, segment
from storage import repositories
from storage.database import Database
from tests.playground.bolt_app import served
from tests.signals.kit import OURS, a_pilot, furnish, running
from tests.signals.stand_in import ROOT, TOKEN, Repo, StandIn

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)


@asynccontextmanager
async def api(answer: Any) -> AsyncIterator[tuple[Api, list[str]]]:
    """An API whose every path is answered by a function, and the paths that were asked."""
    asked: list[str] = []

    async def endpoint(request: Request) -> Response:
        asked.append(str(request.url.path))
        found: Response = answer(request)
        return found

    async with (
        served(Starlette(routes=[Route("/{path:path}", endpoint)])) as address,
        httpx.AsyncClient(verify=False) as http,
    ):
        yield Api(http=http, base=address + ROOT, headers={"Authorization": "Bearer secret"}), asked


def text(body: str, status: int = 200, **headers: str) -> Response:
    return PlainTextResponse(body, status, {name.replace("_", "-"): value for name, value in headers.items()})


@pytest.mark.parametrize(
    "base",
    [
        "http://api.github.com",
        "http://169.254.169.254/latest",
        "ftp://api.github.com",
        "file:///etc/passwd",
        "",
        "http://127.0.0.1.example.org",
    ],
)
def test_an_api_is_https_or_this_machine(base: str) -> None:
    with pytest.raises(ValueError, match="https"):
        Api(http=httpx.AsyncClient(verify=False), base=base, headers={})


@pytest.mark.parametrize(
    "elsewhere",
    [
        "http://169.254.169.254/latest/meta-data",
        "http://localhost:1/api/v3/x",
        "//evil.example/api/v3/x",
        "https://api.github.com/x",
        "file:///etc/passwd",
        "http://user@{host}/api/v3/x",
        "http://{host}@evil.example/api/v3/x",
        "/outside",
        "/api/v3/../outside",
        "/api/v30/x",
        "http://[::ffff:127.0.0.1]:{port}/api/v3/x",
        "http://0x7f000001:{port}/api/v3/x",
        "http://2130706433:{port}/api/v3/x",
        "http://[",
    ],
)
@pytest.mark.parametrize("how", ["redirect", "next"])
async def test_nothing_that_leads_elsewhere_is_followed(elsewhere: str, how: str) -> None:
    def answer(request: Request) -> Response:
        there = elsewhere.replace("{host}", request.url.netloc).replace("{port}", str(request.url.port))
        if how == "redirect":
            return text("", 302, location=there)
        return text("[]", link=f'<{there}>; rel="next"')

    async with api(answer) as (one, asked):
        if how == "next" and elsewhere.startswith("//"):
            return  # a header of pages holds whole addresses
        with pytest.raises(AskFailed, match="another address"):
            await one.get("/repos/a/b", NOW)
        assert asked == ["/api/v3/repos/a/b"]


async def test_a_repository_that_moved_is_found_on_its_host_and_a_circle_ends() -> None:
    def answer(request: Request) -> Response:
        path = request.url.path
        if path.endswith("/old"):
            return text("", 301, location="/api/v3/repositories/7")
        return text('{"id": 7}') if path.endswith("/7") else text("", 307, location=path)

    async with api(answer) as (one, asked):
        assert (await one.get("/repos/a/old", NOW)).data == {"id": 7}
        with pytest.raises(AskFailed, match="circle"):
            await one.get("/repos/a/circle", NOW)
        assert len(asked) == 5


@pytest.mark.parametrize(
    ("response", "error", "seconds"),
    [
        (text("", 429, retry_after="120"), HoldOff, 120),
        (text("", 429, retry_after="Wed, 18 Nov 2026 09:10:00 GMT"), HoldOff, 600),
        (text("", 429, retry_after="soon"), HoldOff, 60),
        (text("", 429), HoldOff, 60),
        (
            text("", 403, x_ratelimit_remaining="0", x_ratelimit_reset=str(int(NOW.timestamp()) + 900)),
            HoldOff,
            900,
        ),
        (text("", 403, x_ratelimit_remaining="0", x_ratelimit_reset="9" * 11), HoldOff, 86_400),
        (text("You have exceeded a secondary rate limit", 403), HoldOff, 60),
        (text("", 403), AskFailed, None),
        (text("", 404), NotThere, None),
        (text("", 409), NotThere, None),
        (text("", 401), AskFailed, None),
        (text("", 500), AskFailed, None),
        (text("<html>", 200), AskFailed, None),
        (text("[" * 100_000, 200), AskFailed, None),
    ],
)
async def test_every_answer_has_its_meaning(
    response: Response, error: type[AskFailed], seconds: int | None
) -> None:
    async with api(lambda _: response) as (one, asked):
        with pytest.raises(error) as caught:
            await one.get("/x", NOW)
        assert "secret" not in str(caught.value)
        if seconds is not None:
            assert isinstance(caught.value, HoldOff)
            assert caught.value.until == NOW + timedelta(seconds=seconds)
            with pytest.raises(HoldOff):
                await one.get("/x", NOW + timedelta(seconds=seconds - 1))
            assert len(asked) == 1, "patience is kept"
            with pytest.raises(AskFailed):
                await one.get("/x", NOW + timedelta(seconds=seconds))
            assert len(asked) == 2


async def test_the_last_request_that_is_left_is_the_last() -> None:
    reset = str(int(NOW.timestamp()) + 300)
    async with api(lambda _: text("{}", x_ratelimit_remaining="0", x_ratelimit_reset=reset)) as (one, asked):
        assert (await one.get("/x", NOW)).data == {}
        with pytest.raises(HoldOff):
            await one.get("/x", NOW)
        assert len(asked) == 1


async def test_an_answer_without_end_is_cut_off() -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(400):
            yield b" " * 65_536
            await asyncio.sleep(0.001)

    async with api(lambda _: StreamingResponse(endless())) as (one, _):
        with pytest.raises(AskFailed, match=f"{MOST_BYTES:,}"):
            await one.get("/x", NOW)
    bomb = gzip.compress(b" " * 50 * MOST_BYTES)
    async with api(lambda _: Response(bomb, headers={"content-encoding": "gzip"})) as (one, _):
        with pytest.raises(AskFailed, match="larger"):
            await one.get("/x", NOW)


async def test_nobody_there_is_a_failure_with_a_word() -> None:
    one = Api(http=httpx.AsyncClient(verify=False), base="http://127.0.0.1:9/api", headers={})
    with pytest.raises(AskFailed, match="no answer: ConnectError"):
        await one.get("/x", NOW)


def test_what_a_link_says_is_one_segment() -> None:
    assert segment("../../users?x=1#y") == "..%2F..%2Fusers%3Fx%3D1%23y"


# Which repositories are asked at all.


async def test_only_repositories_on_configured_hosts_are_asked(tmp_path: Path) -> None:
    """Whatever stands in a pilot's links: nothing else leaves this machine."""
    there = StandIn(clock=lambda: NOW)
    async with served(there.app()) as address:
        host = address.removeprefix("http://")
        links = [
            f"http://{host}/acme/x",
            "http://169.254.169.254/latest/meta-data",
            "https://evil.example/acme/x",
            f"http://{host}.evil.example/acme/x",
            f"http://evil.example#@{host}/acme/x",
            f"http://localhost:{host.split(':')[1]}/acme/x",
            "http://2130706433/acme/x",
            "file:///etc/passwd",
        ]
        some = [a_pilot(f"P{n:02d}", link) for n, link in enumerate(links)]
        async with running(tmp_path, *some, github_token=TOKEN, github_api_url=address + ROOT) as here:
            there.repos["acme/x"] = Repo(name="acme/x", host=host)
            there.repos["acme/x"].commit("Base", "mara-l", NOW - timedelta(days=1))
            await here.app.tasks.fetch()
            rows = here.database.read_now(lambda conn: repositories.all_of(conn, OURS))
            assert [row.id for row in rows] == [f"{host}/acme/x"]
            assert [row.problem for row in rows] == [""]
            assert len(here.activities("P00")) == 1
            assert {entry.path.split("/")[1] for entry in there.book} == {"repos"}
            assert there.impatient == []


async def test_without_a_token_nothing_is_asked(tmp_path: Path) -> None:
    async with running(tmp_path, a_pilot(), github_api_url="https://api.github.com") as here:
        assert here.app.forges == {}
        assert await here.app.tasks.fetch() == 0
        assert here.database.read_now(lambda conn: repositories.all_of(conn, OURS)) == []


async def test_with_several_workspaces_nothing_is_asked(tmp_path: Path) -> None:
    """The token is the installation's: one customer's link must not read another's repository."""
    there = StandIn(clock=lambda: NOW)
    async with (
        served(there.app()) as address,
        running(
            tmp_path,
            a_pilot(link=f"{address}/acme/x"),
            github_token=TOKEN,
            github_api_url=address + ROOT,
        ) as here,
    ):
        here.database.write_now(lambda conn: furnish(conn, workspace_id="theirs"))
        assert await here.app.tasks.fetch() == 0
        assert there.book == []


async def test_a_repository_that_is_not_ours_to_see_is_asked_once_a_day(tmp_path: Path) -> None:
    there = StandIn(clock=lambda: NOW)
    async with (
        served(there.app()) as address,
        running(
            tmp_path, a_pilot(link=f"{address}/acme/x"), github_token=TOKEN, github_api_url=address + ROOT
        ) as here,
    ):
        for _ in range(12):
            await here.app.tasks.fetch()
            here.clock.advance(hours=4)
        assert [(one.path, one.status) for one in there.book] == [("/repos/acme/x", 404)] * 2
        host = address.removeprefix("http://")
        row = here.database.read_now(lambda conn: repositories.get(conn, OURS, f"{host}/acme/x"))
        assert row is not None
        assert row.problem == "not found, or the token may not see it"


async def test_failures_are_asked_again_more_and_more_rarely(tmp_path: Path) -> None:
    there = StandIn(clock=lambda: NOW, fault=lambda _: 500)
    async with (
        served(there.app()) as address,
        running(
            tmp_path, a_pilot(link=f"{address}/acme/x"), github_token=TOKEN, github_api_url=address + ROOT
        ) as here,
    ):
        there.clock = here.clock
        for _ in range(8):
            await here.app.tasks.fetch()
            [row] = here.database.read_now(lambda conn: repositories.all_of(conn, OURS))
            here.clock.advance(minutes=min(5 * 2 ** (row.failures - 1), 360) - 1)
            assert await here.app.tasks.fetch() == 0
            here.clock.advance(minutes=1)
        minutes = [int((one.at - there.book[0].at).total_seconds() / 60) for one in there.book]
        assert minutes == [0, 5, 15, 35, 75, 155, 315, 635]


async def test_hosts_are_told_apart_by_their_api(tmp_path: Path) -> None:
    settings = configured(
        database_url=f"sqlite:///{tmp_path / 'x.db'}",
        github_token="a",
        gitlab_token="b",
        gitlab_api_url="https://git.example:8443/api/v4",
    )
    app = build(settings)
    assert {host: forge.name for host, forge in app.forges.items()} == {
        "github.com": "GitHub",
        "git.example:8443": "GitLab",
    }
    await app.close()
    app.database.close()
    assert isinstance(app.database, Database)
