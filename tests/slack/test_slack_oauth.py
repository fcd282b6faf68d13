"""Many workspaces: installed through Slack's own pages, each with its own encrypted token; taken away, and back again."""

import asyncio
import socket
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import uvicorn

from bot.app import App, build, configured
from bot.domain.people import Platform
from bot.messages.model import say
from bot.playground import Playground, Workspace
from bot.services import installing, keys
from bot.services.chat import ChatError, Place
from bot.slack.listeners import Door
from bot.slack.oauth_pages import PROBLEMS
from storage import people, pilots, workspaces
from storage.crypto import Cipher, new_key
from storage.guard import require_workspace
from tests.playground.kit import VirtualClock, slack_workspace, small_workspace
from tests.storage.template import migrated

KEY = new_key()
COOKIE = "__Host-pilotlight-install"


@dataclass
class Many:
    """An app that anybody may install, and two workspaces that may want to."""

    slack: Playground
    app: App
    clock: VirtualClock
    address: str
    file: Path
    globex: Workspace

    async def leave(self, client: httpx.AsyncClient, query: str = "") -> tuple[str, str]:
        """Presses "Add to Slack": where the browser is sent, and the state it keeps."""
        answer = await client.get(f"{self.address}/slack/install{query}")
        assert answer.status_code == 302
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith(f"{COOKIE}=")
        assert all(word in cookie for word in ("Secure", "HttpOnly", "SameSite=lax", "Path=/", "Max-Age=600"))
        return answer.headers["location"], cookie.partition("=")[2].partition(";")[0]

    async def agree(self, client: httpx.AsyncClient, location: str) -> str:
        """Slack's page: where it sends the browser back to."""
        answer = await client.get(location)
        assert answer.status_code == 302, answer.text
        return str(answer.headers["location"])

    async def back(self, client: httpx.AsyncClient, location: str, state: str) -> httpx.Response:
        headers = {"Cookie": f"{COOKIE}={state}"} if state else {}
        return await client.get(location, headers=headers)

    async def install(self, workspace: Workspace, user: str) -> httpx.Response:
        """The whole way, as a browser goes it."""
        self.slack.app.approves = (workspace, workspace.person(user).id)
        async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
            location, state = await self.leave(client)
            return await self.back(client, await self.agree(client, location), state)

    def admins(self, team: str) -> list[str]:
        def found(conn):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - a Connection
            workspace_id = workspaces.of_address(conn, Platform.SLACK, team, even_removed=True)
            assert workspace_id is not None
            return [one.addresses[0].user for one in people.admins(conn, workspace_id)]

        return list(self.app.database.read_now(found))

    async def post(self, team: str, user: str) -> None:
        place = Place(platform=Platform.SLACK, workspace=team, user=user)
        await self.app.chats[Platform.SLACK].send(place, say("Hello."), key="")

    async def answered(self) -> None:
        """Waits until the door has nothing more to ask of Slack or to say."""
        door = self.app.doors["/slack/events"]
        assert isinstance(door, Door)
        await door.drain(60.0)


