"""Every message becomes valid cards, whatever it holds and however much of it."""

import string
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.people import Address, Platform
from bot.messages.model import (
    Bold,
    Button,
    Buttons,
    Chart,
    Divider,
    Facts,
    Field,
    Form,
    Heading,
    Link,
    Mention,
    Message,
    Moment,
    Option,
    Part,
    Press,
    Section,
    Series,
    Span,
    Table,
    Text,
    say,
)
from bot.messages.text import to_type
from bot.teams.ids import Origin, sent_from
from bot.teams.render import card, cards
from bot.teams.views import form_card, refilled
from tests.teams.check_card import actions_of, check_card, elements_of, size_of, texts_of
from tests.teams.kit import ALICE, BOB, CALM, TENANT
from tests.teams.test_teams_markdown import HOSTILE

WORDS = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(max_size=80),
    st.text(st.sampled_from(string.printable), max_size=60),
    st.sampled_from(
        ["x" * 3000, "\N{CJK UNIFIED IDEOGRAPH-4E2D}" * 2500, "word " * 600, "line\n" * 300, '"' * 2000]
    ),
)
PRESSES = st.builds(
    Press,
    st.text(min_size=1, max_size=20),
    st.dictionaries(st.text(max_size=10), st.text(max_size=60), max_size=4),
)
BUTTONS = st.builds(
    Button,
    label=WORDS,
    press=PRESSES,
    style=st.sampled_from(["plain", "primary", "danger"]),
    confirm=st.one_of(st.just(""), WORDS),
    says=st.one_of(st.just(""), WORDS),
)
ADDRESSES = st.builds(
    Address,
    platform=st.sampled_from(Platform),
    workspace=st.sampled_from([TENANT, "other"]),
    user=st.sampled_from([ALICE, BOB, "U1"]),
)
MOMENTS = st.datetimes(timezones=st.just(UTC))
SPANS: st.SearchStrategy[Span] = st.one_of(
    WORDS,
    st.builds(Bold, text=WORDS),
    st.builds(Mention, name=WORDS, addresses=st.tuples(ADDRESSES)),
    st.builds(Moment, at=MOMENTS, fallback=WORDS),
    st.builds(Link, text=WORDS, url=st.one_of(st.just("https://example.com/a"), WORDS)),
)
LINES = st.lists(SPANS, max_size=6).map(tuple)
VALUES = st.lists(st.one_of(st.none(), st.floats()), max_size=30).map(tuple)
PARTS: st.SearchStrategy[Part] = st.one_of(
    st.builds(Heading, text=WORDS),
    st.builds(Text, spans=LINES, quiet=st.booleans()),
    st.builds(Facts, rows=st.lists(st.tuples(WORDS, LINES), max_size=12).map(tuple)),
    st.builds(
        Buttons,
        buttons=st.lists(BUTTONS, max_size=9).map(tuple),
        more=st.lists(BUTTONS, max_size=5).map(tuple),
    ),
    st.builds(Divider),
    st.builds(
        Table,
        caption=WORDS,
        columns=st.lists(WORDS, max_size=10).map(tuple),
        rows=st.lists(st.lists(WORDS, max_size=10).map(tuple), max_size=20).map(tuple),
    ),
    st.builds(
        Chart,
        shape=st.sampled_from(["line", "bar"]),
        title=WORDS,
        categories=st.lists(st.one_of(WORDS, st.dates().map(str)), max_size=30).map(tuple),
        series=st.lists(st.builds(Series, name=WORDS, values=VALUES), max_size=8).map(tuple),
        says=WORDS,
    ),
)
SECTIONS = st.builds(
    Section,
    id=st.sampled_from(["", "ask:1", "ask:2", "s" * 300]),
    parts=st.lists(PARTS, max_size=6).map(tuple),
)
MESSAGES = st.builds(Message, headline=WORDS, sections=st.lists(SECTIONS, max_size=6).map(tuple))
#: Each message holds far more than any that people write.
FEW = settings(CALM, max_examples=20)


@FEW
@given(MESSAGES, st.sampled_from(["", TENANT]), st.sampled_from(["", "nudge:alice:2026-11-23", "k" * 400]))
def test_any_message_becomes_valid_cards(message: Message, tenant: str, key: str) -> None:
    made = cards(message, tenant=tenant, key=key)
    assert made
    for one in made:
        assert check_card(one) == []
    assert check_card(card(message, tenant=tenant)) == []


