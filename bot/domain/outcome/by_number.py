"""Claims that no verb makes: "at least 90 % of X", "zero X per quarter", "X: -30 %", "X from 5 to 3"."""

import re
from dataclasses import replace
from decimal import Decimal

from bot.domain.direction import Direction, Kind
from bot.domain.outcome.amounts import Amount, old_value, uncounted
from bot.domain.outcome.bounds import Form
from bot.domain.outcome.claim import Claim, rate_in, with_rate
from bot.domain.outcome.clause import Clause
from bot.domain.outcome.names import head, is_level, name, polarity, when_done
from bot.domain.outcome.stating import level, stated
from bot.domain.outcome.units import alike
from bot.domain.outcome.words import DEEDS, TOOLS, Sense, word_set
from bot.domain.quantities import SECONDS, is_money

COPULA = word_set(
    "is are be should must will to has have been being make makes making get shall become stay stays "
    "remain was were at run runs not with a made getting complete completed"
)


_REMARK = word_set(
    "not do does did agree say believe was were have receive make think because don't can resulted saw "
    "reported"
)
_HOW_IT_IS = word_set("is are has have")
_MERELY = word_set("only just merely")
_INSTEAD = re.compile(r"\s(?:instead\sof|rather\sthan)\b", re.IGNORECASE)
# What is got in money: more of it than today.
_GOT = word_set("recover collect reclaim recoup raise earn retain")


def by_number(clause: Clause, before: Claim | None) -> Claim | None:
    """Without a verb that points anywhere: "At least 90 % of X", "Zero X per quarter", "X: −30 %", "X from 5 to 3"."""
    if before is None and clause.found and (found := by_deed(clause) or in_most_cases(clause)):
        return found
    for amount in sorted(clause.amounts, key=lambda a: a.form.value):
        metric = clause.subject(amount.start)
        if amount.form is Form.FROM_TO:
            if metric is None:
                metric = clause.after(amount.end)[0] or clause.label()
            said = amount
            if metric is None:  # "From 5 to 8k tickets sold per matinee"
                said = uncounted(amount)
                metric, unit = with_rate(clause.after(said.end, None)[0], said.value.unit)
                said = replace(said, value=replace(said.value, unit=unit))
            return stated(said, metric, said.end, before.sense if before and before.sense else Sense.BETTER)
        if before is None and metric and (told := from_today(clause, amount)):
            return stated(told, metric, amount.end, Sense.BETTER)
        if before and metric and amount.form in {Form.BY, Form.TO} and before.sense and not before.keeps:
            metric, end = clause.metric(clause.lo - 1, amount)
            return stated(amount, metric, end, before.sense)
        if before and not (metric and amount.form in {Form.AT_LEAST, Form.AT_MOST}):
            continue
        if (
            amount.form is Form.BARE
            and amount.start > clause.lo
            and clause.tokens[amount.start - 1].low in {"up", "down"}
            and metric
        ):
            return stated(
                replace(amount, form=Form.BY),
                metric,
                amount.end,
                Sense.UP if clause.tokens[amount.start - 1].low == "up" else Sense.DOWN,
            )
        if amount.value.sign and (metric or clause.label() or amount.start == clause.lo):
            after, end = clause.after(amount.end, None)
            sense = Sense.DOWN if amount.value.sign == "-" else Sense.UP
            return stated(
                replace(amount, form=Form.BY),
                metric or after or clause.label(),
                end if not metric else amount.end,
                sense,
            )
        if amount.form in {Form.AT_LEAST, Form.AT_MOST} and clause.is_goal(amount):
            end = amount.end
            goal = uncounted(amount) if metric is None else amount
            if metric is None:
                metric, end = clause.after(goal.end, None)
            return level(
                goal,
                metric or clause.label(),
                end,
                Direction.DECREASE if amount.form is Form.AT_MOST else Direction.INCREASE,
            )
        if (
            amount.form is Form.BARE
            and metric
            and clause.sentence.deadline
            and clause.tokens[amount.start - 1].low == "of"
            and amount.start - clause.lo <= 8
            and is_level(metric)
            and head(metric) not in {"cost", "costs", "age", "ratio"}
        ):  # "an NPS of 40 by October"
            return level(amount, metric, amount.end, polarity(metric) or Direction.INCREASE)
        ahead = {t.low for t in clause.tokens[clause.lo : amount.start]}
        first = ahead <= COPULA | {"of", ":"} | _MERELY
        if amount.form is Form.BARE and amount.value.value == 0 and first:
            metric, end = clause.after(amount.end, None)
            return level(amount, metric, end, Direction.DECREASE) if metric else None
        if amount.form is Form.BARE and amount.value.unit == "%" and first:
            return share(clause, amount, few=bool(ahead & _MERELY))
    return none_at_all(clause) or all_of_them(clause) if before is None else None


