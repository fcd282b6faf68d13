"""What may be said to whom now: one message a day, three a week, three asks in a message."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bot.domain.ladder import Role

PER_DAY = 1
PER_WEEK = 3
ASKS_IN_A_MESSAGE = 3

#: As sponsor first, then as holder and owner, then as backup.
_ORDER = {Role.SPONSOR: 0, Role.LEADER: 0, Role.HOLDER: 1, Role.OWNER: 1, Role.RUN_OWNER: 1, Role.BACKUP: 2}
#: Single taps come after everything that carries a finding.
SINGLE = frozenset({"pulse", "item", "look_back", "match"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """One ask that waits for its person's next message."""

    ask_id: str
    pilot_id: str
    kind: str
    role: Role
    rung: int
    #: The day its episode began; the day it was asked, where it has none.
    since: date


def week_of(day: date) -> tuple[date, date]:
    """Monday and Sunday of a day's week."""
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=6)


def may_send(charged: Sequence[date], today: date) -> bool:
    """Whether a person may get a message today.

    Args:
        charged: the days on which they got one, or one is on its way; in their own calendar.
        today: their day.
    """
    monday, sunday = week_of(today)
    this_week = [day for day in charged if monday <= day <= sunday]
    return this_week.count(today) < PER_DAY and len(this_week) < PER_WEEK


def choose(waiting: Sequence[Waiting]) -> tuple[list[Waiting], list[Waiting]]:
    """The asks of the next message, in order, and those that stay waiting.

    A pilot's ask that carries a finding replaces its plain check-in: the replaced ask is in neither list.
    """
    speaking = {ask.pilot_id for ask in waiting if ask.kind != "checkin" and ask.kind not in SINGLE}
    kept = [ask for ask in waiting if ask.kind != "checkin" or ask.pilot_id not in speaking]
    kept.sort(key=lambda ask: (ask.kind in SINGLE, _ORDER[ask.role], ask.since, ask.pilot_id, ask.ask_id))
    return kept[:ASKS_IN_A_MESSAGE], kept[ASKS_IN_A_MESSAGE:]
