"""A calendar that Outlook and others fetch by themselves: the dates on which something is to be decided.

Whoever asks gets an address of their own, which nobody can guess and which is known here by its hash alone. It shows what its
person may see today, ends with their account, and is taken back by a word or replaced by asking again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from secrets import compare_digest

from bot.domain.ahead import Date, dates
from bot.domain.commands import Feed
from bot.domain.errors import UserError
from bot.domain.people import Person
from bot.messages import feed as words
from bot.services import identity, login
from bot.services.context import Context
from bot.services.incoming import Reply
from storage import pilots, workspaces
from storage.database import Connection
from storage.settings import Wish
from storage.workspaces import Workspace


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """Somebody's calendar."""

    workspace: Workspace
    person: Person
    dates: tuple[Date, ...]


def ask(context: Context, command: Feed) -> Reply:
    """A new address for the asker, who alone sees it; the one before is dead. Or none any more.

    Raises:
        UserError: the page is reached nowhere yet.

    """
    if not command.stop and not context.page:
        raise UserError(
            "The page has no address yet. Whoever runs Pilotlight sets PUBLIC_URL, for example https://pilotlight.example.com"
        )
    # Two people may ask at the same moment.
    workspaces.lock(context.conn, context.workspace.id)
    token = "" if command.stop else login.new_token(context.workspace.id)
    before = _set(context, login.hashed(token) if token else "")
    context.log("calendar ended" if command.stop else "calendar begun", context.actor.id)
    if command.stop:
        return Reply(message=words.ended(was=bool(before)))
    return Reply(
        message=words.begun(
            f"{context.page}/calendar/{token}.ics", all_=context.leader or context.admin, again=bool(before)
        )
    )


def _set(context: Context, feed: str) -> str:
    """Keeps the hash of the asker's address; returns the one before."""
    workspace = workspaces.get(context.conn, context.workspace.id)
    assert workspace is not None
    before = workspace.settings.wishes.get(context.actor.id) or Wish()
    wish = before.model_copy(update={"feed": feed})
    others = {who: what for who, what in workspace.settings.wishes.items() if who != context.actor.id}
    wishes = others if wish == Wish() else {**others, context.actor.id: wish}
    workspaces.save_settings(
        context.conn, workspace.id, workspace.settings.model_copy(update={"wishes": wishes})
    )
    return before.feed


def shown(conn: Connection, token: str, now: datetime) -> Shown | None:
    """What stands behind an address; None: nothing, or nothing any more.

    Leaders and the admin see the dates of every pilot, everybody else those of the pilots in which they have a part.
    """
    workspace_id = login.workspace_in(token)
    workspace = workspaces.get(conn, workspace_id) if workspace_id else None
    if workspace is None:
        return None
    mine = login.hashed(token)
    whose = [
        who
        for who, wish in workspace.settings.wishes.items()
        if wish.feed and compare_digest(wish.feed, mine)
    ]
    person = login.who_may(conn, workspace, whose[0], now) if whose else None
    if person is None:
        return None
    return Shown(workspace=workspace, person=person, dates=tuple(_dates(conn, workspace, person)))


def _dates(conn: Connection, workspace: Workspace, person: Person) -> Iterator[Date]:
    roles = identity.roles_of(conn, workspace, person)
    calendar, rules = workspace.settings.calendar(), workspace.settings.rules()
    all_ = roles & {"admin", "leader"}
    seen = (
        pilots.stream(conn, workspace.id) if all_ else iter(pilots.of_person(conn, workspace.id, person.id))
    )
    for pilot in seen:
        yield from dates(pilot, calendar, rules)
