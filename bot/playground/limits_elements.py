"""Slack's limits on the things a person can touch. https://docs.slack.dev/reference/block-kit/block-elements"""

import re
from typing import Any

from bot.playground.rules import (
    Rule,
    anything,
    boolean,
    by_type,
    integer,
    items,
    one_of,
    pattern,
    plain_text,
    shape,
    string,
    text,
    url,
    wrong,
)

ACTION_ID = string(255)
PLACEHOLDER = plain_text(150)
#: composition-objects/confirmation-dialog-object
CONFIRM = shape(
    {"title": plain_text(100), "text": text(300), "confirm": plain_text(30), "deny": plain_text(30)},
    {"style": one_of("primary", "danger")},
)
#: composition-objects/option-object: plain_text, but radio buttons and checkboxes may use mrkdwn, and only overflow has url
OPTION = shape({"text": plain_text(75), "value": string(150)}, {"description": plain_text(75)})
OVERFLOW_OPTION = shape(
    {"text": plain_text(75), "value": string(150)}, {"description": plain_text(75), "url": url()}
)
MARKED_OPTION = shape({"text": text(75), "value": string(150)}, {"description": text(75)})
OPTION_GROUP = shape({"label": plain_text(75), "options": items(OPTION, 100)})
USER_ID = pattern(re.compile(r"[UW][A-Z0-9]+").fullmatch, "must be a user id")
DATE = pattern(re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])").fullmatch, "must be YYYY-MM-DD")
TIME = pattern(re.compile(r"([01]\d|2[0-3]):[0-5]\d").fullmatch, "must be HH:mm")
NUMBER = pattern(re.compile(r"-?\d+(\.\d+)?").fullmatch, "must be a number in a string")

_SHARED: dict[str, Rule] = {"action_id": ACTION_ID, "confirm": CONFIRM, "focus_on_load": boolean}
_MENU = _SHARED | {"placeholder": PLACEHOLDER}
_MANY = _MENU | {"max_selected_items": integer(1, 1000)}
_INPUT: dict[str, Rule] = {
    "action_id": ACTION_ID,
    "dispatch_action_config": anything,
    "focus_on_load": boolean,
    "placeholder": PLACEHOLDER,
}
_FILTER = {"default_to_current_conversation": boolean, "filter": anything}


def _menu(rule: Rule, initial: str) -> Rule:
    """What is chosen at the start must be on offer, letter by letter."""

    def checked(value: Any, at: str, errors: list[str]) -> None:
        before = len(errors)
        rule(value, at, errors)
        if len(errors) > before:
            return
        groups = [group["options"] for group in value.get("option_groups", [])]
        offered = [*value.get("options", []), *(option for group in groups for option in group)]
        chosen = value.get(initial)
        for option in chosen if isinstance(chosen, list) else [chosen]:
            if option is not None and option not in offered:
                wrong(errors, f"{initial} must be one of the provided options", f"{at}/{initial}")

    return checked


def _select(extra: dict[str, Rule], shared: dict[str, Rule] = _MENU) -> Rule:
    return shape(
        {}, shared | {"options": items(OPTION, 100), "option_groups": items(OPTION_GROUP, 100)} | extra,
        exactly_one=("options", "option_groups"),
    )  # fmt: skip


_BUTTON_TEXT: dict[str, Rule] = {"accessibility_label": string(75), "action_id": ACTION_ID}
BUTTON = shape(
    {"text": plain_text(75)},
    _BUTTON_TEXT
    | {"url": url(3000), "value": string(2000), "style": one_of("primary", "danger"), "confirm": CONFIRM},
)
IMAGE = shape(
    {"alt_text": string(2000)},
    {"image_url": url(3000), "slack_file": anything},
    exactly_one=("image_url", "slack_file"),
)

