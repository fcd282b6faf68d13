"""What the environment and `.env` say, read in one place; what is wrong with it, in words for people."""

import re
from pathlib import Path

import pytest

from bot.settings import Settings, look
from tests.setup.kit import BOT_TOKEN, ROOT, SIGNING_SECRET


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without `.env`, and none of our names in the environment."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def test_a_name_without_a_value_decides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A template's `SLACK_APP_TOKEN=` must not switch Socket Mode on."""
    for name, value in (
        ("SLACK_BOT_TOKEN", BOT_TOKEN),
        ("SLACK_SIGNING_SECRET", SIGNING_SECRET),
        ("SLACK_APP_TOKEN", ""),
        ("SLACK_CLIENT_ID", ""),
        ("DATABASE_URL", ""),
        ("PORT", ""),
    ):
        monkeypatch.setenv(name, value)
    settings, wrong = look()
    assert settings is not None and not wrong
    assert (settings.slack_way, settings.slack_oauth) == ("http", False)
    assert (settings.database_url, settings.port) == ("sqlite:///pilotlight.db", 8000)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PORT", "eighty", "PORT cannot be read: it takes a whole number."),
        ("PORT", "99999", "PORT cannot be read: it takes 65535 or less."),
        ("PILOTLIGHT_SETTLE", "soon", "PILOTLIGHT_SETTLE cannot be read: it takes a number."),
        ("PILOTLIGHT_SETTLE", "-1", "PILOTLIGHT_SETTLE cannot be read: it takes 0.0 or more."),
        ("SLACK_MODE", "sockets", "SLACK_MODE cannot be read: it takes socket or http."),
        ("TEAMS_PLAYGROUND", "perhaps", "TEAMS_PLAYGROUND cannot be read: it takes 1 or 0."),
        ("PUBLIC_URL", "pilots", "PUBLIC_URL cannot be read: it takes an address like https://pilotlight.example.com."),
        ("SLACK_APP_TOKN", "x", "SLACK_APP_TOKN is not a setting: did you mean SLACK_APP_TOKEN?"),
        ("SLACK_COLOUR", "x", "SLACK_COLOUR is not a setting; docs/settings.md lists them all."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_words(
    name: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    _, wrong = look()
    assert [one.what for one in wrong] == [said]


def test_a_misspelt_name_without_our_prefix_is_seen_in_the_file_that_is_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URI", "mysql://somebody-else's")  # the environment is everybody's
    assert look()[1] == []
    (tmp_path / ".env").write_text("PUBLC_URL=https://pilots.acme.example\nHIS=1\n")
    [wrong] = look()[1]
    assert wrong.what == "PUBLC_URL is not a setting: did you mean PUBLIC_URL?"


def test_the_page_lists_every_setting_and_no_other() -> None:
    page = (ROOT / "docs" / "settings.md").read_text("utf-8")
    rows = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `")]
    assert {name for row in rows for name in re.findall(r"`([A-Z_]+)`", row)} == {
        name.upper() for name in Settings.model_fields
    }
