"""Slack's payloads → Incoming. No I/O.

https://docs.slack.dev/interactivity/implementing-slash-commands · https://docs.slack.dev/reference/interaction-payloads ·
https://docs.slack.dev/apis/events-api

Shapes that we do not know give None: they are answered 200 and ignored, because Slack adds kinds without asking.
"""

from dataclasses import replace
from datetime import UTC, date, datetime

from bot.domain import commands
from bot.domain.commands import (
    AppRemoved,
    AppThrottled,
    ChannelChanged,
    Command,
    Home,
    PersonChanged,
    Pressed,
    Said,
    Submitted,
    Unknown,
)
from bot.domain.errors import UserError
from bot.domain.people import Platform
from bot.services.chat import Place
from bot.services.incoming import Incoming
from bot.slack.ids import metadata_from
from bot.slack.once import once
from bot.slack.payload import (
    Json,
    actor_of,
    address,
    author_of,
    channel_of,
    first,
    inner,
    installed,
    place,
    profile_of,
    team_of,
    text,
)
from bot.slack.ways import LOG_CHECK_IN, SAY, filled, pressed, way_of
from bot.slack.words import mention, words


def parse(payload: Json, today: date) -> Incoming | None:
    """A payload as a request of ours; None where there is nothing for us in it.

    Raises:
        UserError: the words are no command, with what to do.
    """
    match payload.get("type"):
        case "event_callback":
            return _event(payload, today)
        case "block_actions":
            return _action(payload, today)
        case "view_submission":
            return _submission(payload)
        case "message_action":
            return _shortcut(payload)
        case "app_rate_limited":
            return _throttled(payload)
        case None if payload.get("command"):
            return _command(payload, today)
    return None


def _command(payload: Json, today: date) -> Incoming:
    team, user, typed = text(payload, "team_id"), text(payload, "user_id"), text(payload, "text")
    # A response_url belongs to one command as well.
    names = (text(payload, "trigger_id"), text(payload, "response_url"))
    return Incoming(
        actor=address(team, user),
        command=commands.parse(words(typed), today),
        key=once("command", names[:1] if names[0] else names[1:], user, typed, names[1]),
        # A command can be typed anywhere, also between two colleagues: it says nothing about our own direct messages.
        place=Place(platform=Platform.SLACK, workspace=team, channel=text(payload, "channel_id")),
    )


# Interactions


def _action(payload: Json, today: date) -> Incoming | None:
    press = pressed(payload)
    if press is None:
        return None
    team, actor, action = team_of(payload), actor_of(payload), first(payload, "actions")
    message = text(inner(payload, "container"), "message_ts")
    shown = message or text(inner(payload, "view"), "id")
    moment = text(action, "action_ts") or text(payload, "trigger_id")
    typed = press.args.get("text", "")
    return Incoming(
        actor=actor,
        command=commands.parse(typed, today)
        if press.verb == SAY
        else Pressed(verb=press.verb, args=dict(press.args)),
        key=once(
            "press",
            (moment,),
            team,
            actor.user,
            text(action, "action_id"),
            shown,
            press.verb,
            dict(press.args),
        ),
        place=place(team, actor.user, channel_of(payload)),
        message_id=message,
    )


def _submission(payload: Json) -> Incoming | None:
    view = inner(payload, "view")
    press, origin = metadata_from(text(view, "private_metadata"))
    if press is None:
        return None
    actor = actor_of(payload)
    fields = {name: _value(state) for name, state in filled(view).items()}
    return Incoming(
        actor=actor,
        command=Submitted(verb=press.verb, args=dict(press.args), fields=fields),
        # The trigger is another one at every click on Submit, the view is not.
        key=once(
            "submit",
            (text(view, "id"), text(view, "hash")) if text(view, "id") else (text(payload, "trigger_id"),),
            actor.user,
            press.verb,
            dict(press.args),
            fields,
        ),
        place=place(team_of(payload), actor.user, origin.channel),
        message_id=origin.message,
    )


