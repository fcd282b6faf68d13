"""Every message, modal and Home view that the program sent in a journey, read by slack_sdk's own models and by our limits."""

import json
from collections.abc import Iterator
from typing import Any

from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from bot.playground import Playground
from bot.playground.limits import check_message, check_view

#: Blocks that slack_sdk has no model for, or none that is up to date: our own checks judge them.
UNKNOWN = {"data_table", "data_visualization", "table", "markdown"}
PINGS = ("<!channel", "<!here", "<!everyone", "<!subteam")


def sound(slack: Playground) -> int:
    """Raises where one of them is not as Slack wants it; how many there were."""
    seen = 0
    for call in slack.app.calls:
        if not call.ok or call.team_id not in (slack.workspace.team_id, ""):
            continue
        if call.method in ("chat.postMessage", "chat.update", "chat.postEphemeral"):
            blocks = _loaded(call.args.get("blocks") or [])
            assert str(call.args.get("text", "")).strip(), call
            assert not check_message(blocks), call
            _read(blocks)
        elif call.method in ("views.open", "views.update", "views.publish", "views.push"):
            view = _loaded(call.args.get("view") or {})
            assert not check_view(view), call
            _read(view["blocks"])
            known = [block for block in view["blocks"] if block["type"] not in UNKNOWN]
            View(**{**view, "blocks": known}).validate_json()
        else:
            continue
        seen += 1
    return seen


def _loaded(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def _read(blocks: list[dict[str, Any]]) -> None:
    for block in blocks:
        if block["type"] not in UNKNOWN:
            made = Block.parse(block)
            assert made is not None, block
            made.validate_json()
    said = "".join(parsed(blocks))
    assert not any(ping in said for ping in PINGS), blocks


def parsed(value: Any) -> Iterator[str]:
    """The texts that Slack parses: a plain_text, and what stands in a field, is shown as it is and pings nobody."""
    if isinstance(value, dict):
        if value.get("type") == "mrkdwn":
            yield str(value.get("text"))
        elif value.get("type") == "broadcast":
            yield f"<!{value.get('range')}>"
        for inner in value.values():
            yield from parsed(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from parsed(inner)
