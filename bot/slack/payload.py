"""Reading what Slack sent, field by field: who, where, and nothing taken for granted. No I/O.

Every value may be missing or of another type: a payload is what somebody else wrote.
"""

import re
from collections.abc import Mapping
from typing import Any

from bot.domain.people import Address, Platform
from bot.services.chat import Place, Profile

Json = Mapping[str, Any]

#: An IANA name; whether it is known is for whoever opens it.
_ZONE = re.compile(r"[A-Za-z_]+(?:/[A-Za-z0-9_+-]+)*")


def text(data: Json, name: str) -> str:
    value = data.get(name)
    return value if isinstance(value, str) else ""


def inner(data: Json, name: str) -> Json:
    value = data.get(name)
    return value if isinstance(value, dict) else {}


def inners(data: Json, name: str) -> list[Json]:
    value = data.get(name)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def first(data: Json, name: str) -> Json:
    return next(iter(inners(data, name)), {})


def strings(data: Json) -> dict[str, str]:
    return {name: value for name, value in data.items() if isinstance(value, str)}


# Who, where


def address(team: str, user: str) -> Address:
    return Address(platform=Platform.SLACK, workspace=team, user=user)


def team_of(payload: Json) -> str:
    """Where the app is installed, for which an interaction came. A modal can be used from another workspace."""
    return (
        text(inner(payload, "view"), "app_installed_team_id")
        or text(inner(payload, "team"), "id")
        or text(inner(payload, "user"), "team_id")
    )


def actor_of(payload: Json) -> Address:
    """Whoever pressed. A stranger through Slack Connect is one of their own workspace, not of ours."""
    user, team = inner(payload, "user"), team_of(payload)
    home = text(user, "team_id")
    # Inside one Enterprise organisation a colleague's first workspace may be another one.
    organisation = bool(payload.get("enterprise")) or payload.get("is_enterprise_install") is True
    ours = not home or home.startswith("E") or organisation
    return address(team if ours else home, text(user, "id"))


def installed(payload: Json) -> str:
    """https://docs.slack.dev/apis/events-api#authorizations: one installation that may see the event."""
    seen_by = first(payload, "authorizations")
    return text(seen_by, "team_id") or text(payload, "team_id") or text(seen_by, "enterprise_id")


def author_of(payload: Json) -> Address:
    """Whoever caused an event; in a shared channel perhaps a stranger."""
    event, team = inner(payload, "event"), installed(payload)
    user = text(event, "user") or text(inner(event, "user"), "id")
    home = text(event, "user_team") or text(event, "team")
    stranger = payload.get("is_ext_shared_channel") is True and home.startswith("T") and home != team
    return address(home if stranger else team, user)


def channel_of(payload: Json) -> str:
    return text(inner(payload, "channel"), "id") or text(inner(payload, "container"), "channel_id")


def place(team: str, user: str, channel: str) -> Place:
    """The place is a person's only in direct messages, or where there is no channel at all."""
    personal = not channel or channel.startswith("D")
    return Place(platform=Platform.SLACK, workspace=team, channel=channel, user=user if personal else "")


def profile_of(team: str, user: Json) -> Profile:
    """A user object. https://docs.slack.dev/reference/objects/user-object"""
    profile, zone, home = inner(user, "profile"), text(user, "tz"), text(user, "team_id")
    also = text(inner(user, "enterprise_user"), "id")
    stranger = user.get("is_stranger") is True
    return Profile(
        address=address(home if stranger and home else team, text(user, "id")),
        name=text(user, "name"),
        real_name=text(user, "real_name") or text(profile, "real_name"),
        email=text(profile, "email"),
        zone=zone if _ZONE.fullmatch(zone) else None,
        deleted=user.get("deleted") is True,
        guest=_any(user, "is_restricted", "is_ultra_restricted", "is_stranger"),
        robot=user.get("is_bot") is True or user.get("id") == "USLACKBOT",
        admin=_any(user, "is_admin", "is_owner", "is_primary_owner"),
        also=also if also != text(user, "id") else "",
    )


def _any(user: Json, *flags: str) -> bool:
    return any(user.get(flag) is True for flag in flags)
