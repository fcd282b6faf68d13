"""One sound example of every block and element, as a message, a modal or a Home tab may hold it. Used to check limits and drawing."""

from typing import Any

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def option(text: str, value: str, **more: Any) -> Json:
    return {"text": plain(text), "value": value, **more}


def button(text: str, action_id: str, **more: Any) -> Json:
    return {"type": "button", "text": plain(text), "action_id": action_id, **more}


def leaf(text: str, **style: bool) -> Json:
    return {"type": "text", "text": text, **({"style": style} if style else {})}


def rich_section(*leaves: Json) -> Json:
    return {"type": "rich_text_section", "elements": list(leaves)}


PIXEL = "https://example.com/picture.png"
OPTIONS = [
    option("First", "1"),
    option("Second", "2", description=plain("the other one")),
    option("Third", "3"),
]
CONFIRM = {
    "title": plain("Sure?"),
    "text": mrkdwn("This *ends* it."),
    "confirm": plain("End it"),
    "deny": plain("Keep it"),
    "style": "danger",
}

#: elements by type, for accessories, actions and inputs
MENUS: dict[str, Json] = {
    "static_select": {"type": "static_select", "action_id": "e.static", "placeholder": plain("Choose one"), "options": OPTIONS, "initial_option": OPTIONS[0]},
    "static_select groups": {
        "type": "static_select",
        "action_id": "e.groups",
        "placeholder": plain("Choose from groups"),
        "option_groups": [{"label": plain("Some"), "options": OPTIONS[:1]}, {"label": plain("Others"), "options": OPTIONS[1:]}],
    },
    "external_select": {"type": "external_select", "action_id": "e.external", "placeholder": plain("Search"), "min_query_length": 0},
    "users_select": {"type": "users_select", "action_id": "e.users", "placeholder": plain("Choose a person")},
    "conversations_select": {"type": "conversations_select", "action_id": "e.conversations", "placeholder": plain("Choose a conversation")},
    "channels_select": {"type": "channels_select", "action_id": "e.channels", "placeholder": plain("Choose a channel")},
    "multi_static_select": {"type": "multi_static_select", "action_id": "e.multi", "placeholder": plain("Choose some"), "options": OPTIONS},
    "multi_external_select": {"type": "multi_external_select", "action_id": "e.mexternal", "placeholder": plain("Search some")},
    "multi_users_select": {"type": "multi_users_select", "action_id": "e.musers", "placeholder": plain("Choose people")},
    "multi_conversations_select": {"type": "multi_conversations_select", "action_id": "e.mconversations", "placeholder": plain("Choose places")},
    "multi_channels_select": {"type": "multi_channels_select", "action_id": "e.mchannels", "placeholder": plain("Choose channels")},
    "datepicker": {"type": "datepicker", "action_id": "e.date", "initial_date": "2026-12-04", "placeholder": plain("A date")},
    "timepicker": {"type": "timepicker", "action_id": "e.time", "initial_time": "09:30", "placeholder": plain("A time")},
    "radio_buttons": {"type": "radio_buttons", "action_id": "e.radio", "options": [{"text": mrkdwn("*Bold* choice"), "value": "1"}, *OPTIONS[1:]]},
    "checkboxes": {"type": "checkboxes", "action_id": "e.checks", "options": OPTIONS, "initial_options": OPTIONS[:1]},
}  # fmt: skip
DATETIME: Json = {"type": "datetimepicker", "action_id": "e.datetime", "initial_date_time": 1796400000}
OVERFLOW: Json = {
    "type": "overflow", "action_id": "e.overflow",
    "options": [option("Snooze", "snooze"), option("Hand over", "hand"), option("Help", "help", url="https://example.com/help")],
}  # fmt: skip
TEXT_INPUTS: dict[str, Json] = {
    "plain_text_input": {
        "type": "plain_text_input",
        "action_id": "e.text",
        "placeholder": plain("A word"),
        "min_length": 2,
        "max_length": 40,
    },
    "plain_text_input multiline": {
        "type": "plain_text_input",
        "action_id": "e.lines",
        "multiline": True,
        "initial_value": "two\nlines",
    },
    "email_text_input": {"type": "email_text_input", "action_id": "e.email"},
    "url_text_input": {"type": "url_text_input", "action_id": "e.url"},
    "number_input": {
        "type": "number_input",
        "action_id": "e.number",
        "is_decimal_allowed": True,
        "min_value": "0",
        "max_value": "100",
    },
    "rich_text_input": {"type": "rich_text_input", "action_id": "e.rich"},
}

