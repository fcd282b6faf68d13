"""The quiet start begins when the first platform is there to be written on: whatever was imported before, and once."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.people import Platform
from bot.services import installing, mail
from bot.services.installing import QUIET_START
from storage import workspaces
from storage.database import Connection
from tests.storage.kit import NOW
from tests.storage.template import migrated


def until(conn: Connection) -> object:
    found = workspaces.get(conn, installing.FIRST)
    assert found is not None
    return found.quiet_until


def came(conn: Connection, platform: Platform, after: timedelta) -> None:
    installing.installed(conn, platform, "T1", name="Acme", bot_user="U1", now=NOW + after)


@pytest.mark.parametrize("mails", [False, True])
def test_the_first_platform_begins_quietly_and_no_other_does(tmp_path: Path, mails: bool) -> None:
    database = migrated(tmp_path / "quiet.db")

    def walk(conn: Connection) -> None:
        installing.first_workspace(conn, NOW)  # as an import makes it
        mail.enlist_everywhere(conn, NOW, on=mails)
        assert until(conn) is None
        came(conn, Platform.SLACK, timedelta(hours=1))
        assert until(conn) == NOW + timedelta(hours=1) + QUIET_START
        came(conn, Platform.SLACK, timedelta(hours=2))  # each start asks Slack anew
        assert until(conn) == NOW + timedelta(hours=1) + QUIET_START
        workspaces.set_quiet_until(conn, installing.FIRST, None)  # Go live
        came(conn, Platform.SLACK, timedelta(hours=3))
        came(conn, Platform.TEAMS, timedelta(hours=4))
        assert until(conn) is None

    database.write_now(walk)
    database.close()


def test_a_quiet_start_that_runs_already_is_not_prolonged(tmp_path: Path) -> None:
    database = migrated(tmp_path / "quiet.db")

    def walk(conn: Connection) -> None:
        installing.open_claim(conn, code="12345678", now=NOW)
        came(conn, Platform.SLACK, timedelta(minutes=5))
        assert until(conn) == NOW + QUIET_START

    database.write_now(walk)
    database.close()
