"""S4, S6, S8 and S11 at their full counts: `make trial T=test_web`."""

import csv
import io
import random
import re
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from starlette.types import Message

from storage import people
from storage.database import Connection
from tests.playground.hostile import HOSTILE
from tests.storage.kit import ALICE, OURS, THEIRS, TODAY, metric, pilot
from tests.web.kit import SECRET, Site, add_pilot, proof_in, signed_in, site
from tests.web.test_web_login import is_in
from tests.web.test_web_pages import FORMULAS, looked, routes, without_typed

pytestmark = [pytest.mark.trial, pytest.mark.timeout(1800)]


async def test_s4_ten_thousand_requests_never_leave_their_workspace(tmp_path: Path) -> None:
    dice, told = random.Random(4), Counter[int]()
    with site(tmp_path) as here:
        looked(here)
        async with signed_in(here) as ours, signed_in(here, team="T2") as theirs:
            whose, secret = ours.cookies["__Host-pilotlight"].split(".")
            foreign = theirs.cookies["__Host-pilotlight"].split(".")[1]
            ids = [
                "P01",
                "T77",
                "T99",
                "T77 ",
                "t77",
                "../T77",
                f"{THEIRS}/T77",
                f"{THEIRS}.T77",
                "T77%00",
                "%",
                "*",
                "T%",
                "P01' OR '1'='1",
            ]
            words = [SECRET, SECRET.lower(), SECRET[:5], "%", "_", "", "alice", THEIRS, "'"]
            unknown = (await ours.get("/pilots/no-such")).text
            for _ in range(10_000):
                path = dice.choice(routes(here, dice.choice(ids)))
                query = "&".join(
                    f"{dice.choice(('words', 'who', 'department', 'stage', 'health', 'sort', 'page', 'decisions', 'workspace', 'workspace_id'))}={quote(dice.choice(words))}"
                    for _ in range(dice.randrange(4))
                )
                cookie = dice.choice(
                    (f"{whose}.{secret}",) * 6
                    + (f"{THEIRS}.{secret}", f"{whose}.{foreign}", f"{THEIRS}.{foreign[::-1]}")
                )
                ours.cookies.set("__Host-pilotlight", cookie)
                answer = await ours.get(f"{path}?{query}")
                told[answer.status_code] += 1
                assert SECRET not in without_typed(answer.text)
                # An address that is none of the page's is nothing for everybody.
                assert cookie == f"{whose}.{secret}" or answer.status_code in (303, 404)
                if answer.status_code == 404 and path.startswith("/pilots/"):
                    assert answer.text == unknown
    print(f"\n10,000 requests: {dict(told)}; none showed what another workspace holds")


async def post(here: Site, path: str, cookies: str, body: bytes, ip: str) -> int:
    """A form as a browser sends it, straight into the program: so many through a client would take an hour."""
    names = {**here.headers(), "Host": urlsplit(here.app.address).netloc, "Cookie": cookies}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": urlsplit(here.app.address).scheme,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in names.items()],
        "client": (ip, 5000),
        "server": ("testserver", 443),
    }
    told: list[int] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            told.append(message["status"])

    await here.web(scope, receive, send)
    [status] = told
    return status


async def test_s6_a_hundred_thousand_guesses_open_nothing(tmp_path: Path) -> None:
    told = Counter[int]()
    with site(tmp_path) as here:
        path = await here.link()
        async with here.browser() as owner:
            form = proof_in((await owner.get(path)).text).encode()
            held = "; ".join(f"{name}={value}" for name, value in owner.cookies.items())
            for at in range(100_000):
                told[await post(here, f"/login/{OURS}.{at:043d}", held, b"proof=" + form, "192.0.2.9")] += 1
                if at % 10_000 == 9_999:
                    here.clock.forward(timedelta(seconds=50))
            assert set(told) == {410, 429}
            assert told[410] <= 5 * 10
            # The guesser waits; the owner, at an address of their own, does not: the link opens for them still.
            assert (await here.press(owner, await here.link())).status_code == 303
    print(f"\n100,000 guesses: {told[410]} were looked up, {told[429]} had to wait, none opened")


async def test_s6_three_hundred_links_are_used_once_each(tmp_path: Path) -> None:
    with site(tmp_path) as here:
        for at in range(300):
            here.clock.forward(timedelta(seconds=61))
            path = await here.link()
            async with here.browser() as first, here.browser() as second:
                for _ in range(at % 3):
                    await second.get(path)
                proof = proof_in((await second.get(path)).text)
                assert (await here.press(first, path)).status_code == 303
                late = await second.post(path, content=f"proof={proof}", headers=here.headers())
                assert late.status_code == 410
                assert (await first.get("/survival")).status_code == 200
                assert (await second.get("/survival")).status_code == 303


async def test_s8_a_hundred_sessions_die_with_their_account(tmp_path: Path) -> None:
    with site(tmp_path) as here:
        for at in range(100):
            here.clock.forward(timedelta(seconds=61))
            async with signed_in(here) as browser:
                assert await is_in(browser)
                gone = replace(ALICE, left_on=TODAY) if at % 2 else replace(ALICE, guest=True)
                here.write(lambda conn, gone=gone: people.save(conn, OURS, gone))  # type: ignore[misc]
                assert not await is_in(browser)
                here.write(lambda conn: people.save(conn, OURS, ALICE))


async def test_s11_two_hundred_formulas_open_as_text(tmp_path: Path) -> None:
    texts = [*FORMULAS, *(f"{sign}{text}" for sign in "=+-@" for text in HOSTILE[:50])]
    assert len(texts) >= 200

    def fill(conn: Connection) -> None:
        for at, text in enumerate(texts):
            one = pilot(f"F{at}", name=text, department=text, metric=metric(name=text, unit=text[:60]))
            add_pilot(conn, OURS, one)

    with site(tmp_path) as here:
        here.write(fill)
        async with signed_in(here) as browser:
            rows = list(csv.reader(io.StringIO((await browser.get("/pilots.csv")).text, newline="")))
    assert len(rows) == len(texts) + 2
    for cell in (cell for row in rows for cell in row):
        number = cell.replace("-", "").replace(".", "").isdigit()
        assert number or not re.match(r"[=+\-@\t\r\x00]", cell), cell
    print(f"\n{len(texts)} formulas in four columns each: every one opens as text")
