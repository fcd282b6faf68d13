"""Who may do what: the one table, obeyed by commands, forms and digest buttons alike."""

from collections.abc import Set as AbstractSet
from enum import IntEnum, StrEnum

from bot.domain.people import Person
from bot.domain.pilot import Pilot


class Standing(StrEnum):
    """What somebody is to a pilot or to the workspace."""

    OUTSIDER = "outsider"
    MEMBER = "member"
    OWNER = "owner"
    SPONSOR = "sponsor"
    LEADER = "leader"
    ADMIN = "admin"


class May(IntEnum):
    """What the table answers."""

    NO = 0
    PROPOSE = 1
    YES = 2


class Action(StrEnum):
    """What is asked for."""

    READ = "read"  # show, list, happened, register
    CHECK_IN = "check_in"  # check-in, reading, items, metric, snooze, hand over
    PAUSE = "pause"  # pause, resume, keep with a new date
    RETIRE = "retire"
    SCALE = "scale"  # after the run owner's confirmation; G4 likewise
    BACK = "back"  # G1, high-risk G3
    PASS = "pass"  # noqa: S105 - G2, other G3, promise
    MERGE = "merge"
    EDIT = "edit"  # owner, backup, sponsor, links
    CONFIGURE = "configure"  # settings, import, export, erase


_YES, _PROPOSE = May.YES, May.PROPOSE
#: "Own" needs no word here: owner and sponsor are standings towards this very pilot.
TABLE: dict[Action, dict[Standing, May]] = {
    Action.READ: dict.fromkeys(
        (Standing.MEMBER, Standing.OWNER, Standing.SPONSOR, Standing.LEADER, Standing.ADMIN), _YES
    ),
    Action.CHECK_IN: {Standing.OWNER: _YES, Standing.ADMIN: _YES},
    Action.PAUSE: {Standing.SPONSOR: _YES, Standing.LEADER: _YES, Standing.ADMIN: _YES},
    Action.RETIRE: {
        Standing.OWNER: _PROPOSE,
        Standing.SPONSOR: _YES,
        Standing.LEADER: _YES,
        Standing.ADMIN: _YES,
    },
    Action.SCALE: {Standing.OWNER: _PROPOSE, Standing.SPONSOR: _YES},
    Action.BACK: {Standing.SPONSOR: _YES},
    Action.PASS: {Standing.OWNER: _YES, Standing.ADMIN: _YES},
    Action.MERGE: {
        Standing.OWNER: _PROPOSE,
        Standing.SPONSOR: _YES,
        Standing.LEADER: _YES,
        Standing.ADMIN: _YES,
    },
    Action.EDIT: {Standing.OWNER: _YES, Standing.SPONSOR: _YES, Standing.ADMIN: _YES},
    Action.CONFIGURE: {Standing.ADMIN: _YES},
}


def standings(person: Person, pilot: Pilot | None, *, admin: bool, leader: bool) -> frozenset[Standing]:
    """Everything a person is to a pilot; a guest or outsider is nothing else, whatever the row says."""
    if person.guest:
        return frozenset({Standing.OUTSIDER})
    found = {Standing.MEMBER}
    if pilot is not None:
        if any(one is not None and one.id == person.id for one in (pilot.owner, pilot.backup)):
            found.add(Standing.OWNER)
        if pilot.sponsor is not None and pilot.sponsor.id == person.id:
            found.add(Standing.SPONSOR)
    if leader:
        found.add(Standing.LEADER)
    if admin:
        found.add(Standing.ADMIN)
    return frozenset(found)


def may(action: Action, held: AbstractSet[Standing]) -> May:
    """The best that the table grants to anybody with these standings."""
    row = TABLE[action]
    return max((row.get(standing, May.NO) for standing in held), default=May.NO)


#: What the digest asks for: whoever may not is offered to tell those who may.
DECISIONS = frozenset({Action.PAUSE, Action.RETIRE, Action.SCALE, Action.MERGE})


def who_may(action: Action, pilot: Pilot) -> str:
    """The sentence for somebody who may not: who can."""
    names = _who(action, pilot)
    return f"Only {names} can do that." if names else _NOBODY


def who_decides(action: Action, pilot: Pilot) -> str:
    """The same for a decision."""
    names = _who(action, pilot)
    return f"Only {names} can decide." if names else _NOBODY


_NOBODY = "Nobody can do that yet: the pilot needs an owner and a sponsor first."


def _who(action: Action, pilot: Pilot) -> str:
    """Everybody who may, by first name: Alice, Bob or the admin; empty where nobody is named who may."""
    granted = {standing for standing, verdict in TABLE[action].items() if verdict is May.YES}
    names = []
    if Standing.OWNER in granted:
        names += [person.first_name for person in (pilot.owner, pilot.backup) if person is not None]
    if Standing.SPONSOR in granted and pilot.sponsor is not None:
        names.append(pilot.sponsor.first_name)
    if Standing.LEADER in granted:
        names.append("the leadership group")
    elif Standing.ADMIN in granted:
        names.append("the admin")
    *some, last = names or [""]
    return f"{', '.join(some)} or {last}" if some else last
