"""What a person's next message says: the waiting asks whose reason still holds, in order, in words.

Everything it looks at is read at once for all of a workspace's people whose turn it is (`desk_of`); after that a draft asks the database
nothing. The quiet start shows drafts to the admin, `services.compose` sends them.
"""

from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date, datetime

from bot.domain.budget import Choice, Waiting, choose
from bot.domain.calendar import Calendar
from bot.domain.editions import digest_day
from bot.domain.findings import Kind, Picture, examine
from bot.domain.ladder import Role, Rung, next_step, top, wait_after
from bot.domain.people import Person
from bot.domain.pilot import Pilot
from bot.domain.readiness import evidence_of, standings
from bot.domain.record import Record
from bot.domain.stages import Rules
from bot.messages import nudge
from bot.messages.model import Message
from bot.messages.nudge import AskView
from bot.services import editions
from bot.services.welcome import brought_by, named_to
from storage import asks_due, episodes, outbox_many, pilots
from storage.asks import Ask
from storage.database import Connection
from storage.episodes import Episode
from storage.workspaces import Workspace

#: What the owner hears of one episode at the most: rung 1, rung 2, the announcement.
MESSAGES_OF_AN_EPISODE = 3


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Some people of one workspace, what waits for them, and all that their messages may speak of."""

    workspace: Workspace
    calendar: Calendar
    rules: Rules
    #: The day in the workspace's zone: what pilots are judged on.
    workday: date
    now: datetime
    #: By person, oldest first.
    waiting: Mapping[str, Sequence[Ask]]
    loaded: Mapping[str, tuple[Pilot, Record]]
    open_episodes: dict[str, Episode]
    #: Who has ever had a message of ours.
    heard: AbstractSet[str]
    #: Who installed it: told to those who have not.
    brought_by: Person | None
    _pictures: dict[str, Picture] = field(default_factory=dict, repr=False)

    def picture(self, pilot_id: str) -> Picture:
        """A pilot as it stands today; several people may be asked about it."""
        if pilot_id not in self._pictures:
            pilot, record = self.loaded[pilot_id]
            self._pictures[pilot_id] = examine(pilot, record, self.workday, self.calendar, self.rules)
        return self._pictures[pilot_id]

    def episode(self, ask: Ask) -> Episode | None:
        """The open episode that an ask is about."""
        return self.open_episodes.get(ask.episode_id or "")


def desk_of(conn: Connection, workspace: Workspace, person_ids: Collection[str], now: datetime) -> Desk:
    """Reads what the messages of some people may speak of: a dozen statements, however many they are."""
    calendar = workspace.settings.calendar()
    waiting = asks_due.waiting(conn, workspace.id, person_ids)
    ids = {ask.pilot_id for theirs in waiting.values() for ask in theirs}
    heard = outbox_many.heard(conn, workspace.id, person_ids)
    return Desk(
        workspace=workspace,
        calendar=calendar,
        rules=workspace.settings.rules(),
        workday=calendar.today(now),
        now=now,
        waiting=waiting,
        loaded=pilots.load(conn, workspace.id, ids),
        open_episodes={episode.id: episode for episode in episodes.open_of(conn, workspace.id, ids)},
        heard=heard,
        brought_by=brought_by(conn, workspace.id) if set(person_ids) - heard else None,
    )


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A message, and the asks that it carries or that ride along; None: nothing is to be said."""

    message: Message | None
    asks: tuple[Ask, ...] = ()
    #: The ids of the asks whose reason is gone.
    gone: tuple[str, ...] = ()


