"""The three checklists and their minimum: a brilliant model with no trained users is not ready."""

from collections.abc import Sequence

from bot.domain.pilot import Risk
from bot.domain.record import Item

#: The rows of the three checklists, in the words of the form.
ITEMS = {
    "I1": "code in a repository, no notebook in the serving path",
    "I2": "container built by CI",
    "I3": "tests and an evaluation set run in CI",
    "I4": "deployed by pipeline to a shared environment",
    "I5": "monitoring",
    "I6": "rollback",
    "I7": "data pipeline scheduled and watched",
    "I8": "version pinned, cost per unit and budget alert known",
    "D1": "data owner named and agreed",
    "D2": "lawful purpose recorded",
    "D3": "access by service account",
    "D4": "quality check with a threshold",
    "D5": "evaluation set owned by the business side",
    "D6": "retention and logs",
    "D7": "feedback loop",
    "O1": "sponsor alive",
    "O2": "process redesigned",
    "O3": "users named and trained",
    "O4": "stakeholders bought in",
    "O5": "support path",
    "O6": "run owner and 12-month budget",
    "O7": "human oversight and literacy",
    "O8": "the old way ends",
}

#: Automatic evidence counts whole, a person's word half.
_WORD = 0.5


def by_list(items: Sequence[Item]) -> dict[str, float]:
    """The share of each list, 0..1: points over applicable items. An item never ticked is open."""
    states = {item.code: item for item in items}
    shares = {}
    for letter in "IDO":
        codes = [code for code in ITEMS if code.startswith(letter)]
        applicable = [code for code in codes if code not in states or states[code].state != "na"]
        points = sum(_points(states[code]) for code in applicable if code in states)
        shares[letter] = points / len(applicable) if applicable else 1.0
    return shares


def _points(item: Item) -> float:
    if item.state != "done":
        return 0.0
    return 1.0 if item.automatic else _WORD


def readiness(items: Sequence[Item]) -> float:
    """The weakest of the three lists, 0..1; never their average."""
    return min(by_list(items).values())


#: What a risk class must show before real people use it (gate G3).
NEEDED: dict[Risk, tuple[str, ...]] = {
    Risk.MINIMAL: ("I1", "I4", "I6", "D1", "D2", "O3"),
    Risk.LIMITED: ("I1", "I2", "I3", "I4", "I5", "I6", "D1", "D2", "D3", "O3"),
    Risk.HIGH: ("I1", "I2", "I3", "I4", "I5", "I6", "D1", "D2", "D3", "D4", "D5", "O3", "O7"),
}
