"""The honest bot: its report is recounted from the rows, comes once a month, and its rules can be switched off."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from bot.domain import commands
from bot.domain.errors import UserError
from bot.domain.honesty import Asked, month_before, self_report
from bot.domain.record import Status
from bot.messages import report as words
from bot.messages.model import Press, text_of
from bot.services import report
from storage import audit
from tests.services.kit import ADA, ALICE, CHARLIE, WORKSPACE, Office, message, of, office, pilot, told, word

OCTOBER = date(2026, 10, 1)
DAY = timedelta(days=1)
NAMES = [f"P{n:02}" for n in range(1, 7)]


@pytest.fixture(scope="module")
def october(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """Six silent pilots of Alice's, asked about through October: some answers, a false alarm, many silences."""
    started = OCTOBER - 60 * DAY
    some = [
        pilot(name, name=f"Pilot {name}", started=started, stage_since=started, sponsor=None)
        for name in NAMES
    ]
    home = office(
        tmp_path_factory.mktemp("october"),
        *some,
        start=OCTOBER,
        words={name: [word(started)] for name in NAMES},
    )
    answers: list[Callable[[], object]] = [
        lambda: home.does(ALICE, commands.CheckIn(name="P01", status=Status.MOVING, text="second hall")),
        lambda: _call_wrong(home, "P02"),
        lambda: home.does(ALICE, commands.SnoozePilot(name="P03", days=3, reason="quarter closing")),
    ]
    day = OCTOBER
    while day < date(2026, 11, 1):
        home.days(day, day, "00:10", "10:00")
        if day.weekday() == 2 and answers:
            home.at(day, "14:00")
            answers.pop(0)()
        day += DAY
    return home


def _call_wrong(home: Office, pilot_id: str) -> None:
    """Presses "you were wrong" under the newest question about a pilot and says why."""
    with closing(sqlite3.connect(home.path)) as conn:
        [[ask_id]] = conn.execute(
            "select id from asks where pilot_id = ? and state = 'in_message' limit 1", [pilot_id]
        )
    form = home.does(ALICE, commands.Pressed(verb="wrong", args={"ask": ask_id})).form
    assert form is not None
    home.does(
        ALICE, commands.Submitted(verb=form.submit.verb, args=form.submit.args, fields={"because": "it runs"})
    )


def _recounted(home: Office) -> dict[str, Any]:
    """The same figures straight from the tables, in another language."""
    with closing(sqlite3.connect(home.path)) as conn:
        conn.row_factory = sqlite3.Row
        rows = conn.execute(
            "select o.id, o.sent_at, a.kind, a.answered_at, a.pilot_id, e.wrong,"
            " (select count(*) from entries n where n.pilot_id = a.pilot_id and n.at = a.answered_at"
            "  and n.undone_at is null and n.repeats = 0 and n.status not in ('ack', 'snooze', 'refused')"
            "  and n.text not like 'You were wrong because%') changed"
            " from outbox o join asks a on a.outbox_id = o.id left join episodes e on e.id = a.episode_id"
            " where o.kind = 'nudge' and o.state = 'sent' and o.sent_at >= '2026-09-30 22:00'"
            " and o.sent_at < '2026-10-31 23:00'"
        ).fetchall()
    first: dict[str, Any] = {}
    for row in rows:
        if row["answered_at"]:
            waited = datetime.fromisoformat(row["answered_at"]) - datetime.fromisoformat(row["sent_at"])
            hours = waited.total_seconds() / 3600
            first[row["id"]] = min(hours, first.get(row["id"], hours))
    return {
        "messages": len({row["id"] for row in rows}),
        "answered": len(first),
        "questions": len(rows),
        "changed": sum(bool(row["answered_at"] and row["changed"]) for row in rows),
        "wrong": sum(bool(row["answered_at"] and row["wrong"]) for row in rows),
        "median": median(first.values()) if first else None,
    }


def test_the_report_reconciles_with_the_outbox(october: Office) -> None:
    october.at(date(2026, 11, 2), "10:00")
    month, made = october.database.read_now(
        lambda conn: report.monthly(conn, october.workspace(), october.now)
    )
    counted = _recounted(october)
    assert month == OCTOBER
    assert {
        "messages": made.messages,
        "answered": made.answered,
        "questions": made.questions,
        "changed": made.changed,
        "wrong": made.wrong,
        "median": made.median_hours,
    } == counted
    assert counted["changed"] >= 1
    assert counted["wrong"] >= 1
    assert counted["questions"] > counted["answered"]


def test_the_admin_reads_it_once_on_the_first_working_day(october: Office) -> None:
    """1 Nov 2026 is a Sunday: Monday at ten, and never again that month."""
    sent = october.days(date(2026, 11, 1), date(2026, 11, 5), "00:10", "09:59", "10:00", "10:01", "15:00")
    [only] = [row for row in sent if row.key.startswith("report:")]
    assert (only.key, only.person_id, only.charged_on) == ("report:ada:2026-10", "ada", None)
    assert only.sent_at == october.at(date(2026, 11, 2), "10:00").now
    assert told(only).startswith("Pilotlight in October 2026: ")


