"""Claims that a noun or a comparison makes: "a 40 % reduction in X", "cost savings of 200k EUR", "40 % fewer complaints"."""

from dataclasses import replace

from bot.domain.outcome.amounts import Amount
from bot.domain.outcome.bounds import Form
from bot.domain.outcome.claim import RATES, Claim, with_rate
from bot.domain.outcome.clause import Clause
from bot.domain.outcome.names import name, when_done
from bot.domain.outcome.stating import stated
from bot.domain.outcome.words import ADJECTIVES, COMPARATIVES, DEEDS, NOUNS_DOWN, NOUNS_UP, Sense, word_set

_JOINTS = frozenset({"in", "of", "on", "for", "within", "across"})
_NO_PART_OF_NAME = word_set(
    "in of average overall total absolute relative net estimated statistically significant"
)


def by_noun(clause: Clause, n: int) -> Claim | None:
    """“a 40 % reduction in X”, “cost savings of 200k EUR”, “a drop in X from 5 to 3”."""
    low = clause.tokens[n].low
    if clause.tokens[n].verb or (low not in NOUNS_DOWN and low not in NOUNS_UP):
        return None
    sense = Sense.DOWN if low in NOUNS_DOWN else Sense.BETTER if low.startswith("improve") else Sense.UP
    ahead = [
        a
        for a in clause.amounts
        if a.end <= n and n - a.end <= 2 and all(clause.tokens[k].word for k in range(a.end, n))
    ]
    if ahead:
        return _amount_first(clause, n, ahead[-1], sense)
    for amount in (a for a in clause.amounts if a.start > n):
        between = [clause.tokens[k].low for k in range(n + 1, amount.start)]
        if (
            amount.form in {Form.FROM_TO, Form.TO, Form.BY}
            or (between and between[-1] in {"of", ":", "-", "about"})
            or (
                amount.form in {Form.AT_LEAST, Form.AT_MOST} and ("of" in between or low.startswith("saving"))
            )
        ):
            return _amount_behind(clause, n, amount, sense)
    return None


def _amount_first(clause: Clause, n: int, amount: Amount, sense: Sense) -> Claim:
    """“a 40 % reduction in X”, “a 20 % cost reduction”."""
    metric, end = clause.after(n + 1, _JOINTS | {"to"})
    later = [a for a in clause.amounts if a.start > n and a.form is Form.FROM_TO]
    if later:
        metric = name(clause.sentence.text(n + 1, later[0].start)) or metric
        return stated(later[0], metric, later[0].end, sense)
    inner = [k for k in range(amount.end, n) if clause.tokens[k].low not in _NO_PART_OF_NAME]
    if inner:
        noun = name(clause.sentence.text(inner[0], inner[-1] + 1))
        metric = name(f"{noun or ''} {clause.sentence.text(n + 1, end) if metric else ''}") or metric
    amount = _at_its_rate(clause, n, replace(amount, form=Form.BY))
    return stated(amount, metric or clause.saved(clause.tokens[n].low, amount), max(end, n + 1), sense)


def _at_its_rate(clause: Clause, n: int, amount: Amount) -> Amount:
    """“annual savings of 2M EUR”: EUR per year."""
    unit = amount.value.unit or ""
    period = next((RATES[t.low] for t in clause.tokens[max(clause.lo, n - 2) : n] if t.low in RATES), None)
    if period is None or not unit or unit.startswith(("%", "pp", "x")) or "per " in unit:
        return amount
    return replace(amount, value=replace(amount.value, unit=f"{unit} per {period}"))


def _amount_behind(clause: Clause, n: int, amount: Amount, sense: Sense) -> Claim:
    """“reduction in X of 20 %”, “cost savings of 200k EUR in X”, “a drop in X from 5 to 3”."""
    after, end = clause.after(amount.end, _JOINTS)
    metric = None
    if n + 1 < amount.start and clause.tokens[n + 1].low in {"in", "of", "on", "for"}:
        metric = name(clause.sentence.text(n + 1, amount.start))
    if metric is None and (before := clause.before(n)):
        metric = name(f"{before} {clause.sentence.text(amount.end, end) if after else ''}")
    saving = clause.tokens[n].low.startswith("saving")
    if amount.form is not Form.FROM_TO and (saving or amount.form is not Form.TO):
        amount = replace(amount, form=Form.BY)  # "savings estimated at 2M EUR", "savings to exceed 2M EUR"
    amount = _at_its_rate(clause, n, amount)
    metric = metric or after or clause.saved(clause.tokens[n].low, amount)
    return stated(amount, metric, max(end, amount.end), sense)


def by_comparison(clause: Clause, n: int) -> Claim | None:
    """“40 % fewer complaints”, “make X 20 % faster”."""
    sense = COMPARATIVES.get(clause.tokens[n].low)
    if sense is None and n and clause.tokens[n - 1].low == "as":  # "twice as many"
        sense = {
            "many": Sense.UP,
            "much": Sense.UP,
            "often": Sense.UP,
            "high": Sense.UP,
            "fast": Sense.FASTER,
            "quickly": Sense.FASTER,
        }.get(clause.tokens[n].low)
    if sense is None:
        return None
    compared = n + 1 < clause.hi and any(
        t.low == "than" for t in clause.tokens[n + 1 : min(n + 6, clause.hi)]
    )
    if (
        compared
        and sense is not Sense.FASTER
        and any(t.low in {"is", "are", "was", "were"} for t in clause.tokens[clause.lo : n])
    ):
        return None  # "accidents are 4.8 times higher than elsewhere": a remark
    for amount in clause.amounts:
        if amount.end == n or (amount.end == n - 1 and clause.tokens[n - 1].low in {"times", "as"}):
            metric, end = clause.after(n + 1, None)
            if n + 1 < clause.hi and clause.tokens[n + 1].low == "than":
                metric, end = None, n + 1
            if (
                clause.tokens[n].low == "more"
                and n + 1 < clause.hi
                and (noun := ADJECTIVES.get(clause.tokens[n + 1].low))
            ):
                metric, end = noun, n + 2
            if metric is None:
                metric = clause.subject(amount.start) or clause.label()
            if metric and amount.start == clause.lo + 1 and (deed := DEEDS.get(clause.tokens[clause.lo].low)):
                metric = when_done(metric, deed)  # more fraud detected is good news
            metric, unit = with_rate(metric, amount.value.unit)
            by = replace(amount, form=Form.BY, value=replace(amount.value, unit=unit))
            return stated(by, metric, max(end, n + 1), sense)
        if amount.start > n and amount.form in {Form.BY, Form.FROM_TO}:
            return stated(amount, name(clause.sentence.text(n + 1, amount.start)), amount.end, sense)
    return None
