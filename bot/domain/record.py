"""What happened to a pilot, as the rules read it: entries, activities, readings, items, promises.

The record is append-only. An entry is something a person did to the pilot (a check-in, a decision, a note);
an activity is a piece of evidence from a signal; a reading is one dated value of the metric. These three are plain tuples with names: a
look reads some twenty of them for every pilot, and a tuple is made ten times as fast as a frozen dataclass.
"""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from bot.domain.people import Person, is_robot


class Status(StrEnum):
    """What an entry of the record is; the words of the update log."""

    MOVING = "moving"
    STUCK = "stuck"
    WAITING = "waiting"
    STOP = "stop"
    NOTE = "note"
    READING = "reading"
    GATE = "gate"
    ITEM = "item"
    HANDOVER = "handover"
    PAUSE = "pause"
    RESUME = "resume"
    END = "end"
    ACK = "ack"
    SNOOZE = "snooze"
    REFUSED = "refused"


#: Answers to "since last time".
ANSWERS = (Status.MOVING, Status.STUCK, Status.WAITING, Status.STOP)
#: Those that name a blocker.
BLOCKED = (Status.STUCK, Status.WAITING)
#: Entries that are no word: they hold a ladder or record a refusal, and the clock runs on.
NO_WORD = (Status.ACK, Status.SNOOZE, Status.REFUSED)


class Entry(NamedTuple):
    """One row of the record."""

    on: date
    #: Who wrote it: a person's id, or a robot's account name.
    author: str
    status: Status
    value: Decimal | None = None
    text: str = ""
    #: Who can unblock, and by when (stuck and waiting only).
    holder: Person | None = None
    holder_by: date | None = None
    #: Judged once, on arrival: how many times this answer repeats the first of its unbroken run.
    repeats: int = 0
    #: Judged once, on arrival: the how-many-th mention of its blocker in the unbroken run of stuck/waiting.
    mentions: int = 0
    #: Order among entries of one day.
    seq: int = 0

    @property
    def human(self) -> bool:
        """Whether a person wrote it."""
        return not is_robot(self.author)

    @property
    def word(self) -> bool:
        """Whether it resets the talk clock."""
        return self.status not in NO_WORD and not is_robot(self.author)


class Counts(StrEnum):
    """What an activity is worth."""

    NO = "no"
    PULSE = "pulse"
    PROGRESS = "progress"
    PROGRESS_GUARDRAIL = "progress-guardrail"
    INTEREST = "interest"
    ORPHAN = "orphan"


class Activity(NamedTuple):
    """One piece of evidence from a signal."""

    on: date
    source: str
    actor: str
    kind: str
    text: str = ""
    #: The verdict, judged by us on arrival (domain/activity), never taken from the source.
    counts: Counts = Counts.NO
    #: The number a reading or guardrail activity carries.
    value: Decimal | None = None


class Reading(NamedTuple):
    """One dated value of the metric."""

    on: date
    value: Decimal
    #: Where it came from: "check-in", a person's words, or a connector's name.
    source: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Promise:
    """Something owed by a date."""

    text: str
    by: date | None
    made_on: date
    kept_on: date | None = None
    holder: Person | None = None

    def as_of(self, day: date) -> "Promise":
        """The promise as it stood on a day: one kept later was still open."""
        return replace(self, kept_on=None) if self.kept_on is not None and self.kept_on > day else self


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """A checklist row as it stands: ticked, set open again, or not applicable because of a reason."""

    code: str
    state: str  # done | open | na
    on: date
    by: str
    evidence: str = ""
    automatic: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """Everything the rules may look at beside the pilot itself; each tuple ascending by day."""

    entries: tuple[Entry, ...] = ()
    activities: tuple[Activity, ...] = ()
    readings: tuple[Reading, ...] = ()
    items: tuple[Item, ...] = ()
    promises: tuple[Promise, ...] = ()
    #: Days on which the sponsor's pulse was asked.
    pulses_asked: tuple[date, ...] = ()

    def so_far(self, day: date) -> "Record":
        """Itself, unless an import brought rows of a day that has not come: those are not known yet."""
        newest = [rows[-1].on for rows in (self.entries, self.activities, self.readings) if rows]
        return self if all(on <= day for on in newest) else self.until(day)

    def until(self, day: date) -> "Record":
        """The record as it stood at the end of a day."""
        return Record(
            entries=tuple(entry for entry in self.entries if entry.on <= day),
            activities=tuple(activity for activity in self.activities if activity.on <= day),
            readings=tuple(reading for reading in self.readings if reading.on <= day),
            items=tuple(item for item in self.items if item.on <= day),
            promises=tuple(promise.as_of(day) for promise in self.promises if promise.made_on <= day),
            pulses_asked=tuple(asked for asked in self.pulses_asked if asked <= day),
        )
