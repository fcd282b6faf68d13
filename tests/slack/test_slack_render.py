"""Message → Block Kit: the whole output for some, and what must hold for any."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

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
from bot.messages.text import clean
from bot.playground.limits import check_message, check_view
from bot.slack import ids, views
from bot.slack.render import render

TEAM = "T0HALDEN"
PETRA = Address(platform=Platform.SLACK, workspace=TEAM, user="U0PETRA")
ELSEWHERE = Address(platform=Platform.SLACK, workspace="T0OTHER", user="U0PETRA")
ON_TEAMS = Address(platform=Platform.TEAMS, workspace=TEAM, user="U0PETRA")
AT = datetime(2026, 12, 4, 10, 0, tzinfo=UTC)

HOSTILE = [
    "<!channel>",
    "<!here|here>",
    "<!everyone>",
    "<!subteam^S0LEADS>",
    "<@U0PETRA>",
    "<#C0LEADS>",
    "<https://evil.example|https://bank.example>",
    "&lt;!channel&gt;",
    "*bold* _it_ ~no~ `code` ```pre```",
    "> quoted",
    "a\u202egnp.exe",
    "Ask\u200bHV",
    "zero\x00byte",
    "\ud800",
    "Z\u0351\u034c\u0302\u0308\u0301\u0310\u0315a\u0301" * 3,
    "👩‍👩‍👧‍👦 family",
    "عربي\u200f",
    "\r\nline\u2028end",
    " ",
    "",
    "\u3164",
    "x" * 5000,
    "&" * 4000,
    "a\n" * 4000,
]


# The whole output


def test_a_nudge_as_slack_gets_it() -> None:
    buttons = Buttons(
        buttons=(
            Button(label="Moving", press=Press("answer", {"ask": "7", "status": "moving"}), style="primary"),
            Button(
                label="I would stop it",
                press=Press("answer", {"ask": "7", "status": "stop"}),
                confirm="Ask Petra?",
            ),
        ),
        more=(Button(label="Snooze", press=Press("form_snooze", {"ask": "7"})),),
    )
    section = Section(
        id="ask:7",
        parts=(
            Text(
                spans=(
                    Bold("Ask HV"),
                    ": no word since ",
                    Moment(AT, "4 Dec 2026 10:00 UTC"),
                    ". Sponsor: ",
                    Mention("Petra", (PETRA,)),
                )
            ),
            Facts(rows=(("First response", ("6.5 h → 6.0 h",)),)),
            buttons,
            Text(spans=("Rule: check-in every 10 working days.",), quiet=True),
        ),
    )
    made = render(
        Message(headline="Ask HV: no word & no number", sections=(section,)),
        team=TEAM,
        key="T0:nudge:p1:2026-12-04",
    )
    assert made["text"] == "Ask HV: no word &amp; no number"
    blocks = made["blocks"]
    iterations = [block.pop("block_id") for block in blocks]
    assert [re.sub(r"\.[0-9a-f]{6}", "", one) for one in iterations] == [
        "ask:7~0~T0:nudge:p1:2026-12-04",
        "ask:7~1",
        "ask:7~2",
        "ask:7~3",
    ]
    assert blocks == [
        {
            "type": "section",
            "text": {
                "type": "mrkdwn",
                "text": "*Ask HV*: no word since <!date^1796378400^{date_short_pretty} at {time}|4 Dec 2026 10:00 UTC>. "
                "Sponsor: <@U0PETRA>",
                "verbatim": True,
            },
        },
        {
            "type": "section",
            "fields": [{"type": "mrkdwn", "text": "*First response*\n6.5 h → 6.0 h", "verbatim": True}],
        },
        {
            "type": "actions",
            "elements": [
                {
                    "type": "button",
                    "action_id": "press:2.0",
                    "text": {"type": "plain_text", "text": "Moving", "emoji": False},
                    "value": '{"v":"answer","a":{"ask":"7","status":"moving"}}',
                    "accessibility_label": "Moving",
                    "style": "primary",
                },
                {
                    "type": "button",
                    "action_id": "press:2.1",
                    "text": {"type": "plain_text", "text": "I would stop it", "emoji": False},
                    "value": '{"v":"answer","a":{"ask":"7","status":"stop"}}',
                    "accessibility_label": "I would stop it",
                    "confirm": {
                        "title": {"type": "plain_text", "text": "Are you sure?", "emoji": False},
                        "text": {"type": "plain_text", "text": "Ask Petra?", "emoji": False},
                        "confirm": {"type": "plain_text", "text": "I would stop it", "emoji": False},
                        "deny": {"type": "plain_text", "text": "Cancel", "emoji": False},
                    },
                },
                {
                    "type": "overflow",
                    "action_id": "more:2.2",
                    "options": [
                        {
                            "text": {"type": "plain_text", "text": "Snooze", "emoji": False},
                            "value": '{"v":"form_snooze","a":{"ask":"7"}}',
                        }
                    ],
                },
            ],
        },
        {
            "type": "context",
            "elements": [
                {"type": "plain_text", "text": "Rule: check-in every 10 working days.", "emoji": False}
            ],
        },
    ]


def test_a_section_is_found_again_by_its_id() -> None:
    made = render(
        Message(
            headline="x",
            sections=(Section(id="ask:1", parts=(Divider(),)), Section(id="ask:2", parts=(Divider(),))),
        ),
        team=TEAM,
    )
    assert [ids.section_of(block["block_id"]) for block in made["blocks"]] == ["ask:1", "ask:2"]


def test_the_same_message_has_the_same_ids_and_a_changed_one_others() -> None:
    one, same, other = (render(say(text), team=TEAM)["blocks"][0]["block_id"] for text in ("a", "a", "b"))
    assert one == same
    assert one != other


def test_the_key_is_found_in_a_block_id_however_long_it_is() -> None:
    for key in ("T0:nudge:p1:2026-12-04", "a~b~c", "k" * 400, "\ud800"):
        blocks = render(say("x"), team=TEAM, key=key)["blocks"]
        assert ids.key_of([block["block_id"] for block in blocks]) == ids.key_mark(key)
        assert len(blocks[0]["block_id"]) <= 255
    assert ids.key_of([block["block_id"] for block in render(say("x"), team=TEAM)["blocks"]]) == ""


@pytest.mark.parametrize(
    ("span", "shown"),
    [
        (Mention("Petra <Holm>", (PETRA,)), "<@U0PETRA>"),
        (Mention("Petra <Holm>", (ELSEWHERE,)), "Petra &lt;Holm&gt;"),
        (Mention("Petra", (ON_TEAMS,)), "Petra"),
        (
            Mention("Petra", (Address(platform=Platform.SLACK, workspace=TEAM, user="U1> <!channel"),)),
            "Petra",
        ),
        (Link("run 7", "https://ci.example.com/?a=1&b=2"), "<https://ci.example.com/?a=1&amp;b=2|run 7>"),
        (Link("a|b>c", "http://x.example"), "<http://x.example|a|b&gt;c>"),
        (Link("look", "javascript:alert(1)"), "look"),
        (Link("look", "https://x.example|<!channel>"), "look"),
        (Link("", "https://x.example"), "<https://x.example|link>"),
        (
            Moment(AT, "4 Dec | 10:00 <x>"),
            "<!date^1796378400^{date_short_pretty} at {time}|4 Dec / 10:00 &lt;x&gt;>",
        ),
        (Moment(datetime(1900, 1, 1, tzinfo=UTC), "1 Jan 1900"), "1 Jan 1900"),
        (Bold("a *b* c"), "*a ∗b∗ c*"),
        (Bold("two\nlines"), "*two lines*"),
        (Bold("  "), ""),
    ],
)
def test_spans(span: Span, shown: str) -> None:
    text = render(
        Message(headline="h", sections=(Section(parts=(Text(spans=("(", span, ")")),)),)), team=TEAM
    )
    assert text["blocks"][0]["text"]["text"] == f"({shown})"


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("snake_case and 2*3*4", "snake_case and 2*3*4"),
        ("*a* _b_ ~c~ `d`", "∗a∗ ˍbˍ ∼c∼ ˋdˋ"),
        ("> not a quote", "› not a quote"),
        ("5 > 4\n> x", "5 &gt; 4\n› x"),
        ("<!channel>", "&lt;!channel&gt;"),
        ("&amp;", "&amp;amp;"),
        ("a\u202eb\u200bc\u2066d", "abcd"),
    ],
)
def test_words_beside_a_token_are_literal(typed: str, shown: str) -> None:
    made = render(
        Message(headline="h", sections=(Section(parts=(Text(spans=(typed, Bold("!"))),)),)), team=TEAM
    )
    assert made["blocks"][0]["text"] == {"type": "mrkdwn", "text": f"{shown}*!*", "verbatim": True}


def test_words_alone_are_plain_text_and_stay_as_they_are() -> None:
    block = render(say("*a* <!channel> :fire: > b"), team=TEAM)["blocks"][0]
    assert block["text"] == {"type": "plain_text", "text": "*a* <!channel> :fire: > b", "emoji": False}


def test_families_and_scripts_keep_their_joiners() -> None:
    assert clean("👩‍👩‍👧‍👦 می‌خواهم") == "👩‍👩‍👧‍👦 می‌خواهم"
    assert clean("pi\u200dlot\u200c") == "pilot"


# Tables and charts

TABLE = Table(caption="Pilots", columns=("Name", "Days"), rows=(("Ask HV", "183"), ("<!channel>", "")))
CHART = Chart(
    shape="line",
    title="Minutes per invoice",
    categories=("Sep", "Oct", "Nov"),
    series=(Series(name="minutes", values=(11, 8.5, 6)), Series(name="target", values=(5, 5, 5))),
    says="11 in September, 8.5 in October, 6 in November; target 5.",
)


def _drawn(*parts: Part, fallback: bool = False) -> list[dict[str, Any]]:
    blocks: list[dict[str, Any]] = render(
        Message(headline="h", sections=(Section(parts=parts),)), team=TEAM, fallback=fallback
    )["blocks"]
    assert check_message(blocks) == []
    return blocks


def test_a_table_and_its_words() -> None:
    (block,) = _drawn(TABLE)
    assert (block["type"], block["caption"]) == ("data_table", "Pilots")
    assert [[cell["text"] for cell in row] for row in block["rows"]] == [
        ["Name", "Days"],
        ["Ask HV", "183"],
        ["<!channel>", "–"],
    ]
    (words,) = _drawn(TABLE, fallback=True)
    assert words["text"]["text"] == "*Pilots*\nName · Days\nAsk HV · 183\n&lt;!channel&gt; · "


def test_a_second_table_comes_as_words() -> None:
    assert [block["type"] for block in _drawn(TABLE, TABLE)] == ["data_table", "section"]


def test_a_long_table_says_how_much_is_missing() -> None:
    rows = tuple((f"Pilot {number}", str(number)) for number in range(10_000))
    table, note = _drawn(Table(caption="All", columns=("Name", "Days"), rows=rows))
    assert len(table["rows"]) == 101
    assert note["elements"][0]["text"] == "…and 9,900 more rows"


def test_a_chart_says_its_facts_in_words_too() -> None:
    drawn, words = _drawn(CHART)
    assert drawn["chart"]["axis_config"] == {"categories": ["Sep", "Oct", "Nov"]}
    assert drawn["chart"]["series"][0] == {
        "name": "minutes",
        "data": [{"label": "Sep", "value": 11}, {"label": "Oct", "value": 8.5}, {"label": "Nov", "value": 6}],
    }
    assert words["elements"][0]["text"] == CHART.says
    (only,) = _drawn(CHART, fallback=True)
    assert only["text"]["text"] == CHART.says


def test_what_was_not_reported_is_never_drawn_as_zero() -> None:
    gap = Chart(
        shape="bar",
        title="t",
        categories=("a", "b", "c"),
        series=(Series(name="n", values=(1, None, float("nan"))), Series(name="m", values=(1, 2, 3))),
        says="says",
    )
    drawn, _ = _drawn(gap)
    assert drawn["chart"]["axis_config"]["categories"] == ["a"]
    nothing = Chart(
        shape="bar", title="t", categories=("a",), series=(Series(name="n", values=(None,)),), says="says"
    )
    assert [block["type"] for block in _drawn(nothing)] == ["section"]


def test_the_newest_twenty_points_of_a_line_are_drawn() -> None:
    many = Chart(
        shape="line",
        title="t",
        categories=tuple(f"week {number}" for number in range(52)),
        series=(Series(name="n", values=tuple(float(number) for number in range(52))),),
        says="says",
    )
    drawn, _ = _drawn(many)
    assert drawn["chart"]["axis_config"]["categories"][0] == "week 32"
    assert len(drawn["chart"]["axis_config"]["categories"]) == 20


# Buttons


def _elements(*parts: Part) -> list[dict[str, Any]]:
    return [element for block in _drawn(*parts) for element in block.get("elements", [])]


def test_options_that_are_too_long_share_what_they_have_in_common() -> None:
    args = {"ask": "0" * 36, "pilot": "1" * 36, "workspace": "2" * 36}
    more = tuple(
        Button(label=verb, press=Press(f"form_{verb}", args)) for verb in ("snooze", "handover", "retire")
    )
    (menu,) = _elements(Buttons(buttons=(), more=more))
    assert menu["type"] == "overflow"
    for option, button in zip(menu["options"], more, strict=True):
        assert len(option["value"]) <= 150
        assert ids.press_of(option["value"], menu["action_id"]) == button.press


def test_options_that_do_not_fit_at_all_are_buttons() -> None:
    more = tuple(Button(label=name, press=Press("say", {"text": name * 200})) for name in ("a", "b"))
    assert [element["type"] for element in _elements(Buttons(buttons=(), more=more))] == ["button", "button"]


def test_what_asks_for_a_confirmation_stays_a_button() -> None:
    more = (
        Button(label="Snooze", press=Press("snooze")),
        Button(label="Retire", press=Press("retire"), confirm="Sure?"),
    )
    assert [element["type"] for element in _elements(Buttons(buttons=(), more=more))] == [
        "overflow",
        "button",
    ]


def test_more_than_five_options_are_not_lost() -> None:
    more = tuple(
        Button(label=f"Item {number}", press=Press("item", {"n": str(number)})) for number in range(12)
    )
    menus = _elements(Buttons(buttons=(), more=more))
    assert [len(menu["options"]) for menu in menus] == [5, 5, 2]
    assert len({menu["action_id"] for menu in menus}) == 3


# Too much


@pytest.mark.parametrize("count", [0, 1, 49, 50, 51, 100, 10_000])
def test_any_number_of_sections(count: int) -> None:
    sections = tuple(
        Section(id=f"p:{number}", parts=(Text(spans=(f"Pilot {number}",)),)) for number in range(count)
    )
    made = render(Message(headline=f"{count} pilots", sections=sections), team=TEAM, key="k")
    blocks = made["blocks"]
    assert check_message(blocks) == []
    if count > 49:
        assert blocks[-1]["elements"][0]["text"] == f"…and {count - len(blocks) + 1:,} more"
    else:
        assert len(blocks) == max(1, count)


def test_ten_thousand_lines_of_one_paragraph() -> None:
    lines = [f"Pilot {number}: silent" for number in range(10_000)]
    blocks = _drawn(Text(spans=("\n".join(lines),)))
    shown = sum(block["text"]["text"].count("\n") + 1 for block in blocks[:-1])
    assert shown > 300
    assert blocks[-1]["elements"][0]["text"] == f"…and {10_000 - shown:,} more"


def test_a_section_is_not_torn_when_it_fits_a_message_of_its_own() -> None:
    part = Text(spans=("x" * 2500,))
    sections = tuple(Section(id=f"ask:{number}", parts=(part, part, Divider())) for number in range(3))
    blocks = render(Message(headline="h", sections=sections), team=TEAM)["blocks"]
    assert [ids.section_of(block["block_id"]) for block in blocks] == ["ask:0"] * 3 + ["ask:1"] * 3 + [""]


# What holds for any message

_words = st.sampled_from(HOSTILE) | st.text(max_size=40)
_addresses = st.sampled_from([PETRA, ELSEWHERE, ON_TEAMS])
_moments = st.datetimes(timezones=st.just(UTC))
_spans: st.SearchStrategy[Span] = st.one_of(
    _words,
    st.builds(Bold, _words),
    st.builds(Mention, _words, st.lists(_addresses, max_size=2).map(tuple)),
    st.builds(Moment, _moments, _words),
    st.builds(
        Link,
        _words,
        st.sampled_from(["https://x.example/a?b=1&c=2", "javascript:x", "https://a|b", "http://é.example"])
        | _words,
    ),
)
_span_tuples = st.lists(_spans, max_size=6).map(tuple)
_presses = st.builds(
    Press,
    st.text(min_size=1, max_size=20),
    st.dictionaries(st.text(max_size=10), _words | st.text(max_size=30), max_size=3),
)
_buttons = st.builds(
    Button,
    label=_words,
    press=_presses,
    style=st.sampled_from(["plain", "primary", "danger"]),
    confirm=_words,
    says=_words,
)
_numbers = st.none() | st.floats(allow_nan=True, allow_infinity=True) | st.integers(-100, 100).map(float)
_parts: st.SearchStrategy[Part] = st.one_of(
    st.builds(Heading, text=_words),
    st.builds(Text, spans=_span_tuples, quiet=st.booleans()),
    st.builds(Facts, rows=st.lists(st.tuples(_words, _span_tuples), max_size=12).map(tuple)),
    st.builds(
        Buttons,
        buttons=st.lists(_buttons, max_size=27).map(tuple),
        more=st.lists(_buttons, max_size=8).map(tuple),
    ),
    st.just(Divider()),
    st.builds(
        Table,
        caption=_words,
        columns=st.lists(_words, max_size=22).map(tuple),
        rows=st.lists(st.lists(_words, max_size=22).map(tuple), max_size=4).map(tuple),
    ),
    st.builds(
        Chart,
        shape=st.sampled_from(["line", "bar"]),
        title=_words,
        categories=st.lists(_words, max_size=22).map(tuple),
        series=st.lists(
            st.builds(Series, name=_words, values=st.lists(_numbers, max_size=22).map(tuple)), max_size=8
        ).map(tuple),
        says=_words,
    ),
)
_sections = st.builds(Section, parts=st.lists(_parts, max_size=4).map(tuple), id=_words)
_messages = st.builds(Message, headline=_words, sections=st.lists(_sections, max_size=4).map(tuple))

#: The tokens that we write ourselves; anything else in angle brackets would be somebody's text taking effect.
_OURS = re.compile(
    r"<@U0PETRA>|<!date\^\d+\^\{date_short_pretty\} at \{time\}\|[^<>]+>|<https?://[^\s<>|]+\|[^<>]+>",
    re.IGNORECASE,
)


def _texts(data: Any) -> Iterator[dict[str, Any]]:
    if isinstance(data, dict):
        if data.get("type") in ("mrkdwn", "plain_text", "raw_text"):
            yield data
        for inner in data.values():
            yield from _texts(inner)
    elif isinstance(data, list):
        for inner in data:
            yield from _texts(inner)


def _holds(blocks: list[dict[str, Any]]) -> None:
    json.dumps(blocks, ensure_ascii=False).encode()  # no lone surrogate is left
    for text in _texts(blocks):
        assert text["text"].strip()
        assert clean(text["text"]) == text["text"]
        if text["type"] == "mrkdwn":
            assert text["verbatim"] is True
            rest = _OURS.sub("", text["text"])
            assert "<" not in rest
            assert ">" not in rest
            assert "&" not in rest.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "")
    for button in (
        one for block in blocks for one in block.get("elements", []) if one.get("type") == "button"
    ):
        assert 0 < len(button["accessibility_label"]) <= 75
        assert ids.press_of(button["value"]) is not None


@settings(max_examples=30, deadline=None)
@given(message=_messages, fallback=st.booleans(), key=_words)
def test_slack_takes_any_message(message: Message, fallback: bool, key: str) -> None:
    made = render(message, team=TEAM, key=key, fallback=fallback)
    assert 0 < len(made["text"]) <= 3000
    assert "<" not in made["text"]
    blocks = made["blocks"]
    assert check_message(blocks) == []
    assert len(ids.compact([block for block in blocks if block["type"] != "data_table"])) <= 12_000
    known = {"data_table", "data_visualization"}
    assert fallback is False or not known & {block["type"] for block in blocks}
    for block in Block.parse_all([block for block in blocks if block["type"] not in known]):
        block.validate_json()
    ids_seen = [block["block_id"] for block in blocks]
    assert len(set(ids_seen)) == len(ids_seen)
    _holds(blocks)


@settings(max_examples=20, deadline=None)
@given(message=_messages)
def test_slack_takes_any_message_as_a_view(message: Message) -> None:
    for view in (views.home(message, team=TEAM), views.notice(message, team=TEAM)):
        assert check_view(view) == []
        _holds(view["blocks"])
        View(**view).validate_json()


# Forms

_fields = st.builds(
    Field,
    id=st.text("abcdefgh_", min_size=1, max_size=12),
    label=_words,
    kind=st.sampled_from(["text", "lines", "number", "date", "person", "choice"]),
    value=_words | st.sampled_from(["2026-12-04", "<@U0PETRA>", "U0PETRA", "a"]),
    hint=_words,
    placeholder=_words,
    optional=st.booleans(),
    options=st.lists(
        st.builds(Option, label=_words, value=st.text("abc", max_size=4)),
        max_size=8,
        unique_by=lambda one: one.value,
    ).map(tuple),
    most=st.integers(-5, 9000),
    error=_words,
)
_forms = st.builds(
    Form,
    title=_words,
    fields=st.lists(_fields, max_size=12, unique_by=lambda field: field.id).map(tuple),
    submit=_presses,
    submit_label=_words,
    intro=st.lists(_parts, max_size=3).map(tuple),
)


@settings(max_examples=50, deadline=None)
@given(form=_forms)
@example(
    form=Form(
        title="Pick one of very many",
        fields=(
            Field(
                id="f",
                label="l",
                kind="choice",
                options=tuple(Option(label=f"o{n}", value=str(n)) for n in range(2500)),
            ),
        ),
        submit=Press("x"),
        submit_label="Go",
    )
)
@example(
    form=Form(
        title="t", fields=(), submit=Press("log", {"text": "x" * 9000, "pilot": "P01"}), submit_label="s"
    )
)
def test_slack_takes_any_form(form: Form) -> None:
    view = views.modal(form, team=TEAM, origin=ids.Origin(channel="D0", message="1.2", key="k" * 300))
    assert check_view(view) == []
    _holds(view["blocks"])
    View(**view).validate_json()


def test_a_form_field_by_field() -> None:
    option = Option(label="Moving", value="moving")
    form = Form(
        title="Check-in",
        submit=Press("checkin", {"pilot": "P01"}),
        submit_label="Save",
        fields=(
            Field(
                id="value",
                label="First response time now?",
                kind="number",
                value="6.2",
                hint="last 6.5 h",
                optional=True,
            ),
            Field(id="status", label="Since last time", kind="choice", options=(option,), value="moving"),
            Field(id="text", label="One line", kind="lines", most=280, placeholder="What changed"),
            Field(id="holder", label="Who can unblock it?", kind="person", value="<@U0PETRA>"),
            Field(id="owner", label="Owner", kind="person", value="Tom Ahlers"),
            Field(id="by", label="By when?", kind="date", value="2026-12-04", error="Pick a working day."),
        ),
    )
    view = views.modal(form, team=TEAM, origin=ids.Origin(channel="D0ANNA", message="1.2", key="k"))
    assert ids.metadata_from(view["private_metadata"]) == (
        form.submit,
        ids.Origin(channel="D0ANNA", message="1.2", key="k"),
    )
    elements = {block["block_id"]: block["element"] for block in view["blocks"] if block["type"] == "input"}
    assert elements == {
        "value": {
            "type": "plain_text_input",
            "multiline": False,
            "max_length": 3000,
            "initial_value": "6.2",
            "action_id": "value",
        },
        "status": {
            "type": "radio_buttons",
            "options": [
                {"text": {"type": "plain_text", "text": "Moving", "emoji": False}, "value": "moving"}
            ],
            "initial_option": {
                "text": {"type": "plain_text", "text": "Moving", "emoji": False},
                "value": "moving",
            },
            "action_id": "status",
        },
        "text": {
            "type": "plain_text_input",
            "multiline": True,
            "max_length": 280,
            "placeholder": {"type": "plain_text", "text": "What changed", "emoji": False},
            "action_id": "text",
        },
        "holder": {"type": "users_select", "initial_user": "U0PETRA", "action_id": "holder"},
        "owner": {"type": "users_select", "action_id": "owner"},
        "by": {"type": "datepicker", "initial_date": "2026-12-04", "action_id": "by"},
    }
    labelled = {block["block_id"]: block for block in view["blocks"] if block["type"] == "input"}
    assert labelled["owner"]["hint"]["text"] == "Now: Tom Ahlers"
    assert view["blocks"][-1]["text"]["text"] == "Pick a working day."


def test_errors_stand_beside_fields_that_the_form_has() -> None:
    inputs = ("value", "status")
    assert views.errors({"status": "Pick one."}, inputs) == {"status": "Pick one."}
    assert views.errors({"elsewhere": "No."}, inputs) == {"value": "No."}
    assert views.errors({"value": "One.", "elsewhere": "Two."}, inputs) == {"value": "One. Two."}
    assert views.errors({"value": ""}, inputs) == {"value": "Please look at this again."}
