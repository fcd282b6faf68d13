"""The workspace as one person sees it, as JSON for the page."""

from typing import Any

from bot.playground.app import SlackApp
from bot.playground.models import Channel, Json, Message, Notice, User, View
from bot.playground.page.host import Host
from bot.playground.payloads import epoch, replies_to
from bot.playground.state import values
from bot.playground.workspace import Workspace

#: older messages of a conversation are not sent to the page
MOST_MESSAGES = 300


def picture(app: SlackApp, workspace: Workspace, user: User, host: Host) -> Json:
    """Everything but the messages: who is there, what is unread, Home, open modals."""
    home = workspace.homes.get(user.id)
    return {
        "team": workspace.name,
        "now": epoch(workspace.clock()),
        "starting": host.starting,
        "person": person(workspace, user),
        "people": [person(workspace, one) for one in workspace.people()],
        "faces": [user.id for user in workspace.people() if user.name in host.faces],
        "app": {"id": workspace.bot.id, "name": workspace.bot.real_name, "home": app.home_tab_enabled},
        "commands": sorted(app.commands or ()),
        "channels": [place(workspace, user, c) for c in workspace.channels.values() if _sees(user, c)],
        "im": place(workspace, user, workspace.im(user)),
        "home": view(home) if home else None,
        "modals": [view(one) for one in workspace.modals.get(user.id, [])],
        "notices": [notice(one) for one in workspace.notices if one.user == user.id],
        "names": {u.id: u.real_name for u in workspace.users.values()}
        | {c.id: c.name for c in workspace.channels.values() if not c.is_im},
        "can": {
            "advance": host.on_advance is not None,
            "upload": host.on_upload is not None,
            "explain": host.explain is not None,
        },
    }


def _sees(user: User, channel: Channel) -> bool:
    return not channel.is_im and (channel.type == "public_channel" or user.id in channel.members)


def first_person(workspace: Workspace, host: Host) -> User | None:
    """Whoever has something to read, the faces first."""
    people = workspace.people()
    first = [user for user in people if user.name in host.faces] + people
    waiting = (user for user in first if person(workspace, user)["unread"])
    return next(waiting, first[0] if first else None)


def person(workspace: Workspace, user: User) -> Json:
    im = workspace.find_im(user.id)
    heard = [message.ts for message in im.messages if message.by_bot] if im else []
    seen = [c for c in workspace.channels.values() if user.id in c.members]
    return {
        "id": user.id,
        "name": user.name,
        "real_name": user.real_name,
        "title": user.title,
        "tz": user.tz,
        "deleted": user.deleted,
        "heard": heard[-1] if heard else "",
        "unread": sum(workspace.unread(user, channel) for channel in seen),
    }


def place(workspace: Workspace, user: User, channel: Channel) -> Json:
    return {
        "id": channel.id,
        "name": channel.name,
        "type": channel.type,
        "archived": channel.is_archived,
        "member": user.id in channel.members,
        "members": len([m for m in channel.members if m != workspace.bot.id]),
        "topic": channel.topic,
        "unread": workspace.unread(user, channel) if user.id in channel.members else 0,
    }


def conversation(workspace: Workspace, user: User, channel: Channel) -> Json:
    seen = workspace.seen_by(user, channel)
    return {
        "channel": channel.id,
        "read": workspace.last_read.get((user.id, channel.id), ""),
        "left_out": max(0, len(seen) - MOST_MESSAGES),
        "messages": [message(workspace, user, one) for one in seen[-MOST_MESSAGES:]],
    }


def message(workspace: Workspace, user: User, shown: Message) -> Json:
    return {
        "ts": shown.ts,
        "channel": shown.channel,
        "user": shown.user,
        "bot": shown.by_bot,
        "text": shown.text,
        "blocks": shown.blocks,
        "thread_ts": shown.thread_ts,
        "edited": shown.edited is not None,
        "ephemeral": shown.ephemeral,
        "revision": shown.revision,
        "replies": len(replies_to(workspace, shown)),
        "reactions": [{"name": name, "count": len(users)} for name, users in shown.reactions.items()],
        "values": values(shown.blocks, shown.choices.get(user.id, {})),
    }


def view(shown: View) -> Json:
    payload = shown.payload
    return {
        "id": shown.id,
        "hash": shown.hash,
        "type": shown.type,
        "title": shown.title,
        "submit": _text(payload.get("submit")),
        "close": _text(payload.get("close")),
        "blocks": shown.blocks,
        "values": values(shown.blocks, shown.values),
        "errors": shown.errors,
    }


def _text(shown: Any) -> str:
    return str(shown.get("text", "")) if isinstance(shown, dict) else ""


def notice(shown: Notice) -> Json:
    return {"ts": shown.ts, "channel": shown.channel, "code": shown.code, "text": shown.text}
