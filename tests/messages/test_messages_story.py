"""Whatever happened to a pilot, as it is read."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.calendar import Calendar
from bot.domain.commands import Unknown, parse
from bot.domain.story import story
from bot.messages.model import Message, dump, load, text_of
from bot.messages.story import happened, nobody, several
from tests.messages.kit import RULES, TODAY, Portfolio, golden, one_made_up, portfolio, presses

HAPPENED = (
    "What happened: 10 Feb Alexander Roth: \"Board demo, applause, minutes say 'continue'\" · "
    '3 Mar Alexander Roth: "I move to the Oslo office, somebody should take this" · 13 Nov refused as outcome'
)


@pytest.fixture(scope="module")
def sample() -> Portfolio:
    return portfolio()


def _told(sample: Portfolio, pilot_id: str) -> Message:
    seen = sample.one(pilot_id)
    names = {pilot.id: pilot.name for pilot in sample.pilots}
    return happened(
        story(
            seen.pilot,
            seen.record,
            seen.picture,
            today=TODAY,
            calendar=sample.calendar,
            rules=RULES,
            names=names,
            rung=seen.rung,
        )
    )


def test_the_chatbot_of_the_product_page(sample: Portfolio) -> None:
    assert text_of(_told(sample, "P20")).split("\n") == [
        'Ask HV ("the chatbot"): not ended, no owner. Silent for 183 working days (last human word 3 Mar 2026).',
        'Wanted: "Implement an AI chatbot", refused as outcome on 13 Nov 2026: "implement a chatbot" says what is built, not what gets better.',
        "Number: none was ever agreed. Spent: 27,000 EUR; running cost 0.",
        HAPPENED,
        "Who decides: Petra Holm (sponsor). Open: give it an owner and a number, merge, or retire with learning.",
        "You are the 4th to ask (Karl, Dorothea, Henrik). Sources: 3 updates, 3 questions.",
        "[Tell me when it is decided] [Timeline] [Show it]",
    ]


def test_every_story_of_the_sample_reads_as_it_was_approved(sample: Portfolio) -> None:
    golden("stories", "\n\n".join(text_of(_told(sample, pilot.id)) for pilot in sample.pilots))


def test_every_story_has_six_lines_and_a_row_of_buttons(sample: Portfolio) -> None:
    for pilot in sample.pilots:
        assert len(text_of(_told(sample, pilot.id)).split("\n")) == 7, pilot.id


def test_who_asks_can_be_told_unless_it_has_ended(sample: Portfolio) -> None:
    told = {pilot.id: [press.verb for press in presses(_told(sample, pilot.id))] for pilot in sample.pilots}
    assert [pilot_id for pilot_id, verbs in told.items() if "tell_me" not in verbs] == [
        "P02",
        "P08",
        "P15",
        "P17",
    ]


def test_several_that_fit_are_offered_as_buttons(sample: Portfolio) -> None:
    message = several("assistant", sample.pilots[:4])
    assert text_of(message) == (
        '"assistant" fits more than one pilot. Which one?\n[Support Reply Assistant] [Invoice Line Reader] [Returns Reason Classifier]'
    )
    assert presses(message)[0].args == {"text": "happened P01"}


def test_what_was_meant_is_said_again_for_the_one_that_is_chosen(sample: Portfolio) -> None:
    message = several("assistant", sample.pilots[:2], again=lambda pilot_id: f"checkin {pilot_id} 38 moving")
    assert presses(message)[1].args == {"text": "checkin P02 38 moving"}


def test_nobody_by_that_name_gets_the_nearest_names_and_an_offer() -> None:
    message = nobody("the sorting robot", ["Support Reply Assistant", "StoreBuddy"], askers=2)
    assert text_of(message) == (
        '"the sorting robot" is not registered. Nearest: Support Reply Assistant, StoreBuddy. Your question is noted. 2 other people asked for it too.\n'
        "[Support Reply Assistant] [StoreBuddy] [Register it]"
    )
    assert [press.verb for press in presses(message)] == ["say", "say", "form_register"]
    assert not isinstance(parse(presses(message)[0].args["text"], TODAY), Unknown)


def test_nobody_and_nothing_near() -> None:
    assert text_of(nobody("x")) == '"x" is not registered. Your question is noted.\n[Register it]'


@settings(max_examples=100, deadline=None)
@given(
    at=st.integers(0, 60), named=st.text(max_size=200), said=st.text(max_size=500), asker=st.text(max_size=80)
)
def test_no_name_or_word_breaks_the_six_lines(at: int, named: str, said: str, asker: str) -> None:
    seen = one_made_up(at, named=named, said=said)
    asked = [(asker, TODAY), ("Ina Brandt", TODAY)]
    told = story(
        seen.pilot,
        seen.record,
        seen.picture,
        today=TODAY,
        calendar=Calendar(),
        rules=RULES,
        asked=asked,
        rung=seen.rung,
    )
    message = happened(told)
    assert len(text_of(message).split("\n")) == 7
    assert len(message.headline) <= 140
    assert load(dump(message)) == message
