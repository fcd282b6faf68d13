"""S12: whatever stands in a link, a redirect or a header of pages, no connection leaves for anywhere but the configured host.

Every connection and every name that this process looks up is seen by an audit hook of the interpreter itself.
"""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.signals.fetch import Api, AskFailed
from storage import repositories
from tests.playground.bolt_app import served
from tests.signals.kit import OURS, a_pilot, running
from tests.signals.stand_in import ROOT, TOKEN, Repo, StandIn

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)

#: This machine, its neighbours and its cloud, in the ways there are to write them; {port} is a door that must stay shut.
HOSTS = (
    *("127.0.0.1", "127.1", "127.0.1", "127.8.9.10", "0", "0.0.0.0", "2130706433", "0x7f000001", "0x7f.1"),
    *("017700000001", "0177.0.0.1", "127.000.000.001", "127.0.0.1.", "localhost", "LOCALHOST", "localhost."),
    *("[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]"),
    *("[64:ff9b::7f00:1]", "[64:ff9b::127.0.0.1]", "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[fe80::1]"),
    *("169.254.169.254", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "[::ffff:169.254.169.254]"),
    *(
        "[64:ff9b::a9fe:a9fe]",
        "[2002:a9fe:a9fe::]",
        "[fd00:ec2::254]",
        "metadata.google.internal",
        "instance-data",
    ),
    *(
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "192.0.0.192",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
    ),
    *(
        "127.0.0.1.nip.io",
        "rebind.example",
        "ⓛocalhost",
        "127。0。0。1",
        "evil.example",
        "xn--80ak6aa92e.com",
    ),
)
#: {host} is one of them, {ours} the configured one.
LINKS = (
    "http://{host}/acme/x",
    "https://{host}/acme/x",
    "http://{host}:{port}/acme/x",
    "http://{ours}@{host}:{port}/acme/x",
    "git@{host}:acme/x.git",
)
#: What no host stands in.
ODD = (
    *("file:///etc/passwd", "file://{ours}/etc/passwd", "gopher://{ours}/acme/x", "ftp://{ours}/acme/x"),
    *(
        "http://evil.example#@{ours}/acme/x",
        "http://evil.example\\@{ours}/acme/x",
        "http://{ours}.evil.example/a/x",
    ),
    *(
        "http://{ours}%2f@evil.example/acme/x",
        "//{ours}@evil.example/acme/x",
        "http:///acme/x",
        "javascript:a/b/c",
    ),
    *(
        "http://{ours}:99999/acme/x",
        "http://{ours}\t.evil.example/acme/x",
        "dict://{ours}/a/x",
        "ldap://{ours}/a/x",
    ),
)
#: Where an answer may lead: to the door that must stay shut, or beside the API on the configured host.
LEADS = (
    "http://{host}:{port}/api/v3/repos/a/b",
    "https://{host}/api/v3/repos/a/b",
)

_seen: list[tuple[str, Any]] | None = None


def _watch(event: str, args: tuple[Any, ...]) -> None:
    if _seen is not None and event in ("socket.connect", "socket.getaddrinfo"):
        _seen.append((event, args[1] if event == "socket.connect" else args[:2]))


sys.addaudithook(_watch)


@contextmanager
def watched() -> Iterator[list[tuple[str, Any]]]:
    """Every connection and look-up of this process meanwhile."""
    global _seen  # noqa: PLW0603 - an audit hook cannot be taken away, only be told to look elsewhere
    seen: list[tuple[str, Any]] = []
    _seen = seen
    try:
        yield seen
    finally:
        _seen = None


def elsewhere(seen: list[tuple[str, Any]], *ports: int) -> list[tuple[str, Any]]:
    """What went anywhere but to these doors of 127.0.0.1."""
    return [
        one
        for one in seen
        if not (isinstance(one[1], tuple) and one[1][:2] in [("127.0.0.1", port) for port in ports])
    ]


