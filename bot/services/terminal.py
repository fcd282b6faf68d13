"""What the command line asks of the registry, without a platform and without counting the question."""

from datetime import datetime

from bot.domain import commands
from bot.domain.errors import UserError
from bot.domain.people import Address, Person, Platform
from bot.domain.story import story
from bot.messages import story as words
from bot.messages.model import Message
from bot.services import asking, find, seeing
from bot.services.chat import Place
from bot.services.context import Context
from bot.services.incoming import Incoming
from storage import pilots, workspaces
from storage.database import Connection

#: Who asks at the terminal: whoever has the database may read it.
OPERATOR = Person(id="terminal", name="the terminal")


def context_of(conn: Connection, workspace_id: str, now: datetime) -> Context:
    """A request of the operator's own.

    Raises:
        UserError: no such workspace.

    """
    workspace = workspaces.get(conn, workspace_id)
    if workspace is None:
        raise UserError(f"There is no workspace {workspace_id}.")
    calendar = workspace.settings.calendar()
    here = Address(platform=Platform.SLACK, workspace="", user="terminal")
    return Context(
        conn=conn,
        workspace=workspace,
        calendar=calendar,
        rules=workspace.settings.rules(),
        today=calendar.today(now),
        now=now,
        actor=OPERATOR,
        admin=True,
        leader=True,
        incoming=Incoming(
            actor=here, command=commands.Help(), key="", place=Place(platform=Platform.SLACK, workspace="")
        ),
    )


def happened(conn: Connection, workspace_id: str, name: str, now: datetime) -> Message:
    """The story of a pilot.

    Raises:
        UserError: none fits, or several do.

    """
    context = context_of(conn, workspace_id, now)
    try:
        pilot = find.asked_for(context, name)
    except find.Several as several:
        raise UserError(f"“{name}” could be {' or '.join(one.name for one in several.fits)}.") from several
    seen = seeing.see(conn, context.workspace, context.today, [pilot.id])[0]
    return words.happened(
        story(
            seen.pilot,
            seen.record,
            seen.picture,
            today=context.today,
            calendar=context.calendar,
            rules=context.rules,
            asked=asking.of_pilot(conn, workspace_id, pilot.id),
            rung=seen.rung,
            people=seen.people,
            names=dict(pilots.titles(conn, workspace_id)),
            currency=context.workspace.settings.currency,
        )
    )
