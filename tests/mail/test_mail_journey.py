"""Somebody without an account: asked by e-mail as everybody is asked in chat, never twice, and in chat once they are there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from bot.app import App, build, configured
from bot.domain.people import Address, Person, Platform
from bot.services import mail
from bot.services.places import address_of
from storage import asks, outbox, people
from storage.database import Connection
from tests.mail.kit import Post, mail_server
from tests.mail.test_mail_chat import FROM, text_in
from tests.services.kit import ADA, MONDAY, SAM, WORKSPACE, Office, office, pilot

pytest.importorskip("aiosmtplib", reason="the extra email is not installed")

MARA = Person(id="mara", handle="mara.lindqvist", name="Mara Lindqvist", email="mara@example.com")


@asynccontextmanager
async def company(folder: Path) -> AsyncIterator[tuple[Office, App, Post]]:
    """Mara owns a pilot that has been silent for four weeks; nobody has matched her to an account."""
    async with mail_server() as post:
        here = office(folder, pilot("P01", owner=MARA, backup=None, sponsor=SAM), crew=(MARA, SAM, ADA))
        settings = configured(
            database_url=f"sqlite:///{here.path}",
            smtp_url=f"smtp://127.0.0.1:{post.port}",
            smtp_from=FROM,
        )
        app = build(settings, clock=lambda: here.now, database=here.database)
        try:
            yield here, app, post
        finally:
            here.database.close()


async def day(here: Office, app: App, number: int = 0, *clocks: str) -> None:
    for clock in clocks or ("00:10", "09:30", "10:30"):
        here.at(MONDAY + timedelta(days=number), clock)
        await app.tasks.all_due()


def rows(here: Office) -> list[outbox.OutboxRow]:
    return [row for row in here.rows("nudge") if row.person_id == "mara"]


async def test_whom_no_chat_reaches_is_asked_by_mail(tmp_path: Path) -> None:
    async with company(tmp_path) as (here, app, post):
        await day(here, app)
        [made] = [one for one in post.kept if one["X-To"] == MARA.email]
        assert "Pilot P01" in made["Subject"] + text_in(made)
        assert "28" not in made["Message-ID"] and [row.state for row in rows(here)] == ["sent"]
        await day(here, app, 1)
        assert len([one for one in post.kept if one["X-To"] == MARA.email]) == 1, "no more often than in chat"
        still = here.database.read_now(lambda conn: people.without_address(conn, WORKSPACE))
        assert [one.id for one in still] == ["mara"], "the admin is still asked to match her"


@pytest.mark.parametrize("cut", ["before", "after"])
async def test_what_may_have_arrived_is_never_sent_again_under_its_key(cut: str, tmp_path: Path) -> None:
    async with company(tmp_path) as (here, app, post):
        post.cut = cut
        await day(here, app)
        post.cut = ""
        await day(here, app, 0, "10:40", "11:00", "13:00")
        [row] = rows(here)
        assert row.state == "unverified"
        assert len([one for one in post.kept if one["X-To"] == MARA.email]) == (1 if cut == "after" else 0)
        waiting = here.database.read_now(lambda conn: asks.waiting(conn, WORKSPACE, "mara"))
        assert waiting, "asked anew at the next look"


async def test_an_unknown_mailbox_is_told_and_the_next_in_line_is_asked(tmp_path: Path) -> None:
    async with company(tmp_path) as (here, app, post):
        post.rcpt = "550 5.1.1 nobody here"
        await day(here, app)
        [row] = rows(here)
        assert row.state == "failed"
        assert post.kept == []
        found = here.database.read_now(lambda conn: people.get(conn, WORKSPACE, "mara"))
        assert found is not None and found.out_of_reach


async def test_chat_comes_first_and_a_chat_that_refuses_leaves_mail(tmp_path: Path) -> None:
    async with company(tmp_path) as (here, _, _):
        slack = Address(platform=Platform.SLACK, workspace="T1", user="UMARA")

        def reached(conn: Connection) -> Platform | None:
            found = people.get(conn, WORKSPACE, "mara")
            there = address_of(found) if found is not None else None
            return there.platform if there is not None else None

        here.write(lambda conn: mail.enlist(conn, WORKSPACE, here.now, on=True))
        assert here.database.read_now(reached) is Platform.EMAIL
        here.write(lambda conn: people.add_address(conn, WORKSPACE, "mara", slack, here.now))
        assert here.write(lambda conn: mail.enlist(conn, WORKSPACE, here.now, on=True)) == 0
        assert here.database.read_now(reached) is Platform.SLACK
        here.write(lambda conn: people.touch_address(conn, WORKSPACE, slack, trouble="403"))
        assert here.database.read_now(reached) is Platform.EMAIL
        assert here.write(lambda conn: mail.enlist(conn, WORKSPACE, here.now, on=False)) == 1
        assert here.database.read_now(reached) is None


async def test_without_its_settings_there_is_no_mail(tmp_path: Path) -> None:
    async with company(tmp_path) as (here, _, post):
        off = build(
            configured(database_url=f"sqlite:///{here.path}"), clock=lambda: here.now, database=here.database
        )
        assert Platform.EMAIL not in off.chats
        await day(here, off)
        assert post.kept == [] and rows(here) == []
