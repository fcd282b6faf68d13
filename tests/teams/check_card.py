"""Is this a card that Teams takes? Structural rules of Adaptive Cards 1.5, stricter than the schema where Teams or people are.

https://adaptivecards.io/explorer · https://learn.microsoft.com/adaptive-cards/authoring-cards/universal-action-model
"""

import json
import re
from collections.abc import Iterator
from datetime import date
from typing import Any

Json = dict[str, Any]

MOST_BYTES = 25_000
MOST_PRIMARY = 6

_COMMON = {"type", "id", "spacing", "separator", "fallback", "isVisible", "height", "requires"}
_INPUT = _COMMON | {"label", "isRequired", "errorMessage", "value", "placeholder"}
#: What each element may have; a misspelt property is shown by no renderer and reported by none.
ELEMENTS: dict[str, set[str]] = {
    "TextBlock": _COMMON | {"text", "wrap", "size", "weight", "isSubtle", "style", "color", "maxLines"},
    "Container": _COMMON | {"items", "style"},
    "ColumnSet": _COMMON | {"columns"},
    "Column": _COMMON | {"items", "width"},
    "FactSet": _COMMON | {"facts"},
    "ActionSet": _COMMON | {"actions"},
    "Input.Text": _INPUT | {"maxLength", "isMultiline"},
    "Input.Date": _INPUT,
    "Input.ChoiceSet": _INPUT | {"choices", "style", "isMultiSelect"},
}
_ACTION = {"type", "title", "tooltip", "mode", "style", "id", "fallback"}
ACTIONS: dict[str, set[str]] = {
    "Action.Execute": _ACTION | {"verb", "data", "associatedInputs"},
    "Action.Submit": _ACTION | {"data", "associatedInputs"},
    "Action.ShowCard": _ACTION | {"card"},
}
_CHILDREN = {"Container": "items", "Column": "items", "ColumnSet": "columns"}
ENUMS = {
    "spacing": {"none", "small", "default", "medium", "large", "extraLarge", "padding"},
    "size": {"small", "default", "medium", "large", "extraLarge"},
    "weight": {"lighter", "default", "bolder"},
    "color": {"default", "dark", "light", "accent", "good", "warning", "attention"},
    "mode": {"primary", "secondary"},
}
STYLES = {
    "TextBlock": {"default", "heading"},
    "Input.ChoiceSet": {"compact", "expanded"},
}
_AT = re.compile(r"<at>.*?</at>")


def check_card(card: Json) -> list[str]:
    """What is wrong with a card; empty: nothing."""
    return [*_frame(card), *_unique(card), *_mentions(card), *_body(card)]


def elements_of(card: Json) -> Iterator[Json]:
    """Every element, however deep, in reading order."""
    for element in card.get("body", []):
        yield from _below(element)


def actions_of(card: Json) -> Iterator[Json]:
    """Every action that can be pressed, those behind a question as well."""
    found = list(card.get("actions", []))
    for element in elements_of(card):
        found += element.get("actions", [])
    for action in found:
        yield action
        if action.get("type") == "Action.ShowCard":
            yield from actions_of(action["card"])


def texts_of(card: Json) -> list[str]:
    """Every text that a reader sees, in order."""
    found: list[str] = []
    for element in elements_of(card):
        match element["type"]:
            case "TextBlock":
                found.append(element["text"])
            case "FactSet":
                found += [f"{fact['title']}: {fact['value']}" for fact in element["facts"]]
            case "ActionSet":
                found += [action["title"] for action in element["actions"]]
    return found


def size_of(card: Json) -> int:
    return len(json.dumps(card, ensure_ascii=False, separators=(",", ":")).encode())


def _frame(card: Json) -> Iterator[str]:
    if card.get("type") != "AdaptiveCard" or card.get("version") != "1.5":
        yield "not an Adaptive Card 1.5"
    if not card.get("fallbackText"):
        yield "no fallbackText"
    if not card.get("body"):
        yield "empty body"
    for name in set(card) - {"type", "$schema", "version", "fallbackText", "msteams", "body", "actions"}:
        yield f"unknown property of the card: {name}"
    try:
        if size_of(card) > MOST_BYTES:
            yield f"{size_of(card)} bytes"
    except UnicodeEncodeError:
        yield "a lone surrogate"


def _unique(card: Json) -> Iterator[str]:
    ids = [element["id"] for element in elements_of(card) if "id" in element]
    for name in {name for name in ids if ids.count(name) > 1}:
        yield f"id twice: {name}"
    if not all(ids):
        yield "an empty id"


