"""What we ask of Slack, why, and which methods and events need it: one list, for the manifest, the set-up and the tests.

https://docs.slack.dev/reference/scopes · each method's page names its scope.

A method that is called and stands nowhere here, or a scope that nothing uses, fails a test.
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Scope:
    """One permission, as an admin reads it before they agree."""

    name: str
    #: One line: what for.
    why: str
    #: Methods of the Web API that need it.
    methods: tuple[str, ...] = ()
    #: Events that need it, as a manifest subscribes to them.
    events: tuple[str, ...] = ()
    #: The optional feature that it belongs to; empty: always asked.
    feature: str = ""


SCOPES = (
    Scope(
        name="chat:write",
        why="send the questions to the people who own a pilot, and the digest to the channel it is invited to",
        methods=("chat.postMessage", "chat.update", "chat.postEphemeral"),
    ),
    Scope(name="commands", why="offer /pilot and the message shortcut “Log as check-in”"),
    Scope(
        name="users:read",
        why="know people's names, time zones and who has left, so that nobody is asked at night or in vain",
        methods=("users.info", "users.list", "bots.info"),
        events=("user_change", "team_join"),
    ),
    Scope(name="im:write", why="open its own direct message with somebody", methods=("conversations.open",)),
    Scope(
        name="im:history",
        why="read replies in its own direct messages, and nothing else; it works without, with buttons alone",
        methods=("conversations.history",),
        events=("message.im",),
    ),
    Scope(
        name="app_mentions:read",
        why="answer where it is mentioned in a channel",
        events=("app_mention",),
        feature="mentions",
    ),
    Scope(
        name="users:read.email",
        why="match the people of an imported list by their e-mail addresses",
        feature="email",
    ),
    Scope(
        name="channels:read",
        why="hear at once that the digest's public channel was archived, moved or left; without it the next digest finds out",
        events=("channel_archive", "channel_deleted", "channel_id_changed", "channel_left"),
        feature="channels",
    ),
    Scope(
        name="groups:read",
        why="hear the same of a private one",
        events=("group_archive", "group_deleted", "group_left"),
        feature="channels",
    ),
    Scope(
        name="links:read",
        why="notice links to its own pages",
        events=("link_shared",),
        feature="unfurl",
    ),
    Scope(
        name="links:write",
        why="show what is behind a link to its own pages",
        methods=("chat.unfurl",),
        feature="unfurl",
    ),
)

#: Need no scope; the last two are called with the app's own credentials.
FREE_METHODS = frozenset(
    {
        "auth.test",
        "views.open",
        "views.update",
        "views.publish",
        "apps.connections.open",
        "oauth.v2.access",
    }
)
#: `app_rate_limited` comes unasked: a manifest that subscribes to it is refused.
FREE_EVENTS = ("app_home_opened", "app_uninstalled", "tokens_revoked")
#: Without it the program runs: typed replies are not heard, and a send in doubt cannot be looked up.
REFUSABLE = frozenset({"im:history"})
FEATURES = tuple(dict.fromkeys(scope.feature for scope in SCOPES if scope.feature))


def asked(features: Iterable[str] = ()) -> tuple[Scope, ...]:
    """The scopes to ask for: the five, and those of the features that are on."""
    wanted = set(features)
    return tuple(scope for scope in SCOPES if not scope.feature or scope.feature in wanted)


def events(features: Iterable[str] = ()) -> tuple[str, ...]:
    """The events to subscribe to."""
    return tuple(sorted({*FREE_EVENTS, *(event for scope in asked(features) for event in scope.events)}))


def missing(granted: Iterable[str], features: Iterable[str] = ()) -> list[Scope]:
    """What was not granted."""
    have = set(granted)
    return [scope for scope in asked(features) if scope.name not in have]


def surplus(granted: Iterable[str]) -> list[str]:
    """What was granted although nothing here uses it."""
    return sorted(set(granted) - {scope.name for scope in SCOPES})
