"""Buttons → a row of elements and overflow menus. No I/O.

https://docs.slack.dev/reference/block-kit/block-elements/button-element · …/overflow-menu-element
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from bot.messages.model import Button, Buttons
from bot.messages.text import label
from bot.slack import ids
from bot.slack.paragraphs import plain_text

_MOST_MENU = 5
_MOST_ROW = 25
_MOST_LABEL = 75


def rows(part: Buttons) -> Iterator[dict[str, Any]]:
    """Blocks of up to 25 elements."""
    elements = [*_buttons(part.buttons), *_menus(part.more)]
    for start in range(0, len(elements), _MOST_ROW):
        yield {"type": "actions", "elements": elements[start : start + _MOST_ROW]}


def number(block: dict[str, Any], nth: int) -> None:
    """Gives the elements of a block their action_ids, each of its own in the whole message."""
    for index, element in enumerate(block.get("elements", ())):
        name = f"{nth}.{index}"
        if element.get("type") == "button":
            element["action_id"] = f"press:{name}"
        elif element.get("type") == "overflow":
            element["action_id"] = ids.menu_id(name, element.pop("shared"))


def _buttons(buttons: Iterable[Button]) -> Iterator[dict[str, Any]]:
    for button in buttons:
        value = ids.value_of(button.press)
        if len(value) > ids.MOST_VALUE:
            continue  # it could not say what it does
        element: dict[str, Any] = {
            "type": "button",
            "text": plain_text(button.label, _MOST_LABEL),
            "value": value,
            "accessibility_label": label(button.says or button.label, _MOST_LABEL),
        }
        if button.style != "plain":
            element["style"] = button.style
        if button.confirm:
            element["confirm"] = _confirm(button)
        yield element


def _menus(buttons: Sequence[Button]) -> Iterator[dict[str, Any]]:
    """Overflow menus of five. A menu asks once for all of its options, so what needs a confirmation stays a button."""
    quiet = [button for button in buttons if not button.confirm]
    for start in range(0, len(quiet), _MOST_MENU):
        five = quiet[start : start + _MOST_MENU]
        made = ids.menu([button.press for button in five])
        if made is None:
            yield from _buttons(five)
            continue
        shared, values = made
        options = [
            {"text": plain_text(button.label, _MOST_LABEL), "value": value}
            for button, value in zip(five, values, strict=True)
        ]
        yield {"type": "overflow", "shared": shared, "options": options}
    yield from _buttons(button for button in buttons if button.confirm)


def _confirm(button: Button) -> dict[str, Any]:
    """https://docs.slack.dev/reference/block-kit/composition-objects/confirmation-dialog-object"""
    confirm: dict[str, Any] = {
        "title": plain_text("Are you sure?", 100),
        "text": plain_text(button.confirm, 300),
        "confirm": plain_text(button.label, 30),
        "deny": plain_text("Cancel", 30),
    }
    if button.style != "plain":
        confirm["style"] = button.style
    return confirm
