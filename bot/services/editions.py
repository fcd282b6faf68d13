"""Sponsors' and owners' editions: one line in the day's message of whoever is asked something, else a message of their own.

Each is decided once: its key is taken in the outbox by the message itself, or by a row that says in which message it
rode. An edition in which nothing happened is not sent.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta

from bot.domain.budget import may_send, may_send_edition, week_of
from bot.domain.digest import Audience, Counts, Digest, Edition, Seen, digest
from bot.domain.editions import Issue, chance, issues
from bot.domain.editions import week_of as iso_week
from bot.domain.people import Person
from bot.messages import digest as words
from bot.messages import nudge
from bot.messages.model import Message, Press, Section, Text, dump
from bot.services import asking, seeing
from bot.services.places import address_of
from bot.services.welcome import brought_by, named_to
from storage import asks, audit, cause, outbox, people, pilots
from storage.database import Connection
from storage.ids import new_id
from storage.outbox_rows import OutboxRow
from storage.workspaces import Workspace

WEEK = timedelta(days=7)
#: Questions older than this no longer say that people are asking.
ASKED_WITHIN = timedelta(days=365)
#: Until the questions that wait for somebody are said, and the edition with them.
_WITH_QUESTIONS = timedelta(minutes=5)
#: Editions of one transaction: the writer is never held for long, however many people read one.
_AT_ONCE = 200
_ROLE = {Edition.SPONSOR: "sponsor", Edition.OWNER: "owner"}


@dataclass(frozen=True, kw_only=True)
class Rider:
    """An edition that rides in a message of questions."""

    issue: Issue
    digest: Digest

    @property
    def line(self) -> str:
        return words.as_line(self.digest)

    @property
    def press(self) -> Press:
        return words.reads(self.issue.edition)


def open_issues(workspace: Workspace, now: datetime) -> list[Issue]:
    """The editions that may be sent now; none in the quiet start."""
    if workspace.quiet_until is not None and now < workspace.quiet_until:
        return []
    settings = workspace.settings
    found = issues(settings.calendar(), settings.digest_weekday, settings.digest_time, now)
    return [issue for issue in found if issue.due > workspace.created_at]


def write(conn: Connection, workspace: Workspace, now: datetime) -> tuple[int, datetime | None]:
    """Sends the editions that go alone now.

    Returns:
        How many, and when to try again for those that must wait: None where nobody does.

    """
    written, again = 0, []
    for issue in open_issues(workspace, now):
        whose = _undecided(conn, workspace, issue)
        ready: list[Person] = []
        for person in people.by_ids(conn, workspace.id, list(whose)).values():
            at = _chance_alone(conn, workspace, issue, person, now)
            if at is not None and at <= now and len(ready) < _AT_ONCE:
                ready.append(person)
            elif at is not None and at <= now:
                again.append(now + timedelta(minutes=1))
                break
            elif at is not None:
                again.append(at)
        made = _made(conn, workspace, issue, {one.id: whose[one.id] for one in ready}, now)
        told: dict[str, Counts] = {}
        for person in ready:
            if person.id in made and _send(conn, workspace, issue, person, made[person.id], now):
                told[person.id] = made[person.id].counts
        remember(conn, workspace.id, issue.edition, issue.day, told, now)
        written += len(told)
    return written, min(again, default=None)


def undecided(conn: Connection, workspace: Workspace, now: datetime) -> list[tuple[str, str, str]]:
    """What has begun to be due and is not decided: (key, person, kind of row)."""
    return [
        (_key(issue, person_id), person_id, "digest")
        for issue in open_issues(workspace, now)
        for person_id in _undecided(conn, workspace, issue)
    ]


def riding(
    conn: Connection, workspace: Workspace, persons: Collection[Person], now: datetime
) -> dict[str, list[Rider]]:
    """The editions that belong into today's messages of some people, by person."""
    found: dict[str, list[Rider]] = {}
    settings = workspace.settings
    for issue in open_issues(workspace, now):
        here = [
            one
            for one in persons
            if chance(issue, settings.calendar().in_zone(one.zone), settings.quiet_hours(), now, alone=False)
            == now
        ]
        whose = _undecided(conn, workspace, issue, [one.id for one in here]) if here else {}
        for person_id, made in _made(conn, workspace, issue, whose, now).items():
            found.setdefault(person_id, []).append(Rider(issue=issue, digest=made))
    return found


