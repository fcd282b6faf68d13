"""Cards, lists, registrations, gates: word for word on the sample, within limits on made-up pilots."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.calendar import Calendar
from bot.domain.commands import Unknown, parse
from bot.domain.outcome import echo, judge
from bot.domain.people import Person
from bot.domain.pilot import Pilot
from bot.domain.record import Item
from bot.domain.stages import Stage
from bot.messages import pilot_card
from bot.messages.home import Home, home
from bot.messages.model import Message, dump, load, text_of
from tests.messages.kit import RULES, TODAY, Portfolio, golden, made_up, one_made_up, portfolio, presses


@pytest.fixture(scope="module")
def sample() -> Portfolio:
    return portfolio()


def _card(sample: Portfolio, pilot_id: str, viewer: Person | None = None) -> Message:
    return pilot_card.card(
        sample.one(pilot_id), today=TODAY, calendar=sample.calendar, rules=RULES, viewer=viewer
    )


@pytest.fixture(scope="module")
def idea(sample: Portfolio) -> Pilot:
    like = sample.one("P01").pilot
    return replace(
        like, id="N1", name="Reply drafts", stage=Stage.IDEA, backup=None, guardrails=(), metric=None
    )


def test_every_card_of_the_sample_reads_as_it_was_approved(sample: Portfolio) -> None:
    golden("cards", "\n\n".join(text_of(_card(sample, pilot.id)) for pilot in sample.pilots))


def test_a_card_names_its_colour_with_the_reasons_beside_it(sample: Portfolio) -> None:
    state = text_of(_card(sample, "P21")).split("\n")[3]
    assert state == (
        "State: red: the deadline was 30 Sep 2026, and it stands at 9 per month, the target is 7; 29 points behind the calendar; "
        "in trial for 94 working days, 65 are planned"
    )


def test_the_decisions_stand_first_for_the_sponsor_and_for_whoever_leads(sample: Portfolio) -> None:
    pilot = sample.one("P21").pilot
    leader = Person(id="lea.leader", name="Lea Leader")
    decides = ["decide_keep", "decide_pause", "decide_retire", "say", "say"]
    assert [press.verb for press in presses(_card(sample, "P21", pilot.sponsor))] == decides
    assert [press.verb for press in presses(_card(sample, "P21", leader))] == decides, (
        "leadership has the question"
    )
    assert [press.verb for press in presses(_card(sample, "P01", leader))] == ["say"] * 5
    assert [press.verb for press in presses(_card(sample, "P21", pilot.owner))] == ["say"] * 5


def test_lists_read_as_they_were_approved(sample: Portfolio) -> None:
    lists = [
        pilot_card.listing(sample.seen(), which=which, today=TODAY)
        for which in ("all", "stalled", "decisions")
    ]
    mine = [one for one in sample.seen() if any(who.id == "mara.lindqvist" for who in one.pilot.people)]
    lists.append(pilot_card.listing(mine, which="mine", today=TODAY))
    golden("lists", "\n\n".join(text_of(one) for one in lists))


@pytest.mark.parametrize(
    ("which", "words"),
    [
        ("mine", "No pilot has you as owner, backup or sponsor."),
        ("stalled", "No pilot needs attention."),
        ("decisions", "No pilot waits for a decision."),
        ("all", "No pilot is registered yet. Register the first with /pilot new."),
    ],
)
def test_an_empty_list_says_what_it_would_hold(which: str, words: str) -> None:
    assert text_of(pilot_card.listing([], which=which, today=TODAY)) == words


@pytest.mark.parametrize("count", [1, 15, 16, 1000])
def test_a_list_of_any_size_shows_fifteen_and_counts_the_rest(count: int) -> None:
    lines = text_of(pilot_card.listing(made_up(count), today=TODAY)).split("\n")
    assert lines[0] == f"{count:,} pilot{'' if count == 1 else 's'}"
    assert len(lines) == 2 + min(count, 15) + (count > 15)
    assert count <= 15 or lines[-1].startswith(f"and {count - 15:,} more")


def test_a_part_of_a_long_list_counts_the_whole() -> None:
    assert (
        text_of(pilot_card.listing(made_up(15), today=TODAY, total=400))
        .split("\n")[-1]
        .startswith("and 385 more")
    )


HOURS = "Pilotlight writes to you on working days between 09:30 and 16:30."


def test_home_puts_what_wants_the_reader_first(sample: Portfolio) -> None:
    petra = sample.one("P01").pilot.sponsor
    assert petra is not None
    mine = [one for one in sample.seen() if any(who.id == petra.id for who in one.pilot.people)]
    view = Home(viewer=petra, seen=mine, wants=["P20"], today=TODAY, registered=24, hours=HOURS)
    golden("home", text_of(home(view)))
    assert text_of(home(Home(viewer=petra, seen=[], today=TODAY))).split("\n")[0] == "Nothing waits for you"


def test_a_registration_reads_as_it_was_approved(sample: Portfolio, idea: Pilot) -> None:
    outcome = judge("Reduce customer support response time by 40%", date(2026, 1, 2))
    whole = replace(
        idea,
        metric=sample.one("P01").pilot.metric,
        kill_line="we stop if less than half the way is made by the decision date",
    )
    texts = [
        pilot_card.registered(
            whole,
            echo(outcome),
            ask=outcome.ask,
            sponsor_asked=True,
            resembling=[sample.one("P17").pilot],
            today=TODAY,
        ),
        pilot_card.registered(replace(idea, sponsor=None), echo(outcome), ask=outcome.ask, today=TODAY),
    ]
    golden("registered", "\n\n".join(text_of(one) for one in texts))


def test_every_refusal_reads_as_it_was_approved(sample: Portfolio, idea: Pilot) -> None:
    sentences = (
        "Let's see what AI can do",
        "Implement an AI chatbot",
        "Improve customer experience with generative AI",
        "Significantly reduce processing time",
        "Reach 95% model accuracy on the validation set",
        "Run 10 AI pilots this year",
        "Reduce costs by up to 30% or more",
        "Reduce errors by 120%",
        "Increase average response time by 40%",
        "Keep the honest-customer block rate below 0.4% while fraud refunds fall to 200,000 EUR per quarter",
    )
    example = sample.one("P14").pilot
    told = [
        pilot_card.refused(idea, judge(one, date(2026, 1, 2)), example=example, rounds=at % 3 + 1)
        for at, one in enumerate(sentences)
    ]
    told.append(
        pilot_card.refused(idea, judge(sentences[1], date(2026, 1, 2)), rounds=3, steward="Petra Holm")
    )
    golden("refused", "\n\n".join(text_of(one) for one in told))


def test_a_refusal_asks_one_question_and_keeps_the_idea(idea: Pilot) -> None:
    text = text_of(pilot_card.refused(idea, judge("Implement an AI chatbot", date(2026, 1, 2))))
    assert text.count("?") == 1
    assert "It stays on the record as an idea" in text


def test_a_choice_of_two_numbers_is_offered_as_buttons(idea: Pilot) -> None:
    sentence = (
        "Keep the honest-customer block rate below 0.4% while fraud refunds fall to 200,000 EUR per quarter"
    )
    message = pilot_card.refused(idea, judge(sentence, date(2026, 1, 2)))
    assert [(press.verb, press.args.get("choice")) for press in presses(message)] == [
        ("choose_metric", "0"),
        ("choose_metric", "1"),
        ("form_metric", None),
    ]


def test_gates_read_as_they_were_approved(sample: Portfolio) -> None:
    told = []
    for pilot_id in ("P09", "P16", "P19", "P12", "P14", "P04", "P02"):
        seen = sample.one(pilot_id)
        told.append(
            text_of(
                pilot_card.gate(seen.pilot, seen.record, today=TODAY, calendar=sample.calendar, may_pass=True)
            )
        )
    golden("gates", "\n\n".join(told))


def test_a_gate_offers_its_form_to_those_who_may_pass_it(sample: Portfolio) -> None:
    seen = sample.one("P19")
    for may, verbs in ((True, ["form_gate", "say", "say"]), (False, ["say", "say"])):
        assert [
            press.verb
            for press in presses(
                pilot_card.gate(seen.pilot, seen.record, today=TODAY, calendar=sample.calendar, may_pass=may)
            )
        ] == verbs


def test_the_weakest_list_is_the_readiness(sample: Portfolio) -> None:
    seen = sample.one("P01")
    codes = [f"I{at}" for at in range(1, 9)] + [f"D{at}" for at in range(1, 8)]
    items = tuple(
        Item(code=code, state="done", on=TODAY, by="mara.lindqvist", automatic=code != "I6") for code in codes
    )
    items = (*items, Item(code="O7", state="na", on=TODAY, by="mara.lindqvist", evidence="minimal risk"))
    message = pilot_card.checklist(
        seen.pilot, replace(seen.record, items=items), today=TODAY, calendar=sample.calendar
    )
    assert message.headline == "Support Reply Assistant: readiness 0 %, the weakest list is organisation"
    golden("checklist", text_of(message))


def test_what_card_buttons_say_for_us_are_commands(sample: Portfolio) -> None:
    for pilot in sample.pilots:
        for press in presses(_card(sample, pilot.id)):
            assert not isinstance(parse(press.args["text"], TODAY), Unknown), press


@settings(max_examples=80, deadline=None)
@given(at=st.integers(0, 60), named=st.text(min_size=1, max_size=300), said=st.text(max_size=500))
def test_no_name_or_word_breaks_a_card_or_a_list(at: int, named: str, said: str) -> None:
    seen = [one_made_up(one, named=named, said=said) for one in range(max(0, at - 20), at + 1)]
    message = pilot_card.card(seen[-1], today=TODAY, calendar=Calendar(), rules=RULES)
    labels = [line.split(":")[0] for line in text_of(message).split("\n")[1:-1]]
    assert set(labels) <= {
        "Stage",
        "State",
        "Number",
        "Guardrail",
        "People",
        "Money",
        "Last word",
        "Next",
        "Kill line",
        "Links",
    }
    assert load(dump(message)) == message
    assert len(text_of(pilot_card.listing(seen, today=TODAY)).split("\n")) <= 18
