"""Going around the workspaces: where more waits than one transaction can see, each worker goes on where it stopped."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, TextClause


@dataclass(slots=True)
class Round:
    """Where a worker's round of the workspaces stands; each worker goes its own."""

    #: The workspace that had the last turn.
    after: str = ""


def go_on(
    conn: Connection,
    step: TextClause,
    values: Mapping[str, Any],
    around: Round,
    *,
    most: int,
    turns: int,
    across: Mapping[str, str],
) -> list[str]:
    """Up to `most` workspaces in which something is to be done, going on where the last round ended, once around.

    Args:
        conn: a transaction.
        step: walks an index from workspace to workspace, beginning after `after`: a line (workspace, how many were found
            before it) for each of at most `turns`, until `most` are found.
        values: what else the statement wants.
        around: where to go on; it is moved.
        most: so many are enough.
        turns: so many are looked at.
        across: how the statement is listed in `storage.guard`.

    """
    found: dict[str, None] = {}
    left = turns
    for after in dict.fromkeys((around.after, "")):
        given = {**values, "after": after, "turns": left, "most": most - len(found)}
        seen = conn.execute(step, given, execution_options=across).all()
        # Each line says how many were found before it: the next one raises that where this one counts.
        for (whose, before), (_, later) in pairwise(seen):
            around.after, left = whose, left - 1
            if later > before:
                found[whose] = None
        if len(found) >= most or left <= 0:
            break
    return list(found)
