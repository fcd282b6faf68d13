"""The two JSON files beside the tables: a workspace's settings, and the map of another registry's columns to ours."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import Any

from bot.domain.calendar import MONDAY_TO_FRIDAY, Calendar, public_holidays, zone_named
from bot.domain.cells import CellError, clean, one_line, quoted, read_date
from bot.domain.sheet import ColumnMap, Problem, key_of
from bot.domain.tables import PILOT_COLUMNS, SIGNAL_COLUMNS, SYNONYMS, UPDATE_COLUMNS, WORKED_OUT

_MONDAY_FIRST = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SETTINGS = ("company", "zone", "as_of", "holidays", "working_days")
_MAP = ("columns", "values", "skip_if_empty", "set")


@dataclass(frozen=True, kw_only=True, slots=True)
class SettingsRow:
    """The workspace's calendar and what is shown of it."""

    company: str = ""
    zone: str = "UTC"
    #: The day on which the demo's clock starts; None: today.
    as_of: date | None = None
    holidays: frozenset[date] = frozenset()
    country: str | None = None
    region: str | None = None
    weekdays: frozenset[int] = MONDAY_TO_FRIDAY
    #: Keys that are none of ours.
    unknown: tuple[str, ...] = ()

    @property
    def calendar(self) -> Calendar:
        """The working days it describes."""
        return Calendar(
            zone=self.zone,
            weekdays=self.weekdays,
            holidays=self.holidays,
            country=self.country,
            region=self.region,
        )


def read_settings(text: str, today: date) -> SettingsRow | tuple[Problem, ...]:
    """The settings of a workspace.

    Args:
        text: JSON: zone; holidays as ISO dates or ``{"country": "DE", "region": "BE"}``; as_of; company; working_days as
            weekday names where the week is not Monday to Friday.
        today: a day of the year for which a country's holidays must be known.

    Returns:
        The settings, or every problem of the file.

    """
    data = json_object(text)
    if isinstance(data, Problem):
        return (data,)
    problems: list[Problem] = []

    def refuse(key: str, text: str) -> None:
        problems.append(Problem(row=None, column=key, text=text))

    zone = data.get("zone", "UTC")
    try:
        zone_named(zone) if isinstance(zone, str) and zone else refuse(
            "zone", 'write a name, like "Europe/Berlin".'
        )
    except ValueError:
        refuse("zone", f"{quoted(str(zone))} is not a time zone. Use a name like Europe/Berlin.")
    as_of = _json_date(data.get("as_of"), "as_of", refuse)
    days, country, region = _holidays(data.get("holidays"), (as_of or today).year, refuse)
    weekdays = _weekdays(data.get("working_days"), refuse)
    company = data.get("company", "")
    if not isinstance(company, str):
        refuse("company", "write it as text.")
    if problems:
        return tuple(problems)
    return SettingsRow(
        company=one_line(str(company)),
        zone=str(zone),
        as_of=as_of,
        holidays=days,
        country=country,
        region=region,
        weekdays=weekdays,
        unknown=tuple(key for key in data if key not in _SETTINGS),
    )


_COUNTRY = 'write dates, ["2026-12-25"], or a country, {"country": "DE", "region": "BE"}.'


def _holidays(
    given: Any, year: int, refuse: Callable[[str, str], None]
) -> tuple[frozenset[date], str | None, str | None]:
    """Single dates, or a country and its region; of the second both are None where there is none."""
    if not given:
        return frozenset(), None, None
    if isinstance(given, list):
        return frozenset(day for one in given if (day := _json_date(one, "holidays", refuse))), None, None
    country, region = (
        (given.get("country"), given.get("region") or "") if isinstance(given, dict) else (None, "")
    )
    if not isinstance(country, str) or not isinstance(region, str) or set(given) - {"country", "region"}:
        refuse("holidays", _COUNTRY)
        return frozenset(), None, None
    codes = f"{country}-{region}" if region else country
    try:
        if not re.fullmatch(r"[A-Za-z]{2,3}", country):
            raise ValueError(codes)
        public_holidays(country.upper(), region.upper() or None, year)
    except ValueError:
        refuse(
            "holidays",
            f"no holidays are known for {quoted(codes)}. Use codes like DE and BE, or list the dates.",
        )
        return frozenset(), None, None
    return frozenset(), country.upper(), region.upper() or None


def _weekdays(names: Any, refuse: Callable[[str, str], None]) -> frozenset[int]:
    if names is None:
        return MONDAY_TO_FRIDAY
    found: set[int] = set()
    for name in names if isinstance(names, list) else [None]:
        word = name.strip().casefold() if isinstance(name, str) else ""
        fits = [place for place, day in enumerate(_MONDAY_FIRST) if len(word) >= 3 and day.startswith(word)]
        if not fits:
            refuse(
                "working_days",
                'write weekday names, like ["sunday", "monday", "tuesday", "wednesday", "thursday"].',
            )
            return MONDAY_TO_FRIDAY
        found.update(fits)
    if not found:
        refuse("working_days", "name at least one weekday.")
    return frozenset(found) or MONDAY_TO_FRIDAY


