"""The week as it is read: on the sample word for word, on made-up portfolios of every size within its limits."""

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.calendar import Calendar
from bot.domain.commands import Unknown, parse
from bot.domain.digest import Counts, Digest, OwnWeek, Seen, digest, for_owner, for_sponsor
from bot.domain.findings import Kind
from bot.messages.digest import HEADLINE, LINES, as_line, counts_line, decisions, full, headline, post
from bot.messages.model import Message, dump, load, text_of
from bot.slack.render import render
from tests.messages.kit import (
    RULES,
    TODAY,
    Portfolio,
    golden,
    made_up,
    portfolio,
    presses,
    somebody,
)

OWN = OwnWeek(sent=31, answered=23, median_hours=5.2)


@pytest.fixture(scope="module")
def sample() -> Portfolio:
    return portfolio()


@pytest.fixture(scope="module")
def week(sample: Portfolio) -> Digest:
    before = digest(
        sample.seen(date(2026, 11, 13)), today=date(2026, 11, 13), calendar=sample.calendar, rules=RULES
    ).counts
    return digest(
        sample.seen(), today=TODAY, calendar=sample.calendar, rules=RULES, before=before, own_week=OWN
    )


def _of(seen: list[Seen]) -> Digest:
    return digest(seen, today=TODAY, calendar=Calendar(), rules=RULES, before=Counts(), own_week=OWN)


def test_the_samples_headline_writes_itself(week: Digest) -> None:
    assert headline(week) == "12 decisions wait: 677,000 EUR spent, 13,650 EUR a week"
    assert post(week).headline == headline(week)


def test_the_samples_second_line(week: Digest) -> None:
    before = replace(week.counts, gates=week.counts.gates - 1, silent=week.counts.silent + 1)
    assert counts_line(week.counts, before) == (
        "24 pilots: 5 on pace, 14 need attention, 1 paused, 4 ended. Since last week: +1 gate, -1 silent."
    )


def test_a_week_without_change_says_so(week: Digest) -> None:
    assert counts_line(week.counts, week.counts).endswith("Since last week: no change.")
    assert "Since" not in counts_line(week.counts, None)


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        (Counts(pilots=1, attention=1), "1 pilot, and it needs attention."),
        (Counts(pilots=1, on_pace=1), "1 pilot, and it is on pace."),
        (Counts(pilots=1, ended=1), "1 pilot, and it has ended."),
        (Counts(pilots=2, attention=1, no_number=1), "2 pilots: 1 needs attention, 1 without a number yet."),
    ],
)
def test_one_pilot_alone_is_no_list(counts: Counts, words: str) -> None:
    assert counts_line(counts) == words


def test_the_post_reads_as_it_was_approved(week: Digest) -> None:
    golden("digest-post", text_of(post(week)))


def test_the_full_list_reads_as_it_was_approved(week: Digest) -> None:
    golden("digest-full", text_of(full(week)))


def test_the_decisions_read_as_they_were_approved(week: Digest) -> None:
    golden("digest-decisions", text_of(decisions(week)))


def test_the_editions_read_as_they_were_approved(sample: Portfolio) -> None:
    sponsor = digest(
        sample.seen(),
        today=TODAY,
        calendar=sample.calendar,
        rules=RULES,
        audience=for_sponsor(somebody("birgit.sorensen")),
    )
    owner = digest(
        sample.seen(), today=TODAY, calendar=sample.calendar, rules=RULES, audience=for_owner(somebody("kirsten.moll")), read_on=date(2026, 11, 23)
    )  # fmt: skip
    golden(
        "digest-editions",
        "\n\n".join(f"{text_of(post(one))}\n— as a line: {as_line(one)}" for one in (sponsor, owner)),
    )


def test_a_week_with_ends_reads_as_it_was_approved(sample: Portfolio) -> None:
    day = date(2026, 7, 22)
    told = digest(sample.seen(day), today=day, calendar=sample.calendar, rules=RULES)
    golden("digest-july", f"{text_of(post(told))}\n\n{text_of(full(told))}")


