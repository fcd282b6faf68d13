"""A pilot as it stood on an earlier day, from what the record says."""

from dataclasses import replace
from datetime import date

from bot.domain.pilot import Pilot
from bot.domain.record import Record, Status
from bot.domain.stages import OPENS, Gate, Stage
from bot.domain.words import gate_passed


def as_of(pilot: Pilot, record: Record, day: date) -> tuple[Pilot, Record] | None:
    """The pilot and its record at the end of a day; None before it started.

    A stage entered later is undone by the gates the record holds: without any, the pilot was an idea.
    """
    if pilot.started > day and not any(entry.on <= day for entry in record.entries):
        return None
    then = record.until(day)
    if pilot.stage_since > day:
        passed = [
            (entry.on, gate)
            for entry in then.entries
            if entry.status is Status.GATE and (gate := gate_passed(entry.text))
        ]
        since, stage = (passed[-1][0], OPENS[Gate(passed[-1][1])]) if passed else (pilot.started, Stage.IDEA)
        pilot = replace(pilot, stage=stage, stage_since=since, end=None)
    if pilot.metric is not None and pilot.metric.baseline_on is not None and pilot.metric.baseline_on > day:
        pilot = replace(pilot, metric=replace(pilot.metric, baseline=None, baseline_on=None))
    return pilot, then
