"""Sponsors' and owners' editions: once a week, in the day's one message or alone, never empty, never stale, never early."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.domain import commands
from bot.domain.people import Address, Platform
from bot.messages.model import Buttons, Press
from storage import outbox, record, workspaces
from storage.database import Connection
from storage.outbox import OutboxRow
from tests.services.kit import (
    ADA,
    ALICE,
    MONDAY,
    SAM,
    WORKSPACE,
    Office,
    message,
    of,
    office,
    pilot,
    somebody,
    told,
    word,
)

FRIDAY = MONDAY + timedelta(days=4)
NEXT = MONDAY + timedelta(days=7)
DAY = timedelta(days=1)


def _editions(rows: list[OutboxRow]) -> list[str]:
    return [row.key for row in rows if row.kind == "digest" and row.person_id]


def _presses(row: OutboxRow) -> list[Press]:
    parts = [part for section in message(row).sections for part in section.parts if isinstance(part, Buttons)]
    return [button.press for part in parts for button in part.buttons]


@pytest.fixture
def lively(tmp_path: Path) -> Office:
    """One pilot with a gate passed on Wednesday and a word on Thursday: worth reading, nothing to ask."""
    gate = word(MONDAY + 2 * DAY, "gate", None, "G3 passed")
    return office(tmp_path, pilot(), words={"P01": [word(MONDAY), gate, word(MONDAY + 3 * DAY, value="8.8")]})


def test_owners_read_on_friday_and_sponsors_on_monday_each_once(lively: Office) -> None:
    sent = lively.days(MONDAY + DAY, NEXT, "00:10", "09:29", "09:30", "09:31", "10:00", "10:01", "14:00")

    rows = {row.key: row for row in sent if row.kind == "digest"}
    assert {key: row.sent_at for key, row in rows.items()} == {
        "digest:owner:alice:2026-W46": lively.at(FRIDAY, "09:30").now,
        "digest:leadership:C1:2026-W47": lively.at(NEXT, "10:00").now,
        "digest:sponsor:sam:2026-W47": lively.at(NEXT, "10:00").now,
    }
    owner, sponsor = rows["digest:owner:alice:2026-W46"], rows["digest:sponsor:sam:2026-W47"]
    assert "Leadership reads on 16 Nov 2026 about your pilot" in told(owner)
    assert "Only the pilots that you sponsor" in told(sponsor)
    assert lively.at(NEXT, "10:01").tick() == []


def test_the_owner_corrects_a_fact_from_the_edition_itself(lively: Office) -> None:
    [owner] = of(lively.days(MONDAY + DAY, FRIDAY), "alice", "digest")
    corrects = [press for press in _presses(owner) if press.args.get("text") == "checkin P01"]

    reply = lively.does(ALICE, commands.Pressed(verb=corrects[0].verb, args=corrects[0].args))

    assert reply.form is not None
    assert "Pilot P01" in reply.form.title or "Pilot P01" in str(reply.form)
    full = next(press for press in _presses(owner) if press.verb == "edition")
    mine = lively.does(ALICE, commands.Pressed(verb=full.verb, args=full.args)).message
    assert mine is not None
    assert "about your pilot" in mine.headline


def test_where_somebody_is_asked_that_day_the_edition_is_one_line_of_it(tmp_path: Path) -> None:
    """Silent for four weeks: on Friday the owner is asked, and reads in the same message."""
    home = office(tmp_path, pilot(), words={"P01": [word(FRIDAY - 28 * DAY)]}, start=FRIDAY)
    friday = home.days(FRIDAY, FRIDAY, "00:10", "09:30", "09:31", "11:00")

    [asked] = of(friday, "alice")
    assert asked.kind == "nudge"
    assert "Leadership reads on 16 Nov 2026" in told(asked)
    assert Press("edition", {"edition": "owner"}) in _presses(asked)
    [edition] = [row for row in home.rows("digest") if row.person_id == "alice"]
    assert (edition.key, edition.state, edition.charged_on) == (
        "digest:owner:alice:2026-W46",
        "dropped",
        None,
    )
    assert edition.error == f"rides in nudge:alice:{FRIDAY}"
    assert home.days(FRIDAY, FRIDAY, "12:00", "14:00") == []


def test_an_edition_alone_is_the_days_message_and_none_of_the_weeks_three(lively: Office) -> None:
    """Three questions were told this week: nothing may be asked on Friday, yet the edition goes."""

    def charge(conn: Connection) -> None:
        for count in range(3):
            day = MONDAY + count * DAY
            row = outbox.add(conn, WORKSPACE, key=f"nudge:alice:{day}", kind="nudge", content="{}", now=lively.now, person_id="alice", platform="slack", external_id="T1", charged_on=day, not_before=lively.now + 90 * DAY)  # fmt: skip
            assert row

    lively.write(charge)
    [alone] = of(lively.days(MONDAY + 3 * DAY, FRIDAY), "alice")
    assert alone.key == "digest:owner:alice:2026-W46"
    assert alone.charged_on == FRIDAY

    two = lively.database.read_now(lambda conn: outbox.charged(conn, WORKSPACE, "alice", MONDAY, FRIDAY))
    assert [kind for _, kind in two] == ["nudge", "nudge", "nudge", "digest"]


def test_whoever_had_the_days_message_reads_the_edition_on_the_next_working_day(lively: Office) -> None:
    """A sponsor's message of Monday went out before the digest: Tuesday is soon enough, Wednesday would be stale."""

    def charge(conn: Connection) -> None:
        outbox.add(conn, WORKSPACE, key=f"nudge:sam:{NEXT}", kind="nudge", content="{}", now=lively.now, person_id="sam", platform="slack", external_id="T1", charged_on=NEXT, not_before=lively.now + 90 * DAY)  # fmt: skip

    lively.days(MONDAY, NEXT - DAY)
    lively.write(charge)
    sent = lively.days(NEXT, NEXT + 2 * DAY)
    assert [(row.key, row.sent_at) for row in of(sent, "sam")] == [
        ("digest:sponsor:sam:2026-W47", lively.at(NEXT + DAY, "09:30").now)
    ]