RICH_TEXT: Json = {
    "type": "rich_text",
    "elements": [
        rich_section(
            leaf("plain "), leaf("bold", bold=True), leaf(" "), leaf("italic", italic=True), leaf(" "), leaf("strike", strike=True),
            leaf(" "), leaf("code", code=True), leaf(" "), {"type": "link", "url": "https://example.com/a", "text": "a link"},
            {"type": "user", "user_id": "U0PLAY0002"}, {"type": "emoji", "name": "tada"}, {"type": "channel", "channel_id": "C0PLAY0001"},
            {"type": "broadcast", "range": "here"}, {"type": "color", "value": "#336699"},
            {"type": "date", "timestamp": 1796400000, "format": "{date_short}", "fallback": "4 Dec 2026"},
        ),
        {"type": "rich_text_list", "style": "bullet", "elements": [rich_section(leaf("one")), rich_section(leaf("two"))]},
        {"type": "rich_text_list", "style": "ordered", "indent": 1, "elements": [rich_section(leaf("first"))]},
        {"type": "rich_text_quote", "elements": [leaf("quoted")]},
        {"type": "rich_text_preformatted", "elements": [leaf("x = 1")]},
    ],
}  # fmt: skip


def _series(name: str, *values: float) -> Json:
    return {
        "name": name,
        "data": [
            {"label": label, "value": value}
            for label, value in zip(("Oct", "Nov", "Dec"), values, strict=True)
        ],
    }


AXIS = {"categories": ["Oct", "Nov", "Dec"], "x_label": "Month", "y_label": "Hours"}


def chart(kind: str) -> Json:
    if kind == "pie":
        segments = [
            {"label": "Trial", "value": 3},
            {"label": "Live", "value": 5.5},
            {"label": "Ended", "value": 1},
        ]
        return {
            "type": "data_visualization",
            "title": "Stages",
            "chart": {"type": "pie", "segments": segments},
        }
    series = [
        _series("Response time", 8.5, 6.5, 6.0),
        _series("Target", 6, 6, 6),
        _series("Change", -1, 2, -3),
    ]
    return {
        "type": "data_visualization",
        "title": f"First response ({kind})",
        "chart": {"type": kind, "series": series, "axis_config": AXIS},
    }


TABLE: Json = {
    "type": "table",
    "column_settings": [{"is_wrapped": True}, {"align": "right"}],
    "rows": [
        [{"type": "raw_text", "text": "Pilot"}, {"type": "raw_text", "text": "Days"}],
        [
            {"type": "rich_text", "elements": [rich_section(leaf("Contract search", bold=True))]},
            {"type": "raw_text", "text": "12"},
        ],
    ],
}
DATA_TABLE: Json = {
    "type": "data_table",
    "caption": "Waiting for a decision",
    "page_size": 5,
    "rows": [
        [{"type": "raw_text", "text": "Pilot"}, {"type": "raw_text", "text": "Cost"}],
        [
            {"type": "raw_text", "text": "Contract search"},
            {"type": "raw_number", "value": 212000, "text": "212,000 EUR"},
        ],
        [
            {"type": "rich_text", "elements": [rich_section(leaf("Invoice triage"))]},
            {"type": "raw_number", "value": 5100},
        ],
    ],
}
CARD: Json = {
    "type": "card", "title": plain("Contract search"), "subtitle": mrkdwn("_trial_"), "body": mrkdwn("Waits for legal"),
    "actions": [button("Open", "card.open")],
}  # fmt: skip
TASK: Json = {
    "type": "task_card", "task_id": "t1", "title": "Read the sheet", "status": "complete",
    "details": {"type": "rich_text", "elements": [rich_section(leaf("24 rows"))]},
}  # fmt: skip

