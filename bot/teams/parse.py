"""Teams' activities → Incoming, and the way its answer can take. No I/O; the only place that knows what an activity means.

https://learn.microsoft.com/microsoftteams/platform/bots/build-conversational-capability ·
https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/subscribe-to-conversation-events

Kinds that we do not know give None: they are answered 200 and ignored, because Teams adds kinds without asking.
"""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.domain import commands
from bot.domain.commands import AppAdded, AppRemoved, Command, Pressed, Submitted
from bot.domain.people import Address, Platform
from bot.messages.model import Form
from bot.services.chat import Place, Profile
from bot.services.incoming import Incoming
from bot.teams import ids
from bot.teams.activity import Account, Activity

#: A channel's conversation, and the post in it that is answered: 19:…@thread.tacv2;messageid=1700000000000.
_THREAD = ";messageid="
_OBJECT_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
#: An IANA name; whether it is known is seen when it is opened.
_ZONE = re.compile(r"[A-Za-z_]+(?:/[A-Za-z0-9_+-]+)*")
_BLANKS = re.compile(r"[ \t\u00a0]+")
_MOST_TYPED = 20_000


class Kind(StrEnum):
    """What reached us, as far as it decides where the answer goes."""

    #: Typed in the personal chat.
    WORDS = "words"
    #: Typed in a channel or a group chat, after a mention.
    MENTION = "mention"
    #: Action.Execute: answered in the HTTP response.
    EXECUTE = "execute"
    #: Action.Submit, of a client that knows no Execute.
    SUBMIT = "submit"
    #: The app was added: the answer is a greeting.
    ADDED = "added"
    #: Nobody waits for an answer.
    QUIET = "quiet"


@dataclass(frozen=True, kw_only=True, slots=True)
class Way:
    """How whoever sent a request can be answered."""

    kind: Kind
    #: Where it came from, with the thread.
    place: Place
    personal: bool = True
    #: Who asks: the id by which Teams is told whom to write to, and the one that stays the same for every bot.
    user: str = ""
    object_id: str = ""
    #: The card that was pressed, and the message that the pressed form was opened from.
    pressed: str = ""
    origin: str = ""
    #: Whether a form was sent, the form as it was sent, and what was filled in.
    submitted: bool = False
    form: Form | None = None
    typed: Mapping[str, str] = field(default_factory=dict)
    #: What the cards of the answer are stamped with.
    stamp: str = ""

    @property
    def alone(self) -> Place:
        """Where only the asker reads it."""
        if self.personal:
            return self.place
        return Place(
            platform=Platform.TEAMS,
            workspace=self.place.workspace,
            user=self.user or self.object_id,
            service_url=self.place.service_url,
        )


def parse(activity: Activity, now: datetime, *, people: Mapping[str, str] | None = None) -> Incoming | None:
    """An activity as a request of ours; None where there is nothing for us in it.

    Args:
        activity: as Teams sent it.
        now: dates are read as of the asker's own day.
        people: 29:… → object id, of people whom a mention does not fully name.

    Raises:
        UserError: the words are no command, with what to do.
    """
    way = way_of(activity)
    if way is None:
        return None
    command = _command(activity, way, _today(activity, now), people or {})
    return Incoming(
        actor=_address(activity, activity.sender),
        command=command,
        key=_key(activity, way),
        place=place_of(activity),
        message_id=_message(activity, way),
        profile=_profile(activity),
    )


def way_of(activity: Activity) -> Way | None:
    """Where the answer to an activity goes; None where `parse` finds nothing either."""
    kind = _kind(activity)
    if kind is None or not activity.conversation.id:
        return None
    sent = ids.pressed_from(*_data(activity))
    if kind in (Kind.EXECUTE, Kind.SUBMIT) and sent is None:
        return None
    return Way(
        kind=kind,
        place=place_of(activity, thread=True),
        personal=activity.personal,
        user=activity.sender.id,
        object_id=activity.sender.object_id,
        pressed=activity.reply_to if sent else "",
        origin=sent.origin.message if sent else "",
        submitted=bool(sent and sent.submitted),
        form=sent.form if sent else None,
        typed=sent.fields if sent else {},
        stamp=ids.stamp_of(
            activity.conversation.id, activity.id, activity.reply_to, sent.origin.stamp if sent else ""
        ),
    )


def unnamed(activity: Activity) -> list[str]:
    """The mentioned people whose object id Teams did not tell."""
    return [
        one.mentioned.id
        for one in activity.entities
        if one.type == "mention"
        and not one.mentioned.object_id
        and one.mentioned.id not in ("", activity.recipient.id)
        and not one.mentioned.id.startswith("28:")
    ]


def _kind(activity: Activity) -> Kind | None:
    us = activity.recipient.id
    match activity.type:
        case "message" if not _is_person(activity.sender):
            return None
        case "message" if isinstance(activity.value, dict):
            return Kind.SUBMIT
        case "message" if activity.personal:
            return Kind.WORDS if typed(activity, {}) else None
        case "message":
            # A channel hears the bot only where it is meant, unless somebody granted it more: then the rest is none of ours.
            return Kind.MENTION if _mentions(activity, us) else None
        case "invoke" if activity.name == "adaptiveCard/action" and _is_person(activity.sender):
            return Kind.EXECUTE
        case "installationUpdate" if activity.action in ("add", "add-upgrade"):
            # The upgrade brings a place to write to, and no welcome: whoever has the app was greeted.
            return Kind.ADDED if activity.action == "add" else Kind.QUIET
        case "installationUpdate" if activity.action in ("remove", "remove-upgrade"):
            return Kind.QUIET
        case "conversationUpdate" if any(one.id == us for one in activity.added):
            return Kind.ADDED
        case "conversationUpdate" if any(one.id == us for one in activity.removed):
            return Kind.QUIET
    return None


