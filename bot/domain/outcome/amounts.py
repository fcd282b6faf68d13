"""How a clause states its number: "from 10 to 6 hours", "by 40 %", "below 0.4 %", or a bare number beside its noun."""

from dataclasses import dataclass, replace
from decimal import Decimal
from enum import Enum, auto

from bot.domain.outcome.clauses import Token
from bot.domain.outcome.words import word_set
from bot.domain.quantities import SECONDS, Quantity

_OLD_VALUE = word_set("from of currently today now down baseline was versus vs")
_OR_SO = word_set("more less better higher lower fewer so above below")


class Form(Enum):
    """The shape of a statement of quantity, best first: when a clause has several, the first kind tells."""

    FROM_TO = auto()
    BY = auto()
    TO = auto()
    AT_MOST = auto()
    AT_LEAST = auto()
    BARE = auto()


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
    bare: Quantity | None = None  # without the noun that was taken as its unit,
    bare_end: int = 0  # which then ends here


MOST = 12  # statements of one clause that are looked at
_AT_MOST = (
    ("no", "more", "than"),
    ("not", "more", "than"),
    ("no", "longer", "than"),
    ("not", "longer", "than"),
    ("no", "higher", "than"),
    ("not", "exceed"),
    ("not", "exceeding"),
    ("never", "exceed"),
    ("never", "above"),
    ("not", "above"),
    ("not", "over"),
    ("less", "than"),
    ("fewer", "than"),
    ("lower", "than"),
    ("shorter", "than"),
    ("at", "most"),
    ("a", "maximum", "of"),
    ("maximum", "of"),
    ("max", "."),
    ("max",),
    ("maximum",),
    ("below",),
    ("under",),
    ("<", "="),
    ("<",),
    ("within",),
)
_AT_LEAST = (
    ("no", "less", "than"),
    ("no", "fewer", "than"),
    ("not", "less", "than"),
    ("no", "lower", "than"),
    ("not", "below"),
    ("not", "under"),
    ("never", "below"),
    ("more", "than"),
    ("higher", "than"),
    ("greater", "than"),
    ("better", "than"),
    ("at", "least"),
    ("a", "minimum", "of"),
    ("minimum", "of"),
    ("min", "."),
    ("minimum",),
    ("above",),
    ("over",),
    ("exceeding",),
    ("exceed",),
    ("exceeds",),
    (">", "="),
    (">",),
)
_SKIP = word_set(
    "about around approximately approx . ca roughly nearly almost some only just a an the another further "
    "additional average of ~ to well circa estimated currently today's current total now today even "
    "exactly factor = up down mere anywhere somewhere typically our its overall full whole nothing"
)
_NO_NOUN = word_set(
    "to by in from for within and or at of on with until before after through using via while than as is "
    "are was were will should must without during across under over down up the a an which that thanks "
    "due so compared against when where we per each every it they if because versus vs instead this these "
    "those our their between among including but not be been has have had can could may might"
)


def hedged_range(tokens: list[Token], n: int) -> int:
    """Where a second quantity makes a range of token n ("20 % to 30 %", "10 or 20"): its place, or 0."""
    if n + 2 < len(tokens) and tokens[n + 1].low in {"to", "or", "and"}:
        first, second = tokens[n].quantity, tokens[n + 2].quantity
        if (
            first
            and second
            and (tokens[n + 1].low != "to" or first.value < second.value)
            and (first.unit in {None, second.unit} or second.unit is None)
        ):
            return n + 2
    return 0


_BOUNDS: dict[str, list[tuple[Form, tuple[str, ...]]]] = {}
for _form, _phrases in ((Form.AT_LEAST, _AT_LEAST), (Form.AT_MOST, _AT_MOST)):
    for _phrase in _phrases:
        _BOUNDS.setdefault(_phrase[0], []).append((_form, _phrase))


def bound_at(tokens: list[Token], n: int, hi: int) -> tuple[Form, int] | None:
    """The bound whose words begin at token n, and how many they are."""
    for form, phrase in _BOUNDS.get(tokens[n].low, ()):
        if n + len(phrase) <= hi and all(tokens[n + k].low == word for k, word in enumerate(phrase)):
            return form, len(phrase)
    return None


