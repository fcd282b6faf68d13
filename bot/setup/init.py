"""`pilotlight init`: two pastes, each looked at and tried before it is written; then the check-up, and a first nudge to oneself.

Each platform is a list of steps over one `Setting`; a step asks, checks live, and puts down what is to be written.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bot.domain.faults import Fault, SetupError, fault
from bot.setup import disk, doctor, dotenv, first_nudge, hosts
from bot.setup.checks import public
from bot.setup.checks.memory import open_database
from bot.setup.checks.slack import known_workspaces
from bot.setup.terminal import Terminal
from bot.slack import manifest, probe, scopes, shapes
from bot.slack.shapes import WHERE, Wanted
from storage.crypto import new_key
from storage.database import Database

if TYPE_CHECKING:
    from bot.app import App
    from bot.settings import Settings

#: So often the same thing is asked for before giving up.
_TRIES = 4
_ENV = Path(".env")


@dataclass(kw_only=True)
class Setting:
    """One run of the set-up."""

    terminal: Terminal
    settings: "Settings"
    clock: Callable[[], datetime]
    #: Nothing is asked: what the environment and .env say is checked and written.
    unattended: bool = False
    #: What will be written.
    values: dict[str, str] = field(default_factory=dict)
    #: The app's id, by the bot token, where Slack tells it.
    app_id: str = ""


@dataclass(frozen=True, kw_only=True)
class Wiring:
    """What only the command line has: the settings and the program built of them."""

    look: Callable[[], "tuple[Settings | None, list[Fault]]"]
    dotenv: Callable[[], Mapping[str, str]]
    environment: Mapping[str, str]
    build: Callable[["Settings"], "App"]
    clock: Callable[[], datetime]


Step = Callable[[Setting], None]


def run(
    terminal: Terminal,
    wiring: Wiring,
    *,
    platform: str = "slack",
    unattended: bool = False,
    dry_run: bool = False,
) -> int:
    """The whole set-up; the program's exit code."""
    try:
        settings, faults = wiring.look()
        if settings is None or faults:
            return _stop(terminal, faults)
        if (wrong := _memory(settings, wiring.environment)) is not None:
            return _stop(terminal, [wrong])
        setting = Setting(terminal=terminal, settings=settings, clock=wiring.clock, unattended=unattended)
        for step in PLATFORMS[platform]:
            step(setting)
        if settings.pilotlight_keys is None:
            setting.values["PILOTLIGHT_KEYS"] = new_key()
        if dry_run:
            terminal.say("", f"Would be written to .env: {', '.join(setting.values)}")
            terminal.say("Dry run: nothing was changed. 0 messages sent")
            return 0
        dotenv.write(_ENV, setting.values)
        terminal.say("", f"Written to .env, readable by you alone: {', '.join(setting.values)}", "")
        return _afterwards(setting, wiring)
    except SetupError as error:
        return _stop(terminal, [error.fault])


def _stop(terminal: Terminal, faults: list[Fault]) -> int:
    for one in faults:
        _tell(terminal, one)
    terminal.say("Nothing was written.")
    return 1


def _tell(terminal: Terminal, one: Fault) -> None:
    terminal.say(f"  {one}", f"  → {one.fix}")


def _memory(settings: "Settings", environment: Mapping[str, str]) -> Fault | None:
    """Nothing is asked for what could not be kept."""
    opened = open_database(settings.database_url)
    if not isinstance(opened, Database):
        return opened
    opened.close()
    return None if settings.pilotlight_vanishing else disk.vanishing(settings.database_url, environment)


# Slack


