"""The gate itself: one text in, one verdict out, in the order of product.md 1.3, where the first hit wins."""

import re
from dataclasses import replace
from datetime import date

from bot.domain.direction import Direction, Kind
from bot.domain.outcome import questions
from bot.domain.outcome.breaths import in_one
from bot.domain.outcome.claim import Claim
from bot.domain.outcome.clauses import FARTHEST, may_count
from bot.domain.outcome.echo import amount_text, guardrail, parse_echo
from bot.domain.outcome.kinds import (
    ACCURACY,
    asks_for_means,
    is_model,
    is_vanity,
    measures_nothing,
    outputs,
    purpose,
    vain,
)
from bot.domain.outcome.names import is_generic, is_measured, is_rate, is_vague, polarity
from bot.domain.outcome.reading import Read, read_for
from bot.domain.outcome.sentences import sentences, tidy
from bot.domain.outcome.verdict import Choice, Keeps, Outcome, Reason, Verdict
from bot.domain.outcome.words import AMBITION, EXPLORE, MODEL_ALONE, MODEL_WORD, word_set

_SEE = re.compile(
    r"^(?:see|test\s(?:whether|if|how|what)|find\sout|learn|understand|know|figure\sout|look\s(?:at|into|for)|think\sabout|consider|discuss|play\s(?:with|around)|try\s(?:out|some|ai|copilot|chatgpt|new|different|using|it)|identify\s(?:use\scases|opportunities|areas|ways))\b",
    re.IGNORECASE,
)
_TRY_WORDS = word_set("see find learn understand try play look consider think know discuss")


def judge(text: str, on: date) -> Outcome:
    """The verdict on one sentence, or on the best sentence of a longer text; `on` is the day of submission.

    The first sentence with a direction and a quantity decides; where there is none, the first one that says anything.
    Any text is read in bounded time: sentences with a number first, then those before the best of them that have none, and
    of either only so many characters; what lies behind is a report, not a promise.
    """
    canonical = parse_echo(text)
    if canonical is not None:
        return _by_claims(text, canonical[0], canonical[1], on) or _refuse(text, Reason.NO_OUTCOME, None)
    parts = list(enumerate(dict.fromkeys(sentences(tidy(text)))))  # the same sentence again says nothing new
    worth = [(at, part) for at, part in parts if len(parts) == 1 or len(part) >= SHORTEST]
    best: Outcome | None = None
    rank = (WISH + 2, 0)
    left = READ
    for counted in (True, False):
        for at, part in worth:
            if left < (WISHES if counted else 0) or (not counted and rank < (WISH, at)):
                break  # a wish without a number cannot say more than what was found before it
            if may_count(part) is not counted:
                continue
            found = read_for(part, on)
            left -= min(len(part), FARTHEST) + EACH * (1 + len(found.sentence.originals))
            verdict = _sentence(text, found, on)
            if verdict.verdict is Verdict.ACCEPTED:
                return verdict
            if (_weight(verdict), at) < rank:
                best, rank = verdict, (_weight(verdict), at)
    return (
        _in_two_breaths(text, [part for _, part in parts], rank[0], on)
        or best
        or _refuse(text, Reason.NO_OUTCOME, None)
    )


def _in_two_breaths(text: str, parts: list[str], weight: int, on: date) -> Outcome | None:
    """The verdict where one sentence tells today's number and it or the next one the wanted: "It takes 12 minutes. We want 8"."""
    if weight < WISH:
        return None
    for at in range(min(len(parts), 3)):
        for count in (1, 2, 4):
            said = "; ".join(one.rstrip(" .!") for one in parts[at : at + count])
            if len(parts) - at > count // 2 and (joined := in_one(said, on)):
                verdict = _sentence(text, read_for(joined, on), on)
                if _weight_of(verdict) < WISH:
                    return verdict
    return None


def _weight_of(outcome: Outcome) -> int:
    return 0 if outcome.verdict is Verdict.ACCEPTED else _weight(outcome)


WISH = 4  # the weight of a direction without a number
READ = 900  # characters of sentences that are read,
WISHES = 300  # of them for those without a number,
EACH = 50  # and what one more sentence or number costs, in characters
SHORTEST = 8  # characters of a sentence among others that can say anything
_WEIGHTS = {
    Reason.MULTI_METRIC: 0,
    Reason.AMBIGUOUS_NUMBER: 0,
    Reason.DIRECTION_CLASH: 0,
    Reason.IMPLAUSIBLE: 1,
    Reason.HEDGED: 2,
    Reason.NO_OUTCOME: WISH + 1,
}


def _weight(outcome: Outcome) -> int:
    """How much a sentence says: a number beats a wish, and a wish beats nothing."""
    assert outcome.reason
    if outcome.reason is Reason.HEDGED and outcome.keeps.metric is None:
        return 3
    return _WEIGHTS.get(outcome.reason, WISH)


