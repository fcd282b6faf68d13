"""Thirty mistakes that people make while they set it up: each is named, with the one thing that mends it."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.faults import FAULTS
from bot.domain.people import Platform
from bot.services import installing, keys
from storage.crypto import Cipher, new_key
from tests.setup.kit import BOT_TOKEN, SCOPES, SIGNING_SECRET, Ran, Slack, invoked, program, slack
from tests.storage.kit import NOW
from tests.storage.template import migrated

Plant = Callable[[Slack, Path], "dict[str, str] | None"]
APP_TOKEN = "xapp-1-A0ACME-5550001-playground"
KEY, OTHER_KEY = new_key(), new_key()


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """What somebody did, and what they must read."""

    name: str
    code: str
    #: Words of the fix.
    fix: str
    verb: str = "init"
    #: What is typed into `init`: the way, then the pastes.
    typed: tuple[str, ...] = ()
    #: The environment beside SLACK_API_URL.
    given: dict[str, str] = field(default_factory=dict)
    plant: Plant | None = None


SET_UP = {"SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_APP_TOKEN": APP_TOKEN}
OVER_HTTP = {"SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_SIGNING_SECRET": SIGNING_SECRET}


def _scopes(*gone: str) -> Plant:
    def plant(here: Slack, _: Path) -> None:
        here.playground.installation.scopes -= set(gone)

    return plant


def _dead(word: str) -> Plant:
    def plant(here: Slack, _: Path) -> None:
        here.playground.installation.dead = word

    return plant


def _ahead(by: timedelta) -> Plant:
    def plant(here: Slack, _: Path) -> None:
        here.playground.web_api.ahead = by

    return plant


def _app_scope(here: Slack, _: Path) -> None:
    here.playground.app.app_tokens[APP_TOKEN] = frozenset({"authorizations:read"})


def _socket_off(here: Slack, _: Path) -> None:
    here.playground.app.socket_mode = False


def _never_greets(here: Slack, _: Path) -> None:
    assert here.playground.app.sockets is not None
    here.playground.app.sockets.greets = False
    here.playground.app.sockets.silent = True


def _elsewhere(_: Slack, folder: Path) -> None:
    """The registry belongs to another workspace already."""
    database = migrated(folder / "pilotlight.db")
    database.write_now(
        lambda conn: installing.installed(
            conn, Platform.SLACK, "T0GLOBEX", name="Globex", bot_user="U1", now=NOW
        )
    )
    database.close()


def _stored(_: Slack, folder: Path) -> None:
    """A token is stored, encrypted with a key that is not given any more."""
    database = migrated(folder / "pilotlight.db")
    granted = installing.Granted(
        platform=Platform.SLACK, external_id="T0X", name="X", bot_user="U1", scopes="", token="xoxb-stored"
    )
    database.write_now(lambda conn: installing.authorised(conn, granted, Cipher([KEY]), NOW))
    assert database.read_now(lambda conn: keys.stand(conn, Cipher([OTHER_KEY]))).unreadable == 1
    database.close()


def _no_database(_: Slack, folder: Path) -> None:
    (folder / "pilotlight.db").write_bytes(b"This is a spreadsheet, not a database. " * 40)


def _latin(_: Slack, folder: Path) -> None:
    (folder / ".env").write_bytes("# Prüfung\nSLACK_BOT_TOKEN=x\n".encode("latin-1"))


def _open_file(_: Slack, folder: Path) -> None:
    (folder / ".env").write_text("LOG_LEVEL=info\n")
    (folder / ".env").chmod(0o644)


def _another_app(here: Slack, _: Path) -> None:
    here.playground.app.app_tokens["xapp-1-A0OTHER-5-x"] = frozenset({"connections:write"})


def _another_program(here: Slack, _: Path) -> "dict[str, str]":
    """PUBLIC_URL points at something that answers, and is not us."""
    return {"PUBLIC_URL": here.playground.url}


def _nobody(_: Slack, __: Path) -> "dict[str, str]":
    with socket.create_server(("127.0.0.1", 0)) as free:
        return {"PUBLIC_URL": f"http://127.0.0.1:{free.getsockname()[1]}"}


def _nobody_at_slack(_: Slack, __: Path) -> "dict[str, str]":
    with socket.create_server(("127.0.0.1", 0)) as free:
        return {"SLACK_API_URL": f"http://127.0.0.1:{free.getsockname()[1]}/api/"}


def _not_slack(here: Slack, _: Path) -> "dict[str, str]":
    return {"SLACK_API_URL": f"{here.playground.url}/nowhere/"}


def _newer(_: Slack, folder: Path) -> None:
    database = migrated(folder / "pilotlight.db")
    database.write_now(lambda conn: conn.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'"))
    database.close()


MISTAKES = (
    # Pasted wrongly.
    Mistake(name="swapped: app-level first", code="PL-010", fix="Bot User OAuth Token", typed=("", APP_TOKEN)),
    Mistake(name="swapped: bot second", code="PL-011", fix="App-Level Tokens", typed=("", BOT_TOKEN, BOT_TOKEN)),
    Mistake(name="a person's token", code="PL-012", fix="begins with xoxb-", typed=("", "xoxp-1-2-3-abc")),
    Mistake(name="a configuration token", code="PL-013", fix="OAuth & Permissions", typed=("", "xoxe.xoxp-1-abc")),
    Mistake(name="a webhook", code="PL-013", fix="OAuth & Permissions", typed=("", "https://hooks.slack.com/services/T/B/x")),
    Mistake(name="the signing secret as token", code="PL-013", fix="OAuth & Permissions", typed=("", SIGNING_SECRET)),
    Mistake(name="cut in two", code="PL-014", fix="one piece", typed=("", f"{BOT_TOKEN[:20]} {BOT_TOKEN[20:]}")),
    Mistake(name="one letter lost", code="PL-016", fix="Copy it again", typed=("", BOT_TOKEN[:-1])),
    Mistake(name="client id as signing secret", code="PL-026", fix="App Credentials",
            typed=("2", "https://pilots.example.com", BOT_TOKEN, "5550001.5550002")),
    Mistake(name="trailing blank in the environment", code="PL-008", fix="Remove it", verb="doctor",
            given={**SET_UP, "SLACK_BOT_TOKEN": BOT_TOKEN + " "}),
    # What Slack says.
    Mistake(name="revoked", code="PL-017", fix="Reinstall", typed=("", BOT_TOKEN), plant=_dead("token_revoked")),
    Mistake(name="uninstalled", code="PL-017", fix="Reinstall", typed=("", BOT_TOKEN), plant=_dead("account_inactive")),
    Mistake(name="a scope is missing", code="PL-018", fix="Add chat:write, im:write", typed=("", BOT_TOKEN),
            plant=_scopes("chat:write", "im:write")),
    Mistake(name="no connections:write", code="PL-019", fix="connections:write", typed=("", BOT_TOKEN, APP_TOKEN), plant=_app_scope),
    Mistake(name="Socket Mode is off", code="PL-020", fix="Switch it on", typed=("", BOT_TOKEN, APP_TOKEN), plant=_socket_off),
    Mistake(name="clock ten minutes ahead", code="PL-021", fix="timedatectl", typed=("", BOT_TOKEN), plant=_ahead(timedelta(minutes=-10))),
    Mistake(name="clock two minutes behind", code="PL-021", fix="timedatectl", verb="doctor", given=SET_UP, plant=_ahead(timedelta(minutes=2))),
    Mistake(name="another workspace", code="PL-022", fix="Use the token of Globex", typed=("", BOT_TOKEN), plant=_elsewhere),
    Mistake(name="two apps mixed", code="PL-023", fix="same app", typed=("", BOT_TOKEN, "xapp-1-A0OTHER-5-x"), plant=_another_app),
    Mistake(name="Slack is not reached", code="PL-024", fix="HTTPS_PROXY", typed=("", BOT_TOKEN), plant=_nobody_at_slack),
    Mistake(name="not Slack", code="PL-025", fix="SLACK_API_URL", typed=("", BOT_TOKEN), plant=_not_slack),
    # How Slack finds us.
    Mistake(name="localhost", code="PL-030", fix="Socket Mode", verb="doctor",
            given={**OVER_HTTP, "PUBLIC_URL": "http://localhost:8000", "SLACK_API_URL": "https://slack.invalid/api/"}),
    Mistake(name="http", code="PL-031", fix="PUBLIC_URL=https://pilots.example.com", typed=("2", "http://pilots.example.com")),
    Mistake(name="path in the address", code="PL-032", fix="PUBLIC_URL=https://pilots.example.com",
            typed=("2", "https://pilots.example.com/slack/events")),
    Mistake(name="nobody there", code="PL-033", fix="Start Pilotlight", verb="doctor", given=OVER_HTTP, plant=_nobody),
    Mistake(name="somebody else there", code="PL-034", fix="Point PUBLIC_URL", verb="doctor", given=OVER_HTTP, plant=_another_program),
    Mistake(name="no signing secret", code="PL-035", fix="SLACK_APP_TOKEN", verb="run", given={"SLACK_BOT_TOKEN": BOT_TOKEN}),
    Mistake(name="socket without its token", code="PL-036", fix="app-level token", verb="run",
            given={**OVER_HTTP, "SLACK_MODE": "socket"}),
    Mistake(name="client id without secret", code="PL-037", fix="SLACK_CLIENT_SECRET", verb="run",
            given={**SET_UP, "SLACK_CLIENT_ID": "1.2"}),
    Mistake(name="many workspaces without keys", code="PL-038", fix="PILOTLIGHT_KEYS", verb="run",
            given={**SET_UP, "SLACK_CLIENT_ID": "1.2", "SLACK_CLIENT_SECRET": "s", "PUBLIC_URL": "https://a.example"}),
    Mistake(name="app-level token alone", code="PL-039", fix="SLACK_BOT_TOKEN", verb="run", given={"SLACK_APP_TOKEN": APP_TOKEN}),
    # Settings, database, keys.
    Mistake(name="misspelt", code="PL-001", fix="Rename it", given={"SLACK_APP_TOKN": APP_TOKEN}),
    Mistake(name="unreadable", code="PL-002", fix="Correct its value", given={"PORT": "eighty"}),
    Mistake(name=".env for all to read", code="PL-003", fix="chmod 600 .env", verb="doctor", given=SET_UP, plant=_open_file),
    Mistake(name=".env in another encoding", code="PL-004", fix="UTF-8", verb="doctor", plant=_latin),
    Mistake(name="mysql", code="PL-040", fix="postgresql://", given={"DATABASE_URL": "mysql://u:hunter2@h/d"}),
    Mistake(name="postgres:// that is down", code="PL-041", fix="Start it",
            given={"DATABASE_URL": "postgres://u:hunter2@127.0.0.1:9/d"}),
    Mistake(name="no disk", code="PL-042", fix="PostgreSQL", verb="run", given={**SET_UP, "DYNO": "web.1"}),
    Mistake(name="a folder that is not there", code="PL-043", fix="writable", given={"DATABASE_URL": "sqlite:////nowhere/at/all.db"}),
    Mistake(name="a newer database", code="PL-044", fix="that version", verb="doctor", given=SET_UP, plant=_newer),
    Mistake(name="no database", code="PL-045", fix="Move the file", plant=_no_database),
    Mistake(name="half a key", code="PL-050", fix="newest first", verb="run", given={**SET_UP, "PILOTLIGHT_KEYS": KEY[:30]}),
    Mistake(name="another key", code="PL-051", fix="PILOTLIGHT_KEYS", verb="run",
            given={**SET_UP, "PILOTLIGHT_KEYS": OTHER_KEY}, plant=_stored),
    Mistake(name="no key", code="PL-052", fix="Set PILOTLIGHT_KEYS", verb="run", given=SET_UP, plant=_stored),
)  # fmt: skip


@pytest.fixture(scope="module")
def everything() -> Iterator[Slack]:
    with ExitStack() as open_:
        yield open_.enter_context(slack())


@pytest.fixture
def here(everything: Slack) -> Slack:
    """The same playground for all, whole again for each."""
    playground = everything.playground
    playground.app.socket_mode = True
    playground.web_api.ahead = timedelta(0)
    playground.installation.dead = ""
    playground.installation.scopes = set(SCOPES)
    playground.app.app_tokens = {APP_TOKEN: frozenset({"connections:write"})}
    assert playground.app.sockets is not None
    playground.app.sockets.greets, playground.app.sockets.silent = True, False
    return everything


def made(mistake: Mistake, here: Slack, folder: Path, run: Callable[..., Ran]) -> Ran:
    """Makes the mistake with the program, and nothing else wrong."""
    planted = (mistake.plant(here, folder) if mistake.plant else None) or {}
    given = {"SLACK_API_URL": here.playground.api_url, **mistake.given, **planted}
    if mistake.verb == "doctor" and (folder / ".env").is_file() is False and "hunter2" not in str(given):
        given.setdefault("DATABASE_URL", f"sqlite:///{folder}/pilotlight.db")
    typed = "".join(f"{line}\n" for line in mistake.typed)
    return run(folder, mistake.verb, typed=typed, **given)


def named(mistake: Mistake, ran: Ran) -> bool:
    """Whether whoever made it can read what it was and what to do."""
    said = " ".join(ran.said.split())
    warns = mistake.code == "PL-003"
    what = FAULTS[mistake.code][0].split("{")[0].strip()[:30]
    return (ran.code == 1 or warns) and mistake.code in said and mistake.fix in said and what in said


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name.replace(" ", "-"))
def test_a_mistake_is_named_with_its_fix(mistake: Mistake, here: Slack, tmp_path: Path) -> None:
    ran = made(mistake, here, tmp_path, invoked)
    assert named(mistake, ran), ran.said
    for secret in (BOT_TOKEN, SIGNING_SECRET, KEY, OTHER_KEY, "hunter2", APP_TOKEN):
        assert secret not in ran.said
    written = (tmp_path / ".env").read_text(encoding="latin-1") if (tmp_path / ".env").exists() else ""
    assert BOT_TOKEN not in written, "nothing is written before everything is right"


def test_there_are_thirty_and_more() -> None:
    assert len(MISTAKES) >= 30
    assert len({mistake.name for mistake in MISTAKES}) == len(MISTAKES)


def test_a_mistake_can_be_corrected_in_the_same_run(here: Slack, tmp_path: Path) -> None:
    typed = ["1", APP_TOKEN, f'"{BOT_TOKEN}" ', BOT_TOKEN, f"SLACK_APP_TOKEN={APP_TOKEN}", "n", ""]
    ran = invoked(
        tmp_path, "init", typed="".join(f"{line}\n" for line in typed), SLACK_API_URL=here.playground.api_url
    )
    assert ran.code == 0, ran.said
    assert "PL-010" in ran.said and "PL-011" in ran.said
    written = (tmp_path / ".env").read_text()
    assert f"SLACK_BOT_TOKEN={BOT_TOKEN}\nSLACK_APP_TOKEN={APP_TOKEN}\n" in written
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600


def test_the_same_wrong_thing_again_and_again_ends_it(here: Slack, tmp_path: Path) -> None:
    ran = invoked(tmp_path, "init", typed="1\n" + "hello\n" * 9, SLACK_API_URL=here.playground.api_url)
    assert ran.code == 1
    assert ran.said.count("PL-013") == 5  # four times when it was pasted, once as the end
    assert "Nothing was written." in ran.said


def test_an_input_that_ends_is_said(here: Slack, tmp_path: Path) -> None:
    ran = invoked(tmp_path, "init", typed="", SLACK_API_URL=here.playground.api_url)
    assert (ran.code, "PL-080" in ran.said) == (1, True)


def test_two_pastes_and_few_questions(here: Slack, tmp_path: Path) -> None:
    ran = invoked(
        tmp_path, "init", typed=f"\n{BOT_TOKEN}\n{APP_TOKEN}\nn\n\n", SLACK_API_URL=here.playground.api_url
    )
    assert ran.code == 0
    questions = [line for line in ran.said.splitlines() if line.rstrip().endswith(":") and "Paste" in line]
    assert len(questions) == 2
    assert ran.said.count("]: ") + len(questions) <= 12


def test_unattended_it_asks_nothing(here: Slack, tmp_path: Path) -> None:
    ran = invoked(tmp_path, "init", "--yes", SLACK_API_URL=here.playground.api_url, **SET_UP)
    assert ran.code == 0, ran.said
    assert "Paste" not in ran.said
    assert BOT_TOKEN in (tmp_path / ".env").read_text()
    wrong = invoked(
        tmp_path,
        "init",
        "--yes",
        SLACK_API_URL=here.playground.api_url,
        **{**SET_UP, "SLACK_BOT_TOKEN": "xoxp-1"},
    )
    assert (wrong.code, "PL-012" in wrong.said) == (1, True)


def test_what_stands_in_the_file_stays(here: Slack, tmp_path: Path) -> None:
    before = "# ours\nDATABASE_URL=sqlite:///kept.db\nSLACK_BOT_TOKEN=xoxb-old\nHIS=1\n"
    (tmp_path / ".env").write_text(before)
    ran = invoked(
        tmp_path, "init", typed=f"\n{BOT_TOKEN}\n{APP_TOKEN}\nn\n\n", SLACK_API_URL=here.playground.api_url
    )
    assert ran.code == 0, ran.said
    lines = (tmp_path / ".env").read_text().splitlines()
    assert lines[:2] == ["# ours", "DATABASE_URL=sqlite:///kept.db"]
    assert lines[2:4] == [f"SLACK_BOT_TOKEN={BOT_TOKEN}", "HIS=1"]
    assert sum(line.startswith("SLACK_BOT_TOKEN") for line in lines) == 1


@pytest.mark.trial
@pytest.mark.timeout(1200)
def test_all_mistakes_in_processes_of_their_own(tmp_path: Path) -> None:
    missed, began = [], time.monotonic()
    for number, mistake in enumerate(MISTAKES):
        folder = tmp_path / str(number)
        folder.mkdir()
        with slack() as here:
            ran = made(mistake, here, folder, program)
        if not named(mistake, ran):
            missed.append((mistake.name, ran.said))
    print(
        f"{len(MISTAKES) - len(missed)} of {len(MISTAKES)} mistakes named, {time.monotonic() - began:.0f} s"
    )
    assert not missed
