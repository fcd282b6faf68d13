"""`init --teams`: from nothing to a single-tenant bot whose values stand in .env, by Microsoft's own tool where it is there.

https://learn.microsoft.com/microsoftteams/platform/teams-sdk/cli/overview: `teams app create` makes a Teams-managed bot without an
Azure subscription. Where Node or the tool is missing, the same is done by hand, step by step. The secret is never shown.
"""

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

#: Runs a command; what it printed, or None where it could not be run or failed.
Run = Callable[[list[str]], str | None]
#: Asks for a value; the second argument says whether it must not be seen.
Ask = Callable[[str, bool], str]
Say = Callable[[str], None]

#: Microsoft's names → ours.
_NAMES = {
    "CLIENT_ID": "TEAMS_APP_ID",
    "CLIENT_SECRET": "TEAMS_APP_PASSWORD",
    "TENANT_ID": "TEAMS_TENANT_ID",
}
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_LINE = re.compile(r"\s*(?:export\s+)?([A-Z][A-Z0-9_]*)\s*=\s*(.*?)\s*")
_PATIENCE = 60
_TRIES = 3

INSTALL = "npm install -g @microsoft/teams.cli   (Node 20 or 22), then: teams login"
SIDELOADING = (
    "Uploading apps is switched off in this tenant. A Teams admin can switch it on: admin.teams.microsoft.com, Teams apps, "
    "Setup policies, Global, Upload custom apps: On. Or forward this: “Please publish the attached Pilotlight package for our "
    "organisation: admin.teams.microsoft.com, Teams apps, Manage apps, Upload new app.” The package comes from: pilotlight manifest teams"
)
BY_HAND = """\
1. portal.azure.com, Create a resource, Azure Bot. Type of app: Single Tenant. Creation type: create new Microsoft App ID.
2. Bot, Configuration, Messaging endpoint: {endpoint}
3. Bot, Channels: add Microsoft Teams.
4. Configuration, Manage Password: Certificates & secrets, New client secret. Note its end date; copy the value at once.
5. Overview of the app registration: Application (client) ID and Directory (tenant) ID."""
NEXT = """\
Next:
  pilotlight manifest teams     makes the package
  pilotlight doctor             tries the token and the endpoint
  admin.teams.microsoft.com: Teams apps, Manage apps, Upload; then Setup policies, Installed apps, Add Pilotlight,
  so that the people who own pilots have it: nobody can be written to before."""


@dataclass(frozen=True, kw_only=True)
class Tools:
    """What stands on this machine."""

    node: str = ""
    #: Whether Microsoft's command answers, and somebody is logged in.
    teams: bool = False
    #: None: it did not say.
    sideloading: bool | None = None


