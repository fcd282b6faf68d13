"""How a clause states its number: "from 10 to 6 hours", "by 40 %", "below 0.4 %", or a bare number beside its noun."""

from dataclasses import dataclass, replace

from bot.domain.outcome.bounds import Form, bound_at, hedged_range, value_at
from bot.domain.outcome.tokens import Token
from bot.domain.outcome.units import alike, counted
from bot.domain.outcome.words import word_set
from bot.domain.quantities import Quantity

_OLD_VALUE = word_set("from of currently today now down baseline was versus vs")
_BEFORE = {("instead", "of"), ("rather", "than"), ("up", "from"), ("down", "from")}
_OR_MORE = {
    **dict.fromkeys(("more", "better", "higher", "above"), Form.AT_LEAST),
    **dict.fromkeys(("less", "lower", "fewer", "below"), Form.AT_MOST),
}
_OR_SO = word_set("more less better higher lower fewer so above below")


@dataclass(frozen=True, kw_only=True)
class Amount:
    """A quantity in its statement, which covers tokens start to end."""

    form: Form
    value: Quantity
    start: int
    end: int
    base: Quantity | None = None  # the "from" of a FROM_TO
    hedged: bool = False  # "up to", a range
    bound: Form | None = None  # "to below 5": AT_MOST; "by at least": AT_LEAST
    was: Quantity | None = None  # what a BY is counted from
    bare: Quantity | None = None  # without the noun that was taken as its unit,
    bare_end: int = 0  # which then ends here


MOST = 12  # statements of one clause that are looked at


def amounts(tokens: list[Token], lo: int, hi: int) -> list[Amount]:
    """All statements of quantity among tokens lo to hi, in reading order."""
    found: list[Amount] = []
    if not any(token.quantity for token in tokens[lo:hi]):
        return found
    n = lo
    while n < hi and len(found) < MOST:
        amount = _amount(tokens, n, hi)
        if amount:
            found.append(amount)
            n = max(amount.end, n + 1)
        else:
            n += 1
    return found


def _amount(tokens: list[Token], n: int, hi: int) -> Amount | None:
    token = tokens[n]
    if token.low == "from" and (amount := _from_to(tokens, n, hi)):
        return amount
    if token.quantity:
        if (
            n + 2 < hi
            and tokens[n + 2].quantity
            and (tokens[n + 1].low == "→" or (tokens[n + 1].low == "to" and not hedged_range(tokens, n)))
        ):
            return _pair(tokens, n, n + 2, n, hi)
        if (
            n + 3 < hi
            and (tokens[n + 1].low, tokens[n + 2].low) in {("instead", "of"), ("rather", "than")}
            and tokens[n + 3].quantity
        ):
            base, value = alike(tokens[n + 3].quantity, token.quantity)
            return Amount(form=Form.FROM_TO, value=value, base=base, start=n, end=n + 4)
        return _stated(tokens, Form.BARE, n, n, hi, bound=None, hedged=token.quantity.high is not None)
    if token.low in {"by", "to", "at"} and (found := value_at(tokens, n + 1, hi)):
        form = Form.BY if token.low == "by" else Form.TO
        start = n - 1 if n and form is Form.TO and tokens[n - 1].low in {"down", "up"} else n
        amount = _stated(tokens, form, found[0], start, hi, bound=found[1], hedged=found[2])
        if form is Form.BY and not amount.hedged and amount.end + 1 < hi and tokens[amount.end].low == "from":
            return _counted_from(tokens, amount, hi)
        # "to 3 days from 10": the old value behind the new one
        if form is Form.TO and amount.end < hi and tokens[amount.end].low in {"from", "(", ",", "instead"}:
            k = amount.end + (1 if tokens[amount.end].low in {"from", "instead"} else 2)
            before = tokens[k - 1].low if k - 1 < hi else ""
            if before in _OLD_VALUE and (old := value_at(tokens, k, hi)):
                base, value = alike(tokens[old[0]].quantity, amount.value)
                return replace(amount, form=Form.FROM_TO, base=base, value=value, end=old[0] + 1)
        return amount
    if (
        token.low == "in" and n + 1 < hi and (part := tokens[n + 1].quantity) and part.share
    ):  # "cut X in half"
        return _stated(tokens, Form.BY, n + 1, n, hi, bound=None, hedged=False)
    if token.low == "with" and n and _by_with(tokens, n, hi):
        return _stated(tokens, Form.BY, n + 1, n, hi, bound=None, hedged=False)
    if token.low == "up" and n + 1 < hi and tokens[n + 1].low == "to" and (found := value_at(tokens, n, hi)):
        return _stated(tokens, Form.TO, found[0], n, hi, bound=found[1], hedged=True)
    if (
        (phrase := bound_at(tokens, n, hi))
        and (found := value_at(tokens, n + phrase[1], hi))
        and not found[1]
    ):
        return _stated(tokens, phrase[0], found[0], n, hi, bound=phrase[0], hedged=found[2])
    if token.low in {"between", "as"} and (found := value_at(tokens, n, hi)) and found[2]:
        return _stated(tokens, Form.BARE, found[0], n, hi, bound=None, hedged=True)
    return None


