"""What a check stands on: the settings, the database, and what was asked of others already."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from bot.domain.faults import Fault
from storage.database import Connection, Database

if TYPE_CHECKING:
    from bot.settings import Settings

T = TypeVar("T")


class State(StrEnum):
    """How a check ended."""

    PASS = "PASS"  # noqa: S105 - a word, no secret
    WARN = "WARN"
    FAIL = "FAIL"


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """What one check found."""

    state: State
    said: str
    #: The one thing to do; empty where nothing is.
    fix: str = ""
    code: str = ""


def passed(said: str) -> Found:
    """All is well."""
    return Found(state=State.PASS, said=said)


def warned(fault: Fault) -> Found:
    """It runs, but not as it could."""
    return Found(state=State.WARN, said=fault.what, fix=fault.fix, code=fault.code)


def waiting(first: str) -> Found:
    """Nobody knows yet: what it stands on is wrong, and stands above."""
    fix = "Mend that first, then run pilotlight doctor again."
    return Found(state=State.WARN, said=f"not looked at: {first}", fix=fix)


def failed(fault: Fault) -> Found:
    """It does not run like this."""
    return Found(state=State.FAIL, said=fault.what, fix=fault.fix, code=fault.code)


@dataclass(kw_only=True)
class Ground:
    """Shared by all checks of one run; each question to others is asked once."""

    settings: "Settings"
    #: What is wrong with the settings by themselves.
    faults: list[Fault]
    #: What .env says, by name.
    dotenv: dict[str, str]
    environment: dict[str, str]
    clock: Callable[[], datetime]
    database: Database | None = None
    #: Why there is no database.
    no_database: Fault | None = None
    _asked: dict[str, "asyncio.Task[object]"] = field(default_factory=dict)

    async def once(self, name: str, ask: Callable[[], Awaitable[T]]) -> T:
        """Asks the first time; afterwards, or meanwhile, everybody waits for the same answer."""
        task = self._asked.get(name)
        if task is None:
            task = asyncio.ensure_future(ask())
            self._asked[name] = task
        return await task  # type: ignore[return-value]  # what `ask` of that name gives

    async def read(self, fn: Callable[[Connection], T]) -> T | None:
        """What the database says; None where there is none to ask."""
        return await self.database.read(fn) if self.database is not None else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """One line of the check-up."""

    part: str
    name: str
    look: Callable[[Ground], Awaitable[Found]]
