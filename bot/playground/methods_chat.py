"""chat.* and reactions.add. https://docs.slack.dev/reference/methods/chat.postMessage"""

import json

from bot.playground import limits
from bot.playground.app import SlackError
from bot.playground.calls import Method, MethodCall
from bot.playground.models import Channel, Json, Message
from bot.playground.payloads import message_json

#: "text is truncated past 40,000 characters"; an update refuses more than 4,000
_MOST_TEXT, _MOST_UPDATED_TEXT = 40_000, 4_000
#: Slack publishes no figure
_MOST_METADATA = 16_000


def _destination(call: MethodCall) -> Channel:
    """A channel's id or name, or a person's id, whose direct message is then opened."""
    wanted, workspace = call.text("channel"), call.workspace
    if wanted in workspace.users and not workspace.users[wanted].is_bot:
        return workspace.im(wanted)
    named = next(
        (
            c
            for c in workspace.channels.values()
            if c.type == "public_channel" and c.name == wanted.lstrip("#")
        ),
        None,
    )
    channel = named if named is not None and wanted else call.channel()
    if channel.is_archived:
        raise SlackError("is_archived")
    if workspace.bot.id not in channel.members and not call.may("chat:write.public"):
        raise SlackError("not_in_channel")
    if channel.is_im and not call.app.messages_tab_enabled:
        raise SlackError("messages_tab_disabled")
    return channel


def _content(call: MethodCall) -> tuple[str, list[Json] | None]:
    text, blocks = call.text("text"), call.blocks()
    if markdown := call.text("markdown_text"):
        if text or blocks:
            raise SlackError("markdown_text_conflict")
        if len(markdown) > 12_000:
            raise SlackError("msg_too_long")
        return markdown, [{"type": "markdown", "text": markdown, "block_id": call.workspace.new_id("b")}]
    if not text.strip() and not blocks and not call.args.get("attachments"):
        raise SlackError("no_text")
    return text, blocks


def _metadata(call: MethodCall) -> Json | None:
    """https://docs.slack.dev/messaging/message-metadata"""
    metadata = call.structure("metadata", wrong="invalid_metadata_format")
    if not metadata:
        return None
    if not isinstance(metadata, dict) or not isinstance(metadata.get("event_type"), str):
        raise SlackError("invalid_metadata_format")
    payload = metadata.get("event_payload") or {}  # bolt's say() in a direct message's thread sends null
    if not isinstance(payload, dict):
        raise SlackError("invalid_metadata_schema")
    if len(json.dumps(metadata)) > _MOST_METADATA:
        raise SlackError("metadata_too_large")
    return {**metadata, "event_payload": payload}


def _thread(call: MethodCall, channel: Channel) -> str:
    thread_ts = call.text("thread_ts")
    if not thread_ts:
        return ""
    parent = call.workspace.find_message(channel.id, thread_ts)
    if parent is None:
        raise SlackError("thread_not_found")
    return parent.thread_ts or parent.ts


def post_message(call: MethodCall) -> Json:
    call.need("chat:write")
    channel = _destination(call)
    text, blocks = _content(call)
    workspace = call.workspace
    message = workspace.add_message(
        channel,
        user=workspace.bot.id,
        bot_id=workspace.bot_id,
        text=text[:_MOST_TEXT],
        blocks=blocks,
        thread_ts=_thread(call, channel),
        metadata=_metadata(call),
        visible_at=workspace.clock() + call.late if call.late else None,
    )
    return {
        "channel": channel.id,
        "ts": message.ts,
        "message": message_json(workspace, message, with_metadata=True),
    }


def _own_message(call: MethodCall, refusal: str) -> Message:
    channel = call.channel()
    message = call.workspace.find_message(channel.id, call.text("ts"))
    if message is None:
        raise SlackError("message_not_found")
    if message.user != call.workspace.bot.id:
        raise SlackError(refusal)
    if channel.is_archived:
        raise SlackError("is_inactive")
    return message


def update(call: MethodCall) -> Json:
    """Blocks or metadata that are not sent stay as they are; an empty array or object removes them."""
    call.need("chat:write")
    message = _own_message(call, "cant_update_message")
    text, blocks = _content(call)
    if len(text) > _MOST_UPDATED_TEXT:
        raise SlackError("msg_too_long")
    if "metadata" in call.args:
        message.metadata = _metadata(call)
    kept = message.blocks if blocks is None else blocks
    call.workspace.change(message, text=text or message.text, blocks=kept, by=call.workspace.bot_id)
    return {
        "channel": message.channel,
        "ts": message.ts,
        "text": message.text,
        "message": message_json(call.workspace, message, with_metadata=True),
    }


def delete(call: MethodCall) -> Json:
    call.need("chat:write")
    message = _own_message(call, "cant_delete_message")
    call.workspace.remove(message)
    return {"channel": message.channel, "ts": message.ts}


def post_ephemeral(call: MethodCall) -> Json:
    call.need("chat:write")
    channel = _destination(call)
    user = call.text("user", required=True)
    if user not in channel.members:
        raise SlackError("user_not_in_channel")
    text, blocks = _content(call)
    message = call.workspace.add_ephemeral(
        channel, user=user, text=text, blocks=blocks, thread_ts=_thread(call, channel)
    )
    return {"message_ts": message.ts}


def get_permalink(call: MethodCall) -> Json:
    channel = call.channel()
    message = call.workspace.find_message(channel.id, call.text("message_ts"))
    if message is None:
        raise SlackError("message_not_found")
    place = f"https://{call.workspace.domain}.slack.com/archives/{channel.id}/p{message.ts.replace('.', '')}"
    if message.thread_ts:
        place += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": place}


def add_reaction(call: MethodCall) -> Json:
    call.need("reactions:write")
    channel = call.channel()
    if channel.is_archived:
        raise SlackError("is_archived")
    message = call.workspace.find_message(channel.id, call.text("timestamp"))
    if message is None:
        raise SlackError("message_not_found")
    name = call.text("name").strip(":")
    if not name:
        raise SlackError("invalid_name")
    users = message.reactions.setdefault(name, [])
    if call.workspace.bot.id in users:
        raise SlackError("already_reacted")
    users.append(call.workspace.bot.id)
    call.workspace.tell("reaction", channel=channel.id, ts=message.ts)
    return {}


def unfurl(call: MethodCall) -> Json:
    """https://docs.slack.dev/reference/methods/chat.unfurl: cards beneath links of the app's own domains."""
    call.need("links:write")
    channel = call.channel()
    message = call.workspace.find_message(channel.id, call.text("ts"))
    if message is None:
        raise SlackError("cannot_find_message")
    cards = call.structure("unfurls", wrong="invalid_unfurls_format")
    if not isinstance(cards, dict) or not cards:
        raise SlackError("missing_unfurls")
    for url, card in cards.items():
        blocks = card.get("blocks") if isinstance(card, dict) else None
        if url not in message.text or not isinstance(blocks, list) or limits.check_message(blocks):
            raise SlackError("cannot_unfurl_url")
        message.unfurls[url] = blocks
    call.workspace.tell("message_changed", channel=channel.id, ts=message.ts)
    return {}


METHODS: dict[str, Method] = {
    "chat.postMessage": post_message,
    "chat.update": update,
    "chat.delete": delete,
    "chat.postEphemeral": post_ephemeral,
    "chat.getPermalink": get_permalink,
    "chat.unfurl": unfurl,
    "reactions.add": add_reaction,
}
