"""What a scaled pilot leaves: taken into the record before G5, and said in the sentence of its end."""

import re

from bot.domain.errors import UserError
from bot.domain.gains import Gains, gains_of, off, saves
from bot.domain.gates import team
from bot.domain.pilot import Pilot
from bot.domain.record import Status
from bot.messages.figures import metric_name, shown, upper_first
from bot.messages.model import day
from bot.services import find, passing
from bot.services.context import Context

_A_YEAR = re.compile(r"\s+(?:a|per|every|each|/)\s*year$", re.IGNORECASE)


def gained(context: Context, pilot: Pilot, saving: str, confirmed_by: str, switched_off: str) -> None:
    """Notes what it saves, who confirmed that, and what was switched off; what is on the record already is not said twice.

    Raises:
        UserError: a saving without a number, or one that nobody outside the pilot team confirmed.

    """
    since = pilot.stage_since
    known = gains_of(passing.record_of(context, pilot), since)
    saving, switched_off = _A_YEAR.sub("", saving.strip()), switched_off.strip()
    if saving and (saving != known.saving or confirmed_by):
        if not re.search(r"\d", saving):
            raise UserError("How much a year? A number with its unit: 84,000 EUR", field="saving")
        if not confirmed_by:
            raise UserError(
                "Who confirmed the saving? Finance, or whoever owns the process.", field="confirmed_by"
            )
        who = find.person(context, confirmed_by, field="confirmed_by")
        if who.id in team(pilot):
            raise UserError(
                f"{who.name} belongs to the pilot team. A saving is confirmed by finance, or by whoever owns the process.",
                field="confirmed_by",
            )
        told_ = saves(Gains(saving=saving, confirmed_by=who.name))
        if told_ != saves(known):
            context.note(pilot, Status.NOTE, told_)
    if switched_off and switched_off != known.switched_off:
        context.note(pilot, Status.NOTE, off(Gains(switched_off=switched_off)))


def sentence(context: Context, pilot: Pilot) -> str:
    """How it ended: the final value, who runs it, what it saves, what was switched off."""
    its = passing.record_of(context, pilot)
    value = "The target held on two readings"
    if pilot.metric is not None and its.readings:
        last = its.readings[-1]
        value = f"{upper_first(metric_name(pilot.metric))} {shown(last.value, pilot.metric, its.readings)} on {day(last.on)}, the target held on two readings"
    runner = pilot.run_owner.name if pilot.run_owner else "The line"
    return f"{value}. {runner} runs it. {gains_of(its, pilot.stage_since).sentences}".strip()
