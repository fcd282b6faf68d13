"""Lets owner or sponsor know what somebody else decided: a line in their next message, which asks nothing."""

from bot.domain.people import Person
from bot.domain.pilot import Pilot
from bot.services.context import Context
from storage import asks


def tell_owner(context: Context, pilot: Pilot, news: str) -> None:
    """The owner reads it, unless it was their own doing."""
    _tell(context, pilot, pilot.owner, "owner", news, "You own it.")


def tell_sponsor(context: Context, pilot: Pilot, news: str) -> None:
    """The sponsor reads it, unless it was their own doing."""
    _tell(context, pilot, pilot.sponsor, "sponsor", news, "You sponsor it.")


def _tell(context: Context, pilot: Pilot, person: Person | None, role: str, news: str, as_: str) -> None:
    if person is None or person.id == context.actor.id or person.gone(context.today):
        return
    asks.add(
        context.conn,
        context.workspace.id,
        pilot_id=pilot.id,
        kind="told",
        person_id=person.id,
        role=role,
        on=context.today,
        now=context.now,
        details={"news": news, "as": as_},
    )
