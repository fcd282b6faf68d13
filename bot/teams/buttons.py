"""Buttons → rows of actions. No I/O.

https://adaptivecards.io/explorer/Action.Execute.html ·
https://learn.microsoft.com/adaptive-cards/authoring-cards/universal-action-model

"Adaptive Cards support a maximum of six primary actions" in Teams; what is behind "more" goes into the overflow menu.
"""

from collections.abc import Iterator
from typing import Any

from bot.messages.model import Button, Buttons
from bot.teams import ids, markdown
from bot.teams.ids import Origin
from bot.teams.paragraphs import text_block

Element = dict[str, Any]

_MOST_ROW = 6
#: Bytes of what one button carries, and of one row.
_MOST_DATA, _MOST_BYTES = 2000, 8000


def rows(part: Buttons, origin: Origin) -> Iterator[Element]:
    """Rows of at most six; what stands behind "more" goes into the overflow menu of the last row."""
    actions = [_action(button, origin) for button in part.buttons]
    menu = [
        action | {"mode": "secondary"}
        for action in (_action(button, origin) for button in part.more)
        if action
    ]
    row: list[Element] = []
    for action in [*(made for made in actions if made), *menu]:
        primary = sum(1 for one in row if "mode" not in one)
        full = primary == _MOST_ROW and "mode" not in action
        if row and (full or ids.weight(row) + ids.weight(action) > _MOST_BYTES):
            yield {"type": "ActionSet", "actions": row}
            row = []
        row.append(action)
    if row:
        yield {"type": "ActionSet", "actions": row}


def _action(button: Button, origin: Origin) -> Element:
    """A button; {} where it could not say what it does. One that asks first opens a small card with the question."""
    data = ids.data_of(button.press, origin)
    if ids.weight(data) > _MOST_DATA:
        return {}
    does = execute(markdown.label(button.label, 75), button.press.verb, data)
    if button.says:
        does["tooltip"] = markdown.label(button.says, 75)
    if not button.confirm:
        return does
    question = text_block(markdown.words(button.confirm, 300))
    return {
        "type": "Action.ShowCard",
        "title": does["title"],
        "card": {"type": "AdaptiveCard", "body": [question], "actions": [does]},
    }


def execute(title: str, verb: str, data: Element, old_clients: Element | None = None) -> Element:
    """Execute, with Submit for clients that do not know it: "add the Action.Submit as fallback"."""
    fallback = {"type": "Action.Submit", "title": title, "data": data if old_clients is None else old_clients}
    return {"type": "Action.Execute", "title": title, "verb": verb, "data": data, "fallback": fallback}
