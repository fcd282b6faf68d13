"""A slow reading of product.md 1.5, 1.6, 1.7 and 1.12: every rule by its sentence, counted day by day.

Nothing here looks at how the rules are computed; only the values they read (pilots, records) are shared. Where the
text can be read in two ways, the docstring says which way was taken.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from difflib import SequenceMatcher
from fractions import Fraction

from bot.domain.calendar import Calendar
from bot.domain.direction import Direction
from bot.domain.metric import Guardrail
from bot.domain.people import Person
from bot.domain.pilot import Pilot
from bot.domain.record import Activity, Entry, Record

ONE = timedelta(days=1)

#: 1.2 and 1.5: check-in every, OVERSTAY, BLIND. "Amber = cadence + 2, red = 2 x cadence."
TABLE: dict[str, tuple[int, int, int | None]] = {
    "idea": (5, 10, None),
    "framed": (10, 25, 15),
    "build": (15, 65, None),
    "trial": (10, 65, 15),
    "rollout": (10, 90, 20),
}
#: 1.12 Health.
RED = {
    *("ORPHANED", "NO_METRIC", "OVERSTAY", "OVERDUE", "WATERMELON", "GUARDRAIL_BROKEN", "SAME_BLOCKER"),
    *("REPEATED_ANSWER", "SLIDING_BACK", "SNOOZE_LIMIT"),
}
#: 1.12 Ladder: "OFF_PACE, WATERMELON, SLIDING_BACK and a missed look-back stay on rung 1".
STAY = {"OFF_PACE", "WATERMELON", "SLIDING_BACK"}
MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


def each(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += ONE


def human(account: str) -> bool:
    """The accounts of the made-up histories: robots are bots and service accounts."""
    return not account.endswith("[bot]") and not account.startswith("svc-")


def last_number(text: str) -> Fraction:
    return Fraction(re.findall(r"\d+(?:\.\d+)?", text)[-1])


def leading_days(text: str) -> int:
    """1.12: snooze text begins "N working days:"."""
    return int(text.split(maxsplit=1)[0])


def named_day(text: str) -> date:
    """1.12: pause text "Paused until 14 December 2026:"."""
    number, month, year = text.removeprefix("Paused until ").split(":")[0].split()
    return date(int(year), MONTHS.index(month) + 1, int(number))


def plain(text: str) -> str:
    return " ".join(re.sub(r"[^a-z0-9 ]", " ", text.lower()).split())


def same_text(one: str, other: str) -> bool:
    """1.12: "texts at least 0.9 alike (difflib ratio, lower case, no punctuation)"; two empty texts never."""
    one, other = plain(one), plain(other)
    return bool(one and other) and SequenceMatcher(None, one, other).ratio() >= 0.9


def content(text: str) -> set[str]:
    return {word for word in re.sub(r"[A-Z]+-\d+", "", text).lower().split() if word not in {"open", "still"}}


def one_blocker(one: str, other: str) -> bool:
    """1.12: "when they share a ticket id or half of the shorter one's content words"."""
    if set(re.findall(r"[A-Z]+-\d+", one)) & set(re.findall(r"[A-Z]+-\d+", other)):
        return True
    mine, yours = content(one), content(other)
    shorter = min(len(mine), len(yours))
    return shorter > 0 and len(mine & yours) * 2 >= shorter


def broken(rail: Guardrail, value: Fraction) -> bool:
    """1.12: "against name op limit (<= >= = < > · not below · not above)"."""
    op = next(sign for sign in ("not above", "not below", "<=", ">=", "=", "<", ">") if sign in rail.text)
    limit = Fraction(re.findall(r"\d+(?:\.\d+)?", rail.text.split(op)[1])[0])
    return {
        "not above": value > limit,
        "not below": value < limit,
        "<=": value > limit,
        ">=": value < limit,
        "=": value != limit,
        "<": value >= limit,
        ">": value <= limit,
    }[op]


@dataclass
class Oracle:
    """One pilot, as it stands, over its days."""

    pilot: Pilot
    whole: Record
    calendar: Calendar
    #: What was worked out already.
    _open: dict[date, dict[str, bool]] = field(default_factory=dict)
    _since: dict[tuple[str, date], date] = field(default_factory=dict)

    # Days.

    def works(self, day: date) -> bool:
        return day.weekday() in self.calendar.weekdays and day not in self.calendar.holidays

    def count(self, after: date, to: date, without: set[date] | frozenset[date] = frozenset()) -> int:
        """Working days after one day, up to and including another."""
        return sum(1 for day in each(after + ONE, to) if self.works(day) and day not in without)

    def nth(self, day: date, count: int) -> date:
        while count:
            day += ONE
            count -= self.works(day)
        return day

    # What is known.

    def entries(self, day: date) -> list[Entry]:
        return [one for one in self.whole.entries if one.on <= day]

    def words(self, day: date) -> list[Entry]:
        """1.12: every row written by a person; only ack, snooze and refused are none."""
        return [
            one
            for one in self.entries(day)
            if human(one.author) and one.status not in ("ack", "snooze", "refused")
        ]

    def answers(self, day: date) -> list[Entry]:
        return [one for one in self.words(day) if one.status in ("moving", "stuck", "waiting", "stop")]

    def pauses(self, day: date) -> list[tuple[date, date]]:
        """1.2: paused is one overlay, so a new pause takes the old one's place; at most 60 working days."""
        found: list[tuple[date, date]] = []
        for one in self.entries(day):
            if one.status in ("pause", "resume"):
                found = [(start, min(end, one.on)) for start, end in found]
            if one.status == "pause":
                most = self.nth(one.on, 60)
                found.append((one.on, max(one.on, min(named_day(one.text), most))))
        return found

    def paused(self, day: date) -> bool:
        """1.12: "On the resume date the overlay ends by itself"."""
        return any(start <= day < end for start, end in self.pauses(day))

    def restart(self, day: date) -> date:
        """1.12: "talk, reading and progress clocks restart there"."""
        return max([end for _, end in self.pauses(day) if end <= day], default=date.min)

    def rested(self, day: date) -> set[date]:
        """1.12: "paused days are no stay": as with every clock, the days after the pause was said, up to its end."""
        return {one for start, end in self.pauses(day) for one in each(start + ONE, min(end, day))}

    def silent_since(self, day: date) -> date:
        said = self.words(day)
        return max(said[-1].on if said else self.pilot.started, self.restart(day))

    def absent(self, day: date) -> set[date]:
        """1.12: "up to 10 working days it postpones the owner's amber and red by the absent days"."""
        told = self.pilot.owner.absences if self.pilot.owner else ()
        return {
            one
            for absence in told
            if absence.told_on <= day and self.count(absence.start - ONE, absence.end) <= 10
            for one in each(absence.start, absence.end)
        }

    def live_since(self, day: date) -> date:
        """1.5, 1.12: pace and guardrail are judged in trial and rollout: from G3 on."""
        gates = [one.on for one in self.entries(day) if one.status == "gate" and one.text == "G3 passed"]
        if self.pilot.stage == "rollout" and gates:
            return min(gates[-1], self.pilot.stage_since)
        return self.pilot.stage_since

    def activities(self, day: date) -> list[Activity]:
        return [one for one in self.whole.activities if one.on <= day]

    def pulse(self, one: Activity) -> bool:
        """1.5: a message of 40 characters by the team; a human merge or run, in build and trial only."""
        if one.kind == "message":
            team = (self.pilot.owner, self.pilot.backup)
            return len(one.text) >= 40 and any(who is not None and who.id == one.actor for who in team)
        return one.kind in ("merge", "run") and human(one.actor) and self.pilot.stage in ("build", "trial")

    # The findings.

    def silent(self, day: date) -> tuple[bool, bool]:
        """1.12: "SILENT begins at min(amber + pulses x half a cadence, red)"; a longer cadence (1.7) moves all three."""
        since = self.silent_since(day)
        pulses = {
            one.on
            for one in self.activities(day)
            if self.pulse(one) and one.on > since and self.works(one.on)
        }
        cadence = self.pilot.cadence or TABLE[self.pilot.stage][0]
        days = self.count(since, day, self.absent(day))
        amber = min(cadence + 2 + min(2, len(pulses)) * (cadence // 2), 2 * cadence)
        return days >= amber, days >= 2 * cadence

    def gap(self, day: date) -> Fraction | None:
        """1.3, 1.12 Pace. A level to keep: held is on pace, missed is the whole hundred points behind."""
        metric = self.pilot.metric
        readings = [one for one in self.whole.readings if one.on <= day]
        if metric is None or metric.target is None or not readings:
            return None
        now = Fraction(readings[-1].value)
        if metric.direction == Direction.KEEP_BELOW:
            return Fraction(0 if now <= Fraction(metric.target) else 100)
        if metric.baseline is None or metric.baseline_on is None or metric.deadline is None:
            return None
        way = Fraction(metric.target) - Fraction(metric.baseline)
        days = (metric.deadline - metric.baseline_on).days
        expected = Fraction((day - metric.baseline_on).days, days) if days > 0 else Fraction(1)
        return 100 * (min(Fraction(1), max(Fraction(0), expected)) - (now - Fraction(metric.baseline)) / way)

    def rail_broken(self, rail: Guardrail, day: date) -> bool:
        """The newest value of this guardrail; with several, a value is that one's whose name stands in its text."""
        rails = self.pilot.guardrails
        values = [
            last_number(one.text)
            for one in self.activities(day)
            if one.kind == "guardrail" and self._whose(one.text, rails) == rail
        ]
        return day >= self.live_since(day) and bool(values) and broken(rail, values[-1])

    @staticmethod
    def _whose(text: str, rails: tuple[Guardrail, ...]) -> Guardrail:
        return next((rail for rail in rails if rail.text.split()[0] in text.split()), rails[0])

    def third_mention(self, day: date) -> bool:
        """1.12: "mentions count within an unbroken run of stuck/waiting"."""
        run: list[Entry] = []
        for one in self.answers(day):
            run = [*run, one] if one.status in ("stuck", "waiting") else []
        return any(
            sum(one_blocker(one.text, other.text) for other in run[:place]) >= 2
            for place, one in enumerate(run)
        )

    def repeats(self, day: date) -> int:
        """1.12: a repeat is like "the first of an unbroken run"."""
        first: Entry | None = None
        repeats = 0
        for one in self.answers(day):
            same = (
                first is not None
                and (one.status, one.value) == (first.status, first.value)
                and same_text(one.text, first.text)
            )
            first, repeats = (first, repeats + 1) if same else (one, 0)
        return repeats

    def snoozed_out(self, day: date) -> bool:
        """1.12: "two snoozes or 15 days used, the last one over"; they count since the last word."""
        since = len(self.entries(day))
        while since and self.entries(day)[since - 1] not in self.words(day):
            since -= 1
        used = [one for one in self.entries(day)[since:] if one.status == "snooze" and human(one.author)]
        spent = len(used) >= 2 or sum(leading_days(one.text) for one in used) >= 15
        return spent and all(day > self.nth(one.on, leading_days(one.text)) for one in used)

    def sponsor_quiet(self, day: date) -> bool:
        """1.12: "missed two pulses that were asked", the second 30 working days after it was asked."""
        sponsor = self.pilot.sponsor
        if sponsor is None:
            return False
        decided = [one.on for one in self.words(day) if one.author == sponsor.id]
        waiting = [
            asked
            for asked in self.whole.pulses_asked
            if asked <= day and (not decided or asked > decided[-1])
        ]
        return len(waiting) >= 2 and self.count(waiting[1], day) >= 30

    def orphaned(self, day: date) -> bool:
        """1.12: "no owner, or the owner deactivated, until a handover or a new owner"."""
        owner = self.pilot.owner
        if owner is None:
            return True
        left = owner.left_on
        if left is None or left > day:
            return False
        return not any(one.status == "handover" and one.on >= left for one in self.entries(day))

    def progressless(self, day: date) -> bool:
        """1.12: "gate decisions, ticked items and merges with human content count against it"."""
        moved = [
            one.on
            for one in self.entries(day)
            if human(one.author)
            and (one.status == "gate" or (one.status == "item" and one.text.endswith("done")))
        ]
        moved += [one.on for one in self.activities(day) if one.kind == "merge" and human(one.actor)]
        since = max([self.pilot.stage_since, self.restart(day), *moved])
        return self.count(since, day, self.rested(day)) > 30

    def open_on(self, day: date) -> dict[str, bool]:
        """Every condition that holds on a day, and whether it is red; as if nothing were paused or said louder."""
        if day not in self._open:
            self._open[day] = self._scaled(day) if self.pilot.stage == "scaled" else self._running(day)
        return self._open[day]

    def _running(self, day: date) -> dict[str, bool]:
        pilot, stage = self.pilot, self.pilot.stage
        _, stay, blind = TABLE[stage]
        found: dict[str, bool] = {}
        silent, found_red = self.silent(day)
        if silent:
            found["SILENT"] = found_red
        stayed = self.count(pilot.stage_since, day, self.rested(day))
        if stayed > stay:
            found["OVERSTAY"] = True
        if stage == "idea" and pilot.metric is None and stayed > 10:
            found["NO_METRIC"] = True
        measured = pilot.metric is not None and pilot.metric.baseline is not None
        if blind is not None and not (stage == "framed" and measured):
            readings = [one.on for one in self.whole.readings if one.on <= day]
            if self.count(max([pilot.stage_since, self.restart(day), *readings]), day) > blind:
                found["BLIND"] = False
        if pilot.metric is not None and pilot.metric.deadline is not None and day > pilot.metric.deadline:
            found["OVERDUE"] = True
        if self.orphaned(day):
            found["ORPHANED"] = True
        if self.third_mention(day):
            found["SAME_BLOCKER"] = True
        if self.repeats(day) >= 2:
            found["REPEATED_ANSWER"] = True
        if silent and self.snoozed_out(day):
            found["SNOOZE_LIMIT"] = True
        gap = self.gap(day)
        if stage in ("trial", "rollout") and day >= self.live_since(day):
            if gap is not None and gap >= 20:
                found["OFF_PACE"] = gap >= 33
            if (
                gap is not None
                and gap >= 33
                and [one.status for one in self.answers(day)[-3:]] == ["moving"] * 3
            ):
                found["WATERMELON"] = True
            if any(self.rail_broken(rail, day) for rail in pilot.guardrails):
                found["GUARDRAIL_BROKEN"] = True
        if stage == "build" and self.progressless(day):
            found["PROGRESSLESS"] = False
        if self.sponsor_quiet(day):
            found["SPONSOR_QUIET"] = False
        return found

    def _scaled(self, day: date) -> dict[str, bool]:
        """1.12 look-backs: "accepted from 5 working days before; 5 after the latest due one without a reading: BLIND"."""
        pilot = self.pilot
        found: dict[str, bool] = {}
        if day < pilot.stage_since:
            return found
        readings = [one for one in self.whole.readings if one.on <= day]
        due = [one for one in (self.nth(pilot.stage_since, days) for days in (30, 60, 120)) if one <= day]
        if due:
            early = due[-1]
            for _ in range(5):
                early = max(one for one in each(early - 30 * ONE, early - ONE) if self.works(one))
            if not any(one.on >= early for one in readings) and self.count(due[-1], day) > 5:
                found["BLIND"] = False
        metric = pilot.metric
        if metric is not None and metric.target is not None and readings:
            now, target = readings[-1].value, metric.target
            if now < target if metric.direction == Direction.INCREASE else now > target:
                found["SLIDING_BACK"] = True
        return found

    def shown(self, day: date) -> dict[str, bool]:
        """What is reported on a day."""
        if self.paused(day):
            return {"PAUSED": False}
        found = dict(self.open_on(day))
        if found.keys() & {"SILENT", "OVERSTAY", "ORPHANED", "SAME_BLOCKER"}:
            found.pop("PROGRESSLESS", None)
        return found

    def health(self, day: date) -> str:
        """1.12: "paused · red · amber: SILENT, OFF_PACE, PROGRESSLESS, SPONSOR_QUIET · grey · else green"."""
        found = self.shown(day)
        if "PAUSED" in found:
            return "paused"
        if any(found.values()):
            return "red"
        if found.keys() & {"SILENT", "OFF_PACE", "PROGRESSLESS", "SPONSOR_QUIET"}:
            return "amber"
        if "BLIND" in found or not any(one.on <= day for one in self.whole.readings):
            return "grey"
        return "green"

    def since(self, kind: str, day: date) -> date:
        """The first day of the unbroken stretch of days; each guardrail is a series of its own."""
        if kind == "GUARDRAIL_BROKEN":
            return min(
                self._first(rail.text, day, lambda one, rail=rail: self.rail_broken(rail, one))  # type: ignore[misc]
                for rail in self.pilot.guardrails
                if self.rail_broken(rail, day)
            )
        return self._first(kind, day, lambda one: kind in self.open_on(one))

    def _first(self, name: str, day: date, holds: Callable[[date], bool]) -> date:
        first = day
        while first > self.pilot.started and holds(first - ONE):
            first -= ONE
            if (name, first) in self._since:
                first = self._since[name, first]
                break
        self._since[name, day] = first
        return first

    # The ladder.

    def held(self, opened: date, day: date) -> set[date]:
        """1.12: a pause is a rest; each snooze postpones the rungs; `ack` postpones by 3 once per episode."""
        held = {one for start, end in self.pauses(day) for one in each(start, end - ONE)}
        acked = False
        for one in self.entries(day):
            if not human(one.author):
                continue
            if one.status == "snooze":
                held |= set(each(one.on + ONE, self.nth(one.on, leading_days(one.text))))
            elif one.status == "ack" and one.on >= opened and not acked:
                acked = True
                held |= set(each(one.on + ONE, self.nth(one.on, 3)))
        return held

    def asked(self, kind: str, rung: int, today: date, day: date) -> bool:
        """Whether somebody on a rung can be asked; what is known of a holder is what is known on the day looked at."""
        pilot = self.pilot

        def there(*people: Person | None) -> bool:
            return any(one is not None and (one.left_on is None or one.left_on > today) for one in people)

        if rung == 3:
            return kind != "SPONSOR_QUIET" and there(pilot.sponsor)
        if kind == "SPONSOR_QUIET":
            return rung == 1 and there(pilot.sponsor)
        holder: Person | None = None
        for one in self.answers(day):
            running = one.status in ("stuck", "waiting")
            holder = (one.holder or holder) if running else None
        if kind == "SAME_BLOCKER" and holder is not None:
            return there(holder)
        if rung == 2:
            return there(pilot.owner, pilot.backup)
        if kind == "WATERMELON":
            return there(pilot.backup, pilot.sponsor)
        if pilot.stage == "scaled":
            return there(pilot.run_owner, pilot.owner)
        away = pilot.owner is not None and any(
            one.told_on <= today
            and one.start <= today <= one.end
            and self.count(one.start - ONE, one.end) > 10
            for one in pilot.owner.absences
        )
        return there(pilot.backup) if away else there(pilot.owner)

    def rung(self, kind: str, day: date) -> int:
        """1.12: "1 waits 3, 2 waits 4, 3 waits 5 working days; an unreachable rung waits 0"."""
        if kind == "PAUSED":
            return 0
        opened = self.since(kind, day)
        held, quick = self.held(opened, day), kind == "SPONSOR_QUIET"
        top = 1 if kind in STAY or (kind == "BLIND" and self.pilot.stage == "scaled") else 4
        rung, waited, wait = 0, 0, 0
        for today in each(opened, day):
            if not self.works(today) or today in held:
                continue
            waited += rung > 0
            if rung == top or waited < wait:
                continue
            following = next(
                (one for one in range(rung + 1, top + 1) if one == 4 or self.asked(kind, one, today, day)),
                None,
            )
            if following is None:
                break
            rung, waited = following, 0
            wait = 3 if quick else (3, 4, 5, 0)[rung - 1]
        return rung
