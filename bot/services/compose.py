"""Stroke two of the clock: a person's waiting asks → one message in the outbox, charged to their budget.

For everybody somebody waits to ask:

1. in their own zone, on a working day, inside their hours, and only while the week's budget lasts;
2. asks whose reason is gone are dropped, the rest are put in order, at most three are taken;
3. the message is written and frozen under the key of this person and this day;
4. every rung that it carries starts its wait today, so the dates it prints are the dates that hold.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from bot.domain.budget import PER_WEEK, Waiting, choose, may_send, week_of
from bot.domain.calendar import Calendar, QuietHours
from bot.domain.findings import Finding, Kind, Picture, examine
from bot.domain.ladder import Role, Rung, next_step, top, wait_after
from bot.domain.people import Address, Person
from bot.domain.pilot import Pilot
from bot.domain.record import Record
from bot.domain.stages import Rules
from bot.messages import nudge
from bot.messages.model import dump
from bot.messages.nudge import AskView
from bot.services import failpoint
from bot.services.places import address_of
from storage import asks, episodes, outbox, people, pilots, turns, workspaces
from storage.asks import Ask
from storage.database import Connection
from storage.episodes import Episode
from storage.workspaces import Workspace

#: People composed for in one transaction.
BATCH = 500
#: How long an ask to somebody without an address rests before it is tried again.
UNMATCHED_REST = timedelta(hours=1)
#: A clock that was set back by more than this is believed: else a host that once woke in the future would be silent for long.
SET_BACK = timedelta(days=3)
#: What the owner hears of one episode at the most: rung 1, rung 2, the announcement.
MESSAGES_OF_AN_EPISODE = 3


@dataclass(frozen=True, kw_only=True)
class _Desk:
    """One person's message in the making."""

    conn: Connection
    workspace: Workspace
    calendar: Calendar
    rules: Rules
    #: The day in the person's zone: what the budget is charged to.
    today: date
    #: The day in the workspace's zone: what pilots are judged on.
    workday: date
    now: datetime
    person: Person
    address: Address
    loaded: dict[str, tuple[Pilot, Record]]
    open_episodes: dict[str, Episode]


def compose(conn: Connection, now: datetime) -> int:
    """Writes the messages that may go out now; returns how many."""
    if not turns.alone(conn, turns.Turn.COMPOSE):
        return 0
    written = 0
    by_workspace: dict[str, list[str]] = defaultdict(list)
    for workspace_id, person_id in asks.people_waiting(conn, None, now, limit=BATCH):
        by_workspace[workspace_id].append(person_id)
    for workspace_id, person_ids in by_workspace.items():
        workspace = workspaces.get(conn, workspace_id)
        if workspace is None:
            continue
        if workspace.quiet_until is not None and now < workspace.quiet_until:
            for person_id in person_ids:
                asks.hold(conn, workspace_id, person_id, until=workspace.quiet_until)
            continue
        found = people.by_ids(conn, workspace_id, person_ids)
        written += sum(_compose_for(conn, workspace, person, now) for person in found.values())
    failpoint.reach("compose.before_commit")
    return written


def _compose_for(conn: Connection, workspace: Workspace, person: Person, now: datetime) -> bool:
    own = workspace.settings.calendar().in_zone(person.zone)
    hours = workspace.settings.quiet_hours()
    today = own.today(now)
    address = address_of(person)
    if address is None:
        # Not matched with anybody yet: the ask waits, the admin is asked to match (housekeeping).
        asks.hold(conn, workspace.id, person.id, until=now + UNMATCHED_REST)
        return False
    monday, sunday = week_of(today)
    # A message of a day to come: the clock was set back since. It was sent, so it counts as today's.
    last = max(sunday, today + SET_BACK)
    charged = [min(day, today) for day, _ in outbox.charged(conn, workspace.id, person.id, monday, last)]
    if not hours.allows(now, own) or not may_send(charged, today):
        asks.hold(conn, workspace.id, person.id, until=_next_chance(now, own, hours, charged, today))
        return False
    waiting = asks.waiting(conn, workspace.id, person.id)
    ids = sorted({ask.pilot_id for ask in waiting})
    desk = _Desk(
        conn=conn,
        workspace=workspace,
        calendar=workspace.settings.calendar(),
        rules=workspace.settings.rules(),
        today=today,
        workday=workspace.settings.calendar().today(now),
        now=now,
        person=person,
        address=address,
        loaded=pilots.load(conn, workspace.id, ids),
        open_episodes={episode.id: episode for episode in episodes.open_of(conn, workspace.id, ids)},
    )
    return _write(desk, {ask.id: ask for ask in waiting}, closes=own.at(today, hours.window(today)[1]))


def _next_chance(
    now: datetime, own: Calendar, hours: QuietHours, charged: list[date], today: date
) -> datetime:
    """When a person may be written to next: in their hours, on a day and in a week with room in the budget."""
    if may_send(charged, today):
        return hours.next_opening(now, own)
    day = (
        own.add(today, 1)
        if len(charged) < PER_WEEK
        else own.on_or_after(week_of(today)[1] + timedelta(days=1))
    )
    return own.at(day, hours.window(day)[0])