def ride(workspace_id: str, rider: Rider, person: Person, now: datetime, *, within: str) -> OutboxRow:
    """What takes an edition's key for the message it rides in; nothing is sent under it."""
    return OutboxRow(
        workspace_id=workspace_id,
        id=new_id(),
        key=_key(rider.issue, person.id),
        kind="digest",
        person_id=person.id,
        content=dump(words.post(rider.digest)),
        state="dropped",
        not_before=now,
        created_at=now,
        error=f"rides in {within}",
        cause=cause.current(),
    )


def remember(
    conn: Connection,
    workspace_id: str,
    edition: Edition,
    day: date,
    told: Mapping[str, Counts],
    now: datetime,
) -> None:
    """Keeps the counts that were told, so that next week's edition compares with what was really said.

    Call it last in a transaction: the audit record makes others wait for the commit.
    """
    if told:
        counts = {who: {"day": day.isoformat(), **asdict(counts)} for who, counts in sorted(told.items())}
        audit.append(
            conn,
            workspace_id,
            actor="pilotlight",
            what="edition told",
            subject=f"digest:{edition}:{iso_week(day)}",
            details=counts,
            surface="clock",
            now=now,
        )


def told_before(conn: Connection, workspace_id: str, edition: Edition, day: date) -> dict[str, Counts]:
    """The counts told a week before a day, by recipient ("leadership" for leadership): what was really said.

    A holiday may have moved either of the two by a day.
    """
    found: dict[str, Counts] = {}
    known = set(Counts.__dataclass_fields__)
    weeks = dict.fromkeys(iso_week(day - timedelta(days=days)) for days in (8, 7, 6))
    for week in weeks:
        for row in audit.of_subject(conn, workspace_id, f"digest:{edition}:{week}", n=200):
            for who, counts in row.details.items():
                if 6 <= (day - date.fromisoformat(counts["day"])).days <= 8:
                    found.setdefault(who, Counts(**{name: counts[name] for name in known & set(counts)}))
    return found


def own(conn: Connection, workspace: Workspace, person: Person, edition: Edition, now: datetime) -> Digest:
    """Somebody's edition as it stands now, whether it is due or not: what its buttons show."""
    calendar = workspace.settings.calendar()
    whose = pilots.in_role(conn, workspace.id, _ROLE[edition], [person.id])
    due = [one for one in open_issues(workspace, now) if one.edition is edition]
    read_on = due[0].read_on if due else None
    seen = seeing.see(conn, workspace, calendar.today(now), whose.get(person.id, []))
    return _digest(
        conn, workspace, edition, person, seen, now, read_on=read_on, before=None, asked=None, names=None
    )


def _key(issue: Issue, person_id: str) -> str:
    return f"digest:{issue.edition}:{person_id}:{issue.week}"


def _undecided(
    conn: Connection, workspace: Workspace, issue: Issue, person_ids: Collection[str] | None = None
) -> dict[str, list[str]]:
    """Whose edition is not decided yet: person → their pilots. Who reads leadership's edition alone gets no second one."""
    whose = pilots.in_role(conn, workspace.id, _ROLE[issue.edition], person_ids)
    if issue.edition is Edition.SPONSOR and not workspace.settings.digest_channel:
        for admin in people.admins(conn, workspace.id):
            whose.pop(admin.id, None)
    taken = outbox.taken(conn, workspace.id, [_key(issue, person_id) for person_id in whose])
    return {person_id: ids for person_id, ids in whose.items() if _key(issue, person_id) not in taken}


