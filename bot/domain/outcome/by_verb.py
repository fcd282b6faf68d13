"""Claims that a verb makes: "cut X from 5 to 3", "X drops by 20 %", "keep X below 3", "reach 98 % Y", "bring Z down to 7"."""

from dataclasses import replace
from decimal import Decimal

from bot.domain.direction import Direction, Kind
from bot.domain.outcome.amounts import Amount, uncounted
from bot.domain.outcome.bounds import Form
from bot.domain.outcome.claim import Claim, with_rate
from bot.domain.outcome.clause import Clause
from bot.domain.outcome.direct import direct, saved_before
from bot.domain.outcome.joints import APPEND
from bot.domain.outcome.names import name, polarity
from bot.domain.outcome.stating import level, stated
from bot.domain.outcome.words import MULTIPLES, Sense, word_set

_WEAK = word_set("have get go come take lead turn change move shift")
_WAYS = {"down": Sense.DOWN, "up": Sense.UP}
_CAPS = word_set("cap caps capping capped limit limits limiting")
_BROUGHT = word_set("bring take get push move drive")
_MORE = word_set("additional another further extra")


def by_verb(clause: Clause, n: int) -> Claim | None:
    """“Cut X from 5 to 3”, “X drops by 20 %”, “Halve X”, “Keep X below 3”."""
    verb, sense = clause.tokens[n].verb, clause.sense(n)
    assert verb
    later = [a for a in clause.amounts if a.start > n]
    if sense is Sense.KEEP:
        return keep(clause, n, later)
    amount = best(clause, n, later, sense)
    if (
        amount is None
        and verb.base == "eliminate"
        and n + 1 < clause.hi
        and clause.tokens[n + 1].low in {"all", "every", "any"}
    ):
        metric, end = clause.after(n + 1, None)
        return (
            Claim(
                direction=Direction.DECREASE,
                metric=metric,
                end=end,
                kind=Kind.ABSOLUTE_TO,
                target=Decimal(0),
                sense=sense,
            )
            if metric
            else None
        )
    if amount is None and verb.base in MULTIPLES and not clause.negated:
        return multiple(clause, n)
    if amount is None:
        return saved_before(clause, n)
    metric, end = clause.metric(n, amount)
    if clause.today and amount.form is Form.TO and amount.value.unit in {None, clause.today.unit}:
        amount = replace(amount, form=Form.FROM_TO, base=clause.today)
    if amount.form is Form.BARE or (
        amount.form in {Form.AT_LEAST, Form.AT_MOST}
        and clause.adjacent(n, amount)
        and clause.tokens[amount.start].low not in {"below", "under", "above"}
    ):
        return direct(clause, n, amount, sense)
    if clause.negated or clause.never(n):
        return guard(clause, n, amount, sense)
    return stated(amount, metric, end, sense)


def keep(clause: Clause, n: int, later: list[Amount]) -> Claim | None:
    """“Keep X below 3”, “stay under 2 % of Y”, “hold X at 45 EUR”: without a bound the good side counts."""
    for amount in later:
        if amount.form in {Form.AT_LEAST, Form.AT_MOST, Form.TO} or clause.adjacent(n, amount):
            metric, end = clause.metric(n, amount)
            held = amount
            if metric is None and clause.adjacent(n, amount):
                held = uncounted(amount)
                metric, end = clause.after(held.end, None)
            bound = amount.form if amount.form in {Form.AT_LEAST, Form.AT_MOST} else amount.bound
            if bound is None:
                bound = Form.AT_MOST if metric and polarity(metric) is Direction.DECREASE else Form.AT_LEAST
            direction = Direction.KEEP_BELOW if bound is Form.AT_MOST else Direction.KEEP_ABOVE
            return level(held, metric, end, direction)
    return None


def best(clause: Clause, n: int, later: list[Amount], sense: Sense) -> Amount | None:
    """Which of the amounts behind a verb is the one it speaks of."""
    fitting: list[Amount] = []
    for amount in later:
        if fitting and _next_object(clause, fitting[0].end, amount):
            break  # "cut scrap by 5 tonnes and energy costs by 12 %": the second has a name of its own
        if clause.tokens[amount.start].low == "at" and clause.tokens[n].low not in _CAPS:
            continue  # "reduce backlogs by classification at 83 % accuracy"
        between = {t.low for t in clause.tokens[n + 1 : amount.start]}
        if (
            amount.form in {Form.AT_LEAST, Form.AT_MOST}
            and between & {",", "to", "allowing", "so", "which", "that", "who"}
            and not clause.negated
        ):
            continue
        if (
            amount.form in {Form.FROM_TO, Form.BY, Form.TO}
            or clause.adjacent(n, amount)
            or (
                amount.form is Form.AT_MOST
                and clause.tokens[amount.start].low != "within"
                and (sense in {Sense.DOWN, Sense.BETTER, Sense.FASTER} or clause.negated or clause.never(n))
                and not clause.inside_name(amount)
            )
            or (
                amount.form is Form.AT_LEAST
                and (sense in {Sense.UP, Sense.BETTER} or clause.negated)
                and not clause.inside_name(amount)
            )
            or (
                amount.form is Form.BARE
                and (amount.value.unit in {"%", "pp", "x"})
                and (
                    amount.end >= clause.hi
                    or clause.tokens[amount.end].low in {",", ".", "in", "by", "through", "within", ")"}
                    or clause.tokens[amount.end].deadline
                )
                and clause.tokens[amount.start - 1].low not in APPEND | {"=", "(", "than"}
            )
        ):
            fitting.append(amount)
    if not fitting:
        return None
    # "by 20 %" says more than "by 2 people"; among equals the first
    return min(
        fitting,
        key=lambda a: (
            a.form.value,
            a.form is Form.BY
            and a.value.unit not in {"%", "pp", "x"}
            and not (a.value.unit and a.value.unit.isupper()),
        ),
    )


