"""The package, the set-up and the checks: what an admin of Teams meets before the first message."""

import io
import json
import os
import stat
import struct
import zipfile
import zlib
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from typer.testing import CliRunner

from bot.app import configured
from bot.cli import app
from bot.domain import commands
from bot.domain.commands import Unknown
from bot.domain.errors import UserError
from bot.domain.faults import SetupError
from bot.setup.teams_checks import Setup, Verdict, endpoint_at, secret_ends, teams_checks
from bot.setup.teams_init import BY_HAND, SIDELOADING, set_up, tools, write_env
from bot.setup.teams_manifest import MENU, manifest, package
from tests.teams.kit import APP, SECRET, TENANT, Json, teams_door

URL = "https://pilots.example.com"


# The package


@cache
def files() -> dict[str, bytes]:
    archive = zipfile.ZipFile(io.BytesIO(package(APP, URL, version="1.2.3")))
    assert archive.testzip() is None
    return {name: archive.read(name) for name in archive.namelist()}


def test_the_package_holds_three_files_at_its_root_and_is_small() -> None:
    assert set(files()) == {"manifest.json", "color.png", "outline.png"}
    assert sum(map(len, files().values())) < 20_000
    assert package(APP, URL, version="1.2.3") == package(APP, URL, version="1.2.3")


def test_the_manifest_asks_for_nothing_and_wants_replies() -> None:
    made = json.loads(files()["manifest.json"])
    (bot,) = made["bots"]
    assert made["id"] == bot["botId"] == APP
    assert bot["scopes"] == ["personal", "team"]
    assert bot["isNotificationOnly"] is False
    assert not {"authorization", "webApplicationInfo", "composeExtensions", "staticTabs"} & set(made)
    assert made["validDomains"] == ["pilots.example.com"]
    assert made["version"] == "1.2.3"
    for page in ("websiteUrl", "privacyUrl", "termsOfUseUrl"):
        assert made["developer"][page].startswith("https://pilots.example.com")


def test_its_texts_keep_within_the_limits() -> None:
    made = json.loads(files()["manifest.json"])
    assert len(made["name"]["short"]) <= 30
    assert len(made["name"]["full"]) <= 100
    assert len(made["description"]["short"]) <= 80
    assert len(made["description"]["full"]) <= 4000
    lists = made["bots"][0]["commandLists"]
    assert [one["scopes"] for one in lists] == [["personal"], ["team"]]
    for one in lists:
        assert 0 < len(one["commands"]) <= 10
        for entry in one["commands"]:
            assert 0 < len(entry["title"]) <= 32
            assert 0 < len(entry["description"]) <= 128


@pytest.mark.parametrize("title", MENU)
def test_a_menu_entry_is_understood_as_it_stands_or_says_what_it_needs(title: str) -> None:
    try:
        assert not isinstance(commands.parse(title, datetime(2026, 11, 23).date()), Unknown)
    except UserError as error:
        assert "Example:" in error.text  # noqa: PT017 - either is right


@pytest.mark.parametrize(("name", "size"), [("color.png", 192), ("outline.png", 32)])
def test_the_icons_are_of_the_sizes_that_teams_wants(name: str, size: int) -> None:
    pixels = _pixels(files()[name], size)
    assert len(pixels) == size * size
    if name == "outline.png":
        # White or nothing, says the documentation.
        assert {pixel[:3] for pixel in pixels} == {(255, 255, 255)}
        assert {0, 255} <= {pixel[3] for pixel in pixels}
    else:
        assert {pixel[3] for pixel in pixels} == {255}
        assert len({pixel[:3] for pixel in pixels}) > 3


def _pixels(png: bytes, size: int) -> list[tuple[int, ...]]:
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">IIBB", png[16:26]) == (size, size, 8, 6)
    start = png.index(b"IDAT")
    (length,) = struct.unpack(">I", png[start - 4 : start])
    raw = zlib.decompress(png[start + 4 : start + 4 + length])
    rows = [raw[row * (4 * size + 1) + 1 : (row + 1) * (4 * size + 1)] for row in range(size)]
    return [tuple(row[at : at + 4]) for row in rows for at in range(0, 4 * size, 4)]