@pytest.mark.parametrize(
    ("story", "holidays", "owners_on", "leadership_on"),
    [
        ("a plain week", (), FRIDAY, NEXT),
        ("Friday is a holiday", (FRIDAY,), FRIDAY - DAY, NEXT),
        ("Monday is a holiday", (NEXT,), FRIDAY, NEXT + DAY),
        ("both are", (FRIDAY, NEXT), FRIDAY - DAY, NEXT + DAY),
    ],
)
def test_a_holiday_moves_the_digest_on_and_the_owners_edition_back(
    tmp_path: Path, story: str, holidays: tuple[date, ...], owners_on: date, leadership_on: date
) -> None:
    gate = word(MONDAY + DAY, "gate", None, "G3 passed")
    its = [word(MONDAY), gate, word(MONDAY + 2 * DAY, value="8.8")]
    home = office(tmp_path, pilot(), words={"P01": its}, holidays=holidays)
    sent = home.days(MONDAY + DAY, NEXT + 2 * DAY)
    days = {row.key.split(":")[1]: row.sent_at.date() for row in sent if row.kind == "digest" and row.sent_at}
    assert (days["owner"], days["leadership"]) == (owners_on, leadership_on), story
    owner = next(row for row in sent if row.key.startswith("digest:owner"))
    assert f"Leadership reads on {leadership_on.day} Nov 2026" in told(owner)


def test_nobody_gets_an_edition_in_which_nothing_happened(tmp_path: Path) -> None:
    home = office(
        tmp_path, pilot(), words={"P01": [word(MONDAY - DAY), word(MONDAY + DAY, text="second hall")]}
    )
    sent = home.days(MONDAY + DAY, NEXT)
    assert _editions(sent) == []
    [leadership] = [row for row in sent if row.kind == "digest"]
    assert told(leadership).startswith("A quiet week: no decision waits")
    assert len(told(leadership).split("\n")) == 2


def test_in_the_quiet_start_nobody_but_the_admin_reads_anything(lively: Office) -> None:
    until = lively.at(NEXT + 2 * DAY, "12:00").now
    lively.write(lambda conn: workspaces.set_quiet_until(conn, WORKSPACE, until))
    sent = lively.days(MONDAY + DAY, NEXT + DAY)
    assert [(row.key, row.person_id) for row in sent] == [("digest:leadership:ada:2026-W47", "ada")]


def test_after_thirty_six_hours_an_edition_is_never_sent_as_new(lively: Office) -> None:
    """The host was down from Thursday to Tuesday night: the week's editions are left out, the admin hears so, the next ones come."""
    lively.days(MONDAY, MONDAY + 3 * DAY)
    assert [row.key for row in lively.at(NEXT + DAY, "22:01").tick()] == [f"notice:late digest:ada:{NEXT}"]
    assert _editions(lively.days(NEXT + 2 * DAY, NEXT + 3 * DAY)) == []


def test_a_late_digest_says_so(lively: Office) -> None:
    lively.days(MONDAY, MONDAY + 3 * DAY)
    sent = lively.at(NEXT, "16:00").tick()
    leadership = next(row for row in sent if row.key.startswith("digest:leadership"))
    assert "Late: it was due on Monday, 16 Nov 2026" in told(leadership)


def test_what_could_not_be_looked_at_is_said(lively: Office) -> None:
    """People were last told of on Monday a week ago, and the look stands still."""
    from bot.services import digests

    lively.at(NEXT, "10:00")
    lively.write(lambda conn: workspaces.set_people_at(conn, WORKSPACE, lively.at(MONDAY, "09:00").now))
    lively.at(NEXT, "10:00")
    made = lively.database.read_now(lambda conn: digests.edition_of(conn, lively.workspace(), lively.now))
    assert made.missing == (
        "today's look at 1 pilot, which is late",
        "who joined or left since 9 Nov 2026, because the platform does not answer",
    )


