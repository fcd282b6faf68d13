"""What stands before a quantity: "at least", "no more than", "up to", "about"."""

from enum import Enum, auto

from bot.domain.outcome.tokens import Token
from bot.domain.outcome.words import word_set


class Form(Enum):
    """The shape of a statement of quantity, best first: when a clause has several, the first kind tells."""

    FROM_TO = auto()
    BY = auto()
    TO = auto()
    AT_MOST = auto()
    AT_LEAST = auto()
    BARE = auto()


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
    ("past",),
    ("beyond",),
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


_NO_BOUND = word_set("the over in for during half quarter this")  # "the past 3 months", "half past 5"


def bound_at(tokens: list[Token], n: int, hi: int) -> tuple[Form, int] | None:
    """The bound whose words begin at token n, and how many they are."""
    if tokens[n].low == "past" and n and tokens[n - 1].low in _NO_BOUND:
        return None
    for form, phrase in _BOUNDS.get(tokens[n].low, ()):
        if n + len(phrase) <= hi and all(tokens[n + k].low == word for k, word in enumerate(phrase)):
            return form, len(phrase)
    return None


def value_at(tokens: list[Token], n: int, hi: int) -> tuple[int, Form | None, bool] | None:
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