def from_today(clause: Clause, amount: Amount) -> Amount | None:
    """“Approval time (baseline 18 h) to 9 h”: a level to reach, with today's in brackets before it."""
    if clause.today is None or amount.form not in {Form.TO, Form.AT_MOST, Form.AT_LEAST}:
        return None
    if (
        clause.today.unit
        and amount.value.unit
        and clause.today.unit.split()[0] not in {amount.value.unit.split()[0], *SECONDS}
    ):
        return None
    base, value = alike(clause.today, amount.value)
    up = clause.tokens[amount.start].low == "up"  # "(today 60 %) up to 85 %" is no "up to"
    hedged = (amount.hedged and not up) or value.high is not None
    return replace(amount, form=Form.FROM_TO, base=base, value=value, hedged=hedged)


def by_deed(clause: Clause) -> Claim | None:
    """“Automatically book 3000+ invoices per month”, “processes 40 claims per day instead of 25”, “answer customers in under 2 hours”."""
    at = clause.lo + (clause.tokens[clause.lo].low.endswith("ly") and clause.lo + 1 < clause.hi)
    amount = (clause.amounts or clause.found)[0]
    if deed := DEEDS.get(clause.tokens[at].low):
        if amount.start == at + 1:
            return deed_done(clause, deed, amount)
        return deed_in_time(clause, at, amount)
    verb = clause.tokens[amount.start - 1].low if amount.start > clause.lo else ""
    deed = DEEDS.get(verb.removesuffix("s")) or DEEDS.get(verb.removesuffix("es"))
    found = deed_done(clause, deed, amount) if deed else None
    return found if found and found.kind is Kind.FROM_TO else None


_BEFORE_TIME = word_set("in within under below less than at most no more longer")
_LISTED = word_set("every all each any")
# What is done once: how long it takes is a plan.
_OWN_WORK = word_set(
    "project projects pilot pilots poc initiative programme program course training phase study test concept"
)


def deed_in_time(clause: Clause, at: int, amount: Amount) -> Claim | None:
    """“Ship orders within 24 hours”, “complete the month-end close in four days”: the time it takes, to that level."""
    goal = amount.start
    while goal > at + 1 and clause.tokens[goal - 1].low in _BEFORE_TIME:
        goal -= 1
    named = [t.low for t in clause.tokens[at + 1 : goal]]
    what = name(clause.sentence.text(at + 1, goal))
    unit = (amount.value.unit or "").split()
    if (
        amount.form not in {Form.BARE, Form.AT_MOST}
        or amount.value.high is not None
        or not what
        or clause.tokens[amount.start - (amount.form is Form.BARE)].low not in _BEFORE_TIME
        or not unit
        or unit[-1] not in SECONDS
        or (set(named) & (TOOLS | _OWN_WORK))
        or named[0] in _LISTED
        or any(t.verb for t in clause.tokens[at + 1 : goal])
    ):
        return None
    to = "to " if named[0] == "to" else ""
    claim = level(amount, f"time to {clause.tokens[at].low} {to}{what}", amount.end, Direction.DECREASE)
    return replace(claim, sense=Sense.FASTER)


def in_most_cases(clause: Clause) -> Claim | None:
    """“First response within 1 hour for 90 % of tickets”, “in 90 % of cases the answer comes within a day”: the share is the goal."""
    for amount in clause.amounts:
        ahead = clause.tokens[amount.start - 1].low if amount.start > clause.lo else ""
        if not (
            amount.form in {Form.BARE, Form.AT_LEAST}
            and amount.value.unit == "%"
            and ahead in {"for", "in"}
            and amount.end < clause.hi
            and clause.tokens[amount.end].low == "of"
        ):
            continue
        start = amount.start - 1
        said = clause.sentence.text(clause.lo, start)
        if start == clause.lo:
            _, end = clause.after(amount.end, None)
            said = clause.sentence.text(min(amount.end + 2, end), end)
        metric = name(_AUXILIARY.sub(" ", said))
        if metric and any(a is not amount and a.value.unit in SECONDS for a in clause.found):
            return level(amount, metric, clause.hi, Direction.INCREASE)
    return None


