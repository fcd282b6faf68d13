"""Slack's limits on blocks, messages and views: what the real one would refuse is refused here, with its words.

https://docs.slack.dev/reference/block-kit/blocks
"""

from typing import Any, Literal

from bot.playground.blocks import Json, children, elements, texts
from bot.playground.limits_elements import (
    ACCESSORIES,
    ACTIONS,
    BUTTON,
    CONTEXT,
    CONTEXT_ACTIONS,
    IMAGE,
    INPUTS,
)
from bot.playground.limits_rich_text import RICH_TEXT_ELEMENTS
from bot.playground.rules import (
    Rule,
    anything,
    boolean,
    by_type,
    integer,
    items,
    number,
    one_of,
    plain_text,
    shape,
    string,
    text,
    url,
    wrong,
)

Surface = Literal["message", "modal", "home"]

#: Undocumented: bolt-js issue 2509 saw msg_blocks_too_long near 13.2k characters while under every limit per block.
MOST_BLOCK_TEXT = 13_200
_MOST_BLOCKS = {"message": 50, "modal": 100, "home": 100}
_MOST_MARKDOWN = 12_000
_MOST_TABLE_TEXT = 10_000

_ID: dict[str, Rule] = {"block_id": string(255)}
_RICH_TEXT = shape({"elements": items(RICH_TEXT_ELEMENTS, 1000, least=0)}, _ID)
_RICH = by_type({"rich_text": _RICH_TEXT})
_PICTURE = by_type({"image": IMAGE})
_RAW_TEXT = shape({"text": string(3000, least=0)})
_CELL = by_type({"raw_text": _RAW_TEXT, "rich_text": _RICH_TEXT})
_DATA_CELL = by_type(
    {
        "raw_text": shape({"text": string(3000)}),
        "raw_number": shape({"value": number()}, {"text": string(3000)}),
        "rich_text": _RICH_TEXT,
    }
)
_POINT = shape({"label": string(20), "value": number()})
_SERIES = shape({"name": string(20), "data": items(_POINT, 20)})
_AXIS = shape(
    {"categories": items(string(20), 20)}, {"x_label": string(50, least=0), "y_label": string(50, least=0)}
)
_CARTESIAN = shape({"series": items(_SERIES, 6), "axis_config": _AXIS})
_CHART = by_type(
    {
        "line": _CARTESIAN,
        "bar": _CARTESIAN,
        "area": _CARTESIAN,
        "pie": shape({"segments": items(shape({"label": string(20), "value": number(above=0)}), 6)}),
    }
)


def _title(value: Any, at: str, errors: list[str]) -> None:
    """A plan's title may be a bare string."""
    (string(3000) if isinstance(value, str) else plain_text(3000))(value, at, errors)


_TASK = shape(
    {"task_id": string(255), "title": string(3000)},
    _ID | {"details": _RICH, "output": _RICH, "sources": items(by_type({"url": shape({"url": url(), "text": string(3000)})}), 100, least=0), "status": one_of("pending", "in_progress", "complete", "error")},
)  # fmt: skip
_CARD = shape(
    {},
    _ID | {"hero_image": _PICTURE, "icon": _PICTURE, "title": text(150), "subtitle": text(150), "body": text(200), "actions": items(by_type({"button": BUTTON}), 2)},
    one_needed=("hero_image", "title", "actions", "body"),
)  # fmt: skip

