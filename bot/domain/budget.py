"""What may be said to whom now: one message a day, three a week, three asks in a message."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bot.domain.ladder import STAY_ON_FIRST, Role

PER_DAY = 1
PER_WEEK = 3
ASKS_IN_A_MESSAGE = 3

#: As sponsor first, then as holder and owner, then as backup.
_ORDER = {Role.SPONSOR: 0, Role.LEADER: 0, Role.HOLDER: 1, Role.OWNER: 1, Role.RUN_OWNER: 1, Role.BACKUP: 2}
#: Single taps come after everything that carries a finding.
SINGLE = frozenset({"pulse", "item", "look_back"})
#: Questions with buttons of their own: each is a section by itself; announcements share one for each pilot.
APART = frozenset(
    {
        "gate",
        "run",
        "promise",
        "handover",
        "retire",
        "merge",
        "told",
        "wanted",
        "announce",
        "kill_line",
        "WATERMELON",
        "SPONSOR_QUIET",
    }
)


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


def may_send(charged: Sequence[date], today: date, editions: Sequence[date] = ()) -> bool:
    """Whether a person may get a message with questions today.

    Args:
        charged: the days on which they got one, or one is on its way; in their own calendar.
        today: their day.
        editions: the days on which a digest edition went to them by itself: that day's message, but none of the
            week's three.

    """
    monday, sunday = week_of(today)
    this_week = [day for day in charged if monday <= day <= sunday]
    return may_send_edition([*charged, *editions], today) and len(this_week) < PER_WEEK


def may_send_edition(messages: Sequence[date], today: date) -> bool:
    """Whether an edition may go to a person by itself today: no other message of theirs is of this day.

    Args:
        messages: the days on which they got one of whatever kind, or one is on its way.
        today: their day.

    """
    return list(messages).count(today) < PER_DAY


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """One section of a message: the ask that speaks, and the others about its pilot that the same answer ends."""

    speaks: Waiting
    with_it: tuple[Waiting, ...] = ()


def choose(waiting: Sequence[Waiting]) -> tuple[list[Choice], list[Choice]]:
    """The sections of the next message, in order, and those that stay waiting.

    Questions about one pilot in one role are one section: the highest rung speaks, then what climbs further if nobody
    answers (so that no section says "message 1 of at most 1" while another one follows), then the oldest. A plain
    check-in never speaks beside a finding. What is announced about one pilot is one section of its own.
    """
    groups: dict[tuple[str, ...], list[Waiting]] = {}
    for ask in waiting:
        if ask.kind == "announce":
            key: tuple[str, ...] = (ask.pilot_id, ask.role.value, ask.kind)
        else:
            key = (ask.ask_id,) if ask.kind in APART | SINGLE else (ask.pilot_id, ask.role.value)
        groups.setdefault(key, []).append(ask)
    for pilot_id, role, *_ in [key for key in groups if key[2:] == ("announce",)]:
        # The announcement carries the finding, so the day's check-in rides with it as with any other.
        alone = groups.get((pilot_id, role), [])
        if alone and all(ask.kind == "checkin" for ask in alone):
            groups[pilot_id, role, "announce"] += groups.pop((pilot_id, role))
    choices = []
    for group in groups.values():
        group.sort(
            key=lambda ask: (
                ask.kind == "checkin",
                -ask.rung,
                ask.kind in STAY_ON_FIRST,
                ask.since,
                ask.kind,
                ask.ask_id,
            )
        )
        choices.append(Choice(speaks=group[0], with_it=tuple(group[1:])))
    choices.sort(key=_place)
    return choices[:ASKS_IN_A_MESSAGE], choices[ASKS_IN_A_MESSAGE:]


def _place(choice: Choice) -> tuple[bool, int, date, str, str]:
    ask = choice.speaks
    oldest = min([ask.since, *(one.since for one in choice.with_it)])
    return ask.kind in SINGLE, _ORDER[ask.role], oldest, ask.pilot_id, ask.ask_id
