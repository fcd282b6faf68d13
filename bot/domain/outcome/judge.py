"""The gate itself: one text in, one verdict out, in the order of product.md 1.3, where the first hit wins."""

import re
from dataclasses import dataclass, replace
from datetime import date

from bot.domain.direction import Direction, Kind
from bot.domain.outcome import questions
from bot.domain.outcome.claim import Claim
from bot.domain.outcome.claims import claims
from bot.domain.outcome.clauses import Sentence, may_count, read, sentences, tidy
from bot.domain.outcome.echo import amount_text, guardrail, parse_echo
from bot.domain.outcome.names import is_generic, is_measured, is_rate, is_vague, polarity
from bot.domain.outcome.verdict import Choice, Keeps, Outcome, Reason, Verdict
from bot.domain.outcome.words import (
    AMBITION,
    EXPLORE,
    MODEL_ALONE,
    MODEL_QUALITY,
    MODEL_WORD,
    OUTPUT,
    SOFT_OUTPUT,
    TOOLS,
    TRAIN,
    VANITY,
    word_set,
)

_PREFIX = re.compile(
    r"^(?:(?:our|the|my|its|this|primary|main|overall|key|expected|intended|a)\s){0,3}(?:goal|aim|objective|target|purpose|intention|ambition|mission|plan|idea|vision|benefit|hope|outcome|project|initiative|task|pilot)s?"
    r"(?:\s(?:of|for|in)\s(?:the\s|this\s|our\s)?\w+(?:\s\w+)?)?\s(?:is|are|was|will\sbe|would\sbe)\s(?:to|that|for)?\s*"
    r"|^(?:we|i|they|you|our\steam|the\steam|management|the\scompany|our\scompany|the\sdepartment|our\sdepartment)\s(?:(?:would|'d|are|am|will|should|must|can|could|have|really|also|all|now|need|want|plan|going)\s)*"
    r"(?:like|want|need|plan|aim|intend|hope|wish|try|expect|going|seek|strive|trying|planning|looking|aiming|love|able)?\s?(?:to\s)?"
    r"|^(?:let'?s|let\sus|please|in\sorder\sto|to|help\sus(?:\sto)?|help\sto|and|also|so|then|idea:|just|simply|finally|first|together)\s"
    r"|^(?:the|this|our|its|it|these|those|that)\s(?:[\w-]+\s){0,5}?(?:will|would|aims?\sto|seeks?\sto|plans?\sto|intends?\sto|is\s(?:designed|intended|expected|meant|supposed|going|used|planned)\sto|wants?\sto|is\sto|helps?\sto)\s",
    re.IGNORECASE,
)
_SEE = re.compile(
    r"^(?:see|test\s(?:whether|if|how|what)|find\sout|learn|understand|know|figure\sout|look\s(?:at|into|for)|think\sabout|consider|discuss|play\s(?:with|around)|try\s(?:out|some|ai|copilot|chatgpt|new|different|using|it)|identify\s(?:use\scases|opportunities|areas|ways))\b",
    re.IGNORECASE,
)
_PILOT = re.compile(r"^(?:pilot|pilots|piloting|test|testing)\s", re.IGNORECASE)


_TRY_WORDS = word_set("see find learn understand try play look consider think know discuss")


@dataclass(frozen=True)
class _Read:
    """A sentence with its claims and the first word that acts."""

    sentence: Sentence
    claims: list[Claim]
    opening: str  # what is left after "Our aim is to", in lower case


def judge(text: str, on: date) -> Outcome:
    """The verdict on one sentence, or on the best sentence of a longer text; `on` is the day of submission.

    Reads any text: the longest are read sentence by sentence in time proportional to their length. The first sentence with
    a direction and a quantity decides; where there is none, the first one that says anything.
    """
    canonical = parse_echo(text)
    if canonical is not None:
        return _by_claims(text, canonical[0], canonical[1], on) or _refuse(text, Reason.NO_OUTCOME, None)
    best: Outcome | None = None
    weight = WISH + 1
    parts = sentences(tidy(text))
    for part in parts:
        if len(parts) > 1 and (len(part) < SHORTEST or (weight <= WISH and not may_count(part))):
            continue  # a further wish without a number cannot say more than the first
        verdict = _sentence(text, _read(part, on), on)
        if verdict.verdict is Verdict.ACCEPTED:
            return verdict
        if best is None or _weight(verdict) < weight:
            best, weight = verdict, _weight(verdict)
    return best or _refuse(text, Reason.NO_OUTCOME, None)


