"""What the outcome gate answers: the verdict on one sentence, its reasons, and the line that interfaces.md promises."""

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

from bot.domain.direction import Direction, Kind


class Verdict(StrEnum):
    """What the gate says: in, pick one, is that right, or not yet."""

    ACCEPTED = "accepted"
    NEEDS_CHOICE = "needs_choice"
    NEEDS_CONFIRM = "needs_confirm"
    REFUSED = "refused"


class Reason(StrEnum):
    """Why a sentence is not accepted as it stands; product.md 1.3 gives the order in which they are tried."""

    NO_OUTCOME = "NO_OUTCOME"
    OUTPUT_NOT_OUTCOME = "OUTPUT_NOT_OUTCOME"
    MODEL_METRIC = "MODEL_METRIC"
    VANITY_METRIC = "VANITY_METRIC"
    VAGUE_METRIC = "VAGUE_METRIC"
    HEDGED = "HEDGED"
    NO_QUANTITY = "NO_QUANTITY"
    IMPLAUSIBLE = "IMPLAUSIBLE"
    DIRECTION_CLASH = "DIRECTION_CLASH"
    MULTI_METRIC = "MULTI_METRIC"
    AMBIGUOUS_NUMBER = "AMBIGUOUS_NUMBER"


@dataclass(frozen=True, kw_only=True)
class Keeps:
    """What was understood of a refused sentence, so that the next answer need not repeat it."""

    direction: Direction | None = None
    metric: str | None = None
    amount: Decimal | None = None
    unit: str | None = None

    def __bool__(self) -> bool:
        return any(value is not None for value in (self.direction, self.metric, self.amount, self.unit))


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One way to go on: the outcome if it is chosen, and its text as a guardrail if another one is."""

    outcome: "Outcome"
    guardrail: str = ""  # "honest-customer block rate <= 0.4 %"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The verdict on one sentence.

    An accepted one, or one that only needs a confirmation, carries its metric in the fields. Of a refused one `keeps` tells
    what was understood. Numbers are in `unit`; `amount` belongs to "by", `target` and `baseline` to "from … to".
    """

    text: str
    verdict: Verdict
    reason: Reason | None = None
    direction: Direction | None = None
    kind: Kind | None = None
    amount: Decimal | None = None
    unit: str | None = None
    metric: str | None = None
    baseline: Decimal | None = None
    target: Decimal | None = None
    deadline: date | None = None
    candidates: tuple[str, ...] = ()
    question: str | None = None
    keeps: Keeps = field(default_factory=Keeps)
    ask: tuple[str, ...] = ()  # codes: baseline, deadline, relative_or_points, past_result
    choices: tuple[Choice, ...] = ()  # beside `candidates`, in the same order


def choose(outcome: Outcome, index: int) -> tuple[Outcome, tuple[str, ...]]:
    """The outcome after candidate `index` was picked, and the texts of the guardrails that the others become."""
    picked = replace(outcome.choices[index].outcome, text=outcome.text)
    others = (choice.guardrail for n, choice in enumerate(outcome.choices) if n != index)
    return picked, tuple(text for text in others if text)


def confirm(outcome: Outcome) -> Outcome:
    """The outcome after "yes, I mean it as it stands": accepted without the question."""
    return replace(outcome, verdict=Verdict.ACCEPTED, reason=None, question=None, candidates=(), choices=())


_TURNED = {Direction.INCREASE: Direction.DECREASE, Direction.DECREASE: Direction.INCREASE}


def turn(outcome: Outcome) -> Outcome:
    """The outcome after "no, the other direction"; both ends of a "from … to" have told it already."""
    direction = _TURNED.get(outcome.direction, outcome.direction) if outcome.direction else None
    return outcome if outcome.kind is Kind.FROM_TO else confirm(replace(outcome, direction=direction))


def to_json(outcome: Outcome) -> dict[str, object]:
    """The verdict line of interfaces.md without its number: absent fields are left out, `ask` is always there."""
    line: dict[str, object] = {"text": outcome.text, "verdict": outcome.verdict.value}
    fields: dict[str, object] = {
        "reason": outcome.reason,
        "direction": outcome.direction,
        "kind": outcome.kind,
        "amount": _number(outcome.amount),
        "unit": outcome.unit,
        "metric": outcome.metric,
        "baseline": _number(outcome.baseline),
        "target": _number(outcome.target),
        "deadline": outcome.deadline and outcome.deadline.isoformat(),
        "candidates": list(outcome.candidates) or None,
        "question": outcome.question,
        "keeps": _kept(outcome.keeps) or None,
    }
    line |= {name: _word(value) for name, value in fields.items() if value is not None}
    line["ask"] = list(outcome.ask)
    return line


def _kept(keeps: Keeps) -> dict[str, object]:
    fields = {
        "direction": keeps.direction,
        "metric": keeps.metric,
        "amount": _number(keeps.amount),
        "unit": keeps.unit,
    }
    return {name: _word(value) for name, value in fields.items() if value is not None}


def _word(value: object) -> object:
    return value.value if isinstance(value, StrEnum) else value


def _number(value: Decimal | None) -> int | float | None:
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)
