"""What Slack tells the app when a person types a command, presses, chooses, submits or closes something.

https://docs.slack.dev/reference/interaction-payloads
"""

import re
from dataclasses import dataclass

from bot.playground.app import SlackApp
from bot.playground.blocks import Element
from bot.playground.models import Channel, Json, Message, User, View
from bot.playground.payloads import message_json, view_json
from bot.playground.state import values
from bot.playground.workspace import Workspace

_MENTION = re.compile(
    r"<(@[UW][A-Z0-9]+|#C[A-Z0-9]+)(?:\|[^<>]*)?>|(?<![\w<])([@#])([\w.-]+)|(?<![<\w])(https?://[^\s<>]+)"
)


def escaped(workspace: Workspace, text: str, *, with_names: bool) -> str:
    """What a person typed as the app gets it: & < > as entities, @anna and #general as <@U…> and <#C…>, links in brackets.

    https://docs.slack.dev/messaging/formatting-message-text#escaping
    """
    pieces: list[str] = []
    end = 0
    for match in _MENTION.finditer(text):
        spelled = _mention(workspace, match, with_names=with_names)
        if spelled is None:
            continue
        pieces += [_entities(text[end : match.start()]), spelled]
        end = match.end()
    return "".join([*pieces, _entities(text[end:])])


def _entities(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _mention(workspace: Workspace, match: re.Match[str], *, with_names: bool) -> str | None:
    token, sign, name, link = match.groups()
    if link:
        return f"<{link.replace('&', '&amp;')}>"
    if token:
        sign, name = token[0], token[1:]
    if sign == "@":
        for user in workspace.users.values():
            if name in (user.id, user.name):
                return f"<@{user.id}|{user.name}>" if with_names else f"<@{user.id}>"
        return None
    for channel in workspace.channels.values():
        if not channel.is_im and name in (channel.id, channel.name):
            return f"<#{channel.id}|{channel.name}>"
    return None


def channel_name(channel: Channel) -> str:
    return {"im": "directmessage", "private_channel": "privategroup"}.get(channel.type, channel.name)


@dataclass(frozen=True, eq=False)
class Interactions:
    """Writes the payloads; sends nothing."""

    app: SlackApp
    workspace: Workspace

    def command_form(self, user: User, channel: Channel, text: str, response_url: str) -> dict[str, str]:
        """https://docs.slack.dev/interactivity/implementing-slash-commands#app_command_handling"""
        name, _, rest = text.strip().partition(" ")
        rest = rest.strip()
        return {
            "token": self.app.verification_token,
            "team_id": self.workspace.team_id,
            "team_domain": self.workspace.domain,
            "channel_id": channel.id,
            "channel_name": channel_name(channel),
            "user_id": user.id,
            "user_name": user.name,
            "command": name,
            "text": escaped(self.workspace, rest, with_names=True) if self.app.should_escape else rest,
            "api_app_id": self.workspace.app_id,
            "is_enterprise_install": "false",
            "response_url": response_url,
            "trigger_id": self.app.triggers.issue(user.id),
        }

    def _envelope(self, user: User, kind: str, *, view_id: str = "") -> Json:
        team = "T0ELSEWHERE" if user.is_stranger else self.workspace.team_id
        return {
            "type": kind,
            "team": {"id": self.workspace.team_id, "domain": self.workspace.domain},
            "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": team},
            "api_app_id": self.workspace.app_id,
            "token": self.app.verification_token,
            "trigger_id": self.app.triggers.issue(user.id, view_id),
            "enterprise": None,
            "is_enterprise_install": False,
        }

    def _action(self, element: Element, chosen: Json) -> Json:
        action: Json = {
            "type": element.type,
            "action_id": element.action_id,
            "block_id": element.block_id,
            "action_ts": self.workspace.new_ts(),
            **{key: value for key, value in chosen.items() if key != "type"},
        }
        for copied in ("text", "value", "style", "placeholder", "confirm"):
            if copied in element.json and (copied != "value" or element.type == "button"):
                action[copied] = element.json[copied]
        return action

    def action_in_message(
        self, user: User, message: Message, element: Element, *, chosen: Json, response_url: str
    ) -> Json:
        """https://docs.slack.dev/reference/interaction-payloads/block_actions-payload"""
        channel = self.workspace.channels[message.channel]
        container: Json = {
            "type": "message",
            "message_ts": message.ts,
            "channel_id": channel.id,
            "is_ephemeral": message.ephemeral,
        }
        if message.thread_ts:
            container["thread_ts"] = message.thread_ts
        payload = self._envelope(user, "block_actions") | {
            "container": container,
            "channel": {"id": channel.id, "name": channel_name(channel)},
            "state": {"values": values(message.blocks, message.choices.get(user.id, {}))},
            "response_url": response_url,
            "actions": [self._action(element, chosen)],
        }
        if not message.ephemeral:  # an ephemeral message is not repeated to the app
            payload["message"] = message_json(self.workspace, message)
        return payload

    def action_in_view(self, user: User, view: View, element: Element, chosen: Json) -> Json:
        return self._envelope(user, "block_actions", view_id=view.id) | {
            "container": {"type": "view", "view_id": view.id},
            "view": view_json(self.workspace, view),
            "actions": [self._action(element, chosen)],
        }

    def submission(self, user: User, view: View) -> Json:
        """https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload"""
        return self._envelope(user, "view_submission", view_id=view.id) | {
            "view": view_json(self.workspace, view),
            "response_urls": [],
        }

    def closed(self, user: User, view: View, *, is_cleared: bool) -> Json:
        payload = self._envelope(user, "view_closed") | {
            "view": view_json(self.workspace, view),
            "is_cleared": is_cleared,
        }
        del payload["trigger_id"]
        return payload

    def message_shortcut(self, user: User, message: Message, callback_id: str, response_url: str) -> Json:
        """https://docs.slack.dev/reference/interaction-payloads/shortcuts-interaction-payload"""
        channel = self.workspace.channels[message.channel]
        return self._envelope(user, "message_action") | {
            "callback_id": callback_id,
            "action_ts": self.workspace.new_ts(),
            "channel": {"id": channel.id, "name": channel_name(channel)},
            "message": message_json(self.workspace, message),
            "message_ts": message.ts,
            "response_url": response_url,
        }

    def global_shortcut(self, user: User, callback_id: str) -> Json:
        return self._envelope(user, "shortcut") | {
            "callback_id": callback_id,
            "action_ts": self.workspace.new_ts(),
        }
