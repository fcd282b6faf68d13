"""The app manifest: what an admin pastes, or finds filled in behind one link. No I/O.

https://docs.slack.dev/reference/app-manifest
"""

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, urlsplit

from bot.slack.scopes import FEATURES as FEATURES  # noqa: PLC0414 - known by this door too
from bot.slack.scopes import asked, events

#: The one address for commands, interactions and events.
REQUESTS = "/slack/events"
INSTALL = "/slack/install"
REDIRECT = "/slack/oauth_redirect"
#: The message shortcut's id, as its listener knows it.
LOG_AS_CHECK_IN = "log_as_check_in"
NEW_APP = "https://api.slack.com/apps?new_app=1&manifest_json="

_LONG = (
    "Most AI pilots end in silence. Pilotlight keeps a registry of them: owner, backup, sponsor, metric, stage. It notices when there is "
    "no word, asks the one person who can act, and asks further only when nobody answers, until somebody decides. Leadership reads one "
    "digest a week, decisions first. Type /pilot help to begin. Pilotlight reads its own direct messages and nothing else; each message says "
    "why it came and how to stop it."
)


def manifest(
    *,
    socket: bool,
    public_url: str = "",
    oauth: bool = False,
    features: Iterable[str] = (),
    name: str = "Pilotlight",
) -> dict[str, Any]:
    """The manifest as JSON data.

    Args:
        socket: Socket Mode, which needs no address; else `public_url` is where Slack finds us.
        public_url: without a path.
        oauth: whether other workspaces install it through `/slack/install`.
        features: optional ones, by `scopes.FEATURES`.
        name: as people see it.

    Raises:
        ValueError: an address is needed and there is none.

    """
    on = tuple(features)
    if not public_url and (not socket or oauth or "unfurl" in on):
        raise ValueError("PUBLIC_URL is needed for this")
    base = public_url.rstrip("/")
    requests = {} if socket else {"request_url": base + REQUESTS}
    command = {
        "command": "/pilot",
        "description": "Your pilots: list, check in, decide. Try /pilot help",
        "usage_hint": "list · new · show NAME · happened NAME · help",
        "should_escape": True,
        **({} if socket else {"url": base + REQUESTS}),
    }
    shortcut = {
        "name": "Log as check-in",
        "type": "message",
        "callback_id": LOG_AS_CHECK_IN,
        "description": "Put this message on the record of a pilot",
    }
    bot_features: dict[str, Any] = {
        "app_home": {
            "home_tab_enabled": True,
            "messages_tab_enabled": True,
            "messages_tab_read_only_enabled": False,
        },
        "bot_user": {"display_name": name, "always_online": True},
        "slash_commands": [command],
        "shortcuts": [shortcut],
    }
    if "unfurl" in on:
        bot_features["unfurl_domains"] = [urlsplit(base).hostname or ""]
    oauth_config: dict[str, Any] = {"scopes": {"bot": [scope.name for scope in asked(on)]}}
    if oauth:
        oauth_config = {"redirect_urls": [base + REDIRECT], **oauth_config}
    return {
        "display_information": {
            "name": name,
            "description": "Keeps every AI pilot on the record until somebody decides",
            "long_description": _LONG,
            "background_color": "#1f2a37",
        },
        "features": bot_features,
        "oauth_config": oauth_config,
        "settings": {
            "event_subscriptions": {**requests, "bot_events": list(events(on))},
            "interactivity": {"is_enabled": True, **requests},
            "org_deploy_enabled": False,
            "socket_mode_enabled": socket,
            "token_rotation_enabled": False,
        },
    }


def link(made: dict[str, Any]) -> str:
    """Slack's page for a new app, with this manifest filled in."""
    return NEW_APP + quote(json.dumps(made, separators=(",", ":"), ensure_ascii=False))
