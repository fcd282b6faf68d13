"""Had Pilotlight been here: what would have been noticed when, and the money since then, for whoever evaluates it."""

from bot.domain.findings import Kind
from bot.domain.hindsight import Caught, Fate, Hindsight
from bot.messages.figures import line, money, per_week, plural
from bot.messages.model import day

#: How the sums are made; stands wherever they are shown.
ESTIMATE = (
    "Money since then is an estimate: each pilot's cost per week as it stands today, times the weeks since it would have "
    "been noticed, never more than it cost in all."
)
_KINDS = {Kind.SILENT: "no word", Kind.ORPHANED: "no owner"}
_FATES = {Fate.RETIRED: "retired", Fate.MERGED: "merged"}


def summary(made: Hindsight, currency: str = "EUR") -> str:
    """Several lines: the sum, each pilot, and how the money was estimated."""
    if not made.caught:
        return f"On {day(made.until)} none of {plural(made.pilots, 'pilot')} had gone quiet. Nothing would have been caught sooner."
    head = (
        f"Had Pilotlight been here: {len(made.caught):,} of {plural(made.pilots, 'pilot')} had gone quiet by "
        f"{day(made.until)}, and about {money(made.spent_after, currency)} were spent after the day each would have been noticed."
    )
    rows = [_row(one, currency) for one in made.caught]
    none = made.without_cost
    unknown = (
        f" {plural(none, 'pilot')} with no running cost {'counts' if none == 1 else 'count'} 0."
        if none
        else ""
    )
    return "\n".join((head, *rows, ESTIMATE + unknown))


def _row(one: Caught, currency: str) -> str:
    until = f"{_FATES[one.fate]} on {day(one.until)}" if one.fate in _FATES else "still open"
    return (
        f"{line(one.pilot_id, 12):<6} {line(one.name, 32):<32} {_KINDS.get(one.kind, str(one.kind)):<8} "
        f"noticed on {day(one.on):>11}, {until}, {plural(one.days, 'day')} later; "
        f"{per_week(one.cost_per_week, currency)}, about {money(one.spent_after, currency)} since"
    )