def _chance_alone(
    conn: Connection, workspace: Workspace, issue: Issue, person: Person, now: datetime
) -> datetime | None:
    """When an edition can go to a person as a message of its own."""
    own_days = workspace.settings.calendar().in_zone(person.zone)
    hours, today = workspace.settings.quiet_hours(), own_days.today(now)
    if address_of(person) is None or person.gone(today):
        return None
    at = chance(issue, own_days, hours, now, alone=True)
    if at is None or at > now:
        return at
    monday, sunday = week_of(today)
    charged = outbox.charged(conn, workspace.id, person.id, monday, sunday)
    if not may_send_edition([day for day, _ in charged], today):
        return chance(issue, own_days, hours, now, alone=True, free_from=own_days.add(today, 1))
    with_questions = may_send([day for day, kind in charged if kind != "digest"], today)
    if with_questions and any(ask.not_before <= now for ask in asks.waiting(conn, workspace.id, person.id)):
        return now + _WITH_QUESTIONS
    return at


def _send(
    conn: Connection, workspace: Workspace, issue: Issue, person: Person, made: Digest, now: datetime
) -> bool:
    own_days, address = workspace.settings.calendar().in_zone(person.zone), address_of(person)
    if address is None:
        return False
    today = own_days.today(now)
    message = words.post(made)
    if not outbox.history(conn, workspace.id, person_id=person.id, limit=1):
        message = _introduced(message, person, named_to(person, brought_by(conn, workspace.id)))
    written = outbox.add(
        conn,
        workspace.id,
        key=_key(issue, person.id),
        kind="digest",
        person_id=person.id,
        platform=address.platform.value,
        external_id=address.workspace,
        content=dump(message),
        not_after=own_days.at(today, workspace.settings.quiet_hours().window(today)[1]),
        charged_on=today,
        now=now,
    )
    return written is not None


def _introduced(message: Message, person: Person, by: str) -> Message:
    hello = Section(parts=(Text(spans=nudge.introduction(person, by)),))
    return replace(message, sections=(hello, *message.sections))


def _made(
    conn: Connection, workspace: Workspace, issue: Issue, whose: Mapping[str, Sequence[str]], now: datetime
) -> dict[str, Digest]:
    """Some people's editions, all looked at once; those in which nothing happened are left out."""
    if not whose:
        return {}
    today = workspace.settings.calendar().today(now)
    ids = sorted({pilot_id for ids in whose.values() for pilot_id in ids})
    seen = {one.pilot.id: one for one in seeing.see(conn, workspace, today, ids)}
    persons = people.by_ids(conn, workspace.id, list(whose))
    before = told_before(conn, workspace.id, issue.edition, issue.day)
    asked = asking.of_all(conn, workspace.id, today - ASKED_WITHIN)
    names = dict(pilots.titles(conn, workspace.id))
    found = {}
    for person_id, mine in whose.items():
        person = persons.get(person_id)
        if person is None:
            continue
        made = _digest(
            conn,
            workspace,
            issue.edition,
            person,
            [seen[one] for one in mine if one in seen],
            now,
            read_on=issue.read_on,
            before=before.get(person_id),
            asked=asked,
            names=names,
        )
        if not made.calm:
            found[person_id] = made
    return found


def _digest(
    conn: Connection,
    workspace: Workspace,
    edition: Edition,
    person: Person,
    seen: Sequence[Seen],
    now: datetime,
    *,
    read_on: date | None,
    before: Counts | None,
    asked: Mapping[str, Sequence[tuple[str, date]]] | None,
    names: Mapping[str, str] | None,
) -> Digest:
    settings = workspace.settings
    today = settings.calendar().today(now)
    return digest(
        seen,
        today=today,
        calendar=settings.calendar(),
        rules=settings.rules(),
        before=before,
        asked=asking.of_all(conn, workspace.id, today - ASKED_WITHIN) if asked is None else asked,
        audience=Audience(edition=edition, person=person),
        currency=settings.currency,
        read_on=read_on,
        names=dict(pilots.titles(conn, workspace.id)) if names is None else names,
    )
