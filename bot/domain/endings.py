"""How pilots ended: scaled, retired and merged side by side, each with its one sentence, none ranked below another."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from bot.domain.pilot import Cause, End, Pilot
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


#: How people begin what the form asks after "Worth another try when …".
_RETRY, _WHEN = (
    re.compile(r"^worth another try\s*", re.IGNORECASE),
    re.compile(r"^(when|once|if|as soon as|after)\b", re.IGNORECASE),
)
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
    sentence = (end.reason or end.learning if end else "") or (said[-1] if said else "")
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


def retired(
    learning: str,
    cause: Cause,
    *,
    retry_when: str = "",
    reuse: str = "",
    switched_off: str = "",
    acknowledged_by: str | None = None,
) -> End:
    """An end with learning: each part on its own, and `reason` as the sentences that are read out and exported."""
    retry = _RETRY.sub("", retry_when.strip())
    retry = f"Worth another try {retry if _WHEN.match(retry) else f'when {retry}'}" if retry else ""
    parts = (
        learning,
        retry,
        f"Reusable: {reuse.strip()}" if reuse.strip() else "",
        f"Switched off: {switched_off.strip()}" if switched_off.strip() else "",
    )
    said = [part.strip() for part in parts if part.strip()]
    closed = [part if part.endswith((".", "!", "?", "…")) else f"{part}." for part in said]
    return End(
        state=Stage.RETIRED,
        reason=" ".join(closed) if len(said) > 1 else learning,
        cause=cause,
        learning=learning,
        retry_when=retry,
        reuse=reuse.strip(),
        switched_off=switched_off.strip(),
        acknowledged_by=acknowledged_by,
    )


def proposed(details: Mapping[str, Any], *, acknowledged_by: str | None = None) -> End:
    """The end that an owner proposed, from the details of the sponsor's ask."""
    return retired(
        str(details["learning"]),
        Cause(details["cause"]),
        retry_when=str(details.get("retry_when", "")),
        reuse=str(details.get("reuse", "")),
        switched_off=str(details.get("switched_off", "")),
        acknowledged_by=acknowledged_by,
    )


def _with_names(text: str, names: Mapping[str, str]) -> str:
    """A sentence with the ids of other pilots, as an import may hold them, replaced by their names."""
    return _ID.sub(lambda found: names.get(found[0], found[0]), text) if names else text
