"""Payloads as Slack sends them, written down from its reference pages; override what a case is about."""

import json
from collections.abc import Mapping
from typing import Any

TEAM, ANNA, BOT = "T0HALDEN", "U0ANNA", "U0PILOT"


def command(text: str, **fields: Any) -> dict[str, Any]:
    """https://docs.slack.dev/interactivity/implementing-slash-commands"""
    return {
        "token": "made-up",
        "team_id": TEAM,
        "team_domain": "halden",
        "channel_id": "C0LEADS",
        "channel_name": "leads",
        "user_id": ANNA,
        "user_name": "anna",
        "command": "/pilot",
        "text": text,
        "api_app_id": "A0PILOT",
        "is_enterprise_install": "false",
        "response_url": "https://hooks.slack.com/commands/T0/1/x",
        "trigger_id": "13345224609.738474920.8088930838d88f008e0",
        **fields,
    }


def _interaction(kind: str, **fields: Any) -> dict[str, Any]:
    return {
        "type": kind,
        "team": {"id": TEAM, "domain": "halden"},
        "user": {"id": ANNA, "username": "anna", "name": "anna", "team_id": TEAM},
        "api_app_id": "A0PILOT",
        "token": "made-up",
        "trigger_id": "12321423423.333649436676.d8c1bb837935619ccad0f624c448ffb3",
        "enterprise": None,
        "is_enterprise_install": False,
        **fields,
    }


def press(
    value: str = '{"v":"answer","a":{"ask":"7","status":"moving"}}',
    *,
    message: Mapping[str, Any] | None = None,
    action: Mapping[str, Any] | None = None,
    **fields: Any,
) -> dict[str, Any]:
    """https://docs.slack.dev/reference/interaction-payloads/block_actions-payload"""
    pressed = {
        "type": "button",
        "action_id": "press:1.0",
        "block_id": "ask:7~1.abc123",
        "text": {"type": "plain_text", "text": "Moving", "emoji": False},
        "value": value,
        "action_ts": "1763715600.123456",
    }
    shown = {
        "type": "message",
        "user": BOT,
        "ts": "1763700000.000100",
        "text": "…",
        "blocks": [],
        **(message or {}),
    }
    return _interaction(
        "block_actions",
        container={
            "type": "message",
            "message_ts": "1763700000.000100",
            "channel_id": "D0ANNA",
            "is_ephemeral": False,
        },
        channel={"id": "D0ANNA", "name": "directmessage"},
        message=shown,
        state={"values": {}},
        response_url="https://hooks.slack.com/actions/T0/1/x",
        actions=[dict(action) if action is not None else pressed],
        **fields,
    )


def press_in_view(kind: str, value: str = '{"v":"list","a":{}}', **fields: Any) -> dict[str, Any]:
    action = {
        "type": "button",
        "action_id": "press:0.0",
        "block_id": "~0.abc",
        "value": value,
        "action_ts": "1763715600.2",
    }
    view = {
        "id": "V0VIEW",
        "team_id": TEAM,
        "type": kind,
        "blocks": [],
        "private_metadata": "",
        "hash": "1.abc",
    }
    return _interaction(
        "block_actions",
        container={"type": "view", "view_id": "V0VIEW"},
        view=view,
        actions=[action],
        **fields,
    )


def overflow(value: str, action_id: str) -> dict[str, Any]:
    return press(
        action={
            "type": "overflow",
            "action_id": action_id,
            "block_id": "ask:7~1.abc123",
            "selected_option": {
                "text": {"type": "plain_text", "text": "Snooze", "emoji": False},
                "value": value,
            },
            "action_ts": "1763715600.123456",
        }
    )


def submission(values: Mapping[str, Any], *, metadata: str = "", **view: Any) -> dict[str, Any]:
    """https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload"""
    blocks = [
        {
            "type": "input",
            "block_id": name,
            "label": {"type": "plain_text", "text": name},
            "element": {"type": "plain_text_input", "action_id": name, "initial_value": "before"},
        }
        for name in values
    ]
    shown = {
        "id": "V0FORM",
        "team_id": TEAM,
        "type": "modal",
        "title": {"type": "plain_text", "text": "Check-in"},
        "submit": {"type": "plain_text", "text": "Save"},
        "blocks": blocks,
        "private_metadata": metadata or json.dumps({"v": "checkin", "a": {"pilot": "P01"}}),
        "callback_id": "checkin",
        "state": {"values": {name: {name: state} for name, state in values.items()}},
        "hash": "1763715600.AbCdEf",
        "app_installed_team_id": TEAM,
        **view,
    }
    return _interaction("view_submission", view=shown, response_urls=[])


def shortcut(**fields: Any) -> dict[str, Any]:
    """https://docs.slack.dev/reference/interaction-payloads/shortcuts-interaction-payload"""
    return _interaction(
        "message_action",
        callback_id="log_as_check_in",
        action_ts="1763715600.3",
        channel={"id": "C0TEAM", "name": "team"},
        message={
            "type": "message",
            "user": "U0BEN",
            "ts": "1763715500.000200",
            "text": "Invoices: 6.2 min &amp; falling",
        },
        message_ts="1763715500.000200",
        response_url="https://hooks.slack.com/app/T0/1/x",
        **fields,
    )


def event(inner: Mapping[str, Any], **fields: Any) -> dict[str, Any]:
    """https://docs.slack.dev/apis/events-api#event-type-structure"""
    return {
        "token": "made-up",
        "team_id": TEAM,
        "context_team_id": TEAM,
        "context_enterprise_id": None,
        "api_app_id": "A0PILOT",
        "event": {"event_ts": "1763715600.000300", **inner},
        "type": "event_callback",
        "event_id": "Ev08MFMKH6",
        "event_time": 1763715600,
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": TEAM,
                "user_id": BOT,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": "4-x",
        **fields,
    }


def direct_message(text: str, **fields: Any) -> dict[str, Any]:
    return event(
        {
            "type": "message",
            "channel": "D0ANNA",
            "channel_type": "im",
            "user": ANNA,
            "text": text,
            "ts": "1763715600.000300",
            "team": TEAM,
            **fields,
        }
    )


def mention(text: str, **fields: Any) -> dict[str, Any]:
    return event(
        {
            "type": "app_mention",
            "channel": "C0LEADS",
            "user": ANNA,
            "text": text,
            "ts": "1763715600.000300",
            "team": TEAM,
            **fields,
        }
    )


def user(**fields: Any) -> dict[str, Any]:
    """https://docs.slack.dev/reference/objects/user-object"""
    return {
        "id": "U0BEN",
        "team_id": TEAM,
        "name": "ben",
        "deleted": False,
        "real_name": "Ben Ahlers",
        "tz": "Europe/Berlin",
        "tz_offset": 3600,
        "profile": {
            "real_name": "Ben Ahlers",
            "display_name": "ben",
            "email": "ben@halden.example",
            "team": TEAM,
        },
        "is_admin": False,
        "is_owner": False,
        "is_restricted": False,
        "is_ultra_restricted": False,
        "is_bot": False,
        **fields,
    }
