"""The rules over recorded history: the sample's expected rows, a second portfolio worked out by hand, and a slow oracle."""

import csv
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain import activity, words
from bot.domain.assembly import assemble, items_of, people_of
from bot.domain.calendar import Calendar
from bot.domain.direction import Direction
from bot.domain.export import REPLAY_COLUMNS, replay_lines, replay_row
from bot.domain.findings import Finding, Kind, examine
from bot.domain.json_files import SettingsRow, read_settings
from bot.domain.ladder import climbed
from bot.domain.metric import Metric, guardrail, last_number
from bot.domain.people import Absence, Person
from bot.domain.pilot import Pilot
from bot.domain.record import ANSWERS, Activity, Counts, Entry, Promise, Reading, Record, Status
from bot.domain.sheet import lines_of
from bot.domain.stages import Rules, Stage
from bot.domain.tables import PilotRow, SignalRow, UpdateRow, read_pilots, read_signals, read_updates

DATA = Path(__file__).parent.parent / "data"
D = Decimal
Portfolio = list[tuple[Pilot, Record]]


def portfolio(name: str) -> tuple[Portfolio, SettingsRow]:
    found = read_settings((DATA / f"{name}-settings.json").read_text("utf-8"), date(2026, 1, 1))
    assert isinstance(found, SettingsRow)
    assert found.as_of is not None
    day = found.as_of

    def lines(kind: str) -> Iterator[str]:
        return lines_of([(DATA / f"{name}-{kind}.csv").read_bytes()])

    pilots = [one for one in read_pilots(lines("pilots"), None, day) if isinstance(one, PilotRow)]
    updates = [one for one in read_updates(lines("updates"), day) if isinstance(one, UpdateRow)]
    signals = [one for one in read_signals(lines("signals"), day) if isinstance(one, SignalRow)]
    people = people_of([*pilots, *updates, *signals])
    return [
        assemble(
            one,
            [update for update in updates if update.pilot == one.pilot_id],
            [signal for signal in signals if signal.pilot == one.pilot_id],
            people,
        )
        for one in pilots
    ], found


def replayed(made: Portfolio, day: date, calendar: Calendar) -> dict[str, dict[str, str]]:
    found = (replay_row(pilot, record, day, calendar) for pilot, record in made)
    return {one["pilot"]: one for one in found if one is not None}


# The sample.

SAMPLE, SAMPLE_SETTINGS = portfolio("sample")
EXPECTED = {
    one["pilot"]: one
    for one in csv.DictReader((DATA / "sample-expected.csv").read_text("utf-8").splitlines())
}
ROWS = replayed(SAMPLE, date(2026, 11, 20), SAMPLE_SETTINGS.calendar)


@pytest.mark.parametrize("pilot", EXPECTED)
def test_the_sample_gives_its_expected_rows(pilot: str) -> None:
    ours, theirs = ROWS[pilot], EXPECTED[pilot]
    assert tuple(ours) == REPLAY_COLUMNS == (*theirs, "first_seen")
    for column in ("name", "stage", "health", "wd_silent", "pace_gap", "rung"):
        assert ours[column] == theirs[column], column
    assert set(ours["findings"].split()) == set(theirs["findings"].split())


@pytest.mark.parametrize(
    ("pilot", "seen"),
    [
        ("P03", "SILENT=2026-07-07 OVERSTAY=2026-07-24 OVERDUE=2026-10-01"),
        ("P13", "ORPHANED=2026-08-31 SILENT=2026-09-02 OVERSTAY=2026-09-15"),
        # Snoozed until 26 October: the limit is met on the day after.
        ("P24", "SILENT=2026-10-07 OVERSTAY=2026-11-03 SNOOZE_LIMIT=2026-10-27"),
        ("P10", "GUARDRAIL_BROKEN=2026-10-26"),
        ("P12", "PAUSED=2026-10-05"),
        ("P01", ""),
    ],
)
def test_when_each_finding_of_the_sample_began(pilot: str, seen: str) -> None:
    assert ROWS[pilot]["first_seen"] == seen


def test_an_earlier_day_of_the_sample_knows_nothing_of_later_ones() -> None:
    rows = replayed(SAMPLE, date(2026, 7, 7), SAMPLE_SETTINGS.calendar)
    assert rows["P03"]["findings"] == "SILENT"  # the very day
    assert rows["P03"]["first_seen"] == "SILENT=2026-07-07"
    # The day before: 52 working days since G2 without item or merge, which SILENT says louder from now on.
    assert replayed(SAMPLE, date(2026, 7, 6), SAMPLE_SETTINGS.calendar)["P03"]["findings"] == "PROGRESSLESS"
    assert rows["P08"]["stage"] == "trial"  # retired on 20 July
    assert rows["P18"]["stage"] == "trial"  # rolled out on 24 August
    assert rows["P13"]["health"] == "green"  # its owner is still there
    assert not {"P09", "P16", "P19"} & set(rows)  # not begun