def choose_way(setting: Setting) -> None:
    """Socket Mode, or HTTP with an address."""
    settings = setting.settings
    if setting.unattended:
        if settings.slack_way == "http" and settings.public_url is not None:
            setting.values["PUBLIC_URL"] = settings.public_url
        setting.values["SLACK_MODE"] = (
            "http" if settings.slack_app_token is None else settings.slack_way or "socket"
        )
        return
    setting.terminal.say(
        "How does Slack reach this program?",
        "  1  Socket Mode: it calls Slack. No public address, no certificate. Best to begin with.",
        "  2  HTTP: Slack calls it at a public https address.",
    )
    chosen = setting.terminal.ask("1 or 2", default="1").strip()
    setting.values["SLACK_MODE"] = "http" if chosen == "2" else "socket"
    if chosen == "2":
        setting.values["PUBLIC_URL"] = _asked(
            setting, "The public address, for example https://pilots.example.com", _address
        )


def _address(setting: Setting, text: str) -> Fault | None:
    return public.wrong(text, test="slack.com" not in setting.settings.slack_api_url)


def show_manifest(setting: Setting) -> None:
    """The link that opens Slack's form, filled in; and what will be asked of whoever agrees."""
    if setting.unattended:
        return
    socket = setting.values["SLACK_MODE"] == "socket"
    made = manifest.manifest(socket=socket, public_url=setting.values.get("PUBLIC_URL", ""))
    setting.terminal.say(
        "", "Open this link, pick your workspace, press Create, then Install to Workspace:", ""
    )
    setting.terminal.say(manifest.link(made), "", "It asks for five permissions:")
    for scope in scopes.asked():
        setting.terminal.say(f"  {scope.name:<12} {scope.why}")
    setting.terminal.say("")


def bot_token(setting: Setting) -> None:
    """The first paste: who it is, what it may, and whether the clocks agree."""
    setting.terminal.say(f"From {WHERE[Wanted.BOT_TOKEN]}, the Bot User OAuth Token:")
    given = setting.settings.slack_bot_token
    setting.values["SLACK_BOT_TOKEN"] = _pasted(
        setting, Wanted.BOT_TOKEN, given.get_secret_value() if given is not None else "", _try_bot_token
    )


def _try_bot_token(setting: Setting, token: str) -> Fault | None:
    url = setting.settings.slack_api_url
    answer = asyncio.run(probe.ask(url, token, "auth.test", setting.clock))
    wrong = (
        probe.unreached(answer, url) or probe.refused(answer, Wanted.BOT_TOKEN) or probe.clock_fault(answer)
    )
    if wrong is not None:
        return wrong
    if answer.data.get("is_enterprise_install") is True:
        return fault("PL-027")
    missing = [scope.name for scope in scopes.missing(answer.scopes)] if answer.scopes else []
    hard = [name for name in missing if name not in scopes.REFUSABLE]
    if hard:
        return fault("PL-018", scopes=", ".join(hard), granted=", ".join(sorted(answer.scopes)))
    if (stranger := _stranger(setting, answer)) is not None:
        return stranger
    scope = f"without {', '.join(missing)}: replies are not heard, buttons are" if missing else "scopes OK"
    setting.terminal.say(f"  {answer.text('team')}, bot @{answer.text('user')}, {scope}")
    if answer.text("bot_id"):
        about = asyncio.run(probe.ask(url, token, "bots.info", setting.clock, bot=answer.text("bot_id")))
        bot = about.data.get("bot")
        setting.app_id = str(bot.get("app_id") or "") if isinstance(bot, dict) else ""
    return None


def _stranger(setting: Setting, answer: probe.Answer) -> Fault | None:
    """Another workspace than the one the registry belongs to."""
    if setting.settings.slack_oauth:
        return None
    known = known_workspaces(setting.settings.database_url)
    team = answer.text("team_id")
    if not known or team in known:
        return None
    return fault("PL-022", found=answer.text("team") or team, known=", ".join(known.values()))


