"""When each edition of the digest is read: leadership's on its weekday, the sponsors' on the same day, the owners' on the
working day before, so that they can correct a fact until then.

A holiday moves the digest to the next working day and the owners' edition to the working day before: both follow from the
calendar. Everything is computed in local days, so that both clock changes give one digest a week.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from bot.domain.calendar import Calendar, QuietHours
from bot.domain.digest import Edition

#: An edition later than this is never sent as new.
STALE = timedelta(hours=36)
WEEK = timedelta(days=7)
#: A date has begun somewhere so long before it begins in UTC, and is over everywhere so long after it ended there.
_FIRST_ZONE, _LAST_ZONE = timedelta(hours=14), timedelta(hours=12)


@dataclass(frozen=True, kw_only=True, slots=True)
class Issue:
    """One week's edition for sponsors or owners."""

    edition: Edition
    #: The day it belongs to, in its reader's own calendar.
    day: date
    #: By itself it goes out at this moment or later; as a line in the day's message, already from the day's beginning.
    due: datetime
    #: After this moment it is stale.
    until: datetime
    #: The owners': the day on which leadership reads it.
    read_on: date | None = None

    @property
    def week(self) -> str:
        return week_of(self.day)


def week_of(day: date) -> str:
    """2026-W47: how the keys of the outbox name a week."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def next_digest(calendar: Calendar, weekday: int, clock: time, now: datetime) -> datetime:
    """The next local weekday and time after a moment, on the next working day where that is none."""
    day = calendar.today(now) - WEEK
    day += timedelta(days=(weekday - day.weekday()) % 7)
    while (at := calendar.at(calendar.on_or_after(day), clock)) <= now:
        day += WEEK
    return at


def digest_day(calendar: Calendar, weekday: int, day: date) -> date:
    """The first day on which leadership reads a digest, from a day on."""
    back = day - WEEK
    at = back + timedelta(days=(weekday - back.weekday()) % 7)
    while (read_on := calendar.on_or_after(at)) < day:
        at += WEEK
    return read_on


def last_digest(calendar: Calendar, weekday: int, clock: time, now: datetime) -> datetime:
    """The newest such moment that is not after a moment."""
    at = next_digest(calendar, weekday, clock, now - 3 * WEEK)
    while (later := next_digest(calendar, weekday, clock, at)) <= now:
        at = later
    return at


def begins(day: date) -> datetime:
    """The moment at which a date begins somewhere."""
    return datetime.combine(day, time(), tzinfo=UTC) - _FIRST_ZONE


def issues(calendar: Calendar, weekday: int, clock: time, now: datetime) -> list[Issue]:
    """The sponsors' and owners' editions that may be sent at a moment, somewhere."""
    last, upcoming = (moment(calendar, weekday, clock, now) for moment in (last_digest, next_digest))
    found = [
        Issue(edition=Edition.SPONSOR, day=calendar.today(due), due=due, until=due + STALE)
        for due in (last, upcoming)
        if begins(calendar.today(due)) <= now <= due + STALE
    ]
    read_on = calendar.today(upcoming)
    day = calendar.before(read_on)
    over = datetime.combine(day + timedelta(days=1), time(), tzinfo=UTC) + _LAST_ZONE
    if begins(day) <= now <= over:
        found.append(Issue(edition=Edition.OWNER, day=day, due=begins(day), until=over, read_on=read_on))
    return found


def next_wake(calendar: Calendar, weekday: int, clock: time, now: datetime) -> datetime:
    """The next moment at which an edition begins to be due: the digest itself, or the owners' day before it."""
    upcoming = next_digest(calendar, weekday, clock, now)
    owners = begins(calendar.before(calendar.today(upcoming)))
    return owners if owners > now else upcoming


def chance(
    issue: Issue,
    calendar: Calendar,
    hours: QuietHours,
    now: datetime,
    *,
    alone: bool,
    free_from: date | None = None,
) -> datetime | None:
    """When an edition may reach a person, on their own clock: now, later, or (None) no more.

    Args:
        issue: which.
        calendar: the person's.
        hours: the workspace's.
        now: the moment.
        alone: whether it would be a message of its own.
        free_from: the first day on which they have no other message yet; None: today.

    """
    start = max(now, calendar.at(issue.day, time()), issue.due if alone else now)
    if free_from is not None and free_from > calendar.today(start):
        start = calendar.at(free_from, time())
    at = hours.next_opening(start, calendar)
    day = calendar.today(at)
    in_time = day == issue.day if issue.edition is Edition.OWNER else day >= issue.day and at <= issue.until
    return at if in_time else None
