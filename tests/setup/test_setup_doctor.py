"""The check-up: all of it, quickly, with a fix for each finding and no secret in it."""

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.domain.faults import FAULTS, fault, page
from bot.setup import disk
from bot.setup.doctor import CHECKS
from storage.crypto import new_key
from tests.setup.kit import BOT_TOKEN, ROOT, SCOPES, SIGNING_SECRET, Slack, invoked, slack

KEY = new_key()
#: Thirty shapes of secrets, set where a variable takes them or where somebody would put them by mistake.
SECRETS = {
    "SLACK_BOT_TOKEN": ("xoxb-1-2-Sekret0001", "xoxp-1-2-Sekret0002", "xoxe.xoxp-1-Sekret0003", "https://hooks.slack.com/services/T/B/Sekret0004",
                        "Bearer Sekret0005", "eyJhbGciOiJub25lIn0.eyJTZWtyZXQwMDA2Ijox.Sekret0006", "xapp-1-A1-2-Sekret0007"),
    "SLACK_APP_TOKEN": ("xapp-1-A1-2-Sekret0008", "xoxb-Sekret0009", "Sekret0010 Sekret0010", "xoxs-Sekret0011"),
    "SLACK_SIGNING_SECRET": ("5e4e70000000000000000000005e4e12", "Sekret0013", "12345.Sekret0014"),
    "SLACK_CLIENT_SECRET": ("Sekret0015",),
    "PILOTLIGHT_KEYS": ("Sekret0016", KEY[:30] + "Sekret0017", f"{KEY},Sekret0018"),
    "DATABASE_URL": ("postgresql://u:Sekret0019@127.0.0.1:9/d", "postgres://Sekret0020:Sekret0020@127.0.0.1:9/d",
                     "mysql://u:Sekret0021@h/d", "sqlite:////nowhere/Sekret0022?password=Sekret0022"),
    "HEARTBEAT_URL": ("https://u:Sekret0023@127.0.0.1:9/x", "nonsense://Sekret0024"),
    "PUBLIC_URL": ("https://u:Sekret0025@127.0.0.1:9",),
    "TEAMS_APP_PASSWORD": ("Sekret0026~x",),
    "GITHUB_TOKEN": ("ghp_Sekret0027",), "GITHUB_WEBHOOK_SECRET": ("Sekret0028",),
    "GITLAB_TOKEN": ("glpat-Sekret0029",), "PORT": ("Sekret0030",),
}  # fmt: skip


@pytest.fixture(scope="module")
def here() -> Iterator[Slack]:
    with slack() as running:
        yield running


def healthy(here: Slack) -> dict[str, str]:
    return {
        "SLACK_API_URL": here.playground.api_url,
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_APP_TOKEN": here.playground.app_token,
    }


def test_a_healthy_set_up_passes(here: Slack, tmp_path: Path) -> None:
    ran = invoked(tmp_path, "doctor", "--json", **healthy(here))
    told = json.loads(ran.said)
    assert (ran.code, told["ok"]) == (0, True)
    set_up = [check for check in CHECKS if check.part not in ("teams", "signals", "e-mail")]
    assert 20 <= len(set_up) <= 25
    assert len(told["checks"]) == len(set_up), "of what is not set up nothing is said"
    assert {check["state"] for check in told["checks"]} == {"PASS", "WARN"}
    assert all(
        check["fix"] and check["code"] in FAULTS for check in told["checks"] if check["state"] != "PASS"
    )
    said = {check["name"]: check["said"] for check in told["checks"]}
    assert "because SLACK_APP_TOKEN is set" in said["way"]
    assert said["bot token"] == "Acme, as @pilotlight"
    assert not (tmp_path / "pilotlight.db").exists(), "a check-up makes nothing"


def test_slack_that_hangs_does_not_hang_the_check_up(here: Slack, tmp_path: Path) -> None:
    here.playground.faults.slow("*", 30.0, times=None)
    try:
        ran = invoked(tmp_path, "doctor", **healthy(here))
    finally:
        here.playground.faults.clear()
    assert ran.code == 1 and "PL-024" in ran.said


@pytest.mark.trial
@pytest.mark.parametrize("hangs", [0.0, 30.0])
def test_the_check_up_takes_ten_seconds_at_most(hangs: float, here: Slack, tmp_path: Path) -> None:
    if hangs:
        here.playground.faults.slow("*", hangs, times=None)
    try:
        began = time.monotonic()
        invoked(tmp_path, "doctor", **healthy(here))
        took = time.monotonic() - began
    finally:
        here.playground.faults.clear()
    print(f"doctor, Slack {'hanging' if hangs else 'well'}: {took:.1f} s")
    assert took < 10


