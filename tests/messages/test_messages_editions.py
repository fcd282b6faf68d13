"""The editions of owners and sponsors, the timeline and the news: within the limits of both platforms, whoever writes."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.domain.calendar import Calendar
from bot.domain.digest import Audience, Edition, digest
from bot.domain.people import Person
from bot.domain.record import Entry, Record, Status
from bot.domain.story import story, timeline
from bot.messages import story as words
from bot.messages.digest import HEADLINE, LINES, as_line, decisions, full, post
from bot.messages.model import Message, dump, load, text_of
from bot.slack.render import render
from bot.teams.render import cards
from tests.messages.kit import RULES, TODAY, Portfolio, made_up, portfolio, ten_thousand
from tests.teams.check_card import check_card

READERS = (
    Audience(edition=Edition.OWNER, person=Person(id="owner.oa", name="Owner Oa")),
    Audience(edition=Edition.SPONSOR, person=Person(id="sponsor.sa", name="Sponsor Sa")),
)
HOSTILE = ("<!channel> <@U1>", "\u202egnp.exe", "a\x00b", "x" * 100_000, "]]>*_`~|", "\n\n\n", "😀" * 400)


@pytest.fixture(scope="module")
def sample() -> Portfolio:
    return portfolio()


def _marked_up(value: object) -> Iterator[str]:
    """Every text in which Slack would read a mention; plain ones it shows as they are."""
    if isinstance(value, dict):
        if value.get("type") == "mrkdwn":
            yield str(value["text"])
        for inner in value.values():
            yield from _marked_up(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _marked_up(inner)


def _fits_both(message: Message, *, most: int = 1) -> None:
    assert len(message.headline) <= 140
    assert load(dump(message)) == message
    shown = render(message, team="T1")["blocks"]
    assert "…and" not in str(shown)
    assert [text for text in _marked_up(shown) if "<!channel>" in text] == []
    made = cards(message, key="k", tenant="t")
    assert [problem for card in made for problem in check_card(card)] == []
    assert len(made) <= most


@pytest.mark.parametrize("count", [0, 1, 24, 1000, pytest.param(10_000, marks=pytest.mark.trial)])
@pytest.mark.parametrize("reader", READERS, ids=lambda one: one.edition.value)
def test_an_edition_fits_one_screen_whatever_its_reader_owns(reader: Audience, count: int) -> None:
    seen = list(ten_thousand()) if count == 10_000 else made_up(count)
    told = digest(
        seen, today=TODAY, calendar=Calendar(), rules=RULES, audience=reader, read_on=date(2026, 11, 23)
    )
    assert all(reader.concerns(one) for one in told.pilots)
    assert len(post(told).headline) <= HEADLINE
    lines = text_of(post(told)).split("\n")
    assert len(lines) <= LINES, "\n".join(lines)
    assert len(as_line(told)) <= 300
    _fits_both(post(told))
    _fits_both(full(told), most=2)
    _fits_both(decisions(told), most=2)


@pytest.mark.parametrize("said", HOSTILE)
def test_what_people_wrote_breaks_neither_timeline_nor_news(sample: Portfolio, said: str) -> None:
    one = sample.one("P01")
    pilot = replace(one.pilot, name=said, aliases=(said,))
    rows = tuple(
        Entry(on=TODAY - timedelta(days=n), author=said, status=Status.NOTE, text=f"{n} {said}", seq=n)
        for n in range(60, 0, -1)
    )
    record = replace(one.record, entries=rows)
    told = story(pilot, record, one.picture, today=TODAY, calendar=sample.calendar, rules=RULES)
    shown = words.timeline(pilot, timeline(pilot, record), told)
    assert len(shown.sections) <= 12
    _fits_both(shown, most=3)
    _fits_both(words.decided(pilot, said, TODAY, said))
    _fits_both(words.undone(pilot, said))


def test_the_timeline_tells_everything_once_and_in_order(sample: Portfolio) -> None:
    """Counted against the record itself: each row with words, each reading that no row brought."""
    for pilot in sample.pilots:
        record: Record = sample.records[pilot.id]
        found = timeline(pilot, record)
        assert [one.on for one in found] == sorted(one.on for one in found)
        spoken = [one.text for one in record.entries if one.text.strip()]
        assert [text for text in spoken if text not in [one.text for one in found]] == []
        silent = {(one.on, one.value) for one in record.readings} - {
            (one.on, one.value) for one in record.entries
        }
        assert len([one for one in found if not one.text and one.value is not None]) >= len(silent)
