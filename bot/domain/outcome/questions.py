"""The one question that each refusal asks: kind, concrete, about this sentence's own nouns."""

import re
from datetime import date

from bot.domain.direction import Direction
from bot.domain.outcome.claim import Claim
from bot.domain.outcome.names import head, is_generic, polarity
from bot.domain.outcome.verdict import Outcome, Reason
from bot.domain.outcome.words import RATES

WHICH_NUMBER = "What number should change, and which way?"
MORE_THAN_ALL = "A number cannot fall by more than 100 %. What is the target value?"
ABOVE_ALL = "A share cannot be above 100 %. What is the target value?"

_INSTEAD = {
    "experience": "response time, repeat contacts, satisfaction score, returns",
    "productivity": "cases per day, minutes per case, cost per case",
    "quality": "errors per 100 cases, rework, complaints, returns",
    "satisfaction": "a survey score, complaints, repeat contacts, people who leave",
    "engagement": "a survey score, days absent, people who leave, people who take part",
    "culture": "people who leave, days absent, a survey score, ideas carried out",
    "collaboration": "hand-overs per case, days waiting for another team, rework",
    "innovation": "months to market, revenue from new products, ideas carried out",
    "decision-making": "days to a decision, decisions reversed, forecast error",
    "safety": "accidents per quarter, near misses, days without an incident",
    "security": "incidents per quarter, hours to close one, open weaknesses",
    "service": "waiting time, first-contact resolution, complaints, satisfaction score",
    "communication": "days until an answer, questions asked twice, a survey score",
    "awareness": "people who can name it in a survey, enquiries per month",
}
_THING = re.compile(
    r"\b(chatbot|bot|assistant|dashboard|platform|portal|app|copilot|tool|agent|pipeline|data lake|prototype|model|system|solution|website|software|engine)s?\b",
    re.IGNORECASE,
)
_ADJECTIVE = {
    "productivity": "Productive",
    "efficiency": "Efficient",
    "effectiveness": "Effective",
    "innovation": "Innovative",
}
_FIELD = re.compile(
    r"\b(?:in|for|within|across)\s(?:the\s|our\s)?([a-z]+(?:\s(?:service|care|chain|planning|management))?)\.?$",
    re.IGNORECASE,
)


def ask(reason: Reason, text: str, claim: Claim | None) -> str:
    """The question for a refused sentence; `claim` is what was understood of it."""
    metric = claim.metric if claim else None
    match reason:
        case Reason.OUTPUT_NOT_OUTCOME:
            return _output(text)
        case Reason.MODEL_METRIC:
            kept = "accuracy is" if "accura" in text.lower() else "this number is"
            quality = "accurate" if "accura" in text.lower() else "good"
            return (
                f"Which business number moves when the model is that {quality}? ({kept} kept as a guardrail)"
            )
        case Reason.VANITY_METRIC:
            return _vanity(text)
        case Reason.VAGUE_METRIC:
            return _vague(text, claim)
        case Reason.HEDGED:
            noun = _short(metric)
            change = "increase" if claim and claim.direction is Direction.INCREASE else "reduction"
            if metric is None or is_generic(metric):
                which = {
                    "costs": "Which cost",
                    "cost": "Which cost",
                    "money": "Which cost",
                    "time": "Whose time",
                    "it": "Which number",
                }.get(noun, f"Which {noun}")
                return f"{which}, and what is the smallest {change} that would still be worth it?"
            return f"What is the smallest {change} of {noun} that would still be worth it?"
        case Reason.NO_QUANTITY:
            return _how_much(metric)
        case _:
            if (
                (field := _FIELD.search(text.strip()))
                and len(text) < 120
                and reason is Reason.NO_OUTCOME
                and re.match(r"\W*(?:explor|investigat|use cases|identif|look)", text, re.IGNORECASE)
            ):
                return f"Pick one {field[1] if field[1].isupper() else field[1].lower()} number that hurts today. Which one?"
            return WHICH_NUMBER


def clash(metric: str, good: Direction) -> str:
    """For a number that is asked to move the bad way."""
    noun = _short(metric).removeprefix("average ")
    way, verb = ("fall", "reduce") if good is Direction.DECREASE else ("rise", "increase")
    return f"Usually {noun} should {way}. Did you mean {verb}?"