def _json_date(value: Any, key: str, refuse: Callable[[str, str], None]) -> date | None:
    if value is None or value == "":
        return None
    try:
        return read_date(value if isinstance(value, str) else str(value))
    except CellError as error:
        refuse(key, str(error))
        return None


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is not a number")


def json_object(text: str) -> dict[str, Any] | Problem:
    """The object that a text holds as JSON, or why it holds none."""
    twice: list[str] = []

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for key, value in items:
            if key in made:
                twice.append(key)
            made[key] = value
        return made

    try:
        data = json.loads(text.removeprefix("\ufeff"), object_pairs_hook=pairs, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        place = (
            f"line {error.lineno}, column {error.colno}: {error.msg}"
            if isinstance(error, json.JSONDecodeError)
            else "it is nested too deeply or holds a number that is none"
        )
        return Problem(
            row=None, column="", text=f"this is not JSON: {place}. Compare it with the example in the README."
        )
    if not isinstance(data, dict):
        return Problem(row=None, column="", text='this JSON is no object. It begins with "{".')
    if twice:
        return Problem(row=None, column=clean(twice[0]), text="the key stands there twice. Keep one.")
    return data


def read_map(text: str) -> ColumnMap | tuple[Problem, ...]:
    """The ``--map`` file.

    ``columns``: the file's column → ours, or a list of ours; several of the file's columns may go to one of ours, then the
    first filled one counts, in the order of the map. ``values``: our column (or the file's) → {the file's value: ours}; the
    key "" stands for an empty cell. ``skip_if_empty``: our columns or the file's. ``set``: our column → a text for every row
    that leaves it empty.

    Returns:
        The map, or every problem of it.

    """
    data = json_object(text)
    if isinstance(data, Problem):
        return (data,)
    ours = frozenset({*PILOT_COLUMNS, *UPDATE_COLUMNS, *SIGNAL_COLUMNS}) - WORKED_OUT
    problems: list[Problem] = []

    def refuse(key: str, text: str) -> None:
        problems.append(Problem(row=None, column=key, text=text))

    def column_of(name: Any, key: str) -> str:
        found = SYNONYMS.get(key_of(name), key_of(name)) if isinstance(name, str) else ""
        if found in ours:
            return found
        near = get_close_matches(found, ours, 1)
        advice = f"Did you mean {near[0]}?" if near else f"Ours are: {', '.join(PILOT_COLUMNS)}."
        refuse(key, f"{quoted(str(name))} is no column of ours. {advice}")
        return ""

    for key in data:
        if key not in _MAP:
            refuse(key, f"a map has no such key. It may have: {', '.join(_MAP)}.")
    columns: dict[str, list[str]] = {}
    targets_of: dict[str, list[str]] = {}
    for source, targets in _object(data, "columns", refuse).items():
        for name in targets if isinstance(targets, list) else [targets]:
            if target := column_of(name, "columns"):
                columns.setdefault(target, []).append(source)
                targets_of.setdefault(key_of(source), []).append(target)
    values: dict[str, dict[str, str]] = {}
    for column, change in _object(data, "values", refuse).items():
        if not isinstance(change, dict) or not all(isinstance(new, str) for new in change.values()):
            refuse("values", f'for {quoted(column)} write {{"old value": "new value"}}.')
            continue
        named = (
            [key_of(column)]
            if key_of(column) in ours
            else targets_of.get(key_of(column)) or [column_of(column, "values")]
        )
        for target in named:
            values.setdefault(target, {}).update(change)
    skip = data.get("skip_if_empty", [])
    if not isinstance(skip, list) or not all(isinstance(column, str) and column for column in skip):
        refuse("skip_if_empty", 'write a list of columns, like ["name"].')
        skip = []
    constants: dict[str, str] = {}
    for column, constant in _object(data, "set", refuse).items():
        if not isinstance(constant, str):
            refuse("set", f"for {quoted(column)} write a text.")
        elif target := column_of(column, "set"):
            constants[target] = clean(constant)
    if problems:
        return tuple(problems)
    return ColumnMap(
        columns={target: tuple(sources) for target, sources in columns.items()},
        values=values,
        skip_if_empty=tuple(skip),
        constants=constants,
    )


def _object(data: Mapping[str, Any], key: str, refuse: Callable[[str, str], None]) -> dict[str, Any]:
    found = data.get(key, {})
    if isinstance(found, dict):
        return found
    refuse(key, 'write an object, like {"columns": {"use_case_name": "name"}}.')
    return {}


def settings_json(calendar: Calendar, *, company: str = "", today: date | None = None) -> str:
    """settings.json in the form of the sample's."""
    settings: dict[str, Any] = {"company": company, "zone": calendar.zone}
    if today is not None:
        settings["as_of"] = today.isoformat()
    if calendar.country:
        settings["holidays"] = {
            "country": calendar.country,
            **({"region": calendar.region} if calendar.region else {}),
        }
    else:
        settings["holidays"] = [day.isoformat() for day in sorted(calendar.holidays)]
    if calendar.weekdays != MONDAY_TO_FRIDAY:
        settings["working_days"] = [_MONDAY_FIRST[weekday] for weekday in sorted(calendar.weekdays)]
    return json.dumps(settings, indent=2, ensure_ascii=False) + "\n"
