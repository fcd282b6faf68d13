"""From a clause to a claim: which number shall go which way, and by how much. Or only the wish, if no number was given."""

from dataclasses import dataclass, replace
from decimal import Decimal

from bot.domain.direction import Direction, Kind
from bot.domain.outcome.amounts import Amount, Form, amounts, in_percent, uncounted
from bot.domain.outcome.clauses import Sentence
from bot.domain.outcome.names import head, is_rate, name, polarity
from bot.domain.outcome.words import (
    COMPARATIVES,
    DEEDS,
    MULTIPLES,
    NOUNS_DOWN,
    NOUNS_UP,
    Sense,
)
from bot.domain.quantities import SECONDS, plain

MOST = 12  # claims of one sentence that are looked at
_DOWN, _UP = Direction.DECREASE, Direction.INCREASE
_MODALS = {"could", "might", "may"}
_ADVERBS = set("potentially possibly perhaps maybe hopefully theoretically conceivably".split())
_HAD = {"has", "have", "had", "was", "were"}
_PAST = set("achieved demonstrated resulted showed shown saw realised realized already delivered yielded led experienced".split())
_APPEND = {"in", "for", "at", "of", "among", "across", "on", "per", "between", "during", "within", "amongst", "outside", "inside", "under", "after", "before", "when", "with", "along"}
_STOP = {",", ";", "through", "using", "by", "while", "compared", "via", "without", "so", "as", "versus", "vs", "(", ")", "thanks", "because", "which", "where", "due", "relative", "instead", "leveraging", "if", "but", "to", "including", "such", "instead", ".", "?", "!", "against", "and", "based", "powered"}
_INTRANSITIVE = {"decrease", "increase", "drop", "fall", "grow", "rise", "decline", "improve", "climb", "sink", "shrink", "double", "triple", "jump"}
_PERIODS = {"day", "week", "month", "quarter", "year", "shift", "hour", "minute", "night", "annum", "season"}
_TIME_WORDS = {"hours": "hours", "hour": "hours", "minutes": "minutes", "days": "days", "weeks": "weeks", "months": "months", "seconds": "seconds", "ftes": "FTE", "fte": "FTE"}
_COPULA = {"is", "are", "be", "should", "must", "will", "to", "has", "have", "been", "being", "make", "makes", "making", "get", "shall", "become", "stay", "stays", "remain", "was", "were", "at", "run", "runs", "not", "have", "with", "a", "made", "getting", "complete", "completed"}


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One metric that shall move. `kind` is None where no number was given; `good` marks "improve", whose way the noun tells."""

    direction: Direction | None
    metric: str | None
    end: int
    kind: Kind | None = None
    amount: Decimal | None = None
    unit: str | None = None
    baseline: Decimal | None = None
    target: Decimal | None = None
    other: Decimal | None = None  # the second reading of amount or target
    hedged: bool = False
    percent: bool = False  # a relative change that was typed as a percentage
    past: bool = False
    good: bool = False
    sense: Sense | None = None

    @property
    def keeps(self) -> bool:
        return self.direction in {Direction.KEEP_ABOVE, Direction.KEEP_BELOW}


def claims(sentence: Sentence) -> list[Claim]:
    """All claims and wishes of a sentence, in reading order."""
    found: list[Claim] = []
    for lo, hi in sentence.segments:
        start = lo
        before: Claim | None = None
        for _ in range(4):
            claim = _Clause(sentence, start, hi).claim(before)
            if claim is None:
                break
            found.append(_uncapped(claim, sentence))
            if claim.kind is None or claim.end <= start or claim.end >= hi:
                break
            start, before = claim.end, claim
        if len(found) >= MOST:
            break
    return found


class _Clause:
    """Tokens lo to hi of a sentence, and the ways to find a claim in them."""

    def __init__(self, sentence: Sentence, lo: int, hi: int) -> None:
        self.sentence, self.tokens, self.hi = sentence, sentence.tokens, hi
        self.negated = self.tokens[lo].low == "without"
        while lo < hi and (self.tokens[lo].low in {",", ";", "and", "to", "by", "while", "whilst", "but", "that", "which", "-", "–", "—", "without", "thus", "thereby", "plus", "&", "so", "then", "through", "via", "with", ")", "(", ".", "for", "also"} or self.tokens[lo].deadline):
            lo += 1
        self.lo = lo
        found = amounts(self.tokens, lo, hi)
        self.last = max((n for n in range(lo, hi) if self.tokens[n].quantity or self.tokens[n].verb), default=lo)
        self.shared = next((a.start for a in found if a.form is Form.BARE and a.value.unit == "%"), hi)
        self.amounts = [a for a in found if not self._names(a)]

    def claim(self, before: Claim | None) -> Claim | None:
        """The claim of this clause, or the wish, or nothing; `before` lends its verb to "and costs by 20 %"."""
        if self.lo >= self.hi:
            return None
        verbs = [n for n in range(self.lo, self.hi) if self.tokens[n].verb]
        strong = [n for n in verbs if self._sense(n) not in {Sense.REACH, Sense.MOVE}]
        for n in strong:
            if found := self._by_verb(n):
                return self._marked(found, n)
        for n in range(self.lo, self.hi):
            if self.amounts and (found := self._by_noun(n) or self._by_comparison(n)):
                return self._marked(found, n)
        for n in verbs:
            if self.amounts and n not in strong and (found := self._by_reaching(n)):
                return self._marked(found, n)
        if found := self._by_number(before):
            return self._marked(found, self.lo)
        return None if before else self._wish(strong)

    # The four ways to a claim.

    def _by_verb(self, n: int) -> Claim | None:
        """"Cut X from 5 to 3", "X drops by 20 %", "Halve X", "Keep X below 3"."""
        verb, sense = self.tokens[n].verb, self._sense(n)
        assert verb
        later = [a for a in self.amounts if a.start > n]
        if sense is Sense.KEEP:
            return self._keep(n, later)
        amount = self._best(n, later, sense)
        if amount is None and verb.base == "eliminate" and n + 1 < self.hi and self.tokens[n + 1].low in {"all", "every", "any"}:
            metric, end = self._after(n + 1, None)
            return Claim(direction=_DOWN, metric=metric, end=end, kind=Kind.ABSOLUTE_TO, target=Decimal(0), sense=sense) if metric else None
        if amount is None and verb.base in MULTIPLES and not self.negated:
            return self._multiple(n)
        if amount is None:
            return None
        metric, end = self._metric(n, amount)
        if amount.form is Form.BARE or (amount.form in {Form.AT_LEAST, Form.AT_MOST} and self._adjacent(n, amount) and self.tokens[amount.start].low not in {"below", "under", "above"}):
            return self._direct(n, amount, sense)
        if self.negated or self._never(n):
            return self._guard(n, amount, metric, end, sense)
        return self._claim(amount, metric, end, sense)

    def _keep(self, n: int, later: list[Amount]) -> Claim | None:
        for amount in later:
            if amount.form in {Form.AT_LEAST, Form.AT_MOST, Form.TO} or self._adjacent(n, amount):
                metric, end = self._metric(n, amount)
                if metric is None and self._adjacent(n, amount):
                    amount = uncounted(amount)
                    metric, end = self._after(amount.end, None)
                bound = amount.form if amount.form in {Form.AT_LEAST, Form.AT_MOST} else amount.bound
                if bound is None:
                    bound = Form.AT_MOST if metric and polarity(metric) is _DOWN else Form.AT_LEAST
                direction = Direction.KEEP_BELOW if bound is Form.AT_MOST else Direction.KEEP_ABOVE
                return self._level(amount, metric, end, direction)
        return None

    def _by_noun(self, n: int) -> Claim | None:
        """"a 40 % reduction in X", "cost savings of 200k EUR", "a drop in X from 5 to 3"."""
        low = self.tokens[n].low
        if self.tokens[n].verb or (low not in NOUNS_DOWN and low not in NOUNS_UP):
            return None
        sense = Sense.DOWN if low in NOUNS_DOWN else Sense.BETTER if low.startswith("improve") else Sense.UP
        ahead = [a for a in self.amounts if a.end <= n and n - a.end <= 2 and all(self.tokens[k].word for k in range(a.end, n))]
        if ahead:
            amount = ahead[-1]
            between = [k for k in range(amount.end, n) if self.tokens[k].low not in {"in", "of", "average", "overall", "total", "absolute", "relative", "net", "estimated", "statistically", "significant"}]
            metric, end = self._after(n + 1, {"in", "of", "on", "for", "to", "within", "across"})
            later = [a for a in self.amounts if a.start > n and a.form is Form.FROM_TO]
            if later:
                metric, end = name(self.sentence.text(n + 1, later[0].start)) or metric, later[0].end
                return self._claim(later[0], metric, end, sense)
            if between:
                metric = " ".join(filter(None, [name(self.sentence.text(between[0], between[-1] + 1)), self.sentence.text(n + 1, end) if metric else ""]))
                metric = name(metric) or metric
            return self._claim(replace(amount, form=Form.BY), metric or self._saved(low, amount), max(end, n + 1), sense)
        for amount in (a for a in self.amounts if a.start > n):
            between = [self.tokens[k].low for k in range(n + 1, amount.start)]
            if amount.form in {Form.FROM_TO, Form.TO, Form.BY} or (between and between[-1] in {"of", ":", "-", "about"}) or (amount.form in {Form.AT_LEAST, Form.AT_MOST} and ("of" in between or low.startswith("saving"))):
                inside = between[:1] and between[0] in {"in", "of", "on", "for"} and name(self.sentence.text(n + 1, amount.start))
                after, end = self._after(amount.end, {"in", "of", "on", "for", "within", "across"})
                before = self._before(n)
                metric = inside or " ".join(filter(None, [before, after if after and not before else self.sentence.text(amount.end, end) if after else ""])) or None
                return self._claim(replace(amount, form=Form.BY if amount.form not in {Form.FROM_TO, Form.TO} else amount.form), (name(metric) if metric else None) or self._saved(low, amount), max(end, amount.end), sense)
        return None

    def _by_comparison(self, n: int) -> Claim | None:
        """"40 % fewer complaints", "make X 20 % faster"."""
        sense = COMPARATIVES.get(self.tokens[n].low)
        if sense is None:
            return None
        compared = n + 1 < self.hi and any(t.low == "than" for t in self.tokens[n + 1 : min(n + 6, self.hi)])
        if compared and sense is not Sense.FASTER and any(t.low in {"is", "are", "was", "were"} for t in self.tokens[self.lo : n]):
            return None  # "accidents are 4.8 times higher than elsewhere": a remark
        for amount in self.amounts:
            if amount.end == n or (amount.end == n - 1 and self.tokens[n - 1].low in {"times", "as"}):
                metric, end = self._after(n + 1, None)
                if n + 1 < self.hi and self.tokens[n + 1].low == "than":
                    metric, end = None, n + 1
                if self.tokens[n].low == "more" and n + 1 < self.hi and (noun := _ADJECTIVES.get(self.tokens[n + 1].low)):
                    metric, end = noun, n + 2
                if metric is None:
                    metric = self._subject(amount.start)
                return self._claim(replace(amount, form=Form.BY), metric, max(end, n + 1), sense)
            if amount.start > n and amount.form in {Form.BY, Form.FROM_TO}:
                return self._claim(amount, name(self.sentence.text(n + 1, amount.start)), amount.end, sense)
        return None

    def _by_reaching(self, n: int) -> Claim | None:
        """"Reach 98 % on-time delivery", "bring X down to 7", "take X from 5 to 3 days"."""
        verb, sense = self.tokens[n].verb, self._sense(n)
        assert verb
        for amount in sorted((a for a in self.amounts if a.start > n), key=lambda a: a.form.value):
            adjacent = self._adjacent(n, amount)
            of = self.tokens[amount.start - 1].low in {"of", "at"} if amount.start else False
            if amount.form is Form.BARE and not (adjacent or of) or amount.form is Form.BY and sense is Sense.REACH:
                continue
            if amount.form in {Form.AT_LEAST, Form.AT_MOST} and not adjacent and self._inside_name(amount):
                continue
            if verb.base == "have" and amount.form in {Form.TO, Form.FROM_TO, Form.BY}:
                continue
            if verb.base in {"have", "get", "go", "come", "take", "lead", "turn", "change"} and amount.form is Form.BARE and amount.value.unit != "%":
                continue
            particle = {self.tokens[k].low for k in range(n + 1, min(amount.end, self.hi))} & {"down", "up", "below", "under"}
            if amount.form is Form.BY and not particle:
                continue
            if adjacent and amount.form in {Form.BARE, Form.AT_LEAST, Form.AT_MOST}:
                amount = uncounted(amount)
                metric, end = self._after(amount.end, None)
            else:
                metric, end = self._metric(n, amount)
            if metric is None:
                metric = self._subject(n)
            if amount.form is Form.BY:
                return self._claim(amount, metric, end, Sense.UP if "up" in particle else Sense.DOWN)
            if amount.form is Form.FROM_TO:
                return self._claim(amount, metric, end, Sense.BETTER)
            bound = amount.form if amount.form in {Form.AT_LEAST, Form.AT_MOST} else amount.bound
            if bound is Form.AT_MOST or "down" in particle:
                direction: Direction = _DOWN
            elif bound is Form.AT_LEAST or "up" in particle:
                direction = _UP
            else:
                direction = (polarity(metric) if metric else None) or _UP
            return self._level(amount, metric, end, direction)
        return None

    def _by_number(self, before: Claim | None) -> Claim | None:
        """Without a verb that points anywhere: "At least 90 % of X", "Zero X per quarter", "X: −30 %", "X from 5 to 3"."""
        first_word = self.tokens[self.lo].low
        if before is None and self.amounts and self.amounts[0].start == self.lo + 1 and (deed := DEEDS.get(first_word)) and (found := self._deed(deed, self.amounts[0])):
            return found
        for amount in sorted(self.amounts, key=lambda a: a.form.value):
            metric = self._subject(amount.start)
            if amount.form is Form.FROM_TO:
                if metric is None:
                    metric = self._after(amount.end)[0] or self._label()
                return self._claim(amount, metric, amount.end, before.sense if before and before.sense else Sense.BETTER)
            if before and metric and amount.form in {Form.BY, Form.TO} and before.sense and not before.keeps:
                metric, end = self._metric(self.lo - 1, amount)
                return self._claim(amount, metric, end, before.sense)
            if before and not (metric and amount.form in {Form.AT_LEAST, Form.AT_MOST}):
                continue
            if amount.value.sign and (metric or self._label() or amount.start == self.lo):
                after, end = self._after(amount.end, None)
                sense = Sense.DOWN if amount.value.sign == "-" else Sense.UP
                return self._claim(replace(amount, form=Form.BY), metric or after or self._label(), end if not metric else amount.end, sense)
            if amount.form in {Form.AT_LEAST, Form.AT_MOST} and self._is_goal(amount):
                end = amount.end
                if metric is None:
                    amount = uncounted(amount)
                    metric, end = self._after(amount.end, None)
                return self._level(amount, metric or self._label(), end, _DOWN if amount.form is Form.AT_MOST else _UP)
            first = amount.start == self.lo or all(self.tokens[k].low in _COPULA | {"of", ":"} for k in range(self.lo, amount.start))
            if amount.form is Form.BARE and amount.value.value == 0 and first:
                metric, end = self._after(amount.end, None)
                return self._level(amount, metric, end, _DOWN) if metric else None
            if amount.form is Form.BARE and amount.value.unit == "%" and first:
                return self._share(amount)
        return self._none_at_all() or self._all_of_them() if before is None else None

    # What the ways have in common.

    def _claim(self, amount: Amount, metric: str | None, end: int, sense: Sense) -> Claim:
        value = amount.value
        if sense is Sense.FASTER:
            if amount.form is not Form.FROM_TO and metric and not metric.lower().endswith(("time", "times", "duration")):
                metric += " time"
        down = sense in {Sense.DOWN, Sense.FASTER}
        if sense is Sense.BETTER:
            if amount.base:
                down = value.value < amount.base.value
            else:
                down = bool(metric) and (polarity(metric or "") is _DOWN or head(metric or "") in {"inventory", "inventories", "stock", "stocks", "spend", "usage"} or "stock" in (metric or "").lower().split())
        common = {"direction": _DOWN if down else _UP, "metric": metric, "end": end, "hedged": amount.hedged, "sense": sense, "good": sense is Sense.BETTER, "other": value.other}
        if amount.base:
            unit = self._points(value.unit, metric)
            return Claim(**common, kind=Kind.FROM_TO, baseline=plain(_signed(amount.base.value, amount.base.sign)), target=plain(_signed(value.value, value.sign)), unit=unit)
        if amount.form in {Form.TO, Form.AT_MOST, Form.AT_LEAST}:
            if value.share and amount.form is Form.TO and down and amount.value.unit == "%":
                return Claim(**common, kind=Kind.RELATIVE, amount=plain(100 - value.value), unit="%")
            return Claim(**common, kind=Kind.ABSOLUTE_TO, target=plain(_signed(value.value, value.sign)), unit=value.unit)
        percent = in_percent(value, down=down)
        if percent is not None:
            unit = value.unit if value.unit and value.unit.startswith("%") else "%"
            return Claim(**common, kind=Kind.RELATIVE, amount=plain(percent), unit=unit, percent=value.unit == "%" and not value.share)
        return Claim(**common, kind=Kind.ABSOLUTE_BY, amount=plain(value.value), unit=self._points(value.unit, metric))

    def _level(self, amount: Amount, metric: str | None, end: int, direction: Direction) -> Claim:
        value = amount.value
        unit = value.unit
        if metric and unit is None and (rate := _rate_in(metric)):
            metric, unit = rate
        return Claim(direction=direction, metric=metric, end=end, kind=Kind.ABSOLUTE_TO, target=plain(_signed(value.value, value.sign)), unit=unit, hedged=amount.hedged, other=value.other)

    def _multiple(self, n: int) -> Claim | None:
        verb = self.tokens[n].verb
        assert verb
        metric, end = self._after(n + 1, None)
        metric = metric or self._subject(n)
        if metric is None:
            return None
        down = verb.sense is Sense.DOWN
        return Claim(direction=_DOWN if down else _UP, metric=metric, end=end, kind=Kind.RELATIVE, amount=Decimal(MULTIPLES[verb.base]), unit="%", sense=verb.sense)

    def _direct(self, n: int, amount: Amount, sense: Sense) -> Claim:
        """"Save 1,200 clerk hours per month in accounts payable", "Cut 20 % of X", "Reduce X 20 %"."""
        if not self._adjacent(n, amount):
            metric = name(self.sentence.text(n + 1, amount.start)) or self._subject(n)
            return self._claim(replace(amount, form=Form.BY), metric, amount.end, sense)
        amount = uncounted(amount)
        metric, end = self._after(amount.end, None)
        unit, value = amount.value.unit, amount.value
        if metric is not None and unit is None:
            if rate := _rate_in(metric):
                metric, unit = rate
            words = metric.lower().split()
            for word in words[:4]:
                if word in _TIME_WORDS:
                    unit = f"{_TIME_WORDS[word]} {unit}" if unit else _TIME_WORDS[word]
                    break
            value = replace(value, unit=unit)
        elif unit and unit != "%" and unit.split()[0].rpartition("-")[2] in {*SECONDS, "FTE"}:
            if metric and (rate := _rate_in(metric)) and "per" not in unit:
                metric, unit = rate[0], f"{unit} {rate[1]}"
                value = replace(value, unit=unit)
            joint = self.tokens[amount.end].low if amount.end < self.hi else ""
            if metric and joint not in {"of", "on"} and joint in _APPEND:
                metric = f"{unit.split()[0]} {self.sentence.text(amount.end, end).strip()}"
                metric = name(metric)
        return self._claim(replace(amount, form=Form.BY, value=value), metric or self._saved("savings", amount), end, sense)

    def _share(self, amount: Amount) -> Claim | None:
        """"90 % of claims answered within 24 hours", "98 % on-time delivery": a level to reach, not a remark about today."""
        metric, end = self._after(amount.end, None)
        if metric is None:
            metric = self._label()
        words = {self.tokens[k].low for k in range(amount.end, self.hi)}
        if metric is None or words & {"not", "do", "does", "did", "agree", "say", "believe", "was", "were", "have", "receive", "make", "think", "because", "don't", "can", "resulted", "saw", "reported"}:
            return None
        if amount.end < self.hi and self.tokens[amount.end].low in {"is", "are", "was", "were", "has", "have"}:
            return None
        direction = polarity(metric) or _UP
        return self._level(amount, metric, end, direction if not words & {"of"} else _UP)

    def _deed(self, deed: str, amount: Amount) -> Claim | None:
        """"Answer 90 % of calls within 30 seconds": calls answered within 30 seconds, to 90 %."""
        if amount.form not in {Form.BARE, Form.AT_LEAST} or (amount.value.unit not in {"%", None} and not amount.value.unit.startswith("per")):
            return None
        metric, end = self._after(amount.end, None)
        if metric is None:
            return None
        if amount.value.unit is None and not _rate_in(metric):
            return None
        if words := metric.split():
            at = next((k for k, word in enumerate(words) if word.lower() in {"within", "in", "on", "without", "before", "by", "at", "under", "per", "with", "from", "of", "to", "for", "correctly", "automatically"}), len(words))
            metric = " ".join((*words[:at], deed, *words[at:]))
        return self._level(amount, metric, end, _UP)

    def _none_at_all(self) -> Claim | None:
        """"No missed deliveries from June on": zero of them."""
        if self.tokens[self.lo].low not in {"no", "nil"} or self.lo + 2 > self.hi:
            return None
        metric, end = self._after(self.lo + 1, None)
        if metric is None or not (self.sentence.deadline or _rate_in(metric)):
            return None
        unit = None
        if rate := _rate_in(metric):
            metric, unit = rate
        return Claim(direction=_DOWN, metric=metric, end=end, kind=Kind.ABSOLUTE_TO, target=Decimal(0), unit=unit)

    def _all_of_them(self) -> Claim | None:
        """"All invoices paid within 14 days", "Answer every letter within a week": a share of 100 %."""
        deed = DEEDS.get(self.tokens[self.lo].low)
        first = self.lo + bool(deed)
        if first + 2 > self.hi or self.tokens[first].low not in {"all", "every", "each", "any"} or not any(t.low == "within" for t in self.tokens[first : self.hi]):
            return None
        metric, end = self._after(first + 1, None)
        if metric is None or not (deed or any(t.low.endswith("ed") or t.low in {"paid", "sent", "done", "made", "back"} for t in self.tokens[first : self.hi])):
            return None
        if deed:
            metric = metric.replace(" within", f" {deed} within", 1)
        return Claim(direction=_UP, metric=metric, end=end, kind=Kind.ABSOLUTE_TO, target=Decimal(100), unit="%")

    def _guard(self, n: int, amount: Amount, metric: str | None, end: int, sense: Sense) -> Claim:
        """"without letting satisfaction fall below 4.2", "must never drop below 95 %": a level to hold."""
        direction = Direction.KEEP_ABOVE if sense is Sense.DOWN else Direction.KEEP_BELOW
        if metric is None:
            metric = self._subject(n)
        if amount.form is Form.BY:
            claim = self._claim(amount, metric, end, sense)
            return replace(claim, direction=direction)
        return self._level(amount, metric, end, direction)

    def _wish(self, strong: list[int]) -> Claim | None:
        """A direction without a number: "Significantly reduce processing time", "cost savings", "make X more productive"."""
        for n in strong:
            verb, sense = self.tokens[n].verb, self._sense(n)
            assert verb
            metric, end = self._after(n + 1, None)
            metric = metric or self._subject(n)
            if sense is Sense.KEEP:
                if metric and verb.base in {"keep", "maintain", "sustain", "preserve"} and polarity(metric):
                    return Claim(direction=Direction.KEEP_BELOW if polarity(metric) is _DOWN else Direction.KEEP_ABOVE, metric=metric, end=end, sense=sense)
                continue
            if verb.nounlike and metric is None:
                continue
            if verb.base in {"prevent", "avoid", "add", "ease", "limit"} and n > self.lo + 1:
                continue
            direction = _DOWN if sense in {Sense.DOWN, Sense.FASTER} else _UP
            if sense is Sense.BETTER:
                direction = (polarity(metric) if metric else None) or _UP
            if self.negated:
                continue
            return Claim(direction=direction, metric=metric, end=end, sense=sense, good=sense is Sense.BETTER, past=verb.past)
        for n in range(self.lo, self.hi):
            low = self.tokens[n].low
            if self.tokens[n].verb is None and (low in NOUNS_DOWN or low in NOUNS_UP):
                after, end = self._after(n + 1, {"in", "of", "on", "for"})
                metric = after if n + 1 < self.hi and self.tokens[n + 1].low in {"in", "of", "on", "for"} else None
                metric = metric or self._before(n)
                if metric or low.startswith("saving"):
                    sense = Sense.DOWN if low in NOUNS_DOWN else Sense.BETTER if low.startswith("improve") else Sense.UP
                    return Claim(direction=_DOWN if sense is Sense.DOWN else _UP, metric=metric, end=max(end, n + 1), sense=sense, good=sense is Sense.BETTER)
            sense_of = COMPARATIVES.get(low)
            if sense_of and low not in {"longer", "additional", "extra", "later"}:
                if low == "more":
                    if n + 1 < self.hi and (noun := _ADJECTIVES.get(self.tokens[n + 1].low)) and (n and self.tokens[self.lo].low in {"make", "get", "become", "making", "makes", "be", "help", "provide", "offer"} or n == self.lo):
                        return Claim(direction=_UP, metric=noun, end=n + 2, sense=Sense.UP)
                    continue
                after, end = self._after(n + 1, None)
                if n + 1 < self.hi and self.tokens[n + 1].low == "than":
                    continue
                metric = after or self._subject(n)
                if metric:
                    return Claim(direction=_UP if sense_of in {Sense.UP, Sense.BETTER} else _DOWN, metric=metric, end=max(end, n + 1), sense=sense_of, good=sense_of is Sense.BETTER)
        return None

    def _marked(self, claim: Claim, n: int) -> Claim:
        """The claim with what the words around its verb say: hedged, or told of the past."""
        low = [t.low for t in self.tokens[self.lo : max(n, self.lo)]]
        softly = bool(_ADVERBS & {t.low for t in self.tokens[self.lo : self.hi]}) and (claim.kind is not None or bool(_ADVERBS & set(low))) or "potential" in low[-3:]
        hedged = bool(_MODALS & set(low)) or softly
        if hedged and not softly:
            # "calls that could be answered online, reduced by 40 %": the modal belongs to the name
            hedged = any(t in _MODALS and (k == 0 or low[k - 1] not in {"that", "which", "who", "where"} or n - self.lo - k <= 3) for k, t in enumerate(low))
        verb = self.tokens[n].verb
        helpers = set(low[-3:])
        helped = any(t in _HAD and any(self.tokens[self.lo + k + j].low.endswith(("ed", "en")) or (v := self.tokens[self.lo + k + j].verb) and v.past for j in (1, 2, 3) if self.lo + k + j < self.hi) for k, t in enumerate(low))
        told = (helped or bool(_PAST & set(low))) and not set(low) & {"will", "to", "should", "must"}
        past = bool(verb and verb.past) and not helpers & {"be", "is", "are", "to", "being", "get", "gets", "and"}
        if past and not told and self._object(n) is None and verb and verb.base not in _INTRANSITIVE:
            past = False  # "complaints reduced by 20 %" names a state to reach
        if self.sentence.deadline and not told:
            past = False
        return replace(claim, hedged=claim.hedged or hedged, past=past or told or claim.past)

    # Where the name of the metric stands.

    def _metric(self, n: int, amount: Amount) -> tuple[str | None, int]:
        """The name between the verb at n and its amount, else before the verb, else after the amount; and where it ends."""
        first = min((a.start for a in self.amounts if n < a.start <= amount.start and a.form in {Form.FROM_TO, Form.BY, Form.TO} and (a is amount or _same_unit(a, amount))), default=amount.start)
        metric = self._object(n, first)
        if metric is None:
            metric = self._subject(n)
        if metric is None:
            return self._after(amount.end, None)
        after, end = self._after(amount.end)
        if after:
            metric = f"{metric} {self.sentence.text(amount.end, end).strip()}"
            metric = name(metric) or metric
        return metric, end if after else amount.end

    def _object(self, n: int, hi: int | None = None) -> str | None:
        """What stands between the verb and its number."""
        if hi is None:
            hi = min((a.start for a in self.amounts if a.start > n), default=self.hi)
        return name(self.sentence.text(n + 1, hi))

    def _subject(self, n: int) -> str | None:
        """What stands before token n: "review time" of "we want review time to drop"."""
        lo = self.lo
        for k in range(self.lo, n):
            if self.tokens[k].low in {"want", "need", "wants", "expect", "see", "ensure", "let", "letting", "have", "get", "make", "making", "makes", "that", "is:", ":"} and k < n - 1:
                lo = k + 1
            elif self.tokens[k].low == "," and k > lo:
                aside = self.tokens[lo].low in _ASIDE or self.tokens[lo].low.endswith("ly") or self.tokens[lo].deadline
                if aside:
                    lo = k + 1  # "Notably, the engagement rate …"
                elif k < n - 1 and not any(t.low in {"and", "or"} for t in self.tokens[k:n]):
                    return _subject_name(name(self.sentence.text(lo, k)))
        return _subject_name(name(self.sentence.text(lo, n)))

    def _before(self, n: int) -> str | None:
        """The nouns right before token n: "cost" of "cost savings"."""
        k = n
        while k > self.lo and n - k < 4 and self.tokens[k - 1].word and self.tokens[k - 1].verb is None and self.tokens[k - 1].low not in _STOP | _APPEND | {"a", "an", "the", "or", "estimated", "significant", "potential", "expected", "overall", "our", "annual", "further", "average", "substantial", "considerable", "net", "total", "achieve", "deliver", "is", "be", "are", "include", "includes", "resulting", "result", "results", "provide", "provides", "from", "see", "drive", "produce", "create", "enable"}:
            k -= 1
        return name(self.sentence.text(k, n)) if k < n else None

    def _after(self, start: int, joints: set[str] | None = _APPEND) -> tuple[str | None, int]:
        """The name that begins at token `start`, and where it ends; with `joints` only if one of those words opens it."""
        if start >= self.hi:
            return None, start
        low = self.tokens[start].low
        if low == "in" and start + 1 < self.hi and self.tokens[start + 1].low.isdigit():
            return None, start  # "in 2024"
        if joints is not None and (low not in joints or (low in {"with", "after", "before", "when", "under"} and joints is _APPEND)):
            return None, start
        if low in {"on", "in", "at", "of"} and start + 1 < self.hi and self.tokens[start + 1].low in {"average", "total", "order", "least", "general", "addition", "comparison", "course", "line", "practice", "parallel", "today's", "current", "what"}:
            return None, start
        end = start
        while end < self.hi:
            token = self.tokens[end]
            if end > start and (token.low in _STOP and not self._goes_on(end)) or token.deadline or (token.low in _STOP and end == start and token.low not in {"by"}):
                break
            if token.low == "than" and end > start and self.tokens[end - 1].low not in {"more", "less", "older", "longer", "fewer", "other", "later", "higher", "lower", "greater", "rather"}:
                break
            end += 1
        text = self.sentence.text(start, end)
        found = name(text)
        return (found, end) if found and (joints is None or len(found) > 2) else (None, start)

    def _goes_on(self, n: int) -> bool:
        """Whether "and", "to", "by" or a comma at token n is inside a name: no number, verb or deadline comes behind it."""
        low = self.tokens[n].low
        if low == "by" and not (n and (self.tokens[n - 1].low.endswith("ed") or self.tokens[n - 1].low in {"made", "sent", "paid", "sold", "written"})):
            return False
        if low in {"to", "by", "as", "without", "before", "("}:
            return low in {"to", "without", "by"} and n + 1 < self.hi and self.tokens[n + 1].word and self.tokens[n + 1].verb is None and not self.tokens[n + 1].low.endswith("ing")
        if low in {"and", ","}:
            return low == "and" and n >= self.last
        return False

    # Small questions about tokens.

    def _sense(self, n: int) -> Sense:
        verb = self.tokens[n].verb
        assert verb
        return verb.sense

    def _best(self, n: int, later: list[Amount], sense: Sense) -> Amount | None:
        """Which of the amounts behind a verb is the one it speaks of."""
        fitting = []
        for amount in later:
            if self.tokens[amount.start].low == "at":
                continue  # "reduce backlogs by classification at 83 % accuracy"
            between = {t.low for t in self.tokens[n + 1 : amount.start]}
            if amount.form in {Form.AT_LEAST, Form.AT_MOST} and between & {",", "to", "allowing", "so", "which", "that", "who"} and not self.negated:
                continue
            if amount.form in {Form.FROM_TO, Form.BY, Form.TO} or self._adjacent(n, amount):
                fitting.append(amount)
            elif amount.form is Form.AT_MOST and (sense in {Sense.DOWN, Sense.BETTER, Sense.FASTER} or self.negated or self._never(n)) and not self._inside_name(amount):
                fitting.append(amount)
            elif amount.form is Form.AT_LEAST and (sense in {Sense.UP, Sense.BETTER} or self.negated) and not self._inside_name(amount):
                fitting.append(amount)
            elif amount.form is Form.BARE and (amount.value.unit in {"%", "pp", "x"}) and (amount.end >= self.hi or self.tokens[amount.end].low in {",", ".", "in", "by", "through", "within", ")"} or self.tokens[amount.end].deadline) and self.tokens[amount.start - 1].low not in _APPEND | {"=", "(", "than"}:
                fitting.append(amount)
        if not fitting:
            return None
        # "by 20 %" says more than "by 2 people"; among equals the first
        return min(fitting, key=lambda a: (a.form.value, a.form is Form.BY and a.value.unit not in {"%", "pp", "x"} and not (a.value.unit and a.value.unit.isupper())))

    def _adjacent(self, n: int, amount: Amount) -> bool:
        """Whether an amount follows the verb at n at once, but for "up", "about" and the like."""
        verb = self.tokens[n].verb
        if verb and verb.base == "save" and n < amount.start <= n + 4 and all(t.word and t.low not in _APPEND | _STOP for t in self.tokens[n + 1 : amount.start]):
            return True  # "saves each analyst 30 minutes"
        return amount.start > n and all(self.tokens[k].low in {"up", "down", "about", "around", "some", "approximately", "an", "a", "the", "estimated", "nearly", "roughly", "almost", "additional", "another", "us", "over", "users", "staff", "employees", "at", "least", "~", "ca", ".", "only", "on", "average", "our", "of", "overall", "further", "out"} for k in range(n + 1, amount.start))

    def _names(self, amount: Amount) -> bool:
        """Whether a number is only part of a name: "per 1,000 lines", "in 24 hours" after "answered"."""
        if amount.start == 0:
            return False
        if amount.form in {Form.BARE, Form.TO} and not amount.value.sign and self._in_brackets(amount.start):
            return True  # "the rate of false alarms (now at 1 a month)"
        if amount.form not in {Form.BARE, Form.AT_MOST}:
            return False
        before = self.tokens[amount.start - 1].low
        if amount.form is Form.BARE:
            return before in {"per", "first", "last", "past", "previous", "every", "next", "than", "in", "after"} and amount.value.unit != "%"
        return self.tokens[amount.start].low == "within" and (before.endswith("ed") or before in {"paid", "sent", "done", "made", "met", "delivered", "back", "home"} or amount.start > self.shared)

    def _in_brackets(self, n: int) -> bool:
        for token in reversed(self.tokens[max(0, n - 12) : n]):
            if token.low in {"(", ")"}:
                return token.low == "("
        return False

    def _inside_name(self, amount: Amount) -> bool:
        """Whether a bound is part of what is counted: "tickets older than 5 days", "patients waiting over 4 hours"."""
        before = self.tokens[amount.start - 1].low if amount.start else ""
        return before in {"older", "longer", "aged", "worth", "lasting", "open", "with", "of", "in", "less", "greater", "for", "late", "who", "that", "larger", "costing", "earning", "on"} or (before.endswith("ing") and before not in {"waiting", "handling", "processing", "onboarding", "planning", "spending"}) or before in {"waiting", "taking", "lasting"} and any(t.verb for t in self.tokens[self.lo : amount.start])

    def _is_goal(self, amount: Amount) -> bool:
        """Whether a bound without a verb is a level to reach, not a remark ("contains more than one strain")."""
        low = [t.low for t in self.tokens[self.lo : amount.start]]
        if self._inside_name(amount) or low[:1] in (["if"], ["when"]) or set(low) & {"was", "were", "had", "has", "have", "if"}:
            return False
        if any(self.tokens[k].verb and self._sense(k) not in {Sense.REACH, Sense.MOVE} for k in range(self.lo, amount.start)):
            return False
        if self.tokens[amount.start].low in {"more", "over", "greater", "higher", "above", "exceeds", "exceeding", "within"} and low:
            return low[-1] in {"be", "to", "should", "must", ":"} or (len(low) <= 8 and self.tokens[amount.start].low in {"above", "within"})
        return len(low) <= 14

    def _never(self, n: int) -> bool:
        return any(t.low in {"not", "never", "don't", "no"} for t in self.tokens[max(self.lo, n - 3) : n])

    def _label(self) -> str | None:
        return _subject_name(name(self.sentence.label)) if self.sentence.label else None

    def _saved(self, noun: str, amount: Amount) -> str | None:
        """What is saved when nobody says so: money is costs, hours are time."""
        unit = (amount.value.unit or "").split(" ")[0].rpartition("-")[2]
        if self._label() and not noun.startswith("saving"):
            return self._label()
        if len(unit) == 3 and unit.isupper() and unit != "FTE":
            return "costs"
        if unit in SECONDS:
            return "time"
        return self._label()

    def _points(self, unit: str | None, metric: str | None) -> str | None:
        return "pp" if unit == "points" and metric and is_rate(metric) else unit


_ADJECTIVES = {
    "productive": "productivity",
    "efficient": "efficiency",
    "efficiently": "efficiency",
    "effective": "effectiveness",
    "effectively": "effectiveness",
    "innovative": "innovation",
    "agile": "agility",
    "transparent": "transparency",
    "competitive": "competitiveness",
    "sustainable": "sustainability",
    "resilient": "resilience",
    "attractive": "reputation",
    "satisfied": "satisfaction",
    "creative": "creativity",
    "engaging": "engagement",
    "reliable": "reliability",
    "consistent": "consistency",
    "collaborative": "collaboration",
}
_ASIDE = {"in", "for", "as", "on", "at", "with", "by", "overall", "however", "since", "during", "within", "from", "after", "before", "when", "through", "for", "given", "today", "currently", "if", "also", "then", "example"}
_NOT_A_SUBJECT = set(
    "we i it they this that there he she you us team goal aim target objective kpi who which these what everyone benefits benefit purpose impact results result expected"
    " outcome outcomes improvements savings value ai tool system solution model project pilot application app bot chatbot roi users".split()
)


def _subject_name(found: str | None) -> str | None:
    if found is None or found.lower() in _NOT_A_SUBJECT or head(found) in {"goal", "aim", "objective", "kpi", "kpis", "target", "goals", "objectives"}:
        return None
    return found


def _same_unit(a: Amount, b: Amount) -> bool:
    return a.value.unit in {"%", "pp", "x", b.value.unit}


def _uncapped(claim: Claim, sentence: Sentence) -> Claim:
    """The claim without the capital that only the beginning of the sentence gave its name."""
    metric = claim.metric or ""
    first = metric.split(" ", 1)[0]
    if first.istitle() and first.isalpha() and len(first) > 1 and first in {sentence.masked.lstrip(" \"'(").split(" ", 1)[0], sentence.label.split(" ", 1)[0]}:
        return replace(claim, metric=metric[0].lower() + metric[1:])
    return claim


def _signed(value: Decimal, sign: str) -> Decimal:
    return -value if sign == "-" else value


def _rate_in(metric: str) -> tuple[str, str] | None:
    """"missed inspections per quarter" as name and rate; only periods of time are a rate here."""
    words = metric.split()
    for k in range(len(words) - 1, 0, -1):
        if words[k].lower() in _PERIODS and words[k - 1].lower() in {"per", "a", "each", "every"} and k > 1:
            return " ".join(words[: k - 1] + words[k + 1 :]), f"per {words[k].lower()}"
        if k and words[k].lower() in {"annually", "monthly", "weekly", "daily", "quarterly", "yearly"}:
            return " ".join(words[:k] + words[k + 1 :]), {"annually": "per year", "yearly": "per year", "daily": "per day"}.get(words[k].lower(), f"per {words[k].lower().removesuffix('ly')}").replace("dai", "day")
    return None


