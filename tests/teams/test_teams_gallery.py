"""Everything that we say, as it stands in Teams: each form, each page of the sample, and ten thousand pilots."""

from datetime import date

import pytest

from bot.domain import grammar
from bot.domain.calendar import Calendar
from bot.domain.commands import parse
from bot.domain.digest import Counts, OwnWeek, digest
from bot.messages import digest as digest_page
from bot.messages import help as help_page
from bot.messages.model import Form, Message
from bot.teams.ids import Origin, sent_from
from bot.teams.render import cards
from bot.teams.views import form_card
from tests.messages.kit import RULES, TODAY, Portfolio, portfolio, ten_thousand
from tests.messages.test_messages_forms import _all as all_forms
from tests.teams.check_card import actions_of, check_card, size_of


@pytest.fixture(scope="module")
def sample() -> Portfolio:
    return portfolio()


def checked(message: Message, *, most: int = 1) -> None:
    made = cards(message, key="k", tenant="t")
    assert [problem for card in made for problem in check_card(card)] == []
    assert len(made) <= most, [size_of(card) for card in made]


def test_every_form_is_one_card_that_can_be_shown_again(sample: Portfolio) -> None:
    for form in all_forms(sample):
        card = form_card(form, Origin(message="17", stamp="s"))
        assert check_card(card) == [], form.title
        assert _kept(card["actions"][0]["data"]) == form, (form.title, size_of(card))


def _kept(data: object) -> Form | None:
    sent = sent_from(data)
    return sent.form if sent is not None else None


def test_help_and_welcome() -> None:
    checked(help_page.welcome())
    for topic in ("", *grammar.EXAMPLES):
        checked(help_page.help_page(topic))


def test_the_weeks_digest_of_the_sample_is_one_card(sample: Portfolio) -> None:
    before = digest(
        sample.seen(date(2026, 11, 13)), today=date(2026, 11, 13), calendar=sample.calendar, rules=RULES
    ).counts
    own = OwnWeek(sent=31, answered=23, median_hours=5.2)
    week = digest(
        sample.seen(), today=TODAY, calendar=sample.calendar, rules=RULES, before=before, own_week=own
    )
    checked(digest_page.post(week))
    checked(digest_page.full(week), most=2)
    checked(digest_page.decisions(week), most=2)


def test_the_digest_of_ten_thousand_pilots_fits() -> None:
    own = OwnWeek(sent=0, answered=0, median_hours=0.0)
    week = digest(
        ten_thousand(), today=TODAY, calendar=Calendar(), rules=RULES, before=Counts(), own_week=own
    )
    checked(digest_page.post(week))
    checked(digest_page.full(week), most=4)


def test_every_button_that_stands_for_words_stands_for_a_command(sample: Portfolio) -> None:
    for card in cards(help_page.welcome()):
        for action in actions_of(card):
            sent = sent_from(action["data"])
            assert sent is not None
            if sent.press.verb == "say":
                assert parse(sent.press.args["text"], TODAY)