@pytest.mark.parametrize("count", [0, 1, 49, 50, 51, 100, 1000, 10_000])
def test_however_many_pilots_the_cards_hold_what_fits_and_count_the_rest(count: int) -> None:
    rows = tuple(
        (f"Pilot {number} {HOSTILE[number % len(HOSTILE)][:20]}", "trial", "12 days")
        for number in range(count)
    )
    table = Table(caption="All pilots", columns=("Pilot", "Stage", "Silent"), rows=rows)
    lines = Text(spans=("\n".join(f"line {number}" for number in range(count)),))
    for part in (table, lines):
        made = cards(Message(headline=f"{count} pilots", sections=(Section(parts=(part,)),)))
        assert len(made) <= 4
        assert [problem for one in made for problem in check_card(one)] == []
        shown = sum(_shown_lines(one, part) for one in made)
        noted = [text for text in texts_of(made[-1]) if text.startswith("…and")]
        missing = int(noted[0].removeprefix("…and ").removesuffix(" more").replace(",", "")) if noted else 0
        assert shown + missing == count


def _shown_lines(one: dict[str, Any], part: Part) -> int:
    if isinstance(part, Table):
        rows = [element for element in elements_of(one) if element["type"] == "ColumnSet"]
        return sum(1 for row in rows if "Pilot " in row["columns"][0]["items"][0]["text"])
    return sum(1 for text in texts_of(one) if text.startswith("line "))


def test_a_nudge_as_it_is_seen() -> None:
    message = Message(
        headline="No word for 12 working days",
        sections=(
            Section(
                id="ask:1",
                parts=(
                    Heading(text="Support Reply Assistant"),
                    Text(
                        spans=(
                            "No word for ",
                            Bold("12 working days"),
                            "; sponsor ",
                            Mention("Bob Brandt", (_bob(),)),
                            ".",
                        )
                    ),
                    Facts(rows=(("First response", ("6.5 h",)), ("Target", ("6.0 h by 18 Dec 2026",)))),
                    Buttons(
                        buttons=(_button("Moving"), _button("Stuck")),
                        more=(
                            Button(
                                label="Retire",
                                press=Press("retire", {"ask": "1"}),
                                confirm="Retire it?",
                                says="Retire the pilot",
                            ),
                        ),
                    ),
                ),
            ),
            Section(
                parts=(Divider(), Text(spans=("Rule: trial, check-in every 10 working days.",), quiet=True))
            ),
        ),
    )
    (one,) = cards(message, key="nudge:1", stamp="s")
    assert check_card(one) == []
    assert one["fallbackText"] == "No word for 12 working days"
    assert texts_of(one) == [
        "Support Reply Assistant",
        "No word for **12 working days**; sponsor Bob Brandt.",
        "First response: 6.5 h",
        "Target: 6.0 h by 18 Dec 2026",
        "Moving",
        "Stuck",
        "Retire",
        "Rule: trial, check-in every 10 working days.",
    ]
    assert one["body"][0]["id"] == "ask:1"
    assert one["body"][0]["items"][0]["id"] == "nudge:1"
    assert one["body"][1]["items"][0]["separator"] is True
    retire = one["body"][0]["items"][3]["actions"][2]
    assert retire["type"] == "Action.ShowCard"
    assert retire["card"]["actions"][0]["tooltip"] == "Retire the pilot"


def _bob() -> Address:
    return Address(platform=Platform.TEAMS, workspace=TENANT, user=BOB)


def _button(label: str) -> Button:
    return Button(label=label, press=Press("answer", {"ask": "1", "status": label.lower()}))


def test_people_are_mentioned_to_their_own_tenant_only() -> None:
    stranger = Address(platform=Platform.TEAMS, workspace="elsewhere", user=ALICE)
    same_name = Address(platform=Platform.TEAMS, workspace=TENANT, user=ALICE)
    spans = (
        Mention("Bob", (_bob(),)),
        " ",
        Mention("Eve", (stranger,)),
        " ",
        Mention("Bob", (same_name,)),
        " ",
        Mention("<at>Zoe</at>"),
    )
    (one,) = cards(say(spans), tenant=TENANT)
    assert check_card(one) == []
    assert texts_of(one) == ["<at>Bob</at> Eve <at>Bob 2</at> ‹at>Zoe‹/at>"]
    assert [
        (entity["mentioned"]["id"], entity["mentioned"]["name"]) for entity in one["msteams"]["entities"]
    ] == [
        (BOB, "Bob"),
        (ALICE, "Bob 2"),
    ]
    assert texts_of(cards(say(spans))[0])[0].startswith("Bob Eve Bob")


