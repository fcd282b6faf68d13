"""S6, S8, S9: who gets in, for how long, and whose forms are taken."""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from http.cookies import SimpleCookie
from pathlib import Path

import httpx
import pytest

from bot.domain.errors import UserError
from bot.services import login
from storage import audit, logins, people
from storage.database import Connection
from tests.storage.kit import ALICE, OURS, TODAY, dump
from tests.web.kit import CHARLIE, HTTPS, Site, proof_in, signed_in, site

MINUTE = timedelta(minutes=1)
PAGES = ("/", "/pilots.csv", "/pilots/P01", "/survival", "/hindsight")


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Site]:
    with site(tmp_path) as one:
        yield one


async def is_in(browser: httpx.AsyncClient) -> bool:
    """Whether the page opens; where it does not, every page says so alike."""
    answers = {(await browser.get(path)).status_code for path in PAGES}
    assert answers in ({200}, {303})
    return answers == {200}


# The link (S6).


async def test_a_link_opens_the_page_by_a_press_and_only_once(here: Site) -> None:
    async with here.browser() as first, here.browser() as second:
        path = await here.link()
        assert (await here.press(first, path)).status_code == 303
        assert await is_in(first)
        again = await second.get(path)
        assert again.status_code == 410
        assert "used already" in again.text
        assert not await is_in(second)


async def test_looking_at_a_link_uses_nothing_up(here: Site) -> None:
    async with here.browser() as unfurler, here.browser() as browser:
        path = await here.link()
        for _ in range(20):
            assert (await unfurler.get(path)).status_code == 200
            assert (await unfurler.head(path)).status_code == 200
        assert not await is_in(unfurler)
        assert (await here.press(browser, path)).status_code == 303


async def test_of_two_browsers_at_once_one_gets_in(here: Site) -> None:
    async with here.browser() as one, here.browser() as other:
        path = await here.link()
        forms = [(browser, proof_in((await browser.get(path)).text)) for browser in (one, other)]
        pressed = await asyncio.gather(
            *(
                browser.post(path, content=f"proof={proof}", headers=here.headers())
                for browser, proof in forms
            )
        )
        assert sorted(answer.status_code for answer in pressed) == [303, 410]
        assert [await is_in(one), await is_in(other)].count(True) == 1


@pytest.mark.parametrize(
    ("age", "status"), [(timedelta(minutes=9, seconds=59), 303), (timedelta(minutes=10), 410)]
)
async def test_a_link_lives_ten_minutes(here: Site, age: timedelta, status: int) -> None:
    async with here.browser() as browser:
        path = await here.link()
        proof = proof_in((await browser.get(path)).text)
        here.clock.forward(age)
        answer = await browser.post(path, content=f"proof={proof}", headers=here.headers())
        assert answer.status_code == status
        assert await is_in(browser) == (status == 303)


async def test_a_link_is_for_one_person_of_one_workspace(here: Site) -> None:
    path = await here.link("UALICE", "T1")
    token = path.rsplit("/", 1)[1]
    whose, secret = token.split(".")
    assert whose == OURS
    assert len(secret) == 43  # 256 bits
    async with here.browser() as browser:
        assert "Alice Able" in (await browser.get(path)).text
        assert (await browser.get(f"/login/theirs.{secret}")).status_code == 410
        assert (await here.press(browser, path)).status_code == 303
        page = await browser.get("/")
        assert "Alice Able" in page.text and "Ours" in page.text


async def test_somebody_who_left_meanwhile_stays_out(here: Site) -> None:
    async with here.browser() as browser:
        path = await here.link()
        proof = proof_in((await browser.get(path)).text)
        here.write(lambda conn: people.save(conn, OURS, replace(ALICE, left_on=TODAY)))
        answer = await browser.post(path, content=f"proof={proof}", headers=here.headers())
        assert answer.status_code == 410
        assert not await is_in(browser)


