"""Stroke two of the clock: a person's waiting asks → one message in the outbox, charged to their budget.

For everybody somebody waits to ask:

1. in their own zone, on a working day, inside their hours, and only while the week's budget lasts;
2. asks whose reason is gone are dropped, the rest are put in order, at most three are taken;
3. the message is written and frozen under the key of this person and this day;
4. every rung that it carries starts its wait today, so the dates it prints are the dates that hold.

Workspaces are composed one after another, each as a whole: what its people's messages need is read and written in one round per table.
Replicas share the workspaces out by their turns, so that nobody's budget is counted twice at once.
"""

import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import ceil

from bot.domain.budget import PER_WEEK, may_send, week_of
from bot.domain.calendar import Calendar, QuietHours
from bot.domain.digest import Counts, Edition
from bot.domain.people import Address, Person
from bot.messages.model import Message, dump
from bot.services import editions, failpoint
from bot.services.drafting import Desk, desk_of, draft, what_next
from bot.services.places import address_of
from storage import asks_due, cause, episodes, outbox_many, people, pilots, turns, workspaces
from storage.asks import Ask
from storage.database import Connection
from storage.ids import new_id
from storage.outbox_rows import OutboxRow
from storage.rounds import Round
from storage.workspaces import Workspace

log = logging.getLogger(__name__)

#: People composed for in one transaction, workspaces in one, and the part of it that a workspace gets where many wait.
BATCH, WORKSPACES, TOGETHER = 500, 64, 10
#: How long an ask to somebody without an address rests before it is tried again.
UNMATCHED_REST = timedelta(hours=1)
#: A clock that was set back by more than this is believed: else a host that once woke in the future would be silent for long.
SET_BACK = timedelta(days=3)

#: An edition that rode along: whose workspace, what, to whom.
_Rode = tuple[str, editions.Rider, str]


@dataclass(kw_only=True)
class Composed:
    """What one transaction did."""

    messages: int = 0
    #: For how many people something waited, written to or held; 0: nothing is left, or others are at it.
    people: int = 0


@dataclass(frozen=True, kw_only=True)
class _Ready:
    """Somebody who may be written to now."""

    person: Person
    #: The day in the person's zone: what the budget is charged to.
    today: date
    address: Address
    #: When the window of that day closes.
    closes: datetime
    #: Digest editions that ride along.
    riders: Sequence[editions.Rider]


@dataclass(frozen=True, kw_only=True)
class _Decided:
    """What follows for all people of one workspace: written in one round per table."""

    #: The messages, with what is to be done where one was decided before.
    rows: list[tuple[OutboxRow, _Ready, tuple[Ask, ...]]] = field(default_factory=list)
    held: dict[str, datetime] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)