def test_microsofts_own_schema_takes_it() -> None:
    """Its schema stands in npm's @microsoft/app-manifest (MIT, 1.1.2), which is too large to be carried along."""
    folder = Path(
        os.environ.get("PILOTLIGHT_TEAMS_CLIENT", "/nowhere"), "node_modules/@microsoft/app-manifest"
    )
    schema = folder / "build/json-schemas/teams/v1.19/MicrosoftTeams.schema.json"
    if not schema.is_file():
        pytest.skip(
            "PILOTLIGHT_TEAMS_CLIENT holds no node_modules/@microsoft/app-manifest: npm i @microsoft/app-manifest@1.1.2"
        )
    import jsonschema

    check = jsonschema.Draft4Validator(json.loads(schema.read_text()))
    made = json.loads(files()["manifest.json"])
    assert [error.message for error in check.iter_errors(made)] == []
    made["bots"][0]["scopes"] = ["groupchat"]
    assert list(check.iter_errors(made))


@pytest.mark.parametrize(
    ("app_id", "url", "names"),
    [
        (None, URL, "TEAMS_APP_ID"),
        ("my bot", URL, "TEAMS_APP_ID"),
        (APP, None, "PUBLIC_URL"),
        (APP, "http://pilots.example.com", "PUBLIC_URL"),
        (APP, "https://localhost", "PUBLIC_URL"),
        (APP, "https://", "PUBLIC_URL"),
    ],
)
def test_what_is_missing_is_named(app_id: str | None, url: str | None, names: str) -> None:
    with pytest.raises(SetupError, match=names):
        manifest(app_id, url, version="1.0.0")


def test_the_command_writes_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TEAMS_APP_ID", APP)
    refused = CliRunner().invoke(app, ["manifest", "teams"])
    assert refused.exit_code == 1
    assert "PUBLIC_URL" in refused.output
    monkeypatch.setenv("PUBLIC_URL", URL)
    done = CliRunner().invoke(app, ["manifest", "teams"])
    assert done.exit_code == 0, done.output
    assert zipfile.is_zipfile(tmp_path / "pilotlight-teams.zip")


# The set-up


class Hands:
    """An admin who answers, and a machine with or without Microsoft's command."""

    def __init__(
        self, answers: list[str], made: Json | None = None, printed: dict[str, str] | None = None
    ) -> None:
        self.answers = answers
        self.hidden: list[str] = []
        self.lines: list[str] = []
        self._made = made
        self._printed = printed or {}

    def ask(self, question: str, hidden: bool) -> str:
        if hidden:
            self.hidden.append(question)
        return self.answers.pop(0)

    def run(self, command: list[str]) -> str | None:
        if command[:3] == ["teams", "app", "create"]:
            assert command[command.index("--endpoint") + 1] == f"{URL}/api/messages"
            if self._made is None:
                return None
            path = Path(command[-1])
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            path.write_text("\n".join(f"{name}={value}" for name, value in self._made.items()))
            return "created"
        return self._printed.get(" ".join(command))

    def set_up(self, env: Path, url: str | None = URL) -> bool:
        return set_up(env, url, ask=self.ask, say=self.lines.append, run=self.run)

    @property
    def said(self) -> str:
        return "\n".join(self.lines)


def read(env: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in env.read_text().splitlines() if "=" in line)


STANDS = {"node --version": "v20.20.0\n", "teams status": "Logged in\nSideloading: enabled\n"}


