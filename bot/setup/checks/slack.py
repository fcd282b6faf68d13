"""Slack: which variable decides, whether its tokens live, what they may, and whether Slack reaches us."""

from functools import partial

from pydantic import SecretStr

from bot.domain.faults import fault
from bot.domain.people import Platform
from bot.setup import disk
from bot.setup.checks.ground import Check, Found, Ground, failed, passed, waiting, warned
from bot.setup.checks.memory import _new
from bot.slack import probe, scopes, shapes
from bot.slack.probe import Answer
from bot.slack.shapes import Wanted
from storage import migrations, workspaces
from storage.database import Connection, Database

_OFF = "Slack is not set up; nothing to look at"
_NO_TOKEN = "no SLACK_BOT_TOKEN: each workspace brings its own"  # noqa: S105 - a sentence
_LATER = "the bot token comes first"


def _secret(value: SecretStr | None) -> str:
    return value.get_secret_value() if value is not None else ""


def _present(ground: Ground) -> list[str]:
    """Slack's variables that are set."""
    settings = ground.settings
    names = (
        "slack_bot_token",
        "slack_signing_secret",
        "slack_app_token",
        "slack_client_id",
        "slack_client_secret",
    )
    return [name.upper() for name in names if getattr(settings, name) is not None]


async def _bot(ground: Ground) -> Answer:
    ask = partial(
        probe.ask,
        ground.settings.slack_api_url,
        _secret(ground.settings.slack_bot_token),
        "auth.test",
        ground.clock,
    )
    return await ground.once("auth.test", ask)


async def _address(ground: Ground) -> Answer:
    ask = partial(
        probe.ask,
        ground.settings.slack_api_url,
        _secret(ground.settings.slack_app_token),
        "apps.connections.open",
        ground.clock,
    )
    return await ground.once("apps.connections.open", ask)


async def way(ground: Ground) -> Found:
    """Which variable won, and why."""
    settings, present = ground.settings, _present(ground)
    if not present:
        return passed(_OFF) if settings.teams else failed(fault("PL-009"))
    if not settings.slack and settings.slack_client_id is None:
        return failed(fault("PL-039", present=", ".join(present)))
    if settings.slack_mode == "socket" and settings.slack_app_token is None:
        return failed(fault("PL-036"))
    if settings.slack_way == "socket":
        why = "because SLACK_MODE=socket" if settings.slack_mode else "because SLACK_APP_TOKEN is set"
        return passed(f"Socket Mode, {why}; the web process holds the connection")
    if settings.slack_signing_secret is None:
        return failed(fault("PL-035"))
    why = "because SLACK_MODE=http" if settings.slack_mode else "because SLACK_APP_TOKEN is not set"
    return passed(f"HTTP, {why}")


async def many(ground: Ground) -> Found:
    """Installing into other workspaces: all of it or nothing."""
    settings = ground.settings
    have = {
        "SLACK_CLIENT_ID": settings.slack_client_id,
        "SLACK_CLIENT_SECRET": settings.slack_client_secret,
    }
    absent = [name for name, value in have.items() if value is None]
    if len(absent) == 2:
        return passed("one workspace, by SLACK_BOT_TOKEN" if settings.slack else _OFF)
    if absent:
        present = next(name for name in have if name not in absent)
        return failed(fault("PL-037", present=present, absent=absent[0]))
    needs = {"PILOTLIGHT_KEYS": settings.pilotlight_keys, "PUBLIC_URL": settings.public_url}
    lacking = [name for name, value in needs.items() if value is None]
    if lacking:
        return failed(fault("PL-038", absent=" and ".join(lacking)))
    both = "; SLACK_BOT_TOKEN serves its own workspace alone" if settings.slack_bot_token else ""
    return passed(f"many workspaces, through {str(settings.public_url).rstrip('/')}/slack/install{both}")


async def shape(ground: Ground) -> Found:
    """What can be told by the look alone."""
    settings = ground.settings
    given = (
        (Wanted.BOT_TOKEN, "SLACK_BOT_TOKEN", settings.slack_bot_token),
        (Wanted.APP_TOKEN, "SLACK_APP_TOKEN", settings.slack_app_token),
        (Wanted.SIGNING_SECRET, "SLACK_SIGNING_SECRET", settings.slack_signing_secret),
    )
    for wanted, name, value in given:
        if value is not None and (wrong := shapes.wrong(wanted, shapes.cleaned(_secret(value)))) is not None:
            found = failed(wrong)
            return Found(state=found.state, said=f"{name}: {found.said}", fix=found.fix, code=found.code)
    return passed("each value looks like what it should be" if _present(ground) else _OFF)


async def reached(ground: Ground) -> Found:
    """Slack itself, and its time. Without a token it answers as well: that it knows none."""
    if not _present(ground):
        return passed(_OFF)
    answer = await _bot(ground)
    wrong = probe.unreached(answer, ground.settings.slack_api_url) or probe.clock_fault(answer)
    if wrong is not None:
        return failed(wrong)
    if answer.ahead is None:
        return passed("Slack answers, and tells no time")
    return passed(
        f"Slack answers; the clocks agree within {max(1, round(abs(answer.ahead).total_seconds()))} s"
    )


