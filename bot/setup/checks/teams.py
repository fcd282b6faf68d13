"""What doctor looks at for Teams, one line each; all are answered from one round of questions."""

from functools import partial

import httpx

from bot.setup import teams_checks
from bot.setup.checks.ground import Check, Found, Ground, State, passed, waiting
from storage import workspaces
from storage.database import Connection, SQLAlchemyError


async def _asked(ground: Ground) -> dict[str, teams_checks.Check]:
    settings = ground.settings
    secret = settings.teams_app_password
    setup = teams_checks.Setup(
        app_id=settings.teams_app_id,
        tenant=settings.teams_tenant_id,
        secret=secret.get_secret_value() if secret is not None else None,
        public_url=settings.public_url,
        host=settings.host,
        playground=settings.teams_playground,
        token_url=settings.teams_token_url,
        service_hosts=settings.teams_service_hosts.split(","),
    )
    async with httpx.AsyncClient() as http:
        found = await teams_checks.teams_checks(setup, http)
    now = ground.clock()

    def reachable(conn: Connection) -> teams_checks.Check | None:
        only = workspaces.the_only_one(conn)
        return teams_checks.teams_people(conn, only.id, now) if only is not None else None

    try:
        people = await ground.read(reachable)
    except SQLAlchemyError:  # no tables yet, or no database: other lines say so
        people = None
    return {one.name: one for one in (*found, *([people] if people else []))}


#: What it means that a check has nothing to say.
_NOTHING_SAID = {
    "teams settings": "TEAMS_APP_ID, TEAMS_TENANT_ID and TEAMS_APP_PASSWORD are set",
    "teams service hosts": "tokens go to Microsoft's own hosts alone",
    "teams playground": "off: only signed activities are taken",
}


async def _look(name: str, ground: Ground) -> Found:
    asked = await ground.once("teams", partial(_asked, ground))
    found = asked.get(name)
    if found is None:
        said = _NOTHING_SAID.get(name)
        return passed(said) if said is not None else waiting("something before it comes first")
    return Found(state=State(found.verdict.value), said=found.said, fix=found.todo)


CHECKS = tuple(
    Check(part="teams", name=short, look=partial(_look, name))
    for short, name in (
        ("settings", "teams settings"),
        ("token", "teams token"),
        ("tenant", "teams tenant"),
        ("secret", "teams secret"),
        ("service hosts", "teams service hosts"),
        ("endpoint", "teams endpoint"),
        ("playground", "teams playground"),
        ("people", "people reachable"),
    )
)
