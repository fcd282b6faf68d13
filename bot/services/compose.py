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
from bot.domain.digest import Counts, Edition
from bot.domain.editions import digest_day
from bot.domain.findings import Finding, Kind, Picture, examine
from bot.domain.ladder import Role, Rung, next_step, top, wait_after
from bot.domain.people import Address, Person
from bot.domain.pilot import Pilot
from bot.domain.readiness import evidence_of, standings
from bot.domain.record import Record
from bot.domain.stages import Rules
from bot.messages import nudge
from bot.messages.model import Message, dump
from bot.messages.nudge import AskView
from bot.services import editions, failpoint
from bot.services.places import address_of
from bot.services.welcome import installed_by
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
    #: None: only a draft is wanted.
    address: Address | None
    loaded: dict[str, tuple[Pilot, Record]]
    open_episodes: dict[str, Episode]
    #: Digest editions that ride along.
    riders: Sequence[editions.Rider] = ()


def compose(conn: Connection, now: datetime) -> int:
    """Writes the messages that may go out now; returns how many."""
    if not turns.alone(conn, turns.Turn.COMPOSE):
        return 0
    written = 0
    rode: list[tuple[str, editions.Rider, str]] = []
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
        riders = editions.riding(conn, workspace, found.values(), now)
        for person in found.values():
            its = riders.get(person.id, [])
            if _compose_for(conn, workspace, person, now, its):
                written += 1
                rode += [(workspace_id, one, person.id) for one in its]
    _remember(conn, rode, now)
    failpoint.reach("compose.before_commit")
    return written


def _remember(conn: Connection, rode: Sequence[tuple[str, editions.Rider, str]], now: datetime) -> None:
    """Keeps what the editions that rode along told; last, because the audit record makes others wait."""
    told: dict[tuple[str, Edition, date], dict[str, Counts]] = defaultdict(dict)
    for workspace_id, rider, person_id in rode:
        told[workspace_id, rider.issue.edition, rider.issue.day][person_id] = rider.digest.counts
    for (workspace_id, edition, day), counts in sorted(told.items()):
        editions.remember(conn, workspace_id, edition, day, counts, now)


def _compose_for(
    conn: Connection, workspace: Workspace, person: Person, now: datetime, riders: Sequence[editions.Rider]
) -> bool:
    own = workspace.settings.calendar().in_zone(person.zone)
    hours = workspace.settings.hours_of(person.id)
    today = own.today(now)
    address = address_of(person, workspace.settings)
    if address is None:
        # Not matched with anybody yet: the ask waits, the admin is asked to match (housekeeping).
        asks.hold(conn, workspace.id, person.id, until=now + UNMATCHED_REST)
        return False
    monday, sunday = week_of(today)
    # A message of a day to come: the clock was set back since. It was sent, so it counts as today's.
    last = max(sunday, today + SET_BACK)
    spent = [
        (min(day, today), kind) for day, kind in outbox.charged(conn, workspace.id, person.id, monday, last)
    ]
    charged = [day for day, kind in spent if kind != "digest"]
    alone = [day for day, kind in spent if kind == "digest"]
    if not hours.allows(now, own) or not may_send(charged, today, alone):
        asks.hold(conn, workspace.id, person.id, until=_next_chance(now, own, hours, charged, alone, today))
        return False
    waiting = asks.waiting(conn, workspace.id, person.id)
    desk = _desk(conn, workspace, person, address, waiting, now, riders)
    return _write(desk, {ask.id: ask for ask in waiting}, closes=own.at(today, hours.window(today)[1]))


def _desk(
    conn: Connection,
    workspace: Workspace,
    person: Person,
    address: Address | None,
    waiting: Sequence[Ask],
    now: datetime,
    riders: Sequence[editions.Rider] = (),
) -> _Desk:
    calendar = workspace.settings.calendar()
    ids = sorted({ask.pilot_id for ask in waiting})
    return _Desk(
        conn=conn,
        workspace=workspace,
        calendar=calendar,
        rules=workspace.settings.rules(),
        today=calendar.in_zone(person.zone).today(now),
        workday=calendar.today(now),
        now=now,
        person=person,
        address=address,
        loaded=pilots.load(conn, workspace.id, ids),
        open_episodes={episode.id: episode for episode in episodes.open_of(conn, workspace.id, ids)},
        riders=riders,
    )