async def bot_token(ground: Ground) -> Found:
    if ground.settings.slack_bot_token is None:
        return passed(_NO_TOKEN if _present(ground) else _OFF)
    answer = await _bot(ground)
    if probe.unreached(answer, ground.settings.slack_api_url) is not None:
        return waiting("Slack was not reached")
    wrong = probe.refused(answer, Wanted.BOT_TOKEN)
    if wrong is not None:
        return failed(wrong)
    if answer.data.get("is_enterprise_install") is True:
        return failed(fault("PL-027"))
    return passed(f"{answer.text('team')}, as @{answer.text('user')}")


async def granted(ground: Ground) -> Found:
    """What Slack granted beside what the manifest asks for."""
    if ground.settings.slack_bot_token is None:
        return passed(_NO_TOKEN if _present(ground) else _OFF)
    answer = await _bot(ground)
    if not answer.ok:
        return waiting(_LATER)
    if not answer.scopes:
        return passed("Slack did not say which are granted")
    missing = [scope.name for scope in scopes.missing(answer.scopes)]
    hard = [name for name in missing if name not in scopes.REFUSABLE]
    if hard:
        return failed(fault("PL-018", scopes=", ".join(hard), granted=", ".join(sorted(answer.scopes))))
    if missing:
        return warned(fault("PL-028"))
    more = scopes.surplus(answer.scopes)
    beside = f"; granted and never used: {', '.join(more)}" if more else ""
    return passed(f"{', '.join(scope.name for scope in scopes.asked())}{beside}")


async def workspace(ground: Ground) -> Found:
    """Whether the token and the registry belong together."""
    if ground.settings.slack_bot_token is None or ground.database is None or _new(ground):
        return passed("nothing to compare yet")
    answer = await _bot(ground)
    if not answer.ok or not await ground.database.read(migrations.is_current):
        return waiting(_LATER)
    known = await ground.database.read(_slack_workspaces)
    team = answer.text("team_id")
    if known and team not in known and not ground.settings.slack_oauth:
        found = answer.text("team") or team
        return failed(fault("PL-022", found=found, known=", ".join(known.values())))
    return passed("the registry is this workspace's" if known else "the registry is new")


def _slack_workspaces(conn: Connection) -> dict[str, str]:
    """Team id → its name, of every Slack workspace that the registry has known."""
    return {
        one.external_id: one.name or one.external_id
        for workspace_id in workspaces.all_of(conn)
        for one in workspaces.installations(conn, workspace_id)
        if one.platform is Platform.SLACK
    }


def known_workspaces(url: str) -> dict[str, str]:
    """The same for an address; empty where there is no registry yet."""
    path = disk.file_of(url)
    if path is not None and not path.exists():
        return {}
    database = Database(url)
    try:
        ready = database.read_now(migrations.is_current)
        return database.read_now(_slack_workspaces) if ready else {}
    finally:
        database.close()


async def socket(ground: Ground) -> Found:
    """The app-level token, and a connection opened with it."""
    if ground.settings.slack_way != "socket":
        return passed("HTTP needs none" if _present(ground) else _OFF)
    answer = await _address(ground)
    wrong = probe.unreached(answer, ground.settings.slack_api_url) or probe.refused(answer, Wanted.APP_TOKEN)
    if wrong is not None:
        return failed(wrong)
    amiss = await probe.opens(answer.text("url"))
    return failed(fault("PL-020", reason=amiss)) if amiss else passed("opens, and Slack greets")


async def same_app(ground: Ground) -> Found:
    """Two apps' tokens mixed: everything is sent, and nothing is ever heard."""
    given = ground.settings.slack_app_token
    if given is None or ground.settings.slack_bot_token is None:
        return passed("one token, one app" if _present(ground) else _OFF)
    answer = await _bot(ground)
    belongs = shapes.app_of(_secret(given))
    if not answer.ok:
        return waiting(_LATER)
    if not belongs or not answer.text("bot_id"):
        return passed("Slack did not say which app")
    about = await probe.ask(
        ground.settings.slack_api_url,
        _secret(ground.settings.slack_bot_token),
        "bots.info",
        ground.clock,
        bot=answer.text("bot_id"),
    )
    bot = about.data.get("bot")
    app = str(bot.get("app_id") or "") if isinstance(bot, dict) else ""
    if app and app != belongs:
        return failed(fault("PL-023", bot=app, app=belongs))
    return passed("both tokens are of the same app" if app else "Slack did not say which app")


CHECKS = (
    Check(part="slack", name="way", look=way),
    Check(part="slack", name="workspaces", look=many),
    Check(part="slack", name="looks", look=shape),
    Check(part="slack", name="reached", look=reached),
    Check(part="slack", name="bot token", look=bot_token),
    Check(part="slack", name="scopes", look=granted),
    Check(part="slack", name="registry", look=workspace),
    Check(part="slack", name="socket", look=socket),
    Check(part="slack", name="same app", look=same_app),
)
