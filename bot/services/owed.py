"""What G2 lets be promised: kept by the thing itself, so that no later gate asks for it again."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from bot.domain.errors import UserError
from bot.domain.pilot import Pilot
from bot.domain.record import Promise
from bot.services import find, readiness
from bot.services.context import Context
from storage import pilots

#: What the form of G2 leaves to a promise, by the name of its field, as it is called in what is promised.
CALLED = {"data_owner": "the data owner's yes", "repository": "a repository"}
_ASKS = {"data_owner": "Who said yes to the data?", "repository": "Where is the repository?"}


def empty(pilot: Pilot) -> tuple[str, ...]:
    """The fields of G2 that may be promised and are not there yet."""
    there = {"data_owner": pilot.data_owner is not None, "repository": bool(pilot.links.get("repo"))}
    return tuple(field for field in CALLED if not there[field])


def wanted(pilot: Pilot, owed: Sequence[Promise]) -> tuple[str, ...]:
    """The fields that these promises are about and that nobody has filled in yet."""
    texts = {one.text for one in owed}
    return tuple(field for field in empty(pilot) if CALLED[field] in texts)


def kept_by(fields: Collection[str], owed: Sequence[Promise]) -> list[Promise]:
    """Those of the promises that are kept once these fields are filled in."""
    texts = {CALLED[field] for field in fields}
    return [one for one in owed if one.text in texts]


def fill(context: Context, pilot: Pilot, fields: Mapping[str, str], asked: Sequence[str]) -> Pilot:
    """The pilot with what a form brings of what it asked for.

    Raises:
        UserError: on the first field, where nothing is brought.

    """
    told = {field: fields[field].strip() for field in asked if fields.get(field, "").strip()}
    if asked and not told:
        raise UserError(_ASKS[asked[0]], field=asked[0])
    filled = pilot
    if "data_owner" in told:
        filled = replace(filled, data_owner=find.person(context, told["data_owner"], field="data_owner"))
    if "repository" in told:
        filled = replace(filled, links={**filled.links, "repo": told["repository"]})
    pilots.save(context.conn, context.workspace.id, filled)
    return filled


def agreed(context: Context, pilot: Pilot) -> None:
    """The data owner's yes is item D1: noted where the data owner is known."""
    if pilot.data_owner is not None:
        readiness.tick(context, pilot, "D1", "done", f"{pilot.data_owner.name} agreed")