def test_with_microsofts_command_nothing_is_pasted_and_the_secret_is_never_shown(tmp_path: Path) -> None:
    env = tmp_path / ".env"
    env.write_text("# ours\nPORT=9000\nTEAMS_APP_ID=old\n")
    made = {"CLIENT_ID": APP, "CLIENT_SECRET": SECRET.replace(" ", "~"), "TENANT_ID": TENANT, "OTHER": "x"}
    here = Hands([], made, STANDS)
    assert here.set_up(env)
    assert read(env) == {
        "PORT": "9000",
        "TEAMS_APP_ID": APP,
        "TEAMS_APP_PASSWORD": made["CLIENT_SECRET"],
        "TEAMS_TENANT_ID": TENANT,
        "PUBLIC_URL": URL,
    }
    assert env.read_text().startswith("# ours\n")
    assert stat.S_IMODE(env.stat().st_mode) == 0o600
    assert made["CLIENT_SECRET"] not in here.said
    assert "pilotlight manifest teams" in here.said
    assert [one.name for one in tmp_path.iterdir()] == [".env"]


def test_by_hand_each_mistake_is_named_and_the_secret_typed_unseen(tmp_path: Path) -> None:
    env = tmp_path / ".env"
    wrong = ["my bot", TENANT, "a3f1c9d0-1111-4222-8333-444455556666"]
    here = Hands(["http://x", URL, *wrong, APP, TENANT, "s3cr~et"], printed={})
    assert here.set_up(env, None)
    assert here.hidden == ["Client secret, its value"] * 2
    assert "Node is not installed" in here.said
    assert "https://" in here.said
    assert "application (client) ID is 32 hex digits" in here.said
    assert "the secret's ID" in here.said
    assert BY_HAND.format(endpoint=f"{URL}/api/messages") in here.said
    assert read(env)["TEAMS_APP_PASSWORD"] == "s3cr~et"
    assert "s3cr~et" not in here.said
    assert wrong[2] not in here.said


def test_three_wrong_answers_leave_everything_as_it_was(tmp_path: Path) -> None:
    env = tmp_path / ".env"
    env.write_text("PORT=1\n")
    here = Hands(["x", "y", ""] * 3, printed={"node --version": "v22.0.0"})
    assert not here.set_up(env)
    assert env.read_text() == "PORT=1\n"
    assert "Node v22.0.0 is there" in here.said


def test_where_uploading_is_off_the_way_and_the_words_to_forward_are_told(tmp_path: Path) -> None:
    off = STANDS | {"teams status": "Sideloading: disabled"}
    here = Hands([APP, TENANT, "s"], None, off)
    assert here.set_up(tmp_path / ".env")
    assert SIDELOADING in here.said
    assert "That did not work; it goes by hand." in here.said


@pytest.mark.parametrize(
    ("status", "sideloading"),
    [
        ("Sideloading: enabled", True),
        ("sideloading   OFF", False),
        ("Logged in", None),
        ("Sideloading: ?", None),
    ],
)
def test_what_the_command_says_of_uploading(status: str, sideloading: bool | None) -> None:
    here = Hands([], printed={"node --version": "v20", "teams status": status})
    assert tools(here.run).sideloading is sideloading


@pytest.mark.parametrize(
    "value", ["plain", "with space", 'quo"te', "hash#1", "dollar$HOME", "back\\slash", "q~.8_x"]
)
def test_a_value_is_read_back_as_it_was_written(
    value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_env(tmp_path / ".env", {"TEAMS_APP_PASSWORD": value, "TEAMS_APP_ID": APP})
    monkeypatch.chdir(tmp_path)
    from bot import settings

    found = settings.read().teams_app_password
    assert found is not None
    assert found.get_secret_value() == value


# The checks


def token(**claims: Any) -> str:
    return jwt.encode({"aud": "x", **claims}, "k" * 32, algorithm="HS256")


def setup(here: Any, **changes: Any) -> Setup:
    made: Json = {
        "app_id": APP,
        "tenant": TENANT.upper(),
        "secret": SECRET,
        "public_url": URL,
        "token_url": f"{here.microsoft.url}/token",
    }
    return Setup(**(made | changes))


async def test_a_good_set_up_passes_and_tells_no_secret() -> None:
    async with teams_door() as here:
        here.microsoft.token_answer = (200, {"access_token": token(tid=TENANT), "expires_in": 3599})
        found = {one.name: one for one in await teams_checks(setup(here), here.http)}
        assert found["teams token"].verdict is Verdict.PASS
        assert found["teams tenant"].verdict is Verdict.PASS
        assert "24 months" in found["teams secret"].said
        endpoint = await endpoint_at(f"{here.url}/api/messages", here.http)
        assert endpoint.verdict is Verdict.PASS
        assert "401" in endpoint.said
        told = repr([*found.values(), endpoint])
        assert SECRET not in told
        assert token(tid=TENANT) not in told


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((401, {"error_description": "AADSTS7000215: Invalid client secret"}), "the secret is wrong"),
        ((401, {"error_description": "AADSTS7000222: expired"}), "the secret has ended"),
        ((400, {"error_description": "AADSTS700016: not found"}), "no such application"),
        ((400, {"error_description": "AADSTS90002: Tenant"}), "no such tenant"),
        ((500, {"error": "x"}), "500"),
        ((200, {"access_token": token(tid="another"), "expires_in": 1}), "another tenant"),
        ((200, {"access_token": "no-jwt", "expires_in": 1}), "no tenant"),
    ],
)
async def test_a_token_that_is_not_had_says_why(answer: tuple[int, Json], said: str) -> None:
    async with teams_door() as here:
        here.microsoft.token_answer = answer
        found = [one for one in await teams_checks(setup(here), here.http) if one.verdict is not Verdict.PASS]
        assert any(said in one.said and one.todo for one in found), found


