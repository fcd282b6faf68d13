"""Finding things in Block Kit: the elements a person can touch, the text a person reads, the ids that Slack adds.

https://docs.slack.dev/reference/block-kit/blocks
"""

import copy
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

#: elements that send something when touched: they carry an action_id
INTERACTIVE = frozenset({
    "button", "workflow_button", "icon_button", "feedback_buttons", "checkboxes", "radio_buttons", "datepicker", "timepicker",
    "datetimepicker", "overflow", "static_select", "external_select", "users_select", "conversations_select", "channels_select",
    "multi_static_select", "multi_external_select", "multi_users_select", "multi_conversations_select", "multi_channels_select",
    "plain_text_input", "email_text_input", "url_text_input", "number_input", "rich_text_input", "file_input",
})  # fmt: skip


@dataclass(frozen=True)
class Element:
    """An interactive element and the block that holds it."""

    block: Json
    json: Json
    #: the place of the block in the message
    index: int
    #: the place of the block inside that block, 0 for itself
    inner: int = 0

    @property
    def action_id(self) -> str:
        return str(self.json.get("action_id", ""))

    @property
    def block_id(self) -> str:
        return str(self.block.get("block_id", ""))

    @property
    def type(self) -> str:
        return str(self.json["type"])

    @property
    def label(self) -> str:
        """What a person reads on it: a button's text, an input's label, a menu's placeholder."""
        for part in (self.json.get("text"), self.block.get("label"), self.json.get("placeholder")):
            if isinstance(part, dict):
                return str(part.get("text", ""))
        return ""


def children(block: Json) -> list[Json]:
    """Blocks inside a block: a carousel's cards, a container's children."""
    inner = block.get("child_blocks") if block.get("type") == "container" else None
    if block.get("type") == "carousel":
        inner = block.get("elements")
    return [b for b in inner or [] if isinstance(b, dict)]


def _own_elements(block: Json) -> Iterator[Json]:
    candidates: list[Any] = [block.get("accessory"), block.get("element")]
    if block.get("type") in {"actions", "context_actions"}:
        candidates += block.get("elements") or []
    if block.get("type") == "card":
        candidates += block.get("actions") or []
    for candidate in candidates:
        if isinstance(candidate, dict) and candidate.get("type") in INTERACTIVE:
            yield candidate


def elements(blocks: list[Json]) -> list[Element]:
    found: list[Element] = []
    for index, block in enumerate(blocks):
        found += [Element(block, element, index) for element in _own_elements(block)]
        for inner, child in enumerate(children(block), start=1):
            found += [Element(child, element, index, inner) for element in _own_elements(child)]
    return found


def with_ids(blocks: list[Json], new_id: Callable[[], str]) -> list[Json]:
    """A copy in which every block has a block_id and every element an action_id: "If not specified, one will be generated"."""
    blocks = copy.deepcopy(blocks)
    for block in blocks:
        for inner in [block, *children(block)]:
            if not inner.get("block_id"):
                inner["block_id"] = new_id()
            for element in _own_elements(inner):
                if not element.get("action_id"):
                    element["action_id"] = new_id()
    return blocks


def texts(value: Any, *, buttons: bool = False) -> Iterator[str]:
    """Every piece of text of a block in reading order; labels of buttons and menus only when asked."""
    if isinstance(value, list):
        for item in value:
            yield from texts(item, buttons=buttons)
        return
    if not isinstance(value, dict):
        return
    kind = value.get("type")
    if kind in INTERACTIVE:
        if buttons and isinstance(value.get("text"), dict):
            yield f"[{value['text'].get('text', '')}]"
        return
    if kind == "image" and value.get("alt_text"):
        yield str(value["alt_text"])
    if kind in {"rich_text_section", "rich_text_preformatted", "rich_text_quote"}:
        yield "".join(_leaf(leaf) for leaf in value.get("elements", []))
        return
    if kind == "data_visualization":
        yield str(value.get("title", ""))
        return
    if kind in {"table", "data_table"}:
        if value.get("caption"):
            yield str(value["caption"])
        for row in value.get("rows", []):
            yield " | ".join(" ".join(texts(cell)) for cell in row)
        return
    if kind == "raw_number":
        yield str(value.get("text") or value.get("value"))
        return
    if isinstance(value.get("text"), str):
        yield value["text"]
    for key in ("rich_text_title", "title", "subtitle", "text", "body", "label", "fields", "elements", "accessory", "hint", "actions",
                "child_blocks", "tasks", "details", "output"):  # fmt: skip
        inner = value.get(key)
        if isinstance(inner, (dict, list)):
            yield from texts(inner, buttons=buttons)


def _leaf(leaf: Json) -> str:
    """https://docs.slack.dev/reference/block-kit/blocks/rich-text-block: the smallest pieces."""
    match leaf.get("type"):
        case "user":
            return f"<@{leaf.get('user_id')}>"
        case "channel":
            return f"<#{leaf.get('channel_id')}>"
        case "link":
            return str(leaf.get("text") or leaf.get("url", ""))
        case "emoji":
            return f":{leaf.get('name')}:"
        case "date":
            return str(leaf.get("fallback") or leaf.get("timestamp"))
        case "broadcast":
            return f"@{leaf.get('range')}"
        case _:
            return str(leaf.get("text", ""))


_TOKEN = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")


def readable(text: str, names: dict[str, str]) -> str:
    """Mrkdwn as a person reads it: names for mentions, labels for links, fallbacks for dates, no entities."""

    def spell(match: re.Match[str]) -> str:
        sign, what, label = match[1], match[2], match[3]
        if sign == "@":
            return "@" + (label or names.get(what, what))
        if sign == "#":
            return "#" + (label or names.get(what, what))
        if sign == "!":
            return label or ("@" + what)
        return label or what

    return _TOKEN.sub(spell, text).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
