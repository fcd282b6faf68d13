"""Who there is, where they can be reached, when they are away."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, bindparam, delete, or_, select, update

from bot.domain.people import Absence, Address, Person, Platform
from storage.dialects import CHUNK, among, chunks, count_of, put
from storage.ids import new_id
from storage.tables import METADATA

_PEOPLE = METADATA.tables["people"]
_ADDRESSES = METADATA.tables["addresses"]
_ABSENCES = METADATA.tables["absences"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Reach:
    """An address with what we know of reaching somebody there."""

    person_id: str
    address: Address
    #: The direct-message conversation, once opened.
    channel: str = ""
    #: Teams only: where its replies go.
    service_url: str = ""
    used_at: datetime
    #: Why nothing can be sent there; empty: it can.
    trouble: str = ""


def _row(workspace_id: str, person: Person) -> dict[str, Any]:
    return {
        "workspace_id": workspace_id,
        "id": person.id,
        "handle": person.handle,
        "name": person.name,
        "email": person.email,
        "zone": person.zone,
        "left_on": person.left_on,
        "guest": person.guest,
    }


def add(conn: Connection, workspace_id: str, person: Person, now: datetime) -> None:
    """Adds somebody, with addresses and absences.

    Raises:
        sqlalchemy.exc.IntegrityError: the id is taken.

    """
    add_many(conn, workspace_id, [person], now)


def add_many(conn: Connection, workspace_id: str, people: Sequence[Person], now: datetime) -> None:
    """Adds several people, with addresses and absences; the first address counts as the last used.

    Raises:
        sqlalchemy.exc.IntegrityError: an id is taken, or two people share an address.

    """
    if people:
        conn.execute(
            _PEOPLE.insert(),
            [
                {**_row(workspace_id, one), "admin": False, "leader": False, "created_at": now}
                for one in people
            ],
        )
    addresses = [
        {
            **_address_key(workspace_id, address),
            "person_id": one.id,
            "channel": "",
            "service_url": "",
            "used_at": now,
            "trouble": "",
        }
        for one in people
        for address in one.addresses
    ]
    if addresses:
        conn.execute(_ADDRESSES.insert(), addresses)
    absences = [
        {
            "workspace_id": workspace_id,
            "id": new_id(),
            "person_id": one.id,
            "start": absence.start,
            "end": absence.end,
            "told_on": absence.told_on,
        }
        for one in people
        for absence in one.absences
    ]
    if absences:
        conn.execute(_ABSENCES.insert(), absences)


def save(conn: Connection, workspace_id: str, person: Person) -> bool:
    """Overwrites handle, name, email, zone, left_on and guest; whether the person exists.

    Addresses and absences have their own functions.
    """
    mine = (_PEOPLE.c.workspace_id == workspace_id, _PEOPLE.c.id == person.id)
    return count_of(conn.execute(update(_PEOPLE).where(*mine).values(_row(workspace_id, person)))) == 1


def get(conn: Connection, workspace_id: str, person_id: str) -> Person | None:
    """One person; None: no such in this workspace."""
    return by_ids(conn, workspace_id, [person_id]).get(person_id)


def by_ids(conn: Connection, workspace_id: str, ids: Collection[str]) -> dict[str, Person]:
    """The people of those ids, addresses and absences included; an unknown id is left out."""
    if not ids:
        return {}
    rows = conn.execute(_BY_IDS, {"whose": workspace_id, "ids": sorted(ids)}).all()
    return _whole(conn, workspace_id, rows, some=True)


def all_of(conn: Connection, workspace_id: str) -> dict[str, Person]:
    """Everybody in a workspace, by id, in the order of their names."""
    return _people(conn, workspace_id)


def admins(conn: Connection, workspace_id: str) -> list[Person]:
    """Those who may configure."""
    return list(_people(conn, workspace_id, _PEOPLE.c.admin).values())


def leaders(conn: Connection, workspace_id: str) -> list[Person]:
    """Those named as leaders in settings; where nobody is, the admins."""
    return list(_people(conn, workspace_id, _PEOPLE.c.leader).values()) or admins(conn, workspace_id)


def by_handle(conn: Connection, workspace_id: str, handle: str) -> Person | None:
    """The person imported under a handle; None: nobody."""
    return (
        next(iter(_people(conn, workspace_id, _PEOPLE.c.handle == handle).values()), None) if handle else None
    )


def by_address(conn: Connection, workspace_id: str, address: Address) -> Person | None:
    """The person whom a platform knows under that address; None: nobody yet."""
    rows = conn.execute(_BY_ADDRESS, {**_address_key(workspace_id, address), "whose": workspace_id}).all()
    return next(iter(_whole(conn, workspace_id, rows, some=True).values()), None)


def named(conn: Connection, workspace_id: str, text: str) -> list[Person]:
    """Candidates for a typed name: its words occur in name, handle or email. How near is for the caller to judge."""
    words = text.replace("@", " ").split()
    if not words:
        return []
    columns = (_PEOPLE.c.name, _PEOPLE.c.handle, _PEOPLE.c.email)
    holds = [or_(*(column.icontains(word, autoescape=True) for column in columns)) for word in words]
    return list(_people(conn, workspace_id, *holds).values())


def without_address(conn: Connection, workspace_id: str) -> list[Person]:
    """People nobody has matched to an account yet; those who left are not among them."""
    reached = select(_ADDRESSES.c.person_id).where(
        _ADDRESSES.c.workspace_id == workspace_id, _ADDRESSES.c.platform != Platform.EMAIL.value
    )
    return list(
        _people(conn, workspace_id, _PEOPLE.c.id.not_in(reached), _PEOPLE.c.left_on.is_(None)).values()
    )


def roles_of(conn: Connection, workspace_id: str, person_id: str) -> frozenset[str]:
    """Which of `admin` and `leader` somebody is in the workspace's own books."""
    mine = (_PEOPLE.c.workspace_id == workspace_id, _PEOPLE.c.id == person_id)
    row = conn.execute(select(_PEOPLE.c.admin, _PEOPLE.c.leader).where(*mine)).mappings().one_or_none()
    return frozenset() if row is None else frozenset(name for name, has in row.items() if has)