def test_what_a_button_carries_comes_back() -> None:
    press = Press("answer", {"ask": "ä'1\"", "status": "moving"})
    (one,) = cards(say("x", buttons=(Button(label="Go", press=press),)))
    (action,) = actions_of(one)
    back = sent_from(action["data"], action["verb"])
    assert back is not None
    assert back.press == press
    assert not back.submitted


def test_a_button_that_could_not_say_what_it_does_is_left_out() -> None:
    message = say(
        "x", buttons=(Button(label="Go", press=Press("go", {"text": "x" * 5000})), _button("Moving"))
    )
    (one,) = cards(message)
    assert [action["title"] for action in actions_of(one)] == ["Moving"]


def test_a_card_that_was_changed_is_another_card_to_press() -> None:
    message = say("x", buttons=(_button("Moving"),))
    stamps = [
        next(actions_of(cards(message, stamp=stamp)[0]))["data"]["pilotlight"]["stamp"]
        for stamp in ("", "a", "a")
    ]
    assert stamps[0] != stamps[1] == stamps[2]


@pytest.mark.parametrize(
    ("shape", "categories", "count", "kind"),
    [
        ("line", ("2026-11-09", "2026-11-16"), 1, "Chart.Line"),
        ("line", ("week 45", "week 46"), 1, "Chart.VerticalBar"),
        ("bar", ("moving", "stuck"), 1, "Chart.VerticalBar"),
        ("bar", ("moving", "stuck"), 2, "Chart.VerticalBar.Grouped"),
    ],
)
def test_a_chart_is_drawn_and_said(shape: Any, categories: tuple[str, ...], count: int, kind: str) -> None:
    series = tuple(Series(name=f"s{number}", values=(1.0, None)) for number in range(count))
    chart = Chart(shape=shape, title="T", categories=categories, series=series, says="one, then nothing")
    (one,) = cards(Message(headline="h", sections=(Section(parts=(chart,)),)))
    drawn, said = one["body"][0]["items"]
    assert drawn["type"] == kind and drawn["fallback"] == "drop"
    assert "None" not in str(drawn)
    assert said["text"] == "one, then nothing"


def test_a_chart_without_numbers_is_said_only() -> None:
    chart = Chart(
        shape="bar",
        title="T",
        categories=("a",),
        series=(Series(name="s", values=(None,)),),
        says="nothing yet",
    )
    (one,) = cards(Message(headline="h", sections=(Section(parts=(chart,)),)))
    assert texts_of(one) == ["nothing yet"]


def test_a_small_budget_makes_more_and_smaller_cards() -> None:
    message = say("\n".join(f"line {number} " + "x" * 200 for number in range(60)))
    assert len(cards(message)) == 1
    made = cards(message, budget=8000)
    assert len(made) == 3
    assert max(size_of(one) for one in made) <= 8000


def test_in_place_there_is_one_card_that_tells_of_the_rest() -> None:
    message = say("\n".join(f"line {number} " + "x" * 900 for number in range(60)))
    one = card(message)
    assert check_card(one) == []
    assert texts_of(one)[-1] == "The rest is in the messages below."


# Forms

FORM = Form(
    title="New pilot",
    intro=(Text(spans=("Three things.",)),),
    fields=(
        Field(id="name", label="Name", most=80),
        Field(id="outcome", label="Outcome", kind="lines", hint="One sentence with a number."),
        Field(id="sponsor", label="Sponsor", kind="person"),
        Field(id="value", label="Value", kind="number", optional=True),
        Field(id="by", label="Decide by", kind="date", value="2026-12-18", optional=True),
        Field(
            id="stage",
            label="Stage",
            kind="choice",
            value="trial",
            options=(Option(label="Idea", value="idea"), Option(label="Trial", value="trial")),
        ),
    ),
    submit=Press("register", {"from": "form"}),
    submit_label="Register",
)


def test_a_form_is_a_card_with_inputs() -> None:
    one = form_card(FORM, Origin())
    assert check_card(one) == []
    inputs = {element["id"]: element for element in elements_of(one) if element["type"].startswith("Input.")}
    assert [(name, found["type"]) for name, found in inputs.items()] == [
        ("name", "Input.Text"),
        ("outcome", "Input.Text"),
        ("sponsor", "Input.Text"),
        ("value", "Input.Text"),
        ("by", "Input.Date"),
        ("stage", "Input.ChoiceSet"),
    ]
    assert inputs["name"]["isRequired"] and not inputs["value"].get("isRequired")
    assert inputs["outcome"]["isMultiline"]
    assert inputs["by"]["value"] == "2026-12-18"
    assert inputs["stage"]["value"] == "trial"
    assert "Type a name" in " ".join(texts_of(one))


