"""What a filled-in element looks like: the values of `view.state.values` and of an action.

https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload
"""

from typing import Any

from bot.playground.blocks import Element, Json, elements

_TEXT = frozenset({"plain_text_input", "email_text_input", "url_text_input", "number_input"})
_SINGLE = {
    "users_select": "selected_user",
    "conversations_select": "selected_conversation",
    "channels_select": "selected_channel",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
}
_MANY = {
    "multi_users_select": "selected_users",
    "multi_conversations_select": "selected_conversations",
    "multi_channels_select": "selected_channels",
}
_INITIAL = {
    "users_select": "initial_user",
    "conversations_select": "initial_conversation",
    "channels_select": "initial_channel",
    "datepicker": "initial_date",
    "timepicker": "initial_time",
    "datetimepicker": "initial_date_time",
    "multi_users_select": "initial_users",
    "multi_conversations_select": "initial_conversations",
    "multi_channels_select": "initial_channels",
    "static_select": "initial_option",
    "external_select": "initial_option",
    "radio_buttons": "initial_option",
    "checkboxes": "initial_options",
    "multi_static_select": "initial_options",
    "multi_external_select": "initial_options",
    "rich_text_input": "initial_value",
}
_ONE_OPTION = frozenset({"static_select", "external_select", "radio_buttons", "overflow"})
_OPTIONS = frozenset({"checkboxes", "multi_static_select", "multi_external_select"})


class NoSuchOptionError(Exception):
    """A choice that the menu does not offer; the text lists what it offers."""


def options(element: Json) -> list[Json]:
    groups = [group.get("options", []) for group in element.get("option_groups") or []]
    return [*(element.get("options") or []), *(option for group in groups for option in group)]


def option(element: Json, wanted: Any) -> Json:
    """By value or by the text a person reads. An option object is taken as it is (a forged choice)."""
    if isinstance(wanted, dict):
        return wanted
    for candidate in options(element):
        if wanted in (candidate.get("value"), candidate.get("text", {}).get("text")):
            return candidate
    if element.get("type") == "external_select":
        return {"text": {"type": "plain_text", "text": str(wanted)}, "value": str(wanted)}
    offered = [candidate.get("text", {}).get("text") for candidate in options(element)]
    raise NoSuchOptionError(f"{wanted!r} is not offered; there is {offered}")


def filled(element: Json, value: Any) -> Json:
    """The state of an element after a person put this into it; None empties it."""
    kind = str(element["type"])
    if kind in _TEXT:
        return {"type": kind, "value": None if value in (None, "") else str(value)}
    if kind == "rich_text_input":
        return {"type": kind, "rich_text_value": _rich_text(value)}
    if kind in _ONE_OPTION:
        return {"type": kind, "selected_option": None if value in (None, "") else option(element, value)}
    if kind in _OPTIONS:
        return {"type": kind, "selected_options": [option(element, one) for one in _listed(value)]}
    if kind in _MANY:
        return {"type": kind, _MANY[kind]: _listed(value)}
    if kind in _SINGLE:
        state: Json = {"type": kind, _SINGLE[kind]: value or None}
        if kind == "timepicker" and element.get("timezone"):
            state["timezone"] = element["timezone"]
        return state
    return {"type": kind}


def _listed(value: Any) -> list[Any]:
    if value in (None, ""):
        return []
    return list(value) if isinstance(value, (list, tuple, set)) else [value]


def _rich_text(value: Any) -> Json | None:
    if value in (None, "") or isinstance(value, dict):
        return value or None
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": str(value)}]}],
    }


def initial(element: Json) -> Json:
    kind = str(element["type"])
    if kind in _TEXT:
        return filled(element, element.get("initial_value"))
    return filled(element, element.get(_INITIAL.get(kind, ""), None))


def has_state(element: Json) -> bool:
    """Buttons and overflow menus keep nothing."""
    kind = str(element["type"])
    return kind in _TEXT or kind in _INITIAL


def values(blocks: list[Json], touched: dict[str, dict[str, Json]]) -> dict[str, dict[str, Json]]:
    """`state.values` of everything on show: what was touched, else what it began with."""
    state: dict[str, dict[str, Json]] = {}
    for element in elements(blocks):
        if has_state(element.json):
            known = touched.get(element.block_id, {}).get(element.action_id)
            state.setdefault(element.block_id, {})[element.action_id] = known or initial(element.json)
    return state


def is_empty(state: Json) -> bool:
    return not any(state[key] for key in state if key not in ("type", "timezone"))


def mistakes(blocks: list[Json], state: dict[str, dict[str, Json]]) -> dict[str, str]:
    """What Slack's own client refuses before it sends a form: block_id, sentence."""
    found: dict[str, str] = {}
    for element in elements(blocks):
        if element.block.get("type") == "input":
            sentence = _mistake(element, state.get(element.block_id, {}).get(element.action_id, {}))
            if sentence:
                found[element.block_id] = sentence
    return found


def _mistake(element: Element, state: Json) -> str:
    if is_empty(state):
        return "" if element.block.get("optional") else "Please complete this required field."
    rules, value = element.json, state.get("value")
    if value is None:
        return ""
    if element.type == "number_input":
        return _number_mistake(rules, str(value))
    if len(str(value)) < int(rules.get("min_length") or 0):
        return f"Please enter at least {rules['min_length']} characters."
    if len(str(value)) > int(rules.get("max_length") or 3000):
        return f"Please enter at most {rules.get('max_length') or 3000} characters."
    if element.type == "email_text_input" and "@" not in str(value):
        return "Please enter a valid email address."
    if element.type == "url_text_input" and "://" not in str(value):
        return "Please enter a valid URL."
    return ""


def _number_mistake(rules: Json, text: str) -> str:
    try:
        number = float(text)
    except ValueError:
        return "Please enter a valid number."
    if not rules.get("is_decimal_allowed") and not number.is_integer():
        return "Please enter a whole number."
    if rules.get("min_value") not in (None, "") and number < float(rules["min_value"]):
        return f"Please enter a number of at least {rules['min_value']}."
    if rules.get("max_value") not in (None, "") and number > float(rules["max_value"]):
        return f"Please enter a number of at most {rules['max_value']}."
    return ""
