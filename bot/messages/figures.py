"""Numbers, money, days and facts in words: the one place where they are spelled.

Text that somebody typed passes through `line` before it is shown, so that no name or note can break a message's
lines; it stays plain text, which the renderers escape.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from bot.domain.digest import newest_guardrail, speaker
from bot.domain.direction import Direction
from bot.domain.direction import Kind as Stated
from bot.domain.findings import Finding, Health, Kind, Picture
from bot.domain.metric import Metric
from bot.domain.people import Person
from bot.domain.pilot import Pilot
from bot.domain.record import Entry, Reading, Record
from bot.domain.stages import NEXT_GATE, Rules, Stage
from bot.messages.model import day

#: Characters that turn the reading direction of whatever follows them.
_TURNING = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
#: Units as they are stored → as they are read.
_UNITS = {
    "d": "days",
    "MEUR": "million EUR",
    "count": "",
    "pp": "percentage points",
    "m2": "m²",
    "m3": "m³",
}
#: More decimals than this say nothing to a reader.
_PLACES = 4

STAGES = {
    Stage.IDEA: "idea",
    Stage.FRAMED: "framed",
    Stage.BUILD: "build",
    Stage.TRIAL: "trial",
    Stage.ROLLOUT: "rollout",
    Stage.SCALED: "scaled",
    Stage.RETIRED: "retired with learning",
    Stage.MERGED: "merged",
}
HEALTHS = {
    Health.GREEN: "green, on pace",
    Health.AMBER: "amber",
    Health.RED: "red",
    Health.GREY: "grey, the number is not known",
    Health.PAUSED: "paused",
    Health.ENDED: "ended",
}


def line(text: str, most: int = 200) -> str:
    """Somebody's text on one line, cut between words where it is longer than that."""
    if not (text.isascii() and text.isprintable()):  # most text is plain, and has nothing of this
        text = _TURNING.sub("", text)
        text = "".join(sign if unicodedata.category(sign) != "Cc" else " " for sign in text)
    text = " ".join(text.split())
    if len(text) <= most:
        return text
    cut = text[: most - 1]
    space = cut.rfind(" ") if text[most - 1] != " " else -1
    return (cut[:space] if space > most // 2 else cut).rstrip(" ,;:-") + "…"


def quoted(text: str, most: int = 120) -> str:
    """Somebody's own words between quotation marks."""
    return '"' + line(text, most).replace('"', "'") + '"'


def closed(text: str) -> str:
    """A sentence with its full stop, which a closing quotation mark may hide."""
    end = text.rstrip('"')[-1:]
    return text if not end or end in ".?!…" else text + "."


def sentence(text: str, most: int = 200) -> str:
    """Somebody's text on one line, ended like a sentence."""
    return closed(line(text, most))


def upper_first(text: str) -> str:
    return text[:1].upper() + text[1:]


def name(pilot: Pilot) -> str:
    """A pilot's name as it is shown."""
    return line(pilot.name, 80) or pilot.id


def person(somebody: Person) -> str:
    """A person's name as it is shown."""
    return line(somebody.name, 60) or somebody.handle or somebody.id


def first(somebody: Person) -> str:
    """What a colleague would call them."""
    return line(somebody.first_name, 40) or person(somebody)


# Numbers.


def places(values: Iterable[Decimal | None]) -> int:
    """How many decimals a row of values needs, so that 6.5 stands beside 6.0."""
    needed = 0
    for value in values:
        if value is not None:
            exponent = value.normalize().as_tuple().exponent
            needed = max(needed, -exponent if isinstance(exponent, int) else 0)
    return min(needed, _PLACES)


def number(value: Decimal, decimals: int | None = None) -> str:
    """1,450 or 6.5; with thousands separators."""
    decimals = places([value]) if decimals is None else decimals
    rounded = (
        value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
        if abs(value) < Decimal(10) ** 20
        else value
    )
    return f"{rounded:,f}"


def unit_words(unit: str) -> str:
    """A unit as it is read: ``calls/week`` → ``calls per week``."""
    parts = [_UNITS.get(part.strip(), part.strip()) for part in line(unit, 40).split("/")]
    words = " per ".join(part for part in parts if part)
    return re.sub(r"\d{4,}", lambda found: f"{int(found[0]):,}", words)


def amount(value: Decimal, unit: str, decimals: int | None = None) -> str:
    """A number with its unit: ``6.5 h``, ``4.1 million EUR``, ``1,450 calls per week``."""
    words = unit_words(unit)
    if words == "days" and value == 1:
        words = "day"
    return f"{number(value, decimals)} {words}".strip()


def money(value: Decimal, currency: str = "EUR") -> str:
    """677,000 EUR; cents only where the sum is small enough for them to matter."""
    whole = value == value.to_integral_value() or abs(value) >= 10
    return f"{number(value, 0 if whole else 2)} {currency}"


def short_money(value: Decimal, currency: str = "EUR") -> str:
    """677,000 EUR, or 1,234 million EUR where it would not fit a line."""
    for size, word in (
        (Decimal(10) ** 12, "trillion "),
        (Decimal(10) ** 9, "billion "),
        (Decimal(10) ** 6, "million "),
    ):
        if abs(value) >= size * 10:
            return f"{number(min(value / size, Decimal(10) ** 9), 0)} {word}{currency}"
    return money(value, currency)


def per_week(value: Decimal, currency: str = "EUR") -> str:
    """2,400 EUR a week."""
    return f"{money(value, currency)} a week"


def a_week(value: Decimal, currency: str = "EUR") -> str:
    """2,400 EUR a week; no running cost."""
    return per_week(value, currency) if value else "no running cost"


def median(hours: float | None) -> str:
    """, median 3.4 h; within the hour in minutes; nothing where nobody answered."""
    if hours is None:
        return ""
    if hours < 1:
        return f", median {max(round(60 * hours), 1)} min"
    return f", median {number(Decimal(str(round(hours, 1))), 1)} h"


def plural(count: int, one: str, many: str = "") -> str:
    """1 decision, 12 decisions."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def working_days(count: int) -> str:
    return plural(count, "working day")


def ordinal(count: int) -> str:
    """1st, 2nd, 3rd, 4th, 11th."""
    ending = "th" if 10 <= count % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(count % 10, "th")
    return f"{count:,}{ending}"


def names(shown_: Sequence[str], most: int = 5, longest: int = 40) -> str:
    """Karl, Dorothea, Henrik; with "and 4 more" behind the fifth."""
    told = ", ".join(line(one, longest) for one in shown_[:most])
    rest = len(shown_) - most
    return f"{told} and {rest:,} more" if rest > 0 else told


#: What the first week of build is about, in a word each: the codes alone say nothing to most readers.
_FIRST_WEEK = {"I1": "code", "I2": "container", "I3": "tests", "I4": "deployment"}


def first_week(codes: Sequence[str]) -> str:
    """I1 code, I3 tests"""
    return names([f"{code} {_FIRST_WEEK.get(code, '')}".strip() for code in codes])


# Days.


def short_day(when: date, today: date) -> str:
    """3 Mar, within the year; 3 Mar 2025 otherwise. For rows of dates only."""
    return f"{when.day} {when:%b}" if when.year == today.year else day(when)


def weekday(when: date) -> str:
    """Friday, 4 Dec 2026."""
    return f"{_WEEKDAYS[when.weekday()]}, {day(when)}"


def from_today(when: date, today: date) -> str:
    """Tomorrow where it is, else on Monday, 7 Dec 2026."""
    ahead = (when - today).days
    return {0: "today", 1: "tomorrow"}.get(ahead, f"on {weekday(when)}")


def span(days: int) -> str:
    """2 weeks, or 9 days where it is no whole number of weeks."""
    return plural(days // 7, "week") if days >= 7 and days % 7 == 0 else plural(days, "day")


# The metric.


def values(metric: Metric, readings: Sequence[Reading] = ()) -> list[Decimal | None]:
    return [metric.baseline, metric.target, *(reading.value for reading in readings[-2:])]


def shown(value: Decimal, metric: Metric, readings: Sequence[Reading] = ()) -> str:
    """A value of a metric with its unit, with as many decimals as its neighbours need."""
    return amount(value, metric.unit, places([value, *values(metric, readings)]))


def bare(value: Decimal, metric: Metric, readings: Sequence[Reading] = ()) -> str:
    """The same without the unit."""
    return number(value, places([value, *values(metric, readings)]))


def metric_name(metric: Metric) -> str:
    return upper_first(line(metric.name, 80)) or "The number"


def target_words(metric: Metric, readings: Sequence[Reading] = ()) -> str:
    """The target: "target 6.0 h by 18 Dec 2026", as far as it is known."""
    by = f" by {day(metric.deadline)}" if metric.deadline else ""
    if metric.target is not None:
        return f"target {shown(metric.target, metric, readings)}{by}"
    step = _step(metric)
    if step:
        return f"target {step}{by}, baseline not measured yet"
    lacks = "neither baseline nor target yet" if metric.baseline is None else "no target yet"
    return f"{lacks}, due{by}" if by else lacks


def _step(metric: Metric) -> str:
    """What was promised from wherever it stands: "40 % less"; empty where that was not said."""
    way = {Direction.INCREASE: "more", Direction.DECREASE: "less"}.get(metric.direction)
    if metric.amount is None or metric.baseline is not None or way is None:
        return ""
    return f"{amount(metric.amount, '%' if metric.kind is Stated.RELATIVE else metric.unit)} {way}"


def number_line(pilot: Pilot, record: Record) -> str:
    """The number now and where it should go: one sentence."""
    metric = pilot.metric
    if metric is None:
        return "No number is agreed yet."
    if not record.readings:
        return f"{metric_name(metric)}: no number yet · {target_words(metric)}."
    last = record.readings[-1]
    return f"{metric_name(metric)}: {shown(last.value, metric, record.readings)} ({day(last.on)}) · {target_words(metric, record.readings)}."


def last_hint(pilot: Pilot, record: Record) -> str:
    """What a form shows beside the field: "last 6.5 h, -0.3 in 2 weeks"."""
    metric, readings = pilot.metric, record.readings
    if metric is None or not readings:
        return ""
    last = f"last {shown(readings[-1].value, metric, readings)}"
    if len(readings) < 2:
        return f"{last}, on {day(readings[-1].on)}"
    change, days = readings[-1].value - readings[-2].value, (readings[-1].on - readings[-2].on).days
    if change == 0:
        return f"{last}, unchanged for {span(days)}" if days else last
    return (
        f"{last}, {'+' if change > 0 else ''}{bare(change, metric, readings)} in {span(days)}"
        if days
        else last
    )


def example(pilot: Pilot, record: Record) -> str:
    """What a plain reply looks like: a value a little nearer to the target, and a status."""
    metric, readings = pilot.metric, record.readings
    if metric is None or metric.target is None or not readings:
        return "moving, first users next week"
    last, decimals = readings[-1].value, places(values(metric, readings))
    least = Decimal(1).scaleb(-decimals)
    step = max((abs(metric.target - last) / 10).quantize(least, ROUND_HALF_UP), least)
    value = last + (step if metric.target > last else -step)
    return f"{f'{value:.{decimals}f}'}, moving"


def pace(gap: float | None) -> str:
    """How far from the calendar, in points."""
    if gap is None:
        return "pace not known"
    points = round(gap)
    if points == 0:
        return "on pace"
    return f"{plural(abs(points), 'point')} {'behind' if points > 0 else 'ahead'}"


# What is open, in words.


def word_of(entry: Entry, pilot: Pilot, people: Mapping[str, str] | None = None, most: int = 120) -> str:
    """12 Jun 2026, Felix Arndt: "I am on the checkout relaunch …"."""
    return f"{day(entry.on)}, {line(speaker(entry.author, pilot, people), 60)}: {said(entry, most)}"


def said(entry: Entry, most: int = 120) -> str:
    """An entry's own words; its status and value where it has none."""
    if entry.text.strip():
        return quoted(entry.text, most)
    return (
        f"{entry.status} at {number(entry.value)}"
        if entry.value is not None
        else f"{entry.status}, without words"
    )


def last_word(
    picture: Picture, pilot: Pilot, people: Mapping[str, str] | None = None, most: int = 120
) -> str:
    """The last human word with its date, or that there is none."""
    if picture.last_word is None:
        return "No human word is on record"
    return f"Last word {word_of(picture.last_word, pilot, people, most)}"


def fact(finding: Finding, pilot: Pilot, record: Record, picture: Picture) -> str:
    """What is open, as a clause that follows the pilot's name."""
    metric, readings = pilot.metric, record.readings
    match finding.kind:
        case Kind.ORPHANED if pilot.owner is None:
            return f"no owner since {day(finding.since)}"
        case Kind.SILENT if picture.last_word is not None:
            return f"{finding.why} (last {day(picture.last_word.on)})"
        case Kind.OVERDUE if metric is not None and metric.target is not None and readings:
            now, target = shown(readings[-1].value, metric, readings), bare(metric.target, metric, readings)
            reached = (
                "and the target is met"
                if metric.reached(readings[-1].value)
                else f"and it stands at {now}, the target is {target}"
            )
            return f"{finding.why}, {reached}"
        case Kind.WATERMELON:
            return f"three answers say moving, and it is {pace(picture.gap)} the calendar".replace(
                "ahead the", "ahead of the"
            )
        case Kind.GUARDRAIL_BROKEN:
            newest = newest_guardrail(pilot, record)
            if newest is None:
                return finding.why
            rail, on, value = newest
            return f"the guardrail {quoted(rail.text, 80)} is broken since {day(finding.since)}, {number(value)} on {day(on)}"
        case Kind.SAME_BLOCKER:
            return finding.why.replace("blocker ", "blocker, named ", 1)
        case Kind.SLIDING_BACK if metric is not None and metric.target is not None and readings:
            last = readings[-1]
            return f"{shown(last.value, metric, readings)} on {day(last.on)}, short of its target of {shown(metric.target, metric, readings)}"
        case Kind.OVERSTAY if pilot.stage in (Stage.IDEA, Stage.FRAMED):
            return finding.why.replace("in idea for", "an idea for", 1).replace(
                "in framed for", "framed for", 1
            )
        case Kind.SNOOZE_LIMIT if picture.silent is not None:
            return f"{finding.why}, no word for {working_days(picture.silent)}"
        case _:
            return finding.why


def facts(findings: Sequence[Finding], pilot: Pilot, record: Record, picture: Picture, most: int = 4) -> str:
    """Several findings as one clause; what one of them says already is not said again."""
    kinds = {one.kind for one in findings}
    told = [one for one in findings if not (one.kind is Kind.OFF_PACE and Kind.WATERMELON in kinds)]
    return "; ".join(fact(one, pilot, record, picture) for one in told[:most])


def health_words(picture: Picture, pilot: Pilot) -> str:
    """A colour is never left alone: what it means stands beside it."""
    if picture.health is Health.GREEN and pilot.stage is Stage.SCALED:
        return "green, the target holds"
    if picture.health is Health.PAUSED and picture.pause is not None:
        return f"paused until {day(picture.pause.end)}"
    return HEALTHS[picture.health]


def rule_words(kind: str, pilot: Pilot, rules: Rules) -> str:
    """The rule behind a question, so that nobody has to ask what counts."""
    stage = pilot.stage
    row = rules.of(stage) if stage.running else None
    cadence = pilot.cadence or (row.cadence if row else 0)
    match kind:
        case "SILENT" | "SNOOZE_LIMIT" | "checkin" if row:
            return f"{STAGES[stage]}, check-in every {working_days(cadence)}"
        case "BLIND" if stage is Stage.FRAMED:
            return f"framed, a baseline within {working_days(rules.framed.blind or 0)}"
        case "BLIND" if row and row.blind:
            return f"{STAGES[stage]}, a number within {working_days(row.blind)}"
        case "BLIND" | "look_back" | "SLIDING_BACK":
            days = ", ".join(str(one) for one in rules.look_backs[:-1])
            return f"scaled, look-backs after {days} and {rules.look_backs[-1]} working days"
        case "NO_METRIC":
            return f"an idea has {working_days(rules.no_metric)} to name its number"
        case "OVERSTAY" if row:
            return f"{STAGES[stage]} is planned for {working_days(row.stay)}"
        case "OVERDUE":
            return "the day after a deadline somebody decides"
        case "OFF_PACE":
            return f"asked from {rules.gap_amber} points behind the calendar"
        case "WATERMELON":
            return (
                f"three times moving and {rules.gap_red} points or more behind, so a second person is asked"
            )
        case "GUARDRAIL_BROKEN":
            return "a broken guardrail is red, whatever the number says"
        case "SAME_BLOCKER":
            return "a blocker named three times goes to whoever can clear it"
        case "REPEATED_ANSWER":
            return "the same answer three times is a question"
        case "PROGRESSLESS":
            return f"build, an item or a merge every {working_days(rules.progressless)}"
        case "SPONSOR_QUIET" | "pulse":
            return f"one tap from the sponsor every {working_days(rules.pulse_every)}"
        case "ORPHANED":
            return "a running pilot has an owner"
        case _:
            return ""


def next_gate(pilot: Pilot) -> str:
    """The gate a running pilot waits for, by name."""
    gate = NEXT_GATE.get(pilot.stage)
    return str(gate) if gate else ""


def cost_of_later(days: int, cost: Decimal, currency: str) -> str:
    """What waiting has cost so far: 3 working days, 300 EUR."""
    return working_days(days) + (f", {money(cost, currency)}" if cost else "")
