"""What each gate wants: the sentence that a refusal says, and when there is none."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from bot.domain.gates import ACCEPTS, RUNS, lacks, refusal
from bot.domain.metric import Metric
from bot.domain.people import Person
from bot.domain.pilot import Pilot, Risk
from bot.domain.readiness import ITEMS, readiness
from bot.domain.record import Entry, Item, Reading, Record
from bot.domain.stages import Gate, Stage
from tests.domain.build import ALICE, DAY, MONDAY, PLAIN, RUTH, SAM, entry, pilot, rails, record, signal

#: Five weeks into trial.
TODAY = MONDAY + timedelta(weeks=5)
METRIC = Metric(
    name="handling time",
    unit="min",
    baseline=Decimal(10),
    baseline_on=MONDAY,
    target=Decimal(6),
    deadline=date(2026, 12, 18),
)
TRIAL = pilot(metric=METRIC, run_owner=RUTH)
READINGS = tuple(
    Reading(on=MONDAY + timedelta(days=days), value=Decimal(value))
    for days, value in ((1, "9"), (15, "8"), (30, "7.5"))
)
EVIDENCE = {
    "O3": "42 of 50",
    "O4": "legal yes; security yes; works council yes; IT yes",
    "O8": "switched off on 12 January 2026",
}


def done(*codes: str, on: date = MONDAY + 20 * DAY) -> tuple[Item, ...]:
    return tuple(
        Item(code=code, state="done", on=on, by="alice", evidence=EVIDENCE.get(code, "link"))
        for code in codes
    )


def without(items: tuple[Item, ...], *codes: str) -> tuple[Item, ...]:
    return tuple(item for item in items if item.code not in codes)


ORGANISATION = done("O1", "O2", "O3", "O4", "O5", "O6")
READY = record(readings=READINGS, items=ORGANISATION)


def codes(gate: Gate, a_pilot: Pilot, its: Record, reason: str = "", by: Person | None = None) -> list[str]:
    return [one.code for one in lacks(gate, a_pilot, its, TODAY, PLAIN, reason=reason, decided_by=by)]


def sentence(gate: Gate, a_pilot: Pilot, its: Record) -> str:
    return refusal(lacks(gate, a_pilot, its, TODAY, PLAIN))


# G4.


def test_g4_with_everything_lacks_nothing() -> None:
    assert sentence(Gate.G4, TRIAL, READY) == "Nothing is missing."


def test_g4_refuses_because_users_are_not_trained_although_everything_else_is_green() -> None:
    its = replace(READY, items=without(ORGANISATION, "O3"))
    assert sentence(Gate.G4, TRIAL, its) == "Users are not trained (O3): everything else is green."
    some = replace(its, items=(*its.items, replace(done("O3")[0], evidence="30 of 50")))
    assert sentence(Gate.G4, TRIAL, some) == (
        "Users are not trained (O3), 30 of 50 where 80 % are needed: everything else is green."
    )


def test_b8_a_brilliant_model_with_no_trained_users_is_0_and_g4_refuses() -> None:
    """I=8/8, D=7/7, O=0/8 → 0, and G4 refuses."""
    items = tuple(
        replace(item, automatic=True, on=TODAY) for item in done(*(c for c in ITEMS if c[0] in "ID"))
    )
    assert readiness(items, TODAY, PLAIN) == 0
    missing = codes(Gate.G4, TRIAL, record(readings=READINGS, items=items))
    assert missing == ["O6", "O1", "O2", "O3", "O4", "O5"]


@pytest.mark.parametrize(
    ("story", "readings", "lack"),
    [
        ("three over four weeks", ((0, "9"), (14, "8"), (28, "7")), None),
        ("a day short of four weeks", ((0, "9"), (14, "8"), (27, "7")), "readings"),
        ("two only", ((0, "9"), (28, "7")), "readings"),
        ("those before it went live do not count", ((-9, "9"), (14, "8"), (28, "7")), "readings"),
        ("none at all", (), "readings"),
        ("half of the way", ((0, "9"), (14, "8"), (28, "8")), None),
        ("a hair less", ((0, "9"), (14, "8"), (28, "8.01")), "half"),
        ("backwards", ((0, "9"), (14, "8"), (28, "12")), "half"),
    ],
)
def test_g4_wants_three_readings_over_four_weeks_and_half_of_the_way(
    story: str, readings: tuple[tuple[int, str], ...], lack: str | None
) -> None:
    taken = tuple(Reading(on=MONDAY + on * DAY, value=Decimal(value)) for on, value in readings)
    missing = codes(Gate.G4, TRIAL, replace(READY, readings=taken), reason="" if readings else "said")
    assert missing == ([lack] if lack else []), story


def test_g4_under_half_of_the_way_takes_the_sponsors_written_reason() -> None:
    slow = replace(READY, readings=(*READINGS[:2], Reading(on=TODAY, value=Decimal("8.8"))))
    assert sentence(Gate.G4, TRIAL, slow) == (
        "30 % of the way is made, under 50 % it takes the sponsor's written reason: everything else is green."
    )
    assert codes(Gate.G4, TRIAL, slow, reason="the second site starts in May") == []
    assert codes(Gate.G4, TRIAL, slow, reason="  ") == ["half"]


def test_g4_with_a_broken_guardrail_is_refused_whatever_the_number_says() -> None:
    guarded = replace(TRIAL, guardrails=rails("errors not above 5"))
    broken = replace(READY, activities=(signal(TODAY, "guardrail", "errors 7", "svc-x", of=guarded),))
    mended = replace(
        READY, activities=(*broken.activities, signal(TODAY, "guardrail", "errors 4", "svc-x", of=guarded))
    )
    assert codes(Gate.G4, guarded, broken) == ["guardrail"]
    assert "errors not above 5 is broken, 7 on 9 Feb 2026" in sentence(Gate.G4, guarded, broken)
    assert codes(Gate.G4, guarded, mended) == []


def test_g4_wants_a_run_owner_who_accepted_and_a_budget() -> None:
    open_ = replace(READY, items=without(ORGANISATION, "O6"))
    assert "Nobody is named who runs it" in sentence(Gate.G4, replace(TRIAL, run_owner=None), READY)
    assert "Ruth Vogt has not accepted to run it (O6)" in sentence(Gate.G4, TRIAL, open_)
    said = record(entry(TODAY, "note", ACCEPTS, "ruth"), readings=READINGS, items=open_.items)
    assert "The run budget for 12 months is not named (O6)" in sentence(Gate.G4, TRIAL, said)


def test_g4_the_sponsors_own_decision_is_the_tap_that_o1_wants() -> None:
    its = replace(READY, items=without(ORGANISATION, "O1"))
    assert codes(Gate.G4, TRIAL, its) == ["O1"]
    assert codes(Gate.G4, TRIAL, its, by=SAM) == []
    assert codes(Gate.G4, TRIAL, its, by=ALICE) == ["O1"]


def test_g4_a_stakeholder_who_said_no_is_named() -> None:
    no = Item(code="O4", state="open", on=MONDAY, by="alice", evidence="legal no since 5 Jan 2026; IT yes")
    its = replace(READY, items=(*without(ORGANISATION, "O4"), no))
    assert sentence(Gate.G4, TRIAL, its) == (
        "Not every stakeholder has agreed (O4), legal said no: everything else is green."
    )


# G3.


@pytest.mark.parametrize("risk", list(Risk))
def test_g3_wants_the_items_of_its_risk_class_as_they_stand_today(risk: Risk) -> None:
    """A rollback test of ninety-one days ago no longer shows anything."""
    build = pilot(Stage.BUILD, risk=risk)
    items = done(*ITEMS, on=TODAY - 91 * DAY)
    missing = codes(Gate.G3, build, record(items=items))
    assert missing == (["I6"] if risk is Risk.MINIMAL else ["I2", "I6"])
    assert codes(Gate.G3, build, record(items=done(*ITEMS, on=TODAY - 20 * DAY))) == []


def test_g3_a_reason_sets_an_item_aside() -> None:
    aside = tuple(replace(item, state="na") for item in done("I4"))
    its = record(items=(*done("I1", "I6", "D1", "D2", "O3"), *aside))
    assert codes(Gate.G3, pilot(Stage.BUILD), its) == []


# G5.

ROLLOUT = pilot(Stage.ROLLOUT, metric=METRIC, run_owner=RUTH)
HELD = (Reading(on=TODAY - DAY, value=Decimal(6)), Reading(on=TODAY, value=Decimal("5.5")))


def rollout(
    *rows: Entry, items: tuple[Item, ...] | None = None, readings: tuple[Reading, ...] = HELD
) -> Record:
    confirmed = entry(TODAY, "note", RUNS, "ruth")
    return record(confirmed, *rows, items=done(*ITEMS) if items is None else items, readings=readings)


def test_g5_with_everything_lacks_nothing() -> None:
    assert codes(Gate.G5, ROLLOUT, rollout()) == []


@pytest.mark.parametrize(
    ("story", "a_pilot", "its", "lack"),
    [
        ("one reading below", ROLLOUT, rollout(readings=(READINGS[0], HELD[0])), "held"),
        ("nobody runs it", replace(ROLLOUT, run_owner=None), rollout(), "run_owner"),
        ("the owner runs it", replace(ROLLOUT, run_owner=ALICE), rollout(), "run_owner"),
        (
            "nobody confirmed",
            ROLLOUT,
            record(items=done(*ITEMS), readings=HELD),
            "confirmed",
        ),
        (
            "confirmed before the rollout began",
            ROLLOUT,
            record(entry(MONDAY - DAY, "note", RUNS, "ruth"), items=done(*ITEMS), readings=HELD),
            "confirmed",
        ),
        (
            "somebody else confirmed",
            ROLLOUT,
            record(entry(TODAY, "note", RUNS, "alice"), items=done(*ITEMS), readings=HELD),
            "confirmed",
        ),
        ("an item is open", ROLLOUT, rollout(items=without(done(*ITEMS), "D7")), "D7"),
        (
            "the old way still runs",
            ROLLOUT,
            rollout(
                items=(*without(done(*ITEMS), "O8"), replace(done("O8")[0], evidence="until 31 March 2026"))
            ),
            "O8",
        ),
        (
            "nobody said until when the old way runs",
            ROLLOUT,
            rollout(items=(*without(done(*ITEMS), "O8"), replace(done("O8")[0], evidence="soon"))),
            "O8",
        ),
    ],
)
def test_g5_says_what_is_missing(story: str, a_pilot: Pilot, its: Record, lack: str) -> None:
    assert codes(Gate.G5, a_pilot, its) == [lack], story


@pytest.mark.parametrize("code", ["I7", "D6", "O7"])
def test_g5_a_minimal_risk_pilot_may_skip_three_items_with_a_reason(code: str) -> None:
    aside = replace(done(code)[0], state="na", evidence="no such data")
    its = rollout(items=(*without(done(*ITEMS), code), aside))
    assert codes(Gate.G5, ROLLOUT, its) == []
    for risk in (Risk.LIMITED, Risk.HIGH):
        assert codes(Gate.G5, replace(ROLLOUT, risk=risk), its) == [code]


def test_a_refusal_says_the_first_four_and_counts_the_rest() -> None:
    told = sentence(Gate.G4, TRIAL, replace(READY, items=()))
    assert told.startswith("6 things are missing. Ruth Vogt has not accepted to run it (O6). The sponsor")
    assert told.endswith("And 2 more.")
    two = replace(READY, items=without(ORGANISATION, "O3", "O5"))
    assert sentence(Gate.G4, TRIAL, two) == (
        "2 things are missing. Users are not trained (O3). Users have nowhere to report trouble (O5). Everything else is green."
    )
