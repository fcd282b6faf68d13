"""Teams' activities → Incoming. No I/O.

https://learn.microsoft.com/microsoftteams/platform/bots/build-conversational-capability ·
https://learn.microsoft.com/adaptive-cards/authoring-cards/universal-action-model

Kinds that we do not know give None: they are answered 200 and ignored, because Teams adds kinds without asking.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime

from bot.domain import commands
from bot.domain.commands import AppAdded, AppRemoved, Command, Pressed, Submitted, opens_form
from bot.services.chat import Profile
from bot.services.incoming import Incoming
from bot.teams import ids
from bot.teams.payload import Activity, address_of, is_person, place_of, thread_of, zone_of
from bot.teams.ways import Kind, Way, sent_by, way_of
from bot.teams.words import words

#: A press that stands for what could have been typed.
_SAY = "say"


def parse(
    activity: Activity, now: datetime, *, people: Mapping[str, str] | None = None, installation: str = ""
) -> Incoming | None:
    """An activity as a request of ours; None where there is nothing for us in it.

    Args:
        activity: as Teams sent it.
        now: dates are read as of the asker's own day.
        people: 29:… → object id, of people whom a mention does not fully name.
        installation: what tells one installation from the next, in the same conversation.

    Raises:
        UserError: the words are no command, with what to do.
    """
    way = way_of(activity)
    if way is None:
        return None
    command = _command(activity, way, _today(activity, now), people or {})
    return Incoming(
        actor=address_of(activity),
        command=command,
        key=_key(activity, command, installation),
        place=place_of(activity),
        message_id=_message(activity, way),
        profile=_profile(activity),
    )


def _command(activity: Activity, way: Way, today: date, people: Mapping[str, str]) -> Command:
    if way.kind in (Kind.WORDS, Kind.MENTION):
        return commands.parse_message(words(activity, people), today)
    sent = sent_by(activity) if way.press else None
    if sent is not None and sent.submitted:
        return Submitted(verb=sent.press.verb, args=dict(sent.press.args), fields=dict(sent.fields))
    if sent is not None:
        return Pressed(verb=sent.press.verb, args=dict(sent.press.args))
    return AppRemoved(reason=activity.action or activity.type) if activity.removes else AppAdded()


def _message(activity: Activity, way: Way) -> str:
    """What was pressed, or what the pressed form was opened from; else the thread that was answered in."""
    if way.press:
        return way.origin if way.submitted else way.pressed
    return thread_of(activity) if way.kind is Kind.MENTION else ""


def _profile(activity: Activity) -> Profile | None:
    """What the activity itself tells. Nothing where it tells no name, as with installs: what we know is better."""
    if not is_person(activity.sender) or not activity.sender.name:
        return None
    zone = zone_of(activity)
    return Profile(address=address_of(activity), name=activity.sender.name, zone=zone.key if zone else None)


def _today(activity: Activity, now: datetime) -> date:
    return now.astimezone(zone_of(activity) or UTC).date()


def _key(activity: Activity, command: Command, installation: str) -> str:
    """What makes two arrivals the same request.

    - Words, and a press that stands for words or opens a form: the activity and what it says. The list may be wanted again
      tomorrow. An activity without an id is known by nothing: each arrival counts.
    - Any other press: the card in its present state, who, what, and what was filled in. A client that heard nothing for some
      seconds presses again by itself, and that has one effect.
    - An install: both of its activities, in whatever order, until the app is removed.
    """
    where = activity.conversation.id
    match command:
        case Pressed(verb=verb) if verb == _SAY or opens_form(command):
            return "press:" + ids.digest(where, activity.id) if activity.id else ""
        case Pressed() | Submitted():
            sent = sent_by(activity)
            assert sent is not None
            what = ids.compact([sent.press.verb, dict(sent.press.args), dict(sent.fields), sent.origin.stamp])
            return "press:" + ids.digest(where, activity.reply_to, activity.sender.object_id, what)
        case AppAdded() | AppRemoved():
            mark = installation or activity.timestamp[:16] or activity.id
            return ("removed:" if activity.removes else "added:") + ids.digest(where, mark)
    return "message:" + ids.digest(where, activity.id, activity.text) if activity.id else ""