def test_a_replay_as_csv() -> None:
    lines = list(replay_lines([{**ROWS["P14"], "name": "=1+1"}]))
    assert lines[0] == "pilot,name,stage,health,findings,wd_silent,pace_gap,rung,why,first_seen\r\n"
    assert lines[1].startswith("P14,'=1+1,trial,green,,4,-17,none,")  # the gap stays a number


# A second portfolio: Dubai, Sunday to Thursday, as of Thursday 20 May 2027. Holidays: 9 to 11 March, 16 to 18 May.
# Working days up to 20 May, counted backwards: after 13 May 2 (19, 20), after 6 May 7, after 29 April 12, after 22 April 17,
# after 15 April 22, after 8 April 27, after 1 April 32, after 25 March 37, after 18 March 42, after 8 March 47 (a short
# week), after 4 March 49, then 5 a week: after 4 February 69, 28 January 74, 14 January 84.
# Baselines are of 9 February, deadlines 28 August: 200 days, of which 100 have gone: 50 % are expected.

SECOND, SECOND_SETTINGS = portfolio("second")
AS_OF = date(2027, 5, 20)
#: The pulses asked of Q16's sponsor: the table has no column for them. 30 working days lie between them.
PULSES = {"Q16": (date(2027, 2, 17), date(2027, 4, 5))}
SECOND = [(pilot, replace(record, pulses_asked=PULSES.get(pilot.id, ()))) for pilot, record in SECOND]

