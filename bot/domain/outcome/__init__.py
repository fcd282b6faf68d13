"""The outcome gate: one sentence in, a measurable promise out, or a refusal with its reason and one question.

Plain rules in the order of product.md 1.3 with the readings of 1.12. `sentences`, `tokens` and `clauses` cut a text up, `bounds`
and `amounts` find how numbers are stated, `claims` ties them to a verb and a name, `kinds` tells what is spoken of, `judge`
decides, `questions` asks, `echo` reads back.
"""

from bot.domain.outcome.echo import echo
from bot.domain.outcome.judge import judge
from bot.domain.outcome.verdict import Choice, Keeps, Outcome, Reason, Verdict, choose, confirm, to_json, turn

__all__ = [
    "Choice",
    "Keeps",
    "Outcome",
    "Reason",
    "Verdict",
    "choose",
    "confirm",
    "echo",
    "judge",
    "to_json",
    "turn",
]
