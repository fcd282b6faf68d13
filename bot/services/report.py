"""The honest bot: what it did, told to the admin once a month, and the rules that may be switched off."""

from datetime import date, datetime, timedelta

from bot.domain.errors import UserError
from bot.domain.findings import Kind
from bot.domain.honesty import Asked, SelfReport, month_before, self_report
from bot.domain.roles import Action
from bot.messages import report as words
from bot.messages.model import dump, load
from bot.messages.text import to_type
from bot.services import answers
from bot.services.context import Context, told
from bot.services.incoming import Reply
from bot.services.places import address_of
from storage import asks, episodes, outbox, people, pilots, record, workspaces
from storage.database import Connection
from storage.workspaces import Workspace

#: A month's report that could not be written in its first days is left out.
_STALE = timedelta(days=7)
_MOMENT = timedelta(microseconds=1)


def measured(conn: Connection, workspace_id: str, first: datetime, last: datetime) -> SelfReport:
    """What the messages that arrived between two moments brought, counted from the rows themselves."""
    rows = outbox.nudges_sent(conn, workspace_id, first, last)
    said = asks.of_messages(conn, workspace_id, [row.id for row in rows])
    families = {ask.episode_id for ask in said if ask.episode_id is not None}
    wrong = episodes.called_wrong(conn, workspace_id, families)
    answered = [ask.answered_at for ask in said if ask.answered_at is not None]
    changed = (
        {
            (pilot_id, at)
            for pilot_id, _, at in record.answers_at(
                conn, workspace_id, min(answered), max(answered) + _MOMENT
            )
        }
        if answered
        else set()
    )
    workspace = workspaces.get(conn, workspace_id)
    known = set(Kind)
    return self_report(
        [(row.id, row.sent_at) for row in rows if row.sent_at is not None],
        [
            Asked(
                rule=ask.kind,
                message=ask.outbox_id or "",
                finding=ask.kind in known,
                answered_at=ask.answered_at,
                changed=ask.answered_at is not None and (ask.pilot_id, ask.answered_at) in changed,
                wrong=ask.answered_at is not None and ask.episode_id in wrong,
            )
            for ask in said
        ],
        off=workspace.settings.rules_off if workspace else (),
    )


def monthly(conn: Connection, workspace: Workspace, now: datetime) -> tuple[date, SelfReport]:
    """The report on the month before, with that month's first day."""
    calendar = workspace.settings.calendar()
    first, last = month_before(calendar.today(now))
    midnight = datetime.min.time()
    return first, measured(conn, workspace.id, calendar.at(first, midnight), calendar.at(last, midnight))


def due_on(workspace: Workspace, month: date) -> datetime:
    """When the report falls due in a month: on its first working day, at the digest's time."""
    calendar = workspace.settings.calendar()
    return calendar.at(calendar.on_or_after(month.replace(day=1)), workspace.settings.digest_time)


def due_after(workspace: Workspace, now: datetime) -> datetime:
    """When the next report falls due."""
    today = workspace.settings.calendar().today(now)
    this = due_on(workspace, today)
    return this if this > now else due_on(workspace, today.replace(day=1) + timedelta(days=31))


def undecided(conn: Connection, workspace: Workspace, now: datetime) -> list[tuple[str, str, str]]:
    """The reports that are due and not written: (key, admin, kind of row)."""
    today = workspace.settings.calendar().today(now)
    due = due_on(workspace, today)
    if not due <= now <= due + _STALE:
        return []
    month, _ = month_before(today)
    keys = {f"report:{admin.id}:{month:%Y-%m}": admin.id for admin in people.admins(conn, workspace.id)}
    taken = outbox.taken(conn, workspace.id, list(keys))
    return [(key, admin_id, "notice") for key, admin_id in keys.items() if key not in taken]


def write(conn: Connection, workspace: Workspace, now: datetime) -> int:
    """Tells each admin of the month before, once; nothing where nothing was sent. Returns how many."""
    left = undecided(conn, workspace, now)
    if not left:
        return 0
    admins = {admin.id: admin for admin in people.admins(conn, workspace.id)}
    month, made = monthly(conn, workspace, now)
    if not made.messages:
        return 0
    written = 0
    for key, admin_id, _ in sorted(left):
        admin, address = admins[admin_id], address_of(admins[admin_id])
        if address is None:
            continue
        own = workspace.settings.calendar().in_zone(admin.zone)
        outbox.add(
            conn,
            workspace.id,
            key=key,
            kind="notice",
            person_id=admin.id,
            platform=address.platform.value,
            external_id=address.workspace,
            content=dump(words.report(month, made)),
            not_before=workspace.settings.quiet_hours().next_opening(now, own),
            now=now,
        )
        written += 1
    return written


def switch(context: Context, family: str, *, off: bool) -> Reply:
    """Lets a rule ask nobody any more, or again. Its findings stay on the pilot and in the digest.

    Raises:
        UserError: there is no such rule, or the presser is not the admin.

    """
    context.require(Action.CONFIGURE)
    if family not in set(Kind):
        raise UserError(f"There is no such rule any more. Type {to_type('settings')} to see what can be set.")
    now_off = set(context.workspace.settings.rules_off) - {family} | ({family} if off else set())
    settings = context.workspace.settings.model_copy(update={"rules_off": tuple(sorted(now_off))})
    workspaces.save_settings(context.conn, context.workspace.id, settings)
    pilots.touch_all(context.conn, context.workspace.id, context.now)
    context.log("rule switched off" if off else "rule switched on", family)
    return _shown(context, family, words.switched(family, context.actor, off=off))


def keep(context: Context, family: str) -> Reply:
    """The admin lets a rule be, though it brings little."""
    context.require(Action.CONFIGURE)
    context.log("rule kept", family)
    return _shown(context, family, words.kept(family, context.actor))


def _shown(context: Context, family: str, parts: words.Parts) -> Reply:
    row = answers.pressed_row(context)
    if row is not None:
        message = load(row.content).with_section(f"rule:{family}", *parts)
        if answers.show(context, row, message):
            return Reply(message=message, in_place=True)
    return told(words.as_text(parts))