def _value_at(tokens: list[Token], n: int, hi: int) -> tuple[int, Form | None, bool] | None:
    """Steps over "about", "at least", "up to" from token n to a quantity: its place, its bound, whether it is hedged."""
    bound: Form | None = None
    hedged = False
    for _ in range(6):
        if n >= hi:
            return None
        if quantity := tokens[n].quantity:
            return n, bound, hedged or quantity.high is not None
        if tokens[n].low == "up" and n + 1 < hi and tokens[n + 1].low == "to":
            hedged, n = True, n + 2
        elif (
            tokens[n].low == "as" and n + 2 < hi and tokens[n + 1].low == "much" and tokens[n + 2].low == "as"
        ):
            hedged, n = True, n + 3
        elif tokens[n].low == "between":
            hedged, n = True, n + 1
        elif found := bound_at(tokens, n, hi):
            bound, n = found[0], n + found[1]
        elif tokens[n].low in _SKIP or tokens[n].low.endswith("ly"):
            n += 1
        elif (
            n + 1 < hi
            and tokens[n + 1].quantity
            and tokens[n].word
            and tokens[n - 1].low in {"a", "an", "the"}
        ):
            n += 1  # "by an impressive 40 %"
        else:
            return None
    return None


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
            base, value = _alike(tokens[n + 3].quantity, token.quantity)
            return Amount(form=Form.FROM_TO, value=value, base=base, start=n, end=n + 4)
        return _stated(tokens, Form.BARE, n, n, hi, bound=None, hedged=token.quantity.high is not None)
    if token.low in {"by", "to", "at"} and (found := _value_at(tokens, n + 1, hi)):
        form = Form.BY if token.low == "by" else Form.TO
        start = n - 1 if n and form is Form.TO and tokens[n - 1].low in {"down", "up"} else n
        amount = _stated(tokens, form, found[0], start, hi, bound=found[1], hedged=found[2])
        # "to 3 days from 10": the old value behind the new one
        if form is Form.TO and amount.end < hi and tokens[amount.end].low in {"from", "(", ",", "instead"}:
            k = amount.end + (1 if tokens[amount.end].low in {"from", "instead"} else 2)
            before = tokens[k - 1].low if k - 1 < hi else ""
            if before in _OLD_VALUE and (old := _value_at(tokens, k, hi)):
                base, value = _alike(tokens[old[0]].quantity, amount.value)
                return replace(amount, form=Form.FROM_TO, base=base, value=value, end=old[0] + 1)
        return amount
    if token.low == "up" and n + 1 < hi and tokens[n + 1].low == "to" and (found := _value_at(tokens, n, hi)):
        return _stated(tokens, Form.TO, found[0], n, hi, bound=found[1], hedged=True)
    if (
        (phrase := bound_at(tokens, n, hi))
        and (found := _value_at(tokens, n + phrase[1], hi))
        and not found[1]
    ):
        return _stated(tokens, phrase[0], found[0], n, hi, bound=phrase[0], hedged=found[2])
    if token.low in {"between", "as"} and (found := _value_at(tokens, n, hi)) and found[2]:
        return _stated(tokens, Form.BARE, found[0], n, hi, bound=None, hedged=True)
    return None


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
        end += 2
    bare, bare_end = quantity, end
    if form is not Form.BARE:
        quantity, end = _counted(tokens, quantity, end, hi)
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


def uncounted(amount: Amount) -> Amount:
    """The amount with its noun left to the name: "fewer than 3 safety incidents" counts safety incidents."""
    return replace(amount, value=amount.bare, end=amount.bare_end) if amount.bare else amount


