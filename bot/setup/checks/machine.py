"""The machine and its settings."""

import importlib.util
import stat
import sys
from pathlib import Path

from bot.domain.faults import fault
from bot.setup.checks.ground import Check, Found, Ground, failed, passed, warned

#: What pip brings, by the name under which it is imported.
_PACKAGES = (
    "aiohttp", "alembic", "apscheduler", "cryptography", "dateparser", "holidays", "httpx", "jinja2", "jwt", "prometheus_client",
    "psycopg", "pydantic_settings", "rapidfuzz", "slack_bolt", "slack_sdk", "sqlmodel", "stamina", "starlette", "structlog", "typer",
    "uvicorn",
)  # fmt: skip
_PREFIXES = ("SLACK_", "TEAMS_", "PILOTLIGHT_", "DATABASE_URL", "PUBLIC_URL", "HEARTBEAT_URL")
_AROUND = " \t\r\n\"'"


async def python(_: Ground) -> Found:
    found = ".".join(str(part) for part in sys.version_info[:3])
    return passed(f"Python {found}") if sys.version_info >= (3, 11) else failed(fault("PL-006", found=found))


async def packages(_: Ground) -> Found:
    missing = [name for name in _PACKAGES if importlib.util.find_spec(name) is None]
    return failed(fault("PL-007", name=", ".join(missing))) if missing else passed("all packages are there")


async def names(ground: Ground) -> Found:
    if not ground.faults:
        return passed("every name and value is understood")
    first, more = ground.faults[0], ground.faults[1:]
    found = failed(first)
    rest = "".join(f" {one.what}" for one in more)
    return Found(state=found.state, said=first.what + rest, fix=first.fix, code=first.code)


async def blanks(ground: Ground) -> Found:
    """A blank at the end of a token is nowhere to be seen and fails everywhere."""
    for name, value in {**ground.dotenv, **ground.environment}.items():
        if name.startswith(_PREFIXES) and value and value != value.strip(_AROUND):
            return failed(fault("PL-008", name=name))
    return passed("no value has a blank around it")


async def one_place(ground: Ground) -> Found:
    """`.env` is for our eyes alone, and says nothing else than the environment."""
    mode = _mode(Path(".env"))
    if mode is None:
        return passed("no .env in this folder; the environment says it all")
    if mode & 0o077:
        return warned(fault("PL-003", path=".env"))
    for name, value in ground.dotenv.items():
        if name.startswith(_PREFIXES) and ground.environment.get(name, value) != value:
            return warned(fault("PL-005", name=name))
    return passed("readable by you alone; it and the environment agree")


def _mode(path: Path) -> int | None:
    return stat.S_IMODE(path.stat().st_mode) if path.is_file() else None


CHECKS = (
    Check(part="machine", name="Python", look=python),
    Check(part="machine", name="packages", look=packages),
    Check(part="settings", name="names and values", look=names),
    Check(part="settings", name="blanks", look=blanks),
    Check(part="settings", name=".env", look=one_place),
)