def test_a_rule_is_switched_off_by_the_admin_alone_and_asks_nobody(tmp_path: Path) -> None:
    started = OCTOBER - 60 * DAY
    home = office(
        tmp_path, pilot(started=started, stage_since=started), start=OCTOBER, words={"P01": [word(started)]}
    ).at(OCTOBER, "08:00")
    off = commands.Pressed(verb="rule_off", args={"rule": "SILENT"})
    with pytest.raises(UserError, match="Only the admin"):
        home.does(CHARLIE, off)
    reply = home.does(ADA, off)
    assert reply.message is not None
    assert "No word is switched off by Ada Able" in text_of(reply.message)

    quiet = home.days(OCTOBER, OCTOBER + DAY)
    assert [row for row in quiet if row.kind == "nudge" and "no word" in told(row)] == []
    shown = home.does(ALICE, commands.Happened(name="P01")).message
    assert shown is not None
    assert "Silent for" in text_of(shown)

    home.at(OCTOBER + 4 * DAY, "08:00").does(ADA, commands.Pressed(verb="rule_on", args={"rule": "SILENT"}))
    loud = home.days(OCTOBER + 4 * DAY, OCTOBER + 4 * DAY)
    assert any("no word" in told(row) for row in of(loud, "alice", "nudge"))
    noted = home.database.read_now(lambda conn: audit.of_subject(conn, WORKSPACE, "SILENT", 5))
    assert [(row.what, row.actor) for row in noted] == [
        ("rule switched on", "ada"),
        ("rule switched off", "ada"),
    ]


def test_a_rule_that_is_none_cannot_be_switched(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such rule"):
        office(tmp_path).does(ADA, commands.Pressed(verb="rule_off", args={"rule": "NICE"}))


# The verdict on a rule.


def _asked(count: int, changed: int, rule: str = "SILENT", *, finding: bool = True) -> list[Asked]:
    at = datetime(2026, 10, 1, 9, tzinfo=UTC)
    return [
        Asked(
            rule=rule,
            message=f"m{n}",
            finding=finding,
            answered_at=at if n < changed else None,
            changed=n < changed,
        )
        for n in range(count)
    ]


@pytest.mark.parametrize(
    ("asked", "changed", "proposes"),
    [
        (10, 1, True),
        (10, 2, False),
        (9, 0, False),
        (50, 9, True),
        (50, 10, False),
        (1000, 0, True),
        (0, 0, False),
    ],
)
def test_a_rule_under_a_fifth_proposes_its_own_end_once_it_asked_ten_times(
    asked: int, changed: int, proposes: bool
) -> None:
    made = self_report([], _asked(asked, changed))
    assert [one.rule for one in made.proposals] == (["SILENT"] if proposes else [])
    assert self_report([], _asked(asked, changed), off=["SILENT"]).proposals == ()
    assert self_report([], _asked(asked, changed, "checkin", finding=False)).proposals == ()


def test_a_proposal_has_its_two_buttons_and_a_switched_off_rule_the_way_back() -> None:
    made = self_report([], [*_asked(12, 1), *_asked(3, 2, "OVERDUE")], off=["BLIND"])
    shown = words.report(OCTOBER, made)
    presses = [
        button.press
        for section in shown.sections
        for part in section.parts
        for button in getattr(part, "buttons", ())
    ]
    assert presses == [
        Press("rule_off", {"rule": "SILENT"}),
        Press("rule_keep", {"rule": "SILENT"}),
        Press("rule_on", {"rule": "BLIND"}),
    ]
    assert "12 questions, 1 changed a fact (8 %). This rule proposes its own end." in text_of(shown)


@pytest.mark.parametrize("count", [0, 1, 24, 1000, 10_000])
def test_the_report_fits_whatever_was_asked(count: int) -> None:
    many = [
        one for rule in ("SILENT", "BLIND", "OVERDUE", "x" * 300) for one in _asked(count, count // 9, rule)
    ]
    shown = words.report(OCTOBER, self_report([], many))
    assert len(shown.headline) <= 80
    assert len(shown.sections) <= 12
    assert len(text_of(shown)) < 3000


def test_the_month_before_new_year_is_december() -> None:
    assert month_before(date(2027, 1, 4)) == (date(2026, 12, 1), date(2027, 1, 1))


def test_pressing_in_the_report_changes_the_report(october: Office) -> None:
    """The section of the rule says who switched it, with the way back, in the message that was pressed."""
    rows = [row for row in october.rows("notice") if row.key.startswith("report:")]
    if not rows:
        october.days(date(2026, 11, 2), date(2026, 11, 2), "10:00", "10:01")
        rows = [row for row in october.rows("notice") if row.key.startswith("report:")]
    [row] = rows
    assert "This rule proposes its own end." in text_of(message(row))
    reply = october.does(
        ADA,
        commands.Pressed(verb="rule_keep", args={"rule": "SILENT"}),
        message_id=row.message_id,
        channel=row.channel,
    )
    assert reply.in_place
    assert reply.message is not None
    assert "No word stays on, says Ada Able" in text_of(reply.message)
