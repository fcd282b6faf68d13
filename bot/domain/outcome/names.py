"""The name of a metric: cut out of the sentence, and what kind of thing it names."""

import re

from bot.domain.direction import Direction
from bot.domain.outcome.words import (
    COUNTED,
    DEALT_WITH,
    FALLS,
    GENERIC,
    MEASURABLE_IF_NUMBERED,
    NOT_RATES,
    RATES,
    RISES,
    VAGUE,
    word_set,
)

_LEAD = word_set(
    "the our a an its my your their his her all these those this any of in on and or to for by at overall "
    "existing down up back out off also that with from significantly further current currently over both such "
    "some about estimated us we is are was be i it they each ideally"
)
_TRAIL = word_set(
    "the our a an and or of to for by in at on from with is are was were be been being will shall should "
    "must would could may might can has have had down up back further currently today now significantly "
    "substantially greatly drastically dramatically measurably considerably noticeably markedly sharply strongly massively visibly which that per as so while also then not "
    "get make thereby thus than some about around ca need ought going each it this every overall "
    "expected both generally usually typically consistently approximately nearly roughly only already "
    "always steadily"
)
_TRAIL_PAIRS = {
    ("on", "average"),
    ("has", "to"),
    ("over", "time"),
    ("in", "total"),
    ("per", "cent"),
    ("year", "on"),
}
_EDGE = " ,.;:\"'()*_<>=/!?-–—+~"
_TOOL = re.compile(
    r"\s(?:with|by|through|via|using|thanks\sto|powered\sby|based\son|driven\sby|leveraging|utili[sz]ing|employing|by\smeans\sof|with\sthe\shelp\sof|compared\s(?:to|with)|versus|vs\.?"
    r"|relative\sto|against|instead\sof|due\sto|because\sof|in\sorder\sto|so\sthat|as\sa\sresult\sof|as\scompared|resulting\sfrom)\s",
    re.IGNORECASE,
)
_ALWAYS = re.compile(
    r"^(?:through|via|using|thanks|powered|driven|leveraging|utili[sz]ing|employing|by\smeans|with\sthe\shelp|compared|versus|vs|relative|instead|due|because|so\sthat|as\s|resulting|in\sorder)",
    re.IGNORECASE,
)
_TOOL_WORD = re.compile(
    r"\b(?:ai|ml|llms?|genai|gpt|chatgpt|copilot|generative|machine\slearning|automat\w+|chatbots?|bots?|assistants?|models?|algorithms?|predictive|rpa|ocr|nlp|computer\svision|tools?|software)\b",
    re.IGNORECASE,
)
_PARENS = re.compile(r"\s?\([^()]{0,200}\)?")
_HEAD_END = re.compile(
    r"\s(?:of|in|for|per|with|among|amongst|across|on|at|to|from|between|by|through|during|when|that|which|who|where|without|within|under|over|via|using|after|before|inside|into|as|needed|spent|required"
    r"|taken|lost|waiting|until|than|and|or|while|if|because|due|about|against|towards|behind|not|is|are|it|we|made|older|longer)\b|[,(/]",
    re.IGNORECASE,
)
_SPACES = re.compile(r"\s+")
_BLANKS = re.compile("[\U00100000-\U0010ffff]")


LONGEST = 40  # words of a name; what is longer was no name


_CONTAINERS = word_set(
    "level levels degree amount volume amounts average total median sum overall number numbers count quantity"
)
_MEASURES = word_set(
    "rate rates share percentage proportion ratio number count index score level cases probability "
    "likelihood volume frequency"
)


def name(text: str) -> str | None:
    """The metric's name out of a stretch of the sentence: without articles, helpers, tools and brackets around it."""
    text = _BLANKS.sub(" ", _PARENS.sub(" ", text) if "(" in text else text)
    words = _without_tools(f" {' '.join(text.split()[:LONGEST])}").split()
    lo, hi = 0, len(words)
    while lo < hi:
        if [w.lower() for w in words[lo : lo + 2]] == ["overall", "equipment"]:
            break  # OEE is one term
        if (
            words[lo].strip(_EDGE).lower() in _LEAD and words[lo].strip("\"'(,.:;") == words[lo].strip(_EDGE)
        ) or not words[lo].strip(_EDGE):
            lo += 1
        elif [w.lower() for w in words[lo : lo + 2]] == ["more", "than"]:
            lo += 2
        else:
            break
    while lo < hi:
        last = words[hi - 1].strip(_EDGE).lower()
        if hi - lo > 1 and (words[hi - 2].lower(), last) in _TRAIL_PAIRS:
            hi -= 2
        elif not last or last in _TRAIL:
            hi -= 1
        elif hi - lo > 1 and words[hi - 2].lower() == "in" and _YEAR.fullmatch(last):
            hi -= 2
        else:
            break
    found = " ".join(words[lo:hi]).strip(_EDGE).replace('"', "").replace("(", "").replace(")", "")
    return found if any(c.isalnum() for c in found) else None


_YEAR = re.compile(r"20\d\d")


def _without_tools(text: str) -> str:
    """Cut before "with generative AI", "using …", "compared to …": how it is done is not what is measured."""
    for match in _TOOL.finditer(text):
        at = match.start() + 1
        if _ALWAYS.match(text, at) or _TOOL_WORD.search(text, at, at + 60) or _BY_DOING.match(text, at):
            return text[: match.start()]
    return text


_BY_DOING = re.compile(r"by\s\w+ing\b", re.IGNORECASE)


