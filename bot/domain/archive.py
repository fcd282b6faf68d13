"""The whole registry as JSON, written piece by piece and read back without loss.

Values leave as their fields, a field that has its default is left out; a person is written once and named by id elsewhere;
numbers leave as text, so that 6.0 comes back as 6.0.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import Enum
from functools import lru_cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from bot.domain.cells import quoted
from bot.domain.json_files import SettingsRow, json_object
from bot.domain.people import Person
from bot.domain.pilot import Pilot
from bot.domain.record import Record
from bot.domain.sheet import Problem

FORM = 1


@dataclass(frozen=True, kw_only=True)
class Archive:
    """Everything an export holds. ``pilots`` may be lazy on the way out; it is a tuple on the way back."""

    settings: SettingsRow = field(default_factory=SettingsRow)
    people: Iterable[Person] = ()
    pilots: Iterable[tuple[Pilot, Record]] = ()
    #: Pilot id → cells of columns that are not ours, as an import brought them.
    extras: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    #: Further tables of the workspace, plain JSON, carried as they are.
    more: Mapping[str, Any] = field(default_factory=dict)


def to_json(archive: Archive) -> Iterator[str]:
    """The archive as text in pieces, one pilot a line."""
    people = {person.id: person for person in archive.people}
    yield f'{{"pilotlight": {FORM},\n"settings": {_dumped(_plain(archive.settings, people))},\n"pilots": ['
    comma = ""
    for pilot, record in archive.pilots:
        yield f"{comma}\n{_dumped({'pilot': _plain(pilot, people), 'record': _plain(record, people)})}"
        comma = ","
    # People come last: by now everybody whom a pilot or a record names is known.
    yield f'\n],\n"people": {_dumped([_fields(person, people) for person in people.values()])},\n'
    yield f'"extras": {_dumped(_plain(archive.extras, people))},\n"more": {_dumped(dict(archive.more))}}}\n'


def from_json(text: str) -> Archive | tuple[Problem, ...]:
    """Reads what ``to_json`` wrote.

    Returns:
        The archive, or the first problem of each of its parts.

    """
    data = json_object(text)
    if isinstance(data, Problem):
        return (data,)
    if data.get("pilotlight") != FORM:
        told = 'this is no export of Pilotlight: it has no "pilotlight": 1. Use the file that `export --format json` wrote.'
        return (Problem(row=None, column="", text=told),)
    problems: list[Problem] = []
    people: dict[str, Person] = {}

    def part(name: str, form: Any, value: Any) -> Any:
        try:
            return _valued(form, value, people, name)
        except _MisfitError as error:
            problems.append(Problem(row=None, column=error.path, text=str(error)))
        except RecursionError:
            problems.append(Problem(row=None, column=name, text="it is nested too deeply."))
        return None

    listed = data.get("people", [])
    for place, one in enumerate(listed if isinstance(listed, list) else [listed]):
        try:
            person = _dataclass(Person, one, people, f"people[{place}]")
            people[person.id] = person
        except _MisfitError as error:
            problems.append(Problem(row=None, column=error.path, text=str(error)))
    settings = part("settings", SettingsRow, data.get("settings", {}))
    pilots: list[tuple[Pilot, Record]] = []
    kept = data.get("pilots", [])
    if not isinstance(kept, list):
        problems.append(Problem(row=None, column="pilots", text="it is no list."))
        kept = []
    for place, one in enumerate(kept):
        both = one if isinstance(one, dict) else {}
        pilot = part(f"pilots[{place}].pilot", Pilot, both.get("pilot"))
        pilots.append((pilot, part(f"pilots[{place}].record", Record, both.get("record"))))
    extras = part("extras", Mapping[str, Mapping[str, str]], data.get("extras", {}))
    more = data.get("more", {})
    if not isinstance(more, dict):
        problems.append(Problem(row=None, column="more", text="it is no object."))
    if problems:
        return tuple(problems)
    return Archive(
        settings=settings, people=tuple(people.values()), pilots=tuple(pilots), extras=extras, more=more
    )


_LONE = re.compile("[\ud800-\udfff]")


def _dumped(value: Any) -> str:
    # A lone half of a pair cannot be written as UTF-8, but its escape can.
    return _LONE.sub(
        lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False, allow_nan=False)
    )


def _plain(value: Any, people: dict[str, Person]) -> Any:
    match value:
        case Person():
            people.setdefault(value.id, value)
            return value.id
        case Enum():
            return value.value
        case Decimal():
            return str(value)
        case date():
            return value.isoformat()
        case _ if _has_fields(value):
            return _fields(value, people)
        case frozenset():
            return sorted(_plain(one, people) for one in value)
        case tuple() | list():
            return [_plain(one, people) for one in value]
        case Mapping():
            return {key: _plain(one, people) for key, one in value.items()}
    return value


def _has_fields(form: Any) -> bool:
    """Whether it is a dataclass or a named tuple, or one of their values."""
    return is_dataclass(form) or hasattr(form, "_field_defaults")


@lru_cache
def _usual(form: Any) -> dict[str, Any]:
    """What each field holds where nothing is said; MISSING where something must be."""
    if not is_dataclass(form):
        return {name: form._field_defaults.get(name, MISSING) for name in form._fields}
    return {
        one.name: one.default if one.default_factory is MISSING else one.default_factory()
        for one in fields(form)
    }


def _fields(value: Any, people: dict[str, Person]) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    kind: Any = type(value)
    for name, usual in _usual(kind).items():
        content = getattr(value, name)
        if usual is MISSING or content != usual or isinstance(content, Decimal):
            plain[name] = _plain(content, people)
    return plain


class _MisfitError(Exception):
    def __init__(self, path: str, text: str) -> None:
        super().__init__(text)
        self.path = path


@lru_cache
def _hints(form: Any) -> dict[str, Any]:
    return get_type_hints(form)


def _dataclass(form: Any, data: Any, people: Mapping[str, Person], path: str) -> Any:
    if not isinstance(data, dict):
        raise _MisfitError(path, "an object is expected here.")
    hints = _hints(form)
    unknown = [key for key in data if key not in hints]
    if unknown:
        raise _MisfitError(
            path,
            f"{quoted(unknown[0])} is none of its fields. It was written by a newer version, or changed by hand.",
        )
    given = {key: _valued(hints[key], value, people, f"{path}.{key}") for key, value in data.items()}
    try:
        return form(**given)
    except TypeError:
        missing = [name for name, usual in _usual(form).items() if usual is MISSING and name not in given]
        raise _MisfitError(path, f"it lacks {', '.join(missing)}.") from None


def _valued(form: Any, data: Any, people: Mapping[str, Person], path: str) -> Any:
    origin = get_origin(form)
    if origin in (Union, UnionType):
        if data is None and NoneType in get_args(form):
            return None
        return _valued(next(one for one in get_args(form) if one is not NoneType), data, people, path)
    if origin in (tuple, frozenset):
        if not isinstance(data, list):
            raise _MisfitError(path, "a list is expected here.")
        inner = get_args(form)[0]
        return origin(_valued(inner, one, people, f"{path}[{place}]") for place, one in enumerate(data))
    if origin is not None and issubclass(origin, Mapping):
        if not isinstance(data, dict):
            raise _MisfitError(path, "an object is expected here.")
        return {key: _valued(get_args(form)[1], one, people, f"{path}.{key}") for key, one in data.items()}
    if form is Person:
        if not isinstance(data, str) or data not in people:
            raise _MisfitError(path, f"nobody in people has the id {quoted(str(data))}.")
        return people[data]
    if _has_fields(form):
        return _dataclass(form, data, people, path)
    return _scalar(form, data, path)


def _scalar(form: Any, data: Any, path: str) -> Any:
    if form in (str, int, bool):
        if type(data) is not form:
            raise _MisfitError(path, f"{quoted(str(data))} is not the {form.__name__} expected here.")
        return data
    if not isinstance(data, str):
        raise _MisfitError(path, f"a text is expected here, not {quoted(str(data))}.")
    try:
        if form is date:
            return date.fromisoformat(data)
        if form is Decimal:
            number = Decimal(data)
            if not number.is_finite():
                raise ValueError
            return number
        return form(data)
    except (ValueError, InvalidOperation):
        raise _MisfitError(path, f"{quoted(data)} is no {form.__name__.lower()}.") from None
