"""When the digest's channel cannot be written to any more: the admin gets what was meant for it, and the one button that mends it."""

from dataclasses import replace
from datetime import datetime

from bot.domain.commands import ChannelChanged
from bot.messages import channels as words
from bot.messages.model import Message, dump, load
from bot.services.context import Context
from bot.services.incoming import Reply
from bot.services.places import address_of
from storage import audit, outbox, people, workspaces
from storage.database import Connection
from storage.outbox import OutboxRow
from storage.workspaces import Workspace


def changed(context: Context, command: ChannelChanged) -> Reply:
    """The platform says that a channel was archived or deleted, moved, or that the app was taken out of it."""
    settings = context.workspace.settings
    here = context.incoming.actor
    ours = (settings.digest_platform, settings.digest_external, settings.digest_channel)
    if not command.channel or ours != (here.platform.value, here.workspace, command.channel):
        return Reply()
    if command.to:
        moved = settings.model_copy(update={"digest_channel": command.to})
        workspaces.save_settings(context.conn, context.workspace.id, moved)
        audit.append(
            context.conn,
            context.workspace.id,
            actor=here.platform.value,
            what="channel moved",
            subject=command.to,
            details={"from": command.channel},
            surface=context.surface,
            now=context.now,
        )
        return Reply()
    reason = "not_in_channel" if command.what.endswith("_left") else "is_archived"
    _tell(context.conn, context.workspace, command.channel, reason, context.now)
    return Reply()


def throttled(context: Context) -> Reply:
    """The platform kept events from us: the admin hears it once a day, since an answer may have been lost."""
    _notice(context.conn, context.workspace, "throttled", words.throttled(), context.now)
    return Reply()


def unreachable(conn: Connection, row: OutboxRow, reason: str, now: datetime) -> None:
    """A post to a channel was refused: its content goes to the admins, and with it what to do."""
    workspace = workspaces.get(conn, row.workspace_id)
    if workspace is None:
        return
    _tell(conn, workspace, row.channel, reason, now)
    if row.kind != "digest":
        return
    message = load(row.content)
    for admin in people.admins(conn, row.workspace_id):
        address = address_of(admin, workspace.settings)
        if address is not None:
            outbox.add(
                conn,
                row.workspace_id,
                key=f"{row.key}:instead:{admin.id}"[:255],
                kind="digest",
                person_id=admin.id,
                platform=address.platform.value,
                external_id=address.workspace,
                content=dump(replace(message, headline=words.instead(message.headline))),
                not_after=row.not_after,
                now=now,
            )


def _tell(conn: Connection, workspace: Workspace, channel: str, reason: str, now: datetime) -> None:
    _notice(conn, workspace, f"{reason}:{channel}", words.unreachable(reason), now)


def _notice(conn: Connection, workspace: Workspace, cause: str, message: Message, now: datetime) -> None:
    """One free message to each admin per cause and day."""
    today = workspace.settings.calendar().today(now)
    for admin in people.admins(conn, workspace.id):
        address = address_of(admin, workspace.settings)
        if address is not None:
            outbox.add(
                conn,
                workspace.id,
                key=f"notice:{cause}:{admin.id}:{today.isoformat()}"[:255],
                kind="notice",
                person_id=admin.id,
                platform=address.platform.value,
                external_id=address.workspace,
                content=dump(message),
                now=now,
            )