WISH = 4  # the weight of a direction without a number
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


def _read(text: str, on: date) -> _Read:
    sentence = read(text, on)
    opening = sentence.masked.lower().strip(" \"'*-")
    for _ in range(4):
        rest = _PREFIX.sub("", opening, count=1).lstrip(" ,:")
        if rest == opening or not rest:
            break
        opening = rest
    return _Read(sentence, claims(sentence), opening)


def _sentence(text: str, found: _Read, on: date) -> Outcome:
    """One sentence through the classes of 1.3, in their order."""
    numbered = [claim for claim in found.claims if claim.kind]
    words = re.findall(r"[\w'-]+", found.opening[:80])
    first = words[0] if words else ""
    low = found.sentence.masked.lower()
    if _SEE.match(found.opening) or (first in EXPLORE and first not in _TRY_WORDS):
        return _refuse(text, Reason.NO_OUTCOME, found)
    ambition = first in AMBITION and not (first in {"be", "stay"} and numbered)
    if ambition and not numbered:
        if first in {"become", "be", "stay", "becomes", "becoming"} and any(
            c.metric and is_vague(c.metric, numbered=False) for c in found.claims
        ):
            return _refuse(text, Reason.VAGUE_METRIC, found, found.claims[0])
        return _refuse(text, Reason.NO_OUTCOME, found)
    if _outputs(words, found) and not _purpose(numbered, found):
        return _refuse(text, Reason.OUTPUT_NOT_OUTCOME, found)
    business = [c for c in numbered if not _is_model(c, found)]
    alone = not found.claims and MODEL_ALONE.search(low) and any(t.quantity for t in found.sentence.tokens)
    if not business and (any(_is_model(c, found) for c in numbered or found.claims[:1]) or alone):
        return _refuse(text, Reason.MODEL_METRIC, found, next(iter(numbered), None))
    real = [c for c in business if not _is_vanity(c, found)]
    if not real and _vain(found, business):
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
    firm = [c for c in numbered if not _is_vague(c)]
    if not firm:
        return _refuse(text, Reason.VAGUE_METRIC, None, numbered[0])
    sure = [c for c in firm if not c.hedged]
    if not sure:
        return _refuse(text, Reason.HEDGED, None, firm[0])
    lead = next((c for c in sure if not c.keeps), sure[0])
    if lead.other is not None or lead.other_base is not None:
        return _two_readings(text, lead, deadline)
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
    others = [c for c in sure if c is not lead and c.metric and c.metric != lead.metric]
    if others:
        return _multiple(text, lead, others, deadline)
    return accepted


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


def _two_readings(text: str, lead: Claim, deadline: date | None) -> Outcome:
    """A lone "1.200": both readings, the one with thousands first."""
    second = replace(
        lead,
        amount=lead.amount if lead.other is None or lead.amount is None else lead.other,
        target=lead.target if lead.other is None or lead.target is None else lead.other,
        baseline=lead.baseline if lead.other_base is None else lead.other_base,
    )
    choices = tuple(Choice(outcome=_accept(text, c, deadline)) for c in (lead, second))
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
    text: str, reason: Reason, found: _Read | None, claim: Claim | None = None, question: str | None = None
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


# What kind of thing a sentence speaks of.


