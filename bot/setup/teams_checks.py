"""What `doctor` looks at for Teams: each check says what it saw and, where something is wrong, the one thing that mends it.

No secret and no token is ever part of what is said.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import httpx

from bot.services.chat import ChatError
from bot.teams.guard import refuse_playground
from bot.teams.hosts import LOOPBACK
from bot.teams.install import TOKEN_URL, Registration, Tokens, told_by
from storage import pilots, workspaces
from storage.database import Connection

_PATIENCE = httpx.Timeout(8.0)
_MOST_NAMES = 10
#: A secret lives for 24 months at the most; doctor warns so long before an end that it knows.
SOON = timedelta(days=30)
SECRETS = "entra.microsoft.com, App registrations, Pilotlight, Certificates & secrets"
#: Entra's own words for the usual mistakes.
_MEANS = {
    "AADSTS7000215": ("the secret is wrong", f"Copy the column Value, not the ID: {SECRETS}."),
    "AADSTS7000222": (
        "the secret has ended",
        f"Make a new one and put it into TEAMS_APP_PASSWORD: {SECRETS}.",
    ),
    "AADSTS700016": ("this tenant has no such application", "Compare TEAMS_APP_ID and TEAMS_TENANT_ID."),
    "AADSTS90002": ("there is no such tenant", "Copy the Directory (tenant) ID into TEAMS_TENANT_ID."),
    "AADSTS900023": ("that is no tenant id", "Copy the Directory (tenant) ID into TEAMS_TENANT_ID."),
}


class Verdict(StrEnum):
    PASS = "PASS"  # noqa: S105 - a verdict
    WARN = "WARN"
    FAIL = "FAIL"


@dataclass(frozen=True, kw_only=True)
class Check:
    """One line of doctor's report."""

    name: str
    verdict: Verdict
    said: str
    #: The one command or click that mends it; empty where nothing is wrong.
    todo: str = ""


@dataclass(frozen=True, kw_only=True)
class Setup:
    """The settings that concern Teams."""

    app_id: str | None
    tenant: str | None
    secret: str | None
    public_url: str | None
    host: str = "127.0.0.1"
    playground: bool = False
    token_url: str | None = None
    service_hosts: Collection[str] = ()


async def teams_checks(setup: Setup, http: httpx.AsyncClient) -> list[Check]:
    """Everything that can be seen from outside: settings, token, endpoint. Takes at most some seconds."""
    if setup.playground:
        refusal = refuse_playground(setup.host, setup.secret is not None)
        verdict = Verdict.FAIL if refusal else Verdict.WARN
        said = refusal or "unsigned activities are accepted from this machine: for trying out only"
        return [
            Check(
                name="teams playground",
                verdict=verdict,
                said=said,
                todo="Unset TEAMS_PLAYGROUND for real use.",
            )
        ]
    missing = [
        name
        for name, value in (
            ("TEAMS_APP_ID", setup.app_id),
            ("TEAMS_TENANT_ID", setup.tenant),
            ("TEAMS_APP_PASSWORD", setup.secret),
        )
        if not value
    ]
    if missing:
        said = f"{', '.join(missing)} not set"
        return [Check(name="teams settings", verdict=Verdict.FAIL, said=said, todo="pilotlight init --teams")]
    return [*_hosts(setup), *await _token(setup, http), await _endpoint(setup, http)]


def teams_people(conn: Connection, workspace_id: str, now: datetime) -> Check:
    """Whether everybody who is asked can be written to."""
    workspace = workspaces.get(conn, workspace_id)
    today = workspace.settings.calendar().today(now) if workspace else now.date()
    wanted = {
        person.id: person
        for pilot in pilots.list_all(conn, workspace_id)
        if pilot.end is None
        for person in (pilot.owner, pilot.backup, pilot.sponsor)
        if person is not None and not person.gone(today) and not person.addresses
    }
    name = "people reachable"
    if not wanted:
        return Check(
            name=name, verdict=Verdict.PASS, said="every owner, backup and sponsor can be written to"
        )
    names = sorted(f"{one.name}{' (blocked)' if one.out_of_reach else ''}" for one in wanted.values())
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return Check(
        name=name,
        verdict=Verdict.WARN,
        said=f"not yet reachable: {', '.join(names[:_MOST_NAMES])}{more}",
        todo="Add the app for them: admin.teams.microsoft.com, Teams apps, Setup policies, Installed apps; their questions wait.",
    )


