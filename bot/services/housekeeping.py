"""What nobody waits for: learning who people are, forgetting old request keys, ending what stood long enough."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.people import Platform
from bot.services import erasing, forges, identity, mail, requests
from bot.services.chat import Chat, ChatError, Profile
from storage import asks, inbox, outbox, people, pilots, workspaces
from storage.database import Connection, Database

log = logging.getLogger(__name__)

#: A request repeated later than this is a new one.
_FORGET_AFTER = timedelta(days=3)
#: How often a platform is asked who its people are.
_PEOPLE_EVERY = timedelta(hours=12)


async def housekeeping(database: Database, chats: Mapping[Platform, Chat], now: datetime) -> None:
    """One round."""
    await database.write(lambda conn: inbox.forget(conn, now - _FORGET_AFTER))
    if gone := await database.write(lambda conn: erasing.forget_the_gone(conn, now)):
        log.info("erased what was kept in case it comes back", extra={"workspaces": gone})
    await database.write(lambda conn: requests.forget(conn, now))
    await database.write(lambda conn: forges.forget(conn, now))
    due = await database.read(lambda conn: workspaces.due_profiles(conn, now - _PEOPLE_EVERY, limit=20))
    for workspace_id in due:
        await database.write(lambda conn: forget_messages(conn, workspace_id, now))  # noqa: B023 - done before the next
        await refresh_people(database, chats, workspace_id, now)


def forget_messages(conn: Connection, workspace_id: str, now: datetime) -> int:
    """Forgets messages older than the workspace keeps them; how many."""
    workspace = workspaces.get(conn, workspace_id)
    if workspace is None:
        return 0
    return outbox.forget(conn, workspace_id, now - timedelta(days=workspace.settings.keep_messages_days))


async def refresh_people(
    database: Database, chats: Mapping[Platform, Chat], workspace_id: str, now: datetime
) -> None:
    """Asks each platform who its people are: matches imported handles, notices who left, learns zones."""
    installed = await database.read(lambda conn: workspaces.installations(conn, workspace_id))
    for installation in installed:
        chat = chats.get(installation.platform)
        if chat is None or installation.removed_at is not None:
            continue
        try:
            profiles = await chat.people(installation.external_id)
        except ChatError as error:
            log.info("people could not be read", extra={"reason": error.reason})
            continue
        await database.write(lambda conn: learn(conn, workspace_id, profiles, now))  # noqa: B023 - done before the next
    on = Platform.EMAIL in chats
    await database.write(lambda conn: mail.enlist(conn, workspace_id, now, on=on))
    await database.write(lambda conn: workspaces.set_people_at(conn, workspace_id, now))


def learn(conn: Connection, workspace_id: str, profiles: list[Profile], now: datetime) -> None:
    """Takes over what a platform tells of its people; nobody becomes known who is not named in the registry."""
    workspace = workspaces.get(conn, workspace_id)
    if workspace is None:
        return
    today = workspace.settings.calendar().today(now)
    unmatched = people.without_address(conn, workspace_id)
    for profile in (one for one in profiles if not one.robot):
        person = people.by_address(conn, workspace_id, profile.address)
        if person is None:
            person = identity.matching(unmatched, profile)
            if person is None:
                continue
            people.add_address(conn, workspace_id, person.id, profile.address, now)
            asks.wake(conn, workspace_id, now, person.id)
            unmatched = [one for one in unmatched if one.id != person.id]
        was_guest = person.guest
        person = identity.learn(conn, workspace_id, person, profile)
        left_on = (person.left_on or today) if profile.deleted else person.left_on
        if left_on != person.left_on:
            people.save(conn, workspace_id, replace(person, left_on=left_on))
        if left_on != person.left_on or was_guest != person.guest:
            for pilot in pilots.of_person(conn, workspace_id, person.id):
                pilots.touch(conn, workspace_id, pilot.id, now)