class Quiet(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def many(folder: Path, **settings: str) -> AsyncIterator[Many]:
    clock = VirtualClock()
    async with slack_workspace(clock, people=["anna", "ben"], expect_all=False) as slack:
        slack.app.installations.clear()
        globex = small_workspace(clock, ["gina"], team_id="T0GLOBEX", name="Globex")
        slack.add_workspace(globex)
        slack.app.installations.clear()
        file = folder / "many.db"
        database = migrated(file)
        require_workspace(*database.engines)
        slack.app.client_id, slack.app.client_secret = "555.777", "playground-client-secret"
        values = {
            "slack_client_id": "555.777",
            "slack_client_secret": "playground-client-secret",
            "slack_signing_secret": slack.app.signing_secret,
            "slack_api_url": slack.api_url,
            "public_url": "",
            "pilotlight_keys": KEY,
            "database_url": f"sqlite:///{file}",
            **settings,
        }
        # The browser comes straight to us; behind a proxy PUBLIC_URL would be the proxy's.
        listener = socket.create_server(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        values["public_url"] = address
        app = build(configured(**values), clock=clock, database=database, patience=30.0)
        config = uvicorn.Config(app.web(with_clock=False), log_config=None, lifespan="off", ws="none")
        server = Quiet(config)
        task = asyncio.create_task(server.serve(sockets=[listener]))
        slack.app.redirect_urls, slack.app_url = (address,), f"{address}/slack/events"
        try:
            yield Many(slack=slack, app=app, clock=clock, address=address, file=file, globex=globex)
        finally:
            server.should_exit = True
            await task
            await app.close()
        database.close()


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Many]:
    async with many(tmp_path) as running:
        yield running


async def test_whoever_installs_is_admin_and_is_told_what_comes_next(here: Many) -> None:
    page = await here.install(here.slack.workspace, "anna")
    assert page.status_code == 200
    assert "installed in Playground" in page.text
    assert "/pilot settings" in page.text and "/invite @Pilotlight" in page.text and "48 hours" in page.text
    assert here.admins("T0PLAY") == [here.slack.workspace.person("anna").id]
    seen = await here.slack.hands.command("anna", "/pilot list")
    assert "not installed" not in seen.text and not seen.notices
    workspace_id = here.app.database.read_now(
        lambda conn: workspaces.of_address(conn, Platform.SLACK, "T0PLAY")
    )
    assert workspace_id is not None
    found = here.app.database.read_now(lambda conn: workspaces.get(conn, workspace_id))
    assert found is not None
    assert found.quiet_until == here.clock.now + timedelta(hours=48)
    assert page.headers["content-security-policy"].startswith("default-src 'none'")


async def test_two_workspaces_have_two_tokens_and_see_nothing_of_each_other(here: Many) -> None:
    await here.install(here.slack.workspace, "anna")
    await here.install(here.globex, "gina")
    await here.post("T0PLAY", here.slack.workspace.person("ben").id)
    await here.post("T0GLOBEX", here.globex.person("gina").id)
    posts = [call.team_id for call in here.slack.app.calls if call.method == "chat.postMessage" and call.ok]
    assert posts == ["T0PLAY", "T0GLOBEX"]
    assert here.admins("T0GLOBEX") == [here.globex.person("gina").id]
    with pytest.raises(ChatError, match="not_installed"):
        await here.post("T0NOBODY", "U1")


async def test_no_token_lies_readable_anywhere(here: Many, caplog: pytest.LogCaptureFixture) -> None:
    await here.install(here.slack.workspace, "anna")
    [token] = here.slack.app.installations
    raw = b"".join(path.read_bytes() for path in here.file.parent.glob("many.db*"))
    assert token.encode() not in raw and KEY.encode() not in raw
    [(stored,)] = sqlite3.connect(here.file).execute("SELECT token FROM installations")
    assert stored.startswith("gAAAA") and Cipher([KEY]).decrypt(stored) == token
    assert token not in caplog.text and "playground-client-secret" not in caplog.text


@pytest.mark.parametrize("how", ["no state", "no cookie", "another browser", "twice", "too late", "made up"])
async def test_a_state_is_needed_and_works_once(here: Many, how: str) -> None:
    here.slack.app.approves = (here.slack.workspace, here.slack.workspace.person("anna").id)
    async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
        location, state = await here.leave(client)
        back = await here.agree(client, location)
        match how:
            case "no state":
                back = back.replace(f"state={state}", "x=1")
            case "no cookie":
                state = ""
            case "another browser":
                _, state = await here.leave(client)
            case "twice":
                assert (await here.back(client, back, state)).status_code == 200
            case "too late":
                here.clock.advance(minutes=11)
            case "made up":
                back, state = back.replace(state, "a" * 43), "a" * 43
        page = await here.back(client, back, state)
    assert page.status_code == 400
    assert "Begin again" in page.text and "PL-071" in page.text
    installed = list(here.slack.app.installations)
    assert len(installed) == (1 if how == "twice" else 0)


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("cancelled", "access_denied"),
        ("code used", "invalid_code"),
        ("wrong secret", "bad_client_secret"),
        ("organisation", "org_install"),
        ("Slack is down", "other"),
    ],
)
async def test_what_goes_wrong_at_slack_is_explained(here: Many, how: str, reason: str) -> None:
    here.slack.app.approves = (here.slack.workspace, here.slack.workspace.person("anna").id)
    match how:
        case "cancelled":
            here.slack.app.approves = None
        case "wrong secret":
            here.slack.app.client_secret = "regenerated"
        case "organisation":
            here.slack.app.org_install = True
        case "Slack is down":
            here.slack.faults.server_error("oauth.v2.access", times=None)
    async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
        location, state = await here.leave(client)
        back = await here.agree(client, location)
        if how == "code used":
            here.slack.app.codes.clear()
        page = await here.back(client, back, state)
    code, status, what, _ = PROBLEMS[reason]
    assert page.status_code == status
    assert code in page.text
    assert what.split("'")[0] in page.text
    stored = here.app.database.read_now(lambda conn: keys.stand(conn, here.app.cipher)).stored
    assert stored == 0


