"""Every limit of Slack on blocks and views: the last thing that passes and the first that does not."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from bot.playground.blocks import texts
from bot.playground.limits import MOST_BLOCK_TEXT, check_message, check_view
from tests.playground.gallery import (
    AXIS,
    CARD,
    CONFIRM,
    DATA_TABLE,
    EVERYWHERE,
    IN_MESSAGES,
    IN_MODALS,
    MENUS,
    OPTIONS,
    OVERFLOW,
    TABLE,
    button,
    chart,
    leaf,
    mrkdwn,
    option,
    plain,
    rich_section,
)

Json = dict[str, Any]


def section(text: str = "x", **more: Any) -> Json:
    return {"type": "section", "text": mrkdwn(text), **more}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def input_of(element: Json, **more: Any) -> Json:
    return {"type": "input", "label": plain("Label"), "element": element, **more}


def modal(*blocks: Json, **more: Any) -> Json:
    return {"type": "modal", "title": plain("Title"), "submit": plain("Save"), "blocks": list(blocks), **more}


def buttons(count: int) -> list[Json]:
    return [button("x", f"b{n}") for n in range(count)]


def rows(count: int, width: int = 1) -> list[list[Json]]:
    return [[{"type": "raw_text", "text": "x"} for _ in range(width)] for _ in range(count)]


def options(count: int) -> list[Json]:
    return [option("x", str(n)) for n in range(count)]


def series(count: int, points: int = 1) -> Json:
    labels = [str(n) for n in range(points)]
    return {
        "type": "data_visualization",
        "title": "t",
        "chart": {
            "type": "line",
            "series": [
                {"name": str(n), "data": [{"label": p, "value": 1} for p in labels]} for n in range(count)
            ],
            "axis_config": {"categories": labels},
        },
    }


def pie(count: int) -> Json:
    segments = [{"label": str(n), "value": 1} for n in range(count)]
    return {"type": "data_visualization", "title": "t", "chart": {"type": "pie", "segments": segments}}


@pytest.mark.parametrize("name", [*EVERYWHERE, *IN_MESSAGES])
def test_a_message_takes_every_sound_block(name: str) -> None:
    block = {**EVERYWHERE, **IN_MESSAGES}[name]
    assert check_message([block]) == []


@pytest.mark.parametrize("name", [*EVERYWHERE, *IN_MODALS])
def test_a_modal_takes_every_sound_block(name: str) -> None:
    assert check_view(modal({**EVERYWHERE, **IN_MODALS}[name])) == []


@pytest.mark.parametrize("name", [*EVERYWHERE, "data_table", "card", "carousel"])
def test_a_home_tab_takes_every_sound_block(name: str) -> None:
    assert check_view({"type": "home", "blocks": [{**EVERYWHERE, **IN_MESSAGES}[name]]}) == []


@pytest.mark.parametrize(
    "name", [name for name in IN_MESSAGES if name not in {"data_table", "card", "carousel"}]
)
def test_what_only_messages_take_is_refused_elsewhere(name: str) -> None:
    block = IN_MESSAGES[name]
    refused = f"unsupported type: {block['type']} [json-pointer:/view/blocks/0/type]"
    assert check_view(modal(block)) == [refused]
    assert check_view({"type": "home", "blocks": [block]}) == [refused]


@pytest.mark.parametrize("name", IN_MODALS)
def test_alerts_are_for_modals(name: str) -> None:
    assert check_message([IN_MODALS[name]]) == ["unsupported type: alert [json-pointer:/blocks/0/type]"]


# what grows, its last good size, where the first bad one is pointed at
SIZES: dict[str, tuple[Callable[[int], list[Json]], int, str]] = {
    "blocks in a message": (lambda n: [{"type": "divider"}] * n, 50, "/blocks"),
    "section text": (lambda n: [section("x" * n)], 3000, "/blocks/0/text/text"),
    "section fields": (lambda n: [{"type": "section", "fields": [plain("x")] * n}], 10, "/blocks/0/fields"),
    "section field": (lambda n: [{"type": "section", "fields": [mrkdwn("x" * n)]}], 2000, "/blocks/0/fields/0/text"),
    "header": (lambda n: [{"type": "header", "text": plain("x" * n)}], 150, "/blocks/0/text/text"),
    "context elements": (lambda n: [{"type": "context", "elements": [plain("x")] * n}], 10, "/blocks/0/elements"),
    "actions elements": (lambda n: [actions(*buttons(n))], 25, "/blocks/0/elements"),
    "image alt text": (lambda n: [{"type": "image", "image_url": "https://e.x/p", "alt_text": "x" * n}], 2000, "/blocks/0/alt_text"),
    "image title": (
        lambda n: [{"type": "image", "image_url": "https://e.x/p", "alt_text": "x", "title": plain("x" * n)}], 2000, "/blocks/0/title/text",
    ),
    "input label": (lambda n: [input_of(MENUS["datepicker"]) | {"label": plain("x" * n)}], 2000, "/blocks/0/label/text"),
    "input hint": (lambda n: [input_of(MENUS["datepicker"], hint=plain("x" * n))], 2000, "/blocks/0/hint/text"),
    "block_id": (lambda n: [section(block_id="x" * n)], 255, "/blocks/0/block_id"),
    "action_id": (lambda n: [actions(button("x", "x" * n))], 255, "/blocks/0/elements/0/action_id"),
    "button text": (lambda n: [actions(button("x" * n, "a"))], 75, "/blocks/0/elements/0/text/text"),
    "button value": (lambda n: [actions(button("x", "a", value="x" * n))], 2000, "/blocks/0/elements/0/value"),
    "button url": (lambda n: [actions(button("x", "a", url=("https://e.x/" + "x" * n)[:n]))], 3000, "/blocks/0/elements/0/url"),
    "accessibility label": (
        lambda n: [actions(button("x", "a", accessibility_label="x" * n))], 75, "/blocks/0/elements/0/accessibility_label",
    ),
    "static_select options": (
        lambda n: [actions({"type": "static_select", "options": options(n)})], 100, "/blocks/0/elements/0/options",
    ),
    "option groups": (
        lambda n: [actions({"type": "static_select", "option_groups": [{"label": plain("x"), "options": options(1)}] * n})],
        100, "/blocks/0/elements/0/option_groups",
    ),
    "option text": (
        lambda n: [actions({"type": "static_select", "options": [option("x" * n, "v")]})], 75, "/blocks/0/elements/0/options/0/text/text",
    ),
    "option value": (
        lambda n: [actions({"type": "static_select", "options": [option("x", "v" * n)]})], 150, "/blocks/0/elements/0/options/0/value",
    ),
    "overflow": (lambda n: [actions({"type": "overflow", "options": options(n)})], 5, "/blocks/0/elements/0/options"),
    "radio buttons": (lambda n: [actions({"type": "radio_buttons", "options": options(n)})], 10, "/blocks/0/elements/0/options"),
    "checkboxes": (lambda n: [actions({"type": "checkboxes", "options": options(n)})], 10, "/blocks/0/elements/0/options"),
    "placeholder": (
        lambda n: [actions({"type": "users_select", "placeholder": plain("x" * n)})], 150, "/blocks/0/elements/0/placeholder/text",
    ),
    "confirm title": (
        lambda n: [actions(button("x", "a", confirm=CONFIRM | {"title": plain("x" * n)}))], 100, "/blocks/0/elements/0/confirm/title/text",
    ),
    "confirm text": (
        lambda n: [actions(button("x", "a", confirm=CONFIRM | {"text": plain("x" * n)}))], 300, "/blocks/0/elements/0/confirm/text/text",
    ),
    "confirm button": (
        lambda n: [actions(button("x", "a", confirm=CONFIRM | {"confirm": plain("x" * n)}))], 30, "/blocks/0/elements/0/confirm/confirm/text",
    ),
    "deny button": (
        lambda n: [actions(button("x", "a", confirm=CONFIRM | {"deny": plain("x" * n)}))], 30, "/blocks/0/elements/0/confirm/deny/text",
    ),
    "plain_text_input max_length": (
        lambda n: [input_of({"type": "plain_text_input", "max_length": n})], 3000, "/blocks/0/element/max_length",
    ),
    "table rows": (lambda n: [{"type": "table", "rows": rows(n)}], 100, "/blocks/0/rows"),
    "table cells": (lambda n: [{"type": "table", "rows": rows(1, n)}], 20, "/blocks/0/rows/0"),
    "data_table rows": (lambda n: [{"type": "data_table", "caption": "c", "rows": rows(n)}], 101, "/blocks/0/rows"),
    "data_table page_size": (lambda n: [DATA_TABLE | {"page_size": n}], 100, "/blocks/0/page_size"),
    "data_table text": (
        lambda n: [DATA_TABLE | {"rows": [*rows(1, 4), [{"type": "raw_text", "text": "x" * size} for size in (3000, 3000, 3000, n - 9004)]]}],
        10_000, "/blocks/0",
    ),
    "markdown": (lambda n: [{"type": "markdown", "text": "x" * n}], 12_000, "/blocks/0/text"),
    "markdown together": (
        lambda n: [{"type": "markdown", "text": "x" * 6000}, {"type": "markdown", "text": "x" * (n - 6000)}], 12_000, "/blocks",
    ),
    "chart title": (lambda n: [pie(1) | {"title": "x" * n}], 50, "/blocks/0/title"),
    "chart series": (lambda n: [series(n)], 6, "/blocks/0/chart/series"),
    "chart points": (lambda n: [series(1, n)], 20, "/blocks/0/chart/series/0/data"),
    "pie segments": (lambda n: [pie(n)], 6, "/blocks/0/chart/segments"),
    "pie label": (
        lambda n: [{"type": "data_visualization", "title": "t", "chart": {"type": "pie", "segments": [{"label": "x" * n, "value": 1}]}}],
        20, "/blocks/0/chart/segments/0/label",
    ),
    "charts in a message": (lambda n: [pie(1)] * n, 2, "/blocks/2"),
    "tables in a message": (lambda n: [TABLE, DATA_TABLE][:n], 1, "/blocks/1"),
    "card title": (lambda n: [CARD | {"title": plain("x" * n)}], 150, "/blocks/0/title/text"),
    "card actions": (lambda n: [CARD | {"actions": buttons(n)}], 2, "/blocks/0/actions"),
    "carousel": (lambda n: [{"type": "carousel", "elements": [CARD] * n}], 10, "/blocks/0/elements"),
    "container": (
        lambda n: [{"type": "container", "title": plain("x"), "child_blocks": [section()] * n}], 10, "/blocks/0/child_blocks",
    ),
    "context_actions": (
        lambda n: [{"type": "context_actions", "elements": [{"type": "icon_button", "icon": "trash", "text": plain("x")}] * n}],
        5, "/blocks/0/elements",
    ),
    "all text": (
        lambda n: [section("x" * 3000) for _ in range(4)] + [section("x" * (n - 12_000))], MOST_BLOCK_TEXT, "/blocks",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SIZES)
def test_a_size_ends_where_slack_ends_it(name: str) -> None:
    build, last_good, pointer = SIZES[name]
    assert check_message(build(last_good)) == []
    if name == "tables in a message":
        last_good = 1
    errors = check_message(build(last_good + 1))
    assert any(error.endswith(f"[json-pointer:{pointer}]") for error in errors), errors


VIEW_SIZES: dict[str, tuple[Callable[[int], Json], int, str]] = {
    "title": (lambda n: modal(section(), title=plain("x" * n)), 24, "/view/title/text"),
    "submit": (lambda n: modal(section(), submit=plain("x" * n)), 24, "/view/submit/text"),
    "close": (lambda n: modal(section(), close=plain("x" * n)), 24, "/view/close/text"),
    "private_metadata": (
        lambda n: modal(section(), private_metadata="x" * n),
        3000,
        "/view/private_metadata",
    ),
    "callback_id": (lambda n: modal(section(), callback_id="x" * n), 255, "/view/callback_id"),
    "external_id": (lambda n: modal(section(), external_id="x" * n), 255, "/view/external_id"),
    "blocks of a modal": (lambda n: modal(*[{"type": "divider"}] * n), 100, "/view/blocks"),
    "blocks of Home": (lambda n: {"type": "home", "blocks": [{"type": "divider"}] * n}, 100, "/view/blocks"),
}


@pytest.mark.parametrize("name", VIEW_SIZES)
def test_a_views_size_ends_where_slack_ends_it(name: str) -> None:
    build, last_good, pointer = VIEW_SIZES[name]
    assert check_view(build(last_good)) == []
    assert [error.endswith(f"[json-pointer:{pointer}]") for error in check_view(build(last_good + 1))] == [
        True
    ]


# what is wrong with it → blocks → what is said
WRONG: dict[str, tuple[list[Json], str]] = {
    "empty text": ([section("")], "must be more than 0 characters [json-pointer:/blocks/0/text/text]"),
    "empty plain_text": ([{"type": "header", "text": plain("")}], "must be more than 0 characters"),
    "mrkdwn in a header": ([{"type": "header", "text": mrkdwn("x")}], "unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]"),
    "mrkdwn on a button": ([actions({"type": "button", "text": mrkdwn("x")})], "unsupported type: mrkdwn"),
    "a bare string as text": ([{"type": "section", "text": "x"}], "unsupported type: None [json-pointer:/blocks/0/text/type]"),
    "no text, no fields": ([{"type": "section"}], "missing one of the required fields: text, fields [json-pointer:/blocks/0]"),
    "no alt_text": ([{"type": "image", "image_url": "https://e.x"}], "missing required field: alt_text [json-pointer:/blocks/0]"),
    "no picture": ([{"type": "image", "alt_text": "x"}], "exactly one is needed of: image_url, slack_file"),
    "no label": ([{"type": "input", "element": MENUS["datepicker"]}], "missing required field: label"),
    "no type": ([{"text": plain("x")}], "unsupported type: None [json-pointer:/blocks/0/type]"),
    "a field of ours": ([section(colour="red")], "invalid additional property: colour [json-pointer:/blocks/0]"),
    "two block_ids alike": ([section(block_id="a"), section(block_id="a")], "`block_id` already exists: a [json-pointer:/blocks/1/block_id]"),
    "two action_ids alike": ([actions(button("x", "a"), button("y", "a"))], "`action_id` already exists: a [json-pointer:/blocks/0]"),
    "empty actions": ([actions()], "no fewer than 1 items allowed [json-pointer:/blocks/0/elements]"),
    "an unknown style": ([actions(button("x", "a", style="default"))], "must be one of primary, danger"),
    "no scheme in a url": ([actions(button("x", "a", url="example.com"))], "must be a valid URL"),
    "a script as url": ([actions(button("x", "a", url="javascript:alert(1)"))], "must be a valid URL"),
    "options and groups": (
        [actions({"type": "static_select", "options": OPTIONS, "option_groups": [{"label": plain("x"), "options": OPTIONS}]})],
        "exactly one is needed of: options, option_groups",
    ),
    "a start that is not on offer": (
        [actions({"type": "static_select", "options": OPTIONS, "initial_option": option("Fourth", "4")})],
        "initial_option must be one of the provided options [json-pointer:/blocks/0/elements/0/initial_option]",
    ),
    "a text input in actions": ([actions({"type": "plain_text_input"})], "unsupported type: plain_text_input"),
    "a datetimepicker beside a section": ([section(accessory={"type": "datetimepicker"})], "unsupported type: datetimepicker"),
    "an impossible date": ([actions({"type": "datepicker", "initial_date": "2026-13-01"})], "must be YYYY-MM-DD"),
    "an impossible time": ([actions({"type": "timepicker", "initial_time": "25:00"})], "must be HH:mm"),
    "a number that is none": ([input_of({"type": "number_input", "is_decimal_allowed": True, "initial_value": "many"})], "must be a number in a string"),
    "least above most": (
        [input_of({"type": "number_input", "is_decimal_allowed": True, "min_value": "9", "max_value": "1"})], "min_value must not exceed max_value",
    ),
    "no is_decimal_allowed": ([input_of({"type": "number_input"})], "missing required field: is_decimal_allowed"),
    "rich text in a table's head": (
        [DATA_TABLE | {"rows": [[{"type": "rich_text", "elements": [rich_section(leaf("x"))]}], rows(1)[0]]}], "the header row cannot contain rich_text",
    ),
    "uneven rows": ([DATA_TABLE | {"rows": [*rows(1, 2), *rows(1, 1)]}], "every row must have as many cells as the header"),
    "a column that is not there": ([DATA_TABLE | {"row_header_column_index": 7}], "must be an existing column"),
    "no caption": ([{"type": "data_table", "rows": rows(2)}], "missing required field: caption"),
    "a missing point": (
        [chart("line") | {"chart": chart("line")["chart"] | {"axis_config": AXIS | {"categories": ["Oct", "Nov"]}}}],
        "needs exactly one data point for each category [json-pointer:/blocks/0/chart/series/0/data]",
    ),
    "two series alike": ([series(1) | {"chart": series(1)["chart"] | {"series": series(1)["chart"]["series"] * 2}}], "series names must be unique"),
    "an empty slice": (
        [{"type": "data_visualization", "title": "t", "chart": {"type": "pie", "segments": [{"label": "x", "value": 0}]}}], "must be greater than 0",
    ),
    "an empty piece of rich text": (
        [{"type": "rich_text", "elements": [rich_section({"type": "text", "text": ""})]}], "must be more than 0 characters",
    ),
    "two that want the focus": (
        [input_of({"type": "plain_text_input", "focus_on_load": True}), input_of({"type": "plain_text_input", "focus_on_load": True})],
        "only one element may have focus_on_load",
    ),
    "url outside overflow": (
        [actions({"type": "static_select", "options": [option("x", "1", url="https://e.x")]})], "invalid additional property: url",
    ),
    "a file": ([{"type": "file", "external_id": "x", "source": "remote"}], "unsupported type: file"),
    "a container in a container": (
        [{"type": "container", "title": plain("x"), "child_blocks": [{"type": "container", "title": plain("y"), "child_blocks": [section()]}]}],
        "unsupported type: container",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_slack_refuses_is_refused(name: str) -> None:
    blocks, said = WRONG[name]
    errors = check_message(blocks)
    assert any(error.startswith(said) for error in errors), errors


def test_a_form_with_inputs_needs_a_submit_button() -> None:
    view = modal(input_of(MENUS["datepicker"]))
    del view["submit"]
    assert check_view(view) == [
        "missing required field: submit, since there are input blocks [json-pointer:/view]"
    ]
    assert check_view({"type": "modal", "title": plain("x"), "blocks": [section()]}) == []


@pytest.mark.parametrize(
    "view",
    [
        None,
        [],
        "x",
        {},
        {"type": "card"},
        {"type": "modal"},
        {"type": "home", "blocks": []},
        {"type": "home", "title": plain("x"), "blocks": [section()]},
    ],
)
def test_what_is_no_view_is_refused(view: Any) -> None:
    assert check_view(view)


def test_the_same_action_id_in_two_blocks_is_slacks_way() -> None:
    """`state.values` is keyed by block_id, then action_id."""
    element = {"type": "plain_text_input", "action_id": "value"}
    assert check_view(modal(input_of(element, block_id="a"), input_of(element, block_id="b"))) == []


JUNK: list[Any] = [None, 0, 1.5, True, "x", "", [], {}, [[]], {"type": []}, {"type": {}}, {"type": None}]


def _places(value: Any) -> list[list[Any]]:
    """The path to every value inside."""
    if isinstance(value, dict):
        return [[], *([key, *rest] for key in value for rest in _places(value[key]))]
    if isinstance(value, list):
        return [[], *([index, *rest] for index in range(len(value)) for rest in _places(value[index]))]
    return [[]]


@pytest.mark.parametrize("name", [*EVERYWHERE, *IN_MESSAGES])
def test_junk_anywhere_is_answered_never_raised(name: str) -> None:
    sound = {**EVERYWHERE, **IN_MESSAGES}[name]
    for path in _places(sound):
        for junk in JUNK:
            spoilt = copy.deepcopy([sound])
            target: Any = spoilt
            full = [0, *path]
            for step in full[:-1]:
                target = target[step]
            target[full[-1]] = copy.deepcopy(junk)
            if not check_message(spoilt):
                list(texts(spoilt))


def test_overflow_is_for_sections_and_actions() -> None:
    assert check_message([section(accessory=OVERFLOW)]) == []
    assert check_message([input_of(OVERFLOW)]) == [
        "unsupported type: overflow [json-pointer:/blocks/0/element/type]"
    ]