@pytest.mark.parametrize(
    ("status", "verdict"),
    [(200, Verdict.FAIL), (404, Verdict.FAIL), (302, Verdict.FAIL), (401, Verdict.PASS)],
)
async def test_the_endpoint_must_refuse_an_unsigned_post(status: int, verdict: Verdict) -> None:
    transport = httpx.MockTransport(lambda _request: httpx.Response(status))
    async with httpx.AsyncClient(transport=transport) as http:
        found = await endpoint_at("https://pilots.example.com/api/messages", http)
        assert found.verdict is verdict
        assert str(status) in found.said


async def test_an_endpoint_out_of_reach_and_settings_that_are_missing() -> None:
    async with httpx.AsyncClient(trust_env=False, timeout=60) as http:
        found = await endpoint_at("http://127.0.0.1:1/api/messages", http)
        assert found.verdict is Verdict.FAIL
        assert "cannot be reached" in found.said
        missing = await teams_checks(Setup(app_id=APP, tenant=None, secret=None, public_url=None), http)
        assert "TEAMS_TENANT_ID, TEAMS_APP_PASSWORD not set" in missing[0].said


@pytest.mark.parametrize(
    ("host", "secret", "verdict"),
    [("127.0.0.1", None, Verdict.WARN), ("0.0.0.0", None, Verdict.FAIL), ("127.0.0.1", "s", Verdict.FAIL)],
)
async def test_the_playground_is_for_this_machine(host: str, secret: str | None, verdict: Verdict) -> None:
    async with httpx.AsyncClient(trust_env=False, timeout=60) as http:
        made = Setup(app_id=None, tenant=None, secret=secret, public_url=None, host=host, playground=True)
        (found,) = await teams_checks(made, http)
        assert found.verdict is verdict


@pytest.mark.parametrize(
    ("days", "verdict"), [(-1, Verdict.FAIL), (29, Verdict.WARN), (30, Verdict.WARN), (31, Verdict.PASS)]
)
def test_a_secret_whose_end_is_known_warns_a_month_before(days: int, verdict: Verdict) -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    assert secret_ends(now + timedelta(days=days), now).verdict is verdict


@pytest.mark.parametrize(
    ("values", "starts"),
    [
        ({"host": "127.0.0.1"}, True),
        ({"host": "localhost"}, True),
        ({"host": "0.0.0.0"}, False),
        ({"host": "::"}, False),
        ({"host": "127.0.0.1", "teams_app_password": "s"}, False),
    ],
)
def test_the_program_refuses_an_open_playground(values: dict[str, str], starts: bool) -> None:
    if starts:
        assert configured(teams_playground=True, **values).teams
    else:
        with pytest.raises(ValueError, match="TEAMS_PLAYGROUND=1 accepts unsigned activities"):
            configured(teams_playground=True, **values)
