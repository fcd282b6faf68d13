"""Where a pilot stands, and how long it may stand there."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    """The five running stages, then the three recorded ends."""

    IDEA = "idea"
    FRAMED = "framed"
    BUILD = "build"
    TRIAL = "trial"
    ROLLOUT = "rollout"
    SCALED = "scaled"
    RETIRED = "retired"
    MERGED = "merged"

    @property
    def running(self) -> bool:
        """Whether the pilot still owes its owner's word."""
        return self in RUNNING

    @property
    def ended(self) -> bool:
        """Whether the pilot ended on the record; scaled has look-backs but has ended too."""
        return self not in RUNNING


RUNNING = (Stage.IDEA, Stage.FRAMED, Stage.BUILD, Stage.TRIAL, Stage.ROLLOUT)
#: Stages in which pace and guardrail are judged: real users, so the number means something.
JUDGED = (Stage.TRIAL, Stage.ROLLOUT)


class Gate(StrEnum):
    """The decision between two stages."""

    G1 = "G1"
    G2 = "G2"
    G3 = "G3"
    G4 = "G4"
    G5 = "G5"


#: The stage that a gate opens.
OPENS = {
    Gate.G1: Stage.FRAMED,
    Gate.G2: Stage.BUILD,
    Gate.G3: Stage.TRIAL,
    Gate.G4: Stage.ROLLOUT,
    Gate.G5: Stage.SCALED,
}
#: The gate that a stage waits for.
NEXT_GATE = {
    Stage.IDEA: Gate.G1,
    Stage.FRAMED: Gate.G2,
    Stage.BUILD: Gate.G3,
    Stage.TRIAL: Gate.G4,
    Stage.ROLLOUT: Gate.G5,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class StageRule:
    """One row of the stall rules; every number in working days."""

    #: A check-in is asked for on the day the silence reaches it.
    cadence: int
    #: SILENT is red on the day the silence reaches it; amber is cadence + 2.
    red: int
    #: OVERSTAY begins on the first day the stay exceeds it.
    stay: int
    #: BLIND begins on the first day without a reading exceeds it; None: not judged.
    blind: int | None

    @property
    def amber(self) -> int:
        """The silent days at which SILENT begins."""
        return self.cadence + 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """Every threshold that a workspace may set, with the numbers the sample expects."""

    idea: StageRule = StageRule(cadence=5, red=10, stay=10, blind=None)
    framed: StageRule = StageRule(cadence=10, red=20, stay=25, blind=15)
    build: StageRule = StageRule(cadence=15, red=30, stay=65, blind=None)
    trial: StageRule = StageRule(cadence=10, red=20, stay=65, blind=15)
    rollout: StageRule = StageRule(cadence=10, red=20, stay=90, blind=20)
    #: NO_METRIC begins on the first day an idea without a metric is older.
    no_metric: int = 10
    #: PROGRESSLESS begins on the first day without item, gate or human merge exceeds it.
    progressless: int = 30
    #: OFF_PACE begins at this gap, in points, and is red at the next.
    gap_amber: int = 20
    gap_red: int = 33
    #: Look-backs after scaling, how early one is accepted, how late it is missed.
    look_backs: tuple[int, ...] = (30, 60, 120)
    look_back_early: int = 5
    look_back_late: int = 5
    #: Pauses end by themselves at the latest.
    pause_most: int = 60
    pauses: int = 2
    #: Snoozes since the last word: how many, and how many days in all.
    snoozes: int = 2
    snooze_days: int = 15
    #: What one "on it" holds the ladder.
    ack_days: int = 3
    #: An absence up to this many working days postpones; a longer one hands rung 1 to the backup.
    absence_short: int = 10
    #: How often a sponsor is asked "still worth it?".
    pulse_every: int = 30
    #: The waits of rungs 1, 2 and 3.
    waits: tuple[int, int, int] = (3, 4, 5)
    #: SPONSOR_QUIET goes from the sponsor to the digest after this wait.
    sponsor_quiet_wait: int = 3
    #: New episodes a workspace opens in one local working day (first import, catch-up).
    new_episodes_a_day: int = 10

    def of(self, stage: Stage) -> StageRule:
        """The row of a running stage.

        Raises:
            KeyError: an ended stage has no row.

        """
        return _ROWS[stage](self)

    def cadence(self, stage: Stage, asked: int | None) -> int:
        """How often a pilot is asked in a stage, where somebody asked for a longer cadence: up to twice the stage's."""
        usual = self.of(stage).cadence
        return usual if asked is None else min(max(asked, usual), 2 * usual)


_ROWS: dict[Stage, Callable[[Rules], StageRule]] = {
    Stage.IDEA: lambda rules: rules.idea,
    Stage.FRAMED: lambda rules: rules.framed,
    Stage.BUILD: lambda rules: rules.build,
    Stage.TRIAL: lambda rules: rules.trial,
    Stage.ROLLOUT: lambda rules: rules.rollout,
}