def holds(conn: Connection, workspace_id: str, person_id: str) -> frozenset[str]:
    """Which of `admin` and `leader` somebody is in effect: where no leader is named, the admins are."""
    named = conn.execute(_NAMED, {"whose": workspace_id}).all()
    mine = {
        name for one, *has in named if one == person_id for name, it in zip(_ROLES, has, strict=True) if it
    }
    return frozenset(
        mine | ({"leader"} if "admin" in mine and not any(row.leader for row in named) else set())
    )


def set_role(
    conn: Connection, workspace_id: str, person_id: str, role: Literal["admin", "leader"], *, has: bool
) -> bool:
    """Gives or takes a role; whether the person exists."""
    mine = (_PEOPLE.c.workspace_id == workspace_id, _PEOPLE.c.id == person_id)
    return count_of(conn.execute(update(_PEOPLE).where(*mine).values({role: has}))) == 1


# Addresses.


def _at(workspace_id: str, address: Address) -> tuple[ColumnElement[bool], ...]:
    return tuple(_ADDRESSES.c[name] == value for name, value in _address_key(workspace_id, address).items())


def _address_key(workspace_id: str, address: Address) -> dict[str, str]:
    return {
        "workspace_id": workspace_id,
        "platform": address.platform.value,
        "external_id": address.workspace,
        "user_id": address.user,
    }


def add_address(
    conn: Connection,
    workspace_id: str,
    person_id: str,
    address: Address,
    now: datetime,
    *,
    channel: str = "",
    service_url: str = "",
) -> None:
    """Lets somebody be reached at an address; one that was somebody else's changes hands."""
    put(
        conn,
        _ADDRESSES,
        {
            **_address_key(workspace_id, address),
            "person_id": person_id,
            "channel": channel,
            "service_url": service_url,
            "used_at": now,
            "trouble": "",
        },
    )


def drop_address(conn: Connection, workspace_id: str, address: Address) -> bool:
    """Forgets an address; whether it was there."""
    return count_of(conn.execute(delete(_ADDRESSES).where(*_at(workspace_id, address)))) == 1


def touch_address(
    conn: Connection,
    workspace_id: str,
    address: Address,
    *,
    used_at: datetime | None = None,
    channel: str | None = None,
    service_url: str | None = None,
    trouble: str | None = None,
) -> bool:
    """Changes what we know of reaching an address; None leaves it. Whether anything changed."""
    known = {"used_at": used_at, "channel": channel, "service_url": service_url, "trouble": trouble}
    values: dict[str, Any] = {name: value for name, value in known.items() if value is not None}
    return (
        bool(values)
        and count_of(conn.execute(update(_ADDRESSES).where(*_at(workspace_id, address)).values(values))) == 1
    )


def addresses_of(conn: Connection, workspace_id: str, person_ids: Collection[str]) -> dict[str, list[Reach]]:
    """Where people can be reached, the last used first; who has no address is left out."""
    found: dict[str, list[Reach]] = defaultdict(list)
    for part in chunks(sorted(person_ids)):
        mine = (_ADDRESSES.c.workspace_id == workspace_id, _ADDRESSES.c.person_id.in_(part))
        for row in conn.execute(select(_ADDRESSES).where(*mine).order_by(_ADDRESSES.c.used_at.desc())):
            found[row.person_id].append(
                Reach(
                    person_id=row.person_id,
                    address=_address(row.platform, row.external_id, row.user_id),
                    channel=row.channel,
                    service_url=row.service_url,
                    used_at=row.used_at,
                    trouble=row.trouble,
                )
            )
    return dict(found)


