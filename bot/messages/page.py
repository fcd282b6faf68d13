"""What the page says beside its pictures: every picture has its sentence, and the sentence is enough."""

from collections.abc import Sequence
from decimal import Decimal

from bot.domain.digest import Seen, leading
from bot.domain.findings import Health, Kind
from bot.domain.forecast import LEAST_DAYS, LEAST_READINGS, CannotSay, Forecast, Outlook, Silence
from bot.domain.hindsight import Caught, Fate
from bot.domain.metric import Metric, values_of
from bot.domain.readiness import Standing
from bot.domain.record import Reading
from bot.domain.stages import Stage
from bot.domain.story import Story
from bot.domain.survival import Cohort
from bot.messages.figures import (
    amount,
    closed,
    facts,
    last_word,
    line,
    metric_name,
    money,
    names,
    number,
    per_week,
    places,
    plural,
    sentence,
    shown,
    target_words,
    upper_first,
)
from bot.messages.figures import said as word_said
from bot.messages.model import day
from bot.messages.story import sources

#: One word each, where a whole clause would not fit; a sign of its own stands beside it.
HEALTHS = {
    Health.RED: "red",
    Health.AMBER: "amber",
    Health.GREEN: "green",
    Health.GREY: "no number",
    Health.PAUSED: "paused",
    Health.ENDED: "ended",
}
_OUTLOOKS = {
    Outlook.MEETS: "on this course it meets its target",
    Outlook.OPEN: "it could go either way",
    Outlook.MISSES: "on this course it misses its target",
}


def headline(pilots: int) -> str:
    """The first thing anybody reads."""
    if not pilots:
        return "Nothing waits for a decision"
    return f"{plural(pilots, 'decision')} {'waits' if pilots == 1 else 'wait'}"


def stakes(spent: Decimal, per_week_: Decimal, currency: str) -> str:
    """What the waiting pilots cost, the sums between asterisks."""
    if not spent and not per_week_:
        return "No cost of theirs is recorded."
    meanwhile = f"*{per_week(per_week_, currency)}*" if per_week_ else "no running cost"
    return f"*{money(spent, currency)}* spent on them, {meanwhile} until somebody decides."


def last_said(seen: Seen, most: int = 90, *, named: bool = False) -> str:
    """What was said last, and when; by whom only where the page is that pilot's own."""
    word = seen.picture.last_word
    if word is None or named:
        return closed(last_word(seen.picture, seen.pilot, seen.people, most))
    return closed(f"Last word {day(word.on)}: {word_said(word, most)}")


#: What the lines of a story begin with.
_LABELS = ("Wanted", "Number", "What happened", "Who decides", "How it ended", "Who looks after it")


def labelled(said: str) -> tuple[str, str]:
    """A line of a story and, before it, what it is about; empty where it says so itself."""
    label, colon, rest = said.partition(": ")
    return (label, upper_first(rest)) if colon and label in _LABELS else ("", said)


def now_words(seen: Seen) -> str:
    """The newest value: 6.5 h."""
    metric, readings = seen.pilot.metric, seen.record.readings
    if metric is None:
        return "no number agreed"
    return shown(readings[-1].value, metric, readings) if readings else "no number yet"


def goal_words(seen: Seen) -> str:
    """Where it should go: 6.0 h by 18 Dec 2026; empty where no target is known."""
    metric, readings = seen.pilot.metric, seen.record.readings
    if metric is None or metric.target is None:
        return ""
    by = f" by {day(metric.deadline)}" if metric.deadline else ""
    return f"{shown(metric.target, metric, readings)}{by}"


def said(value: float, metric: Metric, readings: Sequence[Reading], *, unit: bool = True) -> str:
    """A forecast's value, no finer than the readings it comes from."""
    known = [metric.baseline, metric.target, *(one.value for one in readings[-4:])]
    return amount(Decimal(repr(value)), metric.unit if unit else "", places(known))


def forecast_words(told: Forecast | CannotSay, seen: Seen) -> str:
    """The forecast as a sentence, or why there is none."""
    metric, readings = seen.pilot.metric, seen.record.readings
    if seen.pilot.stage.ended:
        return "Ended: nothing is forecast."
    if isinstance(told, CannotSay) or metric is None:
        return f"Forecast: cannot say, {_silence(told)}." if isinstance(told, CannotSay) else ""
    expected, low, high = (said(one, metric, readings) for one in (told.expected, told.low, told.high))
    between = f" (likely {low} to {high})" if low != high else ""
    outlook = f"; {_OUTLOOKS[told.outlook]}" if told.outlook else ""
    return f"Forecast for {day(told.on)}: {expected}{between}{outlook}."