def draft(conn: Connection, workspace: Workspace, person: Person, now: datetime) -> Message | None:
    """The message that somebody would get now, whatever the hour; nothing changes. None: nothing is to be said."""
    waiting = asks.waiting(conn, workspace.id, person.id)
    desk = _desk(conn, workspace, person, None, waiting, now)
    drafted = _draft(desk, {ask.id: ask for ask in waiting})
    return drafted.message


def _next_chance(
    now: datetime, own: Calendar, hours: QuietHours, charged: list[date], alone: list[date], today: date
) -> datetime:
    """When a person may be written to next: in their hours, on a day and in a week with room in the budget."""
    if may_send(charged, today, alone):
        return hours.next_opening(now, own)
    day = (
        own.add(today, 1)
        if len(charged) < PER_WEEK
        else own.on_or_after(week_of(today)[1] + timedelta(days=1))
    )
    return own.at(day, hours.window(day)[0])


@dataclass(frozen=True, kw_only=True)
class _Draft:
    """A message, and the asks that it carries or that ride along; None: nothing is to be said."""

    message: Message | None
    asks: tuple[Ask, ...]
    #: The ids of all asks whose reason still holds.
    standing: frozenset[str]
    pictures: dict[str, Picture]


def _draft(desk: _Desk, waiting: dict[str, Ask]) -> _Draft:
    pictures = {
        pilot_id: examine(pilot, record, desk.workday, desk.calendar, desk.rules)
        for pilot_id, (pilot, record) in desk.loaded.items()
    }
    standing = {
        ask.id: ask
        for ask in waiting.values()
        if ask.pilot_id in pictures and _still_meant(desk, ask, pictures[ask.pilot_id])
    }
    items = {ask.pilot_id: ask for ask in standing.values() if ask.kind == "item"}
    chosen, left = choose([_waiting(desk, ask) for ask in standing.values() if ask.kind != "item"])
    extras = {
        one.speaks.ask_id: items[one.speaks.pilot_id]
        for one in chosen
        # A day's message that brings an edition as well would be too long for a phone.
        if not desk.riders
        and one.speaks.pilot_id in items
        and any(ask.kind == "checkin" for ask in (one.speaks, *one.with_it))
    }
    # An item is asked with its check-in or not at all: the next one brings it again.
    stays = standing.keys() - {ask.id for ask in items.values()} | {extra.id for extra in extras.values()}
    if not chosen:
        return _Draft(message=None, asks=(), standing=frozenset(stays), pictures=pictures)
    taken = [standing[one.speaks.ask_id] for one in chosen] + list(extras.values())
    riding = [standing[other.ask_id] for one in chosen for other in one.with_it]
    views = [
        _view(
            desk,
            standing[one.speaks.ask_id],
            pictures[one.speaks.pilot_id],
            [standing[o.ask_id] for o in one.with_it],
            extras.get(one.speaks.ask_id),
        )
        for one in chosen
    ]
    first = not outbox.history(desk.conn, desk.workspace.id, person_id=desk.person.id, limit=1)
    message = nudge.nudge(
        desk.person,
        views,
        today=desk.today,
        more=len(left),
        first_time=first,
        installed_by=installed_by(desk.conn, desk.workspace.id, desk.person) if first else "",
        calendar=desk.calendar,
        rules=desk.rules,
        currency=desk.workspace.settings.currency,
        editions=[(rider.line, rider.press) for rider in desk.riders],
    )
    return _Draft(message=message, asks=(*taken, *riding), standing=frozenset(stays), pictures=pictures)