MENUS: dict[str, Rule] = {
    "checkboxes": _menu(
        shape({"options": items(MARKED_OPTION, 10)}, _SHARED | {"initial_options": items(MARKED_OPTION, 10)}),
        "initial_options",
    ),
    "radio_buttons": _menu(
        shape({"options": items(MARKED_OPTION, 10)}, _SHARED | {"initial_option": MARKED_OPTION}), "initial_option"
    ),
    "datepicker": shape({}, _MENU | {"initial_date": DATE}),
    "timepicker": shape({}, _MENU | {"initial_time": TIME, "timezone": string(100)}),
    "static_select": _menu(_select({"initial_option": OPTION}), "initial_option"),
    "external_select": shape({}, _MENU | {"initial_option": OPTION, "min_query_length": integer(0, 100)}),
    "users_select": shape({}, _MENU | {"initial_user": USER_ID}),
    "conversations_select": shape(
        {}, _MENU | _FILTER | {"initial_conversation": string(255), "response_url_enabled": boolean}
    ),
    "channels_select": shape({}, _MENU | {"initial_channel": string(255), "response_url_enabled": boolean}),
    "multi_static_select": _menu(_select({"initial_options": items(OPTION, 100)}, _MANY), "initial_options"),
    "multi_external_select": shape({}, _MANY | {"initial_options": items(OPTION, 100), "min_query_length": integer(0, 100)}),
    "multi_users_select": shape({}, _MANY | {"initial_users": items(USER_ID, 100)}),
    "multi_conversations_select": shape({}, _MANY | _FILTER | {"initial_conversations": items(string(255), 100)}),
    "multi_channels_select": shape({}, _MANY | {"initial_channels": items(string(255), 100)}),
}  # fmt: skip
DATETIMEPICKER = {"datetimepicker": shape({}, _SHARED | {"initial_date_time": integer(0, 9_999_999_999)})}
OVERFLOW = {
    "overflow": shape({"options": items(OVERFLOW_OPTION, 5)}, {"action_id": ACTION_ID, "confirm": CONFIRM})
}
BUTTONS = {
    "button": BUTTON,
    "workflow_button": shape(
        {"text": plain_text(75), "workflow": anything, "action_id": ACTION_ID},
        {"style": one_of("primary", "danger"), "accessibility_label": string(75)},
    ),
}
_FEEDBACK = shape({"text": plain_text(75), "value": string(2000)}, {"accessibility_label": string(75)})

#: elements of an actions block
ACTIONS = by_type({**BUTTONS, **MENUS, **DATETIMEPICKER, **OVERFLOW})
#: accessories of a section: a datetimepicker "must be used inside the actions block or input block"
ACCESSORIES = by_type({**BUTTONS, **MENUS, **OVERFLOW, "image": IMAGE})
#: elements of an input block
INPUTS = by_type({
    **MENUS,
    **DATETIMEPICKER,
    "plain_text_input": shape(
        {}, _INPUT | {"initial_value": string(3000, least=0), "multiline": boolean, "min_length": integer(0, 3000), "max_length": integer(1, 3000)}
    ),
    "email_text_input": shape({}, _INPUT | {"initial_value": string(3000, least=0)}),
    "url_text_input": shape({}, _INPUT | {"initial_value": string(3000, least=0)}),
    "number_input": shape(
        {"is_decimal_allowed": boolean}, _INPUT | {"initial_value": NUMBER, "min_value": NUMBER, "max_value": NUMBER}
    ),
    "rich_text_input": shape({"action_id": ACTION_ID}, _INPUT | {"initial_value": anything}),
    "file_input": shape({}, {"action_id": ACTION_ID, "filetypes": anything, "max_files": integer(1, 10)}),
})  # fmt: skip
#: elements of a context block
CONTEXT = by_type(
    {
        "image": IMAGE,
        "plain_text": shape({"text": string(3000)}, {"emoji": boolean}),
        "mrkdwn": shape({"text": string(3000)}, {"verbatim": boolean}),
    }
)
CONTEXT_ACTIONS = by_type(
    {
        "feedback_buttons": shape(
            {"positive_button": _FEEDBACK, "negative_button": _FEEDBACK}, {"action_id": ACTION_ID}
        ),
        "icon_button": shape(
            {"icon": one_of("trash"), "text": plain_text(75)},
            _BUTTON_TEXT
            | {"value": string(2000), "confirm": CONFIRM, "visible_to_user_ids": items(USER_ID, 100)},
        ),
    }
)
