"""Reading records back: six statements, however many pilots, put together in memory."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, bindparam, select

from bot.domain.people import Person
from bot.domain.record import Activity, Counts, Entry, Item, Promise, Reading, Record, Status
from storage.dialects import among
from storage.recall import recall
from storage.tables import METADATA

_ENTRIES = METADATA.tables["entries"]
_READINGS = METADATA.tables["readings"]
_ACTIVITIES = METADATA.tables["activities"]
_ITEMS = METADATA.tables["items"]
_PROMISES = METADATA.tables["promises"]
_ASKS = METADATA.tables["asks"]


def _reads(
    table: Table, columns: str, order: str, *conditions: ColumnElement[bool]
) -> tuple[Select[Any], Select[Any]]:
    """Two statements, built once: the rows of the pilots `ids`, and those of all pilots of a workspace."""
    every = (
        select(*(table.c[name] for name in columns.split()))
        .where(table.c.workspace_id == bindparam("workspace"), *conditions)
        .order_by(*(table.c[name] for name in order.split()))
    )
    return every.where(among(table.c.pilot_id, "ids")), every


_READ_ENTRIES = _reads(
    _ENTRIES,
    "pilot_id day author status value text holder_id holder_by repeats mentions seq undone_at",
    "pilot_id day seq",
)
_READ_READINGS = _reads(_READINGS, "pilot_id day value source entry_seq", "pilot_id day seq")
_READ_ACTIVITIES = _reads(_ACTIVITIES, "pilot_id day source actor kind text counts value", "pilot_id day seq")
_READ_ITEMS = _reads(_ITEMS, "pilot_id code state day by evidence automatic", "pilot_id day code")
_READ_PROMISES = _reads(_PROMISES, "pilot_id text by made_on kept_on holder_id", "pilot_id made_on id")
_READ_PULSES = _reads(
    _ASKS,
    "pilot_id created_on said_on",
    "pilot_id created_on id",
    _ASKS.c.kind == "pulse",
    _ASKS.c.state != "dropped",
)
#: Of the activities only the pulses move the talk clock.
_READ_TALK = _reads(
    _ACTIVITIES,
    "pilot_id day source actor kind text counts value",
    "pilot_id day seq",
    _ACTIVITIES.c.counts == Counts.PULSE.value,
)
_STATUS = {status.value: status for status in Status}
_COUNTS = {counts.value: counts for counts in Counts}


class Rows:
    """The stored rows of several pilots' records, read and not yet put together: their people are still ids."""

    def __init__(
        self,
        conn: Connection,
        workspace_id: str,
        ids: Sequence[str] | None,
        *,
        recalled: bool = False,
        talk_only: bool = False,
    ) -> None:
        """Reads six tables, one statement each.

        Args:
            conn: a transaction.
            workspace_id: whose.
            ids: which pilots; None: all of the workspace.
            recalled: a table nobody has written since need not be read again (`storage.recall`).
            talk_only: two tables alone, what was said and the pulses: all that the talk clock runs on.

        """

        def read(statements: tuple[Select[Any], Select[Any]]) -> list[Any]:
            if not recalled:
                return asked(statements)
            # A pulse is read from the asks, so each pair of statements has a number of its own.
            return recall(
                conn, workspace_id, ("record", id(statements), *(ids or ())), lambda: asked(statements)
            )

        def asked(statements: tuple[Select[Any], Select[Any]]) -> list[Any]:
            by_ids, every = statements
            if ids is None:
                return list(conn.execute(every, {"workspace": workspace_id}).all())
            return list(conn.execute(by_ids, {"workspace": workspace_id, "ids": ids}).all()) if ids else []

        entries = read(_READ_ENTRIES)
        undone = {(row[0], row[10]) for row in entries if row[11] is not None}
        self._entries = _grouped(row for row in entries if row[11] is None)
        readings, items, promises, pulses = (
            [] if talk_only else read(statements)
            for statements in (_READ_READINGS, _READ_ITEMS, _READ_PROMISES, _READ_PULSES)
        )
        self._readings = _grouped(row for row in readings if (row[0], row[4]) not in undone)
        self._activities = _grouped(read(_READ_TALK if talk_only else _READ_ACTIVITIES))
        self._items, self._promises, self._pulses = _grouped(items), _grouped(promises), _grouped(pulses)

    @property
    def people(self) -> set[str]:
        """The ids of everybody who holds something."""
        held = {row[6] for rows in self._entries.values() for row in rows} | {
            row[5] for rows in self._promises.values() for row in rows
        }
        return held - {None}

    def record(self, pilot_id: str, known: Mapping[str, Person]) -> Record:
        """One pilot's record, each part ascending by day."""
        return Record(
            entries=tuple(
                Entry(
                    day,
                    author,
                    _STATUS[status],
                    value,
                    text,
                    known.get(holder_id) if holder_id else None,
                    holder_by,
                    repeats,
                    mentions,
                    seq,
                )
                for _, day, author, status, value, text, holder_id, holder_by, repeats, mentions, seq, _ in self._entries.get(
                    pilot_id, ()
                )
            ),
            activities=tuple(
                Activity(day, source, actor, kind, text, _COUNTS[counts], value)
                for _, day, source, actor, kind, text, counts, value in self._activities.get(pilot_id, ())
            ),
            readings=tuple(
                Reading(day, value, source) for _, day, value, source, _ in self._readings.get(pilot_id, ())
            ),
            items=tuple(
                Item(code=code, state=state, on=day, by=by, evidence=evidence, automatic=automatic)
                for _, code, state, day, by, evidence, automatic in self._items.get(pilot_id, ())
            ),
            promises=tuple(
                Promise(
                    text=text,
                    by=by,
                    made_on=made_on,
                    kept_on=kept_on,
                    holder=known.get(holder_id) if holder_id else None,
                )
                for _, text, by, made_on, kept_on, holder_id in self._promises.get(pilot_id, ())
            ),
            pulses_asked=tuple(
                sorted(said_on or created_on for _, created_on, said_on in self._pulses.get(pilot_id, ()))
            ),
        )


def _grouped(rows: Iterable[Any]) -> dict[str, list[Any]]:
    groups: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        groups[row[0]].append(row)
    return groups