def which_leads(metrics: list[str]) -> str:
    names = ", ".join(_short(metric) for metric in metrics[:-1])
    return f"Which number leads: {names} or {_short(metrics[-1])}? The other becomes a guardrail."


def two_readings(first: Outcome, second: Outcome) -> str:
    pairs = [(first.target, second.target), (first.amount, second.amount), (first.baseline, second.baseline)]
    a, b = next(
        f"{x.normalize():,f} {y.normalize():,f}"
        for x, y in pairs
        if x is not None and y is not None and x != y
    ).split()
    unit = f" {first.unit}" if first.unit else ""
    return f"This number can be read in two ways. Is it {a}{unit} or {b}{unit}?"


def too_late(deadline: date) -> str:
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    return f"{deadline.day} {months[deadline.month - 1]} {deadline.year} has passed. By when should it be reached?"


def wrong_side(direction: Direction | None, metric: str | None) -> str:
    side = "below" if direction is Direction.DECREASE else "above"
    return f"The target for {_short(metric)} should lie {side} today's value. Which of the two numbers is today's?"


def no_change(metric: str | None) -> str:
    return f"Today's value and the target are the same. What should {_short(metric)} become?"


def _short(metric: str | None) -> str:
    """A name of at most eight words, for the middle of a question."""
    words = (metric or "it").split()
    return " ".join(words[:8]) + (" …" if len(words) > 8 else "")


def _output(text: str) -> str:
    if re.match(r"\W*(?:roll|deploy|launch|introduc)", text, re.IGNORECASE) and (
        count := re.search(
            r"\bto (?:all )?(\d[\d,.]*) (employees|users|people|colleagues|staff|agents|clerks|managers|nurses|teachers|doctors|teams|stores|sites)\b",
            text,
        )
    ):
        who = "people" if count[2] not in {"teams", "stores", "sites"} else count[2]
        return f"{count[1]} {who} using it is a rollout count. What should their work show afterwards?"
    if thing := _THING.search(text):
        return f"When the {thing[1].lower()} works, what gets faster, cheaper or better, and by how much?"
    return "When it works, what gets faster, cheaper or better, and by how much?"


def _vanity(text: str) -> str:
    low = text.lower()
    for noun in (
        "pilots",
        "prompts",
        "workshops",
        "use cases",
        "licences",
        "licenses",
        "downloads",
        "trainings",
        "ideas",
    ):
        if noun in low:
            return f"The count of {noun} is not an outcome. What should one of them change?"
    return "How many people use or learn it is not an outcome. What should their work show afterwards?"


def _vague(text: str, claim: Claim | None) -> str:
    metric = claim.metric if claim else None
    if claim and claim.amount is not None:
        return f"{claim.amount:f} {claim.unit or ''} of what? Name what is counted and its unit.".replace(
            "  ", " "
        )
    noun = head(metric) if metric else ""
    if noun in _ADJECTIVE and re.search(r"\bmore\s", text, re.IGNORECASE):
        return f"{_ADJECTIVE[noun]} in which count: cases per day, minutes per case, cost per case?"
    options = _INSTEAD.get(noun, "time per case, errors, cost, a score")
    if metric:
        return f"How would you measure {_short(metric)}: {options}?"
    if claim and claim.direction:
        return f"Which number should {'fall' if claim.direction in {Direction.DECREASE, Direction.KEEP_BELOW} else 'rise'}, and by how much?"
    return WHICH_NUMBER


def _how_much(metric: str | None) -> str:
    if metric is None or metric.lower() in {"money", "resources", "effort"}:
        return "How much is it now, and what would be good enough?"
    noun = head(metric)
    if counted := re.match(r"number of (.+)", metric, re.IGNORECASE):
        return f"How many {_short(counted[1])} are there now, and how many would be good enough?"
    if noun in {"time", "times", "duration", "turnaround", "latency"}:
        return "How long does it take now, and what would be good enough?"
    if noun in {"cost", "costs", "expenses", "spend", "spending"}:
        return (
            f"What are the {_short(metric)} now, and what would be good enough?"
            if noun.endswith("s")
            else f"What is the {_short(metric)} now, and what would be good enough?"
        )
    if noun in RATES:
        return f"How high is {_short(metric)} now, and what would be good enough?"
    if polarity(metric) is not None and noun.endswith("s"):
        return f"How many {_short(metric)} are there now, and how many would be good enough?"
    return f"What is the number for {_short(metric)} today, and what would be good enough?"