def head(metric: str) -> str:
    """The noun that says what is measured: "churn" of "churn among monthly subscribers"."""
    return _head(metric.lower(), 0)


def _head(low: str, depth: int) -> str:
    part = _HEAD_END.split(low, maxsplit=1)[0].split()
    word = part[-1].strip(".,'\"") if part else ""
    if word in _CONTAINERS and depth < 2:
        of = re.search(r"\b(?:of|in)\s+(?:the\s|our\s|all\s)?", low)
        if of and low[of.end() :]:
            return _head(low[of.end() :], depth + 1)
    return word


def polarity(metric: str) -> Direction | None:
    """Which way is good for a metric, as far as its noun tells."""
    low = metric.lower()
    words = set(re.findall(r"[\w'-]+", low))
    noun = head(metric)
    before = low.split(noun)[0].split()[-1:] if noun else []
    if words & DEALT_WITH and not ("time" in words or "cost" in words):
        return None
    if "promoter" in words:
        return Direction.INCREASE
    if noun == "hours":
        return (
            Direction.DECREASE
            if re.search(
                r"\b(?:overtime|clerk|manual|work|labou?r|waiting|handling|processing|rework|downtime|idle)\b",
                low,
            )
            else None
        )
    if noun == "turnover" and is_rate(metric):
        return Direction.DECREASE  # of staff; that of goods and money is good
    if noun == "returns" and re.search(r"\breturns\s(?:on|of)\s", low):
        return None
    if noun in {"time", "times"}:
        if re.search(
            r"\b(?:with|between|for|at|available|to\sfailure|saved|free|teaching|selling|face|contact|facing|billable|productive|sold|flying|practice|research|volunteer|opening|treatment|play\w*|watch|listening|viewing|care)\b",
            low,
        ):
            return None
        return Direction.DECREASE
    if noun in _MEASURES:
        inside = set(before) | set(re.findall(r"[\w'-]+", low.split(noun, 1)[1])[:4]) if noun else set()
        if inside & FALLS or any(word.removesuffix("s") in FALLS or word + "s" in FALLS for word in inside):
            return Direction.DECREASE
        return Direction.INCREASE if inside & RISES else None
    if noun in FALLS:
        return Direction.DECREASE
    return Direction.INCREASE if noun in RISES else None


def is_rate(metric: str) -> bool:
    """Whether a metric is a rate or share by nature, so that "by 15 %" can be read in two ways."""
    low = metric.lower()
    if NOT_RATES.search(low):
        return False
    noun = head(metric)
    return noun in RATES or (
        noun == "turnover"
        and bool(re.search(r"\b(?:staff|employee|personnel|nurse|workforce|labou?r|driver)\b", low))
    )


def is_vague(metric: str | None, *, numbered: bool) -> bool:
    """Whether a name measures nothing; some soft ones do as soon as there is a number ("satisfaction by 10 %")."""
    if metric is None:
        return True
    low = metric.lower()
    noun = head(metric)
    if re.match(r"(?:number|count|share|percentage|rate|volume|frequency)s?\sof\b", low):
        return False
    if re.search(r"\bper\s\w", low):
        return False
    words = low.split()
    if noun.endswith("s") and noun in words[1:] and words[words.index(noun) - 1].endswith("ed"):
        return False  # "cancelled operations", "reversed decisions": they can be counted
    if noun == "value" and len(words) > 1 and words[words.index(noun) - 1] not in _NO_PRICE:
        return not numbered
    if noun in MEASURABLE_IF_NUMBERED:
        return not numbered
    if noun.endswith("efficiency") and re.search(r"\b(?:energy|fuel|equipment|engine)\b", low):
        return not numbered
    if low in {"risk", "risks"}:
        return True
    if noun == "productivity" and numbered and " in " in low:
        return True
    return noun in VAGUE


# "Resale value", "order value" are sums of money; these are none.
_NO_PRICE = word_set(
    "business added public customer more great greater strategic user our the of real social mission"
)


def is_measured(metric: str) -> bool:
    """Whether a name by itself says what is measured: "improve response time" lacks a number, "improve the supply chain" a metric."""
    return (
        polarity(metric) is not None
        or is_rate(metric)
        or counts(metric)
        or metric.lower().startswith(("on-time ", "first-time-right"))
        or head(metric) in {"time", "times", "score", "index", "cost", "costs", "duration"}
    )


_LEVELS = word_set("score index level ratio rating time times duration cost costs age nps csat dso oee roi")


def is_level(metric: str) -> bool:
    """Whether a name is of something that has a level: "an accuracy of 98 %", "a time of 5 minutes"."""
    low = metric.lower().split()
    return bool(low) and (
        head(metric) in _LEVELS
        or is_rate(metric)
        or (polarity(metric) is not None and not low[-1].endswith("s"))
    )


def is_generic(metric: str) -> bool:
    """Whether a name is too bare to be worth keeping: "costs", "time"."""
    return metric.lower() in GENERIC


def counts(metric: str) -> bool:
    """Whether a name counts something: "number of wrongly routed tickets"."""
    return head(metric) in COUNTED


_AFTER_DEED = word_set(
    "within in on without before by at under per with from of to for correctly automatically"
)


def when_done(metric: str, deed: str) -> str:
    """“calls within 30 seconds” answered: “calls answered within 30 seconds”."""
    words = metric.split()
    at = next((k for k, word in enumerate(words) if word.lower() in _AFTER_DEED), len(words))
    return " ".join((*words[:at], deed, *words[at:]))
