"""One request: who asks, once only, one match over the command, one transaction."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import assert_never

from bot.domain import commands
from bot.domain.commands import Command, parse, resplit
from bot.domain.errors import UserError
from bot.domain.people import Person, Platform
from bot.messages import help as help_page
from bot.messages import replies
from bot.messages import story as story_words
from bot.services import (
    channels,
    checkins,
    decisions,
    digests,
    feed,
    find,
    handovers,
    home,
    identity,
    installing,
    login,
    postponing,
    presses,
    privacy,
    promises,
    pulses,
    readiness,
    register,
    registry,
    running,
    settings,
    stages,
    story,
    submissions,
)
from bot.services.chat import Chat
from bot.services.context import Context, NotTheirs
from bot.services.incoming import Incoming, Reply
from bot.services.meeting import confirmed, meet
from storage import cause, inbox, pilots, workspaces
from storage.database import Connection, Database
from storage.recall import recall

log = logging.getLogger(__name__)

OUTSIDE = "Guests and people of other companies cannot use Pilotlight here. Ask a colleague to ask for you."


async def handle(
    database: Database,
    chats: Mapping[Platform, Chat],
    incoming: Incoming,
    now: datetime,
    *,
    page: Callable[[], str] = str,
) -> Reply:
    """Does what was asked and says what came of it.

    A repeated delivery of the same request has one effect: the second gets an empty reply. `page` tells where people
    reach the page, and nothing where they do not.

    Raises:
        UserError: what the asker can mend; nothing was changed.

    """
    with cause.of(incoming.reference):
        try:
            incoming = await confirmed(chats, incoming)
            await meet(database, chats, incoming, now)
            reply = await database.write(lambda conn: _handle(conn, incoming, now, page()))
        except UserError:
            _note(incoming, "refused")
            raise
        except Exception:
            _note(incoming, "failed")
            raise
        _note(incoming, "answered")
        return reply


def _note(incoming: Incoming, became: str) -> None:
    """One line a request, without a word of what was said; whoever brought it here writes down what failed."""
    here = incoming.actor
    told = {"platform": here.platform.value, "team": here.workspace, "asked": type(incoming.command).__name__}
    log.info(became, extra=told)


def _handle(conn: Connection, incoming: Incoming, now: datetime, page: str) -> Reply:
    here = incoming.actor
    there = partial(workspaces.at, conn, here.platform, here.workspace)
    workspace = recall(conn, "", ("at", here.platform, here.workspace), there)
    if workspace is None and isinstance(incoming.command, commands.AppAdded):
        installing.installed(conn, here.platform, here.workspace, name="", bot_user="", now=now)
        workspace = there()
    if workspace is None:
        if workspaces.of_address(conn, incoming.actor.platform, incoming.place.workspace) is not None:
            raise UserError(OUTSIDE)  # through Slack Connect, from a workspace that is not ours
        raise UserError(
            "Pilotlight is not set up for this workspace yet. Ask the admin to run: pilotlight init"
        )
    if incoming.key and inbox.seen(conn, workspace.id, incoming.key, now) is not None:
        return Reply()
    if incoming.place.service_url:
        installing.reached_at(conn, workspace.id, incoming.place)
    calendar = workspace.settings.calendar()
    actor = identity.person_of(conn, workspace, incoming, now)
    roles = identity.roles_of(conn, workspace, actor)
    context = Context(
        conn=conn,
        workspace=workspace,
        calendar=calendar,
        rules=workspace.settings.rules(),
        today=calendar.today(now),
        now=now,
        actor=actor,
        admin="admin" in roles,
        leader="leader" in roles,
        incoming=incoming,
        page=page,
    )
    reply = answer(context, incoming.command)
    context.close()
    return reply


def answer(context: Context, command: Command) -> Reply:
    """The reply to one command; a question back where several pilots fit."""
    if actor_is_outside(context.actor) and not isinstance(command, commands.PersonChanged):
        raise UserError(OUTSIDE)
    if getattr(command, "raw", ""):
        command = resplit(command, _known(context), context.today)
    try:
        return _do(context, command)
    except find.Several as several:
        return Reply(message=story_words.several(several.asked, several.fits, again=_again(command)))
    except NotTheirs as refused:
        return Reply(message=replies.not_allowed(refused.pilot, refused.text, refused.action.value))


def actor_is_outside(actor: Person) -> bool:
    """Whether the table of roles gives this person nothing at all."""
    return actor.guest


def _known(context: Context) -> list[str]:
    """Every name a pilot may be called by, for telling where a typed name ends."""
    return [
        name
        for pilot_id, called in pilots.names(context.conn, context.workspace.id)
        for name in (pilot_id, *called)
    ]


def _again(command: Command) -> Callable[[str], str]:
    """A pilot's id → the words that mean the same command about that one."""
    return lambda pilot_id: commands.sentence(commands.about(command, pilot_id))


def _do(context: Context, command: Command) -> Reply:
    match command:
        case commands.New():
            return register.form(context, command.name)
        case commands.Register():
            return register.register(context, command)
        case commands.ListPilots():
            return registry.list_pilots(context, command.which)
        case commands.Show():
            return registry.show(context, command.name)
        case commands.CheckIn():
            return checkins.check_in(context, command)
        case commands.Said():
            logged = pulses.mentioned(context, command.text) if command.in_channel else None
            return logged or checkins.said(context, command.text)
        case commands.AddReading():
            return checkins.add_reading(context, command)
        case commands.SetMetric():
            return register.set_metric(context, command.name, command.sentence)
        case commands.Ready():
            return readiness.ready(context, command.name)
        case commands.ShowGate():
            return stages.show_gate(context, command.name)
        case commands.SetItem():
            return readiness.set_item(context, command)
        case commands.PromiseKept():
            return promises.kept(context, command.name)
        case commands.PromiseMoved():
            return postponing.move(context, command)
        case commands.SnoozePilot():
            return checkins.snooze(context, command)
        case commands.PausePilot():
            return decisions.pause(context, command)
        case commands.Resume():
            return decisions.resume(context, command.name)
        case commands.Away():
            return handovers.away(context, command.start, command.end)
        case commands.Handover():
            return handovers.hand_over(context, command)
        case commands.Edit():
            return registry.edit(context, command)
        case commands.Scale():
            return running.scale(context, command)
        case commands.Retire():
            return decisions.retire(context, command)
        case commands.Merge():
            return decisions.merge(context, command)
        case commands.Happened():
            return story.happened(context, command.name)
        case commands.ShowDigest():
            return digests.show(context)
        case commands.Home():
            return home.home(context)
        case commands.OpenPortfolio():
            return login.link(context)
        case commands.Feed():
            return feed.ask(context, command)
        case commands.Privacy():
            return privacy.show(context)
        case commands.ShowSettings():
            return settings.form(context)
        case commands.Claim():
            return identity.claim(context, command.code)
        case commands.Export():
            return settings.export(context)
        case commands.Help():
            return Reply(message=help_page.help_page(command.topic))
        case commands.Unknown():
            return Reply(message=help_page.unknown(command))
        case commands.Pressed(verb="say"):
            return answer(context, parse(command.args.get("text", ""), context.today))
        case commands.Pressed():
            return presses.press(context, command)
        case commands.Submitted():
            return submissions.submit(context, command)
        case commands.PersonChanged():
            return handovers.person_changed(context)
        case commands.AppAdded():
            return identity.app_added(context)
        case commands.AppRemoved():
            return identity.app_removed(context, command)
        case commands.ChannelChanged():
            return channels.changed(context, command)
        case commands.AppThrottled():
            return channels.throttled(context)
        case _:
            assert_never(command)