def test_a_reduced_scope_is_a_warning_where_it_runs_without(here: Slack, tmp_path: Path) -> None:
    here.playground.installation.scopes = set(SCOPES - {"im:history"})
    try:
        ran = invoked(tmp_path, "doctor", **healthy(here))
    finally:
        here.playground.installation.scopes = set(SCOPES)
    assert ran.code == 0 and "WARN  slack · scopes" in ran.said and "PL-028" in ran.said


def test_which_variable_won_is_said(here: Slack, tmp_path: Path) -> None:
    both = {**healthy(here), "SLACK_SIGNING_SECRET": SIGNING_SECRET}
    assert "Socket Mode, because SLACK_APP_TOKEN is set" in invoked(tmp_path, "doctor", **both).said
    assert "HTTP, because SLACK_MODE=http" in invoked(tmp_path, "doctor", **both, SLACK_MODE="http").said


def test_no_secret_is_ever_printed(here: Slack, tmp_path: Path) -> None:
    shapes = [(name, secret) for name, secrets in SECRETS.items() for secret in secrets]
    assert len(shapes) == 30
    # One run for each place in the lists: every variable holds one of its shapes at once.
    for place in range(max(len(secrets) for secrets in SECRETS.values())):
        ours = {name: secrets[place] for name, secrets in SECRETS.items() if place < len(secrets)}
        if place:
            ours.pop("PORT", None)
        for arguments in (
            (("doctor",), ("doctor", "--json"), ("run",)) if place < 2 else (("doctor", "--json"),)
        ):
            ran = invoked(tmp_path, *arguments, SLACK_API_URL=here.playground.api_url, **ours)
            assert ran.code == 1
            leaks = re.findall(r"Sekret\d{4}|5e4e7000|" + re.escape(KEY[:30]), ran.said)
            assert leaks == [], (arguments, leaks)


@pytest.mark.parametrize(
    ("environment", "mounts", "lost"),
    [
        ({}, "/dev/sda / ext4 rw", False),
        ({"DYNO": "web.1"}, "/dev/sda / ext4 rw", True),
        ({"DYNO": "web.1"}, "/dev/sda / ext4 rw\n/dev/sdb /srv ext4 rw", False),
        ({"RENDER": "true"}, "overlay / overlay rw", True),
        ({"RENDER": "true"}, "overlay / overlay rw\n/dev/sdb /srv/data ext4 rw", False),
        ({"RAILWAY_ENVIRONMENT": "x", "RAILWAY_VOLUME_MOUNT_PATH": "/srv"}, "overlay / overlay rw", False),
        ({"FLY_APP_NAME": "x"}, "/dev/vda / ext4 rw", True),
        ({"K_SERVICE": "x"}, "none / overlay rw\nnone /srv tmpfs rw", True),
        ({}, "/dev/sda / ext4 rw\ntmpfs /srv tmpfs rw", True),
        ({}, "", False),
    ],
)
def test_a_disk_that_vanishes_is_seen(environment: dict[str, str], mounts: str, lost: bool) -> None:
    found = disk.vanishing("sqlite:////srv/data/pilotlight.db", environment, mounts)
    assert (found is not None) == lost
    assert disk.vanishing("postgresql://h/d", environment, mounts) is None
    assert disk.vanishing("sqlite://", environment, mounts) is None
    if found is not None:
        assert found.code == "PL-042" and len(found.what.splitlines()) == 1


def test_a_container_without_a_volume_is_said() -> None:
    url = "sqlite:////srv/pilotlight.db"
    contained = disk.in_container(url, "overlay / overlay rw")
    assert contained is not None and contained.code == "PL-047"
    assert disk.in_container(url, "overlay / overlay rw\n/dev/sdb /srv ext4 rw") is None


# Codes


def test_the_page_of_errors_is_the_table() -> None:
    written = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    assert written == page()
    assert all(f"\n## {code}\n" in written for code in FAULTS)


def test_every_code_in_the_program_is_in_the_table_and_every_one_in_the_table_is_used() -> None:
    used: set[str] = set()
    for folder in ("bot", "storage"):
        for path in (ROOT / folder).rglob("*.py"):
            if path.name != "faults.py":
                used |= set(re.findall(r"PL-\d{3}", path.read_text(encoding="utf-8")))
    assert used == set(FAULTS)


@pytest.mark.parametrize("code", FAULTS)
def test_a_sentence_says_one_thing_and_the_fix_is_one_to_do(code: str) -> None:
    what, fix = FAULTS[code]
    assert re.fullmatch(r"PL-\d{3}", code)
    for sentence in (what, fix):
        assert sentence == sentence.strip() and "!" not in sentence and len(sentence) < 220
    assert what.endswith((".", "}")) and what[0].isupper() | (what[0] == "{")
    names = set(re.findall(r"{(\w+)}", what + fix))
    told = fault(code, **dict.fromkeys(names, "x"))
    assert "{" not in told.what + told.fix