def test_every_decision_has_its_three_buttons_in_a_section_of_its_own(week: Digest) -> None:
    for message, count in ((post(week), 3), (decisions(week), 6)):
        rows = [section for section in message.sections if section.id]
        assert [section.id for section in rows] == [
            f"decide:{one.pilot.id}" for one in week.decisions[:count]
        ]
        for row in rows:
            verbs = [press.verb for press in presses(Message(headline="", sections=(row,)))]
            assert verbs == ["decide_keep", "decide_pause", "decide_retire"]


def test_leadership_is_asked_to_decide_and_never_for_news(week: Digest) -> None:
    for message in (post(week), full(week), decisions(week)):
        assert "please update" not in text_of(message).lower()


def test_a_decision_tells_the_price_of_waiting_and_the_last_word(week: Digest) -> None:
    line = text_of(decisions(week)).split("\n")[7]
    assert line == (
        "4. Price Elasticity Model: Viktor Sahl left on 31 Aug 2026 and nobody took over; open for 59 working days, 1,500 EUR a week, "
        'sponsor Dorothea Bauer. Last word 10 Aug 2026, Viktor Sahl: "Handover notes in the repo, my last day is 31 August". '
        "Also silent and longer in its stage than planned."
    )


def test_a_quiet_week_has_two_lines(sample: Portfolio) -> None:
    told = digest(
        [sample.one("P04"), sample.one("P22")],
        today=TODAY,
        calendar=sample.calendar,
        rules=RULES,
        own_week=OWN,
    )
    assert text_of(post(told)) == "A quiet week: no decision waits\n2 pilots: 2 on pace."


def test_no_pilot_at_all_has_two_lines() -> None:
    assert text_of(post(_of([]))) == "No pilot is registered yet\nRegister the first with /pilot new."


def test_late_and_partial_data_are_said(sample: Portfolio) -> None:
    told = digest(
        sample.seen(), today=TODAY, calendar=sample.calendar, rules=RULES, due_on=date(2026, 11, 16), missing=["GitHub has not answered since 13 Nov 2026"], waiting=2
    )  # fmt: skip
    lines = text_of(post(told)).split("\n")
    assert lines[2] == (
        "Late: it was due on Monday, 16 Nov 2026, the figures are of 20 Nov 2026. Not in it: GitHub has not answered since 13 Nov 2026. "
        "2 questions wait for another day, so that nobody is flooded."
    )
    assert len(lines) <= LINES


def test_a_number_that_is_not_reported_is_said_and_never_drawn_as_zero(sample: Portfolio) -> None:
    told = digest([sample.one("P16")], today=TODAY, calendar=sample.calendar, rules=RULES)
    assert (
        "Store Energy Prediction | not reported | not set by 30 Sep 2027 | pace not known | Greta Hansen"
        in text_of(full(told))
    )


def test_the_chart_says_in_words_what_it_draws(week: Digest) -> None:
    assert (
        "Idea 2, framed 1, build 7, trial 7, rollout 2, scaled 2; retired with learning 2, merged 1, vanished 0."
        in text_of(full(week))
    )


def test_what_its_buttons_say_for_us_are_commands(week: Digest) -> None:
    for message in (post(week), full(week), decisions(week)):
        for press in presses(message):
            if press.verb == "say":
                assert not isinstance(parse(press.args["text"], TODAY), Unknown), press


def _keeps_its_limits(told: Digest) -> None:
    for message in (post(told), full(told), decisions(told)):
        assert len(message.headline) <= HEADLINE
        assert "\n" not in message.headline
        assert load(dump(message)) == message
        assert len(message.sections) <= 50
    lines = text_of(post(told)).split("\n")
    assert len(lines) <= LINES, "\n".join(lines)
    assert lines[0] == headline(told)
    assert all(line.strip() for line in lines)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 12, 24, 49, 50, 51, 100])
def test_any_size_fits_one_screen(count: int) -> None:
    told = _of(made_up(count))
    _keeps_its_limits(told)
    _keeps_its_limits(replace(told, due_on=TODAY, missing=("GitHub", "GitLab", "Jira", "SAP"), waiting=9999))


NAMED = "Predictive maintenance of conveyor belts in hall"
WAITING = "We wait for the works council and for access to the archive, then the second hall starts with the new scanners"


@pytest.fixture(scope="module", params=[1_000, pytest.param(10_000, marks=pytest.mark.trial)])
def largest(request: pytest.FixtureRequest) -> Digest:
    """The largest registry that is promised, and a tenth of it."""
    return _of(made_up(request.param, named=NAMED, said=WAITING))