def test_a_form_comes_back_with_what_was_typed_and_what_is_wrong() -> None:
    action = form_card(FORM, Origin(message="17"))["actions"][0]
    back = sent_from({**action["data"], "name": "X", "value": 12, "outcome": " "}, "register")
    assert back is not None and back.form == FORM and back.submitted
    assert back.fields == {"name": "X", "value": "12"}
    again = refilled(back.form, back.fields, {"outcome": "No number in it.", "else": "And something else."})
    one = form_card(again, Origin())
    assert check_card(one) == []
    shown = texts_of(one)
    assert "No number in it." in shown
    assert shown[1] == "**And something else.\u200b**"
    inputs = {element["id"]: element for element in elements_of(one) if element["type"].startswith("Input.")}
    assert inputs["name"]["value"] == "X"
    assert "value" not in inputs["by"]
    # What travels is the form without the errors: a second refusal takes the first one's place.
    kept = sent_from(form_card(again, Origin(), kept=FORM)["actions"][0]["data"])
    assert kept is not None and kept.form == FORM


def test_a_person_is_shown_by_name_where_we_know_it() -> None:
    form = Form(
        title="F",
        fields=(Field(id="p", label="P", kind="person", value=f"<@{BOB}>"),),
        submit=Press("x"),
        submit_label="S",
    )
    known = next(
        element
        for element in elements_of(form_card(form, Origin(), names={BOB: "Bob Brandt"}))
        if element.get("id") == "p"
    )
    unknown = next(element for element in elements_of(form_card(form, Origin())) if element.get("id") == "p")
    assert known["value"] == "Bob Brandt"
    assert unknown["value"] == f"<@{BOB}>"


def test_choices_without_room_are_typed() -> None:
    options = tuple(Option(label=f"Pilot {number}", value=str(number)) for number in range(1000))
    form = Form(
        title="F",
        fields=(Field(id="p", label="P", kind="choice", options=options),),
        submit=Press("x"),
        submit_label="S",
    )
    one = form_card(form, Origin())
    assert check_card(one) == []
    assert [element["type"] for element in elements_of(one) if element.get("id") == "p"] == ["Input.Text"]


FIELDS = st.builds(
    Field,
    id=st.uuids().map(str),
    label=WORDS,
    kind=st.sampled_from(["text", "lines", "number", "date", "person", "choice"]),
    value=WORDS,
    hint=WORDS,
    placeholder=WORDS,
    optional=st.booleans(),
    options=st.lists(st.builds(Option, label=WORDS, value=st.text(max_size=40)), max_size=8).map(tuple),
    most=st.integers(-1, 10_000),
    error=WORDS,
)
FORMS = st.builds(
    Form,
    title=WORDS,
    fields=st.lists(FIELDS, max_size=5).map(tuple),
    submit=PRESSES,
    submit_label=WORDS,
    intro=st.lists(
        st.builds(Text, spans=st.lists(st.text(max_size=80), max_size=2).map(tuple)), max_size=1
    ).map(tuple),
)


@FEW
@given(FORMS)
def test_any_form_becomes_a_valid_card(form: Form) -> None:
    one = form_card(form, Origin(message="17", stamp="s"))
    assert check_card(one) == []
    back = sent_from(one["actions"][0]["data"])
    assert back is not None and back.submitted and back.origin.message == "17"


def test_moments_of_any_year_are_shown() -> None:
    for year in (1, 1969, 1970, 2026, 9999):
        at = datetime(year, 1, 1, tzinfo=UTC)
        assert check_card(cards(say((Moment(at=at, fallback="then"),)))[0]) == []


def test_commands_are_shown_as_they_are_typed_here() -> None:
    told = f"“/pilot one” is gone. Type {to_type('list mine')} or {to_type('new')}."
    message = Message(
        headline=told,
        sections=(
            Section(
                parts=(Heading(text=told), Text(spans=(told, Bold(told))), Facts(rows=((told, (told,)),)))
            ),
        ),
    )
    (made,) = cards(message)
    said = [made["fallbackText"], *texts_of(made)]
    assert check_card(made) == []
    assert len(said) == 4
    for words in said:
        assert "“/pilot one” is gone" in words.replace("\u200b", "")
        assert "Type list mine or new" in words.replace("\u200b", "")