def compose(conn: Connection, now: datetime, around: Round | None = None) -> Composed:
    """Writes the messages that may go out now, some at a time.

    Args:
        conn: a writing transaction.
        now: the moment.
        around: in a backlog the workspaces' turns go on from here, and this is moved.

    """
    done, rode = Composed(), list[_Rode]()
    waiting = asks_due.in_turn(conn, now, WORKSPACES, around or Round())
    share = max(ceil(BATCH / max(1, len(waiting))), BATCH // TOGETHER)
    for workspace_id in waiting:
        if done.people >= BATCH:
            break
        if not turns.mine(conn, turns.Turn.COMPOSE, workspace_id):
            continue  # another replica is at it
        person_ids = asks_due.people(conn, workspace_id, now, min(share, BATCH - done.people))
        workspace = workspaces.get(conn, workspace_id)
        if workspace is None or not person_ids:
            continue
        done.people += len(person_ids)
        if workspace.quiet_until is not None and now < workspace.quiet_until:
            asks_due.hold(conn, workspace_id, dict.fromkeys(person_ids, workspace.quiet_until))
            continue
        rides = _compose_in(conn, workspace, person_ids, now)
        done.messages += len(rides)
        rode += [(workspace_id, one, person_id) for person_id, riders in rides.items() for one in riders]
    _remember(conn, rode, now)
    failpoint.reach("compose.before_commit")
    return done


def _remember(conn: Connection, rode: Sequence[_Rode], now: datetime) -> None:
    """Keeps what the editions that rode along told; last, because the audit record makes others wait."""
    told: dict[tuple[str, Edition, date], dict[str, Counts]] = defaultdict(dict)
    for workspace_id, rider, person_id in rode:
        told[workspace_id, rider.issue.edition, rider.issue.day][person_id] = rider.digest.counts
    for (workspace_id, edition, day), counts in sorted(told.items()):
        editions.remember(conn, workspace_id, edition, day, counts, now)


def _compose_in(
    conn: Connection, workspace: Workspace, person_ids: Sequence[str], now: datetime
) -> dict[str, Sequence[editions.Rider]]:
    """Composes for some people of a workspace; who got a message, with the editions that ride in it."""
    found = people.by_ids(conn, workspace.id, person_ids)
    # Whoever is not there any more is not asked every time.
    decided = _Decided(held=dict.fromkeys(set(person_ids) - found.keys(), now + UNMATCHED_REST))
    ready = _ready(conn, workspace, found, decided, now)
    if ready:
        desk = desk_of(conn, workspace, [one.person.id for one in ready], now)
        for one in ready:
            drafted = draft(desk, one.person, one.riders)
            decided.gone.extend(drafted.gone)
            if drafted.message is not None:
                row = _row(workspace.id, one, drafted.message, drafted.asks, now)
                decided.rows.append((row, one, drafted.asks))
        written = _write(conn, desk, decided)
    else:
        written = {}
    asks_due.hold(conn, workspace.id, decided.held)
    return written


def _ready(
    conn: Connection, workspace: Workspace, found: dict[str, Person], decided: _Decided, now: datetime
) -> list[_Ready]:
    """Those who may be written to now; what waits for the others is held until they may."""
    calendar = workspace.settings.calendar()
    mondays = [week_of(calendar.in_zone(one.zone).today(now))[0] for one in found.values()]
    first = min(mondays, default=now.date())
    last = max([first, *mondays]) + timedelta(days=6) + SET_BACK
    spent = outbox_many.charged(conn, workspace.id, found.keys(), first, last)
    riders = editions.riding(conn, workspace, found.values(), now)
    ready = []
    for person in found.values():
        own, hours = calendar.in_zone(person.zone), workspace.settings.hours_of(person.id)
        today, address = own.today(now), address_of(person, workspace.settings)
        if address is None:
            # Not matched with anybody yet: the ask waits, the admin is asked to match (housekeeping).
            decided.held[person.id] = now + UNMATCHED_REST
            continue
        again = _not_before(now, own, hours, spent.get(person.id, ()))
        if again is not None:
            decided.held[person.id] = again
            continue
        closes = own.at(today, hours.window(today)[1])
        its = riders.get(person.id, ())
        ready.append(_Ready(person=person, today=today, address=address, closes=closes, riders=its))
    return ready


def _not_before(
    now: datetime, own: Calendar, hours: QuietHours, spent: Sequence[tuple[date, str]]
) -> datetime | None:
    """When somebody may be written to next: in their hours, on a day and in a week with room in the budget; None: now.

    Args:
        now: the moment.
        own: the working days on their clock.
        hours: when they may be written to.
        spent: what was charged to them lately: the day and the kind of each message.

    """
    today = own.today(now)
    monday, sunday = week_of(today)
    # A message of a day to come: the clock was set back since. It was sent, so it counts as today's.
    last = max(sunday, today + SET_BACK)
    counted = [(min(day, today), kind) for day, kind in spent if monday <= day <= last]
    charged = [day for day, kind in counted if kind != "digest"]
    alone = [day for day, kind in counted if kind == "digest"]
    if may_send(charged, today, alone):
        return None if hours.allows(now, own) else hours.next_opening(now, own)
    room = len(charged) < PER_WEEK
    day = own.add(today, 1) if room else own.on_or_after(sunday + timedelta(days=1))
    return own.at(day, hours.window(day)[0])


def _row(workspace_id: str, to: _Ready, message: Message, said: Sequence[Ask], now: datetime) -> OutboxRow:
    key = f"nudge:{to.person.id}:{to.today.isoformat()}"
    return OutboxRow(
        workspace_id=workspace_id,
        id=new_id(),
        key=key,
        kind="nudge",
        person_id=to.person.id,
        platform=to.address.platform.value,
        external_id=to.address.workspace,
        content=dump(message),
        not_before=now,
        not_after=to.closes,
        charged_on=to.today,
        created_at=now,
        cause=_because(key, said) or cause.current(),
    )


def _because(key: str, said: Sequence[Ask]) -> str:
    """The request that a message goes back to; where it says more than one thing, the log tells which they are."""
    found = sorted({ask.cause for ask in said if ask.cause})
    if len(found) > 1:
        log.info("composed", extra={"key": key, "because": found})
    return found[0] if len(found) == 1 else ""


def _write(conn: Connection, desk: Desk, decided: _Decided) -> dict[str, Sequence[editions.Rider]]:
    """Writes what was decided; who got a message, with the editions that ride in it."""
    asks_due.drop(conn, desk.workspace.id, decided.gone)
    there = outbox_many.add(conn, desk.workspace.id, [row for row, _, _ in decided.rows], desk.now)
    said: dict[str, str] = {}
    rides: list[OutboxRow] = []
    written: dict[str, Sequence[editions.Rider]] = {}
    for row, to, asked in decided.rows:
        if row.id not in there:
            # Today's message was decided before: the rest waits for tomorrow's, which has a key of its own.
            decided.held[to.person.id] = max(to.closes, desk.now)
            continue
        written[to.person.id] = to.riders
        rides += [
            editions.ride(desk.workspace.id, one, to.person, desk.now, within=row.key) for one in to.riders
        ]
        said.update((ask.id, row.id) for ask in asked)
    outbox_many.add(conn, desk.workspace.id, rides, desk.now)
    asks_due.take_into_messages(conn, desk.workspace.id, said, on=desk.workday)
    _start_waits(conn, desk, [ask for row, _, asked in decided.rows if row.id in there for ask in asked])
    return written


def _start_waits(conn: Connection, desk: Desk, said: Sequence[Ask]) -> None:
    """The wait of a rung runs from the day it was said, not from the day it was thought of."""
    due: dict[str, tuple[str, int, date | None]] = {}
    touched: dict[str, datetime | None] = {}
    for ask in said:
        episode = desk.episode(ask)
        if episode is None or ask.kind == "announce" or episode.rung != ask.rung:
            continue
        next_on, _ = what_next(desk, ask)
        if next_on is None:
            continue
        moved = max(next_on, episode.rung_due_on or next_on)
        if moved != episode.rung_due_on:
            due[episode.id] = episode.id, episode.rung, moved
            desk.open_episodes[episode.id] = episode._replace(rung_due_on=moved)
        touched[ask.pilot_id] = desk.now
    episodes.climb_many(conn, desk.workspace.id, list(due.values()))
    pilots.set_next_look(conn, desk.workspace.id, touched)