_PLATFORMS = {one.value: one for one in Platform}


def _address(platform: str, external_id: str, user_id: str) -> Address:
    return Address(platform=_PLATFORMS[platform], workspace=external_id, user=user_id)


# Absences.


def add_absence(conn: Connection, workspace_id: str, person_id: str, absence: Absence) -> None:
    """Notes that somebody is away."""
    conn.execute(
        _ABSENCES.insert().values(
            workspace_id=workspace_id,
            id=new_id(),
            person_id=person_id,
            start=absence.start,
            end=absence.end,
            told_on=absence.told_on,
        )
    )


def _people(conn: Connection, workspace_id: str, *conditions: ColumnElement[bool]) -> dict[str, Person]:
    """The people that fit, by id and in the order of their names: three statements, however many there are."""
    chosen = select(_PEOPLE).where(_PEOPLE.c.workspace_id == workspace_id, *conditions)
    rows = conn.execute(chosen.order_by(_PEOPLE.c.name, _PEOPLE.c.id)).all()
    return _whole(conn, workspace_id, rows, some=bool(conditions) and len(rows) <= CHUNK)


#: Built once: a look asks for a few people in each of many workspaces.
_BY_IDS = (
    select(_PEOPLE)
    .where(_PEOPLE.c.workspace_id == bindparam("whose"), among(_PEOPLE.c.id, "ids"))
    .order_by(_PEOPLE.c.name, _PEOPLE.c.id)
)
_BY_ADDRESS = (
    select(_PEOPLE)
    .join(
        _ADDRESSES,
        (_ADDRESSES.c.workspace_id == _PEOPLE.c.workspace_id) & (_ADDRESSES.c.person_id == _PEOPLE.c.id),
    )
    .where(
        _PEOPLE.c.workspace_id == bindparam("whose"),
        *(
            _ADDRESSES.c[name] == bindparam(name)
            for name in ("workspace_id", "platform", "external_id", "user_id")
        ),
    )
)
#: Those who have a role at all are few.
_ROLES = ("admin", "leader")
_NAMED = select(_PEOPLE.c.id, *(_PEOPLE.c[name] for name in _ROLES)).where(
    _PEOPLE.c.workspace_id == bindparam("whose"), or_(*(_PEOPLE.c[name] for name in _ROLES))
)
_WHERE = (
    select(
        _ADDRESSES.c.person_id,
        _ADDRESSES.c.platform,
        _ADDRESSES.c.external_id,
        _ADDRESSES.c.user_id,
        _ADDRESSES.c.trouble,
    )
    .where(_ADDRESSES.c.workspace_id == bindparam("whose"))
    .order_by(
        _ADDRESSES.c.used_at.desc(), _ADDRESSES.c.platform, _ADDRESSES.c.external_id, _ADDRESSES.c.user_id
    )
)
_WHERE_SOME = _WHERE.where(among(_ADDRESSES.c.person_id, "ids"))
_WHEN = (_ABSENCES.c.person_id, _ABSENCES.c.start, _ABSENCES.c.end, _ABSENCES.c.told_on)
_AWAY = select(*_WHEN).where(_ABSENCES.c.workspace_id == bindparam("whose")).order_by(*_WHEN)
_AWAY_SOME = _AWAY.where(among(_ABSENCES.c.person_id, "ids"))


def _whole(
    conn: Connection, workspace_id: str, rows: Sequence[Row[*tuple[Any, ...]]], *, some: bool
) -> dict[str, Person]:
    """People with their addresses and absences; `some`: those of others are not read."""
    if not rows:
        return {}
    values = {"whose": workspace_id, "ids": [row.id for row in rows]} if some else {"whose": workspace_id}
    reached: dict[str, list[Address]] = defaultdict(list)
    # Where nothing can be sent is no address to send to; the person is heard from again when they write.
    refused: set[str] = set()
    found = conn.execute(_WHERE_SOME if some else _WHERE, values).all()
    for person_id, platform, external_id, user_id, trouble in found:
        if trouble:
            refused.add(person_id)
        else:
            reached[person_id].append(_address(platform, external_id, user_id))
    away: dict[str, list[Absence]] = defaultdict(list)
    for person_id, start, end, told_on in conn.execute(_AWAY_SOME if some else _AWAY, values).all():
        away[person_id].append(Absence(start=start, end=end, told_on=told_on))
    return {
        row.id: Person(
            id=row.id,
            name=row.name,
            handle=row.handle,
            email=row.email,
            zone=row.zone,
            addresses=tuple(reached.get(row.id, ())),
            absences=tuple(away.get(row.id, ())),
            left_on=row.left_on,
            guest=row.guest,
            out_of_reach=row.id in refused and row.id not in reached,
        )
        for row in rows
    }