async def test_what_is_asked_for_is_the_five_and_goes_where_it_should(here: Many) -> None:
    async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
        location, state = await here.leave(client, "?team=T0PLAY")
        hostile, _ = await here.leave(client, "?team=T0PLAY%26scope=admin")
    asked = parse_qs(urlsplit(location).query)
    assert asked["scope"] == ["chat:write,commands,users:read,im:write,im:history"]
    assert asked["state"] == [state] and asked["team"] == ["T0PLAY"]
    assert asked["redirect_uri"][0].endswith("/slack/oauth_redirect")
    assert "team" not in parse_qs(urlsplit(hostile).query) and "admin" not in hostile


@pytest.mark.parametrize(
    "order", [("app_uninstalled", "tokens_revoked"), ("tokens_revoked", "app_uninstalled")]
)
async def test_taken_away_in_either_order_nothing_is_sent_and_nothing_lost(
    here: Many, order: tuple[str, str]
) -> None:
    await here.install(here.slack.workspace, "anna")
    await here.slack.hands.command(
        "anna", "/pilot register Claims Chat: Cut claims from 9 to 4 hours by 30 June 2027"
    )
    [old] = here.slack.app.installations
    here.slack.app.installations[old].dead = "account_inactive"
    for kind in order:
        event = {"type": kind} | (
            {"tokens": {"oauth": [], "bot": ["U1"]}} if kind == "tokens_revoked" else {}
        )
        delivery = await here.slack.deliveries.event(event)
        assert delivery is not None and delivery.delivered
    await here.answered()
    before = len(here.slack.app.calls)
    with pytest.raises(ChatError, match="not_installed"):
        await here.post("T0PLAY", here.slack.workspace.person("ben").id)
    assert len(here.slack.app.calls) == before, "a dead token is not tried"
    # The other customer goes on; the data waits.
    await here.install(here.globex, "gina")
    await here.post("T0GLOBEX", here.globex.person("gina").id)
    here.clock.advance(days=1)
    page = await here.install(here.slack.workspace, "ben")
    assert page.status_code == 200
    await here.answered()
    await here.post("T0PLAY", here.slack.workspace.person("anna").id)
    assert here.slack.app.calls[-1].ok
    assert "Claims Chat" in (await here.slack.hands.command("ben", "/pilot list all")).text
    assert set(here.admins("T0PLAY")) == {here.slack.workspace.person(one).id for one in ("anna", "ben")}