def _sentence(text: str, found: Read, on: date) -> Outcome:
    """One sentence through the classes of 1.3, in their order."""
    numbered = [claim for claim in found.claims if claim.kind]
    words = re.findall(r"[\w'-]+", found.opening[:80])
    first = words[0] if words else ""
    low = found.sentence.masked.lower()
    if _SEE.match(found.opening) or (first in EXPLORE and first not in _TRY_WORDS):
        return _refuse(text, Reason.NO_OUTCOME, found)
    if asks_for_means(found):
        return _refuse(text, Reason.NO_OUTCOME, found)
    ambition = first in AMBITION and not (first in {"be", "stay"} and numbered)
    if ambition and not numbered:
        if first in {"become", "be", "stay", "becomes", "becoming"} and any(
            c.metric and is_vague(c.metric, numbered=False) for c in found.claims
        ):
            return _refuse(text, Reason.VAGUE_METRIC, found, found.claims[0])
        return _refuse(text, Reason.NO_OUTCOME, found)
    if outputs(words, found) and not purpose(numbered, found):
        return _refuse(text, Reason.OUTPUT_NOT_OUTCOME, found)
    business = [c for c in numbered if not is_model(c, found)]
    counted = any(t.quantity for t in found.sentence.tokens)
    own = MODEL_ALONE.search(low) or (MODEL_WORD.search(low) and ACCURACY.search(low))
    alone = not found.claims and own and counted
    if not business and (any(is_model(c, found) for c in numbered or found.claims[:1]) or alone):
        return _refuse(text, Reason.MODEL_METRIC, found, next(iter(numbered), None))
    real = [c for c in business if not is_vanity(c, found)]
    if not real and vain(found, business):
        return _refuse(text, Reason.VANITY_METRIC, found, next(iter(business), None))
    told = bool(real) and real[0].past  # what is over has a date, not a deadline
    deadline = found.sentence.deadline.day if found.sentence.deadline and not told else None
    outcome = _by_claims(text, real, deadline, on)
    if outcome is not None:
        return outcome
    wishes = [c for c in found.claims if not c.kind]
    if not wishes:
        return _refuse(text, Reason.NO_OUTCOME, found)
    wish = wishes[0]
    if is_vague(wish.metric, numbered=False) or (wish.good and not is_measured(wish.metric or "")):
        return _refuse(text, Reason.VAGUE_METRIC, found, wish)
    return _refuse(text, Reason.HEDGED if wish.hedged else Reason.NO_QUANTITY, found, wish)


def _by_claims(text: str, found: list[Claim], deadline: date | None, on: date) -> Outcome | None:
    """The verdict on claims that have a business metric; None if there is no number in them."""
    numbered = [c for c in found if c.kind]
    if not numbered:
        if found:
            wish = found[0]
            vague = is_vague(wish.metric, numbered=False)
            return _refuse(text, Reason.VAGUE_METRIC if vague else Reason.NO_QUANTITY, None, wish)
        return None
    firm = [c for c in numbered if not measures_nothing(c)]
    if not firm:
        return _refuse(text, Reason.VAGUE_METRIC, None, numbered[0])
    sure = [c for c in firm if not c.hedged]
    if not sure:
        return _refuse(text, Reason.HEDGED, None, firm[0])
    lead = next((c for c in sure if not c.keeps), sure[0])
    if (second := _second(lead)) is not None:
        return _two_readings(text, lead, second, deadline, on)
    if flaw := _flaw(lead, deadline, on):
        return _refuse(text, Reason.IMPLAUSIBLE, None, lead, question=flaw)
    accepted = _accept(text, lead, deadline)
    good = polarity(lead.metric) if lead.metric else None
    if good and lead.direction in {Direction.INCREASE, Direction.DECREASE} and lead.direction is not good:
        return replace(
            accepted,
            verdict=Verdict.NEEDS_CONFIRM,
            reason=Reason.DIRECTION_CLASH,
            question=questions.clash(lead.metric or "", good),
        )
    others = [
        c
        for c in sure
        if c is not lead and c.metric and c.metric != lead.metric and c.metric.lower() not in _IE
    ]
    if others:
        return _multiple(text, lead, others, deadline)
    return accepted


_IE = {
    "i.e",
    "ie",
    "that is",
    "e.g",
    "namely",
    "i.e.",
    "meaning",
}  # "from 10 to 6 days, i.e. by 40 %" says it twice


def _accept(text: str, claim: Claim, deadline: date | None) -> Outcome:
    rate = bool(claim.metric) and is_rate(claim.metric or "")
    ask = [
        *(["baseline"] if claim.baseline is None else []),
        *(["deadline"] if deadline is None else []),
        *(["relative_or_points"] if claim.percent and rate else []),
        *(["past_result"] if claim.past else []),
    ]
    return Outcome(
        text=text,
        verdict=Verdict.ACCEPTED,
        direction=claim.direction,
        kind=claim.kind,
        amount=claim.amount,
        unit=claim.unit,
        metric=claim.metric,
        baseline=claim.baseline,
        target=claim.target,
        deadline=deadline,
        ask=tuple(ask),
    )