async def test_guessing_is_stopped_after_five_tries_a_minute(here: Site) -> None:
    async with here.browser(ip="192.0.2.7") as guesser, here.browser(ip="192.0.2.8") as other:
        path = await here.link()
        for at in range(5):
            assert (await guesser.get(f"/login/{OURS}.{at:043d}")).status_code == 410
        assert (await guesser.get(path)).status_code == 429
        assert (await guesser.post(path, content="proof=", headers=here.headers())).status_code == 429
        assert (await other.get(path)).status_code == 200
        here.clock.forward(MINUTE)
        assert (await guesser.get(path)).status_code == 200


async def test_a_person_gets_five_links_a_minute(here: Site) -> None:
    links = {await here.link() for _ in range(5)}
    assert len(links) == 5
    with pytest.raises(UserError, match="five links"):
        await here.ask("UALICE")
    await here.link("UBOB")
    here.clock.forward(MINUTE)
    await here.link()


async def test_a_guest_gets_no_link(here: Site) -> None:
    with pytest.raises(UserError, match="Guests"):
        await here.ask("UGUS")


async def test_without_an_address_the_reply_says_which_variable_is_missing(here: Site) -> None:
    here.app.address = ""
    with pytest.raises(UserError, match="PUBLIC_URL"):
        await here.ask("UALICE")


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x",
        "ours",
        "ours.",
        "ours.%00",
        "%00",
        "ours." + "a" * 42,
        "ours." + "a" * 44,
        "..",
        "a" * 5000,
        "ours.é" + "a" * 42,
    ],
)
async def test_what_is_no_link_is_told_so(here: Site, token: str) -> None:
    async with here.browser() as browser:
        answer = await browser.get(f"/login/{token}")
        assert answer.status_code in (404, 410) or (
            token in ("", "..") and answer.status_code in (200, 303, 307)
        )


async def test_only_hashes_are_kept(here: Site) -> None:
    async with signed_in(here) as browser:
        path = await here.link("UBOB")
        held = browser.cookies["__Host-pilotlight"]
        stored = repr(here.database.read_now(lambda conn: dump(conn, OURS)))
        for secret in (held, path.rsplit("/", 1)[1]):
            assert secret.split(".")[1] not in stored


async def test_the_record_says_who_came_and_went(here: Site) -> None:
    async with signed_in(here) as browser:
        proof = proof_in((await browser.get("/")).text)
        await browser.post("/logout", content=f"proof={proof}", headers=here.headers())
    rows = here.database.read_now(lambda conn: audit.recent(conn, OURS, 2))
    assert {(row.actor, row.what, row.surface) for row in rows} == {
        ("alice", "signed in", "web"),
        ("alice", "signed out", "web"),
    }


async def test_who_tries_in_vain_stands_in_the_log_once_a_minute(
    here: Site, caplog: pytest.LogCaptureFixture
) -> None:
    """Also at the platforms' doors; whoever tries a thousand times does not fill the disk."""
    async with here.browser() as browser:
        for _ in range(4):
            await browser.get("/login/nobody.x")
        for _ in range(30):
            await browser.post("/hooks/github", content="{}")
    told = [
        (vars(one)["door"], vars(one)["status"], vars(one)["count"])
        for one in caplog.records
        if one.getMessage() == "refused"
    ]
    assert told[0] == ("/login", 410, 1)
    assert len(told) == 1, "a door that is closed refuses nobody"


# The session (S8).


async def test_the_cookie_is_bound_to_this_host_and_out_of_reach(here: Site) -> None:
    async with here.browser() as browser:
        entered = await here.press(browser, await here.link())
        cookie = SimpleCookie(entered.headers.get_list("set-cookie")[0])["__Host-pilotlight"]
        assert (cookie["secure"], cookie["httponly"], cookie["samesite"], cookie["path"]) == (
            True,
            True,
            "lax",
            "/",
        )
        assert not cookie["domain"]