def test_what_changed_is_told_against_what_was_really_told_a_week_ago(lively: Office) -> None:
    """The decision of last Monday was written into the record later, with an earlier date: what was told stays told."""
    first = next(row for row in lively.days(MONDAY - DAY, NEXT) if row.key == "digest:leadership:C1:2026-W47")
    assert "1 pilot, and it is on pace." in told(first)
    back_dated = word(NEXT - 3 * DAY, "gate", None, "G4 passed")
    lively.write(lambda conn: record.append_entry(conn, WORKSPACE, "P01", back_dated, lively.now, "slack"))

    sent = lively.days(NEXT + DAY, NEXT + 7 * DAY)

    second = next(row for row in sent if row.key == "digest:leadership:C1:2026-W48")
    assert "Since last week: +1 gate" in told(second)


def test_the_reader_of_leaderships_edition_gets_no_second_one(tmp_path: Path) -> None:
    gate = word(MONDAY + 2 * DAY, "gate", None, "G3 passed")
    home = office(
        tmp_path,
        pilot(sponsor=ADA),
        words={"P01": [word(MONDAY), gate, word(MONDAY + 3 * DAY, value="8.8")]},
        digest_channel="",
    )
    sent = home.days(NEXT, NEXT)
    assert [row.key for row in sent] == ["digest:leadership:ada:2026-W47"]


def test_each_reads_in_their_own_hours(tmp_path: Path) -> None:
    """An owner in Sydney reads on Friday there; a sponsor in New York on Monday at ten there."""
    sydney, york = somebody("alice", "Australia/Sydney"), somebody("sam", "America/New_York")
    gate = word(MONDAY + DAY, "gate", None, "G3 passed")
    home = office(
        tmp_path,
        pilot(owner=sydney, sponsor=york),
        words={"P01": [word(MONDAY), gate, word(MONDAY + 2 * DAY, value="8.8")]},
        crew=(sydney, york, ADA),
    )
    hours = ("00:10", "10:00", "15:59", "16:00", "23:29", "23:30")
    sent = [row for row in home.days(MONDAY, NEXT, *hours) if row.key.endswith(("W46", "W47"))]
    sent = [row for row in sent if "sponsor:sam:2026-W46" not in row.key]
    assert [row.sent_at for row in of(sent, "alice", "digest")] == [
        home.at(FRIDAY, "09:30", zone="Australia/Sydney").now
    ]
    assert [row.sent_at for row in of(sent, "sam", "digest")] == [
        home.at(NEXT, "10:00", zone="America/New_York").now
    ]


def test_the_sponsors_buttons_show_the_sponsors_own(tmp_path: Path) -> None:
    """Somebody else's pilot is in the channel's list and not in Sam's."""
    its = {"P01": [word(FRIDAY - 28 * DAY)], "P02": [word(FRIDAY - 28 * DAY)]}
    home = office(tmp_path, pilot(), pilot("P02", sponsor=ADA), words=its)
    home.days(MONDAY, NEXT)
    mine = home.does(
        SAM, commands.Pressed(verb="edition", args={"edition": "sponsor", "part": "full"})
    ).message
    assert mine is not None
    assert "Pilot P01" in str(mine)
    assert "Pilot P02" not in str(mine)


def test_teams_gets_the_same(tmp_path: Path) -> None:
    there = (Address(platform=Platform.TEAMS, workspace="tenant", user="29:alice"),)
    alice = replace(ALICE, addresses=there)
    gate = word(MONDAY + 2 * DAY, "gate", None, "G3 passed")
    its = {"P01": [word(MONDAY), gate, word(MONDAY + 3 * DAY, value="8.8")]}
    home = office(tmp_path, pilot(owner=alice), words=its, crew=(alice, SAM, ADA))
    [edition] = of(home.days(FRIDAY, FRIDAY), "alice")
    assert (edition.platform, edition.external_id, edition.key) == (
        "teams",
        "tenant",
        "digest:owner:alice:2026-W46",
    )


@pytest.mark.trial
def test_two_hundred_readers_are_written_to_at_once_and_the_rest_a_minute_later(tmp_path: Path) -> None:
    crew = [somebody(f"o{n}") for n in range(230)]
    some = [pilot(f"P{n:03}", owner=one, metric=None, stage_since=FRIDAY) for n, one in enumerate(crew)]
    gate = word(FRIDAY - DAY, "gate", None, "G3 passed")
    home = office(
        tmp_path, *some, words={one.id: [gate] for one in some}, crew=(*crew, SAM, ADA), start=FRIDAY
    )
    first = home.at(FRIDAY, "09:30").tick()
    second = home.at(FRIDAY, "09:31").tick()
    assert (len(_editions(first)), len(_editions(second))) == (200, 30)
