"""Which pilot, which person somebody means."""

import re
from dataclasses import dataclass

from rapidfuzz import fuzz, process, utils
from rapidfuzz.distance import OSA

from bot.domain.errors import UserError
from bot.domain.people import Address, Person, name_of_handle
from bot.domain.pilot import Pilot
from bot.domain.stages import Stage
from bot.messages.text import to_type
from bot.services.context import Context
from storage import people, pilots
from storage.ids import new_id

#: Alike enough to be a typo of the name.
_CLOSE = 84
#: Alike enough to be offered.
_NEAR = 60
#: Offered at most.
_BEST = 3


@dataclass(frozen=True, kw_only=True)
class Several(Exception):
    """More than one pilot fits: the best three, to be offered as buttons."""

    asked: str
    fits: tuple[Pilot, ...]


class Nobody(UserError):
    """No pilot fits; `near` are the nearest names."""

    def __init__(self, asked: str, near: list[str]) -> None:
        names = " or ".join(near)
        ask = (
            f"Did you mean {names}?"
            if near
            else f"Type {to_type('list')} to see them all, or {to_type('new')} to register it."
        )
        super().__init__(f"No pilot is called “{asked}”. {ask}")
        self.asked = asked
        self.near = near


def one_that_goes_on(context: Context, asked: str) -> Pilot:
    """As `pilot`, for what makes sense only while it is not retired or merged: a form may have been open for long.

    Raises:
        UserError: it has ended, or none or several fit.
    """
    found = pilot(context, asked)
    if found.stage in (Stage.RETIRED, Stage.MERGED):
        raise UserError(
            f"{found.name} has ended as {found.stage} in the meantime, so nothing was changed. "
            f"Its record: {to_type(f'show {found.name}')}"
        )
    return found


def pilot(context: Context, asked: str) -> Pilot:
    """The one pilot meant by an id, a name, an alias, an old name, its channel or link, or a typo of one.

    Raises:
        Several: more than one fits.
        Nobody: none does.

    """
    asked = asked.strip().strip("\"'“”„‘’").strip()
    if not asked:
        raise UserError("Which pilot? Add its name, for example: show Support Reply Assistant.")
    exact = pilots.get_many(
        context.conn, context.workspace.id, pilots.named(context.conn, context.workspace.id, asked)
    )
    if len(exact) == 1:
        return exact[0]
    if exact:
        raise Several(asked=asked, fits=tuple(exact[:_BEST]))
    linked = _linked(context, asked)
    if len(linked) == 1:
        return linked[0]
    if linked:
        raise Several(asked=asked, fits=tuple(linked[:_BEST]))
    ids = _fuzzy(context, asked)
    if not ids:
        raise Nobody(asked, _nearest(context, asked))
    found = pilots.get_many(context.conn, context.workspace.id, ids[:_BEST])
    if len(found) == 1:
        return found[0]
    raise Several(asked=asked, fits=tuple(found))


def asked_for(context: Context, asked: str) -> Pilot:
    """The same, and where no pilot is called so: the one whose owner is called so.

    Raises:
        Several: more than one fits, or somebody owns several.
        Nobody: none does.

    """
    try:
        return pilot(context, asked)
    except Nobody:
        owned = _owned(context, asked)
        if not owned:
            raise
        if len(owned) > 1:
            raise Several(asked=asked, fits=tuple(owned[:_BEST])) from None
        return owned[0]


def _owned(context: Context, asked: str) -> list[Pilot]:
    """The pilots of the one person who is meant, those that have not ended first."""
    try:
        owner = person(context, asked, may_be_new=False)
    except UserError:
        return []
    mine = [
        one
        for one in pilots.of_person(context.conn, context.workspace.id, owner.id)
        if one.owner is not None and one.owner.id == owner.id
    ]
    return sorted(mine, key=lambda one: (one.stage.ended, one.id))


_CHANNEL = re.compile(r"^<#([^>|\s]+)(?:\|([^>]*))?>$")


def _linked(context: Context, asked: str) -> list[Pilot]:
    """The pilots that name a channel or a link: only where what was asked looks like one."""
    mention = _CHANNEL.match(asked)
    wanted = {_bare(one) for one in (mention.groups() if mention else (asked,)) if one}
    if not mention and not asked.startswith("#") and "/" not in asked and "." not in asked:
        return []
    return [
        one
        for one in pilots.stream(context.conn, context.workspace.id)
        if wanted & {_bare(address) for address in one.links.values()}
    ]