def _command(activity: Activity, way: Way, today: date, people: Mapping[str, str]) -> Command:
    match way.kind:
        case Kind.WORDS | Kind.MENTION:
            return commands.parse_message(typed(activity, people), today)
        case Kind.EXECUTE | Kind.SUBMIT:
            sent = ids.pressed_from(*_data(activity))
            assert sent is not None
            if sent.submitted:
                return Submitted(verb=sent.press.verb, args=dict(sent.press.args), fields=dict(sent.fields))
            return Pressed(verb=sent.press.verb, args=dict(sent.press.args))
        case Kind.ADDED:
            return AppAdded()
        case Kind.QUIET:
            removed = activity.action.startswith("remove") or bool(activity.removed)
            return AppRemoved(reason=activity.action or activity.type) if removed else AppAdded()


def _data(activity: Activity) -> tuple[object, str]:
    """What a card sent, and the verb beside it."""
    if activity.type == "invoke":
        return activity.executed.data, activity.executed.verb
    return activity.value, ""


# Words


def typed(activity: Activity, people: Mapping[str, str]) -> str:
    """The words without the mention of us; people stand as <@object id>, or by name where Teams tells no id."""
    text = activity.text[:_MOST_TYPED]
    for entity in activity.entities:
        if entity.type != "mention" or not entity.text:
            continue
        who = entity.mentioned
        if who.id == activity.recipient.id:
            text = text.replace(entity.text, " ")
            continue
        known = who.object_id or people.get(who.id, "")
        # Each entity stands for one place in the text, in their order.
        text = text.replace(
            entity.text, f" <@{known}> " if _OBJECT_ID.fullmatch(known) else f" {who.name} ", 1
        )
    lines = (_BLANKS.sub(" ", line).strip() for line in html.unescape(text).splitlines())
    return "\n".join(lines).strip(" ,:\n")


def _mentions(activity: Activity, who: str) -> bool:
    return any(one.type == "mention" and one.mentioned.id == who for one in activity.entities)


# Who, where, when


def _is_person(account: Account) -> bool:
    """Somebody of the organisation. A guest of one meeting has no object id, and no way to be written to either."""
    return bool(account.object_id) and account.role != "bot" and not account.id.startswith("28:")


def _address(activity: Activity, account: Account) -> Address:
    return Address(platform=Platform.TEAMS, workspace=_tenant(activity), user=account.object_id or account.id)


def _tenant(activity: Activity) -> str:
    """The guard has seen to it that both agree."""
    return activity.conversation.tenant or activity.tenant


def place_of(activity: Activity, *, thread: bool = False) -> Place:
    """The conversation; a channel without the thread, which is the message's, not the channel's."""
    channel = activity.conversation.id
    return Place(
        platform=Platform.TEAMS,
        workspace=_tenant(activity),
        channel=channel if thread else channel.partition(_THREAD)[0],
        user=activity.sender.id if activity.personal else "",
        service_url=activity.service_url,
    )


def _message(activity: Activity, way: Way) -> str:
    """What was pressed, or what the pressed form was opened from; else the thread that was answered in."""
    match way.kind:
        case Kind.EXECUTE | Kind.SUBMIT:
            return way.origin if way.submitted else way.pressed
        case Kind.MENTION:
            return activity.conversation.id.partition(_THREAD)[2]
    return ""


def _profile(activity: Activity) -> Profile | None:
    """Nothing where Teams tells no name, as with installs: the name we know is better than none."""
    if not _is_person(activity.sender) or not activity.sender.name:
        return None
    zone = _zone(activity)
    return Profile(
        address=_address(activity, activity.sender),
        name=activity.sender.name,
        zone=zone.key if zone else None,
    )


def _zone(activity: Activity) -> ZoneInfo | None:
    """The asker's own, which Teams tells with messages and not with installs."""
    told = [activity.timezone, *(one.timezone for one in activity.entities if one.type == "clientInfo")]
    for name in told:
        if _ZONE.fullmatch(name):
            try:
                return ZoneInfo(name)
            except (ValueError, OSError, LookupError):
                continue
    return None


def _today(activity: Activity, now: datetime) -> date:
    return now.astimezone(_zone(activity) or UTC).date()


# One effect each


def _key(activity: Activity, way: Way) -> str:
    """What makes two arrivals the same request.

    Words: the activity. A press: the card in its present state, who pressed, what, and with which words, so that a client that
    asks again because we were slow has one effect. An install: both of its activities, in whatever order, within one minute.
    """
    where = activity.conversation.id
    match way.kind:
        case Kind.EXECUTE | Kind.SUBMIT:
            sent = ids.pressed_from(*_data(activity))
            assert sent is not None
            what = ids.compact([sent.press.verb, dict(sent.press.args), dict(sent.fields), sent.origin.stamp])
            return "press:" + ids.digest(where, activity.reply_to, activity.sender.object_id, what)
        case Kind.ADDED | Kind.QUIET:
            gone = activity.action.startswith("remove") or bool(activity.removed)
            return ("removed:" if gone else "added:") + ids.digest(
                where, activity.timestamp[:16] or activity.id
            )
    return "message:" + ids.digest(where, activity.id)
