"""From a sentence to its claims: which number shall go which way, and by how much."""

import re
from dataclasses import replace

from bot.domain.outcome.by_noun import by_comparison, by_noun
from bot.domain.outcome.by_number import by_number
from bot.domain.outcome.by_today import by_today
from bot.domain.outcome.by_verb import by_reaching, by_verb
from bot.domain.outcome.claim import Claim, uncapped
from bot.domain.outcome.clause import Clause
from bot.domain.outcome.tokens import Sentence
from bot.domain.outcome.wishes import wish
from bot.domain.outcome.words import Sense, word_set

MOST = 12  # claims of one sentence that are looked at,
CLAUSES = 24  # among so many of its clauses
VERBS = 6  # and so many verbs of a clause
_MODALS = {"could", "might", "may"}
_ADVERBS = word_set("potentially possibly probably perhaps maybe hopefully theoretically conceivably")
_POSSIBLE = {"possible", "feasible", "conceivable", "potential"}
_HAD = {"has", "have", "had", "was", "were"}
_PAST = word_set(
    "achieved demonstrated resulted showed shown saw realised realized already delivered yielded led "
    "experienced"
)
_LATELY = re.compile(
    r"\b(?:last|previous)\s(?:week|month|quarter|year|summer|winter|spring|autumn)\b|\bso\sfar\b"
)
_INTRANSITIVE = word_set(
    "decrease increase drop fall grow rise decline improve climb sink shrink double triple jump"
)


_WEAK = {Sense.REACH, Sense.MOVE}
_PASSIVE = word_set("be is are to being get gets and")


def claims(sentence: Sentence) -> list[Claim]:
    """All claims and wishes of a sentence, in reading order."""
    found: list[Claim] = []
    for lo, hi in sentence.segments[:CLAUSES]:
        start = lo
        before: Claim | None = None
        for _ in range(4):
            claim = find_claim(Clause(sentence, start, hi), before)
            if claim is None:
                break
            found.append(uncapped(claim, sentence))
            if claim.kind is None or claim.end <= start or claim.end >= hi:
                break
            start, before = claim.end, claim
        if len(found) >= MOST:
            break
    return found


def find_claim(clause: Clause, before: Claim | None) -> Claim | None:
    """The claim of this clause, or the wish, or nothing; `before` lends its verb to "and costs by 20 %"."""
    if clause.lo >= clause.hi:
        return None
    verbs = [n for n in range(clause.lo, clause.hi) if clause.tokens[n].verb]
    if clause.found and (found := by_today(clause)):
        return marked(clause, found, clause.lo)
    strong = [n for n in verbs if clause.sense(n) not in _WEAK][:VERBS]
    for n in strong:
        if found := by_verb(clause, n):
            return marked(clause, found, n)
    for n in range(clause.lo, clause.hi):
        if clause.amounts and (found := by_noun(clause, n) or by_comparison(clause, n)):
            return marked(clause, found, n)
    for n in [n for n in verbs if clause.sense(n) in _WEAK][:VERBS]:
        if clause.amounts and (found := by_reaching(clause, n)):
            return marked(clause, found, n)
    if found := by_number(clause, before):
        return marked(clause, found, clause.lo)
    return None if before else wish(clause, strong)


def marked(clause: Clause, claim: Claim, n: int) -> Claim:
    """The claim with what the words around its verb say: hedged, or told of the past."""
    low = [t.low for t in clause.tokens[clause.lo : max(n, clause.lo)]]
    softly = (
        bool(_ADVERBS & {t.low for t in clause.tokens[clause.lo : clause.hi]})
        and (claim.kind is not None or bool(_ADVERBS & set(low)))
    ) or "potential" in low[-3:]
    hedged = bool(_MODALS & set(low)) or softly
    if hedged and not softly:
        # "calls that could be answered online, reduced by 40 %": the modal belongs to the name
        hedged = any(
            t in _MODALS
            and (k == 0 or low[k - 1] not in {"that", "which", "who", "where"} or n - clause.lo - k <= 3)
            for k, t in enumerate(low)
        )
    ahead = {t.low for t in clause.tokens[max(0, clause.lo - 5) : clause.lo]}
    hedged = hedged or bool(ahead & _POSSIBLE and ahead & (_MODALS | {"is", "be", "seems"}))
    verb = clause.tokens[n].verb
    helpers = set(low[-3:])
    helped = any(
        t in _HAD
        and any(
            clause.tokens[clause.lo + k + j].low.endswith(("ed", "en"))
            or ((v := clause.tokens[clause.lo + k + j].verb) and (v.past or v.base in {"cut", "hit"}))
            for j in (1, 2, 3)
            if clause.lo + k + j < clause.hi
        )
        for k, t in enumerate(low)
    )
    whole = {t.low for t in clause.tokens[clause.lo : clause.hi]}
    told = (
        helped
        or bool(_PAST & set(low))
        or bool(whole & {"achieved", "since"} and clause.tokens[clause.lo].verb is None)
    ) and not set(low) & {"will", "to", "should", "must"}
    now = " ".join(t.low for t in clause.tokens[max(clause.lo, clause.hi - 4) : clause.hi] if t.word)
    told = told or now.endswith(("than before", "than previously", "than it used to be"))
    past = bool(verb and verb.past) and not helpers & _PASSIVE
    low_text = clause.sentence.masked.lower()
    told = told or bool(_LATELY.match(low_text)) or (past and bool(_LATELY.search(low_text)))
    if past and not told and clause.object(n) is None and verb and verb.base not in _INTRANSITIVE:
        past = False  # "complaints reduced by 20 %" names a state to reach
    if clause.sentence.deadline and not told:
        past = False
    return replace(claim, hedged=claim.hedged or hedged, past=past or told or claim.past)
