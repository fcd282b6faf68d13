"""The pilot: a time-boxed trial with an owner, a sponsor, a metric and a stage."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from bot.domain.metric import Guardrail, Metric
from bot.domain.people import Person
from bot.domain.stages import Stage


class Risk(StrEnum):
    """The EU AI Act's words."""

    MINIMAL = "minimal"
    LIMITED = "limited"
    HIGH = "high"


class Cause(StrEnum):
    """Why a pilot was retired."""

    METRIC = "M"
    INFRASTRUCTURE = "I"
    ORGANISATION = "O"
    DATA = "D"
    RISK = "R"
    TECHNOLOGY = "T"
    BETTER = "X"


CAUSES = {
    Cause.METRIC: "no metric, or the value was not shown",
    Cause.INFRASTRUCTURE: "could not be run reliably",
    Cause.ORGANISATION: "not adopted, no owner or no budget",
    Cause.DATA: "the data was not good enough",
    Cause.RISK: "risk or law",
    Cause.TECHNOLOGY: "the technology was not good enough",
    Cause.BETTER: "a better alternative",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class End:
    """How a pilot ended on the record. There is no fourth state, and none without a sentence."""

    state: Stage
    reason: str = ""
    cause: Cause | None = None
    learning: str = ""
    retry_when: str = ""
    reuse: str = ""
    switched_off: str = ""
    #: The pilot's id in which a merged pilot goes on.
    merged_into: str | None = None
    #: The id of who put a name to it; None: nobody did.
    acknowledged_by: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Pilot:
    """One row of the registry."""

    id: str
    name: str
    stage: Stage = Stage.IDEA
    #: The day the stage was entered.
    stage_since: date
    started: date
    aliases: tuple[str, ...] = ()
    #: Names it had before: it is still found by them.
    old_names: tuple[str, ...] = ()
    department: str = ""
    outcome_sentence: str = ""
    metric: Metric | None = None
    guardrails: tuple[Guardrail, ...] = ()
    owner: Person | None = None
    backup: Person | None = None
    sponsor: Person | None = None
    process_owner: Person | None = None
    data_owner: Person | None = None
    #: Who runs it after the pilot team has left.
    run_owner: Person | None = None
    decision_on: date | None = None
    #: "We stop if … by …", agreed at birth, quoted back verbatim.
    kill_line: str = ""
    risk: Risk = Risk.MINIMAL
    #: repo, dashboard, channel, runbook, dpia, notebook, memo, demo → address.
    links: Mapping[str, str] = field(default_factory=dict)
    #: In the workspace's currency.
    cost_to_date: Decimal = Decimal(0)
    cost_per_week: Decimal = Decimal(0)
    end: End | None = None
    #: A longer cadence that a person asked for, in working days; None: the stage's.
    cadence: int | None = None

    @property
    def people(self) -> tuple[Person, ...]:
        """Everybody named in it, each once, owner first."""
        named = (self.owner, self.backup, self.sponsor, self.process_owner, self.data_owner, self.run_owner)
        return tuple({person.id: person for person in named if person is not None}.values())

    @property
    def called(self) -> tuple[str, ...]:
        """Every name it may be asked for by."""
        return (self.name, *self.aliases, *self.old_names)