def _write(desk: _Desk, waiting: dict[str, Ask], *, closes: datetime) -> bool:
    assert desk.address is not None
    drafted = _draft(desk, waiting)
    for gone in waiting.keys() - drafted.standing:
        asks.drop(desk.conn, desk.workspace.id, gone)
    if drafted.message is None:
        return False
    key = f"nudge:{desk.person.id}:{desk.today.isoformat()}"
    written = outbox.add(
        desk.conn,
        desk.workspace.id,
        key=key,
        kind="nudge",
        person_id=desk.person.id,
        platform=desk.address.platform.value,
        external_id=desk.address.workspace,
        content=dump(drafted.message),
        not_before=desk.now,
        not_after=closes,
        charged_on=desk.today,
        now=desk.now,
    )
    if written is None:
        # Today's message was decided before: the rest waits for tomorrow's, which has a key of its own.
        asks.hold(desk.conn, desk.workspace.id, desk.person.id, until=max(closes, desk.now))
        return False
    for rider in desk.riders:
        editions.ride(desk.conn, desk.workspace, rider, desk.person, desk.now, within=key)
    said = [ask.id for ask in drafted.asks]
    asks.take_into_message(desk.conn, desk.workspace.id, said, outbox_id=written, on=desk.workday)
    for ask in drafted.asks:
        _start_wait(desk, ask, drafted.pictures[ask.pilot_id])
    return True


def _still_meant(desk: _Desk, ask: Ask, picture: Picture) -> bool:
    """Whether the reason of a waiting ask still holds today."""
    if picture.pause is not None:
        return False
    if ask.kind in desk.workspace.settings.rules_off:
        return False
    if ask.episode_id is not None:
        return ask.episode_id in desk.open_episodes
    if ask.kind == "item":
        pilot, record = desk.loaded[ask.pilot_id]
        known = standings(evidence_of(pilot, record), desk.workday, desk.calendar)
        return known[ask.details["code"]].state == "open"
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


def _view(
    desk: _Desk, ask: Ask, picture: Picture, riding: Sequence[Ask] = (), extra: Ask | None = None
) -> AskView:
    pilot, record = desk.loaded[ask.pilot_id]
    episode = desk.open_episodes.get(ask.episode_id or "")
    finding = picture.finding(Kind(episode.family)) if episode else None
    next_on, next_words = _next(desk, ask, finding, pilot, record)
    to_digest = finding is not None and next_on is not None and next_words == nudge.then(Rung.DIGEST, pilot)
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
        # The rung is reached on its day; leadership reads it on the next day of a digest.
        next_on=digest_day(desk.calendar, desk.workspace.settings.digest_weekday, next_on)
        if to_digest and next_on is not None
        else next_on,
        number=number,
        of=of,
        also=tuple(
            found
            for other in riding
            if (family := desk.open_episodes.get(other.episode_id or "")) is not None
            and (found := picture.finding(Kind(family.family))) is not None
        ),
        details=ask.details,
        extra=_view(desk, extra, picture) if extra is not None else None,
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
    if ask.role == Role.HOLDER and step.rung is Rung.TEAM:
        # The holder's line has no backup: the same person is asked once more.
        return due, "once more"
    return due, nudge.then(step.rung, pilot)


def _start_wait(desk: _Desk, ask: Ask, picture: Picture) -> None:
    """The wait of a rung runs from the day it was said, not from the day it was thought of."""
    episode = desk.open_episodes.get(ask.episode_id or "")
    if episode is None or ask.kind == "announce" or episode.rung != ask.rung:
        return
    next_on, _ = _next(desk, ask, picture.finding(Kind(episode.family)), *desk.loaded[ask.pilot_id])
    if next_on is None:
        return
    due = max(next_on, episode.rung_due_on or next_on)
    if due != episode.rung_due_on:
        episodes.climb(desk.conn, desk.workspace.id, episode.id, rung=episode.rung, rung_due_on=due)
        desk.open_episodes[episode.id] = replace(episode, rung_due_on=due)
    pilots.touch(desk.conn, desk.workspace.id, ask.pilot_id, desk.now)
