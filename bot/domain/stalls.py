"""The rules of the typed stalls, one function each.

Every rule answers with the day its finding begins on the facts as they stand: a day that has come is an open
finding, a day still ahead is a reason to look again then, None is never. So the same function serves the look,
the replay and the due time, and nothing is counted day by day. A rule is asked in the stages that `RULES` lists beside it.
"""

from collections.abc import Callable
from datetime import date, timedelta
from enum import StrEnum

from bot.domain.clocks import Sight, look_backs, snoozes
from bot.domain.metric import newest, values_of
from bot.domain.record import BLOCKED, Counts, Entry, Status
from bot.domain.stages import JUDGED, RUNNING, Stage
from bot.domain.words import kept_until, ticked

#: By names of their own, as in `clocks`.
_MOVING, _NOTE, _GATE, _ITEM = Status.MOVING, Status.NOTE, Status.GATE, Status.ITEM
_SCALED, _FRAMED, _PULSE = Stage.SCALED, Stage.FRAMED, Counts.PULSE


class Kind(StrEnum):
    """A typed reason to speak."""

    ORPHANED = "ORPHANED"
    NO_METRIC = "NO_METRIC"
    SILENT = "SILENT"
    BLIND = "BLIND"
    OVERSTAY = "OVERSTAY"
    OVERDUE = "OVERDUE"
    OFF_PACE = "OFF_PACE"
    WATERMELON = "WATERMELON"
    GUARDRAIL_BROKEN = "GUARDRAIL_BROKEN"
    SAME_BLOCKER = "SAME_BLOCKER"
    REPEATED_ANSWER = "REPEATED_ANSWER"
    SNOOZE_LIMIT = "SNOOZE_LIMIT"
    SLIDING_BACK = "SLIDING_BACK"
    PROGRESSLESS = "PROGRESSLESS"
    SPONSOR_QUIET = "SPONSOR_QUIET"
    PAUSED = "PAUSED"


def _orphaned(sight: Sight) -> date | None:
    pilot = sight.pilot
    if pilot.owner is None:
        return pilot.started
    left = pilot.owner.left_on
    if left is None:
        return None
    taken_over = any(entry.status is Status.HANDOVER and entry.on >= left for entry in sight.record.entries)
    return None if taken_over else max(left, pilot.started)


def _no_metric(sight: Sight) -> date | None:
    if sight.pilot.metric is not None:
        return None
    return sight.exceeds(sight.pilot.stage_since, sight.rules.no_metric)


def _silent(sight: Sight) -> date | None:
    amber, half = sight.rules.of(sight.pilot.stage).amber + sight.stretch, sight.cadence // 2
    red = sight.silent_red_on
    # Without a pulse amber begins on one day; each pulse before that day moves it.
    begins: date | None = None
    pulses = sight.pulse_days
    for count in range(len(pulses), -1, -1):
        opens = min(sight.owners.add(sight.spoke_on, amber + count * half), red)
        from_day = pulses[count - 1] if count else sight.spoke_on
        until_day = pulses[count] - timedelta(days=1) if count < len(pulses) else None
        start = max(opens, from_day)
        if until_day is not None and start > until_day:
            break
        begins = start
        if start > from_day:
            break
    return begins


def _blind(sight: Sight) -> date | None:
    pilot, last = sight.pilot, newest(sight.record.readings)
    if pilot.stage is _SCALED:
        return _look_back_missed(sight)
    most = sight.rules.of(pilot.stage).blind
    if most is None or (
        pilot.stage is _FRAMED and pilot.metric is not None and pilot.metric.baseline is not None
    ):
        return None
    return sight.exceeds(max(last.on if last else date.min, pilot.stage_since, sight.restart), most)


def _look_back_missed(sight: Sight) -> date | None:
    readings, calendar, rules = sight.record.readings, sight.calendar, sight.rules
    due = look_backs(sight.pilot, calendar, rules)
    came = [day for day in due if day <= sight.today]
    ahead = [calendar.add(day, rules.look_back_late + 1) for day in due if day > sight.today]
    if not came:
        return min(ahead, default=None)
    latest = came[-1]
    early = calendar.before(latest, rules.look_back_early)
    if any(reading.on >= early for reading in readings):
        return min(ahead, default=None)
    return calendar.add(latest, rules.look_back_late + 1)


def _overstay(sight: Sight) -> date | None:
    begins = sight.exceeds(sight.pilot.stage_since, sight.rules.of(sight.pilot.stage).stay)
    # A sponsor who keeps it with a new date has answered the question until that date.
    kept = [
        until
        for entry in sight.record.entries
        if entry.status is _NOTE and (until := kept_until(entry)) and entry.human
    ]
    return max(begins, kept[-1] + timedelta(days=1)) if kept else begins


def _overdue(sight: Sight) -> date | None:
    metric = sight.pilot.metric
    if metric is None or metric.deadline is None:
        return None
    return metric.deadline + timedelta(days=1)


def _behind(sight: Sight, points: int) -> date | None:
    """Since when the gap has been that wide without a break, judged from the day the trial began."""
    if points not in sight.behind:  # three rules ask
        sight.behind[points] = _wide_since(sight, points)
    return sight.behind[points]


