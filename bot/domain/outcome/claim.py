"""A claim: which number shall go which way, and by how much. Or only the wish, if no number was given."""

from dataclasses import dataclass, replace
from decimal import Decimal

from bot.domain.direction import Direction, Kind
from bot.domain.outcome.tokens import Sentence
from bot.domain.outcome.words import Sense, word_set

PERIODS = word_set("day week month quarter year shift hour minute night annum season")


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One metric that shall move. `kind` is None where no number was given; `good` marks "improve", whose way the noun tells."""

    direction: Direction | None
    metric: str | None
    end: int
    kind: Kind | None = None
    amount: Decimal | None = None
    unit: str | None = None
    baseline: Decimal | None = None
    target: Decimal | None = None
    other: Decimal | None = None  # the second reading of amount or target
    other_base: Decimal | None = None  # the second reading of the baseline
    hedged: bool = False
    percent: bool = False  # a relative change that was typed as a percentage
    past: bool = False
    good: bool = False
    sense: Sense | None = None

    @property
    def keeps(self) -> bool:
        return self.direction in {Direction.KEEP_ABOVE, Direction.KEEP_BELOW}


def uncapped(claim: Claim, sentence: Sentence) -> Claim:
    """The claim without the capital that only the beginning of the sentence gave its name."""
    metric = claim.metric or ""
    first, _, rest = metric.partition(" ")
    if (
        first.istitle()
        and not rest[:1].isupper()
        and first.isalpha()
        and len(first) > 1
        and first in {sentence.masked.lstrip(" \"'(").split(" ", 1)[0], sentence.label.split(" ", 1)[0]}
    ):
        return replace(claim, metric=metric[0].lower() + metric[1:])
    return claim


def signed(value: Decimal, sign: str) -> Decimal:
    return -value if sign == "-" else value


_ADVERBS = {
    "annually": "year",
    "yearly": "year",
    "monthly": "month",
    "weekly": "week",
    "daily": "day",
    "quarterly": "quarter",
}
RATES = {**_ADVERBS, "annual": "year"}
_NEXT_PART = {"for", "in", "of", "at", "on", "by", "across", "per", "from"}


def rate_in(metric: str) -> tuple[str, str] | None:
    """“missed inspections per quarter” as name and rate; only periods of time are a rate here."""
    words = metric.split()
    low = [word.lower() for word in words]
    for k in range(len(words) - 1, 0, -1):
        if k > 1 and low[k] in PERIODS and low[k - 1] in {"per", "a", "each", "every"}:
            return " ".join(words[: k - 1] + words[k + 1 :]), f"per {low[k]}"
        # "hours annually", but not "hours of the weekly report"
        if low[k] in _ADVERBS and (k == len(words) - 1 or low[k + 1] in _NEXT_PART):
            return " ".join(words[:k] + words[k + 1 :]), f"per {_ADVERBS[low[k]]}"
    return None


def with_rate(metric: str | None, unit: str | None) -> tuple[str | None, str | None]:
    """“downtime per quarter” in hours as downtime in hours per quarter."""
    if (
        metric is None
        or (unit and ("per " in unit or unit.startswith(("%", "x"))))
        or not (found := rate_in(metric))
    ):
        return metric, unit
    return found[0], f"{unit} {found[1]}" if unit else found[1]
