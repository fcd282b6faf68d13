"""Working days, holidays, zones: when a day counts and when a message may be sent."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

MONDAY_TO_FRIDAY = frozenset(range(5))
_ONE_DAY = timedelta(days=1)


@lru_cache(maxsize=4096)
def public_holidays(country: str, region: str | None, year: int) -> tuple[date, ...]:
    """The public holidays of one year, ascending; source: the ``holidays`` package.

    Raises:
        ValueError: no such country or region.

    """
    import holidays  # a second to import: only workspaces with a country pay it

    try:
        return tuple(sorted(holidays.country_holidays(country, subdiv=region, years=year)))
    except NotImplementedError as error:
        raise ValueError(f"no holidays are known for {country}{'-' + region if region else ''}") from error


@lru_cache(maxsize=1024)
def zone_named(name: str) -> ZoneInfo:
    """The zone of an IANA name.

    Raises:
        ValueError: no such zone.

    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is not a time zone; use a name like Europe/Berlin") from error


@lru_cache(maxsize=1024)
def _weekdays(year: int, weekdays: frozenset[int]) -> list[int]:
    """Ordinals of a year's days that fall on some weekdays, ascending."""
    first, last = date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal()
    # Ordinal 1 is a Monday.
    return [day for day in range(first, last + 1) if (day - 1) % 7 in weekdays]


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """A zone, the working weekdays (Monday is 0) and the holidays of one workspace."""

    zone: str = "UTC"
    weekdays: frozenset[int] = MONDAY_TO_FRIDAY
    #: Single dates.
    holidays: frozenset[date] = frozenset()
    #: Country and region, whose holidays are looked up year by year.
    country: str | None = None
    region: str | None = None
    _years: dict[int, list[int]] = field(default_factory=dict, repr=False, compare=False)
    #: The working days of a year, for `add`; None in a calendar that is made for one question.
    _days: dict[int, list[int]] | None = field(default_factory=dict, repr=False, compare=False)
    #: Working weekdays among the first n days of a week.
    _of_week: tuple[int, ...] = field(default=(), repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.weekdays:
            raise ValueError("a calendar needs at least one working weekday")
        counted = tuple(sum(1 for weekday in self.weekdays if weekday < rest) for rest in range(7))
        object.__setattr__(self, "_of_week", counted)

    def _free(self, year: int) -> list[int]:
        """Ordinals of the year's holidays that fall on working weekdays, ascending."""
        free = self._years.get(year)
        if free is None:
            days: Iterable[date] = [day for day in self.holidays if day.year == year]
            if self.country:
                days = [*days, *public_holidays(self.country, self.region, year)]
            free = sorted({day.toordinal() for day in days if day.weekday() in self.weekdays})
            self._years[year] = free
        return free

    def is_working(self, day: date) -> bool:
        """Whether people work on that day."""
        if day.weekday() not in self.weekdays:
            return False
        if not self.holidays and not self.country:
            return True
        free = self._free(day.year)
        spot = bisect_right(free, day.toordinal())
        return spot == 0 or free[spot - 1] != day.toordinal()

    def working_days(self, after: date, to: date) -> int:
        """How many working days lie after the first day, up to and including the second; never negative."""
        first, last = after.toordinal(), to.toordinal()
        if last <= first:
            return 0
        count = self._weekdays_up_to(last) - self._weekdays_up_to(first)
        if self.holidays or self.country:
            for year in range(after.year, to.year + 1):
                free = self._free(year)
                if free:
                    count -= bisect_right(free, last) - bisect_right(free, first)
        return count

    def _weekdays_up_to(self, ordinal: int) -> int:
        # Ordinal 1 is a Monday, so ordinal n closes n // 7 whole weeks.
        weeks, rest = divmod(ordinal, 7)
        return weeks * len(self.weekdays) + self._of_week[rest]

    def add(self, day: date, count: int) -> date:
        """The count-th working day after a day; with 0 the day itself, working or not."""
        if count <= 0:
            return day
        if self._days is None:
            return self._counted(day, count)
        # Every rule asks this several times of every pilot: one search in the year's working days, then year by year.
        year = day.year
        days = self._working(year, self._days)
        spot = bisect_right(days, day.toordinal()) + count - 1
        while spot >= len(days):
            spot -= len(days)
            year += 1
            days = self._working(year, self._days)
        return date.fromordinal(days[spot])

    def _counted(self, day: date, count: int) -> date:
        end, left = day, count
        while left > 0:
            # Jump no further than can be right (whole weeks, then days), and count what the jump was worth.
            weeks, days = divmod(left, len(self.weekdays))
            step = end + timedelta(weeks=weeks, days=days)
            left -= self.working_days(end, step)
            end = step
        while not self.is_working(end):
            end -= _ONE_DAY
        return end

    def _working(self, year: int, known: dict[int, list[int]]) -> list[int]:
        """Ordinals of the year's working days, ascending."""
        days = known.get(year)
        if days is None:
            if year > date.max.year:
                raise OverflowError("no working day is left before the end of time")
            days = _weekdays(year, self.weekdays)
            if self.holidays or self.country:
                free = set(self._free(year))
                days = [day for day in days if day not in free]
            known[year] = days
        return days

    def on_or_after(self, day: date) -> date:
        """The day itself if it is a working day, else the next one."""
        return day if self.is_working(day) else self.add(day, 1)

    def before(self, day: date, count: int = 1) -> date:
        """The count-th working day before a day, the last one being the first; with 0 the day itself."""
        for _ in range(count):
            day -= _ONE_DAY
            while not self.is_working(day):
                day -= _ONE_DAY
        return day

    def without(self, days: Iterable[date]) -> "Calendar":
        """The same calendar with more days on which nothing counts."""
        more = frozenset(days)
        return replace(self, holidays=self.holidays | more, _years={}, _days=None) if more else self

    def today(self, now: datetime) -> date:
        """The local date of a moment."""
        return self.local(now).date()

    def local(self, now: datetime) -> datetime:
        """A moment on the local clock."""
        return now.astimezone(zone_named(self.zone))

    def at(self, day: date, clock: time) -> datetime:
        """A local time of day as a moment in UTC.

        A time that the spring change skips is as much later as the clock jumps; one that the autumn change
        repeats is its first occurrence (``fold=0``).
        """
        local = datetime.combine(day, clock, tzinfo=zone_named(self.zone))
        return local.astimezone(UTC)

    def in_zone(self, zone: str | None) -> "Calendar":
        """The same days, read on another zone's clock."""
        return (
            self
            if zone is None or zone == self.zone
            else replace(self, zone=zone, _years=self._years, _days=self._days)
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class QuietHours:
    """When a message may reach somebody, on their own clock; both ends are allowed."""

    opens: time = time(9, 30)
    closes: time = time(16, 30)
    monday_from: time = time(10, 0)
    friday_until: time = time(15, 0)
    #: What one person asked for; a day whose window closes before it opens as it would have.
    not_before: time | None = None

    def window(self, day: date) -> tuple[time, time]:
        """The first and last moment of a working day."""
        weekday = day.weekday()
        opens = max(self.opens, self.monday_from) if weekday == 0 else self.opens
        closes = min(self.closes, self.friday_until) if weekday == 4 else self.closes
        if self.not_before is not None and opens < self.not_before <= closes:
            opens = self.not_before
        return opens, closes

    def allows(self, now: datetime, calendar: Calendar) -> bool:
        """Whether a message may go out now, in the calendar's zone."""
        local = now.astimezone(zone_named(calendar.zone))
        if not calendar.is_working(local.date()):
            return False
        opens, closes = self.window(local.date())
        return opens <= local.time().replace(second=0, microsecond=0) <= closes

    def next_opening(self, now: datetime, calendar: Calendar) -> datetime:
        """The next moment at which a message may go out: now, if it may.

        Raises:
            ValueError: the hours leave no working day of a year a moment.

        """
        if self.allows(now, calendar):
            return now
        day = calendar.on_or_after(calendar.today(now))
        for _ in range(366):
            opens = calendar.at(day, self.window(day)[0])
            # Not where the hours are empty on that weekday, nor where the zone skips the whole date.
            if opens > now and self.allows(opens, calendar):
                return opens
            day = calendar.add(day, 1)
        raise ValueError("these hours leave no moment to write in")