def draft(desk: Desk, person: Person, riders: Sequence[editions.Rider] = ()) -> Draft:
    """The message that somebody would get now, whatever the hour.

    Args:
        desk: read for them, perhaps among others.
        person: whose.
        riders: digest editions that ride along.

    """
    waiting = desk.waiting.get(person.id, ())
    standing = {ask.id: ask for ask in waiting if ask.pilot_id in desk.loaded and _still_meant(desk, ask)}
    items = {ask.pilot_id: ask for ask in standing.values() if ask.kind == "item"}
    chosen, left = choose([_waiting(desk, ask) for ask in standing.values() if ask.kind != "item"])
    # A day's message that brings an edition as well would be too long for a phone.
    extras = (
        {}
        if riders
        else {one.speaks.ask_id: items[one.speaks.pilot_id] for one in chosen if _asks_item(one, items)}
    )
    # An item is asked with its check-in or not at all: the next one brings it again.
    stays = standing.keys() - {ask.id for ask in items.values()} | {extra.id for extra in extras.values()}
    gone = tuple(ask.id for ask in waiting if ask.id not in stays)
    if not chosen:
        return Draft(message=None, gone=gone)
    views = [
        _view(
            desk,
            standing[one.speaks.ask_id],
            [standing[other.ask_id] for other in one.with_it],
            extras.get(one.speaks.ask_id),
        )
        for one in chosen
    ]
    message = nudge.nudge(
        person,
        views,
        today=desk.calendar.in_zone(person.zone).today(desk.now),
        more=len(left),
        first_time=person.id not in desk.heard,
        installed_by=named_to(person, desk.brought_by),
        calendar=desk.calendar,
        rules=desk.rules,
        currency=desk.workspace.settings.currency,
        editions=[(rider.line, rider.press) for rider in riders],
    )
    speaking = [standing[one.speaks.ask_id] for one in chosen]
    riding = [standing[other.ask_id] for one in chosen for other in one.with_it]
    return Draft(message=message, asks=(*speaking, *extras.values(), *riding), gone=gone)


def _asks_item(choice: Choice, items: Mapping[str, Ask]) -> bool:
    """Whether a section has room for its pilot's one due item: a check-in asks for it."""
    asked = any(ask.kind == "checkin" for ask in (choice.speaks, *choice.with_it))
    return asked and choice.speaks.pilot_id in items


def _still_meant(desk: Desk, ask: Ask) -> bool:
    """Whether the reason of a waiting ask still holds today."""
    picture = desk.picture(ask.pilot_id)
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


def _waiting(desk: Desk, ask: Ask) -> Waiting:
    episode = desk.episode(ask)
    return Waiting(
        ask_id=ask.id,
        pilot_id=ask.pilot_id,
        kind=ask.kind,
        role=Role(ask.role),
        rung=ask.rung,
        since=episode.opened_on if episode else ask.created_on,
    )


def _view(desk: Desk, ask: Ask, riding: Sequence[Ask] = (), extra: Ask | None = None) -> AskView:
    pilot, record = desk.loaded[ask.pilot_id]
    picture, episode = desk.picture(ask.pilot_id), desk.episode(ask)
    finding = picture.finding(Kind(episode.family)) if episode else None
    next_on, next_words = what_next(desk, ask)
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
            if (family := desk.episode(other)) is not None
            and (found := picture.finding(Kind(family.family))) is not None
        ),
        details=ask.details,
        extra=_view(desk, extra) if extra is not None else None,
    )


def _counted(ask: Ask, kind: Kind, pilot: Pilot) -> tuple[int, int]:
    """Which message about its episode this is to the owner, of at most how many: rung 1, rung 2, the announcement.

    Everybody else hears of an episode once, so nothing is counted out to them.
    """
    if ask.role != Role.OWNER:
        return 0, 0
    most = MESSAGES_OF_AN_EPISODE if top(kind, pilot) > Rung.OWNER else 1
    return (most if ask.kind == "announce" else ask.rung), most


def what_next(desk: Desk, ask: Ask) -> tuple[date | None, str]:
    """What happens next if nobody answers, and when: what the message prints, and what `compose` stores."""
    episode = desk.episode(ask)
    finding = desk.picture(ask.pilot_id).finding(Kind(episode.family)) if episode else None
    if finding is None:
        return None, ""
    pilot, record = desk.loaded[ask.pilot_id]
    if ask.kind == "announce":
        sponsor = pilot.sponsor.first_name if pilot.sponsor else "the digest"
        return date.fromisoformat(ask.details["sponsor_on"]), sponsor
    step = next_step(finding.kind, Rung(ask.rung), pilot, record, desk.workday, desk.calendar, desk.rules)
    if step is None:
        return None, ""
    due = desk.calendar.add(desk.workday, wait_after(finding.kind, Rung(ask.rung), desk.rules))
    if ask.role == Role.HOLDER and step.rung is Rung.TEAM:
        # The holder's line has no backup: the same person is asked once more.
        return due, "once more"
    return due, nudge.then(step.rung, pilot)