SECOND_EXPECTED = {
    # Keeps complaints below 2 %: 1.4 on 12 May holds. Silent: 13, 19, 20 May.
    "Q01": ("green", "", "3", "0", "none"),
    # 2.3 on 21 April and 2.6 on 5 May do not hold: the whole 100 points. OFF_PACE asks once. Silent: 1 + 7.
    "Q02": ("red", "OFF_PACE=2027-04-21", "8", "100", "owner"),
    # Not above 5: 6 on 25 April, 5 again on 2 May, 7 on 9 May and 8 after it: broken since 9 May. Rung 2 on 12 May (+3),
    # rung 3 after 13, 19, 20, 23. (10 - 7.4) / 5 = 52 %, two points ahead.
    "Q03": ("red", "GUARDRAIL_BROKEN=2027-05-09", "8", "-2", "owner+backup"),
    # Paused from 20 April; the raw count runs from the note of 28 April: 1 + 12. No reading since the baseline: 50 behind.
    "Q04": ("paused", "PAUSED=2027-04-20", "13", "50", "none"),
    # Paused 2 March to 4 April, 20 working days: the stay is 83 - 20 = 63 of 65. The talk clock runs from 4 April: 31, red at
    # 30, amber at 17 on 27 April. Rung 2 on 2 May, rung 3 on 6 May, rung 4 after 9 to 13 May.
    "Q05": ("red", "SILENT=2027-04-27", "31", "50", "leadership digest"),
    # Resumed on 25 April before the date: 73 - 30 = 43 of 65 days in trial. Silent since 5 May: 1 + 7.
    "Q06": ("green", "", "8", "0", "none"),
    # 17 working days since 22 April. Pulses on 27 April, 4 and 11 May, the one of Saturday 24 April on no working day: two
    # count, amber at 12 + 2 x 5, but not after red: 20.
    "Q07": ("green", "", "17", "0", "none"),
    # 22 since 15 April; two pulses: amber and red at 20, which is 13 May. The next rung falls due on 23 May.
    "Q08": ("red", "SILENT=2027-05-13", "22", "0", "owner"),
    # 18 since 21 April, but 2 to 13 May were ten working days of leave: amber at 22.
    "Q09": ("green", "", "18", "0", "none"),
    # Twenty working days of leave postpone nothing. Framed: amber at 12 on 3 May, red at 20. Rung 1 to the backup, 2 on 6
    # May, 3 on 12 May, 4 after 13, 19, 20, 23, 24. In framed for 31 days, the 26th was 10 May.
    "Q10": ("red", "SILENT=2027-05-03 OVERSTAY=2027-05-10", "22", "50", "sponsor"),
    # The ticket's third mention on 6 May; the holder's line: rung 2 on 11 May, rung 3 on 20 May (12, 13, 19, 20).
    # PROGRESSLESS (46 days since the gate) is said by it.
    "Q11": ("red", "SAME_BLOCKER=2027-05-06", "3", "50", "sponsor"),
    # Three mentions of the insurer, a broken card between them; "moving" on 9 May closes it. I1 on 18 April: 21 of 30 days.
    "Q12": ("green", "", "6", "50", "none"),
    # 27 since 8 April: amber on 26 April. Rung 2 three days later (27 April, 4, 5 May: four days snoozed), rung 3 after 6 May,
    # three days of "on it", 12, 13, 19 May. One snooze is no limit.
    "Q13": ("red", "SILENT=2027-04-26", "27", "0", "sponsor"),
    # 42 since 18 March: amber at 17 on 12 April. Snoozed 13 to 25 April and 28 April to 9 May: the limit on 10 May. Rungs of
    # SILENT: 27 April, 12 May; rung 4 after 13, 19, 20, 23, 24. In build for 68 days, the 66th was 13 May.
    "Q14": ("red", "SILENT=2027-04-12 OVERSTAY=2027-05-13 SNOOZE_LIMIT=2027-05-10", "42", "50", "sponsor"),
    # Three times the same until 21 April, another answer on 5 May, and the first one anew on 12 May: a new run.
    "Q15": ("green", "", "3", "0", "none"),
    # The second pulse is missed when the next falls due, 30 working days after 5 April: 20 May.
    "Q16": ("amber", "SPONSOR_QUIET=2027-05-20", "3", "50", "owner"),
    # Scaled on 25 March: the look-back falls on 6 May, accepted from 29 April; the report of 28 April is too early. Missed
    # after 9 to 13 May: 19 May. No run owner: the owner is asked, and nobody after.
    "Q17": ("grey", "BLIND=2027-05-19", "13", "", "owner"),
    # Scaled on 10 January: look-backs on 21 February (4.9 of 5 holds) and 7 April (5.6 of the day before is in time, and
    # misses). The next one in July.
    "Q18": ("red", "SLIDING_BACK=2027-04-06", "9", "", "owner"),
    # The owner's account ends on Friday 7 May; on Sunday rung 2 goes to the backup, on 13 May (10 to 13) rung 3.
    "Q19": ("red", "ORPHANED=2027-05-07", "9", "0", "sponsor"),
    # In build for 36 days without item or human merge, the 31st was 10 May; rung 2 on 13 May. A stranger who left is no owner.
    "Q20": ("amber", "PROGRESSLESS=2027-05-10", "3", "50", "owner+backup"),
    # An idea of 4 May: the 7th silent day is 13 May, 9 of 10 days without a metric.
    "Q21": ("amber", "SILENT=2027-05-13", "9", "", "owner"),
    # The deadline was Thursday 13 May: overdue on Friday, its ladder begins on 19 May. The target is met.
    "Q22": ("red", "OVERDUE=2027-05-14", "3", "0", "owner"),
    "Q23": ("ended", "", "", "", "none"),
    "Q24": ("ended", "", "", "", "none"),
    # 9.5 is 10 %: 40 behind, but a "waiting" stands among the last three answers. The trial began with a gap of 23.5 (47 of
    # 200 days, no progress) that never closed below 20.
    "Q25": ("red", "OFF_PACE=2027-03-28", "3", "40", "owner"),
    # 9.6 is 8 %: 42 behind. Three times moving, a gate and a note beside them; 33 points on 2 May, the third answer on 12 May.
    "Q26": ("red", "OFF_PACE=2027-03-28 WATERMELON=2027-05-12", "2", "42", "owner"),
}


def test_the_second_portfolio_is_whole() -> None:
    assert [pilot.id for pilot, _ in SECOND] == list(SECOND_EXPECTED)


@pytest.mark.parametrize("pilot", SECOND_EXPECTED)
def test_the_second_portfolio_gives_what_was_worked_out_by_hand(pilot: str) -> None:
    found = replayed(SECOND, AS_OF, SECOND_SETTINGS.calendar)[pilot]
    health, seen, silent, gap, rung = SECOND_EXPECTED[pilot]
    assert (found["health"], found["wd_silent"], found["pace_gap"], found["rung"]) == (
        health,
        silent,
        gap,
        rung,
    )
    assert set(found["first_seen"].split()) == set(seen.split())
    assert found["findings"].split() == [one.split("=")[0] for one in found["first_seen"].split()]


def test_the_second_portfolios_signals_get_their_verdicts() -> None:
    ours = sorted(
        (one.on.isoformat(), pilot.id, one.text, one.counts.value)
        for pilot, record in SECOND
        for one in record.activities
    )
    theirs = csv.DictReader((DATA / "second-signals.csv").read_text("utf-8").splitlines())
    assert ours == sorted((one["date"], one["pilot"], one["text"], one["counts"]) for one in theirs)


