"""How whoever sent an activity can be answered. No I/O.

https://learn.microsoft.com/microsoftteams/platform/bots/build-conversational-capability ·
https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/subscribe-to-conversation-events
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.domain.people import Platform
from bot.messages.model import Form
from bot.services.chat import Place
from bot.teams import ids
from bot.teams.ids import Sent
from bot.teams.payload import Activity, is_person, place_of
from bot.teams.words import mentioned, words


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
    """The way back."""

    kind: Kind
    #: The conversation, with the thread.
    place: Place
    personal: bool = True
    #: Who asks, by Entra's id.
    user: str = ""
    #: The card that was pressed, and the message that the pressed form was opened from.
    pressed: str = ""
    origin: str = ""
    #: Whether a form was sent, the form as it was sent, and what was filled in.
    submitted: bool = False
    form: Form | None = None
    filled: Mapping[str, str] = field(default_factory=dict)
    #: What the cards of the answer are stamped with.
    stamp: str = ""

    @property
    def press(self) -> bool:
        """Whether a card was pressed, by either action."""
        return self.kind in (Kind.EXECUTE, Kind.SUBMIT)

    @property
    def alone(self) -> Place:
        """Where only the asker reads it."""
        if self.personal:
            return self.place
        return Place(
            platform=Platform.TEAMS,
            workspace=self.place.workspace,
            user=self.user,
            service_url=self.place.service_url,
        )


def way_of(activity: Activity) -> Way | None:
    """Where the answer to an activity goes; None where there is nothing for us in it."""
    kind = _kind(activity)
    sent = sent_by(activity)
    if kind is None or not activity.conversation.id:
        return None
    if kind in (Kind.EXECUTE, Kind.SUBMIT) and sent is None:
        return None
    before = sent.origin.stamp if sent else ""
    way = Way(
        kind=kind,
        place=place_of(activity, thread=True),
        personal=activity.personal,
        user=activity.sender.object_id,
        stamp=ids.stamp_of(activity.conversation.id, activity.id, activity.reply_to, before),
    )
    return _pressed(way, activity, sent) if sent is not None else way


def sent_by(activity: Activity) -> Sent | None:
    """What a card of ours sent."""
    if activity.type == "invoke":
        return ids.sent_from(activity.executed.data, activity.executed.verb)
    return ids.sent_from(activity.value)


def _pressed(way: Way, activity: Activity, sent: Sent) -> Way:
    return Way(
        kind=way.kind,
        place=way.place,
        personal=way.personal,
        user=way.user,
        stamp=way.stamp,
        pressed=activity.reply_to,
        origin=sent.origin.message,
        submitted=sent.submitted,
        form=sent.form,
        filled=sent.fields,
    )


def _kind(activity: Activity) -> Kind | None:
    us, by_a_person = activity.recipient.id, is_person(activity.sender)
    match activity.type:
        case "message" if by_a_person and isinstance(activity.value, dict):
            return Kind.SUBMIT
        case "message" if by_a_person and activity.personal:
            return Kind.WORDS if words(activity, {}) else None
        case "message" if by_a_person and mentioned(activity, us):
            # A channel's other messages come only where somebody granted more than we ask for; they are none of ours.
            return Kind.MENTION
        case "invoke" if by_a_person and activity.name == "adaptiveCard/action":
            return Kind.EXECUTE
        case "installationUpdate" if activity.action == "add":
            return Kind.ADDED
        case "installationUpdate" if activity.action in ("add-upgrade", "remove", "remove-upgrade"):
            # An upgrade brings a place to write to, and no welcome.
            return Kind.QUIET
        case "conversationUpdate" if any(one.id == us for one in activity.added):
            return Kind.ADDED
        case "conversationUpdate" if any(one.id == us for one in activity.removed):
            return Kind.QUIET
    return None
