"""One-line replies, help and the first words: read aloud once, kept from then on."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from bot.domain.commands import Unknown, parse
from bot.domain.findings import Kind
from bot.domain.grammar import EXAMPLES
from bot.domain.ladder import Role, Rung
from bot.domain.people import Person
from bot.domain.record import Status
from bot.messages import help as help_words
from bot.messages import replies
from bot.messages.model import Press, dump, text_of
from bot.messages.nudge import answered, nudge
from tests.messages.kit import TODAY, Portfolio, ask, golden, portfolio, presses, somebody

UNDO = Press("undo", {"pilot": "P01", "entry": "7"})
NEXT = date(2026, 12, 16)


@pytest.fixture(scope="module")
def sample() -> Portfolio:
    return portfolio()


def test_the_thanks_of_the_experience_page() -> None:
    assert replies.noted(NEXT) == "Noted, thanks. Next check-in 16 Dec 2026."


def test_every_line_reads_as_it_was_approved(sample: Portfolio) -> None:
    pilot, metric = sample.one("P01").pilot, sample.one("P01").pilot.metric
    petra = somebody("petra.holm")
    assert metric is not None
    lines = [
        replies.noted(NEXT, replies.stepped(metric, Decimal("6.5"), Decimal("6.2"))),
        replies.noted(None),
        replies.held(NEXT),
        replies.snoozed(5, NEXT, "quarter closing", 1),
        replies.snoozed(1, NEXT, "audit", 0),
        replies.taken_back(pilot),
        replies.false_alarm(),
        replies.handed_over(petra),
        replies.taken_over(pilot, petra),
        replies.declined(),
        replies.away(TODAY, NEXT, 18, ["Support Reply Assistant: Jonas Ebert"]),
        replies.passed_on([petra], pilot),
        replies.kept(NEXT, petra, petra),
        replies.paused(NEXT, "works agreement under way", petra),
        replies.resumed(),
        replies.retired("drivers know access times the map does not", petra),
        replies.proposed_end(petra, NEXT),
        replies.merged(pilot, petra),
        replies.scaled(petra, NEXT),
        replies.still_worth_it(yes=True),
        replies.still_worth_it(yes=False),
        replies.will_be_told(pilot),
        replies.promise_kept(),
        replies.undelivered("nudge", "Petra Holm", "user_disabled"),
        replies.uncertain_digest("#leadership"),
        replies.saving(),
    ]
    assert not [one for one in lines if "!" in one or "please" in one.lower() or "\n" in one]
    golden("replies", "\n".join(lines))


def test_a_check_in_that_is_stuck_offers_to_name_who_can_clear_it(sample: Portfolio) -> None:
    pilot = sample.one("P01").pilot
    message = replies.checked_in(pilot, "Read as: stuck.", undo=UNDO, status=Status.STUCK, ask="7f3a")
    assert text_of(message) == "Support Reply Assistant: Read as: stuck.\n[Name who can clear it] [Undo]"
    assert presses(message)[0] == Press("form_checkin", {"ask": "7f3a", "status": "stuck"})
    assert text_of(replies.checked_in(pilot, "Read as: moving.", undo=UNDO, status=Status.MOVING)).endswith(
        "[Undo]"
    )
    typed = replies.checked_in(pilot, "Read as: waiting.", status=Status.WAITING)
    assert presses(typed) == [Press("form_checkin", {"pilot": "P01", "status": "waiting"})]


def test_a_first_reading_is_the_baseline_and_freezes_the_target(sample: Portfolio) -> None:
    pilot = sample.one("P01").pilot
    assert pilot.metric is not None
    assert (
        text_of(replies.reading_noted(pilot, Decimal("6.2"), TODAY))
        == "Support Reply Assistant: 6.2 h on 20 Nov 2026 is noted, 95 % of the way."
    )
    bare = replace(pilot, metric=replace(pilot.metric, baseline=None, baseline_on=None))
    assert (
        text_of(replies.reading_noted(bare, Decimal(10), TODAY, baseline=True))
        == "Support Reply Assistant: 10 h on 20 Nov 2026 is the baseline. The target is 6 h."
    )


def test_a_decision_names_its_maker_and_can_be_undone(sample: Portfolio) -> None:
    message = replies.decided(
        sample.one("P21").pilot,
        replies.kept(NEXT, somebody("kirsten.moll"), somebody("birgit.sorensen")),
        undo=UNDO,
    )
    assert text_of(message) == (
        "Conveyor Failure Warning: Kept: Kirsten Moll owns it, next decision on 16 Dec 2026. Decided by Birgit Sorensen.\n[Undo]"
    )


def test_an_answer_taken_back_opens_its_own_question_again(sample: Portfolio) -> None:
    views = [
        replace(ask(sample.one(one), Kind.SILENT, Rung.OWNER, Role.OWNER), ask_id=one)
        for one in ("P03", "P11")
    ]
    message = nudge(
        Person(id="x", name="X"), views, calendar=sample.calendar, today=TODAY, more=0, first_time=False
    )
    told = message.with_section("ask:P03", *answered(views[0].pilot, "Noted, thanks."))
    again = replies.reopened(dump(told), "P03", "Returns Reason Classifier")
    lines = text_of(again).split("\n")
    assert lines[1:3] == [
        "Returns Reason Classifier: your answer is taken back. How does it stand?",
        "[Moving] [Stuck] [Waiting] [I would stop it] [more: Number and a line · Snooze · Hand over · Retire]",
    ]
    assert lines[3:] == text_of(told).split("\n")[2:]


def test_a_word_where_nothing_was_asked_is_not_lost_in_silence() -> None:
    assert text_of(replies.nothing_asked()).startswith("Nothing waits for you here, so this went nowhere.")


def test_help_reads_as_it_was_approved() -> None:
    pages = [help_words.help_page(), help_words.help_page("snooze"), help_words.help_page("digest")]
    pages.append(
        help_words.unknown(Unknown(text="snoze Ask HV", nearest="snooze", example=EXAMPLES["snooze"]))
    )
    pages.append(help_words.unknown(Unknown(text="hmm", nearest="help", example="")))
    pages += [help_words.welcome("Ina Brandt"), help_words.welcome(quiet_hours=0)]
    golden("help", "\n\n".join(text_of(page) for page in pages))


def test_help_fits_one_screen_and_names_every_command() -> None:
    text = text_of(help_words.help_page())
    assert len(text.split("\n")) <= 14
    for verb in EXAMPLES:
        assert verb == "help" or verb in text, verb


def test_an_unknown_topic_gets_the_whole_page() -> None:
    assert help_words.help_page("nonsense") == help_words.help_page()


def test_the_buttons_of_help_are_commands() -> None:
    for page in (
        help_words.help_page(),
        help_words.help_page("snooze"),
        help_words.welcome(),
        replies.nothing_asked(),
    ):
        for press in presses(page):
            assert press.verb.startswith("form_") or not isinstance(parse(press.args["text"], TODAY), Unknown)