def _counted(tokens: list[Token], quantity: Quantity, end: int, hi: int) -> tuple[Quantity, int]:
    """“to 20 open cases per agent”: a number without a unit takes the noun that follows, of at most two words."""
    if quantity.unit is not None or quantity.high is not None:
        return quantity, end
    n = end
    while (
        n < hi
        and n < end + 3
        and tokens[n].word
        and tokens[n].low not in _NO_NOUN
        and not tokens[n].low.endswith("ly")
    ):
        n += 1
    if n == end or n == end + 3:
        return quantity, end
    if n < hi and (tokens[n].low == "than" or tokens[n].quantity):
        return quantity, end
    words = [tokens[k].low for k in range(end, n)]
    if n + 1 < hi and tokens[n].low in {"per", "each", "every", "a"} and tokens[n + 1].word:
        k = n + 2
        while (
            tokens[n].low == "per"
            and k < hi
            and k < n + 4
            and tokens[k].word
            and tokens[k].low not in _NO_NOUN
        ):
            k += 1
        words += ["per", *(tokens[m].low for m in range(n + 1, k))]
        n = k
    return replace(quantity, unit=" ".join(words)), n


def _from_to(tokens: list[Token], n: int, hi: int) -> Amount | None:
    first = _value_at(tokens, n + 1, hi)
    if first is None and n + 3 < hi and tokens[n + 1].word:
        first = _value_at(tokens, n + 2, hi) or (_value_at(tokens, n + 3, hi) if tokens[n + 2].word else None)
    if first is None:
        return None
    for k in range(first[0] + 1, min(first[0] + 9, hi)):
        if tokens[k].quantity:
            break
        if tokens[k].low in {"to", "→", "below", "under", "towards", "until"} and (
            second := _value_at(tokens, k + 1, hi)
        ):
            pair = _pair(tokens, first[0], second[0], n, hi)
            bound = Form.AT_MOST if tokens[k].low in {"below", "under"} else second[1]
            return replace(pair, hedged=pair.hedged or first[2] or second[2], bound=bound)
    return None


def _pair(tokens: list[Token], first: int, second: int, start: int, hi: int) -> Amount:
    base, value = tokens[first].quantity, tokens[second].quantity
    assert base
    assert value
    value, end = _counted(tokens, value, second + 1, hi)
    base, value = _alike(base, value)
    hedged = base.high is not None or value.high is not None
    return Amount(form=Form.FROM_TO, value=value, base=base, start=start, end=end, hedged=hedged)


def _alike(base: Quantity | None, value: Quantity) -> tuple[Quantity, Quantity]:
    """Both ends of a change in one unit: the typed one, or the finer of two time units."""
    assert base
    if value.unit is None:
        # "from 22 % to 35", "from 310,000 EUR to 200,000 per quarter"
        value = replace(value, unit=base.unit)
    if base.unit is None or base.unit == value.unit:
        scale = value.scale
        if scale and not base.scale and base.unit is None and base.value < 1000 and not base.sign:
            # "from 4.1 to 3.0 million": the scale belongs to both. Where "from 5 to 8k" can mean 5 or 5000, both are kept.
            grown = base.value * scale
            figure = value.value / scale
            if figure >= 100 * base.value or base.value >= 100 * figure:  # "from 900 to 1.2k"
                return replace(base, unit=value.unit), value
            base = replace(base, value=grown)
        return replace(base, unit=value.unit), value
    unit, _, rate = value.unit.partition(" ") if value.unit else ("", "", "")
    old, _, _ = base.unit.partition(" ")
    if unit in SECONDS and old in SECONDS and unit != old:
        finer = unit if SECONDS[unit] < SECONDS[old] else old
        name = f"{finer} {rate}".strip()
        return (
            replace(base, value=base.value * SECONDS[old] / SECONDS[finer], unit=name),
            replace(value, value=value.value * SECONDS[unit] / SECONDS[finer], unit=name),
        )
    if len(base.unit) > len(value.unit or "") and base.unit.startswith(value.unit or ""):
        return base, replace(value, unit=base.unit)  # "from 30 hours per week to 20 hours"
    return replace(base, unit=value.unit), value


def in_percent(quantity: Quantity, *, down: bool) -> Decimal | None:
    """A relative change in percent: "3x" up is +200 %, down −66.67 %; None for an absolute amount."""
    if quantity.unit and quantity.unit.split(" ")[0] in {"%", "‰"}:
        return quantity.value if quantity.unit.startswith("%") else quantity.value / 10
    if quantity.unit == "x" and quantity.value > 0:
        change = 100 - 100 / quantity.value if down else 100 * (quantity.value - 1)
        return change.quantize(Decimal("0.01"))
    return None