def _multiple(text: str, lead: Claim, others: list[Claim], deadline: date | None) -> Outcome:
    """Several metrics in one sentence: which one leads? The ones that are only held look like guardrails."""
    ordered = [lead, *others]
    choices = tuple(
        Choice(outcome=_accept(text, c, deadline), guardrail=guardrail(_accept(text, c, deadline)))
        for c in ordered
    )
    candidates = tuple(
        f"{c.metric}: {amount_text(choice.outcome)}"
        + (" (looks like a guardrail)" if c.keeps and not lead.keeps else "")
        for c, choice in zip(ordered, choices, strict=True)
    )
    return Outcome(
        text=text,
        verdict=Verdict.NEEDS_CHOICE,
        reason=Reason.MULTI_METRIC,
        deadline=deadline,
        candidates=candidates,
        choices=choices,
        question=questions.which_leads([c.metric or "" for c in ordered]),
    )


def _second(lead: Claim) -> Claim | None:
    """The claim with the other reading of its numbers, where they have one that says something else."""
    second = replace(
        lead,
        amount=lead.amount if lead.other is None or lead.amount is None else lead.other,
        target=lead.target if lead.other is None or lead.target is None else lead.other,
        baseline=lead.baseline if lead.other_base is None else lead.other_base,
    )
    if second.good and second.kind is Kind.FROM_TO and None not in (second.baseline, second.target):
        # Which way is meant was told by the numbers, so other numbers may tell another way.
        rises = (second.target or 0) > (second.baseline or 0)
        second = replace(second, direction=Direction.INCREASE if rises else Direction.DECREASE)
    return None if second == lead else second


def _two_readings(text: str, lead: Claim, second: Claim, deadline: date | None, on: date) -> Outcome:
    """A lone "1.200": both readings, the one with thousands first unless only the other one can be meant."""
    flaws = [_flaw(claim, deadline, on) for claim in (lead, second)]
    if all(flaws):
        return _refuse(text, Reason.IMPLAUSIBLE, None, lead, question=flaws[0])
    ordered = (second, lead) if flaws[0] else (lead, second)
    choices = tuple(Choice(outcome=_accept(text, claim, deadline)) for claim in ordered)
    first = choices[0].outcome
    return replace(
        first,
        verdict=Verdict.NEEDS_CONFIRM,
        reason=Reason.AMBIGUOUS_NUMBER,
        choices=choices,
        candidates=tuple(amount_text(choice.outcome) for choice in choices),
        question=questions.two_readings(first, choices[1].outcome),
    )


def _flaw(claim: Claim, deadline: date | None, on: date) -> str | None:
    """The question to ask where the numbers cannot be meant, or None."""
    if (
        claim.kind is Kind.RELATIVE
        and claim.direction is Direction.DECREASE
        and claim.amount is not None
        and claim.amount > 100
    ):
        return questions.MORE_THAN_ALL
    if claim.kind is Kind.FROM_TO and claim.baseline is not None and claim.target is not None:
        if claim.baseline == claim.target:
            return questions.no_change(claim.metric)
        rises = claim.target > claim.baseline
        if (
            not claim.good
            and claim.direction in {Direction.INCREASE, Direction.DECREASE}
            and rises is not (claim.direction is Direction.INCREASE)
        ):
            return questions.wrong_side(claim.direction, claim.metric)
    if (
        claim.kind is Kind.ABSOLUTE_TO
        and claim.unit == "%"
        and claim.target is not None
        and claim.metric
        and claim.target > 100
        and is_rate(claim.metric)
    ):
        return questions.ABOVE_ALL
    if claim.amount == 0:
        return questions.no_change(claim.metric)
    if deadline and deadline < on and not claim.past:
        return questions.too_late(deadline)
    return None


def _refuse(
    text: str, reason: Reason, found: Read | None, claim: Claim | None = None, question: str | None = None
) -> Outcome:
    """A refusal that keeps what was understood and asks one question."""
    keeps = Keeps()
    if claim and reason in {Reason.VAGUE_METRIC, Reason.HEDGED, Reason.NO_QUANTITY, Reason.IMPLAUSIBLE}:
        vague = reason is Reason.VAGUE_METRIC
        sure = reason is Reason.VAGUE_METRIC and not claim.hedged
        worth = claim.metric and not is_generic(claim.metric) and not is_vague(claim.metric, numbered=False)
        keeps = Keeps(
            direction=None if vague and claim.good and not claim.kind else claim.direction,
            metric=claim.metric if worth else None,
            amount=claim.amount if sure else None,
            unit=claim.unit if sure and claim.amount is not None else None,
        )
    asked = question or questions.ask(
        reason, found.sentence.masked.translate(found.sentence.originals) if found else text, claim
    )
    return Outcome(text=text, verdict=Verdict.REFUSED, reason=reason, keeps=keeps, question=asked)
