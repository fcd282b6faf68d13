"""One call of a Web API method: its arguments, whose token it is, which scope it needs."""

import base64
import binascii
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from bot.playground.app import Installation, Refusal, SlackApp, SlackError
from bot.playground.blocks import with_ids
from bot.playground.limits import MOST_BLOCK_TEXT, block_text, check_blocks, check_view
from bot.playground.models import Channel, Json, User
from bot.playground.workspace import Workspace

_TRUE = frozenset({"1", "true", "True"})
_READ_SCOPE = {"public_channel": "channels:read", "private_channel": "groups:read", "im": "im:read"}
_HISTORY_SCOPE = {
    "public_channel": "channels:history",
    "private_channel": "groups:history",
    "im": "im:history",
}


@dataclass(kw_only=True, eq=False)
class MethodCall:
    app: SlackApp
    method: str
    installation: Installation
    args: Json
    #: a message of this call becomes visible only later
    late: timedelta | None = None
    #: the scope that allowed it
    scope: str = ""
    refused: list[Refusal] = field(default_factory=list)

    @property
    def workspace(self) -> Workspace:
        return self.installation.workspace

    # scopes

    def need(self, *any_of: str) -> None:
        granted = [scope for scope in any_of if scope in self.installation.scopes]
        if not granted:
            provided = ",".join(sorted(self.installation.scopes))
            raise SlackError("missing_scope", needed=",".join(any_of), provided=provided)
        self.scope = granted[0]

    def may(self, scope: str) -> bool:
        return scope in self.installation.scopes

    def need_to_read(self, channel: Channel) -> None:
        self.need(_READ_SCOPE[channel.type])

    def need_history(self, channel: Channel) -> None:
        self.need(_HISTORY_SCOPE[channel.type])

    # arguments

    def text(self, name: str, *, required: bool = False) -> str:
        value = self.args.get(name)
        if value in (None, ""):
            if required:
                raise SlackError("invalid_arguments", f"[ERROR] missing required field: {name}")
            return ""
        return str(value)

    def flag(self, name: str) -> bool:
        value = self.args.get(name)
        return value is True or value == 1 or value in _TRUE

    def number(self, name: str, default: int, *, most: int) -> int:
        try:
            value = int(self.text(name) or default)
        except ValueError:
            raise SlackError("invalid_limit") from None
        return max(1, min(value, most))

    def structure(self, name: str, *, wrong: str) -> Any:
        """An argument that is JSON: an object, or a string of it as forms carry it."""
        value = self.args.get(name)
        if not isinstance(value, str):
            return value
        if not value.strip():
            return None
        try:
            return json.loads(value)
        except ValueError:
            raise SlackError(wrong) from None

    # things that arguments name

    def channel(self, name: str = "channel") -> Channel:
        """As far as the bot can see: another's private channel does not exist."""
        wanted = self.text(name)
        channel = self.workspace.channels.get(wanted)
        if channel is None:
            raise SlackError("channel_not_found")
        if channel.type == "private_channel" and self.workspace.bot.id not in channel.members:
            raise SlackError("channel_not_found")
        return channel

    def user(self, name: str = "user") -> User:
        user = self.workspace.users.get(self.text(name))
        if user is None:
            raise SlackError("user_not_found")
        return user

    def page(self, things: list[Any], *, default: int, most: int = 1000) -> tuple[list[Any], str]:
        """https://docs.slack.dev/apis/web-api/pagination: a slice and the next cursor, empty at the end."""
        start, size = 0, self.number("limit", default, most=most)
        if cursor := self.text("cursor"):
            try:
                start = int(base64.b64decode(cursor, validate=True).decode().removeprefix("next:"))
            except (ValueError, binascii.Error):
                raise SlackError("invalid_cursor") from None
        end = start + size
        following = base64.b64encode(f"next:{end}".encode()).decode() if end < len(things) else ""
        return things[start:end], following

    # blocks and views

    def blocks(self) -> list[Json] | None:
        """Checked as Slack checks them, with generated ids; None when the argument is absent."""
        blocks = self.structure("blocks", wrong="invalid_blocks_format")
        if blocks is None:
            return None
        if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
            raise SlackError("invalid_blocks_format")
        errors = check_blocks(blocks, "message")
        if errors:
            self._refuse(errors)
            raise SlackError("invalid_blocks", *(f"[ERROR] {error}" for error in errors), errors=errors)
        if block_text(blocks) > MOST_BLOCK_TEXT:
            self._refuse([f"msg_blocks_too_long: {block_text(blocks)} characters"])
            raise SlackError("msg_blocks_too_long")
        return with_ids(blocks, lambda: self.workspace.new_id("b"))

    def view(self) -> Json:
        view = self.structure("view", wrong="invalid_arguments")
        if not isinstance(view, dict):
            raise SlackError("invalid_arguments", "[ERROR] missing required field: view")
        if len(json.dumps(view)) > 250_000:  # "greater than 250kb"
            raise SlackError("view_too_large")
        errors = check_view(view)
        if errors:
            self._refuse(errors)
            raise SlackError("invalid_arguments", *(f"[ERROR] {error}" for error in errors))
        return view | {"blocks": with_ids(view["blocks"], lambda: self.workspace.new_id("b"))}

    def _refuse(self, errors: list[str]) -> None:
        self.refused.append(Refusal(where=self.method, errors=errors, payload=self.args))


Method = Callable[[MethodCall], Json]