_BLOCKS: dict[str, Rule] = {
    "section": shape(
        {},
        _ID | {"text": text(3000), "fields": items(text(2000), 10), "accessory": ACCESSORIES, "expand": boolean},
        one_needed=("text", "fields"),
    ),
    "header": shape({"text": plain_text(150)}, _ID | {"level": integer(1, 4)}),
    "divider": shape({}, _ID),
    "context": shape({"elements": items(CONTEXT, 10)}, _ID),
    "actions": shape({"elements": items(ACTIONS, 25)}, _ID),
    "input": shape(
        {"label": plain_text(2000), "element": INPUTS},
        _ID | {"hint": plain_text(2000), "optional": boolean, "dispatch_action": boolean},
    ),
    "image": shape(
        {"alt_text": string(2000)},
        _ID | {"image_url": url(3000), "slack_file": anything, "title": plain_text(2000)},
        exactly_one=("image_url", "slack_file"),
    ),
    "rich_text": _RICH_TEXT,
    "table": shape({"rows": items(items(_CELL, 20), 100)}, _ID | {"column_settings": items(anything, 20, least=0)}),
    "data_table": shape(
        {"caption": string(3000), "rows": items(items(_DATA_CELL, 20), 101, least=2)},
        _ID | {"page_size": integer(1, 100), "row_header_column_index": integer(0, 19)},
    ),
    "data_visualization": shape({"title": string(50), "chart": _CHART}, _ID),
    "markdown": shape({"text": string(_MOST_MARKDOWN)}, _ID),
    "alert": shape({"text": text(3000)}, _ID | {"level": one_of("default", "info", "warning", "error", "success")}),
    "card": _CARD,
    "carousel": shape({"elements": items(by_type({"card": _CARD}), 10)}, _ID),
    "context_actions": shape({"elements": items(CONTEXT_ACTIONS, 5)}, _ID),
    "plan": shape({"title": _title}, _ID | {"tasks": items(_TASK, 100, least=0)}),
    "task_card": _TASK,
    "video": shape(
        {"alt_text": string(2000), "title": plain_text(199), "thumbnail_url": url(), "video_url": url()},
        _ID | {"author_name": string(49), "description": plain_text(199), "provider_icon_url": url(), "provider_name": string(2000), "title_url": url()},
    ),
}  # fmt: skip
_IN_CONTAINER = (
    "actions",
    "context",
    "divider",
    "header",
    "image",
    "input",
    "rich_text",
    "section",
    "table",
    "video",
)
_BLOCKS["container"] = shape(
    {"child_blocks": items(by_type({kind: _BLOCKS[kind] for kind in _IN_CONTAINER}), 10)},
    _ID | {"title": plain_text(150), "rich_text_title": _RICH, "subtitle": text(150), "icon": _PICTURE, "is_collapsible": boolean,
           "width": one_of("narrow", "standard", "wide", "full"), "default_collapsed": boolean, "has_header_divider": boolean},
    one_needed=("title", "rich_text_title"),
)  # fmt: skip

#: https://docs.slack.dev/blocks.json, "available-in-surfaces"; cards were seen to fail in modals
_NOT_IN: dict[Surface, frozenset[str]] = {
    "message": frozenset({"alert"}),
    "modal": frozenset({"card", "carousel", "container", "context_actions", "data_table", "data_visualization",
                        "markdown", "plan", "table", "task_card"}),
    "home": frozenset({"alert", "container", "context_actions", "data_visualization", "markdown", "plan", "table", "task_card"}),
}  # fmt: skip


def check_message(blocks: Any) -> list[str]:
    """What Slack would refuse in the blocks of a message; empty when it would take them."""
    errors = check_blocks(blocks, "message")
    if not errors and (size := block_text(blocks)) > MOST_BLOCK_TEXT:
        wrong(
            errors,
            f"msg_blocks_too_long: {size} characters of text, about {MOST_BLOCK_TEXT} are taken",
            "/blocks",
        )
    return errors


def check_view(view: Any) -> list[str]:
    """What Slack would refuse in a modal or a Home tab. https://docs.slack.dev/reference/views"""
    errors: list[str] = []
    kind = view.get("type") if isinstance(view, dict) else None
    fields: dict[str, Rule] = {
        "blocks": anything,
        "private_metadata": string(3000, least=0),
        "callback_id": string(255, least=0),
        "external_id": string(255, least=0),
    }
    if kind == "home":
        shape({"blocks": anything}, fields)(view, "/view", errors)
    elif kind == "modal":
        title = plain_text(24)
        rest = {
            "submit": title,
            "close": title,
            "clear_on_close": boolean,
            "notify_on_close": boolean,
            "submit_disabled": boolean,
        }
        shape({"title": title, "blocks": anything}, fields | rest)(view, "/view", errors)
    else:
        wrong(errors, f"unsupported type: {kind}", "/view/type")
        return errors
    blocks = view.get("blocks", [])
    errors += check_blocks(blocks, "home" if kind == "home" else "modal", at="/view/blocks")
    has_input = isinstance(blocks, list) and any(
        isinstance(b, dict) and b.get("type") == "input" for b in blocks
    )
    if kind == "modal" and has_input and not view.get("submit"):
        wrong(errors, "missing required field: submit, since there are input blocks", "/view")
    return errors