def _wide_since(sight: Sight, points: int) -> date | None:
    metric = sight.pilot.metric
    if metric is None:
        return None
    begins: date | None = None
    until: date | None = None
    for reading in reversed(sight.daily):
        reaches = metric.gap_reaches(reading.value, points)
        if reaches is None:
            break
        start = max(reaches, reading.on, sight.live_since)
        if until is not None and start >= until:
            break
        begins, until = start, reading.on
        if start > reading.on:
            break
    return begins


def _off_pace(sight: Sight) -> date | None:
    return _behind(sight, sight.rules.gap_amber)


def _watermelon(sight: Sight) -> date | None:
    last = sight.answers[-3:]
    if len(last) < 3 or any(entry.status is not _MOVING for entry in last):
        return None
    behind = _behind(sight, sight.rules.gap_red)
    if behind is None:
        return None
    # Open since the third `moving` of the run that still lasts, or since the gap, whichever came later.
    run: list[Entry] = []
    for entry in reversed(sight.answers):
        if entry.status is not _MOVING:
            break
        run.append(entry)
    return max(behind, run[-3].on)


def _guardrail_broken(sight: Sight) -> date | None:
    pilot = sight.pilot
    starts = []
    for rail in pilot.guardrails:
        broken_on: date | None = None
        for on, value in values_of(rail, pilot.guardrails, sight.record.activities):
            broken_on = (broken_on or on) if rail.broken(value) else None
        if broken_on is not None:
            starts.append(max(broken_on, sight.live_since))
    return min(starts, default=None)


def _same_blocker(sight: Sight) -> date | None:
    # Open since the first third mention in the run of stuck and waiting that still lasts.
    third: date | None = None
    for entry in reversed(sight.answers):
        if entry.status not in BLOCKED:
            break
        if entry.mentions >= 3:
            third = entry.on
    return third


def _repeated_answer(sight: Sight) -> date | None:
    answers = sight.answers
    if not answers or answers[-1].repeats < 2:
        return None
    # Open since the second repeat.
    return answers[max(1 - answers[-1].repeats, -len(answers))].on


def _snooze_limit(sight: Sight) -> date | None:
    used = snoozes(sight.record, sight.calendar)
    if not used or (silent := _silent(sight)) is None:
        return None
    if len(used) < sight.rules.snoozes and sum(one.days for one in used) < sight.rules.snooze_days:
        return None
    over = max(one.until for one in used) + timedelta(days=1)
    return max(silent, over)


def _sliding_back(sight: Sight) -> date | None:
    metric, readings = sight.pilot.metric, sight.record.readings
    if metric is None or metric.target is None or not readings:
        return None
    if metric.reached(readings[-1].value):
        return None
    since = readings[-1].on
    for reading in reversed(sight.daily):
        if metric.reached(reading.value):
            break
        since = reading.on
    return max(since, sight.pilot.stage_since)


def _progressless(sight: Sight) -> date | None:
    moved = [
        entry.on
        for entry in sight.record.entries
        if (entry.status is _GATE or (entry.status is _ITEM and ticked(entry.text))) and entry.human
    ]
    moved += [one.on for one in sight.record.activities if one.kind == "merge" and one.counts is _PULSE]
    return sight.exceeds(max([sight.pilot.stage_since, sight.restart, *moved]), sight.rules.progressless)


def _sponsor_quiet(sight: Sight) -> date | None:
    sponsor = sight.pilot.sponsor
    if sponsor is None:
        return None
    decided = [entry.on for entry in sight.record.entries if entry.author == sponsor.id and entry.word]
    open_pulses = [asked for asked in sight.record.pulses_asked if not decided or asked > decided[-1]]
    if len(open_pulses) < 2:
        return None
    return sight.calendar.add(open_pulses[1], sight.rules.pulse_every)


Rule = Callable[[Sight], date | None]

#: The written list, each with the stages in which it is judged: in this order findings are shown.
RULES: tuple[tuple[Kind, tuple[Stage, ...], Rule], ...] = (
    (Kind.ORPHANED, RUNNING, _orphaned),
    (Kind.GUARDRAIL_BROKEN, JUDGED, _guardrail_broken),
    (Kind.BLIND, (*RUNNING, Stage.SCALED), _blind),
    (Kind.NO_METRIC, (Stage.IDEA,), _no_metric),
    (Kind.SILENT, RUNNING, _silent),
    (Kind.OVERSTAY, RUNNING, _overstay),
    (Kind.OVERDUE, RUNNING, _overdue),
    (Kind.SAME_BLOCKER, RUNNING, _same_blocker),
    (Kind.OFF_PACE, JUDGED, _off_pace),
    (Kind.WATERMELON, JUDGED, _watermelon),
    (Kind.REPEATED_ANSWER, RUNNING, _repeated_answer),
    (Kind.SNOOZE_LIMIT, RUNNING, _snooze_limit),
    (Kind.SLIDING_BACK, (Stage.SCALED,), _sliding_back),
    (Kind.PROGRESSLESS, (Stage.BUILD,), _progressless),
    (Kind.SPONSOR_QUIET, RUNNING, _sponsor_quiet),
)
#: The rules that are asked in each stage.
BY_STAGE: dict[Stage, tuple[tuple[Kind, Rule], ...]] = {
    stage: tuple((kind, rule) for kind, stages, rule in RULES if stage in stages) for stage in Stage
}


#: The day a finding turns red that begins amber; the others never turn.
RED_ON: dict[Kind, Rule] = {
    Kind.SILENT: lambda sight: sight.silent_red_on,
    Kind.OFF_PACE: lambda sight: _behind(sight, sight.rules.gap_red),
}
