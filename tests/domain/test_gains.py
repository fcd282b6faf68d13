"""What a scaled pilot leaves: said in words that are read back, the newest of each."""

import pytest

from bot.domain.gains import Gains, gains_of, off, saves
from tests.domain.build import DAY, MONDAY, entry, record

FULL = Gains(saving="84,000 EUR", confirmed_by="Ada Admin", switched_off="the manual ledger; two licences")


@pytest.mark.parametrize(
    "gains",
    [
        FULL,
        Gains(),
        Gains(saving="1,200 h"),
        Gains(saving="3", confirmed_by="Ada"),
        Gains(switched_off="nothing"),
    ],
)
def test_what_is_said_is_read_back(gains: Gains) -> None:
    said = [entry(MONDAY, "note", text) for text in (saves(gains), off(gains)) if text]
    assert gains_of(record(*said), MONDAY) == gains


def test_a_later_word_corrects_an_earlier_and_older_stages_are_another_matter() -> None:
    said = [
        entry(MONDAY, "note", saves(FULL)),
        entry(MONDAY + 3 * DAY, "note", "Saves 90,000 EUR a year, confirmed by Petra"),
        entry(MONDAY + 4 * DAY, "note", "Switched off: the fax"),
    ]
    found = gains_of(record(*said), MONDAY)
    assert (found.saving, found.confirmed_by, found.switched_off) == ("90,000 EUR", "Petra", "the fax")
    assert gains_of(record(*said), MONDAY + 5 * DAY) == Gains()


def test_other_words_are_no_gains() -> None:
    said = [
        entry(MONDAY, "note", "Saves a lot"),
        entry(MONDAY, "moving", "Saves 5 EUR a year"),
        entry(MONDAY, "note", "It saves 5 EUR a year"),
    ]
    assert gains_of(record(*said), MONDAY) == Gains()


def test_they_end_as_sentences() -> None:
    assert FULL.sentences == (
        "Saves 84,000 EUR a year, confirmed by Ada Admin. Switched off: the manual ledger; two licences."
    )
    assert Gains().sentences == ""