def secret_ends(ends_on: datetime | None, now: datetime) -> Check:
    """What is known of the secret's end: Microsoft tells it to people, not to the bot."""
    name = "teams secret"
    if ends_on is None:
        said = "its end is not told to the bot; a secret lives for 24 months at the most"
        return Check(
            name=name, verdict=Verdict.PASS, said=said, todo=f"Put its end into your calendar: {SECRETS}."
        )
    day = f"{ends_on.day} {ends_on:%b %Y}"
    if ends_on <= now:
        return Check(
            name=name, verdict=Verdict.FAIL, said=f"ended on {day}", todo=f"Make a new one: {SECRETS}."
        )
    soon = ends_on - now <= SOON
    todo = f"Make a new one before that day: {SECRETS}." if soon else ""
    return Check(name=name, verdict=Verdict.WARN if soon else Verdict.PASS, said=f"ends on {day}", todo=todo)


def _hosts(setup: Setup) -> list[Check]:
    loose = sorted(LOOPBACK & {host.strip() for host in setup.service_hosts})
    if not loose:
        return []
    return [
        Check(
            name="teams service hosts",
            verdict=Verdict.WARN,
            said=f"TEAMS_SERVICE_HOSTS lets tokens go to {', '.join(loose)}",
            todo="Unset TEAMS_SERVICE_HOSTS: the default is Microsoft's.",
        )
    ]


async def _token(setup: Setup, http: httpx.AsyncClient) -> list[Check]:
    """The token of the bot's own tenant, and whether it is of that tenant."""
    tenant = (setup.tenant or "").lower()
    who = Registration(app_id=setup.app_id or "", tenant=tenant, secret=setup.secret or "")
    try:
        token = await Tokens(http, who, url=setup.token_url or TOKEN_URL).current()
    except ChatError as error:
        said, todo = next(
            (meant for code, meant in _MEANS.items() if error.reason.endswith(code)),
            (error.reason, "Look whether login.microsoftonline.com can be reached from here."),
        )
        return [Check(name="teams token", verdict=Verdict.FAIL, said=f"not obtained: {said}", todo=todo)]
    claims = told_by(token)
    found = [
        Check(name="teams token", verdict=Verdict.PASS, said="obtained for the tenant"),
        secret_ends(None, datetime.now(UTC)),
    ]
    named = str(claims.get("tid", "")).lower()
    if named == tenant:
        found.append(Check(name="teams tenant", verdict=Verdict.PASS, said="the token is of this tenant"))
    else:
        said = "the token names another tenant" if named else "the token names no tenant"
        todo = "Set TEAMS_TENANT_ID to the Directory (tenant) ID of the bot's own registration."
        found.append(
            Check(name="teams tenant", verdict=Verdict.FAIL if named else Verdict.WARN, said=said, todo=todo)
        )
    return found


async def _endpoint(setup: Setup, http: httpx.AsyncClient) -> Check:
    """Whether Microsoft's service finds us: an unsigned post must be refused, by us."""
    name = "teams endpoint"
    if not (setup.public_url or "").startswith("https://"):
        todo = "Set PUBLIC_URL to the https address of this installation."
        return Check(name=name, verdict=Verdict.FAIL, said="PUBLIC_URL is no https address", todo=todo)
    return await endpoint_at(f"{(setup.public_url or '').rstrip('/')}/api/messages", http)


async def endpoint_at(url: str, http: httpx.AsyncClient) -> Check:
    """What stands at an endpoint. 401 is right."""
    name = "teams endpoint"
    try:
        answer = await http.post(url, json={"type": "message"}, timeout=_PATIENCE, follow_redirects=False)
    except httpx.HTTPError as error:
        said = f"{url} cannot be reached: {type(error).__name__}"
        return Check(
            name=name, verdict=Verdict.FAIL, said=said, todo="Start pilotlight run, and check PUBLIC_URL."
        )
    if answer.status_code == httpx.codes.UNAUTHORIZED:
        return Check(
            name=name, verdict=Verdict.PASS, said=f"{url} refuses an unsigned post (401), as it must"
        )
    said = f"{url} answers {answer.status_code} to an unsigned post, not 401"
    todo = (
        "Unset TEAMS_PLAYGROUND, and look what else answers there."
        if answer.is_success
        else "Let PUBLIC_URL point at this installation, without a redirect; the path is /api/messages."
    )
    return Check(name=name, verdict=Verdict.FAIL, said=said, todo=todo)