#: what every surface takes
EVERYWHERE: dict[str, Json] = {
    "header": {"type": "header", "text": plain("4 decisions wait")},
    "header level": {"type": "header", "text": plain("Smaller"), "level": 3},
    "section": {"type": "section", "text": mrkdwn("*Contract search*: no word for 12 working days")},
    "section plain": {"type": "section", "text": plain("*not bold*")},
    "section fields": {"type": "section", "fields": [mrkdwn("*Owner*\nAnna"), mrkdwn("*Sponsor*\nPetra"), plain("plain")]},
    "section button": {"type": "section", "text": mrkdwn("with a button"), "accessory": button("Look", "s.look")},
    "section image": {"type": "section", "text": mrkdwn("with a picture"), "accessory": {"type": "image", "image_url": PIXEL, "alt_text": "a picture"}},
    "section overflow": {"type": "section", "text": mrkdwn("with more"), "accessory": OVERFLOW},
    "divider": {"type": "divider"},
    "context": {"type": "context", "elements": [{"type": "image", "image_url": PIXEL, "alt_text": "tiny"}, mrkdwn("Rule: _trial_"), plain("plain")]},
    "actions": {
        "type": "actions",
        "elements": [
            button("Moving", "a.moving", style="primary", value="1", accessibility_label="Contract search is moving"),
            button("Stop", "a.stop", style="danger", confirm=CONFIRM),
            button("Read more", "a.read", url="https://example.com/more"),
            OVERFLOW | {"action_id": "a.overflow"},
            DATETIME,
        ],
    },
    "image": {"type": "image", "image_url": PIXEL, "alt_text": "a chart of days", "title": plain("Days")},
    "rich_text": RICH_TEXT,
    "video": {
        "type": "video", "title": plain("How it works"), "video_url": "https://example.com/v", "thumbnail_url": PIXEL,
        "alt_text": "a video", "description": plain("Two minutes"),
    },
    **{f"section {name}": {"type": "section", "text": mrkdwn(name), "accessory": element | {"action_id": f"s.{i}"}} for i, (name, element) in enumerate(MENUS.items())},
    **{f"input {name}": {"type": "input", "label": plain(name), "hint": plain("a hint"), "optional": True, "element": element | {"action_id": f"i.{i}"}} for i, (name, element) in enumerate({**MENUS, **TEXT_INPUTS, "datetimepicker": DATETIME}.items())},
}  # fmt: skip
#: what only messages take
IN_MESSAGES: dict[str, Json] = {
    "table": TABLE,
    "data_table": DATA_TABLE,
    **{f"chart {kind}": chart(kind) for kind in ("line", "bar", "area", "pie")},
    "markdown": {
        "type": "markdown",
        "text": "# Title\n\nSome **bold**, *italic*, `code`, ~~gone~~ and a [link](https://example.com).\n\n- one\n- two\n\n1. first\n2. second\n\n> quoted\n\n```\nx = 1\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n---\n",
    },
    "card": CARD,
    "carousel": {"type": "carousel", "elements": [CARD, CARD | {"title": plain("Another"), "actions": [button("Open", "card.two")]}]},
    "container": {"type": "container", "title": plain("A group"), "is_collapsible": True, "child_blocks": [{"type": "section", "text": mrkdwn("inside")}]},
    "context_actions": {
        "type": "context_actions",
        "elements": [
            {"type": "feedback_buttons", "action_id": "c.feedback", "positive_button": {"text": plain("Good"), "value": "+"}, "negative_button": {"text": plain("Bad"), "value": "-"}},
            {"type": "icon_button", "icon": "trash", "text": plain("Remove"), "action_id": "c.remove"},
        ],
    },
    "plan": {"type": "plan", "title": "Import", "tasks": [TASK]},
    "task_card": TASK,
}  # fmt: skip
#: what only modals take
IN_MODALS: dict[str, Json] = {
    f"alert {level}": {"type": "alert", "text": mrkdwn(f"An *{level}* alert"), "level": level}
    for level in ("default", "info", "warning", "error", "success")
}
