"""Had Pilotlight been here, and what became of each quarter's pilots: compared with counts made another way."""

import csv
from collections import Counter
from datetime import date
from decimal import Decimal

import pytest

from bot.domain.findings import Kind, examine, went_quiet
from bot.domain.hindsight import Fate, Hindsight, hindsight
from bot.domain.pilot import End
from bot.domain.record import Counts, Record
from bot.domain.replay import as_of
from bot.domain.stages import Rules, Stage
from bot.domain.survival import survival
from bot.messages.hindsight import ESTIMATE, summary
from tests.domain.build import DAY, MONDAY, PLAIN, entry, pilot, record
from tests.messages.kit import RULES, TODAY, folder, portfolio

QUIET = (Kind.SILENT, Kind.ORPHANED)


@pytest.fixture(scope="module")
def sample() -> Hindsight:
    found = portfolio()
    return hindsight(((one, found.records[one.id]) for one in found.pilots), TODAY, found.calendar, RULES)


def _rows(name: str) -> list[dict[str, str]]:
    with (folder() / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_samples_dead_pilots_are_those_expected_silent_or_ownerless(sample: Hindsight) -> None:
    expected = {
        row["pilot"]
        for row in _rows("sample-expected.csv")
        if {"SILENT", "ORPHANED"} & set(row["findings"].split())
    }
    assert {one.pilot_id for one in sample.caught if one.fate is Fate.OPEN} == expected
    days = {one.pilot_id: (one.on, one.kind) for one in sample.caught}
    assert days["P03"] == (date(2026, 7, 7), Kind.SILENT)
    assert days["P13"] == (date(2026, 8, 31), Kind.ORPHANED)


def test_the_money_after_each_day_is_recomputed_from_the_file(sample: Hindsight) -> None:
    """Weeks since the day times the cost per week in the file, whole units, never more than it cost."""
    costs = {row["pilot_id"]: row for row in _rows("sample-pilots.csv")}
    total = 0
    for one in sample.caught:
        row = costs[one.pilot_id]
        days = (TODAY - one.on).days
        since = min(float(row["cost_per_week_eur"]) * days / 7, float(row["cost_to_date_eur"]))
        assert abs(float(one.spent_after) - since) <= 0.5, one
        total += round(since)
    assert (sample.spent_after, total) == (Decimal(47_343), 47_343)
    assert "7 of 24 pilots had gone quiet by 20 Nov 2026, and about 47,343 EUR" in summary(sample)
    assert ESTIMATE in summary(sample)


def test_an_ended_pilot_that_had_gone_quiet_before_counts_until_its_end() -> None:
    """A word on the first Monday, retired 60 days later: noticed 12 working days after the word, no later cost."""
    ended = MONDAY + 60 * DAY
    gone = pilot(
        Stage.RETIRED,
        stage_since=ended,
        end=End(state=Stage.RETIRED, learning="nobody came"),
        cost_per_week=Decimal(700),
        cost_to_date=Decimal(90_000),
    )
    its = record(entry(MONDAY, "gate", "G3 passed"), entry(ended, "end", "Retired: nobody came"))
    [one] = hindsight([(gone, its)], ended + 300 * DAY, PLAIN, Rules()).caught
    assert (one.fate, one.on, one.until) == (Fate.RETIRED, date(2026, 1, 21), ended)
    assert one.spent_after == Decimal(700) * (ended - one.on).days / 7


def test_nothing_that_lives_is_caught_and_it_is_said() -> None:
    its = record(*(entry(MONDAY + 7 * week * DAY, "moving", f"step {week}", value="7") for week in range(4)))
    made = hindsight([(pilot(), its)], MONDAY + 22 * DAY, PLAIN, Rules())
    assert made.caught == ()
    assert "none of 1 pilot had gone quiet" in summary(made)
    assert hindsight([], MONDAY, PLAIN, Rules()).pilots == 0


def test_what_it_cost_in_all_is_the_most_that_was_spent_since() -> None:
    lost = pilot(cost_per_week=Decimal(5000), cost_to_date=Decimal(1200))
    [one] = hindsight([(lost, record(entry(MONDAY, "moving")))], MONDAY + 200 * DAY, PLAIN, Rules()).caught
    assert one.spent_after == 1200


def test_each_quarters_pilots_are_accounted_for_and_none_vanished() -> None:
    found = portfolio()
    cohorts = survival((one, found.records[one.id]) for one in found.pilots)
    rows = _rows("sample-pilots.csv")
    started = Counter(f"Q{(int(row['started'][5:7]) - 1) // 3 + 1} {row['started'][:4]}" for row in rows)
    assert {one.name: one.pilots for one in cohorts} == started
    ends = Counter(row["stage"] for row in rows)
    for fate in ("scaled", "retired", "merged"):
        assert sum(getattr(one, fate) for one in cohorts) == ends[fate]
    assert [one.vanished for one in cohorts] == [0] * len(cohorts)
    assert [one.begins for one in cohorts] == sorted(one.begins for one in cohorts)


def test_an_end_without_a_word_is_what_vanished_means() -> None:
    [cohort] = survival([(pilot(Stage.RETIRED, end=None), record())])
    assert (cohort.vanished, cohort.retired, cohort.name) == (1, 0, "Q1 2026")


def test_quiet_alone_is_judged_as_a_whole_look_judges_it() -> None:
    """Without readings, items and promises, and without asking another rule: the same day and the same kind."""
    found = portfolio()
    calendar, rules = found.calendar, Rules()
    seen: Counter[Kind | None] = Counter()
    for one in found.pilots:
        for step in range(0, 330, 15):
            day = date(2026, 1, 5) + step * DAY
            stood = as_of(one, found.records[one.id], day)
            if stood is None:
                continue
            whole = examine(*stood, day, calendar, rules).findings
            quiet = [(its.since, its.kind is Kind.SILENT, its.kind) for its in whole if its.kind in QUIET]
            talk = Record(
                entries=stood[1].entries,
                activities=tuple(its for its in stood[1].activities if its.counts is Counts.PULSE),
            )
            told = went_quiet(stood[0], talk, day, calendar, rules)
            assert told == ((min(quiet)[2], min(quiet)[0]) if quiet else None), (one.id, day)
            seen[told and told[0]] += 1
    assert seen[Kind.SILENT] > 20 and seen[Kind.ORPHANED] > 3 and seen[None] > 100