def _outputs(words: list[str], found: _Read) -> bool:
    """Whether the main verb makes or installs something."""
    if not words:
        return False
    first = words[0]
    if first in {"roll", "rolls", "rolling", "rolled"}:
        return "out" in words[1:4]
    if first in {"set", "sets", "setting"}:
        return "up" in words[1:3]
    if first in {"run", "test", "pilot"}:
        return bool(_PILOT.match(found.opening)) and not VANITY.search(found.opening)
    if first in OUTPUT:
        return not any(
            c.kind
            and c.metric
            and c.end
            and c.direction
            and first in {"automate", "digitise", "digitize", "automates"}
            for c in found.claims
        )
    if first in SOFT_OUTPUT:
        return (
            bool(set(words[1:8]) & TOOLS)
            and not any(c.kind for c in found.claims)
            and not _COUNTED_VANITY.search(found.opening)
        )
    return False


def _purpose(numbered: list[Claim], found: _Read) -> bool:
    """Whether a clause after the output names a direction and a quantity: "deploy X to cut Y by 60 %"."""
    first_end = found.sentence.segments[0][1] if found.sentence.segments else 0
    return any(c.end > first_end or c.sense is not None for c in numbered if c.direction)


def _is_model(claim: Claim, found: _Read) -> bool:
    """Whether the number is the model's own: "model accuracy", "F1", "precision on the test set"."""
    metric = (claim.metric or "").lower()
    if MODEL_ALONE.search(metric):
        return True
    around = (
        metric if found.sentence.tokens and len(found.sentence.tokens) > 40 else found.sentence.masked.lower()
    )
    return bool(
        MODEL_QUALITY.search(metric)
        and MODEL_WORD.search(around)
        and not re.search(r"\b(?:cost|time|price|customer|service|credit|employee)\b", metric)
    ) and (
        bool(MODEL_WORD.search(metric))
        or re.search(r"\b(?:accurac|error\srate|f1|r\^?2)", metric) is not None
    )


_NOUN = re.compile(
    r"(?:(?:number|share|percentage|count|proportion|volume)\sof\s)?(?:[^\W\d_][\w-]*\s){0,3}?"
)


def _is_vanity(claim: Claim, found: _Read) -> bool:
    """Whether what a claim counts is the pilot itself: pilots, prompts, people trained, "managers using the chatbot"."""
    metric = (claim.metric or "").lower()
    if not metric:
        return False
    low = found.sentence.masked.translate(found.sentence.originals).lower()
    start = low.find(metric)
    if start < 0:
        low, start = metric, 0
    noun = _NOUN.match(low, start)
    hit = VANITY.search(low, start, start + len(metric) + 40)
    if not hit or not noun:
        return False
    between = low[start : hit.start()]
    if re.search(r"\b(?:for|in|per|with|by|among|to|on|at|from)\s", between) or re.search(
        r"(?<!number\s)(?<!share\s)(?<!percentage\s)(?<!count\s)(?<!proportion\s)\bof\s", between
    ):
        return False
    return hit.start() < start + len(metric) and not re.search(
        r"\b(?:cost|costs|time|errors?|per\s(?:user|licen[cs]e|pilot))\b", metric
    )


_COUNTED_VANITY = re.compile(r"[\U000f0000-\U000ffffd]\s(?:[\w-]+\s){0,2}?(?=(" + VANITY.pattern + "))")


def _vain(found: _Read, business: list[Claim]) -> bool:
    """Whether a sentence counts nothing but the pilot itself."""
    if any(_is_vanity(c, found) for c in business or found.claims[:1]):
        return True
    if business or found.claims:
        return False
    low = found.opening
    counted = any(t.quantity for t in found.sentence.tokens)
    if low.startswith(("train ", "upskill ", "onboard ", "educate ")) and counted:
        return True
    return bool(_COUNTED_VANITY.search(low)) or (
        bool(TRAIN.match(low)) and bool(VANITY.search(low)) and counted
    )


def _is_vague(claim: Claim) -> bool:
    """Whether a claim's noun measures nothing; a unit of its own, or two levels of it, is a measure."""
    if claim.metric is None:
        return True
    if claim.unit not in {"%", "pp", None} and claim.kind is not None and not claim.unit.startswith("per"):
        return False
    if claim.kind is Kind.FROM_TO:
        return (
            is_vague(claim.metric, numbered=True)
            and claim.unit in {"%", "pp"}
            and len(claim.metric.split()) == 1
        )
    return is_vague(claim.metric, numbered=True)
