"""Dates, days and blockers inside the record's own sentences."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.record import Entry
from bot.domain.words import (
    alike,
    first_date,
    gate_passed,
    judged,
    kept_until,
    pause_until,
    same_blocker,
    snooze_days,
    ticked,
)
from tests.domain.build import day, entry, record

DEC = date(2026, 12, 14)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("14 December 2026", DEC),
        ("14. December 2026", DEC),
        ("on 14 Dec 2026 at noon", DEC),
        ("2026-12-14", DEC),
        ("from 2026-12-14 to 2026-12-20", DEC),
        ("after 14 December 2026, before 2026-12-01", DEC),  # the first in the sentence, not in time
        ("31 February 2026, else 14 December 2026", DEC),  # the first that is real
        ("29 February 2028", date(2028, 2, 29)),
        ("29 February 2026", None),
        ("2026-13-01", None),
        ("14 Smarch 2026", None),
        ("in December", None),
        ("", None),
    ],
)
def test_the_first_date_of_a_sentence(text: str, found: date | None) -> None:
    assert first_date(text) == found


@pytest.mark.parametrize(
    ("text", "until", "reason"),
    [
        ("Paused until 14 December 2026: works agreement", DEC, "works agreement"),
        ("Paused until 2026-12-14: a: b", DEC, "a: b"),
        ("Paused until 14 December 2026", DEC, ""),
        (
            "Paused until further notice: by 14 December 2026",
            None,
            "Paused until further notice: by 14 December 2026",
        ),
        ("", None, ""),
    ],
)
def test_a_pause_says_until_when_and_why(text: str, until: date | None, reason: str) -> None:
    assert pause_until(text) == (until, reason)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("5 working days: quarter closing", 5),
        ("1 working day: x", 1),
        (" 10 Working Days", 10),
        ("until Friday", 0),
        ("quarter closing, 5 working days", 0),
        ("", 0),
    ],
)
def test_a_snooze_begins_with_its_days(text: str, days: int) -> None:
    assert snooze_days(text) == days


@pytest.mark.parametrize(
    ("row", "until"),
    [
        (entry(day(0), "note", "Kept until 14 December 2026, owner Bob Lund"), DEC),
        (entry(day(0), "note", "It was Kept until 14 December 2026"), None),
        (entry(day(0), "moving", "Kept until 14 December 2026"), None),
        (entry(day(0), "note", "Kept until whenever"), None),
    ],
)
def test_a_decision_to_keep_has_a_day(row: Entry, until: date | None) -> None:
    assert kept_until(row) == until


@pytest.mark.parametrize(
    ("text", "gate"),
    [
        ("G1 passed", "G1"),
        ("g3  passed, works agreement signed", "G3"),
        ("G2 passed with promises: data owner's yes by 5 May 2026", "G2"),
        ("G4 sent back: no run owner", None),
        ("G6 passed", None),
        ("waiting for G3", None),
    ],
)
def test_a_gate_is_passed_in_so_many_words(text: str, gate: str | None) -> None:
    assert gate_passed(text) == gate


@pytest.mark.parametrize(
    ("text", "tick"),
    [
        ("I1 done https://git.example/1", True),
        ("I1", True),
        ("I1, I2 and I4: pipeline is up", True),
        ("I4 open to everybody", False),  # it reads as the word of the checklist
        ("I1 open again: the notebook is back", False),
        ("I1 reopened", False),
        ("I1, I2 & I4 open", False),
        ("D2 n/a no personal data", False),
        ("D2 na", False),
        ("D2 not applicable because no personal data", False),
        ("I6 rolled back in 6 minutes, nothing open", True),
    ],
)
def test_a_checklist_row_ticks_unless_it_opens_or_sets_aside(text: str, tick: bool) -> None:
    assert ticked(text) is tick


# Blockers.


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("SEC-2291 open for 11 weeks", "Archive access, SEC-2291", True),
        ("see #481", "#481 again", True),
        ("SEC-2291", "SEC-2292", False),
        ("Waiting on the contract archive", "Archive still closed for us", True),  # archive, of two words
        ("legal has the contract", "printer is out of toner", False),
        ("one two three four", "one two five six", True),  # half of the shorter one
        ("one two three four", "one five six seven", False),  # a quarter
        ("archive", "archive contract legal vendor budget", True),  # the shorter one's words count
        ("SharePoint access", "SAP access", False),  # access alone names nothing
        ("Waiting for IT", "IT has not answered", True),
        ("it is not ready", "it works", False),
        ("", "", False),
        ("still waiting", "still waiting", False),
    ],
)
def test_two_answers_name_one_blocker(one: str, other: str, same: bool) -> None:
    assert same_blocker(one, other) is same
    assert same_blocker(other, one) is same


# Likeness: at least 0.9, in lower case, without punctuation.


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("All is fine!", "all is... FINE", True),
        ("abcdefghij", "abcdefghix", True),  # 2 x 9 of 20 is 0.9
        ("abcdefghi", "abcdefghx", False),  # 2 x 8 of 18 is 0.89
        ("Café is open", "café is open", True),
        ("", "", False),
        ("...", "!!!", False),
        ("a", "", False),
    ],
)
def test_two_texts_say_the_same(one: str, other: str, same: bool) -> None:
    assert alike(one, other) is same


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200), st.text(max_size=200))
def test_any_two_texts_can_be_compared(one: str, other: str) -> None:
    """No text raises, and what has letters is like itself."""
    alike(one, other)
    same_blocker(one, other)
    assert alike(one, one) is any(sign.isalnum() for sign in one.casefold())


# Judged on arrival.


def counts(*rows: tuple[str, str, str | None]) -> list[tuple[int, int]]:
    """Repeats and mentions of each answer: status, text, value."""
    its = record(*(entry(day(n), *row[:2], value=row[2]) for n, row in enumerate(rows)))
    return [(one.repeats, one.mentions) for one in its.entries]


@pytest.mark.parametrize(
    ("story", "rows", "wanted"),
    [
        ("repeats count from the first", [("moving", "fine", "9")] * 4, [(0, 0), (1, 0), (2, 0), (3, 0)]),
        (
            "another answer begins a new run",
            [("moving", "fine", None), ("moving", "Danish", None), ("moving", "fine", None)],
            [(0, 0), (0, 0), (0, 0)],
        ),
        (
            "mentions count within the run",
            [("stuck", "SEC-1", None), ("waiting", "toner", None), ("stuck", "SEC-1 again", None)],
            [(0, 1), (0, 1), (0, 2)],
        ),
        (
            "moving ends the run",
            [("stuck", "SEC-1", None), ("moving", "SEC-1 solved", None), ("stuck", "SEC-1 anew", None)],
            [(0, 1), (0, 0), (0, 1)],
        ),
        (
            "a repeated blocker is both",
            [("waiting", "SEC-1", None)] * 3,
            [(0, 1), (1, 2), (2, 3)],
        ),
        (
            "notes are no answers and break nothing",
            [("moving", "fine", None), ("note", "fine", None), ("moving", "fine", None)],
            [(0, 0), (0, 0), (1, 0)],
        ),
    ],
)
def test_an_answer_is_judged_against_those_before_it(
    story: str, rows: list[tuple[str, str, str | None]], wanted: list[tuple[int, int]]
) -> None:
    assert counts(*rows) == wanted, story


def test_a_robots_answer_is_not_judged() -> None:
    before = entry(day(0), "stuck", "SEC-1")
    robot = entry(day(1), "stuck", "SEC-1", "svc-x")

    assert judged(robot, [before]) == robot
