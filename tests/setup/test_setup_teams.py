"""Teams from the command line: the check-up says one line each, the set-up writes what was typed and never shows the secret."""

import json
from pathlib import Path

from tests.setup.kit import invoked

APP, TENANT = "00000000-0000-0000-0000-0000000000ab", "00000000-0000-0000-0000-000000000001"
SECRET = "abc~secretvalue123-abcdefghijk"
#: Nothing answers there: what is looked at outside fails at once.
NOWHERE = "http://127.0.0.1:9/token"


def test_the_check_up_speaks_of_teams_only_where_it_is_set_up(tmp_path: Path) -> None:
    told = json.loads(invoked(tmp_path, "doctor", "--json").said)
    assert not [check for check in told["checks"] if check["part"] == "teams"]


def test_each_line_about_teams_says_what_was_seen_and_what_mends_it(tmp_path: Path) -> None:
    ran = invoked(
        tmp_path,
        "doctor",
        "--json",
        TEAMS_APP_ID=APP,
        TEAMS_TENANT_ID=TENANT,
        TEAMS_APP_PASSWORD=SECRET,
        TEAMS_TOKEN_URL=NOWHERE,
        PUBLIC_URL="https://pilotlight.invalid",
    )
    found = {check["name"]: check for check in json.loads(ran.said)["checks"] if check["part"] == "teams"}
    assert ran.code == 1
    assert SECRET not in ran.said
    assert (
        found["settings"]["state"]
        == found["playground"]["state"]
        == found["service hosts"]["state"]
        == "PASS"
    )
    assert found["token"]["state"] == found["endpoint"]["state"] == "FAIL"
    assert all(check["fix"] for check in found.values() if check["state"] == "FAIL")
    assert not any("broke" in check["said"] for check in found.values())


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    ran = invoked(tmp_path, "doctor", "--json", TEAMS_APP_ID=APP)
    found = {check["name"]: check for check in json.loads(ran.said)["checks"] if check["part"] == "teams"}
    assert found["settings"]["said"] == "TEAMS_TENANT_ID, TEAMS_APP_PASSWORD not set"
    assert found["settings"]["fix"] == "pilotlight init --teams"


def test_the_set_up_by_hand_writes_what_was_typed(tmp_path: Path) -> None:
    typed = f"https://pilotlight.example\n{APP}\n{TENANT}\n{SECRET}\n"
    ran = invoked(tmp_path, "init", "--teams", typed=typed, PATH="/nowhere")
    assert ran.code == 0, ran.said
    written = tmp_path / ".env"
    assert written.stat().st_mode & 0o777 == 0o600
    lines = written.read_text(encoding="utf-8")
    assert f"TEAMS_APP_ID={APP}" in lines
    assert SECRET in lines


def test_an_input_that_ends_too_early_is_said_and_nothing_is_written(tmp_path: Path) -> None:
    ran = invoked(tmp_path, "init", "--teams", typed="https://pilotlight.example\n", PATH="/nowhere")
    assert ran.code == 1
    assert "ended before everything was answered" in ran.said
    assert not (tmp_path / ".env").exists()