EARLIER = {
    # In build since 10 February (its G2), silent since then for 13 of 17 days; 20 of 200 days gone.
    ("Q03", "2027-03-01"): ("build", "green", "", "13", "10", "none"),
    # Within the pause the count runs on: 3, 4, 7, 8 March and four more.
    ("Q05", "2027-03-17"): ("build", "paused", "PAUSED=2027-03-02", "8", "18", "none"),
    # On the resume date itself everything begins anew.
    ("Q05", "2027-04-04"): ("build", "green", "", "0", "27", "none"),
    # The third mention of 29 April, rung 2 on 4 May; rung 3 falls due on 10 May.
    ("Q12", "2027-05-06"): ("build", "red", "SAME_BLOCKER=2027-04-29", "5", "43", "owner+backup"),
    # The second repeat on 21 April; rung 2 on 26 April (22, 25, 26), rung 3 after 27, 28, 29 April, 2 May. 78 of 200 days.
    ("Q15", "2027-04-28"): ("trial", "red", "REPEATED_ANSWER=2027-04-21", "5", "-11", "owner+backup"),
    # The day before the second pulse is missed.
    ("Q16", "2027-05-19"): ("build", "green", "", "2", "50", "none"),
    # Not yet sent back, not yet three times moving: 33 points are not enough.
    ("Q26", "2027-05-06"): ("trial", "red", "OFF_PACE=2027-03-28", "3", "35", "owner"),
    # Before its first pause, before its gate: the idea it was, silent since it began on Sunday 10 January.
    ("Q06", "2027-01-20"): ("idea", "amber", "SILENT=2027-01-19", "8", "", "owner"),
    # Merged later.
    ("Q23", "2027-04-18"): (
        "idea",
        "red",
        "SILENT=2027-01-19 OVERSTAY=2027-01-25",
        "67",
        "34",
        "leadership digest",
    ),
}


@pytest.mark.parametrize(("pilot", "day"), EARLIER)
def test_an_earlier_day_is_seen_as_it_was(pilot: str, day: str) -> None:
    found = replayed(SECOND, date.fromisoformat(day), SECOND_SETTINGS.calendar)[pilot]
    columns = ("stage", "health", "first_seen", "wd_silent", "pace_gap", "rung")
    assert tuple(found[column] for column in columns) == EARLIER[pilot, day]


def test_a_pilot_that_had_not_begun_has_no_row() -> None:
    assert "Q21" not in replayed(SECOND, date(2027, 5, 3), SECOND_SETTINGS.calendar)
    assert "Q21" in replayed(SECOND, date(2027, 5, 4), SECOND_SETTINGS.calendar)


# A slow oracle: every rule by its sentence in product.md 1.5, 1.6 and 1.12, counted day by day.

STAGES = {
    "idea": (5, 10, 10, None),
    "framed": (10, 20, 25, 15),
    "build": (15, 30, 65, None),
    "trial": (10, 20, 65, 15),
    "rollout": (10, 20, 90, 20),
}
ONE = timedelta(days=1)


