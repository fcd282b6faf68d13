"""Directions without a number: "significantly reduce processing time", "cost savings", "make X more productive"."""

from itertools import islice

from bot.domain.direction import Direction
from bot.domain.outcome.claim import Claim
from bot.domain.outcome.clause import Clause
from bot.domain.outcome.names import is_measured, polarity
from bot.domain.outcome.words import ADJECTIVES, COMPARATIVES, NOUNS_DOWN, NOUNS_UP, Sense, word_set

MOST = 6  # nouns and comparatives of one clause that are looked at
BLURRY = word_set(
    "better safer greener smarter easier stronger happier friendlier smoother simpler healthier cleaner "
    "leaner nicer richer fitter"
)


_MAKING = word_set("make get become making makes be help provide offer")


def wish(clause: Clause, strong: list[int]) -> Claim | None:
    """A direction without a number: "Significantly reduce processing time", "cost savings", "make X more productive"."""
    for n in strong:
        verb, sense = clause.tokens[n].verb, clause.sense(n)
        assert verb
        metric, end = clause.after(n + 1, None)
        metric = metric or clause.subject(n)
        if sense is Sense.KEEP:
            if metric and verb.base in {"keep", "maintain", "sustain", "preserve"} and polarity(metric):
                return Claim(
                    direction=Direction.KEEP_BELOW
                    if polarity(metric) is Direction.DECREASE
                    else Direction.KEEP_ABOVE,
                    metric=metric,
                    end=end,
                    sense=sense,
                )
            continue
        if verb.nounlike and metric is None:
            continue
        if verb.base in {"prevent", "avoid", "add", "ease", "limit"} and n > clause.lo + 1:
            continue
        direction = Direction.DECREASE if sense in {Sense.DOWN, Sense.FASTER} else Direction.INCREASE
        if sense is Sense.BETTER:
            direction = (polarity(metric) if metric else None) or Direction.INCREASE
        if clause.negated:
            continue
        return Claim(
            direction=direction,
            metric=metric,
            end=end,
            sense=sense,
            good=sense is Sense.BETTER,
            past=verb.past,
        )
    if clause.tokens[clause.lo].low in {"make", "makes", "making", "get"} and any(
        t.low in BLURRY for t in clause.tokens[clause.lo : clause.hi]
    ):
        return Claim(direction=Direction.INCREASE, metric=None, end=clause.hi, sense=Sense.UP)
    if clause.tokens[clause.lo].low in BLURRY - {"better", "leaner"} and clause.hi > clause.lo + 1:
        return Claim(
            direction=Direction.INCREASE, metric=None, end=clause.hi, sense=Sense.UP
        )  # "happier customers"
    turns = (
        n
        for n in range(clause.lo, clause.hi)
        if (low := clause.tokens[n].low) in NOUNS_DOWN or low in NOUNS_UP or low in COMPARATIVES
    )
    for n in islice(turns, MOST):
        low = clause.tokens[n].low
        if clause.tokens[n].verb is None and (low in NOUNS_DOWN or low in NOUNS_UP):
            after, end = clause.after(n + 1, frozenset({"in", "of", "on", "for"}))
            metric = (
                after if n + 1 < clause.hi and clause.tokens[n + 1].low in {"in", "of", "on", "for"} else None
            )
            metric = metric or clause.before(n)
            if metric or low.startswith("saving"):
                sense = (
                    Sense.DOWN
                    if low in NOUNS_DOWN
                    else Sense.BETTER
                    if low.startswith("improve")
                    else Sense.UP
                )
                return Claim(
                    direction=Direction.DECREASE if sense is Sense.DOWN else Direction.INCREASE,
                    metric=metric,
                    end=max(end, n + 1),
                    sense=sense,
                    good=sense is Sense.BETTER,
                )
        sense_of = COMPARATIVES.get(low)
        if sense_of and low not in {"longer", "additional", "extra", "later"}:
            if low == "more":
                if (
                    n + 1 < clause.hi
                    and (noun := ADJECTIVES.get(clause.tokens[n + 1].low))
                    and ((n and clause.tokens[clause.lo].low in _MAKING) or n == clause.lo)
                ):
                    return Claim(direction=Direction.INCREASE, metric=noun, end=n + 2, sense=Sense.UP)
                counted, end = clause.after(n + 1, None)
                if n == clause.lo == 0 and counted and is_measured(counted):
                    return Claim(direction=Direction.INCREASE, metric=counted, end=end, sense=Sense.UP)
                continue
            after, end = clause.after(n + 1, None)
            if n + 1 < clause.hi and clause.tokens[n + 1].low == "than":
                continue
            metric = after or clause.subject(n)
            if metric:
                return Claim(
                    direction=Direction.INCREASE
                    if sense_of in {Sense.UP, Sense.BETTER}
                    else Direction.DECREASE,
                    metric=metric,
                    end=max(end, n + 1),
                    sense=sense_of,
                    good=sense_of is Sense.BETTER,
                )
    return None
