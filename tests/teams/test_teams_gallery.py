"""Everything that we say, as it stands in Teams: each form, each page of the sample, and ten thousand pilots."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest

from bot.domain import grammar
from bot.domain.calendar import Calendar
from bot.domain.commands import parse
from bot.domain.digest import Counts, OwnWeek, Seen, digest
from bot.domain.people import Person
from bot.messages import digest as digest_page
from bot.messages import help as help_page
from bot.messages import pilot_card
from bot.messages.home import Home, home
from bot.messages.model import Form, Message
from bot.slack.views import home as home_view
from bot.teams.ids import Origin, sent_from
from bot.teams.render import cards
from bot.teams.views import form_card
from tests.messages.kit import RULES, TODAY, Portfolio, made_up, portfolio, ten_thousand
from tests.messages.test_messages_forms import _all as all_forms
from tests.teams.check_card import actions_of, check_card, size_of, texts_of


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


@pytest.mark.trial
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


HOSTILE_NAMES = (
    "<!channel> <at>All</at>",
    "\u202eexe.live\x00",
    "**b** [x](https://evil.example) {{DATE(x)}}",
    "N" * 80,
)


def _pilots(count: int) -> list[Seen]:
    """So many, with names that want to be more than names among them."""
    made = list(ten_thousand()) if count == 10_000 else made_up(count)
    for at, name in enumerate(HOSTILE_NAMES[:count]):
        made[at] = replace(made[at], pilot=replace(made[at].pilot, name=name))
    return made


@pytest.mark.parametrize("count", [0, 1, 49, 50, 51, 100, pytest.param(10_000, marks=pytest.mark.trial)])
def test_list_home_and_digest_fit_for_any_number_of_pilots_and_any_names(count: int) -> None:
    seen = _pilots(count)
    viewer = Person(id="p", name="<at>Everybody</at>")
    for which in ("all", "mine", "stalled", "decisions"):
        checked(pilot_card.listing(seen, which=which, today=TODAY), most=4)
    wants = [one.pilot.id for one in seen[:100]]
    checked(home(Home(viewer=viewer, seen=seen, wants=wants, today=TODAY, registered=count)), most=4)
    week = digest(seen, today=TODAY, calendar=Calendar(), rules=RULES, before=None)
    checked(digest_page.post(week))
    checked(digest_page.full(week), most=4)
    checked(digest_page.decisions(week), most=4)


def test_home_says_the_same_in_both_houses(sample: Portfolio) -> None:
    viewer = next(one.pilot.owner for one in sample.seen() if one.pilot.owner is not None)
    mine = [one for one in sample.seen() if one.pilot.owner == viewer]
    message = home(Home(viewer=viewer, seen=mine, wants=[mine[0].pilot.id], today=TODAY))
    (card,) = cards(message)
    here = _words(" ".join(texts_of(card)))
    there = _words(" ".join(_strings(home_view(message, team="T1")["blocks"])))
    assert here == there
    assert len(here) > 20


def _words(text: str) -> list[str]:
    """Every word that is read, in the order of the alphabet: columns stand elsewhere in the other house."""
    return sorted(re.findall(r"[\w%€]{2,}", text.replace("\u200b", "")))


def _strings(found: object) -> Iterator[str]:
    if isinstance(found, list):
        for one in found:
            yield from _strings(one)
    elif isinstance(found, dict):
        for name, one in found.items():
            if name == "text" and isinstance(one, str):
                yield one
            elif name not in ("value", "action_id", "block_id", "confirm", "accessibility_label"):
                yield from _strings(one)