def each(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += ONE


def nth(day: date, count: int, calendar: Calendar) -> date:
    while count:
        day += ONE
        count -= calendar.is_working(day)
    return day


def oracle(pilot: Pilot, whole: Record, day: date, calendar: Calendar) -> set[str]:
    """The findings open on a day."""
    record = whole.until(day)
    entries = record.entries

    def count(after: date, without: set[date] | frozenset[date] = frozenset()) -> int:
        return sum(1 for one in each(after + ONE, day) if calendar.is_working(one) and one not in without)

    spoken = [one for one in entries if one.human and one.status.value not in ("ack", "snooze", "refused")]
    pauses: list[tuple[date, date]] = []
    for one in entries:
        if one.status is Status.PAUSE:
            until, most = words.pause_until(one.text)[0], nth(one.on, 60, calendar)
            pauses = [(start, min(end, one.on)) for start, end in pauses]  # one rest at a time
            pauses.append((one.on, min(until or most, most)))
        elif one.status is Status.RESUME and pauses and one.on < pauses[-1][1]:
            pauses[-1] = (pauses[-1][0], one.on)
    if any(start <= day < end for start, end in pauses):
        return {"PAUSED"}
    restarts = [end for _, end in pauses if end <= day]
    spoke = max([spoken[-1].on if spoken else pilot.started, *restarts])
    resting = {one for start, end in pauses for one in each(start + ONE, end)}
    cadence, red, stay, blind = STAGES[pilot.stage.value]
    found = set()

    absent: set[date] = set()
    for told in pilot.owner.absences if pilot.owner else ():
        if told.told_on <= day and sum(calendar.is_working(one) for one in each(told.start, told.end)) <= 10:
            absent |= set(each(told.start, told.end))
    pulses = {
        one.on
        for one in record.activities
        if one.counts is Counts.PULSE and one.on > spoke and calendar.is_working(one.on)
    }
    if count(spoke, absent) >= min(cadence + 2 + min(2, len(pulses)) * (cadence // 2), red):
        found.add("SILENT")
    if count(pilot.stage_since, resting) > stay:
        found.add("OVERSTAY")
    if pilot.stage is Stage.IDEA and pilot.metric is None and count(pilot.stage_since, resting) > 10:
        found.add("NO_METRIC")
    measured = pilot.metric is not None and pilot.metric.baseline is not None
    if blind is not None and not (pilot.stage is Stage.FRAMED and measured):
        since = max([pilot.stage_since, *restarts, *(one.on for one in record.readings)])
        if count(since) > blind:
            found.add("BLIND")
    if pilot.metric is not None and pilot.metric.deadline is not None and day > pilot.metric.deadline:
        found.add("OVERDUE")

    answers = [one for one in entries if one.status in ANSWERS and one.human]
    run: list[Entry] = []
    for one in answers:
        run = [*run, one] if one.status in (Status.STUCK, Status.WAITING) else []
    if any(
        sum(words.same_blocker(one.text, other.text) for other in run[:place]) >= 2
        for place, one in enumerate(run)
    ):
        found.add("SAME_BLOCKER")
    first, repeats = None, 0
    for one in answers:
        same = (
            first is not None
            and (one.status, one.value) == (first.status, first.value)
            and words.alike(one.text, first.text)
        )
        first, repeats = (first, repeats + 1) if same else (one, 0)
    if repeats >= 2:
        found.add("REPEATED_ANSWER")

    if pilot.stage in (Stage.TRIAL, Stage.ROLLOUT):
        metric = pilot.metric
        if metric is not None and measured and record.readings:
            assert (
                metric.baseline is not None
                and metric.target is not None
                and metric.baseline_on
                and metric.deadline
            )
            expected = (day - metric.baseline_on).days / (metric.deadline - metric.baseline_on).days
            progress = (record.readings[-1].value - metric.baseline) / (metric.target - metric.baseline)
            gap = (min(1, max(0, expected)) - float(progress)) * 100
            if gap >= 20 - 1e-9:
                found.add("OFF_PACE")
            if gap >= 33 - 1e-9 and [one.status for one in answers[-3:]] == [Status.MOVING] * 3:
                found.add("WATERMELON")
        limits = [
            one.value
            for one in record.activities
            if one.counts is Counts.PROGRESS_GUARDRAIL and one.value is not None
        ]
        if limits and any(rail.broken(limits[-1]) for rail in pilot.guardrails):
            found.add("GUARDRAIL_BROKEN")

    left = pilot.owner.left_on if pilot.owner else day
    if (
        left is not None
        and left <= day
        and not (pilot.owner and any(one.status is Status.HANDOVER and one.on >= left for one in entries))
    ):
        found.add("ORPHANED")
    snoozed: list[Entry] = []
    for one in entries:
        if one.word:
            snoozed = []
        elif one.status is Status.SNOOZE and one.human:
            snoozed.append(one)
    used_up = len(snoozed) >= 2 or sum(words.snooze_days(one.text) for one in snoozed) >= 15
    over = all(day > nth(one.on, words.snooze_days(one.text), calendar) for one in snoozed)
    if "SILENT" in found and used_up and over:
        found.add("SNOOZE_LIMIT")
    if pilot.stage is Stage.BUILD and not found & {"SILENT", "OVERSTAY", "ORPHANED", "SAME_BLOCKER"}:
        moved = [one.on for one in entries if one.human and one.status in (Status.GATE, Status.ITEM)]
        moved += [one.on for one in record.activities if one.kind == "merge" and one.counts is Counts.PULSE]
        if count(max([pilot.stage_since, *restarts, *moved]), resting) > 30:
            found.add("PROGRESSLESS")
    if pilot.sponsor is not None:
        decided = [one.on for one in spoken if one.author == pilot.sponsor.id]
        waiting = [asked for asked in record.pulses_asked if not decided or asked > decided[-1]]
        if len(waiting) >= 2 and count(waiting[1]) >= 30:
            found.add("SPONSOR_QUIET")
    return found


BEGAN = date(2027, 1, 4)
TEXTS = [
    "waiting on archive access",
    "archive access open",
    "graphics card broken",
    "SEC-12 open",
    "SEC-12 still",
    "team is using it",
    "team is using it!",
    "",
    "contract archive",
    "broken contract card",
]
USUAL = [
    "moving",
    "moving",
    "moving",
    "stuck",
    "waiting",
    "waiting",
    "note",
    "gate",
    "item",
    "snooze",
    "ack",
    "reading",
    "handover",
    "stop",
    "refused",
]


def made_up(seed: int, *, pauses: bool) -> tuple[Pilot, Record, Calendar]:
    """A pilot with some history; every seed another."""
    rng = random.Random(seed)

    def some(most: int) -> list[date]:
        return sorted(started + rng.randrange(170) * ONE for _ in range(rng.randrange(most)))

    started = BEGAN + rng.randrange(10) * ONE
    calendar = Calendar(
        weekdays=rng.choice([frozenset(range(5)), frozenset({6, 0, 1, 2, 3})]),
        holidays=frozenset(BEGAN + rng.randrange(200) * ONE for _ in range(8)),
    )
    away = BEGAN + rng.randrange(150) * ONE
    owner = Person(
        id="o",
        name="O",
        left_on=BEGAN + rng.randrange(180) * ONE if rng.random() < 0.2 else None,
        absences=(
            Absence(start=away, end=away + rng.randrange(25) * ONE, told_on=away - rng.randrange(6) * ONE),
        )
        if rng.random() < 0.3
        else (),
    )
    stage = rng.choice([Stage.IDEA, Stage.FRAMED, Stage.BUILD, Stage.TRIAL, Stage.ROLLOUT])
    metric = None
    if stage is not Stage.IDEA or rng.random() < 0.5:
        metric = Metric(
            name="m",
            direction=Direction.DECREASE,
            target=D(5),
            deadline=started + (60 + rng.randrange(200)) * ONE,
        )
        if rng.random() < 0.8:
            metric = replace(metric, baseline=D(10), baseline_on=started + rng.randrange(30) * ONE)
    rail = guardrail("errors not above 5")
    assert rail is not None
    pilot = Pilot(
        id="x",
        name="x",
        stage=stage,
        stage_since=started + rng.randrange(60) * ONE,
        started=started,
        metric=metric,
        owner=owner if rng.random() < 0.9 else None,
        backup=Person(id="b", name="B") if rng.random() < 0.5 else None,
        sponsor=Person(id="s", name="S"),
        guardrails=(rail,) if rng.random() < 0.5 else (),
    )
    entries: list[Entry] = []
    for number, on in enumerate(some(14)):
        status = rng.choice([*USUAL, "pause", "resume"] if pauses else USUAL)
        text, value = rng.choice(TEXTS), None
        if status == "snooze":
            text = f"{rng.randrange(1, 11)} working days: x"
        elif status == "pause":
            text = f"Paused until {on + rng.randrange(1, 100) * ONE}: x"
        elif status == "item":
            text = "I1 done"
        elif rng.random() < 0.4:
            value = D(rng.randrange(40, 110)) / 10
        author = rng.choice(["o", "o", "o", "s", "b", "svc-x"])
        entries.append(
            words.judged(
                Entry(on=on, author=author, status=Status(status), value=value, text=text, seq=number),
                entries,
            )
        )
    counts = {
        "merge": Counts.PULSE,
        "run": Counts.PULSE,
        "reading": Counts.PROGRESS,
        "guardrail": Counts.PROGRESS_GUARDRAIL,
    }
    activities = [
        Activity(
            on=on,
            source="s",
            actor="o",
            kind=kind,
            counts=counts[kind],
            value=D(rng.randrange(3, 9)) if len(kind) > 5 else None,
        )
        for on in some(10)
        for kind in [rng.choice(list(counts))]
    ]
    readings = [Reading(on=one.on, value=one.value) for one in entries if one.value is not None]
    readings += [
        Reading(on=one.on, value=one.value)
        for one in activities
        if one.counts is Counts.PROGRESS and one.value is not None
    ]
    if metric is not None and metric.baseline is not None and metric.baseline_on is not None:
        readings.insert(0, Reading(on=metric.baseline_on, value=metric.baseline))
    asked = BEGAN + rng.randrange(100) * ONE
    record = Record(
        entries=tuple(entries),
        activities=tuple(activities),
        readings=tuple(sorted(readings, key=lambda one: one.on)),
        items=items_of(entries),
        pulses_asked=(asked, asked + 42 * ONE) if rng.random() < 0.3 else (),
    )
    return pilot, record, calendar


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**9), st.booleans())
def test_every_day_of_a_made_up_pilot_agrees_with_the_oracle(seed: int, pauses: bool) -> None:
    pilot, record, calendar = made_up(seed, pauses=pauses)
    first = pilot.stage_since
    slow = {day: oracle(pilot, record, day, calendar) for day in each(first, first + 120 * ONE)}
    for day, wanted in slow.items():
        found = {
            finding.kind.value: finding.since
            for finding in examine(pilot, record.until(day), day, calendar).findings
        }
        assert set(found) == wanted, day
        for kind, since in found.items():
            began = day
            while began > first and kind in slow[began - ONE]:
                began -= ONE
            # A pause or a louder finding hides without ending; everything else began when its stretch of days did.
            hidden = pauses or kind == "PROGRESSLESS"
            assert hidden or began in {first, since}, (day, kind)


def slow_rung(finding: Finding, pilot: Pilot, record: Record, day: date, calendar: Calendar) -> int:
    """The ladder walked day by day; for findings that climb to the digest on the owner's line."""
    held: set[date] = set()
    acked = False
    for one in record.entries:
        first = one.status is Status.ACK and one.on >= finding.since and not acked
        acked = acked or (first and one.human)
        rest = words.snooze_days(one.text) if one.status is Status.SNOOZE else 3 if first else 0
        if one.human and rest:
            held |= set(each(one.on + ONE, nth(one.on, rest, calendar)))
    rung, waited = 0, 0
    for today in each(finding.since, day):
        if not calendar.is_working(today) or today in held:
            continue
        waited += 1
        if rung == 4 or (rung and waited <= (3, 4, 5)[rung - 1]):
            continue
        gone = [person is None or person.gone(today) for person in (pilot.owner, pilot.backup, pilot.sponsor)]
        # A rung that nobody can be reached on takes no time.
        rung, waited = rung + 1, 1
        while rung < 4 and (gone[0], gone[0] and gone[1], gone[2])[rung - 1]:
            rung += 1
    return rung


CLIMBING = (
    Kind.SILENT,
    Kind.OVERSTAY,
    Kind.OVERDUE,
    Kind.ORPHANED,
    Kind.REPEATED_ANSWER,
    Kind.GUARDRAIL_BROKEN,
    Kind.NO_METRIC,
)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**9), st.integers(30, 150))
def test_every_rung_of_a_made_up_pilot_agrees_with_a_walk_by_days(seed: int, days: int) -> None:
    pilot, record, calendar = made_up(seed, pauses=False)
    if pilot.owner is not None:
        pilot = replace(pilot, owner=replace(pilot.owner, absences=()))
    day = pilot.stage_since + days * ONE
    known = record.until(day)
    for finding in examine(pilot, known, day, calendar).findings:
        if finding.kind in CLIMBING:
            assert climbed(finding, pilot, known, day, calendar, Rules()) == slow_rung(
                finding, pilot, known, day, calendar
            )


