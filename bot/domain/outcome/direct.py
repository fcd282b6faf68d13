"""Claims whose amount is the object itself: "save 1,200 clerk hours per month", "cut 20 % of X", "10,000 hours saved"."""

from dataclasses import replace

from bot.domain.outcome.amounts import Amount, uncounted
from bot.domain.outcome.bounds import Form
from bot.domain.outcome.claim import Claim, rate_in, with_rate
from bot.domain.outcome.clause import Clause
from bot.domain.outcome.joints import APPEND
from bot.domain.outcome.names import name
from bot.domain.outcome.stating import stated
from bot.domain.outcome.words import Sense, word_set
from bot.domain.quantities import SECONDS

MONEY = word_set(
    "cost costs fees fee spend spending expenses expense charges bill bills budget money wages salaries "
    "premiums prices rent penalties fines price losses taxes interest"
)
TIME_WORDS = {
    "hours": "hours",
    "hour": "hours",
    "minutes": "minutes",
    "days": "days",
    "weeks": "weeks",
    "months": "months",
    "seconds": "seconds",
    "ftes": "FTE",
    "fte": "FTE",
}


def direct(clause: Clause, n: int, amount: Amount, sense: Sense) -> Claim:
    """“Save 1,200 clerk hours per month in accounts payable”, “Cut 20 % of X”, “Reduce X 20 %”."""
    if not clause.adjacent(n, amount):
        metric = name(clause.sentence.text(n + 1, amount.start)) or clause.subject(n)
        return stated(replace(amount, form=Form.BY), metric, amount.end, sense)
    amount = uncounted(amount)
    metric, end = clause.after(amount.end, None)
    unit, value = amount.value.unit, amount.value
    if metric is not None and unit is None:
        if rate := rate_in(metric):
            metric, unit = rate
        words = metric.lower().split()
        for word in words[:4]:
            if word in TIME_WORDS:
                unit = f"{TIME_WORDS[word]} {unit}" if unit else TIME_WORDS[word]
                break
        value = replace(value, unit=unit)
    elif unit and unit != "%" and unit.split()[0].rpartition("-")[2] in {*SECONDS, "FTE"}:
        if metric and (rate := rate_in(metric)) and "per" not in unit:
            metric, unit = rate[0], f"{unit} {rate[1]}"
            value = replace(value, unit=unit)
        joint = clause.tokens[amount.end].low if amount.end < clause.hi else ""
        if metric and joint != "of" and joint in APPEND:
            metric = f"{unit.split()[0]} {clause.sentence.text(amount.end, end).strip()}"
            metric = name(metric)
    elif (
        unit
        and len(unit.split()[0]) == 3
        and unit[:3].isupper()
        and metric
        and not MONEY & set(metric.lower().split())
        and sense is Sense.DOWN
    ):
        metric = (
            f"costs of {metric}" if len(metric.split()) > 3 or metric.endswith("s") else f"{metric} costs"
        )
    if metric and unit:  # "40,000 litres of diesel per year"
        metric, unit = with_rate(metric, unit)
        value = replace(value, unit=unit)
    return stated(
        replace(amount, form=Form.BY, value=value),
        metric or clause.subject(n) or clause.saved("savings", amount),
        end,
        sense,
    )


def saved_before(clause: Clause, n: int) -> Claim | None:
    """“10,000 staff hours saved each year”, “2M EUR were saved in procurement”: what is saved stands before the verb."""
    if clause.tokens[n].low not in {"saved", "freed"}:
        return None
    before = [
        a
        for a in clause.amounts
        if a.end <= n and n - a.end <= 4 and a.form in {Form.BARE, Form.TO, Form.AT_LEAST}
    ]
    if not before or not all(t.word for t in clause.tokens[before[-1].bare_end or before[-1].end : n]):
        return None
    amount = replace(before[-1], form=Form.BY)
    noun = None
    if amount.bare is not None and amount.bare.unit is None:
        noun = name(clause.sentence.text(amount.bare_end, n))
        unit = TIME_WORDS.get((noun or "").lower().split()[-1] if noun else "")
        amount = replace(amount, value=replace(amount.bare, unit=unit))
    after, end = clause.after(n + 1, None)
    said = clause.sentence.text(n + 1, end) if after else ""
    metric, unit = with_rate(f"{noun or 'it'} {said}".strip(), amount.value.unit)
    if noun is None:
        rest = (metric or "").removeprefix("it").strip()
        what = clause.saved("savings", amount) or (unit or "costs").split(" per ")[0]
        metric = f"{what} {rest}" if rest else None
    return stated(
        replace(amount, value=replace(amount.value, unit=unit)),
        metric or clause.saved("savings", amount),
        max(end, n + 1),
        Sense.DOWN,
    )
