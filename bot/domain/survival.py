"""What became of the pilots of each quarter: alive, scaled, retired, merged, and how many vanished.

A pilot has vanished when it stands as ended and nothing says how: no end on its row and no end in its record. The
commands cannot make one, so the count is 0 by construction; an import can bring one in, and then it shows.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from bot.domain.pilot import Pilot
from bot.domain.record import Record, Status
from bot.domain.stages import Stage


@dataclass(frozen=True, kw_only=True, slots=True)
class Cohort:
    """The pilots that started in one quarter."""

    #: 2026 and 1 to 4.
    year: int
    quarter: int
    #: Running or paused.
    alive: int = 0
    scaled: int = 0
    retired: int = 0
    merged: int = 0
    vanished: int = 0

    @property
    def pilots(self) -> int:
        return self.alive + self.scaled + self.retired + self.merged + self.vanished

    @property
    def name(self) -> str:
        """Q1 2026"""
        return f"Q{self.quarter} {self.year}"

    @property
    def begins(self) -> date:
        """The quarter's first day."""
        return date(self.year, 3 * self.quarter - 2, 1)


def vanished(pilot: Pilot, record: Record) -> bool:
    """Whether a pilot ended without anybody saying so."""
    return (
        pilot.stage.ended
        and pilot.end is None
        and not any(entry.status is Status.END for entry in record.entries)
    )


_FATE = {Stage.SCALED: "scaled", Stage.RETIRED: "retired", Stage.MERGED: "merged"}


def fate(stage: Stage, gone: bool) -> str:
    """What became of a pilot, as a cohort counts it.

    Args:
        stage: its last.
        gone: whether it vanished.

    """
    return "vanished" if gone else _FATE.get(stage, "alive")


def quarter_of(day: date) -> tuple[int, int]:
    """(2026, 4)"""
    return day.year, (day.month + 2) // 3


def cohorts(counts: Mapping[tuple[int, int], Mapping[str, int]]) -> tuple[Cohort, ...]:
    """Quarter → fate → how many, as cohorts, oldest first."""
    return tuple(
        Cohort(year=year, quarter=quarter, **counts[year, quarter]) for year, quarter in sorted(counts)
    )


def survival(registry: Iterable[tuple[Pilot, Record]]) -> tuple[Cohort, ...]:
    """Every quarter in which a pilot started, oldest first.

    Args:
        registry: every pilot with its record; read once, so it may be a stream.

    """
    counts: dict[tuple[int, int], Counter[str]] = {}
    for pilot, record in registry:
        counts.setdefault(quarter_of(pilot.started), Counter())[
            fate(pilot.stage, vanished(pilot, record))
        ] += 1
    return cohorts(counts)
