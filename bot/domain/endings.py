"""How pilots ended: scaled, retired and merged side by side, each with its one sentence, none ranked below another."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from bot.domain.pilot import Pilot
from bot.domain.record import Reading, Record, Status
from bot.domain.seen import WEEK, Seen, ended_on
from bot.domain.stages import Stage


@dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """An end on the record; scaled, retired and merged alike."""

    pilot: Pilot
    state: Stage
    on: date
    #: Its one sentence.
    sentence: str = ""
    reuse: str = ""
    into: str = ""
    #: Calendar days before the deadline.
    days_early: int = 0
    #: What those days would have cost at the pilot's own weekly average; None where it cannot be said.
    saved: Decimal | None = None
    readings: tuple[Reading, ...] = ()


_ID = re.compile(r"\b[A-Za-z]{1,4}-?\d{1,6}\b")


def ended(mine: Sequence[Seen], names: Mapping[str, str], today: date) -> tuple[Ended, ...]:
    found = [
        ending(one.pilot, one.record, names)
        for one in mine
        if one.pilot.stage.ended and today - WEEK < ended_on(one.pilot, one.record) <= today
    ]
    return tuple(sorted(found, key=lambda one: (one.on, one.pilot.id)))


def ending(pilot: Pilot, record: Record, names: Mapping[str, str] | None = None) -> Ended:
    """How a pilot ended, with what stopping early left unspent.

    Args:
        pilot: an ended pilot.
        record: its record.
        names: pilot id → name, for the pilots that its end speaks of.

    """
    on, end = ended_on(pilot, record), pilot.end
    said = [entry.text for entry in record.entries if entry.status is Status.END and entry.text.strip()]
    sentence = (end.learning or end.reason if end else "") or (said[-1] if said else "")
    names = names or {}
    into = names.get(end.merged_into, end.merged_into) if end and end.merged_into else ""
    deadline = pilot.metric.deadline if pilot.metric else None
    early = max(0, (deadline - on).days) if deadline is not None and pilot.stage is Stage.RETIRED else 0
    weeks = Decimal((on - pilot.started).days) / 7
    saved = (
        (pilot.cost_to_date / weeks * early / 7).quantize(Decimal("1E2"))
        if early and weeks >= 1 and pilot.cost_to_date
        else None
    )
    return Ended(
        pilot=pilot,
        state=pilot.stage,
        on=on,
        sentence=_with_names(sentence, names),
        reuse=_with_names(end.reuse, names) if end else "",
        into=into,
        days_early=early,
        saved=saved,
        readings=record.readings,
    )


def _with_names(text: str, names: Mapping[str, str]) -> str:
    """A sentence with the ids of other pilots, as an import may hold them, replaced by their names."""
    return _ID.sub(lambda found: names.get(found[0], found[0]), text) if names else text