_AUXILIARY = re.compile(r"\s(?:should|must|shall|will|are\sto|is\sto|is|are)(?:\sbe)?\s", re.IGNORECASE)


def share(clause: Clause, amount: Amount, *, few: bool) -> Claim | None:
    """“90 % of claims answered within 24 hours”, “only 2 % of orders late”: a level to reach, not a remark about today."""
    metric, end = clause.after(amount.end, None)
    if metric is None:
        metric = clause.label()
    words = {clause.tokens[k].low for k in range(amount.end, clause.hi)}
    if metric is None or words & _REMARK or (words & _HOW_IT_IS and not clause.sentence.deadline):
        return None
    if words & _HOW_IT_IS and any(a.start > amount.end and a.value.unit == "%" for a in clause.amounts):
        return None  # "30 % of invoices are late, we want 10 %": the first one is today's
    if few:
        return level(amount, metric, end, Direction.DECREASE)
    if amount.end < clause.hi and clause.tokens[amount.end].low in {
        "is",
        "are",
        "was",
        "were",
        "has",
        "have",
    }:
        return None
    good = polarity(metric)
    if amount.value.share and good is Direction.DECREASE:  # "half the time to publish a tender"
        return stated(replace(amount, form=Form.TO), metric, end, Sense.DOWN)
    return level(amount, metric, end, good or Direction.INCREASE if "of" not in words else Direction.INCREASE)


def deed_done(clause: Clause, deed: str, amount: Amount) -> Claim | None:
    """“Answer 90 % of calls within 30 seconds”: calls answered within 30 seconds, to 90 %."""
    money = (
        amount.value.unit is not None and is_money(amount.value.unit) and clause.tokens[clause.lo].low in _GOT
    )
    if amount.form not in {Form.BARE, Form.AT_LEAST} or (
        not money and amount.value.unit not in {"%", None} and not amount.value.unit.startswith("per")
    ):
        return None
    metric, end = clause.after(amount.end, None)
    if metric is None:
        return None
    if amount.value.unit is None and not rate_in(metric):
        return None
    metric = when_done(_INSTEAD.split(metric)[0], deed)
    if before := old_value(clause.tokens, amount.end + 1, clause.hi):
        base, value = alike(before[0], amount.value)
        said = replace(amount, form=Form.FROM_TO, value=value, base=base)
        return stated(said, metric, max(end, before[1]), Sense.UP)
    if money:
        return stated(replace(amount, form=Form.BY), metric, end, Sense.UP)
    return level(amount, metric, end, Direction.INCREASE)


_NONE = (("not", "a", "single"), ("no", "more"), ("no", "further"), ("no",), ("nil",))


def none_at_all(clause: Clause) -> Claim | None:
    """“No missed deliveries from June on”: zero of them."""
    low = [t.low for t in clause.tokens[clause.lo : min(clause.lo + 3, clause.hi)]]
    first = next((len(words) for words in _NONE if tuple(low[: len(words)]) == words), 0)
    if not first or clause.lo + first >= clause.hi:
        return None
    metric, end = clause.after(clause.lo + first, None)
    if metric is None or not (clause.sentence.deadline or rate_in(metric)):
        return None
    unit = None
    if rate := rate_in(metric):
        metric, unit = rate
    return Claim(
        direction=Direction.DECREASE,
        metric=metric,
        end=end,
        kind=Kind.ABSOLUTE_TO,
        target=Decimal(0),
        unit=unit,
    )


def all_of_them(clause: Clause) -> Claim | None:
    """“All invoices paid within 14 days”, “Answer every letter within a week”: a share of 100 %."""
    deed = DEEDS.get(clause.tokens[clause.lo].low)
    first = clause.lo + bool(deed)
    if (
        first + 2 > clause.hi
        or clause.tokens[first].low not in {"all", "every", "each", "any"}
        or not any(t.low == "within" for t in clause.tokens[first : clause.hi])
    ):
        return None
    metric, end = clause.after(first + 1, None)
    if metric is None or not (
        deed
        or any(
            t.low.endswith("ed") or t.low in {"paid", "sent", "done", "made", "back"}
            for t in clause.tokens[first : clause.hi]
        )
    ):
        return None
    if deed:
        metric = metric.replace(" within", f" {deed} within", 1)
    return Claim(
        direction=Direction.INCREASE,
        metric=metric,
        end=end,
        kind=Kind.ABSOLUTE_TO,
        target=Decimal(100),
        unit="%",
    )