async def test_a_stranger_never_gets_what_is_somebody_elses(here: Many) -> None:
    """Neither a registry imported before anybody installed, nor that of a customer who took the app away."""
    from tests.storage.kit import origin, pilot

    def imported(conn):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - a Connection
        workspace = installing.first_workspace(conn, here.clock.now)
        pilots.add(
            conn,
            workspace.id,
            replace(pilot(), owner=None, backup=None, sponsor=None),
            origin(),
            next_look_at=None,
        )

    here.app.database.write_now(imported)
    await here.install(here.globex, "gina")
    of = here.app.database.read_now(lambda conn: workspaces.of_address(conn, Platform.SLACK, "T0GLOBEX"))
    assert of == "slack-t0globex"
    assert here.app.database.read_now(lambda conn: pilots.count(conn, "slack-t0globex")) == 0


async def test_late_news_of_a_removal_does_not_undo_the_installation_after_it(here: Many) -> None:
    await here.install(here.slack.workspace, "anna")
    here.clock.advance(minutes=10)
    await here.install(here.slack.workspace, "anna")
    here.clock.now -= timedelta(minutes=5)
    late = await here.slack.deliveries.event({"type": "app_uninstalled"})
    here.clock.advance(minutes=5)
    assert late is not None and late.delivered
    await here.post("T0PLAY", here.slack.workspace.person("ben").id)
    # One since then counts.
    here.clock.advance(minutes=5)
    await here.slack.deliveries.event({"type": "app_uninstalled"})
    with pytest.raises(ChatError, match="not_installed"):
        await here.post("T0PLAY", here.slack.workspace.person("ben").id)


async def test_a_token_that_expires_is_exchanged_in_time_and_once(here: Many) -> None:
    here.slack.app.token_rotation = True
    await here.install(here.slack.workspace, "anna")
    ben = here.slack.workspace.person("ben").id
    await here.post("T0PLAY", ben)
    tokens = set(here.slack.app.installations)
    here.clock.advance(hours=11)
    assert here.app._permissions is not None
    here.app._permissions.forget("T0PLAY")
    await asyncio.gather(*(here.post("T0PLAY", ben) for _ in range(5)))
    assert len(set(here.slack.app.installations) - tokens) == 1
    assert all(call.ok for call in here.slack.app.calls if call.method == "chat.postMessage")
    exchanges = [call for call in here.slack.app.calls if call.method == "oauth.v2.access"]
    assert len(exchanges) == 2


async def test_the_token_of_the_settings_opens_its_own_workspace_alone(tmp_path: Path) -> None:
    async with many(tmp_path, slack_bot_token="xoxb-own") as here:
        here.slack.app.install(here.globex, token="xoxb-own")
        await here.app.introduce()
        await here.post("T0GLOBEX", here.globex.person("gina").id)
        with pytest.raises(ChatError, match="not_installed"):
            await here.post("T0PLAY", here.slack.workspace.person("ben").id)
        await here.install(here.slack.workspace, "anna")
        await here.post("T0PLAY", here.slack.workspace.person("ben").id)
        # Starting again keeps what the installation brought.
        await here.app.introduce()
        await here.post("T0PLAY", here.slack.workspace.person("ben").id)


@pytest.mark.parametrize("fault", ["silent", "down"])
async def test_a_slack_that_is_silent_at_the_start_is_asked_again(tmp_path: Path, fault: str) -> None:
    async with many(tmp_path, slack_bot_token="xoxb-own") as here:
        here.slack.app.install(here.globex, token="xoxb-own")
        if fault == "down":
            here.slack.faults.server_error("auth.test", times=1)
        else:
            here.slack.faults.cut_before("auth.test", times=1)
        await here.app.introduce()
        gina = here.globex.person("gina").id
        with pytest.raises(ChatError, match="not_installed"):
            await here.post("T0GLOBEX", gina)
        assert here.app._again is not None
        async with asyncio.timeout(60):
            await here.app._again
        await here.post("T0GLOBEX", gina)
        found = here.app.database.read_now(
            lambda conn: workspaces.of_address(conn, Platform.SLACK, "T0GLOBEX")
        )
        assert found is not None


async def test_a_token_that_slack_refuses_is_not_tried_again(tmp_path: Path) -> None:
    async with many(tmp_path, slack_bot_token="xoxb-unknown") as here:
        await here.app.introduce()
        assert here.app._again is None
