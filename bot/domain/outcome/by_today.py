"""Claims counted from today's value: "to half of what it is now", "to 60 % of today's level", "half as many X", "in half the time"."""

from dataclasses import replace
from decimal import Decimal

from bot.domain.outcome.amounts import Amount
from bot.domain.outcome.bounds import Form
from bot.domain.outcome.claim import Claim
from bot.domain.outcome.clause import Clause
from bot.domain.outcome.names import name
from bot.domain.outcome.stating import doing, stated, timed
from bot.domain.outcome.words import DEEDS, TOOLS, Sense, word_set

REACH = 8  # tokens of "of what it is today"
_TODAYS = word_set("today's current present existing previous original former yesterday's")
_OWN = word_set("the its their our")
_IS = word_set("is are was were takes took costs today now currently used does did needs lasts")
_COPULA = word_set("be is are become becomes being make makes")
_AS = word_set("many much often long high large big expensive costly")
_NOUNS = {"expensive": "cost of", "costly": "cost of"}


def by_today(clause: Clause) -> Claim | None:
    """The claim of a clause that tells the wanted value as a part or a multiple of today's."""
    for amount in clause.found:
        if amount.hedged or amount.value.unit not in {"%", "x"} or amount.base:
            continue
        found = _part_of_today(clause, amount)
        if found is None and amount.value.share:
            found = _half_as(clause, amount) or _in_half_the_time(clause, amount)
        if found:
            return found
    return None


def _part_of_today(clause: Clause, amount: Amount) -> Claim | None:
    """“To half of what it is now”, “to 60 % of today's level”, “should be twice the current number”."""
    stated_as = amount.form is Form.TO or (amount.form is Form.BARE and _stands_as(clause, amount))
    end = _of_today(clause, amount.end) if stated_as else 0
    return _counted(amount, _named(clause, amount), end) if end else None


def _stands_as(clause: Clause, amount: Amount) -> bool:
    return amount.start > clause.lo and clause.tokens[amount.start - 1].low in _COPULA


def _of_today(clause: Clause, at: int) -> int:
    """Where "of what it is today", "of today's level", "of its current size" ends; 0 if nothing of that kind is at token `at`."""
    tokens = clause.tokens[at : min(at + REACH, clause.hi)]
    low = [t.low for t in tokens]
    at_rest = next(
        (k for k, t in enumerate(tokens) if t.deadline or t.low in {",", ".", ";", "by"}), len(low)
    )
    low = low[:at_rest]
    if low[:1] == ["of"]:
        low.pop(0)
        at += 1
    if low[:1] == ["what"]:
        return at + len(low) if set(low) & _IS else 0
    k = bool(low) and low[0] in _OWN
    if low[k : k + 1] and low[k] in _TODAYS:
        return at + min(len(low), k + 3)
    if low[k : k + 2] in (["last", "year's"], ["last", "month's"]):
        return at + min(len(low), k + 4)
    return 0


def _named(clause: Clause, amount: Amount) -> str | None:
    """What stands between the verb and the amount, else what stands before it."""
    verb = next((n for n in range(amount.start - 1, clause.lo - 1, -1) if clause.tokens[n].verb), None)
    found = name(clause.sentence.text(verb + 1, amount.start)) if verb is not None else None
    if found is None and verb is not None:
        found = clause.subject(verb)
    return found or clause.subject(amount.start) or clause.label()


def _counted(amount: Amount, metric: str | None, end: int) -> Claim | None:
    share = amount.value.value * (100 if amount.value.unit == "x" else 1)
    if metric is None or share == 100:
        return None
    change = abs(share - 100)
    by = replace(
        amount, form=Form.BY, value=replace(amount.value, value=Decimal(change), unit="%"), bare=None
    )
    return stated(by, metric, end, Sense.DOWN if share < 100 else Sense.UP)


def _half_as(clause: Clause, amount: Amount) -> Claim | None:
    """“Half as many complaints”, “reporting should take half as long”."""
    low = [t.low for t in clause.tokens[amount.end : min(amount.end + 2, clause.hi)]]
    if len(low) < 2 or low[0] != "as" or low[1] not in _AS:
        return None
    metric, end = clause.after(amount.end + 2, None)
    if metric is None:
        metric = _named(clause, amount)
        if metric and low[1] == "long":
            metric = timed(metric)
        elif metric and low[1] in _NOUNS:
            metric = f"{_NOUNS[low[1]]} {metric}"
    return _counted(amount, metric, max(end, amount.end + 2))


def _in_half_the_time(clause: Clause, amount: Amount) -> Claim | None:
    """“Write a report in half the time”: the time it takes."""
    low = [t.low for t in clause.tokens[amount.end : min(amount.end + 3, clause.hi)]]
    deed = clause.tokens[clause.lo].low
    what = clause.tokens[clause.lo + 1 : amount.start]
    if low[:2] != ["the", "time"] and low[:3] != ["of", "the", "time"]:
        return None
    if deed not in DEEDS and not doing(deed):
        return None
    done = name(clause.sentence.text(clause.lo + 1, amount.start))
    if done is None or {t.low for t in what} & TOOLS:
        return None
    return _counted(amount, f"time to {doing(deed) or deed} {done}", amount.end + len(low))
