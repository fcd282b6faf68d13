"""Whatever happened to a pilot, as data: every stage and every end of the sample."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from bot.domain.calendar import Calendar
from bot.domain.findings import Kind, examine
from bot.domain.ladder import Role, Rung
from bot.domain.pilot import Pilot, Risk
from bot.domain.record import Entry, Reading, Record, Status
from bot.domain.stages import Gate, Stage
from bot.domain.story import BeatKind, State, Story, story
from bot.messages import story as words
from tests.messages.kit import RULES, TODAY, Portfolio, portfolio, somebody


@pytest.fixture(scope="module")
def sample() -> Portfolio:
    return portfolio()


def _told(
    sample: Portfolio,
    pilot_id: str,
    *,
    today: date = TODAY,
    asked: tuple[tuple[str, date], ...] = (),
    asker: str = "",
) -> Story:
    seen = sample.one(pilot_id, today)
    return story(
        seen.pilot, seen.record, seen.picture, today=today, calendar=sample.calendar, rules=RULES, asked=asked, asker=asker, rung=seen.rung
    )  # fmt: skip


def _story_of(pilot: Pilot, record: Record, today: date) -> Story:
    picture = examine(pilot, record, today, Calendar(), RULES)
    return story(pilot, record, picture, today=today, calendar=Calendar(), rules=RULES)


STATES = {
    State.RUNNING: ("P01", "P04", "P14", "P19", "P22"),
    State.STALLED: ("P05", "P06", "P10", "P16", "P21", "P23"),
    State.SILENT: ("P03", "P09", "P11", "P18", "P24"),
    State.ORPHANED: ("P13", "P20"),
    State.PAUSED: ("P12",),
    State.SCALED: ("P02",),
    State.SLIDING_BACK: ("P07",),
    State.RETIRED: ("P08", "P17"),
    State.MERGED: ("P15",),
}


@pytest.mark.parametrize(
    ("state", "pilot_id"), [(state, one) for state, ids in STATES.items() for one in ids]
)
def test_every_pilot_of_the_sample_has_its_state(sample: Portfolio, state: State, pilot_id: str) -> None:
    assert _told(sample, pilot_id).state is state


def test_every_story_of_the_sample_has_three_to_five_dated_beats(sample: Portfolio) -> None:
    for pilot in sample.pilots:
        beats = _told(sample, pilot.id).beats
        days = [beat.on for beat in beats]
        assert days == sorted(set(days)), f"{pilot.id}: in order, one a day"
        assert 3 <= len(beats) <= 5, pilot.id


def test_a_record_of_one_day_tells_its_beats_too(sample: Portfolio) -> None:
    one, said = sample.one("P09"), date(2026, 10, 5)
    rows = [
        Entry(on=said, author="sven.pohl", status=Status.NOTE, text=text, seq=seq)
        for seq, text in enumerate(("We bought 60 licences", "Everybody has one", "Everybody has one"))
    ]
    told = _story_of(one.pilot, Record(entries=tuple(rows)), said)
    assert [beat.text for beat in told.beats] == ["Everybody has one", "We bought 60 licences"]


def test_the_chatbot_of_the_product_page(sample: Portfolio) -> None:
    told = _told(sample, "P20")
    assert told.silent == 183
    assert told.last_word is not None
    assert (told.last_word.on, told.last_word_by) == (date(2026, 3, 3), "Alexander Roth")
    assert told.refused is not None
    assert told.refused.on == date(2026, 11, 13)
    assert [(beat.on, beat.kind) for beat in told.beats] == [
        (date(2026, 2, 10), BeatKind.FIRST),
        (date(2026, 3, 3), BeatKind.WORD),
        (date(2026, 11, 13), BeatKind.REFUSED),
    ]
    assert (told.decides.name if told.decides else None, told.role) == ("Petra Holm", Role.SPONSOR)
    assert told.askers == ("Karl Maurer", "Dorothea Bauer", "Henrik Dahl")
    assert (told.sources.updates, told.sources.questions, told.sources.signals) == (3, 3, 0)


def test_who_asks_now_is_not_among_those_before(sample: Portfolio) -> None:
    assert _told(sample, "P20", asker="Karl Maurer").askers == ("Dorothea Bauer", "Henrik Dahl")
    assert (
        _told(sample, "P20", asked=(("Karl Maurer", TODAY), ("Ina Brandt", TODAY))).askers[-1] == "Ina Brandt"
    )


def test_an_ended_pilot_has_nobody_who_decides_and_says_how_it_ended(sample: Portfolio) -> None:
    for pilot_id in ("P08", "P15", "P17"):
        told = _told(sample, pilot_id)
        assert told.decides is None
        assert told.end is not None
        assert told.end.sentence
    early = _told(sample, "P08").end
    assert early is not None
    assert early.days_early == 11


def test_the_next_gate_is_decided_by_whoever_may_pass_it(sample: Portfolio) -> None:
    assert (_told(sample, "P19").gate, _told(sample, "P19").role) == (Gate.G3, Role.OWNER)
    assert (_told(sample, "P14").gate, _told(sample, "P14").role) == (Gate.G4, Role.SPONSOR)
    seen = sample.one("P19")
    risky = story(
        replace(seen.pilot, risk=Risk.HIGH),
        seen.record,
        seen.picture,
        today=TODAY,
        calendar=sample.calendar,
        rules=RULES,
    )
    assert risky.role is Role.SPONSOR


def test_what_is_open_is_decided_by_the_sponsor(sample: Portfolio) -> None:
    assert (_told(sample, "P03").role, _told(sample, "P03").rung) == (Role.SPONSOR, Rung.DIGEST)


def test_a_scaled_pilot_is_looked_after_by_whoever_runs_it(sample: Portfolio) -> None:
    told = _told(sample, "P02")
    assert told.look_back_on == date(2026, 12, 21)
    assert told.role is Role.OWNER, "nobody else is named"
    seen = sample.one("P02")
    run = story(
        replace(seen.pilot, run_owner=somebody("rita.run")),
        seen.record,
        seen.picture,
        today=TODAY,
        calendar=sample.calendar,
        rules=RULES,
    )
    assert run.role is Role.RUN_OWNER


def test_a_sponsor_who_left_decides_nothing(sample: Portfolio) -> None:
    seen = sample.one("P03")
    gone = replace(seen.pilot, sponsor=somebody("birgit.sorensen", left_on=TODAY))
    assert (
        story(gone, seen.record, seen.picture, today=TODAY, calendar=sample.calendar, rules=RULES).decides
        is None
    )


def test_a_long_silent_record_says_where_it_stops(sample: Portfolio) -> None:
    assert _told(sample, "P03").nothing_after == date(2026, 8, 11), "our own message of October is no record"
    assert _told(sample, "P08").nothing_after == date(2026, 7, 20)
    assert _told(sample, "P01").nothing_after is None


def test_the_first_breach_of_a_guardrail_is_a_beat(sample: Portfolio) -> None:
    (beat,) = [beat for beat in _told(sample, "P10").beats if beat.kind is BeatKind.GUARDRAIL]
    assert (beat.on, beat.text) == (date(2026, 10, 26), "honest customers blocked 0.6 %")


def test_an_owner_who_left_is_a_beat(sample: Portfolio) -> None:
    assert (date(2026, 8, 31), BeatKind.LEFT) in [(beat.on, beat.kind) for beat in _told(sample, "P13").beats]


def test_the_day_a_blocker_was_first_named_is_a_beat(sample: Portfolio) -> None:
    assert (date(2026, 8, 24), BeatKind.BLOCKED) in [
        (beat.on, beat.kind) for beat in _told(sample, "P06").beats
    ]


def test_nothing_of_later_is_told_earlier(sample: Portfolio) -> None:
    told = _told(sample, "P13", today=date(2026, 8, 28))
    assert all(beat.on <= date(2026, 8, 28) for beat in told.beats)
    assert (
        told.state is not State.ORPHANED
        or told.pilot.owner is None
        or told.pilot.owner.left_on == date(2026, 8, 31)
    )


def test_a_pilot_without_any_record_has_a_story_too() -> None:
    pilot = Pilot(id="N", name="New", stage_since=TODAY, started=TODAY)
    calendar = Calendar()
    picture = examine(pilot, Record(), TODAY, calendar, RULES)
    told = story(pilot, Record(), picture, today=TODAY, calendar=calendar, rules=RULES)
    assert told.state is State.ORPHANED
    assert [beat.kind for beat in told.beats] == [BeatKind.STARTED]
    assert (told.last_word, told.decides, told.silent) == (None, None, 0)


def test_a_robots_line_is_no_word_and_no_beat_of_a_person() -> None:
    pilot = Pilot(
        id="R", name="Robot", stage=Stage.BUILD, stage_since=TODAY, started=TODAY, owner=somebody("o.o")
    )
    record = Record(entries=(Entry(on=TODAY, author="svc-metrics", status=Status.NOTE, text="nightly run"),))
    picture = examine(pilot, record, TODAY, Calendar(), RULES)
    told = story(pilot, record, picture, today=TODAY, calendar=Calendar(), rules=RULES)
    assert told.last_word is None
    assert all(beat.kind is not BeatKind.WORD for beat in told.beats)
    assert picture.finding(Kind.ORPHANED) is None


def test_what_is_dated_later_is_not_known_yet() -> None:
    """An import may bring such rows in; they silence no rule and are told by nobody before their day."""
    day, later = TODAY - timedelta(days=60), TODAY + timedelta(days=200)
    rows = tuple(
        Entry(on=on, author="o.o", status=Status.MOVING, text=f"said on {on}") for on in (day, later)
    )
    record = Record(entries=rows, readings=tuple(Reading(on=row.on, value=Decimal(5)) for row in rows))
    pilot = Pilot(
        id="L", name="Later", stage=Stage.TRIAL, stage_since=day, started=day, owner=somebody("o.o")
    )
    picture = examine(pilot, record, TODAY, Calendar(), RULES)
    assert picture.finding(Kind.SILENT) is not None
    assert picture.last_word == rows[0]
    assert record.so_far(TODAY) == record.until(TODAY)
    assert record.so_far(later) is record


def test_a_pilot_that_starts_later_has_not_begun() -> None:
    later = TODAY + timedelta(days=10)
    pilot = Pilot(
        id="F", name="Future", stage=Stage.BUILD, stage_since=later, started=later, owner=somebody("o.o")
    )
    told = _story_of(pilot, Record(), TODAY)
    assert words.state(told) == "not begun: it starts on 30 Nov 2026."
    assert words.beats(told) == "What happened: 30 Nov starts"
