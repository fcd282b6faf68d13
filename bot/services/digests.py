"""The week, once a week: which digest is due, what it says, to whom it goes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.domain.digest import LEADERSHIP, Counts, Digest, Edition, OwnWeek, Seen, digest
from bot.domain.editions import STALE, last_digest, next_digest, next_wake, week_of
from bot.domain.findings import examine
from bot.domain.ladder import rung_of
from bot.domain.replay import as_of
from bot.messages import digest as words
from bot.messages.model import day, dump
from bot.messages.replies import late_digest, line
from bot.services import asking, editions, failpoint, report, seeing
from bot.services.context import Context
from bot.services.incoming import Reply
from bot.services.places import address_of
from storage import episodes, outbox, people, pilots, turns, workspaces
from storage.database import Connection
from storage.workspaces import Workspace

__all__ = ["STALE", "digests", "edition_of", "next_digest", "own_week", "read", "show"]

#: Workspaces in one transaction.
BATCH = 50
WEEK = timedelta(days=7)
#: An edition that comes so much later than it was due says so.
LATE = timedelta(hours=2)
#: Pilots whose look is so much overdue are told as not looked at, and people as not asked for.
_OVERDUE, _PEOPLE_UNKNOWN = timedelta(hours=1), timedelta(days=2)


def digests(conn: Connection, now: datetime) -> int:
    """Plans what is not planned, writes what is due; returns how many editions were written."""
    written = 0
    for workspace_id in workspaces.without_digest(conn):
        if _alone(conn, workspace_id):
            written += _wake(conn, workspace_id, now, planned=None)
    for workspace_id in workspaces.due_digests(conn, now, limit=BATCH):
        if _alone(conn, workspace_id):
            workspace = workspaces.get(conn, workspace_id)
            written += _wake(conn, workspace_id, now, planned=workspace.digest_at if workspace else None)
    return written


def _alone(conn: Connection, workspace_id: str) -> bool:
    """Whether nobody composes there: an edition is its reader's message of the day. Else it is due again at the next tick."""
    return turns.mine(conn, turns.Turn.COMPOSE, workspace_id)


def _wake(conn: Connection, workspace_id: str, now: datetime, *, planned: datetime | None) -> int:
    """Writes what is due in a workspace and plans when to come back: the next edition, or somebody's next chance.

    Leadership's is written where it fell due since it was planned, and never as new once it is stale.
    """
    workspace = workspaces.get(conn, workspace_id)
    if workspace is None:
        return 0
    settings, written = workspace.settings, 0
    moments = (settings.calendar(), settings.digest_weekday, settings.digest_time, now)
    due = last_digest(*moments)
    if planned is not None and planned <= due:
        if now - due <= STALE:
            written += _write(conn, workspace, due, now)
        else:
            _tell_skipped(conn, workspace, due, now)
    alone, again = editions.write(conn, workspace, now)
    written += alone + report.write(conn, workspace, now)
    plan = [next_wake(*moments), report.due_after(workspace, now), *([again] if again else [])]
    if workspace.quiet_until is not None and workspace.quiet_until > now:
        plan.append(workspace.quiet_until)
    workspaces.set_digest_at(conn, workspace_id, min(plan))
    if written:
        failpoint.reach("digest.before_commit")
    return written


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
    recipients = _recipients(conn, workspace, now)
    if not recipients:
        return 0
    keys = {
        f"digest:leadership:{one.channel or one.person_id}:{week_of(calendar.today(due))}": one
        for one in recipients
    }
    taken = outbox.taken(conn, workspace.id, list(keys))
    if len(taken) == len(keys):
        return 0
    edition = edition_of(conn, workspace, now, due_on=calendar.today(due) if now - due > LATE else None)
    content = dump(words.post(edition))
    for key, one in keys.items():
        outbox.add(
            conn,
            workspace.id,
            key=key,
            kind="digest",
            person_id=one.person_id,
            platform=one.platform,
            external_id=one.external_id,
            channel=one.channel,
            content=content,
            not_after=due + STALE,
            now=now,
        )
    if not taken:
        told = {"leadership": edition.counts}
        editions.remember(conn, workspace.id, Edition.LEADERSHIP, calendar.today(due), told, now)
    return len(keys) - len(taken)


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
    before = editions.told_before(conn, workspace.id, Edition.LEADERSHIP, due_on or today).get("leadership")
    return digest(
        seen,
        today=today,
        calendar=calendar,
        rules=rules,
        before=before or _last_week(workspace, seen, today, now),
        asked=asking.of_all(conn, workspace.id, today - editions.ASKED_WITHIN),
        own_week=own_week(conn, workspace.id, now - WEEK, now),
        audience=LEADERSHIP,
        currency=workspace.settings.currency,
        due_on=due_on,
        missing=_missing(conn, workspace, now),
        waiting=episodes.count_held(conn, workspace.id),
    )


def _missing(conn: Connection, workspace: Workspace, now: datetime) -> list[str]:
    """What the edition does not know, in words: looks that are late, and people whom a platform does not tell of."""
    found = []
    late = pilots.late(conn, workspace.id, now - _OVERDUE)
    if late:
        found.append(f"today's look at {late:,} {'pilot' if late == 1 else 'pilots'}, which is late")
    asked_at = workspace.people_at
    if asked_at is not None and now - asked_at > _PEOPLE_UNKNOWN:
        since = day(workspace.settings.calendar().today(asked_at))
        found.append(f"who joined or left since {since}, because the platform does not answer")
    return found


def _last_week(workspace: Workspace, seen: Sequence[Seen], today: date, now: datetime) -> Counts | None:
    """The same counts a week ago, worked out from the record where none were told; None in the first week."""
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


def own_week(conn: Connection, workspace_id: str, since: datetime, until: datetime) -> OwnWeek | None:
    """How the bot itself did: messages sent, how many were answered, how long an answer took, what it changed."""
    own = report.measured(conn, workspace_id, since, until)
    if not own.messages:
        return None
    return OwnWeek(
        sent=own.messages,
        answered=own.answered,
        median_hours=own.median_hours,
        changed=own.changed,
        wrong=own.wrong,
    )


def show(context: Context) -> Reply:
    """The digest in full, for whoever asks: it holds registry facts that every member may see."""
    return Reply(message=words.full(edition_of(context.conn, context.workspace, context.now)))


def read(context: Context, which: str, part: str = "") -> Reply:
    """The presser's own edition: as it was sent, in full, or every decision in it."""
    if which not in (Edition.SPONSOR, Edition.OWNER):
        return show(context)
    made = editions.own(context.conn, context.workspace, context.actor, Edition(which), context.now)
    match part:
        case "full":
            return Reply(message=words.full(made))
        case "decisions":
            return Reply(message=words.decisions(made))
        case _:
            return Reply(message=words.post(made))