def _write(desk: _Desk, waiting: dict[str, Ask], *, closes: datetime) -> bool:
    pictures = {
        pilot_id: examine(pilot, record, desk.workday, desk.calendar, desk.rules)
        for pilot_id, (pilot, record) in desk.loaded.items()
    }
    standing = {}
    for ask in waiting.values():
        if ask.pilot_id in pictures and _still_meant(desk, ask, pictures[ask.pilot_id]):
            standing[ask.id] = ask
        else:
            asks.drop(desk.conn, desk.workspace.id, ask.id)
    chosen, left = choose([_waiting(desk, ask) for ask in standing.values()])
    if not chosen:
        return False
    taken = [standing[one.speaks.ask_id] for one in chosen]
    riding = [standing[other.ask_id] for one in chosen for other in one.with_it]
    views = [
        _view(
            desk,
            standing[one.speaks.ask_id],
            pictures[one.speaks.pilot_id],
            [standing[o.ask_id] for o in one.with_it],
        )
        for one in chosen
    ]
    message = nudge.nudge(
        desk.person,
        views,
        today=desk.today,
        more=len(left),
        first_time=not outbox.history(desk.conn, desk.workspace.id, person_id=desk.person.id, limit=1),
        calendar=desk.calendar,
        rules=desk.rules,
        currency=desk.workspace.settings.currency,
    )
    written = outbox.add(
        desk.conn,
        desk.workspace.id,
        key=f"nudge:{desk.person.id}:{desk.today.isoformat()}",
        kind="nudge",
        person_id=desk.person.id,
        platform=desk.address.platform.value,
        external_id=desk.address.workspace,
        content=dump(message),
        not_before=desk.now,
        not_after=closes,
        charged_on=desk.today,
        now=desk.now,
    )
    if written is None:
        # Today's message was decided before: the rest waits for tomorrow's, which has a key of its own.
        asks.hold(desk.conn, desk.workspace.id, desk.person.id, until=max(closes, desk.now))
        return False
    said = [ask.id for ask in (*taken, *riding)]
    asks.take_into_message(desk.conn, desk.workspace.id, said, outbox_id=written, on=desk.workday)
    for ask in (*taken, *riding):
        _start_wait(desk, ask, _view(desk, ask, pictures[ask.pilot_id]))
    return True


def _still_meant(desk: _Desk, ask: Ask, picture: Picture) -> bool:
    """Whether the reason of a waiting ask still holds today."""
    if picture.pause is not None:
        return False
    if ask.episode_id is not None:
        return ask.episode_id in desk.open_episodes
    if ask.kind == "checkin":
        return picture.check_in_on is not None and picture.check_in_on <= desk.workday
    return True


def _waiting(desk: _Desk, ask: Ask) -> Waiting:
    episode = desk.open_episodes.get(ask.episode_id or "")
    return Waiting(
        ask_id=ask.id,
        pilot_id=ask.pilot_id,
        kind=ask.kind,
        role=Role(ask.role),
        rung=ask.rung,
        since=episode.opened_on if episode else ask.created_on,
    )


def _view(desk: _Desk, ask: Ask, picture: Picture, riding: Sequence[Ask] = ()) -> AskView:
    pilot, record = desk.loaded[ask.pilot_id]
    episode = desk.open_episodes.get(ask.episode_id or "")
    finding = picture.finding(Kind(episode.family)) if episode else None
    next_on, next_words = _next(desk, ask, finding, pilot, record)
    number, of = _counted(ask, Kind(episode.family), pilot) if episode else (0, 0)
    return AskView(
        ask_id=ask.id,
        kind=ask.kind,
        rung=Rung(ask.rung),
        role=Role(ask.role),
        pilot=pilot,
        record=record,
        picture=picture,
        finding=finding,
        next_words=next_words,
        next_on=next_on,
        number=number,
        of=of,
        also=tuple(
            found
            for other in riding
            if (family := desk.open_episodes.get(other.episode_id or "")) is not None
            and (found := picture.finding(Kind(family.family))) is not None
        ),
        details=ask.details,
    )


def _counted(ask: Ask, kind: Kind, pilot: Pilot) -> tuple[int, int]:
    """Which message about its episode this is to the owner, of at most how many: rung 1, rung 2, the announcement.

    Everybody else hears of an episode once, so nothing is counted out to them.
    """
    if ask.role != Role.OWNER:
        return 0, 0
    most = MESSAGES_OF_AN_EPISODE if top(kind, pilot) > Rung.OWNER else 1
    return (most if ask.kind == "announce" else ask.rung), most


def _next(
    desk: _Desk, ask: Ask, finding: Finding | None, pilot: Pilot, record: Record
) -> tuple[date | None, str]:
    """What happens next if nobody answers, and when: the dates that `_start_wait` stores."""
    if finding is None:
        return None, ""
    if ask.kind == "announce":
        return date.fromisoformat(
            ask.details["sponsor_on"]
        ), pilot.sponsor.first_name if pilot.sponsor else "the digest"
    step = next_step(finding.kind, Rung(ask.rung), pilot, record, desk.workday, desk.calendar, desk.rules)
    if step is None:
        return None, ""
    due = desk.calendar.add(desk.workday, wait_after(finding.kind, Rung(ask.rung), desk.rules))
    return due, nudge.then(step.rung, pilot)


def _start_wait(desk: _Desk, ask: Ask, view: AskView) -> None:
    """The wait of a rung runs from the day it was said, not from the day it was thought of."""
    episode = desk.open_episodes.get(ask.episode_id or "")
    if episode is None or ask.kind == "announce" or episode.rung != ask.rung or view.next_on is None:
        return
    due = max(view.next_on, episode.rung_due_on or view.next_on)
    if due != episode.rung_due_on:
        episodes.climb(desk.conn, desk.workspace.id, episode.id, rung=episode.rung, rung_due_on=due)
        desk.open_episodes[episode.id] = replace(episode, rung_due_on=due)
    pilots.touch(desk.conn, desk.workspace.id, ask.pilot_id, desk.now)