# Single sentences of the text, each with the smallest case that tells it.

OWNER = Person(id="o", name="Olga")
SPONSOR = Person(id="s", name="Sven")
PLAIN = Calendar()
TRIAL = Pilot(
    id="x",
    name="x",
    stage=Stage.TRIAL,
    stage_since=date(2027, 4, 5),
    started=date(2027, 4, 5),
    owner=OWNER,
    sponsor=SPONSOR,
)


def answers(*given: tuple[date, str, str]) -> tuple[Entry, ...]:
    made: list[Entry] = []
    for on, status, text in given:
        made.append(words.judged(Entry(on=on, author="o", status=Status(status), text=text), made))
    return tuple(made)


def seen(pilot: Pilot, record: Record, day: date = AS_OF) -> dict[str, date]:
    return {one.kind.value: one.since for one in examine(pilot, record.until(day), day, PLAIN).findings}


def test_the_silence_runs_from_the_last_row_even_before_the_recorded_start() -> None:
    """1.12 "Working days silent = working days after that row … without any row, after `started`": an import without the
    column `started` gets the import day, and its history stays silent since its last row.
    """
    imported = replace(TRIAL, started=AS_OF, stage_since=AS_OF)
    record = Record(entries=answers((date(2027, 4, 20), "note", "seen")))
    assert examine(imported, record, AS_OF, PLAIN).silent == 22
    assert seen(imported, record) == {"SILENT": date(2027, 5, 6)}