def _silence(told: CannotSay) -> str:
    match told.because:
        case Silence.NO_METRIC:
            return "no number is agreed"
        case Silence.NO_TARGET:
            return "no target is set"
        case Silence.NO_DEADLINE:
            return "no deadline is set"
        case Silence.OVER:
            return "the deadline is over"
        case Silence.FEW:
            return f"{plural(told.readings, 'reading')}, {LEAST_READINGS} are needed"
        case Silence.SHORT:
            return f"the readings cover {plural(told.days, 'day')}, {LEAST_DAYS} are needed"
        case Silence.FAR:
            return f"the deadline is {plural(told.ahead, 'day')} after the last reading, and the readings cover {told.days:,}"


def chart_words(seen: Seen, told: Forecast | CannotSay) -> str:
    """All that a chart shows, in words."""
    metric, readings = seen.pilot.metric, seen.record.readings
    if metric is None:
        return "No number is agreed, so there is nothing to draw."
    parts = [metric_name(metric)]
    if metric.baseline is not None:
        since = f" on {day(metric.baseline_on)}" if metric.baseline_on else ""
        parts.append(f"baseline {shown(metric.baseline, metric, readings)}{since}")
    if readings:
        last = readings[-1]
        parts.append(
            f"{shown(last.value, metric, readings)} on {day(last.on)} after {plural(len(readings), 'reading')}"
        )
    parts.append(target_words(metric, readings))
    return f"{': '.join(parts[:2])}{''.join(f'; {part}' for part in parts[2:])}. {forecast_words(told, seen)}"


def rests_on(story: Story) -> str:
    """The story's last line for somebody who looks and does not ask."""
    asked = (
        f"{plural(len(story.askers), 'person', 'people')} asked ({names([one.split()[0] if one.split() else one for one in story.askers])}). "
        if story.askers
        else "Nobody has asked yet. "
    )
    after = f" Nothing is recorded after {day(story.nothing_after)}." if story.nothing_after else ""
    return f"{asked}Sources: {sources(story)}.{after}"


def open_words(seen: Seen, most: int = 2) -> str:
    """What is open, the weightiest first; how it ended, where it has; empty where neither needs a word."""
    pilot, end = seen.pilot, seen.pilot.end
    if pilot.stage in (Stage.RETIRED, Stage.MERGED):
        return closed(line((end.learning or end.reason) if end else "", 200))
    if seen.picture.pause is not None:
        return sentence(seen.picture.pause.reason, 160)
    told = [one for one in leading(seen.picture.findings) if one.kind is not Kind.OFF_PACE or most > 2]
    return upper_first(closed(facts(told or seen.picture.findings, pilot, seen.record, seen.picture, most)))


def guardrails(seen: Seen) -> list[tuple[str, str, bool]]:
    """Each guardrail with its newest value and whether it is broken."""
    found = []
    for rail in seen.pilot.guardrails:
        known = values_of(rail, seen.pilot.guardrails, seen.record.activities)
        value = f"{number(known[-1][1])} on {day(known[-1][0])}" if known else "no value yet"
        found.append((line(rail.text, 120), value, bool(known) and rail.broken(known[-1][1])))
    return found


def cohort_words(cohort: Cohort) -> str:
    """5 started: 3 alive, 1 scaled, 1 retired with learning, 0 vanished."""
    parts = [
        (cohort.alive, "alive"),
        (cohort.scaled, "scaled"),
        (cohort.retired, "retired with learning"),
        (cohort.merged, "merged"),
    ]
    told = [f"{count:,} {word}" for count, word in parts if count] + [f"{cohort.vanished:,} vanished"]
    return f"{cohort.pilots:,} started: {', '.join(told)}"


def caught_words(one: Caught) -> str:
    """No owner; retired on 16 Nov 2026. / No word; still open."""
    what = "No owner" if one.kind is Kind.ORPHANED else "No word"
    return f"{what}; still open" if one.fate is Fate.OPEN else f"{what}; {one.fate.value} on {day(one.until)}"


def item_words(stands: Standing) -> str:
    """How an item of a checklist stands: open, and why again; done, how and until when."""
    match stands.state:
        case "na":
            return "not applicable"
        case "done" if stands.item is not None:
            until = f", stands until {day(stands.expires_on)}" if stands.expires_on else ""
            return (
                f"done {'by evidence' if stands.item.automatic else 'by word'}, {day(stands.item.on)}{until}"
            )
        case _ if stands.reopened:
            return f"open again: {stands.reopened}"
        case _:
            return "open"
