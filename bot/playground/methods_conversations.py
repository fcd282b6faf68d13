"""conversations.* and users.conversations. https://docs.slack.dev/reference/methods/conversations.history"""

from bot.playground.app import SlackError
from bot.playground.calls import Method, MethodCall
from bot.playground.models import Channel, Json, Message
from bot.playground.payloads import channel_json, message_json

_TYPES = {
    "public_channel": "channels:read",
    "private_channel": "groups:read",
    "im": "im:read",
    "mpim": "mpim:read",
}


def open_conversation(call: MethodCall) -> Json:
    call.need("im:write")
    workspace = call.workspace
    if wanted := call.text("channel"):
        channel = workspace.channels.get(wanted)
        if channel is None or not channel.is_im:
            raise SlackError("channel_not_found")
        return {"no_op": True, "already_open": True, "channel": _opened(call, channel)}
    ids = [one.strip() for one in call.text("users").split(",") if one.strip()]
    if not ids:
        raise SlackError("users_list_not_supplied")
    if len(ids) > 8:  # "Needs at most 8 users to open"
        raise SlackError("too_many_users")
    for one in ids:
        if one not in workspace.users or one == workspace.bot.id:
            raise SlackError("user_not_found")
        if workspace.users[one].deleted:
            raise SlackError("user_disabled")
    if len(ids) > 1:  # group messages are not part of this workspace
        call.need("mpim:write")
        raise SlackError("method_not_supported_for_channel_type")
    known = workspace.find_im(ids[0]) is not None
    answer: Json = {"channel": _opened(call, workspace.im(ids[0]))}
    return {"no_op": True, "already_open": True, **answer} if known else answer


def _opened(call: MethodCall, channel: Channel) -> Json:
    return channel_json(call.workspace, channel) if call.flag("return_im") else {"id": channel.id}


def _readable(call: MethodCall) -> Channel:
    channel = call.channel()
    call.need_history(channel)
    if call.workspace.bot.id not in channel.members:
        raise SlackError("not_in_channel")
    return channel


def _between(call: MethodCall, messages: list[Message]) -> list[Message]:
    """`oldest` and `latest` are left out themselves unless `inclusive`."""
    limits: dict[str, str] = {}
    for name in ("oldest", "latest"):
        limits[name] = call.text(name)
        try:
            limits[name] = f"{float(limits[name]):017.6f}" if limits[name] else ""
        except ValueError:
            raise SlackError(f"invalid_ts_{name}") from None
    oldest, latest, inclusive = limits["oldest"], limits["latest"], call.flag("inclusive")

    def within(message: Message) -> bool:
        ts = f"{float(message.ts):017.6f}"
        if oldest and (ts < oldest or (ts == oldest and not inclusive)):
            return False
        return not (latest and (ts > latest or (ts == latest and not inclusive)))

    return [message for message in messages if within(message)]


def _messages(call: MethodCall, messages: list[Message], *, default: int) -> Json:
    shown, cursor = call.page(messages, default=default, most=999)
    everything = call.flag("include_all_metadata")
    answer: Json = {
        "messages": [message_json(call.workspace, m, with_metadata=everything) for m in shown],
        "has_more": bool(cursor),
    }
    if cursor:
        answer["response_metadata"] = {"next_cursor": cursor}
    return answer


def history(call: MethodCall) -> Json:
    """Newest first; replies in threads are not part of it."""
    channel = _readable(call)
    top_level = [m for m in call.workspace.history(channel) if not m.thread_ts]
    return _messages(call, list(reversed(_between(call, top_level))), default=100) | {"pin_count": 0}


def replies(call: MethodCall) -> Json:
    """The parent first, then its replies, oldest first."""
    channel = _readable(call)
    asked = call.workspace.find_message(channel.id, call.text("ts"))
    if asked is None:
        raise SlackError("thread_not_found")
    root = asked.thread_ts or asked.ts
    thread = [m for m in call.workspace.history(channel) if root in (m.ts, m.thread_ts)]
    within = _between(call, thread)
    parent = [m for m in thread if m.ts == root and m not in within]
    return _messages(call, [*parent, *within], default=1000)


def info(call: MethodCall) -> Json:
    channel = call.channel()
    call.need_to_read(channel)
    return {"channel": channel_json(call.workspace, channel, with_members=call.flag("include_num_members"))}


def join(call: MethodCall) -> Json:
    call.need("channels:join")
    channel = call.channel()
    if channel.type != "public_channel":
        raise SlackError("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise SlackError("is_archived")
    answer: Json = {}
    if call.workspace.bot.id in channel.members:
        answer = {"warning": "already_in_channel", "response_metadata": {"warnings": ["already_in_channel"]}}
    else:
        channel.members.append(call.workspace.bot.id)
        call.workspace.tell("channel", channel=channel.id)
    return {"channel": channel_json(call.workspace, channel), **answer}


def members(call: MethodCall) -> Json:
    channel = call.channel()
    call.need_to_read(channel)
    shown, cursor = call.page(channel.members, default=100)
    return {"members": shown, "response_metadata": {"next_cursor": cursor}}


def _listed(call: MethodCall, *, of_user: str = "") -> Json:
    types = [one.strip() for one in (call.text("types") or "public_channel").split(",")]
    for one in types:
        if one not in _TYPES:
            raise SlackError("invalid_types")
        call.need(_TYPES[one])
    found = [
        channel
        for channel in call.workspace.channels.values()
        if channel.type in types
        and (channel.type == "public_channel" or call.workspace.bot.id in channel.members)
        and (not of_user or of_user in channel.members)
        and not (channel.is_archived and call.flag("exclude_archived"))
    ]
    shown, cursor = call.page(found, default=100, most=999)
    return {
        "channels": [channel_json(call.workspace, channel, with_members=True) for channel in shown],
        "response_metadata": {"next_cursor": cursor},
    }


def list_conversations(call: MethodCall) -> Json:
    return _listed(call)


def users_conversations(call: MethodCall) -> Json:
    return _listed(call, of_user=call.user().id if call.text("user") else call.workspace.bot.id)


METHODS: dict[str, Method] = {
    "conversations.open": open_conversation,
    "conversations.history": history,
    "conversations.replies": replies,
    "conversations.info": info,
    "conversations.join": join,
    "conversations.members": members,
    "conversations.list": list_conversations,
    "users.conversations": users_conversations,
}