def _next_object(clause: Clause, end: int, amount: Amount) -> bool:
    """Whether "and" or a comma behind one amount names something else, which the next amount speaks of."""
    between = clause.tokens[end : amount.start]
    return (
        len(between) > 1
        and between[0].low in {"and", ",", "plus", "&"}
        and name(clause.sentence.text(end + 1, amount.start)) is not None
    )


def multiple(clause: Clause, n: int) -> Claim | None:
    """“Halve X”, “sales should double”: the verb itself is the amount."""
    verb = clause.tokens[n].verb
    assert verb
    metric, end = clause.after(n + 1, None)
    metric = metric or clause.subject(n)
    if metric is None:
        return None
    down = verb.sense is Sense.DOWN
    return Claim(
        direction=Direction.DECREASE if down else Direction.INCREASE,
        metric=metric,
        end=end,
        kind=Kind.RELATIVE,
        amount=Decimal(MULTIPLES[verb.base]),
        unit="%",
        sense=verb.sense,
    )


def guard(clause: Clause, n: int, amount: Amount, sense: Sense) -> Claim:
    """“without letting satisfaction fall below 4.2”, “must never drop below 95 %”: a level to hold."""
    direction = Direction.KEEP_ABOVE if sense is Sense.DOWN else Direction.KEEP_BELOW
    metric, end = clause.metric(n, amount)
    if amount.form is Form.BY:
        claim = stated(amount, metric, end, sense)
        return replace(claim, direction=direction)
    return level(amount, metric, end, direction)


def by_reaching(clause: Clause, n: int) -> Claim | None:
    """“Reach 98 % on-time delivery”, “bring X down to 7”, “take X from 5 to 3 days”."""
    verb, sense = clause.tokens[n].verb, clause.sense(n)
    assert verb
    for amount in sorted((a for a in clause.amounts if a.start > n), key=lambda a: a.form.value):
        adjacent = clause.adjacent(n, amount)
        of = clause.tokens[amount.start - 1].low in {"of", "at"} if amount.start else False
        if verb.base in _BROUGHT and clause.tokens[amount.start].low == "up" and not (adjacent or of):
            amount = replace(amount, hedged=amount.value.high is not None)  # noqa: PLW2901  "bring X up to 99 %" is "to"
        if (
            amount.form is Form.BARE
            and amount.value.unit in {"%", "pp"}
            and not adjacent
            and (way := _WAYS.get(clause.tokens[n + 1].low))
        ):  # "bring down the cost of returns 15 %"
            return stated(replace(amount, form=Form.BY), *clause.metric(n + 1, amount), way)
        if (amount.form is Form.BARE and not (adjacent or of)) or (
            amount.form is Form.BY and sense is Sense.REACH
        ):
            continue
        if amount.form in {Form.AT_LEAST, Form.AT_MOST} and not adjacent and clause.inside_name(amount):
            continue
        if verb.base == "have" and not (adjacent and clause.tokens[n].low == "have"):
            continue
        if (
            verb.base == "take"
            and adjacent
            and amount.end < clause.hi
            and clause.tokens[amount.end].low == "off"
        ):
            return direct(clause, n, amount, Sense.DOWN)  # "take two days off the month-end close"
        if verb.base in _WEAK and amount.form is Form.BARE and amount.value.unit != "%":
            continue
        particle = {clause.tokens[k].low for k in range(n + 1, min(amount.end, clause.hi))} & {
            "down",
            "up",
            "below",
            "under",
        }
        if amount.form is Form.BY and not particle:
            continue
        reached = amount
        if adjacent and amount.form in {Form.BARE, Form.AT_LEAST, Form.AT_MOST}:
            reached = uncounted(amount)
            metric, end = clause.after(reached.end, None)
        else:
            metric, end = clause.metric(n, amount)
        if metric is None:
            metric = clause.subject(n)
        if amount.form is Form.BY:
            return stated(amount, metric, end, Sense.UP if "up" in particle else Sense.DOWN)
        if _MORE & {
            t.low for t in clause.tokens[n + 1 : amount.start]
        }:  # "generate an additional 400,000 EUR"
            metric, unit = with_rate(metric, reached.value.unit)
            more = replace(reached, form=Form.BY, value=replace(reached.value, unit=unit))
            return stated(more, metric, end, Sense.UP)
        if amount.form is Form.FROM_TO:
            return stated(amount, metric, end, Sense.BETTER)
        bound = amount.form if amount.form in {Form.AT_LEAST, Form.AT_MOST} else amount.bound
        if bound is Form.AT_MOST or "down" in particle:
            direction: Direction = Direction.DECREASE
        elif bound is Form.AT_LEAST or "up" in particle:
            direction = Direction.INCREASE
        else:
            direction = (polarity(metric) if metric else None) or Direction.INCREASE
        return level(reached, metric, end, direction)
    return None
