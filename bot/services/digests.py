"""The week, once a week: which digest is due, what it says, to whom it goes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from bot.domain.calendar import Calendar
from bot.domain.digest import LEADERSHIP, Counts, Digest, OwnWeek, Seen, digest
from bot.domain.findings import examine
from bot.domain.ladder import rung_of
from bot.domain.replay import as_of
from bot.messages import digest as words
from bot.messages.model import dump
from bot.messages.replies import late_digest, line
from bot.services import asking, failpoint, seeing
from bot.services.context import Context
from bot.services.incoming import Reply
from bot.services.places import address_of
from storage import episodes, outbox, people, workspaces
from storage.database import Connection
from storage.outbox import OutboxRow
from storage.workspaces import Workspace

#: Workspaces in one transaction.
BATCH = 50
#: A digest later than this is never posted as new.
STALE = timedelta(hours=36)
WEEK = timedelta(days=7)
#: Questions older than this no longer say that people are asking.
_ASKED_WITHIN = timedelta(days=365)


def next_digest(calendar: Calendar, weekday: int, clock: time, now: datetime) -> datetime:
    """The next local weekday and time after a moment, on the next working day where that is none.

    Computed in local days: both clock changes give one digest a week, at the same time on the wall.
    """
    day = calendar.today(now)
    day += timedelta(days=(weekday - day.weekday()) % 7)
    while (at := calendar.at(calendar.on_or_after(day), clock)) <= now:
        day += WEEK
    return at


def digests(conn: Connection, now: datetime) -> int:
    """Plans what is not planned, writes what is due; returns how many editions were written."""
    for workspace_id in workspaces.without_digest(conn):
        _plan(conn, workspace_id, now)
    written = 0
    for workspace_id in workspaces.due_digests(conn, now, limit=BATCH):
        workspace = workspaces.get(conn, workspace_id)
        if workspace is not None and workspace.digest_at is not None:
            if now - workspace.digest_at <= STALE:
                written += _write(conn, workspace, workspace.digest_at, now)
                failpoint.reach("digest.before_commit")
            else:
                _tell_skipped(conn, workspace, workspace.digest_at, now)
            _plan(conn, workspace_id, now)
    return written


def _plan(conn: Connection, workspace_id: str, now: datetime) -> None:
    workspace = workspaces.get(conn, workspace_id)
    if workspace is not None:
        settings = workspace.settings
        at = next_digest(settings.calendar(), settings.digest_weekday, settings.digest_time, now)
        workspaces.set_digest_at(conn, workspace_id, at)


@dataclass(frozen=True, kw_only=True)
class _Recipient:
    """A channel, or an admin's direct messages until a channel is picked."""

    platform: str
    external_id: str
    channel: str = ""
    person_id: str | None = None


def _recipients(conn: Connection, workspace: Workspace, now: datetime) -> list[_Recipient]:
    settings = workspace.settings
    quiet = workspace.quiet_until is not None and now < workspace.quiet_until
    if settings.digest_channel and not quiet:
        return [
            _Recipient(
                platform=settings.digest_platform,
                external_id=settings.digest_external,
                channel=settings.digest_channel,
            )
        ]
    return [
        _Recipient(platform=address.platform.value, external_id=address.workspace, person_id=admin.id)
        for admin in people.admins(conn, workspace.id)
        if (address := address_of(admin)) is not None
    ]


def _write(conn: Connection, workspace: Workspace, due: datetime, now: datetime) -> int:
    calendar = workspace.settings.calendar()
    year, week, _ = calendar.today(due).isocalendar()
    recipients = _recipients(conn, workspace, now)
    if not recipients:
        return 0
    late = now - due > timedelta(hours=2)
    edition = edition_of(conn, workspace, now, due_on=calendar.today(due) if late else None)
    content = dump(words.post(edition))
    return sum(
        outbox.add(
            conn,
            workspace.id,
            key=f"digest:leadership:{one.channel or one.person_id}:{year}-W{week:02}",
            kind="digest",
            person_id=one.person_id,
            platform=one.platform,
            external_id=one.external_id,
            channel=one.channel,
            content=content,
            not_after=due + STALE,
            now=now,
        )
        is not None
        for one in recipients
    )


def _tell_skipped(conn: Connection, workspace: Workspace, due: datetime, now: datetime) -> None:
    """A digest whose day is over is not written; the admins hear so, once."""
    due_on = workspace.settings.calendar().today(due)
    for admin in people.admins(conn, workspace.id):
        if (address := address_of(admin)) is not None:
            outbox.add(
                conn,
                workspace.id,
                key=f"notice:late digest:{admin.id}:{due_on.isoformat()}",
                kind="notice",
                person_id=admin.id,
                platform=address.platform.value,
                external_id=address.workspace,
                content=dump(line(late_digest(due_on))),
                now=now,
            )


def edition_of(
    conn: Connection, workspace: Workspace, now: datetime, *, due_on: date | None = None
) -> Digest:
    """The leadership edition as it would be posted now."""
    calendar, rules = workspace.settings.calendar(), workspace.settings.rules()
    today = calendar.today(now)
    seen = seeing.see(conn, workspace, today)
    return digest(
        seen,
        today=today,
        calendar=calendar,
        rules=rules,
        before=_last_week(workspace, seen, today, now),
        asked=asking.of_all(conn, workspace.id, today - _ASKED_WITHIN),
        own_week=own_week(conn, workspace.id, now - WEEK),
        audience=LEADERSHIP,
        currency=workspace.settings.currency,
        due_on=due_on,
        waiting=episodes.count_held(conn, workspace.id),
    )


def _last_week(workspace: Workspace, seen: Sequence[Seen], today: date, now: datetime) -> Counts | None:
    """The same counts a week ago, worked out from the record; None in the workspace's first week."""
    if now - workspace.created_at < WEEK or not seen:
        return None
    calendar, rules = workspace.settings.calendar(), workspace.settings.rules()
    then = today - WEEK
    before = []
    for one in seen:
        stood = as_of(one.pilot, one.record, then)
        if stood is None:
            continue
        pilot, record = stood
        picture = examine(pilot, record, then, calendar, rules)
        rung = rung_of(picture.findings, pilot, record, then, calendar, rules)
        before.append(Seen(pilot=pilot, record=record, picture=picture, rung=min(rung, one.rung)))
    return digest(
        before, today=then, calendar=calendar, rules=rules, currency=workspace.settings.currency
    ).counts


def own_week(conn: Connection, workspace_id: str, since: datetime) -> OwnWeek | None:
    """How the bot itself did: messages sent, how many were answered, how long an answer took."""
    rows = [row for row in outbox.history(conn, workspace_id, since=since, limit=10_000) if _counts(row)]
    if not rows:
        return None
    answered = outbox.answer_times(conn, workspace_id, [row.id for row in rows])
    hours = sorted(
        (at - row.sent_at).total_seconds() / 3600
        for row in rows
        if (at := answered.get(row.id)) and row.sent_at
    )
    median = hours[len(hours) // 2] if hours else None
    return OwnWeek(sent=len(rows), answered=len(hours), median_hours=median)


def _counts(row: OutboxRow) -> bool:
    return row.kind == "nudge" and row.state == "sent"


def show(context: Context) -> Reply:
    """The digest in full, for whoever asks: it holds registry facts that every member may see."""
    return Reply(message=words.full(edition_of(context.conn, context.workspace, context.now)))