def test_blind_counts_from_reading_or_stage_never_from_the_recorded_start() -> None:
    """1.12 "BLIND counts from the later of the last reading and `stage_since`"."""
    imported = replace(TRIAL, started=AS_OF)
    record = Record(
        entries=answers((date(2027, 5, 19), "note", "seen")),
        readings=(Reading(on=date(2027, 4, 6), value=D(1)),),
    )
    assert seen(imported, record) == {"BLIND": date(2027, 4, 28)}


def test_a_blocker_mentioned_more_than_three_times_keeps_the_day_it_began() -> None:
    """1.5 "SAME_BLOCKER at the third mention": likeness is pairwise, so a count may step from two to four."""
    run = answers(
        (date(2027, 5, 4), "waiting", "archive contract legal vendor"),
        (date(2027, 5, 5), "waiting", "archive contract printer toner"),
        (date(2027, 5, 6), "waiting", "legal vendor budget room"),
        (date(2027, 5, 10), "waiting", "archive contract legal vendor"),
    )
    assert [one.mentions for one in run] == [1, 2, 2, 4]
    assert seen(TRIAL, Record(entries=run), AS_OF)["SAME_BLOCKER"] == date(2027, 5, 10)


@pytest.mark.parametrize(
    "text",
    [
        "Support the new invoice format of DHL",
        "Fix scheduled report that skipped Mondays",
        "Handle lock file left behind after a crash",
        "Nightly stock numbers now feed the forecast",
        "Formatting of IBANs in the letter fixed",
    ],
)
def test_a_human_merge_with_content_is_a_pulse_whatever_it_is_about(text: str) -> None:
    """1.5 "human-authored merge to main"; only lockfile-only, formatting-only and licence-header commits are none."""
    build = replace(TRIAL, stage=Stage.BUILD)
    merge = Activity(on=AS_OF, source="git", actor="o", kind="merge", text=text)
    assert activity.judged(merge, build).counts is Counts.PULSE