def run(command: list[str]) -> str | None:
    """Runs a command of the machine; its output may hold secrets and is shown to nobody."""
    found = shutil.which(command[0])
    if found is None:
        return None
    try:
        done = subprocess.run(  # noqa: S603 - our own words, no shell
            [found, *command[1:]], capture_output=True, text=True, timeout=_PATIENCE, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def tools(run: Run = run) -> Tools:
    """Looks for Node and for Microsoft's command."""
    node = (run(["node", "--version"]) or "").strip()
    status = run(["teams", "status"]) if node else None
    if status is None:
        return Tools(node=node)
    line = next((line for line in status.splitlines() if "sideload" in line.casefold()), "")
    said = re.search(r"\b(enabled|disabled|on|off|yes|no)\b", line.casefold())
    return Tools(
        node=node, teams=True, sideloading=said[1] in ("enabled", "on", "yes") if said is not None else None
    )


def set_up(
    env: Path, public_url: str | None, *, ask: Ask, say: Say, run: Run = run, dry_run: bool = False
) -> bool:
    """Sets Teams up and writes .env; whether it was written. Every line is said, no secret is.

    Args:
        env: the .env file; what stands there stays, and it is readable by its owner alone afterwards.
        public_url: where this installation is reached; asked for where it is unknown.
        ask: asks for one value, hidden where it must not be seen.
        say: prints one line.
        run: runs a command.
        dry_run: checks everything and writes nothing.

    """
    url = _public(public_url, ask, say)
    if url is None:
        return False
    endpoint, here = f"{url}/api/messages", tools(run)
    values: Mapping[str, str] | None = None
    if not here.node:
        say("Node is not installed, so this goes by hand. With it, one command does the rest:")
        say(f"  {INSTALL}")
    elif not here.teams:
        say(f"Node {here.node} is there; Microsoft's command is not, or nobody is logged in:")
        say(f"  {INSTALL}")
    else:
        say("Microsoft's command is there. Making a single-tenant bot …")
        values = created(endpoint, run)
        say("Made." if values else "That did not work; it goes by hand.")
    if here.sideloading is False:
        say(SIDELOADING)
    if values is None:
        say(BY_HAND.format(endpoint=endpoint))
        values = _typed(ask, say)
    if values is None:
        return False
    if dry_run:
        say(f"Would be written to {env}: {', '.join(sorted(_NAMES.values()))}, PUBLIC_URL.")
        say("Dry run: nothing was changed. 0 messages sent")
        return True
    write_env(env, {**values, "PUBLIC_URL": url})
    say(f"Written to {env}: {', '.join(sorted(_NAMES.values()))}, PUBLIC_URL.")
    say(NEXT)
    return True


def created(endpoint: str, run: Run = run) -> dict[str, str] | None:
    """Lets Microsoft's command make the bot and takes over what it wrote; None: it did not."""
    with tempfile.TemporaryDirectory() as folder:
        wrote = Path(folder) / "made.env"
        wrote.touch(mode=0o600)
        command = ["teams", "app", "create", "--name", "Pilotlight", "--endpoint", endpoint]
        if run([*command, "--env", str(wrote)]) is None:
            return None
        found = {name: value for name, value in _read(wrote).items() if name in _NAMES and value}
    ours = {_NAMES[name]: value for name, value in found.items()}
    return ours if len(ours) == len(_NAMES) and not _wrong(ours) else None


def write_env(path: Path, values: Mapping[str, str]) -> None:
    """Puts values into a .env file, which only its owner can read afterwards; other lines stay as they are.

    The new file takes the old one's place in one step: whatever happens, one of the two is whole.
    """
    kept, left = [], dict(values)
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else []:
        found = _LINE.fullmatch(line)
        if found is None or found[1] not in values:
            kept.append(line)
        elif found[1] in left:
            kept.append(f"{found[1]}={_quoted(left.pop(found[1]))}")
    kept += [f"{name}={_quoted(value)}" for name, value in left.items()]
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".env.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write("\n".join(kept) + "\n")
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _typed(ask: Ask, say: Say) -> dict[str, str] | None:
    for _ in range(_TRIES):
        values = {
            "TEAMS_APP_ID": ask("Application (client) ID", False).strip().lower(),
            "TEAMS_TENANT_ID": ask("Directory (tenant) ID", False).strip().lower(),
            "TEAMS_APP_PASSWORD": ask("Client secret, its value", True).strip(),
        }
        wrong = _wrong(values)
        if not wrong:
            return values
        for line in wrong:
            say(line)
    return None


def _wrong(values: Mapping[str, str]) -> list[str]:
    """What is wrong with pasted values, without repeating them."""
    found = []
    for name, what in (
        ("TEAMS_APP_ID", "application (client) ID"),
        ("TEAMS_TENANT_ID", "directory (tenant) ID"),
    ):
        if not _GUID.fullmatch(values[name]):
            found.append(f"The {what} is 32 hex digits with four dashes. Copy it from the app's Overview.")
    secret = values["TEAMS_APP_PASSWORD"]
    if not secret:
        found.append("The secret is empty. Copy the column Value, right after making it.")
    elif _GUID.fullmatch(secret):
        found.append("That is the secret's ID. Copy the column Value; if it is hidden by now, make another.")
    elif any(sign.isspace() or not sign.isprintable() for sign in secret):
        found.append("The secret holds a blank or a line end. Copy the column Value again.")
    if values["TEAMS_APP_ID"] == values["TEAMS_TENANT_ID"] and not found:
        found.append("Both IDs are the same. The tenant's stands below the application's.")
    return found


def _public(given: str | None, ask: Ask, say: Say) -> str | None:
    url = (given or "").strip()
    for _ in range(_TRIES):
        if re.fullmatch(r"https://[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+(:\d+)?/?", url):
            return url.rstrip("/")
        if url:
            say("It must begin with https:// and hold the host alone: Microsoft's service calls it.")
        url = ask("Where is this installation reached (https://…)?", False).strip()
    return None


def _read(path: Path) -> dict[str, str]:
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        held = _LINE.fullmatch(line)
        if held is not None:
            found[held[1]] = held[2].strip("\"'")
    return found


def _quoted(value: str) -> str:
    """As it is, or in quotes where a shell or a reader of .env would take a sign for its own."""
    return value if re.fullmatch(r"[A-Za-z0-9_.:/~@%+,=-]*", value) else json.dumps(value, ensure_ascii=False)
