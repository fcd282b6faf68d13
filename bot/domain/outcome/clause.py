"""One clause of a sentence: its tokens, the quantities stated in it, and where the name of the metric stands."""

from bot.domain.outcome.amounts import Amount, amounts
from bot.domain.outcome.bounds import Form
from bot.domain.outcome.claim import PERIODS
from bot.domain.outcome.joints import (
    AIM,
    AIMS,
    APPEND,
    ASIDE,
    BETWEEN,
    DONE,
    DONE_BY,
    FACT,
    FORESEEN,
    HAVE_TO,
    JOINTS,
    LATELY,
    LOOSE_BOUNDS,
    MORE_THAN,
    NOT_A_SUBJECT,
    NOT_AFTER,
    NOT_BEFORE,
    NOW,
    OLDER,
    ORDER,
    STOP,
    WANTED,
)
from bot.domain.outcome.names import LONGEST, head, is_level, name
from bot.domain.outcome.tokens import Sentence
from bot.domain.outcome.words import Sense
from bot.domain.quantities import SECONDS


class Clause:
    """Tokens lo to hi of a sentence, and the ways to find a name in them."""

    def __init__(self, sentence: Sentence, lo: int, hi: int) -> None:
        self.sentence, self.tokens, self.hi = sentence, sentence.tokens, hi
        self.negated = self.tokens[lo].low == "without"
        while lo < hi and (self.tokens[lo].low in JOINTS or self.tokens[lo].deadline):
            lo += 1
        self.lo = lo
        found = amounts(self.tokens, lo, hi)
        self.last = max(
            (n for n in range(lo, hi) if self.tokens[n].quantity or self.tokens[n].verb), default=lo
        )
        self.shared = next((a.start for a in found if a.form is Form.BARE and a.value.unit == "%"), hi)
        self.found = found
        self.amounts = [a for a in found if not self.names(a)]
        self.today = next((a.value for a in found if a not in self.amounts and self.said_of_now(a)), None)

    def metric(self, n: int, amount: Amount) -> tuple[str | None, int]:
        """The name between the verb at n and its amount, else before the verb, else after the amount; and where it ends."""
        first = min(
            (
                a.start
                for a in self.amounts
                if n < a.start <= amount.start
                and a.form in {Form.FROM_TO, Form.BY, Form.TO}
                and (a is amount or _same_unit(a, amount))
            ),
            default=amount.start,
        )
        metric = self.object(n, first)
        if metric is None:
            metric = self.subject(n)
        if metric is None:
            return self.after(amount.end, None)
        after, end = self.after(amount.end)
        if amount.value.unit == "%" and amount.end < self.hi and self.tokens[amount.end].low == "of":
            after = None  # "below 5 % of hours": what it is a share of
        if after:
            metric = f"{metric} {self.sentence.text(amount.end, end).strip()}"
            metric = name(metric) or metric
        return metric, end if after else amount.end

    def object(self, n: int, hi: int | None = None) -> str | None:
        """What stands between the verb and its number."""
        if hi is None:
            hi = min((a.start for a in self.amounts if a.start > n), default=self.hi)
        return name(self.sentence.text(n + 1, hi))

    def subject(self, n: int) -> str | None:
        """What stands before token n: "review time" of "we want review time to drop"."""
        lo = self.lo
        if n - 2 > lo and self.tokens[n - 1].low == "to" and self.tokens[n - 2].low in HAVE_TO:
            n -= 2  # "stock needs to fall": the needs are no part of the name
        for k in range(self.lo, n):
            if self.tokens[k].low in WANTED and k < n - 1 and not self.in_brackets(k):
                lo = k + 1
            elif self.tokens[k].low == "," and k > lo:
                aside = (
                    self.tokens[lo].low in ASIDE
                    or self.tokens[lo].low.endswith("ly")
                    or self.tokens[lo].deadline
                )
                if aside:
                    lo = k + 1  # "Notably, the engagement rate …"
                elif k < n - 1 and not any(t.low in {"and", "or"} for t in self.tokens[k:n]):
                    return _subject_name(name(self.sentence.text(lo, k)))
        return _subject_name(name(self.sentence.text(lo, n)))

    def before(self, n: int) -> str | None:
        """The nouns right before token n: "cost" of "cost savings"."""
        k = n
        while (
            k > self.lo
            and n - k < 4
            and self.tokens[k - 1].word
            and self.tokens[k - 1].verb is None
            and self.tokens[k - 1].low not in STOP | APPEND | NOT_BEFORE
        ):
            k -= 1
        return name(self.sentence.text(k, n)) if k < n else None

    def after(self, start: int, joints: frozenset[str] | None = APPEND) -> tuple[str | None, int]:
        """The name that begins at token `start`, and where it ends; with `joints` only if one of those words opens it."""
        if start >= self.hi:
            return None, start
        low = self.tokens[start].low
        if low == "in" and start + 1 < self.hi and self.tokens[start + 1].low.isdigit():
            return None, start  # "in 2024"
        if joints is not None and (
            low not in joints or (low in {"with", "after", "before", "when", "under"} and joints is APPEND)
        ):
            return None, start
        if (
            low in {"on", "in", "at", "of"}
            and start + 1 < self.hi
            and self.tokens[start + 1].low in NOT_AFTER
            and not self.is_order(start + 1)
        ):
            return None, start
        end, hi = start, min(self.hi, start + LONGEST)
        while end < hi:
            token = self.tokens[end]
            if (
                (end > start and (token.low in STOP and not self.goes_on(end)))
                or token.deadline
                or (token.low in STOP and end == start and token.low != "by")
            ):
                break
            if (
                token.low in {"was", "were", "has", "had"}
                and end > start
                and self.tokens[end - 1].low not in {"that", "which", "who", "it", "customer", "they"}
            ):
                break
            if token.low in {"is", "are"} and end + 1 < self.hi and self.tokens[end + 1].low in FORESEEN:
                break
            if token.low == "last" and end + 1 < self.hi and self.tokens[end + 1].low in PERIODS:
                break  # "saved 400 hours last quarter"
            if token.low == "than" and end > start and self.tokens[end - 1].low not in MORE_THAN:
                break
            end += 1
        text = self.sentence.text(start, end)
        found = name(text)
        return (found, end) if found and (joints is None or len(found) > 2) else (None, start)

    def is_order(self, n: int) -> bool:
        """Whether "order" is what customers send ("in order entry"), not the beginning of "in order to"."""
        return self.tokens[n].low == "order" and n + 1 < self.hi and self.tokens[n + 1].low != "to"

    def goes_on(self, n: int) -> bool:
        """Whether "and", "to", "by" or a comma at token n is inside a name: no number, verb or deadline comes behind it."""
        low = self.tokens[n].low
        if low == "by" and not (
            n and (self.tokens[n - 1].low.endswith("ed") or self.tokens[n - 1].low in DONE_BY)
        ):
            return False
        if low in {"to", "by", "as", "without", "before", "("}:
            return (
                low in {"to", "without", "by"}
                and n + 1 < self.hi
                and self.tokens[n + 1].word
                and self.tokens[n + 1].verb is None
                and not self.tokens[n + 1].low.endswith("ing")
            )
        if low in {"and", ","}:
            return low == "and" and n >= self.last
        return False

    def sense(self, n: int) -> Sense:
        verb = self.tokens[n].verb
        assert verb
        return verb.sense

    def adjacent(self, n: int, amount: Amount) -> bool:
        """Whether an amount follows the verb at n at once, but for "up", "about" and the like."""
        verb = self.tokens[n].verb
        if (
            verb
            and verb.base == "save"
            and n < amount.start <= n + 4
            and all(t.word and t.low not in APPEND | STOP for t in self.tokens[n + 1 : amount.start])
        ):
            return True  # "saves each analyst 30 minutes"
        return amount.start > n and all(self.tokens[k].low in BETWEEN for k in range(n + 1, amount.start))

    def names(self, amount: Amount) -> bool:
        """Whether a number is only part of a name: "per 1,000 lines", "in 24 hours" after "answered"."""
        if amount.start == 0:
            return False
        if amount.form in {Form.BARE, Form.TO} and not amount.value.sign and self.in_brackets(amount.start):
            return True  # "the rate of false alarms (now at 1 a month)"
        if amount.form not in {Form.BARE, Form.AT_MOST}:
            return False
        before = self.tokens[amount.start - 1].low
        if amount.form is Form.BARE:
            return before in ORDER and amount.value.unit != "%"
        if before == "in":
            return amount.start > self.shared  # "90 % of mails in less than two days"
        return self.tokens[amount.start].low == "within" and (
            before.endswith("ed") or before in DONE or amount.start > self.shared
        )

    def said_of_now(self, amount: Amount) -> bool:
        """Whether a number in brackets is today's: "(today: 18 hours)", "(baseline 18 h)", "(18 h now)"."""
        ahead = amount.start - 1
        behind = self.tokens[amount.end].low if amount.end < self.hi else ""
        return behind in LATELY or self.tokens[ahead - (self.tokens[ahead].low == ":")].low in NOW

    def in_brackets(self, n: int) -> bool:
        for token in reversed(self.tokens[max(0, n - 12) : n]):
            if token.low in {"(", ")"}:
                return token.low == "("
        return False

    def inside_name(self, amount: Amount) -> bool:
        """Whether a bound is part of what is counted: "tickets older than 5 days", "patients waiting over 4 hours"."""
        before = self.tokens[amount.start - 1].low if amount.start else ""
        if before == "of" and is_level(
            name(self.sentence.text(max(self.lo, amount.start - 7), amount.start - 1)) or ""
        ):
            return False  # "stock accuracy of at least 98 %", but "orders of more than 100 EUR"
        if before == "in" and amount.form is Form.AT_MOST and amount.start < self.shared:
            return not (
                amount.value.unit and amount.value.unit.split()[-1] in SECONDS
            )  # "onboarding in under 10 minutes"
        return (
            before in OLDER
            or (
                before.endswith("ing")
                and before not in {"waiting", "handling", "processing", "onboarding", "planning", "spending"}
            )
            or (
                before in {"waiting", "taking", "lasting"}
                and any(t.verb for t in self.tokens[self.lo : amount.start])
            )
        )

    def is_goal(self, amount: Amount) -> bool:
        """Whether a bound without a verb is a level to reach, not a remark ("contains more than one strain")."""
        low = [t.low for t in self.tokens[self.lo : amount.start]]
        if self.is_fact(amount) or (
            self.inside_name(amount)
            or low[:1] in (["if"], ["when"])
            or set(low) & {"was", "were", "had", "has", "have", "if", "would"}
        ):
            return False
        if any(
            self.tokens[k].verb and self.sense(k) not in {Sense.REACH, Sense.MOVE}
            for k in range(self.lo, amount.start)
        ):
            return False
        if self.tokens[amount.start].low in LOOSE_BOUNDS and low:
            return low[-1] in {"be", "to", "should", "must", ":", "of"} or (
                len(low) <= 8 and self.tokens[amount.start].low in {"above", "within", ">", "<"}
            )
        return len(low) <= 14

    def is_fact(self, amount: Amount) -> bool:
        """Whether a level tells how things are: "accuracy is above 98 %", "over 85 % of mails are sorted", "reads > 500 mails"."""
        if self.sentence.deadline or self.tokens[amount.start].low not in LOOSE_BOUNDS:
            return False
        before = {t.low for t in self.tokens[self.lo : amount.start]}
        if before & AIM:
            return False
        counted = (
            bool(before)
            and amount.bare is not None
            and amount.bare.unit is None
            and amount.end > amount.bare_end
        )
        return counted or bool(FACT & {t.low for t in self.tokens[self.lo : self.hi]})

    def never(self, n: int) -> bool:
        return any(t.low in {"not", "never", "don't", "no"} for t in self.tokens[max(self.lo, n - 3) : n])

    def label(self) -> str | None:
        return _subject_name(name(self.sentence.label)) if self.sentence.label else None

    def saved(self, noun: str, amount: Amount) -> str | None:
        """What is saved when nobody says so: money is costs, hours are time."""
        unit = (amount.value.unit or "").split(" ")[0].rpartition("-")[2]
        if self.label() and not noun.startswith("saving"):
            return self.label()
        if len(unit) == 3 and unit.isupper() and unit != "FTE":
            return "costs"
        if unit in SECONDS:
            return "time"
        return self.label()


def _subject_name(found: str | None) -> str | None:
    if found is None or found.lower() in NOT_A_SUBJECT or head(found) in AIMS:
        return None
    return found


def _same_unit(a: Amount, b: Amount) -> bool:
    return a.value.unit in {"%", "pp", "x", b.value.unit}