@pytest.mark.parametrize(
    "text",
    ["Update lockfile", "Reformat only", "Run black", "Formatting", "Add licence headers", "Whitespace"],
)
def test_a_merge_without_content_is_none(text: str) -> None:
    merge = Activity(on=AS_OF, source="git", actor="o", kind="merge", text=text)
    assert activity.judged(merge, replace(TRIAL, stage=Stage.BUILD)).counts is Counts.NO


def test_an_earlier_day_does_not_know_that_a_promise_will_be_kept() -> None:
    promise = Promise(text="x", by=date(2027, 5, 1), made_on=date(2027, 4, 1), kept_on=date(2027, 5, 15))
    assert Record(promises=(promise,)).until(date(2027, 5, 5)).promises == (replace(promise, kept_on=None),)
    assert Record(promises=(promise,)).until(AS_OF).promises == (promise,)


def test_an_item_set_open_again_is_no_progress() -> None:
    """1.12 "gate decisions, ticked items and merges with human content count against it"."""
    build = replace(TRIAL, stage=Stage.BUILD, stage_since=date(2027, 3, 1), started=date(2027, 3, 1))
    record = Record(
        entries=answers(
            (date(2027, 4, 20), "item", "I1 open: a notebook only"), (date(2027, 5, 18), "moving", "a")
        )
    )
    record = replace(record, items=items_of(record.entries))
    assert seen(build, record) == {"PROGRESSLESS": date(2027, 4, 13)}


def test_half_of_a_longer_cadence_is_half_of_it() -> None:
    """1.5 "postpones amber by half a cadence", 1.7 "a longer cadence for a pilot"."""
    slow = replace(TRIAL, stage_since=date(2027, 3, 1), started=date(2027, 3, 1), cadence=20)
    pulse = Activity(on=date(2027, 4, 1), source="git", actor="o", kind="merge", counts=Counts.PULSE)
    record = Record(
        entries=answers((date(2027, 3, 30), "note", "a")),
        activities=(pulse,),
        readings=(Reading(on=date(2027, 5, 10), value=D(1)),),
    )
    # Amber at 20 + 2 + 10 = 32 working days after 30 March.
    assert seen(slow, record)["SILENT"] == date(2027, 5, 13)


@pytest.mark.parametrize("name", ["HR", "IT", "QA"])
def test_a_blocker_may_have_a_short_name(name: str) -> None:
    """1.12 "half of the shorter one's content words"."""
    run = answers(*((date(2027, 5, day), "waiting", f"Waiting for {name}") for day in (4, 5, 6)))
    assert [one.mentions for one in run] == [1, 2, 3]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("latency 300-320 ms", "320"),
        ("conversion -5.2 %", "-5.2"),
        ("unit sales: -3", "-3"),
        ("step 3 – 4", "4"),
    ],
)
def test_a_hyphen_between_numbers_is_no_minus(text: str, number: str) -> None:
    assert last_number(text) == D(number)


def test_a_pause_holds_the_ladder() -> None:
    """1.2 "sanctioned rest", 1.12 "While paused only PAUSED is reported": nothing is asked, so no rung is climbed."""
    build = replace(TRIAL, stage=Stage.BUILD, stage_since=date(2026, 11, 30), started=date(2026, 11, 30))
    resumed = date(2027, 5, 17)
    record = Record(
        entries=(
            Entry(on=date(2027, 3, 1), author="o", status=Status.MOVING, text="a"),
            Entry(on=date(2027, 3, 2), author="s", status=Status.PAUSE, text="Paused until 17 May 2027: x"),
        )
    )
    # The 66th working day after 30 November is 2 March: OVERSTAY and the pause begin on one day.
    (overstay,) = examine(build, record, resumed, PLAIN).findings
    assert overstay.kind is Kind.OVERSTAY
    assert climbed(overstay, build, record, resumed, PLAIN, Rules()) == 1
