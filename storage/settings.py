"""What an admin may set for a workspace."""

from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from datetime import date, time
from functools import lru_cache
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from bot.domain.calendar import Calendar, QuietHours, zone_named
from bot.domain.stages import Rules, StageRule


class Wish(BaseModel):
    """When and where one person wants to be written to. Nobody can wish not to be."""

    model_config = ConfigDict(frozen=True)

    #: Not before this time of their day, within the workspace's hours.
    not_before: time | None = None
    #: slack or teams; empty: where they last answered.
    platform: str = ""
    #: The address of their calendar, by the hash of it; empty: they asked for none, or took it back.
    feed: str = ""


class Settings(BaseModel):
    """What an admin may set; every field has a default that works."""

    model_config = ConfigDict(frozen=True)

    company: str = ""
    zone: str = "UTC"
    #: Monday is 0.
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4)
    holidays: tuple[date, ...] = ()
    country: str | None = None
    region: str | None = None
    currency: str = "EUR"
    #: Where the demo's clock starts.
    as_of: date | None = None
    digest_weekday: int = Field(default=0, ge=0, le=6)
    digest_time: time = time(10)
    #: The channel of the digest; empty: the admin's direct messages.
    digest_platform: str = ""
    digest_external: str = ""
    digest_channel: str = ""
    opens: time = QuietHours().opens
    closes: time = QuietHours().closes
    monday_from: time = QuietHours().monday_from
    friday_until: time = QuietHours().friday_until
    #: For how many days messages that moved to their end are kept; the pilots' record stays.
    keep_messages_days: int = Field(default=400, ge=30, le=3_650)
    #: Finding families that ask nobody: switched off by the admin after a self-report.
    rules_off: tuple[str, ...] = ()
    #: Thresholds other than the defaults: {"gap_amber": 25, "trial": {"cadence": 12}}.
    thresholds: Mapping[str, Any] = Field(default_factory=dict)
    #: Who helps to find a number, by id; empty: the admin.
    steward: str = ""
    #: How dates are written: domain.dates' names of languages, or iso.
    date_style: str = "en"
    #: What single people asked for, by their ids; who is not in it has asked for nothing.
    wishes: Mapping[str, Wish] = Field(default_factory=dict)

    @field_validator("zone")
    @classmethod
    def _zone_exists(cls, zone: str) -> str:
        zone_named(zone)
        return zone

    @field_validator("weekdays")
    @classmethod
    def _some_weekdays(cls, weekdays: tuple[int, ...]) -> tuple[int, ...]:
        if not weekdays or not set(weekdays) <= set(range(7)):
            raise ValueError("name at least one weekday, 0 is Monday and 6 is Sunday")
        return tuple(sorted(set(weekdays)))

    @model_validator(mode="after")
    def _fits(self) -> Self:
        self.rules()
        self.calendar().is_working(date(2026, 1, 1))
        return self

    def calendar(self) -> Calendar:
        """The workspace's working days; of the same settings the same one, which has counted them already."""
        return _calendar(self.zone, self.weekdays, self.holidays, self.country, self.region)

    def quiet_hours(self) -> QuietHours:
        """When a message may reach somebody, on their own clock."""
        return QuietHours(
            opens=self.opens, closes=self.closes, monday_from=self.monday_from, friday_until=self.friday_until
        )

    def hours_of(self, person_id: str) -> QuietHours:
        """The hours of one person: later than the workspace's where they wished so."""
        wish = self.wishes.get(person_id)
        return replace(self.quiet_hours(), not_before=wish.not_before if wish else None)

    def rules(self) -> Rules:
        """The thresholds, the workspace's own over the defaults.

        Raises:
            ValueError: one of them does not exist or is of the wrong kind.

        """
        if not self.thresholds:
            return _DEFAULTS
        rules, known = _DEFAULTS, {field.name for field in fields(Rules)}
        changes: dict[str, Any] = {}
        for name, value in self.thresholds.items():
            if name not in known:
                raise ValueError(f"no threshold is called {name!r}")
            changes[name] = _threshold(name, getattr(rules, name), value)
        return replace(rules, **changes)


_DEFAULTS = Rules()


@lru_cache(maxsize=1_024)
def _calendar(
    zone: str,
    weekdays: tuple[int, ...],
    holidays: tuple[date, ...],
    country: str | None,
    region: str | None,
) -> Calendar:
    return Calendar(
        zone=zone,
        weekdays=frozenset(weekdays),
        holidays=frozenset(holidays),
        country=country,
        region=region,
    )


def _threshold(name: str, default: Any, value: Any) -> Any:
    if isinstance(default, StageRule):
        if not isinstance(value, Mapping) or not set(value) <= set(asdict(default)):
            raise ValueError(f"{name} takes {', '.join(asdict(default))}")
        parts: dict[str, Any] = {part: _count(f"{name}.{part}", number) for part, number in value.items()}
        return replace(default, **parts)
    if isinstance(default, tuple):
        if not isinstance(value, list | tuple) or (name == "waits" and len(value) != len(default)):
            raise ValueError(f"{name} is a list of {len(default)} numbers")
        return tuple(_count(name, number) for number in value)
    return _count(name, value)


def _count(name: str, value: Any) -> int | None:
    if value is None and name.endswith(".blind"):
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 10_000:
        raise ValueError(f"{name} is a whole number of days or points, not {value!r}")
    return value