def _value(state: Json) -> str:
    """https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload"""
    match state.get("type"):
        case "users_select":
            return mention(text(state, "selected_user"))
        case "multi_users_select":
            chosen = state.get("selected_users")
            return (
                " ".join(mention(one) for one in chosen if isinstance(one, str))
                if isinstance(chosen, list)
                else ""
            )
        case "conversations_select":
            return text(state, "selected_conversation")
        case "datepicker":
            return text(state, "selected_date")
        case "static_select" | "radio_buttons":
            return text(inner(state, "selected_option"), "value")
    return text(state, "value")


def _shortcut(payload: Json) -> Incoming | None:
    if payload.get("callback_id") != LOG_CHECK_IN:
        return None
    actor, channel, message = actor_of(payload), channel_of(payload), inner(payload, "message")
    args = {
        "text": words(text(message, "text")),
        "author": mention(text(message, "user")),
        "channel": channel,
        "message": text(message, "ts"),
    }
    return Incoming(
        actor=actor,
        command=Pressed(verb=LOG_CHECK_IN, args=args),
        key=once("shortcut", (text(payload, "trigger_id"),), actor.user, channel, args),
        place=place(team_of(payload), actor.user, channel),
    )


# Events


def _throttled(payload: Json) -> Incoming:
    """Slack's notice that it keeps events from us for a minute; it has no event inside and no id of its own."""
    team, minute = text(payload, "team_id"), payload.get("minute_rate_limited")
    return Incoming(
        actor=address(team, ""),
        command=AppThrottled(),
        key=f"throttled:{team}:{minute if isinstance(minute, int) else ''}",
        place=Place(platform=Platform.SLACK, workspace=team),
    )


def _event(payload: Json, today: date) -> Incoming | None:
    way, event = way_of(payload), inner(payload, "event")
    if way is None:
        return None
    team = installed(payload)
    command = _meaning(event, way.typed, today, in_thread=bool(way.thread))
    if isinstance(command, AppRemoved):
        command = replace(command, at=_moment(payload))
    return Incoming(
        actor=author_of(payload),
        command=command,
        key=once("event", (text(payload, "event_id"),))
        or once("event", ("without",), payload.get("event_time"), dict(event)),
        place=place(team, way.user, way.channel),
        message_id=way.thread,
        profile=profile_of(team, inner(event, "user")) if isinstance(command, PersonChanged) else None,
    )


def _moment(payload: Json) -> datetime | None:
    """When Slack says it happened; such an event may come an hour later, and after the one that undid it."""
    seconds = payload.get("event_time")
    return datetime.fromtimestamp(seconds, UTC) if isinstance(seconds, int) and 0 < seconds < 2**33 else None


def _meaning(event: Json, typed: str, today: date, *, in_thread: bool) -> Command:
    match event.get("type"):
        case "message":
            return _said(typed, today, in_thread=in_thread)
        case "app_mention":
            command = _said(typed, today, in_thread=in_thread)
            return replace(command, in_channel=True) if isinstance(command, Said) else command
        case "app_home_opened":
            return Home()
        case "user_change" | "team_join":
            return PersonChanged()
        case (
            "channel_archive"
            | "channel_deleted"
            | "group_archive"
            | "group_deleted"
            | "channel_left"
            | "group_left"
        ):
            return ChannelChanged(channel=text(event, "channel"), what=text(event, "type"))
        case "channel_id_changed":
            moved = text(event, "new_channel_id")
            return ChannelChanged(channel=text(event, "old_channel_id"), what="moved", to=moved)
    return AppRemoved(reason=text(event, "type"))


def _said(typed: str, today: date, *, in_thread: bool) -> Command:
    """A command if the first word is one; else perhaps an answer."""
    try:
        command = commands.parse_message(typed, today)
    except UserError:
        if in_thread:
            return Said(
                text=typed
            )  # "pause helped, 38 now" under a nudge is an answer that begins with a word of ours
        raise
    return Said(text=typed) if isinstance(command, Unknown) else command
