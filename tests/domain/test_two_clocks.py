"""B3, B4 and B8 in the words in which they are asked for, on the sample portfolio and on own rows."""

from datetime import date

import pytest

from bot.domain.findings import Kind, Picture
from bot.domain.gates import lacks, refusal
from bot.domain.readiness import ITEMS, by_list, readiness
from bot.domain.record import Item
from bot.domain.stages import Gate
from tests.domain.build import MONDAY, PLAIN, pilot, record
from tests.messages.kit import Portfolio, portfolio


@pytest.fixture(scope="module")
def sample() -> Portfolio:
    return portfolio()


def _kinds(picture: Picture) -> set[Kind]:
    return {one.kind for one in picture.findings}


@pytest.mark.parametrize(
    ("pilot_id", "kind", "story", "word"),
    [
        ("P18", Kind.SILENT, "the connector writes weekly, nobody is home", date(2026, 9, 2)),
        ("P16", Kind.BLIND, "they talk, and there is no baseline", None),
        ("P11", Kind.SILENT, "only robots commit", date(2026, 7, 16)),
    ],
)
def test_b3_neither_clock_stands_in_for_the_other(
    sample: Portfolio, pilot_id: str, kind: Kind, story: str, word: date | None
) -> None:
    seen = sample.one(pilot_id)
    assert kind in _kinds(seen.picture), story
    last = seen.picture.last_word
    assert last is not None
    if word is not None:
        assert last.on == word
        assert any(one.on > word for one in seen.record.activities), "machines went on"
    else:
        assert Kind.SILENT not in _kinds(seen.picture)


@pytest.mark.parametrize(
    ("pilot_id", "flagged"), [("P05", True), ("P23", True), ("P01", False), ("P14", False)]
)
def test_b4_the_watermelons_of_the_sample(sample: Portfolio, pilot_id: str, flagged: bool) -> None:
    assert (Kind.WATERMELON in _kinds(sample.one(pilot_id).picture)) is flagged


def test_b8_a_brilliant_model_with_no_trained_users_scores_nothing_and_g4_refuses() -> None:
    """I = 8/8, D = 7/7, O = 0/8: all by evidence, so that each of them counts whole."""
    machine = tuple(
        Item(code=code, state="done", on=MONDAY, by="GitHub", evidence="run 7", automatic=True)
        for code in ITEMS
        if code[0] in "ID"
    )
    assert by_list(machine, MONDAY, PLAIN) == {"I": 1.0, "D": 1.0, "O": 0.0}
    assert readiness(machine, MONDAY, PLAIN) == 0
    missing = lacks(Gate.G4, pilot(), record(items=machine), MONDAY, PLAIN)
    assert {one.code for one in missing} >= {"O1", "O2", "O3", "O4", "O5", "O6"}
    assert "Users are not trained (O3)" in refusal(missing, most=99)