def _mentions(card: Json) -> Iterator[str]:
    entities = card.get("msteams", {}).get("entities", [])
    told = {entity["text"] for entity in entities}
    # A button's words are no markdown, so nothing in them takes effect.
    read = [element for element in elements_of(card) if element["type"] in ("TextBlock", "FactSet")]
    texts = [text for element in read for text in texts_of({"body": [element]})]
    said = {found for text in texts for found in _AT.findall(text)}
    if told != said:
        yield f"mentions told {told} and said {said}"
    for entity in entities:
        if entity["type"] != "mention" or not entity["mentioned"]["id"] or not entity["mentioned"]["name"]:
            yield f"a mention of nobody: {entity}"


def _body(card: Json) -> Iterator[str]:
    for element in elements_of(card):
        yield from _element(element)
    for action in actions_of(card):
        yield from _action(action)
    has_inputs = any(element["type"].startswith("Input.") for element in elements_of(card))
    if has_inputs and not card.get("actions"):
        yield "inputs that nothing sends"


def _below(element: Json) -> Iterator[Json]:
    yield element
    for child in element.get(_CHILDREN.get(element.get("type", ""), ""), []):
        yield from _below(child)


def _element(element: Json) -> Iterator[str]:
    kind = element.get("type", "")
    if kind not in ELEMENTS:
        if not element.get("fallback"):
            yield f"{kind} without a fallback"
        return
    for name in set(element) - ELEMENTS[kind]:
        yield f"{kind} has no {name}"
    for name, allowed in ENUMS.items():
        if name in element and element[name] not in allowed:
            yield f"{kind}.{name} is {element[name]}"
    if "style" in element and element["style"] not in STYLES.get(kind, set()):
        yield f"{kind}.style is {element['style']}"
    match kind:
        case "TextBlock":
            if not str(element.get("text", "")).strip() or element.get("wrap") is not True:
                yield f"a TextBlock that shows nothing, or cuts: {element}"
            if "\n" in element["text"]:
                yield "a line end inside a TextBlock"
        case "Container" | "Column":
            if not element.get("items"):
                yield f"an empty {kind}"
        case "ColumnSet":
            if not element.get("columns"):
                yield "no columns"
        case "FactSet":
            if not element.get("facts") or not all(
                fact["title"] and fact["value"] for fact in element["facts"]
            ):
                yield "an empty fact"
        case "ActionSet":
            yield from _row(element["actions"])
        case _:
            yield from _input(element)


def _row(actions: list[Json]) -> Iterator[str]:
    primary = [action for action in actions if action.get("mode") != "secondary"]
    if not actions or len(primary) > MOST_PRIMARY:
        yield f"{len(primary)} primary actions in a row"


def _input(element: Json) -> Iterator[str]:
    kind, name = element["type"], element.get("id")
    if not name or not element.get("label"):
        yield f"{kind} without id or label: {name}"
    if element.get("isRequired") and not element.get("errorMessage"):
        yield f"{name} is required and has no errorMessage"
    if kind == "Input.ChoiceSet":
        values = [choice["value"] for choice in element.get("choices", [])]
        if not values or not all(choice["title"] and choice["value"] for choice in element["choices"]):
            yield f"{name} offers nothing"
        if "value" in element and element["value"] not in values:
            yield f"{name} begins with what it does not offer"
    if kind == "Input.Date" and "value" in element:
        try:
            date.fromisoformat(element["value"])
        except ValueError:
            yield f"{name} is no date"


def _action(action: Json) -> Iterator[str]:
    kind = action.get("type", "")
    if kind not in ACTIONS:
        yield f"unknown action {kind}"
        return
    for name in set(action) - ACTIONS[kind]:
        yield f"{kind} has no {name}"
    if not action.get("title"):
        yield f"{kind} without a title"
    if "mode" in action and action["mode"] not in ENUMS["mode"]:
        yield f"{kind}.mode is {action['mode']}"
    if kind == "Action.Execute":
        fallback = action.get("fallback", {})
        if not action.get("verb") or fallback.get("type") != "Action.Submit" or not _same(action, fallback):
            yield f"an Execute that an old client cannot press: {action['title']}"
    if kind == "Action.ShowCard" and not action["card"].get("body"):
        yield "a question that asks nothing"


def _same(action: Json, fallback: Json) -> bool:
    """An old client's button carries the same, but where there is no room the form to be shown again."""
    ours, theirs = dict(action["data"]["pilotlight"]), dict(fallback["data"]["pilotlight"])
    return ours == theirs or (theirs.get("form") == {} and ours | {"form": {}} == theirs)