def check_blocks(blocks: Any, surface: Surface, at: str = "/blocks") -> list[str]:
    errors: list[str] = []
    if not isinstance(blocks, list):
        wrong(errors, "must be an array", at)
        return errors
    allowed = {kind: rule for kind, rule in _BLOCKS.items() if kind not in _NOT_IN[surface]}
    items(by_type(allowed), _MOST_BLOCKS[surface], least=0 if surface == "message" else 1)(blocks, at, errors)
    sound = [block for block in blocks if isinstance(block, dict)]
    if not errors:
        _check_ids(sound, at, errors)
        _check_tables(sound, at, errors)
        _check_charts(sound, at, errors)
        _check_totals(sound, at, errors)
    return errors


def _check_ids(blocks: list[Json], at: str, errors: list[str]) -> None:
    """block_id "should be unique for each message"; action_id "unique among all other action_ids in the containing block",
    since `state.values` is keyed by block_id, then action_id.
    """
    seen: set[str] = set()
    for index, block in enumerate(blocks):
        for inner in [block, *children(block)]:
            block_id = inner.get("block_id")
            if block_id and block_id in seen:
                wrong(errors, f"`block_id` already exists: {block_id}", f"{at}/{index}/block_id")
            seen.add(block_id or "")
    acted: set[tuple[int, int, str]] = set()
    for element in elements(blocks):
        key = (element.index, element.inner, element.action_id)
        if element.action_id and key in acted:
            wrong(errors, f"`action_id` already exists: {element.action_id}", f"{at}/{element.index}")
        acted.add(key)
    if sum(bool(element.json.get("focus_on_load")) for element in elements(blocks)) > 1:
        wrong(errors, "only one element may have focus_on_load", at)


def _check_tables(blocks: list[Json], at: str, errors: list[str]) -> None:
    tables = [(i, b) for i, b in enumerate(blocks) if b["type"] in {"table", "data_table"}]
    for index, _ in tables[1:]:
        wrong(errors, "only_one_table_allowed", f"{at}/{index}")
    for index, block in tables:
        if block["type"] != "data_table":
            continue
        rows = block["rows"]
        if any(cell["type"] == "rich_text" for cell in rows[0]):
            wrong(errors, "the header row cannot contain rich_text", f"{at}/{index}/rows/0")
        if len({len(row) for row in rows}) > 1:
            wrong(errors, "every row must have as many cells as the header", f"{at}/{index}/rows")
        if block.get("row_header_column_index", 0) >= len(rows[0]):
            wrong(errors, "must be an existing column", f"{at}/{index}/row_header_column_index")


def _check_charts(blocks: list[Json], at: str, errors: list[str]) -> None:
    charts = [(i, b["chart"]) for i, b in enumerate(blocks) if b["type"] == "data_visualization"]
    for index, _ in charts[2:]:
        wrong(errors, "no more than 2 data_visualization blocks allowed", f"{at}/{index}")
    for index, chart in charts:
        series, place = chart.get("series", []), f"{at}/{index}/chart/series"
        if len({one["name"] for one in series}) < len(series):
            wrong(errors, "series names must be unique", place)
        for nth, one in enumerate(series):
            # "each series must contain exactly one data point per category"
            if sorted(point["label"] for point in one["data"]) != sorted(chart["axis_config"]["categories"]):
                wrong(errors, "needs exactly one data point for each category", f"{place}/{nth}/data")


def _check_totals(blocks: list[Json], at: str, errors: list[str]) -> None:
    markdown = sum(len(block["text"]) for block in blocks if block["type"] == "markdown")
    if markdown > _MOST_MARKDOWN:
        wrong(errors, f"all markdown blocks together must be less than {_MOST_MARKDOWN + 1} characters", at)
    for index, block in enumerate(blocks):
        if block["type"] == "data_table" and sum(map(len, texts(block["rows"]))) > _MOST_TABLE_TEXT:
            wrong(errors, f"the table must be less than {_MOST_TABLE_TEXT + 1} characters", f"{at}/{index}")
    for index, element in enumerate(e for e in elements(blocks) if e.type == "number_input"):
        low, high = element.json.get("min_value"), element.json.get("max_value")
        if low is not None and high is not None and float(low) > float(high):
            wrong(
                errors,
                f"min_value must not exceed max_value (number input {index})",
                f"{at}/{element.index}/element",
            )


def block_text(value: Any) -> int:
    """Characters of all text in blocks, labels of buttons and menus included."""
    if isinstance(value, list):
        return sum(block_text(item) for item in value)
    if not isinstance(value, dict):
        return 0
    own = sum(len(value[key]) for key in ("text", "alt_text", "caption") if isinstance(value.get(key), str))
    return own + sum(block_text(inner) for inner in value.values())
