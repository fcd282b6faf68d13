"""auth, users, dnd, team and bots. https://docs.slack.dev/reference/methods/users.info"""

from bot.playground.app import SlackError
from bot.playground.calls import Method, MethodCall
from bot.playground.models import Json, User
from bot.playground.payloads import user_json

_SLACKBOT: Json = {
    "id": "USLACKBOT",
    "name": "slackbot",
    "deleted": False,
    "real_name": "Slackbot",
    "tz": "America/Los_Angeles",
    "is_bot": False,  # so says the real one
    "profile": {"real_name": "Slackbot", "display_name": "Slackbot"},
}


def auth_test(call: MethodCall) -> Json:
    workspace = call.workspace
    return {
        "url": f"https://{workspace.domain}.slack.com/",
        "team": workspace.name,
        "user": workspace.bot.name,
        "team_id": workspace.team_id,
        "user_id": workspace.bot.id,
        "bot_id": workspace.bot_id,
        "is_enterprise_install": False,
    }


def auth_revoke(call: MethodCall) -> Json:
    if not call.flag("test"):
        call.installation.dead = "token_revoked"
    return {"revoked": not call.flag("test")}


def _shown(call: MethodCall, user: User) -> Json:
    shown = user_json(call.workspace, user, with_email=call.may("users:read.email"))
    return shown | {"locale": "en-GB"} if call.flag("include_locale") else shown


def info(call: MethodCall) -> Json:
    call.need("users:read")
    return {"user": _shown(call, call.user())}


def list_users(call: MethodCall) -> Json:
    call.need("users:read")
    shown, cursor = call.page(list(call.workspace.users.values()), default=1000)
    slackbot = [] if call.text("cursor") else [_SLACKBOT | {"team_id": call.workspace.team_id}]
    return {
        "members": [*slackbot, *(_shown(call, user) for user in shown)],
        "cache_ts": int(call.workspace.clock().timestamp()),
        "response_metadata": {"next_cursor": cursor},
    }


def lookup_by_email(call: MethodCall) -> Json:
    call.need("users:read.email")
    wanted = call.text("email").casefold()
    for user in call.workspace.people():
        if wanted and user.email.casefold() == wanted and not user.deleted:
            return {"user": _shown(call, user)}
    raise SlackError("users_not_found")


def _dnd(user: User) -> Json:
    if user.dnd is None:
        return {"dnd_enabled": False, "next_dnd_start_ts": 1, "next_dnd_end_ts": 1}
    return {"dnd_enabled": True, "next_dnd_start_ts": user.dnd[0], "next_dnd_end_ts": user.dnd[1]}


def dnd_info(call: MethodCall) -> Json:
    call.need("dnd:read")
    user = call.user() if call.text("user") else call.workspace.bot
    return {**_dnd(user), "snooze_enabled": False}


def dnd_team_info(call: MethodCall) -> Json:
    call.need("dnd:read")
    ids = [one.strip() for one in call.text("users").split(",") if one.strip()]
    if not ids:
        raise SlackError("no_users_provided")
    users = call.workspace.users
    return {"users": {one: _dnd(users[one]) for one in ids[:50] if one in users}}


def team_info(call: MethodCall) -> Json:
    call.need("team:read")
    workspace = call.workspace
    if call.text("team") not in ("", workspace.team_id):
        raise SlackError("team_not_found")
    return {
        "team": {
            "id": workspace.team_id,
            "name": workspace.name,
            "domain": workspace.domain,
            "email_domain": "",
        }
    }


def bots_info(call: MethodCall) -> Json:
    call.need("users:read")
    workspace = call.workspace
    if call.text("bot") not in ("", workspace.bot_id):
        raise SlackError("bot_not_found")
    return {
        "bot": {
            "id": workspace.bot_id,
            "deleted": False,
            "name": workspace.bot.real_name,
            "updated": 0,
            "app_id": workspace.app_id,
            "user_id": workspace.bot.id,
        }
    }


METHODS: dict[str, Method] = {
    "auth.test": auth_test,
    "auth.revoke": auth_revoke,
    "users.info": info,
    "users.list": list_users,
    "users.lookupByEmail": lookup_by_email,
    "dnd.info": dnd_info,
    "dnd.teamInfo": dnd_team_info,
    "team.info": team_info,
    "bots.info": bots_info,
}
