"""The check-up: every check at once, each within its time, each with the one thing that mends it. No secret is printed."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bot.domain.faults import Fault
from bot.setup.checks import machine, memory, public, slack, teams, work
from bot.setup.checks.ground import Check, Found, Ground, State
from storage.database import Database

if TYPE_CHECKING:
    from bot.settings import Settings

CHECKS: tuple[Check, ...] = (
    *machine.CHECKS,
    *memory.CHECKS,
    *slack.CHECKS,
    *teams.CHECKS,
    *public.CHECKS,
    *work.CHECKS,
)
#: No check takes longer; all run at once.
SECONDS = 8.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """What a check found, with where it belongs."""

    part: str
    name: str
    found: Found


def check_up(
    settings: "Settings | None",
    faults: Sequence[Fault],
    *,
    dotenv: Mapping[str, str],
    environment: Mapping[str, str],
    clock: Callable[[], datetime],
    checks: Iterable[Check] = CHECKS,
) -> list[Line]:
    """Runs the checks; where the settings cannot be read at all, what is wrong with them is all there is to say."""
    if settings is None:
        return [
            Line(
                part="settings",
                name="names and values",
                found=Found(state=State.FAIL, said=one.what, fix=one.fix, code=one.code),
            )
            for one in faults
        ]
    opened = memory.open_database(settings.database_url)
    ground = Ground(
        settings=settings,
        faults=list(faults),
        dotenv=dict(dotenv),
        environment=dict(environment),
        clock=clock,
        database=opened if isinstance(opened, Database) else None,
        no_database=opened if isinstance(opened, Fault) else None,
    )
    try:
        asks = settings.github_token is not None or settings.gitlab_token is not None
        # What is not set up is not spoken of.
        mails = settings.smtp_url is not None or settings.smtp_from is not None
        silent = {
            part
            for part, meant in (("teams", settings.teams), ("signals", asks), ("e-mail", mails))
            if not meant
        }
        meant = tuple(check for check in checks if check.part not in silent)
        return asyncio.run(_all(ground, meant))
    finally:
        if ground.database is not None:
            ground.database.close()


async def _all(ground: Ground, checks: tuple[Check, ...]) -> list[Line]:
    found = await asyncio.gather(*(_one(ground, check) for check in checks))
    return [
        Line(part=check.part, name=check.name, found=one) for check, one in zip(checks, found, strict=True)
    ]


async def _one(ground: Ground, check: Check) -> Found:
    try:
        async with asyncio.timeout(SECONDS):
            return await check.look(ground)
    except TimeoutError:
        said, fix = f"no answer within {SECONDS:.0f} seconds", "Try again; if it stays, look at the network."
    except Exception as error:  # noqa: BLE001 - one check that breaks must not hide the others
        # Its kind alone: the text may hold what must not be shown.
        said, fix = (
            f"the check itself broke: {type(error).__name__}",
            "Run pilotlight doctor again and report it.",
        )
    return Found(state=State.FAIL, said=said, fix=fix)


def well(lines: Iterable[Line], *, but: tuple[str, ...] = ()) -> bool:
    """Whether nothing failed, except perhaps the checks named."""
    return all(line.found.state is not State.FAIL or line.name in but for line in lines)


def as_text(lines: Sequence[Line]) -> list[str]:
    """For the terminal: what failed carries its fix beneath it."""
    told = []
    for line in lines:
        code = f" ({line.found.code})" if line.found.code else ""
        told.append(f"{line.found.state.value}  {line.part} · {line.name}: {line.found.said}{code}")
        if line.found.fix:
            told.append(f"      → {line.found.fix}")
    counts = {state: sum(line.found.state is state for line in lines) for state in State}
    told.append(
        f"{counts[State.PASS]} passed, {counts[State.WARN]} to look at, {counts[State.FAIL]} failed."
        + (" What a code means: docs/errors.md" if counts[State.WARN] or counts[State.FAIL] else "")
    )
    return told


def as_json(lines: Sequence[Line]) -> dict[str, Any]:
    """For programs."""
    checks = [{"part": line.part, "name": line.name, **asdict(line.found)} for line in lines]
    return {"ok": well(lines), "checks": checks}