def test_ten_thousand_pilots_fit_one_screen(largest: Digest) -> None:
    _keeps_its_limits(largest)
    assert len(largest.decisions) > 100


def test_slack_takes_the_post_the_list_and_the_decisions_whole(largest: Digest) -> None:
    for told in (_of(made_up(24, named=NAMED, said=WAITING)), largest):
        assert told.decisions
        for message in (post(told), full(told), decisions(told)):
            assert "…and" not in str(render(message, team="T1")["blocks"])


@settings(max_examples=40, deadline=None)
@given(
    count=st.integers(0, 40),
    named=st.text(min_size=1, max_size=300).filter(lambda text: "!" not in text),
    said=st.text(max_size=600).filter(lambda text: "!" not in text),
    money=st.decimals(
        min_value=0, max_value=Decimal(10) ** 15, places=2, allow_nan=False, allow_infinity=False
    ),
)
def test_no_name_word_or_sum_breaks_the_limits(count: int, named: str, said: str, money: Decimal) -> None:
    told = _of(made_up(count, named=named, said=said, money=money))
    _keeps_its_limits(told)
    assert not re.search(r"!|please", text_of(post(told)).replace(named, ""))


def test_round_sums_stand_in_where_the_exact_ones_do_not_fit() -> None:
    told = headline(_of(made_up(400, money=Decimal(10) ** 15)))
    assert re.fullmatch(r"[\d,]+ decisions wait: [\d,]+ trillion EUR spent, [\d,]+ trillion EUR a week", told)


def test_one_decision_waits_and_two_wait(sample: Portfolio) -> None:
    one = digest([sample.one("P24")], today=TODAY, calendar=sample.calendar, rules=RULES)
    assert headline(one) == "1 decision waits: 33,700 EUR spent, 700 EUR a week"
    assert (
        headline(replace(one, decisions=one.decisions * 2))
        == "2 decisions wait: 67,400 EUR spent, 1,400 EUR a week"
    )


def test_a_week_without_decisions_is_not_called_quiet_while_somebody_is_silent(sample: Portfolio) -> None:
    told = digest([sample.one("P24"), sample.one("P01")], today=TODAY, calendar=sample.calendar, rules=RULES)
    told = replace(told, decisions=())
    assert headline(told) == "No decision waits: 1 silent or without an owner, 1 moved"


def test_a_week_of_ends_alone_says_that_they_ended(sample: Portfolio) -> None:
    day = date(2026, 7, 22)
    told = digest([sample.one("P08", day)], today=day, calendar=sample.calendar, rules=RULES)
    assert headline(told) == "No decision waits: 1 ended"


def test_what_only_its_owner_was_asked_about_is_shown_and_is_no_quiet_week(sample: Portfolio) -> None:
    """1.12: sliding back and behind the calendar stay on the first rung, the digest shows them."""
    told = digest([sample.one("P05"), sample.one("P07")], today=TODAY, calendar=sample.calendar, rules=RULES)
    assert headline(told) == "No decision waits: 2 not on course, 2 due in the next 14 days"
    assert (
        "Not on course: StoreBuddy: three answers say moving, and it is 95 points behind the calendar; "
        "Product Text Writer: 83.0 % on 16 Oct 2026, short of its target of 95.0 %."
    ) in text_of(post(told))
    assert text_of(post(replace(told, ahead=()))) != text_of(post(replace(told, ahead=(), adrift=())))


def test_waiting_pilots_without_any_cost_say_so(sample: Portfolio) -> None:
    one = sample.one("P24")
    free = replace(one, pilot=replace(one.pilot, cost_to_date=Decimal(0), cost_per_week=Decimal(0)))
    told = digest([free], today=TODAY, calendar=sample.calendar, rules=RULES)
    assert headline(told) == "1 decision waits: no cost is recorded"


def test_every_finding_that_reaches_the_digest_has_its_words_beside_the_first() -> None:
    from bot.messages.digest_decisions import _ALSO

    assert set(_ALSO) == set(Kind) - {Kind.OFF_PACE, Kind.WATERMELON, Kind.SLIDING_BACK, Kind.PAUSED}