async def test_on_this_machine_the_cookie_is_plain(tmp_path: Path) -> None:
    with site(tmp_path, public_url="http://127.0.0.1:8000") as here:
        async with here.browser() as browser:
            entered = await here.press(browser, await here.link())
            cookie = SimpleCookie(entered.headers.get_list("set-cookie")[0])["pilotlight"]
            assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == ("", True, "lax")
            assert "strict-transport-security" not in entered.headers
            assert await is_in(browser)


async def test_a_session_that_was_planted_is_not_taken_over(here: Site) -> None:
    planted = f"{OURS}.{'a' * 43}"
    async with here.browser() as browser:
        browser.cookies.set("__Host-pilotlight", planted)
        assert not await is_in(browser)
        entered = await here.press(browser, await here.link())
        held = SimpleCookie(entered.headers.get_list("set-cookie")[0])["__Host-pilotlight"].value
        assert held != planted


async def test_signing_in_again_ends_the_session_before(here: Site) -> None:
    async with here.browser() as browser, here.browser() as thief:
        await here.enter(browser)
        thief.cookies.update(browser.cookies)
        assert await is_in(thief)
        await here.enter(browser)
        assert await is_in(browser)
        assert not await is_in(thief)


async def test_what_was_stolen_is_worth_nothing_after_signing_out(here: Site) -> None:
    async with signed_in(here) as browser, here.browser() as thief:
        thief.cookies.update(browser.cookies)
        proof = proof_in((await browser.get("/")).text)
        left = await browser.post("/logout", content=f"proof={proof}", headers=here.headers())
        assert (left.status_code, left.headers["location"]) == (303, "/login")
        assert not await is_in(browser)
        assert not await is_in(thief)


@pytest.mark.parametrize(
    ("step", "steps", "alive"),
    [
        (timedelta(hours=11, minutes=59), 1, True),
        (timedelta(hours=12), 1, False),
        (timedelta(hours=11), 15, True),
        (timedelta(hours=11), 16, False),  # seven days and eight hours, never idle
    ],
)
async def test_a_session_ends_idle_or_old(here: Site, step: timedelta, steps: int, alive: bool) -> None:
    async with signed_in(here) as browser:
        for _ in range(steps - 1):
            here.clock.forward(step)
            assert (await browser.get("/survival")).status_code == 200
        here.clock.forward(step)
        assert await is_in(browser) == alive


async def test_a_session_dies_with_the_account(here: Site) -> None:
    for changed in (replace(ALICE, left_on=TODAY), replace(ALICE, guest=True)):
        async with signed_in(here) as browser:
            assert await is_in(browser)
            here.write(lambda conn, changed=changed: people.save(conn, OURS, changed))  # type: ignore[misc]
            assert not await is_in(browser)
            here.write(lambda conn: people.save(conn, OURS, ALICE))


async def test_one_persons_sessions_can_all_be_ended(here: Site) -> None:
    async with signed_in(here) as browser, signed_in(here, "UCHARLIE") as other:
        here.write(lambda conn: logins.leave_all(conn, OURS, ALICE.id))
        assert not await is_in(browser)
        assert await is_in(other)
    assert CHARLIE.id != ALICE.id


def test_roles_are_asked_anew_with_every_request(here: Site) -> None:
    held: list[str] = []

    def enter(conn: Connection) -> None:
        token = login.new_token(OURS)
        logins.issue(conn, OURS, login.hashed(token), person_id="charlie", now=here.clock())
        held.append(login.enter(conn, token, here.clock()))

    here.write(enter)
    for has in (False, True, False):
        here.write(lambda conn, has=has: people.set_role(conn, OURS, "charlie", "leader", has=has))  # type: ignore[misc]
        viewer = here.database.read_now(lambda conn: login.viewer(conn, held[0], here.clock()))
        assert viewer is not None
        assert (viewer.leader, viewer.admin) == (has, False)


# Forms (S9).