@asynccontextmanager
async def shut() -> AsyncIterator[tuple[int, list[str]]]:
    """A door that must stay shut, and who came through it."""
    came: list[str] = []

    async def inside(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.append((await reader.readline()).decode("latin-1"))
        writer.close()

    server = await asyncio.start_server(inside, "127.0.0.1", 0)
    async with server:
        yield int(server.sockets[0].getsockname()[1]), came


async def links_of_pilots(folder: Path, some: int) -> int:
    """Pilots with hostile links beside one honest one; returns how many there were."""
    there = StandIn(clock=lambda: NOW)
    async with served(there.app()) as address, shut() as (port, came):
        ours = address.removeprefix("http://")
        links = [link.format(host=host, ours=ours, port=port) for host in HOSTS for link in LINKS]
        links = [*links, *(link.format(ours=ours) for link in ODD)][::some]
        pilots = [a_pilot(f"P{n:03d}", link) for n, link in enumerate(links, 1)]
        honest = a_pilot("P000", f"{address}/acme/x")
        async with running(
            folder, honest, *pilots, github_token=TOKEN, github_api_url=address + ROOT
        ) as here:
            there.repos["acme/x"] = Repo(name="acme/x", host=ours)
            there.repos["acme/x"].commit("Base", "mara-l", NOW - timedelta(days=1))
            with watched() as seen:
                await here.app.tasks.fetch()
            rows = here.database.read_now(lambda conn: repositories.all_of(conn, OURS))
            assert [row.id for row in rows] == [f"{ours}/acme/x"]
            assert len(here.activities("P000")) == 1
        assert seen, "the one that is ours was asked"
        assert elsewhere(seen, int(ours.split(":")[1])) == []
        assert came == there.impatient == []
        return len(links)


async def leads_of_answers(some: int) -> int:
    """Redirects and next pages to the same places; returns how many there were."""
    targets: list[str] = []

    async def endpoint(request: Request) -> Response:
        _, how, number = request.url.path.rsplit("/", 2)
        there = targets[int(number)].encode()  # in whatever letters the host is written
        answer = Response("[]", 302 if how == "redirect" else 200)
        answer.raw_headers.append((b"location", there))
        answer.raw_headers.append((b"link", b"<" + there + b'>; rel="next"'))
        return answer

    async with (
        served(Starlette(routes=[Route("/{path:path}", endpoint)])) as address,
        shut() as (port, came),
        httpx.AsyncClient(verify=False) as http,
    ):
        targets += [lead.format(host=host, port=port) for host in HOSTS for lead in LEADS][::some]
        api = Api(http=http, base=address + ROOT, headers={"Authorization": "Bearer t"})
        with watched() as seen:
            for number in range(len(targets)):
                for how in ("redirect", "next"):
                    with pytest.raises(AskFailed, match=r"another address|RemoteProtocolError"):
                        await api.get(f"/{how}/{number}", NOW)
        assert elsewhere(seen, int(address.rsplit(":", 1)[1])) == []
        assert came == []
        return 2 * len(targets)


async def test_nothing_in_a_link_or_an_answer_leads_anywhere_else(tmp_path: Path) -> None:
    assert await links_of_pilots(tmp_path, some=9) + await leads_of_answers(some=5) > 50


@pytest.mark.trial
async def test_trial_s12_every_address(tmp_path: Path) -> None:
    links, leads = await links_of_pilots(tmp_path, some=1), await leads_of_answers(some=1)
    print(
        f"S12: {links} links of pilots, {leads} redirects and next pages, no connection and no look-up elsewhere"
    )
    assert links + leads > 300


# Answers that do not end.

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
#: What is sent at once, what again and again, and how many seconds lie between.
DRIPS = {
    "a body of one byte a second": (HEAD + b"\r\n", b" ", 1.0),
    "a byte just before the wait is over": (HEAD + b"\r\n", b" ", 4.5),
    "headers of one letter a second": (HEAD + b"X-Slow: ", b"a", 1.0),
    "a status line of one letter a second": (b"", b"H", 1.0),
    "a chunk a second": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n", 1.0),
    "half of what was announced, then nothing": (HEAD + b"Content-Length: 10000000000\r\n\r\n{}", b"", 60.0),
    "nothing at all": (b"", b"", 60.0),
}


@pytest.mark.trial
async def test_trial_s12_slow_drips_end() -> None:
    """At once, since each takes as long as it is let."""

    async def ends(story: str) -> tuple[str, float]:
        first, then, seconds = DRIPS[story]

        async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(first)
            while True:
                try:
                    await asyncio.wait_for(reader.read(1), seconds)
                    break  # nothing more is said than that it is given up
                except TimeoutError:
                    writer.write(then)
                except ConnectionError:
                    break
            writer.close()

        server = await asyncio.start_server(drip, "127.0.0.1", 0)
        async with server, httpx.AsyncClient(verify=False) as http:
            port = server.sockets[0].getsockname()[1]
            api = Api(http=http, base=f"http://127.0.0.1:{port}/api", headers={})
            began = time.monotonic()
            with pytest.raises(AskFailed, match="no answer"):
                await api.get("/x", NOW)
            return story, time.monotonic() - began

    for story, seconds in await asyncio.gather(*(ends(story) for story in DRIPS)):
        print(f"S12 {story}: given up after {seconds:.1f} s")
        assert seconds < 25, story
