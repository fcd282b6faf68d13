"""How the bot itself did: what it asked, what was answered, what changed, what was wrong; and which rules bring too little.

A question *brought* something when its answer changed a fact on the record: a number, a word, a handover, a decision. An
acknowledgement, a snooze, the same words again and "you were wrong" change none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

#: A rule is judged once it asked so often, and proposes its own end below this share of questions that brought something.
ENOUGH, LEAST = 10, 0.2


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """One question that arrived in somebody's message."""

    #: A finding's family, or the kind of a question without one: checkin, pulse, gate, …
    rule: str
    #: The message it arrived in.
    message: str
    #: Whether it belongs to a finding, so that it is a rule that can be switched off.
    finding: bool
    answered_at: datetime | None = None
    changed: bool = False
    wrong: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleResult:
    """One rule's questions of the time."""

    rule: str
    finding: bool
    asked: int
    answered: int
    changed: int
    wrong: int

    @property
    def effect(self) -> float:
        """The share of questions that changed a fact."""
        return self.changed / self.asked if self.asked else 0.0

    @property
    def proposes_its_end(self) -> bool:
        """Whether it asked often enough to be judged, and brought too little."""
        return self.finding and self.asked >= ENOUGH and self.effect < LEAST


@dataclass(frozen=True, kw_only=True, slots=True)
class SelfReport:
    """What the bot did between two moments."""

    #: Messages of questions that arrived, and those in which at least one question was answered.
    messages: int
    answered: int
    #: From the arrival of a message to the first answer in it.
    median_hours: float | None
    #: Most asked first.
    rules: tuple[RuleResult, ...]
    #: Families that are switched off now.
    off: tuple[str, ...] = ()

    @property
    def questions(self) -> int:
        return sum(one.asked for one in self.rules)

    @property
    def changed(self) -> int:
        return sum(one.changed for one in self.rules)

    @property
    def wrong(self) -> int:
        return sum(one.wrong for one in self.rules)

    @property
    def proposals(self) -> tuple[RuleResult, ...]:
        """The rules that propose their own end, and are not off already."""
        return tuple(one for one in self.rules if one.proposes_its_end and one.rule not in self.off)


def self_report(
    arrived: Sequence[tuple[str, datetime]], asked: Sequence[Asked], off: Sequence[str] = ()
) -> SelfReport:
    """The report on some messages.

    Args:
        arrived: the messages of questions: id and when it arrived.
        asked: every question in them.
        off: families that are switched off.

    """
    first: dict[str, datetime] = {}
    for one in asked:
        if one.answered_at is not None:
            first[one.message] = min(one.answered_at, first.get(one.message, one.answered_at))
    hours = sorted((first[key] - at).total_seconds() / 3600 for key, at in arrived if key in first)
    rules = [
        RuleResult(
            rule=rule,
            finding=finding,
            asked=len(its),
            answered=sum(one.answered_at is not None for one in its),
            changed=sum(one.changed for one in its),
            wrong=sum(one.wrong for one in its),
        )
        for rule, finding in sorted({(one.rule, one.finding) for one in asked})
        for its in [[one for one in asked if (one.rule, one.finding) == (rule, finding)]]
    ]
    return SelfReport(
        messages=len(arrived),
        answered=len(hours),
        median_hours=_median(hours),
        rules=tuple(sorted(rules, key=lambda one: (-one.asked, one.rule))),
        off=tuple(off),
    )


def _median(ordered: Sequence[float]) -> float | None:
    if not ordered:
        return None
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def month_before(day: date) -> tuple[date, date]:
    """The first day of the month before a day's, and the first day of the day's month."""
    last = day.replace(day=1)
    return (last - timedelta(days=1)).replace(day=1), last