def _by_with(tokens: list[Token], n: int, hi: int) -> bool:
    """Whether "with" at token n is the "by" of other tongues: "reduce handling time with 20 percent"."""
    part = tokens[n + 1].quantity if n + 1 < hi else None
    closed = n + 2 >= hi or tokens[n + 2].deadline is not None or tokens[n + 2].low in {",", ".", ";"}
    return part is not None and part.unit in {"%", "pp"} and part.high is None and closed


def _stated(
    tokens: list[Token], form: Form, at: int, start: int, hi: int, *, bound: Form | None, hedged: bool
) -> Amount:
    """The amount whose quantity is token `at`, with the words around it from `start` on."""
    quantity = tokens[at].quantity
    assert quantity
    end = at + 1
    if any(token.low == "factor" for token in tokens[start:at]):  # "by a factor of 3"
        quantity = replace(quantity, unit="x")
    if (
        (second := hedged_range(tokens, at))
        and second < hi
        and tokens[at + 1].low in {"to", "or"} | ({"and"} if hedged else set())
    ):
        other = tokens[second].quantity
        assert other
        quantity, end, hedged = replace(quantity, unit=quantity.unit or other.unit), second + 1, True
    if end < hi and tokens[end].low == "+":
        end += 1
    if end + 1 < hi and tokens[end].low == "or" and tokens[end + 1].low in _OR_SO:
        one = quantity.spelled and quantity.value == 1  # "one or more sources"
        said = None if one else _OR_MORE.get(tokens[end + 1].low)
        bound = bound or said
        if form is Form.BARE and said and not hedged:
            form = said  # "coverage of 80 % or more"
        end += 2
    if form is Form.BY and bound is Form.AT_MOST:
        hedged = True  # "by a maximum of 10 %" is "by up to 10 %"
    bare, bare_end = quantity, end
    if form is not Form.BARE:
        quantity, end = counted(tokens, quantity, end, hi)
    return Amount(
        form=form,
        value=quantity,
        start=start,
        end=end,
        hedged=hedged,
        bound=bound,
        bare=bare,
        bare_end=bare_end,
    )


def _counted_from(tokens: list[Token], amount: Amount, hi: int) -> Amount:
    """“By 2 hours from 10 hours”: the amount with the value that it is counted from."""
    found = value_at(tokens, amount.end + 1, hi)
    old = tokens[found[0]].quantity if found else None
    if found is None or old is None or found[2] or (found[0] + 1 < hi and tokens[found[0] + 1].low == "to"):
        return amount
    share = amount.value.unit in {"%", "x"}
    if not share and (old.unit or amount.value.unit) != amount.value.unit:
        return amount
    was = old if share else replace(old, unit=amount.value.unit)
    return replace(amount, was=was, end=found[0] + 1)


def uncounted(amount: Amount) -> Amount:
    """The amount with its noun left to the name: "fewer than 3 safety incidents" counts safety incidents."""
    return replace(amount, value=amount.bare, end=amount.bare_end) if amount.bare else amount


def old_value(tokens: list[Token], lo: int, hi: int) -> tuple[Quantity, int] | None:
    """“… instead of 400”, “…, up from 35”: what was before, and where it ends; among tokens lo to hi, before any other number."""
    for n in range(lo, hi):
        if tokens[n].quantity:
            return None
        if (tokens[n - 1].low, tokens[n].low) in _BEFORE and (found := value_at(tokens, n + 1, hi)):
            quantity = tokens[found[0]].quantity
            return (quantity, found[0] + 1) if quantity else None
    return None


def _from_to(tokens: list[Token], n: int, hi: int) -> Amount | None:
    first = value_at(tokens, n + 1, hi)
    if first is None and n + 3 < hi and tokens[n + 1].word:
        first = value_at(tokens, n + 2, hi) or (value_at(tokens, n + 3, hi) if tokens[n + 2].word else None)
    if first is None:
        return None
    for k in range(first[0] + 1, min(first[0] + 9, hi)):
        if tokens[k].quantity:
            break
        if tokens[k].low in {"to", "→", "below", "under", "towards", "until"} and (
            second := value_at(tokens, k + 1, hi)
        ):
            pair = _pair(tokens, first[0], second[0], n, hi)
            bound = Form.AT_MOST if tokens[k].low in {"below", "under"} else second[1]
            return replace(pair, hedged=pair.hedged or first[2] or second[2], bound=bound)
    return None


def _pair(tokens: list[Token], first: int, second: int, start: int, hi: int) -> Amount:
    base, value = tokens[first].quantity, tokens[second].quantity
    assert base
    assert value
    bare = value
    value, end = counted(tokens, value, second + 1, hi)
    base, value = alike(base, value)
    hedged = base.high is not None or value.high is not None
    return Amount(
        form=Form.FROM_TO,
        value=value,
        base=base,
        start=start,
        end=end,
        hedged=hedged,
        bare=bare,
        bare_end=second + 1,
    )
