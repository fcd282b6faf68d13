"""How the workspace's things look as Slack's JSON, in replies of the Web API and in deliveries alike."""

import copy
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from bot.playground.models import Channel, Json, Message, User, View
from bot.playground.state import values
from bot.playground.workspace import Workspace


def user_json(workspace: Workspace, user: User, *, with_email: bool) -> Json:
    """https://docs.slack.dev/reference/objects/user-object"""
    zone = ZoneInfo(user.tz)
    now = workspace.clock().astimezone(zone)
    offset = now.utcoffset()
    profile: Json = {
        "title": user.title,
        "real_name": user.real_name,
        "real_name_normalized": user.real_name,
        "display_name": user.name,
        "display_name_normalized": user.name,
        "team": workspace.team_id,
    }
    if with_email and user.email:  # users:read.email
        profile["email"] = user.email
    if user.is_bot:
        profile |= {"bot_id": workspace.bot_id, "api_app_id": workspace.app_id}
    shown: Json = {
        "id": user.id,
        "team_id": "T0ELSEWHERE" if user.is_stranger else workspace.team_id,
        "name": user.name,
        "deleted": user.deleted,
        "profile": profile,
        "is_bot": user.is_bot,
        "is_app_user": False,
        "updated": user.updated,
    }
    if user.is_stranger:
        shown["is_stranger"] = True
    if user.enterprise_id:
        shown["enterprise_user"] = {
            "id": user.enterprise_id,
            "enterprise_id": "E0PLAY",
            "teams": [workspace.team_id],
        }
    if user.deleted:  # "Deactivated user objects have fewer fields"
        return shown
    return shown | {
        "color": "9f69e7",
        "real_name": user.real_name,
        "tz": user.tz,
        "tz_label": now.strftime("%Z"),
        "tz_offset": int(offset.total_seconds()) if offset else 0,
        "is_admin": user.is_admin,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": user.is_restricted,
        "is_ultra_restricted": False,
    }


def channel_json(workspace: Workspace, channel: Channel, *, with_members: bool = False) -> Json:
    """https://docs.slack.dev/reference/objects/conversation-object"""
    if channel.is_im:
        person = next((m for m in channel.members if m != workspace.bot.id), "")
        return {
            "id": channel.id,
            "created": channel.created,
            "is_im": True,
            "is_archived": channel.is_archived,
            "is_org_shared": False,
            "user": person,
            "is_user_deleted": person in workspace.users and workspace.users[person].deleted,
            "is_open": True,
        }
    shown: Json = {
        "id": channel.id,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": channel.type == "public_channel",
        "is_group": channel.type == "private_channel",
        "is_im": False,
        "is_mpim": False,
        "is_private": channel.type == "private_channel",
        "created": channel.created,
        "creator": channel.creator,
        "is_archived": channel.is_archived,
        "is_general": channel.name == "general",
        "is_shared": False,
        "is_ext_shared": False,
        "is_org_shared": False,
        "is_member": workspace.bot.id in channel.members,
        "topic": {"value": channel.topic, "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
    }
    if with_members:
        shown["num_members"] = len(channel.members)
    return shown


def message_json(workspace: Workspace, message: Message, *, with_metadata: bool = False) -> Json:
    """https://docs.slack.dev/reference/events/message"""
    shown: Json = {
        "type": "message",
        "user": message.user,
        "text": message.text,
        "ts": message.ts,
        "team": workspace.team_id,
    }
    if message.subtype:
        shown["subtype"] = message.subtype
    if message.by_bot:
        shown |= {
            "bot_id": message.bot_id,
            "app_id": workspace.app_id,
            "bot_profile": {
                "id": message.bot_id,
                "app_id": workspace.app_id,
                "name": workspace.bot.real_name,
                "team_id": workspace.team_id,
                "deleted": False,
            },
        }
    if message.blocks:
        shown["blocks"] = copy.deepcopy(message.blocks)
    if message.edited:
        shown["edited"] = {"user": message.edited[0], "ts": message.edited[1]}
    if message.thread_ts:
        shown["thread_ts"] = message.thread_ts
        shown["parent_user_id"] = _parent_user(workspace, message)
    replies = replies_to(workspace, message)
    if replies:
        shown |= {
            "thread_ts": message.ts,
            "reply_count": len(replies),
            "reply_users": sorted({reply.user for reply in replies}),
            "latest_reply": replies[-1].ts,
        }
    if message.reactions:
        shown["reactions"] = [
            {"name": name, "users": users, "count": len(users)} for name, users in message.reactions.items()
        ]
    if message.metadata:
        # "To see event_payload, pass include_all_metadata": docs.slack.dev/messaging/message-metadata
        everything = copy.deepcopy(message.metadata)
        shown["metadata"] = everything if with_metadata else {"event_type": everything["event_type"]}
    return shown


def _parent_user(workspace: Workspace, message: Message) -> str:
    parent = workspace.find_message(message.channel, message.thread_ts)
    return parent.user if parent else ""


def replies_to(workspace: Workspace, message: Message) -> list[Message]:
    channel = workspace.channels.get(message.channel)
    if channel is None or message.thread_ts or message.ephemeral:
        return []
    return [m for m in workspace.history(channel) if m.thread_ts == message.ts]


def view_json(workspace: Workspace, view: View) -> Json:
    """https://docs.slack.dev/reference/views"""
    payload = view.payload
    return {
        "id": view.id,
        "team_id": workspace.team_id,
        "type": view.type,
        "blocks": copy.deepcopy(view.blocks),
        "private_metadata": payload.get("private_metadata", ""),
        "callback_id": payload.get("callback_id", ""),
        "external_id": view.external_id,
        "state": {"values": values(view.blocks, view.values)},
        "hash": view.hash,
        "title": payload.get("title"),
        "submit": payload.get("submit"),
        "close": payload.get("close"),
        "clear_on_close": bool(payload.get("clear_on_close", False)),
        "notify_on_close": bool(payload.get("notify_on_close", False)),
        "submit_disabled": bool(payload.get("submit_disabled", False)),
        "root_view_id": view.root_view_id,
        "previous_view_id": view.previous_view_id or None,
        "app_id": workspace.app_id,
        "app_installed_team_id": workspace.team_id,
        "bot_id": workspace.bot_id,
    }


def epoch(moment: datetime) -> int:
    return int(moment.astimezone(UTC).timestamp())
