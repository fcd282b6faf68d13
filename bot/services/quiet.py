"""The quiet start: for two days only the admin hears, in one message that changes, what others would have got.

It ends with one button, or by itself; a workspace of the playground or of `tick --at` has none.
"""

from datetime import datetime, timedelta

from bot.domain.people import Person
from bot.domain.roles import Action
from bot.messages import quiet as words
from bot.messages.model import Message, day, dump
from bot.services.context import Context, told
from bot.services.drafting import desk_of, draft
from bot.services.incoming import Reply
from bot.services.places import address_of
from storage import asks, asks_due, audit, outbox, people, workspaces
from storage.database import Connection
from storage.workspaces import Workspace

#: What "keep quiet" adds.
MORE = timedelta(hours=48)
#: So long after the installation the admin is taken to be at the screen.
_SETTING_UP = timedelta(hours=2)
#: People in one preview: whoever comes later is counted when the first are through.
_MOST = 200
_KIND = "notice"


def previews(conn: Connection, now: datetime) -> int:
    """Brings every preview up to date and ends what is over; returns how many messages were written or changed."""
    changed = 0
    for workspace_id in workspaces.in_quiet_start(conn):
        workspace = workspaces.get(conn, workspace_id)
        if workspace is None or workspace.quiet_until is None:
            continue
        if now >= workspace.quiet_until:
            _end(conn, workspace, now)
            changed += _show(conn, workspace, words.live("the quiet start is over."), now, anew=True)
            continue
        message = _preview(conn, workspace, now)
        if message is not None:
            changed += _show(conn, workspace, message, now)
        elif _row(conn, workspace, "") is not None:
            changed += _show(conn, workspace, words.nothing_yet(_until(workspace)), now)
    return changed


def go_live(context: Context) -> Reply:
    """The admin has read enough: from now on people are written to.

    Raises:
        UserError: somebody who may not configure.

    """
    context.require(Action.CONFIGURE)
    if context.workspace.quiet_until is None:
        return told("Pilotlight is live already.")
    _end(context.conn, context.workspace, context.now)
    context.log("went live", context.workspace.id)
    message = words.live(f"{context.actor.name} pressed Go live on {day(context.today)}.")
    return _answer(context, message)


def keep_quiet(context: Context) -> Reply:
    """Two more days in which only the admin hears.

    Raises:
        UserError: somebody who may not configure.

    """
    context.require(Action.CONFIGURE)
    if context.workspace.quiet_until is None:
        return told("Pilotlight is live already; a single pilot can be paused or snoozed.")
    until = context.now + MORE
    workspaces.set_quiet_until(context.conn, context.workspace.id, until)
    waiting = asks_due.people(context.conn, context.workspace.id, until, limit=100_000)
    asks_due.hold(context.conn, context.workspace.id, dict.fromkeys(waiting, until))
    context.log("kept quiet", context.workspace.id, until=until.isoformat())
    workspace = workspaces.get(context.conn, context.workspace.id)
    assert workspace is not None
    message = _preview(context.conn, workspace, context.now)
    if message is None:
        return told(words.kept(_until(workspace)))
    return _answer(context, message)


def until_words(workspace: Workspace, now: datetime) -> str:
    """When the quiet start ends, for Home; empty once it is live."""
    quiet = workspace.quiet_until is not None and now < workspace.quiet_until
    return _until(workspace) if quiet else ""


def _end(conn: Connection, workspace: Workspace, now: datetime) -> None:
    workspaces.set_quiet_until(conn, workspace.id, None)
    asks.wake(conn, workspace.id, now)
    audit.append(
        conn,
        workspace.id,
        actor="clock",
        what="quiet start ended",
        subject=workspace.id,
        details={},
        surface="clock",
        now=now,
    )


def _until(workspace: Workspace) -> str:
    assert workspace.quiet_until is not None
    calendar = workspace.settings.calendar()
    local = calendar.local(workspace.quiet_until)
    return f"{day(local.date())} at {local:%H:%M} ({workspace.settings.zone})"


def _preview(conn: Connection, workspace: Workspace, now: datetime) -> Message | None:
    """What would go out if it were live; None: nothing."""
    until = workspace.quiet_until or now
    found = people.by_ids(conn, workspace.id, asks_due.people(conn, workspace.id, until, limit=_MOST))
    desk = desk_of(conn, workspace, found, now)
    shown = []
    for person in sorted(found.values(), key=lambda one: (one.name, one.id)):
        message = draft(desk, person).message
        if message is not None:
            unmatched = address_of(person) is None
            shown.append(words.Preview(to=person, message=message, unmatched=unmatched))
    return words.preview(shown, total=len(shown), until=_until(workspace)) if shown else None


def _row(conn: Connection, workspace: Workspace, person_id: str) -> outbox.OutboxRow | None:
    """The preview of one admin, or of any of them."""
    for admin in people.admins(conn, workspace.id):
        if person_id in ("", admin.id):
            row = outbox.by_key(conn, workspace.id, f"preview:{admin.id}")
            if row is not None:
                return row
    return None


def _show(
    conn: Connection, workspace: Workspace, message: Message, now: datetime, *, anew: bool = False
) -> int:
    """To every admin: the first time a message, afterwards the same one, changed in place."""
    written = 0
    content = dump(message)
    for admin in people.admins(conn, workspace.id):
        address = address_of(admin, workspace.settings)
        if address is None:
            continue
        row = outbox.by_key(conn, workspace.id, f"preview:{admin.id}")
        if row is not None and row.content != content:
            outbox.set_content(conn, workspace.id, row.id, content)
            if row.state == "sent":
                outbox.add_update(conn, row, content=content, now=now)
            written += 1
        if row is None or anew:
            # What changed in place notifies nobody; that it is live should.
            key = f"preview:{admin.id}" + (f":live:{now.isoformat()}" if anew else "")
            added = outbox.add(
                conn,
                workspace.id,
                key=key,
                kind=_KIND,
                person_id=admin.id,
                platform=address.platform.value,
                external_id=address.workspace,
                content=content,
                not_before=_when(workspace, admin, now),
                now=now,
            )
            written += added is not None
    return written


def _when(workspace: Workspace, admin: Person, now: datetime) -> datetime:
    """At once while somebody is setting it up, later within the admin's own hours: a preview wakes nobody."""
    if now - workspace.created_at < _SETTING_UP:
        return now
    own = workspace.settings.calendar().in_zone(admin.zone)
    return workspace.settings.hours_of(admin.id).next_opening(now, own)


def _answer(context: Context, message: Message) -> Reply:
    """The pressed preview changes here, those of the other admins by themselves; elsewhere the words are told."""
    pressed = False
    for admin in people.admins(context.conn, context.workspace.id):
        row = outbox.by_key(context.conn, context.workspace.id, f"preview:{admin.id}")
        if row is None:
            continue
        outbox.set_content(context.conn, context.workspace.id, row.id, dump(message))
        here = (context.incoming.place.channel, context.incoming.message_id)
        if row.message_id and (row.channel, row.message_id) == here:
            pressed = True
        elif row.state == "sent":
            outbox.add_update(context.conn, row, content=dump(message), now=context.now)
    return Reply(message=message, in_place=pressed)
