"""People named in a request whom we have not met: who they are is asked before the request is handled, so that the
answer can call them by their names. Somebody the platform does not tell of in time stays the id they were named by.
"""

import asyncio
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import datetime

from bot.domain.commands import PersonChanged
from bot.domain.people import Address, Person, Platform
from bot.services import identity
from bot.services.chat import Chat, ChatError, Profile
from bot.services.incoming import Incoming
from storage import people, workspaces
from storage.database import Connection, Database
from storage.ids import new_id

_MENTION = re.compile(r"<@([A-Za-z0-9:_.\-]{1,80})>")
#: People in one request whom we ask about, and for how long: whoever asked is waiting.
_MOST = 5
_PATIENCE = 1.0


async def meet(database: Database, chats: Mapping[Platform, Chat], incoming: Incoming, now: datetime) -> None:
    """Makes known whoever a request names and we have not met."""
    chat = chats.get(incoming.actor.platform)
    if chat is None or isinstance(incoming.command, PersonChanged):
        return  # whoever is told of has done nothing here
    named = _named(incoming)
    if not named:
        return
    strangers = await database.read(lambda conn: _strangers(conn, incoming, named))
    if not strangers:
        return
    profiles = await asyncio.gather(*(_profile(chat, address) for address in strangers))
    known = [profile for profile in profiles if profile is not None]
    if known:
        await database.write(lambda conn: _learn(conn, incoming, known, now))


async def confirmed(chats: Mapping[Platform, Chat], incoming: Incoming) -> Incoming:
    """An event that says an account is gone, with the profile as the platform tells it when asked.

    Somebody's pilots are about to get another owner: that rests on what holds now, not on an event that may be late.
    """
    chat = chats.get(incoming.actor.platform)
    told = incoming.profile
    if chat is None or told is None or not told.deleted or not isinstance(incoming.command, PersonChanged):
        return incoming
    asked = await _profile(chat, told.address)
    return replace(incoming, profile=asked) if asked is not None else incoming


def _named(incoming: Incoming) -> list[Address]:
    """The addresses a request names; the actor's too, where nothing came with it."""
    here = incoming.actor
    named = {found for text in _texts(incoming.command) for found in _MENTION.findall(text)}
    if incoming.profile is None or not incoming.profile.real_name:
        named.add(here.user)
    return [Address(platform=here.platform, workspace=here.workspace, user=user) for user in sorted(named)]


def _strangers(conn: Connection, incoming: Incoming, named: list[Address]) -> list[Address]:
    """Those of them that belong to nobody we know."""
    here = incoming.actor
    workspace_id = workspaces.of_address(conn, here.platform, here.workspace, even_removed=True)
    if workspace_id is None:
        return []
    return [one for one in named if people.by_address(conn, workspace_id, one) is None][:_MOST]


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _texts(part)
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from _texts(getattr(value, field.name))


async def _profile(chat: Chat, address: Address) -> Profile | None:
    try:
        async with asyncio.timeout(_PATIENCE):
            return await chat.profile(address)
    except (ChatError, TimeoutError):
        return None


def _learn(conn: Connection, incoming: Incoming, profiles: list[Profile], now: datetime) -> None:
    here = incoming.actor
    workspace_id = workspaces.of_address(conn, here.platform, here.workspace, even_removed=True)
    if workspace_id is None:
        return
    for profile in profiles:
        if people.by_address(conn, workspace_id, profile.address) is not None:
            continue
        match = identity.matching(people.without_address(conn, workspace_id), profile)
        if match is None:
            name = profile.real_name or profile.name or profile.address.user
            match = Person(
                id=new_id(), name=name, email=profile.email, zone=profile.zone, guest=profile.guest
            )
            people.add(conn, workspace_id, match, now)
        people.add_address(conn, workspace_id, match.id, profile.address, now)
        identity.learn(conn, workspace_id, match, profile)