def other_secret(setting: Setting) -> None:
    """The second paste: the app-level token, or the signing secret."""
    settings = setting.settings
    if setting.values["SLACK_MODE"] == "socket":
        setting.terminal.say(
            f"From {WHERE[Wanted.APP_TOKEN]}, press Generate, add the scope connections:write, and copy it:"
        )
        given = settings.slack_app_token
        setting.values["SLACK_APP_TOKEN"] = _pasted(
            setting, Wanted.APP_TOKEN, given.get_secret_value() if given is not None else "", _try_app_token
        )
        return
    setting.terminal.say(f"From {WHERE[Wanted.SIGNING_SECRET]}, the Signing Secret:")
    secret = settings.slack_signing_secret
    setting.values["SLACK_SIGNING_SECRET"] = _pasted(
        setting,
        Wanted.SIGNING_SECRET,
        secret.get_secret_value() if secret is not None else "",
        _nothing_to_try,
    )


def _try_app_token(setting: Setting, token: str) -> Fault | None:
    belongs = shapes.app_of(token)
    if setting.app_id and belongs and belongs != setting.app_id:
        return fault("PL-023", bot=setting.app_id, app=belongs)
    url = setting.settings.slack_api_url
    answer = asyncio.run(probe.ask(url, token, "apps.connections.open", setting.clock))
    wrong = probe.unreached(answer, url) or probe.refused(answer, Wanted.APP_TOKEN)
    if wrong is not None:
        return wrong
    amiss = asyncio.run(probe.opens(answer.text("url")))
    if amiss:
        return fault("PL-020", reason=amiss)
    setting.terminal.say("  connections:write OK, the connection opens")
    return None


def _nothing_to_try(setting: Setting, _: str) -> Fault | None:
    setting.terminal.say("  It looks right; Slack's first request proves it.")
    return None


Try = Callable[[Setting, str], Fault | None]


def _pasted(setting: Setting, wanted: Wanted, given: str, check: Try) -> str:
    """A value that looks right and works; asked for again, a few times, with what was wrong."""

    def both(run_: Setting, text: str) -> Fault | None:
        return shapes.wrong(wanted, text) or check(run_, text)

    if setting.unattended:
        value = shapes.cleaned(given)
        if (wrong := both(setting, value)) is not None:
            raise SetupError(wrong)
        return value
    return _asked(setting, f"Paste {wanted.value}", both, secret=True)


def _asked(setting: Setting, question: str, check: Try, *, secret: bool = False) -> str:
    for attempt in range(_TRIES):
        pasted = setting.terminal.ask(question, secret=secret)
        value = shapes.cleaned(pasted)
        if value != pasted and value:
            setting.terminal.say("  (what was around it, blanks or quotation marks, is left out)")
        wrong = check(setting, value)
        if wrong is None:
            return value
        _tell(setting.terminal, wrong)
        if attempt == _TRIES - 1:
            raise SetupError(wrong)
    raise AssertionError("the last attempt returns or raises")


#: Platform → its steps, in order.
PLATFORMS: dict[str, tuple[Step, ...]] = {"slack": (choose_way, show_manifest, bot_token, other_secret)}


# Afterwards


def _afterwards(setting: Setting, wiring: Wiring) -> int:
    terminal = setting.terminal
    settings, faults = wiring.look()
    lines = doctor.check_up(
        settings, faults, dotenv=wiring.dotenv(), environment=wiring.environment, clock=wiring.clock
    )
    terminal.say(*doctor.as_text(lines))
    if settings is None or not doctor.well(lines, but=("answers",)):
        terminal.say("", "What failed comes first; then run: pilotlight doctor")
        return 1
    if setting.unattended:
        terminal.say("", "Start it with: pilotlight run")
        return 0
    if terminal.agrees("\nBecome the admin now, and get a test nudge?"):
        app = wiring.build(settings)
        try:
            first_nudge.claim_and_try(app, terminal)
        except KeyboardInterrupt:
            terminal.say("", "Left for later: the code is printed again when Pilotlight starts.")
        finally:
            app.database.close()
    chosen = terminal.ask(f"Where will it run? {', '.join(hosts.HOSTS)}", default="here").strip().lower()
    names = [name for name in setting.values if name != "PUBLIC_URL"] + ["DATABASE_URL", "PUBLIC_URL"]
    terminal.say(*hosts.told(chosen if chosen in hosts.HOSTS else "here", names))
    return 0