OTHERS = (
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
    {"Origin": "https://evil.example"},
    {"Origin": "https://pilotlight.example.evil.example"},
    {"Origin": "http://pilotlight.example"},
    {"Origin": "https://pilotlight.example:8443"},
    {"Origin": "null"},
    {"Origin": "", "Sec-Fetch-Site": ""},
    {"Origin": "null", "Sec-Fetch-Site": "same-origin"},
    {"Content-Type": "text/plain"},
    {"Content-Type": "application/json"},
    {"Content-Type": "multipart/form-data; boundary=x"},
    {"Content-Type": ""},
)
PROOFS = ("", "proof=", "proof=x", f"proof={'0' * 64}", "Proof={}", "proof[]={}", "proof=%FF", "proof={}x")


@pytest.mark.parametrize("form", ["/logout", "login"])
async def test_a_form_from_elsewhere_is_refused(here: Site, form: str) -> None:
    async with signed_in(here) as browser:
        path = form if form == "/logout" else await here.link("UBOB")
        proof = proof_in((await browser.get("/" if form == "/logout" else path)).text)
        for headers in OTHERS:
            answer = await browser.post(path, content=f"proof={proof}", headers=here.headers(**headers))
            assert answer.status_code == 403, headers
        assert await is_in(browser)
        ours = await browser.post(path, content=f"proof={proof}", headers=here.headers())
        assert ours.status_code == 303, "the same form of ours is taken"


@pytest.mark.parametrize("form", ["/logout", "login"])
async def test_a_form_without_its_proof_is_refused(here: Site, form: str) -> None:
    async with signed_in(here) as browser:
        path = form if form == "/logout" else await here.link("UBOB")
        proof = proof_in((await browser.get("/" if form == "/logout" else path)).text)
        for body in PROOFS:
            answer = await browser.post(path, content=body.replace("{}", proof), headers=here.headers())
            assert answer.status_code == 403, body
        assert await is_in(browser)


async def test_somebody_elses_proof_is_refused(here: Site) -> None:
    async with signed_in(here) as alice, signed_in(here, "UCHARLIE") as charlie:
        proof = proof_in((await charlie.get("/")).text)
        answer = await alice.post("/logout", content=f"proof={proof}", headers=here.headers())
        assert answer.status_code == 403
        assert await is_in(alice)


async def test_a_form_beyond_all_measure_is_refused(here: Site) -> None:
    async with signed_in(here) as browser:
        answer = await browser.post("/logout", content="a=" + "x" * 20_000, headers=here.headers())
        assert answer.status_code == 413


async def test_what_changes_something_is_no_get(here: Site) -> None:
    async with signed_in(here) as browser:
        assert (await browser.get("/logout")).status_code == 405
        assert await is_in(browser)


# Headers (S10).


async def test_every_answer_of_the_page_carries_its_headers(here: Site) -> None:
    async with signed_in(here) as browser, here.browser() as stranger:
        answers = [
            await browser.get(path) for path in (*PAGES, "/nothing", "/static/style.css", "/pilots/none")
        ]
        answers += [await stranger.get(path) for path in ("/", "/login", await here.link(), "/login/x.y")]
        answers.append(await browser.post("/logout", content="", headers=here.headers()))
        for answer in answers:
            policy = answer.headers["content-security-policy"]
            for part in (
                "default-src 'none'",
                "frame-ancestors 'none'",
                "base-uri 'none'",
                "form-action 'self'",
            ):
                assert part in policy
            assert "script-src" not in policy and "unsafe" not in policy
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["referrer-policy"] == "same-origin"
            assert answer.headers["strict-transport-security"].startswith("max-age=")
            kept = answer.headers["cache-control"]
            assert kept == ("public, max-age=300" if answer.url.path.startswith("/static/") else "no-store")


async def test_no_page_holds_a_script_or_a_style_of_its_own(here: Site) -> None:
    async with signed_in(here) as browser:
        for path in (*PAGES, await here.link("UBOB"), "/login"):
            page = (await browser.get(path)).text
            if path != "/pilots.csv":
                assert not re.search(r"<script|<style|\sstyle=|\son\w+=|javascript:", page)
                assert HTTPS not in page
