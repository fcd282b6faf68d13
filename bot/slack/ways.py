"""How whoever sent a request can be answered. No I/O.

https://docs.slack.dev/interactivity/handling-user-interaction: a trigger opens one modal within three seconds, a response_url takes
five answers within thirty minutes, a form is answered by errors or by another view.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from bot.messages.model import Press
from bot.slack.ids import Origin, key_of, metadata_from, press_of
from bot.slack.payload import (
    Json,
    actor_of,
    channel_of,
    first,
    inner,
    inners,
    installed,
    team_of,
    text,
)
from bot.slack.words import words

#: A press with this verb stands for what could have been typed: its `text`.
SAY = "say"
#: The message shortcut "Log as check-in".
LOG_CHECK_IN = "log_as_check_in"
#: Words of a person, although Slack gives them a subtype: with a file, or sent to the channel as well.
_SPOKEN = ("", "file_share", "thread_broadcast")


class Kind(StrEnum):
    """What reached us, as far as it decides where the answer goes."""

    COMMAND = "command"
    #: Typed in our direct messages.
    WORDS = "words"
    MENTION = "mention"
    #: A button in a message.
    PRESS = "press"
    #: A button on the Home tab.
    HOME_PRESS = "home_press"
    #: A button in a modal.
    MODAL_PRESS = "modal_press"
    SUBMIT = "submit"
    SHORTCUT = "shortcut"
    HOME = "home"
    #: A link to our own pages was shared.
    LINK = "link"
    #: Nobody waits for an answer.
    QUIET = "quiet"


@dataclass(frozen=True, kw_only=True, slots=True)
class Way:
    """The way back."""

    kind: Kind
    #: Where the app is installed.
    team: str
    user: str = ""
    channel: str = ""
    #: The thread it was said in.
    thread: str = ""
    #: The message that an answer in place changes.
    origin: Origin = field(default_factory=Origin)
    response_url: str = ""
    trigger: str = ""
    view: str = ""
    #: The form that was sent, with what was typed: ready to be shown again.
    form: Mapping[str, Any] = field(default_factory=dict)
    #: The ids of its fields.
    inputs: tuple[str, ...] = ()
    #: The words as typed, to offer them again behind a button.
    typed: str = ""

    @property
    def event(self) -> bool:
        """Whether Slack sends it again when we fail."""
        return self.kind in (Kind.WORDS, Kind.MENTION, Kind.HOME, Kind.QUIET)


def way_of(payload: Json) -> Way | None:
    """Where the answer to a payload goes; None where there is nothing for us in it."""
    match payload.get("type"):
        case "event_callback":
            return _event(payload)
        case "block_actions":
            return _action(payload)
        case "view_submission":
            return _form(payload)
        case "message_action" if payload.get("callback_id") == LOG_CHECK_IN and actor_of(payload).user:
            return _interactive(payload, Kind.SHORTCUT)
        case "app_rate_limited":
            return Way(kind=Kind.QUIET, team=text(payload, "team_id"))
        case None if payload.get("command") and text(payload, "user_id"):
            return Way(
                kind=Kind.COMMAND,
                team=text(payload, "team_id"),
                user=text(payload, "user_id"),
                channel=text(payload, "channel_id"),
                response_url=text(payload, "response_url"),
                trigger=text(payload, "trigger_id"),
                typed=words(text(payload, "text")),
            )
    return None


# Interactions


def pressed(payload: Json) -> Press | None:
    """What was pressed or chosen."""
    action = first(payload, "actions")
    value = text(inner(action, "selected_option"), "value") or text(action, "value")
    return press_of(value, text(action, "action_id"))


def _action(payload: Json) -> Way | None:
    if pressed(payload) is None or not actor_of(payload).user:
        return None
    view = inner(payload, "view")
    if not view:
        return _interactive(payload, Kind.PRESS)
    return _interactive(payload, Kind.HOME_PRESS if view.get("type") == "home" else Kind.MODAL_PRESS)


def _interactive(payload: Json, kind: Kind) -> Way:
    press = pressed(payload)
    return Way(
        kind=kind,
        team=team_of(payload),
        user=actor_of(payload).user,
        channel=channel_of(payload),
        thread=text(inner(payload, "container"), "thread_ts"),
        origin=_origin(payload) if kind is Kind.PRESS else Origin(),
        response_url=text(payload, "response_url"),
        trigger=text(payload, "trigger_id"),
        view=text(inner(payload, "view"), "id"),
        typed=press.args.get("text", "") if press is not None and press.verb == SAY else "",
    )


def _origin(payload: Json) -> Origin:
    """The pressed message. Its outbox key goes along, so that a changed message is still found by it."""
    container, message = inner(payload, "container"), inner(payload, "message")
    key = text(inner(inner(message, "metadata"), "event_payload"), "key")
    return Origin(
        channel=channel_of(payload),
        message=text(container, "message_ts"),
        key=key or key_of([text(block, "block_id") for block in inners(message, "blocks")]),
        ephemeral=container.get("is_ephemeral") is True,
    )


def _form(payload: Json) -> Way | None:
    view = inner(payload, "view")
    press, origin = metadata_from(text(view, "private_metadata"))
    if press is None or not actor_of(payload).user:
        return None
    return Way(
        kind=Kind.SUBMIT,
        team=team_of(payload),
        user=actor_of(payload).user,
        channel=origin.channel,
        origin=origin,
        trigger=text(payload, "trigger_id"),
        view=text(view, "id"),
        form=_again(view),
        inputs=tuple(
            text(block, "block_id") for block in inners(view, "blocks") if block.get("type") == "input"
        ),
    )


def filled(view: Json) -> dict[str, Json]:
    """Field id → its element's state. block_id is the field's id, and each has one element."""
    states = inner(inner(view, "state"), "values")
    return {name: first_of(inner(states, name)) for name in states}


def first_of(elements: Json) -> Json:
    return next((state for state in elements.values() if isinstance(state, dict)), {})


def _again(view: Json) -> Json:
    """The form with what was filled in as its start. Slack keeps it only while the view is not replaced."""
    states = filled(view)
    blocks = [
        {**block, "element": _refilled(inner(block, "element"), states.get(text(block, "block_id"), {}))}
        if block.get("type") == "input"
        else block
        for block in inners(view, "blocks")
    ]
    kept = ("title", "submit", "close", "callback_id", "private_metadata")
    return {"type": "modal", **{name: view[name] for name in kept if view.get(name)}, "blocks": blocks}


def _refilled(element: Json, state: Json) -> Json:
    chosen, users = text(inner(state, "selected_option"), "value"), state.get("selected_users")
    offered = [
        *inners(element, "options"),
        *(one for group in inners(element, "option_groups") for one in inners(group, "options")),
    ]
    start = {
        "initial_value": text(state, "value"),
        "initial_user": text(state, "selected_user"),
        "initial_users": [one for one in users if isinstance(one, str)] if isinstance(users, list) else [],
        "initial_conversation": text(state, "selected_conversation"),
        "initial_date": text(state, "selected_date"),
        # Letter by letter as offered, or Slack refuses the view.
        "initial_option": next(
            (option for option in offered if chosen and option.get("value") == chosen), None
        ),
    }
    bare = {name: value for name, value in element.items() if name not in start}
    return bare | {name: value for name, value in start.items() if value}


# Events


def _event(payload: Json) -> Way | None:
    event, team = inner(payload, "event"), installed(payload)
    user, channel = text(event, "user"), text(event, "channel")
    match event.get("type"):
        case "message" if _direct(event) and _by_a_person(event):
            return _spoken(event, Kind.WORDS, team, words(text(event, "text")))
        case "app_mention" if _by_a_person(event):
            return _spoken(event, Kind.MENTION, team, _without_us(words(text(event, "text")), payload))
        case "app_home_opened" if text(event, "tab") in ("", "home"):
            return Way(kind=Kind.HOME, team=team, user=user, channel=channel)
        case "link_shared":
            return Way(kind=Kind.LINK, team=team, user=user, channel=channel)
        case "user_change" | "team_join" if text(inner(event, "user"), "id"):
            return Way(kind=Kind.QUIET, team=team, user=text(inner(event, "user"), "id"))
        case (
            "channel_archive"
            | "channel_deleted"
            | "group_archive"
            | "group_deleted"
            | "channel_left"
            | "group_left"
        ):
            return Way(kind=Kind.QUIET, team=team)
        case "channel_id_changed":
            return Way(kind=Kind.QUIET, team=team)
        case "app_uninstalled":
            return Way(kind=Kind.QUIET, team=team)
        case "tokens_revoked" if inner(event, "tokens").get("bot", True):  # users' own tokens we do not hold
            return Way(kind=Kind.QUIET, team=team)
    return None


def _direct(event: Json) -> bool:
    """In our direct messages; where the kind of channel is not told, its id tells."""
    kind = text(event, "channel_type")
    return kind == "im" if kind else text(event, "channel").startswith("D")


def _by_a_person(event: Json) -> bool:
    """Somebody's own words: no bot's, no edit, no join."""
    spoken = text(event, "subtype") in _SPOKEN and not event.get("bot_id") and not event.get("bot_profile")
    return spoken and text(event, "user") not in ("", "USLACKBOT")


def _spoken(event: Json, kind: Kind, team: str, typed: str) -> Way:
    channel, thread = text(event, "channel"), text(event, "thread_ts")
    return Way(
        kind=kind,
        team=team,
        user=text(event, "user"),
        channel=channel,
        thread=thread,
        origin=Origin(channel=channel, message=thread) if thread else Origin(),
        typed=typed,
    )


def _without_us(typed: str, payload: Json) -> str:
    """The words of a mention without the mention itself."""
    us = [text(one, "user_id") for one in inners(payload, "authorizations")]
    for user in us:
        typed = typed.replace(f"<@{user}>", " ")
    if not any(us) and typed.startswith("<@"):
        typed = typed.partition(">")[2]
    return " ".join(typed.split(" ")).strip(" ,:\n")
