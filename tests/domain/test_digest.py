"""The week as data, on the sample portfolio and on single pilots."""

import csv
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from bot.domain.calendar import Calendar
from bot.domain.digest import (
    Counts,
    Digest,
    MoveKind,
    OwnWeek,
    Pattern,
    Seen,
    askers,
    digest,
    ending,
    for_owner,
    for_sponsor,
    leading,
    newest_guardrail,
    speaker,
)
from bot.domain.findings import Kind, examine
from bot.domain.ladder import Rung
from bot.domain.people import Person
from bot.domain.pilot import Pilot
from bot.domain.record import Entry, Record, Status
from bot.domain.stages import Stage
from tests.messages.kit import RULES, TODAY, Portfolio, folder, made_up, portfolio, somebody


@pytest.fixture(scope="module")
def sample() -> Portfolio:
    return portfolio()


@pytest.fixture(scope="module")
def week(sample: Portfolio) -> Digest:
    return digest(sample.seen(), today=TODAY, calendar=sample.calendar, rules=RULES)


def _rows(name: str) -> list[dict[str, str]]:
    with (folder() / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_samples_decisions_are_those_expected_at_the_leadership_digest(week: Digest) -> None:
    expected = {row["pilot"] for row in _rows("sample-expected.csv") if row["rung"] == "leadership digest"}
    assert {one.pilot.id for one in week.decisions} == expected
    assert len(expected) == 12


def test_what_the_decisions_cost_is_recomputed_from_the_file(week: Digest) -> None:
    expected = {row["pilot"] for row in _rows("sample-expected.csv") if row["rung"] == "leadership digest"}
    rows = [row for row in _rows("sample-pilots.csv") if row["pilot_id"] in expected]
    assert week.spent == sum(Decimal(row["cost_to_date_eur"]) for row in rows) == Decimal(677_000)
    assert week.per_week == sum(Decimal(row["cost_per_week_eur"]) for row in rows) == Decimal(13_650)


def test_the_samples_own_counts(week: Digest) -> None:
    assert week.counts == Counts(
        pilots=24, on_pace=5, attention=14, paused=1, ended=4, decisions=12, silent=7, gates=60
    )


def test_the_oldest_decision_comes_first(week: Digest) -> None:
    assert [one.pilot.id for one in week.decisions[:4]] == ["P20", "P03", "P11", "P13"]
    assert [one.since for one in week.decisions] == sorted(one.since for one in week.decisions)
    assert week.decisions[1].since == date(2026, 7, 7)
    assert week.decisions[1].days == 98


def test_the_silent_and_ownerless_are_told_longest_first(week: Digest) -> None:
    assert [one.pilot.id for one in week.quiet] == ["P20", "P03", "P11", "P13", "P18", "P24", "P09"]
    assert [one.pilot.id for one in week.quiet if one.orphaned] == ["P20", "P13"]
    assert week.quiet[0].last_word is not None
    assert week.quiet[0].last_word.on == date(2026, 3, 3)


def test_what_moved_is_the_best_pace_where_no_gate_was_passed(week: Digest) -> None:
    assert [(one.pilot.id, one.kind) for one in week.moved] == [
        ("P14", MoveKind.PACE),
        ("P01", MoveKind.PACE),
    ]
    first = week.moved[0]
    assert first.was is not None and first.now is not None
    assert (first.was.value, first.now.value) == (Decimal("3.1"), Decimal("2.9"))


def test_a_gate_passed_in_the_week_counts_as_moved(sample: Portfolio) -> None:
    day = date(2026, 10, 30)
    told = digest([sample.one("P19", day)], today=day, calendar=sample.calendar, rules=RULES)
    assert [(one.kind, one.gate) for one in told.moved] == [(MoveKind.GATE, "G2")]
    later = digest(
        [sample.one("P19", day + timedelta(days=7))],
        today=day + timedelta(days=7),
        calendar=sample.calendar,
        rules=RULES,
    )
    assert later.moved == ()


def test_a_target_reached_in_the_week_counts_as_moved(sample: Portfolio) -> None:
    day = date(2026, 6, 8)
    told = digest([sample.one("P02", day)], today=day, calendar=sample.calendar, rules=RULES)
    assert [one.kind for one in told.moved] == [MoveKind.TARGET]


def test_the_ended_of_the_week_stand_side_by_side(sample: Portfolio) -> None:
    day = date(2026, 7, 24)
    (one,) = digest(
        [sample.one("P08", day), sample.one("P17", day)], today=day, calendar=sample.calendar, rules=RULES
    ).ended
    assert (one.pilot.id, one.state, one.days_early) == ("P08", Stage.RETIRED, 11)
    assert one.saved == Decimal(4300), "73,400 EUR over 27 weeks, for eleven days"


def test_a_retirement_names_the_pilot_that_uses_what_it_left(sample: Portfolio) -> None:
    seen = sample.one("P08")
    told = ending(seen.pilot, seen.record, {"P19": "Tariff Code Helper"})
    assert told.sentence.endswith("address cleaning, now used by Tariff Code Helper")


def test_a_merged_pilot_says_where_it_goes_on(sample: Portfolio) -> None:
    seen = sample.one("P15")
    assert (
        ending(seen.pilot, seen.record, {"P01": "Support Reply Assistant"}).into == "Support Reply Assistant"
    )
    assert ending(seen.pilot, seen.record).days_early == 0, "only a retirement is early"


def test_the_next_fourteen_days_hold_deadlines_and_look_backs(week: Digest) -> None:
    assert [(one.pilot.id, one.what, one.on) for one in week.ahead] == [
        ("P05", "deadline", date(2026, 11, 27)),
        ("P07", "look-back", date(2026, 11, 30)),
    ]


def test_a_pause_is_told_when_it_is_about_to_end(sample: Portfolio) -> None:
    day = date(2026, 12, 1)
    told = digest([sample.one("P12", day)], today=day, calendar=sample.calendar, rules=RULES)
    assert [(one.what, one.on) for one in told.ahead] == [("resumes", date(2026, 12, 14))]


def test_deadline_and_decision_of_one_day_are_told_once(sample: Portfolio) -> None:
    seen = sample.one("P05")
    same = replace(seen, pilot=replace(seen.pilot, decision_on=date(2026, 11, 27)))
    other = replace(seen, pilot=replace(seen.pilot, decision_on=date(2026, 11, 26)))
    assert [one.what for one in digest([same], today=TODAY, calendar=sample.calendar, rules=RULES).ahead] == [
        "deadline and decision"
    ]
    assert [
        one.what for one in digest([other], today=TODAY, calendar=sample.calendar, rules=RULES).ahead
    ] == ["decision", "deadline"]


def test_the_gap_names_the_pattern_that_holds_up_most(week: Digest) -> None:
    gap = week.gap
    assert gap is not None
    assert (gap.pattern, gap.blocked, gap.running) == (Pattern.ORGANISATION, 10, 18)
    assert (gap.words, gap.lack, gap.lack_of) == ("had no word for too long", 7, 18)


def test_a_fact_that_nobody_records_is_not_a_lack(sample: Portfolio) -> None:
    seen = [
        one
        for one in sample.seen()
        if one.pilot.stage in (Stage.TRIAL, Stage.ROLLOUT) and not one.picture.findings
    ]
    seen = [
        replace(one, pilot=replace(one.pilot, id=f"{one.pilot.id}{at}")) for at in range(2) for one in seen
    ]
    assert digest(seen, today=TODAY, calendar=sample.calendar, rules=RULES).gap is None, (
        "no run owner anywhere"
    )
    first = replace(seen[0], pilot=replace(seen[0].pilot, run_owner=somebody("rita.run")))
    gap = digest([first, *seen[1:]], today=TODAY, calendar=sample.calendar, rules=RULES).gap
    assert gap is not None
    assert (gap.words, gap.lack, gap.lack_of) == ("lack a run owner", len(seen) - 1, len(seen))


def test_nothing_vanishes(week: Digest) -> None:
    assert week.funnel.vanished == 0
    stages = (
        Stage.IDEA,
        Stage.FRAMED,
        Stage.BUILD,
        Stage.TRIAL,
        Stage.ROLLOUT,
        Stage.SCALED,
        Stage.RETIRED,
        Stage.MERGED,
    )
    assert [week.funnel.stages[stage] for stage in stages] == [2, 1, 7, 7, 2, 2, 2, 1]


def test_an_end_without_a_recorded_end_is_called_vanished(sample: Portfolio) -> None:
    seen = sample.one("P17")
    gone = replace(seen, pilot=replace(seen.pilot, end=None), record=Record())
    assert digest([gone], today=TODAY, calendar=sample.calendar, rules=RULES).funnel.vanished == 1


def test_three_askers_put_a_silent_pilot_into_the_digest(week: Digest) -> None:
    (one,) = week.asked
    assert one.pilot.id == "P20"
    assert one.askers == ("Karl Maurer", "Dorothea Bauer", "Henrik Dahl")
    assert one.last_on == date(2026, 11, 12)


def test_two_askers_or_a_lively_pilot_are_no_news(sample: Portfolio) -> None:
    asked = [(f"Asker {at}", TODAY) for at in range(5)]
    told = digest(
        sample.seen(),
        today=TODAY,
        calendar=sample.calendar,
        rules=RULES,
        asked={"P01": asked, "P08": asked[:2], "P17": asked},
    )
    assert {one.pilot.id for one in told.asked} == {"P20", "P17"}


def test_one_person_is_one_asker_however_often_they_ask(sample: Portfolio) -> None:
    seen = sample.one("P20")
    again = [("karl  maurer", TODAY), ("Karl Maurer", TODAY), ("Petra Holm", TODAY)]
    assert [name for name, _ in askers(seen.record, again, seen.pilot)] == [
        "Karl Maurer",
        "Dorothea Bauer",
        "Henrik Dahl",
        "Petra Holm",
    ]


def test_a_sponsor_gets_their_own_pilots(sample: Portfolio) -> None:
    told = digest(
        sample.seen(),
        today=TODAY,
        calendar=sample.calendar,
        rules=RULES,
        audience=for_sponsor(somebody("birgit.sorensen")),
    )
    assert {one.pilot.id for one in told.decisions} == {"P03", "P11", "P21"}
    assert told.counts.pilots == 4
    assert told.gap is None, "four pilots make no pattern"


def test_an_owner_gets_their_own_pilots(sample: Portfolio) -> None:
    told = digest(
        sample.seen(),
        today=TODAY,
        calendar=sample.calendar,
        rules=RULES,
        audience=for_owner(somebody("kirsten.moll")),
    )
    assert [one.pilot.id for one in told.decisions] == ["P21"]


def test_a_week_with_nothing_in_it_is_calm(sample: Portfolio) -> None:
    told = digest([sample.one("P04"), sample.one("P22")], today=TODAY, calendar=sample.calendar, rules=RULES)
    assert told.calm


def test_a_running_pilot_without_a_number_is_neither_on_pace_nor_in_need() -> None:
    pilot = Pilot(
        id="N", name="New", stage=Stage.FRAMED, stage_since=TODAY, started=TODAY, owner=somebody("o.o")
    )
    calendar = Calendar()
    picture = examine(pilot, Record(), TODAY, calendar, RULES)
    told = digest(
        [Seen(pilot=pilot, record=Record(), picture=picture, rung=Rung.NONE)],
        today=TODAY,
        calendar=calendar,
        rules=RULES,
    )
    assert told.counts == Counts(pilots=1, no_number=1)
    assert told.unreported == 1


def test_what_hurts_meanwhile_is_told_before_what_is_older(sample: Portfolio) -> None:
    def kinds(pilot_id: str) -> list[Kind]:
        return [one.kind for one in leading(sample.one(pilot_id).picture.findings)]

    assert kinds("P20") == [Kind.ORPHANED, Kind.NO_METRIC, Kind.SILENT, Kind.OVERSTAY]
    assert kinds("P13") == [Kind.ORPHANED, Kind.SILENT, Kind.OVERSTAY]
    assert kinds("P21") == [Kind.OVERDUE, Kind.OFF_PACE, Kind.OVERSTAY]
    assert kinds("P03") == [Kind.SILENT, Kind.OVERDUE, Kind.OVERSTAY]


def test_the_newest_broken_guardrail_is_named(sample: Portfolio) -> None:
    seen = sample.one("P10")
    broken = newest_guardrail(seen.pilot, seen.record)
    assert broken is not None
    assert (broken[1], broken[2]) == (date(2026, 11, 9), Decimal("0.9"))
    assert newest_guardrail(sample.one("P04").pilot, sample.one("P04").record) is None


def test_an_author_is_called_by_role_then_by_given_name_then_by_handle(sample: Portfolio) -> None:
    pilot = replace(sample.one("P01").pilot, owner=Person(id="7", handle="mara.l", name="Mara L."))
    assert speaker("7", pilot) == "Mara L."
    assert speaker("mara.l", pilot) == "Mara L."
    assert speaker("9", pilot, {"9": "Nina N."}) == "Nina N."
    assert speaker("alexander.roth", pilot) == "Alexander Roth"


def test_a_decision_needs_its_rung_not_only_its_finding(sample: Portfolio) -> None:
    seen = replace(sample.one("P03"), rung=Rung.SPONSOR)
    assert digest([seen], today=TODAY, calendar=sample.calendar, rules=RULES).decisions == ()


def test_the_same_portfolio_gives_the_same_week_in_any_order(sample: Portfolio) -> None:
    seen = sample.seen()
    one = digest(seen, today=TODAY, calendar=sample.calendar, rules=RULES)
    other = digest(seen[::-1], today=TODAY, calendar=sample.calendar, rules=RULES)
    assert one == other


def test_what_could_not_be_looked_at_travels_with_the_edition() -> None:
    told = digest(
        made_up(9), today=TODAY, calendar=Calendar(), rules=RULES, missing=["GitHub is silent"], waiting=4, due_on=TODAY, own_week=OwnWeek(sent=3, answered=2)
    )  # fmt: skip
    assert (told.missing, told.waiting, told.due_on) == (("GitHub is silent",), 4, TODAY)


def test_an_end_without_a_sentence_takes_the_entrys_words() -> None:
    pilot = Pilot(id="E", name="Ended", stage=Stage.RETIRED, stage_since=TODAY, started=TODAY)
    record = Record(entries=(Entry(on=TODAY, author="s.s", status=Status.END, text="Agreed, retired"),))
    assert ending(pilot, record).sentence == "Agreed, retired"
    assert ending(pilot, Record()).sentence == ""
