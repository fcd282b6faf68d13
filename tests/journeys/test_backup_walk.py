"""D25: a copy is taken while the program works, the machine is lost, the copy is put back elsewhere: nothing comes twice."""

import random
import threading
from datetime import date, time, timedelta
from pathlib import Path

import pytest

from bot.app import build, configured
from bot.domain.people import Address, Person, Platform
from bot.messages.model import dump
from bot.messages.replies import line
from bot.services import restoring
from storage import audit, backup, outbox, people, workspaces
from storage.database import Connection, Database
from tests.journeys.kit import House, house

QUIET = lambda _: None  # noqa: E731 - nobody looks on


def copied(home: House, to: Path) -> int:
    return backup.save(home.app.settings.database_url, to, QUIET)


def put_back(home: House, copy: Path, to: Path) -> restoring.PutBack:
    """The copy becomes the database of the house; the one before is gone."""
    found: list[restoring.PutBack] = []

    def mend(database: Database) -> None:
        database.migrate()
        found.append(database.write_now(lambda conn: restoring.put_back(conn, home.clock())))

    backup.put_back(f"sqlite:///{to}", copy, mend, QUIET)
    old = home.app.settings
    settings = configured(
        database_url=f"sqlite:///{to}",
        slack_bot_token=old.slack_bot_token.get_secret_value() if old.slack_bot_token else "",
        slack_signing_secret=old.slack_signing_secret.get_secret_value() if old.slack_signing_secret else "",
        slack_api_url=old.slack_api_url,
        pilotlight_settle=1,
    )
    home.app = build(settings, clock=home.clock, database=Database(settings.database_url), patience=30.0)
    return found[0]


async def gone(home: House) -> None:
    """Ends the program on the second machine."""
    await home.app.close()
    home.app.database.close()


@pytest.mark.parametrize("lost", ["nudge", "digest"])
async def test_what_was_sent_after_the_copy_is_not_sent_again(lost: str, tmp_path: Path) -> None:
    """Each night a copy; the machine dies right after it sent what the last copy does not know."""
    async with house(tmp_path) as home:
        await home.register()
        copy, who = tmp_path / "night.copy", "alice" if lost == "nudge" else "#leadership"
        day = date(2027, 3, 1)
        while True:
            day += timedelta(days=1)
            await home.at(day, time(1))
            copy.unlink(missing_ok=True)
            copied(home, copy)
            await home.at(day, time(11))
            came = home.slack.ledger.untaken(who)
            home.slack.ledger.mark(home.slack.ledger.untaken())
            if came:
                break
            assert day < date(2027, 5, 1), "nothing came in two months"
        done = put_back(home, copy, tmp_path / "elsewhere.db")
        assert done.workspaces == 1
        assert done.held >= 1
        for minutes in (1, 5, 60, 240):
            home.clock.advance(minutes=minutes)
            await home.app.tasks.all_due()
        assert home.slack.ledger.untaken(who) == [], "the same day: nothing is said twice"
        home.slack.ledger.mark(home.slack.ledger.untaken())
        await home.at(day + timedelta(days=1), time(11))
        if lost == "nudge":
            assert len(home.slack.ledger.take_all("alice")) == 1, (
                "the next day the question is asked anew, once"
            )
        home.slack.ledger.mark(home.slack.ledger.untaken())
        assert home.app.database.read_now(lambda conn: audit.check(conn, home.workspace_id)).whole
        await gone(home)


@pytest.mark.parametrize(
    "n", [pytest.param(2), pytest.param(20, marks=[pytest.mark.trial, pytest.mark.timeout(1200)])]
)
async def test_d25_copies_taken_while_messages_go_out(n: int, tmp_path: Path) -> None:
    chance = random.Random(25)
    lost = twice = again = 0
    for number in range(n):
        folder = tmp_path / str(number)
        folder.mkdir()
        async with house(folder) as home:
            keys = home.app.database.write_now(lambda conn: _crowd(conn, home, 30))
            # Some went out before the copy, some go out while it is taken, some after it.
            taking = threading.Timer(chance.uniform(0, 0.15), copied, (home, folder / "a.copy"))
            taking.start()
            await home.app.tasks.deliver()
            taking.join()
            home.clock.advance(seconds=2)
            await home.app.tasks.deliver()
            again += len(home.slack.ledger.untaken())
            done = put_back(home, folder / "a.copy", folder / "elsewhere.db")
            for _ in range(6):
                home.clock.advance(seconds=30)
                await home.app.tasks.deliver()
            posted = [_key(message.metadata) for message in home.slack.ledger.untaken()]
            lost += len(set(keys) - set(posted))
            twice += len(posted) - len(set(posted))
            assert home.app.database.read_now(outbox.standing) == {}, done
            home.slack.ledger.mark(home.slack.ledger.untaken())
            await gone(home)
    print(f"D25: {n} copies put back, {again} messages out by then, {lost} lost, {twice} twice (seed 25)")
    assert (lost, twice) == (0, 0)


def _key(metadata: object) -> str:
    assert isinstance(metadata, dict)
    return str(metadata["event_payload"]["key"])


def _crowd(conn: Connection, home: House, count: int) -> list[str]:
    """As many people with a message each, all due now."""
    now, keys = home.clock(), []
    slack = home.slack.workspace
    for number in range(count):
        user = slack.add_user(name=f"crowd{number}", tz="Europe/Berlin")
        there = Address(platform=Platform.SLACK, workspace=slack.team_id, user=user.id)
        person = Person(id=f"c{number}", name=f"Crowd {number}", addresses=(there,))
        people.add(conn, home.workspace_id, person, now)
        key = f"notice:d25:{number}"
        outbox.add(
            conn, home.workspace_id, key=key, kind="notice", content=dump(line(f"Number {number}.")), now=now,
            person_id=person.id, platform="slack", external_id=slack.team_id,
            not_before=now - timedelta(minutes=number),
        )  # fmt: skip
        keys.append(key)
    workspaces.set_digest_at(conn, home.workspace_id, now + timedelta(days=6))
    return keys