def _bare(address: str) -> str:
    """A channel or link without what nobody types alike."""
    bare = re.sub(r"^(?:https?://)?(?:www\.)?", "", address.strip().strip("<>").casefold())
    return bare.lstrip("#").rstrip("/")


def _fuzzy(context: Context, asked: str) -> list[str]:
    """Ids of the pilots whose names resemble what was asked, best first; one where one stands out."""
    names = {
        (pilot_id, name): name
        for pilot_id, called in pilots.names(context.conn, context.workspace.id)
        for name in called
    }
    folded = utils.default_process(asked)
    if not folded:
        return []
    scores: dict[str, float] = {}
    for name, score, (pilot_id, _) in process.extract(
        asked, names, scorer=fuzz.WRatio, processor=utils.default_process, limit=40
    ):
        whole = fuzz.ratio(folded, utils.default_process(name))
        whole = max(whole, 95.0 if _swapped(folded, utils.default_process(name)) else 0.0)
        part = set(folded.split()) <= set(utils.default_process(name).split())
        best = max(whole, 95.0 if part else 0.0, score if whole >= _NEAR else 0.0)
        if best >= _CLOSE:
            scores[pilot_id] = max(best, scores.get(pilot_id, 0.0))
    ranked = sorted(scores, key=lambda one: -scores[one])
    if len(ranked) > 1 and scores[ranked[0]] - scores[ranked[1]] >= 8:
        return ranked[:1]
    return ranked


def _swapped(typed: str, name: str) -> bool:
    """Whether two neighbouring letters changed places: in a short name, too, that is a slip and no other name."""
    return len(typed) > 3 and sorted(typed) == sorted(name) and OSA.distance(typed, name, score_cutoff=1) == 1


def _nearest(context: Context, asked: str) -> list[str]:
    names = [called[0] for _, called in pilots.names(context.conn, context.workspace.id)]
    found = process.extract(
        asked, names, scorer=fuzz.WRatio, processor=utils.default_process, limit=_BEST, score_cutoff=_NEAR
    )
    return [name for name, _, _ in found]


_MAILBOX = re.compile(r"[^@\s<>]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_MENTION = re.compile(r"^<@([^>|\s]+)(?:\|[^>]*)?>$")


def person(context: Context, reference: str, *, field: str | None = None, may_be_new: bool = True) -> Person:
    """The person meant by a mention, a handle or a name; a mention of somebody new makes them known.

    Args:
        context: the request.
        reference: as it was typed.
        field: the form's field that it stands in.
        may_be_new: whether a mention may make somebody known.

    Raises:
        UserError: nobody or several fit.

    """
    reference = reference.strip()
    mention = _MENTION.match(reference)
    address = context.incoming.actor
    if mention is not None:
        there = Address(platform=address.platform, workspace=address.workspace, user=mention[1])
        known = people.by_address(context.conn, context.workspace.id, there)
        if known is None and not may_be_new:
            raise UserError("Nobody here is known by that mention.", field=field)
        if known is None:
            known = Person(id=new_id(), name=mention[1], addresses=(there,))
            people.add(context.conn, context.workspace.id, known, context.now)
        return known
    asked = reference.lstrip("@")
    everybody = list(people.all_of(context.conn, context.workspace.id).values())
    exact = [
        one
        for one in everybody
        if asked.casefold() in (one.id.casefold(), one.handle.casefold(), one.name.casefold())
    ]
    exact = exact or [one for one in everybody if one.first_name.casefold() == asked.casefold()]
    if len(exact) == 1:
        return exact[0]
    if not exact and _MAILBOX.fullmatch(asked):
        return _by_mailbox(context, asked, everybody)
    if exact:
        names = " or ".join(sorted(one.name for one in exact)[:_BEST])
        raise UserError(f"“{asked}” could be {names}. Mention the person with @.", field=field)
    near = process.extract(asked, [one.name for one in everybody], limit=1, score_cutoff=_CLOSE)
    hint = f" Did you mean {near[0][0]}?" if near else ""
    raise UserError(
        f"I know nobody called “{asked}”.{hint} Mention the person with @, or type their e-mail address.",
        field=field,
    )


def _by_mailbox(context: Context, email: str, everybody: list[Person]) -> Person:
    """Whoever has that e-mail address; somebody new is known by it until they turn up on a platform."""
    known = [one for one in everybody if one.email.casefold() == email.casefold()]
    if known:
        return known[0]
    made = Person(id=new_id(), name=name_of_handle(email.partition("@")[0]), email=email)
    people.add(context.conn, context.workspace.id, made, context.now)
    return made
