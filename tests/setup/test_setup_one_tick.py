"""One tick and out, at a moment of somebody's choosing; and addresses that no forge can have."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.app import build, configured
from bot.setup.checks.ground import Ground, State
from bot.setup.checks.work import asked
from bot.setup.process import rehearse, tick_once
from bot.signals.asking import PARTLY
from storage import repositories, workspaces
from storage.database import Connection, Database
from storage.workspaces import Settings, Workspace
from tests.storage.template import migrated

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
UNTIL = NOW + timedelta(hours=48)


def _database(folder: Path) -> Database:
    return migrated(folder / "pilotlight.db")


def _quiet(conn: Connection) -> None:
    workspaces.add(
        conn, Workspace(id="w", name="Acme", settings=Settings(), created_at=NOW, quiet_until=UNTIL)
    )


@pytest.mark.parametrize("dry_run", [False, True])
@pytest.mark.parametrize("at", [NOW, UNTIL + timedelta(days=3)])
def test_a_tick_at_a_moment_leaves_the_quiet_start_as_it_was(
    tmp_path: Path, at: datetime, dry_run: bool
) -> None:
    database = _database(tmp_path)
    database.write_now(_quiet)
    app = build(configured(), clock=lambda: NOW, database=database)
    if dry_run:
        rehearse(app, at)
    else:
        tick_once(app, at)
    database = _database(tmp_path)
    found = database.read_now(lambda conn: workspaces.get(conn, "w"))
    database.close()
    assert found is not None
    assert found.quiet_until == UNTIL


@pytest.mark.parametrize("name", ["github_api_url", "gitlab_api_url"])
@pytest.mark.parametrize(
    "value",
    [
        "",
        "git.example.com",
        "ftp://git.example.com",
        "https://",
        "https://git.example.com:eight",
        "http://[::1",
        "https://h/?a=b",
    ],
)
def test_an_address_that_no_forge_has_is_told_in_a_sentence(name: str, value: str) -> None:
    with pytest.raises(ValidationError, match="the address of its interface, like https://HOST/api/v3"):
        configured(**{name: value})


async def test_doctor_says_which_repository_does_not_answer(tmp_path: Path) -> None:
    database = _database(tmp_path)
    ground = Ground(
        settings=configured(database_url=f"sqlite:///{tmp_path / 'pilotlight.db'}"),
        faults=[],
        dotenv={},
        environment={},
        clock=lambda: NOW,
        database=database,
    )

    def follow(conn: Connection) -> None:
        _quiet(conn)
        repositories.follow(conn, "w", {"github.com/acme/x": "github.com"}, NOW)

    database.write_now(follow)
    assert (await asked(ground)).state is State.PASS

    def refused(conn: Connection) -> None:
        why = "404: not there, or not for this token"
        repositories.asked(
            conn, "w", "github.com/acme/x", memory={}, now=NOW, again_at=UNTIL, failures=1, problem=why
        )

    def partly(conn: Connection) -> None:
        repositories.asked(
            conn, "w", "github.com/acme/x", memory={}, now=NOW, again_at=UNTIL, failures=0, problem=PARTLY
        )

    database.write_now(partly)
    found = await asked(ground)
    assert (found.state, found.code) == (State.WARN, "PL-059")

    database.write_now(refused)
    found = await asked(ground)
    database.close()
    assert (found.state, found.code) == (State.WARN, "PL-065")
    assert "github.com/acme/x (404: not there, or not for this token)" in found.said
